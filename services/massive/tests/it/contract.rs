//! The whole contract with Redis at once: every key is filled with what it promises, and nothing else is written.

use crate::{
    server::{Server, commands, overhear},
    stage::{Exchange, Stage, quick, two_chains},
};
use bus::Bus;
use chrono::NaiveTime;
use exchange_sim::price::chain::ChainSize;
use massive::{Config, Limits};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};
use testkit::{Rig, wait_for};
use wire::{BusId::Market, Key, chain, gex, gravity, heatmap, market, regime};

const SYMBOLS: [&str; 17] = [
    "I:SPX", "I:NDX", "I:VIX", "I:RUT", "I:XSP", "SPY", "QQQ", "AAPL", "AMD", "AMZN", "GOOGL", "META",
    "MSFT", "NVDA", "TSLA", "DIA", "IWM",
];
const CHAINS: [&str; 2] = ["I:SPX", "I:NDX"];
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
const PATIENCE: Duration = Duration::from_secs(30);

/// From the start of the program to the first heatmap. The contract's ten seconds hold for a release build.
const FIRST_HEATMAP: Duration = Duration::from_secs(20);

const EVENTS: [&str; 24] = [
    "session_open",
    "session_close",
    "trading_date",
    "geometry_changed",
    "expiration_rolled",
    "chain_partial",
    "feed_connected",
    "feed_disconnected",
    "feed_gap",
    "feed_stale",
    "feed_recovered",
    "policy_violation",
    "auth_failed",
    "not_entitled",
    "rate_limited",
    "probe_failed",
    "probe_recovered",
    "symbol_disabled",
    "subscribe_unconfirmed",
    "spot_jump_held",
    "clock_jump",
    "clock_skew",
    "bus_gap",
    "config_invalid",
];

const WS_COUNTERS: [&str; 17] = [
    "frames",
    "bytes",
    "events",
    "decode_errors",
    "unknown_ev",
    "missing_field",
    "bad_price",
    "bad_time",
    "crossed",
    "late",
    "dup",
    "geometry_miss",
    "parse_fail",
    "backpressure_dropped",
    "reconnects",
    "connected",
    "last_frame_ts",
];

/// In the order of the alphabet.
const SNAPSHOT: [&str; 24] = [
    "ask",
    "ask_size",
    "bid",
    "bid_size",
    "change",
    "change_pct",
    "high",
    "last_size",
    "low",
    "market_ts",
    "n",
    "open",
    "prev_close",
    "seq",
    "session",
    "source",
    "stale",
    "symbol",
    "timeframe",
    "ts",
    "type",
    "value",
    "volume",
    "vwap",
];

/// A name of the contract: kind, and life in seconds.
struct Promise {
    name: String,
    kind: &'static str,
    life: Option<u64>,
}

fn promise(name: impl Into<String>, kind: &'static str, life: impl Into<Option<u64>>) -> Promise {
    Promise { name: name.into(), kind, life: life.into() }
}

/// Everything that is there while the market runs.
fn promises() -> Vec<Promise> {
    let mut all = vec![
        promise("events:market", "stream", None),
        promise("massive:spot", "string", 60),
        promise("massive:clock", "string", 15),
        promise("massive:chain:latest", "string", 3 * DAY),
        promise("massive:chain:delta:latest", "string", 3 * DAY),
        promise("massive:gex:model", "string", DAY),
        promise("massive:volume_profile:model", "string", None),
        promise("massive:bias_lfi:model:latest", "string", HOUR),
        promise("massive:market_mode:model:latest", "string", HOUR),
        promise("massive:vix_regime:model:latest", "string", HOUR),
    ];
    for symbol in SYMBOLS {
        all.push(promise(format!("market:snapshot:{symbol}"), "hash", None));
        all.push(promise(format!("market:tick:{symbol}:stream"), "stream", None));
        all.push(promise(format!("massive:model:spot:{symbol}"), "string", None));
        all.push(promise(format!("massive:model:spot:{symbol}:trail"), "zset", 777_600));
    }
    for symbol in CHAINS {
        let group = symbol.trim_start_matches("I:");
        all.push(promise(format!("market:tick:O:{group}:stream"), "stream", None));
        for key in ["calls", "puts", "latest"] {
            all.push(promise(format!("massive:gex:model:{symbol}:{key}"), "string", DAY));
        }
        all.push(promise(format!("massive:heatmap:model:{symbol}:latest"), "string", 3 * DAY));
        all.push(promise(format!("massive:heatmap:replay:{symbol}"), "stream", DAY));
        all.push(promise(format!("dealer_gravity:artifact:{symbol}"), "string", None));
        all.push(promise(format!("dealer_gravity:context:{symbol}"), "string", HOUR));
        all.push(promise(format!("dealer_gravity:state:{symbol}"), "string", HOUR));
        all.push(promise(format!("massive:volume_profile:model:{symbol}:latest"), "string", None));
        for model in ["bias_lfi", "market_mode", "pin"] {
            all.push(promise(format!("massive:{model}:model:{symbol}:latest"), "string", HOUR));
        }
    }
    for part in ["spot", "ws", "chain", "model", "volume_profile"] {
        all.push(promise(format!("massive:{part}:analytics"), "hash", None));
    }
    for namespace in ["market", "massive", "events"] {
        all.push(promise(format!("market:ns:{namespace}"), "string", None));
    }
    all
}

/// Streams, and how they are trimmed with every entry.
fn trims() -> BTreeMap<String, [&'static str; 3]> {
    let mut trims = BTreeMap::from([("events:market".to_owned(), ["MAXLEN", "~", "10000"])]);
    for symbol in SYMBOLS {
        trims.insert(format!("market:tick:{symbol}:stream"), ["MAXLEN", "~", "20000"]);
    }
    for symbol in CHAINS {
        let group = symbol.trim_start_matches("I:");
        trims.insert(format!("market:tick:O:{group}:stream"), ["MAXLEN", "~", "200000"]);
        trims.insert(format!("massive:heatmap:replay:{symbol}"), ["MINID", "~", ""]);
    }
    trims
}

fn channels() -> BTreeSet<String> {
    let named = ["massive:spot", "market:events", "massive:chain:geometry_updated", "dealer_gravity_updated"];
    let diffs = CHAINS.map(|symbol| format!("massive:heatmap:diff:{symbol}"));
    named.map(str::to_owned).into_iter().chain(diffs).collect()
}

/// Numbers count by their value, whether written as `5` or as `5.0`.
fn difference(at: &str, found: &Value, read: &Value) -> Option<String> {
    match (found, read) {
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => None,
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(n, (a, b))| difference(&format!("{at}[{n}]"), a, b))
        }
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(key, a)| difference(&format!("{at}.{key}"), a, &b[key]))
        }
        (Value::Object(a), Value::Object(b)) => {
            let (a, b): (BTreeSet<_>, BTreeSet<_>) = (a.keys().collect(), b.keys().collect());
            Some(format!("{at}: fields {:?}", a.symmetric_difference(&b).take(5).collect::<Vec<_>>()))
        }
        _ if found == read => None,
        _ => Some(format!("{at}: {found} was read as {read}")),
    }
}

/// Reads a value by its schema. Written out again it is the same: no listed field is absent, none is unlisted.
async fn read<T: DeserializeOwned + Serialize>(bus: &Bus, key: &Key<T>) -> T {
    let text = bus.text(key).await.unwrap().unwrap_or_else(|| panic!("{}: nothing", key.name));
    let found: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", key.name));
    let value: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", key.name));
    let difference = difference(&key.name, &found, &serde_json::to_value(&value).unwrap());
    assert_eq!(difference, None);
    value
}

/// As shipped, but for what would take minutes of the market, or of a build without optimisation.
fn shipped(config: &mut Config, exchange: &Exchange) {
    let shipped = Config::default();
    quick(config, exchange);
    config.limits = Limits { profile_every: Duration::from_millis(500), ..Limits::default() };
    two_chains(config);
    (config.chains.interval_sec, config.chains.expirations) = (shipped.chains.interval_sec, 4);
    config.ws_reconnect_delay_sec = shipped.ws_reconnect_delay_sec;
    config.spot_interval_sec = shipped.spot_interval_sec;
    config.rest_max_rps = shipped.rest_max_rps;
    config.models.profile.days = 2;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_key_is_as_promised_and_no_other_is_written() {
    // The first minute closes a quarter of a minute after the start.
    let open = |sim: &mut exchange_sim::Config| {
        (sim.chain, sim.start) = (ChainSize::Small, NaiveTime::from_hms_opt(10, 0, 45).unwrap());
    };
    let (rig, exchange) = (Rig::new().await, Exchange::open(open).await);
    let heard = overhear(&rig.url(Market)).await;
    let started = Instant::now();
    let program = rig.start(massive::serve, |config: &mut Config| shipped(config, &exchange)).await;
    let stage = Stage { rig, exchange, program };
    let bus = &stage.rig.bus;
    wait_for(PATIENCE, "a heatmap", || async {
        bus.get(&heatmap::latest("I:SPX")).await.unwrap().is_some_and(|whole| !whole.tiles.is_empty())
    })
    .await;
    let took = started.elapsed();
    eprintln!("first heatmap after {took:.1?}");
    assert!(took < FIRST_HEATMAP, "{took:?}");

    for Promise { name, kind, life } in promises() {
        wait_for(PATIENCE, &name, || async { bus.describe(Market, &name).await.unwrap().is_some() }).await;
        let held = bus.describe(Market, &name).await.unwrap().unwrap();
        assert_eq!(held.kind, kind, "{name}");
        let left = held.life.map(|life| life.as_secs());
        let is_right = left.zip(life).is_none_or(|(left, life)| left <= life && left + 60 >= life);
        assert!(is_right && left.is_some() == life.is_some(), "{name}: {left:?}, expected {life:?}");
    }
    values_are_as_listed(&stage).await;
    models_are_as_listed(&stage).await;
    streams_are_as_listed(&stage).await;
    analytics_are_as_listed(&stage).await;
    let Stage { rig, program, .. } = stage;
    program.stop().await.unwrap();

    let mut server = Server::connect(&rig.url(Market)).await;
    let promised: BTreeSet<String> = promises().into_iter().map(|promise| promise.name).collect();
    assert_eq!(server.names().await, promised);
    for name in &promised {
        for text in server.contents(name).await {
            let is_number = !["NaN", "nan", "inf", "-inf", "Infinity", "-Infinity"].contains(&text.as_str());
            assert!(is_number, "{name}: {text}");
            let is_json = text.starts_with(['{', '[']);
            assert!(!is_json || serde_json::from_str::<Value>(&text).is_ok(), "{name}: {text:.200}");
        }
    }
    writes_are_as_listed(&heard.lock().unwrap());
}

async fn values_are_as_listed(stage: &Stage) {
    let bus = &stage.rig.bus;
    let spots = read(bus, &market::SPOTS).await;
    assert_eq!(spots.symbols.len(), SYMBOLS.len());
    assert_eq!(read(bus, &market::CLOCK).await.source, "server");
    for symbol in SYMBOLS {
        assert_eq!(read(bus, &market::spot(symbol)).await.symbol, symbol);
        let snapshot = bus.fields(&market::snapshot(symbol)).await.unwrap();
        assert_eq!(snapshot.keys().collect::<Vec<_>>(), SNAPSHOT, "{symbol}");
        assert!(snapshot["symbol"] == symbol && snapshot["value"].parse::<f64>().is_ok(), "{snapshot:?}");
        assert!(!bus.range(&market::spot_trail(symbol), 0.0, 1e11).await.unwrap().is_empty(), "{symbol}");
    }
    let chain = read(bus, &chain::CHAIN).await;
    assert!(chain.symbols.keys().eq(["I:NDX", "I:SPX"]) && !chain.truncated);
    for (symbol, of) in &chain.symbols {
        assert!(of.epoch.starts_with(&format!("{symbol}:")) && of.geometry_version > 0, "{}", of.epoch);
        assert_eq!(of.expirations.len(), 4);
        let listed = chain.contracts.values().filter(|contract| contract.u == *symbol).count();
        assert_eq!(of.expirations.iter().map(|expiration| expiration.contracts).sum::<usize>(), listed);
    }
    assert!(!read(bus, &chain::DELTA).await.entered.is_empty());
}

async fn models_are_as_listed(stage: &Stage) {
    let bus = &stage.rig.bus;
    assert!(read(bus, &gex::GEX).await.symbols.keys().eq(["I:NDX", "I:SPX"]));
    for symbol in CHAINS {
        let latest = read(bus, &gex::latest(symbol)).await.summary;
        assert!(latest.contracts_used > 20 && latest.top.len() == 10, "{symbol}: {latest:?}");
        for side in [gex::calls(symbol), gex::puts(symbol)] {
            let side = read(bus, &side).await;
            assert!(side.expirations.len() == 4 && side.unit == "shares", "{symbol}");
        }
        let whole = read(bus, &heatmap::latest(symbol)).await;
        assert_eq!(whole.dte_tile_counts.values().sum::<usize>(), whole.tiles.len());
        assert!(whole.tiles.keys().all(|key| whole.dtes_available.contains(&key.dte)), "{symbol}");
        assert!(whole.tiles.len() > 20 && whole.widths.len() == 7, "{symbol}: {}", whole.tiles.len());
        let artifact = read(bus, &gravity::artifact(symbol)).await;
        assert_eq!(artifact.profile.bins.iter().max(), Some(&artifact.profile.normalized_scale));
        assert_eq!(read(bus, &gravity::context(symbol)).await.symbol, symbol);
        let state = read(bus, &gravity::state(symbol)).await;
        assert!((0.0..=1.0).contains(&state.gravity.confidence), "{state:?}");
        let profile = read(bus, &gravity::volume_profile(symbol)).await;
        assert!(profile.total_volume > 0.0 && profile.attention_peak.is_some(), "{symbol}");
        let bias = read(bus, &regime::bias_lfi(symbol)).await;
        assert!(bias.total_put_gex <= 0.0 && (0.0..=100.0).contains(&bias.lfi_score), "{bias:?}");
        let mode = read(bus, &regime::market_mode(symbol)).await;
        assert!((0.0..=100.0).contains(&mode.score), "{mode:?}");
        let pin = read(bus, &regime::pin(symbol)).await;
        assert!(pin.tiers.iter().all(|tier| tier.probability <= 100.0), "{pin:?}");
    }
    for symbol in [
        read(bus, &regime::BIAS_LFI).await.symbol,
        read(bus, &regime::MARKET_MODE).await.symbol,
        read(bus, &gravity::VOLUME_PROFILE).await.symbol,
    ] {
        assert_eq!(symbol, "I:SPX", "the primary symbol has the key without a symbol");
    }
    let vix = read(bus, &regime::VIX_REGIME).await;
    assert!(vix.regime.is_some() && vix.expected_move.keys().eq(["I:NDX", "I:SPX"]), "{vix:?}");
}

async fn streams_are_as_listed(stage: &Stage) {
    let bus = &stage.rig.bus;
    for symbol in CHAINS {
        let log = market::option_ticks(symbol.trim_start_matches("I:"));
        let entries = bus.entries(&log, "0", 2_000).await.unwrap();
        let kinds: BTreeSet<&str> = entries.iter().map(|(_, fields)| fields["ev"].as_str()).collect();
        let is_seldom_traded = symbol == "I:NDX" && kinds == BTreeSet::from(["Q"]);
        assert!(is_seldom_traded || kinds == BTreeSet::from(["Q", "T"]), "{symbol}: {kinds:?}");
        for (_, fields) in entries {
            let needed: &[&str] = match fields["ev"].as_str() {
                "Q" => &["sym", "b", "a", "bs", "as", "t", "q"],
                _ => &["sym", "p", "s", "t", "q"],
            };
            let found: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
            let listed: BTreeSet<&str> = needed.iter().copied().chain(["ev"]).collect();
            assert!(found.difference(&listed).all(|name| *name == "late"), "{fields:?}");
            assert!(listed.is_subset(&found), "{fields:?}");
            assert!(fields["sym"].starts_with("O:"), "{fields:?}");
            let is_number = |name: &&str| fields[*name].parse::<f64>().is_ok_and(f64::is_finite);
            assert!(needed.iter().skip(1).all(is_number), "{fields:?}");
        }
        let replayed = bus.entries(&heatmap::replay(symbol), "0", 10).await.unwrap();
        for (_, fields) in replayed {
            let diff: heatmap::Diff = serde_json::from_str(&fields["payload"]).unwrap();
            assert!(diff.version > diff.prev_version && diff.symbol == symbol);
        }
    }
    for event in stage.events().await {
        assert!(EVENTS.contains(&event.kind.as_str()), "{event:?}");
    }
}

async fn analytics_are_as_listed(stage: &Stage) {
    let ws: Vec<String> = ["indices", "options", "stocks"]
        .iter()
        .flat_map(|path| WS_COUNTERS.map(|counter| format!("{path}_{counter}")))
        .collect();
    let models =
        ["heatmap", "gex", "chain", "bias_lfi", "vix_regime", "volume_profile", "pin", "dealer_gravity"];
    let models: Vec<String> = models
        .iter()
        .flat_map(|model| ["runs", "last_ms", "p95_ms", "errors"].map(|field| format!("{model}_{field}")))
        .collect();
    let own = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let chain = [
        "cycles",
        "pages",
        "contracts",
        "latency_last_ms",
        "latency_p95_ms",
        "partial",
        "empty",
        "errors",
        "page_loop",
        "ticker_mismatch",
    ];
    for (part, fields) in [
        ("spot", own(&["updates", "rest_calls", "rest_errors", "timeouts", "stale"])),
        ("ws", ws),
        ("chain", own(&chain)),
        ("model", models),
        ("volume_profile", own(&["bars", "trades", "volume", "last_flush"])),
    ] {
        let found = stage.rig.bus.fields(&market::analytics(part)).await.unwrap();
        for field in fields {
            let value = found.get(&field).unwrap_or_else(|| panic!("{part}: no {field} in {found:?}"));
            assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{part} {field}: {value:?}");
        }
        if part == "model" {
            let is_failed = |(name, value): (&String, &String)| name.ends_with("_errors") && value != "0";
            assert!(!found.iter().any(is_failed), "{found:?}");
        }
    }
}

/// What was written while the market ran: streams by their trims, channels by their names.
fn writes_are_as_listed(heard: &[u8]) {
    let (mut published, mut trimmed) = (BTreeSet::new(), BTreeSet::new());
    let trims = trims();
    for words in commands(heard) {
        let Some(name) = words.get(1) else { continue };
        match words[0].to_uppercase().as_str() {
            "PUBLISH" => {
                published.insert(name.clone());
            }
            "XADD" => {
                let trim = trims.get(name).unwrap_or_else(|| panic!("a stream {name}"));
                let is_right =
                    words[2..5].iter().zip(trim).all(|(word, trim)| trim.is_empty() || word == trim);
                assert!(is_right, "{name}: {:?}", &words[2..5]);
                trimmed.insert(name.clone());
            }
            _ => {}
        }
    }
    assert_eq!(published, channels());
    assert!(trimmed.iter().eq(trims.keys()), "{trimmed:?}");
}

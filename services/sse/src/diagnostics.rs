//! How the gateway's surroundings are: buses, database, models, services; and what is held under single names.

use crate::{
    app::App,
    streams::{FLEET, GEX, HEATMAP, MARKET_MODE, SPOT, TRADE_SELECTOR, VEXY, VIX_REGIME},
};
use bus::{Content, Held};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, time::SystemTime};
use tokio::time::Instant;
use wire::{
    BusId::{self, Intel, Market, System},
    EpochSec, gex, heatmap, market, regime, selector,
    shown::may_be_shown,
    sse::Fleet,
    vexy,
};

/// The buses that the gateway uses.
pub(crate) const BUSES: [BusId; 3] = [System, Market, Intel];
/// Names looked at for a list.
const SCANNED: usize = 20_000;
/// Members of a value that are shown.
const MEMBERS: usize = 100;
/// Bytes of a text that are looked at for its time, and shown.
const TEXT_BYTES: usize = 256 * 1024;
const VIX: &str = "I:VIX";
/// Kinds of models of a symbol.
const KINDS: [&str; 4] = ["spot", "gex", "heatmap", "trade_selector"];

/// When a model was made.
#[derive(Deserialize)]
struct Made {
    ts: EpochSec,
}

/// Everything at once. What is away is said so, nothing fails.
pub(crate) async fn overview(app: &App) -> Value {
    let mut buses = Map::new();
    for bus in BUSES {
        buses.insert(bus.role().into(), ping(app, bus).await);
    }
    json!({
        "ts": EpochSec::from(SystemTime::now()),
        "buses": buses,
        "database": {"configured": app.database.is_configured(), "connected": app.database.is_connected()},
        "symbols": symbols(app).await,
        "global": global(app).await,
        "services": services(app),
    })
}

async fn ping(app: &App, bus: BusId) -> Value {
    let started = Instant::now();
    match app.bus.ping(bus).await {
        Ok(()) => {
            let micros = started.elapsed().as_micros() as f64;
            json!({"connected": true, "latency_ms": (micros / 10.0).round() / 100.0})
        }
        Err(_away) => json!({"connected": false, "latency_ms": null}),
    }
}

/// Of each symbol whether its keys exist, and how old the models are that the gateway serves.
async fn symbols(app: &App) -> Value {
    let symbols: Vec<String> = app.market.symbols().borrow().iter().cloned().collect();
    let keys = |symbol: &String| {
        [
            market::spot(symbol).name.into_owned(),
            gex::calls(symbol).name.into_owned(),
            heatmap::latest(symbol).name.into_owned(),
            selector::latest(symbol).name.into_owned(),
        ]
    };
    let names: Vec<String> = symbols.iter().flat_map(keys).collect();
    let Ok(held) = app.bus.describe_all(Market, &names).await else { return Value::Null };
    let spots: BTreeMap<String, Made> =
        parsed(app.hub.map(SPOT).as_deref().unwrap_or("{}")).unwrap_or_default();
    let mut shown = Map::new();
    for (symbol, held) in symbols.iter().zip(held.chunks(KINDS.len())) {
        let model = |topic| made(app, topic, symbol);
        let gex = || {
            let gex: BTreeMap<String, Value> = parsed(&String::from_utf8_lossy(&app.hub.data(GEX, symbol)?))?;
            let sides = gex.values().filter_map(|side| side.get("ts")?.as_f64());
            sides.reduce(f64::max).map(EpochSec::new)
        };
        let times = [spots.get(symbol).map(|spot| spot.ts), gex(), model(HEATMAP), model(TRADE_SELECTOR)];
        let models = KINDS.iter().zip(held).zip(times);
        let models: Map<_, _> =
            models.map(|((kind, held), ts)| ((*kind).to_owned(), state(held.as_ref(), ts))).collect();
        shown.insert(symbol.clone(), models.into());
    }
    shown.into()
}

async fn global(app: &App) -> Value {
    let names = [
        market::spot(VIX).name,
        regime::VIX_REGIME.name,
        regime::MARKET_MODE.name,
        vexy::LATEST_EPOCH.name,
        vexy::LATEST_EVENT.name,
    ];
    let names = names.map(|name| name.into_owned());
    let Ok(held) = app.bus.describe_all(Market, &names).await else { return Value::Null };
    let [vix, regime, mode, epoch, event] = held.as_slice() else { return Value::Null };
    let spots: BTreeMap<String, Made> =
        parsed(app.hub.map(SPOT).as_deref().unwrap_or("{}")).unwrap_or_default();
    let vexy: BTreeMap<String, Option<Made>> =
        app.hub.data(VEXY, "").and_then(|data| parsed(&String::from_utf8_lossy(&data))).unwrap_or_default();
    let said = |which: &str| vexy.get(which).and_then(|message| Some(message.as_ref()?.ts));
    json!({
        "vix": state(vix.as_ref(), spots.get(VIX).map(|spot| spot.ts)),
        "vix_regime": state(regime.as_ref(), made(app, VIX_REGIME, "")),
        "market_mode": state(mode.as_ref(), made(app, MARKET_MODE, "")),
        "vexy": {"epoch": state(epoch.as_ref(), said("epoch")), "event": state(event.as_ref(), said("event"))},
    })
}

/// Heartbeats and health, as topic `fleet` has them.
fn services(app: &App) -> Value {
    let fleet = app.hub.data(FLEET, "").and_then(|data| parsed::<Fleet>(&String::from_utf8_lossy(&data)));
    let Some(fleet) = fleet else { return Value::Null };
    // The ages of the topic are those of when it last changed.
    let since = EpochSec::from(SystemTime::now()).since(fleet.ts).max(0.0);
    let shown = fleet.services.into_iter().map(|service| {
        let age = service.hb_age_sec.map(|age| ((age + since) * 10.0).round() / 10.0);
        let view = json!({
            "status": service.status, "state": service.state, "heartbeat_age_sec": age, "health": service.health,
        });
        (service.id, view)
    });
    shown.collect::<Map<_, _>>().into()
}

fn made(app: &App, topic: &'static str, symbol: &str) -> Option<EpochSec> {
    let data = app.hub.data(topic, symbol)?;
    parsed::<Made>(&String::from_utf8_lossy(&data)).map(|made| made.ts)
}

fn state(held: Option<&Held>, ts: Option<EpochSec>) -> Value {
    json!({
        "exists": held.is_some(), "ts": ts, "age_sec": ts.map(age), "size": held.map(|held| held.size),
        "ttl": held.and_then(ttl),
    })
}

/// Up to `limit` names of `bus` that match `pattern` and may be shown, with what they hold.
///
/// # Errors
/// The server is away or refuses.
pub(crate) async fn names(
    app: &App,
    bus: BusId,
    pattern: &str,
    limit: usize,
) -> Result<Vec<Value>, bus::Error> {
    // What may not be shown must not crowd out what may.
    let mut names = app.bus.names(bus, pattern, SCANNED).await?;
    names.retain(|name| may_be_shown(bus, name));
    names.sort_unstable();
    names.dedup();
    names.truncate(limit);
    let held = app.bus.describe_all(bus, &names).await?;
    let times = times(app, bus, &names, &held).await?;
    let shown = names.iter().zip(held).zip(times);
    Ok(shown.filter_map(|((name, held), ts)| Some(line(name, &held?, ts))).collect())
}

/// What is held under `name`; `None` when nothing is, or it may not be shown.
///
/// # Errors
/// The server is away or refuses.
pub(crate) async fn value(app: &App, bus: BusId, name: &str) -> Result<Option<Value>, bus::Error> {
    if !may_be_shown(bus, name) {
        return Ok(None);
    }
    let Some((held, content)) = app.bus.content(bus, name, MEMBERS).await? else { return Ok(None) };
    let (value, is_cut) = match content {
        Content::Text(text) => match text.char_indices().nth(TEXT_BYTES) {
            Some((end, _)) => (json!(text.get(..end)), true),
            None => (serde_json::from_str(&text).unwrap_or(Value::String(text)), false),
        },
        Content::Members(members) => (json!(members), held.size > MEMBERS as u64),
        Content::Fields(fields) => (json!(fields), held.size > MEMBERS as u64),
        Content::Scored(members) => (json!(members), held.size > MEMBERS as u64),
        Content::Entries(entries) => (json!(entries), held.size > MEMBERS as u64),
    };
    let ts = value.get("ts").and_then(Value::as_f64).map(EpochSec::new);
    let mut shown = line(name, &held, ts);
    shown["value"] = value;
    shown["truncated"] = json!(is_cut);
    Ok(Some(shown))
}

/// The `ts` of each small text that has one.
async fn times(
    app: &App,
    bus: BusId,
    names: &[String],
    held: &[Option<Held>],
) -> Result<Vec<Option<EpochSec>>, bus::Error> {
    let is_small = |held: &Option<Held>| {
        held.as_ref().is_some_and(|held| held.kind == "string" && held.size <= TEXT_BYTES as u64)
    };
    let mut batch = app.bus.batch(bus);
    for (name, _) in names.iter().zip(held).filter(|(_, held)| is_small(held)) {
        batch.text(&wire::Key::<Value>::of(bus, name.clone()));
    }
    if batch.is_empty() {
        return Ok(vec![None; names.len()]);
    }
    let mut texts = batch.run().await?.into_iter();
    let time = |held| if is_small(held) { parsed::<Made>(&texts.next()??).map(|made| made.ts) } else { None };
    Ok(held.iter().map(time).collect())
}

fn line(name: &str, held: &Held, ts: Option<EpochSec>) -> Value {
    json!({
        "key": name, "type": held.kind, "size": held.size, "ttl": ttl(held), "ts": ts, "age_sec": ts.map(age),
    })
}

/// Seconds left to live; `None`: for ever.
fn ttl(held: &Held) -> Option<u64> {
    held.life.map(|life| life.as_secs())
}

fn age(ts: EpochSec) -> f64 {
    (EpochSec::from(SystemTime::now()).since(ts) * 10.0).round() / 10.0
}

fn parsed<'t, T: Deserialize<'t>>(text: &'t str) -> Option<T> {
    serde_json::from_str(text).ok()
}

use crate::stage::{Exchange, Stage, quick};
use massive::Config;
use serde_json::json;
use std::pin::pin;
use testkit::{message, next, wait};
use wire::{
    EpochSec,
    market::{self, Session, SymbolKind},
    system::{self, Status},
};

const ALL: [&str; 17] = [
    "I:SPX", "I:NDX", "I:VIX", "I:RUT", "I:XSP", "SPY", "QQQ", "AAPL", "AMD", "AMZN", "GOOGL", "META",
    "MSFT", "NVDA", "TSLA", "DIA", "IWM",
];

#[tokio::test]
async fn every_key_of_the_contract_is_filled_with_what_it_promises() {
    let stage = Stage::new().await;
    let bus = &stage.rig.bus;
    for symbol in ALL {
        stage.fresh(symbol).await;
        let spot = stage.spot(symbol).await.unwrap();
        assert_eq!(spot.symbol, symbol);
        assert!(spot.value.is_finite() && spot.value > 0.0);
        assert!(spot.prev_close.is_some() && spot.change.is_some() && spot.change_pct.is_some(), "{spot:?}");
        assert!(spot.high >= Some(spot.value) && spot.low <= Some(spot.value), "{spot:?}");
        assert_eq!(spot.session, Session::Regular);
        assert_eq!(spot.kind == SymbolKind::Index, symbol.starts_with("I:"));
        assert!(spot.ts_iso.ends_with('Z') && spot.ts_iso.len() == 24, "{}", spot.ts_iso);

        let fields = bus.fields(&market::snapshot(symbol)).await.unwrap();
        let names: Vec<&str> = fields.keys().map(String::as_str).collect();
        let expected = [
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
        assert_eq!(names, expected, "{symbol}");
        assert!(fields["value"].parse::<f64>().unwrap() > 0.0 && fields["stale"] == "0");
        wait(&format!("{symbol} has ticks"), || async {
            !bus.entries(&market::ticks(symbol), "0", 1).await.unwrap().is_empty()
        })
        .await;
        assert!(!bus.range(&market::spot_trail(symbol), 0.0, 1e11).await.unwrap().is_empty(), "{symbol}");
    }
    let ticks = bus.entries(&market::ticks("SPY"), "0", 1_000).await.unwrap();
    let kinds: std::collections::BTreeSet<&str> =
        ticks.iter().map(|(_, fields)| fields["ev"].as_str()).collect();
    assert!(kinds.contains("A"), "{kinds:?}");

    wait("all spots together", || async {
        bus.get(&market::SPOTS).await.unwrap().is_some_and(|spots| spots.symbols.len() == ALL.len())
    })
    .await;
    assert!(bus.life(&market::SPOTS).await.unwrap().is_some_and(|life| life.as_secs() <= 60));
    let clock = bus.get(&market::CLOCK).await.unwrap().unwrap();
    assert_eq!((clock.source.as_str(), clock.trading_date.as_str()), ("server", "2025-11-21"));
    assert!(bus.life(&market::CLOCK).await.unwrap().is_some_and(|life| life.as_secs() <= 15));
    for namespace in ["market", "massive", "events"] {
        assert!(bus.get(&market::namespace_marker(namespace)).await.unwrap().is_some_and(|since| since > 0));
    }
    stage.counted("ws", "indices_frames", 1.0).await;
    stage.counted("spot", "rest_calls", 1.0).await;
    let analytics = bus.fields(&market::analytics("spot")).await.unwrap();
    assert_eq!(analytics["probe_tcp"], "ok");
    assert_eq!(analytics["probe_vendor"], "ok");
    assert!(stage.events().await.iter().any(|event| event.kind == "feed_connected"));
    let beat = bus.get(&system::beat_state("massive")).await.unwrap().unwrap();
    assert_eq!(beat.status, Status::Running);
    stage.program.stop().await.unwrap();
}

#[tokio::test]
async fn the_channel_never_carries_more_than_four_spots_a_second() {
    let stage = Stage::new().await;
    let mut spots = pin!(stage.rig.bus.subscribe(market::SPOT).await);
    let burst =
        json!({"type": "ws_burst", "path": "/indices", "ticker": "I:SPX", "for_s": 3, "args": {"eps": 500}});
    stage.exchange.fault(burst).await;
    let mut seen: Vec<EpochSec> = Vec::new();
    while seen.first().zip(seen.last()).is_none_or(|(first, last)| last.since(*first) < 2.5) {
        let spot = message(&mut spots).await;
        if spot.symbol == "I:SPX" {
            seen.push(spot.ts);
        }
    }
    for (at, from) in seen.iter().enumerate() {
        let inside = seen[at..].iter().filter(|ts| ts.since(*from) < 0.99).count();
        assert!(inside <= 4, "{seen:?}");
    }
    assert!(seen.len() >= 8, "and uses its share: {seen:?}");
    let ticks = stage.rig.bus.entries(&market::ticks("I:SPX"), "0", 20_000).await.unwrap();
    assert!(ticks.len() > 800, "ticks are never paced: {}", ticks.len());
    assert_eq!(stage.count("ws", "indices_backpressure_dropped").await, 0.0);
    stage.recovers().await;
}

#[tokio::test]
async fn a_session_opens_and_is_announced() {
    let stage = Stage::unready(
        |_config| {},
        |sim| {
            sim.start = chrono::NaiveTime::from_hms_opt(9, 29, 57).unwrap();
        },
    )
    .await;
    let event = stage.event("session_open").await;
    assert_eq!((event.severity, event.symbol, event.path), (market::Severity::Info, None, None));
    stage.recovers().await;
}

#[tokio::test]
async fn market_events_are_told_and_kept_alike() {
    let stage = Stage::new().await;
    let mut events = pin!(stage.rig.bus.subscribe(market::EVENTS).await);
    stage.exchange.fault(json!({"type": "ws_drop", "path": "/indices"})).await;
    let told = message(&mut events).await;
    assert_eq!((told.kind.as_str(), told.path.as_deref()), ("feed_disconnected", Some("/indices")));
    wait("the same event in the log", || async { stage.events().await.contains(&told) }).await;
    while message(&mut events).await.kind != "feed_gap" {}
    stage.recovers().await;
}

/// Without an exchange it stays up and says so; when one appears it goes on by itself.
#[tokio::test]
async fn without_a_vendor_it_waits_degraded() {
    let rig = testkit::Rig::new().await;
    let port = testkit::free_port();
    let program = rig
        .start(massive::serve, |config: &mut Config| {
            config.base_url = format!("http://127.0.0.1:{port}");
            config.ws_base = format!("ws://127.0.0.1:{port}");
            config.limits = crate::stage::fast();
        })
        .await;
    let mut beats = pin!(rig.bus.subscribe(system::heartbeat("massive")).await);
    wait("the beat says degraded", || async {
        let beat = rig.bus.get(&system::beat_state("massive")).await.unwrap();
        beat.is_some_and(|beat| beat.status == Status::Degraded)
    })
    .await;
    next(&mut beats).await;
    let analytics = || async { rig.bus.fields(&market::analytics("spot")).await.unwrap() };
    wait("the probe says why", || async {
        analytics().await.get("probe_tcp").is_some_and(|result| result == "fail:refused")
    })
    .await;
    program.stop().await.unwrap();
}

/// A day old and older: one point a minute. Younger: every point.
#[tokio::test]
async fn the_trail_is_thinned() {
    let rig = testkit::Rig::new().await;
    let exchange = Exchange::open(|_sim| {}).await;
    let trail = market::spot_trail("I:SPX");
    let minute = ((exchange.market_ms().await / 1000.0 - 25.0 * 3600.0) / 60.0).floor() * 60.0;
    let young = exchange.market_ms().await / 1000.0 - 3600.0;
    let mut batch = rig.bus.batch(trail.bus);
    for score in [minute, minute + 1.0, minute + 59.0, minute + 60.0, young, young + 1.0] {
        let point = market::TrailPoint { value: 6_600.0, ts: EpochSec::new(score) };
        batch.add(&trail, score, &point).unwrap();
    }
    batch.run().await.unwrap();
    let program = rig.start(massive::serve, |config: &mut Config| quick(config, &exchange)).await;
    wait("one point a minute is left", || async {
        let kept = rig.bus.range(&trail, 0.0, young + 2.0).await.unwrap();
        kept.into_iter().map(|(score, _)| score).collect::<Vec<_>>()
            == [minute, minute + 60.0, young, young + 1.0]
    })
    .await;
    program.stop().await.unwrap();
}

/// A chart has its past from the first minute on: minute bars of the days before the start, newest without a hole.
#[tokio::test]
async fn trails_are_filled_with_the_past_once() {
    let stage = Stage::new().await;
    let bus = &stage.rig.bus;
    stage.fresh("I:SPX").await;
    let trail = market::spot_trail("I:SPX");
    wait("yesterday is there", || async {
        let now = stage.exchange.market_ms().await / 1000.0;
        let session = bus.range(&trail, now - 1_800.0, now).await.unwrap();
        let days = bus.range(&trail, now - 4.0 * 86_400.0, now - 86_400.0).await.unwrap();
        session.len() > 100 && days.len() > 300
    })
    .await;
    let now = stage.exchange.market_ms().await / 1000.0;
    let recent = bus.range(&trail, now - 1_200.0, now).await.unwrap();
    let widest = recent.windows(2).map(|pair| pair[1].0 - pair[0].0).fold(0.0, f64::max);
    assert!(widest <= 61.0, "a hole of {widest} s");
    let spot = stage.spot("I:SPX").await.unwrap().value;
    assert!(
        recent.iter().all(|(_, point)| (point.value / spot - 1.0).abs() < 0.02),
        "the past joins the present"
    );
}

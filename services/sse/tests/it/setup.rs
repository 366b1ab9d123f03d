//! A gateway on a free port, and the market and fleet that it is shown.

use crate::client;
use serde_json::{Value, json};
use sse::Config;
use testkit::{Program, Rig, free_port, wait};
use wire::{
    EpochMs, EpochSec,
    market::{
        Clock, EVENT_LOG, EVENTS, LoggedEvent, MarketEvent, SPOT, Session, Severity, Source, Spot,
        SymbolKind, Tick, TickKind, TrailPoint, spot, spot_trail, ticks,
    },
};

/// Friday 2025-11-21 15:00:00 UTC, 10:00 in New York.
pub(crate) const TEN: f64 = 1_763_737_200.0;

pub(crate) struct Gateway {
    pub(crate) rig: Rig,
    pub(crate) port: u16,
    pub(crate) program: Program,
}

impl Gateway {
    /// A gateway whose buses are read.
    pub(crate) async fn start(edit: impl FnOnce(&mut Config)) -> Self {
        Self::start_in(Rig::new().await, free_port(), edit).await
    }

    pub(crate) async fn start_in(rig: Rig, port: u16, edit: impl FnOnce(&mut Config)) -> Self {
        let document = rig.document("sse");
        Self::start_with(rig, port, document, edit).await
    }

    pub(crate) async fn start_with(
        rig: Rig,
        port: u16,
        document: Value,
        edit: impl FnOnce(&mut Config),
    ) -> Self {
        let bus = bus::Bus::open(rig.urls()).unwrap();
        Self::start_on(bus, rig, port, document, edit).await
    }

    /// A gateway that reaches its buses through `bus`.
    pub(crate) async fn start_on(
        bus: bus::Bus,
        rig: Rig,
        port: u16,
        document: Value,
        edit: impl FnOnce(&mut Config),
    ) -> Self {
        let with_port = |config: &mut Config| {
            config.port = port;
            config.auth_port = free_port();
            config.candle_poll_interval_ms = 50;
            config.max_streams_per_user = 1000;
            edit(config);
        };
        let program = rig.start_on(bus, "sse", document, sse::serve, with_port).await;
        wait("the gateway answers and hears its buses", || is_healthy(port)).await;
        Self { rig, port, program }
    }

    /// Publishes a spot as massive does: key and channel.
    pub(crate) async fn spot(&self, symbol: &str, value: f64) {
        publish(&self.rig.bus, &self::spot_of(symbol, value)).await;
    }

    /// Publishes feed event number `n`: channel and log.
    pub(crate) async fn event(&self, n: u64) {
        let event = market_event(n);
        self.rig.bus.publish(&EVENTS, &event).await.unwrap();
        let logged = LoggedEvent { kind: event.kind.clone(), d: serde_json::to_string(&event).unwrap() };
        self.rig.bus.append(&EVENT_LOG, &logged).await.unwrap();
    }

    pub(crate) async fn tick(&self, symbol: &str, price: f64) {
        self.rig.bus.append(&ticks(symbol), &tick_of(price)).await.unwrap();
    }

    /// Adds points (seconds after [`TEN`], value) to the trail of `symbol`.
    pub(crate) async fn trail(&self, symbol: &str, points: &[(f64, f64)]) {
        let index = spot_trail(symbol);
        let mut batch = self.rig.bus.batch(index.bus);
        for &(after, value) in points {
            let point = TrailPoint { value, ts: EpochSec::new(TEN + after) };
            batch.add(&index, TEN + after, &point).unwrap();
        }
        batch.run().await.unwrap();
    }
}

pub(crate) async fn is_healthy(port: u16) -> bool {
    client::is_there(port).await && client::get(port, "/api/health").await.json()["status"] == "healthy"
}

pub(crate) async fn publish(bus: &bus::Bus, spot_now: &Spot) {
    let mut batch = bus.batch(SPOT.bus);
    batch.set(&spot(&spot_now.symbol), spot_now).unwrap();
    batch.publish(&SPOT, spot_now).unwrap();
    batch.run().await.unwrap();
}

pub(crate) fn spot_of(symbol: &str, value: f64) -> Spot {
    let ts: EpochSec = std::time::SystemTime::now().into();
    Spot {
        symbol: symbol.into(),
        value,
        bid: None,
        ask: None,
        open: None,
        high: None,
        low: None,
        prev_close: Some(1.0),
        change: None,
        change_pct: None,
        volume: None,
        kind: if symbol.starts_with("I:") { SymbolKind::Index } else { SymbolKind::Etf },
        session: Session::Regular,
        source: Source::Ws,
        stale: false,
        ts,
        ts_iso: "2025-11-21T15:00:00.000Z".into(),
        market_ts: EpochSec::new(TEN + 4000.0),
    }
}

pub(crate) fn market_event(n: u64) -> MarketEvent {
    MarketEvent {
        kind: "feed_gap".into(),
        ts: EpochSec::new(TEN),
        market_ts: EpochSec::new(TEN),
        severity: Severity::Warn,
        symbol: None,
        path: Some("/indices".into()),
        detail: json!({"n": n}),
    }
}

pub(crate) fn tick_of(price: f64) -> Tick {
    Tick {
        sym: None,
        ev: TickKind::T,
        p: Some(price),
        s: Some(100.0),
        b: None,
        a: None,
        bs: None,
        ask_size: None,
        o: None,
        h: None,
        l: None,
        v: None,
        t: EpochMs(1_763_737_200_000),
        q: Some(7),
        late: None,
    }
}

pub(crate) fn clock(market_ts: f64) -> Clock {
    Clock {
        ts: EpochSec::new(market_ts),
        market_ts: EpochSec::new(market_ts),
        speed: 1.0,
        session: Session::Regular,
        trading_date: "2025-11-21".into(),
        source: "server".into(),
    }
}

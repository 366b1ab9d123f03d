//! What leaves the process: every key, stream and channel of the market contract, each at its own pace.
//!
//! Nothing here waits. Values go to [`bus::Outage`], which sends them or keeps them while Redis is away.

use crate::{
    analytics::{Analytics, Spot as Count},
    chain::{book::Ticked, view::Geometry},
    clock::{Clock, Now},
    config::Config,
    market::instrument::Instrument,
    notes::{Note, Notice},
    provider::message::OptionBody,
    shared::Shared,
};
use bus::{Backoff, Bus, Flushed, Outage};
use serde::Serialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};
use wire::{
    BusId::Market,
    EpochMs, EpochSec, Index, Log,
    chain::{self, Delta, GeometryUpdated},
    market::{self, Clock as ClockPayload, LoggedEvent, MarketEvent, Spots, Tick, TrailPoint},
};

/// More waiting commands than this, with Redis well: the writer lets the socket's queue grow instead.
const HIGH_WATER: usize = 20_000;
/// All spots together are written again after this long without a change, before they expire.
const SPOTS_REFRESH: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub(crate) struct Publisher {
    outage: Outage,
    trail_window: Duration,
    trail_ttl: Duration,
    live_ttl: Duration,
    all: Option<Spots>,
    all_written: Option<Instant>,
}

impl Publisher {
    pub(crate) fn new(bus: &Bus, config: &Config) -> Self {
        Self {
            outage: Outage::new(bus, Market),
            trail_window: Duration::from_secs(config.trail_window_sec),
            trail_ttl: Duration::from_secs(config.trail_ttl_sec),
            live_ttl: Duration::from_secs(config.models.live_ttl_sec),
            all: None,
            all_written: None,
        }
    }

    pub(crate) fn outage(&self) -> &Outage {
        &self.outage
    }

    /// True while more waits to be written than is good for freshness; never while Redis is away.
    pub(crate) fn is_behind(&self) -> bool {
        self.outage.backlog() > HIGH_WATER && !self.outage.is_away()
    }

    /// Marks the namespaces of Truth, once and for all.
    pub(crate) fn mark_namespaces(&self, config: &Config, now: &Now) {
        let since = now.ts.whole().seconds().to_string();
        for namespace in &config.namespaces {
            self.outage.set_new(&market::namespace_marker(namespace), &since);
        }
    }

    /// A tick, at once.
    pub(crate) fn tick(&self, symbol: &str, tick: &Tick) {
        log(self.outage.append(&market::ticks(symbol), tick));
    }

    /// Spot and snapshot of `instrument`, as far as they changed and their pace allows.
    pub(crate) fn instrument(&mut self, instrument: &mut Instrument, now: &Now) {
        if instrument.snapshot_due
            && let Some(snapshot) = instrument.snapshot(now)
            && instrument.snapshot_pace.pass(now.at)
        {
            instrument.snapshot_due = false;
            log(self.outage.update(&market::snapshot(&instrument.name), &snapshot));
        }
        if instrument.spot_due
            && let Some(spot) = instrument.spot(now)
            && instrument.spot_pace.pass(now.at)
        {
            instrument.spot_due = false;
            log(self.outage.set(&market::spot(&instrument.name), &spot));
            log(self.outage.publish(&market::SPOT, &spot));
            if instrument.trail_due && instrument.trail_pace.pass(now.at) {
                instrument.trail_due = false;
                let point = TrailPoint { value: spot.value, ts: spot.ts };
                log(self.outage.add(&self.trail(&instrument.name), spot.market_ts.seconds(), &point));
            }
        }
    }

    /// When the next change that waits may go out.
    pub(crate) fn next_due(instruments: &[Instrument]) -> Option<Instant> {
        let due = instruments.iter().flat_map(|instrument| {
            let spot = instrument.spot_due.then(|| instrument.spot_pace.next_at()).flatten();
            let snapshot = instrument.snapshot_due.then(|| instrument.snapshot_pace.next_at()).flatten();
            [spot, snapshot]
        });
        due.flatten().min()
    }

    /// All spots together, when one of them changed or the key grows old.
    pub(crate) fn spots(&mut self, instruments: &[Instrument], now: &Now) {
        let symbols: BTreeMap<_, _> = instruments
            .iter()
            .filter_map(|instrument| Some((instrument.name.clone(), instrument.spot(now)?)))
            .collect();
        if symbols.is_empty() {
            return;
        }
        let market_ts = symbols.values().map(|spot| spot.market_ts.seconds()).fold(0.0, f64::max);
        let is_same = self.all.as_ref().is_some_and(|all| {
            all.symbols.len() == symbols.len()
                && all.symbols.values().zip(symbols.values()).all(|(old, new)| {
                    (old.value, old.market_ts, old.stale, old.prev_close)
                        == (new.value, new.market_ts, new.stale, new.prev_close)
                })
        });
        if is_same && self.all_written.is_some_and(|at| now.at - at < SPOTS_REFRESH) {
            return;
        }
        let spots = Spots { ts: now.ts, market_ts: EpochSec::new(market_ts), symbols };
        log(self.outage.set(&market::SPOTS, &spots));
        self.all = Some(spots);
        self.all_written = Some(now.at);
    }

    /// The market's own time.
    pub(crate) fn clock(&self, clock: &Clock, now: &Now) {
        let payload = ClockPayload {
            ts: now.ts,
            market_ts: now.market.to_sec(),
            speed: clock.speed(),
            session: now.session,
            trading_date: now.date.to_string(),
            source: clock.source_name().into(),
        };
        log(self.outage.set(&market::CLOCK, &payload));
    }

    /// Ticks of contracts, in their order. `tickers` are those of the rows.
    pub(crate) fn option_ticks(&self, log: &Log<Tick>, tickers: &[Arc<str>], ticks: &[Ticked]) {
        let ticks = ticks.iter().filter_map(|ticked| Some(OptionTick::of(ticked, tickers.get(ticked.row)?)));
        self::log(self.outage.append_all(log, ticks));
    }

    /// A new set of contracts.
    pub(crate) fn geometry(&self, symbol: &str, geometry: &Geometry, now: &Now) {
        let delta = Delta {
            symbol: symbol.to_owned(),
            geometry_version: geometry.version,
            epoch: geometry.epoch.clone(),
            ts: now.ts,
            entered: geometry.entered.clone(),
            exited: geometry.exited.clone(),
        };
        let updated = GeometryUpdated {
            symbol: delta.symbol.clone(),
            geometry_version: delta.geometry_version,
            epoch: delta.epoch.clone(),
            ts: now.ts,
        };
        log(self.outage.set(&chain::DELTA.living(self.live_ttl), &delta));
        log(self.outage.publish(&chain::GEOMETRY_UPDATED, &updated));
    }

    /// Counters and gauges.
    pub(crate) fn analytics(&self, analytics: &Analytics, further: &BTreeMap<String, Value>) {
        let mut spot = analytics.spot_fields();
        spot.extend(further.clone());
        log(self.outage.update(&market::analytics("spot"), &spot));
        log(self.outage.update(&market::analytics("ws"), &analytics.ws_fields()));
        log(self.outage.update(&market::analytics("chain"), &analytics.chain_fields()));
    }

    /// A market event: kept in the log, told on the channel.
    pub(crate) fn event(&self, event: &MarketEvent) {
        match serde_json::to_string(event) {
            Ok(d) => {
                log(self.outage.append(&market::EVENT_LOG, &LoggedEvent { kind: event.kind.clone(), d }))
            }
            Err(error) => warn!(%error, "event not encoded"),
        }
        log(self.outage.publish(&market::EVENTS, event));
    }

    fn trail(&self, symbol: &str) -> Index<TrailPoint> {
        market::spot_trail(symbol).keeping(self.trail_window, self.trail_ttl)
    }
}

/// [`Tick`] of a contract, borrowed: there are tens of thousands a second.
#[derive(Serialize)]
struct OptionTick<'a> {
    ev: &'static str,
    sym: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bs: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#as: Option<f64>,
    t: EpochMs,
    #[serde(skip_serializing_if = "Option::is_none")]
    q: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    late: Option<u8>,
}

impl<'a> OptionTick<'a> {
    fn of(ticked: &Ticked, sym: &'a str) -> Self {
        let event = &ticked.event;
        let late = ticked.is_late.then_some(1);
        let blank = Self {
            ev: "T",
            sym,
            p: None,
            s: None,
            b: None,
            a: None,
            bs: None,
            r#as: None,
            t: event.t,
            q: event.q,
            late,
        };
        let known = |size: f64| Some(size).filter(|size| !size.is_nan());
        match event.body {
            OptionBody::Trade { price, size } => Self { p: Some(price), s: Some(size), ..blank },
            OptionBody::Quote { bid, ask, bid_size, ask_size } => Self {
                ev: "Q",
                b: Some(bid),
                a: Some(ask),
                bs: known(bid_size),
                r#as: known(ask_size),
                ..blank
            },
        }
    }
}

/// Payloads of `wire` always have a JSON form; if one has not, that is a fault of ours and worth a line.
fn log(written: Result<(), bus::Error>) {
    if let Err(error) = written {
        error!(%error, "payload not encoded");
    }
}

/// Sends what waits until `closed`, through every absence of Redis.
pub(crate) async fn run(shared: Arc<Shared>, outage: Outage, closed: CancellationToken) {
    let mut backoff = Backoff::default();
    let mut is_away = false;
    while closed.run_until_cancelled(outage.waiting()).await.is_some() {
        let started = Instant::now();
        let flushed = outage.flush().await;
        let is_slow = started.elapsed().as_secs_f64() > shared.config.redis_op_timeout_sec;
        shared.analytics.spot.add(Count::RedisTimeout, u64::from(is_slow));
        match flushed {
            Ok(flushed) => {
                backoff.reset();
                if is_away {
                    is_away = false;
                    info!("market-redis takes writes again");
                }
                tell(&shared, &flushed).await;
            }
            Err(error) => {
                shared.analytics.spot.add(Count::RedisErrors, 1);
                if !std::mem::replace(&mut is_away, true) {
                    warn!(%error, "market-redis takes no writes; the newest values are kept");
                }
                if closed.run_until_cancelled(backoff.wait()).await.is_none() {
                    return;
                }
            }
        }
    }
}

/// Sends what is left, for at most `limit`.
pub(crate) async fn finish(outage: &Outage, limit: Duration) {
    let rest = async {
        while outage.backlog() > 0 {
            if outage.flush().await.is_err() {
                return;
            }
        }
    };
    if timeout(limit, rest).await.is_err() || outage.backlog() > 0 {
        warn!(commands = outage.backlog(), "stopped with unwritten data");
    }
}

async fn tell(shared: &Shared, flushed: &Flushed) {
    let mut notices: Vec<Notice> =
        flushed.rewritten.iter().map(|key| Notice::warn("bus_gap").with(json!({"key": key}))).collect();
    if let Some(gap) = flushed.gap {
        shared.analytics.spot.add(Count::DroppedEntries, gap.dropped_entries);
        let seconds = EpochSec::new(gap.lasted.as_secs_f64());
        notices.push(Notice::warn("bus_gap").with(json!({
            "seconds": seconds, "dropped_entries": gap.dropped_entries, "lost_messages": gap.lost_messages,
        })));
    }
    for notice in notices {
        if shared.notes.send(Note::Happened(notice)).await.is_err() {
            debug!("the writer is gone");
        }
    }
}

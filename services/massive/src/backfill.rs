//! Fills the trails with what happened before the start, from minute bars: a chart has its past from the first
//! minute on. Runs once per symbol, behind the prices, which never wait for it.

use crate::{
    provider::{
        answer::{self, Bar},
        rest::Error,
    },
    shared::Shared,
    symbols::Symbol,
};
use bus::Bus;
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};
use wire::{
    EpochMs, EpochSec,
    market::{TrailPoint, spot_trail},
};

/// The page shows five days.
const PAST_SEC: f64 = 5.0 * 24.0 * 3600.0;
/// Older points are thinned to one a minute, so no more are made.
const FULL_SEC: f64 = 24.0 * 3600.0;
/// A shorter hole is not worth a request: bars come by the minute.
const HOLE_SEC: f64 = 120.0;
const UNSYNCED: Duration = Duration::from_millis(500);
const RETRY: Duration = Duration::from_secs(30);
const BATCH: usize = 250;

/// Why a symbol is not filled yet.
#[derive(Debug, thiserror::Error)]
enum Miss {
    #[error("{0}")]
    Vendor(Error),
    #[error("{0}")]
    Redis(bus::Error),
}

/// Fills every symbol once, then ends; or until `closed`. What fails is tried again behind the others.
pub(crate) async fn run(shared: Arc<Shared>, bus: Bus, closed: CancellationToken) {
    let work = async {
        while !shared.clock.now().is_synced {
            sleep(UNSYNCED).await;
        }
        // What is written from here on is the live feed's own.
        let until = shared.clock.now().market.to_sec().seconds();
        let mut pending: Vec<&Symbol> = shared.symbols.iter().map(|(_, symbol)| symbol).collect();
        let mut points = 0;
        loop {
            let mut missed = Vec::new();
            for symbol in pending {
                match try_fill(&shared, &bus, symbol, until).await {
                    Ok(filled) => points += filled,
                    // A vendor without bars for it will not have them later.
                    Err(Miss::Vendor(Error::NotEntitled | Error::NotFound | Error::Refused(_))) => {}
                    Err(miss) => {
                        debug!(symbol = symbol.name, %miss, "trail not filled");
                        missed.push(symbol);
                    }
                }
            }
            if missed.is_empty() {
                break;
            }
            pending = missed;
            sleep(RETRY).await;
        }
        info!(points, "trails filled");
    };
    closed.run_until_cancelled(work).await;
}

async fn try_fill(shared: &Shared, bus: &Bus, symbol: &Symbol, until: f64) -> Result<usize, Miss> {
    let trail = spot_trail(&symbol.name);
    let known = bus.newest_before(&trail, until - 1.0).await.map_err(Miss::Redis)?;
    let from = known.unwrap_or(0.0).max(until - PAST_SEC);
    if until - from < HOLE_SEC {
        return Ok(0);
    }
    let path = format!(
        "/v2/aggs/ticker/{}/range/1/minute/{}/{}?adjusted=true&sort=asc&limit=50000",
        symbol.name,
        EpochMs::from(EpochSec::new(from)).0,
        EpochMs::from(EpochSec::new(until)).0
    );
    let limit = shared.config.limits.rest_total;
    let bars = shared.rest.get(&path, limit, answer::bars).await.map_err(Miss::Vendor)?;
    let points: Vec<(f64, f64)> = bars
        .iter()
        .flat_map(|bar| points(bar, until))
        .filter(|(score, _)| *score > from && *score < until)
        .collect();
    for chunk in points.chunks(BATCH) {
        let mut batch = bus.batch(trail.bus);
        for &(score, value) in chunk {
            let point = TrailPoint { value, ts: EpochSec::new(score) };
            batch.add(&trail, score, &point).map_err(Miss::Redis)?;
        }
        batch.run().await.map_err(Miss::Redis)?;
    }
    Ok(points.len())
}

/// A bar as points of the trail: (market time in epoch seconds, price). Of the last day the whole course, the nearer
/// extreme first; before that its open alone.
fn points(bar: &Bar, until: f64) -> Vec<(f64, f64)> {
    let start = bar.t.to_sec().seconds();
    if until - start > FULL_SEC {
        return vec![(start, bar.open)];
    }
    let (first, second) = if bar.close >= bar.open { (bar.low, bar.high) } else { (bar.high, bar.low) };
    vec![(start, bar.open), (start + 20.0, first), (start + 40.0, second), (start + 59.0, bar.close)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAR: Bar =
        Bar { t: EpochMs(1_763_737_260_000), open: 10.0, high: 12.0, low: 9.0, close: 11.0, volume: 7.0 };

    #[test]
    fn a_recent_bar_keeps_its_course_and_an_old_one_its_open() {
        let start = 1_763_737_260.0;
        let course: Vec<f64> = points(&BAR, start + 60.0).iter().map(|point| point.1).collect();
        assert_eq!(course, [10.0, 9.0, 12.0, 11.0]);
        let falling = Bar { close: 9.5, ..BAR };
        let course: Vec<f64> = points(&falling, start + 60.0).iter().map(|point| point.1).collect();
        assert_eq!(course, [10.0, 12.0, 9.0, 9.5]);
        assert_eq!(points(&BAR, start + FULL_SEC + 1.0), [(start, 10.0)]);
    }
}

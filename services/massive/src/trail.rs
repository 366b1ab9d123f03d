//! Thins the spot history: what is older than a day keeps one point a minute.

use crate::shared::Shared;
use bus::Bus;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::debug;
use wire::market::{TrailPoint, spot_trail};

const EVERY: Duration = Duration::from_secs(3600);
const RETRY: Duration = Duration::from_secs(60);
const UNSYNCED: Duration = Duration::from_millis(500);
const FULL_SEC: f64 = 24.0 * 3600.0;

/// Thins every hour, until `closed`.
pub(crate) async fn run(shared: Arc<Shared>, bus: Bus, closed: CancellationToken) {
    let mut thinned = HashMap::new();
    loop {
        let round = async {
            let pause = match shared.clock.now().is_synced {
                // Until the market's time is known, nobody can say what is a day old.
                false => UNSYNCED,
                true if thin(&shared, &bus, &mut thinned).await.is_ok() => EVERY,
                true => RETRY,
            };
            sleep(pause).await;
        };
        if closed.run_until_cancelled(round).await.is_none() {
            return;
        }
    }
}

/// Thins every trail from where the last round ended.
async fn thin(shared: &Shared, bus: &Bus, thinned: &mut HashMap<String, f64>) -> Result<(), bus::Error> {
    let now = shared.clock.now();
    let until = minute(now.market.to_sec().seconds() - FULL_SEC);
    for (_, symbol) in shared.symbols.iter() {
        let trail = spot_trail(&symbol.name);
        let from = thinned.get(&symbol.name).copied().unwrap_or(0.0);
        let points: Vec<(f64, TrailPoint)> = bus.range(&trail, from, until).await?;
        let scores: Vec<f64> =
            points.into_iter().map(|(score, _)| score).filter(|score| *score < until).collect();
        let mut batch = bus.batch(trail.bus);
        for (first, end) in cuts(&scores) {
            batch.cut(&trail, first, end);
        }
        batch.run().await?;
        thinned.insert(symbol.name.clone(), until.max(from));
        debug!(symbol = symbol.name, points = scores.len(), "trail thinned");
    }
    Ok(())
}

/// Open intervals whose points go: behind the first point of each minute that has more than one. `scores` ascend.
fn cuts(scores: &[f64]) -> Vec<(f64, f64)> {
    let mut cuts: Vec<(f64, f64)> = Vec::new();
    let mut first: Option<f64> = None;
    for &score in scores {
        match first {
            Some(kept) if minute(kept) == minute(score) => {
                let cut = (kept, minute(kept) + 60.0);
                if cuts.last() != Some(&cut) {
                    cuts.push(cut);
                }
            }
            _ => first = Some(score),
        }
    }
    cuts
}

fn minute(seconds: f64) -> f64 {
    (seconds / 60.0).floor() * 60.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_point_of_each_minute_stays() {
        assert_eq!(cuts(&[0.5, 1.5, 59.9, 60.0, 121.0, 122.0]), [(0.5, 60.0), (121.0, 180.0)]);
        assert_eq!(cuts(&[0.0, 60.0, 120.0]), []);
        assert_eq!(cuts(&[]), []);
    }
}

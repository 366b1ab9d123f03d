//! Keeps the market clock in step with the server's, and learns which days are closed.

use crate::{
    clock::Clock,
    config::ClockSource,
    notes::{Note, Notice},
    provider::{
        answer::{self, Reading},
        rest::Error,
    },
    shared::Shared,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::debug;

const SIMULATOR: &str = "/sim/clock";
const STATUS: &str = "/v1/marketstatus/now";
const HOLIDAYS: &str = "/v1/marketstatus/upcoming";
const HOLIDAYS_EVERY: Duration = Duration::from_secs(6 * 3600);
const RETRY_HOLIDAYS: Duration = Duration::from_secs(300);
/// A server whose time differs by more than this from the host's is reported, seconds.
pub(crate) const MAX_SKEW_SEC: f64 = 2.0;

/// Polls until `closed`.
pub(crate) async fn run(shared: Arc<Shared>, closed: CancellationToken) {
    let mut has_simulator = true;
    let mut holidays_at = Instant::now();
    loop {
        let round = async {
            if shared.config.clock == ClockSource::Server {
                poll(&shared, &mut has_simulator).await;
            }
            if Instant::now() >= holidays_at {
                let is_known = learn_holidays(&shared).await;
                holidays_at = Instant::now() + if is_known { HOLIDAYS_EVERY } else { RETRY_HOLIDAYS };
            }
            tokio::select! {
                () = sleep(shared.config.limits.clock_poll) => {}
                () = shared.resync.notified() => {}
            }
        };
        if closed.run_until_cancelled(round).await.is_none() {
            return;
        }
    }
}

async fn poll(shared: &Shared, has_simulator: &mut bool) {
    let limit = shared.config.limits.rest_spot;
    let before = Instant::now();
    let mut reading = Err(Error::NotFound);
    if *has_simulator {
        reading = shared.rest.get(SIMULATOR, limit, answer::simulator_clock).await;
        *has_simulator = reading != Err(Error::NotFound);
    }
    if !*has_simulator {
        let time = shared.rest.get(STATUS, limit, answer::server_time).await;
        reading = time.map(|market_ms| Reading { market_ms, speed: 1.0 });
    }
    match reading {
        Ok(reading) => take(&shared.clock, shared, reading, before).await,
        Err(error) => debug!(%error, "the server's clock was not read"),
    }
}

/// The reading was made about half-way between question and answer.
async fn take(clock: &Clock, shared: &Shared, reading: Reading, asked: Instant) {
    let at = asked + asked.elapsed() / 2;
    if let Some(jump) = clock.sync(reading.market_ms, reading.speed, at)
        && shared.notes.send(Note::Jumped(jump)).await.is_err()
    {
        debug!("the writer is gone");
    }
}

async fn learn_holidays(shared: &Shared) -> bool {
    let days = shared.rest.get(HOLIDAYS, shared.config.limits.rest_total, answer::closed_days).await;
    days.map(|days| shared.clock.close_on(days)).is_ok()
}

/// Reports a host clock that is off the vendor's `server_ms`.
pub(crate) fn check_skew(shared: &Shared, server_ms: f64) -> Option<Notice> {
    if shared.config.clock != ClockSource::System {
        return None;
    }
    let skew_sec = server_ms / 1000.0 - shared.clock.now().ts.seconds();
    // `serverTime` has whole seconds.
    (skew_sec.abs() > MAX_SKEW_SEC + 1.0)
        .then(|| Notice::warn("clock_skew").with(json!({"skew_sec": wire::EpochSec::new(skew_sec)})))
}

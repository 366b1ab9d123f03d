//! The heartbeat: on its own thread, so that heavy work does not delay it; gated by the main runtime, so that it
//! does not outlive what it speaks for.

use crate::context::Vitals;
use bus::Bus;
use std::{
    sync::{Arc, atomic::Ordering},
    thread,
    time::{Duration, SystemTime},
};
use tokio::{
    sync::oneshot,
    time::{Instant, MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};
use truth::settings::Heartbeat;
use wire::{
    BusId, EpochSec,
    system::{Beat, BeatState, Status, TRUTH_REV, beat_state, heartbeat, last_beat},
};

const STOPPING_LIFE: Duration = Duration::from_secs(5);
const WRITE: Duration = Duration::from_secs(2);

pub(crate) struct Beater {
    pub(crate) service: String,
    pub(crate) version: &'static str,
    pub(crate) instance: String,
    pub(crate) url: String,
    pub(crate) heartbeat: Heartbeat,
    pub(crate) vitals: Arc<Vitals>,
    /// Cancelled after the last beat of the main work; a final `stopping` follows.
    pub(crate) finish: CancellationToken,
}

/// A running heartbeat.
pub(crate) struct Beating {
    finish: CancellationToken,
    thread: thread::JoinHandle<()>,
}

impl Beater {
    /// Starts beating and waits (at most two seconds) until the first beat was tried.
    pub(crate) async fn start(self) -> std::io::Result<Beating> {
        let (tried, first) = oneshot::channel();
        let finish = self.finish.clone();
        let thread = thread::Builder::new().name("heartbeat".into()).spawn(move || {
            match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime.block_on(self.beat(tried)),
                Err(error) => error!(%error, "no heartbeat"),
            }
        })?;
        if timeout(WRITE, first).await.is_err() {
            debug!("first beat not yet confirmed");
        }
        Ok(Beating { finish, thread })
    }

    async fn beat(self, tried: oneshot::Sender<()>) {
        let Ok(bus) = Bus::open([(BusId::System, self.url.clone())]) else { return };
        let mut tried = Some(tried);
        let mut ticks = interval(Duration::from_secs_f64(self.heartbeat.interval_sec.max(0.02)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut i = 0;
        let mut quiet_since: Option<Instant> = None;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.finish.cancelled() => break,
            }
            if !self.vitals.is_alive() {
                warn!("main runtime is silent, beat withheld");
                continue;
            }
            let status = self.vitals.status();
            // The number grows only when the beat got through: a reader that sees it fall saw a new process.
            match timeout(WRITE, self.send(&bus, i + 1, status, self.ttl())).await {
                Ok(Ok(())) => {
                    i += 1;
                    if let Some(since) = quiet_since.take() {
                        warn!(silent_ms = millis(since.elapsed()), "heartbeat is back");
                    }
                }
                Ok(Err(error)) => note_silence(&mut quiet_since, &format!("{error:#}")),
                Err(_late) => note_silence(&mut quiet_since, "no answer in time"),
            }
            if let Some(tried) = tried.take() {
                let _nobody_waits_any_more = tried.send(());
            }
        }
        let last = self.send(&bus, i + 1, Status::Stopping, STOPPING_LIFE);
        if !matches!(timeout(WRITE, last).await, Ok(Ok(()))) {
            debug!("last beat not sent");
        }
    }

    fn ttl(&self) -> Duration {
        Duration::from_secs_f64(self.heartbeat.ttl_sec.max(0.05))
    }

    async fn send(&self, bus: &Bus, i: u64, status: Status, ttl: Duration) -> Result<(), bus::Error> {
        let now = EpochSec::from(SystemTime::now());
        let truth_rev = self.vitals.truth_rev.load(Ordering::Relaxed);
        let state = BeatState {
            service: self.service.clone(),
            ts: now,
            pid: std::process::id(),
            status,
            i,
            inst: self.instance.clone(),
            version: self.version.into(),
            uptime_sec: self.vitals.started.elapsed().as_secs(),
            truth_rev,
            restart_required: *self.vitals.stored_rev.borrow() > truth_rev,
            stalled: self.vitals.stalled(),
            task_restarts: self.vitals.restarts.count(),
            extra: self.vitals.extra.lock().map(|extra| extra.clone()).unwrap_or_default(),
        };
        let beat = Beat { svc: self.service.clone(), i, ts: now.whole() };
        let mut batch = bus.batch(BusId::System).atomic();
        batch.set(&beat_state(&self.service).living(ttl), &state)?;
        batch.set(&last_beat(&self.service), &now.whole())?;
        // A stopping service must not look alive to whoever waits for its next beat.
        if status != Status::Stopping {
            batch.publish(&heartbeat(&self.service), &beat)?;
        }
        batch.text(&TRUTH_REV);
        let replies = batch.run().await?;
        if let Some(rev) = replies.into_iter().flatten().last().and_then(|text| text.parse().ok()) {
            self.vitals.stored_rev.send_if_modified(|known| std::mem::replace(known, rev) != rev);
        }
        Ok(())
    }
}

impl Beating {
    /// Sends the last beat (`stopping`) and ends the thread.
    pub(crate) async fn stop(self) {
        self.finish.cancel();
        let joined = tokio::task::spawn_blocking(move || self.thread.join());
        if timeout(2 * WRITE, joined).await.is_err() {
            debug!("heartbeat thread left behind");
        }
    }
}

fn note_silence(quiet_since: &mut Option<Instant>, error: &str) {
    if quiet_since.is_none() {
        warn!(error, "heartbeat not sent, next try at the next interval");
        *quiet_since = Some(Instant::now());
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

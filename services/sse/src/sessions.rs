//! Sessions that ended before their time. Their ids are kept in memory: read when system-redis is there (again), heard
//! as other gateways revoke, told to both.

use crate::{
    app::App,
    config::Config,
    gates,
    members::{self, Reason},
    session::{now, secret},
};
use bus::{Heard, Topics};
use chassis::Context;
use futures_util::StreamExt;
use serde_json::json;
use std::{
    collections::HashMap,
    pin::pin,
    sync::{
        Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval},
};
use tracing::{debug, warn};
use web::sse::{Hub, Verdict, Viewer};
use wire::{
    BusId::System,
    EpochSec,
    access::{REVOKED_PREFIX, SESSION_REVOKED, revoked},
};

const EVERY: Duration = Duration::from_secs(1);
/// Ids read from system-redis at most; a year of sign-outs is far below.
const MOST: usize = 1_000_000;
/// Revocations that wait for system-redis at most; more are counted and only remembered.
const WAITING: usize = 100_000;

/// What was revoked.
#[derive(Debug)]
pub(crate) struct Sessions {
    hub: Hub,
    life_sec: f64,
    /// Until when each id matters.
    revoked: RwLock<HashMap<Box<str>, EpochSec>>,
    /// What system-redis and the database have not heard yet.
    waiting: Mutex<HashMap<String, Ended>>,
    news: Notify,
    is_loaded: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
struct Ended {
    until: EpochSec,
    reason: Reason,
}

impl Sessions {
    pub(crate) fn new(hub: Hub, config: &Config) -> Self {
        Self {
            hub,
            life_sec: config.session_ttl_sec as f64,
            revoked: RwLock::default(),
            waiting: Mutex::default(),
            news: Notify::new(),
            is_loaded: AtomicBool::new(false),
        }
    }

    /// Whether what was revoked before this program started is known.
    pub(crate) fn is_loaded(&self) -> bool {
        self.is_loaded.load(Ordering::Relaxed)
    }

    pub(crate) fn is_revoked(&self, sid: &str) -> bool {
        self.revoked.read().unwrap_or_else(PoisonError::into_inner).contains_key(sid)
    }

    /// Revokes session `sid` here and now, its streams too; everybody else hears of it at once, its row follows.
    pub(crate) fn revoke(&self, sid: &str, reason: Reason) {
        self.end(sid, EpochSec::new(now().seconds() + self.life_sec), reason);
    }

    /// As [`Sessions::revoke`], for a session that expires at `expires`.
    pub(crate) fn end(&self, sid: &str, expires: EpochSec, reason: Reason) {
        if !self.remember(sid, expires) {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < WAITING {
            waiting.insert(sid.to_owned(), Ended { until: expires, reason });
        } else {
            metrics::counter!("session_revocations_dropped_total").increment(1);
        }
        drop(waiting);
        self.news.notify_one();
        // A barred tier's streams are told why by whoever closes them.
        if reason != Reason::TierBlocked {
            self.close_streams(sid);
        }
    }

    /// Ends streams that opened between a judgement and its effect.
    pub(crate) fn sweep(&self) {
        let revoked = self.revoked.read().unwrap_or_else(PoisonError::into_inner).clone();
        if !revoked.is_empty() {
            self.hub.judge(|viewer| over(viewer, |sid| revoked.contains_key(sid)));
        }
    }

    /// False when it was known.
    fn remember(&self, sid: &str, until: EpochSec) -> bool {
        let mut revoked = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
        revoked.insert(sid.into(), until).is_none()
    }

    fn hear(&self, sid: &str) {
        if self.remember(sid, EpochSec::new(now().seconds() + self.life_sec)) {
            self.close_streams(sid);
        }
    }

    fn close_streams(&self, sid: &str) {
        self.hub.judge(|viewer| over(viewer, |session| session == sid));
    }

    fn forget_expired(&self) {
        let now = now();
        self.revoked.write().unwrap_or_else(PoisonError::into_inner).retain(|_, until| *until > now);
    }

    fn take_waiting(&self) -> HashMap<String, Ended> {
        std::mem::take(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn wait_again(&self, sid: String, ended: Ended) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).entry(sid).or_insert(ended);
    }
}

fn over(viewer: &Viewer<'_>, is_revoked: impl Fn(&str) -> bool) -> Verdict {
    if viewer.session.is_some_and(is_revoked) {
        let data = json!({"ts": now()}).to_string();
        return Verdict::End { event: "session_revoked", data, reason: "session_revoked" };
    }
    Verdict::Keep
}

/// Starts what keeps sessions and gates.
pub(crate) fn start(ctx: &Context<Config>, app: &App) {
    app.spawn(ctx, "sessions", follow);
    app.spawn(ctx, "gates", gates::follow);
}

/// Keeps what is known of sessions, here and on system-redis.
async fn follow(_ctx: Context<Config>, app: App) -> anyhow::Result<()> {
    let topics = Topics { channels: vec![SESSION_REVOKED.name.to_string()], patterns: Vec::new() };
    let mut heard = pin!(app.bus.listen(System, topics));
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut is_unread = false;
    loop {
        tokio::select! {
            heard = heard.next() => match heard {
                None => return Ok(()),
                Some(Heard::Up) => is_unread = true,
                Some(Heard::Down) => is_unread = false,
                Some(Heard::Message { payload, .. }) => {
                    app.sessions.hear(String::from_utf8_lossy(&payload).trim_matches('"'));
                    continue;
                }
            },
            () = app.sessions.news.notified() => {}
            _ = ticks.tick() => {
                app.sessions.forget_expired();
                app.sessions.sweep();
            }
        }
        if is_unread {
            is_unread = read(&app).await.inspect_err(|error| debug!(%error, "sessions unread")).is_err();
        }
        tell(&app).await;
    }
}

/// What others revoked while this program heard nothing, and the secret that the node's services share.
async fn read(app: &App) -> Result<(), bus::Error> {
    let names = app.bus.names(System, &format!("{REVOKED_PREFIX}*"), MOST).await?;
    if names.len() == MOST {
        warn!(most = MOST, "more revoked sessions than are read");
    }
    names.iter().filter_map(|name| name.strip_prefix(REVOKED_PREFIX)).for_each(|sid| app.sessions.hear(sid));
    secret::borrow(app).await?;
    app.sessions.is_loaded.store(true, Ordering::Relaxed);
    Ok(())
}

/// Writes what waits; what cannot be written now waits on.
async fn tell(app: &App) {
    for (sid, ended) in app.sessions.take_waiting() {
        let left = Duration::try_from_secs_f64(ended.until.since(now())).unwrap_or_default();
        if left.is_zero() {
            continue;
        }
        let mut batch = app.bus.batch(System).atomic();
        batch.set_text(&revoked(&sid, left.max(Duration::from_secs(1))), "1");
        batch.publish_text(&SESSION_REVOKED, &sid);
        match batch.run().await {
            Ok(_written) => members::revoked(app, &sid, ended.reason),
            Err(error) => {
                debug!(%error, "revocation waits");
                app.sessions.wait_again(sid, ended);
            }
        }
    }
}

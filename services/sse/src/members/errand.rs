//! What is written about sessions behind the requests that caused it: revocations within a second, uses once a minute,
//! and every night what is too old is deleted.

use super::{Reason, store};
use crate::{activity, app::App, config::Config};
use chassis::Context;
use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tracing::{debug, info, warn};

const EVERY: Duration = Duration::from_secs(1);
const SEEN_EVERY: Duration = Duration::from_secs(60);
/// At shutdown, for what was not written yet.
const LAST_WORDS: Duration = Duration::from_millis(800);
/// Notes of each kind that wait while the database is away; more are counted and dropped.
const WAITING: usize = 100_000;
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(30);
const AT_ONCE: u64 = 2000;

/// Notes about sessions that wait to be written.
#[derive(Debug, Default)]
pub(crate) struct Errands {
    notes: Mutex<Notes>,
    dev_user: AtomicU64,
}

#[derive(Debug, Default)]
struct Notes {
    revoked: HashMap<String, (Reason, DateTime<Utc>)>,
    seen: HashMap<String, DateTime<Utc>>,
}

impl Errands {
    pub(super) fn revoked(&self, sid: &str, reason: Reason, at: DateTime<Utc>) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if !notes.revoked.contains_key(sid) && has_room(notes.revoked.len()) {
            notes.revoked.insert(sid.into(), (reason, at));
        }
    }

    pub(super) fn seen(&self, sid: &str, at: DateTime<Utc>) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = notes.seen.get_mut(sid) {
            *known = at.max(*known);
        } else if has_room(notes.seen.len()) {
            notes.seen.insert(sid.into(), at);
        }
    }

    pub(super) fn dev_user(&self) -> Option<u64> {
        Some(self.dev_user.load(Ordering::Relaxed)).filter(|id| *id > 0)
    }

    pub(super) fn set_dev_user(&self, id: u64) {
        self.dev_user.store(id, Ordering::Relaxed);
    }

    fn has_revoked(&self) -> bool {
        !self.notes.lock().unwrap_or_else(PoisonError::into_inner).revoked.is_empty()
    }

    fn take_revoked(&self) -> HashMap<String, (Reason, DateTime<Utc>)> {
        std::mem::take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner).revoked)
    }

    fn take_seen(&self) -> HashMap<String, DateTime<Utc>> {
        std::mem::take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner).seen)
    }
}

fn has_room(waiting: usize) -> bool {
    let has_room = waiting < WAITING;
    if !has_room {
        metrics::counter!("members_notes_dropped_total").increment(1);
    }
    has_room
}

/// Writes what waits, until the end; then once more, and nothing is written any more.
pub(crate) async fn follow(ctx: Context<Config>, app: App) -> anyhow::Result<()> {
    if !app.database.is_configured() {
        return Ok(());
    }
    let closed = ctx.closed();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let (mut written, mut night) = (Instant::now(), next_night(Utc::now()));
    while closed.run_until_cancelled(ticks.tick()).await.is_some() {
        if !app.database.is_up() {
            continue;
        }
        if app.errands.has_revoked() {
            write_revoked(&app).await;
        }
        if written.elapsed() >= SEEN_EVERY {
            written = Instant::now();
            write_seen(&app).await;
        }
        if Utc::now() >= night && forget(&app, Utc::now()).await {
            night = next_night(Utc::now());
        }
    }
    let last_words = async {
        write_revoked(&app).await;
        write_seen(&app).await;
    };
    if timeout(LAST_WORDS, last_words).await.is_err() {
        warn!("uses of sessions not written at shutdown");
    }
    app.database.close().await;
    Ok(())
}

async fn write_revoked(app: &App) {
    let mut notes = app.errands.take_revoked();
    let Ok(mut conn) = app.database.get().await else { return put_back(app, notes) };
    while let Some(sid) = notes.keys().next().cloned() {
        let Some(&(reason, at)) = notes.get(&sid) else { return };
        match store::revoke(&mut conn, &sid, reason, at).await {
            Err(error) if error.is_transient() => return put_back(app, notes),
            Err(error) => warn!(%error, "revocation not written"),
            Ok(()) => {}
        }
        notes.remove(&sid);
    }
}

fn put_back(app: &App, notes: HashMap<String, (Reason, DateTime<Utc>)>) {
    notes.into_iter().for_each(|(sid, (reason, at))| app.errands.revoked(&sid, reason, at));
}

/// A use that cannot be written is not worth keeping: the next one tells more.
async fn write_seen(app: &App) {
    let notes = app.errands.take_seen();
    if notes.is_empty() {
        return;
    }
    let written = async {
        let mut conn = app.database.get().await.map_err(|error| error.code().to_owned())?;
        for (sid, at) in &notes {
            store::touch(&mut conn, sid, *at).await.map_err(|error| error.to_string())?;
        }
        Ok::<(), String>(())
    };
    if let Err(error) = written.await {
        debug!(error, "uses of sessions not written");
    }
}

/// Deletes what is too old; false when it has to be tried again.
async fn forget(app: &App, now: DateTime<Utc>) -> bool {
    let deleted = async {
        let mut conn = app.database.get().await.map_err(|error| error.code().to_owned())?;
        let mut sessions = 0;
        loop {
            let deleted = store::forget(&mut conn, now - SESSIONS_KEPT, AT_ONCE).await;
            let deleted = deleted.map_err(|error| error.to_string())?;
            sessions += deleted;
            if deleted < AT_ONCE {
                break;
            }
        }
        let snapshots = activity::forget(&mut conn, now).await.map_err(|error| error.to_string())?;
        Ok::<_, String>((sessions, snapshots))
    };
    match deleted.await {
        Ok((sessions, snapshots)) => {
            info!(sessions, snapshots, "old rows deleted");
            true
        }
        Err(error) => {
            debug!(error, "old rows not deleted");
            false
        }
    }
}

/// The next 03:30 UTC after `now`.
fn next_night(now: DateTime<Utc>) -> DateTime<Utc> {
    let half_past_three = NaiveTime::from_hms_opt(3, 30, 0).unwrap_or_default();
    let today = now.date_naive().and_time(half_past_three).and_utc();
    if now < today { today } else { today + Days::new(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_night_comes_at_half_past_three() {
        assert_eq!(next_night(at("2026-11-21T03:29:59Z")), at("2026-11-21T03:30:00Z"));
        assert_eq!(next_night(at("2026-11-21T03:30:00Z")), at("2026-11-22T03:30:00Z"));
        assert_eq!(next_night(at("2026-12-31T23:00:00Z")), at("2027-01-01T03:30:00Z"));
    }

    #[test]
    fn a_session_keeps_its_first_revocation_and_its_last_use() {
        let errands = Errands::default();
        errands.revoked("a", Reason::Logout, at("2026-11-21T03:00:00Z"));
        errands.revoked("a", Reason::Admin, at("2026-11-21T04:00:00Z"));
        errands.seen("a", at("2026-11-21T04:00:00Z"));
        errands.seen("a", at("2026-11-21T03:00:00Z"));
        assert_eq!(errands.take_revoked()["a"], (Reason::Logout, at("2026-11-21T03:00:00Z")));
        assert_eq!(errands.take_seen()["a"], at("2026-11-21T04:00:00Z"));
        assert!(!errands.has_revoked());
    }
}

//! Who has the page open: told on market-redis when a user comes, with the first `/sse/all`, and when one has been gone
//! for ten seconds.

use crate::{app::App, config::Config, session::Caller};
use auth::Tier;
use chassis::Context;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};
use tokio::{
    sync::Notify,
    time::{Instant, MissedTickBehavior, interval, timeout},
};
use tracing::debug;
use wire::presence::{PRESENCE, Presence, PresenceEvent};

/// The stream that counts as being there.
pub(crate) const STREAM: &str = "all";
const EVERY: Duration = Duration::from_secs(1);
const GONE_AFTER: Duration = Duration::from_secs(10);
/// At shutdown, for telling that everybody goes.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How those who opened the page are shown, by account.
#[derive(Debug, Default)]
pub(crate) struct People {
    faces: Mutex<HashMap<String, Face>>,
    opened: Notify,
}

/// How a user is shown to others.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Face {
    user: Option<u64>,
    name: String,
    tier: Tier,
}

/// A user who has the page open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Here {
    pub(crate) name: String,
    pub(crate) since: SystemTime,
    pub(crate) streams: usize,
}

/// Notes who opens the page; call it once the stream is open.
pub(crate) fn opened(app: &App, caller: &Caller) {
    let face = Face { user: caller.uid, name: caller.name.clone(), tier: caller.tier };
    app.people.faces.lock().unwrap_or_else(PoisonError::into_inner).insert(caller.account(), face);
    app.people.opened.notify_one();
}

/// Internal ids of everybody who has the page open.
pub(crate) fn online(app: &App) -> Vec<u64> {
    let viewers = app.hub.viewers(STREAM).into_iter();
    viewers.filter_map(|viewer| viewer.user_id).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Everybody who has the page open, those who came first first.
pub(crate) fn here(app: &App) -> Vec<Here> {
    let mut viewers = app.hub.viewers(STREAM);
    viewers.sort_by_key(|viewer| viewer.since);
    let faces = app.people.faces.lock().unwrap_or_else(PoisonError::into_inner);
    let name = |account: String| faces.get(&account).map_or(account, |face| face.name.clone());
    let here = viewers.into_iter();
    here.map(|viewer| Here { name: name(viewer.user), since: viewer.since, streams: viewer.streams })
        .collect()
}

/// Tells who comes and goes, until the end; then that everybody goes.
pub(crate) async fn follow(ctx: Context<Config>, app: App) -> anyhow::Result<()> {
    let closed = ctx.closed();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut present = Present::default();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = app.people.opened.notified() => {}
            () = closed.cancelled() => break,
        }
        let changes = present.step(Instant::now(), &online(&app));
        for &(user, event) in &changes {
            tell(&app, user, event).await;
        }
        if changes.iter().any(|(_, event)| *event == PresenceEvent::Disconnected) {
            forget(&app);
        }
    }
    let goodbye = async {
        for &user in present.seen.keys() {
            tell(&app, user, PresenceEvent::Disconnected).await;
        }
    };
    // Nobody waits for a server that is away.
    let _in_time = timeout(LAST_WORDS, goodbye).await;
    Ok(())
}

async fn tell(app: &App, user_id: u64, event: PresenceEvent) {
    let face = {
        let faces = app.people.faces.lock().unwrap_or_else(PoisonError::into_inner);
        faces.values().find(|face| face.user == Some(user_id)).cloned()
    };
    let Some(Face { name, tier, .. }) = face else { return };
    let ts = SystemTime::now().into();
    let presence = Presence { event, user_id, display_name: name, tier: tier.to_string(), ts };
    if let Err(error) = app.bus.publish(&PRESENCE, &presence).await {
        metrics::counter!("presence_lost_total").increment(1);
        debug!(%error, "presence not told");
    }
}

/// Forgets how those are shown who went.
fn forget(app: &App) {
    let here: BTreeSet<String> = app.hub.viewers(STREAM).into_iter().map(|viewer| viewer.user).collect();
    app.people
        .faces
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .retain(|account, _| here.contains(account));
}

/// Who counts as there, and when they were seen last.
#[derive(Debug, Default)]
struct Present {
    seen: BTreeMap<u64, Instant>,
}

impl Present {
    /// Who came and who went by `now`, when `online` have the page open.
    fn step(&mut self, now: Instant, online: &[u64]) -> Vec<(u64, PresenceEvent)> {
        let came = online.iter().filter(|user| self.seen.insert(**user, now).is_none());
        let mut changes: Vec<_> = came.map(|&user| (user, PresenceEvent::Connected)).collect();
        self.seen.retain(|&user, seen| {
            let is_here = now.duration_since(*seen) < GONE_AFTER;
            if !is_here {
                changes.push((user, PresenceEvent::Disconnected));
            }
            is_here
        });
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PresenceEvent::{Connected, Disconnected};

    #[test]
    fn a_user_comes_once_and_goes_after_ten_seconds_without_a_page() {
        let (mut present, start) = (Present::default(), Instant::now());
        let at = |sec| start + Duration::from_secs(sec);
        assert_eq!(present.step(at(0), &[7]), [(7, Connected)]);
        assert_eq!(present.step(at(1), &[7, 9]), [(9, Connected)]);
        assert!(present.step(at(10), &[9]).is_empty(), "seven may only have reloaded the page");
        assert_eq!(present.step(at(11), &[9]), [(7, Disconnected)]);
        assert_eq!(present.step(at(12), &[7, 9]), [(7, Connected)]);
        assert_eq!(present.step(at(22), &[]), [(7, Disconnected), (9, Disconnected)]);
    }
}

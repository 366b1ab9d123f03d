//! The fleet: beats and alerts as they happen, and once a second what system-redis keeps of every service.

use super::{bad, newest};
use crate::{
    app::App,
    config::Config,
    fleet::{Kept, Known},
    streams::{FLEET, FLEET_ALERT},
};
use bus::{Heard, Topics};
use chassis::Context;
use futures_util::StreamExt;
use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    pin::pin,
    time::{Duration, SystemTime},
};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::{debug, info};
use truth::service::{self, Service};
use wire::{
    BusId::System,
    EpochSec,
    sse::FleetService,
    system::{ALERT_LOG, ALERTS, Alert, Beat, BeatState, beat_state, health, last_beat, stopped},
};

const EVERY: Duration = Duration::from_secs(1);
/// Alerts read from the log at start and after a gap.
const BACKLOG: usize = 200;
/// Alert ids remembered, so that none is told twice.
const REMEMBERED: usize = 1000;

/// Follows the fleet; starts over when Truth has another one.
pub(super) async fn follow(ctx: Context<Config>, app: App) -> anyhow::Result<()> {
    let mut settings = ctx.settings_watch();
    let mut watch =
        Watch { app, known: Known::default(), told: Told::default(), news: None, published: None };
    loop {
        let services = service::all(settings.borrow_and_update().document());
        let mut known = Known::of(&services);
        known.remember(&watch.known);
        watch.known = known;
        let channels = channels(&services);
        let mut heard = pin!(watch.app.bus.listen(System, Topics { channels, patterns: Vec::new() }));
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                heard = heard.next() => match heard {
                    Some(heard) => watch.hear(heard).await,
                    None => return Ok(()),
                },
                _ = ticks.tick() => watch.look().await,
                Ok(()) = settings.changed() => break,
            }
        }
    }
}

fn channels(services: &BTreeMap<String, Service>) -> Vec<String> {
    let beats = services.values().filter_map(|service| service.heartbeat.as_ref());
    beats.map(|beats| beats.channel.clone()).chain([ALERTS.name.to_string()]).collect()
}

struct Watch {
    app: App,
    known: Known,
    told: Told,
    /// What was published last.
    news: Option<Vec<FleetService>>,
    published: Option<Instant>,
}

impl Watch {
    async fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Message { channel, payload } if channel == ALERTS.name => {
                self.take_alert(&String::from_utf8_lossy(&payload), true);
            }
            Heard::Message { payload, .. } => match serde_json::from_slice::<Beat>(&payload) {
                Ok(beat) => {
                    // The message has whole seconds; within that second, when it came is the better answer.
                    let now = EpochSec::from(SystemTime::now());
                    let at = if (0.0..1.0).contains(&now.since(beat.ts)) { now } else { beat.ts };
                    self.known.beat(&beat.svc, at);
                }
                Err(error) => bad("heartbeat", &error),
            },
            Heard::Up => {
                self.catch_up().await;
                self.look().await;
                self.app.hub.gap(&[FLEET_ALERT]);
                self.app.links.system.up();
                info!(bus = System.name(), "heard");
            }
            Heard::Down => {
                metrics::counter!("redis_reconnects_total", "bus" => System.name()).increment(1);
                self.app.links.system.down();
                self.known.is_readable = false;
            }
        }
        self.publish();
    }

    /// Reads the alerts that the log keeps. Those from before the first reading are history, told by REST.
    async fn catch_up(&mut self) {
        let is_history = self.told.is_empty() && self.news.is_none();
        match newest(&self.app.bus, &ALERT_LOG, BACKLOG).await {
            Ok(alerts) => {
                for alert in alerts.iter().rev() {
                    self.take_alert(alert.get(), !is_history);
                }
            }
            Err(error) => debug!(%error, "alerts not read"),
        }
    }

    fn take_alert(&mut self, text: &str, is_news: bool) {
        let alert = match serde_json::from_str::<Alert>(text) {
            Ok(alert) => alert,
            Err(error) => return bad("alerts", &error),
        };
        self.known.alert(&alert);
        // Without an id it cannot be told apart from its copy in the log; then only the channel counts.
        let is_new = alert.id.as_ref().map_or(is_news, |id| self.told.remember(id));
        if is_new && is_news {
            self.app.hub.event(FLEET_ALERT, text);
        }
    }

    /// Reads what is kept of every service, in one round trip.
    async fn look(&mut self) {
        let ids = self.known.ids();
        let mut batch = self.app.bus.batch(System);
        for id in &ids {
            batch.text(&beat_state(id)).text(&last_beat(id)).text(&health(id)).text(&stopped(id));
        }
        let replies = match batch.run().await {
            Ok(replies) => replies,
            Err(error) => {
                debug!(%error, "fleet not read");
                self.known.is_readable = false;
                return self.publish();
            }
        };
        self.known.is_readable = true;
        for (id, kept) in ids.iter().zip(replies.chunks_exact(4)) {
            let parsed = |index: usize| kept[index].as_deref();
            let state = parsed(0).and_then(|text| serde_json::from_str::<BeatState>(text).ok());
            let last = parsed(1).and_then(|text| serde_json::from_str::<EpochSec>(text).ok());
            if let Some(at) = state.as_ref().map(|state| state.ts).or(last) {
                self.known.beat(id, at);
            }
            let kept = Kept {
                state: state.map(|state| state.status),
                health: parsed(2).and_then(|text| serde_json::from_str(text).ok()),
                is_stopped: parsed(3).is_some(),
            };
            self.known.keep(id, kept);
        }
        self.publish();
    }

    /// Publishes when there is news, and not more than once a second.
    fn publish(&mut self) {
        if self.published.is_some_and(|at| at.elapsed() < EVERY - Duration::from_millis(50)) {
            return;
        }
        let fleet = self.known.view(SystemTime::now().into());
        let news = self.known.news(fleet.clone());
        if self.news.as_ref() == Some(&news) {
            return;
        }
        if let Ok(text) = serde_json::to_string(&fleet) {
            self.app.hub.state(FLEET, "", &text);
        }
        (self.news, self.published) = (Some(news), Some(Instant::now()));
    }
}

/// Ids of alerts that were told, oldest out first.
#[derive(Debug, Default)]
struct Told {
    known: HashSet<String>,
    order: VecDeque<String>,
}

impl Told {
    fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// True when `id` was not told before.
    fn remember(&mut self, id: &str) -> bool {
        if !self.known.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_told_once_and_forgotten_in_the_end() {
        let mut told = Told::default();
        assert!(told.remember("a") && !told.remember("a"));
        (0..REMEMBERED).for_each(|n| assert!(told.remember(&n.to_string())));
        assert!(told.remember("a"), "long ago");
        assert_eq!(told.known.len(), told.order.len());
    }
}

use super::{ANSWER, Container, Docker, Error, FLEET_LABEL, Health, SERVICE_LABEL, container::is_one_off};
use crate::death;
use async_stream::stream;
use bollard::{models::EventMessage, query_parameters::EventsOptions};
use futures_util::{Stream, StreamExt};
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    select,
    time::{Instant, MissedTickBehavior, interval_at, sleep, timeout},
};
use tracing::{debug, info};

const RESYNC: Duration = Duration::from_secs(60);
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The engine replays at most 256 events.
const REMEMBERED: usize = 512;
const KINDS: [&str; 12] = [
    "create",
    "start",
    "die",
    "oom",
    "health_status",
    "kill",
    "stop",
    "restart",
    "pause",
    "unpause",
    "destroy",
    "rename",
];

/// Something that happened to a container of the fleet.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Service id.
    pub service: String,
    /// Container id.
    pub container: String,
    /// What.
    pub action: Action,
    /// When by the engine's clock, since the epoch.
    pub at: Duration,
}

/// What happened to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It was made.
    Create,
    /// It runs.
    Start,
    /// It ended.
    Die {
        /// Exit code.
        exit_code: i64,
    },
    /// It, or a child in it, ran out of memory.
    Oom,
    /// Its health check changed its mind.
    Health(Health),
    /// It was sent a signal.
    Kill {
        /// Which.
        signal: i64,
    },
    /// Somebody's stop was completed.
    Stop,
    /// Somebody's restart was completed.
    Restart,
    /// It was frozen.
    Pause,
    /// It was woken.
    Unpause,
    /// It was removed.
    Destroy,
    /// It got another name.
    Rename,
}

/// What [`Docker::changes`] yields.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// An event, in order, once.
    Event(Event),
    /// The whole fleet as it is: first, after each reconnect, and every minute. Events seen later are newer, or tell
    /// once more what is in here already.
    Resync(Vec<Container>),
    /// The engine is away; [`Change::Resync`] says when it is back.
    Down(String),
}

impl Docker {
    /// Events of the fleet's containers for ever, over restarts of the engine. Never ends.
    pub fn changes(&self) -> impl Stream<Item = Change> + Send + use<> {
        let docker = self.clone();
        stream! {
            let mut seen = Seen::new();
            let mut wait = FIRST_WAIT;
            loop {
                let listed = docker.containers().await;
                let client = docker.client().cloned();
                let (containers, client) = match (listed, client) {
                    (Ok(containers), Ok(client)) => (containers, client),
                    (Err(error), _) | (_, Err(error)) => {
                        yield Change::Down(error.to_string());
                        sleep(wait).await;
                        wait = (wait * 2).min(LONGEST_WAIT);
                        continue;
                    }
                };
                wait = FIRST_WAIT;
                yield Change::Resync(containers);
                let mut events = Box::pin(client.events(Some(seen.options(docker.fleet()))));
                let mut resync = interval_at(Instant::now() + RESYNC, RESYNC);
                resync.set_missed_tick_behavior(MissedTickBehavior::Skip);
                loop {
                    select! {
                        message = events.next() => match message {
                            Some(Ok(message)) => if let Some(event) = seen.admit(message) {
                                yield Change::Event(event);
                            },
                            Some(Err(error)) => { debug!(error = %Error::from(error), "event stream broken"); break }
                            None => break,
                        },
                        _ = resync.tick() => match timeout(2 * ANSWER, docker.containers()).await {
                            Ok(Ok(containers)) => yield Change::Resync(containers),
                            Ok(Err(_)) | Err(_) => break,
                        },
                    }
                }
                info!("docker event stream lost");
                sleep(wait).await;
            }
        }
    }
}

/// Which events were told, so that a replay tells nothing twice.
struct Seen {
    since: Duration,
    told: VecDeque<(String, Action, Duration)>,
}

impl Seen {
    fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { since, told: VecDeque::with_capacity(REMEMBERED) }
    }

    fn options(&self, fleet: &str) -> EventsOptions {
        let filters = HashMap::from([
            ("type".to_owned(), vec!["container".to_owned()]),
            ("label".to_owned(), vec![format!("{FLEET_LABEL}={fleet}")]),
            ("event".to_owned(), KINDS.map(str::to_owned).to_vec()),
        ]);
        let since = format!("{}.{:09}", self.since.as_secs(), self.since.subsec_nanos());
        EventsOptions { since: Some(since), until: None, filters: Some(filters) }
    }

    fn admit(&mut self, message: EventMessage) -> Option<Event> {
        let event = parse(message)?;
        let mark = (event.container.clone(), event.action, event.at);
        if self.told.contains(&mark) {
            return None;
        }
        if self.told.len() == REMEMBERED {
            self.told.pop_front();
        }
        self.told.push_back(mark);
        self.since = self.since.max(event.at);
        Some(event)
    }
}

fn parse(message: EventMessage) -> Option<Event> {
    let at = Duration::from_nanos(u64::try_from(message.time_nano?).ok()?);
    let actor = message.actor?;
    let attributes = actor.attributes?;
    if is_one_off(&attributes) {
        return None;
    }
    let word = message.action?;
    let action = match word.as_str() {
        "create" => Action::Create,
        "start" => Action::Start,
        "die" => Action::Die { exit_code: attributes.get("exitCode")?.parse().ok()? },
        "oom" => Action::Oom,
        "kill" => Action::Kill { signal: attributes.get("signal").and_then(|text| death::signal(text))? },
        "stop" => Action::Stop,
        "restart" => Action::Restart,
        "pause" => Action::Pause,
        "unpause" => Action::Unpause,
        "destroy" => Action::Destroy,
        "rename" => Action::Rename,
        other => Action::Health(other.strip_prefix("health_status:")?.trim().parse().ok()?),
    };
    Some(Event { service: attributes.get(SERVICE_LABEL)?.clone(), container: actor.id?, action, at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models::EventActor;

    fn message(action: &str, attributes: &[(&str, &str)], nanos: i64) -> EventMessage {
        let labelled = [(SERVICE_LABEL, "vigil")];
        let attributes =
            labelled.iter().chain(attributes).map(|&(name, value)| (name.into(), value.into())).collect();
        EventMessage {
            action: Some(action.into()),
            actor: Some(EventActor { id: Some("c1".into()), attributes: Some(attributes) }),
            time_nano: Some(nanos),
            ..Default::default()
        }
    }

    #[test]
    fn a_replayed_event_is_told_once() {
        let mut seen = Seen::new();
        let die = || message("die", &[("exitCode", "137")], 5);
        assert_eq!(seen.admit(die()).unwrap().action, Action::Die { exit_code: 137 });
        assert_eq!(seen.admit(die()), None);
        assert!(seen.admit(message("die", &[("exitCode", "137")], 6)).is_some(), "another death");
    }

    #[test]
    fn signals_and_health_are_read_in_every_spelling() {
        let action =
            |word: &str, attributes: &[(&str, &str)]| parse(message(word, attributes, 1)).map(|e| e.action);
        assert_eq!(action("kill", &[("signal", "15")]), Some(Action::Kill { signal: 15 }));
        assert_eq!(action("kill", &[("signal", "SIGKILL")]), Some(Action::Kill { signal: 9 }));
        assert_eq!(action("health_status: unhealthy", &[]), Some(Action::Health(Health::Unhealthy)));
        assert_eq!(action("exec_die", &[]), None);
    }

    #[test]
    fn a_one_off_run_is_not_the_service() {
        assert_eq!(parse(message("start", &[("com.docker.compose.oneoff", "True")], 1)), None);
    }
}

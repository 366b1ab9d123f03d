use super::{FLEET_LABEL, ONE_OFF_LABEL, SERVICE_LABEL};
use crate::death;
use bollard::models::{
    ContainerInspectResponse, ContainerStateStatusEnum as Status, HealthStatusEnum, RestartPolicyNameEnum,
};
use chrono::DateTime;
use std::{collections::HashMap, fmt, str::FromStr, time::Duration};
use wire::EpochSec;

const ROLE_LABEL: &str = "io.marketswarm.role";
const PHASE_LABEL: &str = "io.marketswarm.phase";
const HEAL_LABEL: &str = "io.marketswarm.heal";
const STOP_TIMEOUT_LABEL: &str = "io.marketswarm.stop-timeout";
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// A container of the fleet as it was when the engine was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Container {
    /// Its id; another one after each recreate.
    pub id: String,
    /// Service id: what stays.
    pub service: String,
    /// Fleet (Compose project) it belongs to.
    pub fleet: String,
    /// Name without the slash.
    pub name: String,
    /// Image with its tag.
    pub image: String,
    /// What it is in the fleet.
    pub role: Role,
    /// Start order.
    pub phase: u32,
    /// What may be done to it.
    pub heal: Heal,
    /// How long it gets for stopping.
    pub stop_timeout: Duration,
    /// What it is doing.
    pub state: State,
    /// What its health check says; `None` without one.
    pub health: Option<Health>,
    /// Exit code of its last run; `None` while it runs.
    pub exit_code: Option<i64>,
    /// Start of its last run.
    pub started_at: Option<EpochSec>,
    /// End of its last run; `None` while it runs.
    pub finished_at: Option<EpochSec>,
    /// Restarts that the engine did by itself since the last explicit start.
    pub restart_count: i64,
    /// True when the engine starts it again after it ended by itself.
    pub restarts_itself: bool,
    /// Names of the networks it is attached to.
    pub networks: Vec<String>,
    /// Signal that asks it to stop.
    pub stop_signal: i64,
    /// Label values that nobody understands.
    pub faults: Vec<String>,
}

/// What a container is in the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A Redis server.
    Bus,
    /// The database.
    Db,
    /// Runs once.
    Job,
    /// A simulator of the outside world.
    Sim,
    /// Runs for ever and beats.
    Service,
    /// The browser's pages.
    Ui,
    /// The way in.
    Edge,
    /// Helps the operator.
    Ops,
}

/// What may be done to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heal {
    /// Started and restarted when needed.
    Restart,
    /// Its events are told, it is never touched.
    Notify,
    /// Stopped where others are restarted.
    Stop,
    /// Not even its events are told.
    Off,
}

/// What a container is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Never started.
    Created,
    /// Running.
    Running,
    /// Frozen by an operator.
    Paused,
    /// Ended; the engine is about to start it again.
    Restarting,
    /// Being removed.
    Removing,
    /// Ended.
    Exited,
    /// Could not be removed.
    Dead,
}

/// What the health check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Too young to be judged.
    Starting,
    /// Passes.
    Healthy,
    /// Failed several times in a row.
    Unhealthy,
}

impl Container {
    /// The first twelve characters of the id, as everybody shows it.
    pub fn short_id(&self) -> &str {
        self.id.get(..12).unwrap_or(&self.id)
    }

    /// Running before not running, then newer before older.
    pub(crate) fn rank(&self) -> f64 {
        let alive = matches!(self.state, State::Running | State::Paused | State::Restarting);
        self.started_at.map_or(0.0, EpochSec::seconds) + if alive { 1e12 } else { 0.0 }
    }

    pub(crate) fn parse(response: ContainerInspectResponse) -> Option<Self> {
        let config = response.config?;
        let labels = config.labels.unwrap_or_default();
        let own = labels.get(FLEET_LABEL).cloned()?;
        if is_one_off(&labels) {
            return None;
        }
        let state = response.state?;
        let status = parse_state(state.status)?;
        let running = matches!(status, State::Running | State::Paused);
        let host = response.host_config.unwrap_or_default();
        let policy = host.restart_policy.and_then(|policy| policy.name);
        let networks = response.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
        let meaning = Meaning::of(&labels);
        Some(Self {
            id: response.id?,
            service: labels.get(SERVICE_LABEL).cloned()?,
            fleet: own,
            name: response.name.unwrap_or_default().trim_start_matches('/').to_owned(),
            image: config.image.unwrap_or_default(),
            role: meaning.role,
            phase: meaning.phase,
            heal: meaning.heal,
            stop_timeout: meaning.stop_timeout,
            state: status,
            health: state.health.and_then(|health| health.status).and_then(parse_health),
            exit_code: state.exit_code.filter(|_| !running),
            started_at: state.started_at.as_deref().and_then(instant),
            finished_at: state.finished_at.as_deref().filter(|_| !running).and_then(instant),
            restart_count: response.restart_count.unwrap_or(0),
            restarts_itself: matches!(
                policy,
                Some(RestartPolicyNameEnum::ALWAYS | RestartPolicyNameEnum::UNLESS_STOPPED)
            ),
            networks: networks.into_keys().collect(),
            stop_signal: config.stop_signal.as_deref().and_then(death::signal).unwrap_or(death::TERM),
            faults: meaning.faults,
        })
    }
}

/// True for a container of `compose run`: it has the labels of its service, but is not it.
pub(super) fn is_one_off(labels: &HashMap<String, String>) -> bool {
    labels.get(ONE_OFF_LABEL).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

struct Meaning {
    role: Role,
    phase: u32,
    heal: Heal,
    stop_timeout: Duration,
    faults: Vec<String>,
}

impl Meaning {
    fn of(labels: &HashMap<String, String>) -> Self {
        let mut faults = Vec::new();
        let role = read(labels, ROLE_LABEL, &mut faults).unwrap_or(Role::Service);
        let usual = if role == Role::Job { Heal::Notify } else { Heal::Restart };
        // Whoever wrote something unknown wanted something else than a restart.
        let unknown = if labels.contains_key(HEAL_LABEL) { Heal::Notify } else { usual };
        let heal = read(labels, HEAL_LABEL, &mut faults).unwrap_or(unknown);
        let phase = read(labels, PHASE_LABEL, &mut faults).unwrap_or(0);
        let stop_timeout: Option<u64> = read(labels, STOP_TIMEOUT_LABEL, &mut faults);
        Self {
            role,
            phase,
            heal,
            stop_timeout: stop_timeout.map_or(STOP_TIMEOUT, Duration::from_secs),
            faults,
        }
    }
}

fn read<T: FromStr>(labels: &HashMap<String, String>, label: &str, faults: &mut Vec<String>) -> Option<T> {
    let text = labels.get(label).map(|text| text.trim().to_ascii_lowercase())?;
    let value = text.parse().ok();
    if value.is_none() {
        faults.push(format!("{label}={text}"));
    }
    value
}

fn parse_state(status: Option<Status>) -> Option<State> {
    Some(match status? {
        Status::CREATED => State::Created,
        Status::RUNNING | Status::STOPPING => State::Running,
        Status::PAUSED => State::Paused,
        Status::RESTARTING => State::Restarting,
        Status::REMOVING => State::Removing,
        Status::EXITED => State::Exited,
        Status::DEAD => State::Dead,
        Status::EMPTY => return None,
    })
}

fn parse_health(status: HealthStatusEnum) -> Option<Health> {
    match status {
        HealthStatusEnum::STARTING => Some(Health::Starting),
        HealthStatusEnum::HEALTHY => Some(Health::Healthy),
        HealthStatusEnum::UNHEALTHY => Some(Health::Unhealthy),
        HealthStatusEnum::EMPTY | HealthStatusEnum::NONE => None,
    }
}

/// The engine writes the year 1 for "never".
pub(super) fn instant(text: &str) -> Option<EpochSec> {
    let millis = DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis();
    (millis > 0).then(|| wire::EpochMs(millis).to_sec())
}

macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),* }) => {
        impl $name {
            /// The engine's word for it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($word => Ok(Self::$variant),)* _ => Err(()) }
            }
        }
    };
}

words!(Role { Bus = "bus", Db = "db", Job = "job", Sim = "sim", Service = "service", Ui = "ui", Edge = "edge", Ops = "ops" });
words!(Heal { Restart = "restart", Notify = "notify", Stop = "stop", Off = "off" });
words!(Health { Starting = "starting", Healthy = "healthy", Unhealthy = "unhealthy" });
words!(State {
    Created = "created",
    Running = "running",
    Paused = "paused",
    Restarting = "restarting",
    Removing = "removing",
    Exited = "exited",
    Dead = "dead"
});

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(labels: &[(&str, &str)]) -> Meaning {
        Meaning::of(&labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect())
    }

    #[test]
    fn labels_are_read_without_regard_to_case() {
        let read = meaning(&[
            (HEAL_LABEL, "OFF"),
            (ROLE_LABEL, "Bus"),
            (STOP_TIMEOUT_LABEL, "20"),
            (PHASE_LABEL, "1"),
        ]);
        assert_eq!((read.heal, read.role, read.phase), (Heal::Off, Role::Bus, 1));
        assert_eq!(read.stop_timeout, Duration::from_secs(20));
        assert!(read.faults.is_empty());
    }

    #[test]
    fn a_job_is_only_told_of_and_a_service_is_restarted() {
        assert_eq!(meaning(&[(ROLE_LABEL, "job")]).heal, Heal::Notify);
        assert_eq!(meaning(&[]).heal, Heal::Restart);
    }

    #[test]
    fn an_unknown_value_is_named_and_touches_nothing() {
        let read = meaning(&[(HEAL_LABEL, "maybe")]);
        assert_eq!((read.heal, read.faults), (Heal::Notify, vec![format!("{HEAL_LABEL}=maybe")]));
    }

    #[test]
    fn never_is_no_instant() {
        assert_eq!(instant("0001-01-01T00:00:00Z"), None);
        assert_eq!(instant("2026-03-02T14:05:09.250Z"), Some(EpochSec::new(1_772_460_309.25)));
    }
}

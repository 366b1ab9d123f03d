//! sentinel's settings. Every one has a default that works without Truth.

use notify::Targets;
use std::time::Duration;
use truth::{
    service,
    settings::{Configure, Fault, Settings},
};
use wire::{
    Channel,
    system::{ALERTS, Alert},
};

const HEALER: &str = "healer";
const HEALER_INTERVAL_SEC: f64 = 10.0;
const SHORTEST_TIMEOUT_SEC: f64 = 30.0;

/// What sentinel may do to healer's container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing, and says nothing of it.
    Off,
    /// Nothing, but logs what it would do.
    Observe,
    /// Starts and restarts it.
    Restart,
}

/// sentinel's settings; `Default` is the shipped component file.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Silence of healer beyond this is late.
    pub timeout: Duration,
    /// What may be done.
    pub mode: Mode,
    /// Between two looks at the clock.
    pub tick: Duration,
    /// How long a remedy may take to show.
    pub verify: Duration,
    /// A younger container is still starting.
    pub start_grace: Duration,
    /// An ended container that the engine does not start is started after this.
    pub restart_grace: Duration,
    /// Who is notified.
    pub targets: Targets,
    /// Address of the Docker engine; `None`: the usual socket.
    pub docker_host: Option<String>,
    /// Name of the fleet; `None`: that of the container sentinel runs in.
    pub fleet: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            mode: Mode::Restart,
            tick: Duration::from_secs(1),
            verify: Duration::from_secs(60),
            start_grace: Duration::from_secs(20),
            restart_grace: Duration::from_secs(15),
            targets: Targets::default(),
            docker_host: None,
            fleet: None,
        }
    }
}

impl Configure for Config {
    fn read(settings: &Settings) -> Result<Self, Fault> {
        let mode = match settings.text_or("SENTINEL_REMEDY", "restart").to_ascii_lowercase().as_str() {
            "off" => Mode::Off,
            "observe" => Mode::Observe,
            "restart" => Mode::Restart,
            _ => return Err(settings.fault("SENTINEL_REMEDY", "off, observe or restart")),
        };
        let usual = SHORTEST_TIMEOUT_SEC.max(3.0 * Watch::of(settings).interval_sec);
        let timeout = settings.number("SENTINEL_TIMEOUT_SEC", usual)?;
        let timeout = Duration::try_from_secs_f64(timeout)
            .ok()
            .filter(|timeout| !timeout.is_zero())
            .ok_or_else(|| settings.fault("SENTINEL_TIMEOUT_SEC", "seconds, more than 0"))?;
        let secret =
            |key: &str| settings.secret(&key.to_ascii_lowercase()).map(|secret| secret.expose().to_owned());
        let targets = Targets::read(|key| settings.text(key).or_else(|| secret(key)))
            .map_err(|wrong| settings.fault(wrong.key, wrong.expected))?;
        Ok(Self {
            timeout,
            mode,
            targets,
            docker_host: settings.environment("DOCKER_HOST"),
            fleet: settings.environment("MS_FLEET"),
            ..Self::default()
        })
    }
}

/// Where healer is heard, and where is told of it.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    /// healer's heartbeat channel on system-redis.
    pub channel: String,
    /// Seconds between its beats.
    pub interval_sec: f64,
    /// Where alerts are published.
    pub alerts: Channel<Alert>,
}

impl Watch {
    /// As Truth has it, else as shipped.
    pub(crate) fn of(settings: &Settings) -> Self {
        let healer = service::all(settings.document()).remove(HEALER).unwrap_or_default();
        let beats = healer.heartbeat.unwrap_or_default();
        let named = healer.access_points.publish_to.iter().find(|entry| entry.key.ends_with(":alerts"));
        let channel = named.map(|entry| entry.key.clone()).or_else(|| settings.environment("ALERT_CHANNEL"));
        let own = Some(beats.channel).filter(|channel| !channel.is_empty());
        Self {
            channel: own.unwrap_or_else(|| wire::system::heartbeat_name(HEALER)),
            interval_sec: if beats.interval_sec > 0.0 { beats.interval_sec } else { HEALER_INTERVAL_SEC },
            alerts: channel.map_or(ALERTS, |name| Channel::of(wire::BusId::System, name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::collections::{BTreeMap, HashMap};
    use truth::settings::Identity;

    fn settings(document: Value, process: &[(&str, &str)]) -> Settings {
        let process: HashMap<_, _> =
            process.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        Settings::from_document(document, Identity::of("sentinel"), BTreeMap::default(), process, 1).unwrap()
    }

    fn shipped() -> Value {
        let component: Value =
            serde_json::from_str(include_str!("../../truth/components/sentinel.json")).unwrap();
        json!({"components": {"sentinel": component}})
    }

    #[test]
    fn the_shipped_component_equals_the_defaults() {
        assert_eq!(Config::read(&settings(shipped(), &[])).unwrap(), Config::default());
    }

    #[test]
    fn the_timeout_follows_healers_interval_unless_it_is_set() {
        let mut document = shipped();
        document["services"]["healer"]["heartbeat"]["interval_sec"] = json!(20);
        assert_eq!(Config::read(&settings(document.clone(), &[])).unwrap().timeout, Duration::from_secs(60));
        let own = Config::read(&settings(document, &[("SENTINEL_TIMEOUT_SEC", "7.5")])).unwrap();
        assert_eq!(own.timeout, Duration::from_millis(7500));
    }

    #[test]
    fn without_truth_everything_is_as_shipped() {
        let empty = Settings::empty(Identity::of("sentinel"), HashMap::new());
        assert_eq!(Config::read(&empty).unwrap(), Config::default());
        let watch = Watch::of(&empty);
        assert_eq!(
            (watch.channel.as_str(), watch.alerts.name.as_ref()),
            ("healer:heartbeat", "healer:alerts")
        );
    }
}

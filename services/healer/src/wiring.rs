//! What Truth says about everybody: whom healer listens to, when silence is late, and how each service is healed.

use fleet::{budget::Rules, silence::Limits};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};
use truth::{
    service::{self, Service},
    settings::Settings,
};
use wire::{
    BusId, Channel,
    system::{ALERTS, Alert},
};

const USUAL_TIMEOUT_SEC: f64 = 30.0;
const USUAL_INTERVAL_SEC: f64 = 10.0;

/// Everything that follows from one revision of Truth.
#[derive(Debug, Clone)]
pub(crate) struct Wiring {
    /// Name of this machine, for people.
    pub node: String,
    /// Where alerts are published.
    pub alerts: Channel<Alert>,
    /// Heartbeat channels: (server, channel) to service.
    pub channels: BTreeMap<(BusId, String), String>,
    /// Every service, watched or not.
    pub plans: BTreeMap<String, Plan>,
}

/// How one service is watched and healed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// When its silence is late; `None`: it is not watched.
    pub limits: Option<Limits>,
    /// Where its beats are heard.
    pub bus: BusId,
    /// Start order.
    pub phase: u32,
    /// Containers of role bus or db without which it cannot work.
    pub needs: Vec<String>,
    /// Answers 200 when it serves.
    pub health_url: Option<String>,
    /// How it is healed.
    pub heal: Heal,
    /// Its component as Truth has it: a change of it lifts a quarantine.
    pub component: Value,
}

/// A component's `service.heal` block.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Heal {
    pub restart_max: u32,
    pub restart_window_sec: f64,
    pub daily_max: u32,
    pub verify_sec: f64,
    pub start_grace_sec: f64,
    pub restart_grace_sec: f64,
    pub unhealthy_grace_sec: f64,
    pub hang_stop_timeout_sec: f64,
    pub loop_deaths: usize,
    pub loop_window_sec: f64,
    pub quarantine_deaths: usize,
    pub quarantine_window_sec: f64,
    pub notify: Level,
}

/// Which alerts of a service reach people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    All,
    Critical,
    None,
}

impl Default for Heal {
    fn default() -> Self {
        Self {
            restart_max: 3,
            restart_window_sec: 600.0,
            daily_max: 12,
            verify_sec: 60.0,
            start_grace_sec: 20.0,
            restart_grace_sec: 15.0,
            unhealthy_grace_sec: 60.0,
            hang_stop_timeout_sec: 5.0,
            loop_deaths: 5,
            loop_window_sec: 120.0,
            quarantine_deaths: 10,
            quarantine_window_sec: 600.0,
            notify: Level::All,
        }
    }
}

impl Heal {
    /// How buses and databases are healed: 2 attempts in 10 minutes.
    pub(crate) fn of_server() -> Self {
        Self { restart_max: 2, ..Self::default() }
    }

    pub(crate) fn rules(&self) -> Rules {
        Rules {
            max: self.restart_max,
            window: seconds(self.restart_window_sec),
            daily_max: self.daily_max,
            ..Rules::default()
        }
    }
}

impl Plan {
    /// For a container that Truth does not know: a bus, the database, a simulator.
    pub(crate) fn unknown(phase: u32, is_server: bool) -> Self {
        Self {
            limits: None,
            bus: BusId::System,
            phase,
            needs: Vec::new(),
            health_url: None,
            heal: if is_server { Heal::of_server() } else { Heal::default() },
            component: Value::Null,
        }
    }

    /// A younger container is still starting, whatever is said of it.
    pub(crate) fn youth(&self) -> Duration {
        let grace = seconds(self.heal.start_grace_sec);
        self.limits.map_or(grace, |limits| grace.max(limits.warmup()))
    }
}

impl Wiring {
    /// Reads `settings`. What cannot be read is told and has its default: healer must not fail over a detail of
    /// somebody else's component.
    pub(crate) fn read(settings: &Settings) -> Self {
        let services = service::all(settings.document());
        let own = services.get(settings.service_id()).cloned().unwrap_or_default();
        let fallback = |name: &str, usual: f64| {
            settings
                .environment(name)
                .and_then(|text| text.parse().ok())
                .filter(|sec: &f64| *sec > 0.0)
                .unwrap_or(usual)
        };
        let cadence =
            own.threshold.as_ref().and_then(|block| block.get("heartbeat_cadence")).and_then(Value::as_f64);
        let usual = Usual {
            timeout: cadence.unwrap_or_else(|| fallback("DEFAULT_TIMEOUT_SEC", USUAL_TIMEOUT_SEC)),
            interval: fallback("DEFAULT_HB_INTERVAL_SEC", USUAL_INTERVAL_SEC),
        };
        let channels = channels(&own, &services);
        let mut plans: BTreeMap<String, Plan> = services
            .iter()
            .map(|(id, service)| (id.clone(), plan(id, service, settings.document())))
            .collect();
        for ((bus, _), id) in &channels {
            let plan = plans.entry(id.clone()).or_insert_with(|| Plan::unknown(0, false));
            plan.bus = *bus;
            plan.limits = Some(usual.limits(services.get(id)));
        }
        let named = own.access_points.publish_to.iter().find(|entry| entry.key.ends_with(":alerts"));
        let channel = named.map(|entry| entry.key.clone()).or_else(|| settings.environment("ALERT_CHANNEL"));
        let alerts = channel.map_or(ALERTS, |name| Channel::of(BusId::System, name));
        Self { node: settings.node_name().to_owned(), alerts, channels, plans }
    }

    /// The services that are watched.
    pub(crate) fn watched(&self) -> impl Iterator<Item = (&str, BusId, Limits)> {
        self.plans.iter().filter_map(|(id, plan)| Some((id.as_str(), plan.bus, plan.limits?)))
    }
}

struct Usual {
    timeout: f64,
    interval: f64,
}

impl Usual {
    fn limits(&self, service: Option<&Service>) -> Limits {
        let beats = service.and_then(|service| service.heartbeat.as_ref());
        let interval = beats.map(|beats| beats.interval_sec).filter(|sec| *sec > 0.0);
        let timeout = beats.and_then(|beats| beats.timeout_sec).filter(|sec| *sec > 0.0);
        Limits {
            interval: seconds(interval.unwrap_or(self.interval)),
            timeout: seconds(timeout.unwrap_or(self.timeout)),
        }
    }
}

fn channels(own: &Service, services: &BTreeMap<String, Service>) -> BTreeMap<(BusId, String), String> {
    let beating = |channel: &str| {
        let is_its =
            |service: &Service| service.heartbeat.as_ref().is_some_and(|beats| beats.channel == channel);
        services.iter().find(|(_, service)| is_its(service)).map(|(id, _)| id.clone())
    };
    own.access_points
        .subscribe_to
        .iter()
        .filter_map(|entry| {
            let id =
                beating(&entry.key).or_else(|| entry.key.strip_suffix(":heartbeat").map(str::to_owned))?;
            Some(((entry.bus.parse().ok()?, entry.key.clone()), id))
        })
        .collect()
}

fn plan(id: &str, service: &Service, document: &Value) -> Plan {
    let component =
        document.pointer(&format!("/components/{}", service.component)).cloned().unwrap_or_default();
    let block = |name: &str| component.pointer(&format!("/service/{name}")).cloned();
    let heal = block("heal").map_or_else(Heal::default, |heal| {
        serde_json::from_value(heal).unwrap_or_else(|error| {
            tracing::warn!(service = id, %error, "service.heal not understood, defaults are used");
            Heal::default()
        })
    });
    let path = block("health_path").and_then(|path| path.as_str().map(str::to_owned));
    let health_url = service.port.zip(path).map(|(port, path)| format!("http://{id}:{port}{path}"));
    let mut needs: Vec<String> = service
        .access_points
        .publish_to
        .iter()
        .chain(&service.access_points.subscribe_to)
        .map(|entry| entry.bus.clone())
        .chain([BusId::System.name().to_owned()])
        .collect();
    needs.sort_unstable();
    needs.dedup();
    Plan { limits: None, bus: BusId::System, phase: service.phase, needs, health_url, heal, component }
}

/// Anything that is no duration is none.
pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::HashMap;
    use truth::settings::Identity;

    fn wiring(document: Value, process: &[(&str, &str)]) -> Wiring {
        let process: HashMap<_, _> =
            process.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let settings =
            Settings::from_document(document, Identity::of("healer"), BTreeMap::default(), process, 1)
                .unwrap();
        Wiring::read(&settings)
    }

    fn document() -> Value {
        json!({
            "components": {
                "healer": {"id": "healer"},
                "sse": {"service": {"health_path": "/api/health", "heal": {"restart_max": 5, "notify": "critical"}}},
            },
            "services": {
                "healer": {
                    "access_points": {
                        "publish_to": [{"bus": "system-redis", "key": "desk:alerts"}],
                        "subscribe_to": [
                            {"bus": "system-redis", "key": "sse:heartbeat"},
                            {"bus": "system-redis", "key": "stray:heartbeat"},
                            {"bus": "market-redis", "key": "odd-name"},
                        ],
                    },
                    "threshold": {"heartbeat_cadence": 40},
                },
                "sse": {
                    "component": "sse", "phase": 5, "port": 3001,
                    "heartbeat": {"channel": "sse:heartbeat", "interval_sec": 5, "timeout_sec": 15},
                    "access_points": {"subscribe_to": [{"bus": "market-redis", "key": "x"}]},
                },
                "odd": {"component": "odd", "heartbeat": {"channel": "odd-name", "interval_sec": 7}},
            },
        })
    }

    #[test]
    fn limits_come_from_the_service_then_from_healer_then_from_the_process() {
        let read = wiring(document(), &[("DEFAULT_TIMEOUT_SEC", "50"), ("DEFAULT_HB_INTERVAL_SEC", "3")]);
        let limits = |id: &str| {
            read.plans[id].limits.map(|limits| (limits.interval.as_secs(), limits.timeout.as_secs()))
        };
        assert_eq!(limits("sse"), Some((5, 15)));
        assert_eq!(limits("odd"), Some((7, 40)));
        assert_eq!(limits("stray"), Some((3, 40)));
        assert_eq!(limits("healer"), None);
        assert_eq!(read.plans["odd"].bus, BusId::Market);
        let mut bare = document();
        bare["services"]["healer"]["threshold"].take();
        let read = wiring(bare, &[("DEFAULT_TIMEOUT_SEC", "50")]);
        assert_eq!(read.plans["odd"].limits.unwrap().timeout.as_secs(), 50);
    }

    #[test]
    fn the_alert_channel_and_the_way_of_healing_are_read() {
        let read = wiring(document(), &[]);
        assert_eq!(read.alerts.name, "desk:alerts");
        let sse = &read.plans["sse"];
        assert_eq!((sse.heal.restart_max, sse.heal.notify, sse.phase), (5, Level::Critical, 5));
        assert_eq!(sse.health_url.as_deref(), Some("http://sse:3001/api/health"));
        assert_eq!(sse.needs, ["market-redis", "system-redis"]);
    }
}

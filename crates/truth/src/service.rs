//! The derived section `services`: what monitors read of every service.

use crate::graph::{self, Dependencies};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use wire::BusId;

/// One service, as `services.<id>` shows it. Members that a hand-made document leaves out have their defaults.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    /// Component id.
    pub component: String,
    /// Scope below `secrets`.
    pub secret_scope: String,
    /// Start phase.
    pub phase: u32,
    /// HTTP port, for services that have one.
    pub port: Option<u16>,
    /// Component ids that it needs.
    pub dependencies: Vec<String>,
    /// How it beats; `None`: it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Beats>,
    /// What it writes and reads on the buses.
    pub access_points: Access,
    /// Healer's limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Value>,
}

/// How a service beats.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Beats {
    /// `<service_id>:heartbeat`.
    pub channel: String,
    /// Seconds between beats.
    pub interval_sec: f64,
    /// Life of the heartbeat key, seconds.
    pub ttl_sec: f64,
    /// Own limit of silence, seconds; `None`: healer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_sec: Option<f64>,
    /// Where it beats.
    pub redis_url: String,
}

/// Names that a service writes and reads.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Access {
    /// Written.
    pub publish_to: Vec<Entry>,
    /// Read as they happen.
    pub subscribe_to: Vec<Entry>,
}

/// A name on a bus; `{name}` and `*` in the key are placeholders.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// `market-redis`.
    pub bus: String,
    /// Key or channel.
    pub key: String,
    /// For people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// One line of `./admin components`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Component id.
    pub component: String,
    /// For people.
    pub name: String,
    /// Id of the service that runs it.
    pub service_id: String,
    /// For people.
    pub description: String,
}

/// Every service of a loaded document, by service id: the section `services`, else derived from `components`.
pub fn all(document: &Value) -> BTreeMap<String, Service> {
    match document.get("services").and_then(Value::as_object) {
        Some(services) => services.iter().map(|(id, service)| (id.clone(), lenient(id, service))).collect(),
        None => derive(document),
    }
}

/// Seconds of silence after which `service` counts as dead: its own limit, else healer's, else 30.
pub fn timeout_sec(service: &Service, services: &BTreeMap<String, Service>) -> f64 {
    let own = service.heartbeat.as_ref().and_then(|beats| beats.timeout_sec);
    let healer = services.get("healer").and_then(|healer| healer.threshold.as_ref());
    own.unwrap_or_else(|| cadence(healer))
}

/// The limit of silence that healer's `threshold` block sets for everybody.
pub(crate) fn cadence(threshold: Option<&Value>) -> f64 {
    const DEFAULT_TIMEOUT_SEC: f64 = 30.0;
    threshold.and_then(|block| block.get("heartbeat_cadence")?.as_f64()).unwrap_or(DEFAULT_TIMEOUT_SEC)
}

/// The components of a loaded document, by id.
pub fn components(document: &Value) -> Vec<Summary> {
    let section = ["components", "services"].into_iter().find_map(|name| document.get(name)?.as_object());
    let summary = |(id, component): (&String, &Value)| {
        let meta = |member: &str| component.pointer(&format!("/meta/{member}")).and_then(Value::as_str);
        Summary {
            component: id.clone(),
            name: meta("name").unwrap_or(id).to_owned(),
            service_id: meta("service_id").unwrap_or(id).to_owned(),
            description: meta("description").unwrap_or_default().to_owned(),
        }
    };
    section.into_iter().flatten().map(summary).collect()
}

/// What of a component file the derived section and the checks need. Parts of the wrong shape count as absent:
/// the schema has told them already.
#[derive(Debug, Default)]
pub(crate) struct Component {
    pub(crate) service_id: String,
    pub(crate) beats: Option<Beats>,
    pub(crate) publish_to: Vec<Entry>,
    pub(crate) subscribe_to: Vec<Entry>,
    pub(crate) dependencies: Vec<String>,
    pub(crate) phase: Option<u32>,
    pub(crate) port: Option<u16>,
    pub(crate) threshold: Option<Value>,
    pub(crate) watches_all: bool,
}

impl Component {
    pub(crate) fn of(id: &str, value: &Value) -> Self {
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
        let number = |pointer: &str| value.pointer(pointer)?.as_f64().filter(|seconds| *seconds > 0.0);
        let whole = |pointer: &str| value.pointer(pointer).and_then(Value::as_u64);
        let service_id = text("/meta/service_id").unwrap_or(id).to_owned();
        let beats = number("/heartbeat/interval_sec").map(|interval_sec| Beats {
            channel: text("/heartbeat/channel")
                .map_or_else(|| wire::system::heartbeat_name(&service_id), str::to_owned),
            interval_sec,
            ttl_sec: number("/heartbeat/ttl_sec").unwrap_or(3.0 * interval_sec),
            timeout_sec: number("/heartbeat/timeout_sec"),
            redis_url: text("/heartbeat/redis_url").unwrap_or_default().to_owned(),
        });
        let dependencies = value.get("dependencies").and_then(Value::as_array);
        Self {
            beats,
            publish_to: entries(value, "/access_points/publish_to"),
            subscribe_to: entries(value, "/access_points/subscribe_to"),
            dependencies: dependencies
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            phase: whole("/service/phase").and_then(|phase| phase.try_into().ok()),
            port: whole("/service/port").and_then(|port| port.try_into().ok()),
            threshold: value.get("threshold").cloned(),
            watches_all: id == "healer" && text("/watch").unwrap_or("all") == "all",
            service_id,
        }
    }
}

/// Every component of `document`, by component id.
pub(crate) fn parts(document: &Value) -> BTreeMap<String, Component> {
    let components = document.get("components").and_then(Value::as_object);
    components.into_iter().flatten().map(|(id, value)| (id.clone(), Component::of(id, value))).collect()
}

/// Who needs whom, and the phases that follow.
pub(crate) fn dependencies(parts: &BTreeMap<String, Component>) -> (Dependencies, BTreeMap<String, u32>) {
    let needs = parts.iter().map(|(id, part)| (id.clone(), part.dependencies.clone())).collect();
    let explicit = parts.iter().filter_map(|(id, part)| Some((id.clone(), part.phase?))).collect();
    let phases = graph::phases(&needs, &explicit);
    (needs, phases)
}

/// The entries of a list; one of the wrong shape is empty, so that the others keep their place.
pub(crate) fn entries(component: &Value, pointer: &str) -> Vec<Entry> {
    let list = component.pointer(pointer).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .map(|entry| serde_json::from_value(entry.clone()).unwrap_or_default())
        .collect()
}

/// The section `services` of a document that has `components`.
pub(crate) fn derive(document: &Value) -> BTreeMap<String, Service> {
    let parts = parts(document);
    let (_, phases) = dependencies(&parts);
    let system_url = document.pointer(&format!("/buses/{}/url", BusId::System)).and_then(Value::as_str);
    let watched: Vec<Entry> = parts
        .iter()
        .filter(|(id, _)| *id != "healer")
        .filter_map(|(_, part)| part.beats.as_ref())
        .map(|beats| Entry {
            bus: BusId::System.name().into(),
            key: beats.channel.clone(),
            ..Entry::default()
        })
        .collect();
    let service = |(id, part): (String, Component)| {
        let mut heartbeat = part.beats;
        if let Some(beats) = heartbeat.as_mut().filter(|beats| beats.redis_url.is_empty()) {
            beats.redis_url = system_url.unwrap_or_default().to_owned();
        }
        let subscribe_to = if part.watches_all { watched.clone() } else { part.subscribe_to };
        let service = Service {
            phase: phases.get(&id).copied().unwrap_or_default(),
            secret_scope: id.clone(),
            component: id,
            port: part.port,
            dependencies: part.dependencies,
            heartbeat,
            access_points: Access { publish_to: part.publish_to, subscribe_to },
            threshold: part.threshold,
        };
        (part.service_id, service)
    };
    parts.into_iter().map(service).collect()
}

fn lenient(id: &str, value: &Value) -> Service {
    let mut service: Service = serde_json::from_value(value.clone()).unwrap_or_else(|_shape| {
        // One member of the wrong shape must not hide the others.
        let members: Map<String, Value> = value.as_object().cloned().unwrap_or_default();
        let keeps = |(name, member): &(String, Value)| {
            let alone = Map::from_iter([(name.clone(), member.clone())]);
            serde_json::from_value::<Service>(Value::Object(alone)).is_ok()
        };
        let kept = members.into_iter().filter(keeps).collect();
        serde_json::from_value(Value::Object(kept)).unwrap_or_default()
    });
    if service.component.is_empty() {
        service.component = id.to_owned();
    }
    if service.secret_scope.is_empty() {
        service.secret_scope.clone_from(&service.component);
    }
    service
}

//! system-redis: Truth, registry, heartbeats, alerts and what the healers remember.

use crate::{
    BusId::{self, System},
    Channel, EpochMs, EpochSec, Key, Log, Members, Record,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, time::Duration};

/// The configuration document on `bus`; with `secrets` on system-redis only.
pub const fn truth_doc(bus: BusId) -> Key<Value> {
    Key::new(bus, "truth:doc")
}

/// The `version` of the node file, verbatim, as plain text.
pub const fn truth_version(bus: BusId) -> Key<String> {
    Key::new(bus, "truth:version")
}

/// Integer epoch of the last load.
pub const fn truth_ts(bus: BusId) -> Key<EpochSec> {
    Key::new(bus, "truth:ts")
}

/// Hash of the public document, as plain text, equal on all buses.
pub const fn truth_hash(bus: BusId) -> Key<String> {
    Key::new(bus, "truth:hash")
}

/// Grows by one with each changed load.
pub const TRUTH_REV: Key<u64> = Key::new(System, "truth:rev");
/// LIST, newest first, at most ten earlier loads.
pub const TRUTH_HISTORY: Key<Value> = Key::new(System, "truth:history");
/// Held while a document is loaded.
pub const TRUTH_LOCK: Key<String> = Key::new(System, "truth:lock").living(Duration::from_secs(30));
/// Says that a new document was loaded.
pub const TRUTH_UPDATED: Channel<TruthUpdated> = Channel::new(System, "truth:updated");

/// What changed in a load: names, never values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TruthUpdated {
    /// Revision after the load.
    pub rev: u64,
    /// Version of the node file.
    pub version: String,
    /// Hash of the public document.
    pub hash: String,
    /// When it was loaded.
    pub ts: EpochSec,
    /// Who loaded it: `bootstrap`, `admin-cli`.
    pub by: String,
    /// Changed parts: `components.vigil`, `secrets.massive`.
    pub changed: Vec<String>,
}

/// Every registered service id.
pub const SERVICES: Members<String> = Members::new(System, "svc:list");

/// Which component and secret scope service `id` uses.
pub fn service_config(id: &str) -> Record<ServiceConfig> {
    Record::of(System, format!("svc:cfg:{id}"))
}

/// Run-time overrides of the settings of service `id`.
pub fn service_env(id: &str) -> Record<BTreeMap<String, String>> {
    Record::of(System, format!("svc:env:{id}"))
}

/// Integer epoch of the last beat of service `id`.
pub fn last_beat(id: &str) -> Key<EpochSec> {
    Key::of(System, format!("svc:hb:{id}"))
}

/// Where service `id` finds its configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceConfig {
    /// Component id in Truth.
    pub component: String,
    /// Scope below `secrets`.
    pub secret_scope: String,
}

/// The name that key and channel of a heartbeat share.
pub fn heartbeat_name(id: &str) -> String {
    format!("{id}:heartbeat")
}

/// Each beat of service `id`, as it happens.
pub fn heartbeat(id: &str) -> Channel<Beat> {
    Channel::of(System, heartbeat_name(id))
}

/// The latest beat of service `id`; gone when it is late. The writer sets the life from Truth.
pub fn beat_state(id: &str) -> Key<BeatState> {
    Key::of(System, heartbeat_name(id))
}

/// One beat on the channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beat {
    /// Service id.
    pub svc: String,
    /// Counts from 1 in each process.
    pub i: u64,
    /// When, whole seconds.
    pub ts: EpochSec,
}

/// What a service says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not serving yet.
    Starting,
    /// Serving.
    Running,
    /// Serving less than it should.
    Degraded,
    /// Finishing what is open, taking nothing new.
    Draining,
    /// About to exit.
    Stopping,
}

/// The heartbeat key: the last beat with what the service says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BeatState {
    /// Service id.
    pub service: String,
    /// When.
    pub ts: EpochSec,
    /// Process id inside its container.
    pub pid: u32,
    /// Status.
    pub status: Status,
    /// Beat number.
    #[serde(default)]
    pub i: u64,
    /// Drawn at start; tells one process from the next.
    #[serde(default)]
    pub inst: String,
    /// Program version.
    #[serde(default)]
    pub version: String,
    /// Seconds since start.
    #[serde(default)]
    pub uptime_sec: u64,
    /// Revision of Truth that was loaded at start.
    #[serde(default)]
    pub truth_rev: u64,
    /// True when Truth changed since.
    #[serde(default)]
    pub restart_required: bool,
    /// Critical loops that went silent.
    #[serde(default)]
    pub stalled: Vec<String>,
    /// Restarts of supervised tasks inside the process.
    #[serde(default)]
    pub task_restarts: u64,
    /// What else the service adds (`clients` of the gateway).
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Alerts of healer and sentinel, as they happen. Truth may name another channel.
pub const ALERTS: Channel<Alert> = Channel::new(System, "healer:alerts");
/// The same alerts, kept for readers that come later; entries have the fields `id` and `d` (the JSON).
pub const ALERT_LOG: Log<LoggedAlert> = Log::new(System, "log:alerts:stream").keeping(5000);

/// An entry of [`ALERT_LOG`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoggedAlert {
    /// Id of the alert (ULID-like, sorts by time); the same in the channel message.
    pub id: String,
    /// The alert as JSON text.
    pub d: String,
}

/// The id of an alert, a ULID: sorts by time, then at random by the lower 80 bits of `noise`.
pub fn alert_id(at: EpochMs, noise: u128) -> String {
    const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bits = (u128::from(at.0.max(0).unsigned_abs()) << 80) | (noise & ((1 << 80) - 1));
    (0..26).rev().map(|place| char::from(CROCKFORD[(bits >> (5 * place)) as usize & 31])).collect()
}

/// The latest `heartbeat_*` or `healer_*` alert of service `id`.
pub fn health(id: &str) -> Key<Alert> {
    Key::of(System, format!("health:{id}"))
}

/// An alert. `kind`, `svc` and `ts` are always there; the rest depends on the kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Alert {
    /// `heartbeat_miss`, `heartbeat_ok`, `healer_miss`, `container_die` …
    #[serde(rename = "type")]
    pub kind: String,
    /// Service id it speaks of.
    pub svc: String,
    /// Silence so far, seconds, one decimal (misses).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub late_sec: Option<f64>,
    /// Limit that was passed, seconds (misses).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub timeout_sec: Option<f64>,
    /// Age of the beat that ended the miss, seconds (recoveries).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub age_sec: Option<f64>,
    /// When.
    pub ts: EpochSec,
    /// Why: `operator_stop`, `paused`, `quarantined` …
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub reason: Option<String>,
    /// Container id, short.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub container: Option<String>,
    /// True when the same miss was told before healer's restart.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub repeat: Option<bool>,
    /// Id shared by channel and stream.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub id: Option<String>,
    /// `info`, `warning`, `critical`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(test, ts(optional))]
    pub severity: Option<String>,
    /// Fields of one kind only: `attempt`, `exit_code`, `took_sec`, `ok` …
    #[serde(flatten)]
    #[cfg_attr(test, ts(skip))]
    pub extra: Map<String, Value>,
}

/// healer's rich view of service `id`.
pub fn healer_state(id: &str) -> Key<Value> {
    Key::of(System, format!("healer:state:{id}"))
}

/// Every step of every remedy.
pub const AUDIT: Log<Value> = Log::new(System, "healer:audit").keeping(10_000);

/// Who is about to act on container `id`.
pub fn intent(container: &str) -> Key<Intent> {
    Key::of(System, format!("ops:intent:{container}")).living(Duration::from_secs(120))
}

/// Written before any call to Docker, so that the death it causes is understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// `healer`, `sentinel`, `cli`.
    pub by: String,
    /// `restart`, `start`, `stop`.
    pub action: String,
    /// Why.
    pub reason: String,
    /// Leader epoch, 0 without a lease.
    pub epoch: u64,
    /// When.
    pub ts: EpochSec,
}

/// Remembers that an operator stopped service `id`, until the next start.
pub fn stopped(id: &str) -> Key<Stopped> {
    Key::of(System, format!("ops:stopped:{id}"))
}

/// An operator's stop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stopped {
    /// `cli`, `operator`.
    pub by: String,
    /// Container id.
    pub container: String,
    /// When.
    pub ts: EpochSec,
}

/// Held while a remedy for service `id` runs.
pub fn remedy_lock(id: &str) -> Key<String> {
    Key::of(System, format!("ops:lock:{id}")).living(Duration::from_secs(180))
}

/// Maintenance window of service `id`.
pub fn maintenance(id: &str) -> Key<Value> {
    Key::of(System, format!("ops:maint:{id}"))
}

/// Service `id` was stopped for good because it kept dying.
pub fn quarantine(id: &str) -> Key<Quarantine> {
    Key::of(System, format!("heal:quarantine:{id}"))
}

/// Why a service is quarantined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quarantine {
    /// `crash_loop`, `config`.
    pub reason: String,
    /// Deaths in the window.
    pub deaths: u32,
    /// When.
    pub ts: EpochSec,
}

/// WARN lines and worse of every service.
pub const ERROR_LOG: Log<LogLine> = Log::new(System, "log:errors:stream").keeping(10_000);

/// One line of a service's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// When.
    pub ts: EpochSec,
    /// Service id.
    pub svc: String,
    /// `ERROR` or `WARN`.
    pub level: String,
    /// The text, secrets masked.
    pub msg: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_beat_is_exactly_its_three_fields() {
        let beat = Beat { svc: "vigil".into(), i: 12, ts: EpochSec::new(1_790_000_123.0) };
        assert_eq!(serde_json::to_string(&beat).unwrap(), r#"{"svc":"vigil","i":12,"ts":1790000123}"#);
    }

    #[test]
    fn a_miss_reads_and_writes_as_the_contract_shows_it() {
        let text =
            r#"{"type":"heartbeat_miss","svc":"vigil","late_sec":30.8,"timeout_sec":30.0,"ts":1790000155}"#;
        let alert: Alert = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&alert).unwrap(), text);
    }

    #[test]
    fn alert_ids_sort_by_time() {
        let early = alert_id(EpochMs(1_790_000_155_000), u128::MAX);
        let late = alert_id(EpochMs(1_790_000_155_001), 0);
        assert_eq!(early.len(), 26);
        assert!(early < late, "{early} {late}");
    }

    #[test]
    fn a_reader_accepts_the_shortest_beat_state_and_keeps_what_it_does_not_know() {
        let state: BeatState = serde_json::from_value(
            json!({"service": "sse", "ts": 1790000123.204, "pid": 1, "status": "running", "clients": 3}),
        )
        .unwrap();
        assert_eq!(state.status, Status::Running);
        assert_eq!(state.extra["clients"], 3);
    }
}

//! What the mesh coordinator publishes on system-redis.

use crate::{
    BusId::{self, System},
    Channel, EpochSec, Key,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The fleet seen as one; rewritten every 5 s and on change.
pub const SERVICES: Key<Services> = Key::new(System, "mesh:services");
/// A short digest every 5 s.
pub const GOSSIP: Channel<Gossip> = Channel::new(System, "mesh:gossip");
/// What changed in the fleet, as it happens.
pub const EVENTS: Channel<Event> = Channel::new(System, "mesh:events");

/// Whether a service lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Liveness {
    /// Beats on time.
    Alive,
    /// Its beat is older than two intervals.
    Late,
    /// Its beat is older than its time-out.
    Dead,
    /// An operator stopped it.
    Stopped,
    /// Not heard since watching began, or since system-redis came back, and its time-out has not passed yet.
    Unknown,
}

/// One service as the mesh sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Whether it lives.
    pub status: Liveness,
    /// Seconds since its last beat; `None` when it was never heard.
    pub age_sec: Option<f64>,
    /// Start phase.
    pub phase: u32,
    /// HTTP port, for services that have one.
    pub port: Option<u16>,
    /// Component ids that it needs.
    pub deps: Vec<String>,
    /// First dead ancestors, when it is dead itself.
    pub blocked_by: Vec<String>,
}

/// [`SERVICES`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Services {
    /// When.
    pub ts: EpochSec,
    /// Revision of Truth it was made from.
    pub truth_rev: u64,
    /// By service id.
    pub services: BTreeMap<String, Node>,
}

/// [`GOSSIP`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gossip {
    /// First 12 hex digits of SHA-256(`hostname:node.name`).
    pub node_id: String,
    /// Counts from 1 in each process.
    pub seq: u64,
    /// When.
    pub ts: EpochSec,
    /// Revision of Truth.
    pub truth_rev: u64,
    /// Services alive.
    pub alive: usize,
    /// Ids of dead services.
    pub dead: Vec<String>,
}

/// [`EVENTS`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// `service_up`, `service_down`, `truth_repaired`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The service that went up or down.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub svc: Option<String>,
    /// The bus that got Truth back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bus: Option<BusId>,
    /// When.
    pub ts: EpochSec,
}

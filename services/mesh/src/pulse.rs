use crate::{Config, now, view::News};
use chassis::Context;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt::Write as _, fs, time::Duration};
use tokio::time::Instant;
use tracing::info;
use wire::mesh::{EVENTS, Event, GOSSIP, Gossip, Liveness, Node, SERVICES, Services};

/// Says what was seen: on every change, and regularly.
pub(crate) struct Pulse {
    node_id: String,
    every: Duration,
    seq: u64,
    gossiped: Option<Instant>,
    written: Option<(Instant, BTreeMap<String, Node>)>,
}

impl Pulse {
    pub(crate) fn new(ctx: &Context<Config>) -> Self {
        let settings = ctx.settings();
        let host =
            settings.environment("HOSTNAME").or_else(|| fs::read_to_string("/proc/sys/kernel/hostname").ok());
        let node_id = node_id(host.unwrap_or_default().trim(), settings.node_name());
        Self { node_id, every: ctx.config().publish_every, seq: 0, gossiped: None, written: None }
    }

    /// Writes the fleet when it changed or the last writing is old, publishes the digest when it is due, and tells
    /// the news.
    pub(crate) async fn send(
        &mut self,
        ctx: &Context<Config>,
        nodes: BTreeMap<String, Node>,
        news: Vec<News>,
    ) -> Result<(), bus::Error> {
        let truth_rev = ctx.settings().rev();
        let is_old = |at: Instant| at.elapsed() >= self.every;
        let is_due = self.written.as_ref().is_none_or(|(at, before)| is_old(*at) || differs(before, &nodes));
        if is_due {
            let services = Services { ts: now(), truth_rev, services: nodes.clone() };
            ctx.bus.set(&SERVICES, &services).await?;
            self.written = Some((Instant::now(), nodes.clone()));
        }
        if self.gossiped.is_none_or(is_old) {
            ctx.bus.publish(&GOSSIP, &self.gossip(&nodes, truth_rev)).await?;
            self.gossiped = Some(Instant::now());
        }
        for News { svc, is_up } in news {
            let kind = if is_up { "service_up" } else { "service_down" };
            info!(service = svc, kind, "fleet changed");
            let event = Event { kind: kind.into(), svc: Some(svc), bus: None, ts: now() };
            ctx.bus.publish(&EVENTS, &event).await?;
        }
        Ok(())
    }

    fn gossip(&mut self, nodes: &BTreeMap<String, Node>, truth_rev: u64) -> Gossip {
        self.seq += 1;
        let with =
            |status| nodes.iter().filter(move |(_, node)| node.status == status).map(|(id, _)| id.clone());
        Gossip {
            node_id: self.node_id.clone(),
            seq: self.seq,
            ts: now(),
            truth_rev,
            alive: with(Liveness::Alive).count(),
            dead: with(Liveness::Dead).collect(),
        }
    }
}

/// True when something other than the ages differs.
fn differs(before: &BTreeMap<String, Node>, after: &BTreeMap<String, Node>) -> bool {
    let is_same =
        |(a, b): (&Node, &Node)| Node { age_sec: None, ..a.clone() } == Node { age_sec: None, ..b.clone() };
    !before.keys().eq(after.keys()) || !before.values().zip(after.values()).all(is_same)
}

/// First 12 hex digits of SHA-256(`hostname:node.name`).
fn node_id(host: &str, node: &str) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(format!("{host}:{node}").as_bytes()).iter().take(6) {
        let _written = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_has_the_same_id_after_a_restart() {
        // printf 'host:desk' | sha256sum | cut -c1-12
        assert_eq!(node_id("host", "desk"), "83251e15797b");
    }
}

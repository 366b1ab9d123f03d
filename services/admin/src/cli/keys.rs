use crate::{
    desk::Desk,
    output::{NOTHING, Report, Table, Tone, bytes},
};
use anyhow::Context;
use serde_json::json;
use std::collections::BTreeSet;
use wire::{BusId, system};

/// Show which administrative keys exist, how large they are and how long they live
#[derive(Debug, clap::Args)]
pub(super) struct Keys {}

impl Keys {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let mut ids: BTreeSet<String> =
            desk.bus.members(&system::SERVICES).await.context("read the registry")?.into_iter().collect();
        if let Some(catalog) = desk.loaded().await? {
            ids.extend(catalog.beating().map(|(id, ..)| id.to_owned()));
        }
        let mut table = Table::new(["BUS", "KEY", "TYPE", "SIZE", "TTL"]);
        let mut rows = Vec::new();
        for (bus, name) in names(&ids) {
            let held = desk.bus.describe(bus, &name).await.context("read the keys")?;
            rows.push(json!({"bus": bus, "key": name, "exists": held.is_some(),
                "type": held.as_ref().map(|held| &held.kind), "size": held.as_ref().map(|held| held.size),
                "ttl_sec": held.as_ref().and_then(|held| held.life).map(|life| life.as_secs_f64())}));
            let tone = if held.is_some() { Tone::Plain } else { Tone::Faint };
            let cells = held.map_or_else(absent, |held| {
                let life = held.life.map_or_else(|| NOTHING.into(), |life| format!("{}s", life.as_secs()));
                let size = if held.kind == "string" { bytes(held.size) } else { held.size.to_string() };
                [held.kind, size, life]
            });
            let [kind, size, life] = cells;
            table.row(tone, [bus.to_string(), name, kind, size, life]);
        }
        Ok(Report::new(rows.into()).table(table))
    }
}

fn absent() -> [String; 3] {
    ["absent".into(), NOTHING.into(), NOTHING.into()]
}

fn names(ids: &BTreeSet<String>) -> Vec<(BusId, String)> {
    let mut names = Vec::new();
    for bus in [BusId::System, BusId::Market, BusId::Intel, BusId::Echo] {
        names.push((bus, system::truth_doc(bus).name.to_string()));
        names.push((bus, system::truth_version(bus).name.to_string()));
        names.push((bus, system::truth_ts(bus).name.to_string()));
        names.push((bus, system::truth_hash(bus).name.to_string()));
    }
    let fixed = [
        system::TRUTH_REV.name,
        system::TRUTH_HISTORY.name,
        system::TRUTH_LOCK.name,
        system::SERVICES.name,
        system::ALERT_LOG.name,
        system::ERROR_LOG.name,
        system::AUDIT.name,
        wire::mesh::SERVICES.name,
    ];
    names.extend(fixed.map(|name| (BusId::System, name.to_string())));
    for id in ids {
        let own = [
            system::service_config(id).name,
            system::service_env(id).name,
            system::last_beat(id).name,
            system::beat_state(id).name,
            system::health(id).name,
            system::healer_state(id).name,
            system::stopped(id).name,
            system::quarantine(id).name,
        ];
        names.extend(own.map(|name| (BusId::System, name.to_string())));
    }
    names
}

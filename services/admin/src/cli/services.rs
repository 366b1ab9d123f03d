use crate::{
    beats::one_decimal,
    desk::{self, Desk},
    output::{Report, Table, Tone, seconds},
};
use anyhow::Context;
use serde_json::json;

/// List the registered services
#[derive(Debug, clap::Args)]
pub(super) struct Services {}

impl Services {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let entries = truth::registry::list(&desk.bus).await.context("read the registry")?;
        let now = desk::now();
        let mut table = Table::new(["SERVICE", "COMPONENT", "SECRET_SCOPE", "LAST_BEAT"]);
        let mut rows = Vec::new();
        for entry in entries {
            let age_sec = entry.last_beat.map(|at| one_decimal(now.since(at).max(0.0)));
            rows.push(json!({"service_id": entry.service_id, "component": entry.component,
                "secret_scope": entry.secret_scope, "last_beat": entry.last_beat, "age_sec": age_sec}));
            let tone = if age_sec.is_some() { Tone::Plain } else { Tone::Faint };
            table.row(tone, [entry.service_id, entry.component, entry.secret_scope, seconds(age_sec)]);
        }
        Ok(Report::new(rows.into()).table(table))
    }
}

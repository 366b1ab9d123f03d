use crate::{desk::Desk, exit::Failure, output::Report};
use anyhow::{Context, bail};
use serde_json::json;
use wire::system::beat_state;

/// Forget a service: its registration, overrides and last signs of life
#[derive(Debug, clap::Args)]
pub(super) struct Unregister {
    /// The service
    #[arg(long, value_name = "S")]
    service_id: String,
    /// Do not ask, even when the service is alive
    #[arg(long)]
    yes: bool,
}

impl Unregister {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let id = self.service_id;
        let registered = truth::registry::list(&desk.bus).await.context("read the registry")?;
        if !registered.iter().any(|entry| entry.service_id == id) {
            return Err(Failure::service(&id).into());
        }
        let alive = desk.bus.text(&beat_state(&id)).await.context("read its heartbeat")?.is_some();
        if alive && !self.yes && !desk.agrees(&format!("{id} is alive. Unregister it?")).await? {
            bail!("{id} stays registered");
        }
        let removed = truth::registry::unregister(&desk.bus, &id).await.context("unregister")?;
        Ok(Report::new(json!({"service_id": id, "removed": removed})).line(format!("unregistered {id}")))
    }
}

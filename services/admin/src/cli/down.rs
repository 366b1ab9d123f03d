use crate::{compose, desk::Desk, output::Report};
use anyhow::{Context, bail};
use serde_json::json;

/// Stop the fleet and remove its containers; data stays in its volumes
#[derive(Debug, clap::Args)]
pub(super) struct Down {
    /// Remove the volumes too, with all data
    #[arg(long)]
    volumes: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Down {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        if self.volumes && !self.yes && !desk.agrees(&format!("Remove all data of {}?", desk.project)).await?
        {
            bail!("nothing was stopped");
        }
        let mut command = desk.compose(&["--profile", "*", "down", "--remove-orphans"]);
        if self.volumes {
            command.arg("--volumes");
        }
        compose::watched(command).await.context("bring the fleet down")?;
        Ok(Report::new(json!([{"step": "compose down", "status": "ok", "volumes": self.volumes}]))
            .line(format!("{} is down", desk.project)))
    }
}

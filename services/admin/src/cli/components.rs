use crate::{
    desk::Desk,
    output::{Report, Table, Tone},
};
use serde_json::json;

/// List the components of the loaded Truth
#[derive(Debug, clap::Args)]
pub(super) struct Components {}

impl Components {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let catalog = desk.catalog().await?;
        let components = truth::service::components(&catalog.stored.document);
        let mut table = Table::new(["COMPONENT", "NAME", "SERVICE", "DESCRIPTION"]);
        for item in &components {
            let cells = [&item.component, &item.name, &item.service_id, &item.description].map(Clone::clone);
            table.row(Tone::Plain, cells);
        }
        let rows = components.iter().map(|item| {
            json!({"component": item.component, "name": item.name, "service_id": item.service_id,
                   "description": item.description})
        });
        Ok(Report::new(rows.collect()).table(table))
    }
}

use crate::output::Report;
use serde_json::json;

/// Print the version
#[derive(Debug, clap::Args)]
pub(super) struct Version {}

impl Version {
    pub(super) fn run(self) -> Report {
        let version = env!("CARGO_PKG_VERSION");
        Report::new(json!({"name": "ms-admin", "version": version})).line(format!("ms-admin {version}"))
    }
}

use super::{findings, load_truth};
use crate::{desk::Desk, output::Report};
use std::path::PathBuf;

/// Check Truth's files without touching any bus
#[derive(Debug, clap::Args)]
pub(super) struct CheckTruth {
    /// Folders with mm_node.json and components/, or single composite files; the fleet's own by default
    paths: Vec<PathBuf>,
    /// Secrets file
    #[arg(long, value_name = "F")]
    secrets: Option<PathBuf>,
    /// Refuse a secrets file that others may read
    #[arg(long)]
    strict: bool,
}

impl CheckTruth {
    pub(super) fn run(self, desk: &Desk) -> Report {
        let places =
            if self.paths.is_empty() { vec![None] } else { self.paths.into_iter().map(Some).collect() };
        let mut faults: Vec<_> = places
            .into_iter()
            .flat_map(|place| {
                truth::check(&load_truth::sources(desk, place, self.secrets.clone(), None, self.strict))
            })
            .collect();
        faults.sort();
        faults.dedup();
        findings::report(desk, &faults)
    }
}

mod files;
pub(super) mod machine;

use crate::{
    desk::Desk,
    exit::Exit,
    output::{Report, Table, Tone},
};
use anyhow::Context;
use serde::Serialize;
use serde_json::json;

/// Prepare this checkout and check what the fleet needs from the machine
///
/// Writes .env, .env.admin and truth_secrets.json where they are missing, and adds missing variables to .env. What is
/// there stays as it is.
#[derive(Debug, clap::Args)]
pub(super) struct Setup {
    /// Replace the values and files that are there
    #[arg(long)]
    force: bool,
}

/// Something that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) ok: bool,
    pub(super) detail: String,
}

impl Check {
    fn well(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, ok: true, detail: detail.into() }
    }

    fn bad(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, ok: false, detail: detail.into() }
    }
}

impl Setup {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let mut checks = files::prepare(desk, self.force).context("prepare the checkout")?;
        checks.extend(machine::checks(desk).await);
        let mut table = Table::new(["CHECK", "OK", "DETAIL"]);
        for check in &checks {
            let (tone, word) = if check.ok { (Tone::Plain, "yes") } else { (Tone::Bad, "no") };
            table.row(tone, [check.name.into(), word.into(), check.detail.clone()]);
        }
        let exit = if checks.iter().all(|check| check.ok) { Exit::Done } else { Exit::Failed };
        Ok(Report::new(json!({"checks": checks})).table(table).ending(exit))
    }
}

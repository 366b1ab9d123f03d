use super::findings;
use crate::{
    desk::Desk,
    exit::Exit,
    output::{Report, Table, Tone},
};
use anyhow::Context;
use futures_util::future::try_join_all;
use serde_json::{json, to_value};
use std::{collections::BTreeMap, path::PathBuf};
use truth::{Composite, Load, Outcome, Sources};
use wire::BusId;

/// Build, check and load the Truth document
#[derive(Debug, clap::Args)]
pub(super) struct LoadTruth {
    /// Folder with mm_node.json and components/, or one ready composite
    #[arg(long, value_name = "F|DIR")]
    truth: Option<PathBuf>,
    /// Secrets file; without one every secret is unset and the fleet works offline
    #[arg(long, value_name = "F")]
    secrets: Option<PathBuf>,
    /// Another node file
    #[arg(long, value_name = "F")]
    node: Option<PathBuf>,
    /// Load even what is loaded already
    #[arg(long)]
    force: bool,
    /// Print the public document and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Refuse a secrets file that others may read
    #[arg(long)]
    strict: bool,
}

impl LoadTruth {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let composite = match truth::build(&sources(desk, self.truth, self.secrets, self.node, self.strict)) {
            Err(truth::Error::Invalid(faults)) => return Ok(findings::report(desk, &faults)),
            built => built.context("build Truth")?,
        };
        findings::tell(desk, &composite.warnings);
        if self.dry_run {
            return Ok(Report::new(composite.public().clone()).line(composite.public_json()));
        }
        // An absent bus would leave some buses with the new document and some with the old one.
        try_join_all(BusId::ALL.map(|id| desk.bus.ping(id))).await.context("reach every bus")?;
        load(desk, &composite, self.force).await
    }
}

async fn load(desk: &Desk, composite: &Composite, force: bool) -> anyhow::Result<Report> {
    let orders = Load { by: "admin-cli".into(), force, ..Load::default() };
    let loaded = match truth::load(&desk.bus, composite, orders).await {
        Err(truth::Error::Incomplete { buses, source }) => return Ok(incomplete(desk, &buses, &source)),
        loaded => loaded.context("load Truth")?,
    };
    let document = wire::system::truth_doc(BusId::System).name;
    let headline = format!(
        "loaded {document} version={} rev={} hash={}{}",
        loaded.version,
        loaded.rev,
        loaded.hash,
        if loaded.unchanged { " (nothing changed)" } else { "" }
    );
    let json = to_value(&loaded).context("encode")?;
    Ok(Report::new(json).line(headline).table(outcomes(&loaded.buses)))
}

fn incomplete(desk: &Desk, buses: &BTreeMap<BusId, Outcome>, source: &bus::Error) -> Report {
    desk.screen.complain(format!("error: {source}"));
    let some = buses.values().any(|outcome| matches!(outcome, Outcome::Written));
    let exit = match some {
        true => Exit::Partly,
        false if source.is_transient() => Exit::Unreachable,
        false => Exit::Failed,
    };
    let error = source.to_string();
    Report::new(json!({"ok": false, "error": error, "buses": buses})).table(outcomes(buses)).ending(exit)
}

fn outcomes(buses: &BTreeMap<BusId, Outcome>) -> Table {
    let mut table = Table::new(["BUS", "DOCUMENT"]);
    for (bus, outcome) in buses {
        let tone = if matches!(outcome, Outcome::Failed) { Tone::Bad } else { Tone::Plain };
        table.row(tone, [bus.to_string(), outcome.to_string()]);
    }
    table
}

/// Where Truth is: the command line, then the environment, then the checkout. A secrets file that somebody named
/// must exist; the checkout's own need not.
pub(super) fn sources(
    desk: &Desk,
    truth: Option<PathBuf>,
    secrets: Option<PathBuf>,
    node: Option<PathBuf>,
    strict: bool,
) -> Sources {
    let named = secrets.is_some() || desk.variable("TRUTH_SECRETS_FILE").is_some();
    let folder = || desk.place("TRUTH_DIR", "truth");
    let composite = || desk.variable("TRUTH_FILE").map(|file| desk.root().join(file));
    Sources {
        truth: truth.or_else(composite).unwrap_or_else(folder),
        node: node.or_else(|| desk.variable("TRUTH_NODE_FILE").map(|file| desk.root().join(file))),
        secrets: Some(secrets.unwrap_or_else(|| as_bootstrap_reads_it(desk))),
        secrets_required: named,
        strict,
    }
}

/// Without a file of its own a checkout is seeded from the example, whose secrets are all unset: loading that again
/// by hand must change nothing.
fn as_bootstrap_reads_it(desk: &Desk) -> PathBuf {
    let own = secrets_file(desk);
    let example = desk.root().join("truth_secrets.example.json");
    if desk.variable("TRUTH_SECRETS_FILE").is_none() && !own.exists() && example.exists() {
        example
    } else {
        own
    }
}

/// The secrets file of this checkout.
pub(super) fn secrets_file(desk: &Desk) -> PathBuf {
    desk.place("TRUTH_SECRETS_FILE", "truth_secrets.json")
}

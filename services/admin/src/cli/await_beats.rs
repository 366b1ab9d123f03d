use crate::{beats, desk::Desk, exit::Exit, output::Report};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use tokio::time::{Instant, sleep};

const PACE: Duration = Duration::from_millis(250);

/// Wait until the named services beat; without names, all of Truth
#[derive(Debug, clap::Args)]
pub(super) struct AwaitBeats {
    /// Compose services; those that do not beat are passed over
    services: Vec<String>,
    /// Limit in seconds
    #[arg(long, value_name = "SEC", default_value_t = 60)]
    wait: u64,
}

impl AwaitBeats {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let silent = until_alive(desk, &self.services, Duration::from_secs(self.wait)).await?;
        let exit = if silent.is_empty() { Exit::Done } else { Exit::Failed };
        for id in &silent {
            desk.screen.complain(format!("{id}: no heartbeat within {} s", self.wait));
        }
        Ok(Report::new(json!({"silent": silent})).ending(exit))
    }
}

/// Waits until each of `wanted` (all that beat, when empty) has a live heartbeat; who has none after `limit`.
pub(super) async fn until_alive(
    desk: &Desk,
    wanted: &[String],
    limit: Duration,
) -> anyhow::Result<BTreeSet<String>> {
    let until = Instant::now() + limit;
    loop {
        let silent = match silent(desk, wanted).await {
            Ok(silent) if silent.is_empty() => return Ok(silent),
            Ok(silent) => silent,
            Err(error) if Instant::now() >= until => return Err(error),
            Err(_not_yet) => BTreeSet::new(),
        };
        if Instant::now() >= until {
            return Ok(silent);
        }
        sleep(PACE).await;
    }
}

async fn silent(desk: &Desk, wanted: &[String]) -> anyhow::Result<BTreeSet<String>> {
    let catalog = desk.catalog().await?;
    let pulses = beats::all(&desk.bus, &catalog).await?;
    let asked = pulses.into_values().filter(|pulse| wanted.is_empty() || wanted.contains(&pulse.svc));
    Ok(asked.filter(|pulse| !pulse.alive).map(|pulse| pulse.svc).collect())
}

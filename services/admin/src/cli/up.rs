use super::{await_beats, setup::machine};
use crate::{
    compose,
    desk::Desk,
    exit::Exit,
    output::{Report, Table, Tone},
};
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Seconds per phase.
const PHASE_WAIT: u64 = 60;

/// Bring the fleet up through Compose
#[derive(Debug, clap::Args)]
pub(super) struct Up {
    /// Only these services
    services: Vec<String>,
    /// Build the images first
    #[arg(long)]
    build: bool,
    /// Start phase after phase, waiting for the heartbeats of each
    #[arg(long)]
    phased: bool,
    /// Seconds to wait for live heartbeats; per phase with --phased, 60 by default there
    #[arg(long, value_name = "SEC")]
    wait: Option<u64>,
}

impl Up {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let mut steps = Steps::new(desk);
        let checks = machine::checks(desk).await;
        if let Some(bad) = checks.iter().find(|check| !check.ok) {
            bail!("{}: {}; ./admin setup shows all checks", bad.name, bad.detail);
        }
        steps.done("checks", format!("{} passed", checks.len()), Instant::now());
        let started = Instant::now();
        if let Some(told) = free_network(desk).await? {
            steps.done("network", told, started);
        }
        if self.phased {
            self.phase_by_phase(desk, &mut steps).await?;
        } else {
            self.all_at_once(desk, &mut steps).await?;
        }
        Ok(steps.report())
    }

    async fn all_at_once(&self, desk: &Desk, steps: &mut Steps<'_>) -> anyhow::Result<()> {
        let started = Instant::now();
        compose::watched(self.command(desk, &self.services)).await.context("bring the fleet up")?;
        steps.done("compose up", "containers started".into(), started);
        match self.wait {
            Some(wait) => steps.beats("heartbeats", &self.services, wait).await,
            None => Ok(()),
        }
    }

    async fn phase_by_phase(&self, desk: &Desk, steps: &mut Steps<'_>) -> anyhow::Result<()> {
        for (phase, mut services) in desk.phases().await? {
            services.retain(|service| self.services.is_empty() || self.services.contains(service));
            if services.is_empty() {
                continue;
            }
            let started = Instant::now();
            let names = services.join(" ");
            compose::watched(self.command(desk, &services))
                .await
                .with_context(|| format!("start {names}"))?;
            steps.done(&format!("phase {phase}"), names, started);
            if phase > 1 {
                let wait = self.wait.unwrap_or(PHASE_WAIT);
                steps.beats(&format!("heartbeats of phase {phase}"), &services, wait).await?;
            }
        }
        Ok(())
    }

    fn command(&self, desk: &Desk, services: &[String]) -> tokio::process::Command {
        let mut command = desk.compose(&["up", "-d"]);
        if self.build {
            command.arg("--build");
        }
        command.args(services);
        command
    }
}

/// Compose refuses a network of its name that it did not make (§17 F19): an empty one goes, one in use is an error.
async fn free_network(desk: &Desk) -> anyhow::Result<Option<String>> {
    let name = desk.network();
    let format = r#"{{index .Labels "com.docker.compose.project"}}|{{len .Containers}}"#;
    let found = compose::asked(desk.docker_command(&["network", "inspect", "-f", format, &name])).await?;
    if !found.status.success() {
        return Ok(None);
    }
    let found = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    match found.split_once('|') {
        Some(("" | "<no value>", "0")) => {
            compose::answer(desk.docker_command(&["network", "rm", &name]))
                .await
                .context("remove the network")?;
            desk.screen.note(format!("removed the empty network {name}, which Compose had not made"));
            Ok(Some(format!("removed the empty, unlabelled network {name}")))
        }
        Some(("" | "<no value>", attached)) => {
            bail!(
                "network {name} was not made by Compose and {attached} containers use it: disconnect them, or set MS_NETWORK"
            )
        }
        Some((owner, _)) if owner != desk.project => {
            bail!("network {name} belongs to the Compose project {owner}: set MS_NETWORK to another name")
        }
        _ => Ok(None),
    }
}

/// What was done, told as it happens.
struct Steps<'a> {
    desk: &'a Desk,
    table: Table,
    rows: Vec<Value>,
    exit: Exit,
}

impl<'a> Steps<'a> {
    fn new(desk: &'a Desk) -> Self {
        Self {
            desk,
            table: Table::new(["STEP", "STATUS", "TOOK", "DETAIL"]),
            rows: Vec::new(),
            exit: Exit::Done,
        }
    }

    fn done(&mut self, step: &str, detail: String, started: Instant) {
        self.add(step, true, detail, started);
    }

    fn add(&mut self, step: &str, ok: bool, detail: String, started: Instant) {
        let took_sec = crate::beats::one_decimal(started.elapsed().as_secs_f64());
        let (status, tone) = if ok { ("ok", Tone::Plain) } else { ("failed", Tone::Bad) };
        self.rows.push(json!({"step": step, "status": status, "took_sec": took_sec, "detail": detail}));
        self.table.row(tone, [step.into(), status.into(), format!("{took_sec}s"), detail]);
    }

    /// Waits for heartbeats; a phase that stays silent ends the command.
    async fn beats(&mut self, step: &str, services: &[String], wait: u64) -> anyhow::Result<()> {
        let started = Instant::now();
        let silent = await_beats::until_alive(self.desk, services, Duration::from_secs(wait)).await?;
        if silent.is_empty() {
            self.done(step, "alive".into(), started);
            return Ok(());
        }
        let names = silent.into_iter().collect::<Vec<_>>().join(", ");
        bail!("{step}: nothing from {names} within {wait} s")
    }

    fn report(self) -> Report {
        Report::new(Value::Array(self.rows)).table(self.table).ending(self.exit)
    }
}

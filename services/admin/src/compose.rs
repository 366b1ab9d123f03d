//! Docker's command line, for what the engine's API does not know: Compose projects and networks.

use crate::{desk::Desk, exit::Failure};
use anyhow::{Context, bail};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io,
    process::{Output, Stdio},
    time::Duration,
};
use tokio::{process::Command, time::timeout};

/// Of a question; bringing a fleet up takes as long as it takes.
const ANSWER: Duration = Duration::from_secs(20);

impl Desk {
    /// `docker compose`, or what `MS_COMPOSE` says, in the checkout.
    pub(crate) fn compose(&self, arguments: &[&str]) -> Command {
        let words = self.variable("MS_COMPOSE").unwrap_or_else(|| "docker compose".into());
        let mut words = words.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or("docker"));
        command.args(words).args(arguments).env("COMPOSE_PROJECT_NAME", &self.project);
        self.at_home(command)
    }

    /// `docker`.
    pub(crate) fn docker_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(arguments);
        self.at_home(command)
    }

    fn at_home(&self, mut command: Command) -> Command {
        if !self.root().as_os_str().is_empty() {
            command.current_dir(self.root());
        }
        command
    }

    /// Compose services by start phase, as their labels say.
    pub(crate) async fn phases(&self) -> anyhow::Result<BTreeMap<u32, Vec<String>>> {
        let text =
            answer(self.compose(&["config", "--format", "json"])).await.context("read the Compose file")?;
        let config: Value = serde_json::from_str(&text).context("read Compose's answer")?;
        let mut phases: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for (name, service) in config.get("services").and_then(Value::as_object).into_iter().flatten() {
            let label = service.pointer("/labels/io.marketswarm.phase").and_then(Value::as_str);
            let phase = label.and_then(|label| label.parse().ok()).unwrap_or(1);
            phases.entry(phase).or_default().push(name.clone());
        }
        Ok(phases)
    }
}

/// Runs `command` and lets the operator watch: whatever it prints goes to stderr.
pub(crate) async fn watched(mut command: Command) -> anyhow::Result<()> {
    let name = name(&command);
    command.stdin(Stdio::null()).stdout(io::stderr()).kill_on_drop(true);
    let status = command.status().await.map_err(|error| missing(&name, &error))?;
    if !status.success() {
        bail!(
            "{name} ended with {}",
            status.code().map_or_else(|| "a signal".into(), |code| format!("code {code}"))
        );
    }
    Ok(())
}

/// What `command` prints on stdout; its stderr is the error.
pub(crate) async fn answer(command: Command) -> anyhow::Result<String> {
    let name = name(&command);
    let output = asked(command).await?;
    if !output.status.success() {
        bail!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// How `command` ended and what it printed.
pub(crate) async fn asked(mut command: Command) -> anyhow::Result<Output> {
    let name = name(&command);
    command.stdin(Stdio::null()).kill_on_drop(true);
    match timeout(ANSWER, command.output()).await {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(error)) => Err(missing(&name, &error)),
        Err(_late) => {
            let cause = format!("no answer within {} s", ANSWER.as_secs());
            Err(Failure::Unreachable { what: name, cause }.into())
        }
    }
}

fn missing(name: &str, error: &io::Error) -> anyhow::Error {
    Failure::Unreachable { what: name.to_owned(), cause: error.to_string() }.into()
}

fn name(command: &Command) -> String {
    let command = command.as_std();
    let first = command.get_args().next().map(|word| format!(" {}", word.to_string_lossy()));
    format!("{}{}", command.get_program().to_string_lossy(), first.unwrap_or_default())
}

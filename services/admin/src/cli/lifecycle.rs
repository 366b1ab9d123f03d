//! `start`, `stop`, `restart`: through Docker, with the intent told first.

use crate::{
    desk::{self, Desk},
    exit::{Exit, Failure},
    output::{Report, Table, Tone},
};
use fleet::docker::{Container, Docker, State};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use wire::system::{self, Intent, Stopped};

const BY: &str = "cli";

/// What all three take.
#[derive(Debug, clap::Args)]
struct Targets {
    /// Services, as ./admin status names them
    #[arg(required = true, value_name = "SERVICE")]
    services: Vec<String>,
}

/// Start services
#[derive(Debug, clap::Args)]
pub(super) struct Start {
    #[command(flatten)]
    targets: Targets,
}

/// Stop services; healer leaves them stopped until they are started again
///
/// --timeout is the time that a container gets for stopping; its own label's by default.
#[derive(Debug, clap::Args)]
pub(super) struct Stop {
    #[command(flatten)]
    targets: Targets,
}

/// Restart services
///
/// --timeout is the time that a container gets for stopping; its own label's by default.
#[derive(Debug, clap::Args)]
pub(super) struct Restart {
    #[command(flatten)]
    targets: Targets,
}

impl Start {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        each(desk, &self.targets, Action::Start).await
    }
}

impl Stop {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        each(desk, &self.targets, Action::Stop).await
    }
}

impl Restart {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        each(desk, &self.targets, Action::Restart).await
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Start,
    Stop,
    Restart,
}

impl Action {
    const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }
}

/// Acts on one after the other. All names are checked before anything is touched.
async fn each(desk: &Desk, targets: &Targets, action: Action) -> anyhow::Result<Report> {
    let docker = desk.docker()?;
    let known = desk.containers().await?;
    let mut chosen: Vec<&Container> = Vec::new();
    for name in &targets.services {
        let before = chosen.len();
        chosen.extend(known.iter().filter(|container| container.service == *name));
        if chosen.len() == before {
            return Err(Failure::Unknown {
                kind: "service",
                name: name.clone(),
                hint: "; ./admin status lists the containers of this fleet",
            }
            .into());
        }
    }
    let mut table = Table::new(["SERVICE", "RESULT", "TOOK"]);
    let (mut rows, mut failures) = (Vec::new(), 0);
    for container in &chosen {
        let started = Instant::now();
        let grace = desk.asked_timeout.unwrap_or(container.stop_timeout);
        let result = act(desk, &docker, container, action, grace).await;
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (tone, text) = match &result {
            Ok(done) => (Tone::Plain, (*done).to_owned()),
            Err(error) => (Tone::Bad, error.to_string()),
        };
        failures += usize::from(result.is_err());
        table
            .row(tone, [container.service.clone(), text.clone(), format!("{:.1}s", took_ms as f64 / 1000.0)]);
        rows.push(json!({"service": container.service, "container": container.short_id(),
            "action": action.word(), "ok": result.is_ok(), "message": text, "took_ms": took_ms}));
    }
    let exit = match failures {
        0 => Exit::Done,
        all if all == chosen.len() => Exit::Failed,
        _ => Exit::Partly,
    };
    Ok(Report::new(Value::Array(rows)).table(table).ending(exit))
}

async fn act(
    desk: &Desk,
    docker: &Docker,
    container: &Container,
    action: Action,
    grace: Duration,
) -> Result<&'static str, fleet::docker::Error> {
    let running = matches!(container.state, State::Running | State::Restarting | State::Paused);
    match action {
        Action::Start if container.state == State::Running => return Ok("already running"),
        Action::Stop if !running => {
            remember_stop(desk, container).await;
            return Ok("already stopped");
        }
        _ => {}
    }
    announce(desk, container, action).await;
    match action {
        Action::Start => docker.start(container).await?,
        Action::Stop => docker.stop(container, grace).await?,
        Action::Restart => docker.restart(container, grace).await?,
    }
    if action == Action::Stop {
        remember_stop(desk, container).await;
        return Ok("stopped");
    }
    note(desk, desk.bus.remove(&system::stopped(&container.service)).await.map(|_existed| ()));
    Ok(if action == Action::Start { "started" } else { "restarted" })
}

/// Tells healer who is about to act. An operator may act even while system-redis is away: healer then takes it
/// for an operator's doing, which it is.
async fn announce(desk: &Desk, container: &Container, action: Action) {
    let reason = format!("./admin {}", action.word());
    let intent = Intent { by: BY.into(), action: action.word().into(), reason, epoch: 0, ts: desk::now() };
    note(desk, desk.bus.set(&system::intent(&container.id), &intent).await);
}

async fn remember_stop(desk: &Desk, container: &Container) {
    let stopped = Stopped { by: BY.into(), container: container.id.clone(), ts: desk::now() };
    note(desk, desk.bus.set(&system::stopped(&container.service), &stopped).await);
}

fn note(desk: &Desk, told: Result<(), bus::Error>) {
    if let Err(error) = told {
        desk.screen.note(format!("healer is not told: {error}"));
    }
}

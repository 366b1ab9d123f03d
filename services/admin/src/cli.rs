//! The command line: global options, the commands, and how each ends.

mod alerts;
mod await_beats;
mod check_truth;
mod completions;
mod components;
mod diff_truth;
mod down;
mod duration;
mod findings;
mod health;
mod heartbeats;
mod keys;
mod lifecycle;
mod load_truth;
mod logs;
mod register;
mod services;
mod setup;
mod show;
mod sso_token;
mod status;
mod unregister;
mod up;
mod verify;
mod version;
mod watch;

use crate::{
    desk::Desk,
    exit::{self, Exit},
    output::{Report, Screen},
};
use chassis::Standalone;
use clap::{CommandFactory, Parser, Subcommand};
use serde_json::json;
use std::io;
use wire::BusId;

/// Operate a MarketSwarm fleet
#[derive(Debug, Parser)]
#[command(name = "admin", version, disable_version_flag = true, subcommand_required = true)]
#[command(after_help = "Exit codes: 0 ok, 1 failed or unhealthy, 2 usage, 3 cannot reach Redis or Docker, \
                        4 Truth invalid, 5 unknown name or file, 6 partly done")]
pub(crate) struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// URL of system-redis, redis://127.0.0.1:6379 by default
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) redis_url: Option<String>,
    /// URL of another bus: market, intel or echo; ports 6380, 6381 and 6382 by default
    #[arg(long = "bus-url", global = true, value_name = "ROLE=URL", value_parser = bus_url)]
    pub(crate) bus_urls: Vec<(BusId, String)>,
    /// Name of the Truth document on the buses
    #[arg(long, global = true, value_name = "KEY", env = "TRUTH_REDIS_KEY", hide_env_values = true)]
    pub(crate) key: Option<String>,
    /// Print exactly one JSON value; tails print one per line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print data and errors only
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Print without colours, as the variable NO_COLOR also says
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Limit of one HTTP request in seconds; for stop and restart, what a container gets for stopping
    #[arg(long, global = true, value_name = "SEC")]
    pub(crate) timeout: Option<f64>,
    /// Compose project of the fleet
    #[arg(long, global = true, value_name = "NAME", env = "COMPOSE_PROJECT_NAME", hide_env_values = true)]
    pub(crate) project: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Setup(setup::Setup),
    LoadTruth(load_truth::LoadTruth),
    CheckTruth(check_truth::CheckTruth),
    DiffTruth(diff_truth::DiffTruth),
    Components(components::Components),
    Register(register::Register),
    Unregister(unregister::Unregister),
    Services(services::Services),
    Show(show::Show),
    Keys(keys::Keys),
    Status(status::Status),
    Heartbeats(heartbeats::Heartbeats),
    Health(health::Health),
    Alerts(alerts::Alerts),
    Logs(logs::Logs),
    Up(up::Up),
    Down(down::Down),
    Start(lifecycle::Start),
    Stop(lifecycle::Stop),
    Restart(lifecycle::Restart),
    SsoToken(sso_token::SsoToken),
    Verify(verify::Verify),
    Completions(completions::Completions),
    #[command(hide = true)]
    AwaitBeats(await_beats::AwaitBeats),
    Version(version::Version),
}

impl Command {
    /// Tails end well when the operator ends them.
    fn is_tail(&self) -> bool {
        match self {
            Self::Alerts(_) => true,
            Self::Logs(logs) => logs.follow,
            Self::Status(status) => status.watch,
            Self::Heartbeats(heartbeats) => heartbeats.watch,
            _ => false,
        }
    }

    async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        match self {
            Self::Setup(command) => command.run(desk).await,
            Self::LoadTruth(command) => command.run(desk).await,
            Self::CheckTruth(command) => Ok(command.run(desk)),
            Self::DiffTruth(command) => command.run(desk).await,
            Self::Components(command) => command.run(desk).await,
            Self::Register(command) => command.run(desk).await,
            Self::Unregister(command) => command.run(desk).await,
            Self::Services(command) => command.run(desk).await,
            Self::Show(command) => command.run(desk).await,
            Self::Keys(command) => command.run(desk).await,
            Self::Status(command) => command.run(desk).await,
            Self::Heartbeats(command) => command.run(desk).await,
            Self::Health(command) => command.run(desk).await,
            Self::Alerts(command) => command.run(desk).await,
            Self::Logs(command) => command.run(desk).await,
            Self::Up(command) => command.run(desk).await,
            Self::Down(command) => command.run(desk).await,
            Self::Start(command) => command.run(desk).await,
            Self::Stop(command) => command.run(desk).await,
            Self::Restart(command) => command.run(desk).await,
            Self::SsoToken(command) => command.run(desk).await,
            Self::Verify(command) => command.run(desk).await,
            Self::Completions(command) => Ok(command.run(&mut Cli::command())),
            Self::AwaitBeats(command) => command.run(desk).await,
            Self::Version(command) => Ok(command.run()),
        }
    }
}

/// Parses, runs, shows; the exit code is all that is left to say.
pub(crate) async fn run(process: Standalone) -> Exit {
    let arguments = std::iter::once("admin".to_owned()).chain(process.args.iter().cloned());
    let Cli { globals, command } = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(usage) => {
            let asked = !usage.use_stderr();
            return match usage.print() {
                Ok(()) if asked => Exit::Done,
                _ => Exit::Usage,
            };
        }
    };
    let desk = match Desk::open(&globals, &process) {
        Ok(desk) => desk,
        Err(error) => return failed(&Screen::new(globals.json, globals.quiet, true), &error),
    };
    let ended = if command.is_tail() { Exit::Done } else { Exit::Interrupted };
    let result = tokio::select! {
        result = command.run(&desk) => result,
        () = desk.closed.cancelled() => return ended,
    };
    let shown = result.and_then(|report| Ok(desk.screen.show(&report).map(|()| report.exit())?));
    shown.unwrap_or_else(|error| failed(&desk.screen, &error))
}

fn failed(screen: &Screen, error: &anyhow::Error) -> Exit {
    let broken_pipe = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
    if error.chain().filter_map(|cause| cause.downcast_ref()).any(broken_pipe) {
        return Exit::Done; // the reader has seen enough
    }
    let (exit, text) = (exit::of(error), exit::told(error));
    screen.complain(format!("error: {text}"));
    if screen.json {
        let report = Report::new(json!({"ok": false, "error": text, "exit": exit as u8}));
        if screen.show(&report).is_err() {
            return exit;
        }
    }
    exit
}

fn bus_url(text: &str) -> Result<(BusId, String), String> {
    let (role, url) = text.split_once('=').ok_or("expected ROLE=URL")?;
    Ok((role.parse().map_err(|unknown: wire::name::UnknownBus| unknown.to_string())?, url.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_tree_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_bus_url_names_its_role() {
        let parsed = bus_url("market=redis://127.0.0.1:7000").unwrap();
        assert_eq!(parsed, (BusId::Market, "redis://127.0.0.1:7000".into()));
        assert!(bus_url("redis://127.0.0.1:7000").is_err());
        assert!(bus_url("main=redis://127.0.0.1:7000").is_err());
    }
}

//! The operator's command.
//!
//! Each command is one file in `cli/`: its arguments, and a `run` that returns what to show and how it ends. They
//! read and write through `truth`, `bus` and `fleet`; nothing here has a way of its own to Redis or Docker. Data goes
//! to stdout, everything else to stderr. No secret value is ever shown.

mod beats;
mod catalog;
mod cli;
mod compose;
mod desk;
mod docker;
mod edge;
mod exit;
mod health;
mod output;
mod score;

use chassis::Standalone;
use std::process::ExitCode;

/// Runs the command that the arguments name.
///
/// # Errors
/// Never: a failed command is told on stderr and ends with its own exit code.
pub async fn run(process: Standalone) -> anyhow::Result<ExitCode> {
    Ok(cli::run(process).await.into())
}

use crate::{Env, log, ops, shutdown};
use std::{future::Future, process::ExitCode};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::error;

/// What a program without Truth and heartbeat is given.
#[derive(Debug, Clone)]
pub struct Standalone {
    /// The variables of the process.
    pub env: Env,
    /// The arguments, without the program's name.
    pub args: Vec<String>,
    /// Cancelled on SIGTERM and SIGINT.
    pub closed: CancellationToken,
}

/// Runs `main` with a logger and signals. An error is logged and exits 1.
pub async fn standalone<F>(name: &str, main: impl FnOnce(Standalone) -> F) -> ExitCode
where
    F: Future<Output = anyhow::Result<ExitCode>>,
{
    let env = Env::of_process();
    log::init(name, &env);
    begin(env, main).await
}

/// As [`standalone`], for a command whose stdout is data: log lines go to stderr, from WARN on.
pub async fn command_line<F>(name: &str, main: impl FnOnce(Standalone) -> F) -> ExitCode
where
    F: Future<Output = anyhow::Result<ExitCode>>,
{
    let env = Env::of_process();
    log::init_on_stderr(name, &env);
    begin(env, main).await
}

async fn begin<F>(env: Env, main: impl FnOnce(Standalone) -> F) -> ExitCode
where
    F: Future<Output = anyhow::Result<ExitCode>>,
{
    ops::install_metrics();
    crate::life::install_tls();
    let closed = CancellationToken::new();
    let signals = TaskTracker::new();
    signals.spawn(shutdown::on_signal(closed.clone()));
    let args = std::env::args().skip(1).collect();
    match Box::pin(main(Standalone { env, args, closed: closed.clone() })).await {
        Ok(code) => code,
        Err(error) => {
            error!(error = format!("{error:#}"), "failed");
            ExitCode::FAILURE
        }
    }
}

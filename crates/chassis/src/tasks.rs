//! Supervision: a task that fails is started again, a panic is a failure, and every restart is counted.

use bus::Backoff;
use futures_util::FutureExt;
use std::{
    future::Future,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

const SETTLED: Duration = Duration::from_secs(60);

/// Restarts of supervised tasks since the process started.
#[derive(Debug, Clone, Default)]
pub(crate) struct Restarts(Arc<AtomicU64>);

impl Restarts {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn one_more(&self, task: &'static str) {
        self.0.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("task_restarts_total", "task" => task).increment(1);
    }
}

/// Runs `task` until it ends well, until `closed`, or until `stop`. Failures start it again after 1 to 30 s.
///
/// Once `closed`, the task is given the chance to end by itself and is not started again.
pub(crate) async fn supervise<F>(
    name: &'static str,
    restarts: Restarts,
    closed: CancellationToken,
    mut task: impl FnMut() -> F,
) where
    F: Future<Output = anyhow::Result<()>>,
{
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
    loop {
        let started = Instant::now();
        match AssertUnwindSafe(task()).catch_unwind().await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error!(task = name, error = format!("{error:#}"), "task failed"),
            Err(panic) => error!(task = name, error = panic_text(&*panic), "task panicked"),
        }
        if closed.is_cancelled() {
            return;
        }
        if started.elapsed() > SETTLED {
            backoff.reset();
        }
        restarts.one_more(name);
        let delay = backoff.next_delay();
        warn!(task = name, delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), "task restarts");
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = closed.cancelled() => return,
        }
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failing_and_a_panicking_task_are_started_again_and_counted() {
        let restarts = Restarts::default();
        let mut runs = 0;
        supervise("test", restarts.clone(), CancellationToken::new(), || {
            runs += 1;
            let run = runs;
            async move {
                match run {
                    1 => anyhow::bail!("no luck"),
                    2 => panic!("worse luck"),
                    _ => Ok(()),
                }
            }
        })
        .await;
        assert_eq!(runs, 3);
        assert_eq!(restarts.count(), 2);
    }
}

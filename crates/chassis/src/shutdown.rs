use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

/// Waits for SIGTERM or SIGINT, then cancels `closed`.
pub(crate) async fn on_signal(closed: CancellationToken) {
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    let name = tokio::select! {
        _ = term.recv() => "SIGTERM",
        _ = int.recv() => "SIGINT",
        () = closed.cancelled() => return,
    };
    info!(signal = name, "stopping");
    closed.cancel();
}

use bus::Delivery;
use futures_util::{Stream, StreamExt};
use std::{fmt::Debug, future::Future, time::Duration};
use tokio::time::{Instant, sleep, timeout};

const PATIENCE: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(10);

/// Polls `condition` until it holds. Panics with `name` after ten seconds.
pub async fn wait<F: Future<Output = bool>>(name: &str, condition: impl FnMut() -> F) {
    wait_for(PATIENCE, name, condition).await;
}

/// As [`wait`], with a limit of one's own.
pub async fn wait_for<F: Future<Output = bool>>(
    limit: Duration,
    name: &str,
    mut condition: impl FnMut() -> F,
) {
    let until = Instant::now() + limit;
    while !condition().await {
        assert!(Instant::now() < until, "still not so after {limit:?}: {name}");
        sleep(STEP).await;
    }
}

/// The next item of `stream`, within ten seconds.
pub async fn next<S: Stream + Unpin>(stream: &mut S) -> S::Item {
    timeout(PATIENCE, stream.next()).await.expect("an item within ten seconds").expect("the stream goes on")
}

/// The next message of a subscription, within ten seconds.
pub async fn message<T: Debug, S: Stream<Item = Delivery<T>> + Unpin>(stream: &mut S) -> T {
    match next(stream).await {
        Delivery::Message(message) => message,
        Delivery::Resumed => panic!("expected a message, the link was resumed"),
    }
}

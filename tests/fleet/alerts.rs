//! Listening to `healer:alerts` as the operator's `redis-cli SUBSCRIBE` does, with a stopwatch.

use crate::fleet::Fleet;
use bus::Delivery;
use futures_util::{Stream, StreamExt};
use std::{
    pin::Pin,
    time::{Duration, Instant},
};
use tokio::time::timeout_at;
use wire::system::{ALERTS, Alert};

pub(crate) struct Alerts {
    stream: Pin<Box<dyn Stream<Item = Delivery<Alert>>>>,
    seen: Vec<Alert>,
}

impl Alerts {
    pub(crate) async fn of(fleet: &Fleet) -> Self {
        Self { stream: Box::pin(fleet.bus.subscribe(ALERTS).await), seen: Vec::new() }
    }

    /// Waits for an alert of `kind` about `svc`, at most `limit` after `since`; the time it took.
    pub(crate) async fn expect(
        &mut self,
        kind: &str,
        svc: &str,
        since: Instant,
        limit: Duration,
    ) -> (Alert, Duration) {
        let until = tokio::time::Instant::from_std(since + limit);
        loop {
            let heard = timeout_at(until, self.stream.next()).await;
            let Ok(Some(delivery)) = heard else {
                panic!("no {kind} of {svc} within {limit:?}; heard {:#?}", self.seen);
            };
            if let Delivery::Message(alert) = delivery {
                self.seen.push(alert.clone());
                if alert.kind == kind && alert.svc == svc {
                    let took = since.elapsed();
                    eprintln!("{kind} of {svc} after {took:.2?}");
                    return (alert, took);
                }
            }
        }
    }

    /// Everything heard until now.
    pub(crate) fn heard(&self, kind: &str, svc: &str) -> usize {
        self.seen.iter().filter(|alert| alert.kind == kind && alert.svc == svc).count()
    }

    /// Listens for `time` and keeps what it hears.
    pub(crate) async fn listen(&mut self, time: Duration) {
        let until = tokio::time::Instant::now() + time;
        while let Ok(Some(delivery)) = timeout_at(until, self.stream.next()).await {
            if let Delivery::Message(alert) = delivery {
                self.seen.push(alert);
            }
        }
    }
}

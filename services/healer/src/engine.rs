//! Finds out which fleet this is, then follows its containers.

use async_stream::stream;
use fleet::docker::{Change, Docker, Error};
use futures_util::{Stream, StreamExt};
use std::{pin::pin, time::Duration};
use tokio::time::sleep;

const USUAL_FLEET: &str = "marketswarm";
const AGAIN: Duration = Duration::from_secs(2);

/// News of the engine.
#[derive(Debug)]
pub(crate) enum News {
    /// This is the fleet; the networks are those of healer's own container, empty outside a container.
    Home(Docker, Vec<String>),
    /// Something changed.
    Change(Change),
}

/// Follows the engine for ever. `fleet`: the configured name; `hostname`: in a container, its short id.
pub(crate) fn follow(
    engine: Docker,
    fleet: Option<String>,
    hostname: Option<String>,
) -> impl Stream<Item = News> + Send {
    stream! {
        let (name, networks) = loop {
            let own = match &hostname {
                Some(id) => engine.own(id).await,
                None => Err(Error::Absent("this program".into())),
            };
            match (own, &fleet) {
                (Ok(own), Some(fleet)) => break (fleet.clone(), own.networks),
                (Ok(own), None) => break (own.fleet, own.networks),
                (Err(error), _) if error.is_unreachable() => {
                    yield News::Change(Change::Down(error.to_string()));
                    sleep(AGAIN).await;
                }
                (Err(_elsewhere), fleet) => break (fleet.clone().unwrap_or_else(|| USUAL_FLEET.into()), Vec::new()),
            }
        };
        let docker = engine.of(&name);
        yield News::Home(docker.clone(), networks);
        let mut changes = pin!(docker.changes());
        while let Some(change) = changes.next().await {
            yield News::Change(change);
        }
    }
}

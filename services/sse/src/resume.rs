//! What a reader missed of its own journal while the gateway itself was away: the journal keeps it.

use crate::{
    app::App,
    config::Config,
    sources::journal::{Head, told},
    streams::{LOGS, POSITIONS, RISK_GRAPH, TRADES},
};
use anyhow::Context as _;
use auth::identity::INTERNAL;
use reqwest::{Client, redirect::Policy};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::timeout};
use tracing::{debug, warn};
use web::sse::{Ask, Missed};

/// A page waits no longer than this for its snapshot.
const PATIENCE: Duration = Duration::from_secs(3);
const CONNECT: Duration = Duration::from_secs(2);
/// A reader that lacks more events is told to reload.
const MOST: usize = 500;
/// Readers asked for at once: after a restart they all come back together.
const AT_ONCE: usize = 16;
/// Topics that the journal keeps.
const KEPT: [&str; 4] = [TRADES, POSITIONS, LOGS, RISK_GRAPH];

/// The journal, as far as it is asked by the gateway itself.
#[derive(Debug)]
pub(crate) struct Journal {
    /// `None`: no client could be made; then it counts as away.
    client: Option<Client>,
    places: Semaphore,
    events: String,
    users: String,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Numbered {
    event_seq: Option<u64>,
}

impl Journal {
    pub(crate) fn new(config: &Config) -> Self {
        let client = client().inspect_err(|error| warn!(%error, "no client for the journal")).ok();
        let base = config.upstreams.journal.trim_end_matches('/');
        let (events, users) = (format!("{base}/api/internal/events"), format!("{base}/api/internal/users"));
        Self { client, places: Semaphore::new(AT_ONCE), events, users }
    }

    /// The trade logs of `user`, as the journal has them.
    ///
    /// # Errors
    /// The journal is away, or answers something else.
    pub(crate) async fn logs(&self, app: &App, user: u64) -> anyhow::Result<Value> {
        let client = self.client.as_ref().context("no client")?;
        let token = app.secrets.internal(&app.config).unwrap_or_default();
        let url = format!("{}/{user}/logs", self.users);
        let answer = client.get(url).header(INTERNAL, token).send().await?.error_for_status()?;
        let body: Value = answer.json().await?;
        let logs = if body.is_array() { Some(body) } else { body.get("data").cloned() };
        logs.filter(Value::is_array).context("no list of logs")
    }

    /// All events of `user` after number `after`.
    async fn events(&self, token: &str, user: u64, after: u64) -> anyhow::Result<Vec<Box<RawValue>>> {
        let _place = self.places.acquire().await?;
        let events = self.page(token, user, after, MOST).await?;
        if events.len() >= MOST {
            let number = |text: &RawValue| serde_json::from_str::<Numbered>(text.get()).ok()?.event_seq;
            let last =
                events.iter().filter_map(|text| number(text)).max().context("events without a number")?;
            anyhow::ensure!(self.page(token, user, last, 1).await?.is_empty(), "more than {MOST} events");
        }
        Ok(events)
    }

    async fn page(
        &self,
        token: &str,
        user: u64,
        after: u64,
        limit: usize,
    ) -> anyhow::Result<Vec<Box<RawValue>>> {
        let client = self.client.as_ref().context("no client")?;
        let query = format!("{}?user_id={user}&after_seq={after}&limit={limit}", self.events);
        let answer = client.get(query).header(INTERNAL, token).send().await?.error_for_status()?;
        Ok(answer.json::<Page>().await?.data)
    }
}

/// What the journal kept for the reader of `ask`; `None`: the hub itself has everything, or there was nothing to keep.
pub(crate) async fn missed(app: &App, ask: &Ask) -> Option<Missed> {
    let after = app.hub.missing(ask.cursor.as_deref())?;
    let user = ask.user_id?;
    let is_asked = |topic: &&str| ask.topics.iter().any(|asked| asked == topic);
    let complete: Vec<_> = KEPT.into_iter().filter(is_asked).collect();
    if complete.is_empty() {
        return None;
    }
    let since = app.hub.here();
    let token = app.secrets.internal(&app.config).unwrap_or_default();
    let events = match timeout(PATIENCE, app.journal.events(&token, user, after)).await {
        Ok(Ok(events)) => events,
        Ok(Err(error)) => {
            debug!(%error, "journal not read");
            return Some(Missed { since, events: Vec::new(), complete: Vec::new() });
        }
        Err(_late) => {
            debug!("journal did not answer");
            return Some(Missed { since, events: Vec::new(), complete: Vec::new() });
        }
    };
    let mut events: Vec<_> = events.iter().filter_map(|text| event(text.get(), &complete)).collect();
    events.sort_by_key(|(seq, ..)| *seq);
    Some(Missed { since, events, complete })
}

/// Sequence, name and data of an event that one of `topics` carries.
fn event(text: &str, topics: &[&str]) -> Option<(u64, String, String)> {
    let head: Head<'_> = serde_json::from_str(text).ok()?;
    let told = told(&head, text).ok()??;
    let is_carried = |topic: &str| topics.contains(&topic);
    (is_carried(told.topic) || told.also.is_some_and(is_carried))
        .then(|| Some((head.event_seq?, told.name.to_owned(), told.data.to_owned())))?
}

/// Built with roots of its own: the image has no store of certificates.
fn client() -> anyhow::Result<Client> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = Client::builder().tls_backend_preconfigured(tls).redirect(Policy::none());
    Ok(client.connect_timeout(CONNECT).timeout(PATIENCE).build()?)
}

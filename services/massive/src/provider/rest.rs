//! The vendor's REST interface: one client, one budget, and a reaction for every kind of refusal.

use super::{
    answer::Unusable,
    bucket::{Bucket, Hold},
    tls,
};
use crate::{
    analytics::{Analytics, Spot},
    capture::Recorder,
    config::Config,
    notes::{Note, Notice},
};
use anyhow::Context as _;
use rand::Rng;
use reqwest::{Client, Response, StatusCode, Url, header, redirect};
use serde_json::json;
use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Semaphore, mpsc},
    time::{Instant, sleep, timeout},
};
use tracing::{debug, error, warn};
use truth::secret::Secret;

const CONNECT: Duration = Duration::from_secs(5);
const CONNECTIONS: usize = 8;
const TRIES: u32 = 3;
const MAX_BODY: usize = 64 << 20;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// A pause is on; nothing was sent.
    #[error("requests are paused")]
    Held,
    /// 401: the key was refused.
    #[error("the key was refused")]
    Auth,
    /// 403: not part of the plan.
    #[error("not entitled")]
    NotEntitled,
    /// 404.
    #[error("not found")]
    NotFound,
    /// 429, or the same inside a 200.
    #[error("too many requests")]
    TooMany,
    /// Another answer that a repetition does not change.
    #[error("refused with status {0}")]
    Refused(u16),
    /// Nothing usable after every try.
    #[error("no usable answer: {0}")]
    Failed(&'static str),
}

/// One try's end that may go better next time, or an error that will not.
enum Miss {
    Again(&'static str),
    Final(Error),
}

/// One page of a list.
pub(crate) trait Paged {
    /// Where the next one is; `None`: this is the last.
    fn next_url(&self) -> Option<&str>;

    /// Known fields of the wrong type.
    fn faults(&self) -> u64;
}

/// A list as it was read.
#[derive(Debug)]
pub(crate) struct Pages<P> {
    pub(crate) pages: Vec<P>,
    /// A page led back to an earlier one, or there were too many.
    pub(crate) is_loop: bool,
}

/// The client. Every request passes its token bucket; the key travels in a header only.
pub(crate) struct Rest {
    client: Client,
    base: Url,
    authorization: header::HeaderValue,
    bucket: Mutex<Bucket>,
    slots: Semaphore,
    retry: Duration,
    auth_hold: Duration,
    max_pages: usize,
    is_reachable: AtomicBool,
    is_refused: AtomicBool,
    analytics: Arc<Analytics>,
    capture: Arc<Recorder>,
    notes: mpsc::Sender<Note>,
}

impl Rest {
    /// # Errors
    /// The base is no URL, or the key cannot be sent in a header.
    pub(crate) fn new(
        config: &Config,
        analytics: Arc<Analytics>,
        capture: Arc<Recorder>,
        notes: mpsc::Sender<Note>,
    ) -> anyhow::Result<Self> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls::client_config().context("set up TLS")?)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .gzip(true)
            .tcp_nodelay(true)
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(CONNECTIONS)
            .build()
            .context("build the REST client")?;
        Ok(Self {
            client,
            base: Url::parse(&config.base_url).context("parse the REST base")?,
            authorization: bearer(&config.key()).context("use the key in a header")?,
            bucket: Mutex::new(Bucket::new(config.rest_max_rps, Instant::now())),
            slots: Semaphore::new(CONNECTIONS),
            retry: config.limits.rest_retry,
            auth_hold: config.limits.rest_auth_hold,
            max_pages: config.limits.max_pages,
            is_reachable: AtomicBool::new(true),
            is_refused: AtomicBool::new(false),
            analytics,
            capture,
            notes,
        })
    }

    /// False when the last request found nobody.
    pub(crate) fn is_reachable(&self) -> bool {
        self.is_reachable.load(Ordering::Relaxed)
    }

    /// Asks for `path` (with its query), up to three times, each within `limit`, and reads the answer.
    ///
    /// # Errors
    /// [`Error`]; an answer that cannot be read counts as none.
    pub(crate) async fn get<T>(
        &self,
        path: &str,
        limit: Duration,
        read: impl Fn(&[u8]) -> Result<T, Unusable>,
    ) -> Result<T, Error> {
        let mut pause = self.retry;
        let mut tries = 0;
        loop {
            tries += 1;
            match self.attempt(path, limit, &read).await {
                Ok(answer) => return Ok(answer),
                Err(Miss::Final(error)) => return Err(error),
                Err(Miss::Again(what)) if tries >= TRIES => return Err(Error::Failed(what)),
                Err(Miss::Again(what)) => debug!(what, attempt = tries, "request repeated"),
            }
            let jittered = pause.mul_f64(rand::rng().random_range(0.8..1.2));
            sleep(jittered).await;
            pause *= 2;
        }
    }

    /// Follows a list through its pages. What was read before a page failed is lost with the error, but a page
    /// that is not found ends the list.
    ///
    /// # Errors
    /// As [`Rest::get`].
    pub(crate) async fn pages<P: Paged>(
        &self,
        first: &str,
        limit: Duration,
        read: impl Fn(&[u8]) -> Result<P, Unusable>,
    ) -> Result<Pages<P>, Error> {
        let mut pages = Vec::new();
        let mut seen = HashSet::new();
        let mut next = Some(first.to_owned());
        let mut is_loop = false;
        while let Some(path) = next {
            is_loop = pages.len() >= self.max_pages || !seen.insert(path.clone());
            if is_loop {
                self.analytics.spot.add(Spot::PageLoop, 1);
                break;
            }
            let page = match self.get(&path, limit, &read).await {
                Err(Error::NotFound) if !pages.is_empty() => break,
                page => page?,
            };
            self.analytics.spot.add(Spot::Pages, 1);
            self.analytics.spot.add(Spot::FieldErrors, page.faults());
            next = page.next_url().and_then(|url| own(&self.base, url));
            pages.push(page);
        }
        Ok(Pages { pages, is_loop })
    }

    async fn attempt<T>(
        &self,
        path: &str,
        limit: Duration,
        read: &impl Fn(&[u8]) -> Result<T, Unusable>,
    ) -> Result<T, Miss> {
        if self.bucket().held(Instant::now()).is_some() {
            return Err(Miss::Final(Error::Held));
        }
        self.token().await;
        let Ok(_slot) = self.slots.acquire().await else { return Err(Miss::Again("shutting down")) };
        self.analytics.spot.add(Spot::RestCalls, 1);
        let body = match timeout(limit, self.send(path)).await {
            Ok(Ok(body)) => read(&body).map_err(|unusable| self.unusable(unusable)),
            Ok(Err(miss)) => Err(miss),
            Err(_late) => {
                self.analytics.spot.add(Spot::Timeouts, 1);
                Err(Miss::Again("timeout"))
            }
        };
        match &body {
            Ok(_) => {
                self.bucket().succeeded();
                self.is_refused.store(false, Ordering::Relaxed);
                self.is_reachable.store(true, Ordering::Relaxed);
            }
            Err(miss) => {
                self.analytics.spot.add(Spot::RestErrors, 1);
                self.is_reachable.store(matches!(miss, Miss::Final(_)), Ordering::Relaxed);
            }
        }
        body
    }

    async fn token(&self) {
        loop {
            let taken = self.bucket().take(Instant::now());
            match taken {
                Ok(()) => return,
                Err(wait) => sleep(wait).await,
            }
        }
    }

    /// One request. The error of the client is not kept: its text may hold the URL.
    async fn send(&self, path: &str) -> Result<Vec<u8>, Miss> {
        let url = self.base.join(path).map_err(|_parse| Miss::Final(Error::Refused(0)))?;
        let request = self.client.get(url).header(header::AUTHORIZATION, self.authorization.clone());
        let mut response = request.send().await.map_err(|error| {
            Miss::Again(if error.is_connect() { "connection refused" } else { "connection lost" })
        })?;
        if !response.status().is_success() {
            self.capture.answer(path, response.status().as_u16(), &[]);
            return Err(self.refused(&response));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_error| Miss::Again("answer cut off"))? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(Miss::Final(Error::Failed("answer too large")));
            }
            body.extend_from_slice(&chunk);
        }
        self.capture.answer(path, response.status().as_u16(), &body);
        Ok(body)
    }

    fn refused(&self, response: &Response) -> Miss {
        match response.status() {
            StatusCode::UNAUTHORIZED => {
                self.bucket().hold(Hold::Auth, self.auth_hold, Instant::now());
                if !self.is_refused.swap(true, Ordering::Relaxed) {
                    error!("the vendor refused the key");
                }
                self.tell(Notice::error("auth_failed").with(json!({"interface": "rest"})));
                Miss::Final(Error::Auth)
            }
            StatusCode::FORBIDDEN => Miss::Final(Error::NotEntitled),
            StatusCode::NOT_FOUND => Miss::Final(Error::NotFound),
            StatusCode::TOO_MANY_REQUESTS => {
                let after = response.headers().get(header::RETRY_AFTER);
                let seconds = after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
                Miss::Final(self.too_many(seconds.map(Duration::from_secs)))
            }
            status => match status.as_u16() {
                408 | 413 | 499 | 500 | 502 | 503 | 504 => Miss::Again("server error"),
                code => Miss::Final(Error::Refused(code)),
            },
        }
    }

    fn unusable(&self, unusable: Unusable) -> Miss {
        match unusable {
            Unusable::Malformed => Miss::Again("malformed answer"),
            Unusable::Refused => Miss::Again("error inside a good answer"),
            Unusable::TooMany => Miss::Final(self.too_many(None)),
        }
    }

    fn too_many(&self, retry_after: Option<Duration>) -> Error {
        let pause = self.bucket().limit(retry_after, Instant::now());
        self.analytics.spot.add(Spot::RateLimited, 1);
        warn!(pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX), "rate limited");
        self.tell(Notice::warn("rate_limited").with(json!({"wait_sec": pause.as_secs_f64()})));
        Error::TooMany
    }

    fn tell(&self, notice: Notice) {
        if self.notes.try_send(Note::Happened(notice)).is_err() {
            debug!("an event was not told: the writer is busy");
        }
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bearer(key: &Secret) -> Result<header::HeaderValue, header::InvalidHeaderValue> {
    let mut value = header::HeaderValue::try_from(format!("Bearer {}", key.expose()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Path and query of the vendor's `next_url` for use against `base`, whatever host it names, without a key.
/// `None` when it is no URL.
fn own(base: &Url, next_url: &str) -> Option<String> {
    let mut url = base.join(next_url).ok()?;
    if url.query_pairs().any(|(name, _)| name == "apiKey") {
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| name != "apiKey")
            .map(|(n, v)| (n.into(), v.into()))
            .collect();
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("/{}{query}", url.path().trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_path_and_query_of_a_next_url_are_followed() {
        let base = Url::parse("http://exchange-sim:8790").unwrap();
        for (next, expected) in [
            ("https://evil.example/v3/snapshot?cursor=YWJj", "/v3/snapshot?cursor=YWJj"),
            ("https://api.massive.com/v3/snapshot?cursor=YWJj&apiKey=k", "/v3/snapshot?cursor=YWJj"),
            ("/v3/snapshot?cursor=a%2Bb", "/v3/snapshot?cursor=a%2Bb"),
            ("//evil.example/v3", "/v3"),
            ("https://evil.example//other.example/v3", "/other.example/v3"),
        ] {
            assert_eq!(own(&base, next).as_deref(), Some(expected), "{next}");
        }
    }

    #[test]
    fn the_key_is_sent_and_never_shown() {
        let value = bearer(&Secret::new("s3cret-key")).unwrap();
        assert_eq!(value.to_str().unwrap(), "Bearer s3cret-key");
        assert!(!format!("{value:?}").contains("s3cret"));
    }
}

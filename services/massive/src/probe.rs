//! Connectivity, step by step: name, connection, trust, vendor. Never in the way of the data.

use crate::{
    notes::Note,
    provider::{
        answer,
        rest::Error,
        tls,
        transport::{Link, target},
    },
    shared::Shared,
    timekeeper::check_skew,
};
use reqwest::Url;
use std::{future::Future, io, sync::Arc, time::Duration};
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// Result of one step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// `dns`, `tcp`, `https`, `vendor`.
    pub(crate) name: &'static str,
    /// Why it failed.
    pub(crate) failure: Option<&'static str>,
    /// How long it took, milliseconds.
    pub(crate) took_ms: f64,
}

impl Step {
    /// `ok`, or `fail:<reason>`.
    pub(crate) fn text(&self) -> String {
        self.failure.map_or_else(|| "ok".into(), |reason| format!("fail:{reason}"))
    }
}

/// Probes at once and then at every interval, until `closed`.
pub(crate) async fn run(shared: Arc<Shared>, closed: CancellationToken) {
    let probes = &shared.config.probes;
    let pause = Duration::from_secs_f64(probes.interval_sec);
    let mut is_first = !probes.on_start;
    loop {
        let round = async {
            if is_first {
                sleep(pause).await;
            }
            is_first = false;
            let steps = probe(&shared).await;
            let is_told = shared.notes.send(Note::Probed(steps)).await.is_ok();
            sleep(pause).await;
            is_told
        };
        if closed.run_until_cancelled(round).await != Some(true) {
            return;
        }
    }
}

async fn probe(shared: &Shared) -> Vec<Step> {
    let (config, probes) = (&shared.config, &shared.config.probes);
    let limit = Duration::from_secs_f64(probes.timeout_sec);
    let urls: Vec<Url> =
        [&config.base_url, &config.ws_base].iter().filter_map(|url| Url::parse(url).ok()).collect();
    let needs_tls = urls.iter().any(|url| matches!(url.scheme(), "https" | "wss"));
    let mut steps = Vec::new();
    if probes.dns {
        steps.push(step("dns", limit, each(&urls, resolve)).await);
    }
    if probes.tcp {
        steps.push(step("tcp", limit, each(&urls, connect)).await);
    }
    if probes.https && needs_tls && tls::client_config().is_ok() {
        steps.push(step("https", limit, each(&urls, shake_hands)).await);
    }
    if probes.vendor {
        steps.push(step("vendor", limit, ask(shared, limit)).await);
    }
    steps
}

async fn step(
    name: &'static str,
    limit: Duration,
    work: impl Future<Output = Result<(), &'static str>>,
) -> Step {
    let started = Instant::now();
    let failure = timeout(limit, work).await.unwrap_or(Err("timeout")).err();
    let took_ms = (started.elapsed().as_secs_f64() * 10_000.0).round() / 10.0;
    Step { name, failure, took_ms }
}

async fn each<F: Future<Output = io::Result<()>>>(
    urls: &[Url],
    check: impl Fn(Url) -> F,
) -> Result<(), &'static str> {
    for url in urls {
        check(url.clone()).await.map_err(|error| reason(&error))?;
    }
    Ok(())
}

async fn resolve(url: Url) -> io::Result<()> {
    let (host, port, _) = target(&url).ok_or(io::ErrorKind::InvalidInput)?;
    let mut found = lookup_host((host, port)).await?;
    found.next().map(|_address| ()).ok_or_else(|| io::ErrorKind::NotFound.into())
}

async fn connect(url: Url) -> io::Result<()> {
    let (host, port, _) = target(&url).ok_or(io::ErrorKind::InvalidInput)?;
    TcpStream::connect((host, port)).await.map(drop)
}

async fn shake_hands(url: Url) -> io::Result<()> {
    Link::open(&url).await.map(drop)
}

async fn ask(shared: &Shared, limit: Duration) -> Result<(), &'static str> {
    let answered = shared.rest.get("/v1/marketstatus/now", limit, answer::server_time).await;
    let server_ms = answered.map_err(|error| match error {
        Error::Held => "paused",
        Error::Auth => "key refused",
        Error::NotEntitled => "not entitled",
        Error::NotFound => "not found",
        Error::TooMany => "rate limited",
        Error::Refused(_) => "refused",
        Error::Failed(what) => what,
    })?;
    if let Some(notice) = check_skew(shared, server_ms) {
        drop(shared.notes.try_send(Note::Happened(notice)));
    }
    Ok(())
}

fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "refused",
        io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => "reset",
        io::ErrorKind::TimedOut => "timeout",
        io::ErrorKind::InvalidData => "not trusted",
        io::ErrorKind::NotFound => "unknown host",
        _ => "unreachable",
    }
}

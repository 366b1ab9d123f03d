mod buses;
mod edge;
mod host;

use crate::{
    desk::Desk,
    exit::{Exit, Failure},
    output::{Report, Table, Tone},
};
use futures_util::future::join_all;
use serde::Serialize;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

const TRIES: usize = 5;
const PAUSE: Duration = Duration::from_secs(3);

/// Check a running fleet from end to end
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// Only these checks: V01,V40
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    only: Vec<String>,
    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
    /// Limit for everything, in seconds
    #[arg(long, value_name = "SEC", default_value_t = 60)]
    wait: u64,
    /// The edge as others reach it, in place of https://localhost:8443
    #[arg(long, value_name = "URL")]
    external: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Required,
    Warning,
}

use Severity::{Required, Warning};

/// The checks whose subject exists in this fleet.
const CHECKS: [(&str, &str, Severity); 18] = [
    ("V01", "system-redis answers PING", Required),
    ("V02", "market-redis answers PING", Required),
    ("V03", "intel-redis answers PING", Required),
    ("V04", "echo-redis answers PING", Required),
    ("V05", "MySQL is healthy", Required),
    ("V06", "Truth is on every bus, the same, secrets on system-redis only", Required),
    ("V07", "every service of Truth is registered with an existing component", Required),
    ("V10", "the gateway answers /api/health", Required),
    ("V20", "every heartbeat key exists and is younger than its life", Required),
    ("V21", "somebody listens to every watched channel and to healer's beat", Required),
    ("V22", "every service beats on its channel, and the registry agrees", Required),
    ("V40", "the edge serves /api/health and the UI", Required),
    ("V41", "the edge passes /sse/spot through at once", Required),
    ("V42", "the edge negotiates HTTP/2", Warning),
    ("V50", "one labelled container per service, on the fleet's network; bootstrap ended with 0", Required),
    ("V51", "Redis and MySQL cannot be reached from outside", Required),
    ("V52", "the secrets file is for its owner only", Warning),
    ("V70", "docker compose config is clean", Warning),
];

/// What a probe says: a detail, or what is wrong.
type Found = Result<String, String>;

struct Subject<'a> {
    desk: &'a Desk,
    /// Base URL of the edge.
    edge: reqwest::Url,
}

#[derive(Debug, Serialize)]
struct Outcome {
    id: &'static str,
    name: &'static str,
    ok: bool,
    severity: Severity,
    detail: String,
    ms: u64,
}

impl Verify {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let chosen = self.chosen()?;
        let address =
            self.external.clone().unwrap_or_else(|| format!("https://localhost:{}", desk.https_port()));
        let subject = Subject { desk, edge: crate::edge::url(&address)? };
        let deadline = Instant::now() + Duration::from_secs(self.wait);
        let checked = chosen.into_iter().map(|(id, name, severity)| {
            let subject = &subject;
            async move {
                let started = Instant::now();
                let found = subject.patiently(id, deadline).await;
                let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
                let (ok, detail) = found.map_or_else(|wrong| (false, wrong), |detail| (true, detail));
                Outcome { id, name, ok, severity, detail, ms }
            }
        });
        Ok(self.report(&join_all(checked).await))
    }

    fn chosen(&self) -> Result<Vec<(&'static str, &'static str, Severity)>, Failure> {
        let is_asked = |id: &str| self.only.iter().any(|only| only.trim().eq_ignore_ascii_case(id));
        let known = |only: &String| CHECKS.iter().any(|(id, ..)| id.eq_ignore_ascii_case(only.trim()));
        if let Some(unknown) = self.only.iter().find(|only| !known(only)) {
            return Err(Failure::Usage(format!("--only {unknown}: no such check in this fleet")));
        }
        Ok(CHECKS.into_iter().filter(|(id, ..)| self.only.is_empty() || is_asked(id)).collect())
    }

    fn report(&self, outcomes: &[Outcome]) -> Report {
        let mut table = Table::new(["ID", "OK", "TOOK", "CHECK", "DETAIL"]);
        for outcome in outcomes {
            let (tone, word) = match (outcome.ok, outcome.severity) {
                (true, _) => (Tone::Plain, "yes"),
                (false, Warning) => (Tone::Warning, "warn"),
                (false, Required) => (Tone::Bad, "NO"),
            };
            let took = format!("{}ms", outcome.ms);
            table.row(
                tone,
                [outcome.id.into(), word.into(), took, outcome.name.into(), outcome.detail.clone()],
            );
        }
        let is_well = |outcome: &Outcome| outcome.ok || (outcome.severity == Warning && !self.strict);
        let ok = outcomes.iter().all(is_well);
        let exit = if ok { Exit::Done } else { Exit::Failed };
        Report::new(json!({"ok": ok, "checks": outcomes})).table(table).ending(exit)
    }
}

impl Subject<'_> {
    /// Up to five tries, three seconds apart, inside the limit.
    async fn patiently(&self, id: &str, deadline: Instant) -> Found {
        let mut tried = 0;
        loop {
            tried += 1;
            let found = match timeout_at(deadline, self.probe(id)).await {
                Ok(found) => found,
                Err(_late) => Err("no answer within the limit".into()),
            };
            if found.is_ok() || tried == TRIES || Instant::now() + PAUSE >= deadline {
                return found;
            }
            sleep(PAUSE).await;
        }
    }

    async fn probe(&self, id: &str) -> Found {
        match id {
            "V01" | "V02" | "V03" | "V04" => self.ping(id).await,
            "V05" => self.database().await,
            "V06" => self.truth_everywhere().await,
            "V07" => self.registered().await,
            "V10" => self.gateway().await,
            "V20" => self.beat_keys().await,
            "V21" => self.listeners().await,
            "V22" => self.beats_heard().await,
            "V40" => self.edge_serves().await,
            "V41" => self.edge_streams().await,
            "V42" => self.edge_speaks_http2().await,
            "V50" => self.containers().await,
            "V51" => self.closed_from_outside().await,
            "V52" => self.secrets_protected(),
            "V70" => self.compose_is_clean().await,
            other => Err(format!("{other} is not a check of this fleet")),
        }
    }
}

/// `found` with its error as a detail.
fn told<T>(found: anyhow::Result<T>) -> Result<T, String> {
    found.map_err(|error| crate::exit::told(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_checks_can_be_asked_for() {
        let verify = |only: &[&str]| Verify {
            only: only.iter().map(|&id| id.to_owned()).collect(),
            strict: false,
            wait: 1,
            external: None,
        };
        assert_eq!(verify(&["v01", "V70"]).chosen().unwrap().len(), 2);
        assert_eq!(verify(&[]).chosen().unwrap().len(), CHECKS.len());
        assert!(verify(&["V99"]).chosen().is_err());
    }

    #[test]
    fn a_warning_fails_only_when_strict() {
        let warning =
            [Outcome { id: "V42", name: "x", ok: false, severity: Warning, detail: String::new(), ms: 1 }];
        let verify = |strict| Verify { only: Vec::new(), strict, wait: 1, external: None };
        assert_eq!(verify(false).report(&warning).exit(), Exit::Done);
        assert_eq!(verify(true).report(&warning).exit(), Exit::Failed);
    }
}

//! V10, V40–V42: the gateway and the edge in front of it.

use super::{Found, Subject, told};
use crate::{edge, health};
use reqwest::{Response, Version, header::CONTENT_TYPE};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::time::timeout;

const ANSWER: Duration = Duration::from_secs(5);
const FIRST_DATA: Duration = Duration::from_secs(10);
/// Enough to hold a snapshot of every symbol several times.
const STREAM_LIMIT: usize = 4 << 20;

impl Subject<'_> {
    pub(super) async fn gateway(&self) -> Found {
        let port = self.desk.port("SSE", 3001);
        let endpoint = health::probe(self.desk, &format!("http://127.0.0.1:{port}/api/health")).await;
        if endpoint.ok { Ok(endpoint.detail) } else { Err(format!("{}: {}", endpoint.url, endpoint.detail)) }
    }

    pub(super) async fn edge_serves(&self) -> Found {
        let response = self.get("/api/health").await?;
        let health: Value = response.json().await.map_err(edge::cause)?;
        if health.get("status").and_then(Value::as_str) != Some("healthy") {
            return Err(format!("/api/health says {}", health.get("status").unwrap_or(&Value::Null)));
        }
        let page = self.get("/").await?;
        let kind = page.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("text/html") {
            return Err(format!("/ is {kind}, not a page"));
        }
        let text = page.text().await.map_err(edge::cause)?.to_ascii_lowercase();
        if text.contains("<!doctype html") {
            Ok("healthy, page served".into())
        } else {
            Err("/ is not the UI".into())
        }
    }

    /// The first data line must come while the stream is open: a buffering proxy would keep it.
    pub(super) async fn edge_streams(&self) -> Found {
        let started = Instant::now();
        match timeout(FIRST_DATA, self.first_data()).await {
            Ok(found) => found.map(|()| format!("first data after {} ms", started.elapsed().as_millis())),
            Err(_late) => Err(format!("no data line within {} s", FIRST_DATA.as_secs())),
        }
    }

    pub(super) async fn edge_speaks_http2(&self) -> Found {
        match self.get("/api/health").await?.version() {
            Version::HTTP_2 => Ok("HTTP/2".into()),
            other => Err(format!("{other:?}")),
        }
    }

    async fn first_data(&self) -> Result<(), String> {
        let mut response = self.get("/sse/spot").await?;
        let mut heard = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(edge::cause)? {
            heard.extend_from_slice(&chunk);
            let complete = heard.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
            let lines = heard.get(..complete).unwrap_or_default();
            if lines.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"data:")) {
                return Ok(());
            }
            if heard.len() > STREAM_LIMIT {
                return Err("megabytes without a data line".into());
            }
        }
        Err("the stream ended without a data line".into())
    }

    async fn get(&self, path: &str) -> Result<Response, String> {
        let url = self.edge.join(path).map_err(|error| error.to_string())?;
        let limit = self.desk.limit(ANSWER);
        let client = told(edge::client(&url, limit))?;
        let answer = timeout(limit, client.get(url.clone()).send()).await;
        let response = answer.map_err(|_late| format!("{url}: no answer in time"))?;
        let response = response.map_err(|error| format!("{url}: {}", edge::cause(error)))?;
        match response.status() {
            status if status.is_success() => Ok(response),
            status => Err(format!("{url}: {status}")),
        }
    }
}

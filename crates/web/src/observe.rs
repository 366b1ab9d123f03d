//! One line and two metrics per request. The path is logged without its query, which may hold a token.

use http::{HeaderValue, Method, StatusCode};
use tokio::time::Instant;
use tracing::debug;

/// A request under way.
#[derive(Debug)]
pub(crate) struct Observed {
    route: &'static str,
    method: Method,
    path: Box<str>,
    request_id: HeaderValue,
    began: Instant,
}

impl Observed {
    pub(crate) fn begin(route: &'static str, method: &Method, path: &str, request_id: &HeaderValue) -> Self {
        let (method, path, request_id) = (method.clone(), path.into(), request_id.clone());
        Self { route, method, path, request_id, began: Instant::now() }
    }

    /// Call it when the head of the answer is there: the body of a stream has no end.
    pub(crate) fn end(self, status: StatusCode) {
        let took = self.began.elapsed();
        let status_text = status.as_str().to_owned();
        metrics::counter!("http_requests_total", "route" => self.route, "status" => status_text).increment(1);
        metrics::histogram!("http_seconds", "route" => self.route).record(took.as_secs_f64());
        debug!(
            method = %self.method,
            path = &*self.path,
            status = status.as_u16(),
            took_ms = took.as_secs_f64() * 1000.0,
            request_id = self.request_id.to_str().unwrap_or_default(),
            "answered"
        );
    }
}

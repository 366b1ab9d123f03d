//! Requests passed on to another service and answers passed back, both as streams: nothing is kept here.
//!
//! Only named headers pass, in either direction. Cookies never do: who calls is told by identity headers, which the
//! caller of this module makes.

mod dial;
mod tunnel;
mod upload;

use crate::Error;
use bytes::Bytes;
use dial::Dial;
use futures_util::{Stream, stream};
use http::{HeaderMap, HeaderName, Method, Request, StatusCode, Uri, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, Error as Failed},
    rt::{TokioExecutor, TokioTimer},
};
use std::{io, time::Duration};
use tokio::time::{Instant, timeout_at};
use tracing::debug;
pub use tunnel::{Wish, wish};
use upload::{Fault, Upload};
use warp::{Reply, reply::Response};

/// Bytes of a body that pass: 10 MiB of a file, and what surrounds it in a form.
pub const MAX_BYTES: u64 = 10 * 1024 * 1024 + 64 * 1024;
/// Shorter than what servers keep an idle connection for, so that none is used just when it goes.
const IDLE: Duration = Duration::from_secs(4);

const PASSED_ON: [HeaderName; 6] = [
    header::CONTENT_TYPE,
    header::ACCEPT,
    HeaderName::from_static("idempotency-key"),
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::RANGE,
];
/// `Content-Range` and `Content-Length` are part of the body: without them a part cannot be placed.
const PASSED_BACK: [HeaderName; 8] = [
    header::CONTENT_TYPE,
    header::CONTENT_DISPOSITION,
    header::ETAG,
    header::LOCATION,
    header::RETRY_AFTER,
    header::CACHE_CONTROL,
    header::CONTENT_RANGE,
    header::CONTENT_LENGTH,
];

/// Where a request is passed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// Its name in errors and metrics, out of a closed set.
    pub service: &'static str,
    /// `http://host:port`, path and query.
    pub uri: Uri,
    /// How long its answer may take, and later every next piece of it.
    pub patience: Duration,
}

/// A request as it came in.
#[derive(Debug)]
pub struct Asked<S> {
    /// Its method.
    pub method: Method,
    /// All its headers; those that may not pass are left out here.
    pub headers: HeaderMap,
    /// Its body.
    pub body: S,
}

/// Passes requests on. Cheap to clone; connections are kept and shared.
#[derive(Debug, Clone)]
pub struct Proxy {
    client: Client<Dial, Upload>,
}

impl Default for Proxy {
    fn default() -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(Dial::default());
        Self { client }
    }
}

impl Proxy {
    /// Passes `asked` on with `identity` added, and the answer back. An idempotent request is tried twice when no
    /// connection could be made.
    ///
    /// # Errors
    /// 413 `too_large`, 408 `request_timeout` for a body that does not come, 502 `upstream_unavailable`, 504
    /// `upstream_timeout`.
    pub async fn forward<S, B, E>(
        &self,
        upstream: &Upstream,
        asked: Asked<S>,
        identity: HeaderMap,
    ) -> Result<Response, Error>
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: bytes::Buf,
        E: std::error::Error + Send + Sync + 'static,
    {
        let upload = Upload::new(asked.body, &asked.headers).await.map_err(refused)?;
        let mut headers = picked(&asked.headers, &PASSED_ON);
        headers.extend(identity);
        let is_head = asked.method == Method::HEAD;
        let answer = self.send(upstream, &asked.method, &headers, &upload).await?;
        if answer.status().is_informational() {
            return Err(unavailable(upstream.service, "protocol"));
        }
        Ok(passed_back(answer, is_head, upstream.patience))
    }

    async fn send(
        &self,
        upstream: &Upstream,
        method: &Method,
        headers: &HeaderMap,
        upload: &Upload,
    ) -> Result<http::Response<Incoming>, Error> {
        let deadline = Instant::now() + upstream.patience;
        let mut tries_left = if method.is_idempotent() { 2 } else { 1 };
        loop {
            tries_left -= 1;
            let request = request(method, &upstream.uri, headers, upload.clone());
            let failed = match timeout_at(deadline, self.client.request(request)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failed)) => failed,
                Err(_elapsed) => return Err(too_slow(upstream.service)),
            };
            if let Some(fault) = upload.fault() {
                return Err(refused(fault));
            }
            if failed.is_connect() && tries_left > 0 {
                continue;
            }
            debug!(service = upstream.service, error = chain(&failed), "upstream failed");
            return Err(unavailable(upstream.service, if failed.is_connect() { "connect" } else { "lost" }));
        }
    }
}

fn request(method: &Method, uri: &Uri, headers: &HeaderMap, upload: Upload) -> Request<Upload> {
    let mut request = Request::new(upload);
    *request.method_mut() = method.clone();
    *request.uri_mut() = uri.clone();
    *request.headers_mut() = headers.clone();
    request
}

fn picked(headers: &HeaderMap, names: &[HeaderName]) -> HeaderMap {
    let wanted = |name: &HeaderName| names.contains(name);
    headers
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn passed_back(answer: http::Response<Incoming>, is_head: bool, patience: Duration) -> Response {
    let (parts, body) = answer.into_parts();
    let has_body = !is_head && !matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let mut response = if has_body {
        warp::reply::stream(pieces(body, patience)).into_response()
    } else {
        StatusCode::OK.into_response()
    };
    *response.status_mut() = parts.status;
    *response.headers_mut() = picked(&parts.headers, &PASSED_BACK);
    response
}

/// The pieces of `body`; an error, which cuts the connection, when one takes longer than `patience`.
fn pieces(body: Incoming, patience: Duration) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + Sync {
    stream::unfold(Some(body), move |body| async move {
        let mut body = body?;
        loop {
            let frame = match tokio::time::timeout(patience, body.frame()).await {
                Ok(frame) => frame?,
                Err(_elapsed) => return Some((Err(io::ErrorKind::TimedOut.into()), None)),
            };
            match frame.map(hyper::body::Frame::into_data) {
                Ok(Ok(data)) => return Some((Ok(data), Some(body))),
                Ok(Err(_trailers)) => {}
                Err(error) => return Some((Err(io::Error::other(error)), None)),
            }
        }
    })
}

fn refused(fault: Fault) -> Error {
    match fault {
        Fault::TooLarge => {
            let text = "The upload is too large: ten megabytes is the most.";
            Error::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", text)
        }
        Fault::TooSlow => {
            let text = "The body of the request did not arrive in time.";
            Error::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", text)
        }
        Fault::Lost => Error::bad_request("The body of the request broke off."),
    }
}

fn unavailable(service: &'static str, reason: &'static str) -> Error {
    metrics::counter!("upstream_failures_total", "service" => service, "reason" => reason).increment(1);
    let text = "The service behind this address is not answering.";
    Error::new(StatusCode::BAD_GATEWAY, "upstream_unavailable", text).with_field("service", service)
}

fn too_slow(service: &'static str) -> Error {
    metrics::counter!("upstream_failures_total", "service" => service, "reason" => "timeout").increment(1);
    let text = "The service behind this address took too long.";
    Error::new(StatusCode::GATEWAY_TIMEOUT, "upstream_timeout", text).with_field("service", service)
}

/// What failed and why, in one line.
fn chain(failed: &Failed) -> String {
    let mut text = failed.to_string();
    let mut cause = std::error::Error::source(failed);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;

//! A service that says what reached it.

use bytes::Buf;
use futures_util::{SinkExt, Stream, StreamExt};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Map, Value, json};
use std::{pin::pin, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use warp::{Filter, Reply, filters::path::FullPath, reply::Response, ws::Ws};

/// What no upstream's answer may bring to a browser through the gateway.
pub(crate) const OWN: [(&str, &str); 2] = [("set-cookie", "upstream=1"), ("x-upstream", "1")];

/// Stopped when dropped.
#[derive(Debug)]
pub(crate) struct Echo {
    pub(crate) port: u16,
    _stop: DropGuard,
}

impl Echo {
    /// Answers everything with what it got; with the status that the query says (`answer=418`). WebSockets get the
    /// same as their first message, and then their own messages back.
    pub(crate) async fn start(service: &'static str) -> Self {
        Self::start_at(0, service).await
    }

    /// The same at `port`; 0: any.
    pub(crate) async fn start_at(port: u16, service: &'static str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let stop = CancellationToken::new();
        let query = warp::query::raw().or(warp::any().map(String::new)).unify();
        let request = warp::method().and(warp::path::full()).and(query).and(warp::header::headers_cloned());
        let socket = request.and(warp::ws()).map(
            move |method: Method, path: FullPath, query: String, headers: HeaderMap, ws: Ws| {
                let said = said(service, &method, path.as_str(), &query, &headers);
                ws.on_upgrade(async move |socket| {
                    let (mut out, mut messages) = socket.split();
                    if out.send(warp::ws::Message::text(said.to_string())).await.is_err() {
                        return;
                    }
                    while let Some(Ok(message)) = messages.next().await {
                        if message.is_close() || out.send(message).await.is_err() {
                            return;
                        }
                    }
                })
                .into_response()
            },
        );
        let plain = request.and(warp::body::stream()).then(
            move |method: Method, path: FullPath, query: String, headers: HeaderMap, body| {
                answer(service, method, path, query, headers, body)
            },
        );
        let serving = web::serve(socket.or(plain), listener, stop.clone(), Duration::ZERO);
        #[expect(clippy::disallowed_methods, reason = "ends with the guard")]
        tokio::spawn(serving);
        Self { port, _stop: stop.drop_guard() }
    }
}

fn said(service: &str, method: &Method, path: &str, query: &str, headers: &HeaderMap) -> Value {
    let headers: Map<String, Value> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    json!({"echo": service, "method": method.as_str(), "path": path, "query": query, "headers": headers})
}

async fn answer<B: Buf>(
    service: &'static str,
    method: Method,
    path: FullPath,
    query: String,
    headers: HeaderMap,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Response {
    let mut said = said(service, &method, path.as_str(), &query, &headers);
    let (mut body, mut bytes, mut sum) = (pin!(body), 0, 0_u64);
    while let Some(Ok(mut chunk)) = body.next().await {
        while chunk.has_remaining() {
            let piece = chunk.chunk();
            sum = piece.iter().fold(sum, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
            let length = piece.len();
            bytes += length;
            chunk.advance(length);
        }
    }
    said["bytes"] = json!(bytes);
    said["sum"] = json!(sum.to_string());
    let status = query.strip_prefix("answer=").and_then(|status| status.parse().ok()).unwrap_or(200);
    let mut response =
        warp::reply::with_status(warp::reply::json(&said), http::StatusCode::from_u16(status).unwrap())
            .into_response();
    for (name, value) in OWN {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

//! WebSockets passed through: after the answer the two connections are joined, byte by byte.

use super::{PASSED_BACK, Proxy, Upload, Upstream, passed_back, picked, unavailable};
use crate::{Connection, Error, Takeover, patience::Patient};
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tracing::debug;
use warp::{Filter, Rejection, Reply, reply::Response};

const ASKED: [HeaderName; 5] = [
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_VERSION,
    header::SEC_WEBSOCKET_PROTOCOL,
    header::SEC_WEBSOCKET_EXTENSIONS,
    header::ORIGIN,
];
const ANSWERED: [HeaderName; 3] =
    [header::SEC_WEBSOCKET_ACCEPT, header::SEC_WEBSOCKET_PROTOCOL, header::SEC_WEBSOCKET_EXTENSIONS];
const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");
const UPGRADE: HeaderValue = HeaderValue::from_static("upgrade");

/// A request to become a WebSocket.
#[derive(Debug, Clone)]
pub struct Wish {
    headers: HeaderMap,
    near: Takeover,
}

/// Passes requests that wish to become a WebSocket, and no other.
pub fn wish() -> impl Filter<Extract = (Wish,), Error = Rejection> + Clone {
    warp::get().and(warp::header::headers_cloned()).and(warp::ext::optional::<Takeover>()).and_then(
        |headers: HeaderMap, near: Option<Takeover>| {
            let wish = near.filter(|_| is_wished(&headers)).map(|near| Wish { headers, near });
            std::future::ready(wish.ok_or_else(warp::reject::not_found))
        },
    )
}

fn is_wished(headers: &HeaderMap) -> bool {
    let names = |header: HeaderName, wanted: &str| {
        let values = headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|name| name.trim().eq_ignore_ascii_case(wanted))
    };
    names(header::UPGRADE, "websocket")
        && names(header::CONNECTION, "upgrade")
        && headers.contains_key(header::SEC_WEBSOCKET_KEY)
}

impl Proxy {
    /// Asks `upstream` for a WebSocket and joins the two connections until either ends, or `until` does. What the
    /// upstream answers instead of a WebSocket is passed back like any answer.
    ///
    /// # Errors
    /// 502 `upstream_unavailable`, 504 `upstream_timeout`.
    pub async fn tunnel<F>(
        &self,
        upstream: &Upstream,
        wish: Wish,
        identity: HeaderMap,
        until: F,
    ) -> Result<Response, Error>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut headers = picked(&wish.headers, &ASKED);
        headers.insert(header::CONNECTION, UPGRADE);
        headers.insert(header::UPGRADE, WEBSOCKET);
        headers.extend(identity);
        let nothing = stream::empty::<Result<&[u8], Infallible>>();
        let nothing = Upload::new(nothing, &headers).await.map_err(super::refused)?;
        let mut answer = self.send(upstream, &Method::GET, &headers, &nothing).await?;
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            if answer.status().is_informational() {
                return Err(unavailable(upstream.service, "protocol"));
            }
            return Ok(passed_back(answer, false, upstream.patience));
        }
        let far = hyper::upgrade::on(&mut answer);
        let service = upstream.service;
        wish.near.then(move |near| join(service, near, far, until));
        let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
        let passed: Vec<HeaderName> = ANSWERED.into_iter().chain(PASSED_BACK).collect();
        *response.headers_mut() = picked(answer.headers(), &passed);
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().insert(header::CONNECTION, UPGRADE);
        response.headers_mut().insert(header::UPGRADE, WEBSOCKET);
        Ok(response)
    }
}

/// Copies in both directions; each side's end is the other's.
async fn join<F>(service: &'static str, near: Connection, far: OnUpgrade, until: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let tunnels = metrics::gauge!("upstream_tunnels", "service" => service);
    tunnels.increment(1.0);
    let Connection { socket, read, open } = near;
    let copied = async {
        let (mut near, mut far) = (Patient::new(socket), TokioIo::new(far.await?));
        far.write_all(&read).await?;
        copy_bidirectional(&mut near, &mut far).await?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
    };
    tokio::select! {
        copied = copied => if let Err(error) = copied {
            debug!(service, error, "tunnel ended");
        },
        () = until => {}
    }
    tunnels.decrement(1.0);
    drop(open);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_websocket_is_wished_for() {
        let headers = |connection: &str, upgrade: &str| {
            let pairs = [("connection", connection), ("upgrade", upgrade), ("sec-websocket-key", "x")];
            pairs
                .iter()
                .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
                .collect::<HeaderMap>()
        };
        assert!(is_wished(&headers("keep-alive, Upgrade", "WebSocket")));
        assert!(!is_wished(&headers("keep-alive", "websocket")) && !is_wished(&headers("upgrade", "h2c")));
        assert!(!is_wished(&HeaderMap::new()));
    }
}

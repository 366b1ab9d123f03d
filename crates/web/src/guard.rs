//! What stands before the routes of a server that browsers reach, and what is added to its answers.

use crate::{
    Error, Peer,
    network::{Network, caller},
    observe::Observed,
    rate::Rate,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use std::{net::IpAddr, sync::Arc};
use tokio::time::Instant;
use warp::{Filter, Rejection, Reply, reply::Response};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REQUEST_ID_BYTES: usize = 64;

/// Added to every answer.
const SECURITY: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
];

/// Admits requests in this order: request id, identity headers removed, CORS, rate limit. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Guard(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    origins: Vec<String>,
    trusted: Vec<Network>,
    route: fn(&str) -> Route,
    rate: Rate,
}

/// What a path is to the guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// Name in the metrics, out of a closed set.
    pub name: &'static str,
    /// Whether the rate limit counts it.
    pub is_limited: bool,
}

/// A request that was admitted.
#[derive(Debug)]
pub(crate) struct Admitted {
    id: HeaderValue,
    origin: Option<HeaderValue>,
    observed: Observed,
}

impl Guard {
    /// A guard that knows `origins` beside its own, believes `trusted` proxies, admits `per_sec` limited requests
    /// of one caller (`burst` at once), and takes `route` for what a path is.
    pub fn new(
        origins: Vec<String>,
        trusted: Vec<Network>,
        (per_sec, burst): (u32, u32),
        route: fn(&str) -> Route,
    ) -> Self {
        Self(Arc::new(Rules { origins, trusted, route, rate: Rate::new(per_sec, burst) }))
    }

    /// Judges `request` and makes it fit for the routes; the answer when it is not admitted.
    pub(crate) fn admit<B>(&self, request: &mut Request<B>, peer: Peer) -> (Admitted, Option<Response>) {
        let route = (self.0.route)(request.uri().path());
        let id = request_id(request.headers());
        let observed = Observed::begin(route.name, request.method(), request.uri().path(), &id);
        let headers = request.headers_mut();
        headers.insert(REQUEST_ID, id.clone());
        remove_identity(headers);
        let origin = headers.get(header::ORIGIN).filter(|origin| self.knows(origin)).cloned();
        let refusal = match &origin {
            Some(_) if is_preflight(request.method(), request.headers()) => Some(preflight()),
            _ if route.is_limited => self.limit(caller(peer.0.ip(), request.headers(), &self.0.trusted)),
            _ => None,
        };
        (Admitted { id, origin, observed }, refusal)
    }

    fn knows(&self, origin: &HeaderValue) -> bool {
        self.0.origins.iter().any(|known| known.as_bytes() == origin.as_bytes())
    }

    fn limit(&self, caller: IpAddr) -> Option<Response> {
        let wait = self.0.rate.take(caller, Instant::now()).err()?;
        let refusal =
            Error::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many requests. Slow down.");
        Some(refusal.retry_after(wait.as_secs() + 1).into_response())
    }
}

impl Admitted {
    /// Adds what every answer carries.
    pub(crate) fn finish(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        for (name, value) in SECURITY {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.insert(REQUEST_ID, self.id);
        if let Some(origin) = self.origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        self.observed.end(response.status());
        response
    }
}

/// Passes GET and HEAD; other methods are answered 405. Put it behind the path.
pub fn get() -> impl Filter<Extract = (), Error = Rejection> + Clone {
    only(&[Method::GET, Method::HEAD], "GET, HEAD")
}

/// Passes GET; other methods, HEAD too, are answered 405. For streams.
pub fn stream() -> impl Filter<Extract = (), Error = Rejection> + Clone {
    only(&[Method::GET], "GET")
}

fn only(
    methods: &'static [Method],
    allow: &'static str,
) -> impl Filter<Extract = (), Error = Rejection> + Clone {
    warp::method()
        .and_then(move |method: Method| {
            let passes = methods.contains(&method);
            let judged = if passes { Ok(()) } else { Err(Error::method_not_allowed(allow).into()) };
            std::future::ready::<Result<(), Rejection>>(judged)
        })
        .untuple_one()
}

/// Whether `accept`, when it was sent, admits `kind/subtype`.
pub fn accepts(accept: Option<&str>, kind: &str, subtype: &str) -> bool {
    let Some(accept) = accept else { return true };
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let range = parts.next().unwrap_or_default();
        let is_refused = parts.any(|part| {
            let quality = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            quality.and_then(|quality| quality.parse::<f32>().ok()) == Some(0.0)
        });
        let matches = match range.split_once('/') {
            Some(("*", "*")) => true,
            Some((offered, "*")) => offered.eq_ignore_ascii_case(kind),
            Some((offered, sub)) => offered.eq_ignore_ascii_case(kind) && sub.eq_ignore_ascii_case(subtype),
            None => range == "*",
        };
        matches && !is_refused
    })
}

fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_fit = |id: &&HeaderValue| {
        let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        (1..=REQUEST_ID_BYTES).contains(&id.len()) && id.as_bytes().iter().all(fits)
    };
    headers.get(REQUEST_ID).filter(is_fit).cloned().unwrap_or_else(|| {
        let id = format!("{:032x}", rand::random::<u128>());
        HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("-"))
    })
}

/// Who calls is for us to find out, never for the caller to say.
fn remove_identity(headers: &mut HeaderMap) {
    let claimed: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("x-user-") || name.as_str() == "x-internal-auth")
        .cloned()
        .collect();
    for name in claimed {
        headers.remove(name);
    }
}

fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    let allow = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PUT, PATCH, DELETE"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type, Idempotency-Key, If-Match, Last-Event-ID"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    for (name, value) in allow {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        let route = |_path: &str| Route { name: "test", is_limited: true };
        Guard::new(vec!["https://desk.example.org".into()], Vec::new(), (20, 60), route)
    }

    fn admit(request: http::request::Builder) -> (Request<()>, Response, bool) {
        let mut request = request.uri("/api/x").body(()).unwrap();
        let (admitted, refusal) = guard().admit(&mut request, Peer(([127, 0, 0, 1], 1).into()));
        let is_refused = refusal.is_some();
        let response = admitted.finish(refusal.unwrap_or_else(|| StatusCode::OK.into_response()));
        (request, response, is_refused)
    }

    #[test]
    fn identity_that_a_client_claims_never_reaches_the_routes() {
        let claimed = Request::builder()
            .header("X-User-Id", "1")
            .header("x-user-admin", "1")
            .header("X-Internal-Auth", "guess")
            .header("Accept", "*/*");
        let (request, ..) = admit(claimed);
        let mut left: Vec<_> = request.headers().keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["accept", "x-request-id"]);
    }

    #[test]
    fn a_fit_request_id_is_kept_and_another_is_replaced() {
        let (_, kept, _) = admit(Request::builder().header("X-Request-Id", "abc-1.2_Z"));
        assert_eq!(kept.headers()[REQUEST_ID], "abc-1.2_Z");
        let (request, made, _) =
            admit(Request::builder().header("X-Request-Id", "a b\u{7f}".replace('\u{7f}', "")));
        assert_eq!(made.headers()[REQUEST_ID].len(), 32);
        assert_eq!(made.headers()[REQUEST_ID], request.headers()[REQUEST_ID]);
        assert_eq!(made.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }

    #[test]
    fn only_a_known_origin_is_echoed() {
        let (_, known, _) = admit(Request::builder().header("Origin", "https://desk.example.org"));
        assert_eq!(known.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "https://desk.example.org");
        assert_eq!(known.headers()[header::VARY], "Origin");
        let (_, foreign, _) = admit(Request::builder().header("Origin", "https://desk.example.org.evil.net"));
        assert!(!foreign.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
        let asked = Request::builder().method("OPTIONS").header("Access-Control-Request-Method", "GET");
        let (_, preflight, is_answered) = admit(asked.header("Origin", "https://desk.example.org"));
        assert!(is_answered && preflight.status() == StatusCode::NO_CONTENT);
    }

    #[test]
    fn an_accept_header_admits_or_not() {
        let admits = |accept: Option<&str>| accepts(accept, "text", "event-stream");
        assert!(admits(None) && admits(Some("*/*")) && admits(Some("text/*, image/png")));
        assert!(admits(Some("application/json, TEXT/event-stream; q=0.5")));
        assert!(!admits(Some("application/json")) && !admits(Some("text/event-stream;q=0")));
    }
}

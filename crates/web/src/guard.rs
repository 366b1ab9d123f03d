//! What stands before the routes of a server that browsers reach, and what is added to its answers.
//!
//! A request passes in this order: request id and security headers; identity that it claims for itself removed; CORS;
//! the program's own judgement ([`Gatekeeper`]: who calls, and is that one admitted); the origin of writes; the rate
//! limits; what the program holds back until then (a feature that the caller does not have); the routes.

mod origin;

pub use crate::rate::Limit;
use crate::{
    Error, Peer,
    assets::CSP,
    network::{Network, caller},
    observe::Observed,
    rate::{Account, Rate},
};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use std::{fmt, net::IpAddr, sync::Arc};
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

/// Judges requests before the routes see them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Guard(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    origins: Vec<String>,
    trusted: Vec<Network>,
    route: fn(&str) -> Route,
    rate: Rate,
    gatekeeper: Gatekeeper,
}

/// What a path is to the guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// Name in the metrics, out of a closed set.
    pub name: &'static str,
    /// Rate limits that count it.
    pub limits: &'static [Limit],
}

/// A request at the door: everything but its body.
#[derive(Debug, Clone, Copy)]
pub struct Knock<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its path, as it came.
    pub path: &'a str,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Where it comes from, behind the trusted proxies.
    pub address: IpAddr,
    /// Whether it came by TLS, to us or to a trusted proxy.
    pub is_secure: bool,
}

/// How a request is let in.
#[derive(Debug, Default)]
pub struct Pass {
    /// Whose requests are counted together; `None`: those of one address.
    pub account: Option<String>,
    /// True when a browser vouches for the caller unasked, by a cookie: a write must then come from a known page.
    pub is_ambient: bool,
    /// Why the caller may not use this path all the same.
    pub refusal: Option<Error>,
}

/// How a request is turned away.
#[derive(Debug)]
pub struct Denial {
    /// Why.
    pub error: Error,
    /// `Set-Cookie` of the answer.
    pub cookies: Vec<HeaderValue>,
}

/// Says who calls, from memory, since it runs before every request; what routes should know goes into the extensions.
#[derive(Clone)]
pub struct Gatekeeper(Arc<Judge>);

type Judge = dyn Fn(&Knock<'_>, &mut Extensions) -> Result<Pass, Denial> + Send + Sync;

impl Gatekeeper {
    /// A gatekeeper that asks `judge`.
    pub fn new(
        judge: impl Fn(&Knock<'_>, &mut Extensions) -> Result<Pass, Denial> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(judge))
    }

    /// A gatekeeper that lets everybody in.
    pub fn open() -> Self {
        Self::new(|_knock, _extensions| Ok(Pass::default()))
    }
}

impl fmt::Debug for Gatekeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gatekeeper")
    }
}

/// A request that was let through to where answers are finished.
#[derive(Debug)]
pub(crate) struct Admitted {
    id: HeaderValue,
    origin: Option<HeaderValue>,
    observed: Observed,
}

impl Guard {
    /// A guard that knows `origins` beside its own, believes `trusted` proxies, asks `gatekeeper`, and takes `route`
    /// for what a path is.
    pub fn new(
        origins: Vec<String>,
        trusted: Vec<Network>,
        gatekeeper: Gatekeeper,
        route: fn(&str) -> Route,
    ) -> Self {
        Self(Arc::new(Rules { origins, trusted, route, rate: Rate::default(), gatekeeper }))
    }

    /// The request of `peer` with `headers`, as the gatekeeper sees it.
    pub fn knock<'a>(
        &self,
        (method, path, headers): (&'a Method, &'a str, &'a HeaderMap),
        peer: Peer,
    ) -> Knock<'a> {
        let trusted = &self.0.trusted;
        let is_believed = trusted.iter().any(|network| network.contains(peer.0.ip()));
        let is_secure =
            is_believed && headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
        Knock { method, path, headers, address: caller(peer.0.ip(), headers, trusted), is_secure }
    }

    /// Who calls, whether that one is admitted, and whether a write comes from a known page: everything but limits.
    ///
    /// # Errors
    /// The request is turned away.
    pub fn judge(&self, knock: &Knock<'_>, extensions: &mut Extensions) -> Result<Pass, Denial> {
        let pass = (self.0.gatekeeper.0)(knock, extensions)?;
        if pass.is_ambient && origin::is_foreign(knock, |origin| self.knows(origin)) {
            let text = "This request comes from a page of another site.";
            return Err(Error::new(StatusCode::FORBIDDEN, "bad_origin", text).into());
        }
        Ok(pass)
    }

    /// The origin that `headers` name, when it is one that may call with credentials.
    pub fn known_origin<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        headers.get(header::ORIGIN).filter(|origin| self.knows(origin))
    }

    /// Judges `request` and makes it fit for the routes; the answer when it goes no further.
    pub(crate) fn admit<B>(&self, request: &mut Request<B>, peer: Peer) -> (Admitted, Option<Response>) {
        let route = (self.0.route)(request.uri().path());
        let id = request_id(request.headers());
        let observed = Observed::begin(route.name, request.method(), request.uri().path(), &id);
        name_host(request);
        let headers = request.headers_mut();
        headers.insert(REQUEST_ID, id.clone());
        remove_identity(headers);
        let origin = self.known_origin(headers).cloned();
        let refusal = match &origin {
            Some(_) if is_preflight(request.method(), request.headers()) => Some(preflight()),
            _ => self.question(request, peer, route.limits).err(),
        };
        (Admitted { id, origin, observed }, refusal)
    }

    fn question<B>(&self, request: &mut Request<B>, peer: Peer, limits: &[Limit]) -> Result<(), Response> {
        let mut extensions = std::mem::take(request.extensions_mut());
        let asked = (request.method(), request.uri().path(), request.headers());
        let knock = self.knock(asked, peer);
        let (judged, address) = (self.judge(&knock, &mut extensions), knock.address);
        *request.extensions_mut() = extensions;
        let account = judged.as_ref().ok().and_then(|pass| pass.account.as_deref());
        self.limit(limits, account, address).map_err(Reply::into_response)?;
        let pass = judged.map_err(Reply::into_response)?;
        pass.refusal.map_or(Ok(()), |refusal| Err(refusal.into_response()))
    }

    fn knows(&self, origin: &HeaderValue) -> bool {
        self.0.origins.iter().any(|known| known.as_bytes() == origin.as_bytes())
    }

    fn limit(&self, limits: &[Limit], account: Option<&str>, address: IpAddr) -> Result<(), Error> {
        let counted = |limit: &Limit| match account {
            Some(account) if !limit.is_by_address => Account::User(account.into()),
            _ => Account::Address(address),
        };
        let taken = limits.iter().map(|limit| (limit, counted(limit)));
        self.0.rate.take(taken, Instant::now()).map_err(|wait| {
            let text = "Too many requests. Slow down.";
            let refusal = Error::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", text);
            refusal.retry_after(wait.as_secs() + 1)
        })
    }
}

impl From<Error> for Denial {
    fn from(error: Error) -> Self {
        Self { error, cookies: Vec::new() }
    }
}

impl Reply for Denial {
    fn into_response(self) -> Response {
        let mut response = self.error.into_response();
        for cookie in self.cookies {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

impl Admitted {
    /// Adds what every answer carries.
    pub(crate) fn finish(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        for (name, value) in SECURITY {
            // A route may be stricter: sign-in sends no referrer at all.
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
        if media_type(headers) == Some("text/html") {
            headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(CSP));
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

/// Passes `method`, and HEAD where it is GET; others are left to the next route of the same path. The last of them
/// is [`others`].
pub fn method(method: Method) -> impl Filter<Extract = (), Error = Rejection> + Clone {
    warp::method()
        .and_then(move |asked: Method| {
            let passes = asked == method || (asked == Method::HEAD && method == Method::GET);
            std::future::ready(if passes { Ok(()) } else { Err(warp::reject::not_found()) })
        })
        .untuple_one()
}

/// Answers 405 to a method that no route of the path takes; `allow` names those that are taken. What such a route
/// refused for another reason stays refused for that.
pub fn others(allow: &'static str) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    warp::method().and_then(move |asked: Method| {
        let is_taken = allow.split(", ").any(|method| method == asked.as_str());
        let refused =
            if is_taken { warp::reject::not_found() } else { Error::method_not_allowed(allow).into() };
        std::future::ready(Err::<Response, Rejection>(refused))
    })
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

/// The media type of a body, without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    text.split(';').next().map(str::trim)
}

/// Over HTTP/2 the host stands in the address of the request; routes look for it among the headers.
fn name_host<B>(request: &mut Request<B>) {
    let named = request.uri().authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
    if let Some(host) = named {
        request.headers_mut().entry(header::HOST).or_insert(host);
    }
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
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    for (name, value) in allow {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;

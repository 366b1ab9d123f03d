//! Requests that another service answers: passed on with the caller's identity, answers passed back.

use super::callers::caller;
use crate::{
    app::App,
    gates::Standing,
    session::{self, Caller},
    upstreams::{As, Upstreams},
};
use auth::identity;
use bytes::Buf;
use futures_util::Stream;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use std::{convert::Infallible, future::ready, time::Duration};
use tokio::time::sleep;
use warp::{
    Filter, Rejection,
    filters::{BoxedFilter, path::FullPath},
    header::headers_cloned,
    path,
    reply::Response,
};
use web::{
    Error,
    proxy::{Asked, Proxy, Upstream, Wish, wish},
    with,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// How often an open tunnel is judged again.
const JUDGED_EVERY: Duration = Duration::from_secs(1);

pub(crate) fn routes(app: &App) -> BoxedFilter<(Response,)> {
    let Some(upstreams) = Upstreams::new(&app.config.upstreams) else {
        // The configuration refuses such URLs: this gateway was not configured by it.
        return warp::any().and_then(|| ready(Err(warp::reject::not_found()))).boxed();
    };
    let proxy = Proxy::default();
    let forwarded = place(upstreams.clone())
        .and(warp::method())
        .and(headers_cloned())
        .and(caller())
        .and(with((app.clone(), proxy.clone())))
        .and(warp::body::stream())
        .then(forward);
    let tunnelled = socket(upstreams)
        .and(wish())
        .and(headers_cloned())
        .and(caller())
        .and(with((app.clone(), proxy)))
        .then(tunnel);
    forwarded.map(warp::Reply::into_response).or(tunnelled.map(warp::Reply::into_response)).unify().boxed()
}

fn target() -> impl Filter<Extract = (FullPath, String), Error = Infallible> + Clone {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    path::full().and(query)
}

fn place(upstreams: Upstreams) -> impl Filter<Extract = ((Upstream, As),), Error = Rejection> + Clone {
    target().and_then(move |path: FullPath, query: String| {
        ready(upstreams.of(path.as_str(), &query).ok_or_else(warp::reject::not_found))
    })
}

fn socket(upstreams: Upstreams) -> impl Filter<Extract = (Upstream,), Error = Rejection> + Clone {
    target().and_then(move |path: FullPath, query: String| {
        ready(upstreams.of_socket(path.as_str(), &query).ok_or_else(warp::reject::not_found))
    })
}

async fn forward(
    (upstream, acts): (Upstream, As),
    method: Method,
    headers: HeaderMap,
    caller: Caller,
    (app, proxy): (App, Proxy),
    body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send + 'static,
) -> Result<Response, Error> {
    if acts == As::Service && !caller.is_admin {
        return Err(Error::new(StatusCode::FORBIDDEN, "admin_required", "This is for administrators."));
    }
    let identity = identity(&app, &headers, (acts == As::Caller).then_some(&caller))?;
    proxy.forward(&upstream, Asked { method, headers, body }, identity).await
}

async fn tunnel(
    upstream: Upstream,
    wish: Wish,
    headers: HeaderMap,
    caller: Caller,
    (app, proxy): (App, Proxy),
) -> Result<Response, Error> {
    let identity = identity(&app, &headers, Some(&caller))?;
    proxy.tunnel(&upstream, wish, identity, refused(app, caller)).await
}

/// Ends when `caller` may no longer be connected, or the gateway stops.
async fn refused(app: App, caller: Caller) {
    while holds(&app, &caller) {
        sleep(JUDGED_EVERY).await;
    }
}

fn holds(app: &App, caller: &Caller) -> bool {
    let is_over = !caller.is_public && caller.expires <= session::now();
    let is_revoked = caller.sid.as_ref().is_some_and(|sid| app.sessions.is_revoked(sid));
    let bypasses = app.gates.bypasses(&caller.issuer);
    let is_barred = app.gates.standing(caller.tier, caller.is_admin, bypasses) == Standing::Barred;
    !(app.hub.is_closing() || is_over || is_revoked || is_barred)
}

/// The headers that tell an upstream who calls; without `caller`, we do.
fn identity(app: &App, asked: &HeaderMap, caller: Option<&Caller>) -> Result<HeaderMap, Error> {
    let token = app.secrets.internal(&app.config).and_then(|token| HeaderValue::from_str(&token).ok());
    let token = token.ok_or_else(|| {
        let text = "The gateway cannot prove itself to other services yet.";
        Error::new(StatusCode::SERVICE_UNAVAILABLE, "redis_unavailable", text).retry_after(2)
    })?;
    let mut headers = HeaderMap::new();
    if let Some(caller) = caller {
        caller.identity().write(&mut headers);
    }
    headers.insert(identity::INTERNAL, token);
    if let Some(id) = asked.get(REQUEST_ID) {
        headers.insert(REQUEST_ID, id.clone());
    }
    Ok(headers)
}

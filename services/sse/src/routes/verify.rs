//! `GET /verify`, which nginx asks before it passes a request to another service: who calls, and may they.
//!
//! The answer holds what proves us to other services, so its port is nginx's alone. It is 204, 401 or 403, whatever
//! happens: `auth_request` makes 500 of anything else. Nothing here waits for Redis or MySQL.

use crate::{app::App, door, routes, session::Caller};
use auth::identity::{INTERNAL, TIER};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use warp::{Filter, Reply, filters::BoxedFilter, header::headers_cloned, path, reply::Response};
use web::{
    Error, Peer,
    guard::{Denial, Guard},
    with,
};

const ORIGINAL_URI: &str = "x-original-uri";
const ORIGINAL_METHOD: &str = "x-original-method";
const REASON: HeaderName = HeaderName::from_static("x-auth-reason");
/// Beside the reason `feature_gated`.
const FEATURE: HeaderName = HeaderName::from_static("x-auth-feature");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The one route.
pub(crate) fn route(app: &App) -> BoxedFilter<(Response,)> {
    let config = &app.config;
    let guard = Guard::new(
        config.cors_origins.clone(),
        config.trusted_proxies.clone(),
        door::strict(app),
        routes::kind,
    );
    path!("verify")
        .and(warp::ext::get::<Peer>())
        .and(headers_cloned())
        .and(with(guard))
        .and(with(app.clone()))
        .map(|peer, mut headers: HeaderMap, guard: Guard, app: App| {
            // What a client claims to be went through nginx unseen.
            auth::identity::strip(&mut headers);
            let mut response = verify(&app, &guard, &headers, peer).unwrap_or_else(refused);
            // What answers in our stead does not know whose pages may read it.
            let origin = guard.known_origin(&headers).cloned();
            response.headers_mut().extend(origin.map(|origin| (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin)));
            response
        })
        .boxed()
}

fn verify(app: &App, guard: &Guard, headers: &HeaderMap, peer: Peer) -> Result<Response, Denial> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let nowhere = || Error::new(StatusCode::FORBIDDEN, "bad_request", "There is no such address.");
    let path = text(ORIGINAL_URI).and_then(door::seen_by_nginx).ok_or_else(nowhere)?;
    let method = text(ORIGINAL_METHOD).unwrap_or("GET").parse::<Method>().map_err(|_odd| nowhere())?;
    let mut found = Extensions::new();
    let knock = guard.knock((&method, &path, headers), peer);
    let pass = guard.judge(&knock, &mut found)?;
    if let Some(refusal) = pass.refusal {
        return Err(refusal.into());
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let answer = response.headers_mut();
    if let Some(caller) = found.get::<Caller>() {
        caller.identity().write(answer);
        let internal = app.secrets.internal(&app.config).and_then(|token| HeaderValue::try_from(token).ok());
        answer.extend(internal.map(|token| (INTERNAL, token)));
    }
    answer.extend(headers.get(REQUEST_ID).map(|id| (REQUEST_ID, id.clone())));
    Ok(response)
}

fn refused(denial: Denial) -> Response {
    let Denial { error, cookies } = denial;
    let status = match error.status() {
        StatusCode::UNAUTHORIZED => StatusCode::UNAUTHORIZED,
        _ => StatusCode::FORBIDDEN,
    };
    let mut response = status.into_response();
    let headers = response.headers_mut();
    headers.insert(REASON, HeaderValue::from_static(error.code()));
    for (name, field) in [(TIER, "tier"), (FEATURE, "feature")] {
        let value = error.field(field).and_then(|value| HeaderValue::from_str(value.as_str()?).ok());
        headers.extend(value.map(|value| (name, value)));
    }
    // nginx passes on one cookie: the first has the domain that ours was set with.
    headers.extend(cookies.into_iter().next().map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

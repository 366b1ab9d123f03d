//! `/api/auth`: signing in and out, and who one is.

use super::callers::caller;
use crate::{
    app::App,
    door::Arrival,
    login::{self, Refused, SignedIn, page},
    members::Reason,
    session::Caller,
};
use auth::{Issuers, cookie, redirect};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};
use std::{future::ready, sync::Arc};
use warp::{Filter, Rejection, Reply, filters::BoxedFilter, header::headers_cloned, path, reply::Response};
use web::{Error, Json, guard, with};

type Query = Vec<(String, String)>;

pub(super) fn routes(app: &App) -> BoxedFilter<(impl Reply + use<>,)> {
    let shared = || with(app.clone());
    let issuers = Arc::new(login::issuers(app));
    let config = path!("api" / "auth" / "config").and(guard::get()).and(shared()).then(config);
    let me = path!("api" / "auth" / "me").and(guard::get()).and(caller()).and(shared()).then(me);
    let sso = path!("api" / "auth" / "sso")
        .and(guard::get())
        .and(arrival())
        .and(headers_cloned())
        .and(warp::query::<Query>())
        .and(with(issuers))
        .and(shared())
        .then(sso);
    let asked = || arrival().and(warp::ext::optional::<Caller>()).and(warp::query::<Query>()).and(shared());
    let logout = || path!("api" / "auth" / "logout");
    let leave = logout().and(guard::method(Method::GET)).and(asked()).then(leave);
    let post = logout().and(guard::method(Method::POST)).and(asked()).then(leave_quietly);
    let others = logout().and(guard::others("GET, HEAD, POST"));
    config.or(me).or(sso).boxed().or(leave.or(post).or(others).boxed()).boxed()
}

fn arrival() -> impl Filter<Extract = (Arrival,), Error = Rejection> + Clone {
    warp::ext::get::<Arrival>()
}

async fn config(app: App) -> Json<Value> {
    ready(Json(json!({
        "login": app.config.login_sites,
        "public_mode": app.config.public_mode,
        "version": env!("CARGO_PKG_VERSION"),
    })))
    .await
}

async fn me(caller: Caller, app: App) -> Json<Value> {
    ready(Json(caller.me(app.config.public_mode))).await
}

async fn sso(
    arrival: Arrival,
    headers: HeaderMap,
    query: Query,
    issuers: Arc<Issuers>,
    app: App,
) -> Response {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let is_page = page::is_wanted(text(header::ACCEPT));
    let signed_in = match token(&query) {
        _ if app.config.public_mode => login::sign_in_public(&app),
        Ok(token) => login::sign_in(&app, &issuers, token, (&arrival, text(header::USER_AGENT))).await,
        Err(error) => Err(error.into()),
    };
    let mut response = match signed_in {
        Ok(signed_in) => admitted(&signed_in, &arrival, next(&query)),
        Err(refused) => turned_away(&app, refused, &arrival, is_page),
    };
    // The address holds the token: nobody keeps the answer, nobody hears of the address.
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// The one token of the query.
fn token(query: &Query) -> Result<&str, Error> {
    let mut tokens = query.iter().filter(|(name, _)| name == "sso").map(|(_, token)| token.as_str());
    let token = tokens.next().unwrap_or_default();
    if tokens.next().is_some() {
        return Err(Error::bad_request("sso: expected once"));
    }
    Ok(token)
}

/// Where the browser goes afterwards: a path of this host.
fn next(query: &Query) -> &str {
    query.iter().find(|(name, _)| name == "next").map_or("/", |(_, next)| next)
}

fn admitted(signed_in: &SignedIn, arrival: &Arrival, next: &str) -> Response {
    let mut response = to(&redirect::location(next));
    let domain = arrival.domain.as_deref();
    let cookie = cookie::set(domain, arrival.is_secure, signed_in.life_sec, &signed_in.token);
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn turned_away(app: &App, refused: Refused, arrival: &Arrival, is_page: bool) -> Response {
    match refused {
        Refused::Barred(tier) => {
            let upgrade = app.config.tier_redirect_url.as_deref();
            let response = if is_page {
                html(page::blocked(tier, upgrade), StatusCode::FORBIDDEN)
            } else {
                crate::door::tier_blocked(tier).into_response()
            };
            cleared(response, arrival)
        }
        Refused::Other(error) if !is_page => error.into_response(),
        Refused::Other(error) if error.status() == StatusCode::UNAUTHORIZED => {
            to(&format!("/login?error={}", error.code()))
        }
        Refused::Other(error) => {
            let status = error.status();
            let page = page::failed(error.message());
            let retry_after = error.into_response().headers_mut().remove(header::RETRY_AFTER);
            let mut response = html(page, status);
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            response
        }
    }
}

async fn leave(arrival: Arrival, caller: Option<Caller>, query: Query, app: App) -> Response {
    end(&app, caller);
    ready(cleared(to(&redirect::location(next(&query))), &arrival)).await
}

async fn leave_quietly(arrival: Arrival, caller: Option<Caller>, _: Query, app: App) -> Response {
    end(&app, caller);
    ready(cleared(StatusCode::NO_CONTENT.into_response(), &arrival)).await
}

fn end(app: &App, caller: Option<Caller>) {
    if let Some((sid, expires)) = caller.and_then(|caller| Some((caller.sid?, caller.expires))) {
        app.sessions.end(&sid, expires, Reason::Logout);
    }
}

fn cleared(mut response: Response, arrival: &Arrival) -> Response {
    let headers = response.headers_mut();
    for cookie in arrival.clearing() {
        headers.append(header::SET_COOKIE, cookie);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn html(page: String, status: StatusCode) -> Response {
    warp::reply::with_status(warp::reply::html(page), status).into_response()
}

/// 302 to `location`.
fn to(location: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    let location = HeaderValue::from_str(location).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, location);
    response
}

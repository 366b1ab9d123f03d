//! Every path of the gateway.

mod admin;
mod auth;
mod calendar;
mod callers;
mod diagnostics;
mod gates;
mod intel;
mod models;
mod overlays;
mod profile;
mod streams;
mod upstreams;
pub(crate) mod verify;
mod vexy;

#[cfg(test)]
pub(crate) use self::models::Levels;

use self::callers::caller;
use crate::{
    app::App,
    door::is_ours,
    session::Caller,
    sources,
    streams::{COUNTED, FLEET},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::{
    future::ready,
    hash::{DefaultHasher, Hash, Hasher},
    time::{Duration, SystemTime},
};
use warp::{
    Filter, Rejection, Reply,
    filters::{BoxedFilter, path::FullPath},
    header::headers_cloned,
    path, query,
    reply::Response,
};
use web::{
    Error, Json,
    assets::Assets,
    guard::{self, Limit, Route},
    with,
};
use wire::{EpochSec, Log, market::EVENT_LOG, system::ALERT_LOG};

const LIST: (usize, usize) = (50, 500);
/// Of every caller.
const USUAL: Limit =
    Limit { name: "usual", requests: 20, per: Duration::from_secs(1), burst: 60, is_by_address: false };

/// Of every address, for tokens tried.
const SIGN_IN: Limit = Limit { name: "sign_in", requests: 10, per: MINUTE, burst: 10, is_by_address: true };
/// Of every caller, for what asks a model.
const AI: Limit = Limit { name: "ai", requests: 5, per: MINUTE, burst: 5, is_by_address: false };
const MINUTE: Duration = Duration::from_secs(60);

/// API, streams and page.
pub(crate) fn routes(app: App, assets: Assets) -> BoxedFilter<(impl Reply,)> {
    let shared = with(app.clone());
    let caller = caller();

    let health = path!("api" / "health").and(guard::get()).and(shared.clone()).then(health);
    let open = health.or(auth::routes(&app)).or(gates::routes(&app));

    let asked = || guard::get().and(caller.clone()).and(shared.clone()).and(headers_cloned());
    let events = path!("api" / "models" / "events").and(asked()).and(pairs()).then(events);
    let fleet = path!("api" / "fleet").and(asked()).then(fleet);
    let alerts = path!("api" / "fleet" / "alerts").and(asked()).and(pairs()).then(alerts);
    let lists = events.or(fleet).or(alerts);
    let models =
        models::routes(app.clone()).or(vexy::routes(app.clone())).or(intel::routes(app.clone())).boxed();
    let members = profile::routes(&app).or(admin::routes(&app)).or(diagnostics::routes(&app)).boxed();
    let own = calendar::routes(&app).or(overlays::routes(&app)).boxed();
    let upstreams = upstreams::routes(&app);
    let streams = streams::routes(app);

    open.boxed()
        .or(lists.boxed())
        .or(own)
        .or(models)
        .or(members)
        .or(streams)
        .or(upstreams)
        .or(page(assets))
        .boxed()
}

/// The page alone, for every path that is not ours.
pub(crate) fn page(assets: Assets) -> BoxedFilter<(impl Reply,)> {
    path::full()
        .and_then(|path: FullPath| {
            ready(if is_ours(path.as_str()) { Err(warp::reject::not_found()) } else { Ok(path) })
        })
        .and(guard::get())
        .and(headers_cloned())
        .and(with(assets))
        .then(async |path: FullPath, headers: HeaderMap, assets: Assets| {
            assets.answer(path.as_str(), &headers).await
        })
        .boxed()
}

/// What a path is called in the metrics, and whether the rate limit counts it.
pub(crate) fn kind(path: &str) -> Route {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let name = match (segments.next(), segments.next(), segments.next()) {
        (Some("api"), Some("health"), None) => "health",
        (Some("api"), Some("auth"), Some("sso")) => "sso",
        (Some("api"), Some("auth"), _) => "auth",
        (Some("api"), Some("ai"), _) | (Some("api"), Some("dealer-gravity"), Some("analyze")) => "ai",
        (Some("api"), Some("models"), Some("spot")) => "spot",
        (Some("api"), Some("models"), Some("candles")) => "candles",
        (Some("api"), Some("models"), Some("events")) => "events",
        (Some("api"), Some("models" | "dealer-gravity"), _) => "models",
        (Some("api"), Some("fleet"), _) => "fleet",
        (Some("api"), Some("profile"), _) => "profile",
        (Some("api"), Some("admin"), _) => "admin",
        (Some("api"), ..) => "api",
        (Some("sse"), ..) => "sse",
        (Some("ws"), ..) => "ws",
        _ => "page",
    };
    let limits: &[Limit] = match name {
        "health" | "sse" | "ws" | "page" => &[],
        "sso" => &[USUAL, SIGN_IN],
        "ai" => &[USUAL, AI],
        _ => &[USUAL],
    };
    Route { name, limits }
}

fn pairs() -> impl Filter<Extract = (Vec<(String, String)>,), Error = Rejection> + Copy {
    query::<Vec<(String, String)>>()
}

async fn health(app: App) -> Json<Value> {
    let open = app.hub.counts();
    let total: usize = open.values().sum();
    let mut clients: Map<String, Value> = COUNTED
        .iter()
        .map(|&name| (name.into(), json!(open.get(name).copied().unwrap_or_default())))
        .collect();
    let counted: usize = COUNTED.iter().filter_map(|name| open.get(name)).sum();
    clients.insert("other".into(), json!(total - counted));
    clients.insert("total".into(), json!(total));
    ready(Json(json!({
        "status": if app.links.are_up() && app.database.is_up() { "healthy" } else { "degraded" },
        "service": "sse-gateway",
        "version": env!("CARGO_PKG_VERSION"),
        "ts": now(),
        "uptime_sec": app.started.elapsed().as_secs(),
        "public_mode": app.config.public_mode,
        "gates": app.gates.health(),
        "clients": clients,
    })))
    .await
}

async fn fleet(_: Caller, app: App, headers: HeaderMap) -> Result<Response, Error> {
    let fleet = app.hub.data(FLEET, "").ok_or_else(no_data)?;
    ready(Ok(answer(&String::from_utf8_lossy(&fleet), &headers))).await
}

async fn alerts(
    _: Caller,
    app: App,
    headers: HeaderMap,
    query: Vec<(String, String)>,
) -> Result<Response, Error> {
    newest(&app, &ALERT_LOG, &headers, &query).await
}

async fn events(
    _: Caller,
    app: App,
    headers: HeaderMap,
    query: Vec<(String, String)>,
) -> Result<Response, Error> {
    newest(&app, &EVENT_LOG, &headers, &query).await
}

/// The newest entries of a log, newest first.
async fn newest<T>(
    app: &App,
    log: &Log<T>,
    headers: &HeaderMap,
    query: &[(String, String)],
) -> Result<Response, Error> {
    let count = number(query, "limit", LIST.0)?.clamp(1, LIST.1);
    let entries = sources::newest(&app.bus, log, count).await.map_err(away)?;
    Ok(answer(&text(&entries)?, headers))
}

pub(crate) fn no_data() -> Error {
    Error::new(StatusCode::NOT_FOUND, "no_data", "There is no data yet.")
}

pub(crate) fn away(error: bus::Error) -> Error {
    if !error.is_transient() {
        return Error::internal(error);
    }
    let text = "The data is out of reach for a moment.";
    Error::new(StatusCode::SERVICE_UNAVAILABLE, "redis_unavailable", text).retry_after(2)
}

/// The last `name` of the query as a number.
fn number(query: &[(String, String)], name: &str, default: usize) -> Result<usize, Error> {
    match query.iter().rfind(|(key, _)| key == name) {
        None => Ok(default),
        Some((_, value)) => value
            .parse::<i64>()
            .map(|number| usize::try_from(number).unwrap_or(0))
            .map_err(|_not| Error::bad_request(format!("{name}: expected a whole number"))),
    }
}

fn text(data: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(data).map_err(Error::internal)
}

fn now() -> EpochSec {
    SystemTime::now().into()
}

/// `data`, which is JSON, in the envelope of every data route; 304 when the caller has it.
fn answer(data: &str, asked: &HeaderMap) -> Response {
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    let tag = format!("W/\"{:016x}\"", hasher.finish());
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    let is_known = known.flat_map(|tags| tags.split(',')).any(|known| known.trim() == tag);
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let ts = now().seconds();
        let mut response = format!("{{\"success\":true,\"data\":{data},\"ts\":{ts}}}").into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

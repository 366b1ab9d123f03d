//! Every path of the gateway.

mod models;

use crate::{
    app::App,
    session::{self, User},
    sources,
    streams::{self, COUNTED, FLEET},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::{
    convert::Infallible,
    future::{Ready, ready},
    hash::{DefaultHasher, Hash, Hasher},
    time::SystemTime,
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
    guard::{self, Route, accepts},
    sse::Refused,
    with,
};
use wire::{EpochSec, Log, market::EVENT_LOG, system::ALERT_LOG};

/// First segments that are never a page's.
const OURS: [&str; 3] = ["api", "sse", "ws"];
const LIST: (usize, usize) = (50, 500);

/// API, streams and page.
pub(crate) fn routes(app: App, assets: Assets) -> BoxedFilter<(impl Reply,)> {
    let shared = with(app.clone());
    let caller = caller(app.clone());

    let health = path!("api" / "health").and(guard::get()).and(shared.clone()).then(health);
    let config = path!("api" / "auth" / "config").and(guard::get()).and(shared.clone()).then(config);
    let me = path!("api" / "auth" / "me").and(guard::get()).and(caller.clone()).and(shared.clone()).then(me);
    let open = health.or(config).or(me);

    let asked = || guard::get().and(caller.clone()).and(shared.clone()).and(headers_cloned());
    let events = path!("api" / "models" / "events").and(asked()).and(pairs()).then(events);
    let fleet = path!("api" / "fleet").and(asked()).then(fleet);
    let alerts = path!("api" / "fleet" / "alerts").and(asked()).and(pairs()).then(alerts);
    let lists = events.or(fleet).or(alerts);
    let models = models::routes(app.clone());

    let stream = path!("sse" / String)
        .and(guard::stream())
        .and(caller.clone())
        .and(shared)
        .and(headers_cloned())
        .and(pairs())
        .then(stream);
    let nothing = closed(app);
    open.boxed().or(lists.boxed()).or(models).or(stream).or(nothing).or(page(assets)).boxed()
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
        (Some("api"), Some("auth"), _) => "auth",
        (Some("api"), Some("models"), Some("spot")) => "spot",
        (Some("api"), Some("models"), Some("candles")) => "candles",
        (Some("api"), Some("models"), Some("events")) => "events",
        (Some("api"), Some("models" | "dealer-gravity"), _) => "models",
        (Some("api"), Some("fleet"), _) => "fleet",
        (Some("api"), ..) => "api",
        (Some("sse"), ..) => "sse",
        (Some("ws"), ..) => "ws",
        _ => "page",
    };
    Route { name, is_limited: !matches!(name, "health" | "sse" | "ws" | "page") }
}

fn is_ours(path: &str) -> bool {
    path.split('/').find(|segment| !segment.is_empty()).is_some_and(|first| OURS.contains(&first))
}

fn caller(app: App) -> impl Filter<Extract = (User,), Error = Rejection> + Clone {
    warp::any().and_then(move || ready(session::caller(&app.config).map_err(Rejection::from)))
}

/// Refuses strangers on paths of ours that do not exist: which do is not their business either.
fn closed(app: App) -> impl Filter<Extract = (Infallible,), Error = Rejection> + Clone {
    path::full().and_then(move |path: FullPath| -> Ready<Result<Infallible, Rejection>> {
        let is_guarded = is_ours(path.as_str());
        let refusal = session::caller(&app.config).err().filter(|_| is_guarded);
        ready(Err(refusal.map_or_else(warp::reject::not_found, Rejection::from)))
    })
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
        "status": if app.links.are_up() { "healthy" } else { "degraded" },
        "service": "sse-gateway",
        "version": env!("CARGO_PKG_VERSION"),
        "ts": now(),
        "uptime_sec": app.started.elapsed().as_secs(),
        "public_mode": app.config.public_mode,
        "gates": "default",
        "clients": clients,
    })))
    .await
}

async fn config(app: App) -> Json<Value> {
    ready(Json(json!({
        "login": app.config.login_sites,
        "public_mode": app.config.public_mode,
        "version": env!("CARGO_PKG_VERSION"),
    })))
    .await
}

async fn me(user: User, app: App) -> Json<Value> {
    ready(Json(session::me(&app, &user))).await
}

async fn fleet(_: User, app: App, headers: HeaderMap) -> Result<Response, Error> {
    let fleet = app.hub.data(FLEET, "").ok_or_else(no_data)?;
    ready(Ok(answer(&String::from_utf8_lossy(&fleet), &headers))).await
}

async fn alerts(
    _: User,
    app: App,
    headers: HeaderMap,
    query: Vec<(String, String)>,
) -> Result<Response, Error> {
    newest(&app, &ALERT_LOG, &headers, &query).await
}

async fn events(
    _: User,
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

async fn stream(
    name: String,
    user: User,
    app: App,
    headers: HeaderMap,
    query: Vec<(String, String)>,
) -> Result<Response, Error> {
    let mut ask =
        streams::ask(&name, &query).ok_or_else(|| Error::not_found("There is no such stream."))??;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if !accepts(accept, "text", "event-stream") {
        let text = "This is a stream of events: accept text/event-stream.";
        return Err(Error::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", text));
    }
    let last_id = headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    ask.cursor = last_id.map(str::to_owned).or(ask.cursor);
    (ask.user, ask.tier) = (user.id, Some(user.tier.into()));
    app.links.loaded().await;
    app.hub.open(&ask).map(web::sse::reply).map_err(|refused| match refused {
        Refused::TooManyStreams => {
            let text = "You have too many open pages. Close one and try again.";
            Error::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", text).retry_after(5)
        }
        Refused::TooManyClients => too_many("The gateway is full."),
        Refused::Closing => too_many("The gateway is restarting."),
    })
}

fn too_many(text: &str) -> Error {
    Error::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_clients", text).retry_after(5)
}

fn no_data() -> Error {
    Error::new(StatusCode::NOT_FOUND, "no_data", "There is no data yet.")
}

fn away(error: bus::Error) -> Error {
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

//! `/api/dealer-gravity/configs`, `/gex-configs` (one's own settings) and `/structures` (the drawn lines).

use super::callers::{admin, caller};
use super::{answer, no_data, text};
use crate::{
    app::App,
    models::Kept,
    overlays::{self, Gamma, Gravity, Lines, Stored},
    session::Caller,
    streams,
};
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use serde_json::Value;
use tracing::info;
use warp::{
    Filter, Rejection, Reply,
    filters::BoxedFilter,
    header::headers_cloned,
    path,
    reply::{Response, with_status},
};
use web::{Error, body, guard, with};

/// The symbol of routes that name none.
const PRIMARY: &str = "I:SPX";

type Query = Vec<(String, String)>;

pub(super) fn routes(app: &App) -> BoxedFilter<(Response,)> {
    let settings = settings::<Gravity>("configs", app).or(settings::<Gamma>("gex-configs", app)).unify();
    let place = || path!("api" / "dealer-gravity" / "structures");
    let shared = || with(app.clone());
    let seen = place().and(guard::method(Method::GET)).and(caller()).and(shared());
    let seen = seen.and(headers_cloned()).and(warp::query()).then(seen_lines);
    let drawn = place().and(guard::method(Method::POST)).and(admin()).and(shared());
    let drawn = drawn.and(warp::query()).and(body::json()).then(draw);
    let lines = seen.map(Reply::into_response).or(drawn.map(Reply::into_response)).unify();
    let lines = lines.or(place().and(guard::others("GET, HEAD, POST"))).unify();
    settings.or(lines.boxed()).unify().boxed()
}

/// The routes of one kind of settings.
fn settings<T: Stored>(name: &'static str, app: &App) -> BoxedFilter<(Response,)> {
    let list = move || path!("api" / "dealer-gravity" / ..).and(path(name)).and(path::end());
    let item =
        move || path!("api" / "dealer-gravity" / ..).and(path(name)).and(path::param()).and(path::end());
    let own = || caller().and(with(app.clone()));
    let get = || guard::method(Method::GET);
    let all = list().and(get()).and(own()).and(headers_cloned()).then(all::<T>);
    let add = list().and(guard::method(Method::POST)).and(own()).and(body::json()).then(add::<T>);
    let one = item().and(get()).and(own()).and(headers_cloned()).then(one::<T>);
    let change = item().and(guard::method(Method::PATCH)).and(own()).and(body::json()).then(change::<T>);
    let remove = item().and(guard::method(Method::DELETE)).and(own()).then(remove::<T>);
    let lists = all.map(Reply::into_response).or(add.map(Reply::into_response)).unify();
    let lists = lists.or(list().and(guard::others("GET, HEAD, POST"))).unify();
    let items = one.map(Reply::into_response).or(change.map(Reply::into_response)).unify();
    let items = items.or(remove.map(Reply::into_response)).unify();
    let items = items.or(other_item(item())).unify();
    lists.boxed().or(items.boxed()).unify().boxed()
}

fn other_item(
    item: impl Filter<Extract = (u32,), Error = Rejection> + Clone + Send + Sync + 'static,
) -> BoxedFilter<(Response,)> {
    item.map(drop).untuple_one().and(guard::others("GET, HEAD, PATCH, DELETE")).boxed()
}

async fn all<T: Stored>(caller: Caller, app: App, headers: HeaderMap) -> Result<Response, Error> {
    let mut conn = app.database.get().await?;
    let overlays: Vec<T> = overlays::all(&mut conn, caller.user()?).await?;
    Ok(answer(&text(&overlays)?, &headers))
}

async fn one<T: Stored>(id: u32, caller: Caller, app: App, headers: HeaderMap) -> Result<Response, Error> {
    let mut conn = app.database.get().await?;
    let overlay: T = overlays::one(&mut conn, caller.user()?, id).await?;
    Ok(answer(&text(&overlay)?, &headers))
}

async fn add<T: Stored>(caller: Caller, app: App, body: Value) -> Result<Response, Error> {
    let mut overlay = T::standard();
    overlay.set(&body)?;
    let tx = app.database.begin().await?;
    let added = overlays::add(tx, caller.user()?, &overlay).await?;
    Ok(with_status(done(&added)?, StatusCode::CREATED).into_response())
}

async fn change<T: Stored>(id: u32, caller: Caller, app: App, body: Value) -> Result<Response, Error> {
    let tx = app.database.begin().await?;
    let changed = overlays::change(tx, (caller.user()?, id), |overlay: &mut T| Ok(overlay.set(&body)?));
    done(&changed.await?)
}

async fn remove<T: Stored>(id: u32, caller: Caller, app: App) -> Result<Response, Error> {
    let mut conn = app.database.get().await?;
    overlays::remove::<T>(&mut conn, caller.user()?, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn seen_lines(_: Caller, app: App, headers: HeaderMap, query: Query) -> Result<Response, Error> {
    let artifact = app.models.kept(Kept::Artifact, &symbol(&query)).ok_or_else(no_data)?;
    std::future::ready(Ok(answer(&text(&overlays::shown(&artifact)?)?, &headers))).await
}

async fn draw(caller: Caller, app: App, query: Query, body: Value) -> Result<Response, Error> {
    let symbol = symbol(&query);
    let drawn = Lines::parse(&body)?.post(&app, &symbol).await?;
    info!(user_id = caller.uid, symbol, "lines drawn");
    done(&drawn)
}

fn symbol(query: &Query) -> String {
    let named = query.iter().rfind(|(key, _)| key == "symbol");
    named.map_or_else(|| PRIMARY.to_owned(), |(_, symbol)| streams::symbol(symbol))
}

fn done(data: &impl Serialize) -> Result<Response, Error> {
    Ok(answer(&text(data)?, &HeaderMap::new()))
}

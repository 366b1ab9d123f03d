//! Vexy's words: the newest, those of a day, and forgetting them.

use super::callers::{admin, caller};
use super::{answer, away, models::last, no_data, pairs};
use crate::{app::App, session::Caller, streams::VEXY};
use chrono::{NaiveDate, Utc};
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use std::future::ready;
use tracing::info;
use warp::{Filter, Reply, filters::BoxedFilter, header::headers_cloned, path, reply::Response};
use web::{Error, Json, guard, with};
use wire::vexy::{LATEST_EPOCH, LATEST_EVENT, messages};

type Query = Vec<(String, String)>;

pub(super) fn routes(app: App) -> BoxedFilter<(Response,)> {
    let asked = guard::get().and(caller()).and(with(app.clone())).and(headers_cloned());
    let latest = path!("api" / "models" / "vexy" / "latest").and(asked.clone()).then(latest);
    let history = path!("api" / "models" / "vexy" / "history").and(asked).and(pairs()).then(history);
    let clear = path!("api" / "models" / "vexy" / "clear")
        .and(guard::method(Method::DELETE))
        .and(admin())
        .and(with(app))
        .then(clear);
    let read = latest.or(history).unify().map(Reply::into_response);
    let others = path!("api" / "models" / "vexy" / "clear").and(guard::others("DELETE"));
    let clear = clear.map(Reply::into_response).or(others).unify();
    read.or(clear).unify().boxed()
}

async fn latest(_: Caller, app: App, headers: HeaderMap) -> Result<Response, Error> {
    let latest = app.feeds.vexy.text().ok_or_else(no_data)?;
    ready(Ok(answer(&latest, &headers))).await
}

async fn history(_: Caller, app: App, headers: HeaderMap, query: Query) -> Result<Response, Error> {
    let date = match last(&query, "date") {
        None => Utc::now().date_naive(),
        Some(date) => day(date).ok_or_else(|| Error::bad_request("date: expected YYYY-MM-DD"))?,
    };
    let told = app.bus.list(&messages(&date.to_string())).await.map_err(away)?;
    let told: Vec<_> = told.into_iter().filter(|text| serde_json::from_str::<Value>(text).is_ok()).collect();
    if told.is_empty() {
        return Err(no_data());
    }
    Ok(answer(&format!("[{}]", told.join(",")), &headers))
}

/// Forgets the newest messages and today's, here and on market-redis.
async fn clear(caller: Caller, app: App) -> Result<Json<Value>, Error> {
    let today = messages(&Utc::now().date_naive().to_string());
    let mut batch = app.bus.batch(today.bus);
    batch.remove(&LATEST_EPOCH).remove(&LATEST_EVENT).remove(&today);
    let removed = batch.run().await.map_err(away)?;
    let cleared = removed.iter().flatten().filter(|count| *count != "0").count();
    app.hub.state(VEXY, "", &app.feeds.vexy.clear());
    info!(user_id = caller.uid, cleared, "vexy's words cleared");
    Ok(Json(json!({"success": true, "data": {"cleared": cleared}, "ts": super::now()})))
}

/// Exactly `YYYY-MM-DD`.
fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|date| date.to_string() == text)
}

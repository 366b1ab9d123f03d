//! The gates of tiers: what a member may know of them, and how administrators change them.

use super::callers::{admin, caller};
use crate::{
    app::App,
    door::gates_unavailable,
    session::{Caller, now},
};
use auth::Gates;
use chrono::{DateTime, SecondsFormat};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tracing::{debug, info};
use warp::{Filter, Reply, filters::BoxedFilter, path};
use web::{Error, Json, body, guard, with};
use wire::access::{GatesUpdated, TIER_GATES, TIER_GATES_UPDATED};

/// Attempts against other writers.
const ATTEMPTS: usize = 5;

pub(super) fn routes(app: &App) -> BoxedFilter<(impl Reply + use<>,)> {
    let shared = || with(app.clone());
    let config =
        path!("api" / "tier-gates" / "config").and(guard::get()).and(caller()).and(shared()).then(config);
    let gates = || path!("api" / "admin" / "tier-gates");
    let read = gates().and(guard::method(Method::GET)).and(admin()).and(shared()).then(read);
    let write =
        gates().and(guard::method(Method::PUT)).and(admin()).and(shared()).and(body::json()).then(write);
    let others = gates().and(guard::others("GET, HEAD, PUT"));
    config.or(read).boxed().or(write.or(others).boxed()).boxed()
}

async fn config(caller: Caller, app: App) -> Result<Json<Value>, Error> {
    std::future::ready(with_tier(&app, &caller)).await
}

async fn read(_: Caller, app: App) -> Result<Json<Value>, Error> {
    std::future::ready(shown(&app.gates.document()).map(Json)).await
}

fn with_tier(app: &App, caller: &Caller) -> Result<Json<Value>, Error> {
    if !app.gates.is_loaded() {
        return Err(gates_unavailable());
    }
    let mut document = shown(&app.gates.document())?;
    document["user_tier"] = json!(caller.tier);
    Ok(Json(document))
}

fn shown(document: &Gates) -> Result<Value, Error> {
    serde_json::to_value(document).map_err(Error::internal)
}

/// Writes what the body says over what is stored; members that it does not name stay.
async fn write(caller: Caller, app: App, patch: Value) -> Result<Json<Value>, Error> {
    for _attempt in 0..ATTEMPTS {
        let stored = app.bus.text(&TIER_GATES).await.map_err(away)?;
        // What is malformed is replaced: the last good document is what everybody goes by.
        let before = stored
            .as_deref()
            .map_or_else(|| Some(Gates::default()), |text| Gates::parse(text.as_bytes()).ok());
        let before = before.unwrap_or_else(|| (*app.gates.document()).clone());
        let mut after = before.merged(&patch).map_err(|bad| Error::bad_request(bad.to_string()))?;
        let updated_at = stamp();
        after.updated_at = Some(updated_at.clone());
        let text = serde_json::to_string(&after).map_err(Error::internal)?;
        if !store(&app, stored.as_deref(), &text, updated_at.clone()).await.map_err(away)? {
            continue;
        }
        app.gates.look();
        info!(
            user_id = caller.uid,
            issuer = caller.issuer,
            wp_id = caller.wp_id,
            updated_at,
            changed = %patch,
            "audit: tier gates changed"
        );
        return shown(&after).map(Json);
    }
    let text = "Somebody else is changing the gates. Try again.";
    Err(Error::new(StatusCode::CONFLICT, "conflict", text))
}

/// False: somebody else wrote since `before` was read.
async fn store(app: &App, before: Option<&str>, text: &str, updated_at: String) -> Result<bool, bus::Error> {
    let updated = GatesUpdated { updated_at };
    if let Some(before) = before {
        return app.bus.swap(&TIER_GATES, (before, text), (&TIER_GATES_UPDATED, &updated)).await;
    }
    let is_written = app.bus.put_new(&TIER_GATES, text).await?;
    if is_written {
        app.bus.publish(&TIER_GATES_UPDATED, &updated).await?;
    }
    Ok(is_written)
}

fn stamp() -> String {
    let millis = (now().seconds() * 1000.0) as i64;
    DateTime::from_timestamp_millis(millis).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn away(error: bus::Error) -> Error {
    if !error.is_transient() {
        return Error::internal(error);
    }
    debug!(%error, "gates out of reach");
    let text = "The gates are out of reach for a moment.";
    Error::new(StatusCode::SERVICE_UNAVAILABLE, "redis_unavailable", text).retry_after(2)
}

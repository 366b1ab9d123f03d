//! `/api/admin/diagnostics`: the gateway's surroundings. For administrators only.

use super::callers::admin;
use super::{away, models::last, number, pairs};
use crate::{
    app::App,
    diagnostics::{self, BUSES},
    session::Caller,
};
use serde_json::{Value, json};
use warp::{Filter, Reply, filters::BoxedFilter, path, reply::Response};
use web::{Error, Json, guard, with};
use wire::BusId;

/// Names listed: usual, most.
const NAMES: (usize, usize) = (100, 500);
const PATTERN_CHARS: usize = 256;

type Query = Vec<(String, String)>;

pub(super) fn routes(app: &App) -> BoxedFilter<(Response,)> {
    let asked = || guard::get().and(admin()).and(with(app.clone()));
    let overview = path!("api" / "admin" / "diagnostics").and(asked()).then(overview);
    let names = path!("api" / "admin" / "diagnostics" / "redis").and(asked()).and(pairs()).then(names);
    let value =
        path!("api" / "admin" / "diagnostics" / "redis" / String).and(asked()).and(pairs()).then(value);
    overview.or(names).unify().map(Reply::into_response).or(value.map(Reply::into_response)).unify().boxed()
}

async fn overview(_: Caller, app: App) -> Result<Json<Value>, Error> {
    Ok(Json(diagnostics::overview(&app).await))
}

async fn names(_: Caller, app: App, query: Query) -> Result<Json<Value>, Error> {
    let bus = bus(&query)?;
    let pattern = last(&query, "pattern").filter(|pattern| !pattern.is_empty()).unwrap_or("*");
    if pattern.chars().count() > PATTERN_CHARS {
        return Err(
            Error::bad_request("pattern: expected at most 256 characters").with_field("field", "pattern")
        );
    }
    let limit = number(&query, "limit", NAMES.0)?.clamp(1, NAMES.1);
    let keys = diagnostics::names(&app, bus, pattern, limit).await.map_err(away)?;
    Ok(Json(json!({"bus": bus.role(), "pattern": pattern, "count": keys.len(), "keys": keys})))
}

async fn value(name: String, _: Caller, app: App, query: Query) -> Result<Json<Value>, Error> {
    let bus = bus(&query)?;
    let name = web::assets::decode(&name).ok_or_else(|| Error::bad_request("key: expected a name"))?;
    let value = diagnostics::value(&app, bus, &name).await.map_err(away)?;
    value
        .map(Json)
        .ok_or_else(|| Error::not_found("There is nothing under this name, or nothing to be shown."))
}

/// The bus that `query` names, or the market's.
fn bus(query: &Query) -> Result<BusId, Error> {
    let Some(name) = last(query, "bus").filter(|name| !name.is_empty()) else { return Ok(BusId::Market) };
    name.parse()
        .ok()
        .filter(|bus| BUSES.contains(bus))
        .ok_or_else(|| Error::bad_request("bus: expected market, intel or system").with_field("field", "bus"))
}

//! `/healthz`, `/readyz`, `/metrics`.

use super::{Ops, registry};
use http::StatusCode;
use serde_json::json;
use warp::{Filter, Reply, filters::BoxedFilter, reply::Response};

pub(super) fn routes(ops: Ops) -> BoxedFilter<(impl Reply,)> {
    let live = warp::path!("healthz").and(warp::get()).and(web::with(ops.clone())).map(live);
    let ready = warp::path!("readyz").and(warp::get()).and(web::with(ops)).then(ready);
    let metrics = warp::path!("metrics").and(warp::get()).map(|| registry().render());
    live.or(ready).unify().or(metrics).boxed()
}

fn live(ops: Ops) -> Response {
    answer(ops.is_alive(), json!({"alive": ops.is_alive()}))
}

async fn ready(ops: Ops) -> Response {
    let missing = ops.missing().await;
    answer(missing.is_empty(), json!({"ready": missing.is_empty(), "missing": missing}))
}

fn answer(is_good: bool, body: serde_json::Value) -> Response {
    let status = if is_good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    warp::reply::with_status(warp::reply::json(&body), status).into_response()
}

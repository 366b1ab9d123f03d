//! Paths: the operator's under `/sim`, the sockets, and everything else as the vendor's REST interface.

use crate::{
    Sim, control,
    rest::{self, Delivery, Request},
    script::FaultForm,
    sockets,
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use futures_util::stream;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use std::{convert::Infallible, io::Write, sync::Arc, time::Duration};
use warp::{Filter, Rejection, Reply, delete, filters::BoxedFilter, get, path, post, reply::Response};
use web::{Error, Json};

const MOST_BODY: u64 = 64 * 1024;
const DRIPS_PER_SEC: u64 = 20;

/// Everything that is served.
pub(crate) fn routes(sim: Arc<Sim>) -> BoxedFilter<(impl Reply,)> {
    control(Arc::clone(&sim)).or(sockets::routes(Arc::clone(&sim))).or(vendor(sim)).boxed()
}

fn control(sim: Arc<Sim>) -> BoxedFilter<(impl Reply,)> {
    let sim = web::with(sim);
    let health = path!("sim" / "health").and(get()).map(|| Json(serde_json::json!({"status": "ok"})));
    let clock =
        path!("sim" / "clock").and(get()).and(sim.clone()).map(|sim: Arc<Sim>| Json(control::clock(&sim)));
    let state =
        path!("sim" / "state").and(get()).and(sim.clone()).map(|sim: Arc<Sim>| Json(control::state(&sim)));
    let speed = path!("sim" / "speed").and(post()).and(body()).and(sim.clone());
    let speed = speed.then(|form, sim: Arc<Sim>| now(control::set_speed(&sim, &form)));
    let step = path!("sim" / "step").and(post()).and(body()).and(sim.clone());
    let step = step.then(|form, sim: Arc<Sim>| async move { control::step(sim, form).await.map(Json) });
    let shock = path!("sim" / "shock").and(post()).and(body()).and(sim.clone());
    let shock = shock.then(|form, sim: Arc<Sim>| now(control::shock(&sim, &form)));
    let vol = path!("sim" / "vol").and(post()).and(body()).and(sim.clone());
    let vol = vol.then(|form, sim: Arc<Sim>| now(control::set_vix(&sim, &form)));
    let fault = path!("sim" / "faults").and(post()).and(body()).and(sim.clone());
    let fault = fault.then(|form: FaultForm, sim: Arc<Sim>| now(control::set_fault(&sim, form)));
    let lift = path!("sim" / "faults" / String).and(delete()).and(sim.clone());
    let lift = lift.then(|id: String, sim: Arc<Sim>| now(control::lift_fault(&sim, Some(&id))));
    let lift_all = path!("sim" / "faults").and(delete()).and(sim);
    let lift_all = lift_all.then(|sim: Arc<Sim>| now(control::lift_fault(&sim, None)));

    let reads = health.or(clock).or(state).boxed();
    let moves = speed.or(step).or(shock).or(vol).boxed();
    let faults = fault.or(lift).or(lift_all).boxed();
    reads.or(moves).or(faults).boxed()
}

fn body<T: DeserializeOwned + Send>() -> impl Filter<Extract = (T,), Error = Rejection> + Copy {
    let json = warp::body::json().or_else(|_rejection| async {
        let error = Error::bad_request("The body is not what this path takes.");
        std::future::ready(Err(warp::reject::custom(error))).await
    });
    warp::body::content_length_limit(MOST_BODY).and(json)
}

fn now(
    result: Result<serde_json::Value, Error>,
) -> std::future::Ready<Result<Json<serde_json::Value>, Error>> {
    std::future::ready(result.map(Json))
}

/// The vendor's REST interface: any path that is not ours.
fn vendor(sim: Arc<Sim>) -> BoxedFilter<(impl Reply,)> {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    get()
        .and(path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(web::with(sim))
        .then(|path: path::FullPath, query: String, headers: HeaderMap, sim: Arc<Sim>| {
            give(path.as_str().to_owned(), query, headers, sim)
        })
        .boxed()
}

async fn give(path: String, query: String, headers: HeaderMap, sim: Arc<Sim>) -> Result<Response, Error> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer =
        text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    let zipped = text(header::ACCEPT_ENCODING).is_some_and(|accepted| accepted.contains("gzip"));
    let request = Request {
        path: rest::decode(&path),
        query,
        base: format!("http://{}", text(header::HOST).unwrap_or("localhost")),
        bearer,
        now: sim.clock.now().ms,
        ..Request::default()
    };
    // Bars of many years are work; the sockets must not wait for them.
    let answered = tokio::task::spawn_blocking(move || rest::answer(&sim, &request)).await;
    let Delivery { answer, delay, drip } = answered.map_err(Error::internal)?;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let body = if zipped { gzip(&answer.body).map_err(Error::internal)? } else { answer.body };
    let mut response = match drip {
        None => body.into_response(),
        Some(per_second) => dripping(body, per_second),
    };
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(Error::internal)?;
    let kind = if answer.is_json { "application/json" } else { "text/html" };
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    if zipped {
        response.headers_mut().insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("gzip"));
    }
    if let Some(seconds) = answer.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

/// A body that comes in drops.
fn dripping(body: Vec<u8>, per_second: u64) -> Response {
    let drop_bytes = usize::try_from(per_second.div_ceil(DRIPS_PER_SEC)).unwrap_or(1);
    let pause = Duration::from_secs_f64(drop_bytes as f64 / per_second as f64);
    let drops = stream::unfold(Bytes::from(body), move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let drop = rest.split_to(drop_bytes.min(rest.len()));
        Some((Ok::<_, Infallible>(drop), rest))
    });
    warp::reply::stream(drops).into_response()
}

//! Snapshots of the models, each in the envelope of every data route.

use super::callers::caller;
use super::{answer, away, no_data, number, pairs, text};
use crate::{
    app::App,
    market::DAYS,
    models::Kept,
    session::Caller,
    streams::{self, BIAS_LFI, GEX, MARKET_MODE, MEL, SPOT, TRADE_SELECTOR, VIX_REGIME},
};
use http::HeaderMap;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, future::ready};
use warp::{Filter, Rejection, Reply, filters::BoxedFilter, header::headers_cloned, path, reply::Response};
use web::{Error, guard, with};
use wire::{
    EpochSec, Points,
    chain::CHAIN,
    gravity::{Structures, VOLUME_PROFILE, volume_profile},
};

/// The symbol of routes that name none.
const PRIMARY: &str = "I:SPX";

type Query = Vec<(String, String)>;

pub(super) fn routes(app: App) -> BoxedFilter<(impl Reply,)> {
    let asked = || guard::get().and(caller()).and(with(app.clone())).and(headers_cloned());
    let spots = path!("api" / "models" / "spot").and(asked()).then(spots);
    let candles = path!("api" / "models" / "candles" / String).and(asked()).and(pairs()).then(candles);
    let gex = path!("api" / "models" / "gex" / String).and(asked()).then(gex);
    let selector = path!("api" / "models" / "trade_selector" / String).and(asked()).then(selector);
    let strikes = path!("api" / "options" / "strikes" / String).and(asked()).then(strikes);
    let heatmap = path!("api" / "models" / "heatmap" / String).and(asked()).and(pairs()).then(heatmap);
    let single = path!("api" / "models" / String).and_then(single).and(asked()).then(model);
    let profile = path!("api" / "models" / "volume_profile").and(asked()).and(pairs()).then(profile);
    let gravity =
        path!("api" / "dealer-gravity" / String).and_then(kept).and(asked()).and(pairs()).then(gravity);
    let prices = spots.or(candles).boxed();
    let options = strikes.or(selector).boxed();
    prices.or(options).or(gex.or(heatmap).boxed()).or(profile.or(single).or(gravity).boxed()).boxed()
}

async fn spots(_: Caller, app: App, headers: HeaderMap) -> Result<Response, Error> {
    let spots = app.hub.map(SPOT).ok_or_else(no_data)?;
    ready(Ok(answer(&spots, &headers))).await
}

async fn candles(
    symbol: String,
    _: Caller,
    app: App,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Error> {
    let symbol = ticker(&symbol)?;
    let days = number(&query, "days", 1)?.clamp(1, DAYS as usize);
    let days = u32::try_from(days).unwrap_or(DAYS);
    let candles = app.market.candles(&symbol, days).ok_or_else(no_data)?;
    ready(Ok(answer(&text(&candles)?, &headers))).await
}

async fn gex(symbol: String, _: Caller, app: App, headers: HeaderMap) -> Result<Response, Error> {
    let gex = app.hub.data(GEX, &ticker(&symbol)?).ok_or_else(no_data)?;
    ready(Ok(answer(&String::from_utf8_lossy(&gex), &headers))).await
}

async fn selector(symbol: String, _: Caller, app: App, headers: HeaderMap) -> Result<Response, Error> {
    let selection = app.hub.data(TRADE_SELECTOR, &ticker(&symbol)?).ok_or_else(no_data)?;
    ready(Ok(answer(&String::from_utf8_lossy(&selection), &headers))).await
}

async fn strikes(symbol: String, _: Caller, app: App, headers: HeaderMap) -> Result<Response, Error> {
    #[derive(Serialize)]
    struct Strikes {
        symbol: String,
        strikes: Vec<f64>,
        ts: EpochSec,
    }
    let (symbol, chain) = (ticker(&symbol)?, CHAIN);
    let found = app.feeds.strikes.of(&symbol, || app.bus.text(&chain)).await.map_err(away)?;
    let (strikes, ts) = found.ok_or_else(no_data)?;
    let strikes = strikes.into_iter().map(Points::get).collect();
    Ok(answer(&text(&Strikes { symbol, strikes, ts })?, &headers))
}

async fn heatmap(
    symbol: String,
    _: Caller,
    app: App,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Error> {
    let strategy = choice(&query, "strategy", "single, vertical or butterfly")?;
    let dte = match last(&query, "dte") {
        None => None,
        Some(dte) => Some(dte.parse().map_err(|_not| Error::bad_request("dte: expected a whole number"))?),
    };
    let heatmap = app.models.heatmap(&ticker(&symbol)?, strategy, dte).ok_or_else(no_data)?;
    ready(Ok(answer(&heatmap, &headers))).await
}

/// The topic whose newest value a path without symbol shows.
async fn single(name: String) -> Result<&'static str, Rejection> {
    let topic = [MARKET_MODE, VIX_REGIME, BIAS_LFI, MEL].into_iter().find(|topic| *topic == name);
    ready(topic.ok_or_else(warp::reject::not_found)).await
}

async fn model(topic: &'static str, _: Caller, app: App, headers: HeaderMap) -> Result<Response, Error> {
    let model = app.hub.data(topic, "").ok_or_else(no_data)?;
    ready(Ok(answer(&String::from_utf8_lossy(&model), &headers))).await
}

async fn kept(name: String) -> Result<Kept, Rejection> {
    ready(match name.as_str() {
        "artifact" => Ok(Kept::Artifact),
        "context" => Ok(Kept::Context),
        _ => Err(warp::reject::not_found()),
    })
    .await
}

async fn gravity(
    what: Kept,
    _: Caller,
    app: App,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Error> {
    let symbol = last(&query, "symbol").map_or_else(|| PRIMARY.to_owned(), streams::symbol);
    let kept = app.models.kept(what, &symbol).ok_or_else(no_data)?;
    ready(Ok(answer(&kept, &headers))).await
}

/// Which way a bar's volume was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// At its close.
    Raw,
    /// Spread from its low to its high.
    #[default]
    Tv,
}

/// The part of a profile that is shown.
#[derive(Deserialize)]
struct Profile {
    step: f64,
    buckets_tv: BTreeMap<Points, f64>,
    buckets_raw: BTreeMap<Points, f64>,
    structures: Structures,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Level {
    price: f64,
    volume: f64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Levels {
    levels: Vec<Level>,
    max_volume: f64,
    count: usize,
    mode: Mode,
    step: f64,
    #[cfg_attr(test, ts(type = "Structures"))]
    structures: Structures,
}

async fn profile(_: Caller, app: App, headers: HeaderMap, query: Query) -> Result<Response, Error> {
    let (min, max) = (price(&query, "min")?, price(&query, "max")?);
    let mode: Mode = choice(&query, "mode", "raw or tv")?.unwrap_or_default();
    let key = match last(&query, "symbol") {
        Some(symbol) => volume_profile(&streams::symbol(symbol)),
        None => VOLUME_PROFILE,
    };
    let stored = app.bus.text(&key).await.map_err(away)?.ok_or_else(no_data)?;
    let profile: Profile = serde_json::from_str(&stored).map_err(Error::internal)?;
    let buckets = match mode {
        Mode::Raw => profile.buckets_raw,
        Mode::Tv => profile.buckets_tv,
    };
    let is_wanted = |price: f64| min.is_none_or(|min| price >= min) && max.is_none_or(|max| price <= max);
    let levels: Vec<Level> = buckets
        .into_iter()
        .rev()
        .map(|(price, volume)| Level { price: price.get(), volume })
        .filter(|level| level.volume > 0.0 && is_wanted(level.price))
        .collect();
    let levels = Levels {
        max_volume: levels.iter().map(|level| level.volume).fold(0.0, f64::max),
        count: levels.len(),
        levels,
        mode,
        step: profile.step,
        structures: profile.structures,
    };
    Ok(answer(&text(&levels)?, &headers))
}

/// A part of a path as it was meant.
pub(super) fn decoded(text: &str) -> Result<String, Error> {
    web::assets::decode(text).ok_or_else(|| Error::bad_request("symbol: expected a ticker"))
}

fn ticker(text: &str) -> Result<String, Error> {
    decoded(text).map(|symbol| streams::symbol(&symbol))
}

pub(super) fn last<'q>(query: &'q [(String, String)], name: &str) -> Option<&'q str> {
    query.iter().rfind(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The last `name` of the query as one of the words of `T`.
fn choice<T: DeserializeOwned>(query: &Query, name: &str, expected: &str) -> Result<Option<T>, Error> {
    let word = |value: &str| serde_json::from_value(value.into());
    last(query, name)
        .map(word)
        .transpose()
        .map_err(|_other| Error::bad_request(format!("{name}: expected {expected}")))
}

fn price(query: &Query, name: &str) -> Result<Option<f64>, Error> {
    let number = |value: &str| value.parse::<f64>().ok().filter(|price| price.is_finite());
    match last(query, name) {
        None => Ok(None),
        Some(value) => {
            number(value).map(Some).ok_or_else(|| Error::bad_request(format!("{name}: expected a price")))
        }
    }
}

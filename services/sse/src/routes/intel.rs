//! Articles: the newest for everyone, and those of a day by their scores for administrators.

use super::callers::{admin, caller};
use super::{answer, models::last, no_data, number, pairs, text};
use crate::{
    app::App,
    feeds::{Scores, scores},
    session::{Caller, now},
};
use http::HeaderMap;
use serde::Serialize;
use std::{cmp::Reverse, future::ready};
use warp::{Filter, Reply, filters::BoxedFilter, header::headers_cloned, path, reply::Response};
use web::{Error, guard, with};
use wire::{EpochSec, intel::Article};

const LIST: (usize, usize) = (50, 500);
const SCORED: (usize, usize) = (200, 1000);
/// Hours back: usual, most (articles live a week).
const HOURS: (usize, usize) = (24, 168);

type Query = Vec<(String, String)>;

pub(super) fn routes(app: App) -> BoxedFilter<(Response,)> {
    let asked = with(app).and(headers_cloned()).and(pairs());
    let newest =
        path!("api" / "models" / "intel").and(guard::get()).and(caller()).and(asked.clone()).then(newest);
    let scored =
        path!("api" / "admin" / "rss-articles").and(guard::get()).and(admin()).and(asked).then(scored);
    newest.or(scored).unify().map(Reply::into_response).boxed()
}

async fn newest(_: Caller, app: App, headers: HeaderMap, query: Query) -> Result<Response, Error> {
    let count = number(&query, "limit", LIST.0)?.clamp(1, LIST.1);
    let before = last(&query, "before").map(instant).transpose()?;
    let category = last(&query, "category").filter(|category| !category.is_empty());
    if app.feeds.articles.is_empty() {
        return Err(no_data());
    }
    let articles = app.feeds.articles.newest(count, before, category);
    ready(Ok(answer(&text(&articles)?, &headers))).await
}

#[derive(Serialize)]
struct Scored {
    #[serde(flatten)]
    article: Article,
    #[serde(flatten)]
    scores: Scores,
}

async fn scored(_: Caller, app: App, headers: HeaderMap, query: Query) -> Result<Response, Error> {
    let count = number(&query, "limit", SCORED.0)?.clamp(1, SCORED.1);
    let hours = number(&query, "hours", HOURS.0)?.clamp(1, HOURS.1);
    if app.feeds.articles.is_empty() {
        return Err(no_data());
    }
    let now = now();
    let since = EpochSec::new(now.seconds() - hours as f64 * 3600.0);
    let with_scores = |(item, article)| Some(Scored { scores: scores(&item, now)?, article });
    let mut articles: Vec<_> =
        app.feeds.articles.enriched(since).into_iter().filter_map(with_scores).collect();
    // They come newest first, and the sort is stable.
    articles.sort_by_key(|scored| Reverse(scored.scores.total_score));
    articles.truncate(count);
    ready(Ok(answer(&text(&articles)?, &headers))).await
}

fn instant(text: &str) -> Result<EpochSec, Error> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite());
    seconds.map(EpochSec::new).ok_or_else(|| Error::bad_request("before: expected epoch seconds"))
}

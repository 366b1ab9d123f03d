//! From the buses into the hub: one task per source, each of them started again when it fails.

mod clock;
mod copilot;
mod events;
mod fleet;
mod intel;
pub(crate) mod journal;
mod models;
mod names;
mod ticks;
mod trails;
mod vexy;

use crate::{app::App, config::Config};
use bus::Bus;
use chassis::Context;
use serde::de::IgnoredAny;
use serde_json::{Value, value::RawValue};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tracing::warn;
use wire::Log;

const SILENCE: Duration = Duration::from_secs(60);

/// Starts every source.
pub(crate) fn start(ctx: &Context<Config>, app: &App) {
    app.spawn(ctx, "market", |_, app| events::follow(app));
    app.spawn(ctx, "ticks", |_, app| ticks::follow(app));
    app.spawn(ctx, "clock", clock::follow);
    app.spawn(ctx, "trails", trails::follow);
    app.spawn(ctx, "models", models::follow);
    app.spawn(ctx, "intel", |_, app| intel::listen(app));
    app.spawn(ctx, "articles", |_, app| intel::follow(app));
    app.spawn(ctx, "fleet", fleet::follow);
}

/// The newest entries of a log whose field `d` is JSON, newest first. An entry that is not is left out.
///
/// # Errors
/// The server is away or refuses.
pub(crate) async fn newest<T>(
    bus: &Bus,
    log: &Log<T>,
    count: usize,
) -> Result<Vec<Box<RawValue>>, bus::Error> {
    let entries = bus.newest(log, count).await?;
    let json = |(_, mut fields): (String, std::collections::BTreeMap<String, String>)| {
        let text = fields.remove("d")?;
        serde_json::from_str::<Value>(&text).ok()?;
        RawValue::from_string(text).ok()
    };
    Ok(entries.into_iter().filter_map(json).collect())
}

/// Why a message is left out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Bad {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("no event may be called so")]
    Name,
    #[error("it is for nobody")]
    Nobody,
    #[error("it is not for everyone")]
    Private,
    #[error("there is nothing in it")]
    Empty,
    #[error("what it tells of is gone")]
    Gone,
}

/// Passes over a message that could not be taken.
fn judge(source: &'static str, taken: Result<(), Bad>) {
    if let Err(error) = taken {
        bad(source, &error);
    }
}

/// Refuses what is not a JSON object.
fn object(text: &str) -> Result<(), Bad> {
    let _members: BTreeMap<String, IgnoredAny> = serde_json::from_str(text)?;
    Ok(())
}

/// Counts a message that is not what it should be; logs at most once a minute per source.
fn bad(source: &'static str, error: &dyn fmt::Display) {
    static TOLD: LazyLock<Mutex<HashMap<&'static str, Instant>>> = LazyLock::new(Mutex::default);
    metrics::counter!("sse_bad_messages_total", "source" => source).increment(1);
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.get(source).is_some_and(|at| at.elapsed() < SILENCE) {
        return;
    }
    told.insert(source, Instant::now());
    drop(told);
    warn!(source, %error, "message skipped");
}

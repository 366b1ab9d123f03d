//! Bars: the spot trails, read whole once and then by what is new.

use crate::{app::App, config::Config, market::DAYS};
use chassis::Context;
use std::{collections::HashMap, time::Duration};
use tokio::time::{MissedTickBehavior, interval};
use tracing::debug;
use wire::market::spot_trail;

/// Seconds of trail read at once: some ten thousand points.
const PAGE_SEC: f64 = 10_800.0;
/// Smaller than the distance of two points, larger than what a double loses at this size.
const STEP_SEC: f64 = 0.0005;
/// The trail is written just before or after the spot: a point may be this much newer.
const AHEAD_SEC: f64 = 1.0;
/// Market time that falls back by more than this is another day played.
const BACK_SEC: f64 = 5.0;

pub(super) async fn follow(ctx: Context<Config>, app: App) -> anyhow::Result<()> {
    let mut ticks = interval(Duration::from_millis(app.config.candle_poll_interval_ms));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let closed = ctx.closed();
    let mut read: HashMap<String, f64> = HashMap::new();
    let mut symbols = app.market.symbols();
    let mut is_first = true;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            // Until the first bars are there, a new symbol is not made to wait for the next turn.
            Ok(()) = symbols.changed(), if is_first => {}
            () = closed.cancelled() => return Ok(()),
        }
        if is_first {
            app.links.loaded().await;
        }
        let known = symbols.borrow_and_update().clone();
        for symbol in &known {
            if let Err(error) = read_on(&app, symbol, &mut read).await {
                debug!(%error, symbol = symbol.as_str(), "trail not read");
                break;
            }
        }
        is_first = read.is_empty();
    }
}

/// Reads what is new on the trail of `symbol`.
async fn read_on(app: &App, symbol: &str, read: &mut HashMap<String, f64>) -> Result<(), bus::Error> {
    let Some(market_ts) = app.market.market_ts(symbol) else { return Ok(()) };
    let until = market_ts + AHEAD_SEC;
    let last = read.get(symbol).copied().filter(|last| *last <= until + BACK_SEC);
    let trail = spot_trail(symbol);
    if let Some(last) = last {
        let points = app.bus.range(&trail, last + STEP_SEC, until).await?;
        let points: Vec<_> = points.into_iter().map(|(at, point)| (at, point.value)).collect();
        read.extend(points.last().map(|&(at, _)| (symbol.to_owned(), at)));
        app.market.take_trail(symbol, &points, false);
        return Ok(());
    }
    let mut from = until - f64::from(DAYS) * 86_400.0;
    let mut all = Vec::new();
    while from < until {
        let to = (from + PAGE_SEC).min(until);
        let points = app.bus.range(&trail, from, to).await?;
        all.extend(points.into_iter().map(|(at, point)| (at, point.value)));
        from = to + STEP_SEC;
    }
    read.insert(symbol.to_owned(), all.last().map_or(until - AHEAD_SEC, |&(at, _)| at));
    app.market.take_trail(symbol, &all, true);
    Ok(())
}

//! Everything that market-redis publishes: spots, market events, differences of heatmaps, new profiles. One
//! subscription, and the keys after every gap.

use super::{
    bad,
    models::{read_gravity, read_heatmap},
};
use crate::{app::App, models::Fit, streams::FEED_EVENT};
use bus::{Backoff, Heard, Topics};
use futures_util::StreamExt;
use std::pin::pin;
use tracing::{debug, info};
use wire::{
    BusId::Market,
    gravity::{UPDATED, Updated},
    heatmap::DIFFS,
    market::{EVENTS, MarketEvent, SPOT, SPOTS, Spots, spot},
};

pub(super) async fn follow(app: App) -> anyhow::Result<()> {
    let channels = [&SPOT.name, &EVENTS.name, &UPDATED.name].map(ToString::to_string).to_vec();
    let patterns = vec![DIFFS.name.to_string()];
    let mut heard = pin!(app.bus.listen(Market, Topics { channels, patterns }));
    while let Some(heard) = heard.next().await {
        match heard {
            Heard::Message { channel, payload } => take(&app, &channel, &payload).await,
            Heard::Up => {
                read_all(&app).await;
                app.hub.gap(&[FEED_EVENT]);
                app.links.market.up();
                info!(bus = Market.name(), "heard");
            }
            Heard::Down => {
                metrics::counter!("redis_reconnects_total", "bus" => Market.name()).increment(1);
                app.links.market.down();
            }
        }
    }
    Ok(())
}

async fn take(app: &App, channel: &str, payload: &[u8]) {
    let text = String::from_utf8_lossy(payload);
    if channel == SPOT.name {
        if let Err(error) = app.market.take_spot(&text) {
            bad("spot", &error);
        }
    } else if channel == EVENTS.name {
        match serde_json::from_str::<MarketEvent>(&text) {
            Ok(_event) => app.hub.event(FEED_EVENT, &text),
            Err(error) => bad("market_events", &error),
        }
    } else if channel == UPDATED.name {
        take_update(app, &text).await;
    } else {
        take_diff(app, &text).await;
    }
}

async fn take_update(app: &App, text: &str) {
    let update: Updated = match serde_json::from_str(text) {
        Ok(update) => update,
        Err(error) => return bad("dealer_gravity", &error),
    };
    if let Err(error) = read_gravity(app, &update.symbol).await {
        debug!(%error, symbol = update.symbol, "profile not read");
    }
    app.models.artifact_changed(&update.symbol, text);
}

async fn take_diff(app: &App, text: &str) {
    match app.models.take_diff(text) {
        Ok((_, Fit::Done)) => {}
        Ok((symbol, Fit::Reload)) => {
            if let Err(error) = read_heatmap(app, &symbol).await {
                debug!(%error, symbol, "heatmap not read");
            }
        }
        Err(error) => bad("heatmap", &error),
    }
}

/// Reads the spot keys until it works: what was published while nobody listened is in them.
async fn read_all(app: &App) {
    let mut backoff = Backoff::default();
    while let Err(error) = try_read_all(app).await {
        debug!(%error, "spots not read");
        if !error.is_transient() {
            return;
        }
        backoff.wait().await;
    }
}

async fn try_read_all(app: &App) -> Result<(), bus::Error> {
    let mut symbols = app.market.symbols().borrow().clone();
    match app.bus.get::<Spots>(&SPOTS).await {
        Ok(spots) => symbols.extend(spots.into_iter().flat_map(|spots| spots.symbols.into_keys())),
        Err(error) if error.is_transient() => return Err(error),
        Err(error) => debug!(%error, "spots not read"),
    }
    let mut batch = app.bus.batch(Market);
    for symbol in &symbols {
        batch.text(&spot(symbol));
    }
    for text in batch.run().await?.into_iter().flatten() {
        if let Err(error) = app.market.take_spot(&text) {
            bad("spot", &error);
        }
    }
    for symbol in app.models.symbols() {
        read_heatmap(app, &symbol).await?;
        read_gravity(app, &symbol).await?;
    }
    Ok(())
}

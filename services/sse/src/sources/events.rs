//! Spots and market events: one subscription on market-redis, and the spot keys after every gap.

use super::bad;
use crate::{app::App, streams::FEED_EVENT};
use bus::{Backoff, Heard, Topics};
use futures_util::StreamExt;
use std::pin::pin;
use tracing::{debug, info};
use wire::{
    BusId::Market,
    market::{EVENTS, MarketEvent, SPOT, SPOTS, Spots, spot},
};

pub(super) async fn follow(app: App) -> anyhow::Result<()> {
    let channels = vec![SPOT.name.to_string(), EVENTS.name.to_string()];
    let mut heard = pin!(app.bus.listen(Market, Topics { channels, patterns: Vec::new() }));
    while let Some(heard) = heard.next().await {
        match heard {
            Heard::Message { channel, payload } => take(&app, &channel, &payload),
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

fn take(app: &App, channel: &str, payload: &[u8]) {
    let text = String::from_utf8_lossy(payload);
    if channel == EVENTS.name {
        match serde_json::from_str::<MarketEvent>(&text) {
            Ok(_event) => app.hub.event(FEED_EVENT, &text),
            Err(error) => bad("market_events", &error),
        }
    } else if let Err(error) = app.market.take_spot(&text) {
        bad("spot", &error);
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
    Ok(())
}

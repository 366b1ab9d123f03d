//! Everything that market-redis publishes, in one subscription, and the keys behind it after every gap.

use super::{
    Bad, bad, copilot, journal, judge,
    models::{read_gravity, read_heatmap},
    object, vexy,
};
use crate::{
    app::App,
    models::Fit,
    streams::{
        ALERTS, COMMENTARY, DEALER_GRAVITY, FEED_EVENT, HEATMAP, LOGS, MARKET_EVENT, MEL, POSITIONS,
        RISK_GRAPH, SPOT as SPOT_TOPIC, TRADES, VEXY, VEXY_INTERACTION, VEXY_MESSAGE,
    },
};
use bus::{Backoff, Heard, Topics};
use futures_util::StreamExt;
use std::pin::pin;
use tracing::{debug, info};
use wire::{
    BusId::Market,
    chain::GEOMETRY_UPDATED,
    copilot::{ALERT_EVENTS, COMMENTARY as REMARKS, MEL_UPDATES},
    gravity::{UPDATED, Updated},
    heatmap::DIFFS,
    journal::{LOG_LIFECYCLE, RISK_GRAPHS, TRADE_LOGS, Whose, whose},
    market::{EVENTS, MarketEvent, SPOT, SPOTS, Spots, spot},
    vexy::{INTERACTIONS, PLAY_BY_PLAY, interaction_user},
    vigil,
};

/// Event topics that nothing but a subscription feeds: what is published while nobody listens is lost to them.
const HEARD_ONLY: [&str; 10] = [
    MARKET_EVENT,
    FEED_EVENT,
    ALERTS,
    VEXY_MESSAGE,
    COMMENTARY,
    RISK_GRAPH,
    TRADES,
    POSITIONS,
    LOGS,
    VEXY_INTERACTION,
];

pub(super) async fn follow(app: App) -> anyhow::Result<()> {
    let channels = [
        &SPOT.name,
        &EVENTS.name,
        &UPDATED.name,
        &GEOMETRY_UPDATED.name,
        &MEL_UPDATES.name,
        &REMARKS.name,
        &ALERT_EVENTS.name,
        &PLAY_BY_PLAY.name,
        &vigil::EVENTS.name,
        &LOG_LIFECYCLE.name,
    ];
    let patterns = [&DIFFS.name, &TRADE_LOGS.name, &RISK_GRAPHS.name, &INTERACTIONS.name];
    let topics = Topics {
        channels: channels.map(ToString::to_string).to_vec(),
        patterns: patterns.map(ToString::to_string).to_vec(),
    };
    let mut heard = pin!(app.bus.listen(Market, topics));
    while let Some(heard) = heard.next().await {
        match heard {
            Heard::Message { channel, payload } => {
                take(&app, &channel, &String::from_utf8_lossy(&payload)).await;
            }
            Heard::Up => {
                read_all(&app).await;
                app.hub.gap(&HEARD_ONLY);
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

async fn take(app: &App, channel: &str, text: &str) {
    let is = |name: &str| channel == name;
    if is(&SPOT.name) {
        judge(SPOT_TOPIC, app.market.take_spot(text).map_err(Bad::from));
    } else if is(&UPDATED.name) {
        take_update(app, text).await;
    } else if is(&EVENTS.name) {
        judge(FEED_EVENT, take_feed_event(app, text));
    } else if is(&GEOMETRY_UPDATED.name) {
        app.feeds.strikes.forget();
    } else if is(&MEL_UPDATES.name) {
        judge(MEL, copilot::take_mel(app, text));
    } else if is(&REMARKS.name) {
        judge(COMMENTARY, copilot::take_commentary(app, text));
    } else if is(&ALERT_EVENTS.name) {
        judge(ALERTS, copilot::take_alert(app, text));
    } else if is(&PLAY_BY_PLAY.name) {
        judge(VEXY, vexy::take(app, text));
    } else if is(&vigil::EVENTS.name) {
        judge(MARKET_EVENT, object(text).map(|()| app.hub.event(MARKET_EVENT, text)));
    } else if is(&LOG_LIFECYCLE.name) {
        judge(LOGS, journal::take(app, channel, text));
    } else if interaction_user(channel).is_some() {
        judge(VEXY_INTERACTION, vexy::take_interaction(app, channel, text));
    } else {
        match whose(channel) {
            Some(Whose::TradeLog(_)) => judge(TRADES, journal::take(app, channel, text)),
            Some(Whose::RiskGraph(_)) => judge(RISK_GRAPH, journal::take(app, channel, text)),
            None => take_diff(app, text).await,
        }
    }
}

fn take_feed_event(app: &App, text: &str) -> Result<(), Bad> {
    let _event: MarketEvent = serde_json::from_str(text)?;
    app.hub.event(FEED_EVENT, text);
    Ok(())
}

async fn take_update(app: &App, text: &str) {
    let update: Updated = match serde_json::from_str(text) {
        Ok(update) => update,
        Err(error) => return bad(DEALER_GRAVITY, &error),
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
        Err(error) => bad(HEATMAP, &error),
    }
}

/// Reads the keys until it works: what was published while nobody listened is in them.
async fn read_all(app: &App) {
    let mut backoff = Backoff::default();
    while let Err(error) = try_read_all(app).await {
        debug!(%error, "keys not read");
        if !error.is_transient() {
            return;
        }
        backoff.wait().await;
    }
}

async fn try_read_all(app: &App) -> Result<(), bus::Error> {
    app.feeds.strikes.forget();
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
        judge(SPOT_TOPIC, app.market.take_spot(&text).map_err(Bad::from));
    }
    for symbol in app.models.symbols() {
        read_heatmap(app, &symbol).await?;
        read_gravity(app, &symbol).await?;
    }
    copilot::read(app).await?;
    vexy::read(app).await
}

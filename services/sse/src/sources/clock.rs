//! The market's own time, read once a second.

use super::bad;
use crate::{app::App, config::Config, streams::CLOCK as TOPIC};
use chassis::Context;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tracing::debug;
use wire::market::{CLOCK, Clock};

const EVERY: Duration = Duration::from_secs(1);

pub(super) async fn follow(ctx: Context<Config>, app: App) -> anyhow::Result<()> {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let closed = ctx.closed();
    while closed.run_until_cancelled(ticks.tick()).await.is_some() {
        match app.bus.text(&CLOCK).await {
            Ok(Some(text)) => match serde_json::from_str::<Clock>(&text) {
                Ok(_clock) => app.hub.state(TOPIC, "", &text),
                Err(error) => bad("clock", &error),
            },
            Ok(None) => {}
            Err(error) => debug!(%error, "clock not read"),
        }
    }
    Ok(())
}

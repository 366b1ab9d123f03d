//! Models that have a key and no channel: read whenever their `ts` has moved.

use super::bad;
use crate::{
    app::App,
    config::Config,
    models::Kept,
    streams::{BIAS_LFI, GEX, GEX_SUMMARY, MARKET_MODE, TRADE_SELECTOR, VIX_REGIME},
};
use chassis::Context;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};
use tokio::time::{MissedTickBehavior, interval};
use tracing::debug;
use wire::{
    BusId::Market,
    EpochSec, gex, gravity,
    heatmap::latest,
    regime::{BIAS_LFI as BIAS_LFI_KEY, MARKET_MODE as MARKET_MODE_KEY, VIX_REGIME as VIX_REGIME_KEY},
    selector,
};

/// Between two readings of what changes every few seconds and is asked for by REST only.
const SELDOM: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
struct Stamp {
    ts: EpochSec,
}

/// The part of the GEX summary that is looked at.
#[derive(Deserialize)]
struct Summary<'a> {
    ts: EpochSec,
    #[serde(borrow)]
    symbols: BTreeMap<String, &'a RawValue>,
}

pub(super) async fn follow(ctx: Context<Config>, app: App) -> anyhow::Result<()> {
    let mut ticks = interval(Duration::from_millis(app.config.poll_interval_ms));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let closed = ctx.closed();
    let mut poll = Poll::default();
    while closed.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Err(error) = poll.round(&app).await {
            debug!(%error, "models not read");
        }
    }
    Ok(())
}

#[derive(Default)]
struct Poll {
    /// `ts` of what was passed on, by topic.
    seen: HashMap<&'static str, EpochSec>,
    symbols: Vec<String>,
    versions: HashMap<String, EpochSec>,
    seldom: Option<Instant>,
}

impl Poll {
    async fn round(&mut self, app: &App) -> Result<(), bus::Error> {
        let mut batch = app.bus.batch(Market);
        batch.text(&gex::GEX).text(&MARKET_MODE_KEY).text(&VIX_REGIME_KEY).text(&BIAS_LFI_KEY);
        let mut texts = batch.run().await?.into_iter();
        let gex = texts.next().flatten();
        for (topic, text) in [MARKET_MODE, VIX_REGIME, BIAS_LFI].into_iter().zip(texts) {
            let Some(text) = text else { continue };
            match serde_json::from_str::<Stamp>(&text) {
                Ok(Stamp { ts }) if self.seen.insert(topic, ts) != Some(ts) => {
                    app.hub.state(topic, "", &text)
                }
                Ok(_) => {}
                Err(error) => bad(topic, &error),
            }
        }
        if let Some(text) = gex {
            self.gex(app, &text).await?;
        }
        if self.seldom.is_none_or(|at| at.elapsed() >= SELDOM) {
            self.seldom = Some(Instant::now());
            self.selections(app).await?;
            self.gravity(app).await?;
        }
        Ok(())
    }

    /// What is worth a look, of every symbol.
    async fn selections(&mut self, app: &App) -> Result<(), bus::Error> {
        let symbols = app.market.symbols().borrow().clone();
        let mut batch = app.bus.batch(Market);
        for symbol in &symbols {
            batch.text(&selector::latest(symbol));
        }
        for (symbol, text) in symbols.into_iter().zip(batch.run().await?) {
            let Some(text) = text else { continue };
            match serde_json::from_str::<Stamp>(&text) {
                Ok(_stamp) => app.hub.state(TRADE_SELECTOR, &symbol, &text),
                Err(error) => bad(TRADE_SELECTOR, &error),
            }
        }
        Ok(())
    }

    /// The summary, and with it the strikes of every symbol that it names.
    async fn gex(&mut self, app: &App, text: &str) -> Result<(), bus::Error> {
        let summary: Summary<'_> = match serde_json::from_str(text) {
            Ok(summary) => summary,
            Err(error) => {
                bad(GEX_SUMMARY, &error);
                return Ok(());
            }
        };
        if self.seen.get(GEX_SUMMARY) == Some(&summary.ts) {
            return Ok(());
        }
        let mut batch = app.bus.batch(Market);
        for symbol in summary.symbols.keys() {
            batch.text(&gex::calls(symbol)).text(&gex::puts(symbol));
        }
        let texts = batch.run().await?;
        for (symbol, sides) in summary.symbols.keys().zip(texts.chunks(2)) {
            let [calls, puts] = sides else { continue };
            match by_strike(symbol, calls.as_deref(), puts.as_deref()) {
                Ok(text) => app.hub.state(GEX, symbol, &text),
                Err(error) => bad(GEX, &error),
            }
        }
        self.seen.insert(GEX_SUMMARY, summary.ts);
        self.symbols = summary.symbols.into_keys().collect();
        app.hub.state(GEX_SUMMARY, "", text);
        Ok(())
    }

    /// Contexts, and artifacts, heatmaps and profiles whose news was missed.
    async fn gravity(&mut self, app: &App) -> Result<(), bus::Error> {
        for symbol in &self.symbols {
            let mut batch = app.bus.batch(Market);
            batch.text(&gravity::context(symbol));
            if app.models.kept(Kept::Artifact, symbol).is_none() {
                batch.text(&gravity::artifact(symbol));
            }
            let mut texts = batch.run().await?.into_iter();
            if let Some(context) = texts.next().flatten() {
                match serde_json::from_str::<gravity::Context>(&context) {
                    Ok(_context) => app.models.keep(Kept::Context, symbol, context),
                    Err(error) => bad("dealer_gravity", &error),
                }
            }
            if let Some(artifact) = texts.next().flatten() {
                take_artifact(app, symbol, artifact);
            }
            if app.models.heatmap(symbol, None, None).is_none() {
                read_heatmap(app, symbol).await?;
            }
            if !self.versions.contains_key(symbol) {
                self.versions.extend(read_profile(app, symbol).await?.map(|ts| (symbol.clone(), ts)));
            }
        }
        Ok(())
    }
}

/// `{symbol, calls, puts}`; a side that is absent is null.
fn by_strike(symbol: &str, calls: Option<&str>, puts: Option<&str>) -> Result<String, serde_json::Error> {
    let side = |text: Option<&str>| {
        text.map_or_else(
            || Ok("null".to_owned()),
            |text| Ok(serde_json::from_str::<&RawValue>(text)?.get().to_owned()),
        )
    };
    let symbol = serde_json::to_string(symbol)?;
    Ok(format!(r#"{{"symbol":{symbol},"calls":{},"puts":{}}}"#, side(calls)?, side(puts)?))
}

/// Reads the whole heatmap of `symbol`.
///
/// # Errors
/// market-redis is away.
pub(super) async fn read_heatmap(app: &App, symbol: &str) -> Result<(), bus::Error> {
    if let Some(text) = app.bus.text(&latest(symbol)).await?
        && let Err(error) = app.models.take_heatmap(symbol, &text)
    {
        bad("heatmap", &error);
    }
    Ok(())
}

/// Reads what a new artifact of `symbol` stands for.
///
/// # Errors
/// market-redis is away.
pub(super) async fn read_gravity(app: &App, symbol: &str) -> Result<(), bus::Error> {
    if let Some(text) = app.bus.text(&gravity::artifact(symbol)).await? {
        take_artifact(app, symbol, text);
    }
    read_profile(app, symbol).await?;
    Ok(())
}

fn take_artifact(app: &App, symbol: &str, text: String) {
    match serde_json::from_str::<gravity::Artifact>(&text) {
        Ok(_artifact) => app.models.keep(Kept::Artifact, symbol, text),
        Err(error) => bad("dealer_gravity", &error),
    }
}

/// Tells of the profile of `symbol`; its `ts`, `None` while there is none.
async fn read_profile(app: &App, symbol: &str) -> Result<Option<EpochSec>, bus::Error> {
    #[derive(Deserialize)]
    struct Head {
        version: String,
        ts: EpochSec,
    }
    let Some(text) = app.bus.text(&gravity::volume_profile(symbol)).await? else { return Ok(None) };
    match serde_json::from_str::<Head>(&text) {
        Ok(head) => {
            app.models.profile_changed(symbol, &head.version, head.ts);
            Ok(Some(head.ts))
        }
        Err(error) => {
            bad("volume_profile", &error);
            Ok(None)
        }
    }
}

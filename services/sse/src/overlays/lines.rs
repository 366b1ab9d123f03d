//! Volume nodes that an administrator draws. They stand in the artifact, which massive writes every minute: it keeps
//! them as soon as it has heard of them. What it had begun to publish before that is put right here.

use super::Error;
use crate::{
    app::App,
    config::Config,
    form::{Form, Invalid},
    models::Kept,
};
use bus::Delivery;
use chassis::Context;
use chrono::{SecondsFormat, Utc};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};
use tracing::{info, warn};
use wire::{
    EpochSec,
    gravity::{Artifact, UPDATED, Updated, VolumeNode, artifact},
};

const MOST_NODES: usize = 100;
const MOST_POINTS: f64 = 1e6;
const WEIGHT: f64 = 1.5;
const COLOR: &str = "#ffff00";
/// Nobody writes the artifact that often.
const ATTEMPTS: usize = 8;
/// Longer than massive takes to publish what it began.
const WATCHED: Duration = Duration::from_secs(30);

/// The nodes that count; `None`: the computed ones.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lines(Option<Vec<VolumeNode>>);

/// What was drawn last, by symbol.
#[derive(Debug, Default)]
pub(crate) struct Edits(Mutex<BTreeMap<String, (Instant, Lines)>>);

/// The part of an artifact that people see and draw.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Shown {
    volume_nodes: Vec<VolumeNode>,
    volume_wells: Vec<(f64, f64)>,
    edited: bool,
    artifact_version: String,
}

impl Lines {
    /// Reads `{volume_nodes: [{price, color, weight}]}`; `null` gives the lines back. Wells, which are computed, may
    /// stand beside.
    pub(crate) fn parse(body: &Value) -> Result<Self, Invalid> {
        const NODES: &str = "up to 100 of {price, color, weight}, or null";
        let form = Form::of(body, &["volume_nodes", "volume_wells", "edited", "artifact_version"])?;
        match form.value("volume_nodes") {
            Some(Value::Null) => Ok(Self(None)),
            Some(Value::Array(nodes)) if nodes.len() <= MOST_NODES => {
                let mut nodes = nodes.iter().map(node).collect::<Result<Vec<_>, _>>()?;
                nodes.sort_by(|a, b| a.price.total_cmp(&b.price));
                Ok(Self(Some(nodes)))
            }
            _ => Err(form.invalid("volume_nodes", NODES)),
        }
    }

    /// Draws them into the artifact of `symbol`, where they stay; what it is then.
    pub(crate) async fn post(self, app: &App, symbol: &str) -> Result<Shown, Error> {
        app.edits.note(symbol, self.clone());
        let drawn = self.draw(app, symbol).await;
        if drawn.is_err() {
            app.edits.forget(symbol);
        }
        drawn
    }

    async fn draw(&self, app: &App, symbol: &str) -> Result<Shown, Error> {
        let key = artifact(symbol);
        for _ in 0..ATTEMPTS {
            let before = app.bus.text(&key).await?.ok_or(Error::NoData)?;
            let (after, updated) = self.edit(&before, SystemTime::now().into())?;
            if app.bus.swap(&key, (&before, &after), (&UPDATED, &updated)).await? {
                app.models.keep(Kept::Artifact, symbol, after.clone());
                return shown(&after);
            }
        }
        Err(Error::Busy)
    }

    /// The artifact `before` with these lines, of a new version, and the word of it.
    fn edit(&self, before: &str, now: EpochSec) -> Result<(String, Updated), Error> {
        let mut artifact: Artifact = serde_json::from_str(before).map_err(Error::Artifact)?;
        if let Some(nodes) = &self.0 {
            artifact.structures.volume_nodes.clone_from(nodes);
        }
        let meta = &mut artifact.meta;
        let number = meta.artifact_version.strip_prefix('v').and_then(|number| number.parse::<i64>().ok());
        let version = (number.unwrap_or(0) + 1).max(now.whole().seconds() as i64);
        meta.edited = Some(self.0.is_some());
        meta.artifact_version = format!("v{version}");
        meta.last_update = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        meta.ts = now;
        let updated = Updated {
            kind: "dealer_gravity_artifact_updated".into(),
            symbol: meta.symbol.clone(),
            artifact_version: meta.artifact_version.clone(),
            occurred_at: meta.last_update.clone(),
            ts: now,
        };
        Ok((serde_json::to_string(&artifact).map_err(Error::Artifact)?, updated))
    }

    fn are_in(&self, artifact: &Artifact) -> bool {
        match &self.0 {
            Some(nodes) => artifact.meta.edited == Some(true) && artifact.structures.volume_nodes == *nodes,
            None => artifact.meta.edited != Some(true),
        }
    }
}

impl Edits {
    fn forget(&self, symbol: &str) {
        self.lock().remove(symbol);
    }

    fn note(&self, symbol: &str, lines: Lines) {
        self.lock().insert(symbol.to_owned(), (Instant::now(), lines));
    }

    /// What was drawn lately.
    fn recent(&self) -> BTreeMap<String, Lines> {
        let mut edits = self.lock();
        edits.retain(|_, (at, _)| at.elapsed() < WATCHED);
        edits.iter().map(|(symbol, (_, lines))| (symbol.clone(), lines.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, (Instant, Lines)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps drawn lines until the service closes.
pub(crate) fn start(ctx: &Context<Config>, app: &App) {
    let app = app.clone();
    ctx.spawn("lines", move || keep(app.clone()));
}

/// Whenever an artifact is new: draws lately drawn lines again that are not in it.
async fn keep(app: App) -> anyhow::Result<()> {
    let mut updates = pin!(app.bus.subscribe(UPDATED).await);
    while let Some(delivery) = updates.next().await {
        let mut edits = app.edits.recent();
        if let Delivery::Message(update) = delivery {
            edits.retain(|symbol, _| *symbol == update.symbol);
        }
        for (symbol, lines) in edits {
            match app.bus.get(&artifact(&symbol)).await {
                Ok(Some(artifact)) if !lines.are_in(&artifact) => {
                    info!(symbol, "drawn lines were written over");
                    if let Err(error) = lines.draw(&app, &symbol).await {
                        warn!(symbol, %error, "drawn lines not restored");
                    }
                }
                Ok(_) => {}
                Err(error) => warn!(symbol, %error, "drawn lines not checked"),
            }
        }
    }
    Ok(())
}

/// The part of the artifact `text` that people see and draw.
pub(crate) fn shown(text: &str) -> Result<Shown, Error> {
    let artifact: Artifact = serde_json::from_str(text).map_err(Error::Artifact)?;
    Ok(Shown {
        volume_nodes: artifact.structures.volume_nodes,
        volume_wells: artifact.structures.volume_wells,
        edited: artifact.meta.edited == Some(true),
        artifact_version: artifact.meta.artifact_version,
    })
}

fn node(value: &Value) -> Result<VolumeNode, Invalid> {
    let form = Form::within("volume_nodes.", value, &["price", "color", "weight"])?;
    let price = form.number("price", f64::MIN_POSITIVE..=MOST_POINTS);
    let expected = "points above 0, up to 1000000";
    Ok(VolumeNode {
        price: price.ok().flatten().ok_or_else(|| form.invalid("price", expected))?,
        weight: form.number("weight", 0.1..=10.0)?.unwrap_or(WEIGHT),
        color: form.color("color")?.unwrap_or_else(|| COLOR.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn artifact_text() -> String {
        json!({
            "profile": {"min": 5400.0, "max": 5402.0, "step": 1.0, "bins": [0, 3, 1000], "normalized_scale": 1000,
                "max_volume": 8.1e8},
            "structures": {"volume_nodes": [{"price": 5402.0, "weight": 1.5, "color": "#ffff00"}],
                "node_ranges": [[5401.0, 5402.0]], "volume_wells": [[5400.0, 5400.0]], "crevasses": []},
            "meta": {"symbol": "I:SPX", "source": "SPY", "multiplier": 10.0, "spot": 5401.5,
                "algorithm": "tv_microbins_30", "days": 30, "status": "ready", "artifact_version": "v1763737260",
                "last_update": "2025-11-21T15:01:00.000Z", "ts": 1_763_737_260.0, "market_ts": 1_763_737_259.5},
        })
        .to_string()
    }

    #[test]
    fn drawn_nodes_replace_the_computed_ones_and_nothing_else() {
        let lines = Lines::parse(&json!({"volume_nodes": [
            {"price": 5401.25, "color": "#00FF00", "weight": 3}, {"price": 5400}], "volume_wells": []}))
        .unwrap();
        let now = EpochSec::new(1_763_737_290.5);
        let (text, updated) = lines.edit(&artifact_text(), now).unwrap();
        let (before, after): (Artifact, Artifact) =
            (serde_json::from_str(&artifact_text()).unwrap(), serde_json::from_str(&text).unwrap());
        assert_eq!(
            serde_json::to_value(&after.structures.volume_nodes).unwrap(),
            json!([{"price": 5400.0, "weight": 1.5, "color": "#ffff00"},
                {"price": 5401.25, "weight": 3.0, "color": "#00ff00"}])
        );
        assert_eq!((&*after.meta.artifact_version, after.meta.edited), ("v1763737290", Some(true)));
        assert_eq!((&updated.artifact_version, updated.ts), (&after.meta.artifact_version, now));
        assert_eq!(
            (after.profile, after.structures.volume_wells),
            (before.profile, before.structures.volume_wells)
        );
        assert_eq!(after.meta.market_ts, before.meta.market_ts);
        let again = lines.edit(&text, now).unwrap().0;
        assert!(again.contains("v1763737291"), "a version is never used twice");
        assert!(
            lines.are_in(&serde_json::from_str(&again).unwrap())
                && !lines.are_in(&serde_json::from_str(&artifact_text()).unwrap())
        );
        let back = Lines(None).edit(&again, now).unwrap().0;
        let back: Artifact = serde_json::from_str(&back).unwrap();
        assert_eq!(
            (back.meta.edited, back.structures.volume_nodes.len()),
            (Some(false), 2),
            "until massive counts anew"
        );
    }

    #[test]
    fn what_is_wrong_is_told_by_its_name() {
        let refusal = |body: Value| Lines::parse(&body).unwrap_err().to_string();
        let nodes = "volume_nodes: expected up to 100 of {price, color, weight}, or null";
        assert_eq!(refusal(json!({})), nodes);
        assert_eq!(refusal(json!({"volume_nodes": vec![json!({"price": 1}); 101]})), nodes);
        let price = "volume_nodes.price: expected points above 0, up to 1000000";
        assert_eq!(refusal(json!({"volume_nodes": [{"color": "#ffffff"}]})), price);
        assert_eq!(refusal(json!({"volume_nodes": [{"price": 0}]})), price);
        let color = "volume_nodes.color: expected a colour like #7c5cd6";
        assert_eq!(refusal(json!({"volume_nodes": [{"price": 1, "color": "url(x)"}]})), color);
        assert_eq!(refusal(json!({"volume_nodes": [7]})), "volume_nodes: expected a JSON object");
    }
}

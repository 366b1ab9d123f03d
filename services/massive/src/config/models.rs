//! Settings of the models, the volume profile and the recording of what arrives.

use super::{chains::within, is_symbol, seconds};
use quant::surface::{ForwardMethod, GreeksSource};
use serde::Deserialize;
use std::collections::BTreeMap;
use truth::settings::{Fault, Settings};

/// Models: cadences, lives and methods.
#[derive(Debug, Clone, PartialEq)]
pub struct Models {
    /// Tiles for 0 to this many days to expiration.
    pub heatmap_max_dte: i64,
    /// Milliseconds between two heatmaps.
    pub heatmap_interval_ms: u64,
    /// Where theoretical volatilities come from.
    pub pricing: Pricing,
    /// Seconds between two rounds of GEX.
    pub gex_interval_sec: f64,
    /// Seconds between two rounds of bias and market mode.
    pub bias_interval_sec: f64,
    /// Symbol of the models that have one.
    pub primary: String,
    /// Seconds that a `:latest` model lives.
    pub live_ttl_sec: u64,
    /// Minutes of heatmap that can be replayed.
    pub replay_minutes: u64,
    /// Seconds that the replay lives.
    pub replay_ttl_sec: u64,
    /// Whose volatility and gamma count.
    pub greeks: GreeksSource,
    /// How forwards are found.
    pub forward: ForwardMethod,
    /// Continuous, per year.
    pub rate: f64,
    /// Continuous, per year.
    pub dividend: f64,
    /// Volume profiles.
    pub profile: Profiles,
}

/// Where the theoretical volatility of a tile comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pricing {
    /// The skew of the VIX regime around the mean at the money.
    Model,
    /// The interpolated market.
    Smile,
}

/// Block `volume_profile` of the component.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Profiles {
    /// By index: where its volume comes from.
    pub sources: BTreeMap<String, ProfileSource>,
    /// Calendar days of bars that are loaded when there is no profile.
    pub days: u32,
}

/// Whose volume stands for an index.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ProfileSource {
    /// The fund.
    pub source: String,
    /// Index points per dollar of the fund.
    pub multiplier: f64,
    /// Points per bin.
    pub step: f64,
}

/// What is recorded to files.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// REST answers.
    pub rest: bool,
    /// WebSocket frames.
    pub ws: bool,
    /// Directory; each date has one in it.
    pub directory: String,
}

impl Default for Models {
    fn default() -> Self {
        Self {
            heatmap_max_dte: 10,
            heatmap_interval_ms: 250,
            pricing: Pricing::Model,
            gex_interval_sec: 5.0,
            bias_interval_sec: 5.0,
            primary: "I:SPX".into(),
            live_ttl_sec: 259_200,
            replay_minutes: 15,
            replay_ttl_sec: 86_400,
            greeks: GreeksSource::VendorIv,
            forward: ForwardMethod::Parity,
            rate: 0.05,
            dividend: 0.0,
            profile: Profiles::default(),
        }
    }
}

impl Default for Profiles {
    fn default() -> Self {
        let source =
            |source: &str, multiplier, step| ProfileSource { source: source.into(), multiplier, step };
        let sources = [("I:SPX", source("SPY", 10.0, 1.0)), ("I:NDX", source("QQQ", 41.0, 5.0))];
        Self { sources: sources.map(|(index, source)| (index.to_owned(), source)).into(), days: 30 }
    }
}

impl Default for Capture {
    fn default() -> Self {
        Self { rest: false, ws: false, directory: "capture".into() }
    }
}

impl Models {
    pub(super) fn read(settings: &Settings) -> Result<Self, Fault> {
        let shipped = Self::default();
        let primary = settings.text_or("MASSIVE_BIAS_LFI_SYMBOL", &shipped.primary);
        if !is_symbol(&primary) {
            return Err(settings.fault("MASSIVE_BIAS_LFI_SYMBOL", "a symbol like I:SPX"));
        }
        let day = |key, default| within(settings, key, default, (1, 315_360_000_u64));
        Ok(Self {
            heatmap_max_dte: within(settings, "MASSIVE_HEATMAP_MAX_DTE", shipped.heatmap_max_dte, (0, 365))?,
            heatmap_interval_ms: within(
                settings,
                "MASSIVE_HEATMAP_INTERVAL_MS",
                shipped.heatmap_interval_ms,
                (200, 500),
            )?,
            pricing: choice(
                settings,
                "MASSIVE_HEATMAP_PRICING",
                &[("model", Pricing::Model), ("smile", Pricing::Smile)],
            )?,
            gex_interval_sec: seconds(settings, "MASSIVE_GEX_INTERVAL_SEC", shipped.gex_interval_sec)?,
            bias_interval_sec: seconds(settings, "MASSIVE_BIAS_LFI_INTERVAL_SEC", shipped.bias_interval_sec)?,
            primary,
            live_ttl_sec: day("MASSIVE_MODEL_LIVE_TTL_SEC", shipped.live_ttl_sec)?,
            replay_minutes: within(
                settings,
                "MASSIVE_REPLAY_BUFFER_MINUTES",
                shipped.replay_minutes,
                (1, 1_440),
            )?,
            replay_ttl_sec: day("MASSIVE_REPLAY_TTL_SEC", shipped.replay_ttl_sec)?,
            greeks: choice(
                settings,
                "MASSIVE_GREEKS_SOURCE",
                &[
                    ("vendor_iv", GreeksSource::VendorIv),
                    ("vendor_first", GreeksSource::VendorFirst),
                    ("own", GreeksSource::Own),
                ],
            )?,
            forward: choice(
                settings,
                "MASSIVE_FORWARD",
                &[("parity", ForwardMethod::Parity), ("carry", ForwardMethod::Carry)],
            )?,
            rate: within(settings, "MASSIVE_RATE", shipped.rate, (-0.5, 0.5))?,
            dividend: within(settings, "MASSIVE_DIVIDEND", shipped.dividend, (-0.5, 0.5))?,
            profile: Profiles::read(settings)?,
        })
    }
}

impl Profiles {
    fn read(settings: &Settings) -> Result<Self, Fault> {
        let profile: Self = settings.block("volume_profile")?.unwrap_or_default();
        let fault = |at: &str, expected: &str| Fault {
            place: format!("truth:doc:/components/{}/volume_profile/{at}", settings.component_id()),
            expected: expected.into(),
        };
        if !(1..=1_830).contains(&profile.days) {
            return Err(fault("days", "1 to 1830"));
        }
        for (index, source) in &profile.sources {
            let is_number = |value: f64| value.is_finite() && value > 0.0;
            if !is_symbol(index) || !is_symbol(&source.source) {
                return Err(fault(&format!("sources/{index}"), "an index like I:SPX with a source like SPY"));
            }
            if !is_number(source.multiplier) || !is_number(source.step) {
                return Err(fault(&format!("sources/{index}"), "multiplier and step above 0"));
            }
        }
        Ok(profile)
    }
}

impl Capture {
    pub(super) fn read(settings: &Settings) -> Result<Self, Fault> {
        let off = (false, false);
        let recorded = [("off", off), ("rest", (true, false)), ("ws", (false, true)), ("all", (true, true))];
        let (rest, ws) = choice(settings, "MASSIVE_CAPTURE", &recorded)?;
        let directory = settings.text_or("MASSIVE_CAPTURE_DIR", &Self::default().directory);
        Ok(Self { rest, ws, directory })
    }
}

/// One of these words; the first is the default.
fn choice<T: Copy>(settings: &Settings, key: &str, words: &[(&str, T)]) -> Result<T, Fault> {
    let text = settings.text(key);
    let found = match &text {
        None => words.first(),
        Some(text) => words.iter().find(|(word, _)| word == text),
    };
    let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    found.map(|(_, value)| *value).ok_or_else(|| settings.fault(key, &names.join(" or ")))
}

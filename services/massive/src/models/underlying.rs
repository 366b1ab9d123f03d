//! One underlying: its chain, what that implies, and the models that are made of both.

use super::{gravity::Minutes, heat::Sheet, pulse::Pulse};
use crate::{
    chain::view::View,
    config::{ChainTerms, Config, Pricing},
};
use quant::{
    gex::{Gex, Workspace},
    heatmap::{self, Inputs},
    moves,
    surface::{Surface, Terms},
};
use std::{sync::Arc, time::Duration};

pub(super) struct Underlying {
    pub(super) symbol: Arc<str>,
    pub(super) view: View,
    pub(super) surface: Surface,
    pub(super) gex: Gex,
    pub(super) sheet: Sheet,
    pub(super) minutes: Minutes,
    pub(super) terms: ChainTerms,
    pub(super) widths: Vec<f64>,
    /// The view is newer than the heatmap.
    pub(super) is_fresh: bool,
    pub(super) gex_pulse: Pulse,
    pub(super) bias_pulse: Pulse,
    pub(super) pin_pulse: Pulse,
    pub(super) context_pulse: Pulse,
    /// The chain cycle that was written last.
    pub(super) written_cycle: Option<u64>,
    /// Market time of the surface, Unix milliseconds: within one epoch it does not run backwards.
    market_ms: i64,
    work: Workspace,
}

impl Underlying {
    /// `version`: of the heatmap that was published before the start.
    pub(super) fn new(view: View, config: &Config, version: u64) -> Self {
        let terms = config.chains.terms_of(&view.symbol);
        let seconds = Duration::from_secs_f64;
        let models = &config.models;
        let mut underlying = Self {
            symbol: Arc::clone(&view.symbol),
            surface: Surface::default(),
            gex: Gex::default(),
            sheet: Sheet::after(version),
            minutes: Minutes::default(),
            widths: terms.widths.iter().map(|width| width.get()).collect(),
            terms,
            is_fresh: true,
            gex_pulse: Pulse::every(seconds(models.gex_interval_sec)),
            bias_pulse: Pulse::every(seconds(models.bias_interval_sec)),
            pin_pulse: Pulse::every(Duration::from_secs(15)),
            context_pulse: Pulse::every(Duration::from_secs(5)),
            written_cycle: None,
            market_ms: view.now.market.0,
            work: Workspace::default(),
            view,
        };
        underlying.imply(config);
        underlying
    }

    /// Takes a newer view; the old one is returned for its memory.
    pub(super) fn take(&mut self, view: View, config: &Config) -> View {
        let is_same = view.geometry.epoch == self.view.geometry.epoch;
        let market_ms = view.now.market.0;
        self.market_ms = if is_same { self.market_ms.max(market_ms) } else { market_ms };
        if view.cycle != self.view.cycle {
            self.gex_pulse.hurry();
            self.bias_pulse.hurry();
        }
        let old = std::mem::replace(&mut self.view, view);
        self.is_fresh = true;
        self.imply(config);
        old
    }

    fn imply(&mut self, config: &Config) {
        let models = &config.models;
        let terms = Terms {
            spot: self.view.spot,
            market_ms: self.market_ms,
            rate: models.rate,
            dividend: models.dividend,
            forward: models.forward,
            source: models.greeks,
        };
        self.surface.refresh(&self.view.chain, &terms);
    }

    /// Works out the gamma exposure.
    pub(super) fn expose(&mut self) {
        self.gex.refresh(&self.view.chain, &self.surface, self.view.spot, &mut self.work);
    }

    /// Expected move of today, points; `None` without a VIX.
    pub(super) fn expected_move(&self) -> Option<f64> {
        moves::expected_move(self.view.spot, self.view.vix, 0)
    }

    pub(super) fn inputs<'a>(&'a self, config: &Config) -> Inputs<'a> {
        Inputs {
            chain: &self.view.chain,
            surface: &self.surface,
            spot: self.view.spot,
            vix: self.view.vix,
            widths: &self.widths,
            max_dte: u16::try_from(config.models.heatmap_max_dte).unwrap_or(u16::MAX),
            trading_date: self.view.now.date,
            market_ms: self.market_ms,
            pricing: match config.models.pricing {
                Pricing::Model => heatmap::Pricing::Model,
                Pricing::Smile => heatmap::Pricing::Smile,
            },
        }
    }
}

//! The models' own thread: takes what waits, works out what is due, hands it to the writes.

use super::{
    Desk, Versions, chain,
    desk::{Spot, Trade},
    gex::{self, Side},
    gravity,
    heat::Version,
    pulse::Pulse,
    runs::Runs,
    scores::{self, Scores},
    stamp::Stamp,
    underlying::Underlying,
};
use crate::{chain::view::View, clock::Clock, config::Config, profile::held::Profiles};
use bus::Outage;
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;
use tracing::error;
use wire::{
    Channel, Key,
    chain::CHAIN,
    gex::{GEX, Gex},
    gravity::UPDATED,
    heatmap::{self, Replayed},
    market::analytics,
    regime,
};

const VIX: &str = "I:VIX";
const SECOND: Duration = Duration::from_secs(1);
/// The longest sleep: minutes of the market's time close several times a second when it is fast.
const NAP: Duration = Duration::from_millis(100);
/// A heatmap is published at least this often.
const HEATMAP_AGE: Duration = Duration::from_secs(10);
/// The VIX regime lives for an hour; it is written again before that, also when nothing moves.
const REGIME_AGE: Duration = Duration::from_secs(1_800);

pub(super) struct Worker {
    pub(super) desk: Desk,
    pub(super) outage: Outage,
    pub(super) clock: Clock,
    pub(super) config: Arc<Config>,
    pub(super) underlyings: BTreeMap<Arc<str>, Underlying>,
    pub(super) profiles: Profiles,
    pub(super) runs: Runs,
    versions: Versions,
    spots: HashMap<String, Spot>,
    /// What was traded since the last flush.
    trades: Vec<Trade>,
    flush_pulse: Pulse,
    analytics_pulse: Pulse,
    replay_pulse: Pulse,
    regime_pulse: Pulse,
    /// What the VIX regime was written for, and when.
    regime: Option<(Option<f64>, bool, Instant)>,
}

impl Worker {
    pub(super) fn new(
        config: Arc<Config>,
        desk: Desk,
        clock: Clock,
        outage: Outage,
        versions: Versions,
    ) -> Self {
        Self {
            outage,
            clock,
            underlyings: BTreeMap::new(),
            profiles: Profiles::new(&config.models.profile, desk.board.clone()),
            runs: Runs::default(),
            versions,
            spots: HashMap::new(),
            trades: Vec::new(),
            flush_pulse: Pulse::every(SECOND),
            analytics_pulse: Pulse::every(SECOND),
            replay_pulse: Pulse::every(SECOND),
            regime_pulse: Pulse::every(SECOND),
            regime: None,
            desk,
            config,
        }
    }

    /// Runs until the desk is closed, then writes the profiles down.
    pub(super) fn run(&mut self) {
        while self.round(NAP) {}
        self.flush_pulse.hurry();
        self.flush();
        self.publish_profiles();
        self.analytics_pulse.hurry();
        self.analytics();
    }

    /// Takes what waits, for at most `limit`, and does what is due; false when the desk is closed.
    pub(super) fn round(&mut self, limit: Duration) -> bool {
        let waiting = self.desk.take(self.until_heatmap().map_or(limit, |due| due.min(limit)));
        if waiting.is_closed {
            return false;
        }
        self.spots.extend(waiting.spots);
        for view in waiting.views.into_values() {
            self.take(view);
        }
        self.trades.extend(waiting.trades);
        self.flush();
        let mut is_profile_due = false;
        for note in waiting.notes {
            is_profile_due |= self.profiles.note(note);
        }
        if is_profile_due {
            self.publish_profiles();
        }
        self.work();
        true
    }

    fn take(&mut self, view: View) {
        match self.underlyings.get_mut(&view.symbol) {
            Some(known) => {
                let old = known.take(view, &self.config);
                self.desk.give_back(old);
            }
            None => {
                let version = self.versions.heatmaps.get(&*view.symbol).copied().unwrap_or(0);
                let symbol = Arc::clone(&view.symbol);
                self.underlyings.insert(symbol, Underlying::new(view, &self.config, version));
            }
        }
    }

    /// Trades go into the profiles once a second.
    fn flush(&mut self) {
        let now = self.clock.now();
        if !self.trades.is_empty() && self.flush_pulse.take(now.at) {
            self.profiles.flush(&self.trades, now.ts.seconds());
            self.trades.clear();
        }
    }

    /// What is freshest first: a heatmap never waits for the slower models of another underlying.
    fn work(&mut self) {
        let symbols: Vec<Arc<str>> = self.underlyings.keys().cloned().collect();
        for symbol in &symbols {
            self.heatmap(symbol);
        }
        self.replay();
        self.chain();
        let mut is_exposed = false;
        for symbol in &symbols {
            is_exposed |= self.exposure(symbol);
        }
        if is_exposed {
            self.aggregate();
        }
        for symbol in &symbols {
            self.scores(symbol);
            self.gravity(symbol);
        }
        self.regime();
        self.analytics();
    }

    /// Until a heatmap whose chain changed may be published; `None`: none waits.
    fn until_heatmap(&self) -> Option<Duration> {
        let gap = self.heatmap_gap();
        let waits = self.underlyings.values().filter(|of| of.is_fresh);
        let due = waits
            .map(|of| of.sheet.published_at.map_or(Duration::ZERO, |at| gap.saturating_sub(at.elapsed())));
        due.min()
    }

    /// A little less than the interval: views come at that pace, and one that is early is not put off.
    fn heatmap_gap(&self) -> Duration {
        Duration::from_millis(self.config.models.heatmap_interval_ms).mul_f64(0.8)
    }

    fn heatmap(&mut self, symbol: &Arc<str>) {
        let (now, gap) = (self.clock.now(), self.heatmap_gap());
        let Some(of) = self.underlyings.get_mut(symbol) else { return };
        let age = of.sheet.published_at.map(|at| now.at.saturating_duration_since(at));
        let is_due = age.is_none_or(|age| age >= HEATMAP_AGE);
        if !is_due && (!of.is_fresh || age.is_some_and(|age| age < gap)) {
            return;
        }
        of.is_fresh = false;
        let stamp = Stamp::new(&now, of.view.input_ms);
        let mut sheet = std::mem::take(&mut of.sheet);
        let inputs = of.inputs(&self.config);
        let version = sheet.advance(&inputs, &of.view, stamp, is_due);
        if matches!(version, Ok(Some(_))) {
            sheet.published_at = Some(now.at);
        }
        of.sheet = sheet;
        match version {
            Ok(Some(Version { latest, diff })) => {
                // Keys go out before messages: whoever hears the difference finds the whole.
                self.outage.set_text(&self.living(heatmap::latest(symbol)), latest);
                self.outage.publish_text(&heatmap::diffs(symbol), diff);
                self.ran("heatmap", now.at);
            }
            Ok(None) => self.ran("heatmap", now.at),
            Err(error) => self.failed("heatmap", &error),
        }
    }

    /// The differences of the last second. While Redis is away they gather in one entry, which keeps memory small.
    fn replay(&mut self) {
        let now = self.clock.now();
        if self.outage.is_away() || !self.replay_pulse.take(now.at) {
            return;
        }
        let window = Duration::from_secs(self.config.models.replay_minutes * 60);
        let ttl = Duration::from_secs(self.config.models.replay_ttl_sec);
        for (symbol, of) in &mut self.underlyings {
            let stamp = Stamp::new(&now, of.view.input_ms);
            match of.sheet.merged(&of.view, stamp) {
                Ok(Some(payload)) => {
                    let window = of.sheet.replayed(payload.len(), now.at, window);
                    let log = heatmap::replay(symbol).within(window, ttl);
                    if let Err(error) = self.outage.append(&log, &Replayed { payload }) {
                        error!(%error, "replay not encoded");
                    }
                }
                Ok(None) => {}
                Err(error) => error!(%error, "replay not encoded"),
            }
        }
    }

    /// All chains, when a cycle changed one of them.
    fn chain(&mut self) {
        if self.underlyings.values().all(|of| of.written_cycle == Some(of.view.cycle)) {
            return;
        }
        let now = self.clock.now();
        let now_ms = u64::try_from(wire::EpochMs::from(now.ts).0).unwrap_or(0);
        self.versions.chain = (self.versions.chain + 1).max(now_ms);
        let parts: Vec<chain::Part<'_>> = self
            .underlyings
            .values()
            .map(|of| chain::Part { view: &of.view, surface: &of.surface, increment: of.terms.increment })
            .collect();
        let text = chain::encode(self.versions.chain, now.ts, &parts, chain::MAX_BYTES);
        for of in self.underlyings.values_mut() {
            of.written_cycle = Some(of.view.cycle);
        }
        match text {
            Ok(text) => {
                self.outage.set_text(&self.living(CHAIN), text);
                self.ran("chain", now.at);
            }
            Err(error) => self.failed("chain", &error),
        }
    }

    /// True when the exposure of `symbol` was worked out anew.
    fn exposure(&mut self, symbol: &Arc<str>) -> bool {
        let now = self.clock.now();
        let Some(of) = self.underlyings.get_mut(symbol) else { return false };
        if !of.gex_pulse.take(now.at) {
            return false;
        }
        of.expose();
        let stamp = Stamp::new(&now, of.view.input_ms);
        let calls = gex::by_strike(&of.gex, Side::Calls, symbol, stamp);
        let puts = gex::by_strike(&of.gex, Side::Puts, symbol, stamp);
        let latest = gex::latest(&of.gex, symbol, of.view.now.date, stamp);
        self.set(&wire::gex::calls(symbol), &calls);
        self.set(&wire::gex::puts(symbol), &puts);
        self.set(&wire::gex::latest(symbol), &latest);
        self.ran("gex", now.at);
        true
    }

    fn aggregate(&mut self) {
        let now = self.clock.now();
        let exposed = || self.underlyings.values().filter(|of| of.gex_pulse.next().is_some());
        let newest = exposed().map(|of| of.view.input_ms).max().unwrap_or_default();
        let symbols = exposed().map(|of| (of.symbol.to_string(), gex::summary(&of.gex, of.view.now.date)));
        let Stamp { ts, market_ts } = Stamp::new(&now, newest);
        let all = Gex { ts, market_ts, symbols: symbols.collect() };
        self.set(&GEX, &all);
    }

    fn scores(&mut self, symbol: &Arc<str>) {
        let now = self.clock.now();
        let Some(of) = self.underlyings.get_mut(symbol) else { return };
        if !of.bias_pulse.take(now.at) {
            return;
        }
        let stamp = Stamp::new(&now, of.view.input_ms);
        let scores = Scores::of(&of.gex, symbol);
        let (bias, mode) = (scores.bias(&of.gex, symbol, stamp), scores.mode(symbol, stamp));
        self.set(&regime::bias_lfi(symbol), &bias);
        self.set(&regime::market_mode(symbol), &mode);
        if **symbol == *self.config.models.primary {
            self.set(&regime::BIAS_LFI, &bias);
            self.set(&regime::MARKET_MODE, &mode);
        }
        self.ran("bias_lfi", now.at);
    }

    fn gravity(&mut self, symbol: &Arc<str>) {
        let now = self.clock.now();
        let Some(of) = self.underlyings.get_mut(symbol) else { return };
        let stamp = Stamp::new(&now, of.view.input_ms);
        let is_pin_due = of.pin_pulse.take(now.at);
        let pin = is_pin_due.then(|| gravity::pin(of, &self.profiles, stamp)).flatten();
        let is_context_due = of.context_pulse.take(now.at);
        let context = is_context_due.then(|| gravity::context(of, &self.profiles, stamp)).flatten();
        let closed = of.minutes.closed(now.market.0).filter(|_minute| now.is_synced);
        let state = closed.and_then(|minute| gravity::state(of, &self.profiles, minute, stamp));
        if let Some(pin) = pin {
            self.set(&regime::pin(symbol), &pin);
        }
        if let Some(context) = context {
            self.set(&wire::gravity::context(symbol), &context);
        }
        if let Some(state) = state {
            self.set(&wire::gravity::state(symbol), &state);
        }
        if is_pin_due {
            self.ran("pin", now.at);
        }
        if is_context_due || closed.is_some() {
            self.ran("dealer_gravity", now.at);
        }
    }

    /// What the VIX says, when it changed.
    fn regime(&mut self) {
        let now = self.clock.now();
        let known = self.spots.get(VIX).copied();
        let of_chains = || self.underlyings.values().find_map(|of| of.view.vix);
        let vix = known.map(|spot| spot.value).or_else(of_chains);
        let is_stale = known.is_some_and(|spot| spot.is_stale);
        let is_same = self.regime.is_some_and(|(before, was_stale, at)| {
            (before, was_stale) == (vix, is_stale) && now.at.saturating_duration_since(at) < REGIME_AGE
        });
        if is_same || vix.is_none() && self.underlyings.is_empty() || !self.regime_pulse.take(now.at) {
            return;
        }
        let input_ms = known.map(|spot| spot.t_ms);
        let input_ms = input_ms.or_else(|| self.underlyings.values().map(|of| of.view.input_ms).max());
        let stamp = Stamp::new(&now, input_ms.unwrap_or(now.market.0));
        let spots = self.underlyings.iter().map(|(symbol, of)| (&**symbol, of.view.spot));
        let payload = scores::vix_regime(vix, is_stale, spots, stamp);
        self.set(&regime::VIX_REGIME, &payload);
        self.regime = Some((vix, is_stale, now.at));
        self.ran("vix_regime", now.at);
    }

    fn publish_profiles(&mut self) {
        let now = self.clock.now();
        let spots = &self.spots;
        let underlyings = &self.underlyings;
        let spot = |symbol: &str| {
            let of = underlyings.get(symbol).map(|of| of.view.spot);
            of.or_else(|| spots.get(symbol).map(|spot| spot.value))
        };
        let stamp = |input_ms| Stamp::new(&now, input_ms);
        for publication in self.profiles.publish(spot, stamp) {
            let symbol = &publication.symbol;
            self.set(&wire::gravity::volume_profile(symbol), &publication.model);
            if *symbol == self.config.models.primary {
                self.set(&wire::gravity::VOLUME_PROFILE, &publication.model);
            }
            self.set(&wire::gravity::artifact(symbol), &publication.artifact);
            self.publish(&UPDATED, &publication.updated);
        }
        self.ran("volume_profile", now.at);
    }

    fn analytics(&mut self) {
        if !self.analytics_pulse.take(Instant::now()) {
            return;
        }
        for (part, fields) in [("model", self.runs.fields()), ("volume_profile", self.profiles.fields())] {
            if let Err(error) = self.outage.update(&analytics(part), &fields) {
                error!(%error, "analytics not encoded");
            }
        }
    }

    fn living<T>(&self, key: Key<T>) -> Key<T> {
        key.living(Duration::from_secs(self.config.models.live_ttl_sec))
    }

    fn set<T: Serialize>(&self, key: &Key<T>, value: &T) {
        if let Err(error) = self.outage.set(key, value) {
            error!(%error, "model not encoded");
        }
    }

    fn publish<T: Serialize>(&self, channel: &Channel<T>, message: &T) {
        if let Err(error) = self.outage.publish(channel, message) {
            error!(%error, "message not encoded");
        }
    }

    fn ran(&mut self, model: &'static str, since: Instant) {
        self.runs.ran(model, since.elapsed(), true);
    }

    fn failed(&mut self, model: &'static str, error: &serde_json::Error) {
        error!(model, %error, "model not encoded");
        self.runs.ran(model, Duration::ZERO, false);
    }
}

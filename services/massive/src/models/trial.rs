//! Every model over one chain at once, for benches.

use super::{Desk, Versions, desk::Spot, worker::Worker};
use crate::{chain::view::View, clock::Clock, config::Config, profile::Note};
use bus::Outage;
use quant::{heatmap::Heatmap, profile::Bar};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// The models before their first chain: all of them are due.
pub(crate) struct Trial {
    worker: Worker,
    desk: Desk,
}

impl Trial {
    /// `bars` is the history of the volume profile of `symbol`, `vix` in points.
    pub(crate) fn new(
        config: &Arc<Config>,
        clock: &Clock,
        outage: &Outage,
        (symbol, bars): (&str, &[Bar]),
        vix: f64,
    ) -> Self {
        let desk = Desk::default();
        let mut worker =
            Worker::new(Arc::clone(config), desk.clone(), clock.clone(), outage.clone(), Versions::default());
        let symbol = symbol.to_owned();
        desk.note(Note::Bars { symbol: symbol.clone(), bars: bars.to_vec() });
        desk.note(Note::Ready { symbol });
        desk.spot("I:VIX", Spot { value: vix, t_ms: clock.now().market.0, is_stale: false });
        worker.round(Duration::ZERO);
        desk.note(Note::Publish);
        Self { worker, desk }
    }

    /// Works every model out over `view` and hands it to the writes.
    pub(crate) fn work(&mut self, view: View) {
        self.desk.offer(view);
        self.worker.round(Duration::ZERO);
    }

    /// Computes every plane of the heatmap of the last view afresh; how many tiles there are, and how long it took.
    pub(crate) fn rebuild(&self) -> Option<(usize, Duration)> {
        let of = self.worker.underlyings.values().next()?;
        let inputs = of.inputs(&self.worker.config);
        let started = Instant::now();
        let map = Heatmap::of(&inputs);
        Some((map.tiles().count(), started.elapsed()))
    }
}

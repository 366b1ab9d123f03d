//! How often each model ran and how long it took: the fields of `massive:model:analytics`.

use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

/// Runs that the 95th percentile looks back on.
const WINDOW: usize = 256;

/// Every model's figures, by name.
#[derive(Debug, Default)]
pub(super) struct Runs(BTreeMap<&'static str, Figures>);

#[derive(Debug, Default)]
struct Figures {
    runs: u64,
    errors: u64,
    /// The last runs, milliseconds.
    took: VecDeque<f64>,
}

impl Runs {
    /// One run of `model`; false: nothing came of it.
    pub(super) fn ran(&mut self, model: &'static str, took: Duration, is_good: bool) {
        let figures = self.0.entry(model).or_default();
        figures.runs += 1;
        figures.errors += u64::from(!is_good);
        if figures.took.len() == WINDOW {
            figures.took.pop_front();
        }
        figures.took.push_back(took.as_secs_f64() * 1000.0);
    }

    pub(super) fn fields(&self) -> BTreeMap<String, Value> {
        let mut fields = BTreeMap::new();
        for (model, figures) in &self.0 {
            let last = figures.took.back().copied().unwrap_or(0.0);
            fields.insert(format!("{model}_runs"), json!(figures.runs));
            fields.insert(format!("{model}_errors"), json!(figures.errors));
            fields.insert(format!("{model}_last_ms"), json!(micros(last)));
            fields.insert(format!("{model}_p95_ms"), json!(micros(figures.percentile(0.95))));
        }
        fields
    }
}

impl Figures {
    fn percentile(&self, share: f64) -> f64 {
        let mut took: Vec<f64> = self.took.iter().copied().collect();
        took.sort_by(f64::total_cmp);
        let rank = (share * took.len() as f64).ceil() as usize;
        took.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
    }
}

fn micros(ms: f64) -> f64 {
    (ms * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_model_has_its_four_figures() {
        let mut runs = Runs::default();
        for ms in 1..=100 {
            runs.ran("gex", Duration::from_millis(ms), ms != 3);
        }
        let fields = runs.fields();
        assert_eq!(fields.len(), 4);
        assert_eq!((&fields["gex_runs"], &fields["gex_errors"]), (&json!(100), &json!(1)));
        assert_eq!((&fields["gex_last_ms"], &fields["gex_p95_ms"]), (&json!(100.0), &json!(95.0)));
    }
}

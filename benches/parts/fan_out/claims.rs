//! What is required, what was measured, and whether it holds.

use benches::{load::Outcome, say};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use crate::servers::Kind;

/// Outcomes of every run, by server.
pub(crate) type Runs = BTreeMap<Kind, Vec<Outcome>>;

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The median over the runs of `kind`.
pub(crate) fn of(runs: &Runs, kind: Kind, field: impl Fn(&Outcome) -> f64) -> f64 {
    median(runs.get(&kind).map(|runs| runs.iter().map(field).collect()).unwrap_or_default())
}

/// One target.
#[derive(Debug, Serialize)]
struct Claim {
    part: &'static str,
    subject: String,
    measured: f64,
    limit: f64,
    is_least: bool,
    holds: bool,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    claims: Vec<Claim>,
    figures: BTreeMap<&'static str, Value>,
}

impl Claims {
    /// `measured` must not be above `limit`.
    pub(crate) fn at_most(&mut self, part: &'static str, subject: &str, measured: f64, limit: f64) {
        self.add(part, subject, measured, limit, false, measured <= limit);
    }

    /// `measured` must not be below `limit`.
    pub(crate) fn at_least(&mut self, part: &'static str, subject: &str, measured: f64, limit: f64) {
        self.add(part, subject, measured, limit, true, measured >= limit);
    }

    fn add(
        &mut self,
        part: &'static str,
        subject: &str,
        measured: f64,
        limit: f64,
        is_least: bool,
        holds: bool,
    ) {
        let (mark, sign) = (if holds { "holds " } else { "BROKEN" }, if is_least { ">=" } else { "<=" });
        say(&format!("{mark} {part}: {subject}: {measured:.3} (required {sign} {limit:.3})"));
        self.claims.push(Claim { part, subject: subject.to_owned(), measured, limit, is_least, holds });
    }

    /// Keeps figures that belong to `part`.
    pub(crate) fn figures(&mut self, part: &'static str, figures: impl Serialize) {
        self.figures.insert(part, json!(figures));
    }

    /// All of it.
    pub(crate) fn result(self) -> Value {
        let holds = self.claims.iter().all(|claim| claim.holds);
        json!({"holds": holds, "claims": self.claims, "figures": self.figures})
    }
}

/// One line about one window.
pub(crate) fn tell(part: &str, run: usize, kind: Kind, outcome: &Outcome) {
    let Outcome { clients, rate, delivered, expected, p50_ms, p99_ms, max_ms, per_s, cpu_us, .. } = outcome;
    let gathered = outcome.messages_per_write.unwrap_or(f64::NAN);
    say(&format!(
        "  {part} run {run} {:<8} {clients} x {rate:.0}/s: {delivered} of {expected}, p50 {p50_ms:.1} p99 {p99_ms:.1} max {max_ms:.0} ms, \
         {per_s:.0}/s, {cpu_us:.2} us each, {:.2} cores (loader {:.2}), {gathered:.1} a write, {} again, {} resyncs",
        kind.name(),
        outcome.cores,
        outcome.loader_cores,
        outcome.out_of_order,
        outcome.resyncs,
    ));
}

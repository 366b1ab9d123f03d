//! P1, P2, P5 and the pace at 1,000 clients: everything delivered, how late, and at what cost.

use super::{
    Bench,
    claims::{Runs, of, tell},
    servers::{
        Kind::{self, Gateway, Nchan, Node, Pushpin, Warp},
        Server,
    },
};
use benches::{
    load::{Crowd, Outcome, measure},
    say,
};
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::sleep;

/// Before a window a server is sent what it will be sent, for this long.
const WARM_UP: f64 = 1.0;
const SETTLE: Duration = Duration::from_millis(500);

/// N clients, M messages a second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) clients: usize,
    pub(crate) stuck: usize,
    pub(crate) rate: f64,
    pub(crate) seconds: f64,
}

impl Bench {
    /// A server of `kind` that was started for it, with its clients.
    pub(crate) async fn crowded(
        &self,
        kind: Kind,
        clients: usize,
        stuck: usize,
    ) -> anyhow::Result<(Server, Crowd)> {
        let (server, mut crowd) = (self.starter.start(kind).await, Crowd::default());
        crowd.join_stuck(&server.target, stuck).await?;
        crowd.join(&server.target, clients, Duration::ZERO).await?;
        let reopened = crowd.tally().reopened;
        if reopened > 0 {
            say(&format!("  {}: {reopened} streams ended at once and were opened again", kind.name()));
        }
        Ok((server, crowd))
    }

    async fn window(&self, kind: Kind, load: Load) -> anyhow::Result<Outcome> {
        let (server, mut crowd) = self.crowded(kind, load.clients, load.stuck).await?;
        sleep(SETTLE).await;
        let (warm_up, plan) = (server.plan(load.rate, WARM_UP), server.plan(load.rate, load.seconds));
        let tree = server.tree();
        measure(&mut crowd, warm_up, &tree, server.port).await?;
        measure(&mut crowd, plan, &tree, server.port).await
    }

    /// `loads` on each server, every run with all of them.
    async fn runs(&self, part: &str, loads: &[(Kind, Load)]) -> Runs {
        let mut runs = Runs::new();
        for run in 1..=self.runs {
            for &(kind, load) in loads {
                let outcome = self.window(kind, load).await.unwrap();
                tell(part, run, kind, &outcome);
                runs.entry(kind).or_default().push(outcome);
            }
        }
        runs
    }

    /// P1 and P5: 500 clients, 50 messages a second; then with a tenth of them stuck.
    pub(crate) async fn p1(&mut self) {
        let load = Load { clients: 500, stuck: 0, rate: 50.0, seconds: 10.0 };
        let slow = Load { rate: 20.0, ..load };
        let loads = [(Gateway, load), (Nchan, load), (Node, load), (Pushpin, slow)];
        let runs = self.runs("P1", &loads).await;
        let stuck = Load { clients: 450, stuck: 50, ..load };
        let with_stuck = self.runs("P5", &[(Gateway, stuck)]).await;
        let p99 = |kind| of(&runs, kind, |outcome| outcome.p99_ms);
        let cpu = |kind| of(&runs, kind, |outcome| outcome.cpu_us);
        let claims = &mut self.claims;
        claims.at_least("P1", "delivered, of all", least_share(&runs, Gateway), 1.0);
        claims.at_most("P1", "p99 by node", p99(Gateway) / p99(Node), 0.40);
        claims.at_most("P1", "p99 by nchan", p99(Gateway) / p99(Nchan), 1.5);
        claims.at_most("P1", "CPU per delivery by node", cpu(Gateway) / cpu(Node), 0.60);
        claims.at_most("P1", "CPU per delivery by nchan", cpu(Gateway) / cpu(Nchan), 1.1);
        claims.at_most("P1", "CPU per delivery by pushpin at 20/s", cpu(Gateway) / cpu(Pushpin), 0.5);
        let growth = |runs: &Runs| of(runs, Gateway, |outcome| outcome.rss_peak_kib - outcome.rss_kib);
        let by_stuck = (growth(&with_stuck) - growth(&runs)) / stuck.stuck as f64;
        let late = of(&with_stuck, Gateway, |outcome| outcome.p99_ms) / p99(Gateway);
        claims.at_least("P5", "delivered to the others", least_share(&with_stuck, Gateway), 1.0);
        claims.at_most("P5", "p99 of the others by P1", late, 1.25);
        claims.at_most("P5", "KiB per stuck client", by_stuck, 768.0);
        claims.figures("P1", &runs);
        claims.figures("P5", &with_stuck);
    }

    /// P2: 1,500 clients, 60 messages a second.
    pub(crate) async fn p2(&mut self) {
        let load = Load { clients: 1500, stuck: 0, rate: 60.0, seconds: 10.0 };
        let runs = self.runs("P2", &[(Gateway, load), (Nchan, load)]).await;
        // Expected to fail: one run says how.
        let mut others = BTreeMap::new();
        for kind in [Node, Warp, Pushpin] {
            let told = match self.window(kind, load).await {
                Ok(outcome) => {
                    tell("P2", 1, kind, &outcome);
                    json!(outcome)
                }
                Err(error) => {
                    say(&format!("  P2 run 1 {}: {error:#}", kind.name()));
                    json!(format!("{error:#}"))
                }
            };
            others.insert(kind, told);
        }
        let p99 = |kind| of(&runs, kind, |outcome| outcome.p99_ms);
        self.claims.at_least("P2", "delivered, of all", least_share(&runs, Gateway), 1.0);
        self.claims.at_most("P2", "p99 by nchan", p99(Gateway) / p99(Nchan), 1.0);
        self.claims.figures("P2", json!({"runs": runs, "reported": others}));
    }

    /// 1,000 clients at 20 and at 100 messages a second.
    pub(crate) async fn pace(&mut self) {
        for (part, rate, limit) in [("20/s", 20.0, 0.75), ("100/s", 100.0, 0.40)] {
            let load = Load { clients: 1000, stuck: 0, rate, seconds: 6.0 };
            let runs = self.runs(part, &[Gateway, Nchan].map(|kind| (kind, load))).await;
            let by = |field: fn(&Outcome) -> f64| of(&runs, Gateway, field) / of(&runs, Nchan, field);
            self.claims.at_least(part, "delivered, of all", least_share(&runs, Gateway), 1.0);
            self.claims.at_most(part, "CPU per delivery by nchan", by(|outcome| outcome.cpu_us), limit);
            self.claims.at_most(part, "p99 by nchan", by(|outcome| outcome.p99_ms), 1.0);
            self.claims.figures(part, &runs);
        }
    }
}

/// The part that arrived, in the worst run; out of order is not arrived.
fn least_share(runs: &Runs, kind: Kind) -> f64 {
    let shares = runs[&kind]
        .iter()
        .map(|outcome| outcome.share() - outcome.out_of_order as f64 / outcome.expected as f64);
    shares.fold(1.0, f64::min)
}

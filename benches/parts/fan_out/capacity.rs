//! P3 and saturation: how much a server carries on one core, and how much of what a core can write at all.

use super::{
    Bench,
    claims::{Runs, of, tell},
    servers::{Kind, Server, pinned, spawn},
};
use benches::load::{Crowd, Outcome, Target, measure};
use serde_json::json;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use testkit::{free_port, wait_for};
use tokio::time::sleep;

/// How long a rate must be held.
const STEP_SEC: f64 = 2.0;
const FIRST_RATE: f64 = 64.0;
/// Faster than this nobody is asked to be.
const LAST_RATE: f64 = 4096.0;
const ATTEMPTS: usize = 2;
const LATEST_MS: f64 = 250.0;
/// A rate was sent when the publisher managed this part of it.
const SENT: f64 = 0.97;
/// Batches that the plain program is tried with.
const BATCHES: [usize; 4] = [1, 4, 16, 32];
const WRITING: Duration = Duration::from_secs(3);

impl Bench {
    /// P3: the highest rate at 1,000 clients.
    pub(crate) async fn p3(&mut self) {
        let runs = self.capacities("P3", 1000, 0.999).await;
        let rate = |kind| of(&runs, kind, |outcome| outcome.rate);
        for (kind, limit) in [(Kind::Node, 2.5), (Kind::Nchan, 1.0), (Kind::Pushpin, 3.0)] {
            let subject = format!("messages a second by {}", kind.name());
            self.claims.at_least("P3", &subject, rate(Kind::Gateway) / rate(kind), limit);
        }
        self.claims.figures("P3", &runs);
    }

    /// Deliveries a second at 2,000 clients without any loss, and the share of what a plain program writes.
    pub(crate) async fn saturation(&mut self) {
        let runs = self.capacities("saturation", 2000, 1.0).await;
        let rate = |kind| of(&runs, kind, |outcome| outcome.rate * outcome.clients as f64);
        self.claims.at_least("saturation", "deliveries a second", rate(Kind::Gateway), 1e6);
        for (kind, limit) in [(Kind::Nchan, 10.0), (Kind::Warp, 4.0)] {
            let subject = format!("deliveries a second by {}", kind.name());
            self.claims.at_least("saturation", &subject, rate(Kind::Gateway) / rate(kind), limit);
        }
        let gathered = of(&runs, Kind::Gateway, |outcome| outcome.messages_per_write.unwrap_or(1.0));
        let writes = writing(2000, gathered.round().max(1.0) as usize).await;
        self.claims.figures("saturation", json!({
            "runs": runs, "messages_per_write": gathered, "plain_writer_per_s": writes,
            "share_of_the_write_limit": rate(Kind::Gateway) / writes[&(gathered.round().max(1.0) as usize)],
        }));
    }

    /// The best window of each server in each run. Servers that are far behind are asked once.
    async fn capacities(&self, part: &str, clients: usize, share: f64) -> Runs {
        let mut runs = Runs::new();
        for run in 1..=self.runs {
            for kind in Kind::ALL {
                if run > 1 && !matches!(kind, Kind::Gateway | Kind::Nchan) {
                    continue;
                }
                let before = runs.get(&kind).and_then(|runs: &Vec<Outcome>| runs.last());
                let from = before.map_or(FIRST_RATE, |best| best.rate * 0.8);
                let (server, crowd) = self.crowded(kind, clients, 0).await.unwrap();
                let best = capacity(&server, crowd, share, from).await;
                tell(part, run, kind, &best);
                runs.entry(kind).or_default().push(best);
            }
        }
        runs
    }
}

/// The window with the highest rate that was carried: doubled until one is not, then closed in on. At rate 0 nothing
/// was.
async fn capacity(server: &Server, mut crowd: Crowd, share: f64, from: f64) -> Outcome {
    let (mut best, mut rate, mut broken) = (None::<Outcome>, from, f64::INFINITY);
    loop {
        let (outcome, is_held) = step(server, &mut crowd, rate, share).await;
        if !is_held {
            broken = rate;
        } else if best.as_ref().is_none_or(|best| rate > best.rate) {
            best = Some(outcome.clone());
        }
        let held = best.as_ref().map_or(0.0, |best| best.rate);
        rate = match (held, broken) {
            (0.0, _) => rate / 2.0,
            (_, f64::INFINITY) => rate * 2.0,
            // Within a tenth it is found.
            _ if broken / held < 1.12 => f64::NAN,
            _ => (held * broken).sqrt(),
        };
        if !(1.0..=LAST_RATE).contains(&rate) {
            return best.unwrap_or(Outcome { rate: 0.0, ..outcome });
        }
    }
}

/// One rate: what was measured, and whether it was carried. A machine that is shared hiccups: once is forgiven.
async fn step(server: &Server, crowd: &mut Crowd, rate: f64, share: f64) -> (Outcome, bool) {
    let mut attempt = 1;
    loop {
        let outcome = measure(crowd, server.plan(rate, STEP_SEC), &server.tree(), server.port).await.unwrap();
        let is_there = outcome.share() >= share && (share < 1.0 || outcome.out_of_order == 0);
        let is_held = is_there && outcome.p99_ms <= LATEST_MS && outcome.sent_rate >= SENT * rate;
        if is_held {
            return (outcome, true);
        }
        quiet(crowd).await;
        if attempt == ATTEMPTS {
            return (outcome, false);
        }
        attempt += 1;
    }
}

/// Waits until a server that fell behind has sent what it had left.
async fn quiet(crowd: &Crowd) {
    const MOST: Duration = Duration::from_secs(20);
    let until = Instant::now() + MOST;
    loop {
        let frames = crowd.tally().frames;
        sleep(Duration::from_millis(700)).await;
        if crowd.tally().frames == frames || Instant::now() > until {
            return;
        }
    }
}

/// Messages a second that a plain program writes to `clients` drained sockets, by messages in a write.
async fn writing(clients: usize, gathered: usize) -> BTreeMap<usize, f64> {
    let mut found = BTreeMap::new();
    for batch in BATCHES.into_iter().chain([gathered]) {
        if found.contains_key(&batch) {
            continue;
        }
        let port = free_port();
        let mut command = pinned(std::env::current_exe().unwrap());
        command.args(["peer-writer".to_owned(), port.to_string(), clients.to_string(), batch.to_string()]);
        let mut child = spawn(command, "the plain writer");
        // It waits for so many connections: none is wasted on asking whether it is there.
        wait_for(Duration::from_secs(10), "the plain writer", || async { listens(port) }).await;
        let target = Target::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
        let mut crowd = Crowd::default();
        crowd.join(&target, clients, Duration::ZERO).await.unwrap();
        sleep(Duration::from_millis(500)).await;
        let (frames, begun) = (crowd.tally().frames, Instant::now());
        sleep(WRITING).await;
        let per_s = (crowd.tally().frames - frames) as f64 / begun.elapsed().as_secs_f64();
        benches::say(&format!(
            "  plain writer, {batch} messages a write: {per_s:.0}/s, {:.0} writes/s",
            per_s / batch as f64
        ));
        found.insert(batch, per_s);
        drop(crowd);
        let _gone = child.kill();
        let _reaped = child.wait();
    }
    found
}

/// Whether somebody listens on `port` of this machine.
fn listens(port: u16) -> bool {
    let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    sockets.contains(&format!("0100007F:{port:04X} 00000000:0000 0A"))
}

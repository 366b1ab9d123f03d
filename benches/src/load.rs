//! A load that any server of Server-Sent Events can be measured with: clients that hold a stream, a publisher that
//! stamps what it sends, and what the server's processes used meanwhile.

mod crowd;
mod frames;
mod histogram;
mod publish;
mod tally;

pub use crowd::{Crowd, Target};
pub use histogram::Histogram;
pub use publish::{Plan, Publish};
pub use tally::{Tally, micros, stamp};

use crate::process::{Tree, cpu};
use serde::Serialize;
use std::{
    process::Command,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// What is on its way may arrive this long after the last message was sent.
const DRAIN: Duration = Duration::from_secs(5);
/// Nothing more is on its way when nothing came for this long.
const SILENCE: Duration = Duration::from_millis(1500);

/// What a load measured.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Clients that read.
    pub clients: usize,
    /// Messages a second, as asked for.
    pub rate: f64,
    /// Messages a second, as sent.
    pub sent_rate: f64,
    /// Deliveries: messages times clients.
    pub expected: u64,
    /// Those that arrived.
    pub delivered: u64,
    /// Messages that were not in order, or came twice.
    pub out_of_order: u64,
    /// Frames that told of a loss.
    pub resyncs: u64,
    /// Connections that ended.
    pub closed: usize,
    /// From send to receive, milliseconds.
    pub p50_ms: f64,
    /// Of a hundred, one took longer.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
    /// Deliveries a second, from the first message to the last arrival.
    pub per_s: f64,
    /// CPU of the server by delivery, microseconds.
    pub cpu_us: f64,
    /// CPU of the server, cores.
    pub cores: f64,
    /// CPU of this process, cores: near 1 the load, not the server, is the limit.
    pub loader_cores: f64,
    /// Resident memory of the server at the beginning, KiB.
    pub rss_kib: f64,
    /// The most that was seen of it.
    pub rss_peak_kib: f64,
    /// Messages by segment that the clients' sockets received: on loopback a segment is a write.
    pub messages_per_write: Option<f64>,
}

impl Outcome {
    /// Part of the deliveries that arrived.
    pub fn share(&self) -> f64 {
        self.delivered as f64 / self.expected.max(1) as f64
    }

    /// Everything arrived, once and in order.
    pub const fn is_complete(&self) -> bool {
        self.delivered == self.expected && self.out_of_order == 0
    }
}

/// Lets `crowd` receive what `plan` sends, and watches the processes of the server.
///
/// # Errors
/// The publisher failed.
pub async fn measure(crowd: &mut Crowd, plan: Plan, server: &Tree, port: u16) -> anyhow::Result<Outcome> {
    let plan = Plan { first: crowd.next, ..plan };
    let (messages, rate) = (plan.count(), plan.rate);
    crowd.next += messages;
    crowd.tally().begin(plan.first);
    let expected = messages * crowd.readers as u64;
    let segments_before = segments(port);
    let own = std::process::id();
    let own_cpu = cpu(own);
    let (server_cpu, rss_kib, begun, begun_us) = (server.cpu(), server.rss_kib(), Instant::now(), micros());
    let mut sending = std::pin::pin!(plan.run());
    let mut rss_peak_kib = rss_kib;
    let (sent_in, _connection) = loop {
        tokio::select! {
            sent = &mut sending => break sent?,
            () = sleep(LOOK) => rss_peak_kib = rss_peak_kib.max(server.rss_kib()),
        }
    };
    arrived(crowd, expected).await;
    rss_peak_kib = rss_peak_kib.max(server.rss_kib());
    let used = (server.cpu() - server_cpu).as_secs_f64();
    let took = begun.elapsed().as_secs_f64();
    let segments = segments(port).zip(segments_before).map(|(after, before)| after.saturating_sub(before));
    let tally = crowd.tally();
    let delivered = tally.delivered();
    let arriving = (tally.last_at.saturating_sub(begun_us) as f64 / 1e6).max(1e-3);
    let ms = |us: u64| us as f64 / 1000.0;
    Ok(Outcome {
        clients: crowd.readers,
        rate,
        sent_rate: messages as f64 / sent_in.as_secs_f64(),
        expected,
        delivered,
        out_of_order: tally.again,
        resyncs: tally.resyncs,
        closed: tally.closed,
        p50_ms: ms(tally.times.at(0.5)),
        p99_ms: ms(tally.times.at(0.99)),
        max_ms: ms(tally.times.max()),
        per_s: delivered as f64 / arriving,
        cpu_us: used * 1e6 / delivered.max(1) as f64,
        cores: used / took,
        loader_cores: (cpu(own) - own_cpu).as_secs_f64() / took,
        rss_kib,
        rss_peak_kib,
        messages_per_write: segments
            .filter(|segments| *segments > 0)
            .map(|segments| tally.frames as f64 / segments as f64),
    })
}

/// Waits until all is there, or nothing more comes.
async fn arrived(crowd: &Crowd, expected: u64) {
    let until = Instant::now() + DRAIN;
    let (mut seen, mut since) = (0, Instant::now());
    while Instant::now() < until {
        let delivered = crowd.tally().in_order;
        if delivered >= expected || (delivered == seen && since.elapsed() > SILENCE) {
            return;
        }
        if delivered != seen {
            (seen, since) = (delivered, Instant::now());
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Data segments that sockets connected to `port` have received; `None` where `ss` cannot tell.
fn segments(port: u16) -> Option<u64> {
    let output =
        Command::new("ss").args(["-Htin", "state", "established", &format!("dport = :{port}")]).output();
    let text = output.ok().filter(|output| output.status.success())?.stdout;
    let text = String::from_utf8_lossy(&text).into_owned();
    let counts = text.split_whitespace().filter_map(|word| word.strip_prefix("data_segs_in:"));
    Some(counts.filter_map(|count| count.parse::<u64>().ok()).sum())
}

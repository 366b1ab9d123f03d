//! P6 to P8: what only the gateway does. A storm of reconnects, nginx's question who calls, and the way through the edge.

use super::{
    Bench,
    claims::{median, tell},
    servers::{BYTES, Kind, SECRET, Server, accepts, spawn, status_is},
};
use auth::session::{Session, Wp};
use benches::{
    load::{Crowd, Histogram, Plan, Publish, Target, measure, micros},
    root, say,
};
use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};
use testkit::{free_port, wait_for};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use wire::{
    EpochSec,
    heatmap::{Diff, Heatmap, Side, Strategy, Tile, TileKey, diffs, latest},
    market::SPOT,
};

const SYMBOL: &str = "I:SPX";
/// Size of the heatmap that every client gets.
const HEATMAP_BYTES: usize = 300 * 1024;
const STORM: usize = 1000;
const STORM_SEC: f64 = 2.0;
const CHECKS_PER_S: u64 = 1000;
const CHECKERS: usize = 16;
const CHECKING: Duration = Duration::from_secs(5);
const SPOT_MESSAGE: &str = r#"{"symbol":"I:SPX","value":6600.5,"bid":null,"ask":null,"open":null,"high":null,"low":null,"prev_close":6600.0,"change":0.5,"change_pct":0.01,"volume":null,"kind":"index","session":"regular","source":"ws","stale":false,"ts":1763737200.0,"ts_iso":"{stamp}","market_ts":1763737200.0}"#;

impl Bench {
    /// P6: 1,000 clients come back within 2 s, each gets a heatmap of 300 KiB.
    pub(crate) async fn p6(&mut self) {
        let heatmap = heatmap();
        let bytes = serde_json::to_vec(&heatmap).unwrap().len();
        self.starter.rig.bus.set(&latest(SYMBOL), &heatmap).await.unwrap();
        let (mut waits, mut growths, mut received) = (Vec::new(), Vec::new(), Vec::new());
        for run in 1..=self.runs {
            let server = self.starter.gateway(&[]).await;
            let url = format!("http://127.0.0.1:{}/sse/market?topics=heatmap&symbols={SYMBOL}", server.port);
            let target = Target::parse(&url).unwrap();
            self.shown(&server).await;
            let idle = server.tree().rss_kib();
            let mut before = Crowd::default();
            before.join(&target, STORM, Duration::ZERO).await.unwrap();
            drop(before);
            let (peak, wait, each) = storm(&server, &target).await;
            say(&format!(
                "  P6 run {run}: {STORM} connected in {wait:.2} s, {each:.0} KiB each, idle {:.1} MiB, peak {:.1} MiB",
                idle / 1024.0,
                peak / 1024.0
            ));
            waits.push(wait);
            growths.push((peak - idle) / 1024.0);
            received.push(each);
        }
        self.claims.at_least("P6", "KiB that each client got", median(received), bytes as f64 / 1024.0);
        self.claims.at_most("P6", "seconds until all are connected", median(waits), 5.0);
        self.claims.at_most("P6", "MiB at the peak above idle", median(growths), 120.0);
        self.starter.rig.bus.remove(&latest(SYMBOL)).await.unwrap();
    }

    /// Waits until the gateway of `server` holds the heatmap. A difference that does not fit makes it read the whole.
    async fn shown(&self, server: &Server) {
        let now: EpochSec = SystemTime::now().into();
        let diff = Diff {
            ts: now,
            market_ts: now,
            symbol: SYMBOL.into(),
            version: 2,
            prev_version: 0,
            epoch: "bench".into(),
            changed: BTreeMap::new(),
            removed: Vec::new(),
            dtes_available: vec![0],
            atm_iv: BTreeMap::new(),
            spot: 6600.0,
        };
        let until = Instant::now() + Duration::from_secs(10);
        while !status_is(server.port, "/api/models/heatmap/SPX", 200).await {
            assert!(Instant::now() < until, "the gateway has read no heatmap");
            self.starter.rig.bus.publish(&diffs(SYMBOL), &diff).await.unwrap();
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// P7: `/verify`, a thousand times a second, and as often as it can.
    pub(crate) async fn p7(&mut self) {
        let (mut late, mut rates) = (Vec::new(), Vec::new());
        for run in 1..=self.runs {
            let server = self.starter.gateway(&[]).await;
            let checks = Arc::new(Checks::new(server.auth_port));
            checks.run(Some(CHECKS_PER_S), Duration::from_secs(1)).await;
            let (_, p99) = checks.run(Some(CHECKS_PER_S), CHECKING).await;
            let (rate, _) = checks.run(None, CHECKING).await;
            say(&format!("  P7 run {run}: p99 {p99:.2} ms at {CHECKS_PER_S}/s; {rate:.0}/s at most"));
            late.push(p99);
            rates.push(rate);
        }
        self.claims.at_least("P7", "/verify a second", median(rates), 5000.0);
        self.claims.at_most("P7", "/verify: p99 ms at 1,000/s", median(late), 2.0);
    }

    /// P8: spots to 50 clients through nginx with TLS and HTTP/2, without the conflation window.
    pub(crate) async fn p8(&mut self) {
        let mut outcomes = Vec::new();
        for run in 1..=self.runs {
            let server = self.starter.gateway(&[("SSE_MIN_INTERVAL_MS", "0".into())]).await;
            let edge = Edge::start(&server).await;
            let mut crowd = Crowd::default();
            let url = format!("https://localhost:{}/sse/spot?topics=spot", edge.port);
            crowd.join_http2(&url, 50).await.unwrap();
            sleep(Duration::from_millis(500)).await;
            let publish = Publish::Redis(self.starter.redis(), SPOT.name.to_string());
            let plan = Plan {
                publish,
                message: SPOT_MESSAGE.into(),
                bytes: BYTES,
                rate: 20.0,
                seconds: 10.0,
                first: 1,
            };
            let outcome = measure(&mut crowd, plan, &server.tree(), server.port).await.unwrap();
            tell("P8", run, Kind::Gateway, &outcome);
            outcomes.push(outcome);
        }
        let p99 = median(outcomes.iter().map(|outcome| outcome.p99_ms).collect());
        let share = median(outcomes.iter().map(benches::load::Outcome::share).collect());
        self.claims.at_most("P8", "p99 ms, Redis publish to browser", p99, 50.0);
        // Spots are a state: of two that meet in one write the newer goes on.
        self.claims.at_least("P8", "arrived, of all", share, 0.95);
        self.claims.figures("P8", outcomes);
    }
}

/// Lets everybody in within 2 s: peak of memory (KiB), seconds until the last one is connected, KiB received by each.
async fn storm(server: &Server, target: &Target) -> (f64, f64, f64) {
    let (begun, tree) = (micros(), server.tree());
    let mut crowd = Crowd::default();
    let watching = async {
        let mut peak = 0.0_f64;
        loop {
            peak = peak.max(tree.rss_kib());
            sleep(Duration::from_millis(20)).await;
            if micros() - begun > 6_000_000 {
                return peak;
            }
        }
    };
    let (joined, peak) =
        tokio::join!(crowd.join(target, STORM, Duration::from_secs_f64(STORM_SEC)), watching);
    joined.unwrap();
    let (connected, at) = crowd.tally().connected;
    assert_eq!(connected, STORM, "connected within 6 s");
    let each = crowd.tally().bytes as f64 / STORM as f64 / 1024.0;
    (peak, (at - begun) as f64 / 1e6, each)
}

/// A heatmap of the right size; what stands in it does not matter.
fn heatmap() -> Heatmap {
    let side =
        |at: usize| Side::Single { mid: 10.0 + at as f64 / 100.0, market_mid: Some(10.05), change_pct: 0.5 };
    let tile = |at: usize| {
        let strike = 5000.0 + at as f64;
        let text = format!("single:0:0:{strike}");
        let tile = Tile {
            symbol: SYMBOL.into(),
            strategy: Strategy::Single,
            dte: 0,
            expiration: "2025-11-21".into(),
            strike,
            width: 0.0,
            call: Some(side(at)),
            put: Some(side(at)),
        };
        (text.parse::<TileKey>().unwrap(), tile)
    };
    let (key, first) = tile(0);
    let bytes = serde_json::to_string(&(key, first)).unwrap().len();
    let now: EpochSec = SystemTime::now().into();
    Heatmap {
        ts: now,
        market_ts: now,
        symbol: SYMBOL.into(),
        version: 1,
        epoch: "bench".into(),
        spot: 6600.0,
        vix: None,
        skew_regime: "low_vol".into(),
        dtes_available: vec![0],
        expirations: [(0, "2025-11-21".into())].into(),
        dte_tile_counts: [(0, HEATMAP_BYTES / bytes + 1)].into(),
        atm_iv: [(0, 0.13)].into(),
        widths: vec![5.0],
        tiles: (0..HEATMAP_BYTES / bytes + 1).map(tile).collect(),
    }
}

/// nginx as the project runs it, before one gateway.
struct Edge {
    child: std::process::Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Edge {
    async fn start(server: &Server) -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let mut command = Command::new("taskset");
        command.args(["-c", super::servers::server_cores(), "sh"]).arg(root().join("nginx/entry.sh"));
        command.env("EDGE_APP", root().join("nginx")).env("EDGE_RUN", folder.path());
        // The pair is made for this start.
        command.env("EDGE_CERTS", folder.path().join("none")).env("UPSTREAM_HOST", "127.0.0.1");
        command.env("TLS_PORT", port.to_string()).env("PLAIN_PORT", free_port().to_string());
        command.env("PROBE_PORT", free_port().to_string()).env("SSE_PORT", server.port.to_string());
        command.env("AUTH_PORT", server.auth_port.to_string()).env("WORKER_SHUTDOWN", "1s");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = spawn(command, "nginx");
        wait_for(Duration::from_secs(20), "nginx", || accepts(port)).await;
        Self { child, port, _folder: folder }
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        // The master stops its workers.
        let _asked = Command::new("kill").arg(self.child.id().to_string()).status();
        let _reaped = self.child.wait();
    }
}

/// nginx's question, asked over connections that stay open.
struct Checks {
    port: u16,
    request: Vec<u8>,
    times: Mutex<Histogram>,
}

impl Checks {
    fn new(port: u16) -> Self {
        let now: f64 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
        let session = Session {
            iat: EpochSec::new(now),
            exp: EpochSec::new(now + 3600.0),
            sid: "0193f2a4-6d10-7b3e-9a55-0d2f7f6f8c11".into(),
            uid: Some(57),
            wp: Wp {
                issuer: "fotw".into(),
                id: "3391".into(),
                email: "rita@example.org".into(),
                name: "Rita".into(),
                roles: vec!["subscriber".into()],
                subscription_tier: Some("Navigator Membership".into()),
                is_admin: false,
            },
        };
        let cookie = session.sign(SECRET.as_bytes());
        let request = format!(
            "GET /verify HTTP/1.1\r\nHost: localhost\r\nCookie: ms_session={cookie}\r\n\
             X-Original-URI: /api/trades\r\nX-Original-Method: GET\r\n\r\n"
        );
        Self { port, request: request.into_bytes(), times: Mutex::default() }
    }

    /// Asks `rate` times a second, or one after the other: answers a second, and the 99th percentile in milliseconds
    /// from the instant when the question was due.
    async fn run(self: &Arc<Self>, rate: Option<u64>, time: Duration) -> (f64, f64) {
        self.times.lock().unwrap().clear();
        let begun = Instant::now();
        let mut askers = JoinSet::new();
        for asker in 0..CHECKERS {
            let checks = Arc::clone(self);
            askers.spawn(async move {
                let mut stream = TcpStream::connect(("127.0.0.1", checks.port)).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let mut count = 0_u64;
                while begun.elapsed() < time {
                    let place = count * CHECKERS as u64 + asker as u64;
                    let due = rate.map(|rate| begun + Duration::from_secs_f64(place as f64 / rate as f64));
                    if let Some(due) = due {
                        sleep_until(due).await;
                    }
                    // A timer is up to a millisecond late: that is not the server's.
                    let asked = Instant::now();
                    checks.ask(&mut stream).await;
                    checks.times.lock().unwrap().add(asked.elapsed().as_micros() as u64);
                    count += 1;
                }
                count
            });
        }
        let answers: u64 = askers.join_all().await.iter().sum();
        let p99 = self.times.lock().unwrap().at(0.99) as f64 / 1000.0;
        (answers as f64 / begun.elapsed().as_secs_f64(), p99)
    }

    async fn ask(&self, stream: &mut TcpStream) {
        stream.write_all(&self.request).await.unwrap();
        let (mut answer, mut length) = ([0; 4096], 0);
        // An admission has no body: it ends with its head.
        while !answer[..length].ends_with(b"\r\n\r\n") {
            let read = stream.read(&mut answer[length..]).await.unwrap();
            length += read;
            assert!(
                read > 0 && answer.starts_with(b"HTTP/1.1 204"),
                "{}",
                String::from_utf8_lossy(&answer[..length])
            );
        }
    }
}

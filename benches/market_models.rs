//! Claims P1 to P9: the market models and the ways in, each beside a named comparator that does the same work on the
//! same inputs in the same session.
//!
//! `scripts/bench` pins this process to one core and Redis to another. Times are medians of five runs after a warm-up;
//! `ratio` is ours against theirs, of times (smaller is better) or of rates (larger is better), as each claim says.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot run must say so and stop")]

#[path = "parts/programs.rs"]
mod programs;
#[path = "parts/quote_table.rs"]
mod quote_table;

use benches::{report, root, say};
use massive::bench::{self, Ingest};
use programs::{fixtures, told};
use quant::{
    black::{self, Columns, Contracts, DollarGamma, Exposure},
    contract::Right,
    gex::{Gex, Workspace},
    implied::{self, Outcome, Quotes},
    surface::{ForwardMethod, GreeksSource, Surface, Terms},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};
use testkit::RedisServer;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Friday, 21 November 2025, 10:30 in New York.
const MARKET_MS: i64 = 1_763_739_000_000;
const N: usize = 20_000;
const SPOT: f64 = 6000.0;
const RATE: f64 = 0.04;
const RUNS: usize = 5;

/// Times of one claim.
#[derive(Debug, Clone, Copy, Serialize)]
struct Times {
    median_ms: f64,
    min_ms: f64,
    max_ms: f64,
}

fn timed(mut work: impl FnMut()) -> Times {
    work();
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    Times { median_ms: times[RUNS / 2], min_ms: times[0], max_ms: times[RUNS - 1] }
}

/// Random contracts as the comparators describe them.
struct Book {
    right: Vec<Right>,
    strike: Vec<f64>,
    t_years: Vec<f64>,
    sigma: Vec<f64>,
    forward: Vec<f64>,
    discount: Vec<f64>,
    open_interest: Vec<f64>,
}

impl Book {
    fn random(seed: u64, strikes: (f64, f64), years: (f64, f64), sigmas: (f64, f64)) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut column =
            |(low, high): (f64, f64)| (0..N).map(|_| random.random_range(low..high)).collect::<Vec<f64>>();
        let (strike, t_years, sigma) = (column(strikes), column(years), column(sigmas));
        let open_interest = column((0.0, 20_000.0)).into_iter().map(f64::floor).collect();
        let right = column((0.0, 1.0))
            .iter()
            .map(|&side| if side < 0.5 { Right::Call } else { Right::Put })
            .collect();
        let forward = t_years.iter().map(|t| SPOT * (RATE * t).exp()).collect();
        let discount = t_years.iter().map(|t| (-RATE * t).exp()).collect();
        Self { right, strike, t_years, sigma, forward, discount, open_interest }
    }

    fn signs(&self) -> Vec<f64> {
        self.right.iter().map(|right| if *right == Right::Call { 1.0 } else { -1.0 }).collect()
    }

    fn contracts(&self) -> Contracts<'_> {
        let Self { right, strike, t_years, sigma, forward, discount, .. } = self;
        Contracts { right, strike, forward, discount, t_years, sigma }
    }
}

/// Five columns of results.
struct Results([Vec<f64>; 5]);

impl Results {
    fn new(length: usize) -> Self {
        Self(std::array::from_fn(|_| vec![0.0; length]))
    }

    fn columns(&mut self) -> Columns<'_> {
        let [price, delta, gamma, vega, theta] = &mut self.0;
        Columns { price, delta, gamma, vega, theta }
    }
}

fn write(folder: &Path, name: &str, values: &[f64]) {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    std::fs::write(folder.join(name), bytes).unwrap();
}

fn greeks(folder: &Path, ours: &mut BTreeMap<&str, Times>) {
    let book = Book::random(7, (3000.0, 9000.0), (1.0 / 365.0, 1.5), (0.08, 0.6));
    for (name, column) in
        [("K", &book.strike), ("T", &book.t_years), ("sigma", &book.sigma), ("oi", &book.open_interest)]
    {
        write(folder, &format!("greeks.{name}"), column);
    }
    write(folder, "greeks.w", &book.signs());
    let mut results = Results::new(N);
    let times = timed(|| black::batch(SPOT, RATE, black_box(book.contracts()), results.columns()));
    black_box(&results.0);
    ours.insert("P1", times);
    ours.insert("P2", times);

    let signs = book.signs();
    let exposures = || {
        (0..N).map(|at| Exposure {
            shares: signs[at] * book.open_interest[at],
            strike: book.strike[at],
            forward: book.forward[at],
            discount: book.discount[at],
            t_years: book.t_years[at],
            sigma: book.sigma[at],
        })
    };
    let spots: Vec<f64> = (0..201).map(|i| SPOT * (0.9 + 0.001 * f64::from(i))).collect();
    let mut profile = vec![0.0; spots.len()];
    let mut gamma = DollarGamma::default();
    let times = timed(|| {
        gamma.refresh(SPOT, exposures());
        gamma.profile(black_box(&spots), &mut profile);
    });
    black_box(&profile);
    ours.insert("P4", times);
}

fn implied(folder: &Path, ours: &mut BTreeMap<&str, Times>) {
    let book = Book::random(11, (0.8 * SPOT, 1.2 * SPOT), (5.0 / 365.0, 550.0 / 365.0), (0.1, 0.5));
    let mut results = Results::new(N);
    black::batch(SPOT, RATE, book.contracts(), results.columns());
    let [price, ..] = &results.0;
    for (name, column) in [("price", price), ("K", &book.strike), ("F", &book.forward), ("D", &book.discount)]
    {
        write(folder, &format!("implied.{name}"), column);
    }
    write(folder, "implied.w", &book.signs());
    let Book { right, strike, t_years, forward, discount, .. } = &book;
    let quotes = Quotes { right, price, strike, forward, discount, t_years };
    let (mut sigma, mut outcome) = (vec![0.0; N], vec![Outcome::Ok; N]);
    ours.insert("P3", timed(|| implied::batch(SPOT, black_box(quotes), &mut sigma, &mut outcome)));
    black_box(&sigma);
}

/// A whole chain; `None` without the folder of real market data.
fn chain(folder: &Path, ours: &mut BTreeMap<&str, Times>) -> Option<(f64, Value)> {
    let fixtures = fixtures()?;
    let table = quote_table::read(&fixtures.join("chains/spx_2023-06-09_1340.csv"), "2023-06-09T13:40:00");
    let chain = &table.chain;
    let years = |at: usize| {
        (chain.expiries[usize::from(chain.expiry[at])].settles_ms - table.quoted_ms) as f64 / 31_536e6
    };
    let column = |of: &dyn Fn(usize) -> f64| (0..chain.len()).map(of).collect::<Vec<f64>>();
    write(folder, "chain.K", &chain.strike);
    write(folder, "chain.T", &column(&years));
    write(folder, "chain.iv", &chain.vendor_iv);
    write(folder, "chain.oi", &chain.open_interest);
    write(folder, "chain.w", &column(&|at| if chain.right[at] == Right::Call { 1.0 } else { -1.0 }));
    write(folder, "chain.expiry", &column(&|at| f64::from(chain.expiry[at])));
    let terms = Terms {
        spot: table.spot,
        market_ms: table.quoted_ms,
        rate: 0.0,
        dividend: 0.0,
        forward: ForwardMethod::Carry,
        source: GreeksSource::VendorIv,
    };
    let (mut surface, mut gex, mut workspace) = (Surface::default(), Gex::default(), Workspace::default());
    let times = timed(|| {
        surface.refresh(black_box(chain), &terms);
        gex.refresh(chain, &surface, table.spot, &mut workspace);
    });
    ours.insert("P5", times);
    Some((
        table.spot,
        json!({"contracts": chain.len(), "zero_gamma": gex.zero_gamma, "call_wall": gex.call_wall}),
    ))
}

/// One chain as the simulated exchange lists it, page by page.
async fn pages(folder: &Path) -> Vec<Vec<u8>> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let exchange = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let config = exchange_sim::Config {
        hours: exchange_sim::Hours::Frozen,
        start: "10:30:00".parse().unwrap(),
        date: "2025-11-21".parse().ok(),
        ..exchange_sim::Config::default()
    };
    let mut playing = JoinSet::new();
    playing.spawn(exchange_sim::serve(config, listener, shutdown.clone()));
    let client = reqwest::Client::new();
    let mut next =
        Some(format!("http://{exchange}/v3/snapshot/options/I:SPX?limit=250&sort=ticker&order=asc"));
    let mut pages = Vec::new();
    while let Some(url) = next.filter(|_| pages.len() < N / 250) {
        let body = client.get(url).bearer_auth("bench").send().await.unwrap().bytes().await.unwrap().to_vec();
        std::fs::write(folder.join(format!("pages/{:03}.json", pages.len())), &body).unwrap();
        let page: Value = serde_json::from_slice(&body).unwrap();
        next = page["next_url"].as_str().map(str::to_owned);
        pages.push(body);
    }
    shutdown.cancel();
    playing.join_next().await.unwrap().unwrap().unwrap();
    pages
}

/// Frames of 50 quotes each, over the contracts of `pages` in turn, none of them old.
fn frames(pages: &[Vec<u8>], count: usize) -> Vec<Vec<u8>> {
    let tickers: Vec<String> = pages
        .iter()
        .take(4)
        .map(|body| serde_json::from_slice::<Value>(body).unwrap())
        .flat_map(|page| page["results"].as_array().cloned().unwrap())
        .map(|result| result["details"]["ticker"].as_str().unwrap().to_owned())
        .collect();
    let quote = |n: usize| {
        let (bid, size) = (9.5 + (n % 7) as f64 * 0.1, 10 + n % 13);
        json!({
            "ev": "Q", "sym": tickers[n % tickers.len()], "bx": 302, "ax": 302, "bp": bid, "ap": bid + 0.1,
            "bs": size, "as": size + 3, "t": MARKET_MS + (n / 50) as i64, "q": 844_090_872 + n,
        })
    };
    (0..count)
        .map(|frame| serde_json::to_vec(&(0..50).map(|n| quote(frame * 50 + n)).collect::<Vec<_>>()).unwrap())
        .collect()
}

/// P6 and P7; the chain that was decoded.
fn decode(folder: &Path, pages: &[Vec<u8>], ours: &mut BTreeMap<&str, Times>) -> Ingest {
    let decoded: usize = pages.iter().map(|body| bench::chain_page(body).unwrap()).sum();
    assert!(decoded * 10 >= N * 9, "{decoded} contracts");
    ours.insert(
        "P6",
        timed(|| {
            pages.iter().for_each(|body| {
                black_box(bench::chain_page(black_box(body)));
            });
        }),
    );
    let frames = frames(pages, 2000);
    std::fs::write(folder.join("frame.json"), &frames[0]).unwrap();
    let mut ingest = Ingest::new("I:SPX", pages, MARKET_MS).unwrap();
    assert_eq!(ingest.decode(&frames[0]), 50);
    ours.insert(
        "P7",
        timed(|| {
            frames.iter().for_each(|frame| {
                black_box(ingest.decode(black_box(frame)));
            });
        }),
    );
    ingest
}

/// P8 and P9: quotes a second into Redis, and what Redis can take.
async fn ingest(mut ingest: Ingest, pages: &[Vec<u8>]) -> Value {
    const EVENTS: usize = 300_000;
    let redis = RedisServer::start().await;
    pin(redis.pid().unwrap(), 1);
    let port = redis.address().rsplit_once(':').unwrap().1.to_owned();
    let bus = bus::Bus::open(vec![(wire::BusId::Market, redis.url())]).unwrap();
    let frames = frames(pages, EVENTS / 50 * (RUNS + 1));
    let (mut ours, mut theirs, mut pings) = (Vec::new(), Vec::new(), Vec::new());
    for run in frames.chunks(EVENTS / 50) {
        let started = Instant::now();
        let accepted = ingest.write(&bus, run.iter().map(Vec::as_slice)).await.unwrap();
        ours.push(accepted as f64 / started.elapsed().as_secs_f64());
        assert_eq!(accepted, EVENTS, "every quote is newer than the one before");
        let xadd = "XADD market:tick:O:SPX:stream MAXLEN ~ 200000 * ev Q sym O:SPXW251121C05800000 b 9.70 a 9.80 bs 17 as 24 t 1644506128351 q 844090872";
        theirs.push(redis_benchmark(&port, &xadd.split(' ').collect::<Vec<_>>()));
        pings.push(redis_benchmark(&port, &["PING"]));
    }
    let rate = |rates: &[f64]| {
        let mut rates = rates[1..].to_vec();
        rates.sort_by(f64::total_cmp);
        json!({"median_per_s": rates[RUNS / 2].round(), "min_per_s": rates[0].round(), "max_per_s": rates[RUNS - 1].round()})
    };
    let (ours, theirs) = (rate(&ours), rate(&theirs));
    let ratio = ours["median_per_s"].as_f64().unwrap() / theirs["median_per_s"].as_f64().unwrap();
    say(&format!(
        "P8 quotes into Redis: {} a second, {ratio:.3} of redis-benchmark (required 0.70, stretch 0.90)",
        ours["median_per_s"]
    ));
    json!({
        "P8": {
            "subject": "frames in memory, decoded, taken, XADD on one connection", "comparator": "redis-benchmark -c 1 -P 128 XADD",
            "ours": ours, "theirs": theirs, "rate_ratio": ratio, "required": 0.70, "stretch": 0.90,
            "holds": ratio >= 0.70, "stretch_holds": ratio >= 0.90,
        },
        "P9": {"subject": "redis-benchmark -c 1 -P 128 PING", "theirs": rate(&pings)},
    })
}

/// Requests a second of one pipelined connection.
fn redis_benchmark(port: &str, command: &[&str]) -> f64 {
    let output = Command::new("redis-benchmark")
        .args(["-p", port, "-q", "-n", "300000", "-c", "1", "-P", "128"])
        .args(command)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rate = text
        .rsplit("requests per second")
        .nth(1)
        .and_then(|before| before.split_whitespace().last()?.parse().ok());
    rate.unwrap_or_else(|| panic!("redis-benchmark said {text:?}"))
}

/// Keeps process `pid` on one core, where the system can.
fn pin(pid: u32, core: usize) {
    let pinned = Command::new("taskset").args(["-cp", &core.to_string(), &pid.to_string()]).output();
    if !pinned.is_ok_and(|output| output.status.success()) {
        say(&format!("process {pid} is not pinned to core {core}"));
    }
}

/// Runs the comparators in a Python that has their packages.
fn comparators(folder: &Path) -> BTreeMap<String, Value> {
    let python = told("BENCH_PYTHON").expect("BENCH_PYTHON is set: run scripts/bench");
    let output =
        Command::new(python).arg(root().join("benches/comparators/market.py")).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Subject, comparator, largest ratio of times that is required, and the stretch.
const CLAIMS: [(&str, &str, &str, f64, f64); 7] = [
    ("P1", "price and 4 greeks, 20,000 mixed contracts", "numpy + scipy.special.ndtr", 0.70, 0.35),
    ("P2", "the same", "QuantLib BlackCalculator", 0.04, 0.02),
    ("P3", "implied volatility, 20,000 contracts", "QuantLib blackFormulaImpliedStdDev", 0.45, 0.25),
    ("P4", "zero-gamma profile, 201 x 20,000", "numpy", 1.0, 0.4),
    ("P5", "real chain: gamma, walls, max pain, profile, root", "numpy + scipy.optimize.brentq", 0.6, 0.3),
    ("P6", "decode of 20,000 snapshot contracts", "orjson.loads", 1.2, 0.8),
    ("P7", "frames of 50 option quotes to typed events", "orjson.loads", 1.0, 1.0 / 1.5),
];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let _first = rustls::crypto::ring::default_provider().install_default();
    pin(std::process::id(), 0);
    let folder: PathBuf = root().join("target/bench/inputs");
    std::fs::create_dir_all(folder.join("pages")).unwrap();
    let pages = pages(&folder).await;
    let mut ours = BTreeMap::new();
    greeks(&folder, &mut ours);
    implied(&folder, &mut ours);
    let chain = chain(&folder, &mut ours);
    if chain.is_none() {
        say("P5 is left out: MS_FIXTURES names no folder of real market data");
    }
    let decoded = decode(&folder, &pages, &mut ours);
    let terms = json!({"spot": SPOT, "rate": RATE, "chain_spot": chain.as_ref().map(|(spot, _)| *spot)});
    std::fs::write(folder.join("terms.json"), terms.to_string()).unwrap();
    let theirs = comparators(&folder);
    let claims: BTreeMap<&str, Value> = CLAIMS
        .into_iter()
        .filter_map(|(name, subject, comparator, required, stretch)| {
            let (ours, theirs) = (ours.get(name)?, theirs.get(name)?);
            let ratio = ours.median_ms / theirs["median_ms"].as_f64()?;
            say(&format!("{name} {subject}: {:.2} ms, {ratio:.3} of {comparator} (required {required}, stretch {stretch:.2})", ours.median_ms));
            let claim = json!({
                "subject": subject, "comparator": comparator, "ours": ours, "theirs": theirs, "time_ratio": ratio,
                "required": required, "stretch": stretch, "holds": ratio <= required, "stretch_holds": ratio <= stretch,
            });
            Some((name, claim))
        })
        .collect();
    let written = ingest(decoded, &pages).await;
    let holds = written["P8"]["holds"] == true && claims.values().all(|claim| claim["holds"] == true);
    report(
        "market_models",
        &json!({"holds": holds, "claims": claims, "written": written, "chain": chain.map(|(_, found)| found)}),
    )
    .unwrap();
}

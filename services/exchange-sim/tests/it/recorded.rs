use crate::rig::{Exchange, frozen};
use exchange_sim::{Config, Hours, serve};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// 9 June 2023, 13:40 New York time.
const TABLE_MS: i64 = 1_686_332_400_000;

fn table(path: PathBuf) -> Config {
    Config { chain_file: Some(path), chain_now_ms: Some(TABLE_MS), hours: Hours::Frozen, ..Config::default() }
}

/// Why a simulator does not start.
async fn refusal(config: Config) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    serve(config, listener, CancellationToken::new()).await.unwrap_err().to_string()
}

/// The chain that is served is the file's, cell by cell. Reads the file in its own way.
async fn serves_what_the_file_holds(path: &Path) {
    let sim = Exchange::start(table(path.to_owned())).await;
    let served = sim.pages("/v3/snapshot/options/I:SPX?limit=250").await;
    let mut served: BTreeMap<String, Value> = served
        .into_iter()
        .map(|record| (record["details"]["ticker"].as_str().unwrap().to_owned(), record))
        .collect();
    let text = std::fs::read_to_string(path).unwrap();
    for row in text.lines().skip(4).filter(|row| !row.is_empty()) {
        let cells: Vec<&str> = row.split(',').collect();
        for (from, kind) in [(1, "call"), (12, "put")] {
            let number = |at: usize| cells[from + at].parse::<f64>().unwrap();
            let record = served.remove(&format!("O:{}", cells[from])).unwrap_or_else(|| panic!("{row}"));
            assert_eq!(record["details"]["contract_type"], kind);
            assert_eq!(record["details"]["strike_price"].as_f64(), cells[11].parse().ok());
            let quote = &record["last_quote"];
            assert_eq!((quote["bid"].as_f64(), quote["ask"].as_f64()), (Some(number(3)), Some(number(4))));
            let last = Some(number(1)).filter(|last| *last > 0.0);
            assert_eq!(record["last_trade"]["price"].as_f64(), last);
            assert_eq!(record["day"]["volume"].as_f64().unwrap_or(0.0), number(5));
            let iv = Some(number(6)).filter(|iv| *iv > 0.0);
            assert_eq!(record["implied_volatility"].as_f64(), iv, "{row}");
            let greeks = &record["greeks"];
            assert_eq!(
                (greeks["delta"].as_f64(), greeks["gamma"].as_f64()),
                (Some(number(7)), Some(number(8)))
            );
            assert_eq!(record["open_interest"].as_f64(), Some(number(9)));
        }
    }
    assert!(served.is_empty(), "not in the file: {:?}", served.keys().next());

    let last = text.lines().nth(1).unwrap().split(',').nth(1).unwrap();
    let last: f64 = last.trim_start_matches("Last:").trim().parse().unwrap();
    let indices = sim.ok("/v3/snapshot/indices?ticker.any_of=I:SPX").await;
    assert_eq!(indices["results"][0]["value"].as_f64(), Some(last));
    let clock = sim.ok("/sim/clock").await;
    assert_eq!(
        (clock["sim_ms"].as_i64(), clock["trading_date"].as_str()),
        (Some(TABLE_MS), Some("2023-06-09"))
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_quote_table_is_served_as_a_chain() {
    serves_what_the_file_holds(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/quote_table.csv"))
        .await;
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the samples' place is told by the environment of the tests")]
async fn the_real_chain_is_served_as_its_file_has_it() {
    let Some(root) = std::env::var("MS_FIXTURES").ok().filter(|root| !root.is_empty()) else {
        eprintln!("left out: the real chain through REST (MS_FIXTURES is not set)");
        return;
    };
    serves_what_the_file_holds(&PathBuf::from(root).join("chains/spx_2023-06-09_1340.csv")).await;
}

#[tokio::test]
async fn a_table_with_a_fault_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    let good = include_str!("../fixtures/quote_table.csv");
    std::fs::write(&path, good.replace(",0.0981,", ",many,")).unwrap();
    let why = refusal(table(path.clone())).await;
    assert!(why.contains("line 6, column 19") && why.contains("\"many\""), "{why}");
    let why = refusal(table(folder.path().join("absent.csv"))).await;
    assert!(why.contains("absent.csv"), "{why}");
    let why = refusal(Config { replay: Some(folder.path().to_owned()), ..frozen() }).await;
    assert!(why.contains("neither ws.jsonl nor rest.jsonl"), "{why}");
}

/// 21 November 2025, 10:00 New York time.
const BEGIN: i64 = 1_763_737_200_000;
const Q1: &str = r#"{"ev":"Q","sym":"O:SPXW251121C06600000","bp":10.1,"ap":10.3,"t":1763737200500,"q":7}"#;
const Q2: &str = r#"{"ev":"Q","sym":"O:SPXW251121P06600000","bp":9,"ap":9.2,"t":1763737200501,"q":9}"#;
const V1: &str = r#"{"ev":"V","val":6601.25,"T":"I:SPX","t":1763737201000}"#;

/// A day of two seconds with a broken line in each file.
fn day(folder: &Path, zipped: bool) {
    let frame = |t: i64, path: &str, frame: &str| json!({"t": BEGIN + t, "p": path, "f": frame}).to_string();
    let body = |t: i64, url: &str, status: u16, body: Value| {
        json!({"t": BEGIN + t, "u": url, "s": status, "b": body}).to_string()
    };
    let status = r#"[{"ev":"status","status":"auth_success","message":"authenticated"}]"#;
    let frames = [
        frame(100, "/options", status),
        frame(500, "/options", &format!("[{Q1},{Q2}]")),
        r#"{"t":17,"p":"/opt"#.into(),
        frame(700, "/options", "[{\"ev\":"),
        frame(1000, "/indices", &format!("[{V1}]")),
        frame(2000, "/options", &format!("[{Q1}]")),
    ];
    let page = "/v3/snapshot/options/I:SPX?strike_price.gte=6500&limit=250";
    let bodies = [
        body(
            0,
            page,
            200,
            json!({"results": [1], "next_url": "https://api.example.com/v3/snapshot/options/I:SPX?cursor=abc"}),
        ),
        body(900, "/v3/snapshot/options/I:SPX?cursor=abc", 200, json!({"results": [2]})),
        "no JSON".into(),
        body(1500, page, 200, json!({"results": [3]})),
        body(1600, "/v1/marketstatus/now", 502, json!("<html>")),
    ];
    for (name, lines) in [("ws.jsonl", &frames[..]), ("rest.jsonl", &bodies[..])] {
        let text = format!("{}\n", lines.join("\n"));
        if zipped {
            let file = std::fs::File::create(folder.join(format!("{name}.gz"))).unwrap();
            let mut encoder = GzEncoder::new(file, Compression::fast());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap();
        } else {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
}

#[tokio::test]
async fn a_recorded_day_is_told_again() {
    for zipped in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        day(folder.path(), zipped);
        let sim = Exchange::start(Config { replay: Some(folder.path().to_owned()), ..frozen() }).await;
        assert_eq!(sim.ok("/sim/clock").await["sim_ms"], BEGIN);
        let mut options = sim.subscribed("/options", "Q.O:SPXW251121C06600000").await;
        let mut indices = sim.subscribed("/indices", "V.*").await;

        let page = "/v3/snapshot/options/I:SPX?limit=250&strike_price.gte=6500&apiKey=key";
        let first = sim.ok(page).await;
        assert_eq!(first["results"], json!([1]));
        let next = first["next_url"].as_str().unwrap();
        assert_eq!(next, sim.url("/v3/snapshot/options/I:SPX?cursor=abc"));
        assert_eq!(sim.ok(next).await["results"], json!([2]), "a page that was recorded a little later");
        assert_eq!(sim.get("/v1/marketstatus/now").await.0, 404, "not yet recorded");
        assert_eq!(sim.get("/v3/snapshot/options/I:SPX?limit=10").await.0, 404, "never asked");

        sim.step(1.0).await;
        let parsed = |text| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(options.event().await, parsed(Q1));
        assert_eq!(indices.event().await, parsed(V1));
        options.say(json!({"action": "subscribe", "params": "Q.O:SPXW251121P06600000"})).await;
        options.status("success").await;
        sim.step(1.0).await;
        assert_eq!(
            options.event().await,
            parsed(Q1),
            "the other contract's quote was before its subscription"
        );
        assert_eq!(sim.ok(page).await["results"], json!([3]), "the newest");
        let response = sim.response("/v1/marketstatus/now").await;
        assert_eq!((response.status().as_u16(), response.text().await.unwrap().as_str()), (502, "<html>"));

        let recording = &sim.ok("/sim/state").await["recording"];
        assert_eq!(recording["frames"], json!({"read": 4, "skipped": 2, "ended": true}));
        assert_eq!(recording["bodies"], json!({"read": 4, "skipped": 1, "ended": true}));

        sim.fault(json!({"type": "clock_jump", "args": {"s": -3600}})).await;
        sim.step(3599.0).await;
        assert_eq!(options.event().await, parsed(Q1), "told once more after a jump back");
        sim.stop().await;
    }
}

#[tokio::test]
async fn a_recorded_day_runs_at_its_own_pace_times_the_speed() {
    let folder = tempfile::tempdir().unwrap();
    day(folder.path(), false);
    let config = Config { replay: Some(folder.path().to_owned()), speed: 0.2, ..Config::default() };
    let sim = Exchange::start(config).await;
    let mut options = sim.subscribed("/options", "Q.O:SPXW251121C06600000").await;
    let begun = std::time::Instant::now();
    let first = options.event().await;
    assert_eq!(first, serde_json::from_str::<Value>(Q1).unwrap());
    sim.post("/sim/speed", json!({"speed": 10})).await;
    options.event().await;
    assert!(begun.elapsed().as_secs_f64() < 6.0);
    sim.stop().await;
}

use crate::rig::{Exchange, frozen};
use exchange_sim::Config;
use serde_json::{Value, json};

const DAY: &str = "/v2/aggs/ticker/SPY/range/1/minute/2025-11-20/2025-11-20";

#[tokio::test]
async fn a_key_is_needed_and_checked() {
    let sim = Exchange::start(Config { api_keys: vec!["key".into()], ..frozen() }).await;
    let (status, body) = sim.without_key("/v3/snapshot").await;
    assert_eq!((status, &body["error"]), (401, &json!("API Key was not provided")));
    let (status, body) = sim.without_key("/v3/snapshot?apiKey=wrong").await;
    assert_eq!((status, &body["error"]), (401, &json!("Unknown API Key")));
    assert_eq!(sim.without_key("/v3/snapshot?apiKey=key").await.0, 200);
    assert_eq!(sim.get("/v3/snapshot").await.0, 200);
    sim.stop().await;
}

#[tokio::test]
async fn pages_follow_each_other_without_key_or_parameters() {
    let sim = Exchange::start(frozen()).await;
    let whole = sim.ok("/v3/snapshot?limit=250").await;
    assert_eq!(whole["next_url"], Value::Null);
    let tickers = |items: &[Value]| items.iter().map(|i| i["ticker"].clone()).collect::<Vec<_>>();
    let paged = sim.pages("/v3/snapshot?limit=5&apiKey=key").await;
    assert_eq!(tickers(&paged), tickers(whole["results"].as_array().unwrap()));
    assert_eq!(paged.len(), 17);
    let named = sim.pages("/v3/snapshot?ticker.any_of=SPY,I%3ASPX,NOPE,AAPL&limit=2&order=desc").await;
    assert_eq!(tickers(&named), ["SPY", "NOPE", "I:SPX", "AAPL"]);
    assert_eq!(named[1], json!({"ticker": "NOPE", "error": "NOT_FOUND", "message": "Ticker not found."}));
    let stocks = sim.pages("/v3/snapshot?type=stocks").await;
    assert!(stocks.len() == 12 && stocks.iter().all(|item| item["type"] == "stocks"));
    sim.stop().await;
}

#[tokio::test]
async fn parameters_out_of_range_are_refused_and_unknown_things_are_not_found() {
    let sim = Exchange::start(frozen()).await;
    for path in [
        "/v3/snapshot?limit=251",
        "/v3/snapshot?limit=x",
        "/v3/snapshot?order=up",
        "/v3/snapshot?cursor=made-up",
        "/v2/aggs/ticker/SPY/range/0/minute/2025-11-20/2025-11-20",
        "/v2/aggs/ticker/SPY/range/1/fortnight/2025-11-20/2025-11-20",
        "/v2/aggs/ticker/SPY/range/1/day/then/now",
        "/v2/aggs/ticker/SPY/range/1/day/2025-11-20/2025-11-20?limit=50001",
    ] {
        let (status, body) = sim.get(path).await;
        assert_eq!((status, &body["status"]), (400, &json!("ERROR")), "{path}");
    }
    for path in [
        "/v2/aggs/ticker/NOPE/prev",
        "/v2/snapshot/locale/us/markets/stocks/tickers/I:SPX",
        "/v2/last/trade/I:SPX",
        "/v1/open-close/SPY/2025-11-22",
        "/v9/anything",
    ] {
        let (status, body) = sim.get(path).await;
        assert_eq!((status, &body["status"]), (404, &json!("NOT_FOUND")), "{path}");
    }
    sim.stop().await;
}

#[tokio::test]
async fn bars_are_the_same_on_every_call_and_in_every_cut() {
    let sim = Exchange::start(frozen()).await;
    let whole = sim.ok(DAY).await;
    let bars = whole["results"].as_array().unwrap();
    assert_eq!((bars.len(), whole["resultsCount"].as_u64()), (960, Some(960)));
    assert_eq!(sim.pages(&format!("{DAY}?limit=100")).await, *bars);
    let mut backwards = sim.pages(&format!("{DAY}?limit=77&sort=desc")).await;
    backwards.reverse();
    assert_eq!(backwards, *bars);

    let fives = sim.ok("/v2/aggs/ticker/SPY/range/5/minute/2025-11-20/2025-11-20").await;
    for (five, ones) in fives["results"].as_array().unwrap().iter().zip(bars.chunks(5)) {
        let extreme = |name: &str, pick: fn(f64, f64) -> f64| {
            ones.iter().map(|bar| bar[name].as_f64().unwrap()).reduce(pick).unwrap()
        };
        assert_eq!(five["t"], ones[0]["t"]);
        assert_eq!((&five["o"], &five["c"]), (&ones[0]["o"], &ones[4]["c"]));
        assert_eq!(five["h"].as_f64(), Some(extreme("h", f64::max)));
        assert_eq!(five["l"].as_f64(), Some(extreme("l", f64::min)));
    }
    sim.stop().await;
}

#[tokio::test]
async fn a_day_is_made_of_its_regular_minutes() {
    let sim = Exchange::start(frozen()).await;
    let minutes = sim.ok(&format!("{DAY}?limit=50000")).await;
    let regular = &minutes["results"].as_array().unwrap()[330..720];
    let day = &sim.ok("/v2/aggs/ticker/SPY/range/1/day/2025-11-20/2025-11-20").await["results"][0];
    let previous = &sim.ok("/v2/aggs/ticker/SPY/prev").await["results"][0];
    let edges = sim.ok("/v1/open-close/SPY/2025-11-20").await;
    assert_eq!((&day["o"], &day["c"]), (&regular[0]["o"], &regular[389]["c"]));
    for (one, other) in [("o", "open"), ("h", "high"), ("l", "low"), ("c", "close"), ("v", "volume")] {
        assert_eq!(day[one], previous[one]);
        assert_eq!(day[one], edges[other]);
    }
    let stock = &sim.ok("/v2/snapshot/locale/us/markets/stocks/tickers/SPY").await["ticker"];
    assert_eq!(stock["prevDay"]["c"], day["c"]);
    assert_eq!(sim.ok("/v3/snapshot?ticker=SPY").await["results"][0]["session"]["previous_close"], day["c"]);
    sim.stop().await;
}

#[tokio::test]
async fn history_reaches_back_five_years_without_a_break() {
    let sim = Exchange::start(frozen()).await;
    let path = "/v2/aggs/ticker/I:SPX/range/1/day/2020-11-20/2025-11-21?limit=50000";
    let first = sim.ok(path).await["results"].take();
    let bars = first.as_array().unwrap();
    assert_eq!(bars.len(), 1257, "trading days of five years, today among them");
    assert_eq!(first, sim.ok(path).await["results"]);
    assert!(
        bars.iter().all(|bar| bar.get("v").is_none() && bar.get("n").is_none() && bar.get("vw").is_none())
    );
    let close = |bar: &Value| bar["c"].as_f64().unwrap();
    let worst =
        bars.windows(2).map(|pair| (close(&pair[1]) / close(&pair[0])).ln().abs()).fold(0.0, f64::max);
    assert!(worst < 0.12, "a day of {worst}");
    assert!(close(&bars[0]) > 1500.0 && close(&bars[0]) < 20_000.0, "{}", bars[0]);
    let months = sim.ok("/v2/aggs/ticker/I:SPX/range/1/month/2020-12-01/2025-10-31").await;
    assert_eq!(months["resultsCount"], 59);
    sim.stop().await;
}

#[tokio::test]
async fn an_empty_range_has_no_results() {
    let sim = Exchange::start(frozen()).await;
    let body = sim.ok("/v2/aggs/ticker/SPY/range/1/minute/2025-11-15/2025-11-16").await;
    assert_eq!(
        (&body["resultsCount"], body.get("results"), &body["status"]),
        (&json!(0), None, &json!("OK"))
    );
    let tomorrow = sim.ok("/v2/aggs/ticker/SPY/range/1/minute/2025-11-22/2025-11-30").await;
    assert_eq!(tomorrow["resultsCount"], 0);
    sim.stop().await;
}

#[tokio::test]
async fn trades_of_a_minute_make_its_bar() {
    let sim = Exchange::start(frozen()).await;
    sim.step(60.0).await;
    let from = 1_763_737_200_000_i64;
    let path =
        format!("/v3/trades/SPY?timestamp.gte={from}000000&timestamp.lt={}000000&order=asc", from + 60_000);
    let trades = sim.pages(&format!("{path}&limit=50")).await;
    let bar = &sim.ok(&format!("/v2/aggs/ticker/SPY/range/1/minute/{from}/{from}")).await["results"][0];
    let price = |trade: &Value| trade["price"].as_f64().unwrap();
    assert_eq!(bar["n"].as_u64(), Some(trades.len() as u64));
    assert_eq!(bar["v"].as_f64(), Some(trades.iter().map(|trade| trade["size"].as_f64().unwrap()).sum()));
    assert_eq!(bar["h"].as_f64(), trades.iter().map(price).reduce(f64::max));
    assert_eq!(bar["l"].as_f64(), trades.iter().map(price).reduce(f64::min));
    assert_eq!((bar["o"].as_f64(), bar["c"].as_f64()), (trades.first().map(price), trades.last().map(price)));
    assert!(trades.is_sorted_by_key(|trade| trade["sequence_number"].as_u64()));
    let seconds = sim.ok(&format!("/v2/aggs/ticker/SPY/range/1/second/{from}/{}", from + 59_999)).await;
    let volume: f64 =
        seconds["results"].as_array().unwrap().iter().map(|bar| bar["v"].as_f64().unwrap()).sum();
    assert_eq!(bar["v"].as_f64(), Some(volume));
    sim.stop().await;
}

#[tokio::test]
async fn quotes_do_not_cross_and_the_last_ones_are_the_newest() {
    let sim = Exchange::start(frozen()).await;
    let quotes = sim.ok("/v3/quotes/AAPL?limit=500").await;
    let quotes = quotes["results"].as_array().unwrap();
    assert!(quotes.iter().all(|quote| quote["bid_price"].as_f64() < quote["ask_price"].as_f64()));
    assert!(quotes.is_sorted_by(|a, b| a["sip_timestamp"].as_i64() >= b["sip_timestamp"].as_i64()));
    let last = sim.ok("/v2/last/nbbo/AAPL").await["results"].take();
    assert_eq!((&last["p"], &last["P"]), (&quotes[0]["bid_price"], &quotes[0]["ask_price"]));
    let trade = sim.ok("/v2/last/trade/AAPL").await["results"].take();
    assert_eq!(trade["t"], sim.ok("/v3/trades/AAPL?limit=1").await["results"][0]["sip_timestamp"]);
    sim.stop().await;
}

#[tokio::test]
async fn the_status_follows_the_clock() {
    let sim = Exchange::start(Config { start: "09:29:59".parse().unwrap(), ..frozen() }).await;
    let before = sim.ok("/v1/marketstatus/now").await;
    assert_eq!((&before["market"], &before["earlyHours"]), (&json!("extended-hours"), &json!(true)));
    sim.step(1.0).await;
    let open = sim.ok("/v1/marketstatus/now").await;
    assert_eq!((&open["market"], &open["serverTime"]), (&json!("open"), &json!("2025-11-21T09:30:00-05:00")));
    let upcoming = sim.ok("/v1/marketstatus/upcoming").await;
    assert_eq!(
        upcoming[0],
        json!({"exchange": "NYSE", "name": "Thanksgiving", "date": "2025-11-27", "status": "closed"})
    );
    assert_eq!(upcoming[2]["close"], "2025-11-28T18:00:00.000Z");
    sim.stop().await;
}

#[tokio::test]
async fn requests_beyond_the_rate_are_refused_per_key() {
    let sim = Exchange::start(Config { rate_limit: 2, ..frozen() }).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(sim.get("/v1/marketstatus/now").await.0);
    }
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(sim.without_key("/v1/marketstatus/now?apiKey=other").await.0, 200);
    sim.stop().await;
}

#[tokio::test]
async fn shocks_drift_to_their_level_and_history_keeps_them() {
    let sim = Exchange::start(frozen()).await;
    let value = async || sim.ok("/v3/snapshot?ticker=I:SPX").await["results"][0]["value"].as_f64().unwrap();
    let before = value().await;
    sim.post("/sim/shock", json!({"symbol": "I:SPX", "pct": -3, "seconds": 10})).await;
    assert_eq!(value().await, before);
    sim.step(60.0).await;
    let after = value().await;
    assert!((after / before - 0.97).abs() < 0.005, "{before} {after}");
    let bars = sim.ok("/v2/aggs/ticker/I:SPX/range/1/minute/1763737200000/1763737200000").await;
    let bar = &bars["results"][0];
    assert!(bar["h"].as_f64() > Some(before * 0.995) && bar["c"].as_f64() < Some(before * 0.975), "{bar}");
    sim.post("/sim/vol", json!({"vix": 30})).await;
    let vix = sim.ok("/v3/snapshot?ticker=I:VIX").await["results"][0]["value"].as_f64().unwrap();
    assert!((vix - 30.0).abs() < 0.1, "{vix}");
    assert_eq!(sim.post_status("/sim/shock", json!({"symbol": "NOPE", "pct": 1})).await, 404);
    assert_eq!(sim.post_status("/sim/speed", json!({"speed": 601})).await, 400);
    sim.stop().await;
}

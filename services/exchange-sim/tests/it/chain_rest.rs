//! Chains, lists of contracts, their trades, quotes and bars, as the vendor's REST interface gives them.

use crate::rig::{Exchange, frozen};
use exchange_sim::{Config, price::chain::ChainSize};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashSet};

const SPX: &str = "/v3/snapshot/options/I:SPX";
const CALL: &str = "O:SPXW251121C06600000";

fn small() -> Config {
    Config { chain: ChainSize::Small, ..frozen() }
}

fn tickers(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["details"]["ticker"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_chain_is_paged_from_its_first_contract_to_its_last() {
    let sim = Exchange::start(frozen()).await;
    let found = sim.pages(&format!("{SPX}?limit=250&apiKey=key")).await;
    assert!((18_000..22_000).contains(&found.len()), "{}", found.len());
    let all = tickers(&found);
    assert!(all.is_sorted_by(|a, b| a < b), "in order, none twice");
    assert!(sim.ok("/sim/state").await["contracts"].as_u64() > Some(all.len() as u64));
    for field in ["value", "last_updated"] {
        let spot = |item: &Value| item["underlying_asset"][field].clone();
        assert!(found.iter().all(|item| spot(item) == spot(&found[0])), "one instant");
    }
    // Deep in the money neither greeks nor volatility; without a trade neither day nor last trade.
    let hollow = found.iter().filter(|item| item["greeks"] == json!({})).count();
    assert!((1000..10_000).contains(&hollow), "{hollow}");
    for item in &found {
        assert_eq!(item["greeks"] == json!({}), item.get("implied_volatility").is_none(), "{item}");
        assert_eq!(item["day"] == json!({}), item.get("last_trade").is_none(), "{item}");
        let delta = item["greeks"]["delta"].as_f64().unwrap_or(0.0);
        assert!(delta.abs() <= 0.995, "{item}");
        assert!(item["open_interest"].is_u64() && item["last_quote"]["ask"].as_f64() > Some(0.0), "{item}");
    }
    let traded = found.iter().filter(|item| item["day"]["volume"].as_u64() > Some(0)).count();
    assert!((500..10_000).contains(&traded), "{traded}");
    sim.stop().await;
}

/// The pages of one list show one instant, however far the clock has moved meanwhile.
#[tokio::test]
async fn pages_keep_their_order_and_their_instant_while_prices_change() {
    let sim = Exchange::start(small()).await;
    let whole = sim.pages(&format!("{SPX}?limit=250&sort=strike_price&order=desc")).await;
    let mut paged = Vec::new();
    let mut next = Some(format!("{SPX}?limit=100&sort=strike_price&order=desc"));
    while let Some(path) = next {
        let mut page = sim.ok(&path).await;
        paged.append(page["results"].as_array_mut().unwrap());
        next = page["next_url"].as_str().map(str::to_owned);
        sim.step(45.0).await;
    }
    assert_eq!(paged, whole);
    let now = sim.pages(&format!("{SPX}?limit=250&sort=strike_price&order=desc")).await;
    assert_eq!(tickers(&now), tickers(&whole));
    assert_ne!(now, whole, "prices have moved");
    sim.stop().await;
}

#[tokio::test]
async fn filters_and_orders_select_contracts() {
    let sim = Exchange::start(frozen()).await;
    let path = format!(
        "{}?expiration_date=2025-11-24&strike_price.gte=6500&strike_price.lt=6600&contract_type=put&limit=250",
        SPX.replace(':', "%3A")
    );
    let puts = sim.ok(&path).await["results"].take();
    let strikes: Vec<f64> = puts
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["details"]["strike_price"].as_f64().unwrap())
        .collect();
    assert_eq!(strikes, (0..20).map(|step| 6500.0 + 5.0 * f64::from(step)).collect::<Vec<_>>());
    assert!(puts.as_array().unwrap().iter().all(|item| item["details"]["contract_type"] == "put"));

    let walk = async |from: &str| {
        let path = format!("{SPX}?expiration_date.gte={from}&sort=expiration_date&order=asc&limit=1");
        sim.ok(&path).await["results"][0]["details"]["expiration_date"].as_str().unwrap().to_owned()
    };
    assert_eq!(walk("2025-11-21").await, "2025-11-21");
    assert_eq!(walk("2025-11-22").await, "2025-11-24");
    assert_eq!(walk("2025-11-27").await, "2025-11-28", "Thanksgiving");
    let last = sim.ok(&format!("{SPX}?sort=expiration_date&order=desc&limit=1")).await;
    assert_eq!(last["results"][0]["details"]["expiration_date"], "2027-02-19");
    assert_eq!(sim.ok(SPX).await["results"].as_array().map(Vec::len), Some(10), "the default");
    assert_eq!(sim.ok("/v3/snapshot/options/I:VIX").await["results"], json!([]), "no options on it");

    for query in [
        "limit=251",
        "sort=price",
        "order=up",
        "contract_type=straddle",
        "strike_price.gte=many",
        "expiration_date=soon",
        "cursor=made-up",
    ] {
        let (status, body) = sim.get(&format!("{SPX}?{query}")).await;
        assert_eq!((status, &body["status"]), (400, &json!("ERROR")), "{query}");
        let name = query.split(['.', '=']).next().unwrap();
        assert_eq!(body["error"], format!("Invalid value for parameter {name}"));
    }
    sim.stop().await;
}

#[tokio::test]
async fn one_contract_is_the_same_wherever_it_is_shown() {
    let sim = Exchange::start(small()).await;
    let path = format!("{SPX}?expiration_date=2025-11-21&strike_price=6600&contract_type=call");
    let of_chain = sim.ok(&path).await["results"][0].take();
    let single = sim.ok(&format!("{SPX}/{CALL}")).await["results"].take();
    assert_eq!(of_chain, single);
    let named = sim.ok(&format!("/v3/snapshot?ticker.any_of={CALL},I:SPX,O:SPXW251121C00000500")).await;
    let items = named["results"].as_array().unwrap();
    assert_eq!(items.iter().map(|item| item["ticker"].as_str().unwrap()).collect::<Vec<_>>(), {
        ["I:SPX", "O:SPXW251121C00000500", CALL]
    });
    assert_eq!((&items[1]["error"], &items[2]["type"]), (&json!("NOT_FOUND"), &json!("options")));
    for field in
        ["greeks", "implied_volatility", "last_quote", "last_trade", "open_interest", "break_even_price"]
    {
        assert_eq!(items[2][field], single[field], "{field}");
    }
    assert_eq!(items[2]["session"]["volume"], single["day"]["volume"]);
    assert_eq!(sim.ok(&format!("/v3/snapshot?type=options&ticker={CALL}")).await["results"][0], items[2]);
    let (spot, mid) = (&single["underlying_asset"]["value"], &single["last_quote"]["midpoint"]);
    assert_eq!(*spot, items[0]["value"]);
    let even = single["break_even_price"].as_f64().unwrap();
    assert!((even - 6600.0 - mid.as_f64().unwrap()).abs() < 1e-9);
    assert_eq!(sim.get(&format!("{SPX}/O:SPXW251121C06601000")).await.0, 404);
    assert_eq!(sim.get(&format!("/v3/snapshot/options/I:NDX/{CALL}")).await.0, 404);
    sim.stop().await;
}

#[tokio::test]
async fn contracts_are_listed_without_prices() {
    let sim = Exchange::start(small()).await;
    let path = "/v3/reference/options/contracts";
    let spx = sim.pages(&format!("{path}?underlying_ticker=SPX&expired=false&limit=1000")).await;
    let chain = sim.pages(&format!("{SPX}?limit=250")).await;
    assert_eq!(spx.iter().map(|c| c["ticker"].as_str().unwrap()).collect::<Vec<_>>(), tickers(&chain));
    assert_eq!(spx[0]["underlying_ticker"], "SPX");
    let all = sim.pages(&format!("{path}?limit=1000")).await;
    let listed: BTreeSet<&str> = all.iter().map(|c| c["underlying_ticker"].as_str().unwrap()).collect();
    assert!(listed.len() == 16 && listed.contains("AAPL") && listed.contains("NDX"), "{listed:?}");
    assert!(all.is_sorted_by(|a, b| a["ticker"].as_str() < b["ticker"].as_str()));
    assert_eq!(sim.ok("/sim/state").await["contracts"], all.len());
    let one = sim.ok(&format!("{path}/{CALL}")).await["results"].take();
    assert_eq!((&one["exercise_style"], &one["cfi"]), (&json!("european"), &json!("OCEICS")));
    assert_eq!(sim.ok(&format!("{path}?expired=true")).await["results"], json!([]));
    let by_strike = sim.ok(&format!("{path}?sort=strike_price&order=desc&limit=1")).await;
    assert!(by_strike["results"][0]["ticker"].as_str().unwrap().starts_with("O:NDX"));
    assert_eq!(sim.get(&format!("{path}?limit=1001")).await.0, 400);
    assert_eq!(sim.get(&format!("{path}/O:SPXW251121C06601000")).await.0, 404);
    sim.stop().await;
}

#[tokio::test]
async fn trades_quotes_bars_and_the_day_of_a_contract_agree() {
    let sim = Exchange::start(small()).await;
    let trades = sim.pages(&format!("/v3/trades/{CALL}?limit=1000&order=asc")).await;
    let item = sim.ok(&format!("{SPX}/{CALL}")).await["results"].take();
    let day = &item["day"];
    let size = |trade: &Value| trade["size"].as_u64().unwrap();
    let price = |trade: &Value| trade["price"].as_f64().unwrap();
    assert!(trades.len() > 100, "{}", trades.len());
    assert_eq!(day["volume"].as_u64(), Some(trades.iter().map(size).sum()));
    assert_eq!(
        (day["open"].as_f64(), day["close"].as_f64()),
        (trades.first().map(price), trades.last().map(price))
    );
    assert_eq!(day["high"].as_f64(), trades.iter().map(price).reduce(f64::max));
    assert_eq!(day["low"].as_f64(), trades.iter().map(price).reduce(f64::min));
    let newest = trades.last().unwrap();
    assert_eq!(item["last_trade"]["sip_timestamp"], newest["sip_timestamp"]);
    assert_eq!(sim.ok(&format!("/v2/last/trade/{CALL}")).await["results"]["t"], newest["sip_timestamp"]);

    let minutes = sim.ok(&format!("/v2/aggs/ticker/{CALL}/range/1/minute/2025-11-21/2025-11-21")).await;
    let volume: f64 =
        minutes["results"].as_array().unwrap().iter().map(|bar| bar["v"].as_f64().unwrap()).sum();
    assert_eq!(Some(volume), day["volume"].as_f64());
    let days = sim.ok(&format!("/v2/aggs/ticker/{CALL}/range/1/day/2025-11-20/2025-11-21")).await;
    assert_eq!(days["results"][1]["vw"], day["vwap"]);
    let eve = sim.ok(&format!("/v2/aggs/ticker/{CALL}/prev")).await;
    assert_eq!(eve["results"][0]["c"], days["results"][0]["c"]);
    let edges = sim.ok(&format!("/v1/open-close/{CALL}/2025-11-21")).await;
    assert_eq!((&edges["close"], &edges["volume"].as_f64()), (&day["close"], &day["volume"].as_f64()));
    let older = sim.ok(&format!("/v2/aggs/ticker/{CALL}/range/1/day/2024-11-20/2024-11-21")).await;
    assert_eq!((&older["resultsCount"], older.get("results")), (&json!(0), None));

    let quotes = sim.ok(&format!("/v3/quotes/{CALL}?limit=500")).await["results"].take();
    let quotes = quotes.as_array().unwrap();
    assert!(quotes.len() == 500 && quotes.iter().all(|q| q["bid_price"].as_f64() < q["ask_price"].as_f64()));
    assert_eq!(quotes[0]["sip_timestamp"], item["last_quote"]["last_updated"]);
    assert_eq!(
        (&quotes[0]["bid_price"], &quotes[0]["ask_size"]),
        (&item["last_quote"]["bid"], &item["last_quote"]["ask_size"])
    );
    let sequences: HashSet<u64> = quotes.iter().map(|q| q["sequence_number"].as_u64().unwrap()).collect();
    assert_eq!(sequences.len(), quotes.len());
    sim.stop().await;
}

/// The same chain whatever the speed, the strides of the clock and what was asked before; another with another seed.
#[tokio::test]
async fn the_same_seed_lists_and_quotes_the_same() {
    let at = async |config: Config, strides: &[f64], asks: bool| {
        let sim = Exchange::start(config).await;
        for stride in strides {
            if asks {
                sim.pages(
                    "/v3/snapshot/options/I:NDX?limit=250&strike_price.gte=24400&strike_price.lte=24600",
                )
                .await;
                sim.pages(&format!("{SPX}?limit=250")).await;
            }
            sim.step(*stride).await;
        }
        let found = sim.pages(&format!("{SPX}?limit=250")).await;
        sim.stop().await;
        serde_json::to_string(&found).unwrap()
    };
    let plain = at(small(), &[187.3], false).await;
    assert_eq!(plain, at(Config { speed: 60.0, ..small() }, &[60.0, 0.7, 119.0, 7.6], true).await);
    assert_ne!(plain, at(Config { seed: 2, ..small() }, &[187.3], false).await);
}

#[tokio::test]
async fn contracts_that_have_settled_are_gone() {
    let sim = Exchange::start(Config { start: "15:59:58".parse().unwrap(), ..small() }).await;
    let first = async || {
        let page = sim.ok(&format!("{SPX}?sort=expiration_date&limit=1")).await;
        page["results"][0]["details"]["expiration_date"].as_str().unwrap().to_owned()
    };
    assert_eq!(first().await, "2025-11-21");
    let before = sim.ok("/sim/state").await["contracts"].as_u64();
    sim.step(2.0).await;
    assert_eq!(first().await, "2025-11-24");
    assert!(sim.ok("/sim/state").await["contracts"].as_u64() < before);
    assert_eq!(sim.get(&format!("{SPX}/{CALL}")).await.0, 404);
    sim.stop().await;
}

#[tokio::test]
async fn contracts_come_with_holes_and_pages_are_lost_or_repeated_as_asked() {
    let sim = Exchange::start(small()).await;
    let path =
        format!("{SPX}?expiration_date=2025-11-24&strike_price.gte=6500&strike_price.lte=6700&limit=20");
    let whole = sim.pages(&path).await;
    sim.fault(json!({"type": "rest_hole", "path": "/v3/snapshot/options", "args": {"share": 0.3}})).await;
    let holed = sim.pages(&path).await;
    let without = |field: &str| holed.iter().filter(|item| item.get(field).is_none()).count();
    let share = without("last_quote") as f64 / holed.len() as f64;
    assert!((0.1..0.5).contains(&share), "{share}");
    assert_eq!(without("open_interest"), without("last_quote"));
    assert_eq!(holed, sim.pages(&path).await, "the same ones again");
    sim.lift().await;
    sim.fault(json!({"type": "rest_hole", "args": {"share": 1, "what": ["iv"]}})).await;
    let blind = sim.ok(&path).await["results"][0].take();
    assert!(blind.get("implied_volatility").is_none() && blind.get("last_quote").is_some());
    sim.lift().await;
    assert_eq!(sim.pages(&path).await, whole);

    sim.fault(json!({"type": "rest_page_missing", "count": 1})).await;
    assert_eq!(sim.pages(&path).await.len(), whole.len() - 20);
    sim.lift().await;
    sim.fault(json!({"type": "rest_page_loop"})).await;
    let page = sim.ok(&path).await;
    let link = page["next_url"].as_str().unwrap();
    assert_eq!(sim.ok(link).await["next_url"], link);
    assert_eq!(
        sim.post_status("/sim/faults", json!({"type": "rest_hole", "args": {"what": ["all"]}})).await,
        400
    );
    sim.stop().await;
}

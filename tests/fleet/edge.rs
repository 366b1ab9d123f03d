//! Through nginx, as a browser comes: TLS, HTTP/2, streams, and a gateway that moves house.

use crate::fleet::{Fleet, client};
use futures_util::StreamExt;
use serde_json::Value;
use std::time::{Duration, Instant};
use testkit::wait_for;
use wire::{gex, heatmap, market};

const SPX: &str = "I:SPX";
/// Ten seconds after both containers are healthy, says the contract; an image of the dev profile is slower.
const FIRST_MODELS: Duration = Duration::from_secs(30);
/// A month of volume is loaded in the background.
const PROFILED: Duration = Duration::from_secs(60);

#[tokio::test]
async fn the_edge_speaks_http2_and_serves_page_and_health() {
    let fleet = Fleet::healthy().await;
    let health = client().get(format!("{}/api/health", fleet.https)).send().await.unwrap();
    assert_eq!(health.version(), reqwest::Version::HTTP_2);
    let body: Value = health.json().await.unwrap();
    assert_eq!(body["status"], "healthy", "{body}");

    let page = client().get(format!("{}/", fleet.https)).send().await.unwrap();
    assert!(page.headers().contains_key("content-security-policy"));
    assert!(page.text().await.unwrap().contains("<div id=\"root\">"));

    let plain = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .danger_accept_invalid_certs(true)
        .build()
        .unwrap();
    let redirect = plain.get(format!("{}/", fleet.http)).send().await.unwrap();
    assert_eq!(redirect.status(), 301);
    assert!(redirect.headers()["location"].to_str().unwrap().starts_with(&fleet.https));
}

#[tokio::test]
async fn prices_stream_through_the_edge_unbuffered() {
    let fleet = Fleet::healthy().await;
    let mut frames = 0;
    let opened = Instant::now();
    let stream = client().get(format!("{}/sse/spot", fleet.https)).send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut bytes = stream.bytes_stream();
    while frames < 5 {
        let chunk = tokio::time::timeout(Duration::from_secs(10), bytes.next())
            .await
            .expect("prices flow")
            .unwrap()
            .unwrap();
        frames += String::from_utf8_lossy(&chunk).matches("event: spot").count();
    }
    assert!(opened.elapsed() < Duration::from_secs(10), "{:?}", opened.elapsed());
}

/// The first models are on the bus within seconds, and a browser reads them through the edge.
#[tokio::test]
async fn models_reach_the_edge() {
    let fleet = Fleet::healthy().await;
    let bus = &fleet.bus;
    wait_for(FIRST_MODELS, "spot, heatmap and gamma are on market-redis", || async {
        let spot = bus.get(&market::spot(SPX)).await.unwrap();
        let whole = bus.get(&heatmap::latest(SPX)).await.unwrap();
        let gex = bus.get(&gex::GEX).await.unwrap();
        spot.is_some()
            && whole.is_some_and(|whole| !whole.tiles.is_empty())
            && gex.is_some_and(|gex| gex.symbols.contains_key(SPX))
    })
    .await;
    for (path, field) in [
        ("models/heatmap/SPX", "tiles"),
        ("models/gex/SPX", "expirations"),
        ("models/market_mode", "score"),
        ("dealer-gravity/context", "market_memory_strength"),
    ] {
        let url = format!("{}/api/{path}", fleet.https);
        wait_for(PROFILED, &format!("{path} through the edge"), || async {
            let Ok(answer) = client().get(&url).send().await else { return false };
            let is_good = answer.status().is_success();
            let body: Value = answer.json().await.unwrap_or_default();
            is_good && body["success"] == true && body["data"].to_string().contains(&format!("\"{field}\":"))
        })
        .await;
    }
}

/// What no service answers yet says so, by its name: past the gateway and through it.
#[tokio::test]
async fn an_absent_service_is_named() {
    let fleet = Fleet::healthy().await;
    // Another test may have recreated the gateway a moment ago: whose request it is, it knows with its database only.
    wait_for(Duration::from_secs(20), "a gateway with all that it needs", || async {
        let Ok(answer) = client().get(format!("{}/api/health", fleet.https)).send().await else {
            return false;
        };
        answer.json::<Value>().await.is_ok_and(|health| health["status"] == "healthy")
    })
    .await;
    for (path, service) in [
        ("logs", "journal"),
        ("positions", "journal"),
        ("vexy/routine", "vexy_ai"),
        ("commentary", "copilot"),
    ] {
        let answer = client().get(format!("{}/api/{path}", fleet.https)).send().await.unwrap();
        assert_eq!(answer.status(), 502, "{path}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(
            (&body["error"], &body["service"]),
            (&"upstream_unavailable".into(), &service.into()),
            "{path}"
        );
    }
}

/// A recreated gateway has another address; nginx finds it without being told.
#[tokio::test]
async fn a_recreated_gateway_is_found_again() {
    let fleet = Fleet::healthy().await;
    let before = fleet.container("sse");
    fleet.compose(&["up", "-d", "--force-recreate", "sse"]);
    assert_ne!(fleet.container("sse"), before);
    wait_for(Duration::from_secs(20), "the edge answers again", || async {
        let answer = client().get(format!("{}/api/health", fleet.https)).send().await;
        matches!(answer, Ok(answer) if answer.status().is_success())
    })
    .await;
    fleet.wait_beating("sse", Duration::from_secs(20)).await;
}

//! Through nginx, as a browser comes: TLS, HTTP/2, streams, and a gateway that moves house.

use crate::fleet::{Fleet, client};
use futures_util::StreamExt;
use serde_json::Value;
use std::time::{Duration, Instant};
use testkit::wait_for;

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

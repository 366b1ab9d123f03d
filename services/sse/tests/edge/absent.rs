//! What is said when a service is not there.

use crate::{
    bench::{Edge, cookie, member},
    echo::Echo,
};
use serde_json::json;
use testkit::wait;

#[tokio::test]
async fn an_absent_service_is_named_and_found_again() {
    let mut edge = Edge::start().await;
    let member = member("navigator");
    let port = edge.journal.take().unwrap().port;
    edge.copilot.take();
    for (path, service) in [
        ("/api/logs", "journal"),
        ("/api/positions", "journal"),
        ("/api/imports", "journal"),
        ("/api/mel/state", "copilot"),
        ("/api/mel", "copilot"),
        ("/ws/mel", "copilot"),
    ] {
        let expected = (502, json!("upstream_unavailable"), json!(service));
        // A connection that was kept may have to be lost first.
        wait(path, || async {
            let answer = edge.get_as(&member, path).await;
            let body = answer.json();
            (answer.status, body["error"].clone(), body["service"].clone()) == expected
        })
        .await;
    }
    let _back = Echo::start_at(port, "journal").await;
    for path in ["/api/logs", "/api/positions"] {
        wait(path, || async { edge.get_as(&member, path).await.status == 200 }).await;
    }
}

#[tokio::test]
async fn without_the_gateway_nobody_is_let_past_it() {
    let edge = Edge::start().await;
    let cookie = cookie(&member("navigator"));
    let Edge { browser, gateway, nginx: _nginx, journal: _journal, .. } = edge;
    gateway.program.stop().await.unwrap();
    for path in ["/api/logs", "/api/positions", "/sse/all", "/api/health", "/api/auth/me", "/ws/mel"] {
        let refused = browser.get(path, &[("Cookie", &cookie)]).await;
        let body = refused.json();
        assert_eq!(
            (refused.status, &body["error"], &body["service"]),
            (502, &json!("upstream_unavailable"), &json!("sse")),
            "{path}"
        );
    }
    // An EventSource would give up for good on a status like that.
    let accept = ("Accept", "text/event-stream");
    let stream = browser.get("/sse/all", &[("Cookie", &cookie), accept]).await;
    assert_eq!((stream.status, stream.header("content-type")), (200, "text/event-stream"));
    assert!(stream.text().starts_with("retry: "), "{stream:?}");
}

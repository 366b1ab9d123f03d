//! Data routes, refusals, and what stands before every route.

use crate::{
    client::{get, request},
    setup::{Gateway, TEN},
};
use serde_json::{Value, json};
use testkit::wait;
use truth::secret::Secret;

#[tokio::test]
async fn candles_are_built_from_the_trail() {
    let gateway = Gateway::start(|_| ()).await;
    assert_eq!(get(gateway.port, "/api/models/candles/SPY").await.json()["error"], "no_data");
    // Two days and a bit before, then two prices of today's first bar.
    gateway.trail("I:SPX", &[(-180_000.0, 6500.0), (0.0, 6600.0), (200.0, 6610.0), (299.9, 6590.0)]).await;
    gateway.spot("I:SPX", 6590.0).await;
    let candles = |path: &'static str| async move {
        let answer = get(gateway.port, path).await;
        (answer.status == 200).then(|| answer.json()["data"].clone())
    };
    wait("the trail was read", || async { candles("/api/models/candles/I:SPX").await.is_some() }).await;
    let today = candles("/api/models/candles/I:SPX?days=1").await.unwrap();
    let bar = json!({"t": TEN as i64, "o": 6600.0, "h": 6610.0, "l": 6590.0, "c": 6590.0});
    for size in ["candles_5m", "candles_10m", "candles_15m", "candles_1h"] {
        assert_eq!(today[size], json!([bar]), "{size}");
    }
    assert_eq!(
        (&today["symbol"], &today["spot"], &today["days"]),
        (&json!("I:SPX"), &json!(6590.0), &json!(1))
    );
    assert_eq!(today.get("partial"), None);
    let week = candles("/api/models/candles/spx?days=99").await.unwrap();
    assert_eq!((&week["days"], week["candles_5m"].as_array().unwrap().len()), (&json!(7), 2), "clamped");
    assert_eq!(candles("/api/models/candles/i%3aspx?days=-5").await.unwrap()["days"], json!(1));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_missing_previous_close_is_taken_from_the_trail() {
    let gateway = Gateway::start(|_| ()).await;
    // Thursday 16:00 and 16:10 in New York are 64,800 and 64,200 s before Friday 10:00.
    gateway.trail("SPY", &[(-64_800.0, 650.0), (-64_200.0, 655.0), (0.0, 660.0)]).await;
    gateway.spot("SPY", 660.0).await;
    wait("the trail was read", || async { get(gateway.port, "/api/models/candles/SPY").await.status == 200 })
        .await;
    let mut spot = crate::setup::spot_of("SPY", 661.55);
    spot.prev_close = None;
    crate::setup::publish(&gateway.rig.bus, &spot).await;
    wait("the spot is filled", || async {
        let spot = get(gateway.port, "/api/models/spot").await.json()["data"]["SPY"].clone();
        (&spot["prev_close"], &spot["change"], &spot["change_pct"])
            == (&json!(655.0), &json!(6.55), &json!(1.0))
    })
    .await;
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn an_answer_has_its_envelope_and_its_tag() {
    let gateway = Gateway::start(|_| ()).await;
    let nothing = get(gateway.port, "/api/models/spot").await;
    assert_eq!((nothing.status, nothing.json()["error"].as_str().unwrap()), (404, "no_data"));
    gateway.spot("SPY", 1.0).await;
    wait("the spot is known", || async { get(gateway.port, "/api/models/spot").await.status == 200 }).await;
    let answer = get(gateway.port, "/api/models/spot").await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    let body = answer.json();
    assert_eq!((&body["success"], &body["data"]["SPY"]["value"]), (&json!(true), &json!(1.0)));
    assert!(body["ts"].as_f64().unwrap() > 1.7e9);
    let tag = answer.header("etag");
    let known = request(gateway.port, "GET", "/api/models/spot", &[("If-None-Match", tag)]).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    let head = request(gateway.port, "HEAD", "/api/models/spot", &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn what_does_not_exist_and_what_is_not_allowed_are_told_apart() {
    let gateway = Gateway::start(|_| ()).await;
    for path in ["/api/nothing", "/api", "/api/models", "/sse/", "/ws/mel", "//api/x", "/api/health/x"] {
        let missing = get(gateway.port, path).await;
        assert_eq!((missing.status, missing.json()["error"].as_str().unwrap()), (404, "not_found"), "{path}");
        assert_eq!(missing.json()["message"], missing.json()["detail"]);
    }
    for path in ["/api/health", "/api/models/spot", "/api/fleet"] {
        let refused = request(gateway.port, "POST", path, &[("Content-Length", "0")]).await;
        assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD"), "{path}");
        assert_eq!(refused.json()["error"], "method_not_allowed");
    }
    let refused = get(gateway.port, "/api/models/candles/SPY?days=many").await;
    assert_eq!((refused.status, refused.json()["error"].as_str().unwrap()), (400, "bad_request"));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn health_and_auth_say_that_everybody_is_admitted() {
    let gateway = Gateway::start(|_| ()).await;
    let health = get(gateway.port, "/api/health").await.json();
    assert_eq!(
        (&health["status"], &health["service"], &health["public_mode"]),
        (&json!("healthy"), &json!("sse-gateway"), &json!(true))
    );
    assert_eq!(health["clients"]["total"], json!(0));
    let me = get(gateway.port, "/api/auth/me").await.json();
    assert_eq!(
        (&me["wp"]["id"], &me["tier"], &me["public_mode"]),
        (&json!("dev-user"), &json!("administrator"), &json!(true))
    );
    let config = get(gateway.port, "/api/auth/config").await.json();
    assert_eq!((&config["login"], &config["public_mode"]), (&json!([]), &json!(true)));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn without_public_mode_only_open_routes_answer() {
    let gateway = Gateway::start(|config| {
        config.public_mode = false;
        config.session_secret = Some(Secret::new("0123456789abcdef0123456789abcdef"));
    })
    .await;
    for path in ["/api/auth/me", "/api/models/spot", "/api/fleet", "/sse/all", "/sse/spot", "/api/nothing"] {
        let refused = get(gateway.port, path).await;
        assert_eq!(
            (refused.status, refused.json()["error"].as_str().unwrap()),
            (401, "not_authenticated"),
            "{path}"
        );
    }
    let claimed = [("X-User-Id", "1"), ("X-User-Admin", "1"), ("X-Internal-Auth", "x")];
    assert_eq!(request(gateway.port, "GET", "/api/fleet", &claimed).await.status, 401);
    assert_eq!(get(gateway.port, "/api/health").await.json()["public_mode"], Value::Bool(false));
    assert_eq!(get(gateway.port, "/api/auth/config").await.status, 200);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn every_answer_is_marked_and_a_flood_of_requests_is_slowed() {
    let gateway =
        Gateway::start(|config| config.cors_origins = vec!["https://desk.example.org".into()]).await;
    for path in ["/api/health", "/api/nothing", "/assets/none.js"] {
        let answer = request(gateway.port, "GET", path, &[("X-Request-Id", "trace-7")]).await;
        assert_eq!(answer.header("x-request-id"), "trace-7");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "strict-origin-when-cross-origin");
        assert_eq!(answer.header("x-frame-options"), "SAMEORIGIN");
    }
    for (origin, echoed) in
        [("https://desk.example.org", "https://desk.example.org"), ("https://evil.example", "")]
    {
        let answer = request(gateway.port, "GET", "/api/health", &[("Origin", origin)]).await;
        assert_eq!(answer.header("access-control-allow-origin"), echoed);
    }
    let mut refused = None;
    for _ in 0..200 {
        let answer = request(gateway.port, "GET", "/api/fleet", &[("X-Forwarded-For", "203.0.113.9")]).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a limit");
    assert_eq!(refused.json()["error"], "rate_limited");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert_ne!(get(gateway.port, "/api/fleet").await.status, 429, "another caller is not slowed");
    assert_eq!(get(gateway.port, "/api/health").await.status, 200, "health is never refused");
    let long = "x".repeat(20_000);
    assert_eq!(request(gateway.port, "GET", "/api/health", &[("X-Long", &long)]).await.status, 431);
    gateway.program.stop().await.unwrap();
}

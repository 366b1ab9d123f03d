//! Who does not get in, and what is said then: at nginx for what goes past the gateway, at the gateway for the rest.

use crate::bench::{Edge, KNOWN_ORIGIN, SESSION_SECRET, cookie, gates, member, now};
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use testkit::wait;
use wire::{EpochSec, access};

/// One path past the gateway, one through it.
const BOTH: [&str; 2] = ["/api/logs", "/api/positions"];

#[tokio::test]
async fn without_a_good_session_nobody_passes() {
    let edge = Edge::start().await;
    let mut old = member("navigator");
    old.exp = EpochSec::new(now().seconds() - 1.0);
    let mut forged = member("navigator").sign(b"another secret of thirty-two bytes..");
    forged.insert_str(0, "ms_session=");
    for path in BOTH.into_iter().chain(["/api/vexy/routine", "/api/mel/state", "/api/commentary", "/ws/mel"])
    {
        for (cookie, code) in [
            ("".to_owned(), "not_authenticated"),
            ("ms_session=nonsense".to_owned(), "not_authenticated"),
            (forged.clone(), "not_authenticated"),
            (cookie(&old), "session_expired"),
        ] {
            let refused = edge.browser.get(path, &[("Cookie", &cookie)]).await;
            let body = refused.json();
            assert_eq!((refused.status, &body["error"]), (401, &json!(code)), "{path} {cookie}");
            assert_eq!((&body["success"], &body["message"]), (&json!(false), &body["detail"]), "{path}");
            assert_eq!(refused.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(refused.header("x-internal-auth"), "", "{path}");
        }
    }
    let bearer = format!("Bearer {}", member("navigator").sign(SESSION_SECRET.as_bytes()));
    for path in BOTH {
        assert_eq!(edge.browser.get(path, &[("Authorization", &bearer)]).await.status, 200, "{path}");
        let both = [("Authorization", "Bearer x"), ("Cookie", &*cookie(&member("navigator")))];
        assert_eq!(edge.browser.get(path, &both).await.status, 401, "the header wins: {path}");
    }
}

#[tokio::test]
async fn a_revoked_session_is_refused_everywhere() {
    let edge = Edge::start().await;
    let mine = member("navigator");
    for path in BOTH {
        assert_eq!(edge.get_as(&mine, path).await.status, 200, "{path}");
    }
    edge.gateway.rig.bus.publish(&access::SESSION_REVOKED, &mine.sid).await.unwrap();
    for path in BOTH {
        wait("it is refused", || async { edge.get_as(&mine, path).await.status == 401 }).await;
        assert_eq!(edge.get_as(&mine, path).await.json()["error"], "session_revoked", "{path}");
    }
}

#[tokio::test]
async fn a_barred_tier_is_refused_and_loses_its_cookie() {
    let edge = Edge::start_with(|config| config.cookie_domain = Some(".example.org".into())).await;
    edge.gate(gates()).await;
    for path in BOTH.into_iter().chain(["/api/mel/state", "/ws/mel"]) {
        // The session of a barred tier is revoked with it: each path has its own.
        let mut observer = member("observer");
        observer.sid = format!("sid-{path}");
        let refused = edge.get_as(&observer, path).await;
        let body = refused.json();
        assert_eq!((refused.status, &body["error"]), (403, &json!("tier_blocked")), "{path}");
        assert_eq!(body["tier"], "observer", "{path}");
        assert_eq!(body["message"], "The observer tier is not admitted here.");
        let cookies: Vec<_> = refused.header("set-cookie").lines().collect();
        assert_eq!(cookies.len(), 2, "{path}: {cookies:?}");
        for cookie in &cookies {
            assert!(cookie.starts_with("ms_session=;") && cookie.contains("Max-Age=0"), "{path}: {cookie}");
            assert!(cookie.contains("Secure") && cookie.contains("HttpOnly"), "{path}: {cookie}");
        }
        assert!(cookies.iter().any(|cookie| cookie.contains("Domain=.example.org")), "{path}: {cookies:?}");
        assert!(cookies.iter().any(|cookie| !cookie.contains("Domain")), "{path}: {cookies:?}");
        assert_eq!(edge.get_as(&member("navigator"), path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_feature_that_a_tier_does_not_have_is_refused_and_the_session_stays() {
    let edge = Edge::start().await;
    edge.gate(gates()).await;
    let activator = member("activator");
    for path in ["/api/journal", "/api/journals/7", "/api/journal_entries"] {
        let refused = edge.get_as(&activator, path).await;
        let body = refused.json();
        assert_eq!((refused.status, &body["error"]), (403, &json!("feature_gated")), "{path}");
        assert_eq!(
            (&body["feature"], &body["tier"]),
            (&json!("journal_access"), &json!("activator")),
            "{path}"
        );
        assert_eq!(refused.header("set-cookie"), "", "{path}");
    }
    assert_eq!(edge.get_as(&activator, "/api/logs").await.status, 200);
    assert_eq!(edge.get_as(&member("navigator"), "/api/journal").await.status, 200);
}

#[tokio::test]
async fn a_page_of_another_site_cannot_write() {
    let edge = Edge::start().await;
    let cookie = cookie(&member("navigator"));
    let own = format!("https://localhost:{}", edge.browser.port());
    for path in BOTH {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            for (origin, status) in [
                ("https://evil.example", 403),
                ("null", 403),
                ("https://localhost", 403),
                (own.as_str(), 200),
                (KNOWN_ORIGIN, 200),
            ] {
                let headers = [("Cookie", cookie.as_str()), ("Origin", origin)];
                let answer = edge.browser.send(method, path, &headers, b"").await;
                assert_eq!(answer.status, status, "{method} {path} from {origin}");
                if status == 403 {
                    assert_eq!(answer.json()["error"], "bad_origin");
                }
            }
        }
        let reading = [("Cookie", cookie.as_str()), ("Origin", "https://evil.example")];
        assert_eq!(edge.browser.get(path, &reading).await.status, 200, "reading is CORS' business");
        let bearer = format!("Bearer {}", member("navigator").sign(SESSION_SECRET.as_bytes()));
        let meant = [("Authorization", bearer.as_str()), ("Origin", "https://evil.example")];
        assert_eq!(
            edge.browser.send("POST", path, &meant, b"").await.status,
            200,
            "no browser adds a bearer"
        );
    }
}

#[tokio::test]
async fn only_known_origins_may_read() {
    let edge = Edge::start().await;
    let cookie = cookie(&member("navigator"));
    for path in BOTH {
        for (origin, echoed) in [
            (KNOWN_ORIGIN, KNOWN_ORIGIN),
            ("https://evil.example", ""),
            ("https://desk.example.org.evil.net", ""),
        ] {
            for cookie in [cookie.as_str(), "none=1"] {
                let answer = edge.browser.get(path, &[("Cookie", cookie), ("Origin", origin)]).await;
                assert_eq!(
                    answer.header("access-control-allow-origin"),
                    echoed,
                    "{path} {origin} {}",
                    answer.status
                );
                let credentials = if echoed.is_empty() { "" } else { "true" };
                assert_eq!(answer.header("access-control-allow-credentials"), credentials, "{path} {origin}");
                assert_eq!(answer.header("vary").contains("Origin"), !echoed.is_empty(), "{path} {origin}");
            }
            let asked = [("Origin", origin), ("Access-Control-Request-Method", "PUT")];
            let preflight = edge.browser.send("OPTIONS", path, &asked, b"").await;
            let status = if echoed.is_empty() { 401 } else { 204 };
            assert_eq!(
                (preflight.status, preflight.header("access-control-allow-origin")),
                (status, echoed),
                "{path}"
            );
        }
    }
}

/// Filter order: identity, session, tier, origin, limit, feature. What is wrong in two ways is refused for the first.
#[tokio::test]
async fn a_request_is_refused_for_the_first_reason() {
    let edge = Edge::start().await;
    edge.gate(gates()).await;
    let evil = ("Origin", "https://evil.example");
    for path in ["/api/journal", "/api/positions"] {
        let nobody = edge.browser.send("POST", path, &[evil], b"").await;
        assert_eq!((nobody.status, &nobody.json()["error"]), (401, &json!("not_authenticated")), "{path}");
        let mut observer = member("observer");
        observer.sid = format!("sid-order-{path}");
        let barred = edge.browser.send("POST", path, &[evil, ("Cookie", &cookie(&observer))], b"").await;
        assert_eq!((barred.status, &barred.json()["error"]), (403, &json!("tier_blocked")), "{path}");
    }
    let gated = cookie(&member("activator"));
    let foreign = edge.browser.send("POST", "/api/journal", &[evil, ("Cookie", &gated)], b"").await;
    assert_eq!(foreign.json()["error"], "bad_origin");
}

#[tokio::test]
async fn a_flood_is_slowed_by_session_past_the_gateway() {
    let edge = Edge::start().await;
    let greedy = cookie(&member("navigator"));
    let mut refused = None;
    for _ in 0..200 {
        let answer = edge.browser.get("/api/logs", &[("Cookie", &greedy)]).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a limit");
    assert_eq!(refused.json()["error"], "rate_limited");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert_eq!(
        edge.get_as(&member("coaching"), "/api/logs").await.status,
        200,
        "another session is not slowed"
    );
    let mut strangers = Vec::new();
    for _ in 0..100 {
        let stream = edge.browser.connect_from(Ipv4Addr::new(127, 9, 9, 9)).await;
        strangers.push(edge.browser.send_on(stream, "GET", "/api/logs", &[], b"").await.status);
    }
    assert!(strangers.contains(&401) && strangers.contains(&429), "without a session the address counts");
}

#[tokio::test]
async fn a_head_may_be_long_but_not_endless() {
    let edge = Edge::start().await;
    let cookie = cookie(&member("navigator"));
    let long = "x".repeat(9_000);
    assert_eq!(edge.browser.get("/api/logs", &[("Cookie", &cookie), ("X-Long", &long)]).await.status, 200);
    let endless = "x".repeat(40_000);
    let refused = edge.browser.get("/api/logs", &[("Cookie", &cookie), ("X-Long", &endless)]).await;
    assert_eq!((refused.status, refused.json()["success"].clone()), (431, Value::Bool(false)));
}

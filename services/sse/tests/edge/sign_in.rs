//! Signing in and out through nginx.

use crate::{
    bench::{Edge, gates, token},
    tokens::{accepted, claims, refused, signed},
};
use serde_json::json;

fn sso(token: &str) -> String {
    format!("/api/auth/sso?sso={token}")
}

#[tokio::test]
async fn every_bad_token_is_refused_and_no_refusal_tells_why() {
    let edge = Edge::start().await;
    let mut bodies = std::collections::BTreeSet::new();
    for (name, token, code) in refused() {
        let answer = edge.browser.get(&sso(&token), &[]).await;
        assert_eq!((answer.status, &answer.json()["error"]), (401, &json!(code)), "{name}: {token}");
        assert_eq!(answer.header("set-cookie"), "", "{name}");
        if code == "sso_invalid" {
            bodies.insert(answer.text().to_owned());
        }
        let page = edge.browser.get(&sso(&token), &[("Accept", "text/html,*/*;q=0.1")]).await;
        assert_eq!(
            (page.status, page.header("location")),
            (302, format!("/login?error={code}").as_str()),
            "{name}"
        );
    }
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    for (query, code) in [("", "missing_sso"), ("?sso=", "missing_sso")] {
        let answer = edge.browser.get(&format!("/api/auth/sso{query}"), &[]).await;
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!(code)), "{query}");
    }
    let twice = format!("/api/auth/sso?sso={}&sso={}", token(), token());
    assert_eq!(edge.browser.get(&twice, &[]).await.status, 400, "J17");
}

#[tokio::test]
async fn a_good_token_signs_in_once_and_only_as_a_token() {
    let edge = Edge::start().await;
    for (name, token) in accepted() {
        let answer = edge.browser.get(&sso(&token), &[]).await;
        assert_eq!((answer.status, answer.header("location")), (302, "/"), "{name}: {answer:?}");
        let again = edge.browser.get(&sso(&token), &[]).await;
        assert_eq!((again.status, &again.json()["error"]), (401, &json!("sso_replayed")), "J15 {name}");
        let as_session = format!("ms_session={token}");
        for path in ["/api/auth/me", "/api/logs"] {
            let refused = edge.browser.get(path, &[("Cookie", &as_session)]).await;
            assert_eq!(refused.status, 401, "J16 {name} {path}");
        }
    }
}

#[tokio::test]
async fn the_cookie_is_for_https_and_opens_every_door_until_signed_out() {
    let edge = Edge::start().await;
    let answer = edge.browser.get(&format!("{}&next=/desk", sso(&token())), &[]).await;
    assert_eq!((answer.status, answer.header("location")), (302, "/desk"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    let cookie = answer.header("set-cookie").to_owned();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=86400", "Secure"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "localhost has none: {cookie}");
    let session = cookie.split(';').next().unwrap();
    let as_me = [("Cookie", session)];
    let me = edge.browser.get("/api/auth/me", &as_me).await.json();
    assert_eq!((&me["tier"], &me["public_mode"]), (&json!("navigator"), &json!(false)));
    assert_eq!(edge.browser.get("/api/logs", &as_me).await.json()["headers"]["x-user-tier"], "navigator");
    let out = edge.browser.get("/api/auth/logout?next=/bye", &as_me).await;
    assert_eq!((out.status, out.header("location")), (302, "/bye"));
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    for path in ["/api/auth/me", "/api/logs", "/api/positions"] {
        let refused = edge.browser.get(path, &as_me).await;
        assert_eq!((refused.status, &refused.json()["error"]), (401, &json!("session_revoked")), "{path}");
    }
}

#[tokio::test]
async fn no_address_leads_to_another_site() {
    let edge = Edge::start().await;
    for next in [
        "//evil.example",
        "/%5Cevil.example",
        "/\\evil.example",
        "https://evil.example",
        "evil.example",
        "/%09/evil.example",
        "/%0d%0aSet-Cookie:x=1",
        "javascript:alert(1)",
        "%2F%2Fevil.example",
        "///evil.example",
    ] {
        let answer = edge.browser.get(&format!("{}&next={next}", sso(&token())), &[]).await;
        assert_eq!((answer.status, answer.header("location")), (302, "/"), "{next}");
        let out = edge.browser.get(&format!("/api/auth/logout?next={next}"), &[]).await;
        assert_eq!((out.status, out.header("location")), (302, "/"), "{next}");
    }
    let long = format!("/{}", "x".repeat(1024));
    let answer = edge.browser.get(&format!("{}&next={long}", sso(&token())), &[]).await;
    assert_eq!(answer.header("location"), "/");
}

#[tokio::test]
async fn a_barred_member_gets_a_page_and_may_use_the_token_later() {
    let edge = Edge::start().await;
    edge.gate(gates()).await;
    let token = signed(&claims(json!({"roles": 7, "subscription_tier": null})));
    let refused = edge.browser.get(&sso(&token), &[]).await;
    assert_eq!((refused.status, &refused.json()["error"]), (403, &json!("tier_blocked")), "J12");
    let page = edge.browser.get(&sso(&token), &[("Accept", "text/html")]).await;
    assert_eq!(page.status, 403);
    assert!(page.header("content-type").starts_with("text/html") && page.text().contains("observer"));
    assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
    let mut open = gates();
    open["allowed_tiers"]["observer"] = json!(true);
    edge.gate(open).await;
    testkit::wait("the tier is admitted", || async {
        edge.browser.get(&sso(&token), &[]).await.status == 302
    })
    .await;
}

#[tokio::test]
async fn a_token_never_reaches_the_log() {
    let edge = Edge::start().await;
    let token = token();
    edge.browser.get(&sso(&token), &[]).await;
    crate::client::request(edge.nginx.plain, "GET", &sso(&token), &[]).await;
    // Nobody behind nginx: it says so, and how it was asked.
    let Edge { browser, nginx, gateway, .. } = edge;
    gateway.program.stop().await.unwrap();
    assert_eq!(browser.get(&sso(&token), &[]).await.status, 502);
    let logs = nginx.logs();
    assert!(logs.contains("GET /api/auth/sso HTTP/1.1"), "{logs}");
    let payload = token.split('.').nth(1).unwrap();
    assert!(!logs.contains(payload), "{logs}");
}

//! Who a service is told is calling.

use crate::{
    bench::{Edge, SESSION_SECRET, cookie, member},
    echo::OWN,
};
use serde_json::{Value, json};

const FORGED: [(&str, &str); 9] = [
    ("X-User-Id", "1"),
    ("X-User-Wp-Id", "1"),
    ("X-User-Name", "Mallory"),
    ("X-User-Tier", "administrator"),
    ("X-User-Roles", "[\"administrator\"]"),
    ("X-User-Admin", "1"),
    ("X-User-Anything", "1"),
    ("X-Session-Id", "x"),
    ("X-Internal-Auth", "guess"),
];

fn expected() -> Value {
    json!({
        "x-user-id": "57", "x-user-wp-id": "3391", "x-user-issuer": "fotw", "x-user-email": "rita@example.org",
        "x-user-name": "R%C3%AFta%20%C3%96", "x-user-tier": "navigator",
        "x-user-roles": "[\"subscriber\",\"navigator\"]", "x-user-admin": "0", "x-session-id": "sid-navigator",
        "x-internal-auth": auth::identity::internal_token(SESSION_SECRET.as_bytes()),
    })
}

/// The headers of `answer`'s echo that tell of identity.
fn told(answer: &Value) -> Value {
    let is_identity =
        |name: &str| name.starts_with("x-user-") || name == "x-session-id" || name == "x-internal-auth";
    let headers = answer["headers"].as_object().unwrap_or_else(|| panic!("an echo: {answer}"));
    headers
        .iter()
        .filter(|(name, _)| is_identity(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[tokio::test]
async fn a_service_is_told_who_calls_whatever_the_client_says() {
    let edge = Edge::start().await;
    let cookie = cookie(&member("navigator"));
    let headers: Vec<_> = FORGED.into_iter().chain([("Cookie", cookie.as_str())]).collect();
    for path in
        ["/api/logs", "/api/vexy/routine", "/api/mel/state", "/api/commentary", "/api/positions", "/api/mel"]
    {
        let mut answer = edge.browser.get(path, &headers).await.json();
        let mut told = told(&answer);
        // The one that no list names comes through where nginx leads straight on: nobody reads it.
        told.as_object_mut().unwrap().remove("x-user-anything");
        assert_eq!(told, expected(), "{path}");
        let id = answer["headers"]["x-request-id"].take();
        assert!(id.as_str().is_some_and(|id| id.len() >= 16), "{path}: {id}");
    }
}

#[tokio::test]
async fn a_service_that_asks_for_the_session_itself_is_told_nothing() {
    let edge = Edge::start().await;
    let cookie = cookie(&member("navigator"));
    let headers: Vec<_> = FORGED.into_iter().chain([("Cookie", cookie.as_str())]).collect();
    let answer = edge.browser.send("POST", "/api/vexy/chat", &headers, b"{}").await.json();
    let mut told = told(&answer);
    told.as_object_mut().unwrap().remove("x-user-anything");
    assert_eq!(told, json!({}), "empty where no check ran");
    assert_eq!(answer["headers"]["cookie"], cookie.as_str());
    assert_eq!(answer["bytes"], 2);
}

#[tokio::test]
async fn the_gateway_passes_named_headers_and_no_cookie_either_way() {
    let edge = Edge::start().await;
    let cookie = cookie(&member("navigator"));
    let sent = [
        ("Cookie", cookie.as_str()),
        ("Content-Type", "text/x-any; a=b"),
        ("Accept", "text/csv"),
        ("Idempotency-Key", "k-1"),
        ("If-Match", "\"3\""),
        ("Range", "bytes=0-9"),
        ("X-Other", "1"),
    ];
    let answer = edge.browser.send("PUT", "/api/positions/7?x=%2F&y", &sent, b"\x00\xffraw").await;
    for (name, _) in OWN {
        assert_eq!(answer.header(name), "", "{name}");
    }
    let body = answer.json();
    assert_eq!(
        (&body["method"], &body["query"], &body["bytes"]),
        (&json!("PUT"), &json!("x=%2F&y"), &json!(5))
    );
    let headers = &body["headers"];
    for (name, value) in sent.iter().filter(|(name, _)| !["Cookie", "X-Other"].contains(name)) {
        assert_eq!(headers[name.to_ascii_lowercase()], *value);
    }
    for name in ["cookie", "x-other", "x-forwarded-for", "x-real-ip"] {
        assert_eq!(headers[name], Value::Null, "{name}");
    }
}

#[tokio::test]
async fn an_upstreams_own_refusal_is_its_own() {
    let edge = Edge::start().await;
    let member = member("navigator");
    for path in ["/api/logs", "/api/positions"] {
        for status in [401, 403, 404, 409, 418, 429, 500, 502, 503] {
            let answer = edge.get_as(&member, &format!("{path}?answer={status}")).await;
            assert_eq!((answer.status, &answer.json()["echo"]), (status, &json!("journal")), "{path}");
        }
    }
}

#[tokio::test]
async fn admins_see_internal_routes_that_are_theirs_as_the_gateway_itself() {
    let edge = Edge::start().await;
    let mut admin = member("administrator");
    admin.wp.is_admin = true;
    let answer = edge.get_as(&admin, "/api/admin/users/57/trades?page=2").await.json();
    assert_eq!(
        (&answer["path"], &answer["query"]),
        (&json!("/api/internal/users/57/trades"), &json!("page=2"))
    );
    let token = auth::identity::internal_token(SESSION_SECRET.as_bytes());
    assert_eq!(told(&answer), json!({"x-internal-auth": token}));
    let ml = edge.get_as(&admin, "/api/admin/ml/models").await.json();
    assert_eq!(ml["path"], "/api/internal/ml/models");
    for path in ["/api/admin/users/57/trades", "/api/admin/tracking/x", "/api/admin/ml/models"] {
        let refused = edge.get_as(&member("navigator"), path).await;
        assert_eq!((refused.status, &refused.json()["error"]), (403, &json!("admin_required")), "{path}");
    }
}

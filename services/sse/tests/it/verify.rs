//! What nginx hears when it asks: 204, 401 or 403, and who it is.

use crate::{
    client::{Answer, get, request},
    gates,
    member::{SESSION, closed, cookie, present, session, sign_in},
    setup::{Gateway, is_healthy},
};
use serde_json::json;
use testkit::{Rig, free_port, wait};
use tokio::net::TcpListener;
use truth::secret::Secret;
use wire::{BusId, access::DEV_SECRET};

/// A gateway and the port that nginx asks at.
async fn start(edit: impl FnOnce(&mut sse::Config)) -> (Gateway, u16) {
    let port = free_port();
    let gateway = Gateway::start(|config| {
        closed(config);
        config.auth_port = port;
        edit(config);
    })
    .await;
    (gateway, port)
}

async fn ask(port: u16, method: &str, uri: &str, headers: &[(&str, &str)]) -> Answer {
    let asked = [("X-Original-URI", uri), ("X-Original-Method", method), ("X-Request-Id", "trace-7")];
    let headers: Vec<_> = asked.into_iter().chain(headers.iter().copied()).collect();
    let answer = request(port, "GET", "/verify", &headers).await;
    assert!(matches!(answer.status, 204 | 401 | 403), "{answer:?}");
    assert_eq!(answer.body.len(), 0);
    answer
}

#[tokio::test]
async fn a_member_goes_along_in_headers_that_only_we_can_write() {
    let (gateway, port) = start(|_| ()).await;
    let zoe = session("7", |session| {
        session.uid = Some(57);
        session.wp.name = "Zoë & Co".into();
    });
    let claimed =
        [("X-User-Id", "1"), ("X-User-Admin", "1"), ("X-Internal-Auth", "guess"), ("X-Session-Id", "x")];
    for credential in [("Cookie", cookie(&zoe)), ("Authorization", format!("Bearer {zoe}"))] {
        let headers: Vec<_> = claimed.into_iter().chain([(credential.0, credential.1.as_str())]).collect();
        let answer = ask(port, "GET", "/api/logs?limit=5", &headers).await;
        assert_eq!(answer.status, 204);
        for (name, value) in [
            ("x-user-id", "57"),
            ("x-user-wp-id", "7"),
            ("x-user-issuer", "fotw"),
            ("x-user-email", "7@example.org"),
            ("x-user-name", "Zo%C3%AB%20%26%20Co"),
            ("x-user-tier", "navigator"),
            ("x-user-roles", "[\"subscriber\"]"),
            ("x-user-admin", "0"),
            ("x-session-id", "sid-7"),
            ("x-request-id", "trace-7"),
            ("x-internal-auth", &auth::identity::internal_token(SESSION.as_bytes())),
        ] {
            assert_eq!(answer.header(name), value, "{name}");
        }
    }
    let public = get(gateway.port, "/verify").await;
    assert!(public.status != 204 && public.header("x-internal-auth").is_empty(), "not where browsers are");
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn who_is_refused_hears_why() {
    let (gateway, port) = start(|config| {
        config.internal_token = Some(Secret::new("a token of its own, long enough."));
        config.cors_origins = vec!["https://desk.example.org".into()];
    })
    .await;
    let good = cookie(&session("7", |_| ()));
    let told = |answer: &Answer| (answer.status, answer.header("x-auth-reason").to_owned());
    assert_eq!(told(&ask(port, "GET", "/api/logs", &[]).await), (401, "not_authenticated".into()));
    let bad = ask(port, "GET", "/api/logs", &[("Cookie", "ms_session=x")]).await;
    assert_eq!(told(&bad), (401, "not_authenticated".into()));
    assert!(bad.header("x-internal-auth").is_empty() && bad.header("x-user-id").is_empty());
    let member = ask(port, "GET", "/api/logs", &[("Cookie", &good)]).await;
    assert_eq!(member.header("x-internal-auth"), "a token of its own, long enough.");

    let write = |origin: &'static str| {
        let good = good.clone();
        async move { told(&ask(port, "POST", "/api/logs", &[("Cookie", &good), ("Origin", origin)]).await) }
    };
    assert_eq!(write("https://evil.example").await, (403, "bad_origin".into()));
    assert_eq!(write("https://desk.example.org").await.0, 204);
    assert_eq!(write("http://localhost").await.0, 204, "the host that nginx passes on");

    let revoked = sign_in(gateway.port, "9", "navigator").await;
    request(gateway.port, "GET", "/api/auth/logout", &[("Cookie", &revoked)]).await;
    let answer = ask(port, "GET", "/api/logs", &[("Cookie", &revoked)]).await;
    assert_eq!(told(&answer), (401, "session_revoked".into()));

    gates::store(
        &gateway,
        json!({"mode": "tier_gated", "allowed_tiers": {"observer": false}, "defaults": {},
        "tiers": {"navigator": {"journal_access": false}}}),
    )
    .await;
    for uri in ["/api/journal/1", "/api/%6aournal/1", "//api//journal", "/api/logs/../journal?x=/api/logs"] {
        let gated = ask(port, "GET", uri, &[("Cookie", &good)]).await;
        assert_eq!(told(&gated), (403, "feature_gated".into()), "{uri}");
        assert_eq!((gated.header("x-user-tier"), gated.cookies().len()), ("navigator", 0));
    }
    assert_eq!(ask(port, "GET", "/api/logs", &[("Cookie", &good)]).await.status, 204);
    let observer = cookie(&session("8", |session| session.wp.subscription_tier = None));
    let barred = ask(port, "GET", "/api/logs", &[("Cookie", &observer)]).await;
    assert_eq!(told(&barred), (403, "tier_blocked".into()));
    assert_eq!(barred.header("x-user-tier"), "observer");
    assert_eq!(barred.cookies().len(), 1, "nginx passes on one");
    assert!(barred.cookies()[0].contains("Max-Age=0"));
    for (method, uri) in [("GET", "relative"), ("GET", "/%zz"), ("G T", "/api/logs")] {
        assert_eq!(ask(port, method, uri, &[("Cookie", &good)]).await.status, 403, "{method} {uri}");
    }
    assert_eq!(request(port, "GET", "/verify", &[("Cookie", &good)]).await.status, 403, "about nothing");
    gateway.program.stop().await.unwrap();
}

/// Without the gates the answer is no, in a form that nginx understands.
#[tokio::test]
async fn before_the_gates_were_read_nginx_hears_no() {
    let rig = Rig::new().await;
    let (bus, link) = rig.behind_link(BusId::System).await;
    link.cut().await;
    let (port, asked) = (free_port(), free_port());
    let document = rig.document("sse");
    let program = rig
        .start_on(bus, "sse", document, sse::serve, |config: &mut sse::Config| {
            closed(config);
            (config.port, config.auth_port) = (port, asked);
        })
        .await;
    wait("it answers", || crate::client::is_there(port)).await;
    let good = cookie(&session("7", |_| ()));
    let answer = ask(asked, "GET", "/api/logs", &[("Cookie", &good)]).await;
    assert_eq!((answer.status, answer.header("x-auth-reason")), (403, "gates_unavailable"));
    program.stop().await.unwrap();
}

#[tokio::test]
async fn in_public_mode_everybody_is_the_same_user_and_a_session_still_wins() {
    let port = free_port();
    let gateway = Gateway::start(|config| {
        closed(config);
        config.public_mode = true;
        config.session_secret = None;
        config.auth_port = port;
    })
    .await;
    let me = get(gateway.port, "/api/auth/me").await.json();
    assert_eq!((&me["wp"]["id"], &me["sid"]), (&json!("dev-user"), &json!(null)));
    let answer = ask(port, "GET", "/api/logs", &[]).await;
    assert_eq!(
        (answer.status, answer.header("x-user-wp-id"), answer.header("x-user-admin")),
        (204, "dev-user", "1")
    );
    // Its secret is the node's: whoever comes first draws it, the others take it.
    let shared = gateway.rig.bus.text(&DEV_SECRET).await.unwrap().unwrap();
    assert!(shared.len() == 64 && shared.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(answer.header("x-internal-auth"), auth::identity::internal_token(shared.as_bytes()));

    let signed_in = present(gateway.port, "anything").await;
    let dev = crate::member::cookie_of(&signed_in);
    let me = crate::member::me_by(gateway.port, &dev).await.json();
    assert_eq!(me["wp"]["id"], "dev-user");
    assert!(me["sid"].is_string(), "a session of its own");
    let otto =
        auth::Session::verify(&session("8", |_| ()), SESSION.as_bytes(), wire::EpochSec::new(0.0)).unwrap();
    let otto = cookie(&otto.sign(shared.as_bytes()));
    assert_eq!(crate::member::me_by(gateway.port, &otto).await.json()["wp"]["id"], "8");
    let stale = crate::member::me_by(gateway.port, "ms_session=of-another-node").await.json();
    assert_eq!(stale["wp"]["id"], "dev-user", "a cookie of another time is no obstacle");
    let foreign = [("Origin", "https://evil.example"), ("Content-Length", "0")];
    let refused = request(gateway.port, "PUT", "/api/admin/tier-gates", &foreign).await;
    assert_eq!(refused.code(), "bad_origin", "a page of another site is not everybody");

    let document = gateway.rig.document("sse");
    let bus = bus::Bus::open(gateway.rig.urls()).unwrap();
    let second = free_port();
    let edit = move |config: &mut sse::Config| (config.port, config.auth_port) = (second, free_port());
    let other = gateway.rig.start_on(bus, "sse", document, sse::serve, edit).await;
    wait("the second answers", || is_healthy(second)).await;
    assert_eq!(crate::member::me_by(second, &otto).await.json()["wp"]["id"], "8", "one secret for the node");
    other.stop().await.unwrap();
    gateway.program.stop().await.unwrap();
}

/// Both ports are needed: a gateway that nginx cannot ask does not pretend to serve.
#[tokio::test]
async fn a_taken_auth_port_is_an_error() {
    let rig = Rig::new().await;
    let taken = TcpListener::bind(("0.0.0.0", 0)).await.unwrap();
    let auth_port = taken.local_addr().unwrap().port();
    let port = free_port();
    let edit = move |config: &mut sse::Config| (config.port, config.auth_port) = (port, auth_port);
    let program = rig.start(sse::serve, edit).await;
    drop(taken);
    wait("it serves once the port is free", || is_healthy(port)).await;
    assert_eq!(ask(auth_port, "GET", "/api/logs", &[]).await.status, 204);
    program.stop().await.unwrap();
}

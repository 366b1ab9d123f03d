//! What stands before every route: sessions, origins, what clients claim, limits.

use crate::{
    client::{get, request, send_json, stranger},
    member::{SESSION, closed, cookie, me, me_by, now, session, sign_in},
    setup::Gateway,
};
use auth::Session;
use serde_json::json;
use std::sync::{Arc, Mutex};
use testkit::{free_port, wait};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wire::{BusId, EpochSec};

const DESK: &str = "https://desk.example.org";

#[tokio::test]
async fn a_session_holds_until_its_last_second_and_only_as_signed() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    assert_eq!(me_by(port, &cookie(&session("7", |_| ()))).await.status, 200);
    for (case, token, code) in [
        ("expired", session("7", |session| session.exp = EpochSec::new(now() - 0.1)), "session_expired"),
        (
            "another secret",
            Session::sign(&decoded(&session("7", |_| ())), b"fedcba9876543210fedcba9876543210"),
            "not_authenticated",
        ),
        ("nonsense", "x.y.z".into(), "not_authenticated"),
    ] {
        let refused = me_by(port, &cookie(&token)).await;
        assert_eq!((refused.status, refused.code().as_str()), (401, code), "{case}");
        assert!(refused.cookies()[0].contains("Max-Age=0"), "{case}: the browser forgets it");
    }
    let nobody = get(port, "/api/auth/me").await;
    assert_eq!(
        (nobody.status, nobody.code().as_str(), nobody.cookies().len()),
        (401, "not_authenticated", 0)
    );
    gateway.program.stop().await.unwrap();
}

fn decoded(token: &str) -> Session {
    Session::verify(token, SESSION.as_bytes(), EpochSec::new(now())).unwrap()
}

#[tokio::test]
async fn a_bearer_wins_over_the_cookie() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let (rita, otto) = (session("7", |_| ()), session("8", |_| ()));
    let (by_cookie, bearer) = (cookie(&rita), format!("Bearer {otto}"));
    let both = me(port, &[("Cookie", &by_cookie), ("Authorization", &bearer)]).await;
    assert_eq!(both.json()["wp"]["id"], "8");
    assert_eq!(me(port, &[("Authorization", &bearer)]).await.json()["wp"]["id"], "8");
    let bad = me(port, &[("Cookie", &by_cookie), ("Authorization", "Bearer x")]).await;
    assert_eq!((bad.status, bad.cookies().len()), (401, 0), "a bad header is not mended by a cookie");
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_write_by_cookie_comes_from_a_page_of_ours() {
    let gateway = Gateway::start(|config| {
        closed(config);
        config.cors_origins = vec![DESK.into()];
    })
    .await;
    let port = gateway.port;
    let admin = session("7", |session| session.wp.roles = vec!["administrator".into()]);
    let (by_cookie, bearer) = (cookie(&admin), format!("Bearer {admin}"));
    let write = |credential: (&'static str, String), origin: &'static str| async move {
        let mut headers = vec![(credential.0, credential.1.as_str()), ("Host", "app.example.org")];
        headers.extend(Some(("Origin", origin)).filter(|(_, origin)| !origin.is_empty()));
        let patch = json!({"tiers": {"observer": {"journal_access": false}}});
        let answer = send_json(port, "PUT", "/api/admin/tier-gates", &headers, &patch).await;
        (answer.status, answer.code())
    };
    let by_cookie = || ("Cookie", by_cookie.clone());
    for origin in ["", "http://app.example.org", DESK] {
        assert_eq!(write(by_cookie(), origin).await.0, 200, "{origin}");
    }
    for origin in
        ["https://app.example.org", "http://evil.example", "null", "http://app.example.org.evil.example"]
    {
        assert_eq!(write(by_cookie(), origin).await, (403, "bad_origin".into()), "{origin}");
    }
    assert_eq!(
        write(("Authorization", bearer), "http://evil.example").await.0,
        200,
        "no browser adds a header unasked"
    );
    let read = [("Cookie", by_cookie().1), ("Origin", "http://evil.example".into())];
    let read: Vec<_> = read.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = me(port, &read).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, ""));
    let socket = [
        ("Cookie", by_cookie().1),
        ("Origin", "http://evil.example".into()),
        ("Sec-WebSocket-Key", "x".into()),
    ];
    let socket: Vec<_> = socket.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(request(port, "GET", "/ws/mel", &socket).await.code(), "bad_origin");
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn only_known_origins_are_echoed_and_asked_about_in_advance() {
    let gateway = Gateway::start(|config| {
        closed(config);
        config.cors_origins = vec![DESK.into()];
    })
    .await;
    let port = gateway.port;
    let known = request(port, "GET", "/api/auth/config", &[("Origin", DESK)]).await;
    assert_eq!(known.header("access-control-allow-origin"), DESK);
    assert_eq!(known.header("access-control-allow-credentials"), "true");
    assert_eq!(known.header("vary"), "Origin");
    for origin in ["https://evil.example", "https://desk.example.org.evil.example", "null", "*"] {
        let answer = request(port, "GET", "/api/auth/config", &[("Origin", origin)]).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
    }
    let asked = [("Origin", DESK), ("Access-Control-Request-Method", "PUT")];
    let preflight = request(port, "OPTIONS", "/api/admin/tier-gates", &asked).await;
    assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (204, DESK));
    let asked = [("Origin", "https://evil.example"), ("Access-Control-Request-Method", "PUT")];
    let foreign = request(port, "OPTIONS", "/api/admin/tier-gates", &asked).await;
    assert_eq!((foreign.status, foreign.header("access-control-allow-origin")), (401, ""));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn what_clients_claim_to_be_is_nothing() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let claimed = [
        ("X-User-Id", "1"),
        ("X-User-Admin", "1"),
        ("X-Internal-Auth", "guess"),
        ("X-User-Tier", "administrator"),
    ];
    assert_eq!(request(port, "GET", "/api/auth/me", &claimed).await.status, 401);
    let rita = cookie(&session("7", |_| ()));
    let headers: Vec<_> = claimed.into_iter().chain([("Cookie", rita.as_str())]).collect();
    let me = me(port, &headers).await.json();
    assert_eq!((&me["tier"], &me["is_admin"]), (&json!("navigator"), &json!(false)));
    let refused = request(port, "GET", "/api/admin/tier-gates", &headers).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "admin_required"));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_member_is_slowed_by_name_and_a_stranger_by_address() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let flood = |cookie: String| async move {
        for n in 0..200 {
            let from = stranger();
            let headers = [("Cookie", cookie.as_str()), ("X-Forwarded-For", from.as_str())];
            if request(port, "GET", "/api/fleet", &headers).await.status == 429 {
                return n;
            }
        }
        200
    };
    assert!(flood(cookie(&session("7", |_| ()))).await < 200, "from wherever it comes");
    assert_ne!(me_by(port, &cookie(&session("8", |_| ()))).await.status, 429);
    let analyst = cookie(&session("9", |_| ()));
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let headers = [("Cookie", analyst.as_str()), ("Content-Length", "0")];
        statuses.push(request(port, "POST", "/api/dealer-gravity/analyze", &headers).await.status);
    }
    assert!(!statuses[..5].contains(&429) && statuses[5] == 429, "{statuses:?}");
    assert_ne!(me_by(port, &analyst).await.status, 429, "only what is dear is used up");
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_body_that_is_no_json_or_too_large_is_refused() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let admin = cookie(&session("7", |session| session.wp.is_admin = true));
    let large = format!("{}\"", "x".repeat(1_100_000));
    let put = |headers: Vec<(&'static str, String)>, body: String| {
        let admin = admin.clone();
        async move {
            let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let mut text =
                format!("PUT /api/admin/tier-gates HTTP/1.1\r\nHost: localhost\r\nCookie: {admin}\r\n");
            headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
            text.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n", body.len()));
            let mut answer = String::new();
            let (mut read, mut write) = socket.split();
            let sending = async {
                write.write_all(text.as_bytes()).await.unwrap();
                // Refused before it is whole, so the gateway may hang up.
                let _cut_off = write.write_all(body.as_bytes()).await;
            };
            let (_, _cut_off) = tokio::join!(sending, read.read_to_string(&mut answer));
            answer.split(' ').nth(1).unwrap().parse::<u16>().unwrap()
        }
    };
    let json = || vec![("Content-Type", "application/json".to_owned())];
    assert_eq!(put(json(), "{".into()).await, 400);
    assert_eq!(put(vec![("Content-Type", "text/plain".into())], "{}".into()).await, 415);
    assert_eq!(put(json(), format!("\"{large}")).await, 413);
    assert_eq!(put(json(), "{}".into()).await, 200);
    gateway.program.stop().await.unwrap();
}

/// Two gateways on one Redis: what one revokes the other refuses; what was revoked while one was away it learns.
#[tokio::test]
async fn a_session_revoked_at_one_gateway_is_over_at_the_other() {
    let first = Gateway::start(closed).await;
    let port = free_port();
    let second = |port: u16| {
        let document = first.rig.document("sse");
        let bus = bus::Bus::open(first.rig.urls()).unwrap();
        first.rig.start_on(bus, "sse", document, sse::serve, move |config: &mut sse::Config| {
            closed(config);
            (config.port, config.auth_port) = (port, free_port());
        })
    };
    let other = second(port).await;
    wait("the second answers", || crate::setup::is_healthy(port)).await;
    let rita = sign_in(first.port, "7", "navigator").await;
    assert_eq!(me_by(port, &rita).await.status, 200, "signed at one, good at both");
    let mut stream = crate::client::Events::open_with(port, "/sse/spot", &[("Cookie", &rita)]).await;
    stream.snapshot().await;
    assert_eq!(request(first.port, "GET", "/api/auth/logout", &[("Cookie", &rita)]).await.status, 302);
    stream.next_of("session_revoked").await;
    while stream.next().await.is_some() {}
    assert_eq!(me_by(port, &rita).await.code(), "session_revoked");
    let sid = decoded_sid(&rita);
    let left =
        first.rig.bus.describe(BusId::System, &format!("session:revoked:{sid}")).await.unwrap().unwrap();
    assert!((86_000..=86_400).contains(&left.life.unwrap().as_secs()), "as long as it would have lived");
    other.stop().await.unwrap();

    let otto = sign_in(first.port, "8", "navigator").await;
    request(first.port, "GET", "/api/auth/logout", &[("Cookie", &otto)]).await;
    let key = format!("session:revoked:{}", decoded_sid(&otto));
    wait("it is written", || async { first.rig.bus.exists(BusId::System, &key).await.unwrap() }).await;
    let port = free_port();
    let late = second(port).await;
    wait("the late one answers", || crate::setup::is_healthy(port)).await;
    assert_eq!(me_by(port, &otto).await.code(), "session_revoked");
    late.stop().await.unwrap();
    first.program.stop().await.unwrap();
}

fn decoded_sid(cookie: &str) -> String {
    decoded(cookie.strip_prefix("ms_session=").unwrap()).sid
}

/// What is revoked while Redis is away is over here at once, and everywhere when Redis is back.
#[tokio::test]
async fn a_session_is_revoked_without_redis_too() {
    let rig = testkit::Rig::new().await;
    let (bus, link) = rig.behind_link(BusId::System).await;
    let document = rig.document("sse");
    let gateway = Gateway::start_on(bus, rig, free_port(), document, closed).await;
    let port = gateway.port;
    let rita = sign_in(port, "7", "navigator").await;
    link.cut().await;
    wait("the gateway notices", || async { !crate::setup::is_healthy(port).await }).await;
    assert_eq!(me_by(port, &rita).await.status, 200, "sessions need no Redis");
    assert_eq!(request(port, "GET", "/api/auth/logout", &[("Cookie", &rita)]).await.status, 302);
    assert_eq!(me_by(port, &rita).await.code(), "session_revoked");
    let key = format!("session:revoked:{}", decoded_sid(&rita));
    assert!(!gateway.rig.bus.exists(BusId::System, &key).await.unwrap());
    link.mend().await;
    wait("everybody hears of it", || async { gateway.rig.bus.exists(BusId::System, &key).await.unwrap() })
        .await;
    gateway.program.stop().await.unwrap();
}

/// A stream lasts as long as its session, and tells why it ends.
#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let gateway = Gateway::start(closed).await;
    let short = cookie(&session("7", |session| session.exp = EpochSec::new(now() + 1.5)));
    let mut stream = crate::client::Events::open_with(gateway.port, "/sse/spot", &[("Cookie", &short)]).await;
    stream.snapshot().await;
    stream.next_of("session_expired").await;
    while stream.next().await.is_some() {}
    assert_eq!(me_by(gateway.port, &short).await.code(), "session_expired");
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn streams_are_counted_by_member() {
    let gateway = Gateway::start(|config| {
        closed(config);
        config.max_streams_per_user = 2;
        config.max_clients = 3;
    })
    .await;
    let port = gateway.port;
    let opened = Arc::new(Mutex::new(Vec::new()));
    let open = |sub: &'static str| {
        let opened = Arc::clone(&opened);
        async move {
            let by = cookie(&session(sub, |_| ()));
            let stream = crate::client::Events::open_with(port, "/sse/spot", &[("Cookie", &by)]).await;
            opened.lock().unwrap().push(stream);
        }
    };
    let refused = |sub: &'static str| async move {
        let by = cookie(&session(sub, |_| ()));
        let answer = request(port, "GET", "/sse/spot", &[("Cookie", &by)]).await;
        assert!(!answer.header("retry-after").is_empty());
        (answer.status, answer.code())
    };
    open("7").await;
    open("7").await;
    assert_eq!(refused("7").await, (429, "too_many_streams".into()));
    open("8").await;
    assert_eq!(refused("9").await, (503, "too_many_clients".into()));
    drop(opened);
    gateway.program.stop().await.unwrap();
}

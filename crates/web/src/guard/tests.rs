use super::*;
use std::time::Duration;

const DESK: &str = "https://desk.example.org";
const TWO: Limit =
    Limit { name: "two", requests: 1, per: Duration::from_secs(60), burst: 2, is_by_address: false };

/// Believes whoever says `Cookie: <name>`; strangers may look at `/api/open`, `barred` may look at nothing.
fn guard() -> Guard {
    let route = |path: &str| Route { name: "test", limits: if path == "/api/two" { &[TWO] } else { &[] } };
    let gatekeeper = Gatekeeper::new(|knock, extensions| {
        let Some(name) = knock.headers.get(header::COOKIE).and_then(|name| name.to_str().ok()) else {
            let refusal = Error::new(StatusCode::UNAUTHORIZED, "not_authenticated", "Please sign in.");
            return if knock.path == "/api/x" { Ok(Pass::default()) } else { Err(refusal.into()) };
        };
        extensions.insert(name.to_owned());
        let refusal = (knock.path == "/api/gated")
            .then(|| Error::new(StatusCode::FORBIDDEN, "feature_gated", "Not in your tier."));
        Ok(Pass { account: Some(name.to_owned()), is_ambient: true, refusal })
    });
    Guard::new(vec![DESK.into()], vec!["10.0.0.0/8".parse().unwrap()], gatekeeper, route)
}

fn ask(guard: &Guard, request: http::request::Builder) -> Response {
    let mut request = request.body(()).unwrap();
    let (admitted, refusal) = guard.admit(&mut request, Peer(([10, 0, 0, 1], 1).into()));
    admitted.finish(refusal.unwrap_or_else(|| StatusCode::OK.into_response()))
}

fn status(request: http::request::Builder) -> u16 {
    ask(&guard(), request).status().as_u16()
}

fn admit(request: http::request::Builder) -> (Request<()>, Response, bool) {
    let mut request = request.uri("/api/x").body(()).unwrap();
    let (admitted, refusal) = guard().admit(&mut request, Peer(([127, 0, 0, 1], 1).into()));
    let is_refused = refusal.is_some();
    let response = admitted.finish(refusal.unwrap_or_else(|| StatusCode::OK.into_response()));
    (request, response, is_refused)
}

#[test]
fn identity_that_a_client_claims_never_reaches_the_routes() {
    let claimed = Request::builder()
        .header("X-User-Id", "1")
        .header("x-user-admin", "1")
        .header("X-Internal-Auth", "guess")
        .header("Accept", "*/*");
    let (request, ..) = admit(claimed);
    let mut left: Vec<_> = request.headers().keys().map(HeaderName::as_str).collect();
    left.sort_unstable();
    assert_eq!(left, ["accept", "x-request-id"]);
}

#[test]
fn a_fit_request_id_is_kept_and_another_is_replaced() {
    let (_, kept, _) = admit(Request::builder().header("X-Request-Id", "abc-1.2_Z"));
    assert_eq!(kept.headers()[REQUEST_ID], "abc-1.2_Z");
    let (request, made, _) =
        admit(Request::builder().header("X-Request-Id", "a b\u{7f}".replace('\u{7f}', "")));
    assert_eq!(made.headers()[REQUEST_ID].len(), 32);
    assert_eq!(made.headers()[REQUEST_ID], request.headers()[REQUEST_ID]);
    assert_eq!(made.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
}

#[test]
fn only_a_known_origin_is_echoed() {
    let (_, known, _) = admit(Request::builder().header("Origin", "https://desk.example.org"));
    assert_eq!(known.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "https://desk.example.org");
    assert_eq!(known.headers()[header::VARY], "Origin");
    let (_, foreign, _) = admit(Request::builder().header("Origin", "https://desk.example.org.evil.net"));
    assert!(!foreign.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    let asked = Request::builder().method("OPTIONS").header("Access-Control-Request-Method", "GET");
    let (_, preflight, is_answered) = admit(asked.header("Origin", "https://desk.example.org"));
    assert!(is_answered && preflight.status() == StatusCode::NO_CONTENT);
}

#[test]
fn an_accept_header_admits_or_not() {
    let admits = |accept: Option<&str>| accepts(accept, "text", "event-stream");
    assert!(admits(None) && admits(Some("*/*")) && admits(Some("text/*, image/png")));
    assert!(admits(Some("application/json, TEXT/event-stream; q=0.5")));
    assert!(!admits(Some("application/json")) && !admits(Some("text/event-stream;q=0")));
}

#[test]
fn a_write_by_cookie_must_come_from_a_known_page() {
    let write = |origin: &str| {
        let request = Request::post("/api/y").header("Cookie", "rita").header("Host", "app.example.org");
        let request = request.header("X-Forwarded-Proto", "https");
        status(if origin.is_empty() { request } else { request.header("Origin", origin) })
    };
    assert_eq!(write(""), 200, "no browser sends a write without it");
    assert_eq!(write("https://app.example.org"), 200);
    assert_eq!(write(DESK), 200);
    for foreign in
        ["https://evil.example.org", "http://app.example.org", "https://app.example.org:8443", "null"]
    {
        assert_eq!(write(foreign), 403, "{foreign}");
    }
    let read = Request::get("/api/y").header("Cookie", "rita").header("Origin", "https://evil.example.org");
    assert_eq!(status(read), 200);
}

#[test]
fn a_stranger_is_turned_away_and_counted_by_address() {
    let guard = guard();
    let stranger = || ask(&guard, Request::get("/api/two").header("X-Forwarded-For", "203.0.113.9")).status();
    assert_eq!([stranger(), stranger(), stranger()].map(|status| status.as_u16()), [401, 401, 429]);
    let member = |name: &str, from: &str| {
        let request = Request::get("/api/two").header("Cookie", name).header("X-Forwarded-For", from);
        ask(&guard, request)
    };
    assert_eq!(member("rita", "203.0.113.9").status(), 200, "a member is counted by name");
    assert_eq!(member("rita", "203.0.113.10").status(), 200);
    let third = member("rita", "203.0.113.11");
    assert_eq!(third.status(), 429);
    assert!(third.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(member("otto", "203.0.113.9").status(), 200);
}

#[test]
fn what_is_held_back_comes_last_and_routes_hear_who_calls() {
    let request = || Request::get("/api/gated").header("Cookie", "rita");
    assert_eq!(status(request()), 403);
    let mut seen = Request::get("/api/y").header("Cookie", "rita").body(()).unwrap();
    guard().admit(&mut seen, Peer(([127, 0, 0, 1], 1).into()));
    assert_eq!(seen.extensions().get::<String>().map(String::as_str), Some("rita"));
}

#[test]
fn a_page_has_a_policy_and_may_be_stricter_about_referrers() {
    let mut request = Request::get("/api/x").body(()).unwrap();
    let (admitted, _) = guard().admit(&mut request, Peer(([127, 0, 0, 1], 1).into()));
    let mut page = warp::reply::html("<p>").into_response();
    page.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let page = admitted.finish(page);
    assert_eq!(page.headers()[header::REFERRER_POLICY], "no-referrer");
    assert_eq!(page.headers()[header::CONTENT_SECURITY_POLICY], CSP);
}

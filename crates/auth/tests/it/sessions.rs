//! Sessions: what is signed, what is accepted, and how a request presents one.

use super::{at, recorded, signed};
use auth::{Identity, Refusal, Session, Tier, Wp, cookie};
use http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};

const SECRET: &[u8] = b"app-session-secret-of-forty-one-bytes-ok!";

fn session() -> Session {
    Session {
        iat: at(0.0),
        exp: at(86_400.0),
        sid: "0193f2a4-6d10-7b3e-9a55-0d2f7f6f8c11".into(),
        uid: Some(57),
        wp: Wp {
            issuer: "fotw".into(),
            id: "3391".into(),
            email: "rita@example.org".into(),
            name: "Rita".into(),
            roles: vec!["subscriber".into()],
            subscription_tier: Some("Navigator Membership".into()),
            is_admin: false,
        },
    }
}

fn verify(token: &str, offset_sec: f64) -> Result<Session, Refusal> {
    Session::verify(token, SECRET, at(offset_sec))
}

#[track_caller]
fn unknown(token: &str, reason: &str) {
    let refusal = verify(token, 0.0).unwrap_err();
    assert_eq!((refusal.code(), refusal.status(), refusal.reason()), ("not_authenticated", 401, reason));
}

/// Any payload, signed as a session is.
fn payload(payload: &Value) -> String {
    super::forge(r#"{"alg":"HS256","typ":"JWT"}"#, &payload.to_string(), SECRET)
}

#[test]
fn a_session_of_another_implementation_is_the_same() {
    assert_eq!(verify(&recorded("session"), 0.0).unwrap(), session());
    let ours = verify(&session().sign(SECRET), 0.0).unwrap();
    assert_eq!(ours, session());
    assert_eq!((ours.wp.tier(), ours.wp.is_admin()), (Tier::Navigator, false));
}

#[test]
fn a_session_ends_on_the_second() {
    let token = session().sign(SECRET);
    assert!(verify(&token, 86_399.9).is_ok());
    for late in [86_400.0, 86_401.0, 1e9] {
        assert_eq!(verify(&token, late).unwrap_err().code(), "session_expired");
    }
}

#[test]
fn j16_a_token_is_no_session() {
    let good = recorded("good");
    unknown(&good, "signature");
    // Even where one secret served both purposes, the type tells them apart.
    let wordpress = b"wordpress-secret-of-thirty-two-bytes!";
    assert_eq!(Session::verify(&good, wordpress, at(0.0)).unwrap_err().reason(), "typ");
    assert_eq!(
        Session::verify(&signed(&json!({"typ": "JWT"})), wordpress, at(0.0)).unwrap_err().reason(),
        "typ"
    );
}

#[test]
fn what_is_no_session_of_ours_is_refused() {
    let mut whole = serde_json::to_value(session()).unwrap();
    whole["typ"] = json!("ms_session");
    assert!(verify(&payload(&whole), 0.0).is_ok());
    unknown("", "segments");
    unknown(&session().sign(b"another secret"), "signature");
    unknown(&session().sign(b""), "signature");
    for (member, value, reason) in [
        ("typ", json!("JWT"), "typ"),
        ("typ", json!(null), "typ"),
        ("exp", json!("1794559400"), "claims"),
        ("exp", json!(null), "claims"),
        ("exp", json!(1e300), "times"),
        ("iat", json!(-1), "times"),
        ("sid", json!(null), "claims"),
        ("sid", json!(""), "sid"),
        ("sid", json!("a b"), "sid"),
        ("sid", json!("x".repeat(65)), "sid"),
        ("uid", json!(-1), "claims"),
        ("uid", json!("57"), "claims"),
        ("wp", json!({}), "claims"),
        ("wp", json!(null), "claims"),
    ] {
        let mut spoiled = whole.clone();
        spoiled[member] = value;
        unknown(&payload(&spoiled), reason);
    }
    let mut nobody = whole.clone();
    nobody["wp"]["id"] = json!("");
    unknown(&payload(&nobody), "wp");
    whole["uid"] = json!(null);
    assert_eq!(verify(&payload(&whole), 0.0).unwrap().uid, None);
    let none = super::forge(r#"{"alg":"none"}"#, &whole.to_string(), SECRET);
    unknown(&none, "alg");
}

#[test]
fn an_empty_secret_verifies_nothing() {
    let token = session().sign(b"");
    assert_eq!(Session::verify(&token, b"", at(0.0)).unwrap_err().reason(), "signature");
}

#[test]
fn a_session_shows_no_person_when_it_is_debugged() {
    let shown = format!("{:?}", session());
    assert!(shown.contains("0193f2a4") && !shown.contains("rita") && !shown.contains("Rita"));
}

#[test]
fn the_header_wins_over_the_cookie() {
    let mut headers = HeaderMap::new();
    assert!(cookie::presented(&headers).is_none());
    headers.append(header::COOKIE, HeaderValue::from_bytes(b"theme=\xff\xfe; a=b").unwrap());
    headers.append(header::COOKIE, HeaderValue::from_static("x=1;ms_session=from.cookie.x"));
    let presented = cookie::presented(&headers).unwrap();
    assert_eq!((presented.token, presented.is_cookie), ("from.cookie.x", true));
    headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Basic cml0YTpwdw=="));
    assert!(cookie::presented(&headers).unwrap().is_cookie, "another scheme is not ours");
    headers.insert(header::AUTHORIZATION, HeaderValue::from_static("bearer from.header.x"));
    let presented = cookie::presented(&headers).unwrap();
    assert_eq!((presented.token, presented.is_cookie), ("from.header.x", false));
}

#[test]
fn a_session_becomes_an_identity() {
    let identity = Identity::from(&session());
    assert_eq!(
        (identity.user_id, identity.tier, identity.sid.as_deref()),
        (Some(57), Tier::Navigator, Some("0193f2a4-6d10-7b3e-9a55-0d2f7f6f8c11"))
    );
}

#[test]
fn the_internal_token_is_derived_as_others_derive_it() {
    assert_eq!(auth::identity::internal_token(SECRET), recorded("internal_token"));
}

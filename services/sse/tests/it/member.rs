//! Members of a site, their tokens and their sessions, and a gateway that wants to see them.

use crate::client::{Answer, request, stranger};
use auth::{
    Session, Wp,
    token::{self, Claims},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sse::{Config, Issuer};
use std::time::SystemTime;
use truth::secret::Secret;
use wire::EpochSec;

/// Signs sessions.
pub(crate) const SESSION: &str = "0123456789abcdef0123456789abcdef";
/// What `fotw` signs with.
pub(crate) const FOTW: &str = "what fotw and the gateway share.";
/// What `0-dte` signs with.
pub(crate) const OTHER: &str = "what 0-dte and the gateway share";

/// Nobody comes in unsigned.
pub(crate) fn closed(config: &mut Config) {
    config.public_mode = false;
    config.session_secret = Some(Secret::new(SESSION));
    let issuer = |name: &str, secret: &str| Issuer {
        iss: name.into(),
        name: name.into(),
        secret: Some(secret).filter(|secret| !secret.is_empty()).map(Secret::new),
    };
    config.sso.issuers = vec![issuer("fotw", FOTW), issuer("0-dte", OTHER), issuer("later", "")];
}

pub(crate) fn now() -> f64 {
    EpochSec::from(SystemTime::now()).seconds()
}

/// What a site says of member `sub`, with what `edit` says instead; `null` takes a claim away.
pub(crate) fn claims(sub: &str, edit: Value) -> Value {
    let mut claims = json!({
        "iss": "fotw", "sub": sub, "email": format!("{sub}@example.org"), "name": "Rita", "roles": ["subscriber"],
        "subscription_tier": "Navigator Membership", "exp": now().floor() + 60.0,
    });
    for (claim, value) in edit.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(claim),
            value => claims.as_object_mut().unwrap().insert(claim.clone(), value.clone()),
        };
    }
    claims
}

/// `claims` signed by `fotw`.
pub(crate) fn signed(claims: &Value) -> String {
    forged(&json!({"alg": "HS256", "typ": "JWT"}), claims, FOTW)
}

/// `header.claims`, signed with HMAC-SHA-256 whatever the header says.
pub(crate) fn forged(header: &Value, claims: &Value, secret: &str) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    hmac(&format!("{}.{}", part(header), part(claims)), ring::hmac::HMAC_SHA256, secret.as_bytes())
}

pub(crate) fn hmac(text: &str, algorithm: ring::hmac::Algorithm, secret: &[u8]) -> String {
    let tag = ring::hmac::sign(&ring::hmac::Key::new(algorithm, secret), text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// A token of the site, made by the same code as `./admin sso-token` makes it.
pub(crate) fn token(sub: &str, tier: &str) -> String {
    let iat = EpochSec::new(now().floor());
    let claims = Claims {
        iss: "fotw".into(),
        sub: sub.into(),
        email: format!("{sub}@example.org"),
        name: None,
        roles: vec!["subscriber".into()],
        subscription_tier: Some(tier.into()),
        is_admin: false,
        iat,
        exp: EpochSec::new(iat.seconds() + 60.0),
    };
    token::issue(&claims, FOTW.as_bytes())
}

/// Presents `token` as a program does.
pub(crate) async fn present(port: u16, token: &str) -> Answer {
    let from = stranger();
    request(port, "GET", &format!("/api/auth/sso?sso={token}"), &[("X-Forwarded-For", &from)]).await
}

/// Signs in; the `Cookie` header of what follows.
pub(crate) async fn sign_in(port: u16, sub: &str, tier: &str) -> String {
    cookie_of(&present(port, &token(sub, tier)).await)
}

/// The `Cookie` header that a browser sends after `answer`.
pub(crate) fn cookie_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 302, "{answer:?}");
    let cookies = answer.cookies();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    cookies[0].split(';').next().unwrap().to_owned()
}

/// A session of member `sub` as the gateway would sign it, changed by `edit`.
pub(crate) fn session(sub: &str, edit: impl FnOnce(&mut Session)) -> String {
    let iat = EpochSec::new(now().floor());
    let wp = Wp {
        issuer: "fotw".into(),
        id: sub.into(),
        email: format!("{sub}@example.org"),
        name: "Rita".into(),
        roles: vec!["subscriber".into()],
        subscription_tier: Some("Navigator Membership".into()),
        is_admin: false,
    };
    let exp = EpochSec::new(iat.seconds() + 3600.0);
    let mut session = Session { iat, exp, sid: format!("sid-{sub}"), uid: None, wp };
    edit(&mut session);
    session.sign(SESSION.as_bytes())
}

/// The `Cookie` header that carries a session.
pub(crate) fn cookie(session: &str) -> String {
    format!("ms_session={session}")
}

/// What `/api/auth/me` answers to `headers`.
pub(crate) async fn me(port: u16, headers: &[(&str, &str)]) -> Answer {
    request(port, "GET", "/api/auth/me", headers).await
}

/// What `/api/auth/me` answers to whoever sends `cookie`.
pub(crate) async fn me_by(port: u16, cookie: &str) -> Answer {
    me(port, &[("Cookie", cookie)]).await
}

//! What a caller may expect of the crate as a whole: every case that must be refused, and properties that hold
//! for any input.

#![expect(clippy::unwrap_used, reason = "a fixture that is not there fails its test")]

mod properties;
mod sessions;
mod tokens;

use auth::Issuers;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use serde_json::{Value, json};
use std::{fs, path::Path};
use wire::EpochSec;

/// When the recorded tokens were made.
const NOW: f64 = 1_794_473_000.0;
const SECRET: &[u8] = b"wordpress-secret-of-thirty-two-bytes!";
const SITE: &str = "https://members.example.org";

fn at(offset_sec: f64) -> EpochSec {
    EpochSec::new(NOW + offset_sec)
}

/// A token or value that another implementation made; `tests/fixtures/make.mjs` shows how.
fn recorded(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recorded.json");
    let recorded: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    recorded[name].as_str().unwrap().to_owned()
}

fn issuers() -> Issuers {
    let entry =
        |iss: &str, name: &str, secret: &[u8]| (iss.to_owned(), name.to_owned(), Some(secret.to_vec()));
    Issuers::new([
        entry("fotw", "fotw", SECRET),
        entry("0-dte", "0-dte", b"the other issuer's own secret, also long"),
        entry(SITE, "fotw", SECRET),
        ("bare".into(), "bare".into(), None),
        entry("empty", "empty", b""),
    ])
}

fn claims() -> Value {
    json!({
        "iss": "fotw", "sub": "3391", "email": "rita@example.org", "name": "Rita",
        "roles": ["subscriber", "fotw_activator"], "subscription_tier": "Navigator Membership",
        "is_admin": false, "iat": NOW, "nbf": NOW, "exp": NOW + 60.0,
    })
}

/// `claims` with `changes` written over; `"absent"` removes one.
fn changed(changes: Value) -> Value {
    let mut claims = claims();
    for (claim, value) in changes.as_object().unwrap() {
        if value == "absent" {
            claims.as_object_mut().unwrap().remove(claim);
        } else {
            claims[claim] = value.clone();
        }
    }
    claims
}

/// Any header and payload, signed by HMAC-SHA-256.
fn forge(header: &str, payload: &str, secret: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn signed(claims: &Value) -> String {
    forge(r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string(), SECRET)
}

//! Sign-in tokens that must be refused: the cases of the contract, by their names there.

use crate::bench::{OTHER_SECRET, SESSION_SECRET, WP_SECRET, member, now};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    hmac::{self, Algorithm, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};

const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// Claims that are good, with `changes` written over; null removes one.
pub(crate) fn claims(changes: Value) -> String {
    let now = now().whole().seconds();
    let mut claims = json!({
        "iss": "fotw", "sub": format!("{:x}", rand::random::<u64>()), "email": "rita@example.org",
        "roles": ["subscriber"], "subscription_tier": "Navigator Membership", "iat": now, "exp": now + 60.0,
    });
    for (claim, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(claim);
        } else {
            claims[claim] = value.clone();
        }
    }
    claims.to_string()
}

pub(crate) fn signed(claims: &str) -> String {
    forge(HS256, claims, HMAC_SHA256, WP_SECRET.as_bytes())
}

fn forge(header: &str, claims: &str, algorithm: Algorithm, secret: &[u8]) -> String {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret), text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// Signed by a key that nobody here knows; and, with the public part as the secret, by everybody.
fn by_key(alg: &str) -> [String; 2] {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
    let header = format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#);
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(&header), URL_SAFE_NO_PAD.encode(claims(json!({}))));
    let signature = key.sign(&random, text.as_bytes()).unwrap();
    let public = STANDARD.encode(key.public_key().as_ref());
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{public}\n-----END PUBLIC KEY-----\n");
    [
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)),
        forge(&header, &claims(json!({})), HMAC_SHA256, pem.as_bytes()),
    ]
}

/// Every token that is refused, with its name and its code.
pub(crate) fn refused() -> Vec<(String, String, &'static str)> {
    let mut cases = Vec::new();
    let mut case = |name: &str, token: String, code| cases.push((name.to_owned(), token, code));
    let now = now().whole().seconds();
    let good = signed(&claims(json!({})));
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three segments") };

    for alg in ["none", "None", "NONE", ""] {
        let head = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#));
        case("J1 unsigned", format!("{head}.{payload}."), "sso_invalid");
        case("J1 unsigned, signed", format!("{head}.{payload}.{signature}"), "sso_invalid");
    }
    case("J1 empty signature", format!("{header}.{payload}."), "sso_invalid");
    let wrong = forge(HS256, &claims(json!({})), HMAC_SHA256, b"some other secret that is long enough");
    case("J2 wrong secret", wrong, "sso_invalid");
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    case("J3 last byte", format!("{header}.{payload}.{}", URL_SAFE_NO_PAD.encode(bytes)), "sso_invalid");
    let altered = URL_SAFE_NO_PAD.encode(claims(json!({"sub": "1"})));
    case("J3 payload", format!("{header}.{altered}.{signature}"), "sso_invalid");
    case("J4 over", signed(&claims(json!({"exp": now - 12.0}))), "sso_expired");
    case("J5 nbf ahead", signed(&claims(json!({"nbf": now + 60.0}))), "sso_invalid");
    case("J5 iat ahead", signed(&claims(json!({"iat": now + 60.0}))), "sso_invalid");
    case("J6 no exp", signed(&claims(json!({"exp": null}))), "sso_invalid");
    case("J6 exp a text", signed(&claims(json!({"exp": (now + 60.0).to_string()}))), "sso_invalid");
    let endless = claims(json!({"exp": 123_456_789})).replace("123456789", "1e400");
    case("J6 exp endless", signed(&endless), "sso_invalid");
    for alg in ["RS256", "PS256", "ES256"] {
        let [by_private, by_public] = by_key(alg);
        case("J7 private key", by_private, "sso_invalid");
        case("J7 public key as secret", by_public, "sso_invalid");
    }
    for (alg, algorithm) in [("HS384", HMAC_SHA384), ("HS512", HMAC_SHA512)] {
        let header = format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#);
        case("J8", forge(&header, &claims(json!({})), algorithm, WP_SECRET.as_bytes()), "sso_invalid");
    }
    case("J9 no iss", signed(&claims(json!({"iss": null}))), "sso_invalid");
    case("J9 unknown iss", signed(&claims(json!({"iss": "elsewhere"}))), "sso_invalid");
    case("J9 many iss", signed(&claims(json!({"iss": ["fotw"]}))), "sso_invalid");
    let others = forge(HS256, &claims(json!({})), HMAC_SHA256, OTHER_SECRET.as_bytes());
    case("J10 the other issuer's secret", others, "sso_invalid");
    let jwk = r#"{"alg":"HS256","typ":"JWT","jwk":{"kty":"oct","k":"YXR0YWNrZXI"}}"#;
    case("J11 jwk", forge(jwk, &claims(json!({})), HMAC_SHA256, b"attacker"), "sso_invalid");
    let crit = r#"{"alg":"HS256","typ":"JWT","crit":["b64"]}"#;
    case("J11 crit", forge(crit, &claims(json!({})), HMAC_SHA256, WP_SECRET.as_bytes()), "sso_invalid");
    for claim in ["sub", "email"] {
        case("J13 missing", signed(&claims(json!({claim: null}))), "sso_invalid");
        case("J13 empty", signed(&claims(json!({claim: ""}))), "sso_invalid");
    }
    case("J14 four segments", format!("{good}.x"), "sso_invalid");
    case("J14 two segments", format!("{header}.{payload}"), "sso_invalid");
    case("J14 padding", format!("{good}%3D"), "sso_invalid");
    case("J14 plus", format!("{header}.{payload}.%2B{}", signature.get(1..).unwrap()), "sso_invalid");
    case("J14 slash", format!("{header}.{payload}./{}", signature.get(1..).unwrap()), "sso_invalid");
    case("J14 unused bits", with_unused_bits(&good), "sso_invalid");
    case("J14 nine kilobytes", signed(&claims(json!({"name": "x".repeat(6_900)}))), "sso_invalid");
    case("J16 a session", member("navigator").sign(SESSION_SECRET.as_bytes()), "sso_invalid");
    case("J16 a session by the same secret", member("navigator").sign(WP_SECRET.as_bytes()), "sso_invalid");
    cases
}

/// The same signature to a careless reader: 32 bytes leave two bits of the last character unused.
fn with_unused_bits(token: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = token.split_at(token.len() - 1);
    let at = ALPHABET.iter().position(|&c| c == last.as_bytes()[0]).unwrap();
    format!("{rest}{}", char::from(ALPHABET[at | 1]))
}

/// Tokens that are good, with their names.
pub(crate) fn accepted() -> Vec<(&'static str, String)> {
    let now = now().whole().seconds();
    let kid = r#"{"alg":"HS256","typ":"JWT","kid":"../../etc/passwd"}"#;
    vec![
        ("plain", signed(&claims(json!({})))),
        ("J4 just over", signed(&claims(json!({"exp": now - 5.0})))),
        ("J5 nbf a little ahead", signed(&claims(json!({"nbf": now + 8.0})))),
        ("J5 iat a little ahead", signed(&claims(json!({"iat": now + 8.0})))),
        ("J11 kid is not read", forge(kid, &claims(json!({})), HMAC_SHA256, WP_SECRET.as_bytes())),
        ("J12 no roles", signed(&claims(json!({"roles": null, "subscription_tier": null})))),
        ("J12 roles a number", signed(&claims(json!({"roles": 7, "subscription_tier": null})))),
    ]
}

//! Compact HS256 signatures (RFC 7515), and nothing else of that family.
//!
//! One algorithm, one form: three segments of base64url without padding, canonical to the last bit. Nothing of
//! the header but `alg` and `crit` is looked at, and the key is never chosen by it.

use crate::json;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use serde_json::{Map, Value};

pub(crate) const MAX_BYTES: usize = 8192;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// A token whose form is right. Its signature is not checked yet.
pub(crate) struct Jws<'a> {
    header: Map<String, Value>,
    pub(crate) payload: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Takes `token` apart. The error is a reason.
    pub(crate) fn parse(token: &'a str) -> Result<Self, &'static str> {
        if token.len() > MAX_BYTES {
            return Err("size");
        }
        let (signed, signature) = token.rsplit_once('.').ok_or("segments")?;
        let (header, payload) = signed.split_once('.').ok_or("segments")?;
        if payload.contains('.') {
            return Err("segments");
        }
        let decode = |segment: &str| URL_SAFE_NO_PAD.decode(segment).map_err(|_not| "base64url");
        let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
        let header = json::object(&header).ok_or("header")?;
        let payload = json::object(&payload).ok_or("payload")?;
        Ok(Self { header, payload, signed, signature })
    }

    /// Whether the header asks for exactly what we do. The error is a reason.
    pub(crate) fn check_header(&self) -> Result<(), &'static str> {
        if self.header.get("alg").and_then(Value::as_str) != Some("HS256") {
            return Err("alg");
        }
        if self.header.contains_key("crit") {
            return Err("crit");
        }
        Ok(())
    }

    /// Whether `secret` signed it, compared in constant time.
    pub(crate) fn is_signed_with(&self, secret: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        !secret.is_empty() && hmac::verify(&key, self.signed.as_bytes(), &self.signature).is_ok()
    }
}

/// The token that carries `payload`, a JSON object.
pub(crate) fn sign(payload: &[u8], secret: &[u8]) -> String {
    sign_as(HEADER, payload, secret)
}

/// As [`sign`], with any header.
pub(crate) fn sign_as(header: &str, payload: &[u8], secret: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    /// RFC 7515, appendix A.1: the key, and the token with its line breaks inside the header and payload.
    const A1_KEY: &str =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    const A1: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0\
                      dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    #[test]
    fn the_example_of_rfc_7515_verifies() {
        let key = URL_SAFE_NO_PAD.decode(A1_KEY).unwrap();
        let jws = Jws::parse(A1).unwrap();
        assert_eq!(jws.check_header(), Ok(()));
        assert_eq!(jws.payload["iss"], "joe");
        assert!(jws.is_signed_with(&key));
        assert!(!jws.is_signed_with(&key[1..]) && !jws.is_signed_with(b""));
    }

    /// RFC 4231, test cases 1 to 4, 6 and 7: (key, data, HMAC-SHA-256).
    #[test]
    fn the_vectors_of_rfc_4231_hold() {
        let long = [0xaa_u8; 131];
        let ascending: Vec<u8> = (1..=25).collect();
        for (key, data, expected) in [
            (&[0x0b_u8; 20][..], &b"Hi There"[..], "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (&ascending, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            (
                &long,
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &long,
                b"This is a test using a larger than block-size key and a larger than block-size data. The key \
                  needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ] {
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data);
            assert_eq!(hex(tag.as_ref()), expected);
        }
    }

    #[test]
    fn a_token_has_one_form_only() {
        let good = sign(b"{}", b"key");
        let reason = |token: &str| Jws::parse(token).err();
        assert_eq!(reason(&good), None);
        for (token, expected) in [
            (String::new(), "segments"),
            ("e30.e30".into(), "segments"),
            (format!("{good}.e30"), "segments"),
            (format!("{good}="), "base64url"),
            (format!("{good} "), "base64url"),
            (format!(" {good}"), "base64url"),
            ("e30.e30.+A".into(), "base64url"),
            ("e30.e30./A".into(), "base64url"),
            ("e30.e30.-B".into(), "base64url"),
            ("e30.e30.QQ==".into(), "base64url"),
            ("a.e30.e30".into(), "base64url"),
            ("e31.e30.e30".into(), "base64url"),
            ("MQ.e30.e30".into(), "header"),
            ("e30.W10.e30".into(), "payload"),
            ("e30.bnVsbA.".into(), "payload"),
            ("..".into(), "header"),
            ("x".repeat(MAX_BYTES + 1), "size"),
        ] {
            assert_eq!(reason(&token).unwrap_or_default(), expected, "{token}");
        }
    }

    #[test]
    fn the_header_may_ask_for_hs256_and_nothing_else() {
        let check = |header: &str| {
            let segment = URL_SAFE_NO_PAD.encode(header);
            Jws::parse(&format!("{segment}.e30.")).map(|jws| jws.check_header()).unwrap()
        };
        assert_eq!(
            check(r#"{"alg":"HS256","kid":"x","jku":1,"jwk":{},"x5u":"","x5c":[],"b64":true}"#),
            Ok(())
        );
        for alg in
            ["none", "None", "NONE", "", "hs256", "HS256 ", "HS384", "HS512", "RS256", "PS256", "ES256"]
        {
            assert_eq!(check(&format!(r#"{{"alg":"{alg}"}}"#)), Err("alg"));
        }
        for header in ["{}", r#"{"alg":null}"#, r#"{"alg":["HS256"]}"#, r#"{"ALG":"HS256"}"#] {
            assert_eq!(check(header), Err("alg"), "{header}");
        }
        for crit in [r#"["b64"]"#, "[]", "null"] {
            assert_eq!(check(&format!(r#"{{"alg":"HS256","crit":{crit}}}"#)), Err("crit"));
        }
    }
}

//! The WordPress token: who somebody is, in the words of the site where they signed in.

mod claims;
mod issuers;

pub use claims::{Claims, Member};
pub use issuers::Issuers;

use crate::{
    jws::{self, Jws},
    refusal::{Kind, Refusal},
};
use serde_json::{Map, Value};
use wire::EpochSec;

/// By how much the clocks of an issuer and of ours may differ, in seconds.
const LEEWAY_SEC: f64 = 10.0;
const MAX_REMEMBERED_SEC: f64 = 3_155_760_000.0;

/// The member that `token` vouches for at `now`.
///
/// `audience`, when set, must be among those of the token. That a token is used once only is not known here:
/// remember [`crate::digest`] for [`Member::remembered_sec`].
///
/// # Errors
/// `missing_sso` for an empty token, `sso_not_configured` when the issuer has no secret, `sso_expired`, else
/// `sso_invalid`.
pub fn verify(
    token: &str,
    issuers: &Issuers,
    audience: Option<&str>,
    now: EpochSec,
) -> Result<Member, Refusal> {
    if token.is_empty() {
        return Err(Refusal::new(Kind::MissingSso, "empty"));
    }
    let invalid = |reason| Refusal::new(Kind::SsoInvalid, reason);
    let jws = Jws::parse(token).map_err(invalid)?;
    jws.check_header().map_err(invalid)?;
    let iss = jws.payload.get("iss").and_then(Value::as_str);
    let (iss, issuer) =
        iss.and_then(|iss| issuers.find(iss).map(|issuer| (iss, issuer))).ok_or_else(|| invalid("iss"))?;
    let secret = issuer.secret.as_deref().filter(|secret| !secret.is_empty());
    let named = |refusal: Refusal| refusal.of_issuer(&issuer.name);
    let secret =
        secret.ok_or_else(|| named(Refusal::new(Kind::SsoNotConfigured, "no secret for the issuer")))?;
    if !jws.is_signed_with(secret) {
        return Err(named(invalid("signature")));
    }
    let expires = check_times(&jws.payload, now).map_err(named)?;
    check_audience(&jws.payload, audience).map_err(|reason| named(invalid(reason)))?;
    claims::member(&jws.payload, iss, &issuer.name, EpochSec::new(expires))
        .map_err(|reason| named(invalid(reason)))
}

/// The token that says `claims`, signed with `secret`: for development and tests.
pub fn issue(claims: &Claims, secret: &[u8]) -> String {
    jws::sign(claims.to_json().to_string().as_bytes(), secret)
}

/// `exp` of claims that are valid at `now`.
fn check_times(claims: &Map<String, Value>, now: EpochSec) -> Result<f64, Refusal> {
    let invalid = |reason| Refusal::new(Kind::SsoInvalid, reason);
    let now = now.seconds();
    let exp = claims.get("exp").and_then(Value::as_f64).filter(|exp| exp.is_finite());
    let exp = exp.ok_or_else(|| invalid("exp"))?;
    if now > exp + LEEWAY_SEC {
        return Err(Refusal::new(Kind::SsoExpired, "expired"));
    }
    for (claim, reason) in [("nbf", "nbf"), ("iat", "iat")] {
        match claims.get(claim) {
            None | Some(Value::Null) => {}
            Some(from) => {
                let from = from.as_f64().ok_or_else(|| invalid(reason))?;
                if from > now + LEEWAY_SEC {
                    return Err(invalid(reason));
                }
            }
        }
    }
    Ok(exp)
}

fn check_audience(claims: &Map<String, Value>, audience: Option<&str>) -> Result<(), &'static str> {
    let Some(audience) = audience.filter(|audience| !audience.is_empty()) else { return Ok(()) };
    let is_meant = match claims.get("aud") {
        Some(Value::String(only)) => only == audience,
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(audience)),
        _ => false,
    };
    if is_meant { Ok(()) } else { Err("aud") }
}

//! The session: what the gateway signs once a token was accepted, and every program then verifies by itself.

use crate::{
    jws::{self, Jws},
    refusal::{Kind, Refusal},
    tier::{self, Tier},
    token::Member,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use wire::EpochSec;

const TYPE: &str = "ms_session";
const MAX_SID_BYTES: usize = 64;
/// The end of the year 9999, in seconds. No session of ours comes near it, and up to it times keep their value.
const MAX_SEC: f64 = 253_402_300_799.0;

/// A signed-in user, until [`Session::exp`].
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// When it was signed.
    pub iat: EpochSec,
    /// From this instant on it is over; there is no tolerance.
    pub exp: EpochSec,
    /// What it is revoked by.
    pub sid: String,
    /// `users.id`. `None` when there was no database to give one.
    pub uid: Option<u64>,
    /// Who it is at the issuer.
    pub wp: Wp,
}

/// What the issuer said of the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wp {
    /// Short name of the issuer.
    pub issuer: String,
    /// The user's id there.
    pub id: String,
    /// May be empty.
    pub email: String,
    /// What people are called.
    pub name: String,
    /// As the issuer spells them.
    pub roles: Vec<String>,
    /// What was bought, as the issuer spells it.
    pub subscription_tier: Option<String>,
    /// Right to admin routes.
    pub is_admin: bool,
}

#[derive(Serialize)]
struct Signed<'a> {
    typ: &'static str,
    #[serde(flatten)]
    session: &'a Session,
}

impl Session {
    /// The value of the cookie.
    pub fn sign(&self, secret: &[u8]) -> String {
        let signed = Signed { typ: TYPE, session: self };
        // A struct of texts and numbers always has a JSON form.
        let payload = serde_json::to_vec(&signed).unwrap_or_default();
        jws::sign(&payload, secret)
    }

    /// The session that `token` is at `now`. Whether it was revoked, and whether its tier is admitted, is not
    /// known here.
    ///
    /// # Errors
    /// `session_expired`, else `not_authenticated`.
    pub fn verify(token: &str, secret: &[u8], now: EpochSec) -> Result<Self, Refusal> {
        let unknown = |reason| Refusal::new(Kind::NotAuthenticated, reason);
        let jws = Jws::parse(token).map_err(unknown)?;
        jws.check_header().map_err(unknown)?;
        if !jws.is_signed_with(secret) {
            return Err(unknown("signature"));
        }
        if jws.payload.get("typ").and_then(Value::as_str) != Some(TYPE) {
            return Err(unknown("typ"));
        }
        let session: Self =
            serde_json::from_value(Value::Object(jws.payload)).map_err(|_not| unknown("claims"))?;
        let is_fit = (1..=MAX_SID_BYTES).contains(&session.sid.len())
            && session.sid.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_fit {
            return Err(unknown("sid"));
        }
        if ![session.iat, session.exp].iter().all(|at| (0.0..=MAX_SEC).contains(&at.seconds())) {
            return Err(unknown("times"));
        }
        if session.wp.id.is_empty() {
            return Err(unknown("wp"));
        }
        if now >= session.exp {
            return Err(Refusal::new(Kind::SessionExpired, "expired"));
        }
        Ok(session)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { iat, exp, sid, uid, .. } = self;
        f.debug_struct("Session")
            .field("iat", iat)
            .field("exp", exp)
            .field("sid", sid)
            .field("uid", uid)
            .finish_non_exhaustive()
    }
}

impl Wp {
    /// The tier that roles and subscription give.
    pub fn tier(&self) -> Tier {
        Tier::of(&self.roles, self.subscription_tier.as_deref())
    }

    /// Right to admin routes, by role or by claim.
    pub fn is_admin(&self) -> bool {
        tier::is_admin(&self.roles, self.is_admin)
    }
}

impl From<Member> for Wp {
    fn from(member: Member) -> Self {
        let Member { issuer, id, email, name, roles, subscription_tier, is_admin, .. } = member;
        Self { issuer, id, email, name, roles, subscription_tier, is_admin }
    }
}

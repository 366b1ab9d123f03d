//! Who calls: what the door found out, as routes ask for it.

pub(crate) mod secret;

pub(crate) use secret::Secrets;

use crate::{app::App, config::Config, members};
use auth::{Identity, Session, Tier, Wp};
use http::StatusCode;
use serde_json::{Map, Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use web::{Error, sse::Ask};
use wire::EpochSec;

pub(crate) const DEV_ISSUER: &str = "dev";
pub(crate) const DEV_ID: &str = "dev-user";
pub(crate) const DEV_NAME: &str = "Dev User";
pub(crate) const DEV_EMAIL: &str = "dev@localhost";

/// A caller who is admitted; in the extensions of every request that needs one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Caller {
    /// `users.id`; `None` without a row.
    pub(crate) uid: Option<u64>,
    /// Short name of the issuer.
    pub(crate) issuer: String,
    /// Id at the issuer.
    pub(crate) wp_id: String,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) roles: Vec<String>,
    pub(crate) subscription_tier: Option<String>,
    pub(crate) tier: Tier,
    /// Right to admin routes.
    pub(crate) is_admin: bool,
    /// What the session is revoked by; `None` in public mode without one.
    pub(crate) sid: Option<String>,
    pub(crate) signed: EpochSec,
    pub(crate) expires: EpochSec,
    /// The user of public mode, without a session.
    pub(crate) is_public: bool,
}

impl Caller {
    pub(crate) fn of(session: Session) -> Self {
        let (tier, is_admin) = (session.wp.tier(), session.wp.is_admin());
        let Session { iat, exp, sid, uid, wp } = session;
        let Wp { issuer, id, email, name, roles, subscription_tier, .. } = wp;
        Self {
            uid,
            issuer,
            wp_id: id,
            email,
            name,
            roles,
            subscription_tier,
            tier,
            is_admin,
            sid: Some(sid),
            signed: iat,
            expires: exp,
            is_public: false,
        }
    }

    /// Whom everybody is in public mode.
    pub(crate) fn public(app: &App) -> Self {
        let signed = now().whole();
        let wp = dev(&app.config);
        let expires = EpochSec::new(signed.seconds() + app.config.session_ttl_sec as f64);
        let uid = members::dev_user(app);
        let session = Session { iat: signed, exp: expires, sid: String::new(), uid, wp };
        Self { sid: None, is_public: true, ..Self::of(session) }
    }

    /// What its requests and streams are counted by.
    pub(crate) fn account(&self) -> String {
        account(&self.issuer, &self.wp_id)
    }

    /// As it travels to other services.
    pub(crate) fn identity(&self) -> Identity {
        Identity {
            user_id: self.uid,
            wp_id: self.wp_id.clone(),
            issuer: self.issuer.clone(),
            email: self.email.clone(),
            name: self.name.clone(),
            tier: self.tier,
            roles: self.roles.clone(),
            is_admin: self.is_admin,
            sid: self.sid.clone(),
        }
    }

    /// Says in `ask` for whom the stream is.
    pub(crate) fn sign(&self, ask: &mut Ask) {
        ask.user = self.account();
        ask.user_id = self.uid;
        ask.session.clone_from(&self.sid);
        ask.tier = Some(self.tier.as_str().into());
        ask.is_admin = self.is_admin;
        let ends = || Some(UNIX_EPOCH + Duration::try_from_secs_f64(self.expires.seconds()).ok()?);
        ask.ends = if self.is_public { None } else { ends() };
    }

    /// The internal user id, for what belongs to one user only.
    ///
    /// # Errors
    /// 401 `not_authenticated`: there is none.
    pub(crate) fn user(&self) -> Result<u64, Error> {
        self.uid.ok_or_else(|| not_authenticated("Sign in again: this account is not stored yet."))
    }

    /// What `/api/auth/me` says.
    pub(crate) fn me(&self, is_public_mode: bool) -> Value {
        let mut me = Map::new();
        let mut say = |name: &str, value: Value| me.insert(name.into(), value);
        say("iat", json!(self.signed));
        say("exp", json!(self.expires));
        say("typ", json!("ms_session"));
        say("sid", json!(self.sid));
        say("uid", json!(self.uid));
        let wp = json!({
            "issuer": self.issuer, "id": self.wp_id, "email": self.email, "name": self.name, "roles": self.roles,
            "subscription_tier": self.subscription_tier, "is_admin": self.is_admin,
        });
        say("wp", wp);
        say("tier", json!(self.tier));
        say("is_admin", json!(self.is_admin));
        say("public_mode", json!(is_public_mode));
        say("expires_in", json!(self.expires.since(now()).max(0.0) as u64));
        me.into()
    }
}

/// What requests and streams of a user are counted by. Issuers have no colon in their name.
pub(crate) fn account(issuer: &str, wp_id: &str) -> String {
    format!("{issuer}:{wp_id}")
}

/// The fixed user of public mode, as a session has it.
pub(crate) fn dev(config: &Config) -> Wp {
    Wp {
        issuer: DEV_ISSUER.into(),
        id: DEV_ID.into(),
        email: DEV_EMAIL.into(),
        name: DEV_NAME.into(),
        roles: config.public_roles.clone(),
        subscription_tier: None,
        is_admin: auth::tier::is_admin(&config.public_roles, false),
    }
}

/// 401 `not_authenticated`.
pub(crate) fn not_authenticated(text: &str) -> Error {
    Error::new(StatusCode::UNAUTHORIZED, "not_authenticated", text)
}

pub(crate) fn now() -> EpochSec {
    SystemTime::now().into()
}

//! Signing in: a token of a member site becomes a session.
//!
//! The order matters: the tier is judged before the token is used up, so that a member who was refused may try again
//! after an upgrade, and before anything is stored, so that whoever is refused leaves no row.

pub(crate) mod page;

use crate::{
    app::App,
    door::{Arrival, gates_unavailable},
    gates::Standing,
    members,
    session::{dev, now},
};
use auth::{
    Issuers, Session, Tier,
    token::{self, Member},
};
use http::StatusCode;
use metrics::counter;
use std::time::Duration;
use tracing::{debug, info, warn};
use uuid::Uuid;
use web::Error;
use wire::{EpochSec, access::used_token};

/// What the browser gets for a token.
#[derive(Debug)]
pub(crate) struct SignedIn {
    /// Value of the cookie.
    pub(crate) token: String,
    /// How long it holds.
    pub(crate) life_sec: u64,
}

/// Why nobody was signed in.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The tier is not admitted.
    Barred(Tier),
    /// Anything else.
    Other(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// The issuers of `app`, with their secrets.
pub(crate) fn issuers(app: &App) -> Issuers {
    Issuers::new(app.config.sso.issuers.iter().map(|issuer| {
        let secret = issuer.secret.as_ref().map(|secret| secret.expose().as_bytes().to_vec());
        (issuer.iss.clone(), issuer.name.clone(), secret)
    }))
}

/// Signs in whom `token` vouches for.
///
/// # Errors
/// The token is no good, or the tier is not admitted, or what is needed is out of reach.
pub(crate) async fn sign_in(
    app: &App,
    issuers: &Issuers,
    token: &str,
    (arrival, user_agent): (&Arrival, Option<&str>),
) -> Result<SignedIn, Refused> {
    let member = verify(app, issuers, token)?;
    let tier = Tier::of(&member.roles, member.subscription_tier.as_deref());
    let is_admin = auth::tier::is_admin(&member.roles, member.is_admin);
    match app.gates.standing(tier, is_admin, app.gates.bypasses(&member.issuer)) {
        Standing::Admitted => {}
        Standing::Unknown => return Err(gates_unavailable().into()),
        Standing::Barred => {
            counter!("auth_failures_total", "reason" => "tier_blocked").increment(1);
            return Err(Refused::Barred(tier));
        }
    }
    use_up(app, token, &member).await?;
    let (sid, signed) = (Uuid::now_v7().to_string(), now().whole());
    let expires = EpochSec::new(signed.seconds() + app.config.session_ttl_sec as f64);
    let address = Some(arrival.address);
    let uid = match members::sign_in(app, &member, &sid, expires, address, user_agent).await {
        Ok(uid) => uid,
        Err(error) => {
            // Nobody was signed in: the member may come back with the same token.
            let used = used_token(&auth::digest(token.as_bytes()), Duration::ZERO);
            if let Err(error) = app.bus.remove(&used).await {
                debug!(%error, "token stays used");
            }
            return Err(error.into());
        }
    };
    info!(issuer = member.issuer, user_id = uid, %tier, "signed in");
    let session = Session { iat: signed, exp: expires, sid, uid, wp: member.into() };
    finish(app, &session)
}

/// Signs in the user of public mode.
///
/// # Errors
/// There is no secret to sign with.
pub(crate) fn sign_in_public(app: &App) -> Result<SignedIn, Refused> {
    let (sid, signed) = (Uuid::now_v7().to_string(), now().whole());
    let exp = EpochSec::new(signed.seconds() + app.config.session_ttl_sec as f64);
    let session = Session { iat: signed, exp, sid, uid: members::dev_user(app), wp: dev(&app.config) };
    finish(app, &session)
}

fn finish(app: &App, session: &Session) -> Result<SignedIn, Refused> {
    let token = app.secrets.with(|secret| session.sign(secret)).ok_or_else(not_configured)?;
    Ok(SignedIn { token, life_sec: app.config.session_ttl_sec })
}

fn verify(app: &App, issuers: &Issuers, token: &str) -> Result<Member, Error> {
    let verified = token::verify(token, issuers, app.config.sso.audience.as_deref(), now());
    verified.map_err(|refusal| {
        let (code, reason) = (refusal.code(), refusal.reason());
        counter!("auth_failures_total", "reason" => reason).increment(1);
        let fingerprint = auth::fingerprint(token.as_bytes());
        warn!(code, reason, issuer = refusal.issuer(), fingerprint, "sign-in refused");
        let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::UNAUTHORIZED);
        let error = Error::new(status, code, text(code));
        if status == StatusCode::SERVICE_UNAVAILABLE { error.retry_after(60) } else { error }
    })
}

/// What people are told; never which check failed.
pub(crate) fn text(code: &str) -> &'static str {
    match code {
        "missing_sso" => "The sign-in link is incomplete.",
        "sso_expired" => "The sign-in link is too old. Please sign in again.",
        "sso_replayed" => "The sign-in link was used already. Please sign in again.",
        "sso_not_configured" => "Sign-in is not set up here.",
        _ => "The sign-in link is not valid. Please sign in again.",
    }
}

/// Remembers that `token` was used, for as long as it would be taken otherwise.
async fn use_up(app: &App, token: &str, member: &Member) -> Result<(), Error> {
    let left = Duration::from_secs(member.remembered_sec(now()));
    let used = used_token(&auth::digest(token.as_bytes()), left);
    match app.bus.put_new(&used, "1").await {
        Ok(true) => Ok(()),
        Ok(false) => {
            counter!("auth_failures_total", "reason" => "replayed").increment(1);
            let fingerprint = auth::fingerprint(token.as_bytes());
            warn!(code = "sso_replayed", issuer = member.issuer, fingerprint, "sign-in refused");
            Err(Error::new(StatusCode::UNAUTHORIZED, "sso_replayed", text("sso_replayed")))
        }
        Err(error) if error.is_transient() => {
            debug!(%error, "sign-in without redis");
            let text = "Signing in is not possible for a moment. Try again.";
            Err(Error::new(StatusCode::SERVICE_UNAVAILABLE, "redis_unavailable", text).retry_after(2))
        }
        Err(error) => Err(Error::internal(error)),
    }
}

fn not_configured() -> Error {
    let text = text("sso_not_configured");
    Error::new(StatusCode::SERVICE_UNAVAILABLE, "sso_not_configured", text).retry_after(60)
}

//! The door: what stands between a request and its route, judged from memory alone.
//!
//! Who calls (bearer, cookie, or the user of public mode), whether that session still holds, whether its tier is
//! admitted, and whether the path belongs to a feature that the tier has.

mod paths;

pub(crate) use paths::{feature, is_ours, seen_by_nginx};

use crate::{
    app::App,
    gates::Standing,
    members::{self, Reason},
    session::{self, Caller, now},
};
use auth::{Session, Tier, cookie};
use http::{Extensions, HeaderValue, Method, StatusCode, header};
use metrics::counter;
use std::net::IpAddr;
use web::{
    Error,
    guard::{Denial, Gatekeeper, Knock, Pass},
};

/// How a request arrived; in the extensions of open routes.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// Behind the trusted proxies.
    pub(crate) address: IpAddr,
    /// By TLS.
    pub(crate) is_secure: bool,
    /// Domain of the session cookie; `None`: the host alone.
    pub(crate) domain: Option<String>,
}

impl Arrival {
    pub(crate) fn of(app: &App, knock: &Knock<'_>) -> Self {
        let host = knock.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let domain = cookie::domain_of(host, app.config.cookie_domain.as_deref());
        Self { address: knock.address, is_secure: knock.is_secure, domain }
    }

    /// `Set-Cookie` values that end the session in the browser.
    pub(crate) fn clearing(&self) -> Vec<HeaderValue> {
        let cleared = cookie::clear(self.domain.as_deref(), self.is_secure);
        cleared.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()).collect()
    }
}

/// The judge of the port that browsers reach.
pub(crate) fn gatekeeper(app: &App) -> Gatekeeper {
    let app = app.clone();
    Gatekeeper::new(move |knock, extensions| judge(&app, knock, extensions))
}

/// The judge of requests that nginx asks about: no route is open.
pub(crate) fn strict(app: &App) -> Gatekeeper {
    let app = app.clone();
    Gatekeeper::new(move |knock, extensions| admit(&app, knock, extensions))
}

fn judge(app: &App, knock: &Knock<'_>, extensions: &mut Extensions) -> Result<Pass, Denial> {
    if !is_ours(knock.path) {
        return Ok(Pass::default());
    }
    if !is_open(knock) {
        return admit(app, knock, extensions);
    }
    extensions.insert(Arrival::of(app, knock));
    // Signing out ends the session that there is, admitted or not.
    let presented = cookie::presented(knock.headers);
    if let Some(session) = presented.and_then(|presented| read(app, presented.token).ok()) {
        extensions.insert(Caller::of(session));
    }
    Ok(Pass { is_ambient: presented.is_some_and(|presented| presented.is_cookie), ..Pass::default() })
}

/// Routes that need no session. Who is signed in, `/api/auth/me`, is not among them: it answers 401 like the others.
fn is_open(knock: &Knock<'_>) -> bool {
    let reads = matches!(*knock.method, Method::GET | Method::HEAD);
    match knock.path {
        "/api/health" | "/api/auth/config" | "/api/auth/sso" => reads,
        "/api/auth/logout" => reads || *knock.method == Method::POST,
        _ => false,
    }
}

fn admit(app: &App, knock: &Knock<'_>, extensions: &mut Extensions) -> Result<Pass, Denial> {
    let is_cookie = cookie::presented(knock.headers).is_none_or(|presented| presented.is_cookie);
    let caller = identify(app, knock)?;
    let bypasses = app.gates.bypasses(&caller.issuer);
    match app.gates.standing(caller.tier, caller.is_admin, bypasses) {
        // What was revoked before this program started must be known too.
        Standing::Admitted if app.sessions.is_loaded() || caller.is_public => {}
        Standing::Admitted => return Err(gates_unavailable().into()),
        Standing::Unknown if caller.is_public => {}
        Standing::Unknown => return Err(gates_unavailable().into()),
        Standing::Barred => {
            if let Some(sid) = &caller.sid {
                app.sessions.end(sid, caller.expires, Reason::TierBlocked);
            }
            counter!("auth_failures_total", "reason" => "tier_blocked").increment(1);
            let cookies = Arrival::of(app, knock).clearing();
            return Err(Denial { error: tier_blocked(caller.tier), cookies });
        }
    }
    let caller = match &caller.sid {
        Some(sid) if app.sessions.is_revoked(sid) => match app.config.public_mode && is_cookie {
            true => Caller::public(app),
            false => return Err(denied(app, knock, "session_revoked", "session_revoked", is_cookie)),
        },
        _ => caller,
    };
    let refusal = feature(knock.path).filter(|feature| !app.gates.opens(caller.tier, feature));
    let refusal = refusal.map(|feature| feature_gated(feature, caller.tier));
    let account = (!caller.is_public).then(|| caller.account());
    if let Some(sid) = &caller.sid {
        members::seen(app, sid);
    }
    extensions.insert(caller);
    Ok(Pass { account, is_ambient: is_cookie, refusal })
}

/// Who calls, by a session that holds; in public mode everybody without one is the same user.
fn identify(app: &App, knock: &Knock<'_>) -> Result<Caller, Denial> {
    let is_public = app.config.public_mode;
    let Some(presented) = cookie::presented(knock.headers) else {
        if is_public {
            return Ok(Caller::public(app));
        }
        counter!("auth_failures_total", "reason" => "not_authenticated").increment(1);
        return Err(session::not_authenticated("Please sign in.").into());
    };
    match read(app, presented.token) {
        Ok(session) => Ok(Caller::of(session)),
        // A browser may hold a cookie of another time; who writes a header means it.
        Err(_refusal) if is_public && presented.is_cookie => Ok(Caller::public(app)),
        Err((code, reason)) => Err(denied(app, knock, code, reason, presented.is_cookie)),
    }
}

/// The session that `token` is; else the code for the caller and the reason for the metrics.
fn read(app: &App, token: &str) -> Result<Session, (&'static str, &'static str)> {
    let verified = app.secrets.with(|secret| Session::verify(token, secret, now()));
    match verified {
        Some(Ok(session)) => Ok(session),
        Some(Err(refusal)) => Err((refusal.code(), refusal.reason())),
        None => Err(("not_authenticated", "no_secret")),
    }
}

fn denied(app: &App, knock: &Knock<'_>, code: &'static str, reason: &'static str, is_cookie: bool) -> Denial {
    counter!("auth_failures_total", "reason" => reason).increment(1);
    let text = match code {
        "session_expired" => "Your session is over. Please sign in again.",
        "session_revoked" => "Your session was ended. Please sign in again.",
        _ => "Please sign in.",
    };
    let cookies = if is_cookie { Arrival::of(app, knock).clearing() } else { Vec::new() };
    Denial { error: Error::new(StatusCode::UNAUTHORIZED, code, text), cookies }
}

/// 403 `tier_blocked`.
pub(crate) fn tier_blocked(tier: Tier) -> Error {
    Error::new(StatusCode::FORBIDDEN, "tier_blocked", blocked(tier)).with_field("tier", tier.as_str())
}

/// What somebody of a barred tier is told.
pub(crate) fn blocked(tier: Tier) -> String {
    format!("The {tier} tier is not admitted here.")
}

/// 403 `feature_gated`.
pub(crate) fn feature_gated(feature: &str, tier: Tier) -> Error {
    let text = format!("This is not part of the {tier} tier.");
    let error = Error::new(StatusCode::FORBIDDEN, "feature_gated", text);
    error.with_field("feature", feature).with_field("tier", tier.as_str())
}

/// 503 `gates_unavailable`.
pub(crate) fn gates_unavailable() -> Error {
    let text = "Who is admitted is not known yet. Try again in a moment.";
    Error::new(StatusCode::SERVICE_UNAVAILABLE, "gates_unavailable", text).retry_after(2)
}

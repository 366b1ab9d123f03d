//! Who calls. There is no sign-in yet: in public mode everybody is one fixed user, else nobody is admitted.

use crate::{app::App, config::Config};
use http::StatusCode;
use serde_json::{Value, json};
use std::time::SystemTime;
use web::Error;
use wire::EpochSec;

pub(crate) const DEV_NAME: &str = "Dev User";
const SESSION_SEC: f64 = 86_400.0;
const TIERS: [(&str, &[&str]); 4] = [
    ("administrator", &["administrator", "admin"]),
    ("coaching", &["coaching", "fotw_coaching"]),
    ("navigator", &["navigator", "fotw_navigator"]),
    ("activator", &["activator", "fotw_activator"]),
];

/// A caller who is admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    /// What streams are counted by.
    pub(crate) id: String,
    pub(crate) tier: &'static str,
    pub(crate) is_admin: bool,
}

/// The caller of a request.
///
/// # Errors
/// 401 `not_authenticated`.
pub(crate) fn caller(config: &Config) -> Result<User, Error> {
    if !config.public_mode {
        metrics::counter!("auth_failures_total", "reason" => "not_authenticated").increment(1);
        let text = "Please sign in.";
        return Err(Error::new(StatusCode::UNAUTHORIZED, "not_authenticated", text));
    }
    let tier = tier(&config.public_roles);
    let is_admin = config
        .public_roles
        .iter()
        .any(|role| matches!(&*role.to_ascii_lowercase(), "administrator" | "admin"));
    Ok(User { id: "dev-user".into(), tier, is_admin })
}

/// The highest tier that `roles` give.
fn tier(roles: &[String]) -> &'static str {
    let has = |names: &[&str]| roles.iter().any(|role| names.contains(&&*role.trim().to_ascii_lowercase()));
    TIERS.iter().find(|(_, names)| has(names)).map_or("observer", |(tier, _)| tier)
}

/// What `/api/auth/me` says of `user`.
pub(crate) fn me(app: &App, user: &User) -> Value {
    let now = EpochSec::from(SystemTime::now()).whole();
    json!({
        "iat": now,
        "exp": EpochSec::new(now.seconds() + SESSION_SEC),
        "typ": "ms_session",
        "sid": null,
        "uid": null,
        "wp": {
            "issuer": "dev", "id": user.id, "email": "dev@localhost", "name": DEV_NAME,
            "roles": app.config.public_roles, "subscription_tier": null, "is_admin": user.is_admin,
        },
        "tier": user.tier,
        "is_admin": user.is_admin,
        "public_mode": app.config.public_mode,
        "expires_in": SESSION_SEC as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_role_decides_and_an_unknown_one_says_nothing() {
        let tier_of = |roles: &[&str]| tier(&roles.iter().map(|&role| role.to_owned()).collect::<Vec<_>>());
        assert_eq!(tier_of(&["subscriber"]), "observer");
        assert_eq!(tier_of(&["fotw_activator", "Navigator"]), "navigator");
        assert_eq!(tier_of(&["ADMIN", "coaching"]), "administrator");
    }

    #[test]
    fn without_public_mode_nobody_is_admitted() {
        let closed = Config { public_mode: false, ..Config::default() };
        assert_eq!(caller(&closed).unwrap_err().code(), "not_authenticated");
        assert_eq!(caller(&Config::default()).unwrap().tier, "administrator");
    }
}

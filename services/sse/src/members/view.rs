//! Users and sessions as the routes show them.

use super::store::{Session, User};
use auth::Tier;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

/// A user, with the tier that roles and subscription give.
pub(crate) fn user(user: &User) -> Value {
    json!({
        "id": user.id,
        "issuer": user.issuer,
        "wp_user_id": user.wp_user_id,
        "email": user.email,
        "display_name": user.display_name,
        "roles": user.roles,
        "is_admin": user.is_admin,
        "subscription_tier": user.subscription_tier,
        "tier": Tier::of(&user.roles, user.subscription_tier.as_deref()),
        "timezone": user.timezone,
        "screen_name": user.screen_name,
        "show_screen_name": user.show_screen_name,
        "created_at": seconds(user.created_at),
        "last_login_at": seconds(user.last_login_at),
    })
}

/// A session; its id is no secret: without the signature of a cookie it opens nothing.
pub(crate) fn session(session: &Session) -> Value {
    json!({
        "id": session.id,
        "tier": session.tier,
        "created_at": millis(session.created_at),
        "expires_at": millis(session.expires_at),
        "last_seen_at": millis(session.last_seen_at),
        "revoked_at": session.revoked_at.map(millis),
        "revoke_reason": session.revoke_reason,
        "ip": session.ip,
        "user_agent": session.user_agent,
    })
}

pub(crate) fn leaderboard(user: &User) -> Value {
    json!({
        "userId": user.id,
        "screenName": user.screen_name,
        "showScreenName": user.show_screen_name,
        "displayName": user.display_name,
    })
}

pub(crate) fn seconds(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub(crate) fn millis(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

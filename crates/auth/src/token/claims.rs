//! What a token says: read from its claims, and written for development.

use crate::tier::{self, Tier};
use serde_json::{Map, Value, json};
use wire::EpochSec;

const MAX_ID_CHARS: usize = 64;
const MAX_TEXT_CHARS: usize = 255;

/// Somebody whom a known issuer vouches for.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Short name of the issuer.
    pub issuer: String,
    /// The user's id at the issuer, 1 to 64 characters.
    pub id: String,
    /// Empty when the nested form of a token did not tell it.
    pub email: String,
    /// What people are called; never empty.
    pub name: String,
    /// As the issuer spells them, trimmed.
    pub roles: Vec<String>,
    /// What was bought, as the issuer spells it. `None`: nothing was said.
    pub subscription_tier: Option<String>,
    /// Right to admin routes, by role or by claim.
    pub is_admin: bool,
    /// `exp` of the token.
    pub expires: EpochSec,
}

impl Member {
    /// The tier that roles and subscription give.
    pub fn tier(&self) -> Tier {
        Tier::of(&self.roles, self.subscription_tier.as_deref())
    }

    /// How long the token must be remembered so that nobody uses it twice, in whole seconds, at least 1 and at
    /// most a hundred years.
    pub fn remembered_sec(&self, now: EpochSec) -> u64 {
        let left = self.expires.since(now) + super::LEEWAY_SEC;
        // One second more than is left: the token is good until that instant, not up to it.
        left.ceil().clamp(0.0, super::MAX_REMEMBERED_SEC - 1.0) as u64 + 1
    }
}

/// What [`super::issue`] writes into a token.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    /// A key of `SSO_ISSUERS`.
    pub iss: String,
    /// User id at the issuer.
    pub sub: String,
    /// Address of the user.
    pub email: String,
    /// `None`: the part of the address before its `@`.
    pub name: Option<String>,
    /// Roles at the issuer.
    pub roles: Vec<String>,
    /// For example `Navigator Membership`.
    pub subscription_tier: Option<String>,
    /// Right to admin routes.
    pub is_admin: bool,
    /// When the token was made.
    pub iat: EpochSec,
    /// When it ends.
    pub exp: EpochSec,
}

impl Claims {
    pub(super) fn to_json(&self) -> Value {
        let mut claims = json!({
            "iss": self.iss, "sub": self.sub, "email": self.email, "roles": self.roles,
            "is_admin": self.is_admin, "iat": self.iat, "exp": self.exp,
        });
        for (claim, value) in [("name", &self.name), ("subscription_tier", &self.subscription_tier)] {
            if let Some(value) = value {
                claims[claim] = json!(value);
            }
        }
        claims
    }
}

/// The member that verified `claims` describe. The error is a reason.
pub(super) fn member(
    claims: &Map<String, Value>,
    iss: &str,
    issuer: &str,
    expires: EpochSec,
) -> Result<Member, &'static str> {
    let told = match claims.get("sub") {
        None => nested(claims, iss)?,
        Some(sub) => Told {
            id: id(sub).ok_or("sub")?,
            email: Some(email(claims.get("email")).ok_or("email")?),
            name: name(claims.get("name"))?,
            roles: roles(claims.get("roles")),
            subscription_tier: subscription(claims.get("subscription_tier")),
        },
    };
    let email = told.email.unwrap_or_default();
    let local = email.split('@').next().filter(|local| !local.is_empty());
    let name = told.name.or_else(|| local.map(str::to_owned)).unwrap_or_else(|| told.id.clone());
    let is_admin = tier::is_admin(&told.roles, claims.get("is_admin") == Some(&Value::Bool(true)));
    Ok(Member {
        issuer: issuer.to_owned(),
        id: told.id,
        email,
        name,
        roles: told.roles,
        subscription_tier: told.subscription_tier,
        is_admin,
        expires,
    })
}

struct Told {
    id: String,
    email: Option<String>,
    name: Option<String>,
    roles: Vec<String>,
    subscription_tier: Option<String>,
}

/// The form of the common WordPress plugin: the issuer is the site, the user is below `data`.
fn nested(claims: &Map<String, Value>, iss: &str) -> Result<Told, &'static str> {
    let is_site = iss.starts_with("https://") || iss.starts_with("http://");
    let user = claims.get("data").and_then(|data| data.get("user")).filter(|_| is_site).ok_or("sub")?;
    let address = match user.get("email") {
        None | Some(Value::Null) => None,
        told => Some(email(told).ok_or("email")?),
    };
    Ok(Told {
        id: id(user.get("id").ok_or("sub")?).ok_or("sub")?,
        email: address,
        name: name(user.get("display_name"))?,
        roles: roles(user.get("roles")),
        subscription_tier: subscription(user.get("membership")),
    })
}

/// Ids and addresses travel in headers, where a control character has no place.
fn is_plain(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

fn id(value: &Value) -> Option<String> {
    let id = match value {
        Value::String(id) => id.trim().to_owned(),
        Value::Number(id) if id.is_i64() || id.is_u64() => id.to_string(),
        _ => return None,
    };
    ((1..=MAX_ID_CHARS).contains(&id.chars().count()) && is_plain(&id)).then_some(id)
}

fn email(value: Option<&Value>) -> Option<String> {
    let email = value?.as_str()?.trim();
    let is_email = email.contains('@') && email.chars().count() <= MAX_TEXT_CHARS && is_plain(email);
    is_email.then(|| email.to_owned())
}

/// `None` when nothing, or nothing but blanks, was said.
fn name(value: Option<&Value>) -> Result<Option<String>, &'static str> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) if name.chars().count() <= MAX_TEXT_CHARS => {
            Ok(Some(name.trim()).filter(|name| !name.is_empty()).map(str::to_owned))
        }
        Some(_) => Err("name"),
    }
}

/// An array of strings or one comma-separated string; anything else says nothing.
fn roles(value: Option<&Value>) -> Vec<String> {
    let texts: Option<Vec<&str>> = match value {
        Some(Value::String(list)) => Some(list.split(',').collect()),
        Some(Value::Array(items)) => items.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let trimmed = texts.unwrap_or_default().into_iter().map(str::trim);
    trimmed.filter(|role| !role.is_empty()).map(str::to_owned).collect()
}

fn subscription(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::trim).filter(|tier| !tier.is_empty()).map(str::to_owned)
}

//! Whose members may sign in, and which secret each site signs with.

use serde::Deserialize;
use serde_json::{Map, Value};
use truth::{
    secret::Secret,
    settings::{Fault, Settings},
};

/// The secret of every site that has none of its own.
const SHARED: &str = "WP_JWT_SECRET";
const ISSUER_CHARS: usize = 32;
const EXPECTED: &str = "a JSON object of issuer to null, the name of a secret, or {name, secret}";

/// Sign-in from member sites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sso {
    /// Sites whose tokens are taken.
    pub issuers: Vec<Issuer>,
    /// What `aud` of a token must hold, where it is set.
    pub audience: Option<String>,
    /// Short names of issuers whose members skip the check of allowed tiers.
    pub bypass: Vec<String>,
}

/// A site that signs tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// `iss` of its tokens.
    pub iss: String,
    /// What its members are stored under; at most 32 characters.
    pub name: String,
    /// What it signs with; `None`: not configured, nobody can sign in from there.
    pub secret: Option<Secret>,
}

impl Default for Sso {
    fn default() -> Self {
        let issuer = |iss: &str| Issuer { iss: iss.into(), name: iss.into(), secret: None };
        Self { issuers: vec![issuer("0-dte"), issuer("fotw")], audience: None, bypass: vec!["0-dte".into()] }
    }
}

/// What Truth says of an issuer.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Shared(()),
    Secret(String),
    Named { name: String, secret: Option<String> },
}

impl Sso {
    pub(super) fn read(settings: &Settings) -> Result<Self, Fault> {
        let usual = Self::default();
        let issuers = match settings.text("SSO_ISSUERS") {
            Some(text) => issuers(settings, &text)?,
            None => usual.issuers,
        };
        let bypass: Vec<_> = usual.bypass.iter().map(String::as_str).collect();
        Ok(Self {
            issuers,
            audience: settings.text("SSO_AUDIENCE"),
            bypass: settings.list("TIER_BYPASS_ISSUERS", &bypass),
        })
    }
}

fn issuers(settings: &Settings, text: &str) -> Result<Vec<Issuer>, Fault> {
    let fault = || settings.fault("SSO_ISSUERS", EXPECTED);
    let entries: Map<String, Value> = serde_json::from_str(text).map_err(|_shape| fault())?;
    let issuer = |(iss, entry): (String, Value)| {
        let (name, secret) = match serde_json::from_value(entry).map_err(|_shape| fault())? {
            Entry::Shared(()) => (iss.clone(), None),
            Entry::Secret(secret) => (iss.clone(), Some(secret)),
            Entry::Named { name, secret } => (name, secret),
        };
        if iss.is_empty() || name.is_empty() || name.chars().count() > ISSUER_CHARS {
            return Err(settings.fault("SSO_ISSUERS", "names of 1 to 32 characters"));
        }
        let setting = secret.as_deref().unwrap_or(SHARED);
        // A name that is no secret's would make any readable setting a key.
        if !setting.ends_with("_SECRET") || setting == super::SESSION_SECRET {
            return Err(settings.fault("SSO_ISSUERS", "names of secrets, like SSO_FOTW_SECRET"));
        }
        Ok(Issuer { iss, name, secret: settings.text(setting).map(Secret::new) })
    };
    entries.into_iter().map(issuer).collect()
}

/// Settings beside the known ones that `SSO_ISSUERS` names as secrets.
pub(super) fn is_named(settings: &Settings, key: &str) -> bool {
    settings.text("SSO_ISSUERS").is_some_and(|text| text.contains(&format!("\"{key}\"")))
}

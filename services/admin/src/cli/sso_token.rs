use crate::{
    desk::{self, Desk},
    exit::Failure,
    output::Report,
};
use anyhow::{Context, bail};
use auth::token::{self, Claims};
use serde_json::{Value, json};
use std::collections::HashMap;
use truth::settings::{Identity, Settings};
use wire::{
    BusId, EpochSec,
    system::{service_env, truth_doc},
};

const GATEWAY: &str = "sse";
const SHARED: &str = "WP_JWT_SECRET";

/// Print a sign-in token as a member site would issue it, for development, tests and the deploy check
///
/// The browser signs in with it at /api/auth/sso?sso=<token>, once. It is signed with the secret that the gateway
/// is configured with in the loaded Truth.
#[derive(Debug, clap::Args)]
pub(super) struct SsoToken {
    /// User id at the site
    #[arg(long, value_name = "ID")]
    sub: String,
    /// Address of the user
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// What the user has subscribed to: observer, activator, navigator, coaching
    #[arg(long, value_name = "TIER")]
    tier: Option<String>,
    /// Roles at the site, comma-separated; administrator gives the right to admin routes
    #[arg(long, value_name = "ROLES", value_delimiter = ',')]
    roles: Vec<String>,
    /// Name of the user, by default the address before its @
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The site, one of the gateway's SSO_ISSUERS
    #[arg(long, value_name = "ISS", default_value = "fotw")]
    issuer: String,
    /// Seconds until the token is too old
    #[arg(long, value_name = "SEC", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86400))]
    ttl: u32,
    /// Do it on a production node too
    #[arg(long)]
    yes: bool,
}

impl SsoToken {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let settings = settings(desk).await?;
        if settings.node_env() == "production" && !self.yes {
            bail!(
                "this is a production node: the token would admit anybody who holds it; --yes if that is meant"
            );
        }
        let secret = secret(&settings, &self.issuer)?;
        // With its fraction: two tokens of one second are two tokens.
        let (iat, ttl) = (desk::now(), f64::from(self.ttl));
        let roles = self.roles.iter().map(|role| role.trim().to_owned()).filter(|role| !role.is_empty());
        let claims = Claims {
            iss: self.issuer.clone(),
            sub: self.sub,
            email: self.email,
            name: self.name,
            roles: roles.collect(),
            subscription_tier: self.tier,
            is_admin: false,
            iat,
            exp: EpochSec::new(iat.seconds() + ttl),
        };
        let token = token::issue(&claims, secret.as_bytes());
        let fingerprint = auth::fingerprint(token.as_bytes());
        let json =
            json!({"token": token, "issuer": self.issuer, "exp": claims.exp, "fingerprint": fingerprint});
        Ok(Report::new(json).line(token))
    }
}

/// The gateway's own view of the loaded Truth, secrets included.
async fn settings(desk: &Desk) -> anyhow::Result<Settings> {
    let document = desk.bus.get(&truth_doc(BusId::System)).await.context("read Truth")?;
    let document: Value = document.context("Truth is not loaded; ./admin load-truth loads it")?;
    let mapping = truth::registry::mapping(&desk.bus, GATEWAY).await.context("read the registry")?;
    let overrides = desk.bus.fields(&service_env(GATEWAY)).await.context("read overrides")?;
    let identity = Identity {
        service_id: GATEWAY.into(),
        component: mapping.component,
        secret_scope: mapping.secret_scope,
    };
    Settings::from_document(document, identity, overrides, HashMap::new(), 0)
        .context("read the gateway's settings")
}

/// What tokens of `issuer` are signed with.
fn secret(settings: &Settings, issuer: &str) -> anyhow::Result<String> {
    let known: Value =
        serde_json::from_str(&settings.text_or("SSO_ISSUERS", "{}")).context("read SSO_ISSUERS")?;
    let Some(entry) = known.get(issuer) else {
        let named: Vec<&str> = known.as_object().into_iter().flatten().map(|(iss, _)| iss.as_str()).collect();
        return Err(Failure::Usage(format!("--issuer: expected one of {}", named.join(", "))).into());
    };
    let named = entry.as_str().or_else(|| entry.get("secret").and_then(Value::as_str)).unwrap_or(SHARED);
    settings.text(named).with_context(|| {
        format!("{named} is not set: put it into truth_secrets.json, then ./admin load-truth and restart the gateway")
    })
}

//! What sessions are signed with, and what other services know us by.

use crate::{app::App, config::Config};
use arc_swap::ArcSwapOption;
use std::sync::Arc;
use tracing::{info, warn};
use wire::access::DEV_SECRET;

/// Both are there from the start where they are configured; else they come from system-redis.
#[derive(Debug)]
pub(crate) struct Secrets(ArcSwapOption<Held>);

struct Held {
    session: Vec<u8>,
    internal: String,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Secrets {
    pub(crate) fn new(config: &Config) -> Self {
        let secrets = Self(ArcSwapOption::empty());
        if let Some(secret) = &config.session_secret {
            secrets.hold(config, secret.expose());
        }
        secrets
    }

    /// Signs sessions; `None` while it is not known.
    pub(crate) fn session(&self) -> Option<Vec<u8>> {
        self.0.load().as_ref().map(|held| held.session.clone())
    }

    /// Asks `judge` with the session secret.
    pub(crate) fn with<T>(&self, judge: impl FnOnce(&[u8]) -> T) -> Option<T> {
        self.0.load().as_ref().map(|held| judge(&held.session))
    }

    /// The value of `X-Internal-Auth`; `None` while there is neither it nor a secret to derive it from.
    pub(crate) fn internal(&self, config: &Config) -> Option<String> {
        let configured = config.internal_token.as_ref().map(|token| token.expose().to_owned());
        configured.or_else(|| self.0.load().as_ref().map(|held| held.internal.clone()))
    }

    fn hold(&self, config: &Config, secret: &str) {
        let session = secret.as_bytes().to_vec();
        let internal = match &config.internal_token {
            Some(token) => token.expose().to_owned(),
            None => auth::identity::internal_token(&session),
        };
        self.0.store(Some(Arc::new(Held { session, internal })));
    }
}

/// Takes the secret that the node's services share, drawing it where nobody did: only in public mode, outside
/// production, where none is configured. Call it whenever system-redis is there (again).
pub(crate) async fn borrow(app: &App) -> Result<(), bus::Error> {
    let config = &app.config;
    if config.session_secret.is_some() || !config.public_mode || config.is_production {
        return Ok(());
    }
    let drawn = match app.secrets.session() {
        // A server that came back empty gets the old one again: sessions go on.
        Some(held) => String::from_utf8_lossy(&held).into_owned(),
        None => format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>()),
    };
    app.bus.put_new(&DEV_SECRET, &drawn).await?;
    let Some(shared) = app.bus.text(&DEV_SECRET).await? else { return Ok(()) };
    if shared.len() < 32 {
        warn!(key = %DEV_SECRET.name, "secret is too short to sign with");
        return Ok(());
    }
    if app.secrets.session().is_none_or(|held| held != shared.as_bytes()) {
        app.secrets.hold(config, &shared);
        let fingerprint = auth::fingerprint(shared.as_bytes());
        info!(name = %DEV_SECRET.name, fingerprint, "secret shared by the node");
    }
    Ok(())
}

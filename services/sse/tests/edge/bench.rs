//! The edge with everything behind it.

use crate::{
    browser::Browser,
    client::Answer,
    echo::Echo,
    nginx::{Behind, Nginx},
    setup::Gateway,
};
use auth::{
    Session, Wp,
    token::{self, Claims},
};
use serde_json::{Value, json};
use sse::{Config, Issuer};
use std::time::SystemTime;
use tempfile::TempDir;
use testkit::{Rig, free_port, wait};
use truth::secret::Secret;
use wire::{EpochSec, access};

pub(crate) const SESSION_SECRET: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const WP_SECRET: &str = "wordpress-secret-of-thirty-two-bytes!";
pub(crate) const OTHER_SECRET: &str = "the other issuer's own secret, also long";
pub(crate) const KNOWN_ORIGIN: &str = "https://desk.example.org";

pub(crate) struct Edge {
    pub(crate) browser: Browser,
    pub(crate) nginx: Nginx,
    pub(crate) gateway: Gateway,
    pub(crate) journal: Option<Echo>,
    pub(crate) copilot: Option<Echo>,
    _others: [Echo; 2],
    _page: TempDir,
}

impl Edge {
    /// A closed gateway (no public mode) behind nginx.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub(crate) async fn start_with(edit: impl FnOnce(&mut Config)) -> Self {
        let page = tempfile::tempdir().unwrap();
        std::fs::write(page.path().join("index.html"), "<!doctype html><title>page</title>").unwrap();
        let journal = Echo::start("journal").await;
        let vexy = Echo::start("vexy_ai").await;
        let vexy_proxy = Echo::start("vexy_proxy").await;
        let copilot = Echo::start("copilot").await;
        let (port, verify) = (free_port(), free_port());
        let url = |echo: &Echo| format!("http://127.0.0.1:{}", echo.port);
        let upstreams = sse::Upstreams {
            journal: url(&journal),
            vexy: url(&vexy),
            vexy_proxy: url(&vexy_proxy),
            copilot: url(&copilot),
        };
        let gateway = Gateway::start_in(Rig::new().await, port, |config| {
            config.auth_port = verify;
            config.public_mode = false;
            config.session_secret = Some(Secret::new(SESSION_SECRET));
            config.cors_origins = vec![KNOWN_ORIGIN.into()];
            config.ui_dist = page.path().to_str().unwrap().into();
            config.upstreams = upstreams;
            config.sso.issuers = [("fotw", WP_SECRET), ("0-dte", OTHER_SECRET)]
                .map(|(name, secret)| Issuer {
                    iss: name.into(),
                    name: name.into(),
                    secret: Some(Secret::new(secret)),
                })
                .into();
            edit(config);
        })
        .await;
        let nginx = Nginx::start(Behind {
            sse: port,
            verify,
            journal: journal.port,
            vexy: vexy.port,
            vexy_proxy: vexy_proxy.port,
            copilot: copilot.port,
            // The gateway serves the page too.
            page: port,
        })
        .await;
        let browser = Browser::new(nginx.tls, &nginx.certificate());
        Self {
            browser,
            nginx,
            gateway,
            journal: Some(journal),
            copilot: Some(copilot),
            _others: [vexy, vexy_proxy],
            _page: page,
        }
    }

    /// GET as `member`.
    pub(crate) async fn get_as(&self, member: &Session, path: &str) -> Answer {
        self.browser.get(path, &[("Cookie", &cookie(member))]).await
    }

    /// Stores a document of gates and waits until it is in force.
    pub(crate) async fn gate(&self, gates: Value) {
        let is_seen = |health: Value| health["gates"] == "ok";
        self.gateway.rig.bus.set(&access::TIER_GATES, &gates).await.unwrap();
        let updated = access::GatesUpdated { updated_at: "2027-02-03T10:15:00Z".into() };
        self.gateway.rig.bus.publish(&access::TIER_GATES_UPDATED, &updated).await.unwrap();
        wait("the gates are in force", || async {
            is_seen(crate::client::get(self.gateway.port, "/api/health").await.json())
        })
        .await;
    }
}

/// Gates that bar observers, and journals for activators.
pub(crate) fn gates() -> Value {
    json!({
        "mode": "tier_gated", "updated_at": "2027-02-03T10:15:00Z",
        "allowed_tiers": {"observer": false, "activator": true, "navigator": true, "coaching": true},
        "defaults": {"journal_access": {"type": "boolean", "label": "Journal", "value": true}},
        "tiers": {"activator": {"journal_access": false}},
    })
}

pub(crate) fn now() -> EpochSec {
    SystemTime::now().into()
}

/// A session of `tier` that holds for an hour.
pub(crate) fn member(tier: &str) -> Session {
    let iat = now().whole();
    Session {
        iat,
        exp: EpochSec::new(iat.seconds() + 3600.0),
        sid: format!("sid-{tier}"),
        uid: Some(57),
        wp: Wp {
            issuer: "fotw".into(),
            id: "3391".into(),
            email: "rita@example.org".into(),
            name: "Rïta Ö".into(),
            roles: vec!["subscriber".into(), tier.into()],
            subscription_tier: None,
            is_admin: false,
        },
    }
}

pub(crate) fn cookie(member: &Session) -> String {
    format!("ms_session={}", member.sign(SESSION_SECRET.as_bytes()))
}

/// A sign-in token of a navigator, good for a minute, different each time.
pub(crate) fn token() -> String {
    let now = now().whole();
    let claims = Claims {
        iss: "fotw".into(),
        sub: format!("{:x}", rand::random::<u64>()),
        email: "rita@example.org".into(),
        name: None,
        roles: vec!["subscriber".into()],
        subscription_tier: Some("Navigator Membership".into()),
        is_admin: false,
        iat: now,
        exp: EpochSec::new(now.seconds() + 60.0),
    };
    token::issue(&claims, WP_SECRET.as_bytes())
}

//! Settings of the gateway: component `sse` of Truth, and component `ui` for its static mode.

mod sso;

pub use sso::{Issuer, Sso};

use crate::upstreams;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tracing::warn;
use truth::{
    secret::Secret,
    settings::{Configure, Fault, Settings},
};
use web::Network;

const SECRET_BYTES: usize = 32;
const SECRET_OF_EXAMPLES: &str = "change-me";
const SESSION_SECRET: &str = "APP_SESSION_SECRET";

/// What the gateway is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Port of API, streams and page.
    pub port: u16,
    /// Port on which nginx asks who calls; never a browser's.
    pub auth_port: u16,
    /// MySQL; `None`: users are not stored.
    pub database_url: Option<Secret>,
    /// Sign-in from member sites.
    pub sso: Sso,
    /// Life of a session, seconds.
    pub session_ttl_sec: u64,
    /// Proves to other services that a request comes from here; `None`: derived from the session secret.
    pub internal_token: Option<Secret>,
    /// Domain of the session cookie; `None`: derived from the host.
    pub cookie_domain: Option<String>,
    /// Where the page for refused tiers leads.
    pub tier_redirect_url: Option<String>,
    /// Services that requests are passed to.
    pub upstreams: Upstreams,
    /// Whether the node serves the public.
    pub is_production: bool,
    /// Whether everybody is admitted as one fixed user.
    pub public_mode: bool,
    /// Roles of that user.
    pub public_roles: Vec<String>,
    /// Signs sessions.
    pub session_secret: Option<Secret>,
    /// Origins beside the own that may call with credentials.
    pub cors_origins: Vec<String>,
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// Buttons of the sign-in page.
    pub login_sites: Vec<LoginSite>,
    /// Symbols asked for at start; others join when they are heard.
    pub symbols: Vec<String>,
    /// Milliseconds between two readings of models that have no channel.
    pub poll_interval_ms: u64,
    /// Milliseconds between two readings of the spot trails.
    pub candle_poll_interval_ms: u64,
    /// Seconds of silence after which a reader gets a sign of life.
    pub keepalive_sec: u64,
    /// Least milliseconds between two frames of one state; 0: every newest value as soon as the socket takes it.
    pub min_interval_ms: u64,
    /// Streams in all.
    pub max_clients: usize,
    /// Streams of one user.
    pub max_streams_per_user: usize,
    /// Events kept for readers that come back: frames, bytes, seconds.
    pub ring: (usize, usize, u64),
    /// Folder of the built page.
    pub ui_dist: String,
}

/// Base URLs of the services that requests are passed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstreams {
    /// The journal.
    pub journal: String,
    /// Vexy.
    pub vexy: String,
    /// Vexy's chat.
    pub vexy_proxy: String,
    /// Copilot.
    pub copilot: String,
}

/// A site that members sign in at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LoginSite {
    /// What the button says.
    pub label: String,
    /// Where it leads; `{redirect}` is replaced.
    pub url: String,
}

const SYMBOLS: [&str; 17] = [
    "I:SPX", "I:NDX", "I:VIX", "I:RUT", "I:XSP", "SPY", "QQQ", "AAPL", "AMD", "AMZN", "GOOGL", "META",
    "MSFT", "NVDA", "TSLA", "DIA", "IWM",
];
const OWN_NETWORKS: [&str; 5] = ["127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
const KEYS: [&str; 35] = [
    "SSE_PORT",
    "AUTH_PORT",
    "DATABASE_URL",
    "WP_JWT_SECRET",
    "SSO_ISSUERS",
    "SSO_FOTW_SECRET",
    "SSO_0DTE_SECRET",
    "SSO_AUDIENCE",
    "TIER_BYPASS_ISSUERS",
    "APP_SESSION_TTL_SECONDS",
    "INTERNAL_TOKEN",
    "COOKIE_DOMAIN",
    "TIER_REDIRECT_URL",
    "JOURNAL_URL",
    "VEXY_URL",
    "VEXY_PROXY_URL",
    "COPILOT_URL",
    "PUBLIC_MODE",
    "PUBLIC_MODE_ROLES",
    "ALLOW_PUBLIC_IN_PRODUCTION",
    SESSION_SECRET,
    "CORS_ORIGINS",
    "TRUSTED_PROXIES",
    "LOGIN_SITES",
    "SSE_SYMBOLS",
    "SSE_POLL_INTERVAL_MS",
    "SSE_CANDLE_POLL_INTERVAL_MS",
    "SSE_KEEPALIVE_SEC",
    "SSE_MIN_INTERVAL_MS",
    "SSE_MAX_CLIENTS",
    "SSE_MAX_STREAMS_PER_USER",
    "SSE_RING_EVENTS",
    "SSE_RING_BYTES",
    "SSE_RING_SEC",
    "UI_DIST",
];

impl Default for Upstreams {
    fn default() -> Self {
        Self {
            journal: "http://journal:3002".into(),
            vexy: "http://vexy_ai:3005".into(),
            vexy_proxy: "http://vexy_proxy:3006".into(),
            copilot: "http://copilot:8095".into(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 3001,
            auth_port: 3011,
            database_url: None,
            sso: Sso::default(),
            session_ttl_sec: 86_400,
            internal_token: None,
            cookie_domain: None,
            tier_redirect_url: None,
            upstreams: Upstreams::default(),
            is_production: false,
            public_mode: true,
            public_roles: vec!["administrator".into()],
            session_secret: None,
            cors_origins: Vec::new(),
            trusted_proxies: OWN_NETWORKS.iter().filter_map(|network| network.parse().ok()).collect(),
            login_sites: Vec::new(),
            symbols: SYMBOLS.map(str::to_owned).to_vec(),
            poll_interval_ms: 250,
            candle_poll_interval_ms: 5000,
            keepalive_sec: 15,
            min_interval_ms: 250,
            max_clients: 5000,
            max_streams_per_user: 24,
            ring: (20_000, 67_108_864, 900),
            ui_dist: "/app/ui".into(),
        }
    }
}

impl Configure for Config {
    fn read(settings: &Settings) -> Result<Self, Fault> {
        warn_of_unknown(settings, |key| KEYS.contains(&key) || sso::is_named(settings, key));
        let usual = Self::default();
        let networks = settings.list("TRUSTED_PROXIES", &OWN_NETWORKS);
        let networks: Result<_, _> = networks.iter().map(|network| network.parse::<Network>()).collect();
        let sites = settings.text_or("LOGIN_SITES", "[]");
        let (events, bytes, seconds) = usual.ring;
        let config = Self {
            port: settings.number("SSE_PORT", usual.port)?,
            auth_port: settings.number("AUTH_PORT", usual.auth_port)?,
            database_url: settings.text("DATABASE_URL").map(Secret::new),
            sso: Sso::read(settings)?,
            session_ttl_sec: settings.number("APP_SESSION_TTL_SECONDS", usual.session_ttl_sec)?,
            internal_token: settings.text("INTERNAL_TOKEN").map(Secret::new),
            cookie_domain: settings.text("COOKIE_DOMAIN"),
            tier_redirect_url: settings.text("TIER_REDIRECT_URL"),
            upstreams: Upstreams {
                journal: url(settings, "JOURNAL_URL", &usual.upstreams.journal)?,
                vexy: url(settings, "VEXY_URL", &usual.upstreams.vexy)?,
                vexy_proxy: url(settings, "VEXY_PROXY_URL", &usual.upstreams.vexy_proxy)?,
                copilot: url(settings, "COPILOT_URL", &usual.upstreams.copilot)?,
            },
            is_production: settings.node_env() == "production",
            // Whoever leaves it out of Truth gets the safe one.
            public_mode: settings.flag("PUBLIC_MODE", false)?,
            public_roles: settings.list("PUBLIC_MODE_ROLES", &["administrator"]),
            session_secret: settings.text(SESSION_SECRET).map(Secret::new),
            cors_origins: settings.list("CORS_ORIGINS", &[]),
            trusted_proxies: networks.map_err(|_bad| {
                settings.fault("TRUSTED_PROXIES", "networks like 10.0.0.0/8, comma-separated")
            })?,
            login_sites: serde_json::from_str(&sites)
                .map_err(|_shape| settings.fault("LOGIN_SITES", "a JSON array of {label, url}"))?,
            symbols: settings.list("SSE_SYMBOLS", &SYMBOLS),
            poll_interval_ms: settings.number("SSE_POLL_INTERVAL_MS", usual.poll_interval_ms)?,
            candle_poll_interval_ms: settings
                .number("SSE_CANDLE_POLL_INTERVAL_MS", usual.candle_poll_interval_ms)?,
            keepalive_sec: settings.number("SSE_KEEPALIVE_SEC", usual.keepalive_sec)?,
            min_interval_ms: settings.number("SSE_MIN_INTERVAL_MS", usual.min_interval_ms)?,
            max_clients: settings.number("SSE_MAX_CLIENTS", usual.max_clients)?,
            max_streams_per_user: settings.number("SSE_MAX_STREAMS_PER_USER", usual.max_streams_per_user)?,
            ring: (
                settings.number("SSE_RING_EVENTS", events)?,
                settings.number("SSE_RING_BYTES", bytes)?,
                settings.number("SSE_RING_SEC", seconds)?,
            ),
            ui_dist: settings.text_or("UI_DIST", &usual.ui_dist),
        };
        config.check(settings)?;
        Ok(config)
    }
}

impl Config {
    /// What the types cannot say.
    fn check(&self, settings: &Settings) -> Result<(), Fault> {
        let at_least_one = [
            ("SSE_POLL_INTERVAL_MS", self.poll_interval_ms),
            ("SSE_CANDLE_POLL_INTERVAL_MS", self.candle_poll_interval_ms),
            ("SSE_KEEPALIVE_SEC", self.keepalive_sec),
            ("APP_SESSION_TTL_SECONDS", self.session_ttl_sec),
        ];
        if let Some((key, _)) = at_least_one.into_iter().find(|&(_, value)| value == 0) {
            return Err(settings.fault(key, "at least 1"));
        }
        if !self.public_mode && !self.session_secret.as_ref().is_some_and(is_usable) {
            return Err(
                settings.fault(SESSION_SECRET, "a secret of at least 32 bytes while PUBLIC_MODE is 0")
            );
        }
        if self.internal_token.as_ref().is_some_and(|token| !is_usable(token)) {
            return Err(settings.fault("INTERNAL_TOKEN", "a secret of at least 32 bytes, or nothing"));
        }
        let is_exposed = self.public_mode && self.is_production;
        if self.tier_redirect_url.as_deref().is_some_and(|url| !is_web(url)) {
            return Err(settings.fault("TIER_REDIRECT_URL", "an http or https URL"));
        }
        if is_exposed && !settings.flag("ALLOW_PUBLIC_IN_PRODUCTION", false)? {
            return Err(
                settings.fault("PUBLIC_MODE", "0 in production, unless ALLOW_PUBLIC_IN_PRODUCTION is 1")
            );
        }
        Ok(())
    }

    /// Silence after which a reader gets a sign of life.
    pub(crate) const fn keep_alive(&self) -> Duration {
        Duration::from_secs(self.keepalive_sec)
    }
}

/// A base URL without the slash at its end.
fn url(settings: &Settings, key: &str, usual: &str) -> Result<String, Fault> {
    let url = settings.text_or(key, usual);
    if upstreams::authority(&url).is_none() {
        return Err(settings.fault(key, "a URL like http://journal:3002"));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

fn is_web(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

fn is_usable(secret: &Secret) -> bool {
    secret.expose().len() >= SECRET_BYTES && secret.expose() != SECRET_OF_EXAMPLES
}

/// What the static mode is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaticConfig {
    /// Port of the page.
    pub port: u16,
    /// Folder of the built page.
    pub ui_dist: String,
}

impl Default for StaticConfig {
    fn default() -> Self {
        Self { port: 5173, ui_dist: "/app/ui".into() }
    }
}

impl Configure for StaticConfig {
    fn read(settings: &Settings) -> Result<Self, Fault> {
        warn_of_unknown(settings, |key| matches!(key, "STATIC_PORT" | "UI_DIST"));
        let usual = Self::default();
        Ok(Self {
            port: settings.number("STATIC_PORT", usual.port)?,
            ui_dist: settings.text_or("UI_DIST", &usual.ui_dist),
        })
    }
}

fn warn_of_unknown(settings: &Settings, is_known: impl Fn(&str) -> bool) {
    for key in settings.declared().into_iter().filter(|key| !is_known(key)) {
        warn!(key = format!("components/{}/env/{key}", settings.component_id()), "unknown setting");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::collections::{BTreeMap, HashMap};
    use truth::settings::Identity;

    fn component(id: &str) -> Value {
        let file = format!("{}/../../truth/components/{id}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
    }

    fn settings(id: &str, node_env: &str, edit: &[(&str, Value)], secrets: Value) -> Settings {
        let mut component = component(id);
        for (key, value) in edit {
            component["env"][*key] = value.clone();
        }
        let document =
            json!({"node": {"env": node_env}, "components": {id: component}, "secrets": {id: secrets}});
        Settings::from_document(document, Identity::of(id), BTreeMap::new(), HashMap::new(), 1).unwrap()
    }

    fn read_with(edit: &[(&str, Value)], secrets: Value) -> Result<Config, Fault> {
        Config::read(&settings("sse", "dev", edit, secrets))
    }

    fn read(node_env: &str, edit: &[(&str, Value)], secret: &str) -> Result<Config, Fault> {
        Config::read(&settings("sse", node_env, edit, json!({"app_session_secret": secret})))
    }

    #[test]
    fn the_shipped_components_are_the_defaults() {
        assert_eq!(read("dev", &[], ""), Ok(Config::default()));
        let shipped = StaticConfig::read(&settings("ui", "dev", &[], json!({})));
        assert_eq!(shipped, Ok(StaticConfig::default()));
        let mut declared: Vec<_> = component("sse")["env"].as_object().unwrap().keys().cloned().collect();
        let mut known = KEYS.map(str::to_owned);
        declared.sort_unstable();
        known.sort_unstable();
        assert_eq!(declared, known);
    }

    #[test]
    fn without_public_mode_a_session_secret_is_needed() {
        let closed = [("PUBLIC_MODE", json!("0"))];
        for bad in ["", "short", "change-me"] {
            let fault = read("dev", &closed, bad).unwrap_err();
            assert!(fault.place.ends_with("/APP_SESSION_SECRET"), "{fault}");
            assert!(bad.is_empty() || !fault.to_string().contains(bad));
        }
        assert!(!read("dev", &closed, "0123456789abcdef0123456789abcdef").unwrap().public_mode);
        let silent = read("dev", &[("PUBLIC_MODE", Value::Null)], "");
        assert!(silent.unwrap_err().place.ends_with("/APP_SESSION_SECRET"), "left out is 0");
    }

    #[test]
    fn public_mode_in_production_must_be_meant() {
        let fault = read("production", &[], "").unwrap_err();
        assert!(fault.place.ends_with("/PUBLIC_MODE"), "{fault}");
        assert!(read("production", &[("ALLOW_PUBLIC_IN_PRODUCTION", json!(1))], "").is_ok());
    }

    #[test]
    fn a_wrong_value_names_its_place() {
        for (key, value) in [
            ("SSE_PORT", json!("http")),
            ("TRUSTED_PROXIES", json!("10.0.0.0/99")),
            ("LOGIN_SITES", json!("{}")),
            ("SSE_KEEPALIVE_SEC", json!(0)),
            ("APP_SESSION_TTL_SECONDS", json!(0)),
            ("SSO_ISSUERS", json!("[]")),
            ("SSO_ISSUERS", json!(r#"{"fotw":7}"#)),
            ("SSO_ISSUERS", json!(r#"{"fotw":"SSE_PORT"}"#)),
            ("SSO_ISSUERS", json!(r#"{"fotw":"APP_SESSION_SECRET"}"#)),
            ("INTERNAL_TOKEN", json!("short")),
            ("TIER_REDIRECT_URL", json!("javascript:alert(1)")),
            ("JOURNAL_URL", json!("journal:3002")),
        ] {
            let fault = read("dev", &[(key, value)], "").unwrap_err();
            assert!(fault.place.ends_with(&format!("/{key}")), "{fault}");
        }
    }

    #[test]
    fn each_issuer_has_the_secret_that_is_named_or_the_shared_one() {
        let issuers = json!(
            r#"{"fotw":null,"0-dte":"SSO_0DTE_SECRET","https://members.example.org":{"name":"club","secret":null}}"#
        );
        let secrets = json!({"wp_jwt_secret": "shared", "sso_0dte_secret": "own"});
        let sso = read_with(&[("SSO_ISSUERS", issuers)], secrets).unwrap().sso;
        let read = |iss: &str| {
            let issuer = sso.issuers.iter().find(|issuer| issuer.iss == iss).unwrap();
            (issuer.name.clone(), issuer.secret.as_ref().unwrap().expose().to_owned())
        };
        assert_eq!(read("fotw"), ("fotw".into(), "shared".into()));
        assert_eq!(read("0-dte"), ("0-dte".into(), "own".into()));
        assert_eq!(read("https://members.example.org"), ("club".into(), "shared".into()));
    }
}

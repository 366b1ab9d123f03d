//! Settings of the gateway: component `sse` of Truth, and component `ui` for its static mode.

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

/// What the gateway is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Port of API, streams and page.
    pub port: u16,
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

/// A site that members sign in at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
const KEYS: [&str; 19] = [
    "SSE_PORT",
    "PUBLIC_MODE",
    "PUBLIC_MODE_ROLES",
    "ALLOW_PUBLIC_IN_PRODUCTION",
    "APP_SESSION_SECRET",
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

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 3001,
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
        warn_of_unknown(settings, &KEYS);
        let usual = Self::default();
        let networks = settings.list("TRUSTED_PROXIES", &OWN_NETWORKS);
        let networks: Result<_, _> = networks.iter().map(|network| network.parse::<Network>()).collect();
        let sites = settings.text_or("LOGIN_SITES", "[]");
        let (events, bytes, seconds) = usual.ring;
        let config = Self {
            port: settings.number("SSE_PORT", usual.port)?,
            // Whoever leaves it out of Truth gets the safe one.
            public_mode: settings.flag("PUBLIC_MODE", false)?,
            public_roles: settings.list("PUBLIC_MODE_ROLES", &["administrator"]),
            session_secret: settings.text("APP_SESSION_SECRET").map(Secret::new),
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
        ];
        if let Some((key, _)) = at_least_one.into_iter().find(|&(_, value)| value == 0) {
            return Err(settings.fault(key, "at least 1"));
        }
        if !self.public_mode && !self.session_secret.as_ref().is_some_and(is_usable) {
            return Err(
                settings.fault("APP_SESSION_SECRET", "a secret of at least 32 bytes while PUBLIC_MODE is 0")
            );
        }
        let is_exposed = self.public_mode && settings.node_env() == "production";
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
        warn_of_unknown(settings, &["STATIC_PORT", "UI_DIST"]);
        let usual = Self::default();
        Ok(Self {
            port: settings.number("STATIC_PORT", usual.port)?,
            ui_dist: settings.text_or("UI_DIST", &usual.ui_dist),
        })
    }
}

fn warn_of_unknown(settings: &Settings, known: &[&str]) {
    for key in settings.declared().into_iter().filter(|key| !known.contains(key)) {
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
        ] {
            let fault = read("dev", &[(key, value)], "").unwrap_err();
            assert!(fault.place.ends_with(&format!("/{key}")), "{fault}");
        }
    }
}

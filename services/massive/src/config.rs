//! Settings of massive: component `massive` of Truth, its secrets, and nothing else.

pub(crate) mod chains;
mod limits;
mod models;

pub use chains::{ChainTerms, Chains};
pub use limits::Limits;
pub use models::{Capture, Models, Pricing, ProfileSource, Profiles};

use serde::{Deserialize, de::IgnoredAny};
use std::{collections::BTreeMap, time::Duration};
use truth::{
    secret::Secret,
    settings::{Configure, Fault, Settings},
};

/// Whose time the market follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockSource {
    /// The host's.
    System,
    /// The server's, polled.
    Server,
}

/// Which steps the connectivity probe takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Probes {
    /// Probe at once, not only after the first interval.
    pub on_start: bool,
    /// Seconds between two probes.
    pub interval_sec: f64,
    /// Seconds that one step may take.
    pub timeout_sec: f64,
    /// Resolve the host names.
    pub dns: bool,
    /// Connect.
    pub tcp: bool,
    /// Shake hands, where the URL asks for TLS.
    pub https: bool,
    /// Ask for the market status.
    pub vendor: bool,
}

/// What massive is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where REST is: scheme, host, port.
    pub base_url: String,
    /// Where the WebSocket paths are: scheme, host, port.
    pub ws_base: String,
    /// Whose time the market follows.
    pub clock: ClockSource,
    /// The vendor's key; `None`: the simulator is asked.
    pub api_key: Option<Secret>,
    /// Indices.
    pub spot_symbols: Vec<String>,
    /// Funds with a full snapshot.
    pub stock_symbols: Vec<String>,
    /// Further spot symbols.
    pub stock_ws_symbols: Vec<String>,
    /// Seconds between two REST spots while a feed is down.
    pub spot_interval_sec: f64,
    /// Seconds of spot history that are kept.
    pub trail_window_sec: u64,
    /// Seconds that a spot history outlives its last point.
    pub trail_ttl_sec: u64,
    /// First delay after a lost connection, seconds.
    pub ws_reconnect_delay_sec: f64,
    /// REST requests a second.
    pub rest_max_rps: f64,
    /// A write to Redis that takes longer is counted, seconds.
    pub redis_op_timeout_sec: f64,
    /// Option chains.
    pub chains: Chains,
    /// Models.
    pub models: Models,
    /// What is recorded.
    pub capture: Capture,
    /// The connectivity probe.
    pub probes: Probes,
    /// Namespaces to mark on market-redis.
    pub namespaces: Vec<String>,
    /// What the contract fixes.
    pub limits: Limits,
}

const LIVE: (&str, &str) = ("https://api.massive.com", "wss://socket.massive.com");
const OFFLINE: (&str, &str) = ("http://exchange-sim:8790", "ws://exchange-sim:8790");

const SPOTS: [&str; 5] = ["I:SPX", "I:NDX", "I:VIX", "I:RUT", "I:XSP"];
const FUNDS: [&str; 2] = ["SPY", "QQQ"];
const STOCKS: [&str; 10] = ["AAPL", "AMD", "AMZN", "GOOGL", "META", "MSFT", "NVDA", "TSLA", "DIA", "IWM"];

/// Every key of the component's `env` block, but those of one underlying.
const KEYS: [&str; 38] = [
    "MASSIVE_BASE_URL",
    "MASSIVE_WS_BASE",
    "MASSIVE_CLOCK",
    "MASSIVE_SPOT_SYMBOLS",
    "MASSIVE_STOCK_SYMBOLS",
    "MASSIVE_STOCK_WS_SYMBOLS",
    "MASSIVE_SPOT_INTERVAL_SEC",
    "MASSIVE_SPOT_TRAIL_WINDOW_SEC",
    "MASSIVE_SPOT_TRAIL_TTL_SEC",
    "MASSIVE_WS_RECONNECT_DELAY_SEC",
    "MASSIVE_REST_MAX_RPS",
    "MASSIVE_REDIS_OP_TIMEOUT_SEC",
    "MASSIVE_CHAIN_SYMBOLS",
    "MASSIVE_CHAIN_INTERVAL_SEC",
    "MASSIVE_CHAIN_NUM_EXPIRATIONS",
    "MASSIVE_CHAIN_CONCURRENCY",
    "MASSIVE_HEATMAP_MAX_DTE",
    "MASSIVE_HEATMAP_INTERVAL_MS",
    "MASSIVE_HEATMAP_PRICING",
    "MASSIVE_GEX_INTERVAL_SEC",
    "MASSIVE_BIAS_LFI_INTERVAL_SEC",
    "MASSIVE_BIAS_LFI_SYMBOL",
    "MASSIVE_MODEL_LIVE_TTL_SEC",
    "MASSIVE_REPLAY_BUFFER_MINUTES",
    "MASSIVE_REPLAY_TTL_SEC",
    "MASSIVE_GREEKS_SOURCE",
    "MASSIVE_FORWARD",
    "MASSIVE_RATE",
    "MASSIVE_DIVIDEND",
    "MASSIVE_CAPTURE",
    "MASSIVE_CAPTURE_DIR",
    "NET_PROBE_ON_START",
    "NET_PROBE_INTERVAL_SEC",
    "NET_TIMEOUT_SEC",
    "NET_PROBE_DNS",
    "NET_PROBE_TCP",
    "NET_PROBE_HTTPS",
    "NET_PROBE_VENDOR",
];

impl Default for Config {
    fn default() -> Self {
        let own = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            base_url: OFFLINE.0.into(),
            ws_base: OFFLINE.1.into(),
            clock: ClockSource::Server,
            api_key: None,
            spot_symbols: own(&SPOTS),
            stock_symbols: own(&FUNDS),
            stock_ws_symbols: own(&STOCKS),
            spot_interval_sec: 1.0,
            trail_window_sec: 691_200,
            trail_ttl_sec: 777_600,
            ws_reconnect_delay_sec: 5.0,
            rest_max_rps: 20.0,
            redis_op_timeout_sec: 1.0,
            chains: Chains::default(),
            models: Models::default(),
            capture: Capture::default(),
            probes: Probes {
                on_start: true,
                interval_sec: 60.0,
                timeout_sec: 6.0,
                dns: true,
                tcp: true,
                https: true,
                vendor: true,
            },
            namespaces: own(&["market", "massive", "events"]),
            limits: Limits::default(),
        }
    }
}

/// The component's own block `market_redis_setup`.
#[derive(Debug, Default, Deserialize)]
struct RedisSetup {
    #[serde(default)]
    init_keys: Vec<String>,
    #[serde(flatten)]
    unknown: BTreeMap<String, serde_json::Value>,
}

impl Configure for Config {
    fn read(settings: &Settings) -> Result<Self, Fault> {
        let shipped = Self::default();
        let api_key = settings
            .secret("api_key")
            .or_else(|| settings.environment("MASSIVE_API_KEY").map(Secret::new))
            .filter(|key| !key.expose().trim().is_empty());
        let ends = if api_key.is_some() { LIVE } else { OFFLINE };
        let setup: RedisSetup = settings.block("market_redis_setup")?.unwrap_or_default();
        let config = Self {
            base_url: settings.text_or("MASSIVE_BASE_URL", ends.0).trim_end_matches('/').to_owned(),
            ws_base: settings.text_or("MASSIVE_WS_BASE", ends.1).trim_end_matches('/').to_owned(),
            clock: clock(settings, api_key.is_some())?,
            spot_symbols: settings.list("MASSIVE_SPOT_SYMBOLS", &SPOTS),
            stock_symbols: settings.list("MASSIVE_STOCK_SYMBOLS", &FUNDS),
            stock_ws_symbols: settings.list("MASSIVE_STOCK_WS_SYMBOLS", &STOCKS),
            spot_interval_sec: seconds(settings, "MASSIVE_SPOT_INTERVAL_SEC", shipped.spot_interval_sec)?,
            trail_window_sec: settings.number("MASSIVE_SPOT_TRAIL_WINDOW_SEC", shipped.trail_window_sec)?,
            trail_ttl_sec: settings.number("MASSIVE_SPOT_TRAIL_TTL_SEC", shipped.trail_ttl_sec)?,
            ws_reconnect_delay_sec: seconds(
                settings,
                "MASSIVE_WS_RECONNECT_DELAY_SEC",
                shipped.ws_reconnect_delay_sec,
            )?,
            rest_max_rps: seconds(settings, "MASSIVE_REST_MAX_RPS", shipped.rest_max_rps)?,
            redis_op_timeout_sec: seconds(
                settings,
                "MASSIVE_REDIS_OP_TIMEOUT_SEC",
                shipped.redis_op_timeout_sec,
            )?,
            chains: Chains::read(settings)?,
            models: Models::read(settings)?,
            capture: Capture::read(settings)?,
            probes: Probes {
                on_start: settings.flag("NET_PROBE_ON_START", true)?,
                interval_sec: seconds(settings, "NET_PROBE_INTERVAL_SEC", shipped.probes.interval_sec)?,
                timeout_sec: seconds(settings, "NET_TIMEOUT_SEC", shipped.probes.timeout_sec)?,
                dns: settings.flag("NET_PROBE_DNS", true)?,
                tcp: settings.flag("NET_PROBE_TCP", true)?,
                https: settings.flag("NET_PROBE_HTTPS", true)?,
                vendor: settings.flag("NET_PROBE_VENDOR", true)?,
            },
            namespaces: setup.init_keys,
            limits: shipped.limits,
            api_key,
        };
        config.check(settings)?;
        Ok(config)
    }
}

impl Config {
    /// What the types cannot say.
    fn check(&self, settings: &Settings) -> Result<(), Fault> {
        for (key, url, schemes) in [
            ("MASSIVE_BASE_URL", &self.base_url, ["http", "https"]),
            ("MASSIVE_WS_BASE", &self.ws_base, ["ws", "wss"]),
        ] {
            let is_base = reqwest::Url::parse(url).is_ok_and(|url| {
                schemes.contains(&url.scheme())
                    && url.has_host()
                    && url.query().is_none()
                    && url.path() == "/"
            });
            if !is_base {
                return Err(settings.fault(key, &format!("a URL like {}://host:port", schemes[1])));
            }
        }
        for (key, names, is_index) in [
            ("MASSIVE_SPOT_SYMBOLS", &self.spot_symbols, true),
            ("MASSIVE_STOCK_SYMBOLS", &self.stock_symbols, false),
            ("MASSIVE_STOCK_WS_SYMBOLS", &self.stock_ws_symbols, false),
        ] {
            if names.iter().any(|name| !is_symbol(name) || name.starts_with("I:") != is_index) {
                return Err(
                    settings.fault(key, if is_index { "indices like I:SPX" } else { "tickers like SPY" })
                );
            }
        }
        let is_spot = |name| {
            [&self.spot_symbols, &self.stock_symbols, &self.stock_ws_symbols].iter().any(|l| l.contains(name))
        };
        if !self.chains.symbols.iter().all(is_spot) {
            return Err(settings.fault("MASSIVE_CHAIN_SYMBOLS", "symbols that are spot symbols, too"));
        }
        if self.trail_ttl_sec < self.trail_window_sec || self.trail_window_sec == 0 {
            return Err(settings.fault("MASSIVE_SPOT_TRAIL_TTL_SEC", "at least the window, above 0"));
        }
        Ok(())
    }

    /// The key as it is sent: the simulator takes any that is not empty.
    pub(crate) fn key(&self) -> Secret {
        self.api_key.clone().unwrap_or_else(|| Secret::new("offline"))
    }

    /// First delay after a lost connection.
    pub(crate) fn reconnect_delay(&self) -> Duration {
        Duration::from_secs_f64(self.ws_reconnect_delay_sec)
    }
}

/// Paths of settings that massive does not know, for one warning each.
pub(crate) fn unknown(settings: &Settings) -> Vec<String> {
    let component = format!("truth:doc:/components/{}", settings.component_id());
    let declared = settings.declared();
    let chains = Chains::read(settings).unwrap_or_default();
    let env = declared
        .into_iter()
        .filter(|key| !KEYS.contains(key) && !chains.is_known(key))
        .map(|key| format!("{component}/env/{key}"));
    let setup: RedisSetup = settings.block("market_redis_setup").ok().flatten().unwrap_or_default();
    let blocks = setup.unknown.into_keys().map(|key| format!("{component}/market_redis_setup/{key}"));
    let profile: BTreeMap<String, IgnoredAny> =
        settings.block("volume_profile").ok().flatten().unwrap_or_default();
    let profile = profile
        .into_keys()
        .filter(|key| !matches!(key.as_str(), "sources" | "days"))
        .map(|key| format!("{component}/volume_profile/{key}"));
    env.chain(blocks).chain(profile).collect()
}

fn clock(settings: &Settings, is_live: bool) -> Result<ClockSource, Fault> {
    match settings.text("MASSIVE_CLOCK").as_deref() {
        None if is_live => Ok(ClockSource::System),
        None => Ok(ClockSource::Server),
        Some("system") => Ok(ClockSource::System),
        Some("server") => Ok(ClockSource::Server),
        Some(_) => Err(settings.fault("MASSIVE_CLOCK", "system or server")),
    }
}

/// A number above zero.
fn seconds(settings: &Settings, key: &str, default: f64) -> Result<f64, Fault> {
    let value = settings.number(key, default)?;
    if value > 0.0 && value < 1e9 { Ok(value) } else { Err(settings.fault(key, "a number above 0")) }
}

fn is_symbol(name: &str) -> bool {
    let bare = name.strip_prefix("I:").unwrap_or(name);
    (1..=12).contains(&bare.len())
        && bare.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::collections::HashMap;
    use truth::settings::Identity;

    fn shipped() -> Value {
        serde_json::from_str(include_str!("../../../truth/components/massive.json")).unwrap()
    }

    fn settings(component: &Value, secret: &str, process: &[(&str, &str)]) -> Settings {
        let document =
            json!({"components": {"massive": component}, "secrets": {"massive": {"api_key": secret}}});
        let process: HashMap<_, _> = process.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect();
        Settings::from_document(document, Identity::of("massive"), BTreeMap::new(), process, 1).unwrap()
    }

    #[test]
    fn the_shipped_component_is_the_default() {
        let settings = settings(&shipped(), "", &[]);
        assert_eq!(Config::read(&settings), Ok(Config::default()));
        assert_eq!(unknown(&settings), [""; 0]);
        assert_eq!(settings.declared().len(), KEYS.len() + 2 * chains::PER_SYMBOL.len());
    }

    #[test]
    fn a_key_turns_to_the_vendor_and_what_is_set_stays() {
        let live = Config::read(&settings(&shipped(), "s3cret-key", &[])).unwrap();
        assert_eq!(
            (live.base_url.as_str(), live.ws_base.as_str(), live.clock),
            (LIVE.0, LIVE.1, ClockSource::System)
        );
        assert_eq!(live.key().expose(), "s3cret-key");
        let process = [("MASSIVE_API_KEY", "other"), ("MASSIVE_BASE_URL", "http://127.0.0.1:1/")];
        let other = Config::read(&settings(&shipped(), "", &process)).unwrap();
        assert_eq!((other.base_url.as_str(), other.ws_base.as_str()), ("http://127.0.0.1:1", LIVE.1));
        assert_eq!(other.key().expose(), "other");
        assert_eq!(Config::default().key().expose(), "offline");
        assert!(!format!("{live:?}").contains("s3cret"));
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_path() {
        for (key, value) in [
            ("MASSIVE_BASE_URL", "exchange-sim:8790"),
            ("MASSIVE_WS_BASE", "http://exchange-sim:8790"),
            ("MASSIVE_CLOCK", "sundial"),
            ("MASSIVE_SPOT_SYMBOLS", "SPX"),
            ("MASSIVE_STOCK_SYMBOLS", "SPY,qqq"),
            ("MASSIVE_SPOT_INTERVAL_SEC", "0"),
            ("MASSIVE_SPOT_INTERVAL_SEC", "NaN"),
            ("MASSIVE_REST_MAX_RPS", "-1"),
            ("MASSIVE_SPOT_TRAIL_TTL_SEC", "60"),
            ("MASSIVE_CHAIN_SYMBOLS", "I:DAX"),
            ("MASSIVE_CHAIN_SYMBOLS", "spx"),
            ("MASSIVE_CHAIN_INTERVAL_SEC", "0"),
            ("MASSIVE_CHAIN_NUM_EXPIRATIONS", "0"),
            ("MASSIVE_CHAIN_CONCURRENCY", "9"),
            ("MASSIVE_EM_MULT_SPX", "-1"),
            ("MASSIVE_STRIKE_INCREMENT_NDX", "0"),
            ("MASSIVE_FILTER_STRIKES_NDX", "some"),
            ("MASSIVE_WIDTHS_SPX", "20,wide"),
            ("MASSIVE_WIDTHS_SPX", "0,20"),
            ("MASSIVE_HEATMAP_INTERVAL_MS", "100"),
            ("MASSIVE_HEATMAP_PRICING", "guess"),
            ("MASSIVE_GREEKS_SOURCE", "vendor"),
            ("MASSIVE_FORWARD", "backward"),
            ("MASSIVE_RATE", "5"),
            ("MASSIVE_CAPTURE", "some"),
            ("MASSIVE_BIAS_LFI_SYMBOL", "spx"),
            ("NET_PROBE_DNS", "perhaps"),
        ] {
            let fault = Config::read(&settings(&shipped(), "", &[(key, value)])).unwrap_err();
            assert_eq!(fault.place, format!("truth:doc:/components/massive/env/{key}"), "{value}");
        }
    }

    #[test]
    fn unknown_settings_are_named() {
        let mut component = shipped();
        component["env"]["MASSIVE_SPOT_SYMBOL"] = json!("I:SPX");
        component["market_redis_setup"]["keys"] = json!([]);
        let place = "truth:doc:/components/massive";
        let expected =
            [format!("{place}/env/MASSIVE_SPOT_SYMBOL"), format!("{place}/market_redis_setup/keys")];
        assert_eq!(unknown(&settings(&component, "", &[])), expected);
    }
}

//! Settings of the simulator. It stands outside Truth: they come from the environment.

use crate::{price::chain::ChainSize, script::FaultForm};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};
use std::{
    collections::BTreeMap, fmt, path::PathBuf, str::FromStr, sync::Arc, time::Duration, time::Instant,
};

/// Which hours the market keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hours {
    /// 09:25 to 16:15, then 09:25 of the next trading date.
    Loop,
    /// The exchange's own hours.
    Nyse,
    /// Time stands still; a step moves it.
    Frozen,
}

/// Where market time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockSource {
    /// Starts at a date and time of its own.
    Sim,
    /// The host's clock, with the exchange's own hours.
    Host,
}

/// What happens to a connection too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// The new one is closed.
    RefuseNew,
    /// The oldest one is closed.
    EvictOld,
}

/// One event of a burst, as it was handed to the socket.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// Vendor ticker.
    pub symbol: &'static str,
    /// Price or value.
    pub value: f64,
    /// `t` of the event, Unix milliseconds.
    pub t_ms: i64,
    /// When.
    pub at: Instant,
}

/// Told of every burst event. For benches that run the simulator in process.
#[derive(Clone)]
pub struct SentHook(Arc<dyn Fn(&Sent) + Send + Sync>);

impl SentHook {
    /// `hear` runs on the sending task: keep it short.
    pub fn new(hear: impl Fn(&Sent) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }

    pub(crate) fn tell(&self, sent: &Sent) {
        (self.0)(sent);
    }
}

impl fmt::Debug for SentHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SentHook")
    }
}

/// All settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// `SIM_SEED`.
    pub seed: u64,
    /// `SIM_DATE`, first trading date; `None` is the first one from the host's date on.
    pub date: Option<NaiveDate>,
    /// `SIM_START`, New York time of day at process start.
    pub start: NaiveTime,
    /// `SIM_SPEED`, market seconds per second, 0.1 to 600.
    pub speed: f64,
    /// `SIM_HOURS`.
    pub hours: Hours,
    /// `SIM_CLOCK`.
    pub clock: ClockSource,
    /// `SIM_RATE_LIMIT`, requests per minute and key; 0 is none.
    pub rate_limit: u32,
    /// `SIM_API_KEYS`; empty is any.
    pub api_keys: Vec<String>,
    /// `SIM_MAX_CONNECTIONS` per key and path.
    pub max_connections: usize,
    /// `SIM_CONN_POLICY`.
    pub policy: Policy,
    /// `SIM_VIX0`, long-run and first VIX.
    pub vix0: f64,
    /// `SIM_SPOTS`, start values by ticker.
    pub spots: BTreeMap<String, f64>,
    /// `SIM_CHAIN`, how many contracts are listed.
    pub chain: ChainSize,
    /// `SIM_FAULTS`, set at start.
    pub faults: Vec<FaultForm>,
    /// `SIM_CHAIN_FILE`, a quote table that is served as the chain of its index.
    pub chain_file: Option<PathBuf>,
    /// `SIM_CHAIN_NOW`, the table's instant: Unix milliseconds. There with `chain_file`, and only then.
    pub chain_now_ms: Option<i64>,
    /// `SIM_REPLAY`, directory of a recorded day; it takes the market's place.
    pub replay: Option<PathBuf>,
    /// `SIM_BENCH`, option quotes per second on `/options` instead of the market's own; 0 is as fast as they are
    /// read.
    pub bench: Option<u32>,
    /// How long a client may stay without `auth`.
    pub auth_timeout: Duration,
    /// Hears of burst events.
    pub sent: Option<SentHook>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            date: None,
            start: NaiveTime::from_hms_opt(9, 25, 0).unwrap_or_default(),
            speed: 1.0,
            hours: Hours::Loop,
            clock: ClockSource::Sim,
            rate_limit: 0,
            api_keys: Vec::new(),
            max_connections: 1,
            policy: Policy::RefuseNew,
            vix0: 17.0,
            spots: BTreeMap::new(),
            chain: ChainSize::Full,
            faults: Vec::new(),
            chain_file: None,
            chain_now_ms: None,
            replay: None,
            bench: None,
            auth_timeout: Duration::from_secs(10),
            sent: None,
        }
    }
}

/// A setting that cannot be used.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{key}: expected {expected}")]
pub struct Invalid {
    key: &'static str,
    expected: &'static str,
}

impl Config {
    /// Reads the settings from `get`; an absent or empty one keeps its default.
    ///
    /// # Errors
    /// Names the variable and what it should hold.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, Invalid> {
        let text = |key: &str| get(key).filter(|value| !value.is_empty());
        let mut config = Self::default();
        set(&mut config.seed, text("SIM_SEED"), "SIM_SEED", "a whole number from 0")?;
        if let Some(date) = text("SIM_DATE") {
            config.date = Some(parse(&date, "SIM_DATE", "YYYY-MM-DD")?);
        }
        if let Some(start) = text("SIM_START") {
            let parsed = NaiveTime::parse_from_str(&start, "%H:%M").or_else(|_| start.parse());
            config.start = parsed.map_err(|_| Invalid { key: "SIM_START", expected: "HH:MM" })?;
        }
        set(&mut config.speed, text("SIM_SPEED"), "SIM_SPEED", "a number from 0.1 to 600")?;
        require((0.1..=600.0).contains(&config.speed), "SIM_SPEED", "a number from 0.1 to 600")?;
        if let Some(hours) = text("SIM_HOURS") {
            config.hours = match hours.as_str() {
                "loop" => Hours::Loop,
                "nyse" => Hours::Nyse,
                "frozen" => Hours::Frozen,
                _ => return Err(Invalid { key: "SIM_HOURS", expected: "loop, nyse or frozen" }),
            };
        }
        if let Some(clock) = text("SIM_CLOCK") {
            config.clock = match clock.as_str() {
                "sim" => ClockSource::Sim,
                "host" => ClockSource::Host,
                _ => return Err(Invalid { key: "SIM_CLOCK", expected: "sim or host" }),
            };
        }
        if let Some(chain) = text("SIM_CHAIN") {
            config.chain = match chain.as_str() {
                "full" => ChainSize::Full,
                "small" => ChainSize::Small,
                _ => return Err(Invalid { key: "SIM_CHAIN", expected: "full or small" }),
            };
        }
        if let Some(policy) = text("SIM_CONN_POLICY") {
            config.policy = match policy.as_str() {
                "refuse_new" => Policy::RefuseNew,
                "evict_old" => Policy::EvictOld,
                _ => return Err(Invalid { key: "SIM_CONN_POLICY", expected: "refuse_new or evict_old" }),
            };
        }
        set(
            &mut config.rate_limit,
            text("SIM_RATE_LIMIT"),
            "SIM_RATE_LIMIT",
            "requests per minute, 0 for none",
        )?;
        set(
            &mut config.max_connections,
            text("SIM_MAX_CONNECTIONS"),
            "SIM_MAX_CONNECTIONS",
            "a number from 1",
        )?;
        require(config.max_connections > 0, "SIM_MAX_CONNECTIONS", "a number from 1")?;
        set(&mut config.vix0, text("SIM_VIX0"), "SIM_VIX0", "a number from 5 to 150")?;
        require((5.0..=150.0).contains(&config.vix0), "SIM_VIX0", "a number from 5 to 150")?;
        let keys = text("SIM_API_KEYS").unwrap_or_default();
        config.api_keys =
            keys.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect();
        if let Some(spots) = text("SIM_SPOTS") {
            config.spots = spots_of(&spots)?;
        }
        if let Some(faults) = text("SIM_FAULTS") {
            config.faults = serde_json::from_str(&faults)
                .map_err(|_| Invalid { key: "SIM_FAULTS", expected: "a JSON list of faults" })?;
        }
        config.read_sources(&text)?;
        Ok(config)
    }
}

impl Config {
    /// What takes the place of the market or of a part of it.
    fn read_sources(&mut self, text: &impl Fn(&str) -> Option<String>) -> Result<(), Invalid> {
        const NOW: &str = "an instant like 2023-06-09T13:40:00-04:00, with SIM_CHAIN_FILE and only then";
        self.chain_file = text("SIM_CHAIN_FILE").map(PathBuf::from);
        if let Some(now) = text("SIM_CHAIN_NOW") {
            let now: DateTime<FixedOffset> = parse(&now, "SIM_CHAIN_NOW", NOW)?;
            self.chain_now_ms = Some(now.timestamp_millis());
        }
        require(self.chain_file.is_some() == self.chain_now_ms.is_some(), "SIM_CHAIN_NOW", NOW)?;
        self.replay = text("SIM_REPLAY").map(PathBuf::from);
        let alone = self.replay.is_none() || self.chain_file.is_none();
        require(alone, "SIM_REPLAY", "no SIM_CHAIN_FILE beside it")?;
        if let Some(bench) = text("SIM_BENCH") {
            const RATE: &str = "option quotes per second up to 5000000, 0 for as fast as they are read";
            let rate = parse(&bench, "SIM_BENCH", RATE)?;
            require(rate <= 5_000_000, "SIM_BENCH", RATE)?;
            self.bench = Some(rate);
        }
        Ok(())
    }
}

fn spots_of(text: &str) -> Result<BTreeMap<String, f64>, Invalid> {
    const WRONG: Invalid = Invalid { key: "SIM_SPOTS", expected: "TICKER=PRICE, comma-separated" };
    text.split(',')
        .map(|pair| {
            let (ticker, price) = pair.split_once('=').ok_or(WRONG)?;
            let price: f64 = price.trim().parse().map_err(|_| WRONG)?;
            (price.is_finite() && price > 0.0).then(|| (ticker.trim().to_owned(), price)).ok_or(WRONG)
        })
        .collect()
}

fn set<T: FromStr>(
    slot: &mut T,
    text: Option<String>,
    key: &'static str,
    expected: &'static str,
) -> Result<(), Invalid> {
    if let Some(text) = text {
        *slot = parse(&text, key, expected)?;
    }
    Ok(())
}

fn parse<T: FromStr>(text: &str, key: &'static str, expected: &'static str) -> Result<T, Invalid> {
    text.trim().parse().map_err(|_| Invalid { key, expected })
}

fn require(holds: bool, key: &'static str, expected: &'static str) -> Result<(), Invalid> {
    if holds { Ok(()) } else { Err(Invalid { key, expected }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, Invalid> {
        Config::read(|key| pairs.iter().find(|(k, _)| *k == key).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn settings_are_read_and_empty_ones_keep_their_default() {
        let config = read(&[
            ("SIM_SEED", "7"),
            ("SIM_DATE", "2025-11-21"),
            ("SIM_START", "14:00"),
            ("SIM_HOURS", "frozen"),
            ("SIM_SPOTS", "I:SPX=6000, SPY=600"),
            ("SIM_API_KEYS", "a, b"),
            ("SIM_SPEED", ""),
            ("SIM_CHAIN_FILE", "chain.csv"),
            ("SIM_CHAIN_NOW", "2023-06-09T13:40:00-04:00"),
            ("SIM_BENCH", "0"),
            ("SIM_CHAIN", "small"),
        ])
        .unwrap();
        assert_eq!((config.seed, config.hours, config.speed), (7, Hours::Frozen, 1.0));
        assert_eq!(config.date, NaiveDate::from_ymd_opt(2025, 11, 21));
        assert_eq!(config.spots.get("SPY"), Some(&600.0));
        assert_eq!(config.api_keys, ["a", "b"]);
        assert_eq!((config.chain_now_ms, config.bench), (Some(1_686_332_400_000), Some(0)));
        assert_eq!(config.chain, ChainSize::Small);
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (key, value) in [
            ("SIM_SPEED", "0"),
            ("SIM_HOURS", "always"),
            ("SIM_START", "25:00"),
            ("SIM_SPOTS", "SPX"),
            ("SIM_FAULTS", "{}"),
            ("SIM_MAX_CONNECTIONS", "0"),
            ("SIM_CHAIN_NOW", "2023-06-09T13:40:00-04:00"),
            ("SIM_BENCH", "fast"),
            ("SIM_CHAIN", "medium"),
        ] {
            assert_eq!(read(&[(key, value)]).unwrap_err().key, key);
        }
    }
}

//! A rig with a simulated exchange in process and massive on it, its long time-outs shortened.

use chrono::{NaiveDate, NaiveTime};
use massive::{Config, Limits};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use testkit::{Program, Rig, wait};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use wire::{
    EpochSec,
    market::{self, MarketEvent, Source, Spot},
    system,
};

pub(crate) struct Exchange {
    pub(crate) address: String,
    _stop: DropGuard,
}

impl Exchange {
    /// Open since 10:00 on a Friday.
    pub(crate) async fn open(edit: impl FnOnce(&mut exchange_sim::Config)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mut config = exchange_sim::Config {
            date: NaiveDate::from_ymd_opt(2025, 11, 21),
            start: NaiveTime::from_hms_opt(10, 0, 0).unwrap(),
            ..exchange_sim::Config::default()
        };
        edit(&mut config);
        let closed = CancellationToken::new();
        #[expect(clippy::disallowed_methods, reason = "the simulator's task, stopped with the exchange")]
        tokio::spawn(exchange_sim::serve(config, listener, closed.clone()));
        Self { address, _stop: closed.drop_guard() }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: sim\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut link = TcpStream::connect(&self.address).await.unwrap();
        link.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        link.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 2"), "{method} {path} {body}: {answer}");
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let json = body.find(['{', '[']).and_then(|start| serde_json::from_str(&body[start..]).ok());
        json.unwrap_or(Value::Null)
    }

    /// Sets a fault.
    pub(crate) async fn fault(&self, fault: Value) {
        self.call("POST", "/sim/faults", &fault).await;
    }

    /// Ends every fault.
    pub(crate) async fn heal(&self) {
        self.call("DELETE", "/sim/faults", &json!({})).await;
    }

    /// The market's time, Unix milliseconds.
    pub(crate) async fn market_ms(&self) -> f64 {
        self.call("GET", "/sim/clock", &json!({})).await["sim_ms"].as_f64().unwrap()
    }

    /// Open connections by path.
    pub(crate) async fn connections(&self, path: &str) -> usize {
        let state = self.call("GET", "/sim/state", &json!({})).await;
        let connections = state["connections"].as_array().cloned().unwrap_or_default();
        connections.iter().filter(|connection| connection["path"] == path).count()
    }
}

pub(crate) struct Stage {
    pub(crate) rig: Rig,
    pub(crate) exchange: Exchange,
    pub(crate) program: Program,
}

/// The contract's time-outs, shorter.
pub(crate) fn fast() -> Limits {
    let ms = Duration::from_millis;
    Limits {
        connect: ms(1_000),
        greeting: ms(400),
        auth: ms(400),
        confirm: ms(300),
        ping_every: ms(100),
        pong_within: ms(600),
        idle_indices: ms(1_500),
        idle_stocks: ms(3_000),
        network_jitter: ms(10),
        policy_first: ms(300),
        auth_failed: ms(300),
        auth_timeout: ms(100),
        decode_errors: 10,
        rest_spot: ms(400),
        rest_total: ms(800),
        rest_retry: ms(20),
        rest_auth_hold: ms(300),
        disabled: ms(500),
        spot_healthy: ms(500),
        clock_poll: ms(200),
        stale_after: ms(1_500),
        pulse: ms(100),
        event_gap: ms(100),
        ..Limits::default()
    }
}

pub(crate) fn quick(config: &mut Config, exchange: &Exchange) {
    config.base_url = format!("http://{}", exchange.address);
    config.ws_base = format!("ws://{}", exchange.address);
    config.ws_reconnect_delay_sec = 0.1;
    config.spot_interval_sec = 0.2;
    config.rest_max_rps = 200.0;
    config.limits = fast();
    // A chain of a few dozen contracts: a build without optimisation is slow with thousands.
    config.chains.symbols = vec!["I:SPX".into()];
    config.chains.expirations = 2;
    if let Some(terms) = config.chains.terms.get_mut("I:SPX") {
        terms.em_multiplier = 0.5;
    }
}

/// A second chain beside the one of [`quick`], and lists that are read often.
pub(crate) fn two_chains(config: &mut Config) {
    config.chains.symbols = ["I:SPX", "I:NDX"].map(str::to_owned).into();
    config.chains.interval_sec = 0.5;
    if let Some(terms) = config.chains.terms.get_mut("I:NDX") {
        terms.em_multiplier = 0.3;
    }
}

impl Stage {
    /// Everything runs and both feeds bring prices.
    pub(crate) async fn new() -> Self {
        Self::with(|_config| {}, |_exchange| {}).await
    }

    pub(crate) async fn with(
        edit: impl FnOnce(&mut Config),
        open: impl FnOnce(&mut exchange_sim::Config),
    ) -> Self {
        let stage = Self::unready(edit, open).await;
        stage.fresh("I:SPX").await;
        stage.fresh("AAPL").await;
        stage
    }

    /// The same, without waiting for prices.
    pub(crate) async fn unready(
        edit: impl FnOnce(&mut Config),
        open: impl FnOnce(&mut exchange_sim::Config),
    ) -> Self {
        let rig = Rig::new().await;
        let exchange = Exchange::open(open).await;
        let program = rig
            .start(massive::serve, |config: &mut Config| {
                quick(config, &exchange);
                edit(config);
            })
            .await;
        Self { rig, exchange, program }
    }

    pub(crate) async fn spot(&self, symbol: &str) -> Option<Spot> {
        self.rig.bus.get(&market::spot(symbol)).await.unwrap()
    }

    /// Waits until a feed brings a price that was published after this call.
    pub(crate) async fn fresh(&self, symbol: &str) {
        let since = EpochSec::from(std::time::SystemTime::now());
        wait(&format!("a new price of {symbol} from its feed"), || async {
            let spot = self.rig.bus.get(&market::spot(symbol)).await.ok().flatten();
            spot.is_some_and(|spot| spot.source == Source::Ws && spot.ts > since && !spot.stale)
        })
        .await;
    }

    pub(crate) async fn events(&self) -> Vec<MarketEvent> {
        let entries = self.rig.bus.entries(&market::EVENT_LOG, "0", 10_000).await.unwrap_or_default();
        entries.iter().map(|(_, fields)| serde_json::from_str(&fields["d"]).unwrap()).collect()
    }

    /// Waits for an event of this kind; the last one.
    pub(crate) async fn event(&self, kind: &str) -> MarketEvent {
        wait(&format!("event {kind}"), || async { self.events().await.iter().any(|e| e.kind == kind) }).await;
        self.events().await.into_iter().rfind(|event| event.kind == kind).unwrap()
    }

    /// A counter of `massive:<part>:analytics`.
    pub(crate) async fn count(&self, part: &str, field: &str) -> f64 {
        let fields: BTreeMap<String, String> =
            self.rig.bus.fields(&market::analytics(part)).await.unwrap_or_default();
        fields.get(field).and_then(|text| text.parse().ok()).unwrap_or(0.0)
    }

    /// Waits until a counter is at least `least`.
    pub(crate) async fn counted(&self, part: &str, field: &str, least: f64) {
        wait(&format!("{part} {field} >= {least}"), || async { self.count(part, field).await >= least })
            .await;
    }

    /// Ends the faults, waits until both feeds bring prices, and makes sure that nothing had to be restarted.
    pub(crate) async fn recovers(self) {
        self.exchange.heal().await;
        self.fresh("I:SPX").await;
        self.fresh("AAPL").await;
        wait("the beat says that all is well", || async {
            let beat = self.rig.bus.get(&system::beat_state("massive")).await.unwrap();
            beat.is_some_and(|beat| beat.status == system::Status::Running && beat.task_restarts == 0)
        })
        .await;
        self.program.stop().await.expect("a clean stop within its grace period");
    }
}

//! What every command works with: the buses, the screen, and where things are on this machine.

use crate::{catalog::Catalog, cli::Globals, exit::Failure, output::Screen};
use anyhow::Context;
use bus::Bus;
use chassis::{Env, Standalone};
use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};
use tokio_util::sync::CancellationToken;
use wire::{BusId, EpochSec};

const PROJECT: &str = "marketswarm";

/// The operator's place: everything that the command line and the environment say.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) bus: Bus,
    pub(crate) screen: Screen,
    /// Compose project, which is the fleet's name.
    pub(crate) project: String,
    /// `--timeout`, where it was given.
    pub(crate) asked_timeout: Option<Duration>,
    /// Cancelled on SIGINT and SIGTERM.
    pub(crate) closed: CancellationToken,
    env: Env,
    root: PathBuf,
}

impl Desk {
    /// Does no I/O.
    pub(crate) fn open(globals: &Globals, process: &Standalone) -> anyhow::Result<Self> {
        let env = process.env.clone();
        let urls = BusId::ALL.map(|id| (id, bus_url(globals, &env, id)));
        let bus = Bus::open(urls).context("open the buses")?;
        let bus = match globals.key.as_deref() {
            Some(key) => truth::keyed(bus, key),
            None => bus,
        };
        let plain = globals.no_color || env.get("NO_COLOR").is_some();
        let asked_timeout = globals.timeout.map(Duration::try_from_secs_f64).transpose();
        let asked_timeout =
            asked_timeout.map_err(|_range| Failure::Usage("--timeout: expected seconds above 0".into()))?;
        let root = env.get("MS_ROOT").map(PathBuf::from).unwrap_or_default();
        Ok(Self {
            bus,
            screen: Screen::new(globals.json, globals.quiet, plain),
            project: globals.project.clone().unwrap_or_else(|| PROJECT.into()),
            asked_timeout,
            closed: process.closed.clone(),
            env,
            root,
        })
    }

    /// A variable of the process.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.env.get(name)
    }

    /// The limit of one request: `--timeout`, else `usual`.
    pub(crate) fn limit(&self, usual: Duration) -> Duration {
        self.asked_timeout.unwrap_or(usual)
    }

    /// The checkout; empty when that is the current folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The place that `variable` names, else `default`; a relative one is relative to the checkout.
    pub(crate) fn place(&self, variable: &str, default: &str) -> PathBuf {
        let named = self.env.get(variable).unwrap_or_else(|| default.into());
        self.root.join(named.trim_start_matches("./"))
    }

    /// The host port of `name` (`SSE`, `SYSTEM_REDIS`): `MS_PORT_<name>`, else `default`.
    pub(crate) fn port(&self, name: &str, default: u16) -> u16 {
        number(&self.env, &format!("MS_PORT_{name}")).unwrap_or(default)
    }

    /// The TLS port of the edge on this host.
    pub(crate) fn https_port(&self) -> u16 {
        number(&self.env, "MS_HTTPS_PORT").unwrap_or(8443)
    }

    /// The plain port of the edge on this host.
    pub(crate) fn http_port(&self) -> u16 {
        number(&self.env, "MS_HTTP_PORT").unwrap_or(8080)
    }

    /// The network that the fleet's containers share.
    pub(crate) fn network(&self) -> String {
        self.env.get("MS_NETWORK").unwrap_or_else(|| "marketswarm-bus".into())
    }

    /// The loaded Truth.
    pub(crate) async fn catalog(&self) -> anyhow::Result<Catalog> {
        self.loaded().await?.context("Truth is not loaded; ./admin load-truth loads it")
    }

    /// The loaded Truth; `None` when there is none.
    pub(crate) async fn loaded(&self) -> anyhow::Result<Option<Catalog>> {
        let stored = truth::stored(&self.bus, BusId::System).await.context("read Truth")?;
        Ok(stored.map(Catalog::new))
    }

    /// Asks on stderr and reads the answer from stdin; anything but `y` and `yes` is a no.
    pub(crate) async fn agrees(&self, question: &str) -> anyhow::Result<bool> {
        use tokio::io::{AsyncBufReadExt, BufReader};
        self.screen.complain(format!("{question} [y/N]"));
        let mut answer = String::new();
        BufReader::new(tokio::io::stdin()).read_line(&mut answer).await.context("read the answer")?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }
}

/// The wall clock, for ages of what others stamped.
pub(crate) fn now() -> EpochSec {
    SystemTime::now().into()
}

fn number(env: &Env, name: &str) -> Option<u16> {
    env.get(name)?.parse().ok()
}

/// The command line, then the bus's own variable, then (system-redis) the variables that lead to Truth, then the
/// port that the fleet publishes here. The names in Truth's `buses` do not resolve on the host.
fn bus_url(globals: &Globals, env: &Env, id: BusId) -> String {
    let flag = globals.bus_urls.iter().find(|(named, _)| *named == id).map(|(_, url)| url.clone());
    let system = (id == BusId::System).then_some(());
    let role = id.role().to_ascii_uppercase();
    let default = match id {
        BusId::System => 6379,
        BusId::Market => 6380,
        BusId::Intel => 6381,
        BusId::Echo => 6382,
    };
    system
        .and_then(|()| globals.redis_url.clone())
        .or(flag)
        .or_else(|| env.get(&format!("{role}_REDIS_URL")))
        .or_else(|| system.and_then(|()| env.get("BOOTSTRAP_REDIS_URL")))
        .unwrap_or_else(|| {
            let port = number(env, &format!("MS_PORT_{role}_REDIS")).unwrap_or(default);
            format!("redis://127.0.0.1:{port}")
        })
}

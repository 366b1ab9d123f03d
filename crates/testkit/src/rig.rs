use crate::{Link, RedisServer, link};
use bus::Bus;
use chassis::{Context, Embedded, embed};
use serde_json::{Value, json};
use std::{collections::HashMap, future::Future};
use truth::settings::{Configure, Identity, Settings};
use wire::BusId;

/// The four Redis servers of a fleet, empty, and a bus over them.
#[derive(Debug)]
pub struct Rig {
    /// A bus over all four servers.
    pub bus: Bus,
    servers: HashMap<BusId, RedisServer>,
}

/// A program that runs inside the test.
#[derive(Debug)]
pub struct Program(Embedded);

impl Program {
    /// Asks it to stop and waits for it.
    ///
    /// # Errors
    /// It did not stop within its grace period, or it panicked.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.0.stop().await
    }
}

impl Rig {
    /// Starts four servers.
    pub async fn new() -> Self {
        let started = futures_util::future::join_all(
            BusId::ALL.map(|id| async move { (id, RedisServer::start().await) }),
        );
        let servers: HashMap<_, _> = started.await.into_iter().collect();
        let bus = Bus::open(servers.iter().map(|(&id, server)| (id, server.url()))).unwrap();
        Self { bus, servers }
    }

    /// The URL of server `id`.
    pub fn url(&self, id: BusId) -> String {
        self.servers[&id].url()
    }

    /// Kills server `id` at once.
    pub fn kill(&mut self, id: BusId) {
        self.servers.get_mut(&id).unwrap().kill();
    }

    /// Starts server `id` again, empty, on the same port. A running one is killed first.
    pub async fn restart(&mut self, id: BusId) {
        let server = self.servers.get_mut(&id).unwrap();
        server.kill();
        server.revive().await;
    }

    /// A bus that reaches server `id` through a link, and the link.
    pub async fn behind_link(&self, id: BusId) -> (Bus, Link) {
        let link = link(&self.servers[&id].address()).await;
        let urls = self
            .urls()
            .into_iter()
            .map(|(bus, url)| if bus == id { (bus, format!("redis://{}", link.addr())) } else { (bus, url) });
        (Bus::open(urls).unwrap(), link)
    }

    /// Starts `serve` with its default configuration, edited. The service id is the crate's name; it beats
    /// five times a second.
    pub async fn start<C, S, F>(&self, serve: S, edit: impl FnOnce(&mut C)) -> Program
    where
        C: Configure,
        S: Fn(Context<C>) -> F + Send + Sync + 'static,
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let id = std::any::type_name::<S>().split("::").next().unwrap().to_owned();
        let document = self.document(&id);
        self.start_as(&id, document, serve, edit).await
    }

    /// As [`Rig::start`], with a name and a Truth document of one's own.
    pub async fn start_as<C, S, F>(
        &self,
        id: &str,
        document: Value,
        serve: S,
        edit: impl FnOnce(&mut C),
    ) -> Program
    where
        C: Configure,
        S: Fn(Context<C>) -> F + Send + Sync + 'static,
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let bus = Bus::open(self.urls()).unwrap();
        self.start_on(bus, id, document, serve, edit).await
    }

    /// As [`Rig::start_as`], over a given bus: one behind a link.
    pub async fn start_on<C, S, F>(
        &self,
        bus: Bus,
        id: &str,
        document: Value,
        serve: S,
        edit: impl FnOnce(&mut C),
    ) -> Program
    where
        C: Configure,
        S: Fn(Context<C>) -> F + Send + Sync + 'static,
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let settings =
            Settings::from_document(document, Identity::of(id), Default::default(), HashMap::new(), 1)
                .unwrap();
        let mut config = C::default();
        edit(&mut config);
        let program = Program(embed(bus, self.url(BusId::System), settings, config, serve));
        tokio::task::yield_now().await; // lets it take its first step before the test goes on
        program
    }

    /// The smallest Truth in which service `id` exists.
    pub fn document(&self, id: &str) -> Value {
        let buses: serde_json::Map<_, _> =
            self.urls().into_iter().map(|(bus, url)| (bus.name().to_owned(), json!({"url": url}))).collect();
        json!({
            "version": "0", "node": {"name": "rig", "env": "dev"}, "buses": buses,
            "components": {id: {"id": id, "heartbeat": {"interval_sec": 0.2, "ttl_sec": 1}}},
        })
    }

    /// Every server with its URL.
    pub fn urls(&self) -> Vec<(BusId, String)> {
        self.servers.iter().map(|(&id, server)| (id, server.url())).collect()
    }
}

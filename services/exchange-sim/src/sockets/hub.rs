//! Who is connected, and how many may be.

use super::{client::Client, conversation::MAX_CONNECTIONS};
use crate::config::Policy;
use serde_json::{Value, json};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};
use tokio::sync::Notify;

/// All connections.
#[derive(Debug)]
pub(crate) struct Hub {
    clients: Mutex<Vec<Arc<Client>>>,
    last_id: AtomicU64,
    most: usize,
    policy: Policy,
    /// Somebody subscribed.
    pub(super) changed: Notify,
}

impl Hub {
    pub(crate) fn new(most: usize, policy: Policy) -> Self {
        Self { clients: Mutex::default(), last_id: AtomicU64::new(0), most, policy, changed: Notify::new() }
    }

    pub(super) fn enter(&self, path: String, peer: SocketAddr) -> Arc<Client> {
        let client = Arc::new(Client::new(self.last_id.fetch_add(1, Relaxed) + 1, path, peer));
        self.lock().push(Arc::clone(&client));
        client
    }

    pub(super) fn leave(&self, client: &Client) {
        self.lock().retain(|known| known.id != client.id);
    }

    /// Takes the key of a client. Tells whether it is one too many and the new one pays for it.
    pub(super) fn admit(&self, client: &Client, key: &str) -> bool {
        let clients = self.lock();
        client.state().key = Some(key.to_owned());
        let mut peers: Vec<&Arc<Client>> = clients
            .iter()
            .filter(|known| known.path == client.path && !known.is_closing())
            .filter(|known| known.state().key.as_deref() == Some(key))
            .collect();
        if peers.len() <= self.most {
            return false;
        }
        if self.policy == Policy::RefuseNew {
            return true;
        }
        peers.sort_by_key(|known| known.id);
        for oldest in peers.iter().take(peers.len() - self.most) {
            oldest.tell(MAX_CONNECTIONS);
            oldest.close(1008, MAX_CONNECTIONS.1);
        }
        false
    }

    /// Connections on paths that begin with `path`.
    pub(super) fn on(&self, path: Option<&str>) -> Vec<Arc<Client>> {
        let on_path = |client: &&Arc<Client>| path.is_none_or(|path| client.path.starts_with(path));
        self.lock().iter().filter(on_path).map(Arc::clone).collect()
    }

    /// Connections that get events.
    pub(super) fn listeners(&self) -> Vec<Arc<Client>> {
        self.lock().iter().filter(|client| client.listens()).map(Arc::clone).collect()
    }

    /// The most that waits for any client.
    pub(crate) fn longest_queue(&self) -> usize {
        self.lock().iter().map(|client| client.waiting()).max().unwrap_or(0)
    }

    /// Cuts matching connections.
    pub(crate) fn cut(&self, path: Option<&str>) {
        for client in self.on(path) {
            client.cut.cancel();
        }
    }

    /// Closes matching connections.
    pub(crate) fn close(&self, path: Option<&str>, code: u16, reason: &str) {
        for client in self.on(path) {
            client.close(code, reason);
        }
    }

    /// Connections as `/sim/state` shows them; keys as a hash.
    pub(crate) fn show(&self) -> Vec<Value> {
        let clients = self.lock();
        let show = |client: &Arc<Client>| {
            let state = client.state();
            let hash = |key: &String| {
                let mut hasher = DefaultHasher::new();
                key.hash(&mut hasher);
                format!("{:016x}", hasher.finish())
            };
            json!({
                "id": client.id,
                "path": client.path,
                "peer": client.peer.to_string(),
                "authenticated": state.key.is_some(),
                "key_hash": state.key.as_ref().map(hash),
                "topics": state.topics.keys().collect::<Vec<_>>(),
                "bytes_sent": client.sent_bytes.load(Relaxed),
            })
        };
        clients.iter().map(show).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Client>>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

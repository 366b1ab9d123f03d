//! Who reads: counted, limited, judged.

use super::{
    ask::{Ask, Presence, Refused, Verdict, Viewer},
    client::{Client, Order},
    frame,
    hub::Hub,
};
use metrics::{counter, gauge};
use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    sync::{Arc, PoisonError, atomic::Ordering},
};

#[derive(Debug, Default)]
pub(super) struct Clients {
    opened: u64,
    open: HashMap<u64, Arc<Client>>,
    /// Those outside of shards.
    readers: Vec<Arc<Client>>,
    by_user: HashMap<Box<str>, usize>,
    by_stream: BTreeMap<&'static str, usize>,
}

/// A reader's right to be there. Gives its place back when dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) hub: Hub,
    pub(super) client: Arc<Client>,
    /// Why it closed, as far as is known.
    pub(super) reason: &'static str,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.hub.forget(&self.client, self.reason);
    }
}

impl Hub {
    /// Open streams by name.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        self.0.clients.read().unwrap_or_else(PoisonError::into_inner).by_stream.clone()
    }

    /// Who has `stream` open, by user.
    pub fn viewers(&self, stream: &str) -> Vec<Presence> {
        let mut viewers: BTreeMap<Box<str>, Presence> = BTreeMap::new();
        let clients = self.0.clients.read().unwrap_or_else(PoisonError::into_inner);
        for client in clients.open.values().filter(|client| client.stream == stream) {
            let Client { user, user_id, since, .. } = &**client;
            let presence = viewers.entry(user.clone()).or_insert_with(|| Presence {
                user: user.to_string(),
                user_id: *user_id,
                streams: 0,
                since: *since,
            });
            presence.streams += 1;
            presence.since = presence.since.min(*since);
        }
        viewers.into_values().collect()
    }

    /// Has every open stream judged, and acts on it at once.
    pub fn judge(&self, judge: impl Fn(&Viewer<'_>) -> Verdict) {
        let clients = self.0.clients.read().unwrap_or_else(PoisonError::into_inner);
        for client in clients.open.values() {
            let viewer = Viewer {
                stream: client.stream,
                user: &client.user,
                user_id: client.user_id,
                session: client.session.as_deref(),
                tier: client.tier.as_deref(),
                is_admin: client.is_admin,
                topics: self.names(client.topics),
            };
            match judge(&viewer) {
                Verdict::Keep => {}
                Verdict::Tell { event, data } => client.order(Order::Tell(frame::frame(event, &data))),
                Verdict::End { event, data, reason } => {
                    client.order(Order::End(frame::frame(event, &data), reason));
                }
                Verdict::Narrow { topics } => client.order(Order::Narrow(self.bits(&topics) & client.topics)),
            }
        }
    }

    pub(super) fn register(&self, ask: &Ask, topics: u64) -> Result<Ticket, Refused> {
        let mut clients = self.0.clients.write().unwrap_or_else(PoisonError::into_inner);
        if self.0.is_closing.load(Ordering::SeqCst) {
            return Err(Refused::Closing);
        }
        if clients.open.len() >= self.0.limits.clients {
            return Err(Refused::TooManyClients);
        }
        let of_user = clients.by_user.get(ask.user.as_str()).copied().unwrap_or_default();
        if of_user >= self.0.limits.streams_per_user {
            return Err(Refused::TooManyStreams);
        }
        clients.by_user.insert(ask.user.as_str().into(), of_user + 1);
        *clients.by_stream.entry(ask.stream).or_default() += 1;
        gauge!("sse_clients", "stream" => ask.stream).increment(1.0);
        clients.opened += 1;
        let client = Arc::new(Client::new(clients.opened, ask, topics));
        clients.open.insert(client.number, Arc::clone(&client));
        Ok(Ticket { hub: self.clone(), client, reason: "client" })
    }

    fn forget(&self, client: &Arc<Client>, reason: &'static str) {
        let mut clients = self.0.clients.write().unwrap_or_else(PoisonError::into_inner);
        if clients.open.remove(&client.number).is_none() {
            return;
        }
        clients.readers.retain(|reader| !Arc::ptr_eq(reader, client));
        if let Entry::Occupied(mut of_user) = clients.by_user.entry(client.user.clone()) {
            *of_user.get_mut() -= 1;
            if *of_user.get() == 0 {
                of_user.remove();
            }
        }
        if let Some(of_stream) = clients.by_stream.get_mut(client.stream) {
            *of_stream -= 1;
        }
        gauge!("sse_clients", "stream" => client.stream).decrement(1.0);
        counter!("sse_closed_total", "reason" => reason).increment(1);
    }

    /// From here on `client` is woken by itself, not as one of a shard.
    pub(super) fn listen(&self, client: &Arc<Client>) {
        let mut clients = self.0.clients.write().unwrap_or_else(PoisonError::into_inner);
        clients.readers.push(Arc::clone(client));
    }

    /// Shards, and readers outside of them, that wait for `topics`.
    pub(super) fn waiting_for(&self, topics: u64) -> usize {
        let clients = self.0.clients.read().unwrap_or_else(PoisonError::into_inner);
        let readers = clients.readers.iter().filter(|client| client.topics & topics != 0).count();
        readers + self.0.shards.iter().filter(|shard| shard.wants(topics)).count()
    }

    /// Tells all who carry `topics` that there is something new.
    pub(super) fn wake(&self, topics: u64) {
        self.0.shards.iter().for_each(|shard| shard.tell(topics));
        let clients = self.0.clients.read().unwrap_or_else(PoisonError::into_inner);
        let readers = clients.readers.iter().filter(|client| client.topics & topics != 0);
        readers.for_each(|client| client.wake_up());
    }

    /// Wakes everybody, whatever they carry.
    pub(super) fn wake_all(&self) {
        self.0.shards.iter().for_each(|shard| shard.ring());
        let clients = self.0.clients.read().unwrap_or_else(PoisonError::into_inner);
        clients.readers.iter().for_each(|client| client.wake_up());
    }

    /// How far each reader outside of shards has looked.
    pub(super) fn looked(&self) -> Vec<u64> {
        let clients = self.0.clients.read().unwrap_or_else(PoisonError::into_inner);
        clients.readers.iter().map(|client| client.looked.load(Ordering::Relaxed)).collect()
    }
}

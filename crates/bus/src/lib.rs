//! Redis: four servers as one object.
//!
//! Names and payloads come from `wire`; here is how they are read and written, and what happens while a server
//! is away: calls fail within two seconds and say so ([`Error::is_transient`]), subscriptions and followers
//! reconnect for ever and tell their reader about the gap. Nothing here knows what a key means.

#![warn(missing_docs)]

mod backoff;
mod batch;
mod error;
mod follow;
mod inspect;
mod lease;
mod outage;
mod peek;
mod plain;
mod pool;
mod subscribe;
mod swap;
mod value;

pub use backoff::Backoff;
pub use batch::Batch;
pub use error::Error;
pub use follow::Followed;
pub use inspect::{Held, ServerInfo};
pub use lease::Lock;
pub use outage::{Flushed, Gap, Outage};
pub use peek::Content;
pub use subscribe::{Delivery, Heard, Topics};

use pool::Server;
use std::{collections::HashMap, sync::Arc};
use tokio_util::sync::CancellationToken;
use wire::BusId;

/// The four servers. Cheap to clone; nothing is connected until it is used.
#[derive(Debug, Clone)]
pub struct Bus {
    servers: Arc<HashMap<BusId, Server>>,
    aliases: Arc<HashMap<(BusId, String), String>>,
    closed: CancellationToken,
}

impl Bus {
    /// A bus over `urls` (`redis://host:port`, with a password where the server wants one). Does no I/O.
    ///
    /// # Errors
    /// [`Error::Url`] names the bus whose URL does not parse; the URL itself is not repeated.
    pub fn open(urls: impl IntoIterator<Item = (BusId, String)>) -> Result<Self, Error> {
        let servers = urls
            .into_iter()
            .map(|(id, url)| Ok((id, Server::open(id, &url)?)))
            .collect::<Result<_, Error>>()?;
        Ok(Self { servers: Arc::new(servers), aliases: Arc::default(), closed: CancellationToken::new() })
    }

    /// The same bus, with names of `wire` replaced: (bus, name in `wire`) to the name on the server.
    #[must_use]
    pub fn renaming(mut self, aliases: HashMap<(BusId, String), String>) -> Self {
        self.aliases = Arc::new(aliases);
        self
    }

    /// Ends every subscription and follower. Commands still work, so that queues can be flushed.
    pub fn close(&self) {
        self.closed.cancel();
    }

    /// The servers that this bus has a URL for.
    pub fn ids(&self) -> Vec<BusId> {
        let mut ids: Vec<_> = self.servers.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    fn server(&self, id: BusId) -> Result<&Server, Error> {
        self.servers.get(&id).ok_or(Error::Undeclared(id))
    }

    fn name<'a>(&'a self, bus: BusId, name: &'a str) -> &'a str {
        if self.aliases.is_empty() {
            return name;
        }
        self.aliases.get(&(bus, name.to_owned())).map_or(name, String::as_str)
    }
}

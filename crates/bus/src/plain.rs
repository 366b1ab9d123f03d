//! Plain text under names, where others than us read and write it too.

use crate::{Batch, Bus, Error};
use wire::{BusId, Channel, Key};

/// Names looked at in one step of a scan.
const STEP: usize = 500;

impl Bus {
    /// Writes `text` as it is, with the life of the key, only where nothing is; true when it was written.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn put_new<T>(&self, key: &Key<T>, text: &str) -> Result<bool, Error> {
        let mut command = redis::cmd("SET");
        command.arg(self.name(key.bus, &key.name)).arg(text).arg("NX");
        if let Some(ttl) = key.ttl {
            command.arg("PX").arg(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        }
        let written: Option<String> = self.command(key.bus, &command).await?;
        Ok(written.is_some())
    }

    /// Up to `most` names on server `id` that match `pattern`, in no order, some of them perhaps twice. The server
    /// stays responsive however many it holds.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn names(&self, id: BusId, pattern: &str, most: usize) -> Result<Vec<String>, Error> {
        let (mut cursor, mut found) = (0_u64, Vec::new());
        loop {
            let mut command = redis::cmd("SCAN");
            command.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(STEP);
            let (next, names): (u64, Vec<String>) = self.command(id, &command).await?;
            found.extend(names);
            if next == 0 || found.len() >= most {
                found.truncate(most);
                return Ok(found);
            }
            cursor = next;
        }
    }
}

impl Batch<'_> {
    /// Publishes `text` as it is.
    pub fn publish_text<T>(&mut self, channel: &Channel<T>, text: &str) -> &mut Self {
        self.start("PUBLISH", channel.bus, &channel.name).arg(text);
        self
    }
}

//! Looking at whatever is held under a name, a part of it at most.

use crate::{Bus, Error, Held};
use std::collections::BTreeMap;
use wire::{BusId, Log};

/// What is held under a name, cut to so many members.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Of a string; what is no UTF-8 is replaced.
    Text(String),
    /// Of a set or a list.
    Members(Vec<String>),
    /// Of a hash.
    Fields(BTreeMap<String, String>),
    /// Of a sorted set, lowest first.
    Scored(Vec<(String, f64)>),
    /// Of a stream, newest first.
    Entries(Vec<(String, BTreeMap<String, String>)>),
}

impl Bus {
    /// What is held under `name` on server `id`, up to `most` members of it; `None` when nothing is.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn content(
        &self,
        id: BusId,
        name: &str,
        most: usize,
    ) -> Result<Option<(Held, Content)>, Error> {
        let Some(held) = self.describe(id, name).await? else { return Ok(None) };
        let found = self.name(id, name);
        let last = most.saturating_sub(1);
        let content = match held.kind.as_str() {
            "hash" => {
                let pairs = self.scan_members("HSCAN", id, found, most * 2).await?;
                let pairs = pairs.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
                Content::Fields(pairs.take(most).collect())
            }
            "set" => Content::Members(self.scan_members("SSCAN", id, found, most).await?),
            "list" => {
                let command = redis::cmd("LRANGE").arg(found).arg(0).arg(last).clone();
                Content::Members(self.command(id, &command).await?)
            }
            "zset" => {
                let command = redis::cmd("ZRANGE").arg(found).arg(0).arg(last).arg("WITHSCORES").clone();
                Content::Scored(self.command(id, &command).await?)
            }
            "stream" => Content::Entries(self.newest(&Log::<()>::of(id, name.to_owned()), most).await?),
            _ => {
                let bytes: Option<Vec<u8>> = self.command(id, redis::cmd("GET").arg(found)).await?;
                let Some(bytes) = bytes else { return Ok(None) };
                Content::Text(String::from_utf8_lossy(&bytes).into_owned())
            }
        };
        Ok(Some((held, content)))
    }

    async fn scan_members(
        &self,
        command: &str,
        id: BusId,
        name: &str,
        most: usize,
    ) -> Result<Vec<String>, Error> {
        let (mut cursor, mut found) = (0_u64, Vec::new());
        loop {
            let scan = redis::cmd(command).arg(name).arg(cursor).arg("COUNT").arg(most).clone();
            let (next, members): (u64, Vec<String>) = self.command(id, &scan).await?;
            found.extend(members);
            if next == 0 || found.len() >= most {
                found.truncate(most);
                return Ok(found);
            }
            cursor = next;
        }
    }
}

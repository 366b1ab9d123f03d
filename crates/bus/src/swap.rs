//! Changing a key that others write too: only when it still holds what was read.

use crate::{Bus, Error, value::encode};
use redis::Script;
use serde::Serialize;
use wire::{Channel, Key};

const SWAP: &str = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end \
    if ARGV[4] == '0' then redis.call('SET', KEYS[1], ARGV[2]) \
    else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[4]) end \
    redis.call('PUBLISH', KEYS[2], ARGV[3]) return 1";

impl Bus {
    /// Writes `after`, with the life of `key`, and publishes `message`, if the key still holds `before`; both or
    /// neither. False: somebody else wrote meanwhile, so read again.
    ///
    /// # Errors
    /// [`Error::Encode`] when `message` has no JSON form; otherwise as every call.
    pub async fn swap<T, M: Serialize>(
        &self,
        key: &Key<T>,
        (before, after): (&str, &str),
        (channel, message): (&Channel<M>, &M),
    ) -> Result<bool, Error> {
        debug_assert_eq!(key.bus, channel.bus, "{} and {} live on one server", key.name, channel.name);
        let payload = encode(&channel.name, message)?;
        let millis = key.ttl.map_or(0, |ttl| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        let mut connection = self.server(key.bus)?.connection().await?;
        let swapped: i64 = Script::new(SWAP)
            .key(self.name(key.bus, &key.name))
            .key(self.name(channel.bus, &channel.name))
            .arg(before)
            .arg(after)
            .arg(payload)
            .arg(millis)
            .invoke_async(&mut connection)
            .await
            .map_err(|source| Error::from_redis(key.bus, source))?;
        Ok(swapped == 1)
    }
}

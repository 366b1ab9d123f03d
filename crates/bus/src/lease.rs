//! Locks that expire by themselves.

use crate::{Backoff, Bus, Error};
use redis::Script;
use std::time::Duration;
use tokio::time::Instant;
use wire::Key;

/// A lock held on the bus. It expires with the life of its key; release it sooner with [`Lock::release`].
#[derive(Debug)]
pub struct Lock {
    bus: Bus,
    key: Key<String>,
    token: String,
}

impl Bus {
    /// Takes the lock `key`, trying for `wait`; `None` when somebody else held it all the time. The key must
    /// carry a life.
    ///
    /// # Errors
    /// The server is away or refuses.
    pub async fn lock(&self, key: &Key<String>, wait: Duration) -> Result<Option<Lock>, Error> {
        let token = format!("{:032x}", rand::random::<u128>());
        let ttl = key.ttl.unwrap_or(Duration::from_secs(30));
        let until = Instant::now() + wait;
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_millis(500));
        loop {
            let name = self.name(key.bus, &key.name);
            let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
            let mut command = redis::cmd("SET");
            command.arg(name).arg(&token).arg("NX").arg("PX").arg(millis);
            let taken: Option<String> = self.command(key.bus, &command).await?;
            if taken.is_some() {
                return Ok(Some(Lock { bus: self.clone(), key: key.clone(), token }));
            }
            if Instant::now() >= until {
                return Ok(None);
            }
            backoff.wait().await;
        }
    }
}

impl Lock {
    /// Gives the lock back, unless it expired and is somebody else's by now.
    ///
    /// # Errors
    /// The server is away; the lock then ends with its life.
    pub async fn release(self) -> Result<(), Error> {
        let script = Script::new(
            "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0",
        );
        let id = self.key.bus;
        let mut connection = self.bus.server(id)?.connection().await?;
        let _removed: i64 = script
            .key(self.bus.name(id, &self.key.name))
            .arg(&self.token)
            .invoke_async(&mut connection)
            .await
            .map_err(|source| Error::from_redis(id, source))?;
        Ok(())
    }
}

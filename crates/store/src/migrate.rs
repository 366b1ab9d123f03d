//! Migrations: ordered, each applied once, by one runner at a time.

use crate::{Conn, Error, Pool, Row, params};
use mysql_async::Params;
use sha2::{Digest, Sha256};
use std::{fmt::Write as _, time::Duration};
use tokio::time::Instant;
use tracing::{info, warn};

/// How long another runner is waited for.
const LOCK_SEC: u64 = 60;
/// How long one migration may take.
const LIMIT: Duration = Duration::from_secs(300);

/// One step of a schema. Its text may hold several statements; since DDL is committed at once, a text that may fail
/// midway must be able to run again.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Counts from 1.
    pub version: u32,
    /// The rest of its file's name.
    pub name: &'static str,
    /// SQL.
    pub text: &'static str,
}

/// The whole history of a schema.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// Where applied ones are recorded: columns `version`, `name`, `checksum`, `applied_at`, `duration_ms`. The first
    /// migration creates it.
    pub table: &'static str,
    /// The server's lock that a runner holds.
    pub lock: &'static str,
    /// In order.
    pub steps: &'static [Migration],
}

impl Migrations {
    /// Applies what was not applied yet; how many that were. Other runners wait.
    ///
    /// # Errors
    /// [`Error::Changed`]; otherwise as every call. What was applied before the error stays.
    pub async fn run(&self, pool: &Pool) -> Result<usize, Error> {
        let mut conn = pool.get().await?;
        let wait = params! { "lock" => self.lock, "wait" => LOCK_SEC };
        let limit = Duration::from_secs(LOCK_SEC + 5);
        let taken: Option<(Option<u8>,)> = conn.patient("SELECT GET_LOCK(:lock, :wait)", wait, limit).await?;
        if taken.and_then(|(taken,)| taken) != Some(1) {
            return Err(Error::Away("another runner holds the migration lock".into()));
        }
        let applied = self.apply(&mut conn).await;
        // Unless the server is gone, and the lock with the connection.
        let released = conn.run("SELECT RELEASE_LOCK(:lock)", params! { "lock" => self.lock }).await;
        let applied = applied?;
        released.map(|_done| applied)
    }

    async fn apply(&self, conn: &mut Conn) -> Result<usize, Error> {
        let known = self.known(conn).await?;
        if let Some((version, _)) = known.iter().find(|(version, _)| self.step(*version).is_none()) {
            warn!(table = self.table, version, "the database is ahead of this program");
        }
        for &(version, ref checksum) in &known {
            if let Some(step) = self.step(version).filter(|step| step.checksum() != *checksum) {
                return Err(Error::Changed { version, name: step.name });
            }
        }
        let mut applied = 0;
        for step in self.steps.iter().filter(|step| known.iter().all(|(version, _)| *version != step.version))
        {
            let started = Instant::now();
            conn.script(step.text, LIMIT).await?;
            let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            let insert = format!(
                "INSERT INTO {} (version, name, checksum, applied_at, duration_ms) \
                 VALUES (:version, :name, :checksum, UTC_TIMESTAMP(3), :duration_ms)",
                self.table
            );
            let (version, name, checksum) = (step.version, step.name, step.checksum());
            conn.run(&insert, params! { version, name, checksum, duration_ms }).await?;
            info!(table = self.table, version, name, duration_ms, "migrated");
            applied += 1;
        }
        Ok(applied)
    }

    /// Number and checksum of what was applied; nothing before the first migration made the table.
    async fn known(&self, conn: &mut Conn) -> Result<Vec<(u32, String)>, Error> {
        let exists = "SELECT 1 FROM information_schema.tables \
                      WHERE table_schema = DATABASE() AND table_name = :table";
        if conn.first::<Row>(exists, params! { "table" => self.table }).await?.is_none() {
            return Ok(Vec::new());
        }
        conn.all(&format!("SELECT version, checksum FROM {} ORDER BY version", self.table), Params::Empty)
            .await
    }

    fn step(&self, version: u32) -> Option<&Migration> {
        self.steps.iter().find(|step| step.version == version)
    }
}

impl Migration {
    /// SHA-256 of its text, lower-case hex.
    fn checksum(&self) -> String {
        Sha256::digest(self.text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
            let _never = write!(hex, "{byte:02x}");
            hex
        })
    }
}

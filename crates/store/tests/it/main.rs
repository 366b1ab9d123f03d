//! The door to MySQL against a real MariaDB.

#![expect(clippy::unwrap_used, reason = "a broken helper must fail its test loudly")]

mod migrations;
mod pool;

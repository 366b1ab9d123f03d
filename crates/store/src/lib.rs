//! MySQL: connections, transactions, migrations.
//!
//! The server may be MySQL 8.4 or newer, or MariaDB 10.11 or newer, and may be away at any time: every call is
//! bounded in time and says so ([`Error::is_transient`]), and the next one connects anew. Here is no statement of a
//! program's own: those stand in its `store.rs`. The URL holds a password and is shown to nobody.

#![warn(missing_docs)]

mod error;
mod migrate;
mod pool;
mod row;

pub use error::Error;
pub use migrate::{Migration, Migrations};
pub use mysql_async::{
    Params, Value, params,
    prelude::{FromRow, FromValue, ToValue},
};
pub use pool::{Conn, Done, Pool, Transaction};
pub use row::Row;

use crate::Error;
use mysql_async::{
    Opts, OptsBuilder, Params, PoolConstraints, PoolOpts, TxOpts,
    prelude::{FromRow, Queryable},
};
use std::{
    fmt,
    future::Future,
    ops::{Deref, DerefMut},
    time::Duration,
};
use tokio::time::timeout;

const ACQUIRE: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(5);
const CLOSE: Duration = Duration::from_secs(2);
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Times are UTC, and a value that does not fit is an error. One statement: the driver runs several backwards.
const SESSION: &str = "SET time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,\
                       ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'";

/// Connections to one database. Cheap to clone; nothing is connected until one is asked for.
#[derive(Clone)]
pub struct Pool(mysql_async::Pool);

/// A connection out of the pool, or a transaction's; back in the pool when dropped. One that was left in the middle of
/// a statement is closed instead.
pub struct Conn(Link);

enum Link {
    Plain(mysql_async::Conn),
    Transaction(mysql_async::Transaction<'static>),
}

/// An open transaction: a [`Conn`] whose statements count only once it is committed. Dropped before, it rolls back.
pub struct Transaction(Conn);

/// What a statement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Rows inserted, deleted, or matched by an update, whether it changed them or not. Of `INSERT … ON DUPLICATE KEY
    /// UPDATE`: 1 for a new row, 2 for a changed one.
    pub affected: u64,
    /// The value given to the `AUTO_INCREMENT` column; 0 when none was.
    pub last_id: u64,
}

impl Pool {
    /// A pool of at most `size` connections to `url` (`mysql://user:password@host:port/database`).
    ///
    /// # Errors
    /// [`Error::Url`].
    pub fn open(url: &str, size: usize) -> Result<Self, Error> {
        let options = Opts::from_url(url.trim()).map_err(|_holds_the_password| Error::Url)?;
        if options.db_name().is_none() {
            return Err(Error::Url);
        }
        let size = size.max(1);
        let bounds = PoolConstraints::new(size.min(2), size).unwrap_or_default();
        // No session state is set but the above, so nothing needs a reset; a reset that hangs would keep its place.
        let pool = PoolOpts::default().with_constraints(bounds).with_reset_connection(false);
        let options = OptsBuilder::from_opts(options)
            .pool_opts(pool)
            .setup(vec![SESSION])
            .prefer_socket(false)
            .tcp_keepalive(Some(KEEPALIVE))
            .client_found_rows(true);
        Ok(Self(mysql_async::Pool::new(options)))
    }

    /// A connection, within three seconds.
    ///
    /// # Errors
    /// [`Error::Away`]: the server is, or it lets nobody in, or every connection is in use.
    pub async fn get(&self) -> Result<Conn, Error> {
        let conn = within(ACQUIRE, self.0.get_conn()).await.map_err(entering)?;
        Ok(Conn(Link::Plain(conn)))
    }

    /// Begins a transaction on a connection of its own.
    ///
    /// # Errors
    /// As [`Pool::get`].
    pub async fn begin(&self) -> Result<Transaction, Error> {
        let transaction =
            within(ACQUIRE, self.0.start_transaction(TxOpts::default())).await.map_err(entering)?;
        Ok(Transaction(Conn(Link::Transaction(transaction))))
    }

    /// Closes every connection that is not in use, and the others when they come back. Nothing is given out any more.
    pub async fn close(&self) {
        // Whoever does not answer any more is left alone.
        let _in_time = timeout(CLOSE, self.0.clone().disconnect()).await;
    }
}

impl Conn {
    /// Runs `sql` and tells what it did.
    ///
    /// # Errors
    /// As every call: the server is away, or it refuses.
    pub async fn run(&mut self, sql: &str, params: impl Into<Params> + Send) -> Result<Done, Error> {
        let (_no_rows, done) = self.answer::<mysql_async::Row>(sql, params.into()).await?;
        Ok(done)
    }

    /// Every row that `sql` selects, each as a tuple of its columns or as a [`crate::Row`].
    ///
    /// # Errors
    /// As every call; [`Error::Unfit`] when a row is no `T`.
    pub async fn all<T>(&mut self, sql: &str, params: impl Into<Params> + Send) -> Result<Vec<T>, Error>
    where
        T: FromRow + Send + 'static,
    {
        Ok(self.answer(sql, params.into()).await?.0)
    }

    /// The first row that `sql` selects; `None` without one.
    ///
    /// # Errors
    /// As [`Conn::all`].
    pub async fn first<T>(&mut self, sql: &str, params: impl Into<Params> + Send) -> Result<Option<T>, Error>
    where
        T: FromRow + Send + 'static,
    {
        Ok(self.all(sql, params).await?.into_iter().next())
    }

    /// Asks the server for a sign of life.
    ///
    /// # Errors
    /// The server is away.
    pub async fn ping(&mut self) -> Result<(), Error> {
        within(ANSWER, async {
            match &mut self.0 {
                Link::Plain(conn) => conn.ping().await,
                Link::Transaction(conn) => conn.ping().await,
            }
        })
        .await
    }

    /// Runs a text of several statements, for at most `limit`.
    pub(crate) async fn script(&mut self, text: &str, limit: Duration) -> Result<(), Error> {
        within(limit, async {
            match &mut self.0 {
                Link::Plain(conn) => conn.query_drop(text).await,
                Link::Transaction(conn) => conn.query_drop(text).await,
            }
        })
        .await
    }

    /// One value of a statement that may take up to `limit`.
    pub(crate) async fn patient<T>(
        &mut self,
        sql: &str,
        params: Params,
        limit: Duration,
    ) -> Result<Option<T>, Error>
    where
        T: FromRow + Send + 'static,
    {
        within(limit, async {
            match &mut self.0 {
                Link::Plain(conn) => conn.exec_first(sql, params).await,
                Link::Transaction(conn) => conn.exec_first(sql, params).await,
            }
        })
        .await
    }

    async fn answer<T>(&mut self, sql: &str, params: Params) -> Result<(Vec<T>, Done), Error>
    where
        T: FromRow + Send + 'static,
    {
        within(ANSWER, async {
            match &mut self.0 {
                Link::Plain(conn) => ask(conn, sql, params).await,
                Link::Transaction(conn) => ask(conn, sql, params).await,
            }
        })
        .await
    }
}

impl Transaction {
    /// Makes everything that was done count.
    ///
    /// # Errors
    /// [`Error::Away`]: whether it counts is not known.
    pub async fn commit(self) -> Result<(), Error> {
        match self.0.0 {
            Link::Transaction(transaction) => within(ANSWER, transaction.commit()).await,
            Link::Plain(_) => Ok(()),
        }
    }
}

impl Deref for Transaction {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Conn")
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transaction")
    }
}

async fn ask<T, Q>(conn: &mut Q, sql: &str, params: Params) -> mysql_async::Result<(Vec<T>, Done)>
where
    T: FromRow + Send + 'static,
    Q: Queryable,
{
    let mut result = conn.exec_iter(sql, params).await?;
    let rows = result.collect().await?;
    let done =
        Done { affected: result.affected_rows(), last_id: result.last_insert_id().unwrap_or_default() };
    result.drop_result().await?;
    Ok((rows, done))
}

/// Bounds a call. One that is given up leaves its connection unusable; the pool then closes it.
async fn within<T>(limit: Duration, call: impl Future<Output = mysql_async::Result<T>>) -> Result<T, Error> {
    match timeout(limit, call).await {
        Ok(answer) => answer.map_err(Error::from),
        Err(_late) => Err(Error::Away("no answer in time".into())),
    }
}

/// Whoever is not let in may be so later: a password is being changed, a database created.
fn entering(error: Error) -> Error {
    match error {
        Error::Refused(refusal) => Error::Away(refusal.to_string()),
        other => other,
    }
}

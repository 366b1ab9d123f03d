use crate::Error;
use deadpool_redis::{Connection, Manager, Pool, PoolError, Runtime, Timeouts};
use redis::{AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo, io::tcp::TcpSettings};
use std::time::Duration;
use wire::BusId;

const CONNECT: Duration = Duration::from_secs(2);
const ANSWER: Duration = Duration::from_secs(2);
const POOL_SIZE: usize = 8;

#[derive(Debug)]
pub(crate) struct Server {
    id: BusId,
    client: Client,
    pool: Pool,
}

impl Server {
    pub(crate) fn open(id: BusId, url: &str) -> Result<Self, Error> {
        let info = connection_info(url).ok_or(Error::Url(id))?;
        let client = Client::open(info.clone()).map_err(|_url| Error::Url(id))?;
        let config = settings(ANSWER);
        let manager = Manager::new_with_config(info, config).map_err(|_url| Error::Url(id))?;
        let timeouts = Timeouts { wait: Some(CONNECT), create: Some(CONNECT), recycle: Some(ANSWER) };
        let pool = Pool::builder(manager)
            .max_size(POOL_SIZE)
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|_build| Error::Url(id))?;
        Ok(Self { id, client, pool })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) async fn connection(&self) -> Result<Connection, Error> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(source) => Error::from_redis(self.id, source),
            PoolError::Timeout(_) => Error::Unavailable { bus: self.id, cause: "no answer in time".into() },
            other => Error::Unavailable { bus: self.id, cause: other.to_string() },
        })
    }

    /// A connection outside the pool, for commands that block up to `answer`.
    pub(crate) async fn own_connection(
        &self,
        answer: Duration,
    ) -> Result<redis::aio::MultiplexedConnection, Error> {
        self.client
            .get_multiplexed_async_connection_with_config(&settings(answer))
            .await
            .map_err(|source| Error::from_redis(self.id, source))
    }
}

fn settings(answer: Duration) -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(answer))
}

fn connection_info(url: &str) -> Option<ConnectionInfo> {
    let info = url.into_connection_info().ok()?;
    Some(info.set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

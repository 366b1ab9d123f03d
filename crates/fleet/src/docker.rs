//! The Docker engine, seen through the labels of one fleet.
//!
//! Containers without the fleet label, of another fleet, or of a one-off `compose run` do not exist here. A
//! container can be acted on only through a [`Container`] that this room handed out.

mod container;
mod events;
mod logs;

pub use container::{Container, Heal, Health, Role, State};
pub use events::{Action, Change, Event};
pub use logs::{LogLine, Output};

use bollard::{
    errors::Error as Engine,
    query_parameters::{
        InspectContainerOptions, ListContainersOptions, RestartContainerOptions, StartContainerOptions,
        StopContainerOptions,
    },
};
use futures_util::future::join_all;
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::time::timeout;

/// Label with the name of the fleet (the Compose project).
pub const FLEET_LABEL: &str = "io.marketswarm.fleet";
pub(crate) const SERVICE_LABEL: &str = "io.marketswarm.service";
pub(crate) const ONE_OFF_LABEL: &str = "com.docker.compose.oneoff";

const SOCKET: &str = "unix:///var/run/docker.sock";
/// Answer to a question.
const ANSWER: Duration = Duration::from_secs(10);
/// On top of the time that the container gets for stopping: a shorter limit reports failure while the engine
/// completes the job.
const SLACK: Duration = Duration::from_secs(30);
/// Of the client as a whole, hence above every limit used here.
const CLIENT_LIMIT_SEC: u64 = 600;

/// Why the engine did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine is away.
    #[error("docker engine unreachable: {0}")]
    Unreachable(String),
    /// The engine did not answer in time; it may still complete the job.
    #[error("docker engine: no answer in time")]
    Late,
    /// No such container in this fleet.
    #[error("no container of {0}")]
    Absent(String),
    /// The engine answered with an error.
    #[error("docker engine refused ({status}): {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its words.
        message: String,
    },
    /// The address is not one of a unix socket.
    #[error("docker address {0}: expected unix:///path/of/the/socket")]
    Address(String),
}

impl Error {
    /// True when the engine itself is away, rather than unwilling.
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Late)
    }
}

/// The engine, restricted to one fleet. Cheap to clone; nothing is connected until it is used.
#[derive(Debug, Clone)]
pub struct Docker {
    address: Arc<str>,
    fleet: Arc<str>,
    client: Arc<OnceLock<bollard::Docker>>,
}

impl Docker {
    /// The engine at `address` (`DOCKER_HOST`; `None`: the usual socket), restricted to containers of `fleet`.
    ///
    /// # Errors
    /// [`Error::Address`] for anything but a unix socket.
    pub fn open(address: Option<&str>, fleet: &str) -> Result<Self, Error> {
        let address = address.unwrap_or(SOCKET);
        if !address.starts_with("unix://") {
            return Err(Error::Address(address.into()));
        }
        Ok(Self { address: address.into(), fleet: fleet.into(), client: Arc::default() })
    }

    /// Name of the fleet.
    pub fn fleet(&self) -> &str {
        &self.fleet
    }

    /// The same engine, seen as another fleet.
    #[must_use]
    pub fn of(&self, fleet: &str) -> Self {
        Self { fleet: fleet.into(), ..self.clone() }
    }

    /// Asks the engine for a sign of life.
    ///
    /// # Errors
    /// It is away or silent.
    pub async fn ping(&self) -> Result<(), Error> {
        let client = self.client()?;
        ask(ANSWER, client.ping()).await.map(|_ok| ())
    }

    /// Every container of the fleet in whatever state, sorted by phase, then service.
    ///
    /// # Errors
    /// The engine is away or refuses.
    pub async fn containers(&self) -> Result<Vec<Container>, Error> {
        self.select(&[format!("{FLEET_LABEL}={}", self.fleet)]).await
    }

    /// The container of `service`: the running one, else the newest. `None` when there is none.
    ///
    /// # Errors
    /// The engine is away or refuses.
    pub async fn container(&self, service: &str) -> Result<Option<Container>, Error> {
        let labels = [format!("{FLEET_LABEL}={}", self.fleet), format!("{SERVICE_LABEL}={service}")];
        Ok(self.select(&labels).await?.into_iter().max_by(|a, b| a.rank().total_cmp(&b.rank())))
    }

    /// The container that this very program runs in, given its own short or long id. It need not be of this
    /// fleet: its label tells which fleet it belongs to.
    ///
    /// # Errors
    /// [`Error::Absent`] when the id is no container with a fleet label.
    pub async fn own(&self, id: &str) -> Result<Container, Error> {
        self.inspect(id).await?.ok_or_else(|| Error::Absent(id.into()))
    }

    /// Starts `container`. One that runs already is left alone.
    ///
    /// # Errors
    /// The engine is away or refuses.
    pub async fn start(&self, container: &Container) -> Result<(), Error> {
        let client = self.client()?;
        ask(SLACK, client.start_container(&container.id, None::<StartContainerOptions>)).await
    }

    /// Stops `container`: the stop signal, then after `grace` the kill.
    ///
    /// # Errors
    /// The engine is away or refuses.
    pub async fn stop(&self, container: &Container, grace: Duration) -> Result<(), Error> {
        let client = self.client()?;
        let options = StopContainerOptions { signal: None, t: Some(whole_sec(grace)) };
        ask(grace + SLACK, client.stop_container(&container.id, Some(options))).await
    }

    /// Stops `container` as [`Docker::stop`] does, then starts it. It starts a stopped one and wakes a paused
    /// one too: whoever calls this has asked first whether somebody wanted that.
    ///
    /// # Errors
    /// The engine is away or refuses.
    pub async fn restart(&self, container: &Container, grace: Duration) -> Result<(), Error> {
        let client = self.client()?;
        let options = RestartContainerOptions { signal: None, t: Some(whole_sec(grace)) };
        ask(grace + SLACK, client.restart_container(&container.id, Some(options))).await
    }

    async fn select(&self, labels: &[String]) -> Result<Vec<Container>, Error> {
        let client = self.client()?;
        let filters = HashMap::from([("label".to_owned(), labels.to_vec())]);
        let options = ListContainersOptions { all: true, filters: Some(filters), ..Default::default() };
        let listed = ask(ANSWER, client.list_containers(Some(options))).await?;
        let ids: Vec<_> = listed.into_iter().filter_map(|summary| summary.id).collect();
        let inspected = join_all(ids.iter().map(|id| self.inspect(id))).await;
        let mut containers = Vec::with_capacity(ids.len());
        for container in inspected {
            containers.extend(container?.filter(|container| container.fleet == *self.fleet));
        }
        containers.sort_by(|a, b| (a.phase, &a.service).cmp(&(b.phase, &b.service)));
        Ok(containers)
    }

    /// `None` when it is gone, has no fleet label, or is a one-off.
    async fn inspect(&self, id: &str) -> Result<Option<Container>, Error> {
        let client = self.client()?;
        match ask(ANSWER, client.inspect_container(id, None::<InspectContainerOptions>)).await {
            Ok(response) => Ok(Container::parse(response)),
            Err(Error::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn client(&self) -> Result<&bollard::Docker, Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let version = bollard::API_DEFAULT_VERSION;
        let opened = bollard::Docker::connect_with_unix(&self.address, CLIENT_LIMIT_SEC, version)
            .map_err(Error::from)?;
        Ok(self.client.get_or_init(|| opened))
    }
}

impl From<Engine> for Error {
    fn from(source: Engine) -> Self {
        match source {
            Engine::DockerResponseServerError { status_code, message } => {
                Self::Refused { status: status_code, message }
            }
            Engine::RequestTimeoutError => Self::Late,
            other => Self::Unreachable(chain(&other)),
        }
    }
}

/// The innermost cause says what happened; the outer ones only that something did.
fn chain(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

async fn ask<T>(limit: Duration, call: impl Future<Output = Result<T, Engine>>) -> Result<T, Error> {
    match timeout(limit, call).await {
        Ok(answer) => Ok(answer?),
        Err(_late) => Err(Error::Late),
    }
}

fn whole_sec(grace: Duration) -> i32 {
    i32::try_from(grace.as_secs_f64().ceil() as i64).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_unix_socket_is_an_address() {
        assert!(Docker::open(None, "desk").is_ok());
        let refused = Docker::open(Some("tcp://10.0.0.1:2375"), "desk").unwrap_err();
        assert!(refused.to_string().contains("unix://"), "{refused}");
    }

    #[tokio::test]
    async fn a_missing_socket_is_an_unreachable_engine() {
        let docker = Docker::open(Some("unix:///nowhere/docker.sock"), "desk").unwrap();
        assert!(docker.ping().await.unwrap_err().is_unreachable());
    }
}

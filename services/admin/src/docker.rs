//! The fleet's containers, as the commands ask for them.

use crate::desk::Desk;
use anyhow::Context;
use fleet::docker::{Container, Docker, Role, State};

impl Desk {
    /// The engine, restricted to this fleet. Does no I/O.
    pub(crate) fn docker(&self) -> anyhow::Result<Docker> {
        Ok(Docker::open(self.variable("DOCKER_HOST").as_deref(), &self.project)?)
    }

    /// Every container of this fleet, by phase and service.
    pub(crate) async fn containers(&self) -> anyhow::Result<Vec<Container>> {
        self.docker()?.containers().await.context("list the containers")
    }
}

/// True when it does what it is there for: a service runs and is not unhealthy, a job ended with 0.
pub(crate) fn is_well(container: &Container) -> bool {
    use fleet::docker::Health;
    match (container.role, container.state) {
        (Role::Job, State::Exited) => container.exit_code == Some(0),
        (_, State::Running) => container.health != Some(Health::Unhealthy),
        _ => false,
    }
}

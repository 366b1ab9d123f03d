//! V05, V50–V52, V70: containers, ports and files of this machine.

use super::{Found, Subject, told};
use crate::{cli::load_truth::secrets_file, compose, docker::is_well};
use fleet::docker::{Container, Health, Role};
use std::{
    collections::BTreeSet,
    io::ErrorKind,
    net::{IpAddr, UdpSocket},
    os::unix::fs::MetadataExt,
    time::Duration,
};
use tokio::{net::TcpStream, time::timeout};
use wire::BusId;

const CONNECT: Duration = Duration::from_secs(1);

impl Subject<'_> {
    /// No program here speaks MySQL yet: its container's own health check logs in and asks.
    pub(super) async fn database(&self) -> Found {
        let containers = told(self.desk.containers().await)?;
        let database = containers.iter().find(|container| container.service == "mysql");
        match database.map(|container| container.health) {
            None => Err("no container".into()),
            Some(Some(Health::Healthy)) => Ok("healthy, by its container's own check".into()),
            Some(other) => Err(other.map_or("it has no health check", Health::name).into()),
        }
    }

    pub(super) async fn containers(&self) -> Found {
        let containers = told(self.desk.containers().await)?;
        let (expected, source) = self.expected().await?;
        let network = self.desk.network();
        let mut wrong = Vec::new();
        for service in &expected {
            let own: Vec<_> = containers.iter().filter(|container| container.service == *service).collect();
            match own.as_slice() {
                [one] => wrong.extend(fault(one, &network)),
                [] => wrong.push(format!("{service}: no labelled container")),
                many => wrong.push(format!("{service}: {} containers", many.len())),
            }
        }
        let strays = containers.iter().filter(|container| !expected.contains(&container.service));
        wrong
            .extend(strays.map(|container| format!("{}: not in this fleet's definition", container.service)));
        if wrong.is_empty() {
            Ok(format!("{} services of {source}", expected.len()))
        } else {
            Err(wrong.join("; "))
        }
    }

    /// The services of the Compose file, which the wrapper tells where this program runs in its image; where Compose cannot be asked, those of Truth with the buses.
    async fn expected(&self) -> Result<(BTreeSet<String>, &'static str), String> {
        let told = self.desk.variable("MS_COMPOSE_SERVICES");
        let asked = async || compose::answer(self.desk.compose(&["config", "--services"])).await.ok();
        let listed = match told {
            Some(services) => Some(services),
            None => asked().await,
        };
        if let Some(text) = listed {
            return Ok((text.split_whitespace().map(str::to_owned).collect(), "the Compose file"));
        }
        let catalog = self.catalog().await?;
        let mut expected: BTreeSet<String> = catalog.services.keys().cloned().collect();
        expected.extend(BusId::ALL.map(|bus| bus.name().to_owned()));
        expected.extend(["bootstrap", "exchange-sim", "mysql", "nginx"].map(str::to_owned));
        Ok((expected, "Truth, as Compose cannot be asked here"))
    }

    pub(super) async fn closed_from_outside(&self) -> Found {
        let Some(address) = outside_address() else { return Ok("this host has no other address".into()) };
        let ports = [
            ("system-redis", self.desk.port("SYSTEM_REDIS", 6379)),
            ("market-redis", self.desk.port("MARKET_REDIS", 6380)),
            ("intel-redis", self.desk.port("INTEL_REDIS", 6381)),
            ("echo-redis", self.desk.port("ECHO_REDIS", 6382)),
            ("mysql", self.desk.port("MYSQL", 3306)),
        ];
        let mut open = Vec::new();
        for (name, port) in ports {
            if matches!(timeout(CONNECT, TcpStream::connect((address, port))).await, Ok(Ok(_))) {
                open.push(format!("{name} answers on {address}:{port}"));
            }
        }
        if open.is_empty() { Ok(format!("closed on {address}")) } else { Err(open.join(", ")) }
    }

    pub(super) fn secrets_protected(&self) -> Found {
        let path = secrets_file(self.desk);
        match std::fs::metadata(&path) {
            Ok(file) if file.mode() & 0o077 == 0 => {
                Ok(format!("mode {:04o}; ACLs are not part of this fleet", file.mode() & 0o777))
            }
            Ok(file) => {
                Err(format!("{} has mode {:04o}, expected 0600", path.display(), file.mode() & 0o777))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Ok("no secrets file: every secret is unset".into())
            }
            Err(error) => Err(format!("{}: {error}", path.display())),
        }
    }

    pub(super) async fn compose_is_clean(&self) -> Found {
        match self.desk.variable("MS_COMPOSE_CONFIG").as_deref() {
            Some("clean") => return Ok("clean".into()),
            Some(said) => return Err(said.into()),
            None => {}
        }
        let output = told(compose::asked(self.desk.compose(&["config", "--quiet"])).await)?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        match (output.status.success(), said.is_empty()) {
            (true, true) => Ok("clean".into()),
            _ => Err(if said.is_empty() { "refused".into() } else { said }),
        }
    }
}

fn fault(container: &Container, network: &str) -> Option<String> {
    let service = &container.service;
    if container.role == Role::Job {
        return (!is_well(container)).then(|| format!("{service}: ended with {:?}", container.exit_code));
    }
    if !container.networks.iter().any(|attached| attached == network) {
        return Some(format!("{service}: not on network {network}"));
    }
    container.faults.first().map(|fault| format!("{service}: label {fault}"))
}

/// An address of this host that others can reach. Connecting a UDP socket chooses the route and sends nothing.
fn outside_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("198.51.100.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|address| !address.is_loopback() && !address.is_unspecified())
}

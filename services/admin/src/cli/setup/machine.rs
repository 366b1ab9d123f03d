//! What the fleet needs from the machine: Docker, Compose, free ports.

use super::Check;
use crate::{compose, desk::Desk, exit, health};
use fleet::docker::Container;
use std::{io::ErrorKind, net::TcpListener};

/// Compose 2 knows everything that docker-compose.yml says from here on.
const COMPOSE: (u32, u32) = (2, 20);

/// Services that publish a port: variable, default, and whether it follows `MS_BIND`.
const PORTS: [(&str, &str, u16, bool); 8] = [
    ("system-redis", "MS_PORT_SYSTEM_REDIS", 6379, false),
    ("market-redis", "MS_PORT_MARKET_REDIS", 6380, false),
    ("intel-redis", "MS_PORT_INTEL_REDIS", 6381, false),
    ("echo-redis", "MS_PORT_ECHO_REDIS", 6382, false),
    ("mysql", "MS_PORT_MYSQL", 3306, false),
    ("sse", "MS_PORT_SSE", 3001, true),
    ("ui", "MS_PORT_UI", 5173, true),
    ("nginx", "", 0, true),
];

/// Every check, in the order in which a missing thing should be mended.
pub(in crate::cli) async fn checks(desk: &Desk) -> Vec<Check> {
    let containers = desk.containers().await;
    let docker = match &containers {
        Ok(containers) => {
            Check::well("docker", format!("answers; {} containers of this fleet", containers.len()))
        }
        Err(error) => Check::bad("docker", exit::told(error)),
    };
    let known = containers.unwrap_or_default();
    vec![docker, compose(desk).await, ports(desk, &known)]
}

async fn compose(desk: &Desk) -> Check {
    // The wrapper, which runs Compose itself when this program runs in its image, says which one there is.
    let version = match desk.variable("MS_COMPOSE_VERSION") {
        Some(version) => Ok(version),
        None => compose::answer(desk.compose(&["version", "--short"])).await,
    };
    match version {
        Err(error) => Check::bad(
            "compose",
            format!("{}; Compose {}.{} or newer is needed", exit::told(&error), COMPOSE.0, COMPOSE.1),
        ),
        Ok(text) => match parse(&text) {
            Some(version) if version >= COMPOSE => Check::well("compose", text),
            Some((1, _)) => {
                Check::bad("compose", format!("{text}: Compose 1 is not supported, install Compose 2"))
            }
            _ => Check::bad("compose", format!("{text}: {}.{} or newer is needed", COMPOSE.0, COMPOSE.1)),
        },
    }
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().trim_start_matches('v').split(['.', '-', '+']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn ports(desk: &Desk, containers: &[Container]) -> Check {
    let bind = desk.variable("MS_BIND").unwrap_or_else(|| "127.0.0.1".into());
    let mut taken = Vec::new();
    let mut tested = 0;
    for (service, variable, default, follows) in PORTS {
        if health::runs(containers, service) {
            continue;
        }
        let published = match variable {
            "" => vec![("MS_HTTP_PORT", desk.http_port()), ("MS_HTTPS_PORT", desk.https_port())],
            name => vec![(name, desk.port(name.trim_start_matches("MS_PORT_"), default))],
        };
        let address = if follows { bind.as_str() } else { "127.0.0.1" };
        for (variable, port) in published {
            tested += 1;
            match TcpListener::bind((address, port)) {
                // Docker may bind where this user may not.
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
                Err(error) => taken.push(format!("{port} ({error}; {variable}=<another> moves it)")),
            }
        }
    }
    match taken.as_slice() {
        [] => {
            Check::well("ports", format!("{tested} free, {} in use by this fleet", PORTS.len() + 1 - tested))
        }
        taken => Check::bad("ports", taken.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compose_versions_are_compared_as_numbers() {
        assert_eq!(parse("2.26.1-4"), Some((2, 26)));
        assert_eq!(parse("v2.3.4"), Some((2, 3)));
        assert!(parse("v2.9.0") < Some(COMPOSE));
        assert_eq!(parse("unknown"), None);
    }
}

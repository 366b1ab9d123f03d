//! A stand-in for the Docker engine: its real protocol over a unix socket, containers from memory.

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

/// A container of the fleet `marketswarm`.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) service: &'static str,
    pub(crate) role: &'static str,
    pub(crate) phase: u32,
    pub(crate) status: &'static str,
    pub(crate) health: Option<&'static str>,
    pub(crate) log: &'static str,
    /// Whether the engine obeys requests about it.
    pub(crate) obeys: bool,
}

impl Unit {
    pub(crate) fn running(service: &'static str, phase: u32) -> Self {
        Self {
            service,
            role: "service",
            phase,
            status: "running",
            health: Some("healthy"),
            log: "",
            obeys: true,
        }
    }

    pub(crate) fn id(&self) -> String {
        let hex: String = self.service.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("{hex:0<64}")
    }
}

/// What the engine was asked to do, as `POST /containers/<service>/<action>`, with what held at that instant.
type Deeds = Arc<Mutex<Vec<String>>>;

/// Listens until the test ends.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    units: Arc<Mutex<Vec<Unit>>>,
    deeds: Deeds,
}

impl Engine {
    /// `ask` is called at the instant of every deed; its answer is recorded with it.
    pub(crate) fn start(
        socket: &Path,
        units: Vec<Unit>,
        ask: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        let listener = UnixListener::bind(socket).unwrap();
        let engine = Self { units: Arc::new(Mutex::new(units)), deeds: Deeds::default() };
        let (serving, ask) = (engine.clone(), Arc::new(ask));
        thread::spawn(move || {
            for link in listener.incoming() {
                let (engine, ask) = (serving.clone(), Arc::clone(&ask));
                thread::spawn(move || engine.serve(&link.unwrap(), &*ask));
            }
        });
        engine
    }

    pub(crate) fn deeds(&self) -> Vec<String> {
        self.deeds.lock().unwrap().clone()
    }

    fn serve(&self, link: &UnixStream, ask: &dyn Fn(&str) -> String) {
        let mut reader = BufReader::new(link);
        loop {
            let (mut line, mut length) = (String::new(), 0);
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let request = line.trim_end().to_owned();
            loop {
                line.clear();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line == "\r\n" {
                    break;
                }
            }
            reader.read_exact(&mut vec![0; length]).unwrap();
            let (status, kind, body) = self.answer(&request, ask);
            let head = format!(
                "HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let mut link = link;
            if link.write_all(&[head.as_bytes(), &body].concat()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, request: &str, ask: &dyn Fn(&str) -> String) -> (u16, &'static str, Vec<u8>) {
        let mut words = request.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let path = path.split('?').next().unwrap();
        let parts: Vec<_> =
            path.split('/').filter(|part| !part.is_empty() && !part.starts_with("v1.")).collect();
        let json = |status, body: Value| (status, "application/json", body.to_string().into_bytes());
        let mut units = self.units.lock().unwrap();
        let place = parts.get(1).and_then(|id| units.iter().position(|unit| unit.id() == **id));
        match (method, parts.as_slice(), place) {
            ("GET", ["_ping"], _) => (200, "text/plain", b"OK".to_vec()),
            ("GET", ["containers", "json"], _) => {
                // The label filter is the engine's business: this one only ever has one fleet.
                let wanted = |unit: &&Unit| {
                    let one = "io.marketswarm.service%3D";
                    !request.contains(one) || request.contains(&format!("{one}{}%22", unit.service))
                };
                json(200, units.iter().filter(wanted).map(|unit| json!({"Id": unit.id()})).collect())
            }
            ("GET", ["containers", _, "json"], Some(place)) => json(200, inspect(&units[place])),
            ("GET", ["containers", _, "logs"], Some(place)) => {
                let framed = units[place].log.lines().flat_map(frame).collect();
                (200, "application/vnd.docker.multiplexed-stream", framed)
            }
            ("POST", ["containers", _, action], Some(place)) => {
                let unit = &mut units[place];
                let found = ask(&unit.id());
                self.deeds.lock().unwrap().push(format!("{action} {}: {found}", unit.service));
                if !unit.obeys {
                    return json(500, json!({"message": "the disk is full"}));
                }
                unit.status = if *action == "stop" { "exited" } else { "running" };
                (204, "application/json", Vec::new())
            }
            _ => json(404, json!({"message": "No such container"})),
        }
    }
}

fn frame(line: &str) -> Vec<u8> {
    let text = format!("2026-03-02T14:05:09.250000000Z {line}\n");
    let length = u32::try_from(text.len()).unwrap().to_be_bytes();
    [&[1, 0, 0, 0][..], &length, text.as_bytes()].concat()
}

fn inspect(unit: &Unit) -> Value {
    json!({
        "Id": unit.id(), "Name": format!("/marketswarm-{}-1", unit.service), "RestartCount": 2,
        "State": {
            "Status": unit.status, "Running": unit.status == "running", "ExitCode": 0,
            "StartedAt": "2026-03-02T14:05:09.250000000Z", "FinishedAt": "0001-01-01T00:00:00Z",
            "Health": unit.health.map(|health| json!({"Status": health})),
        },
        "Config": {
            "Image": "marketswarm/test:current",
            "Labels": {
                "io.marketswarm.fleet": "marketswarm", "io.marketswarm.service": unit.service,
                "io.marketswarm.role": unit.role, "io.marketswarm.phase": unit.phase.to_string(),
            },
        },
        "HostConfig": {"RestartPolicy": {"Name": "unless-stopped"}},
        "NetworkSettings": {"Networks": {"marketswarm-bus": {}}},
    })
}

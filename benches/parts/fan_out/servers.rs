//! The gateway and its peers, each started alone on the server's core, ready to be measured.

use crate::programs::{load_truth, told};
use benches::{
    load::{Plan, Publish, Target},
    process::Tree,
    root,
};
use serde::Serialize;
use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use testkit::{Rig, free_port, wait_for};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use wire::{BusId, copilot::COMMENTARY, market::EVENTS};

/// The server has one core, everything else the other.
const SERVER_CORE: &str = "0";
pub(crate) const OTHER_CORE: &str = "1";
const BOTH_CORES: &str = "0,1";
/// Both cores are everybody's.
pub(crate) static IS_SHARED: AtomicBool = AtomicBool::new(false);
/// Length of a message.
pub(crate) const BYTES: usize = 400;
/// Signs the sessions of the bench.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";
const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(3);

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Gateway,
    Nchan,
    Node,
    Pushpin,
    Warp,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [Self::Gateway, Self::Nchan, Self::Node, Self::Pushpin, Self::Warp];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Nchan => "nchan",
            Self::Node => "node",
            Self::Pushpin => "pushpin",
            Self::Warp => "warp",
        }
    }
}

/// The event topic of the gateway that messages are published on.
struct Topic {
    path: &'static str,
    message: &'static str,
}

const REMARKS: Topic = Topic {
    path: "sse/vexy?topics=commentary",
    message: r#"{"id":"cmt_1","category":"observation","text":"{stamp}","timestamp":"2025-11-21T15:00:00.000Z","ts":1763737200.0,"trigger":{"kind":"timer"},"mel_context":{},"metadata":{}}"#,
};
const FEED: Topic = Topic {
    path: "sse/market?topics=feed_event",
    message: r#"{"type":"feed_gap","ts":1763737200.0,"market_ts":1763737200.0,"severity":"warn","symbol":null,"path":"/indices","detail":{"text":"{stamp}"}}"#,
};

/// A server that answers.
pub(crate) struct Server {
    pub(crate) target: Target,
    pub(crate) port: u16,
    /// Where the gateway answers nginx; 0 for the others.
    pub(crate) auth_port: u16,
    publish: Publish,
    message: &'static str,
    child: Child,
    _folder: TempDir,
    _origin: JoinSet<()>,
}

impl Server {
    /// Its processes. nginx and pushpin start some of theirs after they have begun to listen.
    pub(crate) fn tree(&self) -> Tree {
        Tree::of(self.child.id())
    }

    /// What it is sent: `rate` messages a second for `seconds`.
    pub(crate) fn plan(&self, rate: f64, seconds: f64) -> Plan {
        let (publish, message) = (self.publish.clone(), self.message.to_owned());
        Plan { publish, message, bytes: BYTES, rate, seconds, first: 1 }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // nginx and pushpin stop their own processes when asked; killed, they would leave them behind.
        let _asked = Command::new("kill").arg(self.child.id().to_string()).status();
        let until = Instant::now() + STOP;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::yield_now();
        }
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Starts servers over one set of Redis servers.
pub(crate) struct Starter {
    pub(crate) rig: Rig,
    topic: Topic,
}

impl Starter {
    pub(crate) async fn new() -> Self {
        let rig = Rig::new().await;
        load_truth(&rig).await;
        // Beside the topic that the claims are about, any other event topic can be measured.
        let is_feed = told("FAN_OUT_TOPIC").as_deref() == Some("feed_event");
        Self { rig, topic: if is_feed { FEED } else { REMARKS } }
    }

    fn channel(&self) -> String {
        if self.topic.path == FEED.path { EVENTS.name.to_string() } else { COMMENTARY.name.to_string() }
    }

    pub(crate) fn redis(&self) -> std::net::SocketAddr {
        self.rig.url(BusId::Market).trim_start_matches("redis://").parse().unwrap()
    }

    /// Starts `kind` and waits until it answers.
    pub(crate) async fn start(&self, kind: Kind) -> Server {
        match kind {
            Kind::Gateway => self.gateway(&[]).await,
            Kind::Nchan => self.nchan().await,
            Kind::Node => {
                let port = free_port();
                let folder = root().join("target/bench-fanout");
                let mut command = pinned("node");
                command.arg(folder.join("server.js")).args([port.to_string(), self.rig.url(BusId::Market)]);
                command.arg(self.channel()).env("NODE_ENV", "production");
                self.subscriber(kind, command, port, "events").await
            }
            Kind::Warp => {
                let port = free_port();
                let mut command = pinned(std::env::current_exe().unwrap());
                command.args([
                    "peer-warp".to_owned(),
                    port.to_string(),
                    self.redis().to_string(),
                    self.channel(),
                ]);
                self.subscriber(kind, command, port, "events").await
            }
            Kind::Pushpin => self.pushpin().await,
        }
    }

    /// The gateway with further settings.
    pub(crate) async fn gateway(&self, extra: &[(&str, String)]) -> Server {
        let (port, ops, auth) = (free_port(), free_port(), free_port());
        let program = told("FAN_OUT_GATEWAY").map_or_else(|| root().join("target/dist/sse"), Into::into);
        let mut command = pinned(program);
        command.env("BOOTSTRAP_REDIS_URL", self.rig.url(BusId::System)).env("LOG_LEVEL", "ERROR");
        for bus in BusId::ALL {
            command.env(format!("{}_REDIS_URL", bus.role().to_uppercase()), self.rig.url(bus));
        }
        let settings = [
            ("OPS_PORT", ops.to_string()),
            ("SSE_PORT", port.to_string()),
            ("AUTH_PORT", auth.to_string()),
            ("PUBLIC_MODE", "1".into()),
            ("APP_SESSION_SECRET", SECRET.into()),
            ("SSE_MAX_CLIENTS", "20000".into()),
            ("SSE_MAX_STREAMS_PER_USER", "20000".into()),
        ];
        command.envs(settings).envs(extra.iter().map(|(key, value)| (*key, value)));
        let child = spawn(command, "the gateway");
        wait_for(START, "the gateway is ready", || status_is(ops, "/readyz", 200)).await;
        let publish = Publish::Redis(self.redis(), self.channel());
        let mut server = ready(child, port, self.topic.path, publish, self.topic.message);
        server.auth_port = auth;
        server
    }

    /// A server that subscribes to the Redis channel itself.
    async fn subscriber(&self, kind: Kind, command: Command, port: u16, path: &str) -> Server {
        let child = spawn(command, kind.name());
        wait_for(START, kind.name(), || accepts(port)).await;
        ready(child, port, path, Publish::Redis(self.redis(), self.channel()), self.topic.message)
    }

    async fn nchan(&self) -> Server {
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let at = folder.path().display();
        let mut text = format!(
            "daemon off;\nworker_processes 1;\nuser root;\npid {at}/pid;\nerror_log {at}/error.log crit;\n\
             load_module /usr/lib/nginx/modules/ngx_nchan_module.so;\nevents {{ worker_connections 19000; }}\n\
             http {{\n access_log off;\n keepalive_requests 1000000000;\n nchan_shared_memory_size 256M;\n"
        );
        for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            text += &format!(" {kind}_temp_path {at}/{kind};\n");
        }
        // Enough is kept for subscribers that are behind: nchan drops what falls out of the buffer.
        text += &format!(
            " server {{\n  listen 127.0.0.1:{port} backlog=4096;\n\
             location = /pub {{ nchan_publisher; nchan_channel_id bench; nchan_message_buffer_length 20000; nchan_message_timeout 60s; }}\n\
             location = /sub {{ nchan_subscriber eventsource; nchan_channel_id bench; nchan_subscriber_first_message newest; }}\n }}\n}}\n"
        );
        let child = nginx(folder.path(), &text);
        wait_for(START, "nchan", || accepts(port)).await;
        let publish = Publish::Post(([127, 0, 0, 1], port).into(), "/pub".into());
        let mut server = ready(child, port, "sub", publish, self.topic.message);
        server._folder = folder;
        server
    }

    async fn pushpin(&self) -> Server {
        let (port, control, push, command_port) = (free_port(), free_port(), free_port(), free_port());
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        let mut origin = JoinSet::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin_port = listener.local_addr().unwrap().port();
        origin.spawn(hold_streams(listener));
        let text = format!(
            "[global]\ninclude=/usr/lib/pushpin/internal.conf\nrundir={at}\nipc_prefix=bench-\nport_offset=0\n\
             [runner]\nservices=condure,zurl,pushpin-proxy,pushpin-handler\nhttp_port=127.0.0.1:{port}\nlogdir={at}\n\
             log_level=0\nclient_buffer_size=8192\nclient_maxconn=19000\ncondure_bin=condure\nzurl_bin=zurl\n\
             [proxy]\nroutesfile=routes\nzurl_out_specs=ipc://{at}/bench-zurl-in\n\
             zurl_out_stream_specs=ipc://{at}/bench-zurl-in-stream\nzurl_in_specs=ipc://{at}/bench-zurl-out\n\
             sig_key=bench\nupdates_check=off\n\
             [handler]\npush_in_spec=tcp://127.0.0.1:{push}\npush_in_http_addr=127.0.0.1\npush_in_http_port={control}\n\
             push_in_http_max_headers_size=10000\npush_in_http_max_body_size=1000000\n\
             command_spec=tcp://127.0.0.1:{command_port}\nmessage_rate=100000000\nmessage_hwm=1000000\nstats_format=tnetstring\n"
        );
        fs::write(folder.path().join("pushpin.conf"), text).unwrap();
        fs::write(folder.path().join("routes"), format!("* 127.0.0.1:{origin_port}\n")).unwrap();
        let mut command = pinned("pushpin");
        command.arg("--config").arg(folder.path().join("pushpin.conf"));
        let child = spawn(command, "pushpin");
        // Its parts find each other after the port is open: it is there when a stream gets its answer.
        let is_up = || async move { accepts(control).await && status_is(port, "/events", 200).await };
        wait_for(START, "pushpin", is_up).await;
        let publish = Publish::Grip(([127, 0, 0, 1], control).into(), "bench".into());
        let mut server = ready(child, port, "events", publish, self.topic.message);
        (server._folder, server._origin) = (folder, origin);
        server
    }
}

fn ready(child: Child, port: u16, path: &str, publish: Publish, message: &'static str) -> Server {
    let target = Target::parse(&format!("http://127.0.0.1:{port}/{path}")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    Server { target, port, publish, message, auth_port: 0, child, _folder: folder, _origin: JoinSet::new() }
}

/// nginx with the configuration `text` in `folder`.
pub(crate) fn nginx(folder: &Path, text: &str) -> Child {
    let file = folder.join("nginx.conf");
    fs::write(&file, text).unwrap();
    let mut command = pinned("nginx");
    command.arg("-e").arg(folder.join("error.log")).arg("-c").arg(&file);
    spawn(command, "nginx")
}

pub(crate) fn server_cores() -> &'static str {
    if IS_SHARED.load(Ordering::Relaxed) { BOTH_CORES } else { SERVER_CORE }
}

/// `program` on the server's core.
pub(crate) fn pinned(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", server_cores()]).arg(program).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

pub(crate) fn spawn(mut command: Command, what: &str) -> Child {
    command.spawn().unwrap_or_else(|error| panic!("{what}: {error}; run scripts/bench"))
}

pub(crate) async fn accepts(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).await.is_ok()
}

/// Whether `GET path` is answered with `status`.
pub(crate) async fn status_is(port: u16, path: &'static str, status: u16) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut head = [0; 12];
        stream.read_exact(&mut head).await?;
        std::io::Result::Ok(head.ends_with(status.to_string().as_bytes()))
    };
    matches!(tokio::time::timeout(Duration::from_secs(2), asked).await, Ok(Ok(true)))
}

/// pushpin asks its origin what to do with a request: hold it, as a stream of the channel.
async fn hold_streams(listener: TcpListener) {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nGrip-Hold: stream\r\nGrip-Channel: bench\r\nContent-Length: 6\r\nConnection: close\r\n\r\n: ok\n\n";
    while let Ok((mut stream, _)) = listener.accept().await {
        let (mut request, mut length) = ([0; 4096], 0);
        while !request[..length].ends_with(b"\r\n\r\n") {
            match stream.read(&mut request[length..]).await {
                Ok(read) if read > 0 => length += read,
                _ => break,
            }
        }
        let _answered = stream.write_all(ANSWER).await;
    }
}

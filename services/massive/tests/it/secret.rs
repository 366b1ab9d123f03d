//! The vendor's key is found nowhere: not in Redis, not in a log line, not in a recording, not in a URL.

use crate::{
    server::{Server, overhear},
    stage::{Exchange, Stage, quick},
};
use massive::{Capture, Config};
use serde_json::json;
use std::{
    fmt::{Debug, Write as _},
    path::Path,
    sync::{Arc, Mutex},
};
use testkit::{Rig, wait};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};
use truth::secret::Secret;
use wire::{BusId, heatmap, market};

const KEY: &str = "kZ8-never-to-be-seen-2f61";

/// Writes every line of every level down.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<String>>);

impl Visit for Lines {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0.lock().unwrap(), " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut self.clone());
        span::Id::from_u64(1)
    }

    fn record(&self, _span: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _span: &span::Id, _follows: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
        self.0.lock().unwrap().push('\n');
    }

    fn enter(&self, _span: &span::Id) {}

    fn exit(&self, _span: &span::Id) {}
}

/// A way to `target` that keeps everything that is sent there.
async fn relay(target: &str) -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sent, target) = (Arc::default(), target.to_owned());
    let kept = Arc::clone(&sent);
    #[expect(clippy::disallowed_methods, reason = "ends with the test")]
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(carry(client, target.clone(), Arc::clone(&kept)));
        }
    });
    (address, sent)
}

async fn carry(client: TcpStream, target: String, sent: Arc<Mutex<Vec<u8>>>) {
    let Ok(server) = TcpStream::connect(&target).await else { return };
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let there = async {
        let mut chunk = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = from_client.read(&mut chunk).await {
            sent.lock().unwrap().extend_from_slice(&chunk[..read]);
            if to_server.write_all(&chunk[..read]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = there => {}
        _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
    }
}

fn holds(text: &[u8], word: &str) -> bool {
    text.windows(word.len()).any(|window| window == word.as_bytes())
}

/// The key goes in one header and nowhere else: least of all into a request's first line.
fn assert_only_in_headers(sent: &[u8]) {
    let sent = String::from_utf8_lossy(sent);
    let lines: Vec<&str> = sent.split("\r\n").collect();
    let asked = lines.iter().filter(|line| line.ends_with(" HTTP/1.1"));
    let paths: Vec<&str> = asked.filter_map(|line| line.split(' ').nth(1)).collect();
    for path in ["/v3/snapshot?", "/v3/snapshot/options/", "/v2/aggs/", "/options", "/indices", "/stocks"] {
        assert!(paths.iter().any(|known| known.starts_with(path)), "{path} was asked for: {paths:?}");
    }
    for line in lines.iter().filter(|line| line.contains(KEY)) {
        assert!(line.to_lowercase().starts_with("authorization: bearer "), "{line}");
    }
}

/// Everything that the servers hold in the end.
async fn assert_not_held(rig: &Rig) {
    for id in [BusId::Market, BusId::System] {
        let mut server = Server::connect(&rig.url(id)).await;
        let names = server.names().await;
        assert!(!names.is_empty());
        for name in names {
            assert!(!name.contains(KEY));
            let contents = server.contents(&name).await;
            assert!(!contents.iter().any(|text| text.contains(KEY)), "the key is in {name}");
        }
    }
}

fn assert_not_recorded(folder: &Path) {
    for day in std::fs::read_dir(folder).unwrap() {
        for file in ["ws.jsonl", "rest.jsonl"] {
            let recorded = std::fs::read_to_string(day.as_ref().unwrap().path().join(file)).unwrap();
            assert!(recorded.lines().count() > 5, "{file} was written");
            assert!(!recorded.contains(KEY), "the key is in {file}");
        }
    }
}

/// REST, sockets and recording, refusals and losses: everything the key takes part in.
async fn run_fully(stage: &Stage) {
    stage.fresh("I:SPX").await;
    stage.counted("chain", "listed", 1.0).await;
    wait("ticks of contracts", || async {
        !stage.rig.bus.entries(&market::option_ticks("SPX"), "0", 1).await.unwrap().is_empty()
    })
    .await;
    stage.exchange.fault(json!({"type": "rest_status", "path": "/v3/snapshot", "args": {"code": 401}})).await;
    stage.exchange.fault(json!({"type": "ws_auth_fail", "count": 3})).await;
    stage.exchange.fault(json!({"type": "ws_drop"})).await;
    stage.event("auth_failed").await;
    stage.exchange.heal().await;
    stage.exchange.fault(json!({"type": "rest_slow", "path": "/v3/snapshot", "args": {"ms": 2_000}})).await;
    stage.counted("spot", "timeouts", 1.0).await;
    stage.exchange.heal().await;
    stage.fresh("I:SPX").await;
    wait("a heatmap", || async { stage.rig.bus.get(&heatmap::latest("I:SPX")).await.unwrap().is_some() })
        .await;
}

#[tokio::test]
async fn the_key_is_found_nowhere() {
    let lines = Lines::default();
    tracing::subscriber::set_global_default(lines.clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (rig, exchange) = (Rig::new().await, Exchange::open(|sim| sim.api_keys = vec![KEY.into()]).await);
    let (relay, sent) = relay(&exchange.address).await;
    let heard = [overhear(&rig.url(BusId::Market)).await, overhear(&rig.url(BusId::System)).await];
    let program = rig
        .start(massive::serve, |config: &mut Config| {
            quick(config, &exchange);
            (config.base_url, config.ws_base) = (format!("http://{relay}"), format!("ws://{relay}"));
            config.api_key = Some(Secret::new(KEY));
            config.capture =
                Capture { rest: true, ws: true, directory: folder.path().to_str().unwrap().to_owned() };
        })
        .await;
    let stage = Stage { rig, exchange, program };
    run_fully(&stage).await;
    let Stage { rig, program, .. } = stage;
    program.stop().await.unwrap();

    let log = lines.0.lock().unwrap().clone();
    assert!(log.contains("feed connected") && log.contains("feed lost"), "the log was heard");
    assert!(!log.contains(KEY), "the key is in the log");
    for heard in heard {
        let heard = heard.lock().unwrap();
        assert!(holds(&heard, "massive"), "the writes were heard");
        assert!(!holds(&heard, KEY), "the key is in Redis");
    }
    assert_not_held(&rig).await;
    assert_not_recorded(folder.path());
    assert_only_in_headers(&sent.lock().unwrap());
}

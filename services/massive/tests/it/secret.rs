//! The vendor's key is found nowhere: not in Redis, not in a log line, not in a URL.

use crate::stage::Stage;
use serde_json::json;
use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};
use truth::secret::Secret;
use wire::BusId;

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

/// Every command that reaches a server from now on.
async fn overhear(address: &str) -> Arc<Mutex<Vec<u8>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut link = TcpStream::connect(address.trim_start_matches("redis://")).await.unwrap();
    link.write_all(b"MONITOR\r\n").await.unwrap();
    let mut ok = [0; 5];
    link.read_exact(&mut ok).await.unwrap();
    let into = Arc::clone(&heard);
    #[expect(clippy::disallowed_methods, reason = "ends with the server it listens to")]
    tokio::spawn(async move {
        let mut chunk = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = link.read(&mut chunk).await {
            into.lock().unwrap().extend_from_slice(&chunk[..read]);
        }
    });
    heard
}

fn holds(text: &[u8], word: &str) -> bool {
    text.windows(word.len()).any(|window| window == word.as_bytes())
}

#[tokio::test]
async fn the_key_is_found_nowhere() {
    let lines = Lines::default();
    tracing::subscriber::set_global_default(lines.clone()).unwrap();
    let keyed = |key: &'static str| {
        Stage::unready(
            move |config| config.api_key = Some(Secret::new(key)),
            |sim| sim.api_keys = vec![KEY.into()],
        )
    };

    let stage = keyed(KEY).await;
    let heard =
        [overhear(&stage.rig.url(BusId::Market)).await, overhear(&stage.rig.url(BusId::System)).await];
    stage.fresh("I:SPX").await;
    stage.exchange.fault(json!({"type": "rest_status", "path": "/v3/snapshot", "args": {"code": 401}})).await;
    stage.exchange.fault(json!({"type": "ws_auth_fail", "count": 2})).await;
    stage.exchange.fault(json!({"type": "ws_drop"})).await;
    stage.event("auth_failed").await;
    stage.exchange.heal().await;
    stage.exchange.fault(json!({"type": "rest_slow", "path": "/v3/snapshot", "args": {"ms": 2_000}})).await;
    stage.counted("spot", "timeouts", 1.0).await;
    stage.recovers().await;

    let log = lines.0.lock().unwrap().clone();
    assert!(log.contains("feed connected") && log.contains("feed lost"), "the log was heard");
    assert!(!log.contains(KEY), "the key is in the log");
    for heard in heard {
        let heard = heard.lock().unwrap();
        assert!(holds(&heard, "massive"), "the writes were heard");
        assert!(!holds(&heard, KEY), "the key is in Redis");
    }
}

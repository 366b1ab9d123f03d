//! A simulator of one's own, and a client of each kind.

use chrono::NaiveTime;
use exchange_sim::{Config, Hours, serve};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{collections::VecDeque, time::Duration};
use tokio::{net::TcpListener, net::TcpStream, task::JoinHandle, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message},
};
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(10);

/// Friday, 10:00 New York time, standing still.
pub(crate) fn frozen() -> Config {
    Config {
        date: "2025-11-21".parse().ok(),
        start: NaiveTime::from_hms_opt(10, 0, 0).unwrap(),
        hours: Hours::Frozen,
        ..Config::default()
    }
}

pub(crate) struct Exchange {
    pub(crate) address: String,
    http: reqwest::Client,
    shutdown: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Exchange {
    #[expect(clippy::disallowed_methods, reason = "the test waits for the task in stop")]
    pub(crate) async fn start(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(serve(config, listener, shutdown.clone()));
        Self { address, http: http(), shutdown, task }
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        timeout(PATIENCE, self.task).await.expect("a prompt end").unwrap().unwrap();
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn response(&self, path: &str) -> reqwest::Response {
        let url = if path.starts_with("http") { path.to_owned() } else { self.url(path) };
        self.http.get(url).bearer_auth("key").send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let response = self.response(path).await;
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// The body of a 200.
    pub(crate) async fn ok(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) async fn without_key(&self, path: &str) -> (u16, Value) {
        let response = self.http.get(self.url(path)).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let response = self.http.post(self.url(path)).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}: {}", response.text().await.unwrap());
        response.json().await.unwrap()
    }

    pub(crate) async fn post_status(&self, path: &str, body: Value) -> u16 {
        self.http.post(self.url(path)).json(&body).send().await.unwrap().status().as_u16()
    }

    pub(crate) async fn fault(&self, fault: Value) -> String {
        self.post("/sim/faults", fault).await["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn lift(&self) {
        assert!(self.http.delete(self.url("/sim/faults")).send().await.unwrap().status().is_success());
    }

    pub(crate) async fn step(&self, seconds: f64) {
        self.post("/sim/step", json!({"seconds": seconds})).await;
    }

    /// All results of a list, page by page.
    pub(crate) async fn pages(&self, path: &str) -> Vec<Value> {
        let mut results = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let mut page = self.ok(&path).await;
            next = page["next_url"].as_str().map(str::to_owned);
            results.append(page["results"].as_array_mut().expect("results"));
            assert!(results.len() < 100_000, "endless pages");
        }
        results
    }

    /// A connection that has said nothing yet.
    pub(crate) async fn dial(&self, path: &str) -> Socket {
        let (stream, _) = connect_async(format!("ws://{}{path}", self.address)).await.unwrap();
        Socket { stream, waiting: VecDeque::new() }
    }

    /// A connection that is subscribed to these topics.
    pub(crate) async fn subscribed(&self, path: &str, topics: &str) -> Socket {
        let mut socket = self.dial(path).await;
        socket.status("connected").await;
        socket.say(json!({"action": "auth", "params": "key"})).await;
        socket.status("auth_success").await;
        socket.say(json!({"action": "subscribe", "params": topics})).await;
        for topic in topics.split(',') {
            let confirmed = socket.status("success").await;
            assert_eq!(confirmed["message"], format!("subscribed to: {topic}"));
        }
        socket
    }
}

fn http() -> reqwest::Client {
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect::<rustls::RootCertStore>();
    let provider = rustls::crypto::ring::default_provider();
    let tls = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap()
}

/// A WebSocket client. Events of a frame are handed out one by one.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    waiting: VecDeque<Value>,
}

impl Socket {
    pub(crate) async fn say(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.stream.send(message).await.unwrap();
    }

    /// The next message as it comes, pings aside; `None` when the connection is gone.
    pub(crate) async fn raw(&mut self) -> Option<Result<Message, Error>> {
        loop {
            match timeout(PATIENCE, self.stream.next()).await.expect("a message within ten seconds") {
                Some(Ok(Message::Ping(_))) => (),
                other => return other,
            }
        }
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> Value {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return event;
            }
            match self.raw().await {
                Some(Ok(Message::Text(text))) => {
                    let frame: Vec<Value> = serde_json::from_str(&text).unwrap();
                    assert!((1..=500).contains(&frame.len()), "{} events in a frame", frame.len());
                    self.waiting.extend(frame);
                }
                other => panic!("expected events, got {other:?}"),
            }
        }
    }

    /// The next status, whatever events come before it.
    pub(crate) async fn status(&mut self, status: &str) -> Value {
        let event = self.until(|event| event["ev"] == "status").await;
        assert_eq!(event["status"], status, "{event}");
        event
    }

    pub(crate) async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = self.event().await;
            if wanted(&event) {
                return event;
            }
        }
    }

    /// `count` events that are no statuses.
    pub(crate) async fn events(&mut self, count: usize) -> Vec<Value> {
        let mut events = Vec::with_capacity(count);
        while events.len() < count {
            events.push(self.until(|event| event["ev"] != "status").await);
        }
        events
    }

    /// The close code, whatever comes before it; `None` when the connection just broke.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            match self.raw().await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => (),
                Some(Err(_)) | None => return None,
            }
        }
    }
}

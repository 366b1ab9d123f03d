//! Streams of events through nginx: TLS, HTTP/2, and a reload in the middle.

use crate::bench::{Edge, cookie, member};
use futures_util::StreamExt;
use serde_json::Value;
use std::{collections::VecDeque, time::Duration};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
struct Frame {
    id: Option<String>,
    event: String,
    data: Value,
}

type Chunks = std::pin::Pin<Box<dyn futures_util::Stream<Item = reqwest::Result<bytes::Bytes>>>>;

struct Events {
    response: http::HeaderMap,
    chunks: Chunks,
    text: String,
    ready: VecDeque<Frame>,
}

fn client() -> reqwest::Client {
    let _first = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().danger_accept_invalid_certs(true).build().unwrap()
}

impl Events {
    async fn open(client: &reqwest::Client, port: u16, path: &str, last_id: Option<&str>) -> Self {
        let cookie = cookie(&member("navigator"));
        let mut request = client.get(format!("https://localhost:{port}{path}")).header("Cookie", cookie);
        if let Some(id) = last_id {
            request = request.header("Last-Event-ID", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.version()), (200, reqwest::Version::HTTP_2));
        let headers = response.headers().clone();
        let chunks = Box::pin(response.bytes_stream());
        Self { response: headers, chunks, text: String::new(), ready: VecDeque::new() }
    }

    /// The next frame; `None` when the connection ends.
    async fn next(&mut self) -> Option<Frame> {
        while self.ready.is_empty() {
            let chunk = timeout(PATIENCE, self.chunks.next()).await.expect("a frame")?.ok()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            while let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                        .map(str::to_owned)
                };
                if let Some(event) = field("event") {
                    let data = serde_json::from_str(&field("data").unwrap()).unwrap();
                    self.ready.push_back(Frame { id: field("id"), event, data });
                }
            }
        }
        self.ready.pop_front()
    }

    async fn connected(&mut self) -> Frame {
        loop {
            let frame = self.next().await.expect("connected");
            if frame.event == "connected" {
                return frame;
            }
        }
    }
}

#[tokio::test]
async fn frames_come_as_they_are_sent_many_streams_on_one_connection() {
    let edge = Edge::start().await;
    let client = client();
    let mut streams = Vec::new();
    for _ in 0..12 {
        let mut events = Events::open(&client, edge.nginx.tls, "/sse/spot", None).await;
        assert_eq!(events.response["content-type"], "text/event-stream");
        assert!(!events.response.contains_key("content-encoding"));
        events.connected().await;
        streams.push(events);
    }
    for value in [6600.0, 6601.0, 6602.0] {
        edge.gateway.spot("I:SPX", value).await;
        for events in &mut streams {
            let frame = events.next().await.unwrap();
            assert_eq!((frame.event.as_str(), &frame.data["I:SPX"]["value"]), ("spot", &value.into()));
        }
    }
    let health = client.get(format!("https://localhost:{}/api/health", edge.nginx.tls));
    let health: Value = health.send().await.unwrap().json().await.unwrap();
    assert_eq!(health["clients"]["spot"], 12);
}

#[tokio::test]
async fn a_reload_of_nginx_loses_nothing_and_repeats_nothing() {
    let edge = Edge::start().await;
    let client = client();
    let mut events = Events::open(&client, edge.nginx.tls, "/sse/market?topics=feed_event", None).await;
    let mut last_id = events.connected().await.id.unwrap();
    let (mut seen, mut resumed, mut sent) = (Vec::new(), 0, 0);
    for round in 0..3 {
        for _ in 0..5 {
            sent += 1;
            edge.gateway.event(sent).await;
        }
        if round < 2 {
            edge.nginx.reload();
        }
        // The old worker leaves with its streams; what is sent meanwhile must be there afterwards.
        loop {
            match events.next().await {
                Some(frame) if frame.event == "feed_event" => {
                    last_id = frame.id.unwrap();
                    seen.push(frame.data["detail"]["n"].as_u64().unwrap());
                    if round == 2 && seen.len() as u64 == sent {
                        break;
                    }
                }
                Some(_) => {}
                None => {
                    sent += 1;
                    edge.gateway.event(sent).await;
                    events = Events::open(
                        &client,
                        edge.nginx.tls,
                        "/sse/market?topics=feed_event",
                        Some(&last_id),
                    )
                    .await;
                    resumed += 1;
                    break;
                }
            }
        }
    }
    assert_eq!((seen, resumed), ((1..=sent).collect::<Vec<_>>(), 2));
}

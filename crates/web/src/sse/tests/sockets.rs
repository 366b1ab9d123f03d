//! Streams over real sockets, taken out of the hands of HTTP.

use super::{Frame, ask, brief, parse};
use crate::{
    Takeover,
    guard::{Gatekeeper, Guard, Route},
    serve_guarded,
    sse::{Hub, Limits, reply},
};
use serde_json::json;
use std::time::Duration;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use warp::Filter;

const PATIENCE: Duration = Duration::from_secs(10);

struct Server {
    hub: Hub,
    port: u16,
    closed: CancellationToken,
    serving: JoinSet<()>,
}

async fn server(edit: impl FnOnce(&mut Limits)) -> Server {
    let hub = super::hub(edit);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let streams = hub.clone();
    let stream = warp::path("sse")
        .and(warp::ext::optional::<Takeover>())
        .map(move |takeover: Option<Takeover>| reply(streams.open(&ask()).unwrap(), takeover));
    let plain = warp::path("plain").map(|| "plain");
    let route = |_path: &str| Route { name: "test", limits: &[] };
    let guard = Guard::new(Vec::new(), Vec::new(), Gatekeeper::open(), route);
    let closed = CancellationToken::new();
    let mut serving = JoinSet::new();
    serving.spawn(serve_guarded(plain.or(stream), guard, listener, closed.clone(), Duration::from_secs(5)));
    Server { hub, port, closed, serving }
}

/// A browser's end of a connection.
struct Line(BufReader<TcpStream>);

impl Line {
    async fn connect(port: u16) -> Self {
        Self(BufReader::new(TcpStream::connect(("127.0.0.1", port)).await.unwrap()))
    }

    async fn ask(&mut self, path: &str, version: &str) -> String {
        let request = format!("GET {path} HTTP/{version}\r\nHost: localhost\r\n\r\n");
        self.0.write_all(request.as_bytes()).await.unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(timeout(PATIENCE, self.0.read_line(&mut head)).await.unwrap().unwrap(), 0);
        }
        head.to_ascii_lowercase()
    }

    /// The next chunk of the body; empty at its end.
    async fn chunk(&mut self) -> String {
        let mut size = String::new();
        timeout(PATIENCE, self.0.read_line(&mut size)).await.unwrap().unwrap();
        let size = usize::from_str_radix(size.trim_end(), 16).unwrap();
        let mut chunk = vec![0; size + 2];
        timeout(PATIENCE, self.0.read_exact(&mut chunk)).await.unwrap().unwrap();
        assert!(chunk.ends_with(b"\r\n"));
        chunk.truncate(size);
        String::from_utf8(chunk).unwrap()
    }

    /// Frames up to `event`.
    async fn until(&mut self, event: &str) -> Vec<Frame> {
        let mut frames = Vec::new();
        while frames.last().is_none_or(|frame: &Frame| frame.event != event) {
            frames.extend(parse(&self.chunk().await));
        }
        frames
    }
}

async fn count(hub: &Hub, expected: usize) {
    let began = Instant::now();
    while hub.counts().get("all").copied().unwrap_or_default() != expected {
        assert!(began.elapsed() < PATIENCE, "{:?}", hub.counts());
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_stream_follows_other_answers_on_its_connection_and_is_whole() {
    let server = server(|_| ()).await;
    let large = format!("\"{}\"", "9".repeat(300 * 1024));
    server.hub.state("clock", "", "1");
    server.hub.state("candles", "SPY", &large);
    let mut line = Line::connect(server.port).await;
    let head = line.ask("/plain", "1.1").await;
    assert!(head.contains("content-length: 5"), "{head}");
    line.0.read_exact(&mut [0; 5]).await.unwrap();
    let head = line.ask("/sse", "1.1").await;
    assert!(head.starts_with("http/1.1 200") && head.contains("transfer-encoding: chunked"), "{head}");
    assert!(head.contains("content-type: text/event-stream") && head.contains("connection: close"), "{head}");
    let greeting = line.chunk().await;
    assert!(greeting.starts_with("retry: ") && greeting.ends_with("\n: ok\n\n"), "{greeting}");
    let snapshot = line.until("connected").await;
    assert_eq!(snapshot.len(), 3);
    assert_eq!(snapshot[1].data.to_string(), large);
    for n in 0..50 {
        server.hub.event("alert", &n.to_string());
        assert_eq!(brief(&line.until("alert").await), [("alert", &json!(n))]);
    }
}

#[tokio::test]
async fn an_older_client_gets_the_stream_as_a_plain_body() {
    let server = server(|_| ()).await;
    let mut line = Line::connect(server.port).await;
    let head = line.ask("/sse", "1.0").await;
    assert!(!head.contains("transfer-encoding"), "{head}");
    let mut text = String::new();
    while !text.contains("event: connected") {
        timeout(PATIENCE, line.0.read_line(&mut text)).await.unwrap().unwrap();
    }
    drop(line);
    count(&server.hub, 0).await;
}

#[tokio::test]
async fn who_hangs_up_or_half_does_is_counted_out_and_gives_room() {
    let server = server(|limits| limits.streams_per_user = 2).await;
    let mut lines = [Line::connect(server.port).await, Line::connect(server.port).await];
    for line in &mut lines {
        line.ask("/sse", "1.1").await;
        line.until("connected").await;
    }
    count(&server.hub, 2).await;
    let [mut half, whole] = lines;
    half.0.shutdown().await.unwrap();
    count(&server.hub, 1).await;
    drop(whole);
    count(&server.hub, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_stops_reading_is_closed_and_one_that_reads_slowly_is_not() {
    let server = server(|limits| {
        (limits.patience, limits.ring.bytes) = (Duration::from_secs(2), 256 << 20);
    })
    .await;
    let (mut stuck, mut slow) = (Line::connect(server.port).await, Line::connect(server.port).await);
    for line in [&mut stuck, &mut slow] {
        line.ask("/sse", "1.1").await;
        line.until("connected").await;
    }
    let large = format!("\"{}\"", "x".repeat(100 * 1024));
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let began = Instant::now();
    // More than the kernel keeps for either; the slow one takes some of it now and then.
    while server.hub.counts()["all"] == 2 {
        assert!(began.elapsed() < Duration::from_secs(30));
        ticks.tick().await;
        server.hub.event("alert", &large);
        slow.0.read_exact(&mut [0; 20 * 1024]).await.unwrap();
    }
    let mut rest = Vec::new();
    let cut = timeout(PATIENCE, stuck.0.read_to_end(&mut rest)).await.expect("the stuck one is closed");
    assert!(cut.is_ok() || !rest.is_empty());
    let mut left = vec![0; 64 * 1024];
    timeout(PATIENCE, slow.0.read_exact(&mut left)).await.unwrap().unwrap();
    assert_eq!(server.hub.counts()["all"], 1, "the slow one stays");
}

#[tokio::test]
async fn at_the_end_every_stream_is_told_ends_and_is_waited_for() {
    let Server { hub, port, closed, mut serving } = server(|_| ()).await;
    let mut lines = Vec::new();
    for _ in 0..10 {
        let mut line = Line::connect(port).await;
        line.ask("/sse", "1.1").await;
        line.until("connected").await;
        lines.push(line);
    }
    let began = Instant::now();
    hub.close();
    closed.cancel();
    for line in &mut lines {
        line.until("shutdown").await;
        assert_eq!(line.chunk().await, "", "the body has its end");
    }
    timeout(PATIENCE, serving.join_next()).await.expect("the server is done").unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_millis(2500), "{:?}", began.elapsed());
    assert_eq!(hub.counts()["all"], 0);
}

#[tokio::test]
async fn a_route_may_own_its_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let echo = warp::ext::get::<Takeover>().map(|takeover: Takeover| {
        takeover.then(async |mut connection: crate::Connection| {
            let mut word = [0; 4];
            connection.socket.read_exact(&mut word).await.unwrap();
            connection.socket.write_all(&word).await.unwrap();
        });
        let response = http::Response::builder().status(101).header("upgrade", "echo");
        response.header("connection", "upgrade").body("").unwrap()
    });
    let route = |_path: &str| Route { name: "test", limits: &[] };
    let guard = Guard::new(Vec::new(), Vec::new(), Gatekeeper::open(), route);
    let mut serving = JoinSet::new();
    let closed = CancellationToken::new();
    serving.spawn(serve_guarded(echo, guard, listener, closed.clone(), Duration::from_secs(1)));
    let mut line = Line::connect(port).await;
    let head = line.ask("/ws HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: echo\r\nX-Rest:", "1.1").await;
    assert!(head.starts_with("http/1.1 101"), "{head}");
    line.0.write_all(b"word").await.unwrap();
    let mut word = [0; 4];
    timeout(PATIENCE, line.0.read_exact(&mut word)).await.unwrap().unwrap();
    assert_eq!(&word, b"word");
    closed.cancel();
}

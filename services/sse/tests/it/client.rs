//! An HTTP client that shows everything: heads, chunks, frames, and what a reader does that never reads.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("JSON: {self:?}"))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The code of the one error body; empty for an answer that is none.
    pub(crate) fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["error"].as_str().unwrap_or_default().to_owned()
    }

    /// Every cookie that it sets.
    pub(crate) fn cookies(&self) -> Vec<&str> {
        self.header("set-cookie").lines().collect()
    }
}

/// Sends a request exactly as written and reads the answer. `path` is not normalised.
pub(crate) async fn request(port: u16, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    try_request(port, method, path, headers, "").await.unwrap()
}

/// Sends a JSON body.
pub(crate) async fn send_json(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let body = body.to_string();
    let length = body.len().to_string();
    let own = [("Content-Type", "application/json"), ("Content-Length", length.as_str())];
    let headers: Vec<_> = headers.iter().copied().chain(own).collect();
    try_request(port, method, path, &headers, &body).await.unwrap()
}

/// The address of a caller whom nobody has seen yet.
pub(crate) fn stranger() -> String {
    static CALLER: AtomicU32 = AtomicU32::new(1);
    std::net::Ipv4Addr::from_bits(0xcb00_0000 + CALLER.fetch_add(1, Ordering::Relaxed)).to_string()
}

/// Asks as a caller of its own, so that only the test about the rate limit meets it.
pub(crate) async fn get(port: u16, path: &str) -> Answer {
    request(port, "GET", path, &[("X-Forwarded-For", &stranger())]).await
}

/// True when a gateway answers on `port`.
pub(crate) async fn is_there(port: u16) -> bool {
    try_request(port, "GET", "/api/health", &[], "").await.is_ok()
}

async fn try_request(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<Answer> {
    let headers: Vec<_> = headers.iter().copied().chain([("Connection", "close")]).collect();
    let mut socket = send(port, method, path, &headers).await?;
    socket.write_all(body.as_bytes()).await?;
    let (status, headers) = head(&mut socket).await?;
    let mut body = Vec::new();
    timeout(PATIENCE, socket.read_to_end(&mut body)).await.expect("the end of the answer")?;
    Ok(Answer { status, headers, body })
}

async fn send(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> std::io::Result<BufReader<TcpStream>> {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await?;
    let host = if headers.iter().any(|(name, _)| *name == "Host") { "" } else { "Host: localhost\r\n" };
    let mut text = format!("{method} {path} HTTP/1.1\r\n{host}");
    headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    text.push_str("\r\n");
    socket.write_all(text.as_bytes()).await?;
    Ok(BufReader::new(socket))
}

async fn head(socket: &mut BufReader<TcpStream>) -> std::io::Result<(u16, BTreeMap<String, String>)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        let read = timeout(PATIENCE, socket.read_line(&mut line)).await.expect("a head")?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == "\r\n" {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines[1..].iter().filter_map(|line| line.split_once(": "));
    let mut found = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        // One that comes twice has its values on a line each.
        let known = found.entry(name.to_ascii_lowercase()).or_default();
        *known = if known.is_empty() { value.to_owned() } else { format!("{known}\n{value}") };
    }
    Ok((status, found))
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    pub(crate) id: Option<String>,
    pub(crate) event: String,
    pub(crate) data: Value,
}

/// An open stream.
#[derive(Debug)]
pub(crate) struct Events {
    socket: BufReader<TcpStream>,
    pub(crate) headers: BTreeMap<String, String>,
    text: String,
}

impl Events {
    pub(crate) async fn open(port: u16, path: &str) -> Self {
        Self::open_from(port, path, None).await
    }

    pub(crate) async fn open_from(port: u16, path: &str, last_id: Option<&str>) -> Self {
        Self::open_as(port, path, "", last_id).await
    }

    /// Opens it with the session `token`; empty: without one.
    pub(crate) async fn open_as(port: u16, path: &str, token: &str, last_id: Option<&str>) -> Self {
        let bearer = format!("Bearer {token}");
        let mut headers = Vec::new();
        headers.extend((!token.is_empty()).then_some(("Authorization", bearer.as_str())));
        headers.extend(last_id.map(|id| ("Last-Event-ID", id)));
        Self::open_with(port, path, &headers).await
    }

    pub(crate) async fn open_with(port: u16, path: &str, headers: &[(&str, &str)]) -> Self {
        let accept = [("Accept", "text/event-stream")];
        let headers: Vec<_> = accept.into_iter().chain(headers.iter().copied()).collect();
        let mut socket = send(port, "GET", path, &headers).await.unwrap();
        let (status, headers) = head(&mut socket).await.unwrap();
        assert_eq!(status, 200);
        Self { socket, headers, text: String::new() }
    }

    /// The next frame with an event name; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                if let Some(frame) = parse(&block) {
                    return Some(frame);
                }
                continue;
            }
            let chunk = timeout(PATIENCE, self.chunk()).await.expect("a frame within ten seconds")?;
            self.text.push_str(&chunk);
        }
    }

    /// The next frame whose event is `event`; whatever comes before it is passed over.
    pub(crate) async fn next_of(&mut self, event: &str) -> Frame {
        let found = async {
            loop {
                let frame = self.next().await.unwrap_or_else(|| panic!("the stream ended before {event}"));
                if frame.event == event {
                    return frame;
                }
            }
        };
        timeout(PATIENCE, found).await.unwrap_or_else(|_late| panic!("no {event} within ten seconds"))
    }

    /// Everything up to `connected`, which is the last.
    pub(crate) async fn snapshot(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        loop {
            frames.push(self.next().await.expect("a snapshot"));
            if frames.last().unwrap().event == "connected" {
                return frames;
            }
        }
    }

    /// The next frame that is not a sign of life.
    pub(crate) async fn news(&mut self) -> Frame {
        loop {
            let frame = self.next().await.expect("the stream goes on");
            if frame.event != "ping" {
                return frame;
            }
        }
    }

    async fn chunk(&mut self) -> Option<String> {
        let mut size = String::new();
        self.socket.read_line(&mut size).await.ok().filter(|read| *read > 0)?;
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        let mut chunk = vec![0; size + 2];
        self.socket.read_exact(&mut chunk).await.ok()?;
        chunk.truncate(size);
        (size > 0).then(|| String::from_utf8(chunk).unwrap())
    }
}

fn parse(block: &str) -> Option<Frame> {
    let mut frame = Frame { id: None, event: String::new(), data: Value::Null };
    for line in block.trim_end().lines() {
        match line.split_once(": ")? {
            ("id", id) => frame.id = Some(id.into()),
            ("event", event) => frame.event = event.into(),
            ("data", data) => frame.data = serde_json::from_str(data).unwrap(),
            _ => {}
        }
    }
    (!frame.event.is_empty()).then_some(frame)
}

//! A client of the simulated exchange: its sockets as a reader sees them, and the operator's paths.

#![allow(dead_code, reason = "each bench uses a part of it")]

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Instant};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, Utf8Bytes},
};

/// Topics of one message: the exchange takes longer ones, but answers each topic.
const TOPICS: usize = 1000;

/// The exchange by address: `127.0.0.1:8790`.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    address: String,
    client: reqwest::Client,
}

impl Exchange {
    pub(crate) fn at(address: impl ToString) -> Self {
        Self { address: address.to_string(), client: reqwest::Client::new() }
    }

    /// What massive needs to find it.
    pub(crate) fn settings(&self) -> [(&'static str, String); 2] {
        [
            ("MASSIVE_BASE_URL", format!("http://{}", self.address)),
            ("MASSIVE_WS_BASE", format!("ws://{}", self.address)),
        ]
    }

    /// True when it answers.
    pub(crate) async fn is_up(&self) -> bool {
        self.client.get(format!("http://{}/sim/health", self.address)).send().await.is_ok()
    }

    /// The answer to a question; `path` begins with a slash.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.get_url(&format!("http://{}{path}", self.address)).await
    }

    async fn get_url(&self, url: &str) -> Value {
        let answer = self.client.get(url).bearer_auth("budgets").send().await.unwrap();
        serde_json::from_slice(&answer.error_for_status().unwrap().bytes().await.unwrap()).unwrap()
    }

    /// Bodies of all pages that begin at `path`, at most `most` of them.
    pub(crate) async fn pages(&self, path: &str, most: usize) -> Vec<Vec<u8>> {
        let mut next = Some(format!("http://{}{path}", self.address));
        let mut pages = Vec::new();
        while let Some(url) = next.filter(|_| pages.len() < most) {
            let answer = self.client.get(url).bearer_auth("budgets").send().await.unwrap();
            let body = answer.error_for_status().unwrap().bytes().await.unwrap().to_vec();
            let page: Value = serde_json::from_slice(&body).unwrap();
            next = page["next_url"].as_str().map(str::to_owned);
            pages.push(body);
        }
        pages
    }

    /// Sets a fault.
    pub(crate) async fn fault(&self, fault: Value) {
        let url = format!("http://{}/sim/faults", self.address);
        self.client.post(url).json(&fault).send().await.unwrap().error_for_status().unwrap();
    }

    /// Lifts every fault.
    pub(crate) async fn heal(&self) {
        let url = format!("http://{}/sim/faults", self.address);
        self.client.delete(url).send().await.unwrap().error_for_status().unwrap();
    }

    /// Topics that clients have subscribed on `/options`.
    pub(crate) async fn option_topics(&self) -> BTreeSet<String> {
        let state = self.get("/sim/state").await;
        let connections = state["connections"].as_array().cloned().unwrap_or_default();
        let options = connections.iter().filter(|connection| connection["path"] == "/options");
        let topics =
            options.flat_map(|connection| connection["topics"].as_array().cloned().unwrap_or_default());
        topics.filter_map(|topic| topic.as_str().map(str::to_owned)).collect()
    }

    /// A connection to `path`, authenticated.
    pub(crate) async fn connect(&self, path: &str) -> Socket {
        let (stream, _) = connect_async(format!("ws://{}{path}", self.address)).await.unwrap();
        let mut socket = Socket(stream);
        socket.say(json!({"action": "auth", "params": "budgets"})).await;
        while !socket.frame().await.unwrap().as_str().contains("auth_success") {}
        socket
    }
}

/// One connection.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// Subscribes `topics` and waits until the exchange has confirmed the last.
    pub(crate) async fn subscribe(&mut self, topics: &[String]) {
        for topics in topics.chunks(TOPICS) {
            self.say(json!({"action": "subscribe", "params": topics.join(",")})).await;
        }
        let Some(last) = topics.last() else { return };
        let confirmed = format!("subscribed to: {last}");
        while !self.frame().await.unwrap().as_str().contains(&confirmed) {}
    }

    /// The next frame; `None` when the connection is over.
    pub(crate) async fn frame(&mut self) -> Option<Utf8Bytes> {
        loop {
            match self.0.next().await? {
                Ok(Message::Text(text)) => return Some(text),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Reads until `until`; events that came.
    pub(crate) async fn count(&mut self, until: Instant) -> usize {
        let mut events = 0;
        while let Ok(Some(frame)) = tokio::time::timeout_at(until.into(), self.frame()).await {
            events += frame.as_str().matches(r#""ev":""#).count();
        }
        events
    }
}

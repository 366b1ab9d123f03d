//! A Redis server by its own protocol: what only a test asks.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// Of a command.
const MAX_WORDS: usize = 6;

pub(crate) struct Server(BufReader<TcpStream>);

impl Server {
    /// `url` is `redis://host:port`.
    pub(crate) async fn connect(url: &str) -> Self {
        Self(BufReader::new(TcpStream::connect(url.trim_start_matches("redis://")).await.unwrap()))
    }

    /// Every text of the answer, lists laid flat.
    pub(crate) async fn ask(&mut self, words: &[&str]) -> Vec<String> {
        let mut command = format!("*{}\r\n", words.len());
        for word in words {
            command.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        self.0.write_all(command.as_bytes()).await.unwrap();
        let (mut texts, mut left) = (Vec::new(), 1_i64);
        while left > 0 {
            left -= 1;
            let mut line = String::new();
            self.0.read_line(&mut line).await.unwrap();
            let (kind, rest) = line.trim_end().split_at(1);
            match kind {
                "*" => left += rest.parse::<i64>().unwrap().max(0),
                "$" => texts.extend(self.text(rest.parse().unwrap()).await),
                "+" | ":" => texts.push(rest.to_owned()),
                _ => panic!("{words:?}: {line}"),
            }
        }
        texts
    }

    async fn text(&mut self, length: i64) -> Option<String> {
        let length = usize::try_from(length).ok()?;
        let mut text = vec![0; length + 2];
        self.0.read_exact(&mut text).await.unwrap();
        text.truncate(length);
        Some(String::from_utf8(text).expect("UTF-8"))
    }

    /// Everything that is held.
    pub(crate) async fn names(&mut self) -> BTreeSet<String> {
        let (mut names, mut cursor) = (BTreeSet::new(), "0".to_owned());
        loop {
            let mut page = self.ask(&["SCAN", &cursor, "COUNT", "1000"]).await;
            names.extend(page.drain(1..));
            cursor = page.remove(0);
            if cursor == "0" {
                return names;
            }
        }
    }

    /// Every text that is held under `name`; of a stream those of the newest entries.
    pub(crate) async fn contents(&mut self, name: &str) -> Vec<String> {
        match self.ask(&["TYPE", name]).await[0].as_str() {
            "string" => self.ask(&["GET", name]).await,
            "hash" => self.ask(&["HGETALL", name]).await,
            "zset" => self.ask(&["ZRANGE", name, "0", "-1"]).await,
            "set" => self.ask(&["SMEMBERS", name]).await,
            "list" => self.ask(&["LRANGE", name, "0", "-1"]).await,
            "stream" => self.ask(&["XREVRANGE", name, "+", "-", "COUNT", "2000"]).await,
            kind => panic!("{name} is a {kind}"),
        }
    }
}

/// Every command that reaches a server from now on, as `MONITOR` tells it.
pub(crate) async fn overhear(url: &str) -> Arc<Mutex<Vec<u8>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut link = TcpStream::connect(url.trim_start_matches("redis://")).await.unwrap();
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

/// The first words of each command that was overheard; texts as `MONITOR` quotes them.
pub(crate) fn commands(heard: &[u8]) -> Vec<Vec<String>> {
    let text = String::from_utf8_lossy(heard);
    let command = |line: &str| -> Option<Vec<String>> {
        let (_, words) = line.split_once("] \"")?;
        let words = words.strip_suffix('"')?.splitn(MAX_WORDS + 1, "\" \"");
        Some(words.take(MAX_WORDS).map(str::to_owned).collect())
    };
    text.lines().filter_map(command).collect()
}

//! Notifications, against a web server and a mail server of the test's own.

use crate::bench::{Alerts, Beating, healer};
use notify::{Pace, Smtp, Tls, Webhook};
use serde_json::Value;
use std::time::Duration;
use testkit::Rig;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

const QUICK: Pace = Pace([Duration::from_millis(10), Duration::from_millis(20), Duration::from_millis(40)]);

/// A web server that gives each answer in turn, then 200 for ever; what it was sent comes out of the channel.
async fn web_server(answers: &'static [&'static str]) -> (String, mpsc::Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks/s3cret", listener.local_addr().unwrap());
    let (sent, bodies) = mpsc::channel(16);
    tokio::spawn(async move {
        for n in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            let answer = answers.get(n).copied().unwrap_or("200 OK\r\n");
            let _closed = sent.send(request(stream, answer).await).await;
        }
    });
    (url, bodies)
}

async fn request(stream: TcpStream, answer: &str) -> Value {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let reply = format!("HTTP/1.1 {answer}content-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(reply.as_bytes()).await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

/// A mail server that takes one message at a time; each comes out of the channel as it was sent.
async fn mail_server() -> (u16, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sent, messages) = mpsc::channel(16);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(session(stream, sent.clone()));
        }
    });
    (port, messages)
}

async fn session(stream: TcpStream, sent: mpsc::Sender<String>) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 desk ESMTP\r\n").await.unwrap();
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|bytes| bytes > 0) {
        let verb = line.trim().split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-desk\r\n250 8BITMIME\r\n",
            "DATA" => "354 go on\r\n",
            "QUIT" => "221 bye\r\n",
            _ => "250 fine\r\n",
        };
        stream.write_all(answer.as_bytes()).await.unwrap();
        if verb == "DATA" {
            let mut message = String::new();
            while !message.ends_with("\r\n.\r\n") {
                stream.read_line(&mut message).await.unwrap();
            }
            sent.send(message).await.unwrap();
            stream.write_all(b"250 queued\r\n").await.unwrap();
        }
        line.clear();
    }
}

async fn within<T>(channel: &mut mpsc::Receiver<T>) -> T {
    timeout(Duration::from_secs(10), channel.recv()).await.expect("a note within ten seconds").unwrap()
}

#[tokio::test]
async fn a_miss_reaches_the_webhook_after_it_failed_twice_and_its_recovery_follows() {
    let rig = Rig::new().await;
    let (url, mut bodies) =
        web_server(&["500 Internal Server Error\r\n", "429 Too Many Requests\r\nretry-after: 0.01\r\n"])
            .await;
    let mut alerts = Alerts::of(&rig).await;
    let _healer = healer(&rig, &["vigil"], |config| {
        config.targets.webhook = Some(Webhook { url, timeout: Duration::from_secs(4) });
        config.targets.pace = QUICK;
    })
    .await;
    alerts.next("heartbeat_miss", "vigil").await;
    let _vigil = Beating::start(&rig.bus, "vigil");
    let text = |body: &Value| body["text"].as_str().unwrap().to_owned();
    for _attempt in 0..3 {
        let body = within(&mut bodies).await;
        assert!(text(&body).starts_with("vigil is late: "), "{body}");
        assert!(text(&body).ends_with("[rig]"), "{body}");
        assert_eq!(body["blocks"][0]["text"]["type"], "mrkdwn");
    }
    assert_eq!(text(&within(&mut bodies).await), "vigil beats again [rig]");
}

#[tokio::test]
async fn a_second_miss_within_the_limit_is_not_told_and_neither_is_its_recovery() {
    let rig = Rig::new().await;
    let (url, mut bodies) = web_server(&[]).await;
    let marker = Beating::start(&rig.bus, "marker");
    let mut alerts = Alerts::of(&rig).await;
    let _healer = healer(&rig, &["vigil", "marker"], |config| {
        config.targets.webhook = Some(Webhook { url, timeout: Duration::from_secs(4) });
    })
    .await;
    for _twice in 0..2 {
        alerts.next("heartbeat_miss", "vigil").await;
        let vigil = Beating::start(&rig.bus, "vigil");
        alerts.next("heartbeat_ok", "vigil").await;
        vigil.silence();
    }
    alerts.next("heartbeat_miss", "vigil").await;
    marker.silence();
    alerts.next("heartbeat_miss", "marker").await;
    let mut told = Vec::new();
    while !told.last().is_some_and(|text: &String| text.starts_with("marker")) {
        told.push(within(&mut bodies).await["text"].as_str().unwrap().to_owned());
    }
    let start = |text: &String| text.split(' ').take(2).collect::<Vec<_>>().join(" ");
    assert_eq!(told.iter().map(start).collect::<Vec<_>>(), ["vigil is", "vigil beats", "marker is"]);
}

#[tokio::test]
async fn a_miss_is_mailed_to_everybody_while_the_webhook_is_dead() {
    let rig = Rig::new().await;
    let (port, mut messages) = mail_server().await;
    let dead = format!("http://127.0.0.1:{}/", testkit::free_port());
    let _healer = healer(&rig, &["vigil"], |config| {
        config.targets.webhook = Some(Webhook { url: dead, timeout: Duration::from_secs(4) });
        config.targets.smtp = Some(Smtp {
            host: "127.0.0.1".into(),
            port,
            tls: Tls::None,
            user: None,
            pass: None,
            from: "healer@desk.example".into(),
            to: vec!["one@desk.example".into(), "two@desk.example".into()],
        });
    })
    .await;
    let message = within(&mut messages).await;
    assert!(message.contains("Subject: [healer] vigil is late: "), "{message}");
    assert!(message.contains("one@desk.example") && message.contains("two@desk.example"), "{message}");
}

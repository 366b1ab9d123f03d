//! Two programs to compare with, in the bench's own executable: a warp server as anybody would write it, and a program
//! that only writes.

use futures_util::{StreamExt, stream};
use std::{
    convert::Infallible,
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream as StdStream,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::broadcast,
    task::JoinSet,
};
use warp::{Filter, sse::Event};

/// Messages that a client may be behind.
const BEHIND: usize = 4096;

/// Runs the program that `arguments` name; `false` when they name none.
pub(crate) async fn run(arguments: &[String]) -> bool {
    match arguments {
        [name, port, redis, channel] if name == "peer-warp" => {
            warp_server(port.parse().unwrap(), redis, channel).await;
        }
        [name, port, clients, batch] if name == "peer-writer" => {
            writer(port.parse().unwrap(), clients.parse().unwrap(), batch.parse().unwrap());
        }
        _ => return false,
    }
    true
}

async fn warp_server(port: u16, redis: &str, channel: &str) {
    let (sender, _) = broadcast::channel::<String>(BEHIND);
    let mut listening = JoinSet::new();
    listening.spawn(subscribe(redis.to_owned(), channel.to_owned(), sender.clone()));
    let events = warp::path!("events").and(warp::get()).map(move || {
        let messages = stream::unfold(sender.subscribe(), |mut messages| async {
            loop {
                match messages.recv().await {
                    Ok(message) => {
                        let event = Event::default().event("commentary").data(message);
                        return Some((Ok::<_, Infallible>(event), messages));
                    }
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return None,
                }
            }
        });
        let begun = stream::iter([Ok(Event::default().comment("ok"))]).chain(messages);
        warp::sse::reply(warp::sse::keep_alive().interval(Duration::from_secs(15)).stream(begun))
    });
    warp::serve(events).run(([127, 0, 0, 1], port)).await;
}

/// Passes on what is published; ends with the connection.
async fn subscribe(redis: String, channel: String, sender: broadcast::Sender<String>) {
    let mut stream = TcpStream::connect(&redis).await.unwrap();
    let request = format!("*2\r\n$9\r\nSUBSCRIBE\r\n${}\r\n{channel}\r\n", channel.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut stream = BufReader::new(stream);
    // A push is `*3`, three bulk strings; the first one confirms the subscription and ends in a number.
    let mut line = String::new();
    let mut parts: Vec<String> = Vec::new();
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        if let Some(length) = line.trim_end().strip_prefix('$') {
            let mut text = vec![0; length.parse::<usize>().unwrap() + 2];
            stream.read_exact(&mut text).await.unwrap();
            text.truncate(text.len() - 2);
            parts.push(String::from_utf8(text).unwrap());
        } else if line.starts_with('*') {
            parts.clear();
        }
        if parts.len() == 3 {
            let _nobody = sender.send(parts.pop().unwrap());
        }
        line.clear();
    }
}

/// Waits for `clients` sockets and writes `batch` frames to each in turn, for as long as they take them: what a core can
/// write at all.
fn writer(port: u16, clients: usize, batch: usize) {
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let mut sockets: Vec<(StdStream, usize)> = (0..clients).map(|_| (answered(&listener), 0)).collect();
    let frame = format!("id: 7c20e1d4-18422.18460\nevent: commentary\ndata: {}\n\n", "x".repeat(400));
    let bytes = frame.repeat(batch).into_bytes();
    while !sockets.is_empty() {
        let mut is_idle = true;
        sockets.retain_mut(|(socket, written)| match socket.write(&bytes[*written..]) {
            Ok(count) => {
                *written = (*written + count) % bytes.len();
                is_idle = false;
                true
            }
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        });
        if is_idle {
            std::thread::yield_now();
        }
    }
}

fn answered(listener: &std::net::TcpListener) -> StdStream {
    let (mut socket, _) = listener.accept().unwrap();
    let mut request = [0; 1024];
    let _length = socket.read(&mut request).unwrap();
    socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n").unwrap();
    socket.set_nodelay(true).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

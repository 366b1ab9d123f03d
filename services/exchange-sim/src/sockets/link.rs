//! One connection: reading, writing, keeping alive, ending.

use super::{
    client::Client,
    conversation::{self, AUTH_TIMEOUT, aim},
    frame::{self, Incoming, Reader},
};
use crate::{Sim, script::FaultKind};
use hyper::upgrade::OnUpgrade;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    io::AsyncWriteExt,
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::{Instant, interval_at, sleep, timeout},
};
use tracing::{debug, info};

const PING_EVERY: Duration = Duration::from_secs(30);
/// A closed client may take this long to say so, too.
const FAREWELL: Duration = Duration::from_secs(2);
const STALL_CHECK: Duration = Duration::from_millis(20);

/// Serves a connection to its end.
pub(super) async fn serve(sim: Arc<Sim>, upgrade: OnUpgrade, path: String, peer: SocketAddr) {
    let Ok(upgraded) = upgrade.await else { return };
    let Some((socket, begun)) = web::socket_of(upgraded) else { return };
    let (read, mut write) = socket.into_split();
    let client = sim.hub.enter(path, peer);
    info!(path = client.path, %peer, "connected");

    conversation::greet(&sim, &client);
    let talk = async {
        let mut reader = Reader::new(read, &begun);
        let closed_by_client = AtomicBool::new(false);
        tokio::select! {
            () = listen(&sim, &client, &mut reader, &closed_by_client) => (),
            () = speak(&sim, &client, &mut write) => {
                if !closed_by_client.load(Relaxed) {
                    farewell(&mut reader).await;
                }
            }
            () = hurry(&sim, &client) => (),
        }
    };
    tokio::select! {
        () = talk => (),
        () = client.cut.cancelled() => reset(&write),
        () = sim.closed.cancelled() => (),
    }
    sim.hub.leave(&client);
    info!(path = client.path, %peer, "disconnected");
}

/// Without lingering, dropping the socket resets the connection.
fn reset(write: &OwnedWriteHalf) {
    let stream: &TcpStream = write.as_ref();
    if let Err(error) = stream.set_zero_linger() {
        debug!(%error, "connection gone before its reset");
    }
}

async fn listen(sim: &Sim, client: &Client, reader: &mut Reader<OwnedReadHalf>, closed: &AtomicBool) {
    loop {
        match reader.next().await {
            Ok(Some(Incoming::Text(text))) => conversation::hear(sim, client, &text),
            Ok(Some(Incoming::Ping(payload))) => {
                if !sim.faults.holds(FaultKind::WsNoPong, aim(client)) {
                    client.send(frame::encode(frame::PONG, &payload));
                }
            }
            Ok(Some(Incoming::Other)) => (),
            Ok(Some(Incoming::Close(code))) => {
                closed.store(true, Relaxed);
                client.close(code.unwrap_or(1000), "");
                // The echo is written by the other half, which then ends the connection.
                std::future::pending::<()>().await;
            }
            Ok(None) | Err(_) => return,
        }
    }
}

async fn speak(sim: &Sim, client: &Client, write: &mut OwnedWriteHalf) {
    let mut pings = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    loop {
        let frame = tokio::select! {
            frame = client.next() => frame,
            _ = pings.tick() => Some(frame::encode(frame::PING, b"")),
        };
        let Some(frame) = frame else { return };
        while sim.faults.holds(FaultKind::WsStall, aim(client)) {
            sleep(STALL_CHECK).await;
        }
        // A write that was under way when the client was given up must not hold the close back for ever.
        let written = tokio::select! {
            written = write.write_all(&frame) => written,
            () = given_up(client) => return,
        };
        if written.is_err() {
            return;
        }
        client.count_bytes(frame.len());
    }
}

async fn given_up(client: &Client) {
    while !client.is_closing() {
        sleep(Duration::from_millis(250)).await;
    }
    sleep(FAREWELL).await;
}

/// Waits for the client's own close, so that what it still sends does not reset the connection.
async fn farewell(reader: &mut Reader<OwnedReadHalf>) {
    let ended = async { while matches!(reader.next().await, Ok(Some(message)) if !is_close(&message)) {} };
    if timeout(FAREWELL, ended).await.is_err() {
        debug!("client did not close");
    }
}

fn is_close(message: &Incoming) -> bool {
    matches!(message, Incoming::Close(_))
}

/// Closes a connection that does not authenticate in time; otherwise never ends.
async fn hurry(sim: &Sim, client: &Client) {
    sleep(sim.config.auth_timeout).await;
    if client.state().key.is_none() && !sim.faults.holds(FaultKind::WsAuthSilent, aim(client)) {
        client.tell(AUTH_TIMEOUT);
        client.close(1000, AUTH_TIMEOUT.1);
    }
    std::future::pending::<()>().await;
}

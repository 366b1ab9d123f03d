use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    Open,
    /// Connections are closed, new ones are refused at once.
    Cut,
    /// Bytes are swallowed, nothing is closed.
    BlackHole,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct State {
    mode: Mode,
    delay: Duration,
}

/// A TCP relay that a test can break.
#[derive(Debug)]
pub struct Link {
    address: SocketAddr,
    state: Arc<watch::Sender<State>>,
    relay: JoinHandle<()>,
}

impl Link {
    pub(crate) async fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(watch::Sender::new(State { mode: Mode::Open, delay: Duration::ZERO }));
        let target = target.to_owned();
        let watched = Arc::clone(&state);
        #[expect(clippy::disallowed_methods, reason = "the relay's own task, aborted with the link")]
        let relay = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if watched.borrow().mode == Mode::Cut {
                    drop(client);
                    continue;
                }
                tokio::spawn(connection(client, target.clone(), watched.subscribe()));
            }
        });
        Self { address, state, relay }
    }

    /// Where to connect: `127.0.0.1:<port>`.
    pub fn addr(&self) -> String {
        self.address.to_string()
    }

    /// Closes every connection and refuses new ones.
    pub async fn cut(&self) {
        self.change(|state| state.mode = Mode::Cut);
        tokio::task::yield_now().await;
    }

    /// Swallows every byte, closing nothing: a pulled cable.
    pub fn black_hole(&self) {
        self.change(|state| state.mode = Mode::BlackHole);
    }

    /// Holds every chunk back for `delay`.
    pub fn delay(&self, delay: Duration) {
        self.change(|state| state.delay = delay);
    }

    /// Works again. Connections that were black-holed are closed, as after a long absence.
    pub async fn mend(&self) {
        if self.state.borrow().mode == Mode::BlackHole {
            self.cut().await;
        }
        self.change(|state| *state = State { mode: Mode::Open, delay: Duration::ZERO });
        tokio::task::yield_now().await;
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        self.state.send_modify(change);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.relay.abort();
        self.change(|state| state.mode = Mode::Cut);
    }
}

async fn connection(client: TcpStream, target: String, state: watch::Receiver<State>) {
    let Ok(server) = TcpStream::connect(&target).await else { return };
    let (client_in, client_out) = client.into_split();
    let (server_in, server_out) = server.into_split();
    let mut cut = state.clone();
    tokio::select! {
        () = copy(client_in, server_out, state.clone()) => {}
        () = copy(server_in, client_out, state) => {}
        _ = cut.wait_for(|state| state.mode == Mode::Cut) => {}
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: watch::Receiver<State>) {
    let mut chunk = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut chunk).await {
        let now = *state.borrow();
        if now.mode == Mode::BlackHole {
            continue;
        }
        if !now.delay.is_zero() {
            tokio::time::sleep(now.delay).await;
        }
        if to.write_all(&chunk[..read]).await.is_err() {
            return;
        }
    }
}

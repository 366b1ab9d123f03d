//! Clients that hold streams open: bare sockets, read as bytes come, or left unread on purpose.

use super::{
    frames::{Heard, Reader},
    tally::{Tally, micros},
};
use anyhow::Context as _;
use std::{
    future::poll_fn,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWriteExt, ReadBuf},
    net::{TcpSocket, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

/// Requests under way at once: more would overflow a listener's queue.
const AT_ONCE: usize = 64;
/// A connection that breaks before it was answered is tried again, as a browser does.
const ATTEMPTS: u32 = 15;
const PAUSE: Duration = Duration::from_millis(50);
const BUFFER: usize = 256 * 1024;
/// A crowd is there when nobody was missing for this long.
const STAYING: Duration = Duration::from_millis(300);
/// How long opening a crowd may take.
const OPENING: Duration = Duration::from_secs(60);

/// Where a stream is: `http://127.0.0.1:3001/sse/all`.
#[derive(Debug, Clone)]
pub struct Target {
    pub(super) address: SocketAddr,
    request: Vec<u8>,
}

impl Target {
    /// Reads a URL of plain HTTP whose host is an address.
    ///
    /// # Errors
    /// It is something else.
    pub fn parse(url: &str) -> anyhow::Result<Self> {
        let rest = url.strip_prefix("http://").with_context(|| format!("{url}: expected http://"))?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let address = host.parse().with_context(|| format!("{host}: expected address:port"))?;
        let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n");
        Ok(Self { address, request: request.into_bytes() })
    }

    /// Port of the server.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    async fn ask(&self) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        let mut stream = socket.connect(self.address).await?;
        stream.write_all(&self.request).await?;
        Ok(stream)
    }
}

type Shared = Arc<Mutex<State>>;

#[derive(Debug)]
struct State {
    tally: Tally,
    /// All clients read into this one: between two reads nothing of it is needed.
    buffer: Vec<u8>,
}

/// Clients of one stream. They leave when it is dropped.
#[derive(Debug)]
pub struct Crowd {
    state: Shared,
    tasks: JoinSet<()>,
    /// Those that read.
    pub readers: usize,
    /// Number of the next message.
    pub next: u64,
}

impl Default for Crowd {
    fn default() -> Self {
        let state = State { tally: Tally::default(), buffer: vec![0; BUFFER] };
        Self { state: Arc::new(Mutex::new(state)), tasks: JoinSet::new(), readers: 0, next: 1 }
    }
}

impl Crowd {
    /// What was received so far.
    pub fn tally(&self) -> impl std::ops::DerefMut<Target = Tally> {
        Guard(lock(&self.state))
    }

    /// Opens `count` streams, spread evenly over `spread`, and waits until each was answered.
    ///
    /// # Errors
    /// One was refused, or a minute was not enough.
    pub async fn join(&mut self, target: &Target, count: usize, spread: Duration) -> anyhow::Result<()> {
        let wanted = self.expect(count);
        let (gate, begun) = (Arc::new(Semaphore::new(AT_ONCE)), Instant::now());
        for client in 0..count {
            let (state, target, gate) = (Arc::clone(&self.state), target.clone(), Arc::clone(&gate));
            let at = begun + spread.mul_f64(client as f64 / count as f64);
            self.tasks.spawn(async move {
                sleep_until(at).await;
                hold(&target, &state, &gate).await;
            });
        }
        self.readers += count;
        self.opened(wanted).await
    }

    /// As [`Crowd::join`], over TLS and HTTP/2, each client with a connection of its own. Any certificate will do.
    ///
    /// # Errors
    /// One was refused, or a minute was not enough.
    pub async fn join_http2(&mut self, url: &str, count: usize) -> anyhow::Result<()> {
        let wanted = self.expect(count);
        for _ in 0..count {
            let client = reqwest::Client::builder().tls_danger_accept_invalid_certs(true).build()?;
            let (state, request) = (Arc::clone(&self.state), client.get(url));
            self.tasks.spawn(async move {
                hold_http2(request, &state).await;
            });
        }
        self.readers += count;
        self.opened(wanted).await
    }

    /// Opens `count` streams that nobody reads.
    ///
    /// # Errors
    /// The server does not accept.
    pub async fn join_stuck(&mut self, target: &Target, count: usize) -> anyhow::Result<()> {
        for _ in 0..count {
            let stream = target.ask().await?;
            self.tasks.spawn(async move {
                let _held = stream;
                std::future::pending::<()>().await;
            });
        }
        Ok(())
    }

    /// How many streams are open when `count` more are.
    fn expect(&self, count: usize) -> usize {
        let mut tally = self.tally();
        tally.is_opening = true;
        tally.open + count
    }

    async fn opened(&self, wanted: usize) -> anyhow::Result<()> {
        let until = Instant::now() + OPENING;
        let mut lacking_at = Instant::now();
        loop {
            let (open, closed, refusal) = {
                let mut tally = self.tally();
                tally.is_opening = tally.open < wanted || lacking_at.elapsed() < STAYING;
                if !tally.is_opening {
                    return Ok(());
                }
                (tally.open, tally.closed, tally.refusal)
            };
            if open < wanted {
                lacking_at = Instant::now();
            }
            anyhow::ensure!(closed == 0, "{closed} clients of {wanted} were not served, status {refusal:?}");
            anyhow::ensure!(Instant::now() < until, "{open} of {wanted} clients are served");
            sleep(Duration::from_millis(10)).await;
        }
    }
}

struct Guard<'a>(MutexGuard<'a, State>);

impl std::ops::Deref for Guard<'_> {
    type Target = Tally;

    fn deref(&self) -> &Tally {
        &self.0.tally
    }
}

impl std::ops::DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut Tally {
        &mut self.0.tally
    }
}

fn lock(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn hold(target: &Target, state: &Shared, gate: &Semaphore) {
    let mut turn = gate.acquire().await.ok();
    for attempt in 1..=ATTEMPTS {
        let (mut reader, mut next) = (Reader::default(), 0);
        let Ok(mut stream) = target.ask().await else {
            sleep(PAUSE * attempt).await;
            continue;
        };
        let mut read = async || poll_fn(|cx| read(cx, &mut stream, state, &mut reader, &mut next)).await;
        let head = loop {
            match read().await {
                Ok(Heard::Body) => {}
                head => break head,
            }
        };
        match head {
            Ok(Heard::Head) => {
                drop(turn.take());
                while read().await.is_ok() {}
                if !lock(state).tally.ended() {
                    return;
                }
                sleep(PAUSE * attempt).await;
            }
            // Counted already.
            Ok(_) => return,
            Err(_) => sleep(PAUSE * attempt).await,
        }
    }
    lock(state).tally.closed += 1;
}

async fn hold_http2(request: reqwest::RequestBuilder, state: &Shared) {
    let (mut reader, mut next) = (Reader::of_body(), 0);
    if let Ok(mut answer) = request.send().await {
        note(&mut lock(state).tally, answer.status().as_u16());
        while let Ok(Some(bytes)) = answer.chunk().await {
            let now = micros();
            let mut state = lock(state);
            let tally = &mut state.tally;
            tally.reads += 1;
            tally.bytes += bytes.len() as u64;
            reader.feed(&bytes, |frame| tally.take(frame, &mut next, now));
        }
    }
    lock(state).tally.closed += 1;
}

fn note(tally: &mut Tally, status: u16) {
    if status == 200 {
        tally.open += 1;
    } else {
        tally.refusal = Some(status);
        tally.closed += 1;
    }
}

/// One read, as soon as there is something; an error when the server has hung up.
fn read(
    cx: &mut Context<'_>,
    stream: &mut TcpStream,
    state: &Shared,
    reader: &mut Reader,
    next: &mut u64,
) -> Poll<std::io::Result<Heard>> {
    let mut state = lock(state);
    let State { tally, buffer } = &mut *state;
    let mut bytes = ReadBuf::new(buffer);
    ready!(Pin::new(stream).poll_read(cx, &mut bytes))?;
    if bytes.filled().is_empty() {
        return Poll::Ready(Err(std::io::ErrorKind::UnexpectedEof.into()));
    }
    let now = micros();
    tally.reads += 1;
    tally.bytes += bytes.filled().len() as u64;
    let heard = reader.feed(bytes.filled(), |frame| tally.take(frame, next, now));
    match heard {
        Heard::Head => note(tally, 200),
        Heard::Refusal(status) => note(tally, status),
        Heard::Body => {}
    }
    Poll::Ready(Ok(heard))
}

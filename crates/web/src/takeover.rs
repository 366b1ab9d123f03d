//! Owning a connection: a route answers, and from then on the socket is its own.
//!
//! What the HTTP library keeps for a connection (buffers, a task, a timer) is let go with it.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use std::{
    fmt,
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::oneshot,
};
use tokio_util::task::task_tracker::TaskTrackerToken;

const ANSWERING: u8 = 0;
/// The body has given all that goes through HTTP.
const GIVEN: u8 = 1;
/// And the socket has taken it.
const OUT: u8 = 2;

/// A socket out of the hands of HTTP.
#[derive(Debug)]
pub struct Connection {
    /// The socket.
    pub socket: TcpStream,
    /// What was read from it beyond the request.
    pub read: Bytes,
    /// The server waits for it at shutdown, for its grace: keep it as long as the socket.
    pub open: Open,
}

/// Tells the server that a connection is still open.
#[derive(Debug)]
pub struct Open(#[expect(dead_code, reason = "works by being dropped")] TaskTrackerToken);

impl Open {
    pub(crate) const fn new(token: TaskTrackerToken) -> Self {
        Self(token)
    }
}

type Heir = Box<dyn FnOnce(Connection) -> BoxFuture<'static, ()> + Send>;

/// The right to the connection of a request; in the extensions of HTTP/1.1 requests of
/// [`serve_guarded`](crate::serve_guarded) (`warp::ext::optional::<Takeover>()`). Cheap to clone.
///
/// The connection is handed over when the answer is `101` and has left, or when the body says so, which only bodies
/// of this crate do. After any other answer nothing happens.
#[derive(Clone)]
pub struct Takeover(Arc<Handle>);

struct Handle {
    state: AtomicU8,
    heir: Mutex<Option<Heir>>,
}

impl fmt::Debug for Takeover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Takeover")
    }
}

impl Takeover {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Handle { state: AtomicU8::new(ANSWERING), heir: Mutex::new(None) }))
    }

    /// Goes on with `heir` on the connection's own task once the answer is out. Dropped unrun when the connection is
    /// lost before, or goes on with other requests.
    pub fn then<F>(&self, heir: impl FnOnce(Connection) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let heir: Heir = Box::new(|connection| Box::pin(heir(connection)));
        *self.0.heir.lock().unwrap_or_else(PoisonError::into_inner) = Some(heir);
    }

    /// The connection, once the answer is out; `None` when it was lost before. The server does not wait for it at
    /// shutdown: prefer [`Takeover::then`].
    pub fn take(&self) -> impl Future<Output = Option<(TcpStream, Bytes)>> + Send + use<> {
        let (give, taken) = oneshot::channel();
        self.then(async move |connection: Connection| {
            // Nobody waits any more: the socket closes.
            drop(give.send((connection.socket, connection.read)));
        });
        async move { taken.await.ok() }
    }

    /// Nothing more goes through HTTP: hand over when what was given is out.
    pub(crate) fn given(&self) {
        // The body is polled on: what is out stays out.
        let _later = self.0.state.compare_exchange(ANSWERING, GIVEN, Ordering::AcqRel, Ordering::Relaxed);
    }

    pub(crate) fn is_out(&self) -> bool {
        self.0.state.load(Ordering::Acquire) == OUT
    }

    pub(crate) fn heir(&self) -> Option<Heir> {
        self.0.heir.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// `inner`, watched for everything being out.
    pub(crate) fn watch<S>(&self, inner: S) -> Watched<S> {
        Watched { inner, takeover: self.clone() }
    }
}

/// Notes that a flush has passed through: HTTP flushes the socket when its own buffer is empty, not before.
#[derive(Debug)]
pub(crate) struct Watched<S> {
    inner: S,
    takeover: Takeover,
}

impl<S> Watched<S> {
    pub(crate) fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            let state = &self.takeover.0.state;
            // Any other state is right as it is.
            let _other = state.compare_exchange(GIVEN, OUT, Ordering::AcqRel, Ordering::Relaxed);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

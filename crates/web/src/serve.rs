use crate::{
    guard::Guard,
    patience::Patient,
    recover,
    takeover::{Connection, Open, Takeover, Watched},
    unread::Lender,
};
use bytes::Bytes;
use http::{Request, Version, header};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::{HttpService, Service, service_fn},
    upgrade::Upgraded,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::{Builder, upgrade::downcast},
        graceful::GracefulShutdown,
    },
    service::TowerToHyperService,
};
use std::{
    convert::Infallible,
    error::Error as StdError,
    future::poll_fn,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, warn};
use warp::{Filter, Rejection, Reply};

const HEADER_READ: Duration = Duration::from_secs(30);
const LINGER: Duration = Duration::from_secs(2);
const HEADER_BYTES: usize = 16 * 1024;
/// What may lie in the kernel unsent. The kernel's own limit is megabytes: a slow reader of live data would see
/// minutes of the past before the present.
const UNSENT_BYTES: u32 = 128 * 1024;

/// Who is at the other end of the connection; in the extensions of every request (`warp::ext::get::<Peer>()`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// Serves `routes` until `shutdown`, then lets open requests finish for up to `grace`.
///
/// A stream that never ends by itself must end on `shutdown`, or it is cut after `grace`. Rejections become
/// the one error body. A peer that takes no byte for 20 s is given up.
pub async fn serve<R>(routes: R, listener: TcpListener, shutdown: CancellationToken, grace: Duration)
where
    R: Filter<Error = Rejection> + Clone + Send + Sync + 'static,
    R::Extract: Reply,
{
    let routes = TowerToHyperService::new(warp::service(routes.recover(recover)));
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ)
        .max_buf_size(HEADER_BYTES.max(8192));
    builder.http2().timer(TokioTimer::new());
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    while let Some((socket, peer)) = accepted(&listener, &mut connections, &shutdown).await {
        let routes = routes.clone();
        let with_peer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            routes.call(request)
        });
        let io = TokioIo::new(Patient::new(socket));
        let connection = builder.serve_connection_with_upgrades(io, with_peer).into_owned();
        let watched = graceful.watch(connection);
        connections.spawn(async move {
            if let Err(error) = watched.await {
                debug!(%error, "connection ended");
            }
        });
    }
    drop(listener);
    if timeout(grace, graceful.shutdown()).await.is_err() {
        warn!(open = connections.len(), "connections cut at shutdown");
    }
    connections.shutdown().await;
}

/// As [`serve`], with a guard before the routes: for servers that browsers reach.
///
/// Speaks HTTP/1.1 only, as the edge proxy does with it. A route may take its connection over: see [`Takeover`].
pub async fn serve_guarded<R>(
    routes: R,
    guard: Guard,
    listener: TcpListener,
    shutdown: CancellationToken,
    grace: Duration,
) where
    R: Filter<Error = Rejection> + Clone + Send + Sync + 'static,
    R::Extract: Reply,
{
    let routes = Arc::new(TowerToHyperService::new(warp::service(routes.recover(recover))));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_READ).max_buf_size(HEADER_BYTES.max(8192));
    let (open, mut connections) = (TaskTracker::new(), JoinSet::new());
    while let Some((socket, peer)) = accepted(&listener, &mut connections, &shutdown).await {
        let (takeover, guard, routes) = (Takeover::new(), guard.clone(), Arc::clone(&routes));
        let io = TokioIo::new(takeover.watch(Patient::new(socket)));
        let right = takeover.clone();
        let guarded = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            if request.version() == Version::HTTP_11 {
                request.extensions_mut().insert(right.clone());
            }
            let (admitted, refusal) = guard.admit(&mut request, peer);
            // Who asks before sending has nothing under way.
            let is_sending = !request.headers().contains_key(header::EXPECT);
            let lender = Lender::default();
            let request = request.map(|body| lender.lend(body));
            let answer = refusal.is_none().then(|| routes.call(request));
            Box::pin(async move {
                let answer = match answer {
                    Some(answer) => answer.await?,
                    None => refusal.unwrap_or_default(),
                };
                if is_sending {
                    lender.take_in().await;
                }
                Ok::<_, Infallible>(admitted.finish(answer))
            })
        });
        let connection = builder.serve_connection(io, guarded);
        let open = Open::new(open.token());
        connections.spawn(converse(connection, takeover, open, shutdown.clone()));
    }
    drop(listener);
    open.close();
    if timeout(grace, open.wait()).await.is_err() {
        warn!(open = open.len(), "connections cut at shutdown");
    }
    connections.shutdown().await;
}

/// Answers the requests of a connection until it ends, `shutdown` comes, or a route has taken it over.
async fn converse<S>(
    mut connection: http1::Connection<TokioIo<Watched<Patient<TcpStream>>>, S>,
    takeover: Takeover,
    open: Open,
    shutdown: CancellationToken,
) where
    S: HttpService<Incoming> + Unpin,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    S::Future: Unpin,
    S::ResBody: Body + 'static,
    <S::ResBody as Body>::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let answered = {
        let mut closing = pin!(shutdown.cancelled());
        let mut is_closing = false;
        poll_fn(|cx| {
            if !is_closing && closing.as_mut().poll(cx).is_ready() {
                is_closing = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            match connection.poll_without_shutdown(cx) {
                Poll::Pending if takeover.is_out() => Poll::Ready(Ok(())),
                other => other,
            }
        })
        .await
    };
    let parts = connection.into_parts();
    let mut socket = parts.io.into_inner().into_inner().into_inner();
    if let Err(error) = answered {
        debug!(%error, "connection ended");
        linger(&mut socket).await;
        return;
    }
    let read = parts.read_buf;
    drop(parts.service);
    if let Some(heir) = takeover.heir() {
        heir(Connection { socket, read, open }).await;
    } else if let Err(error) = socket.shutdown().await {
        debug!(%error, "connection lost at its end");
    }
}

/// The next connection and its peer; `None` at `shutdown`.
async fn accepted(
    listener: &TcpListener,
    connections: &mut JoinSet<()>,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, Peer)> {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_done) = connections.join_next(), if !connections.is_empty() => continue,
            () = shutdown.cancelled() => return None,
        };
        match accepted {
            Ok((socket, peer)) => match set_up(&socket) {
                Ok(()) => return Some((socket, Peer(peer))),
                Err(error) => debug!(%error, "connection lost at once"),
            },
            Err(error) => {
                // Out of file descriptors: wait for some to come back rather than spin.
                warn!(%error, "accept refused");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Lets a peer whose request was refused unread have its answer: closing on unread bytes takes the answer back.
async fn linger(socket: &mut TcpStream) {
    let discard = async {
        let mut unread = [0; 4096];
        if socket.shutdown().await.is_ok() {
            while matches!(socket.read(&mut unread).await, Ok(1..)) {}
        }
    };
    if timeout(LINGER, discard).await.is_err() {
        debug!("peer does not stop sending");
    }
}

/// The socket of an upgraded connection, and what was read from it beyond the request; `None` when the
/// connection was not served by this crate.
pub fn socket_of(upgraded: Upgraded) -> Option<(TcpStream, Bytes)> {
    let parts = downcast::<TokioIo<Patient<TcpStream>>>(upgraded).ok()?;
    Some((parts.io.into_inner().into_inner(), parts.read_buf))
}

fn set_up(socket: &TcpStream) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    socket2::SockRef::from(socket).set_tcp_notsent_lowat(UNSENT_BYTES)
}

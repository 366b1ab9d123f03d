use crate::{guard::Guard, patience::Patient, recover};
use bytes::Bytes;
use http::Request;
use hyper::{body::Incoming, service::service_fn, upgrade::Upgraded};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::{Builder, upgrade::downcast},
        graceful::GracefulShutdown,
    },
    service::TowerToHyperService,
};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use warp::{Filter, Rejection, Reply};

const HEADER_READ: Duration = Duration::from_secs(30);
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
    accept(routes, None, listener, shutdown, grace).await;
}

/// As [`serve`], with a guard before the routes: for servers that browsers reach.
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
    accept(routes, Some(guard), listener, shutdown, grace).await;
}

async fn accept<R>(
    routes: R,
    guard: Option<Guard>,
    listener: TcpListener,
    shutdown: CancellationToken,
    grace: Duration,
) where
    R: Filter<Error = Rejection> + Clone + Send + Sync + 'static,
    R::Extract: Reply,
{
    let service = TowerToHyperService::new(warp::service(routes.recover(recover)));
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ)
        .max_buf_size(HEADER_BYTES.max(8192));
    builder.http2().timer(TokioTimer::new());
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();

    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_done) = connections.join_next(), if !connections.is_empty() => continue,
            () = shutdown.cancelled() => break,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors: wait for some to come back rather than spin.
                warn!(%error, "accept refused");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        if let Err(error) = set_up(&socket) {
            debug!(%error, "connection lost at once");
            continue;
        }
        let (service, guard, peer) = (service.clone(), guard.clone(), Peer(peer));
        let with_peer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            let admitted = guard.as_ref().map(|guard| guard.admit(&mut request, peer));
            let service = service.clone();
            async move {
                match admitted {
                    None => hyper::service::Service::call(&service, request).await,
                    Some((admitted, Some(refusal))) => Ok(admitted.finish(refusal)),
                    Some((admitted, None)) => hyper::service::Service::call(&service, request)
                        .await
                        .map(|answer| admitted.finish(answer)),
                }
            }
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

//! WebSockets: through nginx to copilot, and through the gateway where there is no nginx.

use crate::bench::{Edge, KNOWN_ORIGIN, SESSION_SECRET, cookie, member};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::time::Duration;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue},
};
use wire::access;

const PATIENCE: Duration = Duration::from_secs(10);

async fn open<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    host: &str,
    path: &str,
    headers: &[(&'static str, &str)],
) -> Result<WebSocketStream<S>, u16> {
    let mut request = format!("ws://{host}{path}").into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
    }
    match timeout(PATIENCE, client_async(request, stream)).await.expect("an answer") {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(refused)) => Err(refused.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

/// The next text as JSON; `None` at the end.
async fn next<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocketStream<S>) -> Option<Value> {
    match timeout(PATIENCE, socket.next()).await.expect("a message or the end")?.ok()? {
        Message::Text(text) => Some(serde_json::from_str(&text).unwrap()),
        _ => None,
    }
}

async fn echoes<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocketStream<S>) {
    let large = format!("\"{}\"", "x".repeat(100_000));
    for text in ["1", "[2]", &large] {
        socket.send(Message::text(text)).await.unwrap();
        assert_eq!(next(socket).await.unwrap().to_string(), text);
    }
}

#[tokio::test]
async fn a_websocket_passes_nginx_with_its_identity() {
    let edge = Edge::start().await;
    let host = format!("localhost:{}", edge.browser.port());
    let (cookie, own) = (cookie(&member("navigator")), format!("https://{host}"));
    let forged = ("x-user-id", "1");
    for path in ["/ws/mel?symbol=SPX", "/ws/commentary"] {
        let headers = [("cookie", cookie.as_str()), ("origin", own.as_str()), forged];
        let mut socket = open(edge.browser.connect().await, &host, path, &headers).await.unwrap();
        let hello = next(&mut socket).await.unwrap();
        assert_eq!((&hello["echo"], &hello["headers"]["x-user-id"]), (&"copilot".into(), &"57".into()));
        assert_eq!(
            hello["headers"]["x-internal-auth"],
            auth::identity::internal_token(SESSION_SECRET.as_bytes())
        );
        echoes(&mut socket).await;
    }
    for (headers, status) in [
        (vec![], 401),
        (vec![("cookie", "ms_session=x")], 401),
        (vec![("cookie", cookie.as_str()), ("origin", "https://evil.example")], 403),
    ] {
        let refused = open(edge.browser.connect().await, &host, "/ws/mel", &headers).await;
        assert_eq!(refused.err(), Some(status), "{headers:?}");
    }
    let other = open(edge.browser.connect().await, &host, "/ws/other", &[("cookie", &cookie)]).await;
    assert_eq!(other.err(), Some(404));
}

#[tokio::test]
async fn the_gateway_tunnels_too_until_the_session_ends() {
    let edge = Edge::start().await;
    let host = format!("localhost:{}", edge.gateway.port);
    let connect = || async { TcpStream::connect(("127.0.0.1", edge.gateway.port)).await.unwrap() };
    let mine = member("navigator");
    let cookie = cookie(&mine);
    let headers = [("cookie", cookie.as_str()), ("origin", KNOWN_ORIGIN), ("x-user-admin", "1")];
    let mut socket = open(connect().await, &host, "/ws/mel?dte=0", &headers).await.unwrap();
    let hello = next(&mut socket).await.unwrap();
    let told = &hello["headers"];
    assert_eq!((&hello["path"], &hello["query"]), (&"/ws/mel".into(), &"dte=0".into()));
    assert_eq!((&told["x-user-id"], &told["x-user-admin"]), (&"57".into(), &"0".into()));
    assert_eq!(told["cookie"], Value::Null);
    echoes(&mut socket).await;
    for (headers, status) in
        [(vec![], 401), (vec![("cookie", cookie.as_str()), ("origin", "https://evil.example")], 403)]
    {
        assert_eq!(open(connect().await, &host, "/ws/mel", &headers).await.err(), Some(status));
    }
    let plain = crate::client::request(edge.gateway.port, "GET", "/ws/mel", &[("Cookie", &cookie)]).await;
    assert_eq!(plain.status, 404, "only what wants to be a WebSocket");
    edge.gateway.rig.bus.publish(&access::SESSION_REVOKED, &mine.sid).await.unwrap();
    while next(&mut socket).await.is_some() {}
    assert_eq!(open(connect().await, &host, "/ws/mel", &headers).await.err(), Some(401));
}

#[tokio::test]
async fn a_gateway_that_stops_ends_its_tunnels() {
    let edge = Edge::start().await;
    let host = format!("localhost:{}", edge.gateway.port);
    let stream = TcpStream::connect(("127.0.0.1", edge.gateway.port)).await.unwrap();
    let cookie = cookie(&member("navigator"));
    let mut socket = open(stream, &host, "/ws/mel", &[("cookie", &cookie)]).await.unwrap();
    next(&mut socket).await.unwrap();
    let Edge { gateway, copilot: _copilot, .. } = edge;
    let (stopped, ()) =
        tokio::join!(gateway.program.stop(), async { while next(&mut socket).await.is_some() {} });
    stopped.unwrap();
}

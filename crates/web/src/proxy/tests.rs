use super::*;
use crate::serve;
use futures_util::StreamExt;
use http::HeaderValue;
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use warp::Filter;

const PATIENCE: Duration = Duration::from_millis(400);

fn at(port: u16, path: &str) -> Upstream {
    let uri = format!("http://127.0.0.1:{port}{path}").parse().unwrap();
    Upstream { service: "journal", uri, patience: PATIENCE }
}

/// What reaches an upstream: a line for each header, a blank one, the number of bytes.
async fn echo() -> (u16, DropGuard) {
    let asked = warp::method().and(warp::header::headers_cloned()).and(warp::body::stream());
    let routes = asked.then(report);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, stop) = (listener.local_addr().unwrap().port(), CancellationToken::new());
    let serving = serve(routes, listener, stop.clone(), Duration::ZERO);
    #[expect(clippy::disallowed_methods, reason = "ends with the guard")]
    tokio::spawn(serving);
    (port, stop.drop_guard())
}

async fn report<B: bytes::Buf>(
    method: Method,
    headers: HeaderMap,
    body: impl Stream<Item = Result<B, warp::Error>> + Send,
) -> Response {
    let mut body = std::pin::pin!(body);
    let mut bytes = 0;
    while let Some(Ok(chunk)) = body.next().await {
        bytes += chunk.remaining();
    }
    let lines = headers.iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()));
    let mut response = format!("{method}\n{}\n{bytes}", lines.collect::<String>()).into_response();
    for (name, value) in [
        ("etag", "\"7\""),
        ("location", "/api/logs/7"),
        ("retry-after", "3"),
        ("cache-control", "no-store"),
        ("content-disposition", "attachment"),
        ("set-cookie", "a=b"),
        ("server", "journal"),
        ("x-own", "1"),
        ("access-control-allow-origin", "*"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// An upstream that answers each connection with `answer` of its number, as it stands.
async fn scripted<F, A>(answer: F) -> (u16, Arc<AtomicUsize>)
where
    F: Fn(usize, TcpStream) -> A + Send + 'static,
    A: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(answer(number, socket));
        }
    });
    (port, count)
}

fn asked(
    method: Method,
    headers: &[(&'static str, &'static str)],
    body: Vec<&'static [u8]>,
) -> Asked<impl Stream<Item = Result<&'static [u8], Infallible>> + Send + 'static> {
    let pairs =
        headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));
    Asked { method, headers: pairs.collect(), body: stream::iter(body.into_iter().map(Ok)) }
}

async fn text(response: Response) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn read_head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn only_named_headers_pass_and_identity_is_ours() {
    let (port, _upstream) = echo().await;
    let sent = [
        ("content-type", "text/x-any"),
        ("accept", "a/b"),
        ("idempotency-key", "k"),
        ("if-match", "\"1\""),
        ("if-none-match", "\"2\""),
        ("range", "bytes=0-1"),
        ("cookie", "ms_session=x"),
        ("authorization", "Bearer x"),
        ("x-user-id", "1"),
        ("origin", "https://x"),
        ("accept-encoding", "br"),
        ("connection", "keep-alive"),
        ("content-length", "4"),
        ("user-agent", "me"),
    ];
    let identity = HeaderMap::from_iter([("x-user-id".parse().unwrap(), HeaderValue::from_static("57"))]);
    let answer = Proxy::default()
        .forward(&at(port, "/x"), asked(Method::POST, &sent, vec![b"ab", b"cd"]), identity)
        .await
        .unwrap();
    let mut back: Vec<_> = answer.headers().keys().map(|name| name.as_str().to_owned()).collect();
    back.sort_unstable();
    assert_eq!(
        back,
        [
            "cache-control",
            "content-disposition",
            "content-length",
            "content-type",
            "etag",
            "location",
            "retry-after"
        ]
    );
    let text = text(answer).await;
    let (head, bytes) = text.split_once("\n\n").unwrap();
    let mut lines: Vec<_> = head.lines().skip(1).filter(|line| !line.starts_with("host: ")).collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "accept: a/b",
            "content-length: 4",
            "content-type: text/x-any",
            "idempotency-key: k",
            "if-match: \"1\"",
            "if-none-match: \"2\"",
            "range: bytes=0-1",
            "x-user-id: 57",
        ]
    );
    assert_eq!((text.lines().next().unwrap(), bytes), ("POST", "4"));
}

#[tokio::test]
async fn a_body_without_a_length_passes_too_and_none_is_none() {
    let (port, _upstream) = echo().await;
    let (proxy, upstream) = (Proxy::default(), at(port, "/"));
    let chunked = asked(Method::PUT, &[], vec![b"abc", b"de"]);
    let answer = text(proxy.forward(&upstream, chunked, HeaderMap::new()).await.unwrap()).await;
    assert!(answer.ends_with("\n5") && answer.contains("transfer-encoding: chunked"), "{answer}");
    let none = asked(Method::GET, &[], Vec::new());
    let answer = text(proxy.forward(&upstream, none, HeaderMap::new()).await.unwrap()).await;
    assert!(answer.ends_with("\n0") && !answer.contains("transfer-encoding"), "{answer}");
    let head =
        proxy.forward(&upstream, asked(Method::HEAD, &[], Vec::new()), HeaderMap::new()).await.unwrap();
    assert_ne!(head.headers()[header::CONTENT_LENGTH], "0");
    assert_eq!(text(head).await, "");
}

#[tokio::test]
async fn ten_megabytes_pass_and_more_do_not_whether_it_was_said_or_not() {
    static PIECE: [u8; 64 * 1024] = [7; 64 * 1024];
    let (port, _upstream) = echo().await;
    let (proxy, upstream) =
        (Proxy::default(), Upstream { patience: Duration::from_secs(20), ..at(port, "/") });
    let pieces = |count: usize| vec![PIECE.as_slice(); count];
    let whole = asked(Method::POST, &[], pieces(161));
    let answer = text(proxy.forward(&upstream, whole, HeaderMap::new()).await.unwrap()).await;
    assert!(answer.ends_with(&format!("\n{MAX_BYTES}")));
    let said = [("content-length", "10551297")];
    for more in [asked(Method::POST, &[], pieces(162)), asked(Method::POST, &said, pieces(162))] {
        let refused = proxy.forward(&upstream, more, HeaderMap::new()).await.unwrap_err();
        assert_eq!((refused.status(), refused.code()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    }
}

#[tokio::test]
async fn nobody_there_is_told_with_the_name() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = listener.local_addr().unwrap().port();
    drop(listener);
    for method in [Method::GET, Method::POST] {
        let asked = asked(method, &[], Vec::new());
        let refused = Proxy::default().forward(&at(gone, "/"), asked, HeaderMap::new()).await.unwrap_err();
        assert_eq!((refused.status(), refused.code()), (StatusCode::BAD_GATEWAY, "upstream_unavailable"));
        assert!(text(refused.into_response()).await.contains("\"service\":\"journal\""));
    }
}

#[tokio::test]
async fn an_upstream_that_hangs_up_is_unavailable_and_a_slow_one_is_too_slow() {
    let (port, count) = scripted(async |_, mut socket: TcpStream| {
        let head = read_head(&mut socket).await;
        if head.starts_with("GET /slow") {
            std::future::pending::<()>().await;
        }
    })
    .await;
    let ask = |path: &'static str| async move {
        let asked = asked(Method::GET, &[], Vec::new());
        Proxy::default().forward(&at(port, path), asked, HeaderMap::new()).await.unwrap_err().code()
    };
    assert_eq!(ask("/").await, "upstream_unavailable");
    assert_eq!(count.load(Ordering::SeqCst), 1, "it was reached: nothing is done twice");
    let began = Instant::now();
    assert_eq!(ask("/slow").await, "upstream_timeout");
    assert!(began.elapsed() >= PATIENCE);
}

#[tokio::test]
async fn an_answer_comes_piece_by_piece_and_is_cut_when_it_stalls() {
    let (port, _) = scripted(async |_, mut socket: TcpStream| {
        read_head(&mut socket).await;
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst").await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    let asked = asked(Method::GET, &[], Vec::new());
    let answer = Proxy::default().forward(&at(port, "/"), asked, HeaderMap::new()).await.unwrap();
    let mut body = answer.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first, "first", "passed on before the rest is there");
    assert!(body.frame().await.unwrap().is_err(), "never taken for the end");
}

/// A connection that is refused once is made at the second try, for requests that may be sent twice.
#[tokio::test]
async fn an_idempotent_request_is_tried_twice() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let upload = Upload::new(stream::iter([Ok::<_, Infallible>(b"body".as_slice())]), &HeaderMap::new())
        .await
        .unwrap();
    let proxy = Proxy::default();
    let upstream = at(port, "/");
    assert!(proxy.send(&upstream, &Method::PUT, &HeaderMap::new(), &upload).await.is_err());
    // Whatever was tried, the body is still whole.
    let (port, _upstream) = echo().await;
    let answer = proxy.send(&at(port, "/"), &Method::PUT, &HeaderMap::new(), &upload).await.unwrap();
    assert!(text(passed_back(answer, false, PATIENCE)).await.ends_with("\n4"));
}

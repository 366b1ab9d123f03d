//! A client of the edge that sends exactly what it is told, over TLS, with nginx's own certificate trusted.

use crate::client::Answer;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{
    net::Ipv4Addr,
    path::Path,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub(crate) struct Browser {
    port: u16,
    tls: TlsConnector,
}

impl Browser {
    pub(crate) fn new(port: u16, certificate: &Path) -> Self {
        let _first = rustls::crypto::ring::default_provider().install_default();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        Self { port, tls: TlsConnector::from(Arc::new(config)) }
    }

    /// Connects from an address of loopback that nobody else uses: limits by address are met only where they are
    /// meant.
    pub(crate) async fn connect(&self) -> TlsStream<TcpStream> {
        static CALLER: AtomicU32 = AtomicU32::new(2);
        self.connect_from(Ipv4Addr::from_bits(0x7f01_0000 + CALLER.fetch_add(1, Ordering::Relaxed))).await
    }

    pub(crate) async fn connect_from(&self, address: Ipv4Addr) -> TlsStream<TcpStream> {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((address, 0).into()).unwrap();
        let stream = socket.connect(([127, 0, 0, 1], self.port).into()).await.unwrap();
        self.tls.connect(ServerName::try_from("localhost").unwrap(), stream).await.expect("TLS")
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, b"").await
    }

    /// As [`Browser::get`], with any method and body.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.send_on(self.connect().await, method, path, headers, body).await
    }

    pub(crate) async fn send_on(
        &self,
        mut stream: TlsStream<TcpStream>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n", self.port);
        if !body.is_empty() || matches!(method, "POST" | "PUT" | "PATCH") {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let (mut reading, mut writing) = tokio::io::split(stream);
        // Who is refused early may not read it all. What is written may still be in TLS's own buffer.
        let sent = async {
            let _early = writing.write_all(body).await;
            let _early = writing.flush().await;
        };
        let mut bytes = Vec::new();
        let read = async {
            // An answer that ends with a cut connection has come all the same; nginx may linger on a refused body.
            while !is_whole(&bytes) && reading.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {}
        };
        let mut sent = pin!(sent);
        let both = async {
            let mut read = pin!(read);
            tokio::select! {
                () = &mut read => {}
                () = &mut sent => read.await,
            }
        };
        timeout(PATIENCE, both).await.expect("an answer");
        parse(&bytes).unwrap_or_else(|| panic!("{method} {path}: {:?}", String::from_utf8_lossy(&bytes)))
    }

    /// The port, for URLs.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

/// Whether an answer of known length has come.
fn is_whole(bytes: &[u8]) -> bool {
    let length = parse(bytes).and_then(|answer| {
        Some((answer.headers.get("content-length")?.parse::<usize>().ok()?, answer.body.len()))
    });
    length.is_some_and(|(whole, come)| come >= whole)
}

/// The whole of an answer; cookies are joined by a line break.
fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = std::collections::BTreeMap::<String, String>::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        let known = headers.entry(name.to_ascii_lowercase()).or_default();
        if !known.is_empty() {
            known.push('\n');
        }
        known.push_str(value);
    }
    let rest = bytes.get(end + 4..)?;
    let is_chunked = headers.get("transfer-encoding").is_some_and(|encoding| encoding == "chunked");
    let body = if is_chunked { unchunk(rest)? } else { rest.to_vec() };
    Some(Answer { status, headers, body })
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(rest.get(..end)?).ok()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 4 + size..)?;
    }
}

//! The bytes below a WebSocket: TCP, TLS where the URL asks for it, and frames that cannot break the link.
//!
//! The WebSocket library ends a connection on the first text frame that is not UTF-8, and forgets what it had
//! read ahead. The vendor's connection must outlive a bad frame, so text frames are relabelled as binary on
//! their way in (whoever decodes them checks the text), and binary frames, which the vendor never sends, are
//! read away and counted.

use super::tls;
use reqwest::Url;
use rustls::pki_types::ServerName;
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// An open link to a server.
pub(crate) enum Link {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Host and port of a URL, and whether it asks for TLS.
pub(crate) fn target(url: &Url) -> Option<(String, u16, bool)> {
    let is_tls = matches!(url.scheme(), "https" | "wss");
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = url.port().unwrap_or(if is_tls { 443 } else { 80 });
    Some((host, port, is_tls))
}

impl Link {
    /// Connects to where `url` points.
    ///
    /// # Errors
    /// No address, nobody listening, or no trust.
    pub(crate) async fn open(url: &Url) -> io::Result<Self> {
        let (host, port, is_tls) = target(url).ok_or_else(|| io::Error::other("no host in the URL"))?;
        let tcp = TcpStream::connect((host.as_str(), port)).await?;
        tcp.set_nodelay(true)?;
        if !is_tls {
            return Ok(Self::Plain(tcp));
        }
        let config = tls::client_config().map_err(io::Error::other)?;
        let name = ServerName::try_from(host).map_err(io::Error::other)?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await?;
        Ok(Self::Tls(Box::new(stream)))
    }
}

impl AsyncRead for Link {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(link) => Pin::new(link).poll_read(cx, buf),
            Self::Tls(link) => Pin::new(link).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Link {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(link) => Pin::new(link).poll_write(cx, bytes),
            Self::Tls(link) => Pin::new(link).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(link) => Pin::new(link).poll_flush(cx),
            Self::Tls(link) => Pin::new(link).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(link) => Pin::new(link).poll_shutdown(cx),
            Self::Tls(link) => Pin::new(link).poll_shutdown(cx),
        }
    }
}

/// A link whose incoming text frames arrive as binary ones.
pub(crate) struct Unchecked<S> {
    inner: S,
    frames: Frames,
    swallowed: Arc<AtomicU64>,
}

impl<S> Unchecked<S> {
    pub(crate) fn new(inner: S) -> Self {
        Self { inner, frames: Frames::default(), swallowed: Arc::default() }
    }

    /// Counts the binary frames that were read away.
    pub(crate) fn swallowed(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.swallowed)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Unchecked<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            let before = buf.filled().len();
            ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
            let read = buf.filled().len() - before;
            if read == 0 {
                return Poll::Ready(Ok(()));
            }
            let kept = this.frames.pass(&mut buf.filled_mut()[before..]);
            buf.set_filled(before + kept);
            this.swallowed.store(this.frames.swallowed, Ordering::Relaxed);
            // Nothing left is not the end of the stream: read on.
            if kept > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unchecked<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

/// Where a server's byte stream stands, from the answer to the upgrade through its frames (RFC 6455, 5.2).
#[derive(Debug, Default)]
struct Frames {
    at: At,
    /// The binary message that is being read away goes on in the next frame.
    skips_continuation: bool,
    swallowed: u64,
}

#[derive(Debug, Clone, Copy)]
enum At {
    /// In the HTTP answer; how much of the empty line that ends it was seen.
    Upgrade(usize),
    /// At the first byte of a frame.
    Head,
    /// In the rest of a header; the bytes seen of the length.
    Length { skips: bool, seen: [u8; 9], count: usize },
    /// In a payload of which this much is left.
    Payload { skips: bool, left: u64 },
}

impl Default for At {
    fn default() -> Self {
        Self::Upgrade(0)
    }
}

const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CONTINUATION: u8 = 0x0;
const FINAL: u8 = 0x80;

impl Frames {
    /// Relabels and removes frames in place; how many bytes are left at the front.
    fn pass(&mut self, bytes: &mut [u8]) -> usize {
        let (mut from, mut to) = (0, 0);
        while from < bytes.len() {
            if let At::Payload { skips, left } = self.at {
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len() - from);
                if !skips {
                    bytes.copy_within(from..from + count, to);
                    to += count;
                }
                from += count;
                self.at = after(skips, left - count as u64);
                continue;
            }
            let (byte, skips) = self.header(bytes[from]);
            if !skips {
                bytes[to] = byte;
                to += 1;
            }
            from += 1;
        }
        to
    }

    /// Takes one byte outside of payloads: the byte to hand on, and whether it goes away instead.
    fn header(&mut self, byte: u8) -> (u8, bool) {
        match self.at {
            At::Upgrade(seen) => {
                let expected = b"\r\n\r\n"[seen];
                self.at = match (byte == expected, seen) {
                    (true, 3) => At::Head,
                    (true, seen) => At::Upgrade(seen + 1),
                    (false, _) => At::Upgrade(usize::from(byte == b'\r')),
                };
                (byte, false)
            }
            At::Length { skips, mut seen, count } => {
                seen[count] = byte;
                self.at = length(skips, seen, count + 1);
                (byte, skips)
            }
            At::Head | At::Payload { .. } => self.head(byte),
        }
    }

    fn head(&mut self, byte: u8) -> (u8, bool) {
        let is_final = byte & FINAL != 0;
        let (byte, skips) = match byte & 0x0f {
            TEXT => (byte ^ TEXT ^ BINARY, false),
            BINARY => {
                self.swallowed += 1;
                self.skips_continuation = !is_final;
                (byte, true)
            }
            CONTINUATION if self.skips_continuation => {
                self.skips_continuation = !is_final;
                (byte, true)
            }
            _ => (byte, false),
        };
        self.at = At::Length { skips, seen: [0; 9], count: 0 };
        (byte, skips)
    }
}

fn length(skips: bool, seen: [u8; 9], count: usize) -> At {
    let short = u64::from(seen[0] & 0x7f);
    let needed = match short {
        126 => 3,
        127 => 9,
        _ => 1,
    };
    if count < needed {
        return At::Length { skips, seen, count };
    }
    let left = match needed {
        1 => short,
        needed => seen[1..needed].iter().fold(0, |length, &byte| length << 8 | u64::from(byte)),
    };
    after(skips, left)
}

const fn after(skips: bool, left: u64) -> At {
    if left == 0 { At::Head } else { At::Payload { skips, left } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(head: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![head];
        match payload.len() {
            length @ 0..=125 => bytes.push(length as u8),
            length @ 126..=65_535 => {
                bytes.push(126);
                bytes.extend((length as u16).to_be_bytes());
            }
            length => {
                bytes.push(127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        bytes.extend(payload);
        bytes
    }

    const UPGRADE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

    /// Feeds `bytes` in pieces of `size`.
    fn pass(bytes: &[u8], size: usize) -> (Vec<u8>, u64) {
        let mut frames = Frames::default();
        let mut out = Vec::new();
        for piece in bytes.chunks(size) {
            let mut piece = piece.to_vec();
            let kept = frames.pass(&mut piece);
            out.extend(&piece[..kept]);
        }
        (out, frames.swallowed)
    }

    proptest! {
        /// However the stream is cut, texts become binary, binaries vanish, the rest stays.
        #[test]
        fn frames_are_relabelled_wherever_reads_end(
            kinds in proptest::collection::vec((0_usize..5, prop_oneof![0_usize..200, 65_530_usize..65_550]), 0..12),
            size in 1_usize..4000,
        ) {
            let (mut sent, mut expected, mut binaries) = (UPGRADE.to_vec(), UPGRADE.to_vec(), 0);
            for (kind, length) in kinds {
                let payload = vec![0x81; length];
                match kind {
                    0 => { sent.extend(frame(0x81, &payload)); expected.extend(frame(0x82, &payload)); }
                    1 => { sent.extend(frame(0x82, &payload)); binaries += 1; }
                    2 => { sent.extend(frame(0x89, b"ping")); expected.extend(frame(0x89, b"ping")); }
                    3 => {
                        sent.extend(frame(0x01, &payload)); sent.extend(frame(0x80, b"end"));
                        expected.extend(frame(0x02, &payload)); expected.extend(frame(0x80, b"end"));
                    }
                    _ => {
                        sent.extend(frame(0x02, &payload)); sent.extend(frame(0x89, b"")); sent.extend(frame(0x80, &payload));
                        expected.extend(frame(0x89, b"")); binaries += 1;
                    }
                }
            }
            prop_assert_eq!(pass(&sent, size), (expected, binaries));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..500), size in 1_usize..50) {
            let mut stream = b"\r\n\r\n".to_vec();
            stream.extend(&bytes);
            prop_assert!(pass(&stream, size).0.len() <= stream.len());
        }
    }
}

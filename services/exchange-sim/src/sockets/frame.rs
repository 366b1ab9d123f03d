//! WebSocket framing (RFC 6455), the server's side.

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// What a client may send at once.
const MOST_BYTES: usize = 1 << 20;

/// A message of a client.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    Text(String),
    Ping(Bytes),
    /// A pong, or binary data: nothing to answer.
    Other,
    Close(Option<u16>),
}

/// The bytes are no WebSocket frame, or too many.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("connection lost")]
    Lost(#[from] std::io::Error),
    #[error("not a frame")]
    NotAFrame,
}

/// Reads messages.
pub(super) struct Reader<R> {
    source: R,
    buffer: BytesMut,
    message: Vec<u8>,
    is_text: bool,
}

struct Frame {
    is_last: bool,
    opcode: u8,
    payload: Bytes,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    /// `begun` was read before the connection became a WebSocket.
    pub(super) fn new(source: R, begun: &[u8]) -> Self {
        Self { source, buffer: BytesMut::from(begun), message: Vec::new(), is_text: false }
    }

    /// The next message; `None` at the end of the connection.
    pub(super) async fn next(&mut self) -> Result<Option<Incoming>, Broken> {
        loop {
            while let Some(frame) = take(&mut self.buffer)? {
                if let Some(message) = self.accept(frame)? {
                    return Ok(Some(message));
                }
            }
            if self.source.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    fn accept(&mut self, frame: Frame) -> Result<Option<Incoming>, Broken> {
        match frame.opcode {
            8 => {
                let code = frame.payload.first_chunk::<2>().map(|code| u16::from_be_bytes(*code));
                return Ok(Some(Incoming::Close(code)));
            }
            9 => return Ok(Some(Incoming::Ping(frame.payload))),
            10 => return Ok(Some(Incoming::Other)),
            0 => (),
            1 | 2 => {
                self.message.clear();
                self.is_text = frame.opcode == 1;
            }
            _ => return Err(Broken::NotAFrame),
        }
        self.message.extend_from_slice(&frame.payload);
        if self.message.len() > MOST_BYTES {
            return Err(Broken::NotAFrame);
        }
        if !frame.is_last {
            return Ok(None);
        }
        let message = std::mem::take(&mut self.message);
        let text = String::from_utf8(message).ok().filter(|_| self.is_text);
        Ok(Some(text.map_or(Incoming::Other, Incoming::Text)))
    }
}

/// A whole masked frame from the front of `buffer`, if it is there.
fn take(buffer: &mut BytesMut) -> Result<Option<Frame>, Broken> {
    let Some(&[first, second]) = buffer.first_chunk::<2>() else { return Ok(None) };
    if second & 0x80 == 0 || first & 0x70 != 0 {
        return Err(Broken::NotAFrame);
    }
    let rest = buffer.get(2..).unwrap_or_default();
    let (length, head) = match second & 0x7f {
        126 => match rest.first_chunk::<2>() {
            Some(bytes) => (usize::from(u16::from_be_bytes(*bytes)), 4),
            None => return Ok(None),
        },
        127 => match rest.first_chunk::<8>() {
            Some(bytes) => (usize::try_from(u64::from_be_bytes(*bytes)).unwrap_or(usize::MAX), 10),
            None => return Ok(None),
        },
        short => (usize::from(short), 2),
    };
    if length > MOST_BYTES {
        return Err(Broken::NotAFrame);
    }
    if buffer.len() < head + 4 + length {
        return Ok(None);
    }
    buffer.advance(head);
    let mask = buffer.split_to(4);
    let mut payload = buffer.split_to(length);
    for (byte, key) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
    Ok(Some(Frame { is_last: first & 0x80 != 0, opcode: first & 0x0f, payload: payload.freeze() }))
}

/// Kinds of frames that are sent.
pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
pub(super) const CLOSE: u8 = 8;
pub(super) const PING: u8 = 9;
pub(super) const PONG: u8 = 10;

/// One unmasked frame.
pub(super) fn encode(opcode: u8, payload: &[u8]) -> Bytes {
    let mut frame = Vec::with_capacity(payload.len() + 10);
    frame.push(0x80 | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short), _) if short < 126 => frame.push(short),
        (_, Ok(medium)) => {
            frame.push(126);
            frame.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    Bytes::from(frame)
}

/// A close frame.
pub(super) fn close(code: u16, reason: &str) -> Bytes {
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend(reason.bytes().take(123));
    encode(CLOSE, &payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first, 0x80 | u8::try_from(payload.len()).unwrap(), 1, 2, 3, 4];
        frame.extend(payload.iter().zip([1_u8, 2, 3, 4].iter().cycle()).map(|(byte, key)| byte ^ key));
        frame
    }

    #[tokio::test]
    async fn messages_are_put_together_from_fragments() {
        let mut bytes = masked(0x01, b"{\"action\"");
        bytes.extend(masked(0x89, b"hi"));
        bytes.extend(masked(0x80, b":1}"));
        bytes.extend(masked(0x88, &1001_u16.to_be_bytes()));
        let mut reader = Reader::new(&bytes[3..], &bytes[..3]);
        assert_eq!(reader.next().await.unwrap(), Some(Incoming::Ping(Bytes::from_static(b"hi"))));
        assert_eq!(reader.next().await.unwrap(), Some(Incoming::Text("{\"action\":1}".into())));
        assert_eq!(reader.next().await.unwrap(), Some(Incoming::Close(Some(1001))));
        assert_eq!(reader.next().await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_unmasked_frame_is_refused() {
        let mut reader = Reader::new(&[0x81_u8, 0x01, b'x'][..], &[]);
        assert!(reader.next().await.is_err());
    }

    /// The examples of RFC 6455, section 5.7.
    #[test]
    fn frames_are_encoded_as_the_standard_shows() {
        assert_eq!(&encode(TEXT, b"Hello")[..], [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        assert_eq!(&encode(BINARY, &[0; 256])[..4], [0x82, 0x7e, 0x01, 0x00]);
        assert_eq!(&encode(BINARY, &[0; 65_536])[..10], [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!(&close(1008, "no")[..], [0x88, 4, 0x03, 0xf0, b'n', b'o']);
    }
}

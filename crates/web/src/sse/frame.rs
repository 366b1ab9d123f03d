//! Frames as they stand on the line: `event`, one `data` line, a blank line. Ids are put before them per reader.

use super::cursor::Cursor;
use bytes::{Bytes, BytesMut};
use std::{borrow::Cow, fmt::Write as _, sync::Arc};

/// Frames from this size on travel as chunks of their own, so that their bytes stay shared.
const LARGE: usize = 8 * 1024;

/// A frame without id. Line breaks, which JSON has between tokens only, become spaces.
pub(super) fn frame(event: &str, data: &str) -> Bytes {
    let data = one_line(data);
    let mut text = String::with_capacity(event.len() + data.len() + 17);
    text.push_str("event: ");
    text.push_str(event);
    text.push_str("\ndata: ");
    text.push_str(&data);
    text.push_str("\n\n");
    text.into()
}

/// The data of a frame that [`frame`] made.
pub(super) fn data(frame: &Bytes) -> Bytes {
    // Neither an event name nor data has a line break.
    let line = frame.iter().position(|&byte| byte == b'\n').unwrap_or_default();
    frame.slice(line + "\ndata: ".len()..frame.len() - 2)
}

fn one_line(data: &str) -> Cow<'_, str> {
    if data.contains(['\n', '\r']) {
        return data.replace(['\n', '\r'], " ").into();
    }
    data.into()
}

/// Bytes on their way to sockets, shared by all who get them.
#[derive(Debug, Clone)]
pub(super) struct Encoded(pub(super) Arc<[Bytes]>);

impl Encoded {
    /// The end of a body.
    pub(super) fn end() -> Self {
        Self([Bytes::from_static(b"0\r\n\r\n")].into())
    }
}

/// Frames gathered into as few chunks as possible.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    small: BytesMut,
    done: Vec<Bytes>,
}

impl Chunks {
    pub(super) fn id(&mut self, cursor: Cursor) {
        // Writing to memory cannot fail.
        let _infallible = writeln!(self.small, "id: {cursor}");
    }

    pub(super) fn text(&mut self, text: &str) {
        self.small.extend_from_slice(text.as_bytes());
    }

    pub(super) fn frame(&mut self, frame: &Bytes) {
        if frame.len() < LARGE {
            self.small.extend_from_slice(frame);
            return;
        }
        self.close();
        self.done.push(frame.clone());
    }

    /// Bytes that are shared already.
    pub(super) fn shared(&mut self, parts: &[Bytes]) {
        self.close();
        self.done.extend_from_slice(parts);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.small.is_empty() && self.done.is_empty()
    }

    /// All of it as one chunk of a body in HTTP's chunked encoding.
    pub(super) fn encode(self) -> Encoded {
        let Self { mut small, done } = self;
        let len = small.len() + done.iter().map(Bytes::len).sum::<usize>();
        let size = format!("{len:x}\r\n");
        if done.is_empty() {
            return Encoded([[size.as_bytes(), &small, b"\r\n"].concat().into()].into());
        }
        small.extend_from_slice(b"\r\n");
        Encoded([Bytes::from(size)].into_iter().chain(done).chain([small.freeze()]).collect())
    }

    pub(super) fn finish(mut self) -> Vec<Bytes> {
        self.close();
        self.done
    }

    fn close(&mut self) {
        if !self.small.is_empty() {
            self.done.push(self.small.split().freeze());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_one_event_and_one_line_of_data() {
        let pretty = frame("spot", "{\n  \"I:SPX\": 1\r\n}");
        assert_eq!(pretty, "event: spot\ndata: {   \"I:SPX\": 1  }\n\n");
        assert_eq!(data(&frame("spot", "{\"a\":1}")), "{\"a\":1}");
    }

    #[test]
    fn small_frames_share_a_chunk_and_large_ones_keep_their_bytes() {
        let large = frame("candles", &"9".repeat(LARGE));
        let mut chunks = Chunks::default();
        chunks.text(": ok\n\n");
        chunks.frame(&frame("clock", "1"));
        chunks.frame(&large);
        chunks.frame(&frame("spot", "2"));
        let chunks = chunks.finish();
        assert_eq!(chunks.len(), 3);
        assert_eq!(chunks[0], ": ok\n\nevent: clock\ndata: 1\n\n");
        assert_eq!(chunks[1].as_ptr(), large.as_ptr(), "shared, not copied");
    }

    #[test]
    fn a_chunk_says_how_long_it_is() {
        let whole = |chunks: Chunks| chunks.encode().0.concat();
        let mut chunks = Chunks::default();
        chunks.frame(&frame("clock", "1"));
        assert_eq!(whole(chunks), b"16\r\nevent: clock\ndata: 1\n\n\r\n");
        let mut chunks = Chunks::default();
        chunks.text(": ok\n\n");
        chunks.frame(&frame("candles", &"9".repeat(LARGE)));
        let (bytes, len) = (whole(chunks), 6 + 23 + LARGE);
        assert!(bytes.starts_with(format!("{len:x}\r\n: ok\n\nevent: candles").as_bytes()));
        assert!(bytes.ends_with(b"9\n\n\r\n"));
        assert_eq!(bytes.len(), len + 8);
    }
}

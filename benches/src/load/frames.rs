//! From bytes of a socket to frames: the head of the answer, chunks, and the blank lines between frames. Nothing is
//! copied but what a read has torn in two.

use memchr::memchr;

const HEAD_END: &[u8] = b"\r\n\r\n";

/// What a body is wrapped in.
#[derive(Debug)]
enum Body {
    /// The head is still coming.
    Head(Vec<u8>),
    Plain,
    Chunked(Chunks),
    /// Not a stream: another status than 200.
    Refused,
}

/// What one read brought beside frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing new.
    Body,
    /// The head is complete, and the answer is 200.
    Head,
    /// The head is complete, and the answer is something else.
    Refusal(u16),
}

/// One connection's reader.
#[derive(Debug)]
pub(super) struct Reader {
    body: Body,
    frames: Frames,
}

impl Default for Reader {
    fn default() -> Self {
        Self { body: Body::Head(Vec::new()), frames: Frames::default() }
    }
}

impl Reader {
    /// A reader of a body without a head: the HTTP library has taken it.
    pub(super) fn of_body() -> Self {
        Self { body: Body::Plain, frames: Frames::default() }
    }

    /// Takes what a read has brought; `take` gets each complete frame, without its blank line.
    pub(super) fn feed(&mut self, bytes: &[u8], mut take: impl FnMut(&[u8])) -> Heard {
        match &mut self.body {
            Body::Head(head) => {
                head.extend_from_slice(bytes);
                let Some(at) = head.windows(HEAD_END.len()).position(|window| window == HEAD_END) else {
                    return Heard::Body;
                };
                let rest = head.split_off(at + HEAD_END.len());
                let text = String::from_utf8_lossy(head).to_ascii_lowercase();
                let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
                if status != 200 {
                    self.body = Body::Refused;
                    return Heard::Refusal(status);
                }
                let is_chunked = text.contains("\r\ntransfer-encoding: chunked\r\n");
                self.body = if is_chunked { Body::Chunked(Chunks::Size(0)) } else { Body::Plain };
                self.feed(&rest, take);
                Heard::Head
            }
            Body::Plain => {
                self.frames.feed(bytes, &mut take);
                Heard::Body
            }
            Body::Chunked(chunks) => {
                chunks.feed(bytes, |data| self.frames.feed(data, &mut take));
                Heard::Body
            }
            Body::Refused => Heard::Body,
        }
    }
}

/// Where in the chunked coding the reader stands.
#[derive(Debug)]
enum Chunks {
    /// In the line that tells the size; what it has told so far.
    Size(usize),
    /// In the data; bytes that remain.
    Data(usize),
    /// In the line end behind the data; bytes that remain.
    End(u8),
}

impl Chunks {
    fn feed(&mut self, mut bytes: &[u8], mut take: impl FnMut(&[u8])) {
        while let Some((&first, rest)) = bytes.split_first() {
            match self {
                Self::Size(size) => {
                    match (first as char).to_digit(16) {
                        Some(digit) => *size = *size * 16 + digit as usize,
                        None if first == b'\n' => *self = Self::Data(*size),
                        None => {}
                    }
                    bytes = rest;
                }
                Self::Data(left) => {
                    let (data, rest) = bytes.split_at((*left).min(bytes.len()));
                    take(data);
                    *left -= data.len();
                    if *left == 0 {
                        *self = Self::End(2);
                    }
                    bytes = rest;
                }
                Self::End(left) => {
                    *left -= 1;
                    if *left == 0 {
                        *self = Self::Size(0);
                    }
                    bytes = rest;
                }
            }
        }
    }
}

/// Splits at blank lines.
#[derive(Debug, Default)]
struct Frames {
    /// The beginning of a frame whose end has not come.
    begun: Vec<u8>,
}

impl Frames {
    fn feed(&mut self, mut bytes: &[u8], take: &mut impl FnMut(&[u8])) {
        if !self.begun.is_empty() {
            let Some((rest_of_frame, rest)) = self.completed(bytes) else {
                self.begun.extend_from_slice(bytes);
                return;
            };
            self.begun.extend_from_slice(rest_of_frame);
            let frame = self.begun.strip_suffix(b"\n").unwrap_or(&self.begun);
            if !frame.is_empty() {
                take(frame);
            }
            self.begun.clear();
            bytes = rest;
        }
        while let Some((frame, rest)) = split(bytes) {
            if !frame.is_empty() {
                take(frame);
            }
            bytes = rest;
        }
        self.begun.extend_from_slice(bytes);
    }

    /// What of `bytes` belongs to the frame that has begun, and what lies behind it; `None`: it does not end here.
    fn completed<'a>(&self, bytes: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        if self.begun.last() == Some(&b'\n')
            && let Some((b'\n', rest)) = bytes.split_first()
        {
            return Some((&[], rest));
        }
        split(bytes)
    }
}

/// The first frame and what follows its blank line.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    while let Some(at) = memchr(b'\n', bytes.get(from..)?) {
        let end = from + at;
        if bytes.get(end + 1) == Some(&b'\n') {
            return Some((&bytes[..end], &bytes[end + 2..]));
        }
        from = end + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reader: &mut Reader, bytes: &[u8], step: usize) -> (Vec<String>, Vec<Heard>) {
        let (mut frames, mut heard) = (Vec::new(), Vec::new());
        for part in bytes.chunks(step) {
            heard.push(reader.feed(part, |frame| frames.push(String::from_utf8_lossy(frame).into_owned())));
        }
        heard.retain(|heard| *heard != Heard::Body);
        (frames, heard)
    }

    #[test]
    fn frames_survive_any_tearing() {
        let plain =
            b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n: ok\n\nid: 1\ndata: {}\n\n\nevent: x\ndata: y\n\ndata: un";
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n6\r\n: ok\n\n\r\n12\r\nid: 1\ndata: {}\n\nev\r\nf\r\nent: x\ndata: y\n\r\n1\r\n\n\r\n";
        for bytes in [plain.as_slice(), chunked.as_slice()] {
            for step in 1..bytes.len() {
                let (frames, heard) = read(&mut Reader::default(), bytes, step);
                let frames: Vec<&str> = frames.iter().map(|frame| frame.trim_start()).collect();
                assert_eq!(frames, [": ok", "id: 1\ndata: {}", "event: x\ndata: y"], "step {step}");
                assert_eq!(heard, [Heard::Head]);
            }
        }
    }

    #[test]
    fn a_refusal_brings_no_frames() {
        let (frames, heard) =
            read(&mut Reader::default(), b"HTTP/1.1 429 Too Many\r\n\r\n{\"a\":1}\n\nb\n\n", 7);
        assert_eq!((frames.len(), heard), (0, vec![Heard::Refusal(429)]));
        let (frames, _) = read(&mut Reader::of_body(), b"a\n\nb\n\n", 2);
        assert_eq!(frames, ["a", "b"]);
    }
}

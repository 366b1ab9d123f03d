//! A reader in a shard: its socket, its place, and what the socket has not taken yet.

use super::{
    clients::Ticket,
    frame::Encoded,
    marks::{Marks, Own},
};
use crate::takeover::Open;
use bytes::Bytes;
use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    sync::Arc,
    task::{Context, Poll, Waker},
};
use tokio::{net::TcpStream, time::Instant};

/// Parts of one write.
const SLICES: usize = 16;
/// What a reader may say in all. It has nothing to say.
const CHATTER: usize = 16 * 1024;

/// A socket as shards use it; tests have others.
pub(super) trait Line {
    fn write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize>;
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize>;
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

impl Line for TcpStream {
    fn write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match slices {
            [one] => self.try_write(one),
            many => self.try_write_vectored(many),
        }
    }

    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.try_read(buffer)
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_ready(cx)
    }

    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_read_ready(cx)
    }
}

#[derive(Debug)]
pub(super) struct Member<L> {
    pub(super) ticket: Ticket,
    pub(super) line: L,
    /// Index of its group.
    pub(super) group: usize,
    pub(super) place: Place,
    pub(super) own: Own,
    pending: Option<Box<Pending>>,
    pub(super) last_frame: Instant,
    pub(super) last_ping: Instant,
    heard: usize,
    _open: Option<Open>,
}

/// Where a reader is.
#[derive(Debug)]
pub(super) enum Place {
    /// At its group's marks.
    InStep,
    /// At its own.
    Alone { marks: Arc<Marks>, was_blocked: bool },
    /// It has been told why it ends.
    Leaving { at: Instant, is_spread: bool },
}

/// What the socket has not taken yet.
#[derive(Debug)]
struct Pending {
    queue: VecDeque<Encoded>,
    /// Parts of the first that are out, and bytes of the next part.
    out: (usize, usize),
    /// Since when nothing was taken.
    since: Instant,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    All,
    /// The rest waits.
    Part,
    /// The socket is gone.
    Gone,
}

impl<L: Line> Member<L> {
    pub(super) fn new(
        ticket: Ticket,
        line: L,
        group: usize,
        marks: Arc<Marks>,
        own: Own,
        open: Option<Open>,
    ) -> Self {
        let now = Instant::now();
        Self {
            ticket,
            line,
            group,
            place: Place::Alone { marks, was_blocked: false },
            own,
            pending: None,
            last_frame: now,
            last_ping: now,
            heard: 0,
            _open: open,
        }
    }

    pub(super) const fn is_blocked(&self) -> bool {
        self.pending.is_some()
    }

    /// Nothing was taken since then, though something waits.
    pub(super) fn blocked_since(&self) -> Option<Instant> {
        self.pending.as_ref().map(|pending| pending.since)
    }

    /// Writes `bytes` behind what waits already.
    pub(super) fn send(&mut self, bytes: &Encoded, now: Instant) -> Sent {
        if let Some(pending) = &mut self.pending {
            pending.queue.push_back(bytes.clone());
            return Sent::Part;
        }
        // Nearly every write is whole: nothing is allocated for it.
        let mut out = (0, 0);
        match self.write(&bytes.0, &mut out) {
            Ok(true) => Sent::All,
            Ok(false) => {
                let queue = VecDeque::from([bytes.clone()]);
                self.pending = Some(Box::new(Pending { queue, out, since: now }));
                Sent::Part
            }
            Err(_gone) => Sent::Gone,
        }
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self, now: Instant) -> Sent {
        let Some(mut pending) = self.pending.take() else { return Sent::All };
        while let Some(first) = pending.queue.front() {
            let before = pending.out;
            let written = self.write(&first.0, &mut pending.out);
            if pending.out != before {
                pending.since = now;
            }
            match written {
                Ok(true) => {
                    pending.queue.pop_front();
                    pending.out = (0, 0);
                }
                Ok(false) => {
                    self.pending = Some(pending);
                    return Sent::Part;
                }
                Err(_gone) => return Sent::Gone,
            }
        }
        Sent::All
    }

    /// Listens to the socket; false when the reader is gone.
    pub(super) fn listen(&mut self) -> bool {
        let waker = Waker::from(Arc::clone(&self.ticket.client));
        let mut cx = Context::from_waker(&waker);
        let mut buffer = [0; 512];
        while let Poll::Ready(ready) = self.line.poll_readable(&mut cx) {
            if ready.is_err() {
                return false;
            }
            match self.line.read(&mut buffer) {
                Ok(0) => return false,
                Ok(read) => self.heard += read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_gone) => return false,
            }
            if self.heard > CHATTER {
                return false;
            }
        }
        true
    }

    /// True when all of `parts` is out; false when the socket takes no more and will wake the reader.
    fn write(&self, parts: &[Bytes], (part, offset): &mut (usize, usize)) -> io::Result<bool> {
        while *part < parts.len() {
            let empty = IoSlice::new(&[]);
            let mut slices = [empty; SLICES];
            let mut count = 0;
            for (slice, bytes) in slices.iter_mut().zip(&parts[*part..]) {
                *slice = IoSlice::new(if count == 0 { &bytes[*offset..] } else { bytes });
                count += 1;
            }
            match self.line.write(&slices[..count]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(mut written) => {
                    while written > 0 {
                        let left = parts[*part].len() - *offset;
                        let step = written.min(left);
                        written -= step;
                        (*part, *offset) =
                            if step == left { (*part + 1, 0) } else { (*part, *offset + step) };
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let waker = Waker::from(Arc::clone(&self.ticket.client));
                    match self.line.poll_writable(&mut Context::from_waker(&waker)) {
                        Poll::Pending => return Ok(false),
                        Poll::Ready(ready) => ready?,
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

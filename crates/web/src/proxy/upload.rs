//! The body of a request on its way to an upstream: counted, bounded, and given back when nobody took it.

use super::MAX_BYTES;
use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, HeaderValue, header};
use hyper::body::{Body, Frame, SizeHint};
use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep, timeout_at};

/// How long the caller may be silent inside a body.
const SILENCE: Duration = Duration::from_secs(30);
/// What is read of a body that is refused, and for how long, so that the caller reads why instead of an error of its
/// own: who is cut off while writing may never look at the answer.
const DRAINED_BYTES: u64 = 64 * 1024 * 1024;
const DRAINED_FOR: Duration = Duration::from_secs(10);

type Chunks = Pin<Box<dyn Stream<Item = Option<Bytes>> + Send>>;

/// Why a body did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("body too large")]
    TooLarge,
    #[error("body too slow")]
    TooSlow,
    #[error("body broke off")]
    Lost,
}

/// Clones share one body: a request that never reached anybody can be tried again with it.
#[derive(Clone)]
pub(super) struct Upload(Arc<Mutex<Source>>);

struct Source {
    chunks: Chunks,
    /// Read to know whether there is a body at all.
    first: Option<Bytes>,
    length: Option<u64>,
    passed: u64,
    silence: Pin<Box<Sleep>>,
    fault: Option<Fault>,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("length", &self.source().length).finish_non_exhaustive()
    }
}

impl Upload {
    /// # Errors
    /// `TooLarge` when the length that `headers` name is, `Lost` when the caller went away at once.
    pub(super) async fn new<S, B, E>(body: S, headers: &HeaderMap) -> Result<Self, Fault>
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Buf,
    {
        let whole = |chunk: Result<B, E>| chunk.ok().map(|mut chunk| chunk.copy_to_bytes(chunk.remaining()));
        let mut chunks: Chunks = Box::pin(body.map(whole));
        let named = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if named.is_some_and(|length: u64| length > MAX_BYTES) {
            let is_waiting = headers.get(header::EXPECT) == Some(&HeaderValue::from_static("100-continue"));
            if !is_waiting {
                drain(chunks).await;
            }
            return Err(Fault::TooLarge);
        }
        let mut source = Source {
            chunks: Box::pin(futures_util::stream::empty()),
            first: None,
            length: named,
            passed: 0,
            silence: Box::pin(sleep(SILENCE)),
            fault: None,
        };
        if named.is_none() {
            // Neither a length nor a chunk: there is no body, and the upstream is told so.
            match timeout_at(Instant::now() + SILENCE, chunks.next()).await {
                Ok(Some(Some(first))) => source.first = Some(first),
                Ok(Some(None)) => return Err(Fault::Lost),
                Ok(None) => source.length = Some(0),
                Err(_elapsed) => return Err(Fault::TooSlow),
            }
        }
        source.chunks = chunks;
        Ok(Self(Arc::new(Mutex::new(source))))
    }

    /// What went wrong on the caller's side.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.source().fault
    }

    fn source(&self) -> MutexGuard<'_, Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn drain(mut chunks: Chunks) {
    let deadline = Instant::now() + DRAINED_FOR;
    let mut read = 0;
    while let Ok(Some(Some(chunk))) = timeout_at(deadline, chunks.next()).await {
        read += chunk.len() as u64;
        if read > DRAINED_BYTES {
            return;
        }
    }
}

impl Source {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Fault>>> {
        let chunk = match self.first.take() {
            Some(first) => Some(Some(first)),
            None => match self.chunks.poll_next_unpin(cx) {
                Poll::Ready(chunk) => chunk,
                Poll::Pending => {
                    ready!(self.silence.as_mut().poll(cx));
                    return Poll::Ready(Some(Err(Fault::TooSlow)));
                }
            },
        };
        self.silence.as_mut().reset(Instant::now() + SILENCE);
        Poll::Ready(match chunk {
            None => None,
            Some(None) => Some(Err(Fault::Lost)),
            Some(Some(bytes)) => {
                self.passed += bytes.len() as u64;
                Some(if self.passed > MAX_BYTES { Err(Fault::TooLarge) } else { Ok(bytes) })
            }
        })
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let mut source = self.source();
        let next = ready!(source.poll_next(cx));
        if let Some(Err(fault)) = next {
            source.fault = Some(fault);
        }
        Poll::Ready(next.map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.source().length == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        let source = self.source();
        source.length.map_or_else(SizeHint::default, |length| {
            SizeHint::with_exact(length.saturating_sub(source.passed))
        })
    }
}

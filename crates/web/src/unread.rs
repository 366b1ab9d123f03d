//! Bodies that nobody read. They are taken in before the answer leaves: a peer that is cut off while it writes, as a
//! proxy is, may never look at what was said.

use bytes::{Buf, Bytes};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, timeout_at};

/// What is taken in at most, and for how long.
const MOST_BYTES: usize = 32 * 1024 * 1024;
const LONGEST: Duration = Duration::from_secs(5);

/// Where a lent body comes back to when it is let go before its end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lender(Arc<Mutex<Option<Incoming>>>);

/// The body of a request, for its route.
#[derive(Debug)]
pub(crate) struct Lent {
    body: Option<Incoming>,
    lender: Lender,
}

impl Lender {
    pub(crate) fn lend(&self, body: Incoming) -> Lent {
        Lent { body: Some(body), lender: self.clone() }
    }

    /// Reads what came back, within bounds. Nothing came back where the route has read it, or still does.
    pub(crate) async fn take_in(&self) {
        let back = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut body) = back else { return };
        let (until, mut read) = (Instant::now() + LONGEST, 0);
        while let Ok(Some(Ok(frame))) = timeout_at(until, body.frame()).await {
            read += frame.data_ref().map_or(0, Buf::remaining);
            if read > MOST_BYTES {
                return;
            }
        }
    }
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let unread = self.body.take().filter(|body| !body.is_end_stream());
        if unread.is_some() {
            *self.lender.0.lock().unwrap_or_else(PoisonError::into_inner) = unread;
        }
    }
}

//! Server-Sent Events: topics come in once, readers take them as fast as each can.
//!
//! A state topic keeps the newest value of each symbol; a reader gets it at most once per pace and the newest
//! always in the end. An event topic keeps order and loses nothing that the ring still holds. There is no queue
//! per reader: each has its marks in the common numbering, so a slow one costs neither memory nor the others'
//! time, and an id says exactly where it was.

mod ask;
mod client;
mod clients;
mod cursor;
mod flock;
mod frame;
mod gait;
mod hub;
mod marks;
mod member;
mod open;
mod reader;
mod ring;
mod round;
mod shard;
mod slots;
mod wants;

pub use ask::{Address, Ask, Here, Missed, Presence, Refused, Verdict, Viewer};
pub use cursor::{BadCursor, Cursor};
pub use hub::{Class, Hub, Limits};
pub use reader::Reader;
pub use ring::RingLimits;

use crate::Takeover;
use bytes::Bytes;
use futures_util::{StreamExt, future::ready, stream};
use http::{HeaderValue, header};
use std::{convert::Infallible, mem, task::Poll};
use warp::{Reply, reply::Response};

/// The response whose body is `reader`.
///
/// With `takeover` only its head and greeting go through HTTP; then the hub has the socket, which is many times
/// cheaper. Without (HTTP/2, HTTP/1.0, other servers) the body is polled as any other.
pub fn reply(reader: Reader, takeover: Option<Takeover>) -> Response {
    let mut response = match takeover {
        Some(takeover) => taken_over(reader, takeover),
        None => warp::reply::stream(reader).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn taken_over(reader: Reader, takeover: Takeover) -> Response {
    let Some(mut start) = reader.into_start() else { return Response::default() };
    let greeting = mem::take(&mut start.greeting);
    takeover.then(move |connection| {
        start.ticket.hub.clone().adopt(start, connection);
        ready(())
    });
    let greeting = stream::iter([Ok::<Bytes, Infallible>(greeting)]);
    let rest = stream::poll_fn(move |_cx| {
        takeover.given();
        Poll::Pending
    });
    let mut response = warp::reply::stream(greeting.chain(rest)).into_response();
    // The connection ends with the stream.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests;

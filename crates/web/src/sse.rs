//! Server-Sent Events: topics come in once, readers take them as fast as each can.
//!
//! A state topic keeps the newest value of each symbol; a reader gets it at most once per pace and the newest
//! always in the end. An event topic keeps order and loses nothing that the ring still holds. There is no queue
//! per reader: each has its marks in the common numbering, so a slow one costs neither memory nor the others'
//! time, and an id says exactly where it was.

mod client;
mod cursor;
mod frame;
mod hub;
mod marks;
mod reader;
mod ring;
mod slots;

pub use cursor::{BadCursor, Cursor};
pub use hub::{Ask, Class, Hub, Limits, Refused};
pub use reader::Reader;
pub use ring::RingLimits;

use http::{HeaderValue, header};
use warp::{Reply, reply::Response};

/// The response whose body is `reader`.
pub fn reply(reader: Reader) -> Response {
    let mut response = warp::reply::stream(reader).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

#[cfg(test)]
mod tests;

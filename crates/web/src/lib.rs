//! HTTP servers in our manner: bind, serve, drain, and one error body everywhere.
//!
//! Programs bring their routes; this crate brings the listener, the errors and the streams. It knows no
//! program, no Redis and no Truth.

#![warn(missing_docs)]

pub mod assets;
pub mod body;
mod error;
pub mod guard;
mod network;
mod observe;
mod patience;
pub mod proxy;
mod rate;
mod serve;
pub mod sse;
mod takeover;
mod unread;

pub use error::{Error, Json, recover};
pub use network::{BadNetwork, Network};
pub use serve::{Peer, serve, serve_guarded, socket_of};
pub use takeover::{Connection, Open, Takeover};

use std::convert::Infallible;
use warp::Filter;

/// Hands `value` to a handler.
pub fn with<T: Clone + Send + Sync + 'static>(
    value: T,
) -> impl Filter<Extract = (T,), Error = Infallible> + Clone {
    warp::any().map(move || value.clone())
}

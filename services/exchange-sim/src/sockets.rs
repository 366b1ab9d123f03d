//! The vendor's WebSocket interface: handshake, conversation, events, and the faults of all three.
//!
//! Frames are read and written by [`frame`], not by a WebSocket library: a library would answer pings that a
//! fault leaves unanswered, and refuses to send what a fault must send.

mod burst;
mod client;
mod conversation;
mod damage;
mod event;
mod frame;
mod hub;
mod link;
mod options;
mod pump;
mod stage;
mod topic;
mod volley;

pub(crate) use burst::run as burst;
pub(crate) use conversation::close_of;
pub(crate) use hub::Hub;
pub(crate) use pump::{Pump, drained, run as pump};

use crate::Sim;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper::upgrade::OnUpgrade;
use sha1::{Digest, Sha1};
use std::sync::Arc;
use warp::{Filter, Rejection, Reply, filters::BoxedFilter, http::Response, path, reject};
use web::Peer;

/// Appended to the client's key (RFC 6455, section 1.3).
const MAGIC: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// `/stocks`, `/options`, `/indices`, `/futures`.
pub(crate) fn routes(sim: Arc<Sim>) -> BoxedFilter<(impl Reply,)> {
    path!(String)
        .and_then(|name: String| async move {
            let known = ["stocks", "options", "indices", "futures"].contains(&name.as_str());
            std::future::ready(if known { Ok(format!("/{name}")) } else { Err(reject::not_found()) }).await
        })
        .and(warp::get())
        .and(warp::header::<String>("sec-websocket-key"))
        .and(upgrade())
        .and(warp::ext::get::<Peer>())
        .and(web::with(sim))
        .map(|path: String, key: String, upgrade: OnUpgrade, peer: Peer, sim: Arc<Sim>| {
            let accept = STANDARD.encode(Sha1::digest(format!("{key}{MAGIC}")));
            sim.tasks.spawn(link::serve(Arc::clone(&sim), upgrade, path, peer.0));
            Response::builder()
                .status(101)
                .header("connection", "upgrade")
                .header("upgrade", "websocket")
                .header("sec-websocket-accept", accept)
                .body("")
        })
        .boxed()
}

fn upgrade() -> impl Filter<Extract = (OnUpgrade,), Error = Rejection> + Clone {
    warp::ext::get::<OnUpgrade>()
}

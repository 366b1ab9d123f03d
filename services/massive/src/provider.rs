//! The vendor's protocol: REST and WebSocket in, typed values out.
//!
//! Nothing below here knows Redis or the market state; nothing above knows the vendor's field names. The key
//! is read in two places only, the `Authorization` header and the `auth` action.

pub(crate) mod answer;
pub(crate) mod bucket;
pub(crate) mod chain;
pub(crate) mod message;
pub(crate) mod number;
pub(crate) mod queue;
pub(crate) mod reconnect;
pub(crate) mod rest;
pub(crate) mod scan;
pub(crate) mod session;
pub(crate) mod socket;
pub(crate) mod tls;
pub(crate) mod topics;
pub(crate) mod transport;

//! What runs, and whether it lives.
//!
//! [`docker`] is the one door to the engine: it sees and touches containers of the own fleet only, found by label.
//! The other rooms are pure, take the time as an argument and are shared by everyone who watches: [`silence`] says
//! when a beat is late, [`death`] why a container ended, [`budget`] whether it may be helped once more. Nothing here
//! decides whom to tell.

#![warn(missing_docs)]

pub mod budget;
pub mod death;
pub mod docker;
pub mod silence;

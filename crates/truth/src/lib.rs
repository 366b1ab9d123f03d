//! The configuration document: built from files, checked, loaded on four buses, read by one service.
//!
//! [`build`] and [`check`] touch files only, [`load`] and [`registry`] the buses only, [`settings`] neither. Every
//! finding names file, pointer and code. Secrets enter through one file, are stored on system-redis alone, and
//! are never printed.

#![warn(missing_docs)]

mod build;
mod canonical;
mod check;
mod draft;
mod error;
mod fault;
pub mod graph;
mod load;
mod read;
pub mod registry;
mod schema;
pub mod secret;
mod secret_changes;
pub mod service;
pub mod settings;
mod stored;

pub use build::{Composite, Sources, build, bus_urls, check};
pub use error::Error;
pub use fault::{Code, Fault, Severity};
pub use load::{Load, Loaded, Outcome, keyed, load, repair, verify};
pub use secret_changes::{Change, changed_secrets};
pub use stored::{Stored, stored};

//! Being a service: configured from Truth, watched through its heartbeat, stopped cleanly.
//!
//! [`run`] does everything between `main` and the service's own work: arguments, logging, the ops listener,
//! waiting for system-redis and Truth, configuration, the three-way heartbeat, supervised tasks, signals and exit
//! codes. A service writes none of it. [`standalone`] is the short form for programs without Truth and heartbeat.

#![warn(missing_docs)]

mod beat;
mod boot;
mod command;
mod context;
mod env;
mod life;
mod log;
mod ops;
mod shutdown;
mod tasks;

pub use command::healthcheck;
pub use context::{Context, Progress};
pub use env::Env;
pub use life::{Embedded, embed, run, run_on_defaults};
pub use standalone::{Standalone, command_line, standalone};

mod standalone;

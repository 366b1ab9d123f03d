//! The simulator as its clients see it: over real sockets, in process, on a free port.

mod determinism;
mod faults_rest;
mod faults_ws;
mod official_client;
mod price;
mod rest;
mod rig;
mod shape;
mod sockets;

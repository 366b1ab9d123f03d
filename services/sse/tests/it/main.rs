//! The gateway against real Redis servers and real sockets.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken helper must fail its test loudly")]

mod admin;
mod articles;
mod calendar;
mod client;
mod database;
mod door;
mod faults;
mod fleet;
mod gates;
mod member;
mod models;
mod overlays;
mod own;
mod page;
mod people;
mod profile;
mod rest;
mod setup;
mod shown;
mod sign_in;
mod sources;
mod streams;
mod verify;

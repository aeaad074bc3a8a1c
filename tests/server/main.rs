//! Tests of the library against a server: a sandbox inside of the process, a server that follows a script, or a real one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod client;
mod e2e;
mod every_kind;
mod export;
mod faults;
mod golden;
mod leaks;
mod ledger;
mod licence;
mod lints;
mod lists;
mod raw;
mod requests;

#[path = "../support/mod.rs"]
mod support;
#[path = "../support/world.rs"]
mod world;

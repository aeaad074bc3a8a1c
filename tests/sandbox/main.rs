//! Tests of the sandbox itself: that it behaves as authentik does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod behavior;
mod builtin;
mod collections;
mod differential;
mod executor;
mod replay;

mod compare;
#[path = "../support/releases.rs"]
mod releases;

//! Tests of what needs no server and starts no program: the state files, the table of kinds, the planner, who may open what.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod access;
mod bad_input;
mod contract;
mod desired;
mod distil;
mod imports;
mod layers;
mod planner;
mod property;
mod reading;
mod signin;
mod variables;

#[path = "../support/folder.rs"]
mod folder;
#[path = "../support/world.rs"]
mod world;

//! Tests that start the program, as people and pipelines do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[cfg(unix)]
mod attacks;
mod cli;
mod commands;
mod conditions;
mod gaps;
mod pages;
mod pipelines;
mod readme;
mod reference;

#[path = "../support/folder.rs"]
mod folder;
#[cfg(unix)]
#[path = "../support/shapes/mod.rs"]
mod shapes;
#[path = "../support/mod.rs"]
mod support;

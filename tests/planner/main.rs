//! Planner tables: what is wanted and what is there, as small YAML, give a plan, as text.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bindings;
mod fields;
mod lockout;
mod media;
mod memory;
mod names;
mod ordering;
mod scope;
mod sets;
mod table;
#[path = "../world/mod.rs"]
mod world;

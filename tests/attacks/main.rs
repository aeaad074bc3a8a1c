//! The attack suite: what a stranger's checkout, a hostile server or a crash must not be able to do. Every promise of
//! `docs/threat-model.md` names a test here or in another executable.
//!
//! One module a subject. All of them start the real program through [`support`]: with an empty environment but for
//! secrets that no output may hold, with bounded memory, and with a time after which it counts as hanging.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod budgets;
mod files;
mod fuzz;
mod killed;
mod outputs;
mod plan_files;
mod secrets;
mod server;
mod settings;
#[path = "../shapes/mod.rs"]
mod shapes;
mod support;
mod work;

//! Reads the state: the files of its folder, and of one environment's folder over it, into one tree; `desired` makes objects of
//! that.
//!
//! Data flows one way: `files` → `yaml` → `layers`, which puts the environment over the base → `tags`, which fills in
//! `!env`, `!var` and `!file`. Environment and variables come in as data. Nothing here talks to a server.

pub mod files;
mod inputs;
mod layers;
mod meter;
pub mod tags;

use std::path::Path;

use crate::desired::{Desired, Settings, lower};
use crate::diag::{Diagnostic, Sources};

pub use inputs::{Inputs, Var};
pub(crate) use layers::no_environment;
pub use layers::read;

/// Reads and lowers the state, with every problem of every file. `env` is the folder of the environment, if one is used.
///
/// With any error among the diagnostics, the result is good only for finding more problems.
pub fn load(
    inputs: &Inputs,
    env: Option<&Path>,
    settings: &Settings,
    sources: &mut Sources,
) -> (Desired, Vec<Diagnostic>) {
    let (tree, mut diagnostics) = read(inputs, env, sources);
    let (desired, more) = lower(&tree, settings, sources);
    diagnostics.extend(more);
    (desired, diagnostics)
}

//! The command line as people and CI meet it: the real program in an empty environment, against the embedded sandbox,
//! against a sandbox in this process that fails on demand, and against servers that misbehave.

mod access;
mod assertions;
mod completes;
mod default_access;
mod diffs;
mod drifts;
mod endings;
mod entrances;
mod exports;
mod files;
mod graphs;
mod handover;
mod hostile;
mod invitations;
mod known;
mod outputs;
mod pages;
mod privileges;
mod releases;
mod runs;
mod safety;
mod saved;
mod scope;
mod screen;
mod secrets;
mod sign_in;
mod signals;
pub mod support;
mod upgrades;
mod verifies;

//! akrec: authentik, declared in YAML, planned, reviewed and applied.

pub mod access;
pub mod apply;
pub mod cli;
pub mod client;
pub mod command;
pub mod compare;
pub mod desired;
pub mod diag;
pub mod drift;
pub mod edit;
pub mod export;
pub mod gaps;
pub mod inverse;
pub mod kinds;
pub mod ledger;
pub mod lints;
pub mod live;
pub mod openapi;
pub mod plan;
pub mod read;
pub mod report;
pub mod sandbox;
pub mod saved;
pub mod schema;
pub mod settings;
pub mod value;

//! akrec: authentik, declared in YAML, planned, reviewed and applied.

pub mod client;

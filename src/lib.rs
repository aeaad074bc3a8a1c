//! akrec: authentik, declared in YAML, planned, reviewed and applied.

pub mod sandbox;

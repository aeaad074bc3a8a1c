//! akrec: authentik, declared in YAML, planned, reviewed and applied.

pub mod desired;
pub mod diag;
pub mod report;

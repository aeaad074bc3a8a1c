//! akrec: authentik, declared in YAML, planned, reviewed and applied.

pub mod diag;
pub mod kinds;
pub mod schema;
pub mod value;

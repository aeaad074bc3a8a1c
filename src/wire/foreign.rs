//! Formats that others have defined, as far as akrec writes them.

pub mod code_quality;
pub mod junit;
pub mod sarif;
pub mod terraform_report;

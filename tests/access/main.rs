//! Who may open what: recorded worlds of real servers, random worlds against an obvious reference, reasons, differences.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod claims;
mod differences;
mod oracle;
mod random;
mod reasons;
mod small;

//! Who may open what: recorded worlds of real servers, random worlds against an obvious reference, reasons, differences.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod claims;
mod differences;
mod oracle;
mod random;
mod reasons;
mod small;

//! Who may open what: recorded worlds of real servers, random worlds against an obvious reference, reasons, differences.

mod claims;
mod differences;
mod oracle;
mod random;
mod reasons;
mod small;

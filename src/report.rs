//! Turns results into text for people and machines. Pure: it never reads a file, a clock or the environment.
//!
//! Equal input gives equal bytes, whatever is printed is harmless to a terminal, and no secret is ever among it.

mod changes;
pub mod diagnostics;
mod difference;
mod page;
pub mod plan;
mod safe;
mod values;
mod words;

#[cfg(test)]
mod sample;

//! Turns results into text for people and machines. Pure: it never reads a file, a clock or the environment.

pub mod diagnostics;

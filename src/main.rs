//! The `akrec` program.
fn main() {}

//! Planner tables: what is wanted and what is there, as small YAML, give a plan, as text.

mod bindings;
mod fields;
mod lockout;
mod media;
pub mod memory;
mod names;
mod ordering;
mod privileges;
mod scope;
mod sets;
pub mod table;

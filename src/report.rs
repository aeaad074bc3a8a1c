//! Turns results into text for people and machines. Pure: it never reads a file, a clock or the environment.
//!
//! Equal input gives equal bytes, whatever is printed is harmless to a terminal, and no secret is ever among it.

pub mod access;
pub mod assertions;
mod browser;
mod changes;
pub mod comparison;
mod data;
pub mod diagnostics;
mod difference;
mod document;
pub mod document_schema;
pub mod drift;
pub mod events;
pub mod export;
mod forge;
pub mod gaps;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod html;
pub mod invitations;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod outcome;
pub mod overview;
mod page;
mod parts;
mod phrases;
pub mod plan;
mod privileges;
pub mod prometheus;
pub mod reference;
pub mod registration;
mod safe;
pub mod sarif;
pub mod sign_in;
pub mod state_schema;
pub mod text;
pub mod upgrade;
mod values;
pub mod verify;
mod weakened;

pub use document::{Answer, Applied, Body, Document, Planned, Server, Source, Verb};

/// A line of text that is harmless on a terminal; ends with a line break.
pub fn text_line(text: &str) -> String {
    format!("{}\n", safe::harmless(text))
}

#[cfg(test)]
mod sample;

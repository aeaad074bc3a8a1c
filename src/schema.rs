//! What a kind of object is: [`Kind`], [`Field`], [`Shape`], [`Release`], and how values are read from and written to JSON.
//!
//! The vocabulary in which the table (`kinds/`) is written. It knows no kind by name: a rule that only one kind needs is
//! a word here that the table uses.

mod check;
mod children;
mod codec;
mod data_key;
mod digest;
mod field;
mod format;
mod kind;
mod lint;
mod members;
mod needs;
mod only;
mod power;
mod preselected;
mod raw;
mod release;
mod shape;
mod sign_on;
mod upload;
mod way_in;

pub use check::check;
pub use children::{Children, Items};
pub(crate) use codec::id_text;
pub use codec::{
    assumed_value, decode, default_value, encode, grant, is_masked, preselected_value, spelt,
};
pub use data_key::{DataKey, KeyShape, key};
pub use digest::Digest;
pub use field::{
    Class, Field, any, boolean, bytes, float, grants, int, json, list, one, one_of, record, set,
    span, text, time, to, words,
};
pub use format::{Format, WEB};
pub use kind::{Create, Find, Forced, Keying, Kind, Rights, Together};
pub use lint::Lint;
pub use members::{Apart, By, Members, Through};
pub use needs::{Is, Known, Needs};
pub use only::Only;
pub use power::Power;
pub use preselected::Preselected;
pub use raw::{Collection, Form, Holds, raw_family, raw_kind};
pub use release::{
    RELEASES, Release, V2025_10, V2025_12, V2026_2, V2026_5, V2026_8, V2026_11, Version,
};
pub use shape::{Shape, Word, word};
pub use sign_on::SignOn;
pub use upload::upload_name;
pub use way_in::WayIn;

/// Text as the server keeps it.
pub use crate::value::strip as trim;

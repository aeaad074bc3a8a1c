//! What a kind of object is: [`Kind`], [`Field`], [`Shape`], [`Release`], and how values are read from and written to JSON.
//!
//! The vocabulary in which the table (`kinds/`) is written. It knows no kind by name: a rule that only one kind needs
//! has a name here, which the table uses.

mod allowed_kinds;
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
mod power;
mod preselected;
mod raw;
mod release;
mod requirement;
mod shape;
mod sign_on;
mod upload;
mod way_in;

pub use allowed_kinds::AllowedKinds;
pub use check::check;
pub use children::{Children, Items};
pub(crate) use codec::id_text;
pub use codec::{
    assumed_value, decode, default_value, encode, grant, is_masked, preselected_value, spelt,
};
pub use data_key::{DataKey, KeyShape, key};
pub use digest::Digest;
pub use field::{
    Class, Field, boolean, bytes, duration, enum_of, enumeration, float, integer, json, list,
    permission_grant, record, ref_to, ref_to_any, reference, reference_to_any, set, string,
    timestamp,
};
pub use format::{Format, WEB};
pub use kind::{Create, Find, Forced, Keying, Kind, Permissions, SentTogether};
pub use lint::Lint;
pub use members::{FilterBy, ItemWrites, Members, SeparateList};
pub use power::Power;
pub use preselected::Preselected;
pub use raw::{Collection, Form, Holds, raw_family, raw_kind};
pub use release::{
    RELEASES, Release, V2025_10, V2025_12, V2026_2, V2026_5, V2026_8, V2026_11, Version,
};
pub use requirement::{Condition, FieldState, Requirement};
pub use shape::{Shape, Variant, variant};
pub use sign_on::SignOn;
pub use upload::upload_name;
pub use way_in::WayIn;

/// Text as the server keeps it.
pub use crate::value::strip as trim;

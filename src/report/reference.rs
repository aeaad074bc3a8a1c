//! The table as documentation: the list of kinds, one kind with its fields, the diagnostics; as text, Markdown and JSON.
//!
//! Everything follows from the table and the register of codes; nothing here knows a kind by name.

mod example;
mod facts;
mod json;
mod markdown;
mod raw;
mod text;

pub use example::example;
pub use json::{codes as codes_json, kinds as kinds_json, table as table_json};
pub use markdown::{codes as codes_markdown, kinds as kinds_markdown, lints as lints_markdown};
pub use raw::{RAW_EXAMPLE, raw, raw_json, raw_markdown};
pub use text::{codes, kind, kinds, wrapped};

pub(super) use facts::{about, clearing, gates, variant as variant_text, writable};

use crate::schema::Kind;

/// The kinds that a word names: a kind's name, its title (`stages.user_login`), a section, a family, or the word under
/// which objects of it are written (`bindings`), or what stands under `type` (`oauth2`). Only the closest of these meanings
/// counts.
pub fn find(topic: &str, kinds: &[&'static Kind]) -> Vec<&'static Kind> {
    let is_named =
        |kind: &Kind| kind.name == topic || (kind.type_name.is_some() && kind.title() == topic);
    let is_in_section = |kind: &Kind| !kind.section.is_empty() && kind.section == topic;
    let is_of_family = |kind: &Kind| kind.family == topic;
    let is_written_under = |kind: &Kind| {
        let mut lists = kinds.iter().flat_map(|owner| owner.children);
        lists.any(|list| list.yaml_key == topic && list.kind == kind.name)
    };
    let is_of_type = |kind: &Kind| kind.type_name == Some(topic);
    let meanings: [&dyn Fn(&Kind) -> bool; 5] = [
        &is_named,
        &is_in_section,
        &is_of_family,
        &is_written_under,
        &is_of_type,
    ];
    for meaning in meanings {
        let mut found = kinds.to_vec();
        found.retain(|kind| meaning(kind));
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Every word that [`find`] knows.
pub fn topics(kinds: &[&'static Kind]) -> Vec<String> {
    let mut topics = Vec::new();
    for kind in kinds {
        topics.push(kind.name.to_owned());
        topics.push(kind.family.to_owned());
        // What has no section is found by the word under which its owner has it.
        if !kind.section.is_empty() {
            topics.push(kind.title());
            topics.push(kind.section.to_owned());
        }
        topics.extend(kind.type_name.map(str::to_owned));
        for children in kind.children {
            topics.push(children.yaml_key.to_owned());
        }
    }
    topics.retain(|topic| !topic.is_empty());
    topics.sort();
    topics.dedup();
    topics
}

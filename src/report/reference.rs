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

pub(super) use facts::{about, clearing, gates, word as about_word, writable};

use crate::schema::Kind;

/// The kinds that a word names: a kind's name, its title (`stages.user_login`), a section, a family, or the word under
/// which objects of it are written (`bindings`), or what stands under `type` (`oauth2`). Only the closest of these meanings
/// counts.
pub fn find(topic: &str, kinds: &[&'static Kind]) -> Vec<&'static Kind> {
    let all = |fits: &dyn Fn(&Kind) -> bool| {
        kinds
            .iter()
            .copied()
            .filter(|kind| fits(kind))
            .collect::<Vec<_>>()
    };
    let meanings: [&dyn Fn(&Kind) -> bool; 5] = [
        &|kind| kind.name == topic || (kind.word.is_some() && kind.title() == topic),
        &|kind| !kind.section.is_empty() && kind.section == topic,
        &|kind| kind.family == topic,
        &|kind| {
            kinds
                .iter()
                .flat_map(|owner| owner.children)
                .any(|c| c.word == topic && c.kind == kind.name)
        },
        &|kind| kind.word == Some(topic),
    ];
    meanings
        .into_iter()
        .map(all)
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// Every word that [`find`] knows.
pub fn topics(kinds: &[&'static Kind]) -> Vec<String> {
    let mut topics: Vec<String> = kinds
        .iter()
        .flat_map(|kind| {
            // What has no section is found by the word under which its owner has it.
            let title = if kind.section.is_empty() {
                String::new()
            } else {
                kind.title()
            };
            [
                kind.name.to_owned(),
                title,
                kind.section.to_owned(),
                kind.family.to_owned(),
            ]
        })
        .chain(
            kinds
                .iter()
                .flat_map(|kind| kind.children)
                .map(|children| children.word.to_owned()),
        )
        .chain(kinds.iter().filter_map(|kind| kind.word).map(str::to_owned))
        .filter(|topic| !topic.is_empty())
        .collect();
    topics.sort();
    topics.dedup();
    topics
}

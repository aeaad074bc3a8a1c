//! Whether a reference takes the kind of what it names: some take only a few kinds of their family.
//!
//! Asked twice with the same words: of what the files declare, without a server; and of what the server has. Pure.

use super::object::{Object, RefUse};
use crate::diag::{Code, Diagnostic};
use crate::kinds::KINDS;
use crate::schema::Kind;

/// What is known of the kind of an object that is referred to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Named<'a> {
    /// It is declared with this kind.
    Declared(&'static Kind),
    /// The list of this kind shows it; it may be of a kind that the list shows as well.
    Listed(&'static Kind),
    /// A list of the whole family calls it this.
    Model(&'a str),
}

/// What is wrong with a reference to something of that kind, if anything is. `by` is the word of the field that decides
/// what is taken, where it is known.
pub(crate) fn refusal(
    object: &Object,
    used: &RefUse,
    by: Option<&str>,
    named: Named<'_>,
) -> Option<Diagnostic> {
    let field = object.kind.field(used.field)?;
    let taken = field.allowed_kinds.allowed(by)?;
    let is = match named {
        Named::Declared(kind) if kind.is_among(&taken) => return None,
        Named::Declared(kind) => Some(kind),
        Named::Listed(kind) => {
            let shown = |other: &&Kind| {
                other.also_listed_by == Some(kind.name) && taken.contains(&other.name)
            };
            if kind.is_among(&taken) || KINDS.iter().copied().any(|other| shown(&other)) {
                return None;
            }
            Some(kind)
        }
        Named::Model(model) => {
            let by_model = |kind: &&&Kind| kind.model == model && !model.is_empty();
            let kind = KINDS.iter().find(by_model).copied();
            if model.is_empty() || kind.is_some_and(|kind| kind.is_among(&taken)) {
                return None;
            }
            kind
        }
    };
    let titles: Vec<String> = KINDS
        .iter()
        .filter(|kind| taken.contains(&kind.name))
        .map(|kind| kind.title())
        .collect();
    let why = match (field.allowed_kinds.deciding_field(), by) {
        (Some(field), Some(word)) => format!(" where {field} is {word}"),
        _ => String::new(),
    };
    let label = match is {
        Some(kind) => format!("this is one of {}", kind.title()),
        None => "this is of another type".to_owned(),
    };
    Some(
        Diagnostic::error(
            Code::WRONG_REFERENCE,
            format!(
                "{} of {} cannot be {}",
                field.yaml_key, object.address, used.address
            ),
        )
        .at(used.span, label)
        .note(format!(
            "{} accepts only {}{why}",
            field.yaml_key,
            titles.join(", ")
        )),
    )
}

//! Variants of enumerations: which the target no longer has, and which it has in addition.

use std::collections::BTreeMap;

use super::table::site;
use super::{Class, Finding, Question, Site};
use crate::desired::What;
use crate::kinds::KINDS;
use crate::schema::{Class as Seen, Field, Kind, Release, Shape, Variant};
use crate::value::Value;

/// Where a variant of an enumeration is used.
#[derive(Default)]
struct Used {
    in_files: Vec<Site>,
    there: Vec<Site>,
    /// Variants that both releases have.
    instead: Vec<&'static str>,
    /// Whether the text may be shown.
    hidden: bool,
}

/// What changes in enumerations that the files or the objects of their kinds use.
pub(super) fn findings(question: &Question<'_>) -> Vec<Finding> {
    let (from, to) = question.releases();
    let mut found = Vec::new();
    for kind in KINDS
        .iter()
        .copied()
        .filter(|kind| kind.is_in(from) && kind.is_in(to))
    {
        for field in kind.fields.iter().filter(|field| field.is_in(from)) {
            let mut gone: BTreeMap<(String, &'static str), Used> = BTreeMap::new();
            let mut new: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
            in_files(question, kind, field, &mut gone, &mut new);
            in_objects(question, kind, field, &mut gone);
            found.extend(
                gone.into_iter()
                    .map(|((path, word), used)| word_gone(kind, &path, word, used, to)),
            );
            found.extend(
                new.into_iter()
                    .map(|(path, words)| words_new(kind, &path, &words, to)),
            );
        }
    }
    found
}

fn in_files(
    question: &Question<'_>,
    kind: &'static Kind,
    field: &'static Field,
    gone: &mut BTreeMap<(String, &'static str), Used>,
    new: &mut BTreeMap<String, Vec<&'static str>>,
) {
    let (from, to) = question.releases();
    let with = question
        .declared(kind)
        .filter_map(|object| Some((object, object.fields.get(field.name)?)));
    for (object, want) in with {
        let hidden = want.sensitive || field.class != Seen::Plain;
        let mut take = |path: &str, words: &'static [Variant], text: &str| {
            let is = |word: &&Variant| word.name == text && word.is_in(from) && !word.is_in(to);
            if let Some(word) = words.iter().find(is) {
                let used = gone.entry((path.to_owned(), word.name)).or_default();
                used.in_files.push(site(object, want.span));
                used.instead = in_both(words, from, to);
                used.hidden |= hidden;
            }
            let more: Vec<&'static str> = words
                .iter()
                .filter(|word| !word.is_in(from) && word.is_in(to))
                .map(|word| word.name)
                .collect();
            // Of open enumerations the server learns words all the time.
            if !more.is_empty() && field.known_variants.is_empty() {
                new.insert(path.to_owned(), more);
            }
        };
        match &want.what {
            What::Is(value) => each(field, value, &mut take),
            What::Some { include, exclude } => {
                include
                    .iter()
                    .chain(exclude)
                    .for_each(|item| each_item(field, item, &mut take));
            }
            What::Keys(_) => {}
        }
    }
}

fn in_objects(
    question: &Question<'_>,
    kind: &'static Kind,
    field: &'static Field,
    gone: &mut BTreeMap<(String, &'static str), Used>,
) {
    let (from, to) = question.releases();
    for (address, value) in question.only_there(kind, field.name) {
        each(field, value, &mut |path, words, text| {
            let is = |word: &&Variant| word.name == text && word.is_in(from) && !word.is_in(to);
            if let Some(word) = words.iter().find(is) {
                let used = gone.entry((path.to_owned(), word.name)).or_default();
                used.there.push(Site {
                    address: Some(address.clone()),
                    span: None,
                });
                used.instead = in_both(words, from, to);
                used.hidden |= field.class != Seen::Plain;
            }
        });
    }
}

fn in_both(words: &'static [Variant], from: Release, to: Release) -> Vec<&'static str> {
    words
        .iter()
        .filter(|word| word.is_in(from) && word.is_in(to))
        .map(|word| word.name)
        .collect()
}

/// Every text of a value that is a word of an enumeration: its field, with fields of items after dots, the enumeration, and
/// the text.
pub(super) fn each(
    field: &'static Field,
    value: &Value,
    take: &mut dyn FnMut(&str, &'static [Variant], &str),
) {
    walk(
        field.yaml_key,
        &field.shape,
        field.known_variants,
        value,
        take,
    );
}

/// Every word that a field or a part of it may have.
pub(super) fn of(field: &'static Field) -> Vec<&'static Variant> {
    fn walk(shape: &'static Shape, known: &'static [Variant], all: &mut Vec<&'static Variant>) {
        all.extend(known);
        match shape {
            Shape::Enum(words) => all.extend(*words),
            Shape::Set(item) | Shape::List(item) => walk(item, &[], all),
            Shape::Record(parts) => parts
                .iter()
                .for_each(|part| walk(&part.shape, part.known_variants, all)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    walk(&field.shape, field.known_variants, &mut all);
    all
}

/// The same for one item of a set.
fn each_item(
    field: &'static Field,
    item: &Value,
    take: &mut dyn FnMut(&str, &'static [Variant], &str),
) {
    if let Shape::Set(shape) | Shape::List(shape) = &field.shape {
        walk(field.yaml_key, shape, field.known_variants, item, take);
    }
}

fn walk(
    path: &str,
    shape: &'static Shape,
    known: &'static [Variant],
    value: &Value,
    take: &mut dyn FnMut(&str, &'static [Variant], &str),
) {
    match (shape, value) {
        (Shape::Enum(words), Value::Text(text)) => take(path, words, text),
        (Shape::String, Value::Text(text)) if !known.is_empty() => take(path, known, text),
        (Shape::Set(item), Value::Set(items)) => items
            .iter()
            .for_each(|value| walk(path, item, known, value, take)),
        (Shape::List(item), Value::List(items)) => items
            .iter()
            .for_each(|value| walk(path, item, known, value, take)),
        (Shape::Record(parts), Value::Record(values)) => {
            for part in *parts {
                if let Some(value) = values.get(part.name) {
                    walk(
                        &format!("{path}.{}", part.yaml_key),
                        &part.shape,
                        part.known_variants,
                        value,
                        take,
                    );
                }
            }
        }
        _ => {}
    }
}

/// How many words a sentence names.
const NAMED: usize = 12;

fn word_gone(kind: &Kind, path: &str, word: &'static str, used: Used, to: Release) -> Finding {
    let decision = !used.in_files.is_empty();
    let said = if used.hidden {
        "the declared variant".to_owned()
    } else {
        format!("the variant {word:?}")
    };
    let instead = match used.instead.as_slice() {
        [] => String::new(),
        words if words.len() > NAMED => format!(
            "; `akrec explain {}` lists those that both releases have",
            kind.name
        ),
        words => format!("; both releases have: {}", words.join(", ")),
    };
    let sites = if decision { used.in_files } else { used.there };
    Finding {
        decision,
        field: Some(path.to_owned()),
        words: if used.hidden {
            Vec::new()
        } else {
            vec![word.to_owned()]
        },
        what: format!(
            "authentik {to} does not have {said} for {path} of {}",
            kind.title()
        ),
        why: "what the upgrade makes of such a value is not known".to_owned(),
        help: match decision {
            true => format!("declare another one before the upgrade{instead}"),
            false => format!("no file declares it; look at it before the upgrade{instead}"),
        },
        ..Finding::of(kind, Class::WordGone, sites)
    }
}

fn words_new(kind: &Kind, path: &str, words: &[&'static str], to: Release) -> Finding {
    let (verb, named) = if words.len() == 1 {
        ("is", "a new variant")
    } else {
        ("are", "new variants")
    };
    Finding {
        field: Some(path.to_owned()),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        what: format!(
            "there {verb} {named} for {path} of {} in authentik {to}: {}",
            kind.title(),
            words.join(", ")
        ),
        why: "what is declared keeps its meaning".to_owned(),
        help: "nothing has to be done".to_owned(),
        ..Finding::of(kind, Class::WordNew, Vec::new())
    }
}

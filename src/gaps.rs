//! What a server has and the table has not, and the other way: collections, what there is only one of, fields, words.
//!
//! Pure: it is given the facts of the server's own description of its API. What is left out on purpose is counted, not
//! listed among what is unknown.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use crate::kinds::{KINDS, LEFT_OUT, NO_KINDS, OTHERWISE, covers};
use crate::schema::{Create, Field, Kind, Release, Shape};

/// How a server and the table differ.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Gaps {
    /// The server has it, akrec does not know it.
    pub unknown: Vec<Gap>,
    /// akrec has it for this release, the server has not.
    pub missing: Vec<Gap>,
    /// Collections that the server has and akrec leaves out, with the reason.
    pub left_out: Vec<(String, &'static str)>,
    /// How many collections were compared.
    pub compared: usize,
}

/// One thing that only one side has.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Gap {
    /// The collection.
    pub path: String,
    /// The kind, if the collection is one.
    pub kind: Option<&'static str>,
    /// The field, if it is about one; a field of a list's items after a dot.
    pub field: Option<String>,
    /// The word, if it is about one.
    pub word: Option<String>,
}

/// Compares the facts of a server, as [`crate::openapi::distil`] gives them, with the table for its release.
pub fn gaps(facts: &Json, release: Release) -> Gaps {
    let all = ["collections", "singletons", "uploads"]
        .into_iter()
        .filter_map(|name| facts[name].as_object())
        .flatten();
    let collections: BTreeMap<&String, &Json> = all.collect();
    let mut gaps = Gaps::default();
    let partial: Vec<String> = facts["partial"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(str::to_owned)
        .collect();
    for path in collections.keys().copied().chain(&partial) {
        if KINDS
            .iter()
            .any(|kind| kind.path == path && kind.is_in(release))
        {
            gaps.compared += 1;
        } else if let Some(out) = NO_KINDS.iter().find(|out| covers(out.path, path)) {
            gaps.left_out.push((path.clone(), out.why));
        } else {
            gaps.unknown.push(Gap {
                path: path.clone(),
                kind: None,
                field: None,
                word: None,
            });
        }
    }
    for kind in KINDS.iter().copied().filter(|kind| kind.is_in(release)) {
        match collections.get(&kind.path.to_owned()) {
            Some(found) => Comparison {
                kind,
                release,
                gaps: &mut gaps,
            }
            .fields(&found["fields"]),
            None => {
                gaps.missing.push(Gap {
                    path: kind.path.to_owned(),
                    kind: Some(kind.name),
                    field: None,
                    word: None,
                });
            }
        }
    }
    gaps.unknown.sort();
    gaps.missing.sort();
    gaps
}

struct Comparison<'a> {
    kind: &'static Kind,
    release: Release,
    gaps: &'a mut Gaps,
}

impl Comparison<'_> {
    fn fields(&mut self, found: &Json) {
        let nothing = Map::new();
        let found = found.as_object().unwrap_or(&nothing);
        let has = |field: &&Field| field.is_in(self.release);
        let declared: Vec<&Field> = self.kind.fields.iter().filter(has).collect();
        for name in found
            .keys()
            .filter(|name| declared.iter().all(|field| field.name != **name))
        {
            let left_out = LEFT_OUT
                .iter()
                .any(|(path, field, _)| covers(path, self.kind.path) && *field == name.as_str());
            if !left_out {
                self.unknown(name, None);
            }
        }
        for field in declared {
            // What is written elsewhere than in the object itself.
            let elsewhere = matches!(self.kind.create, Create::PostOrImport { field: other, .. } if other == field.name)
                || self
                    .kind
                    .members_of(field.name)
                    .is_some_and(|members| members.read.is_some())
                || field.derived;
            match found.get(field.name) {
                Some(fact) => self.shape(field.name, &field.shape, field.open_ended, fact),
                None if elsewhere || self.otherwise(field.name, "presence") => {}
                None => self.missing(field.name, None),
            }
        }
    }

    fn shape(&mut self, name: &str, shape: &Shape, open: bool, fact: &Json) {
        match shape {
            Shape::Enum(words) if !open => {
                let table: BTreeSet<&str> = words
                    .iter()
                    .filter(|word| word.is_in(self.release))
                    .map(|word| word.name)
                    .collect();
                let server = fact["enum"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Json::as_str);
                let server: BTreeSet<&str> = server.collect();
                // A field that is no enumeration there takes any word.
                if server.is_empty() || self.otherwise(name, "words") {
                    return;
                }
                server
                    .difference(&table)
                    .for_each(|word| self.unknown(name, Some(word)));
                table
                    .difference(&server)
                    .for_each(|word| self.missing(name, Some(word)));
            }
            Shape::List(Shape::Record(inner)) => {
                let nothing = Map::new();
                let found = fact["items"]["fields"].as_object().unwrap_or(&nothing);
                let inner: Vec<&Field> = inner
                    .iter()
                    .filter(|field| field.is_in(self.release))
                    .collect();
                for part in found
                    .keys()
                    .filter(|part| inner.iter().all(|field| field.name != **part))
                {
                    self.unknown(&format!("{name}.{part}"), None);
                }
                for field in inner {
                    let whole = format!("{name}.{}", field.name);
                    match found.get(field.name) {
                        Some(fact) => self.shape(&whole, &field.shape, field.open_ended, fact),
                        None => self.missing(&whole, None),
                    }
                }
            }
            Shape::List(item) => self.shape(name, item, open, &fact["items"]),
            _ => {}
        }
    }

    fn otherwise(&self, name: &str, what: &str) -> bool {
        OTHERWISE
            .iter()
            .any(|(path, field, about, _)| (*path, *field, *about) == (self.kind.path, name, what))
    }

    fn gap(&self, field: &str, word: Option<&str>) -> Gap {
        Gap {
            path: self.kind.path.to_owned(),
            kind: Some(self.kind.name),
            field: Some(field.to_owned()),
            word: word.map(str::to_owned),
        }
    }

    fn unknown(&mut self, field: &str, word: Option<&str>) {
        let gap = self.gap(field, word);
        self.gaps.unknown.push(gap);
    }

    fn missing(&mut self, field: &str, word: Option<&str>) {
        let gap = self.gap(field, word);
        self.gaps.missing.push(gap);
    }
}

//! The section `raw`: collections that the table does not know, described by the files themselves.
//!
//! From what is written a kind is built, and the objects are lowered like those of any other kind. Nothing is asked of
//! the server here; a field holds data unless a tag says that it is a reference or a set.

mod form;
mod path;

use std::collections::{BTreeMap, BTreeSet};

use super::Lowering;
use crate::desired::object::RawCollection;
use crate::desired::tree::{Entry, Tree};
use crate::diag::{Code, Diagnostic, FileId, Span};
use crate::schema::{self, Collection};
use crate::yaml::{Key, Node, NodeKind};

/// What can be said of a collection.
const WORDS: [&str; 5] = ["key", "id", "write_only", "defaults", "objects"];
/// How many collections, and fields of one, a state may have.
const MOST: usize = 500;

/// Whether a path can stand under `raw`: a collection that the table does not have, and no action or single object.
pub fn is_raw_path(path: &str) -> bool {
    path::check(
        path,
        Span {
            file: FileId(u32::MAX),
            start: 0,
            end: 0,
        },
    )
    .is_ok()
}

/// A collection as it is written.
#[derive(Default)]
struct Written<'t> {
    path: Option<&'t Key>,
    key: Option<String>,
    id: Option<String>,
    write_only: Vec<&'t Node>,
    defaults: Vec<&'t Node>,
    objects: Vec<&'t (Key, Node)>,
    absent: Option<&'t Node>,
}

impl Lowering<'_> {
    /// Everything that is said of collections that the table does not know.
    pub(super) fn raw(&mut self, tree: &Tree) {
        let mut all: BTreeMap<String, Written<'_>> = BTreeMap::new();
        for entry in tree
            .section("raw")
            .into_iter()
            .flat_map(|section| &section.entries)
        {
            if let Err(problem) = path::check(&entry.key.text, entry.key.span) {
                self.diagnostics.push(*problem);
                continue;
            }
            let written = all.entry(entry.key.text.clone()).or_default();
            written.path = Some(&entry.key);
            self.described(&entry.node, &entry.key, written);
        }
        if let Some(absent) = tree
            .section("absent")
            .and_then(|section| section.entry("raw"))
        {
            if !matches!(absent.node.kind, NodeKind::Map(_) | NodeKind::Null) {
                let label = format!("this is {}", absent.node.describe());
                let message = "`absent: raw:` must be a mapping from paths to lists of names";
                self.error(Code::WRONG_TYPE, message, absent.node.span, label);
            }
            for (key, list) in absent.node.entries() {
                match path::check(&key.text, key.span) {
                    Ok(()) => {
                        let written = all.entry(key.text.clone()).or_default();
                        written.path = written.path.or(Some(key));
                        written.absent = Some(list);
                    }
                    Err(problem) => self.diagnostics.push(*problem),
                }
            }
        }
        if let Some(too_many) = all.values().nth(MOST).and_then(|written| written.path) {
            let message = format!("a state has at most {MOST} raw collections");
            return self.error(Code::TOO_LARGE, message, too_many.span, "one too many");
        }
        let families: BTreeMap<&str, &'static str> = all
            .keys()
            .map(|path| (path.as_str(), schema::raw_family(path)))
            .collect();
        for (path, written) in &all {
            self.collection(path, written, &families);
        }
    }

    /// The words of one collection.
    fn described<'t>(&mut self, node: &'t Node, path: &Key, into: &mut Written<'t>) {
        if !matches!(node.kind, NodeKind::Map(_) | NodeKind::Null) {
            let label = format!("this is {}", node.describe());
            let message = format!(
                "{} must be a mapping of `key`, `id`, `write_only`, `defaults` and `objects`",
                path.text
            );
            return self.error(Code::WRONG_TYPE, message, node.span, label);
        }
        for (key, node) in node.entries() {
            let word = key.text.as_str();
            if let Some(diagnostic) = node.no_name().filter(|_| word != "objects") {
                self.diagnostics.push(diagnostic);
                continue;
            }
            match (word, &node.kind) {
                (_, NodeKind::Null) if WORDS.contains(&word) => {}
                ("key" | "id", _) => {
                    let name = node
                        .scalar()
                        .map(|scalar| scalar.text.trim())
                        .filter(|text| is_field(text));
                    if name.is_none() {
                        self.error(
                            Code::WRONG_TYPE,
                            format!("{word} must be the name of a field"),
                            node.span,
                            "not a field name",
                        );
                    }
                    let place = if word == "key" {
                        &mut into.key
                    } else {
                        &mut into.id
                    };
                    *place = name.map(str::to_owned);
                }
                ("write_only", NodeKind::Seq(items)) => into.write_only.extend(items),
                ("objects", NodeKind::Map(objects)) => into.objects.extend(objects),
                ("defaults", NodeKind::Map(_)) => into.defaults.push(node),
                ("write_only" | "objects" | "defaults", _) => {
                    let takes = match word {
                        "objects" => "a mapping from names to objects",
                        "defaults" => "a mapping of fields that every object has",
                        _ => "a list of fields",
                    };
                    let label = format!("this is {}", node.describe());
                    self.error(
                        Code::WRONG_TYPE,
                        format!("{word} must be {takes}"),
                        node.span,
                        label,
                    );
                }
                _ => {
                    self.diagnostics.push(
                        Diagnostic::error(
                            Code::UNKNOWN_FIELD,
                            format!("unknown key {word:?} in a raw collection"),
                        )
                        .at(key.span, "unknown")
                        .note(format!("expected one of: {}", WORDS.join(", ")))
                        .help("objects belong under `objects:`")
                        .did_you_mean(word, WORDS),
                    );
                }
            }
        }
    }

    /// One collection: its kind, its objects, and what must not be in it.
    fn collection(
        &mut self,
        path: &str,
        written: &Written<'_>,
        families: &BTreeMap<&str, &'static str>,
    ) {
        let Some(place) = written.path else { return };
        let key = written.key.clone().unwrap_or_else(|| "name".to_owned());
        let hidden = self.hidden_fields(written, &key);
        // What every object has unless it says otherwise.
        let mut objects: Vec<(Key, Node)> = Vec::new();
        for (key, node) in &written.objects {
            let mut node = node.clone();
            for defaults in &written.defaults {
                node = self.with_defaults(defaults, &node);
            }
            objects.push((key.clone(), node));
        }
        let fields = self.fields_written(&objects);
        if fields.len() > MOST {
            let message = format!("objects of a raw collection have at most {MOST} fields");
            return self.error(Code::TOO_LARGE, message, place.span, "more here");
        }
        let mut holds = BTreeMap::new();
        let mut broken = BTreeSet::from(["bindings"]);
        for (name, nodes) in fields.iter().filter(|(name, _)| **name != key) {
            let before = self.diagnostics.len();
            holds.insert(
                (*name).to_owned(),
                self.holds((path, name), nodes, hidden.contains_key(name), families),
            );
            if self.diagnostics.len() > before {
                broken.insert(*name);
            }
        }
        for (name, node) in hidden
            .iter()
            .filter(|(name, _)| !holds.contains_key(**name))
        {
            self.error(
                Code::UNKNOWN_FIELD,
                format!("no object of {path} has {name:?}"),
                node.span,
                "not declared",
            );
        }
        let id = written.id.clone().unwrap_or_else(|| "pk".to_owned());
        let kind = schema::raw_kind(&Collection {
            path: path.to_owned(),
            key,
            id,
            fields: holds,
        });
        self.desired.raw.push(RawCollection {
            kind,
            span: place.span,
        });
        let mut objects: Vec<&(Key, Node)> = objects.iter().collect();
        objects.sort_by(|(a, _), (b, _)| a.text.cmp(&b.text));
        for (name, node) in objects {
            let entry = Entry {
                key: name.clone(),
                node: sound_fields(kind, node, &broken),
            };
            self.object(kind, &entry);
        }
        if let Some(list) = written.absent {
            self.absent_names(kind.family, list);
        }
    }

    /// The fields of a collection that the server never returns, with their places.
    fn hidden_fields<'t>(
        &mut self,
        written: &Written<'t>,
        key: &str,
    ) -> BTreeMap<&'t str, &'t Node> {
        let mut hidden = BTreeMap::new();
        for node in &written.write_only {
            match node.scalar().map(|scalar| scalar.text.trim()) {
                Some(name) if is_field(name) && name != key => drop(hidden.insert(name, *node)),
                _ => self.error(
                    Code::WRONG_TYPE,
                    "write_only must be a list of field names",
                    node.span,
                    "not a field name",
                ),
            }
        }
        hidden
    }

    /// Every field that some object has, with all that is said of it.
    fn fields_written<'t>(
        &mut self,
        objects: &'t [(Key, Node)],
    ) -> BTreeMap<&'t str, Vec<&'t Node>> {
        let mut fields: BTreeMap<&str, Vec<&Node>> = BTreeMap::new();
        for (key, node) in objects.iter().flat_map(|(_, node)| node.entries()) {
            if is_word(&key.text) {
                continue;
            }
            if key.text == "bindings" {
                let message = "`bindings` are for kinds that akrec knows";
                let problem = Diagnostic::error(Code::UNKNOWN_FIELD, message)
                    .at(key.span, "under a raw object, a field that authentik ignores")
                    .note("whether policies bind to an object of a raw collection, and by which id, is unknown")
                    .help("remove it, and bind groups in authentik until akrec supports the collection");
                self.diagnostics.push(problem);
                continue;
            }
            if !is_field(&key.text) {
                let message = format!("{:?} is not a valid field name", key.text);
                self.error(
                    Code::BAD_KEY,
                    message,
                    key.span,
                    "letters, digits and `_` only",
                );
                continue;
            }
            fields.entry(key.text.as_str()).or_default().push(node);
        }
        fields
    }
}

/// The mapping of an object with its data put in order, without the fields that were reported.
fn sound_fields(kind: &schema::Kind, node: &Node, broken: &BTreeSet<&str>) -> Node {
    let mut node = node.clone();
    if let NodeKind::Map(entries) = &mut node.kind {
        for (key, node) in entries.iter_mut().filter(|(key, _)| !is_word(&key.text)) {
            let data = kind
                .field(&key.text)
                .is_none_or(|field| field.shape.families().is_empty());
            form::tidy(node, data);
        }
        entries.retain(|(key, _)| {
            let is_sound = is_field(&key.text) && !broken.contains(key.text.as_str());
            is_word(&key.text) || is_sound
        });
    }
    node
}

/// The words that say how an object is handled, not what it is.
fn is_word(word: &str) -> bool {
    matches!(word, "previously" | "lifecycle")
}

/// Whether the API could call a field so.
fn is_field(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

//! The state language as a JSON Schema (draft 2020-12), for completion, hover and squiggles in editors.
//!
//! Made from the table alone. Must accept whatever `akrec validate` accepts: an editor that is wrong is worse than one
//! that is silent. Only keywords are used that older drafts have as well, since editors lag behind.

mod children;
mod raw;
mod values;

use serde_json::{Map, Value as Raw, json};

use super::reference::{about, gates, writable};
use crate::kinds;
use crate::schema::{Field, Keying, Kind, Release};
use values::Values;

/// What a schema is made for.
#[derive(Clone, Copy, Default, Debug)]
pub struct Options {
    /// Only what this release has.
    pub release: Option<Release>,
    /// For files of `environments/`, which are laid over others: nothing need be said again, not even `type`.
    pub overlay: bool,
}

/// The schema of a state file.
pub fn state(kinds: &[&'static Kind], options: Options) -> Raw {
    let kinds: Vec<&'static Kind> = kinds
        .iter()
        .copied()
        .filter(|kind| options.release.is_none_or(|release| kind.is_in(release)))
        .collect();
    let mut sections: Vec<&'static str> = Vec::new();
    for kind in kinds.iter().filter(|kind| !kind.section.is_empty()) {
        if !sections.contains(&kind.section) {
            sections.push(kind.section);
        }
    }
    let maker = Maker {
        kinds: &kinds,
        options,
        values: Values {
            release: options.release,
        },
    };
    let mut defs = values::definitions();
    for kind in &kinds {
        defs.insert(kind.name.to_owned(), maker.object(kind));
    }
    let mut properties = Map::new();
    for section in &sections {
        let of: Vec<&'static Kind> = kinds
            .iter()
            .copied()
            .filter(|kind| kind.section == *section)
            .collect();
        properties.insert(
            (*section).to_owned(),
            maker.section(section, &of, &mut defs),
        );
    }
    properties.insert("defaults".into(), maker.defaults());
    properties.insert("raw".into(), raw::section(&mut defs));
    // What there is only one of is always there.
    sections.retain(|section| {
        !kinds
            .iter()
            .any(|kind| kind.section == *section && kind.is_single())
    });
    properties.insert("absent".into(), absent(&sections));
    properties.insert("assertions".into(), assertions());
    let release = options
        .release
        .map_or_else(String::new, |release| format!(" for authentik {release}"));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("akrec state{release}"),
        "description": "A file of the state: sections, each a mapping from names to objects.",
        "$comment": format!("Made by akrec {}.", env!("CARGO_PKG_VERSION")),
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": false,
        "$defs": defs,
    })
}

struct Maker<'a> {
    kinds: &'a [&'static Kind],
    options: Options,
    values: Values,
}

impl Maker<'_> {
    fn has(&self, field: &Field) -> bool {
        self.options
            .release
            .is_none_or(|release| field.is_in(release))
    }

    /// A section: names to objects of its only kind, or of the kind that `type` says.
    fn section(&self, section: &str, of: &[&'static Kind], defs: &mut Map<String, Raw>) -> Raw {
        let (about, object) = match of {
            [only] if only.is_single() => {
                return json!({ "description": about_kind(only), "$ref": format!("#/$defs/{}", only.name) });
            }
            [only] if only.word.is_none() => (only.doc.to_owned(), reference(only.name)),
            _ => {
                let name = format!("section.{section}");
                defs.insert(name.clone(), self.mixed(section, of));
                let about = format!(
                    "Objects of several kinds: `type` says which. `akrec explain {section}`."
                );
                (about, reference(&name))
            }
        };
        let names = if !of.is_empty() && of.iter().all(|kind| kind.slug_key) {
            json!({ "pattern": "^\\s*[A-Za-z0-9_-]+\\s*$" })
        } else {
            json!({ "minLength": 1 })
        };
        json!({
            "description": about,
            "type": ["object", "null"],
            "propertyNames": names,
            "additionalProperties": object,
        })
    }

    /// Objects that say with `type` which kind they are.
    fn mixed(&self, section: &str, of: &[&'static Kind]) -> Raw {
        let words: Vec<&str> = of.iter().filter_map(|kind| kind.word).collect();
        let docs: Vec<String> = of
            .iter()
            .filter(|kind| kind.word.is_some())
            .map(|kind| about_kind(kind))
            .collect();
        let then: Vec<Raw> = of
            .iter()
            .filter_map(|kind| kind.word.map(|word| (kind, word)))
            .map(|(kind, word)| {
                json!({
                    "if": { "properties": { "type": { "const": word } }, "required": ["type"] },
                    "then": reference(kind.name),
                })
            })
            .collect();
        let mut mixed = json!({
            "title": section,
            "type": "object",
            "properties": {
                "type": { "description": "Which kind it is.", "enum": words, "enumDescriptions": docs },
            },
            "allOf": then,
        });
        if let (false, Some(mixed)) = (self.options.overlay, mixed.as_object_mut()) {
            mixed.insert("required".into(), json!(["type"]));
        }
        mixed
    }

    /// The mapping of an object's fields. No field is required here: what exists on the server already need not be said.
    fn object(&self, kind: &'static Kind) -> Raw {
        let mut properties = Map::new();
        for field in writable(kind, self.kinds)
            .iter()
            .filter(|field| self.has(field))
        {
            properties.insert(field.word.to_owned(), self.field(kind, field));
        }
        for one in kind.children {
            if let Some(of) = self.kinds.iter().find(|of| of.name == one.kind) {
                properties.insert(one.word.to_owned(), children::list(one, of));
            }
        }
        if let Some(word) = kind.word {
            properties.insert(
                "type".into(),
                json!({ "description": kind.doc, "const": word }),
            );
        }
        if kind.is_renamed() {
            properties.insert("previously".into(), reference("akrec.previously"));
        }
        properties.insert("lifecycle".into(), lifecycle(properties.keys()));
        json!({
            "title": if kind.section.is_empty() { kind.name.to_owned() } else { kind.title() },
            "description": about_kind(kind),
            "type": ["object", "null"],
            "properties": properties,
            "additionalProperties": false,
        })
    }

    fn field(&self, kind: &Kind, field: &Field) -> Raw {
        let mut schema = self.values.field(field);
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".into(), json!(about(kind, field, false)));
            if let Some(default) = field
                .default
                .or(field.assume)
                .and_then(|text| serde_json::from_str(text).ok())
            {
                object.insert("default".into(), default);
            }
        }
        schema
    }

    fn defaults(&self) -> Raw {
        let of: Map<String, Raw> = self
            .kinds
            .iter()
            .filter(|kind| !kind.section.is_empty() && !kind.is_single())
            .map(|kind| (kind.title(), reference(kind.name)))
            .collect();
        json!({
            "description": "Fields that every object of a kind has unless it says otherwise.",
            "type": ["object", "null"],
            "properties": of,
            "additionalProperties": false,
        })
    }
}

fn reference(name: &str) -> Raw {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn about_kind(kind: &Kind) -> String {
    match gates(kind.since, kind.until) {
        Some(gates) => format!("{} ({gates})", kind.doc),
        None => kind.doc.to_owned(),
    }
}

/// What must hold of effective access; which words go together is for `validate` to say.
fn assertions() -> Raw {
    let names = json!({ "type": ["string", "array"], "items": { "type": "string" } });
    json!({
        "description": "What must hold of effective access.",
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "user": names, "group": names, "application": names, "applications": names, "entitlement": names,
                "except": names, "no_user_in": names,
                "access": { "enum": ["allow", "deny", "conditional"] },
                "only": { "description": "Items such as group:staff or user:ann.", "type": ["string", "array", "object"] },
                "bound": { "type": "boolean" },
            },
        },
    })
}

fn absent(sections: &[&str]) -> Raw {
    let names = |section: &&str| {
        let known_by = kinds::section(section)
            .next()
            .map_or("name", |kind| match kind.keying {
                Keying::Field(field) => field,
                _ => "name",
            });
        let names = json!({
            "description": format!("{section} that must not exist, by {known_by}."),
            "type": ["array", "null"],
            "items": reference("value.text"),
        });
        ((*section).to_owned(), names)
    };
    let mut of: Map<String, Raw> = sections.iter().map(names).collect();
    of.insert("raw".into(), raw::absent());
    json!({
        "description": "What must not exist, by section.",
        "type": ["object", "null"],
        "properties": of,
        "additionalProperties": false,
    })
}

fn lifecycle<'a>(words: impl Iterator<Item = &'a String>) -> Raw {
    let words: Vec<&String> = words
        .filter(|word| !matches!(word.as_str(), "type" | "previously"))
        .collect();
    json!({
        "description": "How akrec treats the object.",
        "type": "object",
        "properties": {
            "protect": {
                "description": "It is never deleted. True or false.",
                "$ref": "#/$defs/value.boolean",
            },
            "open": {
                "description": "It is meant to be open to all users; say why with `reason`. True or false.",
                "$ref": "#/$defs/value.boolean",
            },
            "reason": { "description": "Why it is open.", "$ref": "#/$defs/value.text" },
            "owner": { "description": "Who reviews it.", "$ref": "#/$defs/value.text" },
            "ignore": {
                "description": "Fields that are set on creation and never changed after.",
                "type": "array",
                "items": { "enum": words },
            },
        },
        "additionalProperties": false,
    })
}

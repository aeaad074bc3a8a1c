//! The state language as a JSON Schema (draft 2020-12), for completion, hover and squiggles in editors.
//!
//! Made from the table alone. Must accept whatever `akrec validate` accepts: an editor that is wrong is worse than one
//! that is silent. Only keywords are used that older drafts have as well, since editors lag behind.

mod children;
mod raw;
mod values;

use serde_json::Value as Json;

use super::reference::{about, gates, writable};
use crate::desired::{Enrollment, LeastProof};
use crate::kinds;
use crate::schema::{Field, Keying, Kind, Release};
use crate::wire::schema::{Schema, Schemas, Type};
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
pub fn state(kinds: &[&'static Kind], options: Options) -> Json {
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
    let mut properties = Schemas::new();
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
            .any(|kind| kind.section == *section && kind.is_singleton())
    });
    properties.insert("absent".into(), absent(&sections));
    properties.insert("assertions".into(), assertions());
    let release = options
        .release
        .map_or_else(String::new, |release| format!(" for authentik {release}"));
    let schema = Schema::of_types(&NULLABLE_OBJECT)
        .properties(properties)
        .closed()
        .definitions(defs)
        .comment(format!("Made by akrec {}.", env!("CARGO_PKG_VERSION")))
        .document(
            format!("akrec state{release}"),
            "A file of the state: sections, each a mapping from names to objects.",
        );
    crate::wire::json(&schema)
}

/// An object, or null for one without members.
const NULLABLE_OBJECT: [Type; 2] = [Type::Object, Type::Null];
/// A list, or null for one without items.
const NULLABLE_ARRAY: [Type; 2] = [Type::Array, Type::Null];

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
    fn section(&self, section: &str, of: &[&'static Kind], defs: &mut Schemas) -> Schema {
        let (about, object) = match of {
            [only] if only.is_singleton() => {
                return Schema::reference(only.name).about(about_kind(only));
            }
            [only] if only.type_name.is_none() => {
                (only.doc.to_owned(), Schema::reference(only.name))
            }
            _ => {
                let name = format!("section.{section}");
                defs.insert(name.clone(), self.mixed(section, of));
                let about = format!(
                    "Objects of several kinds: `type` says which. `akrec explain {section}`."
                );
                (about, Schema::reference(&name))
            }
        };
        let names = if !of.is_empty() && of.iter().all(|kind| kind.slug_key) {
            Schema::any().pattern("^\\s*[A-Za-z0-9_-]+\\s*$")
        } else {
            Schema::any().filled()
        };
        Schema::of_types(&NULLABLE_OBJECT)
            .about(about)
            .names(names)
            .each(object)
    }

    /// Objects that say with `type` which kind they are.
    fn mixed(&self, section: &str, of: &[&'static Kind]) -> Schema {
        let words: Vec<&str> = of.iter().filter_map(|kind| kind.type_name).collect();
        let docs: Vec<String> = of
            .iter()
            .filter(|kind| kind.type_name.is_some())
            .map(|kind| about_kind(kind))
            .collect();
        let then = of
            .iter()
            .filter_map(|kind| kind.type_name.map(|word| (kind, word)))
            .map(|(kind, word)| {
                let is = Schema::any()
                    .property("type", Schema::only(word))
                    .required(["type"]);
                Schema::when(is, Schema::reference(kind.name))
            });
        let of_type = Schema::one_of(words)
            .value_descriptions(docs)
            .about("Which kind it is.");
        let mixed = Schema::of(Type::Object)
            .title(section)
            .property("type", of_type)
            .and_all_of(then);
        if self.options.overlay {
            mixed
        } else {
            mixed.required(["type"])
        }
    }

    /// The mapping of an object's fields. No field is required here: what exists on the server already need not be said.
    fn object(&self, kind: &'static Kind) -> Schema {
        let mut properties = Schemas::new();
        for field in writable(kind, self.kinds)
            .iter()
            .filter(|field| self.has(field))
        {
            properties.insert(field.yaml_key.to_owned(), self.field(kind, field));
        }
        for one in kind.children {
            if let Some(of) = self.kinds.iter().find(|of| of.name == one.kind) {
                properties.insert(one.yaml_key.to_owned(), children::list(one, of));
            }
        }
        if let Some(word) = kind.type_name {
            properties.insert("type".into(), Schema::only(word).about(kind.doc));
        }
        if kind.can_be_renamed() {
            properties.insert("previously".into(), Schema::reference("akrec.previously"));
        }
        properties.insert(
            "lifecycle".into(),
            lifecycle(Some(properties.keys().map(String::as_str).collect())),
        );
        let title = if kind.section.is_empty() {
            kind.name.to_owned()
        } else {
            kind.title()
        };
        Schema::of_types(&NULLABLE_OBJECT)
            .title(title)
            .about(about_kind(kind))
            .properties(properties)
            .closed()
    }

    fn field(&self, kind: &Kind, field: &Field) -> Schema {
        let schema = self.values.field(field).about(about(kind, field, false));
        let default = field
            .default
            .or(field.create_default)
            .and_then(|text| serde_json::from_str::<Json>(text).ok());
        match default {
            Some(default) => schema.default_is(default),
            None => schema,
        }
    }

    fn defaults(&self) -> Schema {
        let of = self
            .kinds
            .iter()
            .filter(|kind| !kind.section.is_empty() && !kind.is_singleton())
            .map(|kind| (kind.title(), Schema::reference(kind.name)));
        Schema::of_types(&NULLABLE_OBJECT)
            .about("Fields that every object of a kind has unless it says otherwise.")
            .properties(of.collect())
            .closed()
    }
}

fn about_kind(kind: &Kind) -> String {
    match gates(kind.since, kind.until) {
        Some(gates) => format!("{} ({gates})", kind.doc),
        None => kind.doc.to_owned(),
    }
}

/// What must hold of effective access; which words go together is for `validate` to say.
fn assertions() -> Schema {
    let mut assertion = Schema::of(Type::Object).closed();
    for word in [
        "user",
        "group",
        "application",
        "applications",
        "entitlement",
        "except",
        "no_user_in",
    ] {
        let names = Schema::of_types(&[Type::String, Type::Array]).items(Schema::of(Type::String));
        assertion = assertion.property(word, names);
    }
    let only = Schema::of_types(&[Type::String, Type::Array, Type::Object])
        .about("Items such as group:staff or user:ann.");
    assertion = assertion
        .property("access", Schema::one_of(["allow", "deny", "conditional"]))
        .property("only", only)
        .property("bound", Schema::of(Type::Boolean));
    let assertion = sign_in(privileges(assertion));
    Schema::of_types(&NULLABLE_ARRAY)
        .about("What must hold of effective access, of privileges and of signing in.")
        .items(assertion)
}

/// What must hold of privileges.
fn privileges(assertion: Schema) -> Schema {
    let names = || Schema::of_types(&[Type::String, Type::Array]).items(Schema::of(Type::String));
    assertion
        .property(
            "superusers",
            names().about("Who may be a superuser: items such as group:staff or user:ann."),
        )
        .property("permission", names().about("Code names of permissions."))
        .property("permissions", names().about("Code names of permissions."))
        .property(
            "roles",
            names().about("The only roles that may have the permissions."),
        )
        .property("tokens", Schema::one_of(["must end"]))
}

/// What must hold of signing in.
fn sign_in(assertion: Schema) -> Schema {
    let names = Schema::of_types(&[Type::String, Type::Array]).items(Schema::of(Type::String));
    let proofs = LeastProof::ALL.iter().map(|(words, _)| *words);
    let enrollments = Enrollment::ALL.iter().map(|(words, _)| *words);
    assertion
        .property(
            "sign_in",
            names.about("Domains of brands, `default` for the default one, or `*` for all."),
        )
        .property("proof", Schema::one_of(proofs))
        .property("enrollment", Schema::one_of(enrollments))
}

fn absent(sections: &[&str]) -> Schema {
    let names = |section: &&str| {
        let known_by = kinds::section(section)
            .next()
            .map_or("name", |kind| match kind.keying {
                Keying::Field(field) => field,
                _ => "name",
            });
        let names = Schema::of_types(&NULLABLE_ARRAY)
            .about(format!("{section} that must not exist, by {known_by}."))
            .items(Schema::reference("value.text"));
        ((*section).to_owned(), names)
    };
    Schema::of_types(&NULLABLE_OBJECT)
        .about("What must not exist, by section.")
        .properties(sections.iter().map(names).collect())
        .property("raw", raw::absent())
        .closed()
}

/// The mapping `lifecycle` of an object, of whose fields these may be ignored; any, if they are not known.
fn lifecycle(fields: Option<Vec<&str>>) -> Schema {
    let field = fields.map_or(Schema::of(Type::String), |fields| {
        let ignored = |field: &&str| !matches!(*field, "type" | "previously");
        Schema::one_of(fields.into_iter().filter(ignored))
    });
    let boolean = || Schema::reference("value.boolean");
    let text = || Schema::reference("value.text");
    Schema::of(Type::Object)
        .about("How akrec treats the object.")
        .property(
            "protect",
            boolean().about("It is never deleted. True or false."),
        )
        .property(
            "open",
            boolean().about(
                "It is meant to be open to all users; say why with `reason`. True or false.",
            ),
        )
        .property("reason", text().about("Why it is open."))
        .property("owner", text().about("Who reviews it."))
        .property(
            "ignore",
            Schema::list(field).about("Fields that are set on creation and never changed after."),
        )
        .closed()
}

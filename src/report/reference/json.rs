//! The reference as JSON, for tools. New members may come; none goes or changes its meaning.

use serde_json::Value as Json;

use super::super::json as document_json;
use super::example::example;
use super::facts::{clearing, is_key, is_required, known_by, needs, owners, writable};
use crate::diag::{Code, Sources};
use crate::kinds::{NO_KINDS, NoKind};
use crate::schema::{Class, Field, Format, Items, Kind, Preselected, Release, Shape};
use crate::wire::kinds as wire;
use crate::wire::{Body, kinds::Form};

/// Kinds with everything that is known of them. `kinds` are those of the table, `shown` those to list.
pub fn kinds(shown: &[&'static Kind], kinds: &[&'static Kind]) -> String {
    answer(Body::Kinds(wire::Kinds {
        kinds: shown.iter().map(|one| kind(one, kinds)).collect(),
        left_out: None,
    }))
}

/// All kinds, and the collections that the server has besides, with the reason why they are not kinds.
pub fn table(kinds: &[&'static Kind]) -> String {
    let out = |out: &NoKind| wire::NoKind {
        api_path: out.path.to_owned(),
        what: out.what.to_owned(),
        why: out.why.to_owned(),
    };
    answer(Body::Kinds(wire::Kinds {
        kinds: kinds.iter().map(|one| kind(one, kinds)).collect(),
        left_out: Some(NO_KINDS.iter().map(out).collect()),
    }))
}

/// Codes with their explanations.
pub fn codes(codes: &[(Code, &str)]) -> String {
    let codes = codes.iter().map(|(code, about)| wire::ExplainedCode {
        code: document_json::code(*code),
        explanation: (*about).to_owned(),
    });
    answer(Body::Codes(wire::Codes {
        codes: codes.collect(),
    }))
}

/// The whole document.
pub(super) fn answer(body: Body) -> String {
    document_json::text(&document_json::answer(0, &[], &Sources::default(), body))
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn kind(kind: &'static Kind, kinds: &[&'static Kind]) -> wire::Kind {
    let section = (!kind.section.is_empty()).then_some(kind.section);
    let owners = owners(kind, kinds).into_iter();
    let fields = writable(kind, kinds);
    wire::Kind {
        kind: kind.name.to_owned(),
        family: kind.family.to_owned(),
        section: section.map(str::to_owned),
        of_type: kind.type_name.map(str::to_owned),
        title: section.map(|_| kind.title()),
        doc: kind.doc.to_owned(),
        api_path: kind.path.to_owned(),
        key: kind.key_fields().map(str::to_owned).collect(),
        known_by: known_by(kind),
        slug_key: kind.slug_key,
        aliases: texts(kind.aliases),
        enterprise: kind.enterprise,
        needs: needs(kind),
        since: release(kind.since),
        until: release(kind.until),
        owners: owners
            .map(|(owner, word)| wire::Owner {
                kind: owner.name.to_owned(),
                word: word.to_owned(),
            })
            .collect(),
        fields: fields.iter().map(|one| field(kind, one, false)).collect(),
        children: kind
            .children
            .iter()
            .map(|children| wire::Children {
                word: children.yaml_key.to_owned(),
                kind: children.kind.to_owned(),
                form: match children.items {
                    Items::Named(_) => Form::Named,
                    Items::Ordered(_) => Form::Ordered,
                    Items::Subjects(_) | Items::Among(_) => Form::List,
                    Items::One => Form::One,
                },
            })
            .collect(),
        example: example(kind, kinds),
    }
}

fn field(kind: &Kind, field: &Field, inside: bool) -> wire::Field {
    let parsed = |text: Option<&str>| text.and_then(|text| serde_json::from_str::<Json>(text).ok());
    let name = if inside { field.name } else { field.yaml_key };
    wire::Field {
        name: name.to_owned(),
        api_name: field.name.to_owned(),
        holds: shape(kind, &field.shape),
        only_kinds: field.allowed_kinds.allowed(None).map(|kinds| texts(&kinds)),
        key: !inside && is_key(kind, field),
        required: is_required(field),
        nullable: field.nullable,
        cleared_by: clearing(field).map(str::to_owned),
        has_default: field.default.is_some() || field.create_default.is_some(),
        default: parsed(field.default.or(field.create_default)),
        default_before: field
            .default_before
            .map(|(until, before)| wire::DefaultBefore {
                release: until.to_string(),
                default: parsed(Some(before)),
            }),
        secret: match field.class {
            Class::Plain => None,
            Class::Secret => Some(wire::Secret::Compared),
            Class::WriteOnly => Some(wire::Secret::WriteOnly),
        },
        withheld_from: field
            .withheld_since
            .iter()
            .map(ToString::to_string)
            .collect(),
        compared_by: field.digest.map(|(shown, _)| shown.to_owned()),
        sent_with: field.sent_with.map(str::to_owned),
        preselected: preselected(field),
        longest: field.max_length.map(|(most, _)| most),
        not_empty: field.not_empty,
        format: (field.format != Format::Any).then(|| field.format.takes().to_owned()),
        only_the_server_can_tell: (!field.judged_by_server.is_empty())
            .then(|| field.judged_by_server.to_owned()),
        generated: field.generated,
        creation_only: field.create_only,
        server_adds_items: field.server_adds,
        since: release(field.since),
        until: release(field.until),
        doc: field.doc.to_owned(),
    }
}

/// The value that a new object gets where the files do not set one.
fn preselected(field: &Field) -> Option<Json> {
    Some(match field.preselected? {
        Preselected::Value(text) | Preselected::Unless(text, _) => {
            serde_json::from_str(text).ok()?
        }
        Preselected::AllVariants => Json::from("all words"),
        Preselected::Managed(_, marks) => Json::from(marks),
    })
}

fn shape(kind: &Kind, shape: &Shape) -> wire::Shape {
    match shape {
        Shape::String => wire::Shape::Text,
        Shape::Bytes(most) => wire::Shape::Content { maximum: *most },
        Shape::Bool => wire::Shape::Boolean,
        Shape::Int(least, most) => wire::Shape::Integer {
            minimum: *least,
            maximum: *most,
        },
        Shape::Float => wire::Shape::Number,
        Shape::Duration => wire::Shape::Duration,
        Shape::Time => wire::Shape::Time,
        Shape::Enum(words) => wire::Shape::Word {
            words: words
                .iter()
                .map(|word| wire::Word {
                    word: word.name.to_owned(),
                    since: release(word.since),
                    until: release(word.until),
                })
                .collect(),
        },
        Shape::Json { per_key } => wire::Shape::Data { by_key: *per_key },
        Shape::Ref(_) | Shape::RefAny(_) => wire::Shape::Reference {
            families: texts(shape.families()),
        },
        Shape::Grant { permission, on } => wire::Shape::Grant {
            permission: (*permission).to_owned(),
            families: texts(on),
        },
        Shape::Set(item) => wire::Shape::Set {
            items: Box::new(self::shape(kind, item)),
        },
        Shape::List(item) => wire::Shape::List {
            items: Box::new(self::shape(kind, item)),
        },
        Shape::Record(fields) => wire::Shape::Mapping {
            fields: fields.iter().map(|one| field(kind, one, true)).collect(),
        },
    }
}

fn release(release: Option<Release>) -> Option<String> {
    release.map(|release| release.to_string())
}

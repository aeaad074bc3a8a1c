//! The reference as JSON, for tools. New members may come; none goes or changes its meaning.

use serde_json::{Value as Raw, json};

use super::super::json as document_json;
use super::example::example;
use super::facts::{clearing, is_key, is_required, known_by, needs, owners, writable};
use crate::diag::{Code, Sources};
use crate::kinds::{NO_KINDS, NoKind};
use crate::schema::{Class, Field, Format, Items, Kind, Preselected, Release, Shape};

/// Kinds with everything that is known of them. `kinds` are those of the table, `shown` those to tell of.
pub fn kinds(shown: &[&'static Kind], kinds: &[&'static Kind]) -> String {
    document(
        "kinds",
        shown.iter().map(|one| kind(one, kinds)).collect(),
        json!({}),
    )
}

/// All kinds, and what the server has besides and why that is no kind.
pub fn table(kinds: &[&'static Kind]) -> String {
    let out = |out: &NoKind| json!({ "api_path": out.path, "what": out.what, "why": out.why });
    let left_out: Vec<Raw> = NO_KINDS.iter().map(out).collect();
    document(
        "kinds",
        kinds.iter().map(|one| kind(one, kinds)).collect(),
        json!({ "left_out": left_out }),
    )
}

/// Codes with their explanations.
pub fn codes(codes: &[(Code, &str)]) -> String {
    let all = codes
        .iter()
        .map(|(code, about)| json!({ "code": code.as_str(), "explanation": about }))
        .collect();
    document("codes", all, json!({}))
}

fn document(name: &str, items: Vec<Raw>, more: Raw) -> String {
    let mut members = json!({ name: items });
    if let (Some(members), Raw::Object(more)) = (members.as_object_mut(), more) {
        members.extend(more);
    }
    answer(&members)
}

/// The whole document.
pub(super) fn answer(members: &Raw) -> String {
    document_json::text(&document_json::answer(
        0,
        &[],
        &Sources::default(),
        Some(members),
    ))
}

fn kind(kind: &'static Kind, kinds: &[&'static Kind]) -> Raw {
    let section = (!kind.section.is_empty()).then_some(kind.section);
    json!({
        "kind": kind.name,
        "family": kind.family,
        "section": section,
        "type": kind.word,
        "title": section.map(|_| kind.title()),
        "doc": kind.doc,
        "api_path": kind.path,
        "key": kind.key_fields().collect::<Vec<_>>(),
        "known_by": known_by(kind),
        "slug_key": kind.slug_key,
        "aliases": kind.aliases,
        "enterprise": kind.enterprise,
        "needs": needs(kind),
        "since": release(kind.since),
        "until": release(kind.until),
        "owners": owners(kind, kinds)
            .iter()
            .map(|(owner, word)| json!({ "kind": owner.name, "word": word }))
            .collect::<Vec<_>>(),
        "fields": writable(kind, kinds).iter().map(|one| field(kind, one, false)).collect::<Vec<_>>(),
        "children": kind.children
            .iter()
            .map(|children| json!({
                "word": children.word,
                "kind": children.kind,
                "form": match children.items {
                    Items::Named(_) => "mapping by name",
                    Items::Ordered(_) => "ordered list",
                    Items::Subjects(_) | Items::Among(_) => "list",
                    Items::One => "mapping of fields",
                },
            }))
            .collect::<Vec<_>>(),
        "example": example(kind, kinds),
    })
}

fn field(kind: &Kind, field: &Field, inside: bool) -> Raw {
    let parsed = |text: Option<&str>| text.and_then(|text| serde_json::from_str::<Raw>(text).ok());
    json!({
        "name": if inside { field.name } else { field.word },
        "api_name": field.name,
        "holds": shape(kind, &field.shape),
        "only_kinds": field.only.kinds(None),
        "key": !inside && is_key(kind, field),
        "required": is_required(field),
        "nullable": field.nullable,
        "cleared_by": clearing(field),
        "has_default": field.default.is_some() || field.assume.is_some(),
        "default": parsed(field.default.or(field.assume)),
        "default_before": field.default_before.map(|(until, before)| {
            json!({ "release": until.to_string(), "default": parsed(Some(before)) })
        }),
        "secret": match field.class {
            Class::Plain => None,
            Class::Secret => Some("compared"),
            Class::WriteOnly => Some("write-only"),
        },
        "withheld_from": field.withheld.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "compared_by": field.digest.map(|(shown, _)| shown),
        "sent_with": field.beside,
        "preselected": preselected(field),
        "longest": field.longest.map(|(most, _)| most),
        "not_empty": field.not_empty,
        "format": (field.format != Format::Any).then(|| field.format.takes()),
        "only_the_server_can_tell": (!field.judged.is_empty()).then_some(field.judged),
        "generated": field.generated,
        "creation_only": field.once,
        "server_adds_items": field.superset,
        "since": release(field.since),
        "until": release(field.until),
        "doc": field.doc,
    })
}

/// What a new object gets where nobody says otherwise.
fn preselected(field: &Field) -> Option<Raw> {
    Some(match field.preselected? {
        Preselected::Value(text) | Preselected::Unless(text, _) => {
            serde_json::from_str(text).ok()?
        }
        Preselected::AllWords => json!("all words"),
        Preselected::Managed(_, marks) => json!(marks),
    })
}

fn shape(kind: &Kind, shape: &Shape) -> Raw {
    match shape {
        Shape::Text => json!({ "type": "text" }),
        Shape::Bytes(most) => json!({ "type": "content", "maximum": most }),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Int(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Shape::Float => json!({ "type": "number" }),
        Shape::Duration => json!({ "type": "duration" }),
        Shape::Time => json!({ "type": "time" }),
        Shape::Enum(words) => json!({
            "type": "word",
            "words": words
                .iter()
                .map(|word| json!({ "word": word.name, "since": release(word.since), "until": release(word.until) }))
                .collect::<Vec<_>>(),
        }),
        Shape::Json { keyed } => json!({ "type": "data", "by_key": keyed }),
        Shape::Ref(_) | Shape::RefAny(_) => {
            json!({ "type": "reference", "families": shape.families() })
        }
        Shape::Grant { permission, on } => {
            json!({ "type": "grant", "permission": permission, "families": on })
        }
        Shape::Set(item) => json!({ "type": "set", "items": self::shape(kind, item) }),
        Shape::List(item) => json!({ "type": "list", "items": self::shape(kind, item) }),
        Shape::Record(fields) => json!({
            "type": "mapping",
            "fields": fields.iter().map(|one| field(kind, one, true)).collect::<Vec<_>>(),
        }),
    }
}

fn release(release: Option<Release>) -> Option<String> {
    release.map(|release| release.to_string())
}

//! A small example of a kind, made from the table: the required fields, and a few of the most informative fields.
//!
//! It must always be valid; a test loads every one of them.

use std::fmt::Write;

use serde_json::Value as Json;

use super::facts::is_key;
use crate::kinds;
use crate::schema::{
    Children, Class, Condition, Create, Field, Format, Items, Keying, Kind, RELEASES, Release,
    Requirement, Shape,
};

/// About as many fields as an example shows.
const FIELDS: usize = 4;

/// YAML as it is written; scalars are spelled out already.
enum Yaml {
    Scalar(String),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

/// An example in a state file. Of what is written under an owner, the owner is shown with it.
pub fn example(kind: &'static Kind, kinds: &[&'static Kind]) -> String {
    let release = newest(kind);
    let (root, body) = rooted(kind, kinds, body(kind, release, true), 0);
    let object = match root.keying {
        Keying::Field(key) => Yaml::Map(vec![(key_value(root, key), Yaml::Map(body))]),
        Keying::Typed { .. } => Yaml::Map(vec![(typed(root), Yaml::Map(body))]),
        Keying::Single => Yaml::Map(body),
        Keying::Fields(_) | Keying::Dotted(_) => return String::new(),
    };
    let mut text = String::new();
    write(
        &mut text,
        &Yaml::Map(vec![(root.section.to_owned(), object)]),
        0,
    );
    text
}

/// The newest known release that has the kind: what an example is for.
fn newest(kind: &Kind) -> Release {
    let all = || RELEASES.iter().rev().copied();
    all()
        .find(|release| kind.is_in(*release))
        .or_else(|| all().next())
        .unwrap_or(crate::schema::V2026_2)
}

/// The object of a section that holds this body: itself, or its owner's owner.
fn rooted(
    kind: &'static Kind,
    kinds: &[&'static Kind],
    body: Vec<(String, Yaml)>,
    depth: usize,
) -> (&'static Kind, Vec<(String, Yaml)>) {
    let owner = kinds
        .iter()
        .flat_map(|owner| {
            owner
                .children
                .iter()
                .map(move |children| (*owner, children))
        })
        .find(|(_, children)| children.kind == kind.name);
    match owner {
        Some((owner, children)) if kind.section.is_empty() && depth < 4 => {
            let item = child(children, Yaml::Map(body));
            let mut fields = required(owner, newest(kind));
            fields.push((children.yaml_key.to_owned(), item));
            rooted(owner, kinds, fields, depth + 1)
        }
        _ => (kind, body),
    }
}

/// One item of a list of children.
fn child(children: &Children, body: Yaml) -> Yaml {
    match children.items {
        Items::Named(_) => Yaml::Map(vec![(named(children.kind), body)]),
        Items::One => body,
        _ => Yaml::List(vec![body]),
    }
}

/// `type` and the required fields: what the object of an owner needs.
fn required(kind: &Kind, release: Release) -> Vec<(String, Yaml)> {
    let mut fields = type_of(kind);
    fields.extend(fields_of(kind, release, 0));
    fields
}

fn type_of(kind: &Kind) -> Vec<(String, Yaml)> {
    kind.type_name
        .map(|word| vec![("type".to_owned(), Yaml::Scalar(word.to_owned()))])
        .unwrap_or_default()
}

fn body(kind: &'static Kind, release: Release, children: bool) -> Vec<(String, Yaml)> {
    let mut fields = type_of(kind);
    fields.extend(fields_of(kind, release, FIELDS));
    for one in kind.children.iter().filter(|_| children) {
        if let Some(of) = kinds::kind(one.kind).filter(|of| of.is_in(release)) {
            let body = Yaml::Map(fields_of(of, release, 0));
            fields.push((one.yaml_key.to_owned(), child(one, body)));
        }
    }
    fields
}

/// The required fields, and others until there are `wanted` of them, in the table's order.
fn fields_of(kind: &Kind, release: Release, wanted: usize) -> Vec<(String, Yaml)> {
    let owner = kinds::KINDS
        .iter()
        .flat_map(|owner| owner.children)
        .find(|children| children.kind == kind.name);
    let implied = |field: &Field| {
        let by_place = owner.is_some_and(|owner| {
            owner.owner == field.name
                || matches!(owner.items, Items::Named(key) if key == field.name)
                || (matches!(owner.items, Items::Ordered(_)) && field.name == "order")
        });
        is_key(kind, field) || by_place
    };
    let subjects: Vec<Field> = match owner.map(|owner| (owner, owner.items)) {
        Some((owner, Items::Subjects(_) | Items::Among(_))) => owner.subjects(kind),
        _ => Vec::new(),
    };
    let first = subjects.first().map(|subject| subject.name);
    let usable = |field: &&Field| {
        field.is_in(release)
            && !implied(field)
            && !matches!(field.shape, Shape::RefAny(_))
            && (first == Some(field.name)
                || subjects.iter().all(|subject| subject.name != field.name))
    };
    let among = subjects
        .iter()
        .take(1)
        .filter(|subject| kind.field(subject.name).is_none());
    let fields: Vec<&Field> = among.chain(kind.fields.iter().filter(usable)).collect();
    // What replaces the other fields on creation stands alone.
    if let Create::PostOrImport { field, .. } = kind.create
        && let Some(field) = fields.iter().find(|one| one.name == field)
    {
        return vec![(field.yaml_key.to_owned(), value(kind, field, release))];
    }
    let must = |field: &Field| {
        (field.required
            && !(field.create_default.is_some()
                && (wanted == 0 || matches!(field.shape, Shape::Json { .. }))))
            || first == Some(field.name)
            || kind
                .requirements
                .iter()
                .any(|need| is_needed(kind, need, field, release))
    };
    let mut others: Vec<&Field> = fields
        .iter()
        .copied()
        .filter(|field| !must(field) && telling(field) > 0)
        .collect::<Vec<_>>();
    others.sort_by_key(|field| std::cmp::Reverse(telling(field)));
    others.truncate(wanted.saturating_sub(fields.iter().filter(|field| must(field)).count()));
    fields
        .into_iter()
        .filter(|field| must(field) || others.iter().any(|other| other.name == field.name))
        .map(|field| (field.yaml_key.to_owned(), value(kind, field, release)))
        .collect()
}

/// Whether the server refuses the example without this field, because of what else the example says.
fn is_needed(kind: &Kind, need: &Requirement, field: &Field, release: Release) -> bool {
    let first = match need.one_of.first() {
        Some(
            Condition::HasValue(name)
            | Condition::HasExplicitValue(name)
            | Condition::IsDeclared(name),
        ) => *name,
        _ => return false,
    };
    let holds = |when: &Condition| match when {
        Condition::IsOneOf(name, words) => kind
            .field(name)
            .is_some_and(|field| words.contains(&example_variant(field, release))),
        Condition::HasValue(name)
        | Condition::HasExplicitValue(name)
        | Condition::IsDeclared(name) => kind.field(name).is_some_and(|field| field.required),
        Condition::HasKey(..) | Condition::HasName(_) => false,
    };
    let is_set = |default: &str| !matches!(default, "false" | "null" | r#""""# | "[]" | "{}");
    let by_default = need.one_of.iter().any(|is| match is {
        Condition::HasValue(name) => kind
            .field(name)
            .and_then(|field| field.default)
            .is_some_and(is_set),
        _ => false,
    });
    !by_default && need.otherwise.is_empty() && first == field.name && need.when.iter().all(holds)
}

/// The word that an example has for an enumeration: its default, or its first one.
fn example_variant(field: &Field, release: Release) -> &'static str {
    let Shape::Enum(words) = field.shape else {
        return "";
    };
    let is_default = |name: &str| {
        field
            .default
            .is_some_and(|default| default.trim_matches('"') == name)
    };
    let mut names = words
        .iter()
        .filter(|word| word.is_in(release))
        .map(|word| word.name);
    let default = names.clone().find(|name| is_default(name));
    default
        .or_else(|| names.find(|name| !name.is_empty()))
        .unwrap_or("")
}

/// How much an optional field says about its kind.
fn telling(field: &Field) -> u8 {
    let plain = field.class == Class::Plain
        && !field.generated
        && !field.create_only
        && field.inverse_of.is_none();
    let filled = field
        .default
        .is_some_and(|default| !matches!(default, r#""""# | "{}" | "[]" | "null"));
    match field.shape {
        _ if !plain || field.until.is_some() || field.at_most_one_true => 0,
        _ if field.after_own_children || field.yaml_key != field.name => 5,
        Shape::Ref(_) => 2,
        Shape::Set(_) | Shape::List(_) => 3,
        Shape::Duration | Shape::Enum(_) if filled => 3,
        Shape::Bool | Shape::Int(..) | Shape::Float if filled => 1,
        Shape::String if filled || text(field.name).is_some() => 2,
        _ => 0,
    }
}

fn value(kind: &Kind, field: &Field, release: Release) -> Yaml {
    one(kind, field, &field.shape, field.default, release)
}

/// A value of a shape: a field's own, or an item's of it.
fn one(kind: &Kind, field: &Field, shape: &Shape, default: Option<&str>, release: Release) -> Yaml {
    if field.class != Class::Plain
        && !matches!(shape, Shape::Set(_) | Shape::List(_) | Shape::Record(_))
    {
        return Yaml::Scalar(format!("!env {}", field.name.to_uppercase()));
    }
    let default: Option<Json> = default.and_then(|default| serde_json::from_str(default).ok());
    match (shape, default) {
        (
            Shape::Duration | Shape::Bool | Shape::Int(..) | Shape::Float | Shape::String,
            Some(Json::String(text)),
        ) if !text.is_empty() => Yaml::Scalar(scalar(&text, matches!(shape, Shape::String))),
        (
            Shape::Bool | Shape::Int(..) | Shape::Float,
            Some(default @ (Json::Bool(_) | Json::Number(_))),
        ) => Yaml::Scalar(default.to_string()),
        (Shape::Enum(words), Some(Json::String(default)))
            if words
                .iter()
                .any(|word| word.name == default && word.is_in(release)) =>
        {
            Yaml::Scalar(scalar(&default, true))
        }
        (Shape::Enum(words), _) => {
            let word = words
                .iter()
                .find(|word| word.is_in(release) && !word.name.is_empty());
            Yaml::Scalar(scalar(word.map_or("", |word| word.name), true))
        }
        (Shape::String, _) => {
            let example = field.known_variants.first().map(|word| word.name);
            let example = example
                .or_else(|| of_format(field.format))
                .or_else(|| text(field.name))
                .unwrap_or("An example");
            Yaml::Scalar(scalar(example, true))
        }
        (Shape::Bytes(_), _) => {
            Yaml::Scalar("'<svg xmlns=\"http://www.w3.org/2000/svg\"/>'".into())
        }
        (Shape::Bool, _) => Yaml::Scalar("true".into()),
        (Shape::Int(least, most), _) => Yaml::Scalar(10.clamp(*least, *most).to_string()),
        (Shape::Float, _) => Yaml::Scalar("0.5".into()),
        (Shape::Duration, _) => Yaml::Scalar("hours=1".into()),
        (Shape::Time, _) => Yaml::Scalar("2030-12-31T12:00:00Z".into()),
        (Shape::Ref(_) | Shape::RefAny(_), _) => Yaml::Scalar(
            shape
                .families()
                .first()
                .map(|family| reference(family, kind))
                .unwrap_or_default(),
        ),
        (Shape::Grant { permission, on }, _) => {
            let name = |family: &&str| Yaml::Scalar(reference(family, kind));
            let on = on
                .first()
                .map(|family| ((*family).to_owned(), name(family)));
            let permissions = ("permissions".to_owned(), Yaml::List(vec![name(permission)]));
            Yaml::Map(on.into_iter().chain([permissions]).collect())
        }
        (Shape::Set(item) | Shape::List(item), _) => {
            Yaml::List(vec![one(kind, field, item, None, release)])
        }
        (Shape::Record(fields), _) => record(kind, fields, release),
        (Shape::Json { .. }, _) => Yaml::Map(vec![("example".into(), Yaml::Scalar("true".into()))]),
    }
}

/// A mapping with what it needs, or the text that stands for it if that is all.
fn record(kind: &Kind, fields: &'static [Field], release: Release) -> Yaml {
    let needed: Vec<&Field> = fields
        .iter()
        .filter(|field| field.required && field.default.is_none() && field.is_in(release))
        .collect();
    let first = fields.first();
    match (needed.as_slice(), first) {
        ([one], Some(first)) if one.name == first.name && matches!(one.shape, Shape::String) => {
            value(kind, one, release)
        }
        ([], Some(first)) => Yaml::Map(vec![(first.name.to_owned(), value(kind, first, release))]),
        _ => Yaml::Map(
            needed
                .iter()
                .map(|field| (field.name.to_owned(), value(kind, field, release)))
                .collect(),
        ),
    }
}

/// A text of this form; `None` where any text will do.
fn of_format(format: Format) -> Option<&'static str> {
    Some(match format {
        Format::Email => "someone@example.org",
        Format::Slug | Format::OneWord | Format::Printable => "example",
        Format::Host => "mail.example.org",
        Format::Networks => "10.0.0.0/8",
        Format::UserPath => "users/staff",
        Format::Url(schemes) | Format::Urls(schemes) if schemes.contains(&"ldap") => {
            "ldap://ldap.example.org"
        }
        Format::LaunchUrl | Format::PublicUrl => "https://app.example.org/",
        _ => return None,
    })
}

/// A text that fits a field of this name; `None` where nothing better than any text comes to mind.
fn text(name: &str) -> Option<&'static str> {
    let has = |part: &str| name.split('_').any(|word| word == part);
    let ends = |part: &str| name.ends_with(part);
    Some(match () {
        () if has("expression") => "return True",
        () if has("email") || has("mail") || ends("_subject") => "someone@example.org",
        () if has("domain") => "example.org",
        () if has("url") || has("uri") || ends("_host") || has("audience") || has("issuer") => {
            "https://app.example.org/"
        }
        () if has("dn") => "DC=example,DC=org",
        () if has("username") => "alex",
        () if has("description") => "What it is for",
        () if ends("name") || ends("title") || ends("label") => "An example",
        () => return None,
    })
}

/// The name of some object of a family; of the own family, another one.
fn reference(family: &str, from: &Kind) -> String {
    if family == from.family {
        return format!("another-{}", family.replace('_', "-"));
    }
    let kind = kinds::family(family).find(|kind| matches!(kind.keying, Keying::Field(_)));
    match kind.map(|kind| (kind, kind.keying)) {
        Some((kind, Keying::Field(key))) => key_value(kind, key),
        _ => named(family),
    }
}

/// The key of some object of a kind: what its field would hold, else a name made of the family's.
fn key_value(kind: &Kind, key: &str) -> String {
    match (kind.slug_key, key) {
        (false, "name") | (true, _) => named(kind.family),
        (false, key) => text(key).map_or_else(|| named(kind.family), |text| scalar(text, true)),
    }
}

/// A model, a dot and a name.
fn typed(kind: &Kind) -> String {
    let model = kinds::kind("user").map_or("app.model", |user| user.model);
    format!("{model}.{}", named(kind.family))
}

fn named(family: &str) -> String {
    format!("my-{}", family.replace('_', "-"))
}

/// A scalar in YAML, quoted where its plain form would be something else.
fn scalar(text: &str, is_text: bool) -> String {
    let plain = !text.is_empty()
        && text.trim() == text
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
        && !text.ends_with(':')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " _-./:=;@()".contains(c))
        && !text.contains(": ");
    let typed =
        matches!(text, "true" | "false" | "null") || text.starts_with(|c: char| c.is_ascii_digit());
    if plain && !(is_text && typed) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// Writes block style; lists of one short thing stay on their line.
fn write(text: &mut String, yaml: &Yaml, indent: usize) {
    let Yaml::Map(entries) = yaml else { return };
    for (key, value) in entries {
        let _ = write!(text, "{:indent$}{key}:", "");
        match value {
            Yaml::Map(entries) if !entries.is_empty() => {
                text.push('\n');
                write(text, value, indent + 2);
            }
            Yaml::List(items)
                if items
                    .iter()
                    .any(|item| matches!(item, Yaml::Map(_) | Yaml::List(_))) =>
            {
                text.push('\n');
                for item in items {
                    let _ = writeln!(text, "{:1$}- {2}", "", indent + 2, flow(item));
                }
            }
            _ => {
                let _ = writeln!(text, " {}", flow(value));
            }
        }
    }
}

/// On one line.
fn flow(yaml: &Yaml) -> String {
    match yaml {
        Yaml::Scalar(text) => text.clone(),
        Yaml::List(items) => format!(
            "[{}]",
            items.iter().map(flow).collect::<Vec<_>>().join(", ")
        ),
        Yaml::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{key}: {}", flow(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

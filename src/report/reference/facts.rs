//! What there is to say about a kind and a field, in words: the one source of the text, the Markdown and the schema.

use crate::kinds;
use crate::schema::{
    AllowedKinds, Class, Condition, DataKey, Field, Format, Items, Keying, Kind, Preselected,
    Release, Requirement, Shape, Variant,
};

/// What a field holds, in a few words.
pub(super) fn holds(shape: &Shape) -> String {
    match shape {
        Shape::String => "string".into(),
        Shape::Bytes(_) => "content of a file".into(),
        Shape::Bool => "boolean".into(),
        Shape::Int(..) => "integer".into(),
        Shape::Float => "number".into(),
        Shape::Duration => "duration".into(),
        Shape::Time => "time".into(),
        Shape::Enum(_) => "enumeration".into(),
        Shape::Json { per_key: true } => "data by key".into(),
        Shape::Json { per_key: false } => "data".into(),
        Shape::Ref(_) | Shape::RefAny(_) => {
            format!("name of {}", a(&shape.families().join(" or ")))
        }
        Shape::Grant { .. } => "mapping of one object and its permissions".into(),
        Shape::Set(item) => format!("set of {}", several(item)),
        Shape::List(item) => format!("list of {}", several(item)),
        Shape::Record(_) => "mapping".into(),
    }
}

fn several(item: &Shape) -> String {
    match item {
        Shape::Ref(_) | Shape::RefAny(_) => format!("names of {}s", item.families().join("s or ")),
        Shape::Grant { .. } => "mappings, each of one object and its permissions".into(),
        Shape::Enum(_) => "variants".into(),
        Shape::String | Shape::Int(..) | Shape::Time | Shape::Duration | Shape::Record(_) => {
            format!("{}s", holds(item))
        }
        _ => holds(item),
    }
}

/// `a flow`, `an application`.
fn a(word: &str) -> String {
    format!(
        "{} {word}",
        if word.starts_with(['a', 'e', 'i', 'o']) {
            "an"
        } else {
            "a"
        }
    )
}

/// The variants of a field or its items.
pub(super) fn variants(shape: &Shape) -> &'static [Variant] {
    match shape {
        Shape::Enum(variants) => variants,
        Shape::Set(item) | Shape::List(item) => variants(item),
        _ => &[],
    }
}

/// The fields inside a field or its items.
pub(super) fn inner(shape: &Shape) -> &'static [Field] {
    match shape {
        Shape::Record(fields) => fields,
        Shape::Set(item) | Shape::List(item) => inner(item),
        _ => &[],
    }
}

/// How a field is cleared: what may be written besides a value; `None` where the server refuses that.
pub(in crate::report) fn clearing(field: &Field) -> Option<&'static str> {
    match field.shape {
        _ if field.nullable => Some("null"),
        Shape::String if !field.not_blank => Some(r#""""#),
        Shape::Set(_) | Shape::List(_) => Some("[]"),
        Shape::Json { .. } => Some("{}"),
        _ => None,
    }
}

/// `since 2025.12`, or nothing for what all releases have.
pub(in crate::report) fn gates(since: Option<Release>, until: Option<Release>) -> Option<String> {
    match (since, until) {
        (Some(since), Some(until)) => Some(format!("since {since}, before {until}")),
        (Some(since), None) => Some(format!("since {since}")),
        (None, Some(until)) => Some(format!("only before {until}")),
        (None, None) => None,
    }
}

/// A variant with its releases: `slack (since 2025.12)`.
pub(in crate::report) fn variant(variant: &Variant) -> String {
    match gates(variant.since, variant.until) {
        Some(gates) => format!("{} ({gates})", shown(variant.name)),
        None => shown(variant.name).to_owned(),
    }
}

fn shown(text: &str) -> &str {
    if text.is_empty() { r#""""# } else { text }
}

/// Whether the field is the key of the mapping that its objects stand in.
pub(super) fn is_key(kind: &Kind, field: &Field) -> bool {
    kind.is_key(field.name)
}

/// The fields as they can be written: without those that follow from the place of an object, and with subjects (the
/// group of a binding) that cannot be cleared, since without them there is no object.
pub(in crate::report) fn writable(kind: &Kind, kinds: &[&'static Kind]) -> Vec<Field> {
    let mut owners = kinds.iter().flat_map(|owner| owner.children);
    let place = owners.find(|children| kind.section.is_empty() && children.kind == kind.name);
    let implied = |field: &Field| {
        place.is_some_and(|place| {
            place.owner == field.name
                || matches!(place.items, Items::Named(key) if key == field.name)
        })
    };
    let subjects = place.map_or_else(Vec::new, |place| match place.items {
        Items::Subjects(_) | Items::Among(_) => place.subjects(kind),
        _ => Vec::new(),
    });
    let subject = |field: &Field| subjects.iter().any(|subject| subject.name == field.name);
    let among = |field: &Field| place.is_some_and(|place| place.items.is_among(field.name));
    let fields = kind
        .fields
        .iter()
        .filter(|field| !implied(field))
        .flat_map(|field| match among(field) {
            true => subjects.clone(),
            false => vec![*field],
        });
    let never_null = |field: &Field| {
        kind.forced
            .iter()
            .any(|forced| forced.field == field.name && forced.null && forced.when.is_none())
    };
    fields
        .map(|field| {
            if subject(&field) || never_null(&field) {
                field.not_null()
            } else {
                field
            }
        })
        .collect()
}

/// The facts about a field besides what it holds. `inside` is a field of a mapping inside of another field.
pub(super) fn notes(kind: &Kind, field: &Field, inside: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if !inside && is_key(kind, field) {
        notes.push("the key".to_owned());
    } else if is_required(field) {
        notes.push("required".to_owned());
    }
    secrecy_notes(field, &mut notes);
    if let Some(other) = field.sent_with {
        notes.push(format!("sent with {other}, and not compared by itself"));
    }
    if field.generated {
        notes.push("set by the server if omitted".into());
    }
    if field.create_only {
        notes.push("used on creation only".into());
    }
    default_notes(field, inside, &mut notes);
    limit_notes(field, &mut notes);
    if !field.judged_by_server.is_empty() {
        notes.push(format!(
            "only the server can check {}",
            field.judged_by_server
        ));
    }
    if let Some(other) = field.family_field {
        notes.push(format!("its kind is given by `{other}`"));
    }
    notes.extend(only(field));
    if field.cascades {
        notes.push("deleted along with the object".into());
    }
    if field.server_adds {
        notes.push("the server adds items of its own".into());
    }
    if field.at_most_one_true {
        notes.push("true for one object at most".into());
    }
    if !inside && field.yaml_key != field.name {
        notes.push(format!("{} in the API", field.name));
    }
    notes.extend(gates(field.since, field.until));
    notes
}

/// Whether the value is secret, and whether the server returns it.
fn secrecy_notes(field: &Field, notes: &mut Vec<String>) {
    match field.class {
        Class::Plain => {}
        Class::Secret => notes.push("secret, compared".into()),
        Class::WriteOnly if field.digest.is_some() => {
            notes.push("write-only, compared by its fingerprint".into())
        }
        Class::WriteOnly => notes.push("secret, write-only".into()),
    }
    if !field.withheld_since.is_empty() {
        let from: Vec<String> = field
            .withheld_since
            .iter()
            .map(ToString::to_string)
            .collect();
        notes.push(format!(
            "not returned, and so not compared, from {} on",
            from.join(", ")
        ));
    }
}

/// The values that the field gets if it is not set, and the value that clears it.
fn default_notes(field: &Field, inside: bool, notes: &mut Vec<String>) {
    let default = field.default.or(field.create_default);
    if let Some(default) = default {
        let before = field
            .default_before
            .map(|(until, before)| format!(" ({} before {until})", json_text(before)));
        notes.push(format!(
            "default {}{}",
            json_text(default),
            before.unwrap_or_default()
        ));
    }
    notes.extend(field.preselected.map(preselected));
    let evident = default.is_some_and(|default| Some(default) == clearing(field));
    let given = field.required && field.shape.families().is_empty();
    if !(inside || evident || given || field.not_empty) {
        notes.extend(clearing(field).map(|by| format!("{by} clears it")));
    }
}

/// The bounds, the length and the format of the values that the server accepts.
fn limit_notes(field: &Field, notes: &mut Vec<String>) {
    match field.shape {
        Shape::Int(least, most) if most < i64::from(i32::MAX) => {
            notes.push(format!("from {least} to {most}"))
        }
        Shape::Int(least, _) if least > i64::from(i32::MIN) => {
            notes.push(format!("at least {least}"))
        }
        _ => {}
    }
    if field.not_empty {
        notes.push("not empty".into());
    }
    if let Some((most, until)) = field.max_length {
        let until = until.map_or_else(String::new, |until| format!(" before {until}"));
        notes.push(format!("at most {most} characters{until}"));
    }
    notes.extend(form(field.format));
    if !field.keys.is_empty() {
        let since = |since: Release| format!(" (since {since})");
        let key =
            |key: &DataKey| format!("{}{}", key.name, key.since.map_or_else(String::new, since));
        let keys: Vec<String> = field.keys.iter().map(key).collect();
        notes.push(format!("authentik reads {}", keys.join(", ")));
    }
}

/// Whether no object can be made without it.
pub(super) fn is_required(field: &Field) -> bool {
    let filled_in = matches!(field.preselected, Some(Preselected::Value(_)));
    field.required && field.create_default.is_none() && !filled_in
}

/// What a new object gets where nobody says otherwise.
fn preselected(what: Preselected) -> String {
    match what {
        Preselected::Value(json) => format!(
            "{} on creation if omitted, as in the admin form",
            json_text(json)
        ),
        Preselected::Unless(json, others) => {
            let others = others.join(", ");
            format!(
                "{} on creation if it and {others} are omitted, as in the admin form",
                json_text(json)
            )
        }
        Preselected::AllVariants => {
            "all of them on creation if omitted, as in the admin form".to_owned()
        }
        Preselected::Managed(_, marks) => {
            format!(
                "on creation if omitted, as in the admin form: {}",
                marks.join(", ")
            )
        }
    }
}

/// What its text has to be, if that is anything.
fn form(format: Format) -> Option<String> {
    match format {
        Format::Any => None,
        Format::PythonIf(other) => Some(format!("{} where {other} is true", format.takes())),
        Format::PatternIf(other, word) => {
            Some(format!("{} where {other} is {word}", format.takes()))
        }
        format => Some(format.takes()),
    }
}

/// What an object needs beside what it says, a sentence each.
pub(super) fn needs(kind: &Kind) -> Vec<String> {
    let sentence = |needs: &Requirement| {
        let words =
            |all: &[Condition], with: &dyn Fn(&Condition) -> Option<String>, between: &str| {
                all.iter()
                    .filter_map(with)
                    .collect::<Vec<_>>()
                    .join(between)
            };
        let what = words(needs.one_of, &|is| wanted(kind, is), " or ");
        let when = words(needs.when, &|is| condition(kind, is), " and ");
        let when = if when.is_empty() {
            when
        } else {
            format!(" where {when}")
        };
        let since = needs
            .since
            .map_or_else(String::new, |since| format!(" (since {since})"));
        let otherwise = match needs.otherwise {
            "" => String::new(),
            what => format!("; otherwise {what}"),
        };
        match needs.one_of.is_empty() {
            true => format!("is refused{when}{since}"),
            false => format!("needs {what}{when}{since}{otherwise}"),
        }
    };
    let needs = kind.requirements.iter().map(sentence);
    needs
        .chain(
            kind.ordered_durations
                .iter()
                .map(|(short, long)| format!("{short} is not longer than {long}")),
        )
        .collect()
}

fn wanted(kind: &Kind, is: &Condition) -> Option<String> {
    let Some(field) = is.field() else {
        let Condition::HasName(name) = is else {
            return None;
        };
        return Some(format!("the name {name:?}"));
    };
    let field = kind.field(field)?;
    Some(match (is, field.shape) {
        (Condition::IsOneOf(_, words), _) => format!("{}: {}", field.yaml_key, words.join(" or ")),
        (Condition::HasKey(_, key), _) => format!("{}: {{{key}: …}}", field.yaml_key),
        (_, Shape::Bool) => format!("{}: true", field.yaml_key),
        _ => field.yaml_key.to_owned(),
    })
}

fn condition(kind: &Kind, is: &Condition) -> Option<String> {
    let field = kind.field(is.field()?)?;
    Some(match (is, field.shape) {
        (Condition::IsOneOf(_, words), Shape::List(_) | Shape::Set(_)) => {
            format!("{} has {}", field.yaml_key, words.join(" or "))
        }
        (Condition::IsOneOf(_, words), _) => {
            format!("{} is {}", field.yaml_key, words.join(" or "))
        }
        (_, Shape::Bool) => format!("{} is true", field.yaml_key),
        _ => format!("{} is set", field.yaml_key),
    })
}

/// Which kinds of its family a reference takes, if not all.
fn only(field: &Field) -> Option<String> {
    let title = |name: &&str| kinds::kind(name).map(Kind::title);
    match field.allowed_kinds {
        AllowedKinds::All => None,
        AllowedKinds::These(names) => {
            let titles: Vec<String> = names.iter().filter_map(title).collect();
            Some(format!("accepts only {}", titles.join(", ")))
        }
        AllowedKinds::ByField(other, pairs) => {
            let titles: Vec<String> = pairs
                .iter()
                .filter_map(|(word, name)| Some(format!("{} for {word}", title(name)?)))
                .collect();
            Some(format!("accepts what {other} says: {}", titles.join(", ")))
        }
    }
}

/// JSON as people write it: text without its quotes.
fn json_text(json: &str) -> String {
    match serde_json::from_str(json) {
        Ok(serde_json::Value::String(text)) if !text.is_empty() => text,
        _ => json.to_owned(),
    }
}

/// All about a field in one paragraph, for the hover of an editor.
pub(in crate::report) fn about(kind: &Kind, field: &Field, inside: bool) -> String {
    let mut parts = vec![
        field.doc.trim_end_matches('.').to_owned(),
        holds(&field.shape),
    ];
    parts.extend(notes(kind, field, inside));
    parts.retain(|part| !part.is_empty());
    let sentences: Vec<String> = parts.iter().map(|part| capital(part)).collect();
    format!("{}.", sentences.join(". "))
}

/// With a capital letter, unless it begins with a sign.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// By what its objects are known.
pub(super) fn known_by(kind: &Kind) -> String {
    match kind.keying {
        Keying::Field(field) if kind.slug_key => format!("{field}: the key of the mapping, a slug"),
        Keying::Field(field) => format!("{field}: the key of the mapping"),
        Keying::Fields(fields) => fields.join(", ").replace('|', " or "),
        Keying::Dotted(fields) => fields.join("."),
        Keying::Typed { model, key } => format!("{model}.{key}: the key of the mapping"),
        Keying::Single => {
            "nothing: there is exactly one, and its fields are in the section itself".into()
        }
    }
}

/// Where its objects are written, in words.
pub(super) fn written(kind: &Kind, kinds: &[&'static Kind]) -> String {
    match (kind.section, kind.type_name) {
        ("", _) => {
            let mut words: Vec<&str> = owners(kind, kinds)
                .into_iter()
                .map(|(_, word)| word)
                .collect();
            words.dedup();
            format!("{} of its owner", words.join(", "))
        }
        (section, Some(word)) => format!("{section}, type: {word}"),
        (section, None) => section.to_owned(),
    }
}

/// The kinds under whose objects it is written, each with the word there.
pub(super) fn owners(kind: &Kind, kinds: &[&'static Kind]) -> Vec<(&'static Kind, &'static str)> {
    kinds
        .iter()
        .flat_map(|owner| {
            owner
                .children
                .iter()
                .map(move |children| (*owner, children))
        })
        .filter(|(_, children)| children.kind == kind.name)
        .map(|(owner, children)| (owner, children.yaml_key))
        .collect()
}

/// Its name for a heading: `providers.oauth2`, `groups`, or the kind's own where it has no section.
pub(super) fn heading(kind: &Kind) -> String {
    if kind.section.is_empty() {
        kind.name.to_owned()
    } else {
        kind.title()
    }
}

//! The schema for editors and the loader agree, field by field, on many forms of values.
//!
//! What the loader takes, the schema takes. What the loader refuses, the schema refuses too, unless it is a text that
//! could be the name of a variable behind a tag.

use akrec::desired;
use akrec::desired::{Entry, Section, Tree};
use akrec::diag::{Code, FileId, Sources};
use akrec::kinds::KINDS;
use akrec::report::state_schema::{Options, state};
use akrec::schema::{Field, Forced, Items, Kind, Shape};
use akrec::yaml::{NodeKind, parse};

use super::yaml::documents;

/// Forms of values; whether an editor sees texts in them, which may be names behind a tag.
const FORMS: &[(&str, bool)] = &[
    ("null", false),
    ("''", true),
    ("' '", true),
    ("some text", true),
    ("NAME", true),
    ("true", false),
    ("'true'", true),
    ("yes", true),
    ("0", false),
    ("-7", false),
    ("12345678901", false),
    ("1.5", false),
    ("'1'", true),
    ("hours=1;minutes=2", true),
    ("weeks=1.5;", true),
    ("1h", true),
    ("2026-12-31", true),
    ("2026-12-31T12:00:00Z", true),
    ("20261231", false),
    ("[]", false),
    ("[a]", true),
    ("[a, b]", true),
    ("[1]", false),
    ("[null]", false),
    ("[[a]]", false),
    ("[{user: a, until: 2026-12-31}]", false),
    ("[{group: a}]", false),
    ("{}", false),
    ("{a: 1}", false),
    ("{include: [a]}", false),
    ("{include: [a], exclude: [b]}", false),
    ("{include: null}", false),
    ("{include: a}", false),
    ("{include: [a], only: [b]}", false),
    ("{url: a}", false),
    ("[{url: a, matching_mode: regex}]", false),
    ("{validity_days: 3}", false),
    ("{validity_days: 0}", false),
];

/// What the loader finds wrong with a text, without files.
fn problems(text: &str) -> Vec<String> {
    let (nodes, broken) = parse(FileId(0), text);
    assert!(broken.is_empty(), "{text}");
    let mut tree = Tree::default();
    for (name, body) in nodes[0].entries() {
        let entries = body
            .entries()
            .iter()
            .map(|(key, node)| Entry {
                key: key.clone(),
                node: node.clone(),
            })
            .collect();
        assert!(matches!(body.kind, NodeKind::Map(_)));
        tree.sections.push(Section {
            name: name.clone(),
            entries,
            bodies: Vec::new(),
        });
    }
    let settings = desired::Settings {
        release: None,
        allow_unknown: false,
        today: jiff::civil::date(2026, 11, 22),
    };
    let mut sources = Sources::default();
    sources.add(
        "state.yaml",
        std::path::Path::new("state.yaml"),
        text.to_owned(),
    );
    let (_, diagnostic) = desired::lower(&tree, &settings, &mut sources);
    // A schema says what sort of value a field takes, and not which texts and which values together.
    let judged = [
        Code::BAD_FORMAT,
        Code::BAD_EXPRESSION,
        Code::INCOMPLETE,
        Code::BAD_DATA_KEY,
        Code::KEY_MISMATCH,
    ];
    let errors = diagnostic
        .into_iter()
        .filter(|diagnostic| diagnostic.is_error() && !judged.contains(&diagnostic.code));
    errors.map(|problem| problem.message).collect()
}

/// A state in which a field of an object has a value.
fn with(kind: &Kind, field: &Field, value: &str) -> Option<String> {
    let typed = |kind: &Kind| {
        kind.type_name
            .map_or_else(String::new, |word| format!("type: {word}, "))
    };
    if kind.is_singleton() {
        return Some(format!(
            "{}: {{{}: {value}}}\n",
            kind.section, field.yaml_key
        ));
    }
    if !kind.section.is_empty() {
        // What a reference is to, another field says.
        let beside = field
            .family_field
            .and_then(|other| kind.field(other))
            .map_or_else(String::new, |other| {
                format!("{}: {}, ", other.yaml_key, words(&other.shape)[0])
            });
        return Some(format!(
            "{}: {{{}: {{{}{beside}{}: {value}}}}}\n",
            kind.section,
            key(kind),
            typed(kind),
            field.yaml_key
        ));
    }
    let (owner, place) = KINDS
        .iter()
        .flat_map(|owner| owner.children.iter().map(move |place| (owner, place)))
        .find(|(owner, place)| place.kind == kind.name && !owner.section.is_empty())?;
    let item = match place.items {
        Items::Named(key) if key == field.name => return None,
        Items::Named(_) => format!("{{i: {{{}: {value}}}}}", field.yaml_key),
        Items::Ordered(subject) if subject == field.name => format!("[{{{subject}: {value}}}]"),
        Items::Ordered(subject) => format!("[{{{subject}: s, {}: {value}}}]", field.yaml_key),
        Items::One => format!("{{{}: {value}}}", field.yaml_key),
        // It stands under the words of its families.
        Items::Among(reference) if reference == field.name => return None,
        Items::Among(_) => format!("[{{application: s, {}: {value}}}]", field.yaml_key),
        Items::Subjects(subjects) if subjects.contains(&field.name) => {
            format!("[{{{}: {value}}}]", field.name)
        }
        Items::Subjects(subjects) => {
            format!("[{{{}: s, {}: {value}}}]", subjects[0], field.yaml_key)
        }
    };
    Some(format!(
        "{}: {{k: {{{}{}: {item}}}}}\n",
        owner.section,
        typed(owner),
        place.yaml_key
    ))
}

/// A name that an object of the kind may have.
fn key(kind: &Kind) -> &'static str {
    if kind.key_values("k").is_some() {
        "k"
    } else {
        "authentik_core.user.k"
    }
}

fn words(shape: &Shape) -> Vec<&'static str> {
    match shape {
        Shape::Enum(words) => words.iter().map(|word| word.name).collect(),
        Shape::Set(item) | Shape::List(item) => words(item),
        _ => Vec::new(),
    }
}

#[test]
fn schema_and_loader_agree_on_every_field() {
    let schema = state(&KINDS, Options::default());
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mut wrong = Vec::new();
    let mut pairs = 0;
    for kind in KINDS.iter() {
        for field in kind.fields.iter().filter(|field| {
            !kind.key_fields().any(|key| key == field.name) || kind.section.is_empty()
        }) {
            let own: Vec<String> = words(&field.shape)
                .iter()
                .flat_map(|word| {
                    [
                        format!("'{word}'"),
                        (*word).to_owned(),
                        format!("['{word}']"),
                    ]
                })
                .filter(|word| !word.is_empty())
                .collect();
            let forms = FORMS
                .iter()
                .copied()
                .chain(own.iter().map(|word| (word.as_str(), false)));
            for (value, text) in forms {
                let Some(state) = with(kind, field, value) else {
                    continue;
                };
                // What is managed by key is a mapping; the loader lets other data pass to the server, which refuses it.
                if matches!(field.shape, Shape::Json { per_key: true }) && !value.starts_with('{') {
                    continue;
                }
                // What depends on another field is more than the schema says.
                let depends = |forced: &Forced| forced.field == field.name && forced.when.is_some();
                if value == "null" && kind.forced.iter().any(depends) {
                    continue;
                }
                // Nor which lists may be empty, and which words of many there are.
                if (field.not_empty && matches!(value, "null" | "[]"))
                    || !field.known_variants.is_empty()
                {
                    continue;
                }
                let diagnostics = problems(&state);
                let taken = documents(&state)
                    .iter()
                    .all(|document| validator.is_valid(document));
                pairs += 1;
                if diagnostics.is_empty() && !taken {
                    wrong.push(format!("the schema refuses {state}"));
                } else if !diagnostics.is_empty() && taken && !text {
                    wrong.push(format!(
                        "the schema takes {state}  which the loader refuses: {diagnostics:?}\n"
                    ));
                }
            }
            if !words(&field.shape).is_empty() && matches!(field.shape, Shape::Enum(_)) {
                let state = with(kind, field, "no-such-word").unwrap();
                assert!(
                    !documents(&state)
                        .iter()
                        .all(|document| validator.is_valid(document)),
                    "{state}"
                );
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {pairs}:\n{}",
        wrong.len(),
        wrong.concat()
    );
    assert!(pairs > 5_000);
}

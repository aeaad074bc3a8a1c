//! The emitter: any data comes out of akrec's own reader, and of another one, as it went in.

use akrec::diag::FileId;
use akrec::yaml::{Item, Node, NodeKind, Style, Yaml, document, parse};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// What a reader must find.
fn expected(yaml: &Yaml) -> Json {
    match yaml {
        Yaml::Null => Json::Null,
        Yaml::Bare(text) => serde_json::from_str(text).unwrap(),
        Yaml::Text(text) => text.as_str().into(),
        Yaml::Tagged(tag, inner) => json!({ "tag": tag, "inner": expected(inner) }),
        Yaml::List(items) => items.iter().map(expected).collect(),
        Yaml::Map(items) | Yaml::Open(items) => {
            let entries = items.iter().filter_map(|item| match item {
                Item::Entry(key, yaml) => Some((key.clone(), expected(yaml))),
                Item::Note(_) => None,
            });
            entries.collect()
        }
    }
}

/// What akrec's reader found; unquoted text must be text to everybody.
fn found(node: &Node) -> Json {
    match &node.kind {
        NodeKind::Bytes(_) => unreachable!("only a tag brings bytes"),
        NodeKind::Null => Json::Null,
        NodeKind::Scalar(scalar) if scalar.style == Style::Plain => {
            match serde_json::from_str(&scalar.text) {
                Ok(typed @ (Json::Bool(_) | Json::Number(_))) => typed,
                _ => scalar.text.as_str().into(),
            }
        }
        NodeKind::Scalar(scalar) => scalar.text.as_str().into(),
        NodeKind::Seq(items) => items.iter().map(found).collect(),
        NodeKind::Map(entries) => entries
            .iter()
            .map(|(key, node)| (key.text.clone(), found(node)))
            .collect(),
        NodeKind::Tagged(tag, inner) => json!({ "tag": tag, "inner": found(inner) }),
    }
}

fn check(items: &[Item]) {
    let text = document(items);
    let (nodes, problems) = parse(FileId(0), &text);
    assert!(problems.is_empty(), "{problems:?}\n{text}");
    let read = nodes.first().map_or_else(|| json!({}), found);
    let wanted = expected(&Yaml::Map(items.to_vec()));
    assert_eq!(read, wanted, "\n{text}");
    // Another reader, which knows no tags and takes no mapping of comments alone for one.
    if !text.contains(" !") && wanted != json!({}) {
        let other: Json =
            serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(other, wanted, "\n{text}");
    }
}

fn entry(key: &str, yaml: Yaml) -> Item {
    Item::Entry(key.to_owned(), yaml)
}

/// What people have stumbled over.
const TEXTS: &[&str] = &[
    "",
    " ",
    "yes",
    "No",
    "on",
    "y",
    "true",
    "True",
    "null",
    "~",
    "Null",
    "017",
    "1.10",
    "1_000",
    "0x1f",
    "0o7",
    "0b1",
    "1e3",
    "+1",
    "-1",
    ".5",
    "5.",
    ".inf",
    "-.inf",
    ".nan",
    "nan",
    "inf",
    "12:30:45",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "-",
    "- a",
    "?",
    "? a",
    ":",
    "a:",
    "a: b",
    ": a",
    "a #b",
    "#a",
    "a#b",
    "&a",
    "*a",
    "!a",
    "!env X",
    "|",
    ">",
    "'",
    "\"",
    "%a",
    "@a",
    "`a",
    "[a",
    "a]",
    "{a",
    "a}",
    "a, b",
    "---",
    "--- a",
    "...",
    "... a",
    "<<",
    "=",
    "a\\b",
    "it's",
    "\"q\"",
    "a\nb",
    "a\nb\n",
    "a\n\n\nb",
    "a\nb\n\n",
    "\na",
    " a\nb",
    "a \nb  ",
    "a\n  \nb",
    "a\n\tb",
    "\ta",
    "a\t",
    "a\r\nb",
    "a\rb",
    "  indented\nless",
    "if x:\n    return 1\nreturn 2",
    "a\n# b",
    "a\n--- \nb",
    "a\n---\nb\n...\n",
    "\u{0}",
    "\u{1b}[31m",
    "\u{85}",
    "\u{2028}",
    "a\u{2029}b",
    "\u{feff}a",
    "a\u{feff}",
    "\u{fffe}",
    "\u{10ffff}",
    "é",
    "日本",
    "👍🏽",
    "\u{202e}gpj.exe",
    "trailing ",
    " leading",
    "a\u{a0}b",
    "\u{a0}",
    "a:b",
    "http://x/y?z=1&a=2",
    "^vault-\\d+$",
    "hours=1;minutes=30",
    "%(name)s",
    "{{ user }}",
    "a\u{7f}b",
    "\u{ad}",
];

#[test]
fn what_people_stumble_over_comes_out_as_it_went_in() {
    for text in TEXTS {
        check(&[entry("key", Yaml::text(*text))]);
        check(&[entry(text, Yaml::text("value"))]);
        check(&[entry(
            "list",
            Yaml::List(vec![Yaml::text(*text), Yaml::text("b")]),
        )]);
        check(&[entry(
            "long",
            Yaml::List(vec![Yaml::text("x".repeat(100)), Yaml::text(*text)]),
        )]);
        let inner = vec![
            Item::Note((*text).to_owned()),
            entry(text, Yaml::text(*text)),
            entry("more", Yaml::Null),
        ];
        check(&[
            Item::Note((*text).to_owned()),
            entry("maps", Yaml::List(vec![Yaml::Map(inner)])),
        ]);
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(TEXTS).prop_map(str::to_owned),
        "[ -~\n\t]{0,30}",
        any::<String>(),
        prop::collection::vec(prop::sample::select(TEXTS), 0..4).prop_map(|parts| parts.join("\n")),
        prop::collection::vec(prop::sample::select(TEXTS), 0..3).prop_map(|parts| parts.concat()),
    ]
}

fn yaml() -> impl Strategy<Value = Yaml> {
    let leaf = prop_oneof![
        Just(Yaml::Null),
        any::<bool>().prop_map(|flag| Yaml::Bare(flag.to_string())),
        any::<i64>().prop_map(|number| Yaml::Bare(number.to_string())),
        text().prop_map(Yaml::Text),
        text().prop_map(Yaml::Text),
        text().prop_map(|name| Yaml::Tagged("env", Box::new(Yaml::Text(name)))),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Yaml::List),
            entries(inner.clone()).prop_map(Yaml::Map),
            entries(inner).prop_map(|items| Yaml::Tagged("exact", Box::new(Yaml::Map(items)))),
        ]
    })
}

fn entries(inner: impl Strategy<Value = Yaml>) -> impl Strategy<Value = Vec<Item>> {
    prop::collection::btree_map(text(), (inner, prop::option::of(text())), 0..5).prop_map(|map| {
        let items = map.into_iter().flat_map(|(key, (yaml, note))| {
            note.map(Item::Note)
                .into_iter()
                .chain([Item::Entry(key, yaml)])
        });
        items.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_data_comes_out_as_it_went_in(items in entries(yaml())) {
        check(&items);
    }
}

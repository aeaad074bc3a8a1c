//! What `akrec explain raw` says: the section for collections that the table does not know. It follows from no table.

use crate::wire::{Body, kinds};

/// In a sentence.
const ABOUT: &str =
    "Objects of collections that akrec does not know yet, by the collection's path below /api/v3.";

/// What stands beside a path.
const WORDS: &[(&str, &str)] = &[
    (
        "key",
        "the field that the name of an object goes into; `name` unless it is said",
    ),
    (
        "id",
        "the field of the server's answer that stands in an object's URL; `pk` unless it is said",
    ),
    (
        "write_only",
        "fields that the server takes and never gives back: sent on creation, later with --write-secret",
    ),
    (
        "objects",
        "names to objects; `previously` and `lifecycle` are as everywhere",
    ),
];

/// How values of fields are written.
const VALUES: &[(&str, &str)] = &[
    (
        "a value",
        "data, compared as such; texts are trimmed as the server trims them; lists in order",
    ),
    ("null", "cleared; a field that is not there is left alone"),
    ("!set [a, b]", "a list whose order means nothing"),
    (
        "!ref {flow: name}",
        "an object by its name: of a kind, a family (`stage`), or a path that stands under `raw` too",
    ),
    (
        "[!ref {…}, …]",
        "references in order; `!set [!ref {…}]` in no order; `!ref {flow: null}` to none",
    ),
    (
        "!env NAME",
        "never shown; nor is a text whose field is called like a secret",
    ),
];

/// An example, as a state file.
pub const RAW_EXAMPLE: &str = "\
raw:
  /endpoints/new_things/:
    key: name
    id: pk
    write_only: [pin]
    objects:
      lamp:
        colour: red
        size: 3
        tags: !set [bright, warm]
        pin: !env LAMP_PIN
        flow: !ref {flow: default-authentication-flow}
        groups: !set [!ref {group: authentik Admins}]
      chair:
        previously: stool
        lifecycle: {ignore: [colour]}
        colour: green
absent:
  raw:
    /endpoints/new_things/: [sofa]
";

/// What there is to say of the section, for a terminal.
pub fn raw() -> String {
    let rows = |rows: &[(&str, &str)]| -> String {
        let wide = rows
            .iter()
            .map(|(word, _)| word.chars().count())
            .max()
            .unwrap_or_default();
        rows.iter()
            .map(|(word, text)| format!("  {word:wide$}  {text}\n"))
            .collect()
    };
    format!(
        "raw\n\n{ABOUT}\n`akrec kinds --check` lists the collections that a server has and akrec does not know.\n\nWords:\n{}\nValues:\n{}\nExample:\n{}",
        rows(WORDS),
        rows(VALUES),
        RAW_EXAMPLE
            .lines()
            .map(|line| format!("  {line}\n"))
            .collect::<String>()
    )
}

/// The same as Markdown.
pub fn raw_markdown() -> String {
    let rows = |rows: &[(&str, &str)], code: &str| -> String {
        rows.iter()
            .map(|(word, text)| format!("| {code}{word}{code} | {text} |\n"))
            .collect()
    };
    format!(
        "## raw\n\n{ABOUT}\n\n| word | meaning |\n|---|---|\n{}\n| you write | it means |\n|---|---|\n{}\n```yaml\n{RAW_EXAMPLE}```\n",
        rows(WORDS, "`"),
        rows(VALUES, "`")
    )
}

/// The same as one JSON document.
pub fn raw_json() -> String {
    let meanings = |rows: &[(&str, &str)]| {
        rows.iter()
            .map(|(word, text)| kinds::Meaning {
                word: (*word).to_owned(),
                meaning: (*text).to_owned(),
            })
            .collect()
    };
    super::json::answer(Body::Raw(kinds::Raw {
        section: "raw".to_owned(),
        about: ABOUT.to_owned(),
        words: meanings(WORDS),
        values: meanings(VALUES),
        example: RAW_EXAMPLE.to_owned(),
    }))
}

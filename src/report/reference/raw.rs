//! What `akrec explain raw` says: the section for collections that the table does not know. It follows from no table.

use crate::wire::{Body, kinds};

/// In a sentence.
const ABOUT: &str =
    "Objects of collections that akrec does not know yet, by the collection's path below /api/v3.";

/// What stands beside a path.
const WORDS: &[(&str, &str)] = &[
    (
        "key",
        "the field that holds the name of an object; `name` by default",
    ),
    (
        "id",
        "the field of the server's answer that is part of an object's URL; `pk` by default",
    ),
    (
        "write_only",
        "fields that the server accepts and never returns: sent on creation, later with --write-secret",
    ),
    (
        "objects",
        "a mapping from names to objects; `previously` and `lifecycle` work as usual",
    ),
];

/// How values of fields are written.
const VALUES: &[(&str, &str)] = &[
    (
        "a value",
        "data, compared as such; strings are trimmed as the server trims them; lists in order",
    ),
    (
        "null",
        "cleared; a field that is not declared is left unchanged",
    ),
    ("!set [a, b]", "a list whose order does not matter"),
    (
        "!ref {flow: name}",
        "an object by its name: of a kind, a family (`stage`), or a path that is also declared under `raw`",
    ),
    (
        "[!ref {…}, …]",
        "references in order; `!set [!ref {…}]` in no order; `!ref {flow: null}` to none",
    ),
    (
        "!env NAME",
        "never shown; neither is a string whose field is named like a secret",
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
        color: red
        size: 3
        tags: !set [bright, warm]
        pin: !env LAMP_PIN
        flow: !ref {flow: default-authentication-flow}
        groups: !set [!ref {group: authentik Admins}]
      chair:
        previously: stool
        lifecycle: {ignore: [color]}
        color: green
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

//! The generated pages of `docs/`, and the verbs that make them.

use akrec::diag::CODES;
use akrec::kinds::{KINDS, NO_KINDS};
use akrec::report::reference;
use serde_json::Value as Json;

use super::akrec;

/// Holds a page against what the program prints, or writes it.
pub fn fresh(page: &str, text: &str, command: &str) {
    if std::env::var("AKREC_UPDATE").is_ok_and(|value| value == "1") {
        std::fs::write(page, text).unwrap();
    }
    let found = std::fs::read_to_string(page)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        found == text,
        "{page} is stale; write it anew with\n\n    {command} > {page}\n\nor\n\n    AKREC_UPDATE=1 cargo test --test \
         reference pages\n"
    );
}

#[test]
fn the_page_of_kinds_is_fresh() {
    fresh(
        "docs/kinds.md",
        &reference::kinds_markdown(&KINDS, &KINDS),
        "cargo run -- kinds --format markdown",
    );
}

#[test]
fn the_page_of_diagnostics_is_fresh() {
    fresh(
        "docs/diagnostics.md",
        &reference::codes_markdown(CODES),
        "cargo run -- explain --all --format markdown",
    );
}

#[test]
fn the_page_of_lints_is_fresh() {
    fresh(
        "docs/lints.md",
        &reference::lints_markdown(CODES),
        "AKREC_UPDATE=1 cargo test --test program reference::pages #",
    );
}

#[test]
fn links_inside_the_page_of_kinds_lead_somewhere() {
    let page = reference::kinds_markdown(&KINDS, &KINDS);
    let anchors: Vec<String> = page
        .lines()
        .filter(|line| line.starts_with("##"))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .replace('.', "")
                .replace(' ', "-")
        })
        .collect();
    let mut sorted = anchors.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), anchors.len(), "two headings of one name");
    for part in page.split("](#").skip(1) {
        let target = part.split(')').next().unwrap();
        assert!(
            anchors.iter().any(|anchor| anchor == target),
            "no heading for #{target}"
        );
    }
}

#[test]
fn kinds_lists_every_kind() {
    let (code, text, _) = akrec(&["kinds"]);
    // The table, and what is no kind with its reason.
    let (table, left_out) = text
        .split_once("\nLeft out: what authentik has and akrec does not declare\n\n")
        .unwrap();
    assert_eq!((code, table.lines().count()), (0, KINDS.len() + 1));
    assert_eq!(left_out.lines().count(), NO_KINDS.len());
    for (line, out) in left_out.lines().zip(NO_KINDS) {
        assert!(
            line.starts_with(out.path) && line.contains(out.what) && line.ends_with(out.why),
            "{line}"
        );
        assert!(!line.contains("not yet"), "{line}");
    }
    assert!(
        text.starts_with("KIND ") && text.lines().all(|line| line == line.trim_end()),
        "{text}"
    );
    let (code, text, _) = akrec(&["kinds", "--format", "json"]);
    let document: Json = serde_json::from_str(&text).unwrap();
    let names: Vec<&str> = document["kinds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| kind["kind"].as_str().unwrap())
        .collect();
    assert_eq!(code, 0);
    assert_eq!(
        names,
        KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>()
    );
    assert_eq!(document["format_version"], "1.0");
    let left_out: Vec<&str> = document["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|out| out["api_path"].as_str().unwrap())
        .collect();
    assert_eq!(
        left_out,
        NO_KINDS.iter().map(|out| out.path).collect::<Vec<_>>()
    );
}

#[test]
fn documents_of_the_reference_keep_their_schema() {
    let schema =
        akrec::report::document_schema::schema(akrec::report::document_schema::Of::Kinds, true);
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for args in [
        "kinds",
        "explain application",
        "explain raw",
        "explain AKR0203",
        "explain --all",
        "explain nix",
    ] {
        let words: Vec<&str> = args.split(' ').chain(["--format", "json"]).collect();
        let (code, text, reported) = akrec(&words);
        let document: Json = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{args}: {error}: {text}{reported}"));
        let wrong: Vec<String> = validator
            .iter_errors(&document)
            .map(|it| format!("{}: {it}", it.instance_path()))
            .take(5)
            .collect();
        assert!(wrong.is_empty(), "{args}\n{}", wrong.join("\n"));
        assert_eq!(document["exit_code"], code, "{args}");
    }
}

#[test]
fn every_topic_is_explained() {
    for topic in reference::topics(&KINDS) {
        let found = reference::find(&topic, &KINDS);
        assert!(!found.is_empty(), "{topic}");
        for kind in found {
            let text = reference::kind(kind, &KINDS, 100);
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let owned = |field: &str| {
                KINDS
                    .iter()
                    .flat_map(|k| k.children)
                    .any(|c| c.kind == kind.name && c.owner == field)
            };
            for field in kind.fields.iter().filter(|field| !owned(field.name)) {
                assert!(
                    text.contains(field.yaml_key),
                    "{topic} does not tell of {}",
                    field.yaml_key
                );
            }
            for children in kind.children {
                assert!(
                    text.contains(&format!("akrec explain {}", children.kind)),
                    "{topic}"
                );
            }
        }
    }
    for kind in KINDS.iter() {
        assert_eq!(reference::find(kind.name, &KINDS), [*kind]);
    }
}

#[test]
fn explain_takes_codes_kinds_and_sections() {
    let (code, text, _) = akrec(&["explain", "akr0203"]);
    assert!(code == 0 && text.starts_with("AKR0203\n\n"), "{text}");
    let (code, text, _) = akrec(&["explain", "stages.user_login"]);
    assert!(
        code == 0 && text.starts_with("stages.user_login: ") && text.contains("\nExample\n"),
        "{text}"
    );
    let (code, text, _) = akrec(&["explain", "event_matcher"]);
    assert!(
        code == 0 && text.starts_with("policies.event_matcher: "),
        "{text}"
    );
    let (code, text, _) = akrec(&["explain", "policies", "--format", "json"]);
    let document: Json = serde_json::from_str(&text).unwrap();
    let all = KINDS
        .iter()
        .filter(|kind| kind.section == "policies")
        .count();
    assert_eq!(
        (code, document["kinds"].as_array().unwrap().len()),
        (0, all)
    );
    let (code, text, _) = akrec(&["explain", "AKR0203", "--format", "json"]);
    let document: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (code, &document["codes"][0]["code"]),
        (0, &Json::from("AKR0203"))
    );
    let (code, text, _) = akrec(&["explain", "--all"]);
    assert!(code == 0 && CODES.iter().all(|(code, _)| text.contains(code.as_str())));
    let (code, out, err) = akrec(&["explain", "aplication"]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("did you mean application?"), "{err}");
}

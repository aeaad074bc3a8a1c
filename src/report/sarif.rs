//! Problems as SARIF 2.1.0, for code scanning: every one of them, with its rule explained.
//!
//! Must never name a file by an absolute path of the machine where a relative one is known.

use std::collections::BTreeMap;

use serde_json::{Value as Raw, json};

use super::document::Document;
use super::forge::{Extent, anchor, extent, findings, message, one_line, severity};
use super::{drift, json, parts, weakened};
use crate::diag::Code;
use crate::value::digest;

/// Where akrec is at home, if it has a home.
const HOME: &str = env!("CARGO_PKG_REPOSITORY");
/// The rule of what changed on the server.
const DRIFT: &str = "drift";

/// The whole run as one SARIF log.
pub fn sarif(run: &Document<'_>) -> String {
    let found = findings(run);
    let mut rules: BTreeMap<String, Raw> =
        found.iter().map(|(told, ..)| (told.code.to_string(), rule(told.code))).collect();
    let drifted: Vec<_> = run.drift.iter().flat_map(|drift| drift.drifted()).collect();
    if !drifted.is_empty() {
        rules.insert(DRIFT.to_owned(), of_drift());
    }
    let weakened: Vec<_> = run.plan.into_iter().flat_map(|plan| &plan.weakened).collect();
    if !weakened.is_empty() {
        rules.insert(weakened::RULE.to_owned(), of_weakened());
    }
    let index = |id: &str| rules.keys().position(|rule| rule == id);
    let mut results: Vec<Raw> = Vec::new();
    for (told, at, print) in &found {
        let related: Vec<Raw> = told
            .secondary
            .iter()
            .filter_map(|label| Some((extent(label.span, run.sources)?, label)))
            .map(|(at, label)| json!({ "physicalLocation": physical(&at), "message": { "text": one_line(&label.text) } }))
            .collect();
        results.push(json!({
            "ruleId": told.code.as_str(),
            "ruleIndex": index(told.code.as_str()),
            "level": severity(told),
            "message": { "text": message(told) },
            "locations": [{ "physicalLocation": located(run, at.as_ref()) }],
            "relatedLocations": related,
            "partialFingerprints": { "akrec/v1": print },
        }));
    }
    for object in drifted {
        let at = object.source.and_then(|span| extent(span, run.sources));
        results.push(json!({
            "ruleId": DRIFT,
            "ruleIndex": index(DRIFT),
            "level": "warning",
            "message": { "text": one_line(&format!("{} {}", drift::state(object), object.address)) },
            "locations": [{ "physicalLocation": located(run, at.as_ref()) }],
            "relatedLocations": [],
            "partialFingerprints": { "akrec/v1": digest(&object.address.path()) },
        }));
    }
    for one in weakened {
        results.push(json!({
            "ruleId": weakened::RULE,
            "ruleIndex": index(weakened::RULE),
            "level": "note",
            "message": { "text": weakened::sentence(one) },
            "locations": [{ "physicalLocation": located(run, weakened::extent(one).as_ref()) }],
            "relatedLocations": [],
            "partialFingerprints": { "akrec/v1": digest(&format!("{}\n{}", weakened::RULE, one.setting)) },
        }));
    }
    let name = run.verb.word();
    let mut invocation = json!({ "executionSuccessful": !run.is_error(), "exitCode": run.exit_code });
    if let Some(line) = parts::uncompared(run) {
        let note = json!({ "level": "note", "message": { "text": one_line(&line) } });
        invocation["toolExecutionNotifications"] = json!([note]);
    }
    json::text(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "akrec",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_values().collect::<Vec<_>>(),
            } },
            "automationDetails": { "id": format!("akrec/{name}/{}", run.source.env.as_deref().unwrap_or("default")) },
            "invocations": [invocation],
            "originalUriBaseIds": { "SRCROOT": { "description": { "text": "The folder that akrec ran in." } } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn rule(code: Code) -> Raw {
    let text = code.explanation();
    let short = text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.');
    let mut rule = json!({
        "id": code.as_str(),
        "shortDescription": { "text": short },
        "fullDescription": { "text": text },
        "help": { "text": format!("{text}\n\nakrec explain {code}"), "markdown": format!("{text}\n\n`akrec explain {code}`") },
        "defaultConfiguration": { "level": "error" },
    });
    if let Some(uri) = help_uri(HOME, code) {
        rule["helpUri"] = uri.into();
    }
    rule
}

/// Where a code is explained, on the pages of a repository.
fn help_uri(home: &str, code: Code) -> Option<String> {
    let anchor = code.as_str().to_lowercase();
    (!home.is_empty()).then(|| format!("{}/blob/main/docs/diagnostics.md#{anchor}", home.trim_end_matches('/')))
}

fn of_drift() -> Raw {
    let text = "The server has something otherwise than it was last applied. Put it into the files with \
                `akrec drift --adopt`, or put the server back with `akrec apply`.";
    json!({
        "id": DRIFT,
        "shortDescription": { "text": "The server has something otherwise than it was last applied" },
        "fullDescription": { "text": text },
        "help": { "text": text },
        "defaultConfiguration": { "level": "warning" },
    })
}

fn of_weakened() -> Raw {
    let text = "A setting in akrec.yaml, or in that of an environment, lets more through than akrec does without it. It \
                takes effect; whoever reviews the plan should know of it. A flag in the pipeline wins over it.";
    json!({
        "id": weakened::RULE,
        "shortDescription": { "text": weakened::TITLE },
        "fullDescription": { "text": text },
        "help": { "text": text },
        "defaultConfiguration": { "level": "note" },
    })
}

fn located(run: &Document<'_>, at: Option<&Extent>) -> Raw {
    match at {
        Some(at) => physical(at),
        None => json!({ "artifactLocation": artifact(&anchor(run.sources)), "region": { "startLine": 1 } }),
    }
}

fn physical(at: &Extent) -> Raw {
    json!({
        "artifactLocation": artifact(&at.file),
        "region": {
            "startLine": at.line, "startColumn": at.column, "endLine": at.end_line, "endColumn": at.end_column,
        },
    })
}

/// A path as a reference that no character can make another one.
fn artifact(path: &str) -> Raw {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    match path.starts_with('/') {
        true => json!({ "uri": format!("file://{uri}") }),
        false => json!({ "uri": uri, "uriBaseId": "SRCROOT" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Diagnostic, Sources, Span};
    use crate::report::Verb;

    #[test]
    fn help_is_on_the_page_of_diagnostics() {
        let uri = help_uri("https://forge.example/akrec/", Code::BAD_WORD).unwrap();
        let (page, anchor) = uri.split_once('#').unwrap();
        assert_eq!(page, "https://forge.example/akrec/blob/main/docs/diagnostics.md");
        let text = std::fs::read_to_string("docs/diagnostics.md").unwrap();
        assert!(text.contains(&format!("id=\"{anchor}\"")));
        assert_eq!(help_uri("", Code::BAD_WORD), None);
    }

    #[test]
    fn problems_have_rules_and_relative_places() {
        let mut sources = Sources::default();
        let file = sources.add("./state/a b.yaml", std::path::Path::new("a.yaml"), "ü: y\n");
        let span = Span { file, start: 4, end: 5 };
        let told = vec![
            Diagnostic::warning(Code::SERVER, "slow"),
            Diagnostic::error(Code::BAD_WORD, "wrong").at(span, "here").and(span, "there").help("do"),
            Diagnostic::error(Code::BAD_WORD, "wrong again"),
        ];
        let run = Document { diagnostics: told, exit_code: 3, ..Document::new(Verb::Validate, &sources) };
        let log: Raw = serde_json::from_str(&sarif(&run)).unwrap();
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let ids: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["AKR0108", "AKR0401"]);
        for rule in rules {
            assert!(rule["help"]["text"].as_str().unwrap().contains("akrec explain AKR"));
            assert!(rule["helpUri"].is_null() || rule["helpUri"].as_str().unwrap().starts_with("https://"));
        }
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 3);
        for result in results {
            let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"]);
            assert_eq!(result["locations"].as_array().unwrap().len(), 1, "code scanning wants a place");
        }
        let placed = results.iter().find(|it| it["message"]["text"] == "wrong\nhere\nhelp: do").unwrap();
        assert_eq!(
            placed["locations"][0]["physicalLocation"],
            json!({
                "artifactLocation": { "uri": "state/a%20b.yaml", "uriBaseId": "SRCROOT" },
                "region": { "startLine": 1, "startColumn": 4, "endLine": 1, "endColumn": 5 },
            })
        );
        assert_eq!(placed["relatedLocations"][0]["message"]["text"], "there");
        assert_eq!(run["invocations"][0], json!({ "executionSuccessful": false, "exitCode": 3 }));
    }
}

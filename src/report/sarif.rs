//! Problems as SARIF 2.1.0, for code scanning: every one of them, with its rule explained.
//!
//! Must never name a file by an absolute path of the machine where a relative one is known.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;

use super::document::Document;
use super::forge::{Extent, anchor, extent, findings, message, one_line};
use super::{drift, json, parts, weakened};
use crate::diag::{Code, Diagnostic, Severity};
use crate::value::digest;
use crate::wire;
use crate::wire::foreign::sarif::{
    ArtifactLocation, AutomationDetails, ColumnKind, Configuration, Driver, Finding, Help,
    Invocation, Level, Location, Log, Notification, PhysicalLocation, Region, Rule, Run, Tool,
    UriBase,
};

/// Where akrec is at home, if it has a home.
const HOME: &str = env!("CARGO_PKG_REPOSITORY");
/// The rule of what changed on the server.
const DRIFT: &str = "drift";

/// What relative paths are relative to.
const ROOT: &str = "SRCROOT";

/// The whole run as one SARIF log.
pub fn sarif(run: &Document<'_>) -> String {
    let found = findings(run);
    let mut rules: BTreeMap<String, Rule> = found
        .iter()
        .map(|(diagnostic, ..)| (diagnostic.code.to_string(), rule(diagnostic.code)))
        .collect();
    let drifted: Vec<_> = run
        .drift()
        .iter()
        .flat_map(|drift| drift.drifted())
        .collect();
    if !drifted.is_empty() {
        rules.insert(DRIFT.to_owned(), of_drift());
    }
    let weakened: Vec<_> = run
        .plan()
        .into_iter()
        .flat_map(|plan| &plan.weakened)
        .collect();
    if !weakened.is_empty() {
        rules.insert(weakened::RULE.to_owned(), of_weakened());
    }
    let finding =
        |rule: &str, level: Level, message: String, at: Option<&Extent>, fingerprint: String| {
            Finding {
                rule_id: rule.to_owned(),
                rule_index: rules.keys().position(|known| known == rule),
                level,
                message: message.into(),
                locations: vec![Location {
                    physical_location: located(run, at),
                    message: None,
                }],
                related_locations: Vec::new(),
                partial_fingerprints: BTreeMap::from([("akrec/v1".to_owned(), fingerprint)]),
            }
        };
    let mut results: Vec<Finding> = Vec::new();
    for (diagnostic, at, fingerprint) in &found {
        let problem = finding(
            diagnostic.code.as_str(),
            level(diagnostic),
            message(diagnostic),
            at.as_ref(),
            fingerprint.clone(),
        );
        results.push(Finding {
            related_locations: related(run, diagnostic),
            ..problem
        });
    }
    for object in drifted {
        let at = object.source.and_then(|span| extent(span, run.sources));
        let message = one_line(&format!("{} {}", drift::state(object), object.address));
        results.push(finding(
            DRIFT,
            Level::Warning,
            message,
            at.as_ref(),
            digest(&object.address.path()),
        ));
    }
    for one in weakened {
        let (at, message) = (weakened::extent(one), weakened::sentence(one));
        let fingerprint = digest(&format!("{}\n{}", weakened::RULE, one.setting));
        results.push(finding(
            weakened::RULE,
            Level::Note,
            message,
            at.as_ref(),
            fingerprint,
        ));
    }
    let note = |line: String| Notification {
        level: Level::Note,
        message: one_line(&line).into(),
    };
    let invocation = Invocation {
        execution_successful: !run.is_error(),
        exit_code: run.exit_code,
        tool_execution_notifications: parts::uncompared(run).map(note).into_iter().collect(),
    };
    let rules = rules.into_values().collect();
    json::text(&wire::json(&log(run, rules, invocation, results)))
}

/// The log of one run.
fn log(run: &Document<'_>, rules: Vec<Rule>, invocation: Invocation, results: Vec<Finding>) -> Log {
    let name = run.verb.as_str();
    let env = run.source.env.as_deref().unwrap_or("default");
    let root = UriBase {
        description: "The folder that akrec ran in.".into(),
    };
    let driver = Driver {
        name: "akrec".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        semantic_version: env!("CARGO_PKG_VERSION").to_owned(),
        rules,
    };
    Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json".to_owned(),
        version: "2.1.0".to_owned(),
        runs: vec![Run {
            tool: Tool { driver },
            automation_details: AutomationDetails {
                id: format!("akrec/{name}/{env}"),
            },
            invocations: vec![invocation],
            original_uri_base_ids: BTreeMap::from([(ROOT.to_owned(), root)]),
            column_kind: ColumnKind::UnicodeCodePoints,
            results,
        }],
    }
}

/// The level of a diagnostic.
fn level(diagnostic: &Diagnostic) -> Level {
    match diagnostic.severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
    }
}

/// The other places of a diagnostic.
fn related(run: &Document<'_>, diagnostic: &Diagnostic) -> Vec<Location> {
    let mut related = Vec::new();
    for label in &diagnostic.secondary {
        if let Some(at) = extent(label.span, run.sources) {
            let message = Some(one_line(&label.text).into());
            related.push(Location {
                physical_location: physical(&at),
                message,
            });
        }
    }
    related
}

fn rule(code: Code) -> Rule {
    let text = code.explanation();
    let short = text
        .split_once(". ")
        .map_or(text, |(first, _)| first)
        .trim_end_matches('.');
    Rule {
        id: code.as_str().to_owned(),
        short_description: short.into(),
        full_description: text.into(),
        help: Help {
            text: format!("{text}\n\nakrec explain {code}"),
            markdown: Some(format!("{text}\n\n`akrec explain {code}`")),
        },
        default_configuration: Configuration {
            level: Level::Error,
        },
        help_uri: help_uri(HOME, code),
    }
}

/// Where a code is explained, on the pages of a repository.
fn help_uri(home: &str, code: Code) -> Option<String> {
    let anchor = code.as_str().to_lowercase();
    (!home.is_empty()).then(|| {
        format!(
            "{}/blob/main/docs/diagnostics.md#{anchor}",
            home.trim_end_matches('/')
        )
    })
}

fn of_drift() -> Rule {
    let short = "The server differs from the last apply";
    let text = "The server differs from the last apply. Write the change into the files with `akrec drift \
                --adopt`, or restore the server with `akrec apply`.";
    own_rule(DRIFT, short, text, Level::Warning)
}

fn of_weakened() -> Rule {
    let text = "A setting in akrec.yaml, or in that of an environment, permits more than akrec does by default. \
                It takes effect; whoever reviews the plan should know about it. A flag in the pipeline wins \
                over it.";
    own_rule(weakened::RULE, weakened::TITLE, text, Level::Note)
}

/// A rule for what is no diagnostic.
fn own_rule(id: &str, short: &str, text: &str, level: Level) -> Rule {
    Rule {
        id: id.to_owned(),
        short_description: short.into(),
        full_description: text.into(),
        help: Help {
            text: text.to_owned(),
            markdown: None,
        },
        default_configuration: Configuration { level },
        help_uri: None,
    }
}

fn located(run: &Document<'_>, at: Option<&Extent>) -> PhysicalLocation {
    match at {
        Some(at) => physical(at),
        None => PhysicalLocation {
            artifact_location: artifact(&anchor(run.sources)),
            region: Region {
                start_line: 1,
                ..Region::default()
            },
        },
    }
}

fn physical(at: &Extent) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: artifact(&at.file),
        region: Region {
            start_line: at.line,
            start_column: Some(at.column),
            end_line: Some(at.end_line),
            end_column: Some(at.end_column),
        },
    }
}

/// What means nothing of its own in a path is kept as it is.
const OTHERS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// A path as a reference that no character can make another one.
fn artifact(path: &str) -> ArtifactLocation {
    let uri = utf8_percent_encode(path, OTHERS).to_string();
    match path.starts_with('/') {
        true => ArtifactLocation {
            uri: format!("file://{uri}"),
            uri_base_id: None,
        },
        false => ArtifactLocation {
            uri,
            uri_base_id: Some(ROOT.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::diag::{Sources, Span};
    use crate::report::Verb;

    #[test]
    fn help_is_on_the_page_of_diagnostics() {
        let uri = help_uri("https://forge.example/akrec/", Code::BAD_WORD).unwrap();
        let (page, anchor) = uri.split_once('#').unwrap();
        assert_eq!(
            page,
            "https://forge.example/akrec/blob/main/docs/diagnostics.md"
        );
        let text = std::fs::read_to_string("docs/diagnostics.md").unwrap();
        assert!(text.contains(&format!("id=\"{anchor}\"")));
        assert_eq!(help_uri("", Code::BAD_WORD), None);
    }

    #[test]
    fn problems_have_rules_and_relative_places() {
        let mut sources = Sources::default();
        let file = sources.add("./state/a b.yaml", std::path::Path::new("a.yaml"), "ü: y\n");
        let span = Span {
            file,
            start: 4,
            end: 5,
        };
        let reported = vec![
            Diagnostic::warning(Code::SERVER, "slow"),
            Diagnostic::error(Code::BAD_WORD, "wrong")
                .at(span, "here")
                .and(span, "there")
                .help("do"),
            Diagnostic::error(Code::BAD_WORD, "wrong again"),
        ];
        let run = Document {
            diagnostics: reported,
            exit_code: 3,
            ..Document::new(Verb::Validate, &sources)
        };
        let log: Json = serde_json::from_str(&sarif(&run)).unwrap();
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let ids: Vec<&str> = rules
            .iter()
            .map(|rule| rule["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, ["AKR0108", "AKR0401"]);
        for rule in rules {
            assert!(
                rule["help"]["text"]
                    .as_str()
                    .unwrap()
                    .contains("akrec explain AKR")
            );
            assert!(
                rule["helpUri"].is_null()
                    || rule["helpUri"].as_str().unwrap().starts_with("https://")
            );
        }
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 3);
        for result in results {
            let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"]);
            assert_eq!(
                result["locations"].as_array().unwrap().len(),
                1,
                "code scanning wants a place"
            );
        }
        let placed = results
            .iter()
            .find(|it| it["message"]["text"] == "wrong\nhere\nhelp: do")
            .unwrap();
        assert_eq!(
            placed["locations"][0]["physicalLocation"],
            json!({
                "artifactLocation": { "uri": "state/a%20b.yaml", "uriBaseId": "SRCROOT" },
                "region": { "startLine": 1, "startColumn": 4, "endLine": 1, "endColumn": 5 },
            })
        );
        assert_eq!(placed["relatedLocations"][0]["message"]["text"], "there");
        assert_eq!(
            run["invocations"][0],
            json!({ "executionSuccessful": false, "exitCode": 3 })
        );
    }
}

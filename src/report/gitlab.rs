//! What GitLab draws in a merge request: the numbers of a plan, and problems as Code Quality.
//!
//! Must never give numbers for a plan that there is not: GitLab would show "no changes".

use super::document::Document;
use super::forge::{anchor, findings, message};
use super::{json, weakened};
use crate::diag::{Code, Severity};
use crate::value::digest;
use crate::wire;
use crate::wire::foreign::code_quality::{self, Lines, Location, Problem};
use crate::wire::foreign::terraform_report::TerraformReport;

/// `artifacts:reports:terraform`: how much a plan makes, changes and deletes. Of a run without a plan it says why, which
/// GitLab shows as a report with errors.
pub fn terraform(run: &Document<'_>) -> String {
    let report = match run.plan().filter(|_| !run.is_error()) {
        Some(plan) => {
            let summary = plan.summary();
            TerraformReport::Plan {
                create: summary.add,
                update: summary.change + summary.rename,
                delete: summary.delete,
            }
        }
        None => {
            let first = run
                .diagnostics
                .iter()
                .find(|diagnostic| diagnostic.is_error());
            TerraformReport::Failed {
                error: first.map(message),
                exit_code: run.exit_code,
            }
        }
    };
    json::text(&wire::json(&report))
}

/// `artifacts:reports:codequality`: one entry a problem. What has no place of its own stands at the first file.
pub fn code_quality(run: &Document<'_>) -> String {
    let weakened = run
        .plan()
        .into_iter()
        .flat_map(|plan| &plan.weakened)
        .map(|one| {
            let at = weakened::extent(one);
            let (path, line) = at.map_or_else(|| (anchor(run.sources), 1), |at| (at.file, at.line));
            Problem {
                description: format!("{}: {}", weakened::TITLE, weakened::sentence(one)),
                check_name: weakened::RULE.to_owned(),
                fingerprint: digest(&format!("{}\n{path}\n{}", weakened::RULE, one.setting)),
                severity: code_quality::Severity::Info,
                location: Location {
                    path,
                    lines: Lines {
                        begin: line,
                        end: line,
                    },
                },
            }
        });
    let found = findings(run)
        .into_iter()
        .map(|(diagnostic, at, fingerprint)| {
            let (path, begin, end) = match at {
                Some(at) => (at.file, at.line, at.end_line),
                None => (anchor(run.sources), 1, 1),
            };
            Problem {
                description: format!(
                    "{}: {}",
                    diagnostic.code,
                    message(diagnostic).replace('\n', "; ")
                ),
                check_name: diagnostic.code.as_str().to_owned(),
                fingerprint,
                severity: severity(diagnostic.severity, diagnostic.code),
                location: Location {
                    path,
                    lines: Lines { begin, end },
                },
            }
        });
    let problems: Vec<Problem> = found.chain(weakened).collect();
    json::text(&wire::json(&problems))
}

fn severity(severity: Severity, code: Code) -> code_quality::Severity {
    match severity {
        Severity::Error if code.is_safety_check() => code_quality::Severity::Blocker,
        Severity::Error => code_quality::Severity::Critical,
        Severity::Warning => code_quality::Severity::Minor,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::diag::{Diagnostic, Sources, Span};
    use crate::report::document::{Body, Verb};
    use crate::report::sample::small;

    #[test]
    fn a_plan_is_three_numbers_and_no_plan_is_none() {
        let (plan, sources) = small();
        let run = Document {
            body: Body::plan(&plan),
            ..Document::new(Verb::Plan, &sources)
        };
        let numbers: Json = serde_json::from_str(&terraform(&run)).unwrap();
        let keys: Vec<&String> = numbers.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["create", "delete", "update"]);
        let summary = plan.summary();
        assert_eq!(
            (&numbers["create"], &numbers["delete"]),
            (&json!(summary.add), &json!(summary.delete))
        );
        let failed = Document {
            exit_code: 5,
            diagnostics: vec![Diagnostic::error(Code::SERVER, "no answer")],
            ..Document::new(Verb::Plan, &sources)
        };
        assert_eq!(
            terraform(&failed),
            "{\n  \"error\": \"no answer\",\n  \"exit_code\": 5\n}\n"
        );
    }

    #[test]
    fn fingerprints_stay_when_lines_move() {
        let print = |text: &str, at: u32| {
            let mut sources = Sources::default();
            let file = sources.add("./state/a.yaml", std::path::Path::new("a.yaml"), text);
            let reported = |message: &str| {
                Diagnostic::error(Code::BAD_WORD, message)
                    .at(
                        Span {
                            file,
                            start: at,
                            end: at + 1,
                        },
                        "",
                    )
                    .help("do")
            };
            let run = Document {
                diagnostics: vec![
                    reported("wrong"),
                    reported("wrong"),
                    Diagnostic::warning(Code::SERVER, "slow"),
                ],
                ..Document::new(Verb::Plan, &sources)
            };
            serde_json::from_str::<Vec<Json>>(&code_quality(&run)).unwrap()
        };
        let (before, after) = (print("x: y\n", 3), print("\n\n\nx: y\n", 6));
        let prints = |all: &[Json]| {
            all.iter()
                .map(|one| one["fingerprint"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(prints(&before), prints(&after));
        assert_ne!(
            before[0]["fingerprint"], before[1]["fingerprint"],
            "alike ones are two"
        );
        assert_eq!(
            before[0]["location"],
            json!({ "path": "state/a.yaml", "lines": { "begin": 1, "end": 1 } })
        );
        assert_eq!(after[0]["location"]["lines"]["begin"], 4);
        assert_eq!(before[0]["description"], "AKR0108: wrong; help: do");
        assert_eq!(
            (&before[2]["severity"], &before[2]["location"]["path"]),
            (&json!("minor"), &json!("state/a.yaml"))
        );
    }
}

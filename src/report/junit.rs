//! A run as JUnit XML, for the test tab of a CI system: what was looked at, and what is wrong with it.
//!
//! Must never hold a time, which would differ between equal runs.

use std::collections::BTreeMap;

use super::document::{Document, Verb};
use super::forge::{findings, message};
use super::{drift, outcome, parts, phrases, weakened};
use crate::diag::{Code, Diagnostic};
use crate::plan::{Plan, Status};
use crate::wire::foreign::junit::{TestCase, TestResult, TestSuite};

fn case(class: &str, name: impl Into<String>, result: TestResult) -> TestCase {
    TestCase {
        class: class.to_owned(),
        name: name.into(),
        seconds: None,
        result,
        output: Vec::new(),
    }
}

fn failed(message: impl Into<String>, text: impl Into<String>) -> TestResult {
    TestResult::Failed {
        message: message.into(),
        text: text.into(),
    }
}

fn skipped(message: impl Into<String>) -> TestResult {
    TestResult::Skipped {
        message: message.into(),
    }
}

/// The whole run: one case a file for diagnostics of files, one a safety check of a plan, one a step of an apply, one
/// an object that differs.
pub fn junit(run: &Document<'_>) -> String {
    let mut cases = files(run);
    match (
        run.drift(),
        run.plan(),
        run.applied().map(|(_, it)| it.outcome),
    ) {
        (Some(drift), ..) => {
            cases.extend(drift.drifted().map(|object| {
                let what = format!("{} {}", drift::state(object), object.address);
                let fields: Vec<&str> = object
                    .fields
                    .iter()
                    .map(|field| field.change.field)
                    .collect();
                case(
                    "drift",
                    object.address.to_string(),
                    failed(what, fields.join("\n")),
                )
            }));
            if !drift.is_drift() {
                cases.push(case(
                    "drift",
                    "nothing changed on the server",
                    TestResult::Passed,
                ));
            }
        }
        (None, Some(plan), None) => cases.extend(checks(plan)),
        (None, Some(plan), Some(outcome)) => {
            cases.extend(plan.steps.iter().enumerate().map(|(index, step)| {
                let end = match outcome::status(outcome, index) {
                    Status::Done => TestResult::Passed,
                    Status::Failed(diagnostic) | Status::Moved(diagnostic) => {
                        failed_step(diagnostic)
                    }
                    Status::Blocked(by) => skipped(format!(
                        "{}: {}",
                        Code::STEP_BLOCKED,
                        outcome::blocked(plan, *by)
                    )),
                    Status::Stopped => skipped("the run was stopped".to_owned()),
                };
                case("apply", phrases::step(step), end)
            }));
        }
        (None, None, _) => {}
    }
    cases.extend(
        parts::uncompared(run).map(|line| case("secrets", "declared secrets", skipped(line))),
    );
    let verb = run.verb.as_str();
    if cases.is_empty() {
        cases.push(case(verb, format!("akrec {verb}"), TestResult::Passed));
    }
    let name = format!("akrec {verb}");
    TestSuite { name, cases }.to_string()
}

/// A case a file, which fails with the errors in it; what has no place is a case of its own.
fn files(run: &Document<'_>) -> Vec<TestCase> {
    let mut all: BTreeMap<String, TestCase> = BTreeMap::new();
    if run.verb == Verb::Validate {
        for (_, source) in run.sources.iter() {
            let name = source
                .name
                .replace('\\', "/")
                .trim_start_matches("./")
                .to_owned();
            all.insert(name.clone(), case("files", name, TestResult::Passed));
        }
    }
    let said = run.unsaid();
    for (diagnostic, at, _) in findings(run)
        .into_iter()
        .filter(|(diagnostic, ..)| said.contains(diagnostic))
    {
        let name = at
            .as_ref()
            .map_or_else(|| "akrec".to_owned(), |at| at.file.clone());
        let place = at
            .map(|at| format!("{}:{}:{}: ", at.file, at.line, at.column))
            .unwrap_or_default();
        let text = format!(
            "{place}{}[{}]: {}",
            super::forge::severity(diagnostic),
            diagnostic.code,
            message(diagnostic)
        );
        let case = all
            .entry(name.clone())
            .or_insert_with(|| case("files", name, TestResult::Passed));
        match (&mut case.result, diagnostic.is_error()) {
            (_, false) => case.output.push(text),
            (TestResult::Failed { text: all, .. }, true) => {
                all.push_str(&format!("\n\n{text}"));
            }
            (result, true) => {
                *result = failed(format!("{}: {}", diagnostic.code, diagnostic.message), text)
            }
        }
    }
    all.into_values().collect()
}

/// One case for each setting that weakens a safety check, and one for each safety check.
fn checks(plan: &Plan) -> impl Iterator<Item = TestCase> + '_ {
    let weakened = plan.weakened.iter().map(|one| {
        let place = one
            .place
            .as_ref()
            .map(|place| format!("{place}: "))
            .unwrap_or_default();
        let why = format!("{place}{}: {}", weakened::TITLE, weakened::sentence(one));
        case("settings", one.setting.clone(), skipped(why))
    });
    weakened.chain(plan.safety.iter().map(|check| {
        let kind = check
            .kind
            .as_ref()
            .map(|kind| format!(" ({kind})"))
            .unwrap_or_default();
        let end = match (check.ok, check.waived) {
            (true, _) => TestResult::Passed,
            (false, true) => skipped(format!("overridden with --allow {}", check.code)),
            (false, false) => failed(check.code.to_string(), check.code.explanation().to_owned()),
        };
        case("safety", format!("{}{kind}", check.rail), end)
    }))
}

fn failed_step(diagnostic: &Diagnostic) -> TestResult {
    failed(
        format!("{}: {}", diagnostic.code, diagnostic.message),
        message(diagnostic),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Sources, Span};
    use crate::plan::Outcome;
    use crate::report::document::Body;
    use crate::report::sample::small;

    #[test]
    fn a_case_a_file() {
        let mut sources = Sources::default();
        let file = sources.add("./state/a.yaml", std::path::Path::new("a.yaml"), "x: y\n");
        sources.add("state/b.yaml", std::path::Path::new("b.yaml"), "z: y\n");
        let at = Span {
            file,
            start: 3,
            end: 4,
        };
        let reported = vec![
            Diagnostic::error(Code::BAD_WORD, "<wrong> & \u{1b}[31m]]>").at(at, "\"here\""),
            Diagnostic::error(Code::BAD_KEY, "more").at(at, ""),
            Diagnostic::warning(Code::WEAK_SETTING, "weak"),
        ];
        let run = Document {
            diagnostics: reported,
            exit_code: 3,
            ..Document::new(Verb::Validate, &sources)
        };
        insta::assert_snapshot!(junit(&run), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="akrec" tests="3" failures="1" errors="0" skipped="0">
          <testsuite name="akrec validate" tests="3" failures="1" errors="0" skipped="0">
            <testcase classname="akrec.files" name="akrec">
              <system-out>warning[AKR0305]: weak</system-out>
            </testcase>
            <testcase classname="akrec.files" name="state/a.yaml">
              <failure message="AKR0108: &lt;wrong&gt; &amp; \u{1b}[31m]]&gt;">state/a.yaml:1:4: error[AKR0108]: &lt;wrong&gt; &amp; \u{1b}[31m]]&gt;
        &quot;here&quot;

        state/a.yaml:1:4: error[AKR0122]: more</failure>
            </testcase>
            <testcase classname="akrec.files" name="state/b.yaml"/>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn a_case_a_step() {
        let (plan, sources) = small();
        let why = Diagnostic::error(Code::STEP_FAILED, "refused").note("why");
        let outcome = Outcome {
            statuses: vec![
                Status::Failed(why.clone()),
                Status::Blocked(0),
                Status::Done,
            ],
            ..Outcome::default()
        };
        let run = Document {
            body: Body::applied(&plan, Some(&outcome)),
            diagnostics: vec![why],
            exit_code: 9,
            ..Document::new(Verb::Apply, &sources)
        };
        insta::assert_snapshot!(junit(&run), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="akrec" tests="3" failures="1" errors="0" skipped="1">
          <testsuite name="akrec apply" tests="3" failures="1" errors="0" skipped="1">
            <testcase classname="akrec.apply" name="change group &quot;grafana-editors&quot;">
              <failure message="AKR0901: refused">refused
        why</failure>
            </testcase>
            <testcase classname="akrec.apply" name="delete policy_binding application &quot;wiki&quot; -&gt; group &quot;old-staff&quot;">
              <skipped message="AKR0903: blocked: it needs group &quot;grafana-editors&quot;, which was not changed"/>
            </testcase>
            <testcase classname="akrec.apply" name="add policy_binding application &quot;wiki&quot; -&gt; group &quot;staff&quot; (order 0)"/>
          </testsuite>
        </testsuites>
        "#);
        let quiet = Document::new(Verb::Validate, &Sources::default()).exit_code;
        assert_eq!(quiet, 0);
        assert!(junit(&Document::new(Verb::Plan, &sources)).contains("tests=\"1\" failures=\"0\""));
    }
}

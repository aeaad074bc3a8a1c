//! A run as JUnit XML, for the test tab of a CI system: what was looked at, and what is wrong with it.
//!
//! Must never hold a character that XML does not have, nor a time, which would differ between equal runs.

use std::collections::BTreeMap;

use super::document::{Document, Verb};
use super::forge::{findings, message};
use super::{drift, outcome, parts, safe, weakened, words};
use crate::diag::{Code, Diagnostic};
use crate::plan::{Plan, Status};

/// How one case ended.
enum End {
    Passed,
    Failed(String, String),
    Skipped(String),
}

struct Case {
    class: String,
    name: String,
    end: End,
    /// What is said besides.
    out: Vec<String>,
}

impl Case {
    fn new(class: &str, name: impl Into<String>, end: End) -> Case {
        Case {
            class: class.to_owned(),
            name: name.into(),
            end,
            out: Vec::new(),
        }
    }
}

/// The whole run: a case a file for what is said of files, one a rail of a plan, one a step of an apply, one an object
/// that differs.
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
                Case::new(
                    "drift",
                    object.address.to_string(),
                    End::Failed(what, fields.join("\n")),
                )
            }));
            if !drift.is_drift() {
                cases.push(Case::new(
                    "drift",
                    "nothing changed on the server",
                    End::Passed,
                ));
            }
        }
        (None, Some(plan), None) => cases.extend(rails(plan)),
        (None, Some(plan), Some(outcome)) => {
            cases.extend(plan.steps.iter().enumerate().map(|(index, step)| {
                let end = match outcome::status(outcome, index) {
                    Status::Done => End::Passed,
                    Status::Failed(told) | Status::Moved(told) => failed(told),
                    Status::Blocked(by) => End::Skipped(format!(
                        "{}: {}",
                        Code::STEP_BLOCKED,
                        outcome::blocked(plan, *by)
                    )),
                    Status::Stopped => End::Skipped("the run was stopped".to_owned()),
                };
                Case::new("apply", words::step(step), end)
            }));
        }
        (None, None, _) => {}
    }
    cases.extend(
        parts::uncompared(run)
            .map(|line| Case::new("secrets", "declared secrets", End::Skipped(line))),
    );
    let verb = run.verb.word();
    if cases.is_empty() {
        cases.push(Case::new(verb, format!("akrec {verb}"), End::Passed));
    }
    write(&format!("akrec {verb}"), &cases)
}

/// A case a file, which fails with the errors in it; what has no place is a case of its own.
fn files(run: &Document<'_>) -> Vec<Case> {
    let mut all: BTreeMap<String, Case> = BTreeMap::new();
    if run.verb == Verb::Validate {
        for (_, source) in run.sources.iter() {
            let name = source
                .name
                .replace('\\', "/")
                .trim_start_matches("./")
                .to_owned();
            all.insert(name.clone(), Case::new("files", name, End::Passed));
        }
    }
    let said = run.unsaid();
    for (told, at, _) in findings(run)
        .into_iter()
        .filter(|(told, ..)| said.contains(told))
    {
        let name = at
            .as_ref()
            .map_or_else(|| "akrec".to_owned(), |at| at.file.clone());
        let place = at
            .map(|at| format!("{}:{}:{}: ", at.file, at.line, at.column))
            .unwrap_or_default();
        let text = format!(
            "{place}{}[{}]: {}",
            super::forge::severity(told),
            told.code,
            message(told)
        );
        let case = all
            .entry(name.clone())
            .or_insert_with(|| Case::new("files", name, End::Passed));
        match (&mut case.end, told.is_error()) {
            (_, false) => case.out.push(text),
            (End::Failed(_, all), true) => all.push_str(&format!("\n\n{text}")),
            (end, true) => *end = End::Failed(format!("{}: {}", told.code, told.message), text),
        }
    }
    all.into_values().collect()
}

/// One case for each setting that weakens a safety check, and one for each safety check.
fn rails(plan: &Plan) -> impl Iterator<Item = Case> + '_ {
    let weakened = plan.weakened.iter().map(|one| {
        let place = one
            .place
            .as_ref()
            .map(|place| format!("{place}: "))
            .unwrap_or_default();
        let why = format!("{place}{}: {}", weakened::TITLE, weakened::sentence(one));
        Case::new("settings", one.setting.clone(), End::Skipped(why))
    });
    weakened.chain(plan.safety.iter().map(|check| {
        let kind = check
            .kind
            .as_ref()
            .map(|kind| format!(" ({kind})"))
            .unwrap_or_default();
        let end = match (check.ok, check.waived) {
            (true, _) => End::Passed,
            (false, true) => End::Skipped(format!("overridden with --allow {}", check.code)),
            (false, false) => {
                End::Failed(check.code.to_string(), check.code.explanation().to_owned())
            }
        };
        Case::new("safety", format!("{}{kind}", check.rail), end)
    }))
}

fn failed(told: &Diagnostic) -> End {
    End::Failed(format!("{}: {}", told.code, told.message), message(told))
}

fn write(suite: &str, cases: &[Case]) -> String {
    let count = |wanted: fn(&End) -> bool| cases.iter().filter(|case| wanted(&case.end)).count();
    let (failures, skipped) = (
        count(|end| matches!(end, End::Failed(..))),
        count(|end| matches!(end, End::Skipped(_))),
    );
    let numbers = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"",
        cases.len()
    );
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"akrec\" {numbers}>\n  <testsuite \
         name=\"{suite}\" {numbers}>\n"
    );
    for case in cases {
        out.push_str(&format!(
            "    <testcase classname=\"akrec.{}\" name=\"{}\"",
            xml(&case.class),
            xml(&case.name)
        ));
        let mut inside = String::new();
        match &case.end {
            End::Passed => {}
            End::Failed(title, text) => inside.push_str(&format!(
                "      <failure message=\"{}\">{}</failure>\n",
                xml(title),
                text.lines().map(xml).collect::<Vec<_>>().join("\n")
            )),
            End::Skipped(why) => {
                inside.push_str(&format!("      <skipped message=\"{}\"/>\n", xml(why)))
            }
        }
        if !case.out.is_empty() {
            let lines: Vec<String> = case
                .out
                .iter()
                .flat_map(|text| text.lines())
                .map(xml)
                .collect();
            inside.push_str(&format!(
                "      <system-out>{}</system-out>\n",
                lines.join("\n")
            ));
        }
        match inside.is_empty() {
            true => out.push_str("/>\n"),
            false => out.push_str(&format!(">\n{inside}    </testcase>\n")),
        }
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// Text on one line of XML.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::new();
    for c in safe::line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
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
        let told = vec![
            Diagnostic::error(Code::BAD_WORD, "<wrong> & \u{1b}[31m]]>").at(at, "\"here\""),
            Diagnostic::error(Code::BAD_KEY, "more").at(at, ""),
            Diagnostic::warning(Code::WEAK_SETTING, "weak"),
        ];
        let run = Document {
            diagnostics: told,
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

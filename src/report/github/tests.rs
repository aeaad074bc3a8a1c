//! Where annotations stand, how many there are, and that no text becomes a command.

use super::*;
use crate::diag::{Code, Diagnostic, Sources, Span};
use crate::report::document::{Body, Verb};
use crate::report::sample::{self, at, small, step};

#[test]
fn problems_and_changes_stand_at_their_lines() {
    let (plan, sources) = small();
    let span = plan.steps.iter().find_map(|step| step.source).unwrap();
    let run = Document {
        body: Body::plan(&plan),
        diagnostics: vec![
            Diagnostic::warning(Code::SERVER, "slow, 100%"),
            Diagnostic::error(Code::BAD_WORD, "wrong")
                .at(span, "here")
                .note("why")
                .help("do: this"),
        ],
        ..Document::new(Verb::Plan, &sources)
    };
    insta::assert_snapshot!(annotations(&run), @r#"
    ::error file=config/groups.yaml,line=14,endLine=14,col=1,endColumn=2,title=AKR0108::wrong%0Ahere%0Awhy%0Ahelp: do: this
    ::warning title=AKR0401::slow, 100%25
    ::notice file=config/groups.yaml,line=1,endLine=1,title=akrec plan::deletes policy_binding application "wiki" -> group "old-staff"
    ::notice file=config/apps/wiki.yaml,line=31,endLine=31,col=1,endColumn=2,title=akrec plan::adds policy_binding application "wiki" -> group "staff"
    ::notice file=config/groups.yaml,line=14,endLine=14,col=1,endColumn=2,title=akrec plan::changes group "grafana-editors": users
    "#);
}

#[test]
fn ten_of_a_kind_and_the_rest_in_the_last() {
    let mut sources = Sources::default();
    let file = sources.add(
        "./state/a.yaml",
        std::path::Path::new("a.yaml"),
        "x\n".repeat(40),
    );
    let line = |i: u32| Span {
        file,
        start: 2 * i,
        end: 2 * i + 1,
    };
    let reported =
        |i: u32| Diagnostic::error(Code::BAD_WORD, format!("problem {i}")).at(line(i), "");
    let create = |i: u32| {
        let mut step = step(Action::Create, "group", at("group", &format!("g{i}")));
        step.source = Some(line(i % 20));
        step
    };
    let mut steps: Vec<_> = (0..40).map(create).collect();
    steps.push(step(Action::Delete, "group", at("group", "old")));
    let plan = sample::plan(steps);
    let run = Document {
        body: Body::plan(&plan),
        diagnostics: (0..12).map(reported).collect(),
        ..Document::new(Verb::Plan, &sources)
    };
    let text = annotations(&run);
    let count = |kind: &str| {
        text.lines()
            .filter(|line| line.starts_with(&format!("::{kind} ")))
            .count()
    };
    assert_eq!(
        (
            count("error"),
            count("warning"),
            count("notice"),
            text.lines().count()
        ),
        (10, 0, 10, 20)
    );
    assert!(
        text.contains("::error title=akrec::and 3 more:%0Astate/a.yaml:10: problem 9%0A"),
        "{text}"
    );
    assert!(
        text.contains(
            "file=state/a.yaml,line=1,endLine=1,title=akrec plan::deletes group \"old\"\n"
        ),
        "{text}"
    );
    assert!(
        text.contains("adds 2 groups%0Aadds group \"g0\"%0Aadds group \"g20\"\n"),
        "{text}"
    );
    assert!(
        text.contains("::notice title=akrec::and 12 more:"),
        "{text}"
    );
}

#[test]
fn no_text_becomes_a_command() {
    let mut sources = Sources::default();
    let evil = "x\n::error::y\r\n::set-output name=a::b,c:d%0A";
    let file = sources.add(evil, std::path::Path::new("a.yaml"), "x\n");
    let diagnostic = Diagnostic::error(Code::BAD_WORD, evil)
        .at(
            Span {
                file,
                start: 0,
                end: 1,
            },
            evil,
        )
        .note(evil)
        .help(evil);
    let plan = sample::plan(vec![step(Action::Create, "group", at("group", evil))]);
    let run = Document {
        body: Body::plan(&plan),
        diagnostics: vec![diagnostic],
        ..Document::new(Verb::Plan, &sources)
    };
    let text = annotations(&run);
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(
        !text.contains('\r')
            && text.lines().all(|line| line.starts_with("::error file=") || line.starts_with("::notice file="))
    );
    let properties = text
        .lines()
        .next()
        .unwrap()
        .trim_start_matches("::")
        .split("::")
        .next()
        .unwrap();
    assert_eq!(properties.matches(',').count(), 5, "{properties}");
}

//! What an apply says at its end and on its way.

use super::*;
use crate::diag::Code;
use crate::plan::{Action, Reason};
use crate::report::sample::{at, binding, plan, step};

fn failure() -> Diagnostic {
    Diagnostic::error(
        Code::STEP_FAILED,
        "the server refused to change application \"wiki\"",
    )
    .note("PATCH /core/applications/wiki/: 400\nslug: already \u{1b}[31mtaken")
    .help("choose another slug")
}

fn steps() -> Plan {
    plan(vec![
        step(Action::Create, "group", at("group", "staff")),
        step(Action::Update, "application", at("application", "wiki")).needs(&[0]),
        step(Action::Create, "policy_binding", binding("wiki", "staff")).needs(&[1]),
        step(Action::Rename, "group", at("group", "b")).because(Reason::Renamed(at("group", "a"))),
        Step {
            second: true,
            ..step(Action::Update, "group", at("group", "staff"))
        },
        step(Action::Delete, "group", at("group", "old")),
    ])
}

fn end(statuses: Vec<Status>, interrupted: bool) -> String {
    text(
        &steps(),
        &Outcome {
            statuses,
            interrupted,
            ..Outcome::default()
        },
        "akrec apply",
        &Style::default(),
    )
}

#[test]
fn a_complete_run_is_one_line() {
    insta::assert_snapshot!(end(vec![Status::Done; 6], false), @r#"
    Apply complete! Resources: 2 added, 1 changed, 1 renamed, 1 destroyed.
    "#);
    let nothing = text(
        &plan(Vec::new()),
        &Outcome::default(),
        "",
        &Style::default(),
    );
    assert_eq!(
        nothing,
        "Apply complete! Resources: 0 added, 0 changed, 0 destroyed.\n"
    );
}

#[test]
fn a_failed_run_lists_what_is_done_and_what_is_not() {
    let statuses = vec![
        Status::Done,
        Status::Failed(failure()),
        Status::Blocked(1),
        Status::Moved(Diagnostic::error(
            Code::STEP_MOVED,
            "group \"a\" was changed meanwhile",
        )),
        Status::Done,
        Status::Stopped,
    ];
    insta::assert_snapshot!(end(statuses, false), @r#"
    Apply incomplete: 2 done, 2 failed, 2 not attempted.

    Done:
      + created group "staff"
      ~ changed group "staff"

    Failed:
      ~ change application "wiki"
          error[AKR0901]: the server refused to change application "wiki"
          note: PATCH /core/applications/wiki/: 400
                slug: already \u{1b}[31mtaken
          help: choose another slug
      > rename group "b"
          error[AKR0902]: group "a" was changed meanwhile

    Not attempted:
      + add policy_binding application "wiki" -> group "staff"
          # (blocked: it needs application "wiki", which was not changed)
      - delete group "old"
          # (the run was stopped)

    Resources: 1 added, 0 changed, 0 destroyed.
    Completed steps stay in effect. To continue with the rest: akrec apply
    "#);
}

#[test]
fn steps_without_a_status_were_not_attempted() {
    insta::assert_snapshot!(end(vec![Status::Done; 4], true), @r#"
    Apply interrupted: 4 done, 0 failed, 2 not attempted.

    Done:
      + created group "staff"
      ~ changed application "wiki"
      + created policy_binding application "wiki" -> group "staff"
      > renamed group "b"

    Not attempted:
      ~ change group "staff"
          # (the run was stopped)
      - delete group "old"
          # (the run was stopped)

    Resources: 2 added, 1 changed, 1 renamed, 0 destroyed.
    Completed steps stay in effect. To continue with the rest: akrec apply
    "#);
}

#[test]
fn progress_is_reported_line_by_line() {
    let plan = steps();
    let statuses = [
        Status::Done,
        Status::Failed(failure()),
        Status::Blocked(1),
        Status::Done,
        Status::Done,
        Status::Stopped,
    ];
    let lines: Vec<String> = (0..6)
        .flat_map(|n| {
            [
                started(&plan.steps[n], false),
                finished(&plan, n, &statuses[n], n + 1, false),
            ]
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    + creating group "staff"
    + created group "staff" (1/6)
    ~ changing application "wiki"
    ! failed to change application "wiki" (2/6): the server refused to change application "wiki"
    + creating policy_binding application "wiki" -> group "staff"
    ! did not add policy_binding application "wiki" -> group "staff" (3/6): blocked: it needs application "wiki", which was not changed
    > renaming group "b"
    > renamed group "b" (4/6)
    ~ changing group "staff"
    ~ changed group "staff" (5/6)
    - deleting group "old"
    ! did not delete group "old" (6/6): the run was stopped
    "#);
    assert!(finished(&plan, 0, &Status::Done, 1, true).starts_with("\u{1b}[32m+\u{1b}[0m created"));
    assert_eq!(finished(&plan, 99, &Status::Done, 1, false), "");
}

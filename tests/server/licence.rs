//! A server without an enterprise license, and one whose license has expired: reported once, clearly, and nothing else
//! fails.

use akrec::diag::Code;
use akrec::plan::{Action, Outcome, Status};
use akrec::report;
use akrec::sandbox::{self, Licence, Sandbox};
use akrec::schema::RELEASES;
use serde_json::json;
use tokio::sync::watch;

use crate::support::releases::newest;
use crate::support::{self, Bench, Planned, State};

/// Two enterprise stages, one that needs one of them, and things that need none.
const STATE: &str = "\
groups: {staff: {}}
stages:
  certificates: {type: mtls, mode: required, cert_attribute: email, user_attribute: email}
  through: {type: source, source: plex}
  plain: {type: deny}
flows:
  sign-in:
    name: Sign in
    title: Sign in
    designation: authentication
    stages: [certificates, plain]
";

async fn with(release: &str, licence: Licence) -> (Sandbox, Bench) {
    let options = sandbox::Options {
        licence,
        ..sandbox::Options::new(release)
    };
    let sandbox = sandbox::start(options).await.unwrap();
    make_source(&sandbox);
    let bench = Bench::connect(&sandbox.url(), sandbox.admin_token()).await;
    (sandbox, bench)
}

/// Makes a source with which one signs in on the web, as the stage needs one.
fn make_source(sandbox: &Sandbox) {
    let flows = &sandbox.world_json()["/flows/instances/"];
    let flow = |slug: &str| {
        flows
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["slug"] == slug)
            .unwrap()["pk"]
            .clone()
    };
    let source = json!({"name": "Plex", "slug": "plex", "client_id": "x", "plex_token": "y",
        "authentication_flow": flow("default-source-authentication"),
        "enrollment_flow": flow("default-source-enrollment")});
    sandbox.poke("POST", "/sources/plex/", source);
}

fn text(planned: &Planned, outcome: &Outcome) -> String {
    report::outcome::text(
        planned.plan(),
        outcome,
        "akrec apply",
        &report::plan::Style::default(),
    )
}

fn failed(outcome: &Outcome) -> Vec<Code> {
    let code = |status: &Status| match status {
        Status::Failed(diagnostic) => Some(diagnostic.code),
        _ => None,
    };
    outcome.statuses.iter().filter_map(code).collect()
}

fn asked(sandbox: &Sandbox) -> usize {
    sandbox
        .journal()
        .iter()
        .filter(|entry| entry.path == "/enterprise/license/summary/")
        .count()
}

#[tokio::test]
async fn enterprise_kinds_are_refused_without_a_licence_and_the_rest_goes_on() {
    for release in RELEASES {
        let (sandbox, bench) = with(&release.to_string(), Licence::None).await;
        let planned = bench.plan(&State::of(STATE)).await;
        let outcome = bench.apply(&planned, 1).await;
        assert_eq!(
            failed(&outcome),
            [Code::NO_LICENCE, Code::NO_LICENCE],
            "{release}"
        );
        assert_eq!(
            asked(&sandbox),
            1,
            "{release}: the summary is asked for once"
        );
        let done = outcome
            .statuses
            .iter()
            .filter(|status| matches!(status, Status::Done))
            .count();
        let blocked = outcome
            .statuses
            .iter()
            .filter(|status| matches!(status, Status::Blocked(_)))
            .count();
        // The group, the plain stage, the flow and its plain stage; the other stage of the flow needs what was refused.
        assert_eq!(
            (done, blocked),
            (4, 1),
            "{release}:\n{}",
            text(&planned, &outcome)
        );
        if release == RELEASES.last().unwrap() {
            insta::assert_snapshot!(text(&planned, &outcome), @r#"
            Apply incomplete: 4 done, 2 failed, 1 not attempted.

            Done:
              + created group "staff"
              + created flow "sign-in"
              + created stage "plain"
              + created flow_stage_binding flow "sign-in" -> stage "plain" #20

            Failed:
              + add stage "certificates" (mtls)
              + add stage "through" (source)
                  error[AKR0906]: authentik has no valid enterprise license
                  note: it refuses to create or change objects of enterprise kinds; deleting them is possible
                  help: add a license under Enterprise > Licenses, or remove these objects from the files

            Not attempted:
              + add flow_stage_binding flow "sign-in" -> stage "certificates" #10
                  # (blocked: it needs stage "certificates", which was not created)

            Resources: 4 added, 0 changed, 0 destroyed.
            Completed steps stay in effect. To continue with the rest: akrec apply
            "#);
        }
    }
}

#[tokio::test]
async fn with_a_licence_all_of_it_is_written() {
    let (sandbox, bench) = with(newest(), Licence::Valid).await;
    let planned = bench.plan(&State::of(STATE)).await;
    assert!(bench.apply(&planned, 1).await.is_complete());
    assert_eq!(asked(&sandbox), 0, "nobody asks where nothing is refused");
}

#[tokio::test]
async fn changing_needs_a_licence_and_deleting_does_not() {
    let folder = std::env::temp_dir().join(format!("akrec-licence-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let data = folder.join("world.json");
    for (licence, state, codes) in [
        (
            Licence::Valid,
            "stages: {through: {type: source, source: plex}}",
            vec![],
        ),
        (
            Licence::None,
            "stages: {through: {type: source, resume_timeout: hours=1}}",
            vec![Code::NO_LICENCE],
        ),
        (Licence::None, "absent: {stages: [through]}", vec![]),
    ] {
        let options = sandbox::Options {
            licence,
            data: Some(data.clone()),
            ..sandbox::Options::new("2026.5")
        };
        let sandbox = sandbox::start(options).await.unwrap();
        make_source(&sandbox);
        let bench = Bench::connect(&sandbox.url(), sandbox.admin_token()).await;
        let planned = bench.plan(&State::of(state)).await;
        assert_eq!(planned.plan().steps.len(), 1, "{state}");
        assert_eq!(failed(&bench.apply(&planned, 1).await), codes, "{state}");
        sandbox.stop().await;
    }
    drop(std::fs::remove_dir_all(&folder));
}

#[tokio::test]
async fn an_expired_licence_stops_the_run_at_once() {
    for release in RELEASES {
        let (sandbox, bench) = with(&release.to_string(), Licence::Expired).await;
        // No source can be made there, which the stage would need.
        let state: String = STATE
            .lines()
            .filter(|line| !line.contains("through"))
            .map(|line| format!("{line}\n"))
            .collect();
        let planned = bench.plan(&State::of(&state)).await;
        assert!(
            planned
                .plan()
                .steps
                .iter()
                .all(|step| step.action == Action::Create)
        );
        let outcome = bench.apply(&planned, 1).await;
        assert_eq!(
            outcome.refused.as_ref().map(|diagnostic| diagnostic.code),
            Some(Code::READ_ONLY),
            "{release}"
        );
        assert_eq!(failed(&outcome), [], "{release}");
        let writes = sandbox
            .journal()
            .iter()
            .filter(|entry| entry.method != "GET")
            .count();
        assert_eq!(writes, 1, "{release}: nothing more is attempted");
    }
}

/// Other refusals of an enterprise kind keep their own words.
#[tokio::test]
async fn another_refusal_of_an_enterprise_kind_is_reported_as_it_is() {
    let (_sandbox, bench) = with(newest(), Licence::Valid).await;
    let state = State::of(
        "stages: {x: {type: deny}}\nproviders: {g: {type: ssf, signing_key: authentik Self-signed Certificate}}",
    );
    let planned = bench.plan(&state).await;
    let (_keep, never) = watch::channel(false);
    support::poke(
        &_sandbox,
        "POST",
        "/stages/dummy/",
        serde_json::json!({ "name": "x" }),
    );
    let options = support::options();
    assert_eq!(
        failed(&bench.apply_with(&planned, options, never).await),
        [Code::STEP_FAILED]
    );
}

//! `--target` and `--exclude`: a part of a plan, shown as such, applied as such, and never more dangerous than the whole.

use super::support::*;

/// An application with what it needs, one without anything, and a group beside them.
const PARTS: &str = "\
groups:
  staff: {}
  other: {}
applications:
  wiki: {name: Wiki, bindings: [{group: staff}]}
  logs: {name: Logs, bindings: [{group: other}]}
";

const WORLD: &str = "--sandbox-data world.json";

#[test]
fn a_part_says_that_it_is_one() {
    let home = Home::new(PARTS);
    let ran = home
        .akrec("plan --sandbox --target application.wiki")
        .run()
        .expect(0);
    insta::assert_snapshot!(ran.out, @r#"
    akrec plan · the sandbox (authentik 2026.8.0) · token user: akadmin

    Actions:  + add

      + add group "staff"                                          state/main.yaml:2

      + add application "wiki"                                     state/main.yaml:5
          + name: "Wiki"

      + add policy_binding application "wiki" -> group "staff" (order 0)
                                                                   state/main.yaml:5

    Only a part of the configuration: --target application.wiki. Left out: 3 changes.
      # (not done: add application "logs")
      # (not done: add group "other")
      # (not done: add policy_binding application "logs" -> group "other")

    Plan: 3 to add, 0 to change, 0 to delete.
    "#);
    let (ran, document) = home
        .akrec("plan --sandbox --target application.wiki --exclude group.oth*")
        .json();
    ran.expect(0);
    let scope = &document["scope"];
    assert_eq!(
        (&scope["targets"][0], &scope["excludes"][0]),
        (&"application.wiki".into(), &"group.oth*".into())
    );
    let left = "policy_binding[application.logs,group.other]";
    let out = serde_json::json!(["application.logs", "group.other", left]);
    assert_eq!(document["skipped"]["targeted_out"], out);
    let planned: Vec<&str> = document["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["address"].as_str().unwrap())
        .collect();
    assert_eq!(
        planned,
        [
            "group.staff",
            "application.wiki",
            "policy_binding[application.wiki,group.staff]"
        ]
    );
    // A whole plan has no scope.
    let (_, document) = home.akrec("plan --sandbox").json();
    assert_eq!(document["scope"]["targets"], serde_json::json!([]));
    assert_eq!(document["scope"]["excludes"], serde_json::json!([]));
}

#[test]
fn an_apply_of_a_part_is_done_and_the_rest_stays_to_be_done() {
    let home = Home::new(PARTS);
    let part = format!("apply {WORLD} --auto-approve --target application.wiki");
    home.akrec(&part)
        .run()
        .expect(0)
        .says(&["Resources: 3 added", "Only a part of the configuration"]);
    home.akrec(&part)
        .run()
        .expect(0)
        .says(&["No changes in the selected part.", "Left out: 3 changes."]);
    let rest = home
        .akrec(&format!("plan {WORLD} --detailed-exitcode"))
        .run()
        .expect(2);
    rest.says(&[
        "Plan: 3 to add, 0 to change, 0 to delete.",
        "add application \"logs\"",
    ]);
    home.akrec(&format!(
        "apply {WORLD} --auto-approve --exclude application.logs"
    ))
    .run()
    .expect(0);
    home.akrec(&format!("plan {WORLD}"))
        .run()
        .expect(0)
        .says(&["Plan: 2 to add", "add application \"logs\""]);
}

#[test]
fn what_is_left_out_is_not_deleted() {
    let home = Home::new(PARTS);
    home.akrec(&format!("apply {WORLD} --auto-approve"))
        .run()
        .expect(0);
    // Two things to do: one deletion, one change.
    home.write(
        "state/main.yaml",
        PARTS.replace("  other: {}\n", "").replace(
            "  logs: {name: Logs, bindings: [{group: other}]}\n",
            "  logs: {name: Logs book, bindings: [{group: staff}]}\n",
        ),
    );
    home.akrec(&format!("plan {WORLD}"))
        .run()
        .expect(0)
        .says(&["- delete group \"other\""]);
    let ran = home
        .akrec(&format!(
            "apply {WORLD} --auto-approve --target application.logs"
        ))
        .run()
        .expect(0);
    ran.says(&[
        "Left out: 1 change, 1 of them to delete.",
        "(not done: delete group \"other\")",
    ]);
    home.akrec(&format!("plan {WORLD}"))
        .run()
        .expect(0)
        .says(&["Plan: 0 to add, 0 to change, 1 to delete."]);
}

#[test]
fn patterns_come_from_files() {
    let home = Home::new(PARTS);
    home.write(
        "parts",
        "# What is rolled out this week.\n\n  application.wiki\n",
    );
    home.akrec("plan --sandbox --target @parts")
        .run()
        .expect(0)
        .says(&["Plan: 3 to add", "--target application.wiki"]);
    home.akrec("plan --sandbox --exclude @parts")
        .run()
        .expect(0)
        .says(&["--exclude application.wiki"]);
    // A file that names nothing must not mean everything.
    home.write("empty", "# nothing yet\n");
    home.akrec("plan --sandbox --target @empty")
        .run()
        .expect(3)
        .says(&["@empty: it names nothing"]);
    home.akrec("plan --sandbox --target @missing")
        .run()
        .expect(3)
        .says(&["@missing: no such file"]);
    home.write("wrong", "application.wiki\nwiki\n");
    home.akrec("plan --sandbox --target @wrong")
        .run()
        .expect(3)
        .says(&["@wrong", "a family and a name"]);
    home.akrec("plan --sandbox --target wiki")
        .run()
        .expect(3)
        .says(&["a family and a name"]);
    home.akrec("plan --sandbox --target @")
        .run()
        .expect(3)
        .says(&["name the file"]);
}

#[test]
fn a_name_that_fits_nothing_is_3_and_writes_nothing() {
    let home = Home::new(PARTS);
    let ran = home
        .akrec(&format!(
            "apply {WORLD} --auto-approve --target application.wikki"
        ))
        .run()
        .expect(3);
    ran.says(&[
        "error[AKR0501]: application.wikki matches nothing",
        "did you mean application.wiki?",
    ]);
    assert!(!home.0.join("world.json").exists());
    home.akrec("plan --sandbox --exclude provider.*")
        .run()
        .expect(3)
        .says(&["provider.* matches nothing"]);
}

#[test]
fn a_saved_plan_of_a_part_stays_one() {
    let home = Home::new(PARTS);
    home.akrec(&format!("plan {WORLD} --target group.staff -o plan.json"))
        .run()
        .expect(0);
    home.akrec("show plan.json")
        .run()
        .expect(0)
        .says(&["--target group.staff", "Plan: 1 to add"]);
    // The file may have been edited: which part it is has to be said again.
    let apply = |scope: &str| {
        home.akrec(&format!("apply plan.json {WORLD} --auto-approve {scope}"))
            .run()
    };
    apply("").expect(8).says(&[
        "error[AKR0808]",
        "give the apply the same options: --target group.staff",
    ]);
    apply("--target group.other")
        .expect(8)
        .says(&["this apply is given --target group.other"]);
    apply("--target group.staff --exclude user.*")
        .expect(8)
        .says(&["plan again with the options that you mean"]);
    assert!(!home.0.join("world.json").exists());
    apply("--target group.staff")
        .expect(0)
        .says(&["Resources: 1 added"]);
    home.akrec(&format!("plan {WORLD}"))
        .run()
        .expect(0)
        .says(&["Plan: 5 to add"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rails_judge_what_is_asked_for() {
    let server = server().await;
    let home = Home::new(
        "flows: {old: {name: Old, title: Old, designation: authorization}}\nproviders:\n  wiki: {type: oauth2, \
         authorization_flow: old, invalidation_flow: default-provider-invalidation-flow}\n",
    );
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    for addresses in ["provider.wiki", "flow.old"] {
        home.against(&server.url(), &format!("forget {addresses} --auto-approve"))
            .run()
            .expect(0);
    }
    home.write(
        "state/main.yaml",
        "absent: {flows: [old]}\ngroups: {more: {}}\n",
    );
    let plan = |flags: &str| home.against(&server.url(), &format!("plan {flags}")).run();
    let dependent = "authentik deletes provider \"wiki\" along with flow \"old\"";
    plan("").expect(6).says(&["error[AKR06", dependent]);
    plan("--target flow.old").expect(6).says(&[dependent]);
    home.against(&server.url(), "apply --auto-approve --target flow.old")
        .run()
        .expect(6);
    // What is not done breaks nothing.
    plan("--target group.more")
        .expect(0)
        .says(&["Plan: 1 to add", "1 of them to delete"]);
    plan("--exclude flow.old")
        .expect(0)
        .says(&["Plan: 1 to add"]);
    home.against(&server.url(), "apply --auto-approve --exclude flow.old")
        .run()
        .expect(0);
    let flows = server.world_json()["/flows/instances/"].to_string();
    assert!(flows.contains("\"old\""), "{flows}");
}

//! Whole runs: the same twice, nothing left after an apply, and what a token that may only read can do.

use super::support::*;

#[test]
fn two_runs_give_the_same_bytes() {
    let home = Home::new(STATE);
    let run = |args: &str| home.akrec(args).run().expect(0);
    let (first, second) = (run("plan --sandbox"), run("plan --sandbox"));
    assert_eq!((first.out, first.err), (second.out, second.err));
    let document = || {
        let (ran, mut document) = home.akrec("plan --sandbox").json();
        assert!(ran.expect(0).err.is_empty());
        document.as_object_mut().unwrap().remove("run").unwrap();
        document.to_string()
    };
    assert_eq!(document(), document());
}

#[test]
fn an_apply_leaves_nothing_to_do() {
    let home = Home::new(STATE);
    let apply = "apply --sandbox-data world.json --auto-approve";
    let ran = home
        .akrec(apply)
        .run()
        .expect(0)
        .says(&["Apply complete! Resources: 5 added, 0 changed, 0 destroyed."]);
    // Progress is for people: one line a step on standard error, none on standard output.
    assert!(
        ran.err.contains("+ created group \"staff\" (") && ran.err.contains("/6)"),
        "{}",
        ran.err
    );
    assert!(!ran.out.contains("created group"), "{}", ran.out);
    let world = home.read("world.json");
    let says = "No changes. authentik matches the configuration.";
    home.akrec("plan --sandbox-data world.json")
        .run()
        .expect(0)
        .says(&[says]);
    let again = home.akrec(apply).run().expect(0).says(&[says]);
    assert!(!again.out.contains("Apply complete"), "{}", again.out);
    let (ran, document) = home.akrec(apply).json();
    ran.expect(0);
    assert!(document["changes"].as_array().unwrap().is_empty());
    assert_eq!(home.read("world.json"), world, "nothing was written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_apply_writes_nothing_and_a_plan_never_does() {
    let server = server().await;
    let home = Home::new(STATE);
    let writes = || {
        server
            .journal()
            .iter()
            .filter(|entry| entry.method != "GET")
            .count()
    };
    home.against(&server.url(), "plan").run().expect(0);
    assert_eq!(writes(), 0);
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    let first = writes();
    assert!(first >= 6, "{first}");
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    assert_eq!(writes(), first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_may_only_read_can_plan_and_cannot_apply() {
    let server = server().await;
    let home = Home::new(STATE);
    let reader = |args: &str| {
        home.against(&server.url(), args)
            .env("AKREC_TOKEN", server.readonly_token().unwrap())
    };
    reader("plan")
        .run()
        .expect(0)
        .says(&["Plan: 5 to add", "token user: akrec-readonly"]);
    reader("apply --auto-approve").run().expect(4).says(&[
        "the lease of the workspace could not be acquired",
        "is not permitted to do this",
        "blueprint instances",
    ]);
    assert!(
        server
            .journal()
            .iter()
            .all(|entry| entry.method == "GET" || entry.status == 403)
    );
}

#[test]
fn the_first_steps_work_out_of_the_box() {
    let home = Home::new("");
    let ran = home
        .akrec("init --url https://auth.example.org")
        .run()
        .expect(0);
    insta::assert_snapshot!(ran.out, @r#"
    wrote akrec.yaml
    wrote state/main.yaml

    Next:
      akrec plan --sandbox   tries it against an embedded authentik
      akrec plan             shows what would change on https://auth.example.org; it needs AKREC_TOKEN
    "#);
    home.akrec("validate")
        .run()
        .expect(0)
        .says(&["Valid: 1 object in"]);
    home.akrec("plan --sandbox")
        .run()
        .expect(0)
        .says(&["+ add group \"staff\"", "Plan: 1 to add"]);
    home.akrec("init")
        .run()
        .expect(3)
        .says(&["already exists", "nothing was written"]);
    // Beside a state directory of another name.
    let home = Home::new("");
    home.akrec("init -C config/live")
        .run()
        .expect(0)
        .says(&["config/akrec.yaml", "akrec plan -C config/live --sandbox"]);
    home.akrec("plan -C config/live --sandbox")
        .run()
        .expect(0)
        .says(&["Plan: 1 to add"]);
    let home = Home::new("");
    home.akrec("init --url auth.example.org")
        .run()
        .expect(3)
        .says(&["http"]);
    assert!(!home.0.join("akrec.yaml").exists());
}

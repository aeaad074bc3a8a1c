//! Safety checks: what they refuse ends with 6, and what flags and settings do to them.

use super::support::*;

const WORLD: &str = "--sandbox-data world.json";

/// A world with `count` groups that akrec created; a state with the first alone would delete the rest.
fn made(count: usize) -> Home {
    let groups = |names: std::ops::Range<usize>| {
        names
            .map(|n| format!("  g{n:02}: {{}}\n"))
            .collect::<String>()
    };
    let home = Home::new(&format!("groups:\n{}", groups(0..count)));
    home.akrec(&format!("apply {WORLD} --auto-approve"))
        .run()
        .expect(0);
    home.write("state/main.yaml", format!("groups:\n{}", groups(0..1)));
    home
}

#[test]
fn limits_are_raised_by_flags_and_settings() {
    let home = made(13);
    let plan = |flags: &str| home.akrec(&format!("plan {WORLD} {flags}")).run();
    plan("").expect(6).says(&[
        "error[AKR0606]",
        "12 of 13 managed objects",
        "the limit is 10",
        "--max-deletes 12",
    ]);
    plan("--max-deletes 11")
        .expect(6)
        .says(&["the limit is 11", "that of --max-deletes"]);
    plan("--max-deletes 12").expect(0);
    plan("--max-deletes 100%").expect(0);
    plan("--max-deletes 50%")
        .expect(6)
        .says(&["the limit is 50%", "--max-deletes 93%"]);
    plan("--max-deletes 12 --max-changes 11")
        .expect(6)
        .says(&["--max-changes 12", "created, changed or deleted"]);
    plan("--max-deletes 12 --max-removals group=3")
        .expect(6)
        .says(&["--max-removals group=12"]);
    plan("--allow AKR0606")
        .expect(0)
        .says(&["warning[AKR0606]", "overridden by --allow AKR0606"]);
    home.write("akrec.yaml", "limits: {deletes: 12, delete_share: 100%}\n");
    plan("").expect(0);
    home.write("akrec.yaml", "limits: {deletes: 12}\n");
    plan("").expect(6).says(&[
        "the limit is 20%",
        "the default",
        "limits: {delete_share: 93%}",
    ]);
    home.write("akrec.yaml", "limits: {deletes: 3, delete_share: 100%}\n");
    plan("")
        .expect(6)
        .says(&["the limit is 3", "`limits.deletes` in akrec.yaml"]);
    let (ran, document) = home.akrec(&format!("plan {WORLD}")).json();
    ran.expect(6);
    let safety = document["safety"].as_array().unwrap();
    let deletes: Vec<_> = safety
        .iter()
        .filter(|check| check["rail"] == "max_deletes")
        .collect();
    assert_eq!(
        (
            &deletes[0]["limit"],
            &deletes[0]["value"],
            &deletes[0]["ok"]
        ),
        (&3.into(), &12.into(), &false.into())
    );
    assert!(
        safety
            .iter()
            .any(|check| check["rail"] == "last_superuser" && check["ok"] == true)
    );
}

#[test]
fn wrong_limits_are_3() {
    let home = Home::new(ONE);
    for flags in [
        "--max-deletes ten",
        "--max-deletes 101%",
        "--max-removals 5",
        "--max-changes -1",
    ] {
        home.akrec(&format!("plan --sandbox {flags}"))
            .run()
            .expect(3);
    }
    home.akrec("plan --sandbox --max-removals membershp=5")
        .run()
        .expect(3)
        .says(&["did you mean membership?"]);
}

#[test]
fn a_state_that_declares_nothing_is_refused_and_can_be_meant() {
    let home = made(3);
    home.write("state/main.yaml", "# nothing\n");
    home.akrec("validate").run().expect(3).says(&["AKR0114"]);
    home.akrec(&format!("plan {WORLD}"))
        .run()
        .expect(6)
        .says(&["error[AKR0114]", "--allow AKR0114"]);
    home.akrec(&format!("apply {WORLD} --auto-approve"))
        .run()
        .expect(6);
    let ran = home
        .akrec(&format!("plan {WORLD} --allow AKR0114"))
        .run()
        .expect(0);
    ran.says(&[
        "warning[AKR0114]",
        "Plan: 0 to add, 0 to change, 3 to delete.",
    ]);
    home.akrec(&format!("apply {WORLD} --auto-approve --allow AKR0114"))
        .run()
        .expect(0);
    home.write("state/main.yaml", ONE);
    home.akrec(&format!("plan {WORLD}"))
        .run()
        .expect(0)
        .says(&["Plan: 1 to add, 0 to change, 0 to delete."]);
    // The limits hold all the same.
    let home = made(12);
    home.write("state/main.yaml", "# nothing\n");
    home.akrec(&format!("plan {WORLD} --allow AKR0114"))
        .run()
        .expect(6)
        .says(&["error[AKR0606]", "12 of 12"]);
}

#[test]
fn users_for_emergencies_come_from_the_settings() {
    let home = Home::new("users: {akadmin: {is_active: false}}\n");
    home.write("akrec.yaml", "break_glass: [akadmin]\n");
    let all = ["error[AKR0607]", "error[AKR0608]", "error[AKR0610]"];
    home.akrec("plan --sandbox").run().expect(6).says(&all);
    home.akrec("plan --sandbox --allow AKR0607 --allow AKR0608")
        .run()
        .expect(6)
        .says(&["error[AKR0610]"]);
    home.akrec("plan --sandbox --allow AKR0607 --allow AKR0608 --allow AKR0610")
        .run()
        .expect(0);
}

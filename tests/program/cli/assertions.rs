//! Assertions and lints from end to end: exit codes, levels, and what is written or not.

use akrec::sandbox::Fault;
use serde_json::json;

use std::path::Path;

use super::support::{Home, SECRET, server};

const WORLD: &str = "\
users: {ann: {name: Ann}, ben: {name: Ben}}
groups:
  all: {members: []}
  staff: {parents: [all], members: [ann]}
applications:
  wiki: {name: Wiki, meta_launch_url: https://wiki.example.org, bindings: [{group: all}]}
";

const HOLDS: &str = "assertions:\n  - {user: ann, application: wiki, access: allow}\n  - {application: wiki, only: [group:all]}\n";
const FAILS: &str = "assertions:\n  - {user: ann, application: wiki, access: deny}\n";

#[test]
fn a_failed_assertion_is_7_and_nothing_is_written() {
    let home = Home::new(WORLD);
    home.write("state/assertions.yaml", HOLDS);
    home.akrec("validate")
        .run()
        .expect(0)
        .says(&["2 assertions hold by the files alone"]);
    let data = "--sandbox-data world.json";
    home.akrec(&format!("apply {data} --auto-approve"))
        .run()
        .expect(0)
        .says(&["Assertions: 2 hold."]);

    home.write("state/assertions.yaml", FAILS);
    let way = "ann can open wiki: through group staff -> all";
    home.akrec("validate").run().expect(7).says(&[
        "error[AKR0701]",
        "state/assertions.yaml:2:5",
        way,
    ]);
    // The plan is empty, and the assertion fails all the same.
    let before = home.read("world.json");
    home.akrec(&format!("plan {data}")).run().expect(7).says(&[
        "AKR0701",
        "after this plan",
        way,
        "No changes.",
    ]);
    home.write(
        "state/main.yaml",
        WORLD.replace("Name: Ben", "Name: Benjamin"),
    );
    home.akrec(&format!("apply {data} --auto-approve"))
        .run()
        .expect(7)
        .says(&["AKR0701", "Assertions: 1 fails."]);
    assert_eq!(home.read("world.json"), before, "nothing was written");
    let (ran, document) = home.akrec(&format!("plan {data}")).json();
    ran.expect(7);
    let reported = &document["assertions"][0];
    assert_eq!(
        (
            reported["result"].as_str(),
            reported["source"]["line"].as_i64()
        ),
        (Some("failed"), Some(2))
    );
    assert_eq!(
        (reported["text"].as_str(), reported["why"][0].as_str()),
        (Some("user ann may not open wiki"), Some(way))
    );
    let (ran, document) = home.akrec("validate").json();
    ran.expect(7);
    assert_eq!(document["assertions"][0]["result"], "failed");
    // The state after the plan counts, not the live state.
    home.write(
        "state/main.yaml",
        WORLD.replace("members: [ann]", "members: [ben]"),
    );
    home.akrec(&format!("apply {data} --auto-approve"))
        .run()
        .expect(0)
        .says(&["Assertions: 1 holds."]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_neither_held_nor_failed() {
    let server = server().await;
    let home = Home::new(WORLD);
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    home.write(
        "state/assertions.yaml",
        "assertions:\n  - {user: akadmin, application: wiki, access: deny}\n",
    );
    home.akrec("validate")
        .run()
        .expect(0)
        .says(&["1 assertion left to plan"]);
    home.against(&server.url(), "plan")
        .run()
        .expect(0)
        .says(&["Assertions: 1 holds."]);
    home.against(&server.url(), "plan --no-access")
        .run()
        .expect(0)
        .says(&["AKR0124", "not checked with --no-access"]);
    // A token that may not list users.
    let server = super::support::server().await;
    let home = Home::new(
        "applications: {wiki: {name: Wiki, bindings: [{group: authentik Admins}]}}\n\
         assertions:\n  - {user: akadmin, application: wiki, access: deny}\n",
    );
    server.set_fault(|_, entry| {
        let users = entry.path == "/core/users/";
        users.then(|| Fault::Status(403, json!({ "detail": "no permission" })))
    });
    let ran = home
        .against(&server.url(), "plan --allow AKR0601")
        .run()
        .expect(0);
    ran.says(&[
        "warning[AKR0702]",
        "cannot be checked",
        "Assertions: 1 cannot be checked.",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn assertions_cost_one_reading_of_access_beside_what_the_plan_read() {
    let server = server().await;
    let home = Home::new(WORLD);
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    let requests = |args: &str| {
        server.clear_journal();
        home.against(&server.url(), args).run().expect(0);
        server.journal().len()
    };
    let without = requests("plan");
    home.write("state/assertions.yaml", HOLDS);
    assert_eq!(
        requests("plan") - without,
        3,
        "of users, groups, applications, entitlements, bindings"
    );
    assert_eq!(requests("plan --no-access"), without);
}

#[test]
fn lints_have_levels() {
    let home = Home::new(
        "applications: {wiki: {name: Wiki, meta_launch_url: https://wiki.example.org, bindings: []}}\n",
    );
    let warned = ["warning[AKR0710]", "state/main.yaml:1:16"];
    home.akrec("validate").run().expect(0).says(&warned);
    home.akrec("plan --sandbox").run().expect(0).says(&warned);
    for flags in [
        "--deny AKR0710",
        "--deny open-application",
        "--allow AKR0710 --deny AKR0710",
    ] {
        home.akrec(&format!("validate {flags}"))
            .run()
            .expect(3)
            .says(&["error[AKR0710]", "denied by --deny"]);
        home.akrec(&format!("plan --sandbox {flags}"))
            .run()
            .expect(3)
            .says(&["error[AKR0710]"]);
    }
    let ran = home
        .akrec("validate --allow open-application")
        .run()
        .expect(0);
    assert_eq!(ran.err, "");
    let ran = home.akrec("plan --sandbox --allow AKR0710").run().expect(0);
    assert!(!ran.err.contains("AKR0710"), "{}", ran.err);
    // What akrec.yaml says, and a flag over it.
    home.write("akrec.yaml", "lints: {open-application: deny}\n");
    home.akrec("validate")
        .run()
        .expect(3)
        .says(&["denied by `lints` in akrec.yaml"]);
    let data = "--sandbox-data world.json";
    home.akrec(&format!("apply {data} --auto-approve"))
        .run()
        .expect(3)
        .says(&["error[AKR0710]"]);
    assert!(!home.0.join("world.json").exists() || !home.read("world.json").contains("Wiki"));
    home.akrec(&format!(
        "apply {data} --auto-approve --warn open-application"
    ))
    .run()
    .expect(0)
    .says(&warned);
    home.write("akrec.yaml", "lints: {open-application: allow}\n");
    assert_eq!(home.akrec("validate").run().expect(0).err, "");
    home.akrec("validate --warn AKR0710")
        .run()
        .expect(0)
        .says(&warned);
    // Safety checks are not lints: no setting lowers them.
    home.write("akrec.yaml", "lints: {AKR0601: allow}\n");
    home.akrec("validate")
        .run()
        .expect(3)
        .says(&["AKR0601 is not a lint", "--allow AKR0601"]);
    home.write("akrec.yaml", "");
    home.akrec("validate --deny opn-application")
        .run()
        .expect(3)
        .says(&["did you mean open-application?"]);
    home.akrec("validate --allow AKR0601")
        .run()
        .expect(3)
        .says(&["AKR0601 is not a lint"]);
    home.akrec("explain AKR0710")
        .run()
        .expect(0)
        .says(&["lifecycle"]);
}

/// The homelab: taking the only binding away is refused and shows who gains it; a member more shows what it opens.
#[test]
fn the_homelab_shows_what_a_change_opens() {
    let home = Home::new("");
    for file in ["applications.yaml", "directory.yaml", "providers.yaml"] {
        let path = format!(
            "{}/tests/cases/010-homelab-access/state/{file}",
            env!("CARGO_MANIFEST_DIR")
        );
        home.write(&format!("state/{file}"), std::fs::read(path).unwrap());
    }
    let akrec = |args: &str| {
        let args = format!(
            "{args} --sandbox-data world.json --allow open-application --allow no-provider"
        );
        home.akrec(&args).env("VAULTWARDEN_CLIENT_SECRET", SECRET)
    };
    akrec("apply --auto-approve").run().expect(0);
    let applications = home.read("state/applications.yaml");
    let directory = home.read("state/directory.yaml");

    home.write(
        "state/applications.yaml",
        applications.replace("bindings: [{group: security-users}]", "bindings: []"),
    );
    let ran = akrec("plan").run().expect(6);
    ran.says(&[
        "error[AKR0601]",
        "! vaultwarden becomes open to all users: 5 more users may open it",
    ]);
    akrec("apply --auto-approve").run().expect(6);

    home.write("state/applications.yaml", &applications);
    home.write(
        "state/directory.yaml",
        directory.replace(
            "cloud-users: {members: []}",
            "cloud-users: {members: [jodie]}",
        ),
    );
    let ran = akrec("plan").run().expect(0);
    ran.says(&["+ jodie gains immich, nextcloud through group cloud-users"]);
}

/// The other homelab: the reputation policy at the head of its sign-in flow, which once locked everybody out, is
/// reported.
#[test]
fn a_reputation_policy_at_the_head_of_sign_in_is_reported() {
    let home = Home::new("");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/020-homelab-flows/state");
    fn copy(from: &Path, into: &str, home: &Home) {
        for entry in std::fs::read_dir(from)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            let name = format!("{into}/{}", entry.file_name().unwrap().to_str().unwrap());
            match entry.is_dir() {
                true => copy(&entry, &name, home),
                false => drop(home.write(&name, std::fs::read(&entry).unwrap())),
            }
        }
    }
    copy(&folder, "state", &home);
    let akrec = |args: &str| {
        let sources = ["GOOGLE", "GITHUB", "FACEBOOK"];
        let both = sources
            .iter()
            .flat_map(|name| [format!("{name}_CLIENT_ID"), format!("{name}_CLIENT_SECRET")]);
        both.fold(home.akrec(args), |akrec, name| akrec.env(&name, SECRET))
    };
    let before = akrec("validate").run().expect(0);
    assert!(!before.err.contains("AKR0711"), "{}", before.err);
    let login = home.read("state/login.yaml");
    let head = "  default-authentication-flow:\n";
    assert!(login.contains(head));
    home.write(
        "state/login.yaml",
        login.replace(
            head,
            &format!("{head}    bindings: [{{policy: brute-force-protection}}]\n"),
        ),
    );
    for verb in ["validate", "plan --sandbox=2026.2 --allow AKR0602"] {
        akrec(verb).run().expect(0).says(&[
            "warning[AKR0711]",
            "state/login.yaml:5:16",
            "policy \"brute-force-protection\"",
        ]);
    }
    akrec("validate --deny user-not-known").run().expect(3);
}

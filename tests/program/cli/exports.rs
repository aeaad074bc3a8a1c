//! `export` as people use it: into a folder, onto standard output, piece by piece, and never over what is there.

use akrec::sandbox::Fault;
use serde_json::json as raw;

use super::support::*;

/// Nothing is written but which objects akrec looks after from now on.
const EMPTY: &str = "to adopt, 0 to add, 0 to change, 0 to delete.";

/// A server with what [`STATE`] says.
async fn made() -> (akrec::sandbox::Sandbox, Home) {
    let server = server().await;
    // A key that says what stands there: no table can know it of free data.
    let home = Home::new(&STATE.replace("key: !env", "password: !env"));
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    (server, home)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_that_says_again_what_the_files_say_is_reported() {
    let (server, home) = made().await;
    let export = |args: &str| {
        home.against(
            &server.url(),
            &format!("export --target group.staff {args}"),
        )
        .run()
        .expect(0)
    };
    let reported = export("-o state/again").err;
    insta::assert_snapshot!(reported, @"
    warning[AKR0408]: the exported files conflict with the files beside them
      = note: `staff` is declared twice in `groups`
      = help: `akrec validate` shows where; export with --unmanaged to get only what is not declared yet

    1 warning
    ");
    assert_eq!(
        export("-o elsewhere").err,
        "",
        "that folder is no part of the state"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_plans_to_nothing() {
    let (server, home) = made().await;
    let ran = home
        .against(&server.url(), "export -o out/exported")
        .run()
        .expect(0);
    let summary = ran.out.replace(&server.url(), "URL");
    insta::assert_snapshot!(summary, @"
    Exported 6 objects from URL into out/exported (5 files):
      2 users
      1 group
      1 token
      1 application
      1 providers.oauth2

    Variables to set before a plan, as they are on the server now:
      GROUP_STAFF_ATTRIBUTES_PASSWORD
      PROVIDER_WIKI_CLIENT_SECRET

    Left out:
      137 created by authentik itself or by its sources; --all exports them too
      3 created by authentik along with outposts, sources and users
    ");
    assert!(ran.err.is_empty(), "{}", ran.err);
    insta::assert_snapshot!(home.read("out/exported/applications/wiki.yaml").replace(&server.url(), "URL").lines().filter(|line| !line.contains("client_id")).collect::<Vec<_>>().join("\n"), @"
    # yaml-language-server: $schema=../akrec.schema.json
    # Exported by akrec from URL (authentik 2026.2.2).

    applications:
      wiki:
        name: Wiki
        provider: wiki
        bindings:
          - group: staff

    providers:
      wiki:
        type: oauth2
        authorization_flow: default-provider-authorization-implicit-consent
        invalidation_flow: default-provider-invalidation-flow
        property_mappings: [email, openid, profile]
        client_secret: !env PROVIDER_WIKI_CLIENT_SECRET
        redirect_uris: [https://wiki.example.org/callback]
    ");
    let list = home.read("out/exported/secrets.env.example");
    assert!(list.contains("\nPROVIDER_WIKI_CLIENT_SECRET=\n"), "{list}");
    assert!(
        home.read("out/exported/akrec.schema.json")
            .contains("\"$schema\"")
    );

    let missing = home
        .against(&server.url(), "plan -C out/exported")
        .run()
        .expect(3);
    missing.says(&["PROVIDER_WIKI_CLIENT_SECRET is not set"]);
    let plan = home
        .against(&server.url(), "plan -C out/exported")
        .env("PROVIDER_WIKI_CLIENT_SECRET", SECRET);
    let plan = plan.env("GROUP_STAFF_ATTRIBUTES_PASSWORD", SECRET);
    plan.run().expect(0).says(&[EMPTY]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_written_over() {
    let (server, home) = made().await;
    home.write("out/groups.yaml", "mine\n");
    let ran = home.against(&server.url(), "export -o out").run().expect(3);
    ran.says(&[
        "error[AKR0307]",
        "groups.yaml",
        "--overwrite",
        "nothing was written",
    ]);
    assert!(!home.0.join("out/users.yaml").exists());
    assert_eq!(home.read("out/groups.yaml"), "mine\n");
    home.against(&server.url(), "export -o out --overwrite")
        .run()
        .expect(0);
    assert!(home.read("out/groups.yaml").contains("staff:"));
    // The state directory is where it goes by itself, and there is something.
    home.against(&server.url(), "export")
        .run()
        .expect(0)
        .says(&["into state"]);
    home.against(&server.url(), "export")
        .run()
        .expect(3)
        .says(&["error[AKR0307]"]);
    home.write("file", "");
    home.against(&server.url(), "export -o file/inside")
        .run()
        .expect(3)
        .says(&["error[AKR0308]"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_goes_to_standard_output_alone() {
    let (server, home) = made().await;
    for args in [
        "export --stdout --kind groups",
        "export -o - --kind groups --target group.st*",
    ] {
        let ran = home.against(&server.url(), args).run().expect(0);
        let text: String = ran
            .out
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|l| l.to_owned() + "\n")
            .collect();
        assert_eq!(
            text,
            "\ngroups:\n  staff:\n    members: [bob]\n    attributes:\n      password: !env GROUP_STAFF_ATTRIBUTES_PASSWORD\n      team: red\n"
        );
        assert!(ran.err.contains("Exported 1 object"), "{}", ran.err);
    }
    let quiet = home
        .against(&server.url(), "export --stdout --quiet")
        .run()
        .expect(0);
    assert!(quiet.err.is_empty(), "{}", quiet.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_taken_over_piece_by_piece() {
    let (server, home) = made().await;
    let run = |args: &str| {
        home.against(&server.url(), args)
            .env("PROVIDER_WIKI_CLIENT_SECRET", SECRET)
            .env("GROUP_STAFF_ATTRIBUTES_PASSWORD", SECRET)
            .run()
    };
    home.write(
        "state/main.yaml",
        "users:\n  bob: {name: !env UNSET, email: bob@example.org}\n",
    );
    run("export --unmanaged --kind groups")
        .expect(0)
        .says(&["into state/unmanaged", "1 group"]);
    assert!(
        home.read("state/unmanaged/groups.yaml")
            .contains("members: [bob]")
    );
    let ran = run("export --unmanaged").expect(0);
    assert!(!ran.out.contains(" groups\n"), "{}", ran.out);
    assert!(ran.err.is_empty(), "{}", ran.err);
    assert!(
        home.0
            .join("state/unmanaged/applications/wiki.yaml")
            .exists()
    );
    home.write(
        "state/main.yaml",
        "users:\n  bob: {name: Bob, email: bob@example.org}\n",
    );
    run("plan").expect(0).says(&[EMPTY]);
    run("export --unmanaged")
        .expect(0)
        .says(&["Nothing to export"]);
    // What comes later gets files of its own.
    server.poke("POST", "/core/groups/", raw!({ "name": "late" }));
    run("export --unmanaged").expect(0);
    assert!(
        home.read("state/unmanaged/groups-2.yaml")
            .contains("late: {}")
    );
    run("plan").expect(0).says(&[EMPTY]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_reported() {
    let (server, home) = made().await;
    server.set_fault(|_, entry| {
        entry
            .path
            .starts_with("/sources/oauth")
            .then(|| Fault::Status(403, raw!({ "detail": "no permission" })))
    });
    let ran = home.against(&server.url(), "export -o out").run().expect(0);
    ran.says(&[
        "warning[AKR0407]",
        "sources.oauth cannot be read",
        "GET /sources/oauth/",
    ]);
    server.set_fault(|_, entry| {
        let asked =
            entry.path.starts_with("/admin/version") || entry.path.starts_with("/core/users/me");
        (!asked).then(|| Fault::Status(403, raw!({ "detail": "no permission" })))
    });
    home.against(&server.url(), "export -o nothing")
        .run()
        .expect(4)
        .says(&["error[AKR0403]"]);
    assert!(!home.0.join("nothing").exists());
}

#[test]
fn mistakes_on_the_command_line_are_reported() {
    let home = Home::new("");
    for (args, says) in [
        ("export --sandbox --kind grups", "did you mean \"groups\""),
        (
            "export --sandbox --kind policy_binding",
            "cannot be exported on its own",
        ),
        ("export --sandbox --target staff", "a family and a name"),
        ("export --sandbox --target group.nobody", "no such object"),
        ("export --sandbox --stdout -o x", "cannot be used with"),
        ("export --sandbox --unmanaged", "cannot be read"),
    ] {
        home.akrec(args).run().expect(3).says(&[says]);
    }
    assert!(!home.0.join("state").exists());
    home.akrec("export --all --sandbox=2025.10 -o fresh")
        .run()
        .expect(0);
    home.akrec("plan --sandbox=2025.10 -C fresh")
        .run()
        .expect(0)
        .says(&[EMPTY]);
}

/// A file of addresses means the same as naming each of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_may_stand_in_a_file() {
    let (server, home) = made().await;
    let url = server.url();
    home.write(
        "these.txt",
        "# people and their application\ngroup.staff\n\n  application.wi*  \n",
    );
    let export = |targets: &str| {
        home.against(&url, &format!("export --stdout {targets}"))
            .run()
            .expect(0)
            .out
    };
    let named = export("--target group.staff --target application.wi*");
    assert!(named.contains("staff") && named.contains("wiki"), "{named}");
    assert_eq!(export("--target @these.txt"), named);
    assert_eq!(export("--target group.staff --target @these.txt"), named);
    for (text, says) in [
        (None, "no-such.txt"),
        (Some("# nothing\n"), "it names nothing"),
        (Some("staff\n"), "an address consists of a family"),
    ] {
        if let Some(text) = text {
            home.write("bad.txt", text);
        }
        let file = if text.is_some() {
            "bad.txt"
        } else {
            "no-such.txt"
        };
        let ran = home
            .against(&url, &format!("export --stdout --target @{file}"))
            .run()
            .expect(3);
        assert_eq!(ran.out, "");
        ran.says(&["error[AKR0301]", file, says]);
    }
    server.poke(
        "POST",
        "/core/users/",
        raw!({"username": "müller", "name": "M"}),
    );
    server.poke(
        "POST",
        "/core/users/",
        raw!({"username": "mueller", "name": "M"}),
    );
    let umlaut = export("--target user.m?ller");
    assert!(
        umlaut.contains("müller") && !umlaut.contains("mueller"),
        "{umlaut}"
    );
    home.write("umlaut.txt", "user.m?ller\n");
    assert_eq!(export("--target @umlaut.txt"), umlaut);
}

/// The value of a flag is not chosen silently among two.
#[test]
fn a_second_directory_is_refused() {
    let home = Home::new(STATE);
    for line in [
        "validate -C state -C other",
        "validate --state=state -C state",
        "plan --sandbox -C state -Cother",
    ] {
        home.akrec(line)
            .run()
            .expect(3)
            .says(&["--state (-C) more than once", "keep the one that you mean"]);
    }
    // Of flags that say how a run works the last one counts.
    home.akrec("--color never validate --color never")
        .run()
        .expect(0);
}

//! `akrec upgrade`: what another release changes for one state and one server, and what it refuses.

use akrec::sandbox::Options;
use akrec::schema::RELEASES;
use serde_json::{Value, json};

use super::support::*;

/// A state in which every neighbouring pair of releases has something to say.
const MANY: &str = "\
groups:
  staff: {members: [bob]}
  admins: {members: [bob]}
users: {bob: {name: Bob}, eve: {name: Eve}}
providers:
  sso:
    type: saml
    acs_url: https://sp.example.org/acs
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
    issuer: https://issuer.example.org
  push: {type: scim, url: https://scim.example.org, token: !env KEY, filter_group: staff}
sources:
  partner:
    type: saml
    name: Partner
    sso_url: https://idp.example.org/sso
    pre_authentication_flow: default-source-pre-authentication
    issuer: https://me.example.org
  azure: {type: oauth, name: Azure, provider_type: azuread, consumer_key: x, consumer_secret: !env KEY}
applications:
  wiki:
    name: Wiki
    policy_engine_mode: all
    bindings: [{group: staff}, {group: admins}]
";

/// What the findings of a document are: class, field and whether they need a decision; what is only new is left out.
fn findings(document: &Value) -> Vec<String> {
    let all = document["findings"].as_array().unwrap().iter();
    let concerns = all.filter(|finding| !finding["class"].as_str().unwrap().ends_with("_new"));
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    concerns
        .map(|finding| {
            let sign = if finding["decision"] == true {
                "!"
            } else {
                "~"
            };
            format!(
                "{sign} {} {}",
                text(&finding["class"]),
                text(&finding["field"])
            )
        })
        .collect()
}

#[test]
fn each_release_follows_from_its_predecessor() {
    let home = Home::new(MANY);
    let write_only = "~ write_only token";
    for (from, to, code, expected) in [
        ("2025.10", "2025.12", 0, vec![]),
        (
            "2025.12",
            "2026.2",
            0,
            vec!["~ field_renamed filter_group", write_only],
        ),
        (
            "2026.2.7",
            "2026.5",
            0,
            vec!["~ field_renamed issuer", "~ permission -"],
        ),
        (
            "2026.5.8",
            "2026.8",
            2,
            vec!["! word_gone provider_type", "~ field_renamed issuer"],
        ),
        (
            "2026.5.8",
            "2026.8.1",
            2,
            vec!["! word_gone provider_type", "~ field_renamed issuer"],
        ),
        ("2026.8.1", "2026.8.2", 3, vec![]),
    ] {
        let ran = home
            .akrec(&format!("upgrade --from {from} --to {to} --format json"))
            .run()
            .expect(code);
        // A word that the present release does not have is an error of the files, as for any other verb.
        if code == 3 {
            ran.says(&["azuread", "2026.8"]);
            continue;
        }
        assert_eq!(
            findings(&ran.document()),
            expected,
            "{from} to {to}: {}",
            ran.out
        );
    }
    // Who may open what depends on who is in the groups, which the files say.
    let ran = home
        .akrec("upgrade --from 2025.12 --to 2026.2")
        .run()
        .expect(0);
    ran.says(&[
        "Upgrade of authentik 2025.12 to 2026.2, by the files alone",
        "state/main.yaml:12:70",
        "notes",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_read_as_far_as_the_upgrade_concerns_it() {
    let mut options = Options::new("2025.12");
    options.admin_token = TOKEN.to_owned();
    let server = akrec::sandbox::start(options).await.unwrap();
    let home = Home::new(MANY);
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    // Only one of the two groups now: the present rule lets him in all the same.
    home.write(
        "state/main.yaml",
        MANY.replace("admins: {members: [bob]}", "admins: {members: []}"),
    );
    home.against(&server.url(), "apply --auto-approve --allow AKR0606")
        .run();
    // By hand, of a kind that the files declare: the target does not know its word either.
    let body = json!({
        "slug": "hand", "name": "Hand", "provider_type": "azuread", "consumer_key": "k", "consumer_secret": SECRET,
    });
    assert_eq!(server.poke("POST", "/sources/oauth/", body).0, 201);
    home.write(
        "state/main.yaml",
        home.read("state/main.yaml")
            .replace("provider_type: azuread", "provider_type: github"),
    );
    home.against(&server.url(), "apply --auto-approve").run();

    server.clear_journal();
    let ran = home
        .against(&server.url(), "upgrade --to 2026.2")
        .run()
        .expect(2);
    ran.says(&[
        "! access: bob loses wiki (was: through group staff)",
        "application \"wiki\"  state/main.yaml:",
        "2026.2",
    ]);
    assert!(
        server.journal().iter().all(|entry| entry.method == "GET"),
        "something was written"
    );
    let few = server.journal().len();
    assert!(few < 40, "{few} requests");

    let ran = home
        .against(&server.url(), "upgrade --to 2026.8 --format json")
        .run()
        .expect(2);
    let document = ran.document();
    assert_eq!(
        document["from"],
        json!({"of": "server", "place": server.url(), "version": "2025.12.4"})
    );
    let gone = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["class"] == "word_gone")
        .unwrap()
        .clone();
    assert_eq!(
        (&gone["decision"], &gone["words"]),
        (&json!(false), &json!(["azuread"])),
        "{gone:#}"
    );
    assert_eq!(
        gone["objects"],
        json!([{"address": "source.hand", "declared": false, "source": null}])
    );
}

/// A flag that the present server does not know and the target obeys.
#[test]
fn a_flag_that_closes_applications_needs_a_decision() {
    let state = "applications: {open: {name: Open}, bound: {name: Bound, bindings: [{user: akadmin}]}}\n\
                 settings: {flags: {core_default_app_access: false}}\n";
    let home = Home::new(state);
    let world = "--sandbox=2026.2 --sandbox-data world.json";
    home.akrec(&format!("apply --auto-approve {world}"))
        .run()
        .expect(0);
    for from in [
        world.to_owned(),
        "--from world.json".to_owned(),
        "--from 2026.2".to_owned(),
    ] {
        let ran = home
            .akrec(&format!("upgrade --to 2026.5 {from}"))
            .run()
            .expect(2);
        let ran = ran.says(&[
            "core_default_app_access, which is false: 1 application",
            "application \"open\"  state/main.yaml:1:",
        ]);
        assert!(!ran.out.contains("application \"bound\""), "{}", ran.out);
        // Further on nothing changes about it.
        home.akrec(&format!("upgrade --to 2026.2 {from}"))
            .run()
            .expect(0);
    }
    // The advice, followed to the letter.
    home.write(
        "state/main.yaml",
        state.replace("access: false", "access: true"),
    );
    home.akrec(&format!("apply --auto-approve {world}"))
        .run()
        .expect(0);
    home.akrec("upgrade --to 2026.5 --from world.json")
        .run()
        .expect(0)
        .says(&["Nothing needs a decision"]);
}

/// A default of which the files do not say that they want it: it counts where an object is yet to be made.
#[test]
fn another_default_needs_a_decision_where_it_takes_effect() {
    let state = "\
providers:
  sso:
    type: saml
    acs_url: https://sp.example.org/acs
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
";
    let home = Home::new(state);
    let world = "--sandbox=2026.2 --sandbox-data world.json";
    let upgrade = format!("upgrade --to 2026.5 {world}");
    let advice = "`issuer: authentik` keeps it as it is";
    home.akrec("upgrade --to 2026.5 --from 2026.2")
        .run()
        .expect(2)
        .says(&["default changes: issuer_override", advice]);
    home.akrec(&upgrade)
        .run()
        .expect(2)
        .says(&["default changes: issuer_override", advice]);
    home.akrec(&format!("apply --auto-approve {world}"))
        .run()
        .expect(0);
    home.akrec(&upgrade).run().expect(0).says(&[
        "default changes: issuer_override",
        "these objects keep their value",
    ]);
    home.write("state/main.yaml", format!("{state}    issuer: authentik\n"));
    let ran = home
        .akrec("upgrade --to 2026.5 --from 2026.2")
        .run()
        .expect(0);
    assert!(!ran.out.contains("default changes"), "{}", ran.out);
}

/// What an export wrote stands in for the server, without the secrets that it names.
#[test]
fn an_export_stands_in_for_the_server() {
    let home = Home::new(&MANY.replace("admins: {members: [bob]}", "admins: {}"));
    let world = "--sandbox=2025.12 --sandbox-data world.json";
    home.akrec(&format!("apply --auto-approve {world}"))
        .run()
        .expect(0);
    home.akrec(&format!("export -o exported {world}"))
        .run()
        .expect(0);
    std::fs::remove_file(home.0.join("world.json")).unwrap();
    let (ran, document) = home.akrec("upgrade --to 2026.2 --from exported").json();
    ran.expect(2).says(&["bob loses wiki"]);
    assert_eq!(
        document["from"],
        json!({"of": "export", "place": "exported", "version": "2025.12.4"})
    );
    let ran = home
        .akrec("upgrade --to 2026.2 --from exported")
        .run()
        .expect(2);
    ran.says(&["Upgrade of authentik 2025.12.4, as exported to exported, to 2026.2"]);
    home.akrec("upgrade --to 2025.12.6 --from exported")
        .run()
        .expect(0);
}

#[test]
fn a_word_from_a_variable_is_not_shown() {
    let home = Home::new(
        "sources: {azure: {type: oauth, name: A, provider_type: !env KIND, consumer_key: x, consumer_secret: !env KEY}}\n",
    );
    let ran = home
        .akrec("upgrade --from 2026.5 --to 2026.8")
        .env("KIND", "azuread")
        .run()
        .expect(2);
    assert!(
        !ran.out.contains("azuread") && !ran.err.contains("azuread"),
        "{}",
        ran.out
    );
}

/// A token of a superuser may do all; of another one, or of none, what it needs in addition is said.
#[test]
fn a_permission_that_comes_is_named() {
    let home = Home::new("applications: {wiki: {name: Wiki}}\n");
    let needs =
        "token permission: akrec's token needs the permission authentik_rbac.view_system_settings";
    home.akrec("upgrade --from 2026.2 --to 2026.5")
        .run()
        .expect(0)
        .says(&[needs]);
    let ran = home
        .akrec("upgrade --to 2026.5 --sandbox=2026.2")
        .run()
        .expect(0);
    assert!(!ran.out.contains("token permission"), "{}", ran.out);
}

#[test]
fn collections_under_raw_are_not_judged_and_named() {
    let home = Home::new(
        "groups: {staff: {}}\nraw: {/endpoints/new_things/: {objects: {one: {size: 1}}}}\n",
    );
    let ran = home
        .akrec("upgrade --from 2026.2 --to 2026.5 --format json")
        .run()
        .expect(0);
    assert_eq!(
        ran.document()["not_judged"],
        json!({"raw": ["/endpoints/new_things/"]})
    );
    let ran = home
        .akrec("upgrade --from 2026.2 --to 2026.5")
        .run()
        .expect(0);
    ran.says(&["Not judged, since akrec does not know them: /endpoints/new_things/"]);
}

#[test]
fn a_target_that_is_behind_or_here_is_said_clearly() {
    let home = Home::new(ONE);
    let newest = RELEASES[RELEASES.len() - 1];
    for (to, sandbox) in [
        ("2025.12", "2026.2"),
        ("2026.2.1", "2026.2"),
        ("2026.8.1", "2026.8.5"),
    ] {
        let ran = home
            .akrec(&format!("upgrade --to {to} --sandbox={sandbox}"))
            .run()
            .expect(3);
        ran.says(&[
            "error[AKR0301]: authentik cannot be downgraded from",
            &format!("to {to}"),
            "forwards only",
        ]);
    }
    for (to, from) in [
        ("2026.2.2", "--sandbox=2026.2"),
        ("2026.2", "--from 2026.2"),
        ("2026.8.5", "--from 2026.8.5"),
    ] {
        let ran = home
            .akrec(&format!("upgrade --to {to} {from}"))
            .run()
            .expect(0);
        ran.says(&[": nothing to do."]);
        let (_, document) = home.akrec(&format!("upgrade --to {to} {from}")).json();
        assert_eq!(
            (&document["findings"], &document["decisions"]),
            (&json!([]), &json!(0))
        );
    }
    // A release of which only the line is named is its newest patch release as a target.
    home.akrec(&format!("upgrade --to {newest} --sandbox={newest}"))
        .run()
        .expect(0)
        .says(&["Nothing changes"]);
}

#[test]
fn bad_inputs_are_refused_with_a_way_out() {
    let home = Home::new(ONE);
    std::fs::create_dir_all(home.0.join("empty")).unwrap();
    home.write("not-a-world.json", "[1, 2");
    home.write("other/main.yaml", "groups: {staff: {}}\n");
    home.write(
        "broken/main.yaml",
        "# Exported by akrec from x (authentik 2026.2.2).\ngroups: [\n",
    );
    for (args, says) in [
        (
            "--to 2026.9 --from 2026.2",
            "2025.10, 2025.12, 2026.2, 2026.5, 2026.8 and their patch releases; did you mean 2026.8?",
        ),
        ("--to 2026.11 --from 2026.2", "did you mean 2026.8?"),
        (
            "--to latest --from 2026.2",
            "akrec supports the releases 2025.10",
        ),
        ("--to 2026.8 --from 2024.6", "did you mean 2025.10?"),
        (
            "--to 2026.8 --from https://a.example.org",
            "name a server with --url or --env",
        ),
        ("--to 2026.8 --from prod", "--from: prod does not exist"),
        ("--to 2026.8 --from empty", "declares nothing"),
        (
            "--to 2026.8 --from other",
            "other does not name its release",
        ),
        ("--to 2026.8 --from broken", "broken/main.yaml"),
        (
            "--to 2026.8 --from not-a-world.json",
            "not-a-world.json is not a sandbox's world",
        ),
        ("--to 2026.8 --from 2026.2 -C empty", "declares nothing"),
        (
            "--to 2026.8 --from 2026.2 -C nowhere",
            "the directory `nowhere` cannot be read",
        ),
        ("--to 2026.8", "no server is named"),
        (
            "--to 2026.8 --from 2026.2 --sandbox=2026.2",
            "cannot be used with",
        ),
        ("--from 2026.2", "--to <RELEASE>"),
    ] {
        home.akrec(&format!("upgrade {args}"))
            .run()
            .expect(3)
            .says(&[says]);
    }
    // Files that already fail on the server as it is are to be mended first.
    let home = Home::new("groups: {staff: {nonsense: 1}}\n");
    home.akrec("upgrade --from 2026.2 --to 2026.8")
        .run()
        .expect(3)
        .says(&["have no field \"nonsense\""]);
}

#[cfg(unix)]
#[test]
fn an_unreadable_directory_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new(ONE);
    let locked = home.0.join("locked");
    std::fs::create_dir_all(&locked).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    let ran = home
        .akrec("upgrade --to 2026.8 --from locked")
        .run()
        .expect(3);
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o755)).unwrap();
    // Root can read it all the same, and finds nothing.
    ran.says(&["locked"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_be_read_is_an_error_as_for_any_verb() {
    let home = Home::new(MANY);
    home.against("http://127.0.0.1:9", "upgrade --to 2026.8")
        .run()
        .expect(5);
    let server = server().await;
    home.akrec("upgrade --to 2026.8")
        .env("AKREC_URL", server.url())
        .env("AKREC_TOKEN", "another")
        .run()
        .expect(4);
}

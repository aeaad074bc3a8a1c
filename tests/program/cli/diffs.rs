//! `diff`: two servers by the names of their objects; nothing that an id or a random value makes; no secret.

use super::support::*;

/// [`STATE`] with a second group, and an application whose bindings come in another order than the groups.
fn from() -> String {
    let state = STATE
        .replace(
            "{key: !env KEY, team: red}",
            "{team: red, api_key: !env KEY}\n  old: {}",
        )
        .replace("[{group: staff}]", "[{group: staff}, {group: old}]");
    state + "  gone:\n    name: Gone\n    bindings: [{group: old}, {group: staff}]\n"
}

/// Two worlds: what [`from`] says, and the same with differences in every form.
fn worlds() -> Home {
    let home = Home::new(&from());
    // One request after another: what the sandbox draws for an object depends on what was made before it.
    let apply =
        "apply --sandbox=2026.2 --auto-approve --no-rollback --parallelism 1 --sandbox-data";
    home.akrec(&format!("{apply} a.json")).run().expect(0);
    home.akrec(&format!("{apply} same.json")).run().expect(0);
    let state = from();
    let (start, _) = state.split_once("  gone:").unwrap();
    let other = start
        .replace("team: red", "team: blue, new: true")
        .replace("  old: {}", "  other: {}")
        .replace("members: [bob]", "members: []")
        .replace("{group: old}", "{group: other, order: 5}")
        .replace("name: Wiki", "name: Wikipedia")
        .replace(
            "https://wiki.example.org/callback",
            "https://wiki.example.com/callback",
        );
    home.write("state/main.yaml", other);
    home.akrec(&format!("{apply} b.json"))
        .env("KEY", "another-must-not-be-seen")
        .run()
        .expect(0);
    home
}

#[test]
fn two_worlds_differ_by_name_and_field() {
    let home = worlds();
    let diff = |more: &str| {
        home.akrec(&format!("diff --from a.json --to b.json {more}"))
            .run()
            .expect(2)
    };
    let ran = diff("");
    insta::assert_snapshot!(ran.out, @r#"
    akrec diff · from a.json (authentik 2026.2.2) · to b.json (authentik 2026.2.2)

    Differences:  + only in --to   - only in --from   ~ differs

      - only in --from: group "old"
      + only in --to: group "other"
      ~ differs: group "staff"
          ~ members: 1 -> 0
              - bob
          ~ attributes:
              ~ api_key: "(sensitive value)" -> "(sensitive value, different)"
              + new: true
              ~ team: "red" -> "blue"

      - only in --from: application "gone", with 2 parts
      ~ differs: application "wiki"
          ~ name: "Wiki" -> "Wikipedia"

      ~ differs: provider "wiki" (oauth2)
          ~ redirect_uris: 1 -> 1
              - {url: "https://wiki.example.org/callback", matching_mode: "strict"}
              + {url: "https://wiki.example.com/callback", matching_mode: "strict"}

      - only in --from: policy_binding application "wiki" -> group "old"
      + only in --to: policy_binding application "wiki" -> group "other"

    No difference, because a server generates these unless somebody sets them:
      provider.wiki#client_id
      provider.wiki#client_secret

    Compared 15 objects: 5 only in --from, 2 only in --to, 3 different, 5 equal.
    "#);
    assert!(
        !ran.out.contains("another-must") && ran.err.is_empty(),
        "{}{}",
        ran.out,
        ran.err
    );
    assert_eq!(diff("").out, ran.out, "the same twice");
    insta::assert_snapshot!(diff("--concise").out, @r#"
    akrec diff · from a.json (authentik 2026.2.2) · to b.json (authentik 2026.2.2)

    Differences:  + only in --to   - only in --from   ~ differs

      - only in --from: group "old"
      + only in --to: group "other"
      ~ differs: group "staff"
      - only in --from: application "gone", with 2 parts
      ~ differs: application "wiki"
      ~ differs: provider "wiki" (oauth2)
      - only in --from: policy_binding application "wiki" -> group "old"
      + only in --to: policy_binding application "wiki" -> group "other"

    No difference, because a server generates these unless somebody sets them: 2.

    Compared 15 objects: 5 only in --from, 2 only in --to, 3 different, 5 equal.
    "#);
    let document: serde_json::Value = serde_json::from_str(&diff("--format json").out).unwrap();
    assert!(!document.to_string().contains("must-not"), "{document}");
    assert_eq!(
        (&document["exit_code"], &document["complete"]),
        (&2.into(), &true.into())
    );
    insta::assert_snapshot!(format!("{:#}", document["summary"]), @r#"
    {
      "different": 3,
      "equal": 5,
      "only_in_from": 5,
      "only_in_to": 2
    }
    "#);
    let of = |address: &str| {
        let all = document["differences"].as_array().unwrap();
        all.iter()
            .find(|it| it["address"] == address)
            .cloned()
            .unwrap_or_default()
    };
    assert_eq!(of("group.old")["how"], "only_in_from");
    assert_eq!(of("group.other")["how"], "only_in_to");
    let secret = serde_json::json!({"field": "client_secret", "sensitive": true});
    let provider = of("provider.wiki");
    assert!(
        document["own"].to_string().contains("client_id"),
        "{document:#}"
    );
    assert!(
        provider["fields"]
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["field"] != "client_id"),
        "{provider:#}"
    );
    assert!(
        document["own"].to_string().contains("client_secret")
            || provider.to_string().contains(&secret.to_string())
    );
    // The other way round says the opposite.
    let back = home
        .akrec("diff --from b.json --to a.json --format json")
        .run()
        .expect(2);
    let back: serde_json::Value = serde_json::from_str(&back.out).unwrap();
    assert_eq!(
        back["summary"]["only_in_to"],
        document["summary"]["only_in_from"]
    );
    assert_eq!(
        back["summary"]["different"],
        document["summary"]["different"]
    );
}

#[test]
fn equal_worlds_have_no_differences_whatever_their_ids() {
    let home = worlds();
    let ran = home
        .akrec("diff --from a.json --to same.json")
        .run()
        .expect(0);
    ran.says(&["No differences in 13 objects."]);
    // What authentik made itself is the same too, and is compared if asked for.
    home.akrec("diff --from a.json --to same.json --all")
        .run()
        .expect(0)
        .says(&["No differences in "]);
    home.akrec("diff --from sandbox:2026.2 --to sandbox:2026.2 --all")
        .run()
        .expect(0)
        .says(&["No differences in "]);
}

#[test]
fn a_part_is_compared() {
    let home = worlds();
    let diff = |more: &str| {
        home.akrec(&format!("diff --from a.json --to b.json {more}"))
            .run()
    };
    // Without groups, memberships are reported on the users' side.
    diff("--kind users")
        .expect(2)
        .says(&["differs: user \"bob\"", "groups: 1 -> 0"]);
    diff("--kind flows")
        .expect(0)
        .says(&["No differences in 0 objects."]);
    let ran = diff("--target application.wiki").expect(2);
    ran.says(&["Wikipedia", "policy_binding"]).clean();
    let ran = diff("--kind groups --target group.staff")
        .expect(2)
        .says(&["differs: group \"staff\""]);
    assert!(!ran.out.contains("group \"other\""), "{}", ran.out);
    diff("--kind grops")
        .expect(3)
        .says(&["did you mean \"groups\"?"]);
    diff("--target group.nobody").expect(3).says(&["AKR0501"]);
    let (code, out) = (
        diff("--kind grops --format json").code,
        diff("--kind grops --format json").out,
    );
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &document["exit_code"], &document["complete"]),
        (Some(3), &3.into(), &false.into())
    );
    home.akrec("diff --from a.json --to nowhere.json")
        .run()
        .expect(3)
        .says(&["no snapshot nowhere.json"]);
    home.akrec("diff --from a.json")
        .run()
        .expect(3)
        .says(&["--to"]);
}

#[test]
fn releases_are_compared_by_what_both_know() {
    let home = Home::new("groups: {a: {}, b: {parents: [a]}}\n");
    for (release, file) in [("2025.10", "old.json"), ("2026.2", "new.json")] {
        let apply =
            format!("apply --sandbox={release} --auto-approve --no-rollback --sandbox-data {file}");
        home.akrec(&apply).run().expect(0);
    }
    // A parent here is the same as parents there.
    for (from, to) in [("old.json", "new.json"), ("new.json", "old.json")] {
        home.akrec(&format!("diff --from {from} --to {to} --kind groups"))
            .run()
            .expect(0)
            .says(&["No differences"]);
    }
}

/// Fields that only one release has are not differences; they are named once, not object by object.
#[test]
fn what_only_one_release_has_is_said_once() {
    let mut providers = String::from("providers:\n");
    for number in 0..8 {
        providers.push_str(&format!(
            "  p{number}:\n    type: oauth2\n    authorization_flow: default-provider-authorization-implicit-consent\n    \
             invalidation_flow: default-provider-invalidation-flow\n    client_id: p{number}\n    redirect_uris: \
             [https://p{number}.example.org/cb]\n"
        ));
    }
    let home = Home::new(&providers);
    for (release, file) in [("2026.2", "old.json"), ("2026.8", "new.json")] {
        let apply =
            format!("apply --sandbox={release} --auto-approve --no-rollback --sandbox-data {file}");
        home.akrec(&apply).run().expect(0);
    }
    for (from, to) in [("old.json", "new.json"), ("new.json", "old.json")] {
        let ran = home
            .akrec(&format!("diff --from {from} --to {to} --kind providers"))
            .run()
            .expect(0);
        let (_, remarks) = ran.out.split_once("Not compared").unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(remarks, @"
            , because only one of the two releases has them:
              provider_oauth2: grant_types, redirect_uris.redirect_uri_type

            No differences in 8 objects.
            ");
        }
        let ran = home
            .akrec(&format!(
                "diff --from {from} --to {to} --kind providers --format json"
            ))
            .run()
            .expect(0);
        let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let only = &document["not_compared"]["one_release"];
        let field = serde_json::json!({ "kind": "provider_oauth2", "field": "redirect_uris.redirect_uri_type" });
        assert!(only.as_array().unwrap().contains(&field), "{only:#}");
    }
    // A kind that only one of them has is none that only one server has.
    let home =
        Home::new("object_attributes: {authentik_core.user.badge: {label: Badge, type: text}}\n");
    let apply = "apply --auto-approve --no-rollback --sandbox=2026.8 --sandbox-data new.json";
    home.akrec(apply).run().expect(0);
    let ran = home
        .akrec("diff --from sandbox:2026.2 --to new.json")
        .run()
        .expect(0);
    ran.says(&["Not compared (the other release does not have this kind):"]);
}

/// A field that a newer patch release does not return is not compared with the value that an older one shows.
#[test]
fn a_secret_that_one_server_withholds_is_not_compared() {
    let home =
        Home::new("providers: {p: {type: scim, url: https://a.example.org, token: !env KEY}}\n");
    for (version, file) in [("2026.2", "old.json"), ("2026.2.7", "new.json")] {
        let apply =
            format!("apply --sandbox={version} --auto-approve --no-rollback --sandbox-data {file}");
        home.akrec(&apply).run().expect(0);
    }
    for (from, to) in [("old.json", "new.json"), ("new.json", "old.json")] {
        let ran = home
            .akrec(&format!("diff --from {from} --to {to} --kind providers"))
            .run()
            .expect(0);
        ran.says(&[
            "Not compared, because not both servers return them:",
            "provider.p#token",
        ]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_server_gets_its_own_token() {
    let (one, other) = (server().await, server().await);
    let home = Home::new(ONE);
    home.write("akrec.yaml", format!("server: {}\n", one.url()));
    home.write(
        "environments/prod/akrec.yaml",
        format!("server: {}\n", other.url()),
    );
    let diff = |more: &str| home.akrec(&format!("diff --from . --to prod {more}"));
    let ran = diff("")
        .env("AKREC_FROM_TOKEN", TOKEN)
        .env("AKREC_TO_TOKEN", TOKEN)
        .run()
        .expect(0);
    ran.says(&["No differences", "prod (http"]);
    // The token of a single server is meant for one, so neither gets it.
    let ran = diff("").env("AKREC_TOKEN", TOKEN).run().expect(3);
    ran.says(&[
        "no API token is given",
        "AKREC_FROM_TOKEN",
        "AKREC_TO_TOKEN",
    ]);
    let ran = diff("")
        .env("AKREC_FROM_TOKEN", TOKEN)
        .env("AKREC_TO_TOKEN", "wrong")
        .run()
        .expect(4);
    ran.says(&["error[AKR", &other.url()]);
    // With one server there is no ambiguity.
    home.akrec("diff --from sandbox:2026.2 --to prod")
        .env("AKREC_TOKEN", TOKEN)
        .run()
        .expect(0);
    home.write("token", TOKEN);
    let url = format!(
        "diff --from {} --from-token-file token --to sandbox:2026.2",
        one.url()
    );
    home.akrec(&url).run().expect(0);
    home.akrec("diff --from nowhere --to sandbox")
        .env("AKREC_TOKEN", TOKEN)
        .run()
        .expect(3)
        .says(&["nowhere"]);
    assert!(
        one.journal()
            .iter()
            .chain(&other.journal())
            .all(|entry| entry.method == "GET"),
        "it only reads"
    );
}

#[test]
fn addresses_may_stand_in_a_file() {
    let home = worlds();
    let diff = |targets: &str| {
        home.akrec(&format!("diff --from a.json --to b.json {targets}"))
            .run()
            .expect(2)
            .out
    };
    home.write("these.txt", "group.o*\n# no more\n");
    assert_eq!(diff("--target @these.txt"), diff("--target group.o*"));
    home.write("nothing.txt", "\n");
    let ran = home
        .akrec("diff --from a.json --to b.json --target @nothing.txt")
        .run()
        .expect(3);
    ran.says(&["@nothing.txt: it names nothing"]);
}

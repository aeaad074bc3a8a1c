//! What a plan looks like as text.

use super::*;
use crate::diag::Sources;
use crate::plan::Opening;
use crate::report::sample::{self, at, binding, small, step, to};
use crate::value::Value;

fn header() -> Header {
    Header {
        revision: Some("3f2c1ab".to_owned()),
        server: "https://auth.example.org".to_owned(),
        release: "2026.2.2".to_owned(),
        user: Some("svc-akrec".to_owned()),
    }
}

fn shown(plan: &Plan) -> String {
    text(
        plan,
        &Header::default(),
        &Sources::default(),
        &Style::default(),
    )
}

#[test]
fn the_sample_reads_as_designed() {
    let (plan, sources) = small();
    insta::assert_snapshot!(text(&plan, &header(), &sources, &Style::default()), @r#"
    akrec plan · 3f2c1ab · https://auth.example.org (authentik 2026.2.2) · token user: svc-akrec

    Actions:  + add   ~ change   - delete

      ~ change group "grafana-editors"                         config/groups.yaml:14
          ~ users: 12 -> 13
              + alice
            # (6 unchanged fields hidden)

      + add policy_binding application "wiki" -> group "staff" (order 0)
                                                            config/apps/wiki.yaml:31

      - delete policy_binding application "wiki" -> group "old-staff"
          # (because it is not in the exact list)

    Becomes open to all users:
      ! application "vaultwarden" becomes open to all users: no enabled binding is left

    Ignored fields: 2.

    Deletes:
      - delete policy_binding application "wiki" -> group "old-staff"

    Plan: 1 to add, 1 to change, 1 to delete.
    "#);
}

#[test]
fn concise_and_summary_are_shorter() {
    let (plan, sources) = small();
    let concise = Style {
        concise: true,
        width: 100,
        ..Style::default()
    };
    insta::assert_snapshot!(text(&plan, &header(), &sources, &concise), @r#"
    akrec plan · 3f2c1ab · https://auth.example.org (authentik 2026.2.2) · token user: svc-akrec

    Actions:  + add   ~ change   - delete

      ~ change group "grafana-editors"                                             config/groups.yaml:14
      + add policy_binding application "wiki" -> group "staff" (order 0)        config/apps/wiki.yaml:31
      - delete policy_binding application "wiki" -> group "old-staff"

    Becomes open to all users:
      ! application "vaultwarden" becomes open to all users: no enabled binding is left

    Ignored fields: 2.

    Deletes:
      - delete policy_binding application "wiki" -> group "old-staff"

    Plan: 1 to add, 1 to change, 1 to delete.
    "#);
    let summary = Style {
        summary: true,
        ..Style::default()
    };
    insta::assert_snapshot!(text(&plan, &Header::default(), &sources, &summary), @r#"
    akrec plan

      group           ~ 1 to change
      policy_binding  + 1 to add   - 1 to delete

    Becomes open to all users:
      ! application "vaultwarden" becomes open to all users: no enabled binding is left

    Ignored fields: 2.

    Plan: 1 to add, 1 to change, 1 to delete.
    "#);
}

#[test]
fn every_form_of_difference_is_shown() {
    insta::assert_snapshot!(shown(&sample::forms()), @r#"
    akrec plan

    Actions:  + add   ~ change   > rename   - delete

      + add provider "wiki" (oauth2)
          + authorization_flow: default-provider-authorization
          + property_mappings: ["authentik default OAuth Mapping: OpenID 'email'"]
          + access_token_validity: hours=1
          + redirect_uris: 1 item
              + {url: "https://wiki.example.org/callback", matching_mode: "strict"}
          + client_id: (known after apply)
          + client_secret: (known after apply)

      ~ change provider "grafana" (oauth2)
          ~ authorization_flow: explicit -> implicit
          - signing_key: "old key" -> null
          + encryption_key: new
          ~ include_claims_in_id_token: true -> false
          ~ client_id: (unknown object 42) -> "graf\"ana"
          ~ redirect_uris: 6 -> 5
                {url: "https://3.example.org", matching_mode: "strict"}
              - {url: "https://4.example.org", matching_mode: "strict"}
                {url: "https://5.example.org", matching_mode: "strict"}
              # (3 unchanged items hidden)

      ~ change policy "office" (expression)
          ~ expression:
              @@ -3,4 +3,5 @@
                a = 1
                b = 2
                c = 3
              - return a
              + d = 4
              + return d

      > rename group "staff"
          # (renamed from "stuff")
          ~ attributes:
              ~ lang: "en" -> "de"
              ~ nested:
                  @@ -2,7 +2,6 @@
                      "b": {
                        "list": [
                          "one",
                  -       "two",
                          "three"
                        ],
                        "text": "some long text that fills the line"
              - old: null
              + theme: {"a":[1,2],"dark":true}
            # (1 unchanged field hidden)

      ~ change user "bob"
          ~ attributes:
              - a: 1 -> null
              + c: "x"
          ~ name:
              - "long long long long long long long long long long long long long long long"
              + "longer longer longer longer longer longer longer longer longer longer"
          ~ groups: 2 -> 2
              + "c c"
              - a

      ~ change policy_binding application "wiki" -> group "staff" (order 10, negated)
          ~ enabled: true -> false

      ~ change stage "login" (identification)
          # (second step: the object that it refers to had to exist first)
          + recovery_flow: recovery

      + add policy "new" (expression)
          + expression:
              + if x:
              +     return 1

      + add certificate "made"
          + generate: {validity_days: 365, alg: "rsa"}

      - delete group "gone"
          # (because it is listed under absent)

      - delete policy_binding application "wiki" -> group "guests"
          # (because the list excludes it)

    Deletes:
      - delete group "gone"
      - delete policy_binding application "wiki" -> group "guests"

    Plan: 3 to add, 4 to change, 1 to rename, 2 to delete.
    "#);
}

#[test]
fn long_values_get_lines_of_their_own() {
    let users = (1..=12).map(|n| to("user", &format!("user{n:02}")));
    let plan = sample::plan(vec![
        step(Action::Create, "group", at("group", "staff"))
            .gets("users", sample::set(users))
            .gets("roles", sample::set([to("role", "a")]))
            .gets("attributes", sample::data(serde_json::json!({"b": "x".repeat(70), "a": {"z": 1, "c": 2}}))),
        step(Action::Update, "user", at("user", "a")).turn(
            "attributes",
            sample::data(
                serde_json::json!({"motd": "one\ntwo\nthree and a little more text than fits the line", "k": 1}),
            ),
            sample::data(
                serde_json::json!({"motd": "one\n2\nthree and a little more text than fits the line", "k": 1}),
            ),
        ),
    ]);
    insta::assert_snapshot!(shown(&plan), @r#"
    akrec plan

    Actions:  + add   ~ change

      + add group "staff"
          + users: 12 items
              + user01
              + user02
              + user03
              + user04
              + user05
              + user06
              + user07
              + user08
              + user09
              + user10
              + user11
              + user12
          + roles: [a]
          + attributes:
              + a: {"c":2,"z":1}
              + b:
                  + "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

      ~ change user "a"
          ~ attributes:
              ~ motd:
                  @@ -1,3 +1,3 @@
                    one
                  - two
                  + 2
                    three and a little more text than fits the line

    Plan: 1 to add, 1 to change, 0 to delete.
    "#);
}

#[test]
fn secrets_are_only_said_to_differ() {
    insta::assert_snapshot!(shown(&sample::secrets()), @r#"
    akrec plan

    Actions:  + add   ~ change

      + add provider "new" (oauth2)
          + client_secret: (sensitive value)
          + client_id: (known after apply)

      ~ change provider "changed" (oauth2)
          ~ client_secret: (sensitive value, changed)

      ~ change provider "cleared" (oauth2)
          - client_secret: (sensitive value) -> null

      ~ change provider "set" (oauth2)
          + client_secret: (sensitive value)

      ~ change provider "bare" (oauth2)
          ~ client_secret: (sensitive value, changed)

      + add certificate "a"
          + key_data: (write-only, sent)

      ~ change certificate "b"
          ~ key_data: (write-only, sent)
          ~ certificate_data: (write-only, sent)

      ~ change brand "c"
          ~ branding_title: (sensitive value, changed)
          + branding_logo: (sensitive value)

      ~ change provider "nested" (oauth2)
          ~ redirect_uris: 2 -> 2
              - (sensitive value)
                (sensitive value)
              + {url: (sensitive value)}

    Plan: 2 to add, 7 to change, 0 to delete.
    "#);
}

#[test]
fn an_empty_plan_says_so() {
    let mut plan = sample::plan(Vec::new());
    insta::assert_snapshot!(text(&plan, &header(), &Sources::default(), &Style::default()), @r#"
    akrec plan · 3f2c1ab · https://auth.example.org (authentik 2026.2.2) · token user: svc-akrec

    No changes. authentik matches the configuration.
    "#);
    plan.ignored = 1;
    insta::assert_snapshot!(shown(&plan), @r#"
    akrec plan

    Ignored fields: 1.

    No changes. authentik matches the configuration.
    "#);
}

#[test]
fn unknown_parts_of_the_header_are_left_out() {
    let with = |revision: Option<&str>, server: &str, release: &str, user: Option<&str>| {
        title(&Header {
            revision: revision.map(str::to_owned),
            server: server.to_owned(),
            release: release.to_owned(),
            user: user.map(str::to_owned),
        })
    };
    assert_eq!(with(None, "", "", None), "akrec plan");
    assert_eq!(
        with(None, "https://a", "", Some("u")),
        "akrec plan · https://a · token user: u"
    );
    assert_eq!(
        with(Some(""), "", "2026.2", Some("")),
        "akrec plan · authentik 2026.2"
    );
}

#[test]
fn places_stand_at_the_right_edge_counted_in_columns() {
    let (sources, groups, _) = sample::sources();
    let names = [
        "ü",
        "日本語のグループ",
        &"x".repeat(31),
        &"x".repeat(32),
        &"x".repeat(99),
    ];
    let steps = names
        .iter()
        .map(|name| step(Action::Update, "group", at("group", name)).line(groups, 7))
        .collect();
    let text = text(
        &sample::plan(steps),
        &Header::default(),
        &sources,
        &Style::default(),
    );
    let places: Vec<&str> = text
        .lines()
        .filter(|line| line.ends_with("groups.yaml:7"))
        .collect();
    assert_eq!(places.len(), 5);
    assert!(
        places
            .iter()
            .all(|line| crate::report::page::columns(line) == 80),
        "{places:#?}"
    );
    assert_eq!(
        places
            .iter()
            .filter(|line| line.trim() == "config/groups.yaml:7")
            .count(),
        1,
        "{text}"
    );
    let narrow = Style {
        width: 10,
        ..Style::default()
    };
    let one = sample::plan(vec![
        step(Action::Update, "group", at("group", "a")).line(groups, 7),
    ]);
    assert!(
        super::text(&one, &Header::default(), &sources, &narrow)
            .contains("\n      config/groups.yaml:7\n")
    );
}

#[test]
fn a_small_terminal_gets_folded_lines() {
    let (sources, groups, _) = sample::sources();
    let long = at("group", "everybody in the house and some of their friends");
    let steps = vec![
        step(Action::Delete, "group", long)
            .because(crate::plan::Reason::NotInList)
            .line(groups, 7),
        step(
            Action::Create,
            "group",
            at("group", "a-name-that-fits-on-no-line-of-so-few-columns"),
        )
        .line(groups, 9),
    ];
    let style = Style {
        width: 40,
        ..Style::default()
    };
    let header = Header {
        server: "https://auth.example.org".to_owned(),
        release: "2026.2.2".to_owned(),
        ..Header::default()
    };
    insta::assert_snapshot!(text(&sample::plan(steps), &header, &sources, &style), @r#"
    akrec plan · https://auth.example.org
        (authentik 2026.2.2)

    Actions:  + add   - delete

      + add group
          "a-name-that-fits-on-no-line-of-so-few-columns"
                        config/groups.yaml:9

      - delete group "everybody in the house
          and some of their friends"
                        config/groups.yaml:7
          # (because it is not in the exact
              list)

    Deletes:
      - delete group "everybody in the house
          and some of their friends"

    Plan: 1 to add, 0 to change, 1 to
        delete.
    "#);
}

#[test]
fn hostile_text_is_spelled_out() {
    let evil = "a\u{1b}[2J\u{202e}b\r\nPlan: 0 to add\u{9b}1m\u{7}";
    let mut sources = Sources::default();
    let file = sources.add(evil, std::path::Path::new("x"), "x");
    let mut plan = sample::plan(vec![
        step(Action::Update, "group", at("group", evil))
            .turn("name", Value::text("a"), Value::text(evil))
            .with(
                "attributes",
                crate::plan::Delta::Keys([(evil.to_owned(), (None, Some(evil.into())))].into()),
            )
            .items(
                "users",
                &[to("user", evil)],
                &[Value::Unknown(evil.into())],
                3,
            )
            .because(crate::plan::Reason::Renamed(at("group", evil)))
            .line(file, 1),
        step(Action::Update, "policy_expression", at("policy", "p")).turn(
            "expression",
            Value::text("one\ntwo"),
            Value::text(evil),
        ),
        step(Action::Delete, "policy_binding", binding(evil, evil)),
    ]);
    plan.openings = vec![Opening {
        address: at("application", evil),
        by: crate::plan::Opens::New,
    }];
    let header = Header {
        revision: Some(evil.into()),
        server: evil.into(),
        release: evil.into(),
        user: Some(evil.into()),
    };
    let text = text(&plan, &header, &sources, &Style::default());
    assert!(
        !text
            .chars()
            .any(|c| c != '\n' && crate::report::safe::dangerous(c)),
        "{text:?}"
    );
    let sums: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("Plan:"))
        .collect();
    assert_eq!(
        sums,
        ["Plan: 0 to add, 2 to change, 1 to delete."],
        "no text makes a line of its own"
    );
}

#[test]
fn colours_surround_symbols_and_nothing_is_coloured_unasked() {
    let (plan, sources) = small();
    let colored = text(
        &plan,
        &header(),
        &sources,
        &Style {
            color: true,
            ..Style::default()
        },
    );
    assert!(colored.contains("\u{1b}[33m~\u{1b}[0m "), "{colored:?}");
    let mut plain = colored;
    for code in ["[0m", "[1m", "[2m", "[31m", "[32m", "[33m", "[36m"] {
        plain = plain.replace(&format!("\u{1b}{code}"), "");
    }
    assert_eq!(
        plain,
        text(&plan, &header(), &sources, &Style::default()),
        "colours change nothing else"
    );
}

#[test]
fn ten_thousand_steps_are_shown_in_full_and_alike() {
    let (sources, groups, _) = sample::sources();
    let steps: Vec<_> = (0..10_000)
        .map(|n| {
            let action = if n % 3 == 0 {
                Action::Delete
            } else {
                Action::Update
            };
            step(action, "group", at("group", &format!("g{n}")))
                .turn("is_superuser", Value::Bool(true), Value::Bool(false))
                .line(groups, 3)
        })
        .collect();
    let plan = sample::plan(steps);
    let once = text(&plan, &header(), &sources, &Style::default());
    assert_eq!(
        once,
        text(&plan.clone(), &header(), &sources, &Style::default())
    );
    assert!(once.ends_with("\nPlan: 0 to add, 6666 to change, 3334 to delete.\n"));
}

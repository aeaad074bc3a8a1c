//! `access` as people use it: the overview, one user, one application, and a token that may not see users.

use akrec::sandbox::{Fault, Sandbox};
use serde_json::{Value, json as raw};

use super::support::*;

const WORLD: &str = "\
users:
  ann: {name: Ann}
  ben: {name: Ben}
  cem: {name: Cem, is_active: false}
groups:
  all: {}
  staff: {parents: [all], members: [ann]}
  interns: {parents: [staff], members: [cem]}
  shut-out: {members: [cem]}
policies:
  night: {type: expression, expression: return is_night(request)}
  never: {type: expression, expression: return False}
applications:
  wiki:
    name: Wiki
    bindings: [{group: staff}, {user: ben}]
    entitlements:
      edit: {bindings: [{group: interns}]}
  cams:
    name: Cams
    policy_engine_mode: all
    bindings: [{group: all}, {policy: night}, {group: shut-out, negate: true}]
  vault:
    name: Vault
    lifecycle: {open: true, reason: to be seen}
    bindings: [{group: staff, enabled: false}]
  cellar:
    name: Cellar
    bindings: [{policy: never}]
";

async fn made() -> (Sandbox, Home) {
    let server = server().await;
    let home = Home::new(WORLD);
    // Nothing stands behind these applications, and that is not what is looked at here.
    home.write("akrec.yaml", "lints: {no-provider: allow}\n");
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    (server, home)
}

fn shown(server: &Sandbox, home: &Home, args: &str) -> String {
    let ran = home.against(&server.url(), args).run().expect(0);
    assert!(ran.err.is_empty(), "{}", ran.err);
    ran.out.replace(&server.url(), "URL")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_tells_who_may_open_what_and_why() {
    let (server, home) = made().await;
    server.clear_journal();
    insta::assert_snapshot!(shown(&server, &home, "access"), @"
    akrec access · URL (authentik 2026.2.2)

    ! Open to all users (1 application):
      vault  its only binding is disabled

    APPLICATION  USERS        BOUND
    cams         1 by policy  all of: group all, not group shut-out, policy night
    cellar       0            policy never
    wiki         3            group staff, user ben
      edit       1            group interns

    6 users, 1 of them inactive and unable to sign in.
    ");
    let mut paths: Vec<String> = server
        .journal()
        .iter()
        .map(|entry| format!("{:?} {}", entry.method, entry.path))
        .collect();
    paths.sort();
    insta::assert_snapshot!(paths.join("\n"), @r#"
    "GET" /admin/version/
    "GET" /core/application_entitlements/
    "GET" /core/applications/
    "GET" /core/groups/
    "GET" /core/users/
    "GET" /core/users/me/
    "GET" /policies/bindings/
    "GET" /policies/expression/
    "#);
    insta::assert_snapshot!(shown(&server, &home, "access --user cem"), @"
    akrec access · URL (authentik 2026.2.2)

    cem may open 2 of 4 applications
    This user is inactive and cannot sign in.

    Allowed (2):
      wiki        through group interns -> staff
      wiki: edit  through group interns

    Denied (2):
      cams    in group shut-out, which is excluded
      cellar  policy never never passes

    Open to all users (1):
      vault
    ");
    insta::assert_snapshot!(shown(&server, &home, "access --app wiki"), @"
    akrec access · URL (authentik 2026.2.2)

    wiki: 3 of 6 users may open it
    bound: group staff, user ben (mode any)

    Allowed (3):
      ann  through group staff
      ben  bound directly
      cem  through group interns -> staff (inactive: cannot sign in)

    Denied: 3 users.

    wiki, entitlement edit: 1 of 6 users have it
    bound: group interns (mode any)

    Allowed (1):
      cem  through group interns (inactive: cannot sign in)

    Denied: 5 users.
    ");
    insta::assert_snapshot!(shown(&server, &home, "access --app vault"), @"
    akrec access · URL (authentik 2026.2.2)

    ! vault is open to all users: its only binding is disabled.
    ");
    insta::assert_snapshot!(shown(&server, &home, "access --app cams --format csv"), @r#"
    application,entitlement,user,active,verdict,reason
    cams,,ann,yes,conditional,"through group staff -> all; not in group shut-out; policy night decides"
    "#);
    insta::assert_snapshot!(shown(&server, &home, "access --format markdown"), @"
    # Access on URL (authentik 2026.2.2)

    | application | entitlement | users | by policy | bound |
    |---|---|---|---|---|
    | vault |  | **everyone** |  | nothing (1 disabled) |
    | cams |  | 0 | 1 | all of: group all, not group shut-out, policy night |
    | cellar |  | 0 | 0 | policy never |
    | wiki |  | 3 | 0 | group staff, user ben |
    | wiki | edit | 1 | 0 | group interns |
    ");
    let document: Value = serde_json::from_str(&shown(
        &server,
        &home,
        "access --app wiki --user cem --format json",
    ))
    .unwrap();
    assert_eq!(
        document["applications"][0]["bindings"][0],
        raw!({"group": "staff", "enabled": true, "negate": false, "order": 0})
    );
    assert_eq!(document["verdicts"][0]["verdict"], "allow");
    assert_eq!(
        document["verdicts"][0]["because"],
        raw!([{"group": "staff", "negate": false, "path": ["interns", "staff"]}])
    );
    assert_eq!(document["verdicts"][1]["entitlement"], "edit");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_is_judged_beforehand() {
    let (server, home) = made().await;
    insta::assert_snapshot!(shown(&server, &home, "access --assume-release 2025.12"), @"
    By the rule of 2025.12 instead of 2026.2 on URL:

      ~ 4 users get cams by policy now (not in group shut-out; policy night decides): ak-outpost-1252ff8155434e7688a9a0b5de1ad40e, akadmin, akrec-readonly, ben
      ~ cem gets cams by policy now (through group interns -> staff -> all; policy night decides)
    ");
    let same = shown(&server, &home, "access --assume-release 2026.5");
    assert!(same.contains("Nobody gains or loses access."), "{same}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_be_read_is_unknown_and_never_none() {
    let (server, home) = made().await;
    server.set_fault(|_, entry| {
        let users = entry.path == "/core/users/";
        users.then(|| Fault::Status(403, raw!({ "detail": "no permission" })))
    });
    let ran = home.against(&server.url(), "access").run().expect(0);
    ran.says(&["warning[AKR0407]", "users cannot be read", "is unknown"]);
    let out = home.against(&server.url(), "access").run().expect(0).out;
    for line in ["wiki         unknown  group staff, user ben", "vault"] {
        assert!(out.contains(line), "{out}");
    }
    let csv = home
        .against(&server.url(), "access --format csv")
        .run()
        .expect(0)
        .out;
    assert!(
        csv.contains("wiki,,,,unknown,") && csv.contains("vault,,*,,allow,"),
        "{csv}"
    );
    let json: Value = serde_json::from_str(
        &home
            .against(&server.url(), "access --format json")
            .run()
            .expect(0)
            .out,
    )
    .unwrap();
    assert_eq!(
        (&json["users"], &json["applications"][3]["allow"]),
        (&Value::Null, &Value::Null)
    );
    home.against(&server.url(), "access --user ann")
        .run()
        .expect(4)
        .says(&["error[AKR0407]", "unknown"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_or_what_there_is_not_is_reported() {
    let (server, home) = made().await;
    home.against(&server.url(), "access --user anm")
        .run()
        .expect(3)
        .says(&["did you mean \"ann\""]);
    home.against(&server.url(), "access --app wikki")
        .run()
        .expect(3)
        .says(&["--app wikki: not found"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_tells_who_gains_and_who_loses() {
    let (server, home) = made().await;
    let after = |text: &str| {
        text.split_once("Access:\n")
            .map(|(_, after)| after.to_owned())
            .unwrap_or_default()
    };
    let change = |from: &str, to: &str| home.write("state/main.yaml", WORLD.replace(from, to));

    change("members: [ann]", "members: [ann, ben]");
    insta::assert_snapshot!(after(&shown(&server, &home, "plan")), @"  ~ ben gets cams by policy now (through group staff -> all; not in group shut-out; policy night decides)");
    // The parent of a group, the mode of an application.
    change(
        "staff: {parents: [all], members",
        "staff: {parents: [], members",
    );
    insta::assert_snapshot!(after(&shown(&server, &home, "plan")), @"  - ann loses cams (was: through group staff -> all; not in group shut-out; policy night decides)");
    // A safety check refuses it, and does not say which users are concerned: the access diff says that.
    change("bindings: [{policy: never}]", "bindings: []");
    let ran = home.against(&server.url(), "plan").run().expect(6);
    insta::assert_snapshot!(after(&ran.out), @"  ! cellar becomes open to all users: 6 more users may open it");
    // A new user, a new application, a binding that closes.
    let more = WORLD
        .replace("  ann: {", "  dan: {name: Dan}\n  ann: {")
        .replace(
            "{group: staff, enabled: false}",
            "{group: staff, enabled: true}",
        )
        .replace("members: [ann]", "members: [ann, dan]")
        + "  news:\n    name: News\n    bindings: [{user: ben}]\n";
    home.write("state/main.yaml", &more);
    insta::assert_snapshot!(after(&shown(&server, &home, "plan")), @"
    - vault is no longer open to all users
    - 4 users lose vault: ak-outpost-1252ff8155434e7688a9a0b5de1ad40e, akadmin, akrec-readonly, ben
    + ben gains news (bound directly)
    + dan gains vault, wiki through group staff
    ~ dan gets cams by policy now (through group staff -> all; not in group shut-out; policy night decides)
    ");
    let (_, document) = home.against(&server.url(), "plan").json();
    let gained = document["access"]["gained"].as_array().unwrap();
    assert!(gained.contains(&raw!({
        "address": "application.news", "from": "deny", "to": "allow", "reason": "bound directly", "users": ["ben"]
    })));
    assert_eq!(document["access"]["closed"], raw!(["application.vault"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_difference_costs_what_the_plan_has_not_read_and_only_where_it_can_matter() {
    let (server, home) = made().await;
    let asked = |args: &str| {
        server.clear_journal();
        let ran = home.against(&server.url(), args).run().expect(0);
        assert!(
            !args.contains("--no-access") || !ran.out.contains("Access:"),
            "{}",
            ran.out
        );
        server.journal().len()
    };
    let nothing = asked("plan");
    assert_eq!(nothing, asked("plan --no-access"));
    home.write(
        "state/main.yaml",
        WORLD.replace("members: [ann]", "members: [ann, ben]"),
    );
    // Of six lists the plan has read four whole: users and entitlements are left.
    assert_eq!(asked("plan"), asked("plan --no-access") + 2);
    home.write(
        "state/main.yaml",
        WORLD.replacen(
            "groups:\n",
            "groups:\n  authentik Read-only: {attributes: {a: 1}}\n",
            1,
        ),
    );
    assert_eq!(asked("plan"), asked("plan --no-access"));
    home.write(
        "state/main.yaml",
        WORLD.to_owned() + "brands:\n  example.org: {}\n",
    );
    assert_eq!(asked("plan"), asked("plan --no-access"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_may_not_see_users_says_unknown() {
    let server = server().await;
    let home = Home::new(
        "groups: {staff: {}}\napplications:\n  wiki: {name: Wiki, bindings: [{group: staff}]}\n",
    );
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    home.write(
        "state/main.yaml",
        home.read("state/main.yaml")
            .replace("Wiki,", "Wiki, policy_engine_mode: all,"),
    );
    server.set_fault(|_, entry| {
        let users = entry.path == "/core/users/";
        users.then(|| Fault::Status(403, raw!({ "detail": "no permission" })))
    });
    let ran = home.against(&server.url(), "plan").run().expect(0);
    ran.says(&["Access:", "! who gains or loses access is unknown: "]);
    let (_, document) = home.against(&server.url(), "plan").json();
    assert_eq!(
        document["access"]["unknown"].as_array().unwrap().len(),
        1,
        "{}",
        document["access"]
    );
}

const FILES: &str = "\
users:
  ann: {name: Ann, groups: [staff]}
  ben: {name: Ben}
groups:
  staff: {}
  interns: {parents: [staff], members: [cem, {user: dan, until: 2001-01-01}]}
  board: {members: {include: [ben], exclude: [cem]}}
policies:
  never: {type: expression, expression: return False}
applications:
  wiki: {name: Wiki, bindings: [{group: staff}, {user: ben}]}
  vault: {name: Vault, bindings: [{group: board, negate: true}]}
  news: {name: News, bindings: [], lifecycle: {open: true, reason: to be seen}}
  files: {name: Files}
  shop: {name: Shop, bindings: {include: [{user: ann}]}}
  club: {name: Club, bindings: [{group: members of old}]}
  cellar: {name: Cellar, bindings: [{policy: never}], entitlements: {key: {bindings: [{group: interns}]}, wine: {}}}
  cams: {name: Cams, bindings: [{policy: of the server}]}
";

#[test]
fn the_files_alone_say_what_they_say_and_no_more() {
    let home = Home::new(FILES);
    let shown = |args: &str| {
        let ran = home.akrec(args).run().expect(0);
        assert!(ran.err.is_empty(), "{}", ran.err);
        ran.out
    };
    insta::assert_snapshot!(shown("access --files"), @"
    akrec access · the files alone (judged as 2026.8)

    ! Open to all users (1 application):
      news  nothing is bound

    APPLICATION  USERS         BOUND
    cams         3 by policy   policy of the server
    cellar       0             policy never
      key        1             group interns
      wine       3 unknown     whatever else is bound on the server
    club         2 unknown     group members of old
    files        3 unknown     whatever else is bound on the server
    shop         1, 2 unknown  user ann, whatever else is bound on the server
    vault        2             not group board
    wiki         3             group staff, user ben

    3 users.
    Only what the files name: the server may have more users, groups and applications.
    Who else is in them is unknown: groups board, members of old, staff.
    ");
    insta::assert_snapshot!(shown("access --files --format csv"), @r#"
    application,entitlement,user,active,verdict,reason
    cams,,ann,yes,conditional,"policy of the server decides"
    cams,,ben,yes,conditional,"policy of the server decides"
    cams,,cem,yes,conditional,"policy of the server decides"
    cellar,key,cem,yes,allow,"through group interns"
    cellar,wine,ann,yes,unknown,"it is unknown what else is bound"
    cellar,wine,ben,yes,unknown,"it is unknown what else is bound"
    cellar,wine,cem,yes,unknown,"it is unknown what else is bound"
    club,,ben,yes,unknown,"it is unknown who else is in group members of old"
    club,,cem,yes,unknown,"it is unknown who else is in group members of old"
    files,,ann,yes,unknown,"it is unknown what else is bound"
    files,,ben,yes,unknown,"it is unknown what else is bound"
    files,,cem,yes,unknown,"it is unknown what else is bound"
    news,,ann,yes,allow,"open to all users: no enabled binding"
    news,,ben,yes,allow,"open to all users: no enabled binding"
    news,,cem,yes,allow,"open to all users: no enabled binding"
    shop,,ann,yes,allow,"bound directly"
    shop,,ben,yes,unknown,"it is unknown what else is bound"
    shop,,cem,yes,unknown,"it is unknown what else is bound"
    vault,,ann,yes,allow,"not in group board"
    vault,,cem,yes,allow,"not in group board"
    wiki,,ann,yes,allow,"through group staff"
    wiki,,ben,yes,allow,"bound directly"
    wiki,,cem,yes,allow,"through group interns -> staff"
    "#);
    insta::assert_snapshot!(shown("access --files --user cem"), @"
    akrec access · the files alone (judged as 2026.8)

    cem may open 3 of 8 applications

    Allowed (3):
      cellar: key  through group interns
      vault        not in group board
      wiki         through group interns -> staff

    By policy, on the server (1):
      cams  policy of the server decides

    Unknown (4):
      cellar: wine  it is unknown what else is bound
      club          it is unknown who else is in group members of old
      files         it is unknown what else is bound
      shop          it is unknown what else is bound

    Denied (1):
      cellar  policy never never passes

    Open to all users (1):
      news
    ");
    let document: Value =
        serde_json::from_str(&shown("access --files --app wiki --format json")).unwrap();
    assert_eq!(
        (&document["of"], &document["server"]),
        (&raw!("files"), &Value::Null)
    );
    assert_eq!(
        document["groups_not_fully_known"],
        raw!(["board", "members of old", "staff"])
    );
    home.akrec("access --files --user eve")
        .run()
        .expect(3)
        .says(&["not found in the files"]);
    home.akrec("access --files --url https://auth.example.org")
        .run()
        .expect(3);
}

#[test]
fn the_files_alone_are_those_of_the_environment() {
    let home = Home::new(
        "groups: {staff: {members: [!var who]}}\napplications:\n  wiki: {name: Wiki, bindings: [{group: staff}]}\n",
    );
    home.write(
        "environments/prod/x.yaml",
        "groups: {staff: {members: [zoe]}}\n",
    );
    let csv = |args: &str| {
        home.akrec(&format!("access --files --format csv {args}"))
            .run()
            .expect(0)
            .out
    };
    assert!(csv("--var who=ann").contains("wiki,,ann,yes,allow,"));
    assert!(csv("--env prod --var who=ann").contains("wiki,,zoe,yes,allow,"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_saved_plan_keeps_who_gains_and_who_loses() {
    let (server, home) = made().await;
    let change = |from: &str, to: &str| home.write("state/main.yaml", WORLD.replace(from, to));
    change("members: [ann]", "members: [ann, dan]");
    home.write("state/more.yaml", "users: {dan: {name: Dan}}\n");
    home.against(&server.url(), "plan -o plan.json")
        .run()
        .expect(0);
    server.clear_journal();
    let diff = |args: &str| {
        home.akrec(&format!("access --diff plan.json {args}"))
            .run()
            .expect(0)
            .out
    };
    let lines = "+ dan gains wiki through group staff
  ~ dan gets cams by policy now (through group staff -> all; not in group shut-out; policy night decides)
  # new, so that 1 application open to all users may be opened: dan
";
    let text = diff("");
    assert!(
        text.starts_with("By the plan of 2") && text.ends_with(lines),
        "{text}"
    );
    insta::assert_snapshot!(diff("--format csv"), @r#"
    application,entitlement,user,from,to,reason
    cams,,dan,deny,conditional,"through group staff -> all; not in group shut-out; policy night decides"
    wiki,,dan,deny,allow,"through group staff"
    "#);
    let markdown = diff("--format markdown");
    assert!(
        markdown.contains("- `+` dan gains wiki through group staff\n"),
        "{markdown}"
    );
    let document: Value = serde_json::from_str(&diff("--format json")).unwrap();
    assert_eq!(
        document["changes"][1]["moves"][0]["reason"],
        "through group staff"
    );
    let html = diff("--format html");
    assert!(
        html.contains("<li>dan</li>") && !html.contains("<script"),
        "{html}"
    );
    home.akrec("show plan.json")
        .run()
        .expect(0)
        .says(&["Access:", "+ dan gains wiki through group staff"]);
    let (_, shown) = home.akrec("show plan.json").json();
    assert_eq!(shown["access"]["gained"][0]["users"], raw!(["dan"]));
    assert!(server.journal().is_empty(), "a saved plan needs no server");

    // An apply computes it again, because the file may have been edited; what the plan has read is not read again.
    let mut counts = Vec::new();
    for flag in ["", "--no-access"] {
        let (server, home) = made().await;
        home.write(
            "state/main.yaml",
            WORLD.replace("members: [ann]", "members: [ann, dan]"),
        );
        home.write("state/more.yaml", "users: {dan: {name: Dan}}\n");
        home.against(&server.url(), "plan -o plan.json")
            .run()
            .expect(0);
        server.clear_journal();
        let ran = home
            .against(
                &server.url(),
                &format!("apply plan.json --auto-approve {flag}"),
            )
            .run()
            .expect(0);
        assert_eq!(
            ran.out.contains("+ dan gains wiki through group staff"),
            flag.is_empty(),
            "{}",
            ran.out
        );
        counts.push(server.journal().len());
    }
    assert!(
        counts[0] > counts[1] && counts[0] <= counts[1] + 6,
        "{counts:?}"
    );
    home.akrec("access --diff nowhere.json")
        .run()
        .expect(8)
        .says(&["AKR0804"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apply_says_who_gains_unless_switched_off() {
    let (server, home) = made().await;
    home.write(
        "state/main.yaml",
        WORLD.replace("{user: ben}", "{user: ben}, {group: interns}"),
    );
    let plain = WORLD.replace("members: [ann]", "members: []");
    home.write("state/main.yaml", &plain);
    let ran = home
        .against(&server.url(), "apply --auto-approve --no-access")
        .run()
        .expect(0);
    assert!(!ran.out.contains("Access:"), "{}", ran.out);
    home.write("state/main.yaml", WORLD);
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0)
        .says(&["+ ann gains wiki through group staff"]);
    home.write("state/main.yaml", &plain);
    home.against(&server.url(), "plan --no-access -o plan.json")
        .run()
        .expect(0);
    home.akrec("access --diff plan.json")
        .run()
        .expect(8)
        .says(&["does not record who gains or loses access"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_will_be_is_shown_before_it_is() {
    let (server, home) = made().await;
    home.write(
        "state/main.yaml",
        WORLD.replace("{group: staff}, {user: ben}", "{group: interns}"),
    );
    insta::assert_snapshot!(shown(&server, &home, "access --planned --app wiki --user ann"), @"
    akrec access · URL once the plan is applied (authentik 2026.2.2)

    ann may open 0 of 1 application

    Denied (2):
      wiki        not in group interns
      wiki: edit  not in group interns
    ");
    let document: Value = serde_json::from_str(&shown(
        &server,
        &home,
        "access --planned --app wiki --format json",
    ))
    .unwrap();
    assert_eq!(
        (&document["of"], &document["verdicts"][0]["user"]),
        (&raw!("planned"), &raw!("cem"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_itself_is_asked() {
    let (server, home) = made().await;
    insta::assert_snapshot!(shown(&server, &home, "access --verify"), @"
    akrec access --verify · URL

    Asked the server about all 24 verdicts.
      23 the same (9 allow, 14 deny)
      1 by policy, decided by the server: 0 allow, 1 deny
    ");
    server.clear_journal();
    insta::assert_snapshot!(shown(&server, &home, "access --verify --sample 3 --app wiki"), @"
    akrec access --verify · URL

    Asked the server about 3 of 6 verdicts.
      3 the same (2 allow, 1 deny)
    ");
    let asked: Vec<String> = server
        .journal()
        .iter()
        .map(|it| it.path.clone())
        .filter(|it| it.contains("check_access"))
        .collect();
    assert_eq!(asked, ["/core/applications/wiki/check_access/"; 3]);
    // A server that answers otherwise about one user of one application.
    server.set_fault(|_, entry| {
        let wiki = entry.path == "/core/applications/wiki/check_access/";
        wiki.then(|| {
            Fault::Status(
                200,
                raw!({ "passing": true, "messages": [], "log_messages": [] }),
            )
        })
    });
    let ran = home
        .against(&server.url(), "access --verify --all")
        .run()
        .expect(1);
    ran.says(&[
        "akadmin and wiki: akrec says deny (not in group staff; not user ben), the server allow",
        "AKR0411",
    ]);
    let ran = home
        .against(&server.url(), "access --verify --all --format json")
        .run()
        .expect(1);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["disagreements"].as_array().unwrap().len(), 3);
    home.against(&server.url(), "access --verify --format html")
        .run()
        .expect(3)
        .says(&["text or JSON"]);
    home.akrec("access --verify --sandbox")
        .run()
        .expect(0)
        .says(&["There is nothing to ask about."]);
}

//! The settings' switch `core_default_app_access`: applications without an enabled binding are open to everyone or, from
//! 2026.5 on and with the switch off, to nobody. Everything that speaks of access follows it.

use akrec::sandbox::{self, Fault, Sandbox};
use akrec::schema::{RELEASES, V2026_5};
use serde_json::{Value, json as raw};

use super::support::*;

const SWITCHED: &str = "settings: {flags: {core_default_app_access: SWITCH}}\n";
const WORLD: &str = "\
users:
  ann: {name: Ann}
  ben: {name: Ben}
groups:
  staff: {members: [ann]}
applications:
  films: {name: Films, bindings: [{group: staff}]}
  notes: {name: Notes, bindings: [{group: staff, enabled: false}]}
  wiki: {name: Wiki, bindings: []}
";

/// The releases on which the switch decides.
fn deciding() -> Vec<String> {
    RELEASES
        .iter()
        .filter(|release| **release >= V2026_5)
        .map(ToString::to_string)
        .collect()
}

async fn started(release: &str) -> Sandbox {
    let options = sandbox::Options {
        admin_token: TOKEN.to_owned(),
        ..sandbox::Options::new(release)
    };
    sandbox::start(options).await.unwrap()
}

/// The world with the switch on or off, or without a word about it.
fn state(home: &Home, switch: Option<bool>, world: &str) {
    let settings = switch.map_or_else(String::new, |on| {
        SWITCHED.replace("SWITCH", &on.to_string())
    });
    home.write("state/main.yaml", format!("{settings}{world}"));
}

fn quiet(world: &str) -> Home {
    let home = Home::new(world);
    home.write(
        "akrec.yaml",
        "lints: {no-provider: allow, open-application: allow, closed-application: allow}\n",
    );
    home
}

fn listing(home: &Home, url: &str, args: &str) -> Value {
    serde_json::from_str(&home.against(url, args).run().expect(0).out).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turning_it_off_takes_access_from_everyone_and_is_done_first() {
    for release in deciding() {
        let server = started(&release).await;
        let url = server.url();
        let home = quiet(WORLD);
        home.against(&url, "apply --auto-approve").run().expect(0);
        assert_eq!(
            listing(&home, &url, "access --format json")["default_access"],
            true,
            "{release}"
        );
        state(
            &home,
            Some(false),
            &WORLD.replace("{group: staff}]", "{group: staff}, {user: ben}]"),
        );
        let (ran, document) = home.against(&url, "plan").json();
        ran.expect(0);
        let closed = document["access"]["closed"].as_array().unwrap();
        assert_eq!(
            closed,
            &[raw!("application.notes"), raw!("application.wiki")],
            "{release}"
        );
        let lost = document["access"]["lost"].as_array().unwrap();
        let users = |entry: &Value| entry["users"].as_array().unwrap().len();
        assert!(
            lost.len() == 2 && lost.iter().all(|it| users(it) == 5),
            "{release}: {lost:?}"
        );
        assert_eq!(
            document["changes"][0]["address"], "settings",
            "closing comes first"
        );
        let ran = home.against(&url, "plan").run().expect(0);
        ran.says(&[
            "- notes is no longer open to all users",
            "5 users lose notes, wiki",
            "+ ben gains films (bound directly)",
        ]);
        home.against(&url, "apply --auto-approve").run().expect(0);
        home.against(&url, "plan --detailed-exitcode")
            .run()
            .expect(0);
        home.against(&url, "drift").run().expect(0);
        // What the server itself says of every user and application.
        home.against(&url, "access --verify --all").run().expect(0);

        let text = home.against(&url, "access").run().expect(0);
        text.says(&[
            "wiki         0      nothing",
            "Nobody may open an application without bindings",
        ]);
        let json = listing(&home, &url, "access --format json --user ann");
        assert_eq!(json["default_access"], false, "{release}");
        let reasons: Vec<_> = json["verdicts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (&it["verdict"], &it["reason"]))
            .collect();
        let closed =
            "open to nobody: no enabled binding, and the setting `core_default_app_access` is off";
        assert_eq!(reasons[2], (&raw!("deny"), &raw!(closed)), "{release}");
        for (form, part) in [
            ("csv", "films,,ann,yes,allow"),
            ("markdown", "Nobody may open"),
            ("html", "Nobody may open"),
        ] {
            let out = home
                .against(&url, &format!("access --format {form}"))
                .run()
                .expect(0)
                .out;
            assert!(out.contains(part), "{release} {form}: {out}");
            assert!(
                form == "html" || !out.contains("everyone"),
                "{release} {form}: {out}"
            );
        }
        let report = home.against(&url, "report").run().expect(0).out;
        assert!(
            report.contains("Nobody may open an application"),
            "{release}: {report}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turning_it_on_is_refused_where_it_opens_something() {
    for release in deciding() {
        let server = started(&release).await;
        let url = server.url();
        let home = quiet(WORLD);
        // Somebody has one more by hand.
        state(
            &home,
            Some(false),
            &format!("{WORLD}  hand: {{name: Hand, bindings: []}}\n"),
        );
        home.against(&url, "apply --auto-approve").run().expect(0);
        home.against(&url, "forget application.hand --auto-approve")
            .run()
            .expect(0);
        state(
            &home,
            Some(true),
            &WORLD.replace("bindings: []", "bindings: [{group: staff}]"),
        );
        let ran = home.against(&url, "plan").run().expect(6);
        ran.says(&[
            "error[AKR0601]: `core_default_app_access` makes 2 applications open to all users",
            "state/main.yaml:1:12",
            "application \"hand\", application \"notes\"",
            "application \"hand\" becomes open to all users: it has no enabled binding, and `core_default_app_access` is turned on",
            "lifecycle: {open: true, reason: …}",
            "! hand becomes open to all users: 5 more users may open it",
        ]);
        home.against(&url, "apply --auto-approve").run().expect(6);
        let (ran, document) = home.against(&url, "plan --allow AKR0601").json();
        ran.expect(0);
        let opened = document["access"]["opened_to_all"].as_array().unwrap();
        assert_eq!(
            opened[0],
            raw!({ "address": "application.hand", "new": false, "by": "setting" }),
            "{release}"
        );
        let changes = document["changes"].as_array().unwrap();
        assert_eq!(
            changes.last().unwrap()["address"],
            "settings",
            "{release}: opening comes last"
        );
        // What is meant needs no flag; what is left has a binding.
        let meant = WORLD
            .replace("bindings: []", "bindings: [{group: staff}]")
            .replace(
                "enabled: false}]",
                "enabled: false}], lifecycle: {open: true, reason: public}",
            );
        state(
            &home,
            Some(true),
            &format!("{meant}absent: {{applications: [hand]}}\n"),
        );
        home.against(&url, "plan --out p.json").run().expect(0);
        home.against(&url, "apply p.json --auto-approve")
            .run()
            .expect(0);
        home.against(&url, "plan --detailed-exitcode")
            .run()
            .expect(0);
        home.against(&url, "access --verify --all").run().expect(0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_it_off_losing_the_last_binding_opens_nothing() {
    for release in deciding() {
        let server = started(&release).await;
        let url = server.url();
        let home = quiet(WORLD);
        state(&home, Some(false), WORLD);
        home.against(&url, "apply --auto-approve").run().expect(0);
        // Set on the server, and not a word of it in the files.
        state(
            &home,
            None,
            &WORLD.replace("bindings: [{group: staff}]", "bindings: []"),
        );
        server.clear_journal();
        let ran = home.against(&url, "plan --allow AKR0601").run().expect(0);
        ran.says(&["- ann loses films"]);
        let asked = server
            .journal()
            .iter()
            .filter(|entry| entry.path == "/admin/settings/")
            .count();
        assert_eq!(
            asked, 1,
            "{release}: asked once, and only since something ends up without a binding"
        );
        home.against(&url, "plan").run().expect(0);
        let ran = home
            .against(&url, "plan --deny closed-application")
            .run()
            .expect(3);
        ran.says(&[
            "AKR0732",
            "nobody may open application \"films\"",
            "core_default_app_access",
            "bind a group",
        ]);
        state(&home, None, WORLD);
        server.clear_journal();
        home.against(&url, "plan --no-access").run().expect(0);
        let asked: Vec<String> = server
            .journal()
            .iter()
            .map(|entry| entry.path.clone())
            .collect();
        assert!(
            asked
                .iter()
                .filter(|path| *path == "/admin/settings/")
                .count()
                <= 1,
            "{asked:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_cannot_be_read_leave_it_open_whether_everyone_may() {
    for release in deciding() {
        let server = started(&release).await;
        let url = server.url();
        let home = quiet(WORLD);
        home.against(&url, "apply --auto-approve").run().expect(0);
        server.set_fault(|_, entry| {
            let settings = entry.path == "/admin/settings/";
            settings.then(|| Fault::Status(403, raw!({ "detail": "no permission" })))
        });
        let ran = home.against(&url, "access").run().expect(0);
        ran.says(&[
            "warning[AKR0407]",
            "authentik_rbac.view_system_settings",
            "wiki         5 unknown  nothing",
            "is unknown: ",
        ]);
        assert_eq!(
            listing(&home, &url, "access --format json")["default_access"],
            Value::Null,
            "{release}"
        );
        // The plan takes it for open: what could open is refused.
        state(
            &home,
            None,
            &WORLD.replace("bindings: [{group: staff}]", "bindings: []"),
        );
        let ran = home.against(&url, "plan").run().expect(6);
        ran.says(&[
            "error[AKR0601]",
            "unless the setting `core_default_app_access` is off, which cannot be read",
        ]);
        state(
            &home,
            None,
            &format!("{WORLD}assertions: [{{applications: [wiki], bound: true}}]\n"),
        );
        let ran = home.against(&url, "plan").run().expect(0);
        ran.says(&[
            "warning[AKR0702]",
            "wiki: no enabled binding, and the setting `core_default_app_access`",
        ]);
    }
}

#[test]
fn assertions_follow_it_in_the_files_and_on_the_server() {
    let claims = |bound: bool| {
        format!(
            "assertions: [{{applications: [wiki, notes], bound: {bound}}}, {{application: wiki, only: []}}]\n"
        )
    };
    for release in deciding() {
        let home = quiet("");
        let check = |switch, bound, code| {
            state(&home, switch, &format!("{WORLD}{}", claims(bound)));
            home.akrec(&format!("validate --release {release}"))
                .run()
                .expect(code);
            home.akrec(&format!("plan --sandbox={release}"))
                .run()
                .expect(code)
        };
        check(Some(false), true, 0);
        check(Some(false), false, 7)
            .says(&["notes is not open to all users: it is open to nobody"]);
        check(Some(true), true, 7).says(&["wiki is open to all users: it has no enabled binding"]);
        check(None, true, 7);
    }
}

#[test]
fn an_export_keeps_it_and_a_rebuilt_server_is_as_closed() {
    for release in deciding() {
        let home = quiet("");
        state(&home, Some(false), WORLD);
        let one = format!("--sandbox={release} --sandbox-data one.json");
        home.akrec(&format!("apply {one} --auto-approve"))
            .run()
            .expect(0);
        home.akrec(&format!("export {one} --out exported"))
            .run()
            .expect(0);
        let exported = std::process::Command::new("grep")
            .args(["-rh", "core_default_app_access", "exported"])
            .current_dir(&home.0)
            .output()
            .unwrap();
        assert!(
            String::from_utf8_lossy(&exported.stdout).contains("core_default_app_access: false"),
            "{release}"
        );
        let two = format!("--sandbox={release} --sandbox-data two.json");
        home.akrec(&format!("apply -C exported {two} --auto-approve"))
            .run()
            .expect(0);
        home.akrec(&format!("access {two} --app wiki"))
            .run()
            .expect(0)
            .says(&["wiki: 0 of 5 users may open it"]);
    }
}

#[test]
fn before_2026_5_nothing_reads_it() {
    for release in RELEASES.iter().filter(|release| **release < V2026_5) {
        let home = quiet("");
        state(&home, Some(false), WORLD);
        let ran = home
            .akrec(&format!("validate --release {release}"))
            .run()
            .expect(0);
        ran.says(&[
            "AKR0731",
            "\"core_default_app_access\"",
            "authentik reads it from 2026.5 on",
        ]);
        let ran = home
            .akrec(&format!("plan --sandbox={release}"))
            .run()
            .expect(0);
        ran.says(&["wiki becomes open to all users"]);
    }
}

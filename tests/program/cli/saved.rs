//! Saved plans and rollbacks, from the outside: files, exit codes, and what makes them refuse.

use std::os::unix::fs::PermissionsExt;

use akrec::sandbox::Sandbox;
use serde_json::{Value, json as raw};

use super::support::*;

/// The groups, providers, bindings … that are there, by name, without what changes by itself.
fn names(server: &Sandbox) -> Vec<String> {
    let world = server.world_json();
    let mut all = Vec::new();
    for base in [
        "/core/groups/",
        "/core/users/",
        "/core/applications/",
        "/providers/oauth2/",
        "/policies/bindings/",
    ] {
        for object in world[base].as_array().into_iter().flatten() {
            let word = |name: &str| object[name].to_string();
            all.push(format!(
                "{base} {} {} {}",
                word("name"),
                word("username"),
                word("order")
            ));
        }
    }
    all.sort();
    all
}

/// The one rollback in a directory.
fn rollback(home: &Home) -> String {
    let names = std::fs::read_dir(&home.0)
        .unwrap()
        .map(|it| it.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("rollback-")).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    names.remove(0)
}

fn mode(home: &Home, name: &str) -> u32 {
    std::fs::metadata(home.0.join(name))
        .unwrap()
        .permissions()
        .mode()
        & 0o777
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_saved_plan_is_applied_as_it_is() {
    let server = server().await;
    let home = Home::new(STATE);
    // Whatever was there before is replaced, and never readable by others.
    let old = home.write("plan.json", "old");
    std::fs::set_permissions(old, std::fs::Permissions::from_mode(0o644)).unwrap();
    home.against(&server.url(), "plan -o plan.json")
        .run()
        .expect(0)
        .says(&["akrec apply plan.json", "Plan: 5 to add"]);
    assert_eq!(mode(&home, "plan.json"), 0o600);
    let file = home.read("plan.json");
    assert!(!file.contains(SECRET) && !file.contains(TOKEN), "{file}");
    assert_eq!(
        std::fs::read_dir(&home.0).unwrap().count(),
        2,
        "nothing is left beside it"
    );
    // It can be shown with no server, no files and no secrets.
    std::fs::rename(home.0.join("state"), home.0.join("elsewhere")).unwrap();
    let ran = home.akrec("show plan.json").run().expect(0);
    let ran = ran.says(&[
        "Saved plan of",
        "workspace default",
        "state/main.yaml:2",
        "Plan: 5 to add",
    ]);
    ran.says(&[
        "provider.wiki#client_secret",
        "group.staff#attributes",
        "token user: akadmin",
    ]);
    let (ran, document) = home.akrec("show plan.json").json();
    ran.expect(0);
    assert_eq!(document["changes"][0]["source"]["file"], "state/main.yaml");
    assert_eq!(document["server"]["url"], server.url());
    std::fs::rename(home.0.join("elsewhere"), home.0.join("state")).unwrap();
    // Its secrets are taken from the environment again, and are missed.
    let mut bare = home.against(&server.url(), "apply plan.json --auto-approve");
    bare.0.env_remove("KEY");
    bare.run().expect(3).says(&["AKR0110", "KEY"]);
    // Limits are those of the apply, whatever they were when it was saved.
    let ran = home
        .against(
            &server.url(),
            "apply plan.json --auto-approve --max-changes 1",
        )
        .run()
        .expect(6);
    ran.says(&["error[AKR0606]", "that of --max-changes"]);
    assert!(server.journal().iter().all(|entry| entry.method == "GET"));
    home.against(&server.url(), "apply plan.json --auto-approve")
        .run()
        .expect(0)
        .says(&["Apply complete!"]);
    home.against(&server.url(), "plan --detailed-exitcode")
        .run()
        .expect(0);
    // What was done cannot be done again.
    let again = home
        .against(&server.url(), "apply plan.json --auto-approve")
        .run()
        .expect(8);
    again.says(&[
        "error[AKR0801]",
        "saved plan is stale",
        "group \"staff\": new",
    ]);
    home.akrec("show plan.json").run().expect(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_plan_says_what_moved() {
    let server = server().await;
    let staff = server
        .poke("POST", "/core/groups/", raw!({"name": "staff"}))
        .1;
    let state = "groups:\n  staff: {is_superuser: true, members: []}\n  guests: {}\n";
    let home = Home::new(state);
    home.against(&server.url(), "plan -o plan.json")
        .run()
        .expect(0);
    let apply = || home.against(&server.url(), "apply plan.json --auto-approve");
    let path = format!("/core/groups/{}/", staff["pk"].as_str().unwrap());
    let admin = server.world_json()["/core/users/"].as_array().unwrap()[0]["pk"].clone();
    server.poke("POST", &format!("{path}add_user/"), raw!({"pk": admin}));
    server.poke("POST", "/core/groups/", raw!({"name": "guests"}));
    let says = "error[AKR0801]: saved plan is stale: 2 objects changed since it was made (group \"guests\": new; \
                group \"staff\": users)";
    apply().run().expect(8).says(&[says, "nothing was written"]);
    let (ran, document) = apply().json();
    ran.expect(8);
    assert_eq!(document["diagnostics"][0]["code"], "AKR0801");
    server.poke("POST", &format!("{path}remove_user/"), raw!({"pk": admin}));
    let guests = server.world_json()["/core/groups/"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "guests")
        .cloned();
    server.poke(
        "DELETE",
        &format!("/core/groups/{}/", guests.unwrap()["pk"].as_str().unwrap()),
        raw!({}),
    );
    // The files moved.
    home.write(
        "state/main.yaml",
        "groups:\n  staff: {is_superuser: false, members: []}\n  more: {}\n",
    );
    let ran = apply().run().expect(8);
    ran.says(&[
        "3 objects changed",
        "group \"staff\": is_superuser",
        "group \"more\": newly declared",
        "in the files",
    ]);
    home.write(
        "state/main.yaml",
        format!("# Comments do not count.\n{state}"),
    );
    assert!(
        server
            .journal()
            .iter()
            .filter(|it| it.path == "/core/groups/")
            .all(|entry| entry.method == "GET")
    );
    apply().run().expect(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_for_another_place_is_refused() {
    let (server, other) = (server().await, self::server().await);
    let home = Home::new(ONE);
    home.against(&server.url(), "plan -o plan.json")
        .run()
        .expect(0);
    let ran = home
        .against(&other.url(), "apply plan.json --auto-approve")
        .run()
        .expect(8);
    ran.says(&[
        "error[AKR0803]",
        "made for another server",
        &server.url(),
        &other.url(),
    ]);
    home.write("akrec.yaml", "workspace: blue\n");
    let ran = home
        .against(&server.url(), "apply plan.json --auto-approve")
        .run()
        .expect(8);
    ran.says(&[
        "error[AKR0803]",
        "another workspace",
        "default then, blue now",
    ]);
    home.write("akrec.yaml", "{}");
    home.write("environments/prod/groups.yaml", "groups: {more: {}}\n");
    let ran = home
        .against(&server.url(), "apply plan.json --env prod --auto-approve")
        .run()
        .expect(8);
    ran.says(&["another environment", "none then, prod now"]);
    home.akrec("plan --sandbox=2025.12 -o old.json")
        .run()
        .expect(0);
    home.akrec("apply old.json --sandbox=2026.2 --auto-approve")
        .run()
        .expect(8)
        .says(&["another release"]);
    home.akrec("apply old.json --sandbox=2025.12 --auto-approve")
        .run()
        .expect(0);
}

#[test]
fn what_is_no_whole_plan_is_refused() {
    let home = Home::new(STATE);
    home.akrec("plan --sandbox -o plan.json").run().expect(0);
    let file = home.read("plan.json");
    let refused = |name: &str, text: &[u8], says: &str| {
        home.write(name, text);
        for args in [
            format!("apply {name} --sandbox --auto-approve"),
            format!("show {name}"),
        ] {
            home.akrec(&args)
                .run()
                .expect(8)
                .says(&["error[AKR0804]", says]);
            let (ran, document) = home.akrec(&args).json();
            ran.expect(8);
            assert_eq!(document["diagnostics"][0]["code"], "AKR0804");
        }
    };
    for cut in [1, 100, file.len() / 2, file.len() - 4] {
        refused("cut.json", &file.as_bytes()[..cut], "cut");
    }
    refused(
        "edited.json",
        file.replace("\"staff\"", "\"stuff\"").as_bytes(),
        "was edited or damaged",
    );
    refused(
        "newer.json",
        file.replace("\"format\": 1", "\"format\": 2").as_bytes(),
        "newer format",
    );
    for text in [
        "",
        "{}",
        "[]",
        "null",
        "\"x\"",
        "groups: {}",
        "{\"akrec\": 7}",
        "{\"akrec\": {\"what\": \"saved plan\"}}",
    ] {
        refused("none.json", text.as_bytes(), "none.json");
    }
    refused("deep.json", "[".repeat(100_000).as_bytes(), "deep.json");
    refused("binary.json", &[0xff, 0xfe, 0], "UTF-8");
    home.akrec("show nowhere.json")
        .run()
        .expect(8)
        .says(&["nowhere.json cannot be read"]);
    home.akrec("show state")
        .run()
        .expect(8)
        .says(&["not a regular file"]);
    // Places where no plan can be saved are refused before anything is asked of a server.
    home.akrec("plan --sandbox -o state")
        .run()
        .expect(3)
        .says(&["is a directory"]);
    home.akrec("plan --sandbox -o no/plan.json")
        .run()
        .expect(3)
        .says(&["does not exist"]);
    home.akrec("plan --sandbox -o /dev/null")
        .run()
        .expect(3)
        .says(&["not a regular file"]);
}

/// Every value of a saved plan replaced by others, with a checksum that fits: an error or a plan, never a crash.
#[test]
fn a_plan_made_up_by_somebody_never_crashes() {
    let home = Home::new(STATE);
    home.akrec("plan --sandbox -o plan.json").run().expect(0);
    let file: Value = serde_json::from_str(&home.read("plan.json")).unwrap();
    let mut places = Vec::new();
    paths(&file, String::new(), &mut places);
    assert!(places.len() > 300, "{}", places.len());
    for place in places.iter().filter(|place| !place.starts_with("/akrec")) {
        for other in [
            Value::Null,
            raw!(-1),
            raw!("x"),
            raw!([]),
            raw!({}),
            raw!([[1]]),
            raw!({"ref": ["group", 1]}),
        ] {
            let mut file = file.clone();
            *file.pointer_mut(place).unwrap() = other;
            let text = summed(file);
            if let Ok((saved, sources)) = akrec::plan_file::Saved::read("plan.json", &text) {
                let style = akrec::report::plan::Style::default();
                let header = akrec::report::plan::Header::default();
                akrec::report::plan::text(&saved.plan, &header, &sources, &style);
            }
        }
    }
}

fn paths(value: &Value, path: String, all: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(place, item)| (place.to_string(), item))
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, item)| (name.replace('~', "~0").replace('/', "~1"), item))
            .collect(),
        _ => Vec::new(),
    };
    for (name, item) in inside {
        paths(item, format!("{path}/{name}"), all);
    }
    all.push(path);
}

/// The file with a checksum that fits.
fn summed(mut file: Value) -> String {
    let Some(fields) = file.as_object_mut() else {
        return file.to_string();
    };
    fields.remove("akrec");
    let sum = akrec::value::digest(&akrec::value::sorted(&file).to_string());
    file["akrec"] = raw!({ "format": 1, "what": "saved plan", "sum": sum });
    file.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apply_can_be_taken_back() {
    let server = server().await;
    let before = names(&server);
    let home = Home::new(STATE);
    let ran = home
        .against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    let file = rollback(&home);
    let ran = ran.says(&[&format!("To undo this apply: akrec rollback {file}")]);
    assert!(
        !ran.out.contains("undo this apply"),
        "standard output is data only"
    );
    assert_eq!(mode(&home, &file), 0o600);
    assert!(!home.read(&file).contains(SECRET));
    assert_ne!(names(&server), before);
    // Neither files nor secrets are needed.
    std::fs::remove_dir_all(home.0.join("state")).unwrap();
    home.akrec(&format!("show {file}"))
        .run()
        .expect(0)
        .says(&["undoes the run", "- delete group \"staff\""]);
    let mut akrec = home.against(
        &server.url(),
        &format!("rollback {file} --auto-approve --no-rollback"),
    );
    akrec.0.env_remove("KEY");
    akrec
        .run()
        .expect(0)
        .says(&["Apply complete! Resources: 0 added, 0 changed, 4 destroyed."]);
    assert_eq!(names(&server), before);
    let ran = home
        .against(&server.url(), &format!("rollback {file} --auto-approve"))
        .run()
        .expect(8);
    ran.says(&["error[AKR0801]", "group \"staff\": gone"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_is_stale_when_somebody_changed_what_it_puts_back() {
    let server = server().await;
    let staff = server
        .poke("POST", "/core/groups/", raw!({"name": "staff"}))
        .1;
    let home = Home::new("groups:\n  staff: {is_superuser: true}\n");
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    let file = rollback(&home);
    // What the files say since does not matter to it.
    home.write("state/main.yaml", "groups: {others: {}}\n");
    let path = format!("/core/groups/{}/", staff["pk"].as_str().unwrap());
    server.poke("PATCH", &path, raw!({"is_superuser": false}));
    let back = || {
        home.against(
            &server.url(),
            &format!("rollback {file} --auto-approve --no-rollback"),
        )
    };
    back().run().expect(8).says(&[
        "saved plan is stale: 1 object changed",
        "(group \"staff\": is_superuser)",
    ]);
    server.poke("PATCH", &path, raw!({"is_superuser": true}));
    back().run().expect(0).says(&["1 changed"]);
    let groups = server.world_json()["/core/groups/"].clone();
    let staff = groups
        .as_array()
        .unwrap()
        .iter()
        .find(|group| group["name"] == "staff")
        .unwrap();
    assert_eq!(staff["is_superuser"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_takes_back_what_was_done_of_a_failed_apply() {
    let server = server().await;
    let before = names(&server);
    server.set_fault(|_, entry| {
        let fails = entry.method == "POST" && entry.path == "/core/applications/";
        fails.then(|| akrec::sandbox::Fault::Status(400, raw!({"slug": ["no"]})))
    });
    let home = Home::new(STATE);
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(9)
        .says(&["To undo this apply"]);
    server.clear_fault();
    assert_ne!(names(&server), before);
    let file = rollback(&home);
    home.against(
        &server.url(),
        &format!("rollback {file} --auto-approve --no-rollback"),
    )
    .run()
    .expect(0);
    assert_eq!(names(&server), before);
}

#[test]
fn where_rollbacks_go() {
    let home = Home::new(ONE);
    let found = |folder: &str| {
        let names = std::fs::read_dir(home.0.join(folder))
            .unwrap()
            .map(|it| it.unwrap().file_name());
        names
            .filter(|name| name.to_string_lossy().starts_with("rollback-"))
            .count()
    };
    // A sandbox that is forgotten leaves nothing to take back.
    home.akrec("apply --sandbox --auto-approve").run().expect(0);
    assert_eq!(found(""), 0);
    std::fs::create_dir(home.0.join("back")).unwrap();
    home.akrec("apply --sandbox --auto-approve --rollback-dir back")
        .run()
        .expect(0);
    assert_eq!((found("back"), found("")), (1, 0));
    home.akrec("apply --sandbox-data world.json --auto-approve --no-rollback")
        .run()
        .expect(0);
    assert_eq!(found(""), 0);
    home.write("state/main.yaml", "groups: {staff: {is_superuser: true}}\n");
    let run = |args: &str| home.akrec(args).env("AKREC_RUN", "../a b").run();
    run("apply --sandbox-data world.json --auto-approve")
        .expect(0)
        .says(&["rollback-..-a-b.json"]);
    assert_eq!(found(""), 1);
    run("apply --sandbox-data world.json --auto-approve")
        .expect(0)
        .says(&["No changes."]);
    assert_eq!(found(""), 1);
    // One that is there is not replaced.
    home.write(
        "state/main.yaml",
        "groups: {staff: {is_superuser: false}}\n",
    );
    run("apply --sandbox-data world.json --auto-approve")
        .expect(0)
        .says(&["rollback-..-a-b-2.json"]);
    // A folder is made; where none can be, nothing is written.
    home.write("state/main.yaml", "groups: {staff: {is_superuser: true}}\n");
    let refused =
        run("apply --sandbox-data world.json --auto-approve --rollback-dir state/main.yaml/x")
            .expect(3);
    refused.says(&[
        "error[AKR0301]",
        "--rollback-dir state/main.yaml/x: the directory cannot be created",
    ]);
    run("apply --sandbox-data world.json --auto-approve --rollback-dir new/folder").expect(0);
    assert_eq!(found("new/folder"), 1);
    // What cannot be written in the end is an error, though the apply is done.
    home.write(
        "state/main.yaml",
        "groups: {staff: {is_superuser: false}}\n",
    );
    let _ = std::fs::create_dir(home.0.join("full"));
    (1..100).for_each(|count| {
        let end = if count == 1 {
            String::new()
        } else {
            format!("-{count}")
        };
        home.write(&format!("full/rollback-..-a-b{end}.json"), "");
    });
    let ran = run("apply --sandbox-data world.json --auto-approve --rollback-dir full").expect(1);
    ran.says(&["Apply complete!", "error[AKR0806]", "too many files"]);
}

/// A saved plan has no content: it is found again beside the files, and has to be the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_saved_plan_is_stale_when_a_file_has_other_content() {
    let server = server().await;
    let home = Home::new("files: {wiki.png: {content: !file icon.png}}\n");
    let icon = home.write("state/icon.png", "not-to-be-seen");
    home.against(&server.url(), "plan -o plan.json")
        .run()
        .expect(0)
        .says(&["wiki-", "(14 bytes)"]);
    assert!(!home.read("plan.json").contains("not-to-be-seen"));
    home.against(&server.url(), "show plan.json")
        .run()
        .expect(0)
        .says(&["(14 bytes)"]);
    let apply = || home.against(&server.url(), "apply plan.json --auto-approve");
    home.write("state/icon.png", "something else");
    apply().run().expect(8).says(&[
        "saved plan is stale",
        "wiki-9228cce3.png",
        "no longer declared",
    ]);
    std::fs::remove_file(&icon).unwrap();
    apply()
        .run()
        .expect(3)
        .says(&["error[AKR0111]", "icon.png cannot be read"]);
    assert_eq!(server.world_json()["/admin/file/"], raw!(null));
    home.write("state/icon.png", "not-to-be-seen");
    apply().run().expect(0).says(&["1 added"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_of_what_was_made_again_leaves_nothing_to_do() {
    let server = server().await;
    let wiki = "applications: {wiki: {name: Wiki, bindings: [{group: guests}]}, docs: {name: Docs, bindings: [{group: staff}";
    let state = format!("groups: {{guests: {{}}, staff: {{}}}}\n{wiki}");
    let home = Home::new(&format!("{state}, {{group: guests}}]}}}}\n"));
    home.against(&server.url(), "apply --auto-approve --no-rollback")
        .run()
        .expect(0);
    home.write("state/main.yaml", format!("{state}]}}}}\n"));
    server.poke("DELETE", "/core/applications/wiki/", raw!({}));
    let groups = server.world_json()["/core/groups/"]
        .as_array()
        .unwrap()
        .clone();
    let guests = groups.iter().find(|it| it["name"] == "guests").unwrap()["pk"]
        .as_str()
        .unwrap()
        .to_owned();
    server.poke("DELETE", &format!("/core/groups/{guests}/"), raw!({}));
    home.against(&server.url(), "drift")
        .run()
        .expect(2)
        .says(&["deleted on the server: group \"guests\""]);
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    let back = rollback(&home);
    let ran = home
        .against(&server.url(), &format!("rollback {back} --auto-approve"))
        .run()
        .expect(0);
    let ran = ran.says(&[
        "- delete group \"guests\"",
        "(to undo the run that is rolled back)",
        "2 destroyed",
    ]);
    // What is not there cannot be adopted.
    assert!(!ran.out.contains("adopt"), "{}", ran.out);
    // The ledger knows again that there was one.
    home.against(&server.url(), "drift")
        .run()
        .expect(2)
        .says(&["deleted on the server: group \"guests\""]);
}

//! Plan files and rollback files that somebody has edited, with a checksum that fits: what a compromised job that plans
//! can make the job do that applies.

use std::collections::BTreeSet;
use std::path::Path;

use akrec::value::{digest, sorted};
use serde_json::{Value, json};

use super::support::*;

/// What is on the server before: an application for staff, a group that goes, a user who is a member.
const BEFORE: &str = "\
groups:
  staff: {members: [ann], attributes: {floor: 1}}
  old: {}
  kept: {lifecycle: {protect: true}}
users:
  ann: {name: Ann}
  eve: {name: Eve}
sources:
  git: {type: oauth, name: Git, provider_type: github, consumer_key: k, consumer_secret: !env APP_SECRET}
applications:
  wiki: {name: Wiki, bindings: [{group: staff}, {group: old}]}
";

/// What the files want then: something of every action.
const AFTER: &str = "\
groups:
  staff: {members: [ann, bob], attributes: {floor: 2}}
  guests: {}
  kept: {lifecycle: {protect: true}}
users:
  ann: {name: Ann Smith}
  bob: {name: Bob}
  eve: {name: Eve}
sources:
  git: {type: oauth, name: Git, provider_type: github, consumer_key: k, consumer_secret: !env APP_SECRET}
applications:
  wiki: {name: Wiki, previously: wiki, bindings: [{group: staff}]}
  docs: {name: Docs, bindings: [{group: guests}]}
";

/// How many of the values deep inside a plan file are changed; the fuzz does more.
const SAMPLE: usize = 60;

const WORLD: &str = "--sandbox=2026.2 --sandbox-data world.json --parallelism 1";

/// A project on whose server [`BEFORE`] was applied and whose files say something else.
fn project(after: &str) -> Project {
    let project = Project::with(&[("state/a.yaml", BEFORE)]);
    project
        .akrec(&format!("apply {WORLD} --auto-approve --no-rollback"))
        .run()
        .expect(0);
    project.write("state/a.yaml", after);
    project.write("before.json", project.read("world.json"));
    project
}

/// Makes a plan file with these options.
fn planned(project: &Project, options: &str) -> Value {
    project
        .akrec(&format!("plan {WORLD} -o plan.json {options}"))
        .run()
        .expect(0);
    serde_json::from_str(&project.read("plan.json")).unwrap()
}

/// The file with a checksum that fits: what anybody can make of it.
pub fn sealed(mut file: Value) -> String {
    let Some(fields) = file.as_object_mut() else {
        return file.to_string();
    };
    let what = fields
        .remove("akrec")
        .and_then(|head| head.get("what").cloned());
    let sum = digest(&sorted(&file).to_string());
    file["akrec"] = json!({ "format": 1, "what": what, "sum": sum });
    file.to_string()
}

/// Every place in a JSON value, as pointers; a place comes after all that it holds.
pub fn places(value: &Value, path: String, all: &mut Vec<String>) {
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
        places(item, format!("{path}/{name}"), all);
    }
    all.push(path);
}

/// The file with one place taken away, changed, swapped with its neighbor or doubled; `None` if that cannot be.
pub fn mutated(file: &Value, place: &str, how: usize) -> Option<Value> {
    let mut file = file.clone();
    let (parent, name) = place.rsplit_once('/')?;
    let name = name.replace("~1", "/").replace("~0", "~");
    match how % 4 {
        0 => match file.pointer_mut(parent)? {
            Value::Object(fields) => drop(fields.remove(&name)?),
            Value::Array(items) => drop(items.remove(name.parse().ok()?)),
            _ => return None,
        },
        1 => {
            let old = file.pointer_mut(place)?;
            *old = match &*old {
                Value::Bool(flag) => json!(!*flag),
                Value::Number(number) => json!(number.as_i64().unwrap_or_default() + 1),
                // Something else that means something in such files.
                Value::String(text) => {
                    let other = [
                        ("group", "user"),
                        ("staff", "old"),
                        ("create", "update"),
                        ("ann", "eve"),
                        ("wiki", "docs"),
                    ];
                    match other.iter().find(|(from, _)| from == text) {
                        Some((_, to)) => json!(to),
                        None => json!(format!("{text}x")),
                    }
                }
                Value::Null => json!("x"),
                Value::Array(_) => json!([]),
                Value::Object(_) => json!({}),
            };
        }
        2 => match file.pointer_mut(parent)? {
            Value::Array(items) if items.len() > 1 => {
                let at: usize = name.parse().ok()?;
                let other = (at + 1) % items.len();
                items.swap(at, other);
            }
            Value::Object(fields) if fields.len() > 1 => {
                let other = fields.keys().find(|other| **other != name)?.clone();
                let (mine, theirs) = (fields[&name].clone(), fields[&other].clone());
                fields.insert(name, theirs);
                fields.insert(other, mine);
            }
            _ => return None,
        },
        _ => match file.pointer_mut(place)? {
            Value::Array(items) => items.push(items.last()?.clone()),
            Value::Object(fields) => {
                drop(fields.insert("extra".to_owned(), json!({ "group": "staff" })))
            }
            _ => return None,
        },
    }
    Some(file)
}

/// What the ledger of a sandbox's file says: how each object became akrec's.
fn ledger(project: &Project, world: &str) -> BTreeSet<String> {
    let world: Value = serde_json::from_str(&project.read(world)).unwrap();
    let objects = world["objects"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["values"]["name"] == "akrec: default");
    let records = objects.flat_map(|it| it["values"]["context"]["objects"].as_array().unwrap());
    records
        .map(|record| {
            format!(
                "{} {} {}",
                record["origin"], record["at"], record["protect"]
            )
        })
        .collect()
}

/// Whether two worlds hold the same, by the names of all that is in them.
#[track_caller]
fn same(project: &Project, one: &str, other: &str, what: &str) {
    let ran = project
        .akrec(&format!("diff --from {one} --to {other} --all"))
        .run();
    assert_eq!(ran.code, Some(0), "{what}:\n{}\n{}", ran.out, ran.err);
    assert_eq!(
        ledger(project, one),
        ledger(project, other),
        "{what}: the ledgers differ"
    );
}

/// Applies a plan file that somebody edited: nothing is written, or exactly what the files want.
#[track_caller]
fn harmless(project: &Project, file: &str, what: &str) -> i32 {
    project.write("edited.json", file);
    std::fs::copy(project.path("before.json"), project.path("world.json")).unwrap();
    let ran = project
        .akrec(&format!(
            "apply edited.json {WORLD} --auto-approve --no-rollback"
        ))
        .run()
        .reveals_nothing();
    match ran.code {
        Some(0) => same(project, "wanted.json", "world.json", what),
        Some(3 | 6 | 8) => {
            assert_eq!(
                project.read("world.json"),
                project.read("before.json"),
                "{what}: something was written"
            );
        }
        code => panic!("{what}: it ended with {code:?}\n{}\n{}", ran.out, ran.err),
    }
    ran.code.unwrap_or_default()
}

/// Every member of a plan file is taken away, changed, swapped or doubled.
#[test]
fn an_edited_plan_file_does_nothing_that_the_files_do_not_want() {
    let project = project(AFTER);
    let file = planned(&project, "");
    project
        .akrec(&format!("apply {WORLD} --auto-approve --no-rollback"))
        .run()
        .expect(0);
    std::fs::rename(project.path("world.json"), project.path("wanted.json")).unwrap();
    assert_eq!(harmless(&project, &sealed(file.clone()), "as it is"), 0);
    let mut all = Vec::new();
    places(&file, String::new(), &mut all);
    all.retain(|place| !place.is_empty() && !place.starts_with("/akrec"));
    assert!(all.len() > 500, "{}", all.len());
    // What stands near the top is tried in every way, and of the many values below a sample, spread over all.
    let (top, below): (Vec<&String>, Vec<&String>) =
        all.iter().partition(|place| place.matches('/').count() < 3);
    let mut tries: Vec<(&String, usize)> = top
        .into_iter()
        .flat_map(|place| (0..4).map(move |how| (place, how)))
        .collect();
    let every = (below.len() / SAMPLE).max(1);
    tries.extend(
        below
            .into_iter()
            .step_by(every)
            .enumerate()
            .map(|(number, place)| (place, number)),
    );
    let (mut refused, mut done) = (0, 0);
    for (place, how) in tries {
        let Some(edited) = mutated(&file, place, how) else {
            continue;
        };
        match harmless(
            &project,
            &sealed(edited),
            &format!("{place}, in the way {}", how % 4),
        ) {
            0 => done += 1,
            _ => refused += 1,
        }
    }
    // Who made it and when is shown and means nothing; almost all else is noticed.
    assert!(refused > 60 && done > 3, "{refused} refused, {done} done");
}

/// Whoever may edit the file gives overrides, a wider scope, other ids and whatever else a run believes.
#[test]
fn no_option_is_taken_from_a_plan_file() {
    let project = project(&BEFORE.replace("[{group: staff}, {group: old}]", "[]"));
    project
        .akrec(&format!("plan {WORLD}"))
        .run()
        .expect(6)
        .says(&["error[AKR0601]"]);
    let apply = |options: &str| {
        std::fs::copy(project.path("before.json"), project.path("world.json")).unwrap();
        project
            .akrec(&format!(
                "apply plan.json {WORLD} --auto-approve --no-rollback {options}"
            ))
            .run()
    };
    let unwritten = || assert_eq!(project.read("world.json"), project.read("before.json"));
    // An override that a reviewer never saw: it has to be given to the apply.
    let file = planned(&project, "--allow AKR0601");
    let ran = apply("").expect(8);
    ran.says(&[
        "error[AKR0808]",
        "the plan was given --allow AKR0601; this apply is not",
    ]);
    unwritten();
    let mut edited = file.clone();
    edited["waived"] = json!([]);
    project.write("plan.json", sealed(edited));
    apply("").expect(6).says(&["error[AKR0601]"]);
    unwritten();
    project.write("plan.json", sealed(file));
    apply("--allow AKR0601")
        .expect(0)
        .says(&["warning[AKR0601]", "overridden by --allow AKR0601"]);

    // A limit that was raised for the plan is not raised for the apply.
    std::fs::copy(project.path("before.json"), project.path("world.json")).unwrap();
    project.write(
        "state/a.yaml",
        BEFORE
            .replace("  old: {}\n", "")
            .replace(", {group: old}", ""),
    );
    project.write("akrec.yaml", "limits: {deletes: 0}\n");
    project
        .akrec(&format!("plan {WORLD}"))
        .run()
        .expect(6)
        .says(&["error[AKR0606]", "the limit is 0"]);
    let ran = project
        .akrec(&format!("plan {WORLD} -o plan.json --max-deletes 5"))
        .run()
        .expect(0);
    ran.says(&["To do exactly this: akrec apply plan.json --max-deletes 5"]);
    apply("")
        .expect(6)
        .says(&["error[AKR0606]", "the limit is 0"]);
    unwritten();
    apply("--max-deletes 5").expect(0);
}

#[test]
fn a_part_or_a_secret_that_only_the_file_asks_for_is_not_written() {
    let project = project(AFTER);
    let apply = |options: &str| {
        std::fs::copy(project.path("before.json"), project.path("world.json")).unwrap();
        project
            .akrec(&format!(
                "apply plan.json {WORLD} --auto-approve --no-rollback {options}"
            ))
            .run()
    };
    let part = "--target group.staff";
    planned(&project, part);
    apply("")
        .expect(8)
        .says(&["error[AKR0808]", "--target group.staff"]);
    assert_eq!(project.read("world.json"), project.read("before.json"));
    apply(part).expect(0);
    let again = "--write-secret source.git#consumer_secret";
    std::fs::copy(project.path("before.json"), project.path("world.json")).unwrap();
    let file = planned(&project, again);
    apply("")
        .expect(8)
        .says(&["error[AKR0808]", "source.git#consumer_secret"]);
    // A file that says nothing of it asks for it all the same by its steps.
    let mut edited = file.clone();
    edited["write_secrets"] = json!([]);
    project.write("plan.json", sealed(edited));
    apply("")
        .expect(8)
        .says(&["error[AKR0801]", "source \"git\": consumer_secret"]);
    project.write("plan.json", sealed(file));
    apply(again).expect(0);
}

/// What an apply shows of a plan file is computed again, so that nobody confirms what somebody made up.
#[test]
fn who_gains_access_is_not_taken_from_the_file() {
    let project = project(&BEFORE.replace("members: [ann]", "members: [ann, eve]"));
    let mut file = planned(&project, "");
    let reported = file["access"]["gates"].as_array().unwrap().len();
    assert_eq!(reported, 1, "{}", file["access"]);
    file["access"]["gates"] = json!([]);
    project.write("plan.json", sealed(file));
    project
        .akrec("show plan.json")
        .run()
        .expect(0)
        .never_says(&["eve gains"]);
    let ran = project
        .akrec(&format!(
            "apply plan.json {WORLD} --auto-approve --no-rollback"
        ))
        .run()
        .expect(0);
    ran.says(&["+ eve gains wiki through group staff"]);
}

/// The same of privileges: a file that says less is stale, and one that says nothing of them is of an older akrec, of
/// which an apply works them out by itself.
#[test]
fn who_gains_privileges_is_not_taken_from_the_file() {
    let added = format!("{BEFORE}tokens: {{door: {{user: eve, expiring: false}}}}\n");
    let apply = |project: &Project| {
        project.akrec(&format!(
            "apply plan.json {WORLD} --auto-approve --no-rollback"
        ))
    };
    let says = "token \"door\" of user \"eve\" is created: an API token that never ends";
    let before = project(&added);
    let mut file = planned(&before, "");
    assert_eq!(
        file["plan"]["privileges"][0]["what"], "token",
        "{}",
        file["plan"]["privileges"]
    );
    file["plan"]["privileges"] = json!([]);
    before.write("plan.json", sealed(file.clone()));
    before
        .akrec("show plan.json")
        .run()
        .expect(0)
        .never_says(&["Privileges:"]);
    apply(&before)
        .run()
        .expect(8)
        .says(&["AKR0801", "who gains or loses privileges"]);
    file["plan"].as_object_mut().unwrap().remove("privileges");
    before.write("plan.json", sealed(file));
    apply(&before).run().expect(0).says(&["Privileges:", says]);
}

/// The same of signing in.
#[test]
fn what_signing_in_takes_is_not_taken_from_the_file() {
    let added = format!(
        "{BEFORE}stages: {{default-authentication-mfa-validation: {{type: authenticator_validate, not_configured_action: deny}}}}\n"
    );
    let apply = |project: &Project| {
        project.akrec(&format!(
            "apply plan.json {WORLD} --auto-approve --no-rollback"
        ))
    };
    let before = project(&added);
    let mut file = planned(&before, "");
    let changes = file["plan"]["sign_in"]["changes"].as_array().unwrap();
    assert_eq!(changes[0]["about"], "flow", "{changes:?}");
    file["plan"]["sign_in"]["changes"] = json!([]);
    before.write("plan.json", sealed(file.clone()));
    before
        .akrec("show plan.json")
        .run()
        .expect(0)
        .never_says(&["Sign-in:"]);
    apply(&before)
        .run()
        .expect(8)
        .says(&["AKR0801", "what signing in takes"]);
    file["plan"]["sign_in"] = json!({"changes": [], "unknown": "nothing is read"});
    before.write("plan.json", sealed(file.clone()));
    apply(&before).run().expect(8).says(&["AKR0801"]);
    file["plan"].as_object_mut().unwrap().remove("sign_in");
    before.write("plan.json", sealed(file));
    apply(&before).run().expect(0).says(&["Sign-in:"]);
}

/// The one rollback file of a project.
fn rollback_file(project: &Project) -> String {
    let names = std::fs::read_dir(project.dir())
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap());
    let names: Vec<String> = names.filter(|name| name.starts_with("rollback-")).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    names[0].clone()
}

/// A rollback file is no plan, whatever it is called and whatever its head says; and a plan is no rollback.
#[test]
fn a_rollback_is_not_a_plan() {
    let project = Project::with(&[("state/a.yaml", "groups: {g: {is_superuser: true}}\n")]);
    let apply = |more: &str| project.akrec(&format!("apply {WORLD} --auto-approve {more}"));
    apply("").run().expect(0);
    std::fs::remove_file(project.path(rollback_file(&project))).unwrap();
    project.write("state/a.yaml", "groups: {g: {is_superuser: false}}\n");
    let file = apply("").run().expect(0);
    let name = rollback_file(&project);
    let file = file.says(&[&format!("To undo this apply: akrec rollback {name}")]);
    assert!(
        !file.everything.contains("akrec apply rollback"),
        "{}",
        file.everything
    );
    project.write("before.json", project.read("world.json"));
    let text = project.read(&name);
    let mut renamed: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(renamed["akrec"]["what"], "rollback");
    renamed["akrec"]["what"] = json!("saved plan");
    // Smuggled into the plan of today.
    let mut smuggled = planned(&project, "");
    smuggled["undo"] = renamed["undo"].clone();
    smuggled["plan"] = renamed["plan"].clone();
    for text in [text, sealed(renamed), sealed(smuggled)] {
        project.write("plan.json", text);
        let ran = project
            .in_every_format(&format!("apply plan.json {WORLD} --auto-approve"))
            .expect(8);
        let ran = ran.says(&[
            "error[AKR0807]: plan.json is a rollback file",
            "akrec rollback plan.json",
        ]);
        assert_eq!(
            ran.everything.matches("AKR0807").count().min(8),
            8,
            "every format has it:\n{}",
            ran.everything
        );
        assert_eq!(project.read("world.json"), project.read("before.json"));
    }
    // A head that says "rollback" makes none of a plan.
    let mut plan = planned(&project, "");
    project
        .akrec(&format!("rollback plan.json {WORLD} --auto-approve"))
        .run()
        .expect(8)
        .says(&["error[AKR0807]"]);
    plan["akrec"]["what"] = json!("rollback");
    project.write("plan.json", sealed(plan));
    for verb in ["rollback", "apply"] {
        project
            .akrec(&format!("{verb} plan.json {WORLD} --auto-approve"))
            .run()
            .expect(8)
            .says(&["error[AKR0804]"]);
    }
    // It asks, says what it is, and shows what it would do.
    project
        .akrec(&format!("rollback {name} {WORLD}"))
        .run()
        .expect(3)
        .says(&["error[AKR0304]", "--plan-only"]);
    for show in [
        format!("rollback {name} {WORLD} --plan-only"),
        format!("show {name}"),
    ] {
        let ran = project.in_every_format(&show).expect(0);
        ran.says(&[
            "warning[AKR0809]",
            "no state file confirms it",
            "is_superuser: false -> true",
        ]);
    }
    assert_eq!(project.read("world.json"), project.read("before.json"));
    let ran = project
        .akrec(&format!(
            "rollback {name} {WORLD} --auto-approve --rollback-dir more"
        ))
        .run()
        .expect(0);
    ran.says(&["warning[AKR0809]", "1 changed"]);
    // And it is taken back in turn.
    let more = std::fs::read_dir(project.path("more"))
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect::<Vec<_>>();
    let [back] = more.as_slice() else {
        panic!("{more:?}")
    };
    let back = Path::new("more").join(back.file_name().unwrap());
    project
        .akrec(&format!(
            "rollback {} {WORLD} --auto-approve --no-rollback",
            back.display()
        ))
        .run()
        .expect(0);
    project
        .akrec(&format!("plan {WORLD} --detailed-exitcode"))
        .run()
        .expect(0);
}

/// What a rollback file says is judged by the safety checks of the settings and the flags, and by what the ledger says now.
#[test]
fn an_edited_rollback_file_meets_every_safety_check() {
    let project = Project::with(&[("state/a.yaml", BEFORE)]);
    project
        .akrec(&format!("apply {WORLD} --auto-approve --no-rollback"))
        .run()
        .expect(0);
    let more: String = (0..12).map(|n| format!("  more-{n:02}: {{}}\n")).collect();
    project.write(
        "state/a.yaml",
        format!("{BEFORE}absent: {{groups: [nobody]}}\n")
            .replace("users:\n", &format!("{more}users:\n")),
    );
    let ran = project
        .akrec(&format!("apply {WORLD} --auto-approve"))
        .run()
        .expect(0);
    let name = rollback_file(&project);
    // As many objects go as the run has made: that is over the limit, and the apply says what it takes.
    ran.says(&[&format!("akrec rollback {name} --allow AKR0606")]);
    project.write("before.json", project.read("world.json"));
    let text = project.read(&name);
    let file: Value = serde_json::from_str(&text).unwrap();
    let rollback = |file: &str, options: &str| {
        project.write("back.json", file);
        project
            .akrec(&format!(
                "rollback back.json {WORLD} --auto-approve --no-rollback {options}"
            ))
            .run()
    };
    let unwritten = || assert_eq!(project.read("world.json"), project.read("before.json"));
    rollback(&text, "")
        .expect(6)
        .says(&["error[AKR0606]", "12 of 12"]);
    // That the file overrides a check means nothing.
    let mut edited = file.clone();
    edited["waived"] = json!(["AKR0606", "AKR0605", "AKR0603", "AKR0607"]);
    rollback(&sealed(edited), "")
        .expect(6)
        .says(&["error[AKR0606]"]);
    unwritten();
    // Other objects than the run has made: the fingerprints show it.
    let mut edited = file.clone();
    edited["undo"]["absent"] = json!([["group", "kept"]]);
    rollback(&sealed(edited.clone()), "")
        .expect(8)
        .says(&["error[AKR0801]", "group \"kept\": new"]);
    unwritten();
    rollback(&text, "--max-deletes 12")
        .expect(0)
        .says(&["12 destroyed"]);
}

/// Who the ledger and the settings protect by now is asked when a rollback is done, not believed of its file.
#[test]
fn a_rollback_meets_the_protection_of_today() {
    let project = Project::with(&[(
        "state/a.yaml",
        "groups: {g: {}}\nusers: {eve: {name: Eve}}\n",
    )]);
    project
        .akrec(&format!("apply {WORLD} --auto-approve"))
        .run()
        .expect(0);
    let name = rollback_file(&project);
    let rollback = |options: &str| {
        project
            .akrec(&format!(
                "rollback {name} {WORLD} --auto-approve --no-rollback {options}"
            ))
            .run()
    };
    project.write("akrec.yaml", "break_glass: [eve]\n");
    rollback("").expect(6).says(&["error[AKR0610]", "eve"]);
    project.write("akrec.yaml", "limits: {deletes: 1}\n");
    rollback("")
        .expect(6)
        .says(&["error[AKR0606]", "the limit is 1"]);
    project.write("akrec.yaml", "{}\n");
    project.write(
        "state/a.yaml",
        "groups: {g: {lifecycle: {protect: true}}}\nusers: {eve: {name: Eve}}\n",
    );
    project
        .akrec(&format!("apply {WORLD} --auto-approve --no-rollback"))
        .run()
        .expect(0);
    project.write("before.json", project.read("world.json"));
    rollback("").expect(6).says(&[
        "error[AKR0605]: group \"g\" is protected",
        "--allow AKR0605",
    ]);
    assert_eq!(project.read("world.json"), project.read("before.json"));
    rollback("--allow AKR0605")
        .expect(0)
        .says(&["warning[AKR0605]", "2 destroyed"]);
}

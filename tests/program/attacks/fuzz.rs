//! A bounded fuzz of everything that akrec reads and others may write: plan files, rollback files, the ledger and leases
//! on the server, state files and settings. Whatever stands there: no panic, no hang, no secret, a documented exit code.
//!
//! `AKREC_SEED=7 AKREC_SECONDS=300 cargo test --test program attacks -- --ignored fuzz`; equal seeds give equal cases. A case that
//! fails is kept in a folder that the message names.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use akrec::value::{digest, sorted};
use serde_json::{Value, json};

use super::plan_files::{mutated, places, sealed};
use super::support::*;

/// A state with something of everything that the files can say.
const STATE: &str = "\
defaults:
  applications: {policy_engine_mode: any}
groups:
  staff: {members: [ann], attributes: {floor: 1, key: !env APP_SECRET}}
  admins: {parents: [staff], is_superuser: true, lifecycle: {protect: true}}
users:
  ann: {name: Ann, email: ann@example.org}
providers:
  wiki:
    type: oauth2
    client_secret: !env APP_SECRET
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
    redirect_uris: [!var callback, {url: 'https://.*\\.example\\.org/cb', matching_mode: regex}]
applications:
  wiki: {name: Wiki, provider: wiki, bindings: [{group: staff, order: 1}], icon: !file icon.txt}
sources:
  git: {type: oauth, name: Git, provider_type: github, consumer_key: k, consumer_secret: !env {name: APP_SECRET}}
absent:
  groups: [nobody]
assertions:
  - {application: wiki, only: [group:staff]}
";

const SETTINGS: &str = "\
vars: {callback: 'https://wiki.example.org/callback', other: !env {name: MISSING, default: x}}
workspace: default
limits: {deletes: 20, delete_share: 100%, removals: {membership: 50}}
lints: {open-application: deny}
break_glass: [akadmin]
on_error: stop
";

/// Words that mean something in one of the files.
const WORDS: &[&str] = &[
    "!env APP_SECRET",
    "!file ../out/secret",
    "!var callback",
    "!ref {application: wiki}",
    "!exact []",
    "&a [*a]",
    "*a",
    "<<: *a",
    "---\n",
    "null",
    "~",
    "{}",
    "[]",
    "\"",
    "'",
    "\\",
    "\u{202e}",
    "\u{0}",
    "\t",
    ": ",
    "- ",
    "? ",
    "|\n",
    ">-\n",
    "999999999999999999999",
    "-1",
    "1e999",
    "0x7f",
    "groups:\n",
    "absent:\n",
    "previously: staff",
    "lifecycle: {protect: 7}",
    "server: http://127.0.0.1:1",
    "state: .",
    "state: !env APP_SECRET",
    "ca_cert: /dev/zero",
    "type: saml",
    "{{",
    "#",
];

/// Numbers that look random, the same for the same seed.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize
    }

    fn below(&mut self, end: usize) -> usize {
        self.next() % end.max(1)
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// A text with some of it taken away, doubled, moved or replaced by words that mean something.
fn text(draw: &mut Draw, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=draw.below(4) {
        let from = draw.below(chars.len());
        let to = (from + draw.below(30)).min(chars.len());
        match draw.below(5) {
            0 => drop(chars.drain(from..to)),
            1 => {
                let part: Vec<char> = chars[from..to].to_vec();
                let at = draw.below(chars.len());
                chars.splice(at..at, part);
            }
            2 | 3 => drop(chars.splice(from..to, draw.of(WORDS).chars())),
            _ => {
                let to = draw.below(chars.len());
                if let Some(c) = chars.get(from).copied() {
                    chars[to.min(from)] = c;
                }
            }
        }
        if chars.is_empty() {
            break;
        }
    }
    chars.into_iter().collect()
}

/// JSON with some places changed; now and then to what is of another form, or is large or deep.
fn json_of(draw: &mut Draw, value: &Value) -> Value {
    let mut value = value.clone();
    for _ in 0..=draw.below(5) {
        let mut all = Vec::new();
        places(&value, String::new(), &mut all);
        let place = draw.of(&all).clone();
        if draw.below(3) > 0 {
            let how = draw.below(4);
            value = mutated(&value, &place, how).unwrap_or(value);
            continue;
        }
        let deep = (0..draw.below(60)).fold(json!("x"), |inner, _| json!([inner]));
        let strange = [
            Value::Null,
            json!(-1),
            json!(u64::MAX),
            json!(1.5),
            json!("\u{1b}[31m\u{202e}\u{0}"),
            json!([]),
            json!({}),
            json!(["group", "staff"]),
            json!([["group", "staff"]]),
            json!({ "ref": ["group", [["user", "x"], 1]] }),
            json!({ "secret": 0 }),
            json!({ "float": "NaN" }),
            json!({ "time": "-9999-01-01T00:00:00Z" }),
            deep,
            json!("x".repeat(10_000)),
            json!({ "path": "/a/b/", "key": "name", "id": "pk", "fields": {} }),
            json!("AKR0606"),
            json!("2999-01-01T00:00:00Z"),
            json!("x".repeat(3) + "/y"),
        ];
        if let Some(at) = value.pointer_mut(&place) {
            *at = draw.of(&strange).clone();
        }
    }
    value
}

/// The world with another ledger, or with a lease, or both.
fn world(draw: &mut Draw, world: &Value) -> Value {
    let mut world = world.clone();
    let objects = world["objects"].as_array_mut().unwrap();
    let home = objects
        .iter()
        .position(|it| it["values"]["name"] == "akrec: default")
        .unwrap();
    let context = objects[home]["values"]["context"].clone();
    if draw.below(3) > 0 {
        let mut changed = json_of(draw, &context);
        if let (1.., Some(objects)) = (
            draw.below(4),
            changed.get("objects").and_then(Value::as_array),
        ) {
            let sum = digest(&sorted(&json!(objects)).to_string());
            changed["sum"] = json!(sum);
        }
        objects[home]["values"]["context"] = changed;
    }
    for name in [
        "akrec-lock: default",
        "akrec-ended: x: default",
        "akrec-ended: default",
        "akrec: other",
    ] {
        if draw.below(3) > 0 {
            continue;
        }
        let lease = json!({
            "user": "u", "host": "h", "run": "r", "process": "p", "until": "2020-01-01T00:00:00Z",
            "creating": [[["group", "staff"], "r", "group"], [["user", "ann"], "r"], [["provider", "wiki"], "r", "x"]],
        });
        let mut lease_of = objects[home].clone();
        lease_of["values"]["name"] = json!(name);
        lease_of["values"]["pk"] = json!(format!(
            "00000000-0000-4000-8000-{:012}",
            draw.below(1_000_000)
        ));
        lease_of["values"]["context"] = if name.starts_with("akrec: ") {
            json_of(draw, &context)
        } else {
            json_of(draw, &lease)
        };
        objects.push(lease_of);
    }
    world
}

const SERVER: &str = "--sandbox=2026.2 --sandbox-data world.json";

/// A project on whose server the state was applied, a plan file and a rollback file.
fn project() -> (Project, Value, Value) {
    let project = Project::with(&[
        ("state/a.yaml", STATE),
        ("state/icon.txt", "icon"),
        ("akrec.yaml", SETTINGS),
    ]);
    let state = STATE.replace("icon: !file icon.txt", "meta_publisher: !file icon.txt");
    project.write("state/a.yaml", &state);
    project
        .akrec(&format!(
            "apply {SERVER} --auto-approve --rollback-dir back"
        ))
        .run()
        .expect(0);
    let changed = state
        .replace("floor: 1", "floor: 2")
        .replace("members: [ann]", "members: []")
        .replace("name: Ann", "name: Bo");
    project.write("state/a.yaml", changed);
    project
        .akrec(&format!("plan {SERVER} -o plan.json"))
        .run()
        .expect(0);
    let back = std::fs::read_dir(project.path("back"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let json =
        |path: PathBuf| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (plan, back) = (json(project.path("plan.json")), json(back));
    (project, plan, back)
}

#[test]
#[ignore = "takes as long as it is given: AKREC_SEED=1 AKREC_SECONDS=300"]
fn fuzz() {
    let number = |name: &str, otherwise| {
        std::env::var(name)
            .ok()
            .and_then(|it| it.parse().ok())
            .unwrap_or(otherwise)
    };
    let (seed, seconds): (u64, u64) = (number("AKREC_SEED", 1), number("AKREC_SECONDS", 60));
    let (project, plan, back) = project();
    let base = project.read("world.json");
    let base_world: Value = serde_json::from_str(&base).unwrap();
    let state = project.read("state/a.yaml");
    let start = Instant::now();
    let mut cases = 0;
    for case in 0.. {
        if start.elapsed() > Duration::from_secs(seconds) {
            break;
        }
        cases += 1;
        let mut draw = Draw((seed << 20 | case) * 2 + 1);
        for _ in 0..8 {
            draw.next();
        }
        project
            .write("world.json", &base)
            .write("state/a.yaml", &state)
            .write("akrec.yaml", SETTINGS);
        for format in ["markdown", "json"] {
            let _ = std::fs::remove_file(project.path(format!("../out/{format}")));
        }
        let args = match draw.below(6) {
            kind @ (0 | 1) => {
                let file = json_of(&mut draw, if kind == 0 { &plan } else { &back });
                let file = if draw.below(8) == 0 {
                    text(&mut draw, &file.to_string())
                } else {
                    sealed(file)
                };
                project.write("edited.json", file);
                let verbs = [
                    "show edited.json".to_owned(),
                    format!("apply edited.json {SERVER} --auto-approve --no-rollback"),
                    format!("rollback edited.json {SERVER} --auto-approve --no-rollback"),
                    "access --diff edited.json".to_owned(),
                ];
                draw.of(&verbs).clone()
            }
            2 | 3 => {
                project.write("world.json", world(&mut draw, &base_world).to_string());
                let verbs = [
                    "plan",
                    "drift --unmanaged",
                    "apply --auto-approve --no-rollback",
                    "forget group.staff --auto-approve",
                    "apply --auto-approve --target group.staff --rollback-dir more",
                ];
                format!("{} {SERVER}", draw.of(&verbs))
            }
            4 => {
                project.write("state/a.yaml", text(&mut draw, &state));
                draw.of(&[format!("plan {SERVER}"), "validate".to_owned()])
                    .clone()
            }
            _ => {
                project.write("akrec.yaml", text(&mut draw, SETTINGS));
                draw.of(&[format!("plan {SERVER}"), "validate".to_owned()])
                    .clone()
            }
        };
        let formats = if args.starts_with("access") {
            ""
        } else {
            " --output markdown=../out/markdown --output json=../out/json"
        };
        let formats = if args.starts_with("forget") {
            " --output json=../out/json"
        } else {
            formats
        };
        let attack = project.akrec(&format!("{args}{formats}"));
        let ran = finish(attack.start(), Duration::from_secs(60));
        let mut wrong = match &ran {
            None => "it hangs".to_owned(),
            Some(ran) if !matches!(ran.code, Some(0..=10)) => {
                format!("it ended with {:?}, signal {:?}", ran.code, ran.signal)
            }
            Some(_) => String::new(),
        };
        let mut said = ran.map(|ran| ran.everything).unwrap_or_default();
        for format in ["markdown", "json"] {
            said.push_str(
                &std::fs::read_to_string(project.path(format!("../out/{format}")))
                    .unwrap_or_default(),
            );
        }
        for bad in [
            TOKEN,
            SECRET,
            OUTSIDE,
            "panicked",
            "memory allocation",
            "\u{1b}",
            "\u{202e}",
        ] {
            if said.contains(bad) {
                wrong = format!("{bad:?} is said");
            }
        }
        if !wrong.is_empty() {
            let kept = std::env::temp_dir().join(format!("akrec-fuzz-{seed}-{case}"));
            let copied = std::process::Command::new("cp")
                .arg("-a")
                .arg(project.dir())
                .arg(&kept)
                .status()
                .unwrap();
            assert!(copied.success());
            let shown: String = said.chars().take(3000).collect();
            panic!(
                "AKREC_SEED={seed}, case {case}: {wrong}: akrec {args}\nkept in {}\n{shown}",
                kept.display()
            );
        }
    }
    println!("AKREC_SEED={seed}: {cases} cases");
    assert!(cases > seconds / 2, "{cases} cases in {seconds} s");
}

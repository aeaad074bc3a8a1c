//! The settings file: its page is fresh, and its schema agrees with what the program accepts.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use akrec::settings;
use jsonschema::Validator;

use super::yaml::documents;
use super::{akrec, pages};

#[test]
fn the_page_of_settings_is_fresh() {
    let command = "AKREC_UPDATE=1 cargo test --test program reference::settings #";
    pages::fresh("docs/settings.md", &settings::markdown(), command);
}

fn validator() -> Validator {
    let schema = settings::json_schema();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn is_valid(validator: &Validator, text: &str) -> bool {
    documents(text)
        .iter()
        .all(|document| validator.is_valid(document))
}

/// The exit code and the messages of `validate` with this settings file.
fn validated(text: &str) -> (i32, String) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "settings-{}-{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(home.join("state")).unwrap();
    std::fs::create_dir_all(home.join("authentik")).unwrap();
    for folder in ["state", "authentik"] {
        std::fs::write(home.join(folder).join("a.yaml"), "groups: {staff: {}}\n").unwrap();
    }
    std::fs::write(home.join("akrec.yaml"), text).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_akrec"))
        .arg("validate")
        .current_dir(&home)
        .env_clear()
        .env("PROXY_SECRET", "hunter2")
        .output()
        .unwrap();
    std::fs::remove_dir_all(&home).unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// The examples of the page, each a whole settings file.
fn examples() -> Vec<String> {
    let page = settings::markdown();
    page.split("```yaml\n")
        .skip(1)
        .map(|part| part.split("```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_example_is_valid_and_accepted() {
    let validator = validator();
    let examples = examples();
    assert!(examples.len() > 20);
    for text in &examples {
        assert!(is_valid(&validator, text), "{text}");
        let (code, messages) = validated(text);
        assert_eq!(code, 0, "{text}{messages}");
    }
}

/// Each is refused by both; or accepted by both.
#[test]
fn the_schema_and_the_program_agree() {
    let validator = validator();
    for (text, accepted) in [
        ("", true),
        ("server:\n", true),
        (
            "server: http://localhost:9000/\nworkspace: 17\nrelease: 2025.10\nstate: authentik\n",
            true,
        ),
        (
            "release: 2026.2.3\nallow_unknown: false\ntimeout: 1h 30m\nretries: 0\nparallelism: 64\n",
            true,
        ),
        (
            "headers: {X-A: !env PROXY_SECRET, X-B: !env {name: NONE, default: c}, X-C: 1}\n",
            true,
        ),
        (
            "limits: {deletes: 0, delete_share: 0%, changes: 9, removals: {group: 1, stage: 5%, /a/things/: 2}}\n",
            true,
        ),
        (
            "lints: {open-application: deny, AKR0717: warn}\nvars: {a: 1, b: true, c: !env {name: N, default: x}}\n",
            true,
        ),
        ("break_glass: []\non_error: continue\nconcise: true\n", true),
        ("- server\n", false),
        ("sever: https://a\n", false),
        ("token: abc\n", false),
        ("token_file: a\n", false),
        ("allow_outside: true\n", false),
        ("limits.deletes: 5\n", false),
        ("server: auth.example.org\n", false),
        ("release: latest\n", false),
        ("state: [a]\n", false),
        ("allow_unknown: yes\n", false),
        ("concise: 'true'\n", false),
        ("timeout: 30\n", false),
        ("timeout: soon\n", false),
        ("retries: 101\n", false),
        ("retries: '4'\n", false),
        ("parallelism: 0\n", false),
        ("limits: {delets: 1}\n", false),
        ("limits: {deletes: }\n", false),
        ("limits: {deletes: 20%}\n", false),
        ("limits: {delete_share: 20}\n", false),
        ("limits: {delete_share: 101%}\n", false),
        ("limits: {removals: {membershp: 1}}\n", false),
        ("limits: {removals: {group: -1}}\n", false),
        ("break_glass: akadmin\n", false),
        ("lints: {weak-redirct: deny}\n", false),
        ("lints: {weak-redirect: error}\n", false),
        ("lints: {AKR0601: allow}\n", false),
        ("on_error: Stop\n", false),
        ("headers: {AUTHorization: x}\n", false),
        ("headers: {'X Y': x}\n", false),
        ("headers: {X: [a]}\n", false),
        ("vars: {a: [b]}\n", false),
        ("vars: {a: }\n", false),
    ] {
        let (code, messages) = validated(text);
        assert_eq!(code == 0, accepted, "{text}{messages}");
        assert_eq!(is_valid(&validator, text), accepted, "{text}");
    }
}

#[test]
fn every_settings_file_of_the_tests_is_valid() {
    let validator = validator();
    let mut files = vec!["akrec.yaml".into()];
    super::state_files(Path::new("tests/cases"), &mut files);
    super::state_files(Path::new("examples"), &mut files);
    for file in files
        .iter()
        .filter(|file| file.file_name().is_some_and(|name| name == "akrec.yaml"))
    {
        assert!(
            is_valid(&validator, &std::fs::read_to_string(file).unwrap()),
            "{}",
            file.display()
        );
    }
    // What the settings' own tests accept in full.
    let tests = std::fs::read_to_string("src/settings/tests/files.rs").unwrap();
    let full = tests
        .split_once("const FULL: &str = \"\\\n")
        .unwrap()
        .1
        .split("\";")
        .next()
        .unwrap();
    assert!(
        full.lines().count() > 10 && is_valid(&validator, full),
        "{full}"
    );
}

/// Flags and variables that the page names exist.
#[test]
fn flags_and_variables_exist() {
    let help: String = ["plan", "apply", "validate"]
        .iter()
        .map(|verb| akrec(&[verb, "--help"]).1)
        .collect();
    let source = std::fs::read_to_string("src/settings/vars.rs").unwrap()
        + &std::fs::read_to_string("src/settings/connection.rs").unwrap();
    let page = settings::markdown();
    let rows = page.lines().filter(|line| line.starts_with("| [`"));
    let mut checked = 0;
    for row in rows {
        let cells: Vec<&str> = row.split(" | ").collect();
        assert_eq!(cells.len(), 5, "{row}");
        for flag in cells[3].split('`').filter(|part| part.starts_with('-')) {
            checked += 1;
            assert!(help.contains(flag.split(' ').next().unwrap()), "{flag}");
        }
        for variable in cells[4]
            .split('`')
            .filter(|part| part.starts_with("AKREC_"))
        {
            checked += 1;
            assert!(
                source.contains(variable.trim_end_matches("name")),
                "{variable}"
            );
        }
    }
    assert!(checked > 20, "{checked}");
}

#[test]
fn the_verb_prints_the_schema() {
    let (code, text, _) = akrec(&["schema", "settings"]);
    let printed: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, printed), (0, settings::json_schema()));
    assert_eq!(akrec(&["schema", "settings", "--release", "2026.2"]).0, 3);
}

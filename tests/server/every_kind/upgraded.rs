//! `akrec upgrade` for every kind with every field set, from each release to the next: what it finds is what the sandbox's
//! facts of the two releases say, and a state in which its advice was followed needs no decision.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use akrec::kinds::KINDS;
use akrec::schema::{Kind, RELEASES, Release};
use serde_json::{Value, json};

use super::facts::Facts;
use super::{sample, state};

/// A state in a directory of its own, gone when dropped.
struct Home(PathBuf);

impl Home {
    fn new(name: &str, state: &Value) -> Home {
        let home = Home(
            std::env::temp_dir().join(format!("akrec-upgraded-{}-{name}", std::process::id())),
        );
        std::fs::create_dir_all(home.0.join("state")).unwrap();
        std::fs::write(home.0.join("state/main.yaml"), state.to_string()).unwrap();
        home
    }

    fn run(&self, args: &str) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_akrec"));
        command
            .args(args.split_whitespace())
            .env_clear()
            .env("HOME", &self.0)
            .current_dir(&self.0);
        let ran = command.output().unwrap();
        let err = String::from_utf8_lossy(&ran.stderr);
        assert!(!err.contains("panicked"), "{args}: {err}");
        (
            ran.status.code().unwrap(),
            format!("{}{err}", String::from_utf8_lossy(&ran.stdout)),
        )
    }

    fn upgrade(&self, from: Release, to: Release) -> (i32, Value) {
        let (code, text) = self.run(&format!("upgrade --from {from} --to {to} --format json"));
        (
            code,
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("{from} to {to}: {text}")),
        )
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a class of findings is about: the kind, and the field with the word if there is one.
type Subjects = BTreeSet<(String, String)>;

fn found(document: &Value, class: &str) -> Subjects {
    let all = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["class"] == class);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all.flat_map(|finding| {
        let (kind, field) = (text(&finding["kind"]), text(&finding["field"]));
        match finding["words"].as_array().unwrap().as_slice() {
            [] => vec![(kind, field)],
            words => words
                .iter()
                .map(|word| (kind.clone(), format!("{field} {}", text(word))))
                .collect(),
        }
    })
    .collect()
}

/// The texts in a value, wherever they stand.
fn texts(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => drop(into.insert(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        _ => {}
    }
}

fn words(fact: &Value) -> BTreeSet<&str> {
    let words = fact["enum"].as_array().or(fact["items"]["enum"].as_array());
    words
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// The objects with every field of a kind in a state.
fn objects<'s>(state: &'s Value, kind: &Kind) -> Vec<&'s Value> {
    let section = &state[kind.section];
    match kind.is_singleton() {
        true => vec![section],
        false => [1, 2, 3]
            .iter()
            .map(|number| &section[&sample::key(kind, *number)])
            .collect(),
    }
}

/// What the facts say of the state, by class.
fn expected(state: &Value, before: &Facts, after: &Facts) -> BTreeMap<&'static str, Subjects> {
    let mut all: BTreeMap<&'static str, Subjects> = BTreeMap::new();
    let declared = |kind: &&&Kind| kind.is_in(before.release) && !kind.section.is_empty();
    for kind in KINDS.iter().filter(declared) {
        for field in kind
            .fields
            .iter()
            .filter(|field| field.is_in(before.release))
        {
            let (was, is) = (
                before.field(kind, field.name),
                after.field(kind, field.name),
            );
            let set: Vec<&Value> = objects(state, kind)
                .into_iter()
                .filter_map(|object| object.get(field.yaml_key))
                .collect();
            if set.is_empty() || was.is_null() {
                continue;
            }
            if is.is_null() {
                let renamed = kind
                    .counterpart(field)
                    .is_some_and(|twin| !after.field(kind, twin.name).is_null());
                let class = if renamed {
                    "field_renamed"
                } else {
                    "field_gone"
                };
                all.entry(class)
                    .or_default()
                    .insert((kind.title(), field.yaml_key.to_owned()));
                continue;
            }
            let mut used = BTreeSet::new();
            set.iter().for_each(|value| texts(value, &mut used));
            for word in words(was)
                .difference(&words(is))
                .filter(|word| used.contains(**word))
            {
                all.entry("word_gone")
                    .or_default()
                    .insert((kind.title(), format!("{} {word}", field.yaml_key)));
            }
        }
    }
    all
}

/// Puts words that the later release does not have where the state has others of the same enumeration.
fn with_words_that_go(state: &mut Value, before: &Facts, after: &Facts) -> usize {
    let mut count = 0;
    let declared = |kind: &&&Kind| {
        kind.is_in(before.release) && !kind.section.is_empty() && !kind.is_singleton()
    };
    for kind in KINDS.iter().filter(declared) {
        for field in kind.fields {
            let (was, is) = (
                before.field(kind, field.name),
                after.field(kind, field.name),
            );
            let (was, is) = (words(was), words(is));
            let Some(gone) = was.difference(&is).next().filter(|_| !is.is_empty()) else {
                continue;
            };
            let object = &mut state[kind.section][&sample::key(kind, 3)];
            match object.get_mut(field.yaml_key) {
                Some(Value::Array(items)) => items.push(json!(gone)),
                Some(value) => *value = json!(gone),
                None => continue,
            }
            count += 1;
        }
    }
    count
}

/// Follows the advice of every decision.
fn follow(state: &mut Value, document: &Value, after: &Facts) {
    for finding in document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["decision"] == true)
    {
        let title = finding["kind"].as_str().unwrap_or_default();
        let kind = KINDS
            .iter()
            .find(|kind| kind.title() == title)
            .unwrap_or_else(|| panic!("{finding:#}"));
        let word = finding["field"].as_str().unwrap();
        for object in finding["objects"].as_array().unwrap() {
            let name = object["address"]
                .as_str()
                .unwrap()
                .split_once('.')
                .map(|(_, name)| name.to_owned());
            let section = &mut state[kind.section];
            let declared = if kind.is_singleton() {
                section
            } else {
                &mut section[name.unwrap()]
            };
            let field = kind
                .fields
                .iter()
                .find(|field| field.yaml_key == word)
                .unwrap();
            match finding["class"].as_str().unwrap() {
                "field_gone" => drop(declared.as_object_mut().unwrap().remove(word)),
                "word_gone" => {
                    let known = words(after.field(kind, field.name));
                    let gone = finding["words"][0].as_str().unwrap();
                    let other = known.iter().find(|known| **known != gone).unwrap();
                    match &mut declared[word] {
                        Value::Array(items) => items.retain(|item| item != gone),
                        value => *value = json!(other),
                    }
                }
                "default" => {
                    // `field: value` stands in the advice.
                    let help = finding["help"].as_str().unwrap();
                    let (_, value) = help.split('`').nth(1).unwrap().split_once(": ").unwrap();
                    declared[word] = json!(value);
                }
                other => panic!("{other}: {finding:#}"),
            }
        }
    }
}

#[test]
fn an_upgrade_finds_what_the_facts_say_of_every_kind() {
    let mut seen: BTreeSet<&'static str> = BTreeSet::new();
    for pair in RELEASES.windows(2) {
        let (before, after) = (Facts::of(pair[0]), Facts::of(pair[1]));
        let what = format!("{} to {}", pair[0], pair[1]);
        for way in [1, 2] {
            let mut state = state(&before, way);
            let put = with_words_that_go(&mut state, &before, &after);
            let home = Home::new(&format!("{}-{way}", pair[1]), &state);
            let (code, document) = home.upgrade(pair[0], pair[1]);
            let expected = expected(&state, &before, &after);
            for class in ["field_gone", "field_renamed", "word_gone"] {
                let wanted = expected.get(class).cloned().unwrap_or_default();
                assert_eq!(
                    found(&document, class),
                    wanted,
                    "{what}: {class}: {document:#}"
                );
                seen.extend((!wanted.is_empty()).then_some(class));
            }
            assert!(
                found(&document, "word_gone").len() >= put,
                "{what}: {document:#}"
            );
            let decisions = document["decisions"].as_u64().unwrap();
            assert_eq!(code, if decisions == 0 { 0 } else { 2 }, "{what}");
            // Every place is one of the file.
            for finding in document["findings"].as_array().unwrap() {
                for object in finding["objects"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|it| it["declared"] == true)
                {
                    assert_eq!(
                        object["source"]["file"], "state/main.yaml",
                        "{what}: {finding:#}"
                    );
                    assert!(
                        object["source"]["line"].as_u64().unwrap() > 0,
                        "{what}: {finding:#}"
                    );
                }
            }
            drop(home);
            follow(&mut state, &document, &after);
            let home = Home::new(&format!("{}-{way}-followed", pair[1]), &state);
            let (code, document) = home.upgrade(pair[0], pair[1]);
            assert_eq!(
                (code, &document["decisions"]),
                (0, &json!(0)),
                "{what}: {document:#}"
            );
            // What needs no decision, the target takes.
            for release in pair {
                let (code, reported) = home.run(&format!("validate --release {release}"));
                assert_eq!(code, 0, "{what}, {release}: {reported}");
            }
        }
    }
    assert_eq!(
        seen,
        BTreeSet::from(["field_gone", "field_renamed", "word_gone"])
    );
}

/// What is found is found in any number of steps at once, and never more in one step than in all.
#[test]
fn a_longer_way_finds_what_its_steps_find() {
    let (first, last) = (RELEASES[0], RELEASES[RELEASES.len() - 1]);
    let state = state(&Facts::of(first), 1);
    let home = Home::new("long", &state);
    let (code, document) = home.upgrade(first, last);
    assert_eq!(code, 2);
    let expected = expected(&state, &Facts::of(first), &Facts::of(last));
    for (class, wanted) in expected {
        assert_eq!(found(&document, class), wanted, "{class}");
    }
    let new: BTreeSet<String> = found(&document, "kind_new")
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    let wanted = KINDS
        .iter()
        .filter(|kind| !kind.is_in(first) && kind.is_in(last) && !kind.section.is_empty());
    assert_eq!(new, wanted.map(|kind| kind.title()).collect());
}

/// Secrets that a patch release keeps to itself, by the facts of the newest patch release of each line.
#[test]
fn an_upgrade_names_what_becomes_write_only() {
    for release in RELEASES {
        let facts = Facts::of(*release);
        let state = state(&facts, 1);
        let home = Home::new(&format!("{release}-patch"), &state);
        // What the newest patch release has otherwise.
        let path = format!(
            "{}/src/sandbox/releases/{release}.newest.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let patch: Value = std::fs::read_to_string(path)
            .map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
        let mut wanted = Subjects::new();
        for kind in KINDS
            .iter()
            .filter(|kind| kind.is_in(*release) && !kind.section.is_empty())
        {
            for field in kind.fields {
                let newly =
                    patch["collections"][kind.path]["fields"][field.name]["write_only"] == true;
                let set = objects(&state, kind)
                    .iter()
                    .any(|object| object.get(field.yaml_key).is_some());
                if newly && set && facts.field(kind, field.name)["write_only"] != true {
                    wanted.insert((kind.title(), field.yaml_key.to_owned()));
                }
            }
        }
        let (code, text) = home.run(&format!(
            "upgrade --from {release}.0 --to {release} --format json"
        ));
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (code, found(&document, "write_only")),
            (0, wanted),
            "{release}: {document:#}"
        );
    }
}

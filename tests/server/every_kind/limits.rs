//! Every fact about values: what breaks one is refused by whoever reads the files and by the sandbox, and what just keeps
//! it passes both. What only those who use a field refuse, and the server stores, is listed here.

use std::fmt::Write;

use akrec::kinds::KINDS;
use akrec::sandbox::Sandbox;
use akrec::schema::{
    Class, Condition, Field, Format, KeyShape, Kind, RELEASES, Release, Requirement, Shape,
    V2025_12, V2026_8,
};
use serde_json::{Map, Value, json};

use super::bad_input::{Place, reported};
use super::facts::Facts;
use super::sample::{self, Sample};
use super::{converge, each_release, state};
use crate::support::{self, Bench};

/// A value that a field refuses, one that it just takes, and whether the server refuses the first as well.
struct Breach {
    bad: Value,
    good: Option<Value>,
    code: &'static str,
    served: bool,
}

fn breach(bad: impl Into<Value>, good: impl Into<Value>, code: &'static str) -> Breach {
    Breach {
        bad: bad.into(),
        good: Some(good.into()),
        code,
        served: true,
    }
}

impl Breach {
    /// The server stores it all the same.
    fn stored(mut self) -> Breach {
        self.served = false;
        self
    }

    fn without_good(mut self) -> Breach {
        self.good = None;
        self
    }
}

/// A text of so many characters that a format takes.
fn filled(format: Format, length: usize) -> String {
    let (head, tail) = match format {
        Format::Email => ("", "@example.org"),
        Format::Url(_) | Format::PublicUrl => ("https://example.org/", ""),
        _ => ("", ""),
    };
    format!(
        "{head}{}{tail}",
        "x".repeat(length - head.len() - tail.len())
    )
}

/// Everything that can be wrong with the value of one field.
fn breaches(kind: &Kind, field: &Field, facts: &Facts) -> Vec<Breach> {
    let release = facts.release;
    let mut all = Vec::new();
    if let Some(most) = field.max_length_in(Some(release)) {
        all.push(breach(
            filled(field.format, most + 1),
            filled(field.format, most),
            "AKR0140",
        ));
    }
    let notification = kind.name == "property_mapping_notification";
    all.extend(match field.format {
        Format::Url(_) => Some(breach("nope", "https://a.example.org/x", "AKR0140")),
        Format::Urls(_) => Some(breach("nope", "ldap://a,ldaps://b", "AKR0140")),
        Format::LaunchUrl => Some(breach("/if/user/", "blank://blank", "AKR0140")),
        Format::PublicUrl => Some(breach(
            "https://fleet",
            "https://fleet.example.org",
            "AKR0140",
        )),
        Format::Email => Some(breach("not-an-email", "a@example.org", "AKR0140")),
        Format::Slug => Some(breach("a b", "a-b_c", "AKR0140")),
        Format::Host => Some(breach("https://a.example.org", "a.example.org", "AKR0140").stored()),
        Format::Networks => Some(breach("10.0.0.0/33", "10.0.0.0/32", "AKR0140").stored()),
        Format::OneWord => Some(breach("a b", "a_b", "AKR0140")),
        Format::Printable if release >= V2026_8 => Some(breach("grün", "green", "AKR0140")),
        Format::UserPath => Some(breach("/a", "a/b", "AKR0140")),
        Format::Python if notification => Some(breach("return (", "return 1", "AKR0141").stored()),
        Format::Python => Some(breach("return (", "return 1", "AKR0141")),
        Format::Patterns => Some(breach("^/a\n(", "^/a\n^/b", "AKR0141").stored()),
        Format::Blueprint => Some(breach(
            "not: [yaml",
            "version: 1\nentries: []\n# good",
            "AKR0140",
        )),
        Format::Kubeconfig => {
            Some(breach(json!({"clusters": []}), json!({}), "AKR0140").without_good())
        }
        Format::PrivateKey => Some(breach("garbage", "x", "AKR0140").without_good()),
        Format::Avatars => Some(breach("nope", "attributes.picture", "AKR0140").stored()),
        Format::Links => Some(breach(json!([{"href": "x"}]), json!([]), "AKR0140").stored()),
        Format::Media if release >= V2025_12 => Some(breach("a b.png", "a/b.png", "AKR0140")),
        Format::PatternIf(..) => panic!("{}: only inside of lists", kind.name),
        Format::Any | Format::PythonIf(_) | Format::Printable | Format::Media => None,
    });
    if field.not_empty {
        all.push(breach(json!([]), Value::Null, "AKR0118").without_good());
    }
    let fact = facts.field(kind, field.name);
    all.extend(match field.shape {
        _ if field.open_ended => {
            let bad = if field.shape.is_set() {
                json!(["XX"])
            } else {
                json!("nope")
            };
            Some(breach(bad, Value::Null, "AKR0108").without_good())
        }
        Shape::Enum(_) => Some(breach("nope", Value::Null, "AKR0108").without_good()),
        // One that is a part of another one cannot be any.
        Shape::Duration if !kind.ordered_durations.is_empty() => {
            Some(breach("soon", Value::Null, "AKR0109").without_good())
        }
        Shape::Duration => Some(breach("soon", "hours=1;minutes=30", "AKR0109")),
        Shape::Int(least, most) if fact["min"].is_number() => {
            Some(breach(least - 1, most.min(least.max(1)), "AKR0107"))
        }
        Shape::List(Shape::Record(_)) => {
            let item = |url: &str| json!([{"matching_mode": "regex", "url": url}]);
            Some(breach(
                item("https://a/("),
                item("https://a/(b)"),
                "AKR0141",
            ))
        }
        _ => None,
    });
    for key in field
        .keys
        .iter()
        .filter(|key| key.since.is_none_or(|since| release >= since))
    {
        let (bad, good) = match key.shape {
            KeyShape::Text => (json!(1), json!("a")),
            KeyShape::Bool => (json!("yes"), json!(true)),
            KeyShape::Int => (json!("3"), json!(3)),
            KeyShape::Duration => (json!("5 minutes"), json!("seconds=300")),
            KeyShape::Texts => (json!(["a", 1]), json!(["a"])),
            KeyShape::TextMap => (json!({"a": null}), json!({"a": "b"})),
            KeyShape::TextMaps => (json!([{"a": 1}]), json!([{"a": "b"}])),
            KeyShape::Patches => (json!({"a": {}}), json!({"a": [{"op": "add"}]})),
        };
        let with = |value: Value| json!({ (key.name): value });
        all.push(breach(with(bad), with(good), "AKR0143"));
    }
    all
}

/// What the files alone say of an object with one field set.
fn offline(release: Release, wrong: &mut String) {
    let facts = Facts::of(release);
    let mut asked = 0;
    for place in Place::all(&facts) {
        let kind = place.kind;
        for field in kind
            .fields
            .iter()
            .filter(|field| field.is_in(release) && !field.derived)
        {
            let is_key = kind.is_key(field.name) && !kind.section.is_empty();
            if !is_key && !place.known().any(|known| known.name == field.name) {
                continue;
            }
            for breach in breaches(kind, field, &facts) {
                let with = |value: &Value| {
                    let mut object = place.object();
                    if is_key {
                        return json!({ (kind.section): { (value.as_str().unwrap()): object } });
                    }
                    object.insert(field.yaml_key.to_owned(), value.clone());
                    place.state(object, &[])
                };
                let of = |value: &Value| {
                    reported(
                        release,
                        &serde_json::to_string_pretty(&with(value)).unwrap(),
                    )
                };
                let name = format!("{release}: {} {}", kind.name, field.yaml_key);
                let found = of(&breach.bad);
                let code =
                    if is_key && kind.slug_key && breach.code == "AKR0140" && breach.bad == "a b" {
                        "AKR0122"
                    } else {
                        breach.code
                    };
                if !found.split("\n\n").any(|one| {
                    one.contains(&format!("error[{code}]")) && one.contains("state.yaml:")
                }) {
                    let _ = writeln!(
                        wrong,
                        "{name}: {} is not reported as {code}:\n{found}",
                        breach.bad
                    );
                }
                let found = breach.good.as_ref().map(of).unwrap_or_default();
                if found.contains("error[") {
                    let _ = writeln!(wrong, "{name}: {:?} is refused:\n{found}", breach.good);
                }
                asked += 1;
            }
        }
        for needs in kind
            .requirements
            .iter()
            .filter(|needs| !needs.is_lint() && needs.is_for(Some(release)))
        {
            let sample = Sample {
                facts: &facts,
                kind,
                way: 1,
                all: true,
            };
            let full = match kind.section {
                "" => place.full(),
                _ => sample.object().as_object().unwrap().clone(),
            };
            let word = |name: &str| kind.field(name).unwrap().yaml_key;
            let mut object = full.clone();
            for (name, value) in lacking(kind, needs, &full, &word) {
                match value {
                    Some(value) => drop(object.insert(word(name).to_owned(), value)),
                    None => drop(object.remove(word(name))),
                }
            }
            let found = reported(
                release,
                &serde_json::to_string_pretty(&place.state(object, &[])).unwrap(),
            );
            if !found
                .split("\n\n")
                .any(|one| one.contains("error[AKR0142]") && one.contains("state.yaml:"))
            {
                let _ = writeln!(
                    wrong,
                    "{release}: {}: {needs:?} is not reported:\n{found}",
                    kind.name
                );
            }
            asked += 1;
        }
    }
    assert!(asked > 250, "{release}: only {asked}");
}

/// Values by which an object lacks what it needs; `None` is one that is not there.
fn lacking(
    kind: &Kind,
    needs: &Requirement,
    full: &Map<String, Value>,
    word: &dyn Fn(&'static str) -> &'static str,
) -> Vec<(&'static str, Option<Value>)> {
    let mut values = Vec::new();
    for is in needs.when {
        match is {
            Condition::IsOneOf(name, words) => values.push((*name, Some(json!(words[0])))),
            Condition::HasValue(name) | Condition::HasExplicitValue(name) => {
                let flag = matches!(kind.field(name).unwrap().shape, Shape::Bool);
                let value = if flag {
                    Some(json!(true))
                } else {
                    full.get(word(name)).cloned()
                };
                assert!(value.is_some(), "{}: the sample has no {name}", kind.name);
                values.push((*name, value));
            }
            other => panic!("{}: {other:?}", kind.name),
        }
    }
    for is in needs.one_of {
        let (Condition::HasValue(name) | Condition::IsDeclared(name)) = is else {
            continue;
        };
        let field = kind.field(name).unwrap();
        let empty = match (is, field.shape) {
            (Condition::IsDeclared(_), _) => None,
            (_, Shape::Bool) => Some(json!(false)),
            (_, Shape::Set(_) | Shape::List(_)) => Some(json!([])),
            (_, Shape::Json { .. }) => Some(json!({})),
            (_, Shape::Ref(_)) => Some(Value::Null),
            _ => Some(json!("")),
        };
        values.push((*name, empty));
    }
    values
}

#[test]
fn what_breaks_a_fact_is_refused_and_what_keeps_it_is_not() {
    let wrong = std::sync::Mutex::new(String::new());
    std::thread::scope(|scope| {
        for release in RELEASES {
            let wrong = &wrong;
            scope.spawn(move || {
                let mut found = String::new();
                offline(*release, &mut found);
                wrong.lock().unwrap().push_str(&found);
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{wrong}");
}

/// An object that is there, as the sandbox keeps it and as it was sent.
struct Made<'s> {
    sandbox: &'s Sandbox,
    kind: &'static Kind,
    path: String,
    body: Map<String, Value>,
}

impl Made<'_> {
    /// The status of a change that sends everything, with some values in place of others.
    fn with(&mut self, values: &[(&str, Option<Value>)]) -> (u16, Value) {
        let mut body = self.body.clone();
        for (name, value) in values {
            match value {
                Some(value) => drop(body.insert((*name).to_owned(), value.clone())),
                None => drop(body.remove(*name)),
            }
        }
        let (status, answer) = self.sandbox.poke("PATCH", &self.path, body.into());
        if status == 200 && !self.kind.is_singleton() {
            let id = answer[self.kind.id].clone();
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            self.path = format!("{}{id}/", self.kind.path);
        }
        (status, answer)
    }
}

/// The objects of every kind that a state with every field makes.
fn made<'s>(sandbox: &'s Sandbox, release: Release) -> Vec<Made<'s>> {
    let (journal, _) = support::apart(&sandbox.journal());
    let world = sandbox.world_json();
    let mut all = Vec::new();
    for kind in KINDS
        .iter()
        .copied()
        .filter(|kind| kind.is_in(release) && !kind.unpaginated)
    {
        let body_of = |method: &str, path: &str| {
            let sent = journal
                .iter()
                .filter(|entry| entry.method == method && entry.path == path && entry.status < 300);
            sent.filter_map(|entry| entry.body.as_ref()?.as_object().cloned())
                .collect::<Vec<_>>()
        };
        if kind.is_singleton() {
            let body = body_of("PATCH", kind.path).pop().unwrap();
            all.push(Made {
                sandbox,
                kind,
                path: kind.path.to_owned(),
                body,
            });
            continue;
        }
        let key = kind.key_fields().next().unwrap();
        let wanted = sample::key(kind, 3);
        let bodies = body_of("POST", kind.path);
        let named = bodies
            .iter()
            .find(|body| kind.section.is_empty() || body.get(key).is_some_and(|it| *it == wanted));
        let Some(body) = named.or(bodies.last()) else {
            panic!("{release}: nothing was made of {}", kind.name)
        };
        let objects = world[kind.path].as_array().unwrap();
        let same = |object: &&Value| {
            kind.key_fields()
                .all(|key| body.get(key).is_none_or(|value| object[key] == *value))
        };
        let object = objects
            .iter()
            .rev()
            .find(same)
            .unwrap_or_else(|| panic!("{release}: {}: {body:?}", kind.name));
        let id = object[kind.id]
            .as_str()
            .map_or_else(|| object[kind.id].to_string(), str::to_owned);
        all.push(Made {
            sandbox,
            kind,
            path: format!("{}{id}/", kind.path),
            body: body.clone(),
        });
    }
    all
}

#[test]
fn the_sandbox_refuses_what_the_server_refuses() {
    each_release(|runtime, release| {
        runtime.block_on(async {
            let facts = Facts::of(release);
            let (sandbox, bench) = Bench::licensed(&release.to_string()).await;
            converge(&bench, &format!("{release}: created"), &state(&facts, 1)).await;
            let mut wrong = String::new();
            let mut asked = 0;
            for mut made in made(&sandbox, release) {
                let kind = made.kind;
                let (status, answer) = made.with(&[]);
                if status != 200 {
                    let _ = writeln!(
                        wrong,
                        "{release}: {}: as it is: {status} {answer}",
                        kind.name
                    );
                    continue;
                }
                for field in kind
                    .fields
                    .iter()
                    .filter(|field| field.is_in(release) && !field.derived && !field.create_only)
                {
                    for breach in breaches(kind, field, &facts) {
                        asked += 1;
                        let name = format!("{release}: {} {}", kind.name, field.name);
                        let (status, answer) = made.with(&[(field.name, Some(breach.bad.clone()))]);
                        if [400, 405].contains(&status) != breach.served {
                            let _ = writeln!(wrong, "{name}: {}: {status} {answer}", breach.bad);
                        }
                        let Some(good) = &breach.good else { continue };
                        let (status, answer) = made.with(&[(field.name, Some(good.clone()))]);
                        if status != 200 {
                            let _ = writeln!(wrong, "{name}: {good}: {status} {answer}");
                        }
                        let (status, answer) = made.with(&[]);
                        if status != 200 {
                            let _ = writeln!(wrong, "{name}: back again: {status} {answer}");
                        }
                    }
                }
                for needs in kind
                    .requirements
                    .iter()
                    .filter(|needs| !needs.is_lint() && needs.is_for(Some(release)))
                {
                    // What is sent after a creation, member by member, is no part of the body.
                    let body = made.body.clone();
                    let values = lacking(kind, needs, &body, &|name| name);
                    asked += 1;
                    let (status, answer) = made.with(&values);
                    if ![400, 405].contains(&status) {
                        let _ = writeln!(
                            wrong,
                            "{release}: {}: {needs:?}: {status} {answer}",
                            kind.name
                        );
                    }
                    made.with(&[]);
                }
            }
            assert!(asked > 200, "{release}: only {asked}");
            assert!(wrong.is_empty(), "{wrong}");
        });
    });
}

/// A secret is never repeated by what refuses it.
#[test]
fn a_refused_secret_is_not_shown() {
    for kind in KINDS.iter().filter(|kind| !kind.section.is_empty()) {
        let release = kind.since.unwrap_or(RELEASES[RELEASES.len() - 1]);
        for field in kind
            .fields
            .iter()
            .filter(|field| field.class != Class::Plain && field.format != Format::Any)
        {
            let object = json!({ "type": kind.type_name, (field.yaml_key): "hünter2 hünter2" });
            let state = json!({ (kind.section): { "a": object } });
            let found = reported(release, &state.to_string());
            assert!(
                !found.contains("hünter2"),
                "{} {}: {found}",
                kind.name,
                field.name
            );
        }
    }
}

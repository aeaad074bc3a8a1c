//! Worlds in a few lines of text: the form of the recorded ones in `worlds/`.

use std::sync::Arc;

use akrec::access::{Answer, Binding, Gate, Group, Mode, Name, Person, Rule, Subject, World};
use akrec::schema::Release;
use akrec::value::{Address, Part};

pub fn name(text: &str) -> Name {
    Arc::from(text)
}

pub fn app(slug: &str) -> Address {
    Address::named("application", slug)
}

pub fn entitlement(slug: &str, name: &str) -> Address {
    Address::joined(
        "application_entitlement",
        [Part::At(app(slug)), Part::Name(name.into())],
    )
}

/// A world, and what the server answered for each user of an application, where the text says it.
pub fn world(release: Release, text: &str) -> (World, Vec<(String, Vec<bool>)>) {
    let mut world = World::empty(release);
    let mut answers = Vec::new();
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[0] {
            "user" => {
                for user in words[1..].iter().filter(|word| **word != "inactive") {
                    world.users.insert(
                        name(user),
                        Person {
                            active: !words.contains(&"inactive"),
                        },
                    );
                }
            }
            "group" => {
                let colon = words.iter().position(|word| *word == ":").unwrap();
                let parents = words[2..colon]
                    .iter()
                    .filter(|word| **word != "superuser")
                    .map(|it| name(it))
                    .collect();
                let members = words[colon + 1..].iter().map(|it| name(it)).collect();
                world.groups.insert(
                    name(words[1]),
                    Group {
                        members,
                        parents,
                        ..Group::default()
                    },
                );
            }
            "policy" => {
                let answer = match words[2..].join(" ").as_str() {
                    "return True" => Answer::Always(true),
                    "return False" => Answer::Always(false),
                    _ => Answer::Depends,
                };
                world.policies.insert(name(words[1]), answer);
            }
            "app" => {
                let end = words
                    .iter()
                    .position(|word| *word == "=")
                    .unwrap_or(words.len());
                let mode = if words[2] == "all" {
                    Mode::All
                } else {
                    Mode::Any
                };
                let gate = Gate {
                    rule: Rule::Application(mode),
                    bindings: bindings(&words[3..end]),
                };
                world.gates.insert(app(words[1]), gate);
                if let Some(digits) = words.get(end + 1) {
                    answers.push((
                        words[1].to_owned(),
                        digits.chars().map(|digit| digit == '1').collect(),
                    ));
                }
            }
            "entitlement" => {
                let gate = Gate {
                    rule: Rule::Entitlement,
                    bindings: bindings(&words[3..]),
                };
                world.gates.insert(entitlement(words[1], words[2]), gate);
            }
            other => panic!("{other}"),
        }
    }
    (world, answers)
}

fn bindings(words: &[&str]) -> Vec<Binding> {
    let one = |(order, word): (usize, &&str)| {
        let (enabled, rest) = word
            .strip_prefix("off,")
            .map_or((true, *word), |rest| (false, rest));
        let (negate, rest) = rest
            .strip_prefix("not,")
            .map_or((false, rest), |rest| (true, rest));
        let subject = match rest.split_once(':').unwrap() {
            ("group", it) => Subject::Group(name(it)),
            ("user", it) => Subject::User(name(it)),
            ("policy", it) => Subject::Policy(name(it)),
            other => panic!("{other:?}"),
        };
        Binding {
            subject,
            enabled,
            negate,
            order: order as i64,
        }
    };
    words.iter().enumerate().map(one).collect()
}

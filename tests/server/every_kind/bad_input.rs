//! Every mistake that the table can detect, in every field of every kind of every release: each is reported with its
//! code, its line and the words that help. Objects are made up; the mistakes are put into them one sort at a time.

use std::fmt::Write;

use akrec::kinds::{self, KINDS};
use akrec::read::Server;
use akrec::schema::{
    Children, Class, Field, Format, Items, Kind, Preselected, RELEASES, Release, Shape,
};
use serde_json::{Map, Value, json};

use super::each_release;
use super::facts::Facts;
use super::sample::{self, Sample};
use crate::support::{Bench, State};

/// A kind where it is written: in its section, or under an owner.
pub struct Place<'a> {
    facts: &'a Facts,
    pub kind: &'static Kind,
    owner: Option<(&'static Kind, &'static Children)>,
}

/// A mistake in one field: what stands there, the code of the error, and what it must say.
struct Mistake {
    word: &'static str,
    /// What stands there, as YAML on one line.
    yaml: String,
    code: &'static str,
    says: Vec<String>,
}

impl<'a> Place<'a> {
    /// Every kind of a release, where it is written.
    pub fn all(facts: &'a Facts) -> Vec<Place<'a>> {
        let here = |kind: &&&'static Kind| kind.is_in(facts.release);
        let owner = |kind: &'static Kind| {
            let owners = KINDS
                .iter()
                .copied()
                .filter(|owner| owner.is_in(facts.release) && !owner.section.is_empty());
            let mut all = owners
                .flat_map(|owner| owner.children.iter().map(move |children| (owner, children)));
            all.find(|(_, children)| children.kind == kind.name)
        };
        KINDS
            .iter()
            .filter(here)
            .map(|kind| Place {
                facts,
                kind,
                owner: owner(kind).filter(|_| kind.section.is_empty()),
            })
            .collect()
    }

    /// The fields that may stand in the object.
    fn fields(&self) -> impl Iterator<Item = &'static Field> {
        let (kind, owner) = (self.kind, self.owner);
        let placed = move |field: &Field| match owner {
            Some((
                _,
                Children {
                    items: Items::Named(name),
                    owner,
                    ..
                },
            )) => [*name, *owner].contains(&field.name),
            Some((
                _,
                Children {
                    items: Items::Among(name),
                    owner,
                    ..
                },
            )) => [*name, *owner].contains(&field.name),
            Some((
                _,
                Children {
                    items: Items::One,
                    owner,
                    ..
                },
            )) => field.name == *owner,
            Some((
                _,
                Children {
                    items: Items::Subjects(subjects),
                    owner,
                    ..
                },
            )) => field.name == *owner || subjects.contains(&field.name),
            Some((
                _,
                Children {
                    items: Items::Ordered(reference),
                    owner,
                    ..
                },
            )) => field.name == *owner || field.name == *reference || field.name == "order",
            None => kind.key_fields().any(|key| key == field.name),
        };
        kind.fields.iter().filter(move |field| !placed(field))
    }

    /// The fields of this release that may stand in the object.
    pub fn known(&self) -> impl Iterator<Item = &'static Field> {
        self.fields()
            .filter(|field| field.is_in(self.facts.release))
    }

    /// The required fields, as a state file has them.
    pub fn object(&self) -> Map<String, Value> {
        let object = match self.owner {
            None => Sample {
                facts: self.facts,
                kind: self.kind,
                way: 1,
                all: false,
            }
            .object(),
            Some((kind, children)) => {
                let all = Sample {
                    facts: self.facts,
                    kind,
                    way: 1,
                    all: true,
                }
                .children(children);
                let first = match children.items {
                    Items::One => Some(&all),
                    _ => all.get(0).or_else(|| all.as_object()?.values().next()),
                };
                first.cloned().unwrap()
            }
        };
        object.as_object().unwrap().clone()
    }

    /// An object with every field, where it is written under an owner.
    pub fn full(&self) -> Map<String, Value> {
        let (kind, children) = self.owner.expect("an owner");
        let all = Sample {
            facts: self.facts,
            kind,
            way: 1,
            all: true,
        }
        .children(children);
        let first = all
            .get(0)
            .or_else(|| all.as_object()?.values().next())
            .cloned();
        first.unwrap_or(all).as_object().unwrap().clone()
    }

    /// A state with the object in its place; `also` are other objects, by section.
    pub fn state(&self, object: Map<String, Value>, also: &[(&str, &str, Value)]) -> Value {
        let (kind, object) = match self.owner {
            None => (self.kind, object),
            Some((kind, children)) => {
                let mut owner = Sample {
                    facts: self.facts,
                    kind,
                    way: 1,
                    all: false,
                }
                .object();
                owner[children.yaml_key] = match children.items {
                    Items::Named(_) => json!({ "every-child": object }),
                    Items::One => object.into(),
                    _ => json!([object]),
                };
                (kind, owner.as_object().unwrap().clone())
            }
        };
        let mut sections = match kind.is_singleton() {
            true => json!({ (kind.section): object }),
            false => json!({ (kind.section): { (sample::key(kind, 4)): object } }),
        };
        for (section, key, object) in also {
            sections[section][key] = object.clone();
        }
        sections
    }

    /// The state with mistakes in it, and the line of each.
    fn with(&self, mistakes: &[Mistake], also: &[(&str, &str, Value)]) -> (String, Vec<usize>) {
        let mut object = self.object();
        for (place, mistake) in mistakes.iter().enumerate() {
            object.insert(mistake.word.to_owned(), format!("@{place}@").into());
        }
        let mut text = serde_json::to_string_pretty(&self.state(object, also)).unwrap();
        let line = |text: &str, mark: &str| text[..text.find(mark).unwrap()].lines().count();
        let lines = (0..mistakes.len())
            .map(|place| line(&text, &format!("\"@{place}@\"")))
            .collect();
        for (place, mistake) in mistakes.iter().enumerate() {
            text = text.replace(&format!("\"@{place}@\""), &mistake.yaml);
        }
        (text, lines)
    }

    /// Checks the diagnostics of these mistakes; adds to `wrong` what is missing.
    fn hold(&self, mistakes: &[Mistake], also: &[(&str, &str, Value)], wrong: &mut String) {
        if mistakes.is_empty() {
            return;
        }
        let (text, lines) = self.with(mistakes, also);
        let found = reported(self.facts.release, &text);
        self.compare(mistakes, &lines, &found, wrong);
    }

    fn compare(&self, mistakes: &[Mistake], lines: &[usize], reported: &str, wrong: &mut String) {
        for (mistake, line) in mistakes.iter().zip(lines) {
            let place = format!("--> state.yaml:{line}:");
            let fits = |one: &&str| one.contains(mistake.code) && one.contains(&place);
            let found = reported.split("\n\n").find(fits);
            let lacks = |one: &str| {
                mistake
                    .says
                    .iter()
                    .find(|text| !one.contains(*text))
                    .cloned()
            };
            let why = match found.map(lacks) {
                Some(None) => continue,
                Some(Some(text)) => format!("does not say {text:?}"),
                None => format!("is not told as {} in line {line}", mistake.code),
            };
            let (release, kind, word, yaml) = (
                self.facts.release,
                self.kind.name,
                mistake.word,
                &mistake.yaml,
            );
            let _ = writeln!(
                wrong,
                "{release}: {kind}: {word}: {yaml}: {why}:\n{}",
                found.unwrap_or("(nothing)")
            );
        }
    }
}

/// The diagnostics of a state without a server, with the file's name alone.
pub fn reported(release: Release, text: &str) -> String {
    let server = Server {
        url: String::new(),
        version: release.to_string(),
        release,
        user: String::new(),
        user_id: 1,
        superuser: true,
    };
    let mut state = State::of(text);
    state.strict = true;
    let (_, diagnostics, sources) = state.load(&server);
    let found = akrec::report::diagnostics::text(&diagnostics, &sources, false, usize::MAX);
    found.replace(&format!("{}/", state.dir.display()), "")
}

fn mistake(field: &Field, yaml: impl Into<String>, code: &'static str, says: &[&str]) -> Mistake {
    let mut says: Vec<String> = says.iter().map(|text| (*text).to_owned()).collect();
    says.push(field.yaml_key.to_owned());
    Mistake {
        word: field.yaml_key,
        yaml: yaml.into(),
        code,
        says,
    }
}

/// A value of another type than the field's.
fn wrong_type(field: &Field) -> Option<Mistake> {
    let (yaml, code, says) = match (&field.shape, field.class) {
        (Shape::Json { .. }, Class::Secret | Class::WriteOnly) => ("[1]", "AKR0107", "a mapping"),
        (Shape::Json { per_key: true }, _) => ("[1]", "AKR0107", "a mapping"),
        (Shape::Json { per_key: false }, _) => return None,
        (Shape::String | Shape::Enum(_), _) => ("[1]", "AKR0107", "this is a list"),
        (Shape::Bytes(_), _) => ("[1]", "AKR0107", "`!file PATH`, or a string"),
        (Shape::Bool, _) => ("yes", "AKR0107", "write true"),
        (Shape::Int(..), _) => ("\"3\"", "AKR0107", "write it without quotes"),
        (Shape::Float, _) => ("much", "AKR0107", "must be a number"),
        (Shape::Duration, _) => ("1h", "AKR0109", "did you mean \"hours=1\"?"),
        (Shape::Time, _) => ("soon", "AKR0120", "2026-12-31"),
        (Shape::Ref(_) | Shape::RefAny(_), _) => ("[x]", "AKR0107", "the name of a"),
        (Shape::Set(_) | Shape::List(_), _) => ("x", "AKR0107", "a list"),
        (Shape::Record(_) | Shape::Grant { .. }, _) => ("[x]", "AKR0107", "a mapping"),
    };
    Some(mistake(field, yaml, code, &[says]))
}

/// A word that is none, next to one that is.
fn wrong_word(field: &Field, release: Release) -> Option<Mistake> {
    let (words, list) = match field.shape {
        // If there are too many values, only the nearest is named.
        _ if field.open_ended => {
            let last = field
                .known_variants
                .iter()
                .rev()
                .find(|word| word.is_in(release) && word.name.len() > 4)?
                .name;
            let yaml = if field.shape.is_set() {
                "[ZZZ]".to_owned()
            } else {
                format!("\"{last}x\"")
            };
            return Some(mistake(
                field,
                yaml,
                "AKR0108",
                &[&format!("did you mean {last:?}?")],
            ));
        }
        Shape::Enum(words) => (words, false),
        Shape::List(Shape::Enum(words)) | Shape::Set(Shape::Enum(words)) => (*words, true),
        _ => return None,
    };
    let known: Vec<&str> = words
        .iter()
        .filter(|word| word.is_in(release))
        .map(|word| word.name)
        .collect();
    let last = known.last()?;
    let yaml = if list {
        format!("[\"{last}x\"]")
    } else {
        format!("\"{last}x\"")
    };
    let all = format!("expected one of: {}", known.join(", "));
    Some(mistake(
        field,
        yaml,
        "AKR0108",
        &[all.as_str(), &format!("did you mean {last:?}?")],
    ))
}

/// A word that other releases have.
fn word_of_another_release(field: &Field, release: Release) -> Option<Mistake> {
    let (words, list) = match field.shape {
        // If there are too many values, only the nearest is named.
        _ if field.open_ended => {
            let last = field
                .known_variants
                .iter()
                .rev()
                .find(|word| word.is_in(release) && word.name.len() > 4)?
                .name;
            let yaml = if field.shape.is_set() {
                "[ZZZ]".to_owned()
            } else {
                format!("\"{last}x\"")
            };
            return Some(mistake(
                field,
                yaml,
                "AKR0108",
                &[&format!("did you mean {last:?}?")],
            ));
        }
        Shape::Enum(words) => (words, false),
        Shape::List(Shape::Enum(words)) | Shape::Set(Shape::Enum(words)) => (*words, true),
        _ => return None,
    };
    let other = words
        .iter()
        .find(|word| !word.is_in(release) && !field.open_ended)?;
    let yaml = if list {
        format!("[\"{}\"]", other.name)
    } else {
        format!("\"{}\"", other.name)
    };
    Some(mistake(
        field,
        yaml,
        "AKR0106",
        &["this variant exists ", &format!("authentik {release}")],
    ))
}

/// The name of something that exists, in another family.
fn wrong_family(field: &Field) -> Option<Mistake> {
    let families = field.shape.families();
    let name = if families.contains(&"user") {
        "authentik Admins"
    } else {
        "akadmin"
    };
    let yaml = if matches!(field.shape, Shape::Set(_)) {
        format!("[{name}]")
    } else {
        name.to_owned()
    };
    let says = format!("{name:?}");
    let mistake = mistake(field, yaml, "AKR0203", &[says.as_str(), "no such"]);
    // The reference is reported, not the field that it stands in.
    Some(Mistake {
        says: vec![says, "no such".into()],
        ..mistake
    })
    .filter(|_| families.len() == 1)
}

/// References to kinds of the family that the field does not take: one at a time.
fn wrong_kind(place: &Place<'_>, field: &'static Field, wrong: &mut String) {
    let Some(taken) = field.allowed_kinds.allowed(None) else {
        return;
    };
    let family: Vec<&'static Kind> = field
        .shape
        .families()
        .iter()
        .flat_map(|family| kinds::family(family))
        .collect();
    let mut cases: Vec<(Option<(&str, &str)>, &'static Kind)> = family
        .iter()
        .copied()
        .filter(|kind| kind.is_in(place.facts.release) && !kind.is_among(&taken))
        .map(|kind| (None, kind))
        .collect();
    if let akrec::schema::AllowedKinds::ByField(other, pairs) = field.allowed_kinds {
        for (word, _) in pairs {
            let others = family
                .iter()
                .copied()
                .filter(|kind| taken.contains(&kind.name));
            let misfit = others.filter(|kind| !pairs.contains(&(*word, kind.name)));
            cases.extend(misfit.map(|kind| (Some((other, *word)), kind)));
        }
    }
    // The first release with connectors has one kind of them.
    assert!(
        !cases.is_empty() || place.facts.release < RELEASES[2],
        "{}: {} takes all there is",
        place.kind.name,
        field.name
    );
    for (by, kind) in cases {
        let key = sample::key(kind, 5);
        let declared = Sample {
            facts: place.facts,
            kind,
            way: 1,
            all: false,
        }
        .object();
        let yaml = if field.shape.is_set() {
            format!("[{key}]")
        } else {
            key.clone()
        };
        let title = kind.title();
        let mut mistakes = vec![mistake(
            field,
            yaml,
            "AKR0216",
            &[&key, &title, "accepts only "],
        )];
        if let Some((other, word)) = by {
            let other = place.kind.field(other).unwrap();
            // No mistake: what decides.
            let decides = Mistake {
                word: other.yaml_key,
                yaml: word.into(),
                code: "",
                says: Vec::new(),
            };
            mistakes.push(decides);
            mistakes[0]
                .says
                .push(format!("where {} is {word}", other.name));
        }
        let also = [(kind.section, key.as_str(), declared)];
        let (text, lines) = place.with(&mistakes, &also);
        place.compare(
            &mistakes[..1],
            &lines[..1],
            &reported(place.facts.release, &text),
            wrong,
        );
    }
}

fn offline(release: Release, wrong: &mut String) {
    let facts = Facts::of(release);
    for place in Place::all(&facts) {
        let hold = |find: &dyn Fn(&'static Field) -> Option<Mistake>, wrong: &mut String| {
            let mistakes: Vec<Mistake> = place.known().filter_map(find).collect();
            place.hold(&mistakes, &[], wrong);
        };
        hold(&|field| wrong_type(field), wrong);
        hold(&|field| wrong_word(field, release), wrong);
        hold(&|field| word_of_another_release(field, release), wrong);
        hold(&|field| null(field), wrong);
        let secret = |field: &&'static Field| field.class != Class::Plain;
        let unset = |field: &'static Field| mistake(field, "!env NOT_SET", "AKR0110", &["NOT_SET"]);
        hold(
            &|field| {
                Some(field).filter(secret).map(unset).map(|one| Mistake {
                    says: vec!["NOT_SET".into()],
                    ..one
                })
            },
            wrong,
        );
        let plain = |field: &'static Field| match field.shape {
            Shape::Json { .. } => None,
            // A value that is known by its fingerprint is public, but has a form.
            _ if field.digest.is_some() => {
                Some(mistake(field, "hunter2", "AKR0131", &["no `-----BEGIN "]))
            }
            _ if field.format == Format::PrivateKey => {
                Some(mistake(field, "hunter2", "AKR0140", &["no `-----BEGIN "]))
            }
            _ => Some(mistake(field, "hunter2", "AKR0123", &["!env"])),
        };
        hold(&|field| Some(field).filter(secret).and_then(plain), wrong);
        // Each name with a letter too many: the nearest is suggested.
        let near: Vec<Mistake> = place.known().map(misspelt).collect();
        place.hold(&near, &[], wrong);
        // Fields of other releases say which have them.
        let gone = place
            .fields()
            .filter(|field| !field.is_in(release) && field.counterpart.is_none());
        let gone: Vec<Mistake> = gone
            .map(|field| {
                let when = match (field.since, field.until) {
                    (Some(since), _) if release < since => since.to_string(),
                    (_, Some(until)) => until.to_string(),
                    _ => String::new(),
                };
                mistake(
                    field,
                    "x",
                    "AKR0106",
                    &["this field exists ", &when, &format!("authentik {release}")],
                )
            })
            .collect();
        place.hold(&gone, &[], wrong);
        place
            .known()
            .for_each(|field| wrong_kind(&place, field, wrong));
    }
    for kind in KINDS
        .iter()
        .filter(|kind| !kind.is_in(release) && !kind.section.is_empty())
    {
        let newest = RELEASES
            .iter()
            .find(|release| kind.is_in(**release))
            .unwrap();
        let facts = Facts::of(*newest);
        let object = Sample {
            facts: &facts,
            kind,
            way: 1,
            all: false,
        }
        .object();
        let state = json!({ (kind.section): { (sample::key(kind, 4)): object } });
        let found = reported(release, &serde_json::to_string_pretty(&state).unwrap());
        let fits = [
            "AKR0106",
            "state.yaml:3:",
            &kind.title(),
            "this kind exists ",
        ]
        .iter()
        .all(|text| found.contains(text));
        if !fits {
            let _ = writeln!(
                wrong,
                "{release}: {} of other releases:\n{found}",
                kind.name
            );
        }
    }
}

/// Null, where the server refuses it.
fn null(field: &'static Field) -> Option<Mistake> {
    let cleared = field.nullable
        || match field.shape {
            Shape::String => !field.not_blank,
            Shape::Set(_) | Shape::List(_) | Shape::Json { .. } => true,
            _ => false,
        };
    (!cleared).then(|| mistake(field, "null", "AKR0118", &["leave "]))
}

/// A field's name with a letter too many.
fn misspelt(field: &'static Field) -> Mistake {
    let word: &'static str = Box::leak(format!("{}q", field.yaml_key).into_boxed_str());
    let says = vec![format!("did you mean {:?}?", field.yaml_key)];
    Mistake {
        word,
        yaml: "1".into(),
        code: "AKR0105",
        says,
    }
}

#[test]
fn every_mistake_in_every_field_is_reported_with_its_line() {
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

/// With a server: required fields of what is to be made, and names that are of another family there.
async fn online(release: Release) {
    let facts = Facts::of(release);
    let (_sandbox, bench) = Bench::sandbox(&release.to_string()).await;
    let mut wrong = String::new();
    for place in Place::all(&facts) {
        let refs: Vec<Mistake> = place.known().filter_map(wrong_family).collect();
        if !refs.is_empty() {
            let (text, lines) = place.with(&refs, &[]);
            let state = State::of(&text);
            let found = bench
                .plan(&state)
                .await
                .reported()
                .replace(&format!("{}/", state.dir.display()), "");
            place.compare(&refs, &lines, &found, &mut wrong);
        }
        // The only object of its kind is never created.
        let made = !place.kind.is_singleton();
        let filled_in = |field: &Field| matches!(field.preselected, Some(Preselected::Value(_)));
        let required = place
            .known()
            .filter(|field| made && field.required && field.create_default.is_none());
        let required = required.filter(|field| !filled_in(field));
        let words: Vec<&str> = required.map(|field| field.yaml_key).collect();
        // All of them; and each alone, which is asked of the oldest and the newest release: it takes a plan each.
        let each = [RELEASES.first(), RELEASES.last()].contains(&Some(&release));
        let alone = words.iter().filter(|_| each).map(std::slice::from_ref);
        for without in alone
            .chain([words.as_slice()])
            .filter(|one| !one.is_empty())
        {
            let mut object = place.object();
            without.iter().for_each(|word| drop(object.remove(*word)));
            let state =
                State::of(&serde_json::to_string_pretty(&place.state(object, &[])).unwrap());
            let planned = bench.plan(&state).await;
            let found = planned.reported();
            let line = format!("without {}", without.join(", "));
            let of = |one: &&str| {
                one.contains("AKR0117") && one.contains(&line) && one.contains("state.yaml:")
            };
            // If there are few values, all are named.
            let of_words = place
                .known()
                .filter(|field| without.contains(&field.yaml_key));
            let words = of_words.filter_map(|field| match field.shape {
                Shape::Enum(words) => words.iter().find(|word| word.is_in(release)),
                _ => None,
            });
            let unnamed = words
                .filter(|word| !found.contains("expected one of: ") || !found.contains(word.name))
                .count();
            if planned.plan.is_some() || !found.split("\n\n").any(|one| of(&one)) || unnamed > 0 {
                let _ = writeln!(wrong, "{release}: {} {line}:\n{found}", place.kind.name);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_only_a_server_can_tell_is_reported_with_its_line() {
    each_release(|runtime, release| runtime.block_on(online(release)));
}

/// Objects of the server are judged as declared ones are, by what lists of the whole family call them.
#[test]
fn a_live_object_of_another_kind_is_refused() {
    each_release(|runtime, release| {
        runtime.block_on(async {
            let (sandbox, bench) = Bench::sandbox(&release.to_string()).await;
            let stages = |password: &str| {
                format!("stages: {{ask: {{type: identification, user_fields: [email], password_stage: {password}}}}}")
            };
            let right = bench.plan(&State::of(&stages("default-authentication-password"))).await;
            assert_eq!(right.plan().steps.len(), 1, "{release}: {}", right.reported());
            sandbox.clear_journal();
            let wrong = bench.plan(&State::of(&stages("default-authentication-identification"))).await;
            let found = wrong.reported();
            for text in ["AKR0216", "password_stage", "default-authentication-identification", "stages.password", ":1:"] {
                assert!(found.contains(text), "{release}: {text}: {found}");
            }
            // Somebody else's, which the files need not declare.
            let (_, flows) = sandbox.poke("GET", "/flows/instances/", Value::Null);
            let flow = &flows["results"][0]["pk"];
            let dir = json!({ "name": "dir", "authorization_flow": flow, "invalidation_flow": flow });
            assert_eq!(sandbox.poke("POST", "/providers/ldap/", dir).0, 201, "{release}");
            let outpost = |kind: &str| {
                let flows = "authorization_flow: default-provider-authorization-implicit-consent, \
                             invalidation_flow: default-provider-invalidation-flow";
                State::of(&format!(
                    "outposts: {{edge: {{type: {kind}, providers: [dir]}}}}\nproviders: {{dir: {{type: ldap, {flows}}}}}"
                ))
            };
            let found = bench.plan(&outpost("ldap")).await.reported();
            assert!(!found.contains("AKR0216"), "{release}: {found}");
            let bare = State::of("outposts: {edge: {type: ldap, providers: [dir]}}");
            let planned = bench.plan(&bare).await;
            assert!(bench.apply(&planned, 1).await.is_complete(), "{release}");
            let found = bench.plan(&outpost("radius")).await.reported();
            assert!(found.contains("AKR0216") && found.contains("where type is radius"), "{release}: {found}");
            // The files say nothing of the type: the server's own decides.
            let found = bench.plan(&bare).await;
            assert!(found.plan().is_empty(), "{release}: {}", found.reported());
        });
    });
}

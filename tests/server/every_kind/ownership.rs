//! The table of `docs/ownership.md`, row by row, for every kind that can be made and every kind of list: what akrec made or
//! added goes when it leaves the files, and what was there before stays.

use std::collections::BTreeMap;

use akrec::diag::Code;
use akrec::kinds::{self, KINDS};
use akrec::plan::{Action, Delta, Keeps, Plan, Reason, Step};
use akrec::schema::{Children, Field, Items, Kind, Release, Shape, V2025_10, V2026_8};
use akrec::value::Address;
use serde_json::{Map, Value, json};

use super::facts::Facts;
use super::sample::{self, Sample};
use super::{converge, disown, state, titles};
use crate::support::{Bench, State};

/// The oldest release and the newest one.
const RELEASES: [Release; 2] = [V2025_10, V2026_8];

/// The rest of the files once everything else has left them.
fn rest() -> Value {
    json!({ "groups": { "rest": {} } })
}

/// A list of one object: the items that akrec adds to it, and the items that existed before.
struct List {
    kind: &'static Kind,
    word: &'static str,
    /// The field, or the kind of the children.
    what: What,
    added: Vec<Value>,
    found: Vec<Value>,
}

enum What {
    Set(&'static Field),
    Children(&'static Kind),
}

impl List {
    fn set(facts: &Facts, kind: &'static Kind, field: &'static Field) -> Option<List> {
        let Shape::Set(_) = field.shape else {
            return None;
        };
        let (added, found) = match (kind.name, field.name) {
            // The sample has another type for each, and an outpost takes those of its own.
            ("outpost", "providers") => (
                json!(["every-provider-proxy-1"]),
                json!(["every-provider-proxy-2"]),
            ),
            ("role", "object_permissions") => (
                json!([{"application": "every-application-1", "permissions": ["view_application"]}]),
                json!([{"group": "every-group-1", "permissions": ["view_group"]}]),
            ),
            ("role", "permissions") => (json!(["view_application"]), json!(["view_flow"])),
            ("user", "groups") => (json!(["every-group-1"]), json!(["every-group-2"])),
            ("user", "roles") => (json!(["every-role-1"]), json!(["every-role-2"])),
            ("initial_permissions", _) => (json!(["view_application"]), json!(["view_brand"])),
            ("lifecycle_rule", "reviewers") => (json!(["every-user-1"]), json!(["every-user-2"])),
            _ => {
                let of = |way| {
                    Sample {
                        facts,
                        kind,
                        way,
                        all: true,
                    }
                    .object()[field.yaml_key]
                        .clone()
                };
                (of(1), of(2))
            }
        };
        let (added, found) = (added.as_array()?.clone(), found.as_array()?.clone());
        let found: Vec<Value> = found
            .into_iter()
            .filter(|item| !added.contains(item))
            .collect();
        assert!(
            !added.is_empty() && !found.is_empty(),
            "{}: two items for {}",
            kind.name,
            field.yaml_key
        );
        Some(List {
            kind,
            word: field.yaml_key,
            what: What::Set(field),
            added,
            found,
        })
    }

    fn children(facts: &Facts, owner: &'static Kind, children: &'static Children) -> Option<List> {
        let kind = kinds::kind(children.kind).filter(|kind| kind.is_in(facts.release))?;
        let of = |way| {
            Sample {
                facts,
                kind: owner,
                way,
                all: true,
            }
            .children(children)
        };
        let (mut added, mut found) = (of(1), of(2));
        match children.items {
            // A mapping is complete by nature.
            Items::Named(_) | Items::One => return None,
            Items::Ordered(reference) => {
                let item = |name: &str, order: i64| json!([{ reference: name, "order": order, "bindings": [] }]);
                added = item("default-authentication-login", 10);
                found = item("default-authentication-password", 20);
            }
            Items::Subjects(_) => {}
            Items::Among(reference) => {
                let family = kind.field(reference).unwrap().shape.families()[0];
                found[0][family] = sample::key(kinds::kind(family).unwrap(), 2).into();
            }
        }
        for (items, order) in [(&mut added, 1), (&mut found, 2)] {
            let item = items[0].as_object_mut().unwrap();
            // What belongs to an item has lists of its own.
            kind.children
                .iter()
                .filter(|below| below.yaml_key != "bindings")
                .for_each(|it| drop(item.remove(it.yaml_key)));
            if kind.field("order").is_some() && item.get("order").is_none_or(|it| it.is_null()) {
                item.insert("order".into(), order.into());
            }
        }
        let items = |it: Value| it.as_array().unwrap().clone();
        Some(List {
            kind: owner,
            word: children.yaml_key,
            what: What::Children(kind),
            added: items(added),
            found: items(found),
        })
    }

    fn all(facts: &Facts) -> Vec<List> {
        let mut all = Vec::new();
        for kind in KINDS
            .iter()
            .copied()
            .filter(|kind| kind.is_in(facts.release) && !kind.section.is_empty())
        {
            let fields = kind
                .fields
                .iter()
                .filter(|field| field.is_in(facts.release));
            all.extend(fields.filter_map(|field| List::set(facts, kind, field)));
            all.extend(
                kind.children
                    .iter()
                    .filter_map(|children| List::children(facts, kind, children)),
            );
        }
        all
    }

    fn address(&self) -> Address {
        Address::named(self.kind.family, &sample::key(self.kind, 3))
    }

    /// The steps that are about it: the change of its field, or those of its items.
    fn steps<'p>(&self, plan: &'p Plan) -> Vec<&'p Step> {
        let owner = self.address();
        let about = |step: &&Step| match self.what {
            What::Set(field) => {
                step.address == owner && step.changes.iter().any(|it| it.field == field.name)
            }
            What::Children(kind) => {
                step.kind == kind
                    && step.address.parts().first() == Some(&akrec::value::Part::At(owner.clone()))
            }
        };
        plan.steps.iter().filter(about).collect()
    }

    /// How many items a plan takes out.
    fn removed(&self, plan: &Plan) -> usize {
        let steps = self.steps(plan).into_iter();
        match self.what {
            What::Set(field) => steps
                .flat_map(|step| &step.changes)
                .filter(|change| change.field == field.name)
                .map(|change| match &change.delta {
                    Delta::Items { added, removed, .. } if added.is_empty() => removed.len(),
                    other => panic!("{} of {}: {other:?}", self.word, self.kind.name),
                })
                .sum(),
            What::Children(_) => steps.filter(|step| step.action == Action::Delete).count(),
        }
    }
}

/// The objects of a release with these lists in the third object of each kind; the first two are what lists name.
fn with_lists(facts: &Facts, lists: &[List], value: &dyn Fn(&List) -> Option<Value>) -> Value {
    let mut state = state(facts, 1);
    for list in lists {
        let object = &mut state[list.kind.section][sample::key(list.kind, 3)];
        let object = object.as_object_mut().unwrap();
        object.remove(list.word);
        object.extend(value(list).map(|value| (list.word.to_owned(), value)));
    }
    state
}

/// A server where the third objects have `found` in their lists and nobody is known to have put it there, and then what akrec
/// adds to them by partial lists.
async fn added(bench: &Bench, sandbox: &akrec::sandbox::Sandbox, facts: &Facts, lists: &[List]) {
    converge(
        bench,
        "there before",
        &with_lists(facts, lists, &|list| Some(json!(list.found))),
    )
    .await;
    disown(sandbox);
    let both = |list: &List| {
        let items = [list.added.clone(), list.found.clone()].concat();
        json!({ "include": items })
    };
    converge(
        bench,
        "added",
        &with_lists(facts, lists, &|list| Some(both(list))),
    )
    .await;
}

fn with_release(prove: impl AsyncFn(Facts, akrec::sandbox::Sandbox, Bench)) {
    for release in RELEASES {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (sandbox, bench) = Bench::licensed(&release.to_string()).await;
            prove(Facts::of(release), sandbox, bench).await;
        });
    }
}

/// Each list on the server has exactly the items that existed before akrec.
async fn as_found(bench: &Bench, facts: &Facts, lists: &[List]) {
    let found = bench
        .plan_afresh(&State::of(
            &with_lists(facts, lists, &|it| Some(json!(it.found))).to_string(),
        ))
        .await;
    for list in lists {
        assert_eq!(
            list.steps(found.plan()).len(),
            0,
            "{} of {}:\n{}",
            list.word,
            list.kind.name,
            found.text()
        );
    }
}

#[test]
fn what_akrec_added_goes_when_it_leaves_a_partial_list() {
    with_release(async |facts, sandbox, bench| {
        let lists = List::all(&facts);
        assert!(lists.len() >= 60, "{}", lists.len());
        added(&bench, &sandbox, &facts, &lists).await;
        let nothing = with_lists(&facts, &lists, &|_| Some(json!({ "include": [] })));
        let planned = converge(&bench, "left", &nothing).await;
        let plan = planned.plan();
        for list in &lists {
            let name = format!("{}: {} of {}", facts.release, list.word, list.kind.name);
            assert_eq!(
                list.removed(plan),
                list.added.len(),
                "{name}\n{}",
                planned.text()
            );
            let stays = match list.what {
                What::Set(field) => {
                    let kept = plan
                        .kept
                        .iter()
                        .filter(|kept| kept.address == list.address() && kept.why == Keeps::Found);
                    kept.filter_map(|kept| kept.items.as_ref().filter(|(it, _)| *it == field.name))
                        .map(|(_, it)| it.len())
                        .sum()
                }
                What::Children(_) => {
                    let steps = list.steps(plan).into_iter();
                    steps
                        .filter(|step| {
                            step.action == Action::Forget && step.reason == Some(Reason::LetGo)
                        })
                        .count()
                }
            };
            assert_eq!(stays, list.found.len(), "{name} stays\n{}", planned.text());
        }
        assert!(
            planned
                .text()
                .contains("(stays: it existed before akrec; `exclude` removes it)"),
            "{}",
            planned.text()
        );
        // It is reported once.
        let again = bench.plan(&State::of(&nothing.to_string())).await;
        assert_eq!(again.plan().kept, Vec::new(), "{}", facts.release);
        as_found(&bench, &facts, &lists).await;
    });
}

#[test]
fn what_akrec_added_goes_when_its_partial_list_is_no_longer_there() {
    with_release(async |facts, sandbox, bench| {
        let lists = List::all(&facts);
        added(&bench, &sandbox, &facts, &lists).await;
        let planned = converge(&bench, "no word", &with_lists(&facts, &lists, &|_| None)).await;
        for list in &lists {
            let name = format!("{}: {} of {}", facts.release, list.word, list.kind.name);
            assert_eq!(
                list.removed(planned.plan()),
                list.added.len(),
                "{name}\n{}",
                planned.text()
            );
        }
        as_found(&bench, &facts, &lists).await;
    });
}

/// The objects were there before akrec, so they stay; what it added to their lists does not.
#[test]
fn what_akrec_added_goes_when_the_object_leaves_the_files() {
    with_release(async |facts, sandbox, bench| {
        let lists = List::all(&facts);
        added(&bench, &sandbox, &facts, &lists).await;
        // The objects that the lists name are still declared.
        let mut left = state(&facts, 1);
        for list in &lists {
            left[list.kind.section]
                .as_object_mut()
                .unwrap()
                .remove(&sample::key(list.kind, 3));
        }
        let planned = converge(&bench, "no object", &left).await;
        for list in &lists {
            let name = format!("{}: {} of {}", facts.release, list.word, list.kind.name);
            assert_eq!(
                list.removed(planned.plan()),
                list.added.len(),
                "{name}\n{}",
                planned.text()
            );
        }
        let deletes = planned
            .plan()
            .steps
            .iter()
            .filter(|step| step.action == Action::Delete);
        let named: Vec<&Address> = deletes
            .map(|it| &it.address)
            .filter(|it| it.name().is_some())
            .collect();
        assert_eq!(
            named,
            Vec::<&Address>::new(),
            "{}: objects that were there before",
            facts.release
        );
        as_found(&bench, &facts, &lists).await;
    });
}

#[test]
fn a_complete_list_removes_whoever_added_it_and_is_let_go_with_its_word() {
    with_release(async |facts, sandbox, bench| {
        let lists = List::all(&facts);
        converge(
            &bench,
            "there before",
            &with_lists(&facts, &lists, &|list| Some(json!(list.found))),
        )
        .await;
        disown(&sandbox);
        let planned = converge(
            &bench,
            "complete",
            &with_lists(&facts, &lists, &|list| Some(json!(list.added))),
        )
        .await;
        for list in &lists {
            let steps = list.steps(planned.plan());
            let removed: usize = match list.what {
                What::Set(field) => {
                    let changes = steps
                        .iter()
                        .flat_map(|step| &step.changes)
                        .filter(|it| it.field == field.name);
                    changes
                        .map(|it| {
                            if let Delta::Items { removed, .. } = &it.delta {
                                removed.len()
                            } else {
                                0
                            }
                        })
                        .sum()
                }
                What::Children(_) => steps
                    .iter()
                    .filter(|step| step.action == Action::Delete)
                    .count(),
            };
            assert_eq!(
                removed,
                list.found.len(),
                "{}: {} of {}",
                facts.release,
                list.word,
                list.kind.name
            );
        }
        // A step that only forgets writes nothing.
        let planned = converge(&bench, "no word", &with_lists(&facts, &lists, &|_| None)).await;
        let other: Vec<&Step> = planned
            .plan()
            .steps
            .iter()
            .filter(|step| step.action != Action::Forget)
            .collect();
        assert!(other.is_empty(), "{}:\n{}", facts.release, planned.text());
    });
}

/// A state with every kind, whose third objects say this of their life cycle.
fn with_lifecycle(facts: &Facts, lifecycle: &Value) -> Value {
    let mut state = state(facts, 1);
    for kind in KINDS.iter().filter(|kind| can_be_made(kind, facts)) {
        for number in [1, 2, 3] {
            state[kind.section][sample::key(kind, number)]["lifecycle"] = lifecycle.clone();
        }
    }
    state
}

fn can_be_made(kind: &Kind, facts: &Facts) -> bool {
    kind.is_in(facts.release) && !kind.section.is_empty() && !kind.is_singleton()
}

/// The number of steps of each action in a plan.
fn by_action(plan: &Plan) -> BTreeMap<Action, usize> {
    let mut counts = BTreeMap::new();
    plan.steps
        .iter()
        .for_each(|step| *counts.entry(step.action).or_default() += 1);
    counts
}

#[test]
fn objects_leave_by_who_made_them() {
    with_release(async |facts, sandbox, bench| {
        let release = facts.release;
        let before = sandbox.world_json();
        let everything = state(&facts, 1);
        let made = KINDS
            .iter()
            .filter(|kind| can_be_made(kind, &facts))
            .count()
            * 3;
        // Created: deleted.
        converge(&bench, "created", &everything).await;
        let planned = converge(&bench, "created and left", &rest()).await;
        let deleted = planned
            .plan()
            .steps
            .iter()
            .filter(|it| it.action == Action::Delete && it.address.name().is_some());
        assert_eq!(
            deleted.count(),
            made,
            "{release}: not all that was created goes\n{}",
            planned.text()
        );
        let mut was = titles(&before);
        was.insert("/core/groups/ \"rest\"".to_owned());
        assert_eq!(
            titles(&sandbox.world_json()),
            was,
            "{release}: something is left, or too much is gone"
        );
        // Unknown: never touched.
        converge(&bench, "made again", &everything).await;
        disown(&sandbox);
        let planned = bench.plan(&State::of(&rest().to_string())).await;
        assert_eq!(
            by_action(planned.plan()),
            BTreeMap::from([(Action::Create, 1)]),
            "{release}:\n{}",
            planned.text()
        );
        // Adopted: forgotten.
        converge(&bench, "adopted", &everything).await;
        let there = titles(&sandbox.world_json());
        let planned = converge(&bench, "adopted and left", &rest()).await;
        let actions = by_action(planned.plan());
        let let_go = actions.get(&Action::Forget).copied().unwrap_or_default();
        let only = actions
            .keys()
            .all(|it| matches!(it, Action::Forget | Action::Create));
        assert!(
            only && let_go >= made,
            "{release}: {actions:?}\n{}",
            planned.text()
        );
        let mut there = there;
        there.insert("/core/groups/ \"rest\"".to_owned());
        assert_eq!(titles(&sandbox.world_json()), there, "{release}: adopted");
    });
}

#[test]
fn what_is_protected_is_kept_and_refused_under_absent() {
    with_release(async |facts, _sandbox, bench| {
        let release = facts.release;
        converge(
            &bench,
            "protected",
            &with_lifecycle(&facts, &json!({ "protect": true })),
        )
        .await;
        let planned = bench.plan(&State::of(&rest().to_string())).await;
        let made = KINDS
            .iter()
            .filter(|kind| can_be_made(kind, &facts))
            .count()
            * 3;
        let kept = planned
            .plan()
            .kept
            .iter()
            .filter(|kept| kept.why == Keeps::Protected)
            .count();
        assert_eq!(kept, made, "{release}:\n{}", planned.text());
        assert_eq!(
            by_action(planned.plan()).get(&Action::Delete),
            None,
            "{release}:\n{}",
            planned.text()
        );
        let mut absent = Map::new();
        for kind in KINDS.iter().filter(|kind| can_be_made(kind, &facts)) {
            let names = absent.entry(kind.section).or_insert_with(|| json!([]));
            names
                .as_array_mut()
                .unwrap()
                .push(sample::key(kind, 3).into());
        }
        let refused = bench
            .plan(&State::of(&json!({ "absent": absent }).to_string()))
            .await;
        let protected = refused
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.code == Code::PROTECTED)
            .count();
        assert_eq!(protected, made / 3, "{release}:\n{}", refused.reported());
    });
}

/// All that authentik brings along is refused under `absent`, and what akrec made is not, whatever file it is from.
#[test]
fn what_authentik_made_is_refused_under_absent_and_what_akrec_made_is_not() {
    with_release(async |facts, sandbox, bench| {
        let release = facts.release;
        let world = sandbox.world_json();
        let mut names = Vec::new();
        for own in world["/managed/blueprints/"].as_array().unwrap() {
            names.push(own["name"].as_str().unwrap().to_owned());
        }
        let absent = State::of(&json!({ "absent": { "blueprints": names } }).to_string());
        let refused = bench.plan(&absent).await;
        let built_in = refused
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.code == Code::BUILT_IN)
            .count();
        assert_eq!(built_in, names.len(), "{release}:\n{}", refused.reported());
        let own = json!({ "blueprints": {
            "mine": { "path": "system/providers-oauth2.yaml" }, "other": { "path": "default/default-brand.yaml" },
        } });
        converge(&bench, "blueprints", &own).await;
        let mixed = json!({ "groups": { "rest": {} }, "absent": { "blueprints": ["mine"] } });
        let planned = converge(&bench, "absent, and left", &mixed).await;
        assert!(
            planned.reported().is_empty(),
            "{release}: {}",
            planned.reported()
        );
        assert_eq!(
            by_action(planned.plan()).get(&Action::Delete),
            Some(&2),
            "{release}:\n{}",
            planned.text()
        );
        // The same holds for an object that somebody else made by hand, which no ledger knows.
        let body = json!({ "name": "by hand", "path": "system/providers-saml.yaml" });
        assert_eq!(sandbox.poke("POST", "/managed/blueprints/", body).0, 201);
        let absent = json!({ "groups": { "rest": {} }, "absent": { "blueprints": ["by hand"] } });
        let planned = converge(&bench, "by hand", &absent).await;
        assert_eq!(
            by_action(planned.plan()).get(&Action::Delete),
            Some(&1),
            "{release}:\n{}",
            planned.text()
        );
    });
}

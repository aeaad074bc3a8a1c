//! Random worlds: whatever is wanted of whatever is there, the plan can be done in its order and leaves nothing to do.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use akrec::access::World;
use akrec::diag::Code;
use akrec::export;
use akrec::plan::{self, Options, Plan};
use akrec::schema::{RELEASES, Release, V2025_10};
use proptest::prelude::*;

use crate::planner::memory::Memory;
use crate::planner::table;

const GROUPS: usize = 6;
const USERS: usize = 4;
const APPLICATIONS: usize = 4;
const STAGES: usize = 4;
const POLICIES: usize = 3;

/// One state, in numbers; every set is a mask.
#[derive(Clone, Debug)]
struct Spec {
    groups: Vec<Option<Group>>,
    applications: Vec<Option<Application>>,
    flows: Vec<Option<Vec<(usize, u8)>>>,
    /// Parents are groups with higher numbers instead of lower ones.
    downwards: bool,
    /// Whether objects that this state does not have must be absent.
    absent: u8,
}

#[derive(Clone, Debug)]
struct Group {
    parents: u8,
    members: Option<u8>,
    superuser: bool,
    renamed: bool,
}

#[derive(Clone, Debug)]
struct Application {
    groups: u8,
    users: u8,
    policies: u8,
    provider: bool,
    renamed: bool,
    /// Bindings: none said, exact, additive.
    bindings: u8,
}

fn spec() -> impl Strategy<Value = Spec> {
    let group = (
        any::<u8>(),
        any::<Option<u8>>(),
        any::<bool>(),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(parents, members, superuser, renamed)| Group {
            parents,
            members,
            superuser,
            renamed,
        });
    let application = (
        any::<u8>(),
        any::<u8>(),
        any::<u8>(),
        any::<bool>(),
        prop::bool::weighted(0.2),
        0..3u8,
    )
        .prop_map(
            |(groups, users, policies, provider, renamed, bindings)| Application {
                groups,
                users,
                policies,
                provider,
                renamed,
                bindings,
            },
        );
    let stages = prop::collection::vec((0..STAGES, any::<u8>()), 0..5);
    (
        prop::collection::vec(prop::option::of(group), GROUPS),
        prop::collection::vec(prop::option::of(application), APPLICATIONS),
        prop::collection::vec(prop::option::of(stages), 2),
        any::<bool>(),
        any::<u8>(),
    )
        .prop_map(|(groups, applications, flows, downwards, absent)| Spec {
            groups,
            applications,
            flows,
            downwards,
            absent,
        })
}

fn bits(mask: u8, upto: usize) -> impl Iterator<Item = usize> {
    (0..upto).filter(move |bit| mask & (1 << bit) != 0)
}

impl Spec {
    /// The first state has nothing that was called otherwise before.
    fn first(mut self) -> Spec {
        self.groups
            .iter_mut()
            .flatten()
            .for_each(|group| group.renamed = false);
        self.applications
            .iter_mut()
            .flatten()
            .for_each(|application| application.renamed = false);
        self.absent = 0;
        self
    }

    fn group(&self, i: usize) -> Option<String> {
        self.groups[i].as_ref().map(|group| {
            if group.renamed {
                format!("h{i}")
            } else {
                format!("g{i}")
            }
        })
    }

    /// The state as files, one section each, so that they can be put in any order.
    fn sections(&self, release: Release) -> Vec<String> {
        let names = |mask: u8| {
            bits(mask, GROUPS)
                .filter_map(|i| self.group(i))
                .collect::<Vec<_>>()
        };
        let mut out = Vec::new();
        let mut groups = String::from("groups:\n  base: {}\n");
        for (i, group) in self.groups.iter().enumerate() {
            let Some(group) = group else { continue };
            let above = |j: &usize| if self.downwards { *j > i } else { *j < i };
            let room = if release == V2025_10 { 1 } else { GROUPS };
            let parents: Vec<String> = bits(group.parents, GROUPS)
                .filter(above)
                .filter_map(|j| self.group(j))
                .take(room)
                .collect();
            writeln!(groups, "  {}:", self.group(i).unwrap()).unwrap();
            writeln!(groups, "    is_superuser: {}", group.superuser).unwrap();
            writeln!(groups, "    parents: [{}]", parents.join(", ")).unwrap();
            if group.renamed {
                writeln!(groups, "    previously: g{i}").unwrap();
            }
            if let Some(members) = group.members {
                let members: Vec<String> = bits(members, USERS)
                    .map(|user| format!("u{user}"))
                    .collect();
                writeln!(groups, "    members: [{}]", members.join(", ")).unwrap();
            }
        }
        out.push(groups);
        out.push(format!(
            "users: {{{}}}\n",
            (0..USERS)
                .map(|i| format!("u{i}: {{}}"))
                .collect::<Vec<_>>()
                .join(", ")
        ));
        let dummies = |count: usize, letter: &str| {
            (0..count)
                .map(|i| format!("{letter}{i}: {{type: dummy}}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        out.push(format!("policies: {{{}}}\n", dummies(POLICIES, "p")));
        out.push(format!("stages: {{{}}}\n", dummies(STAGES, "s")));
        let mut flows =
            String::from("flows:\n  auth: {name: A, title: A, designation: authorization}\n");
        for (i, stages) in self.flows.iter().enumerate() {
            let Some(stages) = stages else { continue };
            writeln!(
                flows,
                "  f{i}:\n    name: F\n    title: F\n    designation: enrollment\n    stages:"
            )
            .unwrap();
            for (stage, policies) in stages {
                let bound: Vec<String> = bits(*policies, POLICIES)
                    .map(|p| format!("{{policy: p{p}}}"))
                    .collect();
                writeln!(
                    flows,
                    "      - {{stage: s{stage}, bindings: [{}]}}",
                    bound.join(", ")
                )
                .unwrap();
            }
            if stages.is_empty() {
                writeln!(flows, "      []").unwrap();
            }
        }
        out.push(flows);
        let mut applications =
            String::from("applications:\n  base: {name: B, lifecycle: {open: true}}\n");
        let mut providers = String::from(
            "providers:\n  base: {type: oauth2, authorization_flow: auth, invalidation_flow: auth}\n",
        );
        for (i, application) in self.applications.iter().enumerate() {
            let Some(application) = application else {
                continue;
            };
            let name = if application.renamed { "b" } else { "a" };
            writeln!(applications, "  {name}{i}:\n    name: A").unwrap();
            if application.renamed {
                writeln!(applications, "    previously: a{i}").unwrap();
            }
            if application.provider {
                writeln!(applications, "    provider: w{i}").unwrap();
                writeln!(
                    providers,
                    "  w{i}: {{type: oauth2, authorization_flow: auth, invalidation_flow: auth}}"
                )
                .unwrap();
            }
            let mut bound: Vec<String> = names(application.groups)
                .into_iter()
                .map(|name| format!("{{group: {name}}}"))
                .collect();
            bound.extend(
                bits(application.users, USERS)
                    .map(|user| format!("{{user: u{user}, order: {user}}}")),
            );
            bound.extend(
                bits(application.policies, POLICIES)
                    .map(|policy| format!("{{policy: p{policy}, negate: true}}")),
            );
            match application.bindings {
                0 => {}
                1 => writeln!(applications, "    bindings: [{}]", bound.join(", ")).unwrap(),
                _ => writeln!(
                    applications,
                    "    bindings: {{include: [{}]}}",
                    bound.join(", ")
                )
                .unwrap(),
            }
        }
        out.push(applications);
        out.push(providers);
        let gone = |list: Vec<String>, bit: u8| {
            if self.absent & bit == 0 {
                String::new()
            } else {
                list.join(", ")
            }
        };
        let groups = (0..GROUPS)
            .filter(|i| self.groups[*i].is_none())
            .map(|i| format!("g{i}"))
            .collect();
        let applications = (0..APPLICATIONS)
            .filter(|i| self.applications[*i].is_none())
            .map(|i| format!("a{i}"))
            .collect();
        let flows = (0..self.flows.len())
            .filter(|i| self.flows[*i].is_none())
            .map(|i| format!("f{i}"))
            .collect();
        out.push(format!(
            "absent:\n  groups: [{}]\n  applications: [{}]\n  flows: [{}]\n",
            gone(groups, 1),
            gone(applications, 2),
            gone(flows, 4)
        ));
        out
    }
}

/// The plan for some files, or nothing if the files would make a cycle of what is left of the world.
fn planned(text: &str, memory: &Memory) -> Option<Plan> {
    let (desired, problems, _) = table::load(text, memory.release);
    // A stage twice at one place cannot be, since places are given in order.
    assert_eq!(problems, Vec::new(), "{text}");
    let (live, odd) = memory.live();
    assert_eq!(odd, Vec::new());
    let ledger = akrec::ledger::Ledger::unknown("test", "worlds");
    let (found, diagnostics) = plan::plan(&desired, &live, &ledger, &Options::default());
    let (again, _) = plan::plan(
        &table::shuffled(&desired),
        &memory.reversed().0,
        &ledger,
        &Options::default(),
    );
    assert_eq!(
        format!("{found:?}"),
        format!("{again:?}"),
        "the order of what was read shows in the plan"
    );
    if found.is_none() {
        let errors: BTreeSet<Code> = diagnostics
            .iter()
            .filter(|d| d.is_error())
            .map(|d| d.code)
            .collect();
        assert_eq!(
            errors,
            BTreeSet::from([Code::PARENT_CIRCLE]),
            "{diagnostics:#?}"
        );
    }
    found
}

/// Applies a state and proves that nothing is left to do.
fn settle(text: &str, memory: &mut Memory) -> Option<Plan> {
    let found = planned(text, memory)?;
    let before = memory.clone();
    let (so_far, foretold) = plan::worlds(&memory.live().0, &found.steps);
    assert!(
        plan::touches_access(&found.steps) || so_far == foretold,
        "access changes:\n{}",
        table::shown(&found)
    );
    if let Err(why) = memory.apply(&found) {
        panic!(
            "the plan cannot be done: {why}\n{text}\n{}\n{before:#?}",
            table::shown(&found)
        );
    }
    assert_eq!(
        foretold,
        World::of_live(&memory.live().0),
        "another world than foretold:\n{}",
        table::shown(&found)
    );
    let again = planned(text, memory).expect("a second plan");
    assert!(
        again.is_empty(),
        "not settled:\n{}\nagain:\n{}",
        table::shown(&found),
        table::shown(&again)
    );
    Some(found)
}

/// The objects of the server are exported, and the plan of the exported files is empty.
fn exported(memory: &Memory) {
    let (live, _) = memory.live();
    let options = export::Options {
        all: true,
        one_file: true,
        ..export::Options::default()
    };
    let export = export::export(&live, &options, &|_| false);
    let Some(file) = export.files.first() else {
        return;
    };
    let found = planned(&file.text, memory);
    let found = found.unwrap_or_else(|| panic!("the export has no plan:\n{}", file.text));
    assert!(
        found.is_empty(),
        "the export is not what is there:\n{}\n{}",
        file.text,
        table::shown(&found)
    );
    assert_eq!(export.notes, Vec::new(), "{}", file.text);
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_can_be_done_and_leaves_nothing(
        first in spec(),
        second in spec(),
        release in prop::sample::select(RELEASES),
        seed in any::<u64>(),
    ) {
        let first = first.first();
        let mut memory = Memory::new(release, "");
        let text = first.sections(release).concat();
        settle(&text, &mut memory).expect("a plan from nothing");
        let sections = second.sections(release);
        let text = sections.concat();
        let before = memory.clone();
        let found = settle(&text, &mut memory);
        // The same files in another order.
        let mut turned = sections;
        let count = turned.len();
        turned.rotate_left((seed % count as u64) as usize);
        turned.reverse();
        exported(&before);
        exported(&memory);
        let again = planned(&turned.concat(), &before);
        prop_assert_eq!(found.as_ref().map(table::shown), again.as_ref().map(table::shown));
    }
}

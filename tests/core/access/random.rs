//! Random worlds: the sets of the engine against the rule spelt out for one user and one binding after another.

use std::collections::BTreeSet;

use akrec::access::{
    Access, Answer, Binding, Difference, Gate, Group, Mode, Name, Passes, Person, Rule, SETTINGS,
    Subject, Verdict, Why, World, difference,
};
use akrec::schema::{RELEASES, V2025_10, V2025_12, V2026_5, V2026_8};
use proptest::prelude::*;

use super::small::{app, entitlement, name};

const USERS: usize = 7;
const GROUPS: usize = 6;
const POLICIES: usize = 3;

/// Three values: passes, perhaps, not; `None` where something could not be read.
#[derive(Clone, Copy, PartialEq)]
enum Truth {
    No,
    Perhaps,
    Unknown,
    Yes,
}

/// Whether a user is in a group, by walking up from each group that names it.
fn is_in(world: &World, user: &str, group: &str) -> bool {
    let mut up: BTreeSet<&str> = world
        .groups
        .iter()
        .filter(|(_, it)| it.members.contains(user))
        .map(|it| &**it.0)
        .collect();
    loop {
        let more: BTreeSet<&str> = up
            .iter()
            .filter_map(|it| world.groups.get(*it))
            .flat_map(|it| &it.parents)
            .map(|it| &**it)
            .collect();
        let size = up.len();
        up.extend(more);
        if up.len() == size {
            return up.contains(group);
        }
    }
}

/// Whether a user may be in a group by one that does not say all its members.
fn may_be_in(world: &World, user: &str, group: &str) -> bool {
    let asked = |it: &Group| it.others && !it.outside.contains(user);
    let mut named = world.clone();
    named.groups.values_mut().for_each(|it| {
        if asked(it) {
            it.members.insert(name(user));
        }
    });
    is_in(&named, user, group)
}

fn one(world: &World, user: &str, binding: &Binding) -> Truth {
    let truth = match &binding.subject {
        Subject::Group(group) if !world.groups.contains_key(group) => Truth::Unknown,
        Subject::Group(group) if is_in(world, user, group) => Truth::Yes,
        Subject::Group(group) if may_be_in(world, user, group) => Truth::Unknown,
        Subject::User(other) if **other == *user => Truth::Yes,
        Subject::Group(_) | Subject::User(_) => Truth::No,
        Subject::Policy(policy) => match world.policies.get(policy) {
            Some(Answer::Always(true)) => Truth::Yes,
            Some(Answer::Always(false)) => Truth::No,
            _ => Truth::Perhaps,
        },
        Subject::Unknown("policy", _) => Truth::Perhaps,
        Subject::Unknown(..) | Subject::Others => Truth::Unknown,
    };
    match (truth, binding.negate) {
        (Truth::Yes, true) => Truth::No,
        (Truth::No, true) => Truth::Yes,
        (truth, _) => truth,
    }
}

fn together(mode: Mode, truths: &[Truth]) -> Truth {
    let has = |truth| truths.contains(&truth);
    match mode {
        Mode::Any if has(Truth::Yes) => Truth::Yes,
        Mode::All if has(Truth::No) => Truth::No,
        _ if has(Truth::Unknown) => Truth::Unknown,
        _ if has(Truth::Perhaps) => Truth::Perhaps,
        Mode::Any => Truth::No,
        Mode::All => Truth::Yes,
    }
}

/// The rule, spelt out.
fn reference(world: &World, user: &str, gate: &Gate) -> Truth {
    let is_policy = |it: &&Binding| {
        matches!(
            it.subject,
            Subject::Policy(_) | Subject::Unknown("policy", _)
        )
    };
    let enabled = || gate.bindings.iter().filter(|binding| binding.enabled);
    let other = |it: &&Binding| it.subject == Subject::Others;
    let policies: Vec<Truth> = enabled()
        .filter(|it| is_policy(it) || other(it))
        .map(|it| one(world, user, it))
        .collect();
    let members: Vec<Truth> = enabled()
        .filter(|it| !is_policy(it))
        .map(|it| one(world, user, it))
        .collect();
    let mode = match gate.rule {
        Rule::Entitlement => return together(Mode::Any, &members),
        Rule::Application(_) if policies.is_empty() && members.is_empty() => {
            let decides = [V2026_5, V2026_8].contains(&world.release);
            return match world.unknown.contains_key(SETTINGS) {
                true if decides => Truth::Unknown,
                false if decides && !world.default_access => Truth::No,
                _ => Truth::Yes,
            };
        }
        Rule::Application(mode) => mode,
    };
    let mut all = policies;
    if !members.is_empty() {
        let broken = world.release == V2025_10 || world.release == V2025_12;
        all.push(together(if broken { Mode::Any } else { mode }, &members));
    }
    together(mode, &all)
}

fn worlds() -> impl Strategy<Value = World> {
    let outside = proptest::option::weighted(0.2, any::<[bool; USERS]>());
    let group = (
        any::<[bool; USERS]>(),
        proptest::collection::vec(0..GROUPS, 0..3),
        outside,
    );
    // One group and one policy more than there are: what could not be read.
    let subject = prop_oneof![
        4 => (0..=GROUPS).prop_map(|it| Subject::Group(name(&format!("g{it}")))),
        2 => (0..USERS).prop_map(|it| Subject::User(name(&format!("u{it}")))),
        3 => (0..=POLICIES).prop_map(|it| Subject::Policy(name(&format!("p{it}")))),
        1 => prop_oneof![Just("user"), Just("policy")].prop_map(|family| Subject::Unknown(family, name("17"))),
        1 => Just(Subject::Others),
    ];
    let binding = (
        subject,
        prop_oneof![4 => Just(true), 1 => Just(false)],
        any::<bool>(),
        0..3i64,
    )
        .prop_map(|(subject, enabled, negate, order)| Binding {
            subject,
            enabled,
            negate,
            order,
        });
    let rule = prop_oneof![
        2 => Just(Rule::Application(Mode::Any)),
        2 => Just(Rule::Application(Mode::All)),
        1 => Just(Rule::Entitlement)
    ];
    let gate = (rule, proptest::collection::vec(binding, 0..5))
        .prop_map(|(rule, bindings)| Gate { rule, bindings });
    let answers = prop_oneof![
        Just(Answer::Always(true)),
        Just(Answer::Always(false)),
        Just(Answer::Depends)
    ];
    (
        prop::sample::select(RELEASES.to_vec()),
        (any::<bool>(), prop::bool::weighted(0.2)),
        any::<[bool; USERS]>(),
        proptest::collection::vec(group, GROUPS),
        proptest::collection::vec(gate, 0..8),
        proptest::collection::vec(answers, POLICIES),
    )
        .prop_map(
            |(release, (default_access, unread), there, groups, gates, answers)| {
                let mut world = World {
                    default_access,
                    ..World::empty(release)
                };
                world
                    .unknown
                    .extend(unread.then(|| (SETTINGS, "no permission".to_owned())));
                for (i, _) in there.iter().enumerate().filter(|(_, there)| **there) {
                    world
                        .users
                        .insert(name(&format!("u{i}")), Person { active: i % 2 == 0 });
                }
                let users = |is: [bool; USERS]| {
                    (0..USERS)
                        .filter(|it| is[*it])
                        .map(|it| name(&format!("u{it}")))
                        .collect()
                };
                for (i, (members, parents, outside)) in groups.into_iter().enumerate() {
                    let (members, others) = (users(members), outside.is_some());
                    let outside = outside.map(users).unwrap_or_default();
                    let parents = parents
                        .into_iter()
                        .map(|it| name(&format!("g{it}")))
                        .collect();
                    world.groups.insert(
                        name(&format!("g{i}")),
                        Group {
                            members,
                            parents,
                            others,
                            outside,
                            strangers: 0,
                        },
                    );
                }
                for (i, gate) in gates.into_iter().enumerate() {
                    let address = match gate.rule {
                        Rule::Entitlement => entitlement("app", &format!("e{i}")),
                        Rule::Application(_) => app(&format!("a{i}")),
                    };
                    world.gates.insert(address, gate);
                }
                for (i, answer) in answers.into_iter().enumerate() {
                    world.policies.insert(name(&format!("p{i}")), answer);
                }
                world
            },
        )
}

/// Whether an application lets everyone in since nothing enabled is bound to it.
fn is_open(world: &World, gate: &Gate) -> bool {
    let bound = gate.bindings.iter().any(|binding| binding.enabled);
    matches!(gate.rule, Rule::Application(_)) && !bound && reference(world, "", gate) == Truth::Yes
}

fn said(truth: Truth) -> Verdict {
    match truth {
        Truth::No => Verdict::Deny,
        Truth::Perhaps => Verdict::Conditional,
        Truth::Unknown => Verdict::Unknown,
        Truth::Yes => Verdict::Allow,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn verdicts_are_those_of_the_rule_spelt_out(world in worlds()) {
        let access = Access::of(&world);
        for (address, gate) in &world.gates {
            for user in world.users.keys() {
                let (verdict, why) = access.why(user, address).unwrap();
                prop_assert_eq!(verdict, said(reference(&world, user, gate)), "{} {}", address, user);
                prop_assert_eq!(access.verdict(user, address), Some(verdict));
                reasons_hold(&world, user, gate, verdict, &why)?;
            }
            let row = &access.rows[address];
            let count = row.allow.count() + row.conditional.count() + row.unknown.count();
            prop_assert!(count <= world.users.len());
        }
    }

    /// Whoever a difference names moves as it says, and whoever it does not name stays.
    #[test]
    fn differences_are_those_of_the_verdicts(before in worlds(), after in worlds()) {
        let reported = difference(&before, &after);
        let verdict = |world: &World, user: &str, gate| {
            world.gates.get(gate).map_or(Verdict::Deny, |gate| said(reference(world, user, gate)))
        };
        let open = |world: &World, gate| world.gates.get(gate).is_some_and(|gate| is_open(world, gate));
        for gate in before.gates.keys().chain(after.gates.keys()) {
            let change = reported.gates.iter().find(|change| change.gate == *gate);
            prop_assert_eq!(change.is_some_and(|change| change.opens), open(&after, gate) && !open(&before, gate));
            for user in after.users.keys() {
                let new = !before.users.contains_key(user);
                let from = if new { Verdict::Deny } else { verdict(&before, user, gate) };
                let to = verdict(&after, user, gate);
                let named: Vec<(Verdict, Verdict)> = moves(&reported, gate, user);
                let quiet = from == to || (new && open(&before, gate) && open(&after, gate));
                prop_assert_eq!(named, if quiet { vec![] } else { vec![(from, to)] }, "{} {}", gate, user);
            }
            for user in before.users.keys().filter(|user| !after.users.contains_key(*user)) {
                prop_assert!(reported.gone_users.contains(user) && moves(&reported, gate, user).is_empty());
            }
        }
        prop_assert!(difference(&after, &after).is_empty());
    }
}

fn moves(
    difference: &Difference,
    gate: &akrec::value::Address,
    user: &Name,
) -> Vec<(Verdict, Verdict)> {
    let moves = difference
        .gates
        .iter()
        .filter(|change| change.gate == *gate)
        .flat_map(|change| &change.moves);
    moves
        .filter(|it| it.users.contains(user))
        .map(|it| (it.from, it.to))
        .collect()
}

/// A reason names bindings that are there, says of each what it says, and never none without cause.
fn reasons_hold(
    world: &World,
    user: &str,
    gate: &Gate,
    verdict: Verdict,
    why: &Why,
) -> Result<(), TestCaseError> {
    let Why::Bound(parts) = why else {
        prop_assert_eq!(*why == Why::Open, is_open(world, gate));
        let expected = match why {
            Why::Open => Verdict::Allow,
            Why::Unset => Verdict::Unknown,
            _ => Verdict::Deny,
        };
        prop_assert_eq!(verdict, expected);
        return Ok(());
    };
    prop_assert!(!parts.is_empty(), "{:?} {:?}", gate, verdict);
    for part in parts {
        let theirs =
            |it: &&Binding| it.enabled && it.subject == part.subject && it.negate == part.negate;
        let binding = gate.bindings.iter().find(theirs).unwrap();
        let truth = match part.passes {
            Passes::Yes => Truth::Yes,
            Passes::No => Truth::No,
            Passes::Depends => Truth::Perhaps,
            Passes::Unknown => Truth::Unknown,
        };
        prop_assert!(one(world, user, binding) == truth);
        if let (Some(first), Some(last)) = (part.path.first(), part.path.last()) {
            prop_assert!(world.groups[first].members.contains(user));
            prop_assert_eq!(&Subject::Group(last.clone()), &part.subject);
            for step in part.path.windows(2) {
                prop_assert!(world.groups[&step[0]].parents.contains(&step[1]));
            }
        } else if let Subject::Group(group) = &part.subject {
            prop_assert!(!is_in(world, user, group));
        }
    }
    Ok(())
}

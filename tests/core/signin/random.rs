//! Random flows: the model against the rule spelt out for one visitor, one stage after another, once for each way in which the
//! policies that only the server can run may answer.

use std::collections::{BTreeMap, BTreeSet};

use akrec::access::{self, Binding, Group, Mode, Name, Person, Subject};
use akrec::schema::{RELEASES, V2026_2};
use akrec::signin::{
    Answer, Creates, Flow, Gate, Policy, Requirement, Stage, Step, Without, World,
};
use proptest::prelude::*;

const USERS: [&str; 3] = ["ada", "bob", "eve"];
const GROUPS: [&str; 2] = ["g", "h"];
/// The last two are run by the server.
const POLICIES: [(&str, Policy); 6] = [
    ("always", Policy::Always(true)),
    ("never", Policy::Always(false)),
    ("known", Policy::Identified(true)),
    ("new", Policy::Identified(false)),
    ("one", Policy::ByServer),
    ("two", Policy::ByServer),
];
const STAGES: [&str; 12] = [
    "who", "both", "password", "ldap", "skip", "deny", "login", "refuse", "agree", "mail", "form",
    "write",
];

fn stage(name: &str) -> Stage {
    let identification = |password: Option<&str>| Stage::Identification {
        typed: true,
        password: password.map(Name::from),
        captcha: false,
        passkey: false,
        remembers: false,
        enrollment: None,
        recovery: None,
        passwordless: None,
        sources: Vec::new(),
    };
    match name {
        "who" => identification(None),
        "both" => identification(Some("password")),
        "password" => Stage::Password {
            backends: vec!["authentik.core.auth.InbuiltBackend".to_owned()],
        },
        "ldap" => Stage::Password {
            backends: vec!["authentik.sources.ldap.auth.LDAPBackend".to_owned()],
        },
        "skip" => Stage::SecondFactor {
            without: Without::Skips,
            passkey: false,
        },
        "deny" => Stage::SecondFactor {
            without: Without::Denies,
            passkey: false,
        },
        "login" => Stage::Login { asks: false },
        "refuse" => Stage::Deny {
            message: String::new(),
        },
        "agree" => Stage::Page("ak-stage-consent"),
        "mail" => Stage::Email { activates: false },
        "form" => Stage::Prompt,
        _ => Stage::Write {
            creates: Creates::Never,
            inactive: false,
        },
    }
}

/// Whether something passes for somebody, when the policies of the server answer like this.
fn passes(world: &World, gate: &Gate, who: Option<&str>, server: [bool; 2]) -> bool {
    let enabled: Vec<&Binding> = gate.bindings.iter().filter(|it| it.enabled).collect();
    if enabled.is_empty() {
        return true;
    }
    let mut results = Vec::new();
    let mut people = Vec::new();
    for binding in enabled {
        let plain = match &binding.subject {
            Subject::Policy(name) => match POLICIES.iter().find(|(own, _)| *own == &**name) {
                Some((_, Policy::Always(result))) => *result,
                Some((_, Policy::Identified(wanted))) => who.is_some() == *wanted,
                _ => server[usize::from(&**name == "two")],
            },
            Subject::User(name) => who == Some(&**name),
            Subject::Group(name) => {
                who.is_some_and(|who| world.people.groups[name].members.contains(who))
            }
            _ => unreachable!(),
        };
        let result = plain != binding.negate;
        match binding.subject {
            Subject::Policy(_) => results.push(result),
            // For a visitor nothing passes, turned round or not.
            _ => people.push(who.is_some() && result),
        }
    }
    let any = gate.mode == Mode::Any;
    if !people.is_empty() {
        // Before 2026.2 people are combined by "any", whatever the mode.
        let any = any || world.release < V2026_2;
        results.push(match any {
            true => people.contains(&true),
            false => !people.contains(&false),
        });
    }
    match any {
        true => results.contains(&true),
        false => !results.contains(&false),
    }
}

/// Whether a user is signed in at the end.
fn signed_in(world: &World, flow: &Flow, user: &str, server: [bool; 2]) -> bool {
    if flow.requires != Requirement::Visitors || !passes(world, &flow.gate, None, server) {
        return false;
    }
    let active = world.people.users[user].active;
    let (mut pending, mut inside, mut prompted) = (None, false, false);
    for step in &flow.steps {
        if step.on_plan && !passes(world, &step.gate, None, server) {
            continue;
        }
        let who = pending.or(inside.then_some(user));
        if step.on_reach && !passes(world, &step.gate, who, server) {
            continue;
        }
        match step.stage.as_deref().unwrap() {
            "who" => pending = Some(user),
            "both" if active => pending = Some(user),
            "password" if active && pending.is_some() => {}
            "skip" | "agree" => {}
            "deny" if who.is_none() => {}
            "login" if active && pending.is_some() => inside = true,
            "mail" if pending.is_some() => {}
            "form" => prompted = true,
            "write" if prompted && who.is_some() => pending = who,
            _ => break,
        }
    }
    inside
}

fn binding() -> impl Strategy<Value = Binding> {
    let subject = prop_oneof![
        prop::sample::select(&GROUPS[..]).prop_map(|name| Subject::Group(name.into())),
        prop::sample::select(&USERS[..]).prop_map(|name| Subject::User(name.into())),
        prop::sample::select(&POLICIES[..]).prop_map(|(name, _)| Subject::Policy(name.into())),
    ];
    (
        subject,
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.3),
    )
        .prop_map(|(subject, enabled, negate)| Binding {
            subject,
            enabled,
            negate,
            order: 0,
        })
}

fn gate(most: usize) -> impl Strategy<Value = Gate> {
    let mode = prop_oneof![Just(Mode::Any), Just(Mode::All)];
    (mode, prop::collection::vec(binding(), 0..=most))
        .prop_map(|(mode, bindings)| Gate { mode, bindings })
}

fn step() -> impl Strategy<Value = Step> {
    let name = prop::sample::select(&STAGES[..]);
    let flags = prop_oneof![Just((false, true)), Just((true, false)), Just((true, true)),];
    (name, flags, gate(2)).prop_map(|(name, (on_plan, on_reach), gate)| Step {
        order: 0,
        stage: Some(name.into()),
        on_plan,
        on_reach,
        gate,
    })
}

fn world() -> impl Strategy<Value = World> {
    let release = prop::sample::select(RELEASES);
    let members = prop::collection::vec(prop::sample::subsequence(USERS.to_vec(), 0..=3), 2);
    let active = prop::collection::vec(prop::bool::weighted(0.8), 3);
    let steps = prop::collection::vec(step(), 0..7);
    let requires = prop::bool::weighted(0.9);
    (release, members, active, steps, gate(2), requires).prop_map(
        |(release, members, active, steps, gate, requires)| {
            let mut people = access::World::empty(release);
            for (name, active) in USERS.iter().zip(active) {
                people.users.insert((*name).into(), Person { active });
            }
            for (name, members) in GROUPS.iter().zip(members) {
                let group = Group {
                    members: members.into_iter().map(Name::from).collect(),
                    ..Group::default()
                };
                people.groups.insert((*name).into(), group);
            }
            let flow = Flow {
                designation: "authentication".to_owned(),
                requires: match requires {
                    true => Requirement::Visitors,
                    false => Requirement::Others("require_superuser".to_owned()),
                },
                gate,
                steps,
                complete: true,
            };
            let stages = STAGES.iter();
            let policies = POLICIES.iter();
            let mut world = World::empty(release);
            world.people = people;
            world.superuser_groups = BTreeSet::from([Name::from("g")]);
            world.flows = BTreeMap::from([("in".into(), flow)]);
            world.stages = stages.map(|name| ((*name).into(), stage(name))).collect();
            world.policies = policies
                .map(|(name, policy)| ((*name).into(), *policy))
                .collect();
            world
        },
    )
}

const SERVERS: [[bool; 2]; 4] = [[false, false], [false, true], [true, false], [true, true]];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_model_decides_as_the_rule_does(world in world()) {
        let (slug, flow) = world.flows.iter().next().unwrap();
        let superusers = world.superusers();
        for user in USERS {
            let rows = world.rows(slug, flow, &superusers, Some(user));
            let model = rows[0].signed_in;
            let all: BTreeSet<bool> = SERVERS
                .iter()
                .map(|server| signed_in(&world, flow, user, *server))
                .collect();
            match model {
                Answer::Yes => prop_assert_eq!(all, BTreeSet::from([true]), "{}", user),
                Answer::No => prop_assert_eq!(all, BTreeSet::from([false]), "{}", user),
                // Two bindings of one policy are judged apart: what is decided together may be left open.
                Answer::ByPolicy => {
                    let asks = |gate: &Gate| gate.bindings.iter().any(|it| matches!(&it.subject, Subject::Policy(name) if ["one", "two"].contains(&&**name)));
                    prop_assert!(asks(&flow.gate) || flow.steps.iter().any(|step| asks(&step.gate)));
                }
                Answer::Unknown => prop_assert!(false, "everything is known"),
            }
        }
    }
}

//! Prints how long all verdicts of a large world take: `cargo bench --bench access`.
//!
//! 10,000 users, 500 applications, 1,000 groups in a tree four deep, some policies and negations: 5,000,000 verdicts. No
//! server, no network.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::time::Instant;

use akrec::access::{
    Access, Answer, Binding, Gate, Group, Mode, Name, Person, Rule, Subject, World, difference,
};
use akrec::report::access::{Place, View, html};
use akrec::schema::V2026_2;
use akrec::value::Address;

const USERS: usize = 10_000;
const GROUPS: usize = 1_000;
const APPLICATIONS: usize = 500;

fn main() {
    let before = world();
    let start = Instant::now();
    let access = Access::of(&before);
    let took = start.elapsed();
    let allowed: usize = access.rows.values().map(|row| row.allow.count()).sum();
    let conditional: usize = access
        .rows
        .values()
        .map(|row| row.conditional.count())
        .sum();
    let all = USERS * APPLICATIONS;
    println!("{all} verdicts ({allowed} allow, {conditional} conditional): {took:?}");

    let start = Instant::now();
    let gates: Vec<&Address> = before.gates.keys().collect();
    let reasons = before
        .users
        .keys()
        .filter(|user| access.why(user, gates[7]).is_some())
        .count();
    println!(
        "{reasons} reasons of one application: {:?}",
        start.elapsed()
    );

    let place = Place::Server {
        url: "https://auth.example.org",
        version: "2026.2.0",
    };
    let start = Instant::now();
    let page = html(&View {
        access: &access,
        place,
        assumed: None,
        user: None,
        app: None,
    });
    println!(
        "a page of {:.1} MB: {:?}",
        page.len() as f64 / 1e6,
        start.elapsed()
    );
    if let Some(path) = std::env::var_os("AKREC_PAGE") {
        std::fs::write(path, page).unwrap();
    }

    let mut after = before.clone();
    let group = after.groups.get_mut("group-0001").unwrap();
    group.members.extend((0..400).map(|i| name("user", i * 25)));
    after
        .gates
        .values_mut()
        .step_by(50)
        .for_each(|gate| gate.bindings.clear());
    let start = Instant::now();
    let reported = difference(&before, &after);
    let moved: usize = reported
        .gates
        .iter()
        .flat_map(|gate| &gate.moves)
        .map(|it| it.users.len())
        .sum();
    println!(
        "a difference of {} applications and {moved} users: {:?}",
        reported.gates.len(),
        start.elapsed()
    );
}

fn name(what: &str, number: usize) -> Name {
    format!("{what}-{number:04}").into()
}

fn world() -> World {
    let mut world = World::empty(V2026_2);
    for i in 0..USERS {
        world.users.insert(name("user", i), Person { active: true });
    }
    for i in 0..GROUPS {
        let members = (0..USERS)
            .filter(|user| (user * 7 + i * 13) % 251 == 0)
            .map(|user| name("user", user))
            .collect();
        let parents = (i > 0).then(|| name("group", i / 6)).into_iter().collect();
        world.groups.insert(
            name("group", i),
            Group {
                members,
                parents,
                ..Group::default()
            },
        );
    }
    for i in 0..5 {
        world.policies.insert(
            name("policy", i),
            if i == 0 {
                Answer::Always(true)
            } else {
                Answer::Depends
            },
        );
    }
    for i in 0..APPLICATIONS {
        let mut bindings: Vec<Binding> = (0..i % 4 + 1)
            .map(|j| Binding {
                subject: Subject::Group(name("group", (i * 17 + j * 101) % GROUPS)),
                enabled: true,
                negate: (i + j) % 11 == 0,
                order: j as i64,
            })
            .collect();
        if i % 10 == 3 {
            let subject = Subject::Policy(name("policy", i % 5));
            bindings.push(Binding {
                subject,
                enabled: true,
                negate: false,
                order: 9,
            });
        }
        let mode = if i % 3 == 0 { Mode::All } else { Mode::Any };
        let gate = Gate {
            rule: Rule::Application(mode),
            bindings,
        };
        world
            .gates
            .insert(Address::named("application", &format!("app-{i:03}")), gate);
    }
    world
}

//! The states. Each is made so that one way of counting wrongly shows: every object looked up among all others, every
//! way through a graph walked, every pair compared.

use std::fmt::Write as _;

use super::{Pair, Shape};

/// How many parents a group has where it has many.
const PARENTS: usize = 40;
/// How many members a group has where it has many.
const MEMBERS: usize = 40;

/// Every shape.
pub const SHAPES: &[Shape] = &[
    Shape {
        name: "parents-made",
        of: "groups with 40 parents each",
        make: |n| Pair::made(parents(n, 0)),
    },
    Shape {
        name: "parents-same",
        of: "groups with 40 parents each",
        make: |n| Pair::same(parents(n, 0)),
    },
    Shape {
        name: "parents-turned",
        of: "groups whose 40 parents become their children",
        make: |n| Pair::change(parents(n, 0), turned(n)),
    },
    Shape {
        name: "parents-cycle",
        of: "groups with 40 parents each, all of which lead into a cycle",
        make: |n| Pair::made(parents(n, 2)),
    },
    Shape {
        name: "parents-guarding",
        of: "groups with 40 parents each, bound to 60 applications",
        make: |n| Pair::made(parents(n, 0) + &guarded(n, 60, 20)),
    },
    Shape {
        name: "chain-made",
        of: "groups in one chain",
        make: |n| Pair::made(chain(n, false)),
    },
    Shape {
        name: "chain-same",
        of: "groups in one chain",
        make: |n| Pair::same(chain(n, false)),
    },
    Shape {
        name: "chain-turned",
        of: "groups in one chain that is turned round",
        make: |n| Pair::change(chain(n, false), chain(n, true)),
    },
    Shape {
        name: "diamonds",
        of: "groups in layers of 20, each below all of the next",
        make: |n| Pair::same(diamonds(n)),
    },
    Shape {
        name: "chain-cycle",
        of: "groups in one cycle",
        make: |n| Pair::made(ring(n)),
    },
    Shape {
        name: "rings",
        of: "groups in cycles of two, each of which leads to the next",
        make: |n| Pair::made(rings(n)),
    },
    Shape {
        name: "members-made",
        of: "users in groups of 40",
        make: |n| Pair::made(members(n, MEMBERS, 0)),
    },
    Shape {
        name: "members-same",
        of: "users in groups of 40",
        make: |n| Pair::same(members(n, MEMBERS, 0)),
    },
    Shape {
        name: "members-moved",
        of: "users in groups of 40, of whom one of each group is another",
        make: |n| Pair::change(members(n, MEMBERS, 0), members(n, MEMBERS, 1)),
    },
    Shape {
        name: "members-emptied",
        of: "users in groups of 40, which lose all of them",
        make: |n| Pair::change(members(n, MEMBERS, 0), members(n, 0, 0)),
    },
    Shape {
        name: "admins-leave",
        of: "users, each in a group of superusers, which are emptied",
        make: admins,
    },
    Shape {
        name: "own-groups-same",
        of: "users that name their own two groups",
        make: |n| Pair::same(own_groups(n, 0)),
    },
    Shape {
        name: "own-groups-moved",
        of: "users that name their own two groups, one of which is another",
        make: |n| Pair::change(own_groups(n, 0), own_groups(n, 1)),
    },
    Shape {
        name: "estate-made",
        of: "objects of every ordinary kind",
        make: |n| Pair::made(estate(n, 0)),
    },
    Shape {
        name: "estate-same",
        of: "objects of every ordinary kind",
        make: |n| Pair::same(estate(n, 0)).recorded(),
    },
    Shape {
        name: "estate-changed",
        of: "objects of every ordinary kind, of which each differs",
        make: |n| Pair::change(estate(n, 0), estate(n, 1)),
    },
    Shape {
        name: "estate-left",
        of: "objects of every ordinary kind, which leave the files",
        make: |n| Pair::change(estate(n, 0), "groups:\n  last: {}\n".to_owned()).recorded(),
    },
    Shape {
        name: "bindings-made",
        of: "bindings of one application",
        make: |n| Pair::made(bindings(n, 0)),
    },
    Shape {
        name: "bindings-same",
        of: "bindings of one application",
        make: |n| Pair::same(bindings(n, 0)),
    },
    Shape {
        name: "bindings-replaced",
        of: "bindings of one application, which all become others",
        make: |n| Pair::change(bindings(n, 0), bindings(n, n)),
    },
    Shape {
        name: "bindings-turned",
        of: "bindings of one application in the other order",
        make: bindings_turned,
    },
    Shape {
        name: "bindings-negated",
        of: "bindings of one application that are negated",
        make: bindings_negated,
    },
    Shape {
        name: "stages-same",
        of: "stages of one flow",
        make: |n| Pair::same(stages(n, 0)),
    },
    Shape {
        name: "stages-turned",
        of: "stages of one flow in the other order",
        make: |n| Pair::change(stages(n, 0), stages(n, 1)),
    },
    Shape {
        name: "stages-removed",
        of: "stages of one flow, all of which are taken out",
        make: |n| Pair::change(stages(n, 0), stages(n, 2)),
    },
    Shape {
        name: "policy-everywhere",
        of: "applications that one policy guards",
        make: |n| Pair::same(policy(n)),
    },
    Shape {
        name: "policy-removed",
        of: "applications that one policy guards, which is removed",
        make: |n| Pair::change(policy(n), "absent:\n  policies: [rule]\n".to_owned()),
    },
    Shape {
        name: "roles-same",
        of: "roles with permissions",
        make: |n| Pair::same(roles(n)),
    },
    Shape {
        name: "renames",
        of: "groups that are all renamed",
        make: renames,
    },
    Shape {
        name: "older-names",
        of: "older names of one group",
        make: older_names,
    },
    Shape {
        name: "absent",
        of: "groups that must not exist",
        make: |n| absent(n, true),
    },
    Shape {
        name: "absent-already",
        of: "groups that must not exist and do not",
        make: |n| absent(n, false),
    },
    Shape {
        name: "typos",
        of: "references to names that do not exist",
        make: typos,
    },
    Shape {
        name: "typos-of-fields",
        of: "misspelled fields",
        make: typos_of_fields,
    },
    Shape {
        name: "twice",
        of: "objects that are declared twice",
        make: twice,
    },
    Shape {
        name: "aliases",
        of: "scope mappings that a provider names by their scopes",
        make: |n| Pair::same(aliases(n)),
    },
    Shape {
        name: "assertions",
        of: "users in groups, with as many assertions",
        make: |n| Pair::same(assertions(n)),
    },
    Shape {
        name: "names-swapped",
        of: "providers that swap their applications",
        make: swapped,
    },
    Shape {
        name: "numbers-swapped",
        of: "bindings of stages whose numbers go round",
        make: numbers,
    },
    Shape {
        name: "attributes",
        of: "keys of one object's attributes, all of which change",
        make: attributes,
    },
    Shape {
        name: "redirects",
        of: "redirect URIs of one provider, all of which change",
        make: redirects,
    },
    Shape {
        name: "both-sides",
        of: "memberships that are declared on both sides",
        make: both_sides,
    },
];

fn groups(mut each: impl FnMut(&mut String)) -> String {
    let mut text = "groups:\n".to_owned();
    each(&mut text);
    text
}

/// Groups in layers: each has 40 parents among those after it; the last `cycle` of them have each other.
fn parents(n: usize, cycle: usize) -> String {
    groups(|text| {
        for i in 0..n {
            let mut above: Vec<String> = (i + 1..n.min(i + 1 + PARENTS))
                .map(|parent| format!("g{parent}"))
                .collect();
            if i + 1 == n && cycle > 0 {
                above.push(format!("g{}", n - cycle));
            }
            writeln!(text, "  g{i}: {{parents: [{}]}}", above.join(", ")).unwrap();
        }
    })
}

fn turned(n: usize) -> String {
    groups(|text| {
        for i in 0..n {
            let above: Vec<String> = (i.saturating_sub(PARENTS)..i)
                .map(|parent| format!("g{parent}"))
                .collect();
            writeln!(text, "  g{i}: {{parents: [{}]}}", above.join(", ")).unwrap();
        }
    })
}

fn chain(n: usize, turned: bool) -> String {
    groups(|text| {
        for i in 0..n {
            let parent = if turned {
                i.checked_sub(1)
            } else {
                Some(i + 1).filter(|parent| *parent < n)
            };
            let above = parent.map_or_else(String::new, |parent| format!("g{parent}"));
            writeln!(text, "  g{i}: {{parents: [{above}]}}").unwrap();
        }
    })
}

fn diamonds(n: usize) -> String {
    groups(|text| {
        for i in 0..n {
            let next = (i / 20 + 1) * 20;
            let above: Vec<String> = (next..n.min(next + 20))
                .map(|parent| format!("g{parent}"))
                .collect();
            writeln!(text, "  g{i}: {{parents: [{}]}}", above.join(", ")).unwrap();
        }
    }) + &guarded(n, 20, 10)
}

fn ring(n: usize) -> String {
    groups(|text| {
        (0..n).for_each(|i| writeln!(text, "  g{i}: {{parents: [g{}]}}", (i + 1) % n).unwrap())
    })
}

fn rings(n: usize) -> String {
    groups(|text| {
        for i in 0..n {
            let mut above = vec![format!("g{}", i ^ 1)];
            if i % 2 == 0 && i + 2 < n {
                above.push(format!("g{}", i + 2));
            }
            writeln!(text, "  g{i}: {{parents: [{}]}}", above.join(", ")).unwrap();
        }
    })
}

/// Applications with bindings to some of the groups.
fn guarded(groups: usize, applications: usize, bound: usize) -> String {
    let mut text = "applications:\n".to_owned();
    for i in 0..applications {
        let bindings: Vec<String> = (0..bound)
            .map(|j| format!("{{group: g{}}}", (i * 7 + j * groups / bound) % groups))
            .collect();
        writeln!(
            text,
            "  a{i}: {{name: A{i}, bindings: [{}]}}",
            bindings.join(", ")
        )
        .unwrap();
    }
    text
}

fn users(n: usize) -> String {
    let mut text = "users:\n".to_owned();
    (0..n).for_each(|i| {
        writeln!(text, "  u{i}: {{name: User {i}, email: u{i}@example.org}}").unwrap()
    });
    text
}

/// A tenth as many groups as users, with some of them each.
fn members(n: usize, each: usize, shift: usize) -> String {
    let count = (n / 10).max(1);
    let of = |group: usize| -> Vec<String> {
        let mut all: Vec<usize> = (0..each.min(n)).map(|i| (group * 10 + i * 7) % n).collect();
        if shift > 0 && !all.is_empty() {
            all[0] = (all[0] + n / 2) % n;
        }
        all.sort_unstable();
        all.dedup();
        all.into_iter().map(|user| format!("u{user}")).collect()
    };
    users(n)
        + &groups(|text| {
            (0..count).for_each(|i| {
                writeln!(text, "  g{i}: {{members: [{}]}}", of(i).join(", ")).unwrap()
            });
        })
}

fn admins(n: usize) -> Pair {
    let state = |emptied: bool| {
        users(n)
            + &groups(|text| {
                for i in 0..n {
                    let member = if emptied {
                        String::new()
                    } else {
                        format!("u{i}")
                    };
                    writeln!(text, "  g{i}: {{is_superuser: true, members: [{member}]}}").unwrap();
                }
            })
    };
    Pair::change(state(false), state(true))
}

fn own_groups(n: usize, shift: usize) -> String {
    let count = (n / 10).max(2);
    let mut text = "users:\n".to_owned();
    for i in 0..n {
        let second = (i + 1 + shift) % count;
        writeln!(
            text,
            "  u{i}: {{name: User {i}, groups: [g{}, g{second}]}}",
            i % count
        )
        .unwrap();
    }
    text + &groups(|text| (0..count).for_each(|i| writeln!(text, "  g{i}: {{}}").unwrap()))
}

/// Five users, five groups of two, and an application with a provider and a binding, over and over; the sign-in flow
/// and what it takes once.
fn estate(n: usize, version: usize) -> String {
    let each = (n / 13).max(1);
    let mut text = users(each * 5);
    if version > 0 {
        text = text.replace("name: User", "name: Person");
    }
    text.push_str("groups:\n");
    for i in 0..each * 5 {
        writeln!(
            text,
            "  g{i}: {{members: [u{i}, u{}]}}",
            (i + 1 + version) % (each * 5)
        )
        .unwrap();
    }
    text.push_str(
        "flows:\n  sign-in: {name: Sign in, title: Sign in, designation: authentication}\n",
    );
    text.push_str("  consent: {name: Consent, title: Consent, designation: authorization}\n");
    text.push_str("  ends: {name: Ends, title: Ends, designation: invalidation}\nproviders:\n");
    for i in 0..each {
        let port = 8000 + version;
        writeln!(
            text,
            "  p{i}: {{type: oauth2, authorization_flow: consent, invalidation_flow: ends, redirect_uris: \
             ['https://p{i}.example.org:{port}/cb']}}"
        )
        .unwrap();
    }
    text.push_str("applications:\n");
    for i in 0..each {
        let name = if version == 0 { "App" } else { "Application" };
        writeln!(
            text,
            "  a{i}: {{name: {name} {i}, provider: p{i}, bindings: [{{group: g{}}}]}}",
            i + version
        )
        .unwrap();
    }
    text
}

fn bindings(n: usize, from: usize) -> String {
    let bound: Vec<String> = (from..from + n)
        .map(|i| format!("{{group: g{i}}}"))
        .collect();
    groups(|text| (0..2 * n).for_each(|i| writeln!(text, "  g{i}: {{}}").unwrap()))
        + &format!(
            "applications:\n  a: {{name: A, bindings: [{}]}}\n",
            bound.join(", ")
        )
}

fn bindings_turned(n: usize) -> Pair {
    let state = |turned: bool| {
        let order = |i: usize| if turned { n - i } else { i };
        let bound: Vec<String> = (0..n)
            .map(|i| format!("{{group: g{i}, order: {}}}", order(i)))
            .collect();
        groups(|text| (0..n).for_each(|i| writeln!(text, "  g{i}: {{}}").unwrap()))
            + &format!(
                "applications:\n  a: {{name: A, bindings: [{}]}}\n",
                bound.join(", ")
            )
    };
    Pair::change(state(false), state(true))
}

fn bindings_negated(n: usize) -> Pair {
    let before = bindings(n, 0);
    let after = before.replace("}, {group", ", negate: true}, {group");
    Pair::change(before, after)
}

fn stages(n: usize, version: usize) -> String {
    let names: Vec<String> = match version {
        0 => (0..n).map(|i| format!("s{i}")).collect(),
        1 => (0..n).rev().map(|i| format!("s{i}")).collect(),
        _ => Vec::new(),
    };
    let mut text = "stages:\n".to_owned();
    (0..n).for_each(|i| writeln!(text, "  s{i}: {{type: deny}}").unwrap());
    let joined = names.join(", ");
    text + &format!(
        "flows:\n  f: {{name: F, title: F, designation: authentication, stages: [{joined}]}}\n"
    )
}

fn policy(n: usize) -> String {
    let mut text =
        "policies:\n  rule: {type: expression, expression: return request.user}\napplications:\n"
            .to_owned();
    (0..n).for_each(|i| {
        writeln!(text, "  a{i}: {{name: A{i}, bindings: [{{policy: rule}}]}}").unwrap()
    });
    text
}

fn roles(n: usize) -> String {
    let mut text =
        groups(|text| (0..n).for_each(|i| writeln!(text, "  g{i}: {{roles: [r{i}]}}").unwrap()));
    text.push_str("roles:\n");
    (0..n).for_each(|i| writeln!(text, "  r{i}: {{users: []}}").unwrap());
    text
}

fn renames(n: usize) -> Pair {
    let before = groups(|text| {
        (0..n).for_each(|i| {
            writeln!(
                text,
                "  old{i}: {{parents: [{}]}}",
                if i > 0 { "old0" } else { "" }
            )
            .unwrap()
        });
    });
    let after = groups(|text| {
        for i in 0..n {
            let parent = if i > 0 { "g0" } else { "" };
            writeln!(text, "  g{i}: {{previously: old{i}, parents: [{parent}]}}").unwrap();
        }
    });
    Pair::change(before, after)
}

fn older_names(n: usize) -> Pair {
    let names: Vec<String> = (0..n).map(|i| format!("old{i}")).collect();
    Pair::change(
        "groups:\n  old3: {}\n".to_owned(),
        format!("groups:\n  now: {{previously: [{}]}}\n", names.join(", ")),
    )
}

fn absent(n: usize, there: bool) -> Pair {
    let names: Vec<String> = (0..n).map(|i| format!("g{i}")).collect();
    let before = groups(|text| (0..n).for_each(|i| writeln!(text, "  g{i}: {{}}").unwrap()));
    let after = format!("absent:\n  groups: [{}]\n", names.join(", "));
    Pair {
        before: if there { before } else { String::new() },
        after,
        recorded: false,
    }
}

fn typos(n: usize) -> Pair {
    let bound: Vec<String> = (0..n)
        .map(|i| format!("{{group: grup-number-{i}}}"))
        .collect();
    Pair::made(
        groups(|text| (0..n).for_each(|i| writeln!(text, "  group-number-{i}: {{}}").unwrap()))
            + &format!(
                "applications:\n  a: {{name: A, bindings: [{}]}}\n",
                bound.join(", ")
            ),
    )
}

fn typos_of_fields(n: usize) -> Pair {
    Pair::made(groups(|text| {
        (0..n).for_each(|i| writeln!(text, "  g{i}: {{memebrs: []}}").unwrap())
    }))
}

fn twice(n: usize) -> Pair {
    let one = groups(|text| (0..n).for_each(|i| writeln!(text, "  g{i}: {{}}").unwrap()));
    let binding: Vec<&str> = std::iter::repeat_n("{group: g0}", n).collect();
    Pair::made(
        one + &format!(
            "applications:\n  a: {{name: A, bindings: [{}]}}\n",
            binding.join(", ")
        ),
    )
}

fn aliases(n: usize) -> String {
    let mut text = "property_mappings:\n".to_owned();
    for i in 0..n {
        writeln!(
            text,
            "  'Scope number {i}': {{type: scope, scope_name: s{i}, expression: return {{}}}}"
        )
        .unwrap();
    }
    let names: Vec<String> = (0..n).map(|i| format!("s{i}")).collect();
    text + "flows:\n  consent: {name: C, title: C, designation: authorization}\n  ends: {name: E, title: E, designation: invalidation}\n"
        + &format!(
            "providers:\n  p: {{type: oauth2, authorization_flow: consent, invalidation_flow: ends, redirect_uris: \
             ['https://p.example.org/cb'], property_mappings: [{}]}}\n",
            names.join(", ")
        )
}

fn assertions(n: usize) -> String {
    let count = (n / 10).max(2);
    let mut text = members(n, MEMBERS, 0) + &guarded(count, count, 1) + "assertions:\n";
    for i in 0..n {
        let (user, app) = (i, i % count);
        match i % 4 {
            0 => writeln!(
                text,
                "  - {{group: g{app}, application: a{app}, access: allow}}"
            )
            .unwrap(),
            1 => writeln!(
                text,
                "  - {{application: a{app}, only: ['group:g{}', 'group:g{app}']}}",
                (app * 7) % count
            )
            .unwrap(),
            2 => writeln!(
                text,
                "  - {{user: u{user}, application: a{app}, access: allow}}"
            )
            .unwrap(),
            _ => writeln!(text, "  - {{application: a{app}, bound: true}}").unwrap(),
        }
    }
    text
}

fn swapped(n: usize) -> Pair {
    let state = |shift: usize| {
        let mut text =
            "flows:\n  consent: {name: C, title: C, designation: authorization}\n  ends: {name: E, title: E, \
             designation: invalidation}\nproviders:\n"
                .to_owned();
        for i in 0..n {
            writeln!(
                text,
                "  p{i}: {{type: oauth2, authorization_flow: consent, invalidation_flow: ends, redirect_uris: \
                 ['https://p{i}.example.org/cb']}}"
            )
            .unwrap();
        }
        text.push_str("applications:\n");
        // Pairs that swap, so that there are as many cycles as pairs.
        (0..n).for_each(|i| {
            writeln!(text, "  a{i}: {{name: A{i}, provider: p{}}}", i ^ shift).unwrap()
        });
        text
    };
    Pair::change(state(0), state(1))
}

fn numbers(n: usize) -> Pair {
    let state = |shift: usize| {
        let mut text = "policies:\n".to_owned();
        (0..n).for_each(|i| {
            writeln!(
                text,
                "  r{i}: {{type: expression, expression: return True}}"
            )
            .unwrap()
        });
        text.push_str("applications:\n");
        for a in 0..n / 2 {
            let (first, second) = if shift == 0 { (10, 20) } else { (20, 10) };
            writeln!(
                text,
                "  a{a}: {{name: A{a}, bindings: [{{policy: r{}, order: {first}}}, {{policy: r{}, order: {second}}}]}}",
                2 * a,
                2 * a + 1
            )
            .unwrap();
        }
        text
    };
    Pair::change(state(0), state(1))
}

fn attributes(n: usize) -> Pair {
    let state = |version: usize| {
        let mut text = "groups:\n  g:\n    attributes:\n".to_owned();
        (0..n).for_each(|i| writeln!(text, "      key{i}: value {i} {version}").unwrap());
        text
    };
    Pair::change(state(0), state(1))
}

fn redirects(n: usize) -> Pair {
    let state = |version: usize| {
        let uris: Vec<String> = (0..n)
            .map(|i| format!("'https://p{i}.example.org/cb{version}'"))
            .collect();
        format!(
            "flows:\n  consent: {{name: C, title: C, designation: authorization}}\n  ends: {{name: E, title: E, \
             designation: invalidation}}\nproviders:\n  p: {{type: oauth2, authorization_flow: consent, \
             invalidation_flow: ends, redirect_uris: [{}]}}\n",
            uris.join(", ")
        )
    };
    Pair::change(state(0), state(1))
}

fn both_sides(n: usize) -> Pair {
    let mut text = "users:\n".to_owned();
    (0..n).for_each(|i| writeln!(text, "  u{i}: {{name: U, groups: [g]}}").unwrap());
    let names: Vec<String> = (0..n).map(|i| format!("u{i}")).collect();
    Pair::made(text + &format!("groups:\n  g: {{members: [{}]}}\n", names.join(", ")))
}

//! Who gains and who loses what between two worlds, in groups: one reason, many users.
//!
//! Only changes are reported. New and deleted users are named once; the access that they gain because an application is
//! open to all users, and the access that they lose by being deleted, is not repeated for every application.

use std::collections::{BTreeMap, BTreeSet};

use super::bits::Bits;
use super::classes::{Marks, Reasons};
use super::engine::{Access, Index, Row, Verdict};
use super::why::{Part, Why};
use super::world::{Name, World};
use crate::value::Address;

/// What changes, and for which users.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Difference {
    /// Changes by application or entitlement; those that become open to all users come first.
    pub gates: Vec<GateChange>,
    /// Users that did not exist before.
    pub new_users: BTreeSet<Name>,
    /// Users that no longer exist; they lose all the access they had.
    pub gone_users: BTreeSet<Name>,
    /// How many applications are open to all users after the plan.
    pub open: usize,
    /// Why the rest is not known, if users or groups could not be read.
    pub blind: Option<String>,
}

/// What changes for one application or entitlement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GateChange {
    /// The application or entitlement.
    pub gate: Address,
    /// It did not exist before.
    pub new: bool,
    /// It no longer exists after the plan.
    pub gone: bool,
    /// It becomes open to all users.
    pub opens: bool,
    /// It was open to all users and no longer is.
    pub closes: bool,
    /// Groups of users whose verdicts change, by the new verdict and the reason.
    pub moves: Vec<Move>,
}

/// Users whose verdict changes in the same way, for the same reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Move {
    /// The verdict before.
    pub from: Verdict,
    /// The verdict after.
    pub to: Verdict,
    /// The reason for the new verdict or, where they lose access, for the old one.
    pub why: Why,
    /// The users.
    pub users: Vec<Name>,
}

impl Difference {
    /// Whether nothing changes for anybody, as far as that can be said.
    pub fn is_empty(&self) -> bool {
        self.gates.is_empty() && self.new_users.is_empty() && self.gone_users.is_empty()
    }
}

/// Compares two worlds.
pub fn difference(before: &World, after: &World) -> Difference {
    let index = Index::of(before.users.keys().chain(after.users.keys()).collect());
    let (old, new) = (
        Access::with(before, index.clone(), &[]),
        Access::with(after, index, &[]),
    );
    let only = |a: &World, b: &World| {
        a.users
            .keys()
            .filter(|user| !b.users.contains_key(*user))
            .cloned()
            .collect()
    };
    let addresses: BTreeSet<&Address> = before.gates.keys().chain(after.gates.keys()).collect();
    let mut gates: Vec<GateChange> = addresses
        .into_iter()
        .filter_map(|gate| change(gate, &old, &new))
        .collect();
    gates.sort_by_key(|change| !change.opens);
    Difference {
        gates,
        new_users: only(after, before),
        gone_users: only(before, after),
        open: new.rows.values().filter(|row| row.open).count(),
        blind: before.blind().or(after.blind()).map(str::to_owned),
    }
}

/// What users have in common who stand in one move: from, to, and the reason without ways.
type Alike = (Verdict, Verdict, Why);

/// Who stands in one move, and the reason with ways as long as these are the same for all.
#[derive(Default)]
struct Movers {
    users: Vec<usize>,
    ways: Option<Why>,
}

fn change<'w>(gate: &Address, old: &Access<'w>, new: &Access<'w>) -> Option<GateChange> {
    let (was, is) = (old.rows.get(gate), new.rows.get(gate));
    let open = |row: Option<&Row<'_>>| row.is_some_and(|row| row.open);
    let mut change = GateChange {
        gate: gate.clone(),
        new: was.is_none(),
        gone: is.is_none(),
        opens: open(is) && !open(was),
        closes: open(was) && is.is_some_and(|row| !row.open),
        moves: Vec::new(),
    };
    let mut users = moved(was, is);
    // Done once for all: deleted users lose everything, new users may open what is open to all users.
    users.keep(&new.sets.everyone);
    if open(was) && open(is) {
        users.keep(&old.sets.everyone);
    }
    let mut moves: BTreeMap<Alike, Movers> = BTreeMap::new();
    for class in classes(&users, old, was, new, is) {
        class.sort(&mut moves);
    }
    let names = &old.index.names;
    change.moves = moves
        .into_iter()
        .map(|((from, to, short), mut movers)| {
            movers.users.sort_unstable();
            let users = movers
                .users
                .into_iter()
                .map(|user| names[user].clone())
                .collect();
            Move {
                from,
                to,
                why: movers.ways.unwrap_or(short),
                users,
            }
        })
        .collect();
    change.moves.sort_by_key(|a| std::cmp::Reverse(a.to));
    let quiet = change.moves.is_empty() && !change.opens && !change.closes;
    (!quiet).then_some(change)
}

/// Users about whom the bindings say the same, before and after.
struct Class<'a, 'w> {
    from: Verdict,
    to: Verdict,
    /// The world whose reason counts: that of what they get, or, where they lose it, of what they had.
    mine: &'a Access<'w>,
    other: &'a Access<'w>,
    /// The reasons on both sides without ways.
    why: Why,
    others: Why,
    users: Bits,
}

fn classes<'a, 'w>(
    users: &Bits,
    old: &'a Access<'w>,
    was: Option<&'a Row<'w>>,
    new: &'a Access<'w>,
    is: Option<&'a Row<'w>>,
) -> Vec<Class<'a, 'w>> {
    if users.is_empty() {
        return Vec::new();
    }
    let before = was.map(|row| Reasons::of(old.world, &old.sets, row));
    let after = is.map(|row| Reasons::of(new.world, &new.sets, row));
    let divide = |reasons: &Option<Reasons<'_>>, users: &Bits| match reasons {
        Some(reasons) => reasons.divide(users),
        None => vec![(Marks::new(), users.clone())],
    };
    // The bindings say nothing about a user that one of the worlds does not have.
    let (there, new_users) = (
        users.within(&old.sets.everyone),
        users.without(&old.sets.everyone),
    );
    let mut divided = divide(&before, &there);
    divided.extend((!new_users.is_empty()).then(|| (Marks::new(), new_users)));
    let mut classes = Vec::new();
    for (marks_before, users) in divided {
        for (marks_after, users) in divide(&after, &users) {
            let Some(one) = users.lowest() else { continue };
            let verdict = |row: Option<&Row<'_>>| row.map_or(Verdict::Deny, |row| row.verdict(one));
            let (from, to) = (verdict(was), verdict(is));
            if from == to {
                continue;
            }
            let why_before = before.as_ref().filter(|_| old.sets.everyone.has(one));
            let why_before = why_before.map_or(Why::Nothing, |it| it.why(&marks_before, from));
            let why_after = after
                .as_ref()
                .map_or(Why::Nothing, |it| it.why(&marks_after, to));
            classes.push(match to {
                Verdict::Deny => Class {
                    from,
                    to,
                    mine: old,
                    other: new,
                    why: why_before,
                    others: why_after,
                    users,
                },
                _ => Class {
                    from,
                    to,
                    mine: new,
                    other: old,
                    why: why_after,
                    others: why_before,
                    users,
                },
            });
        }
    }
    classes
}

impl Class<'_, '_> {
    /// Puts the users into the moves that they stand in.
    fn sort(self, moves: &mut BTreeMap<Alike, Movers>) {
        let shared = match (&self.why, &self.others) {
            (Why::Bound(parts), Why::Bound(others)) => {
                let others: BTreeSet<&Part> = others.iter().collect();
                parts
                    .iter()
                    .any(|part| others.contains(part) && !part.path.is_empty())
            }
            _ => false,
        };
        for user in self.users.iter() {
            let name = &self.mine.index.names[user];
            // Where both sides have the same group, the ways into it may still differ, and with them the reason.
            let (short, whole) = if shared {
                let whole = self.mine.with_ways(self.why.clone(), name);
                let others = self.other.with_ways(self.others.clone(), name);
                let whole = changed(whole, &others);
                (without_ways(whole.clone()), Some(whole))
            } else {
                (changed(self.why.clone(), &self.others), None)
            };
            let movers = moves
                .entry((self.from, self.to, short.clone()))
                .or_default();
            let first = movers.users.is_empty();
            movers.users.push(user);
            if first || movers.ways.is_some() {
                let whole = whole.unwrap_or_else(|| self.mine.with_ways(short, name));
                let alike = first || movers.ways.as_ref() == Some(&whole);
                movers.ways = Some(whole).filter(|_| alike);
            }
        }
    }
}

/// The reason without the way of a user into a bound group.
fn without_ways(why: Why) -> Why {
    let short = |part: Part| Part {
        path: part.path.last().into_iter().cloned().collect(),
        ..part
    };
    match why {
        Why::Bound(parts) => Why::Bound(parts.into_iter().map(short).collect()),
        other => other,
    }
}

/// Users whose verdict is another one.
fn moved(was: Option<&Row<'_>>, is: Option<&Row<'_>>) -> Bits {
    let mut moved = Bits::default();
    let sets = |row: Option<&Row<'_>>| match row {
        Some(row) => [
            row.allow.clone(),
            row.conditional.clone(),
            row.unknown.clone(),
        ],
        None => Default::default(),
    };
    for (a, b) in sets(was).iter().zip(&sets(is)) {
        moved.add(&a.without(b));
        moved.add(&b.without(a));
    }
    moved
}

/// The part of a reason that differs from the other side's; all of it, if all of it differs.
fn changed(why: Why, other: &Why) -> Why {
    let (Why::Bound(parts), Why::Bound(others)) = (&why, other) else {
        return why;
    };
    let others: BTreeSet<&Part> = others.iter().collect();
    let new: Vec<Part> = parts
        .iter()
        .filter(|part| !others.contains(part))
        .cloned()
        .collect();
    if new.is_empty() { why } else { Why::Bound(new) }
}

//! Who gains and who loses what between two worlds, in groups: one reason, many users.
//!
//! Only what changes is told. Users that come or go are named once; what they would gain because it is open to everyone,
//! and what they lose by being gone, is not repeated for every application.

use std::collections::{BTreeMap, BTreeSet};

use super::alike::without_ways;
use super::bits::Bits;
use super::engine::{Access, Index, Row, Verdict};
use super::why::{Part, Why};
use super::world::{Name, World};
use crate::value::Address;

/// What changes for whom.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Difference {
    /// By what they may open; those that open to everyone first.
    pub gates: Vec<GateChange>,
    /// Users that there were not before.
    pub new_users: BTreeSet<Name>,
    /// Users that there are no longer; they lose all they had.
    pub gone_users: BTreeSet<Name>,
    /// How many applications are open to everyone afterwards.
    pub open: usize,
    /// Why the rest cannot be said, if users or groups could not be read.
    pub blind: Option<String>,
}

/// What changes for one application or entitlement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GateChange {
    /// Which.
    pub gate: Address,
    /// There was no such thing before.
    pub new: bool,
    /// There is no such thing afterwards.
    pub gone: bool,
    /// It opens to everyone.
    pub opens: bool,
    /// It was open to everyone and no longer is.
    pub closes: bool,
    /// Who moves, by what they get and why.
    pub moves: Vec<Move>,
}

/// Users for whom the same becomes the same, for the same reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Move {
    /// What they had.
    pub from: Verdict,
    /// What they get.
    pub to: Verdict,
    /// The reason: of what they get, or, where they lose it, of what they had.
    pub why: Why,
    /// Who.
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
    let (old, new) = (Access::with(before, index.clone()), Access::with(after, index));
    let only = |a: &World, b: &World| a.users.keys().filter(|user| !b.users.contains_key(*user)).cloned().collect();
    let addresses: BTreeSet<&Address> = before.gates.keys().chain(after.gates.keys()).collect();
    let mut gates: Vec<GateChange> = addresses.into_iter().filter_map(|gate| change(gate, &old, &new)).collect();
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

fn change(gate: &Address, old: &Access<'_>, new: &Access<'_>) -> Option<GateChange> {
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
    let mut moves: BTreeMap<Alike, (Vec<Name>, Vec<Part>)> = BTreeMap::new();
    for number in moved(was, is, old).iter() {
        let name = &old.index.names[number];
        let there = |access: &Access<'_>| access.sets.everyone.has(number);
        // Said once for all: who is gone loses everything, who is new may open what is open to everyone.
        if !there(new) || (!there(old) && open(was) && open(is)) {
            continue;
        }
        let verdict = |row: Option<&Row<'_>>| row.map_or(Verdict::Deny, |row| row.verdict(number));
        let (from, to) = (verdict(was), verdict(is));
        if from == to {
            continue;
        }
        let why = |access: &Access<'_>| access.why(name, gate).map_or(Why::Nothing, |(_, why)| why);
        let (mine, other) = if to == Verdict::Deny { (old, new) } else { (new, old) };
        let why = match why(mine) {
            Why::Bound(parts) => changed(parts, &why(other)),
            plain => plain,
        };
        let users = moves.entry((from, to, without_ways(why.clone()))).or_insert_with(|| (Vec::new(), paths(&why)));
        users.0.push(name.clone());
        if users.1 != paths(&why) {
            users.1.clear();
        }
    }
    change.moves = moves
        .into_iter()
        .map(|((from, to, short), (users, parts))| {
            let why = if parts.is_empty() { short } else { Why::Bound(parts) };
            Move { from, to, why, users }
        })
        .collect();
    change.moves.sort_by_key(|a| std::cmp::Reverse(a.to));
    let quiet = change.moves.is_empty() && !change.opens && !change.closes;
    (!quiet).then_some(change)
}

/// Users whose verdict is another one.
fn moved(was: Option<&Row<'_>>, is: Option<&Row<'_>>, access: &Access<'_>) -> Bits {
    let none = Bits::none(access.index.names.len());
    let mut moved = none.clone();
    let sets = |row: Option<&Row<'_>>| match row {
        Some(row) => [row.allow.clone(), row.conditional.clone(), row.unknown.clone()],
        None => [none.clone(), none.clone(), none.clone()],
    };
    for (a, b) in sets(was).iter().zip(&sets(is)) {
        moved.add(&a.without(b));
        moved.add(&b.without(a));
    }
    moved
}

/// Of a reason, what is not the same on the other side; all of it, if all of it is.
fn changed(parts: Vec<Part>, other: &Why) -> Why {
    let Why::Bound(others) = other else { return Why::Bound(parts) };
    let new: Vec<Part> = parts.iter().filter(|part| !others.contains(part)).cloned().collect();
    Why::Bound(if new.is_empty() { parts } else { new })
}

fn paths(why: &Why) -> Vec<Part> {
    match why {
        Why::Bound(parts) => parts.clone(),
        _ => Vec::new(),
    }
}

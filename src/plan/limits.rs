//! Limits of what one apply may do: how much goes and changes, as a count and as a share, for objects and for each
//! relation (members, bindings, …) on its own.
//!
//! A limit that is not set has a default; a flag replaces both the count and the share of the limit that it names. What
//! is deleted along with its owner is not counted again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::matching::{Counterpart, Matched};
use super::safety::{Check, Figure, SafetyChecks};
use super::step::{Action, Delta, Reason, Step};
use crate::desired::Object;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::schema::{Field, Keying, Kind, WayIn};
use crate::value::{Part, Value};

/// What membership of groups and roles is called among the relations.
pub const MEMBERSHIP: &str = "membership";
/// How many may go where nothing is said.
const DELETES: u64 = 10;
/// The share that may be deleted where nothing is set, in percent.
const SHARE: u8 = 20;
/// From how many there are on a share is looked at: of three things one is a third.
const ENOUGH: usize = 10;
/// What may go where nothing is said: both hold.
pub const DEFAULT_LIMITS: [Limit; 2] = [Limit::Count(DELETES), Limit::Percent(SHARE)];
/// How many names are reported.
const NAMES: usize = 5;

/// What akrec.yaml says; `None` where it says nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Limits {
    /// How many objects may be deleted.
    pub deletes: Option<u64>,
    /// The share of the managed objects that may be deleted, in percent.
    pub delete_share: Option<u8>,
    /// How many objects of one kind may be removed.
    pub removals: BTreeMap<String, Limit>,
    /// How many changes of any sort there may be.
    pub changes: Option<u64>,
}

/// What flags say, over what akrec.yaml says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FlagLimits {
    /// `--max-deletes`.
    pub deletes: Option<Limit>,
    /// `--max-changes`.
    pub changes: Option<Limit>,
    /// `--max-removals`, by kind.
    pub removals: BTreeMap<String, Limit>,
}

/// A number, or a share of the existing objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// So many.
    Count(u64),
    /// So many of a hundred.
    Percent(u8),
}

impl Limit {
    /// Reads `10` or `20%`.
    pub fn parse(text: &str) -> Result<Limit, String> {
        let text = text.trim();
        match text.strip_suffix('%') {
            Some(share) => share
                .trim_end()
                .parse()
                .ok()
                .filter(|share| *share <= 100)
                .map(Limit::Percent)
                .ok_or_else(|| "from 0% to 100%".to_owned()),
            None => text
                .parse()
                .map(Limit::Count)
                .map_err(|_| "write a number or a percentage, such as 10 or 20%".into()),
        }
    }

    /// Whether it lets anything through that another one does not.
    pub fn exceeds(self, other: Limit) -> bool {
        match (self, other) {
            (Limit::Count(this), Limit::Count(that)) => this > that,
            (Limit::Percent(this), Limit::Percent(that)) => this > that,
            // A share is looked at from some number on; the fewer there are, the larger is the share of one.
            (Limit::Count(this), Limit::Percent(that)) => {
                let (this, of) = (u128::from(this), u128::from(this.max(ENOUGH as u64)));
                this * 100 > of * u128::from(that)
            }
            // Any share is more than any number, if there are enough objects.
            (Limit::Percent(this), Limit::Count(_)) => this > 0,
        }
    }

    /// Whether so many of so many are within it.
    fn holds(self, value: usize, of: usize) -> bool {
        match self {
            Limit::Count(most) => value as u64 <= most,
            Limit::Percent(share) => of < ENOUGH || value * 100 <= of * usize::from(share),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Count(count) => write!(f, "{count}"),
            Limit::Percent(share) => write!(f, "{share}%"),
        }
    }
}

/// The kinds, families and relations of the table that may be limited.
pub fn limited() -> Vec<&'static str> {
    let mut known: Vec<&str> = kinds::KINDS
        .iter()
        .flat_map(|kind| [kind.name, kind.family])
        .chain([MEMBERSHIP])
        .collect();
    known.sort_unstable();
    known.dedup();
    known
}

/// A limit, and who says it.
struct Bound {
    limit: Limit,
    /// Where it comes from, in words.
    from: String,
    /// The setting that says it in akrec.yaml.
    setting: String,
}

/// The number of objects that are deleted or changed, and their total.
#[derive(Default)]
struct Tally {
    names: Vec<String>,
    of: usize,
}

/// One thing that is limited.
struct Thing {
    rail: &'static str,
    /// The kind or relation, where the safety check is about one.
    kind: Option<String>,
    /// `would be deleted`, …
    verb: &'static str,
    /// `managed objects`, …
    what: String,
    flag: String,
    tally: Tally,
    bounds: Vec<Bound>,
}

/// Refuses more than the limits allow, and says of each limit how far it was used.
pub(super) fn limits(
    objects: &[Object],
    matched: &Matched,
    steps: &[Step],
    (limits, flags): (&Limits, &FlagLimits),
    checks: &SafetyChecks,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Check> {
    let mut found = Vec::new();
    for thing in things(objects, matched, steps, limits, flags) {
        let mut over: Option<&Bound> = None;
        for bound in &thing.bounds {
            let ok = bound.limit.holds(thing.tally.names.len(), thing.tally.of);
            found.push(Check {
                rail: thing.rail,
                code: Code::LIMIT,
                kind: thing.kind.clone(),
                limit: Some(match bound.limit {
                    Limit::Count(count) => Figure::Count(count),
                    Limit::Percent(_) => Figure::Share(bound.limit.to_string()),
                }),
                value: Some(thing.tally.names.len()),
                of: Some(thing.tally.of),
                ok,
                waived: !ok && checks.overrides(Code::LIMIT),
            });
            if !ok && over.is_none() {
                over = Some(bound);
            }
        }
        if let Some(bound) = over {
            checks.refuse(thing.reported(bound), diagnostics);
        }
    }
    found
}

impl Thing {
    fn reported(&self, bound: &Bound) -> Diagnostic {
        let Thing {
            verb,
            what,
            flag,
            tally,
            ..
        } = self;
        let count = tally.names.len();
        let message = format!(
            "{count} of {} {what} {verb}; the limit is {}",
            tally.of, bound.limit
        );
        let mut first: Vec<&str> = tally.names.iter().take(NAMES).map(String::as_str).collect();
        let more = format!("and {} more", count.saturating_sub(NAMES));
        if count > NAMES {
            first.push(&more);
        }
        let enough = match bound.limit {
            Limit::Count(_) => Limit::Count(count as u64),
            Limit::Percent(_) => {
                Limit::Percent((count * 100).div_ceil(tally.of.max(1)).min(100) as u8)
            }
        };
        Diagnostic::error(Code::LIMIT, message)
            .note(format!("the limit is {}", bound.from))
            .note(format!("these: {}", first.join(", ")))
            .help(format!(
                "review them closely; `{flag}{enough}` or `{}` in akrec.yaml raises the limit",
                bound.setting.replace('@', &enough.to_string())
            ))
    }
}

/// Everything that has a limit.
fn things(
    objects: &[Object],
    matched: &Matched,
    steps: &[Step],
    limits: &Limits,
    flags: &FlagLimits,
) -> Vec<Thing> {
    let mut things = vec![
        deletes(objects, steps, limits, flags),
        changes(objects, steps, limits, flags),
    ];
    let mut relations = removals(objects, matched, steps);
    let said: BTreeSet<&String> = limits
        .removals
        .keys()
        .chain(flags.removals.keys())
        .collect();
    for name in said {
        relations
            .entry(name.clone())
            .or_insert_with(|| of_kind(name, objects, steps));
    }
    things.extend(
        relations
            .into_iter()
            .map(|(name, tally)| removed(name, tally, limits, flags)),
    );
    things.iter_mut().for_each(|thing| thing.tally.names.sort());
    things
}

fn bound(limit: Limit, from: &str, setting: &str) -> Bound {
    Bound {
        limit,
        from: from.to_owned(),
        setting: setting.to_owned(),
    }
}

/// Whether a step is a loss: other content of the same file is none.
fn goes(step: &Step) -> bool {
    step.action == Action::Delete && !matches!(step.reason, Some(Reason::Replaced(_)))
}

fn deletes(objects: &[Object], steps: &[Step], limits: &Limits, flags: &FlagLimits) -> Thing {
    let gone = steps.iter().filter(|step| goes(step) && !joins(step.kind));
    let names: Vec<String> = gone.map(|step| step.address.to_string()).collect();
    let declared = objects
        .iter()
        .filter(|object| !joins(object.kind) && !object.kind.is_singleton())
        .count();
    let (count, share) = ("limits: {deletes: @}", "limits: {delete_share: @}");
    Thing {
        rail: "max_deletes",
        kind: None,
        verb: "would be deleted",
        what: "managed objects".into(),
        flag: "--max-deletes ".into(),
        tally: Tally {
            of: declared + names.len(),
            names,
        },
        bounds: match flags.deletes {
            Some(limit @ Limit::Count(_)) => vec![bound(limit, "that of --max-deletes", count)],
            Some(limit @ Limit::Percent(_)) => vec![bound(limit, "that of --max-deletes", share)],
            None => vec![
                match limits.deletes {
                    Some(most) => {
                        bound(Limit::Count(most), "`limits.deletes` in akrec.yaml", count)
                    }
                    None => bound(Limit::Count(DELETES), "the default", count),
                },
                match limits.delete_share {
                    Some(most) => bound(
                        Limit::Percent(most),
                        "`limits.delete_share` in akrec.yaml",
                        share,
                    ),
                    None => bound(Limit::Percent(SHARE), "the default", share),
                },
            ],
        },
    }
}

fn changes(objects: &[Object], steps: &[Step], limits: &Limits, flags: &FlagLimits) -> Thing {
    let changed = |step: &&Step| !step.second && !step.action.is_bookkeeping();
    let setting = "limits: {changes: @}";
    Thing {
        rail: "max_changes",
        kind: None,
        verb: "would be created, changed or deleted",
        what: "managed objects".into(),
        flag: "--max-changes ".into(),
        tally: Tally {
            names: steps
                .iter()
                .filter(changed)
                .map(|step| step.address.to_string())
                .collect(),
            of: objects.len() + steps.iter().filter(|step| goes(step)).count(),
        },
        bounds: match (flags.changes, limits.changes) {
            (Some(limit), _) => vec![bound(limit, "that of --max-changes", setting)],
            (None, Some(most)) => vec![bound(
                Limit::Count(most),
                "`limits.changes` in akrec.yaml",
                setting,
            )],
            (None, None) => Vec::new(),
        },
    }
}

/// The deletions of one kind or relation.
fn removed(name: String, tally: Tally, limits: &Limits, flags: &FlagLimits) -> Thing {
    let setting = format!("limits: {{removals: {{{name}: @}}}}");
    let from = |place: &str| format!("that {place} has for {name}");
    let bounds = match (flags.removals.get(&name), limits.removals.get(&name)) {
        (Some(limit), _) => vec![bound(*limit, &from("--max-removals"), &setting)],
        (None, Some(limit)) => vec![bound(
            *limit,
            &from("`limits.removals` in akrec.yaml"),
            &setting,
        )],
        (None, None) => vec![
            bound(Limit::Count(DELETES), "the default", &setting),
            bound(Limit::Percent(SHARE), "the default", &setting),
        ],
    };
    let what = match kinds::kind(&name).filter(|kind| joins(kind)) {
        Some(kind) => kind.title(),
        None if name == MEMBERSHIP => "memberships".into(),
        None => format!("objects of the kind {name}"),
    };
    Thing {
        rail: "max_removals",
        verb: "would be removed",
        what,
        flag: format!("--max-removals {name}="),
        kind: Some(name),
        tally,
        bounds,
    }
}

/// Whether a kind joins objects or belongs to one, so that it is counted on its own.
fn joins(kind: &Kind) -> bool {
    matches!(kind.keying, Keying::Fields(_))
}

/// The items that are removed from each relation, out of those that existed where the files declare it.
fn removals(objects: &[Object], matched: &Matched, steps: &[Step]) -> BTreeMap<String, Tally> {
    let mut all: BTreeMap<String, Tally> = BTreeMap::new();
    for kind in kinds::KINDS.iter().filter(|kind| joins(kind)) {
        all.entry(kind.name.to_owned()).or_default();
    }
    let members = all.entry(MEMBERSHIP.to_owned()).or_default();
    let mut listed = BTreeSet::new();
    for (object, pair) in objects.iter().zip(&matched.pairs) {
        let Counterpart::There(found) = pair else {
            continue;
        };
        for field in object
            .fields
            .keys()
            .filter(|field| is_membership(object.kind, field))
        {
            listed.insert((&object.address, *field));
            members.of += found
                .fields
                .get(field)
                .and_then(Value::as_set)
                .map_or(0, BTreeSet::len);
        }
    }
    for step in steps {
        for change in step
            .changes
            .iter()
            .filter(|change| is_membership(step.kind, change.field))
        {
            if let Delta::Items {
                removed, counts, ..
            } = &change.delta
            {
                // A list that is no longer in the files was not counted above.
                if !listed.contains(&(&step.address, change.field)) {
                    members.of += counts.0;
                }
                members.names.extend(removed.iter().map(|item| match item {
                    Value::Ref(address) => format!("{address} in {}", step.address),
                    _ => format!("an unknown one in {}", step.address),
                }));
            }
        }
    }
    for (address, (_, found)) in matched
        .live
        .iter()
        .filter(|(_, (_, found))| joins(found.kind))
    {
        let owned = matches!(address.parts().first(), Some(Part::At(owner)) if matched.declared.contains(owner));
        if let Some(tally) = all.get_mut(found.kind.name).filter(|_| owned) {
            tally.of += 1;
        }
    }
    for step in steps
        .iter()
        .filter(|step| step.action == Action::Delete && joins(step.kind))
    {
        if let Some(tally) = all.get_mut(step.kind.name) {
            tally.names.push(step.address.to_string());
            tally.of = tally.of.max(tally.names.len());
        }
    }
    all
}

/// Whether a set says who is a member, from either side.
fn is_membership(kind: &Kind, field: &str) -> bool {
    let people = |field: &Field| {
        let families = field.shape.families();
        families.iter().any(|family| {
            kinds::family(family).any(|kind| matches!(kind.way_in, Some(WayIn::User { .. })))
        })
    };
    (kind.members_of(field).is_some() && kind.field(field).is_some_and(people))
        || kind
            .field(field)
            .is_some_and(|field| field.inverse_of.is_some())
}

/// The deletions of one kind or family, or of a collection that the files describe themselves.
fn of_kind(name: &str, objects: &[Object], steps: &[Step]) -> Tally {
    let fits =
        |kind: &Kind| kind.name == name || kind.family == name || (kind.raw && kind.path == name);
    let names: Vec<String> = steps
        .iter()
        .filter(|step| {
            step.action == Action::Delete && !matches!(step.reason, Some(Reason::Replaced(_)))
        })
        .filter(|step| fits(step.kind))
        .map(|step| step.address.to_string())
        .collect();
    Tally {
        of: objects.iter().filter(|object| fits(object.kind)).count() + names.len(),
        names,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_and_hold() {
        assert_eq!(Limit::parse("10"), Ok(Limit::Count(10)));
        assert_eq!(Limit::parse(" 20 %"), Ok(Limit::Percent(20)));
        assert!(
            ["", "-1", "101%", "ten", "1.5", "%"]
                .iter()
                .all(|text| Limit::parse(text).is_err())
        );
        assert!(
            Limit::Count(10).holds(10, 10)
                && !Limit::Count(10).holds(11, 1000)
                && !Limit::Count(0).holds(1, 1)
        );
        assert!(
            Limit::Percent(20).holds(9, 9),
            "a share of few things means nothing"
        );
        assert!(Limit::Percent(20).holds(2, 10) && !Limit::Percent(20).holds(3, 10));
        assert!(Limit::Percent(100).holds(50, 50));
    }

    #[test]
    fn a_limit_exceeds_another_if_it_lets_through_more() {
        use Limit::{Count, Percent};
        for (this, that, exceeds) in [
            (Count(11), Count(10), true),
            (Count(10), Count(10), false),
            (Percent(21), Percent(20), true),
            (Percent(20), Percent(20), false),
            (Percent(1), Count(1_000), true),
            (Percent(0), Count(0), false),
            (Count(3), Percent(20), true),
            (Count(2), Percent(20), false),
            (Count(1_000), Percent(100), false),
            (Count(u64::MAX), Percent(99), true),
        ] {
            assert_eq!(this.exceeds(that), exceeds, "{this} and {that}");
        }
    }

    #[test]
    fn whatever_joins_is_a_relation() {
        let joined: Vec<&str> = kinds::KINDS
            .iter()
            .filter(|kind| joins(kind))
            .map(|kind| kind.name)
            .collect();
        assert!(
            [
                "policy_binding",
                "flow_stage_binding",
                "application_entitlement"
            ]
            .iter()
            .all(|it| joined.contains(it))
        );
        assert!(limited().contains(&MEMBERSHIP) && limited().contains(&"group"));
    }
}

//! Matches declared objects with live ones: by key, by an older key, and for bindings by the objects that they join.
//!
//! Live objects come out of here in the names that they will have, so that `diff` compares like with like.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::desired::Object;
use crate::diag::{Code, Diagnostic, Span};
use crate::live::{Cut, Found, Live};
use crate::schema::Keying;
use crate::value::{Address, Part, Value};

/// Up to so many pairs of equal bindings each is compared with each.
const COMPARED: usize = 10_000;

/// Declared objects with their live counterparts.
#[derive(Default)]
pub(super) struct Matched {
    /// For each declared object, the live one.
    pub pairs: Vec<Counterpart>,
    /// Every live object, in the names that they will have, with the live address.
    pub live: BTreeMap<Address, (Address, Arc<Found>)>,
    /// Addresses (as they will be) of declared objects.
    pub declared: BTreeSet<Address>,
    /// Names that change, from what the server has to what will be.
    renamed: BTreeMap<Address, Address>,
}

impl Matched {
    /// The address that a live object will have.
    pub fn now(&self, before: &Address) -> Address {
        new_name(before, &self.renamed)
    }
}

/// The live counterpart of a declared object.
pub(super) enum Counterpart {
    /// Nothing: it is to be made.
    Missing,
    /// This, in the names it will have.
    There(Arc<Found>),
    /// A live object that cannot be the counterpart; already reported.
    Refused,
}

/// Matches. Refuses names that fit several objects, objects of another kind, and renames onto taken names.
pub(super) fn matching(
    objects: &[Object],
    live: &Live,
    diagnostics: &mut Vec<Diagnostic>,
) -> Matched {
    let declared: BTreeSet<Address> = objects
        .iter()
        .map(|object| object.address.clone())
        .collect();
    let mut renamed = BTreeMap::new();
    for object in objects
        .iter()
        .filter(|object| !matches!(object.kind.keying, Keying::Fields(_)))
    {
        rename(
            object,
            live,
            &|address| live.get(address),
            &declared,
            &mut renamed,
            diagnostics,
        );
    }
    rename_below(objects, live, &declared, &mut renamed, diagnostics);
    // Bindings are known by what they join: first stage bindings, then what is bound to them.
    for (before, after) in rekeyed(objects, live, &renamed, 0) {
        renamed.insert(before, after);
    }
    for (before, after) in rekeyed(objects, live, &renamed, 1) {
        renamed.insert(before, after);
    }
    let all = future(live, &declared, &renamed);
    let pairs = objects
        .iter()
        .map(|object| pair(object, live, &all, diagnostics))
        .collect();
    Matched {
        pairs,
        live: all,
        declared,
        renamed,
    }
}

/// The live objects in the names that they will have, each with its present address.
fn future(
    live: &Live,
    declared: &BTreeSet<Address>,
    renamed: &BTreeMap<Address, Address>,
) -> BTreeMap<Address, (Address, Arc<Found>)> {
    let to = |address: &Address| new_name(address, renamed);
    let all = live.objects.iter().map(|(address, found)| {
        let is_renamed = |value: &Value| {
            let mut any = false;
            value.refs(&mut |address| any |= !renamed.is_empty() && to(address) != *address);
            any
        };
        let shown = |name: &str, value: &Value| {
            let family = found.kind.field(name)?.or_reference_to?;
            Some(Address::named(family, value.as_text()?))
                .filter(|address| declared.contains(address))
        };
        let changed = found
            .fields
            .iter()
            .filter_map(|(name, value)| match shown(name, value) {
                // The name of what is about to be there, although nothing of that name is yet.
                Some(address) => Some((*name, Value::Ref(address))),
                None => is_renamed(value).then(|| (*name, value.map_refs(&to))),
            });
        let changed: Vec<(&'static str, Value)> = changed.collect();
        let now = to(address);
        let mut found = Arc::clone(found);
        // Nearly everything stays as it is, and is then not copied.
        if !changed.is_empty() || now != found.address {
            let found = Arc::make_mut(&mut found);
            found.address = now.clone();
            Arc::make_mut(&mut found.fields).extend(changed);
        }
        (now, (address.clone(), found))
    });
    all.collect()
}

/// Finds renamed objects that have a name below their owner, by the future name of the owner.
fn rename_below(
    objects: &[Object],
    live: &Live,
    declared: &BTreeSet<Address>,
    renamed: &mut BTreeMap<Address, Address>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let below: Vec<&Object> = objects
        .iter()
        .filter(|object| object.kind.name_under_owner().is_some() && !object.previously.is_empty())
        .collect();
    if below.is_empty() {
        return;
    }
    let families: BTreeSet<&str> = below.iter().map(|object| object.address.family).collect();
    let found = live
        .objects
        .values()
        .map(|found| &**found)
        .filter(|found| families.contains(found.address.family));
    let now: HashMap<Address, &Found> = found
        .map(|found| (new_name(&found.address, renamed), found))
        .collect();
    let there = |address: &Address| now.get(address).copied().or_else(|| live.get(address));
    for object in below {
        rename(object, live, &there, declared, renamed, diagnostics);
    }
}

fn pair(
    object: &Object,
    live: &Live,
    all: &BTreeMap<Address, (Address, Arc<Found>)>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Counterpart {
    if ambiguous(&object.address, object.span, live, diagnostics) {
        return Counterpart::Refused;
    }
    let Some((_, found)) = all.get(&object.address) else {
        return match live.may_be_hidden(object.kind, &object.address) {
            None => Counterpart::Missing,
            Some(cut) => {
                diagnostics.push(hidden(object, cut));
                Counterpart::Refused
            }
        };
    };
    if found.kind != object.kind {
        let there = match found.kind.type_name {
            Some(word) => format!("the existing object has the type {word:?}"),
            None => "the existing object has another type".to_owned(),
        };
        diagnostics.push(
            Diagnostic::error(
                Code::WRONG_KIND,
                format!("{} exists with another type", object.address),
            )
            .at(
                object.span,
                format!(
                    "declared with the type {:?}",
                    object.kind.type_name.unwrap_or_default()
                ),
            )
            .note(there)
            .help("authentik cannot change a type: use another name, or delete the old one first"),
        );
        return Counterpart::Refused;
    }
    Counterpart::There(Arc::clone(found))
}

/// The error that it cannot be known whether an object exists.
fn hidden(object: &Object, cut: &Cut) -> Diagnostic {
    let title = object.kind.title();
    let message = format!("it is unknown whether {} exists", object.address);
    Diagnostic::error(Code::CUT_LIST, message)
        .at(
            object.span,
            "declared here, and not among the objects that the server shows",
        )
        .note(format!(
            "GET {} shows this token {} of {} {title}, so creating it could create a duplicate",
            object.kind.path, cut.shown, cut.count
        ))
        .help(format!(
            "use a token of a superuser, or remove these {title} from the files"
        ))
}

/// Whether several live objects have this address, so that none can be meant; says so.
pub(super) fn ambiguous(
    address: &Address,
    span: Span,
    live: &Live,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let Some(count) = live.ambiguous.get(address) else {
        return false;
    };
    diagnostics.push(
        Diagnostic::error(
            Code::AMBIGUOUS_OBJECT,
            format!("{address} exists {count} times on the server"),
        )
        .at(span, "which one is meant?")
        .help("rename or remove all but one by hand"),
    );
    true
}

/// A declared object that exists under an older key. `there` says what has an address.
fn rename<'l>(
    object: &Object,
    live: &Live,
    there: &dyn Fn(&Address) -> Option<&'l Found>,
    declared: &BTreeSet<Address>,
    renamed: &mut BTreeMap<Address, Address>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let exists = there(&object.address).is_some();
    let mut found = None;
    for (old, span) in &object.previously {
        if *old == object.address {
            continue;
        }
        // The files say so themselves, and have been refused.
        if declared.contains(old) {
            continue;
        }
        let Some(there) = there(old).filter(|there| there.kind == object.kind) else {
            continue;
        };
        if ambiguous(old, *span, live, diagnostics) {
            continue;
        }
        if exists {
            diagnostics.push(
                Diagnostic::error(
                    Code::RENAME_CONFLICT,
                    format!("{old} cannot be renamed to a name that is taken"),
                )
                .at(*span, "exists on the server")
                .and(object.span, "and so does this one")
                .help(format!(
                    "remove one of the two, or remove `previously` if {old} is another object"
                )),
            );
        } else if let Some(first) = found.replace(there.address.clone()) {
            diagnostics.push(
                Diagnostic::error(
                    Code::RENAME_CONFLICT,
                    format!("{first} and {old} both exist"),
                )
                .at(*span, "only one of them can be renamed"),
            );
        }
    }
    if let Some(old) = found
        && let Some(other) = renamed.insert(old.clone(), object.address.clone())
    {
        diagnostics.push(
            Diagnostic::error(
                Code::RENAME_CONFLICT,
                format!("{old} cannot become both {other} and {}", object.address),
            )
            .at(object.span, "claimed here"),
        );
    }
}

/// The name of an address once all renames are done.
pub(super) fn new_name(address: &Address, renamed: &BTreeMap<Address, Address>) -> Address {
    if renamed.is_empty() {
        return address.clone();
    }
    match renamed.get(address) {
        Some(new) => new.clone(),
        None => {
            let inner = address.map_parts(&|part| new_name(part, renamed));
            renamed.get(&inner).cloned().unwrap_or(inner)
        }
    }
}

/// Bindings that join the same two objects but carry another number: a stage binding with another order, or one of
/// several equal policy bindings. Paired so that as little as possible changes. `depth` 0: bindings of plain objects.
fn rekeyed(
    objects: &[Object],
    live: &Live,
    renamed: &BTreeMap<Address, Address>,
    depth: usize,
) -> Vec<(Address, Address)> {
    let mut wanted: BTreeMap<Vec<Part>, Vec<&Object>> = BTreeMap::new();
    for object in objects
        .iter()
        .filter(|object| nesting(&object.address) == Some(depth))
    {
        wanted
            .entry(joined(&object.address))
            .or_default()
            .push(object);
    }
    let mut there: HashMap<Vec<Part>, Vec<(&Address, Address, &Found)>> = HashMap::new();
    for (address, found) in live
        .objects
        .iter()
        .filter(|(address, _)| nesting(address) == Some(depth))
    {
        let new = new_name(address, renamed);
        let key = joined(&new);
        if wanted.contains_key(&key) {
            there.entry(key).or_default().push((address, new, found));
        }
    }
    let mut pairs = Vec::new();
    for (key, mut objects) in wanted {
        let mut candidates = Candidates::new(there.remove(&key).unwrap_or_default());
        objects.sort_by(|a, b| a.address.cmp(&b.address));
        // Those that fit exactly stay as they are.
        objects.retain(|object| !candidates.take_exact(object));
        let closely = objects.len().saturating_mul(candidates.left) <= COMPARED;
        for object in objects {
            let Some((address, new)) = candidates.take_best(object, closely) else {
                break;
            };
            if new != object.address {
                // Whoever holds the plain address among equals gives it up to the one that fits.
                if let Some(other) = candidates.at(&object.address) {
                    pairs.push((other.clone(), new));
                }
                pairs.push((address.clone(), object.address.clone()));
            }
        }
    }
    pairs
}

/// Live bindings of the same two objects; each is matched once.
struct Candidates<'l> {
    slots: Vec<Option<Candidate<'l>>>,
    /// Positions by the future address of a binding.
    places: HashMap<Address, Vec<usize>>,
    left: usize,
    /// All before it are taken.
    first: usize,
}

/// A live binding: the address that the server knows, the one that it will have, and the object.
type Candidate<'l> = (&'l Address, Address, &'l Found);

impl<'l> Candidates<'l> {
    fn new(all: Vec<Candidate<'l>>) -> Candidates<'l> {
        let mut places: HashMap<Address, Vec<usize>> = HashMap::new();
        for (place, (_, new, _)) in all.iter().enumerate() {
            places.entry(new.clone()).or_default().push(place);
        }
        Candidates {
            left: all.len(),
            slots: all.into_iter().map(Some).collect(),
            places,
            first: 0,
        }
    }

    fn take(&mut self, place: usize) -> Option<Candidate<'l>> {
        let taken = self.slots.get_mut(place)?.take()?;
        self.left -= 1;
        Some(taken)
    }

    /// Takes the one that a declared binding is as it stands; whether there is one.
    fn take_exact(&mut self, object: &Object) -> bool {
        let exact = self
            .places
            .get(&object.address)
            .into_iter()
            .flatten()
            .copied()
            .find(|place| {
                self.slots[*place].as_ref().is_some_and(|(_, _, found)| {
                    self.left == 1
                        || object.kind.keying_has_number()
                        || likeness(object, found) == 0
                })
            });
        exact.and_then(|place| self.take(place)).is_some()
    }

    /// Takes the one that is most like a declared binding, or the next one where comparing all would take too long.
    fn take_best(&mut self, object: &Object, closely: bool) -> Option<(&'l Address, Address)> {
        while self.slots.get(self.first)?.is_none() {
            self.first += 1;
        }
        let place = if closely {
            let left = self
                .slots
                .iter()
                .enumerate()
                .filter_map(|(place, slot)| Some((place, slot.as_ref()?.2)));
            left.min_by_key(|(_, found)| likeness(object, found))
                .map(|(place, _)| place)?
        } else {
            self.first
        };
        self.take(place).map(|(address, new, _)| (address, new))
    }

    /// The one that is left and will have an address.
    fn at(&self, address: &Address) -> Option<&'l Address> {
        let places = self.places.get(address)?;
        places
            .iter()
            .find_map(|place| self.slots[*place].as_ref())
            .map(|(before, _, _)| *before)
    }
}

/// How deep bindings are nested: a binding of an application 0, of a stage binding 1; `None` for plain objects.
fn nesting(address: &Address) -> Option<usize> {
    match address.parts().first()? {
        Part::At(owner) => Some(nesting(owner).map_or(0, |depth| depth + 1)),
        _ => Some(0),
    }
}

/// The objects that a binding joins: its key without numbers.
fn joined(address: &Address) -> Vec<Part> {
    let family = Part::Name(address.family.into());
    let parts = address
        .parts()
        .iter()
        .filter(|part| !matches!(part, Part::Number(_)));
    std::iter::once(family).chain(parts.cloned()).collect()
}

/// How many declared plain values a live object does not have.
fn likeness(object: &Object, found: &Found) -> usize {
    let differs = |name: &&str| match (object.value(name), found.fields.get(*name)) {
        (Some(crate::value::Value::Ref(_)), _) | (None, _) => false,
        (Some(want), have) => Some(want) != have,
    };
    object.fields.keys().filter(|name| differs(name)).count()
}

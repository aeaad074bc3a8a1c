//! The ledger's records before a run, and the steps and records that restore them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Over, Undo};
use crate::desired::Desired;
use crate::ledger::{ItemOrigin, Ledger, Record};
use crate::live::{Found, Live};
use crate::plan::{Action, Declared, ItemId, ListItem, Plan, Reason, Step};
use crate::schema::{Kind, id_text};
use crate::value::{Address, Part};

/// The records that differ, as they were.
pub(super) fn before(over: Over<'_>, desired: &Desired) -> BTreeMap<Address, Option<Record>> {
    let (before, after) = (&over.before.records, &over.after.records);
    if !over.before.is_known() || !over.after.is_known() {
        return BTreeMap::new();
    }
    let same = |one: &Record, other: &Record| {
        let plain = |record: &Record| Record {
            run: String::new(),
            ..record.clone()
        };
        plain(one) == plain(other)
    };
    let names = names(desired);
    let mut records = BTreeMap::new();
    for (address, record) in before {
        if !after.get(address).is_some_and(|now| same(record, now)) {
            records.insert(address.clone(), Some(record.clone()));
        }
    }
    let ids: HashSet<(&str, &str)> = before
        .values()
        .map(|old| (old.kind.name, old.id.as_str()))
        .collect();
    let by_id = |record: &Record| ids.contains(&(record.kind.name, record.id.as_str()));
    for (address, record) in after {
        // An object that an earlier run had created was managed all along, though its record was written only now.
        let pending = over.before.pending.contains_key(address);
        if !before.contains_key(address) && !by_id(record) && !pending {
            records.insert(older(address, &names), None);
        }
    }
    records
}

/// The names that are taken back, with what they become.
fn names(desired: &Desired) -> BTreeMap<&Address, &Address> {
    desired
        .objects
        .iter()
        .flat_map(|object| {
            object
                .previously
                .iter()
                .map(|(now, _)| (now, &object.address))
        })
        .collect()
}

/// The address after names are restored: its own, or the one that is inside it.
fn older(address: &Address, names: &BTreeMap<&Address, &Address>) -> Address {
    match names.get(address) {
        Some(old) => (*old).clone(),
        None => address.map_parts(&|part| older(part, names)),
    }
}

/// Adds to a plan what makes the ledger say what it said.
pub(super) fn restore(undo: &Undo, live: &Live, ledger: &Ledger, plan: &mut Plan) {
    plan.declared.clear();
    plan.gone.clear();
    plan.owning = ledger.is_known();
    if !ledger.is_known() {
        return;
    }
    let present = Present::of(undo, ledger, plan);
    for (address, record) in &undo.records {
        let Some(record) = record else {
            plan.steps.extend(forget(&present, address));
            continue;
        };
        let now = present.record_of(record);
        let stays = present.stays(live, address);
        let is_made = present.does(address, Action::Create);
        let step = if is_made || now.is_some() {
            now.and_then(|(_, now)| protect(&present, address, record, now))
        } else {
            // Another object has its name by now.
            if stays.is_some_and(|found| id_text(&found.pk).as_ref() != Some(&record.id)) {
                continue;
            }
            stays.and_then(|_| adopt(&present, address, record))
        };
        plan.steps.extend(step);
        let declared = present.declared(address, record, now);
        plan.declared.insert(address.clone(), declared);
    }
}

/// The effects of the plan so far, and the current ledger.
struct Present<'a> {
    ledger: &'a Ledger,
    /// The steps of the plan. Bookkeeping steps are added to these, one an object, and none of them is asked for again.
    steps: BTreeSet<(Address, Action)>,
    /// The ids of what the plan deletes.
    deleted: HashSet<String>,
    /// Where the ledger has an object, by its kind and id.
    by_id: HashMap<(&'static str, &'a str), &'a Address>,
    /// The ledger's records, by the names that objects have once names are taken back.
    known: BTreeMap<Address, &'a Record>,
    /// Recreated objects, by family and earlier id: such an object gets another id, and is still the same item of the
    /// lists that it was in.
    remade: HashMap<(&'static str, &'a str), &'a Address>,
}

impl<'a> Present<'a> {
    fn of(undo: &'a Undo, ledger: &'a Ledger, plan: &Plan) -> Present<'a> {
        let mut steps = BTreeSet::new();
        let mut deleted = HashSet::new();
        for step in &plan.steps {
            steps.insert((step.address.clone(), step.action));
            if step.action == Action::Delete {
                deleted.extend(step.id.clone());
            }
        }
        let names = names(&undo.desired);
        let mut by_id = HashMap::new();
        let mut known = BTreeMap::new();
        for (address, record) in &ledger.records {
            by_id.insert((record.kind.name, record.id.as_str()), address);
            known.insert(older(address, &names), record);
        }
        let mut remade = HashMap::new();
        for (address, record) in &undo.records {
            if let Some(record) = record
                && steps.contains(&(address.clone(), Action::Create))
            {
                remade.insert((address.family, record.id.as_str()), address);
            }
        }
        Present {
            ledger,
            steps,
            deleted,
            by_id,
            known,
            remade,
        }
    }

    fn does(&self, address: &Address, action: Action) -> bool {
        self.steps.contains(&(address.clone(), action))
    }

    fn has_step(&self, address: &Address) -> bool {
        let from = (address.clone(), Action::Create);
        let next = self.steps.range(from..).next();
        next.is_some_and(|(at, _)| at == address)
    }

    /// Whether an object goes along with its owner.
    fn goes_with_owner(&self, address: &Address) -> bool {
        match address.parts().first() {
            Some(Part::At(owner)) => {
                self.does(owner, Action::Delete) || self.goes_with_owner(owner)
            }
            _ => false,
        }
    }

    /// The object that is there under an address and stays. Of what was gone before the run only the record is put back.
    fn stays<'l>(&self, live: &'l Live, address: &Address) -> Option<&'l Found> {
        let found = live.get(address)?;
        let goes = self.deleted.contains(&found.id) || self.goes_with_owner(address);
        (!goes).then_some(found)
    }

    /// The current ledger's record of the object of an earlier record.
    fn record_of(&self, record: &Record) -> Option<(&'a Address, &'a Record)> {
        let address = self.by_id.get(&(record.kind.name, record.id.as_str()))?;
        self.ledger.records.get_key_value(*address)
    }

    /// The ledger's future record of an object.
    fn declared(
        &self,
        address: &Address,
        record: &Record,
        now: Option<(&Address, &Record)>,
    ) -> Declared {
        let is_made = self.does(address, Action::Create);
        Declared {
            kind: record.kind,
            id: (!is_made).then(|| record.id.clone()),
            origin: record.origin,
            recorded: now.map(|(address, _)| address.clone()),
            protect: record.protect,
            partial: record.partial,
            fields: record.fields.clone(),
            items: items(record, &self.remade),
        }
    }
}

/// The step that takes an object out of the ledger, if it has come into it since.
fn forget(present: &Present<'_>, address: &Address) -> Option<Step> {
    let now = present.known.get(address)?;
    if present.does(address, Action::Delete) || present.goes_with_owner(address) {
        return None;
    }
    let reason = Some(Reason::PutBack);
    Some(bookkeeping(Action::Forget, address, now.kind, reason))
}

/// The step that protects an object again, or no longer, if a run has changed that.
fn protect(
    present: &Present<'_>,
    address: &Address,
    record: &Record,
    now: &Record,
) -> Option<Step> {
    if now.protect == record.protect || present.has_step(address) {
        return None;
    }
    let reason = match record.protect {
        true => Reason::Protected,
        false => Reason::Unprotected,
    };
    Some(bookkeeping(
        Action::Update,
        address,
        record.kind,
        Some(reason),
    ))
}

/// The step that takes an object that is there into the ledger again.
fn adopt(present: &Present<'_>, address: &Address, record: &Record) -> Option<Step> {
    if present.has_step(address) {
        return None;
    }
    let mut step = bookkeeping(Action::Adopt, address, record.kind, None);
    step.adopts = true;
    Some(step)
}

/// The items of a record's lists, as the ledger must have them again.
fn items(
    record: &Record,
    remade: &HashMap<(&str, &str), &Address>,
) -> BTreeMap<String, Vec<ListItem>> {
    let mut all = BTreeMap::new();
    for (name, origins) in &record.items {
        let field = record.kind.field(name);
        let families = field.map_or(&[][..], |field| field.shape.families());
        let other = field.and_then(|field| field.refers_by);
        let one = |(id, origin): (&String, &ItemOrigin)| {
            let again = families
                .iter()
                .find_map(|family| remade.get(&(*family, id.as_str())));
            let id = match again {
                Some(address) => ItemId::New {
                    address: (*address).clone(),
                    other,
                    before: String::new(),
                },
                None => ItemId::Known(id.clone()),
            };
            ListItem {
                id,
                origin: *origin,
            }
        };
        all.insert(name.clone(), origins.iter().map(one).collect());
    }
    all
}

fn bookkeeping(
    action: Action,
    address: &Address,
    kind: &'static Kind,
    reason: Option<Reason>,
) -> Step {
    Step {
        reason,
        ..Step::new(action, address.clone(), kind)
    }
}

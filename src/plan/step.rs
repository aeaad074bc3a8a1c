//! One step of a plan: what it does to which object, why, after which others, and exactly what is written.
//!
//! Plain data with addresses in place of ids.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::diag::Span;
use crate::schema::{Class, Kind};
use crate::value::{Address, Value};

/// The action of a step.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Action {
    /// Makes the object.
    Create,
    /// Changes it.
    Update,
    /// Gives it another key, and perhaps changes it.
    Rename,
    /// Removes it.
    Delete,
    /// Takes it over as it is: from now on it is known to be ours.
    Adopt,
    /// Lets it go as it is: from now on it is not ours.
    Forget,
}

impl Action {
    /// Whether only the ledger changes, not the object.
    pub fn is_bookkeeping(self) -> bool {
        matches!(self, Action::Adopt | Action::Forget)
    }
}

/// Why an object is deleted or a step is made that no line of the files names directly.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reason {
    /// It stands under `absent`.
    Absent,
    /// A complete list does not name it.
    NotInList,
    /// akrec created it, and the files no longer declare it.
    NotDeclared,
    /// The files no longer declare it, and it existed before akrec.
    LetGo,
    /// The list that it belongs to is no longer managed.
    ListNotManaged,
    /// It leaves the files with its owner, which stays.
    OwnerLetGo,
    /// authentik itself created the object of this name.
    MadeByServer,
    /// The files no longer declare it, and somebody gave it another name on the server.
    OtherName,
    /// It becomes protected with this plan.
    Protected,
    /// It stops being protected with this plan.
    Unprotected,
    /// A partial list excludes it.
    Excluded,
    /// It is known by another key on the server.
    Renamed(Address),
    /// It never changes: this object with other content takes its place.
    Replaced(Address),
    /// A reference had to wait until the object that it names was there.
    Deferred,
    /// Another object of the plan has the value until then, and only one may have it.
    HandedOver,
    /// It is set last on purpose, when the children of the object exist: until then nobody must use it.
    Late,
    /// The run that is rolled back changed what akrec owns.
    PutBack,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// The action.
    pub action: Action,
    /// The object, by the address it has when the step is done (or had, if it goes).
    pub address: Address,
    /// The kind of the object.
    pub kind: &'static Kind,
    /// Where in the files; `None` for what is removed without being named.
    pub source: Option<Span>,
    /// The reason.
    pub reason: Option<Reason>,
    /// It completes an earlier step of the same plan on the same object.
    pub second: bool,
    /// The object existed before and becomes managed with this step.
    pub adopts: bool,
    /// What differs, field by field, in the table's order.
    pub changes: Vec<Change>,
    /// Fields of a new object that nobody declared: it gets the value that authentik's admin form preselects.
    pub preselected: BTreeSet<&'static str>,
    /// How many further fields are declared or known and stay as they are.
    pub unchanged: usize,
    /// Steps that must be done before: indices into the plan.
    pub needs: BTreeSet<usize>,
    /// What stands in the URL of the object; `None` while it does not exist.
    pub id: Option<String>,
    /// The write.
    pub write: Write,
    /// The state that the object must have just before the write: the fields on which the step depends.
    pub expect: BTreeMap<&'static str, Value>,
}

impl Step {
    /// A step of this action that says nothing else yet, and writes nothing.
    pub fn new(action: Action, address: Address, kind: &'static Kind) -> Step {
        Step {
            action,
            address,
            kind,
            source: None,
            reason: None,
            second: false,
            adopts: false,
            changes: Vec::new(),
            preselected: BTreeSet::new(),
            unchanged: 0,
            needs: BTreeSet::new(),
            id: None,
            write: Write::Nothing,
            expect: BTreeMap::new(),
        }
    }
}

/// Items of sets that are written item by item, by field.
pub type Items = BTreeMap<&'static str, BTreeSet<Value>>;

/// The write of a step.
#[derive(Clone, Debug)]
pub enum Write {
    /// POST of these fields to the collection, then the members that a creation does not take.
    Create {
        /// The fields.
        body: BTreeMap<&'static str, Value>,
        /// Items that are put in after.
        add: Items,
    },
    /// PATCH of these fields (none: no PATCH), then members one by one.
    Update {
        /// Changed fields and their companions.
        body: BTreeMap<&'static str, Value>,
        /// Items that are put in.
        add: Items,
        /// Items that are taken out.
        remove: Items,
    },
    /// DELETE.
    Delete,
    /// Nothing: only the ledger changes.
    Nothing,
}

/// One field that differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The field's API name.
    pub field: &'static str,
    /// Who may see it.
    pub class: Class,
    /// How it differs.
    pub delta: Delta,
}

/// How a field differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Delta {
    /// It had no value that is known, and gets one.
    New(Value),
    /// It changes from one to another.
    Value(Value, Value),
    /// Items of a set go in and out; the counts are before and after.
    Items {
        /// Go in.
        added: BTreeSet<Value>,
        /// Go out.
        removed: BTreeSet<Value>,
        /// Before and after.
        counts: (usize, usize),
    },
    /// Keys of free data change: before (if it was there) and after (if it stays).
    Keys(BTreeMap<String, (Option<Json>, Option<Json>)>),
    /// It is written without being compared.
    Written,
}

impl Step {
    /// Every address that the write refers to.
    pub fn refs(&self) -> BTreeSet<Address> {
        let mut refs = BTreeSet::new();
        let mut take = |address: &Address| {
            refs.insert(address.clone());
        };
        match &self.write {
            Write::Create { body, add } => {
                body.values().for_each(|value| value.refs(&mut take));
                add.values()
                    .flatten()
                    .for_each(|value| value.refs(&mut take));
            }
            Write::Update { body, add, remove } => {
                body.values().for_each(|value| value.refs(&mut take));
                add.values()
                    .chain(remove.values())
                    .flatten()
                    .for_each(|value| value.refs(&mut take));
            }
            Write::Delete | Write::Nothing => {}
        }
        refs
    }
}

//! The plan: its steps, and what they rest on.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::super::sign_in::SignIn;
use super::{Address, ItemOrigin, Kind, Masked, MaskedData, Origin, Privilege, is_false};

/// Values by field.
pub type Fields = BTreeMap<String, Masked>;
/// Items of sets by field.
pub type Items = BTreeMap<String, Vec<Masked>>;

/// A plan.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The release of authentik that it is made for.
    pub release: String,
    /// The steps, in an order that can be followed.
    pub steps: Vec<Step>,
    /// The ids of objects to which the steps refer.
    pub ids: Vec<(Address, Json)>,
    /// Further ids of these, by the field that holds them.
    pub other_ids: Vec<(Address, String, Json)>,
    /// Applications that become open to all users, and by what.
    pub openings: Vec<(Address, Opens)>,
    /// What changes of signing in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignIn>,
    /// What becomes of privileges, the gravest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privileges: Option<Vec<Privilege>>,
    /// How many fields are ignored.
    pub ignored: usize,
    /// Declared secrets that cannot be compared, by object and field.
    #[serde(default)]
    pub uncompared: Vec<(Address, String)>,
    /// What the ledger will have of each declared object.
    pub declared: Vec<Declared>,
    /// What is kept although the files would have it deleted.
    pub kept: Vec<Kept>,
    /// The results of the safety checks.
    pub safety: Vec<Check>,
    /// Records of the ledger whose objects no longer exist.
    pub gone: Vec<Address>,
    /// What the server deletes or clears along with each deleted object.
    pub victims: Vec<(Address, Vec<Dependent>)>,
    /// Patterns of `--target`, in order.
    #[serde(default)]
    pub targets: BTreeSet<String>,
    /// Patterns of `--exclude`, in order.
    #[serde(default)]
    pub excludes: BTreeSet<String>,
    /// What is left out because it was not asked for.
    #[serde(default)]
    pub left: Vec<(Address, Action)>,
    /// Whether it is known what akrec owns.
    #[serde(default)]
    pub owning: bool,
    /// Settings that weaken safety checks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weakened: Vec<Weakened>,
}

/// One step.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// The object.
    pub at: Address,
    /// The kind of the object.
    pub kind: Kind,
    /// Where the files declare it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Place>,
    /// Why it is done, if no line of the files says so directly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// It completes an earlier step on the same object.
    #[serde(default, skip_serializing_if = "is_false")]
    pub second: bool,
    /// The object existed and becomes managed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub adopts: bool,
    /// What changes.
    pub changes: Vec<Change>,
    /// Fields that get what the admin interface preselects.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub preselected: BTreeSet<String>,
    /// How many further fields stay as they are.
    pub unchanged: usize,
    /// The steps that come before, by their place in the plan.
    pub needs: BTreeSet<usize>,
    /// What stands in the URL of the object.
    pub id: Option<String>,
    /// What is written.
    pub write: Write,
    /// What the object must look like just before.
    pub expect: Fields,
}

/// A place in a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
}

/// What a step does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "as in `plan::Action`")]
pub enum Action {
    Create,
    Update,
    Rename,
    Delete,
    Adopt,
    Forget,
}

/// Why a step is done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "as in `plan::Reason`")]
pub enum Reason {
    Absent,
    NotInList,
    NotDeclared,
    LetGo,
    ListNotManaged,
    OwnerLetGo,
    MadeByServer,
    OtherName,
    Protected,
    Unprotected,
    Excluded,
    Renamed(Address),
    Replaced(Address),
    Deferred,
    HandedOver,
    Late,
    PutBack,
}

/// What is written.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields, expecting = "unknown `write`")]
pub enum Write {
    /// A new object, and the items that are added to its lists after that.
    Create {
        /// The fields.
        create: Fields,
        /// The items.
        add: Items,
    },
    /// Fields of an existing object, and the items that are added to its lists and removed from them.
    Update {
        /// The fields.
        update: Fields,
        /// The items that are added.
        add: Items,
        /// The items that are removed.
        remove: Items,
    },
    /// No fields.
    Word(WriteWord),
}

/// A write without fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteWord {
    /// The object is deleted.
    Delete,
    /// Only the ledger changes.
    Nothing,
}

/// One field that changes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Change {
    /// The field.
    pub field: String,
    /// Who may see it.
    pub class: Class,
    /// How it changes.
    pub delta: Delta,
}

/// Who may see a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "as in `schema::Class`")]
pub enum Class {
    Plain,
    Secret,
    WriteOnly,
}

/// How a field changes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "a difference has an unknown form"
)]
pub enum Delta {
    /// It gets a value, and none is known from before.
    New {
        /// The value.
        new: Masked,
    },
    /// It changes from one value to another.
    Value {
        /// The value before.
        old: Masked,
        /// The value after.
        new: Masked,
    },
    /// Items of a set are added and removed.
    Items {
        /// The items that are added.
        added: Vec<Masked>,
        /// The items that are removed.
        removed: Vec<Masked>,
        /// How many items there are before and after.
        counts: (usize, usize),
    },
    /// Keys of free data change: the key, and what it has before and after, each a list of one or none.
    Keys {
        /// The keys.
        keys: Vec<(String, Vec<MaskedData>, Vec<MaskedData>)>,
    },
    /// It is written without being compared.
    Word(Written),
}

/// A difference without values.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// The field is written without being compared.
    Written,
}

/// By what an application becomes open to all users.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Opens {
    /// It is new, or else it lost its last binding.
    New(bool),
    /// A setting.
    By(Setting),
}

/// What opens an application other than its bindings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// The setting for applications without bindings.
    Setting,
}

/// What the ledger will have of a declared object.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Declared {
    /// The object.
    pub at: Address,
    /// Its kind.
    pub kind: Kind,
    /// The id by which others refer to it, once it exists.
    pub id: Option<String>,
    /// How it became managed.
    pub origin: Origin,
    /// The address under which the ledger has it.
    pub recorded: Option<Address>,
    /// It must not be deleted.
    #[serde(default)]
    pub protect: bool,
    /// It stands in a partial list.
    #[serde(default)]
    pub partial: bool,
    /// The fingerprint of each field.
    pub fields: BTreeMap<String, String>,
    /// The items of its sets, by field.
    #[serde(default)]
    pub items: BTreeMap<String, Vec<Item>>,
}

/// An item of a set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged, expecting = "an item of a list has an unknown form")]
pub enum Item {
    /// An item whose id is known.
    Known(ItemOrigin, String),
    /// An object that the plan creates: its address, the field that holds its id where that is another one, and its id
    /// until then.
    New(ItemOrigin, Address, Option<String>, String),
}

/// What is kept although the files would have it deleted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// The object.
    pub at: Address,
    /// Its kind.
    pub kind: Kind,
    /// Why it is kept.
    pub why: KeptBecause,
    /// The items of one of its lists that are kept, if it is these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<(String, Vec<Masked>)>,
}

/// Why something is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "as in `plan::Keeps`")]
pub enum KeptBecause {
    Protected,
    LetGo,
    Fleeting,
    Found,
    FoundPerhaps,
}

/// The result of a safety check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Check {
    /// Its name.
    pub rail: String,
    /// The code of the diagnostic that refuses the plan.
    pub code: String,
    /// The kind that it counts.
    pub kind: Option<String>,
    /// The limit.
    pub limit: Option<Limit>,
    /// What it found.
    pub value: Option<usize>,
    /// Of how many.
    pub of: Option<usize>,
    /// It passes.
    #[serde(default)]
    pub ok: bool,
    /// It is overridden.
    #[serde(default)]
    pub waived: bool,
}

/// A limit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Limit {
    /// A number.
    Count(u64),
    /// A share, as it is spelled.
    Share(String),
}

/// What the server deletes or clears along with a deleted object.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Dependent {
    /// Its name.
    pub name: String,
    /// Its kind, if akrec knows it.
    pub kind: Option<Kind>,
    /// What becomes of it.
    pub fate: Fate,
    /// It is a part of the deleted object.
    #[serde(default)]
    pub part: bool,
}

/// What becomes of an object that refers to a deleted one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The server deletes it.
    Deleted,
    /// The server clears the reference.
    Cleared,
}

/// A setting that weakens a safety check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Weakened {
    /// The setting.
    pub setting: String,
    /// Its value.
    pub value: String,
    /// The value that it replaces.
    pub instead_of: String,
    /// The value that it replaces is that of another revision.
    #[serde(default)]
    pub base: bool,
    /// File, line and column.
    pub place: Option<(String, u32, u32)>,
}

//! One change of a plan, as documents and events have it.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::diagnostic::{Code, Diagnostic};
use super::plan_file::Fate;
use super::{Fingerprint, Masked, Place, is_false};

/// One change of a plan.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Change {
    /// What the change is called within its document.
    #[schemars(regex(pattern = r"^c[0-9]+$"))]
    pub id: String,
    /// The address of the object.
    pub address: String,
    /// The kind of the object.
    pub kind: String,
    /// The fields that make up the key of the object.
    pub natural_key: NaturalKey,
    /// The id by which others refer to the object, if it exists.
    pub live_id: Option<String>,
    /// The address that the object had before a rename.
    pub previous_address: Option<String>,
    /// What Terraform calls it; always one.
    pub actions: [Action; 1],
    /// Why, where the files do not say it by themselves.
    pub reason: Option<Reason>,
    /// It is the second step for its object.
    pub second: bool,
    /// The object existed before akrec managed it.
    pub adopts: bool,
    /// Where the object is declared.
    pub source: Option<Place>,
    /// What is known of the object before; none for one that is created.
    pub before: Option<Fields>,
    /// What is known of the object after; none for one that is deleted.
    pub after: Option<Fields>,
    /// Fields whose values the server makes.
    pub after_unknown: BTreeMap<String, bool>,
    /// Fields that nobody declared and that get what the admin form of authentik preselects.
    pub preselected: Vec<String>,
    /// The paths of all values that are withheld.
    pub sensitive: Vec<Path>,
    /// What differs.
    pub changed_fields: Vec<ChangedField>,
    /// The ids of the changes that must be done before.
    pub depends_on: Vec<String>,
    /// What needs a second look.
    pub risk: Vec<Risk>,
    /// What the server deletes or clears along with the object.
    pub used_by: Vec<UsedBy>,
    /// A fingerprint of what the object must be just before the write.
    pub precondition: Option<Fingerprint>,
    /// The result, if the plan was applied.
    pub outcome: Option<Outcome>,
}

/// Fields with their values.
pub type Fields = BTreeMap<String, Masked<Json>>;

/// The fields that make up a key; one is null where it is not known.
pub type NaturalKey = BTreeMap<String, Option<KeyPart>>;

/// A part of a key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum KeyPart {
    /// A name.
    Name(String),
    /// A number.
    Number(i64),
}

/// Where a value is: the field, and what leads to the value inside it.
pub type Path = Vec<PathPart>;

/// A part of a path.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum PathPart {
    /// A field or a key.
    Name(String),
    /// The place in a list, from 0.
    Index(usize),
}

/// What Terraform calls an action.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing is written but the ledger.
    NoOp,
    /// The object is created.
    Create,
    /// The object is changed or renamed.
    Update,
    /// The object is deleted.
    Delete,
    /// The object is no longer managed and stays on the server.
    Forget,
}

/// What akrec calls an action.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// The object is created.
    Add,
    /// The object is changed.
    Change,
    /// The object is renamed.
    Rename,
    /// The object is deleted.
    Delete,
    /// The object is managed from now on.
    Adopt,
    /// The object is no longer managed and stays on the server.
    Forget,
}

/// As it is spelled in documents.
impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Why a step is in a plan, where the files do not say it by themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The files list it under `absent`.
    DeleteBecauseAbsent,
    /// It is not in a complete list.
    DeleteBecauseNotInList,
    /// A partial list excludes it.
    DeleteBecauseExcluded,
    /// The files no longer declare it.
    DeleteBecauseNotInConfig,
    /// The object of this name is deleted and created again.
    DeleteBecauseReplaced,
    /// The files no longer declare it, and akrec did not create it.
    ForgetBecauseNotInConfig,
    /// The files no longer declare the list.
    ForgetBecauseListNotInConfig,
    /// The files no longer declare its owner.
    ForgetBecauseOwnerNotInConfig,
    /// The server made it.
    ForgetBecauseBuiltIn,
    /// It has another name on the server.
    ForgetBecauseRenamedOnServer,
    /// It becomes protected.
    UpdateBecauseProtected,
    /// It is no longer protected.
    UpdateBecauseUnprotected,
    /// A field is written once another object exists.
    UpdateBecauseDeferred,
    /// What referred to a deleted object refers to its successor.
    UpdateBecauseHandedOver,
    /// It is written last.
    UpdateBecauseLate,
    /// The files give its previous name.
    RenameBecausePreviously,
    /// A rollback restores it.
    PutBackByRollback,
}

/// What needs a second look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// An object is deleted.
    Deletes,
    /// The server deletes other objects along with it.
    TakesAlong,
    /// An application becomes open to all users.
    Opens,
}

/// An object that the server deletes or clears along with a deleted one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct UsedBy {
    /// Its name.
    pub name: String,
    /// Its kind, if akrec knows it.
    pub kind: Option<String>,
    /// What becomes of it.
    pub fate: Fate,
    /// It is a part of the deleted object.
    pub part: bool,
}

/// What differs: a value, one item of a set or one key of free data.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ChangedField {
    /// Where it is.
    pub path: Path,
    /// What is done to it.
    pub op: Operation,
    /// What was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Masked<Json>")]
    pub old: Option<Masked<Json>>,
    /// What comes there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Masked<Json>")]
    pub new: Option<Masked<Json>>,
    /// The values are withheld.
    #[serde(skip_serializing_if = "is_false")]
    pub sensitive: bool,
    /// The server never returns the value.
    #[serde(skip_serializing_if = "is_false")]
    pub write_only: bool,
    /// The fingerprint of what was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub old_fingerprint: Option<String>,
    /// The fingerprint of what comes there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub new_fingerprint: Option<String>,
}

impl ChangedField {
    /// A difference without values.
    pub fn new(path: Path, op: Operation) -> ChangedField {
        ChangedField {
            path,
            op,
            old: None,
            new: None,
            sensitive: false,
            write_only: false,
            old_fingerprint: None,
            new_fingerprint: None,
        }
    }
}

/// What is done to a value, an item or a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// It is set.
    Set,
    /// An item is added.
    SetAdd,
    /// An item is removed.
    SetRemove,
    /// A key is removed.
    Remove,
}

/// The result of a change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Outcome {
    /// What became of it.
    pub status: Status,
    /// The id of the change that it needs and that was not done.
    pub blocked_by: Option<String>,
    /// Why it failed.
    pub diagnostic: Option<Diagnostic>,
}

/// What became of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It was done.
    Done,
    /// It failed.
    Failed,
    /// It was refused, because the object changed since the plan was made.
    Moved,
    /// It was not begun, because a change that it needs was not done.
    Blocked,
    /// It was not begun, because the run was stopped.
    Stopped,
}

/// A setting that weakens a safety check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Weakened {
    /// The setting.
    pub setting: String,
    /// Its value.
    pub value: String,
    /// The value that it replaces.
    pub instead_of: String,
    /// Whose value it replaces.
    pub than: Than,
    /// Where it is set.
    pub source: Option<Place>,
}

/// Whose value a setting replaces.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Than {
    /// That of akrec.
    Default,
    /// That of the revision which the change is compared with.
    Base,
}

/// The result of a safety check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Check {
    /// Its name.
    pub rail: String,
    /// The code of the diagnostic that refuses the plan.
    pub code: Code,
    /// The kind that it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub kind: Option<String>,
    /// The limit: a number, or a share such as `20%`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "super::plan_file::Limit")]
    pub limit: Option<super::plan_file::Limit>,
    /// What it found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "usize")]
    pub value: Option<usize>,
    /// Of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "usize")]
    pub of: Option<usize>,
    /// It passes.
    pub ok: bool,
    /// It is overridden.
    pub waived: bool,
}

/// How many objects, by action.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "as in `Verb`")]
pub struct Counts {
    pub adopt: usize,
    pub add: usize,
    pub change: usize,
    pub rename: usize,
    pub delete: usize,
    pub forget: usize,
}

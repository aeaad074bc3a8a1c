//! The planner: desired state and live state give a plan. Pure: no I/O, no clock, no randomness.
//!
//! `draft` runs the passes, one file each: `resolve` (who is meant), `matching` (which live object is which declared one),
//! `diff` (what differs), `removal` (what goes), `scope` (which part is asked for), `order` (what first). Safety checks
//! look at the result: `open_to_all`, `moved_providers`, `sign_in`, `limits`, `lockout`, `pairs`. `privileges` says who gains
//! power. The plan is plain data and complete: applying makes no choices.

mod alone;
mod cascade;
mod cycles;
mod diff;
mod draft;
mod grants;
mod limits;
mod lists;
mod lockout;
mod matching;
mod moved_providers;
mod open_to_all;
mod order;
mod outcome;
mod ownership;
mod pairs;
mod privileges;
mod projected;
mod raw;
mod removal;
mod replaced;
mod resolve;
mod safety;
mod scope;
mod sign_in;
mod standing;
mod step;
mod weakened;

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;
use serde_json::Value as Json;

use crate::desired::{Desired, Object};
use crate::diag::{Code, Diagnostic};
use crate::ledger::{ItemOrigin, Ledger, Origin};
use crate::live::Live;
use crate::schema::{Class, Field, Kind, Release};
use crate::value::{Address, OrderedJson, Value};

pub use cascade::Dependent;
pub use draft::Draft;
pub use limits::{DEFAULT_LIMITS, FlagLimits, Limit, Limits, MEMBERSHIP, limited};
pub use lists::adding;
pub use outcome::{Outcome, Status};
pub use privileges::{Ends, Privilege, PrivilegeChange, Severity, Topic};
pub use projected::{planned, sign_in_after, touches_access, worlds};
pub use safety::{Check, Figure, downgrade, rail};
pub use scope::{Left, Scope};
pub use sign_in::SignIn;
pub use standing::standing;
pub use step::{Action, Change, Delta, Items, Reason, Step, Write};
pub use weakened::Weakened;

/// The steps in order, and their consequences.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The release that it is made for.
    pub release: Release,
    /// The steps, in an order that may be followed as it stands; a step needs only steps before it.
    pub steps: Vec<Step>,
    /// The id by which objects that are already there are referred to, for all that the steps refer to.
    pub ids: BTreeMap<Address, Json>,
    /// Further ids of these, which some references carry instead.
    pub other_ids: BTreeMap<(Address, &'static str), Json>,
    /// Applications that become open to all users.
    pub openings: Vec<Opening>,
    /// What changes of signing in; `None` in a plan file of an akrec that did not work it out.
    pub sign_in: Option<SignIn>,
    /// What becomes of privileges, the gravest first; `None` in a plan file of an akrec that did not work it out.
    pub privileges: Option<Vec<Privilege>>,
    /// How many fields are left alone because `lifecycle.ignore` says so.
    pub ignored: usize,
    /// Declared secrets that the server does not give back, by object and word: a change of one of them is not seen.
    pub uncompared: Vec<(Address, String)>,
    /// The ledger's future record of every declared object.
    pub declared: BTreeMap<Address, Declared>,
    /// What stays although the files would have it go.
    pub kept: Vec<Kept>,
    /// The result of every safety check.
    pub safety: Vec<Check>,
    /// Settings of the checkout that weaken safety checks.
    pub weakened: Vec<Weakened>,
    /// Records of the ledger whose objects no longer exist.
    pub gone: BTreeSet<Address>,
    /// The dependents that the server deletes along with deleted objects, or clears.
    pub dependents: BTreeMap<Address, Vec<Dependent>>,
    /// The part of the desired state that the plan covers.
    pub scope: Scope,
    /// The steps that are left out because they were not asked for.
    pub left: Vec<Left>,
    /// Whether it is known what akrec owns; otherwise nothing is deleted because it left the files.
    pub owning: bool,
}

/// A declared object, as the ledger will know it.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The kind of the object.
    pub kind: &'static Kind,
    /// The id by which others refer to it; `None` while it does not exist.
    pub id: Option<String>,
    /// Whether akrec made it.
    pub origin: Origin,
    /// The address under which the ledger has it now, if it has it.
    pub recorded: Option<Address>,
    /// Never to be deleted.
    pub protect: bool,
    /// It stands in a partial list of another object.
    pub partial: bool,
    /// The fingerprint of the desired value, field by field, where it is not a secret.
    pub fields: BTreeMap<String, String>,
    /// The items that the files name in its sets, by field, with who put each there.
    pub items: BTreeMap<String, Vec<ListItem>>,
}

/// An item of a set, as the ledger will know it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListItem {
    /// The id by which the item is known.
    pub id: ItemId,
    /// Who put it there, once the plan is done.
    pub origin: ItemOrigin,
}

/// How the ledger identifies an item of a set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ItemId {
    /// An id, an enumeration value, or a permission by its name.
    Known(String),
    /// The id of an object that the plan makes.
    New {
        /// The object.
        address: Address,
        /// The further id that the reference carries, where it is not the usual one.
        other: Option<&'static str>,
        /// What comes before the id.
        before: String,
    },
}

/// What stays although the files would have it go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// The address of the object.
    pub address: Address,
    /// The kind of the object.
    pub kind: &'static Kind,
    /// Why it stays.
    pub why: Keeps,
    /// The field and its items, where not the object but some items of one of its sets are meant.
    pub items: Option<(&'static str, BTreeSet<Value>)>,
}

/// Why something stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keeps {
    /// It is protected, and the files no longer declare it.
    Protected,
    /// The files no longer declare it, and it existed before akrec.
    LetGo,
    /// It ends by itself, and so no complete list removes it.
    Fleeting,
    /// It has left its partial list, and was there before akrec.
    Found,
    /// It has left its partial list, and it is not known whether akrec added it.
    FoundPerhaps,
}

/// An application that becomes open to all users.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opening {
    /// The application.
    pub address: Address,
    /// The reason why it becomes open to all users.
    pub by: Opens,
}

/// Why an application becomes open to all users.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opens {
    /// It is new, and nothing enabled is bound to it.
    New,
    /// It loses its last enabled binding.
    LastBinding,
    /// Nothing enabled is bound to it, and the setting that kept it closed is turned on.
    Setting,
}

/// What the user asks for besides the files.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Write-only fields to send again, as (address in its spelling for machines, field).
    pub write_secrets: BTreeSet<(String, String)>,
    /// What server and akrec do not both know is said and left alone, rather than refused.
    pub allow_unknown: bool,
    /// Safety checks that are overridden.
    pub allow: BTreeSet<Code>,
    /// The limits in akrec.yaml on how much may be changed.
    pub limits: Limits,
    /// What flags say of that.
    pub flags: FlagLimits,
    /// The part that is applied.
    pub scope: Scope,
    /// The safety checks that the settings of the checkout weaken, for the reports.
    pub weakened: Vec<Weakened>,
}

impl Options {
    /// Whether a write-only field is to be sent again.
    fn asks(&self, object: &Object, field: &Field) -> bool {
        !self.write_secrets.is_empty()
            && self
                .write_secrets
                .contains(&(object.address.path(), field.yaml_key.to_owned()))
    }
}

/// How much is done, by kind of action.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Objects created.
    pub add: usize,
    /// Objects changed.
    pub change: usize,
    /// Objects renamed (and perhaps changed).
    pub rename: usize,
    /// Objects deleted.
    pub delete: usize,
    /// Objects adopted, changed or not; what belongs to one of them is not counted again.
    pub adopt: usize,
    /// Objects that are forgotten.
    pub forget: usize,
}

/// Cycles among the declared objects; a plan finds those through objects of the server.
pub fn cycles(desired: &Desired) -> Vec<Diagnostic> {
    cycles::declared(&desired.objects)
}

/// Makes the plan. With any error among the diagnostics it must not be applied; with an error that is not a safety
/// check there is none. What was not asked of the server counts as unknown: [`Draft::questions`] says what that is.
pub fn plan(
    desired: &Desired,
    live: &Live,
    ledger: &Ledger,
    options: &Options,
) -> (Option<Plan>, Vec<Diagnostic>) {
    Draft::new(desired, live, ledger, options).finish()
}

impl Plan {
    /// Every secret that the steps write, so that no answer of the server can bring one of them into a message.
    pub fn secrets(&self) -> Vec<SecretString> {
        let bodies = self.steps.iter().filter_map(|step| match &step.write {
            Write::Create { body, .. } | Write::Update { body, .. } => Some(body),
            Write::Delete | Write::Nothing => None,
        });
        let mut secrets = Vec::new();
        let mut take = |text: &str| secrets.push(SecretString::from(text));
        bodies
            .flat_map(BTreeMap::values)
            .for_each(|value| value.secrets(false, &mut take));
        // Values that `!env` brought into a field that is not a secret by itself.
        for change in self
            .steps
            .iter()
            .flat_map(|step| &step.changes)
            .filter(|it| it.class == Class::Secret)
        {
            match &change.delta {
                Delta::New(value) | Delta::Value(_, value) => value.secrets(true, &mut take),
                Delta::Items { added, .. } => added
                    .iter()
                    .for_each(|value| value.secrets(true, &mut take)),
                Delta::Keys(keys) => {
                    let values = keys.values().filter_map(|(_, new)| new.clone());
                    values
                        .for_each(|value| Value::Json(OrderedJson(value)).secrets(true, &mut take));
                }
                Delta::Written => {}
            }
        }
        secrets
    }

    /// The hosts to which events are sent from now on, which the report on privileges names.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        let privileges = self.privileges.iter().flatten();
        let sends = privileges.filter(|privilege| privilege.topic == Topic::Notification);
        sends
            .flat_map(|privilege| &privilege.items)
            .map(String::as_str)
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How much is done. A second step of one object (a reference that had to wait) is not counted again.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        let folded = self.folded();
        for step in self
            .steps
            .iter()
            .filter(|step| !step.second && !folded.contains(&step.address))
        {
            summary.count(step);
        }
        summary
    }

    /// Objects that are adopted or forgotten along with their owner, and do not need a line of their own.
    pub fn folded(&self) -> BTreeSet<Address> {
        let steps = || {
            self.steps
                .iter()
                .filter(|step| step.action.is_bookkeeping() || step.adopts)
        };
        let owners: BTreeSet<Address> = steps().map(|step| step.address.clone()).collect();
        let folded = steps().filter(|step| {
            step.action.is_bookkeeping() && ownership::within(&step.address, &owners)
        });
        folded.map(|step| step.address.clone()).collect()
    }
}

impl Summary {
    /// The count of each action that occurs, in the order in which they are reported.
    pub fn counts(&self) -> Vec<(usize, Action)> {
        let Summary {
            add,
            change,
            rename,
            delete,
            adopt,
            forget,
        } = *self;
        let all = [
            (add, Action::Create),
            (change, Action::Update),
            (rename, Action::Rename),
            (delete, Action::Delete),
            (adopt, Action::Adopt),
            (forget, Action::Forget),
        ];
        all.into_iter().filter(|(count, _)| *count > 0).collect()
    }

    /// Counts one more step.
    pub fn count(&mut self, step: &Step) {
        self.adopt += usize::from(step.adopts);
        match step.action {
            Action::Create => self.add += 1,
            Action::Update => self.change += 1,
            Action::Rename => self.rename += 1,
            Action::Delete => self.delete += 1,
            Action::Adopt => {}
            Action::Forget => self.forget += 1,
        }
    }
}

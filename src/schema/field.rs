//! Fields: a name as the API spells it, a shape, and the few facts by which fields differ.
//!
//! Data only. The table fills it in with the words of `literal`; what a fact means for a plan is decided where it is used.

mod literal;

use super::data_key::DataKey;
use super::digest::Digest;
use super::format::Format;
use super::only::Only;
use super::preselected::Preselected;
use super::release::{Release, Version};
use super::shape::{Shape, Word};
pub use literal::{
    any, boolean, bytes, float, grants, int, json, list, one, one_of, record, set, span, text,
    time, to, words,
};

/// One field of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The API's name.
    pub name: &'static str,
    /// The word in state files, where it is another one (`members` for `users`).
    pub word: &'static str,
    /// The type of the field.
    pub shape: Shape,
    /// The server refuses to create the object without it.
    pub required: bool,
    /// `null` is a value that the server takes.
    pub nullable: bool,
    /// Empty text is refused by the server.
    pub filled: bool,
    /// A list that may be left out, and that the server refuses if it is empty.
    pub not_empty: bool,
    /// The most characters that its text may have, and the first release without that limit.
    pub longest: Option<(usize, Option<Release>)>,
    /// What its text has to be.
    pub format: Format,
    /// The keys that its free data may have, where authentik reads them by name; empty where any key means something.
    pub keys: &'static [DataKey],
    /// What only the server can judge of it, as the end of a sentence; empty where the files alone are enough.
    pub judged: &'static str,
    /// Who sees it.
    pub class: Class,
    /// The first version of each release line whose answers no longer contain it, as far as that is known. Whether a server
    /// gives it back follows from its answer alone; this is for people and for upgrades.
    pub withheld: &'static [Version],
    /// The server adds items of its own, so what is declared must be contained, not equal (proxy providers add five
    /// scope mappings at every save).
    pub server_adds: bool,
    /// Used when the object is made and never compared or changed after.
    pub once: bool,
    /// The server makes a value when none is given (client ids, cookie secrets, …).
    pub generated: bool,
    /// The server reads it out of another field: it is never sent.
    pub derived: bool,
    /// The server knows so many words for it, and learns new ones so often, that any text is taken (event models,
    /// countries): the server judges it.
    pub open: bool,
    /// The words of a text that is open, as far as they are known.
    pub known: &'static [Word],
    /// This set is another side of that field (`group.users`); where the other side is declared, this side leaves it alone.
    pub mirrors: Option<&'static str>,
    /// The field by which releases without this one say the same: one reference in place of a set, or the other way.
    pub twin: Option<&'static str>,
    /// Its references carry this other id of their targets (a reviewer is a user's `uuid`).
    pub carries: Option<&'static str>,
    /// The field that says which of its families a reference is to, with models as its values (`authentik_core.group`).
    pub family_field: Option<&'static str>,
    /// Which kinds of its family a reference takes.
    pub only: Only,
    /// Never given back, but its fingerprint is, under this name in answers: so it can be compared.
    pub digest: Option<(&'static str, Digest)>,
    /// It belongs to that other field and is worth nothing without it (a key, to its certificate): the two are sent
    /// together, and only the other one is compared.
    pub beside: Option<&'static str>,
    /// The answer's field that says whether the server has a value, though it never gives it back.
    pub presence_field: Option<&'static str>,
    /// Must not lead back to the object itself (parents of groups: the server would store a cycle).
    pub acyclic: bool,
    /// The server deletes the object that it names along with this one.
    pub cascades: bool,
    /// Set only once the children of a new object are there: an application gets its provider after its bindings, or
    /// it would be open to all users in between.
    pub late: bool,
    /// The object that it names is used from then on, so its children (the stages of a flow) must exist first.
    pub ready: bool,
    /// At most one object of the kind may have it true; the old one gives it up first.
    pub single: bool,
    /// Text that may stand for an object of this family, by the name that it has on the server (an icon): then it is a
    /// reference.
    pub shows: Option<&'static str>,
    /// What akrec sends on creation where the files are silent and the server would refuse silence, as JSON.
    pub assume: Option<&'static str>,
    /// The value that authentik's admin form sends on creation where the files set none, and without which the object
    /// is of little use. It is a part of the creation only: after it, the field is not managed.
    pub preselected: Option<Preselected>,
    /// The value that the server uses when nothing is sent, as JSON; `None` where there is no fixed default.
    pub default: Option<&'static str>,
    /// The default of releases before this one, where it was another one.
    pub default_before: Option<(Release, &'static str)>,
    /// Keys of free data by which the server acts where they are missing, as a JSON object: export leaves them out.
    pub usual: Option<&'static str>,
    /// The server writes it as time goes by (the last sign-in): export leaves it out.
    pub passing: bool,
    /// First release that has it.
    pub since: Option<Release>,
    /// First release that no longer has it.
    pub until: Option<Release>,
    /// A sentence for people.
    pub doc: &'static str,
}

/// Who sees a field's value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// Everybody.
    Plain,
    /// The server gives it back, so it is compared, and never shown.
    Secret,
    /// The server never gives it back: sent on creation or on demand, never compared.
    WriteOnly,
}

impl Field {
    /// Whether an answer without it is nothing odd: then it is not compared. Any other field must be in every answer.
    pub fn may_be_withheld(&self) -> bool {
        self.class != Class::Plain || !self.withheld.is_empty()
    }

    /// The fields of its items, or of itself, where it is a mapping of some.
    pub fn parts(&self) -> impl Iterator<Item = &'static Field> {
        let item = match self.shape {
            Shape::List(item) | Shape::Set(item) => *item,
            whole => whole,
        };
        let parts: &'static [Field] = match item {
            Shape::Record(parts) => parts,
            _ => &[],
        };
        parts.iter()
    }

    /// The value that the server of a release uses when nothing is sent, as JSON; the newest release's where none is
    /// known.
    pub fn default_in(&self, release: Option<Release>) -> Option<&'static str> {
        match (self.default_before, release) {
            (Some((until, default)), Some(release)) if release < until => Some(default),
            _ => self.default,
        }
    }

    /// Whether a release has it.
    pub fn is_in(&self, release: Release) -> bool {
        release.is_between(self.since, self.until)
    }

    /// The most characters that its text may have on a server of this release; on one that is not known, as far as every
    /// release has that limit.
    pub fn limit(&self, release: Option<Release>) -> Option<usize> {
        let (most, until) = self.longest?;
        let holds = until.is_none_or(|until| release.is_some_and(|release| release < until));
        holds.then_some(most)
    }
}

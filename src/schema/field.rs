//! Fields: a name as the API spells it, a shape, and the few facts by which fields differ.
//!
//! Data only. The table sets the facts with the functions of `literal`; what a fact means for a plan is decided where it is
//! used.

mod literal;

use super::allowed_kinds::AllowedKinds;
use super::data_key::DataKey;
use super::digest::Digest;
use super::format::Format;
use super::preselected::Preselected;
use super::release::{Release, Version};
use super::shape::{Shape, Variant};
pub use literal::{
    boolean, bytes, duration, enum_of, enumeration, float, integer, json, list, permission_grant,
    record, ref_to, ref_to_any, reference, reference_to_any, set, string, timestamp,
};

/// One field of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The API's name.
    pub name: &'static str,
    /// The key in state files. It differs from the API's name for a few fields (`members` for `users`).
    pub yaml_key: &'static str,
    /// The type of the field.
    pub shape: Shape,
    /// The server refuses to create the object without it.
    pub required: bool,
    /// `null` is a value that the server takes.
    pub nullable: bool,
    /// The server refuses empty text.
    pub not_blank: bool,
    /// A list that may be left out, and that the server refuses if it is empty.
    pub not_empty: bool,
    /// The most characters that its text may have, and the first release without that limit.
    pub max_length: Option<(usize, Option<Release>)>,
    /// The format that its text must have.
    pub format: Format,
    /// The keys that its free data may have, where authentik reads them by name; empty where any key means something.
    pub keys: &'static [DataKey],
    /// What only the server can judge of it, as the end of a sentence; empty where the files alone are enough.
    pub judged_by_server: &'static str,
    /// Who sees it.
    pub class: Class,
    /// The first version of each release line whose answers no longer contain it, as far as that is known. Whether a server
    /// gives it back follows from its answer alone; this is for people and for upgrades.
    pub withheld_since: &'static [Version],
    /// The server adds items of its own, so what is declared must be contained, not equal (proxy providers add five
    /// scope mappings at every save).
    pub server_adds: bool,
    /// Sent on creation only: never compared, and never changed afterwards.
    pub create_only: bool,
    /// The server generates a value if none is sent (client ids, cookie secrets, …).
    pub generated: bool,
    /// The server derives it from another field: it is never sent.
    pub derived: bool,
    /// An enumeration with so many variants, which the server extends so often, that akrec accepts any text (event models,
    /// countries): only the server checks it.
    pub open_ended: bool,
    /// The known variants of an open-ended enumeration.
    pub known_variants: &'static [Variant],
    /// This set is the inverse of that field (`group.users`): where the field is declared, this set is left unchanged.
    pub inverse_of: Option<&'static str>,
    /// The field that has the same meaning in releases without this one: one reference in place of a set, or the other
    /// way round.
    pub counterpart: Option<&'static str>,
    /// The id of the target that its references contain, if it is not the usual one (a reviewer is a user's `uuid`).
    pub refers_by: Option<&'static str>,
    /// The field that holds the model of the object that a reference to several families refers to
    /// (`authentik_core.group`).
    pub family_field: Option<&'static str>,
    /// The kinds that a reference may refer to.
    pub allowed_kinds: AllowedKinds,
    /// The field of answers that holds the fingerprint of the value, which itself is never returned, and how the
    /// fingerprint is computed: by it the value is compared.
    pub digest: Option<(&'static str, Digest)>,
    /// The other field that it belongs to (a private key belongs to its certificate): the two are sent together, and only
    /// the other one is compared.
    pub sent_with: Option<&'static str>,
    /// The field of answers that says whether the server has a value, which itself is never returned.
    pub presence_field: Option<&'static str>,
    /// Must not lead back to the object itself (parents of groups: the server would store a cycle).
    pub acyclic: bool,
    /// The server deletes the object that it names along with this one.
    pub cascades: bool,
    /// Set only after the children of a new object have been created: an application gets its provider after its
    /// bindings, since it would be open to all users in between.
    pub after_own_children: bool,
    /// Set only after the children of the object that it refers to (the stages of a flow) have been created, since that
    /// object is in use from then on.
    pub after_target_children: bool,
    /// At most one object of the kind may have the value `true`; it is set to `false` on the old one first.
    pub at_most_one_true: bool,
    /// The family of objects whose name the text may be (an icon may be the name of a file): then it is a reference.
    pub or_reference_to: Option<&'static str>,
    /// The value, as JSON, that akrec sends on creation if the files do not set the field, since the server requires one.
    pub create_default: Option<&'static str>,
    /// The value that authentik's admin form sends on creation where the files set none, and without which the object
    /// is of little use. It is a part of the creation only: after it, the field is not managed.
    pub preselected: Option<Preselected>,
    /// The value that the server uses when nothing is sent, as JSON; `None` where there is no fixed default.
    pub default: Option<&'static str>,
    /// The default of releases before this one, where it was another one.
    pub default_before: Option<(Release, &'static str)>,
    /// The values that the server uses for missing keys of free data, as a JSON object: export omits keys that have them.
    pub implicit_defaults: Option<&'static str>,
    /// The server itself changes it over time (the last sign-in): export omits it.
    pub volatile: bool,
    /// First release that has it.
    pub since: Option<Release>,
    /// First release that no longer has it.
    pub until: Option<Release>,
    /// A sentence for the documentation.
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
    /// Whether an answer may lack it: then it is not compared. Every other field must be in every answer.
    pub fn may_be_withheld(&self) -> bool {
        self.class != Class::Plain || !self.withheld_since.is_empty()
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
    pub fn max_length_in(&self, release: Option<Release>) -> Option<usize> {
        let (most, until) = self.max_length?;
        let holds = until.is_none_or(|until| release.is_some_and(|release| release < until));
        holds.then_some(most)
    }
}

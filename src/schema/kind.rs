//! Kinds of object: where the API has them, how they are known, and the closed list of oddities that any of them may have.
//!
//! Data, and simple questions about it. The table sets it with the functions of `literal`; nothing here knows a kind by name.

mod keying;
mod literal;
mod writing;

use super::children::Children;
use super::field::Field;
use super::lint::Lint;
use super::members::Members;
use super::power::Power;
use super::release::Release;
use super::requirement::Requirement;
use super::sign_on::SignOn;
use super::way_in::WayIn;
pub use keying::{Find, Keying};
pub use writing::{Create, Forced, SentTogether};

/// One kind of object.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// `group`, `stage_user_login`, …
    pub name: &'static str,
    /// The name space that it shares with others; its own name if it shares none.
    pub family: &'static str,
    /// The section of state files; empty for what is only written as a part of something else (bindings).
    pub section: &'static str,
    /// Its value of `type:`, in sections that hold several kinds.
    pub type_name: Option<&'static str>,
    /// The collection below `/api/v3`.
    pub path: &'static str,
    /// The server's own name for it, `app.model` (`meta_model_name` in lists of a whole family), by which permissions
    /// and references distinguish kinds; empty for collections of a whole family and for collections without a model.
    pub model: &'static str,
    /// How objects are identified.
    pub keying: Keying,
    /// Every writable field.
    pub fields: &'static [Field],
    /// The field of an answer that stands in the object's URL.
    pub id: &'static str,
    /// The field of an answer by which other objects refer to it.
    pub pk: &'static str,
    /// Further ids of an answer, which some references carry instead (a user's `uuid`).
    pub other_ids: &'static [&'static str],
    /// How one object is read by its natural key.
    pub find: Find,
    /// Query of every read, to keep answers small or complete.
    pub query: &'static [(&'static str, &'static str)],
    /// The filter of the list by the id that references carry, where that id does not stand in the URL.
    pub pk_filter: Option<&'static str>,
    /// Policies, groups and users can be bound to it; the answer's field by which bindings are filtered.
    pub bindable: Option<&'static str>,
    /// Fields that must accompany each other in a PATCH.
    pub sent_together: &'static [SentTogether],
    /// Fields besides the key that only one object may have with the same values together, none of them null.
    pub unique_together: &'static [&'static [&'static str]],
    /// Fields whose values together must be unique when an object is changed, nulls counting as equal; the server does
    /// not check them on creation. The last one is a number that says nothing by itself.
    pub unique_on_update: &'static [&'static str],
    /// What the server requires of several fields together.
    pub requirements: &'static [Requirement],
    /// Pairs of fields with durations of which the first must not be longer than the second.
    pub ordered_durations: &'static [(&'static str, &'static str)],
    /// Keys that the server refuses.
    pub reserved_keys: &'static [&'static str],
    /// Values that the server replaces at every write.
    pub forced: &'static [Forced],
    /// The permissions that it needs, where they are not those of its model.
    pub permissions: Option<Permissions>,
    /// How it is created.
    pub create: Create,
    /// Sets that are written item by item.
    pub members: &'static [Members],
    /// Lists written under it that are objects of their own.
    pub children: &'static [Children],
    /// The answer's field under which it may also be referred to (`scope_name`, `managed`).
    pub aliases: &'static [&'static str],
    /// Several objects may have one name, and nobody can rename them: those that share one are identified by this field
    /// instead. Only the whole list shows which names are shared.
    pub distinguished_by: Option<&'static str>,
    /// The kind whose list contains these objects as well, since the server's models inherit; this kind describes them
    /// more exactly.
    pub also_listed_by: Option<&'static str>,
    /// The server creates and changes it only with an enterprise license.
    pub enterprise: bool,
    /// Its bindings decide who has access, and without an enabled one everyone has.
    pub guarded_by_bindings: bool,
    /// The list is complete only for a superuser, so other tokens read object by object (`/core/applications/`).
    pub superuser_list: bool,
    /// What it has to do with who can sign in and administer.
    pub way_in: Option<WayIn>,
    /// How it signs users in to an application, for providers whose settings an application needs.
    pub sign_on: Option<SignOn>,
    /// What of it gives power to somebody.
    pub powers: &'static [Power],
    /// Valid values that may still be a mistake.
    pub lints: &'static [Lint],
    /// The field of answers that is true for temporary objects (access that was granted for a while): they expire on
    /// their own, and files never declare them.
    pub temporary_if: Option<&'static str>,
    /// Its list is an array without pages, and its objects have no URL: one object is read by reading the list again, and
    /// deleted by a DELETE of the collection with its name in the query.
    pub unpaginated: bool,
    /// The field whose content the name on the server contains a hash of: other content makes another object, which
    /// replaces the one before.
    pub name_has_hash_of: Option<&'static str>,
    /// First release that has it.
    pub since: Option<Release>,
    /// First release that no longer has it.
    pub until: Option<Release>,
    /// Its key is a slug: letters, digits, `-` and `_`.
    pub slug_key: bool,
    /// Not of the table: state files describe the collection themselves.
    pub raw: bool,
    /// A sentence for the documentation.
    pub doc: &'static str,
}

/// The permissions that reading and changing takes, where they are not those of a model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Permissions {
    /// To read.
    pub view: &'static str,
    /// To change.
    pub change: &'static str,
}

impl Kind {
    /// Whether a release has it.
    pub fn is_in(&self, release: Release) -> bool {
        release.is_between(self.since, self.until)
    }

    /// The set of this name, if it is written item by item.
    pub fn members_of(&self, field: &str) -> Option<&'static Members> {
        self.members.iter().find(|members| members.field == field)
    }

    /// A field by the API's name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether every answer of a release that has the field contains it.
    pub fn is_answered(&self, field: &Field) -> bool {
        let written_elsewhere =
            matches!(self.create, Create::PostOrImport { field: other, .. } if other == field.name);
        let read_elsewhere = self
            .members_of(field.name)
            .is_some_and(|members| members.read.is_some());
        !(field.may_be_withheld()
            || field.create_only
            || field.derived
            || written_elsewhere
            || read_elsewhere)
    }

    /// The field that has the same meaning in releases without `field`.
    pub fn counterpart(&self, field: &Field) -> Option<&'static Field> {
        self.field(field.counterpart?)
    }

    /// The name for `defaults:` and messages: `providers.oauth2`, `groups`; `policy bindings` for what has no section, and
    /// the path of what the table does not have.
    pub fn title(&self) -> String {
        match self.type_name {
            Some(word) => format!("{}.{word}", self.section),
            None if self.raw => self.path.to_owned(),
            None if self.section.is_empty() => format!("{}s", self.name.replace('_', " ")),
            None => self.section.to_owned(),
        }
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Kind {}

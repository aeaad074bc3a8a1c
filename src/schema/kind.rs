//! Kinds of object: where the API has them, how they are known, and the closed list of oddities that any of them may have.
//!
//! Data, and plain questions about it. The table fills it in with the words of `literal`; nothing here knows a kind by name.

mod keying;
mod literal;
mod writing;

use super::children::Children;
use super::field::Field;
use super::lint::Lint;
use super::members::Members;
use super::needs::Needs;
use super::power::Power;
use super::release::Release;
use super::sign_on::SignOn;
use super::way_in::WayIn;
pub use keying::{Find, Keying};
pub use writing::{Create, Forced, Together};

/// One kind of object.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// `group`, `stage_user_login`, …
    pub name: &'static str,
    /// The name space that it shares with others; its own name if it shares none.
    pub family: &'static str,
    /// The section of state files; empty for what is only written as a part of something else (bindings).
    pub section: &'static str,
    /// The word that `type:` has for it, in sections of several kinds.
    pub word: Option<&'static str>,
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
    pub together: &'static [Together],
    /// Fields besides the key that only one object may have with the same values together, none of them null.
    pub unique: &'static [&'static [&'static str]],
    /// Fields in which no change may make an object like another one, nulls being equal too, although both may be made
    /// alike. The last one is a number that says nothing by itself.
    pub unlike: &'static [&'static str],
    /// What an object requires beside its own fields.
    pub needs: &'static [Needs],
    /// Pairs of durations where the first must not be longer than the second.
    pub no_longer: &'static [(&'static str, &'static str)],
    /// Keys that the server refuses.
    pub reserved: &'static [&'static str],
    /// The values that the server overwrites.
    pub forced: &'static [Forced],
    /// Permissions of its own.
    pub rights: Option<Rights>,
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
    /// The list of that other kind shows these objects as well (the server's models inherit); this kind knows them better.
    pub inside: Option<&'static str>,
    /// The server creates and changes it only with an enterprise license.
    pub enterprise: bool,
    /// Its bindings say who may enter, and without an enabled one everybody may.
    pub guarded: bool,
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
    /// Where this field of an answer is true, the object ends by itself (access that was granted for a while): the
    /// files never declare it.
    pub ends: Option<&'static str>,
    /// Its list is one bare array without pages, and its objects have no URL: one is read again in the list, and a DELETE
    /// of the collection names it in the query.
    pub flat: bool,
    /// Its name on the server carries the start of the hash of the bytes in this field: what has other bytes is another
    /// object, which takes the place of the one before.
    pub stamped: Option<&'static str>,
    /// First release that has it.
    pub since: Option<Release>,
    /// First release that no longer has it.
    pub until: Option<Release>,
    /// Its key is a slug: letters, digits, `-` and `_`.
    pub slug_key: bool,
    /// Not of the table: state files describe the collection themselves.
    pub raw: bool,
    /// A sentence for people.
    pub doc: &'static str,
}

/// The permissions that reading and changing takes, where they are not those of a model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rights {
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
            matches!(self.create, Create::Or { field: other, .. } if other == field.name);
        let read_elsewhere = self
            .members_of(field.name)
            .is_some_and(|members| members.read.is_some());
        !(field.may_be_withheld()
            || field.once
            || field.derived
            || written_elsewhere
            || read_elsewhere)
    }

    /// The field by which releases without `field` say the same.
    pub fn twin(&self, field: &Field) -> Option<&'static Field> {
        self.field(field.twin?)
    }

    /// The name for `defaults:` and messages: `providers.oauth2`, `groups`; `policy bindings` for what has no section, and
    /// the path of what the table does not have.
    pub fn title(&self) -> String {
        match self.word {
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

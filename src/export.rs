//! Live objects as state files: names for ids, only what differs from the server's defaults, no secret.
//!
//! Pure: what was read comes in, files come out as paths and text; nothing is written here. The state that comes out
//! plans to nothing against the server that went in. What cannot be written so is left out and reported, never
//! silently.

mod children;
mod layout;
mod names;
mod object;
mod refs;
mod secrets;
mod select;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use crate::live::Live;
use crate::schema::Kind;
use crate::value::{Address, Secret};

pub use crate::pattern::Pattern;
pub use refs::Refs;
pub(crate) use secrets::{carries_secret, holds_secret, is_nothing, is_secret};
pub use values::{is_default, yaml as value};

/// The objects to export, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Also what authentik made by itself.
    pub all: bool,
    /// Only these kinds; all if there are none.
    pub kinds: Vec<&'static Kind>,
    /// Only objects whose address fits one of these; all if there are none.
    pub targets: Vec<Pattern>,
    /// Objects that files declare already, which are left out.
    pub declared: BTreeSet<Address>,
    /// Sets (`users` of a group) that declared objects set from the other side.
    pub spoken_for: BTreeSet<(Address, &'static str)>,
    /// Fields that are written even if they are the server's defaults, by the title of the kind: `defaults:` of files
    /// that are there would say otherwise.
    pub explicit: BTreeMap<String, BTreeSet<String>>,
    /// Everything in one document.
    pub one_file: bool,
    /// Said at the top of every file.
    pub origin: String,
    /// Where the schema for editors lies, seen from the folder of the files; `None` for no word of it.
    pub schema: Option<String>,
}

/// What came out.
#[derive(Clone, Debug, Default)]
pub struct Export {
    /// The files, by path below the folder that they belong in, sorted.
    pub files: Vec<File>,
    /// How many objects of each kind, by the kind's title, in the table's order.
    pub counts: Vec<(String, usize)>,
    /// Variables that the files name.
    pub variables: Vec<Variable>,
    /// Whole objects that were left out, by reason.
    pub left_out: BTreeMap<Reason, Vec<Address>>,
    /// Parts of exported objects that could not be written as they are; a comment says so in the file.
    pub notes: Vec<(Address, String)>,
}

/// One file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// Below the folder, with `/`.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// A variable that a file names with `!env`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    /// The name of the variable.
    pub name: String,
    /// The object that has the secret.
    pub address: Address,
    /// In which field, by the word of state files; in free data with the key.
    pub field: String,
    /// What it is on the server, never to be shown; none where the server never gives it back. Then the line is a
    /// comment, and only a creation needs it.
    pub value: Option<Secret>,
}

/// Why an object was left out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// authentik made it by itself.
    Builtin,
    /// authentik made it beside another object, with an id in its name.
    Beside,
    /// It is bound to an object that authentik made, or belongs to one.
    OnBuiltin,
    /// It belongs to an object that a file declares.
    OnDeclared,
    /// It ends by itself.
    Ends,
    /// Several objects have this name.
    Ambiguous,
    /// The table does not have its kind.
    UnknownKind,
    /// A state file cannot have it, for this reason.
    Unwritable(String),
}

impl Reason {
    /// The reason as text, for a list of objects.
    pub fn explain(&self) -> String {
        match self {
            Reason::Builtin => {
                "created by authentik itself or by its sources; --all exports them too".to_owned()
            }
            Reason::Beside => {
                "created by authentik along with outposts, sources and users".to_owned()
            }
            Reason::OnBuiltin => {
                "part of objects that authentik created itself; --all exports those with them"
                    .to_owned()
            }
            Reason::OnDeclared => {
                "part of declared objects whose files do not mention them".to_owned()
            }
            Reason::Ends => "granted temporarily; they expire on their own".to_owned(),
            Reason::Ambiguous => {
                "several objects have this name; rename all but one by hand".to_owned()
            }
            Reason::UnknownKind => "of kinds that this akrec does not know".to_owned(),
            Reason::Unwritable(why) => why.clone(),
        }
    }
}

/// Exports. `taken` says whether there is a file at a path already, which is then left alone.
pub fn export(live: &Live, options: &Options, taken: &dyn Fn(&str) -> bool) -> Export {
    let selected = select::select(live, options);
    let places = layout::places(live, &selected, options, taken);
    let mut writer = object::Writer::new(live, options, &selected, &places);
    let mut bodies = Vec::new();
    let mut unchanged = Vec::new();
    for found in &selected.objects {
        match writer.object(found) {
            items if items.is_empty() && found.kind.is_singleton() => unchanged.push(found.kind),
            items => bodies.push((*found, items)),
        }
    }
    let object::Written {
        variables,
        notes,
        texts,
        unread,
    } = writer.finish();
    let mut left_out = selected.left_out.clone();
    for (reason, address) in unread {
        left_out.entry(reason).or_default().push(address);
    }
    left_out.values_mut().for_each(|addresses| addresses.sort());
    let files = layout::files(&bodies, &places, texts, &variables, options);
    let mut counts = selected.counts();
    counts.retain(|(title, _)| unchanged.iter().all(|kind| kind.title() != *title));
    Export {
        files,
        counts,
        variables,
        left_out,
        notes,
    }
}

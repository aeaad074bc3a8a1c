//! The desired state as the planner takes it: objects with addresses, fields with desired values.
//!
//! Plain data; references are addresses that are not resolved yet.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use secrecy::SecretString;

use super::assertion::Assertion;
use super::wants::Wants;
use crate::diag::Span;
use crate::schema::{Class, Field, Kind, Release, default_value, spelt};
use crate::value::{Address, OrderedJson, Value, fingerprint};

/// Everything that the files want.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// Every object, sugar lowered.
    pub objects: Vec<Object>,
    /// Every list of children that says what else must not be there.
    pub owned: Vec<Owned>,
    /// What must not exist.
    pub absent: Vec<Absent>,
    /// Collections that the files describe themselves.
    pub raw: Vec<RawCollection>,
    /// Memberships that end, ended ones too.
    pub grants: Vec<Grant>,
    /// What must hold of effective access.
    pub assertions: Vec<Assertion>,
    /// Users that must stay as they are (`break_glass` in akrec.yaml), by name.
    pub break_glass: Vec<String>,
}

/// An item of a set that is wanted for a while only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// The object that has the item.
    pub address: Address,
    /// The field.
    pub field: &'static str,
    /// The item.
    pub item: Value,
    /// The last day on which it is wanted.
    pub until: jiff::civil::Date,
    /// Where that is said.
    pub span: Span,
}

/// A collection that the table does not know.
#[derive(Clone, Debug)]
pub struct RawCollection {
    /// The kind of the object.
    pub kind: &'static Kind,
    /// Where its path stands.
    pub span: Span,
}

impl Desired {
    /// Whether the files want nothing at all.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.absent.is_empty() && self.owned.is_empty()
    }

    /// What only the server can judge: what it is, with the fields that it is about, in the order of the files.
    pub fn unjudged(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut found: Vec<(&'static str, Vec<(Span, String)>)> = Vec::new();
        for object in &self.objects {
            for (name, want) in &object.fields {
                let Some(field) = object
                    .kind
                    .field(name)
                    .filter(|field| !field.judged_by_server.is_empty())
                else {
                    continue;
                };
                let nothing = matches!(&want.what, What::Is(value) if value.is_empty());
                if nothing
                    || matches!(&want.what, What::Is(value) if default_value(field, None).as_ref() == Some(value))
                {
                    continue;
                }
                let place = (
                    want.span,
                    format!("{} of {}", field.yaml_key, object.address),
                );
                match found
                    .iter_mut()
                    .find(|(what, _)| *what == field.judged_by_server)
                {
                    Some((_, places)) => places.push(place),
                    None => found.push((field.judged_by_server, vec![place])),
                }
            }
        }
        let in_order = |mut places: Vec<(Span, String)>| {
            places.sort();
            places.into_iter().map(|(_, text)| text).collect()
        };
        found
            .into_iter()
            .map(|(what, places)| (what, in_order(places)))
            .collect()
    }

    /// Every text that the files want somewhere and that must not be shown.
    pub fn secrets(&self) -> Vec<SecretString> {
        let mut secrets = Vec::new();
        for object in &self.objects {
            for (name, want) in &object.fields {
                let class = object
                    .kind
                    .field(name)
                    .map_or(Class::Plain, |field| field.class);
                let all = want.class(class) != Class::Plain;
                let mut take = |text: &str| secrets.push(SecretString::from(text));
                match &want.what {
                    What::Is(value) => value.secrets(all, &mut take),
                    What::Some { include, exclude } => {
                        include
                            .iter()
                            .chain(exclude)
                            .for_each(|value| value.secrets(all, &mut take));
                    }
                    What::Keys(keys) => {
                        keys.values().for_each(|value| {
                            Value::Json(OrderedJson(value.clone())).secrets(all, &mut take)
                        });
                    }
                }
            }
        }
        secrets
    }

    /// The collection of a family that the files describe themselves.
    pub fn raw(&self, family: &str) -> Option<&'static Kind> {
        self.raw
            .iter()
            .map(|raw| raw.kind)
            .find(|kind| kind.family == family)
    }
}

/// One object of the desired state.
#[derive(Clone, Debug)]
pub struct Object {
    /// The kind of the object.
    pub kind: &'static Kind,
    /// The address of the object.
    pub address: Address,
    /// Where it is declared.
    pub span: Span,
    /// The desired values of its fields, by the API's names; a field that is not here is left unchanged.
    pub fields: Wants,
    /// Every reference as written.
    pub refs: Vec<RefUse>,
    /// Older keys of the same object.
    pub previously: Vec<(Address, Span)>,
    /// Fields that are set on creation and never changed after.
    pub ignore: BTreeSet<&'static str>,
    /// It must never be deleted.
    pub protect: bool,
    /// The files no longer declare it: it stays, and the items that akrec added to its lists are removed.
    pub leaves: bool,
    /// It is meant to be open to all users.
    pub open: bool,
    /// A reason is given for how it is handled.
    pub reasoned: bool,
}

/// The desired value of a field, and where it is declared.
#[derive(Clone, PartialEq, Eq)]
pub struct Want {
    /// The desired value.
    pub what: What,
    /// The place of the field's name, or of the object for what follows from its place.
    pub span: Span,
    /// `!env` brought in a part of it: whatever the field's class, the value must not be shown.
    pub sensitive: bool,
}

/// The desired value of a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// Exactly this.
    Is(Value),
    /// Of a set: these items included, those excluded, all others unchanged.
    Some {
        /// Must be in.
        include: BTreeSet<Value>,
        /// Must not be in.
        exclude: BTreeSet<Value>,
    },
    /// Of free data: these top-level keys; `null` removes a key.
    Keys(BTreeMap<String, serde_json::Value>),
}

impl What {
    /// The value that a creation sends for it: the included items, the keys that must exist.
    pub fn initial(&self) -> Value {
        match self {
            What::Is(value) => value.clone(),
            What::Some { include, .. } => Value::Set(include.clone()),
            What::Keys(keys) => {
                let keys = keys.iter().filter(|(_, value)| !value.is_null());
                Value::Json(OrderedJson(
                    keys.map(|(key, value)| (key.clone(), value.clone()))
                        .collect(),
                ))
            }
        }
    }
}

/// A reference as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefUse {
    /// The field.
    pub field: &'static str,
    /// The object that it names.
    pub address: Address,
    /// The place of the reference in the files.
    pub span: Span,
}

/// A list of children: with `exact`, what it does not name is removed.
#[derive(Clone, Debug)]
pub struct Owned {
    /// The kind of the children.
    pub kind: &'static Kind,
    /// The owner of the list.
    pub owner: Address,
    /// Children that are not declared are removed.
    pub exact: bool,
    /// Subjects (the group, the stage, …) that must not be joined to the owner.
    pub exclude: Vec<(Address, Span)>,
    /// Where the list stands.
    pub span: Span,
}

/// An object that must not exist.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Absent {
    /// The address of the object.
    pub address: Address,
    /// Where that is said.
    pub span: Span,
}

/// What lowering needs to know besides the files.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The release of the server, if it is known: gates of fields and words are then checked.
    pub release: Option<Release>,
    /// Unknown words of enumerations are warnings.
    pub allow_unknown: bool,
    /// The day on which grants with `until` are judged.
    pub today: jiff::civil::Date,
}

impl Object {
    pub(super) fn new(kind: &'static Kind, address: Address, span: Span) -> Object {
        Object {
            kind,
            address,
            span,
            fields: Wants::default(),
            refs: Vec::new(),
            previously: Vec::new(),
            ignore: BTreeSet::new(),
            protect: false,
            leaves: false,
            open: false,
            reasoned: false,
        }
    }

    /// An object that must be restored as it was, and that no file declares.
    pub(crate) fn put_back(kind: &'static Kind, address: Address, span: Span) -> Object {
        Object::new(kind, address, span)
    }

    /// An object that the files no longer declare and that stays.
    pub(crate) fn leaving(kind: &'static Kind, address: Address, span: Span) -> Object {
        Object {
            leaves: true,
            ..Object::new(kind, address, span)
        }
    }

    /// The value that a field is wanted to have, if it is wanted exactly.
    pub fn value(&self, field: &str) -> Option<&Value> {
        match &self.fields.get(field)?.what {
            What::Is(value) => Some(value),
            _ => None,
        }
    }
}

impl fmt::Debug for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Want");
        match self.sensitive {
            true => out.field("what", &format_args!("(sensitive value)")),
            false => out.field("what", &self.what),
        };
        out.field("span", &self.span).finish()
    }
}

impl Want {
    /// A want whose value may be shown as far as its field may be.
    pub(crate) fn new(what: What, span: Span) -> Want {
        Want {
            what,
            span,
            sensitive: false,
        }
    }

    /// The fingerprint of the desired value; `None` if it holds anything that must not be shown. One that begins with
    /// `=` is that of the value itself.
    pub(crate) fn fingerprint(&self, field: Option<&Field>) -> Option<String> {
        if self.sensitive {
            return None;
        }
        Some(match &self.what {
            What::Is(value) => {
                let spelt = field.map(|field| spelt(field, value));
                format!("={}", fingerprint(spelt.as_ref().unwrap_or(value))?)
            }
            What::Some { include, exclude } => {
                let (include, exclude) = (Value::Set(include.clone()), Value::Set(exclude.clone()));
                format!("+{}-{}", fingerprint(&include)?, fingerprint(&exclude)?)
            }
            What::Keys(keys) => {
                let keys = keys
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                format!("~{}", fingerprint(&Value::Json(OrderedJson(keys)))?)
            }
        })
    }

    /// Who may see the value in a field of this class.
    pub(crate) fn class(&self, class: Class) -> Class {
        if self.sensitive && class == Class::Plain {
            Class::Secret
        } else {
            class
        }
    }

    /// The objects that a set-valued field names, and whether they are wanted (true) or not.
    pub(crate) fn mentioned(&self) -> BTreeMap<Address, bool> {
        let mut mentioned = BTreeMap::new();
        let mut add = |items: &BTreeSet<Value>, wanted| {
            for item in items {
                item.refs(&mut |address| {
                    mentioned.insert(address.clone(), wanted);
                });
            }
        };
        match &self.what {
            What::Is(Value::Set(items)) => add(items, true),
            What::Some { include, exclude } => {
                add(include, true);
                add(exclude, false);
            }
            _ => {}
        }
        mentioned
    }
}

//! Addresses: how an object is known everywhere outside the client's edge: by its family and its natural key.
//!
//! A family is one name space of the server (all stages share one), so an address names one object whatever its kind.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::harmless::{NAME, shortened};
use crate::work;

/// One object: a family and a natural key in it.
///
/// Comparing, hashing and cloning one counts as work: nearly everything that the planner does comes down to these.
#[derive(Debug)]
pub struct Address {
    /// The name space: `group`, `stage`, `policy_binding`, …
    pub family: &'static str,
    /// The natural key in it.
    pub key: Key,
}

/// A natural key.
#[derive(Clone, PartialOrd, Ord, Debug)]
pub enum Key {
    /// A name, slug, username, domain or identifier.
    Name(Arc<str>),
    /// A key of several parts: a binding is known by what it joins. None at all, for what there is only one of.
    Parts(Arc<[Part]>),
}

/// One part of a composed key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Part {
    /// Text.
    Name(Arc<str>),
    /// Another object.
    At(Address),
    /// A number: the order of a stage binding, the count of a duplicate.
    Number(i64),
}

/// Whether two texts are the same bytes of the same place, which most names of families are: they stand in the table once.
fn same_place(one: &str, other: &str) -> bool {
    std::ptr::eq(one, other)
}

/// Whether two texts are equal; those that share their place are not read.
fn same(one: &str, other: &str) -> bool {
    same_place(one, other) || one == other
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        match (self, other) {
            (Key::Name(one), Key::Name(other)) => same(one, other),
            (Key::Parts(one), Key::Parts(other)) => std::ptr::eq(&**one, &**other) || one == other,
            _ => false,
        }
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Key::Name(name) => name.hash(state),
            Key::Parts(parts) => parts.hash(state),
        }
    }
}

impl Clone for Address {
    fn clone(&self) -> Address {
        work::count(1);
        Address {
            family: self.family,
            key: self.key.clone(),
        }
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Address) -> bool {
        work::count(1);
        same(self.family, other.family) && self.key == other.key
    }
}

impl Eq for Address {}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Address) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Address) -> Ordering {
        work::count(1);
        let families = if same_place(self.family, other.family) {
            Ordering::Equal
        } else {
            self.family.cmp(other.family)
        };
        families.then_with(|| self.key.cmp(&other.key))
    }
}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        work::count(1);
        self.family.hash(state);
        self.key.hash(state);
    }
}

impl Address {
    /// An object known by a name.
    pub fn named(family: &'static str, name: &str) -> Address {
        Address {
            family,
            key: Key::Name(Arc::from(name)),
        }
    }

    /// An object known by several parts.
    pub fn joined(family: &'static str, parts: impl IntoIterator<Item = Part>) -> Address {
        Address {
            family,
            key: Key::Parts(parts.into_iter().collect()),
        }
    }

    /// The name, for an object known by one.
    pub fn name(&self) -> Option<&str> {
        match &self.key {
            Key::Name(name) => Some(name),
            Key::Parts(_) => None,
        }
    }

    /// The parts of a composed key; none for a name.
    pub fn parts(&self) -> &[Part] {
        match &self.key {
            Key::Name(_) => &[],
            Key::Parts(parts) => parts,
        }
    }

    /// The same address with every address inside its key replaced by what `to` says of it.
    pub fn map_parts(&self, to: &dyn Fn(&Address) -> Address) -> Address {
        match &self.key {
            Key::Name(_) => self.clone(),
            Key::Parts(parts) => Address::joined(
                self.family,
                parts.iter().map(|part| match part {
                    Part::At(address) => Part::At(to(address)),
                    other => other.clone(),
                }),
            ),
        }
    }

    /// The spelling for machines: `group.staff`, `policy_binding[application.wiki,group.staff]`.
    pub fn path(&self) -> String {
        match &self.key {
            Key::Name(name) => format!("{}.{}", self.family, name),
            Key::Parts(parts) if parts.is_empty() => self.family.to_owned(),
            Key::Parts(parts) => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|part| match part {
                        Part::Name(name) => name.to_string(),
                        Part::At(address) => address.path(),
                        Part::Number(number) => number.to_string(),
                    })
                    .collect();
                format!("{}[{}]", self.family, parts.join(","))
            }
        }
    }
}

/// For people: `group "staff"`, `policy_binding application "wiki" -> group "staff"`. A very long name is cut.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.family)?;
        match &self.key {
            Key::Name(name) => write!(f, " {:?}", shortened(name, NAME)),
            Key::Parts(parts) if parts.is_empty() => Ok(()),
            Key::Parts(parts) => {
                write!(f, " ")?;
                for (i, part) in parts.iter().enumerate() {
                    match part {
                        Part::Name(name) => write!(f, " {:?}", shortened(name, NAME))?,
                        Part::At(address) if i == 0 => write!(f, "{}", Inner(address))?,
                        Part::At(address) => write!(f, " -> {}", Inner(address))?,
                        Part::Number(number) => write!(f, " #{number}")?,
                    }
                }
                Ok(())
            }
        }
    }
}

/// An address inside another one: composed keys in parentheses, so that the arrows stay readable.
struct Inner<'a>(&'a Address);

impl fmt::Display for Inner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.key {
            Key::Name(_) => self.0.fmt(f),
            Key::Parts(_) => write!(f, "({})", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_well() {
        let wiki = Address::named("application", "wiki");
        let staff = Address::named("group", "staff");
        let binding = Address::joined("policy_binding", [Part::At(wiki.clone()), Part::At(staff)]);
        assert_eq!(wiki.to_string(), r#"application "wiki""#);
        assert_eq!(
            binding.to_string(),
            r#"policy_binding application "wiki" -> group "staff""#
        );
        assert_eq!(
            binding.path(),
            "policy_binding[application.wiki,group.staff]"
        );
        let settings = Address::joined("settings", []);
        assert_eq!(
            (settings.to_string().as_str(), settings.path().as_str()),
            ("settings", "settings")
        );
        let entitlement = Address::joined(
            "application_entitlement",
            [Part::At(wiki), Part::Name("edit".into())],
        );
        assert_eq!(
            entitlement.to_string(),
            r#"application_entitlement application "wiki" "edit""#
        );
    }
}

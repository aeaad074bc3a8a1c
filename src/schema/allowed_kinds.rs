//! Which kinds of a family a reference takes, where it does not take them all.
//!
//! The server answers 400 to any other; knowing it here makes that an error of the files, before anything is written.

use super::kind::Kind;

/// The kinds that a reference may refer to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AllowedKinds {
    /// Every kind of its family.
    All,
    /// These kinds, and those whose objects are in the lists of these as well.
    These(&'static [&'static str]),
    /// The kind that follows from another field of the same object: pairs of its value and the kind.
    ByField(&'static str, &'static [(&'static str, &'static str)]),
}

impl AllowedKinds {
    /// The kinds that are allowed, given the value of the other field if it is known; `None` for all.
    pub fn allowed(&self, word: Option<&str>) -> Option<Vec<&'static str>> {
        match self {
            AllowedKinds::All => None,
            AllowedKinds::These(kinds) => Some(kinds.to_vec()),
            AllowedKinds::ByField(_, pairs) => {
                let fits = |pair: &&(&str, &str)| word.is_none_or(|word| word == pair.0);
                let kinds: Vec<&'static str> =
                    pairs.iter().filter(fits).map(|(_, kind)| *kind).collect();
                // A value that the table does not know: only the server can check the reference.
                (!kinds.is_empty()).then_some(kinds)
            }
        }
    }

    /// The other field that the allowed kind follows from.
    pub fn deciding_field(&self) -> Option<&'static str> {
        match self {
            AllowedKinds::ByField(field, _) => Some(field),
            _ => None,
        }
    }

    /// Every kind that the table names.
    pub fn all_named(&self) -> Vec<&'static str> {
        self.allowed(None).unwrap_or_default()
    }
}

impl Kind {
    /// Whether it is one of some kinds, or shown by the list of one of them.
    pub fn is_among(&self, kinds: &[&str]) -> bool {
        kinds.contains(&self.name)
            || self
                .also_listed_by
                .is_some_and(|kind| kinds.contains(&kind))
    }
}

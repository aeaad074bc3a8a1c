//! Which kinds of a family a reference takes, where it does not take them all.
//!
//! The server answers 400 to any other; knowing it here makes that an error of the files, before anything is written.

use super::kind::Kind;

/// The kinds that a reference takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Only {
    /// Every kind of its family.
    All,
    /// These kinds, and those that the lists of these show as well.
    Kinds(&'static [&'static str]),
    /// What another field of the same object says: pairs of its word and the kind.
    By(&'static str, &'static [(&'static str, &'static str)]),
}

impl Only {
    /// The kinds that are taken, given the word of the other field if it is known; `None` for all.
    pub fn kinds(&self, word: Option<&str>) -> Option<Vec<&'static str>> {
        match self {
            Only::All => None,
            Only::Kinds(kinds) => Some(kinds.to_vec()),
            Only::By(_, pairs) => {
                let fits = |pair: &&(&str, &str)| word.is_none_or(|word| word == pair.0);
                let kinds: Vec<&'static str> =
                    pairs.iter().filter(fits).map(|(_, kind)| *kind).collect();
                // A word that the table does not know: the server judges.
                (!kinds.is_empty()).then_some(kinds)
            }
        }
    }

    /// The other field that decides.
    pub fn by(&self) -> Option<&'static str> {
        match self {
            Only::By(field, _) => Some(field),
            _ => None,
        }
    }

    /// Every kind that may be taken.
    pub fn named(&self) -> Vec<&'static str> {
        self.kinds(None).unwrap_or_default()
    }
}

impl Kind {
    /// Whether it is one of some kinds, or shown by the list of one of them.
    pub fn is_among(&self, kinds: &[&str]) -> bool {
        kinds.contains(&self.name) || self.inside.is_some_and(|kind| kinds.contains(&kind))
    }
}

//! What the admin form of authentik preselects: the values of a new object that nobody chose and everybody has.
//!
//! Data only; the planner puts it into a creation.

/// What the admin form sends where nobody says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preselected {
    /// This value, as JSON.
    Value(&'static str),
    /// This value, as JSON, where none of these other fields is said.
    Unless(&'static str, &'static [&'static str]),
    /// Every word of the enumeration that the release has.
    AllWords,
    /// The objects of this kind whose `managed` is one of these, or begins with one of these that ends with `*`.
    Managed(&'static str, &'static [&'static str]),
}

impl Preselected {
    /// Whether an object that is marked so is one of those that are meant.
    pub fn takes(self, managed: &str) -> bool {
        let Preselected::Managed(_, marks) = self else {
            return false;
        };
        marks.iter().any(|mark| match mark.strip_suffix('*') {
            Some(start) => managed.starts_with(start),
            None => managed == *mark,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_takes_the_rest() {
        let some = Preselected::Managed("property_mapping_saml", &["a/b", "c/*"]);
        for (mark, taken) in [("a/b", true), ("a/bc", false), ("c/d", true), ("c", false)] {
            assert_eq!(some.takes(mark), taken, "{mark}");
        }
        assert!(!Preselected::AllWords.takes("a/b"));
    }
}

//! What the admin form of authentik preselects: the values of a new object that nobody chose and everybody has.
//!
//! Data only; the planner puts it into a creation.

/// The value that authentik's admin form preselects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preselected {
    /// This value, as JSON.
    Value(&'static str),
    /// This value, as JSON, if none of these other fields is set.
    Unless(&'static str, &'static [&'static str]),
    /// Every variant of the enumeration that the release has.
    AllVariants,
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
        assert!(!Preselected::AllVariants.takes("a/b"));
    }
}

//! Patterns of addresses, by which people choose objects. Pure.

use crate::diag::nearest;
use crate::kinds;
use crate::value::{Address, fits};

/// A pattern of addresses: `group.staff`, `application.*`; `*` is any text, `?` any character. The section's name may
/// stand for the family's: `groups.staff`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern(String);

impl Pattern {
    /// Takes a pattern as people write it. Refuses one without a family, saying why.
    pub fn new(text: &str) -> Result<Pattern, String> {
        match text.split_once('.') {
            Some((family, name)) if !family.is_empty() && !name.is_empty() => {
                Ok(Pattern(text.to_owned()))
            }
            _ => Err(
                "an address consists of a family and a name, such as group.staff or application.*"
                    .to_owned(),
            ),
        }
    }

    /// Whether an object of this family and section fits.
    pub fn fits(&self, address: &Address, section: &str) -> bool {
        let Some(name) = address.name() else {
            return false;
        };
        [address.family, section]
            .iter()
            .any(|first| fits(&self.0, &format!("{first}.{name}")))
    }

    /// Whether it names one object.
    pub fn is_exact(&self) -> bool {
        !self.0.contains(['*', '?'])
    }

    /// The address of some that it was probably meant to be: one of its family with nearly its name, or of nearly its
    /// family with its name.
    pub fn nearest<'a>(&self, known: impl IntoIterator<Item = &'a Address>) -> Option<String> {
        let (family, name) = self.0.split_once('.').filter(|_| self.is_exact())?;
        let section = |address: &Address| {
            kinds::family(address.family)
                .next()
                .map_or("", |kind| kind.section)
        };
        let known: Vec<&Address> = known
            .into_iter()
            .filter(|address| address.name().is_some())
            .collect();
        let same = known
            .iter()
            .filter(|address| address.family == family || section(address) == family);
        let near = nearest(name, same.clone().filter_map(|address| address.name()));
        let found = near.and_then(|near| same.clone().find(|address| address.name() == Some(near)));
        let other = || {
            let named = known.iter().filter(|address| address.name() == Some(name));
            named
                .into_iter()
                .find(|address| nearest(family, [address.family, section(address)]).is_some())
        };
        found.or_else(other).map(|address| address.path())
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_addresses() {
        let staff = Address::named("group", "staff");
        for (pattern, expected) in [
            ("group.staff", true),
            ("groups.staff", true),
            ("group.st*", true),
            ("group.*a?f", true),
            ("*.staff", true),
            ("group.sta", false),
            ("user.staff", false),
            ("group.?staff", false),
        ] {
            assert_eq!(
                Pattern::new(pattern).unwrap().fits(&staff, "groups"),
                expected,
                "{pattern}"
            );
        }
        let nearest = |pattern: &str| Pattern::new(pattern).unwrap().nearest([&staff]);
        assert_eq!(nearest("group.staf").as_deref(), Some("group.staff"));
        assert_eq!(nearest("groups.stafff").as_deref(), Some("group.staff"));
        assert_eq!(nearest("gruop.staff").as_deref(), Some("group.staff"));
        assert_eq!(
            nearest("group.nobody")
                .or(nearest("user.staf"))
                .or(nearest("group.staf*")),
            None
        );
        assert!(Pattern::new("staff").is_err());
        assert!(Pattern::new("group.").is_err());
    }
}

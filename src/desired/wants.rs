//! The desired values of the fields of one object: few, found by name, in the order of the names.
//!
//! A state of tens of thousands of objects has most of its memory in these, and every plan hands all of them on: they take
//! no more room than they need, and copies share it until one of them is changed.

use std::fmt;
use std::iter::Map;
use std::ops::Index;
use std::slice::Iter;
use std::sync::Arc;

use super::object::Want;
use crate::diag::Span;

/// The desired values of the fields of one object, by the API's names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Wants(Arc<Vec<Wanted>>);

/// One of them, with its name.
type Wanted = (&'static str, Want);

/// What goes over names and values.
type Each<'a> = Map<Iter<'a, Wanted>, fn(&'a Wanted) -> (&'a &'static str, &'a Want)>;

impl Wants {
    /// Where the value of a field is, or where it would be put.
    fn place_of(&self, field: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(name, _)| (**name).cmp(field))
    }

    /// The value of a field; `None` if the field is left unchanged.
    pub fn get(&self, field: &str) -> Option<&Want> {
        let index = self.place_of(field).ok()?;
        self.0.get(index).map(|(_, want)| want)
    }

    /// The same to be changed; the copies of the object keep what they have.
    pub fn get_mut(&mut self, field: &str) -> Option<&mut Want> {
        let index = self.place_of(field).ok()?;
        Arc::make_mut(&mut self.0)
            .get_mut(index)
            .map(|(_, want)| want)
    }

    /// Whether a field has a value.
    pub fn contains_key(&self, field: &str) -> bool {
        self.place_of(field).is_ok()
    }

    /// Sets the value of a field. Gives the one from before.
    pub fn insert(&mut self, field: &'static str, want: Want) -> Option<Want> {
        let index = self.place_of(field);
        let all = Arc::make_mut(&mut self.0);
        match index {
            Ok(index) => all
                .get_mut(index)
                .map(|(_, known)| std::mem::replace(known, want)),
            Err(index) => {
                // Most objects have few fields, and a vector grows to four at once.
                all.reserve_exact(1);
                all.insert(index, (field, want));
                None
            }
        }
    }

    /// Gives all values another place in the files.
    pub(crate) fn place(&mut self, span: Span) {
        for (_, want) in Arc::make_mut(&mut self.0) {
            want.span = span;
        }
    }

    /// Takes the value of a field away.
    pub fn remove(&mut self, field: &str) -> Option<Want> {
        let index = self.place_of(field).ok()?;
        Some(Arc::make_mut(&mut self.0).remove(index).1)
    }

    /// The names of the fields that have a value.
    pub fn keys(&self) -> impl Iterator<Item = &&'static str> {
        self.0.iter().map(|(name, _)| name)
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &Want> {
        self.0.iter().map(|(_, want)| want)
    }

    /// Names and values.
    pub fn iter(&self) -> Each<'_> {
        self.0.iter().map(|(name, want)| (name, want))
    }
}

/// The value of a field that is known to have one.
impl Index<&str> for Wants {
    type Output = Want;

    fn index(&self, field: &str) -> &Want {
        let place = self.place_of(field).unwrap_or(self.0.len());
        &self.0[place].1
    }
}

impl FromIterator<Wanted> for Wants {
    fn from_iter<I: IntoIterator<Item = Wanted>>(all: I) -> Wants {
        let mut wants = Wants::default();
        for (field, want) in all {
            wants.insert(field, want);
        }
        wants
    }
}

impl<'a> IntoIterator for &'a Wants {
    type Item = (&'a &'static str, &'a Want);
    type IntoIter = Each<'a>;

    fn into_iter(self) -> Each<'a> {
        self.iter()
    }
}

impl fmt::Debug for Wants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::object::What;
    use super::*;
    use crate::diag::FileId;
    use crate::value::Value;

    fn want(number: i64) -> Want {
        let nowhere = Span {
            file: FileId(0),
            start: 0,
            end: 0,
        };
        Want::new(What::Is(Value::Int(number)), nowhere)
    }

    #[test]
    fn fields_are_found_and_in_order() {
        let mut wants = Wants::default();
        for (place, name) in ["name", "attributes", "parents"].into_iter().enumerate() {
            assert!(wants.insert(name, want(place as i64)).is_none());
        }
        assert_eq!(wants.insert("name", want(7)), Some(want(0)));
        let names: Vec<&str> = wants.keys().copied().collect();
        assert_eq!(names, ["attributes", "name", "parents"]);
        assert_eq!(wants.get("name"), Some(&want(7)));
        assert!(wants.get("users").is_none() && !wants.contains_key("users"));
        assert_eq!(wants.remove("attributes"), Some(want(1)));
        assert_eq!(wants.iter().count(), 2);
    }

    #[test]
    fn a_change_stays_with_the_copy_that_it_is_made_to() {
        let mut wants = Wants::default();
        wants.insert("name", want(1));
        let mut copy = wants.clone();
        *copy.get_mut("name").unwrap() = want(2);
        assert_eq!(
            (wants.get("name"), copy.get("name")),
            (Some(&want(1)), Some(&want(2)))
        );
    }
}

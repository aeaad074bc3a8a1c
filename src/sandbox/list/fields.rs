//! A filter on one field: exact, or with one of Django's look-ups after `__`; also on a field of what is referred to.
//! Must never know about a single collection by name.

use serde_json::Value;

use super::values::{holds_any, is, joined, keep, no_choice, no_such_choice};
use crate::sandbox::facts::{Collection, Field};
use crate::sandbox::ids::canonical_uuid;
use crate::sandbox::types::{Errors, Serial, field_error};
use crate::sandbox::world::{World, text_of};

/// What is asked of one field.
pub(super) struct OnField<'a> {
    world: &'a World,
    collection: &'a Collection,
    /// The filter's name in the query.
    name: &'a str,
    /// The field, or the way to one: `source__slug`.
    field: &'a str,
    lookup: &'a str,
    /// Every value that the query has for it.
    values: &'a [&'a str],
    /// The last of them, which is the one that counts where there can be only one.
    wanted: &'a str,
}

impl<'a> OnField<'a> {
    pub fn new(
        world: &'a World,
        collection: &'a Collection,
        name: &'a str,
        values: &'a [&'a str],
    ) -> OnField<'a> {
        let (field, lookup) = match name.rsplit_once("__") {
            Some((field, lookup @ ("iexact" | "icontains" | "isnull" | "lt" | "gt"))) => {
                (field, lookup)
            }
            _ => (name, "exact"),
        };
        OnField {
            world,
            collection,
            name,
            field,
            lookup,
            values,
            wanted: values.last().copied().unwrap_or_default(),
        }
    }

    /// The objects that fit; the error is the server's refusal, an empty one its failure.
    pub fn filter(&self, objects: Vec<Serial>) -> Result<Vec<Serial>, Errors> {
        if self.field.contains("__") {
            return self.through(objects);
        }
        let rule = self.collection.fields.get(self.field);
        // Switches such as `superuser_full_list` are listed among the filters, but are no fields.
        if rule.is_none() && !self.collection.shows.contains_key(self.field) {
            return Ok(objects);
        }
        if self.lookup == "isnull" {
            return Ok(keep(objects, |object| {
                is(self.world.value(object, self.field).is_null(), self.wanted)
            }));
        }
        if !self.asks(rule)? {
            return Ok(objects);
        }
        if matches!(self.lookup, "lt" | "gt") {
            return self.by_time(objects);
        }
        let is_list = rule.is_some_and(Field::is_list);
        match rule
            .and_then(|rule| rule.to.as_deref())
            .filter(|_| self.lookup == "exact" || is_list)
        {
            Some(model) => self.by_reference(model, is_list, objects),
            None => Ok(self.by_value(objects)),
        }
    }

    /// Whether anything is asked for; what the server refuses to ask the database is an error.
    fn asks(&self, rule: Option<&Field>) -> Result<bool, Errors> {
        let kind = rule.and_then(|rule| rule.kind.as_deref());
        let is_number = |text: &str| text.trim().parse::<f64>().is_ok();
        let number = rule.is_some_and(|rule| rule.to.is_none())
            && matches!(kind, Some("integer" | "number"));
        if number && !is_number(self.wanted) {
            return Err(field_error(self.name, "Enter a number."));
        }
        // The server asks the database for flags and numbers without regard to capitals, and the database has no such
        // question.
        if self.lookup == "iexact" {
            match kind {
                Some("boolean")
                    if ["true", "false", "1", "0"]
                        .contains(&self.wanted.to_lowercase().as_str()) =>
                {
                    return Err(Errors::new());
                }
                Some("boolean") => return Ok(false),
                Some("integer" | "number") if is_number(self.wanted) => return Err(Errors::new()),
                _ => {}
            }
        }
        // Only what is one of the words can be asked for.
        let words = rule
            .filter(|_| self.lookup == "exact")
            .map_or(&[][..], |rule| rule.choices.as_slice());
        let is_word = |value: &str| words.is_empty() || words.iter().any(|word| word == value);
        if let Some(other) = self.values.iter().find(|value| !is_word(value)) {
            return Err(no_choice(self.name, other));
        }
        let is_time = rule.is_some_and(|rule| rule.format.as_deref() == Some("date-time"));
        let (instant, civil) = (
            self.wanted.parse::<jiff::Timestamp>(),
            self.wanted.parse::<jiff::civil::DateTime>(),
        );
        if is_time && instant.is_err() && civil.is_err() {
            return Err(self.no_time());
        }
        Ok(true)
    }

    fn by_time(&self, objects: Vec<Serial>) -> Result<Vec<Serial>, Errors> {
        let Ok(limit) = self.wanted.parse::<jiff::Timestamp>() else {
            return Err(self.no_time());
        };
        let fits = |object| {
            let time = self
                .world
                .value(object, self.field)
                .as_str()?
                .parse::<jiff::Timestamp>()
                .ok()?;
            Some(if self.lookup == "gt" {
                time > limit
            } else {
                time < limit
            })
        };
        Ok(keep(objects, |object| fits(object) == Some(true)))
    }

    fn no_time(&self) -> Errors {
        field_error(self.name, "Enter a valid date/time.")
    }

    fn by_reference(
        &self,
        model: &str,
        is_list: bool,
        objects: Vec<Serial>,
    ) -> Result<Vec<Serial>, Errors> {
        let mut keys = Vec::new();
        for value in self.values {
            let key = match canonical_uuid(value) {
                Some(uuid) => uuid.into(),
                None => value
                    .parse::<i64>()
                    .map_or_else(|_| Value::from(*value), Value::from),
            };
            match self.world.resolve(model, &key) {
                Ok(Some(target)) => keys.push(self.world.pk_of(target)),
                Ok(None) if is_list => return Err(no_choice(self.name, value)),
                Ok(None) => return Err(no_such_choice(self.name)),
                Err(_) => keys.push(key),
            }
        }
        Ok(keep(objects, |object| {
            match self.world.value(object, self.field) {
                list @ Value::Array(_) => holds_any(list, &keys),
                key => keys.contains(key),
            }
        }))
    }

    fn by_value(&self, objects: Vec<Serial>) -> Vec<Serial> {
        let lower = self.wanted.to_lowercase();
        keep(objects, |object| {
            match (self.lookup, self.world.value(object, self.field)) {
                ("iexact", stored) => text_of(stored).to_lowercase() == lower,
                ("icontains", stored) => text_of(stored).to_lowercase().contains(&lower),
                (_, Value::Bool(stored)) => is(*stored, self.wanted),
                (_, Value::Null) => false,
                (_, Value::String(stored)) => self.values.contains(&stored.as_str()),
                (_, stored) => self.values.contains(&text_of(stored).as_str()),
            }
        })
    }

    /// By a field of the objects referred to: `source__slug`, `certificate__name__iexact`.
    fn through(&self, objects: Vec<Serial>) -> Result<Vec<Serial>, Errors> {
        let reference = self.field.split("__").next().unwrap_or_default();
        if self
            .collection
            .fields
            .get(reference)
            .is_none_or(|rule| rule.to.is_none())
        {
            return Ok(objects);
        }
        // For ids the database has no question without regard to capitals either.
        if self.field.ends_with("_uuid") {
            return Err(match canonical_uuid(self.wanted) {
                Some(_) => Errors::new(),
                None => field_error(self.name, "Enter a valid UUID."),
            });
        }
        let lower = self.wanted.to_lowercase();
        let fits = |value: &&Value| match self.lookup {
            "iexact" => text_of(value).to_lowercase() == lower,
            "icontains" => text_of(value).to_lowercase().contains(&lower),
            _ => text_of(value) == self.wanted,
        };
        Ok(keep(objects, |object| {
            joined(self.world, object, self.field).iter().any(fits)
        }))
    }
}

//! What an object needs beside what it says: fields that the server, or whoever uses the object, judges together.
//!
//! Data, and the judgement itself, which is three-valued: what is not known is never a mistake.

use super::release::Release;
use crate::value::Value;

/// A requirement of several fields: where all conditions of `when` hold, one of `one_of` must hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Requirement {
    /// When the requirement applies; always, if this is empty.
    pub when: &'static [Condition],
    /// What satisfies it; nothing does, if this is empty.
    pub one_of: &'static [Condition],
    /// What happens otherwise, where the server takes the object all the same: then it is a lint. Empty where the server
    /// refuses it.
    pub otherwise: &'static str,
    /// First release for which it holds.
    pub since: Option<Release>,
}

/// A condition on one field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Condition {
    /// The field is not null, empty or false.
    HasValue(&'static str),
    /// The same, but its default does not count.
    HasExplicitValue(&'static str),
    /// It is one of these values, or a list that contains one of them.
    IsOneOf(&'static str, &'static [&'static str]),
    /// The files set it, even if to an empty value.
    IsDeclared(&'static str),
    /// Its free data has a value under this key.
    HasKey(&'static str, &'static str),
    /// The object has this name.
    HasName(&'static str),
}

/// What is known of the value of a field.
#[derive(Clone, Copy, Debug)]
pub enum FieldState<'v> {
    /// Its value.
    Value(&'v Value),
    /// It has its default.
    Default(&'v Value),
    /// It has some value.
    SomeValue,
    /// It has no value, and the files do not set it.
    Absent,
    /// Whether it has a value is unknown.
    Unknown,
}

impl Requirement {
    /// One of these must hold.
    pub const fn one_of(one_of: &'static [Condition]) -> Requirement {
        Requirement {
            when: &[],
            one_of,
            otherwise: "",
            since: None,
        }
    }

    /// An object for which all of these hold is refused.
    pub const fn never(when: &'static [Condition]) -> Requirement {
        Requirement {
            when,
            one_of: &[],
            otherwise: "",
            since: None,
        }
    }

    /// The requirement applies only where all of these hold.
    pub const fn when(mut self, when: &'static [Condition]) -> Requirement {
        self.when = when;
        self
    }

    /// The server takes the object all the same, and this is what becomes of it.
    pub const fn otherwise(mut self, what: &'static str) -> Requirement {
        self.otherwise = what;
        self
    }

    /// The first release for which it holds.
    pub const fn since(mut self, release: Release) -> Requirement {
        self.since = Some(release);
        self
    }

    /// Whether only a lint comes of it.
    pub fn is_lint(&self) -> bool {
        !self.otherwise.is_empty()
    }

    /// Whether it holds for a server of this release; for one that is not known, if it does for all.
    pub fn is_for(&self, release: Option<Release>) -> bool {
        self.since
            .is_none_or(|since| release.is_some_and(|release| release >= since))
    }

    /// The fields that it is about.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.when
            .iter()
            .chain(self.one_of)
            .filter_map(Condition::field)
    }

    /// Whether an object lacks it, as far as that is known.
    pub fn is_lacking<'v>(
        &self,
        name: Option<&str>,
        known: &dyn Fn(&'static str) -> FieldState<'v>,
    ) -> Option<bool> {
        let judged = |is: &Condition| is.holds(name, known);
        let when: Vec<Option<bool>> = self.when.iter().map(judged).collect();
        let one_of: Vec<Option<bool>> = self.one_of.iter().map(judged).collect();
        if when.contains(&Some(false)) || one_of.contains(&Some(true)) {
            return Some(false);
        }
        (!when.contains(&None) && !one_of.contains(&None)).then_some(true)
    }
}

impl Condition {
    /// The field.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Condition::HasValue(field)
            | Condition::HasExplicitValue(field)
            | Condition::IsOneOf(field, _)
            | Condition::IsDeclared(field)
            | Condition::HasKey(field, _) => Some(field),
            Condition::HasName(_) => None,
        }
    }

    fn holds<'v>(
        &self,
        name: Option<&str>,
        known: &dyn Fn(&'static str) -> FieldState<'v>,
    ) -> Option<bool> {
        let field = match self {
            Condition::HasName(wanted) => return Some(name == Some(wanted)),
            Condition::HasValue(field)
            | Condition::HasExplicitValue(field)
            | Condition::IsOneOf(field, _)
            | Condition::IsDeclared(field)
            | Condition::HasKey(field, _) => known(field),
        };
        match (self, field) {
            (_, FieldState::Unknown) => None,
            (_, FieldState::Absent)
            | (Condition::HasExplicitValue(_) | Condition::IsDeclared(_), FieldState::Default(_)) => {
                Some(false)
            }
            (Condition::IsOneOf(..) | Condition::HasKey(..), FieldState::SomeValue) => None,
            (_, FieldState::SomeValue) | (Condition::IsDeclared(_), FieldState::Value(_)) => {
                Some(true)
            }
            (
                Condition::IsOneOf(_, words),
                FieldState::Value(value) | FieldState::Default(value),
            ) => Some(has_word(value, words)),
            (Condition::HasValue(_) | Condition::HasExplicitValue(_), FieldState::Value(value))
            | (Condition::HasValue(_), FieldState::Default(value)) => Some(is_set(value)),
            (Condition::HasKey(_, key), FieldState::Value(value) | FieldState::Default(value)) => {
                Some(has_key(value, key))
            }
            (Condition::HasName(_), _) => None,
        }
    }
}

/// Whether free data has something under a key.
fn has_key(value: &Value, key: &str) -> bool {
    let Value::Json(data) = value else {
        return false;
    };
    data.0
        .get(key)
        .is_some_and(|value| !value.is_null() && value != "")
}

/// Whether a value is one of some words, or has one of them.
fn has_word(value: &Value, words: &[&str]) -> bool {
    match value {
        Value::Text(word) => words.contains(&&**word),
        Value::List(items) => items.iter().any(|item| has_word(item, words)),
        Value::Set(items) => items.iter().any(|item| has_word(item, words)),
        _ => false,
    }
}

/// Whether a value is one that the server takes for something.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Secret(secret) => !matches!(secret.expose(), "" | "{}"),
        value => !value.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEBHOOK: Requirement = Requirement::one_of(&[Condition::HasValue("url")])
        .when(&[Condition::IsOneOf("mode", &["webhook"])]);

    fn lacking<'v>(mode: FieldState<'v>, url: FieldState<'v>) -> Option<bool> {
        WEBHOOK.is_lacking(None, &|name| if name == "mode" { mode } else { url })
    }

    #[test]
    fn what_is_not_known_is_no_mistake() {
        let (webhook, email) = (Value::text("webhook"), Value::text("email"));
        let (url, none) = (Value::text("https://a"), Value::text(""));
        assert_eq!(
            lacking(FieldState::Value(&webhook), FieldState::Value(&url)),
            Some(false)
        );
        assert_eq!(
            lacking(FieldState::Value(&webhook), FieldState::Value(&none)),
            Some(true)
        );
        assert_eq!(
            lacking(FieldState::Value(&webhook), FieldState::Absent),
            Some(true)
        );
        assert_eq!(
            lacking(FieldState::Value(&webhook), FieldState::Unknown),
            None
        );
        assert_eq!(lacking(FieldState::Unknown, FieldState::Absent), None);
        assert_eq!(
            lacking(FieldState::Value(&email), FieldState::Unknown),
            Some(false)
        );
    }

    #[test]
    fn nothing_satisfies_what_is_refused() {
        let sent = Requirement::one_of(&[Condition::HasValue("b")])
            .when(&[Condition::HasExplicitValue("a")]);
        let yes = Value::Bool(true);
        let known = |name: &str| {
            if name == "a" {
                FieldState::Default(&yes)
            } else {
                FieldState::Absent
            }
        };
        assert_eq!(sent.is_lacking(None, &known), Some(false));
        let never = Requirement::never(&[Condition::IsOneOf("intent", &["recovery"])]);
        let word = Value::text("recovery");
        assert_eq!(
            never.is_lacking(None, &|_| FieldState::Value(&word)),
            Some(true)
        );
        let named = Requirement::one_of(&[Condition::HasValue("a"), Condition::HasName("x")]);
        assert_eq!(
            named.is_lacking(Some("x"), &|_| FieldState::Absent),
            Some(false)
        );
        assert_eq!(
            named.is_lacking(Some("y"), &|_| FieldState::Absent),
            Some(true)
        );
    }
}

//! What an object needs beside what it says: fields that the server, or whoever uses the object, judges together.
//!
//! Data, and the judgement itself, which is three-valued: what is not known is never a mistake.

use super::release::Release;
use crate::value::Value;

/// Something that an object needs: where all of `when` hold, one of `one_of` has to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Needs {
    /// When it is asked for; always, if there is nothing here.
    pub when: &'static [Is],
    /// What satisfies it; nothing does, if there is nothing here.
    pub one_of: &'static [Is],
    /// What happens otherwise, where the server takes the object all the same: then it is a lint. Empty where the server
    /// refuses it.
    pub otherwise: &'static str,
    /// First release for which it holds.
    pub since: Option<Release>,
}

/// Something about one field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Is {
    /// It holds something: it is not null, empty or false.
    Set(&'static str),
    /// The same, where it is said: a default does not count.
    Sent(&'static str),
    /// It is one of these words, or a list that has one of them.
    Word(&'static str, &'static [&'static str]),
    /// Something is said of it, if only that it is empty.
    Said(&'static str),
    /// This key of its free data holds something.
    Key(&'static str, &'static str),
    /// The object has this name.
    Named(&'static str),
}

/// What is known of a field.
#[derive(Clone, Copy, Debug)]
pub enum Known<'v> {
    /// Its value.
    Is(&'v Value),
    /// It has its default.
    Usual(&'v Value),
    /// It has some value.
    Something,
    /// It has none, and nothing is said of it.
    Nothing,
    /// It may have any.
    Unknown,
}

impl Needs {
    /// One of these has to hold.
    pub const fn one_of(one_of: &'static [Is]) -> Needs {
        Needs {
            when: &[],
            one_of,
            otherwise: "",
            since: None,
        }
    }

    /// This is refused.
    pub const fn never(when: &'static [Is]) -> Needs {
        Needs {
            when,
            one_of: &[],
            otherwise: "",
            since: None,
        }
    }

    /// Asked only where all of these hold.
    pub const fn when(mut self, when: &'static [Is]) -> Needs {
        self.when = when;
        self
    }

    /// The server takes the object all the same, and this is what becomes of it.
    pub const fn otherwise(mut self, what: &'static str) -> Needs {
        self.otherwise = what;
        self
    }

    /// The first release for which it holds.
    pub const fn since(mut self, release: Release) -> Needs {
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
        self.when.iter().chain(self.one_of).filter_map(Is::field)
    }

    /// Whether an object lacks it, as far as that is known.
    pub fn is_lacking<'v>(
        &self,
        name: Option<&str>,
        known: &dyn Fn(&'static str) -> Known<'v>,
    ) -> Option<bool> {
        let judged = |is: &Is| is.holds(name, known);
        let when: Vec<Option<bool>> = self.when.iter().map(judged).collect();
        let one_of: Vec<Option<bool>> = self.one_of.iter().map(judged).collect();
        if when.contains(&Some(false)) || one_of.contains(&Some(true)) {
            return Some(false);
        }
        (!when.contains(&None) && !one_of.contains(&None)).then_some(true)
    }
}

impl Is {
    /// The field.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Is::Set(field)
            | Is::Sent(field)
            | Is::Word(field, _)
            | Is::Said(field)
            | Is::Key(field, _) => Some(field),
            Is::Named(_) => None,
        }
    }

    fn holds<'v>(
        &self,
        name: Option<&str>,
        known: &dyn Fn(&'static str) -> Known<'v>,
    ) -> Option<bool> {
        let field = match self {
            Is::Named(wanted) => return Some(name == Some(wanted)),
            Is::Set(field)
            | Is::Sent(field)
            | Is::Word(field, _)
            | Is::Said(field)
            | Is::Key(field, _) => known(field),
        };
        match (self, field) {
            (_, Known::Unknown) => None,
            (_, Known::Nothing) | (Is::Sent(_) | Is::Said(_), Known::Usual(_)) => Some(false),
            (Is::Word(..) | Is::Key(..), Known::Something) => None,
            (_, Known::Something) | (Is::Said(_), Known::Is(_)) => Some(true),
            (Is::Word(_, words), Known::Is(value) | Known::Usual(value)) => {
                Some(has_word(value, words))
            }
            (Is::Set(_) | Is::Sent(_), Known::Is(value)) | (Is::Set(_), Known::Usual(value)) => {
                Some(is_set(value))
            }
            (Is::Key(_, key), Known::Is(value) | Known::Usual(value)) => Some(has_key(value, key)),
            (Is::Named(_), _) => None,
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

    const WEBHOOK: Needs = Needs::one_of(&[Is::Set("url")]).when(&[Is::Word("mode", &["webhook"])]);

    fn lacking<'v>(mode: Known<'v>, url: Known<'v>) -> Option<bool> {
        WEBHOOK.is_lacking(None, &|name| if name == "mode" { mode } else { url })
    }

    #[test]
    fn what_is_not_known_is_no_mistake() {
        let (webhook, email) = (Value::text("webhook"), Value::text("email"));
        let (url, none) = (Value::text("https://a"), Value::text(""));
        assert_eq!(lacking(Known::Is(&webhook), Known::Is(&url)), Some(false));
        assert_eq!(lacking(Known::Is(&webhook), Known::Is(&none)), Some(true));
        assert_eq!(lacking(Known::Is(&webhook), Known::Nothing), Some(true));
        assert_eq!(lacking(Known::Is(&webhook), Known::Unknown), None);
        assert_eq!(lacking(Known::Unknown, Known::Nothing), None);
        assert_eq!(lacking(Known::Is(&email), Known::Unknown), Some(false));
    }

    #[test]
    fn nothing_satisfies_what_is_refused() {
        let sent = Needs::one_of(&[Is::Set("b")]).when(&[Is::Sent("a")]);
        let yes = Value::Bool(true);
        let known = |name: &str| {
            if name == "a" {
                Known::Usual(&yes)
            } else {
                Known::Nothing
            }
        };
        assert_eq!(sent.is_lacking(None, &known), Some(false));
        let never = Needs::never(&[Is::Word("intent", &["recovery"])]);
        let word = Value::text("recovery");
        assert_eq!(never.is_lacking(None, &|_| Known::Is(&word)), Some(true));
        let named = Needs::one_of(&[Is::Set("a"), Is::Named("x")]);
        assert_eq!(
            named.is_lacking(Some("x"), &|_| Known::Nothing),
            Some(false)
        );
        assert_eq!(named.is_lacking(Some("y"), &|_| Known::Nothing), Some(true));
    }
}

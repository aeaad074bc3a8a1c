//! Names and values of files and servers, as reports show them. What is dangerous in them is spelled out by
//! [`crate::harmless`].

use std::borrow::Cow;

pub(super) use crate::harmless::{LINE, NAME, commands, dangerous, harmless, quoted, shortened};

/// A name without quotes where nothing can be mistaken, in quotes elsewhere; a very long one without its middle.
pub(super) fn name(text: &str) -> Cow<'_, str> {
    let plain =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '@' | '+' | '-' | '/' | ':');
    let first = text
        .chars()
        .next()
        .is_some_and(|c| c.is_alphanumeric() || c == '_');
    let word = matches!(text, "null" | "true" | "false");
    if first && !word && text.chars().all(plain) && harmless(text) == text {
        return shortened(text, NAME);
    }
    Cow::Owned(quoted(&shortened(text, NAME)))
}

/// A line of text that nothing is dangerous in, and that is not too long.
pub(super) fn line(text: &str) -> String {
    harmless(&shortened(text, LINE)).into_owned()
}

/// The same for a name that stands in a table or a list.
pub(super) fn cell(text: &str) -> String {
    harmless(&shortened(text, NAME)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_could_be_mistaken() {
        assert_eq!(name("alice@example.org"), "alice@example.org");
        assert_eq!(name("müller"), "müller");
        for other in [
            "",
            "null",
            "a b",
            "-> x",
            "- alice",
            "(order 1)",
            "a\u{202e}b",
            "a,b",
            "section_start:0",
        ] {
            assert!(name(other).starts_with('"'), "{other:?}");
        }
        assert!(name(&"x".repeat(1_000_000)).chars().count() < 250);
        assert!(name(&"\n".repeat(10_000)).chars().count() < 500);
    }
}

//! The text of an OpenAPI document, JSON or YAML, to values.
//!
//! The text may be anybody's: how many values it may have, how deep it may be, and how much aliases may repeat is bounded.

use serde_json::Value;
use serde_yaml::Error;

use crate::budget;
use crate::budget::json_values;

/// How deep a document may be. A real one is 15 deep.
const DEPTH: usize = 64;
/// How many aliases and anchors a document may have, and how many values aliases may repeat. A real one has none.
const ALIASES: usize = 1_000;
const REPEATED: usize = 100_000;

/// Reads a document: as JSON if it begins like a JSON object, as YAML otherwise.
///
/// Refuses what is neither, what is too large or too deep, and several documents in one text.
pub fn read(text: &str) -> Result<Value, String> {
    let most = budget::API_VALUES.most;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut json = None;
    if text.trim_start().starts_with('{') {
        if json_values(text) > most {
            return Err(format!("it has more than {}", budget::API_VALUES));
        }
        // What is no JSON may be YAML all the same: a mapping in braces.
        match serde_json::from_str(text) {
            Ok(value) => return Ok(value),
            Err(error) => json = Some(error),
        }
    }
    let values = usize::try_from(most).unwrap_or(usize::MAX);
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_events: values.saturating_mul(3),
            max_nodes: values,
            max_depth: DEPTH,
            flow_nesting_limit: DEPTH,
            max_aliases: ALIASES,
            max_anchors: ALIASES,
            max_merge_keys: ALIASES,
            max_documents: 1,
        },
        alias_limits: serde_yaml::alias_limits! { max_total_replayed_events: REPEATED, max_replay_stack_depth: DEPTH },
        // A message must not repeat the text.
        with_snippet: false,
    };
    serde_yaml::from_str_with_options(text, options).map_err(|error| {
        let place = error.location().filter(|place| place.line() > 0);
        let place =
            place.map(|place| format!(": line {}, column {}", place.line(), place.column()));
        format!(
            "{}{}",
            what(&error, json.as_ref()),
            place.unwrap_or_default()
        )
    })
}

/// What is wrong with a text, of which nothing is repeated: it may be any file.
fn what(error: &Error, json: Option<&serde_json::Error>) -> String {
    let mut error = error;
    while let Error::AliasError { error: inner, .. } | Error::WithSnippet { error: inner, .. } =
        error
    {
        error = inner;
    }
    match (error, json) {
        (Error::Budget { .. }, _) => {
            format!(
                "it has more than akrec reads of one: {}, {DEPTH} deep, {ALIASES} aliases",
                budget::API_VALUES
            )
        }
        (
            Error::AliasReplayCounterOverflow { .. }
            | Error::AliasReplayLimitExceeded { .. }
            | Error::AliasReplayStackDepthExceeded { .. },
            _,
        ) => "its aliases repeat more than akrec reads".to_owned(),
        (Error::NonFiniteFloat { .. }, _) => "a number in it is not finite".to_owned(),
        (_, Some(json)) if json.is_eof() => "it is JSON that ends too early".to_owned(),
        (_, Some(_)) => "it is neither JSON nor YAML".to_owned(),
        _ => "it is not YAML".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_and_yaml_are_read_alike() {
        let value = json!({"info": {"version": "2026.8.0"}, "list": [1, true, null]});
        for text in [
            value.to_string(),
            format!("\u{feff} {value:#}"),
            "info: {version: 2026.8.0}\nlist:\n- 1\n- true\n- ~\n".to_owned(),
            "{info: {version: 2026.8.0}, list: [1, true, null]}".to_owned(),
        ] {
            assert_eq!(read(&text), Ok(value.clone()), "{text}");
        }
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let bomb: String = (1..9).fold(
            "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(),
            |text, level| {
                let before = format!("*a{}, ", level - 1);
                format!(
                    "{text}a{level}: &a{level} [{}]\n",
                    before.repeat(9).trim_end_matches(", ")
                )
            },
        );
        let anchored: String = (0..2_000)
            .map(|number| format!("- &b{number} x\n"))
            .collect();
        let blocks: String = (0..200)
            .map(|depth| format!("{}a:\n", "  ".repeat(depth)))
            .collect();
        for (text, says) in [
            (bomb, "aliases"),
            (anchored, "more than akrec reads"),
            (blocks, "more than akrec reads"),
            ("[".repeat(100_000), ""),
            ("{\"a\":".repeat(100_000), ""),
            (
                format!("[{}]", "1,".repeat(2_000_000)),
                "more than akrec reads",
            ),
            (
                format!("{{\"a\":[{}1]}}", "1,".repeat(2_000_000)),
                "more than 1,000,000 values",
            ),
            ("a: .nan\n".to_owned(), "not finite"),
            ("a: [1, 2\nb: 3\n".to_owned(), "not YAML: line"),
            ("{\"a\": [1, 2".to_owned(), "ends too early"),
            ("a: 1\n---\nb: 2\n".to_owned(), ""),
            ("a: 1\na: 2\n".to_owned(), ""),
            ("\u{0}\u{1}\u{2}".to_owned(), ""),
        ] {
            let message = read(&text).unwrap_err();
            assert!(
                message.contains(says) && message.len() < 200,
                "{}: {message}",
                &text[..text.len().min(40)]
            );
        }
    }
}

//! The outline of a blueprint: whether a text is one at all. What its entries mean is for the server.
//!
//! Tags of any name may stand in it, and no value is looked at but the version.

use std::borrow::Cow;

use granit_parser::{Event, Parser};

use crate::yaml::limits::MAX_DEPTH;

/// A list or a mapping that is open.
enum Frame {
    Seq,
    Map {
        key: Option<String>,
        wants_value: bool,
        has_model: bool,
    },
}

/// Why a text is no blueprint, if it is none.
pub fn outline(text: &str) -> Result<(), String> {
    let options =
        granit_parser::options! { flow_nesting_limit: MAX_DEPTH, block_nesting_limit: MAX_DEPTH };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut stack: Vec<Frame> = Vec::new();
    let mut empty = true;
    loop {
        let (event, _) = match parser.next_event() {
            None => break,
            Some(Ok(next)) => next,
            Some(Err(error)) => {
                return Err(format!("it is not YAML (line {})", error.marker().line()));
            }
        };
        match event {
            Event::StreamEnd => break,
            Event::Scalar(value, ..) => {
                empty = false;
                value_of(&mut stack, Some(&value), false)?;
            }
            Event::Alias(_) => value_of(&mut stack, None, false)?,
            Event::SequenceStart(..) if stack.is_empty() => {
                return Err("it is not a mapping".to_owned());
            }
            Event::SequenceStart(..) => {
                empty = false;
                value_of(&mut stack, None, true)?;
                stack.push(Frame::Seq);
            }
            Event::MappingStart(..) => {
                empty = false;
                value_of(&mut stack, None, true)?;
                stack.push(Frame::Map {
                    key: None,
                    wants_value: false,
                    has_model: false,
                });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Frame::Map {
                    has_model: false, ..
                }) = stack.pop()
                    && is_entry(&stack)
                {
                    return Err("an entry names no `model`".to_owned());
                }
            }
            _ => {}
        }
    }
    if empty {
        Err("it is empty".to_owned())
    } else {
        Ok(())
    }
}

/// Takes in a key or a value; `text` is what stands there, `body` says that a list or a mapping begins.
fn value_of(stack: &mut [Frame], text: Option<&Cow<'_, str>>, body: bool) -> Result<(), String> {
    let depth = stack.len();
    let entry = is_entry(stack.get(..depth.saturating_sub(1)).unwrap_or_default());
    let Some(Frame::Map {
        key,
        wants_value,
        has_model,
    }) = stack.last_mut()
    else {
        return match depth {
            0 if text.is_some() => Err("it is not a mapping".to_owned()),
            _ => Ok(()),
        };
    };
    if !*wants_value {
        *key = text.map(|text| text.trim().to_owned());
        *has_model |= entry && key.as_deref() == Some("model");
        *wants_value = true;
        return Ok(());
    }
    *wants_value = false;
    match (depth, key.as_deref()) {
        (1, Some("version")) if text.is_none_or(|text| text.trim() != "1") => {
            Err("its `version` is not 1".to_owned())
        }
        (1, Some("entries")) if !body => Err("its `entries` are not a list".to_owned()),
        _ => Ok(()),
    }
}

/// Whether what stands inside of these is an entry of the blueprint.
fn is_entry(stack: &[Frame]) -> bool {
    match stack {
        [Frame::Map { key, .. }, Frame::Seq] => key.as_deref() == Some("entries"),
        // Entries may stand in several lists, each with a name.
        [Frame::Map { key, .. }, Frame::Map { .. }, Frame::Seq] => {
            key.as_deref() == Some("entries")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blueprint_is_known_by_its_outline() {
        for good in [
            "version: 1\nentries: []",
            "version: 1\nmetadata: {name: x}\nentries:\n  - model: a.b\n    identifiers: {name: !Format [x, !Context y]}\n",
            "version: 1\nentries:\n  first:\n    - model: a.b\n",
            "entries: [{model: a.b, attrs: {list: [{a: 1}]}}]",
        ] {
            assert_eq!(outline(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("not: [yaml", "it is not YAML (line 1)"),
            ("- a", "it is not a mapping"),
            ("just words", "it is not a mapping"),
            ("# nothing", "it is empty"),
            ("version: 2\nentries: []", "its `version` is not 1"),
            ("version: 1\nentries: x", "its `entries` are not a list"),
            (
                "version: 1\nentries:\n  - identifiers: {}",
                "an entry names no `model`",
            ),
        ] {
            assert_eq!(outline(bad).unwrap_err(), why, "{bad}");
        }
    }
}

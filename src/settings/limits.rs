//! Limits of what one apply may do, and the levels of lints: how a settings file writes them.
//!
//! Nothing is judged here; a limit that is misspelt must be an error, never no limit.

use std::collections::BTreeMap;

use clap::ValueEnum;

use super::keys;
use super::reader::{Placed, Reader, number, plain};
use crate::diag::{CODES, Code, Diagnostic, Span, nearest};
use crate::lints::Level;
use crate::plan::{Limit, Limits, limited};
use crate::yaml::{Key, Node, Scalar};

/// Limits with others over them, one by one.
pub(super) fn with(mut limits: Limits, over: Limits) -> Limits {
    limits.removals.extend(over.removals);
    Limits {
        deletes: over.deletes.or(limits.deletes),
        delete_share: over.delete_share.or(limits.delete_share),
        removals: limits.removals,
        changes: over.changes.or(limits.changes),
    }
}

/// The limits, and where each of them is said.
pub(super) fn read(node: &Node, reader: &mut Reader) -> (Limits, BTreeMap<String, Span>) {
    let (mut limits, mut places) = (Limits::default(), BTreeMap::new());
    let _ = reader.each("limits", node, "a limit", |reader, key, node| {
        let name = key.text.as_str();
        places.insert(name.to_owned(), key.span);
        match name {
            "deletes" => limits.deletes = count(name, node, reader),
            "changes" => limits.changes = count(name, node, reader),
            "delete_share" => {
                let share = reader.one(name, node, "a percentage such as 20%", percent);
                limits.delete_share = share.map(|placed| placed.value);
            }
            "removals" => {
                limits.removals = reader.each(name, node, "a number or a percentage", removal);
                for (kind, _) in node.entries() {
                    places.insert(format!("removals.{}", kind.text), kind.span);
                }
            }
            _ => reader.unknown(key, "`limits`", &keys::known("limits")),
        }
        Some(())
    });
    (limits, places)
}

fn count(name: &str, node: &Node, reader: &mut Reader) -> Option<u64> {
    reader
        .one(name, node, "a whole number", |scalar| {
            number(scalar, 0, u64::MAX)
        })
        .map(|placed| placed.value)
}

fn percent(scalar: &Scalar) -> Result<u8, String> {
    let text = scalar.text.trim();
    let number = text
        .strip_suffix('%')
        .ok_or("the sign % is missing")?
        .trim_end();
    number
        .parse()
        .ok()
        .filter(|share| *share <= 100)
        .ok_or_else(|| "from 0% to 100%".to_owned())
}

fn removal(reader: &mut Reader, key: &Key, node: &Node) -> Option<Limit> {
    let known = limited();
    // A raw collection goes by its path, and the files that name it are not read here.
    if !known.contains(&key.text.as_str()) && !key.text.contains('/') {
        let message = match plain(&key.text) {
            Some(kind) => format!("unknown kind `{kind}`"),
            None => "unknown kind".to_owned(),
        };
        let problem = Diagnostic::error(Code::BAD_SETTING, message).at(key.span, "unknown");
        reader.problems.push(match nearest(&key.text, known) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help("`akrec kinds` lists them"),
        });
        return None;
    }
    let read = |scalar: &Scalar| {
        if scalar.text.contains('%') {
            percent(scalar).map(Limit::Percent)
        } else {
            number(scalar, 0, u64::MAX).map(Limit::Count)
        }
    };
    reader
        .one(
            &key.text,
            node,
            "a number or a percentage, such as 10 or 20%",
            read,
        )
        .map(|placed| placed.value)
}

/// The levels of lints, each by its code or its name.
pub(super) fn lints(node: &Node, reader: &mut Reader) -> BTreeMap<Code, Placed<Level>> {
    let mut levels = BTreeMap::new();
    let _ = reader.each("lints", node, "allow, warn or deny", |reader, key, node| {
        let read = |scalar: &Scalar| {
            Level::from_str(&scalar.text, false).map_err(|_| "unknown".to_owned())
        };
        let level = reader.one(&key.text, node, "allow, warn or deny", read);
        let Some(code) = Code::of_lint(&key.text) else {
            reader.problems.push(no_lint(key));
            return Some(());
        };
        levels.extend(level.map(|level| (code, level)));
        Some(())
    });
    levels
}

fn no_lint(key: &Key) -> Diagnostic {
    let name = key.text.as_str();
    let is = |code: &&Code| code.as_str().eq_ignore_ascii_case(name);
    if let Some(code) = CODES.iter().map(|(code, _)| code).find(is) {
        let diagnostic = Diagnostic::error(Code::BAD_SETTING, format!("{code} is not a lint"))
            .at(key.span, "no level can be set");
        return match code.is_overridable() {
            true => diagnostic.help(format!(
                "a safety check is overridden for one run only: --allow {code}"
            )),
            false => {
                diagnostic.help("lints are AKR0710 and above; `akrec explain --all` lists them")
            }
        };
    }
    let message = plain(name).map_or("unknown lint".to_owned(), |name| {
        format!("unknown lint `{name}`")
    });
    let diagnostic = Diagnostic::error(Code::BAD_SETTING, message).at(key.span, "unknown");
    let known = CODES
        .iter()
        .filter_map(|(code, _)| Some([code.as_str(), code.lint()?]))
        .flatten();
    match nearest(name, known) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("write a code such as AKR0710, or a name such as open-application"),
    }
}

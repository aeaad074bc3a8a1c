//! YAML text to spanned nodes, or to diagnostics. No other module knows which parser is used.
//!
//! It stands on `granit-parser`, the event parser beneath `serde-saphyr`, and not on serde-saphyr's serde interface,
//! because that interface hands a self-describing visitor the *resolved* value (`1_000`, `1.10` and `yes` lose their
//! spelling), does not say whether a scalar was plain or quoted, gives keys no extent, and stops at the first error.
//! What serde-saphyr adds on top is done here: limits on depth, nodes and expansion, refusal of duplicate keys and
//! unknown tags, merge keys. This module must never resolve a scalar to a type, never follow akrec's tags, and never
//! quote a value in a message: it cannot know which values are secret.

mod blueprint;
mod build;
mod messages;

pub(crate) use super::limits::Nodes;
use crate::budget;
use crate::diag::{Code, Diagnostic, FileId, Span};
use crate::yaml::limits::{MAX_DEPTH, too_deep};
use crate::yaml::node::Node;
use granit_parser::{ErrorKind, Event, Parser};

pub use blueprint::outline;

/// The most problems reported for one file; a file of garbage need not fill the terminal.
const MAX_PROBLEMS: usize = 50;

/// Reads all documents of one file. What is whole is given even where something else is broken: documents before and
/// after a broken one, and a mapping without the second of two equal keys. With any diagnostic the file is unusable
/// as a whole; the nodes are then only good for finding more problems.
pub fn parse(file: FileId, text: &str) -> (Vec<Node>, Vec<Diagnostic>) {
    parse_within(file, text, &mut Nodes::default())
}

/// The same with what there may still be of values over several files.
pub(crate) fn parse_within(
    file: FileId,
    text: &str,
    left: &mut Nodes,
) -> (Vec<Node>, Vec<Diagnostic>) {
    if let Some(problem) = unreadable(file, text) {
        return (Vec::new(), vec![problem]);
    }
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = build::Builder::new(file, text, left);
    while builder.problems.len() < MAX_PROBLEMS {
        match parser.next_event() {
            None | Some(Ok((Event::StreamEnd, _))) => break,
            Some(Ok((event, span))) => {
                if builder
                    .event(
                        event,
                        span.byte_range(),
                        span.tag_start().and_then(|m| m.byte_offset()),
                    )
                    .is_err()
                {
                    return (Vec::new(), builder.problems);
                }
            }
            Some(Err(error)) => {
                let at = builder.char_at(caret(error.kind(), error.marker().byte_offset(), text));
                builder.problems.push(syntax(error.kind(), at));
                builder.abandon();
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    (builder.documents, builder.problems)
}

/// Text that no YAML parser should see: too large for spans, or with characters that YAML forbids.
fn unreadable(file: FileId, text: &str) -> Option<Diagnostic> {
    if text.len() as u64 > budget::FILE.most {
        return Some(
            Diagnostic::error(
                Code::TOO_LARGE,
                format!("the file is larger than {}", budget::FILE),
            )
            .at(
                Span {
                    file,
                    start: 0,
                    end: 0,
                },
                "this file",
            )
            .help("split it; a state directory may have any number of files"),
        );
    }
    let (at, bad) = text.char_indices().find(|(_, c)| forbidden(*c))?;
    let name = if bad == '\0' {
        "a NUL byte".into()
    } else {
        format!("the character U+{:04X}", bad as u32)
    };
    Some(
        Diagnostic::error(
            Code::YAML_SYNTAX,
            format!("the file contains {name}, which YAML does not allow"),
        )
        .at(
            Span {
                file,
                start: at as u32,
                end: (at + bad.len_utf8()) as u32,
            },
            "here",
        )
        .help("remove it; inside double quotes it can be written as an escape such as \"\\x1b\""),
    )
}

/// Characters outside YAML's printable set.
fn forbidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}'))
        || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Where the caret goes: the parser's mark, or the tab itself where the parser marks what comes before it.
fn caret(kind: &ErrorKind, mark: Option<usize>, text: &str) -> Option<usize> {
    match mark {
        Some(mark) if messages::is_tab(kind) => text
            .get(mark..)
            .and_then(|rest| rest.find('\t'))
            .map(|tab| mark + tab)
            .or(Some(mark)),
        other => other,
    }
}

fn syntax(kind: &ErrorKind, at: Span) -> Diagnostic {
    if matches!(kind, ErrorKind::RecursionLimitExceeded) {
        return too_deep(at);
    }
    let message = messages::syntax(kind);
    let problem = Diagnostic::error(Code::YAML_SYNTAX, message.text).at(at, message.label);
    match message.help {
        Some(help) => problem.help(help),
        None => problem,
    }
}

#[cfg(test)]
mod tests;

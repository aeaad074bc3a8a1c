//! The messages for the parser's errors, for people who do not know YAML's grammar. Data only.

use granit_parser::ErrorKind;

/// The message for one error.
pub(super) struct Message {
    pub text: String,
    pub label: &'static str,
    pub help: Option<&'static str>,
}

pub(super) fn syntax(kind: &ErrorKind) -> Message {
    let message = |text: &str, label, help| Message {
        text: text.into(),
        label,
        help: Some(help),
    };
    match kind {
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => message(
            "a quoted text is not closed",
            "the text ends here, or goes on too far left",
            "add the closing quote; inside '…' a quote is written twice, inside \"…\" it is written \\\"",
        ),
        ErrorKind::UnclosedFlowCollection { open } => Message {
            text: format!("`{open}` is not closed"),
            label: "opened here",
            help: Some("add the closing bracket"),
        },
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => Message {
            text: format!("`{open}` is closed by `{close}`"),
            label: "opened here",
            help: Some("close the brackets in the order in which they were opened"),
        },
        ErrorKind::MisplacedFlowCollectionEnd => message(
            "a closing bracket without an opening one",
            "nothing is open here",
            "remove it, or put the text in quotes",
        ),
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::UnexpectedEofFlowMapping => message(
            "expected `,` or `}` in a mapping in braces",
            "the mapping is not closed before this",
            "close it with `}`; strings with `,`, `[`, `{` or `: ` in them need quotes",
        ),
        ErrorKind::ExpectedFlowSequenceSeparator | ErrorKind::UnexpectedEofFlowSequence => message(
            "expected `,` or `]` in a list in brackets",
            "the list is not closed before this",
            "close it with `]`; strings with `,`, `[`, `{` or `: ` in them need quotes",
        ),
        kind if is_tab(kind) => message(
            "a tab where YAML allows only spaces",
            "this tab",
            "indent with spaces",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => message(
            "a key without `:`",
            "no `:` follows on this line",
            "write `key: value`; a colon needs a space after it",
        ),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => message(
            "a `:` where no value can follow",
            "a second value on this line, a wrong indent, or a line above without its `:`",
            "put a string with `: ` in it in quotes; keys of one mapping start in one column",
        ),
        ErrorKind::MappingKeyNotAllowed => message(
            "a key where no key is allowed",
            "this key",
            "keys of one mapping start in one column, each on its own line",
        ),
        ErrorKind::ExpectedBlockMappingKey => message(
            "expected a key of the mapping",
            "this is not a `key: value` of the mapping above",
            "keys of one mapping start in one column; is the indent right?",
        ),
        ErrorKind::ExpectedBlockSequenceEntry => message(
            "expected an item of the list",
            "this is not a `- item` of the list above",
            "items of one list start in one column; is the indent right?",
        ),
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => message(
            "a `- item` where no list can start",
            "this item",
            "start the list on a line of its own, below its key",
        ),
        ErrorKind::InvalidIndentation
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidFlowScalarIndent => message(
            "wrong indentation",
            "this line starts in the wrong column",
            "lines that belong together start in one column, and what belongs to a key is indented more than the key",
        ),
        ErrorKind::UnexpectedCharacter { character } => Message {
            text: format!("a value cannot start with {character:?}"),
            label: "this character has a meaning of its own in YAML",
            help: Some("put the value in quotes"),
        },
        ErrorKind::UnknownQuotedScalarEscape => message(
            "an unknown escape in double quotes",
            "in this text",
            "write a backslash as `\\\\`, or use single quotes, where a backslash is just a backslash",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => message(
            "something follows a quoted text",
            "not part of the text",
            "put all of it in the quotes, or remove the quotes",
        ),
        ErrorKind::CommentInterceptedScalar => message(
            "a comment inside a string of several lines",
            "the text goes on after the comment",
            "move the comment, or put the text in quotes",
        ),
        ErrorKind::UndeclaredTagHandle => message(
            "an unknown tag",
            "not a tag of akrec",
            "a string that starts with `!` needs quotes",
        ),
        ErrorKind::DocumentIndicatorInQuotedScalar => message(
            "a document ends inside a quoted text",
            "this line",
            "add the closing quote before it",
        ),
        other => Message {
            text: format!("not valid YAML: {other}"),
            label: "here",
            help: None,
        },
    }
}

/// Whether the complaint is about a tab.
pub(super) fn is_tab(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabInIndentation
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabNotAllowed
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar
    )
}

//! What the parser's complaints mean, in words for people who do not know YAML's grammar. Data only.

use granit_parser::ErrorKind;

/// One complaint in words.
pub(super) struct Words {
    pub message: String,
    pub label: &'static str,
    pub help: Option<&'static str>,
}

pub(super) fn syntax(kind: &ErrorKind) -> Words {
    let words = |message: &str, label, help| Words {
        message: message.into(),
        label,
        help: Some(help),
    };
    match kind {
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => words(
            "a quoted text is not closed",
            "the text ends here, or goes on too far left",
            "add the closing quote; inside '…' a quote is written twice, inside \"…\" it is written \\\"",
        ),
        ErrorKind::UnclosedFlowCollection { open } => Words {
            message: format!("`{open}` is not closed"),
            label: "opened here",
            help: Some("add the closing bracket"),
        },
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => Words {
            message: format!("`{open}` is closed by `{close}`"),
            label: "opened here",
            help: Some("close the brackets in the order in which they were opened"),
        },
        ErrorKind::MisplacedFlowCollectionEnd => words(
            "a closing bracket without an opening one",
            "nothing is open here",
            "remove it, or put the text in quotes",
        ),
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::UnexpectedEofFlowMapping => words(
            "expected `,` or `}` in a mapping in braces",
            "the mapping is not closed before this",
            "close it with `}`; strings with `,`, `[`, `{` or `: ` in them need quotes",
        ),
        ErrorKind::ExpectedFlowSequenceSeparator | ErrorKind::UnexpectedEofFlowSequence => words(
            "expected `,` or `]` in a list in brackets",
            "the list is not closed before this",
            "close it with `]`; strings with `,`, `[`, `{` or `: ` in them need quotes",
        ),
        kind if is_tab(kind) => words(
            "a tab where YAML allows only spaces",
            "this tab",
            "indent with spaces",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => words(
            "a key without `:`",
            "no `:` follows on this line",
            "write `key: value`; a colon needs a space after it",
        ),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => words(
            "a `:` where no value can follow",
            "a second value on this line, a wrong indent, or a line above without its `:`",
            "put a string with `: ` in it in quotes; keys of one mapping start in one column",
        ),
        ErrorKind::MappingKeyNotAllowed => words(
            "a key where no key is allowed",
            "this key",
            "keys of one mapping start in one column, each on its own line",
        ),
        ErrorKind::ExpectedBlockMappingKey => words(
            "expected a key of the mapping",
            "this is not a `key: value` of the mapping above",
            "keys of one mapping start in one column; is the indent right?",
        ),
        ErrorKind::ExpectedBlockSequenceEntry => words(
            "expected an item of the list",
            "this is not a `- item` of the list above",
            "items of one list start in one column; is the indent right?",
        ),
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => words(
            "a `- item` where no list can start",
            "this item",
            "start the list on a line of its own, below its key",
        ),
        ErrorKind::InvalidIndentation
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidFlowScalarIndent => words(
            "wrong indentation",
            "this line starts in the wrong column",
            "lines that belong together start in one column, and what belongs to a key is indented more than the key",
        ),
        ErrorKind::UnexpectedCharacter { character } => Words {
            message: format!("a value cannot start with {character:?}"),
            label: "this character has a meaning of its own in YAML",
            help: Some("put the value in quotes"),
        },
        ErrorKind::UnknownQuotedScalarEscape => words(
            "an unknown escape in double quotes",
            "in this text",
            "write a backslash as `\\\\`, or use single quotes, where a backslash is just a backslash",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => words(
            "something follows a quoted text",
            "not part of the text",
            "put all of it in the quotes, or remove the quotes",
        ),
        ErrorKind::CommentInterceptedScalar => words(
            "a comment inside a string of several lines",
            "the text goes on after the comment",
            "move the comment, or put the text in quotes",
        ),
        ErrorKind::UndeclaredTagHandle => words(
            "an unknown tag",
            "not a tag of akrec",
            "a string that starts with `!` needs quotes",
        ),
        ErrorKind::DocumentIndicatorInQuotedScalar => words(
            "a document ends inside a quoted text",
            "this line",
            "add the closing quote before it",
        ),
        other => Words {
            message: format!("not valid YAML: {other}"),
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

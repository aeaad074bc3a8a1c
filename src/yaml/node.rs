//! The untyped form of a YAML document: nodes that know where they were written.
//!
//! A scalar keeps its spelling; whether `yes` is a text or a mistake is for the layer that knows the field. Nothing in
//! this module parses or converts, and a scalar that a tag brought in is never printed, not even by `Debug`.

use std::fmt;

use crate::diag::{Code, Diagnostic, Span};
use crate::value::Content;

/// The tags that a value may have besides YAML's own, without the `!`.
pub const TAGS: [&str; 6] = ["env", "exact", "file", "ref", "set", "var"];

/// One value and the bytes it was written in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// Where it stands: with its tag, without an anchor. A value that came through an alias has the place where it was
    /// written, not the place of the alias.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NodeKind {
    /// Plain `null`, `Null`, `NULL`, `~`, or nothing at all.
    Null,
    /// Any other single value.
    Scalar(Scalar),
    /// The bytes of a file, where a field wants such.
    Bytes(Content),
    /// A list.
    Seq(Vec<Node>),
    /// A mapping in the order of the file; no key twice, merge keys resolved.
    Map(Vec<(Key, Node)>),
    /// A value under one of akrec's own tags; the name is without the `!`.
    Tagged(String, Box<Node>),
}

/// A single value with its spelling.
#[derive(Clone, PartialEq, Eq)]
pub struct Scalar {
    /// As written, after quotes and escapes are undone: `017` stays `017`.
    pub text: String,
    /// Whether it was quoted.
    pub style: Style,
    /// Where it comes from.
    pub origin: Origin,
}

/// How a scalar was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// Without quotes: `true` may be a boolean.
    Plain,
    /// In quotes or as a block (`|`, `>`): always text.
    Quoted,
}

/// Where a scalar's text comes from. Anything but [`Origin::File`] may be a secret and must never be shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The state file itself.
    File,
    /// `!env`, with the variable's name.
    Env(String),
    /// `!var`, with the variable's name.
    Var(String),
    /// `!var` of a variable that `!env` filled in; the name that `!var` has. It is as secret as there.
    EnvVar(String),
    /// `!file`, with the path as written.
    TextFile(String),
}

/// A key of a mapping.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key {
    /// As written, after quotes and escapes are undone.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl Origin {
    /// Whether `!env` brought the text in, by itself or through a variable.
    pub fn is_env(&self) -> bool {
        matches!(self, Origin::Env(_) | Origin::EnvVar(_))
    }
}

impl Scalar {
    /// The text if it may be shown in a message, that is if it stands in the state file itself.
    pub fn shown(&self) -> Option<&str> {
        (self.origin == Origin::File).then_some(self.text.as_str())
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shown() {
            Some(text) => write!(f, "{:?}({text:?})", self.style),
            None => write!(f, "{:?}({:?}, sensitive value)", self.style, self.origin),
        }
    }
}

impl Node {
    /// The value under `key`, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|(k, _)| k.text == key)
            .map(|(_, node)| node)
    }

    /// The entries of a mapping; none for anything else.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::Seq(items) => items,
            _ => &[],
        }
    }

    /// The scalar, if it is one.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            NodeKind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// What is wrong if it is to be a name and `!env` brought it in: names are shown, and a variable may be a secret.
    pub fn no_name(&self) -> Option<Diagnostic> {
        if !self.holds_env() {
            return None;
        }
        let diagnostic = Diagnostic::error(Code::SECRET_NAME, "a name cannot come from `!env`")
            .at(self.span, "names are shown");
        Some(match self.scalar().map(|scalar| &scalar.origin) {
            Some(Origin::EnvVar(name)) => diagnostic
                .note(format!("the variable `{name}` is filled in by `!env`"))
                .help("write the name itself, or a variable that does not come from `!env`"),
            _ => diagnostic.help("write the name itself, or `!var`"),
        })
    }

    /// Whether `!env` brought in any part of it.
    pub fn holds_env(&self) -> bool {
        match &self.kind {
            NodeKind::Null | NodeKind::Bytes(_) => false,
            NodeKind::Scalar(scalar) => scalar.origin.is_env(),
            NodeKind::Seq(items) => items.iter().any(Node::holds_env),
            NodeKind::Map(entries) => entries.iter().any(|(_, node)| node.holds_env()),
            NodeKind::Tagged(_, inner) => inner.holds_env(),
        }
    }

    /// How many values it holds, and how many bytes of text.
    pub(crate) fn weight(&self) -> (usize, usize) {
        let add = |all: (usize, usize), one: (usize, usize)| (all.0 + one.0, all.1 + one.1);
        let below = match &self.kind {
            NodeKind::Null | NodeKind::Bytes(_) => (0, 0),
            NodeKind::Scalar(scalar) => (0, scalar.text.len()),
            NodeKind::Tagged(_, inner) => inner.weight(),
            NodeKind::Seq(items) => items.iter().map(Node::weight).fold((0, 0), add),
            NodeKind::Map(entries) => entries
                .iter()
                .map(|(key, node)| add((0, key.text.len()), node.weight()))
                .fold((0, 0), add),
        };
        add((1, 0), below)
    }

    /// In words, for messages: `a list`, `a mapping`, `nothing`, `a text`.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            NodeKind::Null => "nothing (null)",
            NodeKind::Scalar(Scalar {
                style: Style::Plain,
                ..
            }) => "a plain value",
            NodeKind::Scalar(_) => "a string",
            NodeKind::Bytes(_) => "a file",
            NodeKind::Seq(_) => "a list",
            NodeKind::Map(_) => "a mapping",
            NodeKind::Tagged(..) => "a tagged value",
        }
    }
}

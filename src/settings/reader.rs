//! Reads typed values out of the nodes of a settings file, and collects what is wrong with its place.
//!
//! It must never quote a value, and of keys only those that are plain words.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, FileId, Sources, Span, nearest};
use crate::state::tags;
use crate::yaml;
use crate::yaml::{Key, Node, NodeKind, Scalar, Style};

/// A value with the place where it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed<T> {
    pub value: T,
    pub span: Span,
}

/// What went wrong so far.
#[derive(Default)]
pub(super) struct Reader {
    pub problems: Vec<Diagnostic>,
}

impl Reader {
    /// The mapping that a file holds, its `!env` filled in. `None` for an empty file and for one that is no YAML.
    ///
    /// `instead` says of a key what is to be used instead of `!env` where its value is shown; `None` where `!env` may
    /// stand.
    pub fn document(
        &mut self,
        file: FileId,
        env: &dyn Fn(&str) -> Option<String>,
        instead: &dyn Fn(&str) -> Option<String>,
        sources: &Sources,
    ) -> Option<Node> {
        let text = sources
            .get(file)
            .map(|source| source.text.clone())
            .unwrap_or_default();
        let (documents, problems) =
            yaml::parse_within(file, &text, &mut yaml::Nodes::of_settings());
        self.problems.extend(problems);
        let mut documents = documents
            .into_iter()
            .filter(|document| document.kind != NodeKind::Null);
        let mut first = documents.next()?;
        if let Some(second) = documents.next() {
            self.problems.push(
                Diagnostic::error(Code::BAD_SETTING, "a settings file must be one document")
                    .at(second.span, "a second one begins here")
                    .help("remove the `---` before it, or the document"),
            );
        }
        match &mut first.kind {
            NodeKind::Map(entries) => {
                entries
                    .iter_mut()
                    .for_each(|(key, node)| self.foreign_tags(node, instead(&key.text).as_deref()));
            }
            _ => self.foreign_tags(&mut first, None),
        }
        self.problems
            .extend(tags::fill_in(&mut first, env, sources));
        Some(first)
    }

    /// Tags other than `!env` mean nothing here: variables are only being collected, and files are for the state. `!env`
    /// is for what is never shown.
    fn foreign_tags(&mut self, node: &mut Node, instead: Option<&str>) {
        match &mut node.kind {
            NodeKind::Tagged(tag, inner) if tag == "env" && instead.is_none() => {
                self.foreign_tags(inner, None)
            }
            NodeKind::Tagged(tag, _) => {
                let problem = match instead.filter(|_| tag == "env") {
                    Some(instead) => {
                        Diagnostic::error(Code::BAD_SETTING, "`!env` is not allowed here")
                            .at(
                                node.span,
                                "this setting is shown, and a variable may hold a secret",
                            )
                            .help(instead)
                    }
                    None => Diagnostic::error(
                        Code::BAD_SETTING,
                        format!("`!{tag}` is not allowed in a settings file"),
                    )
                    .at(node.span, "this tag")
                    .help("write the value itself"),
                };
                self.problems.push(problem);
                // What was complained about stays a tag, which everything below passes over.
                let nothing = Node {
                    span: node.span,
                    kind: NodeKind::Null,
                };
                node.kind = NodeKind::Tagged("exact".to_owned(), Box::new(nothing));
            }
            NodeKind::Seq(items) => items
                .iter_mut()
                .for_each(|item| self.foreign_tags(item, instead)),
            NodeKind::Map(entries) => entries
                .iter_mut()
                .for_each(|(_, value)| self.foreign_tags(value, instead)),
            NodeKind::Null | NodeKind::Scalar(_) | NodeKind::Bytes(_) => {}
        }
    }

    /// The entries of a document that has to be a mapping.
    pub fn entries<'n>(
        &mut self,
        document: &'n Node,
        what: &str,
        example: &str,
    ) -> &'n [(Key, Node)] {
        if !matches!(document.kind, NodeKind::Map(_)) {
            self.problems.push(
                Diagnostic::error(Code::BAD_SETTING, format!("{what} is a mapping"))
                    .at(document.span, format!("this is {}", document.describe()))
                    .help(format!("write `{example}`")),
            );
        }
        document.entries()
    }

    /// One value under a name. Nothing (null) counts as not given; so does a tag that was complained about.
    pub fn one<T>(
        &mut self,
        name: &str,
        node: &Node,
        expected: &str,
        parse: impl Fn(&Scalar) -> Result<T, String>,
    ) -> Option<Placed<T>> {
        match &node.kind {
            NodeKind::Null | NodeKind::Tagged(..) => None,
            NodeKind::Scalar(scalar) => match parse(scalar) {
                Ok(value) => Some(Placed {
                    value,
                    span: node.span,
                }),
                Err(reason) => {
                    // A reason may say something of the value; of one that a tag brought in nothing is said.
                    let reason = if scalar.shown().is_some() {
                        reason
                    } else {
                        "its value is not".to_owned()
                    };
                    self.wrong(name, node, expected, &reason);
                    None
                }
            },
            _ => {
                self.wrong(
                    name,
                    node,
                    expected,
                    &format!("this is {}", node.describe()),
                );
                None
            }
        }
    }

    /// The entries of a mapping, each read as one value, by key. Here nothing (null) is an error.
    pub fn each<T>(
        &mut self,
        name: &str,
        node: &Node,
        expected: &str,
        mut read: impl FnMut(&mut Reader, &Key, &Node) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let mut all = BTreeMap::new();
        match &node.kind {
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    if value.kind == NodeKind::Null {
                        self.wrong(&key.text, value, expected, "this is nothing (null)");
                    } else if let Some(value) = read(self, key, value) {
                        all.insert(key.text.clone(), value);
                    }
                }
            }
            NodeKind::Null | NodeKind::Tagged(..) => {}
            _ => self.wrong(
                name,
                node,
                "a mapping",
                &format!("this is {}", node.describe()),
            ),
        }
        all
    }

    /// A list of names.
    pub fn list(&mut self, name: &str, node: &Node) -> Option<Vec<String>> {
        match &node.kind {
            NodeKind::Seq(items) => {
                let read = |item: &Node| {
                    self.one(name, item, "a list of names", text)
                        .map(|placed| placed.value)
                };
                Some(items.iter().filter_map(read).collect())
            }
            NodeKind::Null | NodeKind::Tagged(..) => None,
            _ => {
                self.wrong(
                    name,
                    node,
                    "a list of names",
                    &format!("this is {}", node.describe()),
                );
                None
            }
        }
    }

    /// A key that means nothing here.
    pub fn unknown(&mut self, key: &Key, whose: &str, known: &[&str]) {
        let problem = match plain(&key.text) {
            Some(key) => Diagnostic::error(
                Code::BAD_SETTING,
                format!("unknown setting `{key}` in {whose}"),
            ),
            None => Diagnostic::error(
                Code::BAD_SETTING,
                format!("{whose} has something that is not a setting"),
            ),
        };
        self.problems
            .push(match nearest(&key.text, known.iter().copied()) {
                Some(near) => problem
                    .at(key.span, "unknown")
                    .help(format!("did you mean `{near}`?")),
                None => problem
                    .at(key.span, "unknown")
                    .help(format!("the settings are: {}", known.join(", "))),
            });
    }

    /// A value that cannot be used.
    pub fn wrong(&mut self, name: &str, node: &Node, expected: &str, reason: &str) {
        let message = match plain(name) {
            Some(name) => format!("`{name}` must be {expected}"),
            None => format!("a setting here must be {expected}"),
        };
        self.problems
            .push(Diagnostic::error(Code::BAD_SETTING, message).at(node.span, reason));
    }
}

/// The longest word that is quoted.
const LONGEST: usize = 40;

/// A key, if it is a plain word: it may be quoted in a message, as what stands in a file that is no settings file may not.
pub(super) fn plain(key: &str) -> Option<&str> {
    let fits = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '-');
    (!key.is_empty() && key.len() <= LONGEST && key.chars().all(fits)).then_some(key)
}

/// Any text with something in it.
pub(super) fn text(scalar: &Scalar) -> Result<String, String> {
    let text = scalar.text.trim();
    if text.is_empty() {
        Err("this is empty".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// `true` or `false`, nothing else.
pub(super) fn boolean(scalar: &Scalar) -> Result<bool, String> {
    match (scalar.style, scalar.text.as_str()) {
        (Style::Plain, "true") => Ok(true),
        (Style::Plain, "false") => Ok(false),
        (Style::Quoted, "true" | "false") => {
            Err("this is a string, because it is quoted".to_owned())
        }
        _ => Err("only `true` and `false` are booleans".to_owned()),
    }
}

/// A whole number within bounds.
pub(super) fn number(scalar: &Scalar, from: u64, upto: u64) -> Result<u64, String> {
    match scalar.text.parse() {
        Ok(_) if scalar.style == Style::Quoted => {
            Err("this is a string, because it is quoted".to_owned())
        }
        Ok(number) if (from..=upto).contains(&number) => Ok(number),
        Ok(_) => Err("this is out of range".to_owned()),
        Err(_) => Err("this is not a whole number".to_owned()),
    }
}

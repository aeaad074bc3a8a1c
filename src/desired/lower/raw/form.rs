//! What a field of a raw collection holds, known by how it is written: data, or with tags references and sets.
//!
//! All objects of a collection must write a field in one way, since the server has one type for it.

use std::collections::BTreeMap;

use super::super::Lowering;
use crate::desired::hide;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::schema::{Class, Form, Holds, trim};
use crate::yaml::{Node, NodeKind, Origin, Style};

impl Lowering<'_> {
    /// What a field of a collection holds, judged by all its values in the files.
    pub(super) fn holds(
        &mut self,
        (path, name): (&str, &str),
        nodes: &[&Node],
        write_only: bool,
        families: &BTreeMap<&str, &'static str>,
    ) -> Holds {
        let mut first: Option<(Holds, &Node)> = None;
        for node in nodes {
            let Some(found) = self.one_holds(node, families) else {
                continue;
            };
            match first {
                None => first = Some((found, node)),
                Some((holds, _)) if holds == found => {}
                Some((_, before)) => self.diagnostics.push(
                    Diagnostic::error(Code::BAD_SHAPE, format!("{name} is written in two ways"))
                        .at(node.span, "in another way than")
                        .and(before.span, "here")
                        .help("write it with the same tag in all objects of the collection"),
                ),
            }
        }
        match first.map_or(Holds::Data, |(holds, _)| holds) {
            Holds::Data => hidden(path, name, nodes, write_only),
            _ if write_only => {
                let span = nodes.first().map(|node| node.span);
                let problem = Diagnostic::error(
                    Code::BAD_SHAPE,
                    format!("{name} is write-only and has a tag"),
                );
                self.diagnostics.extend(span.map(|span| {
                    problem.at(
                        span,
                        "a value that is never read back cannot be a set or a reference",
                    )
                }));
                Holds::Data
            }
            other => other,
        }
    }

    /// The type that one value implies; `None` if it fits all.
    fn one_holds(&mut self, node: &Node, families: &BTreeMap<&str, &'static str>) -> Option<Holds> {
        let items = |node: &Node| matches!(node.kind, NodeKind::Seq(_));
        match &node.kind {
            NodeKind::Null => None,
            NodeKind::Seq(all) if all.is_empty() => None,
            NodeKind::Tagged(tag, inner) if tag == "ref" => {
                self.family(node, inner, families).map(Holds::Ref)
            }
            NodeKind::Seq(_) => match self.items_family(node, families)? {
                Some(family) => Some(Holds::Refs(family)),
                None => Some(Holds::Data),
            },
            NodeKind::Tagged(tag, inner) if tag == "set" && items(inner) => {
                match self.items_family(inner, families)? {
                    Some(family) => Some(Holds::SetOfRefs(family)),
                    None if inner.items().is_empty() => None,
                    None => Some(Holds::Set),
                }
            }
            NodeKind::Tagged(tag, inner) if tag == "set" => {
                let label = format!("this is {}", inner.describe());
                self.error(Code::BAD_TAG, "!set must precede a list", node.span, label);
                None
            }
            _ => Some(Holds::Data),
        }
    }

    /// The family to which all items of a list refer, if they do; `None` after saying what is wrong.
    fn items_family(
        &mut self,
        list: &Node,
        families: &BTreeMap<&str, &'static str>,
    ) -> Option<Option<&'static str>> {
        let mut family = None;
        let mut plain = false;
        for node in list.items() {
            match &node.kind {
                NodeKind::Tagged(tag, inner) if tag == "ref" => {
                    let found = self.family(node, inner, families)?;
                    if family.is_some_and(|family| family != found) {
                        self.error(
                            Code::BAD_TAG,
                            "a list must refer to objects of one family",
                            node.span,
                            "a different one",
                        );
                        return None;
                    }
                    family = Some(found);
                }
                _ => plain = true,
            }
        }
        if plain && family.is_some() {
            self.error(
                Code::BAD_TAG,
                "either all items of a list must be references, or none",
                list.span,
                "mixed",
            );
            return None;
        }
        Some(family)
    }

    /// The family of `!ref {family: name}`.
    fn family(
        &mut self,
        node: &Node,
        inner: &Node,
        raw: &BTreeMap<&str, &'static str>,
    ) -> Option<&'static str> {
        let how = "write `!ref {flow: default-authentication-flow}`: what it is, and its name";
        let [(key, name)] = inner.entries() else {
            let label = format!("this is {}", inner.describe());
            let problem =
                Diagnostic::error(Code::BAD_TAG, "!ref must name one object").at(node.span, label);
            self.diagnostics.push(problem.help(how));
            return None;
        };
        // `!ref {flow: null}` refers to nothing, and says to what it would.
        let nothing = name.kind == NodeKind::Null;
        if !nothing
            && name
                .scalar()
                .is_none_or(|scalar| trim(&scalar.text).is_empty())
        {
            // A tag that could not be filled in has already been reported.
            if !matches!(name.kind, NodeKind::Tagged(..)) {
                let problem = Diagnostic::error(Code::BAD_TAG, "!ref needs a name")
                    .at(name.span, "not a name");
                self.diagnostics.push(problem.help(how));
            }
            return None;
        }
        let word = key.text.as_str();
        if let Some(family) = raw.get(word) {
            return Some(family);
        }
        let named = || {
            let own = kinds::KINDS.iter().filter(|kind| kind.is_named());
            own.map(|kind| kind.family)
                .chain(kinds::OUTSIDE.iter().map(|kind| kind.family))
        };
        if let Some(family) = named().find(|family| *family == word) {
            return Some(family);
        }
        let section = kinds::section(word).find(|kind| kind.is_named());
        let problem = Diagnostic::error(Code::BAD_TAG, format!("unknown key {word:?} in !ref"))
            .at(key.span, "unknown");
        self.diagnostics.push(match section {
            Some(kind) => problem.help(format!("write `!ref {{{}: …}}`", kind.family)),
            None if word.starts_with('/') => problem
                .help("a raw collection that is referred to must be declared under `raw` too"),
            None => problem.help(how).did_you_mean(word, named()),
        });
        None
    }
}

/// Fields that hold the credential itself in a collection of credentials, such as `/secrets/secrets/` of 2026.11.
const OF_CREDENTIALS: [&str; 4] = ["value", "data", "content", "text"];

/// Whether a field of data must not be shown, by its name, by its collection and by where its values come from.
fn hidden(path: &str, name: &str, nodes: &[&Node], write_only: bool) -> Holds {
    let class = if write_only {
        Class::WriteOnly
    } else {
        Class::Secret
    };
    let secret = hide::is_secret(name) || (hide::is_secret(path) && OF_CREDENTIALS.contains(&name));
    if !write_only && !secret && !nodes.iter().any(|node| node.holds_env()) {
        return Holds::Data;
    }
    let all = |fits: &dyn Fn(&Node) -> bool| {
        nodes
            .iter()
            .all(|node| node.kind == NodeKind::Null || fits(node))
    };
    if all(&|node| matches!(node.kind, NodeKind::Map(_)))
        && nodes.iter().any(|node| node.kind != NodeKind::Null)
    {
        return Holds::Secret(class, Form::Mapping);
    }
    // A number or a boolean of that name is not a secret (`password_length: 12`).
    let text = |node: &Node| {
        node.scalar().is_some_and(|scalar| {
            write_only || scalar.style == Style::Quoted || !typed(&scalar.text, &scalar.origin)
        })
    };
    if all(&text) {
        Holds::Secret(class, Form::Text)
    } else {
        Holds::Data
    }
}

/// Whether YAML's plain spelling makes it something else than text.
fn typed(text: &str, origin: &Origin) -> bool {
    let from_file = matches!(origin, Origin::File | Origin::Var(_));
    from_file && (matches!(text, "true" | "false") || text.parse::<f64>().is_ok())
}

/// Takes the tags of references and sets off, now that they are known, and trims texts as the server does.
pub(super) fn tidy(node: &mut Node, data: bool) {
    match &mut node.kind {
        NodeKind::Tagged(tag, inner) if tag == "set" && matches!(inner.kind, NodeKind::Seq(_)) => {
            node.kind = std::mem::replace(&mut inner.kind, NodeKind::Null);
            tidy(node, data);
        }
        NodeKind::Tagged(tag, inner) if tag == "ref" && !data => {
            if let NodeKind::Map(entries) = &mut inner.kind
                && let Some((_, name)) = entries.pop()
            {
                node.kind = name.kind;
            }
        }
        NodeKind::Seq(items) => items.iter_mut().for_each(|item| tidy(item, data)),
        NodeKind::Map(entries) if data => {
            entries.iter_mut().for_each(|(_, inner)| tidy(inner, data))
        }
        NodeKind::Scalar(scalar) => {
            // The content of an environment variable or a file is text, whatever it looks like.
            if scalar.origin.is_env() || matches!(scalar.origin, Origin::TextFile(_)) {
                scalar.style = Style::Quoted;
            }
            let trimmed = trim(&scalar.text);
            if trimmed.len() != scalar.text.len() {
                scalar.text = trimmed.to_owned();
            }
        }
        _ => {}
    }
}

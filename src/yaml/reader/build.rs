//! Puts the parser's events together into nodes, within limits.
//!
//! It keeps its own stack, so that no input can exhaust the thread's; it must never let an alias expand beyond the
//! budget, nor keep one of two equal keys without a diagnostic.

use std::collections::HashMap;
use std::ops::Range;

use crate::budget;
use crate::diag::{Code, Diagnostic, FileId, Span, nearest};
use crate::yaml::limits::{MAX_DEPTH, Nodes, too_deep};
use crate::yaml::node::{Key, Node, NodeKind, Origin, Scalar, Style, TAGS};
use granit_parser::{Event, ScalarStyle, Tag};

/// What a value takes of the budgets.
#[derive(Clone, Copy)]
struct Weight {
    values: usize,
    copies: usize,
}

/// A value that is written down.
const ONE: Weight = Weight {
    values: 1,
    copies: 0,
};

impl Weight {
    fn add(&mut self, other: Weight) {
        self.values += other.values;
        self.copies += other.copies;
    }
}

/// The file cannot be used at all; the diagnostic is already there.
pub(super) struct Hopeless;

/// The state between two events.
pub(super) struct Builder<'t> {
    pub documents: Vec<Node>,
    pub problems: Vec<Diagnostic>,
    file: FileId,
    text: &'t str,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    left: &'t mut Nodes,
}

/// A list or mapping that is still open.
struct Frame {
    start: usize,
    /// Where its last part ends: a block collection's end is only noticed at the next token.
    end: usize,
    anchor: usize,
    tag: Wrap,
    body: Body,
}

enum Body {
    Seq(Vec<Node>),
    Map {
        entries: Vec<(Key, Node)>,
        seen: HashMap<String, Span>,
        merged: Vec<Node>,
        pending: Pending,
    },
}

/// What stands between a key and its value.
enum Pending {
    /// A key comes next.
    Nothing,
    /// The value of this key comes next.
    Value(Key),
    /// The value of `<<` comes next.
    Merge,
    /// The value of a refused key comes next and is dropped.
    Dropped,
}

/// What a tag means for its value.
enum Wrap {
    None,
    /// `!!str` and `!`: text, whatever it looks like.
    Text,
    /// `!!null`.
    Null,
    /// One of akrec's.
    Own(String),
}

impl<'t> Builder<'t> {
    pub fn new(file: FileId, text: &'t str, left: &'t mut Nodes) -> Self {
        let (documents, problems, stack) = (Vec::new(), Vec::new(), Vec::new());
        Builder {
            documents,
            problems,
            file,
            text,
            stack,
            anchors: HashMap::new(),
            left,
        }
    }

    /// Takes one event in.
    pub fn event(
        &mut self,
        event: Event,
        range: Option<Range<usize>>,
        tag: Option<usize>,
    ) -> Result<(), Hopeless> {
        let range = range.unwrap_or(0..0);
        let start = tag.unwrap_or(range.start).min(range.start);
        match event {
            Event::DocumentStart(..) => self.abandon(),
            Event::Scalar(text, style, anchor, wrap) => {
                let wrap = self.wrap(wrap.as_deref(), start)?;
                self.scalar(&text, style, anchor, wrap, start..range.end)?;
            }
            Event::SequenceStart(_, anchor, wrap) => {
                self.open(start, anchor, wrap.as_deref(), Body::Seq(Vec::new()))?
            }
            Event::MappingStart(_, anchor, wrap) => {
                let (entries, seen, merged, pending) =
                    (Vec::new(), HashMap::new(), Vec::new(), Pending::Nothing);
                self.open(
                    start,
                    anchor,
                    wrap.as_deref(),
                    Body::Map {
                        entries,
                        seen,
                        merged,
                        pending,
                    },
                )?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range)?,
            Event::Alias(id) => self.alias(id, range)?,
            Event::UnresolvedAlias(_) => {
                let at = self.span(range);
                self.reach(at.end as usize);
                self.problems.push(
                    Diagnostic::error(
                        Code::YAML_SYNTAX,
                        "there is no anchor of this name before this alias",
                    )
                    .at(
                        at,
                        "an alias repeats what `&` named earlier in the same document",
                    )
                    .help("a string that starts with `*` needs quotes"),
                );
                self.value(Node {
                    span: at,
                    kind: NodeKind::Null,
                })?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Forgets a document that broke off.
    pub fn abandon(&mut self) {
        self.stack.clear();
        self.anchors.clear();
    }

    /// The character at a byte offset; the end of the last line that says something, if the text ends there.
    pub fn char_at(&self, offset: Option<usize>) -> Span {
        let end = self.text.trim_end().len();
        let mut start = offset.unwrap_or(end).min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let length = self.text[start..]
            .chars()
            .next()
            .filter(|c| !matches!(c, '\n' | '\r'))
            .map_or(0, char::len_utf8);
        if start >= end {
            self.span(end..end)
        } else {
            self.span(start..start + length)
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        let start = range.start.min(self.text.len());
        Span {
            file: self.file,
            start: start as u32,
            end: range.end.min(self.text.len()).max(start) as u32,
        }
    }

    /// Like `span`, without the blank that block scalars and empty values carry at their end.
    fn trimmed(&self, range: Range<usize>) -> Span {
        let text = self.text.get(range.clone()).unwrap_or("").trim_end();
        self.span(range.start..range.start + text.len())
    }

    fn count(&mut self, weight: Weight, at: Span) -> Result<(), Hopeless> {
        if self.left.take(weight.values, weight.copies) {
            return Ok(());
        }
        self.problems.push(
            Diagnostic::error(Code::TOO_LARGE, "the files expand to more than akrec reads")
                .at(at, "the limit is reached here")
                .note(format!(
                    "the limit is {} in all files of a state ({} in a settings file), and {} of text through aliases",
                    budget::VALUES,
                    budget::SETTINGS_VALUES.most,
                    budget::COPIES
                ))
                .help("use fewer aliases (`*name`), or split the state into several workspaces"),
        );
        Err(Hopeless)
    }

    fn wrap(&mut self, tag: Option<&Tag>, start: usize) -> Result<Wrap, Hopeless> {
        let Some(tag) = tag else {
            return Ok(Wrap::None);
        };
        match (tag.parts(), tag.core_suffix()) {
            (_, Some("str")) | (("", "!") | ("!", ""), _) => return Ok(Wrap::Text),
            (_, Some("null")) => return Ok(Wrap::Null),
            (_, Some(_)) => return Ok(Wrap::None),
            (("!", name), _) if TAGS.contains(&name) => return Ok(Wrap::Own(name.to_owned())),
            _ => {}
        }
        let written: String = self.text[start..]
            .chars()
            .take_while(|c| !c.is_whitespace() && *c != ',')
            .collect();
        // What is taken for a tag may be a secret without its quotes, so it is not repeated here.
        let problem = Diagnostic::error(Code::BAD_TAG, "unknown tag")
            .at(self.span(start..start + written.len()), "not a tag of akrec")
            .note("akrec supports `!env`, `!exact`, `!file`, `!ref` and `!var`, and under `raw` also `!set`");
        self.problems
            .push(match nearest(written.trim_start_matches('!'), TAGS) {
                Some(name) => problem.help(format!("did you mean `!{name}`?")),
                None => problem.help("a string that starts with `!` needs quotes"),
            });
        Ok(Wrap::None)
    }

    fn open(
        &mut self,
        start: usize,
        anchor: usize,
        tag: Option<&Tag>,
        body: Body,
    ) -> Result<(), Hopeless> {
        let tag = self.wrap(tag, start)?;
        let at = self.char_at(Some(start));
        if self.stack.len() >= MAX_DEPTH {
            self.problems.push(too_deep(at));
            return Err(Hopeless);
        }
        self.count(ONE, at)?;
        self.stack.push(Frame {
            start,
            end: start,
            anchor,
            tag,
            body,
        });
        Ok(())
    }

    fn close(&mut self, end: Range<usize>) -> Result<(), Hopeless> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let kind = match frame.body {
            Body::Seq(items) => NodeKind::Seq(items),
            Body::Map {
                mut entries,
                mut seen,
                merged,
                ..
            } => {
                for (key, node) in merged.into_iter().flat_map(into_entries) {
                    if seen.insert(key.text.clone(), key.span).is_none() {
                        entries.push((key, node));
                    }
                }
                NodeKind::Map(entries)
            }
        };
        let stop = if end.is_empty() { frame.end } else { end.end };
        self.reach(stop);
        let node = Node {
            span: self.trimmed(frame.start..stop),
            kind,
        };
        self.finish(node, frame.anchor, frame.tag)
    }

    /// Notes that what is open now goes at least this far.
    fn reach(&mut self, end: usize) {
        if let Some(frame) = self.stack.last_mut() {
            frame.end = frame.end.max(end);
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        wrap: Wrap,
        range: Range<usize>,
    ) -> Result<(), Hopeless> {
        let span = self.trimmed(range);
        self.count(ONE, span)?;
        self.reach(span.end as usize);
        let plain = style == ScalarStyle::Plain && !matches!(wrap, Wrap::Text);
        let merge = plain && text == "<<";
        if let Some(Frame {
            body:
                Body::Map {
                    pending: pending @ Pending::Nothing,
                    ..
                },
            ..
        }) = self.stack.last_mut()
        {
            if merge {
                *pending = Pending::Merge;
                return Ok(());
            }
            // An empty text in quotes is a name that the next layer judges.
            if plain && span.start == span.end {
                self.problems.push(
                    Diagnostic::error(Code::BAD_SHAPE, "a key is missing")
                        .at(
                            self.char_at(Some(span.start as usize)),
                            "there is nothing before this `:`",
                        )
                        .help("write a key before it"),
                );
                self.set_pending(Pending::Dropped);
                return Ok(());
            }
            if let Wrap::Own(name) = &wrap {
                let problem = Diagnostic::error(
                    Code::BAD_TAG,
                    format!("`!{name}` is not allowed before a key"),
                )
                .at(span, "only values can have this tag");
                self.problems.push(problem);
            }
            if anchor > 0 {
                let scalar = Scalar {
                    text: text.to_owned(),
                    style: Style::Quoted,
                    origin: Origin::File,
                };
                self.anchors.insert(
                    anchor,
                    Node {
                        span,
                        kind: NodeKind::Scalar(scalar),
                    },
                );
            }
            return self.key(Key {
                text: text.to_owned(),
                span,
            });
        }
        let kind = if matches!(wrap, Wrap::Null)
            || (plain && matches!(text, "" | "~" | "null" | "Null" | "NULL"))
        {
            NodeKind::Null
        } else {
            let style = if plain { Style::Plain } else { Style::Quoted };
            NodeKind::Scalar(Scalar {
                text: text.to_owned(),
                style,
                origin: Origin::File,
            })
        };
        self.finish(Node { span, kind }, anchor, wrap)
    }

    /// A node is whole: its tag goes around it, its anchor remembers it, and its parent gets it.
    fn finish(&mut self, node: Node, anchor: usize, tag: Wrap) -> Result<(), Hopeless> {
        let node = match tag {
            Wrap::Own(name) => Node {
                span: node.span,
                kind: NodeKind::Tagged(name, Box::new(node)),
            },
            _ => node,
        };
        if anchor > 0 {
            let weight = self.weigh(&node, self.stack.len())?;
            self.count(weight, node.span)?;
            self.anchors.insert(anchor, node.clone());
        }
        self.value(node)
    }

    fn alias(&mut self, id: usize, range: Range<usize>) -> Result<(), Hopeless> {
        let at = self.span(range);
        self.reach(at.end as usize);
        let Some(node) = self.anchors.remove(&id) else {
            self.problems.push(
                Diagnostic::error(Code::YAML_SYNTAX, "an alias inside the value that it names")
                    .at(at, "this would never end"),
            );
            return self.value(Node {
                span: at,
                kind: NodeKind::Null,
            });
        };
        let weight = self.weigh(&node, self.stack.len())?;
        self.count(weight, at)?;
        self.anchors.insert(id, node.clone());
        self.value(node)
    }

    /// How much a copy takes; its depth is checked.
    fn weigh(&mut self, node: &Node, depth: usize) -> Result<Weight, Hopeless> {
        if depth > MAX_DEPTH {
            self.problems.push(too_deep(node.span));
            return Err(Hopeless);
        }
        let mut weight = ONE;
        match &node.kind {
            NodeKind::Null | NodeKind::Bytes(_) => {}
            NodeKind::Scalar(scalar) => weight.copies += scalar.text.len(),
            NodeKind::Tagged(_, inner) => weight.add(self.weigh(inner, depth + 1)?),
            NodeKind::Seq(items) => {
                for item in items {
                    weight.add(self.weigh(item, depth + 1)?);
                }
            }
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    weight.copies += key.text.len();
                    weight.add(self.weigh(value, depth + 1)?);
                }
            }
        }
        Ok(weight)
    }

    /// Gives a whole node to what is open around it.
    fn value(&mut self, node: Node) -> Result<(), Hopeless> {
        let Some(frame) = self.stack.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        match &mut frame.body {
            Body::Seq(items) => items.push(node),
            Body::Map {
                entries,
                merged,
                pending,
                ..
            } => match std::mem::replace(pending, Pending::Nothing) {
                Pending::Value(key) => entries.push((key, node)),
                Pending::Dropped => {}
                Pending::Merge => {
                    let refused = merge(node, merged);
                    self.problems.extend(refused);
                }
                Pending::Nothing => return self.node_as_key(node),
            },
        }
        Ok(())
    }

    /// A node that is no scalar of its own, or came by alias, where a key is expected.
    fn node_as_key(&mut self, node: Node) -> Result<(), Hopeless> {
        if let NodeKind::Scalar(scalar) = node.kind {
            return self.key(Key {
                text: scalar.text,
                span: node.span,
            });
        }
        self.problems.push(
            Diagnostic::error(
                Code::BAD_SHAPE,
                format!("{} cannot be a key", node.describe()),
            )
            .at(node.span, "a key must be a single word or a string")
            .help("a string that starts with `[` or `{` needs quotes"),
        );
        self.set_pending(Pending::Dropped);
        Ok(())
    }

    fn key(&mut self, key: Key) -> Result<(), Hopeless> {
        let Some(Frame {
            body: Body::Map { seen, pending, .. },
            ..
        }) = self.stack.last_mut()
        else {
            return Ok(());
        };
        if let Some(first) = seen.get(&key.text) {
            let problem =
                Diagnostic::error(Code::DUPLICATE_KEY, "the same key twice in one mapping")
                    .at(key.span, "here again")
                    .and(*first, "first here")
                    .help("merge the two, or remove one");
            *pending = Pending::Dropped;
            self.problems.push(problem);
            return Ok(());
        }
        seen.insert(key.text.clone(), key.span);
        *pending = Pending::Value(key);
        Ok(())
    }

    fn set_pending(&mut self, to: Pending) {
        if let Some(Frame {
            body: Body::Map { pending, .. },
            ..
        }) = self.stack.last_mut()
        {
            *pending = to;
        }
    }
}

/// Takes the value of `<<`: a mapping, or a list of mappings of which the earlier wins.
fn merge(node: Node, merged: &mut Vec<Node>) -> Vec<Diagnostic> {
    let (maps, others): (Vec<Node>, Vec<Node>) = match node.kind {
        NodeKind::Seq(items) => items,
        _ => vec![node],
    }
    .into_iter()
    .partition(|node| matches!(node.kind, NodeKind::Map(_)));
    merged.extend(maps);
    let refuse = |node: Node| {
        Diagnostic::error(Code::BAD_SHAPE, "`<<` can merge only mappings")
            .at(node.span, format!("this is {}", node.describe()))
            .help(
                "write `<<: *name` or `<<: [*one, *two]`, where the names are anchors of mappings",
            )
    };
    others.into_iter().map(refuse).collect()
}

fn into_entries(node: Node) -> Vec<(Key, Node)> {
    match node.kind {
        NodeKind::Map(entries) => entries,
        _ => Vec::new(),
    }
}

//! Puts what changed on the server into the state files, so that it becomes a change that can be reviewed.
//!
//! Pure: the files' new texts come out, and a word on everything that is left to people: what came from a variable, from
//! `defaults` or an overlay, what nobody may see, and what the files changed as well.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::{Drift, Field, Object, Side, State};
use crate::diag::{FileId, Sources, Span};
use crate::export::{self, Refs};
use crate::live::{Found, Live};
use crate::plan::Delta;
use crate::schema::{Children, Class, Items, Shape};
use crate::value::{Address, OrderedJson, Part, Value};
use crate::yaml::editor::Edit;
use crate::yaml::{Item, Key, Node, NodeKind, Yaml, editor};
use crate::{kinds, yaml};

/// What becomes of the files.
#[derive(Clone, Debug, Default)]
pub struct Adopted {
    /// State files with their new texts.
    pub files: Vec<(FileId, String)>,
    /// Files that `!file` names, with their new texts.
    pub texts: Vec<(PathBuf, String)>,
    /// What was put into them.
    pub done: Vec<Piece>,
    /// What was not, and why.
    pub left: Vec<(Piece, String)>,
}

/// A part of an object: a field, or all of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// The object.
    pub address: Address,
    /// The field.
    pub field: Option<&'static str>,
    /// Where it is declared.
    pub source: Option<Span>,
}

/// What has to be written for one part.
enum Change {
    Edits(FileId, Vec<Edit>),
    Text(PathBuf, String),
}

/// Puts every change of the server that can be put there into the files. `overlay` is the folder of the environment.
pub fn adopt(drift: &Drift, live: &Live, sources: &Sources, overlay: Option<&Path>) -> Adopted {
    let mut work = Work {
        live,
        sources,
        overlay,
        refs: Refs::new(live),
        documents: sources
            .iter()
            .map(|(id, source)| (id, yaml::parse(id, &source.text).0))
            .collect(),
        edits: BTreeMap::new(),
        adopted: Adopted::default(),
    };
    for object in drift.drifted() {
        work.object(object);
    }
    work.finish()
}

struct Work<'a> {
    live: &'a Live,
    sources: &'a Sources,
    overlay: Option<&'a Path>,
    refs: Refs<'a>,
    documents: BTreeMap<FileId, Vec<Node>>,
    edits: BTreeMap<FileId, Vec<(Piece, Vec<Edit>)>>,
    adopted: Adopted,
}

impl Work<'_> {
    fn object(&mut self, object: &Object) {
        let whole = Piece {
            address: object.address.clone(),
            field: None,
            source: object.source,
        };
        match &object.state {
            State::Changed | State::Remade => {
                for field in &object.fields {
                    let source = field.source.or(object.source);
                    let part = Piece {
                        address: object.address.clone(),
                        field: Some(field.change.field),
                        source,
                    };
                    let change = match field.side {
                        Side::Files => continue,
                        Side::Server => self.field(object, field),
                        Side::Both => Err("the files changed too, and differently".to_owned()),
                        Side::Unknown => Err("it is unknown which side changed".to_owned()),
                    };
                    self.take(part, change);
                }
            }
            State::Appeared => {
                let change = self.appeared(object);
                self.take(whole, change);
            }
            State::Gone => self.take(
                whole,
                Err(
                    "it no longer exists: remove it from the files, or apply to create it again"
                        .into(),
                ),
            ),
            State::Renamed(to) => {
                self.take(
                    whole,
                    Err(format!("it is now {to}: rename it in the files, with `previously` for other servers")),
                );
            }
            State::Unknown => self.take(whole, Err("it is unknown which side changed".to_owned())),
            State::NotApplied | State::Leaving => {}
        }
    }

    fn take(&mut self, part: Piece, change: Result<Change, String>) {
        match change {
            Ok(Change::Edits(file, edits)) => {
                self.edits.entry(file).or_default().push((part, edits))
            }
            Ok(Change::Text(path, text)) => {
                self.adopted.texts.push((path, text));
                self.adopted.done.push(part);
            }
            Err(why) => self.adopted.left.push((part, why)),
        }
    }

    /// Does the edits, file by file. One that does not fit beside those before it is left out.
    fn finish(mut self) -> Adopted {
        for (file, parts) in std::mem::take(&mut self.edits) {
            let Some(source) = self.sources.get(file) else {
                continue;
            };
            let mut sum: Vec<Edit> = Vec::new();
            for (part, edits) in parts {
                let tried: Vec<Edit> = sum.iter().chain(&edits).cloned().collect();
                let sound = editor::apply(&source.text, &tried)
                    .is_some_and(|text| yaml::parse(file, &text).1.is_empty());
                if sound {
                    sum = tried;
                    self.adopted.done.push(part);
                } else {
                    self.adopted
                        .left
                        .push((part, "its layout is too unusual".to_owned()));
                }
            }
            if let Some(text) =
                editor::apply(&source.text, &sum).filter(|text| **text != *source.text)
            {
                self.adopted.files.push((file, text));
            }
        }
        self.adopted
    }

    /// The text of a file that may be edited.
    fn text(&self, span: Span) -> Result<&str, String> {
        let source = self.sources.get(span.file).ok_or("it is in no file")?;
        if self
            .overlay
            .is_some_and(|folder| source.path.starts_with(folder))
        {
            return Err("it is in an overlay, which other environments do not share".to_owned());
        }
        Ok(&source.text)
    }

    fn field(&self, object: &Object, field: &Field) -> Result<Change, String> {
        if field.change.class != Class::Plain {
            return Err("it is secret, so it is not written into files".to_owned());
        }
        let span = field
            .source
            .ok_or("it follows from its place in the files")?;
        let text = self.text(span)?;
        let (node, path) = self.only_place(span)?;
        let known = object
            .kind
            .field(field.change.field)
            .ok_or("its kind has no such field any more")?;
        if brought(&field.reversed()) {
            return Err("it seems to hold a secret, which is not written into files".to_owned());
        }
        let delta = field.reversed();
        if let NodeKind::Tagged(tag, inner) = &node.kind {
            return match (tag.as_str(), &delta, inner.scalar()) {
                ("file", Delta::Value(_, Value::Text(new)), Some(name)) => {
                    self.text_file(span, &name.text, new)
                }
                ("env" | "var", ..) => Err(format!("it comes from !{tag}")),
                _ => Err(format!("it is under !{tag}")),
            };
        }
        let render = |value: &Value, shape: &Shape| {
            export::value(value, known, shape, &self.refs, self.live.release)
        };
        let edits = match (&delta, &node.kind, &known.shape) {
            (Delta::Items { added, removed, .. }, NodeKind::Seq(items), Shape::Set(item)) => {
                let remove = self.places(items, removed)?;
                let add = added
                    .iter()
                    .map(|value| render(value, item))
                    .collect::<Result<Vec<_>, _>>()?;
                editor::items(text, node, &remove, items.len(), &add)?
            }
            (Delta::Items { added, removed, .. }, NodeKind::Map(_), Shape::Set(_)) => {
                self.partial_list(text, node, added, removed)?
            }
            (
                Delta::Value(Value::List(old), Value::List(new)),
                NodeKind::Seq(items),
                Shape::List(item),
            ) if old.len() == items.len() && !items.is_empty() => {
                self.changed_list(text, node, (old, new), &|value| render(value, item))?
            }
            (Delta::Keys(keys), NodeKind::Map(_), _) => key_edits(text, node, keys, &|raw| {
                let free = Shape::Json { per_key: false };
                render(&Value::Json(OrderedJson(raw.clone())), &free)
            })?,
            (Delta::Value(_, new), _, shape) => {
                let key = Key {
                    text: path.last().copied().unwrap_or_default().to_owned(),
                    span,
                };
                vec![editor::replace(text, &key, node, &render(new, shape)?)?]
            }
            _ => return Err("it is written in another way".to_owned()),
        };
        Ok(Change::Edits(span.file, edits))
    }

    /// The edits of a partial list: removed items are no longer included, added ones no longer excluded.
    fn partial_list(
        &self,
        text: &str,
        node: &Node,
        added: &BTreeSet<Value>,
        removed: &BTreeSet<Value>,
    ) -> Result<Vec<Edit>, String> {
        let mut edits = Vec::new();
        for (key, values) in [("include", removed), ("exclude", added)] {
            if let (Some(list), false) = (node.get(key), values.is_empty()) {
                let remove = self.places(list.items(), values)?;
                edits.extend(editor::items(text, list, &remove, 0, &[])?);
            }
        }
        Ok(edits)
    }

    /// The edits of a list that has changed in one part.
    fn changed_list(
        &self,
        text: &str,
        node: &Node,
        (old, new): (&[Value], &[Value]),
        render: &dyn Fn(&Value) -> Result<Yaml, String>,
    ) -> Result<Vec<Edit>, String> {
        let (same, gone, fresh) = changed_part(old, new);
        let remove: Vec<usize> = (same..same + gone).collect();
        let add: Vec<Yaml> = fresh.iter().map(render).collect::<Result<_, _>>()?;
        Ok(editor::items(text, node, &remove, same, &add)?)
    }

    /// The node under a place in the files, and the keys that lead to it. Refuses one that several objects share.
    fn only_place(&self, span: Span) -> Result<(&Node, Vec<&str>), String> {
        let documents = self
            .documents
            .get(&span.file)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let (node, path) = match editor::under(documents, span).as_slice() {
            [] => return Err("it follows from its place in the files".to_owned()),
            [(node, path)] => (*node, path.clone()),
            _ => return Err("it is written once for several objects".to_owned()),
        };
        if path.first() == Some(&"defaults") {
            return Err("it comes from `defaults`, which other objects share".to_owned());
        }
        Ok((node, path))
    }

    /// A text that lies in a file of its own.
    fn text_file(&self, span: Span, name: &str, new: &str) -> Result<Change, String> {
        let folder = self
            .sources
            .get(span.file)
            .and_then(|source| source.path.parent())
            .unwrap_or(Path::new(""));
        Ok(Change::Text(
            folder.join(name),
            format!("{}\n", new.trim_end()),
        ))
    }

    /// Which items of a list name these values. Refuses one that none names.
    fn places(&self, items: &[Node], values: &BTreeSet<Value>) -> Result<Vec<usize>, String> {
        let said = |node: &Node| -> Option<String> {
            let inner = node
                .entries()
                .iter()
                .find(|(key, _)| key.text != "until")
                .map(|(_, node)| node);
            Some(inner.unwrap_or(node).scalar()?.text.trim().to_owned())
        };
        let mut places = Vec::new();
        for value in values {
            let names: Vec<String> = match value {
                Value::Ref(address) => {
                    let found = self.live.get(address);
                    let alias = |found: &Found| -> Vec<String> {
                        let texts = found
                            .kind
                            .aliases
                            .iter()
                            .filter_map(|field| found.fields.get(field)?.as_text());
                        texts.map(str::to_owned).collect()
                    };
                    address
                        .name()
                        .map(str::to_owned)
                        .into_iter()
                        .chain(found.map(alias).unwrap_or_default())
                        .collect()
                }
                Value::Text(text) => vec![text.to_string()],
                Value::Int(number) => vec![number.to_string()],
                _ => Vec::new(),
            };
            let place = items
                .iter()
                .position(|item| said(item).is_some_and(|text| names.contains(&text)));
            places.push(place.ok_or("one of its items is written in another way")?);
        }
        Ok(places)
    }

    /// An object that is to become an item of the list that does not name it.
    fn appeared(&self, object: &Object) -> Result<Change, String> {
        let span = object.source.ok_or("it is in no file")?;
        let text = self.text(span)?;
        let documents = self
            .documents
            .get(&span.file)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let found = self.live.get(&object.address).ok_or("it was not read")?;
        let (list, path) = match editor::at(documents, span).as_slice() {
            [(list, path)] if path.first() != Some(&"defaults") => (*list, path.clone()),
            _ => return Err("its list is written once for several objects".to_owned()),
        };
        let owner = match object.address.parts().first() {
            Some(Part::At(owner)) => owner,
            _ => return Err("it belongs to nothing".to_owned()),
        };
        let children = kinds::family(owner.family)
            .flat_map(|kind| kind.children)
            .find(|children| {
                children.kind == object.kind.name && path.last() == Some(&children.yaml_key)
            })
            .ok_or("its list is written in another way")?;
        let (name, entries) = self.child_entries(object, found, children, list.items().len())?;
        let edits = match (&list.kind, name) {
            (NodeKind::Map(_), Some(name)) => {
                editor::entries(text, list, &[], &[(name, Yaml::Map(entries))])?
            }
            (NodeKind::Seq(items), None) => {
                editor::items(text, list, &[], items.len(), &[Yaml::Map(entries)])?
            }
            _ => return Err("its list is written in another way".to_owned()),
        };
        Ok(Change::Edits(span.file, edits))
    }

    /// A live object as an item of its owner's list, which has `count` items: its name, if the list is a mapping, and its
    /// entries, the subject first. Refuses one that seems to hold a secret.
    fn child_entries(
        &self,
        object: &Object,
        found: &Found,
        children: &Children,
        count: usize,
    ) -> Result<(Option<String>, Vec<Item>), String> {
        let release = self.live.release;
        let subjects: &[&str] = match &children.items {
            Items::Ordered(field) | Items::Named(field) | Items::Among(field) => {
                std::slice::from_ref(field)
            }
            Items::Subjects(fields) => fields,
            Items::One => return Err("it is written as one mapping".to_owned()),
        };
        let has = |field: &str| found.fields.get(field).filter(|value| !value.is_empty());
        let subject = subjects
            .iter()
            .find(|field| has(field).is_some())
            .ok_or("it names nothing")?;
        let next_order = Value::Int(10 * (count as i64 + 1));
        let (mut name, mut entries) = (None, Vec::new());
        for field in object.kind.fields {
            let left_out = field.class != Class::Plain || field.name == children.owner;
            if left_out || !field.is_in(release) {
                continue;
            }
            let Some(value) = found.fields.get(field.name) else {
                continue;
            };
            if export::holds_secret(value) {
                return Err("it seems to hold a secret, which is not written into files".to_owned());
            }
            let is_default = match (field.name, &children.items) {
                ("order", Items::Ordered(_)) => *value == next_order,
                _ => export::is_default(object.kind, field, value, release),
            };
            let is_subject = field.name == *subject;
            let is_implied = is_default || subjects.contains(&field.name);
            if value.is_empty() || (!is_subject && is_implied) {
                continue;
            }
            let yaml = export::value(value, field, &field.shape, &self.refs, release)?;
            match yaml {
                Yaml::Text(text) if is_subject && matches!(children.items, Items::Named(_)) => {
                    name = Some(text)
                }
                yaml if is_subject => {
                    let key = match (children.items, value) {
                        (Items::Among(_), Value::Ref(address)) => address.family,
                        _ => field.yaml_key,
                    };
                    entries.insert(0, Item::Entry(key.to_owned(), yaml));
                }
                yaml => entries.push(Item::Entry(field.yaml_key.to_owned(), yaml)),
            }
        }
        Ok((name, entries))
    }
}

/// The part in which two lists differ, between the items that both begin with and those that both end with: its place, how
/// many items of the old list are in it, and the items of the new list.
fn changed_part<'v>(old: &[Value], new: &'v [Value]) -> (usize, usize, &'v [Value]) {
    let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - same;
    let pairs = old.iter().rev().zip(new.iter().rev()).take(rest);
    let tail = pairs.take_while(|(a, b)| a == b).count();
    (same, old.len() - tail - same, &new[same..new.len() - tail])
}

/// The edits of a mapping that make the values of its keys those of the server. Refuses to remove all of its keys.
fn key_edits(
    text: &str,
    node: &Node,
    keys: &BTreeMap<String, (Option<Json>, Option<Json>)>,
    render: &dyn Fn(&Json) -> Result<Yaml, String>,
) -> Result<Vec<Edit>, String> {
    let entries = node.entries();
    let mut edits = Vec::new();
    let mut remove = Vec::new();
    for (name, (_, new)) in keys {
        let place = entries.iter().position(|(key, _)| key.text == *name);
        let (key, node) = place
            .and_then(|at| entries.get(at))
            .ok_or("it is written in another way")?;
        match new {
            Some(raw) => edits.push(editor::replace(text, key, node, &render(raw)?)?),
            None => remove.extend(place),
        }
    }
    if remove.len() == entries.len() {
        return Err(
            "the server has none of its keys: decide what that means for the files".to_owned(),
        );
    }
    if !remove.is_empty() {
        edits.extend(editor::entries(text, node, &remove, &[])?);
    }
    Ok(edits)
}

/// Whether what comes with a difference holds a secret.
fn brought(delta: &Delta) -> bool {
    match delta {
        Delta::New(value) | Delta::Value(_, value) => export::holds_secret(value),
        Delta::Items { added, .. } => added.iter().any(export::holds_secret),
        Delta::Keys(keys) => {
            let new = keys
                .iter()
                .filter_map(|(key, (_, new))| Some((key.clone(), new.clone()?)));
            export::holds_secret(&Value::Json(OrderedJson(new.collect())))
        }
        Delta::Written => true,
    }
}

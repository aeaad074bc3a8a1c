//! Lists written under an object whose items are objects of their own: bindings, stages, entitlements.
//!
//! Each item becomes an object with the owner in its key; the list itself says whether others must go.

use std::collections::HashMap;

use super::Lowering;
use crate::desired::object::{Object, Owned, Want, What};
use crate::desired::values::{Reader, gate};
use crate::diag::{Code, Diagnostic, Span, nearest};
use crate::kinds;
use crate::schema::{self, Children, Field, Items, Kind};
use crate::value::{Address, Part, Value};
use crate::yaml::{Key, Node, NodeKind};

/// The keys of which an item must have exactly one, to say which object it is.
fn subject_keys(children: &Children, kind: &Kind) -> Vec<&'static str> {
    let subjects = match children.items {
        Items::Subjects(_) | Items::Among(_) => children.subjects(kind),
        Items::Ordered(_) | Items::Named(_) | Items::One => Vec::new(),
    };
    subjects.iter().map(|subject| subject.yaml_key).collect()
}

/// Separates the lists of children in the mapping of an object from its fields. Keys for which `is_read` holds have been
/// read already.
fn split_children<'n>(
    kind: &'static Kind,
    node: &'n Node,
    is_read: impl Fn(&str) -> bool,
) -> (Node, Vec<(&'static Children, &'n Node)>) {
    let (mut plain, mut nested) = (Vec::new(), Vec::new());
    for (key, node) in node.entries() {
        match kind.children.iter().find(|list| list.yaml_key == key.text) {
            Some(list) => nested.push((list, node)),
            None if is_read(&key.text) => {}
            None => plain.push((key.clone(), node.clone())),
        }
    }
    let plain = Node {
        span: node.span,
        kind: NodeKind::Map(plain),
    };
    (plain, nested)
}

impl Lowering<'_> {
    /// A list of objects written under their owner.
    pub(super) fn children(&mut self, children: &'static Children, owner: &Address, node: &Node) {
        let Some(kind) = kinds::kind(children.kind) else {
            return;
        };
        if let Some(release) = self.settings.release
            && !kind.is_in(release)
        {
            let when = gate(kind.since, kind.until);
            let message = format!("authentik {release} has no {}", children.yaml_key);
            let label = format!("this exists {when}");
            return self.error(Code::RELEASE_FIELD, message, node.span, label);
        }
        let list = List {
            children,
            kind,
            owner,
        };
        let mut owned = Owned {
            kind,
            owner: owner.clone(),
            exact: true,
            exclude: Vec::new(),
            span: node.span,
        };
        let first = self.desired.objects.len();
        let is_list = matches!(
            children.items,
            Items::Ordered(_) | Items::Subjects(_) | Items::Among(_)
        );
        match (&node.kind, children.items) {
            (NodeKind::Null, _) => {}
            (NodeKind::Map(entries), Items::Named(field)) => {
                for (key, node) in entries {
                    self.child(list, node, Place::Key(field, key));
                }
            }
            (NodeKind::Map(_), Items::One) => self.child(list, node, Place::Alone),
            (NodeKind::Seq(items), _) if is_list => {
                for (place, item) in items.iter().enumerate() {
                    let order = 10 * (place as i64 + 1);
                    self.child(list, item, Place::Order(order));
                }
            }
            (NodeKind::Map(entries), _) if is_list && is_partial(entries) => {
                owned.exact = false;
                for (key, node) in entries {
                    self.part(list, key, node, &mut owned);
                }
            }
            _ => return self.not_a_list(children, node),
        }
        self.included_and_excluded(&owned, first);
        self.desired.owned.push(owned);
    }

    /// What is wrong with a node that is none of the forms of a list.
    fn not_a_list(&mut self, children: &Children, node: &Node) {
        let takes = match children.items {
            Items::Named(_) => "a mapping by name",
            Items::One => "a mapping of fields, or null for none",
            _ => "a list, or a mapping of `include` and `exclude`",
        };
        let message = format!("{} must be {takes}", children.yaml_key);
        let label = format!("this is {}", node.describe());
        self.error(Code::WRONG_TYPE, message, node.span, label);
    }

    /// `include` or `exclude` of a partial list.
    fn part(&mut self, list: List<'_>, key: &Key, node: &Node, owned: &mut Owned) {
        if !matches!(node.kind, NodeKind::Seq(_) | NodeKind::Null) {
            let message = format!("{} must be a list", key.text);
            self.error(Code::WRONG_TYPE, message, node.span, "not a list");
        }
        for item in node.items() {
            if key.text == "include" {
                self.child(list, item, Place::Alone);
            } else if let Some(subject) = self.subject(list.children, list.kind, item) {
                owned.exclude.push((subject, item.span));
            }
        }
    }

    /// Refuses what a list includes and excludes at once. `first` is the place of its first object.
    fn included_and_excluded(&mut self, owned: &Owned, first: usize) {
        if owned.exclude.is_empty() {
            return;
        }
        let owner = Part::At(owned.owner.clone());
        let mut included: HashMap<&Address, Span> = HashMap::new();
        for object in &self.desired.objects[first..] {
            if object.kind != owned.kind || object.address.parts().first() != Some(&owner) {
                continue;
            }
            for part in object.address.parts() {
                if let Part::At(subject) = part {
                    included.entry(subject).or_insert(object.span);
                }
            }
        }
        for (subject, span) in &owned.exclude {
            if let Some(included) = included.get(subject) {
                let message = format!("{subject} is both included and excluded");
                let diagnostic = Diagnostic::error(Code::BAD_SHAPE, message)
                    .at(*span, "excluded here")
                    .and(*included, "included here");
                self.diagnostics.push(diagnostic);
            }
        }
    }

    /// Which subject an item of `exclude` names.
    fn subject(
        &mut self,
        children: &Children,
        kind: &'static Kind,
        item: &Node,
    ) -> Option<Address> {
        let mut found = Vec::new();
        if let Some(diagnostic) = item.no_name() {
            self.diagnostics.push(diagnostic);
            return None;
        }
        for (key, node) in item.entries() {
            let name = node
                .scalar()
                .map(|scalar| schema::trim(&scalar.text).to_owned());
            let field = children
                .subjects(kind)
                .into_iter()
                .find(|field| field.name == key.text);
            if let (Some(field), Some(name)) = (field, name)
                && let [family] = field.shape.families()
            {
                found.push(Address::named(family, &name));
            }
        }
        if let (Some(scalar), Items::Ordered(reference)) = (item.scalar(), children.items)
            && let Some([family]) = kind.field(reference).map(|field| field.shape.families())
        {
            found.push(Address::named(family, schema::trim(&scalar.text)));
        }
        match found.len() {
            1 => found.pop(),
            _ => {
                self.error(
                    Code::BAD_SHAPE,
                    "an item of `exclude` must name exactly one object",
                    item.span,
                    "here",
                );
                None
            }
        }
    }

    /// One item of a list of children.
    fn child(&mut self, list: List<'_>, item: &Node, place: Place<'_>) {
        let List {
            children,
            kind,
            owner,
        } = list;
        let key = place.key();
        let span = key.map_or(item.span, |(_, key)| key.span);
        let mut object = Object::new(kind, owner.clone(), span);
        let want = |value| Want::new(What::Is(value), span);
        object
            .fields
            .insert(children.owner, want(Value::Ref(owner.clone())));
        if let Some((field, key)) = key {
            self.key_text(kind.field(field), schema::trim(&key.text), key.span);
            object.fields.insert(field, want(Value::text(&key.text)));
            if schema::trim(&key.text).is_empty() {
                let message = format!("{} need a {field}", kind.title());
                return self.error(Code::BAD_KEY, message, key.span, "empty");
            }
        }
        let spelled = spelled_out(children, item);
        let node = spelled.as_ref().unwrap_or(item);
        let is_empty_entry = key.is_some() && node.kind == NodeKind::Null;
        if !matches!(node.kind, NodeKind::Map(_)) && !is_empty_entry {
            return self.not_a_mapping(children, node);
        }
        let subjects = subject_keys(children, kind);
        if !subjects.is_empty() && !self.names_one(list, node, &subjects) {
            return;
        }
        // An object among those of several families stands under the word of its own.
        let among = match children.items {
            Items::Among(reference) => kind.field(reference),
            _ => None,
        };
        if among.is_some_and(|field| !self.among(field, node, &subjects, &mut object)) {
            return;
        }
        let is_fixed = |name: &str| {
            name == children.owner
                || among.is_some_and(|field| field.name == name)
                || key.is_some_and(|(field, _)| field == name)
        };
        let mut entries = node.entries().iter();
        if let Some((key, _)) = entries.find(|(key, _)| is_fixed(&key.text)) {
            return self.unknown_field(kind, key);
        }
        // The address of children of this child needs its own key, so its plain fields are read first.
        let (plain, nested) =
            split_children(kind, node, |key| among.is_some() && subjects.contains(&key));
        let before = self.diagnostics.len();
        self.body(kind, &mut object, &plain, owner);
        if let (Items::Ordered(_), Place::Order(order)) = (children.items, place) {
            let order = want(Value::Int(order));
            if !object.fields.contains_key("order") {
                object.fields.insert("order", order);
            }
        }
        let Some(address) = address_of(&object) else {
            if self.diagnostics.len() == before {
                self.no_address(children, &object, item.span);
            }
            return;
        };
        object.address = address.clone();
        if self.duplicate(&address, span) {
            return;
        }
        self.rules(kind, &object, &plain);
        self.desired.objects.push(object);
        for (children, node) in nested {
            self.children(children, &address, node);
        }
    }

    /// Reports an item that is not a mapping.
    fn not_a_mapping(&mut self, children: &Children, node: &Node) {
        let message = format!("an item of {} must be a mapping", children.yaml_key);
        let label = format!("this is {}", node.describe());
        self.error(Code::WRONG_TYPE, message, node.span, label);
    }

    /// Whether an item names exactly one of its subjects; reports it otherwise.
    fn names_one(&mut self, list: List<'_>, node: &Node, subjects: &[&str]) -> bool {
        let is_subject = |key: &Key| subjects.contains(&key.text.as_str());
        let named = node.entries().iter().filter(|(key, _)| is_subject(key));
        let label = match named.count() {
            1 => return true,
            0 => "none of them here",
            _ => "more than one here",
        };
        let message = format!(
            "an item of {} must name exactly one of {}",
            list.children.yaml_key,
            subjects.join(", ")
        );
        let diagnostic = Diagnostic::error(Code::BAD_SHAPE, message);
        let is_none = !node.entries().iter().any(|(key, _)| is_subject(key));
        let diagnostic = match misspelled(list.kind, node, subjects).filter(|_| is_none) {
            Some((span, near)) => diagnostic
                .at(span, "unknown")
                .help(format!("did you mean {near:?}?")),
            None => diagnostic.at(node.span, label),
        };
        self.diagnostics.push(diagnostic);
        false
    }

    /// Reads the object that an item names by the word of its family. Whether the item can be used.
    fn among(
        &mut self,
        field: &'static Field,
        node: &Node,
        subjects: &[&str],
        object: &mut Object,
    ) -> bool {
        let mut entries = node.entries().iter();
        let named = entries.find(|(key, _)| subjects.contains(&key.text.as_str()));
        let Some((key, node)) = named else {
            return true;
        };
        let mut families = field.shape.families().iter();
        let Some(family) = families.find(|family| **family == key.text) else {
            return true;
        };
        let mut reader = Reader::new(self.settings, &mut self.diagnostics, &mut self.secrets);
        let value = reader.named(field, family, node);
        object.refs.append(&mut reader.refs);
        let Some(value) = value else {
            return false;
        };
        let want = Want::new(What::Is(value), key.span);
        object.fields.insert(field.name, want);
        true
    }

    /// That an item lacks what its address is made of.
    fn no_address(&mut self, children: &Children, object: &Object, span: Span) {
        let is_missing = |name: &&str| value_of(object, name).is_none_or(Value::is_empty);
        let missing: Vec<&str> = object.kind.key_fields().filter(is_missing).collect();
        let message = format!(
            "an item of {} needs {}",
            children.yaml_key,
            missing.join(" or ")
        );
        self.error(Code::BAD_SHAPE, message, span, "not here");
    }
}

/// A list that is being read.
#[derive(Clone, Copy)]
struct List<'l> {
    children: &'static Children,
    /// The kind of its items.
    kind: &'static Kind,
    owner: &'l Address,
}

/// Where an item stands.
#[derive(Clone, Copy)]
enum Place<'k> {
    /// Under a key, which is the value of a field.
    Key(&'static str, &'k Key),
    /// In a list whose order counts.
    Order(i64),
    /// By itself, or in a list whose order does not count.
    Alone,
}

impl<'k> Place<'k> {
    fn key(self) -> Option<(&'static str, &'k Key)> {
        match self {
            Place::Key(field, key) => Some((field, key)),
            Place::Order(_) | Place::Alone => None,
        }
    }
}

/// Whether the entries of a mapping are those of a partial list.
fn is_partial(entries: &[(Key, Node)]) -> bool {
    entries
        .iter()
        .all(|(key, _)| ["include", "exclude"].contains(&key.text.as_str()))
}

/// An item that is written as a name alone, as the mapping that it stands for: a stage among the stages of a flow.
fn spelled_out(children: &Children, item: &Node) -> Option<Node> {
    let (Items::Ordered(reference), NodeKind::Scalar(_)) = (children.items, &item.kind) else {
        return None;
    };
    let key = Key {
        text: reference.to_owned(),
        span: item.span,
    };
    Some(Node {
        span: item.span,
        kind: NodeKind::Map(vec![(key, item.clone())]),
    })
}

/// A key that is no field of the kind and is nearly a subject, with that subject.
fn misspelled<'s>(kind: &Kind, node: &Node, subjects: &[&'s str]) -> Option<(Span, &'s str)> {
    for (key, _) in node.entries() {
        let is_field = kind.fields.iter().any(|field| field.yaml_key == key.text);
        if !is_field && let Some(near) = nearest(&key.text, subjects.iter().copied()) {
            return Some((key.span, near));
        }
    }
    None
}

fn value_of<'o>(object: &'o Object, name: &str) -> Option<&'o Value> {
    match &object.fields.get(name)?.what {
        What::Is(value) => Some(value),
        _ => None,
    }
}

/// The address of an object by its fields.
fn address_of(object: &Object) -> Option<Address> {
    let value = |name: &str| value_of(object, name);
    object.kind.address(&value)
}

//! Lists written under an object whose items are objects of their own: bindings, stages, entitlements.
//!
//! Each item becomes an object with the owner in its key; the list itself says whether others must go.

use std::collections::HashMap;

use super::Lowering;
use crate::desired::object::{Object, Owned, Want, What};
use crate::desired::values::{Reader, gate};
use crate::diag::{Code, Diagnostic, Span, nearest};
use crate::kinds;
use crate::schema::{self, Children, Items, Kind};
use crate::value::{Address, Part, Value};
use crate::yaml::{Key, Node, NodeKind};

impl Lowering<'_> {
    /// A list of objects written under their owner.
    pub(super) fn children(&mut self, children: &'static Children, owner: &Address, node: &Node) {
        let Some(kind) = kinds::kind(children.kind) else {
            return;
        };
        if let Some(release) = self
            .settings
            .release
            .filter(|release| !kind.is_in(*release))
        {
            let when = gate(kind.since, kind.until);
            let message = format!("authentik {release} has no {}", children.word);
            return self.error(
                Code::RELEASE_FIELD,
                message,
                node.span,
                format!("this exists {when}"),
            );
        }
        let mut owned = Owned {
            kind,
            owner: owner.clone(),
            exact: true,
            exclude: Vec::new(),
            span: node.span,
        };
        let first = self.desired.objects.len();
        match (&node.kind, children.items) {
            (NodeKind::Null, _) => {}
            (NodeKind::Map(entries), Items::Named(field)) => {
                for (key, node) in entries {
                    self.child(children, kind, owner, node, Some((field, key)), None);
                }
            }
            (NodeKind::Map(_), Items::One) => self.child(children, kind, owner, node, None, None),
            (NodeKind::Seq(items), Items::Ordered(_) | Items::Subjects(_) | Items::Among(_)) => {
                for (place, item) in items.iter().enumerate() {
                    self.child(
                        children,
                        kind,
                        owner,
                        item,
                        None,
                        Some(10 * (place as i64 + 1)),
                    );
                }
            }
            (NodeKind::Map(entries), Items::Ordered(_) | Items::Subjects(_) | Items::Among(_))
                if entries
                    .iter()
                    .all(|(key, _)| matches!(key.text.as_str(), "include" | "exclude")) =>
            {
                owned.exact = false;
                for (key, node) in entries {
                    if !matches!(node.kind, NodeKind::Seq(_) | NodeKind::Null) {
                        self.error(
                            Code::WRONG_TYPE,
                            format!("{} must be a list", key.text),
                            node.span,
                            "not a list",
                        );
                    }
                    for item in node.items() {
                        if key.text == "include" {
                            self.child(children, kind, owner, item, None, None);
                        } else if let Some(subject) = self.subject(children, kind, item) {
                            owned.exclude.push((subject, item.span));
                        }
                    }
                }
            }
            _ => {
                let takes = match children.items {
                    Items::Named(_) => "a mapping by name",
                    Items::One => "a mapping of fields, or null for none",
                    _ => "a list, or a mapping of `include` and `exclude`",
                };
                let label = format!("this is {}", node.describe());
                return self.error(
                    Code::WRONG_TYPE,
                    format!("{} must be {takes}", children.word),
                    node.span,
                    label,
                );
            }
        }
        let mut included: HashMap<&Address, Span> = HashMap::new();
        let own = self.desired.objects[first..]
            .iter()
            .filter(|object| object.kind == kind && !owned.exclude.is_empty());
        for object in
            own.filter(|object| object.address.parts().first() == Some(&Part::At(owner.clone())))
        {
            for part in object.address.parts() {
                if let Part::At(subject) = part {
                    included.entry(subject).or_insert(object.span);
                }
            }
        }
        for (subject, span) in &owned.exclude {
            if let Some(included) = included.get(subject) {
                let diagnostic = Diagnostic::error(
                    Code::BAD_SHAPE,
                    format!("{subject} is both included and excluded"),
                )
                .at(*span, "excluded here")
                .and(*included, "included here");
                self.diagnostics.push(diagnostic);
            }
        }
        self.desired.owned.push(owned);
    }

    /// Which subject an item of `exclude` names.
    fn subject(
        &mut self,
        children: &Children,
        kind: &'static Kind,
        item: &Node,
    ) -> Option<Address> {
        let mut found = Vec::new();
        if let Some(told) = item.no_name() {
            self.diagnostics.push(told);
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
    fn child(
        &mut self,
        children: &'static Children,
        kind: &'static Kind,
        owner: &Address,
        item: &Node,
        key: Option<(&'static str, &Key)>,
        order: Option<i64>,
    ) {
        let span = key.as_ref().map_or(item.span, |(_, key)| key.span);
        let mut object = Object::new(kind, owner.clone(), span);
        let want = |value| Want::new(What::Is(value), span);
        object
            .fields
            .insert(children.owner, want(Value::Ref(owner.clone())));
        if let Some((field, key)) = &key {
            self.key_text(kind.field(field), schema::trim(&key.text), key.span);
            object.fields.insert(field, want(Value::text(&key.text)));
        }
        // A stage alone may be written as its name.
        let spelled;
        let mut node = item;
        if let (Items::Ordered(reference), NodeKind::Scalar(_)) = (children.items, &item.kind) {
            let key = Key {
                text: reference.to_owned(),
                span: item.span,
            };
            spelled = Node {
                span: item.span,
                kind: NodeKind::Map(vec![(key, item.clone())]),
            };
            node = &spelled;
        }
        if let Some((field, key)) = &key
            && schema::trim(&key.text).is_empty()
        {
            return self.error(
                Code::BAD_KEY,
                format!("{} need a {field}", kind.title()),
                key.span,
                "empty",
            );
        }
        if !matches!(node.kind, NodeKind::Map(_)) && (key.is_none() || node.kind != NodeKind::Null)
        {
            let label = format!("this is {}", node.describe());
            return self.error(
                Code::WRONG_TYPE,
                format!("an item of {} must be a mapping", children.word),
                node.span,
                label,
            );
        }
        let subjects = match children.items {
            Items::Subjects(_) | Items::Among(_) => children.subjects(kind),
            Items::Ordered(_) | Items::Named(_) | Items::One => Vec::new(),
        };
        let is_subject = |key: &Key| subjects.iter().any(|subject| subject.word == key.text);
        if !subjects.is_empty() {
            let named = node
                .entries()
                .iter()
                .filter(|(key, _)| is_subject(key))
                .count();
            if named != 1 {
                let label = if named == 0 {
                    "none of them here"
                } else {
                    "more than one here"
                };
                let words: Vec<&str> = subjects.iter().map(|subject| subject.word).collect();
                let message = format!(
                    "an item of {} must name exactly one of {}",
                    children.word,
                    words.join(", ")
                );
                let slip = |(key, _): &(Key, Node)| {
                    let known = kind.fields.iter().any(|field| field.word == key.text);
                    nearest(&key.text, words.iter().copied())
                        .filter(|_| !known)
                        .map(|near| (key.span, near))
                };
                let slip = node.entries().iter().find_map(slip).filter(|_| named == 0);
                let told = Diagnostic::error(Code::BAD_SHAPE, message);
                self.diagnostics.push(match slip {
                    Some((span, near)) => told
                        .at(span, "unknown")
                        .help(format!("did you mean {near:?}?")),
                    None => told.at(node.span, label),
                });
                return;
            }
        }
        // An object among those of several families stands under the word of its own.
        let among = match children.items {
            Items::Among(reference) => kind.field(reference),
            _ => None,
        };
        if let Some(field) = among
            && let Some((key, node)) = node.entries().iter().find(|(key, _)| is_subject(key))
            && let Some(family) = field
                .shape
                .families()
                .iter()
                .find(|family| **family == key.text)
        {
            let mut reader = Reader::new(self.settings, &mut self.diagnostics, &mut self.secrets);
            let value = reader.named(field, family, node);
            object.refs.append(&mut reader.refs);
            let Some(value) = value else { return };
            object
                .fields
                .insert(field.name, Want::new(What::Is(value), key.span));
        }
        let fixed = |word: &str| {
            word == children.owner
                || among.is_some_and(|field| field.name == word)
                || key.as_ref().is_some_and(|(field, _)| *field == word)
        };
        if let Some((key, _)) = node.entries().iter().find(|(key, _)| fixed(&key.text)) {
            return self.unknown_field(kind, key);
        }
        // The address of children of this child needs its own key, so its plain fields are read first.
        let (nested, plain): (Vec<_>, Vec<_>) = node
            .entries()
            .iter()
            .cloned()
            .partition(|(key, _)| kind.children.iter().any(|c| c.word == key.text));
        let before = self.diagnostics.len();
        let plain = plain
            .into_iter()
            .filter(|(key, _)| among.is_none() || !is_subject(key))
            .collect();
        let plain = Node {
            span: node.span,
            kind: NodeKind::Map(plain),
        };
        self.body(kind, &mut object, &plain, owner);
        if let (Items::Ordered(_), Some(order)) = (children.items, order) {
            object
                .fields
                .entry("order")
                .or_insert_with(|| want(Value::Int(order)));
        }
        let value = |name: &str| match &object.fields.get(name)?.what {
            What::Is(value) => Some(value),
            _ => None,
        };
        let Some(address) = kind.address(&value) else {
            if self.diagnostics.len() == before {
                let missing: Vec<&str> = kind
                    .key_fields()
                    .filter(|name| value(name).is_none_or(Value::is_empty))
                    .collect();
                let message = format!(
                    "an item of {} needs {}",
                    children.word,
                    missing.join(" or ")
                );
                self.error(Code::BAD_SHAPE, message, item.span, "not here");
            }
            return;
        };
        object.address = address.clone();
        if self.duplicate(&address, span) {
            return;
        }
        self.rules(kind, &object, &plain);
        self.desired.objects.push(object);
        for (key, node) in nested {
            if let Some(children) = kind
                .children
                .iter()
                .find(|children| children.word == key.text)
            {
                self.children(children, &address, &node);
            }
        }
    }
}

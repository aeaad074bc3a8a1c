//! Sections to objects: each entry of the tree becomes one object of one kind, its sugar becomes objects of its own.
//!
//! Everything is lowered here, so that the planner knows objects only. Every problem is collected; nothing is guessed.

use std::collections::HashMap;

use super::node::{Key, Node, NodeKind};
use super::object::{Absent, Desired, Object, Owned, Settings, Want, What};
use super::tree::{Entry, Tree, over};
use super::values::gate;
use crate::diag::{Code, Diagnostic, Span, nearest};
use crate::kinds;
use crate::schema::{Children, Class, Items, Keying, Kind};
use crate::value::{Address, Part, Value};

/// Sections that hold no objects.
const WORDS: &[&str] = &["defaults", "absent", "assertions"];

/// Lowers the tree. What is broken is left out of the result and told in the diagnostics.
pub(super) fn lower(tree: &Tree, settings: &Settings) -> (Desired, Vec<Diagnostic>, Vec<Span>) {
    let mut lowering = Lowering {
        settings,
        desired: Desired::default(),
        diagnostics: Vec::new(),
        secrets: Vec::new(),
        defaults: HashMap::new(),
        seen: HashMap::new(),
    };
    for section in tree.sections.iter().filter(|section| section.name.text == "defaults") {
        lowering.defaults(&section.entries);
    }
    for section in &tree.sections {
        match section.name.text.as_str() {
            "defaults" => {}
            "absent" => lowering.absent(&section.entries),
            "assertions" => lowering.diagnostics.push(
                Diagnostic::warning(Code::UNCHECKED, "assertions are not checked by this version of akrec")
                    .at(section.name.span, "read, and not acted on"),
            ),
            _ => lowering.section(&section.name, &section.entries),
        }
        if section.name.text != "assertions" {
            for body in &section.bodies {
                let label = format!("this is {}", body.describe());
                lowering.error(Code::WRONG_TYPE, format!("{} takes a mapping", section.name.text), body.span, label);
            }
        }
    }
    lowering.contradictions();
    lowering.memberships();
    (lowering.desired, lowering.diagnostics, lowering.secrets)
}

struct Lowering<'a> {
    settings: &'a Settings,
    desired: Desired,
    diagnostics: Vec<Diagnostic>,
    secrets: Vec<Span>,
    /// By the title of the kind: `providers.oauth2`.
    defaults: HashMap<String, Node>,
    seen: HashMap<Address, Span>,
}

impl Lowering<'_> {
    fn error(&mut self, code: Code, message: impl Into<String>, span: Span, label: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, message).at(span, label));
    }

    fn defaults(&mut self, entries: &[Entry]) {
        let titles: Vec<String> = kinds::KINDS.iter().filter(|k| !k.section.is_empty()).map(|k| k.title()).collect();
        for entry in entries {
            if titles.contains(&entry.key.text) {
                self.defaults.insert(entry.key.text.clone(), entry.node.clone());
                continue;
            }
            let mut diagnostic = Diagnostic::error(
                Code::UNKNOWN_SECTION,
                format!("there is no kind {:?} to have defaults", entry.key.text),
            )
            .at(entry.key.span, "unknown");
            if let Some(near) = nearest(&entry.key.text, titles.iter().map(String::as_str)) {
                diagnostic = diagnostic.help(format!("did you mean {near:?}?"));
            } else if kinds::section(&entry.key.text).next().is_some() {
                let words: Vec<String> = kinds::section(&entry.key.text).map(|kind| kind.title()).collect();
                diagnostic = diagnostic.help(format!("name one of {}", words.join(", ")));
            }
            self.diagnostics.push(diagnostic);
        }
    }

    fn section(&mut self, name: &Key, entries: &[Entry]) {
        if kinds::section(&name.text).next().is_none() {
            let known = kinds::sections();
            let mut diagnostic =
                Diagnostic::error(Code::UNKNOWN_SECTION, format!("there is no section {:?}", name.text))
                    .at(name.span, "unknown")
                    .note(format!("sections are {}, {}", WORDS.join(", "), known.join(", ")));
            if let Some(near) = nearest(&name.text, known.iter().copied().chain(WORDS.iter().copied())) {
                diagnostic = diagnostic.help(format!("did you mean {near:?}?"));
            }
            self.diagnostics.push(diagnostic);
            return;
        }
        for entry in entries {
            if let Some(kind) = self.kind_of(&name.text, entry) {
                self.object(kind, entry);
            }
        }
    }

    /// The kind of an entry: the section's only one, or the one that `type:` says.
    fn kind_of(&mut self, section: &str, entry: &Entry) -> Option<&'static Kind> {
        let mut all = kinds::section(section);
        if let (Some(only), None) = (all.next(), all.next())
            && only.word.is_none()
        {
            return Some(only);
        }
        let words: Vec<&str> = kinds::section(section).filter_map(|kind| kind.word).collect();
        let known = format!("types of {section} are {}", words.join(", "));
        let Some(node) = entry.node.get("type") else {
            self.diagnostics.push(
                Diagnostic::error(Code::BAD_TYPE_WORD, format!("{:?} has no `type`", entry.key.text))
                    .at(entry.key.span, "which kind is it?")
                    .note(known),
            );
            return None;
        };
        let text = node.scalar().map(|scalar| scalar.text.as_str()).unwrap_or_default();
        let found = kinds::section(section).find(|kind| kind.word == Some(text));
        if found.is_none() {
            let shown = node.scalar().and_then(|scalar| scalar.shown()).unwrap_or_default();
            let mut diagnostic = Diagnostic::error(Code::BAD_TYPE_WORD, format!("{section} have no type {shown:?}"))
                .at(node.span, "unknown")
                .note(known);
            if let Some(near) = nearest(shown, words.iter().copied()) {
                diagnostic = diagnostic.help(format!("did you mean {near:?}?"));
            }
            self.diagnostics.push(diagnostic);
        }
        found
    }

    fn object(&mut self, kind: &'static Kind, entry: &Entry) {
        let Keying::Field(key_field) = kind.keying else { return };
        let name = entry.key.text.trim();
        if name.is_empty() {
            return self.error(Code::BAD_KEY, format!("a {} needs a name", kind.name), entry.key.span, "empty");
        }
        if kind.slug_key && !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            self.diagnostics.push(
                Diagnostic::error(Code::BAD_KEY, format!("{name:?} is no {key_field}"))
                    .at(entry.key.span, "letters, digits, `-` and `_` only"),
            );
            return;
        }
        let address = Address::named(kind.family, name);
        if self.duplicate(&address, entry.key.span) {
            return;
        }
        if let Some(release) = self.settings.release
            && !kind.is_in(release)
        {
            let when = gate(kind.since, kind.until);
            self.error(
                Code::RELEASE_FIELD,
                format!("authentik {release} has no {}", kind.title()),
                entry.key.span,
                format!("this kind exists {when}"),
            );
        }
        let node = match self.defaults.get(&kind.title()) {
            Some(defaults) => over(defaults, &entry.node),
            None => entry.node.clone(),
        };
        let mut object = Object::new(kind, address.clone(), entry.key.span);
        object.fields.insert(key_field, Want::new(What::Is(Value::text(name)), entry.key.span));
        self.body(kind, &mut object, &node, &address);
        self.desired.objects.push(object);
    }

    /// Whether the address was declared before; says so.
    fn duplicate(&mut self, address: &Address, span: Span) -> bool {
        if let Some(before) = self.seen.get(address) {
            let (code, message) = match address.parts() {
                [] => (Code::DUPLICATE_OBJECT, format!("{address} is declared twice")),
                _ => (Code::DUPLICATE_BINDING, format!("{address} stands here twice")),
            };
            let diagnostic = Diagnostic::error(code, message).at(span, "again here").and(*before, "first here");
            self.diagnostics.push(diagnostic);
            return true;
        }
        self.seen.insert(address.clone(), span);
        false
    }

    /// Fields and words of an object's mapping.
    fn body(&mut self, kind: &'static Kind, object: &mut Object, node: &Node, address: &Address) {
        let entries = match &node.kind {
            NodeKind::Map(entries) => entries.as_slice(),
            NodeKind::Null => &[],
            _ => {
                let label = format!("this is {}", node.describe());
                return self.error(Code::WRONG_TYPE, format!("{address} takes a mapping of fields"), node.span, label);
            }
        };
        for (key, node) in entries {
            let word = key.text.as_str();
            if word == "type" && kind.word.is_some() {
                continue;
            }
            if let Some(children) = kind.children.iter().find(|children| children.word == word) {
                self.children(children, address, node);
                continue;
            }
            match word {
                "previously" if matches!(kind.keying, Keying::Field(_)) => self.previously(kind, object, node),
                "lifecycle" => self.lifecycle(kind, object, node),
                _ => self.field(kind, object, key, node),
            }
        }
    }

    fn field(&mut self, kind: &'static Kind, object: &mut Object, key: &Key, node: &Node) {
        let word = key.text.as_str();
        let Some(field) = kind.fields.iter().find(|field| field.word == word) else {
            return self.unknown_field(kind, key);
        };
        if kind.key_fields().any(|name| name == field.name) && matches!(kind.keying, Keying::Field(_)) {
            // The key is the mapping's key; saying it again is fine as long as it says the same.
            let same = node.scalar().is_some_and(|scalar| Some(scalar.text.trim()) == object.address.name());
            if !same {
                self.error(
                    Code::BAD_KEY,
                    format!("the {word} of {} is its key", object.address),
                    node.span,
                    "another one here",
                );
            }
            return;
        }
        if let Some(release) = self.settings.release
            && !field.is_in(release)
        {
            let when = gate(field.since, field.until);
            let mut diagnostic = Diagnostic::error(
                Code::RELEASE_FIELD,
                format!("authentik {release} has no {word} of {}", kind.title()),
            )
            .at(key.span, format!("this field exists {when}"));
            if let Some(other) = kind.fields.iter().find(|other| {
                other.is_in(release)
                    && other.name != word
                    && other.shape.families() == field.shape.families()
                    && (other.name.starts_with(word) || word.starts_with(other.name))
            }) {
                diagnostic = diagnostic.help(format!("on {release} it is {:?}", other.word));
            }
            self.diagnostics.push(diagnostic);
            return;
        }
        let mut reader = self.settings.reader(&mut self.diagnostics, &mut self.secrets);
        let what = reader.what(field, node);
        let refs = std::mem::take(&mut reader.refs);
        let sensitive = reader.sensitive;
        let written = node.scalar().is_some_and(|scalar| scalar.shown().is_some());
        if field.class != Class::Plain && written {
            self.diagnostics.push(
                Diagnostic::warning(Code::PLAIN_SECRET, format!("the {word} of {} stands in the file", object.address))
                    .at(key.span, "a secret in clear text")
                    .help(format!("use !env: {word}: !env NAME_OF_A_VARIABLE")),
            );
        }
        if let Some(what) = what {
            object.fields.insert(field.name, Want { what, span: key.span, sensitive });
            object.refs.extend(refs);
        }
    }

    fn unknown_field(&mut self, kind: &'static Kind, key: &Key) {
        let mut known: Vec<&str> = kind.fields.iter().map(|field| field.word).collect();
        known.extend(kind.children.iter().map(|children| children.word));
        known.extend(["previously", "lifecycle"]);
        let mut diagnostic =
            Diagnostic::error(Code::UNKNOWN_FIELD, format!("{} have no field {:?}", kind.title(), key.text))
                .at(key.span, "unknown");
        diagnostic = match kind.fields.iter().find(|field| field.name == key.text) {
            Some(field) => diagnostic.help(format!("in state files it is called {:?}", field.word)),
            None => match nearest(&key.text, known.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean {near:?}?")),
                None => diagnostic.help(format!("`akrec explain {}` lists the fields", kind.name)),
            },
        };
        self.diagnostics.push(diagnostic);
    }

    fn previously(&mut self, kind: &'static Kind, object: &mut Object, node: &Node) {
        let one = std::slice::from_ref(node);
        let items = if matches!(node.kind, NodeKind::Seq(_)) { node.items() } else { one };
        for item in items {
            match item.scalar().map(|scalar| scalar.text.trim()) {
                Some(name) if !name.is_empty() => {
                    object.previously.push((Address::named(kind.family, name), item.span));
                }
                _ => self.error(
                    Code::BAD_SHAPE,
                    "`previously` takes an older name, or a list of them",
                    item.span,
                    format!("this is {}", item.describe()),
                ),
            }
        }
    }

    fn lifecycle(&mut self, kind: &'static Kind, object: &mut Object, node: &Node) {
        if !matches!(node.kind, NodeKind::Map(_)) {
            return self.error(Code::BAD_SHAPE, "`lifecycle` takes a mapping", node.span, "not a mapping");
        }
        for (key, node) in node.entries() {
            let flag = match node.scalar().map(|scalar| scalar.text.as_str()) {
                Some("true") => Some(true),
                Some("false") => Some(false),
                _ => None,
            };
            match (key.text.as_str(), flag) {
                ("protect", Some(flag)) => object.protect = flag,
                ("open", Some(flag)) => object.open = flag,
                ("owner" | "reason", _) if node.scalar().is_some() => {}
                ("ignore", _) if matches!(node.kind, NodeKind::Seq(_)) => {
                    for item in node.items() {
                        let word = item.scalar().map(|scalar| scalar.text.as_str()).unwrap_or_default();
                        match kind.fields.iter().find(|field| field.word == word) {
                            Some(field) => {
                                object.ignore.insert(field.name);
                            }
                            None => {
                                let key = Key { text: word.to_owned(), span: item.span };
                                self.unknown_field(kind, &key);
                            }
                        }
                    }
                }
                ("protect" | "open", None) => {
                    self.error(Code::WRONG_TYPE, format!("{} takes true or false", key.text), node.span, "neither");
                }
                ("owner" | "reason" | "ignore", _) => {
                    let label = format!("this is {}", node.describe());
                    self.error(Code::WRONG_TYPE, format!("{} takes something else", key.text), node.span, label);
                }
                (word, _) => {
                    let known = ["protect", "ignore", "owner", "open", "reason"];
                    let mut diagnostic = Diagnostic::error(Code::UNKNOWN_FIELD, format!("lifecycle has no {word:?}"))
                        .at(key.span, "unknown")
                        .note(format!("it has {}", known.join(", ")));
                    if let Some(near) = nearest(word, known) {
                        diagnostic = diagnostic.help(format!("did you mean {near:?}?"));
                    }
                    self.diagnostics.push(diagnostic);
                }
            }
        }
    }

    /// A list of objects written under their owner.
    fn children(&mut self, children: &'static Children, owner: &Address, node: &Node) {
        let Some(kind) = kinds::kind(children.kind) else { return };
        let mut owned = Owned { kind, owner: owner.clone(), exact: true, exclude: Vec::new(), span: node.span };
        match (&node.kind, children.items) {
            (NodeKind::Null, _) => {}
            (NodeKind::Map(entries), Items::Named(field)) => {
                for (key, node) in entries {
                    self.child(children, kind, owner, node, Some((field, key)), None);
                }
            }
            (NodeKind::Seq(items), Items::Ordered(_) | Items::Subjects(_)) => {
                for (place, item) in items.iter().enumerate() {
                    self.child(children, kind, owner, item, None, Some(10 * (place as i64 + 1)));
                }
            }
            (NodeKind::Map(entries), Items::Ordered(_) | Items::Subjects(_))
                if entries.iter().all(|(key, _)| matches!(key.text.as_str(), "include" | "exclude")) =>
            {
                owned.exact = false;
                for (key, node) in entries {
                    if !matches!(node.kind, NodeKind::Seq(_) | NodeKind::Null) {
                        self.error(Code::WRONG_TYPE, format!("{} takes a list", key.text), node.span, "not a list");
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
                    _ => "a list, or a mapping of `include` and `exclude`",
                };
                let label = format!("this is {}", node.describe());
                return self.error(Code::WRONG_TYPE, format!("{} takes {takes}", children.word), node.span, label);
            }
        }
        for (subject, span) in &owned.exclude {
            let joins = |object: &&Object| {
                let parts = object.address.parts();
                object.kind == kind
                    && parts.first() == Some(&Part::At(owner.clone()))
                    && parts.contains(&Part::At(subject.clone()))
            };
            if let Some(included) = self.desired.objects.iter().find(joins) {
                let diagnostic =
                    Diagnostic::error(Code::BAD_SHAPE, format!("{subject} is included and excluded at once"))
                        .at(*span, "excluded here")
                        .and(included.span, "included here");
                self.diagnostics.push(diagnostic);
            }
        }
        self.desired.owned.push(owned);
    }

    /// Which subject an item of `exclude` names.
    fn subject(&mut self, children: &Children, kind: &'static Kind, item: &Node) -> Option<Address> {
        let mut found = Vec::new();
        for (key, node) in item.entries() {
            let name = node.scalar().map(|scalar| scalar.text.trim().to_owned());
            let field = kind.fields.iter().find(|field| field.name == key.text);
            if let (Some(field), Some(name)) = (field, name)
                && let [family] = field.shape.families()
            {
                found.push(Address::named(family, &name));
            }
        }
        if let (Some(scalar), Items::Ordered(reference)) = (item.scalar(), children.items)
            && let Some([family]) = kind.field(reference).map(|field| field.shape.families())
        {
            found.push(Address::named(family, scalar.text.trim()));
        }
        match found.len() {
            1 => found.pop(),
            _ => {
                self.error(Code::BAD_SHAPE, "an item of `exclude` names exactly one object", item.span, "here");
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
        object.fields.insert(children.owner, want(Value::Ref(owner.clone())));
        if let Some((field, key)) = &key {
            object.fields.insert(field, want(Value::text(&key.text)));
        }
        // A stage alone may be written as its name.
        let spelled;
        let mut node = item;
        if let (Items::Ordered(reference), NodeKind::Scalar(_)) = (children.items, &item.kind) {
            let key = Key { text: reference.to_owned(), span: item.span };
            spelled = Node { span: item.span, kind: NodeKind::Map(vec![(key, item.clone())]) };
            node = &spelled;
        }
        if !matches!(node.kind, NodeKind::Map(_)) && key.is_none() {
            let label = format!("this is {}", node.describe());
            return self.error(
                Code::WRONG_TYPE,
                format!("an item of {} is a mapping", children.word),
                node.span,
                label,
            );
        }
        if let Items::Subjects(subjects) = children.items {
            let named: Vec<&Key> =
                node.entries().iter().map(|(key, _)| key).filter(|key| subjects.contains(&key.text.as_str())).collect();
            if named.len() != 1 {
                let label = if named.is_empty() { "none of them here" } else { "more than one here" };
                let message = format!("an item of {} names exactly one of {}", children.word, subjects.join(", "));
                return self.error(Code::BAD_SHAPE, message, node.span, label);
            }
        }
        if let Some((key, _)) = node.entries().iter().find(|(key, _)| key.text == children.owner) {
            return self.unknown_field(kind, key);
        }
        // The address of children of this child needs its own key, so its plain fields are read first.
        let (nested, plain): (Vec<_>, Vec<_>) =
            node.entries().iter().cloned().partition(|(key, _)| kind.children.iter().any(|c| c.word == key.text));
        let before = self.diagnostics.len();
        let plain = Node { span: node.span, kind: NodeKind::Map(plain) };
        self.body(kind, &mut object, &plain, owner);
        if let (Items::Ordered(_), Some(order)) = (children.items, order) {
            object.fields.entry("order").or_insert_with(|| want(Value::Int(order)));
        }
        let value = |name: &str| match &object.fields.get(name)?.what {
            What::Is(value) => Some(value),
            _ => None,
        };
        let Some(address) = kind.address(&value) else {
            if self.diagnostics.len() == before {
                let missing: Vec<&str> = kind.key_fields().filter(|name| value(name).is_none()).collect();
                let message = format!("an item of {} needs {}", children.word, missing.join(" or "));
                self.error(Code::BAD_SHAPE, message, item.span, "not here");
            }
            return;
        };
        object.address = address.clone();
        if self.duplicate(&address, span) {
            return;
        }
        self.desired.objects.push(object);
        for (key, node) in nested {
            if let Some(children) = kind.children.iter().find(|children| children.word == key.text) {
                self.children(children, &address, &node);
            }
        }
    }

    fn absent(&mut self, entries: &[Entry]) {
        for entry in entries {
            let Some(kind) = kinds::section(&entry.key.text).next() else {
                let known = kinds::sections();
                let mut diagnostic =
                    Diagnostic::error(Code::UNKNOWN_SECTION, format!("there is no section {:?}", entry.key.text))
                        .at(entry.key.span, "unknown");
                if let Some(near) = nearest(&entry.key.text, known.iter().copied()) {
                    diagnostic = diagnostic.help(format!("did you mean {near:?}?"));
                }
                self.diagnostics.push(diagnostic);
                continue;
            };
            if !matches!(entry.node.kind, NodeKind::Seq(_) | NodeKind::Null) {
                let label = format!("this is {}", entry.node.describe());
                self.error(Code::WRONG_TYPE, "`absent` takes lists of names", entry.node.span, label);
            }
            for item in entry.node.items() {
                match item.scalar().map(|scalar| scalar.text.trim()) {
                    Some(name) if !name.is_empty() => {
                        let address = Address::named(kind.family, name);
                        self.desired.absent.push(Absent { address, span: item.span });
                    }
                    _ => self.error(
                        Code::WRONG_TYPE,
                        "`absent` takes lists of names",
                        item.span,
                        format!("this is {}", item.describe()),
                    ),
                }
            }
        }
    }

    /// What is declared and absent at once.
    fn contradictions(&mut self) {
        for absent in self.desired.absent.clone() {
            if let Some(declared) = self.seen.get(&absent.address) {
                let diagnostic = Diagnostic::error(
                    Code::ABSENT_AND_DECLARED,
                    format!("{} is declared and absent at once", absent.address),
                )
                .at(absent.span, "must not exist")
                .and(*declared, "declared here");
                self.diagnostics.push(diagnostic);
            }
        }
    }

    /// One membership declared on both of its sides.
    fn memberships(&mut self) {
        let mut found = Vec::new();
        let by_address: HashMap<&Address, &Object> = self.desired.objects.iter().map(|o| (&o.address, o)).collect();
        for object in &self.desired.objects {
            for (name, want) in &object.fields {
                let Some(other_side) = object.kind.field(name).and_then(|field| field.mirrors) else { continue };
                for (address, _) in want.mentioned() {
                    let Some(other) = by_address.get(&address) else { continue };
                    let Some(theirs) = other.fields.get(other_side) else { continue };
                    let exact = matches!(theirs.what, What::Is(_));
                    if exact || theirs.mentioned().contains_key(&object.address) {
                        found.push((object.address.clone(), address.clone(), want.span, theirs.span));
                    }
                }
            }
        }
        for (user, group, here, there) in found {
            self.diagnostics.push(
                Diagnostic::error(Code::BOTH_SIDES, format!("the membership of {user} in {group} is declared twice"))
                    .at(here, "on this side")
                    .and(there, "and on this side")
                    .help("keep one of the two"),
            );
        }
    }
}

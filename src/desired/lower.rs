//! Sections to objects: each entry of the tree becomes one object of one kind, its sugar becomes objects of its own.
//!
//! Everything is lowered here, so that the planner knows objects only. Every problem is collected; nothing is guessed.

mod assertions;
mod children;
mod defaults;
mod fits;
mod lifecycle;
mod raw;
mod rules;
mod told;
mod twin;
mod unique;

use std::collections::HashMap;

use super::node::{Key, Node, NodeKind};
use super::object::{Absent, Desired, Grant, Object, Settings, Want, What};
use super::tree::{Entry, Tree, over};
use super::values::{Reader, a, gate, is_told};
use crate::diag::{Code, Diagnostic, Span, nearest};
use crate::kinds;
use crate::schema::{self, Class, Field, Kind, Release};
use crate::value::{Address, Value, stamped, unstamped};

/// Sections that hold no objects.
const WORDS: &[&str] = &["defaults", "absent", "assertions", "raw"];

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
            "defaults" | "raw" => {}
            "absent" => lowering.absent(&section.entries),
            "assertions" => section.bodies.iter().for_each(|body| lowering.assertions(body)),
            _ => lowering.section(&section.name, &section.entries),
        }
        if section.name.text == "assertions" {
            for entry in &section.entries {
                lowering.error(Code::WRONG_TYPE, "assertions takes a list", entry.key.span, "this is a mapping");
            }
        } else if known(&section.name.text) {
            for body in &section.bodies {
                let label = format!("this is {}", body.describe());
                lowering.error(Code::WRONG_TYPE, format!("{} takes a mapping", section.name.text), body.span, label);
            }
        }
    }
    lowering.raw(tree);
    lowering.contradictions();
    lowering.older_names();
    lowering.taken_values();
    lowering.memberships();
    lowering.misfits();
    (lowering.desired, lowering.diagnostics, lowering.secrets)
}

/// Whether there is such a section; where there is none, that is said once.
fn known(section: &str) -> bool {
    WORDS.contains(&section) || kinds::section(section).next().is_some()
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

    fn section(&mut self, name: &Key, entries: &[Entry]) {
        if !known(&name.text) {
            let known = kinds::sections();
            let diagnostic = Diagnostic::error(Code::UNKNOWN_SECTION, format!("there is no section {:?}", name.text))
                .at(name.span, "unknown");
            self.diagnostics.push(match nearest(&name.text, known.iter().copied().chain(WORDS.iter().copied())) {
                Some(near) => diagnostic.help(format!("did you mean {near:?}?")),
                None => diagnostic.note(format!("sections are {}, {}", WORDS.join(", "), known.join(", "))),
            });
            return;
        }
        if let Some(only) = kinds::section(&name.text).find(|kind| kind.is_single()) {
            return self.only(only, name, entries);
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
        let text = node.scalar().map(|scalar| scalar.text.trim());
        let found = kinds::section(section).find(|kind| kind.word.is_some() && kind.word == text);
        if found.is_none() {
            let (message, label) = match node.scalar().map(|scalar| scalar.shown()) {
                Some(Some(shown)) => (format!("{section} have no type {shown:?}"), "unknown".to_owned()),
                Some(None) => (format!("{section} have no such type"), "unknown".to_owned()),
                None => ("type takes a word".to_owned(), format!("this is {}", node.describe())),
            };
            let mut diagnostic = Diagnostic::error(Code::BAD_TYPE_WORD, message).at(node.span, label).note(known);
            let shown = node.scalar().and_then(|scalar| scalar.shown());
            if let Some(near) = shown.and_then(|shown| nearest(shown, words.iter().copied())) {
                diagnostic = diagnostic.help(format!("did you mean {near:?}?"));
            }
            self.diagnostics.push(diagnostic);
        }
        found
    }

    fn object(&mut self, kind: &'static Kind, entry: &Entry) {
        if !kind.is_named() {
            return;
        }
        let name = entry.key.text.trim();
        if name.is_empty() {
            // A collection that the files describe is called by its path.
            let what = if kind.raw { format!("an object of {}", kind.path) } else { a(kind.name) };
            return self.error(Code::BAD_KEY, format!("{what} needs a name"), entry.key.span, "empty");
        }
        if kind.slug_key && !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            self.diagnostics.push(
                Diagnostic::error(
                    Code::BAD_KEY,
                    format!("{name:?} is no {}", kind.key_fields().next().unwrap_or("key")),
                )
                .at(entry.key.span, "letters, digits, `-` and `_` only"),
            );
            return;
        }
        if let Some(Err(why)) = kind.stamped.map(|_| schema::upload_name(name)) {
            let message = format!("{name:?} is no name for {}", a(kind.name));
            return self.error(Code::BAD_KEY, message, entry.key.span, why);
        }
        let Some(_) = kind.key_values(name) else {
            self.diagnostics.push(
                Diagnostic::error(Code::BAD_KEY, format!("{name:?} is no key of {}", kind.title()))
                    .at(entry.key.span, "it takes a model and a name")
                    .help(format!(
                        "write it as {}, for example authentik_core.user.department",
                        kind.key_fields().collect::<Vec<_>>().join(".")
                    )),
            );
            return;
        };
        let mut address = Address::named(kind.family, name);
        if self.duplicate(&address, entry.key.span) {
            return;
        }
        self.in_release(kind, entry.key.span);
        let node = match self.defaults.get(&kind.title()) {
            Some(defaults) => over(defaults, &entry.node),
            None => entry.node.clone(),
        };
        if let Some(real) = self.stamped(kind, name, &node).filter(|real| *real != address) {
            if self.duplicate(&real, entry.key.span) {
                return;
            }
            address = real;
        }
        let mut object = Object::new(kind, address.clone(), entry.key.span);
        let name = address.name().unwrap_or(name);
        for (field, value) in kind.key_values(name).into_iter().flatten() {
            object.fields.insert(field, Want::new(What::Is(value), entry.key.span));
        }
        self.body(kind, &mut object, &node, &address);
        self.rules(kind, &object, &node);
        self.desired.objects.push(object);
    }

    /// The object of a section that is one mapping of fields.
    fn only(&mut self, kind: &'static Kind, name: &Key, entries: &[Entry]) {
        let address = kind.only();
        self.in_release(kind, name.span);
        let fields = entries.iter().map(|entry| (entry.key.clone(), entry.node.clone())).collect();
        let node = Node { span: name.span, kind: NodeKind::Map(fields) };
        let mut object = Object::new(kind, address.clone(), name.span);
        self.body(kind, &mut object, &node, &address);
        self.rules(kind, &object, &node);
        self.desired.objects.push(object);
    }

    /// The address of an object whose name on the server carries a hash of its bytes, if the files have these.
    fn stamped(&mut self, kind: &'static Kind, name: &str, node: &Node) -> Option<Address> {
        let field = kind.field(kind.stamped?)?;
        let node = node.get(field.word)?;
        // What is wrong with it is told when the fields are read.
        let (mut problems, mut secrets) = (Vec::new(), Vec::new());
        let what = Reader::new(self.settings, &mut problems, &mut secrets).what(field, node);
        let Some(What::Is(Value::Content(content))) = what else { return None };
        let plain = unstamped(name).map(|(plain, _)| plain);
        Some(Address::named(kind.family, &stamped(plain.as_deref().unwrap_or(name), content.stamp())))
    }

    fn in_release(&mut self, kind: &Kind, span: Span) {
        if let Some(release) = self.settings.release
            && !kind.is_in(release)
        {
            let when = gate(kind.since, kind.until);
            self.error(
                Code::RELEASE_FIELD,
                format!("authentik {release} has no {}", kind.title()),
                span,
                format!("this kind exists {when}"),
            );
        }
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
            NodeKind::Tagged(tag, _) if is_told(tag) => return,
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
                "previously" if kind.is_renamed() => self.previously(kind, object, node),
                "lifecycle" => self.lifecycle(kind, object, node),
                _ => self.field(kind, object, (key, node), entries),
            }
        }
    }

    fn field(&mut self, kind: &'static Kind, object: &mut Object, (key, node): (&Key, &Node), entries: &[(Key, Node)]) {
        let word = key.text.as_str();
        let Some(field) = kind.fields.iter().find(|field| field.word == word) else {
            return self.unknown_field(kind, key);
        };
        if kind.is_key(field.name) {
            // The key is the mapping's key; saying it again is fine as long as it says the same.
            let key = object.value(field.name).and_then(Value::as_text);
            let same = node.scalar().is_some_and(|scalar| Some(scalar.text.trim()) == key);
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
        // What is part of a key is part of the address, such as the order of a binding.
        if let Some(told) = node.no_name().filter(|_| kind.key_fields().any(|name| name == field.name)) {
            self.diagnostics.push(told);
            return;
        }
        let meant = match self.settings.release {
            Some(release) if !field.is_in(release) => match kind.twin(field).filter(|twin| twin.is_in(release)) {
                Some(twin) => twin,
                None => return self.not_in_release(kind, field, release, key.span),
            },
            _ => field,
        };
        if let Some(other) = self.said_already(kind, field, object) {
            let message = format!("{word} and {} of {} are one thing", other.0, object.address);
            let diagnostic = Diagnostic::error(Code::BAD_SHAPE, message).at(key.span, "said again here");
            self.diagnostics.push(diagnostic.and(other.1, "said here").help("keep one of the two"));
            return;
        }
        let family = match field.told_by.filter(|_| node.kind != NodeKind::Null) {
            Some(other) => match self.told(kind, field, other, entries, key.span) {
                Some(family) => Some(family),
                None => {
                    // What is no name is none in any family.
                    if node.scalar().is_none() {
                        Reader::new(self.settings, &mut self.diagnostics, &mut self.secrets).what(field, node);
                    }
                    return;
                }
            },
            None => None,
        };
        let mut reader = Reader::new(self.settings, &mut self.diagnostics, &mut self.secrets);
        let what = match family {
            Some(family) => reader.named(field, family, node).map(What::Is),
            None => reader.what(field, node),
        };
        let refs = std::mem::take(&mut reader.refs);
        let ending = std::mem::take(&mut reader.ending);
        let sensitive = reader.sensitive;
        let written = node.scalar().is_some_and(|scalar| scalar.shown().is_some());
        // What is known by its fingerprint is public, such as a certificate.
        if field.class != Class::Plain && field.digest.is_none() && written {
            self.diagnostics.push(
                Diagnostic::warning(Code::PLAIN_SECRET, format!("the {word} of {} stands in the file", object.address))
                    .at(key.span, "a secret in clear text")
                    .help(format!("use !env: {word}: !env NAME_OF_A_VARIABLE")),
            );
        }
        let Some(what) = what else { return };
        let Some(what) = self.as_twin(kind, field, meant, what, key.span) else { return };
        object.fields.insert(meant.name, Want { what, span: key.span, sensitive });
        object.refs.extend(refs);
        let grant =
            |(item, until, span)| Grant { address: object.address.clone(), field: meant.name, item, until, span };
        self.desired.grants.extend(ending.into_iter().map(grant));
    }

    fn not_in_release(&mut self, kind: &Kind, field: &Field, release: Release, span: Span) {
        let when = gate(field.since, field.until);
        let message = format!("authentik {release} has no {} of {}", field.word, kind.title());
        self.error(Code::RELEASE_FIELD, message, span, format!("this field exists {when}"));
    }

    fn unknown_field(&mut self, kind: &'static Kind, key: &Key) {
        let mut known: Vec<&str> = kind.fields.iter().map(|field| field.word).collect();
        known.extend(kind.children.iter().map(|children| children.word));
        known.extend(kind.is_renamed().then_some("previously"));
        known.push("lifecycle");
        let mut diagnostic =
            Diagnostic::error(Code::UNKNOWN_FIELD, format!("{} have no field {:?}", kind.title(), key.text))
                .at(key.span, "unknown");
        diagnostic = match kind.fields.iter().find(|field| field.name == key.text) {
            Some(field) if field.word != field.name => {
                diagnostic.help(format!("in state files it is called {:?}", field.word))
            }
            Some(_) => diagnostic.help("it follows from where the object stands"),
            None => match nearest(&key.text, known.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean {near:?}?")),
                None if kind.raw => diagnostic.help("none of the objects that are declared there has it"),
                None => diagnostic.help(format!("`akrec explain {}` lists the fields", kind.name)),
            },
        };
        self.diagnostics.push(diagnostic);
    }

    fn absent(&mut self, entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| entry.key.text != "raw") {
            let Some(kind) = kinds::section(&entry.key.text).next() else {
                let known = kinds::sections();
                let diagnostic =
                    Diagnostic::error(Code::UNKNOWN_SECTION, format!("there is no section {:?}", entry.key.text))
                        .at(entry.key.span, "unknown");
                // `providers.oauth2` is how `defaults` name a kind.
                let head = entry.key.text.split('.').next().filter(|head| known.contains(head));
                let part = kinds::KINDS.iter().flat_map(|kind| kind.children).any(|part| part.word == entry.key.text);
                let near = head.or_else(|| nearest(&entry.key.text, known.iter().copied()));
                self.diagnostics.push(match near {
                    Some(near) => diagnostic.help(format!("did you mean {near:?}?")),
                    None if part => diagnostic.help("leave it out of the list of the object that it belongs to"),
                    None => diagnostic.note(format!("sections are {}", known.join(", "))),
                });
                continue;
            };
            if kind.is_single() {
                self.error(
                    Code::BAD_SHAPE,
                    format!("{} are always there, and cannot be deleted", kind.title()),
                    entry.key.span,
                    "cannot be absent",
                );
                continue;
            }
            self.absent_names(kind.family, &entry.node);
        }
    }

    /// A list of names of one family that must not exist.
    fn absent_names(&mut self, family: &'static str, list: &Node) {
        if !matches!(list.kind, NodeKind::Seq(_) | NodeKind::Null) {
            let label = format!("this is {}", list.describe());
            self.error(Code::WRONG_TYPE, "`absent` takes lists of names", list.span, label);
        }
        for item in list.items() {
            if let Some(told) = item.no_name() {
                self.diagnostics.push(told);
                continue;
            }
            match item.scalar().map(|scalar| scalar.text.trim()) {
                Some(name) if !name.is_empty() => {
                    let address = Address::named(family, name);
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

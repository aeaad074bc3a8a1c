//! One entry of a section to one object: its name, its place in the release, and the words of its mapping.
//!
//! What each word means is for `fields`, `children` and `lifecycle`.

use super::Lowering;
use crate::desired::object::{Object, Want, What};
use crate::desired::tree::Entry;
use crate::desired::values::{Reader, a, gate, is_reported, too_long, unfit};
use crate::diag::{Code, Diagnostic, Span};
use crate::schema::{self, Field, Kind};
use crate::value::{Address, Value, stamped, unstamped};
use crate::yaml::{Key, Node, NodeKind};

/// Refuses a name that no object of the kind can have.
fn checked_name(kind: &Kind, name: &str, span: Span) -> Result<(), Box<Diagnostic>> {
    let bad = |message: String, label: &str| {
        let diagnostic = Diagnostic::error(Code::BAD_KEY, message);
        diagnostic.at(span, label)
    };
    if name.is_empty() {
        // A collection that the files describe is called by its path.
        let what = if kind.raw {
            format!("an object of {}", kind.path)
        } else {
            a(kind.name)
        };
        return Err(Box::new(bad(format!("{what} needs a name"), "empty")));
    }
    let is_slug = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if kind.slug_key && !name.chars().all(is_slug) {
        let message = format!("{name:?} is not a slug");
        let label = "letters, digits, `-` and `_` only";
        return Err(Box::new(bad(message, label)));
    }
    if let Some(Err(why)) = kind.name_has_hash_of.map(|_| schema::upload_name(name)) {
        let message = format!("{name:?} is not a valid name for {}", a(kind.name));
        return Err(Box::new(bad(message, why)));
    }
    if kind.key_values(name).is_none() {
        let message = format!("{name:?} is not a valid key of {}", kind.title());
        let parts: Vec<&str> = kind.key_fields().collect();
        let help = format!(
            "write it as {}, for example authentik_core.user.department",
            parts.join(".")
        );
        let diagnostic = bad(message, "it must consist of a model and a name");
        return Err(Box::new(diagnostic.help(help)));
    }
    if kind.reserved_keys.contains(&name) {
        let diagnostic = bad(format!("{name:?} is reserved by authentik"), "reserved");
        let note = format!("authentik refuses {}", kind.reserved_keys.join(", "));
        return Err(Box::new(diagnostic.note(note).help("choose another one")));
    }
    Ok(())
}

impl Lowering<'_> {
    pub(super) fn object(&mut self, kind: &'static Kind, entry: &Entry) {
        if !kind.is_named() {
            return;
        }
        let name = schema::trim(&entry.key.text);
        if let Err(diagnostic) = checked_name(kind, name, entry.key.span) {
            self.diagnostics.push(*diagnostic);
            return;
        }
        for (field, value) in kind.key_values(name).into_iter().flatten() {
            self.key_text(
                kind.field(field),
                value.as_text().unwrap_or_default(),
                entry.key.span,
            );
        }
        let mut address = Address::named(kind.family, name);
        if self.duplicate(&address, entry.key.span) {
            return;
        }
        self.in_release(kind, entry.key.span);
        let node = match self.defaults.get(&kind.title()).cloned() {
            Some(defaults) => self.with_defaults(&defaults, &entry.node),
            None => entry.node.clone(),
        };
        if let Some(real) = self
            .stamped(kind, name, &node)
            .filter(|real| *real != address)
        {
            if self.duplicate(&real, entry.key.span) {
                return;
            }
            address = real;
        }
        let mut object = Object::new(kind, address.clone(), entry.key.span);
        let name = address.name().unwrap_or(name);
        for (field, value) in kind.key_values(name).into_iter().flatten() {
            object
                .fields
                .insert(field, Want::new(What::Is(value), entry.key.span));
        }
        self.body(kind, &mut object, &node, &address);
        self.rules(kind, &object, &node);
        self.desired.objects.push(object);
    }

    /// The object of a section that is one mapping of fields.
    pub(super) fn only(&mut self, kind: &'static Kind, name: &Key, entries: &[Entry]) {
        let address = kind.singleton_address();
        self.in_release(kind, name.span);
        let fields = entries
            .iter()
            .map(|entry| (entry.key.clone(), entry.node.clone()))
            .collect();
        let node = Node {
            span: name.span,
            kind: NodeKind::Map(fields),
        };
        let mut object = Object::new(kind, address.clone(), name.span);
        self.body(kind, &mut object, &node, &address);
        self.rules(kind, &object, &node);
        self.desired.objects.push(object);
    }

    /// The address of an object whose name on the server carries a hash of its bytes, if the files have these.
    fn stamped(&mut self, kind: &'static Kind, name: &str, node: &Node) -> Option<Address> {
        let field = kind.field(kind.name_has_hash_of?)?;
        let node = node.get(field.yaml_key)?;
        // Problems with it are reported when the fields are read.
        let (mut problems, mut secrets) = (Vec::new(), Vec::new());
        let what = Reader::new(self.settings, &mut problems, &mut secrets).what(field, node);
        let Some(What::Is(Value::Content(content))) = what else {
            return None;
        };
        let plain = unstamped(name).map(|(plain, _)| plain);
        Some(Address::named(
            kind.family,
            &stamped(plain.as_deref().unwrap_or(name), content.stamp()),
        ))
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

    /// Holds a name against what its field takes.
    pub(super) fn key_text(&mut self, field: Option<&Field>, text: &str, span: Span) {
        let Some(field) = field else { return };
        let release = self.settings.release;
        if let Some(diagnostic) = too_long(field, text, release, span) {
            self.diagnostics.push(diagnostic);
        } else if let Err(why) = field.format.check(text, release) {
            self.diagnostics.push(unfit(field, field.format, why, span));
        }
    }

    /// Whether the address was declared before; says so.
    pub(super) fn duplicate(&mut self, address: &Address, span: Span) -> bool {
        if let Some(before) = self.seen.get(address) {
            let (code, message) = match address.parts() {
                [] => (
                    Code::DUPLICATE_OBJECT,
                    format!("{address} is declared twice"),
                ),
                _ => (
                    Code::DUPLICATE_BINDING,
                    format!("{address} is listed twice here"),
                ),
            };
            let diagnostic = Diagnostic::error(code, message)
                .at(span, "again here")
                .and(*before, "first here");
            self.diagnostics.push(diagnostic);
            return true;
        }
        self.seen.insert(address.clone(), span);
        false
    }

    /// Fields and words of an object's mapping.
    pub(super) fn body(
        &mut self,
        kind: &'static Kind,
        object: &mut Object,
        node: &Node,
        address: &Address,
    ) {
        let entries = match &node.kind {
            NodeKind::Map(entries) => entries.as_slice(),
            NodeKind::Null => &[],
            NodeKind::Tagged(tag, _) if is_reported(tag) => return,
            _ => {
                let label = format!("this is {}", node.describe());
                return self.error(
                    Code::WRONG_TYPE,
                    format!("{address} must be a mapping of fields"),
                    node.span,
                    label,
                );
            }
        };
        for (key, node) in entries {
            let word = key.text.as_str();
            if word == "type" && kind.type_name.is_some() {
                continue;
            }
            if let Some(children) = kind
                .children
                .iter()
                .find(|children| children.yaml_key == word)
            {
                self.children(children, address, node);
                continue;
            }
            match word {
                "previously" if kind.can_be_renamed() => self.previously(kind, object, node),
                "lifecycle" => self.lifecycle(kind, object, node),
                _ => self.field(kind, object, (key, node), entries),
            }
        }
    }
}

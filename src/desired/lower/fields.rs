//! One field of an object's mapping: whether there is such a field, what the files want of it, and what it refers to.
//!
//! How a value is read stands in `values`.

use super::Lowering;
use crate::desired::object::{Grant, Object, Want, What};
use crate::desired::values::{Reader, gate};
use crate::diag::{Code, Diagnostic, Span};
use crate::schema::{self, Class, Field, Kind, Release};
use crate::value::Value;
use crate::yaml::{Key, Node, NodeKind};

impl Lowering<'_> {
    /// Takes in what an object's mapping says under one word; `entries` is all of that mapping.
    pub(super) fn field(
        &mut self,
        kind: &'static Kind,
        object: &mut Object,
        (key, node): (&Key, &Node),
        entries: &[(Key, Node)],
    ) {
        let word = key.text.as_str();
        let Some(field) = kind.fields.iter().find(|field| field.yaml_key == word) else {
            return self.unknown_field(kind, key);
        };
        if kind.is_key(field.name) {
            return self.key_again(field, object, node);
        }
        // What is part of a key is part of the address, such as the order of a binding.
        if let Some(finding) = node
            .no_name()
            .filter(|_| kind.key_fields().any(|name| name == field.name))
        {
            self.diagnostics.push(finding);
            return;
        }
        let meant = match self.settings.release {
            Some(release) if !field.is_in(release) => {
                let other = kind.counterpart(field);
                match other.filter(|other| other.is_in(release)) {
                    Some(other) => other,
                    None => return self.not_in_release(kind, field, release, key.span),
                }
            }
            _ => field,
        };
        if let Some((other, span)) = self.said_already(kind, field, object) {
            let message = format!(
                "{word} and {other} of {} are the same field",
                object.address
            );
            let diagnostic =
                Diagnostic::error(Code::BAD_SHAPE, message).at(key.span, "set again here");
            let diagnostic = diagnostic.and(span, "set here").help("keep one of the two");
            self.diagnostics.push(diagnostic);
            return;
        }
        let mut family = None;
        if let Some(other) = field.family_field.filter(|_| node.kind != NodeKind::Null) {
            family = self.reported(kind, field, other, entries, key.span);
            if family.is_none() {
                // A value that is not a name is refused whatever the family is.
                if node.scalar().is_none() {
                    Reader::new(self.settings, &mut self.diagnostics, &mut self.secrets)
                        .what(field, node);
                }
                return;
            }
        }
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
            self.plain_secret(word, object, key.span);
        }
        let Some(what) = what else { return };
        let Some(what) = self.as_twin(kind, field, meant, what, key.span) else {
            return;
        };
        object.fields.insert(
            meant.name,
            Want {
                what,
                span: key.span,
                sensitive,
            },
        );
        object.refs.extend(refs);
        let grant = |(item, until, span)| Grant {
            address: object.address.clone(),
            field: meant.name,
            item,
            until,
            span,
        };
        self.desired.grants.extend(ending.into_iter().map(grant));
    }

    /// The key is the mapping's key; saying it again is fine as long as it says the same.
    fn key_again(&mut self, field: &Field, object: &Object, node: &Node) {
        let key = object.value(field.name).and_then(Value::as_text);
        if node
            .scalar()
            .is_none_or(|scalar| Some(schema::trim(&scalar.text)) != key)
        {
            let message = format!("the {} of {} is its key", field.yaml_key, object.address);
            self.error(Code::BAD_KEY, message, node.span, "a different one here");
        }
    }

    fn plain_secret(&mut self, word: &str, object: &Object, span: Span) {
        self.diagnostics.push(
            Diagnostic::warning(
                Code::PLAIN_SECRET,
                format!("the {word} of {} is written in the file", object.address),
            )
            .at(span, "a secret in clear text")
            .help(format!("use !env: {word}: !env NAME_OF_A_VARIABLE")),
        );
    }

    fn not_in_release(&mut self, kind: &Kind, field: &Field, release: Release, span: Span) {
        let when = gate(field.since, field.until);
        let message = format!(
            "authentik {release} has no {} of {}",
            field.yaml_key,
            kind.title()
        );
        self.error(
            Code::RELEASE_FIELD,
            message,
            span,
            format!("this field exists {when}"),
        );
    }

    pub(super) fn unknown_field(&mut self, kind: &'static Kind, key: &Key) {
        let mut known: Vec<&str> = kind.fields.iter().map(|field| field.yaml_key).collect();
        known.extend(kind.children.iter().map(|children| children.yaml_key));
        known.extend(kind.can_be_renamed().then_some("previously"));
        known.push("lifecycle");
        let message = format!("{} have no field {:?}", kind.title(), key.text);
        let unknown = Diagnostic::error(Code::UNKNOWN_FIELD, message).at(key.span, "unknown");
        self.diagnostics.push(
            match kind.fields.iter().find(|field| field.name == key.text) {
                Some(field) if field.yaml_key != field.name => {
                    unknown.help(format!("in state files it is called {:?}", field.yaml_key))
                }
                Some(_) => unknown.help("it follows from the object's place in the files"),
                None => {
                    let advice = match kind.raw {
                        true => "no object that is declared there has it".to_owned(),
                        false => format!("`akrec explain {}` lists the fields", kind.name),
                    };
                    unknown.help(advice).did_you_mean(&key.text, known)
                }
            },
        );
    }
}

//! Fields that contradict each other by the server's rules, reported offline at their lines.
//!
//! The rules are data of the table; nothing here knows a kind.

use super::Lowering;
use crate::desired::needs;
use crate::desired::object::{Object, What};
use crate::desired::values::unfit;
use crate::diag::{Code, Diagnostic};
use crate::schema::{self, Forced, Format, Kind, Release};
use crate::value::Value;
use crate::yaml::Node;

impl Lowering<'_> {
    /// Holds an object against the rules of its kind.
    pub(super) fn rules(&mut self, kind: &'static Kind, object: &Object, node: &Node) {
        let mut findings: Vec<&str> = Vec::new();
        let release = self.settings.release;
        let here = |forced: &&Forced| {
            forced
                .until
                .is_none_or(|until| release.is_some_and(|release| release < until))
        };
        for forced in kind
            .forced
            .iter()
            .filter(here)
            .filter(|forced| is_forced(kind, object, forced, release))
        {
            let Some((field, want)) = kind
                .field(forced.field)
                .zip(object.fields.get(forced.field))
            else {
                continue;
            };
            if findings.contains(&forced.field) {
                continue;
            }
            findings.push(forced.field);
            let what = if forced.null {
                format!("{}: null", field.yaml_key)
            } else {
                format!("the {}", field.yaml_key)
            };
            let (message, label) = match release.filter(|_| forced.until.is_some()) {
                None => (
                    format!(
                        "{what} of {} is not kept: the server sets its own value",
                        object.address
                    ),
                    "set by the server",
                ),
                Some(release) => (
                    format!("authentik {release} fails at {what} of {}", object.address),
                    "cannot be written",
                ),
            };
            let diagnostic = Diagnostic::error(Code::FORCED_VALUE, message).at(want.span, label);
            self.diagnostics.push(diagnostic.help(forced.why));
        }
        for field in kind.fields {
            let (Some(want), Some(other)) = (object.fields.get(field.name), field.sent_with) else {
                continue;
            };
            // A field that exists and is broken has already been reported.
            if node
                .get(kind.field(other).map_or(other, |other| other.yaml_key))
                .is_none()
            {
                let message = format!(
                    "the {} of {} is never compared",
                    field.yaml_key, object.address
                );
                let diagnostic = Diagnostic::warning(Code::NOT_COMPARED, message)
                    .at(want.span, format!("without {other} beside it"))
                    .help(format!(
                        "declare {other} too: the two are compared by it and sent together"
                    ));
                self.diagnostics.push(diagnostic);
            }
        }
        self.expressions(kind, object, node);
        self.pairs(kind, object);
        let lacking = kind
            .requirements
            .iter()
            .filter(|needs| !needs.is_lint() && needs.is_for(release));
        let lacking = lacking.filter(|needs| needs::lacks_by_files(object, needs, release));
        self.diagnostics
            .extend(lacking.map(|lacking| needs::reported(object, lacking)));
    }

    /// Texts that are expressions where another field says so.
    fn expressions(&mut self, kind: &Kind, object: &Object, node: &Node) {
        for field in kind.fields {
            let Format::PythonIf(other) = field.format else {
                continue;
            };
            let Some(text) = object
                .value(field.name)
                .and_then(Value::as_text)
                .filter(|text| !text.is_empty())
            else {
                continue;
            };
            if object.value(other) != Some(&Value::Bool(true)) {
                continue;
            }
            if let Err(why) = field.format.check(text, self.settings.release) {
                let place = node
                    .get(field.yaml_key)
                    .map(|node| node.span)
                    .or(object.fields.get(field.name).map(|it| it.span));
                let diagnostic = unfit(field, field.format, why, place.unwrap_or(object.span));
                self.diagnostics
                    .push(diagnostic.note(format!("{other} says that it is an expression")));
            }
        }
    }

    /// Fields that must fit each other: a certificate and its key, or durations of which one is part of the other.
    fn pairs(&mut self, kind: &Kind, object: &Object) {
        let secret = |name: &str| match object.value(name) {
            Some(Value::Secret(secret)) => Some(secret.expose()),
            _ => None,
        };
        for field in kind.fields {
            let Some(other) = field.sent_with.and_then(|other| kind.field(other)) else {
                continue;
            };
            let (Some((_, digest)), Some(text), Some(key)) =
                (other.digest, secret(other.name), secret(field.name))
            else {
                continue;
            };
            let (Some(want), Some(beside)) =
                (object.fields.get(field.name), object.fields.get(other.name))
            else {
                continue;
            };
            if digest.fits(text, key) == Some(false) {
                let message = format!(
                    "the {} of {} does not match its {}",
                    field.yaml_key, object.address, other.yaml_key
                );
                let diagnostic = Diagnostic::error(Code::KEY_MISMATCH, message)
                    .at(want.span, "this key")
                    .and(beside.span, "does not belong to this certificate");
                self.diagnostics
                    .push(diagnostic.help("take the two from the same place"));
            }
        }
        self.diagnostics
            .extend(needs::too_long(object, &|name| object.value(name).cloned()));
    }
}

/// Whether the server overwrites what an object declares.
fn is_forced(kind: &Kind, object: &Object, forced: &Forced, release: Option<Release>) -> bool {
    let Some(want) = object.fields.get(forced.field) else {
        return false;
    };
    if forced.null && want.what != What::Is(Value::Null) {
        return false;
    }
    let Some((name, json)) = forced.when else {
        return true;
    };
    let Some(field) = kind.field(name) else {
        return false;
    };
    let meant = serde_json::from_str(json)
        .ok()
        .and_then(|raw| schema::decode(field, &raw, &|_, _| None).ok());
    let default = schema::default_value(field, release);
    let have = match object.fields.get(name) {
        Some(want) => match &want.what {
            What::Is(value) => Some(value),
            _ => None,
        },
        None => default.as_ref(),
    };
    have.is_some() && have == meant.as_ref()
}

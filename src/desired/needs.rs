//! What an object lacks beside its own fields, reported with the same text wherever it is found: in the files alone, or
//! by the plan that knows the server as well. Pure.

use std::collections::BTreeMap;

use super::object::{Object, What};
use crate::diag::{Code, Diagnostic};
use crate::schema::{
    Class, Condition, FieldState, Release, Requirement, Shape, assumed_value, default_value,
};
use crate::value::Value;

/// Whether the files alone show that an object lacks something, whatever the server has: the object that requires it is
/// declared, or one of the fields that would satisfy it is, and does not.
pub(crate) fn lacks_by_files(
    object: &Object,
    needs: &Requirement,
    release: Option<Release>,
) -> bool {
    let declared = |is: &Condition| {
        is.field()
            .is_some_and(|name| object.fields.contains_key(name))
    };
    if needs.when.is_empty() && !needs.one_of.iter().any(declared) {
        return false;
    }
    let mut usual: BTreeMap<&str, Value> = BTreeMap::new();
    for field in needs.fields().filter_map(|name| object.kind.field(name)) {
        if let Some(value) = assumed_value(field).or_else(|| default_value(field, release)) {
            usual.insert(field.name, value);
        }
    }
    let asked = |name: &str| needs.when.iter().any(|is| is.field() == Some(name));
    let known = |name: &'static str| {
        let Some(field) = object.kind.field(name) else {
            return FieldState::Unknown;
        };
        match object.fields.get(name).map(|want| &want.what) {
            Some(What::Is(value)) => FieldState::Value(value),
            Some(What::Some { include, .. }) if !include.is_empty() => FieldState::SomeValue,
            Some(What::Keys(_)) => FieldState::SomeValue,
            Some(What::Some { .. }) => FieldState::Unknown,
            None if release.is_some_and(|release| !field.is_in(release)) => FieldState::Absent,
            // What is not declared may be on the server, or be filled in.
            None if asked(name) || field.class != Class::Plain || field.preselected.is_some() => {
                FieldState::Unknown
            }
            None => usual
                .get(name)
                .map_or(FieldState::Absent, FieldState::Default),
        }
    };
    needs.is_lacking(object.address.name(), &known) == Some(true)
}

/// Says what an object lacks.
pub(crate) fn reported(object: &Object, needs: &Requirement) -> Diagnostic {
    let said = |is: &Condition| {
        is.field()
            .and_then(|name| object.fields.get(name))
            .map(|want| want.span)
    };
    let span = needs
        .when
        .iter()
        .chain(needs.one_of)
        .find_map(said)
        .unwrap_or(object.span);
    let lacking = wanted(object, needs);
    let diagnostic = match needs.is_lint() {
        true => Diagnostic::warning(Code::USELESS_OBJECT, message(object, needs)),
        false => Diagnostic::error(Code::INCOMPLETE, message(object, needs)),
    };
    let diagnostic = match (needs.one_of.is_empty(), lacking.as_slice()) {
        (true, _) => {
            return diagnostic
                .at(span, "refused by authentik")
                .help("leave the object out");
        }
        (_, [one]) => diagnostic.at(span, format!("no {one} here")),
        _ => diagnostic.at(span, "none of them here"),
    };
    let diagnostic = diagnostic.help(format!("declare {}", lacking.join(", or ")));
    if needs.is_lint() {
        diagnostic.note(format!("otherwise {}", needs.otherwise))
    } else {
        diagnostic
    }
}

/// Pairs of durations where one must not be longer than the other, and is; `value` gives the value of each.
pub(crate) fn too_long(
    object: &Object,
    value: &dyn Fn(&'static str) -> Option<Value>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (short, long) in object.kind.ordered_durations {
        let want = |name: &str| object.fields.get(name).map(|want| want.span);
        let (Some(Value::Duration(first)), Some(Value::Duration(second))) =
            (value(short), value(long))
        else {
            continue;
        };
        if first > second {
            let message = format!(
                "the {short} of {} is longer than its {long}",
                object.address
            );
            let span = want(short).or(want(long)).unwrap_or(object.span);
            let diagnostic = Diagnostic::error(Code::INCOMPLETE, message)
                .at(span, format!("{first}, and {second}"));
            found.push(diagnostic.help(format!("make {short} shorter, or {long} longer")));
        }
    }
    found
}

fn message(object: &Object, needs: &Requirement) -> String {
    let when: Vec<String> = needs
        .when
        .iter()
        .filter_map(|is| condition(object, is))
        .collect();
    if needs.one_of.is_empty() {
        return format!(
            "{} cannot be created where {}",
            object.address,
            when.join(" and ")
        );
    }
    let lacking = wanted(object, needs).join(" or ");
    match when.is_empty() {
        true => format!("{} needs {lacking}", object.address),
        false => format!(
            "{} needs {lacking} where {}",
            object.address,
            when.join(" and ")
        ),
    }
}

/// What would satisfy it, in words of state files.
fn wanted(object: &Object, needs: &Requirement) -> Vec<String> {
    let one = |is: &Condition| {
        let field = object.kind.field(is.field()?)?;
        Some(match (is, field.shape) {
            (Condition::IsOneOf(_, words), _) => {
                format!("{}: {}", field.yaml_key, words.join(" or "))
            }
            (Condition::HasKey(_, key), _) => format!("{}: {{{key}: …}}", field.yaml_key),
            (_, Shape::Bool) => format!("{}: true", field.yaml_key),
            _ => field.yaml_key.to_owned(),
        })
    };
    needs.one_of.iter().filter_map(one).collect()
}

fn condition(object: &Object, is: &Condition) -> Option<String> {
    let field = object.kind.field(is.field()?)?;
    Some(match (is, field.shape) {
        (Condition::IsOneOf(_, words), Shape::List(_) | Shape::Set(_)) => {
            format!("{} has {}", field.yaml_key, words.join(" or "))
        }
        (Condition::IsOneOf(_, words), _) => {
            match object.value(field.name).and_then(Value::as_text) {
                Some(word) => format!("{} is {word}", field.yaml_key),
                None => format!("{} is {}", field.yaml_key, words.join(" or ")),
            }
        }
        (_, Shape::Bool) => format!("{} is true", field.yaml_key),
        _ => format!("{} is set", field.yaml_key),
    })
}

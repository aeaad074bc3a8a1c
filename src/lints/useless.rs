//! Objects that are valid and of no use: what they lack is said by the table. Keys of free data that nobody reads.

use super::scene::{Scene, Seen};
use crate::desired::{Object, Want, What, needs};
use crate::diag::{Code, Diagnostic, nearest};
use crate::schema::{DataKey, Field, FieldState, Requirement, default_value};
use crate::value::{OrderedJson, Value};

pub(super) fn judge(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (_, seen, object) in scene.mine() {
        for needs in seen.kind.requirements {
            let applies = needs.is_lint() && needs.is_for(scene.release);
            if applies && is_lacking(scene, seen, object, needs) {
                found.push(needs::reported(object, needs));
            }
        }
        for field in seen.kind.fields {
            if !field.keys.is_empty() {
                unknown_keys(scene, seen, field, found);
            }
        }
    }
}

/// Whether an object certainly lacks what the table says that it needs.
fn is_lacking(scene: &Scene<'_>, seen: &Seen<'_>, object: &Object, needs: &Requirement) -> bool {
    // What an object has where nobody says anything is only known if all of it has been seen.
    let mut usual: Vec<(&str, Value)> = Vec::new();
    if seen.whole {
        for name in needs.fields() {
            let field = seen.kind.field(name);
            let value = field.and_then(|field| default_value(field, scene.release));
            usual.extend(value.map(|value| (name, value)));
        }
    }
    let known = |name: &'static str| {
        if let Some(value) = seen.fields.get(name) {
            return FieldState::Value(value);
        }
        if !seen.whole {
            return FieldState::Unknown;
        }
        match usual.iter().find(|(field, _)| *field == name) {
            Some((_, value)) => FieldState::Default(value),
            None => FieldState::Absent,
        }
    };
    needs.is_lacking(object.address.name(), &known) == Some(true)
}

/// Keys that are declared and that authentik does not read.
fn unknown_keys(scene: &Scene<'_>, seen: &Seen<'_>, field: &Field, found: &mut Vec<Diagnostic>) {
    let declared = seen
        .declared
        .and_then(|object| object.fields.get(field.name));
    let Some(want) = declared else {
        return;
    };
    let is_read = |key: &DataKey| match (key.since, scene.release) {
        (Some(since), Some(release)) => release >= since,
        _ => true,
    };
    let mut known: Vec<&str> = Vec::new();
    for key in field.keys {
        if is_read(key) {
            known.push(key.name);
        }
    }
    for key in declared_keys(&want.what) {
        if !known.contains(&key) {
            found.push(unknown_key(field, want, key, &known));
        }
    }
}

/// The keys that are declared to have a value.
fn declared_keys(what: &What) -> Vec<&str> {
    let mut declared = Vec::new();
    match what {
        What::Keys(keys) => {
            for (key, value) in keys {
                if !value.is_null() {
                    declared.push(key.as_str());
                }
            }
        }
        What::Is(Value::Json(OrderedJson(data))) => {
            for key in data.as_object().into_iter().flat_map(|data| data.keys()) {
                declared.push(key.as_str());
            }
        }
        _ => {}
    }
    declared
}

fn unknown_key(field: &Field, want: &Want, key: &str, known: &[&str]) -> Diagnostic {
    let shown = if want.sensitive {
        "a key".to_owned()
    } else {
        format!("{key:?}")
    };
    let message = format!(
        "{} has {shown}, which authentik does not read",
        field.yaml_key
    );
    let diagnostic =
        Diagnostic::warning(Code::UNKNOWN_DATA_KEY, message).at(want.span, "an unknown key in it");
    let other_release = field.keys.iter().find(|other| other.name == key);
    if let Some(later) = other_release.and_then(|other| other.since) {
        return diagnostic
            .note(format!("authentik reads it from {later} on"))
            .help("remove it, or upgrade authentik first");
    }
    match nearest(key, known.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean {near:?}?")),
        None => diagnostic.help("remove it"),
    }
}

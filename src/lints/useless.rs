//! Objects that are valid and of no use: what they lack is said by the table. Keys of free data that nobody reads.

use super::scene::{Scene, Seen};
use crate::desired::{What, needs};
use crate::diag::{Code, Diagnostic, nearest};
use crate::schema::{Field, Known, default_value};
use crate::value::{Json, Value};

pub(super) fn judge(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (_, seen, object) in scene.mine() {
        for lacking in seen
            .kind
            .needs
            .iter()
            .filter(|needs| needs.is_lint() && needs.is_for(scene.release))
        {
            let usual: Vec<(&str, Value)> = lacking
                .fields()
                .filter_map(|name| {
                    Some((name, default_value(seen.kind.field(name)?, scene.release)?))
                })
                .filter(|_| seen.whole)
                .collect();
            let known = |name: &'static str| match seen.fields.get(name) {
                Some(value) => Known::Is(value),
                None if !seen.whole => Known::Unknown,
                None => usual
                    .iter()
                    .find(|(field, _)| *field == name)
                    .map_or(Known::Nothing, |(_, it)| Known::Usual(it)),
            };
            if lacking.is_lacking(object.address.name(), &known) == Some(true) {
                found.push(needs::told(object, lacking));
            }
        }
        for field in seen
            .kind
            .fields
            .iter()
            .filter(|field| !field.keys.is_empty())
        {
            unknown_keys(scene, seen, field, found);
        }
    }
}

/// Keys that are declared and that authentik does not read.
fn unknown_keys(scene: &Scene<'_>, seen: &Seen<'_>, field: &Field, found: &mut Vec<Diagnostic>) {
    let Some(want) = seen
        .declared
        .and_then(|object| object.fields.get(field.name))
    else {
        return;
    };
    let declared: Vec<&str> = match &want.what {
        What::Keys(keys) => keys
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, _)| key.as_str())
            .collect(),
        What::Is(Value::Json(Json(data))) => data
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
            .collect(),
        _ => return,
    };
    let known: Vec<&str> = field
        .keys
        .iter()
        .filter(|key| {
            key.since
                .is_none_or(|since| scene.release.is_none_or(|release| release >= since))
        })
        .map(|key| key.name)
        .collect();
    for key in declared.into_iter().filter(|key| !known.contains(key)) {
        let shown = if want.sensitive {
            "a key".to_owned()
        } else {
            format!("{key:?}")
        };
        let told = Diagnostic::warning(
            Code::UNKNOWN_DATA_KEY,
            format!("{} has {shown}, which authentik does not read", field.word),
        )
        .at(want.span, "an unknown key in it");
        let later = field
            .keys
            .iter()
            .find(|known| known.name == key)
            .and_then(|known| known.since);
        found.push(match (later, nearest(key, known.iter().copied())) {
            (Some(later), _) => told
                .note(format!("authentik reads it from {later} on"))
                .help("remove it, or upgrade authentik first"),
            (None, Some(near)) => told.help(format!("did you mean {near:?}?")),
            (None, None) => told.help("remove it"),
        });
    }
}

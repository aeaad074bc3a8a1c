//! Values as they stand in state files. Whatever the files' reader would refuse is refused here, with the reason.

use std::collections::BTreeMap;

use super::refs::Refs;
use crate::schema::{self, Field, Kind, RELEASES, Release, Shape};
use crate::value::{OrderedJson, Value};
use crate::yaml::{Item, Yaml};

/// The deepest data that state files can hold, with room for what is around it.
const DEEPEST: usize = 60;
/// The longest key that YAML takes in one line, with room for its quotes.
pub(super) const LONGEST_KEY: usize = 900;

/// A value of a field of this shape.
pub fn yaml(
    value: &Value,
    field: &Field,
    shape: &Shape,
    refs: &Refs,
    release: Release,
) -> Result<Yaml, String> {
    let each = |items: &mut dyn Iterator<Item = &Value>, shape: &Shape| {
        items
            .map(|item| yaml(item, field, shape, refs, release))
            .collect::<Result<Vec<_>, _>>()
            .map(Yaml::List)
    };
    match (value, shape) {
        (Value::Null, _) => Ok(Yaml::Null),
        (Value::Bool(flag), _) => Ok(Yaml::Bare(flag.to_string())),
        (Value::Int(number), Shape::Int(least, most)) if !(*least..=*most).contains(number) => {
            Err(format!("{number} is outside the range {least} to {most}"))
        }
        (Value::Int(number), _) => Ok(Yaml::Bare(number.to_string())),
        (Value::Float(number), _) => Ok(Yaml::Bare(number.to_string())),
        (Value::Time(time), _) => Ok(Yaml::Bare(time.to_string())),
        (Value::Duration(duration), _) => Ok(Yaml::text(duration.as_str())),
        (Value::Text(text), Shape::Enum(words)) => {
            match words.iter().find(|word| word.name == &**text) {
                Some(word) if word.is_in(release) => Ok(Yaml::text(&**text)),
                _ => Err(format!(
                    "akrec does not know the value {text:?}; if you write it by hand, it needs --allow-unknown"
                )),
            }
        }
        (Value::Text(text), Shape::Duration) => Err(format!("{text:?} is not a duration")),
        (Value::Text(text), _) if text.is_empty() && field.not_blank => {
            Err("it is empty".to_owned())
        }
        // A block ends with a line's end; the server and akrec trim it away.
        (Value::Text(text), _) if text.contains('\n') => Ok(Yaml::Text(format!("{text}\n"))),
        (Value::Text(text), _) => Ok(Yaml::text(&**text)),
        // Where any text may stand, a reference says that it is one.
        (Value::Ref(address), Shape::String) => {
            let name = Item::Entry(address.family.to_owned(), Yaml::Text(refs.name(address)?));
            Ok(Yaml::Tagged("ref", Box::new(Yaml::Map(vec![name]))))
        }
        (Value::Ref(address), _) => refs.name(address).map(Yaml::Text),
        (Value::Unknown(_), _) => Err("it refers to something that was not read".to_owned()),
        (Value::List(items), Shape::List(item)) => each(&mut items.iter(), item),
        (Value::Set(items), Shape::Set(Shape::Grant { .. })) => {
            granted(items.iter(), refs).map(Yaml::List)
        }
        (grant @ Value::Record(_), Shape::Grant { .. }) => {
            granted([grant], refs).map(|mut items| items.pop().unwrap_or(Yaml::Null))
        }
        (Value::Set(items), Shape::Set(item)) => each(&mut items.iter(), item).map(sorted),
        (Value::Record(values), Shape::Record(fields)) => record(values, fields, refs, release),
        (Value::Json(data), Shape::Json { per_key }) => free_data(&data.0, *per_key),
        _ => Err("it does not have the form that akrec expects".to_owned()),
    }
}

/// A mapping of fields, without those that have their default; a plain text stands for the field named first.
fn record(
    values: &BTreeMap<String, Value>,
    fields: &[Field],
    refs: &Refs,
    release: Release,
) -> Result<Yaml, String> {
    let mut items = Vec::new();
    for field in fields.iter().filter(|field| field.is_in(release)) {
        let Some(value) = values.get(field.name) else {
            continue;
        };
        if field.required || !is_default_on(field, value, release) {
            items.push((field, yaml(value, field, &field.shape, refs, release)?));
        }
    }
    let first = fields.first().map(|first| first.name);
    if let [(field, text @ Yaml::Text(_))] = items.as_slice()
        && first == Some(field.name)
    {
        return Ok(text.clone());
    }
    let entry = |(field, yaml): (&Field, Yaml)| Item::Entry(field.name.to_owned(), yaml);
    Ok(Yaml::Map(items.into_iter().map(entry).collect()))
}

/// Free data. `per_key`: only the keys that are written are managed, unless the mapping is marked as exact.
fn free_data(data: &serde_json::Value, per_key: bool) -> Result<Yaml, String> {
    let keys = match data {
        serde_json::Value::Object(keys) => keys,
        _ if per_key => return Err("it is not a mapping".to_owned()),
        other => return json(other, 0),
    };
    let plain = json(data, 0)?;
    // Alone, `null` means that the key goes.
    let exact = per_key && keys.values().any(serde_json::Value::is_null);
    Ok(if exact {
        Yaml::Tagged("exact", Box::new(plain))
    } else {
        plain
    })
}

/// Names in the order of what is written, which aliases may change.
fn sorted(list: Yaml) -> Yaml {
    match list {
        Yaml::List(mut items) if items.iter().all(|item| matches!(item, Yaml::Text(_))) => {
            items.sort_by(|a, b| match (a, b) {
                (Yaml::Text(a), Yaml::Text(b)) => a.cmp(b),
                _ => std::cmp::Ordering::Equal,
            });
            Yaml::List(items)
        }
        other => other,
    }
}

/// Whether a field is as the server of this release makes it when nothing is said, and as those of all later releases do:
/// files that leave it out then mean the same after an upgrade. What a later release says by another field counts too.
pub fn is_default(kind: &Kind, field: &Field, value: &Value, release: Release) -> bool {
    let later = RELEASES.iter().copied().filter(|later| *later > release);
    std::iter::once(release).chain(later).all(|release| {
        let twin = || kind.counterpart(field).filter(|twin| twin.is_in(release));
        match Some(field)
            .filter(|field| field.is_in(release))
            .or_else(twin)
        {
            Some(meant) => is_default_on(meant, value, release),
            // The release has nothing like it.
            None => true,
        }
    })
}

/// Whether a field is as the server of a release makes it when nothing is said.
fn is_default_on(field: &Field, value: &Value, release: Release) -> bool {
    match schema::assumed_value(field).or_else(|| schema::default_value(field, Some(release))) {
        Some(usual) => *value == usual || (usual.is_empty() && value.is_empty()),
        None => value.is_empty(),
    }
}

/// Permissions on objects: a mapping for all that are on the same one.
fn granted<'v>(
    items: impl IntoIterator<Item = &'v Value>,
    refs: &Refs,
) -> Result<Vec<Yaml>, String> {
    let mut objects: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
    for item in items {
        let Value::Record(parts) = item else {
            return Err("it is not a permission on an object".to_owned());
        };
        let (Some(Value::Ref(object)), Some(Value::Ref(permission))) =
            (parts.get("object"), parts.get("permission"))
        else {
            return Err("it is on something that was not read".to_owned());
        };
        objects
            .entry((object.family, refs.name(object)?))
            .or_default()
            .push(refs.name(permission)?);
    }
    let yaml = objects
        .into_iter()
        .map(|((family, name), mut permissions)| {
            permissions.sort();
            let permissions = permissions.into_iter().map(Yaml::Text).collect();
            Yaml::Map(vec![
                Item::Entry(family.to_owned(), Yaml::Text(name)),
                Item::Entry("permissions".to_owned(), Yaml::List(permissions)),
            ])
        });
    Ok(yaml.collect())
}

/// Free data without the keys by which the server would act anyway; `None` where there are none such, or where the data
/// can only be written as a whole.
pub(super) fn unusual(field: &Field, value: &Value) -> Option<Value> {
    let usual: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(field.implicit_defaults?).ok()?;
    let Value::Json(OrderedJson(serde_json::Value::Object(keys))) = value else {
        return None;
    };
    let rest = keys
        .iter()
        .filter(|(key, raw)| usual.get(*key) != Some(*raw));
    let rest: serde_json::Map<_, _> = rest.map(|(key, raw)| (key.clone(), raw.clone())).collect();
    rest.values()
        .all(|raw| !raw.is_null())
        .then(|| Value::Json(OrderedJson(rest.into())))
}

fn json(raw: &serde_json::Value, depth: usize) -> Result<Yaml, String> {
    use serde_json::Value as Json;
    if depth > DEEPEST {
        return Err(format!("it is nested more than {DEEPEST} levels deep"));
    }
    Ok(match raw {
        Json::Null => Yaml::Null,
        Json::Bool(flag) => Yaml::Bare(flag.to_string()),
        Json::Number(number) if number.is_i64() || number.is_f64() => {
            Yaml::Bare(number.to_string())
        }
        Json::Number(number) => return Err(format!("{number} is too large a number")),
        Json::String(text) => Yaml::text(text.as_str()),
        Json::Array(items) => Yaml::List(
            items
                .iter()
                .map(|raw| json(raw, depth + 1))
                .collect::<Result<_, _>>()?,
        ),
        Json::Object(keys) => {
            let mut items = Vec::new();
            for (key, raw) in keys {
                if key.len() > LONGEST_KEY {
                    return Err("it has a key that is too long".to_owned());
                }
                items.push(Item::Entry(key.clone(), json(raw, depth + 1)?));
            }
            Yaml::Map(items)
        }
    })
}

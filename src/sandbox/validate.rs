//! The generic serializer: turns a request body into clean values or into the server's refusal.
//! Must never change the world, nor know about a single collection by name.

use serde_json::{Map, Value, json};

use super::behaviours::Refusal;
use super::checks::{media_name, python, template};
use super::facts::{Collection, Field};
use super::field_rules::{One, judge_field};
use super::ids::canonical_uuid;
use super::world::{Serial, Values, World, unique_space};

/// Refusals by field name, as the server answers them with status 400.
pub(super) type Errors = Map<String, Value>;

/// A refusal that concerns no single field.
pub(super) fn non_field(text: &str) -> Errors {
    field_error("non_field_errors", text)
}

/// A refusal of one field.
pub(super) fn field_error(field: &str, text: &str) -> Errors {
    [(field.to_owned(), json!([text]))].into_iter().collect()
}

/// The clean values of a body. With `partial` (PATCH) nothing is required. Unknown and
/// read-only fields are ignored, as Django REST framework does.
pub(super) fn clean(
    world: &World,
    base: &str,
    body: &Map<String, Value>,
    existing: Option<Serial>,
    partial: bool,
) -> Result<Values, Refusal> {
    let collection = world.collection(base).ok_or(Refusal::Crash)?;
    let mut values = Values::new();
    let mut errors = Errors::new();
    for (name, field) in &collection.fields {
        let Some(given) = body.get(name) else {
            if field.required && !partial {
                errors.insert(name.clone(), json!(["This field is required."]));
            }
            continue;
        };
        match check(world, field, given) {
            Ok(value) => match taken(world, collection, name, &value, existing) {
                Some(text) => drop(errors.insert(name.clone(), json!([text]))),
                None => match judge_field(&One { world, base, name, value: &value, body, existing }) {
                    Ok(()) => drop(values.insert(name.clone(), value)),
                    Err(Refusal::Invalid(refused)) => errors.extend(refused),
                    Err(Refusal::Crash) => return Err(Refusal::Crash),
                },
            },
            Err(refusal) => drop(errors.insert(name.clone(), refusal)),
        }
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    unique_together(world, collection, &values, existing)?;
    Ok(values)
}

/// One value against one field; the refusal is what the server puts under the field's name.
fn check(world: &World, field: &Field, given: &Value) -> Result<Value, Value> {
    let refuse = |text: &str| Err(json!([text]));
    // A reference that is empty text is none; a list of them is no list.
    if given.is_null() || (field.to.is_some() && !field.is_list() && *given == "") {
        return match field.nullable || field.kind.is_none() {
            true => Ok(Value::Null),
            false => refuse("This field may not be null."),
        };
    }
    if field.is_list() {
        return list(world, field, given);
    }
    if let Some(model) = &field.to {
        return reference(world, model, field, given).map_err(|text| json!([text]));
    }
    match field.kind.as_deref() {
        Some("string") => string(world, field, given),
        Some("boolean") => match flag(given) {
            Some(flag) => Ok(flag.into()),
            None => refuse("Must be a valid boolean."),
        },
        Some("integer") => match whole(given) {
            Some(number) => within(field, number as f64).map(|()| number.into()).map_err(|text| json!([text])),
            None => refuse("A valid integer is required."),
        },
        Some("number") => match real(given) {
            Some(number) => within(field, number).map(|()| number.into()).map_err(|text| json!([text])),
            None => refuse("A valid number is required."),
        },
        Some("object") if !given.is_object() => refuse("Value must be a dictionary, and not have any duplicate keys."),
        _ => Ok(given.clone()),
    }
}

/// What the server takes for true or false.
fn flag(given: &Value) -> Option<bool> {
    let word = match given {
        Value::Bool(flag) => return Some(*flag),
        Value::Number(number) if number.as_f64() == Some(1.0) => return Some(true),
        Value::Number(number) if number.as_f64() == Some(0.0) => return Some(false),
        Value::String(text) => text.to_lowercase(),
        _ => return None,
    };
    match word.as_str() {
        "t" | "y" | "yes" | "true" | "on" | "1" => Some(true),
        "f" | "n" | "no" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// What the server takes for a whole number: digits, and a fraction of nothing but zeros.
fn whole(given: &Value) -> Option<i64> {
    let text = match given {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    match text.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|digit| digit == b'0') => whole.parse().ok(),
        _ => text.parse().ok(),
    }
}

/// What the server takes for a number: texts that are one, and flags.
fn real(given: &Value) -> Option<f64> {
    match given {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        given => given.as_f64(),
    }
}

fn within(field: &Field, number: f64) -> Result<(), String> {
    match (field.min, field.max) {
        (Some(min), _) if number < min => Err(format!("Ensure this value is greater than or equal to {min}.")),
        (_, Some(max)) if number > max => Err(format!("Ensure this value is less than or equal to {max}.")),
        _ => Ok(()),
    }
}

/// Text: trimmed first, as every `CharField` of the server does. What cannot be read as such is refused for that
/// alone; of a text, the server names all that its validators refuse.
fn string(world: &World, field: &Field, given: &Value) -> Result<Value, Value> {
    let refuse = |text: &str| Err(json!([text]));
    if !field.choices.is_empty() {
        return choice(field, given).map_err(|text| json!([text]));
    }
    let text = match given {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return refuse(no_text(field)),
    };
    let read = match field.format.as_deref() {
        Some("date-time") => given.as_str().and_then(date_time),
        _ if text.is_empty() => match field.min_length.is_some_and(|least| least > 0) {
            true => return refuse("This field may not be blank."),
            false => return Ok(text.into()),
        },
        Some("uuid") => canonical_uuid(&text),
        _ => Some(text),
    };
    let Some(text) = read else { return refuse(no_text(field)) };
    let refusals = refusals(world, field, &text);
    match refusals.is_empty() {
        true => Ok(text.into()),
        false => Err(refusals.into()),
    }
}

/// What the validators of a text refuse, in the server's order: the model's own come before the length, those of the
/// kind of text after it.
fn refusals(world: &World, field: &Field, text: &str) -> Vec<String> {
    let of_the_model = match field.check.as_deref() {
        Some("no_space") if text.contains(' ') => Some("Value must not contain spaces.".to_owned()),
        Some("duration") if !is_duration(text) => {
            Some(format!("{text} is not in the correct format of 'hours=3;minutes=1'."))
        }
        Some("file") => media_name(text).map(str::to_owned),
        Some("template") => template(text),
        _ => None,
    };
    let length = field.max_length.filter(|most| text.chars().count() as u64 > *most);
    let of_the_text = match field.check.as_deref() {
        _ if field.format.as_deref() == Some("email") && !text.contains('@') => Some(no_text(field).to_owned()),
        Some("identifier") if !is_slug(text) => Some(no_text(field).to_owned()),
        // The quotes tell whose rule it is: the serializer's, or since 2025.12 the model's.
        Some("slug") if !is_slug(text) => Some(match world.facts.is_2025_10() {
            true => r#"Enter a valid "slug" consisting of letters, numbers, underscores or hyphens."#.into(),
            false => "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.".into(),
        }),
        Some("url" | "url_template") if !text.contains("://") => Some("Enter a valid URL.".into()),
        _ => None,
    };
    let length = length.map(|most| format!("Ensure this field has no more than {most} characters."));
    [of_the_model, length, of_the_text].into_iter().flatten().collect()
}

/// One of the words, as it stands: nothing is trimmed.
fn choice(field: &Field, given: &Value) -> Result<Value, String> {
    let text = match given {
        Value::String(text) => text.clone(),
        given => python(given),
    };
    // Optional choices of the server also accept the empty text.
    let blank = text.is_empty() && field.default.as_ref().is_some_and(|default| default == "");
    match blank || field.choices.iter().any(|choice| *choice == text.as_str()) {
        true => Ok(text.into()),
        false => Err(format!("\"{text}\" is not a valid choice.")),
    }
}

/// What the server says to a value that is not even text; some kinds of text have words of their own for it.
fn no_text(field: &Field) -> &'static str {
    if field.check.as_deref() == Some("identifier") {
        return "Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens.";
    }
    match field.format.as_deref() {
        Some("date-time") => {
            "Datetime has wrong format. Use one of these formats instead: \
             YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
        }
        Some("uuid") => "Must be a valid UUID.",
        Some("email") => "Enter a valid email address.",
        _ => "Not a valid string.",
    }
}

/// The key of an existing object of the model that the field points to.
fn reference(world: &World, model: &str, field: &Field, given: &Value) -> Result<Value, String> {
    let wants_int = field.kind.as_deref() == Some("integer");
    let key = match given {
        // Of a number that is not whole the server looks up the whole part.
        Value::Number(number) if wants_int => {
            number.as_f64().map_or_else(|| given.clone(), |n| json!(n.trunc() as i64))
        }
        Value::String(text) if wants_int => match text.trim().parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) => return Err("Incorrect type. Expected pk value, received str.".into()),
        },
        Value::String(text) if field.format.as_deref() == Some("uuid") => match canonical_uuid(text) {
            Some(uuid) => uuid.into(),
            None => return Err(format!("“{text}” is not a valid UUID.")),
        },
        Value::String(_) => given.clone(),
        // What is no text is looked up all the same: a number is the number of a UUID, all else is none.
        Value::Number(number) if is_uuid(field) && number.is_u64() => given.clone(),
        Value::Number(_) | Value::Array(_) | Value::Object(_) if is_uuid(field) => {
            return Err(format!("“{}” is not a valid UUID.", python(given)));
        }
        other => {
            return Err(format!("Incorrect type. Expected pk value, received {}.", python_type(other)));
        }
    };
    match world.resolve(model, &key) {
        // The binding id of a flow is accepted too, but the server answers with its own key.
        Ok(Some(serial)) => Ok(world.pk_of(serial)),
        Ok(None) => {
            let shown = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
            Err(format!("Invalid pk \"{shown}\" - object does not exist."))
        }
        Err(_) => Ok(key),
    }
}

fn is_uuid(field: &Field) -> bool {
    field.format.as_deref() == Some("uuid")
}

fn list(world: &World, field: &Field, given: &Value) -> Result<Value, Value> {
    let item = field.items.as_deref();
    let given = match given {
        // Of a mapping in place of references the server reads the keys.
        Value::Object(fields) if field.to.is_some() => {
            &fields.keys().map(|key| Value::from(key.as_str())).collect::<Value>()
        }
        given => given,
    };
    let Value::Array(given) = given else {
        let text = format!("Expected a list of items but got type \"{}\".", python_type(given));
        // A list of objects is a serializer of its own: its refusal is nested once more.
        let nested = item.is_some_and(|item| !item.fields.is_empty());
        return Err(if nested { json!({ "non_field_errors": [text] }) } else { json!([text]) });
    };
    if field.not_empty && given.is_empty() {
        return Err(json!(["This list may not be empty."]));
    }
    let Some(item) = item else {
        return Ok(given.clone().into());
    };
    if let Some(model) = &field.to {
        return references(world, model, item, given);
    }
    if !item.fields.is_empty() {
        return objects(world, item, given);
    }
    let mut values = Vec::new();
    let mut errors = Errors::new();
    for (at, value) in given.iter().enumerate() {
        match check(world, item, value) {
            Ok(value) => values.push(value),
            Err(refusal) => drop(errors.insert(at.to_string(), refusal)),
        }
    }
    if errors.is_empty() { Ok(values.into()) } else { Err(errors.into()) }
}

/// A many-to-many list: a set that comes back in the order of the database.
fn references(world: &World, model: &str, item: &Field, given: &[Value]) -> Result<Value, Value> {
    let mut keys = Vec::new();
    for value in given {
        if value.is_null() {
            return Err(json!(["Invalid pk \"None\" - object does not exist."]));
        }
        let key = reference(world, model, item, value).map_err(|text| json!([text]))?;
        let serial = world.resolve(model, &key).ok().flatten().unwrap_or(Serial::MAX);
        if !keys.contains(&(serial, key.clone())) {
            keys.push((serial, key));
        }
    }
    keys.sort_by_key(|(serial, _)| *serial);
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

fn objects(world: &World, item: &Field, given: &[Value]) -> Result<Value, Value> {
    let mut values = Vec::new();
    let mut errors = Vec::new();
    for value in given {
        let Value::Object(object) = value else {
            let text = format!("Invalid data. Expected a dictionary, but got {}.", python_type(value));
            errors.push(match value.is_null() {
                true => json!(["This field may not be null."]),
                false => json!({ "non_field_errors": [text] }),
            });
            continue;
        };
        let mut clean = Values::new();
        let mut refused = Errors::new();
        for (name, field) in &item.fields {
            match object.get(name) {
                None if field.required => drop(refused.insert(name.clone(), json!(["This field is required."]))),
                // What is left out of an item has the item's own default, whatever the object had before.
                None => drop(field.default.as_ref().map(|default| clean.insert(name.clone(), default.clone()))),
                Some(value) => match check(world, field, value) {
                    Ok(value) => drop(clean.insert(name.clone(), value)),
                    Err(refusal) => drop(refused.insert(name.clone(), refusal)),
                },
            }
        }
        values.push(Value::Object(clean));
        errors.push(Value::Object(refused));
    }
    let fine = errors.iter().all(|refused| refused.as_object().is_some_and(Map::is_empty));
    if fine { Ok(values.into()) } else { Err(errors.into()) }
}

/// The server's refusal if another object already holds a unique value.
fn taken(
    world: &World,
    collection: &Collection,
    name: &str,
    value: &Value,
    existing: Option<Serial>,
) -> Option<String> {
    let label = collection.fields.get(name)?.unique.as_deref()?;
    if value.is_null() {
        return None;
    }
    let holder = world.holder(&unique_space(collection, name), value)?;
    (Some(holder) != existing).then(|| match label {
        "" => "This field must be unique.".to_owned(),
        label => format!("{label} with this {} already exists.", name.replace('_', " ")),
    })
}

/// Sets of fields that must be unique together; a null that is set is never a duplicate.
fn unique_together(
    world: &World,
    collection: &Collection,
    values: &Values,
    existing: Option<Serial>,
) -> Result<(), Errors> {
    for fields in &collection.unique_together {
        let now = |name: &String| match (values.get(name), existing) {
            (Some(value), _) => value.clone(),
            (None, Some(serial)) => world.value(serial, name).clone(),
            (None, None) => collection.fields.get(name).map_or(Value::Null, Field::initial),
        };
        let wanted: Vec<Value> = fields.iter().map(now).collect();
        // Of an object that is there only what changes counts: what was null before, and stays so, is compared too.
        let counts =
            |(name, value): &(&String, &Value)| existing.is_none_or(|serial| world.value(serial, name) != *value);
        let mut counted = fields.iter().zip(&wanted).filter(counts).peekable();
        if counted.peek().is_none() || counted.any(|(_, value)| value.is_null()) {
            continue;
        }
        let same = |serial: &Serial| {
            Some(*serial) != existing
                && fields.iter().zip(&wanted).all(|(name, value)| world.value(*serial, name) == value)
        };
        if candidates(world, collection, fields, &wanted).iter().any(same) {
            let text = format!("The fields {} must make a unique set.", fields.join(", "));
            return Err(non_field(&text));
        }
    }
    Ok(())
}

/// The objects that could be the same set: those that refer to the same object.
fn candidates(world: &World, collection: &Collection, fields: &[String], wanted: &[Value]) -> Vec<Serial> {
    let by_reference = fields.iter().zip(wanted).find_map(|(name, value)| {
        let model = collection.fields.get(name)?.to.as_deref()?;
        let target = world.resolve(model, value).ok().flatten()?;
        Some(world.all_referrers(target).filter(|(_, field)| field == name).map(|(s, _)| s).collect())
    });
    by_reference.unwrap_or_else(|| world.instances(&collection.model))
}

/// The name Python gives a JSON value's type; the server's texts carry it.
pub(super) fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// `hours=3;minutes=1`: any of the units of Python's `timedelta`, numbers possibly negative.
fn is_duration(text: &str) -> bool {
    const UNITS: [&str; 7] = ["microseconds", "milliseconds", "seconds", "minutes", "hours", "days", "weeks"];
    text.split(';').all(|part| {
        part.split_once('=').is_some_and(|(unit, number)| {
            UNITS.contains(&unit.trim().to_lowercase().as_str()) && number.trim().parse::<f64>().is_ok()
        })
    })
}

fn is_slug(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// A point in time, as the server writes it back: in UTC with `Z`.
fn date_time(text: &str) -> Option<String> {
    let time = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })?;
    Some(match time.subsec_microsecond() == 0 && time.subsec_nanosecond() == 0 {
        true => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        false => time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_lists_of_units() {
        assert!(is_duration("hours=1;minutes=-5"));
        assert!(is_duration("seconds=0.5"));
        assert!(!is_duration("1h"));
        assert!(!is_duration("fortnights=1"));
    }

    #[test]
    fn times_come_back_in_utc() {
        assert_eq!(date_time("2026-05-01T12:00:00+02:00").as_deref(), Some("2026-05-01T10:00:00Z"));
        assert_eq!(date_time("2026-05-01T12:00:00").as_deref(), Some("2026-05-01T12:00:00Z"));
        assert_eq!(date_time("tomorrow"), None);
    }
}

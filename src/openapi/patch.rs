//! What a later patch release has otherwise: as a difference between two sets of facts, and out of the summary of a client
//! that was generated from its schema.
//!
//! A difference is a JSON Merge Patch (RFC 7396). A summary says of every request which fields it takes and whether the
//! answer has them too; it knows less than a schema, so that everything else is kept from the facts before.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::document::members;
use crate::wire;
use crate::wire::schema::{Schema, Type};

/// The merge patch that turns one value into another.
pub fn difference(from: &Value, to: &Value) -> Value {
    let (Some(from), Some(to)) = (from.as_object(), to.as_object()) else {
        return to.clone();
    };
    let mut patch = Map::new();
    for name in from.keys().filter(|name| !to.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    for (name, value) in to {
        match from.get(name) {
            Some(before) if before == value => {}
            Some(before) => drop(patch.insert(name.clone(), difference(before, value))),
            None => drop(patch.insert(name.clone(), value.clone())),
        }
    }
    patch.into()
}

/// A value with a merge patch applied.
pub fn merged(value: &Value, patch: &Value) -> Value {
    let Some(patch) = patch.as_object() else {
        return patch.clone();
    };
    let mut merged = value.as_object().cloned().unwrap_or_default();
    for (name, change) in patch {
        match change {
            Value::Null => drop(merged.remove(name)),
            change => {
                let before = merged.get(name).cloned().unwrap_or(Value::Null);
                merged.insert(name.clone(), self::merged(&before, change));
            }
        }
    }
    merged.into()
}

/// Whether a document is such a summary rather than a schema.
pub fn is_summary(document: &Value) -> bool {
    document["version"].is_string() && document["collections"].is_object()
}

/// The facts of the release of a summary, from those of an earlier release of the same line, and a line for each thing that
/// has to be looked up.
///
/// Refuses what is not a summary, or one of another line.
pub fn summarized(summary: &Value, before: &Value) -> Result<(Value, Vec<String>), String> {
    let version = summary["version"].as_str().filter(|_| is_summary(summary));
    let version = version
        .ok_or("it has no `version` and `collections`, so it is not the summary of a client")?;
    let line = |version: &str| version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
    let known = before["release"].as_str().unwrap_or_default();
    if line(version) != line(known) {
        return Err(format!(
            "it is of {version}, which is not of the same line as {known}"
        ));
    }
    let mut facts = before.clone();
    let mut unknown = Vec::new();
    let mut partial: BTreeSet<String> = before["partial"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let mut others = Vec::new();
    for (path, said) in members(&summary["collections"]) {
        match facts["collections"].get_mut(path) {
            Some(collection) => Summary {
                path,
                unknown: &mut unknown,
            }
            .collection(collection, said),
            // What has a parameter in its path is an action on an object.
            None if path.contains('{') || partial.contains(path) => {}
            None => others.push(path),
        }
    }
    if !others.is_empty() {
        let others = others.join(", ");
        unknown.push(format!(
            "neither collections nor `partial` ones, or new: which of these hold objects? {others}"
        ));
    }
    for (path, _) in members(&before["collections"])
        .filter(|(path, _)| summary["collections"].get(path).is_none())
    {
        unknown.push(format!("{path}: no longer exists, and is kept"));
    }
    partial.retain(|path| summary["collections"].get(path).is_some());
    facts["partial"] = partial.into_iter().collect();
    facts["release"] = version.into();
    Ok((facts, unknown))
}

/// One collection of a summary.
struct Summary<'a> {
    path: &'a str,
    unknown: &'a mut Vec<String>,
}

impl Summary<'_> {
    fn collection(&mut self, collection: &mut Value, said: &Value) {
        let path = self.path;
        let mut fields: BTreeMap<String, Value> = members(&collection["fields"])
            .map(|(name, fact)| (name.to_owned(), fact.clone()))
            .collect();
        // The generator takes the contact in the header of each file for a field; the API has none that begins so.
        let is_field = |name: &str| name.starts_with(|first: char| first.is_ascii_lowercase());
        let request: Vec<(&str, &Value)> = members(&said["request"])
            .filter(|(name, _)| is_field(name))
            .collect();
        for (name, said) in &request {
            let words: Vec<Value> = said["enum"]
                .as_array()
                .into_iter()
                .flatten()
                .cloned()
                .collect();
            let words: Vec<Value> = words.into_iter().filter(|word| *word != "").collect();
            let fact = fields.entry((*name).to_owned()).or_insert_with(|| {
                self.unknown.push(format!(
                    "{path}: {name} is new: default, reference, check? {said}"
                ));
                new_field(said)
            });
            let words_of = match fact["items"]["enum"].is_array() {
                true => &mut fact["items"]["enum"],
                false => &mut fact["enum"],
            };
            match words_of.as_array() {
                // In the order in which they were known.
                Some(known) if !words.is_empty() => {
                    let kept = known.iter().filter(|word| words.contains(word));
                    let new = words.iter().filter(|word| !known.contains(word));
                    *words_of = kept.chain(new).cloned().collect();
                }
                // A summary leaves some enumerations out.
                Some(_) => {}
                None => drop(fact.as_object_mut().map(|fact| fact.remove("enum"))),
            }
            if let Some(fact) = fact.as_object_mut() {
                match said["in_answer"] == true {
                    true => drop(fact.remove("write_only")),
                    false => drop(fact.insert("write_only".into(), true.into())),
                }
            }
        }
        let gone: Vec<String> = fields
            .keys()
            .filter(|name| request.iter().all(|(other, _)| other != name))
            .cloned()
            .collect();
        for name in gone {
            let fact = fields.remove(&name).unwrap_or_default();
            // It can only be read now.
            if said["answer_only"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|other| *other == *name)
            {
                let kept = ["type", "format", "nullable"].into_iter();
                let kept: Map<String, Value> = kept
                    .filter_map(|part| Some((part.to_owned(), fact.get(part)?.clone())))
                    .collect();
                collection["shows"][&name] = kept.into();
            } else {
                self.unknown.push(format!("{path}: {name} is gone"));
            }
        }
        collection["fields"] = fields.into_iter().collect::<Map<_, _>>().into();
    }
}

/// What a summary says of a field that was not known.
fn new_field(said: &Value) -> Value {
    let kind = said["type"].as_str().unwrap_or_default();
    let words = said["enum"].as_array();
    let of_type = |kind: &str| match (kind, words) {
        (_, Some(words)) => Schema::one_of(words.iter().cloned()).typed(Type::String),
        ("str", _) => Schema::of(Type::String),
        ("uuid", _) => Schema::of(Type::String).format("uuid"),
        ("datetime", _) => Schema::of(Type::String).format("date-time"),
        ("bool", _) => Schema::of(Type::Boolean),
        ("int", _) => Schema::of(Type::Integer),
        ("float", _) => Schema::of(Type::Number),
        _ => Schema::of(Type::Object),
    };
    let item = kind
        .strip_prefix("list[")
        .and_then(|rest| rest.strip_suffix(']'));
    let mut field = wire::json(&match item {
        Some(item) => Schema::list(of_type(item)),
        None => of_type(kind),
    });
    if said["required"] == true {
        field["required"] = true.into();
    }
    field
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_leads_from_one_to_the_other() {
        let pairs = [
            (
                json!({"a": 1, "b": {"c": [1], "d": 2}}),
                json!({"a": 1, "b": {"c": [2], "e": {}}}),
            ),
            (json!({}), json!({"a": {"b": 1}})),
            (json!({"a": {"b": 1}}), json!({"a": 2})),
            (json!({"a": 2}), json!({"a": {"b": {"c": 3}}})),
        ];
        for (from, to) in pairs {
            assert_eq!(merged(&from, &difference(&from, &to)), to);
        }
        assert_eq!(
            difference(&json!({"a": 1, "b": 2}), &json!({"a": 1})),
            json!({"b": null})
        );
    }
}

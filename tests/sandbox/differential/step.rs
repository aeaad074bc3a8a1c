//! One request of a sequence, in symbols that stand for something else on each server: `@3` is the key of the object
//! that step 3 made, `@/core/groups/#staff` that of an object every fresh install has, `%` what this run's names begin
//! with.

use serde_json::Value;

/// One request.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its number in the sequence as generated; shrinking takes steps away and keeps the numbers.
    pub number: usize,
    pub method: &'static str,
    /// The collection.
    pub base: String,
    pub target: Target,
    /// What follows the object's key, such as `used_by/`.
    pub tail: &'static str,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// The collection itself.
    All,
    /// The object that a step made.
    Made(usize),
    /// Nothing that is there.
    Missing,
}

/// The steps whose objects a step speaks of.
pub fn needs(step: &Step) -> Vec<usize> {
    let mut found = Vec::new();
    if let Target::Made(number) = step.target {
        found.push(number);
    }
    for (_, value) in &step.query {
        found.extend(symbol(value));
    }
    if let Some(body) = &step.body {
        collect(body, &mut found);
    }
    found
}

/// The step of `@3` or `@b3`.
pub fn symbol(text: &str) -> Option<usize> {
    text.strip_prefix('@')?.trim_start_matches('b').parse().ok()
}

fn collect(value: &Value, found: &mut Vec<usize>) {
    match value {
        Value::String(text) => found.extend(symbol(text)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => fields.values().for_each(|item| collect(item, found)),
        _ => {}
    }
}

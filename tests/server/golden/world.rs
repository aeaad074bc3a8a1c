//! What a run does to the sandbox's world, and which secrets are in it.

use std::collections::{BTreeMap, BTreeSet};

use akrec::sandbox::Entry;
use akrec::schema::Class;
use serde_json::{Map, Value};

use super::names::{Names, kind_at};
use super::yaml;

/// Ids and clocks: they say nothing that a name does not say better.
const DULL: &[&str] = &[
    "pk",
    "uuid",
    "uid",
    "num_pk",
    "policybindingmodel_ptr_id",
    "pbm_uuid",
    "brand_uuid",
    "id",
];

/// Fields whose values are secret wherever they occur, besides those that the table says.
const SECRET: &[&str] = &[
    "key",
    "key_data",
    "client_secret",
    "consumer_secret",
    "password",
    "bind_password",
];

type Objects = BTreeMap<(String, String), Map<String, Value>>;

/// The objects by collection and id.
fn objects(world: &Value) -> Objects {
    let mut all = Objects::new();
    for (base, objects) in world.as_object().into_iter().flatten() {
        for object in objects
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
        {
            let kind = kind_at(base);
            let id = object
                .get(kind.map_or("pk", |kind| kind.pk))
                .map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
            let id = id.unwrap_or_default();
            all.insert((base.clone(), id), object.clone());
        }
    }
    all
}

/// The fields of an object with names in place of ids; unless `all`, without those that are empty or a plain default.
fn telling(
    base: &str,
    object: &Map<String, Value>,
    all: bool,
    names: &Names,
) -> BTreeMap<String, Value> {
    let kind = kind_at(base);
    let is_default = |name: &str, value: &Value| {
        let default = kind
            .and_then(|kind| kind.field(name))
            .and_then(|field| field.default);
        default.is_some_and(|default| {
            serde_json::from_str::<Value>(default).is_ok_and(|default| default == *value)
        })
    };
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    object
        .iter()
        .filter(|(name, _)| !DULL.contains(&name.as_str()))
        .filter(|(name, value)| all || !(is_empty(value) || is_default(name, value)))
        .map(|(name, value)| (name.clone(), names.show(name, value)))
        .collect()
}

/// The name of an object, without the brackets and its family.
fn title(base: &str, id: &str, names: &Names) -> String {
    let field = if base == "/core/users/" {
        "user"
    } else {
        "provider"
    };
    let value = id
        .parse::<i64>()
        .map_or_else(|_| Value::from(id), Value::from);
    let shown = names.show(field, &value);
    let shown = shown.as_str().map_or_else(
        || shown.to_string(),
        |text| text.trim_matches(['<', '>']).to_owned(),
    );
    shown
        .split_once(' ')
        .map_or(shown.clone(), |(_, name)| name.to_owned())
}

/// What differs between two worlds, as YAML.
pub fn difference(before: &Value, after: &Value, names: &Names) -> String {
    let (before, after) = (objects(before), objects(after));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut bases: BTreeMap<&str, [BTreeMap<String, String>; 3]> = BTreeMap::new();
    for key in keys {
        let (base, id) = key;
        let (was, is) = (before.get(key), after.get(key));
        let both = was.is_some() && is.is_some();
        let was = was.map(|object| telling(base, object, both, names));
        let is = is.map(|object| telling(base, object, both, names));
        if was == is {
            continue;
        }
        let mut page = String::new();
        let (place, name) = match (was, is) {
            (None, Some(is)) => {
                is.iter()
                    .for_each(|(field, value)| yaml::line(&mut page, 6, field, value));
                (0, title(base, id, names))
            }
            (Some(was), Some(is)) => {
                for field in was.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
                    let none = Value::Null;
                    let (was, is) = (
                        was.get(field).unwrap_or(&none),
                        is.get(field).unwrap_or(&none),
                    );
                    if was != is {
                        page.push_str(&format!("      {field}:\n"));
                        yaml::line(&mut page, 8, "was", was);
                        yaml::line(&mut page, 8, "is", is);
                    }
                }
                (1, title(base, id, names))
            }
            _ => (2, title(base, id, names)),
        };
        bases.entry(base).or_default()[place].insert(name, page);
    }
    let mut text = String::new();
    for (base, groups) in bases {
        text.push_str(&format!("{base}:\n"));
        for (word, objects) in ["created", "changed", "deleted"].iter().zip(groups) {
            if objects.is_empty() {
                continue;
            }
            text.push_str(&format!("  {word}:\n"));
            for (name, page) in objects {
                match *word {
                    "deleted" => text.push_str(&format!("    - {}\n", yaml::word(&name))),
                    _ => text.push_str(&format!("    {}:\n{page}", yaml::word(&name))),
                }
            }
        }
    }
    if text.is_empty() {
        "{}\n".to_owned()
    } else {
        text
    }
}

/// A whole world in names, for comparing two that were made in different ways.
pub fn whole(world: &Value) -> Vec<String> {
    let names = Names::of(world);
    let line = |((base, id), object): (&(String, String), &Map<String, Value>)| {
        let fields: Map<String, Value> = telling(base, object, true, &names).into_iter().collect();
        format!(
            "{base} {} {}",
            title(base, id, &names),
            yaml::flow(&fields.into())
        )
    };
    let mut lines: Vec<String> = objects(world).iter().map(line).collect();
    lines.sort();
    lines
}

/// Every secret in a world, with what stands for it.
pub fn secrets(world: &Value) -> BTreeMap<String, String> {
    let mut secrets = BTreeMap::new();
    for ((base, _), object) in objects(world) {
        let kind = kind_at(&base);
        for (name, value) in &object {
            let class = kind
                .and_then(|kind| kind.field(name))
                .map_or(Class::Plain, |field| field.class);
            if (class != Class::Plain || SECRET.contains(&name.as_str()))
                && let Some(text) = value.as_str().filter(|text| text.len() >= 6)
            {
                secrets.insert(text.to_owned(), "<secret>".to_owned());
            }
        }
    }
    secrets
}

/// The writes of a run, one a line, after a line that counts what was read.
pub fn requests(planning: usize, journal: &[Entry], names: &Names) -> String {
    let writes: Vec<&Entry> = journal
        .iter()
        .filter(|entry| entry.method != "GET")
        .collect();
    let reads = journal.len() - writes.len();
    let mut text = format!(
        "# reads: {planning} to plan, {reads} to apply; writes: {}\n",
        writes.len()
    );
    for entry in writes {
        text.push_str(&format!("{} {}", entry.method, names.path(&entry.path)));
        // What is deleted by a name in the query.
        if !entry.query.is_empty() {
            text.push_str(&format!("?{}", entry.query));
        }
        if let Some(body) = &entry.body {
            text.push_str(&format!(" {}", yaml::flow(&names.show("", body))));
        }
        text.push('\n');
    }
    text
}

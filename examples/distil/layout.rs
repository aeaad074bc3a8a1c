//! The facts as text: one line a field, so that a new release reads well as a difference.

use serde_json::Value;

/// Keys in the order in which people read them; all others follow by name.
const ORDER: &[&str] = &[
    "release",
    "model",
    "label",
    "verbose",
    "plural",
    "component",
    "key",
    "pk",
    "pk_type",
    "lineage",
    "ordering",
    "search",
    "filters",
    "flags",
    "unique_together",
    "used_by",
    "type",
    "format",
    "enum",
    "items",
    "required",
    "nullable",
    "write_only",
    "not_empty",
    "min_length",
    "max_length",
    "min",
    "max",
    "to",
    "on_delete",
    "unlisted",
    "owner",
    "default",
    "generate",
    "check",
    "unique",
    "declared_in",
    "demanded",
    "view",
];

/// The whole file.
pub fn text(facts: &Value) -> String {
    let partial = facts["partial"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|path| format!("  {path}"));
    let partial = partial.collect::<Vec<_>>().join(",\n");
    let sections = [
        "collections",
        "singletons",
        "uploads",
        "polymorphic",
        "views",
    ]
    .map(|section| {
        let entries = members(&facts[section]).map(|(name, entry)| {
            let body = match section {
                "collections" | "singletons" | "uploads" => collection(entry),
                _ => line(entry),
            };
            format!("  {}: {body}", Value::from(name))
        });
        format!(
            " \"{section}\": {{\n{}\n }}",
            entries.collect::<Vec<_>>().join(",\n")
        )
    });
    let release = &facts["release"];
    format!(
        "{{\n \"release\": {release},\n \"partial\": [\n{partial}\n ],\n{}\n}}\n",
        sections.join(",\n")
    )
}

fn collection(entry: &Value) -> String {
    let mut lines = Vec::new();
    for (name, value) in ordered(entry) {
        if name != "fields" && name != "shows" {
            lines.push(format!("   \"{name}\": {}", line(value)));
        }
    }
    for part in ["fields", "shows"]
        .iter()
        .filter(|part| entry.get(**part).is_some())
    {
        let fields = members(&entry[*part])
            .map(|(name, field)| format!("    {}: {}", Value::from(name), line(field)));
        let fields: Vec<String> = fields.collect();
        lines.push(match fields.is_empty() {
            true => format!("   \"{part}\": {{}}"),
            false => format!("   \"{part}\": {{\n{}\n   }}", fields.join(",\n")),
        });
    }
    format!("{{\n{}\n  }}", lines.join(",\n"))
}

/// One line of JSON, with a blank after each colon and comma.
fn line(value: &Value) -> String {
    match value {
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(line).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(_) => {
            let fields = ordered(value)
                .into_iter()
                .map(|(name, value)| format!("{}: {}", Value::from(name), line(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

fn ordered(value: &Value) -> Vec<(&str, &Value)> {
    let mut fields: Vec<(&str, &Value)> = members(value).collect();
    let place = |name: &str| {
        ORDER
            .iter()
            .position(|known| *known == name)
            .unwrap_or(ORDER.len())
    };
    fields.sort_by_key(|(name, _)| place(name));
    fields
}

/// A difference between facts: one line a field as well.
pub fn difference(patch: &Value) -> String {
    format!("{}\n", nested(patch, 0))
}

/// Mappings down to the fields, each on lines of its own.
fn nested(value: &Value, depth: usize) -> String {
    /// Section, collection, `fields`, field.
    const FIELD: usize = 4;
    match value {
        Value::Object(entries) if depth < FIELD && !entries.is_empty() => {
            let (outer, inner) = (" ".repeat(depth), " ".repeat(depth + 1));
            let entries = ordered(value).into_iter().map(|(name, value)| {
                format!("{inner}{}: {}", Value::from(name), nested(value, depth + 1))
            });
            format!("{{\n{}\n{outer}}}", entries.collect::<Vec<_>>().join(",\n"))
        }
        other => line(other),
    }
}

//! Small YAML: reading the cases' own files with akrec's reader, and writing what changed.

use akrec::diag::Sources;
use akrec::yaml;
use akrec::yaml::{Node, NodeKind, Style};
use serde_json::{Map, Value};
use std::path::Path;

/// The one document of a file as JSON; null if there is no such file.
pub fn read(path: &Path) -> Value {
    let Ok(text) = std::fs::read_to_string(path) else {
        return Value::Null;
    };
    let mut sources = Sources::default();
    let file = sources.add(path.to_string_lossy(), path, text.clone());
    let (documents, problems) = yaml::parse(file, &text);
    assert!(problems.is_empty(), "{}: {problems:?}", path.display());
    documents.first().map_or(Value::Null, json)
}

fn json(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null => Value::Null,
        NodeKind::Bytes(_) => unreachable!("only a tag brings bytes"),
        NodeKind::Scalar(scalar) if scalar.style == Style::Plain => {
            match serde_json::from_str(&scalar.text) {
                Ok(value @ (Value::Bool(_) | Value::Number(_))) => value,
                _ => scalar.text.clone().into(),
            }
        }
        NodeKind::Scalar(scalar) => scalar.text.clone().into(),
        NodeKind::Seq(items) => items.iter().map(json).collect(),
        NodeKind::Map(entries) => entries
            .iter()
            .map(|(key, node)| (key.text.clone(), json(node)))
            .collect(),
        NodeKind::Tagged(tag, _) => panic!("!{tag} has no meaning in this file"),
    }
}

/// A value on one line, keys in order, as YAML's flow style.
pub fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(flow).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(fields) => {
            let fields: Vec<String> = sorted(fields)
                .into_iter()
                .map(|(key, value)| format!("{}: {}", word(key), flow(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::String(text) => word(text),
        other => other.to_string(),
    }
}

fn sorted(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(key, _)| key.as_str());
    fields
}

/// A text, without quotes where YAML lets it.
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " _-./<>=+@()".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '<' || c == '/');
    let means_more = matches!(
        text,
        "true" | "false" | "null" | "yes" | "no" | "on" | "off"
    );
    if begins && text.chars().all(plain) && !text.ends_with(' ') && !means_more {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

/// `key: value`, indented; texts of several lines as blocks.
pub fn line(page: &mut String, indent: usize, key: &str, value: &Value) {
    let margin = " ".repeat(indent);
    match value {
        Value::String(text)
            if text.trim_end().contains('\n') && !text.starts_with(char::is_whitespace) =>
        {
            let chomp = if text.ends_with('\n') { "|" } else { "|-" };
            page.push_str(&format!("{margin}{}: {chomp}\n", word(key)));
            for row in text.lines() {
                page.push_str(format!("{margin}  {row}").trim_end());
                page.push('\n');
            }
        }
        other => page.push_str(&format!("{margin}{}: {}\n", word(key), flow(other))),
    }
}

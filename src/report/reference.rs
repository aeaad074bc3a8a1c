//! The table as text for people: the list of kinds, and one kind with its fields.

use std::fmt::Write;

use crate::schema::{Class, Field, Keying, Kind, Shape};

/// One line a kind.
pub fn kinds(kinds: &[&'static Kind]) -> String {
    let mut rows: Vec<[String; 3]> = vec![["KIND".into(), "WRITTEN AS".into(), "WHAT IT IS".into()]];
    rows.extend(kinds.iter().map(|kind| [kind.name.to_owned(), written(kind, kinds), kind.doc.to_owned()]));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    let mut text = String::new();
    for [name, title, doc] in &rows {
        let _ = writeln!(text, "{name:first$}  {title:second$}  {doc}");
    }
    text
}

/// A kind with its fields.
pub fn kind(kind: &'static Kind) -> String {
    let mut text = format!("{}: {}\n", kind.name, kind.doc);
    let key = match kind.keying {
        Keying::Field(field) => format!("known by its {field}"),
        Keying::Fields(fields) => format!("known by {}", fields.join(", ").replace('|', " or ")),
    };
    let _ = writeln!(text, "API: {}, {key}\n", kind.path);
    let rows: Vec<[String; 3]> =
        kind.fields.iter().map(|field| [field.word.to_owned(), shape(&field.shape), about(field)]).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1).min(44));
    for [word, shape, about] in &rows {
        let _ = writeln!(text, "{}", format!("  {word:first$}  {shape:second$}  {about}").trim_end());
    }
    for children in kind.children {
        let _ = writeln!(
            text,
            "  {:first$}  a list of objects of their own: akrec explain {}",
            children.word, children.kind
        );
    }
    text
}

/// Where objects of a kind are written.
fn written(kind: &Kind, kinds: &[&'static Kind]) -> String {
    if !kind.section.is_empty() {
        return match kind.word {
            Some(word) => format!("{}, type: {word}", kind.section),
            None => kind.section.to_owned(),
        };
    }
    let owner = kinds.iter().find_map(|owner| owner.children.iter().find(|children| children.kind == kind.name));
    owner.map_or_else(String::new, |children| format!("under its owner's {}", children.word))
}

fn shape(shape: &Shape) -> String {
    match shape {
        Shape::Text => "text".into(),
        Shape::Bool => "true or false".into(),
        Shape::Int(..) => "whole number".into(),
        Shape::Float => "number".into(),
        Shape::Duration => "duration (hours=1)".into(),
        Shape::Time => "time".into(),
        Shape::Enum(words) => words.iter().map(|word| word.name).collect::<Vec<_>>().join(" | "),
        Shape::Json { keyed: true } => "data, declared keys only".into(),
        Shape::Json { keyed: false } => "data".into(),
        Shape::Ref(_) | Shape::RefAny(_) => format!("name of a {}", shape.families().join(" or ")),
        Shape::Set(item) => format!("set of: {}", self::shape(item)),
        Shape::List(item) => format!("list of: {}", self::shape(item)),
        Shape::Record(fields) => {
            format!("{{{}}}", fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", "))
        }
    }
}

fn about(field: &Field) -> String {
    let mut parts = Vec::new();
    if field.required && field.assume.is_none() {
        parts.push("required".to_owned());
    }
    match field.class {
        Class::Plain => {}
        Class::Secret => parts.push("secret, compared".into()),
        Class::WriteOnly => parts.push("secret, write-only".into()),
    }
    if field.generated {
        parts.push("made by the server if left out".into());
    } else if let Some(default) = field.default {
        parts.push(format!("default {default}"));
    }
    if let Some(since) = field.since {
        parts.push(format!("since {since}"));
    }
    if let Some(until) = field.until {
        parts.push(format!("only before {until}"));
    }
    if !field.doc.is_empty() {
        parts.push(field.doc.to_owned());
    }
    parts.join("; ")
}

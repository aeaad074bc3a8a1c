//! YAML as an editor's language server sees it: scalars typed as YAML 1.2 types them, and of a tag only what it stands
//! before.

use akrec::diag::FileId;
use akrec::yaml::{Node, NodeKind, Style, parse};
use serde_json::Value as Json;

/// Every document of a text.
pub fn documents(text: &str) -> Vec<Json> {
    let (nodes, problems) = parse(FileId(0), text);
    assert!(problems.is_empty(), "{problems:?}\n{text}");
    nodes.iter().map(json).collect()
}

fn json(node: &Node) -> Json {
    match &node.kind {
        NodeKind::Bytes(_) => unreachable!("only a tag brings bytes"),
        NodeKind::Null => Json::Null,
        NodeKind::Scalar(scalar) if scalar.style == Style::Plain => match scalar.text.as_str() {
            "true" | "True" | "TRUE" => Json::Bool(true),
            "false" | "False" | "FALSE" => Json::Bool(false),
            text => match text.parse::<i64>() {
                Ok(number) => Json::from(number),
                Err(_) => match text.parse::<f64>() {
                    Ok(number) if number.is_finite() => Json::from(number),
                    _ => Json::from(text),
                },
            },
        },
        NodeKind::Scalar(scalar) => Json::from(scalar.text.as_str()),
        NodeKind::Seq(items) => items.iter().map(json).collect(),
        NodeKind::Map(entries) => entries
            .iter()
            .map(|(key, node)| (key.text.clone(), json(node)))
            .collect(),
        // Behind a tag a scalar is text, whatever it looks like.
        NodeKind::Tagged(_, inner) => match inner.scalar() {
            Some(scalar) => Json::from(scalar.text.as_str()),
            None => json(inner),
        },
    }
}

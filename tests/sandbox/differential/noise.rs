//! What two servers may answer differently without being wrong: each entry with its reason.

use std::collections::BTreeMap;

use serde_json::Value;

use super::step::Step;

/// Places that are not compared, by collection (what the path begins with) and place (what it ends with, without digits),
/// with the reason.
const PLACES: &[(&str, &str, &str)] = &[
    ("", ".avatar", "drawn by the server from the name"),
    (
        "",
        ".icon_url",
        "where files are served is the installation's affair",
    ),
    (
        "",
        ".background_url",
        "where files are served is the installation's affair",
    ),
    (
        "",
        ".meta_icon_url",
        "where files are served is the installation's affair",
    ),
    (
        "",
        "_themed_urls",
        "where files are served is the installation's affair",
    ),
    ("", ".cert_subject", "the sandbox reads no certificate"),
    ("", ".key_type", "the sandbox reads no certificate"),
    ("", ".private_key_type", "the sandbox reads no certificate"),
    (
        "/core/tokens/",
        ".expires[]",
        "a text with the time of the write",
    ),
    ("", ".created", "the time of the write"),
    ("", ".verbose_name", "a text for people"),
    (
        "",
        "countries_obj[].name",
        "names of countries are texts for people",
    ),
    (
        "/flows/instances/",
        ".cache_count",
        "what is in the server's cache",
    ),
];

/// Whether a difference is declared as noise.
pub fn is_noise(_release: &str, step: &Step, text: &str, _theirs: &Value) -> bool {
    let at: String = text
        .split(": ")
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_ascii_digit())
        .collect();
    PLACES
        .iter()
        .any(|(base, place, _)| step.base.starts_with(base) && at.ends_with(place))
}

/// How many objects of which model use one, and what happens to them; without the tasks of a server that has a worker.
pub fn uses(answer: &Value) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
    for item in answer
        .as_array()
        .into_iter()
        .flatten()
        .filter(|item| !text(item, "app").starts_with("authentik_tasks"))
    {
        *found
            .entry(format!(
                "{} {}",
                text(item, "model_name"),
                text(item, "action")
            ))
            .or_default() += 1;
    }
    found
}

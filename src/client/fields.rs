//! Flattens the body of a refusal (Django REST framework's error format) to field and message.
//! Must never read the request: what was sent may be secret.

use serde_json::Value;

/// How many messages are kept: a refusal of a large object must not fill the screen.
const MOST: usize = 40;

/// The messages of a refusal in the order in which they came, each with the path of the field it
/// is about: `redirect_uris[1].url`. Messages about the object as a whole (`detail`,
/// `non_field_errors`, a bare string) have an empty path or that of the object they are in.
pub(super) fn flatten(body: &Value) -> Vec<(String, String)> {
    let mut out = Vec::new();
    walk("", body, &mut out);
    out
}

fn walk(path: &str, value: &Value, out: &mut Vec<(String, String)>) {
    if out.len() >= MOST {
        return;
    }
    match value {
        Value::Null => {}
        Value::Object(map) => {
            for (key, inner) in map {
                let whole = key == "non_field_errors" || (key == "detail" && path.is_empty());
                match (whole, path.is_empty()) {
                    (true, _) => walk(path, inner, out),
                    (false, true) => walk(key, inner, out),
                    (false, false) => walk(&format!("{path}.{key}"), inner, out),
                }
            }
        }
        Value::Array(items) => {
            // A list of texts is several messages about one field; a list of objects has one
            // entry an item of the list that was sent, empty where that item was fine.
            for (index, inner) in items.iter().enumerate() {
                match inner {
                    Value::Object(_) | Value::Array(_) => {
                        walk(&format!("{path}[{index}]"), inner, out);
                    }
                    _ => walk(path, inner, out),
                }
            }
        }
        Value::String(text) => out.push((path.to_owned(), text.clone())),
        other => out.push((path.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pairs(body: Value) -> Vec<(String, String)> {
        flatten(&body)
    }

    #[test]
    fn nested_refusals_become_paths() {
        let body = json!({
            "name": ["taken", "too long"],
            "redirect_uris": [{}, {"url": ["not a URL"]}],
            "other": {"non_field_errors": ["expected a list"]},
            "non_field_errors": ["must be a unique set"],
            "detail": "no",
        });
        let mut found = pairs(body);
        found.sort();
        let expected = [
            ("", "must be a unique set"),
            ("", "no"),
            ("name", "taken"),
            ("name", "too long"),
            ("other", "expected a list"),
            ("redirect_uris[1].url", "not a URL"),
        ];
        assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn odd_bodies_do_no_harm() {
        assert_eq!(pairs(json!("plain")), [(String::new(), "plain".to_owned())]);
        assert_eq!(pairs(json!({"n": 5})), [("n".to_owned(), "5".to_owned())]);
        assert!(pairs(json!([])).is_empty());
        assert_eq!(pairs(json!(vec!["x"; 1000])).len(), MOST);
    }
}

//! Values as Python writes them and what it calls their types: the server's texts carry both.
//! Must never look at the world.

use serde_json::Value;

/// A value as Python prints it.
pub(super) fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::String(text) if text.contains('\'') && !text.contains('"') => format!("\"{text}\""),
        Value::String(text) => format!("'{}'", text.replace('\'', "\\'")),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(python).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("'{name}': {}", python(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Number(number) => number.to_string(),
    }
}

/// A text without the white space at its ends, as `str.strip` takes it off: for Python four control characters are white
/// space, which they are not for Unicode.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn four_control_characters_are_white_space() {
        assert_eq!(strip("\u{1f} \u{1c}a\u{1d}b\t\u{1e}"), "a\u{1d}b");
        assert_eq!(strip("\u{1b}a\0"), "\u{1b}a\0");
    }

    #[test]
    fn values_are_written_as_python_writes_them() {
        assert_eq!(
            python(&json!({"a": {"b": [1, null, "it's", true]}})),
            "{'a': {'b': [1, None, \"it's\", True]}}"
        );
    }
}

//! Flags and numbers, as the server reads them out of JSON and out of texts.
//! Must never look at other objects.

use serde_json::Value;

use crate::sandbox::facts::Field;

/// What the server takes for true or false.
pub(super) fn flag(given: &Value) -> Option<bool> {
    let word = match given {
        Value::Bool(flag) => return Some(*flag),
        Value::Number(number) if number.as_f64() == Some(1.0) => return Some(true),
        Value::Number(number) if number.as_f64() == Some(0.0) => return Some(false),
        Value::String(text) => text.to_lowercase(),
        _ => return None,
    };
    match word.as_str() {
        "t" | "y" | "yes" | "true" | "on" | "1" => Some(true),
        "f" | "n" | "no" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// What the server takes for a whole number: digits, and a fraction of nothing but zeros.
pub(super) fn whole(given: &Value) -> Option<i64> {
    let text = match given {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    match text.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|digit| digit == b'0') => whole.parse().ok(),
        _ => text.parse().ok(),
    }
}

/// What the server takes for a number: texts that are one, and flags.
pub(super) fn real(given: &Value) -> Option<f64> {
    match given {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::String(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite()),
        given => given.as_f64(),
    }
}

pub(super) fn within(field: &Field, number: f64) -> Result<(), String> {
    match (field.min, field.max) {
        (Some(min), _) if number < min => Err(format!(
            "Ensure this value is greater than or equal to {min}."
        )),
        (_, Some(max)) if number > max => {
            Err(format!("Ensure this value is less than or equal to {max}."))
        }
        _ => Ok(()),
    }
}

//! Text that is never shown: it can be compared and sent, and nothing else.

use std::cmp::Ordering;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// Shorter parts of secret data, and shorter numbers, are not taken for secrets of their own.
const SHORTEST: usize = 6;

/// A secret text. Printing it in any way gives `(sensitive value)`; memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret {
    text: SecretString,
    /// The text is JSON that the server wants as data (a kubeconfig, credentials).
    data: bool,
}

impl Secret {
    /// Takes the text in.
    pub fn new(text: &str) -> Secret {
        Secret {
            text: SecretString::from(text),
            data: false,
        }
    }

    /// Takes in data, which has the same text whatever its spelling was.
    pub fn data(data: &serde_json::Value) -> Secret {
        Secret {
            text: SecretString::from(data.to_string()),
            data: true,
        }
    }

    /// What is sent: the text, or the data that it spells.
    pub fn json(&self) -> serde_json::Value {
        let data = self
            .data
            .then(|| serde_json::from_str(self.expose()).ok())
            .flatten();
        data.unwrap_or_else(|| self.expose().into())
    }

    /// Calls `each` with what must not be shown anywhere: the text, or the texts in the data. Short ones among the data
    /// are words like any other.
    pub fn texts(&self, each: &mut dyn FnMut(&str)) {
        match self.json() {
            data if self.data => json_texts(&data, &mut |text| {
                if text.len() >= SHORTEST {
                    each(text);
                }
            }),
            _ => each(self.expose()),
        }
    }

    /// The text, for the one place that sends it.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

/// Every text in free data, and every number that could be a secret.
pub(super) fn json_texts(data: &serde_json::Value, each: &mut dyn FnMut(&str)) {
    match data {
        serde_json::Value::String(text) => each(text),
        serde_json::Value::Number(number) => Some(number.to_string())
            .filter(|text| is_telling(text))
            .iter()
            .for_each(|text| each(text)),
        serde_json::Value::Array(items) => items.iter().for_each(|item| json_texts(item, each)),
        serde_json::Value::Object(fields) => {
            fields.values().for_each(|item| json_texts(item, each))
        }
        _ => {}
    }
}

/// Whether a number can be a secret: a port or a count is none.
pub(super) fn is_telling(number: &str) -> bool {
    number.len() >= SHORTEST
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(sensitive value)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl PartialOrd for Secret {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Secret {
    fn cmp(&self, other: &Self) -> Ordering {
        self.expose().cmp(other.expose())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "(sensitive value)");
        assert_eq!(secret, Secret::new("hunter2"));
        let data = serde_json::json!({"b": 1, "a": "x"});
        assert_eq!(Secret::data(&data).json(), data);
        assert_eq!(Secret::new("{}").json(), "{}");
    }
}

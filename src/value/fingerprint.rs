//! Fingerprints: short hashes of canonical values, so that "is it still the same" can be kept without the value.
//!
//! Equal values have equal fingerprints whatever their spelling; nothing that is secret ever gets one, because short
//! secrets can be guessed from a hash.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{Address, Part, Value, sorted};

/// The fingerprint of a value: 16 hexadecimal digits. `None` if a secret is anywhere inside.
pub fn fingerprint(value: &Value) -> Option<String> {
    let mut text = String::new();
    spell(value, &mut text)?;
    Some(digest(&text))
}

/// The fingerprint of a text that has everything that counts: 16 hexadecimal digits.
pub fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(8).fold(String::new(), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// One spelling for equal values, another for different ones: each begins with a letter for its form and ends where
/// nothing that follows could be taken for a part of it.
fn spell(value: &Value, out: &mut String) -> Option<()> {
    match value {
        Value::Null => out.push('n'),
        Value::Bool(flag) => out.push(if *flag { 't' } else { 'f' }),
        Value::Int(number) => quoted('i', &number.to_string(), out),
        Value::Float(number) => quoted('d', &number.to_string(), out),
        Value::Text(text) => quoted('s', text, out),
        Value::Duration(duration) => quoted('u', &duration.micros().to_string(), out),
        Value::Time(time) => quoted('m', &time.to_string(), out),
        // The fingerprint of a certificate is public.
        Value::Digest(text) => quoted('g', text, out),
        Value::Content(content) => quoted('b', content.hash(), out),
        Value::Secret(_) => return None,
        Value::Ref(address) => spell_address(address, out),
        Value::Unknown(id) => quoted('?', id, out),
        Value::List(items) => all('[', items.iter(), out)?,
        Value::Set(items) => all('{', items.iter(), out)?,
        Value::Record(fields) => {
            out.push('(');
            for (name, item) in fields {
                quoted('k', name, out);
                spell(item, out)?;
            }
            out.push(')');
        }
        Value::Json(json) => quoted('j', &sorted(&json.0).to_string(), out),
    }
    Some(())
}

fn all<'a>(open: char, items: impl Iterator<Item = &'a Value>, out: &mut String) -> Option<()> {
    out.push(open);
    for item in items {
        spell(item, out)?;
    }
    out.push(')');
    Some(())
}

fn spell_address(address: &Address, out: &mut String) {
    quoted('@', address.family, out);
    match address.name() {
        Some(name) => quoted('s', name, out),
        None => {
            out.push('[');
            for part in address.parts() {
                match part {
                    Part::Name(name) => quoted('s', name, out),
                    Part::Number(number) => quoted('i', &number.to_string(), out),
                    Part::At(address) => spell_address(address, out),
                }
            }
            out.push(')');
        }
    }
}

/// The letter, the length and the text: no text can be taken for another one with something behind it.
fn quoted(letter: char, text: &str, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{letter}{}:{text}", text.len());
}

#[cfg(test)]
mod tests {
    use super::super::{Duration, Secret};
    use super::*;

    #[test]
    fn equal_values_and_only_they_are_alike() {
        let text = |text: &str| Value::text(text);
        let span = |text: &str| Value::Duration(Duration::parse(text).expect("a duration"));
        assert_eq!(
            fingerprint(&span("hours=1")),
            fingerprint(&span("minutes=60"))
        );
        assert_ne!(
            fingerprint(&span("hours=1")),
            fingerprint(&span("minutes=61"))
        );
        assert_ne!(fingerprint(&text("1")), fingerprint(&Value::Int(1)));
        let list = |items: &[&str]| Value::List(items.iter().map(|item| text(item)).collect());
        assert_ne!(
            fingerprint(&list(&["a", "b"])),
            fingerprint(&list(&["as1:b"]))
        );
        assert_ne!(
            fingerprint(&list(&["a", "b"])),
            fingerprint(&list(&["b", "a"]))
        );
        let name = Value::Ref(Address::named("group", "staff"));
        assert_ne!(
            fingerprint(&name),
            fingerprint(&Value::Ref(Address::named("role", "staff")))
        );
        assert_eq!(fingerprint(&text("x")).map(|hash| hash.len()), Some(16));
    }

    #[test]
    fn secrets_have_none() {
        assert_eq!(
            fingerprint(&Value::List(vec![Value::Secret(Secret::new("x"))])),
            None
        );
    }
}

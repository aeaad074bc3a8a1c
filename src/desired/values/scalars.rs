//! Texts, numbers, words, durations, times: one written word to one value, refused where people may have meant another.
//!
//! A value that a tag brought in is never put into a message.

use super::Reader;
use super::spelling::{duration_hint, expected, gate, instant, look_alike, whole};
use crate::diag::{Code, Diagnostic};
use crate::schema::{self, Class, Field, Shape};
use crate::value::{Duration, Float, Secret, Value};
use crate::yaml::{Node, Origin, Scalar, Style};

impl Reader<'_> {
    /// The value of one written word.
    pub(super) fn scalar(
        &mut self,
        field: &Field,
        shape: &Shape,
        node: &Node,
        scalar: &Scalar,
    ) -> Option<Value> {
        let text = scalar.text.as_str();
        let plain = scalar.style == Style::Plain;
        match shape {
            _ if field.class != Class::Plain => self.secret(field, node, text),
            Shape::String => {
                let value = Value::text(text);
                if field.not_blank && value.is_empty() {
                    return self.cleared(field, node);
                }
                if field.open_ended {
                    return self.variant(field, field.known_variants, node, scalar);
                }
                self.is_sound(field, node, schema::trim(text))
                    .then_some(value)
            }
            Shape::Enum(words) => self.variant(field, words, node, scalar),
            Shape::Bool => self.boolean(field, node, scalar),
            Shape::Int(least, most) => match whole(text).filter(|_| plain) {
                Some(number) if (*least..=*most).contains(&number) => Some(Value::Int(number)),
                found if found.is_some() || (plain && is_digits(text)) => {
                    let diagnostic = Diagnostic::error(
                        Code::WRONG_TYPE,
                        format!(
                            "{} must be a whole number from {least} to {most}",
                            field.yaml_key
                        ),
                    )
                    .at(node.span, "out of range");
                    self.refuse(diagnostic)
                }
                _ => self.no_number(field, node, scalar, "a whole number"),
            },
            Shape::Float => match text.parse::<f64>().ok().filter(|n| plain && n.is_finite()) {
                Some(number) => Some(Value::Float(Float(number))),
                None => self.no_number(field, node, scalar, "a number"),
            },
            Shape::Duration => self.duration(field, node, scalar),
            Shape::Time => match instant(text) {
                Some(time) => Some(Value::Time(time)),
                None => {
                    let diagnostic = Diagnostic::error(
                        Code::BAD_TIME,
                        format!(
                            "{} must be a time such as 2026-12-31T12:00:00Z, or a date",
                            field.yaml_key
                        ),
                    )
                    .at(node.span, "not a time");
                    self.refuse(diagnostic)
                }
            },
            Shape::Ref(family) => {
                if schema::trim(text).is_empty() && matches!(field.shape, Shape::Ref(_)) {
                    return self.cleared(field, node);
                }
                self.reference(field, family, node, text)
            }
            _ => {
                let expected = expected(shape);
                self.wrong_type(field, node, &expected)
            }
        }
    }

    /// What is no number; the usual causes are quotes, a fraction and a leading zero.
    fn no_number(
        &mut self,
        field: &Field,
        node: &Node,
        scalar: &Scalar,
        expected: &str,
    ) -> Option<Value> {
        let diagnostic = Diagnostic::error(
            Code::WRONG_TYPE,
            format!("{} must be {expected}", field.yaml_key),
        );
        self.refuse(match scalar.style {
            Style::Plain if leads_with_zero(&scalar.text) => diagnostic.at(
                node.span,
                "a leading zero, which YAML parsers read differently",
            ),
            Style::Plain => diagnostic.at(node.span, format!("not {expected}")),
            Style::Quoted => diagnostic
                .at(node.span, "this is a string")
                .help("write it without quotes"),
        })
    }

    fn secret(&mut self, field: &Field, node: &Node, text: &str) -> Option<Value> {
        if let Some(Err(why)) = field.digest.map(|(_, digest)| digest.of(text)) {
            let message = format!("{} is not a value that the server accepts", field.yaml_key);
            return self.refuse(Diagnostic::error(Code::BAD_CONTENT, message).at(node.span, why));
        }
        let text = schema::trim(text);
        self.is_sound(field, node, text)
            .then(|| Value::Secret(Secret::new(text)))
    }

    fn boolean(&mut self, field: &Field, node: &Node, scalar: &Scalar) -> Option<Value> {
        let plain = scalar.style == Style::Plain;
        match scalar.text.as_str() {
            "true" if plain => Some(Value::Bool(true)),
            "false" if plain => Some(Value::Bool(false)),
            text => {
                let mut diagnostic = Diagnostic::error(
                    Code::WRONG_TYPE,
                    format!("{} must be true or false", field.yaml_key),
                )
                .at(node.span, "neither true nor false");
                if !plain && matches!(text, "true" | "false") {
                    diagnostic = diagnostic.help("remove the quotes: quoted, it is a string");
                } else if let Some(flag) = look_alike(text) {
                    diagnostic =
                        diagnostic.help(format!("write {flag}; only true and false are booleans"));
                }
                self.refuse(diagnostic)
            }
        }
    }

    fn duration(&mut self, field: &Field, node: &Node, scalar: &Scalar) -> Option<Value> {
        match Duration::parse(scalar.text.as_str()) {
            Ok(duration) => Some(Value::Duration(duration)),
            Err(why) => {
                let message = format!(
                    "{} must be a duration such as hours=1;minutes=30",
                    field.yaml_key
                );
                let label = if scalar.origin == Origin::File {
                    why
                } else {
                    "not a duration".to_owned()
                };
                let mut diagnostic =
                    Diagnostic::error(Code::BAD_DURATION, message).at(node.span, label);
                if let Some(hint) = scalar.shown().and_then(duration_hint) {
                    diagnostic = diagnostic.help(format!("did you mean {hint:?}?"));
                }
                self.refuse(diagnostic)
            }
        }
    }

    /// A variant of an enumeration; one that the table does not know is a warning only, where that is allowed.
    fn variant(
        &mut self,
        field: &Field,
        words: &'static [schema::Variant],
        node: &Node,
        scalar: &Scalar,
    ) -> Option<Value> {
        let text = schema::trim(&scalar.text);
        let release = self.release;
        let usable = |word: &&schema::Variant| release.is_none_or(|release| word.is_in(release));
        match words.iter().find(|word| word.name == text) {
            Some(word) if usable(&word) => Some(Value::text(text)),
            Some(word) => {
                let when = gate(word.since, word.until);
                let diagnostic = Diagnostic::error(
                    Code::RELEASE_FIELD,
                    format!(
                        "{} cannot be {text:?} on authentik {}",
                        field.yaml_key,
                        release.map_or_else(String::new, |r| r.to_string())
                    ),
                )
                .at(node.span, format!("this variant exists {when}"));
                self.refuse(diagnostic)
            }
            None => {
                let known: Vec<&str> = words.iter().filter(usable).map(|word| word.name).collect();
                let message = match scalar.shown() {
                    Some(text) => format!("{} cannot be {text:?}", field.yaml_key),
                    None => format!("{} cannot have this value", field.yaml_key),
                };
                let code = Code::BAD_WORD;
                let mut diagnostic = if self.allow_unknown {
                    Diagnostic::warning(code, message)
                } else {
                    Diagnostic::error(code, message)
                };
                diagnostic = diagnostic.at(node.span, "not a known variant");
                diagnostic = match (field.open_ended, scalar.shown()) {
                    (true, Some(shown)) => diagnostic.did_you_mean(shown, known),
                    // There are too many to name them all.
                    (true, None) => diagnostic,
                    (false, shown) => {
                        let expected =
                            diagnostic.note(format!("expected one of: {}", known.join(", ")));
                        match shown {
                            Some(shown) => expected.did_you_mean(shown, known),
                            None => expected,
                        }
                    }
                };
                self.diagnostics.push(diagnostic);
                self.allow_unknown.then(|| Value::text(text))
            }
        }
    }
}

/// Whether a text is a whole number, however large.
fn is_digits(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text is a number that some readers of YAML take as octal.
fn leads_with_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
}

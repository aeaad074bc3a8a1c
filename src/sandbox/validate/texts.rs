//! Texts, words, times: what the server makes of them, and what it says to what it refuses.
//! Must never look at other objects.

use serde_json::{Value, json};

use crate::sandbox::checks::{email, media_name, public_url, template, url};
use crate::sandbox::durations::duration_text;
use crate::sandbox::facts::Field;
use crate::sandbox::ids::canonical_uuid;
use crate::sandbox::python::{python, strip};

/// Text: trimmed first, as every `CharField` of the server does. What cannot be read as such is refused for that
/// alone; of a text, the server names all that its validators refuse.
pub(super) fn string(field: &Field, given: &Value) -> Result<Value, Value> {
    let refuse = |text: &str| Err(json!([text]));
    if !field.choices.is_empty() {
        return choice(field, given).map_err(|text| json!([text]));
    }
    let text = match given {
        Value::String(text) => strip(text).to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return refuse(no_text(field)),
    };
    let read = match field.format.as_deref() {
        Some("date-time") => given.as_str().and_then(date_time),
        _ if text.is_empty() => match field.min_length.is_some_and(|least| least > 0) {
            true => return refuse("This field may not be blank."),
            false => return Ok(text.into()),
        },
        Some("uuid") => canonical_uuid(&text),
        _ => Some(text),
    };
    let Some(text) = read else {
        return refuse(no_text(field));
    };
    let refusals = refusals(field, &text);
    match refusals.is_empty() {
        true => Ok(text.into()),
        false => Err(refusals.into()),
    }
}

/// The texts that the validators refuse, in the server's order: the model's own come before the length, those of the
/// kind of text after it.
fn refusals(field: &Field, text: &str) -> Vec<String> {
    let of_the_model = match field.check.as_deref() {
        Some("no_space") if text.contains(' ') => Some("Value must not contain spaces.".to_owned()),
        Some("duration") => duration_text(text),
        // The quotes show which rule refused it: this one's, or the serializer's, which is an `identifier`.
        Some("slug") if !is_slug(text) => Some(
            "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.".into(),
        ),
        Some("file") => media_name(text).map(str::to_owned),
        Some("template") => template(text),
        _ => None,
    };
    let length = field
        .max_length
        .filter(|most| text.chars().count() as u64 > *most);
    let of_the_text = match field.check.as_deref() {
        _ if field.format.as_deref() == Some("email") && !email(text) => {
            Some(no_text(field).to_owned())
        }
        Some("identifier") if !is_slug(text) => Some(no_text(field).to_owned()),
        Some(sort @ ("url" | "url_template"))
            if !url(text, &field.schemes, sort == "url_template") =>
        {
            Some("Enter a valid URL.".into())
        }
        None if field.format.as_deref() == Some("uri") && !public_url(text) => {
            Some("Enter a valid URL.".into())
        }
        _ => None,
    };
    let null = text
        .contains('\0')
        .then(|| "Null characters are not allowed.".to_owned());
    let length =
        length.map(|most| format!("Ensure this field has no more than {most} characters."));
    [of_the_model, length, null, of_the_text]
        .into_iter()
        .flatten()
        .collect()
}

/// One of the words, as it stands: nothing is trimmed.
fn choice(field: &Field, given: &Value) -> Result<Value, String> {
    let text = match given {
        Value::String(text) => text.clone(),
        given => python(given),
    };
    // Optional choices of the server also accept the empty text.
    let blank = text.is_empty() && field.default.as_ref().is_some_and(|default| default == "");
    match blank || field.choices.iter().any(|choice| *choice == text.as_str()) {
        true => Ok(text.into()),
        false => Err(format!("\"{text}\" is not a valid choice.")),
    }
}

/// The server's message for a value that is not even text; some kinds of text have messages of their own.
fn no_text(field: &Field) -> &'static str {
    if field.check.as_deref() == Some("identifier") {
        return "Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens.";
    }
    match field.format.as_deref() {
        Some("date-time") => {
            "Datetime has wrong format. Use one of these formats instead: \
             YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
        }
        Some("uuid") => "Must be a valid UUID.",
        Some("email") => "Enter a valid email address.",
        _ => "Not a valid string.",
    }
}

fn is_slug(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// A point in time, as the server writes it back: in UTC with `Z`.
fn date_time(text: &str) -> Option<String> {
    let time = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        civil
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    })?;
    Some(
        match time.subsec_microsecond() == 0 && time.subsec_nanosecond() == 0 {
            true => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            false => time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string(),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_in_utc() {
        assert_eq!(
            date_time("2026-05-01T12:00:00+02:00").as_deref(),
            Some("2026-05-01T10:00:00Z")
        );
        assert_eq!(
            date_time("2026-05-01T12:00:00").as_deref(),
            Some("2026-05-01T12:00:00Z")
        );
        assert_eq!(date_time("tomorrow"), None);
    }
}

//! How values are spelled: what looks like a number or a time, what people write instead, and what messages call it.

use crate::schema::{Release, Shape};

/// `since 2025.12`, `until 2025.12`, in words.
pub(in crate::desired) fn gate(since: Option<Release>, until: Option<Release>) -> String {
    match (since, until) {
        (Some(since), Some(until)) => format!("since {since}, and no longer in {until}"),
        (Some(since), None) => format!("since {since}"),
        (None, Some(until)) => format!("only before {until}"),
        (None, None) => "in every release".to_owned(),
    }
}

pub(super) fn expected(shape: &Shape) -> String {
    match shape {
        Shape::String | Shape::Enum(_) => "a string".to_owned(),
        Shape::Bytes(_) => "`!file PATH`, or a string".to_owned(),
        Shape::Bool => "true or false".to_owned(),
        Shape::Int(..) => "a whole number".to_owned(),
        Shape::Float => "a number".to_owned(),
        Shape::Duration => "a duration such as hours=1;minutes=30".to_owned(),
        Shape::Time => "a time".to_owned(),
        Shape::Ref(_) | Shape::RefAny(_) => {
            let all: Vec<String> = shape.families().iter().map(|family| a(family)).collect();
            match all.as_slice() {
                [first @ .., last] if !first.is_empty() => {
                    format!("the name of {} or {last}", first.join(", "))
                }
                all => format!("the name of {}", all.concat()),
            }
        }
        Shape::Grant { .. } => "a mapping of an object and `permissions`".to_owned(),
        Shape::Set(_) | Shape::List(_) => "a list".to_owned(),
        Shape::Record(_) => "a mapping".to_owned(),
        Shape::Json { .. } => "data".to_owned(),
    }
}

/// A word with its article.
pub(in crate::desired) fn a(word: &str) -> String {
    format!(
        "{} {word}",
        if word.starts_with(['a', 'e', 'i', 'o']) {
            "an"
        } else {
            "a"
        }
    )
}

/// A whole number as YAML 1.2 and people agree on: no leading zeros, no underscores, no `+`.
pub(super) fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.len() > 1 && digits.starts_with('0');
    if leading_zero || digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Text that is a number with a fraction or an exponent, and not a version such as `1.10` with a meaning of its own:
/// it must come back as it was written.
pub(super) fn float_like(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && !(digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0."))
        && text.parse::<f64>().is_ok_and(|number| {
            let spelled = serde_json::Value::from(number).to_string();
            spelled == text
        })
}

pub(super) fn look_alike(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "on" | "true" | "1" | "y" => Some(true),
        "no" | "off" | "false" | "0" | "n" => Some(false),
        _ => None,
    }
}

/// A day, and nothing but a day: a time without its zone means something else in every place.
pub(super) fn date(text: &str) -> Option<jiff::civil::Date> {
    let text = text.trim();
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    text.parse().ok().filter(|_| plain)
}

/// An instant, or a date that stands for its start in UTC.
pub(super) fn instant(text: &str) -> Option<jiff::Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        date(text)?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    })
}

/// `1h30m` and such in authentik's spelling.
pub(super) fn duration_hint(text: &str) -> Option<String> {
    let mut parts = Vec::new();
    let mut number = String::new();
    let mut unit = String::new();
    for c in text.chars().chain(['0']) {
        if c.is_ascii_digit() {
            if !unit.is_empty() {
                let name = match unit.trim() {
                    "s" | "sec" | "second" | "seconds" => "seconds",
                    "m" | "min" | "minute" | "minutes" => "minutes",
                    "h" | "hour" | "hours" => "hours",
                    "d" | "day" | "days" => "days",
                    "w" | "week" | "weeks" => "weeks",
                    _ => return None,
                };
                parts.push(format!("{name}={number}"));
                number.clear();
                unit.clear();
            }
            number.push(c);
        } else {
            if number.is_empty() {
                return None;
            }
            unit.push(c);
        }
    }
    (!parts.is_empty()).then(|| parts.join(";"))
}

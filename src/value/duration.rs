//! authentik's durations: `hours=1;minutes=30`, compared by length.
//!
//! The spelling is kept, so that what people wrote is what is sent.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A duration in authentik's spelling.
#[derive(Clone, Debug)]
pub struct Duration {
    text: Arc<str>,
    micros: i128,
}

/// The units that the server takes (`authentik/lib/utils/time.py`), each with its length in microseconds.
const UNITS: &[(&str, i128)] = &[
    ("microseconds", 1),
    ("milliseconds", 1_000),
    ("seconds", 1_000_000),
    ("minutes", 60_000_000),
    ("hours", 3_600_000_000),
    ("days", 86_400_000_000),
    ("weeks", 604_800_000_000),
];

impl Duration {
    /// Its length in microseconds.
    pub fn micros(&self) -> i128 {
        self.micros
    }

    /// Reads `unit=number` pairs joined by `;`. Refuses other units, empty text and numbers that are none, saying what.
    pub fn parse(text: &str) -> Result<Duration, String> {
        let text = text.trim();
        let mut micros = 0i128;
        for pair in text.split(';').filter(|pair| !pair.trim().is_empty()) {
            let Some((unit, number)) = pair.split_once('=') else {
                return Err(format!("{:?} is not of the form unit=number", pair.trim()));
            };
            let unit = unit.trim().to_lowercase();
            let Some((_, length)) = UNITS.iter().find(|(name, _)| *name == unit) else {
                let names: Vec<&str> = UNITS.iter().map(|(name, _)| *name).collect();
                return Err(format!(
                    "{unit:?} is not a unit; the units are {}",
                    names.join(", ")
                ));
            };
            let number: f64 = number
                .trim()
                .parse()
                .map_err(|_| format!("{:?} is not a number", number.trim()))?;
            if !number.is_finite() || number.abs() > 1e9 {
                return Err(format!("{number} {unit} is out of range"));
            }
            micros += (number * *length as f64) as i128;
        }
        if text.is_empty() {
            return Err("the duration is empty".to_owned());
        }
        Ok(Duration {
            text: text.into(),
            micros,
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Duration {
    fn eq(&self, other: &Self) -> bool {
        self.micros == other.micros
    }
}

impl Eq for Duration {}

impl PartialOrd for Duration {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Duration {
    fn cmp(&self, other: &Self) -> Ordering {
        self.micros.cmp(&other.micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_compare_by_length() {
        let parse = |text| Duration::parse(text).unwrap();
        assert_eq!(parse("hours=1"), parse("minutes=60"));
        assert_eq!(parse("hours=1;minutes=30"), parse("minutes=90"));
        assert_eq!(parse("days=-1"), parse("hours=-24"));
        assert!(parse("weeks=4") > parse("days=27"));
        assert_eq!(parse("weeks=4").as_str(), "weeks=4");
    }

    #[test]
    fn other_spellings_are_refused_with_the_reason() {
        for (text, part) in [
            ("1h", "unit=number"),
            ("hour=1", "not a unit"),
            ("hours=x", "not a number"),
            ("", "empty"),
        ] {
            assert!(Duration::parse(text).unwrap_err().contains(part), "{text}");
        }
    }
}

//! Values of flags: read from text, or refused with what would be right.
//!
//! A value that may be a secret (of a header or a variable) is accepted without a check, because clap quotes a refused
//! value in its message; it is checked later, without quoting it.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use secrecy::SecretString;

use super::flags::OutputFormat;
use crate::budget;
use crate::diag::{CODES, Code, nearest};
use crate::pattern::Pattern;
use crate::plan::{Limit, limited};
use crate::schema::{RELEASES, Release, Version};

/// `NAME=VALUE`; the value is never shown.
#[derive(Clone)]
pub struct Pair {
    /// What stands before the first `=`.
    pub name: String,
    /// What stands after it; `None` only before [`parse`](super::parse) has refused it.
    pub(super) value: Option<SecretString>,
}

impl Pair {
    /// The name and the value.
    pub fn new(name: impl Into<String>, value: impl Into<SecretString>) -> Pair {
        Pair {
            name: name.into(),
            value: Some(value.into()),
        }
    }

    /// What stands after the `=`.
    pub fn value(&self) -> SecretString {
        self.value.clone().unwrap_or_default()
    }

    /// Whether both sides of the `=` are there.
    pub(super) fn complete(&self) -> bool {
        self.value.is_some() && !self.name.is_empty() && !self.name.contains(char::is_whitespace)
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without a `=`, the name may be a secret that went astray.
        f.write_str(if self.complete() {
            &self.name
        } else {
            "(unreadable)"
        })?;
        f.write_str("=(sensitive value)")
    }
}

pub(super) fn pair(text: &str) -> Result<Pair, Infallible> {
    Ok(match text.split_once('=') {
        Some((name, value)) => Pair::new(name.trim(), value),
        None => Pair {
            name: String::new(),
            value: None,
        },
    })
}

/// A write-only value that must be sent again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WriteSecret {
    /// The object's address, as plans spell it: `provider.grafana`.
    pub address: String,
    /// The field, by the API's name.
    pub field: String,
}

pub(super) fn write_secret(text: &str) -> Result<WriteSecret, String> {
    let wrong = || "write ADDR#FIELD, such as source.github#consumer_secret".to_owned();
    let (address, field) = text.rsplit_once('#').ok_or_else(wrong)?;
    let (family, _) = address.split_once(['.', '[']).ok_or_else(wrong)?;
    let word = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if !word(family) || !word(field) || address.ends_with(['.', '[']) {
        return Err(wrong());
    }
    Ok(WriteSecret {
        address: address.to_owned(),
        field: field.to_owned(),
    })
}

/// Reads `30s`, `1m30s`, `500ms`, `2m` or `1h`: numbers with units, longest unit first or not.
///
/// Refuses a number without a unit, zero, and more than a day, and says so.
pub fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let mut rest = text;
    let mut millis = 0u64;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let letters = after.len()
            - after
                .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                .len();
        let (unit, after) = after.split_at(letters);
        let length = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "" if !number.is_empty() && after.is_empty() => {
                return Err(format!(
                    "a number needs a unit: {number}s, {number}m or {number}ms"
                ));
            }
            _ => {
                return Err(
                    "write a number and a unit (ms, s, m, h), such as 30s or 1m30s".to_owned(),
                );
            }
        };
        let number: u64 = number
            .parse()
            .map_err(|_| "write a number before the unit, such as 30s".to_owned())?;
        millis = millis.saturating_add(number.saturating_mul(length));
        rest = after.trim_start();
    }
    match millis {
        0 => Err("it must be longer than zero, such as 30s".to_owned()),
        1..=86_400_000 => Ok(Duration::from_millis(millis)),
        _ => Err("it must not be longer than a day".to_owned()),
    }
}

/// Reads how much is read of something: of all files of a state, of a server.
pub(super) fn size(text: &str) -> Result<u64, String> {
    budget::parse(text)
}

/// Reads how long something holds from now on, in seconds: `12h`, `7d`, `2w`.
pub(super) fn lasting(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let wrong = || "write a number and a unit (m, h, d, w), such as 12h or 7d".to_owned();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?);
    let seconds: u64 = match unit {
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    match number.saturating_mul(seconds) {
        0 => Err("it must be longer than zero, such as 7d".to_owned()),
        1..=315_360_000 => Ok(number * seconds),
        _ => Err("it must not be longer than ten years".to_owned()),
    }
}

/// `KEY=VALUE`, both to be shown.
pub(super) fn entry(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.to_owned()))
        }
        _ => Err("write a name, `=` and a value".to_owned()),
    }
}

pub(super) fn release(text: &str) -> Result<Release, String> {
    let release = Release::parse(text);
    let release = release.ok_or_else(|| {
        format!(
            "write the year and the month of a release, such as {}",
            newest()
        )
    })?;
    release
        .supported()
        .map_err(|oldest| format!("akrec supports {oldest} and later"))
}

/// A version that there is a sandbox of.
pub(super) fn known_version(text: &str) -> Result<Version, String> {
    let known: Vec<String> = RELEASES.iter().map(Release::to_string).collect();
    let version = Version::parse(text).filter(|version| RELEASES.contains(&version.release));
    version.ok_or_else(|| {
        format!(
            "the sandbox supports the releases {} and their patch releases",
            known.join(", ")
        )
    })
}

/// A release that a server can be upgraded to, or one patch release of it.
///
/// Refuses what is not a release that akrec knows, with all that are and the nearest.
pub(super) fn target_release(text: &str) -> Result<Version, String> {
    let text = text.trim();
    // Spelt as authentik spells it: the end of another word is not a release.
    let is_whole = |version: &Version| {
        let rest = text.strip_prefix(&version.to_string());
        rest.is_some_and(|rest| {
            rest.is_empty() || (version.patch.is_some() && rest.starts_with('-'))
        })
    };
    let version = Version::parse(text).filter(is_whole);
    if let Some(version) = version.filter(|version| RELEASES.contains(&version.release)) {
        return Ok(version);
    }
    let known = RELEASES
        .iter()
        .map(Release::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let months = |release: &Release| i32::from(release.year) * 12 + i32::from(release.month);
    let near = Release::parse(text).and_then(|wanted| {
        RELEASES
            .iter()
            .min_by_key(|known| (months(known) - months(&wanted)).abs())
    });
    let near = near
        .map(|near| format!("; did you mean {near}?"))
        .unwrap_or_default();
    Err(format!(
        "akrec supports the releases {known} and their patch releases{near}"
    ))
}

fn newest() -> String {
    RELEASES.last().map(Release::to_string).unwrap_or_default()
}

/// A number or a percentage.
pub(super) fn limit(text: &str) -> Result<Limit, String> {
    Limit::parse(text)
        .map_err(|_| "write a number or a percentage from 0% to 100%, such as 10 or 20%".to_owned())
}

/// A limit of one kind or relation.
pub(super) fn removal(text: &str) -> Result<(String, Limit), String> {
    let (name, most) = text
        .split_once('=')
        .ok_or("write KIND=N or KIND=P%, such as membership=50")?;
    let name = name.trim();
    let known = limited();
    // A raw collection goes by its path.
    if !known.contains(&name) && !name.contains('/') {
        let near = nearest(name, known)
            .map(|near| format!("; did you mean {near}?"))
            .unwrap_or_default();
        return Err(format!("unknown kind {name}{near}"));
    }
    Ok((name.to_owned(), limit(most)?))
}

/// A lint by its code or its name.
pub(super) fn lint(text: &str) -> Result<Code, String> {
    Code::of_lint(text).ok_or_else(|| {
        let names = CODES.iter().filter_map(|(code, _)| code.lint());
        let near = nearest(text.trim(), names)
            .map(|near| format!("; did you mean {near}?"))
            .unwrap_or_default();
        let is = |code: &Code| code.as_str().eq_ignore_ascii_case(text.trim());
        match CODES.iter().any(|(code, _)| is(code)) {
            true => format!("{} is not a lint; lints are AKR0710 and above", text.trim()),
            false => format!(
                "write the code or the name of a lint, such as AKR0710 or open-application{near}"
            ),
        }
    })
}

/// The code of a safety check that can be overridden, or of a lint.
pub(super) fn rail(text: &str) -> Result<Code, String> {
    if let Some(code) = Code::of_lint(text) {
        return Ok(code);
    }
    let known = CODES.iter().map(|(code, _)| *code);
    let code = known
        .clone()
        .find(|code| code.as_str().eq_ignore_ascii_case(text.trim()));
    let Some(code) = code else {
        return Err(
            "write the code of a safety check or a lint, such as AKR0601; `akrec explain --all` lists them"
                .to_owned(),
        );
    };
    if !code.is_overridable() {
        let checks: Vec<&str> = known
            .filter(|code| code.is_overridable())
            .map(Code::as_str)
            .collect();
        return Err(format!(
            "{code} cannot be overridden; these can, and so can every lint: {}",
            checks.join(", ")
        ));
    }
    Ok(code)
}

pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    let text = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    let address: SocketAddr = text.parse().map_err(|_| {
        "write an address and a port, such as 127.0.0.1:9000 or [::1]:9000".to_owned()
    })?;
    if !address.ip().is_loopback() {
        return Err(
            "the sandbox is not protected, so it listens on loopback only: 127.0.0.1 or [::1]"
                .to_owned(),
        );
    }
    Ok(address)
}

/// The objects that a flag selects: a pattern, or a file with one a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// Those that fit it.
    Pattern(Pattern),
    /// Those that fit a line of it.
    File(PathBuf),
}

/// A pattern of addresses, or `@FILE`.
pub(super) fn target(text: &str) -> Result<Target, String> {
    match text.strip_prefix('@') {
        Some("") => Err("name the file: @FILE".to_owned()),
        Some(file) => Ok(Target::File(PathBuf::from(file))),
        None => pattern(text).map(Target::Pattern),
    }
}

/// A pattern of addresses.
pub(super) fn pattern(text: &str) -> Result<Pattern, String> {
    Pattern::new(text)
}

/// A value that may be secret, taken in without judging it.
pub(super) fn hidden(text: &str) -> Result<SecretString, Infallible> {
    Ok(text.to_owned().into())
}

/// A form and the file that gets it.
pub fn output(text: &str) -> Result<(OutputFormat, PathBuf), String> {
    let (format, file) = text
        .split_once('=')
        .ok_or("write FORMAT=FILE, such as json=plan.json")?;
    let format = OutputFormat::parse(format.trim()).ok_or_else(|| {
        let all: Vec<String> = OutputFormat::value_variants()
            .iter()
            .map(|format| format.name())
            .collect();
        format!(
            "unknown format {format}; expected one of: {}",
            all.join(", ")
        )
    })?;
    match file {
        "" => Err(format!("name the file: {}=FILE", format.name())),
        "-" => Err(format!(
            "for standard output write --format {}",
            format.name()
        )),
        file => Ok((format, PathBuf::from(file))),
    }
}

/// The name of a branch, fit for a pipeline's file.
pub(super) fn branch(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    match text.is_empty() || !text.chars().all(fits) {
        true => {
            Err("write the name of a branch: letters, digits, `-`, `_`, `.` and `/`".to_owned())
        }
        false => Ok(text.to_owned()),
    }
}

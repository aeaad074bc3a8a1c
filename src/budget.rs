//! How much of each kind of input is read. One table; `docs/threat-model.md` shows it.
//!
//! A limit is far above what an honest project needs, and low enough that no input makes akrec take more memory than a
//! runner has (docs/performance.md has the figures).

use std::fmt;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// One kind of input and how much of it is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// What is limited, in words.
    pub what: &'static str,
    /// How much at most.
    pub most: u64,
    /// What is counted.
    pub unit: Unit,
    /// The flag that raises the limit, if there is one.
    pub flag: Option<&'static str>,
}

/// What a budget counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Things; their name.
    Of(&'static str),
}

const fn bytes(what: &'static str, most: u64) -> Budget {
    Budget {
        what,
        most,
        unit: Unit::Bytes,
        flag: None,
    }
}

const fn count(what: &'static str, most: u64, of: &'static str) -> Budget {
    Budget {
        what,
        most,
        unit: Unit::Of(of),
        flag: None,
    }
}

/// `akrec.yaml`, of the base or of an environment.
pub const SETTINGS: Budget = bytes("a settings file", MIB);
/// A file of `--var-file`.
pub const VARIABLES: Budget = bytes("a file of variables", MIB);
/// A file of `--ca-cert` or `ca_cert`.
pub const CERTIFICATES: Budget = bytes("a file of certificates", 4 * MIB);
/// A file of `--token-file`, `AKREC_TOKEN_FILE` or `AKREC_OIDC_TOKEN_FILE`, or standard input; authentik's keys have 60
/// characters, a JWT some thousand.
pub const TOKEN: Budget = bytes("a token", 64 * KIB);
/// A file of `--target @FILE`.
pub const TARGETS: Budget = bytes("a file of targets", MIB);
/// A saved plan or a rollback.
pub const PLAN: Budget = bytes("a plan file or a rollback", 64 * MIB);
/// Values of a saved plan or a rollback, names of members among them.
pub const PLAN_VALUES: Budget = count("values of a plan file or a rollback", 3_000_000, "values");
/// A file of `kinds --check --schema`; authentik's has 2 MiB.
pub const API: Budget = bytes("a description of an API (`--schema`)", 16 * MIB);
/// Values of such a file; authentik's has some 100,000.
pub const API_VALUES: Budget = count("values of a description of an API", 1_000_000, "values");
/// One state file, or one text that `!file` brings in.
pub const FILE: Budget = bytes("one state file, or one text of `!file`", 8 * MIB);
/// All texts of a state.
pub const TEXTS: Budget = Budget {
    flag: Some("--max-input"),
    ..bytes(
        "all texts of a state: files, `!file`, `!env`, `!var`",
        64 * MIB,
    )
};
/// All bytes that fields such as `content` take from files; a file that is named twice counts once.
pub const MEDIA: Budget = Budget {
    flag: Some("--max-input"),
    ..bytes("all media files of a state", 256 * MIB)
};
/// Values of a state, aliases and defaults expanded.
pub const VALUES: Budget = count(
    "values of a state, aliases and `defaults` expanded",
    1_000_000,
    "values",
);
/// Bytes of text that aliases repeat.
pub const COPIES: Budget = bytes("texts that aliases repeat", 16 * MIB);
/// Values of one settings file.
pub const SETTINGS_VALUES: Budget = count("values of a settings file", 50_000, "values");
/// State files.
pub const FILES: Budget = count("state files", 20_000, "files");
/// What is looked at in the state directory, files of any kind and directories.
pub const ENTRIES: Budget = count("names in the state directory", 500_000, "names");

/// All answers of a server in one run: those that a plan is made from.
pub const ANSWERS: Budget = Budget {
    flag: Some("--max-answers"),
    ..bytes(
        "all answers of the server that a plan is made from",
        256 * MIB,
    )
};
/// One answer of a server: an eighth of all of them.
pub const ANSWER: Budget = Budget {
    flag: Some("--max-answers"),
    ..bytes("one answer of the server", 32 * MIB)
};
/// Rows of one list of a server: one for each KiB of all answers.
pub const ROWS: Budget = Budget {
    flag: Some("--max-answers"),
    ..count("rows of one list", 262_144, "rows")
};
/// Pages of one list of a server: one for each 64 KiB of all answers.
pub const PAGES: Budget = Budget {
    flag: Some("--max-answers"),
    ..count("pages of one list", 4_096, "pages")
};

/// The least and the most that `--max-answers` may say: a page of 100 large objects still fits into an answer of the
/// least, and no machine has memory for the most.
pub const LEAST_ANSWERS: u64 = 8 * MIB;
/// See [`LEAST_ANSWERS`].
pub const MOST_ANSWERS: u64 = 1 << 40;

/// Every budget, in the order of the documentation.
pub const ALL: [&Budget; 21] = [
    &SETTINGS,
    &SETTINGS_VALUES,
    &VARIABLES,
    &CERTIFICATES,
    &TOKEN,
    &TARGETS,
    &PLAN,
    &PLAN_VALUES,
    &API,
    &API_VALUES,
    &FILE,
    &TEXTS,
    &MEDIA,
    &VALUES,
    &COPIES,
    &FILES,
    &ENTRIES,
    &ANSWER,
    &ANSWERS,
    &ROWS,
    &PAGES,
];

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            Unit::Bytes => f.write_str(&size(self.most)),
            Unit::Of(what) => write!(f, "{} {what}", grouped(self.most)),
        }
    }
}

/// What all files of a state may take together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Totals {
    /// Bytes of text.
    pub texts: u64,
    /// Bytes of media.
    pub media: u64,
}

impl Default for Totals {
    fn default() -> Totals {
        Totals {
            texts: TEXTS.most,
            media: MEDIA.most,
        }
    }
}

impl Totals {
    /// Those that `--max-input` asks for, or the defaults.
    pub fn of(max_input: Option<u64>) -> Totals {
        max_input.map_or_else(Totals::default, |most| Totals {
            texts: most,
            media: most,
        })
    }
}

/// A number of bytes as people write it.
pub fn size(bytes: u64) -> String {
    match bytes {
        0 => "0 bytes".to_owned(),
        bytes if bytes.is_multiple_of(KIB * MIB) => format!("{} GiB", bytes / (KIB * MIB)),
        bytes if bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        bytes if bytes.is_multiple_of(KIB) => format!("{} KiB", bytes / KIB),
        bytes => format!("{} bytes", grouped(bytes)),
    }
}

/// Reads `64MiB`, `1 GiB`, `512KiB`, or a number of bytes.
pub fn parse(text: &str) -> Result<u64, String> {
    let wrong = || "write a size such as 128MiB or 1GiB".to_owned();
    let text = text.trim();
    let split = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit.trim() {
        "" | "B" => 1,
        "KiB" | "K" => KIB,
        "MiB" | "M" => MIB,
        "GiB" | "G" => KIB * MIB,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number
        .checked_mul(factor)
        .filter(|size| *size > 0)
        .ok_or_else(wrong)
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How many values a JSON text has at most, found without reading it: a text of few bytes can take much memory.
pub fn json_values(text: &str) -> u64 {
    let (mut count, mut quoted, mut escaped) = (1, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b':' | b'[' | b'{' if !quoted => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written() {
        for (text, bytes) in [
            ("64MiB", 64 * MIB),
            ("1 GiB", 1 << 30),
            ("512K", 512 * KIB),
            ("7", 7),
            (" 2 M ", 2 * MIB),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for wrong in [
            "",
            "0",
            "MiB",
            "-1",
            "1.5GiB",
            "64MB",
            "99999999999GiB",
            "1 2",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            [size(0), size(999), size(1 << 30), size(1_234_567)],
            ["0 bytes", "999 bytes", "1 GiB", "1,234,567 bytes"]
        );
    }

    #[test]
    fn values_of_json_are_counted_without_reading_it() {
        assert_eq!(
            [
                json_values("1"),
                json_values("[1,2]"),
                json_values(r#"{"a,\"[": [1]}"#)
            ],
            [1, 3, 4]
        );
    }
}

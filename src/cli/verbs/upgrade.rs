//! Flags of `upgrade`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::flags::{Connection, Inputs, SandboxFlags};
use crate::cli::values;
use crate::schema::Version;

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec upgrade --to 2026.8                       what 2026.8 changes for these files and this server
  akrec upgrade --to 2026.8.5 --format json       the same for one patch release, for a program
  akrec upgrade --to 2026.8 --from 2026.2         for the files alone, as if the server were 2026.2; contacts no server
  akrec upgrade --to 2026.8 --from export/        for the files and what `akrec export -o export` wrote; contacts no server";

/// Flags of `upgrade`.
#[derive(Args, Clone, Debug)]
pub struct Upgrade {
    /// The release to upgrade to, such as 2026.8, or one patch release of it, such as 2026.8.2
    #[arg(long, value_name = "RELEASE", value_parser = values::target_release, help_heading = "What")]
    pub to: Version,
    /// Contact no server: use this release, this directory that `akrec export` wrote, or this sandbox's snapshot instead
    #[arg(
        long,
        value_name = "PLACE",
        value_parser = origin,
        conflicts_with_all = ["url", "token_file", "ca_cert", "insecure_skip_tls_verify", "header", "sandbox", "sandbox_data", "sandbox_licence"],
        help_heading = "What"
    )]
    pub from: Option<Origin>,
    /// The files; beside them, akrec.yaml may name the server.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where to read.
    #[command(flatten)]
    pub connection: Connection,
    /// Or an embedded server instead.
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    /// The format on standard output
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: UpgradeFormat,
}

/// How `upgrade` is shown.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum UpgradeFormat {
    /// For a terminal
    Text,
    /// One JSON document
    Json,
}

/// What stands in for the server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Its release alone.
    Release(Version),
    /// A freshly installed sandbox.
    Sandbox(Option<Version>),
    /// A directory with state files of an export, or a sandbox's snapshot.
    Path(PathBuf),
}

/// Reads what stands in for the server. What begins with a year and a dot is a release; what is neither that nor a sandbox
/// is a path.
///
/// Refuses a server's address, and a release that akrec does not know.
fn origin(text: &str) -> Result<Origin, String> {
    if let Some(release) = text.strip_prefix("sandbox:") {
        return values::known_version(release).map(|version| Origin::Sandbox(Some(version)));
    }
    match text {
        "" => {
            Err("name a release, a directory that `akrec export` wrote, or a snapshot".to_owned())
        }
        "sandbox" => Ok(Origin::Sandbox(None)),
        _ if text.contains("://") => {
            Err("this contacts no server; name a server with --url or --env instead".to_owned())
        }
        _ if is_release(text) => values::target_release(text).map(Origin::Release),
        _ => Ok(Origin::Path(PathBuf::from(text))),
    }
}

/// Whether a text has the form of a release, known or not: a year and a dot.
fn is_release(text: &str) -> bool {
    let year = text
        .split_once('.')
        .map(|(year, _)| year)
        .unwrap_or_default();
    year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()) && !text.contains(['/', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_differ_by_their_form() {
        let version = |text| Version::parse(text).unwrap();
        for (text, expected) in [
            ("2026.2", Origin::Release(version("2026.2"))),
            ("2026.2.7", Origin::Release(version("2026.2.7"))),
            ("sandbox", Origin::Sandbox(None)),
            ("sandbox:2026.2", Origin::Sandbox(Some(version("2026.2")))),
            ("world.json", Origin::Path("world.json".into())),
            ("export", Origin::Path("export".into())),
            ("./2026.2", Origin::Path("./2026.2".into())),
            ("2026.2/export", Origin::Path("2026.2/export".into())),
        ] {
            assert_eq!(origin(text), Ok(expected), "{text}");
        }
        for refused in [
            "",
            "sandbox:1999.1",
            "https://a.example.org",
            "1999.1",
            "2026.9",
        ] {
            assert!(origin(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn an_unknown_release_is_refused_with_the_nearest() {
        for (text, near) in [
            ("2026.9", "2026.8"),
            ("2026.11", "2026.8"),
            ("2026.3", "2026.2"),
            ("2020.1", "2025.10"),
            ("2026.8x", "2026.8"),
        ] {
            let reported = values::target_release(text).unwrap_err();
            assert!(
                reported.contains("2025.10, 2025.12")
                    && reported.ends_with(&format!("did you mean {near}?")),
                "{reported}"
            );
        }
        assert!(
            values::target_release("next")
                .unwrap_err()
                .contains("2025.10, 2025.12")
        );
        assert_eq!(
            values::target_release(" 2026.8.2 ")
                .map(|version| version.to_string())
                .as_deref(),
            Ok("2026.8.2")
        );
    }
}

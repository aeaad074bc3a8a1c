//! Flags of `diff`, and how a side of it is named.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::values::{self, Target};
use crate::schema::Version;

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec diff --from staging --to prod           two environments, by their akrec.yaml; the tokens are in
                                                AKREC_FROM_TOKEN and AKREC_TO_TOKEN
  akrec diff --from https://old.example.org --from-token-file old.token --to prod --to-token-file prod.token
  akrec diff --from sandbox:2026.2 --to sandbox:2026.5 --all
  akrec diff --from world.json --to prod --kind groups";

/// Flags of `diff`.
#[derive(Args, Clone, Debug)]
pub struct Diff {
    /// One server: an environment, `.` for the settings without one, a URL, a sandbox's snapshot, or sandbox:RELEASE
    #[arg(long, value_name = "PLACE", value_parser = place)]
    pub from: Place,
    /// The other one, named in the same ways
    #[arg(long, value_name = "PLACE", value_parser = place)]
    pub to: Place,
    /// A file with the token for --from [env: AKREC_FROM_TOKEN_FILE; the token itself: AKREC_FROM_TOKEN]
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub from_token_file: Option<PathBuf>,
    /// A file with the token for --to [env: AKREC_TO_TOKEN_FILE; the token itself: AKREC_TO_TOKEN]
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub to_token_file: Option<PathBuf>,
    /// The state directory, beside which akrec.yaml and environments/ are
    #[arg(short = 'C', long, value_name = "DIR", help_heading = "Connection")]
    pub state: Option<PathBuf>,
    /// A PEM file with authorities to trust in addition to the machine's own
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub ca_cert: Option<PathBuf>,
    /// The longest time for one request, such as 30s or 2m [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = values::duration, help_heading = "Connection")]
    pub timeout: Option<Duration>,
    /// Only this kind, family or section, such as groups or stages.user_login; may be repeated
    #[arg(long, value_name = "KIND", help_heading = "What")]
    pub kind: Vec<String>,
    /// Only objects of this address, such as application.grafana or group.*, with what belongs to them; may be repeated;
    /// @FILE reads one per line
    #[arg(long, value_name = "ADDR", value_parser = values::target, help_heading = "What")]
    pub target: Vec<Target>,
    /// Also what authentik created itself: default flows, managed mappings, …
    #[arg(long, help_heading = "What")]
    pub all: bool,
    /// The format on standard output
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: DiffFormat,
    /// Do not show the fields of what differs
    #[arg(long, help_heading = "Output")]
    pub concise: bool,
}

/// How a difference is shown.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum DiffFormat {
    /// For a terminal
    Text,
    /// One JSON document
    Json,
}

/// A server that is compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// What akrec.yaml says, without an environment.
    Base,
    /// What an environment says.
    Environment(String),
    /// The server at an address.
    Url(String),
    /// A freshly installed sandbox.
    Sandbox(Option<Version>),
    /// A sandbox with the objects of a snapshot.
    Snapshot(PathBuf),
}

impl Place {
    /// Whether it is a sandbox, which needs no token.
    pub fn is_sandbox(&self) -> bool {
        matches!(self, Place::Sandbox(_) | Place::Snapshot(_))
    }
}

/// Reads a place. What has a slash or ends in `.json` is a file; an environment's name can have neither.
fn place(text: &str) -> Result<Place, String> {
    if let Some(release) = text.strip_prefix("sandbox:") {
        return values::known_version(release).map(|version| Place::Sandbox(Some(version)));
    }
    Ok(match text {
        "" => return Err("name an environment, a URL, a snapshot, or sandbox:RELEASE".to_owned()),
        "." => Place::Base,
        "sandbox" => Place::Sandbox(None),
        _ if text.contains("://") => Place::Url(text.to_owned()),
        _ if text.contains(['/', '\\']) || text.ends_with(".json") => {
            Place::Snapshot(PathBuf::from(text))
        }
        _ => Place::Environment(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_distinguished_by_their_form() {
        let version = Version::parse;
        for (text, expected) in [
            (".", Place::Base),
            ("prod", Place::Environment("prod".to_owned())),
            (
                "https://x.example",
                Place::Url("https://x.example".to_owned()),
            ),
            ("sandbox", Place::Sandbox(None)),
            ("sandbox:2026.2", Place::Sandbox(version("2026.2"))),
            ("sandbox:2026.2.7", Place::Sandbox(version("2026.2.7"))),
            ("world.json", Place::Snapshot("world.json".into())),
            ("./prod", Place::Snapshot("./prod".into())),
        ] {
            assert_eq!(place(text), Ok(expected), "{text}");
        }
        assert!(place("").is_err() && place("sandbox:1999.1").is_err());
    }
}

//! Flags of `invite`.

use clap::{Args, ValueEnum};

use crate::cli::flags::ServerFlags;
use crate::cli::values;

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec invite --flow enrolment --group staff --single-use
  akrec invite --flow enrolment --expires 2d --name sam --data email=sam@example.org
  akrec invite --list
  akrec invite --revoke sam

The link alone goes to standard output. Whoever has it can enroll: treat it like a password.";

/// Flags of `invite`.
#[derive(Args, Clone, Debug)]
pub struct Invite {
    /// The slug of the flow with which people enroll
    #[arg(long, value_name = "FLOW", required_unless_present_any = ["list", "revoke"])]
    pub flow: Option<String>,
    /// The group that the new user joins, put into the invitation's data as `group`
    #[arg(long, value_name = "GROUP", conflicts_with_all = ["list", "revoke"])]
    pub group: Option<String>,
    /// When the link ends, from now, such as 12h, 7d or 2w
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = values::lasting, conflicts_with_all = ["list", "revoke"])]
    pub expires: u64,
    /// The link works once
    #[arg(long, conflicts_with_all = ["list", "revoke"])]
    pub single_use: bool,
    /// The invitation's name, a slug [default: the flow's and the time]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["list", "revoke"])]
    pub name: Option<String>,
    /// More of the invitation's data, which the flow may use; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = values::entry, conflicts_with_all = ["list", "revoke"])]
    pub data: Vec<(String, String)>,
    /// The address at which people reach authentik, if it differs from that of akrec
    #[arg(long, value_name = "URL", conflicts_with_all = ["list", "revoke"])]
    pub public_url: Option<String>,
    /// List the existing invitations; their links are not shown
    #[arg(long, conflicts_with = "revoke")]
    pub list: bool,
    /// Delete the invitation of this name; its link ends at once
    #[arg(long, value_name = "NAME")]
    pub revoke: Option<String>,
    /// The output format
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub format: InviteFormat,
    /// Which server.
    #[command(flatten)]
    pub server: ServerFlags,
}

/// How `invite` is shown.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum InviteFormat {
    /// The link; a table for --list
    Text,
    /// One JSON document
    Json,
}

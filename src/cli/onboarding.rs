//! Flags of the verbs that bring applications and people on board: `output`, `verify`, `invite`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::flags::{Connection, Inputs, SandboxFlags, ServerFlags};
use super::values;

pub(super) const OUTPUT_EXAMPLES: &str = "\
Examples:
  akrec output grafana                 issuer, addresses and client id, for people
  akrec output grafana --format env --name 'OAUTH_{FIELD}' --show-secret --write grafana.env
  akrec output grafana --format env --show-secret \\
    --map client_id=GF_AUTH_GENERIC_OAUTH_CLIENT_ID --map client_secret=GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET
  akrec output grafana --format kubernetes --namespace monitoring --show-secret | kubectl apply -f -

Fields: issuer, discovery, authorize, token, userinfo, jwks, end_session, client_id, client_secret;
of a SAML provider: issuer, metadata, sso_redirect, sso_post, sso_init, slo_redirect, slo_post.";

pub(super) const VERIFY_EXAMPLES: &str = "\
Examples:
  akrec verify                         every OIDC application that the files declare
  akrec verify grafana wiki            these, declared or not
  akrec verify --no-launch --format junit > verify.xml

It exits with 1 if a probe failed. The token goes to authentik's API and nowhere else.";

pub(super) const INVITE_EXAMPLES: &str = "\
Examples:
  akrec invite --flow enrolment --group staff --single-use
  akrec invite --flow enrolment --expires 2d --name sam --data email=sam@example.org
  akrec invite --list
  akrec invite --revoke sam

The link alone goes to standard output. Whoever has it can enrol: treat it like a password.";

/// Flags of `output`.
#[derive(Args, Clone, Debug)]
pub struct Handover {
    /// The application's slug
    #[arg(value_name = "APP")]
    pub app: String,
    /// In which form
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: HandoverFormat,
    /// How names are made: {field}, {FIELD}, {app} and {APP} are filled in [default: {field}; for env OIDC_{FIELD}]
    #[arg(long, value_name = "TEMPLATE", help_heading = "Output")]
    pub name: Option<String>,
    /// The name of one field; may be repeated. Without --name only these fields are shown
    #[arg(long, value_name = "FIELD=NAME", value_parser = values::entry, help_heading = "Output")]
    pub map: Vec<(String, String)>,
    /// Put the client's secret in
    #[arg(long, help_heading = "Output")]
    pub show_secret: bool,
    /// Write into this file, for you alone (mode 0600), and print nothing
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub write: Option<PathBuf>,
    /// The Secret's namespace (kubernetes)
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub namespace: Option<String>,
    /// The Secret's name (kubernetes) [default: APP-oidc]
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub secret_name: Option<String>,
    /// Where applications reach authentik, if that is not where akrec does
    #[arg(long, value_name = "URL", help_heading = "Output")]
    pub public_url: Option<String>,
    /// Which server.
    #[command(flatten)]
    pub server: ServerFlags,
}

/// How `output` writes.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum HandoverFormat {
    /// For people
    Text,
    /// Lines of NAME=value, for a shell, systemd or Docker
    Env,
    /// One JSON object
    Json,
    /// One YAML mapping
    Yaml,
    /// A Secret of Kubernetes
    Kubernetes,
}

/// Flags of `verify`.
#[derive(Args, Clone, Debug)]
pub struct Verify {
    /// Slugs of applications [default: those with an OIDC provider in the files]
    #[arg(value_name = "APP")]
    pub apps: Vec<String>,
    /// Do not ask the applications themselves
    #[arg(long, help_heading = "What")]
    pub no_launch: bool,
    /// How it is shown
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: VerifyFormat,
    /// What is declared.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where to look.
    #[command(flatten)]
    pub connection: Connection,
    /// Or an embedded server instead.
    #[command(flatten)]
    pub sandbox: SandboxFlags,
}

/// How `verify` is shown.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum VerifyFormat {
    /// For a terminal
    Text,
    /// One JSON document
    Json,
    /// For the test tab of a CI system
    Junit,
}

/// Flags of `invite`.
#[derive(Args, Clone, Debug)]
pub struct Invite {
    /// The flow by which people enrol, by its slug
    #[arg(long, value_name = "FLOW", required_unless_present_any = ["list", "revoke"])]
    pub flow: Option<String>,
    /// The group that they shall get, put into the invitation's data as `group`
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
    /// Where people reach authentik, if that is not where akrec does
    #[arg(long, value_name = "URL", conflicts_with_all = ["list", "revoke"])]
    pub public_url: Option<String>,
    /// List the invitations that there are; their links are not shown
    #[arg(long, conflicts_with = "revoke")]
    pub list: bool,
    /// Delete the invitation of this name; its link ends at once
    #[arg(long, value_name = "NAME")]
    pub revoke: Option<String>,
    /// How it is shown
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

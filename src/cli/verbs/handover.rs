//! Flags of `output`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::flags::ServerFlags;
use crate::cli::values;

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec output grafana                 issuer, addresses and client id, for people
  akrec output grafana --format env --name 'OAUTH_{FIELD}' --show-secret --write grafana.env
  akrec output grafana --format env --show-secret \\
    --map client_id=GF_AUTH_GENERIC_OAUTH_CLIENT_ID --map client_secret=GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET
  akrec output grafana --format kubernetes --namespace monitoring --show-secret | kubectl apply -f -

Fields: issuer, discovery, authorize, token, userinfo, jwks, end_session, client_id, client_secret;
of a SAML provider: issuer, metadata, sso_redirect, sso_post, sso_init, slo_redirect, slo_post.";

/// Flags of `output`.
#[derive(Args, Clone, Debug)]
pub struct Handover {
    /// The application's slug
    #[arg(value_name = "APP")]
    pub app: String,
    /// The output format
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: HandoverFormat,
    /// The template of names: {field}, {FIELD}, {app} and {APP} are filled in [default: {field}; for env OIDC_{FIELD}]
    #[arg(long, value_name = "TEMPLATE", help_heading = "Output")]
    pub name: Option<String>,
    /// The name of one field; may be repeated. Without --name only these fields are shown
    #[arg(long, value_name = "FIELD=NAME", value_parser = values::entry, help_heading = "Output")]
    pub map: Vec<(String, String)>,
    /// Include the client secret
    #[arg(long, help_heading = "Output")]
    pub show_secret: bool,
    /// Write into this file, readable only by you (mode 0600), and print nothing
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub write: Option<PathBuf>,
    /// The Secret's namespace (kubernetes)
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub namespace: Option<String>,
    /// The Secret's name (kubernetes) [default: APP-oidc]
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub secret_name: Option<String>,
    /// The address at which applications reach authentik, if it differs from that of akrec
    #[arg(long, value_name = "URL", help_heading = "Output")]
    pub public_url: Option<String>,
    /// Which server.
    #[command(flatten)]
    pub server: ServerFlags,
}

/// How `output` writes.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum HandoverFormat {
    /// Text for people
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

//! Flags of `sandbox`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::cli::flags::Licence;
use crate::cli::values;
use crate::schema::Version;

pub(super) const EXAMPLES: &str = "\
Examples:
  akrec sandbox
  akrec sandbox --release 2025.12 --listen 127.0.0.1:9001";

/// Flags of `sandbox`.
#[derive(Args, Clone, Debug)]
pub struct Sandbox {
    /// The release to emulate, or a patch release such as 2026.2.7 [default: the newest known]
    #[arg(long, value_name = "RELEASE", value_parser = values::known_version)]
    pub release: Option<Version>,
    /// The address to listen on; loopback only
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9000", value_parser = values::listen)]
    pub listen: SocketAddr,
    /// Start with this snapshot instead of a fresh install
    #[arg(long, value_name = "FILE")]
    pub sandbox_data: Option<PathBuf>,
    /// The enterprise license of the sandbox [default: none, as in a fresh install]
    #[arg(long, value_enum, value_name = "WHICH")]
    pub sandbox_licence: Option<Licence>,
}

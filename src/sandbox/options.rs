//! How a sandbox starts.
//! Must never open a file or a socket.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde_json::Value;

use super::licence::Licence;

/// The key of the superuser's token, unless the options say otherwise.
pub const ADMIN_TOKEN: &str = "sandbox-admin-token";

/// The key of the read-only account's token, unless the options say otherwise.
pub const READONLY_TOKEN: &str = "sandbox-readonly-token";

/// How a sandbox knows the current time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock, as of everything else that runs on the machine.
    Machine,
    /// Begins at 2026-01-01T00:00:00Z, and every write takes a second: two runs give the same world.
    Counting,
}

/// How a sandbox starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// The release to play: `2026.2` as it was recorded first, or a patch release of it such as `2026.2.7`.
    pub release: String,
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Keeps the world in this file: loaded if it exists, and every write is added to it.
    pub data: Option<PathBuf>,
    /// Starts with accounts, groups and permissions only, without flows, stages, mappings and
    /// whatever else a fresh install brings. A file that exists already decides for itself.
    pub empty: bool,
    /// The enterprise license; a fresh install has none.
    pub licence: Licence,
    /// The key of the superuser's token.
    pub admin_token: String,
    /// The key of the token of the account `akrec-readonly`; `None` leaves the account out, so
    /// that the world is exactly a fresh install.
    pub readonly_token: Option<String>,
    /// The clock of the sandbox.
    pub clock: Clock,
    /// Facts laid over those of the release: collections, fields or words that it does not have. For tests of what
    /// happens on a server that knows more than akrec.
    pub more: Option<Value>,
}

impl Options {
    /// A sandbox of this release on any free port of loopback, kept in memory only, that counts its time.
    pub fn new(release: impl Into<String>) -> Options {
        Options {
            release: release.into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data: None,
            empty: false,
            licence: Licence::default(),
            admin_token: ADMIN_TOKEN.to_owned(),
            readonly_token: Some(READONLY_TOKEN.to_owned()),
            clock: Clock::Counting,
            more: None,
        }
    }
}

//! Why a sandbox does not start.
//! Must never describe the refusal of a request: that is `types::Refusal`.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sandbox has no facts of this release.
    #[error("the sandbox does not know authentik {asked}; it knows {known}")]
    UnknownRelease {
        /// What was asked for.
        asked: String,
        /// The releases it has, separated by commas.
        known: String,
    },
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file of the world cannot be read or written.
    #[error("{}: {error}", path.display())]
    Data {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file holds something else than a world.
    #[error("{} is not a sandbox's world, which a sandbox writes by itself: {error}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Where reading stopped.
        error: serde_json::Error,
    },
    /// The file holds the world of another release.
    #[error("{} holds the world of authentik {kept}, but {asked} was asked for", path.display())]
    OtherRelease {
        /// The file.
        path: PathBuf,
        /// The release in the file.
        kept: String,
        /// The release asked for.
        asked: String,
    },
    /// The facts built into this program are damaged.
    #[error("the built-in facts cannot be read: {0}")]
    Facts(serde_json::Error),
}

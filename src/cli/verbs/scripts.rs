//! Flags of `completions` and `man`, and the arguments of `complete`, which completion scripts run.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

pub(super) const COMPLETIONS_EXAMPLE: &str =
    "Example:\n  akrec completions bash > ~/.local/share/bash-completion/completions/akrec";

/// Flags of `completions`.
#[derive(Args, Clone, Copy, Debug)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Flags of `man`.
#[derive(Args, Clone, Debug)]
pub struct Man {
    /// Write akrec.1, akrec-plan.1, … into this directory instead of printing akrec.1
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Arguments of `complete`, which is hidden because people never run it.
#[derive(Args, Clone, Debug)]
pub struct Complete {
    /// A word is to be completed that has not begun: shells that cannot hand over an empty one say so
    #[arg(long)]
    pub new: bool,
    /// The command line so far, behind the program's name; the last word is the one to be completed
    #[arg(
        value_name = "WORD",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub words: Vec<String>,
}

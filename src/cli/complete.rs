//! Arguments of `complete`, which completion scripts run; it is hidden because people never do.

use clap::Args;

/// Arguments of `complete`.
#[derive(Args, Clone, Debug)]
pub struct Complete {
    /// A word is to be completed that has not begun: shells that cannot hand over an empty one say so
    #[arg(long)]
    pub new: bool,
    /// The command line so far, behind the program's name; the last word is the one to be completed
    #[arg(value_name = "WORD", trailing_var_arg = true, allow_hyphen_values = true)]
    pub words: Vec<String>,
}

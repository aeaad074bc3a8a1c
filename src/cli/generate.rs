//! Completion scripts and manual pages, made from the same types that parse the command line.
//!
//! They are given as text; where it goes is the caller's affair.

use std::io;

use clap_complete::Shell;

use super::command;

/// The completion script for a shell.
pub fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "akrec", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The manual pages in roff, each with its file's name: `akrec.1` first, then one a verb.
///
/// Fails only where a page cannot be made, which no input can cause.
pub fn manual() -> io::Result<Vec<(String, String)>> {
    let mut root = command().disable_help_subcommand(true);
    root.build();
    let mut pages = vec![page(root.clone(), "akrec".to_owned())?];
    for verb in root.get_subcommands().filter(|verb| verb.get_name() != "help") {
        pages.push(page(verb.clone(), format!("akrec-{}", verb.get_name()))?);
    }
    Ok(pages)
}

fn page(command: clap::Command, name: String) -> io::Result<(String, String)> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command.display_name(name.clone())).render(&mut text)?;
    Ok((format!("{name}.1"), String::from_utf8_lossy(&text).into_owned()))
}

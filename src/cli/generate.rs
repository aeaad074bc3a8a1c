//! Completion scripts and manual pages, made from the same types that parse the command line.
//!
//! They are given as text; where it goes is the caller's affair.

use std::io;

use clap_complete::Shell;

use super::command;

/// The completion script for a shell: flags and their fixed words stand in it; for names, it asks `akrec complete`.
pub fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut visible(), "akrec", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        Shell::Bash => script + include_str!("completions/words.bash"),
        Shell::Fish => script + include_str!("completions/words.fish"),
        Shell::Elvish => script + include_str!("completions/words.elv"),
        // The function that zsh and PowerShell run is ours, and the generated one gets another name.
        Shell::Zsh => {
            let flags = script.replace("\n_akrec() {", "\n_akrec_flags() {");
            let end = flags
                .find("\nif [ \"$funcstack[1]\"")
                .map_or(flags.len(), |end| end + 1);
            format!("{}{}", &flags[..end], include_str!("completions/words.zsh"))
        }
        Shell::PowerShell => {
            let ours = "Register-ArgumentCompleter -Native -CommandName 'akrec' -ScriptBlock {";
            script.replacen(ours, "$akrecFlags = {", 1) + include_str!("completions/words.ps1")
        }
        _ => script,
    }
}

/// The command line without the verbs that only scripts run.
fn visible() -> clap::Command {
    let root = command();
    let verbs: Vec<clap::Command> = root
        .get_subcommands()
        .filter(|verb| !verb.is_hide_set())
        .cloned()
        .collect();
    let flags: Vec<clap::Arg> = root.get_arguments().cloned().collect();
    clap::Command::new("akrec")
        .version(env!("CARGO_PKG_VERSION"))
        .args(flags)
        .subcommands(verbs)
}

/// The manual pages in roff, each with its file's name: `akrec.1` first, then one a verb.
///
/// Fails only where a page cannot be made, which no input can cause.
pub fn manual() -> io::Result<Vec<(String, String)>> {
    let mut root = command().disable_help_subcommand(true);
    root.build();
    let mut pages = vec![page(root.clone(), "akrec".to_owned())?];
    for verb in root
        .get_subcommands()
        .filter(|verb| verb.get_name() != "help" && !verb.is_hide_set())
    {
        pages.push(page(verb.clone(), format!("akrec-{}", verb.get_name()))?);
    }
    Ok(pages)
}

fn page(command: clap::Command, name: String) -> io::Result<(String, String)> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command.display_name(name.clone())).render(&mut text)?;
    Ok((
        format!("{name}.1"),
        String::from_utf8_lossy(&text).into_owned(),
    ))
}

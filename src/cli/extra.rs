//! `AKREC_ARGS`: flags that are put before those of the command line, right after the verb.
//!
//! A flag that only other verbs have is left out, so that one setting serves every verb; a flag that no verb has is an
//! error. Only flags may stand there, never a verb or what it is about. No message may quote a value.

use std::ffi::OsString;

use clap::{Arg, Command};

/// Puts `extra` into `args`. `command` must be built, so that each verb knows the flags that all share.
pub(super) fn insert(args: Vec<OsString>, extra: Option<&str>, command: &Command) -> Result<Vec<OsString>, String> {
    let words = words(extra.unwrap_or_default())?;
    let Some((at, verb)) = (if words.is_empty() { None } else { verb(&args, command) }) else {
        return Ok(args);
    };
    let mut kept = Vec::new();
    let mut rest = words.into_iter().enumerate();
    while let Some((i, word)) = rest.next() {
        let own = find(verb, &word);
        let Some(arg) = own.or_else(|| command.get_subcommands().find_map(|other| find(other, &word))) else {
            return Err(match word.split('=').next() {
                Some(flag) if flag.len() > 1 && flag.starts_with('-') && flag != "--" => {
                    format!("AKREC_ARGS has {flag}, which no verb knows")
                }
                _ => format!("AKREC_ARGS takes flags only; its word number {} is none", i + 1),
            });
        };
        let value = if separate(arg, &word) { rest.next().map(|(_, value)| value) } else { None };
        if own.is_some() {
            kept.extend([Some(word), value].into_iter().flatten().map(OsString::from));
        }
    }
    let mut all = args;
    all.splice(at + 1..at + 1, kept);
    Ok(all)
}

/// The long flags of the verb that `args` name, or those of all verbs.
pub(super) fn flags(args: &[OsString], command: &Command) -> Vec<String> {
    let verb = verb(args, command).map_or(command, |(_, verb)| verb);
    verb.get_arguments().filter_map(|arg| Some(format!("--{}", arg.get_long()?))).collect()
}

/// Where the verb stands, if there is one that exists.
fn verb<'c>(args: &[OsString], command: &'c Command) -> Option<(usize, &'c Command)> {
    let mut rest = args.iter().enumerate().skip(1);
    while let Some((at, word)) = rest.next() {
        let word = word.to_str()?;
        if !word.starts_with('-') {
            let verb = command.find_subcommand(word).filter(|verb| verb.get_name() != "help")?;
            return Some((at, verb));
        }
        if find(command, word).is_some_and(|arg| separate(arg, word)) {
            rest.next();
        }
    }
    None
}

/// The flag that a word names.
fn find<'c>(command: &'c Command, word: &str) -> Option<&'c Arg> {
    if let Some(long) = word.strip_prefix("--") {
        let name = long.split('=').next().filter(|name| !name.is_empty())?;
        return command.get_arguments().find(|arg| arg.get_long() == Some(name));
    }
    let short = word.strip_prefix('-')?.chars().next()?;
    command.get_arguments().find(|arg| arg.get_short() == Some(short))
}

/// Whether the flag's value is the next word.
fn separate(arg: &Arg, word: &str) -> bool {
    let attached = if word.starts_with("--") { word.contains('=') } else { word.chars().count() > 2 };
    arg.get_action().takes_values() && !arg.is_require_equals_set() && !attached
}

/// Splits as a shell does: at white space, with `'…'`, `"…"` and `\`.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None | Some('"'), '\\') => match chars.next() {
                Some(next) => word.get_or_insert_default().push(next),
                None => return Err("AKREC_ARGS ends in a \\".to_owned()),
            },
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("AKREC_ARGS has a quote that is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}

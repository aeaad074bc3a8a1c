//! `AKREC_ARGS`: flags that are put before those of the command line, right after the verb.
//!
//! A flag that only other verbs have is left out, so that one setting serves every verb, and so is one with a single value
//! that the command line gives as well; a flag that no verb has is an error, and one with a single value given twice. Only flags may stand there, never a verb or what it is about. No message may quote a value.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

/// Puts `extra` into `args`. `command` must be built, so that each verb knows the flags that all share.
pub(super) fn insert(
    args: Vec<OsString>,
    extra: Option<&str>,
    command: &Command,
) -> Result<Vec<OsString>, String> {
    let words = split_words(extra.unwrap_or_default())?;
    let Some((at, verb)) = (if words.is_empty() {
        None
    } else {
        verb(&args, command)
    }) else {
        return Ok(args);
    };
    let given: Vec<&Arg> = single(&args, command);
    let mut kept = Vec::new();
    let mut singles: Vec<&str> = Vec::new();
    let mut rest = words.into_iter().enumerate();
    while let Some((i, word)) = rest.next() {
        let own = find(verb, &word);
        let Some(arg) = own.or_else(|| {
            command
                .get_subcommands()
                .find_map(|other| find(other, &word))
        }) else {
            return Err(match word.split('=').next() {
                Some(flag) if flag.len() > 1 && flag.starts_with('-') && flag != "--" => {
                    format!("AKREC_ARGS has the unknown flag {flag}")
                }
                _ => format!(
                    "AKREC_ARGS can hold only flags; its word number {} is not a flag",
                    i + 1
                ),
            });
        };
        let value = if separate(arg, &word) {
            rest.next().map(|(_, value)| value)
        } else {
            None
        };
        if takes_one(arg) {
            if singles.contains(&arg.get_id().as_str()) {
                return Err(twice(arg, "AKREC_ARGS has"));
            }
            singles.push(arg.get_id().as_str());
        }
        // The command line wins, whichever side of the verb it has the flag on.
        if own.is_some() && !given.iter().any(|other| other.get_id() == arg.get_id()) {
            kept.extend(
                [Some(word), value]
                    .into_iter()
                    .flatten()
                    .map(OsString::from),
            );
        }
    }
    let mut all = args;
    all.splice(at + 1..at + 1, kept);
    Ok(all)
}

/// Refuses a command line that names two things by a flag that takes one: either could be meant. Flags without a value may be
/// repeated, and so may those that say so; of those that say how a run works the last one counts.
pub(super) fn once(args: &[OsString], command: &Command) -> Result<(), String> {
    let mut seen: Vec<&str> = Vec::new();
    for arg in single(args, command)
        .into_iter()
        .filter(|arg| names_one(arg))
    {
        if seen.contains(&arg.get_id().as_str()) {
            return Err(twice(arg, "the command line has"));
        }
        seen.push(arg.get_id().as_str());
    }
    Ok(())
}

fn twice(arg: &Arg, who: &str) -> String {
    let long = arg.get_long().map(|long| format!("--{long}"));
    let short = arg.get_short().map(|short| format!("-{short}"));
    let name = match (long, short) {
        (Some(long), Some(short)) => format!("{long} ({short})"),
        (long, short) => long.or(short).unwrap_or_else(|| arg.get_id().to_string()),
    };
    format!(
        "{who} {name} more than once, but it takes one value\n\n  tip: keep the one that you mean"
    )
}

/// What the values of flags are called that say how a run works and not on what: of two the last one counts, so that a
/// wrapper can be overridden by adding a flag, as with other programs.
const TUNING: [&str; 8] = [
    "COUNT", "DURATION", "FORMAT", "LIMIT", "N", "PERCENT", "SIZE", "WHEN",
];

/// Whether a flag takes one value, and a second one would replace the first.
fn takes_one(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set) && !arg.is_positional()
}

/// Whether a flag takes one value that names something, so that a second one may not silently replace it.
pub(super) fn names_one(arg: &Arg) -> bool {
    let tunes = arg
        .get_value_names()
        .is_some_and(|names| names.iter().any(|name| TUNING.contains(&name.as_str())));
    takes_one(arg) && !tunes
}

/// Every flag with a single value on a command line, as often as it is there, before and after the verb.
fn single<'c>(args: &[OsString], command: &'c Command) -> Vec<&'c Arg> {
    let mut level = command;
    let mut found = Vec::new();
    let mut rest = args.iter().skip(1).map(|word| word.to_string_lossy());
    while let Some(word) = rest.next() {
        if word == "--" {
            break;
        }
        if !word.starts_with('-') || word == "-" {
            match level.find_subcommand(&*word) {
                Some(verb) => level = verb,
                // What a verb hands on as it is are no flags of its own.
                None if level.get_positionals().any(Arg::is_trailing_var_arg_set) => break,
                None => {}
            }
            continue;
        }
        let (mut last, mut attached) = (
            find(level, &word),
            word.starts_with("--") && word.contains('='),
        );
        if !word.starts_with("--") {
            // Several short flags may stand together; what follows one with a value is that value.
            let mut letters = word.chars().skip(1);
            while let Some(letter) = letters.next() {
                last = level
                    .get_arguments()
                    .find(|arg| arg.get_short() == Some(letter));
                if last.is_some_and(|arg| arg.get_action().takes_values()) {
                    attached = letters.next().is_some();
                    break;
                }
            }
        }
        let Some(arg) = last else { continue };
        found.extend(Some(arg).filter(|arg| takes_one(arg)));
        if arg.get_action().takes_values() && !arg.is_require_equals_set() && !attached {
            rest.next();
        }
    }
    found
}

/// The long flags of the verb that `args` name, or those of all verbs.
pub(super) fn flags(args: &[OsString], command: &Command) -> Vec<String> {
    let verb = verb(args, command).map_or(command, |(_, verb)| verb);
    verb.get_arguments()
        .filter_map(|arg| Some(format!("--{}", arg.get_long()?)))
        .collect()
}

/// Where the verb stands, if there is one that exists.
fn verb<'c>(args: &[OsString], command: &'c Command) -> Option<(usize, &'c Command)> {
    let mut rest = args.iter().enumerate().skip(1);
    while let Some((at, word)) = rest.next() {
        let word = word.to_str()?;
        if !word.starts_with('-') {
            let verb = command
                .find_subcommand(word)
                .filter(|verb| verb.get_name() != "help")?;
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
        let is = |arg: &&Arg| {
            arg.get_long() == Some(name)
                || arg.get_all_aliases().is_some_and(|all| all.contains(&name))
        };
        return command.get_arguments().find(is);
    }
    let short = word.strip_prefix('-')?.chars().next()?;
    command
        .get_arguments()
        .find(|arg| arg.get_short() == Some(short))
}

/// Whether the flag's value is the next word.
fn separate(arg: &Arg, word: &str) -> bool {
    let attached = if word.starts_with("--") {
        word.contains('=')
    } else {
        word.chars().count() > 2
    };
    arg.get_action().takes_values() && !arg.is_require_equals_set() && !attached
}

/// Splits as a shell does: at white space, with `'…'`, `"…"` and `\`.
fn split_words(text: &str) -> Result<Vec<String>, String> {
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

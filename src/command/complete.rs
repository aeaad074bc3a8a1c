//! `akrec complete`: what can stand in the place of a command line's last word, one candidate a line. Shells ask it.
//!
//! It knows what a script cannot: names in the files, environments, kinds and codes. About all else it is silent. It never
//! talks to a server, never says what is wrong, and gives only names that no shell takes for anything else.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::screen::env;
use super::{Screen, exit};
use crate::access::USER;
use crate::cli::{self, Inputs};
use crate::desired;
use crate::desired::Desired;
use crate::diag::{CODES, Code, Sources};
use crate::kinds::{self, KINDS};
use crate::report::reference;
use crate::schema::Class;
use crate::settings::{self, Outside, Request};
use crate::state::files::ENVIRONMENTS;

/// Prints the candidates; always a success.
pub(super) fn run(flags: &cli::Complete, screen: &Screen) -> u8 {
    let mut words: Vec<&str> = flags.words.iter().map(String::as_str).collect();
    if flags.new {
        words.push("");
    }
    let plain = |word: &String| {
        word.chars()
            .all(|c| c.is_alphanumeric() || "-_.@+/#=".contains(c))
    };
    let found: BTreeSet<String> = candidates(&words).into_iter().filter(plain).collect();
    screen.out(
        &found
            .into_iter()
            .map(|word| word + "\n")
            .collect::<String>(),
    );
    exit::OK
}

/// What fits the last word.
fn candidates(words: &[&str]) -> Vec<String> {
    let Some((last, before)) = words.split_last() else {
        return Vec::new();
    };
    // bash takes `--flag=value` apart at the sign.
    let (flag, value, prefix) = match before {
        [.., flag, "="] => (Some(*flag), *last, ""),
        [.., flag] if *last == "=" => (Some(*flag), "", ""),
        _ => match last
            .split_once('=')
            .filter(|(flag, _)| flag.starts_with("--"))
        {
            Some((flag, value)) => (Some(flag), value, &last[..flag.len() + 1]),
            None => (
                before.last().copied().filter(|word| word.starts_with("--")),
                *last,
                "",
            ),
        },
    };
    let verbs = cli::command();
    let verb = words.iter().find_map(|word| verbs.find_subcommand(word));
    let takes = |flag: &str| {
        let args = verb
            .into_iter()
            .flat_map(|verb| verb.get_arguments())
            .chain(verbs.get_arguments());
        let arg = args.into_iter().find(|arg| {
            arg.get_long()
                .is_some_and(|long| flag.strip_prefix("--") == Some(long))
        });
        arg.is_some_and(|arg| arg.get_action().takes_values() && !arg.is_require_equals_set())
    };
    let found = match flag.filter(|flag| !prefix.is_empty() || takes(flag)) {
        Some(flag) => of_flag(flag, words),
        None if value.starts_with('-') => Vec::new(),
        None => of_verb(verb.map_or("", |verb| verb.get_name()), words),
    };
    let fits = found.into_iter().filter(|word| word.starts_with(value));
    fits.map(|word| format!("{prefix}{word}")).collect()
}

/// What can stand behind a flag.
fn of_flag(flag: &str, words: &[&str]) -> Vec<String> {
    let codes = |wanted: fn(Code) -> bool| -> Vec<String> {
        CODES
            .iter()
            .filter(|(code, _)| wanted(*code))
            .map(|(code, _)| code.as_str().to_owned())
            .collect()
    };
    let lints = || {
        CODES
            .iter()
            .filter_map(|(code, _)| code.lint())
            .map(str::to_owned)
    };
    match flag {
        "--target" | "--exclude" => addresses(words),
        "--write-secret" => secrets(words),
        "--app" => names(words, &|family| {
            kinds::family(family).any(|kind| kind.guarded)
        }),
        "--user" => names(words, &|family| family == USER),
        "--env" => environments(words),
        "--from" | "--to" => environments(words)
            .into_iter()
            .chain(["sandbox".to_owned(), ".".to_owned()])
            .collect(),
        "--kind" => KINDS
            .iter()
            .filter(|kind| !kind.section.is_empty())
            .flat_map(|kind| [kind.section.to_owned(), kind.title()])
            .collect(),
        "--allow" => codes(|code| code.is_waivable() || code.lint().is_some())
            .into_iter()
            .chain(lints())
            .collect(),
        "--deny" | "--warn" => codes(|code| code.lint().is_some())
            .into_iter()
            .chain(lints())
            .collect(),
        _ => Vec::new(),
    }
}

/// What a verb is about.
fn of_verb(verb: &str, words: &[&str]) -> Vec<String> {
    match verb {
        "forget" => addresses(words),
        "explain" => {
            let codes = CODES.iter().map(|(code, _)| code.as_str().to_owned());
            reference::topics(&KINDS)
                .into_iter()
                .chain(codes)
                .chain(["raw".to_owned()])
                .collect()
        }
        _ => Vec::new(),
    }
}

fn addresses(words: &[&str]) -> Vec<String> {
    let named = |object: &&desired::Object| object.address.name().is_some();
    declared(words)
        .objects
        .iter()
        .filter(named)
        .map(|object| object.address.path())
        .collect()
}

/// Fields whose value may have to be sent again.
fn secrets(words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for object in &declared(words).objects {
        let fields = object
            .kind
            .fields
            .iter()
            .filter(|field| field.class == Class::WriteOnly || !field.withheld.is_empty());
        let declared = fields.filter(|field| object.fields.contains_key(field.name));
        found.extend(declared.map(|field| format!("{}#{}", object.address.path(), field.word)));
    }
    found
}

/// Names of the families that are wanted, declared or only named by others.
fn names(words: &[&str], wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
    let desired = declared(words);
    let objects = desired.objects.iter().map(|object| &object.address);
    let named = desired
        .objects
        .iter()
        .flat_map(|object| &object.refs)
        .map(|used| &used.address);
    let fits = objects
        .chain(named)
        .filter(|address| wanted(address.family));
    fits.filter_map(|address| address.name().map(str::to_owned))
        .collect()
}

/// The value of a flag that stands on the line.
fn given<'a>(words: &[&'a str], flags: &[&str]) -> Option<&'a str> {
    let done = words.split_last().map_or(&[][..], |(_, done)| done);
    let after = |i: usize| {
        done.get(i + 1)
            .copied()
            .filter(|word| *word != "=")
            .or_else(|| done.get(i + 2).copied())
    };
    done.iter()
        .enumerate()
        .find_map(|(i, word)| match flags.contains(word) {
            true => after(i),
            false => word
                .split_once('=')
                .filter(|(flag, _)| flags.contains(flag))
                .map(|(_, value)| value),
        })
}

/// The environments beside the settings.
fn environments(words: &[&str]) -> Vec<String> {
    let state = given(words, &["-C", "--state"]).map(PathBuf::from);
    let folder = state
        .as_deref()
        .and_then(Path::parent)
        .unwrap_or(Path::new(""));
    crate::state::files::environments(&folder.join(ENVIRONMENTS))
}

/// What the files declare, as far as they can be understood.
fn declared(words: &[&str]) -> Desired {
    let text = |flags: &[&str]| given(words, flags).map(str::to_owned);
    let inputs = Inputs {
        state: text(&["-C", "--state"]).map(PathBuf::from),
        env: text(&["--env"]),
        ..Inputs::default()
    };
    let anything = |name: &str| env(name).or_else(|| Some("unset".to_owned()));
    let names: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .collect();
    let outside = Outside {
        env: &env,
        names: &names,
        dir: Path::new(""),
        stdin: &|_| Ok(String::new()),
    };
    let mut sources = Sources::default();
    let Ok(settings) = settings::resolve(&Request::of_files(&inputs), &outside, &mut sources)
    else {
        return Desired::default();
    };
    let rules = desired::Settings {
        release: settings.release,
        allow_unknown: true,
        today: crate::command::clock::today(),
    };
    let folder = settings.environment_dir.as_deref();
    crate::state::load(&settings.inputs(&anything), folder, &rules, &mut sources).0
}

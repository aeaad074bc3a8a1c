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
    let mut found: BTreeSet<String> = candidates(&words).into_iter().collect();
    found.retain(|word| is_plain(word));
    let mut lines = String::new();
    for word in found {
        lines.push_str(&word);
        lines.push('\n');
    }
    screen.out(&lines);
    exit::OK
}

/// Whether no shell takes a word for anything else.
fn is_plain(word: &str) -> bool {
    word.chars()
        .all(|c| c.is_alphanumeric() || "-_.@+/#=".contains(c))
}

/// What fits the last word.
fn candidates(words: &[&str]) -> Vec<String> {
    let Some((last, before)) = words.split_last() else {
        return Vec::new();
    };
    let wanted = Wanted::of(last, before);
    let verbs = cli::command();
    let verb = words.iter().find_map(|word| verbs.find_subcommand(word));
    let flag = wanted.flag.filter(|flag| {
        !wanted.prefix.is_empty() || takes_value(verb, flag) || takes_value(Some(&verbs), flag)
    });
    let found = match flag {
        Some(flag) => of_flag(flag, words),
        None if wanted.value.starts_with('-') => Vec::new(),
        None => of_verb(verb.map_or("", |verb| verb.get_name()), words),
    };
    let mut candidates = Vec::new();
    for word in found {
        if word.starts_with(wanted.value) {
            candidates.push(format!("{}{word}", wanted.prefix));
        }
    }
    candidates
}

/// What is to be completed.
struct Wanted<'a> {
    /// The flag that the value may belong to.
    flag: Option<&'a str>,
    /// The value, as far as it is written.
    value: &'a str,
    /// What stands before the value in the same word.
    prefix: &'a str,
}

impl<'a> Wanted<'a> {
    /// Takes the last word of a line, and those before it.
    fn of(last: &'a str, before: &[&'a str]) -> Wanted<'a> {
        let wanted = |flag, value, prefix| Wanted {
            flag,
            value,
            prefix,
        };
        // bash takes `--flag=value` apart at the sign.
        if let [.., flag, "="] = before {
            return wanted(Some(*flag), last, "");
        }
        if let [.., flag] = before
            && last == "="
        {
            return wanted(Some(*flag), "", "");
        }
        if last.starts_with("--")
            && let Some((flag, value)) = last.split_once('=')
        {
            return wanted(Some(flag), value, &last[..flag.len() + 1]);
        }
        let flag = before.last().copied();
        wanted(flag.filter(|word| word.starts_with("--")), last, "")
    }
}

/// Whether a flag of a command takes its value from the next word.
fn takes_value(command: Option<&clap::Command>, flag: &str) -> bool {
    let Some(name) = flag.strip_prefix("--") else {
        return false;
    };
    let mut arguments = command.into_iter().flat_map(clap::Command::get_arguments);
    let argument = arguments.find(|argument| argument.get_long() == Some(name));
    argument.is_some_and(|argument| {
        argument.get_action().takes_values() && !argument.is_require_equals_set()
    })
}

/// What can stand behind a flag.
fn of_flag(flag: &str, words: &[&str]) -> Vec<String> {
    match flag {
        "--target" | "--exclude" => addresses(words),
        "--write-secret" => secrets(words),
        "--app" => names(words, &|family| {
            kinds::family(family).any(|kind| kind.guarded_by_bindings)
        }),
        "--user" => names(words, &|family| family == USER),
        "--env" => environments(words),
        "--from" | "--to" => {
            let mut places = environments(words);
            places.push("sandbox".to_owned());
            places.push(".".to_owned());
            places
        }
        "--kind" => kind_names(),
        "--allow" => codes(|code| code.is_overridable() || code.lint().is_some()),
        "--deny" | "--warn" => codes(|code| code.lint().is_some()),
        _ => Vec::new(),
    }
}

/// Kinds, by section and by title.
fn kind_names() -> Vec<String> {
    let mut names = Vec::new();
    for kind in KINDS.iter() {
        if !kind.section.is_empty() {
            names.push(kind.section.to_owned());
            names.push(kind.title());
        }
    }
    names
}

/// The codes that are wanted, and the names of all lints.
fn codes(wanted: fn(Code) -> bool) -> Vec<String> {
    let mut names = Vec::new();
    for (code, _) in CODES {
        if wanted(*code) {
            names.push(code.as_str().to_owned());
        }
        names.extend(code.lint().map(str::to_owned));
    }
    names
}

/// What a verb is about.
fn of_verb(verb: &str, words: &[&str]) -> Vec<String> {
    match verb {
        "forget" => addresses(words),
        "explain" => {
            let mut topics = reference::topics(&KINDS);
            topics.extend(CODES.iter().map(|(code, _)| code.as_str().to_owned()));
            topics.push("raw".to_owned());
            topics
        }
        _ => Vec::new(),
    }
}

fn addresses(words: &[&str]) -> Vec<String> {
    let mut addresses = Vec::new();
    for object in &declared(words).objects {
        if object.address.name().is_some() {
            addresses.push(object.address.path());
        }
    }
    addresses
}

/// Fields whose value may have to be sent again.
fn secrets(words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for object in &declared(words).objects {
        for field in object.kind.fields {
            let is_unread = field.class == Class::WriteOnly || !field.withheld_since.is_empty();
            if is_unread && object.fields.contains_key(field.name) {
                found.push(format!("{}#{}", object.address.path(), field.yaml_key));
            }
        }
    }
    found
}

/// Names of the families that are wanted, declared or only named by others.
fn names(words: &[&str], wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut names = Vec::new();
    for object in &declared(words).objects {
        let referred = object.refs.iter().map(|used| &used.address);
        for address in std::iter::once(&object.address).chain(referred) {
            if wanted(address.family) {
                names.extend(address.name().map(str::to_owned));
            }
        }
    }
    names
}

/// The value of a flag that stands on the line.
fn given<'a>(words: &[&'a str], flags: &[&str]) -> Option<&'a str> {
    let (_, done) = words.split_last()?;
    for (at, word) in done.iter().enumerate() {
        if flags.contains(word) {
            // bash takes `--flag=value` apart at the sign.
            let next = done.get(at + 1).filter(|next| **next != "=");
            if let Some(value) = next.or_else(|| done.get(at + 2)) {
                return Some(value);
            }
        } else if let Some((flag, value)) = word.split_once('=')
            && flags.contains(&flag)
        {
            return Some(value);
        }
    }
    None
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

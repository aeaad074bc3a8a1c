//! What is said about a command line: help and mistakes by the parser, and the command to go on with.
//!
//! Must never print the value of a header or a variable.

use std::ffi::OsString;
use std::process::ExitCode;

use serde_json::json;

use super::screen::env;
use super::{Screen, files};
use crate::cli::Exit;
use crate::diag::{Code, Diagnostic, Sources};
use crate::report::json as document;

/// Prints what the parser said, and gives its exit code: 0 for help, 3 for mistakes. Who asked for JSON gets a document
/// about the mistake too.
pub fn usage(told: &Exit, args: &[OsString]) -> ExitCode {
    if told.to_stdout() {
        anstream::print!("{}", told.ansi());
        return ExitCode::from(told.code);
    }
    anstream::eprint!("{}", told.ansi());
    let words: Vec<String> = args.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let extra = env("AKREC_ARGS").unwrap_or_default();
    let all: Vec<&str> = extra.split_whitespace().chain(words.iter().map(String::as_str)).collect();
    if wants_json(&all) {
        let verb = words.iter().find(|word| !word.starts_with('-')).map(String::as_str);
        Screen::plain().out(&document(told, verb));
    }
    ExitCode::from(told.code)
}

fn document(told: &Exit, verb: Option<&str>) -> String {
    let plain = told.plain();
    let (message, rest) = plain.split_once("\n\n").unwrap_or((plain.as_str(), ""));
    let mut problem = Diagnostic::error(Code::USAGE, message.trim().trim_start_matches("error: "));
    if !rest.trim().is_empty() {
        problem = problem.help(rest.trim());
    }
    let (found, sources) = ([problem], Sources::default());
    if verb == Some("validate") {
        return files::document(&found, &[], &sources, 0, told.code);
    }
    let input = document::Input {
        plan: None,
        access: None,
        assertions: &[],
        outcome: None,
        diagnostics: &found,
        sources: &sources,
        exit_code: told.code,
        server: document::Server::default(),
        actor: None,
        source: document::Source::default(),
        run: json!({ "created_at": jiff::Timestamp::now().to_string(), "host": env("HOSTNAME") }),
    };
    document::text(&document::document(&input))
}

/// Whether the last `--format` is `json`.
fn wants_json(words: &[&str]) -> bool {
    let mut json = false;
    for (i, word) in words.iter().enumerate() {
        match word.strip_prefix("--format") {
            Some("") => json = words.get(i + 1) == Some(&"json"),
            Some(value) if value.starts_with('=') => json = value == "=json",
            _ => {}
        }
    }
    json
}

/// A command line as it can be typed into a shell, without the values that may be secret.
pub(super) fn again(args: impl IntoIterator<Item = OsString>) -> String {
    let mut line = "akrec".to_owned();
    let mut hide = false;
    for word in args.into_iter().skip(1) {
        let word = word.to_string_lossy();
        let shown = match word.split_once('=') {
            Some((name, _)) if hide => format!("{name}=..."),
            None if hide => "...".to_owned(),
            Some((flag @ ("--header" | "--var"), pair)) => {
                format!("{flag}={}=...", pair.split('=').next().unwrap_or_default())
            }
            _ => word.clone().into_owned(),
        };
        hide = matches!(&*word, "--header" | "--var") && !hide;
        line.push(' ');
        line.push_str(&quoted(&shown));
    }
    line
}

/// In single quotes where a shell would take a character for something else.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,@%+#".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> String {
        again(words.iter().map(|word| OsString::from(*word)))
    }

    #[test]
    fn the_line_can_be_typed_again_and_holds_no_value() {
        assert_eq!(line(&["/bin/akrec", "apply", "-C", "my state"]), "akrec apply -C 'my state'");
        let words = ["akrec", "apply", "--header", "X-Proxy=hunter2", "--var=a=hunter2", "--var", "hunter2", "-q"];
        assert_eq!(line(&words), "akrec apply --header X-Proxy=... --var=a=... --var ... -q");
        assert_eq!(
            line(&["akrec", "--write-secret", "provider[it's]#x"]),
            r"akrec --write-secret 'provider[it'\''s]#x'"
        );
    }

    #[test]
    fn the_last_format_counts() {
        assert!(wants_json(&["plan", "--format", "json"]) && wants_json(&["--format", "text", "--format=json"]));
        assert!(!wants_json(&["plan", "--format=json", "--format", "text"]) && !wants_json(&["json"]));
    }
}

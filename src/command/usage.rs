//! What is said about a command line: help and mistakes by the parser, and the command to go on with.
//!
//! Must never print the value of a header or a variable.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use super::Screen;
use super::output::Outputs;
use super::screen::env;
use crate::cli::{Artifacts, ColorWhen, Exit, OutputFormat, color_choice, output};
use crate::diag::{Code, Diagnostic, Sources};
use crate::report::{Document, Verb};
use crate::wire;

/// Prints what the parser said, and gives its exit code: 0 for help, 3 for mistakes. Who asked for artifacts gets them
/// about the mistake too.
pub fn usage(diagnostic: &Exit, args: &[OsString]) -> ExitCode {
    if diagnostic.to_stdout() {
        let screen = Screen::plain();
        screen.text(&shown(diagnostic, io::stdout().is_terminal()));
        return ExitCode::from(screen.arrived(diagnostic.code));
    }
    Screen::plain().err(&shown(diagnostic, io::stderr().is_terminal()));
    let words: Vec<String> = args
        .iter()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let extra = env("AKREC_ARGS").unwrap_or_default();
    let all: Vec<&str> = extra
        .split_whitespace()
        .chain(words.iter().map(String::as_str))
        .collect();
    let verb = words
        .iter()
        .find(|word| !word.starts_with('-'))
        .map_or("", String::as_str);
    let artifacts = artifacts(&all, verb);
    let mut outputs = Outputs::new(&artifacts);
    saved_plan(&all, verb)
        .into_iter()
        .for_each(|path| outputs.claim(path));
    // What cannot be written either is no news for somebody whose command line is wrong.
    outputs.check();
    if artifacts.format == OutputFormat::Text && artifacts.output.is_empty() {
        return ExitCode::from(diagnostic.code);
    }
    let (code, _) = outputs.deliver(
        &Screen::plain(),
        document(diagnostic, verb, &Sources::default()),
    );
    ExitCode::from(code)
}

/// What the parser said, with colors where a terminal shows them.
fn shown(reported: &Exit, terminal: bool) -> String {
    match color_choice(ColorWhen::Auto, &env, terminal) {
        true => reported.ansi(),
        false => reported.plain(),
    }
}

fn document<'a>(diagnostic: &Exit, verb: &str, sources: &'a Sources) -> Document<'a> {
    let plain = diagnostic.plain();
    let (message, rest) = plain.split_once("\n\n").unwrap_or((plain.as_str(), ""));
    let mut problem = Diagnostic::error(Code::USAGE, message.trim().trim_start_matches("error: "));
    if !rest.trim().is_empty() {
        problem = problem.help(rest.trim());
    }
    Document {
        diagnostics: vec![problem],
        exit_code: diagnostic.code,
        run: wire::json(&wire::plan::Run::Refused {
            created_at: crate::command::clock::now().to_string(),
            host: env("HOSTNAME"),
        }),
        ..Document::new(Verb::parse(verb), sources)
    }
}

/// The artifacts that a command line asks for which cannot be understood as a whole: the last `--format`, and every
/// `--output`, as far as they are right by themselves.
fn artifacts(words: &[&str], verb: &str) -> Artifacts {
    let mut found = Artifacts::default();
    for (i, word) in words.iter().enumerate() {
        let value = |flag: &str| match word.strip_prefix(flag) {
            Some("") => words.get(i + 1).copied(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        if let Some(format) = value("--format")
            .and_then(OutputFormat::parse)
            .filter(|format| format.suits(verb))
        {
            found.format = format;
        }
        found.output.extend(
            value("--output")
                .and_then(|it| output(it).ok())
                .filter(|(format, _)| format.suits(verb)),
        );
    }
    found
}

/// Where a command line that cannot be understood wants a plan to be saved: no other plan must be found there.
fn saved_plan<'a>(words: &[&'a str], verb: &str) -> Vec<&'a Path> {
    let mut found = Vec::new();
    for (i, word) in words.iter().enumerate().filter(|_| verb == "plan") {
        let value = match *word {
            "--out" | "-o" => words.get(i + 1).copied(),
            word => word
                .strip_prefix("--out=")
                .or_else(|| word.strip_prefix("-o").filter(|rest| !rest.is_empty())),
        };
        found.extend(value.filter(|value| !value.starts_with('-')).map(Path::new));
    }
    found
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
            Some(("--notify", _)) => "--notify=...".to_owned(),
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
        assert_eq!(
            line(&["/bin/akrec", "apply", "-C", "my state"]),
            "akrec apply -C 'my state'"
        );
        let words = [
            "akrec",
            "apply",
            "--header",
            "X-Proxy=hunter2",
            "--var=a=hunter2",
            "--var",
            "hunter2",
            "-q",
        ];
        assert_eq!(
            line(&words),
            "akrec apply --header X-Proxy=... --var=a=... --var ... -q"
        );
        assert_eq!(
            line(&["akrec", "--write-secret", "provider[it's]#x"]),
            r"akrec --write-secret 'provider[it'\''s]#x'"
        );
    }

    #[test]
    fn artifacts_are_made_of_a_wrong_command_line_too() {
        let format = |words: &[&str]| artifacts(words, "plan").format;
        assert_eq!(format(&["plan", "--format", "json"]), OutputFormat::Json);
        assert_eq!(
            format(&["--format", "text", "--format=json"]),
            OutputFormat::Json
        );
        assert_eq!(
            format(&["plan", "--format=json", "--format", "text"]),
            OutputFormat::Text
        );
        assert_eq!(
            format(&["json", "--format=short"]),
            OutputFormat::Text,
            "no form of a plan"
        );
        let found = artifacts(
            &[
                "plan",
                "--output",
                "json=a",
                "--output=text=b",
                "--output",
                "c",
                "--output",
            ],
            "plan",
        );
        assert_eq!(
            found.output,
            [
                (OutputFormat::Json, "a".into()),
                (OutputFormat::Text, "b".into())
            ]
        );
    }
}

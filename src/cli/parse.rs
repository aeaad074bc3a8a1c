//! From arguments to [`Cli`], or to the text and the code with which the run ends.
//!
//! clap ends a wrong command line with 2, which here means "changes present"; so clap never ends the process, and every
//! usage error becomes 3. A message must never quote the value of a header, a variable or a `--token` that does not
//! exist.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, FromArgMatches, ValueEnum};

use super::{Cli, OutputFormat, Plan, ReferenceFormat, SchemaOf, USAGE, Verb, extra};
use crate::diag::nearest;

/// How a run ends that goes no further than its command line.
#[derive(Clone, Debug)]
pub struct Exit {
    /// 0 for help and version, which were asked for; 3 for a command line that is wrong.
    pub code: u8,
    text: StyledStr,
}

impl Exit {
    /// Whether the text goes to standard output; else it goes to standard error.
    pub fn to_stdout(&self) -> bool {
        self.code == 0
    }

    /// The text without colors.
    pub fn plain(&self) -> String {
        self.text.to_string()
    }

    /// The text with the escape codes of colors.
    pub fn ansi(&self) -> String {
        self.text.ansi().to_string()
    }
}

impl From<clap::Error> for Exit {
    fn from(error: clap::Error) -> Exit {
        let code = match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => 0,
            _ => USAGE,
        };
        Exit {
            code,
            text: error.render(),
        }
    }
}

/// The whole command line as clap knows it, for help, completions and manual pages.
pub fn command() -> Command {
    Cli::command()
}

/// Reads a command line. `args` begin with the program's name; `env` looks environment variables up, of which only
/// `AKREC_ARGS` matters here.
pub fn parse(
    args: impl IntoIterator<Item = OsString>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Cli, Exit> {
    let mut command = command();
    command.build();
    let args: Vec<OsString> = args.into_iter().collect();
    extra::once(&args, &command).map_err(|reason| usage(&mut command, &reason))?;
    let args = extra::insert(args, env("AKREC_ARGS").as_deref(), &command)
        .map_err(|reason| usage(&mut command, &reason))?;
    let flags = extra::flags(&args, &command);
    let cli = command
        .try_get_matches_from_mut(args)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| refused(error, &flags, &mut command))?;
    check(&cli).map_err(|reason| usage(&mut command, &reason))?;
    Ok(cli)
}

fn usage(command: &mut Command, reason: &str) -> Exit {
    command.error(ErrorKind::ValueValidation, reason).into()
}

/// clap's own refusal, but for a token, about which there is more to say, and with a hint for letters that are swapped,
/// which clap does not see.
fn refused(mut error: clap::Error, flags: &[String], command: &mut Command) -> Exit {
    let unknown = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(name)) if error.kind() == ErrorKind::UnknownArgument => {
            name.clone()
        }
        _ => String::new(),
    };
    if unknown == "--token" || unknown.starts_with("--token=") {
        let reason = "there is no --token, because others can read a command line\n\n  tip: set AKREC_TOKEN, or give \
                      a file with --token-file (`-` for standard input)";
        return usage(command, reason);
    }
    if let Some(near) =
        nearest(&unknown, flags.iter().map(String::as_str)).filter(|_| unknown.starts_with("--"))
    {
        error.insert(
            ContextKind::SuggestedArg,
            ContextValue::String(near.to_owned()),
        );
    }
    error.into()
}

/// What clap cannot check without quoting it.
fn check(cli: &Cli) -> Result<(), String> {
    let (inputs, connection) = match &cli.verb {
        Verb::Plan(plan) => (Some(&plan.inputs), Some(&plan.connection)),
        Verb::Apply(apply) => (Some(&apply.inputs), Some(&apply.connection)),
        Verb::Drift(drift) => (Some(&drift.inputs), Some(&drift.connection)),
        Verb::Forget(forget) => (Some(&forget.inputs), Some(&forget.connection)),
        Verb::Export(export) => (Some(&export.inputs), Some(&export.connection)),
        Verb::Access(access) => (Some(&access.inputs), Some(&access.connection)),
        Verb::Upgrade(upgrade) => (Some(&upgrade.inputs), Some(&upgrade.connection)),
        Verb::Verify(verify) => (Some(&verify.inputs), Some(&verify.connection)),
        Verb::Validate(validate) => (Some(&validate.inputs), None),
        Verb::Graph(graph) => (Some(&graph.inputs), None),
        Verb::Kinds(kinds) => (None, Some(&kinds.server.connection)),
        Verb::Report(report) => (None, Some(&report.server.connection)),
        Verb::Rollback(rollback) => (None, Some(&rollback.server.connection)),
        Verb::Invite(invite) => (None, Some(&invite.server.connection)),
        Verb::Output(output) => (None, Some(&output.server.connection)),
        // These have neither. Every verb is named, so that a new one is thought of.
        Verb::Init(_)
        | Verb::Show(_)
        | Verb::Diff(_)
        | Verb::Sandbox(_)
        | Verb::Explain(_)
        | Verb::Schema(_)
        | Verb::Completions(_)
        | Verb::Man(_)
        | Verb::Complete(_) => (None, None),
    };
    let var = inputs.map(|inputs| &inputs.var).into_iter().flatten();
    if !var.into_iter().all(|pair| pair.complete()) {
        return Err("--var takes NAME=VALUE, such as --var domain=example.org".to_owned());
    }
    let header = connection
        .map(|connection| &connection.header)
        .into_iter()
        .flatten();
    if !header.into_iter().all(|pair| pair.complete()) {
        return Err(
            "--header takes NAME=VALUE, such as --header X-Forwarded-Proto=https".to_owned(),
        );
    }
    artifacts(&cli.verb)?;
    match &cli.verb {
        Verb::Kinds(kinds) if kinds.check && kinds.format == ReferenceFormat::Markdown => {
            Err("--check writes text or JSON, not Markdown".to_owned())
        }
        Verb::Schema(schema)
            if schema.what != SchemaOf::State && (schema.release.is_some() || schema.overlay) =>
        {
            Err("--release and --overlay apply to state files only".to_owned())
        }
        _ => Ok(()),
    }
}

/// Refuses a form that the verb does not have, and two artifacts in one file.
fn artifacts(verb: &Verb) -> Result<(), String> {
    let Some((name, artifacts)) = verb.artifacts() else {
        return Ok(());
    };
    let formats = artifacts
        .output
        .iter()
        .map(|(format, _)| *format)
        .chain([artifacts.format]);
    if let Some(format) = formats.into_iter().find(|format| !format.suits(name)) {
        let all = OutputFormat::value_variants()
            .iter()
            .filter(|format| format.suits(name));
        let all: Vec<String> = all.map(|format| format.name()).collect();
        return Err(format!(
            "{name} has no format {}; it has {}",
            format.name(),
            all.join(", ")
        ));
    }
    let mut files: Vec<_> = artifacts.output.iter().map(|(_, path)| path).collect();
    files.sort();
    if let Some(pair) = files.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("--output names {} twice", pair[0].display()));
    }
    match verb {
        Verb::Plan(Plan { out: Some(out), .. }) if files.contains(&out) => {
            Err(format!("--out and --output both name {}", out.display()))
        }
        _ => Ok(()),
    }
}

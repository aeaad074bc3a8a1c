//! `akrec kinds`, `explain`, `schema`, `completions`, `man`: what akrec knows about itself.

use super::run::Run;
use super::{Screen, exit};
use crate::cli::{self, ReferenceFormat as Format, SchemaOf};
use crate::diag::{CODES, Code, Diagnostic, nearest};
use crate::files::{self, Readers};
use crate::kinds::KINDS;
use crate::report::document_schema::{self, Of};
use crate::report::{reference, state_schema};
use crate::schema::Kind;
use crate::settings;

/// Lists the kinds.
pub(super) fn kinds(flags: &cli::Kinds, screen: &Screen) -> u8 {
    screen.out(&match flags.format {
        // Whoever filters lines wants one a kind.
        Format::Text => reference::kinds(&KINDS, screen.terminal.then_some(screen.width)),
        Format::Json => reference::table_json(&KINDS),
        Format::Markdown => reference::kinds_markdown(&KINDS, &KINDS),
    });
    exit::OK
}

/// Explains a code, all codes, or the kinds that a word names.
pub(super) fn explain(flags: &cli::Explain, screen: &Screen) -> u8 {
    let topic = flags.topic.as_deref().unwrap_or_default().trim();
    if flags.all {
        screen.out(&codes(CODES, flags.format, screen.width));
        return exit::OK;
    }
    let of_topic: Vec<(Code, &str)> = CODES
        .iter()
        .copied()
        .filter(|(code, _)| code.as_str().eq_ignore_ascii_case(topic))
        .collect();
    if let [(code, text)] = of_topic.as_slice() {
        screen.out(&match flags.format {
            Format::Text => format!("{code}\n\n{}", reference::wrapped(text, screen.width)),
            format => codes(&of_topic, format, screen.width),
        });
        return exit::OK;
    }
    if topic == "raw" {
        screen.out(&match flags.format {
            Format::Text => reference::raw(),
            Format::Json => reference::raw_json(),
            Format::Markdown => reference::raw_markdown(),
        });
        return exit::OK;
    }
    let found = reference::find(topic, &KINDS);
    if found.is_empty() {
        let topics = reference::topics(&KINDS);
        let known = topics
            .iter()
            .map(String::as_str)
            .chain(["raw"])
            .chain(CODES.iter().map(|(code, _)| code.as_str()));
        let hint = nearest(topic, known)
            .map(|near| format!("; did you mean {near}?"))
            .unwrap_or_default();
        let diagnostic = Diagnostic::error(
            Code::USAGE,
            format!("{topic:?} is neither a code nor a kind{hint}"),
        );
        let mut run = Run::answering(screen, flags.format == Format::Json);
        let code =
            run.invalid(vec![diagnostic.help(
                "`akrec kinds` lists the kinds, `akrec explain --all` the codes",
            )]);
        return run.finish(code);
    }
    screen.out(&explained(&found, flags.format, screen.width));
    exit::OK
}

fn explained(found: &[&'static Kind], format: Format, width: usize) -> String {
    match format {
        Format::Text => {
            let texts: Vec<String> = found
                .iter()
                .map(|kind| reference::kind(kind, &KINDS, width))
                .collect();
            texts.join("\n\n")
        }
        Format::Json => reference::kinds_json(found, &KINDS),
        Format::Markdown => reference::kinds_markdown(found, &KINDS),
    }
}

fn codes(codes: &[(Code, &str)], format: Format, width: usize) -> String {
    match format {
        Format::Text => reference::codes(codes, width),
        Format::Json => reference::codes_json(codes),
        Format::Markdown => reference::codes_markdown(codes),
    }
}

/// Prints a JSON Schema.
pub(super) fn schema(flags: cli::Schema, screen: &Screen) -> u8 {
    let document = |of: Of| document_schema::schema(of, false);
    let schema = match flags.what {
        SchemaOf::State => {
            let options = state_schema::Options {
                release: flags.release,
                overlay: flags.overlay,
            };
            state_schema::state(&KINDS, options)
        }
        SchemaOf::Settings => settings::json_schema(),
        SchemaOf::Plan => document(Of::Plan),
        SchemaOf::Drift => document(Of::Drift),
        SchemaOf::Diagnostics => document(Of::Diagnostics),
        SchemaOf::Events => document(Of::Events),
        SchemaOf::Access => document(Of::Access),
        SchemaOf::Diff => document(Of::Diff),
        SchemaOf::Verify => document(Of::Verify),
        SchemaOf::Invite => document(Of::Invite),
        SchemaOf::Upgrade => document(Of::Upgrade),
        SchemaOf::Kinds => document(Of::Kinds),
    };
    screen.out(&format!("{schema:#}\n"));
    exit::OK
}

/// Prints a completion script.
pub(super) fn completions(flags: cli::Completions, screen: &Screen) -> u8 {
    screen.out(&cli::completions(flags.shell));
    exit::OK
}

/// Prints the manual page, or writes all of them into a directory.
pub(super) fn manual(flags: &cli::Man, screen: &Screen) -> u8 {
    let pages = match cli::manual() {
        Ok(pages) => pages,
        Err(error) => {
            screen.err(&format!("error: the manual cannot be made: {error}\n"));
            return exit::ERROR;
        }
    };
    let Some(dir) = &flags.dir else {
        screen.out(pages.first().map_or("", |(_, text)| text));
        return exit::OK;
    };
    for (name, text) in pages {
        let path = dir.join(name);
        let made = files::make_dirs(dir)
            .and_then(|_| files::replace(&path, text.as_bytes(), Readers::Umask));
        if let Err(error) = made {
            screen.err(&format!(
                "error: {} cannot be written: {error}\n",
                path.display()
            ));
            return exit::ERROR;
        }
        screen.text(&format!("wrote {}\n", path.display()));
    }
    exit::OK
}

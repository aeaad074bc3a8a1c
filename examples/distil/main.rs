//! Distils what a release's API says of itself into the facts that the sandbox answers with and the contract test reads.
//!
//! `cargo run --example distil -- SCHEMA.yml BEFORE.json > AFTER.json` for a new release: `BEFORE.json` are the facts of
//! the release before.
//!
//! `cargo run --example distil -- --patch FILE` for a new patch release of a line that is known: `FILE` is its OpenAPI
//! schema, or the summary of its published client. What it has otherwise than the first release of its line is written to
//! `src/sandbox/releases/LINE.newest.json` and takes the place of what stood there.
//!
//! An API does not describe everything itself (models, references, defaults, what a deletion cascades to). These facts
//! are carried over where a field is still the same. Facts that could be neither read nor carried over are listed on
//! standard error, one a line, to be looked up and filled in by hand.

mod layout;
mod newest;

use std::path::Path;
use std::process::ExitCode;

use akrec::openapi::distil;
use serde_json::Value;

const USAGE: &str = "usage: cargo run --example distil -- SCHEMA.yml BEFORE.json > AFTER.json\n       cargo run --example \
                     distil -- --patch FILE";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["--patch", file] => patch(file),
        [schema, before] if !schema.starts_with('-') => release(schema, before),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}

/// A schema in YAML, or anything in JSON, which is YAML too.
fn document(path: &str) -> Result<Value, String> {
    let options = serde_yaml::options! { budget: None };
    serde_yaml::from_str_with_options(&read(path)?, options)
        .map_err(|error| format!("{path}: {error}"))
}

fn release(schema: &str, before: &str) -> Result<(), String> {
    let before: Value =
        serde_json::from_str(&read(before)?).map_err(|error| format!("{before}: {error}"))?;
    let (facts, unknown) = distil(&document(schema)?, &before)?;
    look_up(&unknown);
    print!("{}", layout::text(&facts));
    Ok(())
}

fn patch(file: &str) -> Result<(), String> {
    let releases = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/sandbox/releases"));
    let taken =
        newest::take_in(&document(file)?, releases).map_err(|error| format!("{file}: {error}"))?;
    look_up(&taken.unknown);
    std::fs::write(&taken.path, &taken.text)
        .map_err(|error| format!("{}: {error}", taken.path.display()))?;
    eprintln!(
        "{} has what {} has otherwise than the first release of its line",
        taken.path.display(),
        taken.version
    );
    Ok(())
}

fn look_up(unknown: &[String]) {
    for line in unknown {
        eprintln!("look up: {line}");
    }
}

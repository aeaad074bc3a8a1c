//! Distils a release's OpenAPI schema into the facts that the sandbox answers with and the contract test reads.
//!
//! `cargo run --example distil -- SCHEMA.yml BEFORE.json > AFTER.json`
//!
//! `BEFORE.json` are the facts of the release before: what a schema does not say (models, references, defaults, what a
//! deletion takes along) is carried over where a field is still the same. What could be neither read nor carried over
//! is listed on standard error, a line each, to be looked up and filled in by hand.

mod layout;

use std::process::ExitCode;

use akrec::openapi::distil;
use serde_json::Value;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [schema, before] = arguments.as_slice() else {
        eprintln!("usage: cargo run --example distil -- SCHEMA.yml BEFORE.json > AFTER.json");
        return ExitCode::from(2);
    };
    match run(schema, before) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(schema: &str, before: &str) -> Result<String, String> {
    let read = |path: &str| std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    let options = serde_yaml::options! { budget: None };
    let schema: Value =
        serde_yaml::from_str_with_options(&read(schema)?, options).map_err(|error| format!("{schema}: {error}"))?;
    let before: Value = serde_json::from_str(&read(before)?).map_err(|error| format!("{before}: {error}"))?;
    let (facts, unknown) = distil(&schema, &before)?;
    for line in unknown {
        eprintln!("look up: {line}");
    }
    Ok(layout::text(&facts))
}

//! `akrec validate`: checks the files, and needs nothing else.

use std::path::Path;

use serde_json::json;

use super::run::code_of;
use super::screen::env;
use super::{Screen, exit};
use crate::cli::{self, ValidateFormat};
use crate::desired;
use crate::diag::{Diagnostic, Sources};
use crate::report::{diagnostics, json as document};
use crate::settings::{self, Outside};

/// Checks the files and gives the exit code.
pub(super) fn validate(flags: &cli::Validate, screen: &Screen) -> u8 {
    let mut sources = Sources::default();
    let (found, objects) = check(flags, &mut sources);
    let code = found.iter().filter(|told| told.is_error()).map(|told| code_of(told.code)).min().unwrap_or(exit::OK);
    match flags.format {
        ValidateFormat::Text => {
            if !found.is_empty() {
                screen.err(&diagnostics::text(&found, &sources, screen.color_err, 50));
            }
            if code == exit::OK && !screen.quiet {
                let many = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
                let files = sources.iter().count();
                screen.out(&format!("Valid: {} in {}.\n", many(objects, "object"), many(files, "file")));
            }
        }
        ValidateFormat::Short => screen.out(&diagnostics::short(&found, &sources)),
        ValidateFormat::Json => screen.out(&document(&found, &sources, objects, code)),
    }
    code
}

/// What `validate` says, for machines.
pub(super) fn document(found: &[Diagnostic], sources: &Sources, objects: usize, code: u8) -> String {
    let told: Vec<_> = found.iter().map(|told| document::diagnostic(told, sources)).collect();
    let errors = found.iter().filter(|told| told.is_error()).count();
    document::text(&json!({
        "format_version": document::FORMAT,
        "akrec_version": env!("CARGO_PKG_VERSION"),
        "valid": code == exit::OK,
        "exit_code": code,
        "error_count": errors,
        "warning_count": found.len() - errors,
        "objects": objects,
        "diagnostics": told,
    }))
}

fn check(flags: &cli::Validate, sources: &mut Sources) -> (Vec<Diagnostic>, usize) {
    let names: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    let stdin = || std::io::read_to_string(std::io::stdin());
    let outside = Outside { env: &env, names: &names, dir: Path::new(""), stdin: &stdin };
    let mut settings = match settings::resolve(&flags.into(), &outside, sources) {
        Ok(settings) => settings,
        Err(found) => return (found, 0),
    };
    let mut found = std::mem::take(&mut settings.warnings);
    let rules = desired::Settings {
        release: settings.release,
        allow_unknown: settings.allow_unknown,
        today: jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date(),
    };
    let inputs = settings.inputs(&env);
    let (desired, more) = desired::load(&inputs, settings.environment_dir.as_deref(), &rules, sources);
    found.extend(more);
    (found, desired.objects.len())
}

//! `akrec validate` and `akrec init`: what needs nothing but files.

use std::path::Path;

use serde_json::json;

use super::judge;
use super::run::code_of;
use super::screen::env;
use super::usage::quoted;
use super::{Screen, exit};
use crate::access::Held;
use crate::cli::{self, ValidateFormat};
use crate::client::canonical_url;
use crate::desired;
use crate::diag::{Diagnostic, Sources};
use crate::report::assertions::{self, Judged};
use crate::report::{diagnostics, json as document};
use crate::settings::{self, Outside};

/// Checks the files and gives the exit code.
pub(super) fn validate(flags: &cli::Validate, screen: &Screen) -> u8 {
    let mut sources = Sources::default();
    let (found, objects, judged) = check(flags, &mut sources);
    let code = found.iter().filter(|told| told.is_error()).map(|told| code_of(told.code)).min().unwrap_or(exit::OK);
    match flags.format {
        ValidateFormat::Text => {
            if !found.is_empty() {
                screen.err(&diagnostics::text(&found, &sources, screen.color_err, 50));
            }
            if code == exit::OK && !screen.quiet {
                let many = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
                let files = sources.iter().count();
                let left = judged.iter().filter(|judged| matches!(judged.held, Held::Unknown(_))).count();
                let asserted = match (judged.len() - left, left) {
                    (0, 0) => String::new(),
                    (all, 0) => format!(" {} by the files alone.", hold(all)),
                    (0, left) => format!(" {} left to plan.", many(left, "assertion")),
                    (some, left) => format!(" {} by the files alone, {left} left to plan.", hold(some)),
                };
                screen.out(&format!("Valid: {} in {}.{asserted}\n", many(objects, "object"), many(files, "file")));
            }
        }
        ValidateFormat::Short => screen.out(&diagnostics::short(&found, &sources)),
        ValidateFormat::Json => screen.out(&document(&found, &judged, &sources, objects, code)),
    }
    code
}

/// What `validate` says, for machines.
pub(super) fn document(found: &[Diagnostic], judged: &[Judged], sources: &Sources, objects: usize, code: u8) -> String {
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
        "assertions": assertions::json(judged, sources),
        "diagnostics": told,
    }))
}

fn hold(count: usize) -> String {
    if count == 1 { "1 assertion holds".to_owned() } else { format!("{count} assertions hold") }
}

fn check(flags: &cli::Validate, sources: &mut Sources) -> (Vec<Diagnostic>, usize, Vec<Judged>) {
    let names: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    let stdin = || std::io::read_to_string(std::io::stdin());
    let outside = Outside { env: &env, names: &names, dir: Path::new(""), stdin: &stdin };
    let mut settings = match settings::resolve(&flags.into(), &outside, sources) {
        Ok(settings) => settings,
        Err(found) => return (found, 0, Vec::new()),
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
    let mut judged = Vec::new();
    if !found.iter().any(Diagnostic::is_error) {
        let levels = judge::levels(&settings, &flags.allow, &flags.lints);
        let (more, asserted) = judge::files(&desired, settings.release, &levels, jiff::Timestamp::now());
        found.extend(more);
        judged = asserted;
    }
    (found, desired.objects.len(), judged)
}

const SETTINGS: &str = "\
# Settings of akrec. The API token never stands in a file: use AKREC_TOKEN or AKREC_TOKEN_FILE.
server: SERVER
workspace: default
# release: \"2026.2\"        # check offline against this release
# break_glass: [akadmin]   # users that must always be able to sign in
# vars: {domain: example.org}
";

const STATE: &str = "\
# What shall be in authentik. Field names are those of authentik's API; references are names.
# `akrec kinds` lists the kinds, `akrec explain KIND` the fields of one, `akrec plan` shows what would change.
groups:
  staff: {}
  # media-users:
  #   parents: [staff]
  #   members: [jodie]       # exact: others are removed; {include: [jodie]} leaves others alone

# applications:
#   wiki:
#     name: Wiki
#     meta_launch_url: https://wiki.example.org
#     bindings:              # without any, everybody may open it
#       - group: staff
";

/// Writes a first `akrec.yaml` and a state directory; never over anything that is there.
pub(super) fn init(flags: &cli::Init, screen: &Screen) -> u8 {
    let beside = flags.state.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(""));
    let settings = beside.join(settings::FILE);
    let first = flags.state.join("main.yaml");
    let url = match canonical_url(flags.url.as_deref().unwrap_or("https://auth.example.org")) {
        Ok(url) => url,
        Err(error) => {
            screen.err(&format!("error: {error}\n"));
            return exit::INVALID;
        }
    };
    let files = [(settings, SETTINGS.replace("SERVER", &format!("{url:?}"))), (first, STATE.to_owned())];
    if let Some((taken, _)) = files.iter().find(|(path, _)| path.exists()) {
        screen.err(&format!("error: {} is there already; nothing was written\n", taken.display()));
        return exit::INVALID;
    }
    for (path, text) in &files {
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(path, text));
        if let Err(error) = made {
            screen.err(&format!("error: {} cannot be written: {error}\n", path.display()));
            return exit::ERROR;
        }
        screen.out(&format!("wrote {}\n", path.display()));
    }
    // Only a directory `state` in the working directory is found without being named.
    let named = match flags.state.to_str() {
        Some("state" | "state/" | "./state") => String::new(),
        _ => format!(" -C {}", quoted(&flags.state.to_string_lossy())),
    };
    screen.out(&format!(
        "\nNext:\n  akrec plan{named} --sandbox   tries it against an embedded authentik\n  akrec plan{named}             \
         shows what would change on {url}; it needs AKREC_TOKEN\n"
    ));
    exit::OK
}

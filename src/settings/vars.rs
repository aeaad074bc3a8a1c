//! What `!var` knows: `--var` over `--var-file` over `AKREC_VAR_name` over the environment's `vars` over the base's.
//!
//! Values may be secrets that a CI job hands over; no message may contain one.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;

use super::reader::Reader;
use super::text::{Wanted, take};
use super::{Outside, file};
use crate::budget::VARIABLES;
use crate::cli::Inputs;
use crate::diag::{Code, Diagnostic, Sources};
use crate::input::Whose;
use crate::input::place::{self, Astray};
use crate::state::Var;
use crate::state::files::show;
use crate::yaml::NodeKind;

/// The beginning of the name of an environment variable that sets a variable.
const PREFIX: &str = "AKREC_VAR_";

/// All variables; `from_files` is what `vars` of the settings files says.
pub(super) fn collect(
    from_files: BTreeMap<String, Var>,
    inputs: &Inputs,
    outside: &Outside,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Var> {
    let mut vars = from_files;
    for full in outside.names {
        if let Some(name) = full.strip_prefix(PREFIX).filter(|name| !name.is_empty()) {
            vars.extend(
                (outside.env)(full).map(|value| (name.to_owned(), Var::from(value.as_str()))),
            );
        }
    }
    for path in &inputs.var_file {
        // What `!var` brings in is shown, so a link of the checkout must not choose the file.
        if let Err(astray) = place::given(outside.dir, path).map_err(|astray| astray == Astray::Git)
            && (astray || !inputs.allow_outside)
        {
            problems.push(led_astray(&show(path), astray));
            continue;
        }
        let real = outside.dir.join(path);
        let wanted = Wanted {
            shown: &real,
            real: &real,
            whose: Whose::of(path),
            budget: &VARIABLES,
            keys: &[],
        };
        let Some(file) = take(&wanted, sources, problems) else {
            continue;
        };
        let mut reader = Reader::default();
        if let Some(document) = reader.document(file, outside.env, &|_| None, sources) {
            let _ = reader.entries(&document, "a file of variables", "domain: example.org");
            if matches!(document.kind, NodeKind::Map(_)) {
                vars.extend(reader.each("", &document, "a single value", file::variable));
            }
        }
        problems.append(&mut reader.problems);
    }
    let given =
        |pair: &crate::cli::Pair| (pair.name.clone(), Var::from(pair.value().expose_secret()));
    vars.extend(inputs.var.iter().map(given));
    vars
}

fn led_astray(name: &str, git: bool) -> Diagnostic {
    match git {
        true => Diagnostic::error(Code::LEADS_OUT, format!("{name} leads into git's own data")),
        false => Diagnostic::error(
            Code::LEADS_OUT,
            format!("{name} leads out of the working directory through a symbolic link"),
        )
        .help("name the file itself, by its absolute path, or allow it with --allow-outside"),
    }
}

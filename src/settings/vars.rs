//! What `!var` knows: `--var` over `--var-file` over `AKREC_VAR_name` over the environment's `vars` over the base's.
//!
//! Values may be secrets that a CI job hands over; no message may contain one.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;

use super::reader::Reader;
use super::{Outside, file, text};
use crate::cli::Inputs;
use crate::desired::{NodeKind, hide};
use crate::diag::{Diagnostic, Sources};

/// The beginning of the name of an environment variable that sets a variable.
const PREFIX: &str = "AKREC_VAR_";

/// All variables; `from_files` is what `vars` of the settings files says.
pub(super) fn collect(
    from_files: BTreeMap<String, String>,
    inputs: &Inputs,
    outside: &Outside,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<String, String> {
    let mut vars = from_files;
    for full in outside.names {
        if let Some(name) = full.strip_prefix(PREFIX).filter(|name| !name.is_empty()) {
            vars.extend((outside.env)(full).map(|value| (name.to_owned(), value)));
        }
    }
    for path in &inputs.var_file {
        let Some(file) = text::need(&outside.dir.join(path), sources, problems) else { continue };
        let mut reader = Reader::default();
        if let Some(document) = reader.document(file, outside.env, sources) {
            let _ = reader.entries(&document, "a file of variables", "domain: example.org");
            if matches!(document.kind, NodeKind::Map(_)) {
                vars.extend(reader.each("", &document, "a single value", file::variable));
            }
        }
        if !reader.problems.is_empty() {
            hide::guess(file, sources);
        }
        problems.append(&mut reader.problems);
    }
    vars.extend(inputs.var.iter().map(|pair| (pair.name.clone(), pair.value().expose_secret().to_owned())));
    vars
}

//! A directory that `akrec export` wrote, in place of a server: its objects, and the release that it says it is of.

use std::collections::BTreeMap;
use std::path::Path;

use super::Run;
use crate::access::{Fields, World};
use crate::command::screen::env;
use crate::desired;
use crate::desired::{Desired, What};
use crate::diag::{Code, Diagnostic, Sources};
use crate::schema::Version;
use crate::settings::Resolved;
use crate::state::Inputs;
use crate::upgrade::Existing;

/// What an export says.
pub struct Exported {
    /// The directory, as messages name it.
    pub shown: String,
    /// The version of the server that it was exported from.
    pub version: Version,
    desired: Desired,
}

impl Exported {
    /// Its objects with the values that are written.
    pub fn existing(&self) -> Vec<Existing<'_>> {
        let all = self.desired.objects.iter().map(|object| {
            let known = object
                .fields
                .iter()
                .filter_map(|(name, want)| match &want.what {
                    What::Is(value) if !want.sensitive => Some((*name, value)),
                    _ => None,
                });
            let fields: BTreeMap<_, _> = known.collect();
            Existing {
                kind: object.kind,
                address: &object.address,
                owned: false,
                fields,
            }
        });
        all.collect()
    }

    /// Who may open what by it. What an export does not name, the server did not have.
    pub fn world(&self) -> World {
        let existing = self.existing();
        let fields: Vec<Fields> = existing
            .iter()
            .map(|it| {
                it.fields
                    .iter()
                    .map(|(name, value)| (*name, (*value).clone()))
                    .collect()
            })
            .collect();
        World::of(
            self.version.release,
            existing.iter().map(|it| it.address).zip(&fields),
        )
    }
}

/// Reads an export. Refuses a directory that declares nothing, state files with errors, and one that does not say of which
/// release it is where the settings do not either.
pub fn read(run: &mut Run<'_>, dir: &Path, settings: &Resolved) -> Result<Exported, u8> {
    let shown = crate::state::files::show(dir);
    // An export names a variable for each secret, and nobody has to have them: what they hold is not looked at.
    let any = |name: &str| env(name).or(Some(PLACEHOLDER.to_owned()));
    let inputs = Inputs {
        state_dir: dir.to_owned(),
        env: &any,
        ..settings.inputs(&env)
    };
    let before = run.sources.iter().count();
    let (tree, found) = crate::state::read(&inputs, None, &mut run.sources);
    if found.iter().any(Diagnostic::is_error) {
        return Err(run.invalid(found));
    }
    let written = run
        .sources
        .iter()
        .skip(before)
        .find_map(|(_, source)| of_version(&source.text));
    let Some(version) = written.or(settings.release.map(Version::from)) else {
        let diagnostic = Diagnostic::error(
            Code::BAD_SETTING,
            format!("--from: {shown} does not name its release"),
        );
        let help = "export again with `akrec export -o DIR`, or set `release` in akrec.yaml; for the files alone, name a \
                    release: --from 2026.2";
        return Err(run.invalid(vec![
            diagnostic
                .note("no file begins with the line that `akrec export` writes")
                .help(help),
        ]));
    };
    let rules = super::rules(settings, version.release);
    let (desired, mut found) = desired::lower(&tree, &rules, &mut run.sources);
    found.retain(|diagnostic| !is_variable(diagnostic, &run.sources));
    if found.iter().any(Diagnostic::is_error) {
        return Err(run.invalid(found));
    }
    Ok(Exported {
        shown,
        version,
        desired,
    })
}

/// What stands in for a variable that is not set.
const PLACEHOLDER: &str = "placeholder";

/// Whether something is wrong with what a variable holds.
fn is_variable(diagnostic: &Diagnostic, sources: &Sources) -> bool {
    let text = diagnostic.primary.as_ref().and_then(|label| {
        let source = sources.get(label.span.file)?;
        source.text.get(label.span.start as usize..)
    });
    text.is_some_and(|text| text.starts_with("!env"))
}

/// The version in the comment at the beginning of an exported file: `# Exported by akrec from … (authentik 2026.2.2).`
fn of_version(text: &str) -> Option<Version> {
    let mut comments = text
        .lines()
        .take_while(|line| line.starts_with('#') || line.trim().is_empty());
    let line = comments.find(|line| line.starts_with("# Exported by akrec from "))?;
    let (_, version) = line.rsplit_once("(authentik ")?;
    Version::parse(version.split(')').next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_says_its_version_in_its_first_comment() {
        let version = |text| of_version(text).map(|version| version.to_string());
        let head = "# yaml-language-server: $schema=./a.json\n# Exported by akrec from the sandbox (authentik 2026.2.2).\n";
        assert_eq!(version(head).as_deref(), Some("2026.2.2"));
        for other in [
            "",
            "groups: {}\n# Exported by akrec from x (authentik 2026.2.2).\n",
            "# Exported by akrec from x\n",
        ] {
            assert_eq!(version(other), None, "{other}");
        }
    }
}

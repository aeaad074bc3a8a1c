//! Takes in a patch release: what it has otherwise than the first release of its line.

use std::path::{Path, PathBuf};

use akrec::openapi::{difference, distil, is_summary, merged, summarized};
use serde_json::{Value, json};

use super::layout;

/// What becomes of the file of a line's newest release.
pub struct Taken {
    /// The file.
    pub path: PathBuf,
    /// Its new text.
    pub text: String,
    /// The version that was taken in.
    pub version: String,
    /// What has to be looked up.
    pub unknown: Vec<String>,
}

/// Takes in a schema or the summary of a client. `releases` is the folder of the facts.
///
/// Refuses a version whose line is not known, and one that is older than what is known.
pub fn take_in(document: &Value, releases: &Path) -> Result<Taken, String> {
    let said = match is_summary(document) {
        true => document["version"].as_str(),
        false => document["info"]["version"].as_str(),
    };
    let version = said
        .and_then(|said| said.split('-').next())
        .ok_or("it says no version")?;
    let line: String = version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
    let read = |path: &Path| -> Result<Value, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    };
    let path = releases.join(format!("{line}.newest.json"));
    let first = read(&releases.join(format!("{line}.json")))?;
    let known = match path.exists() {
        true => merged(&first, &read(&path)?),
        false => first.clone(),
    };
    let newest = known["release"].as_str().unwrap_or_default();
    if patch(version) < patch(newest) {
        return Err(format!("it is of {version}, and {newest} is known already"));
    }
    let (mut facts, unknown) = match is_summary(document) {
        true => summarized(document, &known)?,
        false => distil(document, &known)?,
    };
    facts["release"] = json!(version);
    let text = layout::difference(&difference(&first, &facts));
    Ok(Taken {
        path,
        text,
        version: version.to_owned(),
        unknown,
    })
}

fn patch(version: &str) -> u32 {
    version
        .splitn(3, '.')
        .nth(2)
        .and_then(|patch| patch.parse().ok())
        .unwrap_or_default()
}

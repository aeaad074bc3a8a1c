//! What an export came to, as text: what was written, which variables to set, and what was left out and why.

use super::safe::harmless;
use crate::export::{Export, Reason};

/// How many names of a list are shown.
const NAMES: usize = 5;

/// The summary; ends with a line break. `server` and `folder` in words; no folder for a document on standard output.
pub fn text(export: &Export, server: &str, folder: Option<&str>) -> String {
    let mut out = String::new();
    let total: usize = export.counts.iter().map(|(_, count)| count).sum();
    match folder {
        _ if total == 0 => out.push_str(&format!("Nothing to export from {server}.\n")),
        Some(folder) => out.push_str(&format!(
            "Exported {} from {server} into {folder} ({}):\n",
            many(total, "object"),
            many(export.files.len(), "file")
        )),
        None => out.push_str(&format!(
            "Exported {} from {server}:\n",
            many(total, "object")
        )),
    }
    let width = export
        .counts
        .iter()
        .map(|(_, count)| count.to_string().len())
        .max()
        .unwrap_or_default();
    for (title, count) in &export.counts {
        let noun = if *count == 1 {
            singular(title)
        } else {
            title.clone()
        };
        out.push_str(&format!("  {count:>width$} {noun}\n"));
    }
    let needed: Vec<&str> = export
        .variables
        .iter()
        .filter(|it| it.value.is_some())
        .map(|it| it.name.as_str())
        .collect();
    let optional = export.variables.len() - needed.len();
    if !needed.is_empty() {
        out.push_str("\nVariables to set before a plan, as they are on the server now:\n");
        needed
            .iter()
            .for_each(|name| out.push_str(&format!("  {name}\n")));
    }
    if optional > 0 {
        let these = many(optional, "value");
        out.push_str(&format!(
            "\n{these} that the server never returns are in comments: needed only on creation.\n"
        ));
    }
    if !export.notes.is_empty() {
        out.push_str("\nDifferent from the server (a comment in the file says so too):\n");
        list(
            &mut out,
            export
                .notes
                .iter()
                .map(|(address, note)| format!("{address}: {note}"))
                .collect(),
            20,
        );
    }
    if !export.left_out.is_empty() {
        out.push_str("\nLeft out:\n");
    }
    for (reason, addresses) in &export.left_out {
        out.push_str(&format!(
            "  {} {}\n",
            addresses.len(),
            harmless(&reason.explain())
        ));
        // What authentik made is known; what else is left out, people want to see.
        if !matches!(reason, Reason::Builtin | Reason::Beside) {
            let mut names = String::new();
            list(
                &mut names,
                addresses.iter().map(ToString::to_string).collect(),
                NAMES,
            );
            out.extend(names.lines().map(|line| format!("  {line}\n")));
        }
    }
    out
}

fn list(out: &mut String, lines: Vec<String>, most: usize) {
    for line in lines.iter().take(most) {
        out.push_str(&format!("  {}\n", harmless(line)));
    }
    if lines.len() > most {
        out.push_str(&format!("  and {} more\n", lines.len() - most));
    }
}

/// The title of a kind for one object: `policy` of `policies`. A title with a type (`providers.oauth2`) is a name, which
/// stays; so do the settings, which are one object.
fn singular(title: &str) -> String {
    if title == "settings" || title.contains('.') {
        return title.to_owned();
    }
    match (title.strip_suffix("ies"), title.strip_suffix('s')) {
        (Some(start), _) => format!("{start}y"),
        (None, Some(start)) => start.to_owned(),
        (None, None) => title.to_owned(),
    }
}

fn many(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::singular;
    use crate::kinds::KINDS;

    #[test]
    fn one_object_is_counted_in_the_singular() {
        for (title, one) in [
            ("policies", "policy"),
            ("tokens", "token"),
            ("providers.oauth2", "providers.oauth2"),
            ("settings", "settings"),
        ] {
            assert_eq!(singular(title), one);
        }
        for title in KINDS.iter().map(|kind| kind.title()) {
            let one = singular(&title);
            let is_name = title == "settings" || title.contains('.');
            assert!(is_name || !one.ends_with('s'), "{title}: {one}");
        }
    }
}

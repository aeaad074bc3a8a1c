//! What a server has and akrec does not know, in words and as one JSON document.
//!
//! Names come from the server: nothing of them reaches a terminal that could command it.

use std::fmt::Write;

use super::safe;
use crate::gaps::{Gap, Gaps};
use crate::wire::kinds::{self as wire, GapOf, LeftOut};

/// Where the comparison was made.
pub struct Where<'a> {
    /// The server, in words, or the file.
    pub server: &'a str,
    /// Its release, as it says it.
    pub version: &'a str,
}

/// What a server has, in words.
pub fn text(gaps: &Gaps, place: &Where<'_>) -> String {
    render(gaps, place, "on", "this server")
}

/// What a release has by a file that describes it, in words.
pub fn text_of_file(gaps: &Gaps, place: &Where<'_>) -> String {
    render(gaps, place, "by", "this release")
}

fn render(gaps: &Gaps, place: &Where<'_>, by: &str, this: &str) -> String {
    let mut out = format!(
        "authentik {} {by} {}\n\n",
        safe::harmless(place.version),
        safe::harmless(place.server)
    );
    if gaps.unknown.is_empty() {
        let _ = writeln!(
            out,
            "akrec knows everything that {this} has: {} collections.",
            gaps.compared
        );
    } else {
        let _ = writeln!(
            out,
            "{}{} has, but akrec does not know:",
            this[..1].to_uppercase(),
            &this[1..]
        );
        out.push_str(&lines(&gaps.unknown));
        out.push_str("\nObjects of such a collection can be declared under `raw` (`akrec explain raw`); such a variant with\n--allow-unknown. Such a field cannot be declared by this akrec and is left unchanged.\n");
    }
    if !gaps.missing.is_empty() {
        let _ = writeln!(out, "\nakrec knows, but {this} does not have:");
        out.push_str(&lines(&gaps.missing));
    }
    if !gaps.left_out.is_empty() {
        out.push_str("\nNot supported on purpose:\n");
        for (path, reason) in &gaps.left_out {
            let _ = writeln!(out, "  {}: {reason}", safe::harmless(path));
        }
    }
    out
}

fn lines(gaps: &[Gap]) -> String {
    gaps.iter()
        .map(|gap| format!("  {}\n", line(gap)))
        .collect()
}

fn line(gap: &Gap) -> String {
    let path = safe::harmless(&gap.path).into_owned();
    match (&gap.field, &gap.word) {
        (Some(field), Some(word)) => {
            format!(
                "the variant {} for {} of {}",
                safe::quoted(word),
                safe::harmless(field),
                titled(gap, path)
            )
        }
        (Some(field), None) => format!(
            "the field {} of {}",
            safe::harmless(field),
            titled(gap, path)
        ),
        _ => format!("the collection {path}"),
    }
}

fn titled(gap: &Gap, path: String) -> String {
    gap.kind
        .map_or(path.clone(), |kind| format!("{kind} ({path})"))
}

/// The document.
pub fn document(gaps: &Gaps, place: &Where<'_>) -> wire::Gaps {
    let all = |gaps: &[Gap]| gaps.iter().map(one).collect();
    let left_out = gaps.left_out.iter().map(|(path, reason)| LeftOut {
        path: path.clone(),
        reason: (*reason).to_owned(),
    });
    wire::Gaps {
        server: crate::wire::Server {
            url: place.server.to_owned(),
            version: place.version.to_owned(),
        },
        unknown: all(&gaps.unknown),
        missing: all(&gaps.missing),
        left_out: left_out.collect(),
        compared: gaps.compared,
    }
}

fn one(gap: &Gap) -> wire::Gap {
    let what = match (&gap.field, &gap.word) {
        (_, Some(_)) => GapOf::Word,
        (Some(_), None) => GapOf::Field,
        _ => GapOf::Collection,
    };
    wire::Gap {
        what,
        path: gap.path.clone(),
        kind: gap.kind.map(str::to_owned),
        field: gap.field.clone(),
        word: gap.word.clone(),
    }
}

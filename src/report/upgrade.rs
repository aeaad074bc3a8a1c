//! What another release changes, as text and as one JSON document.

use super::page::{Page, Tone};
use crate::diag::Sources;
use crate::schema::Version;
use crate::upgrade::{Class, Finding, Site};
use crate::wire::upgrade as wire;

pub use crate::wire::upgrade::Of;

/// How many objects a finding names in text.
const NAMED: usize = 5;

/// Where the comparison was made.
pub struct About<'a> {
    /// What there is: its version.
    pub from: &'a str,
    /// From what that is known.
    pub of: Of,
    /// The server, the directory or the file.
    pub place: Option<&'a str>,
    /// The target.
    pub to: Version,
    /// Collections under `raw`, of which the table says nothing.
    pub raw: Vec<&'a str>,
}

/// The heading of a class in text.
fn heading(class: Class) -> &'static str {
    match class {
        Class::Access => "access",
        Class::KindGone => "kind removed",
        Class::FieldGone => "field removed",
        Class::WordGone => "variant removed",
        Class::Refused => "refused",
        Class::Default => "default changes",
        Class::FieldRenamed => "field renamed",
        Class::WriteOnly => "becomes write-only",
        Class::Permission => "token permission",
        Class::FieldNew => "new fields",
        Class::WordNew => "new variants",
        Class::KindNew => "new kind",
    }
}

/// A class in documents.
fn class(class: Class) -> wire::Class {
    match class {
        Class::Access => wire::Class::Access,
        Class::KindGone => wire::Class::KindGone,
        Class::FieldGone => wire::Class::FieldGone,
        Class::WordGone => wire::Class::WordGone,
        Class::Refused => wire::Class::Refused,
        Class::Default => wire::Class::Default,
        Class::FieldRenamed => wire::Class::FieldRenamed,
        Class::WriteOnly => wire::Class::WriteOnly,
        Class::Permission => wire::Class::Permission,
        Class::FieldNew => wire::Class::FieldNew,
        Class::WordNew => wire::Class::WordNew,
        Class::KindNew => wire::Class::KindNew,
    }
}

/// The document.
pub fn document(findings: &[Finding], about: &About<'_>, sources: &Sources) -> wire::Upgrade {
    wire::Upgrade {
        from: wire::From {
            of: about.of,
            place: about.place.map(str::to_owned),
            version: about.from.to_owned(),
        },
        to: about.to.to_string(),
        decisions: findings.iter().filter(|finding| finding.decision).count(),
        findings: findings
            .iter()
            .map(|finding| found(finding, sources))
            .collect(),
        not_judged: wire::NotJudged {
            raw: about.raw.iter().map(ToString::to_string).collect(),
        },
    }
}

fn found(finding: &Finding, sources: &Sources) -> wire::Finding {
    let object = |site: &Site| wire::Object {
        address: site.address.as_ref().map(crate::value::Address::path),
        declared: site.span.is_some(),
        source: super::json::place(site.span, sources),
    };
    wire::Finding {
        class: class(finding.class),
        decision: finding.decision,
        kind: finding.kind.clone(),
        field: finding.field.clone(),
        words: finding.words.clone(),
        what: finding.what.clone(),
        why: finding.why.clone(),
        help: finding.help.clone(),
        objects: finding.sites.iter().map(object).collect(),
    }
}

/// In words; ends with a line break.
pub fn text(
    findings: &[Finding],
    about: &About<'_>,
    sources: &Sources,
    color: bool,
    width: usize,
) -> String {
    let mut page = Page::new(color, width);
    let of = match (about.of, about.place) {
        (Of::Server, Some(place)) => format!(" on {place} to {}", about.to),
        (Of::Export, Some(place)) => format!(", as exported to {place}, to {}", about.to),
        _ => format!(" to {}, by the files alone", about.to),
    };
    let decisions = findings.iter().filter(|finding| finding.decision).count();
    page.toned(
        0,
        Tone::Strong,
        &format!("Upgrade of authentik {}{of}", about.from),
    );
    for (heading, decision) in [
        ("Needs a decision before the upgrade:", true),
        ("For information:", false),
    ] {
        let mut group = findings
            .iter()
            .filter(|finding| finding.decision == decision)
            .peekable();
        if group.peek().is_none() {
            continue;
        }
        page.gap();
        page.toned(0, Tone::Strong, heading);
        for finding in group {
            one(&mut page, finding, sources);
        }
    }
    page.gap();
    if !about.raw.is_empty() {
        page.plain(&format!(
            "Not judged, since akrec does not know them: {}",
            about.raw.join(", ")
        ));
    }
    let more = findings.len() - decisions;
    let notes = if more == 1 {
        "1 note".to_owned()
    } else {
        format!("{more} notes")
    };
    page.plain(&match decisions {
        0 if findings.is_empty() => "Nothing changes for these files.".to_owned(),
        0 => format!("Nothing needs a decision; {notes}."),
        1 => format!("1 finding needs a decision; {notes}."),
        many => format!("{many} findings need a decision; {notes}."),
    });
    page.finish()
}

fn one(page: &mut Page, finding: &Finding, sources: &Sources) {
    // What comes is said in one line.
    if matches!(
        finding.class,
        Class::KindNew | Class::WordNew | Class::FieldNew
    ) {
        page.bright(
            2,
            Tone::Add,
            &format!("{}: {}", heading(finding.class), finding.what),
        );
        return;
    }
    let tone = if finding.decision {
        Tone::Alarm
    } else {
        Tone::Change
    };
    page.bright(
        2,
        tone,
        &format!("{}: {}", heading(finding.class), finding.what),
    );
    for site in finding.sites.iter().take(NAMED) {
        let address = site.address.as_ref().map(ToString::to_string);
        let place = site.span.and_then(|span| sources.place(span));
        let place = place.map(|place| format!("{}:{}:{}", place.file, place.line, place.column));
        let line = match (address, place) {
            (Some(address), Some(place)) => format!("{address}  {place}"),
            (Some(address), None) => format!("{address}  (only on the server)"),
            (None, place) => place.unwrap_or_default(),
        };
        page.toned(6, Tone::Place, &line);
    }
    if finding.sites.len() > NAMED {
        page.toned(
            6,
            Tone::Place,
            &format!("{} more", finding.sites.len() - NAMED),
        );
    }
    for (before, text) in [("", &finding.why), ("help: ", &finding.help)] {
        if !text.is_empty() {
            page.toned(6, Tone::Context, &format!("{before}{text}"));
        }
    }
}

/// That there is nothing to compare.
pub fn same(version: &str) -> String {
    super::text_line(&format!(
        "It already runs authentik {version}: nothing to do."
    ))
}

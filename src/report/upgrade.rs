//! What another release changes, as text and as one JSON document.
//!
//! The document is written as types, without logic; schema and documentation follow them (`docs/formats.md`).

use serde::Serialize;
use serde_json::Value as Raw;

use super::page::{Page, Tone};
use crate::diag::Sources;
use crate::schema::Version;
use crate::upgrade::{Class, Finding, Site};

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

/// From what the present release and its objects are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// A server was read.
    Server,
    /// The state files of an export were read.
    Export,
    /// Nothing was read: only the files are judged.
    Files,
}

/// The members of the document.
#[derive(Serialize)]
struct Document<'a> {
    from: From<'a>,
    to: String,
    decisions: usize,
    findings: Vec<Found<'a>>,
    not_judged: NotJudged<'a>,
}

#[derive(Serialize)]
struct From<'a> {
    of: Of,
    place: Option<&'a str>,
    version: &'a str,
}

#[derive(Serialize)]
struct Found<'a> {
    class: &'static str,
    decision: bool,
    kind: Option<&'a str>,
    field: Option<&'a str>,
    words: &'a [String],
    what: &'a str,
    why: &'a str,
    help: &'a str,
    objects: Vec<Object>,
}

#[derive(Serialize)]
struct Object {
    address: Option<String>,
    declared: bool,
    source: Option<Place>,
}

#[derive(Serialize)]
struct Place {
    file: String,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct NotJudged<'a> {
    raw: &'a [&'a str],
}

/// Every class with its name in documents and its heading in text, in the order of reports.
const CLASSES: [(Class, &str, &str); 12] = [
    (Class::Access, "access", "access"),
    (Class::KindGone, "kind_gone", "kind removed"),
    (Class::FieldGone, "field_gone", "field removed"),
    (Class::WordGone, "word_gone", "variant removed"),
    (Class::Refused, "refused", "refused"),
    (Class::Default, "default", "default changes"),
    (Class::FieldRenamed, "field_renamed", "field renamed"),
    (Class::WriteOnly, "write_only", "becomes write-only"),
    (Class::Permission, "permission", "token permission"),
    (Class::FieldNew, "field_new", "new fields"),
    (Class::WordNew, "word_new", "new variants"),
    (Class::KindNew, "kind_new", "new kind"),
];

fn class(of: Class) -> (&'static str, &'static str) {
    CLASSES
        .iter()
        .find(|(class, ..)| *class == of)
        .map_or(("", ""), |(_, name, heading)| (name, heading))
}

/// The names of all classes in documents, in the order of reports.
pub fn classes() -> impl Iterator<Item = &'static str> {
    CLASSES.iter().map(|(_, name, _)| *name)
}

/// The members of the document, beside those that every document has.
pub fn json(findings: &[Finding], about: &About<'_>, sources: &Sources) -> Raw {
    let document = Document {
        from: From {
            of: about.of,
            place: about.place,
            version: about.from,
        },
        to: about.to.to_string(),
        decisions: findings.iter().filter(|finding| finding.decision).count(),
        findings: findings
            .iter()
            .map(|finding| found(finding, sources))
            .collect(),
        not_judged: NotJudged { raw: &about.raw },
    };
    // A struct of texts and numbers is always JSON.
    serde_json::to_value(document).unwrap_or_default()
}

fn found<'a>(finding: &'a Finding, sources: &Sources) -> Found<'a> {
    let object = |site: &Site| Object {
        address: site.address.as_ref().map(crate::value::Address::path),
        declared: site.span.is_some(),
        source: site
            .span
            .and_then(|span| sources.place(span))
            .map(|place| Place {
                file: place.file,
                line: place.line,
                column: place.column,
            }),
    };
    Found {
        class: class(finding.class).0,
        decision: finding.decision,
        kind: finding.kind.as_deref(),
        field: finding.field.as_deref(),
        words: &finding.words,
        what: &finding.what,
        why: &finding.why,
        help: &finding.help,
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
            &format!("{}: {}", class(finding.class).1, finding.what),
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
        &format!("{}: {}", class(finding.class).1, finding.what),
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

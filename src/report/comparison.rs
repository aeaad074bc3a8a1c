//! How two servers differ, as text in the manner of a plan and as one JSON document.
//!
//! Must never show a secret: of one, only that it differs.

use std::collections::BTreeMap;

use super::data::{self, Shaped};
use super::page::{Page, Tone};
use super::plan::Style;
use super::{changes, phrases, values};
use crate::compare::{Comparison, Difference, How, top};
use crate::diag::{Diagnostic, Sources};
use crate::plan::{Change, Delta};
use crate::schema::{Class, Kind};
use crate::value::{Address, Value};
use crate::wire::{Body, Masked, diff};

/// One of the two servers.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// As the command line names it, or where it is.
    pub place: String,
    /// The full release of the server.
    pub release: String,
}

/// How many names of one reason are reported.
const NAMED: usize = 10;

/// As text; ends with a line break.
pub fn text(found: &Comparison, from: &Side, to: &Side, style: &Style) -> String {
    let mut page = Page::new(style.color, style.width);
    let side = |side: &Side| match side.release.is_empty() {
        true => side.place.clone(),
        false => format!("{} (authentik {})", side.place, side.release),
    };
    let title = format!("akrec diff · from {} · to {}", side(from), side(to));
    if title.chars().count() <= style.width.max(80) {
        page.plain(&title);
    } else {
        page.plain("akrec diff");
        page.plain(&format!("  from {}", side(from)));
        page.plain(&format!("  to   {}", side(to)));
    }
    page.gap();
    if !found.differences.is_empty() {
        page.plain(&legend(found));
        page.gap();
    }
    let parts = parts(found);
    let with_owner = found.reported_with_owner();
    for difference in found
        .differences
        .iter()
        .filter(|it| !with_owner.contains(&it.address))
    {
        one(
            &mut page,
            difference,
            parts.get(&difference.address).copied().unwrap_or_default(),
            style.concise,
        );
    }
    page.gap();
    remarks(&mut page, found, style.concise);
    page.gap();
    page.toned(0, Tone::Strong, &sum(found));
    page.finish()
}

/// The symbols that occur, each with its words.
fn legend(found: &Comparison) -> String {
    let (from, to, differ) = found.counts();
    let all = [
        (to, "+ only in --to"),
        (from, "- only in --from"),
        (differ, "~ differs"),
    ];
    let used: Vec<&str> = all
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(_, words)| *words)
        .collect();
    format!("Differences:  {}", used.join("   "))
}

/// How many differences are reported with each owner.
fn parts(found: &Comparison) -> BTreeMap<&Address, usize> {
    let mut parts = BTreeMap::new();
    for address in found.reported_with_owner() {
        *parts.entry(top(address)).or_default() += 1;
    }
    parts
}

fn one(page: &mut Page, difference: &Difference, with: usize, concise: bool) {
    let kind = difference
        .kind
        .type_name
        .map(|word| format!(" ({word})"))
        .unwrap_or_default();
    let name = format!("{}{kind}", difference.address);
    let with = if with > 0 {
        format!(", with {}", phrases::many(with, "part"))
    } else {
        String::new()
    };
    match &difference.how {
        How::OnlyTo => page.headed(2, Tone::Add, &format!("only in --to: {name}{with}"), None),
        How::OnlyFrom => page.headed(
            2,
            Tone::Remove,
            &format!("only in --from: {name}{with}"),
            None,
        ),
        How::Kind(one, other) => {
            page.headed(
                2,
                Tone::Change,
                &format!("differs: {}", difference.address),
                None,
            );
            page.line(6, Tone::Change, &format!("type: {one} -> {other}"));
        }
        How::Fields(all) => {
            page.headed(2, Tone::Change, &format!("differs: {name}"), None);
            for change in all.iter().filter(|_| !concise) {
                fields(page, difference.kind, change);
            }
            if !concise {
                page.gap();
            }
        }
    }
}

fn fields(page: &mut Page, kind: &Kind, change: &Change) {
    let field = kind.field(change.field);
    let word = field.map_or(change.field, |field| field.yaml_key);
    match change.class {
        Class::Plain => changes::delta(
            page,
            6,
            word,
            &change.delta,
            field.map(|field| &field.shape),
        ),
        Class::Secret => page.line(
            6,
            Tone::Change,
            &format!("{word}: {} differs", values::SENSITIVE),
        ),
        Class::WriteOnly => page.line(
            6,
            Tone::Change,
            &format!("{word}: differs, by its fingerprint"),
        ),
    }
}

/// Remarks that are not differences and have to be known.
fn remarks(page: &mut Page, found: &Comparison, concise: bool) {
    let named = |of: &[(Address, &'static str)]| -> Vec<String> {
        of.iter()
            .map(|(address, field)| format!("{}#{field}", address.path()))
            .collect()
    };
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    if !found.own.is_empty() {
        lines.push((
            "No difference, because a server generates these unless somebody sets them:".to_owned(),
            named(&found.own),
        ));
    }
    if !found.unread.is_empty() {
        lines.push((
            "Not compared, because not both servers return them:".to_owned(),
            named(&found.unread),
        ));
    }
    if !found.one_release.is_empty() {
        let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        found
            .one_release
            .iter()
            .for_each(|(kind, field)| kinds.entry(kind).or_default().push(field));
        let kinds = kinds
            .into_iter()
            .map(|(kind, fields)| format!("{kind}: {}", fields.join(", ")));
        lines.push((
            "Not compared, because only one of the two releases has them:".to_owned(),
            kinds.collect(),
        ));
    }
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (what, why) in &found.left_out {
        reasons.entry(why).or_default().push(what.clone());
    }
    lines.extend(
        reasons
            .into_iter()
            .map(|(why, all)| (format!("Not compared ({why}):"), all)),
    );
    for (why, all) in lines {
        if concise {
            page.plain(&format!("{why} {}.", all.len()));
            continue;
        }
        page.plain(&why);
        for name in all.iter().take(NAMED) {
            page.plain(&format!("  {name}"));
        }
        if all.len() > NAMED {
            page.plain(&format!("  and {} more", all.len() - NAMED));
        }
    }
}

/// `Compared 14 objects: 1 only in --from, 2 only in --to, 3 differ, 8 are equal.`
fn sum(found: &Comparison) -> String {
    let (from, to, differ) = found.counts();
    let all = phrases::many(from + to + differ + found.equal, "object");
    if found.differences.is_empty() {
        return format!("No differences in {all}.");
    }
    format!(
        "Compared {all}: {from} only in --from, {to} only in --to, {differ} different, {} equal.",
        found.equal
    )
}

/// As one JSON document. Without a comparison: of a run that failed.
pub fn json(
    found: Option<&Comparison>,
    from: &Side,
    to: &Side,
    diagnostics: &[Diagnostic],
    sources: &Sources,
    exit_code: u8,
) -> String {
    let side = |side: &Side| diff::Side {
        place: side.place.clone(),
        version: side.release.clone(),
    };
    let empty = Comparison::default();
    let complete = found.is_some();
    let found = found.unwrap_or(&empty);
    let (only_from, only_to, differ) = found.counts();
    let names = |of: &[(Address, &'static str)]| -> Vec<diff::Field> {
        of.iter()
            .map(|(address, field)| diff::Field {
                address: address.path(),
                field: (*field).to_owned(),
            })
            .collect()
    };
    let one_release = found
        .one_release
        .iter()
        .map(|(kind, field)| diff::KindField {
            kind: (*kind).to_owned(),
            field: (*field).to_owned(),
        });
    let left_out = found
        .left_out
        .iter()
        .map(|(what, why)| diff::NotComparedObject {
            what: what.clone(),
            reason: (*why).to_owned(),
        });
    let body = Body::Diff(diff::Diff {
        complete,
        from: side(from),
        to: side(to),
        differences: found.differences.iter().map(difference).collect(),
        own: names(&found.own),
        not_compared: diff::NotCompared {
            fields: names(&found.unread),
            objects: left_out.collect(),
            one_release: one_release.collect(),
        },
        summary: diff::Summary {
            only_in_from: only_from,
            only_in_to: only_to,
            different: differ,
            equal: found.equal,
        },
    });
    super::json::text(&super::json::answer(exit_code, diagnostics, sources, body))
}

fn difference(of: &Difference) -> diff::Difference {
    let (how, fields) = match &of.how {
        How::OnlyFrom => (diff::How::OnlyInFrom, Vec::new()),
        How::OnlyTo => (diff::How::OnlyInTo, Vec::new()),
        How::Kind(one, other) => {
            let word = |word: &str| Masked::shown(&Value::text(word), true, Shaped(None));
            let field = diff::FieldDifference {
                field: "type".to_owned(),
                from: Some(word(one)),
                to: Some(word(other)),
                ..Default::default()
            };
            (diff::How::Different, vec![field])
        }
        How::Fields(all) => (
            diff::How::Different,
            all.iter().map(|change| changed(of.kind, change)).collect(),
        ),
    };
    diff::Difference {
        address: of.address.path(),
        kind: of.kind.name.to_owned(),
        how,
        fields,
    }
}

fn changed(kind: &Kind, change: &Change) -> diff::FieldDifference {
    let field = kind.field(change.field);
    let mut differs = diff::FieldDifference {
        field: field
            .map_or(change.field, |field| field.yaml_key)
            .to_owned(),
        ..Default::default()
    };
    if change.class != Class::Plain {
        differs.sensitive = true;
        return differs;
    }
    let shown = |value: &Value| Some(data::field(field, change.class, value));
    match &change.delta {
        Delta::Value(from, to) => {
            differs.from = shown(from);
            differs.to = shown(to);
        }
        Delta::Items { added, removed, .. } => {
            differs.only_in_from = shown(&Value::Set(removed.clone()));
            differs.only_in_to = shown(&Value::Set(added.clone()));
        }
        Delta::Keys(keys) => {
            let keys = keys.iter().map(|(key, (from, to))| diff::Key {
                key: key.clone(),
                from: from.as_ref().map(Masked::key),
                to: to.as_ref().map(Masked::key),
            });
            differs.keys = Some(keys.collect());
        }
        Delta::New(to) => {
            differs.from = shown(&Value::Null);
            differs.to = shown(to);
        }
        Delta::Written => {}
    }
    differs
}

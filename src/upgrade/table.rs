//! Kinds and fields: what comes, goes, is renamed, is no longer given back, or has another default.

use super::{Class, Finding, Question, Site, enumerations};
use crate::desired::Object;
use crate::diag::Span;
use crate::kinds::KINDS;
use crate::schema::{Class as Seen, Field, Kind, Release, Version, default_value};
use crate::value::Value;

/// What the table says of all kinds.
pub(super) fn findings(question: &Question<'_>) -> Vec<Finding> {
    let (from, to) = question.releases();
    let mut found = Vec::new();
    for kind in KINDS.iter().copied() {
        match (kind.is_in(from), kind.is_in(to)) {
            (true, true) => fields(question, kind, &mut found),
            (true, false) => found.extend(kind_gone(question, kind)),
            (false, true) if !kind.section.is_empty() => found.push(kind_new(question, kind)),
            _ => {}
        }
    }
    found
}

/// Whether a release changes anything of a kind that objects of it may have to do with: then they have to be looked at.
pub fn concerns(kind: &'static Kind, from: Release, to: Release) -> bool {
    let differs = |field: &'static Field| {
        field.is_in(from) != field.is_in(to)
            || default_value(field, Some(from)) != default_value(field, Some(to))
            || enumerations::of(field)
                .iter()
                .any(|word| word.is_in(from) && !word.is_in(to))
    };
    kind.is_in(from) && (!kind.is_in(to) || kind.fields.iter().any(differs))
}

impl Finding {
    /// A finding about a kind, of which only the place is said.
    pub(super) fn of(kind: &Kind, class: Class, sites: Vec<Site>) -> Finding {
        Finding {
            class,
            decision: false,
            kind: Some(kind.title()),
            field: None,
            words: Vec::new(),
            what: String::new(),
            why: String::new(),
            help: String::new(),
            sites,
        }
    }
}

fn kind_new(question: &Question<'_>, kind: &'static Kind) -> Finding {
    let to = question.to.release;
    Finding {
        what: format!("authentik {to} has {}", kind.title()),
        why: kind.doc.to_owned(),
        help: format!(
            "nothing has to be done; `akrec explain {}` says what can be declared",
            kind.name
        ),
        ..Finding::of(kind, Class::KindNew, Vec::new())
    }
}

fn kind_gone(question: &Question<'_>, kind: &'static Kind) -> Option<Finding> {
    let to = question.to.release;
    let declared = question
        .declared(kind)
        .map(|object| site(object, object.span));
    let mut sites: Vec<Site> = declared.collect();
    let decision = !sites.is_empty();
    let all = question.existing.as_deref().unwrap_or_default().iter();
    let only_there = all.filter(|there| {
        there.kind == kind && there.owned && question.declared(kind).next().is_none()
    });
    sites.extend(only_there.map(|there| Site {
        address: Some(there.address.clone()),
        span: None,
    }));
    (!sites.is_empty()).then(|| Finding {
        decision,
        what: format!("authentik {to} has no {}", kind.title()),
        why: "the upgrade removes these objects".to_owned(),
        help:
            "remove them from the files after the upgrade, and decide before it what replaces them"
                .to_owned(),
        ..Finding::of(kind, Class::KindGone, sites)
    })
}

fn fields(question: &Question<'_>, kind: &'static Kind, found: &mut Vec<Finding>) {
    let (from, to) = question.releases();
    let mut new: Vec<&'static Field> = Vec::new();
    for field in kind.fields {
        match (field.is_in(from), field.is_in(to)) {
            (true, false) => match kind.counterpart(field).filter(|twin| twin.is_in(to)) {
                Some(twin) => {
                    found.extend(renamed(question, kind, field, twin));
                    found.extend(default_changes(question, kind, field, twin));
                }
                None => found.extend(gone(question, kind, field)),
            },
            (false, true) if kind.counterpart(field).is_none_or(|twin| !twin.is_in(from)) => {
                new.push(field)
            }
            (true, true) => {
                found.extend(write_only(question, kind, field));
                found.extend(default_changes(question, kind, field, field));
            }
            _ => {}
        }
    }
    if !new.is_empty() {
        found.extend(appear(question, kind, &new));
    }
}

/// Where the files set a field.
fn set_in_files<'q>(
    question: &'q Question<'_>,
    kind: &'static Kind,
    field: &Field,
) -> Vec<(&'q Object, Site)> {
    let name = field.name;
    let with = question
        .declared(kind)
        .filter_map(|object| Some((object, object.fields.get(name)?)));
    with.map(|(object, want)| (object, site(object, want.span)))
        .collect()
}

/// Where only the server has something in a field that is not what authentik gives it.
fn set_there(question: &Question<'_>, kind: &'static Kind, field: &'static Field) -> Vec<Site> {
    let usual = default_value(field, Some(question.from.release));
    let set = question.only_there(kind, field.name).into_iter();
    let set = set.filter(|(_, value)| !value.is_empty() && Some(*value) != usual.as_ref());
    set.map(|(address, _)| Site {
        address: Some(address.clone()),
        span: None,
    })
    .collect()
}

pub(super) fn site(object: &Object, span: Span) -> Site {
    Site {
        address: Some(object.address.clone()),
        span: Some(span),
    }
}

fn renamed(
    question: &Question<'_>,
    kind: &'static Kind,
    field: &'static Field,
    twin: &'static Field,
) -> Option<Finding> {
    let to = question.to.release;
    let in_files = set_in_files(question, kind, field);
    let old = |site: &Site| {
        site.span
            .and_then(|span| (question.written)(span))
            .is_none_or(|word| word != twin.yaml_key)
    };
    let any_old = in_files.iter().any(|(_, site)| old(site));
    let sites: Vec<Site> = in_files.into_iter().map(|(_, site)| site).collect();
    let mut sites: Vec<Site> = sites;
    sites.extend(set_there(question, kind, field));
    (!sites.is_empty()).then(|| Finding {
        field: Some(field.yaml_key.to_owned()),
        what: format!(
            "{} of {} is called {} in authentik {to}",
            field.yaml_key,
            kind.title(),
            twin.yaml_key
        ),
        why: "the meaning is the same; akrec accepts either name and sends the one that the server knows"
            .to_owned(),
        help: match any_old {
            true => format!(
                "nothing has to be done; write {} from now on if you like",
                twin.yaml_key
            ),
            false => "nothing has to be done".to_owned(),
        },
        ..Finding::of(kind, Class::FieldRenamed, sites)
    })
}

fn gone(question: &Question<'_>, kind: &'static Kind, field: &'static Field) -> Option<Finding> {
    let to = question.to.release;
    let mut sites: Vec<Site> = set_in_files(question, kind, field)
        .into_iter()
        .map(|(_, site)| site)
        .collect();
    let decision = !sites.is_empty();
    if !decision {
        sites = set_there(question, kind, field);
    }
    (!sites.is_empty()).then(|| Finding {
        decision,
        field: Some(field.yaml_key.to_owned()),
        what: format!(
            "authentik {to} has no {} of {}",
            field.yaml_key,
            kind.title()
        ),
        why: "the server drops the value, and its effect ends".to_owned(),
        help: match decision {
            true => format!(
                "remove {} from the files; until the upgrade the server keeps its value",
                field.yaml_key
            ),
            false => "nothing has to be done: no file declares it".to_owned(),
        },
        ..Finding::of(kind, Class::FieldGone, sites)
    })
}

fn write_only(
    question: &Question<'_>,
    kind: &'static Kind,
    field: &'static Field,
) -> Option<Finding> {
    let newly = field.class != Seen::WriteOnly && !withheld(field, question.from, 0);
    if !newly || !withheld(field, question.to, u16::MAX) {
        return None;
    }
    let in_files = set_in_files(question, kind, field);
    let first = in_files
        .first()
        .map(|(object, _)| format!("{}#{}", object.address.path(), field.yaml_key));
    let sites: Vec<Site> = in_files.into_iter().map(|(_, site)| site).collect();
    let first = first?;
    let since = field
        .withheld_since
        .iter()
        .rfind(|since| **since <= newest(question.to))
        .map(Version::to_string);
    Some(Finding {
        field: Some(field.yaml_key.to_owned()),
        what: format!(
            "authentik {} no longer returns {} of {}",
            question.to,
            field.yaml_key,
            kind.title()
        ),
        why: format!(
            "not since {}; so akrec cannot compare it: drift of it is not detected, and a changed value in the files is not planned",
            since.unwrap_or_else(|| question.to.to_string())
        ),
        help: format!(
            "nothing has to be done; to change it after the upgrade: --write-secret '{first}'"
        ),
        ..Finding::of(kind, Class::WriteOnly, sites)
    })
}

/// A version whose patch level is known: the newest, where none is named.
fn newest(version: Version) -> Version {
    version.release.patch(version.patch.unwrap_or(u16::MAX))
}

/// Whether a version keeps a field to itself. `unnamed` is the patch level of a release without one.
fn withheld(field: &Field, version: Version, unnamed: u16) -> bool {
    let version = version.release.patch(version.patch.unwrap_or(unnamed));
    // Each line has a first version of its own; a later line that has none begins with it.
    let line = field
        .withheld_since
        .iter()
        .filter(|since| since.release <= version.release)
        .max();
    line.is_some_and(|since| version >= *since)
}

/// Another default, for objects of which the files do not say what they are to have. `field` is that of the present release,
/// `there` that of the target.
fn default_changes(
    question: &Question<'_>,
    kind: &'static Kind,
    field: &'static Field,
    there: &'static Field,
) -> Option<Finding> {
    let (from, to) = question.releases();
    let (before, after) = (
        default_value(field, Some(from)),
        default_value(there, Some(to)),
    );
    if before == after || before.is_none() {
        return None;
    }
    let unsaid = question
        .declared(kind)
        .filter(|object| !object.fields.contains_key(field.name));
    let mut sites = Vec::new();
    let mut decision = false;
    for object in unsaid {
        let value = question
            .existing(object)
            .and_then(|it| it.fields.get(field.name).copied());
        // What somebody has chosen on the server is no default.
        if value.is_some_and(|value| Some(value) != before.as_ref()) {
            continue;
        }
        // A value that is stored and that the target knows stays. What the upgrade makes of one that it does not know, and
        // what an object that is yet to be made gets, differs.
        let stays = question.exists(object) == Some(true)
            && value.is_some_and(|value| is_known(there, value, to));
        decision |= !stays;
        sites.push(site(object, object.span));
    }
    let (old, new) = (
        shown(field.default_in(Some(from))),
        shown(there.default_in(Some(to))),
    );
    let keeps = before
        .as_ref()
        .is_some_and(|value| is_known(there, value, to));
    (!sites.is_empty()).then(|| Finding {
        decision,
        field: Some(field.yaml_key.to_owned()),
        what: format!(
            "{} of {} is {new} by default in authentik {to}, not {old}",
            there.yaml_key,
            kind.title()
        ),
        why: match decision {
            true => "no file declares it, so what these objects do may change".to_owned(),
            false => {
                "no file declares it; these objects keep their value, new ones get the new default"
                    .to_owned()
            }
        },
        help: match keeps {
            true => format!(
                "declare what you want: `{}: {}` keeps it as it is",
                field.yaml_key,
                plain(field.default_in(Some(from)))
            ),
            false => format!(
                "declare what you want: `{}: {}`",
                field.yaml_key,
                plain(there.default_in(Some(to)))
            ),
        },
        ..Finding::of(kind, Class::Default, sites)
    })
}

/// Whether a field takes a value in a release, as far as that is a word of an enumeration.
fn is_known(field: &'static Field, value: &Value, release: Release) -> bool {
    let mut known = true;
    enumerations::each(field, value, &mut |_, words, text| {
        known &= words
            .iter()
            .all(|word| word.name != text || word.is_in(release));
    });
    known
}

/// A default in words.
fn shown(json: Option<&'static str>) -> &'static str {
    match json {
        Some(r#""""#) => "empty",
        Some(json) => json,
        None => "generated by the server",
    }
}

/// A default as state files write it.
fn plain(json: Option<&'static str>) -> &'static str {
    let json = json.unwrap_or("null");
    json.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .filter(|text| !text.is_empty())
        .unwrap_or(json)
}

/// Fields that come, of a kind that the files declare.
fn appear(question: &Question<'_>, kind: &'static Kind, new: &[&'static Field]) -> Option<Finding> {
    question.declared(kind).next()?;
    let to = question.to.release;
    let one = |field: &&'static Field| match field.default_in(Some(to)) {
        Some(default) => format!("{} (default {default})", field.yaml_key),
        None => field.yaml_key.to_owned(),
    };
    let names: Vec<String> = new.iter().map(one).collect();
    Some(Finding {
        field: match new {
            [field] => Some(field.yaml_key.to_owned()),
            _ => None,
        },
        what: format!(
            "authentik {to} has more of {}: {}",
            kind.title(),
            names.join(", ")
        ),
        why: "akrec leaves fields that no file declares unchanged".to_owned(),
        help: format!(
            "nothing has to be done; `akrec explain {}` says what they are",
            kind.name
        ),
        ..Finding::of(kind, Class::FieldNew, Vec::new())
    })
}

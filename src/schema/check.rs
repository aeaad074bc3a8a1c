//! The table checks itself: what a literal can get wrong is found by a test, not by a user.

use std::collections::BTreeSet;

use super::codec::{assumed_value, decode, default_value};
use super::field::{Class, Field};
use super::kind::{Create, Find, Kind, SentTogether};
use super::release::RELEASES;
use super::shape::Shape;

/// Everything that is wrong with a table, in words; empty when nothing is.
///
/// `outside` are families that may be referred to although no kind of the table belongs to them.
pub fn check(kinds: &[&Kind], outside: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    let families: BTreeSet<&str> = kinds
        .iter()
        .map(|kind| kind.family)
        .chain(outside.iter().copied())
        .collect();
    let mut names = BTreeSet::new();
    let mut words = BTreeSet::new();
    let mut paths = BTreeSet::new();
    for kind in kinds {
        let mut say = |what: String| wrong.push(format!("{}: {what}", kind.name));
        if !names.insert(kind.name) {
            say("the name is taken".into());
        }
        if !paths.insert((kind.path, kind.since)) {
            say(format!("the path {} is taken", kind.path));
        }
        if !kind.section.is_empty() && !words.insert((kind.section, kind.type_name)) {
            say(format!("{} is taken", kind.title()));
        }
        place(kind, outside, &mut say);
        key(kind, &mut say);
        children(kind, kinds, &mut say);
        twins(kind, &mut say);
        targets(kind, kinds, &mut say);
        named_fields(kind, &mut say);
        fingerprints(kind, &mut say);
        fields(kind.fields, &families, &mut say);
    }
    wrong
}

/// Takes in what is wrong, in words.
type Say<'a> = &'a mut dyn FnMut(String);

/// Where a kind stands: on the server, in state files, among releases.
fn place(kind: &Kind, outside: &[&str], say: Say<'_>) {
    if !kind.path.starts_with('/') || !kind.path.ends_with('/') {
        say(format!(
            "the path {} must begin and end with a slash",
            kind.path
        ));
    }
    if kind.type_name.is_some() && !outside.contains(&kind.family) {
        say(format!(
            "the family {} has several kinds, and no collection of all its members",
            kind.family
        ));
    }
    if kind.doc.is_empty() {
        say("it has no sentence for people".into());
    }
    if kind
        .since
        .zip(kind.until)
        .is_some_and(|(since, until)| since >= until)
    {
        say("it ends before it begins".into());
    }
    if kind.is_singleton() && (kind.type_name.is_some() || kind.section.is_empty()) {
        say("what there is only one of needs a section of its own".into());
    }
}

/// The fields by which its objects are known.
fn key(kind: &Kind, say: Say<'_>) {
    for name in kind.key_fields() {
        match kind.field(name) {
            None => say(format!("the key field {name} is not a field")),
            Some(field) if kind.is_named() && !field.required => {
                say(format!("the key field {name} must be required"));
            }
            Some(_) => {}
        }
    }
}

/// The kinds of what is written under its objects.
fn children(kind: &Kind, kinds: &[&Kind], say: Say<'_>) {
    for children in kind.children {
        match kinds.iter().find(|other| other.name == children.kind) {
            None => say(format!(
                "its children are of the kind {}, which does not exist",
                children.kind
            )),
            Some(child) if child.field(children.owner).is_none() => {
                say(format!(
                    "its children {} have no field {}",
                    children.yaml_key, children.owner
                ));
            }
            Some(_) => {}
        }
    }
}

/// Fields that say in one release what another field says in others.
fn twins(kind: &Kind, say: Say<'_>) {
    for field in kind
        .fields
        .iter()
        .filter(|field| field.counterpart.is_some())
    {
        let fits = |twin: &Field| {
            twin.counterpart == Some(field.name)
                && twin.shape.families() == field.shape.families()
                && (twin.since, twin.until) == (field.until, field.since)
        };
        if !kind.counterpart(field).is_some_and(fits) {
            say(format!(
                "the twin of {} is none, or not for the other releases",
                field.name
            ));
        }
    }
}

/// The kinds that references take, where they do not take all of a family.
fn targets(kind: &Kind, kinds: &[&Kind], say: Say<'_>) {
    for field in kind.fields {
        if let Some(by) = field.allowed_kinds.deciding_field()
            && kind.field(by).is_none()
        {
            say(format!(
                "what {} takes is decided by {by}, which is not a field of it",
                field.name
            ));
        }
        for name in field.allowed_kinds.all_named() {
            match kinds.iter().find(|other| other.name == name) {
                None => say(format!(
                    "{} takes the kind {name}, which does not exist",
                    field.name
                )),
                Some(other) if !field.shape.families().contains(&other.family) => {
                    say(format!(
                        "{} takes the kind {name}, which is of another family",
                        field.name
                    ));
                }
                Some(other) if other.model.is_empty() => {
                    say(format!(
                        "{} takes {name} alone, and {name} has no model",
                        field.name
                    ));
                }
                Some(_) => {}
            }
        }
    }
}

/// Every field that another fact of the kind names.
fn named_fields(kind: &Kind, say: Say<'_>) {
    for forced in kind.forced {
        if let Some((name, json)) = forced.when {
            let value = kind.field(name).zip(serde_json::from_str(json).ok());
            if value.is_none_or(|(field, raw)| decode(field, &raw, &|_, _| None).is_err()) {
                say(format!(
                    "what {} depends on is not a field of it with such a value",
                    forced.field
                ));
            }
        }
    }
    let mut named: Vec<&str> = kind
        .unique_together
        .iter()
        .flat_map(|fields| fields.iter())
        .copied()
        .collect();
    named.extend_from_slice(kind.unique_on_update);
    for together in kind.sent_together {
        let (SentTogether::WithEveryPatch(fields)
        | SentTogether::WithEveryPatchEvenNull(fields)
        | SentTogether::AllOrNone(fields)) = together;
        named.extend_from_slice(fields);
    }
    if let Create::PostOrImport { field, .. } = kind.create {
        named.push(field);
    }
    named.extend(kind.members.iter().map(|members| members.field));
    named.extend(kind.fields.iter().filter_map(|field| field.family_field));
    if let Find::Owner { field, .. } = kind.find {
        named.push(field);
    }
    named.extend(kind.forced.iter().map(|forced| forced.field));
    named.extend(kind.distinguished_by);
    for name in named {
        if kind.field(name).is_none() {
            say(format!("{name} is not a field of it"));
        }
    }
}

/// Fields that are never given back and compared all the same.
fn fingerprints(kind: &Kind, say: Say<'_>) {
    for field in kind
        .fields
        .iter()
        .filter(|field| field.digest.is_some() || field.sent_with.is_some())
    {
        if field.class != Class::WriteOnly {
            say(format!(
                "{} is returned by the server, so it is compared as it is",
                field.name
            ));
        }
        if field
            .sent_with
            .is_some_and(|other| kind.field(other).is_none_or(|other| other.digest.is_none()))
        {
            say(format!(
                "{} belongs to a field that is not compared by its fingerprint",
                field.name
            ));
        }
    }
}

/// What is wrong with fields by themselves.
fn fields(all: &[Field], families: &BTreeSet<&str>, say: Say<'_>) {
    let mut names = BTreeSet::new();
    for field in all {
        if !names.insert(field.name) {
            say(format!("the field {} is there twice", field.name));
        }
        if field
            .since
            .zip(field.until)
            .is_some_and(|(since, until)| since >= until)
        {
            say(format!("the field {} ends before it begins", field.name));
        }
        let broken = |release| {
            field.default_in(release).is_some() && default_value(field, release).is_none()
        };
        if broken(None) || broken(field.default_before.map(|_| RELEASES[0])) {
            say(format!(
                "the default of {} is not a value of its shape",
                field.name
            ));
        }
        if field.create_default.is_some() && assumed_value(field).is_none() {
            say(format!(
                "what is assumed for {} is not a value of its shape",
                field.name
            ));
        }
        if field.server_adds && !field.shape.is_set() {
            say(format!(
                "{} is not a set, so it has no superset",
                field.name
            ));
        }
        if field.required && field.class == Class::WriteOnly && field.default.is_some() {
            say(format!("{} is required and has a default", field.name));
        }
        for family in field.shape.families() {
            if !families.contains(family) {
                say(format!(
                    "{} refers to the family {family}, which does not exist",
                    field.name
                ));
            }
        }
        match field.shape {
            Shape::Record(inner) => self::fields(inner, families, say),
            Shape::List(Shape::Record(inner)) => self::fields(inner, families, say),
            Shape::Int(least, most) if least > most => {
                say(format!("{} has no number within its bounds", field.name))
            }
            _ => {}
        }
    }
}

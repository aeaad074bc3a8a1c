//! Drift as members of the JSON document: `drift`, and what `skipped` says of unmanaged objects.
//!
//! Must never hold a secret.

use serde_json::{Value as Raw, json};

use super::change::plain;
use crate::diag::{Sources, Span};
use crate::drift::{
    Adopted, Drift, Field, Object, Piece, Side, Since, State, Told, Tool, Unmanaged, Writer,
};
use crate::report::data;
use crate::schema::Class;

/// Puts what was found into a document.
pub fn put(document: &mut Raw, drift: &Drift, sources: &Sources) {
    document["drift"] = drift
        .objects
        .iter()
        .map(|object| one(object, sources))
        .collect();
    document["drifted"] = json!(drift.drifted().count());
    document["since"] = match &drift.since {
        Since::Applied => json!({ "ledger": "read", "reason": null }),
        Since::Nothing => json!({ "ledger": "empty", "reason": null }),
        Since::Unreadable(why) => json!({ "ledger": "unreadable", "reason": why }),
    };
    document["complete"] = (document["errored"] != true).into();
    if let Some(unmanaged) = &drift.unmanaged {
        document["skipped"]["unmanaged"] = unmanaged.objects.len().into();
        document["unmanaged"] = self::unmanaged(unmanaged);
    }
}

/// Puts what became of the files into a document.
pub fn put_adopted(document: &mut Raw, adopted: &Adopted, sources: &Sources) {
    let piece = |piece: &Piece| json!({ "address": piece.address.path(), "field": piece.field, "source": place(piece.source, sources) });
    let left = adopted.left.iter().map(|(it, why)| {
        let mut left = piece(it);
        left["reason"] = json!(why);
        left
    });
    document["adopted"] = json!({
        "done": adopted.done.iter().map(piece).collect::<Vec<_>>(),
        "left": left.collect::<Vec<_>>(),
    });
}

fn unmanaged(unmanaged: &Unmanaged) -> Raw {
    let objects = unmanaged.objects.iter();
    let objects: Vec<Raw> = objects
        .map(|(address, kind)| json!({ "address": address.path(), "kind": kind.name }))
        .collect();
    json!({ "objects": objects, "managed": unmanaged.managed, "coverage_percent": unmanaged.coverage() })
}

fn place(span: Option<Span>, sources: &Sources) -> Raw {
    let place = span.and_then(|span| sources.place(span));
    json!(
        place
            .map(|place| json!({ "file": place.file, "line": place.line, "column": place.column }))
    )
}

/// What became of an object, for machines. Part of the formats: never change one.
pub(in crate::report) fn word(state: &State) -> &'static str {
    match state {
        State::Changed => "changed",
        State::Gone => "gone",
        State::Remade => "remade",
        State::Renamed(_) => "renamed",
        State::Appeared => "appeared",
        State::Unknown => "unknown",
        State::NotApplied => "not_applied",
        State::Leaving => "leaving",
    }
}

fn one(object: &Object, sources: &Sources) -> Raw {
    let state = word(&object.state);
    let now = match &object.state {
        State::Renamed(to) => Some(to.path()),
        _ => None,
    };
    json!({
        "address": object.address.path(),
        "kind": object.kind.name,
        "natural_key": data::key(object.kind, &object.address),
        "state": state,
        "drifted": object.is_drift(),
        "address_on_server": now,
        "source": place(object.source, sources),
        "fields": object.fields.iter().map(|it| field(object, it, sources)).collect::<Vec<_>>(),
        "attribution": object.told.as_ref().map(told),
    })
}

fn field(object: &Object, field: &Field, sources: &Sources) -> Raw {
    let name = field.change.field;
    let (side, delta) = match field.side {
        Side::Server => ("server", field.reversed()),
        Side::Files => ("files", field.change.delta.clone()),
        Side::Both => ("both", field.reversed()),
        Side::Unknown => ("unknown", field.reversed()),
    };
    let changed = match field.change.class {
        Class::Plain => plain(object.kind, name, &delta),
        Class::Secret | Class::WriteOnly => {
            vec![json!({ "path": [name], "op": "set", "sensitive": true })]
        }
    };
    json!({ "field": name, "side": side, "source": place(field.source, sources), "changed_fields": changed })
}

fn told(told: &Told) -> Raw {
    let (status, reason, writers) = match told {
        Told::Writers(writers) => ("known", None, writers.as_slice()),
        Told::Nobody => ("no_api_event", None, &[][..]),
        Told::Unknown(why) => ("unknown", Some(why), &[][..]),
    };
    json!({ "status": status, "reason": reason, "writers": writers.iter().map(writer).collect::<Vec<_>>() })
}

fn writer(writer: &Writer) -> Raw {
    let tool = match &writer.tool {
        Tool::Akrec {
            version,
            run,
            commit,
        } => {
            json!({ "name": "akrec", "version": version, "run": run, "commit": commit })
        }
        Tool::Browser => json!({ "name": "browser" }),
        Tool::Other(agent) => json!({ "name": "other", "user_agent": agent }),
        Tool::Unsaid => Raw::Null,
    };
    json!({
        "what": writer.what, "user": writer.user, "acting_as": writer.acting_as, "from": writer.from, "tool": tool,
        "at": writer.at.map(|at| at.to_string()),
    })
}

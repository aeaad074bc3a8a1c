//! JSON Schemas of what akrec writes for machines: the document of each verb that has one, and the event stream.
//!
//! They promise what is there and leave room for more: within a major version members are only added, so that a reader
//! must pass over what it does not know. `strict` schemas, which allow nothing that is not named, are for akrec's own
//! tests: they hold the promise to be complete.

mod answers;
mod events;
mod plan;

use serde_json::{Map, Value as Raw, json};

/// What a schema is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    /// The document of `plan`, `apply` and `show`.
    Plan,
    /// The document of `drift`.
    Drift,
    /// The document of `validate`.
    Diagnostics,
    /// One line of the event stream.
    Events,
    /// The documents of `access`.
    Access,
    /// The document of `diff`.
    Diff,
    /// The document of `verify`.
    Verify,
    /// The documents of `invite`.
    Invite,
    /// The document of `upgrade`.
    Upgrade,
    /// The documents of `kinds` and `explain`.
    Kinds,
}

/// The schema of a document.
pub fn schema(of: Of, strict: bool) -> Raw {
    let (title, verbs, body) = match of {
        Of::Plan => (
            "plan",
            "What `akrec plan`, `apply` and `show` write with --format json.",
            plan::plan(false),
        ),
        Of::Drift => (
            "drift",
            "What `akrec drift` writes with --format json.",
            plan::plan(true),
        ),
        Of::Diagnostics => (
            "diagnostics",
            "What `akrec validate` writes with --format json.",
            plan::checked(),
        ),
        Of::Events => (
            "events",
            "One line of what `akrec apply` writes with --format events.",
            events::event(),
        ),
        Of::Access => (
            "access",
            "What `akrec access` writes with --format json.",
            answers(answers::access()),
        ),
        Of::Diff => (
            "diff",
            "What `akrec diff` writes with --format json.",
            answers(vec![answers::diff()]),
        ),
        Of::Verify => (
            "verify",
            "What `akrec verify` writes with --format json.",
            answers(vec![answers::verify()]),
        ),
        Of::Invite => (
            "invite",
            "What `akrec invite` writes with --format json.",
            answers(answers::invite()),
        ),
        Of::Upgrade => (
            "upgrade",
            "What `akrec upgrade` writes with --format json.",
            answers(vec![answers::upgrade()]),
        ),
        Of::Kinds => (
            "kinds",
            "What `akrec kinds` and `explain` write with --format json.",
            answers(answers::kinds()),
        ),
    };
    let mut known = definitions();
    if of == Of::Kinds {
        join(&mut known, answers::definitions());
    }
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("akrec {title}"),
        "description": verbs,
        "$defs": known,
    });
    join(&mut schema, body);
    if strict {
        close(&mut schema);
    }
    schema
}

/// One of several answers, or none because something went wrong: what all documents have is there in any case.
fn answers(all: Vec<Raw>) -> Raw {
    let envelope = || {
        json!({
            "format_version": version(super::json::FORMAT), "akrec_version": text(), "exit_code": exit_code(),
            "diagnostics": list(known("diagnostic")),
        })
    };
    let none = object(envelope());
    let whole = |members: Raw| {
        let mut all = envelope();
        join(&mut all, members);
        object(all)
    };
    json!({ "anyOf": all.into_iter().map(whole).chain([none]).collect::<Vec<_>>() })
}

/// Puts the members of one object into another.
fn join(into: &mut Raw, more: Raw) {
    if let (Some(into), Raw::Object(more)) = (into.as_object_mut(), more) {
        into.extend(more);
    }
}

/// Forbids what is not named, wherever members are named.
fn close(schema: &mut Raw) {
    match schema {
        Raw::Object(parts) => {
            parts.values_mut().for_each(close);
            if parts.contains_key("properties") && parts.get("type") == Some(&json!("object")) {
                parts.entry("additionalProperties").or_insert(false.into());
            }
        }
        Raw::Array(parts) => parts.iter_mut().for_each(close),
        _ => {}
    }
}

/// An object that has all of these members.
fn object(members: Raw) -> Raw {
    with(members, json!({}))
}

/// An object that has all of the first, and may have the second.
fn with(members: Raw, more: Raw) -> Raw {
    let required: Vec<String> = members
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect();
    let mut properties = members.as_object().cloned().unwrap_or_default();
    properties.extend(more.as_object().cloned().unwrap_or_else(Map::new));
    json!({ "type": "object", "required": required, "properties": properties })
}

fn list(of: Raw) -> Raw {
    json!({ "type": "array", "items": of })
}

fn text() -> Raw {
    json!({ "type": "string" })
}

fn number() -> Raw {
    json!({ "type": "integer", "minimum": 0 })
}

fn flag() -> Raw {
    json!({ "type": "boolean" })
}

fn or_null(of: Raw) -> Raw {
    json!({ "anyOf": [of, { "type": "null" }] })
}

fn known(name: &str) -> Raw {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn words(all: &[&str]) -> Raw {
    json!({ "enum": all })
}

/// The version: this major one, and any minor one of it.
fn version(now: &str) -> Raw {
    let major = now.split('.').next().unwrap_or_default();
    json!({
        "type": "string", "pattern": format!("^{major}\\.[0-9]+$"),
        "description": "Minor: only additions; ignore what you do not know. Major: reject what you do not know.",
    })
}

fn exit_code() -> Raw {
    json!({ "type": "integer", "minimum": 0, "maximum": 255, "description": "The exit code of the run." })
}

fn definitions() -> Raw {
    let path = || list(json!({ "type": ["string", "integer"] }));
    let point = || object(json!({ "line": number(), "column": number(), "byte": number() }));
    let range = || object(json!({ "filename": text(), "start": point(), "end": point() }));
    json!({
        "code": { "type": "string", "pattern": "^AKR[0-9]{4}$" },
        "fingerprint": { "type": "string", "pattern": "^sha256:[0-9a-f]{16}$" },
        "verdict": words(&["allow", "deny", "conditional", "unknown"]),
        "verb": words(&["add", "change", "rename", "delete", "adopt", "forget"]),
        "place": object(json!({ "file": text(), "line": number(), "column": number() })),
        "weakened": object(json!({
            "setting": text(), "value": text(), "instead_of": text(), "than": words(&["default", "base"]),
            "source": or_null(known("place")),
        })),
        "assertion": object(json!({
            "text": text(), "result": words(&["ok", "failed", "unknown"]), "source": or_null(known("place")), "why": list(text()),
        })),
        "diagnostic": object(json!({
            "severity": words(&["error", "warning"]),
            "code": known("code"),
            "summary": text(),
            "detail": text(),
            "label": or_null(text()),
            "help": or_null(text()),
            "fix": { "type": "null" },
            "range": or_null(range()),
            "snippet": or_null(object(json!({
                "context": { "type": "null" }, "code": text(), "start_line": number(),
                "highlight_start_offset": number(), "highlight_end_offset": number(),
                "values": { "type": "array" },
            }))),
            "related": list(object(json!({ "message": text(), "range": or_null(range()) }))),
        })),
        "changed_field": with(
            json!({ "path": path(), "op": words(&["set", "set_add", "set_remove", "remove"]) }),
            json!({
                "old": {}, "new": {}, "sensitive": flag(), "write_only": flag(), "old_fingerprint": text(),
                "new_fingerprint": text(),
            }),
        ),
        "change": object(json!({
            "id": { "type": "string", "pattern": "^c[0-9]+$" },
            "address": text(),
            "kind": text(),
            "natural_key": { "type": "object" },
            "live_id": or_null(text()),
            "previous_address": or_null(text()),
            "actions": list(words(&["no-op", "create", "read", "update", "delete", "forget"])),
            "reason": or_null(text()),
            "second": flag(),
            "adopts": flag(),
            "source": or_null(known("place")),
            "before": or_null(json!({ "type": "object" })),
            "after": or_null(json!({ "type": "object" })),
            "after_unknown": { "type": "object" },
            "preselected": list(text()),
            "sensitive": list(path()),
            "changed_fields": list(known("changed_field")),
            "depends_on": list(text()),
            "risk": list(text()),
            "used_by": list(object(json!({
                "name": text(), "kind": text(), "fate": words(&["deleted", "cleared"]), "part": flag(),
            }))),
            "precondition": or_null(known("fingerprint")),
            "outcome": or_null(object(json!({
                "status": words(&["done", "failed", "moved", "blocked", "stopped"]), "blocked_by": or_null(text()),
                "diagnostic": or_null(known("diagnostic")),
            }))),
        })),
    })
}

//! JSON Schemas of what akrec writes for machines: the document of a plan, of drift, of a check, and the event stream.
//!
//! They promise what is there and leave room for more: within a major version members are only added, so that a reader
//! must pass over what it does not know. `strict` schemas, which allow nothing that is not named, are for akrec's own
//! tests: they hold the promise to be complete.

use serde_json::{Map, Value as Raw, json};

use super::{events, json};

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
}

/// The schema of a document.
pub fn schema(of: Of, strict: bool) -> Raw {
    let (title, text, body) = match of {
        Of::Plan => ("akrec plan", "What `akrec plan`, `apply` and `show` write with --format json.", plan(false)),
        Of::Drift => ("akrec drift", "What `akrec drift` writes with --format json.", plan(true)),
        Of::Diagnostics => ("akrec diagnostics", "What `akrec validate` writes with --format json.", checked()),
        Of::Events => ("akrec events", "One line of what `akrec apply` writes with --format events.", event()),
    };
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": text,
        "$defs": definitions(),
    });
    if let (Some(into), Raw::Object(body)) = (schema.as_object_mut(), body) {
        into.extend(body);
    }
    if strict {
        close(&mut schema);
    }
    schema
}

/// Forbids what is not named, wherever members are named.
fn close(schema: &mut Raw) {
    match schema {
        Raw::Object(parts) => {
            parts.values_mut().for_each(close);
            if parts.contains_key("properties") && parts.get("type") == Some(&json!("object")) {
                parts.insert("additionalProperties".to_owned(), false.into());
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
    let required: Vec<String> = members.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
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
        "description": "Minor: only additions; pass over what you do not know. Major: reject what you do not know.",
    })
}

fn exit_code() -> Raw {
    json!({ "type": "integer", "minimum": 0, "maximum": 255, "description": "The exit code of the run." })
}

fn plan(drift: bool) -> Raw {
    let members = json!({
        "format_version": version(json::FORMAT),
        "akrec_version": text(),
        "exit_code": exit_code(),
        "run": { "type": "object", "description": "The only part that differs between runs of equal input." },
        "server": object(json!({ "url": or_null(text()), "version": or_null(text()), "id": or_null(text()) })),
        "actor": object(json!({ "username": or_null(text()) })),
        "source": object(json!({ "revision": or_null(text()), "dirty": or_null(flag()), "env": or_null(text()) })),
        "fingerprint": object(json!({
            "config": or_null(known("fingerprint")), "live": or_null(known("fingerprint")),
            "kinds": { "type": "object", "additionalProperties": known("fingerprint") },
        })),
        "complete": flag(),
        "errored": flag(),
        "scope": object(json!({ "targets": list(text()), "excludes": list(text()), "prune": list(text()) })),
        "changes": list(known("change")),
        "drift": list(if drift { drifted() } else { json!(false) }),
        "access": access(),
        "skipped": object(json!({
            "unmanaged": or_null(number()), "protected": list(text()), "expiring": list(text()),
            "ignored": list(text()), "targeted_out": list(text()), "ignored_fields": number(),
        })),
        "safety": list(with(
            json!({ "rail": text(), "code": known("code"), "ok": flag(), "waived": flag() }),
            json!({ "kind": text(), "limit": { "type": ["integer", "string"] }, "value": number(), "of": number() }),
        )),
        "assertions": list(known("assertion")),
        "diagnostics": list(known("diagnostic")),
        "summary": object(json!({
            "adopt": number(), "add": number(), "change": number(), "rename": number(), "delete": number(),
            "forget": number(), "blocked": number(),
        })),
        "applied": or_null(object(json!({
            "adopt": number(), "add": number(), "change": number(), "rename": number(), "delete": number(),
            "forget": number(), "failed": number(), "blocked": number(), "stopped": number(), "interrupted": flag(),
        }))),
    });
    if !drift {
        return object(members);
    }
    // A run that failed before anything was compared has none of the last ones.
    let piece = || json!({ "address": text(), "field": or_null(text()), "source": or_null(known("place")) });
    let mut left = piece();
    left["reason"] = text();
    with(
        members,
        json!({
            "drifted": number(),
            "since": object(json!({
                "ledger": words(&["read", "empty", "unreadable"]), "reason": or_null(text()),
            })),
            "unmanaged": object(json!({
                "objects": list(object(json!({ "address": text(), "kind": text() }))), "managed": number(),
                "coverage_percent": { "type": "integer", "minimum": 0, "maximum": 100 },
            })),
            "adopted": object(json!({ "done": list(object(piece())), "left": list(object(left)) })),
        }),
    )
}

fn access() -> Raw {
    let moves = || {
        object(json!({
            "address": text(), "from": known("verdict"), "to": known("verdict"), "reason": text(),
            "users": list(text()),
        }))
    };
    with(
        json!({
            "gained": list(moves()), "lost": list(moves()),
            "unknown": list(json!({ "anyOf": [moves(), object(json!({ "reason": text() }))] })),
            "opened_to_all": list(object(json!({ "address": text(), "new": flag() }))),
        }),
        json!({
            "conditional": list(moves()), "closed": list(text()), "new_users": list(text()),
            "deleted_users": list(text()),
        }),
    )
}

fn drifted() -> Raw {
    let states = ["changed", "gone", "remade", "renamed", "appeared", "unknown", "not_applied", "leaving"];
    let writer = object(json!({
        "what": text(), "user": text(), "acting_as": or_null(text()), "from": or_null(text()),
        "at": or_null(text()),
        "tool": or_null(with(json!({ "name": words(&["akrec", "browser", "other"]) }), json!({
            "version": text(), "run": or_null(text()), "commit": or_null(text()), "user_agent": text(),
        }))),
    }));
    object(json!({
        "address": text(),
        "kind": text(),
        "natural_key": { "type": "object" },
        "state": words(&states),
        "drifted": flag(),
        "address_on_server": or_null(text()),
        "source": or_null(known("place")),
        "fields": list(object(json!({
            "field": text(), "side": words(&["server", "files", "both", "unknown"]),
            "source": or_null(known("place")), "changed_fields": list(known("changed_field")),
        }))),
        "attribution": or_null(object(json!({
            "status": words(&["known", "no_api_event", "unknown"]), "reason": or_null(text()),
            "writers": list(writer),
        }))),
    }))
}

fn checked() -> Raw {
    object(json!({
        "format_version": version(json::FORMAT),
        "akrec_version": text(),
        "valid": flag(),
        "exit_code": exit_code(),
        "error_count": number(),
        "warning_count": number(),
        "objects": number(),
        "assertions": list(known("assertion")),
        "diagnostics": list(known("diagnostic")),
    }))
}

/// One line of the stream: which type it is says which members it has.
fn event() -> Raw {
    let one = |name: &str, members: Raw| {
        let mut all = json!({ "type": { "const": name }, "at": { "type": "string", "format": "date-time" } });
        if let (Some(all), Raw::Object(members)) = (all.as_object_mut(), members) {
            all.extend(members);
        }
        object(all)
    };
    let purpose = || words(&["plan", "proof"]);
    let step = |more: Raw| {
        let mut members = json!({ "id": text(), "address": text(), "kind": text(), "action": known("verb") });
        if let (Some(all), Raw::Object(more)) = (members.as_object_mut(), more) {
            all.extend(more);
        }
        members
    };
    let summary = object(json!({
        "adopt": number(), "add": number(), "change": number(), "rename": number(), "delete": number(),
        "forget": number(),
    }));
    json!({ "oneOf": [
        one("version", json!({ "format": version(events::FORMAT), "akrec_version": text() })),
        one("diagnostic", json!({ "diagnostic": known("diagnostic") })),
        one("refresh_start", json!({ "purpose": purpose() })),
        one("refresh_complete", json!({ "purpose": purpose(), "objects": number() })),
        one("planned_change", json!({ "change": known("change") })),
        one("change_summary", json!({ "operation": words(&["plan", "apply"]), "summary": summary })),
        one("apply_start", step(json!({}))),
        one("apply_progress", json!({ "done": number(), "total": number() })),
        one("apply_complete", step(json!({}))),
        one("apply_errored", step(json!({ "diagnostic": known("diagnostic") }))),
        one("apply_blocked", step(json!({ "reason": { "const": "blocked" }, "blocked_by": text(), "code": known("code") }))),
        one("apply_blocked", step(json!({ "reason": { "const": "stopped" }, "blocked_by": { "type": "null" } }))),
        one("outputs", json!({ "exit_code": exit_code(), "run": { "type": "object" } })),
    ] })
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

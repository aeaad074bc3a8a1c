//! The documents of plans, of drift and of a check of the files.

use serde_json::{Value as Raw, json};

use super::{exit_code, flag, known, list, number, object, or_null, text, version, with, words};

/// The document of `plan`, `apply` and `show`, or that of `drift`.
pub(super) fn plan(drift: bool) -> Raw {
    let members = json!({
        "format_version": version(super::super::json::FORMAT),
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
        "skipped": with(json!({
            "unmanaged": or_null(number()), "protected": list(text()), "expiring": list(text()),
            "ignored": list(text()), "targeted_out": list(text()), "ignored_fields": number(),
            "uncompared_secrets": list(text()),
        }), json!({
            "list_items": list(object(json!({ "address": text(), "field": text(), "item": text(), "reason": text() }))),
        })),
        "safety": list(with(
            json!({ "rail": text(), "code": known("code"), "ok": flag(), "waived": flag() }),
            json!({ "kind": text(), "limit": { "type": ["integer", "string"] }, "value": number(), "of": number() }),
        )),
        "weakened": list(known("weakened")),
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
            "opened_to_all": list(object(json!({ "address": text(), "new": flag(), "by": words(&["new", "last_binding", "setting"]) }))),
        }),
        json!({
            "conditional": list(moves()), "closed": list(text()), "new_users": list(text()),
            "deleted_users": list(text()),
        }),
    )
}

fn drifted() -> Raw {
    let states = [
        "changed",
        "gone",
        "remade",
        "renamed",
        "appeared",
        "unknown",
        "not_applied",
        "leaving",
    ];
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

/// The document of `validate`.
pub(super) fn checked() -> Raw {
    object(json!({
        "format_version": version(super::super::json::FORMAT),
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

//! The event stream.

use serde_json::{Value as Raw, json};

use super::{exit_code, join, known, number, object, text, version, words};

/// One line of the stream: which type it is says which members it has.
pub(super) fn event() -> Raw {
    let one = |name: &str, members: Raw| {
        let mut all =
            json!({ "type": { "const": name }, "at": { "type": "string", "format": "date-time" } });
        join(&mut all, members);
        object(all)
    };
    let purpose = || words(&["plan", "proof"]);
    let step = |more: Raw| {
        let mut members =
            json!({ "id": text(), "address": text(), "kind": text(), "action": known("verb") });
        join(&mut members, more);
        members
    };
    let summary = object(json!({
        "adopt": number(), "add": number(), "change": number(), "rename": number(), "delete": number(),
        "forget": number(),
    }));
    json!({ "oneOf": [
        one("version", json!({ "format": version(super::super::events::FORMAT), "akrec_version": text() })),
        one("diagnostic", json!({ "diagnostic": known("diagnostic") })),
        one("refresh_start", json!({ "purpose": purpose() })),
        one("refresh_complete", json!({ "purpose": purpose(), "objects": number() })),
        one("weakened", json!({ "weakened": known("weakened") })),
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

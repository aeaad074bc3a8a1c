//! The documents of verbs that answer a question: what each says beside what all documents say.

use serde_json::{Value as Raw, json};

use super::{flag, join, known, list, number, object, or_null, text, with, words};

/// Of `access`: a table; who gains and who loses; what the server said of single verdicts.
pub(super) fn access() -> Vec<Raw> {
    let server = || or_null(server());
    let bound = |more: Raw| {
        // What is bound: `group`, `user`, `policy`, or the kind of what akrec does not know, each with its name.
        let mut bound = object(more);
        bound["additionalProperties"] = text();
        bound
    };
    let gate = |more: Raw| {
        let mut members = json!({ "application": text(), "entitlement": or_null(text()) });
        join(&mut members, more);
        members
    };
    let row = object(gate(json!({
        "open": flag(), "mode": words(&["any", "all"]),
        "bindings": list(bound(json!({ "enabled": flag(), "negate": flag(), "order": { "type": "integer" } }))),
        "allow": or_null(number()), "conditional": or_null(number()), "unknown": or_null(number()),
    })));
    let verdict = object(gate(json!({
        "user": text(), "active": flag(), "verdict": known("verdict"), "reason": text(),
        "because": list(bound(json!({ "negate": flag(), "path": list(text()) }))),
    })));
    let moves = object(json!({
        "address": text(), "from": known("verdict"), "to": known("verdict"), "reason": text(), "users": list(text()),
    }));
    let change = object(gate(json!({
        "new": flag(), "deleted": flag(), "opens": flag(), "closes": flag(), "moves": list(moves),
    })));
    let counted = || object(json!({ "allow": number(), "deny": number() }));
    vec![
        json!({
            "of": words(&["server", "files", "planned"]), "server": server(), "rule": text(),
            "users": or_null(number()), "unseen_memberships": number(),
            "unreadable": { "type": "object", "additionalProperties": text() }, "default_access": or_null(flag()),
            "groups_not_fully_known": list(text()), "applications": list(row), "verdicts": list(verdict),
        }),
        json!({
            "unknown": or_null(text()), "changes": list(change), "new_users": list(text()),
            "deleted_users": list(text()),
        }),
        json!({
            "server": server(), "verdicts": number(), "asked": number(), "same": counted(), "conditional": counted(),
            "unknown": counted(),
            "disagreements": list(object(json!({
                "application": text(), "user": text(), "verdict": known("verdict"), "reason": text(),
                "server": text(),
            }))),
        }),
    ]
}

/// Of `diff`.
pub(super) fn diff() -> Raw {
    let side = || object(json!({ "place": text(), "version": text() }));
    let names = || list(object(json!({ "address": text(), "field": text() })));
    let field = with(
        json!({ "field": text() }),
        json!({
            "sensitive": flag(), "from": {}, "to": {}, "only_in_from": {}, "only_in_to": {},
            "keys": list(object(json!({ "key": text(), "from": {}, "to": {} }))),
        }),
    );
    json!({
        "complete": flag(), "from": side(), "to": side(),
        "differences": list(object(json!({
            "address": text(), "kind": text(), "how": words(&["only_in_from", "only_in_to", "different"]),
            "fields": list(field),
        }))),
        "own": names(),
        "not_compared": object(json!({
            "fields": names(), "objects": list(object(json!({ "what": text(), "reason": text() }))),
            "one_release": list(object(json!({ "kind": text(), "field": text() }))),
        })),
        "summary": object(json!({
            "only_in_from": number(), "only_in_to": number(), "different": number(), "equal": number(),
        })),
    })
}

/// Of `verify`.
pub(super) fn verify() -> Raw {
    let probe = object(json!({
        "probe": text(), "result": words(&["pass", "fail", "skip"]), "detail": text(), "help": or_null(text()),
        "milliseconds": or_null(number()),
    }));
    json!({
        "server": server(),
        "applications": list(object(json!({ "application": text(), "probes": list(probe) }))),
        "summary": object(json!({ "passed": number(), "failed": number(), "skipped": number() })),
    })
}

/// Of `invite`: a new invitation, or all.
pub(super) fn invite() -> Vec<Raw> {
    let time = || json!({ "type": "string", "format": "date-time" });
    let one = object(json!({
        "name": text(), "flow": or_null(text()), "expires": or_null(time()), "single_use": flag(),
        "group": or_null(text()), "data": list(text()), "created_by": text(),
    }));
    vec![
        json!({ "name": text(), "flow": text(), "expires": time(), "single_use": flag(), "link": text() }),
        json!({ "invitations": list(one) }),
    ]
}

/// Of `upgrade`.
pub(super) fn upgrade() -> Raw {
    let classes: Vec<&str> = crate::report::upgrade::classes().collect();
    let finding = object(json!({
        "class": words(&classes), "decision": flag(), "kind": or_null(text()), "field": or_null(text()),
        "words": list(text()), "what": text(), "why": text(), "help": text(),
        "objects": list(object(json!({
            "address": or_null(text()), "declared": flag(), "source": or_null(known("place")),
        }))),
    }));
    json!({
        "from": object(json!({
            "of": words(&["server", "export", "files"]), "place": or_null(text()), "version": text(),
        })),
        "to": text(), "decisions": number(), "findings": list(finding),
        "not_judged": object(json!({ "raw": list(text()) })),
    })
}

/// Of `kinds` and `explain`: kinds with their fields, `raw`, codes, or what a server has besides.
pub(super) fn kinds() -> Vec<Raw> {
    let gap = || {
        list(object(json!({
            "what": words(&["collection", "field", "word"]), "path": text(), "kind": or_null(text()),
            "field": or_null(text()), "word": or_null(text()),
        })))
    };
    let words = || list(object(json!({ "word": text(), "meaning": text() })));
    let kinds = || list(known("kind"));
    vec![
        json!({ "kinds": kinds() }),
        json!({
            "kinds": kinds(),
            "left_out": list(object(json!({ "api_path": text(), "what": text(), "why": text() }))),
        }),
        json!({ "codes": list(object(json!({ "code": known("code"), "explanation": text() }))) }),
        json!({ "section": text(), "about": text(), "words": words(), "values": words(), "example": text() }),
        json!({
            "server": server(), "unknown": gap(), "missing": gap(), "compared": number(),
            "left_out": list(object(json!({ "path": text(), "reason": text() }))),
        }),
    ]
}

/// What only documents of kinds have: a kind, a field and what it holds.
pub(super) fn definitions() -> Raw {
    let release = || or_null(text());
    let typed = |name: &str, more: Raw| {
        let mut members = json!({ "type": { "const": name } });
        join(&mut members, more);
        object(members)
    };
    json!({
        "kind": object(json!({
            "kind": text(), "family": text(), "section": or_null(text()), "type": or_null(text()),
            "title": or_null(text()), "doc": text(), "api_path": text(), "key": list(text()), "known_by": {},
            "slug_key": flag(), "aliases": list(text()), "enterprise": flag(), "needs": list(text()),
            "since": release(), "until": release(),
            "owners": list(object(json!({ "kind": text(), "word": text() }))),
            "fields": list(known("field")),
            "children": list(object(json!({
                "word": text(), "kind": text(),
                "form": words(&["mapping by name", "ordered list", "list", "mapping of fields"]),
            }))),
            "example": text(),
        })),
        "field": object(json!({
            "name": text(), "api_name": text(), "holds": known("shape"), "only_kinds": {}, "key": flag(),
            "required": flag(), "nullable": flag(), "cleared_by": {}, "has_default": flag(), "default": {},
            "default_before": or_null(object(json!({ "release": text(), "default": {} }))),
            "withheld_from": list(text()),
            "secret": or_null(words(&["compared", "write-only"])), "compared_by": or_null(text()),
            "preselected": {}, "longest": or_null(number()), "not_empty": flag(), "format": or_null(text()),
            "only_the_server_can_tell": or_null(text()), "sent_with": {}, "generated": flag(), "creation_only": flag(), "server_adds_items": flag(),
            "since": release(), "until": release(), "doc": text(),
        })),
        "shape": { "anyOf": [
            object(json!({ "type": words(&["text", "boolean", "number", "duration", "time"]) })),
            typed("content", json!({ "maximum": number() })),
            typed("integer", json!({ "minimum": {}, "maximum": {} })),
            typed("word", json!({
                "words": list(object(json!({ "word": text(), "since": release(), "until": release() }))),
            })),
            typed("data", json!({ "by_key": flag() })),
            typed("reference", json!({ "families": list(text()) })),
            typed("grant", json!({ "permission": {}, "families": {} })),
            typed("set", json!({ "items": known("shape") })),
            typed("list", json!({ "items": known("shape") })),
            typed("mapping", json!({ "fields": list(known("field")) })),
        ] },
    })
}

fn server() -> Raw {
    object(json!({ "url": text(), "version": text() }))
}

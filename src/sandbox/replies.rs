//! Answers that more than one file gives.
//! Must never look at the world.

use super::facts::Collection;
use super::ids::canonical_uuid;
use super::types::Reply;

/// The answer to a key that nobody has. What could not even be one is not looked for.
pub(super) fn no_object(collection: &Collection, key: &str) -> Reply {
    let could_be = match (collection.key.as_str(), collection.pk_type.as_str()) {
        ("slug" | "identifier", _) => true,
        (_, "integer") => key.parse::<i64>().is_ok(),
        _ => canonical_uuid(key).is_some(),
    };
    match could_be {
        true => Reply::absent(&collection.model),
        false => Reply::detail(404, "Not found."),
    }
}

/// The server fails at a read: a page, and nothing in it that could be read.
pub(super) fn crash() -> Reply {
    Reply::empty(500)
}

pub(super) fn not_allowed(method: &str) -> Reply {
    Reply::detail(405, &format!("Method \"{method}\" not allowed."))
}

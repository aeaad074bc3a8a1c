//! Which paths can stand under `raw`: collections below `/api/v3` that the table does not have.
//!
//! Judged by the text alone. What the server has at a path is found out when it is read.

use crate::diag::{Code, Diagnostic, Span};
use crate::kinds;
use crate::schema::Kind;

/// The longest path that is taken.
const LONGEST: usize = 200;

/// What is no configuration, though the API has it.
const REFUSED: &[(&str, &str)] = &[
    (
        "/admin/",
        "it describes the running server, not its configuration",
    ),
    (
        "/events/events/",
        "it is the audit log, which only authentik writes",
    ),
    ("/flows/executor/", "it is where people sign in"),
    ("/flows/inspector/", "it is where people sign in"),
    (
        "/oauth2/",
        "it holds what was issued to people who signed in",
    ),
    (
        "/root/",
        "it describes the running server, not its configuration",
    ),
    ("/schema/", "it is the description of the API"),
    (
        "/tenants/",
        "the API allows it only with the installation's own key",
    ),
];

/// Refuses what cannot be a collection that akrec does not know.
pub(super) fn check(path: &str, span: Span) -> Result<(), Box<Diagnostic>> {
    let refuse =
        |message: String, label: &str| Diagnostic::error(Code::RAW_PATH, message).at(span, label);
    let form = |why: &str, label: &str| {
        Err(Box::new(refuse(why.to_owned(), label).help(
            "write the path of the list below /api/v3: `/endpoints/things/`",
        )))
    };
    if path.contains("://") || path.starts_with("//") {
        return form(
            "a raw collection is named by its path, not by an address",
            "an address",
        );
    }
    if path.contains(['?', '#']) {
        return form(
            "a raw collection is named by its path alone",
            "with a query",
        );
    }
    if path.split('/').any(|part| matches!(part, "." | "..")) {
        return form(
            "the path of a raw collection cannot lead upwards",
            "`.` or `..`",
        );
    }
    if path.starts_with("/api/v3") {
        return form(
            "the path of a raw collection is relative to /api/v3",
            "remove /api/v3",
        );
    }
    if let Some(kind) = known(path) {
        return Err(Box::new(section(
            kind,
            refuse(
                format!("akrec already supports {}", kind.path),
                "not a raw collection",
            ),
        )));
    }
    let whole = format!("/{}/", path.trim_matches('/'));
    if path != whole {
        let problem = refuse(
            "the path of a raw collection must begin and end with a slash".to_owned(),
            "no slash",
        );
        return Err(Box::new(problem.help(format!("write `{whole}`"))));
    }
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let plain = |part: &&str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
    };
    if parts.len() < 2 && parts.iter().all(plain) {
        return form(
            "this is not the path of a collection",
            "only one part: the group that it belongs to is missing",
        );
    }
    if path.len() > LONGEST || !parts.iter().all(plain) {
        return form(
            "this is not the path of a collection",
            "lowercase letters, digits, `-` and `_` between slashes",
        );
    }
    if parts.iter().any(|part| is_id(part)) {
        return form("a raw collection is a list, not one object of it", "an id");
    }
    if let Some((_, why)) = REFUSED.iter().find(|(start, _)| path.starts_with(start)) {
        return Err(Box::new(
            refuse(format!("{path} cannot be declared"), "not configuration").note(*why),
        ));
    }
    if let Some(kind) = kinds::KINDS.iter().find(|kind| path.starts_with(kind.path)) {
        let problem = refuse(
            format!("{path} is below {}, so it is not a collection", kind.path),
            "an action, or one object",
        );
        return Err(Box::new(section(kind, problem)));
    }
    Ok(())
}

/// The kind whose collection a path means, whatever its slashes and capitals.
fn known(path: &str) -> Option<&'static Kind> {
    let meant = path.trim().trim_matches('/').to_ascii_lowercase();
    let all = kinds::KINDS.iter().copied().chain(kinds::OUTSIDE.iter());
    all.into_iter()
        .find(|kind| kind.path.trim_matches('/') == meant)
}

/// Where objects of a known kind are declared instead.
fn section(kind: &'static Kind, problem: Diagnostic) -> Diagnostic {
    if !kind.section.is_empty() {
        return problem.help(format!(
            "use the section `{}`: `akrec explain {}`",
            kind.section, kind.name
        ));
    }
    let owner = || {
        kinds::KINDS
            .iter()
            .find(|owner| owner.children.iter().any(|of| of.kind == kind.name))
    };
    match kinds::family(kind.family).find(|other| !other.section.is_empty()) {
        Some(other) => problem.help(format!(
            "use the section `{}`, where `type` says which kind it is",
            other.section
        )),
        None if owner().is_some() => problem.help(format!(
            "they are written under the object that they belong to: `akrec explain {}`",
            kind.name
        )),
        None => problem.note("objects of it can only be referred to"),
    }
}

/// A number or a uuid, which names an object.
fn is_id(part: &str) -> bool {
    let number = part.chars().all(|c| c.is_ascii_digit());
    let groups: Vec<usize> = part.split('-').map(str::len).collect();
    number
        || (groups == [8, 4, 4, 4, 12] && part.chars().all(|c| c.is_ascii_hexdigit() || c == '-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::FileId;

    fn said(path: &str) -> String {
        let span = Span {
            file: FileId(0),
            start: 0,
            end: 1,
        };
        check(path, span)
            .err()
            .map_or_else(String::new, |diagnostic| {
                let more = diagnostic
                    .help
                    .into_iter()
                    .chain(diagnostic.notes)
                    .collect::<Vec<_>>()
                    .join("; ");
                format!("{} | {more}", diagnostic.message)
            })
    }

    #[test]
    fn collections_that_nobody_knows_are_taken() {
        for path in [
            "/endpoints/new_things/",
            "/providers/new_protocol/",
            "/authenticators/admin/static/",
        ] {
            assert_eq!(said(path), "");
        }
    }

    #[test]
    fn what_akrec_knows_has_a_section() {
        for path in [
            "/core/groups/",
            "/core/groups",
            "core/groups/",
            "/Core/Groups/",
            " /core/groups/",
        ] {
            assert_eq!(
                said(path),
                "akrec already supports /core/groups/ | use the section `groups`: `akrec explain group`"
            );
        }
        assert!(
            said("/stages/all/").contains("use the section `stages`, where `type` says"),
            "{}",
            said("/stages/all/")
        );
        assert!(said("/policies/bindings/").contains("under the object that they belong to"));
        assert!(said("/rbac/permissions/").contains("can only be referred to"));
    }

    #[test]
    fn what_is_no_collection_is_refused() {
        for (path, why) in [
            ("https://auth.example.org/api/v3/a/b/", "not by an address"),
            ("//auth.example.org/b/", "not by an address"),
            ("/a/b/?name=c", "by its path alone"),
            ("/a/../core/users/", "cannot lead upwards"),
            ("/api/v3/a/b/", "is relative to /api/v3"),
            ("/a/b", "must begin and end with a slash | write `/a/b/`"),
            ("a/b/", "must begin and end with a slash | write `/a/b/`"),
            ("/a//b/", "not the path of a collection"),
            ("/a/b%2f/", "not the path of a collection"),
            ("/a/b c/", "not the path of a collection"),
            ("/a/{id}/", "not the path of a collection"),
            ("/a/", "not the path of a collection"),
            ("/", "must begin and end with a slash"),
            ("", "must begin and end with a slash"),
            ("/a/b/17/", "not one object"),
            (
                "/a/b/0aa7b1ba-7e0c-4f5a-9d2e-000000000001/",
                "not one object",
            ),
            (
                "/events/events/",
                "cannot be declared | it is the audit log",
            ),
            (
                "/tenants/tenants/",
                "cannot be declared | the API allows it only",
            ),
            ("/core/users/me/", "is below /core/users/"),
            (
                "/crypto/certificatekeypairs/generate/",
                "use the section `certificates`",
            ),
        ] {
            assert!(said(path).contains(why), "{path}: {}", said(path));
        }
    }
}

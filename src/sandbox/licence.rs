//! The enterprise license: without one some kinds are refused, with an expired one every write is.
//! Must never know more of a collection than the facts of its release say.

use serde_json::{Map, Value, json};

use super::facts::{Collection, Facts};
use super::types::{Call, Errors, Reply, non_field};

/// The license that the sandbox pretends to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Licence {
    /// None, as a fresh install.
    #[default]
    None,
    /// A valid one.
    Valid,
    /// One that has expired, so that everything is read-only.
    Expired,
}

impl Licence {
    fn status(self) -> &'static str {
        match self {
            Licence::None => "unlicensed",
            Licence::Valid => "valid",
            Licence::Expired => "read_only",
        }
    }

    /// The answer to every write but those of the license itself, where there is one.
    pub(super) fn refusal(self, call: &Call) -> Option<Reply> {
        let writes = !matches!(call.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        (self == Licence::Expired && writes && !call.path.starts_with("/enterprise/license/")).then(
            || {
                let text = "Request denied due to expired/invalid license.";
                Reply::new(400, json!({ "detail": text, "code": "denied_license" }))
            },
        )
    }

    /// The result of the server's own check of an enterprise kind.
    pub(super) fn check(self, facts: &Facts, collection: &Collection) -> Result<(), Errors> {
        match self == Licence::Valid || !is_enterprise(facts, collection) {
            true => Ok(()),
            false => Err(non_field(
                "Enterprise is required to create/update this object.",
            )),
        }
    }

    /// `/enterprise/license/summary/`.
    pub(super) fn summary(self) -> Value {
        let mut summary = Map::new();
        let users = if self == Licence::Valid { 1000 } else { 0 };
        summary.insert("internal_users".into(), users.into());
        summary.insert("external_users".into(), users.into());
        summary.insert("status".into(), self.status().into());
        summary.insert("latest_valid".into(), "1970-01-01T00:00:00Z".into());
        summary.insert("license_flags".into(), json!([]));
        summary.into()
    }
}

/// Whether objects of a collection are kept by an app that only exists as `authentik.enterprise.…`. Property mappings of
/// such apps are free.
fn is_enterprise(facts: &Facts, collection: &Collection) -> bool {
    let app = collection.label.split('.').next().unwrap_or_default();
    let apps = facts
        .collections
        .get("/policies/event_matcher/")
        .and_then(|matcher| matcher.fields.get("app"));
    let label = |word: &str| {
        word.replace("authentik.enterprise.", "authentik_")
            .replace('.', "_")
    };
    let mut words = apps
        .iter()
        .flat_map(|field| &field.choices)
        .filter_map(Value::as_str);
    // `authentik.providers.scim` has an enterprise part beside it, and is free itself.
    let free = words
        .clone()
        .any(|word| !word.starts_with("authentik.enterprise.") && label(word) == app);
    !free && !collection.is_a("PropertyMapping") && words.any(|word| label(word) == app)
}

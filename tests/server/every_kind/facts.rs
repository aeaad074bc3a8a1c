//! The sandbox's facts of a release, as far as samples need them.

use akrec::kinds::KINDS;
use akrec::schema::{Kind, Release};
use serde_json::Value;

/// The facts of one release.
pub struct Facts {
    pub release: Release,
    collections: Value,
}

impl Facts {
    pub fn of(release: Release) -> Facts {
        let path = format!(
            "{}/src/sandbox/releases/{release}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let mut all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut collections = all["collections"].take();
        for more in ["singletons", "uploads"] {
            collections
                .as_object_mut()
                .unwrap()
                .extend(all[more].as_object().unwrap().clone());
        }
        Facts {
            release,
            collections,
        }
    }

    /// The facts of a field.
    pub fn field(&self, kind: &Kind, name: &str) -> &Value {
        &self.collections[kind.path]["fields"][name]
    }

    /// A kind of some families whose objects are of a model, if the facts name one.
    pub fn kind_of(&self, model: &str, families: &[&str]) -> Option<&'static Kind> {
        KINDS.iter().copied().find(|kind| {
            let lineage = self.collections[kind.path]["lineage"]
                .as_array()
                .into_iter()
                .flatten();
            families.contains(&kind.family)
                && kind.is_in(self.release)
                && (model.is_empty() || lineage.into_iter().any(|own| own == model))
        })
    }
}

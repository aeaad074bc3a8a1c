//! Which members of the server's answers are kept while a plan is made: those that decoding reads.
//!
//! An answer has about twice as many members as the table knows fields (avatars, dates, statistics), and tens of thousands
//! of objects are held until the plan stands.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Batch, embedding};
use crate::schema::Kind;

impl Batch {
    /// Takes in answers of one kind, without the members that nothing reads.
    ///
    /// Of a kind that only state files describe, every member is kept: its fields may have any name.
    pub fn trimmed(kind: &'static Kind, mut objects: Vec<Json>) -> Batch {
        if !kind.raw {
            let read = read_of(kind);
            for object in &mut objects {
                trim(object, &read);
            }
        }
        Batch { kind, objects }
    }
}

/// Every member of an answer that decoding reads.
fn read_of(kind: &'static Kind) -> BTreeSet<String> {
    let ids = [kind.id, kind.pk, "meta_model_name"].into_iter();
    let ids = ids.chain(kind.other_ids.iter().copied());
    let keys = kind.key_fields().chain(kind.distinguished_by);
    let signs = kind.bindable.into_iter().chain(kind.temporary_if);
    let fields = kind.fields.iter().flat_map(|field| {
        let print = field.digest.map(|(shown, _)| shown);
        [Some(field.name), print, field.presence_field]
            .into_iter()
            .flatten()
    });
    let plain = ids.chain(keys).chain(signs).chain(fields);
    let embedded = embedding(kind).into_iter().map(|(member, _)| member);
    plain.map(str::to_owned).chain(embedded).collect()
}

/// Drops what is not read, and what room the rest does not need.
fn trim(object: &mut Json, read: &BTreeSet<String>) {
    let Json::Object(members) = object else {
        return;
    };
    let all = std::mem::take(members);
    *members = all
        .into_iter()
        .filter(|(name, _)| read.contains(name))
        .collect();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds;
    use crate::live::Live;
    use crate::schema::V2026_5;

    #[test]
    fn nothing_that_is_decoded_is_dropped() {
        for kind in kinds::KINDS.iter().copied() {
            let mut object = json!({"nothing reads this": 1});
            for name in read_of(kind) {
                object[name] = json!("1");
            }
            let batch = Batch::trimmed(kind, vec![object.clone()]);
            assert!(batch.objects[0].get("nothing reads this").is_none());
            let whole = Live::build(
                V2026_5,
                &[Batch {
                    kind,
                    objects: vec![object],
                }],
            );
            let trimmed = Live::build(V2026_5, &[batch]);
            assert_eq!(
                format!("{whole:?}"),
                format!("{trimmed:?}"),
                "{}",
                kind.name
            );
        }
    }

    #[test]
    fn a_collection_that_files_describe_keeps_everything() {
        let kind: &'static Kind = Box::leak(Box::new(Kind {
            raw: true,
            ..Kind::new("x", "", "/x/")
        }));
        let batch = Batch::trimmed(kind, vec![json!({"any": 1})]);
        assert_eq!(batch.objects, [json!({"any": 1})]);
    }
}

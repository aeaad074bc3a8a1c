//! Takes in answers that come later without decoding all of the earlier ones again, where that gives the same.
//!
//! The bindings of applications are read after users, groups and applications; decoding tens of thousands of those a second
//! time would change nothing.

use std::collections::BTreeSet;

use super::{Batch, Live, apart, embedding};
use crate::diag::Diagnostic;
use crate::kinds;
use crate::schema::{Field, Keying, Shape};
use crate::value::Value;

impl Live {
    /// Takes in answers beside those that this was built from, and gives what is wrong with them. `None`, with nothing
    /// taken in, if they may change what the earlier ones mean; then all must be built again.
    pub fn add(&mut self, batches: &[Batch]) -> Option<Vec<Diagnostic>> {
        if !self.is_beside(batches) {
            return None;
        }
        let mut diagnostics = Vec::new();
        self.name_all(batches);
        self.decode_all(batches, &mut diagnostics);
        Some(diagnostics)
    }

    /// Whether these answers are of objects that nothing so far refers to, has the family of, or shares a name with.
    fn is_beside(&self, batches: &[Batch]) -> bool {
        let read: Vec<&Batch> = batches
            .iter()
            .filter(|batch| !batch.objects.is_empty())
            .collect();
        let mut explained: BTreeSet<&str> = BTreeSet::new();
        for batch in &read {
            let kind = batch.kind;
            let embedded: BTreeSet<&str> = embedding(kind)
                .into_iter()
                .map(|(_, family)| family)
                .collect();
            let shares = kind.distinguished_by.is_some()
                || embedded.iter().any(|family| apart(family).is_some());
            let knows_family = self.ids.contains_key(kind.family)
                || kinds::family(kind.family).count() != 1
                || kinds::outside(kind.family).is_some_and(|outside| outside != kind);
            // Only what is known by what it joins has no name that an earlier answer may hold as text.
            if shares || knows_family || !matches!(kind.keying, Keying::Fields(_)) {
                return false;
            }
            explained.insert(kind.family);
            explained.extend(embedded);
        }
        let opened = |field: &Field| {
            let mut families = field.shape.families().iter().chain(&field.or_reference_to);
            may_hold_any(&field.shape) || families.any(|family| explained.contains(family))
        };
        self.objects.values().all(|found| {
            let mut fields = found.kind.fields.iter().filter(|field| opened(field));
            let is_same = |batch: &&Batch| batch.kind.family == found.address.family;
            !read.iter().any(is_same)
                && fields.all(|field| {
                    let value = found.fields.get(field.name);
                    value.is_none_or(|value| !is_open(field, value))
                })
        })
    }
}

/// Whether values of a shape may refer to objects of families that the shape itself does not name: in the fields of
/// records, and in permissions, whose objects say their families.
fn may_hold_any(shape: &Shape) -> bool {
    match shape {
        Shape::Record(_) | Shape::Grant { .. } => true,
        Shape::Set(item) | Shape::List(item) => may_hold_any(item),
        _ => false,
    }
}

/// Whether what else is read may change a value: it has an id that nothing explains, or a text that may be a name.
fn is_open(field: &Field, value: &Value) -> bool {
    match value {
        Value::Unknown(_) => true,
        Value::Text(text) => field.or_reference_to.is_some() && !text.is_empty(),
        Value::Set(items) => items.iter().any(|item| is_open(field, item)),
        Value::List(items) => items.iter().any(|item| is_open(field, item)),
        Value::Record(parts) => parts.values().any(|part| is_open(field, part)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::schema::V2026_5;

    fn batch(kind: &str, objects: &[Json]) -> Batch {
        Batch {
            kind: kinds::kind(kind).unwrap(),
            objects: objects.to_vec(),
        }
    }

    fn application() -> Batch {
        let application = json!({"pk": "a", "slug": "wiki", "name": "Wiki", "provider": null});
        batch("application", &[application])
    }

    fn group(users: &[i64]) -> Batch {
        batch(
            "group",
            &[json!({"pk": "g", "name": "staff", "users": users})],
        )
    }

    fn binding(user: &Json) -> Batch {
        let binding = |pk: &str, order: i64| {
            json!({"pk": pk, "target": "a", "group": "g", "user": null, "policy": null,
            "order": order, "enabled": true, "user_obj": user})
        };
        batch("policy_binding", &[binding("b", 0), binding("c", 1)])
    }

    /// The live state that comes of some answers and others after them, and whether those were taken in beside the first.
    fn read(first: Vec<Batch>, later: Batch) -> (Live, bool) {
        let (mut live, found) = Live::build(V2026_5, &first);
        assert!(found.is_empty(), "{found:?}");
        let later = [later];
        let added = live.add(&later);
        let all: Vec<Batch> = first.into_iter().chain(later).collect();
        let (whole, found) = Live::build(V2026_5, &all);
        if let Some(added) = &added {
            assert_eq!(added, &found);
            assert_eq!(
                format!("{:?}", live.objects),
                format!("{:?}", whole.objects)
            );
            for (address, found) in &whole.objects {
                assert_eq!(live.pk(address), Some(&found.pk));
            }
        }
        (whole, added.is_some())
    }

    #[test]
    fn bindings_are_taken_in_beside_what_they_join() {
        let (live, beside) = read(vec![application(), group(&[])], binding(&Json::Null));
        assert!(beside);
        assert_eq!(live.objects.len(), 4);
    }

    #[test]
    fn what_explains_an_earlier_id_is_not() {
        let user = json!({"pk": 7, "username": "ann"});
        let (live, beside) = read(vec![application(), group(&[7])], binding(&user));
        assert!(!beside);
        let staff = live.objects.values().find(|found| found.pk == "g").unwrap();
        let users = staff.fields.get("users").and_then(Value::as_set).unwrap();
        assert!(users.iter().all(|user| matches!(user, Value::Ref(_))));
    }

    #[test]
    fn what_has_a_name_or_a_known_family_is_not() {
        assert!(!read(vec![application()], group(&[])).1);
        let first = vec![application(), group(&[]), binding(&Json::Null)];
        assert!(!read(first, binding(&Json::Null)).1);
    }
}

//! Permissions on objects: what the server calls the kind of each object, and whether the permission is one of that kind.
//!
//! The server wants the model beside the object's id, and a permission of another model would be refused midway.

use std::collections::{BTreeMap, BTreeSet};

use crate::desired::{Object, What};
use crate::diag::{Code, Diagnostic, Span};
use crate::kinds;
use crate::live::Live;
use crate::schema::{self, Kind, Shape};
use crate::value::{Address, Value};

/// Fills in the models. Refuses permissions that are of another kind than the object that they are on.
pub(super) fn models(objects: &mut [Object], live: &Live, diagnostics: &mut Vec<Diagnostic>) {
    let declared: BTreeMap<Address, &str> = objects
        .iter()
        .map(|object| (object.address.clone(), object.kind.model))
        .collect();
    for object in objects {
        let kind = object.kind;
        let sets = kind
            .fields
            .iter()
            .filter(|field| matches!(field.shape, Shape::Set(Shape::Grant { .. })));
        for field in sets {
            let Some(want) = object.fields.get_mut(field.name) else {
                continue;
            };
            let mut all = |items: &mut BTreeSet<Value>| {
                *items = items
                    .iter()
                    .map(|item| with_model(item, &declared, live, want.span, diagnostics))
                    .collect();
            };
            match &mut want.what {
                What::Is(Value::Set(items)) => all(items),
                What::Some { include, exclude } => {
                    all(include);
                    all(exclude);
                }
                _ => {}
            }
        }
    }
}

fn with_model(
    item: &Value,
    declared: &BTreeMap<Address, &str>,
    live: &Live,
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> Value {
    let Value::Record(parts) = item else {
        return item.clone();
    };
    let (Some(Value::Ref(object)), Some(Value::Ref(permission))) =
        (parts.get("object"), parts.get("permission"))
    else {
        return item.clone();
    };
    // A permission that does not exist has already been reported.
    let Some(found) = live.get(permission) else {
        return item.clone();
    };
    let text = |name: &str| {
        found
            .fields
            .get(name)
            .and_then(Value::as_text)
            .unwrap_or_default()
    };
    let model = format!("{}.{}", text("app_label"), text("model"));
    // What was read out of the list of a whole family is of the kind that the server says, not of `any provider`. Kinds
    // that nobody says are known by their family only; the server judges those.
    let whole = |kind: &Kind| kinds::outside(kind.family).is_some_and(|outside| outside == kind);
    let read = || {
        live.get(object)
            .map(|found| found.kind)
            .filter(|kind| !whole(kind))
            .map(|kind| kind.model)
    };
    let there = || live.model(object).or_else(read);
    let known = declared
        .get(object)
        .copied()
        .or_else(there)
        .filter(|known| !known.is_empty());
    if known.is_some_and(|known| known != model) {
        diagnostics.push(
            Diagnostic::error(
                Code::WRONG_PERMISSION,
                format!("{permission} is not a permission on {object}"),
            )
            .at(span, "here")
            .note(format!("it is for objects that the server calls {model}"))
            .note(format!("{object} is one of {}", known.unwrap_or_default()))
            .help("permissions end in the server's name of the kind, such as `view_application`"),
        );
    }
    schema::grant(
        Value::Ref(object.clone()),
        Value::Ref(permission.clone()),
        &model,
    )
}

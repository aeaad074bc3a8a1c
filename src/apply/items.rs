//! Sets that are written item by item, through the actions that the table names.
//!
//! The server takes each of these twice without harm, so a lost answer is simply asked again. A permission on an object
//! goes by its full name: 2026.2.2 fails at one without a dot. Where the object is gone meanwhile, the server would give
//! such a permission for every object (rbac/api/rbac.py); so it is looked for right before, each time.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value as Json;

use super::write::{Done, Stop, Writer};
use crate::client::{Error, segment};
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::plan::{Items, Step};
use crate::read;
use crate::schema::{ItemWrites, Kind, Members};
use crate::value::Value;
use crate::wire;

/// One call: whether it is a PATCH, where, what, and for how many items.
struct Call {
    patch: bool,
    path: String,
    body: Json,
    items: usize,
    /// What must be there when it is sent: its kind and its id.
    on: Option<(&'static Kind, String)>,
}

impl Writer<'_> {
    /// Puts items in, then takes items out.
    pub(super) async fn members(&self, step: &Step, add: &Items, remove: &Items) -> Done {
        let Some(id) = self.id(step) else {
            return Ok(());
        };
        let mut calls = Vec::new();
        for (items, out) in [(add, false), (remove, true)] {
            for (field, items) in items {
                if let Some(members) = step.kind.members_of(field) {
                    calls.extend(self.calls(step, members, &segment(&id), items, out)?);
                }
            }
        }
        let all: usize = calls.iter().map(|call| call.items).sum();
        let mut done = 0;
        for call in &calls {
            if let Some((kind, id)) = &call.on
                && read::again(&self.client, kind, id)
                    .await
                    .map_err(|error| Stop::failed(step, &error))?
                    .is_none()
            {
                return Err(gone(step, kind));
            }
            let mut result = self.call(call).await;
            if result.as_ref().is_err_and(Error::is_unclear) {
                result = self.call(call).await;
            }
            if let Err(error) = result {
                let Stop::Failed(diagnostic, _) = Stop::failed(step, &error) else {
                    return Ok(());
                };
                return Err(Stop::refused(
                    diagnostic.note(format!("{done} of {all} members had already been written")),
                ));
            }
            done += call.items;
        }
        Ok(())
    }

    /// The kind and the id of an object that permissions are on.
    fn place(&self, object: &Value, model: &str) -> Option<(&'static Kind, String)> {
        let Value::Ref(address) = object else {
            return None;
        };
        let known = self.known.borrow();
        let found = known.live.get(address).map(|found| found.id.clone());
        let id = known.created.get(address).cloned().or(found)?;
        Some((kinds::by_model(model)?, id))
    }

    async fn call(&self, call: &Call) -> Result<Json, Error> {
        match call.patch {
            true => self.client.patch(&call.path, &call.body).await,
            false => self.client.post(&call.path, &call.body).await,
        }
    }

    fn calls(
        &self,
        step: &Step,
        members: &Members,
        id: &str,
        items: &BTreeSet<Value>,
        out: bool,
    ) -> Result<Vec<Call>, Stop> {
        match members.write {
            ItemWrites::Actions { add, remove } => {
                let path = format!("{}{id}/{}/", step.kind.path, if out { remove } else { add });
                let one = |item: &Value| {
                    let body = wire::json(&Item {
                        pk: self.encode_one(step, item, None)?,
                    });
                    Ok(Call {
                        patch: false,
                        path: path.clone(),
                        body,
                        items: 1,
                        on: None,
                    })
                };
                items.iter().map(one).collect()
            }
            ItemWrites::Grants { path, add, remove } => {
                let path = format!("{path}{id}/{}/", if out { remove } else { add });
                let mut together: BTreeMap<Option<(&Value, &str)>, Vec<&str>> = BTreeMap::new();
                for item in items {
                    let (on, permission) = parts(item);
                    let name = match permission {
                        Some(Value::Ref(address)) => address.name().unwrap_or_default(),
                        _ => continue,
                    };
                    together.entry(on).or_default().push(name);
                }
                let one = |(on, names): (Option<(&Value, &str)>, Vec<&str>)| {
                    let items = names.len();
                    let mut body = Permissions {
                        permissions: names,
                        model: None,
                        object_pk: None,
                    };
                    let mut there = None;
                    if let Some((object, model)) = on {
                        there = self.place(object, model);
                        let pk = self.encode_one(step, object, None)?;
                        body.model = Some(model);
                        body.object_pk =
                            Some(pk.as_str().map_or_else(|| pk.to_string(), str::to_owned));
                    }
                    Ok(Call {
                        patch: out,
                        path: path.clone(),
                        body: wire::json(&body),
                        items,
                        on: there,
                    })
                };
                together.into_iter().map(one).collect()
            }
        }
    }
}

/// The request that adds an item to a list or removes it.
#[derive(Serialize)]
struct Item {
    pk: Json,
}

/// The request that gives or takes permissions, on one object or on all.
#[derive(Serialize)]
struct Permissions<'a> {
    permissions: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_pk: Option<String>,
}

/// A permission on something that is no longer there is not written.
fn gone(step: &Step, kind: &Kind) -> Stop {
    let what = format!(
        "{} was not written: a {} that it has permissions on no longer exists",
        step.address,
        kind.title()
    );
    Stop::moved(
        Diagnostic::error(Code::STEP_MOVED, what)
            .note("the server would grant the permissions on all objects instead")
            .help("plan again"),
    )
}

/// The object that a permission is on, with its model, and the permission.
fn parts(item: &Value) -> (Option<(&Value, &str)>, Option<&Value>) {
    match item {
        Value::Record(parts) => {
            let model = parts
                .get("model")
                .and_then(Value::as_text)
                .unwrap_or_default();
            (
                parts.get("object").map(|object| (object, model)),
                parts.get("permission"),
            )
        }
        other => (None, Some(other)),
    }
}

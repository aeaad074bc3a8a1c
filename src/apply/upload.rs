//! Uploads: what is made by sending a form with a file in it, to a server that answers nothing.
//!
//! The name carries a hash of the content, so whether an upload was done is seen in the list of names.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::write::Stop;
use crate::client::{Client, Error, Part};
use crate::diag::{Code, Diagnostic};
use crate::plan::Step;
use crate::schema::Create;
use crate::value::Value;

/// What is sent.
pub(super) struct Form<'a> {
    key: &'static str,
    name: &'a str,
    field: &'static str,
    bytes: Arc<[u8]>,
}

/// The form that makes the object of a step; `None` for what is made otherwise.
///
/// Refuses a step whose bytes are not at hand.
pub(super) fn form<'a>(
    step: &'a Step,
    body: &BTreeMap<&'static str, Value>,
) -> Result<Option<Form<'a>>, Stop> {
    if step.kind.create != Create::Upload {
        return Ok(None);
    }
    let content = step
        .kind
        .name_has_hash_of
        .and_then(|field| match body.get(field) {
            Some(Value::Content(content)) => Some((field, Arc::clone(content.bytes()?))),
            _ => None,
        });
    let (Some((field, bytes)), Some(key), Some(name)) =
        (content, step.kind.key_fields().next(), step.address.name())
    else {
        let what = format!("{} has no content to upload", step.address);
        return Err(Stop::refused(Diagnostic::error(Code::STEP_FAILED, what)));
    };
    Ok(Some(Form {
        key,
        name,
        field,
        bytes,
    }))
}

impl Form<'_> {
    /// Sends it. What the answer does not say is what was sent.
    pub async fn send(&self, client: &Client, path: &str) -> Result<Json, Error> {
        // Only the last part of the name: servers drop the folders of a file's name.
        let file = self.name.rsplit('/').next().unwrap_or(self.name);
        client
            .upload(
                path,
                &[
                    Part::Text(self.key, self.name),
                    Part::File(self.field, file, &self.bytes),
                ],
            )
            .await?;
        let sent = [(self.key.to_owned(), Json::from(self.name))];
        Ok(Json::Object(sent.into_iter().collect()))
    }
}

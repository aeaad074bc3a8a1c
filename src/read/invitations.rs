//! Reads what an invitation depends on: the flow, the group, what of the flow uses the invitation; and the invitations
//! that there are.
//!
//! An invitation's id is what its link consists of, so it must never be in a message.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Problem, Reader, Server, again};
use crate::client::{Client, Error};
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::schema::{Kind, id_text};
use crate::signin::Invitation;

/// The kind of an invitation.
const INVITATION: &str = "invitation";
/// The kind of the stage that takes one in.
const STAGE: &str = "stage_invitation";

/// A flow to which people are invited.
#[derive(Clone, Debug)]
pub struct Door {
    /// The flow's id, as invitations refer to it.
    pub flow: String,
    /// What will not work as it seems to be meant.
    pub warnings: Vec<Diagnostic>,
}

/// The collection of invitations.
pub fn collection() -> &'static str {
    kinds::kind(INVITATION).map_or("", |kind| kind.path)
}

/// Looks a flow and a group up, and whether the flow does anything with an invitation whose data has these names.
pub async fn door(
    client: &Client,
    server: &Server,
    flow: &str,
    group: Option<&str>,
    keys: &[&str],
) -> Result<Door, Problem> {
    let reader = Reader::new(client, server);
    let (found, group) = tokio::join!(named(&reader, "flow", "--flow", flow), async {
        match group {
            Some(group) => named(&reader, "group", "--group", group).await.map(drop),
            None => Ok(()),
        }
    });
    let found = found?;
    group?;
    let id = |raw: &Json, field: &str| raw.get(field).and_then(id_text).unwrap_or_default();
    let mut warnings = Vec::new();
    let Some(step) = kinds::kind("flow_stage_binding") else {
        return Ok(Door {
            flow: id(&found, "pk"),
            warnings,
        });
    };
    let pk = id(&found, "pk");
    let steps = reader.children(step, std::slice::from_ref(&pk)).await;
    match steps {
        Ok(steps) => {
            let takes = |step: &Json| {
                let model = step
                    .pointer("/stage_obj/meta_model_name")
                    .and_then(Json::as_str);
                kinds::kind(STAGE).is_some_and(|kind| model == Some(kind.model))
            };
            if !steps.iter().any(takes) {
                warnings.push(
                    Diagnostic::warning(Code::NO_INVITATION_STAGE, format!("the flow {flow:?} does not accept invitations"))
                        .note("no stage of it is an invitation stage, so the link does what the flow does without one")
                        .help("put a stage of the type invitation at the head of the flow"),
                );
            } else if !keys.is_empty() {
                let owners: Vec<String> = steps
                    .iter()
                    .chain([&found])
                    .map(|raw| id(raw, "policybindingmodel_ptr_id"))
                    .collect();
                warnings.extend(unused(&reader, flow, &owners, keys).await?);
            }
        }
        Err(error) => warnings.push(blind(flow, &error)),
    }
    Ok(Door { flow: pk, warnings })
}

/// An object by its name, or that there is none.
async fn named(reader: &Reader<'_>, kind: &str, flag: &str, name: &str) -> Result<Json, Problem> {
    let Some(kind) = kinds::kind(kind) else {
        return Ok(Json::Null);
    };
    if let Some(found) = reader.one(kind, name).await?.into_iter().next() {
        return Ok(found);
    }
    let known = reader
        .page(kind, &[])
        .await
        .map(|page| page.results)
        .unwrap_or_default();
    let names: Vec<String> = known.iter().filter_map(|raw| kind.name_in(raw)).collect();
    Err(Problem::Diagnostic(
        Diagnostic::error(
            Code::BAD_SETTING,
            format!("{flag} {name}: there is none on the server"),
        )
        .did_you_mean(name, names.iter().map(String::as_str)),
    ))
}

/// A warning where no policy of the flow and its stages speaks of a name in the invitation's data. The stage itself puts
/// the data among what the user typed, of which `user_write` keeps only fields of the user.
async fn unused(
    reader: &Reader<'_>,
    flow: &str,
    owners: &[String],
    keys: &[&str],
) -> Result<Option<Diagnostic>, Problem> {
    let Some(binding) = kinds::kind("policy_binding") else {
        return Ok(None);
    };
    let bound = match reader.children(binding, owners).await {
        Ok(bound) => bound,
        Err(error) => return Ok(Some(blind(flow, &error))),
    };
    let mut texts: Vec<String> = Vec::new();
    let mut asked: BTreeSet<(&'static str, String)> = BTreeSet::new();
    for policy in bound
        .iter()
        .filter(|bound| bound["enabled"] == true)
        .map(|bound| &bound["policy_obj"])
    {
        let model = policy
            .get("meta_model_name")
            .and_then(Json::as_str)
            .unwrap_or_default();
        let kind: Option<&'static Kind> =
            kinds::by_model(model).filter(|kind| kind.field("expression").is_some());
        match (policy.get("expression").and_then(Json::as_str), kind) {
            (Some(text), _) => texts.push(text.to_owned()),
            (None, Some(kind)) => {
                asked.extend(policy.get("pk").and_then(id_text).map(|id| (kind.name, id)));
            }
            (None, None) => {}
        }
    }
    for (kind, id) in asked {
        let Some(kind) = kinds::kind(kind) else {
            continue;
        };
        match again(reader.client, kind, &id).await {
            Ok(policy) => texts
                .extend(policy.and_then(|raw| Some(raw.get("expression")?.as_str()?.to_owned()))),
            Err(error) => return Ok(Some(blind(flow, &error))),
        }
    }
    let idle = keys
        .iter()
        .filter(|key| !texts.iter().any(|text| speaks(text, key)));
    let idle: Vec<String> = idle.map(|key| format!("{key:?}")).collect();
    if idle.is_empty() {
        return Ok(None);
    }
    Ok(Some(
        Diagnostic::warning(
            Code::UNUSED_DATA,
            format!("nothing in the flow {flow:?} uses {} of the invitation's data", idle.join(", ")),
        )
        .note("no enabled policy of the flow or its stages names it, so the user gets nothing by it")
        .help(
            "bind an expression policy to the binding of a stage after user_write, such as the one in docs/onboarding.md",
        ),
    ))
}

/// Whether Python names a key: in quotes, or as an attribute.
fn speaks(text: &str, key: &str) -> bool {
    text.contains(&format!("\"{key}\"")) || text.contains(&format!("'{key}'"))
}

fn blind(flow: &str, error: &Error) -> Diagnostic {
    let what = format!("whether the flow {flow:?} uses the invitation is not known");
    Diagnostic::warning(Code::UNREADABLE, what).note(error.what())
}

/// Every invitation, by name and end.
pub async fn invitations(client: &Client, server: &Server) -> Result<Vec<Invitation>, Problem> {
    let reader = Reader::new(client, server);
    let Some(kind) = kinds::kind(INVITATION) else {
        return Ok(Vec::new());
    };
    let first = reader.page(kind, &[]).await?;
    let all = reader.rest(kind, &[], first).await?;
    let mut all: Vec<Invitation> = all.iter().map(invitation).collect();
    all.sort_by(|a, b| (&a.name, a.expires).cmp(&(&b.name, b.expires)));
    Ok(all)
}

fn invitation(raw: &Json) -> Invitation {
    let text = |path: &str| raw.pointer(path).and_then(Json::as_str).map(str::to_owned);
    let data = raw.get("fixed_data").and_then(Json::as_object);
    Invitation {
        name: text("/name").unwrap_or_default(),
        flow: text("/flow_obj/slug"),
        expires: text("/expires").and_then(|at| at.parse().ok()),
        single_use: raw["single_use"] == true,
        data: data
            .map(|data| data.keys().filter(|key| *key != "group").cloned().collect())
            .unwrap_or_default(),
        group: text("/fixed_data/group"),
        by: text("/created_by/username").unwrap_or_default(),
        id: raw.get("pk").and_then(id_text).unwrap_or_default(),
    }
}

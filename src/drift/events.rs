//! Who changed an object, by authentik's audit log: the queries, and how to read the answers. Pure.
//!
//! The log has an event for every save over HTTP; what a blueprint, a synchronization or a shell changes leaves none.
//! Without an enterprise license it does not say which field changed.

use serde_json::Value as Json;

use super::{Object, State};

/// The list of events, below `/api/v3`.
pub const PATH: &str = "/events/events/";
/// How many writers are reported.
const MOST: usize = 3;

/// What the audit log says about an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Attribution {
    /// Who wrote since the last apply, the newest first; at most three.
    Writers(Vec<Writer>),
    /// Nobody did through the API.
    Nobody,
    /// It could not be asked: why.
    Unknown(String),
}

/// Somebody who wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Writer {
    /// What: `created`, `updated` or `deleted`.
    pub what: &'static str,
    /// The user's name.
    pub user: String,
    /// The user that this user was acting as.
    pub acting_as: Option<String>,
    /// The time of the change.
    pub at: Option<jiff::Timestamp>,
    /// From which address.
    pub from: Option<String>,
    /// With what.
    pub tool: Tool,
}

/// With what somebody wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tool {
    /// akrec, with its run if it says so.
    Akrec {
        /// The version of the tool.
        version: String,
        /// The run.
        run: Option<String>,
        /// The commit of the files.
        commit: Option<String>,
    },
    /// authentik's own pages, in a browser.
    Browser,
    /// Something else, by what it calls itself.
    Other(String),
    /// It does not say.
    Unsaid,
}

/// The query for the events of an object; `None` where the log cannot be asked for it.
pub fn query(object: &Object) -> Option<Vec<(&'static str, String)>> {
    let (app, model) = object.kind.model.split_once('.')?;
    let mut query: Vec<(&str, String)> = match object.state {
        State::Gone => vec![("actions", "model_deleted".to_owned())],
        _ => ["model_created", "model_updated", "model_deleted"]
            .map(|word| ("actions", word.to_owned()))
            .into(),
    };
    query.extend([
        ("context_model_app", app.to_owned()),
        ("context_model_name", model.to_owned()),
    ]);
    match &object.id {
        Some(id) => query.push(("context_model_pk", id.clone())),
        None if object.kind.is_singleton() => {}
        None => query.push(("search", object.address.name()?.to_owned())),
    }
    query.extend([
        ("ordering", "-created".to_owned()),
        ("page_size", "5".to_owned()),
    ]);
    Some(query)
}

/// When the newest of some events happened.
pub fn newest(answer: &Json) -> Option<jiff::Timestamp> {
    answer.get("results")?.as_array()?.first().and_then(at)
}

/// Reads an answer. `run` is the run that last applied the object, and `applied` is the time when an apply last ended:
/// what akrec itself wrote until then is what was applied, and what lies before it is of no interest.
pub fn reported(answer: &Json, run: Option<&str>, applied: Option<jiff::Timestamp>) -> Attribution {
    let Some(events) = answer.get("results").and_then(Json::as_array) else {
        return Attribution::Unknown("the audit log's answer is not a list".to_owned());
    };
    let mut writers = Vec::new();
    for event in events {
        let Some(writer) = writer(event) else {
            continue;
        };
        if is_apply(&writer, run, applied) {
            break;
        }
        writers.push(writer);
        if writers.len() == MOST {
            break;
        }
    }
    if writers.is_empty() {
        Attribution::Nobody
    } else {
        Attribution::Writers(writers)
    }
}

/// Whether an event is of the apply that the ledger knows.
fn is_apply(writer: &Writer, run: Option<&str>, applied: Option<jiff::Timestamp>) -> bool {
    let Tool::Akrec { run: theirs, .. } = &writer.tool else {
        return false;
    };
    let same = theirs.is_some() && theirs.as_deref() == run;
    same || writer
        .at
        .zip(applied)
        .is_some_and(|(at, applied)| at <= applied)
}

fn at(event: &Json) -> Option<jiff::Timestamp> {
    event.get("created")?.as_str()?.parse().ok()
}

fn writer(event: &Json) -> Option<Writer> {
    let text = |raw: &Json, name: &str| {
        raw.get(name)
            .and_then(Json::as_str)
            .map(shown)
            .filter(|text| !text.is_empty())
    };
    let user = event.get("user").unwrap_or(&Json::Null);
    let agent = event
        .get("context")
        .and_then(|context| context.get("http_request"));
    Some(Writer {
        what: match event.get("action")?.as_str()? {
            "model_created" => "created",
            "model_updated" => "updated",
            "model_deleted" => "deleted",
            _ => return None,
        },
        user: text(user, "username").unwrap_or_else(|| "an unknown user".to_owned()),
        acting_as: user
            .get("on_behalf_of")
            .and_then(|other| text(other, "username")),
        at: at(event),
        from: text(event, "client_ip"),
        tool: agent
            .and_then(|request| text(request, "user_agent"))
            .map_or(Tool::Unsaid, |agent| tool(&agent)),
    })
}

/// The tool that a user agent names.
fn tool(agent: &str) -> Tool {
    if let Some(rest) = agent.strip_prefix("akrec/") {
        let (version, about) = rest.split_once(' ').unwrap_or((rest, ""));
        let about = about.trim().trim_start_matches('(').trim_end_matches(')');
        let of = |name: &str| {
            about
                .split(';')
                .find_map(|part| Some(part.trim().strip_prefix(name)?.to_owned()))
        };
        return Tool::Akrec {
            version: version.to_owned(),
            run: of("run="),
            commit: of("commit="),
        };
    }
    if agent.starts_with("Mozilla/") {
        Tool::Browser
    } else {
        Tool::Other(agent.to_owned())
    }
}

/// Server-sent text without what a terminal could take for a command, and not too long.
fn shown(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(120)
        .collect::<String>()
        .trim()
        .to_owned()
}

//! Asks the audit log who changed the objects that have drifted: one request an object, up to a limit.
//!
//! It only reads, and never fails: what cannot be asked is reported as unknown.

use futures_util::future::join_all as join;
use serde_json::Value as Json;

use crate::client::{Client, Error, ErrorKind};
use crate::drift::{Attribution, Drift, events};
use crate::ledger::Ledger;

/// For how many objects the log is asked: its filters have no index on the server.
const MOST: usize = 100;
/// The model of the object that the ledger lives in.
const HOME: (&str, &str) = ("authentik_blueprints", "blueprintinstance");

/// Says of every drifted object who changed it, as far as the log knows.
pub async fn attribute(client: &Client, ledger: &Ledger, drift: &mut Drift) {
    if !drift.is_drift() {
        return;
    }
    // The end of every apply writes the ledger, so the event of that write shows when the last apply was.
    let applied = match ledger.home() {
        Some(home) => {
            let query = [
                ("context_model_app", HOME.0),
                ("context_model_name", HOME.1),
                ("context_model_pk", home),
                ("ordering", "-created"),
                ("page_size", "1"),
            ];
            match client.get(events::PATH, &query).await {
                Ok(answer) => events::newest(&answer),
                Err(error) if is_refused(&error) => return all(drift, &unknown(&error)),
                Err(_) => None,
            }
        }
        None => None,
    };
    let asked: Vec<usize> = (0..drift.objects.len())
        .filter(|i| drift.objects[*i].is_drift())
        .collect();
    let answers = join(asked.iter().take(MOST).map(async |i| {
        let object = &drift.objects[*i];
        let Some(query) = events::query(object) else {
            return Attribution::Unknown("the audit log does not know this kind".to_owned());
        };
        let query: Vec<(&str, &str)> = query
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let answer: Result<Json, Error> = client.get(events::PATH, &query).await;
        match answer {
            Ok(answer) => events::reported(&answer, object.run.as_deref(), applied),
            Err(error) => Attribution::Unknown(unknown(&error)),
        }
    }))
    .await;
    for (i, diagnostic) in asked.iter().zip(answers) {
        drift.objects[*i].attribution = Some(diagnostic);
    }
    for i in asked.iter().skip(MOST) {
        drift.objects[*i].attribution = Some(Attribution::Unknown(format!(
            "not looked up: only the first {MOST} are"
        )));
    }
}

fn all(drift: &mut Drift, why: &str) {
    for object in drift.objects.iter_mut().filter(|object| object.is_drift()) {
        object.attribution = Some(Attribution::Unknown(why.to_owned()));
    }
}

fn is_refused(error: &Error) -> bool {
    matches!(
        error.kind,
        ErrorKind::Forbidden { .. } | ErrorKind::Unauthorized { .. }
    )
}

fn unknown(error: &Error) -> String {
    if is_refused(error) {
        "the token may not read the audit log".to_owned()
    } else {
        error.what()
    }
}

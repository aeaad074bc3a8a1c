//! Signs in with a canary account, as far as name and password lead, and signs out again.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::entrances::Entrance;
use crate::client::{Challenge, Client, Visit};
use crate::signin::{End, Probe, title};

/// How many pages are answered.
const PAGES: usize = 9;

/// An account that exists for this.
pub struct Canary {
    /// The username.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

/// The answer to a page.
#[derive(Serialize)]
struct Page<'a> {
    component: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid_field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
}

/// Walks the canary through the sign-in flow of a brand; stops before anything that needs a device or changes the account.
pub async fn canary(client: &Client, entrance: &Entrance, canary: &Canary) -> Probe {
    let end = match &entrance.flow {
        Some(slug) => {
            let mut visit = client.visit();
            let end = walk(&mut visit, slug, canary).await;
            if let Some(out) = &entrance.sign_out {
                // Whatever it answers, the cookies end here.
                drop(visit.look(out).await);
            }
            end.unwrap_or_else(|why| End::Failed(format!("{slug}: {why}"), None))
        }
        None => End::Failed("no flow signs users in".to_owned(), None),
    };
    Probe {
        name: "canary",
        end,
        took: None,
    }
}

async fn walk(visit: &mut Visit<'_>, slug: &str, canary: &Canary) -> Result<End, String> {
    let user = &canary.user;
    let mut shown = visit.look(slug).await?;
    for _ in 0..PAGES {
        if let Some(end) = ended(&shown, slug, user) {
            return Ok(end);
        }
        let password = canary.password.expose_secret();
        let page = match shown.component.as_str() {
            "ak-stage-identification" => Page {
                component: "ak-stage-identification",
                uid_field: Some(user),
                password: shown.password.then_some(password),
            },
            "ak-stage-password" => Page {
                component: "ak-stage-password",
                uid_field: None,
                password: Some(password),
            },
            other => {
                let what = format!(
                    "{slug} takes the password of {user} and goes on with {}",
                    title(other)
                );
                return Ok(End::Passed(what));
            }
        };
        let answer = serde_json::to_value(&page).map_err(|_| "the answer cannot be written")?;
        shown = visit.answer(slug, &answer).await?;
    }
    Err(format!("it shows more than {PAGES} pages"))
}

/// How it ends with what is shown, if it ends.
fn ended(shown: &Challenge, slug: &str, user: &str) -> Option<End> {
    let help = "does the account exist, is it active, and is this its password?";
    match shown.component.as_str() {
        "xak-flow-redirect" => Some(End::Passed(format!("{user} is signed in by {slug}"))),
        _ if shown.is_closed() => {
            let why = shown.message.as_deref().unwrap_or("no reason is given");
            Some(End::Failed(format!("{slug} refuses {user}: {why}"), None))
        }
        other if shown.wrong => {
            let what = format!(
                "{slug} does not take the answer of {user} to {}",
                title(other)
            );
            Some(End::Failed(what, Some(help.to_owned())))
        }
        _ => None,
    }
}

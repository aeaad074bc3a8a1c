//! Hands a JSON document over to somebody else's address: a chat, a pager, a workflow.
//!
//! The address may hold a secret, so it is never shown, logged or kept in an error: only the host is.

use std::fmt;
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

/// The longest time for one attempt.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The waits between attempts.
const WAITS: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// An address that takes messages.
#[derive(Clone)]
pub struct Webhook {
    url: SecretString,
    host: String,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({})", self.host)
    }
}

impl Webhook {
    /// Takes an address with `https` or `http` and a host. The reason of a refusal does not quote it.
    pub fn new(url: &SecretString) -> Result<Webhook, &'static str> {
        let parsed =
            Url::parse(url.expose_secret().trim()).map_err(|_| "it is not a web address")?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err("it must begin with https:// (or http://)");
        }
        let host = parsed.host_str().ok_or("it has no host")?.to_owned();
        Ok(Webhook {
            url: parsed.to_string().into(),
            host,
        })
    }

    /// The host, which may be shown.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Sends a document as JSON. What may pass is tried again, four times in all: no connection, no answer, and answers
    /// that say "later". The error says what happened last, without the address.
    pub async fn deliver(&self, body: &str, agent: &str) -> Result<(), String> {
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(agent)
            .build()
            .map_err(|_| "no connection can be made on this machine".to_owned())?;
        let mut waits = WAITS.iter();
        loop {
            let (why, later) = match self.attempt(&client, body).await {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            match waits.next().filter(|_| later) {
                Some(wait) => tokio::time::sleep(*wait).await,
                None => return Err(why),
            }
        }
    }

    /// One attempt; a failure says what happened and whether it may pass.
    async fn attempt(&self, client: &reqwest::Client, body: &str) -> Result<(), (String, bool)> {
        let request = client
            .post(self.url.expose_secret())
            .header("content-type", "application/json");
        let answer = request
            .body(body.to_owned())
            .send()
            .await
            .map_err(|error| {
                let why = match () {
                    () if error.is_timeout() => "it did not answer in time",
                    () if error.is_connect() => "it cannot be reached",
                    () => "the connection broke",
                };
                (why.to_owned(), true)
            })?;
        let status = answer.status();
        match status.as_u16() {
            _ if status.is_success() => Ok(()),
            code @ (408 | 425 | 429) => Err((format!("it answered with status {code}"), true)),
            code => Err((
                format!("it answered with status {code}"),
                status.is_server_error(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_never_shown() {
        let webhook =
            Webhook::new(&"https://hooks.example/services/T0/hunter2?x=hunter2".into()).unwrap();
        assert_eq!(format!("{webhook:?}"), "Webhook(hooks.example)");
        for wrong in ["hunter2", "ftp://hunter2.example/", "data:hunter2", ""] {
            assert!(!Webhook::new(&wrong.into()).unwrap_err().contains("hunter2"));
        }
    }
}

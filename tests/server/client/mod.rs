//! The HTTP client against a server on loopback that misbehaves in every way we know of.
//! Must never assert how long something took.
mod faults;
mod paging;
mod secrets;
mod server;
mod settings;
mod tls;
mod writes;

use std::time::Duration;

use akrec::client::{Client, Settings};
use secrecy::SecretString;

/// The token of every test; it must not turn up anywhere.
pub const TOKEN: &str = "t0ken-that-must-not-leak";

/// Settings for a server at `url`.
pub fn settings(url: &str) -> Settings {
    Settings {
        url: url.to_owned(),
        credentials: SecretString::from(TOKEN).into(),
        ca_cert: None,
        insecure_skip_tls_verify: false,
        headers: Vec::new(),
        timeout: Duration::from_secs(20),
        retries: 2,
        parallelism: 4,
        user_agent: "akrec-test/0".to_owned(),
        max_answers: akrec::budget::ANSWERS.most,
    }
}

/// A client for a server at `url`.
pub fn client(url: &str) -> Client {
    Client::new(settings(url)).unwrap()
}

/// A client that gives up soon, for servers that never answer.
pub fn impatient(url: &str) -> Client {
    let timeout = Duration::from_millis(800);
    Client::new(Settings {
        timeout,
        retries: 1,
        ..settings(url)
    })
    .unwrap()
}

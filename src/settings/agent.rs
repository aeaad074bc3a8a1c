//! The user agent: what authentik's audit log says about who wrote, and for which run and commit.
//!
//! It is sent with every request and stored on the server, so it must never hold what a header cannot carry, nor a
//! user or password of an address, and its length is bounded.

/// The longest address of a run that is sent.
const RUN: usize = 200;
/// The longest name of a commit that is sent: a SHA-256 in hexadecimal.
const COMMIT: usize = 64;

/// `akrec/VERSION (run=…; commit=…)`, of what the environment of a CI job says; `AKREC_RUN` and `AKREC_COMMIT` first.
pub fn user_agent(env: &dyn Fn(&str) -> Option<String>) -> String {
    let get = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    // Forgejo and Gitea set the same variables as GitHub.
    let github = || {
        let (server, repository) = (get("GITHUB_SERVER_URL")?, get("GITHUB_REPOSITORY")?);
        Some(format!(
            "{}/{repository}/actions/runs/{}",
            server.trim_end_matches('/'),
            get("GITHUB_RUN_ID")?
        ))
    };
    let run = get("AKREC_RUN")
        .or_else(github)
        .or_else(|| get("CI_PIPELINE_URL"));
    let commit = ["AKREC_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA"]
        .into_iter()
        .find_map(get);
    let parts = [
        ("run", run.map(|run| clean(without_user(&run), RUN))),
        ("commit", commit.map(|c| clean(c, COMMIT))),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter_map(|(name, value)| {
            Some(format!(
                "{name}={}",
                value.filter(|value| !value.is_empty())?
            ))
        })
        .collect();
    let mut agent = format!("akrec/{}", env!("CARGO_PKG_VERSION"));
    if !parts.is_empty() {
        agent.push_str(&format!(" ({})", parts.join("; ")));
    }
    agent
}

/// Only what can stand inside a comment of a header.
fn clean(text: String, longest: usize) -> String {
    text.chars()
        .filter(|c| c.is_ascii_graphic() && !matches!(c, '(' | ')' | ';' | '\\' | '"'))
        .take(longest)
        .collect()
}

/// An address without the user and password that it may have.
fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    format!(
        "{scheme}://{}{path}",
        host.rsplit('@').next().unwrap_or(host)
    )
}

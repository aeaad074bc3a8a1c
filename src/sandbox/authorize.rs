//! The authorization endpoint, as far as anybody sees it who has not signed in: whether a sign-in begins or is refused.
//! Must never sign anybody in.

use serde_json::Value;

use super::types::Serial;
use super::world::{World, text_of};

/// What a browser is answered.
pub(super) enum Page {
    /// It is sent somewhere else.
    Redirect(String),
    /// It is shown a page, with this status.
    Shown(u16),
}

/// What is asked for, and the way to get a token that this is.
const RESPONSES: [(&str, &str); 6] = [
    ("code", "authorization_code"),
    ("id_token", "implicit"),
    ("id_token token", "implicit"),
    ("code token", "hybrid"),
    ("code id_token", "hybrid"),
    ("code id_token token", "hybrid"),
];

/// Answers `GET /application/o/authorize/`.
pub(super) fn answer(world: &mut World, query: &[(String, String)]) -> Page {
    if query.is_empty() {
        return Page::Shown(404);
    }
    let get = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    };
    let of_client = |provider: &Serial| *world.value(*provider, "client_id") == get("client_id");
    let mut providers = world
        .members("/providers/oauth2/")
        .chain(world.members("/providers/proxy/"));
    let Some(provider) = providers.find(of_client) else {
        return Page::Shown(400);
    };
    drop(providers);
    let redirect = get("redirect_uri");
    if !takes(world, provider, redirect) || is_forbidden(redirect) {
        return Page::Shown(400);
    }
    let sends_back = |error: &str, sign: char| {
        let state = match get("state") {
            "" => String::new(),
            state => format!("&state={state}"),
        };
        Page::Redirect(format!(
            "{redirect}{sign}error={error}&error_description=refused{state}"
        ))
    };
    let mut asked: Vec<&str> = get("response_type").split_whitespace().collect();
    asked.sort_unstable();
    let asked = asked.join(" ");
    let Some((_, grant)) = RESPONSES.iter().find(|(response, _)| *response == asked) else {
        return sends_back("unsupported_response_type", '?');
    };
    let sign = if *grant == "implicit" { '#' } else { '?' };
    // Releases before 2026.5 know no such list, and take what comes.
    let grants = world.value(provider, "grant_types").as_array();
    if grants.is_some_and(|grants| !grants.iter().any(|own| own == grant)) {
        return sends_back("invalid_request", sign);
    }
    let openid = get("scope")
        .split_whitespace()
        .any(|scope| scope == "openid");
    if *grant != "authorization_code" && asked != "code token" {
        if !openid {
            return sends_back("invalid_scope", sign);
        }
        if get("nonce").is_empty() {
            return sends_back("invalid_request", sign);
        }
    }
    if !["", "plain", "S256"].contains(&get("code_challenge_method"))
        && !get("code_challenge").is_empty()
    {
        return sends_back("invalid_request", sign);
    }
    if get("prompt")
        .split_whitespace()
        .any(|prompt| prompt == "none")
    {
        return sends_back("login_required", sign);
    }
    let pk = world.pk_of(provider);
    let has_application = world
        .members("/core/applications/")
        .any(|application| *world.value(application, "provider") == pk);
    // Access is denied on a page of its own.
    if !has_application {
        return Page::Shown(200);
    }
    Page::Redirect(
        "/if/flow/default-authentication-flow/?next=%2Fapplication%2Fo%2Fauthorize%2F".to_owned(),
    )
}

/// Whether users may be sent there. Up to 2026.2 the first address that is used stays the only one.
fn takes(world: &mut World, provider: Serial, redirect: &str) -> bool {
    let known = world
        .value(provider, "redirect_uris")
        .as_array()
        .cloned()
        .unwrap_or_default();
    let to_sign_in = |item: &&Value| {
        item.get("redirect_uri_type")
            .is_none_or(|sort| sort == "authorization")
    };
    let known: Vec<&Value> = known.iter().filter(to_sign_in).collect();
    if redirect.is_empty() {
        return false;
    }
    if known.is_empty() && world.facts.keeps_first_redirect() {
        let first = serde_json::json!([{ "matching_mode": "strict", "url": redirect }]);
        world.set(provider, "redirect_uris", first);
        return true;
    }
    known.iter().any(|item| {
        let url = text_of(&item["url"]);
        match item["matching_mode"] == "regex" {
            true => regex_lite::Regex::new(&format!("^(?:{url})$"))
                .is_ok_and(|expression| expression.is_match(redirect)),
            false => url == redirect,
        }
    })
}

fn is_forbidden(redirect: &str) -> bool {
    let scheme = redirect
        .split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    ["javascript", "data", "vbscript"].contains(&scheme.as_str())
}

//! The authorization endpoint, as far as anybody sees it who has not signed in: whether a sign-in begins or is refused.
//! Must never sign anybody in.

use serde_json::Value;

use super::types::Serial;
use super::world::{World, text_of};

/// The answer to a browser.
pub(super) enum Page {
    /// It is sent somewhere else.
    Redirect(String),
    /// It is shown a page, with this status.
    Shown(u16),
}

/// The response types, and the grant that each stands for.
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
    let asked = Asked { query };
    let Some(provider) = asked.provider(world) else {
        return Page::Shown(400);
    };
    let redirect = asked.get("redirect_uri");
    if !takes(world, provider, redirect) || is_forbidden(redirect) {
        return Page::Shown(400);
    }
    if let Err(refusal) = asked.judge(world, provider) {
        return asked.send_back(&refusal);
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

/// The error that the client gets in the address that the browser is sent back to.
struct Refusal {
    error: &'static str,
    /// What stands between the address and the error.
    sign: char,
}

/// A request to the endpoint.
struct Asked<'a> {
    query: &'a [(String, String)],
}

impl<'a> Asked<'a> {
    /// The first value of a parameter; nothing if it is not there.
    fn get(&self, name: &str) -> &'a str {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Whether a parameter that holds words has this one among them.
    fn has(&self, name: &str, word: &str) -> bool {
        self.get(name).split_whitespace().any(|one| one == word)
    }

    fn provider(&self, world: &World) -> Option<Serial> {
        let client = self.get("client_id");
        let oauth = world.members("/providers/oauth2/");
        let mut providers = oauth.chain(world.members("/providers/proxy/"));
        providers.find(|provider| *world.value(*provider, "client_id") == client)
    }

    /// The checks that the server makes once it knows where the browser may be sent back to.
    fn judge(&self, world: &World, provider: Serial) -> Result<(), Refusal> {
        let mut response: Vec<&str> = self.get("response_type").split_whitespace().collect();
        response.sort_unstable();
        let response = response.join(" ");
        let Some((_, grant)) = RESPONSES.iter().find(|(known, _)| *known == response) else {
            let error = "unsupported_response_type";
            return Err(Refusal { error, sign: '?' });
        };
        let sign = if *grant == "implicit" { '#' } else { '?' };
        let refuse = |error| Err(Refusal { error, sign });
        // Releases before 2026.5 know no such list, and take what comes.
        let grants = world.value(provider, "grant_types").as_array();
        if grants.is_some_and(|grants| !grants.iter().any(|own| own == grant)) {
            return refuse("invalid_request");
        }
        if *grant != "authorization_code" && response != "code token" {
            if !self.has("scope", "openid") {
                return refuse("invalid_scope");
            }
            if self.get("nonce").is_empty() {
                return refuse("invalid_request");
            }
        }
        let is_known_method = ["", "plain", "S256"].contains(&self.get("code_challenge_method"));
        if !is_known_method && !self.get("code_challenge").is_empty() {
            return refuse("invalid_request");
        }
        if self.has("prompt", "none") {
            return refuse("login_required");
        }
        Ok(())
    }

    fn send_back(&self, refusal: &Refusal) -> Page {
        let redirect = self.get("redirect_uri");
        let Refusal { error, sign } = refusal;
        let state = match self.get("state") {
            "" => String::new(),
            state => format!("&state={state}"),
        };
        Page::Redirect(format!(
            "{redirect}{sign}error={error}&error_description=refused{state}"
        ))
    }
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

//! Reads the OIDC settings that an application needs from its provider: issuer, addresses, client id and secret.
//!
//! The secret leaves the answer as a [`Secret`] and nothing else of the answer is kept.

use serde_json::Value as Json;

use super::{Problem, Reader, Server};
use crate::client::{Client, segment};
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::schema::{Kind, SignOn, id_text};
use crate::signin::{APPLICATION, Redirect, Registration};
use crate::value::Secret;

/// Where a SAML provider has the issuer that somebody chose for it.
const CHOSEN_ISSUER: &str = "issuer_override";

/// The first parts of the server paths in a provider's answers.
const PAGES: &[&str] = &["/application/", "/api/v3/"];

/// Reads it for an application by its slug. `base` is where applications reach the server.
pub async fn registration(
    client: &Client,
    server: &Server,
    slug: &str,
    base: &str,
) -> Result<Registration, Problem> {
    let application = application(client, server, slug).await?;
    let provider = provider(client, &application, slug).await?;
    let raw = read_provider(client, &provider).await?;
    let launch = [
        text(&application, "meta_launch_url"),
        text(&application, "launch_url"),
    ];
    let mut registration = Registration {
        slug: slug.to_owned(),
        name: text(&application, "name"),
        provider: provider.name,
        kind: provider.kind,
        fields: Vec::new(),
        secret: None,
        public: false,
        redirects: Vec::new(),
        grants: None,
        launch: launch.into_iter().find(|url| !url.is_empty()),
    };
    match provider.sign_on {
        SignOn::Addresses(names) => {
            registration.fields = reported_fields(names, &raw, &server.url, base);
        }
        sign_on => oidc(&mut registration, sign_on, raw, base),
    }
    Ok(registration)
}

fn text(raw: &Json, field: &str) -> String {
    let text = raw.get(field).and_then(Json::as_str);
    text.unwrap_or_default().to_owned()
}

/// Reads the application of a slug.
async fn application(client: &Client, server: &Server, slug: &str) -> Result<Json, Problem> {
    let reader = Reader::new(client, server);
    let Some(kind) = kinds::kind(APPLICATION) else {
        return Err(reported(Code::NO_SIGN_ON, "there is no such kind"));
    };
    let mut found = reader.one(kind, slug).await?;
    if !found.is_empty() {
        return Ok(found.swap_remove(0));
    }
    // Only a hint: a list that cannot be read is none.
    let known = match reader.page(kind, &[]).await {
        Ok(page) => page.results,
        Err(_) => Vec::new(),
    };
    let names: Vec<String> = known.iter().filter_map(|raw| kind.name_in(raw)).collect();
    let message = format!("there is no application {slug:?} on the server");
    let diagnostic = Diagnostic::error(Code::NO_APPLICATION, message)
        .note("an application that the token cannot see counts as missing")
        .help("name it by its slug, as in its address")
        .did_you_mean(slug, names.iter().map(String::as_str));
    Err(Problem::Diagnostic(diagnostic))
}

/// The provider of an application, as far as the application says what it is.
struct Provider {
    name: String,
    id: String,
    kind: &'static Kind,
    sign_on: SignOn,
}

/// The provider of an application. Refuses an application without one, and one whose kind has no settings for an
/// application.
async fn provider(client: &Client, application: &Json, slug: &str) -> Result<Provider, Problem> {
    let outline = application.get("provider_obj");
    let Some(outline) = outline.filter(|outline| outline.is_object()) else {
        let message = format!("the application {slug:?} has no provider");
        let diagnostic = Diagnostic::error(Code::NO_SIGN_ON, message)
            .help("give it one (`provider:`), of the type oauth2 or saml");
        return Err(Problem::Diagnostic(diagnostic));
    };
    let name = text(outline, "name");
    let id = outline.get("pk").and_then(id_text).unwrap_or_default();
    let mut model = text(outline, "meta_model_name");
    if kinds::by_model(&model).is_none()
        && let Some(listed) = listed_model(client, &id).await?
    {
        model = listed;
    }
    let kind = kinds::by_model(&model);
    if let Some(kind) = kind
        && let Some(sign_on) = kind.sign_on
    {
        return Ok(Provider {
            name,
            id,
            kind,
            sign_on,
        });
    }
    let type_ = match kind.or_else(|| kinds::by_any_model(&model)) {
        Some(Kind {
            type_name: Some(word),
            ..
        }) => format!("its type is {word}"),
        // The server may have kinds that the table does not.
        _ => "the server does not name its type, or akrec does not know it".to_owned(),
    };
    let message =
        format!("the provider {name:?} of the application {slug:?} has no integration settings");
    let diagnostic = Diagnostic::error(Code::NO_SIGN_ON, message).note(format!(
        "{type_}; only oauth2 and saml have integration settings"
    ));
    Err(Problem::Diagnostic(diagnostic))
}

/// The model of a provider by the list of all. Of some kinds (LDAP, RADIUS, SCIM) the application only says that it is a
/// provider.
async fn listed_model(client: &Client, id: &str) -> Result<Option<String>, Problem> {
    let Some(all) = kinds::outside("provider") else {
        return Ok(None);
    };
    let path = format!("{}{}/", all.path, segment(id));
    match client.find(&path, &[]).await {
        Ok(found) => Ok(found.map(|raw| text(&raw, "meta_model_name"))),
        // Only the word for the type is lost.
        Err(error) if error.is_forbidden() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn read_provider(client: &Client, provider: &Provider) -> Result<Json, Problem> {
    let path = format!("{}{}/", provider.kind.path, segment(&provider.id));
    match client.get(&path, &[]).await {
        Ok(raw) => Ok(raw),
        // authentik says 404 of what a token may not see.
        Err(error) if matches!(error.status(), Some(403 | 404)) => {
            let message = format!("the token may not read the provider {:?}", provider.name);
            let diagnostic = Diagnostic::error(Code::PERMISSION, message)
                .note(format!("GET {path}: {}", error.what()))
                .help("a service account in the group `authentik Read-only` may read it, including its secret");
            Err(Problem::Diagnostic(diagnostic))
        }
        Err(error) => Err(error.into()),
    }
}

/// Fills in what an OpenID provider says.
fn oidc(registration: &mut Registration, sign_on: SignOn, mut raw: Json, base: &str) {
    let SignOn::Oidc {
        issuer,
        shared,
        client,
        secret,
        sort,
        public,
        redirects,
        grants,
    } = sign_on
    else {
        return;
    };
    let has_shared_issuer = text(&raw, issuer) == shared;
    registration.fields = addresses(base, &registration.slug, has_shared_issuer);
    registration.fields.push(("client_id", text(&raw, client)));
    registration.public = text(&raw, sort) == public;
    registration.redirects = self::redirects(&raw[redirects]);
    registration.grants = raw[grants].as_array().map(|grants| {
        let words = grants.iter().filter_map(Json::as_str);
        words.map(str::to_owned).collect()
    });
    if let Json::String(text) = raw[secret].take()
        && !registration.public
        && !text.is_empty()
    {
        registration.secret = Some(Secret::new(&text));
    }
}

/// The fields that a provider has under names of its own: of each, the first field that has a value.
fn reported_fields(
    names: &'static [(&'static str, &'static [&'static str])],
    raw: &Json,
    url: &str,
    base: &str,
) -> Vec<(&'static str, String)> {
    let mut diagnostics = Vec::new();
    for (name, fields) in names {
        let said = fields.iter().map(|field| (field, text(raw, field)));
        let Some((field, value)) = said.into_iter().find(|(_, value)| !value.is_empty()) else {
            continue;
        };
        // An issuer that somebody chose is a name, and stays as it is.
        let is_chosen = !field.starts_with("url_") || text(raw, CHOSEN_ISSUER) == value;
        let value = match is_chosen {
            true => value,
            false => reached(&value, url, base),
        };
        diagnostics.push((*name, value));
    }
    diagnostics
}

fn reported(code: Code, what: &str) -> Problem {
    Problem::Diagnostic(Diagnostic::error(code, what))
}

/// The addresses of an OpenID provider: those of the server for all applications, and those below the slug.
fn addresses(base: &str, slug: &str, shared: bool) -> Vec<(&'static str, String)> {
    let base = base.trim_end_matches('/');
    let all = format!("{base}/application/o");
    let own = format!("{all}/{}", segment(slug));
    let issuer = if shared {
        format!("{base}/")
    } else {
        format!("{own}/")
    };
    vec![
        ("issuer", issuer),
        (
            "discovery",
            format!("{own}/.well-known/openid-configuration"),
        ),
        ("authorize", format!("{all}/authorize/")),
        ("token", format!("{all}/token/")),
        ("userinfo", format!("{all}/userinfo/")),
        ("jwks", format!("{own}/jwks/")),
        ("end_session", format!("{own}/end-session/")),
    ]
}

/// An address of the server, as it is where applications reach the server at `base`. The server makes its addresses of how
/// it was reached itself, `url`, or of what a proxy in front of it says.
fn reached(reported: &str, url: &str, base: &str) -> String {
    let (url, base) = (url.trim_end_matches('/'), base.trim_end_matches('/'));
    let path = match reported.split_once("://") {
        _ if reported.starts_with('/') => reported,
        Some(("http" | "https", _)) if url == base => return reported.to_owned(),
        Some(("http" | "https", rest)) => rest.find(['/', '?', '#']).map_or("", |at| &rest[at..]),
        // No address: an issuer that is a word, or `-` where there is none.
        _ => return reported.to_owned(),
    };
    // The folder in which the server lies belongs to the address by which it is reached.
    let folder = url
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]))
        .unwrap_or_default();
    let below = PAGES.iter().filter_map(|page| path.find(page)).min();
    let path = match (path.strip_prefix(folder), below) {
        (Some(rest), _) if !folder.is_empty() && rest.starts_with('/') => rest,
        (_, Some(at)) => &path[at..],
        _ => path,
    };
    format!("{base}{path}")
}

/// The addresses that users may be sent back to after signing in; those for signing out are none of them.
fn redirects(raw: &Json) -> Vec<Redirect> {
    let items = raw.as_array().into_iter().flatten();
    let back = items.filter(|item| {
        item.get("redirect_uri_type")
            .is_none_or(|sort| sort == "authorization")
    });
    back.filter_map(|item| {
        let url = item.get("url")?.as_str()?.to_owned();
        Some(Redirect {
            url,
            regex: item
                .get("matching_mode")
                .is_some_and(|mode| mode == "regex"),
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_are_those_of_the_server() {
        let of = |shared| addresses("https://example.org/auth", "wiki", shared);
        assert_eq!(
            of(true)[0],
            ("issuer", "https://example.org/auth/".to_owned())
        );
        let own: Vec<String> = of(false).into_iter().map(|(_, url)| url).collect();
        assert_eq!(own[0], "https://example.org/auth/application/o/wiki/");
        assert_eq!(
            own[1],
            "https://example.org/auth/application/o/wiki/.well-known/openid-configuration"
        );
        assert_eq!(own[3], "https://example.org/auth/application/o/token/");
        assert_eq!(
            own[6],
            "https://example.org/auth/application/o/wiki/end-session/"
        );
    }

    #[test]
    fn what_the_server_tells_is_reached_where_the_flag_says() {
        let public = "https://sso.example.org/auth/";
        for url in [
            "http://authentik:9000",
            "https://10.0.0.7/internal/",
            "https://sso.example.org/auth",
        ] {
            for given in [
                "/application/saml/wiki/metadata/?a=b",
                "http://authentik:9000/application/saml/wiki/metadata/?a=b",
                "https://authentik/application/saml/wiki/metadata/?a=b",
                "https://10.0.0.7/internal/application/saml/wiki/metadata/?a=b",
                "https://sso.example.org/auth/application/saml/wiki/metadata/?a=b",
            ] {
                let want = "https://sso.example.org/auth/application/saml/wiki/metadata/?a=b";
                let is_same = url.trim_end_matches('/') == public.trim_end_matches('/')
                    && !given.starts_with('/');
                assert_eq!(
                    reached(given, url, public),
                    if is_same { given } else { want },
                    "{url} {given}"
                );
            }
            for given in ["authentik", "-", "urn:example:idp", ""] {
                assert_eq!(reached(given, url, public), given);
            }
        }
        // Without the flag the server's own words stay.
        let given = "https://elsewhere.example.org/application/saml/wiki/";
        assert_eq!(
            reached(given, "http://authentik:9000", "http://authentik:9000"),
            given
        );
        assert_eq!(
            reached("/application/x/", "http://a/b", "http://a/b"),
            "http://a/b/application/x/"
        );
    }

    #[test]
    fn addresses_for_signing_out_are_left_out() {
        let raw = json!([
            {"url": "https://a/", "matching_mode": "strict"},
            {"url": "https://b/.*", "matching_mode": "regex", "redirect_uri_type": "authorization"},
            {"url": "https://c/", "matching_mode": "strict", "redirect_uri_type": "logout"},
        ]);
        let all = redirects(&raw);
        assert_eq!(
            all.iter()
                .map(|it| (&*it.url, it.regex))
                .collect::<Vec<_>>(),
            [("https://a/", false), ("https://b/.*", true)]
        );
    }
}

//! Checks whether sign-in to an application can work: the provider's public documents, and whether the application
//! responds. Shows the token to the API alone; everything else is requested without credentials.

use std::time::Duration;

use serde_json::Value as Json;

use super::{Problem, Server, registration};
use crate::client::{Client, Glance, segment};
use crate::diag::Code;
use crate::schema::{Release, V2026_5};
use crate::signin::{End, Probe, Redirect, Registration, Verified};
use crate::value::weakness;

/// The fields that a discovery document must have by OpenID Connect Discovery 1.0, section 3.
const REQUIRED: [&str; 7] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
];

/// Probes an application. With `sure`, one that has no OpenID provider fails; without it there is nothing to say of it.
pub async fn verify(
    client: &Client,
    server: &Server,
    slug: &str,
    sure: bool,
    launch: bool,
) -> Result<Option<Verified>, Problem> {
    let mut probes = Vec::new();
    let found = match registration(client, server, slug, &server.url).await {
        Ok(found) => found,
        Err(Problem::Diagnostic(diagnostic))
            if matches!(diagnostic.code, Code::NO_APPLICATION | Code::NO_SIGN_ON) =>
        {
            if !sure && diagnostic.code == Code::NO_SIGN_ON {
                return Ok(None);
            }
            probes.push(Probe {
                name: "application",
                end: End::Failed(diagnostic.message, diagnostic.help),
                took: None,
            });
            return Ok(Some(Verified {
                application: slug.to_owned(),
                probes,
            }));
        }
        Err(problem) => return Err(problem),
    };
    if !found.is_oidc() {
        let what = format!(
            "the provider {:?} is of the type {}",
            found.provider,
            found.kind.title()
        );
        let help = Some("verify supports only OpenID Connect".to_owned());
        probes.push(Probe {
            name: "application",
            end: End::Failed(what, help),
            took: None,
        });
        return Ok(sure.then_some(Verified {
            application: slug.to_owned(),
            probes,
        }));
    }
    let page = async {
        match launch {
            true => Some(application(client, &found).await),
            false => None,
        }
    };
    let sign_in = sign_in(client, server, &found);
    let (documents, sign_in, page) = tokio::join!(documents(client, &found), sign_in, page);
    probes.push(Probe {
        name: "application",
        end: End::Passed(format!("signs in with the provider {:?}", found.provider)),
        took: None,
    });
    probes.extend(documents);
    probes.push(Probe {
        name: "redirects",
        end: redirects(&found.redirects, server.release),
        took: None,
    });
    probes.push(sign_in);
    let skipped = || Probe {
        name: "launch",
        end: End::Skipped("--no-launch".to_owned()),
        took: None,
    };
    probes.push(page.unwrap_or_else(skipped));
    Ok(Some(Verified {
        application: slug.to_owned(),
        probes,
    }))
}

/// The discovery document, the issuer in it, and the keys that it points to.
async fn documents(client: &Client, found: &Registration) -> [Probe; 3] {
    let address = found.field("discovery").unwrap_or_default();
    let (answer, took) = client.glance(address).await;
    let skipped = |name| {
        let end = End::Skipped("there is no discovery document".to_owned());
        Probe {
            name,
            end,
            took: None,
        }
    };
    let document = match well_formed(&answer) {
        Ok(document) => document,
        Err((why, help)) => {
            let end = End::Failed(format!("{address}: {why}"), help.map(str::to_owned));
            return [
                Probe {
                    name: "discovery",
                    end,
                    took: Some(took),
                },
                skipped("issuer"),
                skipped("jwks"),
            ];
        }
    };
    let discovery = Probe {
        name: "discovery",
        end: End::Passed(address.to_owned()),
        took: Some(took),
    };
    let issuer = issuer(
        text(&document, "issuer"),
        found.field("issuer").unwrap_or_default(),
    );
    let jwks = keys(client, &document).await;
    [
        discovery,
        Probe {
            name: "issuer",
            end: issuer,
            took: None,
        },
        jwks,
    ]
}

/// The document of an answer, or why it is none and what to do.
fn well_formed(
    answer: &Result<crate::client::Seen, String>,
) -> Result<Json, (String, Option<&'static str>)> {
    let seen = answer.as_ref().map_err(|why| (why.clone(), None))?;
    let there = "does a proxy in front of authentik let /application/o/ through?";
    let document = match (seen.status, &seen.document, &seen.location) {
        (200, Some(document), _) if document.is_object() => document,
        (200, ..) => return Err(("the answer is not a JSON object".to_owned(), Some(there))),
        (300..400, _, Some(to)) => {
            return Err((
                format!("it redirects to {to}, which is not followed"),
                Some("use the address that applications use"),
            ));
        }
        (status, ..) => return Err((format!("status {status}"), Some(there))),
    };
    let missing: Vec<&str> = REQUIRED
        .into_iter()
        .filter(|name| is_missing(&document[*name]))
        .collect();
    match missing.is_empty() {
        true => Ok(document.clone()),
        false => Err((format!("it lacks {}", missing.join(", ")), None)),
    }
}

fn is_missing(value: &Json) -> bool {
    match value {
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => true,
    }
}

/// Applications compare the issuer byte by byte.
fn issuer(reported: &str, expected: &str) -> End {
    if reported == expected {
        return End::Passed(reported.to_owned());
    }
    let help = match (reported.split_once("://"), expected.split_once("://")) {
        (Some((_, reported)), Some((_, expected))) if reported == expected => {
            "the proxy in front of authentik does not pass the scheme on (X-Forwarded-Proto)"
        }
        _ => {
            "is the address the one that applications use, and does the proxy in front of it pass the host on?"
        }
    };
    End::Failed(
        format!("{reported} instead of {expected}"),
        Some(help.to_owned()),
    )
}

async fn keys(client: &Client, document: &Json) -> Probe {
    let address = text(document, "jwks_uri");
    let (answer, took): Glance = client.glance(address).await;
    let end = match answer {
        Err(why) => End::Failed(format!("{address}: {why}"), None),
        Ok(seen) => judged(address, seen.status, seen.document.as_ref()),
    };
    Probe {
        name: "jwks",
        end,
        took: Some(took),
    }
}

fn judged(address: &str, status: u16, document: Option<&Json>) -> End {
    let Some(document) = document.filter(|document| status == 200 && document.is_object()) else {
        return End::Failed(
            format!("{address}: status {status}, and not a JSON object"),
            None,
        );
    };
    let keys = document
        .get("keys")
        .and_then(Json::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let sound = keys
        .iter()
        .filter(|key| key["kty"].is_string() && key["use"] != "enc")
        .count();
    match sound {
        0 => End::Failed(
            format!("{address}: there is no key to check signatures with"),
            Some("give the provider a signing_key; without one tokens are signed with the client secret".to_owned()),
        ),
        1 => End::Passed(format!("{address} (1 key)")),
        many => End::Passed(format!("{address} ({many} keys)")),
    }
}

fn redirects(all: &[Redirect], release: Release) -> End {
    if all.is_empty() && release < V2026_5 {
        return End::Skipped(
            "there are none, and authentik keeps the first one that anybody uses".to_owned(),
        );
    }
    if all.is_empty() {
        return End::Skipped("there are none, so nobody is sent back".to_owned());
    }
    let wrong = |it: &Redirect| {
        weakness(&it.url, it.regex).map(|what| format!("{}: {}", it.url, what.why()))
    };
    let wrong: Vec<String> = all.iter().filter_map(wrong).collect();
    match wrong.is_empty() {
        true => End::Passed(all.iter().map(|it| &*it.url).collect::<Vec<_>>().join(", ")),
        false => End::Failed(wrong.join("; "), None),
    }
}

/// The ways to get a token that begin in the browser of a user, and what is asked for then.
const IN_BROWSERS: [(&str, &str); 3] = [
    ("authorization_code", "code"),
    ("hybrid", "code id_token"),
    ("implicit", "id_token"),
];
/// No more addresses than this are tried of one application.
const TRIED: usize = 5;

/// Begins a sign-in, as a browser does that comes from the application: authentik either asks who the user is, or
/// refuses the application.
async fn sign_in(client: &Client, server: &Server, found: &Registration) -> Probe {
    let probe = |end: End, took: Option<Duration>| Probe {
        name: "sign-in",
        end,
        took,
    };
    let has = |grant: &str| {
        found
            .grants
            .as_ref()
            .is_none_or(|grants| grants.iter().any(|own| own == grant))
    };
    let asked = IN_BROWSERS
        .iter()
        .find(|(grant, _)| has(grant))
        .map(|(_, asked)| *asked);
    if asked.is_none()
        && found
            .grants
            .as_ref()
            .is_some_and(|grants| !grants.is_empty())
    {
        return probe(
            End::Skipped("none of its grant types starts in a browser".to_owned()),
            None,
        );
    }
    let exact = found
        .redirects
        .iter()
        .filter(|redirect| !redirect.regex)
        .take(TRIED);
    let exact: Vec<&str> = exact.map(|redirect| redirect.url.as_str()).collect();
    if exact.is_empty() && found.redirects.is_empty() && server.release >= V2026_5 {
        let what =
            "there is no redirect URI, and authentik refuses every sign-in without one".to_owned();
        return probe(
            End::Failed(
                what,
                Some("declare the application's own in redirect_uris".to_owned()),
            ),
            None,
        );
    }
    if exact.is_empty() {
        return probe(
            End::Skipped("no redirect URI is known in full".to_owned()),
            None,
        );
    }
    let mut slowest = Duration::ZERO;
    for redirect in &exact {
        let query = [
            ("client_id", found.field("client_id").unwrap_or_default()),
            ("redirect_uri", redirect),
            ("response_type", asked.unwrap_or("code")),
            ("scope", "openid"),
            ("state", "akrec"),
            ("nonce", "akrec"),
        ];
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{name}={}", segment(value)))
            .collect();
        let address = found.field("authorize").unwrap_or_default();
        let (answer, took) = client
            .glance(&format!("{address}?{}", query.join("&")))
            .await;
        slowest = slowest.max(took);
        if let Some((why, help)) = refused(&answer, found.grants.as_deref()) {
            return probe(
                End::Failed(format!("{redirect}: {why}"), help.map(str::to_owned)),
                Some(took),
            );
        }
    }
    let what = match exact.as_slice() {
        [one] => format!("authentik asks who the user is, for {one}"),
        many => format!(
            "authentik asks who the user is, for {} redirect URIs",
            many.len()
        ),
    };
    probe(End::Passed(what), Some(slowest))
}

/// Why a sign-in does not begin, if it does not, and what to do.
fn refused(
    answer: &Result<crate::client::Seen, String>,
    grants: Option<&[String]>,
) -> Option<(String, Option<&'static str>)> {
    let seen = match answer {
        Ok(seen) => seen,
        Err(why) => return Some((why.clone(), None)),
    };
    match (seen.status, &seen.error) {
        (300..400, None) => None,
        (300..400, Some(error)) => {
            let help = match grants {
                Some([]) => {
                    Some("give the provider grant types: without any, authentik refuses everything")
                }
                _ => None,
            };
            Some((
                format!("authentik sends the user back with error={error}"),
                help,
            ))
        }
        (400, _) => Some((
            "authentik shows an error page (status 400)".to_owned(),
            Some("does it know the client id, and this redirect URI?"),
        )),
        (status, _) => Some((
            format!("status {status} instead of a redirect to the sign-in"),
            Some("is there a proxy in front?"),
        )),
    }
}

/// Any answer below 500 is one: the page may want a sign-in, or send elsewhere.
async fn application(client: &Client, found: &Registration) -> Probe {
    let skipped = |why: &str| Probe {
        name: "launch",
        end: End::Skipped(why.to_owned()),
        took: None,
    };
    let address = match found.launch.as_deref() {
        None => return skipped("the application has no launch URL"),
        Some(url) if url.starts_with("blank://") => return skipped("the application is hidden"),
        Some(url) if url.contains("%(") => {
            return skipped("the launch URL differs from user to user");
        }
        Some(url) => url,
    };
    // The query and fragment of an address may be confidential.
    let shown = address.split(['?', '#']).next().unwrap_or_default();
    let (answer, took) = client.glance(address).await;
    let end = match answer {
        Ok(seen) if seen.status >= 500 => {
            End::Failed(format!("{shown}: status {}", seen.status), None)
        }
        Ok(seen) => match seen.location.filter(|_| (300..400).contains(&seen.status)) {
            Some(to) => End::Passed(format!("{shown}: status {}, to {to}", seen.status)),
            None => End::Passed(format!("{shown}: status {}", seen.status)),
        },
        // An address that holds a password is not quoted.
        Err(why) if address.contains('@') => End::Failed(why, None),
        Err(why) => End::Failed(format!("{shown}: {why}"), None),
    };
    Probe {
        name: "launch",
        end,
        took: Some(took),
    }
}

fn text<'a>(document: &'a Json, field: &str) -> &'a str {
    document
        .get(field)
        .and_then(Json::as_str)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_without_what_the_standard_wants_is_none() {
        let seen = |document| {
            Ok(crate::client::Seen {
                status: 200,
                document: Some(document),
                location: None,
                error: None,
            })
        };
        let (why, _) =
            well_formed(&seen(json!({"issuer": "https://a/", "jwks_uri": ""}))).unwrap_err();
        assert!(
            why.starts_with("it lacks authorization_endpoint, token_endpoint, jwks_uri"),
            "{why}"
        );
        assert_eq!(
            well_formed(&seen(json!([]))).unwrap_err().0,
            "the answer is not a JSON object"
        );
    }

    #[test]
    fn an_issuer_is_compared_byte_by_byte() {
        assert!(matches!(issuer("https://a/", "https://a/"), End::Passed(_)));
        let End::Failed(_, Some(help)) = issuer("http://a/", "https://a/") else {
            panic!()
        };
        assert!(help.contains("X-Forwarded-Proto"));
        assert!(matches!(issuer("https://a", "https://a/"), End::Failed(..)));
    }

    #[test]
    fn a_sign_in_begins_with_a_redirect_that_carries_no_error() {
        let seen = |status, error: Option<&str>| {
            Ok(crate::client::Seen {
                status,
                document: None,
                location: None,
                error: error.map(str::to_owned),
            })
        };
        assert_eq!(refused(&seen(302, None), None), None);
        let (why, help) = refused(&seen(302, Some("invalid_request")), Some(&[])).unwrap();
        assert!(
            why.contains("error=invalid_request") && help.unwrap().contains("grant types"),
            "{why}"
        );
        assert!(
            refused(&seen(400, None), None)
                .unwrap()
                .0
                .contains("error page")
        );
        assert!(
            refused(&seen(200, None), None)
                .unwrap()
                .0
                .contains("status 200")
        );
        assert!(
            refused(&Err("no way".to_owned()), None)
                .unwrap()
                .0
                .contains("no way")
        );
    }

    #[test]
    fn a_key_that_only_encrypts_signs_nothing() {
        let judge = |keys| judged("x", 200, Some(&keys));
        assert!(matches!(judge(json!({})), End::Failed(..)));
        assert!(matches!(judge(json!({"keys": []})), End::Failed(..)));
        assert!(matches!(
            judge(json!({"keys": [{"kty": "RSA", "use": "enc"}]})),
            End::Failed(..)
        ));
        assert!(matches!(
            judge(json!({"keys": [{"kty": "RSA", "use": "sig"}]})),
            End::Passed(_)
        ));
        assert!(matches!(judged("x", 404, None), End::Failed(..)));
    }
}

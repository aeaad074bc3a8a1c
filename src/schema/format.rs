//! What a text has to be beyond a text: a URL, an e-mail address, a network, an expression. One check each, by the rule of
//! the server where it has one. Pure.
//!
//! A check says why a text is refused and never repeats the text: it may be a secret.

mod email;
mod network;
mod pattern;
mod python;
mod url;

use serde_json::Value as Json;

use super::release::{Release, V2025_12, V2026_5, V2026_8};
use super::upload::file_name;

/// What a text has to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Any text.
    Any,
    /// A URL with one of these schemes; its host needs no domain (`DomainlessURLValidator`).
    Url(&'static [&'static str]),
    /// Such URLs with commas between them.
    Urls(&'static [&'static str]),
    /// A URL whose host may hold placeholders such as `%(username)s` (`DomainlessFormattedURLValidator`).
    LaunchUrl,
    /// A URL by Django's own rule: its host has a domain, or is `localhost`.
    PublicUrl,
    /// An e-mail address.
    Email,
    /// Letters, digits, `-` and `_`.
    Slug,
    /// The name or the address of a machine, without a scheme and a path.
    Host,
    /// Networks such as `10.0.0.0/8` with commas between them.
    Networks,
    /// A text without a blank.
    OneWord,
    /// ASCII that can be printed, from 2026.8 on.
    Printable,
    /// A path without slashes at its ends and without empty parts.
    UserPath,
    /// A body of a Python function.
    Python,
    /// The same where this other field of the object is true.
    PythonIf(&'static str),
    /// A regular expression of Python where this other field inside of the same item has this value.
    PatternIf(&'static str, &'static str),
    /// Regular expressions of Go, one a line.
    Patterns,
    /// A blueprint, which the reader of YAML looks at.
    Blueprint,
    /// Of free data: a kubeconfig, which may be empty.
    Kubeconfig,
    /// Where pictures of users come from: words, attributes and addresses with commas between them, without blanks.
    Avatars,
    /// Of free data: links, each with a `name` and an `href`.
    Links,
    /// A private key as PEM, without a passphrase.
    PrivateKey,
    /// The name of a file that the server shows, an address, or `fa://` and an icon.
    Media,
}

/// The schemes of addresses of web pages, `blank` being authentik's own word for none.
pub const WEB: &[&str] = &["http", "https", "blank"];

impl Format {
    /// What it takes, as the end of a sentence such as "email takes …".
    pub fn takes(self) -> String {
        match self {
            Format::Any => "any text".to_owned(),
            Format::Url(schemes) if schemes == WEB => "a URL such as https://app.example.org/".to_owned(),
            Format::Url(schemes) => format!("a URL that begins with {}", schemed(schemes)),
            Format::Urls(schemes) => format!("a URL that begins with {}, or several separated by commas", schemed(schemes)),
            Format::LaunchUrl => "a URL such as https://app.example.org/ or blank://blank".to_owned(),
            Format::PublicUrl => "a URL such as https://auth.example.org/".to_owned(),
            Format::Email => "an e-mail address such as jane@example.org".to_owned(),
            Format::Slug => "a slug".to_owned(),
            Format::Host => "a host name such as mail.example.org".to_owned(),
            Format::Networks => "networks such as 10.0.0.0/8, separated by commas".to_owned(),
            Format::OneWord => "one word".to_owned(),
            Format::Printable => "printable ASCII".to_owned(),
            Format::UserPath => "a path such as users/staff".to_owned(),
            Format::Python | Format::PythonIf(_) => "a body of a Python function".to_owned(),
            Format::PatternIf(..) => "a regular expression".to_owned(),
            Format::Patterns => "regular expressions, one per line".to_owned(),
            Format::Blueprint => "a blueprint: a mapping with `version: 1` and `entries`".to_owned(),
            Format::Kubeconfig => "a kubeconfig".to_owned(),
            Format::Avatars => {
                "none, initials, gravatar, attributes.NAME or a URL, several separated by commas without spaces".to_owned()
            }
            Format::Links => "a list of mappings of `name` and `href`".to_owned(),
            Format::PrivateKey => "a private key as PEM".to_owned(),
            Format::Media => "the name of a file, an address, or fa:// and an icon".to_owned(),
        }
    }

    /// Why a text is refused, if it is. `release` is the server's, where it is known. What depends on another field is
    /// judged as if that field said so.
    pub fn check(self, text: &str, release: Option<Release>) -> Result<(), String> {
        let from = |first: Release| release.is_none_or(|release| release >= first);
        let reported = |answer: Result<(), &'static str>| answer.map_err(str::to_owned);
        match self {
            Format::Any | Format::Blueprint | Format::Kubeconfig | Format::Links => Ok(()),
            Format::Avatars => reported(avatars(text)),
            Format::Url(schemes) => url::domainless(text, schemes),
            Format::Urls(schemes) => text
                .split(',')
                .try_for_each(|one| url::domainless(one, schemes)),
            Format::LaunchUrl => {
                let more = if from(V2026_5) {
                    &["ssh", "sftp"][..]
                } else {
                    &[]
                };
                url::formatted(
                    text,
                    &[&["http", "https", "ftp", "ftps", "blank"], more].concat(),
                )
            }
            Format::PublicUrl => url::public(text),
            Format::Email => reported(email::check(text)),
            Format::Slug => reported(
                match text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
                {
                    true => Ok(()),
                    false => Err("letters, digits, `-` and `_` only"),
                },
            ),
            Format::Host => reported(network::host(text)),
            Format::Networks => network::networks(text),
            Format::OneWord => reported(if text.contains(' ') {
                Err("it contains a space")
            } else {
                Ok(())
            }),
            // Only a server that is known to be that new refuses it.
            Format::Printable if release.is_none_or(|release| release < V2026_8) => Ok(()),
            Format::Printable => reported(
                match text.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
                    true => Ok(()),
                    false => Err("letters without accents, digits and ASCII signs only"),
                },
            ),
            Format::UserPath => reported(user_path(text)),
            Format::Python | Format::PythonIf(_) => python::check(text),
            Format::PatternIf(..) => pattern::check(text),
            Format::Patterns => text.lines().map(str::trim).try_for_each(pattern::check),
            Format::PrivateKey => reported(super::digest::private_key(text)),
            Format::Media if from(V2025_12) => reported(media(text)),
            Format::Media => Ok(()),
        }
    }
}

impl Format {
    /// Why free data is refused, if it is.
    pub fn check_data(self, data: &Json) -> Result<(), &'static str> {
        let empty = data.as_object().is_some_and(|keys| keys.is_empty());
        match self {
            Format::Kubeconfig if !empty && current_cluster(data).is_none() => {
                Err("its `current-context` does not lead to a cluster")
            }
            Format::Links if !are_links(data) => {
                Err("one of them has no `name`, or an `href` that is not a string")
            }
            _ => Ok(()),
        }
    }
}

fn are_links(data: &Json) -> bool {
    let is_link = |link: &Json| {
        let text = |name: &str| link.get(name).is_some_and(Json::is_string);
        text("name") && (text("href") || link.get("href").is_none_or(Json::is_null))
    };
    let cleared = data.is_null() || data.as_object().is_some_and(|keys| keys.is_empty());
    cleared
        || data
            .as_array()
            .is_some_and(|links| links.iter().all(is_link))
}

/// The cluster that a kubeconfig is about.
fn current_cluster(config: &Json) -> Option<&Json> {
    fn named<'a>(list: &'a Json, name: &Json) -> Option<&'a Json> {
        list.as_array()?
            .iter()
            .find(|item| item.get("name") == Some(name))
    }
    let context = named(config.get("contexts")?, config.get("current-context")?)?.get("context")?;
    named(config.get("clusters")?, context.get("cluster")?)?
        .get("cluster")
        .filter(|cluster| cluster.is_object())
}

/// `ldap:// or ldaps://`.
fn schemed(schemes: &[&str]) -> String {
    let all: Vec<String> = schemes
        .iter()
        .map(|scheme| format!("{scheme}://"))
        .collect();
    match all.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        all => all.concat(),
    }
}

fn user_path(text: &str) -> Result<(), &'static str> {
    if text.starts_with('/') || text.ends_with('/') {
        return Err("a slash at its beginning or its end");
    }
    if text.contains("//") {
        Err("two slashes in a row")
    } else {
        Ok(())
    }
}

/// The server tries one after the other, and skips what it does not know (lib/avatars.py).
fn avatars(text: &str) -> Result<(), &'static str> {
    let known = |mode: &str| {
        ["none", "initials", "gravatar"].contains(&mode)
            || mode.starts_with("attributes.")
            || mode.contains("://")
    };
    match text.split(',').all(known) {
        true => Ok(()),
        false => Err("authentik does not know one of them"),
    }
}

/// What the server shows: its own files and addresses are not looked at (admin/files/validation.py).
fn media(text: &str) -> Result<(), &'static str> {
    if ["http:", "https://", "fa://", "/static"]
        .iter()
        .any(|start| text.starts_with(start))
    {
        return Ok(());
    }
    file_name(&text.replace("%(theme)s", "theme"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(format: Format, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(format.check(text, None), Ok(()), "{format:?}: {text:?}");
        }
        for text in bad {
            assert!(format.check(text, None).is_err(), "{format:?}: {text:?}");
        }
    }

    #[test]
    fn each_takes_what_the_server_takes() {
        takes(Format::Slug, &["a-b_C9"], &["a b", "ä", "a/b", "a.b"]);
        takes(Format::UserPath, &["users", "a/b"], &["/a", "a/", "a//b"]);
        takes(Format::OneWord, &["openid"], &["a b"]);
        takes(
            Format::Media,
            &[
                "a/b.png",
                "fa://fa-x",
                "https://x.example.org/ä b",
                "%(theme)s.svg",
            ],
            &["ä.png", "/a"],
        );
        takes(
            Format::Avatars,
            &[
                "none",
                "gravatar,initials",
                "attributes.a.b,https://x/%(upn)s",
            ],
            &["nope", "none, "],
        );
        takes(Format::Patterns, &["", "^/a$\n\n^/b"], &["^/a$\n("]);
        takes(
            Format::Urls(&["ldap", "ldaps"]),
            &["ldap://a,ldaps://b:636"],
            &["ldap://a, ldaps://b", "http://a"],
        );
    }

    #[test]
    fn a_kubeconfig_leads_to_a_cluster() {
        let config = |context: &str| {
            serde_json::json!({
                "current-context": context, "contexts": [{"name": "c", "context": {"cluster": "k"}}],
                "clusters": [{"name": "k", "cluster": {"server": "https://k8s.example.org"}}],
            })
        };
        assert_eq!(Format::Kubeconfig.check_data(&config("c")), Ok(()));
        assert_eq!(
            Format::Kubeconfig.check_data(&serde_json::json!({})),
            Ok(())
        );
        assert!(Format::Kubeconfig.check_data(&config("d")).is_err());
        assert!(
            Format::Kubeconfig
                .check_data(&serde_json::json!({"clusters": []}))
                .is_err()
        );
    }

    #[test]
    fn releases_differ() {
        assert!(
            Format::LaunchUrl
                .check("ssh://a.example.org", Some(V2025_12))
                .is_err()
        );
        assert_eq!(
            Format::LaunchUrl.check("ssh://a.example.org", Some(V2026_5)),
            Ok(())
        );
        assert_eq!(Format::Printable.check("grün", Some(V2026_5)), Ok(()));
        assert!(Format::Printable.check("grün", Some(V2026_8)).is_err());
        assert_eq!(Format::Printable.check("grün", None), Ok(()));
    }
}

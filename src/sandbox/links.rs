//! Addresses that answers carry: where an application is opened, where a SAML provider signs in and out.
//! Must never name a host: what is on the server itself begins with a slash.

use serde_json::Value;

use super::types::Serial;
use super::world::{World, text_of};

/// Where an application is opened: its own address, or what its provider makes of its settings.
pub(super) fn launch_url(world: &World, application: Serial) -> Value {
    let own = world.value(application, "meta_launch_url");
    if *own != "" {
        return own.clone();
    }
    let provider = world
        .resolve("Provider", world.value(application, "provider"))
        .ok()
        .flatten();
    let Some((provider, kind)) =
        provider.and_then(|it| Some((it, world.collection_of(it)?.model.as_str())))
    else {
        return Value::Null;
    };
    match kind {
        "ProxyProvider" => world.value(provider, "external_host").clone(),
        "RACProvider" => "goauthentik.io://providers/rac/launch".into(),
        "OAuth2Provider" => match world.value(provider, "redirect_uris").get(0) {
            Some(first) => without_path(&text_of(first.get("url").unwrap_or(&Value::Null))).into(),
            None => Value::Null,
        },
        "SAMLProvider" if world.facts.is_from(2026, 5) => saml(world, application, "init/").into(),
        "SAMLProvider" => saml(world, application, "sso/binding/init/").into(),
        _ => Value::Null,
    }
}

/// The addresses of a SAML provider. Without an application there is nothing to sign in to.
pub(super) fn of_saml(world: &World, provider: Serial, name: &str) -> Option<Value> {
    let application = world
        .referrers(provider, "/core/applications/", "provider")
        .next();
    let path = match name {
        "url_sso_post" => "sso/binding/post/",
        "url_sso_redirect" => "sso/binding/redirect/",
        "url_sso_init" => "sso/binding/init/",
        "url_slo_post" => "slo/binding/post/",
        "url_slo_redirect" => "slo/binding/redirect/",
        "url_unified" => "",
        "url_unified_init" => "init/",
        "url_issuer" => {
            let own = text_of(world.value(provider, "issuer_override"));
            let issuer = application
                .map_or_else(|| "authentik".to_owned(), |it| saml(world, it, "metadata/"));
            return Some(if own.is_empty() { issuer } else { own }.into());
        }
        "url_download_metadata" if application.is_some() && world.facts.is_from(2026, 5) => {
            "metadata/"
        }
        "url_download_metadata" => {
            let (base, pk) = (&world.get(provider)?.base, text_of(&world.pk_of(provider)));
            return Some(format!("/api/v3{base}{pk}/metadata/?download").into());
        }
        _ => return None,
    };
    Some(application.map_or_else(
        || "-".into(),
        |application| saml(world, application, path).into(),
    ))
}

fn saml(world: &World, application: Serial, path: &str) -> String {
    format!(
        "/application/saml/{}/{path}",
        text_of(world.value(application, "slug"))
    )
}

/// An address without its path; all else of it stays.
fn without_path(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (host, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (_, kept) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    match scheme {
        "" => format!("{host}{kept}"),
        scheme => format!("{scheme}://{host}{kept}"),
    }
}

#[cfg(test)]
mod tests {
    use super::without_path;

    #[test]
    fn only_the_path_goes() {
        assert_eq!(
            without_path("https://a.example.org/b/c?d=e"),
            "https://a.example.org?d=e"
        );
        assert_eq!(
            without_path("https://a.example.org"),
            "https://a.example.org"
        );
    }
}

//! `output`: the settings that an application needs from its provider, in every form, and its secret only where it is
//! asked for.

use akrec::sandbox::{Fault, Sandbox};
use serde_json::{Value, json as raw};

use super::support::*;

const APPS: &str = "\
groups: {staff: {}}
defaults:
  providers.oauth2:
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
providers:
  wiki: {type: oauth2, client_id: wiki-client, client_secret: !env KEY, redirect_uris: [https://wiki.example.org/cb]}
  cams: {type: oauth2, client_id: cams-client, client_type: public, issuer_mode: global}
  old:
    type: saml
    acs_url: https://old.example.org/acs
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
  door:
    type: proxy
    external_host: https://door.example.org
    mode: forward_single
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
applications:
  wiki: {name: Wiki, provider: wiki, bindings: [{group: staff}]}
  cams: {name: Cams, provider: cams, bindings: [{group: staff}]}
  old: {name: Old, provider: old, bindings: [{group: staff}]}
  door: {name: Door, provider: door, bindings: [{group: staff}]}
  bare: {name: Bare, bindings: [{group: staff}]}
";

async fn made() -> (Sandbox, Home) {
    let server = server().await;
    let home = Home::new(APPS);
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    (server, home)
}

/// The printed text, with a name for the server's address.
fn shown(home: &Home, url: &str, args: &str) -> String {
    home.against(url, args)
        .run()
        .expect(0)
        .out
        .replace(url, "https://auth.example.org")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_without_the_secret() {
    let (server, home) = made().await;
    let url = server.url();
    insta::assert_snapshot!(shown(&home, &url, "output wiki"), @"
    issuer         https://auth.example.org/application/o/wiki/
    discovery      https://auth.example.org/application/o/wiki/.well-known/openid-configuration
    authorize      https://auth.example.org/application/o/authorize/
    token          https://auth.example.org/application/o/token/
    userinfo       https://auth.example.org/application/o/userinfo/
    jwks           https://auth.example.org/application/o/wiki/jwks/
    end_session    https://auth.example.org/application/o/wiki/end-session/
    client_id      wiki-client
    client_secret  (sensitive value) --show-secret shows it
    ");
    // One issuer for all, and no secret at all.
    let ran = home
        .against(&url, "output cams --show-secret")
        .run()
        .expect(0);
    assert!(
        ran.out.starts_with(&format!("issuer       {url}/\n")),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("client_secret"), "{}", ran.out);
    ran.says(&["it is a public client, which has no secret"]);
    for form in ["env", "json", "yaml", "kubernetes"] {
        let ran = home
            .against(&url, &format!("output wiki --format {form}"))
            .run()
            .expect(0);
        assert!(
            !ran.out.to_lowercase().contains("secret:") && !ran.out.contains("sensitive"),
            "{}",
            ran.out
        );
        ran.says(&["the client secret is omitted; --show-secret includes it"]);
    }
    // Where applications reach it.
    let args = "output wiki --format json --public-url https://sso.example.org/auth/";
    let document: Value = serde_json::from_str(&shown(&home, &url, args)).unwrap();
    assert_eq!(
        document["issuer"],
        "https://sso.example.org/auth/application/o/wiki/"
    );
    // SAML says its own.
    home.against(&url, "output old")
        .run()
        .expect(0)
        .says(&["issuer", "authentik"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_secret_is_where_it_is_asked_for_and_nowhere_else() {
    let (server, home) = made().await;
    let url = server.url();
    // On standard output alone, however talkative.
    let ran = home
        .against(&url, "output wiki -vvv --format json --show-secret")
        .run();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(
        !ran.err.contains(SECRET) && !ran.err.contains(TOKEN),
        "{}",
        ran.err
    );
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["client_secret"], SECRET);
    // In a file, and then in no output.
    home.write("wiki.env", "OLD=1\n");
    let args = "output wiki -vvv --format env --show-secret --write wiki.env";
    let args = format!("{args} --map client_id=GF_ID --map client_secret=GF_SECRET");
    let ran = home.against(&url, &args).run().expect(0);
    assert_eq!(ran.out, "");
    assert_eq!(
        home.read("wiki.env"),
        format!("GF_ID=wiki-client\nGF_SECRET={SECRET}\n")
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(home.0.join("wiki.env"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let names: Vec<String> = std::fs::read_dir(&home.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("wiki"))
        .collect();
    assert_eq!(names, ["wiki.env"], "nothing is left beside it");
    let args = "output wiki --format kubernetes --namespace web --secret-name sso --show-secret --write no/such/dir.yaml";
    home.against(&url, args)
        .run()
        .expect(3)
        .says(&["error[AKR0308]", "no/such/dir.yaml cannot be written"]);
    // A file without the secret, if it is not asked for.
    home.against(&url, "output wiki --format yaml --write plain.yaml")
        .run()
        .expect(0);
    assert!(!home.read("plain.yaml").contains(SECRET));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_handed_over_is_reported() {
    let (server, home) = made().await;
    let url = server.url();
    for (app, says) in [
        (
            "wik",
            &[
                "error[AKR0320]",
                "there is no application \"wik\"",
                "did you mean \"wiki\"?",
            ][..],
        ),
        (
            "bare",
            &["error[AKR0321]", "the application \"bare\" has no provider"],
        ),
        (
            "door",
            &[
                "error[AKR0321]",
                "has no integration settings",
                "its type is proxy",
            ],
        ),
        (
            "wiki --format env --name one",
            &["error[AKR0301]", "would both be called"],
        ),
        (
            "wiki --map secret=x",
            &["error[AKR0301]", "--map secret: unknown field"],
        ),
        (
            "wiki --format kubernetes --namespace Web",
            &["not a valid name in Kubernetes"],
        ),
        (
            "wiki --public-url sso.example.org",
            &["--public-url cannot be used", "https://sso.example.org"],
        ),
    ] {
        let ran = home
            .against(&url, &format!("output {app}"))
            .run()
            .expect(3)
            .says(says);
        assert_eq!(ran.out, "", "{app}");
    }
    // A token that sees the application and not its provider, or not the secret.
    server.set_fault(|_, entry| {
        entry
            .path
            .starts_with("/providers/oauth2/")
            .then(|| Fault::Status(403, raw!({"detail": "no permission"})))
    });
    let ran = home
        .against(&url, "output wiki --show-secret")
        .run()
        .expect(4);
    ran.says(&[
        "error[AKR0403]",
        "the token may not read the provider \"wiki\"",
        "authentik Read-only",
    ]);
    server.set_fault(|_, entry| {
        let body = raw!({"pk": 1, "name": "wiki", "client_id": "wiki-client", "client_type": "confidential"});
        entry.path.starts_with("/providers/oauth2/").then_some(Fault::Status(200, body))
    });
    let ran = home
        .against(&url, "output wiki --show-secret")
        .run()
        .expect(4);
    assert_eq!(ran.out, "");
    ran.says(&["the server does not return the client secret"]);
}

/// Every address of every form is where applications reach the server, whatever address the server reports.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_address_is_the_public_one() {
    let (server, home) = made().await;
    let url = server.url();
    const PUBLIC: &str = "https://sso.example.org/auth";
    let addresses = |app: &str, form: &str| -> Vec<String> {
        let args = format!("output {app} --format {form} --public-url {PUBLIC}/");
        let out = home.against(&url, &args).run().expect(0).out;
        let words = out
            .split([' ', '"', '\'', '\n', '=', ','])
            .filter(|word| word.contains('/') && !word.contains("json"));
        words.map(str::to_owned).collect()
    };
    let own = |host: &str| {
        let at = |path: &str| format!("{host}/application/saml/old/{path}");
        raw!({
            "pk": 3, "name": "old", "issuer": "authentik", "url_issuer": at("metadata/"), "issuer_override": "",
            "url_download_metadata": format!("{host}/api/v3/providers/saml/3/metadata/?download"),
            "url_sso_redirect": at("sso/binding/redirect/"), "url_sso_post": at("sso/binding/post/"),
            "url_sso_init": at("sso/binding/init/"), "url_slo_redirect": at("slo/binding/redirect/"),
            "url_slo_post": at("slo/binding/post/"),
        })
    };
    for host in [
        None,
        Some(url.clone()),
        Some("http://authentik-server:9000".to_owned()),
        Some("https://[::1]:9443".into()),
    ] {
        if let Some(host) = &host {
            let body = own(host);
            server.set_fault(move |_, entry| {
                entry
                    .path
                    .starts_with("/providers/saml/")
                    .then(|| Fault::Status(200, body.clone()))
            });
        }
        for form in ["text", "env", "json", "yaml", "kubernetes"] {
            for (app, least) in [("old", 6), ("wiki", 7), ("cams", 7)] {
                let all = addresses(app, form);
                assert!(all.len() >= least, "{app}, {form}: {all:?}");
                let other: Vec<_> = all
                    .iter()
                    .filter(|it| !it.starts_with(&format!("{PUBLIC}/")))
                    .collect();
                assert_eq!(other, Vec::<&String>::new(), "{app} as {form}, of {host:?}");
            }
        }
    }
    // An issuer that somebody chose is a name, even if it looks like an address.
    let mut body = own("http://authentik-server:9000");
    body["issuer_override"] = "http://authentik-server:9000/our-own".into();
    body["url_issuer"] = body["issuer_override"].clone();
    server.set_fault(move |_, entry| {
        entry
            .path
            .starts_with("/providers/saml/")
            .then(|| Fault::Status(200, body.clone()))
    });
    let args = format!("output old --public-url {PUBLIC}");
    home.against(&url, &args)
        .run()
        .expect(0)
        .says(&["issuer        http://authentik-server:9000/our-own\n"]);
}

/// Some releases call a provider of an application only `authentik_core.provider`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_is_called_as_state_files_call_it() {
    let (server, home) = made().await;
    let url = server.url();
    let kinds = akrec::kinds::family("provider").filter(|kind| kind.sign_on.is_none());
    let models = kinds.map(|kind| {
        (
            kind.model,
            format!("its type is {}", kind.type_name.unwrap()),
        )
    });
    let unknown = "the server does not name its type, or akrec does not know it".to_owned();
    let models: Vec<_> = models
        .chain([("authentik_core.provider", unknown)])
        .collect();
    assert!(models.len() > 5);
    for (model, says) in models {
        for printed in [
            model,
            "authentik_core.provider",
            "authentik_core.backchannelprovider",
            "",
        ] {
            let outline = raw!({"pk": 7, "name": "door", "meta_model_name": printed});
            let application = raw!({"pk": "x", "slug": "door", "name": "Door", "provider": 7, "provider_obj": outline});
            let provider = raw!({"pk": 7, "name": "door", "meta_model_name": model});
            server.set_fault(move |_, entry| match entry.path.as_str() {
                "/core/applications/door/" => Some(Fault::Status(200, application.clone())),
                "/providers/all/7/" => Some(Fault::Status(200, provider.clone())),
                _ => None,
            });
            let ran = home
                .against(&url, "output door")
                .run()
                .expect(3)
                .says(&["error[AKR0321]", &says]);
            assert!(!ran.err.contains("authentik_"), "{printed}: {}", ran.err);
        }
    }
    // One that signs users in is found in the same way.
    let outline = raw!({"pk": 1, "name": "wiki", "meta_model_name": "authentik_core.provider"});
    let application =
        raw!({"pk": "x", "slug": "wiki", "name": "Wiki", "provider": 1, "provider_obj": outline});
    let provider =
        raw!({"pk": 1, "name": "wiki", "client_id": "wiki-client", "client_type": "public"});
    server.set_fault(move |_, entry| match entry.path.as_str() {
        "/core/applications/wiki/" => Some(Fault::Status(200, application.clone())),
        "/providers/all/1/" => Some(Fault::Status(
            200,
            raw!({"meta_model_name": "authentik_providers_oauth2.oauth2provider"}),
        )),
        "/providers/oauth2/1/" => Some(Fault::Status(200, provider.clone())),
        _ => None,
    });
    home.against(&url, "output wiki")
        .run()
        .expect(0)
        .says(&["client_id    wiki-client"]);
}

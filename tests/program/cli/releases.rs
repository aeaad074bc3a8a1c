//! One state for servers of several releases: where the meaning is the same it serves all of them; where it is not, the
//! error says which release has what. Through the program, offline and against the embedded server.

use akrec::schema::{RELEASES, Release, V2026_2, V2026_5, Version};

use super::support::*;

/// The first and the newest version of a release that the sandbox can be.
fn versions(release: Release) -> [String; 2] {
    [
        release.patch(0).to_string(),
        release.patch(u16::MAX).to_string(),
    ]
}

/// Fields that releases have renamed, under the one or the other name.
const RENAMED: &str = "\
groups:
  staff: {}
  admins: {PARENTS}
providers:
  push: {type: scim, url: https://scim.example.org, FILTERS}
  sso:
    type: saml
    acs_url: https://sp.example.org/acs
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
    ISSUER: https://issuer.example.org
sources:
  partner:
    type: saml
    name: Partner
    sso_url: https://idp.example.org/sso
    pre_authentication_flow: default-source-pre-authentication
    ISSUER: https://me.example.org
";

/// The state with the names of the oldest or of the newest release.
fn renamed(new: bool) -> Home {
    let names = match new {
        true => [
            ("PARENTS", "parents: [staff]"),
            ("FILTERS", "group_filters: [staff]"),
            ("ISSUER", "issuer_override"),
        ],
        false => [
            ("PARENTS", "parent: staff"),
            ("FILTERS", "filter_group: staff"),
            ("ISSUER", "issuer"),
        ],
    };
    Home::new(
        &names.iter().fold(RENAMED.to_owned(), |text, (mark, name)| {
            text.replace(mark, name)
        }),
    )
}

#[test]
fn the_case_states_serve_every_release() {
    for case in ["010-homelab-access", "020-homelab-flows"] {
        let state = format!("{}/tests/cases/{case}/state", env!("CARGO_MANIFEST_DIR"));
        for release in RELEASES {
            let home = Home::new("");
            let with = |args: &str| {
                let secrets = [
                    "VAULTWARDEN_CLIENT_SECRET",
                    "GOOGLE_CLIENT_ID",
                    "GOOGLE_CLIENT_SECRET",
                ];
                let more = [
                    "GITHUB_CLIENT_ID",
                    "GITHUB_CLIENT_SECRET",
                    "FACEBOOK_CLIENT_ID",
                    "FACEBOOK_CLIENT_SECRET",
                ];
                let ran = home.akrec(args);
                secrets
                    .iter()
                    .chain(&more)
                    .fold(ran, |ran, name| ran.env(name, SECRET))
                    .run()
            };
            with(&format!("validate -C {state} --release {release}")).expect(0);
            if case.starts_with("010") {
                with(&format!("plan -C {state} --sandbox={release}"))
                    .expect(0)
                    .says(&[" to add"]);
            }
        }
    }
}

#[test]
fn renamed_fields_serve_every_release_under_either_name() {
    for new in [true, false] {
        for release in RELEASES {
            let home = renamed(new);
            home.akrec(&format!("validate --release {release}"))
                .run()
                .expect(0);
            let apply =
                format!("apply --sandbox={release} --sandbox-data world.json --auto-approve");
            home.akrec(&apply).run().expect(0);
            // The other names mean the same objects: nothing is left to do.
            let other = renamed(!new);
            other.write("world.json", home.read("world.json"));
            let plan =
                format!("plan --sandbox={release} --sandbox-data world.json --detailed-exitcode");
            other.akrec(&plan).run().expect(0).says(&["No changes."]);
        }
    }
}

#[test]
fn what_a_release_cannot_mean_is_an_error_that_says_so() {
    for (state, release, says) in [
        // No name at all before 2025.12, and nothing that means the same.
        (
            "stages: {who: {type: identification, user_fields: [email], webauthn_stage: keys}}",
            "2025.10",
            ["authentik 2025.10 has no webauthn_stage", "since 2025.12"],
        ),
        (
            "groups: {a: {parents: [b, c]}}",
            "2025.10",
            ["one parent on authentik 2025.10", "since 2025.12"],
        ),
        (
            "providers: {p: {type: scim, url: https://x.example, group_filters: [a, b]}}",
            "2025.12",
            [
                "one filter_group on authentik 2025.12, not 2",
                "since 2026.2",
            ],
        ),
        // Empty means the server's own issuer, which older releases do not have.
        (
            "providers: {p: {type: saml, issuer_override: \"\"}}",
            "2026.2",
            [
                "authentik 2026.2 has issuer in place of issuer_override",
                "since 2026.5",
            ],
        ),
        (
            "groups: {a: {parent: b, parents: [b]}}",
            "2026.5",
            ["are the same field", "set here"],
        ),
        (
            "providers: {p: {type: wsfed}}",
            "2025.12",
            ["authentik 2025.12 has no providers.wsfed", "since 2026.2"],
        ),
    ] {
        let home = Home::new(&format!("{state}\n"));
        home.akrec(&format!("validate --release {release}"))
            .run()
            .expect(3)
            .says(&says)
            .says(&["main.yaml:1:"]);
        // The newest release takes all but what contradicts itself.
        if !state.contains("parent:") {
            home.akrec(&format!(
                "validate --release {}",
                RELEASES[RELEASES.len() - 1]
            ))
            .run()
            .expect(0);
        }
    }
}

/// Secrets that newer patch releases keep to themselves: made before, kept through the upgrade, never planned for it.
#[test]
fn an_upgrade_to_a_patch_release_that_withholds_secrets_changes_nothing() {
    const STATE: &str = "\
providers:
  push: {type: scim, url: https://scim.example.org, token: !env KEY}
stages:
  sms: {type: authenticator_sms, provider: twilio, account_sid: !env {name: SID, default: AC1}, auth: !env KEY, from_number: \"1\"}
sources:
  realm: {type: kerberos, name: Realm, realm: EXAMPLE.ORG, sync_ccache: \"FILE:/tmp/one\"}
";
    for release in RELEASES.iter().filter(|release| **release >= V2026_2) {
        let home = Home::new(STATE);
        let [before, after] = versions(*release);
        let run = |verb: &str, version: &str| {
            home.akrec(&format!(
                "{verb} --sandbox={version} --sandbox-data world.json"
            ))
        };
        run("apply --auto-approve", &before).run().expect(0);
        run("plan --detailed-exitcode", &before)
            .run()
            .expect(0)
            .says(&["No changes."]);
        // A value that the server gives back is compared.
        run("plan --detailed-exitcode", &before)
            .env("KEY", "another")
            .run()
            .expect(2)
            .says(&["token", "auth"]);
        for verb in ["plan --detailed-exitcode", "drift"] {
            let ran = run(verb, &after).env("KEY", "another").run().expect(0);
            let line = "Not compared: 3 secrets, which authentik does not return: provider.push#token, source.realm#sync_ccache and stage.sms#auth. To send one again: --write-secret 'provider.push#token'.";
            let ran = ran.says(&[line]);
            assert_eq!(ran.out.matches("Not compared").count(), 1, "{}", ran.out);
        }
        let (_, document) = run("plan", &after).json();
        assert_eq!(
            document["skipped"]["uncompared_secrets"]
                .as_array()
                .unwrap()
                .len(),
            3
        );
        // Sent on demand, once; then the server has it, and still does not return it.
        let ran = run(
            "apply --auto-approve --write-secret provider.push#token",
            &after,
        )
        .env("KEY", "another")
        .run();
        ran.expect(0)
            .says(&["write-only, sent", "0 to add, 1 to change"]);
        assert!(home.read("world.json").contains("\"token\":\"another\""));
        run("apply --auto-approve", &after)
            .run()
            .expect(0)
            .says(&["No changes."]);
        // Whoever gives it back again shows that it differs.
        run("plan --detailed-exitcode", &before)
            .run()
            .expect(2)
            .says(&["token: (sensitive value, changed)"]);
        let ran = run("plan --write-secret provider.push#token", &before)
            .run()
            .expect(3);
        ran.says(&["the server returns it", "remove --write-secret"]);
        let ran = run("plan --write-secret provider.push#url", &after)
            .run()
            .expect(3);
        ran.says(&["--write-secret provider.push#url: this field is not a secret"]);
    }
}

/// A default that a later release no longer has is written: left out, the same files would mean something else there.
#[test]
fn an_export_means_the_same_after_an_upgrade() {
    const STATE: &str = "\
providers:
  sso:
    type: saml
    acs_url: https://sp.example.org/acs
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
";
    let home = Home::new(STATE);
    for release in RELEASES {
        let world = format!("--sandbox={release} --sandbox-data {release}.json");
        home.akrec(&format!("apply --auto-approve {world}"))
            .run()
            .expect(0);
        let export = home
            .akrec(&format!("export --target provider.sso --stdout {world}"))
            .run()
            .expect(0)
            .out;
        // From 2026.5 on it is empty, and the server makes one up.
        assert_eq!(
            export.contains("issuer: authentik"),
            *release < V2026_5,
            "{release}: {export}"
        );
        assert!(!export.contains("issuer_override"), "{release}: {export}");
        let again = Home::new(&export);
        again.write("world.json", home.read(&format!("{release}.json")));
        let plan =
            format!("plan --sandbox={release} --sandbox-data world.json --detailed-exitcode");
        again.akrec(&plan).run().expect(0);
        for later in RELEASES.iter().filter(|later| *later > release) {
            let home = Home::new(&export);
            home.akrec(&format!(
                "apply --auto-approve --sandbox={later} --sandbox-data later.json"
            ))
            .run()
            .expect(0);
            let world: serde_json::Value = serde_json::from_str(&home.read("later.json")).unwrap();
            let objects = world["objects"].as_array().unwrap().iter();
            let saml = objects
                .filter(|object| object["in"] == "/providers/saml/")
                .map(|object| &object["values"]);
            let issuers: Vec<&serde_json::Value> = saml
                .map(|it| it.get("issuer_override").unwrap_or(&it["issuer"]))
                .collect();
            let wanted = if *release < V2026_5 { "authentik" } else { "" };
            assert_eq!(issuers, [wanted], "{release} to {later}");
        }
    }
}

/// Models of security keys are in a list that can only be read, where three share a name: these go by their AAGUID.
#[test]
fn security_keys_are_named_by_description_or_aaguid() {
    let windows = [
        "08987058-cadc-4b81-b6e1-30de50dcbe96",
        "6028b017-b1d4-4c02-b4b3-afcdafc96bb2",
        "9ddd1817-af5a-4672-a2b9-3e3dd95000a9",
    ];
    let stage = |keys: &str| {
        format!(
            "stages: {{keys: {{type: authenticator_webauthn, device_type_restrictions: [{keys}]}}}}\n"
        )
    };
    for release in RELEASES {
        let home = Home::new(&stage(&format!(
            "1Password, {}, {}",
            windows[0], windows[2]
        )));
        let world = format!("--sandbox={release} --sandbox-data world.json");
        home.akrec(&format!("apply --auto-approve {world}"))
            .run()
            .expect(0);
        let same = |text: String, code: i32| {
            home.write("state/main.yaml", text);
            home.akrec(&format!("plan --detailed-exitcode {world}"))
                .run()
                .expect(code)
        };
        // One that has its description for itself goes by either.
        let bada = "bada5566-a7aa-401f-bd96-45619a55120d";
        same(stage(&format!("{bada}, {}, {}", windows[2], windows[0])), 0).says(&["No changes."]);
        // Another of the three is another one.
        let ran = same(
            stage(&format!("1Password, {}, {}", windows[0], windows[1])),
            2,
        );
        ran.says(&[windows[1], windows[2], "device_type_restrictions: 3 -> 3"]);
        let ran = same(stage("Windows Hello"), 3);
        ran.says(&[
            "error[AKR0204]: \"Windows Hello\" matches several objects",
            "write the aaguid of the one",
        ])
        .says(&windows);
        same(stage("Windows Hallo"), 3).says(&["AKR0203", "did you mean"]);
        // As many as there are come out, and plan to nothing.
        let export = home
            .akrec(&format!("export --kind stages --stdout {world}"))
            .run()
            .expect(0)
            .out;
        assert!(
            export.contains(windows[0])
                && export.contains(windows[2])
                && export.contains("1Password"),
            "{export}"
        );
        assert!(
            !export.contains("Windows Hello") && !export.contains("left out"),
            "{export}"
        );
        same(export, 0);
    }
}

/// A release that is newer than all known ones is warned of once, and works as far as it is like them: credentials that it
/// keeps to itself are not compared, and collections that akrec does not know can be declared under `raw`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_release_degrades() {
    let newest = RELEASES[RELEASES.len() - 1];
    let write_only = serde_json::json!({ "write_only": true });
    let fields = |names: &[&str]| {
        let fields: serde_json::Map<_, _> = names
            .iter()
            .map(|name| ((*name).to_owned(), write_only.clone()))
            .collect();
        serde_json::json!({ "fields": fields })
    };
    let mut options = akrec::sandbox::Options::new(newest.to_string());
    options.admin_token = TOKEN.to_owned();
    options.more = Some(serde_json::json!({
        "release": "2026.11.0-rc2",
        "collections": {
            "/providers/oauth2/": fields(&["client_secret"]),
            "/providers/radius/": fields(&["shared_secret"]),
            "/providers/scim/": fields(&["token"]),
            "/events/transports/": fields(&["webhook_url"]),
            "/outposts/service_connections/kubernetes/": fields(&["kubeconfig"]),
            "/secrets/secrets/": {
                "model": "Secret", "label": "authentik_secrets.secret", "verbose": "Secret", "plural": "Secrets",
                "key": "secret_uuid", "pk": "pk", "pk_type": "uuid", "lineage": ["Secret"],
                "ordering": ["name"], "search": ["name"], "filters": ["name"], "used_by": true,
                "fields": {
                    "name": { "type": "string", "required": true, "min_length": 1, "unique": "" },
                    "type": { "type": "string", "enum": ["text", "multiline", "file"], "default": "text" },
                    "value": { "type": "string", "write_only": true },
                },
                "shows": { "pk": { "type": "string", "format": "uuid" } },
            },
        },
    }));
    let server = akrec::sandbox::start(options).await.unwrap();
    let home = Home::new(
        "providers:
  wiki:
    type: oauth2
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
    client_secret: !env KEY
    redirect_uris: [https://wiki.example.org/cb]
    signing_key: authentik Self-signed Certificate
  push: {type: scim, url: https://scim.example.org, token: !env KEY}
notification_transports:
  chat: {mode: webhook, webhook_url: https://chat.example.org/x}
raw:
  /secrets/secrets/:
    write_only: [value]
    objects:
      ldap-bind: {type: text, value: !env KEY}
",
    );
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    let ran = home
        .against(&server.url(), "plan --detailed-exitcode")
        .run()
        .expect(0);
    let ran = ran.says(&["No changes.", "Not compared: 4 secrets"]);
    assert_eq!(ran.err.matches("AKR0405").count(), 1, "{}", ran.err);
    // The other one is about an address in clear text.
    assert_eq!(ran.err.matches("warning[").count(), 2, "{}", ran.err);
    home.against(&server.url(), "drift")
        .run()
        .expect(0)
        .says(&["Not compared: 4 secrets"]);
    // Another mode takes the address along, which only the files know.
    home.write(
        "state/main.yaml",
        home.read("state/main.yaml")
            .replace("mode: webhook,", "mode: webhook_slack,"),
    );
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    let transport = server.world_json()["/events/transports/"].clone();
    let chat = transport
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "chat")
        .unwrap()
        .clone();
    assert_eq!(
        (&chat["mode"], &chat["webhook_url"]),
        (
            &"webhook_slack".into(),
            &"https://chat.example.org/x".into()
        )
    );
    let version = Version::parse(&server.release()).unwrap();
    assert!(version.release > newest);
    home.against(&server.url(), "export --stdout")
        .run()
        .expect(0)
        .says(&["# client_secret: !env", "# webhook_url: !env"]);
}

/// A value of an enumeration that akrec has not learnt yet stays as it is on the server; it breaks neither plan nor export.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_value_stays_as_it_is() {
    let newest = RELEASES[RELEASES.len() - 1];
    let mut options = akrec::sandbox::Options::new(newest.to_string());
    options.admin_token = TOKEN.to_owned();
    let words =
        |field: &str, word: &str| serde_json::json!({ "fields": { field: { "enum": [word] } } });
    options.more = Some(serde_json::json!({ "collections": {
        "/providers/scim/": words("compatibility_mode", "quantum"),
        "/stages/authenticator/validate/": { "fields": { "device_classes": { "items": { "enum": ["implant"] } } } },
    } }));
    let server = akrec::sandbox::start(options).await.unwrap();
    let make = |path: &str, body: serde_json::Value| {
        assert_eq!(server.poke("POST", path, body).0, 201, "{path}")
    };
    let scim = serde_json::json!({ "name": "push", "url": "https://a.example", "compatibility_mode": "quantum" });
    make("/providers/scim/", scim);
    let validate = serde_json::json!({ "name": "mfa", "device_classes": ["totp", "implant"] });
    make("/stages/authenticator/validate/", validate);
    let home = Home::new("providers: {push: {type: scim, url: https://a.example}}\n");
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    home.against(&server.url(), "plan --detailed-exitcode")
        .run()
        .expect(0);
    let ran = home
        .against(
            &server.url(),
            "export --target provider.push --target stage.mfa -o out/all",
        )
        .run()
        .expect(0);
    let ran = ran.says(&["akrec does not know the value \"quantum\"", "\"implant\""]);
    assert!(!ran.err.contains("error"), "{}", ran.err);
    let ran = home
        .against(&server.url(), "plan -C out/all")
        .run()
        .expect(0);
    ran.says(&["0 to add, 0 to change"]);
    // Declared otherwise it is a change, as ever; declared as it is, it takes a word more.
    home.write(
        "state/main.yaml",
        "providers: {push: {type: scim, url: https://a.example, compatibility_mode: aws}}\n",
    );
    let ran = home
        .against(&server.url(), "plan --detailed-exitcode")
        .run()
        .expect(2);
    ran.says(&["compatibility_mode: \"quantum\" -> \"aws\""]);
    home.write(
        "state/main.yaml",
        "providers: {push: {type: scim, url: https://a.example, compatibility_mode: quantum}}\n",
    );
    home.against(&server.url(), "plan")
        .run()
        .expect(3)
        .says(&["AKR0108"]);
    home.against(&server.url(), "plan --detailed-exitcode --allow-unknown")
        .run()
        .expect(0)
        .says(&["AKR0108"]);
}

/// A field that the release should have and the server does not give back is an error with a way out that works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_is_missing_is_named() {
    let newest = RELEASES[RELEASES.len() - 1];
    let mut options = akrec::sandbox::Options::new(newest.to_string());
    options.admin_token = TOKEN.to_owned();
    let missing = serde_json::json!({ "fields": { "discovery_enabled": { "write_only": true } } });
    options.more = Some(serde_json::json!({ "collections": { "/providers/scim/": missing } }));
    let server = akrec::sandbox::start(options).await.unwrap();
    let state = |more: &str| {
        format!(
            "providers: {{push: {{type: scim, url: https://a.example, discovery_enabled: false{more}}}}}\n"
        )
    };
    let home = Home::new(&state(""));
    // Made as declared; that it arrived cannot be seen.
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(3)
        .says(&["error[AKR0409]", "\"push\""]);
    let ran = home.against(&server.url(), "plan").run().expect(3);
    let ran = ran.says(&[
        "does not return the discovery_enabled of provider \"push\"",
        "main.yaml:1:",
        "/providers/scim/",
    ]);
    ran.says(&[
        "lifecycle: {ignore: [discovery_enabled]}",
        "akrec kinds --check",
    ]);
    home.against(&server.url(), "plan --detailed-exitcode --allow-unknown")
        .run()
        .expect(0)
        .says(&["warning[AKR0409]"]);
    home.against(&server.url(), "drift --allow-unknown")
        .run()
        .expect(0);
    home.write(
        "state/main.yaml",
        state(", lifecycle: {ignore: [discovery_enabled]}"),
    );
    home.against(&server.url(), "plan --detailed-exitcode")
        .run()
        .expect(0)
        .says(&["No changes."]);
}

//! One state for servers of several releases: where the meaning is the same it serves all of them; where it is not, the
//! error says which release has what. Through the program, offline and against the embedded server.

use super::support::*;

const RELEASES: [&str; 5] = ["2025.10", "2025.12", "2026.2", "2026.5", "2026.8"];

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
        true => [("PARENTS", "parents: [staff]"), ("FILTERS", "group_filters: [staff]"), ("ISSUER", "issuer_override")],
        false => [("PARENTS", "parent: staff"), ("FILTERS", "filter_group: staff"), ("ISSUER", "issuer")],
    };
    Home::new(&names.iter().fold(RENAMED.to_owned(), |text, (mark, name)| text.replace(mark, name)))
}

#[test]
fn the_case_states_serve_every_release() {
    for case in ["010-homelab-access", "020-homelab-flows"] {
        let state = format!("{}/tests/cases/{case}/state", env!("CARGO_MANIFEST_DIR"));
        for release in RELEASES {
            let home = Home::new("");
            let with = |args: &str| {
                let secrets = ["VAULTWARDEN_CLIENT_SECRET", "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"];
                let more = ["GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "FACEBOOK_CLIENT_ID", "FACEBOOK_CLIENT_SECRET"];
                let ran = home.akrec(args);
                secrets.iter().chain(&more).fold(ran, |ran, name| ran.env(name, SECRET)).run()
            };
            with(&format!("validate -C {state} --release {release}")).expect(0);
            if case.starts_with("010") {
                with(&format!("plan -C {state} --sandbox={release}")).expect(0).says(&[" to add"]);
            }
        }
    }
}

#[test]
fn renamed_fields_serve_every_release_under_either_name() {
    for new in [true, false] {
        for release in RELEASES {
            let home = renamed(new);
            home.akrec(&format!("validate --release {release}")).run().expect(0);
            let apply = format!("apply --sandbox={release} --sandbox-data world.json --auto-approve");
            home.akrec(&apply).run().expect(0);
            // The other names mean the same objects: nothing is left to do.
            let other = renamed(!new);
            other.write("world.json", home.read("world.json"));
            let plan = format!("plan --sandbox={release} --sandbox-data world.json --detailed-exitcode");
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
        ("groups: {a: {parents: [b, c]}}", "2025.10", ["one parent on authentik 2025.10", "since 2025.12"]),
        (
            "providers: {p: {type: scim, url: https://x.example, group_filters: [a, b]}}",
            "2025.12",
            ["one filter_group on authentik 2025.12, not 2", "since 2026.2"],
        ),
        // Empty means the server's own issuer, which older releases do not have.
        (
            "providers: {p: {type: saml, issuer_override: \"\"}}",
            "2026.2",
            ["authentik 2026.2 has issuer in place of issuer_override", "since 2026.5"],
        ),
        ("groups: {a: {parent: b, parents: [b]}}", "2026.5", ["are one thing", "said here"]),
        ("providers: {p: {type: wsfed}}", "2025.12", ["authentik 2025.12 has no providers.wsfed", "since 2026.2"]),
    ] {
        let home = Home::new(&format!("{state}\n"));
        home.akrec(&format!("validate --release {release}")).run().expect(3).says(&says).says(&["main.yaml:1:"]);
        // The newest release takes all but what contradicts itself.
        if !state.contains("parent:") {
            home.akrec("validate --release 2026.8").run().expect(0);
        }
    }
}

//! Fields of one object: what differs, what does not, and what is written.

use akrec::schema::V2025_12;
use insta::assert_snapshot;

use super::table::{Table, check};

#[test]
fn create_update_and_nothing_to_do() {
    assert_snapshot!(check("groups: {staff: {is_superuser: true}}", ""), @r"
    0 + group.staff
        is_superuser: true
    ");
    assert_snapshot!(
        check("users: {sam: {email: new@example.org}}", "user: [{username: sam, email: old@example.org}]"), @r#"
    0 ~ user.sam
        email: "old@example.org" -> "new@example.org"
    "#);
    assert_snapshot!(
        check("users: {sam: {email: a@example.org, is_active: true}}", "user: [{username: sam, email: a@example.org}]"),
        @"nothing to do");
}

#[test]
fn a_creation_needs_what_the_server_requires() {
    assert_snapshot!(check("flows: {enrol: {name: Enrol}}", ""), @r#"
    error[AKR0117] 1:9: flow "enrol" does not exist yet, and cannot be created without title, designation
        note: designation: expected one of: authentication, authorization, invalidation, enrollment, unenrollment, recovery, stage_configuration
    "#);
    // Where it exists already, nothing is missing.
    assert_snapshot!(
        check("flows: {enrol: {name: Enrol}}", "flow: [{slug: enrol, name: x, title: t, designation: enrollment}]"),
        @r#"
    0 ~ flow.enrol
        name: "x" -> "Enrol"
    "#);
    // What akrec fills in by itself.
    assert_snapshot!(check("outposts: {edge: {type: proxy, providers: [p]}}", "provider_proxy: [{name: p}]"), @r#"
    0 + outpost.edge
        type: "proxy"
        providers: {provider.p}
        with config = {}
    "#);
}

#[test]
fn an_absent_field_is_left_alone() {
    let live = "user: [{username: sam, name: Sam, email: s@example.org, attributes: {a: 1}}]";
    assert_snapshot!(check("users: {sam: {}}", live), @"nothing to do");
    assert_snapshot!(check("users: {sam: }", live), @"nothing to do");
}

#[test]
fn empty_values_clear() {
    let live = "
application: [{slug: wiki, name: Wiki, meta_description: text, provider: ~1}]
provider_oauth2: [{name: wiki, pk: ~1, redirect_uris: [{url: 'https://a', matching_mode: strict}]}]
group: [{name: staff, attributes: {a: 1, b: 2}, parents: [~all]}, {name: all}]
";
    assert_snapshot!(check("applications: {wiki: {name: Wiki, meta_description: '', provider: null}}", live), @r#"
    0 ~ application.wiki
        provider: provider.wiki -> null
        meta_description: "text" -> ""
    "#);
    assert_snapshot!(check("applications: {wiki: {name: Wiki, meta_description: null}}", live), @r#"
    0 ~ application.wiki
        meta_description: "text" -> ""
    "#);
    assert_snapshot!(check("providers: {wiki: {type: oauth2, redirect_uris: []}}", live), @r#"
    0 ~ provider.wiki
        redirect_uris: [{matching_mode: "strict", url: "https://a"}] -> []
    "#);
    assert_snapshot!(check("groups: {staff: {attributes: {}, parents: []}}", live), @r#"
    0 ~ group.staff
        parents: -group.all (1 -> 0)
        attributes: {"a":1,"b":2} -> {}
    "#);
    // Clearing what is clear already is nothing.
    assert_snapshot!(check("groups: {all: {attributes: {}, parents: null, roles: []}}", live), @"nothing to do");
}

#[test]
fn what_cannot_be_cleared_is_refused() {
    assert_snapshot!(check("
applications: {wiki: {name: '', policy_engine_mode: null, open_in_new_tab: null}}
providers: {p: {type: oauth2, authorization_flow: null, access_token_validity: null}}
", ""), @r"
    error[AKR0118] 2:29: name cannot be cleared
        help: remove name to leave it unchanged on the server
    error[AKR0118] 2:53: policy_engine_mode cannot be cleared
        help: remove policy_engine_mode to leave it unchanged on the server
    error[AKR0118] 2:76: open_in_new_tab cannot be cleared
        help: remove open_in_new_tab to leave it unchanged on the server
    error[AKR0118] 3:51: authorization_flow cannot be cleared
        help: remove authorization_flow to leave it unchanged on the server
    error[AKR0118] 3:80: access_token_validity cannot be cleared
        help: remove access_token_validity to leave it unchanged on the server
    ");
}

#[test]
fn text_is_trimmed_as_the_server_trims_it() {
    let live = "policy_expression: [{name: p, expression: 'return True'}]";
    assert_snapshot!(check("policies:\n  p:\n    type: expression\n    expression: |\n      return True\n\n", live), @"nothing to do");
    assert_snapshot!(check("policies:\n  p:\n    type: expression\n    expression: |\n      return False\n", live), @r#"
    0 ~ policy.p
        expression: "return True" -> "return False"
    "#);
    assert_snapshot!(check("users: {' sam ': {name: '  Sam '}}", "user: [{username: sam, name: Sam}]"), @"nothing to do");
}

#[test]
fn durations_are_compared_by_length() {
    let live = "stage_user_login: [{name: in, session_duration: hours=1}]";
    assert_snapshot!(check("stages: {in: {type: user_login, session_duration: minutes=60}}", live), @"nothing to do");
    assert_snapshot!(check("stages: {in: {type: user_login, session_duration: 'hours=1;minutes=30'}}", live), @r"
    0 ~ stage.in
        session_duration: hours=1 -> hours=1;minutes=30
    ");
    // Older releases let anything in.
    let odd = "stage_user_login: [{name: in, session_duration: 1h}]";
    assert_snapshot!(check("stages: {in: {type: user_login, session_duration: hours=1}}", odd), @r#"
    0 ~ stage.in
        session_duration: "1h" -> hours=1
    "#);
}

#[test]
fn times_are_compared_as_instants() {
    let live = "
flow: [{slug: f, name: F, title: F, designation: enrollment}]
invitation: [{name: i, flow: ~f, expires: '2026-12-31T00:00:00.000000Z'}]
";
    assert_snapshot!(check("invitations: {i: {expires: 2026-12-31}}", live), @"nothing to do");
    assert_snapshot!(check("invitations: {i: {expires: '2026-12-31T01:00:00+01:00'}}", live), @"nothing to do");
    assert_snapshot!(check("invitations: {i: {expires: '2027-01-01T00:00:00Z'}}", live), @r"
    0 ~ invitation.i
        expires: 2026-12-31T00:00:00Z -> 2027-01-01T00:00:00Z
    ");
}

#[test]
fn ordered_lists_keep_their_order() {
    let live = "
provider_oauth2:
  - name: p
    redirect_uris: [{url: 'https://a', matching_mode: strict}, {url: 'https://b', matching_mode: regex}]
stage_identification: [{name: id, user_fields: [email, username]}]
";
    assert_snapshot!(check(
        "providers: {p: {type: oauth2, redirect_uris: ['https://a', {url: 'https://b', matching_mode: regex}]}}", live), @"nothing to do");
    assert_snapshot!(check(
        "providers: {p: {type: oauth2, redirect_uris: [{url: 'https://b', matching_mode: regex}, 'https://a']}}", live), @r#"
    0 ~ provider.p
        redirect_uris: [{matching_mode: "strict", url: "https://a"}, {matching_mode: "regex", url: "https://b"}] -> [{matching_mode: "regex", url: "https://b"}, {matching_mode: "strict", url: "https://a"}]
    "#);
    assert_snapshot!(check("stages: {id: {type: identification, user_fields: [username, email]}}", live), @r#"
    0 ~ stage.id
        user_fields: ["email", "username"] -> ["username", "email"]
        with sources = {}
    "#);
}

#[test]
fn keyed_data_manages_only_what_is_declared() {
    let live = "group: [{name: g, attributes: {mine: 1, theirs: {a: [1]}, old: x}}]";
    assert_snapshot!(check("groups: {g: {attributes: {mine: 2}}}", live), @r"
    0 ~ group.g
        attributes:
            mine: 1 -> 2
    ");
    assert_snapshot!(check("groups: {g: {attributes: {mine: 1}}}", live), @"nothing to do");
    assert_snapshot!(check("groups: {g: {attributes: {old: null, none: null}}}", live), @r#"
    0 ~ group.g
        attributes:
            old: "x" -> nothing
    "#);
    assert_snapshot!(check("groups: {g: {attributes: !exact {mine: 1}}}", live), @r#"
    0 ~ group.g
        attributes: {"mine":1,"old":"x","theirs":{"a":[1]}} -> {"mine":1}
    "#);
    assert_snapshot!(check("groups: {g: {attributes: !exact {}}}", live), @r#"
    0 ~ group.g
        attributes: {"mine":1,"old":"x","theirs":{"a":[1]}} -> {}
    "#);
    assert_snapshot!(check("groups: {g: {attributes: {theirs: {a: [1, 2]}}}}", live), @r#"
    0 ~ group.g
        attributes:
            theirs: {"a":[1]} -> {"a":[1,2]}
    "#);
    // A key that is to be absent is not sent when the object is made.
    assert_snapshot!(check("groups: {n: {attributes: {a: null, b: true, c: '1', d: 1.5, e: 1.10}}}", ""), @r#"
    0 + group.n
        attributes: {"b":true,"c":"1","d":1.5,"e":"1.10"}
    "#);
}

#[test]
fn readable_secrets_are_compared_and_never_shown() {
    let live = "provider_oauth2: [{name: p, client_secret: secret-of-A}]";
    assert_snapshot!(check("providers: {p: {type: oauth2, client_secret: !env A}}", live), @"nothing to do");
    assert_snapshot!(check("providers: {p: {type: oauth2, client_secret: !env B}}", live), @r"
    0 ~ provider.p
        client_secret: (sensitive value) -> (sensitive value)
    ");
}

#[test]
fn write_only_secrets_are_sent_on_creation_and_on_demand() {
    let live = "stage_captcha: [{name: c, public_key: p}]";
    let files = "stages: {c: {type: captcha, public_key: p, private_key: !env KEY}}";
    assert_snapshot!(check(files, ""), @r#"
    0 + stage.c
        private_key: (sensitive value)
        public_key: "p"
    "#);
    assert_snapshot!(check(files, live), @"
    nothing to do
    not compared: stage.c#private_key
    ");
    assert_snapshot!(Table::new(files, live).rewrite("stage.c", "private_key").show(), @"
    0 ~ stage.c
        private_key: (written)
    ");
}

/// What follows from the answer, not from the release: some patch releases no longer give a secret back.
#[test]
fn a_secret_that_the_answer_lacks_is_sent_on_creation_and_on_demand() {
    let files = "providers: {p: {type: scim, url: https://a.example.org, token: !env TOKEN}}";
    let live = "provider_scim: [{name: p, url: https://b.example.org, token: t}]";
    assert_snapshot!(Table::new(files, "").withheld(&["token"]).show(), @r#"
    0 + provider.p
        url: "https://a.example.org"
        token: (sensitive value)
    warning[AKR0510] 1:13: provider "p" is created without property_mappings
        note: the server has nothing of what the admin form preselects (goauthentik.io/providers/scim/user)
        help: name the ones that you want, or none: `property_mappings: []`
    warning[AKR0510] 1:13: provider "p" is created without property_mappings_group
        note: the server has nothing of what the admin form preselects (goauthentik.io/providers/scim/group)
        help: name the ones that you want, or none: `property_mappings_group: []`
    "#);
    assert_snapshot!(Table::new(files, live).withheld(&["token"]).show(), @r#"
    0 ~ provider.p
        url: "https://b.example.org" -> "https://a.example.org"
    not compared: provider.p#token
    "#);
    assert_snapshot!(Table::new(files, live).withheld(&["token"]).rewrite("provider.p", "token").show(), @r#"
    0 ~ provider.p
        url: "https://b.example.org" -> "https://a.example.org"
        token: (written)
    "#);
    // Given back, it is compared, and need not be asked for.
    assert_snapshot!(check(files, live), @r#"
    0 ~ provider.p
        url: "https://b.example.org" -> "https://a.example.org"
        token: (sensitive value) -> (sensitive value)
    "#);
    assert_snapshot!(Table::new(files, live).rewrite("provider.p", "token").show(), @"
    error[AKR0301]: --write-secret provider.p#token: the server returns it, so a plan writes it whenever it differs
        help: remove --write-secret for this field
    ");
    // Left alone by the files, or not asked for: no word of it.
    let ignored = files.replace("token:", "lifecycle: {ignore: [token]}, token:");
    assert_snapshot!(Table::new(&ignored, live).withheld(&["token"]).show(), @r#"
    0 ~ provider.p
        url: "https://b.example.org" -> "https://a.example.org"
    ignored: 1
    "#);
}

/// Stars are no value, and neither is nothing where the server takes no such.
#[test]
fn a_masked_secret_is_not_compared() {
    let files =
        |kind: &str| format!("stages: {{s: {{type: authenticator_sms, {kind}: !env SECRET}}}}");
    let live = |kind: &str, value: &str| {
        format!("stage_authenticator_sms: [{{name: s, {kind}: {value}}}]")
    };
    for value in ["null", "\"\"", "\"********\"", "\"••••••\""] {
        let plan = check(&files("auth"), &live("auth", value));
        assert_eq!(
            plan, "nothing to do\nnot compared: stage.s#auth\n",
            "{value}"
        );
    }
    // A field that may be empty is empty, and one of a few stars may be meant so.
    for value in ["\"\"", "\"**\""] {
        let plan = check(&files("auth_password"), &live("auth_password", value));
        assert_eq!(
            plan, "0 ~ stage.s\n    auth_password: (sensitive value) -> (sensitive value)\n",
            "{value}"
        );
    }
}

/// Compared with nothing it would differ for ever.
#[test]
fn any_other_field_that_the_answer_lacks_is_an_error_with_a_way_out() {
    let files = "providers: {p: {type: scim, url: https://a.example.org, dry_run: true}}";
    let live = "provider_scim: [{name: p, url: https://b.example.org}]";
    assert_snapshot!(Table::new(files, live).withheld(&["dry_run"]).show(), @r#"
    error[AKR0409] 1:57: authentik 2026.2 does not return the dry_run of provider "p"
        note: akrec expects dry_run in the answers of /providers/scim/ for 2026.2
        help: remove dry_run from the files, or ignore it with `lifecycle: {ignore: [dry_run]}`; `akrec kinds --check` shows how server and akrec differ
    "#);
    let ignored = files.replace("dry_run", "lifecycle: {ignore: [dry_run]}, dry_run");
    assert_snapshot!(Table::new(&ignored, live).withheld(&["dry_run"]).show(), @r#"
    0 ~ provider.p
        url: "https://b.example.org" -> "https://a.example.org"
    ignored: 1
    "#);
    assert_snapshot!(Table::new(files, live).withheld(&["dry_run"]).allow_unknown().show(), @r#"
    0 ~ provider.p
        url: "https://b.example.org" -> "https://a.example.org"
    warning[AKR0409] 1:57: authentik 2026.2 does not return the dry_run of provider "p"
        note: akrec expects dry_run in the answers of /providers/scim/ for 2026.2
        help: remove dry_run from the files, or ignore it with `lifecycle: {ignore: [dry_run]}`; `akrec kinds --check` shows how server and akrec differ
    "#);
    // What nobody declares may be missing.
    assert_snapshot!(Table::new(files, live).withheld(&["compatibility_mode"]).show(), @r#"
    0 ~ provider.p
        url: "https://b.example.org" -> "https://a.example.org"
        dry_run: false -> true
    "#);
}

/// The smallest certificate that there is, by its one byte of content.
fn pem(byte: u8) -> String {
    let der = ["MAMCAQE=", "MAMCAQI="][usize::from(byte) - 1];
    format!("-----BEGIN CERTIFICATE-----\\n{der}\\n-----END CERTIFICATE-----")
}

#[test]
fn certificates_are_compared_by_fingerprint_and_take_their_key_along() {
    let live = format!(
        "certificate: [{{name: tls, certificate_data: \"{}\"}}]",
        pem(1)
    );
    let files = |byte: u8, key: &str| {
        format!(
            "certificates: {{tls: {{certificate_data: \"{}\"{key}}}}}",
            pem(byte)
        )
    };
    let (same, other, alone) = (
        files(1, ", key_data: !env PRIVATE_KEY"),
        files(2, ", key_data: !env PRIVATE_KEY"),
        files(2, ""),
    );
    assert_snapshot!(check(&same, &live), @"nothing to do");
    assert_snapshot!(check(&other, &live), @"
    0 ~ certificate.tls
        certificate_data: #1b:65:f6:8a:52:2c:85:87:15:f5:dd:95:1c:d0:40:2d:c1:66:91:77:88:14:bf:07:59:82:2b:7a:25:74:21:d0 -> #71:4f:71:08:ae:13:87:dc:72:ec:6b:79:a0:c0:f8:e5:96:20:5d:bc:81:59:d2:c5:38:49:3b:a6:64:ed:26:a9
        key_data: (written)
    ");
    assert_snapshot!(check(&other, ""), @"
    0 + certificate.tls
        certificate_data: #71:4f:71:08:ae:13:87:dc:72:ec:6b:79:a0:c0:f8:e5:96:20:5d:bc:81:59:d2:c5:38:49:3b:a6:64:ed:26:a9
        key_data: (sensitive value)
    ");
    assert_snapshot!(check(&alone, &live), @"
    0 ~ certificate.tls
        certificate_data: #1b:65:f6:8a:52:2c:85:87:15:f5:dd:95:1c:d0:40:2d:c1:66:91:77:88:14:bf:07:59:82:2b:7a:25:74:21:d0 -> #71:4f:71:08:ae:13:87:dc:72:ec:6b:79:a0:c0:f8:e5:96:20:5d:bc:81:59:d2:c5:38:49:3b:a6:64:ed:26:a9
    ");
    // One of the two on demand takes the other along.
    assert_snapshot!(Table::new(&same, &live).rewrite("certificate.tls", "key_data").show(), @"
    0 ~ certificate.tls
        key_data: (written)
        certificate_data: (written)
    ");
    assert_snapshot!(Table::new(&same, &live).rewrite("certificate.tls", "certificate_data").show(), @"
    0 ~ certificate.tls
        certificate_data: (written)
        key_data: (written)
    ");
    // A certificate in which the server finds none.
    assert_snapshot!(check(&same, "certificate: [{name: tls}]"), @"
    0 ~ certificate.tls
        certificate_data: #1b:65:f6:8a:52:2c:85:87:15:f5:dd:95:1c:d0:40:2d:c1:66:91:77:88:14:bf:07:59:82:2b:7a:25:74:21:d0
        key_data: (written)
    ");
    // No fingerprint at all to compare by.
    assert_snapshot!(Table::new(&same, &live).withheld(&["fingerprint_sha256"]).show(), @"
    nothing to do
    not compared: certificate.tls#certificate_data
    ");
    // Nothing to compare a key by.
    assert_snapshot!(check("certificates: {tls: {key_data: !env PRIVATE_KEY}}", &live), @r#"
    nothing to do
    not compared: certificate.tls#key_data
    warning[AKR0132] 1:22: the key_data of certificate "tls" is never compared
        help: declare certificate_data too: the two are compared by it and sent together
    "#);
}

#[test]
fn what_the_server_makes_itself_is_left_alone() {
    let live = "provider_oauth2: [{name: p, client_id: abc, client_secret: def}]";
    assert_snapshot!(check("providers: {p: {type: oauth2, client_type: confidential}}", live), @"nothing to do");
    assert_snapshot!(check("certificates: {self: {generate: {validity_days: 365}}}", ""), @r"
    0 + certificate.self
        generate: {validity_days: 365}
    ");
    // Only for creation: an existing one is not made again.
    assert_snapshot!(
        check("certificates: {self: {generate: {validity_days: 365}}}", "certificate: [{name: self}]"), @"nothing to do");
}

#[test]
fn ignored_fields_are_set_once_and_never_again() {
    let files = "users: {sam: {name: Sam, email: a@example.org, lifecycle: {ignore: [email]}}}";
    assert_snapshot!(check(files, ""), @r#"
    0 + user.sam
        name: "Sam"
        email: "a@example.org"
    ignored: 1
    "#);
    assert_snapshot!(check(files, "user: [{username: sam, name: S, email: other@example.org}]"), @r#"
    0 ~ user.sam
        name: "S" -> "Sam"
    ignored: 1
    "#);
}

#[test]
fn companions_go_along_with_a_change() {
    let token = "
user: [{username: sam}, {username: kim}]
token: [{identifier: t, user: ~sam, intent: app_password, description: a, expiring: false}]
";
    assert_snapshot!(check("tokens: {t: {description: b}}", token), @r#"
    0 ~ token.t
        description: "a" -> "b"
        with intent = "app_password"
        with user = user.sam
    "#);
    assert_snapshot!(check("tokens: {t: {user: kim}}", token), @r#"
    0 ~ token.t
        user: user.sam -> user.kim
        with intent = "app_password"
    "#);
    let binding = "
application: [{slug: wiki, name: Wiki}]
group: [{name: staff}]
policy_binding: [{target: ~wiki, group: ~staff, order: 0, timeout: 30}]
";
    assert_snapshot!(
        check("applications: {wiki: {name: Wiki, bindings: [{group: staff, timeout: 60}]}}", binding), @r"
    0 ~ policy_binding[application.wiki,group.staff]
        timeout: 30 -> 60
        with group = group.staff
        with target = application.wiki
    ");
    // Only the group of fields that one of them belongs to.
    let proxy = "provider_proxy: [{name: p, mode: forward_single, external_host: 'https://a', internal_host: '', \
                 basic_auth_user_attribute: u, basic_auth_password_attribute: s}]";
    assert_snapshot!(check("providers: {p: {type: proxy, cookie_domain: example.org}}", proxy), @r#"
    0 ~ provider.p
        cookie_domain: "" -> "example.org"
        with internal_host = ""
        with mode = "forward_single"
    "#);
    assert_snapshot!(check("providers: {p: {type: proxy, basic_auth_enabled: true, basic_auth_user_attribute: u, basic_auth_password_attribute: s}}", proxy), @r#"
    0 ~ provider.p
        basic_auth_enabled: false -> true
        with basic_auth_password_attribute = "s"
        with basic_auth_user_attribute = "u"
        with internal_host = ""
        with mode = "forward_single"
    "#);
}

#[test]
fn the_release_decides_which_fields_are_there() {
    // The server of that release never shows `promoted`.
    let live = "source_oauth: [{slug: s, name: S, provider_type: github, consumer_key: k}]";
    assert_snapshot!(
        Table::new("sources: {s: {type: oauth, promoted: true}}", live).on(V2025_12).show(), @r#"
    0 ~ source.s
        promoted: false -> true
        with oidc_jwks = {}
        with oidc_jwks_url = ""
        with oidc_well_known_url = ""
        with provider_type = "github"
    "#);
}

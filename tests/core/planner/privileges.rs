//! The section `Privileges:`: each kind of line raised by a plan that gives somebody power, and not raised by one that does
//! not.

use super::table::Table;

/// Users, groups and roles of a small company.
const COMPANY: &str = "
/rbac/permissions/:
  - {id: ~authentik_core.reset_user_password, app_label: authentik_core, codename: reset_user_password, model: user}
  - {id: ~authentik_core.view_user, app_label: authentik_core, codename: view_user, model: user}
  - {id: ~authentik_core.impersonate, app_label: authentik_core, codename: impersonate, model: user}
  - {id: ~authentik_core.view_application, app_label: authentik_core, codename: view_application, model: application}
user:
  - {username: ada, name: Ada}
  - {username: bo, name: Bo, is_active: false}
  - {username: cy, name: Cy}
  - {username: bot, name: Bot, type: service_account}
role: [{name: helpdesk, permissions: [~authentik_core.view_user], object_permissions: [], users: [~cy]}]
group:
  - {name: owners, is_superuser: true, users: [~ada, ~bo]}
  - {name: deputies, parents: [~owners], users: []}
  - {name: staff, users: [~cy], roles: [~helpdesk]}
  - {name: interns, parents: [~staff], users: [~bot]}
application: [{slug: wiki, name: Wiki}]
";

/// The lines for these files against the company and `more`.
fn lines(files: &str, more: &str) -> String {
    Table::new(files, &format!("{COMPANY}{more}")).privileges()
}

#[track_caller]
fn says(files: &str, more: &str, expected: &[&str]) {
    let lines = lines(files, more);
    assert_eq!(lines.lines().collect::<Vec<_>>(), expected, "{files}");
}

#[test]
fn who_becomes_a_superuser_and_by_which_path() {
    says(
        "groups: {owners: {members: {include: [cy]}}}",
        "",
        &[r#"! user "cy" becomes a superuser through group "owners""#],
    );
    says(
        "groups: {deputies: {members: [cy]}}",
        "",
        &[r#"! user "cy" becomes a superuser through group "deputies" -> group "owners""#],
    );
    says(
        "users: {cy: {groups: [deputies]}}",
        "",
        &[r#"! user "cy" becomes a superuser through group "deputies" -> group "owners""#],
    );
    says(
        "users: {mallory: {name: M, groups: [owners]}}",
        "",
        &[r#"! user "mallory" becomes a superuser through group "owners""#],
    );
    // The members of groups below come along.
    says(
        "groups: {staff: {is_superuser: true}}",
        "",
        &[
            r#"! user "bot" becomes a superuser through group "interns" -> group "staff""#,
            r#"! user "cy" becomes a superuser through group "staff""#,
            r#"! group "interns" makes its members superusers through group "staff""#,
            r#"! group "staff" makes its members superusers"#,
        ],
    );
    says(
        "groups: {interns: {parents: [deputies]}}",
        "",
        &[
            r#"! user "bot" becomes a superuser through group "interns" -> group "deputies" -> group "owners""#,
            r#"! group "interns" makes its members superusers through group "deputies" -> group "owners""#,
        ],
    );
    says(
        "groups: {crew: {is_superuser: true, members: [cy, bot]}}",
        "",
        &[
            r#"! 2 users become superusers through group "crew": user "bot", user "cy""#,
            r#"! group "crew" makes its members superusers"#,
        ],
    );
    says(
        "users: {bo: {is_active: true}}",
        "",
        &[r#"! user "bo", a superuser through group "owners", is activated and can sign in again"#],
    );
}

#[test]
fn who_stops_being_a_superuser() {
    says(
        "groups: {owners: {members: [bo]}}",
        "",
        &[r#"- user "ada" is no longer a superuser (until now through group "owners")"#],
    );
    says(
        "groups: {owners: {is_superuser: false}}",
        "",
        &[
            r#"- 2 users are no longer superusers (until now through group "owners"): user "ada", user "bo""#,
            r#"- group "deputies" no longer makes its members superusers"#,
            r#"- group "owners" no longer makes its members superusers"#,
        ],
    );
}

#[test]
fn what_does_not_make_a_superuser_is_not_reported() {
    for files in [
        "groups: {staff: {members: {include: [bot]}}}",
        // Already one, by another group.
        "groups: {deputies: {members: [ada]}}",
        "groups: {chiefs: {previously: owners}}",
        "groups: {owners: {attributes: {note: x}}}",
        "groups: {crew: {members: [cy]}}",
        "users: {cy: {name: Cyrus}}",
        "users: {ada: {is_active: false}}",
        "applications: {wiki: {name: Wiki!}}",
    ] {
        says(files, "", &[]);
    }
}

#[test]
fn stages_and_sources_that_put_users_into_a_superuser_group() {
    says(
        "stages: {write: {type: user_write, create_users_group: deputies}}",
        "",
        &[
            r#"! stage "write" puts users into group "deputies" -> group "owners", which makes them superusers"#,
        ],
    );
    says(
        "stages: {write: {type: user_write, create_users_group: staff}}",
        "",
        &[],
    );
}

#[test]
fn what_roles_gain_and_who_has_them() {
    says(
        "roles: {helpdesk: {permissions: [view_user, reset_user_password]}}",
        "",
        &[
            r#"! role "helpdesk" gains authentik_core.reset_user_password: its holders can take over any account by a new password; held by group "staff", user "cy""#,
        ],
    );
    says(
        "roles: {helpdesk: {permissions: [], object_permissions: [{application: wiki, permissions: [view_application]}]}}",
        "",
        &[
            r#"+ role "helpdesk" gains authentik_core.view_application on application "wiki"; held by group "staff", user "cy""#,
            r#"- role "helpdesk" loses authentik_core.view_user; held by group "staff", user "cy""#,
        ],
    );
    says(
        "roles: {new: {permissions: [impersonate]}}",
        "",
        &[
            r#"! role "new" gains authentik_core.impersonate: its holders can act as any other user; nobody has the role"#,
        ],
    );
    says("roles: {helpdesk: {permissions: [view_user]}}", "", &[]);
}

#[test]
fn who_is_given_a_role() {
    says(
        "groups: {interns: {roles: [helpdesk]}}",
        "",
        &[r#"+ group "interns" gets role "helpdesk", which gives authentik_core.view_user"#],
    );
    says(
        "roles: {helpdesk: {members: [ada]}}",
        "",
        &[
            r#"+ user "ada" gets role "helpdesk", which gives authentik_core.view_user"#,
            r#"- user "cy" no longer has role "helpdesk""#,
        ],
    );
    says(
        "users: {ada: {roles: [helpdesk]}}",
        "",
        &[r#"+ user "ada" gets role "helpdesk", which gives authentik_core.view_user"#],
    );
    says(
        "groups: {staff: {roles: []}}",
        "",
        &[r#"- group "staff" no longer has role "helpdesk""#],
    );
    says("groups: {staff: {roles: [helpdesk]}}", "", &[]);
}

#[test]
fn initial_permissions() {
    says(
        "initial_permissions: {own: {role: helpdesk, permissions: [view_user, impersonate]}}",
        "",
        &[
            r#"! role "helpdesk" gets 2 permissions (authentik_core.impersonate, authentik_core.view_user) on every object that its members create (initial_permissions "own"): with authentik_core.impersonate its holders can act as any other user"#,
        ],
    );
    says(
        "initial_permissions: {own: {role: helpdesk, permissions: []}}",
        "",
        &[],
    );
}

const TOKENS: &str = "
token:
  - {identifier: ci, user: ~bot, intent: api, expiring: true, expires: '2026-07-01T00:00:00Z', description: ''}
  - {identifier: mail, user: ~cy, intent: app_password, expiring: true, expires: '2026-07-01T00:00:00Z', description: ''}
  - {identifier: forever, user: ~cy, intent: app_password, expiring: false, description: ''}
";

#[test]
fn tokens_that_are_made_last_longer_or_become_api_tokens() {
    says(
        "tokens: {new: {user: bot, expiring: false}}",
        "",
        &[r#"! token "new" of user "bot" is created: an API token that never ends"#],
    );
    says(
        "tokens: {new: {user: bot}}",
        "",
        &[r#"+ token "new" of user "bot" is created: an API token whose end the server sets"#],
    );
    says(
        "tokens: {new: {user: cy, intent: app_password, expires: '2026-07-01T00:00:00Z'}}",
        "",
        &[
            r#"+ token "new" of user "cy" is created: an app password that ends 2026-07-01T00:00:00Z"#,
        ],
    );
    says(
        "tokens: {ci: {expiring: false}}",
        TOKENS,
        &[r#"! token "ci" of user "bot", an API token, never ends from now on"#],
    );
    says(
        "tokens: {mail: {intent: app_password, expiring: false}}",
        TOKENS,
        &[r#"+ token "mail" of user "cy", an app password, never ends from now on"#],
    );
    says(
        "tokens: {mail: {intent: app_password, expires: '2026-08-01T00:00:00Z'}}",
        TOKENS,
        &[
            r#"+ token "mail" of user "cy", an app password, ends later: 2026-08-01T00:00:00Z (until now 2026-07-01T00:00:00Z)"#,
        ],
    );
    says(
        "tokens: {forever: {intent: api}}",
        TOKENS,
        &[r#"! token "forever" of user "cy" becomes an API token that never ends"#],
    );
    // Whatever is written: the server sets a new end of an API token.
    says(
        "tokens: {ci: {description: builds}}",
        TOKENS,
        &[
            r#"~ token "ci" of user "bot", an API token, lasts longer: at every write the server sets a new end"#,
        ],
    );
    says(
        "absent: {tokens: [forever]}",
        TOKENS,
        &[r#"- token "forever" of user "cy" is deleted"#],
    );
    says(
        "tokens: {forever: {intent: app_password, description: x}}",
        TOKENS,
        &[],
    );
    says(
        "tokens: {mail: {intent: app_password, expires: '2026-06-20T00:00:00Z'}}",
        TOKENS,
        &[],
    );
}

#[test]
fn service_accounts_and_attributes() {
    says(
        "users: {robot: {name: R, type: service_account}}",
        "",
        &[r#"+ user "robot" is created as a service account"#],
    );
    says(
        "users: {cy: {type: service_account}}",
        "",
        &[r#"~ user "cy" becomes a service account"#],
    );
    says(
        "users: {bot: {type: service_account}, eve: {name: E}}",
        "",
        &[],
    );
    says(
        "groups: {staff: {attributes: {goauthentik.io/user/token-expires: false, note: x}}}",
        "",
        &[
            r#"+ group "staff" gets the attribute goauthentik.io/user/token-expires, by which authentik treats users differently"#,
        ],
    );
}

#[test]
fn settings_of_impersonation() {
    let live = "settings: [{impersonation: false, impersonation_require_reason: true, flags: {}}]";
    says(
        "settings: {impersonation: true, impersonation_require_reason: false}",
        live,
        &[
            "+ the settings let whoever has the permission `impersonate` act as any other user (impersonation)",
            "+ the settings no longer ask for a reason when somebody acts as another user (impersonation_require_reason)",
        ],
    );
    says("settings: {impersonation: false}", live, &[]);
    says("settings: {gdpr_compliance: false}", live, &[]);
}

#[test]
fn blueprints() {
    let live = "blueprint: [{name: mine, enabled: false, path: '', content: 'version: 1', context: {}}, {name: live, enabled: true, path: '', content: 'version: 1', context: {}}]";
    let content = "\"version: 1\\nentries: []\\n\"";
    says(
        &format!("blueprints: {{new: {{content: {content}}}}}"),
        live,
        &[r#"! blueprint "new" is created: the server applies it, and it can change anything"#],
    );
    says(
        "blueprints: {mine: {enabled: true}}",
        live,
        &[r#"! blueprint "mine" is enabled: the server applies it, and it can change anything"#],
    );
    says(
        &format!("blueprints: {{live: {{content: {content}}}}}"),
        live,
        &[r#"! blueprint "live" is changed: the server applies it, and it can change anything"#],
    );
    says(
        &format!("blueprints: {{mine: {{content: {content}}}}}"),
        live,
        &[],
    );
    says("blueprints: {live: {enabled: false}}", live, &[]);
}

#[test]
fn python_that_the_server_runs() {
    let live = "
policy_expression: [{name: old, expression: return True, execution_logging: false}]
prompt: [{name: p, field_key: k, label: K, type: text, order: 0, initial_value: 'return 1', initial_value_expression: false}]
";
    says(
        "policies: {new: {type: expression, expression: return False}}",
        live,
        &[r#"+ policy "new" is created and runs Python on the server (expression)"#],
    );
    says(
        "policies: {old: {type: expression, expression: return False}}",
        live,
        &[r#"~ policy "old" runs other Python on the server (expression)"#],
    );
    says(
        "prompts: {p: {initial_value_expression: true}}",
        live,
        &[r#"~ prompt "p" runs other Python on the server (initial_value)"#],
    );
    says(
        "policies: {old: {type: expression, execution_logging: true}}",
        live,
        &[],
    );
    says("prompts: {p: {initial_value: text}}", live, &[]);
}

const PROVIDERS: &str = "
flow: [{slug: go, name: Go, title: Go, designation: authorization}]
provider_proxy:
  - {name: px, authorization_flow: ~go, invalidation_flow: ~go, external_host: 'https://a.example.org', mode: proxy, internal_host: 'http://a', skip_path_regex: ^/health$, intercept_header_auth: false, basic_auth_enabled: false, internal_host_ssl_validation: true, jwt_federation_providers: []}
provider_oauth2:
  - {name: oa, authorization_flow: ~go, invalidation_flow: ~go, client_type: confidential, redirect_uris: [{url: 'https://a.example.org/cb', matching_mode: strict}], jwt_federation_providers: []}
";

#[test]
fn what_a_proxy_leaves_unprotected() {
    let px = |fields: &str| format!("providers: {{px: {{type: proxy, {fields}}}}}");
    says(
        &px("skip_path_regex: \"^/health$\\n.*\\n^/api\""),
        PROVIDERS,
        &[
            r#"! provider "px" leaves every path unprotected, to everybody: .*"#,
            r#"+ provider "px" leaves these paths unprotected, to everybody: ^/api"#,
        ],
    );
    says(
        &px("skip_path_regex: \"^/a\\n\\n^/health$\""),
        PROVIDERS,
        &[
            r#"! provider "px" leaves every path unprotected, to everybody: (an empty line)"#,
            r#"+ provider "px" leaves these paths unprotected, to everybody: ^/a"#,
        ],
    );
    says(
        &px("skip_path_regex: ''"),
        PROVIDERS,
        &[r#"- provider "px" protects these paths again: ^/health$"#],
    );
    says(
        &px("mode: forward_single"),
        PROVIDERS,
        &[r#"~ provider "px" gets another mode: proxy -> forward_single"#],
    );
    says(
        &px("intercept_header_auth: true"),
        PROVIDERS,
        &[
            r#"+ provider "px" accepts credentials in the header `Authorization` of requests (intercept_header_auth)"#,
        ],
    );
    says(
        &px("internal_host_ssl_validation: false, jwt_federation_providers: [oa]"),
        PROVIDERS,
        &[
            r#"+ provider "px" no longer verifies the certificate of the application (internal_host_ssl_validation)"#,
            r#"+ provider "px" accepts tokens of provider "oa""#,
        ],
    );
    says(&px("internal_host: 'http://b'"), PROVIDERS, &[]);
}

#[test]
fn public_clients_and_wider_redirect_uris() {
    let oa = |fields: &str| format!("providers: {{oa: {{type: oauth2, {fields}}}}}");
    says(
        &oa("client_type: public"),
        PROVIDERS,
        &[r#"~ provider "oa" becomes a public client, which gets tokens without a secret"#],
    );
    for (uris, expected) in [
        (
            "[https://a.example.org/cb, https://b.example.org/cb]",
            r#"+ provider "oa" sends sign-ins to https://b.example.org/cb as well: no other redirect URI had this host"#,
        ),
        (
            "[https://a.example.org/cb, https://a.example.org/other]",
            r#"~ provider "oa" sends sign-ins to https://a.example.org/other as well: it is another address of the same host"#,
        ),
        (
            "[http://a.example.org/cb]",
            r#"+ provider "oa" sends sign-ins to http://a.example.org/cb as well: the code travels unencrypted; use https"#,
        ),
        (
            r"[{url: 'https://a\.example\.org/.*', matching_mode: regex}]",
            r#"+ provider "oa" sends sign-ins to https://a\.example\.org/.* as well: it is a regular expression"#,
        ),
        (
            "[{url: 'https://a.example.org/cb', matching_mode: regex}]",
            r#"! provider "oa" sends sign-ins to https://a.example.org/cb as well: a dot of the host is not escaped, so other hosts match as well; write \."#,
        ),
        (
            "[{url: '.*', matching_mode: regex}]",
            r#"! provider "oa" sends sign-ins to .* as well: the expression does not fix the scheme and the host"#,
        ),
    ] {
        says(
            &oa(&format!("redirect_uris: {uris}")),
            PROVIDERS,
            &[expected],
        );
    }
    says(
        &oa("redirect_uris: [https://a.example.org/cb]"),
        PROVIDERS,
        &[],
    );
    let new = "providers: {new: {type: oauth2, authorization_flow: go, invalidation_flow: go, redirect_uris: [https://n.example.org/cb]}}";
    says(new, PROVIDERS, &[]);
}

#[test]
fn notifications_that_leave_the_server() {
    let live = "
notification_transport:
  - {name: here, mode: local}
  - {name: hook, mode: webhook, webhook_url: 'https://one.example.org/TOPSECRET'}
notification_rule: [{name: all, transports: [~here], severity: notice}]
";
    says(
        "notification_transports: {new: {mode: webhook, webhook_url: 'https://two.example.org/TOPSECRET?k=TOPSECRET'}}",
        live,
        &[r#"+ notification_transport "new" sends events to two.example.org (webhook)"#],
    );
    says(
        "notification_transports: {hook: {mode: webhook, webhook_url: 'https://two.example.org/TOPSECRET'}}",
        live,
        &[r#"~ notification_transport "hook" sends events to two.example.org (webhook)"#],
    );
    says(
        "notification_transports: {here: {mode: email}}",
        live,
        &[r#"~ notification_transport "here" sends events by e-mail"#],
    );
    says(
        "notification_rules: {all: {transports: [here, hook]}}",
        live,
        &[r#"+ notification_rule "all" sends events through notification_transport "hook""#],
    );
    says(
        "notification_transports: {hook: {send_once: true}}",
        live,
        &[],
    );
    says("notification_transports: {quiet: {mode: local}}", live, &[]);
    says("notification_rules: {all: {severity: alert}}", live, &[]);
}

#[test]
fn values_of_the_environment_are_not_shown() {
    for files in [
        "providers: {px: {type: proxy, skip_path_regex: !env PATHS}}",
        "providers: {oa: {type: oauth2, redirect_uris: [{url: !env URL, matching_mode: strict}]}}",
        "policies: {new: {type: expression, expression: !env CODE}}",
    ] {
        let lines = lines(files, PROVIDERS);
        assert!(!lines.is_empty(), "{files}");
        assert!(!lines.contains("secret-of"), "{lines}");
    }
}

/// A restricted application with a provider, and flows of a fresh installation.
const RESTRICTED: &str = "
flow: [{slug: go, name: Go, title: Go, designation: authorization}]
group: [{name: staff}]
provider_oauth2: [{name: p, authorization_flow: ~go, invalidation_flow: ~go, client_id: abc, redirect_uris: []}]
provider_ldap: [{name: l, authorization_flow: ~go, invalidation_flow: ~go}]
application:
  - {slug: shut, name: Shut, provider: ~p, backchannel_providers: [~l]}
  - {slug: site, name: Site}
policy_binding: [{pk: b1, target: ~shut, group: ~staff, order: 0}]
";

#[test]
fn a_provider_does_not_move_from_a_restricted_application_to_an_open_one() {
    for files in [
        "applications: {shut: {provider: null}, new: {name: New, provider: p, bindings: []}}",
        "applications: {shut: {provider: null}, site: {provider: p}}",
        "{applications: {new: {name: New, provider: p}}, absent: {applications: [shut]}}",
        "applications: {shut: {provider: null}, new: {name: New, provider: p, lifecycle: {open: true, reason: x}}}",
        // The only binding is disabled.
        "applications: {shut: {provider: null}, new: {name: New, provider: p, bindings: [{group: staff, enabled: false}]}}",
        "applications: {shut: {backchannel_providers: []}, site: {backchannel_providers: [l]}}",
        // Another provider that is the same client.
        "{applications: {shut: {provider: null}, new: {name: New, provider: q}}, absent: {providers: [p]}, providers: {q: {type: oauth2, client_id: abc, authorization_flow: go, invalidation_flow: go, redirect_uris: []}}}",
    ] {
        let table = || {
            let mut table = Table::new(files, RESTRICTED);
            table = table.unsettled();
            table
        };
        let shown = table().show();
        assert!(shown.contains("error[AKR0640]"), "{files}\n{shown}");
    }
    for files in [
        "applications: {shut: {provider: null}, new: {name: New, provider: p, bindings: [{group: staff}]}}",
        "applications: {shut: {name: Shut!}, new: {name: New}}",
        "applications: {shop: {previously: shut, provider: p}}",
        "{applications: {new: {name: New, provider: q}}, providers: {q: {type: oauth2, client_id: other, authorization_flow: go, invalidation_flow: go, redirect_uris: []}}}",
    ] {
        let shown = Table::new(files, RESTRICTED).unsettled().show();
        assert!(!shown.contains("AKR0640"), "{files}\n{shown}");
    }
}

const BUILT_IN: &str = "
flow: [{slug: default-source-enrollment, name: E, title: E, designation: enrollment}]
policy_expression: [{name: default-source-enrollment-if-sso, expression: return True}, {name: mine, expression: return True}]
policy_binding:
  - {pk: b1, target: ~default-source-enrollment, policy: ~default-source-enrollment-if-sso, order: 0}
  - {pk: b2, target: ~default-source-enrollment, policy: ~mine, order: 1}
";

#[test]
fn a_built_in_binding_that_a_complete_list_removes_is_named() {
    let flow = |bindings: &str| {
        let files = format!("flows: {{default-source-enrollment: {{bindings: {bindings}}}}}");
        Table::new(&files, BUILT_IN).show()
    };
    let shown = flow("[{policy: mine}]");
    assert!(
        shown.contains("warning[AKR0641]")
            && shown.contains("default-source-enrollment-if-sso")
            && shown.contains("without it anybody can start it"),
        "{shown}"
    );
    for kept in [
        "[{policy: default-source-enrollment-if-sso}]",
        "{include: [{policy: mine}]}",
    ] {
        let shown = flow(kept);
        assert!(!shown.contains("AKR0641"), "{kept}\n{shown}");
    }
}

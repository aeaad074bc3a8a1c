//! Tokens that may not do everything: one that only reads, one of a limited role, one that has ended, one that was deleted.

use std::time::Duration;

use akrec::schema::V2025_12;
use serde_json::json;

use super::site::on;
use crate::cli::support::Ran;

/// Things of most families, which refer to what a server has by itself.
const STATE: &str = "
groups:
  '%staff': {attributes: {floor: 1}}
  '%crew': {}
roles:
  '%helpers': {permissions: [authentik_core.view_group]}
policies:
  '%always': {type: expression, expression: return True}
stages:
  '%login': {type: user_login}
flows:
  '%join': {name: Join, title: Join, designation: authentication, stages: [default-authentication-password, '%login']}
providers:
  '%wiki':
    type: oauth2
    client_id: '%wiki'
    client_secret: !env KEY
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
    property_mappings: [\"authentik default OAuth Mapping: OpenID 'openid'\"]
    redirect_uris: [https://wiki.example.org/callback]
applications:
  '%wiki':
    name: Wiki
    provider: '%wiki'
    bindings: [{group: '%staff'}, {policy: '%always'}, {policy: default-authentication-flow-password-stage}]
";

const APPLY: &str = "apply --auto-approve --no-rollback";

/// A plan without its first line, which says whose token it is, and without how much of others' business it could see.
fn body(ran: &Ran) -> &str {
    let (_, rest) = ran.out.split_once('\n').unwrap();
    rest.split("\nAccess:").next().unwrap().trim_end()
}

#[test]
fn a_token_that_only_reads_plans_as_a_superuser_does_and_is_refused_before_the_first_write() {
    on(async |site| {
        let home = site.home(STATE);
        site.applies(&home);
        let reader = site.account("%reader", &["authentik Read-only"], &[]).await;
        site.run(&home, &reader.key, "plan --detailed-exitcode", 0);
        site.run(&home, &reader.key, "drift", 0);
        let changed = STATE
            .replace("floor: 1", "floor: 2")
            .replace("  '%crew': {}\n", "  '%new': {}\n")
            .replace(
                "bindings: [{group: '%staff'}, ",
                "bindings: [{group: '%new'}, ",
            )
            .replace(
                "stages: [default-authentication-password, ",
                "stages: [default-authentication-mfa-validation, ",
            );
        home.write("state/main.yaml", site.text(&changed));
        let whole = site.run(&home, &site.token, "plan --detailed-exitcode", 2);
        let seen = site.run(&home, &reader.key, "plan --detailed-exitcode", 2);
        assert_eq!(body(&seen), body(&whole));
        let seen = seen.says(&[&site.text("- delete group \"%crew\"")]);
        // The ancestry of groups, at which the server fails, came with the second parent.
        let fails = seen
            .err
            .contains("the server did not report what refers to group");
        assert_eq!(fails, site.release >= V2025_12, "{}", seen.err);
        assert!(
            !seen.err.contains("cannot be read"),
            "what the server has is found: {}",
            seen.err
        );
        site.run(&home, &reader.key, APPLY, 4).says(&[
            "error[AKR0403]: the lease of the workspace could not be acquired",
            "add, change and delete blueprint instances",
        ]);
        let after = site.run(&home, &site.token, "plan --detailed-exitcode", 2);
        assert_eq!(body(&after), body(&whole), "nothing was written");
        site.run(&home, &reader.key, &format!("{APPLY} --no-lock"), 9)
            .says(&[
                "0 added, 0 changed, 0 destroyed",
                "this needs the permission authentik_core.add_group",
            ]);
        let after = site.run(&home, &site.token, "plan --detailed-exitcode", 2);
        assert_eq!(
            body(&after),
            body(&whole),
            "nothing was written without a lease either"
        );
    });
}

/// Objects that the role `authentik Read-only` does not let its holder see are reported, and the rest is there.
#[test]
fn an_export_with_a_token_that_only_reads_says_what_it_left_out() {
    on(async |site| {
        let home = site.home(STATE);
        site.applies(&home);
        let reader = site.account("%reader", &["authentik Read-only"], &[]).await;
        let ran = site.run(&home, &reader.key, "export --out exported", 0);
        let ran = ran.says(&[
            "the token may not read the object permissions of roles",
            "may not be complete",
        ]);
        for refused in ["/all/", "stages", "policies"] {
            assert!(
                !ran.err.contains(&format!("{refused} cannot")),
                "{}",
                ran.err
            );
        }
        let groups = std::fs::read_to_string(home.0.join("exported/groups.yaml")).unwrap();
        assert!(groups.contains(&site.text("%staff")), "{groups}");
        // Where they are declared there is no plan without them.
        let state = "groups: {'%staff': {}}\n\
                     roles: {'%helpers': {object_permissions: [{group: '%staff', permissions: [view_group]}]}}\n";
        home.write("state/main.yaml", site.text(state));
        site.run(&home, &reader.key, "plan", 4).says(&[
            "error[AKR0403]: the token may not read the object permissions of roles",
            "a superuser",
        ]);
    });
}

#[test]
fn what_a_limited_role_may_not_do_is_reported_the_rest_is_recorded_and_a_full_token_goes_on() {
    on(async |site| {
        let home = site.home(
            "groups: {'%staff': {}, '%crew': {}}\n\
             applications: {'%wiki': {name: Wiki, meta_launch_url: 'https://wiki.example.org', bindings: [{group: '%staff'}]}}\n",
        );
        let role = site
            .role(
                "%limited",
                &[
                    "authentik_core.add_group",
                    "authentik_core.change_group",
                    "authentik_blueprints.add_blueprintinstance",
                    "authentik_blueprints.change_blueprintinstance",
                    "authentik_blueprints.delete_blueprintinstance",
                ],
            )
            .await;
        let limited = site
            .account("%limited", &["authentik Read-only"], &[role])
            .await;
        let ran = site.run(&home, &limited.key, APPLY, 9).says(&[
            "Apply incomplete: 2 done, 1 failed, 1 not attempted.",
            "was not written",
            "the token is not permitted to do this (status 403)",
            "this needs the permission authentik_core.add_application",
            "Completed steps stay in effect.",
        ]);
        assert!(
            ran.out.contains("blocked: it needs application"),
            "{}",
            ran.out
        );
        // The objects that were created are managed: the ledger knows them as applied, not as existing before.
        let rest = site.run(&home, &limited.key, "plan --detailed-exitcode", 2);
        assert!(
            rest.out
                .contains("Plan: 2 to add, 0 to change, 0 to delete."),
            "{}",
            rest.out
        );
        site.applies(&home);
        home.write("state/main.yaml", site.text("groups: {'%staff': {}}\n"));
        let ran = site.run(&home, &site.token, APPLY, 0);
        assert!(
            ran.out.contains("2 destroyed"),
            "what the limited token made is deleted as well: {}",
            ran.out
        );
        site.settled(&home);
    });
}

/// The role of the documentation does what the page says, on a server that checks.
#[test]
fn a_role_of_exactly_the_permissions_of_the_page_applies() {
    on(async |site| {
        let page = std::fs::read_to_string("docs/operations.md").unwrap();
        let block = page
            .split("```yaml\n")
            .nth(1)
            .unwrap()
            .split("```")
            .next()
            .unwrap();
        let names =
            ["identity-as-code", "pipelines"]
                .iter()
                .fold(block.to_owned(), |text, name| {
                    assert!(text.contains(name), "{text}");
                    text.replace(name, &site.text(&format!("'%{name}'")))
                });
        let roles = site.home(&names);
        site.applies(&roles);
        let account = site
            .account(
                "%pipeline",
                &["authentik Read-only", &site.text("%pipelines")],
                &[],
            )
            .await;
        let home = site.home("users: {}\n");
        home.write("akrec.yaml", format!("workspace: {}two\n", site.prefix));
        for state in [
            "groups: {'%staff': {members: ['%pipeline'], attributes: {floor: 1}}, '%crew': {}}\n\
             applications: {'%wiki': {name: Wiki, meta_launch_url: 'https://wiki.example.org', bindings: [{group: '%staff'}], \
             entitlements: {edit: {bindings: [{group: '%crew'}]}}}}\n",
            "groups: {'%staff': {members: [], attributes: {floor: 2}}}\n\
             applications: {'%wiki': {name: The wiki, meta_launch_url: 'https://wiki.example.org', bindings: [{group: '%staff', negate: true}]}}\n",
            "absent: {groups: ['%staff'], applications: ['%wiki']}\n",
        ] {
            home.write("state/main.yaml", site.text(state));
            // The binding of the entitlement that is forgotten is deleted with its group, which is intended.
            site.run(&home, &account.key, &format!("{APPLY} --allow AKR0603"), 0);
            site.run(&home, &account.key, "plan --detailed-exitcode", 0);
        }
    });
}

#[test]
fn a_token_that_has_ended_or_was_deleted_is_reported_so() {
    on(async |site| {
        let home = site.home("groups: {'%staff': {}}\n");
        let account = site.account("%short", &["authentik Admins"], &[]).await;
        site.run(&home, &account.key, "plan --detailed-exitcode", 2);
        // An API token ends so long after it was written, whatever end it is given. The settings are put back at once.
        let settings = site.admin.get("/admin/settings/", &[]).await.unwrap();
        let set = async |value: &serde_json::Value| {
            site.admin
                .patch(
                    "/admin/settings/",
                    &json!({"default_token_duration": value}),
                )
                .await
                .unwrap();
        };
        set(&json!("seconds=1")).await;
        let path = format!("/core/tokens/{}/", account.username);
        let body = json!({"user": account.pk, "intent": "api", "expiring": true});
        let written = site.admin.patch(&path, &body).await;
        set(&settings["default_token_duration"]).await;
        written.unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        let says = ["error[AKR0402]: the token was not accepted", "expired"];
        for args in ["plan", "drift", APPLY] {
            site.run(&home, &account.key, args, 4).says(&says);
        }
        // A server with its worker may have cleared it away by itself.
        drop(site.admin.delete(&path).await);
        assert!(site.admin.find(&path, &[]).await.unwrap().is_none());
        for args in ["plan", APPLY] {
            site.run(&home, &account.key, args, 4).says(&says);
        }
        assert!(site.group("%staff").await.is_none());
    });
}

//! Every resource of the official Terraform provider has its place here: a kind, a field of one, or a written reason.

use std::fmt::Write;

use akrec::kinds::{self, KINDS};

/// How what a resource does is written.
enum How {
    /// As objects of a kind.
    Kind(&'static str),
    /// In a field of a kind, with a note.
    Field(&'static str, &'static str, &'static str),
    /// Otherwise, or not at all, with the reason.
    Left(&'static str),
}

/// The provider's resources by its own areas, without `authentik_`.
const RESOURCES: &[(&str, &str, How)] = &[
    ("Directory", "group", How::Kind("group")),
    ("Directory", "source_kerberos", How::Kind("source_kerberos")),
    ("Directory", "source_ldap", How::Kind("source_ldap")),
    ("Directory", "source_oauth", How::Kind("source_oauth")),
    ("Directory", "source_plex", How::Kind("source_plex")),
    ("Directory", "source_saml", How::Kind("source_saml")),
    ("Directory", "source_scim", How::Kind("source_scim")),
    ("Directory", "source_telegram", How::Kind("source_telegram")),
    ("Directory", "token", How::Kind("token")),
    ("Directory", "user", How::Kind("user")),
    ("Applications", "application", How::Kind("application")),
    (
        "Applications",
        "application_entitlement",
        How::Kind("application_entitlement"),
    ),
    ("Applications", "outpost", How::Kind("outpost")),
    (
        "Applications",
        "outpost_provider_attachment",
        How::Field(
            "outpost",
            "providers",
            "an additive list, `providers: {include: [wiki]}`, puts one in and leaves the rest alone",
        ),
    ),
    (
        "Applications",
        "provider_google_workspace",
        How::Kind("provider_google_workspace"),
    ),
    ("Applications", "provider_ldap", How::Kind("provider_ldap")),
    (
        "Applications",
        "provider_microsoft_entra",
        How::Kind("provider_microsoft_entra"),
    ),
    (
        "Applications",
        "provider_oauth2",
        How::Kind("provider_oauth2"),
    ),
    (
        "Applications",
        "provider_proxy",
        How::Kind("provider_proxy"),
    ),
    ("Applications", "provider_rac", How::Kind("provider_rac")),
    (
        "Applications",
        "provider_radius",
        How::Kind("provider_radius"),
    ),
    ("Applications", "provider_saml", How::Kind("provider_saml")),
    ("Applications", "provider_scim", How::Kind("provider_scim")),
    ("Applications", "provider_ssf", How::Kind("provider_ssf")),
    (
        "Applications",
        "provider_ws_federation",
        How::Kind("provider_wsfed"),
    ),
    ("Applications", "rac_endpoint", How::Kind("rac_endpoint")),
    (
        "Applications",
        "service_connection_docker",
        How::Kind("service_connection_docker"),
    ),
    (
        "Applications",
        "service_connection_kubernetes",
        How::Kind("service_connection_kubernetes"),
    ),
    ("Flows & Stages", "flow", How::Kind("flow")),
    (
        "Flows & Stages",
        "flow_stage_binding",
        How::Kind("flow_stage_binding"),
    ),
    (
        "Flows & Stages",
        "stage_account_lockdown",
        How::Kind("stage_account_lockdown"),
    ),
    (
        "Flows & Stages",
        "stage_authenticator_duo",
        How::Kind("stage_authenticator_duo"),
    ),
    (
        "Flows & Stages",
        "stage_authenticator_email",
        How::Kind("stage_authenticator_email"),
    ),
    (
        "Flows & Stages",
        "stage_authenticator_endpoint_gdtc",
        How::Kind("stage_authenticator_endpoint_gdtc"),
    ),
    (
        "Flows & Stages",
        "stage_authenticator_sms",
        How::Kind("stage_authenticator_sms"),
    ),
    (
        "Flows & Stages",
        "stage_authenticator_static",
        How::Kind("stage_authenticator_static"),
    ),
    (
        "Flows & Stages",
        "stage_authenticator_totp",
        How::Kind("stage_authenticator_totp"),
    ),
    (
        "Flows & Stages",
        "stage_authenticator_validate",
        How::Kind("stage_authenticator_validate"),
    ),
    (
        "Flows & Stages",
        "stage_authenticator_webauthn",
        How::Kind("stage_authenticator_webauthn"),
    ),
    (
        "Flows & Stages",
        "stage_captcha",
        How::Kind("stage_captcha"),
    ),
    (
        "Flows & Stages",
        "stage_consent",
        How::Kind("stage_consent"),
    ),
    ("Flows & Stages", "stage_deny", How::Kind("stage_deny")),
    ("Flows & Stages", "stage_dummy", How::Kind("stage_dummy")),
    ("Flows & Stages", "stage_email", How::Kind("stage_email")),
    (
        "Flows & Stages",
        "stage_endpoints",
        How::Kind("stage_endpoints"),
    ),
    (
        "Flows & Stages",
        "stage_identification",
        How::Kind("stage_identification"),
    ),
    (
        "Flows & Stages",
        "stage_invitation",
        How::Kind("stage_invitation"),
    ),
    (
        "Flows & Stages",
        "stage_mutual_tls",
        How::Kind("stage_mtls"),
    ),
    (
        "Flows & Stages",
        "stage_password",
        How::Kind("stage_password"),
    ),
    ("Flows & Stages", "stage_prompt", How::Kind("stage_prompt")),
    ("Flows & Stages", "stage_prompt_field", How::Kind("prompt")),
    (
        "Flows & Stages",
        "stage_redirect",
        How::Kind("stage_redirect"),
    ),
    ("Flows & Stages", "stage_source", How::Kind("stage_source")),
    (
        "Flows & Stages",
        "stage_user_delete",
        How::Kind("stage_user_delete"),
    ),
    (
        "Flows & Stages",
        "stage_user_login",
        How::Kind("stage_user_login"),
    ),
    (
        "Flows & Stages",
        "stage_user_logout",
        How::Kind("stage_user_logout"),
    ),
    (
        "Flows & Stages",
        "stage_user_write",
        How::Kind("stage_user_write"),
    ),
    (
        "Customization",
        "policy_binding",
        How::Kind("policy_binding"),
    ),
    ("Customization", "policy_dummy", How::Kind("policy_dummy")),
    (
        "Customization",
        "policy_event_matcher",
        How::Kind("policy_event_matcher"),
    ),
    (
        "Customization",
        "policy_expiry",
        How::Kind("policy_password_expiry"),
    ),
    (
        "Customization",
        "policy_expression",
        How::Kind("policy_expression"),
    ),
    ("Customization", "policy_geoip", How::Kind("policy_geoip")),
    (
        "Customization",
        "policy_password",
        How::Kind("policy_password"),
    ),
    (
        "Customization",
        "policy_reputation",
        How::Kind("policy_reputation"),
    ),
    (
        "Customization",
        "policy_unique_password",
        How::Kind("policy_unique_password"),
    ),
    (
        "Customization",
        "property_mapping_notification",
        How::Kind("property_mapping_notification"),
    ),
    (
        "Customization",
        "property_mapping_provider_google_workspace",
        How::Kind("property_mapping_google_workspace"),
    ),
    (
        "Customization",
        "property_mapping_provider_microsoft_entra",
        How::Kind("property_mapping_microsoft_entra"),
    ),
    (
        "Customization",
        "property_mapping_provider_rac",
        How::Kind("property_mapping_rac"),
    ),
    (
        "Customization",
        "property_mapping_provider_radius",
        How::Kind("property_mapping_radius"),
    ),
    (
        "Customization",
        "property_mapping_provider_saml",
        How::Kind("property_mapping_saml"),
    ),
    (
        "Customization",
        "property_mapping_provider_scim",
        How::Kind("property_mapping_scim"),
    ),
    (
        "Customization",
        "property_mapping_provider_scope",
        How::Kind("property_mapping_scope"),
    ),
    (
        "Customization",
        "property_mapping_source_kerberos",
        How::Kind("property_mapping_source_kerberos"),
    ),
    (
        "Customization",
        "property_mapping_source_ldap",
        How::Kind("property_mapping_source_ldap"),
    ),
    (
        "Customization",
        "property_mapping_source_oauth",
        How::Kind("property_mapping_source_oauth"),
    ),
    (
        "Customization",
        "property_mapping_source_plex",
        How::Kind("property_mapping_source_plex"),
    ),
    (
        "Customization",
        "property_mapping_source_saml",
        How::Kind("property_mapping_source_saml"),
    ),
    (
        "Customization",
        "property_mapping_source_scim",
        How::Kind("property_mapping_source_scim"),
    ),
    ("System", "brand", How::Kind("brand")),
    ("System", "certificate_key_pair", How::Kind("certificate")),
    ("System", "system_settings", How::Kind("settings")),
    ("Events", "event_rule", How::Kind("notification_rule")),
    (
        "Events",
        "event_transport",
        How::Kind("notification_transport"),
    ),
    (
        "RBAC",
        "rbac_initial_permissions",
        How::Kind("initial_permissions"),
    ),
    (
        "RBAC",
        "rbac_permission_role",
        How::Field(
            "role",
            "object_permissions",
            "permissions on all objects are in `permissions`",
        ),
    ),
    (
        "RBAC",
        "rbac_permission_user",
        How::Left(
            "the server has no permissions of users any more since 2025.12: give them to a role, and the role to the user (`roles`)",
        ),
    ),
    ("RBAC", "rbac_role", How::Kind("role")),
    (
        "Endpoint Devices",
        "endpoints_connector_agent",
        How::Kind("connector_agent"),
    ),
    (
        "Endpoint Devices",
        "endpoints_connector_agent_enrollment_token",
        How::Kind("enrollment_token"),
    ),
    (
        "Endpoint Devices",
        "endpoints_device_access_group",
        How::Kind("device_access_group"),
    ),
    (
        "Endpoint Devices",
        "endpoints_google_chrome_connector",
        How::Kind("connector_google_chrome"),
    ),
    ("Blueprints", "blueprint", How::Kind("blueprint")),
    ("Enterprise", "enterprise_license", How::Kind("license")),
    (
        "Tasks",
        "task_schedule",
        How::Left(
            "when the server's own tasks run; the rows are made and renamed by the server, and none can be created or deleted",
        ),
    ),
];

/// Where a kind is written, as a link to its chapter.
fn written(name: &str) -> String {
    let kind = kinds::kind(name).unwrap_or_else(|| panic!("no kind {name}"));
    if kind.section.is_empty() {
        let owner = KINDS.iter().find_map(|owner| {
            let children = owner
                .children
                .iter()
                .find(|children| children.kind == name)?;
            Some((owner.title(), children.yaml_key))
        });
        let (owner, word) = owner.unwrap_or_else(|| panic!("{name} is written nowhere"));
        let more = if KINDS
            .iter()
            .filter(|k| k.children.iter().any(|c| c.kind == name))
            .count()
            > 1
        {
            ", …"
        } else {
            ""
        };
        return format!("[`{word}`](kinds.md#{name}) of its owner: {owner}{more}");
    }
    let anchor = kind.title().replace('.', "");
    match kind.type_name {
        Some(word) => format!("[`{}`](kinds.md#{anchor}), `type: {word}`", kind.section),
        None => format!("[`{}`](kinds.md#{anchor})", kind.section),
    }
}

fn page() -> String {
    let mut text = String::from(
        "# From Terraform\n\n<!-- Made by `AKREC_UPDATE=1 cargo test --test program reference::terraform`; do not edit. -->\n\n\
         Every resource of the official Terraform provider, and how the same is written here. Data sources have no \
         counterpart: every reference is a name, and akrec looks it up.\n",
    );
    let mut last = "";
    for (area, resource, how) in RESOURCES {
        if *area != last {
            last = area;
            let _ = writeln!(text, "\n## {area}\n\n| resource | here |\n|---|---|");
        }
        let here = match how {
            How::Kind(kind) => written(kind),
            How::Field(kind, field, note) => {
                let found = kinds::kind(kind)
                    .and_then(|kind| kind.field(field))
                    .unwrap_or_else(|| panic!("{field}"));
                format!("{}, field `{}`: {note}", written(kind), found.yaml_key)
            }
            How::Left(why) => format!("— {why}"),
        };
        let _ = writeln!(text, "| `authentik_{resource}` | {here} |");
    }
    text
}

#[test]
fn every_resource_of_the_terraform_provider_has_its_place() {
    let mut names: Vec<&str> = RESOURCES.iter().map(|(_, name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 96, "the provider has 96 resources");
    let left: Vec<&str> = RESOURCES
        .iter()
        .filter(|(.., how)| matches!(how, How::Left(_)))
        .map(|(_, name, _)| *name)
        .collect();
    assert_eq!(
        left, LEFT,
        "what is not a kind or a field is decided, one by one"
    );
}

/// Resources that are no kind and no field of one.
const LEFT: &[&str] = &["rbac_permission_user", "task_schedule"];

#[test]
fn the_page_for_those_who_come_from_terraform_is_fresh() {
    super::pages::fresh(
        "docs/from-terraform.md",
        &page(),
        "AKREC_UPDATE=1 cargo test --test program reference::terraform",
    );
}

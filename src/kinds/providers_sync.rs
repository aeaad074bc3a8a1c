//! Providers that push users and groups, or signals about them, to other services.

use super::shared::WITHHELD;
use crate::schema::{
    Format, Kind, Preselected, V2025_12, V2026_2, V2026_5, V2026_8, boolean, duration, enumeration,
    integer, json, ref_to, reference, set, string, variant,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("provider_scim", "providers", "/providers/scim/")
        .model("authentik_providers_scim.scimprovider")
        .in_family("provider", "scim")
        .doc("Pushes users and groups to a SCIM service.")
        .fields(&[
            string("name").required(),
            string("url").required(),
            enumeration(
                "auth_mode",
                &[
                    variant("token"),
                    variant("oauth"),
                    variant("oauth_interactive").since(V2026_5),
                ],
            )
            .default(r#""token""#),
            reference("auth_oauth", "source").allowed_kinds(&["source_oauth"]),
            json("auth_oauth_params").default("{}"),
            enumeration(
                "compatibility_mode",
                &[
                    variant("default"),
                    variant("aws"),
                    variant("slack"),
                    variant("sfdc"),
                    variant("webex").since(V2026_5),
                    variant("vcenter").since(V2026_5),
                    variant("gitlab").since(V2026_8),
                ],
            )
            .default(r#""default""#),
            boolean("discovery_enabled").default("true").since(V2026_8),
            boolean("dry_run").default("false"),
            boolean("exclude_users_service_account").default("false"),
            set("group_filters", &ref_to("group"))
                .since(V2026_2)
                .counterpart("filter_group"),
            set("property_mappings", &ref_to("property_mapping")).preselected(
                Preselected::Managed(
                    "property_mapping_scim",
                    &["goauthentik.io/providers/scim/user"],
                ),
            ),
            set("property_mappings_group", &ref_to("property_mapping")).preselected(
                Preselected::Managed(
                    "property_mapping_scim",
                    &["goauthentik.io/providers/scim/group"],
                ),
            ),
            duration("service_provider_config_cache_timeout")
                .default(r#""hours=1""#)
                .since(V2025_12),
            integer("sync_page_size")
                .at_least(1)
                .default("100")
                .since(V2025_12),
            duration("sync_page_timeout")
                .default(r#""minutes=30""#)
                .since(V2025_12),
            string("token").secret().withheld_since(WITHHELD),
            boolean("verify_certificates").default("true"),
            reference("filter_group", "group")
                .until(V2026_2)
                .counterpart("group_filters"),
        ]),
    Kind::new(
        "provider_google_workspace",
        "providers",
        "/providers/google_workspace/",
    )
    .model("authentik_providers_google_workspace.googleworkspaceprovider")
    .in_family("provider", "google_workspace")
    .enterprise()
    .doc("Pushes users and groups to Google Workspace.")
    .fields(&[
        string("name").required(),
        json("credentials").required().secret(),
        string("default_group_email_domain")
            .format(Format::Host)
            .required(),
        string("delegated_subject")
            .max_length(254)
            .format(Format::Email)
            .required(),
        boolean("discovery_enabled").default("true").since(V2026_8),
        boolean("dry_run").default("false"),
        boolean("exclude_users_service_account").default("false"),
        reference("filter_group", "group"),
        enumeration(
            "group_delete_action",
            &[variant("do_nothing"), variant("delete"), variant("suspend")],
        )
        .default(r#""delete""#),
        set("property_mappings", &ref_to("property_mapping")).preselected(Preselected::Managed(
            "property_mapping_google_workspace",
            &["goauthentik.io/providers/google_workspace/user"],
        )),
        set("property_mappings_group", &ref_to("property_mapping")).preselected(
            Preselected::Managed(
                "property_mapping_google_workspace",
                &["goauthentik.io/providers/google_workspace/group"],
            ),
        ),
        string("scopes")
            .not_blank()
            .default(r#""goauthentik.io/providers/oauth2""#),
        integer("sync_page_size")
            .at_least(1)
            .default("100")
            .since(V2025_12),
        duration("sync_page_timeout")
            .default(r#""minutes=30""#)
            .since(V2025_12),
        enumeration(
            "user_delete_action",
            &[variant("do_nothing"), variant("delete"), variant("suspend")],
        )
        .default(r#""delete""#),
    ]),
    Kind::new(
        "provider_microsoft_entra",
        "providers",
        "/providers/microsoft_entra/",
    )
    .model("authentik_providers_microsoft_entra.microsoftentraprovider")
    .in_family("provider", "microsoft_entra")
    .enterprise()
    .doc("Pushes users and groups to Microsoft Entra ID.")
    .fields(&[
        string("name").required(),
        string("client_id").required(),
        string("client_secret")
            .required()
            .secret()
            .withheld_since(WITHHELD),
        string("tenant_id").required(),
        boolean("discovery_enabled").default("true").since(V2026_8),
        boolean("dry_run").default("false"),
        boolean("exclude_users_service_account").default("false"),
        reference("filter_group", "group"),
        enumeration(
            "group_delete_action",
            &[variant("do_nothing"), variant("delete"), variant("suspend")],
        )
        .default(r#""delete""#),
        set("property_mappings", &ref_to("property_mapping")).preselected(Preselected::Managed(
            "property_mapping_microsoft_entra",
            &["goauthentik.io/providers/microsoft_entra/user"],
        )),
        set("property_mappings_group", &ref_to("property_mapping")).preselected(
            Preselected::Managed(
                "property_mapping_microsoft_entra",
                &["goauthentik.io/providers/microsoft_entra/group"],
            ),
        ),
        integer("sync_page_size")
            .at_least(1)
            .default("100")
            .since(V2025_12),
        duration("sync_page_timeout")
            .default(r#""minutes=30""#)
            .since(V2025_12),
        enumeration(
            "user_delete_action",
            &[variant("do_nothing"), variant("delete"), variant("suspend")],
        )
        .default(r#""delete""#),
    ]),
    Kind::new("provider_ssf", "providers", "/providers/ssf/")
        .model("authentik_providers_ssf.ssfprovider")
        .in_family("provider", "ssf")
        .enterprise()
        .doc("Sends security events to other services (Shared Signals Framework).")
        .found_by("name__iexact")
        .fields(&[
            string("name").required(),
            reference("signing_key", "certificate").required(),
            duration("event_retention").default(r#""days=30""#),
            set("oidc_auth_providers", &ref_to("provider")).allowed_kinds(&["provider_oauth2"]),
            boolean("push_verify_certificates")
                .default("true")
                .since(V2026_5),
        ]),
];

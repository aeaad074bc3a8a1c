//! Providers that push users and groups, or signals about them, to other services.

use super::words::WITHHELD;
use crate::schema::{
    Format, Kind, Preselected, V2025_12, V2026_2, V2026_5, V2026_8, boolean, int, json, one, set,
    span, text, to, word, words,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("provider_scim", "providers", "/providers/scim/")
        .model("authentik_providers_scim.scimprovider")
        .of("provider", "scim")
        .doc("Pushes users and groups to a SCIM service.")
        .fields(&[
            text("name").required(),
            text("url").required(),
            words(
                "auth_mode",
                &[
                    word("token"),
                    word("oauth"),
                    word("oauth_interactive").since(V2026_5),
                ],
            )
            .default(r#""token""#),
            one("auth_oauth", to("source")).only(&["source_oauth"]),
            json("auth_oauth_params").default("{}"),
            words(
                "compatibility_mode",
                &[
                    word("default"),
                    word("aws"),
                    word("slack"),
                    word("sfdc"),
                    word("webex").since(V2026_5),
                    word("vcenter").since(V2026_5),
                    word("gitlab").since(V2026_8),
                ],
            )
            .default(r#""default""#),
            boolean("discovery_enabled").default("true").since(V2026_8),
            boolean("dry_run").default("false"),
            boolean("exclude_users_service_account").default("false"),
            set("group_filters", &to("group"))
                .since(V2026_2)
                .twin("filter_group"),
            set("property_mappings", &to("property_mapping")).preselected(Preselected::Managed(
                "property_mapping_scim",
                &["goauthentik.io/providers/scim/user"],
            )),
            set("property_mappings_group", &to("property_mapping")).preselected(
                Preselected::Managed(
                    "property_mapping_scim",
                    &["goauthentik.io/providers/scim/group"],
                ),
            ),
            span("service_provider_config_cache_timeout")
                .default(r#""hours=1""#)
                .since(V2025_12),
            int("sync_page_size")
                .at_least(1)
                .default("100")
                .since(V2025_12),
            span("sync_page_timeout")
                .default(r#""minutes=30""#)
                .since(V2025_12),
            text("token").secret().withheld(WITHHELD),
            boolean("verify_certificates").default("true"),
            one("filter_group", to("group"))
                .until(V2026_2)
                .twin("group_filters"),
        ]),
    Kind::new(
        "provider_google_workspace",
        "providers",
        "/providers/google_workspace/",
    )
    .model("authentik_providers_google_workspace.googleworkspaceprovider")
    .of("provider", "google_workspace")
    .enterprise()
    .doc("Pushes users and groups to Google Workspace.")
    .fields(&[
        text("name").required(),
        json("credentials").required().secret(),
        text("default_group_email_domain")
            .format(Format::Host)
            .required(),
        text("delegated_subject")
            .longest(254)
            .format(Format::Email)
            .required(),
        boolean("discovery_enabled").default("true").since(V2026_8),
        boolean("dry_run").default("false"),
        boolean("exclude_users_service_account").default("false"),
        one("filter_group", to("group")),
        words(
            "group_delete_action",
            &[word("do_nothing"), word("delete"), word("suspend")],
        )
        .default(r#""delete""#),
        set("property_mappings", &to("property_mapping")).preselected(Preselected::Managed(
            "property_mapping_google_workspace",
            &["goauthentik.io/providers/google_workspace/user"],
        )),
        set("property_mappings_group", &to("property_mapping")).preselected(Preselected::Managed(
            "property_mapping_google_workspace",
            &["goauthentik.io/providers/google_workspace/group"],
        )),
        text("scopes")
            .filled()
            .default(r#""goauthentik.io/providers/oauth2""#),
        int("sync_page_size")
            .at_least(1)
            .default("100")
            .since(V2025_12),
        span("sync_page_timeout")
            .default(r#""minutes=30""#)
            .since(V2025_12),
        words(
            "user_delete_action",
            &[word("do_nothing"), word("delete"), word("suspend")],
        )
        .default(r#""delete""#),
    ]),
    Kind::new(
        "provider_microsoft_entra",
        "providers",
        "/providers/microsoft_entra/",
    )
    .model("authentik_providers_microsoft_entra.microsoftentraprovider")
    .of("provider", "microsoft_entra")
    .enterprise()
    .doc("Pushes users and groups to Microsoft Entra ID.")
    .fields(&[
        text("name").required(),
        text("client_id").required(),
        text("client_secret").required().secret().withheld(WITHHELD),
        text("tenant_id").required(),
        boolean("discovery_enabled").default("true").since(V2026_8),
        boolean("dry_run").default("false"),
        boolean("exclude_users_service_account").default("false"),
        one("filter_group", to("group")),
        words(
            "group_delete_action",
            &[word("do_nothing"), word("delete"), word("suspend")],
        )
        .default(r#""delete""#),
        set("property_mappings", &to("property_mapping")).preselected(Preselected::Managed(
            "property_mapping_microsoft_entra",
            &["goauthentik.io/providers/microsoft_entra/user"],
        )),
        set("property_mappings_group", &to("property_mapping")).preselected(Preselected::Managed(
            "property_mapping_microsoft_entra",
            &["goauthentik.io/providers/microsoft_entra/group"],
        )),
        int("sync_page_size")
            .at_least(1)
            .default("100")
            .since(V2025_12),
        span("sync_page_timeout")
            .default(r#""minutes=30""#)
            .since(V2025_12),
        words(
            "user_delete_action",
            &[word("do_nothing"), word("delete"), word("suspend")],
        )
        .default(r#""delete""#),
    ]),
    Kind::new("provider_ssf", "providers", "/providers/ssf/")
        .model("authentik_providers_ssf.ssfprovider")
        .of("provider", "ssf")
        .enterprise()
        .doc("Sends security events to other services (Shared Signals Framework).")
        .found_by("name__iexact")
        .fields(&[
            text("name").required(),
            one("signing_key", to("certificate")).required(),
            span("event_retention").default(r#""days=30""#),
            set("oidc_auth_providers", &to("provider")).only(&["provider_oauth2"]),
            boolean("push_verify_certificates")
                .default("true")
                .since(V2026_5),
        ]),
];

//! Sources that are directories: Kerberos, LDAP, SCIM.

use super::bindings::BINDINGS;
use super::words::{USER_MATCHING_MODE, WITHHELD};
use crate::schema::{
    Format, Is, Kind, Needs, Power, Preselected, Together, V2025_12, V2026_8, boolean, one, set,
    text, to, word, words,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("source_kerberos", "sources", "/sources/kerberos/")
        .model("authentik_sources_kerberos.kerberossource")
        .of("source", "kerberos")
        .doc("Users of a Kerberos realm.")
        .key_in_url("slug")
        .unique(&[&["realm"]])
        .bindable("pk")
        .children(&[BINDINGS])
        .fields(&[
            text("slug").longest_until(50, V2025_12).required(),
            text("name").required(),
            boolean("enabled").default("true"),
            boolean("promoted").default("false").since(V2025_12),
            text("icon")
                .shows("file")
                .format(Format::Media)
                .default(r#""""#)
                .since(V2025_12),
            one("authentication_flow", to("flow")),
            one("enrollment_flow", to("flow")),
            text("realm").required(),
            words(
                "group_matching_mode",
                &[word("identifier"), word("name_link"), word("name_deny")],
            )
            .default(r#""identifier""#),
            set("group_property_mappings", &to("property_mapping")),
            words(
                "kadmin_type",
                &[word("MIT"), word("Heimdal"), word("other").until(V2025_12)],
            )
            .default(r#""MIT""#)
            .default_before(V2025_12, r#""other""#),
            text("krb5_conf"),
            boolean("password_login_update_internal_password").default("false"),
            words("policy_engine_mode", &[word("all"), word("any")]).default(r#""any""#),
            text("spnego_ccache").withheld(WITHHELD),
            text("spnego_keytab").write_only(),
            text("spnego_server_name"),
            text("sync_ccache").withheld(WITHHELD),
            text("sync_keytab").write_only(),
            words(
                "sync_outgoing_trigger_mode",
                &[word("none"), word("immediate"), word("deferred_end")],
            )
            .default(r#""deferred_end""#)
            .since(V2025_12),
            text("sync_password").write_only(),
            text("sync_principal"),
            boolean("sync_users").default("false"),
            boolean("sync_users_password").default("true"),
            words("user_matching_mode", USER_MATCHING_MODE).default(r#""identifier""#),
            text("user_path_template")
                .filled()
                .default(r#""goauthentik.io/sources/%(slug)s""#),
            set("user_property_mappings", &to("property_mapping")).preselected(
                Preselected::Managed(
                    "property_mapping_source_kerberos",
                    &["goauthentik.io/sources/kerberos/user/default/*"],
                ),
            ),
        ]),
    Kind::new("source_ldap", "sources", "/sources/ldap/")
        .model("authentik_sources_ldap.ldapsource")
        .of("source", "ldap")
        .powers(&[Power::PutsInto("sync_parent_group")])
        .doc("Users and groups of an LDAP directory.")
        .key_in_url("slug")
        .bindable("pk")
        .children(&[BINDINGS])
        .together(&[
            Together::Group(&["sync_users", "user_property_mappings"]),
            Together::Group(&["sync_groups", "group_property_mappings"]),
        ])
        .needs(&[
            Needs::one_of(&[Is::Set("user_property_mappings")]).when(&[Is::Sent("sync_users")]),
            Needs::one_of(&[Is::Set("group_property_mappings")]).when(&[Is::Sent("sync_groups")]),
        ])
        .fields(&[
            text("slug").longest_until(50, V2025_12).required(),
            text("name").required(),
            boolean("enabled").default("true"),
            boolean("promoted").default("false").since(V2025_12),
            text("icon")
                .shows("file")
                .format(Format::Media)
                .default(r#""""#)
                .since(V2025_12),
            one("authentication_flow", to("flow")),
            one("enrollment_flow", to("flow")),
            text("base_dn").required(),
            text("server_uri")
                .format(Format::Urls(&["ldap", "ldaps"]))
                .required(),
            text("additional_group_dn"),
            text("additional_user_dn"),
            text("bind_cn"),
            text("bind_password").write_only(),
            one("client_certificate", to("certificate")),
            boolean("delete_not_found_objects").default("false"),
            text("group_membership_field")
                .filled()
                .default(r#""member""#),
            text("group_object_filter")
                .filled()
                .default(r#""(objectClass=group)""#),
            set("group_property_mappings", &to("property_mapping")).preselected(
                Preselected::Managed(
                    "property_mapping_source_ldap",
                    &["goauthentik.io/sources/ldap/default-name"],
                ),
            ),
            boolean("lookup_groups_from_user").default("false"),
            text("object_uniqueness_field")
                .filled()
                .default(r#""objectSid""#),
            boolean("password_login_update_internal_password").default("false"),
            one("peer_certificate", to("certificate")),
            words("policy_engine_mode", &[word("all"), word("any")]).default(r#""any""#),
            boolean("sni").default("false"),
            boolean("start_tls").default("false"),
            boolean("sync_group_hierarchy")
                .default("false")
                .since(V2026_8),
            boolean("sync_groups").default("true"),
            words(
                "sync_outgoing_trigger_mode",
                &[word("none"), word("immediate"), word("deferred_end")],
            )
            .default(r#""deferred_end""#)
            .since(V2025_12),
            one("sync_parent_group", to("group")),
            boolean("sync_users").default("true"),
            boolean("sync_users_password").default("true").single(),
            words("user_matching_mode", USER_MATCHING_MODE).default(r#""identifier""#),
            text("user_membership_attribute")
                .filled()
                .default(r#""distinguishedName""#),
            text("user_object_filter")
                .filled()
                .default(r#""(objectClass=person)""#),
            text("user_path_template")
                .filled()
                .default(r#""goauthentik.io/sources/%(slug)s""#),
            set("user_property_mappings", &to("property_mapping")).preselected(
                Preselected::Managed(
                    "property_mapping_source_ldap",
                    &[
                        "goauthentik.io/sources/ldap/default-*",
                        "goauthentik.io/sources/ldap/ms-*",
                    ],
                ),
            ),
        ]),
    Kind::new("source_scim", "sources", "/sources/scim/")
        .model("authentik_sources_scim.scimsource")
        .of("source", "scim")
        .doc("Another service pushes users and groups here.")
        .key_in_url("slug")
        .bindable("pk")
        .children(&[BINDINGS])
        .fields(&[
            text("slug").longest_until(50, V2025_12).required(),
            text("name").required(),
            boolean("enabled").default("true"),
            set("group_property_mappings", &to("property_mapping")),
            text("user_path_template")
                .filled()
                .default(r#""goauthentik.io/sources/%(slug)s""#),
            set("user_property_mappings", &to("property_mapping")),
        ]),
];

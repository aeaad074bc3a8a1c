//! Sources that are directories: Kerberos, LDAP, SCIM.

use super::bindings::BINDINGS;
use super::shared::{USER_MATCHING_MODE, WITHHELD};
use crate::schema::{
    Condition, Format, Kind, Power, Preselected, Requirement, SentTogether, V2025_12, V2026_8,
    boolean, enumeration, ref_to, reference, set, string, variant,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("source_kerberos", "sources", "/sources/kerberos/")
        .model("authentik_sources_kerberos.kerberossource")
        .in_family("source", "kerberos")
        .doc("Users of a Kerberos realm.")
        .key_in_url("slug")
        .unique_together(&[&["realm"]])
        .bindable("pk")
        .children(&[BINDINGS])
        .fields(&[
            string("slug").max_length_until(50, V2025_12).required(),
            string("name").required(),
            boolean("enabled").default("true"),
            boolean("promoted").default("false").since(V2025_12),
            string("icon")
                .or_reference_to("file")
                .format(Format::Media)
                .default(r#""""#)
                .since(V2025_12),
            reference("authentication_flow", "flow"),
            reference("enrollment_flow", "flow"),
            string("realm").required(),
            enumeration(
                "group_matching_mode",
                &[
                    variant("identifier"),
                    variant("name_link"),
                    variant("name_deny"),
                ],
            )
            .default(r#""identifier""#),
            set("group_property_mappings", &ref_to("property_mapping")),
            enumeration(
                "kadmin_type",
                &[
                    variant("MIT"),
                    variant("Heimdal"),
                    variant("other").until(V2025_12),
                ],
            )
            .default(r#""MIT""#)
            .default_before(V2025_12, r#""other""#),
            string("krb5_conf"),
            boolean("password_login_update_internal_password").default("false"),
            enumeration("policy_engine_mode", &[variant("all"), variant("any")])
                .default(r#""any""#),
            string("spnego_ccache").withheld_since(WITHHELD),
            string("spnego_keytab").write_only(),
            string("spnego_server_name"),
            string("sync_ccache").withheld_since(WITHHELD),
            string("sync_keytab").write_only(),
            enumeration(
                "sync_outgoing_trigger_mode",
                &[
                    variant("none"),
                    variant("immediate"),
                    variant("deferred_end"),
                ],
            )
            .default(r#""deferred_end""#)
            .since(V2025_12),
            string("sync_password").write_only(),
            string("sync_principal"),
            boolean("sync_users").default("false"),
            boolean("sync_users_password").default("true"),
            enumeration("user_matching_mode", USER_MATCHING_MODE).default(r#""identifier""#),
            string("user_path_template")
                .not_blank()
                .default(r#""goauthentik.io/sources/%(slug)s""#),
            set("user_property_mappings", &ref_to("property_mapping")).preselected(
                Preselected::Managed(
                    "property_mapping_source_kerberos",
                    &["goauthentik.io/sources/kerberos/user/default/*"],
                ),
            ),
        ]),
    Kind::new("source_ldap", "sources", "/sources/ldap/")
        .model("authentik_sources_ldap.ldapsource")
        .in_family("source", "ldap")
        .powers(&[Power::PutsInto("sync_parent_group")])
        .doc("Users and groups of an LDAP directory.")
        .key_in_url("slug")
        .bindable("pk")
        .children(&[BINDINGS])
        .sent_together(&[
            SentTogether::AllOrNone(&["sync_users", "user_property_mappings"]),
            SentTogether::AllOrNone(&["sync_groups", "group_property_mappings"]),
        ])
        .requirements(&[
            Requirement::one_of(&[Condition::HasValue("user_property_mappings")])
                .when(&[Condition::HasExplicitValue("sync_users")]),
            Requirement::one_of(&[Condition::HasValue("group_property_mappings")])
                .when(&[Condition::HasExplicitValue("sync_groups")]),
        ])
        .fields(&[
            string("slug").max_length_until(50, V2025_12).required(),
            string("name").required(),
            boolean("enabled").default("true"),
            boolean("promoted").default("false").since(V2025_12),
            string("icon")
                .or_reference_to("file")
                .format(Format::Media)
                .default(r#""""#)
                .since(V2025_12),
            reference("authentication_flow", "flow"),
            reference("enrollment_flow", "flow"),
            string("base_dn").required(),
            string("server_uri")
                .format(Format::Urls(&["ldap", "ldaps"]))
                .required(),
            string("additional_group_dn"),
            string("additional_user_dn"),
            string("bind_cn"),
            string("bind_password").write_only(),
            reference("client_certificate", "certificate"),
            boolean("delete_not_found_objects").default("false"),
            string("group_membership_field")
                .not_blank()
                .default(r#""member""#),
            string("group_object_filter")
                .not_blank()
                .default(r#""(objectClass=group)""#),
            set("group_property_mappings", &ref_to("property_mapping")).preselected(
                Preselected::Managed(
                    "property_mapping_source_ldap",
                    &["goauthentik.io/sources/ldap/default-name"],
                ),
            ),
            boolean("lookup_groups_from_user").default("false"),
            string("object_uniqueness_field")
                .not_blank()
                .default(r#""objectSid""#),
            boolean("password_login_update_internal_password").default("false"),
            reference("peer_certificate", "certificate"),
            enumeration("policy_engine_mode", &[variant("all"), variant("any")])
                .default(r#""any""#),
            boolean("sni").default("false"),
            boolean("start_tls").default("false"),
            boolean("sync_group_hierarchy")
                .default("false")
                .since(V2026_8),
            boolean("sync_groups").default("true"),
            enumeration(
                "sync_outgoing_trigger_mode",
                &[
                    variant("none"),
                    variant("immediate"),
                    variant("deferred_end"),
                ],
            )
            .default(r#""deferred_end""#)
            .since(V2025_12),
            reference("sync_parent_group", "group"),
            boolean("sync_users").default("true"),
            boolean("sync_users_password")
                .default("true")
                .at_most_one_true(),
            enumeration("user_matching_mode", USER_MATCHING_MODE).default(r#""identifier""#),
            string("user_membership_attribute")
                .not_blank()
                .default(r#""distinguishedName""#),
            string("user_object_filter")
                .not_blank()
                .default(r#""(objectClass=person)""#),
            string("user_path_template")
                .not_blank()
                .default(r#""goauthentik.io/sources/%(slug)s""#),
            set("user_property_mappings", &ref_to("property_mapping")).preselected(
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
        .in_family("source", "scim")
        .doc("Another service pushes users and groups here.")
        .key_in_url("slug")
        .bindable("pk")
        .children(&[BINDINGS])
        .fields(&[
            string("slug").max_length_until(50, V2025_12).required(),
            string("name").required(),
            boolean("enabled").default("true"),
            set("group_property_mappings", &ref_to("property_mapping")),
            string("user_path_template")
                .not_blank()
                .default(r#""goauthentik.io/sources/%(slug)s""#),
            set("user_property_mappings", &ref_to("property_mapping")),
        ]),
];

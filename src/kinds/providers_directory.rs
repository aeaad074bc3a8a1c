//! Providers for networks and desktops: LDAP, RADIUS, remote access.

use super::bindings::BINDINGS;
use crate::schema::{
    Children, Find, Format, Items, Kind, boolean, duration, enumeration, integer, json, ref_to,
    reference, set, string, variant,
};

/// The machines of a RAC provider.
const ENDPOINTS: Children = Children {
    yaml_key: "endpoints",
    kind: "rac_endpoint",
    owner: "provider",
    items: Items::Named("name"),
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("provider_ldap", "providers", "/providers/ldap/")
        .model("authentik_providers_ldap.ldapprovider")
        .in_family("provider", "ldap")
        .doc("Answers LDAP searches and binds through an outpost.")
        .found_by("name__iexact")
        .fields(&[
            string("name").required(),
            reference("authentication_flow", "flow"),
            reference("authorization_flow", "flow").required(),
            reference("invalidation_flow", "flow").required(),
            string("base_dn").not_blank().default(r#""DC=ldap,DC=goauthentik,DC=io""#),
            enumeration("bind_mode", &[variant("direct"), variant("cached")]).default(r#""direct""#),
            reference("certificate", "certificate"),
            integer("gid_start_number").default("4000"),
            boolean("mfa_support").default("true"),
            set("property_mappings", &ref_to("property_mapping")),
            enumeration("search_mode", &[variant("direct"), variant("cached")]).default(r#""direct""#),
            string("tls_server_name").default(r#""""#),
            integer("uid_start_number").default("2000"),
        ]),
    Kind::new("provider_radius", "providers", "/providers/radius/")
        .model("authentik_providers_radius.radiusprovider")
        .in_family("provider", "radius")
        .doc("Answers RADIUS requests through an outpost.")
        .found_by("name__iexact")
        .fields(&[
            string("name").required(),
            reference("authentication_flow", "flow"),
            reference("authorization_flow", "flow").required(),
            reference("invalidation_flow", "flow").required(),
            reference("certificate", "certificate"),
            string("client_networks").format(Format::Networks).not_blank().default(r#""0.0.0.0/0, ::/0""#),
            boolean("mfa_support").default("true"),
            set("property_mappings", &ref_to("property_mapping")),
            string("shared_secret").not_blank().secret().generated(),
        ]),
    Kind::new("provider_rac", "providers", "/providers/rac/")
        .model("authentik_providers_rac.racprovider")
        .in_family("provider", "rac")
        .doc("Remote access to machines in the browser.")
        .found_by("name__iexact")
        .children(&[ENDPOINTS])
        .fields(&[
            string("name").required(),
            reference("authentication_flow", "flow"),
            reference("authorization_flow", "flow").required(),
            duration("connection_expiry").default(r#""hours=8""#),
            boolean("delete_token_on_disconnect").default("false"),
            set("property_mappings", &ref_to("property_mapping")),
            json("settings").managed_per_key().default("{}"),
        ]),
    Kind::new("rac_endpoint", "", "/rac/endpoints/")
        .model("authentik_providers_rac.endpoint")
        .doc("A machine that a RAC provider gives access to; written under `endpoints` of the provider.")
        .key_of(&["provider", "name"], Find::Owner { filter: "provider", field: "provider", many: false })
        .query(&[("superuser_full_list", "true")])
        .bindable("pk")
        .children(&[BINDINGS])
        .fields(&[
            string("name").required(),
            enumeration("auth_mode", &[variant("static"), variant("prompt")]).required(),
            string("host").required(),
            enumeration("protocol", &[variant("rdp"), variant("vnc"), variant("ssh")]).required(),
            reference("provider", "provider").required().allowed_kinds(&["provider_rac"]),
            integer("maximum_connections").default("1"),
            set("property_mappings", &ref_to("property_mapping")),
            json("settings").managed_per_key().default("{}"),
        ]),
];

//! Providers for networks and desktops: LDAP, RADIUS, remote access.

use super::bindings::BINDINGS;
use crate::schema::{
    Children, Find, Format, Items, Kind, boolean, int, json, one, set, span, text, to, word, words,
};

/// The machines of a RAC provider.
const ENDPOINTS: Children = Children {
    word: "endpoints",
    kind: "rac_endpoint",
    owner: "provider",
    items: Items::Named("name"),
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("provider_ldap", "providers", "/providers/ldap/")
        .model("authentik_providers_ldap.ldapprovider")
        .of("provider", "ldap")
        .doc("Answers LDAP searches and binds through an outpost.")
        .found_by("name__iexact")
        .fields(&[
            text("name").required(),
            one("authentication_flow", to("flow")),
            one("authorization_flow", to("flow")).required(),
            one("invalidation_flow", to("flow")).required(),
            text("base_dn").filled().default(r#""DC=ldap,DC=goauthentik,DC=io""#),
            words("bind_mode", &[word("direct"), word("cached")]).default(r#""direct""#),
            one("certificate", to("certificate")),
            int("gid_start_number").default("4000"),
            boolean("mfa_support").default("true"),
            set("property_mappings", &to("property_mapping")),
            words("search_mode", &[word("direct"), word("cached")]).default(r#""direct""#),
            text("tls_server_name").default(r#""""#),
            int("uid_start_number").default("2000"),
        ]),
    Kind::new("provider_radius", "providers", "/providers/radius/")
        .model("authentik_providers_radius.radiusprovider")
        .of("provider", "radius")
        .doc("Answers RADIUS requests through an outpost.")
        .found_by("name__iexact")
        .fields(&[
            text("name").required(),
            one("authentication_flow", to("flow")),
            one("authorization_flow", to("flow")).required(),
            one("invalidation_flow", to("flow")).required(),
            one("certificate", to("certificate")),
            text("client_networks").format(Format::Networks).filled().default(r#""0.0.0.0/0, ::/0""#),
            boolean("mfa_support").default("true"),
            set("property_mappings", &to("property_mapping")),
            text("shared_secret").filled().secret().generated(),
        ]),
    Kind::new("provider_rac", "providers", "/providers/rac/")
        .model("authentik_providers_rac.racprovider")
        .of("provider", "rac")
        .doc("Remote access to machines in the browser.")
        .found_by("name__iexact")
        .children(&[ENDPOINTS])
        .fields(&[
            text("name").required(),
            one("authentication_flow", to("flow")),
            one("authorization_flow", to("flow")).required(),
            span("connection_expiry").default(r#""hours=8""#),
            boolean("delete_token_on_disconnect").default("false"),
            set("property_mappings", &to("property_mapping")),
            json("settings").keyed().default("{}"),
        ]),
    Kind::new("rac_endpoint", "", "/rac/endpoints/")
        .model("authentik_providers_rac.endpoint")
        .doc("A machine that a RAC provider gives access to; written under `endpoints` of the provider.")
        .key_of(&["provider", "name"], Find::Owner { filter: "provider", field: "provider", many: false })
        .query(&[("superuser_full_list", "true")])
        .bindable("pk")
        .children(&[BINDINGS])
        .fields(&[
            text("name").required(),
            words("auth_mode", &[word("static"), word("prompt")]).required(),
            text("host").required(),
            words("protocol", &[word("rdp"), word("vnc"), word("ssh")]).required(),
            one("provider", to("provider")).required().only(&["provider_rac"]),
            int("maximum_connections").default("1"),
            set("property_mappings", &to("property_mapping")),
            json("settings").keyed().default("{}"),
        ]),
];

//! Devices: connectors to what manages them, access groups and enrolment.

use super::bindings::BINDINGS;
use super::shared::NEVER_NULL;
use crate::schema::{
    Format, Kind, Power, V2025_12, V2026_2, V2026_5, boolean, duration, integer, json, ref_to,
    reference, set, string, timestamp,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new(
        "connector_agent",
        "connectors",
        "/endpoints/agents/connectors/",
    )
    .model("authentik_endpoints_connectors_agent.agentconnector")
    .in_family("connector", "agent")
    .powers(&[Power::Trusts("jwt_federation_providers")])
    .doc("authentik's own agent on devices.")
    .id("connector_uuid")
    .since(V2025_12)
    .fields(&[
        string("name").required(),
        boolean("enabled").default("true"),
        reference("authorization_flow", "flow"),
        duration("auth_session_duration").default(r#""hours=8""#),
        boolean("auth_terminate_session_on_expiry").default("false"),
        duration("challenge_idle_timeout").default(r#""seconds=5""#),
        reference("challenge_key", "certificate"),
        boolean("challenge_trigger_check_in").default("false"),
        set("jwt_federation_providers", &ref_to("provider")).allowed_kinds(&["provider_oauth2"]),
        integer("nss_gid_offset").at_least(0).default("1000"),
        integer("nss_uid_offset").at_least(0).default("1000"),
        duration("refresh_interval").default(r#""minutes=30""#),
        duration("snapshot_expiry").default(r#""hours=24""#),
    ]),
    Kind::new(
        "connector_fleet",
        "connectors",
        "/endpoints/fleet/connectors/",
    )
    .model("authentik_endpoints_connectors_fleet.fleetconnector")
    .in_family("connector", "fleet")
    .enterprise()
    .doc("A Fleet server that provides data about devices.")
    .id("connector_uuid")
    .since(V2026_2)
    .fields(&[
        string("name").required(),
        boolean("enabled").default("true"),
        string("token").required().write_only(),
        string("url")
            .max_length(200)
            .format(Format::PublicUrl)
            .required(),
        reference("headers_mapping", "property_mapping").allowed_kinds(&["property_mapping_notification"]),
        boolean("map_teams_access_group").default("false"),
        boolean("map_users").default("true"),
    ]),
    Kind::new(
        "connector_google_chrome",
        "connectors",
        "/endpoints/google_chrome/connectors/",
    )
    .model("authentik_endpoints_connectors_google_chrome.googlechromeconnector")
    .in_family("connector", "google_chrome")
    .enterprise()
    .doc("Device trust of Google Chrome.")
    .id("connector_uuid")
    .since(V2026_5)
    .fields(&[
        string("name").required(),
        boolean("enabled").default("true"),
        json("credentials").required().secret(),
    ]),
    Kind::new(
        "device_access_group",
        "device_access_groups",
        "/endpoints/device_access_groups/",
    )
    .model("authentik_endpoints.deviceaccessgroup")
    .doc("A group of devices that the same people may use.")
    .id("pbm_uuid")
    .since(V2025_12)
    .bindable("pbm_uuid")
    .children(&[BINDINGS])
    .fields(&[
        string("name").required(),
        json("attributes").managed_per_key().default("{}").since(V2026_2),
    ]),
    Kind::new(
        "enrollment_token",
        "enrollment_tokens",
        "/endpoints/agents/enrollment_tokens/",
    )
    .model("authentik_endpoints_connectors_agent.enrollmenttoken")
    .doc("A token with which a device enrolls itself. The server generates its key and never shows it.")
    .id("token_uuid")
    .since(V2025_12)
    .found_by("search")
    .forced(&[NEVER_NULL])
    .fields(&[
        string("name").required(),
        reference("connector", "connector")
            .required()
            .allowed_kinds(&["connector_agent"]),
        reference("device_group", "device_access_group"),
        timestamp("expires").nullable().generated(),
        boolean("expiring").default("true"),
    ]),
];

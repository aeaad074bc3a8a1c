//! Collections of all members of a family, where references find objects of kinds that the table does not have.

use crate::schema::{Kind, V2025_12, string};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("stage", "", "/stages/all/")
        .model("authentik_flows.stage")
        .doc("Any stage.")
        .fields(&[string("name").required()]),
    Kind::new("policy", "", "/policies/all/")
        .model("authentik_policies.policy")
        .doc("Any policy.")
        .fields(&[string("name").required()]),
    Kind::new("provider", "", "/providers/all/")
        .model("authentik_core.provider")
        .doc("Any provider.")
        .fields(&[string("name").required()]),
    Kind::new("property_mapping", "", "/propertymappings/all/")
        .model("authentik_core.propertymapping")
        .doc("Any property mapping.")
        .aliases(&["managed"])
        .fields(&[string("name").required(), string("managed").nullable()]),
    Kind::new("source", "", "/sources/all/")
        .model("authentik_core.source")
        .doc("Any source.")
        .key_in_url("slug")
        .fields(&[string("slug").required()]),
    Kind::new("service_connection", "", "/outposts/service_connections/all/")
        .doc("Any connection to Docker or Kubernetes.")
        .fields(&[string("name").required()]),
    Kind::new("connector", "", "/endpoints/connectors/")
        .doc("Any connector to a service that manages devices.")
        .since(V2025_12)
        // The list has no filter.
        .found_by("search")
        .id("connector_uuid")
        .fields(&[string("name").required()]),
    Kind::new("permission", "", "/rbac/permissions/")
        .doc("A permission; known by its code name, such as `view_application`, if only one application has that.")
        .key_joined_by_dots(&["app_label", "codename"], "codename")
        .aliases(&["codename"])
        .id("id")
        .fields(&[string("app_label"), string("codename"), string("model")]),
    Kind::new("webauthn_device_type", "", "/stages/authenticator/webauthn_device_types/")
        .doc("A model of security key that authentik knows; by its description, or by its AAGUID where several share that.")
        .key("description")
        .distinguished_by("aaguid")
        .aliases(&["aaguid", "description"])
        .id("aaguid")
        .fields(&[string("description").required(), string("aaguid")]),
];

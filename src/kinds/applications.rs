//! What people open: applications, their entitlements, and what serves them: outposts and brands.

use super::bindings::BINDINGS;
use crate::schema::{
    Children, Condition, DataKey, Find, Format, Items, KeyShape, Kind, Lint, Preselected,
    Requirement, SentTogether, V2025_12, V2026_5, V2026_8, WayIn, boolean, enumeration, json, key,
    ref_to, reference, set, string, variant,
};

/// The entitlements of an application.
const ENTITLEMENTS: Children = Children {
    yaml_key: "entitlements",
    kind: "application_entitlement",
    owner: "app",
    items: Items::Named("name"),
};

/// The outpost that is a part of authentik itself.
const EMBEDDED: &str = "authentik Embedded Outpost";

/// How an outpost is run where its configuration is silent (`outposts/models.py`, OutpostConfig).
const OUTPOST_CONFIG: &str = r#"{
    "authentik_host": "", "authentik_host_browser": "", "authentik_host_insecure": false,
    "container_image": null, "docker_labels": null, "docker_map_ports": true, "docker_network": null,
    "kubernetes_disabled_components": [], "kubernetes_httproute_annotations": {},
    "kubernetes_httproute_parent_refs": [], "kubernetes_image_pull_secrets": [],
    "kubernetes_ingress_annotations": {}, "kubernetes_ingress_class_name": null,
    "kubernetes_ingress_path_type": null, "kubernetes_ingress_secret_name": "authentik-outpost-tls",
    "kubernetes_json_patches": null, "kubernetes_namespace": "default", "kubernetes_replicas": 1,
    "kubernetes_service_type": "ClusterIP", "log_level": "info",
    "object_naming_template": "ak-outpost-%(name)s", "refresh_interval": "minutes=5"
}"#;

/// What the keys of that configuration hold.
const OUTPOST_KEYS: &[DataKey] = &[
    key("authentik_host", KeyShape::Text),
    key("authentik_host_browser", KeyShape::Text),
    key("authentik_host_insecure", KeyShape::Bool),
    key("container_image", KeyShape::Text).nullable(),
    key("docker_labels", KeyShape::TextMap).nullable(),
    key("docker_map_ports", KeyShape::Bool),
    key("docker_network", KeyShape::Text).nullable(),
    key("kubernetes_disable_x509_strict", KeyShape::Bool).since(V2026_5),
    key("kubernetes_disabled_components", KeyShape::Texts),
    key("kubernetes_httproute_annotations", KeyShape::TextMap),
    key("kubernetes_httproute_parent_refs", KeyShape::TextMaps),
    key("kubernetes_image_pull_secrets", KeyShape::Texts),
    key("kubernetes_ingress_annotations", KeyShape::TextMap),
    key("kubernetes_ingress_class_name", KeyShape::Text).nullable(),
    key("kubernetes_ingress_path_type", KeyShape::Text).nullable(),
    key("kubernetes_ingress_secret_name", KeyShape::Text),
    key("kubernetes_json_patches", KeyShape::Patches).nullable(),
    key("kubernetes_namespace", KeyShape::Text),
    key("kubernetes_replicas", KeyShape::Int),
    key("kubernetes_service_type", KeyShape::Text),
    key("log_level", KeyShape::Text),
    key("object_naming_template", KeyShape::Text),
    key("refresh_interval", KeyShape::Duration),
];

pub(super) const KINDS: &[Kind] = &[
    Kind::new("application", "applications", "/core/applications/")
        .model("authentik_core.application")
        .doc("An application that users see and open. Without an enabled binding, every user may open it.")
        .key_in_url("slug")
        .query(&[("superuser_full_list", "true")])
        .superuser_list()
        .guarded_by_bindings()
        .bindable("pk")
        .unique_together(&[&["provider"]])
        .children(&[BINDINGS, ENTITLEMENTS])
        .lints(&[
            // `/application/o/<slug>/` and the endpoints of OAuth2 share their place.
            Lint::CollidingKeys(&["end-session"]),
            Lint::LaunchTarget {
                to: "provider",
                also: &["backchannel_providers"],
                link: "meta_launch_url",
            },
        ])
        .reserved_keys(&[
            "authorize",
            "token",
            "device",
            "userinfo",
            "introspect",
            "revoke",
        ])
        .fields(&[
            string("slug").max_length_until(50, V2025_12).required(),
            string("name").required(),
            reference("provider", "provider").after_own_children(),
            set("backchannel_providers", &ref_to("provider"))
                .allowed_kinds(&[
                    "provider_ldap",
                    "provider_scim",
                    "provider_ssf",
                    "provider_google_workspace",
                    "provider_microsoft_entra",
                ])
                .cascades(),
            boolean("open_in_new_tab").default("false"),
            string("meta_launch_url")
                .format(Format::LaunchUrl)
                .default(r#""""#),
            string("meta_icon")
                .or_reference_to("file")
                .format(Format::Media)
                .since(V2025_12)
                .default(r#""""#),
            boolean("meta_hide")
                .since(V2026_5)
                .default("false")
                .doc("Not listed on the user's page; users may still open it."),
            string("meta_description").default(r#""""#),
            string("meta_publisher").default(r#""""#),
            enumeration("policy_engine_mode", &[variant("any"), variant("all")]).default(r#""any""#),
            string("group")
                .default(r#""""#)
                .doc("The heading under which the user's page lists it."),
        ]),
    Kind::new(
        "application_entitlement",
        "",
        "/core/application_entitlements/",
    )
    .model("authentik_core.applicationentitlement")
    .doc("A right inside an application; written under `entitlements` of the application.")
    .key_of(
        &["app", "name"],
        Find::Owner {
            filter: "app",
            field: "app",
            many: false,
        },
    )
    .id("pbm_uuid")
    .bindable("pbm_uuid")
    .children(&[BINDINGS])
    .fields(&[
        reference("app", "application").required(),
        string("name").required(),
        json("attributes").managed_per_key().default("{}"),
    ]),
    Kind::new("outpost", "outposts", "/outposts/instances/")
        .model("authentik_outposts.outpost")
        .doc("A process that serves proxy, LDAP, RADIUS or RAC providers.")
        // The only filter on the name ignores case.
        .found_by("name__iexact")
        .sent_together(&[SentTogether::AllOrNone(&["type", "providers"])])
        .requirements(&[
            Requirement::one_of(&[Condition::HasValue("providers"), Condition::HasName(EMBEDDED)]),
            Requirement::one_of(&[Condition::HasKey("config", "authentik_host"), Condition::HasName(EMBEDDED)])
                .when(&[Condition::HasValue("service_connection")])
                .otherwise("outposts that authentik starts do not learn its address"),
        ])
        .fields(&[
            string("name").required(),
            enumeration(
                "type",
                &[variant("proxy"), variant("ldap"), variant("radius"), variant("rac")],
            )
            .preselected(Preselected::Value(r#""proxy""#))
            .required()
            .yaml_key("type"),
            set("providers", &ref_to("provider"))
                .required()
                .create_default("[]")
                .allowed_kinds_by(
                    "type",
                    &[
                        ("proxy", "provider_proxy"),
                        ("ldap", "provider_ldap"),
                        ("radius", "provider_radius"),
                        ("rac", "provider_rac"),
                    ],
                ),
            reference("service_connection", "service_connection"),
            json("config")
                .keys(OUTPOST_KEYS)
                .managed_per_key()
                .required()
                .create_default("{}")
                .implicit_defaults(OUTPOST_CONFIG)
                .doc("Only the declared keys are managed."),
            string("managed").nullable().not_blank(),
        ]),
    Kind::new("brand", "brands", "/core/brands/")
        .model("authentik_brands.brand")
        .doc("The look of authentik and the flows that it uses under a domain.")
        .key("domain")
        .id("brand_uuid")
        .way_in(WayIn::Brand {
            default: "default",
            flow: "flow_authentication",
        })
        .fields(&[
            string("domain").required(),
            boolean("default")
                .default("false")
                .at_most_one_true()
                .doc("Used where no other brand's domain matches; only one brand can be the default."),
            string("branding_title").not_blank().default(r#""authentik""#),
            string("branding_logo")
                .or_reference_to("file")
                .format(Format::Media)
                .not_blank()
                .default(r#""/static/dist/assets/icons/icon_left_brand.svg""#),
            string("branding_favicon")
                .or_reference_to("file")
                .format(Format::Media)
                .not_blank()
                .default(r#""/static/dist/assets/icons/icon.png""#),
            string("branding_custom_css").default(r#""""#),
            string("branding_default_flow_background")
                .or_reference_to("file")
                .format(Format::Media)
                .not_blank()
                .default(r#""/static/dist/assets/images/flow_background.jpg""#),
            string("branding_map_tiles").since(V2026_8).default(r#""""#),
            reference("flow_authentication", "flow").after_target_children(),
            reference("flow_invalidation", "flow").after_target_children(),
            reference("flow_recovery", "flow").after_target_children(),
            reference("flow_unenrollment", "flow").after_target_children(),
            reference("flow_user_settings", "flow").after_target_children(),
            reference("flow_device_code", "flow").after_target_children(),
            reference("flow_lockdown", "flow").after_target_children().since(V2026_5),
            reference("flow_request", "flow").after_target_children().since(V2026_8),
            reference("flow_user_switch", "flow").after_target_children().since(V2026_8),
            reference("default_application", "application"),
            reference("web_certificate", "certificate"),
            set("client_certificates", &ref_to("certificate")),
            json("attributes").managed_per_key().default("{}"),
        ]),
];

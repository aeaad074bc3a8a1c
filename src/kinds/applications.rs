//! What people open: applications, their entitlements, and what serves them: outposts and brands.

use super::bindings::BINDINGS;
use crate::schema::{
    Children, DataKey, Find, Format, Is, Items, KeyShape, Kind, Lint, Needs, Preselected, Together,
    V2025_12, V2026_5, V2026_8, WayIn, boolean, json, key, one, set, text, to, word, words,
};

/// The entitlements of an application.
const ENTITLEMENTS: Children = Children {
    word: "entitlements",
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
        .guarded()
        .bindable("pk")
        .unique(&[&["provider"]])
        .children(&[BINDINGS, ENTITLEMENTS])
        .lints(&[
            // `/application/o/<slug>/` and the endpoints of OAuth2 share their place.
            Lint::Reserved(&["end-session"]),
            Lint::Leads {
                to: "provider",
                also: &["backchannel_providers"],
                link: "meta_launch_url",
            },
        ])
        .reserved(&[
            "authorize",
            "token",
            "device",
            "userinfo",
            "introspect",
            "revoke",
        ])
        .fields(&[
            text("slug").longest_until(50, V2025_12).required(),
            text("name").required(),
            one("provider", to("provider")).late(),
            set("backchannel_providers", &to("provider"))
                .only(&[
                    "provider_ldap",
                    "provider_scim",
                    "provider_ssf",
                    "provider_google_workspace",
                    "provider_microsoft_entra",
                ])
                .cascades(),
            boolean("open_in_new_tab").default("false"),
            text("meta_launch_url")
                .format(Format::LaunchUrl)
                .default(r#""""#),
            text("meta_icon")
                .shows("file")
                .format(Format::Media)
                .since(V2025_12)
                .default(r#""""#),
            boolean("meta_hide")
                .since(V2026_5)
                .default("false")
                .doc("Not listed on the user's page; users may still open it."),
            text("meta_description").default(r#""""#),
            text("meta_publisher").default(r#""""#),
            words("policy_engine_mode", &[word("any"), word("all")]).default(r#""any""#),
            text("group")
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
        one("app", to("application")).required(),
        text("name").required(),
        json("attributes").keyed().default("{}"),
    ]),
    Kind::new("outpost", "outposts", "/outposts/instances/")
        .model("authentik_outposts.outpost")
        .doc("A process that serves proxy, LDAP, RADIUS or RAC providers.")
        // The only filter on the name ignores case.
        .found_by("name__iexact")
        .together(&[Together::Group(&["type", "providers"])])
        .needs(&[
            Needs::one_of(&[Is::Set("providers"), Is::Named(EMBEDDED)]),
            Needs::one_of(&[Is::Key("config", "authentik_host"), Is::Named(EMBEDDED)])
                .when(&[Is::Set("service_connection")])
                .otherwise("outposts that authentik starts do not learn its address"),
        ])
        .fields(&[
            text("name").required(),
            words(
                "type",
                &[word("proxy"), word("ldap"), word("radius"), word("rac")],
            )
            .preselected(Preselected::Value(r#""proxy""#))
            .required()
            .word("type"),
            set("providers", &to("provider"))
                .required()
                .assume("[]")
                .only_by(
                    "type",
                    &[
                        ("proxy", "provider_proxy"),
                        ("ldap", "provider_ldap"),
                        ("radius", "provider_radius"),
                        ("rac", "provider_rac"),
                    ],
                ),
            one("service_connection", to("service_connection")),
            json("config")
                .keys(OUTPOST_KEYS)
                .keyed()
                .required()
                .assume("{}")
                .usual(OUTPOST_CONFIG)
                .doc("Only the declared keys are managed."),
            text("managed").nullable().filled(),
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
            text("domain").required(),
            boolean("default")
                .default("false")
                .single()
                .doc("Used where no other brand's domain matches; only one brand can be the default."),
            text("branding_title").filled().default(r#""authentik""#),
            text("branding_logo")
                .shows("file")
                .format(Format::Media)
                .filled()
                .default(r#""/static/dist/assets/icons/icon_left_brand.svg""#),
            text("branding_favicon")
                .shows("file")
                .format(Format::Media)
                .filled()
                .default(r#""/static/dist/assets/icons/icon.png""#),
            text("branding_custom_css").default(r#""""#),
            text("branding_default_flow_background")
                .shows("file")
                .format(Format::Media)
                .filled()
                .default(r#""/static/dist/assets/images/flow_background.jpg""#),
            text("branding_map_tiles").since(V2026_8).default(r#""""#),
            one("flow_authentication", to("flow")).ready(),
            one("flow_invalidation", to("flow")).ready(),
            one("flow_recovery", to("flow")).ready(),
            one("flow_unenrollment", to("flow")).ready(),
            one("flow_user_settings", to("flow")).ready(),
            one("flow_device_code", to("flow")).ready(),
            one("flow_lockdown", to("flow")).ready().since(V2026_5),
            one("flow_request", to("flow")).ready().since(V2026_8),
            one("flow_user_switch", to("flow")).ready().since(V2026_8),
            one("default_application", to("application")),
            one("web_certificate", to("certificate")),
            set("client_certificates", &to("certificate")),
            json("attributes").keyed().default("{}"),
        ]),
];

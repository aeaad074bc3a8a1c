//! Property mappings of all other providers and sources, and of notifications.

use crate::schema::{Format, Kind, json, string};

pub(super) const KINDS: &[Kind] = &[
    Kind::new(
        "property_mapping_notification",
        "property_mappings",
        "/propertymappings/notification/",
    )
    .model("authentik_events.notificationwebhookmapping")
    .in_family("property_mapping", "notification")
    .doc("The body or the headers of a webhook notification.")
    .fields(&[
        string("name").required(),
        string("expression").format(Format::Python).required(),
    ]),
    Kind::new(
        "property_mapping_google_workspace",
        "property_mappings",
        "/propertymappings/provider/google_workspace/",
    )
    .model("authentik_providers_google_workspace.googleworkspaceprovidermapping")
    .in_family("property_mapping", "google_workspace")
    .doc("The data about a user or group that is sent to Google Workspace.")
    .aliases(&["managed"])
    .fields(&[
        string("name").required(),
        string("expression").format(Format::Python).required(),
        string("managed").nullable().not_blank(),
    ]),
    Kind::new(
        "property_mapping_microsoft_entra",
        "property_mappings",
        "/propertymappings/provider/microsoft_entra/",
    )
    .model("authentik_providers_microsoft_entra.microsoftentraprovidermapping")
    .in_family("property_mapping", "microsoft_entra")
    .doc("The data about a user or group that is sent to Microsoft Entra ID.")
    .aliases(&["managed"])
    .fields(&[
        string("name").required(),
        string("expression").format(Format::Python).required(),
        string("managed").nullable().not_blank(),
    ]),
    Kind::new(
        "property_mapping_rac",
        "property_mappings",
        "/propertymappings/provider/rac/",
    )
    .model("authentik_providers_rac.racpropertymapping")
    .in_family("property_mapping", "rac")
    .doc("Settings of a remote access connection.")
    .aliases(&["managed"])
    .fields(&[
        string("name").required(),
        json("static_settings").required(),
        string("expression").format(Format::Python),
        string("managed").nullable().not_blank(),
    ]),
    Kind::new(
        "property_mapping_radius",
        "property_mappings",
        "/propertymappings/provider/radius/",
    )
    .model("authentik_providers_radius.radiusproviderpropertymapping")
    .in_family("property_mapping", "radius")
    .doc("Attributes in a RADIUS answer.")
    .aliases(&["managed"])
    .fields(&[
        string("name").required(),
        string("expression").format(Format::Python).required(),
        string("managed").nullable().not_blank(),
    ]),
    Kind::new(
        "property_mapping_saml",
        "property_mappings",
        "/propertymappings/provider/saml/",
    )
    .model("authentik_providers_saml.samlpropertymapping")
    .in_family("property_mapping", "saml")
    .doc("An attribute in a SAML assertion.")
    .aliases(&["managed"])
    .fields(&[
        string("name").required(),
        string("expression").format(Format::Python).required(),
        string("saml_name").required(),
        string("friendly_name").nullable(),
        string("managed").nullable().not_blank(),
    ]),
    Kind::new(
        "property_mapping_scim",
        "property_mappings",
        "/propertymappings/provider/scim/",
    )
    .model("authentik_providers_scim.scimmapping")
    .in_family("property_mapping", "scim")
    .doc("The data about a user or group that is sent to a SCIM service.")
    .aliases(&["managed"])
    .fields(&[
        string("name").required(),
        string("expression").format(Format::Python).required(),
        string("managed").nullable().not_blank(),
    ]),
    Kind::new(
        "property_mapping_source_kerberos",
        "property_mappings",
        "/propertymappings/source/kerberos/",
    )
    .model("authentik_sources_kerberos.kerberossourcepropertymapping")
    .in_family("property_mapping", "source_kerberos")
    .doc("How a Kerberos source maps a principal.")
    .aliases(&["managed"])
    .fields(&[
        string("name").required(),
        string("expression").format(Format::Python).required(),
        string("managed").nullable().not_blank(),
    ]),
    Kind::new(
        "property_mapping_source_ldap",
        "property_mappings",
        "/propertymappings/source/ldap/",
    )
    .model("authentik_sources_ldap.ldapsourcepropertymapping")
    .in_family("property_mapping", "source_ldap")
    .doc("How an LDAP source maps an entry.")
    .aliases(&["managed"])
    .fields(&[
        string("name").required(),
        string("expression").format(Format::Python).required(),
        string("managed").nullable().not_blank(),
    ]),
    Kind::new(
        "property_mapping_source_plex",
        "property_mappings",
        "/propertymappings/source/plex/",
    )
    .model("authentik_sources_plex.plexsourcepropertymapping")
    .in_family("property_mapping", "source_plex")
    .doc("How a Plex source maps an account.")
    .aliases(&["managed"])
    .fields(&[
        string("name").required(),
        string("expression").format(Format::Python).required(),
        string("managed").nullable().not_blank(),
    ]),
    Kind::new(
        "property_mapping_source_saml",
        "property_mappings",
        "/propertymappings/source/saml/",
    )
    .model("authentik_sources_saml.samlsourcepropertymapping")
    .in_family("property_mapping", "source_saml")
    .doc("How a SAML source maps an assertion.")
    .aliases(&["managed"])
    .fields(&[
        string("name").required(),
        string("expression").format(Format::Python).required(),
        string("managed").nullable().not_blank(),
    ]),
    Kind::new(
        "property_mapping_source_scim",
        "property_mappings",
        "/propertymappings/source/scim/",
    )
    .model("authentik_sources_scim.scimsourcepropertymapping")
    .in_family("property_mapping", "source_scim")
    .doc("How a SCIM source maps a resource.")
    .aliases(&["managed"])
    .fields(&[
        string("name").required(),
        string("expression").format(Format::Python).required(),
        string("managed").nullable().not_blank(),
    ]),
    Kind::new(
        "property_mapping_source_telegram",
        "property_mappings",
        "/propertymappings/source/telegram/",
    )
    .model("authentik_sources_telegram.telegramsourcepropertymapping")
    .in_family("property_mapping", "source_telegram")
    .doc("How a Telegram source maps an account.")
    .aliases(&["managed"])
    .fields(&[
        string("name").required(),
        string("expression").format(Format::Python).required(),
        string("managed").nullable().not_blank(),
    ]),
];

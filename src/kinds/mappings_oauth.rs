//! Property mappings of OAuth: which claims about a user are sent, and which are received, as small expressions.

use crate::schema::{Format, Kind, string};

pub(super) const KINDS: &[Kind] = &[
    Kind::new(
        "property_mapping_scope",
        "property_mappings",
        "/propertymappings/provider/scope/",
    )
    .model("authentik_providers_oauth2.scopemapping")
    .in_family("property_mapping", "scope")
    .doc("The claims of an OAuth2 scope. May also be referred to by its scope or its managed id.")
    .aliases(&["scope_name", "managed"])
    .fields(&[
        string("name").required(),
        string("scope_name").format(Format::OneWord).required(),
        string("expression").format(Format::Python).required(),
        string("description").default(r#""""#),
        string("managed").nullable().not_blank(),
    ]),
    Kind::new(
        "property_mapping_source_oauth",
        "property_mappings",
        "/propertymappings/source/oauth/",
    )
    .model("authentik_sources_oauth.oauthsourcepropertymapping")
    .in_family("property_mapping", "source_oauth")
    .doc("How an OAuth source maps the user data that it receives.")
    .aliases(&["managed"])
    .fields(&[
        string("name").required(),
        string("expression").format(Format::Python).required(),
        string("managed").nullable().not_blank(),
    ]),
];

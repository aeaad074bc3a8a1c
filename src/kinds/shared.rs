//! Lists of words and rules that several kinds share.

use crate::schema::{Forced, V2026_2, V2026_5, V2026_8, Variant, Version, variant};

/// The first versions whose answers no longer contain seven fields that were given back before.
pub(super) const WITHHELD: &[Version] = &[V2026_2.patch(7), V2026_5.patch(7), V2026_8.patch(2)];

/// How a SAML subject is named.
pub(super) const NAME_ID_FORMATS: &[Variant] = &[
    variant("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
    variant("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
    variant("urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"),
    variant("urn:oasis:names:tc:SAML:2.0:nameid-format:WindowsDomainQualifiedName"),
    variant("urn:oasis:names:tc:SAML:2.0:nameid-format:transient"),
    variant("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"),
];

/// The words of `digest_algorithm`.
pub(super) const DIGEST_ALGORITHM: &[Variant] = &[
    variant("http://www.w3.org/2000/09/xmldsig#sha1"),
    variant("http://www.w3.org/2001/04/xmlenc#sha256"),
    variant("http://www.w3.org/2001/04/xmldsig-more#sha384"),
    variant("http://www.w3.org/2001/04/xmlenc#sha512"),
];

/// The words of `signature_algorithm`.
pub(super) const SIGNATURE_ALGORITHM: &[Variant] = &[
    variant("http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
    variant("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
    variant("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"),
    variant("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"),
    variant("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1"),
    variant("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
    variant("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"),
    variant("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"),
    variant("http://www.w3.org/2000/09/xmldsig#dsa-sha1"),
];

/// The words of `user_matching_mode`.
pub(super) const USER_MATCHING_MODE: &[Variant] = &[
    variant("identifier"),
    variant("email_link"),
    variant("email_deny"),
    variant("username_link"),
    variant("username_deny"),
];

/// What kinds of security key a browser is asked for first.
pub(super) const WEBAUTHN_HINTS: &[Variant] = &[
    variant("security-key"),
    variant("client-device"),
    variant("hybrid"),
];

/// What expires gets an end when it has none (core/models.py, `ExpiringModel`).
pub(super) const NEVER_NULL: Forced = Forced {
    field: "expires",
    null: true,
    until: None,
    when: Some(("expiring", "true")),
    why: "remove it for the server's own end, name one, or set `expiring: false`",
};

/// The same for what always expires.
pub(super) const ALWAYS_ENDS: Forced = Forced {
    when: None,
    why: "remove it for the server's own end, or name one",
    ..NEVER_NULL
};

/// The fields that say which server sends e-mails; without any of them it is the one of authentik's own configuration.
pub(super) const MAIL_SERVER: &[&str] = &[
    "host",
    "port",
    "username",
    "password",
    "use_tls",
    "use_ssl",
    "timeout",
    "from_address",
];

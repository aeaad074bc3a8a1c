//! Certificates and their keys.

use crate::schema::{Create, Digest, Format, Kind, int, record, text, word, words};

pub(super) const KINDS: &[Kind] = &[Kind::new("certificate", "certificates", "/crypto/certificatekeypairs/")
    .model("authentik_crypto.certificatekeypair")
    .doc("A certificate with or without its key: made by the server (`generate`), brought along, or only referred to.")
    .create(Create::Or { field: "generate", path: "generate/", name: "common_name" })
    .fields(&[
        text("name").required(),
        record(
            "generate",
            &[
                int("validity_days").required().at_least(1),
                text("subject_alt_name"),
                words("alg", &[word("rsa"), word("ecdsa"), word("ed25519"), word("ed448")]),
            ],
        )
        .once()
        .doc("The server makes a self-signed pair when there is none of this name."),
        text("certificate_data")
            .required()
            .write_only()
            .compared_by("fingerprint_sha256", Digest::Certificate)
            .doc("PEM; of a chain, the first one is the certificate."),
        text("key_data")
            .format(Format::PrivateKey)
            .write_only()
            .beside("certificate_data")
            .kept_by("private_key_available")
            .doc("PEM; the key of the certificate, never read from the server."),
    ])];

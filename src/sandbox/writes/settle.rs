//! Values that the server sets at a write whatever the request says.
//! Must never refuse anything: what is settled has been validated.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::proxy::settle_proxy;
use crate::sandbox::durations::{DEFAULT_MINUTES, token_seconds};
use crate::sandbox::types::{Serial, Values};
use crate::sandbox::world::{World, text_of};

/// Values the server sets whatever the request says.
pub(super) fn settle(
    world: &mut World,
    base: &str,
    values: &mut Values,
    sent: &Values,
    caller: Serial,
    existing: Option<Serial>,
) {
    let created = existing.is_none();
    let now = world.seed.now();
    match base {
        "/core/groups/" if created => {
            let number = world
                .seed
                .text(8)
                .bytes()
                .fold(0_u64, |sum, byte| sum * 7 + u64::from(byte))
                % 65_000;
            values.insert("num_pk".into(), number.into());
        }
        "/core/users/" => {
            if created {
                values.insert("uuid".into(), world.seed.uuid().into());
                values.insert("uid".into(), world.seed.hex(64).into());
                values.insert("date_joined".into(), now.clone().into());
                values.insert("password_change_date".into(), now.clone().into());
                // Django's own default, not listed among the model's.
                if !sent.contains_key("is_active") {
                    values.insert("is_active".into(), true.into());
                }
            }
            values.insert("last_updated".into(), now.into());
        }
        "/core/tokens/" => settle_token(world, values, sent, caller, created),
        "/stages/invitation/invitations/" => {
            if created {
                values.insert("created_by".into(), world.pk_of(caller));
            }
            expire(world, values);
        }
        "/endpoints/agents/enrollment_tokens/" => expire(world, values),
        "/crypto/certificatekeypairs/" => settle_certificate(world, values, sent),
        "/enterprise/license/" => settle_license(world, values),
        "/managed/blueprints/" if created => {
            values.insert("last_applied".into(), now.into());
            values.insert("status".into(), "unknown".into());
            values.insert("metadata".into(), json!({}));
        }
        "/providers/proxy/" => settle_proxy(world, values, created),
        _ => {}
    }
}

/// The values that the server reads out of a license.
fn settle_license(world: &mut World, values: &mut Values) {
    let key = text_of(values.get("key").unwrap_or(&Value::Null));
    let name = crate::sandbox::checks::license_name(&key).unwrap_or_default();
    values.insert("name".into(), name.into());
    values.insert("expiry".into(), world.seed.in_minutes(365 * 24 * 60).into());
    values.insert("internal_users".into(), 100.into());
    values.insert("external_users".into(), 1000.into());
}

/// The serializer fills owner and purpose from the body alone: a PATCH without them gives the
/// token to the caller, and every write of an API token shortens its life.
fn settle_token(
    world: &mut World,
    values: &mut Values,
    sent: &Values,
    caller: Serial,
    created: bool,
) {
    if sent.get("user").is_none_or(Value::is_null) {
        values.insert("user".into(), world.pk_of(caller));
    }
    if !sent.contains_key("intent") {
        values.insert("intent".into(), "api".into());
    }
    if created {
        values.insert("key".into(), world.seed.text(60).into());
    }
    if values.get("intent").is_some_and(|intent| intent == "api") {
        values.insert(
            "expires".into(),
            world.seed.in_seconds(token_seconds(world)).into(),
        );
    } else {
        expire(world, values);
    }
}

/// `ExpiringModel`: what expires gets an end at every save if it has none.
fn expire(world: &World, values: &mut Values) {
    let expiring = values
        .get("expiring")
        .is_none_or(|expiring| *expiring == true);
    if expiring && values.get("expires").is_none_or(Value::is_null) {
        values.insert(
            "expires".into(),
            world.seed.in_minutes(DEFAULT_MINUTES).into(),
        );
    }
}

/// The values that the server reads from a certificate: the fingerprints are real, the rest is made up.
fn settle_certificate(world: &mut World, values: &mut Values, sent: &Values) {
    let has_key = values
        .get("key_data")
        .is_some_and(|key| !key.is_null() && *key != "");
    values.insert("private_key_available".into(), has_key.into());
    if !sent.contains_key("certificate_data") {
        return;
    }
    let pem = text_of(values.get("certificate_data").unwrap_or(&Value::Null));
    // The sandbox's own certificates hold no real ones.
    let der = CertificateDer::from_pem_slice(pem.as_bytes())
        .map_or_else(|_| pem.into_bytes(), |der| der.to_vec());
    let pairs = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<Vec<_>>()
            .join(":")
    };
    let name = text_of(values.get("name").unwrap_or(&Value::Null));
    let sha256 = Sha256::digest(&der);
    // Twenty bytes as SHA-1 has them.
    let sha1 = pairs(sha256.get(..20).unwrap_or_default());
    let sha256 = pairs(&sha256);
    let kind = if world.facts.is_2025_10() {
        "private_key_type"
    } else {
        "key_type"
    };
    values.insert("fingerprint_sha1".into(), sha1.into());
    values.insert("fingerprint_sha256".into(), sha256.into());
    values.insert(
        "cert_expiry".into(),
        world.seed.second_in_minutes(365 * 24 * 60).into(),
    );
    values.insert(
        "cert_subject".into(),
        format!("OU=Self-signed,O=authentik,CN={name}").into(),
    );
    values.entry(kind).or_insert_with(|| "rsa".into());
}

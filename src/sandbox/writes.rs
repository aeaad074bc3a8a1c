//! Creates, changes and deletes objects: generated values, forced values, side objects, cascades.
//! Must never answer a request: it returns the object written, or the refusal.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::behaviours::{self, Refusal, Write, judge};
use super::events::note;
use super::validate::{Errors, clean, field_error};
use super::world::{Serial, Values, World, text_of};

/// How long the server lets an expiring object live when nobody says otherwise.
const DEFAULT_MINUTES: i64 = 30;

/// Creates an object from a request body.
pub(super) fn create(
    world: &mut World,
    base: &str,
    body: &Map<String, Value>,
    caller: Serial,
) -> Result<Serial, Refusal> {
    let sent = validated(world, base, body, None, false)?;
    world.seed.tick();
    let mut values = initial(world, base);
    values.extend(sent.clone());
    settle(world, base, &mut values, &sent, caller, None);
    let members = take_members(base, &mut values);
    let serial = world.insert(base, values);
    set_members(world, serial, members);
    side_objects(world, base, serial);
    note(world, "model_created", serial);
    Ok(serial)
}

/// Changes an object; with `partial` (PATCH) only what the body names.
pub(super) fn update(
    world: &mut World,
    serial: Serial,
    body: &Map<String, Value>,
    caller: Serial,
    partial: bool,
) -> Result<(), Refusal> {
    let Some(object) = world.get(serial).cloned() else {
        return Err(Refusal::Crash);
    };
    let mut sent = validated(world, &object.base, body, Some(serial), partial)?;
    if !partial {
        reset_by_put(&object.base, &mut sent);
    }
    world.seed.tick();
    let mut values = object.values;
    values.extend(sent.clone());
    settle(world, &object.base, &mut values, &sent, caller, Some(serial));
    let members = take_members(&object.base, &mut values);
    world.replace(serial, values);
    set_members(world, serial, members);
    if !partial && object.base == "/core/groups/" && world.facts.is_2025_10() {
        // The list of children, which is the other side of `parent`, has a default too.
        let children: Vec<Serial> = world.referrers(serial, "/core/groups/", "parent").collect();
        children.into_iter().for_each(|child| world.set(child, "parent", Value::Null));
    }
    rename_account(world, &object.base, serial);
    note(world, "model_updated", serial);
    Ok(())
}

/// Deletes an object and everything the database deletes or clears with it.
pub(super) fn delete(world: &mut World, serial: Serial) {
    world.seed.tick();
    let mut doomed = vec![serial];
    while let Some(serial) = doomed.pop() {
        let pk = world.pk_of(serial);
        doomed.extend(dependants(world, serial, &pk));
        note(world, "model_deleted", serial);
        let Some((_, referrers)) = world.remove(serial) else {
            continue;
        };
        for (source, field) in referrers {
            match release(world, source, &field, &pk) {
                Released::Deleted => doomed.push(source),
                Released::Kept => {}
            }
        }
    }
}

enum Released {
    Deleted,
    Kept,
}

/// What happens to an object whose reference has gone.
fn release(world: &mut World, source: Serial, field: &str, gone: &Value) -> Released {
    if let Value::Array(keys) = world.value(source, field) {
        let left: Value = keys.iter().filter(|key| *key != gone).cloned().collect();
        world.set(source, field, left);
        return Released::Kept;
    }
    let rule = world.collection_of(source).and_then(|collection| collection.fields.get(field));
    if rule.is_some_and(|rule| rule.on_delete.as_deref() == Some("cascade")) {
        return Released::Deleted;
    }
    world.set(source, field, Value::Null);
    Released::Kept
}

/// Objects that go with this one though no plain foreign key of theirs says so.
fn dependants(world: &World, serial: Serial, pk: &Value) -> Vec<Serial> {
    let Some(object) = world.get(serial) else {
        return Vec::new();
    };
    match object.base.as_str() {
        // The foreign key is on the provider's side, hidden behind the application's list.
        "/core/applications/" => {
            let providers = world.value(serial, "backchannel_providers").as_array().into_iter().flatten();
            providers.filter_map(|key| world.resolve("Provider", key).ok().flatten()).collect()
        }
        "/outposts/instances/" => {
            let username = format!("ak-outpost-{}", text_of(pk).replace('-', ""));
            world.holder("User.username", &username.into()).into_iter().collect()
        }
        "/core/users/" => {
            let invitations = world.members("/stages/invitation/invitations/");
            invitations.filter(|invitation| world.value(*invitation, "created_by") == pk).collect()
        }
        base if base.starts_with("/sources/scim/") => {
            let username = format!("ak-source-scim-{}", text_of(pk));
            world.holder("User.username", &username.into()).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn validated(
    world: &World,
    base: &str,
    body: &Map<String, Value>,
    existing: Option<Serial>,
    partial: bool,
) -> Result<Values, Refusal> {
    let collection = world.collection(base).ok_or(Refusal::Crash)?;
    let sent = clean(world, base, body, existing, partial)?;
    world.licence.check(&world.facts, collection)?;
    judge(&Write { world, base, sent: &sent, existing })?;
    if existing.is_none() && collection.fields.iter().any(|(name, field)| field.demanded && !sent.contains_key(name)) {
        return Err(Refusal::Crash);
    }
    Ok(sent)
}

/// PUT leaves omitted optional fields as they are, but for these (their serializers give them
/// a default, which an omission then means).
fn reset_by_put(base: &str, sent: &mut Values) {
    let resets: &[(&str, Value)] = match base {
        "/core/groups/" => &[("users", Value::Array(Vec::new()))],
        "/core/users/" => &[("groups", Value::Array(Vec::new())), ("roles", Value::Array(Vec::new()))],
        "/policies/bindings/" => &[("policy", Value::Null)],
        _ => &[],
    };
    for (field, value) in resets {
        sent.entry(*field).or_insert_with(|| value.clone());
    }
}

/// A new object before the body is applied: ids, generated values, defaults.
fn initial(world: &mut World, base: &str) -> Values {
    let facts = world.facts.clone();
    let mut values = Values::new();
    let Some(collection) = facts.collections.get(base) else {
        return values;
    };
    for (name, field) in &collection.fields {
        let value = match field.generate.as_deref() {
            Some("id") => world.seed.text(40).into(),
            Some("secret") => world.seed.text(128).into(),
            Some("uuid") => world.seed.uuid().into(),
            Some(_) => world.seed.now().into(),
            None => field.initial(),
        };
        values.insert(name.clone(), value);
    }
    let pk = match collection.pk_type.as_str() {
        "integer" => world.next_int(base).into(),
        _ => world.seed.uuid().into(),
    };
    values.insert(collection.pk.clone(), pk);
    if collection.shows.contains_key("created") {
        values.insert("created".into(), world.seed.now().into());
    }
    if let Some(name) = collection.binding_id() {
        values.insert(name.into(), world.seed.uuid().into());
    }
    values
}

/// Values the server sets whatever the request says.
fn settle(world: &mut World, base: &str, values: &mut Values, sent: &Values, caller: Serial, existing: Option<Serial>) {
    let created = existing.is_none();
    let now = world.seed.now();
    match base {
        "/core/groups/" if created => {
            let number = world.seed.text(8).bytes().fold(0_u64, |sum, byte| sum * 7 + u64::from(byte)) % 65_000;
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

/// What the server reads out of a licence.
fn settle_license(world: &mut World, values: &mut Values) {
    let key = text_of(values.get("key").unwrap_or(&Value::Null));
    let name = behaviours::license_name(&key).unwrap_or_default();
    values.insert("name".into(), name.into());
    values.insert("expiry".into(), world.seed.in_minutes(365 * 24 * 60).into());
    values.insert("internal_users".into(), 100.into());
    values.insert("external_users".into(), 1000.into());
}

/// The serializer fills owner and purpose from the body alone: a PATCH without them gives the
/// token to the caller, and every write of an API token shortens its life.
fn settle_token(world: &mut World, values: &mut Values, sent: &Values, caller: Serial, created: bool) {
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
        values.insert("expires".into(), world.seed.in_seconds(token_seconds(world)).into());
    } else {
        expire(world, values);
    }
}

/// How long a token lasts, by the settings.
pub(super) fn token_seconds(world: &World) -> i64 {
    let settings = world.members("/admin/settings/").next();
    let text = settings.and_then(|settings| world.value(settings, "default_token_duration").as_str());
    let unit = |word: &str| match word.trim() {
        "seconds" => 1,
        "minutes" => 60,
        "hours" => 3_600,
        "days" => 86_400,
        "weeks" => 604_800,
        _ => 0,
    };
    let parts = text.into_iter().flat_map(|text| text.split(';')).filter_map(|part| part.split_once('='));
    let seconds = parts.map(|(word, number)| number.trim().parse().unwrap_or(0) * unit(word)).sum();
    if seconds > 0 { seconds } else { DEFAULT_MINUTES * 60 }
}

/// `ExpiringModel`: what expires gets an end at every save if it has none.
fn expire(world: &World, values: &mut Values) {
    let expiring = values.get("expiring").is_none_or(|expiring| *expiring == true);
    if expiring && values.get("expires").is_none_or(Value::is_null) {
        values.insert("expires".into(), world.seed.in_minutes(DEFAULT_MINUTES).into());
    }
}

/// What the server reads from a certificate: the fingerprints are real, the rest is made up.
pub(super) fn settle_certificate(world: &mut World, values: &mut Values, sent: &Values) {
    let has_key = values.get("key_data").is_some_and(|key| !key.is_null() && *key != "");
    values.insert("private_key_available".into(), has_key.into());
    if !sent.contains_key("certificate_data") {
        return;
    }
    let pem = text_of(values.get("certificate_data").unwrap_or(&Value::Null));
    // The sandbox's own certificates hold no real ones.
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_or_else(|_| pem.into_bytes(), |der| der.to_vec());
    let pairs = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":");
    let name = text_of(values.get("name").unwrap_or(&Value::Null));
    let sha256 = Sha256::digest(&der);
    // Twenty bytes as SHA-1 has them.
    let sha1 = pairs(sha256.get(..20).unwrap_or_default());
    let sha256 = pairs(&sha256);
    let kind = if world.facts.is_2025_10() { "private_key_type" } else { "key_type" };
    values.insert("fingerprint_sha1".into(), sha1.into());
    values.insert("fingerprint_sha256".into(), sha256.into());
    values.insert("cert_expiry".into(), world.seed.in_minutes(365 * 24 * 60).replace(".000000", "").into());
    values.insert("cert_subject".into(), format!("OU=Self-signed,O=authentik,CN={name}").into());
    values.entry(kind).or_insert_with(|| "rsa".into());
}

/// A proxy provider is an OAuth2 client whose settings the server owns.
fn settle_proxy(world: &mut World, values: &mut Values, created: bool) {
    const SCOPES: [&str; 5] = [
        "goauthentik.io/providers/oauth2/scope-openid",
        "goauthentik.io/providers/oauth2/scope-profile",
        "goauthentik.io/providers/oauth2/scope-email",
        "goauthentik.io/providers/oauth2/scope-entitlements",
        "goauthentik.io/providers/proxy/scope-proxy",
    ];
    if created {
        values.insert("client_id".into(), world.seed.text(40).into());
        values.insert("client_secret".into(), world.seed.text(128).into());
        for (name, value) in [
            ("access_code_validity", "minutes=1"),
            ("client_type", "confidential"),
            ("issuer_mode", "per_provider"),
            ("sub_mode", "hashed_user_id"),
            ("refresh_token_threshold", "seconds=0"),
            ("logout_method", "backchannel"),
            ("logout_uri", ""),
        ] {
            values.insert(name.into(), value.into());
        }
        values.insert("include_claims_in_id_token".into(), true.into());
    }
    let chosen = values.get("property_mappings").and_then(Value::as_array).cloned().unwrap_or_default();
    let forced = SCOPES.iter().filter_map(|managed| {
        let serial = world.holder("PropertyMapping.managed", &(*managed).into())?;
        Some(world.pk_of(serial))
    });
    let mut mappings: Vec<Value> = Vec::new();
    for key in chosen.into_iter().chain(forced) {
        if !mappings.contains(&key) {
            mappings.push(key);
        }
    }
    mappings.sort_by_key(|key| world.resolve("PropertyMapping", key).ok().flatten());
    values.insert("property_mappings".into(), mappings.into());
    let host = text_of(values.get("external_host").unwrap_or(&Value::Null));
    let callback = "X-authentik-auth-callback=true";
    let path = format!("{}/outpost.goauthentik.io/callback?{callback}", host.trim_end_matches('/'));
    let uris = [path, format!("{host}?{callback}")];
    let uris: Value = uris.iter().map(|url| json!({ "matching_mode": "strict", "url": url })).collect();
    values.insert("redirect_uris".into(), uris);
}

/// A group's `users` is the other side of the users' `groups`: it is stored there only.
fn take_members(base: &str, values: &mut Values) -> Option<Vec<Value>> {
    if base != "/core/groups/" {
        return None;
    }
    values.remove("children");
    match values.remove("users") {
        Some(Value::Array(users)) => Some(users),
        _ => None,
    }
}

fn set_members(world: &mut World, group: Serial, members: Option<Vec<Value>>) {
    let Some(members) = members else { return };
    let wanted: Vec<Serial> = members.iter().filter_map(|key| world.resolve("User", key).ok()?).collect();
    let before: Vec<Serial> = world.referrers(group, "/core/users/", "groups").collect();
    for user in &before {
        if !wanted.contains(user) {
            toggle(world, *user, "groups", group, false);
        }
    }
    for user in wanted {
        toggle(world, user, "groups", group, true);
    }
}

/// Adds one key to a list of an object, or takes it out; both may be repeated.
pub(super) fn toggle(world: &mut World, holder: Serial, field: &str, member: Serial, present: bool) {
    let key = world.pk_of(member);
    let mut keys = world.value(holder, field).as_array().cloned().unwrap_or_default();
    if keys.contains(&key) == present {
        return;
    }
    match present {
        true => keys.push(key),
        false => keys.retain(|other| *other != key),
    }
    world.set(holder, field, keys.into());
}

/// Objects the server makes beside the one that was asked for.
fn side_objects(world: &mut World, base: &str, serial: Serial) {
    let pk = text_of(&world.pk_of(serial));
    let name = text_of(world.value(serial, "name"));
    let (username, title, path, token, description) = match base {
        "/outposts/instances/" => (
            format!("ak-outpost-{}", pk.replace('-', "")),
            format!("Outpost {name} Service-Account"),
            "goauthentik.io/outposts".to_owned(),
            format!("ak-outpost-{pk}-api"),
            format!("Autogenerated by authentik for Outpost {name}"),
        ),
        "/sources/scim/" => (
            format!("ak-source-scim-{pk}"),
            format!("SCIM Source {name} Service-Account"),
            "goauthentik.io/sources/scim".to_owned(),
            format!("ak-source-scim-{pk}"),
            String::new(),
        ),
        _ => return,
    };
    let user = service_account(world, &username, &title, &path, "internal_service_account");
    let managed = match base {
        "/sources/scim/" => format!("goauthentik.io/sources/scim/{pk}"),
        _ => format!("goauthentik.io/outpost/{token}"),
    };
    let token = add_token(world, &token, "api", user);
    world.set(token, "description", description.into());
    world.set(token, "managed", managed.into());
    if base == "/outposts/instances/" {
        own_role(world, user);
    }
}

/// What an account may do on single objects is kept in a role of its own, on releases whose users have roles. The role
/// stays when the account goes.
fn own_role(world: &mut World, user: Serial) {
    if !world.collection("/core/users/").is_some_and(|users| users.fields.contains_key("roles")) {
        return;
    }
    let mut values = initial(world, "/rbac/roles/");
    values.insert("name".into(), format!("ak-managed-role--user-{}", text_of(&world.pk_of(user))).into());
    let role = world.insert("/rbac/roles/", values);
    world.set(user, "roles", json!([world.pk_of(role)]));
}

/// A SCIM source's own account is called as the source is called now.
fn rename_account(world: &mut World, base: &str, serial: Serial) {
    let username = format!("ak-source-scim-{}", text_of(&world.pk_of(serial)));
    let account = world.holder("User.username", &username.into()).filter(|_| base == "/sources/scim/");
    if let Some(account) = account {
        let name = text_of(world.value(serial, "name"));
        world.set(account, "name", format!("SCIM Source {name} Service-Account").into());
    }
}

/// Adds a user without asking anyone.
pub(super) fn service_account(world: &mut World, username: &str, name: &str, path: &str, kind: &str) -> Serial {
    let mut values = initial(world, "/core/users/");
    for (field, value) in [("username", username), ("name", name), ("path", path), ("type", kind)] {
        values.insert(field.into(), value.into());
    }
    settle(world, "/core/users/", &mut values, &Values::new(), 0, None);
    world.insert("/core/users/", values)
}

/// Adds a token that never expires.
pub(super) fn add_token(world: &mut World, identifier: &str, intent: &str, user: Serial) -> Serial {
    let mut values = initial(world, "/core/tokens/");
    values.insert("identifier".into(), identifier.into());
    values.insert("intent".into(), intent.into());
    values.insert("user".into(), world.pk_of(user));
    values.insert("expiring".into(), false.into());
    values.insert("key".into(), world.seed.text(60).into());
    world.insert("/core/tokens/", values)
}

/// Objects of the server's own that the API does not delete.
pub(super) fn protected(world: &World, serial: Serial) -> Option<Errors> {
    let managed = world.value(serial, "managed");
    (*managed == "goauthentik.io/sources/inbuilt").then(|| field_error("detail", "This object cannot be deleted."))
}

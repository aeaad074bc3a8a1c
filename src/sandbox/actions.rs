//! The endpoints beside create, read, update and delete: members, keys, generators, who am I.
//! Must never answer for a plain collection request: it says `None` to those.

use serde_json::{Map, Value, json};

use super::events::note;
use super::render::{Renderer, me};
use super::replies::{crash, no_object};
use super::request::{below, decode};
use super::types::{Call, Caller, Errors, Reply, Serial, Values, field_error};
use super::world::World;
use super::{grants, launch, used_by, writes};

type Body = Map<String, Value>;

/// Answers an action, or says `None` where the path is not one.
pub(super) fn answer(world: &mut World, caller: Caller, call: &Call, body: &Body) -> Option<Reply> {
    match (call.method.as_str(), call.path.as_str()) {
        ("GET", "/core/users/me/") => return Some(Reply::new(200, me(world, caller.user))),
        ("GET", "/admin/version/") => return Some(version(world)),
        ("GET", "/enterprise/license/summary/") => {
            return Some(Reply::new(200, world.licence.summary()));
        }
        ("GET", "/enterprise/license/install_id/") => {
            return Some(Reply::new(
                200,
                json!({ "install_id": "5a4db0c5-0000-4000-8000-000000000000" }),
            ));
        }
        ("GET", "/root/config/") => return Some(config()),
        ("POST", "/core/users/service_account/") => return Some(service_account(world, body)),
        ("POST", "/crypto/certificatekeypairs/generate/") => return Some(generate(world, body)),
        _ => {}
    }
    if let Some(reply) = grants::answer(world, caller, call, body) {
        return Some(reply);
    }
    let facts = world.facts.clone();
    let on_object = facts.collections.iter().find_map(|(base, collection)| {
        let (key, action) = below(&call.path, base)?;
        (!key.is_empty() && !action.is_empty() && !action.contains('/'))
            .then_some((base, collection, key, action))
    });
    let (base, collection, key, action) = on_object?;
    let found = world.find(base, &decode(key));
    let reply = match (call.method.as_str(), base.as_str(), action, found) {
        (_, _, _, None) => no_object(collection, &decode(key)),
        // The server reads every property of the provider, its signing key too, which a certificate alone does not have.
        ("GET", _, "used_by", Some(serial)) if used_by::fails(world, serial) => crash(),
        ("GET", _, "used_by", Some(serial)) => Reply::new(200, used_by::of(world, serial)),
        ("POST", "/core/groups/", "add_user", Some(group)) => {
            member(world, "groups", group, body, true)
        }
        ("POST", "/core/groups/", "remove_user", Some(group)) => {
            member(world, "groups", group, body, false)
        }
        ("POST", "/rbac/roles/", "add_user" | "remove_user", _) if facts.is_2025_10() => {
            return None;
        }
        ("POST", "/rbac/roles/", "add_user", Some(role)) => {
            member(world, "roles", role, body, true)
        }
        ("POST", "/rbac/roles/", "remove_user", Some(role)) => {
            member(world, "roles", role, body, false)
        }
        ("POST", "/core/users/", "set_password", Some(user)) => set_password(world, user, body),
        ("GET", "/outposts/instances/", "health", Some(_)) => health(world),
        ("GET", "/core/applications/", "check_access", Some(application)) => {
            launch::check_access(world, caller, call, application)
        }
        ("GET", "/core/tokens/", "view_key", Some(token)) => {
            Reply::new(200, json!({ "key": world.value(token, "key") }))
        }
        ("POST", "/core/tokens/", "set_key", Some(token)) => set_key(world, token, body),
        ("GET", "/crypto/certificatekeypairs/", "view_certificate", Some(pair)) => Reply::new(
            200,
            json!({ "data": world.value(pair, "certificate_data") }),
        ),
        ("GET", "/crypto/certificatekeypairs/", "view_private_key", Some(pair)) => {
            Reply::new(200, json!({ "data": world.value(pair, "key_data") }))
        }
        ("GET", "/providers/oauth2/", "setup_urls", Some(provider)) => setup_urls(world, provider),
        ("POST", "/managed/blueprints/", "apply", Some(blueprint)) => {
            Reply::new(200, Renderer::new(world).object(blueprint))
        }
        _ => return None,
    };
    Some(reply)
}

/// Anyone may ask for it, even without a token.
pub(super) fn config() -> Reply {
    let reporting = json!({
        "enabled": false, "environment": "customer", "send_pii": false, "sentry_dsn": "", "traces_sample_rate": 0.1,
    });
    let body = json!({
        "cache_timeout": 300,
        "cache_timeout_flows": 300,
        "cache_timeout_policies": 300,
        "capabilities": ["can_impersonate", "is_enterprise"],
        "error_reporting": reporting,
    });
    Reply::new(200, body)
}

fn version(world: &World) -> Reply {
    let release = &world.facts.release;
    let body = json!({
        "build_hash": "",
        "outdated": false,
        "outpost_outdated": false,
        "version_current": release,
        "version_latest": release,
        "version_latest_valid": true,
    });
    Reply::new(200, body)
}

/// Every outpost has one instance, which is well.
fn health(world: &World) -> Reply {
    let release = &world.facts.release;
    let state = json!({
        "uid": "sandbox",
        "version": release,
        "version_should": release,
        "version_outdated": false,
        "hostname": "sandbox",
    });
    Reply::new(200, json!([state]))
}

fn invalid(errors: Errors) -> Reply {
    Reply::new(400, Value::Object(errors))
}

/// Adds or removes one member; saying it twice is no error, an absent user is.
fn member(world: &mut World, field: &str, holder: Serial, body: &Body, present: bool) -> Reply {
    let Some(pk) = body.get("pk").filter(|pk| !pk.is_null()) else {
        return invalid(field_error("pk", "This field is required."));
    };
    let pk = match pk.as_str().and_then(|text| text.parse::<i64>().ok()) {
        Some(number) => number.into(),
        None => pk.clone(),
    };
    match world.resolve("User", &pk) {
        Ok(Some(user)) => {
            world.seed.tick();
            writes::toggle(world, user, field, holder, present);
            note(world, "model_updated", holder);
            Reply::empty(204)
        }
        _ => Reply::detail(404, "Not found."),
    }
}

fn set_password(world: &mut World, user: Serial, body: &Body) -> Reply {
    match body.get("password").and_then(Value::as_str) {
        Some(password) if !password.is_empty() => {
            world.seed.tick();
            let now = world.seed.now();
            world.set(user, "password", password.into());
            world.set(user, "password_change_date", now.into());
            note(world, "model_updated", user);
            Reply::empty(204)
        }
        _ => invalid(field_error("password", "This field is required.")),
    }
}

fn set_key(world: &mut World, token: Serial, body: &Body) -> Reply {
    match body.get("key").and_then(Value::as_str) {
        Some(key) if !key.is_empty() => {
            world.seed.tick();
            world.set(token, "key", key.into());
            note(world, "model_updated", token);
            Reply::empty(204)
        }
        _ => invalid(field_error("key", "This field is required.")),
    }
}

/// A service account with an app password; with `create_group` a group of the same name.
fn service_account(world: &mut World, body: &Body) -> Reply {
    let Some(name) = body
        .get("name")
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|name| !name.is_empty())
    else {
        return invalid(field_error("name", "This field is required."));
    };
    if world.holder("User.username", &name.into()).is_some() {
        return invalid(field_error("name", "This field must be unique."));
    }
    world.seed.tick();
    let user = writes::service_account(world, name, name, "users", "service_account");
    let mut answer = json!({
        "username": name,
        "user_uid": world.value(user, "uid"),
        "user_pk": world.pk_of(user),
    });
    let token = writes::add_token(
        world,
        &format!("service-account-{name}-password"),
        "app_password",
        user,
    );
    let expiring = body
        .get("expiring")
        .is_none_or(|expiring| *expiring == true);
    world.set(token, "expiring", expiring.into());
    if expiring {
        let expires = world.seed.in_minutes(360 * 24 * 60);
        world.set(
            token,
            "expires",
            body.get("expires")
                .cloned()
                .unwrap_or_else(|| expires.into()),
        );
    }
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("token".into(), world.value(token, "key").clone());
    }
    if body
        .get("create_group")
        .is_some_and(|create| *create == true)
    {
        let group: Body = [("name".to_owned(), Value::from(name))]
            .into_iter()
            .collect();
        if let Ok(group) = writes::create(world, "/core/groups/", &group, user) {
            writes::toggle(world, user, "groups", group, true);
            if let Some(answer) = answer.as_object_mut() {
                answer.insert("group_pk".into(), world.pk_of(group));
            }
        }
    }
    Reply::new(200, answer)
}

/// A self-signed pair. No real key is made: the text says so, the fingerprints are stable.
fn generate(world: &mut World, body: &Body) -> Reply {
    let Some(name) = body
        .get("common_name")
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty())
    else {
        return invalid(field_error("common_name", "This field is required."));
    };
    let Some(days) = body.get("validity_days").and_then(Value::as_i64) else {
        return invalid(field_error("validity_days", "This field is required."));
    };
    if world
        .holder("CertificateKeyPair.name", &name.into())
        .is_some()
    {
        return invalid(field_error("common_name", "This field must be unique."));
    }
    let pem = |what: &str| format!("-----BEGIN {what}-----\n{name}\n-----END {what}-----");
    let sent: Body = [
        ("name".to_owned(), Value::from(name)),
        ("certificate_data".to_owned(), pem("CERTIFICATE").into()),
        ("key_data".to_owned(), pem("PRIVATE KEY").into()),
    ]
    .into_iter()
    .collect();
    let serial = match writes::create(world, "/crypto/certificatekeypairs/", &sent, 0) {
        Ok(serial) => serial,
        Err(refusal) => return refusal.into(),
    };
    let kind = match body.get("alg").and_then(Value::as_str) {
        Some("ecdsa") => "ec",
        Some("ed25519") => "ed25519",
        Some("ed448") => "ed448",
        _ => "rsa",
    };
    let mut values: Values = world
        .get(serial)
        .map(|object| object.values.clone())
        .unwrap_or_default();
    let field = if world.facts.is_2025_10() {
        "private_key_type"
    } else {
        "key_type"
    };
    values.insert(field.into(), kind.into());
    values.insert(
        "cert_expiry".into(),
        world
            .seed
            .in_minutes(days * 24 * 60)
            .replace(".000000", "")
            .into(),
    );
    world.replace(serial, values);
    Reply::new(200, Renderer::new(world).object(serial))
}

fn setup_urls(world: &World, provider: Serial) -> Reply {
    let application = world
        .referrers(provider, "/core/applications/", "provider")
        .next();
    let slug =
        application.map(|application| super::world::text_of(world.value(application, "slug")));
    let of_app = |suffix: &str| {
        slug.as_ref()
            .map(|slug| format!("/application/o/{slug}/{suffix}"))
    };
    let body = json!({
        "authorize": "/application/o/authorize/",
        "issuer": of_app(""),
        "logout": of_app("end-session/"),
        "provider_info": of_app(".well-known/openid-configuration"),
        "token": "/application/o/token/",
        "user_info": "/application/o/userinfo/",
    });
    Reply::new(200, body)
}

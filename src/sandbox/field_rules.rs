//! What single collections check of one field beyond its type: rules that the server asks while it reads the fields, so
//! that their refusals stand beside those of other fields. Some look at the rest of the body as it was sent, unread.
//! Must never change the world.

use serde_json::{Map, Value, json};

use super::checks::{is_broken_pattern, license_name, syntax_error};
use super::types::{Refusal, Serial, Verdict, refuse_field};
use super::world::World;

/// One field of a write: its clean value, the whole body as sent, and the object before.
pub(super) struct One<'a> {
    pub world: &'a World,
    pub base: &'a str,
    pub name: &'a str,
    pub value: &'a Value,
    pub body: &'a Map<String, Value>,
    pub existing: Option<Serial>,
}

/// Refuses what the server's own check of that field refuses.
pub(super) fn judge_field(one: &One) -> Verdict {
    match (one.base, one.name) {
        ("/core/applications/", "slug") => application_slug(one),
        ("/core/groups/", "parent") => group_parent(one),
        ("/core/tokens/", "user") => token_owner(one),
        ("/core/users/", "path") => user_path(one),
        ("/core/users/", "type") => user_type(one),
        ("/crypto/certificatekeypairs/", "certificate_data" | "key_data") => pem(one),
        ("/enterprise/license/", "key") => license(one),
        ("/managed/blueprints/", "content") => blueprint_content(one),
        ("/admin/settings/", "flags") => settings_flags(one),
        ("/outposts/instances/", "config") => outpost_config(one),
        ("/outposts/instances/", "name") => outpost_name(one),
        ("/outposts/instances/", "providers") => outpost_providers(one),
        ("/outposts/service_connections/kubernetes/", "kubeconfig") => kubeconfig(one),
        ("/policies/expression/", "expression") => expression(one),
        ("/providers/oauth2/", "client_id") => ascii(one, "Client ID"),
        ("/providers/oauth2/", "client_secret") => ascii(one, "Client secret"),
        ("/providers/oauth2/", "redirect_uris") => redirect_uris(one),
        ("/providers/proxy/", "basic_auth_enabled") => basic_auth(one),
        ("/providers/radius/", "certificate") => radius_certificate(one),
        ("/providers/scim/", "auth_mode") => scim_sign_in(one),
        ("/sources/ldap/", "client_certificate") => ldap_certificate(one),
        ("/sources/ldap/", "sync_users_password") => ldap_passwords(one),
        ("/stages/authenticator/validate/", "not_configured_action") => not_configured(one),
        ("/stages/source/", "source") => web_source(one),
        // Those of notifications are compiled when they are used.
        ("/propertymappings/notification/", "expression") => Ok(()),
        (base, "expression") if base.starts_with("/propertymappings/") => expression(one),
        _ => Ok(()),
    }
}

impl One<'_> {
    fn text(&self) -> &str {
        self.value.as_str().unwrap_or_default()
    }

    fn refuse(&self, text: &str) -> Verdict {
        refuse_field(self.name, text)
    }

    /// A value of the object before.
    fn before(&self, name: &str) -> &Value {
        self.existing
            .map_or(&Value::Null, |serial| self.world.value(serial, name))
    }
}

/// Slugs that would hide the OAuth2 endpoints below `/application/o/`.
fn application_slug(one: &One) -> Verdict {
    const RESERVED: [&str; 6] = [
        "authorize",
        "token",
        "device",
        "userinfo",
        "introspect",
        "revoke",
    ];
    match one.text() {
        slug if RESERVED.contains(&slug) => one.refuse(&format!(
            "The slug '{slug}' is reserved and cannot be used for applications."
        )),
        _ => Ok(()),
    }
}

/// Up to 2025.10 a group has one parent; whether a cycle is closed further up is not checked.
fn group_parent(one: &One) -> Verdict {
    match one
        .existing
        .is_some_and(|serial| one.world.pk_of(serial) == *one.value)
    {
        true => one.refuse("Cannot set group as parent of itself."),
        false => Ok(()),
    }
}

fn token_owner(one: &One) -> Verdict {
    let owner = one.before("user");
    match owner.is_null() || owner == one.value {
        true => Ok(()),
        false => one.refuse("User cannot be changed"),
    }
}

fn user_path(one: &One) -> Verdict {
    let path = one.text();
    if path.starts_with('/') || path.ends_with('/') {
        return one.refuse("No leading or trailing slashes allowed.");
    }
    match path.contains("//") {
        true => one.refuse("No empty segments in user path allowed."),
        false => Ok(()),
    }
}

/// A user can be changed to an internal service account, but not created as one.
fn user_type(one: &One) -> Verdict {
    let internal = "internal_service_account";
    match (one.existing, one.text() == internal) {
        (None, true) => one.refuse("Setting a user to internal service account is not allowed."),
        (Some(_), false) if *one.before("type") == internal => {
            one.refuse("Can't change internal service account to other user type.")
        }
        _ => Ok(()),
    }
}

fn pem(one: &One) -> Verdict {
    match one.text() {
        "" => Ok(()),
        text if text.contains("-----BEGIN ") => Ok(()),
        _ if one.name == "key_data" => {
            one.refuse("Unable to load private key (possibly encrypted?).")
        }
        _ => one.refuse("Unable to load certificate."),
    }
}

/// A license is a signed token; the middle part names its holder. The sandbox checks no signature.
fn license(one: &One) -> Verdict {
    match license_name(one.text()) {
        None => one.refuse("Unable to verify license"),
        Some(_) => Ok(()),
    }
}

/// The server's dry run; the sandbox looks for the two keys that every blueprint has.
fn blueprint_content(one: &One) -> Verdict {
    let content = one.text();
    let has = |key: &str| content.lines().any(|line| line.starts_with(key));
    if content.is_empty() || (has("version:") && has("entries:")) {
        return Ok(());
    }
    let lines = json!([
        "Failed to validate blueprint",
        "- Invalid blueprint version"
    ]);
    Err(Refusal::Invalid(
        [("content".to_owned(), lines)].into_iter().collect(),
    ))
}

fn is_embedded(one: &One) -> bool {
    *one.before("managed") == "goauthentik.io/outposts/embedded"
}

fn outpost_name(one: &One) -> Verdict {
    match is_embedded(one) && one.text() != "authentik Embedded Outpost" {
        true => one.refuse("Embedded outpost's name cannot be changed"),
        false => Ok(()),
    }
}

/// Providers must fit the type, which is looked up in the body only; the embedded outpost may have none.
fn outpost_providers(one: &One) -> Verdict {
    let providers = one.value.as_array().map_or(&[][..], Vec::as_slice);
    let wanted = match one.body.get("type") {
        None | Some(Value::Null) => "Provider",
        Some(kind) => match kind.as_str() {
            Some("proxy") => "ProxyProvider",
            Some("ldap") => "LDAPProvider",
            Some("radius") => "RadiusProvider",
            Some("rac") => "RACProvider",
            _ if providers.is_empty() => "",
            // Looked up in a table of types without asking whether it is there.
            _ => return Err(Refusal::Crash),
        },
    };
    let fits = |key: &&Value| matches!(one.world.resolve(wanted, key), Ok(Some(_)));
    if let Some(other) = providers.iter().find(|key| !fits(key)) {
        let other = one.world.resolve("Provider", other).ok().flatten();
        let model = other
            .and_then(|other| one.world.collection_of(other))
            .map_or("", |it| it.model.as_str());
        let kind = one
            .body
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        return one.refuse(&format!(
            "Outpost type {kind} can't be used with {model} providers."
        ));
    }
    match providers.is_empty() && !is_embedded(one) {
        true => one.refuse("This list may not be empty."),
        false => Ok(()),
    }
}

/// An empty configuration asks for `local` as it was sent; any other is loaded.
fn kubeconfig(one: &One) -> Verdict {
    let empty = one.value.as_object().is_some_and(Map::is_empty);
    match (empty, one.body.get("local")) {
        (true, None) => Err(Refusal::Crash),
        (true, Some(local)) if is_nothing(local) => {
            one.refuse("You can only use an empty kubeconfig when connecting to a local cluster.")
        }
        (false, _) if current_cluster(one.value).is_none() => one.refuse("Invalid kubeconfig"),
        _ => Ok(()),
    }
}

/// The cluster of the current context of a kubeconfig. The sandbox does not look at what signs in to it.
fn current_cluster(config: &Value) -> Option<&Value> {
    let context = named(config.get("contexts")?, config.get("current-context")?)?.get("context")?;
    let cluster = named(config.get("clusters")?, context.get("cluster")?)?.get("cluster")?;
    (!cluster.is_null()).then_some(cluster)
}

/// The one item of a list that has this name.
fn named<'a>(list: &'a Value, name: &Value) -> Option<&'a Value> {
    let mut found = list
        .as_array()?
        .iter()
        .filter(|item| item.get("name") == Some(name));
    found.next().filter(|_| found.next().is_none())
}

/// The server compiles expressions when it takes them.
fn expression(one: &One) -> Verdict {
    if one.text().is_empty() {
        return Ok(());
    }
    let Some((why, line)) = syntax_error(one.text()) else {
        return Ok(());
    };
    // The text is known by the name that the object has.
    let file = one.before("name").as_str().unwrap_or(match one.base {
        "/policies/expression/" => "temp-policy",
        _ => "None",
    });
    one.refuse(&format!(
        "Expression Syntax Error: {why} ({file}, line {line})"
    ))
}

/// Made into objects that take both keys, without asking whether they are there; regular expressions are compiled.
fn redirect_uris(one: &One) -> Verdict {
    let items = one.value.as_array().map_or(&[][..], Vec::as_slice);
    let whole = |item: &Value| {
        ["matching_mode", "url"]
            .iter()
            .all(|name| item.get(name).is_some())
    };
    if !items.iter().all(whole) {
        return Err(Refusal::Crash);
    }
    let regex = items
        .iter()
        .filter(|item| item["matching_mode"] == "regex")
        .filter_map(|item| item["url"].as_str());
    match regex.into_iter().find(|url| is_broken_pattern(url)) {
        Some(url) => one.refuse(&format!("Invalid Regex Pattern: {url}")),
        None => Ok(()),
    }
}

fn ascii(one: &One, what: &str) -> Verdict {
    let printable = one.text().bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    match printable || !one.world.facts.clients_are_ascii() {
        true => Ok(()),
        false => one.refuse(&format!("{what} must consist of only ASCII characters.")),
    }
}

fn outpost_config(one: &One) -> Verdict {
    let config = one.value.as_object().and_then(super::config::outpost);
    config.map_or(Ok(()), |why| one.refuse(&why))
}

fn settings_flags(one: &One) -> Verdict {
    const FLAGS: [&str; 5] = [
        "core_default_app_access",
        "enterprise_audit_include_expanded_diff",
        "flows_continuous_login",
        "flows_refresh_others",
        "policies_buffered_access_view",
    ];
    let flags = one
        .value
        .as_object()
        .and_then(|flags| super::config::flags(flags, &FLAGS));
    flags.map_or(Ok(()), |why| one.refuse(&why))
}

/// Only sources that people sign in through by a browser.
fn web_source(one: &One) -> Verdict {
    let source = one.world.resolve("Source", one.value).ok().flatten();
    let model = source
        .and_then(|source| one.world.collection_of(source))
        .map_or("", |it| it.model.as_str());
    match ["LDAPSource", "SCIMSource"].contains(&model) {
        true => one.refuse("Invalid source selected, only web-based sources are supported."),
        false => Ok(()),
    }
}

/// Asks the body as it was sent: what is null there is something.
fn basic_auth(one: &One) -> Verdict {
    let attributes = ["basic_auth_user_attribute", "basic_auth_password_attribute"];
    let missing = |name: &&str| one.body.get(*name).is_none_or(|value| *value == "");
    match *one.value == true && attributes.iter().any(missing) {
        true => one.refuse("User and password attributes must be set when basic auth is enabled."),
        false => Ok(()),
    }
}

/// A certificate is for EAP-TLS, which is not free.
fn radius_certificate(one: &One) -> Verdict {
    match !one.value.is_null() && one.world.licence != super::licence::Licence::Valid {
        true => one.refuse("Enterprise is required to use EAP-TLS."),
        false => Ok(()),
    }
}

/// Signing in to the target is free with a token only.
fn scim_sign_in(one: &One) -> Verdict {
    match one.text() != "token" && one.world.licence != super::licence::Licence::Valid {
        true => one.refuse("Enterprise is required to use the OAuth mode."),
        false => Ok(()),
    }
}

/// Only pairs with a key are looked through.
fn ldap_certificate(one: &One) -> Verdict {
    let pair = one
        .world
        .resolve("CertificateKeyPair", one.value)
        .ok()
        .flatten();
    match pair.is_some_and(|pair| *one.world.value(pair, "private_key_available") != true) {
        true => one.refuse(&format!(
            "Invalid pk \"{}\" - object does not exist.",
            one.text()
        )),
        false => Ok(()),
    }
}

fn ldap_passwords(one: &One) -> Verdict {
    let other = |serial: &Serial| Some(*serial) != one.existing;
    let syncs = |serial: Serial| *one.world.value(serial, "sync_users_password") == true;
    match *one.value == true && one.world.members("/sources/ldap/").filter(other).any(syncs) {
        // Up to 2025.12 the refusal has a refusal in it.
        true if one.world.facts.release.starts_with("2025.") => {
            let text = "Only a single LDAP Source with password synchronization is allowed";
            let nested = json!({ one.name: text });
            Err(Refusal::Invalid(
                [(one.name.to_owned(), nested)].into_iter().collect(),
            ))
        }
        true => one.refuse("Only a single LDAP Source with password synchronization is allowed"),
        false => Ok(()),
    }
}

/// Asks the body as it was sent for how many there are.
fn not_configured(one: &One) -> Verdict {
    let stages = one.body.get("configuration_stages").unwrap_or(&Value::Null);
    match stages {
        _ if one.text() != "configure" => Ok(()),
        stages if is_nothing(stages) => {
            one.refuse("When \"Not configured action\" is set to \"Configure\", you must set a configuration stage.")
        }
        Value::Number(_) | Value::Bool(_) => Err(Refusal::Crash),
        _ => Ok(()),
    }
}

/// What Python takes for false.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

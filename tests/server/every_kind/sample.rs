//! Made-up objects: with what is required, or with every field, each field in one of two ways.

use akrec::kinds;
use akrec::schema::{Children, Class, Create, Field, Items, Keying, Kind, Shape};
use serde_json::{Map, Value, json};

use super::facts::Facts;

/// The key of the first, second and third object of a kind.
pub fn key(kind: &Kind, number: usize) -> String {
    let name = format!("every-{}-{number}", kind.name.replace('_', "-"));
    match kind.keying {
        Keying::Typed { .. } => format!("authentik_core.user.{name}"),
        _ => name,
    }
}

/// Fields that a sample leaves out, with the reason.
fn left_out(kind: &Kind, field: &Field) -> bool {
    // Another side of a set, one brand of all, and what is used on creation only.
    field.inverse_of.is_some()
        || field.at_most_one_true
        || matches!(kind.create, Create::PostOrImport { field: other, .. } if other == field.name)
}

/// Whether the two ways of a field differ and the server shows it.
pub fn changes(kind: &Kind, field: &Field) -> bool {
    !left_out(kind, field)
        && (field.class != Class::WriteOnly || field.digest.is_some())
        // Other content is another object.
        && !matches!(field.shape, Shape::Bytes(_))
        && !kind.key_fields().any(|key| key == field.name)
}

/// Values that rules of the server demand.
const SPECIAL: &[(&str, &str, [&str; 2])] = &[
    ("policy_reputation", "check_ip", ["true", "false"]),
    ("policy_reputation", "check_username", ["false", "true"]),
    // The server makes tokens of other purposes itself, does not let the end of an API token be chosen, and refuses one
    // that is further away than the settings allow, which are eleven minutes here. A token stays with its owner.
    ("token", "user", [r#""every-user-1""#, r#""every-user-1""#]),
    (
        "token",
        "intent",
        [r#""app_password""#, r#""app_password""#],
    ),
    (
        "token",
        "expires",
        [r#""2026-01-01T00:10:00Z""#, r#""2026-01-01T00:11:00Z""#],
    ),
    // With a key the assertion is signed, which is all that counts.
    (
        "provider_wsfed",
        "signing_kp",
        [r#""every-certificate-1""#, "null"],
    ),
    ("provider_wsfed", "sign_assertion", ["true", "false"]),
    (
        "stage_email",
        "template",
        [
            r#""email/email_otp.html""#,
            r#""email/account_confirmation.html""#,
        ],
    ),
    (
        "notification_transport",
        "email_template",
        [
            r#""email/email_otp.html""#,
            r#""email/password_reset.html""#,
        ],
    ),
    ("outpost", "type", [r#""proxy""#, r#""ldap""#]),
    (
        "outpost",
        "providers",
        [
            r#"["every-provider-proxy-1"]"#,
            r#"["every-provider-ldap-1"]"#,
        ],
    ),
    (
        "blueprint",
        "content",
        [
            r#""version: 1\nentries: []""#,
            r#""version: 1\nentries: []\n# more""#,
        ],
    ),
    (
        "policy_event_matcher",
        "action",
        [r#""login""#, r#""logout""#],
    ),
    (
        "policy_event_matcher",
        "app",
        [r#""authentik.core""#, r#""authentik.flows""#],
    ),
    (
        "policy_event_matcher",
        "model",
        [r#""authentik_core.user""#, r#""authentik_core.group""#],
    ),
    (
        "policy_geoip",
        "countries",
        [r#"["CH", "AT"]"#, r#"["LI"]"#],
    ),
    (
        "initial_permissions",
        "permissions",
        [r#"["view_application"]"#, r#"["view_brand", "view_flow"]"#],
    ),
    // Only one source may have it, and has it unless a value says otherwise.
    ("source_ldap", "sync_users_password", ["false", "false"]),
    // Without a content it is for a server inside a cluster.
    ("service_connection_kubernetes", "local", ["true", "false"]),
    (
        "source_oauth",
        "provider_type",
        [r#""github""#, r#""gitlab""#],
    ),
    ("source_oauth", "oidc_well_known_url", [r#""""#, r#""""#]),
    ("source_oauth", "oidc_jwks_url", [r#""""#, r#""""#]),
    (
        "role",
        "permissions",
        [
            r#"["view_application"]"#,
            r#"["authentik_providers_oauth2.view_devicetoken", "view_flow"]"#,
        ],
    ),
    (
        "role",
        "object_permissions",
        [
            r#"[{"application": "every-application-1", "permissions": ["view_application", "change_application"]},
                {"user": "every-user-1", "permissions": "view_user"}]"#,
            r#"[{"application": "every-application-1", "permissions": ["view_application", "delete_application"]},
                {"provider": "every-provider-oauth2-2", "permissions": ["view_oauth2provider"]},
                {"group": "every-group-1", "permissions":
                    ["view_group", "change_group", "delete_group", "add_user_to_group", "remove_user_from_group"]},
                {"role": "every-role-2", "permissions": ["view_role", "change_role", "delete_role"]}]"#,
        ],
    ),
    (
        "lifecycle_rule",
        "interval",
        [r#""days=60""#, r#""days=90""#],
    ),
    (
        "lifecycle_rule",
        "object_id",
        [r#""every-application-1""#, r#""every-group-2""#],
    ),
    (
        "lifecycle_rule",
        "reviewers",
        [r#"["every-user-1"]"#, r#"["every-user-1", "every-user-2"]"#],
    ),
    ("group", "is_superuser", ["false", "true"]),
    (
        "source_ldap",
        "server_uri",
        [
            r#""ldap://way1.example.org""#,
            r#""ldaps://way2.example.org:636""#,
        ],
    ),
    (
        "provider_radius",
        "client_networks",
        [r#""10.0.0.0/8""#, r#""10.0.0.0/8, fd00::/8""#],
    ),
    (
        "settings",
        "avatars",
        [r#""initials""#, r#""gravatar,none""#],
    ),
    (
        "settings",
        "footer_links",
        [
            r#"[{"name": "a", "href": "https://a.example.org"}]"#,
            r#"[{"name": "b", "href": null}]"#,
        ],
    ),
    (
        "settings",
        "flags",
        [
            r#"{"flows_refresh_others": true}"#,
            r#"{"flows_refresh_others": false}"#,
        ],
    ),
    (
        "outpost",
        "config",
        [r#"{"log_level": "info"}"#, r#"{"log_level": "debug"}"#],
    ),
    // It is loaded as it would be used.
    (
        "service_connection_kubernetes",
        "kubeconfig",
        [KUBECONFIG, OTHER_KUBECONFIG],
    ),
];

const KUBECONFIG: &str = r#"{"apiVersion": "v1", "kind": "Config", "current-context": "way",
    "contexts": [{"name": "way", "context": {"cluster": "way", "user": "way"}}],
    "clusters": [{"name": "way", "cluster": {"server": "https://k8s.example.org"}}],
    "users": [{"name": "way", "user": {"token": "way"}}]}"#;

const OTHER_KUBECONFIG: &str = r#"{"current-context": "other",
    "contexts": [{"name": "other", "context": {"cluster": "other"}}],
    "clusters": [{"name": "other", "cluster": {"server": "http://other.example.org"}}]}"#;

/// The fields that the server's own rules demand besides the required ones.
const NEEDED: &[(&str, &str)] = &[
    ("provider_proxy", "internal_host"),
    ("stage_identification", "user_fields"),
    ("stage_redirect", "target_static"),
    ("stage_redirect", "target_flow"),
    ("policy_event_matcher", "action"),
    ("blueprint", "content"),
    ("service_connection_kubernetes", "kubeconfig"),
    ("source_ldap", "sync_users_password"),
    // An LDAP source takes only a certificate with a key.
    ("certificate", "key_data"),
];

/// A license with a name in it, signed by nobody.
fn license(name: &str, way: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let body = json!({ "name": name }).to_string();
    let packed = body.as_bytes().chunks(3).flat_map(|chunk| {
        let bits = chunk
            .iter()
            .fold(0, |bits, byte| (bits << 8) | usize::from(*byte))
            << (8 * (3 - chunk.len()));
        (0..=chunk.len()).map(move |place| DIGITS[(bits >> (18 - 6 * place)) & 63] as char)
    });
    format!("e30.{}.signature-{way}", packed.collect::<String>())
}

/// One object to make up.
pub struct Sample<'a> {
    pub facts: &'a Facts,
    pub kind: &'static Kind,
    /// 1 or 2.
    pub way: usize,
    /// Every field, not only what is required.
    pub all: bool,
}

impl Sample<'_> {
    /// The object as a state file has it.
    pub fn object(&self) -> Value {
        let mut object = self.fields(&[]);
        if let Some(word) = self.kind.type_name {
            object.insert("type".into(), word.into());
        }
        object.into()
    }

    /// The fields of the object, without some.
    fn fields(&self, without: &[&str]) -> Map<String, Value> {
        let keys: Vec<&str> = self.kind.key_fields().collect();
        let mut object = Map::new();
        for field in self
            .kind
            .fields
            .iter()
            .filter(|field| field.is_in(self.facts.release))
        {
            let special = |entry: &&(&str, &str, [&str; 2])| {
                (entry.0, entry.1) == (self.kind.name, field.name)
            };
            let wanted =
                self.all || field.required || NEEDED.contains(&(self.kind.name, field.name));
            if !wanted || without.contains(&field.name) || left_out(self.kind, field) {
                continue;
            }
            // The key stands above the object.
            if !self.kind.section.is_empty() && keys.contains(&field.name) {
                continue;
            }
            let value = match SPECIAL.iter().find(special) {
                Some((_, _, ways)) => serde_json::from_str(ways[self.way - 1]).unwrap(),
                None => self.value(field, &field.shape, self.facts.field(self.kind, field.name)),
            };
            object.insert(field.yaml_key.to_owned(), value);
        }
        let here = |children: &&Children| {
            kinds::kind(children.kind).is_some_and(|kind| kind.is_in(self.facts.release))
        };
        for children in self.kind.children.iter().filter(|_| self.all).filter(here) {
            object.insert(children.yaml_key.to_owned(), self.children(children));
        }
        object
    }

    /// A list of objects that are written under it.
    pub fn children(&self, children: &Children) -> Value {
        let kind = kinds::kind(children.kind).unwrap();
        let child = |without: &[&str]| {
            Sample {
                facts: self.facts,
                kind,
                way: self.way,
                all: true,
            }
            .fields(without)
        };
        match children.items {
            Items::Named(field) => json!({ (key(kind, 1)): child(&[children.owner, field]) }),
            Items::Ordered(reference) => {
                let mut item = child(&[children.owner, reference, "order"]);
                item.insert("bindings".into(), json!([]));
                item.insert(reference.into(), "default-authentication-login".into());
                json!([item])
            }
            Items::One => child(&[children.owner]).into(),
            Items::Among(reference) => {
                let mut item = child(&[children.owner, reference]);
                let family = kind.field(reference).unwrap().shape.families()[0];
                item.insert(family.into(), key(kinds::kind(family).unwrap(), 1).into());
                json!([item])
            }
            Items::Subjects(subjects) => {
                let without: Vec<&str> = subjects.iter().copied().chain([children.owner]).collect();
                let mut item = child(&without);
                let subject = subjects[self.way - 1];
                item.insert(subject.into(), key(kinds::kind(subject).unwrap(), 1).into());
                json!([item])
            }
        }
    }

    fn value(&self, field: &Field, shape: &Shape, fact: &Value) -> Value {
        let way = self.way;
        let text = |name: &str| fact.get(name).and_then(Value::as_str).unwrap_or_default();
        match shape {
            Shape::String => match (text("format"), text("check"), field.name) {
                ("uuid", ..) => format!("00000000-0000-4000-8000-00000000000{way}").into(),
                ("email", ..) => format!("way{way}@example.org").into(),
                ("uri", ..) | (_, "url" | "url_template", _) => {
                    format!("https://way{way}.example.org/").into()
                }
                (_, "duration", _) => format!("minutes={way}").into(),
                (_, _, "expression") => format!("return {way}").into(),
                (_, _, name) if name.ends_with("_url") => {
                    format!("https://way{way}.example.org/").into()
                }
                (_, _, "key") if self.kind.name == "license" => {
                    license(&key(self.kind, if self.all { 3 } else { way }), way).into()
                }
                (_, _, "certificate_data") => {
                    let der = ["MAMCAQE=", "MAMCAQI="][way - 1];
                    format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----").into()
                }
                (_, _, "key_data") => {
                    let der = ["MAMCAQE=", "MAMCAQI="][way - 1];
                    format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----").into()
                }
                (_, _, name) => format!(
                    "{}-{name}-{way}{}",
                    self.kind.name,
                    if self.all { "-all" } else { "" }
                )
                .into(),
            },
            Shape::Bytes(_) => format!("<svg>{way}</svg>").into(),
            Shape::Bool => ((field.default == Some("true")) == (way == 2)).into(),
            Shape::Int(least, most) => (least.max(&3) + way as i64)
                .min(*most - 2 + way as i64)
                .into(),
            Shape::Float => json!(0.25 * way as f64),
            Shape::Duration => format!("minutes={}", 10 + way).into(),
            Shape::Time => format!("2036-01-0{way}T00:00:00Z").into(),
            Shape::Enum(words) => {
                let words: Vec<&str> = words
                    .iter()
                    .filter(|word| word.is_in(self.facts.release))
                    .map(|word| word.name)
                    .collect();
                words[(way - 1) % words.len()].into()
            }
            Shape::Json { .. } => json!({ "way": way }),
            Shape::Ref(_) | Shape::RefAny(_) => self.reference(shape.families(), text("to")),
            Shape::Set(Shape::Ref(family)) => json!([self.reference(&[*family], text("to"))]),
            Shape::Set(item) | Shape::List(item) => {
                json!([self.value(field, item, &fact["items"])])
            }
            Shape::Grant { .. } => panic!("{}: say which with SPECIAL", self.kind.name),
            Shape::Record(fields) => {
                let inner = fields
                    .iter()
                    .filter(|field| field.is_in(self.facts.release));
                inner
                    .map(|field| {
                        (
                            field.name.to_owned(),
                            self.value(field, &field.shape, &Value::Null),
                        )
                    })
                    .collect()
            }
        }
    }

    /// One of the first two objects of a kind that a reference takes.
    fn reference(&self, families: &[&str], model: &str) -> Value {
        match (families, self.facts.kind_of(model, families)) {
            (["webauthn_device_type"], _) => ["1Password", "Bitwarden"][self.way - 1].into(),
            (_, Some(kind)) => key(kind, if self.all { self.way } else { 1 }).into(),
            _ => panic!("{}: no kind of {families:?} is a {model}", self.kind.name),
        }
    }
}

//! Makes sequences of requests up from the facts of a release: mostly right ones, some wrong in one place.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::draw::Draw;
use super::step::{Step, Target};

/// Collections that are not asked, with the reason.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "/authenticators/",
        "devices of people: nothing creates them through the API",
    ),
    ("/tenants/", "another key, and off in every install"),
    ("/enterprise/", "a licence is signed by its maker"),
    ("/events/events/", "the audit log"),
    ("/sources/scim_", "what a foreign directory sends"),
    ("/endpoints/", "needs a licence or an agent"),
    ("/lifecycle/", "needs a licence"),
    ("/providers/google_workspace/", "needs a licence"),
    ("/providers/microsoft_entra/", "needs a licence"),
    ("/providers/ssf/", "needs a licence"),
    ("/providers/wsfed/", "needs a licence"),
    ("/policies/unique_password/", "needs a licence"),
    ("/stages/authenticator/endpoint_gdtc/", "needs a licence"),
    ("/stages/mtls/", "needs a licence"),
    ("/stages/source/", "needs a licence"),
    ("/stages/endpoints/", "needs a licence or an agent"),
];

/// Fields that always have the same value, by what the path begins with, with the reason: the server's own rules want
/// them, or it would ask somebody outside.
const FIXED: &[(&str, &str, &str)] = &[
    ("/sources/oauth/", "provider_type", r#""openidconnect""#),
    ("/sources/oauth/", "oidc_well_known_url", r#""""#),
    ("/sources/oauth/", "oidc_jwks_url", r#""""#),
    (
        "/sources/oauth/",
        "authorization_url",
        r#""https://id.example.org/authorize""#,
    ),
    (
        "/sources/oauth/",
        "access_token_url",
        r#""https://id.example.org/token""#,
    ),
    (
        "/sources/oauth/",
        "profile_url",
        r#""https://id.example.org/me""#,
    ),
    (
        "/outposts/instances/",
        "config",
        r#"{"log_level": "info", "authentik_host": "https://id.example.org"}"#,
    ),
    (
        "/managed/blueprints/",
        "content",
        r#""version: 1\nentries: []""#,
    ),
    ("/managed/blueprints/", "path", r#""""#),
    ("/managed/blueprints/", "enabled", "false"),
    ("/core/brands/", "default", "false"),
];

/// Fields that have this value three times of four: with any other most bodies would be refused for one reason.
const USUAL: &[(&str, &str, &str)] = &[
    ("/providers/proxy/", "mode", r#""forward_single""#),
    ("/providers/saml/", "signing_kp", "null"),
    ("/sources/saml/", "verification_kp", "null"),
    ("/stages/redirect/", "mode", r#""static""#),
    (
        "/stages/redirect/",
        "target_static",
        r#""https://example.org""#,
    ),
    ("/outposts/instances/", "type", r#""proxy""#),
    ("/outposts/service_connections/kubernetes/", "local", "true"),
    ("/events/transports/", "mode", r#""local""#),
];

/// Fields that are never sent, with the reason.
const SILENT: &[(&str, &str, &str)] = &[
    ("", "managed", "marks what the server owns"),
    ("/core/brands/", "default", "there is one for all"),
    ("/core/users/", "password", "is no field of the answer"),
    (
        "/core/groups/",
        "children",
        "the other side of `parent`, which is what is written; 2025.10 has both",
    ),
];

/// The certificate of every certificate, and its key: the server reads both.
pub fn certificate() -> &'static (String, String) {
    static PEM: std::sync::OnceLock<(String, String)> = std::sync::OnceLock::new();
    PEM.get_or_init(|| {
        let made = rcgen::generate_simple_self_signed(["akrec.example.org".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    })
}

/// What signs in to a cluster by a token.
fn kubeconfig() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "drawn",
        "contexts": [{"name": "drawn", "context": {"cluster": "here", "user": "me"}}],
        "clusters": [{"name": "here", "cluster": {"server": "http://cluster.example.org"}}],
        "users": [{"name": "me", "user": {"token": "drawn"}}],
    })
}

/// One that says something else in each place that is looked at, and some that are none.
fn broken_kubeconfigs() -> Vec<Value> {
    let mut broken = vec![
        json!({}),
        json!({"a": 1}),
        json!({"current-context": null}),
        Value::Null,
        json!("x"),
        json!([]),
    ];
    for place in ["current-context", "contexts", "clusters", "users"] {
        for other in [
            json!("nobody"),
            Value::Null,
            json!([]),
            json!([{"name": "other"}]),
        ] {
            let mut config = kubeconfig();
            config[place] = other;
            broken.push(config);
        }
        let mut config = kubeconfig();
        config.as_object_mut().unwrap().remove(place);
        broken.push(config);
        let mut config = kubeconfig();
        if let Some(items) = config[place].as_array_mut() {
            let twin = items[0].clone();
            items.push(twin);
        }
        broken.push(config);
    }
    broken
}

/// What sequences are made from.
pub struct Source<'a> {
    /// The facts of the release.
    pub facts: &'a Value,
    /// Objects that both servers have, as symbols, by collection.
    pub fresh: &'a BTreeMap<String, Vec<String>>,
    /// Only collections whose path begins so.
    pub only: &'a str,
}

/// A sequence under construction.
struct Making<'a> {
    source: &'a Source<'a>,
    draw: Draw,
    steps: Vec<Step>,
    /// The objects made, with their collections.
    made: Vec<(usize, String)>,
}

/// The sequence of a seed.
pub fn sequence(source: &Source<'_>, seed: u64) -> Vec<Step> {
    let bases: Vec<&String> = source.facts["collections"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    let asked = |base: &&&String| {
        base.starts_with(source.only)
            && LEFT_OUT.iter().all(|(prefix, _)| !base.starts_with(prefix))
    };
    let bases: Vec<&String> = bases.iter().filter(asked).copied().collect();
    let mut making = Making {
        source,
        draw: Draw::new(seed),
        steps: Vec::new(),
        made: Vec::new(),
    };
    // Every collection comes first in turn; the rest is drawn.
    let base = bases[seed as usize % bases.len()].clone();
    let first = making.create(&base, 0);
    for _ in 0..4 + making.draw.below(8) {
        making.more(&base, first);
    }
    making.list(&base);
    if making.draw.chance(30) {
        making.push("DELETE", &base, Target::Made(first), None);
        making.push("GET", &base, Target::Made(first), None);
    }
    making.steps
}

impl Making<'_> {
    fn fields(&self, base: &str) -> Map<String, Value> {
        let fields = self.source.facts["collections"][base]["fields"]
            .as_object()
            .unwrap();
        let silent = |name: &str| {
            SILENT
                .iter()
                .any(|(of, field, _)| base.starts_with(of) && name == *field)
        };
        fields
            .iter()
            .filter(|(name, _)| !silent(name))
            .map(|(name, field)| (name.clone(), field.clone()))
            .collect()
    }

    fn push(
        &mut self,
        method: &'static str,
        base: &str,
        target: Target,
        body: Option<Value>,
    ) -> usize {
        let number = self.steps.len();
        let step = Step {
            number,
            method,
            base: base.to_owned(),
            target,
            tail: "",
            query: Vec::new(),
            body,
        };
        self.steps.push(step);
        number
    }

    /// Creates an object of a collection, and before it what it must refer to.
    fn create(&mut self, base: &str, depth: usize) -> usize {
        let body = self.body(base, if depth == 0 { 35 } else { 0 }, depth);
        let number = self.push("POST", base, Target::All, Some(body));
        self.made.push((number, base.to_owned()));
        number
    }

    /// A right body: what is required, and some of the rest.
    fn body(&mut self, base: &str, percent: usize, depth: usize) -> Value {
        let mut body = Map::new();
        for (name, field) in self.fields(base) {
            if field["required"] == true || self.draw.chance(percent) || must(base, &name) {
                let value = self.value(base, &name, &field, depth);
                body.insert(name, value);
            }
        }
        if base == "/policies/bindings/" {
            let subject = *self.draw.one(&["group", "user", "policy"]).unwrap();
            for name in ["group", "user", "policy"] {
                body.remove(name);
            }
            let field = self.fields(base)[subject].clone();
            let value = self.reference(&field, depth);
            body.insert(subject.into(), value);
        }
        if base == "/policies/reputation/" {
            body.insert("check_ip".into(), true.into());
        }
        if base == "/stages/identification/" {
            body.insert("user_fields".into(), json!(["username"]));
        }
        body.into()
    }

    /// One more request about the object, or about its collection.
    fn more(&mut self, base: &str, first: usize) {
        match self.draw.below(100) {
            0..6 => {
                let body = self.body(base, 60, 1);
                self.push("PATCH", base, Target::Made(first), Some(body));
            }
            6..30 => {
                let body = self.part(base, false);
                self.push("PATCH", base, Target::Made(first), Some(body));
            }
            30..52 => {
                let body = self.part(base, true);
                self.push("PATCH", base, Target::Made(first), Some(body));
            }
            52..62 => {
                let mut body = self.body(base, 25, 1);
                self.spoil(base, &mut body);
                let number = self.push("POST", base, Target::All, Some(body));
                self.made.push((number, base.to_owned()));
            }
            62..68 => {
                let number = self.create(base, 1);
                // Twins are distinguished by nothing but their names.
                if self.draw.chance(40) {
                    let body = self.steps[number].body.clone();
                    let twin = self.push("POST", base, Target::All, body);
                    self.made.push((twin, base.to_owned()));
                }
            }
            68..72 => {
                let mut body = self.body(base, 30, 1);
                if self.draw.chance(35) {
                    self.spoil(base, &mut body);
                }
                self.push("PUT", base, Target::Made(first), Some(body));
            }
            72..80 => drop(self.push("GET", base, Target::Made(first), None)),
            80..84 => {
                let method = *self
                    .draw
                    .one(&["GET", "PATCH", "DELETE", "used_by"])
                    .unwrap();
                let body = (method == "PATCH").then(|| json!({}));
                if method != "used_by" {
                    self.push(method, base, Target::Missing, body);
                } else if self.source.facts["collections"][base]["used_by"] == true {
                    let number = self.push("GET", base, Target::Missing, None);
                    self.steps[number].tail = "used_by/";
                }
            }
            84..88 => {
                let has = |made: &&(usize, String)| {
                    self.source.facts["collections"][&made.1]["used_by"] == true
                };
                let all: Vec<(usize, String)> = self.made.iter().filter(has).cloned().collect();
                if let Some((number, of)) = self.draw.one(&all).cloned() {
                    let number = self.push("GET", &of, Target::Made(number), None);
                    self.steps[number].tail = "used_by/";
                }
            }
            88..92 => {
                // What others refer to goes, and the object is looked at.
                let others: Vec<(usize, String)> = self
                    .made
                    .iter()
                    .filter(|made| made.0 != first)
                    .cloned()
                    .collect();
                if let Some((other, of)) = self.draw.one(&others).cloned() {
                    self.push("DELETE", &of, Target::Made(other), None);
                    self.push("GET", base, Target::Made(first), None);
                }
            }
            _ => self.list(base),
        }
    }

    /// One to three fields, right or one of them wrong.
    fn part(&mut self, base: &str, wrong: bool) -> Value {
        let fields: Vec<(String, Value)> = self.fields(base).into_iter().collect();
        let mut body = Map::new();
        for _ in 0..1 + self.draw.below(3) {
            if let Some((name, field)) = self.draw.one(&fields).cloned() {
                let value = self.value(base, &name, &field, 1);
                body.insert(name, value);
            }
        }
        let mut body = Value::Object(body);
        if wrong {
            self.spoil(base, &mut body);
        }
        body
    }

    /// Makes one field of a body wrong, or takes it away.
    fn spoil(&mut self, base: &str, body: &mut Value) {
        let fields: Vec<(String, Value)> = self.fields(base).into_iter().collect();
        let sent: Vec<(String, Value)> = fields
            .iter()
            .filter(|(name, _)| body.get(name).is_some())
            .cloned()
            .collect();
        let from = if sent.is_empty() || self.draw.chance(50) {
            &fields
        } else {
            &sent
        };
        let Some((name, field)) = self.draw.one(from).cloned() else {
            return;
        };
        if self.draw.chance(15) {
            body.as_object_mut().unwrap().remove(&name);
            return;
        }
        if is_fixed(base, &name) {
            return;
        }
        let wrong = self.wrong(&name, &field);
        body[&name] = wrong;
    }

    /// A value that the field may well refuse.
    fn wrong(&mut self, name: &str, field: &Value) -> Value {
        let general = [
            Value::Null,
            json!(""),
            json!("   "),
            json!(true),
            json!("true"),
            json!("Off"),
            json!(0),
            json!(1.0),
            json!("7.0"),
            json!("2036-01-02"),
            json!([null]),
            json!([""]),
            json!(-1),
            json!(99_999_999_999_i64),
            json!(1.5),
            json!("7654321"),
            json!("no such thing"),
            json!([]),
            json!([7_654_321]),
            json!(["x"]),
            json!({}),
            json!({"a": {"b": [1, null]}}),
            json!([{}]),
            json!("00000000-0000-4000-8000-00000000dead"),
            json!("x".repeat(300)),
            json!("ünï-cödé"),
            json!("a/b"),
            json!("hours=1;"),
            json!("hours=-1"),
        ];
        if field["to"].is_string() && self.draw.chance(40) {
            let missing = if is_number(field) {
                json!(987_654_321)
            } else {
                json!("00000000-0000-4000-8000-00000000beef")
            };
            return if field["type"] == "array" {
                json!([missing])
            } else {
                missing
            };
        }
        let numbered = field["to"].is_string() && is_number(field);
        // Python is compiled by the server only: a text that is none is not sent, but for brackets.
        let fits = |value: &&Value| match value.as_str() {
            // Small numbers above zero are the keys of other objects on each server.
            None if numbered
                && value
                    .as_f64()
                    .is_some_and(|number| (0.1..1e6).contains(&number)) =>
            {
                false
            }
            Some(text) if name.contains("expression") => ![
                "no such thing",
                "00000000-0000-4000-8000-00000000dead",
                "2036-01-02",
            ]
            .contains(&text),
            _ => true,
        };
        let mut fitting: Vec<Value> = general.iter().filter(fits).cloned().collect();
        if name.contains("expression") {
            fitting.push(json!("return (1,\n  [2"));
        }
        if name == "kubeconfig" {
            fitting = broken_kubeconfigs();
        }
        self.draw.one(&fitting).unwrap().clone()
    }

    /// A right value.
    fn value(&mut self, base: &str, name: &str, field: &Value, depth: usize) -> Value {
        if let Some((_, _, value)) = FIXED
            .iter()
            .find(|(of, fixed, _)| base.starts_with(of) && name == *fixed)
        {
            return serde_json::from_str(value).unwrap();
        }
        if let Some((_, _, value)) = USUAL
            .iter()
            .find(|(of, usual, _)| base.starts_with(of) && name == *usual)
            && self.draw.chance(75)
        {
            return serde_json::from_str(value).unwrap();
        }
        match name {
            "certificate_data" => return certificate().0.clone().into(),
            "key_data" => return certificate().1.clone().into(),
            "kubeconfig" => {
                return if self.draw.chance(50) {
                    json!({})
                } else {
                    kubeconfig()
                };
            }
            _ => {}
        }
        if field["nullable"] == true && self.draw.chance(20) {
            return Value::Null;
        }
        if field["to"].is_string() {
            return self.reference(field, depth);
        }
        if let Some(words) = field["enum"].as_array() {
            return self.draw.one(words).unwrap().clone();
        }
        let number = self.draw.below(1000);
        match field["type"].as_str() {
            Some("boolean") => self.draw.chance(50).into(),
            Some("integer") => {
                let least = field["min"].as_f64().unwrap_or(0.0).max(-5.0) as i64;
                let most = field["max"].as_f64().unwrap_or(100.0).min(100.0) as i64;
                (least + self.draw.below((most - least + 1).max(1) as usize) as i64).into()
            }
            Some("number") => json!(self.draw.below(8) as f64 / 4.0),
            Some("object") => json!({"drawn": number, "list": [1, "two", null]}),
            Some("array") => match &field["items"] {
                items if items["fields"].is_object() => {
                    let mut item = Map::new();
                    for (name, field) in items["fields"].as_object().unwrap() {
                        if field["required"] == true || self.draw.chance(50) {
                            let value = self.value("", name, field, depth);
                            item.insert(name.clone(), value);
                        }
                    }
                    json!([item])
                }
                items => {
                    let item = self.value("", name, items, depth);
                    json!([item])
                }
            },
            _ => self.text(base, name, field, number),
        }
    }

    fn text(&mut self, base: &str, name: &str, field: &Value, number: usize) -> Value {
        let unique = field["unique"].is_string()
            || ["name", "slug", "username", "identifier", "domain"].contains(&name);
        match (field["format"].as_str(), field["check"].as_str()) {
            (Some("uuid"), _) => format!("00000000-0000-4000-8000-{number:012}").into(),
            (Some("email"), _) => format!("drawn{number}@example.org").into(),
            (Some("date-time"), _) => format!("2036-01-01T00:00:{:02}Z", number % 60).into(),
            (_, Some("duration")) => format!(
                "{}={}",
                ["hours", "minutes", "days"][number % 3],
                1 + number % 50
            )
            .into(),
            (Some("uri"), _) | (_, Some("url" | "url_template")) => {
                format!("https://drawn{number}.example.org/").into()
            }
            _ if name.ends_with("_url") || name == "url" => {
                format!("https://drawn{number}.example.org/").into()
            }
            _ if name.contains("expression") => format!("return {number}").into(),
            _ if unique => format!("%{number}").into(),
            _ if base == "/core/users/" && name == "path" => format!("drawn/{number}").into(),
            _ if self.draw.chance(10) => format!("  drawn {number}\n").into(),
            _ if self.draw.chance(10)
                && field["min_length"].is_null()
                && field["required"] != true =>
            {
                "".into()
            }
            _ => format!("drawn-{number}").into(),
        }
    }

    /// An object of the model that a field points to: of a fresh install, made before, or made for it.
    fn reference(&mut self, field: &Value, depth: usize) -> Value {
        let model = field["to"].as_str().unwrap();
        let collections = self.source.facts["collections"].as_object().unwrap();
        let is = |base: &str| {
            let lineage = collections
                .get(base)
                .and_then(|one| one["lineage"].as_array());
            lineage.is_some_and(|lineage| lineage.iter().any(|own| own == model))
        };
        let usable = |base: &String| {
            is(base) && LEFT_OUT.iter().all(|(prefix, _)| !base.starts_with(prefix))
        };
        let made: Vec<String> = self
            .made
            .iter()
            .filter(|(_, base)| is(base))
            .map(|(number, _)| format!("@{number}"))
            .collect();
        let fresh: Vec<String> = self
            .source
            .fresh
            .iter()
            .filter(|(base, _)| usable(base))
            .flat_map(|(_, all)| all.clone())
            .collect();
        let bases: Vec<String> = collections
            .keys()
            .filter(|base| usable(base))
            .cloned()
            .collect();
        let many = field["type"] == "array";
        let one = match self.draw.below(10) {
            0..4 if !made.is_empty() => self.draw.one(&made).cloned(),
            _ if !fresh.is_empty() && !["User", "Group", "Role"].contains(&model) => {
                self.draw.one(&fresh).cloned()
            }
            _ if !made.is_empty() => self.draw.one(&made).cloned(),
            _ if depth < 3 && !bases.is_empty() => {
                let base = self.draw.one(&bases).cloned().unwrap();
                Some(format!("@{}", self.create(&base, depth + 1)))
            }
            _ => None,
        };
        match (one, many) {
            (Some(one), true) => json!([one]),
            (Some(one), false) => one.into(),
            (None, true) => json!([]),
            (None, false) => Value::Null,
        }
    }

    /// A list of what this run made, by pages and with filters.
    fn list(&mut self, base: &str) {
        let facts = &self.source.facts["collections"][base];
        let mut query: Vec<(String, String)> = Vec::new();
        let searched = facts["search"]
            .as_array()
            .is_some_and(|fields| !fields.is_empty());
        if base == "/core/applications/" {
            query.push(("superuser_full_list".into(), "true".into()));
        }
        let bindings = ["/policies/bindings/", "/flows/bindings/"].contains(&base);
        if searched && !bindings {
            query.push(("search".into(), "%".into()));
            if self.draw.chance(50) {
                let size = *self
                    .draw
                    .one(&["1", "2", "3", "2", "200", "0", "x"])
                    .unwrap();
                let page = *self
                    .draw
                    .one(&["1", "2", "3", "1", "2", "last", "0", "x"])
                    .unwrap();
                query.push(("page_size".into(), size.into()));
                query.push(("page".into(), page.into()));
            }
            if self.draw.chance(40) {
                let by = if self.draw.chance(50) {
                    "name"
                } else {
                    "-name"
                };
                query.push(("ordering".into(), by.into()));
            }
        } else if bindings {
            let target = self
                .steps
                .iter()
                .rev()
                .find_map(|step| step.body.as_ref()?.get("target")?.as_str());
            let Some(target) = target.filter(|target| super::step::symbol(target).is_some()) else {
                return;
            };
            query.push((
                "target".into(),
                target.replace(
                    '@',
                    if base == "/policies/bindings/" {
                        "@b"
                    } else {
                        "@"
                    },
                ),
            ));
        } else {
            query.push(("name".into(), format!("%{}", self.draw.below(1000))));
        }
        let filters: Vec<String> = facts["filters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str())
            .map(str::to_owned)
            .collect();
        if searched
            && self.draw.chance(50)
            && let Some(filter) = self.draw.one(&filters).cloned()
        {
            let field = facts["fields"][filter.split("__").next().unwrap_or_default()].clone();
            // A value that an object of this run was created with, so that something is found.
            let sent = self
                .steps
                .iter()
                .find(|step| step.base == base && step.method == "POST");
            let sent = sent.and_then(|step| step.body.as_ref()?.get(&filter).cloned());
            let sent = match sent {
                Some(Value::String(text)) => Some(text),
                Some(Value::Array(items)) => {
                    items.first().and_then(Value::as_str).map(str::to_owned)
                }
                Some(value @ (Value::Bool(_) | Value::Number(_))) => Some(value.to_string()),
                _ => None,
            };
            let missing = match is_number(&field) {
                true => "987654321",
                false => "00000000-0000-4000-8000-00000000beef",
            };
            let value = match (field["type"].as_str(), field["to"].is_string()) {
                _ if sent.is_some() && self.draw.chance(50) => sent.unwrap_or_default(),
                (_, true) => missing.to_owned(),
                (Some("boolean"), _) => {
                    ["true", "false", "True", "1", "maybe"][self.draw.below(5)].to_owned()
                }
                (Some("integer"), _) => ["1", "x", "10"][self.draw.below(3)].to_owned(),
                (Some("string"), _) => match field["enum"].as_array() {
                    Some(words) if self.draw.chance(80) => self
                        .draw
                        .one(words)
                        .unwrap()
                        .as_str()
                        .unwrap_or("x")
                        .to_owned(),
                    _ => "drawn".to_owned(),
                },
                _ => return,
            };
            query.push((filter, value));
        }
        let number = self.push("GET", base, Target::All, None);
        self.steps[number].query = query;
    }
}

fn must(base: &str, name: &str) -> bool {
    is_fixed(base, name)
        || USUAL
            .iter()
            .any(|(of, usual, _)| base.starts_with(of) && name == *usual)
        || matches!(
            (base, name),
            (
                "/policies/event_matcher/",
                "action" | "client_ip" | "app" | "model"
            )
        )
}

fn is_fixed(base: &str, name: &str) -> bool {
    FIXED
        .iter()
        .any(|(of, fixed, _)| base.starts_with(of) && name == *fixed)
}

fn is_number(field: &Value) -> bool {
    field["type"] == "integer" || field["items"]["type"] == "integer"
}

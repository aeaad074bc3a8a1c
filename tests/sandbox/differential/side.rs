//! One of the two servers: sends steps to it, and knows what each symbol stands for there.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::Value;

use super::step::{Step, Target};

/// An id that no object has.
const NOBODY: &str = "00000000-0000-4000-8000-00000000beef";

/// A server.
pub struct Side {
    client: reqwest::Client,
    url: String,
    token: String,
    /// What symbols such as `@/core/groups/#staff` stand for.
    fresh: HashMap<String, Value>,
}

/// The objects that a sequence has made on one server.
#[derive(Default)]
pub struct Made {
    /// The key that others refer to, by the step's number.
    pub keys: HashMap<usize, Value>,
    /// The key in its own path.
    paths: HashMap<usize, String>,
    /// The key that filters of bindings want.
    bindings: HashMap<usize, Value>,
}

/// A request as sent and the answer.
pub struct Answer {
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
    pub status: u16,
    pub answer: Value,
}

impl Side {
    pub fn new(url: &str, token: &str) -> Side {
        // Servers drop idle connections without a word: none is used twice.
        let client = reqwest::Client::builder()
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_secs(60))
            .build();
        Side {
            client: client.unwrap(),
            url: url.to_owned(),
            token: token.to_owned(),
            fresh: HashMap::new(),
        }
    }

    /// Sends one request.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> (u16, Value) {
        let request = || {
            let request = self.client.request(
                method.parse().unwrap(),
                format!("{}/api/v3{path}", self.url),
            );
            let request = request.bearer_auth(&self.token).query(query);
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        };
        let mut sent = request().send().await;
        // A server that replaces one of its processes drops requests that were sent to it: a read may be asked again.
        if sent.is_err() && method == "GET" {
            tokio::time::sleep(Duration::from_secs(2)).await;
            sent = request().send().await;
        }
        let response = sent.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let status = response.status().as_u16();
        // An address on the server itself is the same on every server.
        let text = response
            .text()
            .await
            .unwrap()
            .replace(&self.url, "http://sandbox");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// The server's own description of its API.
    pub async fn schema(&self) -> Value {
        let query = [("format".to_owned(), "json".to_owned())];
        let (status, schema) = self.send("GET", "/schema/", &query, None).await;
        assert_eq!(status, 200, "/schema/");
        schema
    }

    /// The objects of some collections, by symbol; from now on they have one here.
    pub async fn meet<'b>(
        &mut self,
        facts: &Value,
        bases: impl Iterator<Item = &'b String>,
    ) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        for base in bases {
            let query = [("page_size", "100"), ("superuser_full_list", "true")];
            let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let (_, answer) = self.send("GET", base, &query, None).await;
            for object in answer["results"].as_array().into_iter().flatten() {
                let pk = &object[facts["collections"][base]["pk"].as_str().unwrap()];
                let name = [
                    "managed",
                    "slug",
                    "identifier",
                    "username",
                    "domain",
                    "name",
                ];
                if let Some(name) = name.iter().find_map(|name| object[*name].as_str()) {
                    found.insert(format!("@{base}#{name}"), pk.clone());
                }
            }
        }
        self.fresh = found.clone().into_iter().collect();
        found
    }

    /// Sends a step.
    pub async fn take(&self, facts: &Value, step: &Step, prefix: &str, made: &mut Made) -> Answer {
        let key = match step.target {
            Target::All => String::new(),
            Target::Made(number) => format!(
                "{}/",
                made.paths.get(&number).map_or(NOBODY, String::as_str)
            ),
            Target::Missing => format!("{}/", missing(&facts["collections"][&step.base])),
        };
        let path = format!("{}{key}{}", step.base, step.tail);
        let text = |value: &str| match self.stands_for(value, made) {
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
            None => value.replace('%', prefix),
        };
        let query: Vec<(String, String)> = step
            .query
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect();
        let body = step
            .body
            .as_ref()
            .map(|body| self.resolved(body, prefix, made));
        let (status, answer) = self.send(step.method, &path, &query, body.as_ref()).await;
        let about = match step.target {
            Target::All => step.number,
            Target::Made(number) => number,
            Target::Missing => usize::MAX,
        };
        if step.method != "GET" && status < 300 && answer.is_object() {
            self.learn(&facts["collections"][&step.base], about, &answer, made);
        }
        Answer {
            path,
            query,
            body,
            status,
            answer,
        }
    }

    fn learn(&self, collection: &Value, number: usize, answer: &Value, made: &mut Made) {
        let pk = &answer[collection["pk"].as_str().unwrap()];
        let key = match collection["key"].as_str() {
            Some(key @ ("slug" | "identifier")) => &answer[key],
            _ => pk,
        };
        made.paths.insert(
            number,
            key.as_str().map_or_else(|| key.to_string(), str::to_owned),
        );
        made.keys.insert(number, pk.clone());
        let binding = answer.get("policybindingmodel_ptr_id").unwrap_or(pk);
        made.bindings.insert(number, binding.clone());
    }

    fn stands_for(&self, text: &str, made: &Made) -> Option<Value> {
        let rest = text.strip_prefix('@')?;
        if let Some(value) = self.fresh.get(text) {
            return Some(value.clone());
        }
        let found = match rest.strip_prefix('b') {
            Some(number) => made.bindings.get(&number.parse().ok()?),
            None => made.keys.get(&rest.parse().ok()?),
        };
        Some(found.cloned().unwrap_or_else(|| NOBODY.into()))
    }

    fn resolved(&self, value: &Value, prefix: &str, made: &Made) -> Value {
        match value {
            Value::String(text) => self
                .stands_for(text, made)
                .unwrap_or_else(|| text.replace('%', prefix).into()),
            Value::Array(items) => items
                .iter()
                .map(|item| self.resolved(item, prefix, made))
                .collect(),
            Value::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.resolved(value, prefix, made)));
                Value::Object(fields.collect())
            }
            other => other.clone(),
        }
    }
}

fn missing(collection: &Value) -> &'static str {
    match collection["key"].as_str() {
        Some("id") if collection["pk_type"] == "integer" => "987654321",
        Some("slug" | "identifier") => "no-such-object",
        _ => NOBODY,
    }
}

//! The flow executor: what the sandbox shows a visitor first is what real servers showed in sixty recorded flows.

use std::collections::BTreeMap;

use akrec::sandbox::{self, Options, Sandbox};
use serde_json::{Value, json};

const RECORDING: &str = include_str!("../recordings/sign-in/walks.json");

/// Where objects of a type are made.
fn collection(section: &str, kind: &str) -> String {
    match (section, kind) {
        ("stages", "authenticator_validate") => "/stages/authenticator/validate/".to_owned(),
        (section, kind) => format!("/{section}/{kind}/"),
    }
}

fn make(sandbox: &Sandbox, path: &str, body: Value) -> Value {
    let (status, answer) = sandbox.poke("POST", path, body.clone());
    assert_eq!(status, 201, "{path} {body}: {answer}");
    answer
}

/// Makes the objects that the flows use; gives their ids by name.
fn parts(sandbox: &Sandbox, recording: &Value) -> BTreeMap<String, Value> {
    let mut ids = BTreeMap::new();
    for name in ["member", "admin", "outsider"] {
        let user = make(
            sandbox,
            "/core/users/",
            json!({"username": name, "name": name}),
        );
        ids.insert(format!("user {name}"), user["pk"].clone());
    }
    for (name, members) in recording["groups"].as_object().unwrap() {
        let members = members.as_array().unwrap().iter();
        let users: Vec<&Value> = members
            .map(|name| &ids[&format!("user {}", name.as_str().unwrap())])
            .collect();
        let group = make(
            sandbox,
            "/core/groups/",
            json!({"name": name, "users": users}),
        );
        ids.insert(format!("group {name}"), group["pk"].clone());
    }
    for section in ["policies", "stages"] {
        let mut all: Vec<(&String, &Value)> =
            recording[section].as_object().unwrap().iter().collect();
        // What names another stage comes after it.
        all.sort_by_key(|(_, body)| body.get("password_stage").is_some());
        for (name, body) in all {
            let mut body = body.clone();
            let fields = body.as_object_mut().unwrap();
            let kind = fields.remove("type").unwrap();
            fields.insert("name".to_owned(), json!(name));
            if let Some(stage) = fields.get_mut("password_stage") {
                *stage = ids[&format!("stages {}", stage.as_str().unwrap())].clone();
            }
            let path = collection(section, kind.as_str().unwrap());
            let made = make(sandbox, &path, body);
            ids.insert(format!("{section} {name}"), made["pk"].clone());
        }
    }
    ids
}

fn bind(sandbox: &Sandbox, ids: &BTreeMap<String, Value>, target: &Value, bindings: &Value) {
    for binding in bindings.as_array().unwrap() {
        let mut body = binding.clone();
        body["target"] = target.clone();
        for (field, section) in [("policy", "policies"), ("group", "group"), ("user", "user")] {
            if let Some(name) = binding.get(field).and_then(Value::as_str) {
                body[field] = ids[&format!("{section} {name}")].clone();
            }
        }
        make(sandbox, "/policies/bindings/", body);
    }
}

#[tokio::test]
async fn the_first_page_of_every_recorded_flow_is_that_of_real_servers() {
    let recording: Value = serde_json::from_str(RECORDING).unwrap();
    for release in ["2026.2", "2026.5"] {
        let sandbox = sandbox::start(Options::new(release.to_owned()))
            .await
            .unwrap();
        let ids = parts(&sandbox, &recording);
        let mut compared = 0;
        for (number, flow) in recording["flows"].as_array().unwrap().iter().enumerate() {
            // What an address has done before is not recorded.
            if flow.to_string().contains("reputation-ip") {
                continue;
            }
            let slug = format!("flow-{number}");
            let made = make(
                &sandbox,
                "/flows/instances/",
                json!({
                    "name": slug, "slug": slug, "title": slug, "designation": "authentication",
                    "authentication": flow["authentication"],
                    "policy_engine_mode": flow["policy_engine_mode"],
                }),
            );
            bind(&sandbox, &ids, &made["pk"], &flow["bindings"]);
            for stage in flow["stages"].as_array().unwrap() {
                let name = stage["stage"].as_str().unwrap();
                let mut body = stage.clone();
                body["target"] = made["pk"].clone();
                body["stage"] = ids[&format!("stages {name}")].clone();
                body.as_object_mut().unwrap().remove("bindings");
                let step = make(&sandbox, "/flows/bindings/", body);
                bind(&sandbox, &ids, &step["pk"], &stage["bindings"]);
            }
            let url = format!("{}/api/v3/flows/executor/{slug}/?query=", sandbox.url());
            let answer: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
            let first = &flow["walks"]["nobody"]["steps"][0];
            assert_eq!(answer["component"], first["component"], "{release} {slug}");
            assert_eq!(
                answer.get("error_message"),
                first.get("error_message"),
                "{release} {slug}"
            );
            compared += 1;
        }
        assert_eq!(compared, 52, "{release}");
    }
}

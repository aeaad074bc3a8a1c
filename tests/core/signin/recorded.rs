//! Sixty random flows that were walked on real servers (2026.2.2 and 2026.5.3, with the same answers) as nobody, as a member
//! with the right and with a wrong password, as a user without groups and as a superuser: the model meets the same pages and
//! signs in the same user, or says that a policy decides.

use std::collections::BTreeMap;

use akrec::schema::{V2026_2, V2026_5};
use akrec::signin::{Answer, Met, Start, Visitor, World, walk};
use serde::Deserialize;
use serde_json::{Value, json};

use super::declared;

const RECORDING: &str = include_str!("../../recordings/sign-in/walks.json");

#[derive(Deserialize)]
struct Recording {
    flows: Vec<Flow>,
    groups: BTreeMap<String, Vec<String>>,
    policies: BTreeMap<String, Value>,
    stages: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Flow {
    authentication: String,
    policy_engine_mode: String,
    bindings: Vec<Value>,
    stages: Vec<Stage>,
    walks: BTreeMap<String, Walk>,
}

#[derive(Deserialize)]
struct Stage {
    stage: String,
    order: i64,
    evaluate_on_plan: bool,
    re_evaluate_policies: bool,
    policy_engine_mode: String,
    bindings: Vec<Value>,
}

#[derive(Deserialize)]
struct Walk {
    signed_in: Option<String>,
    steps: Vec<Step>,
}

#[derive(Deserialize, PartialEq, Debug)]
struct Step {
    component: String,
    error_message: Option<String>,
    errors: Option<bool>,
}

/// The recorded objects as a state file; JSON is YAML.
fn state(recording: &Recording) -> String {
    let groups: BTreeMap<&String, Value> = recording
        .groups
        .iter()
        .map(|(name, members)| {
            let group = json!({"members": members, "is_superuser": name == "super"});
            (name, group)
        })
        .collect();
    let users: BTreeMap<&str, Value> = ["member", "admin", "outsider"]
        .into_iter()
        .map(|name| (name, json!({"name": name})))
        .collect();
    let flows: BTreeMap<String, Value> = recording
        .flows
        .iter()
        .enumerate()
        .map(|(number, flow)| (format!("flow-{number}"), declaration(number, flow)))
        .collect();
    json!({
        "groups": groups,
        "users": users,
        "policies": recording.policies,
        "stages": recording.stages,
        "flows": flows,
    })
    .to_string()
}

fn declaration(number: usize, flow: &Flow) -> Value {
    let stages: Vec<Value> = flow
        .stages
        .iter()
        .map(|stage| {
            json!({
                "stage": stage.stage,
                "order": stage.order,
                "evaluate_on_plan": stage.evaluate_on_plan,
                "re_evaluate_policies": stage.re_evaluate_policies,
                "policy_engine_mode": stage.policy_engine_mode,
                "bindings": distinct(&stage.bindings),
            })
        })
        .collect();
    json!({
        "name": format!("Flow {number}"),
        "title": "Sign in",
        "designation": "authentication",
        "authentication": flow.authentication,
        "policy_engine_mode": flow.policy_engine_mode,
        "bindings": distinct(&flow.bindings),
        "stages": stages,
    })
}

/// A file names each subject once: of two bindings of one subject the one that counts, which decides alone.
fn distinct(bindings: &[Value]) -> Vec<&Value> {
    let subject =
        |binding: &Value| ["group", "user", "policy"].map(|key| binding.get(key).cloned());
    let counts = |binding: &Value| binding["enabled"] == true;
    let mut kept: Vec<&Value> = Vec::new();
    for binding in bindings {
        match kept
            .iter_mut()
            .find(|other| subject(other) == subject(binding))
        {
            Some(other) if counts(binding) => {
                assert!(!counts(other) || other["negate"] == binding["negate"]);
                *other = binding;
            }
            Some(_) => {}
            None => kept.push(binding),
        }
    }
    kept
}

fn met(met: &[Met]) -> Vec<Step> {
    met.iter()
        .map(|met| Step {
            component: met.component.to_owned(),
            error_message: met.message.clone(),
            errors: None,
        })
        .collect()
}

/// Compares a walk; `Ok(false)` where a policy decides.
fn same(world: &World, slug: &str, who: &str, recorded: &Walk) -> Result<bool, String> {
    let (user, knows_password) = match who.split_once(", ") {
        Some((user, _)) => (user, false),
        None => (who, true),
    };
    let flow = &world.flows[slug];
    let visitor = match user {
        "nobody" => Visitor::nobody(),
        user => {
            let classes = world.classes(flow, &world.superusers());
            let mine = classes
                .into_iter()
                .find(|class| class.users.iter().any(|name| &***name == user));
            Visitor {
                knows_password,
                ..mine.ok_or("no such user")?.visitor
            }
        }
    };
    let walked = walk(world, flow, &visitor, Start::Address);
    if walked.signs_in().is_open() {
        return Ok(false);
    }
    let signed_in = (walked.signs_in() == Answer::Yes).then(|| user.to_owned());
    if signed_in != recorded.signed_in {
        return Err(format!(
            "signed in: {:?}, recorded {:?}",
            signed_in, recorded.signed_in
        ));
    }
    if walked.met.iter().any(|met| met.undecided.is_some()) {
        return Ok(false);
    }
    // A wrong answer shows the same page again.
    let shown: Vec<&Step> = recorded
        .steps
        .iter()
        .filter(|step| step.errors.is_none())
        .collect();
    let met = met(&walked.met);
    match met.iter().eq(shown.iter().copied()) {
        true => Ok(true),
        false => Err(format!("met {met:?}, recorded {shown:?}")),
    }
}

#[test]
fn every_recorded_walk_is_reproduced() {
    let recording: Recording = serde_json::from_str(RECORDING).unwrap();
    let state = state(&recording);
    for release in [V2026_2, V2026_5] {
        let world = declared(&state, release);
        let mut wrong = Vec::new();
        let (mut exact, mut open) = (0, 0);
        for (number, flow) in recording.flows.iter().enumerate() {
            for (who, walk) in &flow.walks {
                match same(&world, &format!("flow-{number}"), who, walk) {
                    Ok(true) => exact += 1,
                    Ok(false) => open += 1,
                    Err(why) => wrong.push(format!("flow-{number} {who}: {why}")),
                }
            }
        }
        assert_eq!(wrong, Vec::<String>::new(), "{release}");
        assert_eq!((exact, open), (292, 8), "{release}");
    }
}

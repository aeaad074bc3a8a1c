//! What authentik makes by itself is recognised: every object of a fresh installation, on every release, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use akrec::kinds::{self, KINDS};
use akrec::live::{Batch, Live};
use akrec::sandbox::{self, Options, Sandbox};
use akrec::schema::{RELEASES, Release};
use akrec::value::{Address, Value};
use serde_json::Value as Json;

/// Everything that a sandbox has, of every kind and every family.
fn live(sandbox: &Sandbox, release: Release) -> Live {
    let outside = kinds::OUTSIDE
        .iter()
        .filter(|kind| ["source", "connector"].contains(&kind.name));
    let kinds = KINDS
        .iter()
        .copied()
        .chain(outside)
        .filter(|kind| kind.is_in(release));
    let batches: Vec<Batch> = kinds
        .map(|kind| {
            let (status, answer) =
                sandbox.poke("GET", &format!("{}?page_size=1000", kind.path), Json::Null);
            assert_eq!(status, 200, "{}", kind.path);
            let one = || vec![answer.clone()];
            Batch {
                kind,
                objects: answer["results"]
                    .as_array()
                    .or(answer.as_array())
                    .cloned()
                    .unwrap_or_else(one),
            }
        })
        .collect();
    let (live, problems) = Live::build(release, &batches);
    assert!(problems.is_empty(), "{problems:?}");
    live
}

#[tokio::test]
async fn every_object_of_a_fresh_installation_is_recognised() {
    for release in RELEASES {
        let sandbox = sandbox::start(Options::new(release.to_string()))
            .await
            .unwrap();
        let live = live(&sandbox, *release);
        assert!(
            live.objects.len() > 150,
            "{release}: {}",
            live.objects.len()
        );
        let foreign = live
            .objects
            .values()
            .filter(|found| !kinds::is_builtin(&found.address, &found.fields));
        let foreign: BTreeSet<String> = foreign.map(|found| found.address.path()).collect();
        // The sandbox itself adds an account that may only read, with its token.
        let own = ["token.akrec-readonly-token", "user.akrec-readonly"].map(str::to_owned);
        assert_eq!(foreign, BTreeSet::from(own), "{release}");
    }
}

#[tokio::test]
async fn what_people_make_is_theirs() {
    for release in RELEASES {
        let sandbox = sandbox::start(Options::new(release.to_string()))
            .await
            .unwrap();
        let fresh = live(&sandbox, *release);
        let poke = |path: &str, body: Json| {
            let (status, answer) = sandbox.poke("POST", path, body);
            assert_eq!(status, 201, "{path}: {answer}");
            answer
        };
        let flow = fresh
            .get(&Address::named("flow", "default-authentication-flow"))
            .unwrap();
        let group = poke("/core/groups/", serde_json::json!({ "name": "staff" }));
        poke(
            "/core/users/",
            serde_json::json!({ "username": "jodie", "name": "Jodie" }),
        );
        poke(
            "/policies/expression/",
            serde_json::json!({ "name": "mine", "expression": "return True" }),
        );
        let binding = serde_json::json!({ "target": flow.binds, "group": group["pk"], "order": 0 });
        poke("/policies/bindings/", binding);
        let now = live(&sandbox, *release);
        let made: BTreeMap<&Address, bool> = now
            .objects
            .values()
            .filter(|found| !fresh.objects.contains_key(&found.address))
            .map(|found| {
                (
                    &found.address,
                    kinds::is_builtin(&found.address, &found.fields),
                )
            })
            .collect();
        assert_eq!(made.len(), 4, "{release}: {made:?}");
        assert!(made.values().all(|builtin| !builtin), "{release}: {made:?}");
        // What is not known of an object is judged by its name alone.
        assert!(kinds::is_builtin(
            &Address::named("user", "akadmin"),
            &BTreeMap::new()
        ));
        let managed =
            BTreeMap::from([("managed", Value::text("goauthentik.io/outposts/embedded"))]);
        assert!(kinds::is_builtin(
            &Address::named("outpost", "renamed"),
            &managed
        ));
    }
}

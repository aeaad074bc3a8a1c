//! Behavior of the sandbox that the recordings do not show: access, deletion, lists, faults, its file.

use std::time::{Duration, Instant};

use akrec::sandbox::{self, Clock, Error, Fault, Options, Sandbox};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::releases::{RELEASES, usual};

async fn fresh() -> Sandbox {
    sandbox::start(Options::new(usual())).await.unwrap()
}

fn created(sandbox: &Sandbox, path: &str, body: Value) -> Value {
    let (status, body) = sandbox.poke("POST", path, body);
    assert_eq!(status, 201, "{path}: {body}");
    body
}

fn read(sandbox: &Sandbox, path: &str) -> Value {
    let (status, body) = sandbox.poke("GET", path, Value::Null);
    assert_eq!(status, 200, "{path}: {body}");
    body
}

fn status(sandbox: &Sandbox, method: &str, path: &str, body: Value) -> u16 {
    sandbox.poke(method, path, body).0
}

async fn call(
    sandbox: &Sandbox,
    method: Method,
    path: &str,
    token: &str,
    body: Value,
) -> reqwest::Result<Response> {
    let request = Client::new()
        .request(method, format!("{}/api/v3{path}", sandbox.url()))
        .bearer_auth(token);
    let request = if body.is_null() {
        request
    } else {
        request.json(&body)
    };
    request.send().await
}

fn flow(sandbox: &Sandbox, slug: &str) -> Value {
    read(sandbox, &format!("/flows/instances/{slug}/"))["pk"].clone()
}

fn provider(sandbox: &Sandbox, name: &str) -> Value {
    let body = json!({
        "name": name,
        "authorization_flow": flow(sandbox, "default-provider-authorization-implicit-consent"),
        "invalidation_flow": flow(sandbox, "default-provider-invalidation-flow"),
        "redirect_uris": [],
    });
    created(sandbox, "/providers/oauth2/", body)["pk"].clone()
}

#[tokio::test]
async fn a_read_only_token_reads_and_never_writes() {
    let sandbox = fresh().await;
    let token = sandbox.readonly_token().unwrap();
    for path in [
        "/core/groups/",
        "/policies/bindings/",
        "/managed/blueprints/",
        "/stages/dummy/",
        "/admin/version/",
    ] {
        let answer = call(&sandbox, Method::GET, path, token, Value::Null)
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    // Measured on 2026.2.2: the lists of whole families take permissions that the role does not bring.
    for path in [
        "/admin/settings/",
        "/admin/file/",
        "/stages/all/",
        "/policies/all/",
        "/rbac/permissions/roles/",
    ] {
        let answer = call(&sandbox, Method::GET, path, token, Value::Null)
            .await
            .unwrap();
        assert_eq!(answer.status(), 403, "{path}");
    }
    let write = call(
        &sandbox,
        Method::POST,
        "/core/groups/",
        token,
        json!({ "name": "x" }),
    )
    .await
    .unwrap();
    assert_eq!(write.status(), 403);
    let body: Value = write.json().await.unwrap();
    assert_eq!(
        body["detail"],
        "You do not have permission to perform this action."
    );
}

/// Listing applications is the trap: complete for superusers who ask for it, and for nobody else.
#[tokio::test]
async fn only_a_superuser_sees_every_application() {
    let sandbox = fresh().await;
    let bound = created(
        &sandbox,
        "/core/applications/",
        json!({ "name": "Bound", "slug": "bound" }),
    );
    created(
        &sandbox,
        "/core/applications/",
        json!({ "name": "Open", "slug": "open" }),
    );
    let group = created(&sandbox, "/core/groups/", json!({ "name": "staff" }));
    let binding = json!({ "target": bound["pk"], "group": group["pk"], "order": 0 });
    created(&sandbox, "/policies/bindings/", binding);
    let slugs = |body: Value| -> Vec<String> {
        let results = body["results"].as_array().unwrap().clone();
        results
            .iter()
            .map(|it| it["slug"].as_str().unwrap().to_owned())
            .collect()
    };
    let path = "/core/applications/?superuser_full_list=true";
    assert_eq!(slugs(read(&sandbox, path)), ["bound", "open"]);
    assert_eq!(slugs(read(&sandbox, "/core/applications/")), ["open"]);
    let token = sandbox.readonly_token().unwrap();
    let list = call(&sandbox, Method::GET, path, token, Value::Null)
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(slugs(list), ["open"]);
    let one = call(
        &sandbox,
        Method::GET,
        "/core/applications/bound/",
        token,
        Value::Null,
    )
    .await
    .unwrap();
    assert_eq!(one.status(), 200);
}

#[tokio::test]
async fn deleting_a_flow_takes_its_providers_and_clears_brands() {
    let sandbox = fresh().await;
    let key = provider(&sandbox, "idp");
    created(
        &sandbox,
        "/core/applications/",
        json!({ "name": "App", "slug": "app", "provider": key }),
    );
    let consent = "/flows/instances/default-provider-authorization-implicit-consent/";
    assert_eq!(status(&sandbox, "DELETE", consent, Value::Null), 204);
    assert_eq!(
        status(
            &sandbox,
            "GET",
            &format!("/providers/oauth2/{key}/"),
            Value::Null
        ),
        404
    );
    assert_eq!(
        read(&sandbox, "/core/applications/app/")["provider"],
        Value::Null
    );
    assert_eq!(
        status(
            &sandbox,
            "DELETE",
            "/flows/instances/default-authentication-flow/",
            Value::Null
        ),
        204
    );
    assert_eq!(
        read(&sandbox, "/core/brands/")["results"][0]["flow_authentication"],
        Value::Null
    );
}

#[tokio::test]
async fn deleting_an_application_takes_bindings_entitlements_and_backchannel_providers() {
    let sandbox = fresh().await;
    let scim = created(
        &sandbox,
        "/providers/scim/",
        json!({ "name": "scim", "url": "https://scim.example.org" }),
    );
    let body = json!({ "name": "App", "slug": "app", "backchannel_providers": [scim["pk"]] });
    let app = created(&sandbox, "/core/applications/", body);
    let entitlement = created(
        &sandbox,
        "/core/application_entitlements/",
        json!({ "app": app["pk"], "name": "e" }),
    );
    let group = created(&sandbox, "/core/groups/", json!({ "name": "g" }));
    let binding = json!({ "target": entitlement["pbm_uuid"], "group": group["pk"], "order": 0 });
    created(&sandbox, "/policies/bindings/", binding);
    assert_eq!(
        status(&sandbox, "DELETE", "/core/applications/app/", Value::Null),
        204
    );
    assert_eq!(
        status(
            &sandbox,
            "GET",
            &format!("/providers/scim/{}/", scim["pk"]),
            Value::Null
        ),
        404
    );
    assert_eq!(
        read(&sandbox, "/core/application_entitlements/")["pagination"]["count"],
        0
    );
    let left = read(&sandbox, "/policies/bindings/?page_size=100")["results"]
        .as_array()
        .unwrap()
        .clone();
    assert!(left.iter().all(|binding| binding["group"].is_null()));
}

#[tokio::test]
async fn an_outpost_brings_an_account_and_takes_it_away() {
    let sandbox = fresh().await;
    let body = json!({
        "name": "proxy", "external_host": "https://x.example.org", "mode": "forward_single",
        "authorization_flow": flow(&sandbox, "default-provider-authorization-implicit-consent"),
        "invalidation_flow": flow(&sandbox, "default-provider-invalidation-flow"),
    });
    let proxy = created(&sandbox, "/providers/proxy/", body)["pk"].clone();
    // Inheritance: the proxy provider is an OAuth2 provider too, under that kind's name.
    let listed = read(&sandbox, "/providers/oauth2/");
    assert_eq!(listed["results"][0]["component"], "ak-provider-oauth2-form");
    assert_eq!(listed["results"][0]["pk"], proxy);
    let body = json!({ "name": "edge", "type": "proxy", "providers": [proxy], "config": {} });
    let outpost = created(&sandbox, "/outposts/instances/", body);
    let token = format!(
        "/core/tokens/{}/",
        outpost["token_identifier"].as_str().unwrap()
    );
    let owner = read(&sandbox, &token)["user"].clone();
    let path = format!("/outposts/instances/{}/", outpost["pk"].as_str().unwrap());
    assert_eq!(status(&sandbox, "DELETE", &path, Value::Null), 204);
    assert_eq!(status(&sandbox, "GET", &token, Value::Null), 404);
    assert_eq!(
        status(
            &sandbox,
            "GET",
            &format!("/core/users/{owner}/"),
            Value::Null
        ),
        404
    );
}

#[tokio::test]
async fn a_patch_without_companions_is_refused_or_does_harm() {
    let sandbox = fresh().await;
    let user = created(
        &sandbox,
        "/core/users/",
        json!({ "username": "alice", "name": "Alice" }),
    )["pk"]
        .clone();
    let body = json!({ "identifier": "t", "intent": "app_password", "user": user });
    assert_eq!(created(&sandbox, "/core/tokens/", body)["user"], user);
    let (_, token) = sandbox.poke(
        "PATCH",
        "/core/tokens/t/",
        json!({ "description": "changed" }),
    );
    assert_eq!(
        (&token["user"], &token["intent"]),
        (&json!(3), &json!("api"))
    );

    let app = created(
        &sandbox,
        "/core/applications/",
        json!({ "name": "A", "slug": "a" }),
    )["pk"]
        .clone();
    let body = json!({ "target": app, "user": user, "order": 0 });
    let binding = created(&sandbox, "/policies/bindings/", body)["pk"].clone();
    let path = format!("/policies/bindings/{}/", binding.as_str().unwrap());
    assert_eq!(status(&sandbox, "PATCH", &path, json!({ "order": 1 })), 405);
    assert_eq!(
        status(
            &sandbox,
            "PATCH",
            &path,
            json!({ "order": 1, "target": app })
        ),
        400
    );
    assert_eq!(
        status(
            &sandbox,
            "PATCH",
            &path,
            json!({ "order": 1, "target": app, "user": user })
        ),
        200
    );
    assert_eq!(
        status(
            &sandbox,
            "POST",
            "/policies/event_matcher/",
            json!({ "name": "m", "app": "authentik.core" })
        ),
        405
    );
}

#[tokio::test]
async fn put_empties_the_members_of_a_group_and_patch_does_not() {
    let sandbox = fresh().await;
    let user = created(
        &sandbox,
        "/core/users/",
        json!({ "username": "alice", "name": "Alice" }),
    )["pk"]
        .clone();
    let group = created(
        &sandbox,
        "/core/groups/",
        json!({ "name": "g", "users": [user] }),
    );
    let path = format!("/core/groups/{}/", group["pk"].as_str().unwrap());
    assert_eq!(
        sandbox.poke("PATCH", &path, json!({ "name": "h" })).1["users"],
        json!([user])
    );
    assert_eq!(
        read(&sandbox, &format!("/core/users/{user}/"))["groups"],
        json!([group["pk"]])
    );
    assert_eq!(
        sandbox.poke("PUT", &path, json!({ "name": "h" })).1["users"],
        json!([])
    );
}

#[tokio::test]
async fn names_are_unique_in_a_family_and_texts_are_trimmed() {
    let sandbox = fresh().await;
    let body = json!({ "name": "  m  ", "expression": "return {}\n", "scope_name": "x" });
    let mapping = created(&sandbox, "/propertymappings/provider/scope/", body);
    assert_eq!(
        (&mapping["name"], &mapping["expression"]),
        (&json!("m"), &json!("return {}"))
    );
    let saml = json!({ "name": "m", "expression": "return 1", "saml_name": "x" });
    let (code, body) = sandbox.poke("POST", "/propertymappings/provider/saml/", saml);
    assert_eq!(
        (code, body),
        (
            400,
            json!({ "name": ["Property Mapping with this name already exists."] })
        )
    );
}

#[tokio::test]
async fn lists_are_paged_filtered_and_ordered() {
    let sandbox = fresh().await;
    for number in 0..120 {
        created(
            &sandbox,
            "/core/groups/",
            json!({ "name": format!("g{number:03}") }),
        );
    }
    let first = read(&sandbox, "/core/groups/?search=g0&ordering=-name");
    assert_eq!(first["pagination"]["count"], 100);
    assert_eq!(
        (
            &first["pagination"]["next"],
            &first["pagination"]["total_pages"]
        ),
        (&json!(2), &json!(5))
    );
    assert_eq!(first["results"][0]["name"], "g099");
    let all = read(&sandbox, "/core/groups/?page_size=1000");
    assert_eq!(all["results"].as_array().unwrap().len(), 100);
    let last = read(&sandbox, "/core/groups/?page_size=100&page=2");
    assert_eq!(
        (
            &last["pagination"]["next"],
            &last["pagination"]["end_index"]
        ),
        (&json!(0), &json!(122))
    );
    assert_eq!(
        status(
            &sandbox,
            "GET",
            "/core/groups/?page_size=100&page=3",
            Value::Null
        ),
        404
    );
    let old = sandbox::start(Options::new("2025.10.3")).await.unwrap();
    for number in 0..120 {
        created(
            &old,
            "/core/groups/",
            json!({ "name": format!("g{number:03}") }),
        );
    }
    assert_eq!(
        read(&old, "/core/groups/")["results"]
            .as_array()
            .unwrap()
            .len(),
        100
    );
    assert_eq!(
        read(&old, "/core/groups/?page_size=1000")["results"]
            .as_array()
            .unwrap()
            .len(),
        122
    );
}

#[tokio::test]
async fn a_blueprint_without_a_name_is_a_dry_run() {
    let sandbox = fresh().await;
    let run = |content: &str| {
        sandbox.poke(
            "POST",
            "/managed/blueprints/",
            json!({ "content": content }),
        )
    };
    let (code, body) = run("version: 1\nentries: []\n");
    assert_eq!(
        (code, body),
        (400, json!({ "name": ["This field is required."] }))
    );
    let (code, body) = run("nonsense");
    assert_eq!(code, 400);
    assert!(body.get("content").is_some() && body.get("name").is_some());
}

#[tokio::test]
async fn faults_break_requests_as_reported() {
    let sandbox = fresh().await;
    let token = sandbox.admin_token().to_owned();
    let groups = |sandbox: &Sandbox| read(sandbox, "/core/groups/")["pagination"]["count"].clone();
    sandbox.set_fault(|number, entry| {
        assert_eq!(entry.path, "/core/groups/");
        match number {
            0 => Some(Fault::Status(503, json!({ "detail": "later" }))),
            1 => Some(Fault::Html(502)),
            2 => Some(Fault::Drop),
            3 => Some(Fault::DropAfter),
            4 => Some(Fault::Truncate),
            5 => Some(Fault::Delay(Duration::from_millis(60))),
            _ => None,
        }
    });
    let post = |name: &'static str| {
        call(
            &sandbox,
            Method::POST,
            "/core/groups/",
            &token,
            json!({ "name": name }),
        )
    };
    assert_eq!(post("a").await.unwrap().status(), 503);
    let page = post("a").await.unwrap();
    assert_eq!(
        (
            page.status().as_u16(),
            page.text().await.unwrap().starts_with("<html>")
        ),
        (502, true)
    );
    assert!(post("a").await.is_err());
    assert_eq!(groups(&sandbox), 2);
    assert!(post("b").await.is_err());
    assert_eq!(groups(&sandbox), 3);
    assert!(match post("c").await {
        Ok(answer) => answer.text().await.is_err(),
        Err(_) => true,
    });
    assert_eq!(groups(&sandbox), 4);
    let start = Instant::now();
    assert_eq!(post("d").await.unwrap().status(), 201);
    assert!(start.elapsed() >= Duration::from_millis(60));
    assert_eq!(post("e").await.unwrap().status(), 201);
    let statuses: Vec<u16> = sandbox.journal().iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [503, 502, 0, 201, 201, 201, 201]);
    sandbox.clear_journal();
    assert!(sandbox.journal().is_empty());
    sandbox.stop().await;
}

#[tokio::test]
async fn two_runs_give_the_same_world() {
    let (one, two) = (fresh().await, fresh().await);
    for sandbox in [&one, &two] {
        provider(sandbox, "idp");
        created(
            sandbox,
            "/core/users/",
            json!({ "username": "alice", "name": "Alice" }),
        );
    }
    assert_eq!(one.world_json(), two.world_json());
}

/// What ends by itself ends after what the run takes for now, whichever clock that is.
#[tokio::test]
async fn the_machines_clock_is_followed_and_never_goes_back() {
    let path =
        std::env::temp_dir().join(format!("akrec-sandbox-clock-{}.json", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let mut options = Options::new("2026.5");
    options.data = Some(path.clone());
    let counted = sandbox::start(options.clone()).await.unwrap();
    let body = |name: &str| json!({ "name": name });
    let ends = |invitation: Value| {
        invitation["expires"]
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .unwrap()
    };
    let first = ends(created(
        &counted,
        "/stages/invitation/invitations/",
        body("counted"),
    ));
    assert_eq!(first.to_string(), "2026-01-01T00:30:01Z");
    counted.stop().await;
    options.clock = Clock::Machine;
    let followed = sandbox::start(options.clone()).await.unwrap();
    let before = jiff::Timestamp::now();
    let next = created(
        &followed,
        "/stages/invitation/invitations/",
        body("followed"),
    );
    assert!(ends(next) > before, "it has expired when it is made");
    let made = |name: &str| {
        let user = json!({ "username": name, "name": name });
        created(&followed, "/core/users/", user)["date_joined"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (one, two) = (made("one"), made("two"));
    assert!(one < two, "{one} {two}");
    followed.stop().await;
    // The same world goes on from where it was once nothing sets its time any more.
    options.clock = Clock::Counting;
    let counted = sandbox::start(options).await.unwrap();
    let user = created(
        &counted,
        "/core/users/",
        json!({ "username": "three", "name": "three" }),
    );
    assert!(
        *user["date_joined"].as_str().unwrap() > *two,
        "{user} {two}"
    );
    std::fs::remove_file(&path).unwrap();
}

/// Measured on 2026.5.3: what counts is whether a binding is enabled, and without the flag nothing is closed.
#[tokio::test]
async fn the_flag_closes_applications_without_an_enabled_binding() {
    for (release, closed) in [("2026.2", false), ("2026.5", true), ("2026.8", true)] {
        let sandbox = sandbox::start(Options::new(release)).await.unwrap();
        created(
            &sandbox,
            "/core/applications/",
            json!({ "name": "wiki", "slug": "wiki" }),
        );
        let open = || read(&sandbox, "/core/applications/wiki/check_access/")["passing"] == true;
        assert!(open(), "{release}");
        let off = json!({ "flags": { "core_default_app_access": false } });
        assert_eq!(status(&sandbox, "PATCH", "/admin/settings/", off), 200);
        assert_eq!(open(), !closed, "{release}");
    }
}

/// A path of its own for the file of a world.
fn world_file(name: &str) -> std::path::PathBuf {
    let path =
        std::env::temp_dir().join(format!("akrec-sandbox-{name}-{}.json", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

fn kept_in(path: &std::path::Path) -> Options {
    Options {
        data: Some(path.to_owned()),
        ..Options::new(usual())
    }
}

#[tokio::test]
async fn a_write_adds_a_line_however_large_the_world_is() {
    let path = world_file("lines");
    let sandbox = sandbox::start(kept_in(&path)).await.unwrap();
    let length = || std::fs::metadata(&path).unwrap().len();
    let mut added = Vec::new();
    let mut whole = 0;
    for number in 0..300 {
        let before = std::fs::metadata(&path).map_or(0, |found| found.len());
        created(
            &sandbox,
            "/core/groups/",
            json!({ "name": format!("group {number:04}") }),
        );
        if number == 0 {
            whole = length()
        } else {
            added.push(length() - before)
        }
    }
    assert!(
        added.iter().all(|bytes| *bytes < whole / 50),
        "a line of the world's size: {whole}, {added:?}"
    );
    assert!(
        added.iter().max().unwrap() - added.iter().min().unwrap() < 100,
        "lines that grow: {added:?}"
    );
    let before = sandbox.world_json();
    // While it runs, the first value is the world as it was, and the lines are what came after it.
    assert!(serde_json::from_slice::<Value>(&std::fs::read(&path).unwrap()).is_err());
    sandbox.stop().await;
    assert!(
        serde_json::from_slice::<Value>(&std::fs::read(&path).unwrap()).is_ok(),
        "one value once it has stopped"
    );
    let again = sandbox::start(kept_in(&path)).await.unwrap();
    assert_eq!(again.world_json(), before);
    // The lines are folded into the world before they are longer than that.
    let text = "x".repeat(20_000);
    for number in 0..200 {
        created(
            &again,
            "/core/groups/",
            json!({ "name": format!("long {number}"), "attributes": { "text": text } }),
        );
    }
    assert!(length() < 3 * (200 * 20_000 + whole), "{}", length());
    let before = again.world_json();
    again.stop().await;
    assert_eq!(
        sandbox::start(kept_in(&path)).await.unwrap().world_json(),
        before
    );
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn a_line_that_was_cut_off_was_never_written() {
    let path = world_file("cut");
    let sandbox = sandbox::start(kept_in(&path)).await.unwrap();
    created(&sandbox, "/core/groups/", json!({ "name": "first" }));
    let before = (sandbox.world_json(), std::fs::read(&path).unwrap());
    let group = created(
        &sandbox,
        "/core/groups/",
        json!({ "name": "second", "attributes": { "ä": "\u{1f511}\n" } }),
    );
    let user = created(
        &sandbox,
        "/core/users/",
        json!({ "username": "ann", "name": "Ann", "groups": [group["pk"]] }),
    );
    assert_eq!(
        status(
            &sandbox,
            "DELETE",
            &format!("/core/users/{}/", user["pk"]),
            Value::Null
        ),
        204
    );
    let after = (sandbox.world_json(), std::fs::read(&path).unwrap());
    sandbox.stop().await;
    let opened = async |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        sandbox::start(kept_in(&path))
            .await
            .map(|sandbox| sandbox.world_json())
    };
    assert_eq!(opened(&after.1).await.unwrap(), after.0);
    let first = before.1.len()..after.1.len();
    for length in first
        .clone()
        .step_by(97)
        .chain([first.start, first.start + 1, first.end - 1])
    {
        let world = opened(&after.1[..length])
            .await
            .unwrap_or_else(|error| panic!("{length}: {error}"));
        assert!(length + 1 < first.end || world == after.0, "{length}");
        let second = world["/core/groups/"]
            .as_array()
            .unwrap()
            .iter()
            .any(|group| group["name"] == "second");
        assert!(second || world == before.0, "{length}");
    }
    // A file that is damaged in between is reported.
    let mut damaged = after.1.clone();
    damaged[first.start + 2] = b'#';
    assert!(matches!(opened(&damaged).await, Err(Error::Content { .. })));
    // A file of an earlier version is the world alone, without numbers.
    let mut whole: Value = serde_json::from_slice(&before.1).unwrap();
    for object in whole["objects"].as_array_mut().unwrap() {
        object.as_object_mut().unwrap().remove("serial");
    }
    assert_eq!(
        opened(whole.to_string().as_bytes()).await.unwrap(),
        before.0
    );
    let pretty = serde_json::to_string_pretty(&whole).unwrap();
    assert_eq!(opened(pretty.as_bytes()).await.unwrap(), before.0);
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn a_write_that_cannot_be_kept_is_taken_back() {
    let path = world_file("full");
    let sandbox = sandbox::start(kept_in(&path)).await.unwrap();
    let staff = created(&sandbox, "/core/groups/", json!({ "name": "staff" }));
    let ann = created(
        &sandbox,
        "/core/users/",
        json!({ "username": "ann", "name": "Ann", "groups": [staff["pk"]] }),
    );
    let before = sandbox.world_json();
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert_eq!(
        status(&sandbox, "POST", "/core/groups/", json!({ "name": "lost" })),
        500
    );
    assert_eq!(
        status(
            &sandbox,
            "DELETE",
            &format!("/core/groups/{}/", staff["pk"].as_str().unwrap()),
            Value::Null
        ),
        500
    );
    assert_eq!(
        status(
            &sandbox,
            "PATCH",
            &format!("/core/users/{}/", ann["pk"]),
            json!({ "name": "Lost" })
        ),
        500
    );
    assert_eq!(sandbox.world_json(), before);
    assert!(sandbox.lost().unwrap().contains("directory"));
    std::fs::remove_dir(&path).unwrap();
    // Whatever is looked up is as before too, and the next write keeps everything.
    created(&sandbox, "/core/groups/", json!({ "name": "lost" }));
    assert_eq!(
        read(&sandbox, &format!("/core/users/{}/", ann["pk"]))["groups"],
        json!([staff["pk"]])
    );
    assert_eq!(
        status(
            &sandbox,
            "POST",
            "/core/groups/",
            json!({ "name": "staff" })
        ),
        400
    );
    let before = sandbox.world_json();
    sandbox.stop().await;
    assert_eq!(
        sandbox::start(kept_in(&path)).await.unwrap().world_json(),
        before
    );
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn a_world_is_kept_in_its_file() {
    let path = std::env::temp_dir().join(format!("akrec-sandbox-{}.json", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let mut options = Options::new(usual());
    options.data = Some(path.clone());
    let first = sandbox::start(options.clone()).await.unwrap();
    let alice = created(
        &first,
        "/core/users/",
        json!({ "username": "alice", "name": "Alice" }),
    )["pk"]
        .clone();
    let bob = created(
        &first,
        "/core/users/",
        json!({ "username": "bob", "name": "Bob" }),
    )["pk"]
        .clone();
    assert_eq!(
        status(
            &first,
            "DELETE",
            &format!("/core/users/{bob}/"),
            Value::Null
        ),
        204
    );
    let before = first.world_json();
    first.stop().await;
    let second = sandbox::start(options.clone()).await.unwrap();
    assert_eq!(second.world_json(), before);
    assert_eq!(
        read(&second, &format!("/core/users/{alice}/"))["username"],
        "alice"
    );
    // A number once given is not given again.
    let carol = created(
        &second,
        "/core/users/",
        json!({ "username": "carol", "name": "Carol" }),
    )["pk"]
        .clone();
    assert!(carol.as_i64() > bob.as_i64());
    options.release = "2025.12".into();
    assert!(matches!(
        sandbox::start(options).await,
        Err(Error::OtherRelease { .. })
    ));
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn an_empty_world_has_accounts_only() {
    for release in RELEASES.iter().copied() {
        let mut options = Options::new(release);
        options.empty = true;
        let sandbox = sandbox::start(options).await.unwrap();
        let count = |path: &str| read(&sandbox, path)["pagination"]["count"].clone();
        assert_eq!(
            (
                count("/core/users/"),
                count("/core/groups/"),
                count("/core/tokens/")
            ),
            (json!(2), json!(2), json!(2))
        );
        assert_eq!(
            (
                count("/flows/instances/"),
                count("/stages/all/"),
                count("/rbac/roles/")
            ),
            (json!(0), json!(0), json!(1))
        );
        let token = sandbox.readonly_token().unwrap();
        let answer = call(&sandbox, Method::GET, "/core/groups/", token, Value::Null)
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    }
}

#[tokio::test]
async fn an_unknown_release_is_refused_with_the_known_ones() {
    let Err(error) = sandbox::start(Options::new("2019.1")).await else {
        panic!("it started")
    };
    assert_eq!(
        error.to_string(),
        "the sandbox does not know authentik 2019.1; it knows 2025.10, 2025.12, 2026.2, 2026.5, 2026.8"
    );
}

#[tokio::test]
async fn settings_exist_once() {
    let sandbox = fresh().await;
    assert_eq!(
        read(&sandbox, "/admin/settings/")["default_token_length"],
        60
    );
    assert_eq!(
        sandbox
            .poke("PATCH", "/admin/settings/", json!({ "avatars": "none" }))
            .1["avatars"],
        "none"
    );
    assert_eq!(
        status(&sandbox, "DELETE", "/admin/settings/", Value::Null),
        405
    );
}

/// The server fails to say what uses a provider whose signing key is a certificate alone.
#[tokio::test]
async fn what_uses_a_provider_with_half_a_pair_is_not_reported() {
    let sandbox = fresh().await;
    let flow = sandbox
        .poke(
            "GET",
            "/flows/instances/default-provider-invalidation-flow/",
            Value::Null,
        )
        .1["pk"]
        .clone();
    let pem = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----";
    for (name, key, reported) in [
        ("half", "", 500),
        ("whole", "-----BEGIN PRIVATE KEY-----", 200),
    ] {
        let body = json!({ "name": name, "certificate_data": pem, "key_data": key });
        let pair = created(&sandbox, "/crypto/certificatekeypairs/", body)["pk"].clone();
        let body = json!({ "name": name, "authorization_flow": flow, "invalidation_flow": flow, "redirect_uris": [],
            "signing_key": pair });
        let provider = created(&sandbox, "/providers/oauth2/", body)["pk"].clone();
        assert_eq!(
            status(
                &sandbox,
                "GET",
                &format!("/providers/oauth2/{provider}/used_by/"),
                Value::Null
            ),
            reported
        );
    }
}

/// As authentik's code has it (admin/files/api.py and validation.py); not recorded from a running server.
#[tokio::test]
async fn files_are_uploaded_listed_and_deleted_by_name() {
    let sandbox = sandbox::start(Options::new(usual())).await.unwrap();
    let post = |body: Value| sandbox.poke("POST", "/admin/file/", body);
    assert_eq!(
        post(json!({"name": "a/Wiki.png", "file": "one"})),
        (200, Value::Null)
    );
    let taken = json!({"name": ["A file with this name already exists."]});
    assert_eq!(
        post(json!({"name": "a/Wiki.png", "file": "two"})),
        (400, taken)
    );
    assert_eq!(
        post(json!({"name": "b.png"})),
        (400, json!({"file": ["No file was submitted."]}))
    );
    assert_eq!(
        post(json!({"name": "b.png", "file": ""})),
        (400, json!({"file": ["The submitted file is empty."]}))
    );
    for bad in ["a b.png", "/a.png", "../a.png", "a//b.png", ".a.png"] {
        let (status, answer) = post(json!({"name": bad, "file": "x"}));
        assert!(
            status == 400 && answer.is_array(),
            "{bad}: {status} {answer}"
        );
    }
    assert_eq!(
        post(json!({"name": "b.png", "file": "x", "usage": "reports"})).0,
        400
    );
    let list = |query: &str| {
        sandbox
            .poke("GET", &format!("/admin/file/{query}"), Value::Null)
            .1
    };
    let row = json!({
        "name": "a/Wiki.png", "mime_type": "image/png", "url": "/files/media/public/a/Wiki.png", "themed_urls": null,
    });
    assert_eq!(list("?manageable_only=true"), json!([row]));
    assert_eq!(list("?search=wiki"), json!([row]));
    assert_eq!(list("?search=Wiki"), json!([]));
    assert_eq!(
        list("").as_array().unwrap().len(),
        3,
        "with those that every install brings"
    );
    assert_eq!(
        list("?usage=other"),
        json!({"usage": ["\"other\" is not a valid choice."]})
    );
    sandbox.poke(
        "POST",
        "/core/applications/",
        json!({"name": "W", "slug": "w", "meta_icon": "a/Wiki.png"}),
    );
    let users = sandbox
        .poke("GET", "/admin/file/used_by/?name=a/Wiki.png", Value::Null)
        .1;
    assert_eq!(
        (&users[0]["name"], &users[0]["action"]),
        (&json!("W"), &json!("left_dangling"))
    );
    assert_eq!(
        sandbox
            .poke("PATCH", "/admin/file/", json!({"name": "a/Wiki.png"}))
            .0,
        405
    );
    assert_eq!(sandbox.poke("DELETE", "/admin/file/", Value::Null).0, 400);
    for _ in 0..2 {
        assert_eq!(
            sandbox.poke("DELETE", "/admin/file/?name=a/Wiki.png", Value::Null),
            (200, Value::Null)
        );
    }
    assert_eq!(list("?manageable_only=true"), json!([]));
    let old = sandbox::start(Options::new("2025.10")).await.unwrap();
    assert_eq!(old.poke("GET", "/admin/file/", Value::Null).0, 404);
}

/// The database wants what the API does not.
#[tokio::test]
async fn what_the_database_wants_is_a_crash_when_it_is_missing() {
    let sandbox = fresh().await;
    let flow = sandbox
        .poke(
            "GET",
            "/flows/instances/default-source-pre-authentication/",
            Value::Null,
        )
        .1["pk"]
        .clone();
    let mut body = json!({ "name": "s", "slug": "s", "pre_authentication_flow": flow, "sso_url": "https://x.example.org" });
    assert_eq!(
        status(&sandbox, "POST", "/sources/saml/", body.clone()),
        405
    );
    body["issuer"] = "".into();
    assert_eq!(status(&sandbox, "POST", "/sources/saml/", body), 201);
}

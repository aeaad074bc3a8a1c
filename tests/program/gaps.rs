//! `akrec kinds --check`: a server that knows more than akrec, one that knows less, and ones that talk nonsense.

use std::process::Command;

use akrec::gaps::gaps;
use akrec::openapi::{distil, merged};
use akrec::sandbox::{self, Fault, Options, Sandbox};
use akrec::schema::{RELEASES, Release, V2026_8, Version};
use insta::assert_snapshot;
use serde_json::{Value as Json, json};

use crate::support::releases::{newest, usual};

async fn start(release: &str, more: Option<Json>) -> Sandbox {
    let mut options = Options::new(release);
    options.more = more;
    sandbox::start(options).await.unwrap()
}

/// The sandbox's own description, compared with the table.
fn compared(sandbox: &Sandbox, release: Release) -> akrec::gaps::Gaps {
    let (status, document) = sandbox.poke("GET", "/schema/", Json::Null);
    assert_eq!(status, 200);
    gaps(&distil(&document, &Json::Null).unwrap().0, release)
}

/// The first and the newest version of a release that the sandbox can be; it says itself which these are.
fn versions(release: Release) -> [Version; 2] {
    [Version::from(release), release.patch(u16::MAX)]
}

/// Runs the verb against a server; its exit code, its output and its messages.
async fn check(sandbox: &Sandbox, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_akrec"));
    let empty = std::env::temp_dir();
    command
        .args(["kinds", "--check", "--url", &sandbox.url()])
        .args(args)
        .env_clear()
        .current_dir(empty);
    command.env("AKREC_TOKEN", sandbox.admin_token());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&sandbox.url(), "SERVER");
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// A collection, a field, a field of an item and a word that no akrec knows.
fn more() -> Json {
    json!({ "collections": {
        "/endpoints/new_things/": {
            "model": "NewThing", "label": "authentik_new.newthing", "key": "thing_uuid", "pk": "pk", "pk_type": "uuid",
            "lineage": ["NewThing"], "fields": { "name": { "type": "string", "required": true } },
            "shows": { "pk": { "type": "string" } },
        },
        "/core/groups/": { "fields": { "colour": { "type": "string" }, "\u{1b}[31mred": { "type": "string" } } },
        "/providers/oauth2/": { "fields": {
            "client_type": { "enum": ["secretive"] },
            "redirect_uris": { "items": { "fields": { "comment": { "type": "string" } } } },
        } },
    }, "singletons": { "/admin/settings/": { "fields": { "motto": { "type": "string" } } } } })
}

#[tokio::test]
async fn every_known_release_is_known_whole() {
    for release in RELEASES {
        for version in versions(*release) {
            let found = compared(&start(&version.to_string(), None).await, *release);
            assert_eq!(
                (found.unknown, found.missing),
                (Vec::new(), Vec::new()),
                "{version}"
            );
            assert!(found.compared > 80 && !found.left_out.is_empty());
        }
    }
}

/// What is no whole collection is not passed over in silence either.
#[test]
fn a_collection_whose_objects_never_change_is_named_or_left_out() {
    let release = RELEASES[RELEASES.len() - 1];
    let found = gaps(
        &json!({ "partial": ["/providers/scim_users/", "/chimes/"] }),
        release,
    );
    let unknown: Vec<&str> = found.unknown.iter().map(|gap| gap.path.as_str()).collect();
    let left_out: Vec<&str> = found
        .left_out
        .iter()
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(
        (unknown, left_out),
        (vec!["/chimes/"], vec!["/providers/scim_users/"])
    );
}

#[tokio::test]
async fn the_sandbox_describes_itself_as_its_facts_are() {
    for release in RELEASES {
        let read = |name: &str| -> Json {
            let path = format!(
                "{}/src/sandbox/releases/{name}.json",
                env!("CARGO_MANIFEST_DIR")
            );
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
        };
        let first = read(&release.to_string());
        let newest = merged(&first, &read(&format!("{release}.newest")));
        for facts in [first, newest] {
            let version = facts["release"].as_str().unwrap();
            let sandbox = start(version, None).await;
            assert_eq!(sandbox.release(), version);
            let (_, document) = sandbox.poke("GET", "/schema/", Json::Null);
            let (again, unknown) = distil(&document, &facts).unwrap();
            assert_eq!(unknown, Vec::<String>::new(), "{version}");
            for (path, collection) in facts["collections"].as_object().unwrap() {
                assert_eq!(
                    again["collections"][path]["fields"], collection["fields"],
                    "{version}: {path}"
                );
            }
        }
    }
}

#[tokio::test]
async fn what_the_server_has_more_is_said() {
    let sandbox = start(newest(), Some(more())).await;
    let (code, text, problems) = check(&sandbox, &[]).await;
    assert_eq!((code, problems.as_str()), (2, ""));
    assert!(!text.contains('\u{1b}'), "{text}");
    let (unknown, _) = text.split_once("\nNot supported on purpose:").unwrap();
    assert_snapshot!(unknown, @r#"
    authentik 2026.8.0 on SERVER

    This server has, but akrec does not know:
      the field motto of settings (/admin/settings/)
      the field \u{1b}[31mred of group (/core/groups/)
      the field colour of group (/core/groups/)
      the collection /endpoints/new_things/
      the variant "secretive" for client_type of provider_oauth2 (/providers/oauth2/)
      the field redirect_uris.comment of provider_oauth2 (/providers/oauth2/)

    Objects of such a collection can be declared under `raw` (`akrec explain raw`); such a variant with
    --allow-unknown. Such a field cannot be declared by this akrec and is left unchanged.
    "#);
    let (code, text, _) = check(&sandbox, &["--format", "json"]).await;
    let document: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(code, 2);
    assert_eq!(document["missing"], json!([]));
    let lines: Vec<String> = document["unknown"]
        .as_array()
        .unwrap()
        .iter()
        .map(Json::to_string)
        .collect();
    assert_snapshot!(lines.join("\n"), @r#"
    {"field":"motto","kind":"settings","path":"/admin/settings/","what":"field","word":null}
    {"field":"\u001b[31mred","kind":"group","path":"/core/groups/","what":"field","word":null}
    {"field":"colour","kind":"group","path":"/core/groups/","what":"field","word":null}
    {"field":null,"kind":null,"path":"/endpoints/new_things/","what":"collection","word":null}
    {"field":"client_type","kind":"provider_oauth2","path":"/providers/oauth2/","what":"word","word":"secretive"}
    {"field":"redirect_uris.comment","kind":"provider_oauth2","path":"/providers/oauth2/","what":"field","word":null}
    "#);
}

#[tokio::test]
async fn a_server_without_more_ends_with_0() {
    let sandbox = start(usual(), None).await;
    let (code, text, problems) = check(&sandbox, &[]).await;
    assert_eq!((code, problems.as_str()), (0, ""), "{text}");
    assert!(text.starts_with("authentik 2026.2"), "{text}");
    assert!(
        text.contains("akrec knows everything that this server has"),
        "{text}"
    );
    let output = Command::new(env!("CARGO_BIN_EXE_akrec"))
        .args(["kinds", "--check", "--sandbox"])
        .env_clear()
        .output();
    assert_eq!(output.unwrap().status.code(), Some(0));
}

#[tokio::test]
async fn what_the_server_has_less_is_said() {
    let sandbox = start("2025.12", None).await;
    // As if it said to be newer than it is.
    let found = compared(&sandbox, V2026_8);
    assert!(
        found.missing.iter().any(|gap| gap.field.is_none()),
        "{:?}",
        found.missing
    );
    assert!(
        found
            .missing
            .iter()
            .any(|gap| gap.field.is_some() && gap.word.is_none())
    );
    let place = akrec::report::gaps::Where {
        server: "here",
        version: "2026.8.0",
    };
    let text = akrec::report::gaps::text(&found, &place);
    assert!(
        text.contains("akrec knows, but this server does not have:\n  the "),
        "{text}"
    );
}

/// What the check says of a server that answers so.
async fn answered(status: u16, body: Json) -> (i32, String, String) {
    let sandbox = start(newest(), None).await;
    sandbox.set_fault(move |_, entry| {
        (entry.path == "/schema/").then(|| Fault::Status(status, body.clone()))
    });
    check(&sandbox, &["--retries", "0"]).await
}

#[tokio::test]
async fn nonsense_is_refused() {
    let cycle = json!({
        "paths": {
            "/a/b/": { "get": {}, "post": { "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/A" } } } } } },
            "/a/b/{id}/": { "get": {}, "put": {}, "patch": {}, "delete": {} },
        },
        "components": { "schemas": {
            "A": { "properties": { "x": { "$ref": "#/components/schemas/B" } } },
            "B": { "$ref": "#/components/schemas/B" },
        } },
    });
    let mut wide = cycle.clone();
    let many: Vec<Json> = (0..40)
        .map(|_| json!({ "$ref": "#/components/schemas/C" }))
        .collect();
    wide["components"]["schemas"]["B"] = json!({ "oneOf": many });
    wide["components"]["schemas"]["C"] = json!({ "oneOf": many.iter().map(|_| json!({ "$ref": "#/components/schemas/B" })).collect::<Vec<_>>() });
    let paths: serde_json::Map<String, Json> =
        (0..6000).map(|i| (format!("/a/{i}/"), json!({}))).collect();
    for (body, why) in [
        (json!({}), "it has no paths"),
        (json!(["a"]), "it has no paths"),
        (json!({ "paths": {} }), "it has no schemas"),
        (
            json!({ "paths": paths, "components": { "schemas": {} } }),
            "it has 6000 paths",
        ),
        (cycle, "its references form cycles or are nested too deep"),
        (wide, "its references form cycles or are nested too deep"),
    ] {
        let (code, text, problems) = answered(200, body).await;
        assert_eq!((code, text.as_str()), (1, ""), "{problems}");
        assert!(
            problems.contains("description of its API cannot be used") && problems.contains(why),
            "{problems}"
        );
    }
    let mut deep = json!({});
    for _ in 0..300 {
        deep = json!({ "paths": deep });
    }
    // What is deeper than any reader of JSON goes is none to the client.
    for (body, ends) in [(deep, 5), (json!("openapi: 3.0.3"), 5), (json!(7), 5)] {
        let (code, text, problems) = answered(200, body).await;
        assert!(
            code == ends && text.is_empty() && problems.contains("/schema/"),
            "{code} {problems}"
        );
    }
    let (code, _, problems) = answered(404, json!({ "detail": "Not found." })).await;
    assert!(code == 1 && problems.contains("/schema/"), "{problems}");
    let (code, _, problems) = answered(403, json!({ "detail": "Token invalid/expired" })).await;
    assert!(code == 4 && problems.contains("AKR0402"), "{problems}");
    let sandbox = start(newest(), None).await;
    sandbox.set_fault(|_, entry| (entry.path == "/schema/").then_some(Fault::Html(200)));
    let (code, text, problems) = check(&sandbox, &["--retries", "0"]).await;
    assert!(
        code != 0 && text.is_empty() && problems.contains("/schema/"),
        "{code} {problems}"
    );
}

#[test]
fn without_the_check_nobody_is_asked() {
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_akrec"))
            .args(args)
            .env_clear()
            .output()
            .unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    // AKREC_ARGS may bring flags of other verbs along.
    assert_eq!(
        run(&["kinds", "--url", "http://127.0.0.1:9", "-C", "state"]),
        (0, String::new())
    );
    let (code, reported) = run(&["kinds", "--check", "--sandbox", "--format", "markdown"]);
    assert!(
        code == 3 && reported.contains("--check"),
        "{code} {reported}"
    );
    // Nobody is asked without an address.
    let (code, reported) = run(&["kinds", "--check", "-C", "/nowhere"]);
    assert!(code == 3 && reported.contains("AKR030"), "{reported}");
    let (code, reported) = run(&[
        "kinds",
        "--check",
        "--url",
        "http://127.0.0.1:9",
        "--retries",
        "0",
    ]);
    assert!(code == 3 && reported.contains("AKR0302"), "{reported}");
}

/// A document in YAML, block by block, as authentik publishes its own.
fn yaml(value: &Json, indent: usize, out: &mut String) {
    let pad = "  ".repeat(indent);
    match value {
        Json::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                out.push_str(&format!("\n{pad}{}:", Json::from(key.as_str())));
                yaml(value, indent + 1, out);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for item in items {
                out.push_str(&format!("\n{pad}-"));
                yaml(item, indent + 1, out);
            }
        }
        plain => out.push_str(&format!(" {plain}")),
    }
}

/// A directory of its own, gone when dropped.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder =
            Folder(std::env::temp_dir().join(format!("akrec-gaps-{}-{name}", std::process::id())));
        std::fs::create_dir_all(&folder.0).unwrap();
        folder
    }

    /// Runs `akrec kinds --check --schema` on a file with this text.
    fn check(&self, name: &str, text: impl AsRef<[u8]>, more: &[&str]) -> (i32, String, String) {
        std::fs::write(self.0.join(name), text).unwrap();
        self.run(&[&["--schema", name], more].concat())
    }

    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_akrec"));
        command
            .args(["kinds", "--check"])
            .args(args)
            .env_clear()
            .env("HOME", &self.0)
            .current_dir(&self.0);
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(!err.contains("panicked"), "{args:?}: {err}");
        (output.status.code().unwrap(), out, err)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The description of a release in a file says what a server of it says, as JSON and as YAML.
#[tokio::test]
async fn a_file_is_judged_like_the_server_that_it_describes() {
    let folder = Folder::new("alike");
    for (release, more) in RELEASES
        .iter()
        .map(|release| (release, None))
        .chain([(&V2026_8, Some(more()))])
    {
        let sandbox = start(&release.to_string(), more).await;
        let (_, document) = sandbox.poke("GET", "/schema/", Json::Null);
        let (code, of_server, _) = check(&sandbox, &[]).await;
        let of_file = |name: &str| {
            of_server
                .replacen("on SERVER", &format!("by {name}"), 1)
                .replace("his server", "his release")
        };
        let mut block = String::new();
        yaml(&document, 0, &mut block);
        for (name, text) in [("schema.json", document.to_string()), ("schema.yml", block)] {
            let reported = folder.check(name, text, &[]);
            assert_eq!(
                (reported.0, reported.1),
                (code, of_file(name)),
                "{release}: {}",
                reported.2
            );
        }
        let (code, out, _) = folder.run(&["--schema", "schema.yml", "--format", "json"]);
        let reported: Json = serde_json::from_str(&out).unwrap();
        assert_eq!(
            (reported["exit_code"].as_i64(), &reported["server"]["url"]),
            (Some(code.into()), &json!("schema.yml"))
        );
    }
}

/// A release that is newer than all that akrec knows: new collections, and fields that are gone.
#[tokio::test]
async fn a_file_of_a_newer_release_is_judged_by_what_is_known() {
    let more = json!({ "release": "2026.11.0-rc2", "collections": { "/secrets/secrets/": {
        "model": "Secret", "label": "authentik_secrets.secret", "key": "secret_uuid", "pk": "pk", "pk_type": "uuid",
        "lineage": ["Secret"], "fields": { "name": { "type": "string", "required": true } },
        "shows": { "pk": { "type": "string" } },
    } } });
    let sandbox = start(&V2026_8.to_string(), Some(more)).await;
    let (_, mut document) = sandbox.poke("GET", "/schema/", Json::Null);
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    for schema in schemas
        .values_mut()
        .filter(|schema| schema["properties"].get("client_secret").is_some())
    {
        schema["properties"]
            .as_object_mut()
            .unwrap()
            .remove("client_secret");
    }
    let (code, out, err) = Folder::new("newer").check("schema.json", document.to_string(), &[]);
    assert_eq!(code, 2, "{err}");
    assert!(
        out.starts_with("authentik 2026.11.0-rc2 by schema.json\n"),
        "{out}"
    );
    assert!(out.contains("the collection /secrets/secrets/"), "{out}");
    assert!(
        out.contains("the field client_secret of provider_oauth2 (/providers/oauth2/)"),
        "{out}"
    );
}

#[tokio::test]
async fn a_file_that_describes_no_api_is_refused() {
    let folder = Folder::new("hostile");
    let sandbox = start(newest(), None).await;
    let (_, document) = sandbox.poke("GET", "/schema/", Json::Null);
    let whole = document.to_string();
    let of_version = |version: &str| {
        let mut other = document.clone();
        other["info"]["version"] = version.into();
        other.to_string()
    };
    let mut cycle = document.clone();
    for schema in cycle["components"]["schemas"]
        .as_object_mut()
        .unwrap()
        .values_mut()
    {
        if schema["properties"].get("name").is_some() {
            schema["properties"]["name"] = json!({"$ref": "#/components/schemas/Loop"});
        }
    }
    cycle["components"]["schemas"]["Loop"] =
        json!({"allOf": [{"$ref": "#/components/schemas/Loop"}]});
    let bomb: String = (1..12).fold(
        "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(),
        |text, level| {
            format!(
                "{text}a{level}: &a{level} [{}]\n",
                vec![format!("*a{}", level - 1); 9].join(", ")
            )
        },
    );
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", Vec::new(), "not an OpenAPI document"),
        (
            "truncated JSON",
            whole.as_bytes()[..whole.len() / 2].to_vec(),
            "ends too early",
        ),
        ("bomb", bomb.into_bytes(), "aliases repeat more"),
        (
            "deep blocks",
            (0..500)
                .map(|depth| format!("{}a:\n", " ".repeat(depth)))
                .collect::<String>()
                .into(),
            "deep",
        ),
        ("deep flow", "[".repeat(1_000_000).into_bytes(), "schema"),
        (
            "deep JSON",
            "{\"a\":".repeat(1_000_000).into_bytes(),
            "schema",
        ),
        ("not a number", b"paths: {a: .nan}\n".to_vec(), "not finite"),
        ("not text", vec![0xff, 0xfe, 0, 1], "UTF-8"),
        (
            "another file",
            b"groups: {staff: {}}\n".to_vec(),
            "it has no paths",
        ),
        ("a list", b"[1, 2]".to_vec(), "it has no paths"),
        ("a string", b"hunter2-secret".to_vec(), "it has no paths"),
        (
            "no YAML",
            b"password: hunter2-secret: [\n".to_vec(),
            "it is not YAML",
        ),
        (
            "an API of another kind",
            b"paths: {}\ncomponents: {schemas: {}}\ninfo: {version: 1.0.0}\n".to_vec(),
            "info.version",
        ),
        (
            "no version",
            b"paths: {}\ncomponents: {schemas: {}}\n".to_vec(),
            "info.version",
        ),
        (
            "a version that commands",
            of_version("2026.8.\u{1b}[31m").into_bytes(),
            "info.version",
        ),
        (
            "an old one",
            of_version("2024.6.1").into_bytes(),
            "authentik 2024.6.1 is not supported",
        ),
        (
            "a circle",
            cycle.to_string().into_bytes(),
            "cycles or are nested too deep",
        ),
        (
            "too large",
            vec![b'#'; (16 << 20) + 1],
            "larger than 16 MiB",
        ),
        (
            "too many",
            format!("{{\"a\": [{}1]}}", "1,".repeat(1_000_001)).into_bytes(),
            "1,000,000 values",
        ),
    ];
    for (what, text, says) in cases {
        let (code, out, err) = folder.check("schema.yml", &text, &[]);
        assert_eq!((code, out.as_str()), (3, ""), "{what}: {err}");
        assert!(
            err.contains("error[AKR0301]: --schema schema.yml: ") && err.contains(says),
            "{what}: {err}"
        );
        assert!(
            !err.contains("hunter2") && !err.contains('\u{1b}') && err.len() < 1_000,
            "{what}: {err}"
        );
    }
    for (args, says) in [
        (&["--schema", "nowhere.yml"][..], "no such file"),
        (&["--schema", "."], "not a regular file but a directory"),
        (
            &["--schema", "a.yml", "--sandbox=2026.8"],
            "cannot be used with",
        ),
        (
            &["--schema", "a.yml", "--url", "https://a.example.org"],
            "cannot be used with",
        ),
    ] {
        let (code, _, err) = folder.run(args);
        assert!(code == 3 && err.contains(says), "{args:?}: {err}");
    }
    let (code, out, _) = folder.check("schema.yml", "[1]", &["--format", "json"]);
    let reported: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, reported["diagnostics"][0]["code"].as_str()),
        (3, Some("AKR0301"))
    );
}

//! `akrec schema state`: takes every state of the repository, and sees what is wrong.

use std::path::{Path, PathBuf};

use akrec::kinds::{KINDS, sections};
use akrec::report::reference;
use akrec::report::state_schema::{Options, state};
use akrec::schema::{RELEASES, Release};
use jsonschema::Validator;
use serde_json::Value as Json;

use super::yaml::documents;
use super::{akrec, state_files};

fn validator(options: Options) -> Validator {
    let schema = state(&KINDS, options);
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

/// What the schema says of a text, each with its place.
fn reported(validator: &Validator, text: &str) -> Vec<String> {
    let errors = |document: &Json| {
        validator
            .iter_errors(document)
            .map(|error| {
                format!(
                    "{}: {}",
                    error.instance_path(),
                    error.to_string().chars().take(300).collect::<String>()
                )
            })
            .collect::<Vec<_>>()
    };
    documents(text).iter().flat_map(errors).collect()
}

#[test]
fn every_state_of_the_repository_is_taken() {
    let mut files = Vec::new();
    state_files(Path::new("state"), &mut files);
    for case in std::fs::read_dir("tests/cases").unwrap() {
        let state = case.unwrap().path().join("state");
        if state.is_dir() {
            state_files(&state, &mut files);
        }
    }
    assert!(files.len() > 5, "{files:?}");
    let (base, overlay) = (
        validator(Options::default()),
        validator(Options {
            overlay: true,
            ..Options::default()
        }),
    );
    let laid_over = |file: &PathBuf| {
        file.components()
            .any(|part| part.as_os_str() == "environments")
    };
    for file in files
        .iter()
        .filter(|file| file.file_name().is_none_or(|name| name != "akrec.yaml"))
    {
        let validator = if laid_over(file) { &overlay } else { &base };
        let found = reported(validator, &std::fs::read_to_string(file).unwrap());
        assert_eq!(found, Vec::<String>::new(), "{}", file.display());
    }
}

#[test]
fn every_example_is_taken_by_its_releases_schema() {
    let all = validator(Options::default());
    for kind in KINDS.iter() {
        let text = reference::example(kind, &KINDS);
        assert_eq!(reported(&all, &text), Vec::<String>::new(), "{text}");
    }
    for release in RELEASES {
        let newest = RELEASES.last() == Some(release);
        let one = validator(Options {
            release: Some(*release),
            overlay: false,
        });
        for kind in KINDS.iter().filter(|kind| newest && kind.is_in(*release)) {
            let text = reference::example(kind, &KINDS);
            assert_eq!(
                reported(&one, &text),
                Vec::<String>::new(),
                "{release}: {text}"
            );
        }
    }
}

#[test]
fn every_form_of_the_language_is_taken() {
    let validator = validator(Options::default());
    for text in [
        "groups:\n  staff:\n  media: {members: {include: [alice, {user: bob, until: 2026-12-31}], exclude: [eve]}}\n",
        "groups: {a: {previously: b}, c: {previously: [d, e], attributes: {x: null}, roles: null, parents: []}}\n",
        "groups: {a: {is_superuser: !env {name: ON, default: false}, lifecycle: {protect: true, ignore: [members]}}}\n",
        "groups: {a: {is_superuser: !var super, attributes: !exact {a: 1}}}\n",
        "users: {a: {type: !env KIND, email: null, name: 017, path: !file path.txt, last_login: 2026-12-31}}\n",
        "applications:\n  a:\n    provider:\n    bindings:\n      include: [{group: staff, order: 1}]\n      exclude: [{user: eve}]\n",
        "applications: {a: {bindings: [], lifecycle: {open: true, reason: for all}, entitlements: {e: }}}\n",
        "applications: {a: {entitlements: {e: {bindings: [{user: alice, enabled: false}]}}}}\n",
        "flows: {f: {stages: [a, {stage: b, order: 5, bindings: [{policy: p}]}]}}\n",
        "flows: {f: {stages: {include: [{stage: b, order: 5}], exclude: [a, {stage: c}]}}}\n",
        "providers: {p: {type: oauth2, redirect_uris: ['https://a', {url: b, matching_mode: regex}], client_secret: !env S}}\n",
        "providers: {p: {type: proxy, access_token_validity: !var validity, property_mappings: {include: [x]}}}\n",
        "stages: {s: {type: user_login, session_duration: 'hours=1; minutes=30;', remember_me_offset: !env D}}\n",
        "defaults: {groups: {is_superuser: false}, providers.oauth2: {signing_key: k, lifecycle: {owner: me}}}\n",
        "absent: {groups: [a, 7], flows: }\nassertions: [{user: eve, application: wiki, access: deny}, {applications: '*', bound: true, except: [a]}]\n",
        "---\ngroups:\n---\n",
        reference::RAW_EXAMPLE,
        "raw:\n  /a/things/:\n  /b/things/: {objects: {a: , b: {x: null, y: [1], lifecycle: {ignore: [z]}}}, key: slug}\n",
        "absent: {raw: {/a/things/: [a, 7], /b/things/: }}\n",
    ] {
        assert_eq!(reported(&validator, text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn mistakes_are_seen_where_they_are() {
    let validator = validator(Options::default());
    for (text, place) in [
        ("grups: {a: {}}\n", ""),
        ("raw: {/a/things: {}}\n", "/raw"),
        ("raw: {/a/things/: {object: {}}}\n", "/raw/~1a~1things~1"),
        (
            "raw: {/a/things/: {write_only: x}}\n",
            "/raw/~1a~1things~1/write_only",
        ),
        ("absent: {raw: [a]}\n", "/absent/raw"),
        ("groups: [a]\n", "/groups"),
        ("groups: {a: {memers: [x]}}\n", "/groups/a"),
        ("groups: {a: {name: {}}}\n", "/groups/a/name"),
        (
            "groups: {a: {is_superuser: yes}}\n",
            "/groups/a/is_superuser",
        ),
        (
            "groups: {a: {is_superuser: 'true'}}\n",
            "/groups/a/is_superuser",
        ),
        (
            "groups: {a: {is_superuser: null}}\n",
            "/groups/a/is_superuser",
        ),
        ("groups: {a: {members: alice}}\n", "/groups/a/members"),
        (
            "groups: {a: {members: {includes: [alice]}}}\n",
            "/groups/a/members",
        ),
        (
            "groups: {a: {members: [{user: alice, til: 2026-12-31}]}}\n",
            "/groups/a/members",
        ),
        (
            "groups: {a: {lifecycle: {protected: true}}}\n",
            "/groups/a/lifecycle",
        ),
        (
            "groups: {a: {lifecycle: {ignore: [memers]}}}\n",
            "/groups/a/lifecycle/ignore/0",
        ),
        (
            "groups: {a: {previously: {b: c}}}\n",
            "/groups/a/previously",
        ),
        ("users: {a: {type: extern}}\n", "/users/a/type"),
        (
            "users: {a: {last_login: soon-ish!}}\n",
            "/users/a/last_login",
        ),
        ("applications: {a b: {}}\n", "/applications"),
        (
            "applications: {a: {policy_engine_mode: some}}\n",
            "/applications/a/policy_engine_mode",
        ),
        (
            "applications: {a: {bindings: [{group: x, user: y}]}}\n",
            "/applications/a/bindings",
        ),
        (
            "applications: {a: {bindings: [{order: 1}]}}\n",
            "/applications/a/bindings",
        ),
        (
            "applications: {a: {bindings: [{group: x, target: y}]}}\n",
            "/applications/a/bindings",
        ),
        (
            "applications: {a: {bindings: [staff]}}\n",
            "/applications/a/bindings",
        ),
        (
            "applications: {a: {entitlements: [e]}}\n",
            "/applications/a/entitlements",
        ),
        ("flows: {f: {stages: [{order: 1}]}}\n", "/flows/f/stages"),
        (
            "flows: {f: {stages: {include: [{stage: b}]}}}\n",
            "/flows/f/stages",
        ),
        ("flows: {f: {previous: g}}\n", "/flows/f"),
        ("providers: {p: {}}\n", "/providers/p"),
        ("providers: {p: }\n", "/providers/p"),
        ("providers: {p: {type: oauth}}\n", "/providers/p/type"),
        (
            "providers: {p: {type: oauth2, mode: proxy}}\n",
            "/providers/p",
        ),
        (
            "providers: {p: {type: oauth2, access_token_validity: 1h}}\n",
            "/providers/p/access_token_validity",
        ),
        (
            "providers: {p: {type: oauth2, redirect_uris: [{uri: x}]}}\n",
            "/providers/p/redirect_uris",
        ),
        (
            "policies: {p: {type: dummy, wait_min: '5'}}\n",
            "/policies/p/wait_min",
        ),
        (
            "policies: {p: {type: dummy, wait_min: 1.5}}\n",
            "/policies/p/wait_min",
        ),
        ("outposts: {o: {type: proxies}}\n", "/outposts/o/type"),
        ("defaults: {providers.oaut2: {}}\n", "/defaults"),
        (
            "defaults: {providers.oauth2: {client_tpe: public}}\n",
            "/defaults/providers.oauth2",
        ),
        ("absent: {grups: [a]}\n", "/absent"),
        ("absent: {groups: a}\n", "/absent/groups"),
    ] {
        let diagnostics = reported(&validator, text);
        assert!(
            diagnostics
                .iter()
                .any(|line| line.starts_with(&format!("{place}: "))),
            "{text}{diagnostics:?}"
        );
    }
}

#[test]
fn gates_narrow_the_schema() {
    for release in RELEASES {
        let schema = state(
            &KINDS,
            Options {
                release: Some(*release),
                overlay: false,
            },
        );
        for kind in KINDS.iter() {
            let object = &schema["$defs"][kind.name];
            assert_eq!(
                object.is_object(),
                kind.is_in(*release),
                "{} on {release}",
                kind.name
            );
            if object.is_object() && !kind.section.is_empty() {
                for field in kind.fields {
                    let there = object["properties"].get(field.yaml_key).is_some();
                    let other = kind
                        .fields
                        .iter()
                        .any(|other| other.yaml_key == field.yaml_key && other.is_in(*release));
                    assert_eq!(
                        there, other,
                        "{}.{} on {release}",
                        kind.name, field.yaml_key
                    );
                }
            }
        }
    }
    let reported = |release: &str, text: &str| {
        reported(
            &validator(Options {
                release: Release::parse(release),
                overlay: false,
            }),
            text,
        )
        .is_empty()
    };
    assert!(
        reported("2026.2", "groups: {a: {parents: [b]}}\n")
            && !reported("2025.10", "groups: {a: {parents: [b]}}\n")
    );
    let layout = "flows: {f: {layout: sidebar_left_frame_background}}\n";
    assert!(reported("2026.2", layout) && !reported("2025.12", layout));
}

#[test]
fn an_overlay_need_not_say_the_type_again() {
    let text = "providers: {p: {client_id: other}}\n";
    assert!(!reported(&validator(Options::default()), text).is_empty());
    let overlay = validator(Options {
        overlay: true,
        release: None,
    });
    assert_eq!(reported(&overlay, text), Vec::<String>::new());
    assert!(!reported(&overlay, "providers: {p: {type: oauth2, mode: proxy}}\n").is_empty());
}

#[test]
fn everything_has_a_description() {
    let schema = state(&KINDS, Options::default());
    for section in sections() {
        assert!(
            schema["properties"][section]["description"].is_string(),
            "{section}"
        );
    }
    for kind in KINDS.iter() {
        for (word, field) in schema["$defs"][kind.name]["properties"]
            .as_object()
            .unwrap()
        {
            let referred = field
                .get("$ref")
                .and_then(Json::as_str)
                .map(|path| &path["#/$defs/".len()..]);
            let described = field["description"].is_string()
                || referred.is_some_and(|name| schema["$defs"][name]["description"].is_string());
            assert!(described, "{}.{word}", kind.name);
        }
    }
}

#[test]
fn the_verb_prints_it() {
    let (code, text, _) = akrec(&["schema", "state", "--release", "2025.10"]);
    let printed: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(code, 0);
    assert_eq!(
        printed,
        state(
            &KINDS,
            Options {
                release: Release::parse("2025.10"),
                overlay: false
            }
        )
    );
    assert_eq!(
        printed["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
}

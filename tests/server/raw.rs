//! Collections that the table does not know, described by the files: what can be written, and what is refused where.

use std::fmt::Write as _;

use akrec::desired;
use akrec::desired::{Desired, What};
use akrec::diag::{Diagnostic, Sources};
use akrec::read::Problem;
use akrec::report::diagnostics;
use akrec::sandbox::Options;
use akrec::schema::V2026_8;
use akrec::state::Inputs;
use akrec::value::Value;
use insta::assert_snapshot;
use serde_json::{Value as Json, json};

use crate::support::Bench;
use crate::support::releases::newest;
use crate::world::World;

fn lower(files: &[(&str, &str)], env: Option<&str>) -> (Desired, Vec<Diagnostic>, Sources) {
    let world = World::with(files);
    let inputs = Inputs {
        vars: [("FLOW".to_owned(), "enrol".into())].into(),
        ..Inputs::new(world.root.join("state"), &|name| {
            (name != "UNSET").then(|| format!("hunter2-{name}"))
        })
    };
    let settings = desired::Settings {
        release: None,
        allow_unknown: false,
        today: jiff::civil::date(2026, 6, 15),
    };
    let mut sources = Sources::default();
    let env = env.map(|name| world.root.join("environments").join(name));
    let (desired, problems) = akrec::state::load(&inputs, env.as_deref(), &settings, &mut sources);
    let shown = diagnostics::text(&problems, &sources, false, 100);
    assert!(
        !shown.contains("hunter2") && !format!("{desired:?}").contains("hunter2"),
        "a secret is shown:\n{shown}"
    );
    (desired, problems, sources)
}

/// The problems with the objects of a collection, a line each with the line in the file.
fn reported(text: &str) -> String {
    let (_, problems, sources) = lower(&[("state/a.yaml", text)], None);
    let mut out = String::new();
    for problem in problems {
        let place = problem
            .primary
            .as_ref()
            .and_then(|label| sources.place(label.span))
            .unwrap();
        write!(
            out,
            "{}[{}:{}] {}",
            problem.code, place.line, place.column, problem.message
        )
        .unwrap();
        problem
            .help
            .iter()
            .for_each(|help| write!(out, " ({help})").unwrap());
        out.push('\n');
    }
    out
}

/// The desired values, a line a field.
fn wanted(desired: &Desired) -> String {
    let mut out = String::new();
    for object in &desired.objects {
        writeln!(out, "{} {}", object.address.path(), object.kind.path).unwrap();
        for (name, want) in &object.fields {
            let value = match &want.what {
                What::Is(Value::Json(json)) => json.0.to_string(),
                What::Is(value) => format!("{value:?}"),
                other => format!("{other:?}"),
            };
            writeln!(out, "  {name}: {value}").unwrap();
        }
    }
    desired
        .absent
        .iter()
        .for_each(|absent| writeln!(out, "absent {}", absent.address.path()).unwrap());
    out
}

#[test]
fn fields_are_data_unless_a_tag_says_otherwise() {
    let (desired, problems, _) = lower(
        &[(
            "state/a.yaml",
            "raw:
  /endpoints/new_things/:
    key: slug
    id: uuid
    write_only: [pin]
    objects:
      one:
        text: |
          some text
        number: 3
        half: 1.5
        flag: true
        quoted: '3'
        nothing: null
        mapping: {a: [1, ' b ']}
        list: [b, a]
        set: !set [b, a]
        pin: !env PIN
        token: !env TOKEN
        api_key: null
        password_length: 12
        flow: !ref {flow: !var FLOW}
        flows: [!ref {flow: b}, !ref {flow: a}]
        groups: !set [!ref {group: b}, !ref {group: a}]
        other: !ref {/endpoints/other_things/: x}
  /endpoints/other_things/:
",
        )],
        None,
    );
    assert_eq!(problems, Vec::<Diagnostic>::new());
    assert_eq!(desired.raw.len(), 2);
    let kind = desired.objects[0].kind;
    assert_eq!((kind.id, kind.pk), ("uuid", "uuid"));
    assert_snapshot!(wanted(&desired), @r#"
    endpoints/new_things.one /endpoints/new_things/
      api_key: Null
      flag: true
      flow: Ref(Address { family: "flow", key: Name("enrol") })
      flows: List([Ref(Address { family: "flow", key: Name("b") }), Ref(Address { family: "flow", key: Name("a") })])
      groups: Set({Ref(Address { family: "group", key: Name("a") }), Ref(Address { family: "group", key: Name("b") })})
      half: 1.5
      list: ["b","a"]
      mapping: {"a":[1,"b"]}
      nothing: Null
      number: 3
      other: Ref(Address { family: "endpoints/other_things", key: Name("x") })
      password_length: 12
      pin: Secret((sensitive value))
      quoted: "3"
      set: Set({Json(OrderedJson(String("a"))), Json(OrderedJson(String("b")))})
      slug: Text("one")
      text: "some text"
      token: Secret((sensitive value))
    "#);
}

#[test]
fn files_and_environments_add_to_one_collection() {
    let base = "raw: {/a/things/: {key: slug, objects: {one: {size: 1, colour: red}}}}\nabsent: {raw: {/a/things/: [old]}}\n";
    let more = "raw: {/a/things/: {key: slug, objects: {two: {size: 2}}}}\nabsent: {raw: {/a/things/: [older], /b/things/: [x]}}\n";
    let over =
        "raw: {/a/things/: {objects: {one: {size: 9}}}}\nabsent: {raw: {/a/things/: [oldest]}}\n";
    let files = [
        ("state/a.yaml", base),
        ("state/b.yaml", more),
        ("environments/prod/c.yaml", over),
    ];
    let (desired, problems, _) = lower(&files, Some("prod"));
    assert_eq!(problems, Vec::<Diagnostic>::new());
    assert_snapshot!(wanted(&desired), @r#"
    a/things.one /a/things/
      colour: "red"
      size: 9
      slug: Text("one")
    a/things.two /a/things/
      size: 2
      slug: Text("two")
    absent a/things.old
    absent a/things.older
    absent a/things.oldest
    absent b/things.x
    "#);
    let again = "raw: {/a/things/: {key: name, objects: {one: {size: 2}}}}\n";
    let (_, problems, sources) = lower(&[("state/a.yaml", base), ("state/b.yaml", again)], None);
    let places: Vec<String> = problems
        .iter()
        .map(|problem| {
            let place = |span| sources.place(span).map(|place| place.line);
            let first = problem
                .secondary
                .first()
                .and_then(|label| place(label.span));
            format!(
                "{}: {:?} {:?}",
                problem.message,
                problem.primary.as_ref().and_then(|l| place(l.span)),
                first
            )
        })
        .collect();
    assert_snapshot!(places.join("\n"), @"
    `key` of a raw collection is set twice, to different values: Some(1) Some(1)
    `one` is declared twice in `raw`: Some(1) Some(1)
    ");
}

#[test]
fn what_is_wrong_is_said_at_its_line() {
    assert_snapshot!(reported("raw: {/core/users/: {objects: {sam: {}}}, /a/../b/: {}, https://a.example.org/b/: {}, /a/b: {}}"), @"
    AKR0130[1:43] the path of a raw collection cannot lead upwards (write the path of the list below /api/v3: `/endpoints/things/`)
    AKR0130[1:87] the path of a raw collection must begin and end with a slash (write `/a/b/`)
    AKR0130[1:7] akrec already supports /core/users/ (use the section `users`: `akrec explain user`)
    AKR0130[1:57] a raw collection is named by its path, not by an address (write the path of the list below /api/v3: `/endpoints/things/`)
    ");
    assert_snapshot!(reported("absent: {raw: {/core/groups/: [a], /a/b/: {c: d}}}"), @"
    AKR0130[1:16] akrec already supports /core/groups/ (use the section `groups`: `akrec explain group`)
    AKR0107[1:43] `absent` must contain lists of names
    ");
    assert_snapshot!(reported("absent: {raw: [a]}"), @"AKR0107[1:15] `absent: raw:` must be a mapping from paths to lists of names");
    assert_snapshot!(reported("raw: [a]"), @"AKR0107[1:6] raw must be a mapping");
    assert_snapshot!(reported("raw: {/a/things/: [one]}"), @"AKR0107[1:19] /a/things/ must be a mapping of `key`, `id`, `write_only`, `defaults` and `objects`");
    assert_snapshot!(reported("raw: {/a/things/: {name: one, objcts: {a: {}}, key: [a], write_only: pin, objects: [a]}}"), @r#"
    AKR0105[1:20] unknown key "name" in a raw collection (objects belong under `objects:`)
    AKR0105[1:31] unknown key "objcts" in a raw collection (did you mean "objects"?)
    AKR0107[1:53] key must be the name of a field
    AKR0107[1:70] write_only must be a list of fields
    AKR0107[1:84] objects must be a mapping from names to objects
    "#);
    assert_snapshot!(reported("raw: {/a/things/: {write_only: [pin, name], objects: {a: {size: 1}}}}"), @r#"
    AKR0107[1:38] write_only must be a list of field names
    AKR0105[1:33] no object of /a/things/ has "pin"
    "#);
    assert_snapshot!(reported("raw: {/a/things/: {objects: {a: {'no name': 1, lifecycle: {ignore: [size]}, name: b}, '': {}}}}"), @r#"
    AKR0122[1:34] "no name" is not a valid field name
    AKR0122[1:87] an object of /a/things/ needs a name
    AKR0105[1:69] /a/things/ have no field "size" (no object that is declared there has it)
    AKR0122[1:83] the name of a/things "a" is its key
    "#);
    assert_snapshot!(reported("raw: {/a/things/: {objects: {a: 1, b: [x]}}}"), @r#"
    AKR0107[1:33] a/things "a" must be a mapping of fields
    AKR0107[1:39] a/things "b" must be a mapping of fields
    "#);
    assert_snapshot!(reported("raw: {/a/things/: {objects: {a: {}}}}\nabsent: {raw: {/a/things/: [a]}}"), @r#"AKR0208[2:29] a/things "a" is both declared and listed under `absent`"#);
}

#[test]
fn tags_are_refused_where_they_mean_nothing() {
    let one = |value: &str| {
        reported(&format!(
            "raw: {{/a/things/: {{objects: {{a: {{flow: {value}}}}}}}}}"
        ))
    };
    assert_snapshot!(one("!ref enrol"), @"AKR0115[1:40] !ref must name one object (write `!ref {flow: default-authentication-flow}`: what it is, and its name)");
    assert_snapshot!(one("!ref {flow: a, group: b}"), @"AKR0115[1:40] !ref must name one object (write `!ref {flow: default-authentication-flow}`: what it is, and its name)");
    assert_snapshot!(one("!ref {flow: ''}"), @"AKR0115[1:52] !ref needs a name (write `!ref {flow: default-authentication-flow}`: what it is, and its name)");
    assert_snapshot!(one("!ref {flows: a}"), @r#"AKR0115[1:46] unknown key "flows" in !ref (write `!ref {flow: …}`)"#);
    assert_snapshot!(one("!ref {flwo: a}"), @r#"AKR0115[1:46] unknown key "flwo" in !ref (did you mean "flow"?)"#);
    assert_snapshot!(one("!ref {policy_binding: a}"), @r#"AKR0115[1:46] unknown key "policy_binding" in !ref (write `!ref {flow: default-authentication-flow}`: what it is, and its name)"#);
    assert_snapshot!(one("!ref {/b/things/: a}"), @r#"AKR0115[1:46] unknown key "/b/things/" in !ref (a raw collection that is referred to must be declared under `raw` too)"#);
    assert_snapshot!(one("[!ref {flow: a}, !ref {group: b}]"), @"AKR0115[1:57] a list must refer to objects of one family");
    assert_snapshot!(one("[!ref {flow: a}, b]"), @"AKR0115[1:40] either all items of a list must be references, or none");
    assert_snapshot!(one("{deep: !ref {flow: a}}"), @"AKR0115[1:47] !ref is not allowed inside the data of flow");
    assert_snapshot!(one("!set a"), @"AKR0115[1:40] !set must precede a list");
    assert_snapshot!(one("!set {include: [a]}"), @"AKR0115[1:40] !set must precede a list");
    assert_snapshot!(one("!env UNSET"), @"AKR0110[1:40] the environment variable UNSET is not set (set it, or give a default: `!env {name: UNSET, default: value}`)");
    assert_snapshot!(reported("raw: {/a/things/: {objects: {a: {flow: !ref {flow: x}}, b: {flow: x}, c: {flow: null}}}}"), @"AKR0116[1:67] flow is written in two ways (write it with the same tag in all objects of the collection)");
    assert_snapshot!(reported("raw: {/a/things/: {write_only: [flow], objects: {a: {flow: !ref {flow: x}}}}}"), @"AKR0116[1:60] flow is write-only and has a tag");
    assert_snapshot!(reported("groups: {a: {parents: !set [b], name: !ref {group: a}, attributes: {a: !set [b]}}}"), @r#"
    AKR0115[1:23] !set is not allowed for parents
    AKR0122[1:39] the name of group "a" is its key
    AKR0115[1:72] !set is not allowed inside the data of attributes
    "#);
}

/// A collection that only this server has.
fn things() -> Json {
    json!({ "collections": { "/endpoints/new_things/": {
        "model": "NewThing", "label": "authentik_new.newthing", "verbose": "New Thing", "plural": "New Things",
        "key": "thing_uuid", "pk": "uuid", "pk_type": "uuid", "lineage": ["NewThing"],
        "ordering": ["slug"], "search": ["slug"], "filters": [],
        "fields": {
            "slug": { "type": "string", "required": true, "min_length": 1, "unique": "" },
            "pin": { "type": "string", "write_only": true, "default": "" },
            "size": { "type": "integer", "default": 1 },
        },
        "shows": { "uuid": { "type": "string", "format": "uuid" } },
    } } })
}

/// Plans against a server that has objects; gives the plan's actions, or the diagnostics.
async fn planned(text: &str, made: &[Json], write_secret: Option<(&str, &str)>) -> String {
    let mut options = Options::new(newest());
    options.more = Some(things());
    let (sandbox, bench) = Bench::sandbox_of(options).await;
    for body in made {
        assert_eq!(
            sandbox
                .poke("POST", "/endpoints/new_things/", body.clone())
                .0,
            201
        );
    }
    let (desired, problems, sources) = lower(&[("state/a.yaml", text)], None);
    assert_eq!(problems, Vec::<Diagnostic>::new());
    let emit = |diagnostic: &[Diagnostic]| {
        let lines = diagnostic.iter().map(|diagnostic| {
            let place = diagnostic
                .primary
                .as_ref()
                .and_then(|label| sources.place(label.span));
            let line = place.map_or(0, |place| place.line);
            format!(
                "{}[{line}] {} ({}) ({})",
                diagnostic.code,
                diagnostic.message,
                diagnostic.notes.join(", "),
                diagnostic.help.clone().unwrap_or_default()
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let ledger = akrec::ledger::Ledger::unknown("test", "a test");
    let mut options = akrec::plan::Options::default();
    options
        .write_secrets
        .extend(write_secret.map(|(address, field)| (address.to_owned(), field.to_owned())));
    let read = akrec::read::plan(&bench.client, &bench.server, &desired, &ledger, &options);
    let akrec::read::Read {
        live: _,
        found,
        plan,
        planned,
    } = match read.await {
        Ok(read) => read,
        Err(Problem::Diagnostic(diagnostic)) => return emit(&[diagnostic]),
        Err(Problem::Client(error)) => return error.to_string(),
    };
    if !found.is_empty() {
        return emit(&found);
    }
    let found = planned;
    assert_eq!(bench.server.release, V2026_8);
    match plan {
        Some(plan) => plan.steps.iter().fold(String::new(), |out, step| {
            let fields: Vec<&str> = step.changes.iter().map(|change| change.field).collect();
            format!(
                "{out}{:?} {} {}\n",
                step.action,
                step.address.path(),
                fields.join(", ")
            )
        }),
        None => emit(&found),
    }
}

#[tokio::test]
async fn the_server_has_the_last_word() {
    let state = |path: &str, words: &str, fields: &str| {
        format!(
            "groups: {{a: {{}}}}\nraw:\n  {path}:\n    {words}\n    objects: {{one: {{{fields}}}}}\n"
        )
    };
    let things = "/endpoints/new_things/";
    let lamp = [json!({ "slug": "one", "size": 1, "pin": "1234" })];
    // A missing collection, an action that is not a list, and a list whose objects are identified otherwise.
    assert_snapshot!(planned(&state("/endpoints/gone/", "key: name", ""), &[], None).await, @"AKR0410[3] the server has no collection /endpoints/gone/ (GET /endpoints/gone/: there is no such object (status 404): Not found.) (`akrec kinds --check` lists the collections that the server has and akrec does not know)");
    assert_snapshot!(planned(&state("/outposts/proxy/", "key: name", ""), &[], None).await, @"AKR0410[3] the server has no collection /outposts/proxy/ (GET /outposts/proxy/: there is no such object (status 404): Not found.) (`akrec kinds --check` lists the collections that the server has and akrec does not know)");
    assert_snapshot!(planned(&state(things, "key: slug", "size: 2"), &lamp, None).await, @"AKR0406[0] the server sent a endpoints/new_things that akrec cannot read (GET /endpoints/new_things/: it has no pk) (name its `key` and its `id` under `raw`, and write the other fields as they are)");
    assert_snapshot!(planned(&state(things, "key: name\n    id: uuid", "size: 2"), &lamp, None).await, @"AKR0406[0] the server sent a endpoints/new_things that akrec cannot read (GET /endpoints/new_things/: it has no key) (name its `key` and its `id` under `raw`, and write the other fields as they are)");
    // A list that knows no filter is read whole; what is never given back is written when asked for.
    let words = "key: slug\n    id: uuid\n    write_only: [pin]";
    let others: Vec<Json> = (0..120)
        .map(|i| json!({ "slug": format!("t{i}") }))
        .chain(lamp.clone())
        .collect();
    assert_snapshot!(planned(&state(things, words, "size: 1, pin: !env PIN"), &others, None).await, @"Create group.a");
    let again = Some(("endpoints/new_things.one", "pin"));
    assert_snapshot!(planned(&state(things, words, "size: 1, pin: !env PIN"), &lamp, again).await, @"
    Create group.a 
    Update endpoints/new_things.one pin
    ");
    assert_snapshot!(planned(&state(things, "key: slug\n    id: uuid", "size: 1, pin: !env PIN"), &lamp, None).await, @r#"AKR0105[6] endpoints/new_things "one" has no pin on the server () (if the server accepts it and never returns it, write `write_only: [pin]`)"#);
}

#[test]
fn defaults_of_a_collection_lie_under_its_objects() {
    let text = "
raw:
  /a/things/:
    defaults: {size: 3, colour: {name: red, warm: true}, group: !ref {group: staff}}
    objects:
      a: {}
      b: {size: 4, colour: {warm: false}}
groups: {staff: {}}
";
    let (desired, problems, _) = lower(&[("state/a.yaml", text)], None);
    assert_eq!(problems, Vec::<Diagnostic>::new());
    let all = wanted(&desired);
    let things = all
        .split_once("a/things")
        .map(|(_, rest)| format!("a/things{rest}"))
        .unwrap();
    assert_snapshot!(things, @r#"
    a/things.a /a/things/
      colour: {"name":"red","warm":true}
      group: Ref(Address { family: "group", key: Name("staff") })
      name: Text("a")
      size: 3
    a/things.b /a/things/
      colour: {"name":"red","warm":false}
      group: Ref(Address { family: "group", key: Name("staff") })
      name: Text("b")
      size: 4
    "#);
    assert_snapshot!(reported("raw: {/a/things/: {defaults: [a], objects: {a: {}}}}"), @"AKR0107[1:30] defaults must be a mapping of fields that every object has");
}

/// authentik ignores what it does not know, so nobody would notice that nothing is bound.
#[test]
fn bindings_of_a_raw_object_are_an_error() {
    assert_snapshot!(reported("raw: {/a/things/: {objects: {a: {size: 1, bindings: [{group: staff}]}}}}"), @"AKR0105[1:43] `bindings` are for kinds that akrec knows (remove it, and bind groups in authentik until akrec supports the collection)");
}

#[test]
fn the_example_of_explain_loads() {
    let (desired, problems, _) = lower(
        &[("state/a.yaml", akrec::report::reference::RAW_EXAMPLE)],
        None,
    );
    assert_eq!(problems, Vec::<Diagnostic>::new());
    assert_eq!((desired.objects.len(), desired.absent.len()), (2, 1));
}

/// In a collection of credentials what holds one is never shown, whether or not the files say that it is write-only.
#[test]
fn a_value_of_a_collection_of_credentials_is_never_shown() {
    for path in [
        "/secrets/secrets/",
        "/crypto/credentials/",
        "/vault/api_tokens/",
    ] {
        for field in ["value", "data", "content", "text"] {
            let text = format!(
                "raw: {{{path}: {{objects: {{one: {{type: text, {field}: plainly-4711}}}}}}}}\n"
            );
            let (desired, problems, sources) = lower(&[("state/a.yaml", &text)], None);
            assert_eq!(
                problems
                    .iter()
                    .map(|diagnostic| diagnostic.code.as_str())
                    .collect::<Vec<_>>(),
                ["AKR0123"],
                "{text}"
            );
            let want = &desired.objects[0].fields[field];
            assert!(
                matches!(&want.what, What::Is(Value::Secret(_))),
                "{text}: {want:?}"
            );
            assert!(
                matches!(
                    &desired.objects[0].fields["type"].what,
                    What::Is(Value::Json(_))
                ),
                "{text}"
            );
            let shown = format!("{desired:?}");
            assert!(!shown.contains("plainly-4711"), "{shown}");
            let hidden = sources
                .iter()
                .any(|(_, source)| !source.hidden().is_empty());
            assert!(hidden, "an excerpt would show it: {text}");
        }
    }
    // For other collections nothing says that such a field is a secret.
    let (desired, _, _) = lower(
        &[(
            "state/a.yaml",
            "raw: {/a/things/: {objects: {one: {value: plain}}}}\n",
        )],
        None,
    );
    assert!(matches!(
        &desired.objects[0].fields["value"].what,
        What::Is(Value::Json(_))
    ));
}

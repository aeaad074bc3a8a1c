//! What a document holds, and what it must not hold.

use serde_json::{Value as Json, json};

use super::*;
use crate::diag::{Code, Sources, Span};
use crate::plan::{Action, Check, Figure, Opening, Outcome};
use crate::report::document::{Body, Server, Source};
use crate::report::sample::{self, SECRETS, at, binding, small, step, to};
use crate::report::{self, plan::Header, plan::Style};
use crate::value::Value;

fn input<'a>(plan: Option<&'a Plan>, sources: &'a Sources) -> Document<'a> {
    Document {
        body: plan.map(Body::plan).unwrap_or_default(),
        server: Server {
            url: Some("https://auth.example.org".to_owned()),
            ..Server::default()
        },
        actor: Some("svc-akrec".to_owned()),
        source: Source {
            revision: Some("3f2c1ab".to_owned()),
            dirty: Some(false),
            env: None,
        },
        run: json!({ "id": "r1" }),
        ..Document::new(Verb::Plan, sources)
    }
}

#[test]
fn a_plan_is_one_document() {
    let (plan, sources) = small();
    let mut document = document(&input(Some(&plan), &sources));
    document["akrec_version"] = json!("-");
    insta::assert_snapshot!(text(&document), @r#"
    {
      "access": {
        "gained": [],
        "lost": [],
        "opened_to_all": [
          {
            "address": "application.vaultwarden",
            "by": "last_binding",
            "new": false
          }
        ],
        "unknown": []
      },
      "actor": {
        "username": "svc-akrec"
      },
      "akrec_version": "-",
      "applied": null,
      "assertions": [],
      "changes": [
        {
          "actions": [
            "update"
          ],
          "address": "group.grafana-editors",
          "adopts": false,
          "after": {},
          "after_unknown": {},
          "before": {},
          "changed_fields": [
            {
              "new": "alice",
              "op": "set_add",
              "path": [
                "users"
              ]
            }
          ],
          "depends_on": [],
          "id": "c1",
          "kind": "group",
          "live_id": "0b1c",
          "natural_key": {
            "name": "grafana-editors"
          },
          "outcome": null,
          "precondition": "sha256:0943227558648824",
          "preselected": [],
          "previous_address": null,
          "reason": null,
          "risk": [],
          "second": false,
          "sensitive": [],
          "source": {
            "column": 1,
            "file": "config/groups.yaml",
            "line": 14
          },
          "used_by": []
        },
        {
          "actions": [
            "delete"
          ],
          "address": "policy_binding[application.wiki,group.old-staff]",
          "adopts": false,
          "after": null,
          "after_unknown": {},
          "before": {},
          "changed_fields": [],
          "depends_on": [
            "c3"
          ],
          "id": "c2",
          "kind": "policy_binding",
          "live_id": "0b1c",
          "natural_key": {
            "group": "old-staff",
            "target": "application.wiki"
          },
          "outcome": null,
          "precondition": "sha256:597dc3db71eed92e",
          "preselected": [],
          "previous_address": null,
          "reason": "delete_because_not_in_list",
          "risk": [
            "deletes"
          ],
          "second": false,
          "sensitive": [],
          "source": null,
          "used_by": []
        },
        {
          "actions": [
            "create"
          ],
          "address": "policy_binding[application.wiki,group.staff]",
          "adopts": false,
          "after": {
            "group": "staff",
            "order": 0,
            "target": "application.wiki"
          },
          "after_unknown": {},
          "before": null,
          "changed_fields": [],
          "depends_on": [],
          "id": "c3",
          "kind": "policy_binding",
          "live_id": null,
          "natural_key": {
            "group": "staff",
            "target": "application.wiki"
          },
          "outcome": null,
          "precondition": null,
          "preselected": [],
          "previous_address": null,
          "reason": null,
          "risk": [],
          "second": false,
          "sensitive": [],
          "source": {
            "column": 1,
            "file": "config/apps/wiki.yaml",
            "line": 31
          },
          "used_by": []
        }
      ],
      "complete": true,
      "diagnostics": [],
      "drift": [],
      "errored": false,
      "exit_code": 0,
      "fingerprint": {
        "config": null,
        "kinds": {},
        "live": null
      },
      "format_version": "1.0",
      "privileges": [],
      "run": {
        "id": "r1"
      },
      "safety": [],
      "scope": {
        "excludes": [],
        "prune": [],
        "targets": []
      },
      "server": {
        "id": null,
        "url": "https://auth.example.org",
        "version": null
      },
      "sign_in": {
        "changes": [],
        "unknown": null
      },
      "skipped": {
        "expiring": [],
        "ignored": [],
        "ignored_fields": 2,
        "protected": [],
        "targeted_out": [],
        "uncompared_secrets": [],
        "unmanaged": null
      },
      "source": {
        "dirty": false,
        "env": null,
        "revision": "3f2c1ab"
      },
      "summary": {
        "add": 1,
        "adopt": 0,
        "blocked": 0,
        "change": 1,
        "delete": 1,
        "forget": 0,
        "rename": 0
      },
      "weakened": []
    }
    "#);
}

#[test]
fn fields_are_known_by_path() {
    let document = document(&input(Some(&sample::forms()), &Sources::default()));
    let lines: Vec<String> = document["changes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|change| {
            let title = json!([
                change["address"],
                change["actions"],
                change["reason"],
                change["previous_address"]
            ]);
            let fields = change["changed_fields"]
                .as_array()
                .unwrap()
                .iter()
                .map(|field| format!("  {field}"));
            [title.to_string()]
                .into_iter()
                .chain(fields)
                .collect::<Vec<_>>()
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    ["provider.wiki",["create"],null,null]
    ["provider.grafana",["update"],null,null]
      {"new":"implicit","old":"explicit","op":"set","path":["authorization_flow"]}
      {"new":null,"old":"old key","op":"set","path":["signing_key"]}
      {"new":"new","old":null,"op":"set","path":["encryption_key"]}
      {"new":false,"old":true,"op":"set","path":["include_claims_in_id_token"]}
      {"new":"graf\"ana","old":{"unknown":"42"},"op":"set","path":["client_id"]}
      {"new":[{"matching_mode":"strict","url":"https://1.example.org"},{"matching_mode":"strict","url":"https://2.example.org"},{"matching_mode":"strict","url":"https://3.example.org"},{"matching_mode":"strict","url":"https://5.example.org"},{"matching_mode":"strict","url":"https://6.example.org"}],"old":[{"matching_mode":"strict","url":"https://1.example.org"},{"matching_mode":"strict","url":"https://2.example.org"},{"matching_mode":"strict","url":"https://3.example.org"},{"matching_mode":"strict","url":"https://4.example.org"},{"matching_mode":"strict","url":"https://5.example.org"},{"matching_mode":"strict","url":"https://6.example.org"}],"op":"set","path":["redirect_uris"]}
    ["policy.office",["update"],null,null]
      {"new":"import x\n\na = 1\nb = 2\nc = 3\nd = 4\nreturn d","old":"import x\n\na = 1\nb = 2\nc = 3\nreturn a","op":"set","path":["expression"]}
    ["group.staff",["update"],"rename_because_previously","group.stuff"]
      {"new":"staff","old":"stuff","op":"set","path":["name"]}
      {"new":"de","old":"en","op":"set","path":["attributes","lang"]}
      {"new":{"b":{"list":["one","three"],"text":"some long text that fills the line"}},"old":{"b":{"list":["one","two","three"],"text":"some long text that fills the line"}},"op":"set","path":["attributes","nested"]}
      {"old":null,"op":"remove","path":["attributes","old"]}
      {"new":{"a":[1,2],"dark":true},"old":null,"op":"set","path":["attributes","theme"]}
    ["user.bob",["update"],null,null]
      {"old":1,"op":"remove","path":["attributes","a"]}
      {"new":"x","old":null,"op":"set","path":["attributes","c"]}
      {"new":"longer longer longer longer longer longer longer longer longer longer","old":"long long long long long long long long long long long long long long long","op":"set","path":["name"]}
      {"new":"c c","op":"set_add","path":["groups"]}
      {"old":"a","op":"set_remove","path":["groups"]}
    ["policy_binding[application.wiki,group.staff]",["update"],null,null]
      {"new":false,"old":true,"op":"set","path":["enabled"]}
    ["stage.login",["update"],"update_because_deferred",null]
      {"new":"recovery","old":null,"op":"set","path":["recovery_flow"]}
    ["policy.new",["create"],null,null]
    ["certificate.made",["create"],null,null]
    ["group.gone",["delete"],"delete_because_absent",null]
    ["policy_binding[application.wiki,group.guests]",["delete"],"delete_because_excluded",null]
    "#);
    insta::assert_snapshot!(document["changes"][0]["after"], @r#"
    {"access_token_validity":"hours=1","authorization_flow":"default-provider-authorization","name":"wiki","property_mappings":["authentik default OAuth Mapping: OpenID 'email'"],"redirect_uris":[{"matching_mode":"strict","url":"https://wiki.example.org/callback"}]}
    "#);
    assert_eq!(
        document["changes"][0]["after_unknown"],
        json!({ "client_id": true, "client_secret": true })
    );
    assert_eq!(document["changes"][0]["before"], Json::Null);
    assert_eq!(document["summary"]["rename"], 1);
}

#[test]
fn sets_are_whole_or_absent() {
    let mut known = step(Action::Update, "group", at("group", "a")).items(
        "users",
        &[to("user", "new")],
        &[to("user", "old")],
        2,
    );
    let unknown = known.clone();
    known.expect.insert(
        "users",
        sample::set([to("user", "old"), to("user", "stays")]),
    );
    let plan = sample::plan(vec![known, unknown]);
    let document = document(&input(Some(&plan), &Sources::default()));
    assert_eq!(
        document["changes"][0]["before"],
        json!({ "users": ["old", "stays"] })
    );
    assert_eq!(
        document["changes"][0]["after"],
        json!({ "users": ["new", "stays"] })
    );
    assert_eq!(document["changes"][1]["before"], json!({}));
}

#[test]
fn steps_that_open_are_marked() {
    let mut plan = sample::plan(vec![
        step(Action::Delete, "policy_binding", binding("wiki", "a")),
        step(Action::Delete, "policy_binding", binding("blog", "a")),
        step(Action::Create, "application", at("application", "new")),
        step(Action::Update, "group", at("group", "a")),
    ]);
    plan.openings = vec![
        Opening {
            address: at("application", "wiki"),
            by: crate::plan::Opens::LastBinding,
        },
        Opening {
            address: at("application", "new"),
            by: crate::plan::Opens::New,
        },
    ];
    let document = document(&input(Some(&plan), &Sources::default()));
    let risk: Vec<&Json> = (0..4)
        .map(|index| &document["changes"][index]["risk"])
        .collect();
    assert_eq!(
        risk,
        [
            &json!(["deletes", "opens"]),
            &json!(["deletes"]),
            &json!(["opens"]),
            &json!([])
        ]
    );
    assert_eq!(
        document["access"]["opened_to_all"][1],
        json!({ "address": "application.new", "new": true, "by": "new" })
    );
}

#[test]
fn no_secret_is_in_any_output() {
    let plan = sample::secrets();
    let sources = Sources::default();
    let steps = plan.steps.len();
    let outcome = Outcome {
        statuses: vec![Status::Done; steps - 1],
        interrupted: false,
        ..Outcome::default()
    };
    let mut outputs = Vec::new();
    for (concise, summary) in [(false, false), (true, false), (false, true)] {
        let style = Style {
            color: true,
            width: 0,
            concise,
            summary,
        };
        outputs.push(report::plan::text(
            &plan,
            &Header::default(),
            &sources,
            &style,
        ));
        outputs.push(report::outcome::text(
            &plan,
            &outcome,
            "akrec apply",
            &style,
        ));
    }
    let with = document(&Document {
        body: Body::applied(&plan, Some(&outcome)),
        ..input(Some(&plan), &sources)
    });
    outputs.extend([text(&with), with.to_string()]);
    // In every other form, before and after.
    for outcome in [None, Some(&outcome)] {
        let run = Document {
            body: Body::applied(&plan, outcome),
            ..input(Some(&plan), &sources)
        };
        outputs.extend([
            report::text::text(&run),
            report::markdown::markdown(&run),
            report::github::annotations(&run),
            report::gitlab::terraform(&run),
            report::gitlab::code_quality(&run),
            report::sarif::sarif(&run),
            report::junit::junit(&run),
            report::html::html(&run),
        ]);
    }
    for secret in SECRETS {
        assert!(
            outputs.iter().all(|output| !output.contains(secret)),
            "{secret}"
        );
    }
    let sensitive: Vec<&Json> = (0..steps)
        .map(|index| &with["changes"][index]["sensitive"])
        .collect();
    insta::assert_snapshot!(json!(sensitive), @r#"
    [[["client_secret"]],[["client_secret"]],[["client_secret"]],[["client_secret"]],[["client_secret"]],[["key_data"]],[["key_data"],["certificate_data"]],[["branding_title"],["branding_logo"]],[["redirect_uris",0],["redirect_uris",1],["redirect_uris",1,"url"]]]
    "#);
    assert_eq!(
        with["changes"][2]["after"],
        json!({ "client_secret": null }),
        "that it is cleared may be known"
    );
}

#[test]
fn a_run_without_a_plan_has_every_member_too() {
    let (plan, _) = small();
    let mut sources = Sources::default();
    let file = sources.add(
        "a.yaml",
        std::path::Path::new("a.yaml"),
        "ü: [hunter2, tail]\nnext: 1\n",
    );
    sources.hide(Span {
        file,
        start: 5,
        end: 12,
    });
    let diagnostics = [
        Diagnostic::error(Code::BAD_WORD, "wrong")
            .at(
                Span {
                    file,
                    start: 14,
                    end: 18,
                },
                "here",
            )
            .and(
                Span {
                    file,
                    start: 6,
                    end: 9,
                },
                "there",
            )
            .note("one")
            .note("two")
            .help("do"),
        Diagnostic::warning(Code::SERVER, "slow"),
        Diagnostic::error(Code::PLAIN_SECRET, "bare").at(
            Span {
                file,
                start: 6,
                end: 9,
            },
            "",
        ),
    ];
    let mut failed = Document {
        diagnostics: diagnostics.to_vec(),
        exit_code: 3,
        ..input(None, &sources)
    };
    failed.run = json!({ "id": "r2" });
    let failed = document(&failed);
    let whole = document(&input(Some(&plan), &sources));
    let keys = |raw: &Json| raw.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&failed), keys(&whole));
    assert_eq!(
        (
            &failed["complete"],
            &failed["errored"],
            &failed["exit_code"]
        ),
        (&json!(false), &json!(true), &json!(3))
    );
    assert!(!failed.to_string().contains("hunter2"));
    let lines: Vec<String> = failed["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(Json::to_string)
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"code":"AKR0108","detail":"one\ntwo","fix":null,"help":"do","label":"here","range":{"end":{"byte":18,"column":18,"line":1},"filename":"a.yaml","start":{"byte":14,"column":14,"line":1}},"related":[{"message":"there","range":{"end":{"byte":5,"column":5,"line":1},"filename":"a.yaml","start":{"byte":5,"column":5,"line":1}}}],"severity":"error","snippet":{"code":"ü: [(sensitive value), tail]","context":null,"highlight_end_offset":28,"highlight_start_offset":24,"start_line":1,"values":[]},"summary":"wrong"}
    {"code":"AKR0401","detail":"","fix":null,"help":null,"label":null,"range":null,"related":[],"severity":"warning","snippet":null,"summary":"slow"}
    {"code":"AKR0123","detail":"","fix":null,"help":null,"label":"","range":{"end":{"byte":5,"column":5,"line":1},"filename":"a.yaml","start":{"byte":5,"column":5,"line":1}},"related":[],"severity":"error","snippet":{"code":"ü: [(sensitive value), tail]","context":null,"highlight_end_offset":22,"highlight_start_offset":5,"start_line":1,"values":[]},"summary":"bare"}
    "#);
}

#[test]
fn outcomes_stand_with_their_changes() {
    let (plan, sources) = small();
    let why = Diagnostic::error(Code::STEP_FAILED, "refused");
    let outcome = Outcome {
        statuses: vec![Status::Failed(why), Status::Blocked(0)],
        interrupted: true,
        ..Outcome::default()
    };
    let document = document(&Document {
        body: Body::applied(&plan, Some(&outcome)),
        ..input(Some(&plan), &sources)
    });
    let became: Vec<&Json> = (0..3)
        .map(|index| &document["changes"][index]["outcome"]["status"])
        .collect();
    assert_eq!(became, ["failed", "blocked", "stopped"]);
    assert_eq!(document["changes"][1]["outcome"]["blocked_by"], "c1");
    assert_eq!(
        document["changes"][0]["outcome"]["diagnostic"]["code"],
        "AKR0901"
    );
    assert_eq!(
        (&document["complete"], &document["errored"]),
        (&json!(false), &json!(true))
    );
    insta::assert_snapshot!(document["applied"], @r#"{"add":0,"adopt":0,"blocked":1,"change":0,"delete":0,"failed":1,"forget":0,"interrupted":true,"rename":0,"stopped":1}"#);
}

#[test]
fn documents_are_harmless_exact_and_alike() {
    let evil = "a\u{1b}[2J\u{202e}b\u{9b}1m\u{e0041}\n";
    let plan = sample::plan(vec![step(Action::Update, "group", at("group", evil)).turn(
        "name",
        Value::Null,
        Value::Text(evil.into()),
    )]);
    let sources = Sources::default();
    let first = document(&input(Some(&plan), &sources));
    let printed = text(&first);
    assert!(
        !printed.chars().any(|c| c != '\n' && safe::dangerous(c)),
        "{printed:?}"
    );
    assert_eq!(
        serde_json::from_str::<Json>(&printed).unwrap(),
        first,
        "spelling changes no value"
    );
    let mut other = input(Some(&plan), &sources);
    other.run = json!({ "id": "another" });
    let mut second = document(&other);
    second["run"] = first["run"].clone();
    assert_eq!(text(&second), printed);
}

#[test]
fn every_rail_is_reported_with_its_number() {
    let (mut plan, sources) = sample::small();
    plan.safety = vec![
        Check {
            rail: "max_deletes",
            code: Code::LIMIT,
            kind: None,
            limit: Some(Figure::Count(10)),
            value: Some(1),
            of: Some(40),
            ok: true,
            waived: false,
        },
        Check {
            rail: "max_removals",
            code: Code::LIMIT,
            kind: Some("membership".into()),
            limit: Some(Figure::Share("20%".into())),
            value: Some(6),
            of: Some(12),
            ok: false,
            waived: true,
        },
    ];
    let document = document(&input(Some(&plan), &sources));
    let expected = serde_json::json!([
        { "rail": "max_deletes", "code": "AKR0606", "limit": 10, "value": 1, "of": 40, "ok": true, "waived": false },
        { "rail": "max_removals", "code": "AKR0606", "kind": "membership", "limit": "20%", "value": 6, "of": 12,
          "ok": false, "waived": true },
    ]);
    assert_eq!(document["safety"], expected);
}

//! Plans made by hand, for the tests of this module. Must never be used outside tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::diag::{FileId, Sources, Span};
use crate::kinds;
use crate::plan::{Action, Change, Delta, Opening, Plan, Reason, Step, Write};
use crate::schema::{Class, V2026_2};
use crate::value::{Address, OrderedJson, Part, Secret, Value};

pub(super) fn at(family: &'static str, name: &str) -> Address {
    Address::named(family, name)
}

pub(super) fn to(family: &'static str, name: &str) -> Value {
    Value::Ref(at(family, name))
}

pub(super) fn set(items: impl IntoIterator<Item = Value>) -> Value {
    Value::Set(items.into_iter().collect())
}

pub(super) fn data(raw: Json) -> Value {
    Value::Json(OrderedJson(raw))
}

pub(super) fn secret(text: &str) -> Value {
    Value::Secret(Secret::new(text))
}

pub(super) fn binding(application: &str, group: &str) -> Address {
    let parts = [
        Part::At(at("application", application)),
        Part::At(at("group", group)),
    ];
    Address::joined("policy_binding", parts)
}

pub(super) fn uri(url: &str, mode: &str) -> Value {
    let fields = [("url", url), ("matching_mode", mode)];
    Value::Record(
        fields
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Value::text(text)))
            .collect(),
    )
}

/// A step without fields; creations and updates write nothing yet.
pub(super) fn step(action: Action, kind: &str, address: Address) -> Step {
    let kind = kinds::kind(kind).unwrap();
    let write = match action {
        Action::Create => Write::Create {
            body: BTreeMap::new(),
            add: BTreeMap::new(),
        },
        Action::Delete => Write::Delete,
        _ => Write::Update {
            body: BTreeMap::new(),
            add: BTreeMap::new(),
            remove: BTreeMap::new(),
        },
    };
    let id = (action != Action::Create).then(|| "0b1c".to_owned());
    Step {
        id,
        write,
        ..Step::new(action, address, kind)
    }
}

impl Step {
    /// Adds a field that differs, and writes what it becomes.
    pub(super) fn with(mut self, field: &'static str, delta: Delta) -> Step {
        let class = self
            .kind
            .field(field)
            .map_or(Class::Plain, |field| field.class);
        if let (
            Write::Create { body, .. } | Write::Update { body, .. },
            Delta::New(value) | Delta::Value(_, value),
        ) = (&mut self.write, &delta)
        {
            body.insert(field, value.clone());
        }
        self.changes.push(Change {
            field,
            class,
            delta,
        });
        self
    }

    /// A field that comes.
    pub(super) fn gets(self, field: &'static str, value: Value) -> Step {
        self.with(field, Delta::New(value))
    }

    /// A field that becomes another.
    pub(super) fn turn(self, field: &'static str, old: Value, new: Value) -> Step {
        self.with(field, Delta::Value(old, new))
    }

    /// A field that is written without being shown as changed.
    pub(super) fn also(mut self, field: &'static str, value: Value) -> Step {
        if let Write::Create { body, .. } | Write::Update { body, .. } = &mut self.write {
            body.insert(field, value);
        }
        self
    }

    /// Members that come and go.
    pub(super) fn items(
        self,
        field: &'static str,
        added: &[Value],
        removed: &[Value],
        before: usize,
    ) -> Step {
        let counts = (before, before + added.len() - removed.len());
        let (added, removed) = (
            added.iter().cloned().collect(),
            removed.iter().cloned().collect(),
        );
        self.with(
            field,
            Delta::Items {
                added,
                removed,
                counts,
            },
        )
    }

    pub(super) fn because(mut self, reason: Reason) -> Step {
        self.reason = Some(reason);
        self
    }

    pub(super) fn hides(mut self, unchanged: usize) -> Step {
        self.unchanged = unchanged;
        self
    }

    pub(super) fn needs(mut self, steps: &[usize]) -> Step {
        self.needs = steps.iter().copied().collect();
        self
    }

    pub(super) fn line(mut self, file: FileId, line: u32) -> Step {
        let start = (line - 1) * 2;
        self.source = Some(Span {
            file,
            start,
            end: start + 1,
        });
        self
    }
}

pub(super) fn plan(steps: Vec<Step>) -> Plan {
    Plan {
        release: V2026_2,
        steps,
        ids: BTreeMap::new(),
        other_ids: BTreeMap::new(),
        openings: Vec::new(),
        sign_in: Some(Default::default()),
        privileges: Some(Vec::new()),
        ignored: 0,
        uncompared: Vec::new(),
        declared: BTreeMap::new(),
        kept: Vec::new(),
        safety: Vec::new(),
        weakened: Vec::new(),
        gone: BTreeSet::new(),
        dependents: BTreeMap::new(),
        scope: Default::default(),
        left: Vec::new(),
        owning: true,
    }
}

/// Two files of fifty short lines.
pub(super) fn sources() -> (Sources, FileId, FileId) {
    let mut sources = Sources::default();
    let groups = sources.add(
        "config/groups.yaml",
        Path::new("config/groups.yaml"),
        "x\n".repeat(50),
    );
    let wiki = sources.add(
        "config/apps/wiki.yaml",
        Path::new("config/apps/wiki.yaml"),
        "x\n".repeat(50),
    );
    (sources, groups, wiki)
}

/// The plan of the design's sample, and a little more.
pub(super) fn small() -> (Plan, Sources) {
    let (sources, groups, wiki) = sources();
    let mut plan = plan(vec![
        step(Action::Update, "group", at("group", "grafana-editors"))
            .items("users", &[to("user", "alice")], &[], 12)
            .hides(6)
            .line(groups, 14),
        step(
            Action::Delete,
            "policy_binding",
            binding("wiki", "old-staff"),
        )
        .because(Reason::NotInList)
        .needs(&[2]),
        step(Action::Create, "policy_binding", binding("wiki", "staff"))
            .gets("target", to("application", "wiki"))
            .gets("group", to("group", "staff"))
            .also("order", Value::Int(0))
            .line(wiki, 31),
    ]);
    plan.openings = vec![Opening {
        address: at("application", "vaultwarden"),
        by: crate::plan::Opens::LastBinding,
    }];
    plan.ignored = 2;
    (plan, sources)
}

/// A plan that is full of secrets; none of them may ever be printed.
pub(super) const SECRETS: [&str; 4] = ["hunter2", "correct-horse", "battery-staple", "-----BEGIN"];

pub(super) fn secrets() -> Plan {
    let [first, second, third, fourth] = SECRETS;
    let update = |name| step(Action::Update, "provider_oauth2", at("provider", name));
    plan(vec![
        step(Action::Create, "provider_oauth2", at("provider", "new"))
            .gets("client_secret", secret(first)),
        update("changed").turn("client_secret", secret(first), secret(second)),
        update("cleared").turn("client_secret", secret(first), Value::Null),
        update("set").turn("client_secret", Value::Null, secret(second)),
        // A value that lost its wrapping must still not show: the class decides.
        update("bare").turn("client_secret", Value::text(first), Value::text(third)),
        step(Action::Create, "certificate", at("certificate", "a"))
            .gets("key_data", Value::text(fourth)),
        step(Action::Update, "certificate", at("certificate", "b"))
            .with("key_data", Delta::Written)
            .also("key_data", secret(fourth))
            .with("certificate_data", Delta::Written),
        // And a wrapped value must not show where the table calls the field plain.
        step(Action::Update, "brand", at("brand", "c"))
            .turn("branding_title", secret(first), secret(second))
            .gets("branding_logo", secret(third)),
        step(Action::Update, "provider_oauth2", at("provider", "nested")).turn(
            "redirect_uris",
            Value::List(vec![secret(first), secret(second)]),
            Value::List(vec![
                secret(second),
                Value::Record([("url".to_owned(), secret(third))].into()),
            ]),
        ),
    ])
}

/// Every form of difference.
pub(super) fn forms() -> Plan {
    let text = |lines: &[&str]| Value::text(&lines.join("\n"));
    let keys = [
        ("theme", (None, Some(json!({"dark": true, "a": [1, 2]})))),
        ("lang", (Some(json!("en")), Some(json!("de")))),
        ("old", (Some(json!(null)), None)),
        (
            "nested",
            (
                Some(
                    json!({"b": {"list": ["one", "two", "three"], "text": "some long text that fills the line"}}),
                ),
                Some(
                    json!({"b": {"list": ["one", "three"], "text": "some long text that fills the line"}}),
                ),
            ),
        ),
    ];
    let keys = keys
        .into_iter()
        .map(|(key, both)| (key.to_owned(), both))
        .collect();
    plan(vec![
        step(Action::Create, "provider_oauth2", at("provider", "wiki"))
            .gets("name", Value::text("wiki"))
            .gets(
                "authorization_flow",
                to("flow", "default-provider-authorization"),
            )
            .gets(
                "property_mappings",
                set([to(
                    "property_mapping",
                    "authentik default OAuth Mapping: OpenID 'email'",
                )]),
            )
            .gets(
                "access_token_validity",
                Value::Duration(crate::value::Duration::parse("hours=1").unwrap()),
            )
            .gets(
                "redirect_uris",
                Value::List(vec![uri("https://wiki.example.org/callback", "strict")]),
            ),
        step(Action::Update, "provider_oauth2", at("provider", "grafana"))
            .turn(
                "authorization_flow",
                to("flow", "explicit"),
                to("flow", "implicit"),
            )
            .turn("signing_key", to("certificate", "old key"), Value::Null)
            .turn("encryption_key", Value::Null, to("certificate", "new"))
            .turn(
                "include_claims_in_id_token",
                Value::Bool(true),
                Value::Bool(false),
            )
            .turn(
                "client_id",
                Value::Unknown("42".into()),
                Value::text("graf\"ana"),
            )
            .turn(
                "redirect_uris",
                Value::List(
                    (1..=6)
                        .map(|n| uri(&format!("https://{n}.example.org"), "strict"))
                        .collect(),
                ),
                Value::List(
                    (1..=5)
                        .map(|n| uri(&format!("https://{}.example.org", n + n / 4), "strict"))
                        .collect(),
                ),
            ),
        step(Action::Update, "policy_expression", at("policy", "office")).turn(
            "expression",
            text(&["import x", "", "a = 1", "b = 2", "c = 3", "return a"]),
            text(&[
                "import x", "", "a = 1", "b = 2", "c = 3", "d = 4", "return d",
            ]),
        ),
        step(Action::Rename, "group", at("group", "staff"))
            .because(Reason::Renamed(at("group", "stuff")))
            .turn("name", Value::text("stuff"), Value::text("staff"))
            .with("attributes", Delta::Keys(keys))
            .hides(1),
        step(Action::Update, "user", at("user", "bob"))
            .turn(
                "attributes",
                data(json!({"a": 1, "b": 2})),
                data(json!({"b": 2, "c": "x"})),
            )
            .turn(
                "name",
                Value::text(&"long ".repeat(15)),
                Value::text(&"longer ".repeat(10)),
            )
            .turn(
                "groups",
                set([to("group", "a"), to("group", "b")]),
                set([to("group", "b"), to("group", "c c")]),
            ),
        step(Action::Update, "policy_binding", binding("wiki", "staff"))
            .turn("enabled", Value::Bool(true), Value::Bool(false))
            .also("negate", Value::Bool(true))
            .also("order", Value::Int(10)),
        Step {
            second: true,
            ..step(Action::Update, "stage_identification", at("stage", "login"))
        }
        .because(Reason::Deferred)
        .turn("recovery_flow", Value::Null, to("flow", "recovery")),
        step(Action::Create, "policy_expression", at("policy", "new"))
            .gets("expression", text(&["if x:", "    return 1"])),
        step(Action::Create, "certificate", at("certificate", "made")).gets(
            "generate",
            Value::Record(
                [
                    ("validity_days".to_owned(), Value::Int(365)),
                    ("alg".to_owned(), Value::text("rsa")),
                ]
                .into(),
            ),
        ),
        step(Action::Delete, "group", at("group", "gone")).because(Reason::Absent),
        step(Action::Delete, "policy_binding", binding("wiki", "guests")).because(Reason::Excluded),
    ])
}

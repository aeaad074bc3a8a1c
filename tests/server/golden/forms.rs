//! A case in every form of output, for what holds for all of them.

use std::sync::LazyLock;

use akrec::plan::{Outcome, Status};
use akrec::report::document_schema::{Of, schema};
use akrec::report::{
    Body, Document, Server, Verb, events, github, gitlab, html, json, junit, markdown, sarif,
    text::text,
};
use jsonschema::Validator;
use serde_json::Value;

use crate::support::Planned;

/// The schema that the documents promise, with nothing else in them.
static PLAN: LazyLock<Validator> = LazyLock::new(|| validator(Of::Plan));
static EVENTS: LazyLock<Validator> = LazyLock::new(|| validator(Of::Events));

fn validator(of: Of) -> Validator {
    jsonschema::draft202012::new(&schema(of, true)).unwrap()
}

fn valid(validator: &Validator, document: &Value) {
    let wrong: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{}\n{document:#}", wrong.join("\n"));
}

/// The plan of a case and its outcome as events, as `apply` emits them.
fn stream(planned: &Planned, outcome: &Outcome) -> String {
    let (plan, sources) = (planned.plan(), &planned.sources);
    let mut all = vec![
        events::version(),
        events::refresh_start(events::Purpose::Plan),
        events::refresh_complete(events::Purpose::Plan, 1),
    ];
    all.extend(
        planned
            .diagnostics
            .iter()
            .map(|diagnostic| events::reported(diagnostic, sources)),
    );
    all.extend(events::planned(plan, sources));
    for (i, status) in outcome.statuses.iter().enumerate() {
        all.push(events::started(plan, i));
        all.extend(events::finished(plan, i, status, i + 1, sources));
    }
    all.extend([
        events::applied(plan, outcome),
        events::outputs(0, &serde_json::json!({})),
    ]);
    let mut text = String::new();
    for mut event in all {
        event["at"] = "2026-11-22T10:00:00Z".into();
        valid(&EVENTS, &event);
        text.push_str(&json::line(&event));
    }
    text
}

/// The plan of a case, and if it was applied what became of it, in every form; each holds to what it promises.
pub fn all(
    planned: &Planned,
    outcome: Option<&Outcome>,
    release: String,
) -> Vec<(&'static str, String)> {
    let mut forms = Vec::new();
    for (verb, outcome) in [(Verb::Plan, None), (Verb::Apply, outcome)] {
        let failed = outcome
            .into_iter()
            .flat_map(|outcome| &outcome.statuses)
            .filter_map(|status| match status {
                Status::Failed(diagnostic) | Status::Moved(diagnostic) => Some(diagnostic.clone()),
                _ => None,
            });
        let run = Document {
            body: planned
                .plan
                .as_ref()
                .map(|plan| Body::applied(plan, outcome))
                .unwrap_or_default(),
            diagnostics: planned.diagnostics.iter().cloned().chain(failed).collect(),
            server: Server {
                url: Some("https://auth.example.org".to_owned()),
                version: Some(release.clone()),
                id: None,
            },
            actor: Some("svc".to_owned()),
            ..Document::new(verb, &planned.sources)
        };
        forms.extend([
            ("text", text(&run)),
            ("json", json::text(&json::document(&run))),
            ("markdown", markdown::markdown(&run)),
            ("github", github::annotations(&run)),
            ("gitlab", gitlab::terraform(&run)),
            ("codequality", gitlab::code_quality(&run)),
            ("sarif", sarif::sarif(&run)),
            ("junit", junit::junit(&run)),
            ("html", html::html(&run)),
        ]);
        forms.extend(outcome.map(|outcome| ("events", stream(planned, outcome))));
        if outcome.is_none() && verb == Verb::Apply {
            break;
        }
    }
    for (form, text) in &forms {
        if *form == "json" {
            valid(&PLAN, &serde_json::from_str(text).unwrap());
        }
        assert!(
            text.is_empty() || text.ends_with('\n'),
            "{form} does not end with a line break"
        );
        match *form {
            "markdown" => assert!(
                text.len() <= markdown::LIMIT && text.starts_with("<!-- akrec:"),
                "{text}"
            ),
            "github" => {
                assert!(
                    text.lines().count() <= 30 && text.lines().all(|line| line.starts_with("::")),
                    "{text}"
                )
            }
            _ => {}
        }
    }
    forms
}

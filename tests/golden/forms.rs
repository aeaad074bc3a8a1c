//! A case in every form of output, for what holds for all of them.

use akrec::plan::{Outcome, Status};
use akrec::report::{Document, Server, Verb, github, gitlab, html, json, junit, markdown, sarif, text::text};

use crate::support::Planned;

/// The plan of a case, and if it was applied what became of it, in every form; each holds to what it promises.
pub fn all(planned: &Planned, outcome: Option<&Outcome>, release: String) -> Vec<(&'static str, String)> {
    let mut forms = Vec::new();
    for (verb, outcome) in [(Verb::Plan, None), (Verb::Apply, outcome)] {
        let failed = outcome.into_iter().flat_map(|outcome| &outcome.statuses).filter_map(|status| match status {
            Status::Failed(told) | Status::Moved(told) => Some(told.clone()),
            _ => None,
        });
        let run = Document {
            plan: planned.plan.as_ref(),
            outcome,
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
        if outcome.is_none() && verb == Verb::Apply {
            break;
        }
    }
    for (form, text) in &forms {
        assert!(text.is_empty() || text.ends_with('\n'), "{form} does not end with a line break");
        match *form {
            "markdown" => assert!(text.len() <= markdown::LIMIT && text.starts_with("<!-- akrec:"), "{text}"),
            "github" => {
                assert!(text.lines().count() <= 30 && text.lines().all(|line| line.starts_with("::")), "{text}")
            }
            _ => {}
        }
    }
    forms
}

//! Everything that akrec works out of a pair of states, one phase after another.

use akrec::access::{Access, Reach, World, difference, held};
use akrec::diag::{Diagnostic, Sources};
use akrec::ledger::Ledger;
use akrec::lints::{self, Scene};
use akrec::live::{Batch, Live};
use akrec::plan::{self, Options, Plan};
use akrec::plan_file::{self, Made, Saved};
use akrec::report::access::{Place, View};
use akrec::report::{self, Body, Document, Verb};
use akrec::schema::V2026_2;
use akrec::{compare, drift, export};

use super::{Pair, ledger, load, served};

/// Measures one phase: calls it once, and says something of what that took.
pub trait Meter {
    fn phase<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T;
}

/// Goes through all phases.
pub fn run(pair: &Pair, meter: &mut impl Meter) {
    let batches = if pair.before.is_empty() {
        Vec::new()
    } else {
        served(&load(&pair.before).desired)
    };
    let now = jiff::Timestamp::UNIX_EPOCH;
    let loaded = meter.phase("load", || load(&pair.after));
    let (desired, sources) = (&loaded.desired, &loaded.sources);
    meter.phase("cycles", || plan::cycles(desired));
    meter.phase("lints of files", || {
        lints::lint(&Scene::declared(desired, Some(V2026_2), now))
    });
    meter.phase("assertions of files", || {
        let world = World::declared(desired, V2026_2);
        let access = Access::of(&world);
        let reach = Reach {
            people: false,
            gates: false,
        };
        desired
            .assertions
            .iter()
            .map(|it| held(&it.claim, &access, reach))
            .collect::<Vec<_>>()
    });
    let (live, reported) = meter.phase("decode", || Live::build(V2026_2, &batches));
    assert!(reported.is_empty(), "{reported:?}");
    let records = if pair.recorded {
        ledger(&live)
    } else {
        Ledger::empty("shapes")
    };
    if !loaded.diagnostics.iter().any(Diagnostic::is_error) {
        meter.phase("questions", || {
            plan::Draft::new(desired, &live, &records, &Options::default()).questions()
        });
        let (plan, reported) = meter.phase("plan", || {
            plan::plan(desired, &live, &records, &Options::default())
        });
        texts(
            &Document {
                diagnostics: reported,
                ..Document::new(Verb::Plan, sources)
            },
            meter,
        );
        if let Some(plan) = &plan {
            of_plan(plan, &live, &loaded, &records, meter);
        }
    }
    of_server(&live, &batches, meter);
    texts(
        &Document {
            diagnostics: loaded.diagnostics.clone(),
            ..Document::new(Verb::Validate, sources)
        },
        meter,
    );
}

fn of_plan(
    plan: &Plan,
    live: &Live,
    loaded: &super::Loaded,
    records: &Ledger,
    meter: &mut impl Meter,
) {
    let super::Loaded {
        desired, sources, ..
    } = loaded;
    meter.phase("lints of plan", || {
        let (objects, named) = plan::planned(live, &plan.steps);
        lints::lint(&Scene::planned(
            desired,
            live.release,
            jiff::Timestamp::UNIX_EPOCH,
            objects,
            named,
        ))
    });
    let (before, after) = meter.phase("worlds", || plan::worlds(live, &plan.steps));
    let change = meter.phase("who gains and loses", || difference(&before, &after));
    meter.phase("assertions of plan", || {
        let access = Access::of(&after);
        let reach = Reach {
            people: true,
            gates: true,
        };
        desired
            .assertions
            .iter()
            .map(|it| held(&it.claim, &access, reach))
            .collect::<Vec<_>>()
    });
    let drifted = meter.phase("drift", || drift::drift(desired, live, records, plan));
    let of_live = meter.phase("prints of server", || {
        plan_file::of_live(desired, plan, live)
    });
    let of_state = meter.phase("prints of files", || plan_file::of_state(desired));
    let saved = Saved {
        made: Made::default(),
        waived: Default::default(),
        write_secrets: Default::default(),
        state: of_state,
        live: of_live,
        plan: plan.clone(),
        undo: None,
        access: Some(change.clone()),
    };
    let text = meter.phase("plan file", || saved.text(sources));
    meter.phase("plan file read", || {
        Saved::read("plan.json", &text).map(|_| ()).unwrap()
    });
    meter.phase("plan files compared", || saved.differences(plan));
    let mut body = Body::plan(plan);
    if let Body::Plan(planned) = &mut body {
        planned.access = Some(&change);
    }
    for (verb, body) in [(Verb::Plan, body), (Verb::Drift, Body::drift(&drifted))] {
        let document = Document {
            body,
            ..Document::new(verb, sources)
        };
        texts(&document, meter);
    }
    meter.phase("under the plan", || {
        report::access::under_plan(&change, false, 100)
    });
}

fn of_server(live: &Live, batches: &[Batch], meter: &mut impl Meter) {
    meter.phase("export", || {
        export::export(live, &export::Options::default(), &|_| false)
    });
    let (other, _) = Live::build(V2026_2, &batches[..batches.len() / 2]);
    meter.phase("compare", || {
        compare::compare(live, &other, &compare::Options::default())
    });
    let world = World::of_live(live);
    let access = meter.phase("access", || Access::of(&world));
    let place = Place::Server {
        url: "https://auth.example.org",
        version: "2026.2.0",
    };
    let view = View {
        access: &access,
        place,
        assumed: None,
        user: None,
        app: None,
    };
    meter.phase("access as text", || report::access::text(&view, false, 100));
    meter.phase("access as page", || report::access::html(&view));
}

fn texts(document: &Document<'_>, meter: &mut impl Meter) {
    let sources: &Sources = document.sources;
    meter.phase("text", || report::text::text(document));
    meter.phase("short", || {
        report::diagnostics::short(&document.diagnostics, sources)
    });
    meter.phase("diagnostics", || {
        report::diagnostics::text(&document.diagnostics, sources, false, 25)
    });
    meter.phase("markdown", || report::markdown::markdown(document));
    meter.phase("json", || report::json::document(document));
    meter.phase("html", || report::html::html(document));
    meter.phase("github", || report::github::annotations(document));
    meter.phase("gitlab", || report::gitlab::terraform(document));
    meter.phase("code quality", || report::gitlab::code_quality(document));
    meter.phase("sarif", || report::sarif::sarif(document));
    meter.phase("junit", || report::junit::junit(document));
    meter.phase("prometheus", || report::prometheus::metrics(document));
}

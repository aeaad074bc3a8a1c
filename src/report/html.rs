//! A run as one page for a browser: nothing is loaded, nothing runs, light and dark as the reader has it.
//!
//! Everything that comes from files or servers is escaped. Must never hold a script, nor a link that leads elsewhere.

use maud::{Markup, html};

use super::browser::{self, Line, Lines};
use super::document::Document;
use super::page::{Page, Tone};
use super::{diagnostics, drift, parts, phrases, plan, privileges, sign_in, weakened};
use crate::plan::{Action, Plan, Summary};

/// How wide lines of a block are.
const WIDTH: usize = 110;

const STYLE: &str = include_str!("html/style.css");

/// The whole run as one page.
pub fn html(run: &Document<'_>) -> String {
    let title = title(run);
    let reported = run.unsaid();
    let body = html! {
        header { "\n"
            h1 { (Line(&title)) } "\n"
            (about(run))
        } "\n"
        main { "\n"
            (sum(run))
            (lines(weakened::TITLE, "alarm", &parts::weakened(run, page())))
            @if !reported.is_empty() {
                @let (heading, class) = if run.is_error() { ("Errors", "alarm") } else { ("Warnings", "warn") };
                @let text = diagnostics::text(&reported, run.sources, false, usize::MAX);
                (section(heading, class, &html! { pre { (Lines(&text)) } "\n" }))
            }
            (lines("Becomes open to all users", "alarm", &parts::openings(run, page(), Tone::Alarm)))
            (lines(privileges::TITLE, "", &parts::privileges(run, page())))
            (lines(sign_in::TITLE, "", &parts::sign_in(run, page())))
            (lines("Access", "", &parts::access(run, page())))
            (lines("Deletes", "", &parts::deletes(run, page())))
            (lines("Stays", "", &parts::kept_items(run, page())))
            @if let Some((plan, applied)) = run.applied() {
                (lines("Result", "", &parts::became(plan, applied, page())))
            }
            @if let Some(drift) = run.drift() {
                (drifted(run, drift))
            } @else if let Some(plan) = run.plan() {
                (changes(run, plan))
            }
        } "\n"
        footer { "akrec " (env!("CARGO_PKG_VERSION")) } "\n"
    };
    browser::page(&title, STYLE, &body, None)
}

fn page() -> Page {
    Page::diff(WIDTH)
}

fn title(run: &Document<'_>) -> String {
    let env = run
        .source
        .env
        .as_ref()
        .map(|env| format!(" · {env}"))
        .unwrap_or_default();
    format!("akrec {}{env}", run.verb.as_str())
}

/// Where and as whom, as a list.
fn about(run: &Document<'_>) -> Markup {
    let header = run.header();
    let all = [
        ("Revision", header.revision),
        ("Server", Some(header.server).filter(|it| !it.is_empty())),
        (
            "authentik",
            Some(header.release).filter(|it| !it.is_empty()),
        ),
        ("Token user", header.user),
        ("Exit code", Some(run.exit_code.to_string())),
    ];
    let some = all
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?)));
    html! {
        dl { @for (name, value) in some { dt { (name) } dd { (Lines(value)) } } } "\n"
    }
}

/// What it comes to: a sentence, and counters where there is a plan.
fn sum(run: &Document<'_>) -> Markup {
    let plan = run
        .plan()
        .filter(|plan| run.drift().is_none() && !plan.is_empty());
    html! {
        p class="sum" { (Lines(&parts::sentence(run))) } "\n"
        @if let Some(managed) = parts::managed(run) {
            p { (managed) } "\n"
        }
        @if let Some(line) = parts::uncompared(run) {
            p { (Lines(&line)) } "\n"
        }
        @if let Some(plan) = plan {
            p class="counts" { (counters(&plan.summary())) } "\n"
        }
    }
}

fn counters(summary: &Summary) -> Markup {
    let counts: Vec<(usize, Action)> = summary.counts().into_iter().collect();
    html! {
        @for (number, (count, action)) in counts.iter().enumerate() {
            @if number > 0 { " " }
            span class=(class(phrases::tone(*action))) { (count) " to " (phrases::verb(*action).to_string()) }
        }
    }
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Add => "add",
        Tone::Change | Tone::Rename => "change",
        Tone::Remove => "remove",
        Tone::Alarm => "alarm",
        _ => "other",
    }
}

/// A fold a kind, and in it one a step.
fn changes(run: &Document<'_>, plan: &Plan) -> Markup {
    let folded = plan.folded();
    let counted = plan::belonging(&folded);
    let mut folds = Vec::new();
    for (kind, steps) in parts::by_kind(plan) {
        let summary = parts::counted(&steps);
        let mut page = page();
        for step in &steps {
            let with = counted.get(&step.address).copied().unwrap_or_default();
            plan::one(&mut page, plan, step, with, run.sources, run.style.concise);
        }
        let head = html! { (Lines(&kind)) " " span class="counts" { (counters(&summary)) } };
        folds.push(fold(&head, &page.finish(), steps.len() <= 20));
    }
    if folds.is_empty() {
        return html! {};
    }
    section("Changes", "", &html! { @for fold in folds { (fold) } })
}

fn drifted(run: &Document<'_>, drift: &crate::drift::Drift) -> Markup {
    let mut folds = Vec::new();
    for (title, objects) in parts::sides(drift) {
        let mut page = page();
        objects
            .iter()
            .for_each(|object| drift::one(&mut page, object, run.sources, run.style.concise));
        if !objects.is_empty() {
            let title = format!("{title}: {}", phrases::many(objects.len(), "object"));
            folds.push(fold(&html! { (title) }, &page.finish(), true));
        }
    }
    if let Some(unmanaged) = &drift.unmanaged {
        let mut page = page();
        drift::names(&mut page, unmanaged, false);
        let title = format!(
            "Not managed: {}",
            phrases::many(unmanaged.objects.len(), "object")
        );
        folds.push(fold(&html! { (title) }, &page.finish(), false));
    }
    html! { @for fold in folds { (fold) } }
}

fn section(title: &str, class: &str, inside: &Markup) -> Markup {
    html! {
        section class=(class) { "\n"
            h2 { (title) } "\n"
            (inside)
        } "\n"
    }
}

fn lines(title: &str, class: &str, text: &str) -> Markup {
    if text.trim().is_empty() {
        return html! {};
    }
    section(title, class, &block(text))
}

fn fold(title: &Markup, text: &str, open: bool) -> Markup {
    html! {
        details open[open] { "\n"
            summary { (title) } "\n"
            (block(text))
        } "\n"
    }
}

/// Lines of a difference, each in the color of its symbol.
fn block(text: &str) -> Markup {
    let class = |line: &str| match line.chars().next() {
        Some('+') => Some("add"),
        Some('-') => Some("remove"),
        Some('!') => Some("change"),
        Some('#') => Some("remark"),
        _ => None,
    };
    html! {
        pre class="diff" {
            @for line in text.trim_end().lines() {
                span class=[class(line)] { (Line(line)) } "\n"
            }
        } "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Diagnostic, Sources};
    use crate::report::document::{Body, Verb};
    use crate::report::sample::{self, at, small, step};

    /// The tags of a page, in order, without attributes.
    fn tags(page: &str) -> Vec<String> {
        let tag = |part: &str| part.split(['>', ' ']).next().unwrap().to_owned();
        page.split('<').skip(1).map(tag).collect()
    }

    #[test]
    fn a_plan_is_one_page_whose_tags_close() {
        let (plan, sources) = small();
        let run = Document {
            body: Body::plan(&plan),
            diagnostics: vec![Diagnostic::warning(Code::SERVER, "slow")],
            ..Document::new(Verb::Plan, &sources)
        };
        let page = html(&run);
        let mut open: Vec<String> = Vec::new();
        for tag in tags(&page)
            .iter()
            .filter(|tag| !matches!(tag.as_str(), "!doctype" | "meta"))
        {
            match tag.strip_prefix('/') {
                Some(tag) => assert_eq!(open.pop().as_deref(), Some(tag), "{page}"),
                None => open.push(tag.clone()),
            }
        }
        assert!(open.is_empty(), "{open:?}");
        let sum = phrases::planned(&plan.summary());
        for part in [
            sum.as_str(),
            "Becomes open to all users",
            "grafana-editors",
            "warning[AKR0401]",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        assert!(
            !page.contains("http://") && !page.contains("https://"),
            "it loads nothing"
        );
    }

    #[test]
    fn no_name_becomes_a_tag() {
        let evil = "</pre><script>alert(1)</script><img src=x onerror='x'>&\"\u{1b}[2J";
        let plan = sample::plan(vec![step(Action::Delete, "group", at("group", evil))]);
        let sources = Sources::default();
        let clean = sample::plan(vec![step(Action::Delete, "group", at("group", "x"))]);
        let run = |plan: &Plan, name: &str| {
            let mut run = Document {
                body: Body::plan(plan),
                ..Document::new(Verb::Plan, &sources)
            };
            run.source.env = Some(name.to_owned());
            run.server.url = Some(name.to_owned());
            run.diagnostics = vec![Diagnostic::error(Code::SERVER, name).note(name).help(name)];
            html(&run)
        };
        let page = run(&plan, evil);
        assert_eq!(tags(&page), tags(&run(&clean, "x")));
        assert!(!page.contains('\u{1b}'));
    }
}

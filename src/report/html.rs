//! A run as one page for a browser: nothing is loaded, nothing runs, light and dark as the reader has it.
//!
//! Everything that comes from files or servers is escaped. Must never hold a script, nor a link that leads elsewhere.

use super::browser::escaped;
use super::document::Document;
use super::page::{Page, Tone};
use super::{diagnostics, drift, parts, plan, weakened, words};
use crate::plan::{Action, Plan, Summary};

/// How wide lines of a block are.
const WIDTH: usize = 110;

const STYLE: &str = include_str!("html/style.css");

/// The whole run as one page.
pub fn html(run: &Document<'_>) -> String {
    let title = title(run);
    let mut body = format!(
        "<header>\n<h1>{}</h1>\n{}</header>\n<main>\n",
        escape(&title),
        about(run)
    );
    body.push_str(&sum(run));
    body.push_str(&lines(
        weakened::TITLE,
        "alarm",
        &parts::weakened(run, page()),
    ));
    let told = run.unsaid();
    if !told.is_empty() {
        let heading = if run.is_error() { "Errors" } else { "Warnings" };
        let class = if run.is_error() { "alarm" } else { "warn" };
        let text = diagnostics::text(&told, run.sources, false, usize::MAX);
        body.push_str(&section(
            heading,
            class,
            &format!("<pre>{}</pre>\n", escape(&text)),
        ));
    }
    body.push_str(&lines(
        "Becomes open to all users",
        "alarm",
        &parts::openings(run, page(), Tone::Alarm),
    ));
    body.push_str(&lines("Access", "", &parts::access(run, page())));
    body.push_str(&lines("Deletes", "", &parts::deletes(run, page())));
    body.push_str(&lines("Stays", "", &parts::kept_items(run, page())));
    if let Some((plan, outcome)) = run.plan.zip(run.outcome) {
        body.push_str(&lines(
            "Result",
            "",
            &parts::became(run, plan, outcome, page()),
        ));
    }
    match (run.drift, run.plan) {
        (Some(drift), _) => body.push_str(&drifted(run, drift)),
        (None, Some(plan)) => body.push_str(&changes(run, plan)),
        (None, None) => {}
    }
    body.push_str(&format!(
        "</main>\n<footer>akrec {}</footer>\n",
        env!("CARGO_PKG_VERSION")
    ));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta \
         http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'unsafe-inline'\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(&title)
    )
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
    format!("akrec {}{env}", run.verb.word())
}

/// Where and as whom, as a list.
fn about(run: &Document<'_>) -> String {
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
    let items: String = some
        .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", escape(value)))
        .collect();
    format!("<dl>{items}</dl>\n")
}

/// What it comes to: a sentence, and counters where there is a plan.
fn sum(run: &Document<'_>) -> String {
    let mut out = format!("<p class=\"sum\">{}</p>\n", escape(&parts::sentence(run)));
    if let Some(managed) = parts::managed(run) {
        out.push_str(&format!("<p>{managed}</p>\n"));
    }
    if let Some(line) = parts::uncompared(run) {
        out.push_str(&format!("<p>{}</p>\n", escape(&line)));
    }
    if let Some(plan) = run
        .plan
        .filter(|plan| run.drift.is_none() && !plan.is_empty())
    {
        out.push_str(&format!(
            "<p class=\"counts\">{}</p>\n",
            counters(&plan.summary())
        ));
    }
    out
}

fn counters(summary: &Summary) -> String {
    let one = |(count, action): (usize, Action)| {
        let class = class(words::tone(action));
        format!(
            "<span class=\"{class}\">{count} to {}</span>",
            words::verb(action)
        )
    };
    summary
        .counts()
        .into_iter()
        .map(one)
        .collect::<Vec<_>>()
        .join(" ")
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
fn changes(run: &Document<'_>, plan: &Plan) -> String {
    let folded = plan.folded();
    let counted = plan::belonging(&folded);
    let mut out = String::new();
    for (kind, steps) in parts::by_kind(plan) {
        let summary = parts::counted(&steps);
        let mut page = page();
        for step in &steps {
            let with = counted.get(&step.address).copied().unwrap_or_default();
            plan::one(&mut page, plan, step, with, run.sources, run.style.concise);
        }
        let head = format!(
            "{} <span class=\"counts\">{}</span>",
            escape(&kind),
            counters(&summary)
        );
        out.push_str(&fold(&head, &page.finish(), steps.len() <= 20));
    }
    if out.is_empty() {
        out
    } else {
        section("Changes", "", &out)
    }
}

fn drifted(run: &Document<'_>, drift: &crate::drift::Drift) -> String {
    let mut out = String::new();
    for (title, objects) in parts::sides(drift) {
        let mut page = page();
        objects
            .iter()
            .for_each(|object| drift::one(&mut page, object, run.sources, run.style.concise));
        if !objects.is_empty() {
            out.push_str(&fold(
                &format!("{title}: {}", words::many(objects.len(), "object")),
                &page.finish(),
                true,
            ));
        }
    }
    if let Some(unmanaged) = &drift.unmanaged {
        let mut page = page();
        drift::names(&mut page, unmanaged, false);
        let title = format!(
            "Not managed: {}",
            words::many(unmanaged.objects.len(), "object")
        );
        out.push_str(&fold(&title, &page.finish(), false));
    }
    out
}

fn section(title: &str, class: &str, inside: &str) -> String {
    format!("<section class=\"{class}\">\n<h2>{title}</h2>\n{inside}</section>\n")
}

fn lines(title: &str, class: &str, text: &str) -> String {
    if text.trim().is_empty() {
        String::new()
    } else {
        section(title, class, &block(text))
    }
}

fn fold(title: &str, text: &str, open: bool) -> String {
    let open = if open { " open" } else { "" };
    format!(
        "<details{open}>\n<summary>{title}</summary>\n{}</details>\n",
        block(text)
    )
}

/// Lines of a difference, each in the colour of its symbol.
fn block(text: &str) -> String {
    let line = |line: &str| {
        let class = match line.chars().next() {
            Some('+') => "add",
            Some('-') => "remove",
            Some('!') => "change",
            Some('#') => "remark",
            _ => "",
        };
        match class {
            "" => format!("<span>{}</span>\n", escape(line)),
            class => format!("<span class=\"{class}\">{}</span>\n", escape(line)),
        }
    };
    format!(
        "<pre class=\"diff\">{}</pre>\n",
        text.trim_end().lines().map(line).collect::<String>()
    )
}

/// Text that is nothing but text, its lines kept.
fn escape(text: &str) -> String {
    text.split('\n').map(escaped).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Diagnostic, Sources};
    use crate::report::document::Verb;
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
            plan: Some(&plan),
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
        let sum = words::planned(&plan.summary());
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
                plan: Some(plan),
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

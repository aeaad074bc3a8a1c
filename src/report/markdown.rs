//! A run as Markdown, for a comment on a change or an issue: short where it can be, never without what must be seen.
//!
//! Whatever comes from files or servers stands in fenced blocks or code spans that it cannot end, so that no name
//! becomes markup, a mention or a link. Must never be longer than [`LIMIT`]; what is cut is said, and deletes, access and
//! diagnostics are never cut before everything else is.

mod cut;

use super::document::{Document, Verb};
use super::page::{Page, Tone};
use super::{diagnostics, drift, outcome, parts, phrases, plan, privileges, sign_in, weakened};
use crate::drift::Drift;
use crate::plan::{Action, Plan, Step, Summary};
use cut::{Room, code, fence, html};

/// What the forges take is 65,536 characters; this is in bytes, of which a text has at least as many.
pub const LIMIT: usize = 65_000;
/// How wide lines of a block are.
const WIDTH: usize = 96;
/// How much of the whole one part may take that is never folded away.
const PART: usize = 15_000;
/// What is kept for the words around the folded parts.
const REST: usize = 2_000;

/// The whole run as a page, which begins with a mark by which a comment can be found again.
pub fn markdown(run: &Document<'_>) -> String {
    let mut out = format!("{}\n{}\n\n", mark(run), heading(run));
    let always = [
        sums(run),
        part(
            &format!("⚠️ {}", weakened::TITLE),
            "diff",
            &parts::weakened(run, page()),
        ),
        part(
            "⚠️ Becomes open to all users",
            "diff",
            &parts::openings(run, page(), Tone::Remove),
        ),
        part(privileges::TITLE, "diff", &parts::privileges(run, page())),
        part(sign_in::TITLE, "diff", &parts::sign_in(run, page())),
        part("Access", "diff", &parts::access(run, page())),
        part("Deletes", "diff", &parts::deletes(run, page())),
        part("Stays", "text", &parts::kept_items(run, page())),
        became(run),
        reported(run),
    ];
    for part in always {
        if !part.is_empty() {
            out.push_str(&part);
            out.push('\n');
        }
    }
    let tail = tail(run);
    let mut room = Room::of(LIMIT.saturating_sub(out.len() + tail.len() + REST));
    let folds = match (run.drift(), run.plan()) {
        _ if run.style.summary => Vec::new(),
        (Some(drift), _) => of_drift(run, drift),
        (None, Some(plan)) => of_plan(run, plan),
        (None, None) => Vec::new(),
    };
    for fold in &folds {
        out.push_str(&room.fold(fold));
    }
    if room.is_cut() {
        out.push_str(&room.note(run.link.as_deref()));
    } else if let Some(link) = &run.link {
        out.push_str(&format!("The full output: <{}>\n\n", cut::url(link)));
    }
    out.push_str(&tail);
    out
}

/// One folded part: its title, its lines, and its lines in short.
struct Fold {
    title: String,
    long: String,
    short: String,
}

/// `<!-- akrec:plan:prod -->`
fn mark(run: &Document<'_>) -> String {
    let verb = run.verb.as_str();
    let plain = |c: char| {
        if c.is_alphanumeric() || matches!(c, '.' | '_' | '-') {
            c
        } else {
            '_'
        }
    };
    let env: String = run
        .source
        .env
        .as_deref()
        .unwrap_or("default")
        .chars()
        .map(plain)
        .collect();
    format!("<!-- akrec:{verb}:{env} -->")
}

/// `### ✅ akrec plan for `prod``
fn heading(run: &Document<'_>) -> String {
    let failed = run.is_error() || !matches!(run.exit_code, 0 | 2);
    let sign = match (failed, run.plan(), run.drift()) {
        (true, ..) => "❌",
        (_, Some(plan), None) if run.applied().is_none() && !plan.openings.is_empty() => "⚠️",
        (.., Some(drift)) if drift.is_drift() && run.exit_code != 0 => "⚠️",
        (_, Some(plan), None) if run.applied().is_none() && !plan.is_empty() => "📝",
        _ => "✅",
    };
    let env = run
        .source
        .env
        .as_ref()
        .map(|env| format!(" for {}", code(env)))
        .unwrap_or_default();
    format!("### {sign} akrec {}{env}", run.verb.as_str())
}

/// What it comes to, and where.
fn sums(run: &Document<'_>) -> String {
    let mut lines = Vec::new();
    let is_error = run.is_error();
    lines.push(match parts::came_to_nothing(run) {
        true => format!("**{}** Exit code {}.", parts::sentence(run), run.exit_code),
        false => format!("**{}**", parts::sentence(run)),
    });
    if is_error && run.plan().is_some() && run.applied().is_none() {
        lines.push(format!(
            "**Refused or failed:** exit code {}, see below.",
            run.exit_code
        ));
    }
    lines.extend(parts::managed(run));
    lines.extend(parts::uncompared(run).map(|line| html(&line)));
    let header = run.header();
    let mut about = Vec::new();
    about.extend(header.revision.iter().map(|it| code(it)));
    if !header.server.is_empty() {
        let release = if header.release.is_empty() {
            String::new()
        } else {
            format!(" (authentik {})", html(&header.release))
        };
        about.push(format!("{}{release}", code(&header.server)));
    }
    about.extend(
        header
            .user
            .iter()
            .map(|user| format!("token user {}", code(user))),
    );
    if !about.is_empty() {
        lines.push(about.join(" · "));
    }
    lines
        .iter()
        .map(|line| format!("{line}\n\n"))
        .collect::<String>()
        .trim_end()
        .to_owned()
        + "\n"
}

/// A part that is always seen: a heading and a block.
fn part(title: &str, kind: &str, text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    format!("#### {title}\n\n{}", fence(kind, &cut::lines(text, PART)))
}

fn page() -> Page {
    Page::diff(WIDTH)
}

/// What became of the steps of an apply, if it is not done.
fn became(run: &Document<'_>) -> String {
    let applied = run
        .applied()
        .filter(|(plan, applied)| !outcome::complete(plan, applied.outcome));
    let text = applied.map(|(plan, applied)| parts::became(plan, applied, page()));
    part("Result", "diff", &text.unwrap_or_default())
}

/// Everything that is to be said, as the terminal says it.
fn reported(run: &Document<'_>) -> String {
    let found = run.unsaid();
    if found.is_empty() {
        return String::new();
    }
    let text = diagnostics::text(&found, run.sources, false, usize::MAX);
    let title = if found.iter().any(|found| found.is_error()) {
        "Errors"
    } else {
        "Warnings"
    };
    part(title, "text", &text)
}

/// One fold a kind, by its name.
fn of_plan(run: &Document<'_>, plan: &Plan) -> Vec<Fold> {
    let folded = plan.folded();
    let counted = plan::belonging(&folded);
    let fold = |(kind, steps): (String, Vec<&Step>)| {
        let summary = parts::counted(&steps);
        let (mut long, mut short) = (page(), page());
        for step in steps {
            let with = counted.get(&step.address).copied().unwrap_or_default();
            plan::one(&mut long, plan, step, with, run.sources, run.style.concise);
            plan::one(&mut short, plan, step, with, run.sources, true);
        }
        Fold {
            title: format!("{}: {}", html(&kind), counts(&summary)),
            long: long.finish(),
            short: short.finish(),
        }
    };
    parts::by_kind(plan).into_iter().map(fold).collect()
}

/// `1 to add, 2 to change`
fn counts(summary: &Summary) -> String {
    let one = |(count, action): (usize, Action)| format!("{count} to {}", phrases::verb(action));
    summary
        .counts()
        .into_iter()
        .map(one)
        .collect::<Vec<_>>()
        .join(", ")
}

/// What drifted, what only the files changed, and what nobody manages.
fn of_drift(run: &Document<'_>, drift: &Drift) -> Vec<Fold> {
    let mut folds = Vec::new();
    for (title, objects) in parts::sides(drift) {
        let (mut long, mut short) = (page(), page());
        for object in &objects {
            drift::one(&mut long, object, run.sources, run.style.concise);
            drift::one(&mut short, object, run.sources, true);
        }
        if !objects.is_empty() {
            let title = format!("{title}: {}", phrases::many(objects.len(), "object"));
            folds.push(Fold {
                title,
                long: long.finish(),
                short: short.finish(),
            });
        }
    }
    if let Some(unmanaged) = &drift.unmanaged {
        let (mut long, mut short) = (page(), page());
        drift::names(&mut long, unmanaged, false);
        drift::names(&mut short, unmanaged, true);
        let title = format!(
            "Not managed: {}",
            phrases::many(unmanaged.objects.len(), "object")
        );
        folds.push(Fold {
            title,
            long: long.finish(),
            short: short.finish(),
        });
    }
    folds
}

/// What to do, and who made the page.
fn tail(run: &Document<'_>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let next = match (run.verb, run.drift()) {
        (Verb::Drift, Some(drift)) if drift.is_drift() && run.adopted().is_none() => {
            "To keep what the server has: `akrec drift --adopt`, and commit the files. To restore what the \
             files say: `akrec apply`.\n\n"
        }
        _ => "",
    };
    format!("{next}<sub>akrec {version}</sub>\n")
}

#[cfg(test)]
mod tests;

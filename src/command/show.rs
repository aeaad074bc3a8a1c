//! `akrec show`: prints a saved plan, stale or not. It asks no server and reads nothing but the file.

use serde_json::json;

use super::saved::{lost, open};
use super::{Screen, exit};
use crate::cli::{self, OutputFormat};
use crate::diag::{Diagnostic, Sources};
use crate::report::{self, diagnostics, json as document, plan as text};
use crate::saved::{Saved, secrets};

/// Runs the verb and gives the exit code.
pub(super) fn run(flags: &cli::Show, screen: &Screen) -> u8 {
    let opened = open(&flags.plan);
    let code = if opened.is_ok() { exit::OK } else { exit::STALE };
    let (saved, sources, told) = match opened {
        Ok((saved, sources)) => {
            let told: Vec<Diagnostic> = saved.undo.iter().filter_map(|undo| lost(&undo.lost)).collect();
            (Some(saved), sources, told)
        }
        Err(told) => (None, Sources::default(), vec![*told]),
    };
    if flags.output.format == OutputFormat::Json {
        screen.out(&document::text(&report::json::document(&input(saved.as_ref(), &told, &sources, code))));
        return code;
    }
    if let Some(saved) = &saved {
        let style = text::Style {
            color: screen.color,
            width: screen.width,
            concise: flags.output.concise,
            summary: flags.output.summary,
        };
        screen.out(&heading(saved));
        screen.out(&text::text(&saved.plan, &header(saved), &sources, &style));
    }
    if !told.is_empty() {
        screen.err(&diagnostics::text(&told, &sources, screen.color_err, usize::MAX));
    }
    code
}

/// Where the plan comes from, a line or two.
fn heading(saved: &Saved) -> String {
    let made = &saved.made;
    let mut parts = vec![format!("Saved plan of {} by akrec {}", made.at, made.version)];
    parts.push(format!("workspace {}", made.workspace));
    parts.extend(made.environment.as_ref().map(|name| format!("environment {name}")));
    parts.extend(saved.undo.as_ref().map(|undo| format!("takes back the run {}", undo.of)));
    let waived: Vec<&str> = saved.waived.iter().map(|code| code.as_str()).collect();
    parts.extend((!waived.is_empty()).then(|| format!("waives {}", waived.join(", "))));
    let mut text = report::text_line(&parts.join(" · "));
    let secrets: Vec<String> =
        secrets(&saved.plan).iter().map(|(address, field)| format!("{address}#{field}")).collect();
    if !secrets.is_empty() {
        text.push_str(&report::text_line(&format!(
            "Secrets, taken from the files when it is applied: {}",
            secrets.join(", ")
        )));
    }
    text
}

fn header(saved: &Saved) -> text::Header {
    let made = &saved.made;
    text::Header {
        revision: made.revision.clone(),
        server: made.url.clone(),
        release: made.release.clone(),
        user: Some(made.by.clone()),
    }
}

fn input<'a>(saved: Option<&'a Saved>, told: &'a [Diagnostic], sources: &'a Sources, code: u8) -> document::Input<'a> {
    let made = saved.map(|saved| &saved.made);
    let undo = saved.and_then(|saved| saved.undo.as_ref());
    let waived: Vec<&str> = saved.iter().flat_map(|saved| &saved.waived).map(|code| code.as_str()).collect();
    let secrets = saved.map(|saved| secrets(&saved.plan)).unwrap_or_default();
    let secrets: Vec<String> = secrets.iter().map(|(address, field)| format!("{address}#{field}")).collect();
    document::Input {
        plan: saved.map(|saved| &saved.plan),
        access: None,
        assertions: &[],
        outcome: None,
        diagnostics: told,
        sources,
        exit_code: code,
        server: document::Server {
            url: made.map(|made| made.url.clone()),
            version: made.map(|made| made.release.clone()),
            id: made.and_then(|made| made.install.clone()),
        },
        actor: made.map(|made| made.by.clone()),
        source: document::Source {
            revision: made.and_then(|made| made.revision.clone()),
            dirty: None,
            env: made.and_then(|made| made.environment.clone()),
        },
        run: json!({
            "created_at": made.map(|made| &made.at),
            "akrec_version": made.map(|made| &made.version),
            "workspace": made.map(|made| &made.workspace),
            "waived": waived,
            "secrets": secrets,
            "rollback_of": undo.map(|undo| &undo.of),
        }),
    }
}

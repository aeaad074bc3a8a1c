//! What the probes of `akrec verify` saw: as text, JSON and JUnit.
//!
//! Times are the only thing that differs between two runs that saw the same.

use std::time::Duration;

use serde_json::{Value as Raw, json};

use super::junit::xml;
use super::page::{Page, Tone};
use crate::signin::{End, Verified};

/// What was verified, and of which server.
pub struct View<'a> {
    /// Each application.
    pub applications: &'a [Verified],
    /// The server, in words.
    pub server: &'a str,
    /// Its release, as it says it.
    pub version: &'a str,
}

impl View<'_> {
    fn count(&self, wanted: fn(&End) -> bool) -> usize {
        self.applications
            .iter()
            .flat_map(|it| &it.probes)
            .filter(|probe| wanted(&probe.end))
            .count()
    }

    /// How many probes failed.
    pub fn failed(&self) -> usize {
        self.count(|end| matches!(end, End::Failed(..)))
    }

    fn skipped(&self) -> usize {
        self.count(|end| matches!(end, End::Skipped(_)))
    }

    fn passed(&self) -> usize {
        self.count(|end| matches!(end, End::Passed(_)))
    }
}

fn word(end: &End) -> &'static str {
    match end {
        End::Passed(_) => "pass",
        End::Failed(..) => "fail",
        End::Skipped(_) => "skip",
    }
}

fn said(end: &End) -> &str {
    match end {
        End::Passed(text) | End::Failed(text, _) | End::Skipped(text) => text,
    }
}

/// For a terminal.
pub fn text(view: &View<'_>, color: bool, width: usize) -> String {
    let mut page = Page::new(color, width);
    page.plain(&format!(
        "akrec verify · {} (authentik {})",
        view.server, view.version
    ));
    for application in view.applications {
        page.gap();
        page.plain(&application.application);
        for probe in &application.probes {
            let took = probe
                .took
                .map(|took| format!("  ({} ms)", took.as_millis()))
                .unwrap_or_default();
            let line = format!(
                "{}  {:<11}  {}{took}",
                word(&probe.end),
                probe.name,
                said(&probe.end)
            );
            match &probe.end {
                End::Failed(_, help) => {
                    page.bright(2, Tone::Alarm, &line);
                    if let Some(help) = help {
                        page.plain(&format!("                       help: {help}"));
                    }
                }
                _ => page.plain(&format!("    {line}")),
            }
        }
    }
    page.gap();
    let (passed, failed, skipped) = (view.passed(), view.failed(), view.skipped());
    page.plain(&format!(
        "{passed} passed, {failed} failed, {skipped} skipped."
    ));
    page.finish()
}

/// One JSON document.
pub fn json(view: &View<'_>) -> Raw {
    let probe = |probe: &crate::signin::Probe| {
        let help = match &probe.end {
            End::Failed(_, help) => help.clone(),
            _ => None,
        };
        json!({
            "probe": probe.name,
            "result": word(&probe.end),
            "detail": said(&probe.end),
            "help": help,
            "milliseconds": probe.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
        })
    };
    let applications: Vec<Raw> = view
        .applications
        .iter()
        .map(|it| json!({ "application": it.application, "probes": it.probes.iter().map(probe).collect::<Vec<_>>() }))
        .collect();
    json!({
        "server": { "url": view.server, "version": view.version },
        "applications": applications,
        "summary": { "passed": view.passed(), "failed": view.failed(), "skipped": view.skipped() },
    })
}

/// A case a probe.
pub fn junit(view: &View<'_>) -> String {
    let seconds = |took: Option<Duration>| took.unwrap_or_default().as_secs_f64();
    let all: usize = view.applications.iter().map(|it| it.probes.len()).sum();
    let numbers = format!(
        "tests=\"{all}\" failures=\"{}\" errors=\"0\" skipped=\"{}\"",
        view.failed(),
        view.skipped()
    );
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"akrec\" {numbers}>\n  <testsuite \
         name=\"akrec verify\" {numbers}>\n"
    );
    for application in view.applications {
        for probe in &application.probes {
            let head = format!(
                "    <testcase classname=\"akrec.verify.{}\" name=\"{}\" time=\"{:.3}\"",
                xml(&application.application),
                probe.name,
                seconds(probe.took)
            );
            let inside = match &probe.end {
                End::Passed(_) => String::new(),
                End::Failed(what, help) => {
                    let help = help.as_deref().unwrap_or_default();
                    format!(
                        "      <failure message=\"{}\">{}</failure>\n",
                        xml(what),
                        xml(help)
                    )
                }
                End::Skipped(why) => format!("      <skipped message=\"{}\"/>\n", xml(why)),
            };
            out.push_str(&match inside.is_empty() {
                true => format!("{head}/>\n"),
                false => format!("{head}>\n{inside}    </testcase>\n"),
            });
        }
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

//! What the probes of `akrec verify` saw: as text, JSON and JUnit.
//!
//! Times are the only thing that differs between two runs that saw the same.

use super::page::{Page, Tone};
use crate::signin::{End, Verified};
use crate::wire::foreign::junit::{TestCase, TestResult, TestSuite};
use crate::wire::verify::{self as wire, ProbeResult};

/// What was verified, and of which server.
pub struct View<'a> {
    /// Each brand, by domain.
    pub brands: &'a [Verified],
    /// Each outpost, by name.
    pub outposts: &'a [Verified],
    /// Each port.
    pub ports: &'a [Verified],
    /// Each application.
    pub applications: &'a [Verified],
    /// The server, in words.
    pub server: &'a str,
    /// Its release, as it says it.
    pub version: &'a str,
}

impl View<'_> {
    fn count(&self, wanted: fn(&End) -> bool) -> usize {
        let all = self.brands.iter().chain(self.outposts).chain(self.ports);
        let all = all.chain(self.applications);
        all.flat_map(|it| &it.probes)
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

fn result(end: &End) -> ProbeResult {
    match end {
        End::Passed(_) => ProbeResult::Pass,
        End::Failed(..) => ProbeResult::Fail,
        End::Skipped(_) => ProbeResult::Skip,
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
    let named = |what: &'static str, all: &'_ [Verified]| -> Vec<(String, Verified)> {
        let name = |it: &Verified| match what {
            "" => it.application.clone(),
            what => format!("{what} {}", it.application),
        };
        all.iter().map(|it| (name(it), it.clone())).collect()
    };
    let all = [
        named("brand", view.brands),
        named("outpost", view.outposts),
        named("port", view.ports),
        named("", view.applications),
    ];
    for (name, application) in all.iter().flatten() {
        page.gap();
        page.plain(name);
        for probe in &application.probes {
            let took = probe
                .took
                .map(|took| format!("  ({} ms)", took.as_millis()))
                .unwrap_or_default();
            let line = format!(
                "{}  {:<11}  {}{took}",
                result(&probe.end),
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

/// The document.
pub fn document(view: &View<'_>) -> wire::Verify {
    let probe = |probe: &crate::signin::Probe| wire::Probe {
        probe: probe.name.to_owned(),
        result: result(&probe.end),
        detail: said(&probe.end).to_owned(),
        help: match &probe.end {
            End::Failed(_, help) => help.clone(),
            _ => None,
        },
        milliseconds: probe
            .took
            .map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
    };
    let brands = view.brands.iter().map(|it| wire::Brand {
        brand: it.application.clone(),
        probes: it.probes.iter().map(probe).collect(),
    });
    let outposts = view.outposts.iter().map(|it| wire::Outpost {
        outpost: it.application.clone(),
        probes: it.probes.iter().map(probe).collect(),
    });
    let ports = view.ports.iter().map(|it| wire::Port {
        port: it.application.clone(),
        probes: it.probes.iter().map(probe).collect(),
    });
    let applications = view.applications.iter().map(|it| wire::Application {
        application: it.application.clone(),
        probes: it.probes.iter().map(probe).collect(),
    });
    wire::Verify {
        server: crate::wire::Server {
            url: view.server.to_owned(),
            version: view.version.to_owned(),
        },
        brands: brands.collect(),
        outposts: outposts.collect(),
        ports: ports.collect(),
        applications: applications.collect(),
        summary: wire::Summary {
            passed: view.passed(),
            failed: view.failed(),
            skipped: view.skipped(),
        },
    }
}

/// A case a probe.
pub fn junit(view: &View<'_>) -> String {
    let mut cases = Vec::new();
    for application in view.applications {
        for probe in &application.probes {
            let result = match &probe.end {
                End::Passed(_) => TestResult::Passed,
                End::Failed(what, help) => TestResult::Failed {
                    message: what.clone(),
                    text: help.clone().unwrap_or_default(),
                },
                End::Skipped(why) => TestResult::Skipped {
                    message: why.clone(),
                },
            };
            cases.push(TestCase {
                class: format!("verify.{}", application.application),
                name: probe.name.to_owned(),
                seconds: Some(probe.took.unwrap_or_default().as_secs_f64()),
                result,
                output: Vec::new(),
            });
        }
    }
    let name = "akrec verify".to_owned();
    TestSuite { name, cases }.to_string()
}

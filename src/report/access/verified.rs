//! What the server itself said of users and applications, beside what was worked out.

use super::super::page::{Page, Tone};
use super::{Place, application, phrases, title};
use crate::access::{Verdict, Why};
use crate::value::Address;
use crate::wire::access::{Answer, Answers, Disagreement, Verified};

/// One user and application that the server was asked about.
pub struct Answered<'a> {
    /// Which application.
    pub gate: &'a Address,
    /// Which user.
    pub user: &'a str,
    /// What was worked out.
    pub verdict: Verdict,
    /// Why.
    pub why: Why,
    /// What the server says.
    pub allows: bool,
}

impl Answered<'_> {
    /// Whether the server says something else; it cannot where nothing was decided.
    pub fn differs(&self) -> bool {
        match self.verdict {
            Verdict::Allow => !self.allows,
            Verdict::Deny => self.allows,
            Verdict::Conditional | Verdict::Unknown => false,
        }
    }

    /// What the server says.
    fn answer(&self) -> Answer {
        if self.allows {
            Answer::Allow
        } else {
            Answer::Deny
        }
    }
}

/// How many of a verdict the server was asked about, and how many of them it allows.
fn of(answers: &[Answered<'_>], verdict: Verdict) -> (usize, usize) {
    let these = || answers.iter().filter(|it| it.verdict == verdict);
    (these().count(), these().filter(|it| it.allows).count())
}

/// For a terminal.
pub fn verified_text(
    place: Place<'_>,
    all: usize,
    answers: &[Answered<'_>],
    color: bool,
    width: usize,
) -> String {
    let mut page = Page::new(color, width);
    page.plain(&format!("akrec access --verify · {}", place.describe()));
    page.gap();
    if all == 0 {
        page.plain("There is nothing to ask about.");
        return page.finish();
    }
    let wrong: Vec<&Answered<'_>> = answers.iter().filter(|it| it.differs()).collect();
    let asked = if answers.len() == all {
        format!("all {all}")
    } else {
        format!("{} of {all}", answers.len())
    };
    let decided = [Verdict::Allow, Verdict::Deny].map(|verdict| of(answers, verdict).0);
    page.plain(&format!("Asked the server about {asked} verdicts."));
    let same = decided[0] + decided[1] - wrong.len();
    page.plain(&format!(
        "  {same} the same ({} allow, {} deny)",
        agree(answers, true),
        agree(answers, false)
    ));
    for (verdict, what) in [
        (Verdict::Conditional, "by policy"),
        (Verdict::Unknown, "unknown to akrec"),
    ] {
        let (count, allowed) = of(answers, verdict);
        if count > 0 {
            let denied = count - allowed;
            page.plain(&format!(
                "  {count} {what}, decided by the server: {allowed} allow, {denied} deny"
            ));
        }
    }
    if wrong.is_empty() {
        return page.finish();
    }
    page.bright(2, Tone::Alarm, &format!("{} different:", wrong.len()));
    for it in wrong {
        let line = format!(
            "{} and {}: akrec says {} ({}), the server {}",
            it.user,
            title(it.gate),
            it.verdict.as_str(),
            phrases::why(&it.why),
            it.answer()
        );
        page.plain(&format!("    {}", super::super::safe::harmless(&line)));
    }
    page.finish()
}

fn agree(answers: &[Answered<'_>], allows: bool) -> usize {
    let verdict = if allows {
        Verdict::Allow
    } else {
        Verdict::Deny
    };
    answers
        .iter()
        .filter(|it| it.verdict == verdict && it.allows == allows)
        .count()
}

/// For programs.
pub fn verified_document(place: Place<'_>, all: usize, answers: &[Answered<'_>]) -> Verified {
    let one = |it: &Answered<'_>| Disagreement {
        application: application(it.gate).to_owned(),
        user: it.user.to_owned(),
        verdict: it.verdict.into(),
        reason: phrases::why(&it.why),
        server: it.answer(),
    };
    let asked = |verdict: Verdict| {
        let (count, allow) = of(answers, verdict);
        Answers {
            allow,
            deny: count - allow,
        }
    };
    Verified {
        server: place.on_wire(),
        verdicts: all,
        asked: answers.len(),
        same: Answers {
            allow: agree(answers, true),
            deny: agree(answers, false),
        },
        conditional: asked(Verdict::Conditional),
        unknown: asked(Verdict::Unknown),
        disagreements: answers.iter().filter(|it| it.differs()).map(one).collect(),
    }
}

//! Who may open what: as text, CSV, JSON and Markdown, whole or for one user or application.
//!
//! What is not known is "unknown", in every form; it is never left out and never shown as no access.

mod change;
mod tables;
mod text;
mod words;

use crate::access::{Access, Gate, Verdict, Why};
use crate::schema::Release;
use crate::value::{Address, Part};

pub use change::{difference_csv, difference_json, difference_lines, difference_markdown, difference_text, under_plan};
pub(super) use change::{in_document, tone};
pub use tables::{csv, json, markdown};
pub use text::text;

/// What is shown, and of which server.
pub struct View<'a> {
    /// Every verdict.
    pub access: &'a Access<'a>,
    /// The server, in words.
    pub server: &'a str,
    /// Its release, as it says it.
    pub version: &'a str,
    /// The release by whose rule it is judged, where that is another one.
    pub assumed: Option<Release>,
    /// Only this user.
    pub user: Option<&'a str>,
    /// Only this application and its entitlements.
    pub app: Option<&'a str>,
}

/// One verdict.
struct Line<'a> {
    gate: &'a Address,
    user: &'a str,
    active: bool,
    verdict: Verdict,
    why: Why,
}

impl<'a> View<'a> {
    /// What is asked for: applications by slug, each followed by its entitlements.
    fn gates(&self) -> Vec<(&'a Address, &'a Gate)> {
        let wanted = |gate: &&Address| self.app.is_none_or(|app| application(gate) == app);
        let gates = self.access.rows.iter().filter(|(gate, _)| wanted(gate));
        let mut gates: Vec<(&Address, &Gate)> = gates.map(|(gate, row)| (*gate, row.gate)).collect();
        gates.sort_by_key(|(gate, _)| (application(gate), entitlement(gate)));
        gates
    }

    /// The verdicts on one of them, by user; those who are denied only if one user is asked for.
    fn lines(&self, gate: &'a Address) -> Vec<Line<'a>> {
        let users = self.access.world.users.iter().filter(|(name, _)| self.user.is_none_or(|user| user == &***name));
        let line = |(user, person): (&'a crate::access::Name, &'a crate::access::Person)| {
            let denied = self.access.verdict(user, gate)? == Verdict::Deny;
            if denied && self.user.is_none() {
                return None;
            }
            let (verdict, why) = self.access.why(user, gate)?;
            Some(Line { gate, user, active: person.active, verdict, why })
        };
        users.filter_map(line).collect()
    }
}

/// The slug of an application, or of the one that an entitlement belongs to.
fn application(gate: &Address) -> &str {
    match gate.parts().first() {
        Some(Part::At(owner)) => owner.name().unwrap_or_default(),
        _ => gate.name().unwrap_or_default(),
    }
}

/// The name of an entitlement.
fn entitlement(gate: &Address) -> Option<&str> {
    gate.parts().iter().find_map(|part| if let Part::Name(name) = part { Some(&**name) } else { None })
}

/// `wiki`, or `wiki: edit` for an entitlement.
fn title(gate: &Address) -> String {
    match entitlement(gate) {
        Some(name) => format!("{}: {name}", application(gate)),
        None => application(gate).to_owned(),
    }
}

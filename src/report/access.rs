//! Who may open what: as text, CSV, JSON and Markdown, whole or for one user or application.
//!
//! What is not known is "unknown", in every form; it is never left out and never shown as no access.

mod change;
mod html;
pub(super) mod phrases;
mod tables;
mod text;
mod verified;

use crate::access::{Access, DEFAULT_ACCESS, Gate, SETTINGS, Unbound, Verdict, Why, World};
use crate::schema::Release;
use crate::value::{Address, Part};
use crate::wire::{Server, access as wire};

pub use change::{
    difference_csv, difference_document, difference_lines, difference_markdown, difference_text,
    under_plan,
};
pub(super) use change::{in_document, tone};
pub use html::{difference_html, html};
pub(super) use phrases::{bound, unbound};
pub(crate) use tables::shown;
pub use tables::{csv, document, markdown};
pub use text::text;
pub use verified::{Answered, verified_document, verified_text};

/// Where a world was taken from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place<'a> {
    /// A server, as it is.
    Server {
        /// The address of the server.
        url: &'a str,
        /// The release of the server, as it reports it.
        version: &'a str,
    },
    /// The files alone.
    Files,
    /// A server as it will be after a plan.
    Planned {
        /// The address of the server.
        url: &'a str,
        /// The release of the server, as it reports it.
        version: &'a str,
    },
}

impl<'a> Place<'a> {
    /// The place in a sentence.
    pub fn describe(self) -> String {
        match self {
            Place::Server { url, .. } => url.to_owned(),
            Place::Files => "the files alone".to_owned(),
            Place::Planned { url, .. } => format!("{url} once the plan is applied"),
        }
    }

    /// The same for programs.
    pub(super) fn of(self) -> wire::Of {
        match self {
            Place::Server { .. } => wire::Of::Server,
            Place::Files => wire::Of::Files,
            Place::Planned { .. } => wire::Of::Planned,
        }
    }

    /// The server for programs.
    pub(super) fn on_wire(self) -> Option<Server> {
        let (url, version) = self.server()?;
        Some(Server {
            url: url.to_owned(),
            version: version.to_owned(),
        })
    }

    /// The server and its release.
    fn server(self) -> Option<(&'a str, &'a str)> {
        match self {
            Place::Server { url, version } | Place::Planned { url, version } => {
                Some((url, version))
            }
            Place::Files => None,
        }
    }
}

/// The access to show, and the server it is from.
pub struct View<'a> {
    /// Every verdict.
    pub access: &'a Access<'a>,
    /// Where what is shown was taken from.
    pub place: Place<'a>,
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
    /// The source of the access, and the release whose rule judges it.
    fn heading(&self) -> String {
        let judged = format!("judged as {}", self.access.world.release);
        let more = match (self.place.server(), self.assumed) {
            (Some((_, version)), None) => format!("authentik {version}"),
            (Some((_, version)), Some(_)) => format!("authentik {version}, {judged}"),
            (None, _) => judged,
        };
        format!("{} ({more})", self.place.describe())
    }

    /// The remark on applications without a binding, where some are shown that are not open to all users.
    fn unbound_remark(&self) -> Option<String> {
        self.gates().iter().find(|(_, gate)| gate.is_unbound())?;
        unbound_remark(self.access.world)
    }

    /// Groups whose other members the files do not name.
    fn unsaid(&self) -> Vec<&'a str> {
        let groups = self.access.world.groups.iter();
        groups
            .filter(|(_, group)| group.others)
            .map(|(name, _)| &**name)
            .collect()
    }

    /// The gates that are asked for: applications by slug, each followed by its entitlements.
    fn gates(&self) -> Vec<(&'a Address, &'a Gate)> {
        let wanted = |gate: &&Address| self.app.is_none_or(|app| application(gate) == app);
        let gates = self.access.rows.iter().filter(|(gate, _)| wanted(gate));
        let mut gates: Vec<(&Address, &Gate)> =
            gates.map(|(gate, row)| (*gate, row.gate)).collect();
        gates.sort_by_key(|(gate, _)| (application(gate), entitlement(gate)));
        gates
    }

    /// The verdicts on one of them, by user; those who are denied only if one user is asked for.
    fn lines(&self, gate: &'a Address) -> Vec<Line<'a>> {
        let users = self
            .access
            .world
            .users
            .iter()
            .filter(|(name, _)| self.user.is_none_or(|user| user == &***name));
        let line = |(user, person): (&'a crate::access::Name, &'a crate::access::Person)| {
            let denied = self.access.verdict(user, gate)? == Verdict::Deny;
            if denied && self.user.is_none() {
                return None;
            }
            let (verdict, why) = self.access.why(user, gate)?;
            Some(Line {
                gate,
                user,
                active: person.active,
                verdict,
                why,
            })
        };
        users.filter_map(line).collect()
    }
}

/// The remark on applications without a binding, unless they are open to all users, as is usual.
pub(in crate::report) fn unbound_remark(world: &World) -> Option<String> {
    match (world.unbound(), world.unknown.get(SETTINGS)) {
        (Unbound::Everyone, _) => None,
        (Unbound::Unknown, Some(why)) => Some(format!(
            "Who may open an application without bindings is unknown: {why}"
        )),
        _ => Some(format!(
            "Nobody may open an application without bindings: the setting `{DEFAULT_ACCESS}` is off."
        )),
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
    gate.parts().iter().find_map(|part| {
        if let Part::Name(name) = part {
            Some(&**name)
        } else {
            None
        }
    })
}

/// `wiki`, or `wiki: edit` for an entitlement.
fn title(gate: &Address) -> String {
    match entitlement(gate) {
        Some(name) => format!("{}: {name}", application(gate)),
        None => application(gate).to_owned(),
    }
}

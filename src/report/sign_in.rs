//! Who is signed in by which flow: what a plan changes of it, and the whole table, as text and for machines.
//!
//! What is undecided is "by policy" or "not known", in every form; it is never shown as yes or no.

use std::collections::{BTreeMap, HashSet};

use super::access::Place;
use super::page::{Page, Tone};
use super::safe::harmless;
use crate::access::Name;
use crate::plan::Plan;
use crate::signin::{Answer, Met, Row, Summary, World, title};
use crate::wire::sign_in as wire;

/// The heading of what a plan changes.
pub(super) const TITLE: &str = "Sign-in";
/// How many users a line names.
const NAMED: usize = 6;

/// Whether a plan changes nothing of signing in.
pub(super) fn is_empty(plan: &Plan) -> bool {
    let changed = |it: &wire::SignIn| !it.changes.is_empty() || it.unknown.is_some();
    !plan.sign_in.as_ref().is_some_and(changed)
}

/// What a plan changes, a line each.
pub(super) fn lines(page: &mut Page, indent: usize, plan: &Plan) {
    let Some(sign_in) = &plan.sign_in else {
        return;
    };
    if let Some(why) = &sign_in.unknown {
        let line = format!("not known, since what decides cannot be read: {why}");
        page.bright(indent, Tone::Alarm, &harmless(&line));
    }
    for change in &sign_in.changes {
        let text = change.to_string();
        let line = harmless(&text);
        match (change.weaker, &change.before) {
            (true, _) => page.bright(indent, Tone::Alarm, &line),
            (false, None) => page.line(indent, Tone::Add, &line),
            (false, Some(_)) => page.line(indent, Tone::Change, &line),
        }
    }
}

/// The table to show, and where it is from.
pub struct View<'a> {
    /// What decides.
    pub world: &'a World,
    /// Where it was taken from.
    pub place: Place<'a>,
    /// Only this user.
    pub user: Option<&'a str>,
    /// Only this flow.
    pub flow: Option<&'a str>,
}

impl<'a> View<'a> {
    /// The flows that are asked for, with what each comes to.
    fn flows(&self) -> BTreeMap<&'a Name, Summary> {
        let mut flows = self.world.summaries();
        flows.retain(|slug, _| self.flow.is_none_or(|flow| flow == &***slug));
        flows
    }

    /// The rows of a flow.
    fn rows(&self, slug: &'a Name, superusers: &HashSet<&str>) -> Vec<Row<'a>> {
        let Some(flow) = self.world.flows.get(slug) else {
            return Vec::new();
        };
        self.world.rows(slug, flow, superusers, self.user)
    }

    /// The flow by which a brand signs users in.
    fn brands(&self) -> Vec<wire::Brand> {
        self.world
            .brands
            .iter()
            .map(|(domain, brand)| wire::Brand {
                domain: domain.to_string(),
                default: brand.default,
                flow: self.world.sign_in_flow(domain).map(|flow| flow.to_string()),
                recovery: brand.recovery.as_ref().map(|flow| flow.to_string()),
            })
            .collect()
    }
}

/// The table for machines: every user of every flow.
pub fn document(view: &View<'_>) -> wire::Table {
    let flows = view.flows();
    let superusers = view.world.superusers();
    let mut rows: Vec<wire::Row> = Vec::new();
    for slug in flows.keys() {
        let mut of_flow: Vec<wire::Row> = Vec::new();
        for row in view.rows(slug, &superusers) {
            let one = on_wire(&row);
            match &row.users {
                None => of_flow.push(one),
                Some(users) => of_flow.extend(users.iter().map(|user| wire::Row {
                    user: Some(user.to_string()),
                    ..one.clone()
                })),
            }
        }
        of_flow.sort_by(|a, b| a.user.cmp(&b.user));
        rows.append(&mut of_flow);
    }
    let words = |proof: Option<crate::signin::Proof>| proof.map(|proof| proof.to_string());
    wire::Table {
        of: view.place.of(),
        server: view.place.on_wire(),
        rule: view.world.release.to_string(),
        unreadable: view
            .world
            .unread
            .iter()
            .map(|(family, why)| ((*family).to_owned(), why.clone()))
            .collect(),
        brands: view.brands(),
        flows: flows
            .iter()
            .map(|(slug, summary)| wire::Flow {
                flow: slug.to_string(),
                designation: summary.designation.clone(),
                entry: summary.entry.to_string(),
                proof: words(summary.proof),
                enrollment: words(summary.creates),
                account_change: words(summary.changes),
            })
            .collect(),
        rows,
    }
}

fn on_wire(row: &Row<'_>) -> wire::Row {
    wire::Row {
        flow: row.flow.to_string(),
        user: None,
        signed_in: match row.signed_in {
            Answer::Yes => Some(true),
            Answer::No => Some(false),
            Answer::ByPolicy | Answer::Unknown => None,
        },
        undecided: undecided(row.signed_in),
        needs_device: row.needs_device,
        proof: row.proof.map(|proof| proof.to_string()),
        steps: row.met.iter().map(step).collect(),
    }
}

fn undecided(answer: Answer) -> Option<wire::Undecided> {
    match answer {
        Answer::ByPolicy => Some(wire::Undecided::ByPolicy),
        Answer::Unknown => Some(wire::Undecided::Unknown),
        Answer::Yes | Answer::No => None,
    }
}

fn step(met: &Met) -> wire::Step {
    wire::Step {
        component: met.component.to_owned(),
        stage: met.stage.as_ref().map(|stage| stage.to_string()),
        error_message: met.message.clone(),
        undecided: met.undecided.and_then(undecided),
    }
}

/// The table for a terminal: brands, then each flow with what it asks for, and what users meet in it.
pub fn text(view: &View<'_>, color: bool, width: usize) -> String {
    let mut page = Page::new(color, width);
    let release = view.world.release;
    let place = view.place.describe();
    page.plain(&harmless(&format!(
        "akrec access --sign-in · {place} · by the rules of {release}"
    )));
    let flows = view.flows();
    for brand in view.brands().iter().filter(|_| view.flow.is_none()) {
        page.gap();
        let which = if brand.default { " (default)" } else { "" };
        let flow = brand.flow.as_deref().unwrap_or("no flow");
        let proof = brand
            .flow
            .as_deref()
            .and_then(|slug| flows.get(&Name::from(slug)))
            .map_or("signs nobody in".to_owned(), proof);
        page.toned(
            0,
            Tone::Strong,
            &harmless(&format!("Brand {}{which}: {flow}: {proof}", brand.domain)),
        );
    }
    if flows.is_empty() {
        page.gap();
        page.plain("There is no flow that signs anybody in.");
    }
    let superusers = view.world.superusers();
    for (slug, summary) in &flows {
        page.gap();
        of_flow(&mut page, slug, summary);
        for row in view.rows(slug, &superusers) {
            of_row(&mut page, &row);
        }
    }
    for (family, why) in &view.world.unread {
        page.gap();
        page.bright(
            0,
            Tone::Alarm,
            &harmless(&format!(
                "{family} cannot be read, so that some answers are not known: {why}"
            )),
        );
    }
    page.finish()
}

fn proof(summary: &Summary) -> String {
    match summary.proof {
        Some(proof) => proof.to_string(),
        None => "signs nobody in".to_owned(),
    }
}

fn of_flow(page: &mut Page, slug: &str, summary: &Summary) {
    let designation = &summary.designation;
    page.toned(
        0,
        Tone::Strong,
        &harmless(&format!("{slug} ({designation}): {}", proof(summary))),
    );
    page.plain(&harmless(&format!(
        "  may be started by: {}",
        summary.entry
    )));
    if let Some(creates) = summary.creates {
        page.plain(&format!("  creates accounts for: {creates}"));
    }
    if let Some(changes) = summary.changes {
        page.plain(&format!(
            "  changes accounts without sign-in for: {changes}"
        ));
    }
}

fn of_row(page: &mut Page, row: &Row<'_>) {
    let who = match &row.users {
        None => "first page".to_owned(),
        Some(users) => named(users),
    };
    let pages: Vec<String> = row.met.iter().map(met).collect();
    let pages = pages.join(", ");
    let Some(_) = &row.users else {
        page.plain(&harmless(&format!("  {who}: {pages}")));
        return;
    };
    let ends = match (row.signed_in, row.needs_device) {
        (Answer::Yes, _) => "signed in".to_owned(),
        (Answer::No, true) => "not signed in without an enrolled device".to_owned(),
        (Answer::No, false) => "not signed in".to_owned(),
        (open, _) => format!("signed in {}", open.reason()),
    };
    page.plain(&harmless(&format!("  {who}: {ends} ({pages})")));
}

/// `alice, bob and 3 more`
fn named(users: &[&Name]) -> String {
    let names: Vec<&str> = users.iter().take(NAMED).map(|name| &***name).collect();
    let names = names.join(", ");
    match users.len().saturating_sub(NAMED) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

fn met(met: &Met) -> String {
    let page = title(met.component);
    let message = met
        .message
        .as_ref()
        .map(|message| format!(": {message}"))
        .unwrap_or_default();
    let undecided = met
        .undecided
        .map(|open| format!(" ({})", open.reason()))
        .unwrap_or_default();
    format!("{page}{message}{undecided}")
}

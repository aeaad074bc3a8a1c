//! The listing as one page for a browser: search, sort and every reason on demand.
//!
//! The page holds users once, and every set of users once (groups of users who have one reason in common), never the
//! pairs. It receives all verdicts and reasons, and decides none.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{PreEscaped, html};
use serde_json::Value as Json;

use super::super::browser::{Line, STYLE, page};
use super::super::safe::line;
use super::{View, application, difference_lines, entitlement, phrases, title};
use crate::access::{Bits, Difference, Name, Part, Passes, Subject, Verdict, Why};
use crate::wire;
use crate::wire::page::{Access, Gate, Reason};

const SCRIPT: &str = include_str!("page.js");
/// Stands for the way into a group while a reason is put into words; no name holds it once it is made harmless.
const WAY: char = '\u{1}';

/// The whole page.
pub fn html(view: &View<'_>) -> String {
    let world = view.access.world;
    let name = match (view.user, view.app) {
        (Some(user), _) => format!("What {user} may open"),
        (None, Some(app)) => format!("Who may open {app}"),
        (None, None) => "Who may open what".to_owned(),
    };
    let gates = view.gates();
    let inactive = world.users.values().filter(|person| !person.active).count();
    let mut facts = vec![phrases::many(
        gates
            .iter()
            .filter(|(gate, _)| entitlement(gate).is_none())
            .count(),
        "application",
    )];
    if world.blind().is_none() {
        facts.push(phrases::many(world.users.len(), "user"));
        facts.extend(
            (inactive > 0).then(|| format!("{inactive} of them inactive and unable to sign in")),
        );
    }
    let open: Vec<_> = gates
        .iter()
        .filter(|(_, gate)| world.is_open(gate))
        .collect();
    let strangers = world.strangers();
    let unsaid = view.unsaid();
    let body = html! {
        h1 { (Line(&name)) } "\n"
        p class="soft" { (Line(&view.heading())) } "\n"
        p class="soft" { (facts.join(", ")) } "\n"
        @if let Some(why) = world.blind() {
            section class="alarm" {
                h2 { "Not known" }
                p { "Who may open the rest is unknown: " (Line(why)) }
            } "\n"
        }
        @if !open.is_empty() {
            section class="alarm" aria-labelledby="open" {
                h2 id="open" { "Open to all users: " (phrases::many(open.len(), "application")) } "\n"
                ul { "\n"
                    @for (address, gate) in &open {
                        li { b { (Line(&title(address))) } " " (phrases::unbound(gate)) } "\n"
                    }
                }
            } "\n"
        }
        @if let Some(remark) = view.unbound_remark() {
            p { (Line(&remark)) } "\n"
        }
        (PreEscaped(include_str!("page.html")))
        @if strangers > 0 {
            p class="soft" {
                (phrases::many(strangers, "membership"))
                " of users that the token cannot see: nothing is known about them."
            } "\n"
        }
        @if !unsaid.is_empty() {
            p class="soft" {
                "Who else is in these groups is unknown: "
                @for (number, group) in unsaid.iter().enumerate() {
                    @if number > 0 { ", " }
                    (Line(group))
                }
                "."
            } "\n"
        }
    };
    page(
        &format!("{name} · {}", view.place.describe()),
        STYLE,
        &body,
        Some((SCRIPT, &data(view))),
    )
}

/// The data that the script shows.
fn data(view: &View<'_>) -> Json {
    let world = view.access.world;
    let kept = |name: &str| view.user.is_none_or(|user| user == name);
    let users: Vec<&Name> = world.users.keys().filter(|name| kept(name)).collect();
    let numbers: HashMap<&str, usize> = users
        .iter()
        .enumerate()
        .map(|(number, name)| (&***name, number))
        .collect();
    let mut sets = Sets {
        view,
        numbers,
        all: Vec::new(),
        known: HashMap::new(),
    };
    let mut all_ways = BTreeMap::new();
    for (group, ways) in view.access.ways() {
        let through = ways.iter().filter(|(way, _)| way.len() > 1);
        let ways: Vec<(String, usize)> = through
            .filter_map(|(way, users)| Some((line(&way.join(" -> ")), sets.number(users)?)))
            .collect();
        if !ways.is_empty() {
            all_ways.insert(line(group), ways);
        }
    }
    let blind = world.blind().is_some();
    let mut gates = Vec::new();
    for (address, gate) in view.gates() {
        let alike = if blind {
            Vec::new()
        } else {
            view.access.alike(address)
        };
        let rows = alike
            .iter()
            .filter_map(|it| Some((rank(it.verdict), why(&it.why), sets.number(&it.users)?)));
        gates.push(Gate {
            app: line(application(address)),
            right: entitlement(address).map(line),
            open: world.is_open(gate),
            mode: phrases::mode(gate),
            bound: line(&phrases::bound(gate)),
            rows: rows.collect(),
        });
    }
    let inactive = world
        .users
        .iter()
        .filter(|(_, person)| !person.active)
        .filter_map(|(name, _)| sets.numbers.get(&**name));
    let inactive: Vec<usize> = inactive.copied().collect();
    wire::json(&Access {
        users: users.iter().map(|name| line(name)).collect(),
        inactive: encoded(&inactive, users.len()),
        blind,
        one: view.user.is_some(),
        gates,
        ways: all_ways,
        sets: sets.all,
    })
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Deny => 0,
        Verdict::Unknown => 1,
        Verdict::Conditional => 2,
        Verdict::Allow => 3,
    }
}

/// A reason in parts; one that goes through a group is split where the way stands.
fn why(why: &Why) -> Vec<Reason> {
    let Why::Bound(parts) = why else {
        return vec![Reason::Words(phrases::why(why))];
    };
    let one = |part: &Part| match (&part.subject, part.path.last()) {
        (Subject::Group(_), Some(group)) if part.passes != Passes::Unknown => {
            let marked = Part {
                path: vec![Name::from(WAY.to_string())],
                ..part.clone()
            };
            let text = phrases::why(&Why::Bound(vec![marked]));
            match text.split_once(WAY) {
                Some((before, after)) => Reason::Through(line(before), line(group), line(after)),
                None => Reason::Words(line(&text)),
            }
        }
        _ => Reason::Words(line(&phrases::why(&Why::Bound(vec![part.clone()])))),
    };
    parts.iter().map(one).collect()
}

/// Each set of users once.
struct Sets<'v> {
    view: &'v View<'v>,
    numbers: HashMap<&'v str, usize>,
    all: Vec<String>,
    known: HashMap<String, usize>,
}

impl Sets<'_> {
    /// The number of a set; `None` if none of its users is on the page.
    fn number(&mut self, users: &Bits) -> Option<usize> {
        let mut members: Vec<usize> = self
            .view
            .access
            .names(users)
            .filter_map(|name| self.numbers.get(&**name).copied())
            .collect();
        members.sort_unstable();
        if members.is_empty() {
            return None;
        }
        let text = encoded(&members, self.numbers.len());
        Some(*self.known.entry(text).or_insert_with_key(|text| {
            self.all.push(text.clone());
            self.all.len() - 1
        }))
    }
}

/// Numbers in order, as the shorter of two: runs (how many are skipped, `.` and how many follow if more than one), or
/// `#` and bits.
fn encoded(numbers: &[usize], count: usize) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((first, length)) if *first + *length == *number => *length += 1,
            _ => runs.push((*number, 1)),
        }
    }
    let mut at = 0;
    let mut text = Vec::new();
    for (first, length) in runs {
        let skipped = first - at;
        text.push(if length == 1 {
            skipped.to_string()
        } else {
            format!("{skipped}.{length}")
        });
        at = first + length;
    }
    let text = text.join(",");
    if text.len() < count / 6 + 6 {
        return text;
    }
    let mut bytes = vec![0_u8; count.div_ceil(8)];
    numbers
        .iter()
        .for_each(|number| bytes[number / 8] |= 1 << (number % 8));
    format!("#{}", STANDARD.encode(&bytes))
}

/// A difference as a page that needs no script.
pub fn difference_html(heading: &str, difference: &Difference) -> String {
    let lines = difference_lines(difference);
    let class = |sign: char| match sign {
        '+' => "add",
        '-' => "remove",
        '~' => "change",
        '!' => "deny",
        _ => "comment",
    };
    let tag = |verdict: Verdict| html! { span class={ "tag " (verdict.as_str()) } { (verdict.as_str()) } };
    let moved = difference
        .gates
        .iter()
        .filter(|change| !change.moves.is_empty());
    let body = html! {
        h1 { "Who gains and who loses access" } "\n"
        p class="soft" { (Line(heading)) } "\n"
        @if lines.is_empty() {
            p { "Nobody gains or loses access." } "\n"
        } @else {
            ul class="plain" { "\n"
                @for (sign, line) in &lines {
                    li { span class={ "tag " (class(*sign)) } { (sign) } " " (Line(line)) } "\n"
                }
            } "\n"
        }
        @for change in moved {
            h2 { (Line(&title(&change.gate))) } "\n"
            @for it in &change.moves {
                details {
                    summary {
                        (tag(it.to)) " was " (tag(it.from)) ", "
                        (phrases::many(it.users.len(), "user")) ": " (Line(&phrases::why(&it.why)))
                    } "\n"
                    ul class="plain names" { @for name in &it.users { li { (Line(name)) } } }
                } "\n"
            }
        }
    };
    page("Who gains and who loses access", STYLE, &body, None)
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn a_set_is_runs_or_bits_whichever_is_shorter() {
        assert_eq!(encoded(&[], 100), "");
        assert_eq!(encoded(&[3], 100), "3");
        assert_eq!(encoded(&[0, 1, 2, 9], 100), "0.3,6");
        let even: Vec<usize> = (0..48).step_by(2).collect();
        assert_eq!(encoded(&even, 48), "#VVVVVVVV");
    }
}

//! The listing as one page for a browser: search, sort and every reason on demand.
//!
//! The page holds users once, and every set of users once (groups of users who have one reason in common), never the
//! pairs. It is told all verdicts and reasons, and decides none.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Raw, json};

use super::super::browser::{escaped, page};
use super::super::safe::line;
use super::{View, application, difference_lines, entitlement, title, words};
use crate::access::{Bits, Difference, Name, Part, Passes, Subject, Verdict, Why};

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
    let mut body = format!(
        "<h1>{}</h1>\n<p class=\"soft\">{}</p>\n",
        escaped(&name),
        escaped(&view.heading())
    );
    let gates = view.gates();
    let inactive = world.users.values().filter(|person| !person.active).count();
    let mut facts = vec![words::many(
        gates
            .iter()
            .filter(|(gate, _)| entitlement(gate).is_none())
            .count(),
        "application",
    )];
    if world.blind().is_none() {
        facts.push(words::many(world.users.len(), "user"));
        facts.extend(
            (inactive > 0).then(|| format!("{inactive} of them inactive and unable to sign in")),
        );
    }
    body.push_str(&format!("<p class=\"soft\">{}</p>\n", facts.join(", ")));
    if let Some(why) = world.blind() {
        let why = escaped(why);
        body.push_str(&format!(
            "<section class=\"alarm\"><h2>Not known</h2><p>Who may open the rest is unknown: {why}</p></section>\n"
        ));
    }
    let open: Vec<String> = gates
        .iter()
        .filter(|(_, gate)| world.is_open(gate))
        .map(|(address, gate)| {
            format!(
                "<li><b>{}</b> {}</li>\n",
                escaped(&title(address)),
                words::unbound(gate)
            )
        })
        .collect();
    if !open.is_empty() {
        let many = words::many(open.len(), "application");
        body.push_str(&format!(
            "<section class=\"alarm\" aria-labelledby=\"open\"><h2 id=\"open\">Open to all users: {many}</h2>\n<ul>\n{}</ul></section>\n",
            open.concat()
        ));
    }
    if let Some(remark) = view.unbound_remark() {
        body.push_str(&format!("<p>{}</p>\n", escaped(&remark)));
    }
    body.push_str(include_str!("page.html"));
    let strangers = world.strangers();
    if strangers > 0 {
        let these = words::many(strangers, "membership");
        body.push_str(&format!(
            "<p class=\"soft\">{these} of users that the token cannot see: nothing is known about them.</p>\n"
        ));
    }
    let unsaid: Vec<String> = view.unsaid().into_iter().map(escaped).collect();
    if !unsaid.is_empty() {
        body.push_str(&format!(
            "<p class=\"soft\">Who else is in these groups is unknown: {}.</p>\n",
            unsaid.join(", ")
        ));
    }
    page(
        &format!("{name} · {}", view.place.words()),
        &body,
        Some((SCRIPT, &data(view))),
    )
}

/// What the script shows.
fn data(view: &View<'_>) -> Raw {
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
    let ways: serde_json::Map<String, Raw> = view
        .access
        .ways()
        .into_iter()
        .map(|(group, ways)| {
            let ways: Vec<Raw> = ways
                .iter()
                .filter(|(way, _)| way.len() > 1)
                .filter_map(|(way, users)| {
                    Some(json!([line(&way.join(" -> ")), sets.number(users)?]))
                })
                .collect();
            (line(group), ways)
        })
        .filter(|(_, ways)| !ways.is_empty())
        .map(|(group, ways)| (group, ways.into()))
        .collect();
    let blind = world.blind().is_some();
    let gates: Vec<Raw> = view
        .gates()
        .into_iter()
        .map(|(address, gate)| {
            let alike = if blind {
                Vec::new()
            } else {
                view.access.alike(address)
            };
            let rows: Vec<Raw> = alike
                .iter()
                .filter_map(|it| {
                    Some(json!([
                        rank(it.verdict),
                        why(&it.why),
                        sets.number(&it.users)?
                    ]))
                })
                .collect();
            json!({
                "app": line(application(address)),
                "right": entitlement(address).map(line),
                "open": world.is_open(gate),
                "mode": words::mode(gate),
                "bound": line(&words::bound(gate)),
                "rows": rows,
            })
        })
        .collect();
    let inactive = world
        .users
        .iter()
        .filter(|(_, person)| !person.active)
        .filter_map(|(name, _)| sets.numbers.get(&**name));
    let inactive: Vec<usize> = inactive.copied().collect();
    json!({
        "users": users.iter().map(|name| line(name)).collect::<Vec<_>>(),
        "inactive": encoded(&inactive, users.len()),
        "blind": blind,
        "one": view.user.is_some(),
        "gates": gates,
        "ways": ways,
        "sets": sets.all,
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
fn why(why: &Why) -> Vec<Raw> {
    let Why::Bound(parts) = why else {
        return vec![json!(words::why(why))];
    };
    let one = |part: &Part| match (&part.subject, part.path.last()) {
        (Subject::Group(_), Some(group)) if part.passes != Passes::Unknown => {
            let marked = Part {
                path: vec![Name::from(WAY.to_string())],
                ..part.clone()
            };
            let text = words::why(&Why::Bound(vec![marked]));
            match text.split_once(WAY) {
                Some((before, after)) => json!([line(before), line(group), line(after)]),
                None => json!(line(&text)),
            }
        }
        _ => json!(line(&words::why(&Why::Bound(vec![part.clone()])))),
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
    /// The number of a set; `None` if nobody of it is on the page.
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
pub fn difference_html(heading: &str, told: &Difference) -> String {
    let mut body = format!(
        "<h1>Who gains and who loses access</h1>\n<p class=\"soft\">{}</p>\n",
        escaped(heading)
    );
    let lines = difference_lines(told);
    if lines.is_empty() {
        body.push_str("<p>Nobody gains or loses access.</p>\n");
    } else {
        body.push_str("<ul class=\"plain\">\n");
        for (sign, line) in lines {
            let class = match sign {
                '+' => "add",
                '-' => "remove",
                '~' => "change",
                '!' => "deny",
                _ => "comment",
            };
            body.push_str(&format!(
                "<li><span class=\"tag {class}\">{sign}</span> {}</li>\n",
                escaped(&line)
            ));
        }
        body.push_str("</ul>\n");
    }
    for change in told.gates.iter().filter(|change| !change.moves.is_empty()) {
        body.push_str(&format!("<h2>{}</h2>\n", escaped(&title(&change.gate))));
        for it in &change.moves {
            let names: Vec<String> = it
                .users
                .iter()
                .map(|name| format!("<li>{}</li>", escaped(name)))
                .collect();
            body.push_str(&format!(
                "<details><summary><span class=\"tag {}\">{}</span> was <span class=\"tag {}\">{}</span>, {}: {}</summary>\n<ul class=\"plain names\">{}</ul></details>\n",
                it.to.word(),
                it.to.word(),
                it.from.word(),
                it.from.word(),
                words::many(it.users.len(), "user"),
                escaped(&words::why(&it.why)),
                names.concat()
            ));
        }
    }
    page("Who gains and who loses access", &body, None)
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

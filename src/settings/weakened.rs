//! Which settings of the checkout make akrec less safe than it is without them, and an environment's less safe than the
//! base's. They take effect all the same; a report on a plan says them, so that a review notices.

use std::collections::BTreeSet;

use super::file::File;
use super::reader::Placed;
use crate::diag::{Place, Sources, Span};
use crate::lints::Level;
use crate::plan::{DEFAULT_LIMITS, Limit, Weakened};

/// How a lint is taken that no setting speaks of.
const DEFAULT_LEVEL: Level = Level::Warn;

/// What the base's settings with an environment's over them weaken, and what the environment's do compared to the base's.
pub(super) fn find(base: &File, over: &File, sources: &Sources) -> Vec<Weakened> {
    let place = |span: Span| sources.place(span);
    let mut found = limits(base, over, &place);
    let levels: BTreeSet<_> = base.lints.keys().chain(over.lints.keys()).collect();
    for code in levels {
        let said = |file: &File| file.lints.get(code).copied();
        let weaker = |level: &Level, than: &Level| level < than;
        let name = format!("lints.{}", code.lint().unwrap_or(code.as_str()));
        let one = Setting {
            name,
            base: said(base),
            over: said(over),
            default: DEFAULT_LEVEL,
        };
        found.extend(one.judge(weaker, |level| level_name(*level).to_owned(), &place));
    }
    let flags = [
        ("allow_unknown", base.allow_unknown, over.allow_unknown),
        ("insecure_skip_tls_verify", base.insecure, over.insecure),
    ];
    for (name, base, over) in flags {
        let one = Setting {
            name: name.to_owned(),
            base,
            over,
            default: false,
        };
        found.extend(one.judge(|flag, than| *flag && !*than, bool::to_string, &place));
    }
    found.extend(break_glass(base, over, &place));
    found.sort_by(|a, b| (&a.place, &a.setting).cmp(&(&b.place, &b.setting)));
    found
}

fn limits(base: &File, over: &File, place: &dyn Fn(Span) -> Option<Place>) -> Vec<Weakened> {
    let names: BTreeSet<&String> = base.limited.keys().chain(over.limited.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        let said = |file: &File| limit(file, name).map(|limit| vec![limit]);
        let placed = |file: &File| {
            Some(Placed {
                value: said(file)?,
                span: *file.limited.get(name)?,
            })
        };
        let Some(default) = default(name) else {
            continue;
        };
        let one = Setting {
            name: format!("limits.{name}"),
            base: placed(base),
            over: placed(over),
            default,
        };
        // A limit takes the place of all that stood there: it is weaker if it lets through what one of those did not.
        let weaker = |these: &Vec<Limit>, those: &Vec<Limit>| {
            those
                .iter()
                .any(|that| these.iter().all(|this| this.exceeds(*that)))
        };
        let show = |limits: &Vec<Limit>| {
            let words: Vec<String> = limits.iter().map(Limit::to_string).collect();
            if words.is_empty() {
                "no limit".to_owned()
            } else {
                words.join(" and ")
            }
        };
        found.extend(one.judge(weaker, show, place));
    }
    found
}

/// What a file says of one limit.
fn limit(file: &File, name: &str) -> Option<Limit> {
    match name {
        "deletes" => file.limits.deletes.map(Limit::Count),
        "delete_share" => file.limits.delete_share.map(Limit::Percent),
        "changes" => file.limits.changes.map(Limit::Count),
        _ => file
            .limits
            .removals
            .get(name.strip_prefix("removals.")?)
            .copied(),
    }
}

/// What holds where nothing is said.
fn default(name: &str) -> Option<Vec<Limit>> {
    let [count, share] = DEFAULT_LIMITS;
    Some(match name {
        "deletes" => vec![count],
        "delete_share" => vec![share],
        "changes" => Vec::new(),
        _ if name.starts_with("removals.") => vec![count, share],
        _ => return None,
    })
}

/// Users that the base would keep and the environment would not; a list that names nobody.
fn break_glass(
    base: &File,
    over: &File,
    place: &dyn Fn(Span) -> Option<Place>,
) -> Option<Weakened> {
    let names = |list: &Option<Placed<Vec<String>>>| -> Vec<String> {
        list.as_ref()
            .map(|placed| placed.value.clone())
            .unwrap_or_default()
    };
    let found = |placed: &Placed<Vec<String>>, instead_of: String, base: bool| Weakened {
        setting: "break_glass".to_owned(),
        value: listed(&placed.value),
        instead_of,
        base,
        place: place(placed.span),
    };
    let below = names(&base.break_glass);
    match &over.break_glass {
        Some(placed) if below.iter().any(|name| !placed.value.contains(name)) => {
            Some(found(placed, listed(&below), true))
        }
        Some(placed) if placed.value.is_empty() => {
            Some(found(placed, "to name somebody".to_owned(), false))
        }
        None => base
            .break_glass
            .as_ref()
            .filter(|placed| placed.value.is_empty())
            .map(|placed| found(placed, "to name somebody".to_owned(), false)),
        Some(_) => None,
    }
}

fn listed(names: &[String]) -> String {
    format!("[{}]", names.join(", "))
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Allow => "allow",
        Level::Warn => "warn",
        Level::Deny => "deny",
    }
}

/// What both files say of one setting.
struct Setting<T> {
    name: String,
    base: Option<Placed<T>>,
    over: Option<Placed<T>>,
    default: T,
}

impl<T: Clone> Setting<T> {
    fn judge(
        &self,
        weaker: impl Fn(&T, &T) -> bool,
        show: impl Fn(&T) -> String,
        place: &dyn Fn(Span) -> Option<Place>,
    ) -> Option<Weakened> {
        let found = |placed: &Placed<T>, than: &T, base: bool| Weakened {
            setting: self.name.clone(),
            value: show(&placed.value),
            instead_of: show(than),
            base,
            place: place(placed.span),
        };
        match (&self.over, &self.base) {
            (Some(over), Some(base)) if weaker(&over.value, &base.value) => {
                Some(found(over, &base.value, true))
            }
            (Some(one), _) | (None, Some(one)) if weaker(&one.value, &self.default) => {
                Some(found(one, &self.default, false))
            }
            _ => None,
        }
    }
}

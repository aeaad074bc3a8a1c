//! The settings that make a plan less safe, in the words and forms that the reports share.

use super::forge::Extent;
use super::page::{Page, Tone};
use super::safe::harmless;
use crate::plan::{Plan, Weakened};
use crate::wire::{self, change::Than};

/// The heading of the list.
pub(super) const TITLE: &str = "Safety weakened by settings of the checkout";
/// What machines call one of them.
pub(super) const RULE: &str = "weakened-safety";

/// `limits.deletes: 50 (the default is 10)`
pub(super) fn sentence(one: &Weakened) -> String {
    let whose = if one.base {
        "the base says"
    } else {
        "the default is"
    };
    harmless(&format!(
        "{}: {} ({whose} {})",
        one.setting, one.value, one.instead_of
    ))
    .replace('\t', " ")
}

/// A line each, with its place.
pub(super) fn lines(page: &mut Page, indent: usize, plan: &Plan) {
    for one in &plan.weakened {
        let place = one.place.as_ref().map(ToString::to_string);
        page.headed(indent, Tone::Alarm, &sentence(one), place.as_deref());
    }
}

/// Where it is said, for forges.
pub(super) fn extent(one: &Weakened) -> Option<Extent> {
    let place = one.place.as_ref()?;
    let file = place.file.replace('\\', "/");
    let file = file.strip_prefix("./").unwrap_or(&file).to_owned();
    Some(Extent {
        file,
        line: place.line,
        column: 1,
        end_line: place.line,
        end_column: 1,
    })
}

/// All of them, for machines.
pub(super) fn wire(plan: Option<&Plan>) -> Vec<wire::change::Weakened> {
    let one = |one: &Weakened| wire::change::Weakened {
        setting: one.setting.clone(),
        value: one.value.clone(),
        instead_of: one.instead_of.clone(),
        than: if one.base { Than::Base } else { Than::Default },
        source: one.place.as_ref().map(|place| wire::Place {
            file: place.file.clone(),
            line: place.line,
            column: place.column,
        }),
    };
    plan.map_or(&[][..], |plan| &plan.weakened)
        .iter()
        .map(one)
        .collect()
}

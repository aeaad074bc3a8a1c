//! Sections to objects: each entry of the tree becomes one object of one kind, its sugar becomes objects of its own.
//!
//! Everything is lowered here, so that the planner knows objects only. Every problem is collected; nothing is guessed.

mod absent;
mod assertions;
mod children;
mod defaults;
mod fields;
mod fits;
mod lifecycle;
mod memberships;
mod object;
mod privilege_claims;
mod raw;
mod reported;
mod rules;
mod sections;
mod sign_in_claims;
mod twin;
mod unique;

pub use raw::is_raw_path;

use std::collections::HashMap;

use super::object::{Desired, Settings};
use super::tree::{Tree, over};
use crate::diag::{Code, Diagnostic, Span};
use crate::value::Address;
use crate::yaml::{Node, Nodes};
use crate::{budget, kinds};

/// Sections that hold no objects.
const WORDS: &[&str] = &["defaults", "absent", "assertions", "raw"];

/// Lowers the tree. What is broken is left out of the result and reported in the diagnostics.
pub(super) fn lower(tree: &Tree, settings: &Settings) -> (Desired, Vec<Diagnostic>, Vec<Span>) {
    let mut lowering = Lowering {
        settings,
        desired: Desired::default(),
        diagnostics: Vec::new(),
        secrets: Vec::new(),
        defaults: HashMap::new(),
        seen: HashMap::new(),
        left: Nodes::default(),
    };
    for section in tree
        .sections
        .iter()
        .filter(|section| section.name.text == "defaults")
    {
        lowering.defaults(&section.entries);
    }
    for section in &tree.sections {
        match section.name.text.as_str() {
            "defaults" | "raw" => {}
            "absent" => lowering.absent(&section.entries),
            "assertions" => section
                .bodies
                .iter()
                .for_each(|body| lowering.assertions(body)),
            _ => lowering.section(&section.name, &section.entries),
        }
        if section.name.text == "assertions" {
            for entry in &section.entries {
                lowering.error(
                    Code::WRONG_TYPE,
                    "assertions must be a list",
                    entry.key.span,
                    "this is a mapping",
                );
            }
        } else if known(&section.name.text) {
            for body in &section.bodies {
                let label = format!("this is {}", body.describe());
                lowering.error(
                    Code::WRONG_TYPE,
                    format!("{} must be a mapping", section.name.text),
                    body.span,
                    label,
                );
            }
        }
    }
    lowering.raw(tree);
    lowering.contradictions();
    lowering.older_names();
    lowering.taken_values();
    lowering.memberships();
    lowering.misfits();
    // All of it is held as long as the run lasts.
    lowering.desired.objects.shrink_to_fit();
    for object in &mut lowering.desired.objects {
        object.refs.shrink_to_fit();
    }
    (lowering.desired, lowering.diagnostics, lowering.secrets)
}

/// Whether there is such a section; where there is none, that is said once.
fn known(section: &str) -> bool {
    WORDS.contains(&section) || kinds::section(section).next().is_some()
}

struct Lowering<'a> {
    settings: &'a Settings,
    desired: Desired,
    diagnostics: Vec<Diagnostic>,
    secrets: Vec<Span>,
    /// By the title of the kind: `providers.oauth2`.
    defaults: HashMap<String, Node>,
    seen: HashMap<Address, Span>,
    /// What `defaults` may still repeat.
    left: Nodes,
}

impl Lowering<'_> {
    /// An object with its defaults below it. They are repeated for every object, so they take of the budgets; once these
    /// are used up, that is said and no object gets any.
    fn with_defaults(&mut self, defaults: &Node, node: &Node) -> Node {
        if self.left.is_spent() {
            return node.clone();
        }
        let (values, bytes) = defaults.weight();
        if self.left.take(values, bytes) {
            return over(defaults, node);
        }
        self.diagnostics.push(
            Diagnostic::error(
                Code::TOO_LARGE,
                "with its defaults, the state is larger than akrec reads",
            )
            .at(defaults.span, "these are repeated for every object")
            .note(format!(
                "the limit is {}, and {} of text",
                budget::VALUES,
                budget::COPIES
            ))
            .help("set long values only in the objects that need them"),
        );
        node.clone()
    }

    fn error(
        &mut self,
        code: Code,
        message: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) {
        self.diagnostics
            .push(Diagnostic::error(code, message).at(span, label));
    }
}

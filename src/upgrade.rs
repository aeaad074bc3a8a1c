//! What another release of authentik changes for one state: fields, enumerations, defaults, kinds, access and permissions.
//!
//! Pure: it is given what the files declare, what there is, and what the table says of both releases. Only what concerns
//! this state is found, but for kinds that appear. Nothing here holds a value of a field that is secret.

mod access;
mod enumerations;
mod permissions;
mod table;

use std::collections::BTreeMap;

use crate::desired::{Desired, Object};
use crate::diag::{Diagnostic, Span};
use crate::schema::{Kind, Release, Version};
use crate::value::{Address, Value};

pub use access::{closes, may_change};
pub use table::concerns;

/// What a finding is about. The order is that of reports.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// Who may open what.
    Access,
    /// A kind that the target does not have.
    KindGone,
    /// A field that the target does not have.
    FieldGone,
    /// A word of an enumeration that the target does not have.
    WordGone,
    /// Anything else that the target refuses.
    Refused,
    /// Another default.
    Default,
    /// A field that has another name there.
    FieldRenamed,
    /// A field that the target no longer gives back.
    WriteOnly,
    /// A permission that akrec's token needs there.
    Permission,
    /// A field that the target has in addition.
    FieldNew,
    /// Words that the target has in addition.
    WordNew,
    /// A kind that the target has in addition.
    KindNew,
}

/// One thing that the target changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What it is about.
    pub class: Class,
    /// Whether somebody has to decide before the upgrade.
    pub decision: bool,
    /// The kind, by the name that messages have for it.
    pub kind: Option<String>,
    /// The field, as state files call it; a field of an item after a dot.
    pub field: Option<String>,
    /// The words of an enumeration.
    pub words: Vec<String>,
    /// What changes, in one line.
    pub what: String,
    /// Why, or what becomes of it.
    pub why: String,
    /// What to do.
    pub help: String,
    /// The objects that it concerns.
    pub sites: Vec<Site>,
}

/// An object that a finding concerns.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Site {
    /// Its address.
    pub address: Option<Address>,
    /// Where the files say what it is about; `None` where only the server has it.
    pub span: Option<Span>,
}

/// An object that there is.
#[derive(Clone, Debug)]
pub struct Existing<'a> {
    /// Its kind.
    pub kind: &'static Kind,
    /// Its address.
    pub address: &'a Address,
    /// Whether akrec manages it.
    pub owned: bool,
    /// Its fields as far as they are known.
    pub fields: BTreeMap<&'static str, &'a Value>,
}

/// What is asked.
pub struct Question<'a> {
    /// The release that there is, with its patch level if that is known.
    pub from: Version,
    /// The target. Without a patch level it is the newest patch release.
    pub to: Version,
    /// What the files declare, for the present release.
    pub desired: &'a Desired,
    /// What there is; `None` if nobody was asked.
    pub existing: Option<Vec<Existing<'a>>>,
    /// Whether akrec's token is a superuser's, who may do everything; `None` if nobody was asked.
    pub superuser: Option<bool>,
    /// What is wrong with the files for the target and is not for the present release.
    pub refused: &'a [Diagnostic],
    /// The text of the files at a place.
    pub written: &'a dyn Fn(Span) -> Option<String>,
}

/// All that the target changes, but for who may open what: decisions first, then by class, kind and field.
pub fn findings(question: &Question<'_>) -> Vec<Finding> {
    let mut found = table::findings(question);
    found.extend(enumerations::findings(question));
    found.extend(refused(question, &found));
    found.extend(permissions::findings(question));
    found
}

/// Puts findings in the order of reports.
pub fn sort(findings: &mut [Finding]) {
    for finding in findings.iter_mut() {
        finding.sites.sort();
        finding.sites.dedup();
    }
    findings.sort_by(|a, b| {
        let order = |it: &Finding| (!it.decision, it.class, it.kind.clone(), it.field.clone());
        order(a)
            .cmp(&order(b))
            .then_with(|| a.words.cmp(&b.words))
            .then_with(|| a.what.cmp(&b.what))
    });
}

impl Question<'_> {
    /// The two releases.
    fn releases(&self) -> (Release, Release) {
        (self.from.release, self.to.release)
    }

    /// An object, with the place where the files declare it if they do.
    pub fn site(&self, address: &Address) -> Site {
        let declared = self
            .desired
            .objects
            .iter()
            .find(|object| object.address == *address);
        Site {
            address: Some(address.clone()),
            span: declared.map(|object| object.span),
        }
    }

    /// Whether there is a declared object already; `None` if that is not known.
    fn exists(&self, object: &Object) -> Option<bool> {
        let existing = self.existing.as_ref()?;
        let is = |address: &Address| existing.iter().any(|there| there.address == address);
        Some(is(&object.address) || object.previously.iter().any(|(old, _)| is(old)))
    }

    /// What there is of a declared object.
    fn existing(&self, object: &Object) -> Option<&Existing<'_>> {
        let all = self.existing.as_deref().unwrap_or_default();
        let names =
            std::iter::once(&object.address).chain(object.previously.iter().map(|(old, _)| old));
        names
            .into_iter()
            .find_map(|name| all.iter().find(|there| there.address == name))
    }

    /// Declared objects of a kind.
    fn declared(&self, kind: &'static Kind) -> impl Iterator<Item = &Object> {
        self.desired
            .objects
            .iter()
            .filter(move |object| object.kind == kind)
    }

    /// Objects of a kind that exist, are akrec's or of a kind that the files declare, and say something of a field that no
    /// file speaks of.
    fn only_there(&self, kind: &'static Kind, field: &'static str) -> Vec<(&Address, &Value)> {
        let concerned = self.declared(kind).next().is_some();
        let all = self.existing.as_deref().unwrap_or_default().iter();
        let of_kind = all.filter(|there| there.kind == kind && (concerned || there.owned));
        let with_field = of_kind.filter_map(|there| Some((there, *there.fields.get(field)?)));
        let said = |address: &Address| {
            self.declared(kind).any(|object| {
                let is = object.address == *address
                    || object.previously.iter().any(|(old, _)| old == address);
                is && object.fields.contains_key(field)
            })
        };
        let unsaid = with_field.filter(|(there, _)| !said(there.address));
        unsaid
            .map(|(there, value)| (there.address, value))
            .collect()
    }
}

/// What the target refuses and no other finding says already: each at its place.
fn refused(question: &Question<'_>, found: &[Finding]) -> Vec<Finding> {
    // A word is refused where it stands, and found at the name of its field.
    let reported = |span: Span, diagnostic: &Diagnostic| {
        let decisions = found.iter().filter(|finding| finding.decision);
        let mut places = decisions
            .flat_map(|finding| finding.sites.iter().map(move |site| (finding, site.span)));
        places.any(|(finding, place)| {
            let Some(place) = place else { return false };
            let is_word = |word: &String| diagnostic.message.contains(&format!("{word:?}"));
            let after = place.file == span.file && place.start <= span.start;
            // The word itself, where it must not be shown.
            let field = finding.field.as_deref().unwrap_or_default();
            let hidden = finding.class == Class::WordGone
                && finding.words.is_empty()
                && diagnostic
                    .message
                    .strip_prefix(field)
                    .is_some_and(|rest| rest.starts_with(" cannot be "));
            place == span || (after && (hidden || finding.words.iter().any(is_word)))
        })
    };
    let mut all: Vec<Finding> = Vec::new();
    for diagnostic in question.refused {
        let span = diagnostic.primary.as_ref().map(|label| label.span);
        if span.is_some_and(|span| reported(span, diagnostic)) {
            continue;
        }
        let label = diagnostic
            .primary
            .as_ref()
            .map(|label| label.text.clone())
            .filter(|text| !text.is_empty());
        let why: Vec<String> = label
            .into_iter()
            .chain(diagnostic.notes.iter().cloned())
            .collect();
        let site = Site {
            address: None,
            span,
        };
        let same = |finding: &&mut Finding| {
            finding.what == diagnostic.message && finding.class == Class::Refused
        };
        if let Some(known) = all.iter_mut().find(same) {
            known.sites.push(site);
            continue;
        }
        all.push(Finding {
            class: Class::Refused,
            decision: diagnostic.is_error(),
            kind: None,
            field: None,
            words: Vec::new(),
            what: diagnostic.message.clone(),
            why: why.join("; "),
            help: diagnostic.help.clone().unwrap_or_else(|| {
                format!(
                    "change it before the upgrade; `akrec validate --release {}` checks it",
                    question.to.release
                )
            }),
            sites: vec![site],
        });
    }
    all
}

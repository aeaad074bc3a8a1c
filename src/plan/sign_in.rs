//! What a plan changes of signing in, and the safety checks on it: that nobody gets in without proof, that superusers and
//! everybody else still get in, and that accounts are not handed out.
//!
//! Judged by the model of `signin`, from what was read and the steps alone. What must be read for that is asked for
//! (`questions`), and only of plans that touch flows, stages, what is bound to them, brands, sources or policies.

use std::collections::{BTreeMap, BTreeSet};

use super::projected::sign_in_worlds;
use super::safety::SafetyChecks;
use super::step::{Step, Write};
use crate::access::{GROUP, Name, POLICY, USER};
use crate::diag::{Code, Diagnostic, Span};
use crate::live::{Live, Question};
use crate::signin::{
    About, Answer, Aspect, BRAND, Change, Entry, FLOW, POLICY_BINDING, Proof, SOURCE, STAGE,
    STAGE_BINDING, Summary, World, difference,
};
use crate::value::{Address, Part, Value};
pub use crate::wire::sign_in::SignIn;

/// Fields of flows, stages, brands and sources that make no difference to who gets in.
const LOOKS: &[&str] = &[
    "name",
    "title",
    "background",
    "layout",
    "compatibility_mode",
    "denied_action",
    "icon",
    "promoted",
    "branding_title",
    "branding_logo",
    "branding_favicon",
    "branding_custom_css",
    "branding_default_flow_background",
    "attributes",
    "default_application",
    "web_certificate",
    "show_source_labels",
    "allow_show_password",
    "subject",
    "template",
];

/// Whether a step can make a difference to signing in.
fn touches(live: &Live, step: &Step) -> bool {
    // The server deletes what a group or a user is bound to along with it.
    let is_bound = || {
        let me = Value::Ref(step.address.clone());
        let mut bindings = live
            .objects
            .iter()
            .filter(|(address, _)| address.family == POLICY_BINDING && guards(address));
        bindings.any(|(_, found)| found.fields.get(step.address.family) == Some(&me))
    };
    let family = step.address.family;
    let changes = || {
        step.changes
            .iter()
            .any(|change| !LOOKS.contains(&change.field))
    };
    match (&step.write, family) {
        (Write::Nothing, _) => false,
        (_, POLICY_BINDING) => guards(&step.address),
        (Write::Create { .. }, FLOW | STAGE_BINDING | BRAND | SOURCE) => true,
        (Write::Create { .. }, _) => false,
        (Write::Delete, FLOW | STAGE | STAGE_BINDING | BRAND | SOURCE | POLICY) => true,
        (Write::Delete, GROUP | USER) => is_bound(),
        (Write::Delete, _) => false,
        (Write::Update { .. }, FLOW | STAGE | STAGE_BINDING | BRAND | SOURCE | POLICY) => changes(),
        (Write::Update { .. }, _) => false,
    }
}

/// Whether a binding is one of a flow or of a stage in a flow.
fn guards(binding: &Address) -> bool {
    match binding.parts().first() {
        Some(Part::At(target)) => matches!(target.family, FLOW | STAGE_BINDING),
        _ => false,
    }
}

/// What must be known and was not asked yet.
pub(super) fn questions(live: &Live, steps: &[Step]) -> BTreeSet<Question> {
    let asks = steps.iter().any(|step| touches(live, step))
        && !live.answered.contains_key(&Question::SignIn);
    asks.then_some(Question::SignIn).into_iter().collect()
}

/// Says what changes, and refuses what must not happen by accident.
pub(super) fn judge(
    live: &Live,
    steps: &[Step],
    checks: &SafetyChecks,
    diagnostics: &mut Vec<Diagnostic>,
) -> SignIn {
    if !steps.iter().any(|step| touches(live, step)) {
        return SignIn::default();
    }
    if let Some(why) = live.answered.get(&Question::SignIn).and_then(Clone::clone) {
        return SignIn {
            changes: Vec::new(),
            unknown: Some(why),
        };
    }
    let (before, after) = sign_in_worlds(live, steps);
    let changes = difference(&before, &after);
    if changes.is_empty() {
        return SignIn::default();
    }
    let judge = Judge {
        live,
        before: &before,
        after: &after,
        steps,
        checks,
    };
    judge.flows(diagnostics);
    judge.brands(diagnostics);
    judge.sources(&changes, diagnostics);
    SignIn {
        changes,
        unknown: None,
    }
}

struct Judge<'a> {
    live: &'a Live,
    before: &'a World,
    after: &'a World,
    steps: &'a [Step],
    checks: &'a SafetyChecks<'a>,
}

impl Judge<'_> {
    /// Where the first step stands that has to do with something.
    fn place(&self, about: &Address) -> Option<Span> {
        let own = |step: &&Step| step.address == *about || within(&step.address, about);
        let place = |step: &Step| step.source;
        let first = self.steps.iter().filter(own).find_map(place);
        first.or_else(|| {
            self.steps
                .iter()
                .filter(|step| touches(self.live, step))
                .find_map(place)
        })
    }

    /// Refuses, at the first step that has to do with it.
    fn refuse(&self, diagnostic: Diagnostic, about: &Address, diagnostics: &mut Vec<Diagnostic>) {
        let diagnostic = match self.place(about) {
            Some(span) => diagnostic.at(span, "by this"),
            None => diagnostic,
        };
        self.checks.refuse(diagnostic, diagnostics);
    }

    /// Flows that let somebody in, hand out accounts or change them for less than before.
    fn flows(&self, diagnostics: &mut Vec<Diagnostic>) {
        let (was, is) = (self.before.summaries(), self.after.summaries());
        for (slug, summary) in &is {
            let before = was.get(slug);
            self.proof(slug, before, summary, diagnostics);
            self.enrollment(slug, before, summary, diagnostics);
        }
    }

    fn proof(
        &self,
        slug: &Name,
        before: Option<&Summary>,
        summary: &Summary,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let nothing = |proof: Option<Proof>| proof.is_some_and(|proof| proof.is_nothing());
        // Where something undecided keeps visitors out, that is said, and nothing is refused.
        let is_open = |summary: &Summary| summary.entry == Entry::Everyone;
        let was = |pick: fn(&Summary) -> Option<Proof>| {
            before.is_some_and(|before| is_open(before) && nothing(pick(before)))
        };
        let now = |pick: fn(&Summary) -> Option<Proof>| is_open(summary) && nothing(pick(summary));
        let signs_in = now(|summary| summary.proof) && !was(|summary| summary.proof);
        let changes = now(|summary| summary.changes) && !was(|summary| summary.changes);
        if !signs_in && !changes {
            return;
        }
        let recovers = summary.designation == "recovery";
        let code = match recovers {
            true => Code::RECOVERY_WITHOUT_PROOF,
            false => Code::NO_PROOF,
        };
        let what = match (signs_in, recovers) {
            (true, _) => format!(
                "after this plan, the flow {slug} signs anybody in who knows the name of an account"
            ),
            (false, _) => format!(
                "after this plan, the flow {slug} lets anybody change an account who knows its name"
            ),
        };
        let proof = if signs_in {
            summary.proof
        } else {
            summary.changes
        };
        let mut diagnostic = Diagnostic::error(code, what);
        if let Some(proof) = proof {
            diagnostic = diagnostic.note(format!("it asks for: {proof}"));
        }
        if let Some(before) = before.and_then(|before| before.proof) {
            diagnostic = diagnostic.note(format!("before, it asked for: {before}"));
        }
        let help = match recovers {
            true => {
                "keep a stage that sends a link by e-mail, or another proof, before the password is set"
            }
            false => {
                "keep a stage that asks for the password or for another proof before the stage that signs in"
            }
        };
        self.refuse(diagnostic.help(help), &flow(slug), diagnostics);
    }

    fn enrollment(
        &self,
        slug: &Name,
        before: Option<&Summary>,
        summary: &Summary,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let uninvited = |summary: &Summary| {
            let is_open = summary.entry == Entry::Everyone;
            let created = summary.creates.is_some_and(|proof| {
                !proof.usual.invitation && !proof.usual.source && proof.open.is_none()
            });
            is_open && created
        };
        if !uninvited(summary) || before.is_some_and(uninvited) {
            return;
        }
        let what = format!(
            "after this plan, the flow {slug} gives anybody an account without an invitation"
        );
        let diagnostic = Diagnostic::error(Code::OPEN_ENROLLMENT, what)
            .note("everybody who knows the address of the server can open it")
            .help("put an invitation stage before the stage that creates the user, or bind something to the flow");
        self.refuse(diagnostic, &flow(slug), diagnostics);
    }

    /// Brands by which nobody, or no superuser, gets in any more.
    fn brands(&self, diagnostics: &mut Vec<Diagnostic>) {
        let (was, is) = (self.before.summaries(), self.after.summaries());
        let mut closed: BTreeSet<&Name> = BTreeSet::new();
        for (domain, brand) in &self.after.brands {
            let old = self
                .before
                .brands
                .get(domain)
                .and_then(|_| self.before.sign_in_flow(domain));
            let new = self.after.sign_in_flow(domain);
            let before = old.and_then(|slug| was.get(slug));
            let Some(before) = before.filter(|it| it.reach.anybody != Answer::No) else {
                continue;
            };
            let after = new.and_then(|slug| is.get(slug));
            if after.is_none_or(|after| after.reach.anybody == Answer::No) {
                let known = diagnostics.iter().any(|known| known.code == Code::SIGN_IN);
                if !(brand.default && known) && new.is_none_or(|slug| closed.insert(slug)) {
                    self.closed(domain, new, after, diagnostics);
                }
                continue;
            }
            let shut_out = after.is_some_and(|after| after.reach.superuser == Answer::No)
                && before.reach.superuser != Answer::No
                && before.reach.superuser != Answer::Unknown;
            if shut_out && new.is_some_and(|slug| closed.insert(slug)) && !self.elsewhere(&is) {
                let slug = new.map_or("", |slug| &**slug);
                let what = format!("after this plan, no superuser can sign in by the flow {slug}");
                let diagnostic = Diagnostic::error(Code::SUPERUSERS_SHUT_OUT, what)
                    .note(format!("it is the flow of the brand {domain}"))
                    .help("let a group with `is_superuser` through what is bound to the flow and its stages");
                self.refuse(diagnostic, &flow(slug), diagnostics);
            }
        }
    }

    /// Whether superusers get in by the flow of another brand.
    fn elsewhere(&self, flows: &BTreeMap<&Name, Summary>) -> bool {
        self.after.brands.keys().any(|domain| {
            let summary = self
                .after
                .sign_in_flow(domain)
                .and_then(|slug| flows.get(slug));
            summary.is_some_and(|it| it.reach.superuser != Answer::No)
        })
    }

    fn closed(
        &self,
        domain: &str,
        slug: Option<&Name>,
        after: Option<&Summary>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let what = format!("after this plan, nobody could sign in with the brand {domain}");
        let mut diagnostic = Diagnostic::error(Code::SIGN_IN, what);
        diagnostic = match (slug, after) {
            (None, _) => diagnostic.note("it would have no flow that signs users in"),
            (Some(slug), Some(after)) => diagnostic
                .note(format!("it signs in with the flow {slug}"))
                .note(format!("who may start it: {}", after.entry))
                .note(format!("what it shows: {}", pages(&after.path))),
            (Some(slug), None) => diagnostic.note(format!("the flow {slug} is gone")),
        };
        let help = "remove what keeps visitors out: a group, a user or a policy that is bound to the flow is judged before anybody is identified";
        let about = slug.map_or_else(|| Address::named(BRAND, domain), |slug| flow(slug));
        self.refuse(diagnostic.help(help), &about, diagnostics);
    }

    /// Sources that begin to take over accounts by what their users say of themselves.
    fn sources(&self, changes: &[Change], diagnostics: &mut Vec<Diagnostic>) {
        for change in changes {
            let takes_over =
                change.about == About::Source && change.aspect == Aspect::Matching && change.weaker;
            if !takes_over {
                continue;
            }
            let slug = &change.name;
            let by = change.after.as_deref().unwrap_or_default();
            let what = format!("after this plan, the source {slug} takes over accounts ({by})");
            let mut diagnostic = Diagnostic::warning(Code::SOURCE_TAKES_OVER, what)
                .note("whoever has the same e-mail address or username there is signed in as the user here, superusers too")
                .help("keep `identifier` unless the source proves addresses and names, and nobody can choose them there");
            if let Some(span) = self.place(&Address::named(SOURCE, slug)) {
                diagnostic = diagnostic.at(span, "by this");
            }
            diagnostics.push(diagnostic);
        }
    }
}

fn flow(slug: &str) -> Address {
    Address::named(FLOW, slug)
}

/// Whether an address is of something that belongs to another one, at any depth.
fn within(address: &Address, owner: &Address) -> bool {
    address.parts().iter().any(|part| match part {
        Part::At(inner) => inner == owner || within(inner, owner),
        Part::Name(_) | Part::Number(_) => false,
    })
}

/// Pages in words.
fn pages(path: &[&str]) -> String {
    let pages: Vec<&str> = path.iter().map(|page| crate::signin::title(page)).collect();
    pages.join(", ")
}

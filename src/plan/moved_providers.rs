//! Providers that move from a restricted application to one that is open to all users: whoever signs in with the provider
//! is asked by the new application's bindings, so that everybody gets in where only some did.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::matching::Matched;
use super::open_to_all::{Worlds, lets_everyone_in};
use super::safety::SafetyChecks;
use super::step::{Step, Write};
use crate::desired::Desired;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::live::{Live, Question};
use crate::schema::{Kind, Lint};
use crate::value::{Address, Value};

/// A provider that an application gets.
struct Gets<'a> {
    application: &'a Address,
    step: &'a Step,
    provider: Address,
    /// The applications that have it now, or have one that it takes the place of, with that one.
    from: Vec<(&'a Address, Address)>,
}

/// The providers that open applications get by the steps.
fn found<'a>(worlds: &Worlds, matched: &'a Matched, steps: &'a [Step]) -> Vec<Gets<'a>> {
    let mut found = Vec::new();
    let mut index = None;
    for step in steps {
        let fields = provider_fields(step.kind);
        let (Write::Create { body, .. } | Write::Update { body, .. }) = &step.write else {
            continue;
        };
        let application = &step.address;
        let gate = worlds.after.gates.get(application);
        if fields.is_empty() || !gate.is_some_and(|gate| lets_everyone_in(&worlds.after, gate)) {
            continue;
        }
        let had: BTreeSet<Address> = match matched.live.get(application) {
            Some((_, live)) => providers(&fields, &|name| live.fields.get(name)),
            None => BTreeSet::new(),
        };
        let index = index.get_or_insert_with(|| Index::new(matched, steps));
        for provider in providers(&fields, &|name| body.get(name)).difference(&had) {
            let mut from = Vec::new();
            for known in index.twins(provider) {
                let holders = index.holders.get(&known).into_iter().flatten();
                let others = holders.filter(|other| **other != application);
                from.extend(others.map(|other| (*other, known.clone())));
            }
            found.push(Gets {
                application,
                step,
                provider: provider.clone(),
                from,
            });
        }
    }
    found
}

/// Which applications have which provider now, and which providers have a value that only one may have.
struct Index<'a> {
    holders: HashMap<Address, Vec<&'a Address>>,
    /// What the steps write of new providers.
    created: HashMap<&'a Address, (&'static Kind, &'a BTreeMap<&'static str, Value>)>,
    /// Providers that exist, by kind, field and value.
    unique: HashMap<(&'static str, &'static str), BTreeMap<&'a Value, &'a Address>>,
}

impl<'a> Index<'a> {
    fn new(matched: &'a Matched, steps: &'a [Step]) -> Index<'a> {
        let mut index = Index {
            holders: HashMap::new(),
            created: HashMap::new(),
            unique: HashMap::new(),
        };
        for (address, (_, live)) in &matched.live {
            let fields = provider_fields(live.kind);
            for provider in providers(&fields, &|name| live.fields.get(name)) {
                index.holders.entry(provider).or_default().push(address);
            }
            for field in unique_fields(live.kind) {
                if let Some(value) = live.fields.get(field).filter(|value| !value.is_empty()) {
                    let known = index.unique.entry((live.kind.name, field)).or_default();
                    known.insert(value, address);
                }
            }
        }
        for step in steps {
            if let Write::Create { body, .. } = &step.write
                && unique_fields(step.kind).next().is_some()
            {
                index.created.insert(&step.address, (step.kind, body));
            }
        }
        index
    }

    /// A provider, and for a new one those that have the same value in a field which only one may have: with the client id of
    /// another one it is what the other one was.
    fn twins(&self, provider: &Address) -> BTreeSet<Address> {
        let mut twins = BTreeSet::from([provider.clone()]);
        let Some((kind, body)) = self.created.get(provider) else {
            return twins;
        };
        for field in unique_fields(kind) {
            let known = self.unique.get(&(kind.name, field));
            let same = known
                .zip(body.get(field))
                .and_then(|(known, value)| known.get(value));
            twins.extend(same.map(|address| (*address).clone()));
        }
        twins
    }
}

/// The fields of providers in which no two may have the same value. Of applications that is the provider itself.
fn unique_fields(kind: &'static Kind) -> impl Iterator<Item = &'static str> {
    let unique = kind
        .unique_together
        .iter()
        .filter(|_| !kind.guarded_by_bindings);
    unique.filter_map(|fields| match fields {
        [field] => Some(*field),
        _ => None,
    })
}

/// The fields of an application that name its providers.
fn provider_fields(kind: &Kind) -> Vec<&'static str> {
    let mut fields = Vec::new();
    for lint in kind.lints.iter().filter(|_| kind.guarded_by_bindings) {
        if let Lint::LaunchTarget { to, also, .. } = lint {
            fields.push(*to);
            fields.extend_from_slice(also);
        }
    }
    fields
}

fn providers<'v>(fields: &[&str], value: &dyn Fn(&str) -> Option<&'v Value>) -> BTreeSet<Address> {
    let mut all = BTreeSet::new();
    for value in fields.iter().filter_map(|field| value(field)) {
        value.refs(&mut |address| {
            all.insert(address.clone());
        });
    }
    all
}

/// What must be known and was not asked yet: what is bound to the application that has the provider now, if that was not
/// read.
pub(super) fn questions(
    desired: &Desired,
    live: &Live,
    matched: &Matched,
    steps: &[Step],
) -> BTreeSet<Question> {
    let mut asked = BTreeSet::new();
    if !concerns(steps) {
        return asked;
    }
    let worlds = Worlds::of(live, matched, steps);
    let is_new = |provider: &Address| !matched.live.contains_key(provider);
    let listed = |application: &Address| {
        desired
            .owned
            .iter()
            .any(|owned| owned.owner == *application)
    };
    for gets in found(&worlds, matched, steps) {
        let unread = |(application, _): &(&Address, Address)| {
            let gate = worlds.before.gates.get(*application);
            gate.is_none_or(|gate| gate.is_unbound()) && !listed(application)
        };
        if (gets.from.is_empty() && !is_new(&gets.provider)) || gets.from.iter().any(unread) {
            asked.insert(Question::Applications);
        }
    }
    asked.retain(|question| !live.answered.contains_key(question));
    asked
}

/// Whether a step gives an application a provider.
fn concerns(steps: &[Step]) -> bool {
    steps.iter().any(|step| match &step.write {
        Write::Create { body, .. } | Write::Update { body, .. } => provider_fields(step.kind)
            .into_iter()
            .any(|field| body.get(field).is_some_and(|value| !value.is_empty())),
        Write::Delete | Write::Nothing => false,
    })
}

/// Refuses that an open application gets the provider of a restricted one.
pub(super) fn judge(
    live: &Live,
    matched: &Matched,
    steps: &[Step],
    checks: &SafetyChecks,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if !concerns(steps) {
        return;
    }
    let worlds = Worlds::of(live, matched, steps);
    let unread = live
        .answered
        .get(&Question::Applications)
        .cloned()
        .flatten();
    for gets in found(&worlds, matched, steps) {
        let at = |diagnostic: Diagnostic| match gets.step.source {
            Some(span) => diagnostic.at(span, "open to all users, superusers or not"),
            None => diagnostic,
        };
        for (other, provider) in &gets.from {
            if !restricts(live, matched, &worlds, other) {
                continue;
            }
            let message = format!(
                "{} is open to all users and gets {}, which {other} restricts until now",
                gets.application, gets.provider
            );
            let diagnostic = at(Diagnostic::error(Code::RESTRICTED_PROVIDER, message))
                .note("everybody could sign in where only some users could")
                .help(format!(
                    "bind to {} what is bound to {other}",
                    gets.application
                ));
            let diagnostic = match *provider == gets.provider {
                true => diagnostic,
                false => diagnostic.note(format!("it takes the place of {provider}")),
            };
            checks.refuse(diagnostic, diagnostics);
        }
        if let (true, Some(why)) = (gets.from.is_empty(), &unread)
            && matched.live.contains_key(&gets.provider)
        {
            let message = format!(
                "it is unknown whether a restricted application has {} until now",
                gets.provider
            );
            diagnostics.push(
                at(Diagnostic::warning(Code::RESTRICTED_PROVIDER, message))
                    .note(format!("it cannot be read: {why}"))
                    .help(
                        "allow the token's user to view applications, or review the plan closely",
                    ),
            );
        }
    }
}

/// Whether something keeps users out of an application now, as far as is known.
fn restricts(live: &Live, matched: &Matched, worlds: &Worlds, application: &Address) -> bool {
    let gate = worlds.before.gates.get(application);
    if gate.is_some_and(|gate| !lets_everyone_in(&worlds.before, gate)) {
        return true;
    }
    // Of one that is deleted the server lists what is bound to it.
    let before = matched.live.get(application).map(|(before, _)| before);
    let referrers = before.and_then(|before| live.referrers.get(before));
    let binds = |model: &str| {
        let children = kinds::by_model(model);
        children.is_some_and(|kind| {
            let mut guarded = kinds::family(application.family).flat_map(|kind| kind.children);
            kind.bindable.is_none() && guarded.any(|children| children.kind == kind.name)
        })
    };
    referrers.into_iter().flatten().any(|it| binds(&it.model))
}

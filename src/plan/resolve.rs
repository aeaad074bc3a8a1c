//! Who is meant: every reference is a declared object or a live one, by its key or by an alias of it.
//!
//! Gives the declared objects back with references that hold. Nothing is looked up by anything but names.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::desired::fits::{Named, refusal};
use crate::desired::{Desired, Object, RefUse, What};
use crate::diag::{Code, Diagnostic, Span, Suggestions};
use crate::ledger::Ledger;
use crate::live::Live;
use crate::schema::{Kind, RELEASES};
use crate::value::{Address, Value};

/// Resolves all references and refuses those that name nothing, too many, or what is about to go.
pub(super) fn resolve(
    desired: &Desired,
    live: &Live,
    ledger: &Ledger,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Object> {
    let names = Names::new(desired, live, ledger);
    let mut aliases: HashMap<Address, Option<Address>> = HashMap::new();
    let mut suggestions = Slips::new();
    for object in &desired.objects {
        for used in &object.refs {
            if !matches!(aliases.get(&used.address), Some(Some(_))) {
                let meant = names.meant(used, &mut suggestions, diagnostics);
                aliases.insert(used.address.clone(), meant);
            }
        }
    }
    misfits(desired, live, &aliases, diagnostics);
    aliases.retain(|address, meant| meant.as_ref().is_some_and(|meant| meant != address));
    let other = |address: &Address| aliases.get(address).cloned().flatten();
    let all = desired
        .objects
        .iter()
        .map(|object| with_refs(object, &other));
    all.map(|object| with_names(object, &names, diagnostics))
        .collect()
}

/// Texts that are the name of something which is declared or there (an icon's) as the references that they are, so that
/// both ways of writing it are one.
fn with_names(mut object: Object, names: &Names, diagnostics: &mut Vec<Diagnostic>) -> Object {
    let mut meant = Vec::new();
    for (name, want) in &object.fields {
        let Some(family) = object
            .kind
            .field(name)
            .and_then(|field| field.or_reference_to)
        else {
            continue;
        };
        if let What::Is(Value::Text(text)) = &want.what {
            let address = Address::named(family, text);
            if names.declared.contains_key(&address) || names.live.get(&address).is_some() {
                if names.leaving.contains(&address) {
                    diagnostics.push(leaves(&address, want.span));
                }
                meant.push((*name, What::Is(Value::Ref(address))));
            }
        }
    }
    for (name, what) in meant {
        if let Some(want) = object.fields.get_mut(name) {
            want.what = what;
        }
    }
    object
}

/// Refuses references to objects of a kind that the field does not take.
fn misfits(
    desired: &Desired,
    live: &Live,
    aliases: &HashMap<Address, Option<Address>>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    // A newer server may have kinds that this table does not know.
    if RELEASES.last().is_some_and(|newest| live.release > *newest) {
        return;
    }
    let declared: HashMap<&Address, &'static Kind> = desired
        .objects
        .iter()
        .map(|object| (&object.address, object.kind))
        .collect();
    for object in &desired.objects {
        for used in &object.refs {
            let Some(field) = object.kind.field(used.field) else {
                continue;
            };
            let Some(Some(meant)) = aliases.get(&used.address) else {
                continue;
            };
            let named = match declared.get(meant) {
                Some(kind) => Named::Declared(kind),
                None => match live.get(meant) {
                    Some(found) if found.kind.type_name.is_some() => Named::Listed(found.kind),
                    Some(found) => Named::Model(found.model.as_deref().unwrap_or_default()),
                    None => continue,
                },
            };
            let by = field.allowed_kinds.deciding_field().and_then(|name| {
                let have = || live.get(&object.address)?.fields.get(name);
                object.value(name).or_else(have)
            });
            diagnostics.extend(refusal(object, used, by.and_then(Value::as_text), named));
        }
    }
}

/// A declared object with its references as they are meant. `other` says what a reference means that does not mean what it
/// says; most say what they mean, and then nothing is copied.
fn with_refs(object: &Object, other: &dyn Fn(&Address) -> Option<Address>) -> Object {
    // Once every reference holds, nobody asks how it was written.
    let mut object = Object {
        refs: Vec::new(),
        previously: object.previously.clone(),
        address: object.address.clone(),
        fields: object.fields.clone(),
        ignore: object.ignore.clone(),
        ..*object
    };
    let differs = |value: &Value| {
        let mut any = false;
        value.refs(&mut |address| any = any || other(address).is_some());
        any
    };
    let to = |address: &Address| other(address).unwrap_or_else(|| address.clone());
    let mut changed = Vec::new();
    for (name, want) in &object.fields {
        let what = match &want.what {
            What::Is(value) if differs(value) => What::Is(value.map_refs(&to)),
            What::Some { include, exclude } if include.iter().chain(exclude).any(differs) => {
                What::Some {
                    include: include.iter().map(|value| value.map_refs(&to)).collect(),
                    exclude: exclude.iter().map(|value| value.map_refs(&to)).collect(),
                }
            }
            What::Is(_) | What::Some { .. } | What::Keys(_) => continue,
        };
        changed.push((*name, what));
    }
    for (name, what) in changed {
        if let Some(want) = object.fields.get_mut(name) {
            want.what = what;
        }
    }
    object
}

/// What is referred to goes, because the files no longer speak of it.
fn leaves(address: &Address, span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::REFERENCE_TO_DELETED,
        format!("{address} is deleted by this plan"),
    )
    .at(span, "referred to here")
    .note("akrec created it, and no file declares it any more")
    .help("declare it again, refer to another one, or forget it with `akrec forget`")
}

/// The names of each family, for saying what may have been meant.
type Slips<'n> = HashMap<&'static str, Suggestions<'n>>;

/// Everything that a name may mean.
struct Names<'a> {
    live: &'a Live,
    declared: BTreeMap<&'a Address, Span>,
    absent: HashMap<&'a Address, Span>,
    /// What akrec made and the files no longer speak of.
    leaving: BTreeSet<&'a Address>,
    previously: HashMap<&'a Address, &'a Address>,
    /// Family and alias to all objects that have it.
    aliases: HashMap<(&'static str, &'a str), BTreeSet<&'a Address>>,
    /// Names without a hash to all objects that have one in theirs.
    plain: HashMap<Address, BTreeSet<&'a Address>>,
    /// What may have been meant by names that nothing has.
    slips: RefCell<HashMap<Address, Option<String>>>,
}

/// The objects by the names that files have for them, of kinds whose names on the server contain a hash.
fn plain_names<'a>(
    desired: &'a Desired,
    live: &'a Live,
) -> HashMap<Address, BTreeSet<&'a Address>> {
    let mut plain: HashMap<Address, BTreeSet<&'a Address>> = HashMap::new();
    let declared = desired
        .objects
        .iter()
        .map(|object| (object.kind, &object.address));
    let there = live
        .objects
        .values()
        .map(|found| (found.kind, &found.address));
    for all in [declared.collect::<Vec<_>>(), there.collect()] {
        // What is declared is meant before other content of the same name.
        let taken: BTreeSet<Address> = plain.keys().cloned().collect();
        for (kind, address) in all {
            let named = kind
                .plain_name(address)
                .map(|name| Address::named(address.family, &name));
            if let Some(named) = named.filter(|named| !taken.contains(named)) {
                plain.entry(named).or_default().insert(address);
            }
        }
    }
    plain
}

impl<'a> Names<'a> {
    fn new(desired: &'a Desired, live: &'a Live, ledger: &'a Ledger) -> Names<'a> {
        let mut aliases: HashMap<(&'static str, &'a str), BTreeSet<&'a Address>> = HashMap::new();
        let mut add = |address: &'a Address, value: Option<&'a Value>| {
            if let Some(text) = value
                .and_then(Value::as_text)
                .filter(|text| !text.is_empty())
            {
                aliases
                    .entry((address.family, text))
                    .or_default()
                    .insert(address);
            }
        };
        for object in &desired.objects {
            object
                .kind
                .aliases
                .iter()
                .for_each(|field| add(&object.address, object.value(field)));
        }
        for found in live.objects.values() {
            found
                .kind
                .aliases
                .iter()
                .for_each(|field| add(&found.address, found.fields.get(field)));
        }
        Names {
            live,
            declared: desired
                .objects
                .iter()
                .map(|object| (&object.address, object.span))
                .collect(),
            absent: desired
                .absent
                .iter()
                .map(|absent| (&absent.address, absent.span))
                .collect(),
            leaving: ledger.leaving(desired).into_keys().collect(),
            previously: desired
                .objects
                .iter()
                .flat_map(|object| {
                    object
                        .previously
                        .iter()
                        .map(|(old, _)| (old, &object.address))
                })
                .collect(),
            aliases,
            plain: plain_names(desired, live),
            slips: RefCell::default(),
        }
    }

    /// Every name of a family.
    fn of_family(&self, family: &str) -> Vec<&str> {
        let declared = self
            .declared
            .keys()
            .filter(|a| a.family == family)
            .filter_map(|a| a.name());
        let there = self
            .live
            .objects
            .keys()
            .filter(|a| a.family == family)
            .filter_map(|a| a.name());
        let also = self
            .aliases
            .keys()
            .filter(|(f, _)| *f == family)
            .map(|(_, text)| *text);
        let plain = self
            .plain
            .keys()
            .filter(|a| a.family == family)
            .filter_map(|a| a.name());
        declared.chain(there).chain(also).chain(plain).collect()
    }

    fn meant<'n>(
        &'n self,
        used: &RefUse,
        suggestions: &mut Slips<'n>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Address> {
        let address = &used.address;
        if self.declared.contains_key(address) && !self.absent.contains_key(address) {
            return Some(address.clone());
        }
        if let Some(diagnostic) = self.unusable(used) {
            diagnostics.push(diagnostic);
            return None;
        }
        if self.live.get(address).is_some() {
            if self.leaving.contains(address) {
                diagnostics.push(leaves(address, used.span));
                return None;
            }
            return Some(address.clone());
        }
        let text = address.name().unwrap_or_default();
        let candidates = self
            .aliases
            .get(&(address.family, text))
            .or_else(|| self.plain.get(address));
        let candidates: Vec<&Address> = candidates.into_iter().flatten().copied().collect();
        match candidates.as_slice() {
            [one] if self.leaving.contains(*one) => {
                diagnostics.push(leaves(one, used.span));
                None
            }
            [one] => Some((*one).clone()),
            [_, _, ..] => {
                diagnostics.push(self.several(used, &candidates));
                None
            }
            // It is there, although only the answer for another object names it.
            _ if self.live.pk(address).is_some() => Some(address.clone()),
            _ => {
                diagnostics.push(self.unknown(used, suggestions));
                None
            }
        }
    }

    /// The error for a reference to an object that is deleted or renamed, or that the server has several times.
    fn unusable(&self, used: &RefUse) -> Option<Diagnostic> {
        let address = &used.address;
        if let Some(span) = self.absent.get(address) {
            let message = format!("{address} is deleted by this plan");
            let diagnostic = Diagnostic::error(Code::REFERENCE_TO_DELETED, message)
                .at(used.span, "referred to here")
                .and(*span, "must not exist, according to this");
            return Some(diagnostic);
        }
        if let Some(now) = self.previously.get(address) {
            let message = format!("{address} is renamed to {now}");
            let diagnostic = Diagnostic::error(Code::UNKNOWN_REFERENCE, message)
                .at(used.span, "its older name")
                .help(format!("write {:?}", now.name().unwrap_or_default()));
            return Some(diagnostic);
        }
        let count = self.live.ambiguous.get(address)?;
        let message = format!("{address} exists {count} times on the server");
        let diagnostic = Diagnostic::error(Code::AMBIGUOUS_REFERENCE, message)
            .at(used.span, "which one is meant?")
            .help("rename or remove all but one by hand");
        Some(diagnostic)
    }

    /// The error for a name that several objects have.
    fn several(&self, used: &RefUse, candidates: &[&Address]) -> Diagnostic {
        let text = used.address.name().unwrap_or_default();
        let all: Vec<String> = candidates
            .iter()
            .map(|a| format!("{:?}", a.name().unwrap_or_default()))
            .collect();
        let found = candidates.iter().find_map(|address| self.live.get(address));
        let help = match found.and_then(|found| found.kind.distinguished_by) {
            Some(field) => {
                format!("write the {field} of the one that you mean, or of each of them")
            }
            None => "write the full name of the one that you mean".to_owned(),
        };
        let message = format!("{text:?} matches several objects");
        Diagnostic::error(Code::AMBIGUOUS_REFERENCE, message)
            .at(used.span, "which one?")
            .note(format!("the candidates are {}", all.join(", ")))
            .help(help)
    }

    fn unknown<'n>(&'n self, used: &RefUse, suggestions: &mut Slips<'n>) -> Diagnostic {
        let address = &used.address;
        let family = address.family;
        if let Some(why) = self.live.unreadable.get(family) {
            return Diagnostic::error(
                Code::UNREADABLE,
                format!("{address} is not declared, and the server's objects cannot be read"),
            )
            .at(used.span, "cannot be looked up")
            .note(why.clone());
        }
        let diagnostic = Diagnostic::error(
            Code::UNKNOWN_REFERENCE,
            format!("{address} is not declared and not found on the server"),
        )
        .at(used.span, format!("no such {}", family.replace('_', " ")));
        let mut slips = self.slips.borrow_mut();
        let near = slips.entry(address.clone()).or_insert_with(|| {
            suggestions
                .entry(family)
                .or_insert_with(|| Suggestions::new(self.of_family(family)))
                .near(address.name().unwrap_or_default())
                .map(str::to_owned)
        });
        match near {
            Some(near) => {
                let diagnostic = match self.declared.get(&Address::named(family, near)) {
                    Some(span) => diagnostic.and(*span, "a similar name is declared here"),
                    None => diagnostic,
                };
                diagnostic.help(format!("did you mean {near:?}?"))
            }
            None => diagnostic,
        }
    }
}

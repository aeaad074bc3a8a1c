//! The phrases of a plan: actions, reasons, sums, and the one line that names a step.
//!
//! Must never say anything about a kind that the table does not say.

use super::page::Tone;
use super::{safe, values};
use crate::access::DEFAULT_ACCESS;
use crate::plan::{Action, Change, Keeps, Kept, Opening, Opens, Reason, Step, Summary, Write};
use crate::schema::{Class, Keying};
use crate::value::{Address, Value};
use crate::wire::change::Verb;

/// All actions, in the order in which the legend names them.
pub(super) const ACTIONS: [Action; 6] = [
    Action::Create,
    Action::Update,
    Action::Rename,
    Action::Delete,
    Action::Adopt,
    Action::Forget,
];

/// The tone, and with it the symbol, of an action.
pub(super) fn tone(action: Action) -> Tone {
    match action {
        Action::Create => Tone::Add,
        Action::Update => Tone::Change,
        Action::Rename => Tone::Rename,
        Action::Delete => Tone::Remove,
        Action::Adopt => Tone::Adopt,
        Action::Forget => Tone::Forget,
    }
}

/// What is to be done: `add`.
pub(super) fn verb(action: Action) -> Verb {
    match action {
        Action::Create => Verb::Add,
        Action::Update => Verb::Change,
        Action::Rename => Verb::Rename,
        Action::Delete => Verb::Delete,
        Action::Adopt => Verb::Adopt,
        Action::Forget => Verb::Forget,
    }
}

/// What was done: `created`.
pub(super) fn past(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "changed",
        Action::Rename => "renamed",
        Action::Delete => "deleted",
        Action::Adopt => "adopted",
        Action::Forget => "forgotten",
    }
}

/// What is being done: `creating`.
pub(super) fn present(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "changing",
        Action::Rename => "renaming",
        Action::Delete => "deleting",
        Action::Adopt => "adopting",
        Action::Forget => "forgetting",
    }
}

/// A reason in words, without the parentheses.
pub(super) fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Absent => "because it is listed under absent".to_owned(),
        Reason::NotInList => "because it is not in the exact list".to_owned(),
        Reason::Excluded => "because the list excludes it".to_owned(),
        Reason::NotDeclared => {
            "because it is no longer in the configuration, and akrec created it".to_owned()
        }
        Reason::LetGo => {
            "no longer in the configuration; it existed before akrec, so it stays on the server"
                .to_owned()
        }
        Reason::ListNotManaged => {
            "its list is no longer in the configuration; it stays on the server".to_owned()
        }
        Reason::OwnerLetGo => {
            "it belongs to something that is no longer in the configuration; it stays".to_owned()
        }
        Reason::OtherName => {
            "no longer in the configuration; it now has another name on the server, so it stays"
                .to_owned()
        }
        Reason::MadeByServer => {
            "no longer in the configuration; authentik itself needs it, so it stays".to_owned()
        }
        Reason::Protected => "from now on protected: never deleted".to_owned(),
        Reason::Unprotected => "from now on no longer protected".to_owned(),
        Reason::Renamed(from) => match from.name() {
            Some(name) => format!("renamed from {}", safe::quoted(name)),
            None => format!("renamed from {from}"),
        },
        Reason::Replaced(new) => format!("because {new} takes its place"),
        Reason::Deferred => {
            "second step: the object that it refers to had to exist first".to_owned()
        }
        Reason::HandedOver => "second step: another object had to release it first".to_owned(),
        Reason::PutBack => "to undo the run that is rolled back".to_owned(),
        Reason::Late => {
            "second step: set last, so that nobody can sign in before its bindings are there"
                .to_owned()
        }
    }
}

/// `add group "staff"`, `add provider "wiki" (oauth2)`: what a step does, without its symbol. Where kinds share a name
/// space the address does not say the kind, so its word follows.
pub(super) fn step(step: &Step) -> String {
    let word = step.kind.type_name.map(str::to_owned);
    let notes: Vec<String> = word
        .into_iter()
        .chain(notes(step).into_iter().map(|(_, text)| text))
        .collect();
    let notes = if notes.is_empty() {
        String::new()
    } else {
        format!(" ({})", notes.join(", "))
    };
    format!("{} {}{notes}", verb(step.action), step.address)
}

/// Facts that stand behind the name of an object which joins others, by field: `order 0`, `negated`, `disabled`.
///
/// Fields that the step changes from something else are shown below it and not here.
pub(super) fn notes(step: &Step) -> Vec<(&'static str, String)> {
    if !matches!(step.kind.keying, Keying::Fields(_)) {
        return Vec::new();
    }
    let known = |field: &str| {
        let changed = step.changes.iter().any(|change| change.field == field);
        let hidden = |change: &Change| change.field == field && change.class != Class::Plain;
        if step.changes.iter().any(hidden) {
            return None;
        }
        match &step.write {
            Write::Create { body, .. } => body.get(field),
            _ if changed => None,
            Write::Update { body, .. } => body.get(field).or_else(|| step.expect.get(field)),
            Write::Delete | Write::Nothing => step.expect.get(field),
        }
    };
    let key = |field: &str| step.kind.key_fields().any(|name| name == field);
    let mut notes = Vec::new();
    if let Some(Value::Int(order)) = known("order").filter(|_| !key("order")) {
        notes.push(("order", format!("order {order}")));
    }
    if let Some(Value::Bool(true)) = known("negate") {
        notes.push(("negate", "negated".to_owned()));
    }
    if let Some(Value::Bool(false)) = known("enabled") {
        notes.push(("enabled", "disabled".to_owned()));
    }
    notes
}

/// `Plan: 1 to adopt, 2 to add, 1 to change, 1 to delete.`
pub(super) fn planned(summary: &Summary) -> String {
    let Summary {
        add,
        change,
        delete,
        ..
    } = summary;
    let some = |count: usize, what: &str| {
        if count > 0 {
            format!("{count} to {what}, ")
        } else {
            String::new()
        }
    };
    let (adopt, rename) = (some(summary.adopt, "adopt"), some(summary.rename, "rename"));
    let forget = if summary.forget > 0 {
        format!(", {} to forget", summary.forget)
    } else {
        String::new()
    };
    format!("Plan: {adopt}{add} to add, {change} to change, {rename}{delete} to delete{forget}.")
}

/// `2 added, 3 changed, 1 destroyed`.
pub(super) fn applied(summary: &Summary) -> String {
    let Summary {
        add,
        change,
        delete,
        ..
    } = summary;
    let some = |count: usize, what: &str| {
        if count > 0 {
            format!("{count} {what}, ")
        } else {
            String::new()
        }
    };
    let (adopt, rename) = (
        some(summary.adopt, "adopted"),
        some(summary.rename, "renamed"),
    );
    let forget = if summary.forget > 0 {
        format!(", {} forgotten", summary.forget)
    } else {
        String::new()
    };
    format!("{adopt}{add} added, {change} changed, {rename}{delete} destroyed{forget}")
}

/// `1 field`, `2 fields`.
pub(super) fn many(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

/// How many secrets that could not be compared are named.
const SECRETS: usize = 5;

/// One line on the declared secrets that the server does not give back, and on how to send one; `None` if there are none.
pub(super) fn uncompared(secrets: &[(Address, String)]) -> Option<String> {
    let flag = |(address, word): &(Address, String)| {
        safe::harmless(&format!("{}#{word}", address.path())).into_owned()
    };
    let first = flag(secrets.first()?);
    let mut names: Vec<String> = secrets.iter().take(SECRETS).map(flag).collect();
    if secrets.len() > SECRETS {
        names.push(format!("{} more", secrets.len() - SECRETS));
    }
    let names = match names.as_slice() {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        all => all.concat(),
    };
    let what = match secrets.len() {
        1 => "1 secret, which authentik does not return".to_owned(),
        count => format!("{count} secrets, which authentik does not return"),
    };
    Some(format!(
        "Not compared: {what}: {names}. To send one again: --write-secret '{first}'."
    ))
}

/// Why something stays although the files would have it go.
pub(super) fn kept(why: Keeps) -> &'static str {
    match why {
        Keeps::Protected => {
            "no longer in the configuration, but protected; declare it without `protect` first"
        }
        Keeps::Fleeting => "not in the list, but granted temporarily: it expires on its own",
        Keeps::Found => "stays: it existed before akrec; `exclude` removes it",
        Keeps::FoundPerhaps => "stays: it is unknown whether akrec added it; `exclude` removes it",
        Keeps::LetGo => {
            "no longer in the configuration; it existed before akrec, so it stays on the server"
        }
    }
}

/// `alice in members of group "staff"`
pub(super) fn kept_item(kept: &Kept, field: &str, item: &Value) -> String {
    let field = kept.kind.field(field);
    let shape = values::item(field.map(|field| &field.shape));
    let word = field.map_or("a list", |field| field.yaml_key);
    format!(
        "{} in {word} of {}",
        values::shown(item, shape),
        kept.address
    )
}

/// The loud sentence for an application that opens.
pub(super) fn opening(opening: &Opening) -> String {
    let address = &opening.address;
    match opening.by {
        Opens::New => format!("{address} is open to all users: it has no binding"),
        Opens::LastBinding => {
            format!("{address} becomes open to all users: no enabled binding is left")
        }
        Opens::Setting => {
            format!(
                "{address} becomes open to all users: it has no enabled binding, and `{DEFAULT_ACCESS}` is turned on"
            )
        }
    }
}

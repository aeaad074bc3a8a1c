//! Drift as text: what differs, from which side, and who changed it.
//!
//! Every field is shown from what the files say to what the server has; one that only the files changed, the other way
//! round, as a plan shows it. Must never print the value of a field whose class is not plain.

use super::page::{Page, Tone};
use super::plan::{Header, Style, titled};
use super::{changes, phrases, safe};
use crate::diag::Sources;
use crate::drift::{
    Adopted, Attribution, Drift, Field, Object, Piece, Side, Since, State, Tool, Unmanaged, Writer,
};
use crate::schema::Class;

/// Where field lines begin.
const INDENT: usize = 6;
/// How many unmanaged objects of one kind are named in a short text.
const FEW: usize = 5;

/// The whole comparison as text; ends with a line break.
pub fn text(drift: &Drift, header: &Header, sources: &Sources, style: &Style) -> String {
    let mut page = Page::new(style.color, style.width);
    page.plain(&titled("drift", header));
    page.gap();
    since(&mut page, drift);
    if !style.summary {
        for object in drift.drifted() {
            one(&mut page, object, sources, style.concise);
        }
        let others: Vec<&Object> = drift
            .objects
            .iter()
            .filter(|object| !object.is_drift())
            .collect();
        if !others.is_empty() {
            page.gap();
            page.toned(0, Tone::Strong, "Not on the server's side:");
            for object in others {
                one(&mut page, object, sources, style.concise);
            }
        }
    }
    if let Some(unmanaged) = &drift.unmanaged {
        nobodys(&mut page, unmanaged, style);
    }
    if let Some(line) = phrases::uncompared(&drift.uncompared) {
        page.gap();
        page.plain(&line);
    }
    page.gap();
    page.toned(0, Tone::Strong, &sum(drift));
    page.finish()
}

fn since(page: &mut Page, drift: &Drift) {
    let why = match &drift.since {
        Since::Applied => return,
        Since::Nothing => {
            "nothing was ever applied here, so it is unknown since when something differs"
                .to_owned()
        }
        Since::Unreadable(why) => {
            format!(
                "the ledger cannot be read, so it is unknown since when something differs: {why}"
            )
        }
    };
    page.line(0, Tone::Alarm, &why);
    page.gap();
}

/// One object: its drift and, unless it must be concise, its fields and who changed it.
pub(super) fn one(page: &mut Page, object: &Object, sources: &Sources, concise: bool) {
    let place = object
        .source
        .and_then(|span| sources.place(span))
        .map(|place| place.to_string());
    page.headed(
        2,
        tone(&object.state),
        &format!("{} {}", state(object), object.address),
        place.as_deref(),
    );
    if concise {
        return;
    }
    if let State::Renamed(to) = &object.state {
        page.line(INDENT, Tone::Rename, &format!("on the server it is {to}"));
    }
    for field in &object.fields {
        self::field(page, object, field);
    }
    match &object.attribution {
        None => {}
        Some(Attribution::Nobody) => page.remark(
            INDENT,
            "no API event since the last apply: a blueprint, a sync or a shell",
        ),
        Some(Attribution::Unknown(why)) => {
            page.remark(INDENT, &format!("who did it is unknown: {why}"))
        }
        Some(Attribution::Writers(writers)) => writers
            .iter()
            .for_each(|writer| page.remark(INDENT, &self::writer(writer))),
    }
    page.gap();
}

fn field(page: &mut Page, object: &Object, field: &Field) {
    let name = field.change.field;
    let shape = object.kind.field(name).map(|field| &field.shape);
    match (field.change.class, field.side) {
        (Class::Plain, Side::Files) => {
            changes::delta(page, INDENT, name, &field.change.delta, shape)
        }
        (Class::Plain, _) => changes::delta(page, INDENT, name, &field.reversed(), shape),
        _ => page.line(
            INDENT,
            Tone::Change,
            &format!("{name}: (sensitive value, differs)"),
        ),
    }
    let alone = matches!(object.state, State::Unknown | State::NotApplied);
    let remark = match field.side {
        Side::Server => return,
        Side::Files => "changed in the files only, and not applied yet",
        Side::Both => {
            "changed in the files too, and differently: the next apply overwrites what the server has"
        }
        Side::Unknown if alone => return,
        Side::Unknown => "which side changed is unknown: the ledger does not record it",
    };
    page.remark(INDENT + 4, remark);
}

fn tone(state: &State) -> Tone {
    match state {
        State::Changed | State::Unknown => Tone::Change,
        State::Gone => Tone::Remove,
        State::Remade | State::Appeared => Tone::Add,
        State::Renamed(_) => Tone::Rename,
        State::NotApplied => Tone::Context,
        State::Leaving => Tone::Forget,
    }
}

/// What became of an object, as the words before its name.
pub(super) fn state(object: &Object) -> &'static str {
    match &object.state {
        State::Changed => match object.fields.iter().map(|field| field.side).max() {
            _ if object.fields.iter().any(|field| field.side == Side::Both) => {
                "changed on both sides:"
            }
            Some(Side::Files) if !object.is_drift() => "changed in the files:",
            _ if object.fields.iter().any(|field| field.side == Side::Server) => {
                "changed on the server:"
            }
            _ => "differs:",
        },
        State::Gone => "deleted on the server:",
        State::Remade => "recreated on the server:",
        State::Renamed(_) => "renamed on the server:",
        State::Appeared => "appeared on the server:",
        State::Unknown => "differs, unknown since when:",
        State::NotApplied => "not applied yet:",
        State::Leaving => "no longer in the files:",
    }
}

/// `updated 2026-11-22T10:00:00Z by jodie from 10.0.0.7, in a browser`
fn writer(writer: &Writer) -> String {
    let Writer {
        what,
        user,
        acting_as,
        at,
        from,
        tool,
    } = writer;
    let mut text = (*what).to_owned();
    if let Some(at) = at {
        text.push_str(&format!(" {}", at.strftime("%Y-%m-%dT%H:%M:%SZ")));
    }
    text.push_str(&format!(" by {}", safe::name(user)));
    if let Some(other) = acting_as {
        text.push_str(&format!(" acting for {}", safe::name(other)));
    }
    if let Some(from) = from {
        text.push_str(&format!(" from {from}"));
    }
    match tool {
        Tool::Akrec {
            version,
            run,
            commit,
        } => {
            text.push_str(&format!(", with akrec {version}"));
            let about = [("run", run), ("commit", commit)];
            let about = about
                .iter()
                .filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)));
            let about: Vec<String> = about.collect();
            if !about.is_empty() {
                text.push_str(&format!(" ({})", about.join(", ")));
            }
        }
        Tool::Browser => text.push_str(", in a browser"),
        Tool::Other(agent) => text.push_str(&format!(", with {agent}")),
        Tool::Unsaid => {}
    }
    text
}

/// The changes that were put into the files, and those that were not.
pub fn adopted(adopted: &Adopted, sources: &Sources, style: &Style) -> String {
    let mut page = Page::new(style.color, style.width);
    let place = |piece: &Piece| {
        piece
            .source
            .and_then(|span| sources.place(span))
            .map(|place| place.to_string())
    };
    let name = |piece: &Piece| match piece.field {
        Some(field) => format!("{}: {field}", piece.address),
        None => piece.address.to_string(),
    };
    page.plain("");
    if !adopted.done.is_empty() {
        page.toned(0, Tone::Strong, "Written into the files:");
        for piece in &adopted.done {
            page.headed(2, Tone::Adopt, &name(piece), place(piece).as_deref());
        }
    }
    if !adopted.left.is_empty() {
        page.gap();
        page.toned(0, Tone::Strong, "Left to you:");
        for (piece, why) in &adopted.left {
            page.headed(2, Tone::Alarm, &name(piece), place(piece).as_deref());
            page.remark(INDENT, why);
        }
    }
    page.finish()
}

/// Unmanaged objects, by kind.
fn nobodys(page: &mut Page, unmanaged: &Unmanaged, style: &Style) {
    page.gap();
    page.toned(0, Tone::Strong, "Not managed:");
    names(page, unmanaged, style.concise || style.summary);
    let all = unmanaged.managed + unmanaged.objects.len();
    page.plain(&format!(
        "  {} of {all} objects are managed ({} %).",
        unmanaged.managed,
        unmanaged.coverage()
    ));
}

/// The names of unmanaged objects, a line a kind.
pub(super) fn names(page: &mut Page, unmanaged: &Unmanaged, few: bool) {
    let mut by_kind: std::collections::BTreeMap<String, Vec<String>> =
        std::collections::BTreeMap::new();
    for (address, kind) in &unmanaged.objects {
        let name = address
            .name()
            .map_or_else(|| address.to_string(), |name| safe::name(name).into_owned());
        by_kind.entry(kind.title()).or_default().push(name);
    }
    for (kind, names) in &by_kind {
        let most = if few { FEW } else { names.len() };
        let more = names.len().saturating_sub(most);
        let more = if more > 0 {
            format!(", and {more} more")
        } else {
            String::new()
        };
        let shown = names
            .iter()
            .take(most)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        page.plain(&format!("  {kind}: {shown}{more}"));
    }
}

/// The last line.
pub(super) fn sum(drift: &Drift) -> String {
    let count =
        |wanted: fn(&Object) -> bool| drift.objects.iter().filter(|object| wanted(object)).count();
    let drifted = drift.drifted().count();
    let waiting = match count(|object| !object.is_drift()) {
        0 => String::new(),
        count => format!(
            " {} of the files not applied yet.",
            phrases::many(count, "change")
        ),
    };
    if drifted == 0 {
        return format!("No drift. authentik matches the last apply.{waiting}");
    }
    let parts = [
        (
            count(|object| object.state == State::Changed && object.is_drift()),
            "changed",
        ),
        (count(|object| object.state == State::Gone), "gone"),
        (
            count(|object| matches!(object.state, State::Remade)),
            "recreated",
        ),
        (
            count(|object| matches!(object.state, State::Renamed(_))),
            "renamed",
        ),
        (count(|object| object.state == State::Appeared), "appeared"),
        (
            count(|object| object.state == State::Unknown),
            "different since an unknown time",
        ),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    format!("Drift: {}.{waiting}", parts.join(", "))
}

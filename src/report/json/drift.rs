//! The document of drift.
//!
//! Must never hold a secret.

use super::change::{plain, sensitive};
use super::place;
use crate::diag::Sources;
use crate::drift::{
    Attribution, Field, Object, Piece, Side, Since, State, Tool, Unmanaged, Writer,
};
use crate::report::data;
use crate::report::document::Document;
use crate::schema::Class;
use crate::wire::drift as wire;
use crate::wire::plan::Planned;

/// The document, with what it has in common with that of a plan.
pub fn drift(run: &Document<'_>, mut planned: Planned) -> wire::Drift {
    let sources = run.sources;
    if let Some(drift) = run.drift() {
        planned.complete = !planned.errored;
        if let Some(unmanaged) = &drift.unmanaged {
            planned.skipped.unmanaged = Some(unmanaged.objects.len());
        }
    }
    let objects = run.drift().map_or(&[][..], |drift| &drift.objects).iter();
    wire::Drift {
        planned,
        drift: objects.map(|object| one(object, sources)).collect(),
        drifted: run.drift().map(|drift| drift.drifted().count()),
        since: run.drift().map(|drift| since(&drift.since)),
        unmanaged: run
            .drift()
            .and_then(|drift| drift.unmanaged.as_ref())
            .map(unmanaged),
        adopted: run.adopted().map(|adopted| wire::Adopted {
            done: adopted.done.iter().map(|it| piece(it, sources)).collect(),
            left: adopted
                .left
                .iter()
                .map(|(it, why)| wire::LeftPiece {
                    piece: piece(it, sources),
                    reason: why.clone(),
                })
                .collect(),
        }),
    }
}

fn since(since: &Since) -> wire::Since {
    let (ledger, reason) = match since {
        Since::Applied => (wire::Ledger::Read, None),
        Since::Nothing => (wire::Ledger::Empty, None),
        Since::Unreadable(why) => (wire::Ledger::Unreadable, Some(why.clone())),
    };
    wire::Since { ledger, reason }
}

fn piece(piece: &Piece, sources: &Sources) -> wire::Piece {
    wire::Piece {
        address: piece.address.path(),
        field: piece.field.map(str::to_owned),
        source: place(piece.source, sources),
    }
}

fn unmanaged(unmanaged: &Unmanaged) -> wire::Unmanaged {
    let objects = unmanaged.objects.iter();
    wire::Unmanaged {
        objects: objects
            .map(|(address, kind)| wire::UnmanagedObject {
                address: address.path(),
                kind: kind.name.to_owned(),
            })
            .collect(),
        managed: unmanaged.managed,
        coverage_percent: unmanaged.coverage(),
    }
}

/// What became of an object.
pub(in crate::report) fn state(state: &State) -> wire::State {
    match state {
        State::Changed => wire::State::Changed,
        State::Gone => wire::State::Gone,
        State::Remade => wire::State::Remade,
        State::Renamed(_) => wire::State::Renamed,
        State::Appeared => wire::State::Appeared,
        State::Unknown => wire::State::Unknown,
        State::NotApplied => wire::State::NotApplied,
        State::Leaving => wire::State::Leaving,
    }
}

fn one(object: &Object, sources: &Sources) -> wire::Object {
    let now = match &object.state {
        State::Renamed(to) => Some(to.path()),
        _ => None,
    };
    wire::Object {
        address: object.address.path(),
        kind: object.kind.name.to_owned(),
        natural_key: data::key(object.kind, &object.address),
        state: state(&object.state),
        drifted: object.is_drift(),
        address_on_server: now,
        source: place(object.source, sources),
        fields: object
            .fields
            .iter()
            .map(|it| field(object, it, sources))
            .collect(),
        attribution: object.attribution.as_ref().map(attribution),
    }
}

fn field(object: &Object, field: &Field, sources: &Sources) -> wire::Field {
    let name = field.change.field;
    let (side, delta) = match field.side {
        Side::Server => (wire::Side::Server, field.reversed()),
        Side::Files => (wire::Side::Files, field.change.delta.clone()),
        Side::Both => (wire::Side::Both, field.reversed()),
        Side::Unknown => (wire::Side::Unknown, field.reversed()),
    };
    let changed = match field.change.class {
        Class::Plain => plain(object.kind, name, &delta),
        Class::Secret | Class::WriteOnly => vec![sensitive(name)],
    };
    wire::Field {
        field: name.to_owned(),
        side,
        source: place(field.source, sources),
        changed_fields: changed,
    }
}

fn attribution(reported: &Attribution) -> wire::Attribution {
    let (status, reason, writers) = match reported {
        Attribution::Writers(writers) => (wire::AttributionStatus::Known, None, writers.as_slice()),
        Attribution::Nobody => (wire::AttributionStatus::NoApiEvent, None, &[][..]),
        Attribution::Unknown(why) => (wire::AttributionStatus::Unknown, Some(why.clone()), &[][..]),
    };
    wire::Attribution {
        status,
        reason,
        writers: writers.iter().map(writer).collect(),
    }
}

fn writer(writer: &Writer) -> wire::Writer {
    let tool = match &writer.tool {
        Tool::Akrec {
            version,
            run,
            commit,
        } => Some(wire::Tool::Akrec {
            version: version.clone(),
            run: run.clone(),
            commit: commit.clone(),
        }),
        Tool::Browser => Some(wire::Tool::Browser),
        Tool::Other(agent) => Some(wire::Tool::Other {
            user_agent: agent.clone(),
        }),
        Tool::Unsaid => None,
    };
    wire::Writer {
        what: writer.what.to_owned(),
        user: writer.user.clone(),
        acting_as: writer.acting_as.clone(),
        from: writer.from.clone(),
        at: writer.at.map(|at| at.to_string()),
        tool,
    }
}

//! Who gains and who loses access by a plan, as it was found when the plan was made: into a file, and back.

use super::value::{self, Read};
use crate::access::{Difference, GROUP, GateChange, Move, Name, POLICY, Part, Subject, USER, Why};
use crate::wire::plan_file::{
    Access, AccessWhy, AccessWord, Binding, BindingFamily, Gate, Move as WireMove,
};

pub(super) fn write(difference: &Difference) -> Access {
    Access {
        gates: difference.gates.iter().map(write_gate).collect(),
        new_users: write_names(&difference.new_users),
        gone_users: write_names(&difference.gone_users),
        open: difference.open,
        blind: difference.blind.clone(),
    }
}

pub(super) fn read(access: Access) -> Read<Difference> {
    Ok(Difference {
        gates: access
            .gates
            .into_iter()
            .map(read_gate)
            .collect::<Read<_>>()?,
        new_users: read_names(access.new_users),
        gone_users: read_names(access.gone_users),
        open: access.open,
        blind: access.blind,
    })
}

fn write_names<'a>(names: impl IntoIterator<Item = &'a Name>) -> Vec<String> {
    names.into_iter().map(|name| name.to_string()).collect()
}

fn read_names<C: FromIterator<Name>>(names: Vec<String>) -> C {
    names.into_iter().map(Name::from).collect()
}

fn write_gate(change: &GateChange) -> Gate {
    Gate {
        at: (&change.gate).into(),
        new: change.new,
        gone: change.gone,
        opens: change.opens,
        closes: change.closes,
        moves: change.moves.iter().map(write_move).collect(),
    }
}

fn read_gate(gate: Gate) -> Read<GateChange> {
    Ok(GateChange {
        gate: value::address(&gate.at)?,
        new: gate.new,
        gone: gate.gone,
        opens: gate.opens,
        closes: gate.closes,
        moves: gate.moves.into_iter().map(read_move).collect::<Read<_>>()?,
    })
}

fn write_move(change: &Move) -> WireMove {
    WireMove {
        from: change.from.into(),
        to: change.to.into(),
        why: write_why(&change.why),
        users: write_names(&change.users),
    }
}

fn read_move(change: WireMove) -> Read<Move> {
    Ok(Move {
        from: change.from.into(),
        to: change.to.into(),
        why: read_why(change.why)?,
        users: read_names(change.users),
    })
}

fn write_why(why: &Why) -> AccessWhy {
    match why {
        Why::Open => AccessWhy::Word(AccessWord::Open),
        Why::Nothing => AccessWhy::Word(AccessWord::Nothing),
        Why::Closed => AccessWhy::Word(AccessWord::Closed),
        Why::Unset => AccessWhy::Word(AccessWord::Unset),
        Why::Bound(parts) => AccessWhy::Bound(parts.iter().map(write_part).collect()),
    }
}

fn read_why(why: AccessWhy) -> Read<Why> {
    Ok(match why {
        AccessWhy::Word(AccessWord::Open) => Why::Open,
        AccessWhy::Word(AccessWord::Nothing) => Why::Nothing,
        AccessWhy::Word(AccessWord::Closed) => Why::Closed,
        AccessWhy::Word(AccessWord::Unset) => Why::Unset,
        AccessWhy::Bound(bindings) => {
            Why::Bound(bindings.into_iter().map(read_part).collect::<Read<_>>()?)
        }
    })
}

fn write_part(part: &Part) -> Binding {
    let (family, name, known) = match &part.subject {
        Subject::Group(name) => (BindingFamily::Group, &**name, true),
        Subject::User(name) => (BindingFamily::User, &**name, true),
        Subject::Policy(name) => (BindingFamily::Policy, &**name, true),
        Subject::Unknown(GROUP, id) => (BindingFamily::Group, &**id, false),
        Subject::Unknown(USER, id) => (BindingFamily::User, &**id, false),
        Subject::Unknown(_, id) => (BindingFamily::Policy, &**id, false),
        Subject::Others => (BindingFamily::Others, "", false),
    };
    Binding {
        family,
        name: name.to_owned(),
        known,
        negate: part.negate,
        passes: part.passes.into(),
        path: write_names(&part.path),
    }
}

fn read_part(binding: Binding) -> Read<Part> {
    let name = Name::from(binding.name);
    let subject = match (binding.family, binding.known) {
        (BindingFamily::Group, true) => Subject::Group(name),
        (BindingFamily::User, true) => Subject::User(name),
        (BindingFamily::Policy, true) => Subject::Policy(name),
        (BindingFamily::Group, false) => Subject::Unknown(GROUP, name),
        (BindingFamily::User, false) => Subject::Unknown(USER, name),
        (BindingFamily::Policy, false) => Subject::Unknown(POLICY, name),
        (BindingFamily::Others, false) => Subject::Others,
        (BindingFamily::Others, true) => {
            return Err("\"others\" is not something that can be bound".to_owned());
        }
    };
    Ok(Part {
        subject,
        negate: binding.negate,
        passes: binding.passes.into(),
        path: read_names(binding.path),
    })
}

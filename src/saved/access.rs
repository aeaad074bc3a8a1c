//! Who gains and who loses access by a plan, as it was found when the plan was made: as JSON, and back.

use serde_json::{Value as Raw, json};

use super::value::{self, Read, count, flag, list, part, some_text, text};
use crate::access::{Difference, GROUP, GateChange, Move, Name, POLICY, Part, Passes, Subject, USER, Verdict, Why};
use crate::ledger::address_json;

const VERDICTS: [Verdict; 4] = [Verdict::Deny, Verdict::Unknown, Verdict::Conditional, Verdict::Allow];
const PASSES: [(&str, Passes); 4] =
    [("yes", Passes::Yes), ("no", Passes::No), ("depends", Passes::Depends), ("unknown", Passes::Unknown)];
const OTHERS: &str = "others";

pub(super) fn write(told: &Difference) -> Raw {
    let names = |names: &mut dyn Iterator<Item = &Name>| names.map(|name| json!(&**name)).collect::<Vec<_>>();
    let one = |it: &Move| {
        json!({
            "from": it.from.word(), "to": it.to.word(), "why": write_why(&it.why),
            "users": names(&mut it.users.iter()),
        })
    };
    let gate = |change: &GateChange| {
        json!({
            "at": address_json(&change.gate),
            "new": change.new, "gone": change.gone, "opens": change.opens, "closes": change.closes,
            "moves": change.moves.iter().map(one).collect::<Vec<_>>(),
        })
    };
    json!({
        "gates": told.gates.iter().map(gate).collect::<Vec<_>>(),
        "new_users": names(&mut told.new_users.iter()),
        "gone_users": names(&mut told.gone_users.iter()),
        "open": told.open,
        "blind": told.blind,
    })
}

pub(super) fn read(raw: &Raw) -> Read<Difference> {
    let mut gates = Vec::new();
    for raw in list(part(raw, "gates")?)? {
        gates.push(GateChange {
            gate: value::address(part(raw, "at")?)?,
            new: flag(raw, "new"),
            gone: flag(raw, "gone"),
            opens: flag(raw, "opens"),
            closes: flag(raw, "closes"),
            moves: list(part(raw, "moves")?)?.iter().map(read_move).collect::<Read<_>>()?,
        });
    }
    Ok(Difference {
        gates,
        new_users: names(part(raw, "new_users")?)?,
        gone_users: names(part(raw, "gone_users")?)?,
        open: count(raw, "open")?,
        blind: some_text(raw, "blind"),
    })
}

fn names<C: FromIterator<Name>>(raw: &Raw) -> Read<C> {
    let name = |raw: &Raw| raw.as_str().map(Name::from).ok_or_else(|| "a name is no text".to_owned());
    list(raw)?.iter().map(name).collect()
}

fn read_move(raw: &Raw) -> Read<Move> {
    let verdict = |name: &str| {
        let word = text(raw, name)?;
        VERDICTS.into_iter().find(|it| it.word() == word).ok_or_else(|| format!("{word:?} is no verdict"))
    };
    Ok(Move {
        from: verdict("from")?,
        to: verdict("to")?,
        why: read_why(part(raw, "why")?)?,
        users: names(part(raw, "users")?)?,
    })
}

fn write_why(why: &Why) -> Raw {
    match why {
        Why::Open => json!("open"),
        Why::Nothing => json!("nothing"),
        Why::Closed => json!("closed"),
        Why::Unset => json!("unset"),
        Why::Bound(parts) => parts.iter().map(write_part).collect(),
    }
}

fn read_why(raw: &Raw) -> Read<Why> {
    match raw.as_str() {
        Some("open") => Ok(Why::Open),
        Some("nothing") => Ok(Why::Nothing),
        Some("closed") => Ok(Why::Closed),
        Some("unset") => Ok(Why::Unset),
        _ => Ok(Why::Bound(list(raw)?.iter().map(read_part).collect::<Read<_>>()?)),
    }
}

fn write_part(part: &Part) -> Raw {
    let (family, name, known) = match &part.subject {
        Subject::Group(name) => (GROUP, &**name, true),
        Subject::User(name) => (USER, &**name, true),
        Subject::Policy(name) => (POLICY, &**name, true),
        Subject::Unknown(family, id) => (*family, &**id, false),
        Subject::Others => (OTHERS, "", false),
    };
    let passes = PASSES.iter().find(|(_, passes)| *passes == part.passes).map(|(word, _)| *word);
    json!({
        "family": family, "name": name, "known": known, "negate": part.negate, "passes": passes,
        "path": part.path.iter().map(|name| &**name).collect::<Vec<_>>(),
    })
}

fn read_part(raw: &Raw) -> Read<Part> {
    let (family, name) = (text(raw, "family")?, Name::from(text(raw, "name")?));
    let none = || format!("{family:?} is nothing that can be bound");
    let subject = match (family.as_str(), flag(raw, "known")) {
        (GROUP, true) => Subject::Group(name),
        (USER, true) => Subject::User(name),
        (POLICY, true) => Subject::Policy(name),
        (OTHERS, false) => Subject::Others,
        (other, false) => {
            let family = [GROUP, USER, POLICY].into_iter().find(|family| *family == other);
            Subject::Unknown(family.ok_or_else(none)?, name)
        }
        _ => return Err(none()),
    };
    let word = text(raw, "passes")?;
    let passes = PASSES.iter().find(|(known, _)| *known == word).map(|(_, passes)| *passes);
    Ok(Part {
        subject,
        negate: flag(raw, "negate"),
        passes: passes.ok_or_else(|| format!("{word:?} is no result of a binding"))?,
        path: names(part(raw, "path")?)?,
    })
}

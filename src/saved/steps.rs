//! The plan itself as JSON, step by step, and back: all that it holds but secrets.
//!
//! A value in a field that nobody may see is left out wherever it stands: in what is written, in what is expected and in
//! what is shown.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Raw, json};

use super::places::Places;
use super::value::{self, Read, count, flag, list, part, some_list, some_text, text};
use crate::diag::{CODES, Place, Sources};
use crate::export::Pattern;
use crate::kinds;
use crate::ledger::{ItemOrigin, Origin, address_json};
use crate::live::Fate;
use crate::plan::{
    self, Action, Change, Check, Declared, Delta, Figure, ItemId, Items, Keeps, Kept, Left, ListItem, Opening, Opens,
    Plan, Reason, Scope, Step, Victim, Weakened, Write,
};
use crate::schema::{Class, Kind, Release};
use crate::value::{Address, Value, sorted};

/// An application that opens by the setting.
const SETTING: &str = "setting";

/// The values of an object, by field.
type Fields = BTreeMap<&'static str, Value>;

/// The plan. `sources` give the places; without them none are written.
pub(super) fn write(plan: &Plan, sources: Option<&Sources>) -> Raw {
    let addresses = |all: &mut dyn Iterator<Item = &Address>| all.map(address_json).collect::<Vec<_>>();
    let mut written = json!({
        "release": plan.release.to_string(),
        "steps": plan.steps.iter().map(|step| write_step(step, sources)).collect::<Vec<_>>(),
        "ids": plan.ids.iter().map(|(address, id)| json!([address_json(address), id])).collect::<Vec<_>>(),
        "other_ids": plan.other_ids.iter().map(|((at, field), id)| json!([address_json(at), field, id])).collect::<Vec<_>>(),
        "openings": plan.openings.iter().map(|it| json!([address_json(&it.address), opens(it.by)])).collect::<Vec<_>>(),
        "ignored": plan.ignored,
        "uncompared": plan.uncompared.iter().map(|(at, field)| json!([address_json(at), field])).collect::<Vec<_>>(),
        "declared": plan.declared.iter().map(write_declared).collect::<Vec<_>>(),
        "kept": plan.kept.iter().map(write_kept).collect::<Vec<_>>(),
        "safety": plan.safety.iter().map(write_check).collect::<Vec<_>>(),
        "gone": addresses(&mut plan.gone.iter()),
        "victims": plan.victims.iter().map(|(at, all)| {
            json!([address_json(at), all.iter().map(write_victim).collect::<Vec<_>>()])
        }).collect::<Vec<_>>(),
        "targets": patterns(&plan.scope.targets),
        "excludes": patterns(&plan.scope.excludes),
        "left": plan.left.iter().map(|it| json!([address_json(&it.address), word(it.action)])).collect::<Vec<_>>(),
        "owning": plan.owning,
    });
    if !plan.weakened.is_empty() {
        written["weakened"] = plan.weakened.iter().map(write_weakened).collect();
    }
    written
}

/// By what an application opens: whether it is new, or the word for what is neither that nor a lost binding.
fn opens(by: Opens) -> Raw {
    match by {
        Opens::New => json!(true),
        Opens::LastBinding => json!(false),
        Opens::Setting => json!(SETTING),
    }
}

fn read_opens(raw: &Raw) -> Opens {
    match (raw.as_bool(), raw.as_str()) {
        (Some(true), _) => Opens::New,
        (_, Some(SETTING)) => Opens::Setting,
        _ => Opens::LastBinding,
    }
}

/// The plan that was written; its places go into `places`.
pub(super) fn read(raw: &Raw, places: &mut Places) -> Read<Plan> {
    let release = Release::parse(&text(raw, "release")?).ok_or_else(|| "`release` is none".to_owned())?;
    let mut steps = Vec::new();
    for raw in list(part(raw, "steps")?)? {
        steps.push(read_step(raw, steps.len(), places)?);
    }
    let pairs = |name: &str| -> Read<Vec<(Address, Raw)>> {
        let pair = |raw: &Raw| match list(raw)? {
            [address, other] => Ok((value::address(address)?, other.clone())),
            _ => Err(format!("`{name}` has something that is no pair")),
        };
        list(part(raw, name)?)?.iter().map(pair).collect()
    };
    Ok(Plan {
        release,
        steps,
        ids: pairs("ids")?.into_iter().collect(),
        other_ids: list(part(raw, "other_ids")?)?.iter().map(read_other_id).collect::<Read<_>>()?,
        openings: pairs("openings")?
            .into_iter()
            .map(|(address, by)| Opening { address, by: read_opens(&by) })
            .collect(),
        ignored: count(raw, "ignored")?,
        // None where the file is older than this.
        uncompared: match raw.get("uncompared") {
            None => Vec::new(),
            Some(_) => pairs("uncompared")?
                .into_iter()
                .map(|(address, field)| (address, field.as_str().unwrap_or_default().to_owned()))
                .collect(),
        },
        declared: list(part(raw, "declared")?)?.iter().map(read_declared).collect::<Read<_>>()?,
        kept: list(part(raw, "kept")?)?.iter().map(read_kept).collect::<Read<_>>()?,
        safety: list(part(raw, "safety")?)?.iter().map(read_check).collect::<Read<_>>()?,
        weakened: some_list(raw, "weakened")?.iter().map(read_weakened).collect::<Read<_>>()?,
        gone: list(part(raw, "gone")?)?.iter().map(value::address).collect::<Read<_>>()?,
        victims: pairs("victims")?
            .into_iter()
            .map(|(address, all)| Ok((address, list(&all)?.iter().map(read_victim).collect::<Read<_>>()?)))
            .collect::<Read<_>>()?,
        scope: Scope {
            targets: read_patterns(raw, "targets")?,
            excludes: read_patterns(raw, "excludes")?,
            done: false,
        },
        left: match raw.get("left") {
            None => Vec::new(),
            Some(_) => pairs("left")?
                .into_iter()
                .map(|(address, what)| Ok(Left { address, action: action(what.as_str().unwrap_or_default())? }))
                .collect::<Read<_>>()?,
        },
        owning: flag(raw, "owning"),
    })
}

/// Patterns, in one order, since they mean the same in any.
fn patterns(patterns: &[Pattern]) -> BTreeSet<&str> {
    patterns.iter().map(Pattern::as_str).collect()
}

/// Patterns of addresses; none where the file is older than they are.
fn read_patterns(raw: &Raw, name: &str) -> Read<Vec<Pattern>> {
    let Some(all) = raw.get(name) else { return Ok(Vec::new()) };
    list(all)?.iter().map(|text| Pattern::new(text.as_str().unwrap_or_default())).collect()
}

/// Fields of a step whose values nobody may see.
pub(super) fn concealed(step: &Step) -> BTreeSet<&'static str> {
    let said = step.changes.iter().filter(|change| change.class != Class::Plain).map(|change| change.field);
    let known = step.kind.fields.iter().filter(|field| field.class != Class::Plain).map(|field| field.name);
    said.chain(known).collect()
}

fn write_step(step: &Step, sources: Option<&Sources>) -> Raw {
    let hidden = concealed(step);
    let fields = |fields: &Fields| -> Raw {
        let one = |(name, value): (&&str, &Value)| ((*name).to_owned(), value::write(value, !hidden.contains(*name)));
        Raw::Object(fields.iter().map(one).collect())
    };
    let mut raw = Map::new();
    raw.insert("action".into(), json!(word(step.action)));
    raw.insert("at".into(), address_json(&step.address));
    raw.insert("kind".into(), value::write_kind(step.kind));
    let place = sources.zip(step.source).and_then(|(sources, span)| sources.place(span));
    if let Some(place) = place {
        raw.insert("source".into(), json!({ "file": place.file, "line": place.line, "column": place.column }));
    }
    if let Some(reason) = &step.reason {
        raw.insert("reason".into(), write_reason(reason));
    }
    for (name, set) in [("second", step.second), ("adopts", step.adopts)] {
        if set {
            raw.insert(name.into(), json!(true));
        }
    }
    raw.insert("changes".into(), step.changes.iter().map(|change| write_change(change, &hidden)).collect());
    if !step.preselected.is_empty() {
        raw.insert("preselected".into(), json!(step.preselected));
    }
    raw.insert("unchanged".into(), json!(step.unchanged));
    raw.insert("needs".into(), json!(step.needs));
    raw.insert("id".into(), json!(step.id));
    raw.insert("write".into(), write_write(&step.write, &fields));
    raw.insert("expect".into(), fields(&step.expect));
    Raw::Object(raw)
}

fn read_step(raw: &Raw, place: usize, places: &mut Places) -> Read<Step> {
    let kind = value::read_kind(part(raw, "kind")?)?;
    let needs: BTreeSet<usize> = list(part(raw, "needs")?)?
        .iter()
        .map(|raw| raw.as_u64().and_then(|need| usize::try_from(need).ok()).filter(|need| *need < place))
        .collect::<Option<_>>()
        .ok_or_else(|| "a step needs one that does not come before it".to_owned())?;
    Ok(Step {
        action: action(&text(raw, "action")?)?,
        address: value::address(part(raw, "at")?)?,
        kind,
        source: raw.get("source").and_then(|raw| places.span(raw)),
        reason: raw.get("reason").map(read_reason).transpose()?,
        second: flag(raw, "second"),
        adopts: flag(raw, "adopts"),
        changes: list(part(raw, "changes")?)?.iter().map(|raw| read_change(kind, raw)).collect::<Read<_>>()?,
        preselected: match raw.get("preselected") {
            // A file that is older than they are has none.
            None => BTreeSet::new(),
            Some(names) => list(names)?
                .iter()
                .map(|name| value::field(kind, name.as_str().unwrap_or_default()))
                .collect::<Read<_>>()?,
        },
        unchanged: count(raw, "unchanged")?,
        needs,
        id: some_text(raw, "id"),
        write: read_write(kind, part(raw, "write")?)?,
        expect: read_fields(kind, part(raw, "expect")?)?,
    })
}

fn read_fields(kind: &'static Kind, raw: &Raw) -> Read<Fields> {
    let fields = raw.as_object().ok_or_else(|| "a mapping of fields is none".to_owned())?;
    fields.iter().map(|(name, raw)| Ok((value::field(kind, name)?, value::read(raw)?))).collect()
}

fn write_items(items: &Items) -> Raw {
    let one = |items: &BTreeSet<Value>| value::write(&Value::Set(items.clone()), true)["set"].clone();
    Raw::Object(items.iter().map(|(name, items)| ((*name).to_owned(), one(items))).collect())
}

fn read_items(kind: &'static Kind, raw: &Raw) -> Read<Items> {
    let fields = raw.as_object().ok_or_else(|| "a mapping of items is none".to_owned())?;
    fields.iter().map(|(name, raw)| Ok((value::field(kind, name)?, value::set(raw)?))).collect()
}

fn write_write(write: &Write, fields: &dyn Fn(&Fields) -> Raw) -> Raw {
    match write {
        Write::Create { body, add } => json!({ "create": fields(body), "add": write_items(add) }),
        Write::Update { body, add, remove } => {
            json!({ "update": fields(body), "add": write_items(add), "remove": write_items(remove) })
        }
        Write::Delete => json!("delete"),
        Write::Nothing => json!("nothing"),
    }
}

fn read_write(kind: &'static Kind, raw: &Raw) -> Read<Write> {
    let items = |name: &str| read_items(kind, part(raw, name)?);
    match (raw.as_str(), raw.get("create"), raw.get("update")) {
        (Some("delete"), ..) => Ok(Write::Delete),
        (Some("nothing"), ..) => Ok(Write::Nothing),
        (None, Some(body), None) => Ok(Write::Create { body: read_fields(kind, body)?, add: items("add")? }),
        (None, None, Some(body)) => {
            Ok(Write::Update { body: read_fields(kind, body)?, add: items("add")?, remove: items("remove")? })
        }
        _ => Err("`write` is none that is known".to_owned()),
    }
}

const FATES: [Fate; 2] = [Fate::Deleted, Fate::Cleared];

fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Deleted => "deleted",
        Fate::Cleared => "cleared",
    }
}

fn write_victim(victim: &Victim) -> Raw {
    json!({ "name": victim.name, "kind": victim.kind, "fate": fate(victim.fate), "part": victim.part })
}

fn read_victim(raw: &Raw) -> Read<Victim> {
    let kind = raw.get("kind").filter(|kind| !kind.is_null()).map(value::read_kind).transpose()?;
    let fate = FATES.iter().find(|one| raw.get("fate").and_then(Raw::as_str) == Some(fate(**one))).copied();
    Ok(Victim {
        name: text(raw, "name")?,
        kind: kind.map(|kind| kind.name),
        fate: fate.ok_or_else(|| "what becomes of a victim is not known".to_owned())?,
        part: flag(raw, "part"),
    })
}

fn write_kept(kept: &Kept) -> Raw {
    let why = match kept.why {
        Keeps::Protected => "protected",
        Keeps::Fleeting => "fleeting",
        Keeps::Found => "found",
        Keeps::FoundPerhaps => "found_perhaps",
        Keeps::LetGo => "let_go",
    };
    let mut raw = json!({ "at": address_json(&kept.address), "kind": value::write_kind(kept.kind), "why": why });
    if let Some((field, items)) = &kept.items {
        raw["items"] = json!([field, value::write(&Value::Set(items.clone()), true)["set"]]);
    }
    raw
}

fn read_kept(raw: &Raw) -> Read<Kept> {
    let why = match text(raw, "why")?.as_str() {
        "protected" => Keeps::Protected,
        "fleeting" => Keeps::Fleeting,
        "found" => Keeps::Found,
        "found_perhaps" => Keeps::FoundPerhaps,
        "let_go" => Keeps::LetGo,
        _ => return Err("why something is kept is not known".to_owned()),
    };
    let kind = value::read_kind(part(raw, "kind")?)?;
    let items = match raw.get("items") {
        None => None,
        Some(items) => match list(items)? {
            [Raw::String(field), items] => Some((value::field(kind, field)?, value::set(items)?)),
            _ => return Err("kept items are of another form".to_owned()),
        },
    };
    Ok(Kept { address: value::address(part(raw, "at")?)?, kind, why, items })
}

fn write_check(check: &Check) -> Raw {
    let limit = check.limit.as_ref().map(|limit| match limit {
        Figure::Count(count) => json!(count),
        Figure::Share(share) => json!(share),
    });
    json!({
        "rail": check.rail, "code": check.code.as_str(), "kind": check.kind, "limit": limit, "value": check.value,
        "of": check.of, "ok": check.ok, "waived": check.waived,
    })
}

fn read_check(raw: &Raw) -> Read<Check> {
    let number = |name: &str| raw.get(name).and_then(Raw::as_u64).and_then(|number| usize::try_from(number).ok());
    let code = text(raw, "code")?;
    let code = CODES.iter().map(|(known, _)| *known).find(|known| known.as_str() == code);
    Ok(Check {
        rail: plan::rail(&text(raw, "rail")?).ok_or_else(|| "a rail is none that is known".to_owned())?,
        code: code.ok_or_else(|| "the code of a rail is none that is known".to_owned())?,
        kind: some_text(raw, "kind"),
        limit: match raw.get("limit") {
            Some(Raw::Number(count)) => count.as_u64().map(Figure::Count),
            Some(Raw::String(share)) => Some(Figure::Share(share.clone())),
            _ => None,
        },
        value: number("value"),
        of: number("of"),
        ok: flag(raw, "ok"),
        waived: flag(raw, "waived"),
    })
}

fn write_weakened(one: &Weakened) -> Raw {
    let place = one.place.as_ref().map(|place| json!([place.file, place.line, place.column]));
    json!({ "setting": one.setting, "value": one.value, "instead_of": one.instead_of, "base": one.base, "place": place })
}

fn read_weakened(raw: &Raw) -> Read<Weakened> {
    let number = |raw: &Raw| raw.as_u64().and_then(|number| u32::try_from(number).ok());
    let place = match raw.get("place").and_then(Raw::as_array).map(Vec::as_slice) {
        Some([Raw::String(file), line, column]) => {
            number(line).zip(number(column)).map(|(line, column)| Place { file: file.clone(), line, column })
        }
        _ => None,
    };
    Ok(Weakened {
        setting: text(raw, "setting")?,
        value: text(raw, "value")?,
        instead_of: text(raw, "instead_of")?,
        base: flag(raw, "base"),
        place,
    })
}

/// An id that some references carry instead: the object, the field that holds it, and the id.
fn read_other_id(raw: &Raw) -> Read<((Address, &'static str), Raw)> {
    let [address, Raw::String(name), id] = list(raw)? else { return Err("an id is of another form".to_owned()) };
    let carried = kinds::KINDS.iter().flat_map(|kind| kind.fields).filter_map(|field| field.carries);
    let mut carried = carried.filter(|carried| *carried == name.as_str());
    let field = carried.next().ok_or_else(|| "an id is of a field that carries none".to_owned())?;
    Ok(((value::address(address)?, field), id.clone()))
}

fn write_change(change: &Change, hidden: &BTreeSet<&'static str>) -> Raw {
    let shown = !hidden.contains(change.field);
    let one = |value: &Value| value::write(value, shown);
    let all = |items: &BTreeSet<Value>| value::write(&Value::Set(items.clone()), shown)["set"].clone();
    let side = |raw: &Option<Raw>| match raw {
        None => json!([]),
        Some(raw) if shown => json!([sorted(raw)]),
        Some(_) => json!(["(sensitive value)"]),
    };
    let delta = match &change.delta {
        Delta::New(new) => json!({ "new": one(new) }),
        Delta::Value(old, new) => json!({ "old": one(old), "new": one(new) }),
        Delta::Items { added, removed, counts } => {
            json!({ "added": all(added), "removed": all(removed), "counts": [counts.0, counts.1] })
        }
        Delta::Keys(keys) => {
            let keys: Vec<Raw> = keys.iter().map(|(key, (old, new))| json!([key, side(old), side(new)])).collect();
            json!({ "keys": keys })
        }
        Delta::Written => json!("written"),
    };
    json!({ "field": change.field, "class": value::write_class(change.class), "delta": delta })
}

fn read_change(kind: &'static Kind, raw: &Raw) -> Read<Change> {
    let delta = part(raw, "delta")?;
    let unknown = || "a difference is of no form that is known".to_owned();
    let delta = if let Some(keys) = delta.get("keys") {
        let side = |raw: &Raw| match list(raw)? {
            [] => Ok(None),
            [raw] => Ok(Some(raw.clone())),
            _ => Err(unknown()),
        };
        let key = |raw: &Raw| match list(raw)? {
            [Raw::String(key), old, new] => Ok((key.clone(), (side(old)?, side(new)?))),
            _ => Err(unknown()),
        };
        Delta::Keys(list(keys)?.iter().map(key).collect::<Read<_>>()?)
    } else if let Some(added) = delta.get("added") {
        let number = |place: usize| {
            let number = delta.get("counts").and_then(|counts| counts.get(place)).and_then(Raw::as_u64);
            number.and_then(|number| usize::try_from(number).ok()).ok_or_else(unknown)
        };
        let counts = (number(0)?, number(1)?);
        Delta::Items { added: value::set(added)?, removed: value::set(part(delta, "removed")?)?, counts }
    } else {
        match (delta.as_str(), delta.get("old"), delta.get("new")) {
            (Some("written"), ..) => Delta::Written,
            (None, None, Some(new)) => Delta::New(value::read(new)?),
            (None, Some(old), Some(new)) => Delta::Value(value::read(old)?, value::read(new)?),
            _ => return Err(unknown()),
        }
    };
    let field = value::field(kind, &text(raw, "field")?)?;
    Ok(Change { field, class: value::read_class(&text(raw, "class")?)?, delta })
}

fn write_declared((address, declared): (&Address, &Declared)) -> Raw {
    json!({
        "at": address_json(address),
        "kind": value::write_kind(declared.kind),
        "id": declared.id,
        "origin": write_origin(declared.origin),
        "recorded": declared.recorded.as_ref().map(address_json),
        "protect": declared.protect,
        "partial": declared.partial,
        "fields": declared.fields,
        "items": declared.items.iter().map(|(field, items)| {
            (field.clone(), items.iter().map(write_item).collect())
        }).collect::<Map<_, _>>(),
    })
}

/// An item of a set: who put it there, and its id, or the object that the plan makes.
fn write_item(item: &ListItem) -> Raw {
    let origin = match item.origin {
        ItemOrigin::Added => "added",
        ItemOrigin::Found => "found",
        ItemOrigin::Unknown => "unknown",
    };
    match &item.id {
        ItemId::Known(id) => json!([origin, id]),
        ItemId::New { address, other, before } => json!([origin, address_json(address), other, before]),
    }
}

fn read_item(kind: &'static Kind, field: &str, raw: &Raw) -> Read<ListItem> {
    let bad = || "an item of a list is of another form".to_owned();
    let (origin, id) = match list(raw)? {
        [origin, Raw::String(id)] => (origin, ItemId::Known(id.clone())),
        [origin, at, other, Raw::String(before)] => {
            let carries = kind.field(field).and_then(|field| field.carries);
            let other = carries.filter(|_| !other.is_null());
            (origin, ItemId::New { address: value::address(at)?, other, before: before.clone() })
        }
        _ => return Err(bad()),
    };
    let origin = match origin.as_str() {
        Some("added") => ItemOrigin::Added,
        Some("found") => ItemOrigin::Found,
        Some("unknown") => ItemOrigin::Unknown,
        _ => return Err(bad()),
    };
    Ok(ListItem { id, origin })
}

fn read_items_of_sets(kind: &'static Kind, raw: &Raw) -> Read<BTreeMap<String, Vec<ListItem>>> {
    let mut all = BTreeMap::new();
    // A file that is older than they are has none.
    for (field, items) in raw.get("items").and_then(Raw::as_object).into_iter().flatten() {
        let items = list(items)?.iter().map(|item| read_item(kind, field, item)).collect::<Read<_>>()?;
        all.insert(field.clone(), items);
    }
    Ok(all)
}

fn read_declared(raw: &Raw) -> Read<(Address, Declared)> {
    let recorded = raw.get("recorded").filter(|raw| !raw.is_null());
    let kind = value::read_kind(part(raw, "kind")?)?;
    let declared = Declared {
        kind,
        id: some_text(raw, "id"),
        origin: read_origin(&text(raw, "origin")?)?,
        recorded: recorded.map(value::address).transpose()?,
        protect: flag(raw, "protect"),
        partial: flag(raw, "partial"),
        fields: value::texts(part(raw, "fields")?)?,
        items: read_items_of_sets(kind, raw)?,
    };
    Ok((value::address(part(raw, "at")?)?, declared))
}

pub(super) fn write_origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Created => "created",
        Origin::Adopted => "adopted",
    }
}

pub(super) fn read_origin(word: &str) -> Read<Origin> {
    match word {
        "created" => Ok(Origin::Created),
        "adopted" => Ok(Origin::Adopted),
        _ => Err("an origin is none that is known".to_owned()),
    }
}

const ACTIONS: [(Action, &str); 6] = [
    (Action::Create, "create"),
    (Action::Update, "update"),
    (Action::Rename, "rename"),
    (Action::Delete, "delete"),
    (Action::Adopt, "adopt"),
    (Action::Forget, "forget"),
];

fn word(action: Action) -> &'static str {
    ACTIONS.iter().find(|(one, _)| *one == action).map_or("", |(_, word)| word)
}

fn action(word: &str) -> Read<Action> {
    let found = ACTIONS.iter().find(|(_, one)| *one == word).map(|(action, _)| *action);
    found.ok_or_else(|| "an action is none that is known".to_owned())
}

/// The reasons that are a word; `Renamed` has the older address with it, `Replaced` the newer one.
const REASONS: [(Reason, &str); 15] = [
    (Reason::Absent, "absent"),
    (Reason::NotInList, "not_in_list"),
    (Reason::NotDeclared, "not_declared"),
    (Reason::LetGo, "let_go"),
    (Reason::ListNotManaged, "list_not_managed"),
    (Reason::OwnerLetGo, "owner_let_go"),
    (Reason::MadeByServer, "made_by_server"),
    (Reason::OtherName, "other_name"),
    (Reason::Protected, "protected"),
    (Reason::Unprotected, "unprotected"),
    (Reason::Excluded, "excluded"),
    (Reason::Deferred, "deferred"),
    (Reason::HandedOver, "handed_over"),
    (Reason::Late, "late"),
    (Reason::PutBack, "put_back"),
];

fn write_reason(reason: &Reason) -> Raw {
    match reason {
        Reason::Renamed(old) => json!({ "renamed": address_json(old) }),
        Reason::Replaced(new) => json!({ "replaced": address_json(new) }),
        reason => json!(REASONS.iter().find(|(one, _)| one == reason).map(|(_, word)| *word)),
    }
}

fn read_reason(raw: &Raw) -> Read<Reason> {
    if let Some(old) = raw.get("renamed") {
        return Ok(Reason::Renamed(value::address(old)?));
    }
    if let Some(new) = raw.get("replaced") {
        return Ok(Reason::Replaced(value::address(new)?));
    }
    let found = REASONS.iter().find(|(_, word)| raw.as_str() == Some(*word)).map(|(reason, _)| reason.clone());
    found.ok_or_else(|| "a reason is none that is known".to_owned())
}

//! Objects of their own that are written under an owner: stages, entitlements, bindings.

use super::object::{Writer, include};
use crate::live::Found;
use crate::schema::{Children, Items, Kind};
use crate::value::{Address, Part, Value};
use crate::yaml::{Item, Yaml};

/// How many places a list in order leaves between its items.
const STEP: i64 = 10;

/// The number by which a child is ordered.
fn order(found: &Found) -> i64 {
    match found.fields.get("order") {
        Some(Value::Int(order)) => *order,
        _ => 0,
    }
}

impl<'a> Writer<'a> {
    /// One list or mapping of children of an object.
    pub(super) fn children(
        &mut self,
        owner: &'a Found,
        shown: &Address,
        children: &'static Children,
        items: &mut Vec<Item>,
    ) {
        let mut all: Vec<&Found> = self
            .children
            .get(&owner.address)
            .into_iter()
            .flatten()
            .copied()
            .collect();
        all.retain(|found| found.kind.name == children.kind);
        all.sort_by_key(|found| (order(found), &found.address));
        let before = all.len();
        all.retain(|found| !found.ends);
        if all.is_empty() && before > 0 {
            // Not open to everybody as long as it lasts, so nothing is said of it.
            return;
        }
        let Some(first) = all.first() else {
            return self.none(owner, children, items);
        };
        let kind = first.kind;
        // What cannot be distinguished, or named, stays on the server: the list says only what must be there.
        let sound =
            |found: &&&Found| self.subject(found, children).is_ok() && !is_repeated(found, kind);
        let whole = all.iter().filter(sound).count() == all.len();
        let mut list = Vec::new();
        let mut named = Vec::new();
        for (place, found) in all.into_iter().enumerate() {
            let left_out = match self.subject(found, children) {
                _ if is_repeated(found, kind) => {
                    format!(
                        "{} has the same item again: {}",
                        children.yaml_key, found.address
                    )
                }
                Err(why) => {
                    format!("{} has an item that is left out: {why}", children.yaml_key)
                }
                Ok(subject) => {
                    let numbered = whole && matches!(children.items, Items::Ordered(_));
                    let usual = numbered.then_some(STEP * (place as i64 + 1));
                    let (key, item) = self.child(found, shown, children, subject, usual);
                    match key {
                        Some(key) => named.push(Item::Entry(key, Yaml::Map(item))),
                        None => list.push(Yaml::Map(item)),
                    }
                    continue;
                }
            };
            self.note(shown, left_out, items);
        }
        let yaml = match children.items {
            Items::Named(_) => Yaml::Map(named),
            Items::One => list.into_iter().next().unwrap_or(Yaml::Map(Vec::new())),
            _ if whole => Yaml::List(list),
            _ => include(list),
        };
        items.push(Item::Entry(children.yaml_key.to_owned(), yaml));
    }

    /// One child: its name, if the children are a mapping by name, and its fields. `usual` is the order that follows from its
    /// place in the list.
    fn child(
        &mut self,
        found: &'a Found,
        shown: &Address,
        children: &'static Children,
        (field, name): (&'static str, Option<String>),
        usual: Option<i64>,
    ) -> (Option<String>, Vec<Item>) {
        let (mut key, mut item) = (None, Vec::new());
        match name {
            Some(name) if matches!(children.items, Items::Named(_)) => key = Some(name),
            Some(name) => item.push(Item::Entry(field.to_owned(), Yaml::Text(name))),
            None => {}
        }
        let skip = |name: &str| {
            let is_subject = match children.items {
                Items::Ordered(reference) | Items::Named(reference) | Items::Among(reference) => {
                    name == reference
                }
                Items::Subjects(subjects) => subjects.contains(&name),
                Items::One => false,
            };
            let is_usual_order = name == "order" && Some(order(found)) == usual;
            name == children.owner || is_subject || is_usual_order
        };
        self.fields(found, shown, &skip, &mut item);
        for nested in found.kind.children.iter().rev() {
            self.children(found, shown, nested, &mut item);
        }
        (key, item)
    }

    /// Nothing is there: worth a word only where that opens the object to everyone.
    fn none(&mut self, owner: &Found, children: &Children, items: &mut Vec<Item>) {
        let subjects = matches!(children.items, Items::Subjects(_));
        if subjects
            && owner.kind.guarded_by_bindings
            && !self.live.unreadable.contains_key(children.kind)
        {
            items.push(Item::Note(
                "it has no bindings, so every user may open it".to_owned(),
            ));
            items.push(Item::Entry(
                children.yaml_key.to_owned(),
                Yaml::List(Vec::new()),
            ));
        }
    }

    /// The field by which an item says which object it is, and what stands there.
    fn subject(
        &self,
        found: &Found,
        children: &'static Children,
    ) -> Result<(&'static str, Option<String>), String> {
        let among = matches!(children.items, Items::Among(_));
        let fields: &[&'static str] = match &children.items {
            Items::Ordered(field) | Items::Named(field) | Items::Among(field) => {
                std::slice::from_ref(field)
            }
            Items::Subjects(fields) => fields,
            Items::One => return Ok(("", None)),
        };
        for field in fields {
            match found.fields.get(field) {
                Some(Value::Ref(address)) => {
                    let word = if among { address.family } else { *field };
                    return self.refs.name(address).map(|name| (word, Some(name)));
                }
                Some(Value::Text(text)) if !text.is_empty() => {
                    return Ok((*field, Some(text.to_string())));
                }
                Some(Value::Unknown(_)) => return Err(format!("its {field} was not read")),
                _ => {}
            }
        }
        Err("it names nothing".to_owned())
    }
}

/// Whether it is one of several that join the same two, with a number that only distinguishes them.
fn is_repeated(found: &Found, kind: &Kind) -> bool {
    let numbers = found
        .address
        .parts()
        .iter()
        .filter(|part| matches!(part, Part::Number(_)))
        .count();
    numbers > usize::from(kind.keying_has_number())
}

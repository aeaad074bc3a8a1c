//! One object as the mapping that declares it: its fields in the table's order, then what is written under it.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::Places;
use super::names::{self, Given, suffix};
use super::refs::Refs;
use super::secrets::{carries_secret, is_secret};
use super::select::Selected;
use super::values::{self, is_default, yaml};
use super::{Options, Reason, Variable};
use crate::kinds;
use crate::live::{Found, Live};
use crate::schema::{Class, Field, Shape};
use crate::value::{Address, Part, Secret, Value};
use crate::yaml::{Item, Yaml, looks_typed};

/// Fields whose text, if it has several lines, gets a file of its own, and how the file's name ends.
const TEXTS: &[(&str, &str)] = &[("expression", "py"), ("branding_custom_css", "css")];
/// How many lines of such text stand in the state file itself.
const LINES: usize = 3;

/// Said of uploads, which are never fetched.
const CONTENT: &str =
    "its content is not exported; with `content: !file PATH` akrec would upload that file instead";

/// Said above fields that are only comments.
const WRITE_ONLY: &str = "the server never returns these; remove the # to send them on creation:";

/// Writes objects, and collects the diagnostics about them.
pub(super) struct Writer<'a> {
    pub live: &'a Live,
    pub options: &'a Options,
    pub selected: &'a Selected<'a>,
    places: &'a Places<'a>,
    pub refs: Refs<'a>,
    /// What belongs to an object, by the object.
    pub children: BTreeMap<&'a Address, Vec<&'a Found>>,
    names: Given,
    written: Written,
}

/// What came up while writing.
#[derive(Default)]
pub(super) struct Written {
    pub variables: Vec<Variable>,
    pub notes: Vec<(Address, String)>,
    /// Text that got a file of its own, by path.
    pub texts: BTreeMap<String, String>,
    /// What belongs to objects that are not exported.
    pub unread: Vec<(Reason, Address)>,
}

impl<'a> Writer<'a> {
    pub fn new(
        live: &'a Live,
        options: &'a Options,
        selected: &'a Selected<'a>,
        places: &'a Places<'a>,
    ) -> Writer<'a> {
        let mut children: BTreeMap<&Address, Vec<&Found>> = BTreeMap::new();
        for found in live.objects.values() {
            if let Some(Part::At(owner)) = found.address.parts().first() {
                children.entry(owner).or_default().push(found);
            }
        }
        let refs = Refs::new(live);
        let (names, written) = (Given::default(), Written::default());
        Writer {
            live,
            options,
            selected,
            places,
            refs,
            children,
            names,
            written,
        }
    }

    /// The diagnostics, once all objects are written.
    pub fn finish(mut self) -> Written {
        for found in self.live.objects.values() {
            let mut top = &found.address;
            while let Some(Part::At(owner)) = top.parts().first() {
                top = owner;
            }
            let whole = self.selected.has(top);
            if found.ends && whole {
                self.written
                    .unread
                    .push((Reason::Ends, found.address.clone()));
            }
            if top == &found.address || whole {
                continue;
            }
            let Some(owner) = self.live.get(top) else {
                continue;
            };
            let builtin = |found: &Found| kinds::is_builtin(&found.address, &found.fields);
            let whole = self.options.kinds.is_empty() && self.options.targets.is_empty();
            if self.options.declared.contains(top) {
                if !self.options.declared.contains(&found.address) {
                    self.written
                        .unread
                        .push((Reason::OnDeclared, found.address.clone()));
                }
            } else if whole && builtin(owner) && !builtin(found) {
                self.written
                    .unread
                    .push((Reason::OnBuiltin, found.address.clone()));
            }
        }
        self.written
    }

    /// The mapping of one object.
    pub fn object(&mut self, found: &'a Found) -> Vec<Item> {
        let mut items = Vec::new();
        if let Some(word) = found.kind.type_name {
            items.push(Item::Entry("type".to_owned(), Yaml::text(word)));
        }
        self.fields(
            found,
            &found.address,
            &|name| found.kind.is_key(name),
            &mut items,
        );
        if found.kind.name_has_hash_of.is_some() {
            items.push(Item::Note(CONTENT.to_owned()));
        }
        for children in found.kind.children.iter().rev() {
            self.children(found, &found.address, children, &mut items);
        }
        items
    }

    /// The fields of an object but for some.
    pub fn fields(
        &mut self,
        found: &Found,
        address: &Address,
        skip: &dyn Fn(&str) -> bool,
        items: &mut Vec<Item>,
    ) {
        let mut hidden = Vec::new();
        for field in found
            .kind
            .fields
            .iter()
            .filter(|field| field.is_in(self.live.release))
        {
            if skip(field.name) || field.create_only || field.volatile {
                continue;
            }
            let value = found.fields.get(field.name);
            if field.class == Class::WriteOnly || (value.is_none() && field.may_be_withheld()) {
                let name = self.variable(address, field.yaml_key, None);
                hidden.push(Item::Note(format!("{}: !env {name}", field.yaml_key)));
                continue;
            }
            match (field.class, value) {
                (Class::Secret, Some(Value::Secret(secret)))
                    if !matches!(secret.expose(), "" | "{}" | "null") =>
                {
                    let name = self.variable(address, field.yaml_key, Some(secret.clone()));
                    items.push(Item::Entry(
                        field.yaml_key.to_owned(),
                        Yaml::Tagged("env", Box::new(Yaml::Text(name))),
                    ));
                }
                (Class::Plain, Some(value)) => self.field(found, address, field, value, items),
                _ => {}
            }
        }
        if !hidden.is_empty() {
            items.push(Item::Note(WRITE_ONLY.to_owned()));
            items.extend(hidden);
        }
    }

    fn field(
        &mut self,
        found: &Found,
        subject: &Address,
        field: &'static Field,
        value: &Value,
        items: &mut Vec<Item>,
    ) {
        // What releases say in one way or the other is written as a set, which all of them take.
        let twin = found
            .kind
            .counterpart(field)
            .filter(|twin| twin.shape.is_set() && !field.shape.is_set());
        let word = twin.unwrap_or(field).yaml_key;
        let explicit = self.is_explicit(found, field, word);
        if field.inverse_of.is_some() {
            return self.mirrored(field, value, items);
        }
        let declared = (found.address.clone(), field.name);
        if self.options.spoken_for.contains(&declared) {
            let what = format!("{word}: declared on the other side, in existing files");
            return self.note(subject, what, items);
        }
        let (own, usual);
        let mut value = value;
        if let (true, Value::Set(all)) = (field.server_adds, value) {
            own = Value::Set(self.without_added(all));
            value = &own;
        }
        if let Some(rest) = values::unusual(field, value) {
            if rest.is_empty() && !explicit {
                return;
            }
            usual = rest;
            value = &usual;
        }
        if is_default(found.kind, field, value, self.live.release)
            && !explicit
            && !(field.required && field.create_default.is_none())
        {
            return;
        }
        // A text of several lines is code or prose: as a variable it could not be reviewed.
        if let Value::Text(text) = value
            && text.contains('\n')
            && carries_secret(text)
        {
            let what = format!(
                "{word} seems to hold a secret in clear text: check it before you commit it"
            );
            self.note(subject, what, items);
        }
        if let Some((text, end)) = self.own_file(field, value) {
            let path = self.text(subject, found.kind.section, text, end);
            items.push(Item::Entry(
                word.to_owned(),
                Yaml::Tagged("file", Box::new(Yaml::Text(path))),
            ));
            return;
        }
        self.write_value(subject, (word, field), twin.is_some(), value, items);
    }

    /// Whether a field is written even if it has its default: where `defaults:` of existing files set it, and where the admin
    /// form preselects a value that a new object would get instead.
    fn is_explicit(&self, found: &Found, field: &Field, key: &str) -> bool {
        let set = self.options.explicit.get(&found.kind.title());
        field.preselected.is_some() || set.is_some_and(|keys| keys.contains(key))
    }

    /// The text of a field that gets a file of its own, and how the name of the file ends; `None` for short texts, and for
    /// those that a file would change.
    fn own_file<'v>(&self, field: &Field, value: &'v Value) -> Option<(&'v str, &'static str)> {
        let text = value.as_text()?;
        let (_, end) = TEXTS.iter().find(|(name, _)| *name == field.name)?;
        let is_long = text.lines().count() > LINES;
        // The content of a file has its line ends normalized.
        let is_kept = !text.starts_with('\u{feff}') && !text.contains('\r');
        (!self.options.one_file && is_long && is_kept).then_some((text, *end))
    }

    /// The items of a set that the server has not added itself.
    fn without_added(&self, all: &BTreeSet<Value>) -> BTreeSet<Value> {
        let added = |item: &&Value| match item {
            Value::Ref(address) => self
                .live
                .get(address)
                .is_some_and(|it| kinds::is_added(&it.fields)),
            _ => false,
        };
        all.iter().filter(|item| !added(item)).cloned().collect()
    }

    /// Writes a value under a key, secrets in it as variables. `as_list` writes one value as a list of one.
    fn write_value(
        &mut self,
        subject: &Address,
        (key, field): (&'static str, &'static Field),
        as_list: bool,
        value: &Value,
        items: &mut Vec<Item>,
    ) {
        let written = yaml(value, field, &field.shape, &self.refs, self.live.release);
        let written = match (written, field.shape) {
            (Ok(Yaml::Text(text)), _) if text.contains('\n') => Ok(Yaml::Text(text)),
            (Ok(data), Shape::Json { .. }) => self.hide(subject, key, data, is_secret(field.name)),
            (Ok(data), _) => self.hide(subject, key, data, false),
            (written, _) => written,
        };
        match written {
            // The server itself changes it over time; if it were declared, every plan would set it back.
            Ok(Yaml::Bare(time)) if field.generated && matches!(field.shape, Shape::Time) => {
                items.push(Item::Note(format!("{key}: {time}")));
            }
            Ok(one) if as_list => {
                let list = if one == Yaml::Null {
                    Vec::new()
                } else {
                    vec![one]
                };
                items.push(Item::Entry(key.to_owned(), Yaml::List(list)));
            }
            Ok(yaml) => items.push(Item::Entry(key.to_owned(), yaml)),
            Err(why) => self.partly(subject, (key, field), value, why, items),
        }
    }

    /// A value that cannot be written in full: of a set, the rest; of anything else, nothing.
    fn partly(
        &mut self,
        address: &Address,
        (word, field): (&'static str, &'static Field),
        value: &Value,
        why: String,
        items: &mut Vec<Item>,
    ) {
        let (Value::Set(all), Shape::Set(item)) = (value, field.shape) else {
            return self.note(address, format!("{word} is left out: {why}"), items);
        };
        let sound = all
            .iter()
            .filter_map(|value| yaml(value, field, item, &self.refs, self.live.release).ok());
        let sound: Vec<Yaml> = sound.collect();
        self.note(address, format!("{word} has more than this: {why}"), items);
        if !sound.is_empty() {
            items.push(Item::Entry(word.to_owned(), include(sound)));
        }
    }

    /// The other side of a set: only what the objects on that side do not say themselves.
    fn mirrored(&mut self, field: &'static Field, value: &Value, items: &mut Vec<Item>) {
        let Value::Set(all) = value else { return };
        let theirs = |address: &Address| {
            let beside = self
                .live
                .get(address)
                .is_some_and(|found| kinds::is_beside(address, &found.fields));
            self.selected.has(address) || self.options.declared.contains(address) || beside
        };
        let left = all.iter().filter_map(|item| match item {
            Value::Ref(address) if !theirs(address) => self.refs.name(address).ok(),
            _ => None,
        });
        let left: Vec<Yaml> = left.map(Yaml::Text).collect();
        if !left.is_empty() {
            items.push(Item::Entry(field.yaml_key.to_owned(), include(left)));
        }
    }

    /// Says something in the file and in the summary.
    pub fn note(&mut self, address: &Address, text: String, items: &mut Vec<Item>) {
        items.push(Item::Note(text.clone()));
        self.written.notes.push((address.clone(), text));
    }

    /// A variable for a secret.
    fn variable(&mut self, address: &Address, field: &str, value: Option<Secret>) -> String {
        let name = names::variable(&[address.family, address.name().unwrap_or_default(), field]);
        let name = self
            .names
            .free(&|count| format!("{name}{}", suffix(count, '_')), &|_| false);
        let variable = Variable {
            name: name.clone(),
            address: address.clone(),
            field: field.to_owned(),
            value,
        };
        self.written.variables.push(variable);
        name
    }

    /// A value with a variable for every text in it that is a secret, by itself or by its key in free data: the table
    /// knows nothing of what is inside. Refuses one that a variable would turn into something else.
    fn hide(
        &mut self,
        address: &Address,
        field: &str,
        yaml: Yaml,
        secret: bool,
    ) -> Result<Yaml, String> {
        Ok(match yaml {
            Yaml::Text(text) if !text.is_empty() && (secret || carries_secret(&text)) => {
                if looks_typed(&text) {
                    return Err(format!(
                        "{field} is a secret that is not a string, so it cannot come from a variable"
                    ));
                }
                self.env(address, field, &text)
            }
            Yaml::Bare(number)
                if secret && number.starts_with(|c: char| c.is_ascii_digit() || c == '-') =>
            {
                self.env(address, field, &number)
            }
            Yaml::Map(items) => {
                let items = items.into_iter().map(|item| {
                    let Item::Entry(key, value) = item else {
                        return Ok::<Item, String>(item);
                    };
                    let value = self.hide(
                        address,
                        &format!("{field}.{key}"),
                        value,
                        secret || is_secret(&key),
                    )?;
                    Ok(Item::Entry(key, value))
                });
                Yaml::Map(items.collect::<Result<_, _>>()?)
            }
            Yaml::List(items) => {
                let items = items
                    .into_iter()
                    .map(|item| self.hide(address, field, item, secret));
                Yaml::List(items.collect::<Result<_, _>>()?)
            }
            Yaml::Tagged("exact", inner) => Yaml::Tagged(
                "exact",
                Box::new(self.hide(address, field, *inner, secret)?),
            ),
            other => other,
        })
    }

    /// A variable in the place of a text.
    fn env(&mut self, address: &Address, field: &str, text: &str) -> Yaml {
        let name = self.variable(address, field, Some(Secret::new(text)));
        Yaml::Tagged("env", Box::new(Yaml::Text(name)))
    }

    /// Puts text into a file of its own; how the object's file names it.
    fn text(&mut self, address: &Address, section: &str, text: &str, end: &str) -> String {
        let mut top = address;
        while let Some(Part::At(owner)) = top.parts().first() {
            top = owner;
        }
        let path = self
            .places
            .text(section, top.name().unwrap_or_default(), end);
        self.written.texts.insert(path.clone(), format!("{text}\n"));
        let depth = self.places.of(top).matches('/').count();
        format!("{}{path}", "../".repeat(depth))
    }
}

/// `{include: […]}`: these, and whatever else there is.
pub(super) fn include(items: Vec<Yaml>) -> Yaml {
    Yaml::Map(vec![Item::Entry("include".to_owned(), Yaml::List(items))])
}

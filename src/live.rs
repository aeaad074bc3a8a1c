//! The server's answers as live objects: ids become addresses, spelling is normalized, and whatever is odd is reported.
//!
//! Pure: it is given what was read. An object is never dropped silently: one that cannot be understood gives a
//! diagnostic.

mod more;
mod rows;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use secrecy::SecretString;
use serde_json::Value as Json;

use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::schema::{self, Class, Field, Keying, Kind, Release, Shape, id_text};
use crate::value::{Address, Part, Value};

/// The live state that was read from one server.
#[derive(Clone, Debug)]
pub struct Live {
    /// The release of the server.
    pub release: Release,
    /// Every object that was read, by address.
    pub objects: BTreeMap<Address, Arc<Found>>,
    /// Who is meant by an id, by family.
    ids: HashMap<&'static str, HashMap<String, Address>>,
    /// Ids of objects that were not read themselves, only named inside others.
    embedded: BTreeMap<Address, Json>,
    /// Further ids, which some references carry instead.
    others: BTreeMap<(Address, &'static str), Json>,
    /// Objects that share their key with another one (the server lets that happen for a few kinds).
    pub ambiguous: BTreeMap<Address, usize>,
    /// Names of several objects that something else distinguishes.
    shared: BTreeSet<Address>,
    /// What refers to objects that are to be deleted, as the server says.
    pub referrers: BTreeMap<Address, Vec<Referrer>>,
    /// Families with parts that could not be read, with the reason.
    pub unreadable: BTreeMap<&'static str, String>,
    /// Kinds where the server shows fewer objects than it counts.
    pub cut: BTreeMap<&'static str, Cut>,
    /// The owner of the token: the user's address and id, if that was asked.
    pub me: Option<(Address, String)>,
    /// Questions of the safety checks that were asked, with the reason where there was no answer.
    pub answered: BTreeMap<Question, Option<String>>,
    /// Fields of objects that were read for the section about privileges alone, and that a plan does not compare.
    pub beside: BTreeMap<Address, Arc<BTreeMap<&'static str, Value>>>,
    /// What the server calls the kinds of objects that were only named inside others.
    models: BTreeMap<Address, String>,
    /// The totals of the lists of kinds that a page was read of.
    pub totals: BTreeMap<&'static str, u64>,
    /// Lists that decide about access and were read whole, as the server sent them, by kind: who reads access after this
    /// need not ask for them again.
    pub lists: BTreeMap<&'static str, Vec<Json>>,
}

/// How much of a kind the server shows, where that is less than it counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut {
    /// How many objects were read.
    pub shown: u64,
    /// How many there are, as the server counts.
    pub count: u64,
    /// Names that no object has all the same: a request for each says so.
    pub absent: BTreeSet<String>,
    /// Ids of the ledger that no object has any more.
    pub gone: BTreeSet<String>,
}

/// Facts that only the safety checks against lockouts and applications becoming open to all users need, and what a plan
/// says of privileges, for some plans only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Question {
    /// Which groups let their members do everything, and which groups are below those.
    Superusers,
    /// These groups by their ids, with all that are below them.
    Below(BTreeSet<String>),
    /// Which groups and users have the role with this id.
    Holders(String),
    /// Which permissions the role with this id gives.
    Permissions(String),
    /// Who has these ids.
    Users(BTreeSet<String>),
    /// Who has this name.
    User(String),
    /// Which brand is the default one.
    Brand,
    /// Which stages the flow with this id has.
    Stages(String),
    /// Whether the settings let everyone into applications to which nothing is bound.
    DefaultAccess,
    /// Every application, and what is bound to each.
    Applications,
    /// Everything that decides who is signed in: flows, stages, what is bound to them, brands, sources, policies, people.
    SignIn,
}

/// One live object.
#[derive(Clone, Debug)]
pub struct Found {
    /// The kind of the object; a collection of [`kinds::OUTSIDE`] if the table does not have it.
    pub kind: &'static Kind,
    /// The address of the object.
    pub address: Address,
    /// What stands in its URL.
    pub id: String,
    /// The id by which others refer to it.
    pub pk: Json,
    /// The further ids of the object.
    pub others: Vec<(&'static str, Json)>,
    /// The server's name for its kind in lists of a whole family, where it says so.
    pub model: Option<String>,
    /// The id by which its bindings are filtered.
    pub binds: Option<String>,
    /// It ends by itself: the server made it for a while.
    pub ends: bool,
    /// Fields that the server never gives back and says that it has.
    pub kept: BTreeSet<&'static str>,
    /// Its fields, canonical. A field that the answer lacks is not in it: it is unknown, and never compared. Shared by
    /// the copies of an object.
    pub fields: Arc<BTreeMap<&'static str, Value>>,
}

/// A referrer of an object, as the server's `used_by` lists it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Referrer {
    /// The model of the referrer: `authentik_policies.policybinding`.
    pub model: String,
    /// The id of the referrer.
    pub pk: String,
    /// The name of the referrer, as the server spells it.
    pub name: String,
    /// What becomes of it if the object is deleted.
    pub fate: Fate,
}

/// What becomes of something that refers to what is deleted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fate {
    /// It is deleted as well.
    Deleted,
    /// The reference is cleared, or gets a default.
    Cleared,
}

impl Referrer {
    /// Reads one entry of `used_by`; `None` for what only loses an item of a list, for what authentik keeps for itself, or
    /// what is of another form.
    pub fn read(raw: &Json) -> Option<Referrer> {
        let text = |name: &str| raw.get(name).and_then(Json::as_str);
        let fate = match text("action")? {
            "cascade" => Fate::Deleted,
            "set_null" | "set_default" => Fate::Cleared,
            _ => return None,
        };
        let model = format!("{}.{}", text("app")?, text("model_name")?);
        if kinds::OWN_NOTES.contains(&model.as_str()) {
            return None;
        }
        let pk = raw.get("pk").and_then(id_text)?;
        Some(Referrer {
            model,
            pk,
            name: text("name").unwrap_or_default().to_owned(),
            fate,
        })
    }
}

/// The answers that were read for one kind.
pub struct Batch {
    /// The kind.
    pub kind: &'static Kind,
    /// The objects as the server sent them.
    pub objects: Vec<Json>,
}

impl Live {
    /// Every text of an object that must not be shown.
    pub fn secrets(&self) -> Vec<SecretString> {
        let mut secrets = Vec::new();
        for found in self.objects.values() {
            for (name, value) in found.fields.iter() {
                let class = found
                    .kind
                    .field(name)
                    .map_or(Class::Plain, |field| field.class);
                value.secrets(class != Class::Plain, &mut |text| {
                    secrets.push(SecretString::from(text))
                });
            }
        }
        secrets
    }

    /// Decodes what was read. Whatever cannot be decoded is reported and left out.
    pub fn build(release: Release, batches: &[Batch]) -> (Live, Vec<Diagnostic>) {
        let mut live = Live {
            release,
            objects: BTreeMap::new(),
            ids: HashMap::new(),
            embedded: BTreeMap::new(),
            others: BTreeMap::new(),
            ambiguous: BTreeMap::new(),
            shared: shared(batches),
            referrers: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            cut: BTreeMap::new(),
            me: None,
            answered: BTreeMap::new(),
            beside: BTreeMap::new(),
            models: BTreeMap::new(),
            totals: BTreeMap::new(),
            lists: BTreeMap::new(),
        };
        let mut diagnostics = Vec::new();
        live.name_all(batches);
        live.decode_all(batches, &mut diagnostics);
        (live, diagnostics)
    }

    /// Registers the ids of all objects that were read.
    fn name_all(&mut self, batches: &[Batch]) {
        // By their own keys first, then by the objects that answers embed (`group_obj`).
        for batch in batches
            .iter()
            .filter(|batch| !matches!(batch.kind.keying, Keying::Fields(_)))
        {
            for raw in &batch.objects {
                self.name(batch.kind, raw);
            }
        }
        for batch in batches {
            let references = embedding(batch.kind);
            for raw in &batch.objects {
                for (family, inner) in embedded_in(&references, raw) {
                    self.embedded_one(family, inner);
                }
            }
        }
        // Objects known by what they join come after what they join; two rounds reach bindings of bindings.
        let joined: Vec<&Batch> = batches
            .iter()
            .filter(|b| matches!(b.kind.keying, Keying::Fields(_)))
            .collect();
        for _ in 0..2 {
            for batch in &joined {
                for raw in &batch.objects {
                    self.name(batch.kind, raw);
                }
            }
        }
    }

    /// Decodes all objects that were read, once their ids are registered.
    fn decode_all(&mut self, batches: &[Batch], diagnostics: &mut Vec<Diagnostic>) {
        let mut equals = HashMap::new();
        for batch in batches {
            // Which of several equals is first must not depend on the order of pages.
            let mut objects: Vec<&Json> = batch.objects.iter().collect();
            objects.sort_by_cached_key(|raw| raw.get(batch.kind.id).and_then(id_text));
            for raw in objects {
                match self.object(batch.kind, raw) {
                    Ok(found) => self.take(found, &mut equals),
                    Err(why) => diagnostics.push(
                        Diagnostic::error(
                            Code::BAD_OBJECT,
                            format!("the server sent a {} that akrec cannot read", batch.kind.name),
                        )
                        .note(format!("GET {}: {why}", batch.kind.path))
                        .help(match batch.kind.raw {
                            true => "name its `key` and its `id` under `raw`, and write the other fields as they are",
                            false => "is this authentik, and of the release that it reports?",
                        }),
                    ),
                }
            }
        }
    }

    /// The object at an address.
    pub fn get(&self, address: &Address) -> Option<&Found> {
        self.objects.get(address).map(|found| &**found)
    }

    /// Why it is not known whether an object that was not read exists: the server cuts the list that it would be in.
    /// `None` if it is known not to exist.
    pub fn may_be_hidden(&self, kind: &Kind, address: &Address) -> Option<&Cut> {
        let cut = self.cut.get(kind.name)?;
        let hidden = match (address.name(), address.parts().first()) {
            (Some(name), _) => !cut.absent.contains(name),
            // What does not exist has no children.
            (None, Some(Part::At(owner))) => self.objects.contains_key(owner),
            (None, _) => true,
        };
        hidden.then_some(cut)
    }

    /// The id by which an object is referred to, even if it was only named inside another one.
    pub fn pk(&self, address: &Address) -> Option<&Json> {
        self.get(address)
            .map(|found| &found.pk)
            .or_else(|| self.embedded.get(address))
    }

    /// What the server calls the kind of an object, even if it was only named inside another one.
    pub fn model(&self, address: &Address) -> Option<&str> {
        let found = self.get(address).and_then(|found| found.model.as_ref());
        found
            .or_else(|| self.models.get(address))
            .map(String::as_str)
    }

    /// What the server calls the kinds of objects that were only named inside others.
    pub fn models(&self) -> impl Iterator<Item = (&Address, &str)> {
        self.models
            .iter()
            .map(|(address, model)| (address, model.as_str()))
    }

    /// Another id of an object, by which some references know it.
    pub fn other_id(&self, address: &Address, name: &'static str) -> Option<&Json> {
        self.others.get(&(address.clone(), name))
    }

    /// Every further id of an object.
    pub fn other_ids(&self, address: &Address) -> impl Iterator<Item = (&'static str, &Json)> {
        let from = (address.clone(), "");
        self.others
            .range(from..)
            .take_while(move |((at, _), _)| at == address)
            .map(|((_, name), raw)| (*name, raw))
    }

    /// Who is meant by an id among some families.
    pub fn named(&self, families: &[&'static str], id: &str) -> Option<Address> {
        families
            .iter()
            .find_map(|family| self.ids.get(family)?.get(id).cloned())
    }

    /// Decodes one object again, as it was read just before a write.
    ///
    /// Refuses what has no id or other forms than the kind's fields.
    pub fn object(&self, kind: &'static Kind, raw: &Json) -> Result<Found, String> {
        // The only object of its kind stands at the path itself, and nothing refers to it: its id is always empty.
        let (id, pk) = match kind.is_singleton() {
            true => (String::new(), "".into()),
            false => (
                raw.get(kind.id)
                    .and_then(id_text)
                    .ok_or_else(|| format!("it has no {}", kind.id))?,
                raw.get(kind.pk)
                    .cloned()
                    .ok_or_else(|| format!("it has no {}", kind.pk))?,
            ),
        };
        let mut fields = BTreeMap::new();
        for field in kind.fields.iter().filter(|field| field.is_in(self.release)) {
            if let Some((shown, _)) = field.digest {
                if let Some(print) = raw.get(shown) {
                    let print = print
                        .as_str()
                        .map_or(Value::Null, |print| Value::Digest(print.into()));
                    fields.insert(field.name, print);
                }
                continue;
            }
            if field.class == Class::WriteOnly || field.create_only {
                continue;
            }
            let given = raw
                .get(field.name)
                .filter(|value| kind.raw || !schema::is_masked(field, value));
            if let Some(value) = given {
                let value = schema::decode(field, value, &|families, id| self.named(families, id))
                    .map_err(|why| format!("{}: {why}", field.name))?;
                fields.insert(field.name, value);
            }
        }
        let address = kind
            .address(&|name| fields.get(name))
            .or_else(|| unnamed(kind, &fields))
            .ok_or_else(|| "it has no key".to_owned())?;
        let address = self.distinguished(kind, raw, address);
        let binds = kind
            .bindable
            .and_then(|field| raw.get(field))
            .and_then(id_text);
        let ends = kind
            .temporary_if
            .and_then(|field| raw.get(field))
            .and_then(Json::as_bool)
            .unwrap_or_default();
        let has = |field: &&Field| {
            field
                .presence_field
                .and_then(|shown| raw.get(shown)?.as_bool())
                .unwrap_or_default()
        };
        let kept = kind
            .fields
            .iter()
            .filter(has)
            .map(|field| field.name)
            .collect();
        let model = raw
            .get("meta_model_name")
            .and_then(Json::as_str)
            .map(str::to_owned);
        let others = kind
            .other_ids
            .iter()
            .filter_map(|name| Some((*name, raw.get(name)?.clone())))
            .collect();
        Ok(Found {
            kind,
            address,
            id,
            pk,
            others,
            model,
            binds,
            ends,
            kept,
            fields: Arc::new(fields),
        })
    }

    /// Takes a name in for an id, as an object has been created.
    pub fn learn(&mut self, address: &Address, pk: &Json) {
        if let Some(id) = id_text(pk) {
            let ids = self.ids.entry(address.family).or_default();
            ids.insert(id, address.clone());
        }
    }

    /// Registers the id of one object.
    fn name(&mut self, kind: &'static Kind, raw: &Json) {
        let Some(id) = raw.get(kind.pk).and_then(id_text) else {
            return;
        };
        let mut fields: BTreeMap<&str, Value> = BTreeMap::new();
        for name in kind.key_fields() {
            if let (Some(field), Some(value)) = (kind.field(name), raw.get(name))
                && let Ok(value) =
                    schema::decode(field, value, &|families, id| self.named(families, id))
            {
                fields.insert(name, value);
            }
        }
        if let Some(address) = kind.address(&|name| fields.get(name)) {
            let address = self.distinguished(kind, raw, address);
            self.name_others(kind, raw, &address);
            let ids = self.ids.entry(kind.family).or_default();
            ids.insert(id, address);
        }
    }

    /// The address of an object whose name others have as well.
    fn distinguished(&self, kind: &'static Kind, raw: &Json, address: Address) -> Address {
        let by = kind
            .distinguished_by
            .filter(|_| self.shared.contains(&address));
        let name = by.and_then(|field| raw.get(field)).and_then(id_text);
        name.map_or(address, |name| Address::named(kind.family, &name))
    }

    /// Registers the further ids of one object.
    fn name_others(&mut self, kind: &'static Kind, raw: &Json, address: &Address) {
        for name in kind.other_ids {
            if let Some((other, id)) = raw
                .get(name)
                .and_then(|other| Some((other, id_text(other)?)))
            {
                let ids = self.ids.entry(kind.family).or_default();
                ids.entry(id).or_insert_with(|| address.clone());
                self.others.insert((address.clone(), name), other.clone());
            }
        }
    }

    /// Registers the ids of an object that an answer embeds beside its reference (`group` and `group_obj`).
    fn embedded_one(&mut self, family: &'static str, raw: &Json) {
        let kind = kinds::outside(family).or_else(|| kinds::family(family).next());
        let Some(kind) = kind else { return };
        if let (Some(name), Some(id)) = (kind.name_in(raw), raw.get(kind.pk).and_then(id_text)) {
            let address = self.distinguished(kind, raw, Address::named(family, &name));
            self.embedded.insert(address.clone(), raw[kind.pk].clone());
            if let Some(model) = raw.get("meta_model_name").and_then(Json::as_str) {
                self.models.insert(address.clone(), model.to_owned());
            }
            self.name_others(kind, raw, &address);
            let ids = self.ids.entry(family).or_default();
            ids.entry(id).or_insert(address);
        }
    }

    /// Takes an object in. `equals` has, for each key that several objects share, the last number that was given.
    fn take(&mut self, mut found: Found, equals: &mut HashMap<Address, i64>) {
        if let Some(known) = self.objects.get(&found.address) {
            if known.pk == found.pk {
                // A family's own collection gives less than the kind's, and so does the list of an ancestor.
                let outside = known.kind.section.is_empty() && known.kind.type_name.is_none();
                if (outside && found.kind.type_name.is_some())
                    || found.kind.also_listed_by == Some(known.kind.name)
                {
                    self.objects.insert(found.address.clone(), Arc::new(found));
                }
                return;
            }
            match found.kind.keying {
                // The same group may be bound twice: the second is an object of its own.
                Keying::Fields(_) => {
                    let parts = found.address.parts().to_vec();
                    let last = equals.entry(found.address.clone()).or_insert(1);
                    while self.objects.contains_key(&found.address) {
                        *last += 1;
                        let numbered = parts.iter().cloned().chain([Part::Number(*last)]);
                        found.address = Address::joined(found.kind.family, numbered);
                    }
                }
                Keying::Field(_) | Keying::Dotted(_) | Keying::Typed { .. } | Keying::Single => {
                    *self.ambiguous.entry(found.address.clone()).or_insert(1) += 1;
                    return;
                }
            }
        }
        self.objects.insert(found.address.clone(), Arc::new(found));
    }

    /// For a permission on an object that nothing that was read explains: the object's kind, and its id.
    pub fn unknown_object(item: &Value) -> Option<(&'static Kind, String)> {
        let Value::Record(parts) = item else {
            return None;
        };
        let (Value::Unknown(id), model) = (parts.get("object")?, parts.get("model")?.as_text()?)
        else {
            return None;
        };
        Some((kinds::by_model(model)?, id.to_string()))
    }

    /// Leaves out permissions on objects that are gone. The server keeps them with the role, and can neither give nor
    /// take them any more: a withdrawal answers 204 and does nothing (measured on 2025.10.3 and 2026.2.2).
    pub fn forget_permissions_on(&mut self, is_gone: &dyn Fn(&'static Kind, &str) -> bool) {
        let grants = |field: &&Field| matches!(field.shape, Shape::Set(Shape::Grant { .. }));
        let with_grants: Vec<&str> = kinds::KINDS
            .iter()
            .filter(|kind| kind.fields.iter().any(|field| grants(&field)))
            .map(|kind| kind.name)
            .collect();
        for found in self.objects.values_mut() {
            if !with_grants.contains(&found.kind.name) {
                continue;
            }
            let found = Arc::make_mut(found);
            let fields = Arc::make_mut(&mut found.fields);
            for field in found.kind.fields.iter().filter(grants) {
                if let Some(Value::Set(items)) = fields.get_mut(field.name) {
                    items.retain(|item| {
                        !Live::unknown_object(item).is_some_and(|(kind, id)| is_gone(kind, &id))
                    });
                }
            }
        }
    }

    /// Ids in a field that nothing which was read explains.
    pub fn unknown_ids<'a>(field: &Field, value: &'a Value) -> Vec<&'a str> {
        fn walk<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
            match value {
                Value::Unknown(id) => into.push(id),
                Value::Set(items) => items.iter().for_each(|item| walk(item, into)),
                Value::List(items) => items.iter().for_each(|item| walk(item, into)),
                _ => {}
            }
        }
        let mut ids = Vec::new();
        if !matches!(field.shape, Shape::Json { .. }) {
            walk(value, &mut ids);
        }
        ids
    }
}

/// The members of an answer that may embed the object that a reference names, each with the object's family.
fn embedding(kind: &'static Kind) -> Vec<(String, &'static str)> {
    let references = kind.fields.iter().filter_map(|field| {
        let &[family] = field.shape.families() else {
            return None;
        };
        Some((format!("{}_obj", field.name), family))
    });
    references.collect()
}

/// The objects that an answer embeds beside its references, by family.
fn embedded_in<'r>(
    references: &'r [(String, &'static str)],
    raw: &'r Json,
) -> impl Iterator<Item = (&'static str, &'r Json)> {
    references.iter().flat_map(move |(member, family)| {
        let embedded = match raw.get(member) {
            Some(Json::Array(all)) => all.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        embedded.iter().map(|inner| (*family, inner))
    })
}

/// The collection of a family whose objects something else than their names distinguishes.
fn apart(family: &str) -> Option<&'static Kind> {
    kinds::outside(family).filter(|kind| kind.distinguished_by.is_some())
}

/// Names that several objects have, of kinds whose objects something else then distinguishes.
fn shared(batches: &[Batch]) -> BTreeSet<Address> {
    let mut ids: BTreeMap<Address, BTreeSet<String>> = BTreeMap::new();
    let mut take = |kind: &'static Kind, raw: &Json| {
        if let (true, Some(name), Some(id)) = (
            kind.distinguished_by.is_some(),
            kind.name_in(raw),
            raw.get(kind.pk).and_then(id_text),
        ) {
            ids.entry(Address::named(kind.family, &name))
                .or_default()
                .insert(id);
        }
    };
    for batch in batches {
        let embeds = batch
            .kind
            .fields
            .iter()
            .any(|field| field.shape.families().iter().any(|it| apart(it).is_some()));
        if batch.kind.distinguished_by.is_none() && !embeds {
            continue;
        }
        let references = embedding(batch.kind);
        for raw in &batch.objects {
            take(batch.kind, raw);
            for (family, inner) in embedded_in(&references, raw).filter(|_| embeds) {
                apart(family).into_iter().for_each(|kind| take(kind, inner));
            }
        }
    }
    ids.retain(|_, ids| ids.len() > 1);
    ids.into_keys().collect()
}

/// The address of an object whose key refers to something that was not read: the id stands for its name, so that the
/// object is known, can be shown and removed, and never equals a declared one.
fn unnamed(kind: &'static Kind, fields: &BTreeMap<&'static str, Value>) -> Option<Address> {
    let Keying::Fields(names) = kind.keying else {
        return None;
    };
    let parts = names.iter().map(|names| {
        names.split('|').find_map(|name| match fields.get(name)? {
            Value::Ref(address) => Some(Part::At(address.clone())),
            Value::Unknown(id) => Some(Part::Name(format!("{name} {id}").into())),
            Value::Text(text) => Some(Part::Name(text.clone())),
            Value::Int(number) => Some(Part::Number(*number)),
            _ => None,
        })
    });
    Some(Address::joined(
        kind.family,
        parts.collect::<Option<Vec<_>>>()?,
    ))
}

//! Objects as far as they are known: what the files say of them, or how a plan leaves them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::access::{Fields, World};
use crate::desired::{Desired, Object, What};
use crate::diag::Span;
use crate::schema::{Kind, Release, Shape, default_value};
use crate::value::{Address, Part, Value};

/// How an object will be, as a plan knows it.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Its kind.
    pub kind: &'static Kind,
    /// Its fields.
    pub fields: Arc<Fields>,
    /// The plan makes it.
    pub new: bool,
}

/// What the lints look at.
pub struct Scene<'a> {
    pub(super) desired: &'a Desired,
    pub(super) now: Timestamp,
    pub(super) objects: BTreeMap<Address, Seen<'a>>,
    /// Kinds of objects that are only named by others.
    named: BTreeMap<Address, &'static Kind>,
    /// Lists of children of which every item is known, by owner and kind.
    lists: BTreeSet<(Address, &'static str)>,
    /// The children of each object, by family.
    children: HashMap<(Address, &'static str), Vec<Address>>,
    /// The same as a world, for who is in what.
    pub(super) world: World,
    /// The release, if it is known.
    pub(super) release: Option<Release>,
}

/// One object.
pub(super) struct Seen<'a> {
    pub kind: &'static Kind,
    pub fields: Arc<Fields>,
    /// A field that is not among them has the server's default; otherwise nothing is known of it.
    pub whole: bool,
    /// What the files say of it.
    pub declared: Option<&'a Object>,
}

impl<'a> Scene<'a> {
    /// What the files alone say.
    pub fn declared(desired: &'a Desired, release: Option<Release>, now: Timestamp) -> Scene<'a> {
        let seen = |object: &'a Object| {
            let known = object
                .fields
                .iter()
                .filter(|(field, _)| !object.ignore.contains(*field));
            // Of data that is declared by key, the rest is not known.
            let known = known.filter(|(_, want)| !matches!(want.what, What::Keys(_)));
            let fields = known.map(|(field, want)| (*field, want.what.initial()));
            Seen {
                kind: object.kind,
                fields: Arc::new(fields.collect()),
                whole: false,
                declared: Some(object),
            }
        };
        let objects = desired
            .objects
            .iter()
            .map(|object| (object.address.clone(), seen(object)))
            .collect();
        let exact = desired.owned.iter().filter(|owned| owned.exact);
        let lists = exact
            .map(|owned| (owned.owner.clone(), owned.kind.family))
            .collect();
        let mut scene = Scene::of(desired, release, now, objects, BTreeMap::new(), lists);
        scene.world.default_access = World::declared_default_access(desired);
        scene
    }

    /// How things will be once a plan is done: all that was read for it, with its steps. `named` has the kinds of what
    /// was only named.
    pub fn planned(
        desired: &'a Desired,
        release: Release,
        now: Timestamp,
        objects: BTreeMap<Address, Planned>,
        named: BTreeMap<Address, &'static Kind>,
    ) -> Scene<'a> {
        let declared: BTreeMap<&Address, &'a Object> = desired
            .objects
            .iter()
            .map(|object| (&object.address, object))
            .collect();
        let mut lists: BTreeSet<(Address, &'static str)> = desired
            .owned
            .iter()
            .map(|owned| (owned.owner.clone(), owned.kind.family))
            .collect();
        for (address, planned) in objects.iter().filter(|(_, planned)| planned.new) {
            lists.extend(
                planned
                    .kind
                    .children
                    .iter()
                    .map(|children| (address.clone(), children.kind)),
            );
        }
        let seen = |address: &Address, planned: Planned| {
            let declared = declared.get(address).copied();
            Seen {
                kind: planned.kind,
                fields: planned.fields,
                whole: true,
                declared,
            }
        };
        let objects = objects
            .into_iter()
            .map(|(address, it)| (address.clone(), seen(&address, it)))
            .collect();
        Scene::of(desired, Some(release), now, objects, named, lists)
    }

    fn of(
        desired: &'a Desired,
        release: Option<Release>,
        now: Timestamp,
        objects: BTreeMap<Address, Seen<'a>>,
        named: BTreeMap<Address, &'static Kind>,
        lists: BTreeSet<(Address, &'static str)>,
    ) -> Scene<'a> {
        let newest = crate::schema::RELEASES[crate::schema::RELEASES.len() - 1];
        let fields = objects
            .iter()
            .map(|(address, seen)| (address, &*seen.fields));
        let world = World::of(release.unwrap_or(newest), fields);
        let mut children: HashMap<(Address, &str), Vec<Address>> = HashMap::new();
        for address in objects.keys() {
            if let Some(Part::At(owner)) = address.parts().first() {
                children
                    .entry((owner.clone(), address.family))
                    .or_default()
                    .push(address.clone());
            }
        }
        Scene {
            desired,
            now,
            objects,
            named,
            lists,
            children,
            world,
            release,
        }
    }

    /// Notes that a family could not be read, and why.
    pub fn unread(&mut self, family: &'static str, why: String) {
        self.world.unknown.insert(family, why);
    }

    /// Declared objects.
    pub(super) fn mine(&self) -> impl Iterator<Item = (&Address, &Seen<'a>, &'a Object)> {
        self.objects
            .iter()
            .filter_map(|(address, seen)| Some((address, seen, seen.declared?)))
    }

    /// The children of an object, of one kind.
    pub(super) fn children<'s>(
        &'s self,
        owner: &Address,
        family: &'static str,
    ) -> impl Iterator<Item = (&'s Address, &'s Seen<'a>)> {
        let children = self
            .children
            .get(&(owner.clone(), family))
            .into_iter()
            .flatten();
        children.filter_map(|address| Some((address, self.objects.get(address)?)))
    }

    /// Whether every child of a kind is known.
    pub(super) fn knows_all(&self, owner: &Address, family: &'static str) -> bool {
        self.lists.contains(&(owner.clone(), family))
    }

    /// The kind of something.
    pub(super) fn kind(&self, address: &Address) -> Option<&'static Kind> {
        self.objects
            .get(address)
            .map(|seen| seen.kind)
            .or_else(|| self.named.get(address).copied())
    }
}

impl Seen<'_> {
    /// What a field has; `None` if that is not known.
    pub fn value(&self, field: &str) -> Option<Value> {
        if let Some(value) = self.fields.get(field) {
            return Some(value.clone());
        }
        let field = self.kind.field(field).filter(|_| self.whole)?;
        default_value(field, None).or(match field.shape {
            Shape::Ref(_) | Shape::RefAny(_) => Some(Value::Null),
            Shape::Set(_) => Some(Value::Set(BTreeSet::new())),
            _ => None,
        })
    }

    /// Whether a field is known to be true.
    pub fn is(&self, field: &str) -> bool {
        self.value(field) == Some(Value::Bool(true))
    }

    /// What a field refers to.
    pub fn to(&self, field: &str) -> Option<&Address> {
        match self.fields.get(field) {
            Some(Value::Ref(address)) => Some(address),
            _ => None,
        }
    }

    /// Whether a field's value may stand in a message: what `!env` brought in may not.
    pub fn is_shown(&self, field: &str) -> bool {
        self.declared
            .and_then(|object| object.fields.get(field))
            .is_none_or(|want| !want.sensitive)
    }

    /// Where a field is declared, or else the object.
    pub fn place(&self, field: &str) -> Option<Span> {
        let object = self.declared?;
        Some(
            object
                .fields
                .get(field)
                .map_or(object.span, |want| want.span),
        )
    }
}

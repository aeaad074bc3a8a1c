//! Kinds of object: where the API has them, how they are known, and the closed list of oddities that any of them may have.

use serde_json::Value as Raw;

use super::codec::id_text;
use super::field::{Field, Shape, gated, one, to};
use super::lint::Lint;
use super::members::Members;
use super::release::Release;
use super::sign_on::SignOn;
use super::way_in::WayIn;
use crate::value::{Address, Part, Value, unstamped};

/// One kind of object.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// `group`, `stage_user_login`, …
    pub name: &'static str,
    /// The name space that it shares with others; its own name if it shares none.
    pub family: &'static str,
    /// The section of state files; empty for what is only written as a part of something else (bindings).
    pub section: &'static str,
    /// The word that `type:` has for it, in sections of several kinds.
    pub word: Option<&'static str>,
    /// The collection below `/api/v3`.
    pub path: &'static str,
    /// The server's own name for it, `app.model` (`meta_model_name` in lists of a whole family), by which permissions and
    /// references tell kinds apart; empty for collections of a whole family and for what is no model.
    pub model: &'static str,
    /// How objects are known.
    pub keying: Keying,
    /// Every writable field.
    pub fields: &'static [Field],
    /// The field of an answer that stands in the object's URL.
    pub id: &'static str,
    /// The field of an answer by which other objects refer to it.
    pub pk: &'static str,
    /// Further ids of an answer, which some references carry instead (a user's `uuid`).
    pub other_ids: &'static [&'static str],
    /// How one object is read by its natural key.
    pub find: Find,
    /// Query of every read, to keep answers small or complete.
    pub query: &'static [(&'static str, &'static str)],
    /// The filter of the list by the id that references carry, where that id does not stand in the URL.
    pub pk_filter: Option<&'static str>,
    /// Policies, groups and users can be bound to it; the answer's field by which bindings are filtered.
    pub bindable: Option<&'static str>,
    /// Fields that must accompany each other in a PATCH.
    pub together: &'static [Together],
    /// Fields besides the key that only one object may have with the same values together, none of them null.
    pub unique: &'static [&'static [&'static str]],
    /// Fields in which no change may make an object like another one, nulls being equal too, although both may be made
    /// alike. The last one is a number that says nothing by itself.
    pub unlike: &'static [&'static str],
    /// What the server overwrites.
    pub forced: &'static [Forced],
    /// Permissions of its own.
    pub rights: Option<Rights>,
    /// How it is created.
    pub create: Create,
    /// Sets that are written item by item.
    pub members: &'static [Members],
    /// Lists written under it that are objects of their own.
    pub children: &'static [Children],
    /// The answer's field under which it may also be referred to (`scope_name`, `managed`).
    pub aliases: &'static [&'static str],
    /// The list of that other kind shows these objects as well (the server's models inherit); this kind knows them better.
    pub inside: Option<&'static str>,
    /// The server creates and changes it only with an enterprise licence.
    pub enterprise: bool,
    /// Its bindings say who may enter, and without an enabled one everybody may.
    pub guarded: bool,
    /// The list is complete only for a superuser, so other tokens read object by object (`/core/applications/`).
    pub superuser_list: bool,
    /// What it has to do with who can sign in and administer.
    pub way_in: Option<WayIn>,
    /// How it signs users in to an application, for providers that an application has to be told of.
    pub sign_on: Option<SignOn>,
    /// What of it may be valid and still be a mistake.
    pub lints: &'static [Lint],
    /// Where this field of an answer is true, the object ends by itself (access that was granted for a while): nobody
    /// declares it.
    pub ends: Option<&'static str>,
    /// Its list is one bare array without pages, and its objects have no URL: one is read again in the list, and a DELETE
    /// of the collection names it in the query.
    pub flat: bool,
    /// Its name on the server carries the start of the hash of the bytes in this field: what has other bytes is another
    /// object, which takes the place of the one before.
    pub stamped: Option<&'static str>,
    /// First release that has it.
    pub since: Option<Release>,
    /// First release that no longer has it.
    pub until: Option<Release>,
    /// Its key is a slug: letters, digits, `-` and `_`.
    pub slug_key: bool,
    /// Not of the table: state files describe the collection themselves.
    pub raw: bool,
    /// A sentence for people.
    pub doc: &'static str,
}

/// How objects of a kind are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keying {
    /// By one text field.
    Field(&'static str),
    /// By several fields; `a|b` is whichever of the two is set.
    Fields(&'static [&'static str]),
    /// By the texts of several fields with dots between them (`authentik_core.view_group`).
    Dotted(&'static [&'static str]),
    /// By a model of the server and a text, with a dot between them (`authentik_core.user.department`).
    Typed {
        /// The field with the model.
        model: &'static str,
        /// The field with the text.
        key: &'static str,
    },
    /// There is exactly one, at the path itself: it is changed, and neither made nor deleted.
    Single,
}

/// How one object is read by its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Find {
    /// It stands in the URL.
    Url,
    /// A filter on the list; what comes back is compared again, since some filters ignore case.
    Filter(&'static str),
    /// The list cannot be asked for a key, so all of it is read.
    Whole,
    /// Those of one owner: a filter on the list with the owner's id, several owners at once if `many`.
    Owner {
        /// The query key.
        filter: &'static str,
        /// The field that names the owner.
        field: &'static str,
        /// The key may be repeated for several owners.
        many: bool,
    },
}

/// Fields that a PATCH must carry because the server judges the body alone (see `behaviour.md` §3.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Together {
    /// With every PATCH, those that have a value.
    Always(&'static [&'static str]),
    /// With every PATCH, `null` too: the server looks for the keys themselves.
    Whole(&'static [&'static str]),
    /// If one of them is sent, all are.
    Group(&'static [&'static str]),
}

/// How a kind is created.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Create {
    /// POST to the collection.
    Post,
    /// POST of a form with the bytes in it (`multipart/form-data`). The answer says nothing.
    Upload,
    /// POST to the collection, or, if the field `field` is declared, its content to `path` with the key as `name`.
    Or {
        /// The field.
        field: &'static str,
        /// Below the collection.
        path: &'static str,
        /// The body's word for the key.
        name: &'static str,
    },
}

/// Values that the server puts into a field itself at every write, so that declaring it never comes to rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forced {
    /// The field.
    pub field: &'static str,
    /// Only `null` is overwritten, other values stay.
    pub null: bool,
    /// Only where this field has this value, as JSON; said or by default.
    pub when: Option<(&'static str, &'static str)>,
    /// Why, and what to do.
    pub why: &'static str,
}

/// The permissions that reading and changing takes, where they are not those of a model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rights {
    /// To read.
    pub view: &'static str,
    /// To change.
    pub change: &'static str,
}

/// A list or mapping written under an object whose items are objects of their own, belonging to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Children {
    /// The word in state files.
    pub word: &'static str,
    /// The kind of the items.
    pub kind: &'static str,
    /// The items' field that names the owner.
    pub owner: &'static str,
    /// How an item says which object it is.
    pub items: Items,
}

/// How an item of a list of children says which object it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Items {
    /// A list in order: the item refers to `reference`; its place gives `order` in steps of ten unless it says so.
    Ordered(&'static str),
    /// A mapping by name: the key is this field.
    Named(&'static str),
    /// A list: each item names exactly one of these references.
    Subjects(&'static [&'static str]),
    /// A list: each item names one object for this reference, by the word of its family (`application: wiki`).
    Among(&'static str),
    /// One mapping of fields: there is at most one.
    One,
}

impl Items {
    /// Whether items name one object among those of several families for this reference.
    pub fn is_among(&self, reference: &str) -> bool {
        matches!(self, Items::Among(name) if *name == reference)
    }
}

impl Children {
    /// The words by which an item of these says which object it is, as fields; `kind` is the kind of the items.
    pub fn subjects(&self, kind: &Kind) -> Vec<Field> {
        match self.items {
            Items::Among(name) => kind.field(name).map_or_else(Vec::new, |field| {
                field.shape.families().iter().map(|family| one(family, to(family)).solid().doc(field.doc)).collect()
            }),
            Items::Ordered(name) | Items::Named(name) => kind.field(name).copied().into_iter().collect(),
            Items::Subjects(names) => names.iter().filter_map(|name| kind.field(name)).copied().collect(),
            Items::One => Vec::new(),
        }
    }
}

impl Kind {
    /// A kind of its own name space, whose objects are known by `name`, with `pk` as id and a filter on its key.
    pub const fn new(name: &'static str, section: &'static str, path: &'static str) -> Kind {
        Kind {
            name,
            family: name,
            section,
            word: None,
            path,
            model: "",
            keying: Keying::Field("name"),
            fields: &[],
            id: "pk",
            pk: "pk",
            other_ids: &[],
            find: Find::Filter("name"),
            query: &[],
            pk_filter: None,
            bindable: None,
            together: &[],
            unique: &[],
            unlike: &[],
            forced: &[],
            rights: None,
            create: Create::Post,
            members: &[],
            children: &[],
            aliases: &[],
            inside: None,
            enterprise: false,
            guarded: false,
            superuser_list: false,
            way_in: None,
            sign_on: None,
            lints: &[],
            ends: None,
            flat: false,
            stamped: None,
            since: None,
            until: None,
            slug_key: false,
            raw: false,
            doc: "",
        }
    }

    /// Shares the name space `family` with other kinds; `word` is what `type:` calls it.
    pub const fn of(mut self, family: &'static str, word: &'static str) -> Kind {
        self.family = family;
        self.word = Some(word);
        self
    }

    /// Known by another field than `name`, which is also the filter of the list.
    pub const fn key(mut self, field: &'static str) -> Kind {
        self.keying = Keying::Field(field);
        self.find = Find::Filter(field);
        self
    }

    /// Known by a slug that also stands in its URL.
    pub const fn key_in_url(mut self, field: &'static str) -> Kind {
        self.keying = Keying::Field(field);
        self.find = Find::Url;
        self.id = field;
        self.slug_key = true;
        self
    }

    /// Its key is a slug.
    pub const fn slug_key(mut self) -> Kind {
        self.slug_key = true;
        self
    }

    /// Known by several fields, found by its owner.
    pub const fn key_of(mut self, fields: &'static [&'static str], find: Find) -> Kind {
        self.keying = Keying::Fields(fields);
        self.find = find;
        self
    }

    /// Found by another filter than the key's name.
    pub const fn found_by(mut self, filter: &'static str) -> Kind {
        self.find = Find::Filter(filter);
        self
    }

    /// Found by no filter: neither one nor the search of the list looks at the key.
    pub const fn found_in_whole(mut self) -> Kind {
        self.find = Find::Whole;
        self
    }

    /// The fields, all of them.
    pub const fn fields(mut self, fields: &'static [Field]) -> Kind {
        self.fields = fields;
        self
    }

    /// The answer's field that is the id in the URL and in references.
    pub const fn id(mut self, field: &'static str) -> Kind {
        self.id = field;
        self.pk = field;
        self
    }

    /// What every read asks for.
    pub const fn query(mut self, query: &'static [(&'static str, &'static str)]) -> Kind {
        self.query = query;
        self
    }

    /// Found by the id that references carry through this filter.
    pub const fn pk_filter(mut self, filter: &'static str) -> Kind {
        self.pk_filter = Some(filter);
        self
    }

    /// Policies bind to it; `filter` is the answer's field by which its bindings are found.
    pub const fn bindable(mut self, filter: &'static str) -> Kind {
        self.bindable = Some(filter);
        self
    }

    /// Fields that go together in a PATCH.
    pub const fn together(mut self, together: &'static [Together]) -> Kind {
        self.together = together;
        self
    }

    /// Only one object may have the same values in these fields together.
    pub const fn unique(mut self, unique: &'static [&'static [&'static str]]) -> Kind {
        self.unique = unique;
        self
    }

    /// No change may make an object like another one in these fields.
    pub const fn unlike(mut self, unlike: &'static [&'static str]) -> Kind {
        self.unlike = unlike;
        self
    }

    /// There is exactly one, at the path itself.
    pub const fn single(mut self) -> Kind {
        self.keying = Keying::Single;
        self
    }

    /// What the server overwrites at every write.
    pub const fn forced(mut self, forced: &'static [Forced]) -> Kind {
        self.forced = forced;
        self
    }

    /// The permissions that reading and changing takes.
    pub const fn rights(mut self, rights: Rights) -> Kind {
        self.rights = Some(rights);
        self
    }

    /// Created otherwise than by a plain POST.
    pub const fn create(mut self, create: Create) -> Kind {
        self.create = create;
        self
    }

    /// Has sets that are written item by item.
    pub const fn members(mut self, members: &'static [Members]) -> Kind {
        self.members = members;
        self
    }

    /// The server's own name for it.
    pub const fn model(mut self, model: &'static str) -> Kind {
        self.model = model;
        self
    }

    /// Some references carry one of these ids instead of the usual one.
    pub const fn other_ids(mut self, fields: &'static [&'static str]) -> Kind {
        self.other_ids = fields;
        self
    }

    /// Known by the texts of several fields with dots between them; the last of them filters the list.
    pub const fn dotted(mut self, fields: &'static [&'static str], filter: &'static str) -> Kind {
        self.keying = Keying::Dotted(fields);
        self.find = Find::Filter(filter);
        self
    }

    /// Known by a model and a text, with a dot between them; `filter` on the list takes the model's last word.
    pub const fn typed(mut self, model: &'static str, key: &'static str, filter: &'static str) -> Kind {
        self.keying = Keying::Typed { model, key };
        self.find = Find::Filter(filter);
        self
    }

    /// Has lists of objects written under it.
    pub const fn children(mut self, children: &'static [Children]) -> Kind {
        self.children = children;
        self
    }

    /// May also be referred to by these fields.
    pub const fn aliases(mut self, fields: &'static [&'static str]) -> Kind {
        self.aliases = fields;
        self
    }

    /// The list of that other kind shows these objects as well.
    pub const fn inside(mut self, kind: &'static str) -> Kind {
        self.inside = Some(kind);
        self
    }

    /// Needs an enterprise licence.
    pub const fn enterprise(mut self) -> Kind {
        self.enterprise = true;
        self
    }

    /// Its bindings say who may enter.
    pub const fn guarded(mut self) -> Kind {
        self.guarded = true;
        self
    }

    /// State files describe the collection themselves.
    pub const fn raw(mut self) -> Kind {
        self.raw = true;
        self
    }

    /// The list is complete only for a superuser.
    pub const fn superuser_list(mut self) -> Kind {
        self.superuser_list = true;
        self
    }

    /// What it has to do with who can sign in and administer.
    pub const fn way_in(mut self, way_in: WayIn) -> Kind {
        self.way_in = Some(way_in);
        self
    }

    /// How it signs users in to an application.
    pub const fn sign_on(mut self, sign_on: SignOn) -> Kind {
        self.sign_on = Some(sign_on);
        self
    }

    /// What of it may be valid and still be a mistake.
    pub const fn lints(mut self, lints: &'static [Lint]) -> Kind {
        self.lints = lints;
        self
    }

    /// Ends by itself where this field of an answer is true.
    pub const fn ends(mut self, field: &'static str) -> Kind {
        self.ends = Some(field);
        self
    }

    /// One bare array, and no URL of its own.
    pub const fn flat(mut self) -> Kind {
        self.flat = true;
        self
    }

    /// Known by a name that carries a hash of this field, and made with it by an upload.
    pub const fn stamped(mut self, field: &'static str) -> Kind {
        self.stamped = Some(field);
        self
    }

    /// The first release that has it.
    pub const fn since(mut self, release: Release) -> Kind {
        self.since = Some(release);
        self
    }

    /// The first release that no longer has it.
    pub const fn until(mut self, release: Release) -> Kind {
        self.until = Some(release);
        self
    }

    /// A sentence for people.
    pub const fn doc(mut self, doc: &'static str) -> Kind {
        self.doc = doc;
        self
    }

    /// Whether a release has it.
    pub fn is_in(&self, release: Release) -> bool {
        gated(self.since, self.until, release)
    }

    /// The name of an object as the server sent it; `None` for kinds that are known by what they join.
    pub fn name_in(&self, raw: &Raw) -> Option<String> {
        let text = |field: &&str| raw.get(*field)?.as_str().map(str::to_owned);
        match self.keying {
            Keying::Field(field) => raw.get(field).and_then(id_text),
            Keying::Dotted(fields) => fields.iter().map(text).collect::<Option<Vec<_>>>().map(|texts| texts.join(".")),
            Keying::Typed { model, key } => Some(format!("{}.{}", text(&model)?, text(&key)?)),
            Keying::Fields(_) | Keying::Single => None,
        }
    }

    /// The name that files have for an object whose name on the server carries a hash; `None` for all others.
    pub fn plain_name(&self, address: &Address) -> Option<String> {
        self.stamped?;
        unstamped(address.name()?).map(|(plain, _)| plain)
    }

    /// Whether an object can be given another key in place.
    pub fn is_renamed(&self) -> bool {
        self.is_named() && !self.has_derived_key() && self.stamped.is_none()
    }

    /// The alias of an object as the server sent it, by which the list can be filtered.
    pub fn finds_in(&self, raw: &Raw) -> Option<String> {
        let alias = self.aliases.iter().find(|alias| self.finds(alias))?;
        raw.get(*alias)?.as_str().map(str::to_owned)
    }

    /// Whether its key is what the server reads out of another field, so that no object can be given another one.
    pub fn has_derived_key(&self) -> bool {
        self.key_fields().any(|name| self.field(name).is_some_and(|field| field.derived))
    }

    /// The set of this name, if it is written item by item.
    pub fn members_of(&self, field: &str) -> Option<&'static Members> {
        self.members.iter().find(|members| members.field == field)
    }

    /// Whether an alias can be looked up exactly: the filter of the list is on it.
    pub fn finds(&self, alias: &str) -> bool {
        matches!(self.find, Find::Filter(filter) if filter == alias)
    }

    /// A field by the API's name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field by which releases without `field` say the same.
    pub fn twin(&self, field: &Field) -> Option<&'static Field> {
        self.field(field.twin?)
    }

    /// The name for `defaults:` and messages: `providers.oauth2`, `groups`; `policy bindings` for what has no section, and
    /// the path of what the table does not have.
    pub fn title(&self) -> String {
        match self.word {
            Some(word) => format!("{}.{word}", self.section),
            None if self.raw => self.path.to_owned(),
            None if self.section.is_empty() => format!("{}s", self.name.replace('_', " ")),
            None => self.section.to_owned(),
        }
    }

    /// Whether a number is part of the key by the table (the order of a stage binding), not added to tell equals apart.
    pub fn keying_has_number(&self) -> bool {
        self.key_fields().any(|name| self.field(name).is_some_and(|field| matches!(field.shape, Shape::Int(..))))
    }

    /// The address of an object whose fields are these.
    ///
    /// `None` where a field of the key has no value, or one that names nothing.
    pub fn address<'a>(&self, value: &dyn Fn(&str) -> Option<&'a Value>) -> Option<Address> {
        match self.keying {
            Keying::Field(field) => Some(Address::named(self.family, value(field)?.as_text()?)),
            Keying::Dotted(fields) => {
                let texts: Option<Vec<&str>> = fields.iter().map(|field| value(field)?.as_text()).collect();
                Some(Address::named(self.family, &texts?.join(".")))
            }
            Keying::Typed { model, key } => {
                let name = format!("{}.{}", value(model)?.as_text()?, value(key)?.as_text()?);
                Some(Address::named(self.family, &name))
            }
            Keying::Single => Some(self.only()),
            Keying::Fields(fields) => {
                let parts = fields.iter().map(|names| {
                    names.split('|').find_map(|name| match value(name)? {
                        Value::Ref(address) => Some(Part::At(address.clone())),
                        Value::Text(text) => Some(Part::Name(text.clone())),
                        Value::Int(number) => Some(Part::Number(*number)),
                        _ => None,
                    })
                });
                Some(Address::joined(self.family, parts.collect::<Option<Vec<_>>>()?))
            }
        }
    }

    /// Whether its objects have a name of their own, under which state files declare them.
    pub fn is_named(&self) -> bool {
        matches!(self.keying, Keying::Field(_) | Keying::Typed { .. })
    }

    /// The fields that a name stands for, with their values; `None` if it is no name of this kind.
    pub fn key_values(&self, name: &str) -> Option<Vec<(&'static str, Value)>> {
        match self.keying {
            Keying::Field(field) => Some(vec![(field, Value::text(name))]),
            Keying::Typed { model, key } => {
                let (place, _) = name.match_indices('.').nth(1)?;
                let (left, right) = (&name[..place], &name[place + 1..]);
                let whole = !right.is_empty() && left.split('.').all(|part| !part.is_empty());
                whole.then(|| vec![(model, Value::text(left)), (key, Value::text(right))])
            }
            Keying::Fields(_) | Keying::Dotted(_) | Keying::Single => None,
        }
    }

    /// Whether a field says a part of the name.
    pub fn is_key(&self, field: &str) -> bool {
        self.is_named() && self.key_fields().any(|name| name == field)
    }

    /// The address of the only object of a kind that has exactly one.
    pub fn only(&self) -> Address {
        Address::joined(self.family, [])
    }

    /// Whether there is exactly one object of it, which is always there.
    pub fn is_single(&self) -> bool {
        self.keying == Keying::Single
    }

    /// The fields that make up the key, alternatives split.
    pub fn key_fields(&self) -> impl Iterator<Item = &'static str> {
        let fields: &'static [&'static str] = match self.keying {
            Keying::Fields(fields) | Keying::Dotted(fields) => fields,
            Keying::Field(_) | Keying::Typed { .. } | Keying::Single => &[],
        };
        let (one, other) = match self.keying {
            Keying::Field(field) => (Some(field), None),
            Keying::Typed { model, key } => (Some(model), Some(key)),
            Keying::Fields(_) | Keying::Dotted(_) | Keying::Single => (None, None),
        };
        one.into_iter().chain(other).chain(fields.iter().flat_map(|field| field.split('|')))
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Kind {}

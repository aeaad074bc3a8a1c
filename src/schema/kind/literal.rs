//! How the table writes a kind: [`Kind::new`], then a word for each fact in which it differs.
//!
//! All of it is `const` and only fills fields in; what a word means stands at the field.

use super::{Create, Find, Forced, Keying, Kind, Rights, Together};
use crate::schema::children::Children;
use crate::schema::field::Field;
use crate::schema::lint::Lint;
use crate::schema::members::Members;
use crate::schema::needs::Needs;
use crate::schema::power::Power;
use crate::schema::release::Release;
use crate::schema::sign_on::SignOn;
use crate::schema::way_in::WayIn;

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
            needs: &[],
            no_longer: &[],
            reserved: &[],
            forced: &[],
            rights: None,
            create: Create::Post,
            members: &[],
            children: &[],
            aliases: &[],
            distinguished_by: None,
            inside: None,
            enterprise: false,
            guarded: false,
            superuser_list: false,
            way_in: None,
            sign_on: None,
            powers: &[],
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
    pub const fn listed_whole(mut self) -> Kind {
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

    /// What an object requires beside its own fields.
    pub const fn needs(mut self, needs: &'static [Needs]) -> Kind {
        self.needs = needs;
        self
    }

    /// Pairs of durations where the first must not be longer than the second.
    pub const fn no_longer(mut self, pairs: &'static [(&'static str, &'static str)]) -> Kind {
        self.no_longer = pairs;
        self
    }

    /// Keys that the server refuses.
    pub const fn reserved(mut self, keys: &'static [&'static str]) -> Kind {
        self.reserved = keys;
        self
    }

    /// There is exactly one object, at the path itself.
    pub const fn single(mut self) -> Kind {
        self.keying = Keying::Single;
        self
    }

    /// The values that the server overwrites at every write.
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
    pub const fn typed(
        mut self,
        model: &'static str,
        key: &'static str,
        filter: &'static str,
    ) -> Kind {
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

    /// Objects that share their name are known by this field.
    pub const fn distinguished_by(mut self, field: &'static str) -> Kind {
        self.distinguished_by = Some(field);
        self
    }

    /// The list of that other kind shows these objects as well.
    pub const fn inside(mut self, kind: &'static str) -> Kind {
        self.inside = Some(kind);
        self
    }

    /// Needs an enterprise license.
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

    /// What of it gives power to somebody.
    pub const fn powers(mut self, powers: &'static [Power]) -> Kind {
        self.powers = powers;
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
}

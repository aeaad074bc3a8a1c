//! How the table writes a kind: [`Kind::new`], then a method for each fact that differs from the default.
//!
//! All of it is `const` and only sets fields; what a fact means is said at the field of [`Kind`].

use super::{Create, Find, Forced, Keying, Kind, Permissions, SentTogether};
use crate::schema::children::Children;
use crate::schema::field::Field;
use crate::schema::lint::Lint;
use crate::schema::members::Members;
use crate::schema::power::Power;
use crate::schema::release::Release;
use crate::schema::requirement::Requirement;
use crate::schema::sign_on::SignOn;
use crate::schema::way_in::WayIn;

impl Kind {
    /// A kind of its own name space, whose objects are known by `name`, with `pk` as id and a filter on its key.
    pub const fn new(name: &'static str, section: &'static str, path: &'static str) -> Kind {
        Kind {
            name,
            family: name,
            section,
            type_name: None,
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
            sent_together: &[],
            unique_together: &[],
            unique_on_update: &[],
            requirements: &[],
            ordered_durations: &[],
            reserved_keys: &[],
            forced: &[],
            permissions: None,
            create: Create::Post,
            members: &[],
            children: &[],
            aliases: &[],
            distinguished_by: None,
            also_listed_by: None,
            enterprise: false,
            guarded_by_bindings: false,
            superuser_list: false,
            way_in: None,
            sign_on: None,
            powers: &[],
            lints: &[],
            temporary_if: None,
            unpaginated: false,
            name_has_hash_of: None,
            since: None,
            until: None,
            slug_key: false,
            raw: false,
            doc: "",
        }
    }

    /// Shares the name space `family` with other kinds; `type_name` is its value of `type:`.
    pub const fn in_family(mut self, family: &'static str, type_name: &'static str) -> Kind {
        self.family = family;
        self.type_name = Some(type_name);
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

    /// Fields that must accompany each other in a PATCH.
    pub const fn sent_together(mut self, together: &'static [SentTogether]) -> Kind {
        self.sent_together = together;
        self
    }

    /// Only one object may have the same values in these fields together.
    pub const fn unique_together(mut self, unique: &'static [&'static [&'static str]]) -> Kind {
        self.unique_together = unique;
        self
    }

    /// The values of these fields together must be unique when an object is changed.
    pub const fn unique_on_update(mut self, unlike: &'static [&'static str]) -> Kind {
        self.unique_on_update = unlike;
        self
    }

    /// What the server requires of several fields together.
    pub const fn requirements(mut self, needs: &'static [Requirement]) -> Kind {
        self.requirements = needs;
        self
    }

    /// Pairs of durations where the first must not be longer than the second.
    pub const fn ordered_durations(
        mut self,
        pairs: &'static [(&'static str, &'static str)],
    ) -> Kind {
        self.ordered_durations = pairs;
        self
    }

    /// Keys that the server refuses.
    pub const fn reserved_keys(mut self, keys: &'static [&'static str]) -> Kind {
        self.reserved_keys = keys;
        self
    }

    /// There is exactly one object, at the path itself.
    pub const fn singleton(mut self) -> Kind {
        self.keying = Keying::Single;
        self
    }

    /// The values that the server overwrites at every write.
    pub const fn forced(mut self, forced: &'static [Forced]) -> Kind {
        self.forced = forced;
        self
    }

    /// The permissions that reading and changing takes.
    pub const fn permissions(mut self, permissions: Permissions) -> Kind {
        self.permissions = Some(permissions);
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
    pub const fn key_joined_by_dots(
        mut self,
        fields: &'static [&'static str],
        filter: &'static str,
    ) -> Kind {
        self.keying = Keying::Dotted(fields);
        self.find = Find::Filter(filter);
        self
    }

    /// Known by a model and a text, with a dot between them; the list's `filter` takes the part of the model after its dot.
    pub const fn key_after_model(
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

    /// The list of that other kind contains these objects as well.
    pub const fn also_listed_by(mut self, kind: &'static str) -> Kind {
        self.also_listed_by = Some(kind);
        self
    }

    /// Needs an enterprise license.
    pub const fn enterprise(mut self) -> Kind {
        self.enterprise = true;
        self
    }

    /// Its bindings decide who has access.
    pub const fn guarded_by_bindings(mut self) -> Kind {
        self.guarded_by_bindings = true;
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

    /// An object is temporary if this field of its answer is true.
    pub const fn temporary_if(mut self, field: &'static str) -> Kind {
        self.temporary_if = Some(field);
        self
    }

    /// Its list is an array without pages, and its objects have no URL.
    pub const fn unpaginated(mut self) -> Kind {
        self.unpaginated = true;
        self
    }

    /// Its name on the server contains a hash of this field, whose content is uploaded.
    pub const fn name_has_hash_of(mut self, field: &'static str) -> Kind {
        self.name_has_hash_of = Some(field);
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

    /// A sentence for the documentation.
    pub const fn doc(mut self, doc: &'static str) -> Kind {
        self.doc = doc;
        self
    }
}

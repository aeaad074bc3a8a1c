//! How the table writes a field: a function for each shape, then a method for each fact that differs from the default.
//!
//! All of it is `const` and only sets facts; what a fact means is said at the field of [`Field`].

use super::{Class, Field};
use crate::schema::allowed_kinds::AllowedKinds;
use crate::schema::data_key::DataKey;
use crate::schema::digest::Digest;
use crate::schema::format::Format;
use crate::schema::preselected::Preselected;
use crate::schema::release::{Release, Version};
use crate::schema::shape::{Shape, Variant};

const fn field(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        yaml_key: name,
        shape,
        required: false,
        nullable: false,
        not_blank: false,
        not_empty: false,
        max_length: None,
        format: Format::Any,
        keys: &[],
        judged_by_server: "",
        class: Class::Plain,
        withheld_since: &[],
        server_adds: false,
        create_only: false,
        generated: false,
        derived: false,
        open_ended: false,
        known_variants: &[],
        inverse_of: None,
        counterpart: None,
        refers_by: None,
        family_field: None,
        allowed_kinds: AllowedKinds::All,
        digest: None,
        sent_with: None,
        presence_field: None,
        acyclic: false,
        cascades: false,
        after_own_children: false,
        after_target_children: false,
        at_most_one_true: false,
        or_reference_to: None,
        create_default: None,
        preselected: None,
        default: None,
        default_before: None,
        implicit_defaults: None,
        volatile: false,
        since: None,
        until: None,
        doc: "",
    }
}

/// A text field.
pub const fn string(name: &'static str) -> Field {
    field(name, Shape::String)
}

/// The bytes of a file, at most this many. They are sent on creation, and never read again.
pub const fn bytes(name: &'static str, most: u64) -> Field {
    field(name, Shape::Bytes(most)).create_only()
}

/// A `true`/`false` field.
pub const fn boolean(name: &'static str) -> Field {
    field(name, Shape::Bool)
}

/// A whole number of 32 bits, as the server's database has them.
pub const fn integer(name: &'static str) -> Field {
    field(name, Shape::Int(-2_147_483_648, 2_147_483_647))
}

/// A number with a fraction.
pub const fn float(name: &'static str) -> Field {
    field(name, Shape::Float)
}

/// A duration (`hours=1`).
pub const fn duration(name: &'static str) -> Field {
    field(name, Shape::Duration)
}

/// An instant.
pub const fn timestamp(name: &'static str) -> Field {
    field(name, Shape::Time)
}

/// An enumeration of these variants.
pub const fn enumeration(name: &'static str, words: &'static [Variant]) -> Field {
    field(name, Shape::Enum(words))
}

/// Free data, compared and replaced whole.
pub const fn json(name: &'static str) -> Field {
    field(name, Shape::Json { per_key: false })
}

/// A reference to one object of a family.
pub const fn reference(name: &'static str, family: &'static str) -> Field {
    field(name, ref_to(family)).nullable()
}

/// A reference to one object of any of these families.
pub const fn reference_to_any(name: &'static str, families: &'static [&'static str]) -> Field {
    field(name, ref_to_any(families)).nullable()
}

/// A set of items.
pub const fn set(name: &'static str, item: &'static Shape) -> Field {
    field(name, Shape::Set(item))
}

/// An ordered list of items.
pub const fn list(name: &'static str, item: &'static Shape) -> Field {
    field(name, Shape::List(item))
}

/// The shape of a permission on an object of one of some families.
pub const fn permission_grant(permission: &'static str, on: &'static [&'static str]) -> Shape {
    Shape::Grant { permission, on }
}

/// A mapping of fields.
pub const fn record(name: &'static str, fields: &'static [Field]) -> Field {
    field(name, Shape::Record(fields))
}

/// The shape of a reference to a family.
pub const fn ref_to(family: &'static str) -> Shape {
    Shape::Ref(family)
}

/// The shape of a reference to one of several families.
pub const fn ref_to_any(families: &'static [&'static str]) -> Shape {
    Shape::RefAny(families)
}

/// The shape of an enumeration of these variants.
pub const fn enum_of(words: &'static [Variant]) -> Shape {
    Shape::Enum(words)
}

impl Field {
    /// The server refuses creation without it, and empty text with it.
    pub const fn required(mut self) -> Field {
        self.required = true;
        self.nullable = false;
        self.not_blank = true;
        self
    }

    /// The server takes `null`.
    pub const fn nullable(mut self) -> Field {
        self.nullable = true;
        self
    }

    /// The server accepts empty text in a required field.
    pub const fn allow_blank(mut self) -> Field {
        self.not_blank = false;
        self
    }

    /// The server refuses empty text.
    pub const fn not_blank(mut self) -> Field {
        self.not_blank = true;
        self
    }

    /// A reference that the server does not accept `null` for.
    pub const fn not_null(mut self) -> Field {
        self.nullable = false;
        self
    }

    /// A list that is never empty.
    pub const fn not_empty(mut self) -> Field {
        self.not_empty = true;
        self
    }

    /// At most this many characters.
    pub const fn max_length(mut self, most: usize) -> Field {
        self.max_length = Some((most, None));
        self
    }

    /// At most this many characters, before this release only.
    pub const fn max_length_until(mut self, most: usize, until: Release) -> Field {
        self.max_length = Some((most, Some(until)));
        self
    }

    /// The format that its text must have.
    pub const fn format(mut self, format: Format) -> Field {
        self.format = format;
        self
    }

    /// The keys that its data may have.
    pub const fn keys(mut self, keys: &'static [DataKey]) -> Field {
        self.keys = keys;
        self
    }

    /// What only the server can check, as the end of a sentence.
    pub const fn judged_by_server(mut self, what: &'static str) -> Field {
        self.judged_by_server = what;
        self
    }

    /// Readable by the token, never shown.
    pub const fn secret(mut self) -> Field {
        self.class = Class::Secret;
        self
    }

    /// Never given back by the server.
    pub const fn write_only(mut self) -> Field {
        self.class = Class::WriteOnly;
        self
    }

    /// No longer in the answers of these versions and later ones of their lines.
    pub const fn withheld_since(mut self, from: &'static [Version]) -> Field {
        self.withheld_since = from;
        self
    }

    /// The server adds items of its own.
    pub const fn server_adds(mut self) -> Field {
        self.server_adds = true;
        self
    }

    /// Sent on creation only.
    pub const fn create_only(mut self) -> Field {
        self.create_only = true;
        self
    }

    /// Generated by the server if none is sent.
    pub const fn generated(mut self) -> Field {
        self.generated = true;
        self
    }

    /// Derived by the server from another field.
    pub const fn derived(mut self) -> Field {
        self.derived = true;
        self
    }

    /// Only the declared keys of the data are managed.
    pub const fn managed_per_key(mut self) -> Field {
        self.shape = Shape::Json { per_key: true };
        self
    }

    /// A number that is at least this.
    pub const fn at_least(mut self, least: i64) -> Field {
        if let Shape::Int(_, most) = self.shape {
            self.shape = Shape::Int(least, most);
        }
        self
    }

    /// A number within bounds.
    pub const fn within(mut self, least: i64, most: i64) -> Field {
        self.shape = Shape::Int(least, most);
        self
    }

    /// An enumeration with more variants than are listed: any text is accepted.
    pub const fn open_ended(mut self, known: &'static [Variant]) -> Field {
        self.open_ended = true;
        self.known_variants = known;
        self
    }

    /// The key in state files, where it differs from the API's name.
    pub const fn yaml_key(mut self, key: &'static str) -> Field {
        self.yaml_key = key;
        self
    }

    /// The inverse of another kind's set.
    pub const fn inverse_of(mut self, field: &'static str) -> Field {
        self.inverse_of = Some(field);
        self
    }

    /// The field that has the same meaning in releases without this one.
    pub const fn counterpart(mut self, field: &'static str) -> Field {
        self.counterpart = Some(field);
        self
    }

    /// The id of its targets that its references contain.
    pub const fn refers_by(mut self, id: &'static str) -> Field {
        self.refers_by = Some(id);
        self
    }

    /// The field that holds the model of the object that it refers to.
    pub const fn family_field(mut self, field: &'static str) -> Field {
        self.family_field = Some(field);
        self
    }

    /// A reference to objects of these kinds of its family only.
    pub const fn allowed_kinds(mut self, kinds: &'static [&'static str]) -> Field {
        self.allowed_kinds = AllowedKinds::These(kinds);
        self
    }

    /// A reference whose kind follows from another field: pairs of that field's value and the kind.
    pub const fn allowed_kinds_by(
        mut self,
        field: &'static str,
        kinds: &'static [(&'static str, &'static str)],
    ) -> Field {
        self.allowed_kinds = AllowedKinds::ByField(field, kinds);
        self
    }

    /// Compared by its fingerprint, which answers contain in this other field.
    pub const fn compared_by(mut self, shown: &'static str, digest: Digest) -> Field {
        self.digest = Some((shown, digest));
        self
    }

    /// Sent together with that other field; only the other field is compared.
    pub const fn sent_with(mut self, field: &'static str) -> Field {
        self.sent_with = Some(field);
        self
    }

    /// The field of answers that says whether the server has a value.
    pub const fn presence_field(mut self, shown: &'static str) -> Field {
        self.presence_field = Some(shown);
        self
    }

    /// Must not lead back to the object itself.
    pub const fn acyclic(mut self) -> Field {
        self.acyclic = true;
        self
    }

    /// The server deletes the object that it refers to along with this one.
    pub const fn cascades(mut self) -> Field {
        self.cascades = true;
        self
    }

    /// Set only after the children of a new object have been created.
    pub const fn after_own_children(mut self) -> Field {
        self.after_own_children = true;
        self
    }

    /// Set only after the children of the object that it refers to have been created.
    pub const fn after_target_children(mut self) -> Field {
        self.after_target_children = true;
        self
    }

    /// At most one object of the kind may have the value `true`.
    pub const fn at_most_one_true(mut self) -> Field {
        self.at_most_one_true = true;
        self
    }

    /// The text may be the name of an object of this family, and then is a reference to it.
    pub const fn or_reference_to(mut self, family: &'static str) -> Field {
        self.or_reference_to = Some(family);
        self
    }

    /// The value, as JSON, that is sent on creation if the files set none, since the server requires one.
    pub const fn create_default(mut self, json: &'static str) -> Field {
        self.create_default = Some(json);
        self
    }

    /// The value that the admin form preselects on creation.
    pub const fn preselected(mut self, what: Preselected) -> Field {
        self.preselected = Some(what);
        self
    }

    /// The value that the server uses if none is sent, as JSON.
    pub const fn default(mut self, json: &'static str) -> Field {
        self.default = Some(json);
        self
    }

    /// The value that the server used before this release if none was sent, as JSON.
    pub const fn default_before(mut self, release: Release, json: &'static str) -> Field {
        self.default_before = Some((release, json));
        self
    }

    /// The values that the server uses for missing keys of the data, as a JSON object.
    pub const fn implicit_defaults(mut self, json: &'static str) -> Field {
        self.implicit_defaults = Some(json);
        self
    }

    /// The server itself changes it over time.
    pub const fn volatile(mut self) -> Field {
        self.volatile = true;
        self
    }

    /// The first release that has it.
    pub const fn since(mut self, release: Release) -> Field {
        self.since = Some(release);
        self
    }

    /// The first release that no longer has it.
    pub const fn until(mut self, release: Release) -> Field {
        self.until = Some(release);
        self
    }

    /// A sentence for the documentation.
    pub const fn doc(mut self, doc: &'static str) -> Field {
        self.doc = doc;
        self
    }
}

//! How the table writes a field: a function for each shape, then a word for each fact in which it differs.
//!
//! All of it is `const` and only fills facts in; what a word means stands at the fact.

use super::{Class, Field};
use crate::schema::data_key::DataKey;
use crate::schema::digest::Digest;
use crate::schema::format::Format;
use crate::schema::only::Only;
use crate::schema::preselected::Preselected;
use crate::schema::release::{Release, Version};
use crate::schema::shape::{Shape, Word};

const fn field(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        word: name,
        shape,
        required: false,
        nullable: false,
        filled: false,
        not_empty: false,
        longest: None,
        format: Format::Any,
        keys: &[],
        judged: "",
        class: Class::Plain,
        withheld: &[],
        server_adds: false,
        once: false,
        generated: false,
        derived: false,
        open: false,
        known: &[],
        mirrors: None,
        twin: None,
        carries: None,
        family_field: None,
        only: Only::All,
        digest: None,
        beside: None,
        presence_field: None,
        acyclic: false,
        cascades: false,
        late: false,
        ready: false,
        single: false,
        shows: None,
        assume: None,
        preselected: None,
        default: None,
        default_before: None,
        usual: None,
        passing: false,
        since: None,
        until: None,
        doc: "",
    }
}

/// A text field.
pub const fn text(name: &'static str) -> Field {
    field(name, Shape::Text)
}

/// The bytes of a file, at most so many of them. They are sent when the object is made, and never read again.
pub const fn bytes(name: &'static str, most: u64) -> Field {
    field(name, Shape::Bytes(most)).once()
}

/// A `true`/`false` field.
pub const fn boolean(name: &'static str) -> Field {
    field(name, Shape::Bool)
}

/// A whole number of 32 bits, as the server's database has them.
pub const fn int(name: &'static str) -> Field {
    field(name, Shape::Int(-2_147_483_648, 2_147_483_647))
}

/// A number with a fraction.
pub const fn float(name: &'static str) -> Field {
    field(name, Shape::Float)
}

/// A duration (`hours=1`).
pub const fn span(name: &'static str) -> Field {
    field(name, Shape::Duration)
}

/// An instant.
pub const fn time(name: &'static str) -> Field {
    field(name, Shape::Time)
}

/// One of some words.
pub const fn words(name: &'static str, words: &'static [Word]) -> Field {
    field(name, Shape::Enum(words))
}

/// Free data, compared and replaced whole.
pub const fn json(name: &'static str) -> Field {
    field(name, Shape::Json { keyed: false })
}

/// A reference to one object.
pub const fn one(name: &'static str, target: Shape) -> Field {
    let mut field = field(name, target);
    field.nullable = true;
    field
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
pub const fn grants(permission: &'static str, on: &'static [&'static str]) -> Shape {
    Shape::Grant { permission, on }
}

/// A mapping of fields.
pub const fn record(name: &'static str, fields: &'static [Field]) -> Field {
    field(name, Shape::Record(fields))
}

/// The shape of a reference to a family.
pub const fn to(family: &'static str) -> Shape {
    Shape::Ref(family)
}

/// The shape of a reference to one of several families.
pub const fn any(families: &'static [&'static str]) -> Shape {
    Shape::RefAny(families)
}

/// The shape of one of some words.
pub const fn one_of(words: &'static [Word]) -> Shape {
    Shape::Enum(words)
}

impl Field {
    /// The server refuses creation without it, and empty text with it.
    pub const fn required(mut self) -> Field {
        self.required = true;
        self.nullable = false;
        self.filled = true;
        self
    }

    /// The server takes `null`.
    pub const fn nullable(mut self) -> Field {
        self.nullable = true;
        self
    }

    /// The server takes empty text although it wants the field.
    pub const fn blank(mut self) -> Field {
        self.filled = false;
        self
    }

    /// The server refuses empty text.
    pub const fn filled(mut self) -> Field {
        self.filled = true;
        self
    }

    /// The server refuses `null` although it is a reference.
    pub const fn solid(mut self) -> Field {
        self.nullable = false;
        self
    }

    /// A list that is never empty.
    pub const fn not_empty(mut self) -> Field {
        self.not_empty = true;
        self
    }

    /// At most so many characters.
    pub const fn longest(mut self, most: usize) -> Field {
        self.longest = Some((most, None));
        self
    }

    /// At most so many characters before this release.
    pub const fn longest_until(mut self, most: usize, until: Release) -> Field {
        self.longest = Some((most, Some(until)));
        self
    }

    /// What its text has to be.
    pub const fn format(mut self, format: Format) -> Field {
        self.format = format;
        self
    }

    /// The keys that its data may have.
    pub const fn keys(mut self, keys: &'static [DataKey]) -> Field {
        self.keys = keys;
        self
    }

    /// What only the server can judge.
    pub const fn judged(mut self, what: &'static str) -> Field {
        self.judged = what;
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
    pub const fn withheld(mut self, from: &'static [Version]) -> Field {
        self.withheld = from;
        self
    }

    /// The server adds items of its own.
    pub const fn server_adds(mut self) -> Field {
        self.server_adds = true;
        self
    }

    /// Only for creation.
    pub const fn once(mut self) -> Field {
        self.once = true;
        self
    }

    /// Made by the server when not given.
    pub const fn generated(mut self) -> Field {
        self.generated = true;
        self
    }

    /// Read by the server out of another field.
    pub const fn derived(mut self) -> Field {
        self.derived = true;
        self
    }

    /// Only the declared keys of the data are managed.
    pub const fn keyed(mut self) -> Field {
        self.shape = Shape::Json { keyed: true };
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

    /// One of more words than a table of fields should list.
    pub const fn open(mut self, known: &'static [Word]) -> Field {
        self.open = true;
        self.known = known;
        self
    }

    /// The word in state files, where it differs from the API's name.
    pub const fn word(mut self, word: &'static str) -> Field {
        self.word = word;
        self
    }

    /// The other side of another kind's set.
    pub const fn mirrors(mut self, field: &'static str) -> Field {
        self.mirrors = Some(field);
        self
    }

    /// The field by which releases without this one say the same.
    pub const fn twin(mut self, field: &'static str) -> Field {
        self.twin = Some(field);
        self
    }

    /// Its references carry another id of their targets.
    pub const fn carries(mut self, id: &'static str) -> Field {
        self.carries = Some(id);
        self
    }

    /// Another field says which of its families is meant.
    pub const fn family_field(mut self, field: &'static str) -> Field {
        self.family_field = Some(field);
        self
    }

    /// A reference that takes only these kinds of its family.
    pub const fn only(mut self, kinds: &'static [&'static str]) -> Field {
        self.only = Only::Kinds(kinds);
        self
    }

    /// A reference that takes what another field says: pairs of its word and the kind.
    pub const fn only_by(
        mut self,
        field: &'static str,
        kinds: &'static [(&'static str, &'static str)],
    ) -> Field {
        self.only = Only::By(field, kinds);
        self
    }

    /// Compared by its fingerprint, which answers carry under another name.
    pub const fn compared_by(mut self, shown: &'static str, digest: Digest) -> Field {
        self.digest = Some((shown, digest));
        self
    }

    /// Sent together with that other field, by which alone the two are compared.
    pub const fn beside(mut self, field: &'static str) -> Field {
        self.beside = Some(field);
        self
    }

    /// Whether the server has one, answers say under this name.
    pub const fn presence_field(mut self, shown: &'static str) -> Field {
        self.presence_field = Some(shown);
        self
    }

    /// Must not lead back to the object itself.
    pub const fn acyclic(mut self) -> Field {
        self.acyclic = true;
        self
    }

    /// What it names is deleted along with the object.
    pub const fn cascades(mut self) -> Field {
        self.cascades = true;
        self
    }

    /// Set only once the children of a new object are there.
    pub const fn late(mut self) -> Field {
        self.late = true;
        self
    }

    /// Set only once the children of what it names are there.
    pub const fn ready(mut self) -> Field {
        self.ready = true;
        self
    }

    /// At most one object of the kind may have it true.
    pub const fn single(mut self) -> Field {
        self.single = true;
        self
    }

    /// It may be a reference to an object of this family, by whose name the server shows that.
    pub const fn shows(mut self, family: &'static str) -> Field {
        self.shows = Some(family);
        self
    }

    /// What is sent on creation where the files say nothing, because the server wants something.
    pub const fn assume(mut self, json: &'static str) -> Field {
        self.assume = Some(json);
        self
    }

    /// What the admin form sends on creation where nobody says otherwise.
    pub const fn preselected(mut self, what: Preselected) -> Field {
        self.preselected = Some(what);
        self
    }

    /// What the server takes when nothing is sent, as JSON.
    pub const fn default(mut self, json: &'static str) -> Field {
        self.default = Some(json);
        self
    }

    /// What the server took before this release when nothing was sent, as JSON.
    pub const fn default_before(mut self, release: Release, json: &'static str) -> Field {
        self.default_before = Some((release, json));
        self
    }

    /// What the server acts by where keys of the data are missing.
    pub const fn usual(mut self, json: &'static str) -> Field {
        self.usual = Some(json);
        self
    }

    /// The server writes it as time goes by.
    pub const fn passing(mut self) -> Field {
        self.passing = true;
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

    /// A sentence for people.
    pub const fn doc(mut self, doc: &'static str) -> Field {
        self.doc = doc;
        self
    }
}

//! Fields: a name as the API spells it, a shape, and the few facts by which fields differ.
//!
//! All of it is `const` data; the builders only fill it in.

use super::digest::Digest;
use super::only::Only;
use super::release::Release;

/// One field of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The API's name.
    pub name: &'static str,
    /// The word in state files, where it is another one (`members` for `users`).
    pub word: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// The server refuses to create the object without it.
    pub required: bool,
    /// `null` is a value that the server takes.
    pub nullable: bool,
    /// Empty text is refused by the server.
    pub filled: bool,
    /// Who sees it.
    pub class: Class,
    /// The server adds items of its own, so what is declared must be contained, not equal (proxy providers add five
    /// scope mappings at every save).
    pub superset: bool,
    /// Used when the object is made and never compared or changed after.
    pub once: bool,
    /// The server makes a value when none is given (client ids, cookie secrets, …).
    pub generated: bool,
    /// The server reads it out of another field: it is never sent.
    pub derived: bool,
    /// The server knows so many words for it, and learns new ones so often, that any text is taken (event models,
    /// countries): the server judges it.
    pub open: bool,
    /// This set is another side of that field (`group.users`); where the other side is declared, this side leaves it alone.
    pub mirrors: Option<&'static str>,
    /// The field by which releases without this one say the same: one reference in place of a set, or the other way.
    pub twin: Option<&'static str>,
    /// Its references carry this other id of their targets (a reviewer is a user's `uuid`).
    pub carries: Option<&'static str>,
    /// Which of its families a reference is to, this other field says, whose words are models (`authentik_core.group`).
    pub told_by: Option<&'static str>,
    /// Which kinds of its family a reference takes.
    pub only: Only,
    /// Never given back, but its fingerprint is, under this name in answers: so it can be compared.
    pub digest: Option<(&'static str, Digest)>,
    /// It belongs to that other field and is worth nothing without it (a key, to its certificate): the two are sent
    /// together, and only the other one is compared.
    pub beside: Option<&'static str>,
    /// The answer's field that says whether the server has a value, though it never gives it back.
    pub kept_by: Option<&'static str>,
    /// Must not lead back to the object itself (parents of groups: the server would store a circle).
    pub acyclic: bool,
    /// The server deletes what it names along with the object.
    pub taken_along: bool,
    /// Set only once the children of a new object are there: an application gets its provider after its bindings, or
    /// it would be open to everyone in between.
    pub late: bool,
    /// What it names is used from then on, so the children of that (the stages of a flow) are there first.
    pub ready: bool,
    /// At most one object of the kind may have it true; the old one gives it up first.
    pub single: bool,
    /// Text that may stand for an object of this family, by the name that it has on the server (an icon): then it is a
    /// reference.
    pub shows: Option<&'static str>,
    /// What akrec sends on creation where the files are silent and the server would refuse silence, as JSON.
    pub assume: Option<&'static str>,
    /// What the server takes when nothing is sent, as JSON; `None` where there is no fixed default.
    pub default: Option<&'static str>,
    /// Keys of free data by which the server acts where they are missing, as a JSON object: export leaves them out.
    pub usual: Option<&'static str>,
    /// The server writes it as time goes by (the last sign-in): export leaves it out.
    pub passing: bool,
    /// First release that has it.
    pub since: Option<Release>,
    /// First release that no longer has it.
    pub until: Option<Release>,
    /// A sentence for people.
    pub doc: &'static str,
}

/// Who sees a field's value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// Everybody.
    Plain,
    /// The server gives it back, so it is compared, and never shown.
    Secret,
    /// The server never gives it back: sent on creation or on demand, never compared.
    WriteOnly,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Text, trimmed by the server.
    Text,
    /// The bytes of a file, at most so many of them; never given back.
    Bytes(u64),
    /// `true` or `false`.
    Bool,
    /// A whole number within bounds.
    Int(i64, i64),
    /// A number.
    Float,
    /// A duration such as `hours=1`.
    Duration,
    /// An instant.
    Time,
    /// One of some words. Servers learn words, so an unknown one on the server is no error.
    Enum(&'static [Word]),
    /// Free data. `keyed`: only the declared top-level keys are managed.
    Json {
        /// Only the declared top-level keys are managed, others stay.
        keyed: bool,
    },
    /// A reference to an object of this family.
    Ref(&'static str),
    /// A reference to an object of one of these families.
    RefAny(&'static [&'static str]),
    /// A permission on an object: written `{application: wiki, permissions: [view_application]}`, a mapping for all
    /// permissions on one object.
    Grant {
        /// The family of permissions.
        permission: &'static str,
        /// The families of objects that they may be on.
        on: &'static [&'static str],
    },
    /// Items without order.
    Set(&'static Shape),
    /// Items with order.
    List(&'static Shape),
    /// A mapping of fields; a plain text stands for the field named first.
    Record(&'static [Field]),
}

/// A word of an enumeration.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// As the API spells it.
    pub name: &'static str,
    /// First release that has it.
    pub since: Option<Release>,
    /// First release that no longer has it.
    pub until: Option<Release>,
}

/// A word that all releases have.
pub const fn word(name: &'static str) -> Word {
    Word { name, since: None, until: None }
}

impl Word {
    /// The first release that has it.
    pub const fn since(mut self, release: Release) -> Word {
        self.since = Some(release);
        self
    }

    /// The first release that no longer has it.
    pub const fn until(mut self, release: Release) -> Word {
        self.until = Some(release);
        self
    }

    /// Whether a release has it.
    pub fn is_in(&self, release: Release) -> bool {
        gated(self.since, self.until, release)
    }
}

/// Whether a release lies between two gates.
pub(super) fn gated(since: Option<Release>, until: Option<Release>, release: Release) -> bool {
    since.is_none_or(|since| release >= since) && until.is_none_or(|until| release < until)
}

const fn field(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        word: name,
        shape,
        required: false,
        nullable: false,
        filled: false,
        class: Class::Plain,
        superset: false,
        once: false,
        generated: false,
        derived: false,
        open: false,
        mirrors: None,
        twin: None,
        carries: None,
        told_by: None,
        only: Only::All,
        digest: None,
        beside: None,
        kept_by: None,
        acyclic: false,
        taken_along: false,
        late: false,
        ready: false,
        single: false,
        shows: None,
        assume: None,
        default: None,
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

    /// The server adds items of its own.
    pub const fn superset(mut self) -> Field {
        self.superset = true;
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

    /// One of more words than a table should list; the server judges it.
    pub const fn open(mut self) -> Field {
        self.open = true;
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
    pub const fn told_by(mut self, field: &'static str) -> Field {
        self.told_by = Some(field);
        self
    }

    /// A reference that takes only these kinds of its family.
    pub const fn only(mut self, kinds: &'static [&'static str]) -> Field {
        self.only = Only::Kinds(kinds);
        self
    }

    /// A reference that takes what another field says: pairs of its word and the kind.
    pub const fn only_by(mut self, field: &'static str, kinds: &'static [(&'static str, &'static str)]) -> Field {
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
    pub const fn kept_by(mut self, shown: &'static str) -> Field {
        self.kept_by = Some(shown);
        self
    }

    /// Must not lead back to the object itself.
    pub const fn acyclic(mut self) -> Field {
        self.acyclic = true;
        self
    }

    /// What it names is deleted along with the object.
    pub const fn taken_along(mut self) -> Field {
        self.taken_along = true;
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

    /// What the server takes when nothing is sent, as JSON.
    pub const fn default(mut self, json: &'static str) -> Field {
        self.default = Some(json);
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

    /// Whether a release has it.
    pub fn is_in(&self, release: Release) -> bool {
        gated(self.since, self.until, release)
    }
}

impl Shape {
    /// The families that it refers to, itself or in its items; none if it holds no references.
    pub fn families(&self) -> &[&'static str] {
        match self {
            Shape::Ref(family) => std::slice::from_ref(family),
            Shape::RefAny(families) | Shape::Grant { on: families, .. } => families,
            Shape::Set(item) | Shape::List(item) => item.families(),
            _ => &[],
        }
    }

    /// Whether values of this shape are sets.
    pub fn is_set(&self) -> bool {
        matches!(self, Shape::Set(_))
    }
}

//! The documents of `kinds` and `explain`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::Server;
use super::diagnostic::Code;

/// Kinds with their fields.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Kinds {
    /// The kinds.
    pub kinds: Vec<Kind>,
    /// Collections that are no kinds, where all kinds are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<NoKind>")]
    pub left_out: Option<Vec<NoKind>>,
}

/// A collection of the API that is no kind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct NoKind {
    /// The path of the API.
    pub api_path: String,
    /// What it holds.
    pub what: String,
    /// Why it is no kind.
    pub why: String,
}

/// A kind.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Kind {
    /// Its name.
    pub kind: String,
    /// The family: kinds that share their names.
    pub family: String,
    /// The section of state files.
    pub section: Option<String>,
    /// What stands under `type`.
    #[serde(rename = "type")]
    pub of_type: Option<String>,
    /// Section and type.
    pub title: Option<String>,
    /// What it is.
    pub doc: String,
    /// The path of the API.
    pub api_path: String,
    /// The fields that make up the key.
    pub key: Vec<String>,
    /// What objects are known by, in words.
    pub known_by: String,
    /// The key is a slug.
    pub slug_key: bool,
    /// Other names.
    pub aliases: Vec<String>,
    /// It needs an enterprise license.
    pub enterprise: bool,
    /// What objects need, in words.
    pub needs: Vec<String>,
    /// The first release that has it.
    pub since: Option<String>,
    /// The last release that has it.
    pub until: Option<String>,
    /// The kinds under which objects are written.
    pub owners: Vec<Owner>,
    /// The fields.
    pub fields: Vec<Field>,
    /// The lists of objects that are written under an object.
    pub children: Vec<Children>,
    /// An example, as a state file.
    pub example: String,
}

/// A kind under which objects of another one are written.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Owner {
    /// The kind.
    pub kind: String,
    /// The name of the list.
    pub word: String,
}

/// A list of objects that is written under an object.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Children {
    /// The name of the list.
    pub word: String,
    /// The kind of the objects.
    pub kind: String,
    /// The form of the list.
    pub form: Form,
}

/// The form of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub enum Form {
    /// A mapping from names to objects.
    #[serde(rename = "mapping by name")]
    Named,
    /// A list whose order counts.
    #[serde(rename = "ordered list")]
    Ordered,
    /// A list whose order does not count.
    #[serde(rename = "list")]
    List,
    /// One object.
    #[serde(rename = "mapping of fields")]
    One,
}

/// A field.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Field {
    /// The name in state files.
    pub name: String,
    /// The name in the API.
    pub api_name: String,
    /// What it holds.
    pub holds: Shape,
    /// The only kinds of objects that it may refer to.
    pub only_kinds: Option<Vec<String>>,
    /// It is a part of the key.
    pub key: bool,
    /// A new object must have it.
    pub required: bool,
    /// It may be null.
    pub nullable: bool,
    /// The value that clears it.
    pub cleared_by: Option<String>,
    /// It has a default.
    pub has_default: bool,
    /// The default.
    pub default: Option<Json>,
    /// The default of older releases.
    pub default_before: Option<DefaultBefore>,
    /// Releases that do not return the value.
    pub withheld_from: Vec<String>,
    /// Whether it holds a secret.
    pub secret: Option<Secret>,
    /// The field of the fingerprint by which it is compared.
    pub compared_by: Option<String>,
    /// What a new object gets where the files say nothing.
    pub preselected: Option<Json>,
    /// The most characters.
    pub longest: Option<usize>,
    /// It must not be empty.
    pub not_empty: bool,
    /// The form of the text, in words.
    pub format: Option<String>,
    /// What only the server can check.
    pub only_the_server_can_tell: Option<String>,
    /// The field that is sent along with it.
    pub sent_with: Option<String>,
    /// The server makes up a value where the files say nothing.
    pub generated: bool,
    /// It can only be set on creation.
    pub creation_only: bool,
    /// The server adds items.
    pub server_adds_items: bool,
    /// The first release that has it.
    pub since: Option<String>,
    /// The last release that has it.
    pub until: Option<String>,
    /// What it is.
    pub doc: String,
}

/// The default of older releases.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct DefaultBefore {
    /// The first release that has another default.
    pub release: String,
    /// The default before.
    pub default: Option<Json>,
}

/// How a secret is treated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Secret {
    /// The server returns it, so that it is compared.
    Compared,
    /// The server does not return it.
    WriteOnly,
}

/// What a field holds.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Shape {
    /// Text.
    Text,
    /// The content of a file.
    Content {
        /// The most bytes.
        maximum: u64,
    },
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer {
        /// The least.
        minimum: i64,
        /// The most.
        maximum: i64,
    },
    /// A number.
    Number,
    /// A duration.
    Duration,
    /// An instant.
    Time,
    /// A variant of an enumeration.
    Word {
        /// The variants.
        words: Vec<Word>,
    },
    /// Free data.
    Data {
        /// Each key is managed by itself.
        by_key: bool,
    },
    /// Another object.
    Reference {
        /// The families that it may be of.
        families: Vec<String>,
    },
    /// A permission on an object.
    Grant {
        /// The family of permissions.
        permission: String,
        /// The families that the object may be of.
        families: Vec<String>,
    },
    /// Items whose order does not count.
    Set {
        /// What an item holds.
        items: Box<Shape>,
    },
    /// Items whose order counts.
    List {
        /// What an item holds.
        items: Box<Shape>,
    },
    /// A record of fields.
    Mapping {
        /// The fields.
        fields: Vec<Field>,
    },
}

/// A variant of an enumeration.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Word {
    /// The variant.
    pub word: String,
    /// The first release that has it.
    pub since: Option<String>,
    /// The last release that has it.
    pub until: Option<String>,
}

/// Codes of diagnostics.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Codes {
    /// The codes.
    pub codes: Vec<ExplainedCode>,
}

/// A code of diagnostics.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ExplainedCode {
    /// The code.
    pub code: Code,
    /// What it means.
    pub explanation: String,
}

/// The section for collections that akrec does not know.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Raw {
    /// The section.
    pub section: String,
    /// What it is.
    pub about: String,
    /// The keys of a collection.
    pub words: Vec<Meaning>,
    /// How values are written.
    pub values: Vec<Meaning>,
    /// An example, as a state file.
    pub example: String,
}

/// What is written, and what it means.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Meaning {
    /// What is written.
    pub word: String,
    /// What it means.
    pub meaning: String,
}

/// How the API of a server and akrec differ.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Gaps {
    /// The server.
    pub server: Server,
    /// What only the server has.
    pub unknown: Vec<Gap>,
    /// What only akrec has.
    pub missing: Vec<Gap>,
    /// Collections that akrec ignores on purpose.
    pub left_out: Vec<LeftOut>,
    /// How many collections were compared.
    pub compared: usize,
}

/// Something that only one side has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Gap {
    /// What it is.
    pub what: GapOf,
    /// The path of the collection.
    pub path: String,
    /// The kind, if the collection is one.
    pub kind: Option<String>,
    /// The field.
    pub field: Option<String>,
    /// The variant of an enumeration.
    pub word: Option<String>,
}

/// What only one side has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapOf {
    /// A collection.
    Collection,
    /// A field.
    Field,
    /// A variant of an enumeration.
    Word,
}

/// A collection that akrec ignores on purpose.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct LeftOut {
    /// The path.
    pub path: String,
    /// Why.
    pub reason: String,
}

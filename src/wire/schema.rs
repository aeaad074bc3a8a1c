//! A JSON Schema that follows from a table rather than from a type: of state files, of settings, of facts about an API.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

/// A JSON Schema, draft 2020-12; an empty one takes anything.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    draft: Option<&'static str>,
    #[serde(rename = "$comment", skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(rename = "$defs", skip_serializing_if = "Option::is_none")]
    definitions: Option<Schemas>,
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    refers_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Json>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    of: Option<Types>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    words: Option<Vec<Json>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enum_descriptions: Option<Vec<String>>,
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    only: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Schemas>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern_properties: Option<Schemas>,
    #[serde(skip_serializing_if = "Option::is_none")]
    property_names: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_properties: Option<Additional>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_properties: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_properties: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    required: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    any_of: Option<Vec<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    all_of: Option<Vec<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    one_of: Option<Vec<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not: Option<Box<Schema>>,
    #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
    condition: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<Box<Schema>>,
}

/// Schemas by name.
pub type Schemas = BTreeMap<String, Schema>;

/// A type of JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names of JSON Schema")]
pub enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// One type, or several.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
enum Types {
    One(Type),
    Several(Vec<Type>),
}

/// What members that are not named hold.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(untagged)]
enum Additional {
    Forbidden(bool),
    Each(Box<Schema>),
}

impl Schema {
    /// A value of any type.
    pub fn any() -> Schema {
        Schema::default()
    }

    /// A value of one type.
    pub fn of(one: Type) -> Schema {
        Schema {
            of: Some(Types::One(one)),
            ..Schema::default()
        }
    }

    /// A value of one of several types.
    pub fn of_types(several: &[Type]) -> Schema {
        Schema {
            of: Some(Types::Several(several.to_vec())),
            ..Schema::default()
        }
    }

    /// Text that matches a regular expression.
    pub fn text(pattern: &str) -> Schema {
        Schema::of(Type::String).pattern(pattern)
    }

    /// A list.
    pub fn list(items: Schema) -> Schema {
        Schema::of(Type::Array).items(items)
    }

    /// An object with these members and no others.
    pub fn object(properties: Schemas) -> Schema {
        Schema::of(Type::Object).properties(properties).closed()
    }

    /// One of these values.
    pub fn one_of<T: Into<Json>>(values: impl IntoIterator<Item = T>) -> Schema {
        Schema {
            words: Some(values.into_iter().map(Into::into).collect()),
            ..Schema::default()
        }
    }

    /// Exactly this value.
    pub fn only(value: impl Into<Json>) -> Schema {
        Schema {
            only: Some(value.into()),
            ..Schema::default()
        }
    }

    /// What a definition of the same document says.
    pub fn reference(name: &str) -> Schema {
        Schema {
            refers_to: Some(format!("#/$defs/{name}")),
            ..Schema::default()
        }
    }

    /// At least one of these.
    pub fn any_of(schemas: impl IntoIterator<Item = Schema>) -> Schema {
        Schema {
            any_of: Some(schemas.into_iter().collect()),
            ..Schema::default()
        }
    }

    /// All of these.
    pub fn all_of(schemas: impl IntoIterator<Item = Schema>) -> Schema {
        Schema {
            all_of: Some(schemas.into_iter().collect()),
            ..Schema::default()
        }
    }

    /// What follows from a condition.
    pub fn when(condition: Schema, then: Schema) -> Schema {
        Schema {
            condition: Some(Box::new(condition)),
            then: Some(Box::new(then)),
            ..Schema::default()
        }
    }

    /// The schema of a whole document.
    pub fn document(self, title: impl Into<String>, about: &str) -> Schema {
        Schema {
            draft: Some("https://json-schema.org/draft/2020-12/schema"),
            ..self.title(title).about(about)
        }
    }

    /// Null too. Nothing is added to what takes anything.
    pub fn or_null(mut self) -> Schema {
        let null = Schema::of(Type::Null);
        match self.any_of.take() {
            Some(mut forms) if self == Schema::default() => {
                forms.push(null);
                Schema::any_of(forms)
            }
            None if self == Schema::default() => self,
            forms => {
                self.any_of = forms;
                Schema::any_of([self, null])
            }
        }
    }

    /// With a comment.
    pub fn comment(mut self, comment: String) -> Schema {
        self.comment = Some(comment);
        self
    }

    /// With definitions.
    pub fn definitions(mut self, definitions: Schemas) -> Schema {
        self.definitions = Some(definitions);
        self
    }

    /// With a title.
    pub fn title(mut self, title: impl Into<String>) -> Schema {
        self.title = Some(title.into());
        self
    }

    /// With a description.
    pub fn about(mut self, description: impl Into<String>) -> Schema {
        self.description = Some(description.into());
        self
    }

    /// With a default.
    pub fn default_is(mut self, default: impl Into<Json>) -> Schema {
        self.default = Some(default.into());
        self
    }

    /// Of one type.
    pub fn typed(mut self, one: Type) -> Schema {
        self.of = Some(Types::One(one));
        self
    }

    /// With a format.
    pub fn format(mut self, format: &'static str) -> Schema {
        self.format = Some(format);
        self
    }

    /// With a description of each of its values.
    pub fn value_descriptions(mut self, descriptions: Vec<String>) -> Schema {
        self.enum_descriptions = Some(descriptions);
        self
    }

    /// With a regular expression for text.
    pub fn pattern(mut self, pattern: &str) -> Schema {
        self.pattern = Some(pattern.to_owned());
        self
    }

    /// With at least one character.
    pub fn filled(mut self) -> Schema {
        self.min_length = Some(1);
        self
    }

    /// At least this.
    pub fn at_least(mut self, minimum: impl Into<Json>) -> Schema {
        self.minimum = Some(minimum.into());
        self
    }

    /// At most this.
    pub fn at_most(mut self, maximum: impl Into<Json>) -> Schema {
        self.maximum = Some(maximum.into());
        self
    }

    /// With these items.
    pub fn items(mut self, items: Schema) -> Schema {
        self.items = Some(Box::new(items));
        self
    }

    /// With a member.
    pub fn property(mut self, name: &str, schema: Schema) -> Schema {
        self.properties
            .get_or_insert_default()
            .insert(name.to_owned(), schema);
        self
    }

    /// With these members.
    pub fn properties(mut self, properties: Schemas) -> Schema {
        self.properties = Some(properties);
        self
    }

    /// With members whose names match a regular expression.
    pub fn pattern_property(mut self, pattern: &str, schema: Schema) -> Schema {
        self.pattern_properties
            .get_or_insert_default()
            .insert(pattern.to_owned(), schema);
        self
    }

    /// With names of members that match this.
    pub fn names(mut self, names: Schema) -> Schema {
        self.property_names = Some(Box::new(names));
        self
    }

    /// With no other members than those that are named.
    pub fn closed(mut self) -> Schema {
        self.additional_properties = Some(Additional::Forbidden(false));
        self
    }

    /// With members that are not named and hold this.
    pub fn each(mut self, schema: Schema) -> Schema {
        self.additional_properties = Some(Additional::Each(Box::new(schema)));
        self
    }

    /// With exactly this many members.
    pub fn members(mut self, count: u64) -> Schema {
        self.min_properties = Some(count);
        self.max_properties = Some(count);
        self
    }

    /// With members that must be there.
    pub fn required<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Schema {
        self.required = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// And all of these.
    pub fn and_all_of(mut self, schemas: impl IntoIterator<Item = Schema>) -> Schema {
        self.all_of = Some(schemas.into_iter().collect());
        self
    }

    /// And exactly one of these.
    pub fn and_one_of(mut self, schemas: impl IntoIterator<Item = Schema>) -> Schema {
        self.one_of = Some(schemas.into_iter().collect());
        self
    }

    /// And not this.
    pub fn except(mut self, schema: Schema) -> Schema {
        self.not = Some(Box::new(schema));
        self
    }
}

//! From an OpenAPI schema, and the facts of the release before, to the facts of a release.
//!
//! A collection is a path that can be listed and created in, with a path below it that can be read, replaced, changed
//! and deleted. Everything is taken from the schema that the schema says; nothing is asked of a server.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use super::document::{Document, members};
use crate::wire;
use crate::wire::schema::{Schema, Type};

/// What no schema says about a field.
const UNSAID: &[&str] = &[
    "to",
    "on_delete",
    "default",
    "generate",
    "check",
    "unique",
    "declared_in",
    "demanded",
    "unlisted",
    "owner",
    "not_empty",
];

/// What no schema says about a collection.
const CARRIED: &[&str] = &[
    "model",
    "label",
    "verbose",
    "plural",
    "component",
    "key",
    "pk",
    "pk_type",
    "lineage",
];
const CARRIED_TOO: &[&str] = &["ordering", "search", "flags", "unique_together"];

/// A part of a path, and the model that all kinds below it descend from.
const FAMILIES: &[(&str, &str)] = &[
    ("/connectors/", "Connector"),
    ("/stages/", "Stage"),
    ("/providers/", "Provider"),
    ("/policies/", "Policy"),
    ("/propertymappings/", "PropertyMapping"),
    ("/sources/", "Source"),
];

/// The facts of the schema's release, and a line for each thing that could not be known. `before` are the facts of the
/// release before; `null` if there are none.
///
/// Refuses what is no OpenAPI document, and one whose references lead nowhere.
pub fn distil(schema: &Value, before: &Value) -> Result<(Value, Vec<String>), String> {
    let document = Document::new(schema)?;
    let mut distiller = Distiller {
        document: &document,
        before,
        unknown: Vec::new(),
        views: BTreeSet::new(),
    };
    let mut collections = Map::new();
    for path in document.collections() {
        let collection = distiller.collection(&path);
        collections.insert(path, collection);
    }
    let polymorphic = distiller.polymorphic();
    let singletons = distiller.singletons();
    let uploads = distiller.uploads();
    let views = distiller.all_views(&polymorphic);
    let release = document.version().split('-').next().unwrap_or_default();
    let facts = wire::json(&Facts {
        release,
        partial: distiller.partial(),
        collections,
        singletons,
        uploads,
        polymorphic,
        views,
    });
    match document.is_sound() {
        true => Ok((facts, distiller.unknown)),
        false => Err("its references form cycles or are nested too deep".to_owned()),
    }
}

/// The facts of a release, as they are kept in a file.
#[derive(Serialize)]
struct Facts<'a> {
    release: &'a str,
    partial: BTreeSet<String>,
    collections: Map<String, Value>,
    singletons: Value,
    uploads: Value,
    polymorphic: Value,
    views: BTreeMap<String, Vec<String>>,
}

/// What the description of an API lets one guess of a new collection.
#[derive(Serialize)]
struct Guessed<'a> {
    model: &'a str,
    label: &'a str,
    verbose: String,
    plural: String,
    key: &'a str,
    pk: &'a str,
    pk_type: &'a str,
    lineage: Vec<&'a str>,
    ordering: Vec<&'a str>,
    search: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<String>,
}

/// What is known of a collection of files.
#[derive(Serialize)]
struct Upload<'a> {
    model: &'a Value,
    lineage: &'a Value,
    key: Option<&'a str>,
    pk: Option<&'a str>,
    filters: Value,
    fields: &'a Map<String, Value>,
    shows: Map<String, Value>,
}

/// What is known of a model whose objects are read through another collection.
#[derive(Serialize)]
struct Polymorphic<'a> {
    model: &'a Value,
    lineage: &'a Value,
    fields: Map<String, Value>,
}

struct Distiller<'a> {
    document: &'a Document<'a>,
    before: &'a Value,
    unknown: Vec<String>,
    views: BTreeSet<String>,
}

impl<'a> Distiller<'a> {
    fn collection(&mut self, path: &str) -> Value {
        let (document, before) = (self.document, self.before);
        let segment = document.key_segment(path);
        let many = document.path(path);
        let one = document.path(&format!("{path}{segment}"));
        let (model, answer) = document.body(&one["get"]["responses"]["200"]);
        let (_, request) = document.body(&many["post"]["requestBody"]);
        let known = &before["collections"][path];
        let mut facts = Map::new();
        if known.is_null() {
            self.unknown.push(format!(
                "{path}: a new collection: model, names, lineage, order and what is unique"
            ));
            facts.extend(self.guessed(path, model, segment, answer));
        } else {
            let carried = CARRIED.iter().chain(CARRIED_TOO);
            facts.extend(
                carried.filter_map(|name| Some(((*name).to_owned(), known.get(*name)?.clone()))),
            );
            if let Some(key) = self.pk(segment, answer).filter(|_| {
                answer["properties"]
                    .get(known["pk"].as_str().unwrap_or_default())
                    .is_none()
            }) {
                facts.insert("pk".into(), key.into());
            }
        }
        facts.insert("filters".into(), document.filters(&many["get"]).into());
        if !document.path(&format!("{path}{segment}used_by/")).is_null() {
            facts.insert("used_by".into(), true.into());
        }
        let required: Vec<&str> = request["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut fields = Map::new();
        for (name, property) in members(&request["properties"]) {
            let shown = &answer["properties"][name];
            if shown["readOnly"] == true {
                continue;
            }
            let mut field = self.field(property);
            if required.contains(&name) {
                field.insert("required".into(), true.into());
            }
            if shown.is_null() || property["writeOnly"] == true {
                field.insert("write_only".into(), true.into());
            }
            self.carry(path, name, &mut field, known, property);
            fields.insert(name.to_owned(), field.into());
        }
        let mut shows = Map::new();
        for (name, property) in
            members(&answer["properties"]).filter(|(name, _)| !fields.contains_key(*name))
        {
            let show = self.show(name, property);
            shows.insert(name.to_owned(), show);
        }
        facts.insert("fields".into(), fields.into());
        facts.insert("shows".into(), shows.into());
        facts.into()
    }

    /// What a new collection is likely to be, by its path and its answers.
    fn guessed(
        &self,
        path: &str,
        model: &str,
        segment: &str,
        answer: &Value,
    ) -> Map<String, Value> {
        let spaced = |text: &str| {
            let parts = text
                .char_indices()
                .map(|(at, c)| match c.is_uppercase() && at > 0 {
                    true => format!(" {c}"),
                    false => c.to_string(),
                });
            parts.collect::<String>()
        };
        let labels = &self.document.component("ModelEnum")["enum"];
        let mut labels = labels
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let label = labels.find(|label| label.rsplit('.').next() == Some(&model.to_lowercase()));
        let mut lineage = vec![model];
        let family = FAMILIES
            .iter()
            .find(|(part, _)| path.contains(part))
            .map(|(_, family)| *family);
        lineage.extend(family.filter(|_| answer["properties"].get("component").is_some()));
        if lineage.contains(&"Source") || answer["properties"].get("pbm_uuid").is_some() {
            lineage.push("PolicyBindingModel");
        }
        let has = |name: &&str| answer["properties"].get(*name).is_some();
        let pk = self.pk(segment, answer).unwrap_or("pk");
        let kind = &answer["properties"][pk];
        let kind = match (kind["type"].as_str(), kind["format"].as_str()) {
            (Some("integer"), _) => "integer",
            (_, Some("uuid")) => "uuid",
            _ => "string",
        };
        let names: Vec<&str> = ["name"].into_iter().filter(has).collect();
        let search: Vec<&str> = ["name", "slug"].into_iter().filter(has).collect();
        let component = has(&"component").then(|| {
            let form = path
                .trim_matches('/')
                .replace(['_', '/'], "-")
                .replacen("stages-", "stage-", 1);
            format!("ak-{form}-form")
        });
        let facts = wire::json(&Guessed {
            model,
            label: label.unwrap_or_default(),
            verbose: spaced(model),
            plural: spaced(model) + "s",
            key: segment.trim_matches(['{', '}', '/']),
            pk,
            pk_type: kind,
            lineage,
            ordering: names,
            search,
            component,
        });
        facts.as_object().cloned().unwrap_or_default()
    }

    /// The answer's field by which others refer to it.
    fn pk(&self, segment: &'a str, answer: &Value) -> Option<&'a str> {
        let names = [
            "pk",
            segment.trim_matches(['{', '}', '/']),
            "id",
            "pbm_uuid",
            "uuid",
        ];
        names
            .into_iter()
            .find(|name| answer["properties"].get(*name).is_some())
    }

    /// What the schema says about a field that can be written.
    fn field(&self, property: &Value) -> Map<String, Value> {
        let whole = self.document.followed(property);
        let mut field = self.form(&whole);
        if whole["type"] == "array" {
            let item = self.document.followed(&whole["items"]);
            let mut inner = self.form(&item);
            let required: Vec<&Value> = item["required"].as_array().into_iter().flatten().collect();
            let parts = members(&item["properties"]).map(|(name, property)| {
                let mut part = self.form(&self.document.followed(property));
                if required.iter().any(|required| **required == *name) {
                    part.insert("required".into(), true.into());
                }
                (name.to_owned(), Value::Object(part))
            });
            let parts: Map<String, Value> = parts.collect();
            if !parts.is_empty() {
                inner = [
                    ("type".to_owned(), "object".into()),
                    ("fields".to_owned(), parts.into()),
                ]
                .into_iter()
                .collect();
            }
            field.insert("items".into(), inner.into());
        }
        for (name, said) in [
            ("min_length", "minLength"),
            ("max_length", "maxLength"),
            ("min", "minimum"),
            ("max", "maximum"),
        ] {
            if let Some(value) = whole.get(said) {
                field.insert(name.into(), value.clone());
            }
        }
        field
    }

    fn form(&self, whole: &Value) -> Map<String, Value> {
        let mut form = Map::new();
        let open = whole["additionalProperties"].is_object() || whole.get("type").is_none();
        form.insert(
            "type".into(),
            whole
                .get("type")
                .cloned()
                .unwrap_or_else(|| if open { "any".into() } else { Value::Null }),
        );
        if let Some(format) = whole.get("format") {
            form.insert("format".into(), format.clone());
        }
        if let Some(words) = whole["enum"].as_array() {
            let words: Vec<Value> = words
                .iter()
                .filter(|word| **word != "" && !word.is_null())
                .cloned()
                .collect();
            form.insert("enum".into(), words.into());
        }
        if whole["nullable"] == true {
            form.insert("nullable".into(), true.into());
        }
        form
    }

    /// Adds what the schema does not say, from the same field before or from fields of that name elsewhere.
    fn carry(
        &mut self,
        path: &str,
        name: &str,
        field: &mut Map<String, Value>,
        known: &Value,
        property: &Value,
    ) {
        let was = &known["fields"][name];
        if !was.is_null() && was.get("type") == field.get("type") {
            field.extend(
                UNSAID
                    .iter()
                    .filter_map(|fact| Some(((*fact).to_owned(), was.get(*fact)?.clone()))),
            );
            for (part, known) in members(&was["items"]["fields"]) {
                let inner = field
                    .get_mut("items")
                    .and_then(|items| items["fields"].get_mut(part));
                if let (Some(inner), Some(default)) = (inner, known.get("default")) {
                    inner["default"] = default.clone();
                }
            }
            return;
        }
        let same: Vec<&Value> = members(&self.before["collections"])
            .filter_map(|(_, collection)| collection["fields"].get(name))
            .filter(|other| other["type"] == field["type"])
            .filter(|other| {
                Some(&other["items"]["type"])
                    == field
                        .get("items")
                        .map(|items| &items["type"])
                        .or(Some(&Value::Null))
            })
            .collect();
        for fact in UNSAID
            .iter()
            .filter(|fact| !matches!(**fact, "unique" | "declared_in" | "demanded"))
        {
            let values: BTreeSet<String> = same
                .iter()
                .map(|other| other.get(*fact).unwrap_or(&Value::Null).to_string())
                .collect();
            let value = same.iter().find_map(|other| other.get(*fact));
            if let (1, Some(value)) = (values.len(), value) {
                field.insert((*fact).to_owned(), value.clone());
            }
        }
        if let Some(default) = property.get("default") {
            field.insert("default".into(), default.clone());
        }
        let why = if was.is_null() {
            "new"
        } else {
            "of another type"
        };
        let said = Value::Object(field.clone());
        self.unknown.push(format!(
            "{path}: {name} is {why}: default, reference, check? {said}"
        ));
    }

    fn show(&mut self, name: &str, property: &Value) -> Value {
        if [
            "verbose_name",
            "verbose_name_plural",
            "component",
            "meta_model_name",
        ]
        .contains(&name)
        {
            return wire::json(&Schema::of(Type::String));
        }
        let whole = self.document.followed(property);
        let mut show = Map::new();
        let kind = property.get("type").or_else(|| whole.get("type"));
        show.insert("type".into(), kind.cloned().unwrap_or(Value::Null));
        for fact in ["format", "nullable"] {
            if let Some(value) = property.get(fact) {
                show.insert(fact.into(), value.clone());
            }
        }
        if let Some(view) = self.document.embedded(property) {
            show.insert("view".into(), view.as_str().into());
            self.views.insert(view);
        }
        show.into()
    }

    /// Collections that are none in whole: their objects are made and deleted, and never changed. What was looked up before
    /// stays as long as it takes a POST.
    fn partial(&self) -> BTreeSet<String> {
        let known = self.before["partial"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let known = known
            .filter(|path| self.document.path(path).get("post").is_some())
            .map(str::to_owned);
        known.chain(self.document.partial()).collect()
    }

    fn polymorphic(&mut self) -> Value {
        let (document, before) = (self.document, self.before);
        let mut families = Map::new();
        for (path, known) in members(&before["polymorphic"]) {
            let list = &document.path(path)["get"];
            if list.is_null() {
                self.unknown.push(format!("{path} is gone"));
                continue;
            }
            let mut family = known.clone();
            family["filters"] = document.filters(list).into();
            self.views
                .extend(family["view"].as_str().map(str::to_owned));
            families.insert(path.to_owned(), family);
        }
        families.into()
    }

    fn singletons(&mut self) -> Value {
        let before = self.before;
        let mut all = Map::new();
        for path in &self.document.singles() {
            let known = &before["singletons"][path];
            if known.is_null() {
                self.unknown
                    .push(format!("{path}: a new single object: model and lineage"));
            }
            let item = self.document.path(path);
            let (_, request) = self.document.body(&item["put"]["requestBody"]);
            let required = request["required"].as_array().cloned().unwrap_or_default();
            let mut fields = Map::new();
            for (name, property) in members(&request["properties"]) {
                let mut field = self.field(property);
                field.remove("items");
                if field["type"] == "any" {
                    field.remove("type");
                }
                if required.iter().any(|required| *required == name) {
                    field.insert("required".into(), true.into());
                }
                self.carry(path, name, &mut field, known, property);
                if name == "flags" {
                    let flags = members(&self.document.followed(property)["properties"])
                        .map(|(flag, _)| (flag.to_owned(), Value::Bool(false)))
                        .collect::<Map<_, _>>();
                    field.insert("default".into(), flags.into());
                }
                fields.insert(name.to_owned(), field.into());
            }
            let one = Polymorphic {
                model: &known["model"],
                lineage: &known["lineage"],
                fields,
            };
            all.insert(path.clone(), wire::json(&one));
        }
        all.into()
    }

    /// Collections of files: one bare list, a form to add to it, and a name to delete by.
    fn uploads(&mut self) -> Value {
        let document = self.document;
        let mut all = Map::new();
        for path in document.uploads() {
            let item = document.path(&path);
            let (request, answer) = (document.form(item), document.rows(item));
            let required = request["required"].as_array().cloned().unwrap_or_default();
            let mut fields = Map::new();
            for (name, property) in members(&request["properties"]) {
                let mut field = self.field(property);
                if required.iter().any(|required| *required == name) {
                    field.insert("required".into(), true.into());
                }
                if answer["properties"][name].is_null() {
                    field.insert("write_only".into(), true.into());
                }
                if let Some(default) = property.get("default") {
                    field.insert("default".into(), default.clone());
                }
                fields.insert(name.to_owned(), field.into());
            }
            let mut shows = Map::new();
            for (name, property) in
                members(&answer["properties"]).filter(|(name, _)| !fields.contains_key(*name))
            {
                shows.insert(name.to_owned(), self.show(name, property));
            }
            // Known by the one field that a form and a row have in common.
            let key = fields
                .keys()
                .find(|name| answer["properties"].get(name.as_str()).is_some())
                .cloned();
            let known = &self.before["uploads"][&path];
            if known.is_null() {
                self.unknown.push(format!(
                    "{path}: a new collection of files: model and lineage"
                ));
            }
            let facts = wire::json(&Upload {
                model: &known["model"],
                lineage: &known["lineage"],
                key: key.as_deref(),
                pk: key.as_deref(),
                filters: wire::json(&document.filters(&item["get"])),
                fields: &fields,
                shows,
            });
            all.insert(path, facts);
        }
        all.into()
    }

    /// The field names of every component that answers embed, and of those inside them.
    fn all_views(&self, polymorphic: &Value) -> BTreeMap<String, Vec<String>> {
        let mut views = BTreeMap::new();
        let families = members(polymorphic)
            .filter_map(|(_, family)| family["view"].as_str().map(str::to_owned));
        let direct: BTreeSet<String> = self.views.iter().cloned().chain(families).collect();
        let inner = direct
            .iter()
            .flat_map(|view| members(&self.document.component(view)["properties"]));
        let inner: BTreeSet<String> = inner
            .filter_map(|(_, property)| self.document.embedded(property))
            .collect();
        for view in direct.union(&inner) {
            let names = members(&self.document.component(view)["properties"]);
            let names = names
                .filter(|(_, property)| property["writeOnly"] != true)
                .map(|(name, _)| name.to_owned());
            views.insert(view.clone(), names.collect());
        }
        views
    }
}

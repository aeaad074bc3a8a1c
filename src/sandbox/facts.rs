//! Loads the distilled facts of one authentik release: collections, fields, views.
//! Must never know about akrec's own table: the sandbox is an independent witness.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::error::Error;

/// A release line that the sandbox can play.
struct Line {
    /// `2026.2`.
    name: &'static str,
    /// The facts of the version that the recordings or the first schema were taken from.
    first: Packed,
    /// What its newest known patch release has otherwise, as a merge patch.
    newest: Packed,
    /// The objects of a fresh install.
    fresh: Packed,
}

/// JSON text that `build.rs` has compressed.
struct Packed(&'static [u8]);

impl Packed {
    /// The JSON text.
    fn text(&self) -> Vec<u8> {
        // The build compressed the data, so it can always be read.
        miniz_oxide::inflate::decompress_to_vec(self.0).unwrap_or_default()
    }
}

macro_rules! packed {
    ($($part:literal),*) => {
        Packed(include_bytes!(concat!(env!("OUT_DIR"), "/", $($part,)* ".z")))
    };
}

macro_rules! lines {
    ($($name:literal)*) => {
        [$(Line {
            name: $name,
            first: packed!("releases/", $name),
            newest: packed!("releases/", $name, ".newest"),
            fresh: packed!("fresh/", $name),
        }),*]
    };
}

/// The releases that the sandbox can play, oldest first.
const LINES: [Line; 5] = lines!["2025.10" "2025.12" "2026.2" "2026.5" "2026.8"];

/// Everything the sandbox knows about one release.
#[derive(Debug, Deserialize)]
pub(super) struct Facts {
    /// The full version the facts were taken from, such as `2026.2.2`.
    pub release: String,
    pub collections: BTreeMap<String, Collection>,
    /// Read-only lists over a whole family, such as `/providers/all/`.
    pub polymorphic: BTreeMap<String, Family>,
    /// Objects that exist exactly once, such as the settings.
    pub singletons: BTreeMap<String, Collection>,
    /// Collections of files, which are listed at once, added by forms, and deleted by name.
    #[serde(default)]
    pub uploads: BTreeMap<String, Collection>,
    /// Field names of the objects that answers embed, such as `PartialUser`.
    pub views: BTreeMap<String, Vec<String>>,
    /// Model name to the model whose primary key it shares (multi-table inheritance).
    #[serde(skip)]
    roots: BTreeMap<String, String>,
}

/// One CRUD collection of the API.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Collection {
    pub model: String,
    /// `app.model`, as the server names it in `meta_model_name`.
    pub label: String,
    pub verbose: String,
    pub plural: String,
    pub component: String,
    /// The path parameter that addresses one object.
    pub key: String,
    /// The response field that other objects refer to.
    pub pk: String,
    pub pk_type: String,
    /// The model and its ancestors, nearest first.
    pub lineage: Vec<String>,
    pub ordering: Vec<String>,
    pub search: Vec<String>,
    pub filters: Vec<String>,
    pub unique_together: Vec<Vec<String>>,
    pub used_by: bool,
    /// Writable fields.
    pub fields: BTreeMap<String, Field>,
    /// Fields that only answers carry.
    pub shows: BTreeMap<String, Show>,
    /// `words`: filters that are flags take `true` and `false` only; elsewhere `1` and `0` too.
    pub flags: Option<String>,
    /// Present in the world, but not served as CRUD (the built-in source, device types).
    pub read_only: bool,
    /// Exactly one object, at the path itself: read and changed, never created or deleted.
    pub singleton: bool,
    /// A collection of files.
    #[serde(skip)]
    pub upload: bool,
}

/// One writable field.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Field {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub format: Option<String>,
    #[serde(rename = "enum")]
    pub choices: Vec<Value>,
    pub items: Option<Box<Field>>,
    /// The fields of a list item that is an object.
    pub fields: BTreeMap<String, Field>,
    pub required: bool,
    pub nullable: bool,
    pub write_only: bool,
    /// Neither required nor with a default, and the database takes no row without it.
    pub demanded: bool,
    pub default: Option<Value>,
    /// A value the server makes up when none is sent: `id`, `secret`, `uuid`, `now`.
    pub generate: Option<String>,
    /// The model a foreign key or a list of them points to.
    pub to: Option<String>,
    pub on_delete: Option<String>,
    /// A reference that `used_by` says nothing of.
    pub unlisted: bool,
    /// The full name of the model that has the reference, where it is neither this one nor the whole family's.
    pub owner: Option<String>,
    /// Unique; the text is the name the server's refusal starts with, empty for the neutral text.
    pub unique: Option<String>,
    /// The ancestor that owns the column: one name space for the whole family.
    pub declared_in: Option<String>,
    pub check: Option<String>,
    /// The schemes that a URL may have.
    #[serde(skip)]
    pub schemes: Vec<&'static str>,
    /// A list that may be left out, but not be empty.
    pub not_empty: bool,
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
    pub min: Option<f64>,
    pub max: Option<f64>,
}

/// One field that only answers carry.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Show {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub nullable: bool,
    pub view: Option<String>,
}

/// A read-only list over all kinds of one family.
#[derive(Debug, Deserialize)]
pub(super) struct Family {
    pub model: String,
    pub label: String,
    pub view: String,
    pub verbose: String,
    pub plural: String,
    pub ordering: Vec<String>,
    pub filters: Vec<String>,
}

impl Field {
    pub fn is_list(&self) -> bool {
        self.kind.as_deref() == Some("array")
    }

    /// The value of a field that the request did not set.
    pub fn initial(&self) -> Value {
        if let Some(default) = &self.default {
            // A number with a fraction is reported with one.
            let fraction = default
                .as_f64()
                .filter(|_| self.kind.as_deref() == Some("number"));
            return fraction.map_or_else(|| default.clone(), Value::from);
        }
        if self.nullable {
            return Value::Null;
        }
        empty(self.kind.as_deref())
    }
}

/// The empty value of a JSON type.
pub(super) fn empty(kind: Option<&str>) -> Value {
    match kind {
        Some("string") => "".into(),
        Some("boolean") => false.into(),
        Some("integer" | "number") => 0.into(),
        Some("array") => Value::Array(Vec::new()),
        Some("object") => Value::Object(serde_json::Map::new()),
        _ => Value::Null,
    }
}

/// Lays one value over another: mappings merge, lists grow, all else is replaced.
fn lay(below: &mut Value, over: &Value) {
    match (below, over) {
        (Value::Object(below), Value::Object(over)) => {
            for (name, value) in over {
                lay(below.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(below), Value::Array(over)) => below.extend(over.iter().cloned()),
        (below, over) => *below = over.clone(),
    }
}

/// Applies a JSON Merge Patch (RFC 7396): mappings merge, null removes, all else is replaced.
fn patch(value: &mut Value, change: &Value) {
    let Value::Object(changes) = change else {
        *value = change.clone();
        return;
    };
    if !value.is_object() {
        *value = Value::Object(serde_json::Map::new());
    }
    let Value::Object(all) = value else { return };
    for (name, change) in changes {
        match change {
            Value::Null => drop(all.remove(name)),
            change => patch(all.entry(name.clone()).or_insert(Value::Null), change),
        }
    }
}

/// The line of a version: `2026.2` of `2026.2.7`.
pub(super) fn line_of(version: &str) -> &str {
    version
        .match_indices('.')
        .nth(1)
        .map_or(version, |(at, _)| &version[..at])
}

/// The patch level of a version: 7 of `2026.2.7`; `None` where it names only a line.
fn patch_level(version: &str) -> Option<u32> {
    version
        .strip_prefix(line_of(version))?
        .strip_prefix('.')?
        .parse()
        .ok()
}

impl Collection {
    /// The model whose primary key this one shares.
    pub fn root(&self) -> &str {
        self.lineage
            .iter()
            .rev()
            .find(|model| *model != "PolicyBindingModel")
            .map_or(self.model.as_str(), String::as_str)
    }

    /// Whether policies can be bound to objects of this collection.
    pub fn is_binding_target(&self) -> bool {
        self.is_a("PolicyBindingModel")
    }

    /// The answer's field with the id that policies bind to, where that is not the primary key.
    pub fn binding_id(&self) -> Option<&'static str> {
        let has = |name: &str| self.shows.contains_key(name);
        match self.pk.as_str() {
            // Flows and stage bindings.
            _ if has("policybindingmodel_ptr_id") => Some("policybindingmodel_ptr_id"),
            "uuid" if has("pbm_uuid") => Some("pbm_uuid"),
            _ => None,
        }
    }

    pub fn is_a(&self, model: &str) -> bool {
        self.lineage.iter().any(|ancestor| ancestor == model)
    }
}

impl Facts {
    /// The facts of a release named `2026.2` or `2026.2.7`, with its fresh install as JSON text. A line alone is its first
    /// known version, and every patch release after that is the newest known one. `more` is laid over them: mappings merge,
    /// lists grow.
    pub fn load(release: &str, more: Option<&Value>) -> Result<(Facts, Vec<u8>), Error> {
        let asked = patch_level(release);
        let is_whole = asked.is_some() || line_of(release) == release;
        let Some(line) = LINES
            .iter()
            .find(|line| line.name == line_of(release) && is_whole)
        else {
            return Err(Error::UnknownRelease {
                asked: release.to_owned(),
                known: LINES.map(|line| line.name).join(", "),
            });
        };
        let mut facts: Value = serde_json::from_slice(&line.first.text()).map_err(Error::Facts)?;
        if asked > facts["release"].as_str().and_then(patch_level) {
            patch(
                &mut facts,
                &serde_json::from_slice(&line.newest.text()).map_err(Error::Facts)?,
            );
        }
        if let Some(more) = more {
            lay(&mut facts, more);
        }
        let mut facts: Facts = serde_json::from_value(facts).map_err(Error::Facts)?;
        facts.add_read_only_collections();
        for (path, mut collection) in std::mem::take(&mut facts.singletons) {
            collection.singleton = true;
            facts.collections.insert(path, collection);
        }
        for (path, mut collection) in std::mem::take(&mut facts.uploads) {
            collection.upload = true;
            facts.collections.insert(path, collection);
        }
        facts.add_schemes();
        for collection in facts.collections.values() {
            for model in &collection.lineage {
                facts
                    .roots
                    .insert(model.clone(), collection.root().to_owned());
            }
        }
        Ok((facts, line.fresh.text()))
    }

    /// The model whose primary key `model` shares; `None` where the sandbox has no such objects.
    pub fn root_of(&self, model: &str) -> Option<&str> {
        self.roots.get(model).map(String::as_str)
    }

    /// The full name of a model.
    pub fn label_of(&self, model: &str) -> Option<&str> {
        let own = self
            .collections
            .values()
            .find(|one| one.model == model)
            .map(|one| one.label.as_str());
        let family = |model: &str| {
            self.polymorphic
                .values()
                .find(|family| family.model == model)
        };
        own.or_else(|| Some(family(model)?.label.as_str()))
            .or_else(|| {
                // Between a collection's own model and that of its family.
                let kin = self
                    .collections
                    .values()
                    .find(|one| one.lineage.iter().any(|kin| kin == model))?;
                kin.lineage
                    .iter()
                    .find_map(|kin| Some(family(kin)?.label.as_str()))
            })
    }

    /// Up to `2025.12` the type of an OAuth source must be in every body.
    pub fn source_type_is_demanded(&self) -> bool {
        self.release.starts_with("2025.")
    }

    /// Up to `2026.2` an OAuth2 provider without redirect URIs keeps the first one that anybody uses.
    pub fn keeps_first_redirect(&self) -> bool {
        self.release.starts_with("2025.") || self.release.starts_with("2026.2")
    }

    /// From `2026.8` on a client's id and its secret are printable ASCII.
    pub fn clients_are_ascii(&self) -> bool {
        !self.release.starts_with("2025.")
            && !["2026.2", "2026.5"]
                .iter()
                .any(|early| self.release.starts_with(early))
    }

    /// `2025.10` is the only release with group `parent`, and with plain quotes in its texts.
    pub fn is_2025_10(&self) -> bool {
        self.release.starts_with("2025.10")
    }

    /// The schemes that the validators of URLs accept; a schema says only that a field is a URL.
    fn add_schemes(&mut self) {
        const ALL: [&str; 5] = ["http", "https", "blank", "ftp", "ftps"];
        let shells = !self.keeps_first_redirect();
        for (path, collection) in &mut self.collections {
            for (name, field) in &mut collection.fields {
                field.schemes = match (path.as_str(), name.as_str()) {
                    ("/core/applications/", "meta_launch_url") if shells => {
                        [&ALL[..], &["ssh", "sftp"]].concat()
                    }
                    ("/core/applications/", "meta_launch_url")
                    | ("/events/transports/", "webhook_url") => ALL.to_vec(),
                    ("/sources/ldap/", "server_uri") => {
                        vec!["http", "https", "blank", "ldap", "ldaps"]
                    }
                    _ => vec!["http", "https", "blank"],
                };
            }
        }
    }

    /// Whether the release is this one or a later one; both as year and month.
    pub fn is_from(&self, year: u16, month: u8) -> bool {
        let mut parts = self.release.split('.');
        let own = (
            parts.next().and_then(|it| it.parse().ok()),
            parts.next().and_then(|it| it.parse().ok()),
        );
        own >= (Some(year), Some(month))
    }

    fn add_read_only_collections(&mut self) {
        if let Some(family) = self.polymorphic.get("/sources/all/") {
            let names = self.views.get(&family.view).cloned().unwrap_or_default();
            // The plain source has no collection of its own: its fields are those all sources share.
            let like = self.collections.get("/sources/oauth/");
            let show = |name: &String| {
                let field = like.and_then(|like| like.fields.get(name));
                let known = like.and_then(|like| like.shows.get(name));
                Show {
                    kind: field
                        .map(|f| f.kind.clone())
                        .or(known.map(|s| s.kind.clone()))
                        .flatten(),
                    nullable: field.map_or(known.is_some_and(|s| s.nullable), |f| f.nullable),
                    view: None,
                }
            };
            let shows = names
                .iter()
                .map(|name| (name.clone(), show(name)))
                .collect();
            let collection = Collection {
                model: "Source".into(),
                label: family.label.clone(),
                verbose: family.verbose.clone(),
                plural: family.plural.clone(),
                key: "slug".into(),
                pk: "pk".into(),
                pk_type: "uuid".into(),
                lineage: vec!["Source".into(), "PolicyBindingModel".into()],
                shows,
                read_only: true,
                ..Collection::default()
            };
            self.collections.insert("/sources/all/".into(), collection);
        }
        let text = || Show {
            kind: Some("string".into()),
            ..Show::default()
        };
        let names = [
            "name",
            "codename",
            "model",
            "app_label",
            "app_label_verbose",
            "model_verbose",
            "id",
        ];
        let permissions = Collection {
            model: "Permission".into(),
            label: "auth.permission".into(),
            key: "id".into(),
            pk: "id".into(),
            pk_type: "integer".into(),
            lineage: vec!["Permission".into()],
            ordering: vec!["name".into()],
            search: ["codename", "model", "app_label"]
                .map(str::to_owned)
                .to_vec(),
            filters: [
                "codename",
                "content_type__app_label",
                "content_type__model",
                "role",
            ]
            .map(str::to_owned)
            .to_vec(),
            shows: names.map(|name| (name.to_owned(), text())).into(),
            read_only: true,
            ..Collection::default()
        };
        self.collections
            .insert("/rbac/permissions/".into(), permissions);
        let types = Collection {
            model: "WebAuthnDeviceType".into(),
            label: "authentik_stages_authenticator_webauthn.webauthndevicetype".into(),
            key: "aaguid".into(),
            pk: "aaguid".into(),
            pk_type: "uuid".into(),
            lineage: vec!["WebAuthnDeviceType".into()],
            ordering: vec!["description".into()],
            filters: vec!["aaguid".into(), "description".into()],
            search: vec!["description".into()],
            shows: [
                ("aaguid".into(), Show::default()),
                ("description".into(), Show::default()),
            ]
            .into(),
            read_only: true,
            ..Collection::default()
        };
        let path = "/stages/authenticator/webauthn_device_types/";
        self.collections.insert(path.into(), types);
    }
}

//! What a server's own schema describes. A development server is older than the release that it was going to be, and lacks
//! collections, fields and words of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use akrec::client::Client;
use akrec::kinds::KINDS;
use akrec::schema::{Field, Kind, Preselected, Release, Shape, Variant};
use serde_json::{Map, Value, json};

use super::{Bench, State};

/// The fields of a kind's objects, each with its words if it is an enumeration or a list of one, and without any if not.
type Fields = BTreeMap<String, BTreeSet<String>>;

/// The fields of every kind's objects, by path. A kind whose collection the server does not have is not in it.
pub struct Described(BTreeMap<&'static str, Fields>);

impl Described {
    /// Reads the schema of a server.
    pub async fn by(bench: &Bench) -> Described {
        Described::at(&bench.client).await
    }

    /// Reads the schema of the server of a client.
    pub async fn at(client: &Client) -> Described {
        let schema = client.get("/schema/", &[("format", "json")]).await;
        Described::of(&schema.unwrap())
    }

    /// Takes a schema as a server gives it.
    pub fn of(schema: &Value) -> Described {
        let kinds = KINDS.iter().filter_map(|kind| {
            let paths = schema["paths"].as_object().unwrap();
            paths.contains_key(kind.path).then(|| {
                let mut fields = Fields::new();
                for (path, item) in paths {
                    if path == kind.path || is_object_of(path, kind) {
                        for operation in ["get", "post", "put"] {
                            let operation = &item[operation];
                            let answer = &operation["responses"]["200"]["content"];
                            let body = &operation["requestBody"]["content"];
                            for content in [answer, body] {
                                for form in content.as_object().into_iter().flatten() {
                                    names(schema, &form.1["schema"], &mut fields);
                                }
                            }
                        }
                    }
                }
                (kind.path, fields)
            })
        });
        Described(kinds.collect())
    }

    /// Whether the server has a kind.
    pub fn has(&self, kind: &Kind) -> bool {
        self.0.contains_key(kind.path)
    }

    /// Whether the server has a field of a kind.
    pub fn has_field(&self, kind: &Kind, field: &Field) -> bool {
        self.0
            .get(kind.path)
            .is_none_or(|fields| fields.is_empty() || fields.contains_key(field.name))
    }

    /// Whether the server lacks a field of a kind that a release has.
    pub fn lacks_fields(&self, kind: &Kind, release: Release) -> bool {
        let mut fields = kind.fields.iter().filter(|field| field.is_in(release));
        fields.any(|field| !self.has_field(kind, field))
    }

    /// The words of a field that a release has and the server does not know.
    fn unknown_words(&self, kind: &Kind, field: &Field, release: Release) -> Vec<&'static str> {
        let known = self.0.get(kind.path);
        let known = known.and_then(|fields| fields.get(field.name));
        let Some(known) = known.filter(|known| !known.is_empty()) else {
            return Vec::new();
        };
        words(field, release)
            .map(|word| word.name)
            .filter(|name| !known.contains(*name))
            .collect()
    }

    /// Leaves only words that the server knows in an object of a state file. Says them where akrec would otherwise write
    /// every word of the release, and takes the first known one instead of one that is unknown.
    pub fn narrow_words(&self, kind: &Kind, release: Release, object: &mut Map<String, Value>) {
        for field in kind.fields.iter().filter(|field| field.is_in(release)) {
            let unknown = self.unknown_words(kind, field, release);
            let known = words(field, release).map(|word| word.name);
            let known: Vec<&str> = known.filter(|name| !unknown.contains(name)).collect();
            let is_known = |value: &Value| value.as_str().is_none_or(|it| known.contains(&it));
            if unknown.is_empty() || known.is_empty() {
                continue;
            }
            match object.get_mut(field.yaml_key) {
                Some(Value::Array(items)) => {
                    items.retain(is_known);
                    if items.is_empty() {
                        items.push(known[0].into());
                    }
                }
                Some(value) if !is_known(value) => *value = known[0].into(),
                None if matches!(field.preselected, Some(Preselected::AllVariants)) => {
                    object.insert(field.yaml_key.to_owned(), known.into());
                }
                _ => {}
            }
        }
    }

    /// A state whose `defaults` say the words that the server knows, where akrec would otherwise write every word of the
    /// release; the state as it is where the server knows them all. Only the files of the state that is given back differ.
    pub fn with_words(&self, release: Release, state: State) -> State {
        let all = below(&state.dir);
        let texts = all.iter().filter_map(|(name, path)| {
            let text = std::fs::read_to_string(path).ok()?;
            Some((name.clone(), text))
        });
        let mut files: Vec<(String, String)> = texts.collect();
        if !self.say_words(release, &mut files) {
            return state;
        }
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let with = State::with(&files);
        // What is no text is content of an upload.
        for (name, path) in all {
            let copy = with.dir.join(name);
            if !copy.exists() {
                std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
                std::fs::copy(path, copy).unwrap();
            }
        }
        State {
            env: state.env,
            vars: state.vars,
            strict: state.strict,
            break_glass: state.break_glass,
            ..with
        }
    }

    /// The same for a state of one file.
    pub fn text_with_words(&self, release: Release, text: &str) -> String {
        let mut files = vec![(String::new(), text.to_owned())];
        self.say_words(release, &mut files);
        let texts: Vec<String> = files.into_iter().map(|(_, text)| text).collect();
        let text = texts.join("\n");
        let defaults = text.lines().filter(|line| *line == "defaults:").count();
        assert!(
            defaults < 2,
            "its defaults are not those of the kind: {text}"
        );
        text
    }

    /// Says the words in the defaults of files, or in a file more if they have none for the kind. Whether there was anything to
    /// say.
    fn say_words(&self, release: Release, files: &mut Vec<(String, String)>) -> bool {
        let mut said = false;
        for kind in KINDS.iter().filter(|kind| kind.is_in(release)) {
            let Some(word) = kind.type_name else { continue };
            let mark = format!("type: {word}");
            let is_used = files.iter().any(|(_, text)| text.contains(&mark));
            for field in kind.fields.iter().filter(|field| field.is_in(release)) {
                let unknown = self.unknown_words(kind, field, release);
                let all = matches!(field.preselected, Some(Preselected::AllVariants));
                if unknown.is_empty() || !all || !is_used {
                    continue;
                }
                said = true;
                let known = words(field, release).map(|word| word.name);
                let known: Vec<&str> = known.filter(|name| !unknown.contains(name)).collect();
                let (field, known) = (field.yaml_key, json!(known));
                let head = format!("  {}.{word}:", kind.section);
                // As lines of its own, or between braces.
                let lines = [
                    (
                        format!("{head}\n"),
                        format!("{head}\n    {field}: {known}\n"),
                    ),
                    (format!("{head} {{"), format!("{head} {{{field}: {known}, ")),
                ];
                let place = lines.iter().find_map(|(from, to)| {
                    let at = files.iter().position(|(_, text)| text.contains(from))?;
                    Some((at, from, to))
                });
                match place {
                    Some((at, from, to)) => files[at].1 = files[at].1.replace(from, to),
                    None => files.push((
                        format!("words-{word}.yaml"),
                        format!("defaults:\n{}", lines[0].1),
                    )),
                }
            }
        }
        said
    }

    /// Whether the server still demands a field in a creation that its release no longer has: the field has another name
    /// in the release, which the server does not know.
    pub fn still_demands(&self, kind: &Kind, release: Release) -> bool {
        self.has(kind)
            && kind.fields.iter().any(|field| {
                !field.is_in(release)
                    && field.create_default.is_some()
                    && self.has_field(kind, field)
                    && kind
                        .counterpart(field)
                        .is_some_and(|it| !self.has_field(kind, it))
            })
    }

    /// Leaves only what is described in the objects of a world: lists by path.
    pub fn narrow(&self, world: &mut Value) {
        for (path, objects) in world.as_object_mut().into_iter().flatten() {
            let Some(fields) = self.0.get(path.as_str()) else {
                continue;
            };
            for object in objects.as_array_mut().into_iter().flatten() {
                if let Some(object) = object.as_object_mut().filter(|_| !fields.is_empty()) {
                    object.retain(|name, _| fields.contains_key(name));
                }
            }
        }
    }
}

/// The words of an enumeration, or of a list of one, that a release has; none of any other field.
fn words(field: &Field, release: Release) -> impl Iterator<Item = &'static Variant> + use<> {
    let shape = match &field.shape {
        Shape::Set(items) | Shape::List(items) => items,
        other => other,
    };
    let words = match shape {
        Shape::Enum(words) => *words,
        _ => &[],
    };
    words.iter().filter(move |word| word.is_in(release))
}

/// The files of a directory and of those in it: their paths below it, and where they are.
pub fn below(dir: &Path) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match path.is_dir() {
            true => files.extend(
                below(&path)
                    .into_iter()
                    .map(|(rest, path)| (format!("{name}/{rest}"), path)),
            ),
            false => files.push((name, path)),
        }
    }
    files
}

/// Whether a path is that of one object of a kind.
fn is_object_of(path: &str, kind: &Kind) -> bool {
    path.strip_prefix(kind.path)
        .is_some_and(|key| key.starts_with('{') && key.matches('/').count() == 1)
}

/// The properties of a schema with their words, followed to where it is described; of a list of pages, those of its items.
fn names(document: &Value, schema: &Value, found: &mut Fields) {
    let schema = followed(document, schema);
    let properties = schema["properties"].as_object();
    for (name, property) in properties.into_iter().flatten() {
        match name.as_str() {
            "results" => names(document, &property["items"], found),
            "pagination" | "autocomplete" => {}
            _ => words_of(document, property, found.entry(name.clone()).or_default()),
        }
    }
    if let Some(items) = schema.get("items") {
        names(document, items, found);
    }
}

/// The words of a property, or of the items of a list, wherever they are described.
fn words_of(document: &Value, property: &Value, found: &mut BTreeSet<String>) {
    let property = followed(document, property);
    let own = property["enum"].as_array().into_iter().flatten();
    found.extend(own.filter_map(Value::as_str).map(str::to_owned));
    for part in ["allOf", "oneOf", "anyOf"] {
        let parts = property[part].as_array().into_iter().flatten();
        parts.for_each(|one| words_of(document, one, found));
    }
    if let Some(items) = property.get("items") {
        words_of(document, items, found);
    }
}

fn followed<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

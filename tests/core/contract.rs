//! The table against an independent source: the distilled description of each release's API, with which the sandbox
//! answers, of the first and the newest known version of each. Every writable field of the server is in the table as the
//! server has it, or on a list with its reason.

use std::collections::{BTreeMap, BTreeSet};

use akrec::kinds::{self, KINDS, LEFT_OUT, NO_KINDS, OTHERWISE, covers};
use akrec::openapi;
use akrec::schema::{
    AllowedKinds, Class, Create, Field, Find, Format, Keying, Kind, RELEASES, Release, Shape,
    V2025_12, Version,
};
use serde_json::{Map, Value as Json};

/// Collections that can only be read, which the facts leave out.
const READ_ONLY_FAMILIES: &[&str] = &["webauthn_device_type", "permission"];

struct Facts {
    version: Version,
    collections: BTreeMap<String, Json>,
    /// Collections whose objects are made and deleted, and never changed.
    partial: Vec<String>,
    polymorphic: BTreeMap<String, Json>,
}

/// The facts of the first and of the newest known version of a release.
fn versions(release: Release) -> [Facts; 2] {
    let read = |name: &str| -> Json {
        let path = format!(
            "{}/src/sandbox/releases/{name}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let first = read(&release.to_string());
    let newest = openapi::merged(&first, &read(&format!("{release}.newest")));
    [facts(first), facts(newest)]
}

fn facts(all: Json) -> Facts {
    let mut all: BTreeMap<String, Json> =
        serde_json::from_value(all).expect("the facts of a release");
    let mut take = |name: &str| -> BTreeMap<String, Json> {
        serde_json::from_value(all.remove(name).expect(name)).expect(name)
    };
    let mut collections = take("collections");
    collections.extend(take("singletons"));
    collections.extend(take("uploads"));
    let polymorphic = take("polymorphic");
    let version = all["release"]
        .as_str()
        .and_then(Version::parse)
        .expect("a version");
    let partial = serde_json::from_value(all.remove("partial").expect("partial")).expect("paths");
    Facts {
        version,
        collections,
        partial,
        polymorphic,
    }
}

/// Every version that is known, with its release.
fn all_versions() -> impl Iterator<Item = (Release, Facts)> {
    RELEASES
        .iter()
        .flat_map(|release| versions(*release).map(|facts| (*release, facts)))
}

/// Complaints about one field, in the words of [`OTHERWISE`].
struct Says<'a> {
    release: Release,
    version: Version,
    path: &'a str,
    field: String,
    wrong: &'a mut Vec<String>,
    used: &'a mut BTreeSet<(String, String, String)>,
}

impl Says<'_> {
    fn say(&mut self, what: &str, table: impl std::fmt::Display, server: impl std::fmt::Display) {
        let known = OTHERWISE.iter().any(|(path, field, about, _)| {
            (*path, *field, *about) == (self.path, self.field.as_str(), what)
        });
        if known {
            self.used
                .insert((self.path.into(), self.field.clone(), what.into()));
            return;
        }
        self.wrong.push(format!(
            "{}: {}: {}: {what}: the server has {server}, the table {table}",
            self.version, self.path, self.field
        ));
    }

    /// The same field in other facts.
    fn fact<'f>(&self, facts: &'f Facts) -> &'f Json {
        facts
            .collections
            .get(self.path)
            .map_or(&Json::Null, |found| &found["fields"][&self.field])
    }

    fn inside(&mut self, name: &str) -> Says<'_> {
        let field = format!("{}.{name}", self.field);
        Says {
            release: self.release,
            version: self.version,
            path: self.path,
            field,
            wrong: self.wrong,
            used: self.used,
        }
    }
}

#[test]
fn the_table_is_what_the_server_has() {
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for (ref release, facts) in all_versions() {
        for kind in KINDS.iter() {
            let found = facts.collections.get(kind.path);
            if !kind.is_in(*release) {
                if found.is_some() {
                    wrong.push(format!(
                        "{release}: the server has {}, the table says it has not",
                        kind.path
                    ));
                }
                continue;
            }
            let Some(found) = found else {
                wrong.push(format!(
                    "{release}: {}: the server has no such collection",
                    kind.path
                ));
                continue;
            };
            // The only object of its kind has no model.
            let label = found["label"].as_str().unwrap_or_default();
            if label != kind.model {
                wrong.push(format!(
                    "{release}: {}: the server calls it {label}, the table {}",
                    kind.path, kind.model
                ));
            }
            let fields = found["fields"].as_object().expect("fields");
            let nothing = Map::new();
            let shows = found["shows"].as_object().unwrap_or(&nothing);
            let ids = [Some(kind.id), Some(kind.pk), kind.bindable]
                .into_iter()
                .flatten();
            for name in ids
                .chain(kind.other_ids.iter().copied())
                .filter(|_| !kind.is_singleton())
            {
                if !fields.contains_key(name) && !shows.contains_key(name) {
                    wrong.push(format!("{release}: {}: no answer has {name}", kind.path));
                }
            }
            let found_by = match kind.find {
                _ if kind.is_singleton() => None,
                Find::Url | Find::Whole => None,
                Find::Filter(filter) | Find::Owner { filter, .. } => Some(filter),
            };
            let filters = found["filters"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            for name in found_by.into_iter().chain(kind.pk_filter) {
                // A list can be searched for a key if the search looks at it; an upload has no other word.
                let searched = found["search"].as_array().into_iter().flatten();
                let by_search = name == "search"
                    && (kind.unpaginated
                        || searched
                            .into_iter()
                            .any(|field| kind.key_fields().any(|key| field == key)));
                if !by_search && !filters.iter().any(|filter| filter == name) {
                    wrong.push(format!(
                        "{release}: {}: the list has no filter {name}",
                        kind.path
                    ));
                }
            }
            if found["pk"] != kind.pk && !kind.is_singleton() {
                wrong.push(format!(
                    "{release}: {}: others refer to it by {}, the table says {}",
                    kind.path, found["pk"], kind.pk
                ));
            }
            for fields in unique(found) {
                let key = kind.key_fields().any(|key| fields == [key]) || knows_key(kind, &fields);
                let managed = fields == ["managed"];
                if !key && !managed && !kind.unique_together.iter().any(|known| fields == *known) {
                    wrong.push(format!(
                        "{release}: {}: only one object may have the same {fields:?}",
                        kind.path
                    ));
                }
            }
            for fields in kind
                .unique_together
                .iter()
                .filter(|fields| !unique(found).iter().any(|known| known == *fields))
            {
                wrong.push(format!(
                    "{release}: {}: several objects may have the same {fields:?}",
                    kind.path
                ));
            }
            let declared: Vec<&Field> = kind
                .fields
                .iter()
                .filter(|field| field.is_in(*release))
                .collect();
            for (name, _) in fields
                .iter()
                .filter(|(name, _)| declared.iter().all(|field| field.name != *name))
            {
                let left_out = LEFT_OUT
                    .iter()
                    .find(|(path, field, _)| covers(path, kind.path) && *field == name.as_str());
                match left_out {
                    Some((path, ..)) => {
                        used.insert(((*path).to_owned(), name.clone(), String::new()));
                    }
                    None => wrong.push(format!(
                        "{release}: {}: the server has `{name}`, the table has not",
                        kind.path
                    )),
                }
            }
            for field in declared {
                let mut says = Says {
                    release: *release,
                    version: facts.version,
                    path: kind.path,
                    field: field.name.to_owned(),
                    wrong: &mut wrong,
                    used: &mut used,
                };
                // Fields that are written elsewhere than in the object itself.
                let elsewhere = matches!(kind.create, Create::PostOrImport { field: other, .. } if other == field.name)
                    || kind
                        .members_of(field.name)
                        .is_some_and(|members| members.read.is_some())
                    || (field.derived && shows.contains_key(field.name));
                match fields.get(field.name) {
                    Some(fact) => {
                        compare(field, fact, &facts, &mut says);
                        taken(kind, field, fact, &facts, &mut says);
                    }
                    None if elsewhere => {}
                    None => says.say("presence", "has it", "no such field"),
                }
            }
        }
    }
    for (path, field, reason) in LEFT_OUT {
        if !used.contains(&((*path).into(), (*field).into(), String::new())) {
            wrong.push(format!(
                "{path}: {field} is listed as left out ({reason}), and no release has it"
            ));
        }
    }
    for (path, field, what, reason) in OTHERWISE {
        if !used.contains(&((*path).into(), (*field).into(), (*what).into())) {
            wrong.push(format!(
                "{path}: {field}: {what} is listed as otherwise ({reason}), and is not"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Fields that only one object may have with the same values, each list together. The mark `managed` is listed as well:
/// it is the name of one thing that the server itself made, so nobody hands it over.
fn unique(found: &Json) -> Vec<Vec<&str>> {
    let fields = found["fields"].as_object().expect("fields").iter();
    let single = fields
        .filter(|(_, fact)| fact.get("unique").is_some())
        .map(|(name, _)| vec![name.as_str()]);
    let together = found["unique_together"].as_array().into_iter().flatten();
    let together = together.map(|fields| {
        fields
            .as_array()
            .expect("fields")
            .iter()
            .filter_map(Json::as_str)
            .collect()
    });
    single.chain(together).collect()
}

/// Whether these fields are the whole key and perhaps more, so that no two objects can have the same.
fn knows_key(kind: &Kind, fields: &[&str]) -> bool {
    let parts: Vec<Vec<&str>> = match kind.keying {
        Keying::Fields(parts) => parts.iter().map(|part| part.split('|').collect()).collect(),
        _ => vec![kind.key_fields().collect()],
    };
    parts
        .iter()
        .all(|part| part.iter().any(|name| fields.contains(name)))
}

fn flag(fact: &Json, name: &str) -> bool {
    fact.get(name).and_then(Json::as_bool).unwrap_or(false)
}

fn compare(field: &Field, fact: &Json, facts: &Facts, says: &mut Says<'_>) {
    match field.open_ended {
        true => open(field, fact, says),
        false => shape(&field.shape, fact, facts, says),
    }
    let yes = |flag: bool| if flag { "yes" } else { "no" };
    let version = says.version;
    let mut flags = |what: &str, table: bool, server: bool| {
        if table != server {
            says.say(what, yes(table), yes(server));
        }
    };
    flags("required", field.required, flag(fact, "required"));
    flags("nullable", field.nullable, flag(fact, "nullable"));
    let withheld = field
        .withheld_since
        .iter()
        .any(|from| from.release == version.release && version >= *from);
    flags(
        "write-only",
        field.class == Class::WriteOnly || withheld,
        flag(fact, "write_only"),
    );
    if matches!(field.shape, Shape::String) {
        // One of many words is never empty, unless that is one of them.
        let no_word = field.open_ended
            && fact["enum"]
                .as_array()
                .is_some_and(|words| words.iter().all(|word| word != ""));
        let least = fact.get("min_length").and_then(Json::as_u64).unwrap_or(0);
        flags("not empty", field.not_blank, no_word || least > 0);
    }
    limits(field, fact, says);
    let default = field.default_in(Some(says.release));
    let default: Option<Json> = default.map(|text| serde_json::from_str(text).expect("a default"));
    if let (Some(table), Some(server)) = (default, fact.get("default"))
        && table != *server
    {
        says.say("default", table, server);
    }
}

/// How long a text may be, what it has to be, and whether a list may be empty.
fn limits(field: &Field, fact: &Json, says: &mut Says<'_>) {
    let number =
        |most: Option<u64>| most.map_or_else(|| "no limit".to_owned(), |most| most.to_string());
    let table = field
        .max_length_in(Some(says.release))
        .map(|most| most as u64);
    let server = fact.get("max_length").and_then(Json::as_u64);
    if table != server {
        says.say("length", number(table), number(server));
    }
    if field.not_empty != flag(fact, "not_empty") {
        says.say(
            "not an empty list",
            field.not_empty,
            flag(fact, "not_empty"),
        );
    }
    let text = |name: &str| fact.get(name).and_then(Json::as_str);
    let server = match (text("check"), text("format")) {
        (Some("url"), _) => "a URL",
        (Some("url_template"), _) => "a launch URL",
        (_, Some("uri")) => "a public URL",
        (_, Some("email")) => "an e-mail address",
        (Some("slug" | "identifier"), _) => "a slug",
        (Some("no_space"), _) => "one word",
        (Some("file"), _) => "the name of a file",
        (Some("template"), _) => "a template",
        _ => "any text",
    };
    let table = match field.format {
        Format::Url(_) | Format::Urls(_) => "a URL",
        Format::LaunchUrl => "a launch URL",
        Format::PublicUrl => "a public URL",
        Format::Email => "an e-mail address",
        Format::Slug => "a slug",
        Format::OneWord => "one word",
        Format::Media if says.release >= V2025_12 => "the name of a file",
        _ if field.judged_by_server.contains("template") => "a template",
        // Rules that the server's schema does not show: its own validators, and what only the code that reads the field
        // refuses.
        _ => "any text",
    };
    // A slug that is the key is a fact of the kind.
    let key = server == "a slug" && table == "any text";
    if table != server && !key {
        says.say("format", table, server);
    }
}

/// A field of more words than a table of fields should list knows the words of every release.
fn open(field: &Field, fact: &Json, says: &mut Says<'_>) {
    let server = words_of(fact);
    let table: BTreeSet<&str> = field
        .known_variants
        .iter()
        .filter(|word| word.is_in(says.release))
        .map(|word| word.name)
        .collect();
    // A word that came with a patch release counts for all of the release.
    let versions = versions(says.release);
    let anywhere: BTreeSet<&str> = versions
        .iter()
        .flat_map(|facts| words_of(says.fact(facts)))
        .collect();
    for word in server.difference(&table).chain(table.difference(&anywhere)) {
        says.say(
            "words",
            table.contains(word),
            format!("the word {word:?}: {}", server.contains(word)),
        );
    }
}

/// The words that a field or its items may be, but for the empty one.
fn words_of(fact: &Json) -> BTreeSet<&str> {
    let words = fact.get("enum").or_else(|| fact["items"].get("enum"));
    words
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .filter(|word| !word.is_empty())
        .collect()
}

/// The lists of words in `src/kinds/known.rs`: name, sentence, kind and field.
const KNOWN: &[(&str, &str, &str, &str)] = &[
    (
        "ACTIONS",
        "What an event may be about.",
        "/policies/event_matcher/",
        "action",
    ),
    (
        "APPS",
        "The parts of authentik that events come from.",
        "/policies/event_matcher/",
        "app",
    ),
    (
        "MODELS",
        "The models that events may be about.",
        "/policies/event_matcher/",
        "model",
    ),
    (
        "COUNTRIES",
        "The countries of ISO 3166, by two letters.",
        "/policies/geoip/",
        "countries",
    ),
];

/// The file of words is what the schemas of the releases have; `AKREC_UPDATE=1` writes it again.
#[test]
fn the_words_of_open_fields_are_those_of_the_releases() {
    let place = |release: Release| RELEASES.iter().position(|one| *one == release).unwrap();
    let constant = |release: Release| format!("V{}", release.to_string().replace('.', "_"));
    let (mut lists, mut gates) = (String::new(), BTreeSet::new());
    for (name, doc, path, field) in KNOWN {
        let mut words: BTreeMap<String, Vec<Release>> = BTreeMap::new();
        for release in RELEASES {
            // A word that came with a patch release counts for all of the release.
            let versions = versions(*release);
            let found: BTreeSet<&str> = versions
                .iter()
                .flat_map(|facts| words_of(&facts.collections[*path]["fields"][*field]))
                .collect();
            for word in found {
                words.entry(word.to_owned()).or_default().push(*release);
            }
        }
        lists += &format!("\n/// {doc}\npub(super) const {name}: &[Variant] = &[\n");
        for (word, releases) in words {
            let mut line = format!("variant({word:?})");
            let (first, last) = (releases[0], releases[releases.len() - 1]);
            if first != RELEASES[0] {
                line += &format!(".since({})", constant(first));
                gates.insert(first);
            }
            if let Some(until) = RELEASES.get(place(last) + 1) {
                line += &format!(".until({})", constant(*until));
                gates.insert(*until);
            }
            lists += &format!("    {line},\n");
        }
        lists += "];\n";
    }
    let gates: String = gates
        .into_iter()
        .map(|release| format!("{}, ", constant(release)))
        .collect();
    let head = "//! Variants of enumerations that have too many to be listed in a table of fields: taken from the schemas of the \
                releases.\n//!\n//! Made by `AKREC_UPDATE=1 cargo test --test core contract`, which holds it against them; do not \
                edit.\n\nuse crate::schema::";
    let text = format!("{head}{{{gates}Variant, variant}};\n{lists}");
    let path = format!("{}/src/kinds/known.rs", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("AKREC_UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let found = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        plain(&found),
        plain(&text),
        "AKREC_UPDATE=1 cargo test --test core contract"
    );
}

fn shape(shape: &Shape, fact: &Json, facts: &Facts, says: &mut Says<'_>) {
    let form = |name: &str| fact.get(name).and_then(Json::as_str);
    let server = match (
        form("type"),
        form("format"),
        form("check"),
        form("to"),
        fact.get("enum"),
    ) {
        (Some("array"), _, _, Some(_), _) => "set of references",
        (Some("array"), ..) => "list",
        (_, _, _, Some(_), _) => "reference",
        (_, _, _, _, Some(_)) => "words",
        (_, _, Some("duration"), ..) => "duration",
        (_, Some("date-time"), ..) => "time",
        (Some("string"), Some("binary"), ..) => "file",
        (Some("string"), ..) => "text",
        (Some("boolean"), ..) => "boolean",
        (Some("integer"), ..) => "whole number",
        (Some("number"), ..) => "number",
        _ => "data",
    };
    let table = match shape {
        Shape::String => "text",
        Shape::Bytes(_) => "file",
        Shape::Bool => "boolean",
        Shape::Int(..) => "whole number",
        Shape::Float => "number",
        Shape::Duration => "duration",
        Shape::Time => "time",
        Shape::Enum(_) => "words",
        Shape::Json { .. } => "data",
        Shape::Ref(_) | Shape::RefAny(_) => "reference",
        Shape::Grant { .. } | Shape::Set(_) => "set of references",
        Shape::List(_) => "list",
        Shape::Record(_) => "record",
    };
    if table != server {
        return says.say("type", table, server);
    }
    let nothing = Map::new();
    match shape {
        Shape::Enum(words) => {
            let table: BTreeSet<&str> = words
                .iter()
                .filter(|word| word.is_in(says.release))
                .map(|word| word.name)
                .collect();
            let server: BTreeSet<&str> = fact["enum"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Json::as_str)
                .collect();
            for word in table.difference(&server) {
                says.say("words", format!("the word {word:?}"), "no such word");
            }
            for word in server.difference(&table) {
                says.say("words", "no such word", format!("the word {word:?}"));
            }
        }
        Shape::Int(least, most) => {
            for (name, table) in [("min", *least), ("max", *most)] {
                let server = fact.get(name).and_then(Json::as_f64);
                if server.is_some_and(|server| server.max(i64::MIN as f64) as i64 != table) {
                    says.say(name, table, fact[name].clone());
                }
            }
        }
        Shape::List(Shape::Record(inner)) => {
            let fields = fact["items"]["fields"].as_object().unwrap_or(&nothing);
            let inner: Vec<&Field> = inner
                .iter()
                .filter(|field| field.is_in(says.release))
                .collect();
            for name in fields
                .keys()
                .filter(|name| inner.iter().all(|field| field.name != **name))
            {
                says.inside(name).say("presence", "no such field", "has it");
            }
            for field in inner {
                match fields.get(field.name) {
                    Some(fact) => {
                        self::shape(&field.shape, fact, facts, &mut says.inside(field.name))
                    }
                    None => says
                        .inside(field.name)
                        .say("presence", "has it", "no such field"),
                }
            }
        }
        Shape::List(item) => self::shape(item, &fact["items"], facts, says),
        Shape::Ref(_) | Shape::RefAny(_) | Shape::Set(_) => {
            let to = form("to").unwrap();
            // A family that the release does not have yet is refused before it is sent.
            let here = |family: &str| {
                kinds::outside(family).is_some()
                    || kinds::family(family).any(|kind| kind.is_in(says.release))
            };
            for family in shape
                .families()
                .iter()
                .filter(|family| here(family))
                .collect::<Vec<_>>()
            {
                let models = models(family, facts);
                if !models.contains(to) {
                    says.say("family", family, format!("the model {to}"));
                }
            }
        }
        _ => {}
    }
}

/// A reference takes those kinds of its family that are of the server's model.
fn taken(kind: &Kind, field: &Field, fact: &Json, facts: &Facts, says: &mut Says<'_>) {
    let Some(to) = fact.get("to").and_then(Json::as_str) else {
        return;
    };
    let families = field
        .shape
        .families()
        .iter()
        .flat_map(|family| kinds::family(family));
    let all: Vec<&Kind> = families.filter(|kind| kind.is_in(says.release)).collect();
    if let AllowedKinds::ByField(other, pairs) = field.allowed_kinds {
        let words: BTreeSet<&str> = pairs.iter().map(|(word, _)| *word).collect();
        let Some(Shape::Enum(known)) = kind.field(other).map(|field| field.shape) else {
            return says.say(
                "kinds",
                format!("those that {other} says"),
                "no words there",
            );
        };
        let known: BTreeSet<&str> = known.iter().map(|word| word.name).collect();
        if words != known {
            says.say("kinds", format!("{words:?}"), format!("{known:?}"));
        }
        return;
    }
    let table: BTreeSet<&str> = match field.allowed_kinds.allowed(None) {
        Some(names) => all
            .iter()
            .filter(|kind| kind.is_among(&names))
            .map(|kind| kind.name)
            .collect(),
        None => all.iter().map(|kind| kind.name).collect(),
    };
    let is = |kind: &&&Kind| {
        let lineage = facts
            .collections
            .get(kind.path)
            .and_then(|raw| raw["lineage"].as_array());
        lineage.into_iter().flatten().any(|model| model == to)
    };
    let server: BTreeSet<&str> = all.iter().filter(is).map(|kind| kind.name).collect();
    if table != server {
        says.say("kinds", format!("{table:?}"), format!("{server:?}"));
    }
}

/// Every model that the objects of a family are, ancestors included.
fn models<'f>(family: &str, facts: &'f Facts) -> BTreeSet<&'f str> {
    let lineage = |raw: &'f Json| {
        raw["lineage"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Json::as_str)
    };
    let mut models: BTreeSet<&str> = kinds::family(family)
        .chain(kinds::outside(family))
        .filter_map(|kind| facts.collections.get(kind.path))
        .flat_map(lineage)
        .collect();
    let root = kinds::outside(family).and_then(|kind| facts.polymorphic.get(kind.path));
    if let Some(root) = root.and_then(|root| root["model"].as_str()) {
        models.insert(root);
        for raw in facts
            .collections
            .values()
            .filter(|raw| lineage(raw).any(|model| model == root))
        {
            models.extend(lineage(raw));
        }
    }
    models
}

#[test]
fn every_configuration_collection_is_a_kind() {
    let mut wrong = Vec::new();
    let mut used = BTreeSet::<&str>::new();
    for (release, facts) in all_versions() {
        for path in facts.collections.keys().chain(&facts.partial) {
            let kind = KINDS.iter().any(|kind| kind.path == *path);
            let reason = NO_KINDS
                .iter()
                .find(|out| covers(out.path, path))
                .map(|out| out.path);
            match (kind, reason) {
                (false, None) => wrong.push(format!(
                    "{release}: the server has {path}, the table has no such kind"
                )),
                (true, Some(_)) => wrong.push(format!("{path} is a kind, and listed as none")),
                (_, reason) => used.extend(reason),
            }
        }
    }
    for out in NO_KINDS.iter().filter(|out| !used.contains(out.path)) {
        wrong.push(format!(
            "{} is listed as no kind ({}), and no release has it",
            out.path, out.why
        ));
    }
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Kinds kept by an enterprise app that the server writes without a license, with the reason.
const FREE: &[(&str, &str)] = &[
    (
        "property_mapping_google_workspace",
        "only the provider asks for a licence",
    ),
    (
        "property_mapping_microsoft_entra",
        "only the provider asks for a licence",
    ),
];

/// An app that exists only as `authentik.enterprise.…` asks for a license at every save.
#[test]
fn enterprise_kinds_are_those_of_enterprise_apps() {
    let mut wrong = Vec::new();
    for (ref release, facts) in all_versions() {
        let apps = facts.collections["/policies/event_matcher/"]["fields"]["app"]["enum"]
            .as_array()
            .unwrap();
        let (enterprise, free): (Vec<&str>, Vec<&str>) = apps
            .iter()
            .filter_map(Json::as_str)
            .partition(|app| app.starts_with("authentik.enterprise."));
        let labels = |apps: &[&str], prefix: &str| -> BTreeSet<String> {
            apps.iter()
                .map(|app| app.replacen(prefix, "authentik_", 1).replace('.', "_"))
                .collect()
        };
        let (enterprise, free) = (
            labels(&enterprise, "authentik.enterprise."),
            labels(&free, "authentik."),
        );
        for kind in KINDS.iter().filter(|kind| kind.is_in(*release)) {
            let label = facts.collections[kind.path]["label"]
                .as_str()
                .unwrap_or_default();
            let app = label.split('.').next().unwrap();
            let server = enterprise.contains(app) && !free.contains(app);
            let listed = FREE.iter().any(|(name, _)| *name == kind.name);
            if server != (kind.enterprise || listed) || (kind.enterprise && listed) {
                wrong.push(format!(
                    "{release}: {}: enterprise: the server {server}, the table {}",
                    kind.name, kind.enterprise
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn families_are_looked_up_where_the_server_has_them() {
    for (ref release, facts) in all_versions() {
        for kind in kinds::OUTSIDE
            .iter()
            .filter(|kind| kind.is_in(*release) && !READ_ONLY_FAMILIES.contains(&kind.family))
        {
            let there = facts.polymorphic.contains_key(kind.path)
                || facts.collections.contains_key(kind.path);
            assert!(there, "{release}: the server has no {}", kind.path);
        }
    }
}

/// The permissions that lead to all others exist.
#[test]
fn permissions_that_lead_to_all_others_exist() {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let folder = format!("{}/src/sandbox/fresh", env!("CARGO_MANIFEST_DIR"));
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for part in text.split("\"app_label\": \"").skip(1) {
            let app = part.split('"').next().unwrap();
            let line = part.lines().next().unwrap();
            let code = line.split("\"codename\": \"").nth(1);
            if let Some(code) = code.and_then(|rest| rest.split('"').next()) {
                known.insert(format!("{app}.{code}"));
            }
        }
    }
    for (permission, does) in kinds::TAKEOVER {
        assert!(known.contains(*permission), "{permission}");
        assert!(
            !does.is_empty() && !does.ends_with('.'),
            "{permission}: {does}"
        );
        assert_eq!(kinds::takeover(permission), Some(*does));
    }
    assert_eq!(kinds::takeover("authentik_core.view_user"), None);
}

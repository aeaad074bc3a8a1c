//! Names in place of ids: `<group staff>` stands for the id of a group, in a case's requests and in what it expects.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use akrec::kinds;
use akrec::schema::{Keying, Kind};
use serde_json::{Map, Value};

/// What is known of ids.
#[derive(Clone, Default)]
pub struct Names {
    /// A uuid to the name of its object.
    uuids: HashMap<String, String>,
    /// A number in the family to the name of its object.
    numbers: HashMap<(&'static str, i64), String>,
    /// A name to the id by which others refer to the object, and the id by which bindings do.
    ids: BTreeMap<String, (Value, Value)>,
    /// Texts that must not be shown, with what stands for them.
    pub hidden: BTreeMap<String, String>,
}

type Object = Map<String, Value>;

fn text(object: &Object, field: &str) -> Option<String> {
    match object.get(field)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The kind whose objects a collection holds.
pub fn kind_at(base: &str) -> Option<&'static Kind> {
    static KINDS: LazyLock<HashMap<&str, &Kind>> = LazyLock::new(|| {
        // Of two kinds in one collection it is the first.
        kinds::KINDS
            .iter()
            .rev()
            .map(|kind| (kind.path, *kind))
            .collect()
    });
    KINDS.get(base).copied()
}

/// The family of a collection.
pub fn family(base: &str) -> &str {
    if let Some(kind) = kind_at(base) {
        return kind.family;
    }
    match base.split('/').collect::<Vec<_>>().as_slice() {
        [_, "stages", ..] => "stage",
        [_, "policies", ..] => "policy",
        [_, "providers", ..] => "provider",
        [_, "sources", ..] => "source",
        [_, "propertymappings", ..] => "property_mapping",
        [.., last, ""] => last,
        _ => base,
    }
}

impl Names {
    /// The names of everything in a world.
    pub fn of(world: &Value) -> Names {
        let mut names = Names::default();
        names.learn(world);
        names
    }

    /// Takes in what is new in a world; what is known keeps its name.
    pub fn learn(&mut self, world: &Value) {
        let mut waiting: Vec<(&str, &Object)> = Vec::new();
        for (base, objects) in world.as_object().into_iter().flatten() {
            for object in objects
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_object)
            {
                match base.as_str() {
                    "/flows/bindings/"
                    | "/policies/bindings/"
                    | "/core/application_entitlements/" => waiting.push((base, object)),
                    _ => self.name(base, object),
                }
            }
        }
        // What is known by what it joins: entitlements and stage bindings, then what is bound to them.
        waiting.sort_by_key(|(base, _)| *base == "/policies/bindings/");
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for (base, object) in waiting {
            self.joined(base, object, &mut taken);
        }
    }

    fn name(&mut self, base: &str, object: &Object) {
        let key = kind_at(base).and_then(|kind| match kind.keying {
            Keying::Field(key) => Some(key),
            Keying::Typed { key, .. } => Some(key),
            Keying::Fields(_) | Keying::Dotted(_) | Keying::Single => None,
        });
        let keys = key.into_iter().chain([
            "slug",
            "identifier",
            "username",
            "domain",
            "name",
            "managed",
            "pk",
        ]);
        let name = without_ids(
            &keys
                .filter_map(|key| text(object, key))
                .next()
                .unwrap_or_default(),
        );
        self.add(base, object, format!("<{} {name}>", family(base)));
    }

    fn joined(&mut self, base: &str, object: &Object, taken: &mut BTreeSet<String>) {
        let known = |field: &str| {
            let value = object.get(field).filter(|value| !value.is_null())?;
            let name = self.one(field, value)?;
            Some(
                name.trim_start_matches('<')
                    .trim_end_matches('>')
                    .to_owned(),
            )
        };
        let short = |name: String| {
            name.split_once(' ')
                .map_or(name.clone(), |(_, name)| name.to_owned())
        };
        let name = match base {
            "/core/application_entitlements/" => {
                format!(
                    "{} {}",
                    short(known("app").unwrap_or_default()),
                    text(object, "name").unwrap_or_default()
                )
            }
            "/flows/bindings/" => {
                let order = text(object, "order").unwrap_or_default();
                let (flow, stage) = (
                    known("target").unwrap_or_default(),
                    known("stage").unwrap_or_default(),
                );
                format!("{} -> {} at {order}", short(flow), short(stage))
            }
            _ => {
                let subject = ["policy", "group", "user"].into_iter().find_map(known);
                format!(
                    "{} -> {}",
                    known("target").unwrap_or_default(),
                    subject.unwrap_or_default()
                )
            }
        };
        let mut name = format!(
            "<{} {name}>",
            family(base).replace("flow_stage_binding", "stage_binding")
        );
        let mut count = 2;
        while !taken.insert(name.clone()) {
            name = format!(
                "{} again{}>",
                name.trim_end_matches('>'),
                if count > 2 { " again" } else { "" }
            );
            count += 1;
        }
        self.add(base, object, name);
    }

    fn add(&mut self, base: &str, object: &Object, name: String) {
        let kind = kind_at(base);
        let pk = object
            .get(kind.map_or("pk", |kind| kind.pk))
            .cloned()
            .unwrap_or_default();
        for other in kind
            .iter()
            .flat_map(|kind| kind.other_ids)
            .filter_map(|id| object.get(*id)?.as_str())
        {
            self.uuids
                .entry(other.to_owned())
                .or_insert_with(|| name.clone());
        }
        let other = ["policybindingmodel_ptr_id", "pbm_uuid"]
            .into_iter()
            .find_map(|field| object.get(field))
            .cloned();
        for id in [Some(&pk), other.as_ref()].into_iter().flatten() {
            match id {
                Value::String(id) => {
                    self.uuids.entry(id.clone()).or_insert_with(|| name.clone());
                }
                Value::Number(id) => {
                    let space = if family(base) == "user" {
                        "user"
                    } else {
                        "provider"
                    };
                    let number = id.as_i64().unwrap_or_default();
                    self.numbers
                        .entry((space, number))
                        .or_insert_with(|| name.clone());
                }
                _ => {}
            }
        }
        self.ids.insert(name, (pk.clone(), other.unwrap_or(pk)));
    }

    /// The id that stands for a name; for the target of a binding another one.
    pub fn id(&self, name: &str, target: bool) -> Value {
        let Some((pk, binds)) = self.ids.get(name) else {
            let head = name.split(' ').next().unwrap_or_default();
            let near: Vec<&String> = self
                .ids
                .keys()
                .filter(|known| known.starts_with(head))
                .collect();
            panic!("nothing is called {name}; there is {near:?}");
        };
        if target { binds.clone() } else { pk.clone() }
    }

    /// The name for the value of a field, if it is an id.
    fn one(&self, field: &str, value: &Value) -> Option<String> {
        match value {
            Value::String(id) => self.uuids.get(id).cloned(),
            Value::Number(number) => {
                let space = match field {
                    "user" | "users" | "pk" | "created_by" => "user",
                    "provider"
                    | "providers"
                    | "backchannel_providers"
                    | "jwt_federation_providers" => "provider",
                    _ => return None,
                };
                self.numbers.get(&(space, number.as_i64()?)).cloned()
            }
            _ => None,
        }
    }

    /// A value with names in place of ids, and without what differs from run to run or must not be shown.
    pub fn show(&self, field: &str, value: &Value) -> Value {
        if let Some(name) = self.one(field, value) {
            return name.into();
        }
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(items) => {
                let mut shown: Vec<Value> =
                    items.iter().map(|item| self.show(field, item)).collect();
                let is_name =
                    |value: &Value| value.as_str().is_some_and(|text| text.starts_with('<'));
                // What a role may do with objects has no order either.
                if shown.iter().all(is_name) || field == "object_permissions" {
                    shown.sort_by_key(Value::to_string);
                }
                shown.into()
            }
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), self.show(name, value)))
                .collect(),
            other => other.clone(),
        }
    }

    /// A text with names in place of the ids inside.
    pub fn text(&self, text: &str) -> String {
        if let Some(hidden) = self.hidden.get(text) {
            return hidden.clone();
        }
        if text.starts_with("-----BEGIN ") {
            return "<pem>".to_owned();
        }
        // The sandbox's clock begins on this day and goes on by a second a write.
        if text.starts_with("2026-01-01T") {
            return "<now>".to_owned();
        }
        // So do the certificates that it makes: a year later, and with it their fingerprints.
        if text.starts_with("2027-01-01T") {
            return "<in a year>".to_owned();
        }
        if text.len() >= 59 && text.split(':').all(|pair| pair.len() == 2) {
            return "<fingerprint>".to_owned();
        }
        if text.len() >= 40 && text.chars().all(|c| c.is_ascii_alphanumeric()) {
            return "<generated>".to_owned();
        }
        let named = without_ids(text);
        if named != text
            && !text.contains(' ')
            && (0..text.len()).all(|at| !text.get(at..at + 36).is_some_and(is_uuid))
        {
            return named;
        }
        if text.len() < 36 {
            return text.to_owned();
        }
        let mut shown = String::new();
        let mut rest = text;
        while let Some(at) = (0..rest.len()).find(|at| rest.get(*at..*at + 36).is_some_and(is_uuid))
        {
            let id = &rest[at..at + 36];
            shown.push_str(&rest[..at]);
            shown.push_str(self.uuids.get(id).map_or("<uuid>", String::as_str));
            rest = &rest[at + 36..];
        }
        shown + rest
    }

    /// A path with names in place of ids; users and providers stand in it by number.
    pub fn path(&self, path: &str) -> String {
        let space = if path.starts_with("/core/users/") {
            "user"
        } else {
            "provider"
        };
        let segments = path.split('/').map(|segment| match segment.parse::<i64>() {
            Ok(number) => self
                .numbers
                .get(&(space, number))
                .cloned()
                .unwrap_or_else(|| segment.to_owned()),
            Err(_) => self.text(segment),
        });
        segments.collect::<Vec<_>>().join("/")
    }
}

/// A name without the ids that the server puts into some names (an outpost's account, token and role).
fn without_ids(name: &str) -> String {
    if let Some((role, number)) = name.rsplit_once('-')
        && role == "ak-managed-role--user"
        && number.parse::<u32>().is_ok()
    {
        return format!("{role}-*");
    }
    let words = name.split('-').collect::<Vec<_>>().join("");
    let digits = name
        .split(|c: char| !c.is_ascii_hexdigit() && c != '-')
        .map(str::len)
        .max()
        .unwrap_or_default();
    if words.len() < 32 || digits < 32 {
        return name.to_owned();
    }
    let is_part = |part: &&str| part.len() >= 4 && part.chars().all(|c| c.is_ascii_hexdigit());
    let mut parts: Vec<&str> = name
        .split('-')
        .map(|part| if is_part(&part) { "*" } else { part })
        .collect();
    parts.dedup_by(|a, b| *a == "*" && *b == "*");
    parts.join("-")
}

fn is_uuid(text: &str) -> bool {
    text.char_indices().all(|(at, c)| match at {
        8 | 13 | 18 | 23 => c == '-',
        _ => c.is_ascii_hexdigit(),
    })
}

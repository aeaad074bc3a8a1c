//! Compares two answers to the same request, of servers that draw their own ids: what differs from run to run is listed
//! here, everything else must be equal.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

/// Fields that differ from run to run or that are noise; they must be there all the same.
pub const NOISE: [&str; 15] = [
    // Times.
    "date_joined",
    "last_updated",
    "password_change_date",
    "expires",
    "last_applied",
    "cert_expiry",
    // Drawn at random or derived from an installation's secret.
    "uid",
    "user_uid",
    "num_pk",
    "token",
    "key",
    "client_id",
    "client_secret",
    "shared_secret",
    // Texts of the server nobody should compare.
    "verbose_name_plural",
];

/// Fields that are compared by kind only, and why.
pub const LOOSE: [&str; 6] = [
    // What an editor may offer for a query; nothing that akrec asks.
    "autocomplete",
    // The permissions' order is that of a set.
    "system_permissions",
    // Certificates are made up.
    "fingerprint_sha1",
    "fingerprint_sha256",
    // Carries the address of the server.
    "callback_url",
    // Left empty: see the sandbox's page on OAuth sources.
    "error_reporting",
];

/// Lists without a stable order on the server (the database's order, or ties in a list).
pub const SETS: [&str; 6] = [
    "property_mappings",
    "stages",
    "policies",
    "results",
    "used_by",
    "flow_set",
];

/// Fields that carry an object's own id.
const KEYS: [&str; 5] = [
    "pk",
    "uuid",
    "brand_uuid",
    "pbm_uuid",
    "policybindingmodel_ptr_id",
];

/// Fields whose numbers are ids of other objects.
const NUMBERED: [&str; 7] = [
    "user",
    "users",
    "provider",
    "providers",
    "backchannel_providers",
    "jwt_federation_providers",
    "pk",
];

/// Which id of the one server stands for which of the other.
#[derive(Debug, Clone, Default)]
pub struct Ids {
    pub texts: HashMap<String, String>,
    pub numbers: BTreeSet<(u64, u64)>,
}

impl Ids {
    /// The ids of a world that is the same on both servers: each stands for itself.
    pub fn same(value: &Value) -> Ids {
        let mut ids = Ids::default();
        ids.add_same(value);
        ids
    }

    fn add_same(&mut self, value: &Value) {
        match value {
            Value::String(text) if is_uuid(text) => {
                drop(self.texts.insert(text.clone(), text.clone()))
            }
            Value::Array(items) => items.iter().for_each(|item| self.add_same(item)),
            Value::Object(fields) => fields.values().for_each(|item| self.add_same(item)),
            _ => {}
        }
    }

    /// A text with the other server's ids, each looked up once: a text may hold an id that is also one of ours.
    pub fn translated(&self, text: &str) -> String {
        let mut done = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            match rest.get(..36).filter(|part| is_uuid(part)) {
                Some(id) => {
                    done.push_str(self.texts.get(id).map_or(id, String::as_str));
                    rest = &rest[36..];
                }
                None => {
                    done.push(first);
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        done
    }

    /// A path with the other server's ids; a number stands between slashes.
    pub fn path(&self, path: &str) -> String {
        let part = |part: &str| match part.parse().ok().and_then(|theirs| self.number(theirs)) {
            Some(ours) => ours.to_string(),
            None => part.to_owned(),
        };
        self.translated(path)
            .split('/')
            .map(part)
            .collect::<Vec<_>>()
            .join("/")
    }

    /// Whether two numbers stand for each other; those never seen before do from now on.
    fn meets(&mut self, pair: (u64, u64)) -> bool {
        let known = self
            .numbers
            .iter()
            .any(|(theirs, ours)| *theirs == pair.0 || *ours == pair.1);
        self.numbers.contains(&pair) || (!known && self.numbers.insert(pair))
    }

    fn number(&self, theirs: u64) -> Option<u64> {
        self.numbers
            .range((theirs, 0)..)
            .next()
            .filter(|(known, _)| *known == theirs)
            .map(|(_, ours)| *ours)
    }

    /// A body with the other server's ids.
    pub fn substituted(&self, value: &Value) -> Value {
        self.substituted_in("", value)
    }

    fn substituted_in(&self, name: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => self.translated(text).into(),
            Value::Number(number) if NUMBERED.contains(&name) => number
                .as_u64()
                .and_then(|theirs| self.number(theirs))
                .map_or_else(|| value.clone(), Value::from),
            Value::Array(items) => items
                .iter()
                .map(|item| self.substituted_in(name, item))
                .collect(),
            Value::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.substituted_in(name, value)));
                Value::Object(fields.collect())
            }
            other => other.clone(),
        }
    }

    /// Whether two texts are the same but for ids.
    fn same_text(&self, theirs: &str, ours: &str) -> bool {
        let text = self.translated(theirs);
        // Keys that are numbers stand in texts too: in refusals, and in the names of what the server makes itself.
        text == ours
            || self.numbers.iter().any(|(theirs, ours_number)| {
                theirs != ours_number && text.replace(&theirs.to_string(), &ours_number.to_string()) == ours
            })
            // Without their hyphens ids are in the names of accounts that the server makes.
            || plain_ids(&text, &self.texts) == ours
    }
}

fn plain_ids(text: &str, ids: &HashMap<String, String>) -> String {
    ids.iter().fold(text.to_owned(), |text, (theirs, ours)| {
        text.replace(&theirs.replace('-', ""), &ours.replace('-', ""))
    })
}

/// Compares an answer with the recorded one, and learns which id stands for which.
pub fn compare(
    at: &str,
    recorded: &Value,
    ours: &Value,
    ids: &mut Ids,
    fail: &mut dyn FnMut(String),
) {
    let name = at.rsplit('.').next().unwrap_or_default();
    match (recorded, ours) {
        (Value::Object(recorded), Value::Object(ours)) => fields(at, recorded, ours, ids, fail),
        (Value::Array(recorded), Value::Array(ours)) => {
            if recorded.len() != ours.len() {
                return fail(format!(
                    "{at}: {} items, recorded {}",
                    ours.len(),
                    recorded.len()
                ));
            }
            let used_by = at.is_empty();
            if SETS.contains(&name) || used_by {
                return sets(at, recorded, ours, ids, fail);
            }
            for (number, (recorded, ours)) in recorded.iter().zip(ours).enumerate() {
                compare(&format!("{at}[{number}]"), recorded, ours, ids, fail);
            }
        }
        (Value::String(theirs), Value::String(ours)) => {
            if is_uuid(theirs) && is_uuid(ours) && !ids.texts.contains_key(theirs) && theirs != ours
            {
                ids.texts.insert(theirs.clone(), ours.clone());
            }
            if !ids.same_text(&theirs.replace("http://sandbox", ""), ours)
                && !ids.same_text(theirs, ours)
            {
                fail(format!("{at}: {ours:?}, recorded {theirs:?}"));
            }
        }
        (recorded, ours) if recorded == ours => {}
        (Value::Number(theirs), Value::Number(ours))
            if NUMBERED.contains(&name.split('[').next().unwrap_or_default())
                && theirs
                    .as_u64()
                    .zip(ours.as_u64())
                    .is_some_and(|pair| ids.meets(pair)) => {}
        (recorded, ours) => fail(format!("{at}: {ours}, recorded {recorded}")),
    }
}

fn fields(
    at: &str,
    recorded: &Map<String, Value>,
    ours: &Map<String, Value>,
    ids: &mut Ids,
    fail: &mut dyn FnMut(String),
) {
    // Keys first: other fields may be built from them.
    let is_key = |name: &String| KEYS.contains(&name.as_str());
    let keys = recorded.iter().filter(|(name, _)| is_key(name));
    for (name, value) in keys.chain(recorded.iter().filter(|(name, _)| !is_key(name))) {
        let Some(our) = ours.get(name) else {
            fail(format!("{at}.{name}: missing, recorded {value}"));
            continue;
        };
        // A refusal is a list under the field's name, and is compared as such.
        if NOISE.contains(&name.as_str()) && !value.is_array() {
            if value.is_null() != our.is_null() {
                fail(format!("{at}.{name}: {our}, recorded {value}"));
            }
        } else if !LOOSE.contains(&name.as_str()) {
            compare(&format!("{at}.{name}"), value, our, ids, fail);
        }
    }
    for name in ours.keys().filter(|name| !recorded.contains_key(*name)) {
        if name != "autocomplete" && name != "avatar" {
            fail(format!("{at}.{name}: not recorded"));
        }
    }
}

/// Each recorded item has an equal of ours; among equals any will do.
fn sets(at: &str, recorded: &[Value], ours: &[Value], ids: &mut Ids, fail: &mut dyn FnMut(String)) {
    let mut left: Vec<&Value> = ours.iter().collect();
    for item in recorded {
        let found = left.iter().position(|our| {
            let mut same = true;
            compare(at, item, our, &mut ids.clone(), &mut |_| same = false);
            same
        });
        match found {
            Some(position) => compare(at, item, left.remove(position), ids, fail),
            None if left.len() == 1 => compare(at, item, left.remove(0), ids, fail),
            None => {
                // The one of the same name says where they differ.
                let same_name = |our: &&Value| {
                    ["name", "username", "slug", "identifier"]
                        .iter()
                        .any(|key| {
                            item.get(*key)
                                .is_some_and(|name| name.is_string() && our.get(*key) == Some(name))
                        })
                };
                match left.iter().position(same_name) {
                    Some(position) => compare(at, item, left.remove(position), ids, fail),
                    None => fail(format!("{at}: nothing of ours is {item}")),
                }
            }
        }
    }
}

pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

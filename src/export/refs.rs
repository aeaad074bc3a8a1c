//! How an object is referred to: by its name, or by a short alias where that says the same.

use std::collections::{BTreeSet, HashMap};

use crate::kinds;
use crate::live::Live;
use crate::value::{Address, Value};

/// What references are called.
pub struct Refs<'a> {
    live: &'a Live,
    aliases: HashMap<&'a Address, &'a str>,
}

impl<'a> Refs<'a> {
    /// For the objects of a server.
    pub fn new(live: &'a Live) -> Refs<'a> {
        let mut owners: HashMap<(&str, &str), BTreeSet<&Address>> = HashMap::new();
        let alias =
            |found: &'a crate::live::Found, field| found.fields.get(field).and_then(Value::as_text);
        for found in live.objects.values() {
            for text in found
                .kind
                .aliases
                .iter()
                .filter_map(|field| alias(found, *field))
            {
                owners
                    .entry((found.address.family, text))
                    .or_default()
                    .insert(&found.address);
            }
        }
        let mut aliases = HashMap::new();
        // authentik's own names are long where everybody knows the short one: `openid` for
        // "authentik default OAuth Mapping: OpenID 'openid'".
        for found in live
            .objects
            .values()
            .filter(|found| kinds::is_builtin(&found.address, &found.fields))
        {
            let name = found.address.name().unwrap_or_default();
            let short = found
                .kind
                .aliases
                .iter()
                .filter_map(|field| alias(found, *field))
                .find(|text| {
                    let other = Address::named(found.address.family, text);
                    !text.is_empty()
                        && text.len() * 2 < name.len()
                        && owners
                            .get(&(found.address.family, *text))
                            .is_some_and(|owners| owners.len() == 1)
                        && live.get(&other).is_none()
                        && !live.ambiguous.contains_key(&other)
                });
            if let Some(short) = short {
                aliases.insert(&found.address, short);
            }
        }
        Refs { live, aliases }
    }

    /// What stands for an object. Refuses one whose name several objects have, and one that has no name.
    pub fn name(&self, address: &Address) -> Result<String, String> {
        if self.live.ambiguous.contains_key(address) {
            return Err(format!("several objects are called {address}"));
        }
        let name = self.aliases.get(address).copied().or(address.name());
        name.map(str::to_owned)
            .ok_or_else(|| format!("{address} has no name"))
    }
}

//! Names that can be distinguished from everything else on a server, and the removal of objects that have them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use akrec::client::{Client, segment};

/// Collections that tests put objects into: what refers first, what is referred to last.
const COLLECTIONS: &[(&str, &str)] = &[
    ("/managed/blueprints/", "name"),
    ("/core/applications/", "slug"),
    ("/outposts/instances/", "name"),
    ("/core/brands/", "domain"),
    ("/stages/invitation/invitations/", "name"),
    ("/providers/all/", "name"),
    ("/sources/all/", "slug"),
    ("/flows/instances/", "slug"),
    ("/stages/all/", "name"),
    ("/stages/prompt/prompts/", "name"),
    ("/policies/all/", "name"),
    ("/propertymappings/all/", "name"),
    ("/core/tokens/", "identifier"),
    ("/core/groups/", "name"),
    ("/rbac/roles/", "name"),
    ("/core/users/", "username"),
    ("/crypto/certificatekeypairs/", "name"),
];

/// A prefix that nothing else has.
pub fn prefix() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_nanos() as u64;
    let own = u64::from(std::process::id()) << 40 | COUNT.fetch_add(1, Ordering::Relaxed) << 56;
    format!("akrec-test-{:x}-", now ^ own)
}

/// Removes whatever is left of a run; reports what there was.
pub async fn remove(client: &Client, prefix: &str) -> Vec<String> {
    let mut left = Vec::new();
    for (path, key) in COLLECTIONS {
        let mut query = vec![("ordering", "pk"), ("search", prefix)];
        if *path == "/core/applications/" {
            query.push(("superuser_full_list", "true"));
        }
        let Ok(page) = client.page(path, &query, 1).await else {
            continue;
        };
        let Ok(found) = client.pages(path, &query, page).await else {
            continue;
        };
        for object in found.rows.iter().filter(|object| {
            object[*key]
                .as_str()
                .is_some_and(|name| is_of(name, prefix))
        }) {
            let id = match *key {
                "slug" | "identifier" => &object[*key],
                "domain" => &object["brand_uuid"],
                _ => &object["pk"],
            };
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            left.push(format!(
                "{path}{}",
                object[*key].as_str().unwrap_or_default()
            ));
            drop(client.delete(&format!("{path}{}/", segment(&id))).await);
        }
    }
    left
}

/// A ledger and a lease have the prefix in the name of their workspace.
fn is_of(name: &str, prefix: &str) -> bool {
    let name = ["akrec: ", "akrec-lock: "]
        .iter()
        .find_map(|word| name.strip_prefix(word))
        .unwrap_or(name);
    name.starts_with(prefix.trim_end_matches('-'))
}

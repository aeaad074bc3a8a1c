//! Where a world comes from: the fresh install, or the file that it was kept in.
//! Must never answer requests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::error::Error;
use super::facts::{Facts, line_of};
use super::options::Options;
use super::shared::lock;
use super::types::Values;
use super::world::World;
use super::{store, writes};

/// The fresh installs made so far, by release and whether they are empty. Making one takes much longer than copying it, and a
/// run of the tests starts thousands of sandboxes.
static INSTALLED: Mutex<BTreeMap<(String, bool), World>> = Mutex::new(BTreeMap::new());

/// The world of the options: from its file where there is one, else a fresh install.
pub(super) fn open(options: &Options) -> Result<World, Error> {
    let mut world = if options.data.is_none() && options.more.is_none() {
        let key = (options.release.clone(), options.empty);
        let made = lock(&INSTALLED).get(&key).cloned();
        match made {
            Some(world) => world,
            None => {
                let world = found(options)?;
                lock(&INSTALLED).insert(key, world.clone());
                world
            }
        }
    } else {
        found(options)?
    };
    tokens(&mut world, options);
    world.licence = options.licence;
    if options.data.is_some() {
        world.remember();
    }
    Ok(world)
}

/// The world of a file where there is one, else a fresh install made from its facts, both without the tokens of the options.
fn found(options: &Options) -> Result<World, Error> {
    let (mut facts, fresh) = Facts::load(&options.release, options.more.as_ref())?;
    // A line alone is the version that the world was kept by.
    if line_of(&options.release) == options.release
        && let Some(kept) = options.data.as_deref().and_then(store::release)
        && line_of(&kept) == options.release
    {
        facts = Facts::load(&kept, options.more.as_ref())?.0;
    }
    let facts = Arc::new(facts);
    match &options.data {
        Some(path) if path.exists() => read(path, facts),
        Some(path)
            if path
                .parent()
                .is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) =>
        {
            // Better now than at the first write.
            let error = std::io::Error::new(
                std::io::ErrorKind::NotFound,
                "there is no such directory to keep it in",
            );
            Err(Error::Data {
                path: path.clone(),
                error,
            })
        }
        _ => {
            let mut objects: BTreeMap<String, Vec<Values>> =
                serde_json::from_slice(&fresh).map_err(Error::Facts)?;
            if options.empty {
                clear(&mut objects);
            }
            Ok(install(facts, objects))
        }
    }
}

/// The world of a file, which must be of the same line: another patch release keeps its data as it is.
fn read(path: &Path, facts: Arc<Facts>) -> Result<World, Error> {
    let mut world = World::new(facts);
    let kept = store::read(path, &mut world)?;
    if line_of(&kept) != line_of(&world.facts.release) {
        return Err(Error::OtherRelease {
            path: path.to_owned(),
            kept,
            asked: world.facts.release.clone(),
        });
    }
    Ok(world)
}

/// Leaves what signing in and permissions need.
fn clear(objects: &mut BTreeMap<String, Vec<Values>>) {
    const KEPT: [&str; 5] = [
        "/core/groups/",
        "/core/tokens/",
        "/core/users/",
        "/rbac/permissions/",
        "/rbac/roles/",
    ];
    objects.retain(|base, _| KEPT.contains(&base.as_str()));
    // The embedded outpost goes, and with it its account, its token and its role.
    let of_outpost = |row: &Values| {
        let starts = |name: &str, with: &str| {
            row.get(name)
                .and_then(Value::as_str)
                .is_some_and(|it| it.starts_with(with))
        };
        starts("username", "ak-outpost-")
            || starts("identifier", "ak-outpost-")
            || starts("name", "ak-managed-role-")
    };
    for rows in objects.values_mut() {
        rows.retain(|row| !of_outpost(row));
    }
}

/// A fresh install: facts list only what differs from the defaults.
fn install(facts: Arc<Facts>, mut objects: BTreeMap<String, Vec<Values>>) -> World {
    let mut world = World::new(facts.clone());
    let singletons = facts
        .collections
        .iter()
        .filter(|(_, collection)| collection.singleton);
    objects.extend(singletons.map(|(base, _)| (base.clone(), vec![Values::new()])));
    world.load(
        objects
            .into_iter()
            .flat_map(|(base, rows)| rows.into_iter().map(move |row| (base.clone(), row)))
            .map(|(base, row)| {
                let fields = facts
                    .collections
                    .get(&base)
                    .map(|collection| &collection.fields);
                let mut values: Values = fields
                    .into_iter()
                    .flatten()
                    .filter(|(name, _)| {
                        !(base == "/core/groups/" && matches!(name.as_str(), "users" | "children"))
                    })
                    .map(|(name, field)| (name.clone(), field.initial()))
                    .collect();
                if base == "/core/users/" {
                    for name in ["date_joined", "last_updated", "password_change_date"] {
                        values.insert(name.into(), "2026-01-01T00:00:00.000000Z".into());
                    }
                }
                values.extend(row);
                (base, values)
            })
            .collect(),
    );
    world
}

/// Gives the bootstrap token its key, and adds the account of the read-only token.
fn tokens(world: &mut World, options: &Options) {
    if let Some(token) = world.find("/core/tokens/", "authentik-bootstrap-token") {
        world.set(token, "key", options.admin_token.clone().into());
    }
    let Some(key) = &options.readonly_token else {
        return;
    };
    let identifier = "akrec-readonly-token";
    let token = world.find("/core/tokens/", identifier).unwrap_or_else(|| {
        let user = writes::service_account(
            world,
            "akrec-readonly",
            "akrec-readonly",
            "users",
            "service_account",
        );
        // Number 2 is free in a fresh install: the accounts after it keep the server's numbers.
        if world
            .resolve("User", &json!(2))
            .is_ok_and(|taken| taken.is_none())
        {
            world.set(user, "pk", 2.into());
        }
        let group = world.holder("Group.name", &"authentik Read-only".into());
        if let Some(group) = group {
            writes::toggle(world, user, "groups", group, true);
        }
        writes::add_token(world, identifier, "api", user)
    });
    world.set(token, "key", Value::from(key.clone()));
}

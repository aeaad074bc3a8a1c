//! Which file an object is written to, and the text of every file.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::names::{Given, slug, suffix};
use super::select::Selected;
use super::{File, Options, Variable};
use crate::kinds;
use crate::live::{Found, Live};
use crate::value::{Address, Part};
use crate::yaml::{Item, Yaml, comment, document};

/// Sections whose objects have a file each, in a folder of the section's name.
const OWN_FILE: &[&str] = &["applications", "flows"];
/// Sections whose objects stand beside the one object that uses them.
const BESIDE: &[&str] = &["providers", "stages", "prompts"];
/// From this size on a section goes on in another file, far below what akrec reads.
const LARGEST: usize = 1024 * 1024;
/// The file that lists the variables.
const SECRETS: &str = "secrets.env.example";

/// Where every exported object is written.
pub(super) struct Places<'a> {
    files: BTreeMap<Address, String>,
    given: RefCell<Given>,
    taken: &'a dyn Fn(&str) -> bool,
}

impl Places<'_> {
    /// The file of an object.
    pub fn of(&self, address: &Address) -> &str {
        self.files.get(address).map_or("", String::as_str)
    }

    /// A path for text that gets a file of its own.
    pub fn text(&self, section: &str, name: &str, end: &str) -> String {
        let stem = slug(name);
        let name = |count| format!("{section}/{stem}{}.{end}", suffix(count, '-'));
        self.given.borrow_mut().free(&name, self.taken)
    }
}

/// Finds the place of every object.
pub(super) fn places<'a>(
    live: &Live,
    selected: &Selected,
    options: &Options,
    taken: &'a dyn Fn(&str) -> bool,
) -> Places<'a> {
    let mut given = Given::default();
    let mut files: BTreeMap<Address, String> = BTreeMap::new();
    let mut sections: BTreeMap<&str, String> = BTreeMap::new();
    let mut section_file = |section: &'static str, given: &mut Given| {
        let name = |count| format!("{section}{}.yaml", suffix(count, '-'));
        sections
            .entry(section)
            .or_insert_with(|| given.free(&name, taken))
            .clone()
    };
    if options.one_file {
        let files = selected
            .objects
            .iter()
            .map(|found| (found.address.clone(), "state.yaml".to_owned()))
            .collect();
        return Places {
            files,
            given: RefCell::new(given),
            taken,
        };
    }
    for found in selected
        .objects
        .iter()
        .filter(|found| OWN_FILE.contains(&found.kind.section))
    {
        let stem = slug(found.address.name().unwrap_or_default());
        let name = |count| format!("{}/{stem}{}.yaml", found.kind.section, suffix(count, '-'));
        files.insert(found.address.clone(), given.free(&name, taken));
    }
    let users = users(live);
    for found in selected
        .objects
        .iter()
        .filter(|found| !OWN_FILE.contains(&found.kind.section))
    {
        let beside = BESIDE.contains(&found.kind.section);
        let home = if beside {
            home(&found.address, live, &users, &mut BTreeSet::new())
        } else {
            None
        };
        let file = match home.and_then(|home| files.get(&home).cloned()) {
            Some(file) => file,
            None => section_file(found.kind.section, &mut given),
        };
        files.insert(found.address.clone(), file);
    }
    Places {
        files,
        given: RefCell::new(given),
        taken,
    }
}

/// Who refers to an object: what belongs to another object counts as that one.
fn users(live: &Live) -> BTreeMap<&Address, BTreeSet<&Address>> {
    let mut users: BTreeMap<&Address, BTreeSet<&Address>> = BTreeMap::new();
    for found in live.objects.values() {
        let mut top = &found.address;
        while let Some(Part::At(owner)) = top.parts().first() {
            top = owner;
        }
        for value in found.fields.values() {
            value.refs(&mut |address| {
                if address != top {
                    users.entry(address).or_default().insert(top);
                }
            });
        }
    }
    users
}

/// Through how many others an object is looked for that alone uses one.
const FOLLOWED: usize = 100;

/// The object with a file of its own that alone uses this one, itself or through others of its kind.
fn home(
    address: &Address,
    live: &Live,
    users: &BTreeMap<&Address, BTreeSet<&Address>>,
    seen: &mut BTreeSet<Address>,
) -> Option<Address> {
    if seen.len() > FOLLOWED || !seen.insert(address.clone()) {
        return None;
    }
    let mut homes: BTreeSet<Option<Address>> = BTreeSet::new();
    for user in users.get(address).into_iter().flatten() {
        let section = live.get(user).map_or("", |found| found.kind.section);
        if OWN_FILE.contains(&section) {
            homes.insert(Some((*user).clone()));
        } else if BESIDE.contains(&section) {
            homes.insert(home(user, live, users, seen));
        }
        // What else refers to it (an outpost, say) is at no home that it could share.
    }
    match homes.len() {
        1 => homes.pop_first().flatten(),
        _ => None,
    }
}

/// The text of every file.
pub(super) fn files(
    bodies: &[(&Found, Vec<Item>)],
    places: &Places,
    texts: BTreeMap<String, String>,
    variables: &[Variable],
    options: &Options,
) -> Vec<File> {
    let taken = places.taken;
    let mut by_file: BTreeMap<&str, Vec<&(&Found, Vec<Item>)>> = BTreeMap::new();
    for body in bodies {
        by_file
            .entry(places.of(&body.0.address))
            .or_default()
            .push(body);
    }
    let mut files = Vec::new();
    for (path, bodies) in by_file {
        for (place, text) in split(&bodies).into_iter().enumerate() {
            let path = if place == 0 {
                path.to_owned()
            } else {
                again(path, &places.given, taken)
            };
            let text = format!("{}\n{text}", header(&path, options));
            files.push(File { path, text });
        }
    }
    files.extend(texts.into_iter().map(|(path, text)| File { path, text }));
    if !variables.is_empty() && !options.one_file {
        let name = |count| format!("secrets{}.env.example", suffix(count, '-'));
        let path = if taken(SECRETS) {
            places.given.borrow_mut().free(&name, taken)
        } else {
            SECRETS.to_owned()
        };
        files.push(File {
            path,
            text: secrets(variables),
        });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The next free name for what does not fit into a file.
fn again(path: &str, given: &RefCell<Given>, taken: &dyn Fn(&str) -> bool) -> String {
    let stem = path.strip_suffix(".yaml").unwrap_or(path);
    given
        .borrow_mut()
        .free(&|count| format!("{stem}-{}.yaml", count + 1), taken)
}

/// The objects of one file in sections, in as many pieces as it takes.
fn split(bodies: &[&(&Found, Vec<Item>)]) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for section in kinds::sections() {
        let mut title = false;
        for (found, items) in bodies
            .iter()
            .filter(|(found, _)| found.kind.section == section)
        {
            let reported = |item: &Item| matches!(item, Item::Note(_));
            let fields = match !items.is_empty() && items.iter().all(reported) {
                true => Yaml::Open(items.clone()),
                false => Yaml::Map(items.clone()),
            };
            let body = match found.address.name() {
                Some(name) => Yaml::Map(vec![Item::Entry(name.to_owned(), fields)]),
                // What there is only one of is its section.
                None => fields,
            };
            let text = document(&[Item::Entry(section.to_owned(), body)]);
            if pieces
                .last()
                .is_some_and(|piece| !piece.is_empty() && piece.len() + text.len() > LARGEST)
            {
                pieces.push(String::new());
                title = false;
            }
            let Some(piece) = pieces.last_mut() else {
                continue;
            };
            let body = text.split_once('\n').map_or("", |(_, body)| body);
            if !title {
                if !piece.is_empty() {
                    piece.push('\n');
                }
                piece.push_str(&format!("{section}:\n"));
                title = true;
            }
            piece.push_str(body);
        }
    }
    pieces
}

/// The first lines of a file.
fn header(path: &str, options: &Options) -> String {
    let mut out = String::new();
    if let Some(schema) = &options.schema {
        let up = "../".repeat(path.matches('/').count());
        let here = if up.is_empty() && !schema.starts_with('.') {
            "./"
        } else {
            ""
        };
        out.push_str(&comment(&format!(
            "yaml-language-server: $schema={here}{up}{schema}"
        )));
        out.push('\n');
    }
    out.push_str(&comment(&options.origin));
    out.push('\n');
    out
}

/// The list of variables, without values.
fn secrets(variables: &[Variable]) -> String {
    let mut out = String::from(
        "# Variables that the state files name, without their values: set them where akrec runs, never in the repository.\n",
    );
    let (needed, optional): (Vec<&Variable>, Vec<&Variable>) =
        variables.iter().partition(|it| it.value.is_some());
    let mut part = |title: &str, all: Vec<&Variable>, start: &str| {
        if !all.is_empty() {
            out.push_str(&format!("\n# {title}\n"));
        }
        for variable in all {
            out.push_str(&comment(&format!(
                "{}, {}",
                variable.address, variable.field
            )));
            out.push_str(&format!("\n{start}{}=\n", variable.name));
        }
    };
    part("As they are on the server now:", needed, "");
    part(
        "Only for lines that are still comments, because the server never returns these values:",
        optional,
        "# ",
    );
    out
}

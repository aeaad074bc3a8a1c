//! All files of the state, and of one environment over them, as one tree of sections and entries.
//!
//! The order of files, documents and keys must never show in the result: sections and entries are sorted by name. Of
//! kinds it asks only whether a section holds objects; whether a section or a field exists is the next layer's question.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::files;
use super::inputs::Inputs;
use super::meter::Meter;
use super::tags::Resolver;
use crate::desired::tree::merge;
use crate::desired::{Entry, Section, Tree, hide};
use crate::diag::{Code, Diagnostic, FileId, Sources};
use crate::kinds;
use crate::schema::Kind;
use crate::yaml::{self, Key, Node, NodeKind};

/// Sections that say how, not what: a state of nothing else declares nothing.
const ABOUT: [&str; 2] = ["assertions", "defaults"];

/// Words of a raw collection that declare no object of it.
const AROUND: [&str; 4] = ["key", "id", "write_only", "defaults"];

/// The section whose lists add up over files and environments.
const ADDS: &str = "absent";

/// Reads the state directory, and the environment's folder over it, with all problems of all files. With any error the
/// tree is good only for finding more problems. Tags are filled in after merging, so that a base value that the
/// environment replaces needs no variable.
pub fn read(inputs: &Inputs, env: Option<&Path>, sources: &mut Sources) -> (Tree, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    let mut meter = Meter::new(inputs.totals);
    let mut read = |root: &Path, sources: &mut Sources, problems: &mut Vec<Diagnostic>| {
        read_layer((root, inputs.allow_outside), &mut meter, sources, problems)
    };
    let (mut layer, any) = read(&inputs.state_dir, sources, &mut problems);
    if let Some(folder) = env {
        if folder.is_dir() {
            let (over, _) = read(folder, sources, &mut problems);
            overlay(&mut layer, over);
        } else {
            problems.push(no_environment(folder));
        }
    }
    let mut resolver = Resolver::new(inputs, env, &mut meter, sources);
    for part in layer.values_mut() {
        let section = part.name.text.as_str();
        part.entries
            .values_mut()
            .for_each(|entry| resolver.entry(section, &mut entry.node));
        part.bodies
            .iter_mut()
            .for_each(|body| resolver.resolve(body));
    }
    problems.append(&mut resolver.problems);
    let declares = layer
        .values()
        .any(|part| !ABOUT.contains(&part.name.text.as_str()) && part.declares());
    if !declares && problems.is_empty() {
        let shown = files::show(&inputs.state_dir);
        problems.push(
            Diagnostic::error(
                Code::EMPTY_STATE,
                format!("the state directory `{shown}` declares nothing"),
            )
            .note("an empty state must never mean \"delete everything\"")
            .help(if any {
                "declare at least one object"
            } else {
                "state files end in `.yaml` or `.yml`; names that start with `.` or `_` are skipped"
            }),
        );
    }
    for file in mentioned(&problems) {
        hide::guess(file, sources);
    }
    let sections = layer.into_values().map(Part::into_section).collect();
    (Tree { sections }, problems)
}

/// One layer: the base, or an environment.
type Layer = BTreeMap<String, Part>;

/// A section under construction.
struct Part {
    name: Key,
    entries: BTreeMap<String, Entry>,
    bodies: Vec<Node>,
}

impl Part {
    /// Whether it names any object. A body of a wrong form is a mistake of its own, and reported as such.
    fn declares(&self) -> bool {
        let names = |entry: &Entry| match self.name.text.as_str() {
            ADDS => lists(&entry.node),
            "raw" => match &entry.node.kind {
                NodeKind::Map(words) => words
                    .iter()
                    .any(|(word, node)| !AROUND.contains(&word.text.as_str()) && lists(node)),
                _ => lists(&entry.node),
            },
            _ => true,
        };
        self.entries.values().any(names) || !self.bodies.is_empty()
    }

    fn into_section(self) -> Section {
        Section {
            name: self.name,
            entries: self.entries.into_values().collect(),
            bodies: self.bodies,
        }
    }
}

/// Reads one directory; also says whether it has any state file.
fn read_layer(
    (root, outside): (&Path, bool),
    meter: &mut Meter,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> (Layer, bool) {
    let (found, refused) = files::read_dir(root, outside, meter, sources);
    problems.extend(refused);
    let mut layer = Layer::new();
    for file in &found {
        // If the file as a whole is too large, none of its parts is looked at.
        if meter.full {
            break;
        }
        let text = sources
            .get(*file)
            .map(|source| source.text.clone())
            .unwrap_or_default();
        let (documents, broken) = yaml::parse_within(*file, &text, &mut meter.nodes);
        meter.full |= broken
            .iter()
            .any(|problem| problem.code == Code::TOO_LARGE && meter.nodes.is_spent());
        problems.extend(broken);
        for document in documents {
            if !matches!(document.kind, NodeKind::Map(_)) {
                hide::whole(document.span, sources);
            }
            take_document(&mut layer, document, problems);
        }
    }
    (layer, !found.is_empty())
}

fn take_document(layer: &mut Layer, document: Node, problems: &mut Vec<Diagnostic>) {
    let sections = match document.kind {
        NodeKind::Map(sections) => sections,
        NodeKind::Null => return,
        _ => {
            problems.push(
                Diagnostic::error(
                    Code::BAD_SHAPE,
                    "a state file must be a mapping of sections",
                )
                .at(document.span, format!("this is {}", document.describe()))
                .help("start with a section: `groups:`, then the objects below it, indented"),
            );
            return;
        }
    };
    for (name, body) in sections {
        let part = layer.entry(name.text.clone()).or_insert_with(|| Part {
            name,
            entries: BTreeMap::new(),
            bodies: Vec::new(),
        });
        match body.kind {
            NodeKind::Null => {}
            NodeKind::Map(entries) => entries
                .into_iter()
                .for_each(|(key, node)| take_entry(part, key, node, problems)),
            _ => part.bodies.push(body),
        }
    }
}

fn take_entry(part: &mut Part, key: Key, node: Node, problems: &mut Vec<Diagnostic>) {
    match part.entries.entry(key.text.clone()) {
        Slot::Vacant(free) => {
            free.insert(Entry { key, node });
        }
        Slot::Occupied(mut taken) => match (&mut taken.get_mut().node.kind, node.kind) {
            // `absent` names what must not exist, list by list; any number of files may add to a list.
            (NodeKind::Seq(items), NodeKind::Seq(more)) if part.name.text == ADDS => {
                items.extend(more)
            }
            (NodeKind::Map(lists), NodeKind::Map(more)) if part.name.text == "absent" => {
                add_lists(lists, more)
            }
            // So may they to a collection that the files describe themselves.
            (NodeKind::Map(words), NodeKind::Map(more)) if part.name.text == "raw" => {
                join(words, more, problems)
            }
            _ => problems.push(
                Diagnostic::error(
                    Code::DUPLICATE_OBJECT,
                    format!("`{}` is declared twice in `{}`", key.text, part.name.text),
                )
                .at(key.span, "declared here again")
                .and(taken.get().key.span, "first declared here")
                .help("keep one; to vary an object between servers, use an environment overlay"),
            ),
        },
    }
}

/// Whether anything stands in a list, in a mapping, or in any list of a mapping.
fn lists(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Null => false,
        NodeKind::Seq(items) => !items.is_empty(),
        NodeKind::Map(entries) => entries
            .iter()
            .any(|(_, node)| !matches!(&node.kind, NodeKind::Seq(items) if items.is_empty())),
        _ => true,
    }
}

/// Lists under `absent: raw:` add up, like those of `absent` itself.
fn add_lists(lists: &mut Vec<(Key, Node)>, more: Vec<(Key, Node)>) {
    for (key, node) in more {
        match lists.iter_mut().find(|(known, _)| known.text == key.text) {
            Some((_, known)) => match (&mut known.kind, node.kind) {
                (NodeKind::Seq(items), NodeKind::Seq(more)) => items.extend(more),
                (_, NodeKind::Null) => {}
                (_, kind) => {
                    *known = Node {
                        span: node.span,
                        kind,
                    }
                }
            },
            None => lists.push((key, node)),
        }
    }
}

/// One collection of `raw` from two places: their objects add up, and what both say of it must be the same.
fn join(words: &mut Vec<(Key, Node)>, more: Vec<(Key, Node)>, problems: &mut Vec<Diagnostic>) {
    let mut twice = |what: String, again: &Key, first: &Key| {
        problems.push(
            Diagnostic::error(Code::DUPLICATE_OBJECT, what)
                .at(again.span, "declared here again")
                .and(first.span, "first declared here"),
        );
    };
    for (key, node) in more {
        let Some((first, known)) = words.iter_mut().find(|(known, _)| known.text == key.text)
        else {
            words.push((key, node));
            continue;
        };
        match (&mut known.kind, node.kind) {
            (NodeKind::Map(objects), NodeKind::Map(more)) => {
                for (key, node) in more {
                    match objects.iter().find(|(known, _)| known.text == key.text) {
                        Some((first, _)) => twice(
                            format!("`{}` is declared twice in `raw`", key.text),
                            &key,
                            first,
                        ),
                        None => objects.push((key, node)),
                    }
                }
            }
            (NodeKind::Seq(items), NodeKind::Seq(more)) => items.extend(more),
            (NodeKind::Scalar(known), NodeKind::Scalar(said)) if known.text == said.text => {}
            _ => twice(
                format!(
                    "`{}` of a raw collection is set twice, to different values",
                    key.text
                ),
                &key,
                first,
            ),
        }
    }
}

/// Puts an environment over the base: object by object, field by field. Lists of a section (`assertions`) and lists of
/// `absent` add up; every other list or value of the environment replaces the base's.
fn overlay(base: &mut Layer, over: Layer) {
    for (name, part) in over {
        let adds = name == ADDS;
        // The entries of most sections are objects; a section of a single object has its fields as entries.
        let objects = !kinds::section(&name).any(Kind::is_singleton);
        match base.entry(name) {
            Slot::Vacant(free) => {
                free.insert(part);
            }
            Slot::Occupied(mut below) => {
                let below = below.get_mut();
                below.bodies.extend(part.bodies);
                for (text, entry) in part.entries {
                    match below.entries.entry(text) {
                        Slot::Vacant(free) => {
                            free.insert(entry);
                        }
                        Slot::Occupied(mut taken) => {
                            overlay_entry(taken.get_mut(), entry, adds, objects)
                        }
                    }
                }
            }
        }
    }
}

fn overlay_entry(below: &mut Entry, over: Entry, adds: bool, object: bool) {
    match (&mut below.node.kind, over.node.kind) {
        // An object with nothing below it says nothing of any field.
        (_, NodeKind::Null) if object => {}
        (NodeKind::Seq(items), NodeKind::Seq(more)) if adds => items.extend(more),
        (NodeKind::Map(lists), NodeKind::Map(more)) if adds => add_lists(lists, more),
        (NodeKind::Map(fields), NodeKind::Map(more)) => merge(fields, more),
        (_, kind) => {
            *below = Entry {
                key: over.key,
                node: Node {
                    span: over.node.span,
                    kind,
                },
            }
        }
    }
}

/// The error that an environment does not exist, with the ones that do.
pub(crate) fn no_environment(folder: &Path) -> Diagnostic {
    let name = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let known = folder.parent().map(files::environments).unwrap_or_default();
    let problem = Diagnostic::error(
        Code::BAD_SETTING,
        format!("there is no environment \"{name}\""),
    )
    .note(format!("looked for the directory {}", files::show(folder)));
    if known.is_empty() {
        return problem
            .help("there are none yet; an environment is a directory `environments/<name>/`");
    }
    problem.help(format!("the environments are: {}", known.join(", ")))
}

/// The files that a message would show.
fn mentioned(problems: &[Diagnostic]) -> BTreeSet<FileId> {
    problems
        .iter()
        .flat_map(|p| p.primary.iter().chain(&p.secondary))
        .map(|label| label.span.file)
        .collect()
}

//! References that must not lead back to where they start (parents of groups), in the world as it will be. What has to
//! hold on the way there is `order::turns`'s.
//!
//! Releases before 2025.12 refuse a cycle even for a moment, later ones store it.

use std::collections::{BTreeSet, HashMap};

use super::matching::Matched;
use crate::desired::{Object, What};
use crate::diag::{Code, Diagnostic, Span};
use crate::graph::Graph;
use crate::schema::Kind;
use crate::value::{Address, Value};

/// How many objects of a cycle are named.
const NAMED: usize = 10;
/// How many cycles are shown where many objects lead to each other in many ways.
const SHOWN: usize = 10;

/// From an object to what it refers to, with the place that says so if the files do. Objects are numbered as they come.
#[derive(Default)]
pub(super) struct Edges<'a> {
    numbers: HashMap<&'a Address, usize>,
    nodes: Vec<&'a Address>,
    edges: Vec<(usize, usize)>,
    spans: Vec<Option<Span>>,
}

impl<'a> Edges<'a> {
    /// All that a value refers to.
    pub fn put(&mut self, from: &'a Address, value: &'a Value, span: Option<Span>) {
        value.refs(&mut |to| {
            let edge = (self.number(from), self.number(to));
            self.edges.push(edge);
            self.spans.push(span);
        });
    }

    fn number(&mut self, address: &'a Address) -> usize {
        let next = self.nodes.len();
        let number = *self.numbers.entry(address).or_insert(next);
        if number == next {
            self.nodes.push(address);
        }
        number
    }

    /// The number of an object.
    pub fn node(&self, address: &Address) -> Option<usize> {
        self.numbers.get(address).copied()
    }

    /// Every object, by number.
    pub fn nodes(&self) -> impl Iterator<Item = &'a Address> + '_ {
        self.nodes.iter().copied()
    }

    pub fn graph(&self) -> Graph {
        Graph::new(self.nodes.len(), &self.edges)
    }
}

/// Refuses cycles among declared objects, whatever a server has.
pub(super) fn declared(objects: &[Object]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    cycles(objects, &Matched::default(), &mut diagnostics);
    diagnostics
}

/// Refuses cycles that the files have a part in. What is odd on the server alone is not this plan's business.
pub(super) fn cycles(objects: &[Object], matched: &Matched, diagnostics: &mut Vec<Diagnostic>) {
    // Sets with a partial list in the files: the items of the list, and the other items that stay.
    let mut sets: Vec<(&Address, Value, Span)> = Vec::new();
    let mut stays: Vec<(&Address, &Value)> = Vec::new();
    let mut edges = Edges::default();
    let mut managed: BTreeSet<(&Address, &str)> = BTreeSet::new();
    for object in objects {
        for name in acyclic(object.kind) {
            let Some(want) = object.fields.get(name) else {
                continue;
            };
            managed.insert((&object.address, name));
            match &want.what {
                What::Is(value) => edges.put(&object.address, value, Some(want.span)),
                What::Some { include, exclude } => {
                    sets.push((&object.address, Value::Set(include.clone()), want.span));
                    let there = matched
                        .live
                        .get(&object.address)
                        .and_then(|(_, found)| found.fields.get(name)?.as_set());
                    let left = there
                        .into_iter()
                        .flatten()
                        .filter(|item| !exclude.contains(item));
                    stays.extend(left.map(|item| (&object.address, item)));
                }
                What::Keys(_) => {}
            }
        }
    }
    if managed.is_empty() {
        return;
    }
    sets.iter()
        .for_each(|(from, set, span)| edges.put(from, set, Some(*span)));
    stays
        .into_iter()
        .for_each(|(from, item)| edges.put(from, item, None));
    for (_, found) in matched.live.values() {
        for name in acyclic(found.kind).filter(|name| !managed.contains(&(&found.address, name))) {
            if let Some(value) = found.fields.get(name) {
                edges.put(&found.address, value, None);
            }
        }
    }
    reported(&edges, diagnostics);
}

/// Reports the cycles: some of those between objects that lead to each other in many ways, and how many further objects
/// there are.
fn reported(edges: &Edges<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let graph = edges.graph();
    let components = graph.components();
    let mut declared: HashMap<(usize, usize), Span> = HashMap::new();
    for (edge, span) in edges
        .edges
        .iter()
        .zip(&edges.spans)
        .filter(|((from, to), _)| components.of[*from] == components.of[*to])
    {
        if let Some(span) = span {
            declared.entry(*edge).or_insert(*span);
        }
    }
    // In the order of names.
    let mut starts: Vec<(usize, usize)> = declared.keys().copied().collect();
    starts.sort_by_key(|(from, to)| (edges.nodes[*from], edges.nodes[*to]));
    let mut known = vec![false; edges.nodes.len()];
    let mut shown = vec![0_usize; components.nodes.len()];
    let mut last: HashMap<usize, usize> = HashMap::new();
    for (from, to) in starts {
        let component = components.of[from];
        if known[from] || shown[component] == SHOWN {
            continue;
        }
        let inside = |node: usize| components.of[node] == component;
        let Some(back) = graph.way(to, from, &inside) else {
            continue;
        };
        let cycle: Vec<usize> = std::iter::once(from).chain(back).collect();
        cycle.iter().for_each(|node| known[*node] = true);
        shown[component] += 1;
        last.insert(component, diagnostics.len());
        diagnostics.push(one(&cycle, edges, &declared));
    }
    for (component, place) in last {
        let others = components.nodes[component]
            .iter()
            .filter(|node| !known[**node]);
        let others: BTreeSet<&str> = others
            .filter_map(|node| edges.nodes[*node].name())
            .collect();
        if shown[component] == SHOWN && !others.is_empty() {
            let first: Vec<&str> = others.iter().take(NAMED).copied().collect();
            let more = match others.len() - first.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let note = format!("further cycles lead through {}{more}", first.join(", "));
            diagnostics[place].notes.push(note);
        }
    }
}

/// One cycle, whose first node is its last as well.
fn one(cycle: &[usize], edges: &Edges<'_>, declared: &HashMap<(usize, usize), Span>) -> Diagnostic {
    let mut names: Vec<String> = cycle
        .iter()
        .filter_map(|node| edges.nodes[*node].name())
        .map(str::to_owned)
        .collect();
    if names.len() > NAMED {
        let between = format!("({} more)", names.len() - NAMED);
        names.splice(NAMED - 1..names.len() - 1, [between]);
    }
    let message = format!("{} is its own ancestor", edges.nodes[cycle[0]]);
    let mut diagnostic = Diagnostic::error(Code::PARENT_CIRCLE, message)
        .note(format!("the cycle is {}", names.join(" -> ")));
    let spans: Vec<Option<&Span>> = cycle
        .windows(2)
        .map(|pair| declared.get(&(pair[0], pair[1])))
        .collect();
    if let Some(Some(span)) = spans.first() {
        diagnostic = diagnostic.at(**span, "part of the cycle");
    }
    for span in spans.into_iter().skip(1).take(NAMED).flatten() {
        diagnostic = diagnostic.and(*span, "and this");
    }
    diagnostic
}

/// The fields of a kind that must not lead back to where they start.
pub(super) fn acyclic(kind: &'static Kind) -> impl Iterator<Item = &'static str> {
    kind.fields
        .iter()
        .filter(|field| field.acyclic)
        .map(|field| field.name)
}

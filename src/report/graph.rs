//! What depends on what among the declared objects, as a drawing in the language of Graphviz or Mermaid.
//!
//! An arrow goes from what needs to what is needed. What belongs to an object (bindings, stages, entitlements) is part of
//! it: its references are the object's arrows. Equal files give equal bytes; names are text, whatever they hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::safe::{NAME, harmless, shortened};
use crate::desired::{Object, What};
use crate::kinds;
use crate::pattern::Pattern;
use crate::schema::Kind;
use crate::value::{Address, Part};

/// Where the objects are drawn that only references name.
const OUTSIDE: &str = "not declared here";

/// Objects and their arrows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Graph {
    /// Every object with the title of its kind; none for one that only references name.
    nodes: BTreeMap<Address, Option<String>>,
    /// Arrows with the words by which the one names the other.
    arrows: BTreeMap<(Address, Address), BTreeSet<String>>,
}

impl Graph {
    /// The graph of declared objects.
    pub fn of(objects: &[Object]) -> Graph {
        let mut graph = Graph::default();
        for object in objects
            .iter()
            .filter(|object| top(&object.address) == &object.address)
        {
            graph
                .nodes
                .insert(object.address.clone(), Some(object.kind.title()));
        }
        for object in objects {
            let from = top(&object.address);
            let belongs = belongs(object.kind);
            let mut arrow = |to: &Address, word: &str| {
                let to = top(to);
                if to != from {
                    graph.nodes.entry(to.clone()).or_default();
                    graph.nodes.entry(from.clone()).or_default();
                    let words = graph.arrows.entry((from.clone(), to.clone())).or_default();
                    words.insert(belongs.unwrap_or(word).to_owned());
                }
            };
            // The first part of a joined key is the owner.
            for part in object.address.parts().iter().skip(1) {
                if let Part::At(address) = part {
                    arrow(address, "");
                }
            }
            for (name, want) in &object.fields {
                let word = object
                    .kind
                    .field(name)
                    .map_or(*name, |field| field.yaml_key);
                let mut take = |address: &Address| arrow(address, word);
                match &want.what {
                    What::Is(value) => value.refs(&mut take),
                    What::Some { include, .. } => {
                        include.iter().for_each(|item| item.refs(&mut take))
                    }
                    What::Keys(_) => {}
                }
            }
        }
        graph
    }

    /// Only what fits one of some patterns, with all that it needs. Gives the patterns that fit nothing too.
    pub fn narrowed<'a>(&self, targets: &'a [Pattern]) -> (Graph, Vec<&'a Pattern>) {
        let fits = |pattern: &Pattern, address: &Address| {
            let section = kinds::family(address.family)
                .next()
                .map_or("", |kind| kind.section);
            pattern.fits(address, section) || pattern.as_str() == address.path()
        };
        let nothing = targets
            .iter()
            .filter(|it| !self.nodes.keys().any(|address| fits(it, address)))
            .collect();
        let mut inside: BTreeSet<&Address> = self
            .nodes
            .keys()
            .filter(|address| targets.iter().any(|target| fits(target, address)))
            .collect();
        loop {
            let before = inside.len();
            let needed = self
                .arrows
                .keys()
                .filter(|(from, _)| inside.contains(from))
                .map(|(_, to)| to);
            inside.extend(needed.collect::<Vec<_>>());
            if inside.len() == before {
                break;
            }
        }
        let nodes = self
            .nodes
            .iter()
            .filter(|(address, _)| inside.contains(address));
        let arrows = self
            .arrows
            .iter()
            .filter(|((from, _), _)| inside.contains(from));
        let graph = Graph {
            nodes: nodes
                .map(|(address, kind)| (address.clone(), kind.clone()))
                .collect(),
            arrows: arrows
                .map(|(ends, words)| (ends.clone(), words.clone()))
                .collect(),
        };
        (graph, nothing)
    }

    /// The addresses of all objects.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.nodes.keys()
    }

    /// The objects by cluster: kinds by their title, and last what is not declared.
    fn clusters(&self) -> Vec<(&str, Vec<&Address>)> {
        let mut kinds: BTreeMap<(bool, &str), Vec<&Address>> = BTreeMap::new();
        for (address, kind) in &self.nodes {
            let key = (kind.is_none(), kind.as_deref().unwrap_or(OUTSIDE));
            kinds.entry(key).or_default().push(address);
        }
        kinds
            .into_iter()
            .map(|((_, title), addresses)| (title, addresses))
            .collect()
    }

    /// In the language of Graphviz.
    pub fn dot(&self) -> String {
        let mut out = String::from("digraph akrec {\n  rankdir=LR;\n  node [shape=box];\n");
        for (i, (title, addresses)) in self.clusters().iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "  subgraph cluster_{i} {{\n    label={};", dot(title));
            if *title == OUTSIDE {
                out.push_str("    style=dashed;\n    node [style=dashed];\n");
            }
            for address in addresses {
                let label = label(address, *title == OUTSIDE);
                let _ = writeln!(out, "    {} [label={}];", dot(&address.path()), dot(&label));
            }
            out.push_str("  }\n");
        }
        for ((from, to), words) in &self.arrows {
            let (from, to) = (dot(&from.path()), dot(&to.path()));
            let _ = writeln!(out, "  {from} -> {to} [label={}];", dot(&joined(words)));
        }
        out.push_str("}\n");
        out
    }

    /// In the language of Mermaid.
    pub fn mermaid(&self) -> String {
        let mut out = String::from("flowchart LR\n");
        let mut ids: BTreeMap<&Address, usize> = BTreeMap::new();
        let mut outside = Vec::new();
        for (i, (title, addresses)) in self.clusters().iter().enumerate() {
            let _ = writeln!(out, "  subgraph k{i}[\"{}\"]", mermaid(title));
            for address in addresses {
                let id = ids.len();
                ids.insert(address, id);
                let label = label(address, *title == OUTSIDE);
                let _ = writeln!(out, "    n{id}[\"{}\"]", mermaid(&label));
                outside.extend((*title == OUTSIDE).then(|| format!("n{id}")));
            }
            out.push_str("  end\n");
        }
        for ((from, to), words) in &self.arrows {
            if let (Some(from), Some(to)) = (ids.get(from), ids.get(to)) {
                let _ = writeln!(out, "  n{from} -->|\"{}\"| n{to}", mermaid(&joined(words)));
            }
        }
        if !outside.is_empty() {
            let _ = writeln!(
                out,
                "  classDef outside stroke-dasharray: 4 4\n  class {} outside",
                outside.join(",")
            );
        }
        out
    }
}

/// The object that an address belongs to in the end; itself for most.
fn top(address: &Address) -> &Address {
    let mut top = address;
    while let Some(Part::At(owner)) = top.parts().first() {
        top = owner;
    }
    top
}

/// The word under which objects of a kind are written in their owner, if they are.
fn belongs(kind: &Kind) -> Option<&'static str> {
    kinds::KINDS
        .iter()
        .flat_map(|owner| owner.children)
        .find(|it| it.kind == kind.name)
        .map(|it| it.yaml_key)
}

/// The text of a box: the name, with the family where its cluster does not show it.
fn label(address: &Address, with_family: bool) -> String {
    match address.name() {
        Some(name) if with_family => format!("{} {}", address.family, shortened(name, NAME)),
        Some(name) => shortened(name, NAME).into_owned(),
        None => shortened(&address.path(), NAME).into_owned(),
    }
}

fn joined(words: &BTreeSet<String>) -> String {
    words
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Text in the quotes of Graphviz, in which a backslash would begin an escape.
fn dot(text: &str) -> String {
    format!(
        "\"{}\"",
        harmless(text)
            .replace('\t', " ")
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
    )
}

/// Text for the quotes of Mermaid: everything that could mean something to it, to Markdown or to HTML is a number.
fn mermaid(text: &str) -> String {
    let text = harmless(text);
    let word = text.chars().next().is_some_and(char::is_alphabetic);
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        // Between letters it does not start italics.
        let inside =
            before.is_alphanumeric() && chars.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            c if c.is_alphanumeric() => out.push(c),
            ' ' | '-' | '.' | ',' | '/' | ':' | '@' if word => out.push(c),
            '_' if inside => out.push(c),
            c => drop(write!(out, "#{};", u32::from(c))),
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_text() {
        assert_eq!(dot("a\"]; evil -> b"), "\"a\\\"]; evil -> b\"");
        assert_eq!(dot("back\\"), "\"back\\\\\"");
        assert_eq!(dot("two\nlines\u{202e}"), "\"two\\\\nlines\\\\u{202e}\"");
        assert_eq!(
            mermaid("a\"] --> <b>&#"),
            "a#34;#93; --#62; #60;b#62;#38;#35;"
        );
        assert_eq!(mermaid("1. item"), "1#46;#32;item");
        assert_eq!(mermaid("authorization_flow"), "authorization_flow");
        assert_eq!(mermaid("`x` _y_"), "#96;x#96;#32;#95;y#95;");
    }
}

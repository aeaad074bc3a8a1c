//! Directed graphs of numbered nodes: strongly connected components, shortest ways, what can be reached.
//!
//! Everything here takes time in proportion to nodes and edges, and none of it recurses: chains may be long.

use std::collections::VecDeque;

use crate::work;

/// A directed graph.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// From where on the targets of a node stand in `targets`; one more than there are nodes.
    starts: Vec<usize>,
    targets: Vec<usize>,
}

/// The strongly connected components of a graph.
#[derive(Clone, Debug)]
pub struct Components {
    /// The component of each node. An edge never leads to a component of a higher number.
    pub of: Vec<usize>,
    /// The nodes of each component, in ascending order.
    pub nodes: Vec<Vec<usize>>,
}

impl Graph {
    /// A graph of so many nodes with these edges, in this order.
    pub fn new(nodes: usize, edges: &[(usize, usize)]) -> Graph {
        work::count(edges.len());
        let mut starts = vec![0; nodes + 1];
        for (from, _) in edges {
            starts[from + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut targets = vec![0; edges.len()];
        for (from, to) in edges {
            targets[next[*from]] = *to;
            next[*from] += 1;
        }
        Graph { starts, targets }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the edges of a node lead.
    pub fn targets(&self, node: usize) -> &[usize] {
        let targets = &self.targets[self.starts[node]..self.starts[node + 1]];
        work::count(targets.len());
        targets
    }

    /// The same graph with every edge the other way.
    pub fn reversed(&self) -> Graph {
        let edges: Vec<(usize, usize)> = (0..self.len())
            .flat_map(|from| self.targets(from).iter().map(move |to| (*to, from)))
            .collect();
        Graph::new(self.len(), &edges)
    }

    /// The strongly connected components (Tarjan's algorithm).
    pub fn components(&self) -> Components {
        const UNSEEN: usize = usize::MAX;
        let count = self.len();
        let (mut index, mut low, mut of) =
            (vec![UNSEEN; count], vec![0; count], vec![UNSEEN; count]);
        let mut nodes: Vec<Vec<usize>> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut next_index = 0;
        for root in 0..count {
            if index[root] != UNSEEN {
                continue;
            }
            // A node, and which of its edges comes next.
            let mut path: Vec<(usize, usize)> = vec![(root, 0)];
            while let Some((node, edge)) = path.last_mut() {
                let node = *node;
                if *edge == 0 && index[node] == UNSEEN {
                    index[node] = next_index;
                    low[node] = next_index;
                    next_index += 1;
                    open.push(node);
                }
                let target = self.targets.get(self.starts[node] + *edge).filter(|_| {
                    let left = self.starts[node] + *edge < self.starts[node + 1];
                    work::count(usize::from(left));
                    left
                });
                if let Some(target) = target.copied() {
                    *edge += 1;
                    if index[target] == UNSEEN {
                        path.push((target, 0));
                    } else if of[target] == UNSEEN {
                        low[node] = low[node].min(index[target]);
                    }
                    continue;
                }
                path.pop();
                if let Some((above, _)) = path.last() {
                    low[*above] = low[*above].min(low[node]);
                }
                if low[node] == index[node] {
                    let mut component = Vec::new();
                    while let Some(member) = open.pop() {
                        of[member] = nodes.len();
                        component.push(member);
                        if member == node {
                            break;
                        }
                    }
                    component.sort_unstable();
                    nodes.push(component);
                }
            }
        }
        Components { of, nodes }
    }

    /// Every node that some nodes lead to, themselves included.
    pub fn reachable(&self, from: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut seen = vec![false; self.len()];
        let mut open: Vec<usize> = Vec::new();
        for node in from {
            if !std::mem::replace(&mut seen[node], true) {
                open.push(node);
            }
        }
        while let Some(node) = open.pop() {
            for target in self.targets(node) {
                if !std::mem::replace(&mut seen[*target], true) {
                    open.push(*target);
                }
            }
        }
        seen
    }

    /// A shortest way from one node to another over nodes that may be used, both ends included. Of ways that are as
    /// short, the one whose edges come first.
    pub fn way(
        &self,
        from: usize,
        to: usize,
        may_use: &dyn Fn(usize) -> bool,
    ) -> Option<Vec<usize>> {
        let mut came: std::collections::HashMap<usize, Option<usize>> = [(from, None)].into();
        let mut open = VecDeque::from([from]);
        while let Some(node) = open.pop_front() {
            if node == to {
                let mut way = vec![node];
                let mut at = node;
                while let Some(Some(before)) = came.get(&at) {
                    way.push(*before);
                    at = *before;
                }
                way.reverse();
                return Some(way);
            }
            for target in self
                .targets(node)
                .iter()
                .copied()
                .filter(|target| may_use(*target))
            {
                if let std::collections::hash_map::Entry::Vacant(entry) = came.entry(target) {
                    entry.insert(Some(node));
                    open.push_back(target);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_come_after_what_they_lead_to() {
        let graph = Graph::new(6, &[(0, 1), (1, 2), (2, 1), (2, 3), (4, 4), (0, 4)]);
        let Components { of, nodes } = graph.components();
        assert_eq!(of[1], of[2]);
        assert!(of[3] < of[1] && of[1] < of[0] && of[4] < of[0]);
        assert_eq!(nodes[of[1]], [1, 2]);
        assert_eq!(nodes.iter().map(Vec::len).sum::<usize>(), 6);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let edges: Vec<(usize, usize)> = (0..200_000).map(|node| (node, node + 1)).collect();
        let graph = Graph::new(200_001, &edges);
        assert_eq!(graph.components().nodes.len(), 200_001);
        assert_eq!(
            graph.way(0, 200_000, &|_| true).map(|way| way.len()),
            Some(200_001)
        );
    }

    #[test]
    fn the_shortest_way_is_found_and_nothing_else() {
        let graph = Graph::new(5, &[(0, 1), (0, 2), (1, 3), (2, 3), (3, 0)]);
        assert_eq!(graph.way(0, 3, &|_| true), Some(vec![0, 1, 3]));
        assert_eq!(graph.way(0, 3, &|node| node != 1), Some(vec![0, 2, 3]));
        assert_eq!(graph.way(0, 4, &|_| true), None);
        assert_eq!(graph.reversed().targets(3), [1, 2]);
        assert_eq!(graph.reachable([1]), [true, true, true, true, false]);
    }
}

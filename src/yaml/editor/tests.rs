//! What is edited reads as what was meant, and nothing else changes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;

use super::*;
use crate::diag::FileId;
use crate::yaml;

const FILE: &str = r#"# head
groups:            # the groups
  staff:
    single: 'old'    # why
    double: "old"
    plain: old  # and why
    nothing:
    block: |
      line one

      line two
    folded: >-
      folded text
      goes on
    # about the list
    flow: [a, "b", c] # list
    spread: [
      a,
      b
    ]
    items:
      # about a
      - a   # a's remark
      - "b"

      # about c
      - c
    zero:
    - x
    - {y: 1}
    map: {a: 1, b: two}
    keyed:
      k1: v1  # one
      # about k2
      k2:
        deep: [1, 2]
      k3: 3
  other: {}
last: end"#;

/// A node without its place.
#[derive(Clone, PartialEq, Debug)]
enum Bare {
    Null,
    Text(String),
    Seq(Vec<Bare>),
    Map(Vec<(String, Bare)>),
}

fn bare(node: &Node) -> Bare {
    match &node.kind {
        NodeKind::Null => Bare::Null,
        NodeKind::Bytes(_) => unreachable!("only a tag brings bytes"),
        NodeKind::Scalar(scalar) => Bare::Text(scalar.text.trim().to_owned()),
        NodeKind::Seq(items) => Bare::Seq(items.iter().map(bare).collect()),
        NodeKind::Map(entries) => Bare::Map(
            entries
                .iter()
                .map(|(key, node)| (key.text.clone(), bare(node)))
                .collect(),
        ),
        NodeKind::Tagged(_, inner) => bare(inner),
    }
}

fn parsed(text: &str) -> Vec<Node> {
    let (documents, problems) = yaml::parse(FileId(0), text);
    assert!(problems.is_empty(), "{problems:?} in\n{text}");
    documents
}

/// Every entry of the staff group, with its key.
fn fields(document: &Node) -> Vec<(Key, Node)> {
    document
        .get("groups")
        .unwrap()
        .get("staff")
        .unwrap()
        .entries()
        .to_vec()
}

fn field(name: &str) -> (Key, Node) {
    fields(&parsed(FILE)[0])
        .into_iter()
        .find(|(key, _)| key.text == name)
        .unwrap()
}

/// The whole document with another value in one field of the staff group.
fn expected(name: &str, value: Bare) -> Bare {
    let mut all = bare(&parsed(FILE)[0]);
    let staff = |bare: &mut Bare, key: &str, then: &mut dyn FnMut(&mut Bare)| match bare {
        Bare::Map(entries) => then(&mut entries.iter_mut().find(|(it, _)| it == key).unwrap().1),
        _ => panic!("no mapping"),
    };
    let value = &mut Some(value);
    staff(&mut all, "groups", &mut |groups| {
        staff(groups, "staff", &mut |group| {
            staff(group, name, &mut |it| *it = value.take().unwrap());
        });
    });
    all
}

fn after(edits: &[Edit]) -> (String, Bare) {
    let text = apply(FILE, edits).unwrap();
    let node = bare(&parsed(&text)[0]);
    (text, node)
}

fn comments(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| Some(&line[line.find("# ")?..]))
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,20}",
        "[a-z0-9:#,{}'\"\\\\ \n-]{0,16}",
        "(yes|no|null|~|1\\.10|- a|a: b|!x|&a|\\*a|\\|)"
    ]
}

fn wanted(text: &str) -> Bare {
    Bare::Text(text.trim().to_owned())
}

proptest! {
    #[test]
    fn a_text_reads_as_it_was_meant(text in words()) {
        for name in ["single", "double", "plain", "nothing", "block", "folded"] {
            let (key, node) = field(name);
            let (now, node) = after(&[replace(FILE, &key, &node, &Yaml::text(&text)).unwrap()]);
            prop_assert_eq!(&node, &expected(name, wanted(&text)), "{}", now);
            for comment in comments(FILE) {
                prop_assert!(now.contains(comment), "no {} in {}", comment, now);
            }
        }
    }

    #[test]
    fn a_list_has_what_was_meant(new in prop::collection::vec(words(), 0..3), gone in prop::collection::btree_set(0usize..3, 0..3), place in 0usize..4) {
        for name in ["flow", "spread", "items", "zero"] {
            let (_, node) = field(name);
            let count = node.items().len();
            let gone: Vec<usize> = gone.iter().copied().filter(|at| *at < count).collect();
            let add: Vec<Yaml> = new.iter().map(Yaml::text).collect();
            let edits = match items(FILE, &node, &gone, place.min(count), &add) {
                Ok(edits) => edits,
                Err(why) => panic!("{name}: {why}"),
            };
            let mut all = Vec::new();
            for at in 0..=count {
                if at == place.min(count) {
                    all.extend(new.iter().map(|text| wanted(text)));
                }
                all.extend(node.items().get(at).filter(|_| !gone.contains(&at)).map(bare));
            }
            let (now, node) = after(&edits);
            prop_assert_eq!(&node, &expected(name, Bare::Seq(all)), "{}", now);
            prop_assert!(now.contains("# about the list") && now.contains("# one"));
        }
    }

    #[test]
    fn a_mapping_has_what_was_meant(key in "[a-z]{4,8}", text in words(), gone in prop::collection::btree_set(0usize..3, 0..3)) {
        for name in ["map", "keyed"] {
            let (_, node) = field(name);
            let gone: Vec<usize> = gone.iter().copied().filter(|at| *at < node.entries().len()).collect();
            let edits = entries(FILE, &node, &gone, &[(key.clone(), Yaml::text(&text))]).unwrap();
            let mut all: Vec<(String, Bare)> = Vec::new();
            for (at, (key, node)) in node.entries().iter().enumerate() {
                all.extend((!gone.contains(&at)).then(|| (key.text.clone(), bare(node))));
            }
            all.push((key.clone(), wanted(&text)));
            let (now, node) = after(&edits);
            prop_assert_eq!(&node, &expected(name, Bare::Map(all)), "{}", now);
        }
    }
}

#[test]
fn quotes_blocks_and_remarks_stay_as_they_are() {
    let put = |name: &str, text: &str| {
        let (key, node) = field(name);
        after(&[replace(FILE, &key, &node, &Yaml::text(text)).unwrap()]).0
    };
    assert!(put("single", "it's new").contains("single: 'it''s new'    # why\n"));
    assert!(put("double", "new").contains("double: \"new\"\n"));
    assert!(put("plain", "new").contains("plain: new  # and why\n"));
    assert!(put("plain", "a: b").contains("plain: \"a: b\"  # and why\n"));
    assert!(put("nothing", "new").contains("nothing: new\n"));
    assert!(put("block", "one\n  two").contains("block: |\n      one\n        two\n    folded:"));
    let (_, list) = field("items");
    let text = after(&items(FILE, &list, &[1], 3, &[Yaml::text("d")]).unwrap()).0;
    assert!(
        text.contains(
            "      # about a\n      - a   # a's remark\n\n      # about c\n      - c\n      - d\n"
        ),
        "{text}"
    );
    let (_, list) = field("flow");
    let text = after(&items(FILE, &list, &[0], 3, &[Yaml::text("d")]).unwrap()).0;
    assert!(text.contains("flow: [\"b\", c, d] # list\n"), "{text}");
    let (_, map) = field("keyed");
    let text = after(
        &entries(
            FILE,
            &map,
            &[0],
            &[("k4".to_owned(), Yaml::Bare("4".into()))],
        )
        .unwrap(),
    )
    .0;
    assert!(
        text.contains("    keyed:\n      # about k2\n      k2:\n        deep: [1, 2]\n      k3: 3\n      k4: 4\n"),
        "{text}"
    );
}

#[test]
fn what_would_lose_something_is_refused() {
    let refused = |text: &str| {
        let node = parsed(text).remove(0);
        let (key, value) = node.entries()[0].clone();
        let edits = match &value.kind {
            NodeKind::Seq(_) => items(text, &value, &[0], 0, &[]),
            _ => replace(text, &key, &value, &Yaml::text("x")).map(|edit| vec![edit]),
        };
        edits.err()
    };
    assert_eq!(refused("a: &x b\nc: *x\n"), Some(SHARED));
    assert_eq!(refused("a: !env B\n"), Some(SHARED));
    assert_eq!(refused("a: [b, # why\n  c]\n"), Some(COMMENTED));
    assert_eq!(refused("a: {b: 1} # why\n"), None);
    let text = "a:\n  b: 1 # why\n";
    let node = parsed(text).remove(0);
    let (key, value) = node.entries()[0].clone();
    assert_eq!(replace(text, &key, &value, &Yaml::text("x")).err(), None);
    assert!(
        apply(
            "abc",
            &[
                Edit {
                    range: 0..2,
                    text: "x".into()
                },
                Edit {
                    range: 1..3,
                    text: "y".into()
                }
            ]
        )
        .is_none()
    );
}

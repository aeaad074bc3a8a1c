//! How directories, files, documents, tags and environments become one tree.

use akrec::desired::Tree;
use akrec::yaml::{Node, NodeKind, Origin};
use std::fs;

use crate::world::World;

/// A node in one line, with where its scalars come from.
fn show(node: &Node) -> String {
    match &node.kind {
        NodeKind::Bytes(_) => unreachable!("only a tag brings bytes"),
        NodeKind::Null => "null".into(),
        NodeKind::Scalar(scalar) if scalar.origin == Origin::File => scalar.text.clone(),
        NodeKind::Scalar(scalar) => {
            format!("{:?}({:?} {:?})", scalar.text, scalar.style, scalar.origin)
        }
        NodeKind::Seq(items) => format!(
            "[{}]",
            items.iter().map(show).collect::<Vec<_>>().join(", ")
        ),
        NodeKind::Map(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, node)| format!("{}: {}", key.text, show(node)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        NodeKind::Tagged(tag, inner) => format!("!{tag} {}", show(inner)),
    }
}

fn show_tree(tree: &Tree) -> String {
    let mut out = String::new();
    for section in &tree.sections {
        out.push_str(&format!("{}:\n", section.name.text));
        section
            .entries
            .iter()
            .for_each(|e| out.push_str(&format!("  {}: {}\n", e.key.text, show(&e.node))));
        section
            .bodies
            .iter()
            .for_each(|body| out.push_str(&format!("  {}\n", show(body))));
    }
    out
}

#[test]
fn files_that_are_fine() {
    let world = World::with(&[
        (
            "state/a.yaml",
            "\u{feff}groups:\r\n  staff: {note: yes, n: 017, v: 1.10, k: 1_000}\r\n",
        ),
        ("state/b.yaml", ""),
        (
            "state/sub/deep/c.YML",
            "# comment\n---\nusers:\n  jodie:\n    name:\tx\n",
        ),
        (
            "state/d.yaml",
            ".base: &base {type: external}\nusers:\n  sam: {<<: *base, name: Sam}\n",
        ),
        ("state/environments/prod/x.yaml", "groups: {not-base: {}}\n"),
    ]);
    let read = world.read();
    assert_eq!(read.text, "");
    insta::assert_snapshot!(show_tree(&read.tree), @r#"
    .base:
      type: external
    groups:
      staff: {note: yes, n: 017, v: 1.10, k: 1_000}
    users:
      jodie: {name: x}
      sam: {name: Sam, type: external}
    "#);
}

#[test]
fn tags_are_filled_in() {
    let mut world = World::with(&[
        (
            "state/sub/a.yaml",
            "policies:\n  a:\n    host: !env HOST\n    on: !env {name: ON}\n    d: !env {name: NONE, default: [x, !var v]}\n    e: !env {name: EMPTY, default: \"\"}\n    text: !file ../p.py\n    x: !exact {y: !var v}\n",
        ),
        ("state/p.py", "\u{feff}return True\r\n"),
        ("outside.py", "x"),
    ]);
    world.vars.insert("v".into(), "value".into());
    let read = world.read();
    assert_eq!(read.text, "");
    insta::assert_snapshot!(show_tree(&read.tree), @r#"
    policies:
      a: {host: "example.org"(Plain Env("HOST")), on: "true"(Plain Env("ON")), d: [x, "value"(Plain Var("v"))], e: , text: "return True\n"(Quoted TextFile("../p.py")), x: !exact {y: "value"(Plain Var("v"))}}
    "#);
    world.write("state/b.yaml", b"policies: {b: {x: !file ../outside.py}}\n");
    assert_eq!(world.read().problems.len(), 1);
    world.allow_outside = true;
    assert_eq!(world.read().text, "");
}

#[test]
fn environments_merge_field_by_field() {
    let world = World::with(&[
        (
            "state/a.yaml",
            "users:\n  a: {name: A, attributes: {x: 1, y: {z: 2}}, groups: [g, h], email: !env NOT_SET}\n  b: {name: B}\nabsent: {groups: [x]}\nassertions: [{a: 1}]\n",
        ),
        (
            "environments/prod/p.yaml",
            "users:\n  a: {attributes: {y: {z: 3, w: 4}}, groups: [i], email: null}\n  c: {}\nflows: {f: {text: !file f.txt}}\nabsent: {groups: [y]}\nassertions: [{b: 2}]\n",
        ),
        ("environments/prod/f.txt", "hello"),
    ]);
    let read = world.read_env(Some("prod"));
    assert_eq!(read.text, "");
    insta::assert_snapshot!(show_tree(&read.tree), @r#"
    absent:
      groups: [x, y]
    assertions:
      [{a: 1}]
      [{b: 2}]
    flows:
      f: {text: "hello"(Quoted TextFile("f.txt"))}
    users:
      a: {name: A, attributes: {x: 1, y: {z: 3, w: 4}}, groups: [i], email: null}
      b: {name: B}
      c: {}
    "#);
    let user = read.tree.section("users").unwrap().entry("a").unwrap();
    let file = |key: &str| user.node.get(key).unwrap().span.file.0;
    assert_eq!(
        (
            file("name"),
            file("attributes"),
            file("groups"),
            file("email")
        ),
        (0, 0, 1, 1)
    );
    assert_eq!(read.tree, world.read_env(Some("prod")).tree);

    world.write("environments/prod/q.yaml", b"users: {a: {}}\n");
    insta::assert_snapshot!(world.read_env(Some("prod")).text, @r#"
    error[AKR0103]: `a` is declared twice in `users`
     --> environments/prod/q.yaml:1:9
      |
    1 | users: {a: {}}
      |         ^ declared here again
      |
     ::: environments/prod/p.yaml:2:3
      |
    2 |   a: {attributes: {y: {z: 3, w: 4}}, groups: [i], email: null}
      |   - first declared here
      |
    help: keep one; to vary an object between servers, use an environment overlay

    1 error
    "#);
}

#[test]
fn lists_of_absent_add_up_over_files() {
    let world = World::with(&[
        (
            "state/a.yaml",
            "absent: {flows: [a, b]}\nassertions: [{x: 1}]\n",
        ),
        (
            "state/b.yaml",
            "absent: {flows: [c], users: [u]}\nassertions: [{y: 1}]\n",
        ),
    ]);
    let read = world.read();
    assert_eq!(read.text, "");
    insta::assert_snapshot!(show_tree(&read.tree), @r#"
    absent:
      flows: [a, b, c]
      users: [u]
    assertions:
      [{x: 1}]
      [{y: 1}]
    "#);
}

#[test]
fn the_order_of_files_does_not_matter() {
    let parts = [
        "groups:\n  a: {x: 1}\n  b: {}\n",
        "users:\n  c: {}\ngroups:\n  d: {}\n",
    ];
    let one = World::with(&[("state/1.yaml", parts[0]), ("state/2.yaml", parts[1])]).read();
    let two = World::with(&[("state/1.yaml", parts[1]), ("state/2.yaml", parts[0])]).read();
    let both = World::with(&[("state/1.yaml", &format!("{}---\n{}", parts[1], parts[0]))]).read();
    assert_eq!(show_tree(&one.tree), show_tree(&two.tree));
    assert_eq!(show_tree(&one.tree), show_tree(&both.tree));
}

#[cfg(unix)]
#[test]
fn links() {
    use std::os::unix::fs::symlink;
    let world = World::with(&[
        ("state/real/a.yaml", "groups: {a: {}}\n"),
        ("outside/b.yaml", "groups: {b: {}}\n"),
    ]);
    let state = world.root.join("state");
    symlink(".", state.join("loop")).unwrap();
    symlink("../real", state.join("real/self")).unwrap();
    symlink("real/a.yaml", state.join("0.yaml")).unwrap();
    symlink("nowhere", state.join("harmless")).unwrap();
    let read = world.read();
    assert_eq!(read.text, "", "a file known by several names is read once");
    assert_eq!(show_tree(&read.tree), "groups:\n  a: {}\n");

    // As Kubernetes mounts a ConfigMap: the data lies in a hidden folder, and only links lead there.
    world.write("state/..data/c.yaml", b"groups: {c: {}}\n");
    symlink("..data/c.yaml", state.join("c.yaml")).unwrap();
    assert_eq!(show_tree(&world.read().tree), "groups:\n  a: {}\n  c: {}\n");

    symlink("../outside", state.join("out")).unwrap();
    symlink("../outside/b.yaml", state.join("b.yaml")).unwrap();
    symlink("nowhere", state.join("gone.yaml")).unwrap();
    fs::create_dir(state.join("folder.yaml")).unwrap();
    insta::assert_snapshot!(world.read().text, @"
    error[AKR0119]: state/b.yaml is a symbolic link that leads out of the state directory
      = help: move what it leads to into the directory, or allow it with `--allow-outside`

    error[AKR0119]: state/gone.yaml cannot be read: a broken symbolic link (no such file or directory)

    error[AKR0119]: state/out is a symbolic link that leads out of the state directory
      = help: move what it leads to into the directory, or allow it with `--allow-outside`

    3 errors
    ");
}

#[test]
fn empty_state() {
    insta::assert_snapshot!(World::with(&[]).read().text, @r#"
    error[AKR0114]: the state directory `state` declares nothing
      = note: an empty state must never mean "delete everything"
      = help: state files end in `.yaml` or `.yml`; names that start with `.` or `_` are skipped

    1 error
    "#);
    insta::assert_snapshot!(World::with(&[("state/a.yaml", "# nothing\n"), ("state/b.yaml", "defaults: {groups: {a: b}}\ngroups: {}\nusers:\n")]).read().text, @r#"
    error[AKR0114]: the state directory `state` declares nothing
      = note: an empty state must never mean "delete everything"
      = help: declare at least one object

    1 error
    "#);
    insta::assert_snapshot!(World::with(&[("state/_off.yaml", "groups: {a: {}}"), ("state/.git/x.yaml", "groups: {a: {}}"), ("state/a.txt", "x")]).read().text, @r#"
    error[AKR0114]: the state directory `state` declares nothing
      = note: an empty state must never mean "delete everything"
      = help: state files end in `.yaml` or `.yml`; names that start with `.` or `_` are skipped

    1 error
    "#);
}

#[test]
fn missing_directory() {
    let world = World::new();
    fs::remove_dir(world.root.join("state")).unwrap();
    insta::assert_snapshot!(world.read().text, @"
    error[AKR0119]: the directory `state` cannot be read: no such file or directory
      = help: name the directory that holds the state files with `--state DIR`, or begin with `akrec init`

    1 error
    ");
    world.write("state", b"");
    insta::assert_snapshot!(world.read().text, @"
    error[AKR0119]: `state` is not a directory
      = help: name the directory that holds the state files: `--state DIR`

    1 error
    ");
}

#[test]
fn missing_environment() {
    let world = World::with(&[
        ("state/a.yaml", "groups: {a: {}}\n"),
        ("environments/prod/a.yaml", ""),
        ("environments/test/a.yaml", ""),
        ("environments/.x/a.yaml", ""),
    ]);
    insta::assert_snapshot!(world.read_env(Some("pord")).text, @r#"
    error[AKR0301]: there is no environment "pord"
      = note: looked for the directory environments/pord
      = help: the environments are: prod, test

    1 error
    "#);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_opened() {
    let world = World::with(&[("state/a.yaml", "groups: {a: {}}\n")]);
    let made = std::process::Command::new("mkfifo")
        .arg(world.root.join("state/p.yaml"))
        .status();
    if made.is_ok_and(|status| status.success()) {
        insta::assert_snapshot!(world.read().text, @r#"
        error[AKR0119]: state/p.yaml cannot be read: it is not a regular file

        1 error
        "#);
    }
}

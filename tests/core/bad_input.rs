//! Everything that can be wrong with the files of a state, each with the exact message; and that nothing crashes.

use std::fs;

use crate::world::World;

/// The message for these files.
fn message(files: &[(&str, &str)]) -> String {
    World::with(files).read().text
}

#[test]
fn syntax_error_and_the_other_files_are_still_read() {
    let world = World::with(&[
        ("state/a.yaml", "groups:\n  staff: {name: [x}\n"),
        ("state/b.yaml", "groups:\n  media: {}\n"),
        ("state/c.yml", "users:\n\tjodie: {}\n"),
    ]);
    let read = world.read();
    insta::assert_snapshot!(read.text, @r#"
    error[AKR0101]: `[` is closed by `}`
     --> state/a.yaml:2:17
      |
    2 |   staff: {name: [x}
      |                 ^ opened here
      |
    help: close the brackets in the order in which they were opened

    error[AKR0101]: a tab where YAML allows only spaces
     --> state/c.yml:2:2
      |
    2 |     jodie: {}
      |     ^ this tab
      |
    help: indent with spaces

    2 errors
    "#);
    assert!(
        read.tree
            .section("groups")
            .unwrap()
            .entry("media")
            .is_some()
    );
}

#[test]
fn duplicate_key_shows_both_and_no_secret() {
    insta::assert_snapshot!(message(&[(
        "state/a.yaml",
        "providers:\n  wiki:\n    client_secret: hunter2\n    client_secret: hunter3\n"
    )]), @r#"
    error[AKR0102]: the same key twice in one mapping
     --> state/a.yaml:4:5
      |
    3 |     client_secret: (sensitive value)
      |     ------------- first here
    4 |     client_secret: (sensitive value)
      |     ^^^^^^^^^^^^^ here again
      |
    help: merge the two, or remove one

    1 error
    "#);
}

#[test]
fn the_same_object_in_two_files_shows_both() {
    insta::assert_snapshot!(message(&[
        ("state/a.yaml", "groups:\n  staff: {}\n"),
        ("state/sub/b.yaml", "users: {}\n---\ngroups:\n  media: {}\n  staff: {parents: []}\n"),
    ]), @r#"
    error[AKR0103]: `staff` is declared twice in `groups`
     --> state/sub/b.yaml:5:3
      |
    5 |   staff: {parents: []}
      |   ^^^^^ declared here again
      |
     ::: state/a.yaml:2:3
      |
    2 |   staff: {}
      |   ----- first declared here
      |
    help: keep one; to vary an object between servers, use an environment overlay

    1 error
    "#);
}

#[test]
fn not_utf8() {
    let world = World::new();
    world.write("state/a.yaml", b"groups:\n  caf\xe9: {}\n");
    world.write("state/b.yaml", b"\xff\xfeg\0r\0");
    insta::assert_snapshot!(world.read().text, @"
    error[AKR0112]: state/a.yaml is not UTF-8 text
     --> state/a.yaml:2:6
      |
    2 |   caf�: {}
      |      ^ the first byte that is not
      |
    help: save it as UTF-8

    error[AKR0112]: state/b.yaml is not UTF-8 text
     --> state/b.yaml:1:1
      |
    1 | (sensitive value)
      | ^^^^^^^^^^^^^^^^^ the first byte that is not
      |
    help: it looks like UTF-16; save it as UTF-8

    2 errors
    ");
}

#[test]
fn nul_bytes() {
    insta::assert_snapshot!(message(&[("state/a.yaml", "groups:\n  a\0b: {}\n")]), @r#"
    error[AKR0101]: the file contains a NUL byte, which YAML does not allow
     --> state/a.yaml:2:4
      |
    2 |   a�b: {}
      |    ^ here
      |
    help: remove it; inside double quotes it can be written as an escape such as "\x1b"

    1 error
    "#);
}

#[test]
fn alias_bomb() {
    let mut text = String::from("x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n");
    for i in 1..10 {
        text.push_str(&format!(
            "x{i}: &x{i} [{}]\n",
            vec![format!("*x{}", i - 1); 10].join(", ")
        ));
    }
    insta::assert_snapshot!(message(&[("state/a.yaml", &text)]), @"
    error[AKR0113]: the files expand to more than akrec reads
     --> state/a.yaml:6:40
      |
    6 | ...ue), (sensitive value), (sensitive value), (sensitive value), (sensitive value), (sensitive value), (sensitive value)]
      |                                               ^^^^^^^^^^^^^^^^^ the limit is reached here
      |
      = note: the limit is 1,000,000 values in all files of a state (50000 in a settings file), and 16 MiB of text through aliases
    help: use fewer aliases (`*name`), or split the state into several workspaces

    1 error
    ");
}

#[test]
fn a_file_of_a_hundred_megabytes_is_not_read() {
    let world = World::with(&[("state/b.yaml", "groups: {staff: {}}\n")]);
    fs::File::create(world.root.join("state/a.yaml"))
        .unwrap()
        .set_len(100 << 20)
        .unwrap();
    insta::assert_snapshot!(world.read().text, @"
    error[AKR0113]: state/a.yaml is larger than 8 MiB
      = help: split it; if it is not a state file, rename it so that its name begins with `_`

    1 error
    ");
}

#[test]
fn deep_nesting() {
    insta::assert_snapshot!(message(&[("state/a.yaml", &"[".repeat(100_000))]), @"
    error[AKR0113]: nested more than 100 levels deep
     --> state/a.yaml:1:1
      |
    1 | (sensitive value)
      | ^^^^^^^^^^^^^^^^^ one level too many

    1 error
    ");
}

#[test]
fn variables_are_no_names_and_never_our_own_credentials() {
    let world = World::with(&[(
        "state/a.yaml",
        "users:\n  jodie: {email: !env AKREC_TOKEN, name: !env {name: AKREC_OIDC_SECRET, default: x}}\n",
    )]);
    insta::assert_snapshot!(world.read().text, @"
    error[AKR0126]: AKREC_TOKEN holds akrec's own credentials
     --> state/a.yaml:2:18
      |
    2 |   jodie: {email: !env AKREC_TOKEN, name: !env {name: AKREC_OIDC_SECRET, default: (sensitive value)
      |                  ^^^^^^^^^^^^^^^^ cannot be a value
      |
    help: put the secret into a separate variable

    error[AKR0126]: AKREC_OIDC_SECRET holds akrec's own credentials
     --> state/a.yaml:2:42
      |
    2 |   jodie: {email: !env AKREC_TOKEN, name: !env {name: AKREC_OIDC_SECRET, default: (sensitive value)
      |                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ cannot be a value
      |
    help: put the secret into a separate variable

    2 errors
    ");
}

#[test]
fn missing_variables() {
    let mut world = World::with(&[(
        "state/a.yaml",
        "providers:\n  wiki:\n    client_secret: !env WIKI_SECRET\n    a: !var domian\n    b: !var other\n    c: !env EMPTY\n    d: !env {nme: X}\n    e: !env [X]\n    f: !env {default: hunter2}\n",
    )]);
    world.vars.insert("domain".into(), "hunter2".into());
    insta::assert_snapshot!(world.read().text, @r#"
    error[AKR0110]: the environment variable WIKI_SECRET is not set
     --> state/a.yaml:3:20
      |
    3 |     client_secret: !env WIKI_SECRET
      |                    ^^^^^^^^^^^^^^^^ needed here
      |
    help: set it, or give a default: `!env {name: WIKI_SECRET, default: value}`

    error[AKR0110]: the variable domian is not set
     --> state/a.yaml:4:8
      |
    4 |     a: !var domian
      |        ^^^^^^^^^^^ needed here
      |
    help: did you mean `!var domain`?

    error[AKR0110]: the variable other is not set
     --> state/a.yaml:5:8
      |
    5 |     b: !var other
      |        ^^^^^^^^^^ needed here
      |
    help: set it with `--var other=value`, AKREC_VAR_other, or under `vars:` in akrec.yaml

    error[AKR0110]: the environment variable EMPTY is empty
     --> state/a.yaml:6:8
      |
    6 |     c: !env EMPTY
      |        ^^^^^^^^^^ needed here
      |
    help: set it, or allow the empty text: `!env {name: EMPTY, default: ""}`

    error[AKR0116]: `!env` accepts only `name` and `default`
     --> state/a.yaml:7:14
      |
    7 |     d: !env {nme: X}
      |              ^^^ not one of them
      |
    help: write `!env NAME` or `!env {name: NAME, default: value}`

    error[AKR0116]: `!env` needs a name
     --> state/a.yaml:8:8
      |
    8 |     e: !env [X]
      |        ^^^^^^^^ this is a list
      |
    help: write `!env NAME` or `!env {name: NAME, default: value}`

    error[AKR0116]: `!env` needs a name
     --> state/a.yaml:9:8
      |
    9 |     f: !env {default: (sensitive value)
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this is a mapping
      |
    help: write `!env NAME` or `!env {name: NAME, default: value}`

    7 errors
    "#);
}

#[test]
fn missing_file_and_files_outside() {
    let world = World::with(&[
        (
            "state/sub/a.yaml",
            "policies:\n  a: {expression: !file gone.py}\n  b: {expression: !file ../../secret.py}\n  c: {expression: !file /etc/hostname}\n  d: {expression: !file link.py}\n  e: {expression: !file ../sub}\n  f: {expression: !file }\n  g: {expression: !file bin.py}\n",
        ),
        ("secret.py", "hunter2"),
    ]);
    world.write("state/sub/bin.py", b"\xff\xff");
    #[cfg(unix)]
    std::os::unix::fs::symlink("../../secret.py", world.root.join("state/sub/link.py")).unwrap();
    let text = world.read().text;
    assert!(!text.contains("hunter2"));
    insta::assert_snapshot!(text, @"
    error[AKR0111]: the file gone.py cannot be read: no such file or directory
     --> state/sub/a.yaml:2:19
      |
    2 |   a: {expression: !file gone.py}
      |                   ^^^^^^^^^^^^^ named here
      |
      = note: looked for state/sub/gone.py

    error[AKR0111]: ../../secret.py is outside the state directory
     --> state/sub/a.yaml:3:19
      |
    3 |   b: {expression: !file ../../secret.py}
      |                   ^^^^^^^^^^^^^^^^^^^^^ this path leads out of it
      |
    help: move it into the state directory, or allow it with `--allow-outside`

    error[AKR0111]: /etc/hostname is outside the state directory
     --> state/sub/a.yaml:4:19
      |
    4 |   c: {expression: !file /etc/hostname}
      |                   ^^^^^^^^^^^^^^^^^^^ this path leads out of it
      |
    help: move it into the state directory, or allow it with `--allow-outside`

    error[AKR0111]: link.py is outside the state directory
     --> state/sub/a.yaml:5:19
      |
    5 |   d: {expression: !file link.py}
      |                   ^^^^^^^^^^^^^ a symbolic link leads out of it
      |
    help: move it into the state directory, or allow it with `--allow-outside`

    error[AKR0111]: the file ../sub cannot be read: it is not a regular file but a directory
     --> state/sub/a.yaml:6:19
      |
    6 |   e: {expression: !file ../sub}
      |                   ^^^^^^^^^^^^ named here

    error[AKR0116]: `!file` needs a name
     --> state/sub/a.yaml:7:19
      |
    7 |   f: {expression: !file }
      |                   ^^^^^ this is nothing (null)
      |
    help: write `!file path/of/the/file`

    error[AKR0111]: bin.py is not UTF-8 text
     --> state/sub/a.yaml:8:19
      |
    8 |   g: {expression: !file bin.py}
      |                   ^^^^^^^^^^^^ named here
      |
    help: save it as UTF-8

    7 errors
    ");
}

#[test]
fn no_mapping_unknown_tag_and_complex_key() {
    insta::assert_snapshot!(message(&[
        ("state/a.yaml", "- groups\n"),
        ("state/b.yaml", "groups:\n  staff: !unknown {}\n"),
        ("state/c.yaml", "groups:\n  {a: b}: {}\n"),
    ]), @"
    error[AKR0116]: a state file must be a mapping of sections
     --> state/a.yaml:1:1
      |
    1 | (sensitive value)
      | ^^^^^^^^^^^^^^^^^ this is a list
      |
    help: start with a section: `groups:`, then the objects below it, indented

    error[AKR0115]: unknown tag
     --> state/b.yaml:2:10
      |
    2 |   staff: !unknown (sensitive value)
      |          ^^^^^^^^ not a tag of akrec
      |
      = note: akrec supports `!env`, `!exact`, `!file`, `!ref` and `!var`, and under `raw` also `!set`
    help: a string that starts with `!` needs quotes

    error[AKR0116]: a mapping cannot be a key
     --> state/c.yaml:2:3
      |
    2 |   {a: b}: {}
      |   ^^^^^^ a key must be a single word or a string
      |
    help: a string that starts with `[` or `{` needs quotes

    3 errors
    ");
}

#[test]
fn files_that_are_taken_as_they_are_follow_the_same_rules() {
    let state = "files:\n  a.png: {content: !file a.bin}\n  b.png: {content: !file gone.bin}\n  c.png: {content: !file ../secret.bin}\n  d.png: {content: !file link.bin}\n  e.png: {content: !file large.bin}\n  f.png: {content: !file sub}\npolicies:\n  g: {expression: !file a.bin}\n";
    let mut world = World::with(&[
        ("state/a.yaml", state),
        ("secret.bin", "hunter2"),
        ("state/sub/x", ""),
    ]);
    world.write("state/a.bin", b"\xff\x00\xfe");
    fs::File::create(world.root.join("state/large.bin"))
        .unwrap()
        .set_len((25 << 20) + 1)
        .unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.bin", world.root.join("state/link.bin")).unwrap();
    let text = world.read().text;
    assert!(!text.contains("hunter2"));
    insta::assert_snapshot!(text, @"
    error[AKR0111]: the file gone.bin cannot be read: no such file or directory
     --> state/a.yaml:3:20
      |
    3 |   b.png: {content: !file gone.bin}
      |                    ^^^^^^^^^^^^^^ named here
      |
      = note: looked for state/gone.bin

    error[AKR0111]: ../secret.bin is outside the state directory
     --> state/a.yaml:4:20
      |
    4 |   c.png: {content: !file ../secret.bin}
      |                    ^^^^^^^^^^^^^^^^^^^ this path leads out of it
      |
    help: move it into the state directory, or allow it with `--allow-outside`

    error[AKR0111]: link.bin is outside the state directory
     --> state/a.yaml:5:20
      |
    5 |   d.png: {content: !file link.bin}
      |                    ^^^^^^^^^^^^^^ a symbolic link leads out of it
      |
    help: move it into the state directory, or allow it with `--allow-outside`

    error[AKR0111]: large.bin is larger than 25 MiB
     --> state/a.yaml:6:20
      |
    6 |   e.png: {content: !file large.bin}
      |                    ^^^^^^^^^^^^^^^ named here

    error[AKR0111]: the file sub cannot be read: it is not a regular file but a directory
     --> state/a.yaml:7:20
      |
    7 |   f.png: {content: !file sub}
      |                    ^^^^^^^^^ named here

    error[AKR0111]: a.bin is not UTF-8 text
     --> state/a.yaml:9:19
      |
    9 |   g: {expression: !file a.bin}
      |                   ^^^^^^^^^^^ named here
      |
    help: save it as UTF-8

    6 errors
    ");
    world.allow_outside = true;
    let text = world.read().text;
    assert!(
        !text.contains("outside") && text.contains("large.bin is larger than 25 MiB"),
        "{text}"
    );
}

#[test]
fn a_key_that_is_missing() {
    insta::assert_snapshot!(message(&[("state/a.yaml", "groups:\n  : {}\n  \"\": {}\n")]), @"
    error[AKR0116]: a key is missing
     --> state/a.yaml:2:3
      |
    2 |   : {}
      |   ^ there is nothing before this `:`
      |
    help: write a key before it

    1 error
    ");
}

#[test]
fn what_names_no_object_declares_nothing() {
    for text in [
        "absent: {groups: []}",
        "absent: {groups: }",
        "absent: {raw: {/a/b/: []}}",
        "raw: {/a/b/: {key: name, defaults: {a: 1}}}",
        "raw: {/a/b/: {objects: {}}}",
        "groups: {}",
        "defaults: {groups: {is_superuser: true}}",
    ] {
        let reported = message(&[("state/a.yaml", text)]);
        assert!(reported.contains("error[AKR0114]"), "{text}: {reported}");
    }
    for text in [
        "absent: {groups: [a]}",
        "absent: {raw: {/a/b/: [a]}}",
        "raw: {/a/b/: {objects: {a: }}}",
        "groups: {a: }",
    ] {
        let reported = message(&[("state/a.yaml", text)]);
        assert!(!reported.contains("AKR0114"), "{text}: {reported}");
    }
}

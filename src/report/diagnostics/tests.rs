//! The rendered form, exactly; and that nothing dangerous or secret gets through.
use super::*;
use crate::diag::{Code, FileId, Span};
use std::path::Path;

fn find(sources: &Sources, file: FileId, what: &str) -> Span {
    let start = sources.get(file).unwrap().text.find(what).unwrap() as u32;
    Span {
        file,
        start,
        end: start + what.len() as u32,
    }
}

fn world() -> (Sources, FileId, FileId) {
    let mut sources = Sources::default();
    let text = "applications:\n  grafana:\n    bindings:\n      - group: grafana-editor\n";
    let apps = sources.add(
        "state/apps/grafana.yaml",
        Path::new("x"),
        format!("{}{text}", "\n".repeat(8)),
    );
    let groups = sources.add(
        "state/groups.yaml",
        Path::new("x"),
        "groups:\n  grafana-editors: {}\n",
    );
    (sources, apps, groups)
}

#[test]
fn the_sample() {
    let (sources, apps, groups) = world();
    let d = Diagnostic::error(
        Code::UNKNOWN_REFERENCE,
        "group \"grafana-editor\" is not declared and not found on the server",
    )
    .at(find(&sources, apps, "grafana-editor"), "no such group")
    .and(
        find(&sources, groups, "grafana-editors"),
        "a similar name is declared here",
    )
    .help("did you mean \"grafana-editors\"?");
    insta::assert_snapshot!(text(&[d], &sources, false, 9), @r#"
    error[AKR0203]: group "grafana-editor" is not declared and not found on the server
      --> state/apps/grafana.yaml:12:16
       |
    12 |       - group: grafana-editor
       |                ^^^^^^^^^^^^^^ no such group
       |
      ::: state/groups.yaml:2:3
       |
     2 |   grafana-editors: {}
       |   --------------- a similar name is declared here
       |
    help: did you mean "grafana-editors"?

    1 error
    "#);
}

#[test]
fn order_cap_and_tally() {
    let (sources, apps, groups) = world();
    let all = [
        Diagnostic::warning(Code::OPENS, "open")
            .at(find(&sources, apps, "grafana"), "this")
            .note("because\nof that")
            .note("b"),
        Diagnostic::error(Code::UNKNOWN_FIELD, "second").at(find(&sources, groups, "groups"), "x"),
        Diagnostic::error(Code::UNKNOWN_FIELD, "first")
            .at(find(&sources, apps, "bindings"), "y")
            .and(find(&sources, apps, "applications"), "z"),
        Diagnostic::error(Code::BAD_STATE_DIR, "nowhere")
            .help("look elsewhere")
            .note("n"),
    ];
    insta::assert_snapshot!(text(&all, &sources, false, 9), @r#"
    error[AKR0119]: nowhere
      = note: n
      = help: look elsewhere

    error[AKR0105]: first
      --> state/apps/grafana.yaml:11:5
       |
     9 | applications:
       | ------------ z
    10 |   grafana:
    11 |     bindings:
       |     ^^^^^^^^ y

    error[AKR0105]: second
     --> state/groups.yaml:1:1
      |
    1 | groups:
      | ^^^^^^ x

    warning[AKR0601]: open
      --> state/apps/grafana.yaml:10:3
       |
    10 |   grafana:
       |   ^^^^^^^ this
       |
       = note: because
               of that
       = note: b

    3 errors, 1 warning
    "#);
    assert!(text(&all, &sources, false, 1).ends_with("\nand 3 more\n3 errors, 1 warning\n"));
    insta::assert_snapshot!(short(&all, &sources), @r#"
    error[AKR0119]: nowhere
    state/apps/grafana.yaml:11:5: error[AKR0105]: first
    state/groups.yaml:1:1: error[AKR0105]: second
    state/apps/grafana.yaml:10:3: warning[AKR0601]: open
    "#);
    assert_eq!(text(&[], &sources, false, 9), "");
    let mut turned = all.clone();
    turned.reverse();
    assert_eq!(
        text(&all, &sources, true, 9),
        text(&turned, &sources, true, 9)
    );
}

#[test]
fn untrusted_text_is_harmless() {
    let mut sources = Sources::default();
    let file = sources.add(
        "a\u{1b}[2J.yaml",
        Path::new("x"),
        "\u{feff}a:\t\u{1b}]0;x\u{7}grü\u{202e}ße\u{9b}31m: y\r\n",
    );
    let d = Diagnostic::error(Code::YAML_SYNTAX, "bad\u{1b}[31m\nline \u{202e}x")
        .at(find(&sources, file, "grü"), "la\rbel\u{7}")
        .note("n\u{1b}o\nte")
        .help("h\u{2028}elp");
    let out = text(std::slice::from_ref(&d), &sources, false, 9) + &short(&[d], &sources);
    assert!(out.chars().all(|c| c == '\n' || !dangerous(c)), "{out:?}");
    insta::assert_snapshot!(out, @r#"
    error[AKR0101]: bad\u{1b}[31m\nline \u{202e}x
     --> a\u{1b}[2J.yaml:1:10
      |
    1 | a:    �]0;x�grü�ße�31m: y
      |             ^^^ la\rbel\u{7}
      |
      = note: n\u{1b}o
              te
    help: h\u{2028}elp

    1 error
    a\u{1b}[2J.yaml:1:10: error[AKR0101]: bad\u{1b}[31m\nline \u{202e}x
    "#);
}

#[test]
fn secrets_are_hidden_without_their_length() {
    let render = |secret: &str| {
        let mut sources = Sources::default();
        let text_ = format!("a: {{client_secret: {secret}, type: foo}}\nkey: |\n  {secret}\n");
        let file = sources.add("a.yaml", Path::new("x"), text_.clone());
        let from = text_.find(secret).unwrap() as u32;
        sources.hide(Span {
            file,
            start: from,
            end: from + secret.len() as u32,
        });
        let block = text_.rfind(secret).unwrap() as u32;
        sources.hide(Span {
            file,
            start: block,
            end: block + secret.len() as u32,
        });
        let at = |start: u32, end: u32| {
            Diagnostic::error(Code::WRONG_TYPE, "m").at(Span { file, start, end }, "l")
        };
        let after = find(&sources, file, "type");
        let all = [
            at(from + 1, from + 2),
            at(3, after.end),
            at(after.start, after.end),
            at(block, block + 1),
        ];
        text(&all, &sources, false, 9) + &short(&all, &sources)
    };
    let out = render("hunter2");
    // Only the column of what follows the secret is another one: it is that of the file.
    assert_eq!(
        out,
        render("something much longer than that").replace("a.yaml:1:53", "a.yaml:1:29")
    );
    assert!(!out.contains("hunter"));
    insta::assert_snapshot!(out, @r#"
    error[AKR0107]: m
     --> a.yaml:1:4
      |
    1 | a: {client_secret: (sensitive value), type: foo}
      |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ l

    error[AKR0107]: m
     --> a.yaml:1:20
      |
    1 | a: {client_secret: (sensitive value), type: foo}
      |                    ^^^^^^^^^^^^^^^^^ l

    error[AKR0107]: m
     --> a.yaml:1:29
      |
    1 | a: {client_secret: (sensitive value), type: foo}
      |                                       ^^^^ l

    error[AKR0107]: m
     --> a.yaml:3:3
      |
    3 |   (sensitive value)
      |   ^^^^^^^^^^^^^^^^^ l

    4 errors
    a.yaml:1:4: error[AKR0107]: m
    a.yaml:1:20: error[AKR0107]: m
    a.yaml:1:29: error[AKR0107]: m
    a.yaml:3:3: error[AKR0107]: m
    "#);
}

#[test]
fn long_lines_are_cut() {
    let mut sources = Sources::default();
    let line = "x".repeat(1_000_000);
    let file = sources.add(
        "a.yaml",
        Path::new("x"),
        format!("{{a: {line}, a: {line}}}"),
    );
    let span = |start| Span {
        file,
        start,
        end: start + 1,
    };
    let d = Diagnostic::error(Code::DUPLICATE_KEY, "m".repeat(5000))
        .at(span(1_000_006), "here again")
        .and(span(1), "first here");
    let out = text(&[d], &sources, false, 9);
    assert!(out.len() < 4000, "{}", out.len());
    assert!(
        out.contains("a.yaml:1:1000007") && out.contains("first here: line 1, column 2"),
        "{out}"
    );
}

#[test]
fn odd_spans_do_not_panic() {
    let mut sources = Sources::default();
    let file = sources.add("a.yaml", Path::new("x"), "ä: b\r\n\r\n日: |\n  x\n  y");
    let length = 30;
    for start in 0..length {
        for end in 0..length {
            let d = Diagnostic::error(Code::WRONG_TYPE, "m")
                .at(Span { file, start, end }, "l")
                .and(
                    Span {
                        file,
                        start: end,
                        end: start,
                    },
                    "k",
                );
            let all = [
                d.clone(),
                Diagnostic { primary: None, ..d },
                Diagnostic::error(Code::WRONG_TYPE, "").at(
                    Span {
                        file: FileId(7),
                        start,
                        end,
                    },
                    "",
                ),
            ];
            assert!(
                !text(&all, &sources, false, 9).is_empty() && !short(&all, &sources).is_empty()
            );
        }
    }
}

//! Lines and columns of what stands beside secrets: those of the file in every format, and carets below the right text.

use std::path::Path;

use serde_json::Value as Json;

use super::{short, text};
use crate::diag::{Code, Diagnostic, FileId, Sources, Span};
use crate::report::document::Document;
use crate::report::{Verb, github, gitlab, html, json, junit, markdown, sarif};

/// Files with secrets between `<` and `>`, and places that follow them between `[` and `]`; all four are taken out.
const FILES: &[&str] = &[
    "a: {secret: <short>, [here]: 1}",
    "a: {secret: <a secret that is much longer than what stands for it>, [here]: 1}",
    "a: {b: <x>, c: <a secret that is much longer than what is shown>, [here]: 1, d: <y>, [there]: 2}",
    "a: {secret: <x>[,] b: 1}",
    "[a]: {secret: <short>, [here]: 1, last: <some other secret of some length>}",
    "grün: {schlüssel: <geheim-äöü>, [hier]: 1}",
    "日本: {鍵: <秘密>, [ここ]: 1, 他: <長い長い長い長い長い長い長い秘密>, [そこ]: 2}",
    "a: {b: <e\u{301}\u{1f469}\u{200d}\u{1f469}>, [e\u{301}x]: 1}",
    "\u{feff}a: {b: <secret>, [here]: 1}",
    "a:\t{b: <secret>,\t[here]: 1}",
    "one: 1\r\na: {b: <secret>, [here]: 1}\r\nlast: 1\r\n",
    "a: {b: \"<one\n  two of several lines\n  three>\", [here]: 1}\nc: {d: <secret>, [there]: 2}\n",
    "a: {x\u{1b}: <secret>, [here]: 1}",
    "a: {x\u{202e}: <secret>, [here]: 1}",
];

struct Case {
    sources: Sources,
    file: FileId,
    plain: String,
    secrets: Vec<String>,
    /// Places with their line and column.
    places: Vec<(Span, u32, usize)>,
}

impl Case {
    fn of(marked: &str) -> Case {
        let (mut plain, mut starts) = (String::new(), Vec::new());
        let (mut hidden, mut places) = (Vec::new(), Vec::new());
        for c in marked.chars() {
            match c {
                '<' | '[' => starts.push(plain.len() as u32),
                '>' => hidden.push((starts.pop().unwrap(), plain.len() as u32)),
                ']' => places.push((starts.pop().unwrap(), plain.len() as u32)),
                c => plain.push(c),
            }
        }
        let mut sources = Sources::default();
        let file = sources.add("state/a.yaml", Path::new("x"), plain.clone());
        hidden.iter().for_each(|(start, end)| {
            sources.hide(Span {
                file,
                start: *start,
                end: *end,
            })
        });
        let place = |(start, end): (u32, u32)| {
            let before = &plain[..start as usize];
            let line = before.matches('\n').count() as u32 + 1;
            let own = before.rsplit('\n').next().unwrap();
            (
                Span { file, start, end },
                line,
                own.trim_start_matches('\u{feff}').chars().count() + 1,
            )
        };
        let places = places.into_iter().map(place).collect();
        let secrets = hidden
            .iter()
            .map(|(start, end)| plain[*start as usize..*end as usize].to_owned())
            .collect();
        Case {
            sources,
            file,
            plain,
            secrets,
            places,
        }
    }
}

/// How wide a text is on a terminal.
fn width(text: &str) -> usize {
    let one = |c: char| match c {
        '\u{300}'..='\u{36f}' | '\u{200d}' => 0,
        '\u{1100}'.. => 1 + usize::from(c != '\u{fffd}'),
        _ => 1,
    };
    text.chars().map(one).sum()
}

/// Whether a drawing has carets exactly below a text, on a line that shows it.
fn points_at(drawn: &str, what: &str) -> bool {
    let lines: Vec<&str> = drawn.lines().collect();
    lines.windows(2).any(|pair| {
        let Some((_, marks)) = pair[1].split_once("| ") else {
            return false;
        };
        let Some((_, shown)) = pair[0].split_once("| ") else {
            return false;
        };
        let Some(start) = marks.find('^') else {
            return false;
        };
        let long = marks[start..].chars().take_while(|c| *c == '^').count();
        shown
            .match_indices(what)
            .any(|(at, _)| (width(&shown[..at]), width(what)) == (start, long))
    })
}

#[test]
fn what_follows_a_secret_is_where_the_file_has_it_in_every_format() {
    for marked in FILES {
        let case = Case::of(marked);
        for (span, line, column) in &case.places {
            let what = &case.plain[span.start as usize..span.end as usize];
            let diagnostic = Diagnostic::error(Code::WRONG_TYPE, "wrong").at(*span, "this");
            let all = std::slice::from_ref(&diagnostic);
            let sources = &case.sources;
            let run = Document {
                diagnostics: all.to_vec(),
                ..Document::new(Verb::Validate, sources)
            };
            let place = format!("state/a.yaml:{line}:{column}");
            let report = format!("{marked:?}, {what:?} at {place}");

            let plain = text(all, sources, false, 9);
            assert!(
                plain.contains(&format!("--> {place}\n")),
                "{report}:\n{plain}"
            );
            assert!(points_at(&plain, what), "{report}:\n{plain}");
            let colored = text(all, sources, true, 9);
            assert!(colored.contains(&place), "{report}:\n{colored}");
            assert!(
                short(all, sources).starts_with(&format!("{place}: error")),
                "{report}"
            );

            let document = json::document(&run);
            let range = &document["diagnostics"][0]["range"];
            assert_eq!(
                (&range["start"]["line"], &range["start"]["column"]),
                (&(*line).into(), &(*column).into())
            );
            assert_eq!(range["start"]["byte"], span.start, "{report}");
            let long = what.chars().count();
            assert_eq!(range["end"]["column"], column + long, "{report}");
            let snippet = &document["diagnostics"][0]["snippet"];
            let [from, upto] = ["highlight_start_offset", "highlight_end_offset"]
                .map(|name| snippet[name].as_u64().unwrap() as usize);
            assert_eq!(
                &snippet["code"].as_str().unwrap()[from..upto],
                what,
                "{report}: {snippet}"
            );

            let log: Json = serde_json::from_str(&sarif::sarif(&run)).unwrap();
            let region =
                &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
            assert_eq!(region["startLine"], *line, "{report}");
            assert_eq!(
                (&region["startColumn"], &region["endColumn"]),
                (&(*column).into(), &(column + long).into())
            );
            assert!(
                junit::junit(&run).contains(&format!("{place}: ")),
                "{report}: {}",
                junit::junit(&run)
            );
            let annotation = github::annotations(&run);
            let at = format!(
                "line={line},endLine={line},col={column},endColumn={}",
                column + long
            );
            assert!(
                annotation.contains(&at) || annotation.contains(&format!("col={column},")),
                "{report}: {annotation}"
            );

            let quality = gitlab::code_quality(&run);
            for (name, page) in [
                ("html", html::html(&run)),
                ("markdown", markdown::markdown(&run)),
            ] {
                assert!(page.contains(&place), "{report}: {name}: {page}");
            }
            let everything = [
                plain,
                colored,
                document.to_string(),
                sarif::sarif(&run),
                junit::junit(&run),
                annotation,
                quality,
            ];
            for secret in case
                .secrets
                .iter()
                .filter(|secret| secret.chars().count() > 5)
            {
                assert!(
                    everything.iter().all(|out| !out.contains(secret)),
                    "{report}: {secret:?} is shown"
                );
            }
        }
    }
}

#[test]
fn a_place_within_a_secret_does_not_say_how_long_that_is() {
    let case = Case::of("a: {b: <one secret>, c: <another of other length>}");
    let starts = case
        .plain
        .match_indices(": ")
        .map(|(at, _)| at as u32 + 2)
        .skip(1);
    for start in starts {
        for offset in 0..6 {
            let span = Span {
                file: case.file,
                start: start + offset,
                end: start + offset + 1,
            };
            let diagnostic = Diagnostic::error(Code::WRONG_TYPE, "wrong").at(span, "this");
            let drawn = text(&[diagnostic], &case.sources, false, 9);
            assert!(
                drawn.contains(&format!("--> state/a.yaml:1:{}\n", start + 1)),
                "{drawn}"
            );
            assert!(points_at(&drawn, "(sensitive value)"), "{drawn}");
        }
    }
}

/// Several labels, and excerpts of several files: each place is that of its own file.
#[test]
fn every_excerpt_names_its_own_place() {
    let mut sources = Sources::default();
    let mut spans = Vec::new();
    for name in ["a.yaml", "b.yaml", "c.yaml"] {
        let text = "k: {secret: a secret that is longer than what is shown, here: 1}\n";
        let file = sources.add(name, Path::new("x"), text);
        sources.hide(Span {
            file,
            start: 12,
            end: 54,
        });
        let start = text.find("here").unwrap() as u32;
        spans.push(Span {
            file,
            start,
            end: start + 4,
        });
    }
    let diagnostic = Diagnostic::error(Code::WRONG_TYPE, "wrong").at(spans[0], "a.yaml:1:32");
    let diagnostic = diagnostic
        .and(spans[1], "--> b.yaml:1:32")
        .and(spans[2], "c")
        .note("--> c.yaml:1:32");
    let drawn = text(&[diagnostic], &sources, false, 9);
    let column = spans[0].start + 1;
    for place in [
        format!("--> a.yaml:1:{column}\n"),
        format!("::: b.yaml:1:{column}\n"),
        format!("::: c.yaml:1:{column}\n"),
    ] {
        assert!(drawn.contains(&place), "{drawn}");
    }
    assert!(
        drawn.contains("a.yaml:1:32\n") && drawn.contains("--> b.yaml:1:32"),
        "labels stay: {drawn}"
    );
}

//! The README's commands are the ones that run.

use std::path::PathBuf;
use std::process::Command;

use crate::folder::Folder;

/// The command that stands in the README below a marker.
fn command(marker: &str) -> String {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let line = readme
        .lines()
        .skip_while(|line| !line.contains(&format!("<!-- {marker} -->")))
        .nth(1)
        .unwrap();
    line.trim_matches('`').to_owned()
}

#[test]
fn the_first_command_plans_and_applies_the_example() {
    let command = command("run");
    let args: Vec<&str> = command
        .strip_prefix("cargo run -- ")
        .expect("a cargo command")
        .split(' ')
        .collect();
    let output = Command::new(env!("CARGO_BIN_EXE_akrec"))
        .args(&args)
        .env_clear()
        .output()
        .expect("the program runs");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
    assert!(
        out.contains("Plan: ") && out.contains(" to add, "),
        "it shows the plan: {out}"
    );
    assert!(out.contains("Apply complete!"), "it applies: {out}");
    assert!(!err.contains("warning["), "the example is clean: {err}");
}

/// The blocks of a language, in order.
fn blocks(language: &str) -> Vec<String> {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let all = readme.split("\n```").skip(1).step_by(2);
    let of =
        |block: &str| Some(block.strip_prefix(language)?.strip_prefix('\n')?.to_owned() + "\n");
    all.filter_map(of).collect()
}

#[test]
fn what_it_looks_like_is_what_it_looks_like() {
    let home = Folder::new("readme");
    std::fs::create_dir(home.0.join("state")).unwrap();
    let write =
        |name: &str, text: &str| std::fs::write(home.0.join("state").join(name), text).unwrap();
    let akrec = |args: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_akrec"));
        command
            .args(args.split(' '))
            .args(["--sandbox=2026.2", "--sandbox-data", "house.json"])
            .current_dir(&home.0);
        let output = command
            .env_clear()
            .env("GRAFANA_CLIENT_SECRET", "secret")
            .output()
            .unwrap();
        let (out, err) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        );
        assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
        assert!(!err.contains("warning["), "the sample is clean: {err}");
        out
    };
    let state = &blocks("yaml")[0];
    write(
        "users.yaml",
        "users: {alice: {}, bob: {}, carol: {}}\ngroups: {old-staff: {members: [carol]}}\n",
    );
    let before = state
        .replace("[alice, bob]", "[alice]")
        .replace("- group: staff", "- group: old-staff");
    write("applications.yaml", &before);
    akrec("apply --auto-approve --no-rollback");
    write("applications.yaml", state);
    let plan = akrec("plan")
        .replace("the sandbox", "https://auth.example.org")
        .replace(": akadmin\n", ": svc-akrec\n");
    assert_eq!(plan, blocks("")[0]);
}

#[test]
fn the_second_command_is_what_the_gate_runs() {
    let gate = std::fs::read_to_string(".ci/run").unwrap();
    assert!(gate.contains("<!-- tests -->") && gate.contains("bash -c \"$command\""));
    assert_eq!(command("tests"), "cargo test");
}

#[test]
fn the_table_of_exit_codes_is_the_programs() {
    let page = std::fs::read_to_string("docs/exit-codes.md").unwrap();
    let rows = page
        .lines()
        .skip_while(|line| *line != "| code | meaning |")
        .skip(2);
    let cells = rows
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.split('|').nth(1).unwrap_or_default());
    let codes: Vec<u8> = cells.map(|cell| cell.trim().parse().unwrap()).collect();
    assert_eq!(codes, akrec::command::exit::ALL);
}

/// Every page that people read: the README, CONTRIBUTING, `docs/` and the decisions.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = vec!["README.md".into(), "CONTRIBUTING.md".into()];
    for folder in ["docs", "docs/decisions"] {
        pages.extend(
            std::fs::read_dir(folder)
                .unwrap()
                .map(|page| page.unwrap().path()),
        );
    }
    pages.retain(|page| page.extension().is_some_and(|kind| kind == "md"));
    assert!(pages.len() > 40);
    pages
}

/// A page without its blocks of code and without code in lines.
fn prose(text: &str) -> String {
    let outside: String = text
        .split("\n```")
        .step_by(2)
        .collect::<Vec<_>>()
        .join("\n");
    outside.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

/// The anchors of a page's headings, as forges make them.
fn anchors(text: &str) -> Vec<String> {
    let outside: String = text
        .split("\n```")
        .step_by(2)
        .collect::<Vec<_>>()
        .join("\n");
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
    let headings = outside.lines().filter(|line| line.starts_with('#'));
    let named = outside
        .split("<a id=\"")
        .skip(1)
        .map(|part| part.split('"').next().unwrap().to_owned());
    headings
        .map(|line| line.trim_start_matches('#').trim().to_lowercase())
        .map(|title| {
            title
                .chars()
                .filter(kept)
                .collect::<String>()
                .replace(' ', "-")
        })
        .chain(named)
        .collect()
}

#[test]
fn links_lead_somewhere() {
    for page in &pages() {
        let text = std::fs::read_to_string(page).unwrap();
        let folder = page.parent().unwrap();
        for part in prose(&text).split("](").skip(1) {
            let link = part.split(')').next().unwrap();
            if link.contains("://") {
                continue;
            }
            let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
            let path = if target.is_empty() {
                page.clone()
            } else {
                folder.join(target)
            };
            assert!(
                path.exists(),
                "{} links to {target}, which does not exist",
                page.display()
            );
            if !anchor.is_empty() {
                let there = anchors(&std::fs::read_to_string(&path).unwrap());
                assert!(
                    there.iter().any(|one| one == anchor),
                    "{} links to {link}: no such heading",
                    page.display()
                );
            }
        }
    }
}

/// What has retired words for a reason: a page, or a text that a page, the help or a source file must have as it is.
const MAY: &[(&str, &str, &str)] = &[
    ("docs/glossary.md", "", "it lists them"),
    (
        "docs/safety.md",
        "*rail*, and say *waive*",
        "the old words once, for whoever searches for them",
    ),
];

/// Retired words, from the table of the glossary.
fn retired() -> Vec<String> {
    let page = std::fs::read_to_string("docs/glossary.md").unwrap();
    let rows = page
        .lines()
        .skip_while(|line| !line.starts_with("| retired |"))
        .skip(2);
    let cells = rows.map_while(|row| row.split('|').nth(1));
    cells
        .flat_map(|cell| cell.split(','))
        .map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

/// The retired words in a text, each with the words around it.
fn found(text: &str, retired: &[String]) -> Vec<String> {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = text.to_lowercase();
    let whole = |at: usize, word: &str| {
        let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        !lower[..at].ends_with(part) && !lower[at + word.len()..].starts_with(part)
    };
    let places = retired.iter().flat_map(|word| {
        lower
            .match_indices(word.as_str())
            .filter(|(at, word)| whole(*at, word))
    });
    places
        .map(|(at, word)| {
            let around: String = lower[at..].chars().take(60).collect();
            format!("{word}: {around}")
        })
        .collect()
}

/// The source files whose texts people read: all but the sandbox, which answers in authentik's words, and tests.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() && name != "tests" && path != std::path::Path::new("src/sandbox") {
                folders.push(path);
            } else if name.ends_with(".rs") && name != "tests.rs" {
                files.push(path);
            }
        }
    }
    files.retain(|path| path != std::path::Path::new("src/sandbox.rs"));
    assert!(files.len() > 300, "{}", files.len());
    files
}

/// Where a string literal that begins at `at` starts and ends, without its quotes.
fn literal(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = &text[at..];
    let before = text[..at].chars().next_back();
    if let Some(inside) = rest.strip_prefix('"') {
        let mut escaped = false;
        let end = inside.char_indices().find(|(_, c)| {
            let end = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            end
        });
        return end.map(|(end, _)| (at + 1, at + 1 + end));
    }
    let raw = rest.strip_prefix('r')?;
    if before.is_some_and(|c| c.is_alphanumeric() && c != 'b' || c == '_') {
        return None;
    }
    let hashes = "#".repeat(raw.len() - raw.trim_start_matches('#').len());
    let inside = raw[hashes.len()..].strip_prefix('"')?;
    let from = text.len() - inside.len();
    let end = inside.find(&format!("\"{hashes}"))?;
    Some((from, from + end))
}

/// The string literals of a source file that have more than one word, without comments, tests and placeholders.
fn literals(source: &str) -> Vec<String> {
    let text = source.split("\nmod tests {").next().unwrap();
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\") {
            at += 3;
        } else if let Some((from, to)) = literal(text, at) {
            let lines = text[from..to].split("\\\n").map(str::trim_start);
            all.push(lines.collect::<String>());
            at = to + 1;
        } else {
            at += c.len_utf8();
        }
    }
    all.iter()
        .filter(|text| text.trim().contains(' '))
        .map(|text| {
            let parts = text.split('{').enumerate();
            let outside = parts.map(|(i, part)| match part.split_once('}') {
                Some((name, after)) if i > 0 && !name.contains(' ') => after,
                _ => part,
            });
            outside.collect::<Vec<_>>().join(" ").replace("\\n", " ")
        })
        .collect()
}

#[test]
fn literals_are_what_a_source_file_shows() {
    let source = concat!(
        "// \"a comment\"\nlet quote = '\"'; let word = \"word\";\n",
        "say(\"one {two} three \\\"four\\\"\"); say(r#\"five \"six\"\"#);\n",
        "say(\"seven \\\n    eight\");\n#[cfg(test)]\nmod tests {\n\"nine ten\"",
    );
    let expected = ["one   three \\\"four\\\"", "five \"six\"", "seven eight"];
    assert_eq!(literals(source), expected);
}

#[test]
fn retired_words_are_in_no_page_and_no_help() {
    let retired = retired();
    assert!(retired.len() > 30, "{retired:?}");
    assert_eq!(
        found(
            "Nobody tells of rails, rail-guards or guardrails.",
            &retired
        )
        .len(),
        2
    );
    let mut texts: Vec<(String, String)> = Vec::new();
    for page in pages() {
        texts.push((
            page.display().to_string(),
            prose(&std::fs::read_to_string(&page).unwrap()),
        ));
    }
    for verb in akrec::cli::command()
        .get_subcommands()
        .filter(|verb| !verb.is_hide_set())
    {
        let output = Command::new(env!("CARGO_BIN_EXE_akrec"))
            .args([verb.get_name(), "--help"])
            .env_clear()
            .output();
        texts.push((
            "--help".to_owned(),
            String::from_utf8(output.unwrap().stdout).unwrap(),
        ));
    }
    let output = Command::new(env!("CARGO_BIN_EXE_akrec"))
        .arg("--help")
        .env_clear()
        .output()
        .unwrap();
    texts.push((
        "--help".to_owned(),
        String::from_utf8(output.stdout).unwrap(),
    ));
    assert!(texts.len() > 65);
    for file in sources() {
        let place = file.display().to_string();
        let source = std::fs::read_to_string(file).unwrap();
        texts.extend(
            literals(&source)
                .into_iter()
                .map(|text| (place.clone(), text)),
        );
    }
    assert!(texts.len() > 3000, "{}", texts.len());
    let mut wrong = Vec::new();
    let mut stale: Vec<&(&str, &str, &str)> =
        MAY.iter().filter(|(_, text, _)| !text.is_empty()).collect();
    for (place, text) in &texts {
        if MAY
            .iter()
            .any(|(page, text, _)| page == place && text.is_empty())
        {
            continue;
        }
        let mut text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for (_, allowed, _) in MAY
            .iter()
            .filter(|(page, allowed, _)| page == place && !allowed.is_empty())
        {
            if text.contains(allowed) {
                stale.retain(|(page, one, _)| (page, one) != (&place.as_str(), allowed));
                text = text.replace(allowed, "");
            }
        }
        wrong.extend(
            found(&text, &retired)
                .into_iter()
                .map(|one| format!("{place}: {one}")),
        );
    }
    assert!(
        wrong.is_empty(),
        "say it in the words of docs/glossary.md:\n{}",
        wrong.join("\n")
    );
    assert!(
        stale.is_empty(),
        "these exceptions are no longer needed: {stale:?}"
    );
}

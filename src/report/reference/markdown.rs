//! The reference as pages of `docs/`. Equal tables give equal bytes; a test holds the pages against this.

use std::fmt::Write;

use super::example::example;
use super::facts::{
    gates, heading, holds, inner, known_by, needs, notes, owners, variant, variants, writable,
    written,
};
use crate::diag::Code;
use crate::kinds;
use crate::schema::{Field, Kind, RELEASES};

/// The subjects of the hundreds of codes.
const AREAS: &[(&str, &str)] = &[
    ("AKR01", "Files and YAML"),
    ("AKR02", "Objects and references"),
    ("AKR03", "Settings and command line"),
    ("AKR04", "The server"),
    ("AKR05", "Planning"),
    ("AKR06", "Safety"),
    ("AKR07", "Access"),
    ("AKR08", "Saved plans"),
    ("AKR09", "Applying"),
];

/// Kinds, one section a family. `kinds` are those of the table, `shown` those to list: all of them make a whole page.
pub fn kinds(shown: &[&'static Kind], kinds: &[&'static Kind]) -> String {
    let mut text = String::new();
    if shown.len() == kinds.len() {
        return all(kinds);
    }
    shown.iter().for_each(|kind| page(&mut text, kind, kinds));
    text.trim_start().to_owned()
}

fn all(kinds: &[&'static Kind]) -> String {
    let releases: Vec<String> = RELEASES.iter().map(ToString::to_string).collect();
    let mut text = format!(
        "# Kinds\n\n<!-- Made by `akrec kinds --format markdown`; do not edit. -->\n\nEvery kind of object that can be \
         declared, with every field, for authentik {}. `akrec explain KIND` shows the same in a terminal. \
         How values are written is in [the state language](state-language.md).\n",
        releases.join(", ")
    );
    let mut families: Vec<&str> = Vec::new();
    for kind in kinds {
        if !families.contains(&chapter(kind)) {
            families.push(chapter(kind));
        }
    }
    families.sort_by_key(|family| family.is_empty());
    text.push_str("\n| section | kinds |\n|---|---|\n");
    for family in &families {
        let of: Vec<String> = kinds
            .iter()
            .filter(|kind| chapter(kind) == *family)
            .map(|kind| {
                format!(
                    "[{}](#{})",
                    kind.type_name.unwrap_or(kind.name),
                    anchor(kind)
                )
            })
            .collect();
        let _ = writeln!(text, "| {} | {} |", title(family), of.join(" · "));
    }
    for family in &families {
        // A section of one kind is that kind's page.
        if !kinds.iter().any(|kind| heading(kind) == *family) {
            let _ = writeln!(text, "\n## {}", title(family));
        }
        for kind in kinds.iter().filter(|kind| chapter(kind) == *family) {
            page(&mut text, kind, kinds);
        }
    }
    text.push_str(
        "\n## Left out\n\nWhat authentik has and akrec does not declare, and why. Second factors, connections \
         and the audit log are not configuration: they belong to users.\n\n| what | API | why |\n|---|---|---|\n",
    );
    for out in kinds::NO_KINDS {
        let _ = writeln!(
            text,
            "| {} | `{}` | {} |",
            cell(out.what),
            out.path,
            cell(out.why)
        );
    }
    text
}

/// Every diagnostic, by area.
pub fn codes(codes: &[(Code, &str)]) -> String {
    let mut text = String::from(
        "# Diagnostics\n\n<!-- Made by `akrec explain --all --format markdown`; do not edit. -->\n\nEvery message about \
         files, the server or a plan has a code that never changes its meaning. `akrec explain CODE` shows the same text.\n",
    );
    let mut area = "";
    for (code, about) in codes {
        let prefix = code.as_str().get(..5).unwrap_or_default();
        if prefix != area {
            area = prefix;
            let name = AREAS
                .iter()
                .find(|(prefix, _)| *prefix == area)
                .map_or(area, |(_, name)| name);
            let _ = writeln!(text, "\n## {name}\n\n| code | meaning |\n|---|---|");
        }
        let _ = writeln!(
            text,
            "| <a id=\"{}\"></a>`{code}` | {} |",
            code.as_str().to_lowercase(),
            cell(about)
        );
    }
    text
}

/// The page of lints: how they are taken, and each with its name.
pub fn lints(codes: &[(Code, &str)]) -> String {
    let mut text = String::from(
        "# Lints

<!-- Made from the register of codes: `AKREC_UPDATE=1 cargo test --test program reference::pages`; do not edit. -->

A lint reports something that is valid but probably a mistake. `akrec validate` checks what the files say; `akrec plan` and `akrec apply`
check the projected state, with what they read anyway: no request is sent for a lint. What is unknown
is never taken for a mistake, and lints report only what is in a file.

A lint is a warning. `lints:` in `akrec.yaml` and flags change that, by the code or the name:

```yaml
lints: {open-application: deny, weak-redirect: allow}
```

| level | flag | means |
|---|---|---|
| `allow` | `--allow LINT` | not reported |
| `warn` | `--warn LINT` | reported; the default |
| `deny` | `--deny LINT` | an error, exit code 3: `validate` fails, `plan` saves no plan, `apply` writes nothing |

A flag wins over `akrec.yaml`; of several flags for one lint the strictest counts. Safety checks ([safety.md](safety.md)) are not
lints: no setting lowers them, and `--allow` overrides one for one run only. An apply of a plan file needs the same `--allow` as
the plan: none is taken from the file.

| code | name | about |
|---|---|---|
",
    );
    for (code, about) in codes {
        if let Some(name) = code.lint() {
            let _ = writeln!(
                text,
                "| <a id=\"{name}\"></a>`{code}` | `{name}` | {} |",
                cell(about)
            );
        }
    }
    text
}

fn chapter(kind: &Kind) -> &'static str {
    kind.section
}

fn title(section: &str) -> &str {
    if section.is_empty() {
        "Parts of other objects"
    } else {
        section
    }
}

/// The anchor that code hosts make of a kind's heading.
fn anchor(kind: &Kind) -> String {
    heading(kind).replace('.', "")
}

fn page(text: &mut String, kind: &'static Kind, kinds: &[&'static Kind]) {
    let level = if heading(kind) == kind.section {
        "##"
    } else {
        "###"
    };
    let _ = writeln!(text, "\n{level} {}\n\n{}\n", heading(kind), kind.doc);
    let mut facts = vec![format!("Kind `{}`", kind.name)];
    if kind.section.is_empty() {
        let of: Vec<String> = owners(kind, kinds)
            .iter()
            .map(|(owner, _)| format!("[{}](#{})", heading(owner), anchor(owner)))
            .collect();
        facts.push(format!("{}: {}", written(kind, kinds), of.join(", ")));
    }
    facts.push(format!("known by {}", known_by(kind)));
    if !kind.aliases.is_empty() {
        facts.push(format!(
            "may also be named by {}",
            kind.aliases.join(" or ")
        ));
    }
    facts.push(format!("API `{}`", kind.path));
    if kind.enterprise {
        facts.push("needs an enterprise license".to_owned());
    }
    facts.extend(gates(kind.since, kind.until));
    facts.extend(needs(kind).iter().map(|needs| cell(needs)));
    let _ = writeln!(
        text,
        "{}.\n\n| field | holds | notes |\n|---|---|---|",
        facts.join(" · ")
    );
    rows(text, kind, writable(kind, kinds), "");
    for children in kind.children {
        let of = kinds::kind(children.kind)
            .map_or_else(String::new, |of| format!("[{}](#{})", of.name, anchor(of)));
        let _ = writeln!(
            text,
            "| `{}` | {of} | objects of their own |",
            children.yaml_key
        );
    }
    let _ = writeln!(text, "\n```yaml\n{}```", example(kind, kinds));
}

fn rows(text: &mut String, kind: &Kind, fields: Vec<Field>, above: &str) {
    for field in fields {
        let name = if above.is_empty() {
            field.yaml_key
        } else {
            field.name
        };
        let variants: Vec<String> = variants(&field.shape)
            .iter()
            .map(|one| format!("`{}`", variant(one)))
            .collect();
        let about = [
            notes(kind, &field, !above.is_empty()).join("; "),
            variants.join(" "),
            field.doc.to_owned(),
        ];
        let about: Vec<String> = about
            .iter()
            .filter(|part| !part.is_empty())
            .map(|part| cell(part))
            .collect();
        let _ = writeln!(
            text,
            "| `{above}{name}` | {} | {} |",
            held(&field.shape),
            about.join("<br>")
        );
        rows(
            text,
            kind,
            inner(&field.shape).to_vec(),
            &format!("{above}{name}."),
        );
    }
}

/// The type of a field, with links to the families that it refers to.
fn held(shape: &crate::schema::Shape) -> String {
    let mut text = holds(shape);
    if let [family] = shape.families()
        && let Some(kind) = kinds::family(family).find(|kind| !kind.section.is_empty())
    {
        text = text.replacen(family, &format!("[{family}](#{})", kind.section), 1);
    }
    text
}

/// Text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

//! `docs/settings.md`: every key of `akrec.yaml`. It follows from the table of keys.

use std::fmt::Write;

use super::keys::{REFUSED, SETTINGS, Setting};

const HEAD: &str = "\
# Settings

<!-- Made from the table of keys: `AKREC_UPDATE=1 cargo test --test program reference::settings`; do not edit. -->

`akrec.yaml` holds the settings of a state. It is beside the state directory. Every key is optional, and so is the file.

- **Which value wins**: a flag, then an environment variable, then `environments/NAME/akrec.yaml` (with `--env NAME`), then
  `akrec.yaml`, then the default.
- **Mappings are merged**: an environment's `vars`, `lints`, `limits` and `headers` are laid over the base's, entry by entry. Every
  other key replaces the base's.
- **No secrets**: `!env NAME` brings in a variable in `headers` and `vars`, whose values akrec never shows. No other tag is allowed,
  and `!env` nowhere else.
- **Untrusted checkouts**: in a job for a pull request, or with `--untrusted`, some keys are not taken from the checkout. The
  [threat model](threat-model.md) says why.
- **In editors**: `akrec schema settings > akrec.settings.schema.json` writes a JSON Schema.

";

/// The page.
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("## All keys\n\n| key | type | default | flag | environment variable |\n|---|---|---|---|---|\n");
    for setting in SETTINGS {
        let _ = writeln!(
            page,
            "| [`{}`](#{}) | {} | {} | {} | {} |",
            setting.name,
            anchor(setting.name),
            setting.form.title(),
            setting.default,
            typed(setting.flags),
            typed(setting.variables),
        );
    }
    page.push_str("\n## Each key\n");
    for setting in SETTINGS {
        page.push_str(&section(setting));
    }
    page.push_str("\n## What is not a setting\n\nThese keys are refused in `akrec.yaml`, because whoever can change the file must not decide them.\n\n");
    page.push_str("| key | use instead |\n|---|---|\n");
    for (name, instead) in REFUSED
        .iter()
        .filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_lowercase()))
    {
        let _ = writeln!(page, "| `{name}` | {instead} |");
    }
    page
}

fn section(setting: &Setting) -> String {
    format!(
        "\n### `{}`\n\n{}\n\n```yaml\n{}\n```\n",
        setting.name, setting.about, setting.example
    )
}

/// Flags or variables, as they are typed.
fn typed(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The anchor that forges make of the heading of a key.
fn anchor(name: &str) -> String {
    name.replace('.', "")
}

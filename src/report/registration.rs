//! The OIDC settings that an application needs from its provider, in the form that the application reads.
//!
//! The secret is only written where it is asked for, and then the whole text is a [`SecretString`]. Whoever shows it must
//! know where it goes.

use secrecy::SecretString;
use serde_json::Value as Json;

use super::json;
use super::page::{columns, padded};
use super::safe::{commands, harmless};
use super::values::SENSITIVE;
use crate::signin::Registration;
use crate::value::Secret;

/// The field of the client's secret.
pub const SECRET: &str = "client_secret";

/// A form of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// For people.
    Text,
    /// `NAME=value` lines.
    Env,
    /// One JSON object.
    Json,
    /// One YAML mapping.
    Yaml,
    /// A Secret of Kubernetes.
    Kubernetes,
}

/// The settings to show, and their names.
pub struct Handover<'a> {
    /// The registration with the settings.
    pub of: &'a Registration,
    /// The form.
    pub form: Form,
    /// Whether the secret is in it.
    pub secret: bool,
    /// A template for names: `{field}`, `{FIELD}`, `{app}` and `{APP}` are filled in.
    pub name: Option<&'a str>,
    /// Names of single fields, before the template. Without a template these fields alone are shown.
    pub map: &'a [(String, String)],
    /// The Secret's namespace.
    pub namespace: Option<&'a str>,
    /// The Secret's name.
    pub secret_name: Option<&'a str>,
}

/// A value that is written.
enum Cell<'a> {
    Plain(&'a str),
    Secret(&'a Secret),
    /// It is not shown here.
    Hidden,
}

impl Cell<'_> {
    fn text(&self) -> &str {
        match self {
            Cell::Plain(text) => text,
            Cell::Secret(secret) => secret.expose(),
            Cell::Hidden => SENSITIVE,
        }
    }
}

impl Handover<'_> {
    /// The names of all fields that there are.
    pub fn fields(&self) -> Vec<&'static str> {
        let secret = self.of.secret.is_some().then_some(SECRET);
        self.of
            .fields
            .iter()
            .map(|(field, _)| *field)
            .chain(secret)
            .collect()
    }

    /// Whether a secret would belong to it that is not in it.
    pub fn lacks_secret(&self) -> bool {
        !self.secret && self.of.secret.is_some() && self.named(SECRET).is_some()
    }

    /// The name of the Secret.
    fn object(&self) -> String {
        let made = || {
            format!(
                "{}-oidc",
                self.of.slug.to_ascii_lowercase().replace('_', "-")
            )
        };
        self.secret_name.map_or_else(made, str::to_owned)
    }

    /// The name of a field; `None` where it is left out.
    fn named(&self, field: &str) -> Option<String> {
        if let Some((_, name)) = self.map.iter().find(|(own, _)| own == field) {
            return Some(name.clone());
        }
        let template = match (self.name, self.form) {
            (Some(template), _) => template,
            (None, _) if !self.map.is_empty() => return None,
            (None, Form::Env) => "OIDC_{FIELD}",
            (None, _) => "{field}",
        };
        let upper = |text: &str| text.to_ascii_uppercase().replace('-', "_");
        let filled = template
            .replace("{field}", field)
            .replace("{FIELD}", &upper(field));
        Some(
            filled
                .replace("{app}", &self.of.slug)
                .replace("{APP}", &upper(&self.of.slug)),
        )
    }

    /// Why it cannot be written so.
    pub fn check(&self) -> Result<(), String> {
        let known = self.fields();
        // A client without a secret may be mapped by what serves the others too.
        if let Some((field, _)) = self
            .map
            .iter()
            .find(|(own, _)| !known.contains(&own.as_str()) && own != SECRET)
        {
            return Err(format!(
                "--map {field}: unknown field; expected one of: {}",
                known.join(", ")
            ));
        }
        let mut names: Vec<(String, &str)> = known
            .iter()
            .filter_map(|it| Some((self.named(it)?, *it)))
            .collect();
        names.sort();
        if let Some(pair) = names.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(format!(
                "{} and {} would both be called {:?}; put {{field}} into the template",
                pair[0].1, pair[1].1, pair[0].0
            ));
        }
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let fits = |name: &str| match self.form {
            Form::Env => {
                name.chars().all(letter) && !name.starts_with(|c: char| c.is_ascii_digit())
            }
            Form::Kubernetes => {
                name.chars().all(|c| letter(c) || c == '-' || c == '.') && name.len() <= 253
            }
            _ => !name.chars().any(char::is_control),
        };
        if let Some((name, _)) = names
            .iter()
            .find(|(name, _)| name.is_empty() || !fits(name))
        {
            let takes = match self.form {
                Form::Env => {
                    "a variable consists of letters, digits and `_`, and does not begin with a digit"
                }
                Form::Kubernetes => {
                    "a key of a Secret consists of letters, digits, `-`, `_` and `.`"
                }
                _ => "a name is not empty and has no control character",
            };
            return Err(format!(
                "{name:?} is not a valid name in this format: {takes}"
            ));
        }
        let label = |name: &str| {
            let inside =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
            let end =
                |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
            name.chars().all(inside)
                && end(name.chars().next())
                && end(name.chars().last())
                && name.len() <= 253
        };
        let objects = [Some(self.object()), self.namespace.map(str::to_owned)];
        match objects
            .iter()
            .flatten()
            .find(|name| self.form == Form::Kubernetes && !label(name))
        {
            Some(name) => Err(format!(
                "{name:?} is not a valid name in Kubernetes: lower-case letters, digits, `-` and `.` (--secret-name)"
            )),
            None => Ok(()),
        }
    }

    /// The text of the output.
    pub fn render(&self) -> SecretString {
        let rows = self.rows();
        let text = match self.form {
            Form::Text => {
                let width = rows
                    .iter()
                    .map(|(name, _)| columns(name))
                    .max()
                    .unwrap_or_default();
                let line = |(name, cell): &(String, Cell<'_>)| {
                    let hint = if matches!(cell, Cell::Hidden) {
                        " --show-secret shows it"
                    } else {
                        ""
                    };
                    format!(
                        "{}  {}{hint}\n",
                        padded(&harmless(name), width),
                        harmless(cell.text())
                    )
                };
                rows.iter().map(line).collect()
            }
            Form::Env => rows
                .iter()
                .map(|(name, cell)| format!("{name}={}\n", shell(cell.text())))
                .collect(),
            Form::Json => {
                let all = rows
                    .iter()
                    .map(|(name, cell)| (name.clone(), Json::from(cell.text())));
                json::text(&Json::Object(all.collect()))
            }
            Form::Yaml => mapping(&rows, ""),
            Form::Kubernetes => {
                let space = self
                    .namespace
                    .map(|name| format!("  namespace: {}\n", quoted(name)))
                    .unwrap_or_default();
                format!(
                    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\n{space}type: Opaque\nstringData:\n{}",
                    quoted(&self.object()),
                    mapping(&rows, "  ")
                )
            }
        };
        text.into()
    }

    fn rows(&self) -> Vec<(String, Cell<'_>)> {
        let plain = self
            .of
            .fields
            .iter()
            .map(|(field, value)| (*field, Cell::Plain(value)));
        let secret = self
            .of
            .secret
            .as_ref()
            .and_then(|secret| match (self.secret, self.form) {
                (true, _) => Some(Cell::Secret(secret)),
                (false, Form::Text) => Some(Cell::Hidden),
                // A program must not take the words for the secret.
                (false, _) => None,
            });
        let all = plain.chain(secret.map(|cell| (SECRET, cell)));
        all.filter_map(|(field, cell)| Some((self.named(field)?, cell)))
            .collect()
    }
}

fn mapping(rows: &[(String, Cell<'_>)], indent: &str) -> String {
    rows.iter()
        .map(|(name, cell)| format!("{indent}{}: {}\n", key(name), quoted(cell.text())))
        .collect()
}

/// A key of YAML, in quotes where it could be read as something else than text.
fn key(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let word = words.contains(&name.to_ascii_lowercase().as_str());
    if plain && !word {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// Text as JSON has it, which YAML reads as well.
fn quoted(text: &str) -> String {
    json::line(&Json::from(text)).trim_end().to_owned()
}

/// Text as a shell, systemd and most readers of such files take it.
fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => {
            // Quotes that close and open again keep a command of a CI system apart, and are nothing to a shell.
            let commands = commands(text);
            let apart = |(at, c): (usize, char)| match c {
                '\'' => "'\\''".to_owned(),
                c if commands.binary_search(&at).is_ok() => format!("''{c}"),
                c => c.to_string(),
            };
            format!("'{}'", text.char_indices().map(apart).collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;
    use secrecy::ExposeSecret;

    fn sample() -> Registration {
        Registration {
            slug: "my-app".to_owned(),
            name: "My app".to_owned(),
            provider: "my".to_owned(),
            kind: kinds::kind("provider_oauth2").unwrap(),
            fields: vec![
                (
                    "issuer",
                    "https://a.example/application/o/my-app/".to_owned(),
                ),
                ("client_id", "it's".to_owned()),
            ],
            secret: Some(Secret::new("s3cr&t \"x\"")),
            public: false,
            redirects: Vec::new(),
            grants: None,
            launch: None,
        }
    }

    fn shown(
        form: Form,
        secret: bool,
        name: Option<&str>,
        map: &[(&str, &str)],
    ) -> Result<String, String> {
        let map: Vec<(String, String)> = map
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        let of = sample();
        let handover = Handover {
            of: &of,
            form,
            secret,
            name,
            map: &map,
            namespace: Some("web"),
            secret_name: None,
        };
        handover
            .check()
            .map(|()| handover.render().expose_secret().to_owned())
    }

    #[test]
    fn every_form() {
        insta::assert_snapshot!(shown(Form::Text, false, None, &[]).unwrap(), @r#"
        issuer         https://a.example/application/o/my-app/
        client_id      it's
        client_secret  (sensitive value) --show-secret shows it
        "#);
        insta::assert_snapshot!(shown(Form::Text, true, None, &[]).unwrap(), @r#"
        issuer         https://a.example/application/o/my-app/
        client_id      it's
        client_secret  s3cr&t "x"
        "#);
        insta::assert_snapshot!(shown(Form::Env, true, None, &[]).unwrap(), @r#"
        OIDC_ISSUER=https://a.example/application/o/my-app/
        OIDC_CLIENT_ID='it'\''s'
        OIDC_CLIENT_SECRET='s3cr&t "x"'
        "#);
        insta::assert_snapshot!(shown(Form::Json, true, None, &[]).unwrap(), @r#"
        {
          "client_id": "it's",
          "client_secret": "s3cr&t \"x\"",
          "issuer": "https://a.example/application/o/my-app/"
        }
        "#);
        insta::assert_snapshot!(shown(Form::Yaml, false, Some("{APP}_{field}"), &[]).unwrap(), @r#"
        MY_APP_issuer: "https://a.example/application/o/my-app/"
        MY_APP_client_id: "it's"
        "#);
        insta::assert_snapshot!(shown(Form::Kubernetes, true, Some("{app}.{field}"), &[]).unwrap(), @r#"
        apiVersion: v1
        kind: Secret
        metadata:
          name: "my-app-oidc"
          namespace: "web"
        type: Opaque
        stringData:
          my-app.issuer: "https://a.example/application/o/my-app/"
          my-app.client_id: "it's"
          my-app.client_secret: "s3cr&t \"x\""
        "#);
    }

    #[test]
    fn mapped_fields_alone_are_shown_unless_there_is_a_template() {
        let map = [("client_id", "GF_ID"), ("client_secret", "GF_SECRET")];
        assert_eq!(
            shown(Form::Env, true, None, &map).unwrap(),
            "GF_ID='it'\\''s'\nGF_SECRET='s3cr&t \"x\"'\n"
        );
        assert_eq!(
            shown(Form::Env, false, None, &map).unwrap(),
            "GF_ID='it'\\''s'\n"
        );
        let all = shown(Form::Env, false, Some("X_{FIELD}"), &map).unwrap();
        assert!(
            all.starts_with("X_ISSUER=https://a.example/application/o/my-app/\nGF_ID="),
            "{all}"
        );
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        for (form, name, map, says) in [
            (
                Form::Env,
                Some("A-{field}"),
                vec![],
                "\"A-client_id\" is not a valid name",
            ),
            (
                Form::Env,
                Some("1{field}"),
                vec![],
                "does not begin with a digit",
            ),
            (
                Form::Text,
                Some("one"),
                vec![],
                "would both be called \"one\"",
            ),
            (
                Form::Json,
                None,
                vec![("clientid", "x")],
                "expected one of: issuer, client_id, client_secret",
            ),
            (
                Form::Kubernetes,
                Some("{field}/x"),
                vec![],
                "a key of a Secret",
            ),
        ] {
            let why = shown(form, false, name, &map).unwrap_err();
            assert!(why.contains(says), "{why}");
        }
    }
}

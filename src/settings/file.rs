//! `akrec.yaml`: its settings, typed, and how an environment's go over the base's.
//!
//! Every problem of a file is found in one pass. A token never stands in a settings file: it is refused. No value of a
//! settings file is ever shown in an excerpt.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use secrecy::SecretString;

use super::keys::{self, Form, REFUSED};
use super::limits;
use super::reader::{Placed, Reader, boolean, number, text};
use super::text::{Wanted, take};
use crate::budget::SETTINGS;
use crate::cli::{OnError, duration};
use crate::client;
use crate::diag::{CODES, Code, Diagnostic, Sources, Span};
use crate::input::Whose;
use crate::lints::Level;
use crate::plan::{Limits, limited};
use crate::schema::Release;
use crate::state::{Var, files};
use crate::yaml::{Key, Node, Origin, Scalar};

/// The name of a settings file.
pub const FILE: &str = files::SETTINGS;

/// What a settings file says; `None` and empty for what it does not.
#[derive(Default)]
pub(super) struct File {
    pub server: Option<Placed<String>>,
    pub workspace: Option<Placed<String>>,
    pub release: Option<Placed<Release>>,
    pub state: Option<Placed<PathBuf>>,
    pub allow_unknown: Option<Placed<bool>>,
    pub ca_cert: Option<Placed<PathBuf>>,
    pub insecure: Option<Placed<bool>>,
    pub headers: BTreeMap<String, Placed<SecretString>>,
    pub timeout: Option<Placed<Duration>>,
    pub retries: Option<Placed<u32>>,
    pub parallelism: Option<Placed<usize>>,
    pub limits: Limits,
    pub break_glass: Option<Placed<Vec<String>>>,
    pub lints: BTreeMap<Code, Placed<Level>>,
    pub vars: BTreeMap<String, Var>,
    pub on_error: Option<Placed<OnError>>,
    pub concise: Option<Placed<bool>>,
    /// Where each limit is said: `deletes`, `removals.group`, ….
    pub limited: BTreeMap<String, Span>,
}

impl File {
    /// Reads a settings file, which really lies at `real`. Paths in it are relative to the folder of `path`.
    pub fn read(
        path: &Path,
        real: &Path,
        env: &dyn Fn(&str) -> Option<String>,
        sources: &mut Sources,
        problems: &mut Vec<Diagnostic>,
    ) -> File {
        let keys = shown_keys();
        let wanted = Wanted {
            shown: path,
            real,
            whose: Whose::Checkout,
            budget: &SETTINGS,
            keys: &keys,
        };
        let Some(file) = take(&wanted, sources, problems) else {
            return File::default();
        };
        let mut reader = Reader::default();
        let document = reader.document(file, env, &instead, sources);
        let mut settings = File::default();
        let folder = path.parent().unwrap_or(Path::new(""));
        if let Some(document) = document {
            let entries = reader.entries(
                &document,
                "a settings file",
                "server: https://auth.example.org",
            );
            entries
                .iter()
                .for_each(|(key, node)| settings.take(key, node, folder, &mut reader));
        }
        problems.append(&mut reader.problems);
        settings
    }

    /// Reads one key. One without a row in the table is refused, whatever is written here.
    fn take(&mut self, key: &Key, node: &Node, folder: &Path, reader: &mut Reader) {
        let name = key.text.as_str();
        let Some(setting) = keys::find(name).filter(|setting| !setting.name.contains('.')) else {
            return refuse(key, reader);
        };
        let expected = setting.form.expected();
        let expected = expected.as_str();
        let path = |scalar: &Scalar| text(scalar).map(|path| folder.join(path));
        match name {
            "server" => self.server = server(node, expected, reader),
            "workspace" => self.workspace = reader.one(name, node, expected, text),
            "release" => self.release = reader.one(name, node, expected, release),
            "state" => self.state = reader.one(name, node, expected, path),
            "allow_unknown" => self.allow_unknown = reader.one(name, node, expected, boolean),
            "ca_cert" => self.ca_cert = reader.one(name, node, expected, path),
            "insecure_skip_tls_verify" => self.insecure = reader.one(name, node, expected, boolean),
            "headers" => self.headers = reader.each(name, node, expected, header),
            "timeout" => {
                let read = |scalar: &Scalar| {
                    duration(&scalar.text)
                        .map_err(|_| "write a number and a unit (ms, s, m, h)".to_owned())
                };
                self.timeout = reader.one(name, node, expected, read);
            }
            "retries" => {
                let read = |scalar: &Scalar| whole(scalar, setting.form).map(|n| n as u32);
                self.retries = reader.one(name, node, expected, read);
            }
            "parallelism" => {
                let read = |scalar: &Scalar| whole(scalar, setting.form).map(|n| n as usize);
                self.parallelism = reader.one(name, node, expected, read);
            }
            "limits" => (self.limits, self.limited) = limits::read(node, reader),
            "break_glass" => {
                self.break_glass = reader.list(name, node).map(|value| Placed {
                    value,
                    span: key.span,
                });
            }
            "lints" => self.lints = limits::lints(node, reader),
            "vars" => self.vars = reader.each(name, node, expected, variable),
            "on_error" => {
                let read = |scalar: &Scalar| {
                    OnError::from_str(&scalar.text, false).map_err(|_| "unknown".to_owned())
                };
                self.on_error = reader.one(name, node, expected, read);
            }
            "concise" => self.concise = reader.one(name, node, expected, boolean),
            _ => reader.unknown(key, FILE, &keys::known("")),
        }
    }

    /// These settings with another file's over them, field by field and entry by entry.
    pub fn with(mut self, over: File) -> File {
        self.headers.retain(|name, _| {
            !over
                .headers
                .keys()
                .any(|other| other.eq_ignore_ascii_case(name))
        });
        self.headers.extend(over.headers);
        self.lints.extend(over.lints);
        self.vars.extend(over.vars);
        self.limited.extend(over.limited);
        File {
            server: over.server.or(self.server),
            workspace: over.workspace.or(self.workspace),
            release: over.release.or(self.release),
            state: self.state,
            allow_unknown: over.allow_unknown.or(self.allow_unknown),
            ca_cert: over.ca_cert.or(self.ca_cert),
            insecure: over.insecure.or(self.insecure),
            headers: self.headers,
            timeout: over.timeout.or(self.timeout),
            retries: over.retries.or(self.retries),
            parallelism: over.parallelism.or(self.parallelism),
            limits: limits::with(self.limits, over.limits),
            break_glass: over.break_glass.or(self.break_glass),
            lints: self.lints,
            vars: self.vars,
            on_error: over.on_error.or(self.on_error),
            concise: over.concise.or(self.concise),
            limited: self.limited,
        }
    }
}

/// Refuses a key that is not a setting, with a reason of its own where people try it for a good one.
fn refuse(key: &Key, reader: &mut Reader) {
    let name = key.text.as_str();
    match name {
        _ if name.eq_ignore_ascii_case("token") || name.eq_ignore_ascii_case("akrec_token") => {
            reader.problems.push(
                Diagnostic::error(Code::BAD_SETTING, "a settings file must not contain a token")
                    .at(key.span, "everybody who can read this file has the token")
                    .note("if this file was ever shared or committed, make a new token and delete this one")
                    .help("remove it, and set AKREC_TOKEN, or AKREC_TOKEN_FILE to a file that holds it"),
            );
        }
        "token_file" => reader.problems.push(
            Diagnostic::error(
                Code::BAD_SETTING,
                "a settings file must not name the token file",
            )
            .at(
                key.span,
                "whoever can change this file could make akrec send any file as a token",
            )
            .help("use AKREC_TOKEN_FILE or --token-file"),
        ),
        "allow_outside" => reader.problems.push(
            Diagnostic::error(
                Code::BAD_SETTING,
                "`allow_outside` is accepted only as the flag --allow-outside",
            )
            .at(key.span, "not here")
            .note("whoever can change this file could make akrec read any file of the machine")
            .help("remove it, and give --allow-outside where it is needed"),
        ),
        _ => reader.unknown(key, FILE, &keys::known("")),
    }
}

/// A whole number within the bounds that the table has for a key.
fn whole(scalar: &Scalar, form: Form) -> Result<u64, String> {
    match form {
        Form::Whole(from, upto) => number(scalar, from, upto),
        _ => number(scalar, 0, u64::MAX),
    }
}

/// Words that may be shown where they stand before a `:`: akrec knows them.
fn shown_keys() -> Vec<&'static str> {
    let mut all = [keys::known(""), keys::known("limits"), limited()].concat();
    all.extend(REFUSED.iter().map(|(name, _)| *name));
    all.extend(
        CODES
            .iter()
            .filter_map(|(code, _)| Some([code.as_str(), code.lint()?]))
            .flatten(),
    );
    all
}

/// What to use instead of `!env` for a setting; `None` where `!env` may stand.
fn instead(key: &str) -> Option<String> {
    let setting = keys::find(key);
    if setting.is_some_and(|setting| setting.unseen) {
        return None;
    }
    Some(match setting.and_then(|setting| setting.instead()) {
        Some(flag) => format!("write the value itself, or leave it out and use {flag}"),
        None => {
            "write the value itself; an environment has settings of its own in environments/NAME/akrec.yaml".to_owned()
        }
    })
}

/// The address of the server. Why one cannot be used is said without quoting it: it may hold a password.
fn server(node: &Node, expected: &str, reader: &mut Reader) -> Option<Placed<String>> {
    let read = |scalar: &Scalar| {
        let url = text(scalar)?;
        if !url.contains("://") {
            return Err("it has no scheme; it must begin with https:// (or http://)".to_owned());
        }
        client::canonical_url(&url).map_err(|error| super::connection::reason(&error))
    };
    reader.one("server", node, expected, read)
}

fn release(scalar: &Scalar) -> Result<Release, String> {
    let release =
        Release::parse(&scalar.text).ok_or_else(|| "this is not a year and a month".to_owned())?;
    release
        .supported()
        .map_err(|oldest| format!("akrec supports {oldest} and later"))
}

/// A header; its value may be a secret, so it is never shown.
fn header(reader: &mut Reader, key: &Key, node: &Node) -> Option<Placed<SecretString>> {
    if key.text.eq_ignore_ascii_case("authorization") {
        let problem = Diagnostic::error(
            Code::BAD_SETTING,
            "the header Authorization is set by akrec itself",
        );
        reader.problems.push(
            problem
                .at(key.span, "not here")
                .help("set AKREC_TOKEN or AKREC_TOKEN_FILE"),
        );
        return None;
    }
    if !key
        .text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
    {
        let problem = Diagnostic::error(Code::BAD_SETTING, "a header cannot have this name");
        reader.problems.push(
            problem
                .at(key.span, "this name")
                .help("such as `X-Forwarded-Proto`"),
        );
        return None;
    }
    let placed = reader.one(&key.text, node, "a string", text)?;
    Some(Placed {
        value: SecretString::from(placed.value),
        span: node.span,
    })
}

/// A variable for `!var`, in the spelling of the file. What `!env` brought in is as secret as it was.
pub(super) fn variable(reader: &mut Reader, key: &Key, node: &Node) -> Option<Var> {
    let read = |scalar: &Scalar| {
        let env = match &scalar.origin {
            Origin::Env(name) => Some(name.clone()),
            _ => None,
        };
        Ok(Var {
            text: scalar.text.clone(),
            env,
        })
    };
    reader
        .one(&key.text, node, "a single value", read)
        .map(|placed| placed.value)
}

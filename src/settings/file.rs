//! `akrec.yaml`: its settings, typed, and how an environment's go over the base's.
//!
//! Every problem of a file is found in one pass. A token never stands in a settings file: it is refused, and its value is
//! hidden from every excerpt.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use secrecy::SecretString;

use super::limits;
use super::reader::{Placed, Reader, boolean, number, text};
use crate::cli::{OnError, duration};
use crate::client;
use crate::desired::{Key, Node, Scalar, files, hide};
use crate::diag::{Code, Diagnostic, Sources};
use crate::lints::Level;
use crate::plan::Limits;
use crate::schema::Release;

/// The name of a settings file.
pub const FILE: &str = files::SETTINGS;

const KNOWN: &[&str] = &[
    "allow_outside",
    "allow_unknown",
    "break_glass",
    "ca_cert",
    "concise",
    "headers",
    "insecure_skip_tls_verify",
    "limits",
    "lints",
    "on_error",
    "parallelism",
    "release",
    "retries",
    "server",
    "state",
    "timeout",
    "vars",
    "workspace",
];

/// What a settings file says; `None` and empty for what it does not.
#[derive(Default)]
pub(super) struct File {
    pub server: Option<Placed<String>>,
    pub workspace: Option<Placed<String>>,
    pub release: Option<Placed<Release>>,
    pub state: Option<Placed<PathBuf>>,
    pub allow_outside: Option<Placed<bool>>,
    pub allow_unknown: Option<Placed<bool>>,
    pub ca_cert: Option<Placed<PathBuf>>,
    pub insecure: Option<Placed<bool>>,
    pub headers: BTreeMap<String, SecretString>,
    pub timeout: Option<Placed<Duration>>,
    pub retries: Option<Placed<u32>>,
    pub parallelism: Option<Placed<usize>>,
    pub limits: Limits,
    pub break_glass: Option<Vec<String>>,
    pub lints: BTreeMap<Code, Level>,
    pub vars: BTreeMap<String, String>,
    pub on_error: Option<Placed<OnError>>,
    pub concise: Option<Placed<bool>>,
}

impl File {
    /// Reads a settings file; one that is not there says nothing. Paths in it are relative to its folder.
    pub fn read(
        path: &Path,
        env: &dyn Fn(&str) -> Option<String>,
        sources: &mut Sources,
        problems: &mut Vec<Diagnostic>,
    ) -> File {
        let Some(file) = super::text::take(path, sources, problems) else { return File::default() };
        let mut reader = Reader::default();
        let document = reader.document(file, env, sources);
        if !reader.problems.is_empty() {
            hide::guess(file, sources);
        }
        let mut settings = File::default();
        let folder = path.parent().unwrap_or(Path::new(""));
        if let Some(document) = document {
            let entries = reader.entries(&document, "a settings file", "server: https://auth.example.org");
            entries.iter().for_each(|(key, node)| settings.take(key, node, folder, &mut reader));
        }
        reader.secrets.into_iter().for_each(|span| sources.hide(span));
        problems.append(&mut reader.problems);
        settings
    }

    fn take(&mut self, key: &Key, node: &Node, folder: &Path, reader: &mut Reader) {
        let name = key.text.as_str();
        let path = |scalar: &Scalar| text(scalar).map(|path| folder.join(path));
        match name {
            "server" => self.server = server(node, reader),
            "workspace" => self.workspace = reader.one(name, node, "a name", text),
            "release" => self.release = reader.one(name, node, "a release such as 2026.2", release),
            "state" => self.state = reader.one(name, node, "a directory", path),
            "allow_outside" => self.allow_outside = reader.one(name, node, "true or false", boolean),
            "allow_unknown" => self.allow_unknown = reader.one(name, node, "true or false", boolean),
            "ca_cert" => self.ca_cert = reader.one(name, node, "a file", path),
            "insecure_skip_tls_verify" => self.insecure = reader.one(name, node, "true or false", boolean),
            "headers" => self.headers = reader.each(name, node, "a text", header),
            "timeout" => {
                let read = |scalar: &Scalar| duration(&scalar.text);
                self.timeout = reader.one(name, node, "a duration such as 30s", read);
            }
            "retries" => {
                let read = |scalar: &Scalar| number(scalar, 0, 100).map(|n| n as u32);
                self.retries = reader.one(name, node, "a whole number from 0 to 100", read);
            }
            "parallelism" => {
                let read = |scalar: &Scalar| number(scalar, 1, 64).map(|n| n as usize);
                self.parallelism = reader.one(name, node, "a whole number from 1 to 64", read);
            }
            "limits" => self.limits = limits::read(node, reader),
            "break_glass" => self.break_glass = reader.list(name, node),
            "lints" => self.lints = limits::lints(node, reader),
            "vars" => self.vars = reader.each(name, node, "a single value", variable),
            "on_error" => {
                let read = |scalar: &Scalar| OnError::from_str(&scalar.text, false).map_err(|_| "unknown".to_owned());
                self.on_error = reader.one(name, node, "continue or stop", read);
            }
            "concise" => self.concise = reader.one(name, node, "true or false", boolean),
            _ if name.eq_ignore_ascii_case("token") || name.eq_ignore_ascii_case("akrec_token") => {
                reader.secrets.push(node.span);
                reader.problems.push(
                    Diagnostic::error(Code::BAD_SETTING, "a token never stands in a settings file")
                        .at(key.span, "everybody who can read this file has the token")
                        .note("if this file was ever shared or committed, make a new token and delete this one")
                        .help("remove it, and set AKREC_TOKEN, or AKREC_TOKEN_FILE to a file that holds it"),
                );
            }
            "token_file" => reader.problems.push(
                Diagnostic::error(Code::BAD_SETTING, "the file of the token is not named in a settings file")
                    .at(key.span, "whoever changes this file could have any file sent as a token")
                    .help("use AKREC_TOKEN_FILE or --token-file"),
            ),
            _ => reader.unknown(key, FILE, KNOWN),
        }
    }

    /// These settings with another file's over them, field by field and entry by entry.
    pub fn with(mut self, over: File) -> File {
        self.headers.retain(|name, _| !over.headers.keys().any(|other| other.eq_ignore_ascii_case(name)));
        self.headers.extend(over.headers);
        self.lints.extend(over.lints);
        self.vars.extend(over.vars);
        File {
            server: over.server.or(self.server),
            workspace: over.workspace.or(self.workspace),
            release: over.release.or(self.release),
            state: self.state,
            allow_outside: over.allow_outside.or(self.allow_outside),
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
        }
    }
}

fn server(node: &Node, reader: &mut Reader) -> Option<Placed<String>> {
    let read = |scalar: &Scalar| {
        text(scalar).and_then(|url| client::canonical_url(&url).map_err(|error| super::connection::reason(&error)))
    };
    let found = reader.one("server", node, "the address of authentik", read);
    // It may have a password in it.
    if found.is_none() && node.scalar().is_none_or(|scalar| scalar.text.contains('@')) {
        reader.secrets.push(node.span);
    }
    found
}

fn release(scalar: &Scalar) -> Result<Release, String> {
    let release = Release::parse(&scalar.text).ok_or_else(|| "this is not a year and a month".to_owned())?;
    release.supported().map_err(|oldest| format!("akrec knows {oldest} and later"))
}

/// A header; its value may be a secret, so it is never shown.
fn header(reader: &mut Reader, key: &Key, node: &Node) -> Option<SecretString> {
    reader.secrets.push(node.span);
    if key.text.eq_ignore_ascii_case("authorization") {
        let problem = Diagnostic::error(Code::BAD_SETTING, "the header Authorization is set by akrec itself");
        reader.problems.push(problem.at(key.span, "not here").help("set AKREC_TOKEN or AKREC_TOKEN_FILE"));
        return None;
    }
    if !key.text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)) {
        let problem = Diagnostic::error(Code::BAD_SETTING, format!("`{}` is no name for a header", key.text));
        reader.problems.push(problem.at(key.span, "this name").help("such as `X-Forwarded-Proto`"));
        return None;
    }
    reader.one(&key.text, node, "a text", text).map(|placed| SecretString::from(placed.value))
}

/// A variable for `!var`, in the spelling of the file.
pub(super) fn variable(reader: &mut Reader, key: &Key, node: &Node) -> Option<String> {
    reader.one(&key.text, node, "a single value", |scalar| Ok(scalar.text.clone())).map(|placed| placed.value)
}

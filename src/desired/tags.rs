//! Fills in `!env`, `!file` and `!var`: the text of a file, or its bytes for the fields that hold such. `!exact` is left for the layer that knows the field.
//!
//! What a tag brings in may be a secret: no message of this module may contain a value, only names and paths. A tag that
//! cannot be resolved stays in the tree, so that the next layer can tell that it was already complained about.

use super::files::{self, Unreadable};
use super::{Inputs, Node, NodeKind, Origin, Scalar, Style};
use crate::diag::{Code, Diagnostic, Sources, Span, nearest};
use crate::kinds;
use crate::schema::Shape;
use crate::value::Content;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Resolves tags; made once for a run.
pub struct Resolver<'a> {
    inputs: &'a Inputs<'a>,
    sources: &'a Sources,
    /// The directories that `!file` may read from, canonical.
    roots: Vec<PathBuf>,
    /// What went wrong so far.
    pub problems: Vec<Diagnostic>,
}

impl<'a> Resolver<'a> {
    /// `overlay` is the folder of the environment in use; its files may be read by `!file` too.
    pub fn new(inputs: &'a Inputs<'a>, overlay: Option<&Path>, sources: &'a Sources) -> Self {
        let roots = [Some(inputs.state_dir.as_path()), overlay];
        let roots = roots.into_iter().flatten().filter_map(|root| fs::canonicalize(root).ok()).collect();
        Resolver { inputs, sources, roots, problems: Vec::new() }
    }

    /// Resolves every tag in a node. Its depth is limited by the parser, so recursion is safe.
    pub fn resolve(&mut self, node: &mut Node) {
        match &mut node.kind {
            NodeKind::Null | NodeKind::Scalar(_) | NodeKind::Bytes(_) => {}
            NodeKind::Seq(items) => items.iter_mut().for_each(|item| self.resolve(item)),
            NodeKind::Map(entries) => entries.iter_mut().for_each(|(_, value)| self.resolve(value)),
            NodeKind::Tagged(tag, inner) => {
                let found = match tag.as_str() {
                    "env" => self.named("env", inner, node.span),
                    "var" => self.named("var", inner, node.span),
                    "file" => self.file(inner, node.span),
                    _ => {
                        self.resolve(inner);
                        return;
                    }
                };
                match found {
                    Ok(found) => *node = found,
                    Err(problem) => self.problems.push(*problem),
                }
            }
        }
    }

    /// Resolves the tags of an entry of a section. `!file` of a field that holds bytes takes them as they are.
    pub fn entry(&mut self, section: &str, node: &mut Node) {
        if let NodeKind::Map(entries) = &mut node.kind {
            for (key, value) in entries {
                match (&value.kind, bytes_of(section, &key.text)) {
                    (NodeKind::Tagged(tag, inner), Some(most)) if tag == "file" => {
                        match self.bytes(inner, value.span, most) {
                            Ok(found) => *value = found,
                            Err(problem) => self.problems.push(*problem),
                        }
                    }
                    _ => self.resolve(value),
                }
            }
            return;
        }
        self.resolve(node);
    }

    /// `!env` and `!var`: a name, or a mapping of `name` and `default`.
    fn named(&mut self, tag: &str, inner: &Node, span: Span) -> Result<Node, Box<Diagnostic>> {
        let (name, default) = arguments(tag, inner)?;
        if tag == "env" && is_own(name) {
            let told = Diagnostic::error(Code::OWN_SECRET, format!("{name} holds akrec's own credentials"));
            return Err(Box::new(told.at(span, "cannot be a value").help("put the secret into a variable of its own")));
        }
        let origin = if tag == "env" { Origin::Env(name.into()) } else { Origin::Var(name.into()) };
        let value = match tag {
            "env" => (self.inputs.env)(name),
            _ => self.inputs.vars.get(name).cloned(),
        };
        // Build systems hand an unset secret over as an empty variable; it must not clear a field.
        let empty = tag == "env" && value.as_deref() == Some("");
        match (value, default) {
            (Some(text), _) if !empty => {
                Ok(Node { span, kind: NodeKind::Scalar(Scalar { text, style: Style::Plain, origin }) })
            }
            (_, Some(default)) => {
                let mut node = default.clone();
                self.resolve(&mut node);
                Ok(node)
            }
            _ if empty => Err(Box::new(
                Diagnostic::error(Code::MISSING_VARIABLE, format!("the environment variable {name} is empty"))
                    .at(span, "needed here")
                    .help(format!("set it, or allow the empty text: `!env {{name: {name}, default: \"\"}}`")),
            )),
            _ if tag == "env" => Err(Box::new(
                Diagnostic::error(Code::MISSING_VARIABLE, format!("the environment variable {name} is not set"))
                    .at(span, "needed here")
                    .help(format!("set it, or give a default: `!env {{name: {name}, default: value}}`")),
            )),
            _ => {
                let problem = Diagnostic::error(Code::MISSING_VARIABLE, format!("the variable {name} is not set"))
                    .at(span, "needed here");
                let known = self.inputs.vars.keys().map(String::as_str);
                Err(Box::new(match nearest(name, known) {
                    Some(near) => problem.help(format!("did you mean `!var {near}`?")),
                    None => problem.help(format!(
                        "set it with `--var {name}=value`, AKREC_VAR_{name}, or under `vars:` in akrec.yaml"
                    )),
                }))
            }
        }
    }

    /// `!file`: the text of a file, relative to the YAML file that names it.
    fn file(&self, inner: &Node, span: Span) -> Result<Node, Box<Diagnostic>> {
        let (name, real) = self.find(inner, span)?;
        let text = files::read_text(&real).map_err(|unreadable| match unreadable {
            Unreadable::NotUtf8 { hint, .. } => refused(format!("{name} is not UTF-8 text"), span, "named here", hint),
            other => unusable(name, span, &other, super::yaml::MAX_FILE),
        })?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        // As in YAML itself, the ends of lines are alike: a checkout on Windows means the same.
        let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text };
        let origin = Origin::TextFile(name.to_owned());
        Ok(Node { span, kind: NodeKind::Scalar(Scalar { text, style: Style::Quoted, origin }) })
    }

    /// `!file` where bytes are wanted.
    fn bytes(&self, inner: &Node, span: Span, most: u64) -> Result<Node, Box<Diagnostic>> {
        let (name, real) = self.find(inner, span)?;
        let bytes = files::read_bytes(&real, most).map_err(|why| unusable(name, span, &why, most))?;
        Ok(Node { span, kind: NodeKind::Bytes(Content::new(bytes)) })
    }

    /// The name and the real path of a file that may be read.
    fn find<'n>(&self, inner: &'n Node, span: Span) -> Result<(&'n str, PathBuf), Box<Diagnostic>> {
        let name = match inner.scalar() {
            Some(scalar) if !scalar.text.is_empty() => scalar.text.as_str(),
            _ => return Err(shape("file", inner, "write `!file path/of/the/file`")),
        };
        let outside = |label: &str| {
            let message = format!("{name} lies outside the state directory");
            refused(message, span, label, "move it into the state directory, or allow it with `--allow-outside`")
        };
        let folder = self.sources.get(span.file).and_then(|source| source.path.parent());
        let folder = match folder {
            Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
            Some(folder) => folder,
            None => Path::new("."),
        };
        let gone = || {
            let looked = files::show(&folder.join(name));
            let message = format!("the file {name} cannot be read: no such file or directory");
            Box::new(refused(message, span, "named here", "").note(format!("looked for {looked}")))
        };
        let folder_real = fs::canonicalize(folder).map_err(|_| gone())?;
        let wanted = normal(&folder_real.join(name));
        if !self.allowed(&wanted) {
            return Err(outside("this path leads out of it"));
        }
        let real = fs::canonicalize(&wanted).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => gone(),
            kind => refused(format!("the file {name} cannot be read: {kind}"), span, "named here", ""),
        })?;
        if !self.allowed(&real) {
            return Err(outside("a symbolic link leads out of it"));
        }
        Ok((name, real))
    }

    fn allowed(&self, path: &Path) -> bool {
        self.inputs.allow_outside || self.roots.iter().any(|root| path.starts_with(root))
    }
}

/// How many bytes a field of a section takes at most; `None` for a field that holds none.
fn bytes_of(section: &str, word: &str) -> Option<u64> {
    let mut fields = kinds::section(section).flat_map(|kind| kind.fields).filter(|field| field.word == word);
    fields.find_map(|field| match field.shape {
        Shape::Bytes(most) => Some(most),
        _ => None,
    })
}

/// A file that cannot be used.
fn refused(message: String, span: Span, label: &str, help: &str) -> Box<Diagnostic> {
    let problem = Diagnostic::error(Code::BAD_FILE, message).at(span, label);
    Box::new(if help.is_empty() { problem } else { problem.help(help) })
}

fn unusable(name: &str, span: Span, why: &Unreadable, most: u64) -> Box<Diagnostic> {
    let message = match why {
        Unreadable::TooLarge => format!("{name} has more than {} MiB", most >> 20),
        Unreadable::Other(why) => format!("the file {name} cannot be read: {why}"),
        Unreadable::NotUtf8 { .. } => format!("{name} is not UTF-8 text"),
    };
    refused(message, span, "named here", "")
}

/// Whether a variable is one of those that akrec signs in with, or that a build system hands it for that.
fn is_own(name: &str) -> bool {
    const OWN: [&str; 3] = ["AKREC_TOKEN", "AUTHENTIK_TOKEN", "AKREC_NOTIFY_URL"];
    let begins = ["AKREC_OIDC", "AKREC_PLAN_KEY", "ACTIONS_ID_TOKEN_", "ACTIONS_RUNTIME_"];
    OWN.contains(&name) || begins.iter().any(|begin| name.starts_with(begin))
}

/// The name and the default of `!env` and `!var`.
fn arguments<'n>(tag: &str, inner: &'n Node) -> Result<(&'n str, Option<&'n Node>), Box<Diagnostic>> {
    let how = format!("write `!{tag} NAME` or `!{tag} {{name: NAME, default: value}}`");
    let name = |node: &'n Node| match node.scalar() {
        Some(scalar) if !scalar.text.is_empty() => Ok(scalar.text.as_str()),
        _ => Err(shape(tag, node, &how)),
    };
    if !matches!(inner.kind, NodeKind::Map(_)) {
        return Ok((name(inner)?, None));
    }
    if let Some((key, _)) = inner.entries().iter().find(|(key, _)| !matches!(key.text.as_str(), "name" | "default")) {
        let problem = Diagnostic::error(Code::BAD_SHAPE, format!("`!{tag}` knows only `name` and `default`"));
        return Err(Box::new(problem.at(key.span, "not one of them").help(how)));
    }
    match inner.get("name") {
        Some(node) => Ok((name(node)?, inner.get("default"))),
        None => Err(shape(tag, inner, &how)),
    }
}

fn shape(tag: &str, node: &Node, help: &str) -> Box<Diagnostic> {
    let problem = Diagnostic::error(Code::BAD_SHAPE, format!("`!{tag}` needs a name"));
    Box::new(problem.at(node.span, format!("this is {}", node.describe())).help(help))
}

/// A path without `.` and `..`, without asking the file system.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

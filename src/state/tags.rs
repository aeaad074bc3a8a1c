//! Fills in `!env`, `!file` and `!var`: the text of a file, or its bytes for the fields that hold such. `!exact` is left for the layer that knows the field.
//!
//! The content that a tag brings in may be a secret: no message of this module may contain a value, only names and
//! paths. A tag that cannot be resolved stays in the tree, so that the next layer knows that it was already reported.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::files;
use super::inputs::Inputs;
use super::meter::Meter;
use crate::budget::Totals;
use crate::diag::{Code, Diagnostic, Sources, Span, nearest};
use crate::input::place::{in_git, is_hidden, normal};
use crate::input::{Unreadable, Whose};
use crate::schema::Shape;
use crate::value::Content;
use crate::yaml::{Node, NodeKind, Origin, Scalar, Style};
use crate::{budget, input, kinds};

/// Fills in the `!env` of a settings file, with what is wrong with them.
pub(crate) fn fill_in(
    node: &mut Node,
    env: &dyn Fn(&str) -> Option<String>,
    sources: &Sources,
) -> Vec<Diagnostic> {
    let (inputs, mut meter) = (
        Inputs::new(PathBuf::new(), env),
        Meter::new(Totals::default()),
    );
    let mut resolver = Resolver::new(&inputs, None, &mut meter, sources);
    resolver.resolve(node);
    resolver.problems
}

/// Resolves tags; made once for a run.
pub(super) struct Resolver<'a> {
    inputs: &'a Inputs<'a>,
    sources: &'a Sources,
    meter: &'a mut Meter,
    /// The directories that `!file` may read from, canonical.
    roots: Vec<PathBuf>,
    /// The bytes of files that were read already, by where they really lie.
    contents: HashMap<PathBuf, Content>,
    /// What went wrong so far.
    pub problems: Vec<Diagnostic>,
}

impl<'a> Resolver<'a> {
    /// `overlay` is the folder of the environment in use; its files may be read by `!file` too.
    pub(super) fn new(
        inputs: &'a Inputs<'a>,
        overlay: Option<&Path>,
        meter: &'a mut Meter,
        sources: &'a Sources,
    ) -> Self {
        let roots = [Some(inputs.state_dir.as_path()), overlay];
        let roots = roots
            .into_iter()
            .flatten()
            .filter_map(|root| fs::canonicalize(root).ok())
            .collect();
        Resolver {
            inputs,
            sources,
            meter,
            roots,
            contents: HashMap::new(),
            problems: Vec::new(),
        }
    }

    /// Resolves every tag in a node. Its depth is limited by the parser, so recursion is safe.
    pub fn resolve(&mut self, node: &mut Node) {
        if self.meter.full {
            return;
        }
        match &mut node.kind {
            NodeKind::Null | NodeKind::Scalar(_) | NodeKind::Bytes(_) => {}
            NodeKind::Seq(items) => items.iter_mut().for_each(|item| self.resolve(item)),
            NodeKind::Map(entries) => entries
                .iter_mut()
                .for_each(|(_, value)| self.resolve(value)),
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
            let diagnostic = Diagnostic::error(
                Code::OWN_SECRET,
                format!("{name} holds akrec's own credentials"),
            );
            return Err(Box::new(
                diagnostic
                    .at(span, "cannot be a value")
                    .help("put the secret into a separate variable"),
            ));
        }
        let (value, origin) = match (tag, self.inputs.vars.get(name)) {
            ("env", _) => ((self.inputs.env)(name), Origin::Env(name.to_owned())),
            (_, Some(var)) if var.env.is_some() => {
                (Some(var.text.clone()), Origin::EnvVar(name.to_owned()))
            }
            (_, var) => (
                var.map(|var| var.text.clone()),
                Origin::Var(name.to_owned()),
            ),
        };
        // Build systems hand an unset secret over as an empty variable; it must not clear a field.
        let empty = tag == "env" && value.as_deref() == Some("");
        match (value, default) {
            (Some(text), _) if !empty => {
                self.meter
                    .text(text.len())
                    .map_err(|problem| Box::new(problem.at(span, "the limit is reached here")))?;
                Ok(Node {
                    span,
                    kind: NodeKind::Scalar(Scalar {
                        text,
                        style: Style::Plain,
                        origin,
                    }),
                })
            }
            (_, Some(default)) => {
                let mut node = default.clone();
                self.resolve(&mut node);
                Ok(node)
            }
            _ if empty => Err(Box::new(
                Diagnostic::error(
                    Code::MISSING_VARIABLE,
                    format!("the environment variable {name} is empty"),
                )
                .at(span, "needed here")
                .help(format!(
                    "set it, or allow the empty text: `!env {{name: {name}, default: \"\"}}`"
                )),
            )),
            _ if tag == "env" => Err(Box::new(
                Diagnostic::error(
                    Code::MISSING_VARIABLE,
                    format!("the environment variable {name} is not set"),
                )
                .at(span, "needed here")
                .help(format!(
                    "set it, or give a default: `!env {{name: {name}, default: value}}`"
                )),
            )),
            _ => {
                let problem = Diagnostic::error(
                    Code::MISSING_VARIABLE,
                    format!("the variable {name} is not set"),
                )
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
    fn file(&mut self, inner: &Node, span: Span) -> Result<Node, Box<Diagnostic>> {
        let (name, real) = self.find(inner, span)?;
        let most = budget::FILE.most.min(self.meter.texts_left());
        let text = match input::text(&real, Whose::Checkout, most) {
            Ok(text) => text,
            Err(Unreadable::NotUtf8 { hint, .. }) => {
                return Err(refused(
                    format!("{name} is not UTF-8 text"),
                    span,
                    "named here",
                    hint,
                ));
            }
            Err(Unreadable::TooLarge(most)) if most < budget::FILE.most => {
                return Err(Box::new(
                    self.meter
                        .too_much_text()
                        .at(span, "the limit is reached here"),
                ));
            }
            Err(other) => return Err(unusable(name, span, &other)),
        };
        let text = text
            .strip_prefix('\u{feff}')
            .map(str::to_owned)
            .unwrap_or(text);
        // As in YAML itself, the ends of lines are alike: a checkout on Windows means the same.
        let text = if text.contains('\r') {
            text.replace("\r\n", "\n").replace('\r', "\n")
        } else {
            text
        };
        self.meter.text(text.len())?;
        let origin = Origin::TextFile(name.to_owned());
        Ok(Node {
            span,
            kind: NodeKind::Scalar(Scalar {
                text,
                style: Style::Quoted,
                origin,
            }),
        })
    }

    /// `!file` where bytes are wanted. A file is read once, however often it is named.
    fn bytes(&mut self, inner: &Node, span: Span, most: u64) -> Result<Node, Box<Diagnostic>> {
        let (name, real) = self.find(inner, span)?;
        let content = match self.contents.get(&real) {
            Some(content) if content.size() <= most => content.clone(),
            _ => {
                let room = self.meter.media_left();
                let bytes = match input::bytes(&real, Whose::Checkout, most.min(room)) {
                    Ok(bytes) => bytes,
                    Err(Unreadable::TooLarge(limit)) if limit < most => {
                        return Err(Box::new(
                            self.meter
                                .too_much_media()
                                .at(span, "the limit is reached here"),
                        ));
                    }
                    Err(why) => return Err(unusable(name, span, &why)),
                };
                self.meter.bytes(bytes.len());
                let content = Content::new(bytes);
                self.contents.insert(real, content.clone());
                content
            }
        };
        Ok(Node {
            span,
            kind: NodeKind::Bytes(content),
        })
    }

    /// The name and the real path of a file that may be read.
    fn find<'n>(&self, inner: &'n Node, span: Span) -> Result<(&'n str, PathBuf), Box<Diagnostic>> {
        let name = match inner.scalar() {
            Some(scalar) if !scalar.text.is_empty() => scalar.text.as_str(),
            _ => return Err(shape("file", inner, "write `!file path/of/the/file`")),
        };
        let outside = |label: &str| {
            let message = format!("{name} is outside the state directory");
            refused(
                message,
                span,
                label,
                "move it into the state directory, or allow it with `--allow-outside`",
            )
        };
        let folder = self
            .sources
            .get(span.file)
            .and_then(|source| source.path.parent());
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
        // Checked by name, before any message says whether it exists.
        self.spared(name, &wanted, span)?;
        let real = fs::canonicalize(&wanted).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => gone(),
            kind => refused(
                format!("the file {name} cannot be read: {kind}"),
                span,
                "named here",
                "",
            ),
        })?;
        if !self.allowed(&real) {
            return Err(outside("a symbolic link leads out of it"));
        }
        self.spared(name, &real, span)?;
        Ok((name, real))
    }

    /// Refuses what `!file` never reads, wherever it lies.
    fn spared(&self, name: &str, real: &Path, span: Span) -> Result<(), Box<Diagnostic>> {
        if in_git(real) {
            let problem = refused(
                format!("{name} is part of git's own data"),
                span,
                "named here",
                "",
            );
            return Err(Box::new(
                problem.note("checkouts keep tokens there, so it is never read"),
            ));
        }
        let root = self.roots.iter().find(|root| real.starts_with(root));
        if self.inputs.untrusted && root.is_some_and(|root| is_hidden(real, root)) {
            let problem = refused(
                format!("{name} is a hidden file, or in a hidden directory"),
                span,
                "named here",
                "",
            );
            return Err(Box::new(
                problem
                    .note("such files are not read from an untrusted checkout: other programs keep credentials in them")
                    .help("rename it so that no part of its path begins with a dot"),
            ));
        }
        Ok(())
    }

    fn allowed(&self, path: &Path) -> bool {
        self.inputs.allow_outside || self.roots.iter().any(|root| path.starts_with(root))
    }
}

/// How many bytes a field of a section takes at most; `None` for a field that holds none.
fn bytes_of(section: &str, word: &str) -> Option<u64> {
    let mut fields = kinds::section(section)
        .flat_map(|kind| kind.fields)
        .filter(|field| field.yaml_key == word);
    fields.find_map(|field| match field.shape {
        Shape::Bytes(most) => Some(most),
        _ => None,
    })
}

/// A file that cannot be used.
fn refused(message: String, span: Span, label: &str, help: &str) -> Box<Diagnostic> {
    let problem = Diagnostic::error(Code::BAD_FILE, message).at(span, label);
    Box::new(if help.is_empty() {
        problem
    } else {
        problem.help(help)
    })
}

fn unusable(name: &str, span: Span, why: &Unreadable) -> Box<Diagnostic> {
    let message = match why {
        Unreadable::TooLarge(most) => format!("{name} is larger than {}", budget::size(*most)),
        why => format!("the file {name} cannot be read: {why}"),
    };
    refused(message, span, "named here", "")
}

/// Whether a variable is one of those that akrec signs in with, or that a build system hands it for that.
fn is_own(name: &str) -> bool {
    const OWN: [&str; 4] = [
        "AKREC_TOKEN",
        "AUTHENTIK_TOKEN",
        "AKREC_NOTIFY_URL",
        "AKREC_ARGS",
    ];
    let begins = [
        "AKREC_OIDC",
        "AKREC_PLAN_KEY",
        "ACTIONS_ID_TOKEN_",
        "ACTIONS_RUNTIME_",
    ];
    OWN.contains(&name) || begins.iter().any(|begin| name.starts_with(begin))
}

/// The name and the default of `!env` and `!var`.
fn arguments<'n>(
    tag: &str,
    inner: &'n Node,
) -> Result<(&'n str, Option<&'n Node>), Box<Diagnostic>> {
    let how = format!("write `!{tag} NAME` or `!{tag} {{name: NAME, default: value}}`");
    let name = |node: &'n Node| match node.scalar() {
        Some(scalar) if !scalar.text.is_empty() => Ok(scalar.text.as_str()),
        _ => Err(shape(tag, node, &how)),
    };
    if !matches!(inner.kind, NodeKind::Map(_)) {
        return Ok((name(inner)?, None));
    }
    if let Some((key, _)) = inner
        .entries()
        .iter()
        .find(|(key, _)| !matches!(key.text.as_str(), "name" | "default"))
    {
        let problem = Diagnostic::error(
            Code::BAD_SHAPE,
            format!("`!{tag}` accepts only `name` and `default`"),
        );
        return Err(Box::new(problem.at(key.span, "not one of them").help(how)));
    }
    match inner.get("name") {
        Some(node) => Ok((name(node)?, inner.get("default"))),
        None => Err(shape(tag, inner, &how)),
    }
}

fn shape(tag: &str, node: &Node, help: &str) -> Box<Diagnostic> {
    let problem = Diagnostic::error(Code::BAD_SHAPE, format!("`!{tag}` needs a name"));
    Box::new(
        problem
            .at(node.span, format!("this is {}", node.describe()))
            .help(help),
    )
}

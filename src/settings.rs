//! Settings of a run: flags, environment variables and `akrec.yaml`, put together.
//!
//! It is pure except for reading the files that it is given: the environment and standard input come in as functions,
//! so that the same inputs always give the same result. It never talks to a server, and no message and no `Debug` shows
//! a token, a header's value or a variable's, nor any value of a settings file that an excerpt would show.
//!
//! Flags, environment variables and the files that these name are the operator's; everything in the checkout is its
//! author's, who may be a stranger. `project` keeps what the checkout names inside the project, always; `trust` keeps
//! from the checkout what is not its to decide, where the author may be a stranger. docs/threat-model.md has the whole
//! model.

mod agent;
mod connection;
mod file;
mod json_schema;
mod keys;
mod layout;
mod limits;
mod page;
mod project;
mod reader;
mod text;
mod token;
mod trust;
mod vars;
mod weakened;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

pub use agent::user_agent;
pub use connection::{PARALLELISM, RETRIES, TIMEOUT};
pub use file::FILE;
pub use json_schema::json_schema;
pub use page::markdown;
pub use trust::Untrusted;

use crate::budget::Totals;
use crate::cli::{self, OnError};
use crate::diag::{Code, Diagnostic, Sources};
use crate::lints::Level;
use crate::plan::{Limits, Weakened};
use crate::schema::Release;
use crate::{budget, client};

/// The world outside, as far as settings depend on it.
#[derive(Clone, Copy)]
pub struct Outside<'a> {
    /// Looks an environment variable up.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// The names of all environment variables, among which `AKREC_VAR_…` are looked for.
    pub names: &'a [String],
    /// Where relative paths begin; empty for the working directory, so that messages show paths as they were given.
    pub dir: &'a Path,
    /// Reads standard input to its end, for `--token-file -`, but no more than so many bytes.
    pub stdin: &'a dyn Fn(u64) -> io::Result<String>,
}

/// The values of a verb's flags, and whether the verb needs a server.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Flags about the files.
    pub inputs: &'a cli::Inputs,
    /// Flags about the server; `None` for a verb that needs none, or that runs against the sandbox.
    pub connection: Option<&'a cli::Connection>,
    /// A release that a flag names.
    pub release: Option<Release>,
    /// The flag about failed steps.
    pub on_error: Option<OnError>,
    /// Whether a flag asks for a short plan.
    pub concise: bool,
}

impl<'a> From<&'a cli::Plan> for Request<'a> {
    fn from(plan: &'a cli::Plan) -> Self {
        Request {
            inputs: &plan.inputs,
            connection: (!plan.sandbox.wanted()).then_some(&plan.connection),
            release: None,
            on_error: None,
            concise: plan.output.concise,
        }
    }
}

impl<'a> From<&'a cli::Drift> for Request<'a> {
    fn from(drift: &'a cli::Drift) -> Self {
        Request {
            inputs: &drift.inputs,
            connection: (!drift.sandbox.wanted()).then_some(&drift.connection),
            release: None,
            on_error: None,
            concise: drift.output.concise,
        }
    }
}

impl<'a> From<&'a cli::Apply> for Request<'a> {
    fn from(apply: &'a cli::Apply) -> Self {
        Request {
            inputs: &apply.inputs,
            connection: (!apply.sandbox.wanted()).then_some(&apply.connection),
            release: None,
            on_error: apply.writes.on_error,
            concise: apply.output.concise,
        }
    }
}

impl<'a> Request<'a> {
    /// For `rollback`, which needs no files. `inputs` say where `akrec.yaml` is.
    pub fn of_rollback(inputs: &'a cli::Inputs, flags: &'a cli::Rollback) -> Request<'a> {
        Request {
            on_error: flags.writes.on_error,
            concise: flags.output.concise,
            ..Request::of_server(inputs, &flags.server.connection, &flags.server.sandbox)
        }
    }

    /// For a verb that needs files and no server.
    pub fn of_files(inputs: &'a cli::Inputs) -> Request<'a> {
        Request {
            inputs,
            connection: None,
            release: None,
            on_error: None,
            concise: false,
        }
    }

    /// For a verb that needs a server and no files. `inputs` say where `akrec.yaml` is.
    pub fn of_server(
        inputs: &'a cli::Inputs,
        connection: &'a cli::Connection,
        sandbox: &cli::SandboxFlags,
    ) -> Request<'a> {
        let connection = (!sandbox.wanted()).then_some(connection);
        Request {
            inputs,
            connection,
            release: None,
            on_error: None,
            concise: false,
        }
    }
}

impl<'a> From<&'a cli::Validate> for Request<'a> {
    fn from(validate: &'a cli::Validate) -> Self {
        let release = validate.release;
        Request {
            inputs: &validate.inputs,
            connection: None,
            release,
            on_error: None,
            concise: false,
        }
    }
}

/// The address that a settings file names for the server, if it can be read and names one without a secret.
pub fn server_in(path: &Path) -> Option<String> {
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let project = project::Project::new(path.parent().unwrap_or(Path::new("")), false);
    let real = project.find(path, &mut problems)?;
    let file = file::File::read(path, &real, &|_| None, &mut sources, &mut problems);
    file.server
        .map(|server| server.value)
        .filter(|_| problems.is_empty())
}

/// The settings of a run.
#[derive(Clone)]
pub struct Resolved {
    /// The state directory.
    pub state_dir: PathBuf,
    /// The environment in use.
    pub environment: Option<String>,
    /// The folder of the environment, which exists.
    pub environment_dir: Option<PathBuf>,
    /// What `!var` knows.
    pub vars: BTreeMap<String, crate::state::Var>,
    /// Whether files may lie outside the state directory.
    pub allow_outside: bool,
    /// Whether the checkout may be a stranger's, and why.
    pub untrusted: Option<Untrusted>,
    /// How much all files may take together.
    pub totals: Totals,
    /// The safety checks that the checkout weakens.
    pub weakened: Vec<Weakened>,
    /// Whether unknown words are warnings.
    pub allow_unknown: bool,
    /// The release that the files are for, if one is named.
    pub release: Option<Release>,
    /// The name of this state on a server that several states share.
    pub workspace: Option<String>,
    /// Limits of the safety checks of an apply.
    pub limits: Limits,
    /// Users that must always be able to sign in and administer.
    pub break_glass: Vec<String>,
    /// How lints are taken.
    pub lints: BTreeMap<Code, Level>,
    /// What happens after a failed step.
    pub on_error: OnError,
    /// Whether a plan is shown short.
    pub concise: bool,
    /// For the client; `None` if the verb needs no server.
    pub client: Option<client::Settings>,
    /// The user agent of every request.
    pub user_agent: String,
    /// Warnings that are not errors.
    pub warnings: Vec<Diagnostic>,
}

impl fmt::Debug for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolved")
            .field("state_dir", &self.state_dir)
            .field("environment_dir", &self.environment_dir)
            .field("vars", &self.vars.keys())
            .field("release", &self.release)
            .field("workspace", &self.workspace)
            .field("limits", &self.limits)
            .field("lints", &self.lints)
            .field("client", &self.client)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

impl Resolved {
    /// What reading the state needs.
    pub fn inputs<'a>(&self, env: &'a dyn Fn(&str) -> Option<String>) -> crate::state::Inputs<'a> {
        crate::state::Inputs {
            state_dir: self.state_dir.clone(),
            env,
            vars: self.vars.clone(),
            allow_outside: self.allow_outside,
            untrusted: self.untrusted.is_some(),
            totals: self.totals,
        }
    }

    /// Settings for a client of the sandbox: nothing that is meant for a real server goes there.
    pub fn sandbox_client(&self, url: String, token: SecretString) -> client::Settings {
        client::Settings {
            url,
            credentials: token.into(),
            ca_cert: None,
            insecure_skip_tls_verify: false,
            headers: Vec::new(),
            timeout: TIMEOUT,
            retries: RETRIES,
            parallelism: PARALLELISM,
            user_agent: self.user_agent.clone(),
            max_answers: crate::budget::ANSWERS.most,
        }
    }
}

/// Puts the settings of a run together. Files that it reads go into `sources`, so that the diagnostics can be shown.
///
/// With any error, every diagnostic that was found comes back, warnings too: all problems of all settings files, of the
/// variables and of the connection. The token is looked for only if the request needs a server.
pub fn resolve(
    request: &Request,
    outside: &Outside,
    sources: &mut Sources,
) -> Result<Resolved, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let untrusted = trust::decide(request.inputs, outside).unwrap_or_else(|problem| {
        found.push(*problem);
        None
    });
    if let Some(untrusted) = untrusted.filter(|_| request.inputs.allow_outside) {
        found.push(untrusted.conflict());
        return Err(found);
    }
    let totals = max_input(request.inputs, outside).unwrap_or_else(|problem| {
        found.push(*problem);
        Totals::default()
    });
    let layout = layout::find(request.inputs, untrusted, outside, sources, &mut found);
    let mut file = layout.file;
    let vars = vars::collect(
        std::mem::take(&mut file.vars),
        request.inputs,
        outside,
        sources,
        &mut found,
    );
    // A server that a broken file may name is not missing.
    let before = found
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .count();
    if let (Some(untrusted), Some(flags)) = (untrusted, request.connection) {
        untrusted.connection(&mut file, flags, outside, &mut found);
    }
    let unnamed = found
        .iter()
        .any(|problem| problem.is_error() && problem.code == Code::UNTRUSTED_SETTING);
    let client = request
        .connection
        .and_then(|flags| connection::resolve(flags, &file, outside, &mut found));
    if before > 0 || unnamed {
        found.retain(|diagnostic| diagnostic.code != Code::NO_SERVER);
    }
    if found.iter().any(Diagnostic::is_error) {
        return Err(found);
    }
    let weakened = in_effect(layout.weakened, request, client.as_ref());
    let yes = |flag: bool, placed: Option<reader::Placed<bool>>| {
        flag || placed.is_some_and(|placed| placed.value)
    };
    Ok(Resolved {
        state_dir: layout.state_dir,
        environment: layout.environment,
        environment_dir: layout.environment_dir,
        vars,
        allow_outside: request.inputs.allow_outside,
        untrusted,
        totals,
        weakened,
        allow_unknown: yes(request.inputs.allow_unknown, file.allow_unknown),
        release: request.release.or(file.release.map(|placed| placed.value)),
        workspace: file.workspace.map(|placed| placed.value),
        limits: file.limits,
        break_glass: file
            .break_glass
            .map(|placed| placed.value)
            .unwrap_or_default(),
        lints: file
            .lints
            .into_iter()
            .map(|(code, placed)| (code, placed.value))
            .collect(),
        on_error: request
            .on_error
            .or(file.on_error.map(|placed| placed.value))
            .unwrap_or_default(),
        // How much a reviewer sees is not the author's to decide.
        concise: yes(
            request.concise,
            file.concise.filter(|_| untrusted.is_none()),
        ),
        client,
        user_agent: user_agent(outside.env),
        warnings: found,
    })
}

/// The weakened settings that take effect: not those that a flag sets as well, and not one for a server that is not asked.
fn in_effect(
    mut weakened: Vec<Weakened>,
    request: &Request,
    client: Option<&client::Settings>,
) -> Vec<Weakened> {
    let insecure = client.is_some_and(|client| client.insecure_skip_tls_verify);
    let flagged = request
        .connection
        .is_some_and(|flags| flags.insecure_skip_tls_verify);
    weakened.retain(|one| match one.setting.as_str() {
        "allow_unknown" => !request.inputs.allow_unknown,
        "insecure_skip_tls_verify" => insecure && !flagged,
        _ => true,
    });
    weakened
}

/// How much all files may take: `--max-input`, then `AKREC_MAX_INPUT`.
fn max_input(inputs: &cli::Inputs, outside: &Outside) -> Result<Totals, Box<Diagnostic>> {
    if inputs.max_input.is_some() {
        return Ok(Totals::of(inputs.max_input));
    }
    let variable = (outside.env)("AKREC_MAX_INPUT").filter(|size| !size.trim().is_empty());
    let size = variable
        .map(|size| budget::parse(&size))
        .transpose()
        .map_err(|why| {
            Box::new(
                Diagnostic::error(Code::BAD_SETTING, "AKREC_MAX_INPUT is not a size").help(why),
            )
        })?;
    Ok(Totals::of(size))
}

#[cfg(test)]
mod tests;

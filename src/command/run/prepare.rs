//! From flags to all that a plan is made from: settings, files, the server and who asks it.
//!
//! Reads no object of the server.

use super::{Ready, Run, WORKSPACE};
use crate::cli::{Lints, SafetyChecks, SandboxFlags, Scope, Target, WriteSecret};
use crate::client::{self, Client};
use crate::command::{exit, judge, screen::env};
use crate::desired::{self, Desired};
use crate::diag::{Code, Diagnostic};
use crate::input::{Whose, place};
use crate::pattern::Pattern;
use crate::read::{self, Server};
use crate::schema::{RELEASES, Version};
use crate::settings::{self, Outside, Request, Resolved};
use crate::{budget, input, plan, sandbox};

impl Run<'_> {
    /// Takes in which safety checks are overridden, as far as they judge the files alone, and the levels of lints.
    pub fn set_overrides(&mut self, checks: &SafetyChecks, lints: &Lints) {
        self.empty = checks.allow.contains(&Code::EMPTY_STATE);
        self.judging.flags = (checks.allow.clone(), lints.clone());
    }

    /// Reads settings and files, finds the server and asks who it is: everything but the objects.
    pub async fn prepare(
        &mut self,
        request: &Request<'_>,
        flags: &SandboxFlags,
    ) -> Result<Ready, u8> {
        let settings = self.settings(request)?;
        let inputs = settings.inputs(&env);
        let (tree, mut found) = crate::state::read(
            &inputs,
            settings.environment_dir.as_deref(),
            &mut self.sources,
        );
        let mut rules = desired::Settings {
            release: settings.release,
            allow_unknown: settings.allow_unknown,
            today: crate::command::clock::today(),
        };
        if self.empty {
            found
                .iter_mut()
                .filter(|diagnostic| diagnostic.code == Code::EMPTY_STATE)
                .for_each(plan::downgrade);
        }
        let (first, more) = desired::lower(&tree, &rules, &mut self.sources);
        let of_files = found.clone();
        found.extend(more);
        if found.iter().any(Diagnostic::is_error) {
            found
                .iter_mut()
                .filter(|diagnostic| diagnostic.code == Code::EMPTY_STATE)
                .for_each(|diagnostic| {
                    diagnostic.notes.push(format!(
                        "to delete everything that akrec created: --allow {}",
                        diagnostic.code
                    ));
                });
            // Of files that say nothing there is nothing wrong to be corrected: it is what they would do that is refused.
            let empty = found
                .iter()
                .all(|diagnostic| !diagnostic.is_error() || diagnostic.code == Code::EMPTY_STATE);
            let code = self.invalid(found);
            return Err(if empty { exit::RAIL } else { code });
        }

        self.secrets = first.secrets();
        let (client, server) = self.reach(&settings, flags).await?;
        // Gates of fields and words are judged by the server's own release.
        let desired = if rules.release == Some(server.release) {
            self.diagnostics.append(&mut found);
            first
        } else {
            rules.release = Some(server.release);
            let (desired, found) = desired::lower(&tree, &rules, &mut self.sources);
            if found.iter().any(Diagnostic::is_error) {
                return Err(self.invalid(found));
            }
            self.diagnostics.extend(of_files);
            self.diagnostics.extend(found);
            desired
        };
        client.conceal(desired.secrets());
        let desired = Desired {
            break_glass: settings.break_glass.clone(),
            ..desired
        };
        let workspace = settings
            .workspace
            .clone()
            .unwrap_or_else(|| WORKSPACE.to_owned());
        Ok(Ready {
            settings,
            client,
            server,
            workspace,
            desired,
            undo: None,
        })
    }

    /// Reads the settings alone. Refuses artifacts that cannot be written.
    pub fn settings(&mut self, request: &Request<'_>) -> Result<Resolved, u8> {
        self.settings_in(request, &env)
    }

    /// The same with an environment of its own.
    pub fn settings_in(
        &mut self,
        request: &Request<'_>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Resolved, u8> {
        let unwritable = self.outputs.check();
        if !unwritable.is_empty() {
            return Err(self.invalid(unwritable));
        }
        let names: Vec<String> = std::env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .collect();
        let stdin = |most| input::stream(std::io::stdin(), most);
        let outside = Outside {
            env,
            names: &names,
            dir: std::path::Path::new(""),
            stdin: &stdin,
        };
        let mut settings = settings::resolve(request, &outside, &mut self.sources)
            .map_err(|found| self.invalid(found))?;
        self.diagnostics.append(&mut settings.warnings);
        self.style.concise |= settings.concise;
        self.environment = settings.environment.clone();
        self.judging.levels =
            judge::levels(&settings, &self.judging.flags.0, &self.judging.flags.1);
        Ok(settings)
    }

    /// Finds the server and asks who it is.
    pub async fn reach(
        &mut self,
        settings: &Resolved,
        flags: &SandboxFlags,
    ) -> Result<(Client, Server), u8> {
        let connection = match settings.client.clone() {
            Some(connection) => connection,
            None => self.start_sandbox(settings, flags).await?,
        };
        let client = Client::new(connection).map_err(|error| self.refused(&error))?;
        client.conceal(std::mem::take(&mut self.secrets));
        self.screen.guard(&client);
        if client.exposes_token() {
            self.diagnostics.push(
                Diagnostic::warning(
                    Code::SERVER,
                    format!("the token travels unencrypted to {}", client.base_url()),
                )
                .help("use https"),
            );
        }
        let (server, warnings) = read::server(&client)
            .await
            .map_err(|problem| self.problem(problem))?;
        self.diagnostics.extend(warnings);
        self.server = Some(server.clone());
        Ok((client, server))
    }

    async fn start_sandbox(
        &mut self,
        settings: &Resolved,
        flags: &SandboxFlags,
    ) -> Result<client::Settings, u8> {
        let newest = RELEASES[RELEASES.len() - 1];
        let named = flags.version().or(settings.release.map(Version::from));
        let mut options = sandbox::Options::new(named.unwrap_or(newest.into()).to_string());
        options.data = flags.sandbox_data.clone();
        options.clock = crate::command::clock::OF_SANDBOX;
        options.licence = crate::command::sandbox::licence(flags.sandbox_licence);
        let started = match sandbox::start(options.clone()).await {
            Err(sandbox::Error::OtherRelease { kept, .. }) if named.is_none() => {
                options.release = kept;
                sandbox::start(options).await
            }
            other => other,
        };
        let sandbox = started.map_err(|error| {
            let diagnostic = Diagnostic::error(
                Code::BAD_SETTING,
                format!("the sandbox cannot be started: {error}"),
            );
            self.invalid(vec![diagnostic])
        })?;
        let token = sandbox.admin_token().to_owned().into();
        let connection = settings.sandbox_client(sandbox.url(), token);
        self.sandbox = Some(sandbox);
        Ok(connection)
    }

    /// The planner's options from the flags. Refuses names of objects that are not declared, and fields that their
    /// kinds do not have.
    pub fn options(
        &mut self,
        ready: &Ready,
        checks: &SafetyChecks,
        asked: &[WriteSecret],
        scope: &Scope,
    ) -> Result<plan::Options, u8> {
        let mut options = plan::Options {
            allow_unknown: ready.settings.allow_unknown,
            allow: checks.allow.iter().copied().collect(),
            limits: ready.settings.limits.clone(),
            flags: plan::FlagLimits {
                deletes: checks.max_deletes,
                changes: checks.max_changes,
                removals: checks.max_removals.iter().cloned().collect(),
            },
            scope: plan::Scope {
                targets: self.patterns(&scope.target)?,
                excludes: self.patterns(&scope.exclude)?,
                done: false,
            },
            weakened: self.weakened(ready, checks),
            ..plan::Options::default()
        };
        for secret in asked {
            let object = ready
                .desired
                .objects
                .iter()
                .find(|object| object.address.path() == secret.address);
            let field = object.and_then(|object| {
                object
                    .kind
                    .fields
                    .iter()
                    .find(|field| field.yaml_key == secret.field)
            });
            let declared = field.is_some_and(|field| {
                object.is_some_and(|object| object.fields.contains_key(field.name))
            });
            if !declared {
                let what = format!(
                    "--write-secret {}#{}: this field is not declared",
                    secret.address, secret.field
                );
                return Err(self.invalid(vec![Diagnostic::error(Code::BAD_SETTING, what)]));
            }
            // For a value that may be a secret, only the server's answer says whether it can be compared.
            if field.is_some_and(|field| !field.may_be_withheld()) {
                let what = format!(
                    "--write-secret {}#{}: this field is not a secret",
                    secret.address, secret.field
                );
                let diagnostic = Diagnostic::error(Code::BAD_SETTING, what);
                return Err(self.invalid(vec![
                    diagnostic.help("remove --write-secret: a plan writes it whenever it differs"),
                ]));
            }
            options
                .write_secrets
                .insert((secret.address.clone(), secret.field.clone()));
        }
        Ok(options)
    }

    /// The safety checks that the settings of the checkout weaken, without those that flags decide.
    fn weakened(&self, ready: &Ready, checks: &SafetyChecks) -> Vec<plan::Weakened> {
        let (allow, lints) = &self.judging.flags;
        let judged: Vec<&str> = allow
            .iter()
            .chain(&lints.warn)
            .chain(&lints.deny)
            .filter_map(|code| code.lint())
            .collect();
        let flagged = |setting: &str| match setting.split_once('.') {
            Some(("limits", "deletes" | "delete_share")) => checks.max_deletes.is_some(),
            Some(("limits", "changes")) => checks.max_changes.is_some(),
            Some(("limits", removals)) => {
                let kind = removals.strip_prefix("removals.").unwrap_or_default();
                checks.max_removals.iter().any(|(name, _)| name == kind)
            }
            Some(("lints", lint)) => judged.contains(&lint),
            _ => false,
        };
        ready
            .settings
            .weakened
            .iter()
            .filter(|one| !flagged(&one.setting))
            .cloned()
            .collect()
    }

    /// The patterns that a flag names, by themselves or in a file: one a line, blank lines and `#` left out.
    pub fn patterns(&mut self, targets: &[Target]) -> Result<Vec<Pattern>, u8> {
        let mut patterns = Vec::new();
        for target in targets {
            let path = match target {
                Target::Pattern(pattern) => {
                    patterns.push(pattern.clone());
                    continue;
                }
                Target::File(path) => path,
            };
            let refuse = |why: String| {
                Diagnostic::error(Code::BAD_SETTING, format!("@{}: {why}", path.display()))
            };
            // What stands in it is shown, so a link of the checkout must not choose the file.
            if place::given(std::path::Path::new(""), path).is_err() {
                let diagnostic = Diagnostic::error(
                    Code::LEADS_OUT,
                    format!(
                        "@{} leads elsewhere through a symbolic link",
                        path.display()
                    ),
                );
                return Err(self.invalid(vec![
                    diagnostic.help("name the file itself, by its absolute path"),
                ]));
            }
            let text = input::text(path, Whose::of(path), budget::TARGETS.most);
            let text = text.map_err(|why| self.invalid(vec![refuse(why.to_string())]))?;
            let lines = text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty() && !line.starts_with('#'));
            let found: Result<Vec<Pattern>, String> = lines.map(Pattern::new).collect();
            let found = found.map_err(|why| self.invalid(vec![refuse(why)]))?;
            // A file that names nothing must not mean everything.
            if found.is_empty() {
                return Err(self.invalid(vec![refuse("it names nothing".to_owned())]));
            }
            patterns.extend(found);
        }
        Ok(patterns)
    }
}

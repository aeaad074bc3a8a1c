//! Reads what a plan needs, plans, and takes in what is to be said of the plan.
//!
//! Writes nothing to the server.

use crate::command::{clock, exit};
use std::collections::HashSet;

use super::{Planned, Ready, Run};
use crate::access::{self, Difference};
use crate::apply::licence;
use crate::cli::OutputFormat;
use crate::client::Client;
use crate::command::reading::Reading;
use crate::diag::{Code, Diagnostic};
use crate::ledger::{Held, Ledger};
use crate::live::Live;
use crate::plan::{self, Plan};
use crate::read::{self, Problem};
use crate::report::events::{self, Purpose};
use crate::{inverse, saved, store};

/// How many objects a message names.
const NAMED: usize = 10;

impl Run<'_> {
    /// Reads what is needed and plans. A plan that a rail refuses is shown, and is an error.
    pub async fn plan(&mut self, ready: &Ready, options: &plan::Options) -> Result<Planned, u8> {
        let (live, ledger) = self.observe(ready).await?;
        self.decide(ready, live, ledger, options).await
    }

    /// Reads the ledger and the objects.
    pub async fn observe(&mut self, ready: &Ready) -> Result<(Live, Ledger), u8> {
        let purpose = if self.outcome.is_some() {
            Purpose::Proof
        } else {
            Purpose::Plan
        };
        self.event(events::refresh_start(purpose));
        // What an earlier plan of this run read is no longer kept.
        ready.client.forget_answers();
        let ledger = self.ledger(ready).await?;
        let quiet = ready.undo.as_ref().map(|_| inverse::quiet(&ledger));
        let reading = Reading::ticking(self.screen);
        let read = read::live(
            &ready.client,
            &ready.server,
            &ready.desired,
            quiet.as_ref().unwrap_or(&ledger),
        )
        .await;
        reading.finish();
        let live = self.take_in(read)?;
        ready.client.conceal(live.secrets());
        self.event(events::refresh_complete(purpose, live.objects.len()));
        Ok((live, ledger))
    }

    /// Takes in what reading found: a run that reads twice says it once. An error of it ends the run.
    fn take_in(&mut self, read: Result<(Live, Vec<Diagnostic>), Problem>) -> Result<Live, u8> {
        let (live, found) = read.map_err(|problem| self.problem(problem))?;
        let wrong = found.iter().any(Diagnostic::is_error);
        let mut known: HashSet<Diagnostic> = self.diagnostics.iter().cloned().collect();
        self.diagnostics.extend(
            found
                .into_iter()
                .filter(|diagnostic| known.insert(diagnostic.clone())),
        );
        if wrong { Err(exit::ERROR) } else { Ok(live) }
    }

    /// Plans from what was read.
    pub async fn decide(
        &mut self,
        ready: &Ready,
        live: Live,
        ledger: Ledger,
        options: &plan::Options,
    ) -> Result<Planned, u8> {
        let (plan, mut found) = match &ready.undo {
            Some(undo) => inverse::plan(undo, &live, &ledger, options),
            None => plan::plan(&ready.desired, &live, &ledger, options),
        };
        if let Some(plan) = &plan {
            found.extend(self.beside(ready, &live, plan).await);
        }
        let refused = found.iter().any(Diagnostic::is_error);
        // A second plan is no part of the document but for what it has left.
        let first = self.outcome.is_none();
        if let Some(plan) = plan
            .as_ref()
            .filter(|_| first && self.outputs.wants(OutputFormat::Json))
        {
            let live = saved::of_live(&ready.desired, plan, &live);
            self.sums = Some(saved::sums(&saved::of_state(&ready.desired), &live));
        }
        match plan {
            Some(plan) if !refused => {
                self.diagnostics.extend(found);
                self.diagnostics
                    .extend(unlicensed(&plan, &ready.client).await);
                Ok(Planned { plan, live, ledger })
            }
            refused => {
                let code = self.invalid(found);
                if first {
                    self.plan = refused;
                    self.show();
                }
                Err(code)
            }
        }
    }

    /// What is to be said of a plan beside its rails: lints, who gains or loses access, assertions. The plan stands if
    /// access cannot be read.
    async fn beside(&mut self, ready: &Ready, live: &Live, plan: &Plan) -> Vec<Diagnostic> {
        let mut found = if self.judges {
            self.lints(ready, live, plan)
        } else {
            Vec::new()
        };
        let asserts = self.judges && self.asserts && !ready.desired.assertions.is_empty();
        let compares =
            self.with_access && self.access.is_none() && plan::touches_access(&plan.steps);
        if !asserts && !compares {
            return found;
        }
        let worlds = self.worlds(ready, live, plan).await;
        if compares {
            self.access = Some(match &worlds {
                Ok((before, after)) => access::difference(before, after),
                Err(why) => Difference {
                    blind: Some(why.clone()),
                    ..Difference::default()
                },
            });
        }
        if asserts {
            found.extend(self.assert(ready, worlds.as_ref().map(|(_, after)| after)));
        }
        found
    }

    /// Reads what is needed and compares: a plan that nobody is going to apply, so that no rail stands in its way.
    pub async fn compare(&mut self, ready: &Ready) -> Result<Planned, u8> {
        let ledger = self.ledger(ready).await?;
        let live =
            self.take_in(read::live(&ready.client, &ready.server, &ready.desired, &ledger).await)?;
        let options = plan::Options {
            allow_unknown: ready.settings.allow_unknown,
            ..plan::Options::default()
        };
        let (plan, mut found) = plan::plan(&ready.desired, &live, &ledger, &options);
        found.retain(|diagnostic| !diagnostic.code.is_rail());
        match plan {
            Some(plan) if !found.iter().any(Diagnostic::is_error) => {
                self.diagnostics.extend(found);
                Ok(Planned { plan, live, ledger })
            }
            _ => Err(self.invalid(found)),
        }
    }

    /// What is known of ownership on the server.
    async fn ledger(&mut self, ready: &Ready) -> Result<Ledger, u8> {
        self.ledger_of(&ready.client, &ready.workspace).await
    }

    /// The same before any files are read.
    pub async fn ledger_of(&mut self, client: &Client, workspace: &str) -> Result<Ledger, u8> {
        let (ledger, found) = match store::read(client, workspace).await {
            Ok(read) => read,
            Err(store::Problem::Client(error)) => return Err(self.refused(&error)),
            Err(store::Problem::Told(diagnostic)) => return Err(self.invalid(vec![*diagnostic])),
        };
        self.diagnostics.extend(found);
        self.diagnostics
            .extend(ledger.early_ends(clock::now()).map(ended_early));
        if let Some(why) = &ledger.unreadable {
            let diagnostic = Diagnostic::warning(
                Code::LEDGER_UNREADABLE,
                "it is not known what akrec made on this server",
            );
            self.diagnostics.push(
                diagnostic
                    .note(format!("the ledger cannot be read: {why}"))
                    .note("nothing is deleted because it left the files")
                    .help("let the token view blueprint instances"),
            );
        }
        Ok(ledger)
    }
}

/// That a run was killed or cut off, and what becomes of what it created.
fn ended_early(lease: &Held) -> Diagnostic {
    let what = format!(
        "the run {} of {} ended without writing the ledger",
        lease.run, lease.holder
    );
    let diagnostic = Diagnostic::warning(Code::RUN_ENDED_EARLY, what);
    let diagnostic = match lease.creating.len() {
        0 => diagnostic,
        count => {
            let mut names: Vec<String> = lease
                .creating
                .keys()
                .take(NAMED)
                .map(ToString::to_string)
                .collect();
            if count > NAMED {
                names.push(format!("{} more", count - NAMED));
            }
            diagnostic.note(format!(
                "it was about to create {}; what of it exists counts as created by akrec",
                names.join(", ")
            ))
        }
    };
    diagnostic
        .help("`akrec apply` writes down what it created and deletes its lease, also if nothing else is to be done")
}

/// A warning where the plan writes enterprise kinds and the server has no licence for them; one request, only then.
async fn unlicensed(plan: &Plan, client: &Client) -> Option<Diagnostic> {
    let writes = |step: &&plan::Step| step.kind.enterprise && step.action != plan::Action::Delete;
    let refused: Vec<&plan::Step> = plan.steps.iter().filter(writes).collect();
    if refused.is_empty() || licence::counts(client).await != Some(false) {
        return None;
    }
    let names: Vec<String> = refused
        .iter()
        .map(|step| step.address.to_string())
        .collect();
    let diagnostic = Diagnostic::warning(
        Code::NO_LICENCE,
        "authentik has no enterprise licence that counts",
    )
    .note(format!("it will refuse to write {}", names.join(", ")))
    .help("add a licence under Enterprise > Licenses, or take these objects out of the files");
    let spans = refused.iter().filter_map(|step| step.source).take(1);
    Some(spans.fold(diagnostic, |diagnostic, span| {
        diagnostic.at(span, "needs a licence")
    }))
}

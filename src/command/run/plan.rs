//! Reads what a plan needs, plans, and takes in what is to be said of the plan.
//!
//! Writes nothing to the server.

use crate::command::{clock, exit};
use std::collections::HashSet;
use std::sync::Arc;

use super::{Planned, Ready, Review, Run};
use crate::access::{self, Difference};
use crate::apply::licence;
use crate::cli::OutputFormat;
use crate::client::Client;
use crate::command::judge;
use crate::command::reading::Reading;
use crate::diag::{Code, Diagnostic};
use crate::ledger::{Held, Ledger};
use crate::live::Live;
use crate::plan::{self, Plan};
use crate::read::{self, Problem, Read};
use crate::report::events::{self, Purpose};
use crate::{plan_file, rollback, store};

/// How many objects a message names.
const NAMED: usize = 10;

/// The live state, and the plan made from it.
pub struct Seen {
    /// The live state.
    pub live: Live,
    /// The ledger.
    pub ledger: Ledger,
    /// The plan, if there can be one.
    pub plan: Option<Plan>,
    /// The diagnostics of the plan.
    pub found: Vec<Diagnostic>,
}

impl Run<'_> {
    /// Reads what is needed and plans. A plan that a safety check refuses is shown, and is an error.
    pub async fn plan(&mut self, ready: &Ready, options: &plan::Options) -> Result<Planned, u8> {
        let seen = self.observe(ready, options).await?;
        self.decide(ready, seen, options).await
    }

    /// Reads the ledger and the objects, and plans from them.
    pub async fn observe(&mut self, ready: &Ready, options: &plan::Options) -> Result<Seen, u8> {
        let purpose = if self.outcome().is_some() {
            Purpose::Proof
        } else {
            Purpose::Plan
        };
        self.event(events::refresh_start(purpose));
        // Answers that an earlier plan of this run read are no longer kept.
        ready.client.forget_answers();
        let ledger = self.ledger(ready).await?;
        let quiet = ready.undo.as_ref().map(|_| rollback::quiet(&ledger));
        let reading = Reading::ticking(self.screen);
        let read = read::plan(
            &ready.client,
            &ready.server,
            &ready.desired,
            quiet.as_ref().unwrap_or(&ledger),
            options,
        )
        .await;
        reading.finish();
        let seen = self.take_in(read, ledger)?;
        ready.client.conceal(seen.live.secrets());
        let plan = seen.plan.iter();
        for host in plan.flat_map(Plan::hosts) {
            ready.client.reveal(host);
        }
        self.event(events::refresh_complete(purpose, seen.live.objects.len()));
        Ok(seen)
    }

    /// Takes in what reading found: a run that reads twice says it once. An error of it ends the run.
    fn take_in(&mut self, read: Result<Read, Problem>, ledger: Ledger) -> Result<Seen, u8> {
        let Read {
            live,
            found,
            plan,
            planned,
        } = read.map_err(|problem| self.problem(problem))?;
        let wrong = found.iter().any(Diagnostic::is_error);
        let mut known: HashSet<Diagnostic> = self.diagnostics.iter().cloned().collect();
        self.diagnostics.extend(
            found
                .into_iter()
                .filter(|diagnostic| known.insert(diagnostic.clone())),
        );
        if wrong {
            return Err(exit::ERROR);
        }
        Ok(Seen {
            live,
            ledger,
            plan,
            found: planned,
        })
    }

    /// Judges the plan that was made from what was read.
    pub async fn decide(
        &mut self,
        ready: &Ready,
        seen: Seen,
        options: &plan::Options,
    ) -> Result<Planned, u8> {
        let Seen {
            live,
            ledger,
            plan,
            found,
        } = seen;
        let (plan, mut found) = match &ready.undo {
            Some(undo) => rollback::taken_back(undo, plan, found, &live, &ledger, options),
            None => (plan, found),
        };
        let mut review = Review::default();
        if let Some(plan) = &plan {
            found.extend(self.beside(ready, &live, plan, &mut review).await);
        }
        let refused = found.iter().any(Diagnostic::is_error);
        // A second plan is not part of the document, except for the steps that it still has.
        let first = self.outcome().is_none();
        if let Some(plan) = plan
            .as_ref()
            .filter(|_| first && self.outputs.wants(OutputFormat::Json))
        {
            let live = plan_file::of_live(&ready.desired, plan, &live);
            review.sums = Some(plan_file::sums(&plan_file::of_state(&ready.desired), &live));
        }
        match plan {
            Some(plan) if !refused => {
                self.diagnostics.extend(found);
                self.diagnostics
                    .extend(unlicensed(&plan, &ready.client).await);
                Ok(Planned {
                    plan: Arc::new(plan),
                    live,
                    ledger,
                    review,
                })
            }
            refused => {
                let code = self.invalid(found);
                if first {
                    if let Some(plan) = refused {
                        self.stands(Arc::new(plan), review);
                    }
                    self.show();
                }
                Err(code)
            }
        }
    }

    /// The diagnostics of a plan beside its safety checks: lints, who gains or loses access, assertions. The plan
    /// stands if access cannot be read.
    async fn beside(
        &mut self,
        ready: &Ready,
        live: &Live,
        plan: &Plan,
        review: &mut Review,
    ) -> Vec<Diagnostic> {
        let mut found = if self.judging.files {
            self.lints(ready, live, plan)
        } else {
            Vec::new()
        };
        let asserts =
            self.judging.files && self.judging.assertions && !ready.desired.assertions.is_empty();
        let compares = self.judging.access && plan::touches_access(&plan.steps);
        if !asserts && !compares {
            return found;
        }
        let worlds = match compares || judge::is_of_access(&ready.desired) {
            true => Some(self.worlds(ready, live, plan).await),
            false => None,
        };
        if compares && let Some(worlds) = &worlds {
            review.access = Some(match worlds {
                Ok((before, after)) => access::difference(before, after),
                Err(why) => Difference {
                    blind: Some(why.clone()),
                    ..Difference::default()
                },
            });
        }
        if asserts {
            let after = judge::Facts {
                world: worlds.map(|worlds| worlds.map(|(_, after)| after)),
                privileges: self.privileges(ready, live, &plan.steps).await,
                sign_in: self.sign_in(ready, &plan.steps).await,
            };
            let (assertions, reported) = judge::assertions(ready, &after);
            review.assertions = assertions;
            found.extend(reported);
        }
        found
    }

    /// Reads the live state and compares: nobody is going to apply this plan, so no safety check refuses it.
    pub async fn compare(&mut self, ready: &Ready) -> Result<Planned, u8> {
        let ledger = self.ledger(ready).await?;
        let options = plan::Options {
            allow_unknown: ready.settings.allow_unknown,
            ..plan::Options::default()
        };
        let read = read::plan(
            &ready.client,
            &ready.server,
            &ready.desired,
            &ledger,
            &options,
        );
        let read = read.await;
        let Seen {
            live,
            ledger,
            plan,
            mut found,
        } = self.take_in(read, ledger)?;
        found.retain(|diagnostic| !diagnostic.code.is_safety_check());
        match plan {
            Some(plan) if !found.iter().any(Diagnostic::is_error) => {
                self.diagnostics.extend(found);
                Ok(Planned {
                    plan: Arc::new(plan),
                    live,
                    ledger,
                    review: Review::default(),
                })
            }
            _ => Err(self.invalid(found)),
        }
    }

    /// The ledger on the server.
    async fn ledger(&mut self, ready: &Ready) -> Result<Ledger, u8> {
        self.ledger_of(&ready.client, &ready.workspace).await
    }

    /// The same before any files are read.
    pub async fn ledger_of(&mut self, client: &Client, workspace: &str) -> Result<Ledger, u8> {
        let (ledger, found) = match store::read(client, workspace).await {
            Ok(read) => read,
            Err(store::Problem::Client(error)) => return Err(self.refused(&error)),
            Err(store::Problem::Diagnostic(diagnostic)) => {
                return Err(self.invalid(vec![*diagnostic]));
            }
        };
        self.diagnostics.extend(found);
        self.diagnostics
            .extend(ledger.early_ends(clock::now()).map(ended_early));
        if let Some(why) = &ledger.unreadable {
            let diagnostic = Diagnostic::warning(
                Code::LEDGER_UNREADABLE,
                "it is unknown what akrec created on this server",
            );
            self.diagnostics.push(
                diagnostic
                    .note(format!("the ledger cannot be read: {why}"))
                    .note("objects that are no longer in the files are not deleted")
                    .help("allow the token to view blueprint instances"),
            );
        }
        Ok(ledger)
    }
}

/// The warning that a run was killed or cut off, and what happens to the objects that it created.
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
                "it was about to create {}; those that exist count as created by akrec",
                names.join(", ")
            ))
        }
    };
    diagnostic
        .help("`akrec apply` records what it created and deletes its lease, even if there is nothing else to do")
}

/// A warning where the plan writes enterprise kinds and the server has no license for them; one request, only then.
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
        "authentik has no valid enterprise license",
    )
    .note(format!("it will refuse to write {}", names.join(", ")))
    .help("add a license under Enterprise > Licenses, or remove these objects from the files");
    let spans = refused.iter().filter_map(|step| step.source).take(1);
    Some(spans.fold(diagnostic, |diagnostic, span| {
        diagnostic.at(span, "needs a license")
    }))
}

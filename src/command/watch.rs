//! Looks, around an apply that changes how people sign in, whether the sign-in flow of each brand still opens for a visitor, and
//! rolls the apply back where one was open before and is not any more.

use super::apply::{Job, write};
use super::plan_file::{Inverse, inverse_of};
use super::run::{Planned, Ready, Review, Run};
use super::signal::Signals;
use crate::apply;
use crate::diag::{Code, Diagnostic};
use crate::plan::{Outcome, Plan, SignIn};
use crate::read::{self, Entrance};

/// The brands whose sign-in flows were open before an apply.
pub(super) struct Watch {
    open: Vec<String>,
}

impl Watch {
    /// Looks before an apply: at nothing where the plan does not touch signing in, or nobody wants it.
    pub async fn begin(run: &mut Run<'_>, job: &Job<'_>, ready: &Ready, plan: &Plan) -> Watch {
        let nothing = Watch { open: Vec::new() };
        if job.writes.no_probe || changes_nothing(plan) {
            return nothing;
        }
        match read::entrances(&ready.client, &ready.server).await {
            Ok(entrances) => {
                let open = entrances.into_iter().filter(Entrance::is_open);
                Watch {
                    open: open.map(|entrance| entrance.brand).collect(),
                }
            }
            Err(problem) => {
                run.screen.say(&format!(
                    "note: whether sign-in works after this apply cannot be checked: {}",
                    why(&problem)
                ));
                nothing
            }
        }
    }

    /// The entrances that were open and are closed now; `None` where there is none, or where that cannot be found out.
    pub async fn closed(&self, run: &mut Run<'_>, ready: &Ready) -> Option<Vec<Entrance>> {
        if self.open.is_empty() {
            return None;
        }
        let entrances = match read::entrances(&ready.client, &ready.server).await {
            Ok(entrances) => entrances,
            Err(problem) => {
                run.screen.say(&format!(
                    "note: whether sign-in still works cannot be checked: {}",
                    why(&problem)
                ));
                return None;
            }
        };
        let closed: Vec<Entrance> = entrances
            .into_iter()
            .filter(|entrance| entrance.is_closed() && self.open.contains(&entrance.brand))
            .collect();
        (!closed.is_empty()).then_some(closed)
    }
}

/// Whether a plan leaves signing in as it is.
fn changes_nothing(plan: &Plan) -> bool {
    let nothing = SignIn::default();
    plan.sign_in.as_ref().is_none_or(|it| *it == nothing)
}

fn why(problem: &read::Problem) -> String {
    match problem {
        read::Problem::Client(error) => error.what(),
        read::Problem::Diagnostic(found) => found.message.clone(),
    }
}

/// Rolls an apply back at once, with all that it did. Gives what could not be restored, or why nothing could.
pub(super) async fn take_back(
    run: &mut Run<'_>,
    planned: &Planned,
    ready: &Ready,
    options: &apply::Options,
    (outcome, signals): (&Outcome, &Signals),
) -> Result<Vec<String>, String> {
    let id = run.holder(ready).run;
    let inverse = inverse_of(run, ready, planned, outcome, &id).await?;
    let Some(inverse) = inverse else {
        return Ok(Vec::new());
    };
    let Inverse {
        saved,
        undo,
        live,
        ledger,
    } = inverse;
    run.screen
        .say("Sign-in does not open any more: rolling this apply back.");
    let back = Planned {
        plan: saved.plan.into(),
        live,
        ledger,
        review: Review::default(),
    };
    let outcome = write(run, &back, ready, options, signals).await;
    if let Some(refused) = &outcome.refused {
        return Err(refused.message.clone());
    }
    if !outcome.is_complete() {
        return Err("some steps of the rollback failed".to_owned());
    }
    let lost = undo.lost.iter().map(|lost| match &lost.field {
        Some(field) => format!("{}: {field}: {}", lost.address, lost.why),
        None => format!("{}: {}", lost.address, lost.why),
    });
    Ok(lost.collect())
}

/// Says that sign-in was closed, and what became of it.
pub(super) async fn report_closed(
    run: &mut Run<'_>,
    ready: &Ready,
    closed: &[Entrance],
    taken: Result<Vec<String>, String>,
) {
    let names: Vec<&str> = closed.iter().map(|entrance| &*entrance.brand).collect();
    let names = names.join(", ");
    let what = match &taken {
        Ok(_) => format!("this apply closed the sign-in of the brand {names}, and was rolled back"),
        Err(_) => {
            format!(
                "this apply closed the sign-in of the brand {names}, and could not be rolled back"
            )
        }
    };
    let mut diagnostic = Diagnostic::error(Code::SIGN_IN_CLOSED, what);
    for entrance in closed {
        let flow = entrance.flow.as_deref().unwrap_or("no flow");
        let said = match &entrance.shows {
            Ok(challenge) => challenge.message.clone().unwrap_or_default(),
            Err(why) => why.clone(),
        };
        diagnostic = diagnostic.note(format!("{flow} refused visitors: {said}"));
    }
    diagnostic = match taken {
        Ok(lost) => {
            let again = read::entrances(&ready.client, &ready.server).await;
            let open = again.is_ok_and(|all| {
                let ours = |entrance: &&Entrance| names.split(", ").any(|it| it == entrance.brand);
                all.iter().filter(ours).all(Entrance::is_open)
            });
            let now = match open {
                true => "it opens again",
                false => "it does not open again yet",
            };
            let diagnostic = diagnostic.note(now);
            lost.into_iter().fold(diagnostic, |diagnostic, lost| {
                diagnostic.note(format!("not restored: {lost}"))
            })
        }
        Err(why) => diagnostic.note(why),
    };
    run.emit(diagnostic.help(
        "find out what closes it with `akrec access --sign-in --planned`; with --no-probe it is applied all the same",
    ));
}

//! Judges a plan beside its safety checks: lints on the projected state, and assertions about effective access.

use super::run::{Ready, Run};
use crate::access::{Access, Against, Held, Reach, SETTINGS, World, held};
use crate::cli;
use crate::desired::{Assertion, Desired};
use crate::diag::{Code, Diagnostic};
use crate::lints::{self, Level, Levels, Scene};
use crate::live::{Live, Question};
use crate::plan::{self, Plan};
use crate::read::{self, Problem};
use crate::report::assertions::Judged;
use crate::schema::{RELEASES, Release};
use crate::settings::Resolved;

/// How lints are taken: flags over akrec.yaml, and of several flags the strictest.
pub(super) fn levels(settings: &Resolved, allow: &[Code], flags: &cli::Lints) -> Levels {
    let mut levels = Levels::default();
    for (code, level) in &settings.lints {
        levels.set(*code, *level, "`lints` in akrec.yaml");
    }
    for (codes, level, flag) in [
        (allow, Level::Allow, "--allow"),
        (&flags.warn, Level::Warn, "--warn"),
        (&flags.deny, Level::Deny, "--deny"),
    ] {
        codes
            .iter()
            .filter(|code| code.is_lint())
            .for_each(|code| levels.set(*code, level, flag));
    }
    levels
}

/// Lints and assertions on the files alone. Questions that the files leave open are not reported here; a plan answers
/// them.
pub(super) fn files(
    desired: &Desired,
    release: Option<Release>,
    levels: &Levels,
    now: jiff::Timestamp,
) -> (Vec<Diagnostic>, Vec<Judged>) {
    let mut found = levels.apply(lints::lint(&Scene::declared(desired, release, now)));
    if desired.assertions.is_empty() {
        // Who is in which group, and who is not, takes long to work out for thousands.
        return (found, Vec::new());
    }
    // Releases combine bindings differently: without a release it has to hold on all, or fail on all.
    let releases = release.map_or_else(
        || vec![RELEASES[0], RELEASES[RELEASES.len() - 1]],
        |release| vec![release],
    );
    let worlds: Vec<World> = releases
        .into_iter()
        .map(|release| World::declared(desired, release))
        .collect();
    let claims = || desired.assertions.iter().map(|assertion| &assertion.claim);
    let all: Vec<Access<'_>> = worlds
        .iter()
        .map(|world| Access::judging(world, claims()))
        .collect();
    let reach = Reach {
        people: false,
        gates: false,
    };
    let judge = |assertion: &Assertion| {
        let mut held = all
            .iter()
            .map(|access| held(&assertion.claim, access, reach));
        let first = held.next().unwrap_or(Held::Yes);
        let differs =
            held.any(|other| std::mem::discriminant(&other) != std::mem::discriminant(&first));
        let held = if differs {
            Held::Unknown(vec![Against::Others("the release".to_owned())])
        } else {
            first
        };
        Judged {
            assertion: assertion.clone(),
            held,
        }
    };
    let judged: Vec<Judged> = desired.assertions.iter().map(judge).collect();
    found.extend(
        judged
            .iter()
            .filter(|judged| judged.failed())
            .filter_map(|judged| judged.reported("")),
    );
    (found, judged)
}

fn judged(desired: &Desired, world: &World, superuser: bool) -> Vec<Judged> {
    let access = Access::judging(
        world,
        desired.assertions.iter().map(|assertion| &assertion.claim),
    );
    let reach = Reach {
        people: world.blind().is_none(),
        gates: superuser,
    };
    let judge = |assertion: &Assertion| Judged {
        assertion: assertion.clone(),
        held: held(&assertion.claim, &access, reach),
    };
    desired.assertions.iter().map(judge).collect()
}

fn unread(desired: &Desired, why: &str) -> Vec<Judged> {
    let judge = |assertion: &Assertion| Judged {
        assertion: assertion.clone(),
        held: Held::Unknown(vec![Against::Unread(why.to_owned())]),
    };
    desired.assertions.iter().map(judge).collect()
}

impl Run<'_> {
    /// The lints on what a plan leaves.
    pub(super) fn lints(&self, ready: &Ready, live: &Live, plan: &Plan) -> Vec<Diagnostic> {
        let (objects, named) = plan::planned(live, &plan.steps);
        let mut scene =
            Scene::planned(&ready.desired, live.release, self.started(), objects, named);
        if let Some(Some(why)) = live.answered.get(&Question::DefaultAccess) {
            scene.unread(SETTINGS, why.clone());
        }
        self.judging.levels.apply(lints::lint(&scene))
    }

    /// The worlds before and after a plan.
    pub(super) async fn worlds(
        &mut self,
        ready: &Ready,
        live: &Live,
        plan: &Plan,
    ) -> Result<(World, World), String> {
        match read::access(&ready.client, &ready.server, None, Some(live)).await {
            Ok((live, reported)) => {
                // The plan's own reading reports what cannot be decoded, if it matters there.
                reported
                    .into_iter()
                    .filter(|reported| !reported.is_error())
                    .for_each(|reported| self.emit(reported));
                Ok(plan::worlds(&live, &plan.steps))
            }
            Err(Problem::Client(error)) => Err(error.what()),
            Err(Problem::Diagnostic(reported)) => Err(reported.message),
        }
    }

    /// The assertions on the server as it is now, after an apply and the reading that proves it. Whether none failed.
    pub(super) async fn assert_now(&mut self, ready: &Ready, live: &Live) -> bool {
        if ready.desired.assertions.is_empty() {
            return true;
        }
        let assertions = match read::access(&ready.client, &ready.server, None, Some(live)).await {
            Ok((live, _)) => judged(
                &ready.desired,
                &World::of_live(&live),
                ready.server.superuser,
            ),
            Err(Problem::Client(error)) => unread(&ready.desired, &error.what()),
            Err(Problem::Diagnostic(diagnostic)) => unread(&ready.desired, &diagnostic.message),
        };
        let failed: Vec<Diagnostic> = assertions
            .iter()
            .filter(|judged| judged.failed())
            .filter_map(|judged| judged.reported(" now"))
            .collect();
        self.assertions_now(assertions);
        let held = failed.is_empty();
        failed.into_iter().for_each(|diagnostic| {
            self.emit(diagnostic.help("it held for the plan: somebody else changed something"))
        });
        held
    }
}

/// The assertions on what a plan leaves, with what is to be said of them.
pub(super) fn assertions(
    ready: &Ready,
    after: Result<&World, &String>,
) -> (Vec<Judged>, Vec<Diagnostic>) {
    let judged = match after {
        Ok(world) => judged(&ready.desired, world, ready.server.superuser),
        Err(why) => unread(&ready.desired, why),
    };
    let found = judged
        .iter()
        .filter_map(|judged| judged.reported(" after this plan"))
        .collect();
    (judged, found)
}

/// The warning that the files have assertions that this run does not check.
pub(super) fn unchecked(desired: &Desired) -> Option<Diagnostic> {
    let first = desired.assertions.first()?;
    let diagnostic = Diagnostic::warning(
        Code::UNCHECKED,
        "assertions are not checked with --no-access",
    );
    Some(
        diagnostic
            .at(first.span, "this one and the others")
            .help("remove --no-access"),
    )
}

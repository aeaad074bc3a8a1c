//! Judges a plan beside its safety checks: lints on the projected state, and assertions about effective access.

use std::cell::OnceCell;

use super::run::{Ready, Run};
use crate::access::{
    Access, Against, Fields, Held, Reach, SETTINGS, Standing, World, held, held_of_privileges,
};
use crate::cli;
use crate::desired::{Assertion, Claim, Desired, Object, PrivilegeClaim};
use crate::diag::{Code, Diagnostic};
use crate::lints::{self, Level, Levels, Scene};
use crate::live::{Live, Question};
use crate::plan::{self, Plan, Step};
use crate::read::{self, Problem};
use crate::report::assertions::Judged;
use crate::schema::{RELEASES, Release};
use crate::settings::Resolved;
use crate::signin;

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
    let privileges = OnceCell::new();
    let sign_in = OnceCell::new();
    let judge = |assertion: &Assertion| {
        if let Claim::Privileges(claim) = &assertion.claim {
            let (world, standing) = privileges.get_or_init(|| declared(desired, release));
            return Judged {
                assertion: assertion.clone(),
                held: held_of_privileges(claim, world, standing, reach),
            };
        }
        if let Claim::SignIn(claim) = &assertion.claim {
            let world = sign_in.get_or_init(|| {
                let newest = RELEASES[RELEASES.len() - 1];
                signin::World::declared(desired, release.unwrap_or(newest))
            });
            return Judged {
                assertion: assertion.clone(),
                held: signin::held_of_sign_in(claim, world, false),
            };
        }
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

/// What the files alone say of privileges.
fn declared(desired: &Desired, release: Option<Release>) -> (World, Standing) {
    let release = release.unwrap_or(RELEASES[RELEASES.len() - 1]);
    let fields: Vec<(&Object, Fields)> = desired
        .objects
        .iter()
        .map(|object| {
            let known = object
                .fields
                .iter()
                .filter(|(field, _)| !object.ignore.contains(*field));
            let fields = known.map(|(field, want)| (*field, want.what.initial()));
            (object, fields.collect())
        })
        .collect();
    let all = fields.iter();
    let mut standing =
        Standing::of(all.map(|(object, fields)| (&object.address, object.kind, fields)));
    for (family, what) in [
        ("role", "roles that are not declared"),
        ("token", "tokens that are not declared"),
    ] {
        let why = format!("the files do not say everything: {what}");
        standing.unknown.insert(family, why);
    }
    (World::declared(desired, release), standing)
}

/// What assertions are judged by; what was not needed was not read, and what could not be read has a reason.
pub(super) struct Facts {
    /// Who may open what.
    pub world: Option<Result<World, String>>,
    /// The people, and what gives privileges.
    pub privileges: Option<Result<(World, Standing), String>>,
    /// Who is signed in by which flow.
    pub sign_in: Option<Result<signin::World, String>>,
}

fn judged(desired: &Desired, facts: &Facts, superuser: bool) -> Vec<Judged> {
    let claims = || desired.assertions.iter().map(|assertion| &assertion.claim);
    let access = match &facts.world {
        Some(Ok(world)) => Ok(Access::judging(world, claims())),
        Some(Err(why)) => Err(why.as_str()),
        None => Err("it was not read"),
    };
    let reach = |world: &World| Reach {
        people: world.blind().is_none(),
        gates: superuser,
    };
    let unread = |why: &str| Held::Unknown(vec![Against::Unread(why.to_owned())]);
    let judge = |assertion: &Assertion| {
        let held = match (&assertion.claim, &access, &facts.privileges) {
            (Claim::Privileges(claim), _, Some(Ok((world, standing)))) => {
                held_of_privileges(claim, world, standing, reach(world))
            }
            (Claim::Privileges(_), _, Some(Err(why))) => unread(why),
            (Claim::Privileges(_), _, None) => unread("it was not read"),
            (Claim::SignIn(claim), ..) => match &facts.sign_in {
                Some(Ok(world)) => signin::held_of_sign_in(claim, world, true),
                Some(Err(why)) => unread(why),
                None => unread("it was not read"),
            },
            (claim, Ok(access), _) => held(claim, access, reach(access.world)),
            (_, Err(why), _) => unread(why),
        };
        Judged {
            assertion: assertion.clone(),
            held,
        }
    };
    desired.assertions.iter().map(judge).collect()
}

/// The claims about privileges.
pub(super) fn of_privileges(desired: &Desired) -> Vec<&PrivilegeClaim> {
    let claims = desired.assertions.iter().filter_map(|it| match &it.claim {
        Claim::Privileges(claim) => Some(claim),
        _ => None,
    });
    claims.collect()
}

/// Whether some claims are about who may open what.
pub(super) fn is_of_access(desired: &Desired) -> bool {
    let others = desired.assertions.iter();
    let is_other = |it: &Assertion| !matches!(it.claim, Claim::Privileges(_) | Claim::SignIn(_));
    others.into_iter().any(is_other)
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

    /// Who has which privileges once some steps are done, as far as the claims of the files are about it.
    pub(super) async fn privileges(
        &self,
        ready: &Ready,
        live: &Live,
        steps: &[Step],
    ) -> Option<Result<(World, Standing), String>> {
        let claims = of_privileges(&ready.desired);
        if claims.is_empty() {
            return None;
        }
        let read = read::privileges(&ready.client, &ready.server, &claims, Some(live)).await;
        Some(match read {
            Ok(read) => {
                let (world, mut standing) = plan::standing(&read.live, steps);
                standing.permissions = read.permissions;
                Ok((world, standing))
            }
            Err(Problem::Client(error)) => Err(error.what()),
            Err(Problem::Diagnostic(reported)) => Err(reported.message),
        })
    }

    /// Who is signed in by which flow once some steps are done, if claims of the files are about it.
    pub(super) async fn sign_in(
        &self,
        ready: &Ready,
        steps: &[Step],
    ) -> Option<Result<signin::World, String>> {
        let mut claims = ready.desired.assertions.iter();
        if !claims.any(|it| matches!(it.claim, Claim::SignIn(_))) {
            return None;
        }
        Some(match read::sign_in(&ready.client, &ready.server).await {
            Ok((live, _)) => Ok(plan::sign_in_after(&live, steps)),
            Err(Problem::Client(error)) => Err(error.what()),
            Err(Problem::Diagnostic(reported)) => Err(reported.message),
        })
    }

    /// The assertions on the server as it is now, after an apply and the reading that proves it. Whether none failed.
    pub(super) async fn assert_now(&mut self, ready: &Ready, live: &Live) -> bool {
        if ready.desired.assertions.is_empty() {
            return true;
        }
        let world = match is_of_access(&ready.desired) {
            false => None,
            true => Some(
                match read::access(&ready.client, &ready.server, None, Some(live)).await {
                    Ok((live, _)) => Ok(World::of_live(&live)),
                    Err(Problem::Client(error)) => Err(error.what()),
                    Err(Problem::Diagnostic(diagnostic)) => Err(diagnostic.message),
                },
            ),
        };
        let facts = Facts {
            world,
            privileges: self.privileges(ready, live, &[]).await,
            sign_in: self.sign_in(ready, &[]).await,
        };
        let assertions = judged(&ready.desired, &facts, ready.server.superuser);
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
pub(super) fn assertions(ready: &Ready, after: &Facts) -> (Vec<Judged>, Vec<Diagnostic>) {
    let judged = judged(&ready.desired, after, ready.server.superuser);
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

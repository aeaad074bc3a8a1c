//! Every lint: states that raise it and states that do not, on the files alone and on what a plan leaves.

use akrec::diag::{CODES, Code, Diagnostic, Sources};
use akrec::lints::{self, Level, Levels, Scene};
use akrec::plan;
use akrec::schema::Release;

use crate::support::releases::usual;
use crate::support::{self, Bench, State};

mod cases;

/// When all of this happens: noon of the day that tests take for today.
fn now() -> jiff::Timestamp {
    support::TODAY
        .at(12, 0, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .unwrap()
        .timestamp()
}

/// `AKR0711 5:16 message`, a line each.
fn lines(found: &[Diagnostic], sources: &Sources) -> Vec<String> {
    let line = |diagnostic: &Diagnostic| {
        let place = sources
            .place(diagnostic.primary.as_ref().expect("a place").span)
            .expect("a place in a file");
        assert!(
            diagnostic.help.is_some() && !diagnostic.is_error(),
            "{diagnostic:?}"
        );
        format!(
            "{} {}:{} {}",
            diagnostic.code, place.line, place.column, diagnostic.message
        )
    };
    found.iter().map(line).collect()
}

/// What the files alone show.
fn offline(state: &State, release: Option<&str>) -> Vec<String> {
    let release = release.and_then(Release::parse);
    let (desired, reported, sources) = state.load_for(release);
    assert!(
        !reported.iter().any(Diagnostic::is_error),
        "{}",
        akrec::report::diagnostics::text(&reported, &sources, false, 99)
    );
    lines(
        &lints::lint(&Scene::declared(&desired, release, now())),
        &sources,
    )
}

/// What a plan on a fresh server shows.
async fn planned(state: &State, bench: &Bench) -> Vec<String> {
    let planned = bench.plan(state).await;
    let (desired, _, _) = state.load(&bench.server);
    let live = planned.live.as_ref().expect("it was read");
    let (objects, named) = plan::planned(live, &planned.plan().steps);
    let scene = Scene::planned(&desired, live.release, now(), objects, named);
    lines(&lints::lint(&scene), &planned.sources)
}

#[tokio::test]
async fn every_case() {
    let mut wrong = Vec::new();
    for case in cases::CASES {
        let release = case.release.to_string();
        let (_sandbox, bench) = Bench::sandbox(&release).await;
        let state = State::of(case.state);
        let only = |all: Vec<String>| -> Vec<String> {
            all.into_iter()
                .filter(|line| line.starts_with(case.code.as_str()))
                .collect()
        };
        for (found, expected, when) in [
            (only(offline(&state, Some(&release))), case.files, "files"),
            (only(planned(&state, &bench).await), case.plan, "plan"),
        ] {
            if found != expected {
                wrong.push(format!(
                    "{} ({}), {when}: {found:#?}, expected {expected:#?}",
                    case.code, case.what
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_lint_has_a_case_that_raises_it_and_one_that_does_not() {
    for code in CODES
        .iter()
        .map(|(code, _)| *code)
        .filter(|code| code.is_lint())
    {
        let of = || cases::CASES.iter().filter(move |case| case.code == code);
        assert!(
            of().any(|case| !case.plan.is_empty()),
            "nothing raises {code}"
        );
        assert!(
            of().any(|case| case.plan.is_empty() && case.files.is_empty()),
            "nothing shows when {code} is silent"
        );
    }
}

/// What the two installations that akrec was made for have in truth: four open applications, and tiles without a link.
#[tokio::test]
async fn no_false_alarm_on_real_installations() {
    for (case, files, plan) in [("010-homelab-access", 4, 5), ("020-homelab-flows", 0, 0)] {
        let state = State::at(format!("tests/cases/{case}/state"));
        assert_eq!(
            offline(&state, None).len(),
            files,
            "{case}: {:#?}",
            offline(&state, None)
        );
        let (_sandbox, mut bench) = Bench::sandbox(usual()).await;
        bench.options.allow.insert(Code::BUILT_IN);
        let found = planned(&state, &bench).await;
        assert_eq!(found.len(), plan, "{case}: {found:#?}");
        let expected = [Code::OPEN_APPLICATION, Code::NO_PROVIDER];
        assert!(
            found
                .iter()
                .all(|line| expected.iter().any(|code| line.starts_with(code.as_str()))),
            "{found:#?}"
        );
    }
}

/// A second look at what is there already finds the same as the first.
#[tokio::test]
async fn what_is_there_is_judged_as_what_is_made() {
    let (_sandbox, bench) = Bench::sandbox(usual()).await;
    let state = State::of(
        "applications:\n  wiki: {name: Wiki, bindings: []}\nproviders:\n  wiki:\n    type: oauth2\n    \
         authorization_flow: default-provider-authorization-implicit-consent\n    invalidation_flow: \
         default-provider-invalidation-flow\n    redirect_uris: [http://wiki.example.org/cb]\n",
    );
    let first = planned(&state, &bench).await;
    insta::assert_debug_snapshot!(first, @r#"
    [
        "AKR0710 2:3 application \"wiki\" is open to all users",
        "AKR0719 2:3 application \"wiki\" has no provider, and provider \"wiki\" has no application",
        "AKR0713 4:3 provider \"wiki\" has no signing key, so its JWKS is empty",
        "AKR0715 8:5 a redirect URI of provider \"wiki\" can be misused to intercept sign-ins",
    ]
    "#);
    let made = bench.plan(&state).await;
    assert!(bench.apply(&made, 1).await.is_complete());
    assert_eq!(planned(&state, &bench).await, first);
}

#[test]
fn levels_leave_out_and_deny() {
    let state = State::of(
        "applications: {wiki: {name: Wiki, bindings: []}, end-session: {name: T, bindings: []}}\n",
    );
    let (desired, _, _) = state.load_for(None);
    let found = lints::lint(&Scene::declared(&desired, None, now()));
    let codes = |found: &[Diagnostic]| {
        found
            .iter()
            .map(|diagnostic| (diagnostic.code, diagnostic.is_error()))
            .collect::<Vec<_>>()
    };
    let (open, slug) = (Code::OPEN_APPLICATION, Code::RESERVED_SLUG);
    assert_eq!(codes(&found), [(open, false), (open, false), (slug, false)]);
    let mut levels = Levels::default();
    levels.set(open, Level::Allow, "akrec.yaml");
    levels.set(slug, Level::Deny, "--deny");
    let taken = levels.apply(found.clone());
    assert_eq!(codes(&taken), [(slug, true)]);
    assert!(taken[0].notes.contains(&"denied by --deny".to_owned()));
    levels.set(slug, Level::Warn, "--warn");
    assert_eq!(codes(&levels.apply(found)), [(slug, false)]);
}

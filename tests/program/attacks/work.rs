//! Work grows with objects and what joins them, not with their square; and a signal ends a run that only works or waits.

use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::time::Duration;

use akrec::sandbox::{self, Fault};
use akrec::work;
use serde_json::json;

use super::support::*;
use crate::shapes::{self, Meter, SHAPES};
use crate::support::releases::newest;

/// How much is counted, phase by phase.
#[derive(Default)]
struct Counts(BTreeMap<&'static str, u64>);

impl Meter for Counts {
    fn phase<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let (done, units) = work::counted(work);
        *self.0.entry(name).or_default() += units;
        done
    }
}

/// Four times the size may cost at most this many times the work. The square would be sixteen times; n log n is five, and
/// some shapes have more edges an object as they grow.
const GROWTH: u64 = 9;
/// The page of access is a matrix of users and applications, whatever they are made of.
const MATRIX: &str = "access as page";
/// Less work than this says nothing about growth.
const LITTLE: u64 = 20_000;

#[test]
fn work_grows_with_objects_and_edges() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for shape in SHAPES {
        let mut both = [Counts::default(), Counts::default()];
        for (counts, size) in both.iter_mut().zip([60, 240]) {
            shapes::run(&(shape.make)(size), counts);
        }
        let [small, large] = both;
        for (phase, units) in large.0 {
            let before = small.0.get(phase).copied().unwrap_or_default().max(1);
            seen += usize::from(units > 0);
            if phase != MATRIX && units > LITTLE && units > GROWTH * before {
                wrong.push(format!("{}, {phase}: {before} and {units}", shape.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen > 100, "only {seen} phases count what they do");
}

fn terminate(child: &Child) {
    let sent = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Ends the run after a while with SIGTERM; the bound is generous, since nothing here measures time.
fn ended(child: Child, after: Duration, what: &str) -> Ran {
    std::thread::sleep(after);
    terminate(&child);
    let ran = finish(child, Duration::from_secs(20));
    ran.unwrap_or_else(|| panic!("{what}: a signal does not end it"))
        .expect(130)
}

/// A state on which a debug build works for many seconds.
fn large() -> String {
    let groups = (0..8_000).map(|i| {
        let parents: Vec<String> = (i.max(30) - 30..i).map(|j| format!("g{j}")).collect();
        format!("  g{i}: {{parents: [{}]}}\n", parents.join(", "))
    });
    format!("groups:\n{}", groups.collect::<String>())
}

#[test]
fn a_signal_ends_what_only_works() {
    let project = Project::with(&[("state/a.yaml", &large())]);
    for after in [100, 400] {
        let child = project.akrec("plan --sandbox").start();
        ended(child, Duration::from_millis(after), "reading and planning");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_ends_what_only_waits() {
    let mut options = sandbox::Options::new(newest());
    options.admin_token = TOKEN.to_owned();
    let server = sandbox::start(options).await.unwrap();
    let project = Project::with(&[("state/a.yaml", "groups: {g: {}}\n")]);
    let url = server.url();
    // A server that does not answer, and one that is busy for long.
    server.set_fault(|_, _| Some(Fault::Delay(Duration::from_secs(60))));
    for verb in [
        "plan",
        "drift",
        "export --stdout",
        "access",
        "apply --auto-approve",
    ] {
        let child = project.akrec(verb).env("AKREC_URL", &url).start();
        ended(child, Duration::from_millis(700), verb);
    }
    server.set_fault(|_, _| {
        Some(Fault::Status(
            429,
            json!({"detail": "Request was throttled."}),
        ))
    });
    let child = project.akrec("plan").env("AKREC_URL", &url).start();
    let ran = finish(child, Duration::from_secs(60)).unwrap();
    assert!(matches!(ran.code, Some(5 | 130)), "{:?}", ran.code);
    server.set_fault(|_, _| None);
    assert_eq!(
        server
            .journal()
            .iter()
            .filter(|entry| entry.method == "POST" && entry.status < 300)
            .count(),
        0
    );
}

/// Whoever reads only the first line ends the program no less than a whole read.
#[test]
fn a_reader_that_goes_away_ends_the_program() {
    let project = Project::with(&[("state/a.yaml", "groups: {g: {}}\n")]);
    let akrec = env!("CARGO_BIN_EXE_akrec");
    let line = format!(
        "cd '{}' && '{akrec}' kinds 2>&1 | head -n 1",
        project.dir().display()
    );
    let output = Command::new("sh").args(["-c", &line]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.lines().count() == 1 && !text.contains("panicked"),
        "{text}"
    );
}

//! Runs that are killed at any request: whatever the moment, the next apply knows what the killed one created, and the
//! one after it may delete it.

use std::process::Command;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use akrec::sandbox::{self, Fault, Sandbox};
use serde_json::{Value, json};

use super::support::*;
use crate::support::releases::usual;
use crate::support::sample::is_full;

const PATH: &str = "/managed/blueprints/";

/// A state with members, a reference, a binding and a provider that is not of the first kind of its family.
const STATE: &str = "\
groups:
  staff: {members: [bob]}
users:
  bob: {name: Bob}
providers:
  wiki:
    type: saml
    acs_url: https://wiki.example.org/acs
    authorization_flow: default-provider-authorization-implicit-consent
    invalidation_flow: default-provider-invalidation-flow
applications:
  wiki: {name: Wiki, provider: wiki, bindings: [{group: staff}]}
";
/// Nothing of it.
const GONE: &str = "groups: {other: {}}\n";

async fn server() -> Sandbox {
    let options = sandbox::Options {
        admin_token: TOKEN.to_owned(),
        ..sandbox::Options::new(usual())
    };
    sandbox::start(options).await.unwrap()
}

fn akrec(project: &Project, server: &Sandbox, args: &str) -> Attack {
    project.akrec(args).env("AKREC_URL", &server.url())
}

const APPLY: &str = "apply --auto-approve --no-rollback --no-access --parallelism 1";

/// The names of akrec's own objects.
fn own(server: &Sandbox) -> Vec<String> {
    let world = server.world_json();
    let names = world[PATH]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it["name"].as_str());
    let mut names: Vec<String> = names
        .filter(|name| name.starts_with("akrec"))
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}

/// How each object of the ledger became akrec's.
fn ledger(server: &Sandbox) -> Vec<String> {
    let world = server.world_json();
    let home = world[PATH]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "akrec: default");
    let objects = home
        .map(|home| home["context"]["objects"].as_array().unwrap().clone())
        .unwrap_or_default();
    let mut records: Vec<String> = objects
        .iter()
        .map(|it| format!("{} {}", it["origin"], it["at"]))
        .collect();
    records.sort();
    records
}

/// What is there of the kinds that [`STATE`] has, by name.
fn names(server: &Sandbox) -> Vec<String> {
    let world = server.world_json();
    let mut all = Vec::new();
    for base in [
        "/core/groups/",
        "/core/users/",
        "/core/applications/",
        "/providers/saml/",
        "/policies/bindings/",
    ] {
        for object in world[base].as_array().into_iter().flatten() {
            all.push(format!(
                "{base} {} {} {}",
                object["name"], object["username"], object["order"]
            ));
        }
    }
    all.sort();
    all
}

/// Time goes by: the lease that is there has expired.
fn expire(server: &Sandbox) {
    let world = server.world_json();
    for lease in world[PATH]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|it| it["name"] == "akrec-lock: default")
    {
        let mut context = lease["context"].clone();
        context["until"] = json!("2020-01-01T00:00:00Z");
        let body = json!({ "context": context, "content": lease["content"] });
        let (status, _) = server.poke(
            "PATCH",
            &format!("{PATH}{}/", lease["pk"].as_str().unwrap()),
            body,
        );
        assert_eq!(status, 200);
    }
}

/// What a request is, for whoever chooses one.
#[derive(Clone, Debug)]
struct Request {
    line: String,
    body: Option<Value>,
}

/// The request of this number: of all, or of those that write, where it matters whether it is carried out.
fn number(wanted: usize, writes: bool) -> impl Fn(usize, &Request) -> bool + Send + Sync {
    let seen = AtomicUsize::new(0);
    move |_, request| {
        (!writes || !request.line.starts_with("GET"))
            && seen.fetch_add(1, Ordering::SeqCst) == wanted
    }
}

/// The first write of the ledger.
fn at_the_ledger(_: usize, request: &Request) -> bool {
    let of_ledger = request
        .body
        .as_ref()
        .is_some_and(|body| body["name"] == "akrec: default");
    !request.line.starts_with("GET") && of_ledger
}

/// Runs akrec and kills it at one of its requests, before that is carried out or right after. Gives that request, or
/// `None` if the run came to its end.
fn killed(
    project: &Project,
    server: &Sandbox,
    args: &str,
    wanted: impl Fn(usize, &Request) -> bool + Send + Sync + 'static,
    carried_out: bool,
) -> Option<Request> {
    let (pid, at) = (Arc::new(AtomicU32::new(0)), Arc::new(Mutex::new(None)));
    let (process, place, seen) = (pid.clone(), at.clone(), AtomicUsize::new(0));
    server.set_fault(move |_, entry| {
        let number = seen.fetch_add(1, Ordering::SeqCst);
        let request = Request {
            line: format!("{} {}", entry.method, entry.path),
            body: entry.body.clone(),
        };
        let mut place = place.lock().unwrap();
        if place.is_none() && !wanted(number, &request) {
            return None;
        }
        if place.is_none() {
            while process.load(Ordering::SeqCst) == 0 {
                std::thread::sleep(Duration::from_millis(1));
            }
            let pid = process.load(Ordering::SeqCst).to_string();
            assert!(
                Command::new("kill")
                    .args(["-9", &pid])
                    .status()
                    .unwrap()
                    .success()
            );
            *place = Some(request);
            return Some(if carried_out {
                Fault::DropAfter
            } else {
                Fault::Drop
            });
        }
        // Whatever it had under way comes to nothing.
        Some(Fault::Drop)
    });
    let child = akrec(project, server, args).start();
    pid.store(child.id(), Ordering::SeqCst);
    let ran = finish(child, Duration::from_secs(60))
        .expect("it ends or is killed")
        .reveals_nothing();
    server.clear_fault();
    let at = at.lock().unwrap().clone();
    match &at {
        Some(request) => assert_eq!(ran.signal, Some(9), "{request:?}"),
        None => assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err),
    }
    at
}

/// After whatever happened: an apply finishes, everything is known as created, no lease is left, and what leaves the files
/// is deleted.
#[track_caller]
fn repaired(project: &Project, server: &Sandbox, fresh: &[String], what: &str) {
    let run = |args: &str| {
        let ran = akrec(project, server, args).run().reveals_nothing();
        assert_eq!(
            ran.code,
            Some(0),
            "{what}: {args}\n{}\n{}",
            ran.out,
            ran.err
        );
    };
    expire(server);
    run(APPLY);
    assert_eq!(own(server), ["akrec: default"], "{what}: a lease is left");
    let records = ledger(server);
    assert!(
        records.len() == 5 && records.iter().all(|it| it.starts_with("\"created\"")),
        "{what}: {records:?}"
    );
    run("plan --detailed-exitcode --no-access");
    gone(project, server, fresh, what);
}

/// What akrec created is deleted once it leaves the files.
#[track_caller]
fn gone(project: &Project, server: &Sandbox, fresh: &[String], what: &str) {
    expire(server);
    project.write("state/a.yaml", GONE);
    let ran = akrec(project, server, APPLY).run().reveals_nothing();
    assert_eq!(
        ran.code,
        Some(0),
        "{what}: removal\n{}\n{}",
        ran.out,
        ran.err
    );
    let left: Vec<String> = names(server)
        .into_iter()
        .filter(|name| !fresh.contains(name))
        .collect();
    assert_eq!(
        left,
        ["/core/groups/ \"other\" null null"],
        "{what}: something stayed"
    );
    assert_eq!(
        (ledger(server).len(), own(server).len()),
        (1, 1),
        "{what}: {:?} {:?}",
        ledger(server),
        own(server)
    );
    project.write("state/a.yaml", STATE);
}

/// The places at which a run is killed: every one with `AKREC_FULL`, otherwise every third one, even and odd ones in turn.
fn places(first: usize) -> impl Iterator<Item = usize> {
    let (first, step) = if is_full() { (0, 1) } else { (first % 3, 3) };
    (first..).step_by(step)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_moment_of_a_kill_created_stays_created() {
    let project = Project::with(&[("state/a.yaml", STATE)]);
    let mut kills = 0;
    for carried_out in [false, true] {
        for place in places(usize::from(carried_out)) {
            let server = server().await;
            let fresh = names(&server);
            let at = number(place, carried_out);
            let Some(request) = killed(&project, &server, APPLY, at, carried_out) else {
                break;
            };
            let what = format!(
                "killed at {place}, {}, carried out: {carried_out}",
                request.line
            );
            kills += 1;
            // Half of them leave the files at once, so that the killed run's lease is all that is known.
            match place % 2 {
                0 => repaired(&project, &server, &fresh, &what),
                _ => gone(&project, &server, &fresh, &what),
            }
            server.stop().await;
        }
    }
    assert!(kills > if is_full() { 30 } else { 8 }, "{kills}");
}

/// The run that takes the lease over is killed as well, at each of its requests.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_takes_over_may_be_killed_too() {
    let project = Project::with(&[("state/a.yaml", STATE)]);
    let mut kills = 0;
    for (first, (carried_out, files)) in
        [(false, STATE), (true, STATE), (false, GONE), (true, GONE)]
            .into_iter()
            .enumerate()
    {
        for place in places(first) {
            let server = server().await;
            let fresh = names(&server);
            // Everything is there, and only the lease says by whom.
            let first = killed(&project, &server, APPLY, at_the_ledger, false)
                .expect("the ledger is written");
            assert!(ledger(&server).is_empty(), "{first:?}");
            expire(&server);
            project.write("state/a.yaml", files);
            let Some(request) = killed(
                &project,
                &server,
                APPLY,
                number(place, carried_out),
                carried_out,
            ) else {
                project.write("state/a.yaml", STATE);
                break;
            };
            project.write("state/a.yaml", STATE);
            let what = format!(
                "taking over, killed at {place}, {}, carried out: {carried_out}",
                request.line
            );
            kills += 1;
            match files == STATE {
                true => repaired(&project, &server, &fresh, &what),
                false => gone(&project, &server, &fresh, &what),
            }
            server.stop().await;
        }
    }
    assert!(kills > if is_full() { 30 } else { 8 }, "{kills}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_killed_is_reported_and_put_in_order() {
    let project = Project::with(&[("state/a.yaml", STATE)]);
    let server = server().await;
    killed(&project, &server, APPLY, at_the_ledger, false).expect("the ledger is written");
    let run = |args: &str| akrec(&project, &server, args).run();
    // As long as the lease may be that of a run that goes on, nothing is touched.
    run("plan --detailed-exitcode")
        .expect(0)
        .says(&["No changes.", "The ledger is not up to date."]);
    run(APPLY)
        .expect(6)
        .says(&["error[AKR0611]", "--lock-timeout"]);
    assert!(ledger(&server).is_empty());
    expire(&server);
    // It is no change of an object, so that a pipeline does not go on because of it.
    let ran = project
        .in_every_format_with("plan --detailed-exitcode", |it| {
            it.env("AKREC_URL", &server.url())
        })
        .expect(0);
    let ran = ran.says(&[
        "warning[AKR0618]",
        "ended without writing the ledger",
        "No changes.",
    ]);
    assert!(
        ran.everything.matches("AKR0618").count() >= 8,
        "{}",
        ran.everything
    );
    run("drift").expect(0).says(&["warning[AKR0618]"]);
    assert!(
        own(&server).contains(&"akrec-lock: default".to_owned()),
        "nothing was written"
    );
    // Nobody is asked, since no object changes.
    let ran = run(APPLY).expect(0);
    let line = "The ledger was updated: application \"wiki\"";
    ran.says(&[
        "No changes.",
        "warning[AKR0617]",
        line,
        "recorded as created by akrec",
        "the lease of an interrupted run",
    ]);
    assert_eq!(
        (ledger(&server).len(), own(&server)),
        (5, vec!["akrec: default".to_owned()])
    );
    run(APPLY).expect(0).never_says(&["AKR06", "The ledger"]);
}

/// What the killed run created is not forgotten by a verb that writes only a part of the ledger, nor by an apply of a part.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_writers_keep_what_a_killed_run_created() {
    let other = STATE.replace("members: [bob]", "members: [bob], attributes: {a: 1}");
    for (args, yaml) in [
        ("forget user.bob --auto-approve".to_owned(), STATE),
        (format!("{APPLY} --target group.staff"), &*other),
        (format!("{APPLY} --target group.staff"), STATE),
    ] {
        let project = Project::with(&[("state/a.yaml", STATE)]);
        let server = server().await;
        let fresh = names(&server);
        killed(&project, &server, APPLY, at_the_ledger, false).expect("the ledger is written");
        expire(&server);
        project.write("state/a.yaml", yaml);
        akrec(&project, &server, &args).run().expect(0);
        assert_eq!(own(&server), ["akrec: default"], "{args}");
        project.write("state/a.yaml", GONE);
        akrec(&project, &server, APPLY).run().expect(0);
        let left: Vec<String> = names(&server)
            .into_iter()
            .filter(|name| !fresh.contains(name))
            .collect();
        let bob = "/core/users/ \"Bob\" \"bob\" null".to_owned();
        let forgotten = if args.starts_with("forget") {
            vec![bob]
        } else {
            Vec::new()
        };
        let left: Vec<String> = left
            .into_iter()
            .filter(|name| !name.contains("\"other\""))
            .collect();
        assert_eq!(left, forgotten, "{args}");
    }
}

/// A rollback of the apply that put things in order does not take away who made what the killed run created.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_keeps_what_a_killed_run_created() {
    let project = Project::with(&[("state/a.yaml", STATE)]);
    let server = server().await;
    let fresh = names(&server);
    killed(&project, &server, APPLY, at_the_ledger, false).expect("the ledger is written");
    expire(&server);
    project.write(
        "state/a.yaml",
        format!("{STATE}  more: {{name: More, bindings: [{{group: staff}}]}}\n"),
    );
    let apply = "apply --auto-approve --no-access --parallelism 1 --rollback-dir back";
    akrec(&project, &server, apply).run().expect(0);
    let file = std::fs::read_dir(project.path("back"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .file_name()
        .into_string()
        .unwrap();
    let rollback = format!("rollback back/{file} --auto-approve --no-rollback --no-access");
    akrec(&project, &server, &rollback).run().expect(0);
    project.write("state/a.yaml", STATE);
    repaired(&project, &server, &fresh, "after the rollback");
}

//! The ledger and the lease on the server: odd states of both, and what two runs at once do to each other.

use std::time::Duration;

use akrec::apply;
use akrec::diag::{Code, Diagnostic};
use akrec::ledger::{Adding, Ledger, Origin};
use akrec::plan::{Action, Outcome};
use akrec::sandbox::Sandbox;
use akrec::store::{self, Problem};
use akrec::value::Address;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::releases::usual;
use crate::support::{self, Bench, Planned, State, poke};

const PATH: &str = "/managed/blueprints/";
const TWO: &str = "groups: {crew: {}, staff: {}}\n";
const ONE: &str = "groups: {crew: {}}\n";

/// A sandbox on which a state has been applied.
async fn after(yaml: &str) -> (Sandbox, Bench) {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    let planned = bench.plan(&State::of(yaml)).await;
    assert!(bench.apply(&planned, 1).await.is_complete());
    (sandbox, bench)
}

/// akrec's instance of a name.
fn instance(sandbox: &Sandbox, name: &str) -> Option<Value> {
    let world = sandbox.world_json();
    world[PATH]
        .as_array()
        .unwrap()
        .iter()
        .find(|instance| instance["name"] == name)
        .cloned()
}

/// Changes the ledger behind akrec's back.
fn edit(sandbox: &Sandbox, change: impl FnOnce(&mut Value)) {
    let home = instance(sandbox, "akrec: default").expect("a ledger");
    let mut context = home["context"].clone();
    change(&mut context);
    let path = format!("{PATH}{}/", home["pk"].as_str().unwrap());
    poke(
        sandbox,
        "PATCH",
        &path,
        json!({ "context": context, "content": home["content"] }),
    );
}

/// A lease that somebody else holds until then.
fn held(sandbox: &Sandbox, until: &str, creating: Value) {
    let context = json!({ "user": "svc-night", "host": "runner-7", "run": "night-12", "until": until, "creating": creating });
    let content = "version: 1\nmetadata:\n  name: akrec\nentries: []\n";
    let body = json!({ "name": "akrec-lock: default", "path": "", "enabled": false, "content": content, "context": context });
    poke(sandbox, "POST", PATH, body);
}

async fn apply(bench: &Bench, planned: &Planned, wait: Duration) -> Outcome {
    let (_keep, never) = watch::channel(false);
    let options = apply::Options {
        lock: Some(wait),
        ..support::options()
    };
    bench.apply_with(planned, options, never).await
}

fn actions(planned: &Planned) -> Vec<String> {
    planned
        .plan()
        .steps
        .iter()
        .map(|step| format!("{:?} {}", step.action, step.address.path()))
        .collect()
}

fn words(diagnostic: &Diagnostic) -> String {
    format!(
        "{} {:?} {:?}",
        diagnostic.message, diagnostic.notes, diagnostic.help
    )
}

async fn problem(bench: &Bench) -> Diagnostic {
    match store::read(&bench.client, "default").await {
        Err(Problem::Diagnostic(diagnostic)) => *diagnostic,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn two_instances_are_all_and_the_lease_does_not_stay() {
    let (sandbox, _) = after(TWO).await;
    let home = instance(&sandbox, "akrec: default").expect("a ledger");
    assert_eq!(
        (&home["enabled"], &home["path"]),
        (&json!(false), &json!(""))
    );
    assert_eq!(home["context"]["akrec"]["format"], 1);
    assert_eq!(instance(&sandbox, "akrec-lock: default"), None);
}

#[tokio::test]
async fn a_lost_ledger_deletes_nothing() {
    let (sandbox, bench) = after(TWO).await;
    let home = instance(&sandbox, "akrec: default").unwrap();
    poke(
        &sandbox,
        "DELETE",
        &format!("{PATH}{}/", home["pk"].as_str().unwrap()),
        Value::Null,
    );
    let planned = bench.plan(&State::of(ONE)).await;
    assert_eq!(actions(&planned), ["Adopt group.crew"]);
    assert!(bench.apply(&planned, 1).await.is_complete());
    let (ledger, _) = support::read_ledger(&bench.client).await;
    let origins: Vec<Origin> = ledger
        .records
        .values()
        .map(|record| record.origin)
        .collect();
    assert_eq!(origins, [Origin::Adopted]);
}

#[tokio::test]
async fn a_ledger_that_was_edited_by_hand_deletes_nothing() {
    let (sandbox, bench) = after(TWO).await;
    edit(&sandbox, |context| {
        context["objects"][0]["run"] = "mine".into()
    });
    let planned = bench.plan(&State::of(ONE)).await;
    assert_eq!(actions(&planned), ["Forget group.staff"]);
    let diagnostic = planned
        .diagnostics
        .iter()
        .find(|diagnostic| diagnostic.code == Code::LEDGER_EDITED)
        .expect("a warning");
    assert!(
        !diagnostic.is_error() && words(diagnostic).contains("count as adopted"),
        "{}",
        words(diagnostic)
    );
}

#[tokio::test]
async fn a_ledger_of_a_newer_akrec_or_of_none_is_refused() {
    let (sandbox, bench) = after(TWO).await;
    edit(
        &sandbox,
        |context| {
            context["akrec"] = json!({ "format": 2, "version": "9.1.0", "workspace": "default" })
        },
    );
    let diagnostic = problem(&bench).await;
    assert_eq!(diagnostic.code, Code::LEDGER_NEWER);
    assert!(
        words(&diagnostic).contains("9.1.0"),
        "{}",
        words(&diagnostic)
    );
    edit(&sandbox, |context| {
        *context = json!({ "objects": "all of them" })
    });
    let diagnostic = problem(&bench).await;
    assert_eq!(diagnostic.code, Code::LEDGER_BROKEN);
    assert!(
        words(&diagnostic).contains("has no key")
            && words(&diagnostic).contains("delete that instance"),
        "{}",
        words(&diagnostic)
    );
}

#[tokio::test]
async fn a_token_that_may_not_read_the_ledger_plans_without_it() {
    let (sandbox, bench) = after(TWO).await;
    sandbox.set_fault(|_, entry| {
        let refusal = json!({ "detail": "You do not have permission to perform this action." });
        (entry.path == PATH).then_some(akrec::sandbox::Fault::Status(403, refusal))
    });
    let planned = bench
        .plan(&State::of("groups: {crew: {attributes: {a: 1}}}\n"))
        .await;
    assert_eq!(actions(&planned), ["Update group.crew"]);
    assert!(!planned.plan().owning);
    let outcome = apply(&bench, &planned, Duration::ZERO).await;
    let refused = outcome.refused.expect("no lease");
    assert_eq!(refused.code, Code::PERMISSION);
    assert!(
        words(&refused).contains("blueprint instances"),
        "{}",
        words(&refused)
    );
}

#[tokio::test]
async fn of_two_applies_at_once_one_is_refused_with_the_holders_name() {
    let (sandbox, bench) = after(ONE).await;
    held(&sandbox, "2999-01-01T00:00:00Z", json!([]));
    let planned = bench.plan(&State::of(TWO)).await;
    sandbox.clear_journal();
    let outcome = apply(&bench, &planned, Duration::ZERO).await;
    let refused = outcome.refused.expect("no lease");
    assert_eq!(refused.code, Code::LEASE_HELD);
    assert!(
        words(&refused).contains("svc-night on runner-7, night-12"),
        "{}",
        words(&refused)
    );
    assert!(
        sandbox.journal().iter().all(|entry| entry.path == PATH),
        "nothing else was asked"
    );
    assert!(
        instance(&sandbox, "akrec-lock: default").is_some(),
        "it is left alone"
    );
}

#[tokio::test]
async fn an_apply_waits_for_another_one() {
    let (sandbox, bench) = after(ONE).await;
    held(&sandbox, "2999-01-01T00:00:00Z", json!([]));
    let planned = bench.plan(&State::of(TWO)).await;
    let lease = instance(&sandbox, "akrec-lock: default").unwrap();
    let path = format!("{PATH}{}/", lease["pk"].as_str().unwrap());
    let other = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        poke(&sandbox, "DELETE", &path, Value::Null);
    };
    let (outcome, ()) = tokio::join!(apply(&bench, &planned, Duration::from_secs(60)), other);
    assert!(
        outcome.is_complete() && outcome.refused.is_none(),
        "{outcome:?}"
    );
}

/// An object that a dead run was about to create counts as created.
#[tokio::test]
async fn an_expired_lease_is_taken_over_and_its_work_is_known() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    poke(&sandbox, "POST", "/core/groups/", json!({ "name": "crew" }));
    poke(
        &sandbox,
        "POST",
        "/core/groups/",
        json!({ "name": "staff" }),
    );
    held(
        &sandbox,
        "2020-01-01T00:00:00Z",
        json!([[["group", "crew"], "night-12"]]),
    );
    let planned = bench
        .plan(&State::of("groups: {crew: {}, staff: {}, guests: {}}\n"))
        .await;
    assert_eq!(
        actions(&planned),
        ["Create group.guests", "Adopt group.staff"]
    );
    let outcome = apply(&bench, &planned, Duration::ZERO).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    let [note] = outcome.notes.as_slice() else {
        panic!("{:?}", outcome.notes)
    };
    assert_eq!(note.code, Code::LEASE_TAKEN_OVER);
    assert!(
        words(note).contains("svc-night on runner-7, night-12"),
        "{}",
        words(note)
    );
    let (ledger, _) = support::read_ledger(&bench.client).await;
    let origin = |name: &str| ledger.records[&Address::named("group", name)].origin;
    assert_eq!(
        [origin("crew"), origin("staff"), origin("guests")],
        [Origin::Created, Origin::Adopted, Origin::Created]
    );
    assert_eq!(instance(&sandbox, "akrec-lock: default"), None);
}

#[tokio::test]
async fn a_plan_from_before_another_apply_is_refused() {
    let (_sandbox, bench) = after(ONE).await;
    let late = bench
        .plan(&State::of("groups: {crew: {attributes: {a: 1}}}\n"))
        .await;
    let first = bench.plan(&State::of(TWO)).await;
    assert!(bench.apply(&first, 1).await.is_complete());
    let outcome = apply(&bench, &late, Duration::ZERO).await;
    assert_eq!(
        outcome.refused.expect("out of date").code,
        Code::LEDGER_MOVED
    );
}

#[tokio::test]
async fn what_a_stopped_apply_did_is_known() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    let planned = bench
        .plan(&State::of("groups: {a: {}, b: {}, c: {}}\n"))
        .await;
    let (stop, stopped) = watch::channel(false);
    sandbox.set_fault(move |_, entry| {
        if entry.body.as_ref().is_some_and(|body| body["name"] == "b") {
            stop.send_replace(true);
        }
        None
    });
    let outcome = bench.apply_until(&planned, 1, stopped).await;
    assert!(outcome.interrupted && !outcome.is_complete());
    let (ledger, _) = support::read_ledger(&bench.client).await;
    let names: Vec<_> = ledger.records.keys().map(Address::path).collect();
    assert_eq!(names, ["group.a", "group.b"]);
    assert_eq!(instance(&sandbox, "akrec-lock: default"), None);
}

/// Two workspaces share a server and keep apart.
#[tokio::test]
async fn a_workspace_knows_what_belongs_to_others() {
    let (_sandbox, bench) = after(TWO).await;
    let (ledger, diagnostics) = match store::read(&bench.client, "annex").await {
        Ok(read) => read,
        Err(problem) => panic!("{problem:?}"),
    };
    assert!(diagnostics.is_empty() && ledger.records.is_empty());
    let others: Vec<String> = ledger
        .others
        .iter()
        .map(|(at, other)| format!("{} {}", other.workspace, at.path()))
        .collect();
    assert_eq!(others, ["default group.crew", "default group.staff"]);
    assert_eq!(Ledger::empty("annex").others.len(), 0);
    let planned = bench.plan(&State::of(TWO)).await;
    assert!(
        planned
            .plan()
            .steps
            .iter()
            .all(|step| step.action != Action::Adopt)
    );
}

#[tokio::test]
async fn what_belongs_to_a_renamed_object_goes_by_its_new_name() {
    let wiki = |name: &str, bound: &str| {
        format!(
            "groups: {{staff: {{}}, guests: {{}}}}\napplications:\n  {name}: {{name: Wiki, bindings: {bound}}}\n"
        )
    };
    let (sandbox, bench) = after(&wiki("wiki", "[{group: staff}, {group: guests}]")).await;
    let state = wiki("docs", "[{group: staff}]")
        .replace(", guests: {}", "")
        .replace("{name", "{previously: wiki, name");
    let planned = bench.plan(&State::of(&state)).await;
    // The group cascades to nothing that is not deleted anyway, and nothing is forgotten under the older name.
    assert!(
        planned
            .diagnostics
            .iter()
            .all(|diagnostic| diagnostic.code != Code::VICTIM),
        "{}",
        planned.reported()
    );
    let steps = actions(&planned);
    assert_eq!(steps.len(), 3, "{steps:?}");
    assert!(
        steps[0].starts_with("Rename application.docs") && steps[2] == "Delete group.guests",
        "{steps:?}"
    );
    assert!(bench.apply(&planned, 1).await.is_complete());
    let (ledger, _) = support::read_ledger(&bench.client).await;
    let names: Vec<String> = ledger.records.keys().map(ToString::to_string).collect();
    assert_eq!(
        names,
        [
            "application \"docs\"",
            "group \"staff\"",
            "policy_binding application \"docs\" -> group \"staff\""
        ]
    );
    drop(sandbox);
}

#[tokio::test]
async fn a_binding_that_somebody_made_anew_is_not_akrecs() {
    let wiki = |bound: &str| {
        format!(
            "groups: {{staff: {{}}, guests: {{}}}}\napplications:\n  wiki: {{name: Wiki, bindings: {{include: {bound}}}}}\n"
        )
    };
    let (sandbox, bench) = after(&wiki("[{group: staff}, {group: guests}]")).await;
    let world = sandbox.world_json();
    let group = world["/core/groups/"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "guests")
        .unwrap();
    let bindings = world["/policies/bindings/"].as_array().unwrap();
    let bound = bindings
        .iter()
        .find(|it| it["group"] == group["pk"])
        .unwrap();
    poke(
        &sandbox,
        "DELETE",
        &format!("/policies/bindings/{}/", bound["pk"].as_str().unwrap()),
        Value::Null,
    );
    poke(
        &sandbox,
        "POST",
        "/policies/bindings/",
        json!({"target": bound["target"], "group": group["pk"], "order": bound["order"]}),
    );
    let planned = bench.plan(&State::of(&wiki("[{group: staff}]"))).await;
    assert_eq!(actions(&planned), [""; 0]);
}

#[tokio::test]
async fn an_object_renamed_on_both_sides_is_not_made_once_more() {
    let state =
        "groups: {staff: {}}\napplications: {wiki: {name: Wiki, bindings: [{group: staff}]}}\n";
    let (sandbox, bench) = after(state).await;
    poke(
        &sandbox,
        "PATCH",
        "/core/applications/wiki/",
        json!({"slug": "pages"}),
    );
    let state = state.replace("wiki: {", "docs: {previously: wiki, ");
    let planned = bench.plan(&State::of(&state)).await;
    assert_eq!(actions(&planned), ["Rename application.docs"]);
    assert!(bench.apply(&planned, 1).await.is_complete());
    let again = bench.plan(&State::of(&state)).await;
    assert_eq!(actions(&again), [""; 0]);
}

#[tokio::test]
async fn what_was_renamed_on_the_server_and_left_the_files_stays_and_is_reported() {
    let (sandbox, bench) = after(TWO).await;
    let world = sandbox.world_json();
    let staff = world["/core/groups/"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "staff")
        .unwrap();
    poke(
        &sandbox,
        "PATCH",
        &format!("/core/groups/{}/", staff["pk"].as_str().unwrap()),
        json!({"name": "people"}),
    );
    // It is only known where the list is read anyway.
    let planned = bench
        .plan(&State::of(
            "groups: {crew: {}}\nusers: {sam: {groups: [crew, people]}}\n",
        ))
        .await;
    assert!(
        actions(&planned).contains(&"Forget group.staff".to_owned()),
        "{}",
        planned.text()
    );
    assert!(
        planned
            .text()
            .contains("it now has another name on the server"),
        "{}",
        planned.text()
    );
}

/// The names of akrec's own instances.
fn own(sandbox: &Sandbox) -> Vec<String> {
    let world = sandbox.world_json();
    let instances = world[PATH].as_array().into_iter().flatten();
    let names = instances
        .filter_map(|it| it["name"].as_str())
        .filter(|name| name.starts_with("akrec"));
    names.map(str::to_owned).collect()
}

async fn origins(bench: &Bench) -> Vec<(String, Origin)> {
    let (ledger, _) = support::read_ledger(&bench.client).await;
    ledger
        .records
        .iter()
        .map(|(address, record)| (address.path(), record.origin))
        .collect()
}

#[tokio::test]
async fn a_ledger_that_cannot_be_written_loses_nothing() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    sandbox.set_fault(|_, entry| {
        let ledger = entry
            .body
            .as_ref()
            .is_some_and(|body| body["name"] == "akrec: default");
        ledger.then(|| akrec::sandbox::Fault::Status(400, json!({ "detail": "no" })))
    });
    let planned = bench.plan(&State::of(TWO)).await;
    let outcome = apply(&bench, &planned, Duration::ZERO).await;
    let [note] = outcome.notes.as_slice() else {
        panic!("{:?}", outcome.notes)
    };
    assert_eq!(note.code, Code::LEDGER_UNWRITTEN);
    assert!(
        words(note).contains("the next apply finds out what this run created"),
        "{}",
        words(note)
    );
    sandbox.clear_fault();
    // Nobody has to wait for the lease to end.
    let [left] = &own(&sandbox)[..] else {
        panic!("{:?}", own(&sandbox))
    };
    assert!(
        left.starts_with("akrec-ended: ") && left.ends_with(": default"),
        "{left}"
    );
    let planned = bench.plan(&State::of(TWO)).await;
    let upkeep = apply::upkeep(planned.ledger.as_ref().unwrap(), planned.plan())
        .expect("the ledger is behind");
    assert_eq!(
        (
            upkeep.recorded.len(),
            upkeep.lease,
            planned.plan().is_empty()
        ),
        (2, true, true)
    );
    assert!(
        apply(&bench, &planned, Duration::ZERO)
            .await
            .notes
            .is_empty()
    );
    assert_eq!(own(&sandbox), ["akrec: default"]);
    let created = |name: &str| (name.to_owned(), Origin::Created);
    assert_eq!(
        origins(&bench).await,
        [created("group.crew"), created("group.staff")]
    );
}

#[tokio::test]
async fn a_creation_of_which_nobody_knows_whether_it_was_done_counts_as_created() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    let planned = bench.plan(&State::of(ONE)).await;
    sandbox.set_fault(
        |_, entry| match (entry.path.as_str(), entry.method.as_str()) {
            ("/core/groups/", "POST") => Some(akrec::sandbox::Fault::DropAfter),
            ("/core/groups/", _) => Some(akrec::sandbox::Fault::Drop),
            _ => None,
        },
    );
    let outcome = apply(&bench, &planned, Duration::ZERO).await;
    assert!(
        !outcome.is_complete() && outcome.unsettled.len() == 1,
        "{outcome:?}"
    );
    sandbox.clear_fault();
    // It stands in the ledger itself, which the lease is given up for.
    assert_eq!(own(&sandbox), ["akrec: default"]);
    let context = instance(&sandbox, "akrec: default").unwrap()["context"].clone();
    assert_eq!(
        context["pending"],
        json!([[["group", "crew"], "run-1", "group"]])
    );
    let planned = bench.plan(&State::of("groups: {other: {}}\n")).await;
    assert_eq!(
        actions(&planned),
        ["Create group.other", "Delete group.crew"]
    );
    let planned = bench.plan(&State::of(ONE)).await;
    assert_eq!(actions(&planned), [""; 0]);
    assert!(
        apply(&bench, &planned, Duration::ZERO)
            .await
            .notes
            .is_empty()
    );
    assert_eq!(
        origins(&bench).await,
        [("group.crew".to_owned(), Origin::Created)]
    );
    assert!(instance(&sandbox, "akrec: default").unwrap()["context"]["pending"].is_null());
}

#[tokio::test]
async fn what_was_created_without_its_members_counts_as_created() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    let state = State::of("users: {ann: {name: Ann}}\ngroups: {crew: {members: [ann]}}\n");
    let planned = bench.plan(&state).await;
    sandbox.set_fault(|_, entry| {
        let fails = entry.path.ends_with("/add_user/");
        fails.then(|| akrec::sandbox::Fault::Status(400, json!({ "detail": "no" })))
    });
    let first = apply(&bench, &planned, Duration::ZERO).await;
    sandbox.clear_fault();
    let created = |name: &str| (name.to_owned(), Origin::Created);
    assert_eq!(
        origins(&bench).await,
        [created("group.crew"), created("user.ann")],
        "{first:?}"
    );
    let rest = bench.plan(&state).await;
    assert!(apply(&bench, &rest, Duration::ZERO).await.is_complete());
    assert_eq!(
        origins(&bench).await,
        [created("group.crew"), created("user.ann")]
    );
}

/// A job that is started again has the name of its first attempt, and does not wait for that one's lease to end.
#[tokio::test]
async fn an_earlier_attempt_of_the_same_run_is_taken_over_with_what_it_created() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    poke(&sandbox, "POST", "/core/groups/", json!({ "name": "crew" }));
    held(
        &sandbox,
        "2999-01-01T00:00:00Z",
        json!([[["group", "crew"], "run-1", "group"]]),
    );
    let lease = instance(&sandbox, "akrec-lock: default").unwrap();
    let mut context = lease["context"].clone();
    context["run"] = "run-1".into();
    let path = format!("{PATH}{}/", lease["pk"].as_str().unwrap());
    poke(
        &sandbox,
        "PATCH",
        &path,
        json!({ "context": context, "content": lease["content"] }),
    );
    let planned = bench.plan(&State::of(TWO)).await;
    assert!(apply(&bench, &planned, Duration::ZERO).await.is_complete());
    let created = |name: &str| (name.to_owned(), Origin::Created);
    assert_eq!(
        origins(&bench).await,
        [created("group.crew"), created("group.staff")]
    );
    assert_eq!(own(&sandbox), ["akrec: default"]);
}

/// A run whose lease was taken over notices it, and another workspace's leases are left alone.
#[tokio::test]
async fn a_lease_is_its_runs_own_until_somebody_takes_it_over() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    let holder = |run: &str| store::Holder {
        user: "u".into(),
        host: None,
        run: run.into(),
    };
    let take = async |workspace: &str, run: &str| {
        store::Lease::take(
            &bench.client,
            workspace,
            &holder(run),
            std::iter::empty(),
            Adding::new(),
            Duration::ZERO,
        )
        .await
    };
    let slow = take("default", "slow").await.unwrap();
    let other = take("annex", "other").await.unwrap();
    assert!(slow.renew(&bench.client).await && take("default", "next").await.is_err());
    let lease = instance(&sandbox, "akrec-lock: default").unwrap();
    let mut context = lease["context"].clone();
    context["until"] = "2020-01-01T00:00:00Z".into();
    let path = format!("{PATH}{}/", lease["pk"].as_str().unwrap());
    poke(
        &sandbox,
        "PATCH",
        &path,
        json!({ "context": context, "content": lease["content"] }),
    );
    let next = take("default", "next").await.unwrap();
    assert_eq!(
        next.instead_of.as_ref().map(|held| held.run.as_str()),
        Some("slow")
    );
    assert!(
        !slow.renew(&bench.client).await,
        "its name is another one's by now"
    );
    assert!(next.renew(&bench.client).await && other.renew(&bench.client).await);
    let (known, _) = support::read_ledger(&bench.client).await;
    assert_eq!(known.ended.len(), 1);
    store::clear(&bench.client, &known.ended).await.unwrap();
    assert!(!slow.renew(&bench.client).await, "it is gone");
    next.release(&bench.client).await.unwrap();
    assert_eq!(own(&sandbox), ["akrec-lock: annex"]);
}

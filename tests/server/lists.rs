//! Partial lists: what akrec added to them goes when it leaves them, whatever has happened in between, and nothing goes of
//! which that is not known.

use akrec::apply;
use akrec::ledger::is_akrecs;
use akrec::plan::{Action, Delta, Keeps, Outcome};
use akrec::sandbox::{Fault, Sandbox};
use serde_json::{Value, json};

use crate::support::releases::{newest, oldest, usual};
use crate::support::{self, Bench, Planned, State, poke};

const PEOPLE: &str = "users: {ada: {name: Ada}, ben: {name: Ben}, cleo: {name: Cleo}}\n";

fn members(include: &str) -> String {
    format!("{PEOPLE}groups: {{staff: {{members: {{include: [{include}]}}}}}}\n")
}

/// A server with a group that somebody made by hand, with these members of it.
async fn by_hand(of: &[&str]) -> (Sandbox, Bench) {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    applied(&bench, PEOPLE).await;
    let ids: Vec<Value> = of.iter().map(|name| user(&sandbox, name)).collect();
    poke(
        &sandbox,
        "POST",
        "/core/groups/",
        json!({ "name": "staff", "users": ids }),
    );
    (sandbox, bench)
}

fn user(sandbox: &Sandbox, name: &str) -> Value {
    let users = poke(
        sandbox,
        "GET",
        &format!("/core/users/?username={name}"),
        Value::Null,
    );
    users["results"][0]["pk"].clone()
}

fn group(sandbox: &Sandbox) -> Value {
    let groups = poke(
        sandbox,
        "GET",
        "/core/groups/?include_users=true&page_size=100",
        Value::Null,
    );
    let groups = groups["results"].as_array().unwrap().clone();
    groups
        .into_iter()
        .find(|group| group["name"] == "staff")
        .unwrap()
}

/// Who is in the group.
fn staff(sandbox: &Sandbox) -> Vec<String> {
    let group = group(sandbox);
    let users = group["users_obj"].as_array().unwrap().iter();
    let mut names: Vec<String> = users
        .map(|user| user["username"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

async fn apply(bench: &Bench, planned: &Planned) -> Outcome {
    bench.apply(planned, 1).await
}

/// Applies a state, and plans again to nothing.
async fn applied(bench: &Bench, yaml: &str) -> Planned {
    let state = State::of(yaml);
    let planned = bench.plan(&state).await;
    let outcome = apply(bench, &planned).await;
    assert!(outcome.is_complete(), "{outcome:?}\n{}", planned.text());
    let again = bench.plan(&state).await;
    assert!(
        again.plan().is_empty() && again.plan().kept.is_empty(),
        "{}",
        again.text()
    );
    assert_eq!(
        apply::upkeep(again.ledger.as_ref().unwrap(), again.plan()),
        None,
        "{yaml}"
    );
    planned
}

fn ledger(sandbox: &Sandbox) -> Value {
    let world = sandbox.world_json();
    let own = world["/managed/blueprints/"]
        .as_array()
        .unwrap()
        .iter()
        .find(|own| own["name"] == "akrec: default");
    own.expect("a ledger").clone()
}

/// Changes the ledger as an older akrec, or somebody, would have written it.
fn rewrite(sandbox: &Sandbox, change: impl FnOnce(&mut Value)) {
    let home = ledger(sandbox);
    let mut context = home["context"].clone();
    change(&mut context);
    let path = format!("/managed/blueprints/{}/", home["pk"].as_str().unwrap());
    poke(
        sandbox,
        "PATCH",
        &path,
        json!({ "context": context, "content": home["content"] }),
    );
}

fn why(planned: &Planned) -> Vec<Keeps> {
    planned.plan().kept.iter().map(|kept| kept.why).collect()
}

#[tokio::test]
async fn what_was_there_stays_and_is_reported_once() {
    let (sandbox, bench) = by_hand(&["cleo"]).await;
    applied(&bench, &members("ada, ben, cleo")).await;
    let planned = applied(&bench, &members("ben")).await;
    let text = planned.text();
    assert!(
        text.contains("- ada\n") && !text.contains("- cleo"),
        "{text}"
    );
    assert!(
        text.contains("keep cleo in members of group \"staff\""),
        "{text}"
    );
    assert!(
        text.contains("stays: it existed before akrec; `exclude` removes it"),
        "{text}"
    );
    assert_eq!(staff(&sandbox), ["ben", "cleo"]);
    // As it says.
    let yaml =
        format!("{PEOPLE}groups: {{staff: {{members: {{include: [ben], exclude: [cleo]}}}}}}\n");
    applied(&bench, &yaml).await;
    assert_eq!(staff(&sandbox), ["ben"]);
}

#[tokio::test]
async fn whoever_others_added_meanwhile_stays() {
    let (sandbox, bench) = by_hand(&[]).await;
    applied(&bench, &members("ada")).await;
    let path = format!(
        "/core/groups/{}/add_user/",
        group(&sandbox)["pk"].as_str().unwrap()
    );
    poke(
        &sandbox,
        "POST",
        &path,
        json!({ "pk": user(&sandbox, "ben") }),
    );
    applied(&bench, &members("")).await;
    assert_eq!(staff(&sandbox), ["ben"]);
}

#[tokio::test]
async fn members_of_a_complete_list_that_becomes_partial_are_known() {
    let (sandbox, bench) = by_hand(&["cleo"]).await;
    applied(
        &bench,
        &format!("{PEOPLE}groups: {{staff: {{members: [ada, ben, cleo]}}}}\n"),
    )
    .await;
    let planned = applied(&bench, &members("ben")).await;
    assert_eq!(why(&planned), [Keeps::Found]);
    assert_eq!(staff(&sandbox), ["ben", "cleo"]);
}

/// An item is known by its id: another name is still the same one, and another one of its name is not.
#[tokio::test]
async fn an_item_is_known_after_a_rename_and_not_once_it_is_made_anew() {
    let (sandbox, bench) = by_hand(&[]).await;
    applied(&bench, &members("ada, ben")).await;
    let renamed = "users: {ada2: {name: Ada, previously: ada}, ben: {name: Ben}, cleo: {name: Cleo}}\n\
                   groups: {people: {previously: staff, members: {include: [ben]}}}\n";
    let planned = applied(&bench, renamed).await;
    assert!(planned.text().contains("- ada2\n"), "{}", planned.text());
    let back = "users: {ada2: {name: Ada}, ben: {name: Ben}, cleo: {name: Cleo}}\n\
                groups: {staff: {previously: people, members: {include: [ben]}}}\n";
    applied(&bench, back).await;
    let id = user(&sandbox, "ben");
    poke(
        &sandbox,
        "DELETE",
        &format!("/core/users/{id}/"),
        Value::Null,
    );
    poke(
        &sandbox,
        "POST",
        "/core/users/",
        json!({ "username": "ben", "name": "Ben" }),
    );
    let path = format!(
        "/core/groups/{}/add_user/",
        group(&sandbox)["pk"].as_str().unwrap()
    );
    poke(
        &sandbox,
        "POST",
        &path,
        json!({ "pk": user(&sandbox, "ben") }),
    );
    applied(&bench, &back.replace("[ben]", "[]")).await;
    assert_eq!(staff(&sandbox), ["ben"]);
}

/// A membership has two sides, and moves from one to the other in the files.
#[tokio::test]
async fn a_membership_that_moves_to_its_other_side_is_still_akrecs() {
    let side = |groups: &str| {
        format!(
            "users: {{ada: {{name: Ada, groups: {{include: [{groups}]}}}}, ben: {{name: Ben}}, cleo: {{name: Cleo}}}}\n"
        )
    };
    let group_side = "groups: {staff: {members: {include: [ben]}}}\n";
    let (sandbox, bench) = by_hand(&[]).await;
    applied(&bench, &members("ada, ben")).await;
    // The other list is partial and does not name her, so her own list is what counts.
    let planned = applied(&bench, &format!("{}{group_side}", side("staff"))).await;
    assert!(planned.plan().is_empty(), "{}", planned.text());
    applied(&bench, &format!("{}{group_side}", side(""))).await;
    assert_eq!(staff(&sandbox), ["ben"]);
    // And it is written from there.
    applied(&bench, &format!("{}{group_side}", side("staff"))).await;
    assert_eq!(staff(&sandbox), ["ada", "ben"]);
    applied(&bench, &members("ada, ben")).await;
    applied(&bench, &members("ben")).await;
    assert_eq!(staff(&sandbox), ["ben"]);
}

#[tokio::test]
async fn a_part_of_the_files_takes_nothing_out_elsewhere() {
    let (sandbox, mut bench) = by_hand(&[]).await;
    applied(&bench, &members("ada, ben")).await;
    bench.options.scope.targets = vec![akrec::pattern::Pattern::new("user.*").unwrap()];
    let planned = bench.plan(&State::of(&members("ben"))).await;
    assert!(planned.plan().is_empty(), "{}", planned.text());
    assert!(apply(&bench, &planned).await.is_complete());
    bench.options.scope.targets.clear();
    applied(&bench, &members("ben")).await;
    assert_eq!(staff(&sandbox), ["ben"]);
}

/// What was there before akrec stays when it leaves the files, without what akrec added to it; a plan of another part leaves
/// both for later.
#[tokio::test]
async fn an_object_that_stays_loses_what_akrec_added() {
    let (sandbox, mut bench) = by_hand(&["cleo"]).await;
    applied(&bench, &members("ada, cleo")).await;
    let left = format!("{PEOPLE}groups: {{other: {{}}}}\n");
    bench.options.scope.targets = vec![akrec::pattern::Pattern::new("group.other").unwrap()];
    let planned = bench.plan(&State::of(&left)).await;
    assert_eq!(planned.plan().steps.len(), 1, "{}", planned.text());
    assert!(apply(&bench, &planned).await.is_complete());
    assert_eq!(staff(&sandbox), ["ada", "cleo"]);
    bench.options.scope.targets.clear();
    let planned = applied(&bench, &left).await;
    assert_eq!(why(&planned), [Keeps::LetGo], "{}", planned.text());
    assert_eq!(staff(&sandbox), ["cleo"]);
}

/// The object stays known while what akrec added to it could not be taken out.
#[tokio::test]
async fn an_object_whose_members_cannot_be_taken_out_stays_known() {
    let (sandbox, bench) = by_hand(&[]).await;
    applied(&bench, &members("ada")).await;
    sandbox.set_fault(|_, entry| {
        entry
            .path
            .ends_with("/remove_user/")
            .then(|| Fault::Status(400, json!({ "detail": "no" })))
    });
    assert!(
        !apply(&bench, &bench.plan(&State::of(PEOPLE)).await)
            .await
            .is_complete()
    );
    sandbox.clear_fault();
    applied(&bench, PEOPLE).await;
    assert_eq!(staff(&sandbox), [""; 0]);
}

/// A run that is killed leaves its lease behind, which says what it was about to add.
#[tokio::test]
async fn what_a_killed_run_had_added_is_known() {
    let (sandbox, bench) = by_hand(&["cleo"]).await;
    applied(&bench, &members("cleo")).await;
    let before = ledger(&sandbox);
    let planned = bench.plan(&State::of(&members("ada, ben, cleo"))).await;
    // Neither the ledger nor the lease is written any more.
    let writes = std::sync::atomic::AtomicUsize::new(0);
    sandbox.set_fault(move |_, entry| {
        let own = entry.path.starts_with("/managed/blueprints/") && entry.method != "GET";
        (own && writes.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 0)
            .then(|| Fault::Status(400, json!({ "detail": "killed" })))
    });
    apply(&bench, &planned).await;
    sandbox.clear_fault();
    assert_eq!(ledger(&sandbox)["context"], before["context"]);
    assert_eq!(staff(&sandbox), ["ada", "ben", "cleo"]);
    let world = sandbox.world_json();
    let lease = world["/managed/blueprints/"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "akrec-lock: default");
    let lease = lease.expect("a lease").clone();
    assert_eq!(
        lease["context"]["adding"],
        json!([[["group", "staff"], { "users": ["user.ada", "user.ben"] }]])
    );
    let mut over = lease["context"].clone();
    over["until"] = "2020-01-01T00:00:00Z".into();
    let path = format!("/managed/blueprints/{}/", lease["pk"].as_str().unwrap());
    poke(
        &sandbox,
        "PATCH",
        &path,
        json!({ "context": over, "content": lease["content"] }),
    );
    // An apply of another part keeps the note, also when it deletes the lease.
    let mut part = Bench::connect(&sandbox.url(), sandbox.admin_token()).await;
    part.options.scope.targets = vec![akrec::pattern::Pattern::new("user.*").unwrap()];
    let planned = part
        .plan(&State::of(&members("ben, cleo").replace("Cleo", "Cleo C")))
        .await;
    assert!(apply(&part, &planned).await.is_complete());
    let own = sandbox.world_json()["/managed/blueprints/"]
        .as_array()
        .unwrap()
        .clone();
    let own: Vec<&str> = own
        .iter()
        .filter_map(|it| it["name"].as_str())
        .filter(|it| is_akrecs(it))
        .collect();
    assert_eq!(own, ["akrec: default"]);
    assert_eq!(
        ledger(&sandbox)["context"]["adding"][0][0],
        json!(["group", "staff"])
    );
    applied(&bench, &members("ben, cleo")).await;
    assert_eq!(staff(&sandbox), ["ben", "cleo"]);
    assert_eq!(ledger(&sandbox)["context"]["adding"], Value::Null);
    applied(&bench, &members("")).await;
    assert_eq!(staff(&sandbox), ["cleo"]);
}

/// Where only some items could be written, the ledger notes all that were to be.
#[tokio::test]
async fn what_a_failed_step_had_added_is_known() {
    let (sandbox, bench) = by_hand(&[]).await;
    applied(&bench, &members("")).await;
    let ben = user(&sandbox, "ben");
    sandbox.set_fault(move |_, entry| {
        let is_ben = entry.path.ends_with("/add_user/")
            && entry.body.as_ref().is_some_and(|body| body["pk"] == ben);
        is_ben.then(|| Fault::Status(400, json!({ "detail": "no" })))
    });
    let planned = bench.plan(&State::of(&members("ada, ben"))).await;
    assert!(!apply(&bench, &planned).await.is_complete());
    sandbox.clear_fault();
    assert_eq!(staff(&sandbox), ["ada"]);
    applied(&bench, &members("")).await;
    assert_eq!(staff(&sandbox), [""; 0]);
}

/// A ledger of an akrec that did not note who added what: nothing is taken out, and that is said.
#[tokio::test]
async fn an_older_ledger_and_one_that_was_edited_take_nothing_out() {
    for edited in [false, true] {
        let (sandbox, bench) = by_hand(&[]).await;
        applied(&bench, &members("ada, ben")).await;
        rewrite(&sandbox, |context| {
            for object in context["objects"].as_array_mut().unwrap() {
                if edited && object["at"] == json!(["group", "staff"]) {
                    object["items"]["users"]["added"] = json!([1, 2, 3, 4, 5, 6, 7, 8, 9]);
                } else if !edited {
                    object.as_object_mut().unwrap().remove("items");
                }
            }
            if !edited {
                let objects = akrec::value::sorted(&context["objects"]);
                context["sum"] = akrec::value::digest(&objects.to_string()).into();
            }
        });
        // The first apply takes the items in as what nobody knows.
        let planned = bench.plan(&State::of(&members("ada, ben"))).await;
        assert!(
            planned.plan().is_empty() && apply(&bench, &planned).await.is_complete(),
            "{}",
            planned.text()
        );
        let planned = applied(&bench, &members("ben")).await;
        assert_eq!(why(&planned), [Keeps::FoundPerhaps], "edited: {edited}");
        assert!(
            planned
                .text()
                .contains("it is unknown whether akrec added it"),
            "{}",
            planned.text()
        );
        assert_eq!(staff(&sandbox), ["ada", "ben"], "edited: {edited}");
        // What is added from now on is known.
        applied(&bench, &members("ben, cleo")).await;
        applied(&bench, &members("ben")).await;
        assert_eq!(staff(&sandbox), ["ada", "ben"], "edited: {edited}");
    }
}

#[tokio::test]
async fn a_lost_ledger_takes_nothing_out() {
    let (sandbox, bench) = by_hand(&[]).await;
    applied(&bench, &members("ada, ben")).await;
    let path = format!(
        "/managed/blueprints/{}/",
        ledger(&sandbox)["pk"].as_str().unwrap()
    );
    poke(&sandbox, "DELETE", &path, Value::Null);
    let planned = bench.plan(&State::of(&members("ben"))).await;
    assert!(
        planned
            .plan()
            .steps
            .iter()
            .all(|step| step.action == Action::Adopt),
        "{}",
        planned.text()
    );
    assert!(apply(&bench, &planned).await.is_complete());
    assert_eq!(staff(&sandbox), ["ada", "ben"]);
}

/// The requests are those of any other plan: who is taken out is looked up by name, once.
#[tokio::test]
async fn it_costs_no_request_until_something_leaves() {
    let (sandbox, bench) = by_hand(&[]).await;
    applied(&bench, &members("ada, ben, cleo")).await;
    let count = async |yaml: &str| {
        sandbox.clear_journal();
        drop(bench.plan(&State::of(yaml)).await);
        support::count(&sandbox)
    };
    let same = count(&members("ada, ben, cleo")).await;
    let without =
        "users: {ada: {name: Ada}, ben: {name: Ben}, cleo: {name: Cleo}}\ngroups: {staff: {}}\n";
    assert_eq!(count(&members("ada")).await, same);
    assert!(count(without).await.0 <= same.0);
}

/// Ten thousand members are a few tens of kilobytes in the ledger.
#[tokio::test]
async fn the_ledger_stays_small() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    let names: Vec<String> = (0..1_000)
        .map(|number| format!("user-{number:05}"))
        .collect();
    for name in &names {
        poke(
            &sandbox,
            "POST",
            "/core/users/",
            json!({ "username": name, "name": name }),
        );
    }
    let all = names.join(", ");
    let planned = bench
        .plan(&State::of(&format!(
            "groups: {{staff: {{members: {{include: [{all}]}}}}}}\n"
        )))
        .await;
    assert!(apply(&bench, &planned).await.is_complete());
    let size = ledger(&sandbox)["context"].to_string().len();
    assert!(size < 7_000, "{size} bytes for 1,000 members");
    let planned = bench
        .plan(&State::of(
            "groups: {staff: {members: {include: [user-00000]}}}\n",
        ))
        .await;
    let [step] = planned.plan().steps.as_slice() else {
        panic!("{}", planned.text())
    };
    assert!(
        matches!(&step.changes[0].delta, Delta::Items { removed, .. } if removed.len() == 999),
        "{step:?}"
    );
}

/// One policy on one stage of authentik's own flow, and one group on an application that somebody made by hand: both can be
/// taken out of the files again.
#[tokio::test]
async fn what_was_bound_to_what_others_made_is_taken_back() {
    let flow = "policies: {outside-only: {type: expression, expression: return True}}\n\
                flows:\n  default-authentication-flow:\n    stages:\n      include:\n\
                \x20       - {stage: default-authentication-mfa-validation, order: 30, bindings: {include: [{policy: outside-only}]}}\n";
    let wiki = "groups: {on-call: {}}\napplications: {wiki: {name: Wiki, bindings: {include: [{group: on-call}]}}}\n";
    for release in [oldest(), usual(), newest()] {
        for (yaml, rest) in [
            (flow, "groups: {other: {}}\n"),
            (wiki, "groups: {other: {}}\n"),
            // What was bound is still declared, and the binding goes all the same.
            (
                flow,
                "policies: {outside-only: {type: expression, expression: return True}}\n",
            ),
            (wiki, "groups: {on-call: {}}\n"),
            (
                wiki,
                "groups: {on-call: {}}\napplications: {wiki: {name: Wiki}}\n",
            ),
        ] {
            let (sandbox, bench) = Bench::sandbox(release).await;
            let hand = poke(&sandbox, "POST", "/core/groups/", json!({ "name": "hand" }));
            let app = poke(
                &sandbox,
                "POST",
                "/core/applications/",
                json!({ "name": "Wiki", "slug": "wiki" }),
            );
            let body = json!({ "target": app["pk"], "group": hand["pk"], "order": 5 });
            poke(&sandbox, "POST", "/policies/bindings/", body);
            let before = bindings(&sandbox);
            applied(&bench, yaml).await;
            assert_eq!(bindings(&sandbox), before + 1, "{release}: {yaml}");
            let planned = applied(&bench, rest).await;
            assert!(
                planned.reported().is_empty(),
                "{release}: {rest}\n{}",
                planned.reported()
            );
            assert_eq!(
                bindings(&sandbox),
                before,
                "{release}: {rest}\n{}",
                planned.text()
            );
        }
    }
}

fn bindings(sandbox: &Sandbox) -> usize {
    sandbox.world_json()["/policies/bindings/"]
        .as_array()
        .unwrap()
        .len()
}

/// Entitlements keep what is bound to them under another name.
#[tokio::test]
async fn what_has_a_name_below_its_owner_is_renamed_in_place() {
    let app = |name: &str| {
        format!(
            "groups: {{g: {{}}}}\napplications: {{wiki: {{name: Wiki, entitlements: {{{name}: {{bindings: [{{group: g}}]}}}}}}}}\n"
        )
    };
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    applied(&bench, &app("write")).await;
    let id = |sandbox: &Sandbox| {
        sandbox.world_json()["/core/application_entitlements/"][0]["pbm_uuid"].clone()
    };
    let was = id(&sandbox);
    let renamed = "groups: {g: {}}\napplications: {web: {name: Wiki, previously: wiki, entitlements: \
                   {edit: {previously: [write, old], bindings: [{group: g}]}}}}\n";
    let planned = applied(&bench, renamed).await;
    assert!(
        planned
            .plan()
            .steps
            .iter()
            .all(|step| step.action == Action::Rename),
        "{}",
        planned.text()
    );
    assert_eq!(planned.plan().steps.len(), 2, "{}", planned.text());
    assert_eq!(id(&sandbox), was);
    // A name that is taken is refused.
    let both =
        "groups: {g: {}}\napplications: {web: {name: Wiki, entitlements: {edit: {}, read: {}}}}\n";
    applied(&bench, both).await;
    let taken = "groups: {g: {}}\napplications: {web: {name: Wiki, entitlements: {read: {previously: edit}}}}\n";
    let refused = bench.plan(&State::of(taken)).await;
    assert!(
        refused.reported().contains("error[AKR0210]"),
        "{}",
        refused.reported()
    );
}

//! How many requests a plan and an apply take, on worlds large enough for it to matter.

use akrec::access::World;
use akrec::sandbox::Sandbox;
use akrec::{plan, read};
use serde_json::{Value, json};

use crate::support::releases::usual;
use crate::support::{self, Bench, State, count, poke};

fn groups(sandbox: &Sandbox, how_many: usize) {
    for n in 0..how_many {
        poke(
            sandbox,
            "POST",
            "/core/groups/",
            json!({"name": format!("group-{n:04}")}),
        );
    }
}

/// The requests since the journal was cleared.
fn asked(sandbox: &Sandbox) -> Vec<String> {
    let journal = support::apart(&sandbox.journal()).0;
    journal
        .iter()
        .map(|entry| format!("{} {}?{}", entry.method, entry.path, entry.query))
        .collect()
}

async fn asking(sandbox: &Sandbox, bench: &Bench, yaml: &str) -> (usize, Vec<String>) {
    sandbox.clear_journal();
    let state = State::of(yaml);
    let planned = bench.plan(&state).await;
    planned.plan();
    let requests = asked(sandbox);
    (requests.len(), requests)
}

#[tokio::test]
async fn a_run_begins_with_two_questions() {
    let (sandbox, _) = Bench::sandbox(usual()).await;
    let paths: Vec<String> = sandbox
        .journal()
        .iter()
        .map(|entry| entry.path.clone())
        .collect();
    assert_eq!(paths.len(), 2, "{paths:?}");
    assert!(
        paths.contains(&"/admin/version/".to_owned())
            && paths.contains(&"/core/users/me/".to_owned())
    );
}

#[tokio::test]
async fn few_of_many_are_read_by_name() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    groups(&sandbox, 1_000);
    let (one, reported) = asking(&sandbox, &bench, "groups: {group-0777: {}}\n").await;
    assert_eq!(one, 1, "{reported:?}");
    // A page says how many objects there are; the three that are not on it are asked for by name.
    let (three, reported) = asking(
        &sandbox,
        &bench,
        "groups: {group-0777: {}, group-0888: {}, group-0999: {}}\n",
    )
    .await;
    assert!(three <= 4, "{reported:?}");
    let many: String = (0..1_000)
        .step_by(20)
        .map(|n| format!("  group-{n:04}: {{}}\n"))
        .collect();
    let (fifty, reported) = asking(&sandbox, &bench, &format!("groups:\n{many}")).await;
    assert!(fifty <= 11, "1,002 groups are eleven pages: {reported:?}");
    // As many questions as pages, however much is declared.
    let all: String = (0..1_000)
        .map(|n| format!("  group-{n:04}: {{}}\n"))
        .collect();
    let (all, reported) = asking(&sandbox, &bench, &format!("groups:\n{all}")).await;
    assert!(all <= 11, "{reported:?}");
}

#[tokio::test]
async fn bindings_of_many_applications_are_read_together() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    let staff = poke(&sandbox, "POST", "/core/groups/", json!({"name": "staff"}));
    for n in 0..120 {
        let body = json!({"name": format!("App {n}"), "slug": format!("app-{n:03}")});
        let app = poke(&sandbox, "POST", "/core/applications/", body);
        let binding = json!({"target": app["pk"], "group": staff["pk"], "order": 0});
        poke(&sandbox, "POST", "/policies/bindings/", binding);
    }
    let all: String = (0..120)
        .map(|n| format!("  app-{n:03}: {{bindings: [{{group: staff}}]}}\n"))
        .collect();
    let (requests, reported) = asking(&sandbox, &bench, &format!("applications:\n{all}")).await;
    // Two pages of applications, two of bindings, one group; and a page to decide between owners and pages.
    assert!(requests <= 6, "{requests}: {reported:#?}");
}

/// Who may open what is read for plans that can change it, and then only what the plan has not read whole.
#[tokio::test]
async fn access_is_read_where_it_can_change_and_no_list_twice() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    poke(&sandbox, "POST", "/core/groups/", json!({"name": "staff"}));
    let state = |floor: usize, first: &str| {
        let apps: String = (0..120)
            .map(|n| format!("  app-{n:03}: {{name: App, bindings: [{{group: staff}}]}}\n"))
            .collect();
        let apps = apps.replacen("{group: staff}", first, 1);
        State::of(&format!(
            "groups: {{staff: {{attributes: {{floor: {floor}}}}}}}\napplications:\n{apps}"
        ))
    };
    let first = bench.plan(&state(1, "{group: staff}")).await;
    assert!(plan::touches_access(&first.plan().steps));
    assert!(bench.apply(&first, 4).await.is_complete());
    let elsewhere = bench.plan(&state(2, "{group: staff}")).await;
    assert_eq!(elsewhere.plan().steps.len(), 1);
    assert!(!plan::touches_access(&elsewhere.plan().steps));
    let planned = bench.plan(&state(1, "{group: staff, negate: true}")).await;
    assert!(plan::touches_access(&planned.plan().steps));
    sandbox.clear_journal();
    let (again, diagnostics) =
        read::access(&bench.client, &bench.server, None, planned.live.as_ref())
            .await
            .unwrap();
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let asked = asked(&sandbox);
    assert!(
        !asked
            .iter()
            .any(|line| line.contains("/core/applications/") || line.contains("/bindings/")),
        "{asked:?}"
    );
    assert_eq!(asked.len(), 3, "users, groups and entitlements: {asked:?}");
    let (anew, _) = read::access(&bench.client, &bench.server, None, None)
        .await
        .unwrap();
    assert_eq!(World::of_live(&again), World::of_live(&anew));
}

#[tokio::test]
async fn an_apply_reads_once_what_it_changes_and_writes_what_differs() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    groups(&sandbox, 200);
    let state: String = (0..200)
        .map(|n| format!("  group-{n:04}: {{attributes: {{room: {}}}}}\n", n % 2))
        .collect();
    let state = State::of(&format!("groups:\n{state}  brand-new: {{}}\n"));
    let first = bench.plan(&state).await;
    assert!(bench.apply(&first, 4).await.is_complete());
    for n in 0..7 {
        let (_, found) = sandbox.poke(
            "GET",
            &format!("/core/groups/?name=group-{n:04}"),
            Value::Null,
        );
        let path = format!(
            "/core/groups/{}/",
            found["results"][0]["pk"].as_str().unwrap()
        );
        poke(&sandbox, "PATCH", &path, json!({"attributes": {"room": 9}}));
    }
    sandbox.clear_journal();
    let planned = bench.plan(&state).await;
    let (planning, none) = count(&sandbox);
    assert_eq!((planned.plan().steps.len(), none), (7, 0));
    assert_eq!(planning, 3, "{:?}", asked(&sandbox));
    sandbox.clear_journal();
    assert!(bench.apply(&planned, 4).await.is_complete());
    assert_eq!(count(&sandbox), (7, 7), "{:?}", asked(&sandbox));
    sandbox.clear_journal();
    assert!(bench.plan(&state).await.plan().is_empty());
    assert_eq!(count(&sandbox), (planning, 0));
}

/// Fingerprints stand in the list; reading a key or a certificate would leave an event in the audit log each time.
#[tokio::test]
async fn certificates_are_compared_without_reading_them_or_their_keys() {
    for release in support::RELEASES.iter().copied() {
        let (sandbox, bench) = Bench::sandbox(release).await;
        let pem =
            |der: &str| format!("-----BEGIN CERTIFICATE-----\\n{der}\\n-----END CERTIFICATE-----");
        for (der, writes) in [
            ("MAMCAQE=", 2),
            ("MAMCAQE=", 0),
            ("MAMCAQI=", 1),
            ("MAMCAQI=", 0),
        ] {
            let certificate = pem(der);
            let mut state = State::of(&format!(
                "certificates: {{made: {{generate: {{validity_days: 9}}}}, \
                 mine: {{certificate_data: \"{certificate}\", key_data: !env KEY}}}}"
            ));
            state.env.insert(
                "KEY".into(),
                rcgen::KeyPair::generate().unwrap().serialize_pem(),
            );
            sandbox.clear_journal();
            let planned = bench.plan(&state).await;
            assert_eq!(count(&sandbox), (1, 0), "{release}: one page is read");
            assert!(bench.apply(&planned, 1).await.is_complete());
            let reported = asked(&sandbox);
            assert_eq!(count(&sandbox).1, writes, "{release}: {reported:?}");
            assert!(
                !reported
                    .iter()
                    .any(|line| line.contains("/view_") || line.contains("download")),
                "{reported:?}"
            );
        }
    }
}

/// What only the safety checks against lockouts need is asked for plans that may take something away, and for no
/// others.
#[tokio::test]
async fn only_what_may_lock_out_costs_more() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    groups(&sandbox, 3);
    for n in 0..2 {
        let body = json!({"username": format!("user-{n}"), "name": "U"});
        let user = poke(&sandbox, "POST", "/core/users/", body);
        let (_, found) = sandbox.poke(
            "GET",
            &format!("/core/groups/?name=group-000{n}"),
            Value::Null,
        );
        let path = format!(
            "/core/groups/{}/add_user/",
            found["results"][0]["pk"].as_str().unwrap()
        );
        poke(&sandbox, "POST", &path, json!({"pk": user["pk"]}));
    }
    // Members leave an ordinary group, a group is changed, a user is renamed, a flow gets a stage more.
    for (yaml, most) in [
        ("groups: {group-0000: {members: {exclude: [user-0]}}}\n", 2),
        (
            "groups: {group-0000: {attributes: {a: 1}}, group-0001: {}}\n",
            1,
        ),
        ("users: {user-0: {name: Other}}\n", 1),
        ("flows: {default-authentication-flow: {title: Hello}}\n", 1),
        ("brands: {authentik-default: {branding_title: Mine}}\n", 1),
    ] {
        let (asked, requests) = asking(&sandbox, &bench, yaml).await;
        assert!(asked <= most, "{yaml}: {requests:?}");
        assert!(
            !requests
                .iter()
                .any(|line| line.contains("is_superuser") || line.contains("default=true")),
            "{requests:?}"
        );
    }
    // Somebody leaves the group that administers: who else can is looked up, once.
    let (_, requests) = asking(
        &sandbox,
        &bench,
        "groups: {authentik Admins: {members: {include: [user-0]}}}\n",
    )
    .await;
    assert!(
        !requests.iter().any(|line| line.contains("is_superuser")),
        "{requests:?}"
    );
    sandbox.clear_journal();
    let planned = bench
        .plan(&State::of(
            "groups: {authentik Admins: {members: {exclude: [akadmin]}}}\n",
        ))
        .await;
    let requests = asked(&sandbox);
    assert_eq!(
        requests
            .iter()
            .filter(|line| line.contains("is_superuser=true"))
            .count(),
        1,
        "{requests:?}"
    );
    assert!(
        planned.reported().contains("error[AKR0607]")
            && planned.reported().contains("error[AKR0608]"),
        "{}",
        planned.reported()
    );
}

/// The requests of a journal that are about lists, and all others.
fn lists(report: &[String]) -> (usize, usize) {
    let is_list = |line: &&String| line.starts_with("GET ") && line.contains("page=");
    let lists = report.iter().filter(is_list).count();
    (lists, report.len() - lists)
}

/// So many OAuth2 applications with their providers and a group each, bound to them.
fn signed_on(how_many: usize) -> State {
    let (mut groups, mut providers, mut applications) =
        (String::new(), String::new(), String::new());
    for n in 0..how_many {
        groups.push_str(&format!("  crew-{n:03}: {{}}\n"));
        providers.push_str(&format!(
            "  oidc-{n:03}: {{type: oauth2, client_type: public, redirect_uris: [https://a{n}.example/cb], \
             authorization_flow: default-provider-authorization-implicit-consent, \
             invalidation_flow: default-provider-invalidation-flow}}\n"
        ));
        applications.push_str(&format!(
            "  app-{n:03}: {{name: App {n}, provider: oidc-{n:03}, bindings: [{{group: crew-{n:03}}}]}}\n"
        ));
    }
    State::of(&format!(
        "groups:\n{groups}providers:\n{providers}applications:\n{applications}"
    ))
}

fn unlimited() -> plan::Limits {
    plan::Limits {
        deletes: None,
        delete_share: None,
        removals: Default::default(),
        changes: None,
    }
}

/// What refers to it, and its deletion: whatever else is read is read by the page.
#[tokio::test]
async fn a_deletion_takes_two_requests_and_its_share_of_pages() {
    for (how_many, absent, most) in [
        (100, false, 25),
        (100, true, 25),
        (250, false, 60),
        (3, false, 20),
    ] {
        let (sandbox, mut bench) = Bench::sandbox(usual()).await;
        bench.options.limits = unlimited();
        let made = bench.plan(&signed_on(how_many)).await;
        assert!(bench.apply(&made, 4).await.is_complete());
        let names = |start: &str| {
            (0..how_many)
                .map(|n| format!("{start}-{n:03}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let state = State::of(&match absent {
            true => format!(
                "absent: {{applications: [{}], providers: [{}], groups: [{}]}}\n",
                names("app"),
                names("oidc"),
                names("crew")
            ),
            false => "groups: {alone: {}}\n".to_owned(),
        });
        sandbox.clear_journal();
        let planned = bench.plan(&state).await;
        assert!(bench.apply(&planned, 4).await.is_complete());
        let reported = asked(&sandbox);
        let deleted = reported
            .iter()
            .filter(|line| line.starts_with("DELETE "))
            .count();
        assert_eq!(deleted, 3 * how_many, "{reported:#?}");
        let (pages, others) = lists(&reported);
        // Objects that are not deleted are created.
        let others = others - usize::from(!absent);
        // If there are few, the three mappings that the providers have are asked for one by one.
        let others = if how_many < 12 { others - 3 } else { others };
        assert!(
            others <= 2 * deleted,
            "{how_many}: {others} requests for {deleted} deletions: {reported:#?}"
        );
        assert!(pages <= most, "{how_many}: {pages} pages: {reported:#?}");
        let world = sandbox.world_json();
        assert_eq!(
            world["/providers/oauth2/"].as_array().map_or(0, Vec::len),
            0
        );
    }
}

/// Few of many are not worth the pages of all.
#[tokio::test]
async fn few_deletions_among_many_read_no_long_list() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    groups(&sandbox, 1_000);
    for (names, most) in [("group-0007", 4), ("group-0300, group-0900", 9)] {
        sandbox.clear_journal();
        let planned = bench
            .plan(&State::of(&format!("absent: {{groups: [{names}]}}\n")))
            .await;
        assert!(bench.apply(&planned, 4).await.is_complete());
        let lines: Vec<String> = asked(&sandbox)
            .into_iter()
            .filter(|line| line.contains("/core/groups/"))
            .collect();
        assert!(lines.len() <= most, "{lines:#?}");
    }
    // Where most of a long list goes, its pages are read and none of its objects.
    let names: Vec<String> = (0..1_000)
        .filter(|n| n % 3 != 0)
        .map(|n| format!("group-{n:04}"))
        .collect();
    sandbox.clear_journal();
    let mut bench = bench;
    bench.options.limits = unlimited();
    let planned = bench
        .plan(&State::of(&format!(
            "absent: {{groups: [{}]}}\n",
            names.join(", ")
        )))
        .await;
    assert!(bench.apply(&planned, 4).await.is_complete());
    let lines = asked(&sandbox);
    let deleted = lines
        .iter()
        .filter(|line| line.starts_with("DELETE "))
        .count();
    let (pages, others) = lists(&lines);
    assert_eq!(deleted, planned.plan().steps.len());
    assert!(others <= 2 * deleted, "{others} for {deleted}");
    assert!(
        pages <= 45,
        "{pages} pages of a list of ten, read by the plan and again: {lines:#?}"
    );
}

/// A page counts for a few seconds, and never for an object that somebody changed before it was read.
#[tokio::test]
async fn what_moved_is_not_deleted_on_the_word_of_a_page() {
    let (sandbox, bench) = Bench::sandbox(usual()).await;
    groups(&sandbox, 6);
    let id = |name: &str| {
        let (_, found) = sandbox.poke("GET", &format!("/core/groups/?name={name}"), Value::Null);
        found["results"][0]["pk"].as_str().unwrap().to_owned()
    };
    let state = State::of(
        "absent: {groups: [group-0000, group-0001, group-0002, group-0003, group-0004, group-0005]}\n",
    );
    let planned = bench.plan(&state).await;
    let (early, late) = (id("group-0001"), id("group-0005"));
    poke(
        &sandbox,
        "PATCH",
        &format!("/core/groups/{early}/"),
        json!({"is_superuser": true}),
    );
    // The first deletion takes longer than what the page said counts.
    let slow = std::sync::Once::new();
    sandbox.set_fault(move |_, entry| {
        let mut fault = None;
        if entry.method == "DELETE" && entry.path.starts_with("/core/groups/") {
            slow.call_once(|| {
                fault = Some(akrec::sandbox::Fault::Delay(
                    std::time::Duration::from_secs(6),
                ))
            });
        }
        fault
    });
    let meddle = async {
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        poke(
            &sandbox,
            "PATCH",
            &format!("/core/groups/{late}/"),
            json!({"is_superuser": true}),
        );
    };
    let (outcome, ()) = tokio::join!(bench.apply(&planned, 1), meddle);
    let left: Vec<bool> = ["0000", "0001", "0002", "0003", "0004", "0005"]
        .map(|n| {
            let (_, found) =
                sandbox.poke("GET", &format!("/core/groups/?name=group-{n}"), Value::Null);
            !found["results"].as_array().unwrap().is_empty()
        })
        .to_vec();
    assert_eq!(
        left,
        [false, true, false, false, false, true],
        "{outcome:?}"
    );
    let moved = outcome
        .statuses
        .iter()
        .filter(|status| matches!(status, plan::Status::Moved(_)))
        .count();
    assert_eq!(moved, 2, "{outcome:?}");
}

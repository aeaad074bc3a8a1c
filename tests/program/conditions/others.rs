//! Others at work: a second apply at the same time, and people who rename, delete and change the same objects between the plan and
//! the apply and in the middle of it. Each time the next plan but one is empty at the latest.

use serde_json::{Value, json};

use super::proxy::{Proxy, Turn};
use super::site::{Site, on};
use crate::cli::support::{Home, finish};

const STATE: &str = "
users:
  '%ada': {name: Ada}
  '%bo': {name: Bo}
groups:
  '%staff': {members: ['%ada'], attributes: {floor: 1}}
  '%crew': {members: {include: ['%ada']}}
  '%night': {}
applications:
  '%wiki':
    name: Wiki
    meta_launch_url: https://wiki.example.org
    bindings: [{group: '%staff'}, {group: '%night', order: 1}]
";

const APPLY: &str = "apply --auto-approve --no-rollback --max-deletes 100%";

fn changed() -> String {
    STATE
        .replace("floor: 1", "floor: 2")
        .replace("{name: Bo}", "{name: Bo B}")
        .replace("name: Wiki", "name: The wiki")
        + "  '%shop': {name: Shop, meta_launch_url: 'https://shop.example.org', bindings: [{group: '%crew'}]}\n"
}

/// What somebody does behind akrec's back: renames a group, deletes another, lets somebody into a third, changes an application.
async fn meddle(site: &Site) {
    let id = async |name: &str| {
        site.group(name)
            .await
            .map(|group| group["pk"].as_str().unwrap().to_owned())
    };
    if let Some(crew) = id("%crew").await {
        let name = json!({"name": site.text("%gang")});
        site.admin
            .patch(&format!("/core/groups/{crew}/"), &name)
            .await
            .unwrap();
    }
    if let Some(night) = id("%night").await {
        site.admin
            .delete(&format!("/core/groups/{night}/"))
            .await
            .unwrap();
    }
    let bo = site
        .find("/core/users/", ("username", &site.text("%bo")))
        .await
        .unwrap()["pk"]
        .clone();
    let staff = id("%staff").await.unwrap();
    site.admin
        .post(
            &format!("/core/groups/{staff}/add_user/"),
            &json!({"pk": bo}),
        )
        .await
        .unwrap();
    let wiki = format!("/core/applications/{}/", site.text("%wiki"));
    site.admin
        .patch(
            &wiki,
            &json!({"name": "Somebody's wiki", "meta_publisher": "somebody"}),
        )
        .await
        .unwrap();
}

/// Applies until a plan is empty, three times at most; a run may stop halfway and say so.
async fn converges(site: &Site, home: &Home) {
    for _ in 0..2 {
        let ran = site.akrec(home, &site.token, APPLY).run().clean();
        assert!(matches!(ran.code, Some(0 | 9 | 10)), "{ran:?}");
        let plan = site
            .akrec(home, &site.token, "plan --detailed-exitcode")
            .run()
            .clean();
        if plan.code == Some(0) {
            return;
        }
    }
    site.applies(home);
}

async fn names(site: &Site, path: &str, key: &str) -> Vec<String> {
    let query = [
        ("ordering", key),
        ("search", &site.prefix),
        ("superuser_full_list", "true"),
    ];
    let found = site.admin.page(path, &query, 1).await.unwrap();
    let mut names: Vec<String> = found
        .results
        .iter()
        .map(|one| one[key].as_str().unwrap().replace(&site.prefix, "%"))
        .collect();
    names.sort();
    names
}

/// Two applies of one workspace at once: the second is refused and writes nothing, or waits if a flag says so and then
/// sees that its plan is out of date; nothing exists twice.
#[test]
fn two_applies_at_once() {
    on(async |site| {
        let home = site.home(STATE);
        let proxy = Proxy::start(
            &site.url,
            |_, _, writes| if writes == 4 { Turn::Hold } else { Turn::Pass },
        )
        .await;
        let args = format!("{APPLY} --parallelism 1");
        let first = site
            .akrec(&home, &site.token, &args)
            .env("AKREC_URL", &proxy.url)
            .start();
        let first = tokio::task::spawn_blocking(move || finish(first).clean());
        proxy.held().await;
        let before = names(site, "/core/groups/", "name").await;
        site.run(&home, &site.token, APPLY, 6)
            .says(&["another apply of the workspace", "is running"]);
        assert_eq!(
            names(site, "/core/groups/", "name").await,
            before,
            "the second one wrote nothing"
        );
        let waiting = site
            .akrec(&home, &site.token, &format!("{APPLY} --lock-timeout 60s"))
            .start();
        let waiting = tokio::task::spawn_blocking(move || finish(waiting).clean());
        // Long enough for it to have planned and to wait.
        tokio::time::sleep(std::time::Duration::from_secs(if site.real {
            20
        } else {
            2
        }))
        .await;
        proxy.go();
        first.await.unwrap().expect(0).says(&["Apply complete!"]);
        waiting.await.unwrap().expect(8).says(&[
            "another apply has finished since this plan was made",
            "nothing was written",
        ]);
        site.settled(&home);
        assert_eq!(
            names(site, "/core/groups/", "name").await,
            ["%crew", "%night", "%staff"]
        );
        let wiki = site
            .admin
            .get(&format!("/core/applications/{}/", site.text("%wiki")), &[])
            .await
            .unwrap();
        let query = [("ordering", "pk"), ("target", wiki["pk"].as_str().unwrap())];
        assert_eq!(
            site.admin
                .page("/policies/bindings/", &query, 1)
                .await
                .unwrap()
                .count,
            2
        );
    });
}

/// A saved plan is refused once somebody has changed what it rests on.
#[test]
fn people_change_what_a_saved_plan_rests_on() {
    on(async |site| {
        let home = site.home(STATE);
        site.applies(&home);
        home.write("state/main.yaml", site.text(&changed()));
        site.run(&home, &site.token, "plan -o plan.json", 0);
        meddle(site).await;
        site.run(
            &home,
            &site.token,
            "apply --auto-approve --no-rollback plan.json",
            8,
        );
        assert_eq!(
            names(site, "/core/applications/", "slug").await.len(),
            1,
            "nothing of it was written"
        );
        converges(site, &home).await;
        assert_eq!(
            names(site, "/core/groups/", "name").await,
            ["%crew", "%night", "%staff"]
        );
        assert_eq!(
            names(site, "/core/applications/", "slug").await,
            ["%shop", "%wiki"]
        );
    });
}

/// The same in the middle of an apply, at each of its writes in turn.
#[test]
fn people_change_things_in_the_middle_of_an_apply() {
    on(async |site| {
        let home = site.home(STATE);
        for at in [1, 2, 4] {
            home.write("state/main.yaml", site.text(STATE));
            converges(site, &home).await;
            home.write("state/main.yaml", site.text(&changed()));
            let hold = move |_: &str, _: &str, writes: usize| {
                if writes == at { Turn::Hold } else { Turn::Pass }
            };
            let proxy = Proxy::start(&site.url, hold).await;
            let run = site
                .akrec(&home, &site.token, &format!("{APPLY} --parallelism 1"))
                .env("AKREC_URL", &proxy.url);
            let child = run.start();
            let run = tokio::task::spawn_blocking(move || finish(child).clean());
            proxy.held().await;
            meddle(site).await;
            proxy.go();
            // Whatever it met, it says so: what it would have written over is left alone.
            let ran = run.await.unwrap();
            assert!(matches!(ran.code, Some(9 | 10)), "{ran:?}");
            converges(site, &home).await;
            assert_eq!(
                names(site, "/core/groups/", "name").await,
                ["%crew", "%night", "%staff"],
                "at {at}"
            );
            assert_eq!(
                names(site, "/core/applications/", "slug").await,
                ["%shop", "%wiki"],
                "at {at}"
            );
        }
    });
}

/// Somebody deletes the ledger in the middle: what the run did is written down all the same, and so is what was known before.
#[test]
fn a_ledger_that_is_deleted_in_the_middle_is_written_anew() {
    on(async |site| {
        let home = site.home(STATE);
        site.applies(&home);
        home.write("state/main.yaml", site.text(&changed()));
        let proxy = Proxy::start(
            &site.url,
            |_, _, writes| if writes == 3 { Turn::Hold } else { Turn::Pass },
        )
        .await;
        let child = site
            .akrec(&home, &site.token, APPLY)
            .env("AKREC_URL", &proxy.url)
            .start();
        let run = tokio::task::spawn_blocking(move || finish(child).clean());
        proxy.held().await;
        let name = format!("akrec: {}x", site.prefix);
        let ledger = site
            .find("/managed/blueprints/", ("name", &name))
            .await
            .unwrap();
        site.admin
            .delete(&format!(
                "/managed/blueprints/{}/",
                ledger["pk"].as_str().unwrap()
            ))
            .await
            .unwrap();
        proxy.go();
        run.await.unwrap().expect(0).says(&["Apply complete!"]);
        let anew = site
            .find("/managed/blueprints/", ("name", &name))
            .await
            .unwrap();
        assert_ne!(anew["pk"], ledger["pk"]);
        assert!(anew["context"].to_string().len() > 100, "{anew}");
        site.settled(&home);
        // What akrec made before and during that run is known as its own: it goes once the files no longer have it.
        home.write("state/main.yaml", "users: {}\n");
        site.run(&home, &site.token, &format!("{APPLY} --allow AKR0114"), 0)
            .says(&["0 added, 0 changed, 7 destroyed"]);
        assert_eq!(site.group("%staff").await, None::<Value>);
    });
}

//! `invite`: a link on standard output, warnings where it would do nothing, a list without links, and revoking.

use akrec::sandbox::{Fault, Sandbox};
use serde_json::{Value, json as raw};

use super::support::*;

const FLOWS: &str = "\
groups: {staff: {}}
flows:
  enrolment:
    name: Enrolment
    title: Enrolment
    designation: enrollment
    stages: [{stage: invited}, {stage: written}, {stage: signed-in, bindings: [{policy: invited-group}]}]
  idle:
    name: Idle
    title: Idle
    designation: enrollment
    stages: [{stage: invited}, {stage: written}]
  open: {name: Open, title: Open, designation: enrollment}
stages:
  invited: {type: invitation}
  written: {type: user_write}
  signed-in: {type: user_login}
policies:
  invited-group:
    type: expression
    expression: return bool(request.context['invitation'].fixed_data.get('group'))
";

async fn made() -> (Sandbox, Home) {
    let server = server().await;
    let home = Home::new(FLOWS);
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    (server, home)
}

fn invitations(server: &Sandbox) -> Vec<Value> {
    let all = server
        .poke(
            "GET",
            "/stages/invitation/invitations/?ordering=name",
            Value::Null,
        )
        .1;
    all["results"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_goes_to_standard_output_and_nowhere_else() {
    let (server, home) = made().await;
    let url = server.url();
    let args = "invite -vvv --flow enrolment --group staff --single-use --name sam --expires 2d --data email=a@example.org";
    let ran = home.against(&url, args).run().expect(0);
    let made = &invitations(&server)[0];
    let id = made["pk"].as_str().unwrap();
    assert_eq!(ran.out, format!("{url}/if/flow/enrolment/?itoken={id}\n"));
    assert!(!ran.err.contains(id), "{}", ran.err);
    assert!(
        ran.err
            .contains("Invitation sam to the flow enrolment is valid until "),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("warning"), "{}", ran.err);
    assert_eq!(
        made["fixed_data"],
        raw!({"group": "staff", "email": "a@example.org"})
    );
    assert_eq!(
        (&made["single_use"], &made["name"]),
        (&raw!(true), &raw!("sam"))
    );
    let ends: jiff::Timestamp = made["expires"].as_str().unwrap().parse().unwrap();
    let hours = (ends.as_second() - jiff::Timestamp::now().as_second()) / 3600;
    assert!((40..=48).contains(&hours), "{hours}");
    // As a document, for where people reach it.
    let args = "invite --flow enrolment --format json --public-url https://sso.example.org/";
    let ran = home.against(&url, args).run().expect(0);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let link = document["link"].as_str().unwrap();
    assert!(
        link.starts_with("https://sso.example.org/if/flow/enrolment/?itoken="),
        "{link}"
    );
    assert!(
        document["name"]
            .as_str()
            .unwrap()
            .starts_with("enrolment-2"),
        "{document}"
    );
    // A list has no link.
    for args in [
        "invite --list -vvv",
        "invite --list --format json",
        "invite --list --flow enrolment",
    ] {
        let ran = home
            .against(&url, args)
            .run()
            .expect(0)
            .says(&["sam", "enrolment", "staff"]);
        for made in invitations(&server) {
            let id = made["pk"].as_str().unwrap();
            assert!(!ran.out.contains(id) && !ran.err.contains(id), "{ran:?}");
        }
    }
    assert!(
        !home
            .against(&url, "invite --list --flow idle")
            .run()
            .expect(0)
            .out
            .contains("sam")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_would_do_nothing_is_warned_of() {
    let (server, home) = made().await;
    let url = server.url();
    for (args, says) in [
        (
            "--flow open",
            &[
                "warning[AKR0322]",
                "the flow \"open\" does not accept invitations",
            ][..],
        ),
        (
            "--flow idle --group staff",
            &[
                "warning[AKR0323]",
                "uses \"group\" of the invitation's data",
            ],
        ),
    ] {
        let ran = home
            .against(&url, &format!("invite {args}"))
            .run()
            .expect(0)
            .says(says);
        assert!(ran.out.contains("?itoken="), "{}", ran.out);
    }
    let ran = home.against(&url, "invite --flow idle").run().expect(0);
    assert!(
        !ran.err.contains("warning"),
        "without a group there is nothing to use: {}",
        ran.err
    );
    server.set_fault(|_, entry| {
        (entry.path == "/policies/bindings/")
            .then(|| Fault::Status(403, raw!({"detail": "no permission"})))
    });
    let ran = home
        .against(&url, "invite --flow enrolment --group staff")
        .run()
        .expect(0);
    ran.says(&[
        "warning[AKR0407]",
        "whether the flow \"enrolment\" uses the invitation is not known",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_makes_nothing() {
    let (server, home) = made().await;
    let url = server.url();
    for (args, says) in [
        ("--flow enrolmnt", "did you mean \"enrolment\"?"),
        ("--flow enrolment --group stafff", "did you mean \"staff\"?"),
        ("--flow enrolment --name sam!", "letters, digits"),
        (
            "--flow enrolment --group staff --data group=x",
            "\"group\" twice",
        ),
        ("--flow enrolment --data groups=staff", "use --group"),
        ("--flow enrolment --expires 7", "such as 12h or 7d"),
        ("--flow enrolment --expires 0d", "longer than zero"),
        ("--flow enrolment --data x", "a name, `=`"),
        ("--list --single-use", "cannot be used with"),
        ("", "--flow"),
        ("--revoke sam", "there is no such invitation"),
    ] {
        let ran = home
            .against(&url, &format!("invite {args}"))
            .run()
            .expect(3)
            .says(&[says]);
        assert_eq!(ran.out, "", "{args}");
    }
    assert_eq!(invitations(&server).len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoking_ends_a_link_and_never_shows_it() {
    let (server, home) = made().await;
    let url = server.url();
    for args in [
        "--flow enrolment --name sam",
        "--flow idle --name sam",
        "--flow idle --name ann",
    ] {
        home.against(&url, &format!("invite {args}"))
            .run()
            .expect(0);
    }
    let ids: Vec<String> = invitations(&server)
        .iter()
        .map(|it| it["pk"].as_str().unwrap().to_owned())
        .collect();
    let silent = |ran: &Ran| {
        for id in &ids {
            assert!(!ran.out.contains(id) && !ran.err.contains(id), "{ran:?}");
        }
    };
    home.against(&url, "invite --revoke anne")
        .run()
        .expect(3)
        .says(&["did you mean \"ann\"?"]);
    home.against(&url, "invite --revoke sam")
        .run()
        .expect(3)
        .says(&["2 invitations have this name", "--flow"]);
    // A server that refuses and quotes the path.
    server.set_fault(|_, entry| {
        let quoted = format!("no permission for {}", entry.path);
        (entry.method == "DELETE").then(|| Fault::Status(403, raw!({ "detail": quoted })))
    });
    let ran = home
        .against(&url, "invite -vvv --revoke ann")
        .run()
        .expect(4)
        .says(&["(sensitive value)"]);
    silent(&ran);
    server.clear_fault();
    let ran = home
        .against(&url, "invite -vvv --revoke ann")
        .run()
        .expect(0)
        .says(&["Invitation ann is revoked"]);
    silent(&ran);
    let ran = home
        .against(&url, "invite --revoke sam --flow idle")
        .run()
        .expect(0);
    silent(&ran);
    let left = invitations(&server);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["flow_obj"]["slug"], "enrolment");
}

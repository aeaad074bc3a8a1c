//! Temporary smoke test.
use akrec::{apply, client, desired, diag, plan, read, report, sandbox};
use std::time::Duration;

async fn run(case: &str, release: &str) {
    let sb = sandbox::start(sandbox::Options::new(release)).await.unwrap();
    let settings = client::Settings {
        url: sb.url(),
        token: sb.admin_token().to_owned().into(),
        ca_cert: None,
        insecure_skip_tls_verify: false,
        headers: vec![],
        timeout: Duration::from_secs(10),
        retries: 0,
        parallelism: 4,
        user_agent: "akrec/test".into(),
    };
    let client = client::Client::new(settings).unwrap();
    let (server, _) = read::server(&client).await.unwrap();
    for round in 0..2 {
        let mut sources = diag::Sources::default();
        let inputs = desired::Inputs {
            state_dir: format!("tests/cases/{case}/state").into(),
            env: &|name| Some(format!("value-of-{name}")),
            vars: Default::default(),
            allow_outside: false,
        };
        let s = desired::Settings {
            release: Some(server.release),
            allow_unknown: false,
            today: jiff::civil::date(2026, 11, 22),
        };
        let (d, mut diags) = desired::load(&inputs, None, &s, &mut sources);
        sb.clear_journal();
        let (live, more) = read::live(&client, &server, &d).await.unwrap();
        diags.extend(more);
        let reads = sb.journal();
        let (p, more) = plan::plan(&d, &live, &plan::Options::default());
        diags.extend(more);
        println!("{}", report::diagnostics::text(&diags, &sources, false, 20));
        println!("round {round}: {} reads", reads.len());
        for e in &reads {
            println!("  {} {}?{}", e.method, e.path, e.query);
        }
        let p = p.expect("a plan");
        for st in &p.steps {
            println!(
                "  {:?} {} needs {:?} {:?}",
                st.action,
                st.address,
                st.needs,
                st.changes.iter().map(|c| c.field).collect::<Vec<_>>()
            );
            if round == 1 {
                println!("     {:?}", st.changes);
            }
        }
        if round == 1 {
            assert!(p.is_empty());
            break;
        }
        let (_tx, rx) = tokio::sync::watch::channel(false);
        let out = apply::run(
            &p,
            &client,
            &server,
            &live,
            apply::Options { parallelism: 4, stop_on_error: false },
            rx,
            |_| {},
        )
        .await;
        for (st, o) in p.steps.iter().zip(&out.statuses) {
            if !matches!(o, plan::Status::Done) {
                println!("{} -> {:?}", st.address, o);
            }
        }
        assert!(out.is_complete());
    }
}

#[tokio::test]
async fn a() {
    run("010-homelab-access", "2026.2").await
}
#[tokio::test]
async fn b() {
    run("020-homelab-flows", "2026.2").await
}
#[tokio::test]
async fn a_old() {
    run("010-homelab-access", "2025.12").await
}
#[tokio::test]
async fn b_old() {
    run("020-homelab-flows", "2025.12").await
}

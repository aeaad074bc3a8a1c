//! The large cases from end to end, on every release: read, plan, apply against the sandbox, and nothing is left to do.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use akrec::desired::{self, Desired, Inputs};
use akrec::diag::{Diagnostic, Sources};
use akrec::live::Live;
use akrec::plan::{self, Plan};
use akrec::{apply, client, read, report, sandbox};

struct Run {
    sandbox: sandbox::Sandbox,
    client: client::Client,
    server: read::Server,
    case: &'static str,
}

impl Run {
    async fn start(case: &'static str, release: &str) -> Run {
        let sandbox = sandbox::start(sandbox::Options::new(release)).await.unwrap();
        let client = client::Client::new(client::Settings {
            url: sandbox.url(),
            token: sandbox.admin_token().to_owned().into(),
            ca_cert: None,
            insecure_skip_tls_verify: false,
            headers: vec![],
            timeout: Duration::from_secs(10),
            retries: 0,
            parallelism: 4,
            user_agent: "akrec/test".into(),
        })
        .unwrap();
        let (server, _) = read::server(&client).await.unwrap();
        Run { sandbox, client, server, case }
    }

    fn desired(&self) -> Desired {
        let inputs = Inputs {
            state_dir: format!("{}/tests/cases/{}/state", env!("CARGO_MANIFEST_DIR"), self.case).into(),
            env: &|name| Some(format!("value-of-{name}")),
            vars: Default::default(),
            allow_outside: false,
        };
        let settings = desired::Settings {
            release: Some(self.server.release),
            allow_unknown: false,
            today: jiff::civil::date(2026, 11, 22),
        };
        let mut sources = Sources::default();
        let (desired, problems) = desired::load(&inputs, None, &settings, &mut sources);
        let text = report::diagnostics::text(&problems, &sources, false, 20);
        assert!(!problems.iter().any(Diagnostic::is_error), "{text}");
        desired
    }

    async fn plan(&self) -> (Plan, Live) {
        let desired = self.desired();
        let (live, odd) = read::live(&self.client, &self.server, &desired).await.unwrap();
        assert_eq!(odd, Vec::new());
        let (plan, diagnostics) = plan::plan(&desired, &live, &plan::Options::default());
        let text = report::diagnostics::short(&diagnostics, &Sources::default());
        (plan.unwrap_or_else(|| panic!("no plan:\n{text}")), live)
    }
}

async fn settles(case: &'static str, release: &str) {
    let run = Run::start(case, release).await;
    let (plan, live) = run.plan().await;
    assert!(!plan.is_empty());
    let (_stop, never) = tokio::sync::watch::channel(false);
    let options = apply::Options { parallelism: 4, stop_on_error: false };
    let outcome = apply::run(&plan, &run.client, &run.server, &live, options, never, |_| {}).await;
    assert!(outcome.is_complete(), "{release}: {outcome:#?}");
    run.sandbox.clear_journal();
    let (again, _) = run.plan().await;
    let left: Vec<String> = again.steps.iter().map(|step| format!("{} {:?}", step.address, step.changes)).collect();
    assert_eq!(left, Vec::<String>::new(), "{release}: a second plan");
    assert!(run.sandbox.journal().iter().all(|entry| entry.method == "GET"), "{release}: planning only reads");
}

#[tokio::test]
async fn access_of_a_homelab() {
    for release in ["2025.10", "2025.12", "2026.2"] {
        settles("010-homelab-access", release).await;
    }
}

#[tokio::test]
async fn flows_of_a_homelab() {
    for release in ["2025.10", "2025.12", "2026.2"] {
        settles("020-homelab-flows", release).await;
    }
}

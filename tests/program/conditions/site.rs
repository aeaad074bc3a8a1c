//! The server that a test runs on: a real one or a sandbox, a superuser's client for it, accounts and tokens of their own.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use akrec::client::Client;
use akrec::sandbox::{self, Sandbox};
use akrec::schema::Release;
use serde_json::{Value, json};

use crate::cli::support::{Akrec, Home, Ran};
use crate::support::client;
use crate::support::described::Described;
use crate::support::leftovers::{prefix, remove};
use crate::support::releases::usual;

/// A server with a prefix for everything that one test makes on it.
pub struct Site {
    pub url: String,
    /// A superuser's.
    pub token: String,
    pub prefix: String,
    pub admin: Client,
    /// Another process or machine plays the server.
    pub real: bool,
    /// What release the server says it is.
    pub release: Release,
    /// The descriptions in the schema of a real server.
    described: Option<Described>,
    _sandbox: Option<Sandbox>,
}

/// Somebody with a token.
pub struct Account {
    pub pk: Value,
    pub username: String,
    pub key: String,
}

/// Held by the tests that use a server, and by one that restarts it alone.
static SERVER: RwLock<()> = RwLock::new(());

/// Runs a test on the server and removes what it leaves.
pub fn on(test: impl AsyncFnOnce(&Site)) {
    let _held = SERVER.read().unwrap_or_else(PoisonError::into_inner);
    used(test);
}

/// The same while no other test uses the server: for a test that stops it.
pub fn alone_on(test: impl AsyncFnOnce(&Site)) {
    let _held = SERVER.write().unwrap_or_else(PoisonError::into_inner);
    used(test);
}

fn used(test: impl AsyncFnOnce(&Site)) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().unwrap();
    let site = runtime.block_on(Site::start());
    let ended = catch_unwind(AssertUnwindSafe(|| runtime.block_on(test(&site))));
    runtime.block_on(remove(&site.admin, &site.prefix));
    if let Err(panic) = ended {
        resume_unwind(panic);
    }
}

impl Site {
    async fn start() -> Site {
        let named = |name| std::env::var(name).ok();
        let (url, token, sandbox) = match (named("AKREC_TEST_URL"), named("AKREC_TEST_TOKEN")) {
            (Some(url), Some(token)) => (url, token, None),
            _ => {
                let sandbox = sandbox::start(sandbox::Options::new(usual()))
                    .await
                    .unwrap();
                (
                    sandbox.url(),
                    sandbox.admin_token().to_owned(),
                    Some(sandbox),
                )
            }
        };
        let admin = client(&url, &token, 4);
        let release = Release::parse(&admin.version().await.unwrap()).unwrap();
        let described = match sandbox {
            Some(_) => None,
            None => Some(Described::at(&admin).await),
        };
        Site {
            url,
            token,
            prefix: prefix(),
            admin,
            real: sandbox.is_none(),
            release,
            described,
            _sandbox: sandbox,
        }
    }

    /// The prefix in place of every `%`.
    pub fn text(&self, text: &str) -> String {
        text.replace('%', &self.prefix)
    }

    /// A directory with a state, of a workspace of its own. The state says only words that the server knows.
    pub fn home(&self, state: &str) -> Home {
        let state = match &self.described {
            Some(described) => described.text_with_words(self.release, state),
            None => state.to_owned(),
        };
        let home = Home::new(&self.text(&state));
        home.write("akrec.yaml", format!("workspace: {}x\n", self.prefix));
        home
    }

    /// The program with a token; no output may hold that.
    pub fn akrec(&self, home: &Home, token: &str, args: &str) -> Akrec {
        home.akrec(args)
            .env("AKREC_URL", &self.url)
            .env("AKREC_TOKEN", token)
    }

    /// Runs the program with a token and takes how it ends.
    #[track_caller]
    pub fn run(&self, home: &Home, token: &str, args: &str, code: i32) -> Ran {
        let ran = self.akrec(home, token, args).run().expect(code);
        assert!(
            !ran.out.contains(token) && !ran.err.contains(token),
            "{ran:?}"
        );
        ran
    }

    /// A superuser applies, and nothing is left to do.
    #[track_caller]
    pub fn applies(&self, home: &Home) -> Ran {
        let ran = self.run(home, &self.token, "apply --auto-approve --no-rollback", 0);
        self.settled(home);
        ran
    }

    /// The plan is empty.
    #[track_caller]
    pub fn settled(&self, home: &Home) {
        self.run(home, &self.token, "plan --detailed-exitcode", 0);
    }

    /// The first object that a list with a filter finds.
    pub async fn find(&self, path: &str, filter: (&str, &str)) -> Option<Value> {
        let page = self
            .admin
            .page(path, &[("ordering", "pk"), filter], 1)
            .await
            .unwrap();
        page.results.into_iter().next()
    }

    /// A group by the end of its name.
    pub async fn group(&self, name: &str) -> Option<Value> {
        self.find("/core/groups/", ("name", &self.text(name))).await
    }

    /// A role of some permissions on all objects.
    pub async fn role(&self, name: &str, permissions: &[&str]) -> Value {
        let role = self
            .admin
            .post("/rbac/roles/", &json!({"name": self.text(name)}))
            .await
            .unwrap();
        let path = format!(
            "/rbac/permissions/assigned_by_roles/{}/assign/",
            role["pk"].as_str().unwrap()
        );
        self.admin
            .post(&path, &json!({"permissions": permissions}))
            .await
            .unwrap();
        role["pk"].clone()
    }

    /// A service account in these groups, and in one more that has these roles; and its token.
    pub async fn account(&self, name: &str, groups: &[&str], roles: &[Value]) -> Account {
        let mut ids = Vec::new();
        for group in groups {
            ids.push(self.find("/core/groups/", ("name", group)).await.unwrap()["pk"].clone());
        }
        let username = self.text(name);
        if !roles.is_empty() {
            let body = json!({"name": format!("{username}-roles"), "roles": roles});
            ids.push(self.admin.post("/core/groups/", &body).await.unwrap()["pk"].clone());
        }
        let body = json!({
            "username": username, "name": "An account of a test", "type": "service_account", "groups": ids,
        });
        let user = self.admin.post("/core/users/", &body).await.unwrap();
        let key = self.key_of(&username, &user["pk"]).await;
        Account {
            pk: user["pk"].clone(),
            username,
            key,
        }
    }

    /// A token that does not end, and its key.
    async fn key_of(&self, identifier: &str, user: &Value) -> String {
        let body =
            json!({"identifier": identifier, "intent": "api", "user": user, "expiring": false});
        self.admin.post("/core/tokens/", &body).await.unwrap();
        let key = self
            .admin
            .get(&format!("/core/tokens/{identifier}/view_key/"), &[])
            .await
            .unwrap();
        key["key"].as_str().unwrap().to_owned()
    }

    /// A client with another name for itself.
    pub fn client(&self, token: &str, agent: &str) -> Client {
        Client::new(akrec::client::Settings {
            url: self.url.clone(),
            credentials: secrecy::SecretString::from(token.to_owned()).into(),
            headers: Vec::new(),
            ca_cert: None,
            insecure_skip_tls_verify: false,
            timeout: Duration::from_secs(120),
            retries: 4,
            parallelism: 4,
            user_agent: agent.to_owned(),
            max_answers: akrec::budget::ANSWERS.most,
        })
        .unwrap()
    }
}

//! From an empty hand to a running installation and back, against a real server.
//!
//! With `AKREC_TEST_URL` and `AKREC_TEST_TOKEN` set it runs there, otherwise on a sandbox of every release. It makes only
//! objects whose names begin with `akrec-test-` and a number of its own, refers to nothing else, and removes them at the
//! end, whatever happens in between. It uses nothing but the HTTP API.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use akrec::plan::{Action, Limit};
use akrec::sandbox::{self, Sandbox};

use crate::support::described::Described;
use crate::support::leftovers::{prefix, remove};
use crate::support::{Bench, Planned, RELEASES, State, client};

/// `%` stands for the prefix.
const FIRST: &str = "
users:
  '%ada': {name: Ada Test, email: ada@example.org, attributes: {room: 2}}
  '%bo': {name: Bo Test}
  '%robot': {name: Robot, type: service_account}
groups:
  '%crew': {members: ['%ada', '%bo'], attributes: {colour: red}}
  '%guests': {members: {include: ['%bo']}}
tokens:
  '%robot-api': {user: '%robot', intent: api, expiring: false}
defaults:
  providers.oauth2: {authorization_flow: '%consent', invalidation_flow: '%leave'}
  providers.proxy: {authorization_flow: '%consent', invalidation_flow: '%leave', mode: forward_single}
flows:
  '%consent': {name: Consent, title: Consent, designation: authorization}
  '%leave': {name: Leave, title: Leave, designation: invalidation}
  '%join':
    name: Join
    title: Join
    designation: enrollment
    stages:
      - stage: '%join-invitation'
      - stage: '%join-questions'
      - stage: '%join-write'
      - {stage: '%join-login', bindings: [{policy: '%always'}]}
stages:
  '%join-invitation': {type: invitation}
  '%join-questions': {type: prompt, fields: ['%username', '%name']}
  '%join-write': {type: user_write, create_users_group: '%guests', user_creation_mode: always_create}
  '%join-login': {type: user_login, session_duration: hours=8}
prompts:
  '%username': {field_key: username, label: Name, type: username}
  '%name': {field_key: name, label: Full name, type: text, order: 1}
invitations:
  '%for-ravi': {flow: '%join', single_use: true, expires: 2030-01-31, fixed_data: {group: crew}}
policies:
  '%always': {type: expression, expression: return True}
  '%calm': {type: reputation, threshold: -5}
property_mappings:
  '%rooms': {type: scope, scope_name: '%rooms', expression: 'return {\"rooms\": []}'}
certificates:
  '%pair': {generate: {validity_days: 30}}
providers:
  '%wiki':
    type: oauth2
    client_id: '%wiki'
    client_secret: !env WIKI_SECRET
    signing_key: '%pair'
    property_mappings: ['%rooms']
    redirect_uris: [https://wiki.example.org/cb]
  '%lights': {type: proxy, external_host: 'https://lights.example.org', property_mappings: ['%rooms']}
applications:
  '%wiki':
    name: Wiki
    provider: '%wiki'
    bindings: [{group: '%crew'}, {policy: '%calm', order: 10}]
    entitlements: {edit: {bindings: [{group: '%crew'}]}}
  '%lights': {name: Lights, provider: '%lights', bindings: [{user: '%ada'}]}
outposts:
  '%edge': {type: proxy, providers: ['%lights'], config: {log_level: info}}
brands:
  '%house.example.org': {branding_title: House}
";

/// The changes of the first state, as replacements.
const CHANGES: &[(&str, &str)] = &[
    (
        "members: ['%ada', '%bo'], attributes: {colour: red}",
        "members: ['%ada'], attributes: {colour: blue, kept: yes}",
    ),
    ("email: ada@example.org", "email: ''"),
    (
        "redirect_uris: [https://wiki.example.org/cb]",
        "redirect_uris: [https://wiki.example.org/new]",
    ),
    (
        "bindings: [{group: '%crew'}, {policy: '%calm', order: 10}]",
        "bindings: [{group: '%guests', negate: true}]",
    ),
    (
        "stage: '%join-questions'",
        "{stage: '%join-questions', order: 15}",
    ),
    ("      - stage: '%join-write'\n", ""),
    ("order: 1}", "order: 5}"),
    ("expression: return True", "expression: return False"),
    ("log_level: info", "log_level: debug"),
    ("branding_title: House", "branding_title: The house"),
    (
        "entitlements: {edit: {bindings: [{group: '%crew'}]}}",
        "entitlements: {print: {bindings: [{group: '%crew'}]}}",
    ),
];

/// The changed state with other names for some objects, as replacements.
const RENAMES: &[(&str, &str)] = &[
    ("'%crew': {", "'%staff': {previously: '%crew', "),
    ("group: '%crew'", "group: '%staff'"),
    (
        "  '%wiki':\n    name: Wiki\n",
        "  '%pages':\n    previously: '%wiki'\n    name: Wiki\n",
    ),
    ("'%join':\n", "'%enrol':\n    previously: '%join'\n"),
    ("flow: '%join'", "flow: '%enrol'"),
    (
        "'%join-login': {",
        "'%enrol-login': {previously: '%join-login', ",
    ),
    ("stage: '%join-login'", "stage: '%enrol-login'"),
];

/// All of it, gone.
const GONE: &str = "
absent:
  applications: ['%pages', '%lights']
  outposts: ['%edge']
  brands: ['%house.example.org']
  invitations: ['%for-ravi']
  providers: ['%wiki', '%lights']
  flows: ['%enrol', '%consent', '%leave']
  stages: ['%join-invitation', '%join-questions', '%join-write', '%enrol-login']
  prompts: ['%username', '%name']
  policies: ['%always', '%calm']
  property_mappings: ['%rooms']
  tokens: ['%robot-api']
  groups: ['%staff', '%guests']
  users: ['%ada', '%bo', '%robot']
  certificates: ['%pair']
";

#[test]
fn a_whole_installation_there_and_back() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    match (
        std::env::var("AKREC_TEST_URL"),
        std::env::var("AKREC_TEST_TOKEN"),
    ) {
        (Ok(url), Ok(token)) => there_and_back(&runtime, &url, &token),
        _ => {
            for release in RELEASES.iter().copied() {
                let start = sandbox::start(sandbox::Options::new(release));
                let sandbox: Sandbox = runtime.block_on(start).unwrap();
                there_and_back(&runtime, &sandbox.url(), sandbox.admin_token());
            }
        }
    }
}

fn there_and_back(runtime: &tokio::runtime::Runtime, url: &str, token: &str) {
    let prefix = prefix();
    let result = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(run(url, token, &prefix))
    }));
    let left = runtime.block_on(remove(&client(url, token, 4), &prefix));
    if let Err(panic) = result {
        resume_unwind(panic);
    }
    assert!(
        left.is_empty(),
        "the state at the end should have removed {left:?}"
    );
}

async fn run(url: &str, token: &str, prefix: &str) {
    let mut bench = Bench::connect(url, token).await;
    let described = Described::by(&bench).await;
    // All of it is removed at the end.
    bench.options.flags.deletes = Some(Limit::Count(100));
    let changed = replaced(FIRST, CHANGES);
    let renamed = replaced(&changed, RENAMES);
    let create = applied(&bench, &described, prefix, FIRST).await;
    let actions: BTreeSet<Action> = create
        .plan()
        .steps
        .iter()
        .filter(|step| !step.second)
        .map(|step| step.action)
        .collect();
    assert_eq!(
        actions,
        BTreeSet::from([Action::Create]),
        "{}",
        create.text()
    );
    applied(&bench, &described, prefix, &changed).await;
    let rename = applied(&bench, &described, prefix, &renamed).await;
    assert!(
        rename
            .plan()
            .steps
            .iter()
            .all(|step| step.action == Action::Rename),
        "{}",
        rename.text()
    );
    assert_eq!(rename.plan().steps.len(), 4, "{}", rename.text());
    let delete = applied(&bench, &described, prefix, GONE).await;
    assert!(
        delete
            .plan()
            .steps
            .iter()
            .all(|step| step.action == Action::Delete),
        "{}",
        delete.text()
    );
}

/// A text with replacements; each must match.
fn replaced(text: &str, replacements: &[(&str, &str)]) -> String {
    replacements
        .iter()
        .fold(text.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        })
}

/// Plans and applies a state, and proves that a second plan is empty.
async fn applied(bench: &Bench, described: &Described, prefix: &str, text: &str) -> Planned {
    let text = described.text_with_words(bench.server.release, text);
    let state = State::of(&text.replace('%', prefix));
    let planned = bench.plan(&state).await;
    assert!(planned.diagnostics.is_empty(), "{}", planned.reported());
    assert!(!planned.plan().is_empty());
    let outcome = bench.apply(&planned, 4).await;
    let failed: Vec<_> = planned
        .plan()
        .steps
        .iter()
        .zip(&outcome.statuses)
        .filter(|(_, status)| !matches!(status, akrec::plan::Status::Done))
        .map(|(step, status)| format!("{}: {status:?}", step.address))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let again = bench.plan(&state).await;
    assert!(again.plan().is_empty(), "{}", again.text());
    planned
}

/// Everything that the states above declare can be distinguished from everything else on the server.
#[test]
fn every_name_has_the_prefix() {
    for text in [FIRST, GONE] {
        let state: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("  ") && line.contains("':"))
            .collect();
        assert!(
            state.iter().all(|line| line.trim_start().starts_with("'%")),
            "{state:?}"
        );
    }
}

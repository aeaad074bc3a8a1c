//! The cases on a real server: each is run there and on a sandbox of the same release, both through HTTP alone, and the
//! two must plan the same, do the same and leave the same. Then the server is put back to what it was.
//!
//! `AKREC_TEST_URL` and `AKREC_TEST_TOKEN` name the server: a fresh installation that nobody needs, since a case has the
//! names that it has. `AKREC_TEST_RESET` may be a command that makes it fresh again, for cases that delete what authentik
//! brought along. Without a server a second sandbox stands in for it, for a sample of the cases.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::path::Path;

use akrec::client::{Client, Part, segment};
use akrec::kinds::KINDS;
use akrec::plan::Status;
use akrec::sandbox;
use akrec::schema::{Kind, Release, SentTogether};
use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::case::{Case, filled, filled_path};
use super::names::Names;
use super::{cases, ledger, world, yaml};
use crate::support::described::Described;
use crate::support::releases::usual;
use crate::support::{Bench, Planned, State};

/// What cannot be on a server of this kind, by the beginning of the case's name.
const NOT: &[(&str, &str)] = &[
    (
        "020-",
        "asks Google, GitHub and Facebook for their settings; `tests/server/every_kind/rich.rs` runs it without",
    ),
    (
        "114-",
        "which of several equal bindings is the first is a matter of their ids",
    ),
    ("170-", "asks GitHub for its settings"),
    (
        "181-",
        "its certificates are made up, and a server reads them",
    ),
    ("183-", "its certificate is made up, and a server reads it"),
    ("184-", "its certificate is made up, and a server reads it"),
    ("300-", "asks for the settings of its source"),
    (
        "427-",
        "deletes a binding of a fresh installation, which nobody can make again with the same id",
    ),
    (
        "340-",
        "its licences are made up, and a server checks their signature",
    ),
];

/// Fields that describe a server and not a case: clocks, counters, addresses, and what an object says about another
/// one.
const DULL: &[&str] = &[
    "avatar",
    "uid",
    "user_uid",
    "num_pk",
    "last_updated",
    "date_joined",
    "last_login",
    "password_change_date",
    "last_applied",
    "last_applied_hash",
    "cert_expiry",
    "callback_url",
    "url",
    "verbose_name",
    "verbose_name_plural",
    // The sandbox leaves them empty, and nothing of akrec reads them.
    "themed_urls",
    "system_permissions",
    // Addresses of files, which the server signs.
    "meta_icon_url",
    "background_url",
    // Outposts in the server's words.
    "outpost_set",
];

/// Cases that a sandbox stands in for a server in.
const SAMPLE: [&str; 12] = [
    "010-", "102-", "110-", "120-", "124-", "160-", "190-", "220-", "330-", "605-a", "610-f",
    "700-",
];

/// A server, as it can be used from outside.
struct Side {
    bench: Bench,
    /// All there was at first, by collection; what names are known from.
    base: Value,
    /// The descriptions in the schema of a real server.
    described: Option<Described>,
}

impl Side {
    async fn at(url: &str, token: &str) -> Side {
        let bench = Bench::connect(url, token).await;
        let base = dump(&bench, None).await;
        Side {
            bench,
            base,
            described: None,
        }
    }

    async fn real(url: &str, token: &str) -> Side {
        let mut side = Side::at(url, token).await;
        side.described = Some(Described::by(&side.bench).await);
        side
    }

    /// Makes the world that a case begins with. Refuses what the server refuses.
    async fn prepare(&self, case: &Case) -> Result<(), String> {
        let mut names = Names::of(&self.base);
        self.poke(case, "live.yaml", &mut names).await?;
        if case.path.join("before").is_dir() {
            let planned = self.bench.plan(&case.state(case.path.join("before"))).await;
            let outcome = self.bench.apply(&planned, 1).await;
            if !outcome.is_complete() {
                return Err(format!("before: {}", failed(&planned, &outcome.statuses)));
            }
            names.learn(&dump(&self.bench, None).await);
            self.poke(case, "meanwhile.yaml", &mut names).await?;
        }
        Ok(())
    }

    async fn poke(&self, case: &Case, file: &str, names: &mut Names) -> Result<(), String> {
        let live = yaml::read(&case.path.join(file));
        for step in live
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
        {
            for (line, body) in step {
                let (method, path) = line.split_once(' ').expect("METHOD PATH");
                let body = filled("", body, path.starts_with("/policies/bindings/"), names);
                let filled = filled_path(path, names);
                let answer = self
                    .send(method, &filled, &body)
                    .await
                    .map_err(|why| format!("{line}: {why}"))?;
                if method == "POST" && answer.is_object() {
                    names.learn(&Value::Object(Map::from_iter([(filled, json!([answer]))])));
                }
            }
        }
        Ok(())
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let client = &self.bench.client;
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let sent = match method {
            "POST" if path == "/admin/file/" => {
                let file = Part::File("file", text("name"), text("file").as_bytes());
                client
                    .upload(path, &[Part::Text("name", text("name")), file])
                    .await
            }
            "POST" => client.post(path, body).await,
            "PATCH" => client.patch(path, body).await,
            "DELETE" => client.delete(path).await.map(|()| Value::Null),
            other => panic!("{other}"),
        };
        sent.map_err(|error| error.what())
    }
}

/// The objects that the server's API shows, by collection: of all kinds, or of some.
async fn dump(bench: &Bench, only: Option<&BTreeSet<&'static str>>) -> Value {
    let kinds = collections(bench.server.release)
        .filter(|kind| only.is_none_or(|only| only.contains(kind.path)));
    let lists = kinds.map(async |kind| {
        (
            kind.path.to_owned(),
            listed(&bench.client, kind).await.into(),
        )
    });
    Value::Object(join_all(lists).await.into_iter().collect())
}

fn collections(release: Release) -> impl Iterator<Item = &'static Kind> {
    KINDS
        .iter()
        .copied()
        .filter(move |kind| kind.is_in(release))
}

/// Everything of a kind; nothing where the server does not have the collection, as one between two releases.
async fn listed(client: &Client, kind: &'static Kind) -> Vec<Value> {
    let is_missing = |error: &akrec::client::Error| {
        matches!(
            error.kind,
            akrec::client::ErrorKind::Html { status: 404, .. }
        )
    };
    let reported = |error: akrec::client::Error| panic!("GET {}: {}", kind.path, error.what());
    if kind.is_singleton() {
        return vec![
            client
                .get(kind.path, kind.query)
                .await
                .unwrap_or_else(reported),
        ];
    }
    if kind.unpaginated {
        return client
            .array(kind.path, kind.query)
            .await
            .unwrap_or_else(|error| panic!("{}", error.what()));
    }
    let query: Vec<(&str, &str)> = [("ordering", kind.id)]
        .into_iter()
        .chain(kind.query.iter().copied())
        .collect();
    let first = match client.page(kind.path, &query, 1).await {
        Ok(first) => first,
        Err(error) if is_missing(&error) => return Vec::new(),
        Err(error) => panic!("{}", error.what()),
    };
    client
        .pages(kind.path, &query, first)
        .await
        .map(|listing| listing.rows)
        .unwrap_or_else(|error| panic!("{}", error.what()))
}

/// A world without values that say nothing about a case.
fn telling(world: &Value) -> Value {
    let reported = |object: &Value| -> Value {
        let fields = object.as_object().into_iter().flatten();
        let fields =
            fields.filter(|(name, _)| !DULL.contains(&name.as_str()) && !name.ends_with("_obj"));
        Value::Object(
            fields
                .map(|(name, value)| (name.clone(), timeless(value)))
                .collect(),
        )
    };
    let lists = world.as_object().into_iter().flatten();
    let lists = lists.map(|(base, all)| {
        (
            base.clone(),
            all.as_array().into_iter().flatten().map(reported).collect(),
        )
    });
    Value::Object(lists.collect())
}

/// The clock of a server is not that of the sandbox; a year later, a certificate ends.
fn timeless(value: &Value) -> Value {
    let now = jiff::Timestamp::now();
    let near = |time: jiff::Timestamp, days: i64| {
        (time.as_second() - now.as_second() - days * 86_400).abs() < 2 * 86_400
    };
    match value {
        Value::String(text) => match text.parse::<jiff::Timestamp>() {
            Ok(time) if near(time, 0) => "<now>".into(),
            Ok(time) if near(time, 365) => "<in a year>".into(),
            _ => value.clone(),
        },
        Value::Array(items) => items.iter().map(timeless).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), timeless(value)))
            .collect(),
        other => other.clone(),
    }
}

fn failed(planned: &Planned, statuses: &[Status]) -> String {
    let steps = planned.plan().steps.iter().zip(statuses);
    let bad = steps.filter(|(_, status)| !matches!(status, Status::Done));
    bad.map(|(step, status)| format!("\n  {:?} {}: {status:?}", step.action, step.address))
        .collect()
}

/// The result of a case on one of the two.
struct Done {
    /// Diagnostics and plan.
    plan: String,
    /// What failed; nothing, it is hoped.
    failed: String,
    /// The second plan, unless it is empty.
    again: String,
    /// The world before and after, without akrec's own records.
    worlds: [Value; 2],
    names: Names,
}

impl Done {
    async fn by(
        side: &mut Side,
        case: &Case,
        state: &State,
        touched: Option<&BTreeSet<&'static str>>,
    ) -> Done {
        side.bench.options.allow = case.allowed();
        let before = dump(&side.bench, touched).await;
        let planned = side.bench.plan(state).await;
        let found = planned.reported();
        let shown = planned.plan.as_ref().map(|_| planned.text());
        let plan = match (found.is_empty(), shown) {
            (true, Some(shown)) => shown,
            (false, Some(shown)) => format!("{}\n\n{shown}", found.trim_end()),
            (_, None) => found,
        };
        let names = Names::of(&side.base);
        let mut done = Done {
            plan,
            failed: String::new(),
            again: String::new(),
            worlds: [json!({}), json!({})],
            names,
        };
        if planned.diagnostics.iter().any(|found| found.is_error()) {
            return done;
        }
        let outcome = side.bench.apply(&planned, 1).await;
        if !outcome.is_complete() || !outcome.notes.is_empty() {
            done.failed = format!("{}{:?}", failed(&planned, &outcome.statuses), outcome.notes);
        }
        let again = side.bench.plan(state).await;
        if again.plan.as_ref().is_none_or(|plan| !plan.is_empty()) {
            done.again = again
                .plan
                .as_ref()
                .map_or_else(|| again.reported(), |_| again.text());
        }
        let after = dump(&side.bench, touched).await;
        done.names.learn(&before);
        done.names.learn(&after);
        done.worlds = [before, after].map(|world| ledger::without(&telling(&world)));
        done
    }

    /// The changes in some collections, in names. What one collection only shows of another is not reported.
    fn changed(&self, touched: &BTreeSet<&'static str>, described: Option<&Described>) -> String {
        let [before, after] = self.worlds.clone().map(|world| {
            let mut world = match world {
                Value::Object(lists) => lists
                    .into_iter()
                    .filter(|(path, _)| touched.contains(path.as_str()))
                    .collect(),
                other => other,
            };
            if let Some(described) = described {
                described.narrow(&mut world);
            }
            world
        });
        world::difference(&before, &after, &self.names)
    }

    /// Where another one did something else. How many fields a plan does not show is not compared if the server lacks some.
    fn differences(
        &self,
        sandbox: &Done,
        touched: &BTreeSet<&'static str>,
        release: Release,
        described: Option<&Described>,
    ) -> String {
        let mut report = String::new();
        let lacks = described.is_some_and(|described| {
            let mut kinds = KINDS.iter().filter(|kind| touched.contains(kind.path));
            kinds.any(|kind| described.lacks_fields(kind, release))
        });
        let shown = |plan: &str| {
            if lacks {
                uncounted(plan)
            } else {
                plan.to_owned()
            }
        };
        let worlds = [sandbox, self].map(|done| done.changed(touched, described));
        for (what, ours, theirs) in [
            ("the plan", shown(&sandbox.plan), shown(&self.plan)),
            ("what failed", sandbox.failed.clone(), self.failed.clone()),
            ("the second plan", shown(&sandbox.again), shown(&self.again)),
            ("the world afterwards", worlds[0].clone(), worlds[1].clone()),
        ] {
            if ours != theirs {
                let diff = similar::TextDiff::from_lines(ours.as_str(), theirs.as_str());
                let diff = diff
                    .unified_diff()
                    .context_radius(3)
                    .header("sandbox", "server")
                    .to_string();
                report.push_str(&format!("{what}:\n{diff}"));
            }
        }
        report
    }
}

/// A plan that does not say how many fields it hides.
fn uncounted(plan: &str) -> String {
    let lines = plan.lines().map(|line| match line.split_once("# (") {
        Some((start, rest)) if rest.ends_with(" hidden)") => {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{start}# (some{rest}\n")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// Removes what was not there at first, and gives back what has changed; reports what cannot be restored.
async fn put_back(side: &Side, touched: &BTreeSet<&'static str>) -> Vec<String> {
    let mut rest = touched.clone();
    let mut left = Vec::new();
    for _ in 0..4 {
        left.clear();
        let now = dump(&side.bench, Some(&rest)).await;
        for kind in
            collections(side.bench.server.release).filter(|kind| touched.contains(kind.path))
        {
            if !rest.contains(kind.path) {
                continue;
            }
            let [was, now] = [&side.base, &now].map(|world| world[kind.path].as_array().unwrap());
            let more = put_back_of(side, kind, was, now).await;
            if more.is_empty() {
                rest.remove(kind.path);
            }
            left.extend(more);
        }
        if left.is_empty() {
            return left;
        }
    }
    left
}

async fn put_back_of(
    side: &Side,
    kind: &'static Kind,
    was: &[Value],
    now: &[Value],
) -> Vec<String> {
    let client = &side.bench.client;
    let id = |object: &Value| match &object[kind.id] {
        Value::String(id) => id.clone(),
        other => other.to_string(),
    };
    let was: BTreeMap<String, &Value> = was.iter().map(|object| (id(object), object)).collect();
    let now: BTreeMap<String, &Value> = now.iter().map(|object| (id(object), object)).collect();
    let mut left = Vec::new();
    for new in now.keys().filter(|id| !was.contains_key(*id)) {
        left.push(format!("{} {new} is new", kind.path));
        drop(match kind.unpaginated {
            true => client.delete_named(kind.path, &[(kind.id, new)]).await,
            false => {
                client
                    .delete(&format!("{}{}/", kind.path, segment(new)))
                    .await
            }
        });
    }
    left.extend(
        was.keys()
            .filter(|id| !now.contains_key(*id))
            .map(|id| format!("{} {id} is gone", kind.path)),
    );
    for (id, was) in &was {
        let Some(now) = now.get(id) else { continue };
        let changed = kind.fields.iter().map(|field| field.name);
        let changed = changed.filter(|name| {
            !DULL.contains(name) && timeless(&sorted(&was[*name])) != timeless(&sorted(&now[*name]))
        });
        let fields: Map<String, Value> = changed
            .map(|name| (name.to_owned(), was[name].clone()))
            .collect();
        if fields.is_empty() {
            continue;
        }
        left.push(format!(
            "{} {id} has changed: {:?}",
            kind.path,
            fields.keys().collect::<Vec<_>>()
        ));
        // Values that the server requires beside the fields are sent, too.
        let mut body = fields.clone();
        for name in companions(kind, &fields) {
            body.entry(name).or_insert_with(|| was[name].clone());
        }
        let path = if kind.is_singleton() {
            kind.path.to_owned()
        } else {
            format!("{}{}/", kind.path, segment(id))
        };
        drop(client.patch(&path, &Value::Object(body)).await);
    }
    left
}

fn companions(kind: &'static Kind, changed: &Map<String, Value>) -> Vec<&'static str> {
    let beside =
        kind.sent_together
            .iter()
            .filter_map(|together| match together {
                SentTogether::WithEveryPatch(names)
                | SentTogether::WithEveryPatchEvenNull(names) => Some(*names),
                SentTogether::AllOrNone(names) => names
                    .iter()
                    .any(|name| changed.contains_key(*name))
                    .then_some(*names),
            });
    beside.flatten().copied().collect()
}

/// Lists of ids have no order.
fn sorted(value: &Value) -> Value {
    let Value::Array(items) = value else {
        return value.clone();
    };
    let mut items = items.clone();
    items.sort_by_key(Value::to_string);
    items.into()
}

/// Why a case cannot be run.
fn reason(case: &Case, name: &str, release: &str) -> Option<&'static str> {
    let not = NOT
        .iter()
        .find(|(start, _)| name.starts_with(start))
        .map(|(_, why)| *why);
    not.or_else(|| {
        case.has("facts")
            .then_some("its server has collections that no server has")
    })
    .or_else(|| case.has("licence").then_some("needs a license"))
    .or_else(|| {
        case.since()
            .is_some_and(|since| release < since.as_str())
            .then_some("is about what came later")
    })
}

/// Runs a case on both; reports how they differ, or why it cannot be run.
async fn run(side: &mut Side, case: &Case, release: &str) -> Result<(), String> {
    let fresh = sandbox::start(case.sandbox(release)).await.unwrap();
    let mut other = Side::at(&fresh.url(), fresh.admin_token()).await;
    let first = fresh.world_json();
    case.prepare(&fresh, &other.bench).await;
    let made = fresh.world_json();
    let as_written = case.path.join("state");
    let state = case.state(as_written.clone());
    // A server that lacks words of its release is told which it knows, and so is the sandbox.
    let state = match &side.described {
        Some(described) => described.with_words(side.bench.server.release, state),
        None => state,
    };
    let sandbox = Done::by(&mut other, case, &state, None).await;
    let touched = &touched(&first, &made) | &touched(&made, &fresh.world_json());
    let mut result = match side.prepare(case).await {
        Ok(()) => Done::by(side, case, &state, Some(&touched))
            .await
            .differences(
                &sandbox,
                &touched,
                side.bench.server.release,
                side.described.as_ref(),
            ),
        Err(refused) => format!("the server refuses what the case begins with: {refused}"),
    };
    let known = case.path.join(format!("plan.{release}.txt"));
    let known = if known.is_file() {
        known
    } else {
        case.path.join("plan.txt")
    };
    if case.releases.contains(&release)
        && state.dir == as_written
        && sandbox.plan != std::fs::read_to_string(&known).unwrap()
    {
        result.push_str(&format!(
            "the sandbox's plan is not that of {}\n",
            known.display()
        ));
    }
    fresh.stop().await;
    let left = put_back(side, &touched).await;
    if !left.is_empty() {
        match std::env::var("AKREC_TEST_RESET") {
            Ok(command) => {
                let status = std::process::Command::new("sh")
                    .args(["-c", &command])
                    .status()
                    .unwrap();
                assert!(status.success(), "{command}");
                side.base = dump(&side.bench, None).await;
            }
            Err(_) => {
                panic!(
                    "the server is not as it was, and AKREC_TEST_RESET is not set: {}\n{result}",
                    left.join("\n")
                )
            }
        }
    }
    if result.is_empty() {
        Ok(())
    } else {
        Err(result)
    }
}

/// The collections in which something differs, and those in which a server may do what the sandbox does not.
fn touched(before: &Value, after: &Value) -> BTreeSet<&'static str> {
    let paths = KINDS.iter().map(|kind| kind.path);
    let always = [
        "/managed/blueprints/",
        "/core/users/",
        "/core/groups/",
        "/core/tokens/",
        "/policies/bindings/",
        "/rbac/roles/",
    ];
    let mut touched: BTreeSet<_> = paths
        .filter(|path| always.contains(path) || before[*path] != after[*path])
        .collect();
    // Some lists show objects of other kinds too.
    let beside = KINDS
        .iter()
        .filter(|kind| touched.contains(kind.path))
        .filter_map(|kind| kind.also_listed_by);
    let beside: Vec<&str> = beside.collect();
    touched.extend(
        KINDS
            .iter()
            .filter(|kind| beside.contains(&kind.name))
            .map(|kind| kind.path),
    );
    touched
}

#[test]
fn cases_on_a_real_server() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let real = std::env::var("AKREC_TEST_URL")
        .ok()
        .zip(std::env::var("AKREC_TEST_TOKEN").ok());
    let (mut side, _stand_in) = match &real {
        Some((url, token)) => (runtime.block_on(Side::real(url, token)), None),
        None => {
            let stand_in = runtime
                .block_on(sandbox::start(sandbox::Options::new(usual())))
                .unwrap();
            (
                runtime.block_on(Side::at(&stand_in.url(), stand_in.admin_token())),
                Some(stand_in),
            )
        }
    };
    let release = side.bench.server.release.to_string();
    let only = std::env::var("AKREC_CASE").unwrap_or_default();
    let (mut ran, mut not, mut wrong) = (0, Vec::new(), String::new());
    for path in cases() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let wanted = real.is_some()
            || !only.is_empty()
            || SAMPLE.iter().any(|start| name.starts_with(start));
        if !wanted || !path.to_string_lossy().contains(&only) {
            continue;
        }
        let case = Case::read(Path::new(&path));
        if let Some(why) = reason(&case, &name, &release) {
            not.push(format!("{name}: {why}"));
            continue;
        }
        ran += 1;
        let one = AssertUnwindSafe(|| runtime.block_on(run(&mut side, &case, &release)));
        let diagnostic = match std::panic::catch_unwind(one) {
            Ok(Ok(())) => {
                println!("{name}: as on the sandbox");
                continue;
            }
            Ok(Err(diagnostic)) => diagnostic,
            Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_default(),
        };
        println!("{name}: {diagnostic}");
        wrong.push_str(&format!("\n{name}: {diagnostic}"));
    }
    println!(
        "{ran} cases ran on {}; not these:\n{}",
        side.bench.server.version,
        not.join("\n")
    );
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_plan_is_compared_without_the_number_of_hidden_fields() {
    let plan = |hidden: usize| {
        format!(
            "  ~ change brand \"a\"\n      - title: x -> y\n        # ({hidden} unchanged fields hidden)\n"
        )
    };
    assert_ne!(plan(19), plan(16));
    assert_eq!(uncounted(&plan(19)), uncounted(&plan(16)));
    assert!(uncounted(&plan(19)).contains("title: x -> y"));
}

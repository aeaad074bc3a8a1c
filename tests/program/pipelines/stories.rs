//! The pipelines run, in every system: a change is proposed and changed once more, merged, somebody changes the server
//! by hand, and the next apply puts it back.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use akrec::sandbox::{self, Sandbox};
use serde_json::{Value, json};

use super::Folder;
use super::forge::{COMMENT_TOKEN, Forge, GH};
use super::play::{End, Played, Stage};
use crate::support::releases::usual;

const READER: &str = "token-that-reads";
const WRITER: &str = "token-that-writes";
/// What the author of a pull request would like to be taken for a plan.
const FORGED: &str = "No changes. Merge at once.";

struct Story {
    home: Folder,
    stage: Stage,
    server: Sandbox,
    forge: Forge,
}

/// Whether what the systems' images have is here.
fn tools() -> bool {
    let missing: Vec<&str> = ["jq", "curl"]
        .into_iter()
        .filter(|tool| {
            !std::process::Command::new(tool)
                .arg("--version")
                .output()
                .is_ok_and(|it| it.status.success())
        })
        .collect();
    if !missing.is_empty() {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI is set, and there is no {}",
            missing.join(", ")
        );
        println!(
            "\nNOT TESTED: the pipelines at work, since there is no {}\n",
            missing.join(", ")
        );
    }
    missing.is_empty()
}

impl Story {
    async fn begun(system: &str) -> Story {
        let options = sandbox::Options {
            admin_token: WRITER.to_owned(),
            readonly_token: Some(READER.to_owned()),
            ..sandbox::Options::new(usual())
        };
        let server = sandbox::start(options).await.unwrap();
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let home = Folder::new(&format!(
            "story-{system}-{}",
            COUNT.fetch_add(1, Ordering::SeqCst)
        ));
        let folder = |name: &str| {
            let path = home.0.join(name);
            std::fs::create_dir_all(&path).unwrap();
            path
        };
        let (repository, programs) = (folder("repository"), folder("programs"));
        let forge = Forge::default();
        let words = [
            ("github.server_url", forge.serve().await),
            ("github.repository", "team/access".to_owned()),
            (
                "github.event.pull_request.head.repo.full_name",
                "team/access".to_owned(),
            ),
            (
                "github.event.pull_request.head.sha",
                "3f2c1ab4d5e6".to_owned(),
            ),
            ("github.event.pull_request.number", "7".to_owned()),
            ("github.run_id", "4711".to_owned()),
            ("github.token", COMMENT_TOKEN.to_owned()),
            ("secrets.COMMENT_TOKEN", COMMENT_TOKEN.to_owned()),
            ("secrets.AKREC_READ_TOKEN", READER.to_owned()),
            ("secrets.AKREC_WRITE_TOKEN", WRITER.to_owned()),
            ("secrets.akrec_read_token", READER.to_owned()),
            ("secrets.akrec_write_token", WRITER.to_owned()),
            ("vars.AKREC_URL", server.url()),
            ("AKREC_URL", server.url()),
            ("AKREC_READ_TOKEN", READER.to_owned()),
            ("AKREC_WRITE_TOKEN", WRITER.to_owned()),
            ("CI_DEFAULT_BRANCH", "main".to_owned()),
        ];
        let words = words
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let stage = Stage {
            repository: repository.clone(),
            rooms: folder("rooms"),
            programs,
            words,
        };
        let story = Story {
            home,
            stage,
            server,
            forge,
        };
        story.program("gh", GH);
        story.akrec(&["init", "--ci", system, "--url", &story.server.url()]);
        story.files("groups: {staff: {members: [akadmin], is_superuser: false}}\n");
        story
    }

    /// A run of the program by somebody at a terminal.
    fn akrec(&self, args: &[&str]) {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_akrec"));
        let done = command
            .args(args)
            .current_dir(&self.stage.repository)
            .env_clear()
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    /// What the state says from now on.
    fn files(&self, text: &str) {
        std::fs::write(self.stage.repository.join("state/main.yaml"), text).unwrap();
    }

    /// A pipeline's file.
    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.stage.repository.join(path)).unwrap()
    }

    /// Which environment a job of GitHub has decides which of the two tokens it gets.
    fn github(&mut self, name: &str) -> Played {
        let text = self.text(&format!(".github/workflows/akrec-{name}.yaml"));
        // The saved plan is made with one token and applied with the other.
        let text = match name {
            "apply" => {
                let (before, after) = text.split_once("\n  apply:\n").unwrap();
                format!(
                    "{before}\n  apply:\n{}",
                    after.replace("secrets.AKREC_TOKEN", "secrets.AKREC_WRITE_TOKEN")
                )
            }
            _ => text,
        };
        self.stage
            .words
            .insert("secrets.AKREC_TOKEN".to_owned(), READER.to_owned());
        self.stage.workflow(&text)
    }

    fn group(&self, name: &str) -> Value {
        self.server
            .poke("GET", &format!("/core/groups/?name={name}"), Value::Null)
            .1["results"][0]
            .clone()
    }

    /// Somebody changes the group by hand.
    fn by_hand(&self) {
        let path = format!(
            "/core/groups/{}/",
            self.group("staff")["pk"].as_str().unwrap()
        );
        assert_eq!(
            self.server
                .poke("PATCH", &path, json!({ "is_superuser": true }))
                .0,
            200
        );
    }

    fn comments(&self) -> Vec<String> {
        self.forge.comments.lock().unwrap().clone()
    }

    /// A file that the author of a pull request has put into the repository.
    fn forged(&self, path: &str) {
        let path = self.stage.repository.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = std::fs::remove_file(&path);
        std::fs::write(path, format!("<!-- akrec:plan:default -->\n{FORGED}\n")).unwrap();
    }

    /// From now on `akrec plan` is killed before it does anything.
    fn killed(&self) {
        let script = format!(
            "[ \"$1\" = plan ] && kill -9 $$\nexec '{}' \"$@\"\n",
            env!("CARGO_BIN_EXE_akrec")
        );
        self.program("akrec", &format!("#!/bin/sh\n{script}"));
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.stage.programs.join(name);
        std::fs::write(&path, text).unwrap();
        assert!(
            std::process::Command::new("chmod")
                .arg("+x")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
    }
}

#[track_caller]
fn ended(played: &Played, expected: &[(&str, End)]) {
    let ends: Vec<(&str, End)> = played
        .jobs
        .iter()
        .map(|(name, end)| (name.as_str(), *end))
        .collect();
    assert_eq!(ends, expected, "{}", played.log);
    for secret in [READER, WRITER, COMMENT_TOKEN] {
        assert!(
            !played.log.contains(secret) && !played.summary.contains(secret),
            "{}",
            played.log
        );
    }
    assert!(!played.summary.contains(FORGED), "{}", played.summary);
}

use End::{Failure, Skipped, Success};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn github_from_the_pull_request_to_the_night() {
    if !tools() {
        return;
    }
    let mut story = Story::begun("github").await;
    let all_well = [
        ("comment", Success),
        ("plan", Success),
        ("validate", Success),
    ];
    let played = story.github("plan");
    ended(&played, &all_well);
    assert!(
        played.summary.contains("staff") && played.log.contains("::notice file=state/main.yaml"),
        "{}",
        played.log
    );
    let [first] = story.comments().try_into().unwrap();
    assert!(
        first.starts_with("<!-- akrec:plan:") && first.contains("staff"),
        "{first}"
    );

    // Another push to the pull request: the same comment says what is true now.
    story.files("groups: {staff: {members: [akadmin], is_superuser: false}, guests: {}}\n");
    ended(&story.github("plan"), &all_well);
    let [second] = story.comments().try_into().unwrap();
    assert!(second.contains("guests") && second != first, "{second}");

    // Files that are wrong never come as far as a token.
    story.files("groups: {staff: {memberz: [akadmin]}}\n");
    let played = story.github("plan");
    ended(
        &played,
        &[
            ("comment", Skipped),
            ("plan", Skipped),
            ("validate", Failure),
        ],
    );
    assert!(
        played.log.contains("::error file=state/main.yaml,line=1"),
        "{}",
        played.log
    );

    // Nor does anything of a fork.
    story.files("groups: {staff: {members: [akadmin], is_superuser: false}, guests: {}}\n");
    let fork = "github.event.pull_request.head.repo.full_name".to_owned();
    story.stage.words.insert(fork, "mallory/access".to_owned());
    ended(
        &story.github("plan"),
        &[
            ("comment", Skipped),
            ("plan", Skipped),
            ("validate", Success),
        ],
    );

    // Merged: what was saved is applied. A second run has nothing to do.
    let played = story.github("apply");
    ended(&played, &[("apply", Success), ("plan", Success)]);
    assert!(played.log.contains("Apply complete!"), "{}", played.log);
    assert_eq!(story.group("guests")["name"], "guests");
    let rollbacks = std::fs::read_dir(story.stage.rooms.join("artifacts/akrec-rollback")).unwrap();
    assert_eq!(rollbacks.count(), 1);
    ended(
        &story.github("apply"),
        &[("apply", Skipped), ("plan", Success)],
    );

    // The nights after: nothing; a change by hand, once and once more; all is well again.
    let night = [("drift", Success), ("issue", Success)];
    ended(&story.github("drift"), &night);
    assert!(story.forge.issues.lock().unwrap().is_empty());
    story.by_hand();
    ended(&story.github("drift"), &night);
    ended(&story.github("drift"), &night);
    let issues = story.forge.issues.lock().unwrap().clone();
    let [(title, text, true)] = &issues[..] else {
        panic!("{issues:?}")
    };
    assert!(
        title == "akrec drift" && text.contains("staff") && text.contains("is_superuser"),
        "{text}"
    );
    ended(
        &story.github("apply"),
        &[("apply", Success), ("plan", Success)],
    );
    assert_eq!(story.group("staff")["is_superuser"], false);
    ended(&story.github("drift"), &night);
    assert!(!story.forge.issues.lock().unwrap()[0].2, "it is closed");

    // A server that does not answer is no drift and no plan: the run is red, and the comment says why.
    story
        .stage
        .words
        .insert("vars.AKREC_URL".to_owned(), "http://127.0.0.1:9".to_owned());
    story.stage.words.insert(
        "github.event.pull_request.head.repo.full_name".to_owned(),
        "team/access".to_owned(),
    );
    ended(
        &story.github("plan"),
        &[
            ("comment", Success),
            ("plan", Failure),
            ("validate", Success),
        ],
    );
    let [third] = story.comments().try_into().unwrap();
    assert!(third.contains("AKR0401"), "{third}");
    ended(
        &story.github("drift"),
        &[("drift", Failure), ("issue", Skipped)],
    );
    ended(
        &story.github("apply"),
        &[("apply", Skipped), ("plan", Failure)],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forgejo_from_the_pull_request_to_the_night() {
    if !tools() {
        return;
    }
    let story = Story::begun("forgejo").await;
    let run = |name: &str| {
        story
            .stage
            .workflow(&story.text(&format!(".forgejo/workflows/akrec-{name}.yaml")))
    };
    let all_well = [
        ("comment", Success),
        ("plan", Success),
        ("validate", Success),
    ];
    ended(&run("plan"), &all_well);
    let [first] = story.comments().try_into().unwrap();
    story.files("groups: {staff: {members: [akadmin], is_superuser: false}, guests: {}}\n");
    ended(&run("plan"), &all_well);
    let [second] = story.comments().try_into().unwrap();
    assert!(second.contains("guests") && second != first, "{second}");
    ended(&run("apply"), &[("apply", Success), ("plan", Success)]);
    assert_eq!(story.group("guests")["name"], "guests");
    ended(&run("apply"), &[("apply", Success), ("plan", Success)]);
    ended(&run("drift"), &[("drift", Success)]);
    story.by_hand();
    let played = run("drift");
    ended(&played, &[("drift", Failure)]);
    assert!(played.log.contains("is_superuser"), "{}", played.log);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gitlab_from_the_merge_request_to_the_night() {
    let mut story = Story::begun("gitlab").await;
    let text = story.text(".gitlab/akrec.gitlab-ci.yml");
    let mut run = |source: &str, branch: &str| {
        story
            .stage
            .words
            .insert("CI_PIPELINE_SOURCE".to_owned(), source.to_owned());
        story
            .stage
            .words
            .insert("CI_COMMIT_BRANCH".to_owned(), branch.to_owned());
        story.stage.gitlab(&text)
    };
    let played = run("merge_request_event", "");
    ended(
        &played,
        &[("akrec plan", Success), ("akrec validate", Success)],
    );
    let played = run("push", "main");
    ended(
        &played,
        &[("akrec apply", Success), ("akrec plan", Success)],
    );
    assert!(!played.log.contains("no artifact"), "{}", played.log);
    ended(&run("schedule", "main"), &[("akrec drift", Success)]);
    ended(&run("push", "feature"), &[]);
    story.by_hand();
    story
        .stage
        .words
        .insert("CI_PIPELINE_SOURCE".to_owned(), "schedule".to_owned());
    let played = story.stage.gitlab(&text);
    ended(&played, &[("akrec drift", Failure)]);
    let kept = |name: &str| {
        Path::new(&story.stage.rooms)
            .join("artifacts/akrec-out")
            .join(name)
    };
    assert!(
        std::fs::read_to_string(kept("drift.md"))
            .unwrap()
            .contains("is_superuser")
    );
    assert!(story.home.0.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn woodpecker_from_the_pull_request_to_the_night() {
    let story = Story::begun("woodpecker").await;
    let run = |name: &str| {
        story
            .stage
            .woodpecker(&story.text(&format!(".woodpecker/akrec-{name}.yaml")))
    };
    ended(&run("plan"), &[("plan", Success), ("validate", Success)]);
    ended(&run("apply"), &[("apply", Success), ("plan", Success)]);
    assert_eq!(story.group("staff")["name"], "staff");
    ended(&run("drift"), &[("drift", Success)]);
    story.by_hand();
    ended(&run("drift"), &[("drift", Failure)]);
    story.files("groups: {staff: {memberz: []}}\n");
    ended(&run("plan"), &[("plan", Skipped), ("validate", Failure)]);
}

/// Every name under which a pipeline could look for a page, and those under which it does.
const PAGES: [&str; 6] = [
    "plan.md",
    "plan.json",
    "akrec/plan.md",
    "akrec-out/plan.md",
    "akrec-out/plan.json",
    "akrec-out/widget.json",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_the_author_is_never_taken_for_the_runs() {
    if !tools() {
        return;
    }
    for system in ["github", "forgejo"] {
        let mut story = Story::begun(system).await;
        story
            .stage
            .words
            .insert("secrets.AKREC_TOKEN".to_owned(), READER.to_owned());
        PAGES.iter().for_each(|page| story.forged(page));
        let text = story.text(&format!(".{system}/workflows/akrec-plan.yaml"));
        let all_well = [
            ("comment", Success),
            ("plan", Success),
            ("validate", Success),
        ];
        ended(&story.stage.workflow(&text), &all_well);
        let [comment] = story.comments().try_into().unwrap();
        assert!(
            comment.contains("staff") && !comment.contains(FORGED),
            "{comment}"
        );
        // A link in the place of the page leads nowhere.
        let dependent = story.home.0.join("victim");
        std::fs::write(&dependent, "precious").unwrap();
        for page in ["plan.md", "plan.json"] {
            std::fs::remove_file(story.stage.repository.join(page)).unwrap();
            std::os::unix::fs::symlink(&dependent, story.stage.repository.join(page)).unwrap();
        }
        ended(&story.stage.workflow(&text), &all_well);
        assert_eq!(std::fs::read_to_string(&dependent).unwrap(), "precious");
        // One that is killed leaves no page: the comment says so, and where the log is.
        PAGES.iter().for_each(|page| story.forged(page));
        story.killed();
        let played = story.stage.workflow(&text);
        ended(
            &played,
            &[
                ("comment", Success),
                ("plan", Failure),
                ("validate", Success),
            ],
        );
        let [comment] = story.comments().try_into().unwrap();
        assert!(
            comment.starts_with("<!-- akrec:plan:default -->\n") && !comment.contains(FORGED),
            "{comment}"
        );
        assert!(
            comment.contains("The plan failed and left no page.") && comment.contains("/actions"),
            "{comment}"
        );
        let says = if system == "github" {
            "akrec plan left no page."
        } else {
            ""
        };
        assert!(played.summary.contains(says), "{}", played.summary);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_gitlab_and_woodpecker_neither() {
    let mut story = Story::begun("gitlab").await;
    let text = story.text(".gitlab/akrec.gitlab-ci.yml");
    story.stage.words.insert(
        "CI_PIPELINE_SOURCE".to_owned(),
        "merge_request_event".to_owned(),
    );
    let rooms = story.stage.rooms.clone();
    let pages = || {
        let folders = ["artifacts/akrec-out", "reports/akrec-out"]
            .map(|folder| std::fs::read_dir(rooms.join(folder)));
        let files = folders
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.unwrap().path());
        files
            .filter_map(|path| std::fs::read_to_string(path).ok())
            .collect::<String>()
    };
    PAGES.iter().for_each(|page| story.forged(page));
    ended(
        &story.stage.gitlab(&text),
        &[("akrec plan", Success), ("akrec validate", Success)],
    );
    assert!(pages().contains("staff") && !pages().contains(FORGED));
    // The folder is a link: what it leads to stays as it is.
    let dependent = story.home.0.join("victim");
    std::fs::create_dir(&dependent).unwrap();
    std::fs::remove_dir_all(story.stage.repository.join("akrec-out")).unwrap();
    std::os::unix::fs::symlink(&dependent, story.stage.repository.join("akrec-out")).unwrap();
    ended(
        &story.stage.gitlab(&text),
        &[("akrec plan", Success), ("akrec validate", Success)],
    );
    assert_eq!(std::fs::read_dir(&dependent).unwrap().count(), 0);
    std::fs::remove_file(story.stage.repository.join("akrec-out")).unwrap();
    PAGES.iter().for_each(|page| story.forged(page));
    story.killed();
    ended(
        &story.stage.gitlab(&text),
        &[("akrec plan", Failure), ("akrec validate", Success)],
    );
    assert!(!pages().contains(FORGED), "{}", pages());

    let story = Story::begun("woodpecker").await;
    PAGES.iter().for_each(|page| story.forged(page));
    let played = story
        .stage
        .woodpecker(&story.text(".woodpecker/akrec-apply.yaml"));
    ended(&played, &[("apply", Success), ("plan", Success)]);
    assert_eq!(story.group("staff")["name"], "staff");
    story.killed();
    let played = story
        .stage
        .woodpecker(&story.text(".woodpecker/akrec-apply.yaml"));
    ended(&played, &[("apply", Skipped), ("plan", Failure)]);
}

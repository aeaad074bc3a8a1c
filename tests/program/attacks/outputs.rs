//! Where a run writes: never through a link, never what somebody else put there; before anything is changed on a server,
//! what the run has to leave behind can be written; and nothing that is shown is a command to whoever shows it.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use akrec::sandbox::{self, Sandbox};
use serde_json::{Value, json};

use super::support::*;
use crate::support::releases::usual;

/// What stands in a file that no run may touch.
const PRECIOUS: &str = "precious\n";
/// Content that the author of a checkout wants to pass off as a page of the run.
const FORGED: &str = "forged: nothing changes\n";
/// Every form that a plan can be written in, with those of other verbs left out.
const FORMS: [&str; 9] = [
    "json",
    "text",
    "markdown",
    "github",
    "gitlab",
    "codequality",
    "sarif",
    "junit",
    "html",
];

/// A project with a file outside of it that the attack tries to overwrite.
fn project() -> Project {
    let project = Project::new();
    project.write("../out/victim", PRECIOUS);
    project
}

/// The file outside is as it was, and nothing came beside it.
#[track_caller]
fn untouched(project: &Project) {
    assert_eq!(project.read("../out/victim"), PRECIOUS);
    let mut names: Vec<_> = std::fs::read_dir(project.path("../out/"))
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["secret", "victim"]);
}

/// A server for several runs, with the token that every run has.
async fn server() -> Sandbox {
    let options = sandbox::Options {
        admin_token: TOKEN.to_owned(),
        ..sandbox::Options::new(usual())
    };
    sandbox::start(options).await.unwrap()
}

/// A listener that takes every connection and answers none.
fn silent() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().flatten().for_each(std::mem::forget));
    url
}

/// The program below a limit on the size of files, in blocks of 512 bytes, which is how a full disk looks to it.
fn limited(project: &Project, blocks: usize, args: &str, env: &[(&str, &str)]) -> Ran {
    let script = format!("ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command
        .args(["-c", &script, env!("CARGO_BIN_EXE_akrec")])
        .args(args.split_whitespace());
    command
        .env_clear()
        .env("HOME", project.dir())
        .env("AKREC_TOKEN", TOKEN)
        .envs(env.iter().copied());
    command
        .current_dir(project.dir())
        .stdin(std::process::Stdio::null());
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    finish(command.spawn().unwrap(), Duration::from_secs(120)).unwrap()
}

#[test]
fn no_form_is_written_through_a_link() {
    for form in FORMS {
        let project = project();
        project.link("page", "../out/victim");
        project
            .akrec(&format!("plan --sandbox --output {form}=page"))
            .run()
            .expect(0);
        untouched(&project);
        assert!(
            !project.path("page").is_symlink() && !project.read("page").contains(PRECIOUS),
            "{form}"
        );
        // Nor through a second name of the same file.
        std::fs::remove_file(project.path("page")).unwrap();
        std::fs::hard_link(project.path("../out/victim"), project.path("page")).unwrap();
        project
            .akrec(&format!("plan --sandbox --output {form}=page"))
            .run()
            .expect(0);
        untouched(&project);
        assert_ne!(project.read("page"), PRECIOUS, "{form}");
    }
}

#[test]
fn a_saved_plan_is_written_through_no_link_and_for_its_owner_alone() {
    let project = project();
    project.link("plan.json", "../out/victim");
    project.akrec("plan --sandbox -o plan.json").run().expect(0);
    untouched(&project);
    let found = project.path("plan.json").symlink_metadata().unwrap();
    assert!(
        found.is_file() && found.mode() & 0o777 == 0o600,
        "{:o}",
        found.mode()
    );
}

#[test]
fn the_fresh_file_has_no_name_that_can_be_foreseen() {
    let project = project();
    let script = "for name in .page.$$ page.$$ .page.$$.tmp page.tmp .page.tmp page.new .page.new; do \
                  ln -s ../out/victim $name; done; exec \"$0\" plan --sandbox --output html=page --out plan.json -q";
    let mut command = Command::new("sh");
    command
        .args(["-c", script, env!("CARGO_BIN_EXE_akrec")])
        .env_clear()
        .current_dir(project.dir());
    assert!(command.output().unwrap().status.success());
    untouched(&project);
    let names = std::fs::read_dir(project.dir())
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = names.filter(|name| name.contains("akrec")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_directory_that_is_a_link_out_of_the_checkout_is_refused() {
    for (place, target) in [
        ("d", "../out"),
        ("a/b", "../../out"),
        ("d", "/dev"),
        ("d", "nowhere"),
        ("git", ".git"),
    ] {
        let project = project();
        project.folder(".git").link(place, target);
        let says = [
            "is a symbolic link that leads out of the working directory",
            "by its absolute path",
        ];
        for flag in ["--output json=", "--out "] {
            let ran = project
                .akrec(&format!("plan --sandbox {flag}{place}/page"))
                .run()
                .expect(3);
            ran.says(&says).says(&["error[AKR0308]"]);
        }
        let ran = project
            .akrec(&format!(
                "apply --sandbox-data world.json --auto-approve --rollback-dir {place}"
            ))
            .run();
        ran.expect(3).says(&says[..1]);
        assert!(!project.has("world.json"), "the server was changed");
        project
            .akrec(&format!("export --sandbox -o {place}/x"))
            .run()
            .expect(3)
            .says(&says[..1]);
        project
            .akrec(&format!("man {place}"))
            .run()
            .says(&says[..1]);
        let args = format!("apply --sandbox-data {place}/world.json --auto-approve --no-rollback");
        project.akrec(&args).run().expect(3);
        untouched(&project);
    }
    // A link that is reached by an absolute path into the checkout is the checkout's as well.
    let project = project();
    project.link("d", "../out");
    let path = project.path("d/page");
    project
        .akrec("plan --sandbox --output")
        .arg(format!("json={}", path.display()))
        .run()
        .expect(3);
    untouched(&project);
}

#[test]
fn links_that_stay_inside_and_places_of_the_operator_go_on_working() {
    let project = project();
    project.folder("real").link("d", "real");
    project
        .akrec("plan --sandbox --output json=d/page.json")
        .run()
        .expect(0);
    assert!(project.has("real/page.json"));
    // Out of the checkout by the operator's own words: `..`, an absolute path, a link that is not in the checkout.
    std::os::unix::fs::symlink(project.path("../out/"), project.path("../out/mine")).unwrap();
    for path in [
        "../out/page.json".into(),
        project.path("../out/page.json"),
        project.path("../out/mine/page.json"),
    ] {
        let path: PathBuf = path;
        project
            .akrec("plan --sandbox --output")
            .arg(format!("json={}", path.display()))
            .run()
            .expect(0);
        assert!(
            project.read("../out/page.json").contains("format_version"),
            "{}",
            path.display()
        );
        std::fs::remove_file(project.path("../out/page.json")).unwrap();
    }
}

#[test]
fn devices_and_pipes_are_meant_by_their_own_names_alone() {
    let project = project();
    // A link to one in the checkout is replaced by a file.
    for device in [
        "/dev/stdout",
        "/dev/full",
        "/dev/fd/1",
        "/proc/self/fd/2",
        "/dev/null",
        "/dev/zero",
    ] {
        project.link("page", device);
        let ran = project
            .akrec("plan --sandbox -q --output json=page")
            .run()
            .expect(0);
        assert!(
            !ran.out.contains("format_version") && !ran.err.contains("format_version"),
            "{device}"
        );
        assert!(project.read("page").contains("format_version"), "{device}");
        project.remove("page");
    }
    let ran = project
        .akrec("plan --sandbox -q --output json=/dev/stdout")
        .run()
        .expect(0);
    assert!(ran.out.contains("\"format_version\""), "{}", ran.out);
    let ran = project
        .akrec("plan --sandbox -q --output json=/dev/stderr --output text=/dev/null")
        .run()
        .expect(0);
    assert!(ran.err.contains("\"format_version\""), "{}", ran.err);
    project
        .akrec("plan --sandbox --output text=/dev/full")
        .run()
        .expect(1)
        .says(&["error[AKR0308]: /dev/full"]);
    // A pipe that the operator made.
    project.fifo("../out/pipe");
    let pipe = project.path("../out/pipe");
    let reader = std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap());
    project
        .akrec("plan --sandbox -q --output json=../out/pipe")
        .run()
        .expect(0);
    assert!(reader.join().unwrap().contains("\"format_version\""));
}

#[test]
fn the_summary_of_a_step_is_no_link() {
    let project = project();
    project.link("summary", "../out/victim");
    let path = project.path("summary").display().to_string();
    let args = format!("plan --sandbox --output markdown={path}");
    project
        .akrec(&args)
        .env("GITHUB_STEP_SUMMARY", &path)
        .run()
        .expect(0);
    untouched(&project);
    let real = project
        .write("../out/summary", "before\n")
        .path("../out/summary")
        .display()
        .to_string();
    let args = format!("plan --sandbox --output markdown={real}");
    project
        .akrec(&args)
        .env("GITHUB_STEP_SUMMARY", &real)
        .run()
        .expect(0);
    assert!(
        project
            .read("../out/summary")
            .starts_with("before\n<!-- akrec:plan:default -->")
    );
}

/// Whatever ends a run, nothing of another one stands where its page should be.
#[test]
fn a_page_of_another_run_is_gone_from_the_beginning_on() {
    let outputs: String = FORMS
        .iter()
        .map(|form| format!(" --output {form}=page.{form}"))
        .collect();
    let forge = |project: &Project| {
        for name in FORMS
            .iter()
            .map(|form| format!("page.{form}"))
            .chain(["plan.json".to_owned()])
        {
            project.write(&name, FORGED);
        }
    };
    let gone = |project: &Project, what: &str| {
        for name in FORMS
            .iter()
            .map(|form| format!("page.{form}"))
            .chain(["plan.json".to_owned()])
        {
            let text = std::fs::read_to_string(project.path(&name)).unwrap_or_default();
            assert!(!text.contains(FORGED), "{name}, {what}");
        }
    };
    let args = format!("plan --out plan.json{outputs}");
    // Killed while the server is silent.
    let project = project();
    forge(&project);
    let mut child = project.akrec(&args).env("AKREC_URL", &silent()).start();
    while project.has("plan.json") {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    gone(&project, "killed");
    assert!(
        !project.has("page.markdown") && !project.has("page.html"),
        "it left a page"
    );
    // Too little memory, from what is enough to understand the flags up to what is enough for everything.
    let mut tried = 0;
    for mib in (20..).step_by(4) {
        forge(&project);
        let begins = project.akrec("plan --help").memory(mib).run().code == Some(0);
        let ran = project
            .akrec(&format!("{args} --sandbox"))
            .memory(mib)
            .run();
        if begins {
            gone(&project, &format!("{mib} MiB: {}", ran.err));
            tried += usize::from(ran.code != Some(0));
        }
        if ran.code == Some(0) {
            break;
        }
    }
    assert!(tried > 0, "there was always enough memory");
    // Wrong settings, wrong files, wrong flags, a server that is not there.
    for (what, args, path, text, code) in [
        ("settings", args.clone(), "akrec.yaml", "nonsense: [\n", 3),
        (
            "files",
            args.clone(),
            "state/b.yaml",
            "groups: {h: {nonsense: 1}}\n",
            3,
        ),
        (
            "server",
            format!("{args} --url http://127.0.0.1:9 --retries 0"),
            "akrec.yaml",
            "",
            5,
        ),
        (
            "flags",
            format!("{args} --no-such-flag"),
            "akrec.yaml",
            "",
            3,
        ),
    ] {
        let project = Project::new();
        forge(&project);
        project.write(path, text);
        project.akrec(&args).run().expect(code);
        gone(&project, what);
    }
}

#[test]
fn a_directory_in_the_place_of_a_page_is_an_error_and_stays() {
    for flag in ["--output json=", "--out "] {
        let project = Project::new();
        project.write("page/keep", "x");
        let ran = project
            .akrec(&format!("plan {flag}page"))
            .env("AKREC_URL", &silent())
            .run()
            .expect(3);
        ran.says(&[
            "error[AKR0308]",
            "page cannot be written: it is a directory",
        ]);
        assert!(project.has("page/keep"));
    }
}

#[test]
fn what_a_run_reads_is_not_removed_for_what_it_writes() {
    let project = Project::new();
    project
        .akrec("plan --sandbox-data world.json -o plan.json")
        .run()
        .expect(0);
    let before = project.read("plan.json");
    for args in [
        "apply plan.json --auto-approve --sandbox-data world.json",
        "show plan.json",
    ] {
        let ran = project
            .akrec(&format!("{args} --output json=./plan.json"))
            .run()
            .expect(3);
        ran.says(&[
            "error[AKR0308]",
            "plan.json cannot be written: this run reads it",
        ]);
        assert_eq!(project.read("plan.json"), before);
    }
    // A rollback file is the only way back.
    project
        .akrec("apply --sandbox-data world.json --auto-approve --rollback-dir back")
        .run()
        .expect(0);
    let file = std::fs::read_dir(project.path("back"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let before = std::fs::read_to_string(&file).unwrap();
    project.write("page", FORGED);
    let args = format!(
        "rollback {} --plan-only --sandbox-data world.json --output markdown=page",
        file.display()
    );
    project
        .akrec(&format!("{args} --output json={}", file.display()))
        .run()
        .expect(3)
        .says(&["this run reads it"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    assert!(
        !project.read("page").contains(FORGED),
        "a page of another run"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_events_is_written_through_no_link() {
    let server = server().await;
    let project = project();
    project.link("events", "../out/victim");
    let args = "apply --auto-approve --no-rollback --output events=events";
    project
        .akrec(args)
        .env("AKREC_URL", &server.url())
        .run()
        .expect(0);
    untouched(&project);
    assert!(
        project.read("events").starts_with("{\"akrec_version\"")
            && !project.path("events").is_symlink()
    );
}

#[test]
fn an_export_stays_in_its_folder() {
    let project = project();
    let export =
        |args: &str| project.akrec(&format!("export --sandbox --all --kind groups {args}"));
    // Dangling or not, a link is a file that is there.
    for target in ["../../out/victim", "../../out/new"] {
        project.link("e/groups.yaml", target);
        export("-o e")
            .run()
            .expect(3)
            .says(&["error[AKR0307]", "groups.yaml"]);
        untouched(&project);
        export("-o e --overwrite").run().expect(0);
        untouched(&project);
        assert!(project.read("e/groups.yaml").contains("authentik Admins"));
        project.remove("e");
    }
    // A folder of the export that leads out: nothing at all is written.
    project.folder("e").link("e/flows", "../../out");
    project
        .akrec("export --sandbox --all -o e")
        .run()
        .expect(3)
        .says(&["e/flows is a symbolic link that leads out"]);
    untouched(&project);
    assert!(!project.has("e/groups.yaml"), "all or none");
}

#[test]
fn an_init_writes_over_nothing_and_through_nothing() {
    for (path, target) in [
        ("akrec.yaml", "../out/new"),
        ("state/main.yaml", "../../out/new"),
        ("state", "../out"),
    ] {
        let project = Project::empty();
        project.write("../out/victim", PRECIOUS).link(path, target);
        let ran = project.akrec("init").run();
        assert!(
            ran.code != Some(0) || path == "state",
            "{path}: {}",
            ran.out
        );
        assert!(
            !project.has("../out/new") && !project.has("../out/main.yaml"),
            "{path}"
        );
    }
    for folder in [".github", ".gitlab", ".forgejo", ".woodpecker"] {
        let project = project();
        project.link(folder, "../out");
        project
            .akrec("init --ci github,gitlab,forgejo,woodpecker")
            .run()
            .says(&["leads out of the working directory"]);
        untouched(&project);
    }
}

#[test]
fn the_manual_is_written_through_no_link() {
    let project = project();
    project.link("pages/akrec.1", "../../out/victim");
    project.akrec("man pages").run().expect(0);
    untouched(&project);
    assert!(project.read("pages/akrec.1").contains(".TH akrec 1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn adopting_edits_files_of_the_project_alone() {
    let server = server().await;
    let project = Project::with(&[("state/a.txt", "groups: {g: {attributes: {x: 1}}}\n")]);
    project.link("state/a.yaml", "a.txt");
    let run = |args: &str| project.akrec(args).env("AKREC_URL", &server.url()).run();
    run("apply --auto-approve --no-rollback").expect(0);
    let changed = |x: u64| {
        let group =
            server.poke("GET", "/core/groups/?name=g", Value::Null).1["results"][0]["pk"].clone();
        let path = format!("/core/groups/{}/", group.as_str().unwrap());
        assert_eq!(
            server
                .poke("PATCH", &path, json!({ "attributes": { "x": x } }))
                .0,
            200
        );
    };
    // A link that stays in the state directory stays one: its target is edited, with the rights that it has.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o640);
    std::fs::set_permissions(project.path("state/a.txt"), mode).unwrap();
    std::fs::hard_link(project.path("state/a.txt"), project.path("second")).unwrap();
    changed(2);
    run("drift --adopt").expect(0);
    assert!(project.read("state/a.txt").contains("x: 2"));
    assert!(project.path("state/a.yaml").is_symlink());
    assert_eq!(
        project.path("state/a.txt").metadata().unwrap().mode() & 0o777,
        0o640
    );
    assert!(
        project.read("second").contains("x: 1"),
        "another name of the file keeps its content"
    );
    // One that leads out of it is not followed.
    project
        .write("../out/a.yaml", "groups: {g: {attributes: {x: 2}}}\n")
        .remove("state/a.yaml")
        .link("state/a.yaml", "../../out/a.yaml");
    changed(3);
    run("drift --adopt");
    assert!(project.read("../out/a.yaml").contains("x: 2"));
}

/// A directory in which nobody can create a file, whoever runs the tests.
const UNWRITABLE: &str = "/proc";

#[test]
fn an_apply_finds_out_that_it_can_leave_a_rollback_before_it_writes() {
    if !Path::new(UNWRITABLE).join("self").exists() {
        println!(
            "\nNOT TESTED: a working directory that cannot be written, since there is no {UNWRITABLE}\n"
        );
        return;
    }
    let project = Project::new();
    let (state, world) = (project.path("state"), project.path("world.json"));
    let args = format!(
        "apply -C {} --sandbox-data {} --auto-approve",
        state.display(),
        world.display()
    );
    let refused = project.akrec(&args).dir(UNWRITABLE.into()).run().expect(3);
    refused.says(&[
        "error[AKR0308]",
        "rollback file",
        "nothing was written",
        "--no-rollback",
        "--rollback-dir",
    ]);
    assert!(!world.exists(), "the server was changed");
    let refused = project
        .akrec(&format!("{args} --rollback-dir {UNWRITABLE}"))
        .run()
        .expect(3);
    refused.says(&[
        "--rollback-dir /proc",
        "nothing was written",
        "--no-rollback",
    ]);
    assert!(!world.exists(), "the server was changed");
    // The advice of the message works.
    project
        .akrec(&format!("{args} --no-rollback"))
        .dir(UNWRITABLE.into())
        .run()
        .expect(0)
        .says(&["Apply complete!"]);
    // Nothing to do needs nothing to be written.
    project
        .akrec(&args)
        .dir(UNWRITABLE.into())
        .run()
        .expect(0)
        .says(&["No changes."]);
    project.write("state/a.yaml", "groups: {g: {is_superuser: true}}\n");
    let out = project.path("../out/back");
    project
        .akrec(&format!("{args} --rollback-dir {}", out.display()))
        .dir(UNWRITABLE.into())
        .run()
        .expect(0);
    assert_eq!(std::fs::read_dir(out).unwrap().count(), 1);
    // The same of pages and of the sandbox's data.
    for flag in ["--output json=", "--output prometheus=", "--output events="] {
        let verb = if flag.contains("prom") {
            "drift"
        } else {
            "apply --auto-approve"
        };
        let page = format!("{UNWRITABLE}/akrec-page");
        project
            .akrec(&format!("{verb} --sandbox {flag}{page}"))
            .run()
            .expect(3)
            .says(&["error[AKR0308]", &page]);
    }
    let data = format!("{UNWRITABLE}/akrec-world.json");
    let ran = project
        .akrec(&format!(
            "apply --auto-approve --no-rollback --sandbox-data {data}"
        ))
        .run()
        .expect(3);
    ran.says(&["error[AKR0308]", &data, "nothing was written"]);
    project
        .akrec(&format!(
            "sandbox --listen 127.0.0.1:0 --sandbox-data {data}"
        ))
        .run()
        .expect(3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_noticed_before_the_server_is_changed_or_is_no_success() {
    let server = server().await;
    let project = Project::new();
    let url = [("AKREC_URL", server.url())];
    let env: Vec<(&str, &str)> = url
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let groups = || {
        server.poke("GET", "/core/groups/?name=g", Value::Null).1["results"]
            .as_array()
            .unwrap()
            .len()
    };
    // Not a byte: no rollback, so nothing is written.
    let ran = limited(&project, 0, "apply --auto-approve", &env).expect(3);
    ran.says(&["error[AKR0308]", "nothing was written to the server"]);
    assert_eq!(groups(), 0);
    let ran = limited(&project, 0, "plan --output json=page --out plan.json", &env).expect(3);
    ran.says(&["page cannot be written", "plan.json cannot be written"]);
    // Room for a little, and not for what it takes to take this back: done, and an error.
    let long = "x".repeat(6000);
    project.write(
        "state/a.yaml",
        format!("groups: {{g: {{attributes: {{text: {long}}}}}}}\n"),
    );
    let ran = limited(
        &project,
        9,
        "apply --auto-approve --output json=/dev/stderr",
        &env,
    )
    .expect(1);
    ran.says(&["Apply complete!", "error[AKR0806]", "\"exit_code\": 1"]);
    assert_eq!(groups(), 1);
    assert!(
        !std::fs::read_dir(project.dir())
            .unwrap()
            .any(|it| it.unwrap().file_name() != "state"),
        "half a file is left"
    );
}

#[test]
fn a_sandbox_that_cannot_keep_its_data_is_no_success() {
    let project = Project::new();
    // Room for nothing, and for less than a world takes.
    for blocks in [0, 64] {
        let args = "apply --sandbox-data world.json --auto-approve --no-rollback";
        let ran = limited(&project, blocks, args, &[])
            .expect(1)
            .never_says(&["Apply complete"]);
        ran.says(&[
            "error[AKR0308]: the sandbox cannot save its data",
            "world.json",
        ]);
        assert!(!project.has("world.json"));
    }
    // A file that was kept before stays as it was.
    project
        .akrec("apply --sandbox-data world.json --auto-approve --no-rollback")
        .run()
        .expect(0);
    let before = project.read("world.json");
    project.write("state/a.yaml", "groups: {g: {}, h: {}}\n");
    let ran = limited(
        &project,
        64,
        "apply --sandbox-data world.json --auto-approve --no-rollback",
        &[],
    )
    .expect(1);
    ran.never_says(&["Apply complete"]);
    assert_eq!(project.read("world.json"), before);
    assert!(
        std::fs::read_dir(project.dir()).unwrap().count() == 2,
        "something is left"
    );
    // A link is replaced, and what it led to is not.
    let project = super::outputs::project();
    project.link("new.json", "../out/new");
    project
        .akrec("apply --sandbox-data new.json --auto-approve --no-rollback")
        .run()
        .expect(0);
    untouched(&project);
}

/// Names that a runner would take for its commands.
const COMMANDS: [&str; 7] = [
    "##[error]x",
    "a ###[group]x",
    "##vso[task.setvariable variable=x]y",
    "##teamcity[buildStop]",
    "::error::x",
    "x\n::add-mask::x",
    "section_start:0:x",
];

/// Whether a runner would act on a line of this text.
fn acted_on(text: &str) -> Option<String> {
    let lines = text.lines().filter(|line| {
        let anywhere = ["##[", "##vso[", "##teamcity["]
            .iter()
            .any(|sign| line.contains(sign));
        let fold = line.contains("section_start:") || line.contains("travis_fold:");
        // Ours are the annotations of GitHub alone.
        let ours = [
            "::notice file=",
            "::error file=",
            "::warning file=",
            "::warning title=",
            "::error title=",
        ];
        let trimmed = line.trim_start();
        let name = trimmed
            .strip_prefix("::")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
        let command = name && !ours.iter().any(|start| trimmed.starts_with(start));
        anywhere || fold || command
    });
    lines.map(str::to_owned).next()
}

/// A state with a name wherever a stranger can put one.
fn named(name: &str) -> String {
    let name = json!(name);
    format!(
        "groups:\n  {name}: {{attributes: {{{name}: {name}}}}}\nusers:\n  u1: {{name: {name}}}\napplications:\n  a: \
         {{name: {name}, meta_description: {name}, group: {name}, bindings: [{{group: {name}}}]}}\npolicies:\n  p: \
         {{type: expression, expression: {}}}\nassertions: [{{application: a, only: [{}]}}]\n",
        // In a text of its own, since text that is not Python is refused.
        json!(format!(
            "x = '''\n{}\n'''\nreturn x\n",
            name.as_str().unwrap()
        )),
        json!(format!("group:{}", name.as_str().unwrap())),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_name_is_a_command_to_a_runner() {
    for (round, name) in COMMANDS.into_iter().enumerate() {
        let server = server().await;
        let project = Project::with(&[("state/a.yaml", &named(name))]);
        let run = |args: &str| {
            let ran = project.in_every_format_with(args, |attack| {
                attack.env("AKREC_URL", &server.url()).env("CI", "true")
            });
            assert_eq!(
                acted_on(&ran.everything),
                None,
                "{name:?}: {args}\n{}",
                ran.err
            );
            ran
        };
        let one = |args: &str| {
            let ran = project
                .akrec(args)
                .env("AKREC_URL", &server.url())
                .env("CI", "true")
                .run();
            assert_eq!(acted_on(&ran.everything), None, "{name:?}: {args}");
            assert!(!ran.everything.contains("panicked"), "{args}: {}", ran.err);
            ran
        };
        run("plan").expect(0);
        run("plan --color always").expect(0);
        // As JSON the name is exactly what it is.
        let plan: Value = serde_json::from_str(&one("plan --format json").out).unwrap();
        assert!(
            plan["changes"]
                .as_array()
                .unwrap()
                .iter()
                .any(|it| it["natural_key"]["name"] == name),
            "{plan:#}"
        );
        run("apply --auto-approve --no-rollback").expect(0);
        let all = [
            "validate",
            "access --format csv",
            "export --stdout",
            "-vv plan",
            "forget group.none",
            "access",
            "access --app a",
            "access --user u1 --format markdown",
            "access --format html",
            "access --format json",
            "graph",
            "graph --format mermaid",
            "drift --unmanaged",
            "report",
            "report --format html",
            "output a",
            "diff --from sandbox --to sandbox",
            "plan --summary",
            "plan --concise",
        ];
        // One name goes all the ways, the others those that have a way of their own to put it.
        let some = if round == 0 { &all[..] } else { &all[..5] };
        some.iter().for_each(|args| drop(one(args)));
        // The server's value in the diff, and in a message.
        project.write(
            "state/b.yaml",
            format!(
                "groups: {{other: {{parents: [{}]}}}}\n",
                json!(format!("{name}2"))
            ),
        );
        run("plan");
        project.write("state/b.yaml", format!("{}: {{}}\n", json!(name)));
        run("validate");
        one("validate --format short");
        server.set_fault(move |_, entry| {
            let body = json!({ "name": [name], "detail": name });
            (entry.method == "POST").then_some(sandbox::Fault::Status(400, body))
        });
        project.write("state/b.yaml", "groups: {third: {}}\n");
        run("apply --auto-approve --no-rollback");
    }
}

#[test]
fn a_name_of_a_file_is_no_command_either() {
    for name in ["##[error]x", "::error::x", "##vso[x]"] {
        let project = Project::with(&[(
            &format!("state/{name}.yaml"),
            "groups: {g: {nonsense: 1}}\n",
        )]);
        let ran = project.in_every_format("validate");
        assert_eq!(acted_on(&ran.everything), None, "{name}");
        ran.expect(3);
        for args in [
            format!("plan --sandbox --output json={name}/x"),
            format!("show {name}"),
            format!("init -C {name}/s"),
        ] {
            let ran = project.akrec(&args).run();
            assert_eq!(acted_on(&ran.everything), None, "{args}\n{}", ran.err);
        }
    }
}

#[test]
fn no_name_floods_what_people_read() {
    let long = "x".repeat(1_000_000);
    let lines = "x\n".repeat(10_000);
    for name in [&long, &lines] {
        let state = format!(
            "applications: {{a: {{name: {0}, group: {0}}}}}\nusers: {{u: {{name: {0}}}}}\n",
            json!(name)
        );
        let project = Project::with(&[("state/a.yaml", &state)]);
        let plan = project
            .akrec("plan --sandbox --allow no-provider --allow open-application")
            .run();
        let size = plan.out.len() + plan.err.len();
        assert!(
            plan.out.contains("Plan: 2 to add") && size < 150_000,
            "{size}: {}",
            plan.err
        );
        assert!(
            plan.out.lines().count() < 1600 && plan.out.contains('…'),
            "{}",
            plan.out.lines().count()
        );
        // A combination that no kind has is reported briefly.
        let state = format!(
            "applications: {{a: {{name: a, bindings: [{{group: {}}}]}}}}\n",
            json!(name)
        );
        let project = Project::with(&[("state/a.yaml", &state)]);
        let plan = project.in_every_format("plan --sandbox --allow no-provider");
        assert!(
            plan.out.len() + plan.err.len() < 100_000,
            "{}",
            plan.out.len() + plan.err.len()
        );
        let page = std::fs::read_to_string(project.path("../out/markdown")).unwrap();
        assert!(page.len() < 66_000, "{}", page.len());
    }
}

#[test]
fn a_table_holds_no_formula() {
    let names = ["=cmd()", "+1+cmd()", "-cmd()", "@SUM(1)", "\u{ff1d}cmd()"];
    let users: String = names
        .iter()
        .map(|name| format!("  {}: {{name: x}}\n", json!(name)))
        .collect();
    let members: Vec<String> = names.iter().map(|name| json!(name).to_string()).collect();
    let state = format!(
        "users:\n{users}groups: {{g: {{members: [{}]}}}}\napplications: {{a: {{name: a, bindings: [{{group: g}}]}}}}\n",
        members.join(", ")
    );
    let project = Project::with(&[("state/a.yaml", &state)]);
    let ran = project.akrec("access --files --format csv").run().expect(0);
    let rows = ran
        .out
        .lines()
        .filter(|line| line.contains("cmd()") || line.contains("SUM"));
    let cells: Vec<&str> = rows
        .flat_map(|row| row.split(','))
        .filter(|cell| cell.contains("cmd()") || cell.contains("SUM"))
        .collect();
    assert!(cells.len() >= names.len(), "{}", ran.out);
    for cell in cells {
        let first = cell.trim_start_matches('"').chars().next();
        assert_eq!(first, Some('\''), "{cell:?}");
    }
}

/// What the server keeps as a secret in free data, or in a field that is one by nature, nobody can have shown by a change of
/// the files: the old value stands in no plan, and `--adopt` writes the new one nowhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_of_the_server_is_in_no_plan_and_in_no_file() {
    let server = server().await;
    let project = Project::with(&[(
        "state/a.yaml",
        "groups:\n  g: {attributes: {api_key: one-1234567, url: plain}}\nnotification_transports:\n  t: {mode: webhook, \
         webhook_url: !env HOOK}\n",
    )]);
    let run = |args: &str| {
        let change = |attack: Attack| {
            attack
                .env("AKREC_URL", &server.url())
                .env("HOOK", "https://chat.example/ours-42")
        };
        let ran = project.in_every_format_with(args, change);
        ran.never_says(&["hunter2-on-the-server", "ours-42"])
    };
    run("apply --auto-approve --no-rollback").expect(0);
    let patch = |path: &str, name: &str, body: Value| {
        let found = server
            .poke("GET", &format!("{path}?name={name}"), Value::Null)
            .1["results"][0]["pk"]
            .clone();
        let path = format!("{path}{}/", found.as_str().unwrap());
        assert_eq!(server.poke("PATCH", &path, body).0, 200);
    };
    let attributes = json!({ "api_key": "hunter2-on-the-server", "url": "https://u:hunter2-on-the-server@x.example" });
    patch("/core/groups/", "g", json!({ "attributes": attributes }));
    patch(
        "/events/transports/",
        "t",
        json!({ "webhook_url": "https://chat.example/hunter2-on-the-server" }),
    );
    let text = project.read("state/a.yaml");
    run("plan").expect(0).says(&[
        "api_key: \"(sensitive value)\"",
        "webhook_url: (sensitive value, changed)",
    ]);
    run("drift").expect(2);
    run("drift --adopt").expect(2).says(&[
        "it seems to hold a secret",
        "it is unknown which side changed",
    ]);
    assert_eq!(project.read("state/a.yaml"), text);
    run("diff --from . --to sandbox");
    for args in ["export --stdout", "access", "report", "plan --format json"] {
        let ran = project
            .akrec(args)
            .env("AKREC_URL", &server.url())
            .env("HOOK", "x")
            .run();
        ran.never_says(&["hunter2-on-the-server"]);
    }
    run("apply --auto-approve --no-rollback").expect(0);
}

//! The pages of `access --format html`, in a real browser without a screen.
//!
//! Without Chromium the browser is left out on a developer's machine, loudly; in CI (`CI` is set) that is a failure.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::support::*;

const HOSTILE: &str = "</script><img src=x onerror=alert(1)>";

const WORLD: &str = "\
users:
  jodie: {name: Jodie}
  cem: {name: Cem, is_active: false}
  '</script><img src=x onerror=alert(1)>': {name: Mallory}
groups:
  all: {}
  media-users: {parents: [all], members: [jodie]}
  '<b>bold</b>': {members: [cem, '</script><img src=x onerror=alert(1)>']}
applications:
  films: {name: Films, bindings: [{group: media-users}]}
  news: {name: News, bindings: [{group: all}], entitlements: {edit: {bindings: [{user: cem}]}}}
  cellar: {name: Cellar, bindings: [{group: '<b>bold</b>'}]}
  tools: {name: Tools, bindings: [], lifecycle: {open: true, reason: a test}}
";

/// A browser, if there is one.
fn chromium() -> Option<PathBuf> {
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|it| it.is_file());
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI is set, and there is no chromium: apt-get install chromium"
        );
        // Standard error of a test that passes is not shown; this is.
        let reported = "\nNOT TESTED: the pages in a browser, since there is no chromium (apt-get install chromium)\n";
        let _ = std::fs::write("/dev/tty", reported);
        println!("{reported}");
    }
    found
}

/// The page as the browser has it once its script ran. Nothing may have gone wrong in it.
fn opened(browser: &Path, home: &Home, page: &str, fragment: &str) -> String {
    let url = format!("file://{}#{fragment}", home.0.join(page).display());
    let profile = home.0.join("profile");
    let mut command = Command::new(browser);
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
    ]);
    command
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()));
    let ran = command
        .arg(url)
        .env("HOME", &home.0)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8(ran.stdout).unwrap(),
        String::from_utf8_lossy(&ran.stderr).into_owned(),
    );
    assert!(ran.status.success(), "{err}");
    let complaints: Vec<&str> = err
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    assert_eq!(complaints, Vec::<&str>::new());
    out
}

fn page(home: &Home) -> String {
    home.write("state/main.yaml", WORLD);
    let page = home
        .akrec("access --planned --sandbox --format html")
        .run()
        .expect(0)
        .out;
    home.write("page.html", &page);
    page
}

/// The text of a part of a page, without its markup.
fn text(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        let (tag, inside) = part.split_once('>').unwrap_or(("", part));
        if ["tr", "li", "summary", "p"].contains(&tag.split_whitespace().next().unwrap_or_default())
        {
            text.push('\n');
        }
        text.push_str(inside);
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[test]
fn the_page_loads_nothing_and_no_name_becomes_markup() {
    let home = Home::new("");
    let page = page(&home);
    assert!(
        page.contains("default-src 'none'; style-src 'sha256-")
            && page.contains("script-src 'sha256-")
    );
    for bad in [
        "http://", "https://", "<link", "<iframe", "onclick", "style=", "<img", "<b>bold", "url(",
        "@import",
    ] {
        assert!(!page.contains(bad), "{bad}");
    }
    assert_eq!(page.matches("</script>").count(), 2);
    let tools = page.find("<b>tools</b>").unwrap();
    assert!(
        tools < page.find("<form").unwrap(),
        "what is open to all users comes first"
    );
}

#[test]
fn a_browser_finds_a_user_and_an_application() {
    let Some(browser) = chromium() else { return };
    let home = Home::new("");
    page(&home);
    let dom = opened(&browser, &home, "page.html", "q=jodie");
    let reported = text(&dom);
    for line in [
        "Found: 0 applications, 1 user.",
        "Allowed (2)",
        "films through group media-users",
        "news through group media-users -> all",
        "cellar not in group <b>bold</b>",
    ] {
        assert!(reported.contains(line), "{line} in {reported}");
    }
    assert_eq!(dom.matches("class=\"row\"").count(), 1);
    assert!(
        dom.contains("aria-expanded=\"true\""),
        "the only one that is found stands open"
    );

    let dom = opened(&browser, &home, "page.html", "q=cellar");
    let reported = text(&dom);
    assert!(
        reported.contains("allow through group <b>bold</b>: 2 users"),
        "{reported}"
    );
    assert!(!dom.contains("<img"), "{dom}");

    // The name that would be a script is found as the name that it is.
    let dom = opened(&browser, &home, "page.html", "q=onerror&show=users");
    assert!(
        text(&dom).contains(HOSTILE) && dom.matches("class=\"row\"").count() == 1,
        "{dom}"
    );
    assert!(!dom.contains("<img"), "{dom}");

    let dom = opened(&browser, &home, "page.html", "show=open");
    assert!(
        text(&dom).contains("Found: 1 application."),
        "{}",
        text(&dom)
    );
    assert_eq!(dom.matches("class=\"row\"").count(), 1);
}

#[test]
fn a_browser_without_a_mouse_searches_sorts_and_opens() {
    let Some(browser) = chromium() else { return };
    let home = Home::new("");
    let page = page(&home);
    // The same page with somebody at the keyboard: the policy would not let a second script in.
    let policy = page
        .lines()
        .find(|line| line.contains("Content-Security-Policy"))
        .unwrap();
    let keys = "<script>
      const told = [];
      const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
      const at = () => told.push(document.activeElement.id || document.activeElement.textContent);
      press('/'); at();
      press('ArrowDown'); at();
      press('ArrowDown'); at();
      document.activeElement.click();
      told.push(document.activeElement.getAttribute('aria-expanded'));
      press('ArrowUp'); press('ArrowUp'); at();
      document.querySelector('#apps th:nth-child(2) button').click();
      told.push(document.querySelector('#apps th[aria-sort]').textContent + document.querySelector('#apps th[aria-sort]').getAttribute('aria-sort'));
      told.push([...document.querySelectorAll('#apps button.open')].map((it) => it.textContent).join());
      document.body.append(Object.assign(document.createElement('p'), {id: 'keys', textContent: told.join(' | ')}));
    </script>";
    home.write(
        "keys.html",
        page.replace(policy, "")
            .replace("</body>", &format!("{keys}</body>")),
    );
    let dom = opened(&browser, &home, "keys.html", "");
    let keys = text(&dom[dom.find("<p id=\"keys\"").unwrap()..]);
    assert_eq!(
        keys.trim(),
        "q | tools | cellar | true | q | Usersdescending | tools,cellar,films,news,news: edit"
    );
}

/// The state of the homelab, whose four "admin tools" nobody bound.
fn homelab() -> Home {
    let home = Home::new("");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases/010-homelab-access/state");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        home.write(
            &format!("state/{}", path.file_name().unwrap().to_string_lossy()),
            std::fs::read(&path).unwrap(),
        );
    }
    home
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_current_state_is_a_page_to_commit() {
    let server = server().await;
    let home = homelab();
    let secrets = [
        "VAULTWARDEN_CLIENT_SECRET",
        "HEADPLANE_CLIENT_SECRET",
        "HEADSCALE_CLIENT_SECRET",
    ];
    let apply = home.against(&server.url(), "apply --auto-approve");
    secrets
        .iter()
        .fold(apply, |run, name| run.env(name, SECRET))
        .run()
        .expect(0);
    server.clear_journal();
    let report = |args: &str| {
        home.against(&server.url(), &format!("report {args}"))
            .run()
            .expect(0)
            .out
    };
    let page = report("--no-date").replace(&server.url(), "URL");
    let asked = server.journal();
    assert!(asked.iter().all(|entry| entry.method == "GET"));
    assert_eq!(asked.len(), 40, "what it costs, as docs/access.md says");
    let golden =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program/cli/current-state.md");
    if std::env::var_os("AKREC_UPDATE").is_some() {
        std::fs::write(&golden, &page).unwrap();
    }
    assert_eq!(page, std::fs::read_to_string(&golden).unwrap());
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(
        place("| headplane |") < place("## Applications")
            && place("| watchtower |") < place("## Applications")
    );
    assert!(
        report("")
            .lines()
            .nth(2)
            .unwrap()
            .contains("(authentik 2026.2.2), 20"),
        "{}",
        report("")
    );
    assert!(!report("--no-date --format html").contains("<script"));
}

#[test]
fn no_name_becomes_markup_on_the_page_of_the_current_state() {
    let home = Home::new("groups: {'a|b `c` <script>[x](y)': {}}\n");
    home.akrec("apply --auto-approve --sandbox --sandbox-data data.json")
        .run()
        .expect(0);
    let page = home
        .akrec("report --no-date --sandbox-data data.json")
        .run()
        .expect(0)
        .out;
    assert!(
        page.contains("| a\\|b \\`c\\` \\<script>\\[x\\](y) |"),
        "{page}"
    );
    let page = home
        .akrec("report --no-date --sandbox-data data.json --format html")
        .run()
        .expect(0)
        .out;
    assert!(
        page.contains("&lt;script&gt;") && !page.contains("<script"),
        "{page}"
    );
}

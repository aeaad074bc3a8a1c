//! `akrec init`: the first files of a repository, and the pipelines that plan, apply and look for drift.
//!
//! The pipelines are files beside this one, so that they can be read and checked as what they are. Never writes over
//! anything that is there.

use std::path::{Component, Path, PathBuf};

use super::usage::quoted;
use super::{Screen, exit};
use crate::cli::{self, Ci};
use crate::client::canonical_url;
use crate::files::{Place, Readers};
use crate::settings;

const SETTINGS: &str = "\
# Settings of akrec. The API token does not belong in this file: use AKREC_TOKEN or AKREC_TOKEN_FILE.
server: SERVER
workspace: default
# release: \"2026.2\"        # check offline against this release
# break_glass: [akadmin]   # users that must always be able to sign in
# vars: {domain: example.org}
";

const STATE: &str = "\
# The desired state of authentik. Field names are those of authentik's API; references are names.
# `akrec kinds` lists the kinds, `akrec explain KIND` the fields of one, `akrec plan` shows what would change.
groups:
  staff: {}
  # media-users:
  #   parents: [staff]
  #   members: [jodie]       # complete list: others are removed; {include: [jodie]} keeps others

# applications:
#   wiki:
#     name: Wiki
#     meta_launch_url: https://wiki.example.org
#     bindings:              # without a binding, every user may open it
#       - group: staff
";

/// Writes a first `akrec.yaml`, a state directory and pipelines; never over anything that is there.
///
/// With pipelines asked for, settings and files that are there already are left as they are.
pub(super) fn run(flags: &cli::Init, screen: &Screen) -> u8 {
    let refuse = |why: String| {
        screen.err(&format!("error: {why}\n"));
        exit::INVALID
    };
    let beside = flags.state.parent().unwrap_or(Path::new(""));
    let settings = beside.join(settings::FILE);
    let known = settings::server_in(&settings);
    let given = flags.url.as_deref().or(known.as_deref());
    let url = match canonical_url(given.unwrap_or("https://auth.example.org")) {
        Ok(url) => url,
        Err(error) => return refuse(error.to_string()),
    };
    // Only a directory `state` in the working directory is found without being named.
    let named = match flags.state.to_str() {
        Some("state" | "state/" | "./state") => String::new(),
        _ => format!(" -C {}", quoted(&flags.state.to_string_lossy())),
    };
    if !flags.ci.is_empty() && !fits(&flags.state) {
        return refuse(
            "the pipelines contain the state directory: it must be below this folder, without spaces or special characters".to_owned(),
        );
    }
    let begun = !flags.ci.is_empty() && (settings.exists() || flags.state.exists());
    let words = Words {
        named: &named,
        state: &flags.state,
        settings: &settings,
        url: &url,
        branch: &flags.branch,
    };
    let files = files(flags, begun, &words);
    if let Some((taken, _)) = files
        .iter()
        .find(|(path, _)| path.symlink_metadata().is_ok())
    {
        return refuse(format!(
            "{} already exists; nothing was written",
            taken.display()
        ));
    }
    for (path, text) in &files {
        if let Err(error) = create(path, text) {
            screen.err(&format!(
                "error: {} cannot be written: {error}\n",
                path.display()
            ));
            return exit::ERROR;
        }
        screen.text(&format!("wrote {}\n", path.display()));
    }
    let kept = begun.then_some(&*settings);
    next_steps(flags, kept, &named, &url, screen);
    exit::OK
}

/// The files to create with their texts: settings and a state, unless they exist already (`begun`), and pipelines.
fn files(flags: &cli::Init, begun: bool, words: &Words<'_>) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    if !begun {
        let settings = SETTINGS.replace("SERVER", &format!("{:?}", words.url));
        files.push((words.settings.to_owned(), settings));
        files.push((flags.state.join("main.yaml"), STATE.to_owned()));
    }
    for ci in &flags.ci {
        let pipelines = pipelines(*ci).iter();
        files.extend(pipelines.map(|(path, text)| (PathBuf::from(path), words.fill(text))));
    }
    files
}

/// Creates a file with the folders that it is in; never over an existing one.
fn create(path: &Path, text: &str) -> Result<(), crate::files::Error> {
    crate::files::make_dirs(path.parent().unwrap_or(Path::new("")))?;
    Place::find(path)?.create(text.as_bytes(), Readers::Umask)
}

/// Says what comes next. `kept` is the path of the settings, if a state exists already, which was left unchanged; `named`
/// is the flag that names the state directory.
fn next_steps(flags: &cli::Init, kept: Option<&Path>, named: &str, url: &str, screen: &Screen) {
    match kept {
        Some(settings) if settings.exists() => screen.text(&format!(
            "left {} and the state as they are\n",
            settings.display()
        )),
        Some(_) => screen.text("left the state as it is\n"),
        None => screen.text(&format!(
            "\nNext:\n  akrec plan{named} --sandbox   tries it against an embedded authentik\n  akrec plan{named}             \
             shows what would change on {url}; it needs AKREC_TOKEN\n"
        )),
    }
    if !flags.ci.is_empty() {
        screen.text("\nBefore the pipelines run, read and follow:\n");
        flags
            .ci
            .iter()
            .for_each(|ci| screen.text(&format!("  {}\n", still(*ci))));
    }
}

/// Whether a path can stand in any pipeline's file as it is.
fn fits(path: &Path) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let below = path
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    below && path.to_str().is_some_and(|text| text.chars().all(plain))
}

/// What is filled into a pipeline.
struct Words<'a> {
    /// The flag that names the state directory, if one is needed.
    named: &'a str,
    state: &'a Path,
    settings: &'a Path,
    url: &'a str,
    branch: &'a str,
}

impl Words<'_> {
    fn fill(&self, text: &str) -> String {
        let mut text = text
            .replace("SERVER", self.url)
            .replace("BRANCH]", &format!("{}]", self.branch));
        text = text.replace("branch: BRANCH", &format!("branch: {}", self.branch));
        text = text.replace(
            "STATE/",
            &format!("{}/", self.state.to_string_lossy().trim_end_matches('/')),
        );
        if !self.named.is_empty() {
            let beside = self
                .settings
                .parent()
                .unwrap_or(Path::new(""))
                .join("environments");
            text = text.replace("akrec.yaml,", &format!("{},", self.settings.display()));
            text = text.replace(
                "\"akrec.yaml\"",
                &format!("{:?}", self.settings.to_string_lossy()),
            );
            text = text.replace("environments/", &format!("{}/", beside.display()));
            for verb in ["validate", "plan", "apply", "drift"] {
                // Where a command goes on, and not where its name stands in a sentence.
                for next in ["-", "\"$", "akrec-out/"] {
                    text = text.replace(
                        &format!("akrec {verb} {next}"),
                        &format!("akrec {verb}{} {next}", self.named),
                    );
                }
                text = text.replace(
                    &format!("- akrec {verb}\n"),
                    &format!("- akrec {verb}{}\n", self.named),
                );
            }
        }
        text
    }
}

/// The pipelines of a system, by where they go.
fn pipelines(ci: Ci) -> &'static [(&'static str, &'static str)] {
    match ci {
        Ci::Github => &[
            (
                ".github/workflows/akrec-plan.yaml",
                include_str!("init/github-plan.yaml"),
            ),
            (
                ".github/workflows/akrec-apply.yaml",
                include_str!("init/github-apply.yaml"),
            ),
            (
                ".github/workflows/akrec-drift.yaml",
                include_str!("init/github-drift.yaml"),
            ),
        ],
        Ci::Gitlab => &[(
            ".gitlab/akrec.gitlab-ci.yml",
            include_str!("init/gitlab.yaml"),
        )],
        Ci::Forgejo => &[
            (
                ".forgejo/workflows/akrec-plan.yaml",
                include_str!("init/forgejo-plan.yaml"),
            ),
            (
                ".forgejo/workflows/akrec-apply.yaml",
                include_str!("init/forgejo-apply.yaml"),
            ),
            (
                ".forgejo/workflows/akrec-drift.yaml",
                include_str!("init/forgejo-drift.yaml"),
            ),
        ],
        Ci::Woodpecker => &[
            (
                ".woodpecker/akrec-plan.yaml",
                include_str!("init/woodpecker-plan.yaml"),
            ),
            (
                ".woodpecker/akrec-apply.yaml",
                include_str!("init/woodpecker-apply.yaml"),
            ),
            (
                ".woodpecker/akrec-drift.yaml",
                include_str!("init/woodpecker-drift.yaml"),
            ),
        ],
    }
}

/// What has to be done by hand before a pipeline works.
fn still(ci: Ci) -> &'static str {
    match ci {
        Ci::Github => {
            "the comments at the head of .github/workflows/akrec-plan.yaml and akrec-apply.yaml"
        }
        Ci::Gitlab => {
            "in .gitlab-ci.yml say `include: {local: .gitlab/akrec.gitlab-ci.yml}`; the comment at the head of that file"
        }
        Ci::Forgejo => {
            "the comments at the head of .forgejo/workflows/akrec-plan.yaml and akrec-apply.yaml"
        }
        Ci::Woodpecker => "the comments at the head of the files in .woodpecker",
    }
}

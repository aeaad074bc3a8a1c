//! A state directory of its own for one test.

#![allow(dead_code, reason = "every test binary uses its own part of it")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use akrec::desired::Tree;
use akrec::diag::{Diagnostic, Sources};
use akrec::report::diagnostics;
use akrec::state::{Inputs, Var};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory of its own for one test, removed at the end.
pub struct World {
    pub root: PathBuf,
    pub vars: BTreeMap<String, Var>,
    pub allow_outside: bool,
}

impl Drop for World {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.root));
    }
}

/// What reading gave, in a form to compare.
pub struct Read {
    pub tree: Tree,
    pub problems: Vec<Diagnostic>,
    pub text: String,
}

impl World {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "akrec-bad-input-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        drop(fs::remove_dir_all(&root));
        fs::create_dir_all(root.join("state")).unwrap();
        World {
            root,
            vars: BTreeMap::new(),
            allow_outside: false,
        }
    }

    pub fn with(files: &[(&str, &str)]) -> Self {
        let world = World::new();
        files
            .iter()
            .for_each(|(name, text)| world.write(name, text.as_bytes()));
        world
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn read(&self) -> Read {
        self.read_env(None)
    }

    pub fn read_env(&self, env: Option<&str>) -> Read {
        let lookup = |name: &str| match name {
            "HOST" => Some("example.org".to_owned()),
            "ON" => Some("true".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let inputs = Inputs {
            vars: self.vars.clone(),
            allow_outside: self.allow_outside,
            ..Inputs::new(self.root.join("state"), &lookup)
        };
        let mut sources = Sources::default();
        let env = env.map(|name| self.root.join("environments").join(name));
        let (tree, problems) = akrec::state::read(&inputs, env.as_deref(), &mut sources);
        let text = diagnostics::text(&problems, &sources, false, 50);
        Read {
            tree,
            problems,
            text: text.replace(&format!("{}/", self.root.display()), ""),
        }
    }
}

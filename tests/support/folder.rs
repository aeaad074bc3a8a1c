//! A folder for one test, removed at the end.

use std::path::{Path, PathBuf};

/// Where it is.
pub struct Folder(pub PathBuf);

impl Folder {
    /// An empty one. No two of one run of tests may have the same name.
    pub fn new(name: &str) -> Folder {
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

//! What akrec says about itself is true: the pages are fresh, every example loads, and the schema for editors agrees
//! with the loader.

mod agreement;
mod codes;
mod examples;
mod pages;
mod schema;
mod settings;
mod terraform;
mod yaml;

use std::path::Path;
use std::process::Command;

/// Runs the program; gives its exit code, its output and its messages.
fn akrec(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_akrec"))
        .args(args)
        .env_clear()
        .output()
        .expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// Every state file below a directory.
fn state_files(folder: &Path, into: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            state_files(&path, into);
        } else if path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml")
        {
            into.push(path);
        }
    }
}

//! Compresses what the sandbox knows of each release. The program embeds it: 1.9 MB of JSON take 0.2 MB.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// How hard to compress: 10 is the most that the format can do, and 6 is nearly as small in a fraction of the time.
const LEVEL: u8 = 6;

fn main() -> io::Result<()> {
    let into = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    for folder in ["releases", "fresh"] {
        let from = Path::new("src/sandbox").join(folder);
        println!("cargo::rerun-if-changed={}", from.display());
        fs::create_dir_all(into.join(folder))?;
        for entry in fs::read_dir(&from)? {
            let file = entry?.path();
            let name = file.file_stem().ok_or(io::ErrorKind::NotFound)?;
            let mut packed = into.join(folder).join(name).into_os_string();
            packed.push(".z");
            fs::write(
                packed,
                miniz_oxide::deflate::compress_to_vec(&fs::read(&file)?, LEVEL),
            )?;
        }
    }
    Ok(())
}
